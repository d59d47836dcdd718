"""Windows: rows placed in periods and groups, ready to be counted and summed.

The only arithmetic on compact columns is here.  A row's place is its *cell*: the atom of time
its day lies in and its group.  What a window counts is named by strings, so that it knows what
was left out and why, and so that totals can be shared.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from ..columns import LISTED, MISSING, NO_RATE, NOT_YET, Numbers
from ..errors import ColumnError, NeedsError
from ..measures import Axes, Distribution, Grid, Total
from ..measures.grid import WIDE
from ..measures.result import Evidence

if TYPE_CHECKING:
    from .table import Table

__all__ = ["Where", "Window"]

T = TypeVar("T")
Where = str | tuple[str, ...] | None
Rows = npt.NDArray[np.int64] | None  # None: all
Cells = npt.NDArray[np.int64]


class Window(ABC):
    """Rows of a table placed in periods and groups."""

    stock: bool

    def __init__(
        self,
        table: Table,
        axes: Axes,
        groups: npt.NDArray[Any] | None,
        kept: dict[Any, Any] | None = None,
    ) -> None:
        self.table, self.axes, self.groups = table, axes, groups
        self._made: dict[Any, Any] = {}
        # What batches of one table add up in: sums here are of all batches so far.
        self._kept: dict[Any, Any] = {} if kept is None else kept

    # what is asked of it -------------------------------------------------------------------------

    def count(self, where: Where = None) -> Total:
        """How many rows (of a row set, or of several at once)."""
        return self._once(("count", where), lambda: self._count(where))

    def total(self, column: str, where: Where = None, weight: str | tuple[str, ...] = ()) -> Total:
        """The sum of a column, times the first known of the `weight` columns.

        Rows whose number is not known are left out and counted by reason.
        """
        weights = (weight,) if isinstance(weight, str) else weight
        return self._once(
            ("total", column, where, weights), lambda: self._total(column, where, weights)
        )

    def measure(
        self, of: Literal["count", "amount"], where: Where = None, beside: str | None = None
    ) -> Total:
        """The count, or the total amount; `beside` names rows left out by definition."""
        if of not in ("count", "amount"):
            raise ColumnError(f"of= is 'count' or 'amount', not {of!r}")
        found = self.count(where) if of == "count" else self.total("amount", where)
        return found if beside is None else found.beside(beside, self.count(beside))

    def days_between(self, start: str, end: str, where: Where = None) -> Distribution:
        """Whole days from one time to another; what is impossible is left out and counted."""
        return self._once(
            ("days", start, end, where), lambda: self._days_between(start, end, where)
        )

    def where(self, name: str) -> npt.NDArray[np.bool_]:
        """The rows of a row set."""
        return self._once(("where", name), lambda: self.table.where(name))

    # how -----------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def population(self) -> str:
        """The rows it speaks of, in words."""

    @abstractmethod
    def _scatter(self, changes: Any, rows: Rows, values: Any) -> None:
        """Add to the changes, atoms by groups, what these rows' numbers (1 each: None) make."""

    @abstractmethod
    def _undated(self, where: Where) -> dict[str, Grid]:
        """Rows that cannot be placed in time, by reason."""

    def _undated_now(self, where: Where) -> dict[str, Grid]:
        """Rows placed in time by something that stands in."""
        return {}

    def _left_out(self, where: Where) -> dict[str, Grid]:
        found: dict[str, Grid] = self._once(("left out", where), lambda: self._undated(where))
        return found

    def _stands_in(self, where: Where) -> dict[str, Grid]:
        found: dict[str, Grid] = self._once(("stands in", where), lambda: self._undated_now(where))
        return found

    def _numbers(self, column: str) -> Numbers:
        return self.table.numbers(column)

    def _once(self, key: Any, make: Callable[[], T]) -> T:
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def _evidence(self, where: Where) -> Evidence:
        names = (where,) if isinstance(where, str) else where or ()
        known = None if self.table.known is None else self.table.known.at
        return Evidence(" ".join([*names, self.table.name]), self.population, known)

    def _mask(self, where: Where) -> npt.NDArray[np.bool_] | None:
        names = (where,) if isinstance(where, str) else where or ()
        found = None
        for name in names:
            found = self.where(name) if found is None else found & self.where(name)
        return found

    def _rows(self, where: Where) -> Rows:
        mask = self._mask(where)
        return None if mask is None else self._once(("rows", where), lambda: np.flatnonzero(mask))

    def _grid(self, key: Any, rows: Rows, values: Any = None, bound: int | None = None) -> Grid:
        changes = self._sums(key, wide=bound is not None and bound >= WIDE)
        self._scatter(changes, rows, values)
        most = self.table.whole_size if bound is None else bound
        return Grid(changes.reshape(self.axes.shape), self.stock, most)

    def _sums(self, key: Any, wide: bool = False) -> Any:
        if key not in self._kept:
            size = self.axes.shape[0] * self.axes.shape[1]
            self._kept[key] = np.zeros(size, dtype=object if wide else np.int64)
        return self._kept[key]

    def _reasons(self, key: Any, found: Mapping[str, Grid]) -> dict[str, Grid]:
        """With the reasons that earlier batches found: a later batch may not meet them again."""
        known: dict[str, Grid] = self._kept.setdefault(("reasons", key), {})
        known.update(found)
        return known

    def _count(self, where: Where) -> Total:
        grid = self._grid(("n", where), self._rows(where))
        return Total(
            self.axes,
            self._evidence(where),
            self.table.name,
            grid,
            grid,
            excluded_rows=self._reasons(("count", where), self._left_out(where)),
            assumed_rows=self._reasons(("assumed", where), self._stands_in(where)),
        )

    def _total(self, column: str, where: Where, weights: tuple[str, ...]) -> Total:
        numbers = self._once(("numbers", column), lambda: self._numbers(column))
        factor = self._weight(weights) if weights else None
        mask = self._mask(where)
        known = numbers.known()
        key = (column, where, weights)
        excluded = dict(self._left_out(where))
        excluded |= self._unknown(key, numbers, mask, column)
        if factor is not None:
            unweighed = None if known is None else known if mask is None else known & mask
            excluded |= self._unknown(
                key, factor, mask if unweighed is None else unweighed, weights[0]
            )
        for also in (known, None if factor is None else factor.known()):
            mask = also if mask is None else mask if also is None else mask & also
        rows = None if mask is None else np.flatnonzero(mask)
        listed = dict(self._stands_in(where))
        if numbers.why is not None:
            stand_ins = numbers.why == LISTED
            stand_ins = stand_ins if mask is None else stand_ins & mask
            if stand_ins.any():
                rows_listed = np.flatnonzero(stand_ins)
                listed[f"{column} from list_amount"] = self._grid(("listed", key), rows_listed)
        values = numbers.values if rows is None else numbers.values[rows]
        bound, scale = numbers.bound, numbers.scale
        if factor is not None:
            bound, scale = bound * factor.scale, scale * factor.scale
            weight = factor.values if rows is None else factor.values[rows]
            values = (values.astype(object) if bound >= WIDE else values) * weight
        elif bound >= WIDE:
            values = values.astype(object)
        return Total(
            self.axes,
            self._evidence(where),
            column,
            self._grid(("sum", key), rows, values, bound),
            self._grid(("n", key), rows),
            currency=self._currency(column),
            scale=scale,
            excluded_rows=self._reasons(("total", key), excluded),
            assumed_rows=self._reasons(("stand-ins", key), listed),
        )

    def _currency(self, column: str) -> str | None:
        return self.table.currency if column.endswith("amount") else None

    def _weight(self, names: tuple[str, ...]) -> Numbers:
        """The first of these columns that is known, row by row."""
        there = [self._numbers(name) for name in names if self.table.has(name)]
        if not there:
            tables = {"stage.probability": "stages.probability"}
            wanted = " or ".join(tables.get(n, f"{self.table.name}.{n}") for n in names)
            raise NeedsError(wanted, f"{wanted} is needed, and none is given")
        found = there[0]
        for other in there[1:]:
            found = found.otherwise(other)
        return found

    def _unknown(self, key: Any, numbers: Numbers, mask: Any, column: str) -> dict[str, Grid]:
        if numbers.why is None:
            return {}
        found = {}
        for code, reason in (
            (MISSING, f"no {column}"),
            (NO_RATE, "no exchange rate"),
            (NOT_YET, f"{column} not known at the time"),
        ):
            hit = numbers.why == code
            rows = np.flatnonzero(hit if mask is None else hit & mask)
            if len(rows):
                found[reason] = self._grid((reason, key), rows)
        return found

    def _days_between(self, start: str, end: str, where: Where) -> Distribution:
        raise ColumnError("days between are measured of what happened, not of what stands")

    def _cells(self, days: npt.NDArray[np.uint16]) -> Cells:
        """The atom of each day and the row's group, as one place in a grid."""
        cells = self.axes.atom_of_day.take(days, mode="clip").astype(np.int64)
        if self.groups is not None:
            cells *= self.axes.shape[1]
            cells += self.groups
        return cells

    @staticmethod
    def _add_at(changes: Any, cells: Cells, rows: Rows, values: Any, sign: int = 1) -> None:
        at = cells if rows is None else cells.take(rows, mode="clip")
        change = np.add if sign > 0 else np.subtract
        change.at(changes, at, 1 if values is None else values)
