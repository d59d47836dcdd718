"""Alerts, explanations and digests as the documents that they are drawn from, and read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import SalesMetricsError
from ..insight.alerts import AlertReport
from ..insight.causes import Explanation
from .saved_tree import checked, tree_of
from .schema import FORMAT, Document, read_document
from .schema_reports import REPORTS, SavedAlerts, SavedDigest, SavedExplanation

__all__ = ["read_saved", "saved_alerts", "saved_explanation"]

EARLIER = ("salesmetrics.alerts/1", "salesmetrics.explanation/1")


def saved_alerts(report: AlertReport | SavedAlerts) -> SavedAlerts:
    """An alert report as it is saved."""
    if isinstance(report, SavedAlerts):
        return report
    return SavedAlerts.model_validate(report.to_dict())


def saved_explanation(found: Explanation | SavedExplanation) -> SavedExplanation:
    """An explanation as it is saved."""
    if isinstance(found, SavedExplanation):
        return found
    return SavedExplanation.model_validate(found.to_dict())


def read_saved(source: Any) -> Document | SavedAlerts | SavedExplanation | SavedDigest:
    """What was saved as JSON: a snapshot, alerts, an explanation or a digest, by its format.

    Its text, Markdown, notebook view and JSON (of an explanation its charts, too, of a digest the
    blocks of a message) are the same bytes as those of what was saved.  `read_document` reads a
    snapshot alone.

    Args:
        source: what `to_dict()` gave, a path, or the JSON as text; or the live object.

    Raises:
        SalesMetricsError: it is no JSON, none of these, not whole, or of an earlier format.

    >>> import salesmetrics as sm
    >>> from salesmetrics.examples import deals
    >>> rule = sm.Rule("threshold", kpi="win_rate", below=0.8)
    >>> found = sm.alerts(sm.CRM(deals=deals), [rule], "2025-Q1")
    >>> sm.read_saved(found.to_json()).to_text() == found.to_text()
    True
    """
    if isinstance(source, (Document, SavedAlerts, SavedExplanation, SavedDigest)):
        return source
    where, tree = tree_of(source)
    found = tree.get("format") if isinstance(tree, Mapping) else None
    if found in EARLIER:
        raise SalesMetricsError(
            f"{where} is of an earlier version: its format is {found!r}, which has not all that is "
            "drawn; ask again, and save that"
        )
    record = REPORTS.get(found) if isinstance(found, str) else None
    if record is not None:
        kind = str(found).partition(".")[2].partition("/")[0]
        return checked(record, tree, f"{where}: the {kind} is not whole")
    if isinstance(found, str) and found.startswith("salesmetrics.snapshot/"):
        return read_document(tree)
    formats = ", ".join(map(repr, (FORMAT, *REPORTS)))
    raise SalesMetricsError(
        f"{where} is nothing that was saved: its format is {found!r}, and one of {formats} is "
        "expected"
    )
