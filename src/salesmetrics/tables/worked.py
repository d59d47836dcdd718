"""Time that passed between instants: of the wall clock, or of working hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import SalesMetricsError, shown
from ..reasons import Reason
from ..results.definition import Measured
from ..results.evidence import overlap
from ..results.records import Contribution
from ..worktime import WorkCalendar
from ..zones import Zone
from .row_sets import RowSet

__all__ = ["MOST_DAYS", "Clocked", "check_calendar", "check_days", "in_utc", "worked"]


MOST_DAYS = 2**16  # no two days that can be held lie further apart


def check_calendar(calendar: object) -> None:
    """Working hours are given as a calendar, or not at all."""
    if calendar is not None and not isinstance(calendar, WorkCalendar):
        raise SalesMetricsError(
            f"calendar is {shown(calendar)}; give a WorkCalendar, such as "
            'WorkCalendar.weekly("09:00-18:00", tz="Asia/Seoul"), or None for the wall clock'
        )


def check_days(name: str, given: object, least: int) -> None:
    """A span is given as whole days."""
    if type(given) is not int or not least <= given <= MOST_DAYS:
        raise SalesMetricsError(
            f"{name} is {shown(given)}; give whole days, {least} or more (at most {MOST_DAYS:,})"
        )


def in_utc(zone: Zone | None, seconds: Any, calendar: WorkCalendar) -> Any:
    """Instants: the bare days of a table without a zone are days where the calendar is."""
    return seconds if zone is not None else calendar.zone.earliest_utc(seconds)


def worked(zone: Zone | None, since: Any, until: Any, calendar: WorkCalendar | None) -> Any:
    """The seconds from each time to another."""
    check_calendar(calendar)
    if calendar is None:
        return until - since
    return calendar.seconds_between(in_utc(zone, since, calendar), in_utc(zone, until, calendar))


@dataclass(frozen=True, slots=True)
class Clocked:
    """A source of durations: its table, and what lists them by the clock they were measured on.

    A definition has the calendar by its content alone, and nothing of what had not ended.
    """

    table: Any
    end: RowSet
    calendar: WorkCalendar | None
    unended: Reason | None

    def contributions(self, asked: Measured, periods: Any, by: Any) -> Iterator[Contribution]:
        """Each row with its hours or days, in every period and group."""
        listed: Iterator[Contribution] = self.table.contributions(asked, periods, by, self)
        yield from listed

    def same_rows(self, other: Any) -> bool:
        """Whether the other is of the same rows of the same table."""
        return isinstance(other, Clocked) and overlap(self.table, other.table)
