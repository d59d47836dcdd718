"""What KPIs measured together share: the cut of time, the groups, and each batch's windows.

A table keeps nothing; what is shared lives in the batches of one run and is freed with them.
The windows of one run add up in the same sums, so what a KPI returns for a batch is the figure of
all rows so far, and what it returns for the last batch is the figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..columns import Column
from ..periods import Periods, as_periods
from ..results.grid import Axes
from .grouping import Grouping, grouping

if TYPE_CHECKING:
    from .table import Table
    from .window import Window

__all__ = ["BATCH", "Sharing", "batch_rows", "batches"]

BATCH = 524_288  # rows whose columns stay near the processor while every KPI reads them


@dataclass(slots=True)
class Sharing:
    """Shared by a run over one table (`run`) and by one batch of its rows (`batch`)."""

    whole: Table
    rows: slice
    run: dict[Any, Any]
    batch: dict[Any, Any] = field(default_factory=dict)

    def part(self, what: Any) -> Sharing:
        """For the same rows seen otherwise: what they share is kept apart."""
        of: Sharing = self.batch.setdefault(
            ("part", what), Sharing(self.whole, self.rows, self.run.setdefault(("part", what), {}))
        )
        return of

    def whole_column(self, name: str) -> Column:
        """A linked column: followed once for the whole table, then cut to the batch."""
        if ("column", name) not in self.run:
            self.run["column", name] = self.whole.column(name)
        column: Column = self.run["column", name]
        return column.take(self.rows)

    def window(
        self,
        verb: tuple[str, ...],
        period: Periods | str,
        by: tuple[str, ...],
        while_before: str | None,
        earlier: int,
        window: Callable[[Axes, Any, Any], Window],
    ) -> Window:
        key = (verb, self._number_of(period), by, earlier)
        if key not in self.batch:
            found = self._grouping(by, while_before)
            axes = self._axes(key[1], period, found, earlier)
            codes = None if found.codes is None else found.codes[self.rows]
            self.batch[key] = window(axes, codes, self.run.setdefault(("kept", *key), {}))
        return self.batch[key]  # type: ignore[no-any-return]

    def atoms(self, time: str, days: npt.NDArray[np.uint16], axes: Axes) -> npt.NDArray[np.uint16]:
        """The atom of each day of a time column under this cut of time."""
        key = ("atoms", time, axes.bounds.tobytes())
        if key not in self.batch:
            self.batch[key] = axes.atom_of_day.take(days, mode="clip")
        return self.batch[key]  # type: ignore[no-any-return]

    def _number_of(self, period: Periods | str) -> int:
        """A number for equal periods: many periods take long to hash, and are asked for often."""
        seen = self.run.setdefault("periods seen", {})  # kept alive, so that an id stays theirs
        if id(period) not in seen:
            numbers = self.run.setdefault("periods", {})
            seen[id(period)] = (period, numbers.setdefault(as_periods(period), len(numbers)))
        return int(seen[id(period)][1])

    def _grouping(self, by: tuple[str, ...], while_before: str | None) -> Grouping:
        settled = self.whole.before.get(while_before, {}) if while_before else {}
        changes = any(name.partition(".")[0] in settled for name in by)
        key = ("groups", by, while_before if changes else None)
        if key not in self.run:
            self.run[key] = grouping(self.whole, by, key[2])
        return self.run[key]  # type: ignore[no-any-return]

    def _axes(self, number: int, period: Periods | str, found: Grouping, earlier: int) -> Axes:
        key = ("axes", number, id(found), earlier)
        if key not in self.run:
            self.run[key] = Axes(as_periods(period), found.by, found.groups, earlier)
        return self.run[key]  # type: ignore[no-any-return]


def batch_rows(tables: Iterable[Table | None]) -> int:
    """Rows to a batch: one number for tables that are measured together."""
    # A deal with history becomes several rows, of which a batch must not hold too many.
    several = any(getattr(table, "history", None) is not None for table in tables)
    return BATCH // 2 if several else BATCH


def batches(table: Table, rows: int) -> Iterator[Table]:
    """The table in batches of rows, then without end batches of none."""
    run: dict[Any, Any] = {}
    for first in range(0, max(table.size, 1), rows):
        shared = Sharing(table, slice(first, min(first + rows, table.size)), run)
        try:
            yield _batch(table, shared)
        finally:  # windows and their batch hold each other, and would wait for the collector
            shared.batch.clear()
    while True:  # nothing more, for as long as somebody measures it beside a longer table
        yield _batch(table, Sharing(table, slice(table.size, table.size), run))


def _batch(table: Table, shared: Sharing) -> Table:
    return replace(table._rows(shared.rows), memo=shared)
