"""The two verbs for time: what happened during a period, and what stood at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..columns import NEVER, Numbers
from ..measures import Axes, Distribution, Grid
from ..measures.distribution import BITS, Tally
from .window import Rows, Where, Window

if TYPE_CHECKING:
    from .table import Table

__all__ = ["During", "Standing"]


class During(Window):
    """What happened in each period, dated by one time column."""

    stock = False

    def __init__(
        self,
        table: Table,
        axes: Axes,
        groups: npt.NDArray[Any] | None,
        time: str,
        kept: dict[Any, Any] | None = None,
    ) -> None:
        super().__init__(table, axes, groups, kept)
        self.time = time
        self.days = table.times(time).days
        self.cells = self._cells(self.days)

    @property
    def population(self) -> str:
        return f"{self.table.name} by {self.time}"

    def _scatter(self, changes: Any, rows: Rows, values: Any) -> None:
        self._add_at(changes, self.cells, rows, values)

    def _undated(self, where: Where) -> dict[str, Grid]:
        """Rows without the milestone that every row has: they belong to some period, unknown."""
        if self.time != self.table.born:
            return {}
        undated = self._once("undated", lambda: self.days == NEVER)
        mask = self._mask(where)
        rows = np.flatnonzero(undated if mask is None else undated & mask)
        if not len(rows):
            return {}
        changes = self._sums(("undated", where))
        groups = np.zeros(len(rows), np.int64) if self.groups is None else self.groups[rows]
        np.add.at(changes, groups, 1)
        return {
            f"no {self.time}": Grid(changes.reshape(self.axes.shape), True, self.table.whole_size)
        }

    def _days_between(self, start: str, end: str, where: Where) -> Distribution:
        since, until = self.table.times(start).days, self.table.times(end).days
        mask = self._mask(where)
        came = until != NEVER
        inside = came if mask is None else mask & came
        missing, backwards = inside & (since == NEVER), inside & (since > until) & (since != NEVER)
        rows = np.flatnonzero(inside & (since <= until))
        excluded = {
            reason: self._grid((reason, start, end, where), np.flatnonzero(hit))
            for reason, hit in ((f"no {start}", missing), (f"{end} before {start}", backwards))
            if hit.any()
        }
        length = until[rows].astype(np.int64) - since[rows]
        cells = self.cells[rows]
        placed = np.flatnonzero(cells < (self.axes.shape[0] - 1) * self.axes.shape[1])
        keys = (cells[placed] << BITS) | length[placed]
        key = ("days", start, end, where)
        tally: Tally = self._kept.setdefault(key, Tally([]))
        tally.parts.append((keys, None))
        return Distribution(
            self.axes,
            self._evidence(where),
            "days",
            tally,
            excluded_rows=self._reasons(key, excluded),
        )


class Standing(Window):
    """What there was at each period's end: begun before it and not ended before it."""

    stock = True

    def __init__(
        self,
        table: Table,
        axes: Axes,
        groups: npt.NDArray[Any] | None,
        start: str,
        end: str,
        kept: dict[Any, Any] | None = None,
    ) -> None:
        super().__init__(table, axes, groups, kept)
        self.start, self.end = start, end
        started, ended = table.times(start).days, table.times(end).days
        # A row that ended before it began never stood: it comes and goes on the same day.
        entered = np.minimum(started, ended)
        self.undated: npt.NDArray[np.bool_] = started == NEVER
        self.any_undated = bool(self.undated.any())
        self.ended = ended
        if self.any_undated:
            entered = np.where(self.undated & (ended == NEVER), self._present(), entered)
        self.entries = self._cells(entered.astype(np.uint16, copy=False))
        self.exits = self._cells(ended)

    def _present(self) -> int:
        """The day from which rows without a beginning are known to stand: the last one recorded."""
        known, complete = self.table.known, self.table.complete
        if known is None or complete is None or known.day < complete.day:
            return NEVER
        return complete.day

    @property
    def population(self) -> str:
        return f"{self.table.name} from {self.start} to {self.end}"

    def _numbers(self, column: str) -> Numbers:
        return self.table.numbers_before(column, self.end)

    def _scatter(self, changes: Any, rows: Rows, values: Any) -> None:
        self._add_at(changes, self.entries, rows, values)
        self._add_at(changes, self.exits, rows, values, -1)

    def _undated_rows(self, where: Where) -> npt.NDArray[np.int64]:
        mask = self._mask(where)
        return np.flatnonzero(self.undated if mask is None else self.undated & mask)

    def _undated(self, where: Where) -> dict[str, Grid]:
        """Rows without a beginning, for as long as it is not known whether they stood."""
        rows = self._undated_rows(where) if self.any_undated else ()
        if not len(rows):
            return {}
        until = np.where(self.ended == NEVER, self._present(), self.ended).astype(np.uint16)
        changes = self._sums(("undated", where))
        groups = np.zeros(len(rows), np.int64) if self.groups is None else self.groups[rows]
        np.add.at(changes, groups, 1)
        self._add_at(changes, self._cells(until), np.asarray(rows), None, -1)
        shaped = changes.reshape(self.axes.shape)
        return {f"no {self.start}": Grid(shaped, True, self.table.whole_size)}

    def _undated_now(self, where: Where) -> dict[str, Grid]:
        """Rows without a beginning that are known to stand now."""
        if not self.any_undated:
            return {}
        rows = self._undated_rows(where)
        rows = rows[self.ended[rows] == NEVER]
        if not len(rows) or self._present() == NEVER:
            return {}
        return {f"undated: no {self.start}": self._grid(("undated now", where), rows)}
