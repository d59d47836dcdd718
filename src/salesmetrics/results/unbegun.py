"""Figures of periods that have not begun: what happened in them, nobody knows, so it is not 0."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

from ..periods import ALL_TIME, Period
from ..reasons import Reason
from .evidence import Cell, Evidence

__all__ = ["ends_later", "not_begun", "unbegun", "why_unbegun", "with_known"]


def ends_later(period: Period, known: date | datetime | None) -> bool:
    """Whether the period ends after what is known."""
    return known is not None and not _through(period.end, known) and period != ALL_TIME


def unbegun(period: Period, evidence: Evidence) -> bool:
    """Whether the period begins after what is known, and the figure tells of what happened in it.

    What is dated by a plan is defined there too: as known now.
    """
    known = evidence.known_until
    if known is None or evidence.ahead or period == ALL_TIME:
        return False
    if isinstance(known, datetime):
        return _midnight(period.start) >= known.replace(tzinfo=None)
    return period.start > known


def not_begun(cell: Cell, evidence: Evidence) -> Cell:
    """The same place without a figure, and why."""
    return replace(
        cell,
        value=None,
        exact=None,
        numerator=None,
        denominator=None,
        n=0,
        excluded={},
        assumed={},
        reason=why_unbegun(evidence),
        undecided=None if cell.undecided is None else 0,
        parts=dict.fromkeys(cell.parts),
        statistics=dict.fromkeys(cell.statistics),
    )


def why_unbegun(evidence: Evidence) -> Reason:
    """Up to when events are known, and what says that the days after it were quiet."""
    return Reason("unbegun", at=_said(evidence.known_until))


def with_known(cell: Cell, evidence: Evidence) -> Cell:
    """The figure, assuming that nothing is known after the latest date that can be planned."""
    why = Reason("known_by_plans", at=_said(evidence.known_until))
    return replace(cell, assumed={**cell.assumed, why: cell.n}) if cell.n else cell


def _said(known: date | datetime | None) -> str:
    return str(known.replace(tzinfo=None) if isinstance(known, datetime) else known)


def _through(end: date, known: date | datetime) -> bool:
    if isinstance(known, datetime):
        return _midnight(end) <= known.replace(tzinfo=None)
    return end.toordinal() <= known.toordinal() + 1


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
