"""The verb for what lasts: rows that reached into a period, however long before they began."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Times
from ..days import NEVER
from ..history.unclosed import unclosed_rows
from ..reasons import Reason
from ..results import Axes, Grid
from ..results.counted import Counted
from ..results.distribution import BITS
from ..results.survival import Survival
from .grouping import Grouping
from .masks import undated_rows
from .placed_rows import Picked
from .places import Places
from .row_sets import Where
from .rows import Rows
from .window import Window

__all__ = ["Overlapping"]


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
        return self._once(("running", ends), lambda: self._survival(ends))

    def seen_in(self, number: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The rows that reached into a period, and the days that each had lasted by its end."""
        begun, ended = self.table.times(self.start).days, self.table.times(self.end).days
        today = NEVER - 1 if self.table.known is None else self.table.known.day
        first = int(self.axes.bounds[self.axes.starts[number]])
        last = min(int(self.axes.bounds[self.axes.ends[number]]) - 1, today)
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

    def _survival(self, ends: str | None) -> Survival:
        names = ("left", "otherwise", "running", "late")
        kept: dict[str, Counted] = self._kept.setdefault(
            ("running", ends), {name: Counted() for name in names}
        )
        reasons: dict[Reason, Any] = self._kept.setdefault(("reasons of durations", ends), {})
        begun, ended = self.table.times(self.start).days, self.table.times(self.end).days
        known = self.table.known
        today = NEVER - 1 if known is None else known.day
        wanted = None if ends is None else self.where(ends)
        usable = self.of_allowed((begun <= ended) | (begun == NEVER))
        removed = self.table.columns.get("removed_at")
        if isinstance(removed, Times):
            usable &= removed.days == NEVER
        # Every row has been born: one that does not say when lasted through it is not known which.
        ends_some_day = self._undated_ends()
        unclosed = np.zeros(0, np.int64)
        if ends_some_day is not None:
            unclosed = np.flatnonzero(self.of_allowed(ends_some_day))
            usable &= ~ends_some_day
        groups = np.zeros(len(begun), np.int64) if self.groups is None else self.groups
        undated = np.flatnonzero(usable & (begun == NEVER) & (self.start == self.table.born))
        turned = np.flatnonzero(self.of_allowed((ended < begun) & (begun != NEVER)))
        for number in range(len(self.axes.periods)):
            first = int(self.axes.bounds[self.axes.starts[number]])
            last = min(int(self.axes.bounds[self.axes.ends[number]]) - 1, today)
            if last < first:
                continue
            rows = np.flatnonzero((begun <= last) & (ended >= first) & usable)
            since, until = begun[rows].astype(np.int64), ended[rows]
            cell = np.full(len(rows), number * self.axes.shape[1], dtype=np.int64)
            if self.groups is not None:
                cell += self.groups[rows]
            cell <<= BITS
            age = cell | (np.minimum(until, last).astype(np.int64) - since)
            left = until <= last
            kept["running"].add(age[np.flatnonzero(~left)])
            if wanted is not None:
                so = wanted[rows]
                kept["otherwise"].add(age[np.flatnonzero(left & ~so)])
                left &= so
            kept["left"].add(age[np.flatnonzero(left)])
            before = np.flatnonzero(since < first)
            kept["late"].add(cell[before] | (first - since[before]))
            backwards = (ended[turned] >= first) & (ended[turned] <= last)
            for why, at in (
                (Reason("before", later=self.end, first=self.start), turned[backwards]),
                (Reason("no_field", field=self.start), undated[ended[undated] >= first]),
                (Reason("no_field", field=self.end), unclosed[begun[unclosed] <= last]),
            ):
                if len(at):
                    grid = reasons.setdefault(
                        why, np.zeros((len(self.axes.periods), self.axes.shape[1]), np.int64)
                    )
                    np.add.at(grid[number], groups[at], 1)
        return Survival(
            self.axes,
            self._evidence(ends, ("running",)),
            kept["left"],
            kept["otherwise"],
            kept["running"],
            kept["late"],
            excluded_rows=reasons,
        )

    def _undated(self, where: Where) -> dict[Reason, Grid]:
        return {}
