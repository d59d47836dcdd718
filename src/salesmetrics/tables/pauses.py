"""Pauses: when something waited for somebody else, and what that does to a deadline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Column, Times
from ..days import EPOCH, NEVER_SECONDS
from ..errors import SalesMetricsError
from ..history.known import Known
from ..models import values
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..reasons import Reason, reason_of
from ..worktime import WorkCalendar
from ..zones import LAST_SECOND, Zone
from .rows import Rows
from .worked import in_utc, worked

__all__ = ["after", "check_pauses", "first_unknown", "paused_deadlines", "spans_of", "unpaused"]

Spans = tuple[tuple[int, int], ...]
Seconds = npt.NDArray[np.int64]
DAY = 86_400


def check_pauses(
    reading: ColumnReader, columns: Mapping[str, Column], raw: Mapping[str, Raw]
) -> None:
    """Names the pauses that cannot be read."""
    pauses = columns.get("pauses")
    if not isinstance(pauses, Codes):
        return
    wrong: dict[int, str] = {}
    for code, text in enumerate(pauses.labels):
        try:
            spans_of(text, reading.zone)
        except ValueError as reason:
            wrong[code] = reason_of(reason)
    for row in np.flatnonzero(np.isin(pauses.codes, list(wrong))):
        reading.fault("pauses", raw["pauses"], int(row), wrong[int(pauses.codes[row])])


def paused_deadlines(
    table: Rows, start: Times, due: Seconds, done: str, calendar: WorkCalendar | None
) -> Seconds:
    """Deadlines moved by the pauses that began before them: when unpaused time reaches the limit.

    A pause that begins at the deadline or after it changes nothing.  One that still runs lasts
    until the row was `done`, else at least until what is known.
    """
    pauses, moved, zone = table.codes("pauses"), due.copy(), table.zone
    ended, now = table.times(done), first_unknown(table.known, zone)
    for code in np.flatnonzero(np.bincount(pauses.codes, minlength=len(pauses.labels))):
        rows = np.flatnonzero((pauses.codes == code) & (due != NEVER_SECONDS))
        if not pauses.labels[code] or not len(rows):
            continue
        begun, until = start.seconds[rows], ended.seconds[rows]
        begun = np.where(begun == NEVER_SECONDS, 0, begun)
        for first, last in spans_of(pauses.labels[code], zone):
            since = np.maximum(first, begun)
            # One that runs on has lasted until it was done, else until now, and may last longer.
            still = np.where((until != NEVER_SECONDS) & (until >= since), until, max(now, first))
            to = still if last == NEVER_SECONDS else np.full(len(rows), last)
            at = np.flatnonzero((since < moved[rows]) & (to > since))
            waited = worked(zone, since[at], to[at], calendar)
            at, waited = at[waited > 0], waited[waited > 0]  # what lay outside of working hours
            moved[rows[at]] = after(zone, moved[rows[at]], waited, calendar)
    return moved


def first_unknown(known: Known | None, zone: Zone | None) -> int:
    """The first second that is not known."""
    if known is None:
        return LAST_SECOND
    if known.second is not None:
        return known.second
    first = (known.day + 1) * DAY
    return first if zone is None else int(zone.earliest_utc(np.array([first]))[0])


def unpaused(
    table: Rows, rows: Seconds, since: Seconds, until: Seconds, calendar: WorkCalendar | None
) -> Seconds:
    """Of some rows, the seconds from one time to a later one in which they did not wait."""
    left: Seconds = worked(table.zone, since, until, calendar)
    if not table.has("pauses"):
        return left
    pauses = table.codes("pauses")
    codes = pauses.codes[rows]
    for code in np.flatnonzero(np.bincount(codes, minlength=len(pauses.labels))):
        at = np.flatnonzero(codes == code)
        for first, last in spans_of(pauses.labels[code], table.zone):
            begun, ended = (np.clip(edge, since[at], until[at]) for edge in (first, last))
            left[at] -= worked(table.zone, begun, ended, calendar)
    return left


def after(zone: Zone | None, start: Any, passed: Any, calendar: WorkCalendar | None) -> Any:
    """The instant at which so many seconds, of the clock or of work, have passed."""
    if calendar is None:
        return start + passed
    found = calendar.deadline(in_utc(zone, start, calendar), passed)
    return found if zone is not None else calendar.zone.local_seconds(found)


@lru_cache(maxsize=16_384)  # the same texts are read for every KPI of requests and leads
def spans_of(text: str | None, zone: Zone | None) -> Spans:
    """Pauses as seconds, in order and without overlap."""
    if text is None:
        return ()
    found = []
    for part in text.split(";"):
        start, slash, end = (piece.strip() for piece in part.partition("/"))
        if not slash or not start or not end:
            raise ValueError(Reason("pauses_expected"))
        first = _second(start, zone)
        last = NEVER_SECONDS if end == ".." else _second(end, zone)
        if last < first:
            raise ValueError(Reason("pause_reversed", pause=part.strip()))
        found.append((first, last))
    merged: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def _second(text: str, zone: Zone | None) -> int:
    at = values.moment(text)
    assert at is not None
    if isinstance(at, datetime) and at.tzinfo is not None:
        if zone is None:
            raise SalesMetricsError(f"{text} needs the table's time zone; pass tz=")
        return int(at.timestamp())
    local = (at.toordinal() - EPOCH) * DAY
    if isinstance(at, datetime):
        local += at.hour * 3600 + at.minute * 60 + at.second
    return local if zone is None else int(zone.earliest_utc(np.array([local]))[0])
