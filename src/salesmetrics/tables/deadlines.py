"""Deadlines: given ones, and those so many hours after something began.

A deadline without a time of day is the end of that day: a report due on Friday may come on Friday.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from math import isfinite
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from ..columns import Times
from ..days import EPOCH, NEVER, NEVER_SECONDS
from ..errors import SalesMetricsError, shown
from ..worktime import WorkCalendar
from ..zones import LAST_SECOND
from .pauses import paused_deadlines
from .table import Mask, Table
from .worked import check_calendar, in_utc

__all__ = ["before_deadline", "in_time", "past_deadline", "with_deadlines", "with_pauses"]

T = TypeVar("T", bound=Table)
DAY, HOUR = 86_400, 3_600


def with_deadlines(
    table: T, start: str, limit: Any, calendar: WorkCalendar | None, done: str
) -> tuple[T, str]:
    """With a column of deadlines, so many hours after a time that every row has; and its name.

    Time in which a row was paused does not count, until it was `done`.
    """
    check_calendar(calendar)
    allowed = _seconds(limit)
    began = table.times(start)
    came = np.flatnonzero(began.days != NEVER)
    seconds = np.full(table.size, NEVER_SECONDS)
    days = np.full(table.size, NEVER, dtype=np.uint16)
    since = began.seconds[came]
    if calendar is None:
        until = np.minimum(since + allowed, LAST_SECOND)
    else:
        until = calendar.deadline(in_utc(table.zone, since, calendar), allowed)
        if table.zone is None:
            until = calendar.zone.local_seconds(until)
    seconds[came] = until
    if table.has("pauses"):
        seconds = paused_deadlines(table, began, seconds, done, calendar)
    days[came] = _local_days(table, seconds[came])
    name = f"due_after_{allowed}_{start}_{'wall' if calendar is None else calendar.digest()}"
    columns = {**table.columns, name: Times(seconds, days)}
    return replace(table, columns=columns, dated=(*table.dated, name)), name


def with_pauses(
    table: T, start: str, due: str, done: str, calendar: WorkCalendar | None
) -> tuple[T, str]:
    """With given deadlines moved by the pauses that began before them; and the column's name."""
    check_calendar(calendar)
    if not table.has("pauses"):
        return table, due
    given = table.times(due)
    came = np.flatnonzero(given.days != NEVER)
    # A deadline that is a day is its last second: moved, it has a time.
    seconds = np.where(_whole_days(table, due), _last_seconds(table, given.days), given.seconds)
    seconds[given.days == NEVER] = NEVER_SECONDS
    moved = paused_deadlines(table, table.times(start), seconds, done, calendar)
    days = np.full(table.size, NEVER, dtype=np.uint16)
    days[came] = _local_days(table, moved[came])
    name = f"{due}_{'wall' if calendar is None else calendar.digest()}"
    columns = {**table.columns, name: Times(moved, days)}
    return replace(table, columns=columns, dated=(*table.dated, name)), name


def _last_seconds(table: Table, days: npt.NDArray[np.uint16]) -> npt.NDArray[np.int64]:
    """The last second of each day."""
    next_day = (np.minimum(days, NEVER - 1).astype(np.int64) + 1) * DAY
    return (next_day if table.zone is None else table.zone.earliest_utc(next_day)) - 1


def _local_days(table: Table, seconds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    local = seconds // DAY if table.zone is None else table.zone.local_days(seconds)
    return np.minimum(local, NEVER - 1)


def _seconds(limit: Any) -> int:
    number = isinstance(limit, (int, float)) or type(limit).__name__ in ("Decimal", "Fraction")
    if isinstance(limit, bool) or not number or not _is_finite(limit) or not limit > 0:
        raise SalesMetricsError(f"limit_hours is {shown(limit)}; give hours, more than 0")
    allowed: int = min(round(min(limit, LAST_SECOND) * HOUR), LAST_SECOND)
    return allowed


def _is_finite(limit: Any) -> bool:
    return isinstance(limit, int) or isfinite(limit)  # no float holds a whole number of any size


def _whole_days(table: Table, due: str) -> npt.NDArray[np.bool_]:
    """Which deadlines are days: the first moment of one, where they are given and not computed."""
    times = table.times(due)
    if due in table.dated:
        return np.zeros(table.size, dtype=bool)
    first = times.days.astype(np.int64) * DAY
    if table.zone is not None:
        first = table.zone.earliest_utc(first)
    return np.asarray(times.seconds == first)


def past_deadline(table: Table, due: str) -> Mask:
    """Rows whose deadline has passed, by what is known; those without one as well."""
    times, known = table.times(due), table.known
    if known is None:
        return np.ones(table.size, dtype=bool)
    found: Mask
    if known.second is None:
        found = times.days <= known.day
    else:
        today, second = known.at.toordinal() - EPOCH, known.second
        if table.zone is None:  # its days and seconds are local ones
            clock = cast("datetime", known.at).time()
            second = today * DAY + clock.hour * HOUR + clock.minute * 60 + clock.second
        whole = _whole_days(table, due)
        found = np.where(whole, times.days < today, times.seconds < second)
    found |= times.days == NEVER  # of those it is not known: they are reported
    return found


def before_deadline(table: Table, due: str) -> Mask:
    """Rows whose deadline has not passed yet."""
    return ~past_deadline(table, due)


def in_time(table: Table, due: str, done: str) -> Mask:
    """Rows that were done by their deadline."""
    deadline, at = table.times(due), table.times(done)
    found: Mask = at.seconds <= deadline.seconds
    found |= _whole_days(table, due) & (at.days <= deadline.days)
    return np.asarray(found & (at.days != NEVER))
