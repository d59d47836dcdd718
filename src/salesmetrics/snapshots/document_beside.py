"""What was asked beside a snapshot, as its document has it: alerts, explanations, data quality."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import SalesMetricsError
from ..insight.alerts import AlertReport
from ..insight.causes import Cause, Explanation
from ..insight.quality import QualityReport
from ..results.names import among, both_called
from . import schema as form, schema_beside as beside
from .document_cells import span_of
from .document_targets import told_of, why_of

__all__ = ["Asked", "explained_of", "with_beside"]

Asked = AlertReport | Explanation | QualityReport


def with_beside(document: form.Document, asked: Sequence[Asked]) -> form.Document:
    """The document with what was found beside it; of each kind the last, of explanations all."""
    found: dict[str, Any] = {"explained": list(document.explained)}
    for one in asked:
        if isinstance(one, AlertReport):
            found["alerts"] = _alerts(one)
        elif isinstance(one, Explanation):
            found["explained"].append(explained_of(one))
        elif isinstance(one, QualityReport):
            found["quality"] = _doubts(one)
        else:
            raise SalesMetricsError(
                f"beside: a {type(one).__name__} stands beside no figure; what alerts(), explain() "
                "and quality() give does"
            )
    found["called"] = dict(document.called)
    for one in asked:
        if not isinstance(one, QualityReport):
            mine = among(one.called, _ids(one))
            found["called"] = both_called(found["called"], mine)
    return document.model_copy(update=found)


def _ids(one: AlertReport | Explanation) -> Iterator[tuple[str, object]]:
    """The groups that it names."""
    if isinstance(one, AlertReport):
        groups = [each.group for each in one.alerts] + [each.group for each in one.unchecked]
    else:
        groups = [cause.group for split in one.splits for cause in split.causes]
    for group in groups:
        yield from group.items()


def _alerts(report: AlertReport) -> beside.AlertsFound:
    return beside.AlertsFound(
        period=report.period.label,
        asked=len(report.alerts) + len(report.quiet),
        alerts=[
            beside.Alerted(**_only(beside.Alerted, one.to_dict()))  # words of both languages too
            for one in report.alerts
        ],
        unchecked=[
            beside.Unchecked(
                rule=one.rule.called, group=_group(one.group), reason=why_of(one.reason)
            )
            for one in report.unchecked
        ],
    )


def explained_of(found: Explanation) -> beside.Explained:
    """An explanation in plain types."""
    return beside.Explained(
        kpi=found.entry.name,
        en=found.title,
        ko=found.title_ko,
        period=span_of(found.period),
        base=None if found.base is None else span_of(found.base),
        unit=found.unit,
        currency=found.currency,
        step=found.step,
        before=found.before,
        after=found.after,
        change=found.change,
        shown=found.shown,
        interval=None if found.interval is None else list(found.interval),
        clear=found.clear,
        reason=told_of(found.reason),
        splits=[
            beside.DocumentSplit(
                kind=split.kind,  # type: ignore[arg-type]
                by=list(split.by),
                method=split.method,
                causes=[_cause(one) for one in split.causes],
            )
            for split in found.splits
        ],
    )


def _cause(one: Cause) -> beside.DocumentCause:
    return beside.DocumentCause(**_only(beside.DocumentCause, one.to_dict()))


def _doubts(report: QualityReport) -> beside.Doubts:
    return beside.Doubts(
        period=report.period.label,
        findings=[
            beside.Doubt(
                **_only(beside.Doubt, one.to_dict()),
                moves=[
                    beside.Moved(**_only(beside.Moved, effect.to_dict())) for effect in one.effects
                ],
            )
            for one in report.findings
        ],
    )


def _only(record: type[form.DocumentRecord], given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a report's own fields that the document has."""
    return {name: value for name, value in given.items() if name in record.model_fields}


def _group(group: Mapping[str, Any]) -> form.Group:
    return {
        name: label if label is None or isinstance(label, (str, int)) else str(label)
        for name, label in group.items()
    }
