"""The verb for what lasts: rows that reached into a period, however long before they began."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Times
from ..days import NEVER
from ..history.known import today_of
from ..history.unclosed import unclosed_rows
from ..reasons import Reason
from ..results import Axes, Grid
from ..results.counted import Counted
from ..results.survival import Survival
from ..results.tally import BITS
from ..worktime import WorkCalendar
from .ages import ages_by_day
from .clocks import Clock, Days, Hours
from .grouping import Grouping
from .masks import undated_rows
from .placed_rows import Picked
from .places import Places
from .row_sets import Where
from .rows import Rows
from .window import Window
from .worked import check_calendar

__all__ = ["Overlapping"]

PIECE = 2**17  # rows worked on at once, which stay near the processor


class Overlapping(Window):
    """Rows that lasted through some of each period: each is seen in every period it reaches."""

    stock = False
    start: str
    end: str
    groups: npt.NDArray[Any] | None

    def __init__(
        self,
        table: Rows,
        axes: Axes,
        grouped: Grouping,
        start: str,
        end: str,
        kept: dict[Any, Any] | None = None,
    ) -> None:
        super().__init__(table, axes, grouped, kept)
        self.rows: Picked = None
        self.places: Places = ()
        self.start, self.end = start, end

    @property
    def population(self) -> str:
        return f"{self.table.name} overlapping from {self.start} to {self.end}"

    def survival(self, ends: str | None = None) -> Survival:
        """Days from start to end: what had not ended is censored, what began before entered late.

        `ends` names the rows whose end is the one that is waited for; the others end otherwise.
        """
        clock = Days(self.table)
        return self._once(("running", ends, clock.key), lambda: self._survival(ends, clock))

    def hours(self, calendar: WorkCalendar | None, *, paused: bool = False) -> Survival:
        """The same in hours, of the wall clock or of a calendar of work; without the pauses."""
        check_calendar(calendar)
        clock = Hours(self.table, calendar, paused)
        return self._once(("running", None, clock.key), lambda: self._survival(None, clock))

    def seen_in(self, number: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The rows that reached into a period, and the days that each had lasted by its end."""
        begun, ended = self.table.times(self.start).days, self.table.times(self.end).days
        first = int(self.axes.bounds[self.axes.starts[number]])
        last = min(int(self.axes.bounds[self.axes.ends[number]]) - 1, today_of(self.table.known))
        seen = (begun <= last) & (ended >= first) & (begun <= ended) & (last >= first)
        removed = self.table.columns.get("removed_at")
        if isinstance(removed, Times):
            seen &= removed.days == NEVER
        if (unclosed := self._undated_ends()) is not None:
            seen &= ~unclosed
        rows = np.flatnonzero(self.of_allowed(seen))
        return rows, np.minimum(ended[rows], last).astype(np.int64) - begun[rows]

    def _undated_ends(self) -> npt.NDArray[np.bool_] | None:
        """Rows that are known to have ended, but not when."""
        if self.end == "closed_at":
            return unclosed_rows(self.table.columns)
        return undated_rows(self.table, self.end)

    def _survival(self, ends: str | None, clock: Clock) -> Survival:
        names = ("ended", "otherwise", "censored", "entered")
        kept: dict[str, Counted] = self._kept.setdefault(
            ("running", ends, clock.key), {name: Counted() for name in names}
        )
        reasons: dict[Reason, Any] = self._kept.setdefault(
            ("reasons of durations", ends, clock.key), {}
        )
        table = self.table
        begun, ended = clock.read(table.times(self.start)), clock.read(table.times(self.end))
        days = table.times(self.start).days
        never = days == NEVER if days.max(initial=0) == NEVER else None
        turned = ended < begun if never is None else (ended < begun) & ~never
        wanted = None if ends is None else self.where(ends)
        usable = self.of_allowed(~turned)
        removed = table.columns.get("removed_at")
        if isinstance(removed, Times):
            usable &= removed.days == NEVER
        # Every row has been born: one that does not say when lasted through it is not known which.
        ends_some_day = self._undated_ends()
        unclosed = np.zeros(0, np.int64)
        if ends_some_day is not None:
            unclosed = np.flatnonzero(self.of_allowed(ends_some_day))
            usable &= ~ends_some_day
        one = np.broadcast_to(np.int64(0), len(begun))
        groups = one if self.groups is None else self.groups
        undated = backwards = np.zeros(0, np.int64)
        if never is not None and self.start in (self.table.born, *self.table.always):
            undated = np.flatnonzero(usable & never)
        if turned.any():
            backwards = np.flatnonzero(self.of_allowed(turned))
        spans = self._spans(clock)
        for number, (first, stop) in spans.items():
            in_it = (ended[backwards] >= first) & (ended[backwards] < stop)
            undated_here = undated[ended[undated] >= first]
            for why, at in (
                (Reason("before", later=self.end, first=self.start), backwards[in_it]),
                (Reason("no_field", field=self._field_of_start()), undated_here),
                (Reason("no_field", field=self.end), unclosed[begun[unclosed] < stop]),
            ):
                if len(at):
                    grid = reasons.setdefault(
                        why, np.zeros((len(self.axes.periods), self.axes.shape[1]), np.int64)
                    )
                    np.add.at(grid[number], groups[at], 1)
        by_day = None
        if isinstance(clock, Days):
            size = self.axes.shape[1]
            by_day = ages_by_day(spans, begun, ended, usable, self.groups, size, wanted)
        for kind, keys, times in by_day or ():
            kept[kind].add(keys, times)
        for number, span in spans.items() if by_day is None else ():
            # One period after another: the cells of one alone are few enough to be counted.
            for piece in range(0, len(begun), PIECE):
                here = slice(piece, piece + PIECE)
                there = (begun[here] < span[1]) & (ended[here] >= span[0]) & usable[here]
                rows = np.flatnonzero(there) + piece
                self._add_ages(kept, clock, number, span, rows, begun[rows], ended[rows], wanted)
        return Survival(
            self.axes,
            self._evidence(ends, clock.definition),
            kept["ended"],
            kept["otherwise"],
            kept["censored"],
            kept["entered"],
            unit=clock.unit,
            excluded_rows=reasons,
            per=clock.per,
        )

    def _spans(self, clock: Clock) -> dict[int, tuple[int, int]]:
        """By the number of a period: the moments it begins with, and that are in it no longer."""
        bounds, found = self.axes.bounds, {}
        for number in range(len(self.axes.periods)):
            starts, ends = self.axes.starts[number], self.axes.ends[number]
            first, stop = clock.span(int(bounds[starts]), int(bounds[ends]))
            if first < stop:
                found[number] = first, stop
        return found

    def _add_ages(
        self,
        kept: dict[str, Counted],
        clock: Clock,
        number: int,
        span: tuple[int, int],
        rows: npt.NDArray[np.int64],
        begun: npt.NDArray[Any],
        ended: npt.NDArray[Any],
        wanted: npt.NDArray[np.bool_] | None,
    ) -> None:
        """How old these rows were when they ended, or were last and first seen in a period."""
        first, stop = span
        since, until = begun.astype(np.int64), ended.astype(np.int64)
        cell = np.full(len(rows), number * self.axes.shape[1], dtype=np.int64)
        if self.groups is not None:
            cell += self.groups[rows]
        cell <<= BITS
        left = until < stop
        seen = np.where(left, until, clock.last_seen(stop))
        age = cell | clock.passed(rows, since, seen)
        kept["censored"].add(age[np.flatnonzero(~left)])
        if wanted is not None:
            so = wanted[rows]
            kept["otherwise"].add(age[np.flatnonzero(left & ~so)])
            left &= so
        kept["ended"].add(age[np.flatnonzero(left)])
        before = np.flatnonzero(since < first)
        at_start = np.full(len(before), first, np.int64)
        kept["entered"].add(cell[before] | clock.passed(rows[before], since[before], at_start))

    def _field_of_start(self) -> str | None:
        own = self.start in self.table.record.model_fields
        return self.start if own else self.table.born or self.start

    def _undated(self, where: Where) -> dict[Reason, Grid]:
        return {}
