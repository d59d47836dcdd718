"""What sales support was asked for, when it was due and done, and when it had to wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import numpy as np

from ..columns import Codes, Column, Times
from ..days import EPOCH, NEVER, NEVER_SECONDS
from ..errors import SalesMetricsError
from ..models import Record, Request, values
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..worktime import WorkCalendar
from ..zones import Zone
from .deadlines import before_deadline, in_time, past_deadline, with_deadlines
from .row_sets import RowSet
from .table import Table
from .worked import check_calendar, in_utc, worked

__all__ = ["Requests"]


Spans = tuple[tuple[int, int], ...]
DAY = 86_400


class Requests(Table):
    """What sales support was asked for, when it was due and done, and when it had to wait."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Request
    name = "requests"
    born: ClassVar[str | None] = "requested_at"
    always: ClassVar[tuple[str, ...]] = ("due_at",)

    @classmethod
    def _checked(
        cls, reading: ColumnReader, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        pauses = columns.get("pauses")
        if not isinstance(pauses, Codes):
            return
        wrong: dict[int, str] = {}
        for code, text in enumerate(pauses.labels):
            try:
                spans_of(text, reading.zone)
            except ValueError as reason:
                wrong[code] = str(reason)
        for row in np.flatnonzero(np.isin(pauses.codes, list(wrong))):
            reading.fault("pauses", raw["pauses"], int(row), wrong[int(pauses.codes[row])])

    def times(self, name: RowSet) -> Times:
        """A column of times; `("completed_at", calendar)` is without the pauses."""
        if isinstance(name, str):
            return Table.times(self, name)
        return _without_pauses(self, *name[1:])

    def due(self, limit: float | None, calendar: WorkCalendar | None) -> tuple[Requests, str]:
        """With a column of deadlines, and its name: given ones, or so many hours after asking."""
        if limit is None:
            check_calendar(calendar)
            return self, "due_at"
        return with_deadlines(self, "requested_at", limit, calendar)


def _without_pauses(requests: Requests, calendar: WorkCalendar | None) -> Times:
    """When each request would have been completed, had it never had to wait for somebody else."""
    completed = requests.times("completed_at")
    if not requests.has("pauses"):
        return completed
    zone, pauses, asked = requests.zone, requests.codes("pauses"), requests.times("requested_at")
    since, until = asked.seconds, completed.seconds
    done = (completed.days != NEVER) & (until >= since)
    seconds = until.copy()
    for code in np.flatnonzero(np.bincount(pauses.codes, minlength=len(pauses.labels))):
        rows = np.flatnonzero((pauses.codes == code) & done)
        if not pauses.labels[code] or not len(rows):
            continue
        start, end = since[rows], until[rows]
        left = worked(zone, start, end, calendar)
        for first, last in spans_of(pauses.labels[code], zone):
            begun, ended = np.clip(first, start, end), np.clip(last, start, end)
            left = left - worked(zone, begun, ended, calendar)
        seconds[rows] = _after(zone, start, left, calendar)
    return Times(seconds, completed.days)


def _after(zone: Zone | None, start: Any, passed: Any, calendar: WorkCalendar | None) -> Any:
    """The instant at which so many seconds, of the clock or of work, have passed."""
    if calendar is None:
        return start + passed
    found = calendar.deadline(in_utc(zone, start, calendar), passed)
    return found if zone is not None else calendar.zone.local_seconds(found)


def spans_of(text: str | None, zone: Zone | None) -> Spans:
    """Pauses as seconds, in order and without overlap."""
    if text is None:
        return ()
    found = []
    for part in text.split(";"):
        start, slash, end = (piece.strip() for piece in part.partition("/"))
        if not slash or not start or not end:
            raise ValueError(
                "pauses are intervals with a semicolon between them, such as "
                "2025-01-06T10:00/2025-01-06T14:30"
            )
        first = _second(start, zone)
        last = NEVER_SECONDS if end == ".." else _second(end, zone)
        if last < first:
            raise ValueError(f"the pause {part.strip()} ends before it begins")
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


Requests.row_sets = {
    "past their deadline": past_deadline,
    "before their deadline": before_deadline,
    "completed in time": lambda requests, due: in_time(requests, due, "completed_at"),
}
