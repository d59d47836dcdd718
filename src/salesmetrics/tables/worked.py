"""Time that passed between instants: of the wall clock, or of working hours."""

from __future__ import annotations

from typing import Any

from ..errors import SalesMetricsError, shown
from ..worktime import WorkCalendar
from ..zones import Zone

__all__ = ["MOST_DAYS", "check_calendar", "check_days", "in_utc", "worked"]


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
