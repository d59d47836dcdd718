"""Clocks that tell how long something lasted: in whole local days, or in seconds."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..columns import Times
from ..days import NEVER
from ..worktime import WorkCalendar
from .pauses import first_unknown, unpaused
from .rows import Rows
from .worked import worked

__all__ = ["Clock", "Days", "Hours"]

Int64 = npt.NDArray[np.int64]
DAY = 86_400


class Clock(Protocol):
    """How long rows lasted, and which part of it a period saw."""

    key: tuple[Any, ...]
    definition: tuple[Any, ...]
    unit: str
    per: Fraction

    def read(self, times: Times) -> npt.NDArray[Any]:
        """The moments of a column."""
        ...

    def span(self, first: int, end: int) -> tuple[int, int]:
        """The moments that a period of these days begins with, and that are in it no longer."""
        ...

    def last_seen(self, stop: int) -> int:
        """The moment up to which was seen what had not ended."""
        ...

    def passed(self, rows: Int64, since: Int64, until: Int64) -> Int64:
        """How long these rows lasted from one moment to another."""
        ...


class Days:
    """Whole local days; what ends on the day it began lasted 0."""

    key: tuple[Any, ...] = ()
    definition: tuple[Any, ...] = ("running",)
    unit = "days"
    per = Fraction(1)

    def __init__(self, table: Rows) -> None:
        self.today = NEVER - 1 if table.known is None else table.known.day

    def read(self, times: Times) -> npt.NDArray[np.uint16]:
        return times.days

    def span(self, first: int, end: int) -> tuple[int, int]:
        return first, min(end, self.today + 1)

    def last_seen(self, stop: int) -> int:
        return stop - 1

    def passed(self, rows: Int64, since: Int64, until: Int64) -> Int64:
        return until - since


class Hours:
    """Seconds, read in hours: of the wall clock or of work, and where asked without pauses."""

    unit = "hours"
    per = Fraction(1, 3_600)

    def __init__(self, table: Rows, calendar: WorkCalendar | None, paused: bool) -> None:
        self.table, self.calendar, self.paused = table, calendar, paused
        told = "wall" if calendar is None else calendar.digest()
        self.key: tuple[Any, ...] = ("hours", told, paused)
        self.definition: tuple[Any, ...] = ("running", *self.key)

    def read(self, times: Times) -> Int64:
        return times.seconds

    def span(self, first: int, end: int) -> tuple[int, int]:
        edges = np.array([first, end], np.int64) * DAY
        if self.table.zone is not None:
            edges = self.table.zone.earliest_utc(edges)
        return int(edges[0]), min(int(edges[1]), first_unknown(self.table.known, self.table.zone))

    def last_seen(self, stop: int) -> int:
        return stop

    def passed(self, rows: Int64, since: Int64, until: Int64) -> Int64:
        if self.paused:
            return unpaused(self.table, rows, since, until, self.calendar)
        found: Int64 = worked(self.table.zone, since, until, self.calendar)
        return found
