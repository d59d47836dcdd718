"""What sales support was asked for, when it was due and done, and when it had to wait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..columns import Column, Times
from ..days import NEVER
from ..models import Record, Request
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..worktime import WorkCalendar
from .deadlines import before_deadline, in_time, past_deadline, with_deadlines, with_pauses
from .order import ORDER_SETS
from .pauses import after, check_pauses, spans_of
from .row_sets import RowSet
from .table import Table
from .worked import worked

__all__ = ["Requests"]


class Requests(Table):
    """What sales support was asked for, when it was due and done, and when it had to wait."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Request
    name = "requests"
    spared: ClassVar[tuple[str, ...]] = ("due_at",)
    born: ClassVar[str | None] = "requested_at"
    always: ClassVar[tuple[str, ...]] = ("due_at",)

    @classmethod
    def _checked(
        cls, reading: ColumnReader, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        check_pauses(reading, columns, raw)

    def times(self, name: RowSet) -> Times:
        """A column of times; `("completed_at", calendar)` is without the pauses."""
        if isinstance(name, str):
            return Table.times(self, name)
        return _without_pauses(self, *name[1:])

    def due(self, limit: float | None, calendar: WorkCalendar | None) -> tuple[Requests, str]:
        """With a column of deadlines, and its name: given ones, or so many hours after asking.

        Both move by the pauses that began before them.
        """
        if limit is None:
            return with_pauses(self, "requested_at", "due_at", "completed_at", calendar)
        return with_deadlines(self, "requested_at", limit, calendar, "completed_at")


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
        seconds[rows] = after(zone, start, left, calendar)
    return Times(seconds, completed.days)


Requests.row_sets = {
    **ORDER_SETS,
    "past their deadline": past_deadline,
    "before their deadline": before_deadline,
    "completed in time": lambda requests, due: in_time(requests, due, "completed_at"),
}
