"""Rows of a table placed in time and groups: which are looked at, and the cell of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ..results import Axes
from .grouping import Grouping
from .places import Cells, Places, picked
from .row_sets import Labelled, RowSet, Where
from .rows import Rows

__all__ = ["Picked", "PlacedRows"]

T = TypeVar("T")
Picked = npt.NDArray[np.int64] | None  # rows; None: all


class PlacedRows:
    """Rows of a table placed in periods and groups.

    Only `rows` that move some figure are looked at (None: all): everything here is as long as
    they are.  Their `places` are cells of the grid, each with the sign that a row counts with.
    """

    base: Rows  # the table asked, of which `table` may be made: versions, stays
    verb: tuple[str, ...]
    table: Rows
    axes: Axes
    groups: npt.NDArray[Any] | None
    allowed: npt.NDArray[np.bool_] | None  # by the condition of a filter
    stock: bool
    rows: Picked
    places: Places

    def __init__(
        self, table: Rows, axes: Axes, grouped: Grouping, kept: dict[Any, Any] | None
    ) -> None:
        self.table, self.axes = table, axes
        self.base, self.verb = table, ("",)  # set where it is opened
        self.groups, self.allowed = grouped.codes, grouped.allowed
        self._made: dict[Any, Any] = {}
        # What batches of one table add up in: sums here are of all batches so far.
        self._kept: dict[Any, Any] = {} if kept is None else kept

    def where(self, name: RowSet) -> npt.NDArray[np.bool_]:
        """The rows of a row set."""
        return self._once(("where", name), lambda: self._where(name))

    def of_allowed(self, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Those of the rows that meet the table's condition: all that a window looks at."""
        return mask if self.allowed is None else mask & self.allowed

    def _once(self, key: Any, make: Callable[[], T]) -> T:
        """What is asked for again under this key is what was made the first time."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def _at(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The part of a column that is looked at."""
        return array if self.rows is None else array.take(self.rows, mode="clip")

    def _where(self, name: RowSet) -> npt.NDArray[np.bool_]:
        named = self.table.row_sets.get(name) if isinstance(name, str) else None
        if not isinstance(named, Labelled) or self.rows is None:
            return self._at(self.table.where(name))
        codes = self.table.codes(named.column)  # one column for several row sets
        mine = self._once(("codes", named.column), lambda: self._at(codes.codes))
        return replace(codes, codes=mine).among(named.labels)

    def _mask(self, where: Where) -> npt.NDArray[np.bool_] | None:
        """Which rows are in all of these row sets (None: all rows)."""
        names = (where,) if isinstance(where, str) else where or ()
        found = None
        for name in names:
            found = self.where(name) if found is None else found & self.where(name)
        return found

    def _among(self, where: Where) -> Picked:
        """Which of the rows are of the row set (None: all)."""
        mask = self._mask(where)
        if mask is None:
            return None
        return self._once(("rows", where), lambda: np.flatnonzero(mask))

    def _placed(self, where: Where) -> Places:
        """The cells of time and group that the rows of the row set fall in."""
        rows = self._among(where)
        if rows is None:
            return self.places
        return self._once(("places", where), lambda: picked(self.places, rows))

    def _rows_of(self, where: Where) -> Picked:
        """The rows of the table that are counted (None: all)."""
        among, rows = self._among(where), self.rows
        if among is None or rows is None:
            return among if rows is None else rows
        return self._once(("of the table", where), lambda: rows.take(among, mode="clip"))

    def _atoms(self, time: str) -> npt.NDArray[np.uint16]:
        """The atom of each row's day; looked up once for all windows of a batch."""
        run = self.table.run
        if run is None or run.part is None:
            return self.axes.atoms_of(self.table.times(time).days)
        return run.atoms(time, self.table.times(time).days, self.axes)  # type: ignore[no-any-return]

    def _cells(self, atoms: npt.NDArray[np.uint16], groups: npt.NDArray[Any] | None) -> Cells:
        """An atom of time and a group as one place in a grid."""
        if groups is None:
            return atoms.astype(np.int64)
        most = self.axes.shape[0] * self.axes.shape[1]
        # Short integers are computed several times as fast; places have to be long ones.
        # Their number is capped far below 2**32.
        short: type[np.unsignedinteger[Any]] = np.uint16 if most <= 2**16 else np.uint32
        cells = atoms.astype(short) * short(self.axes.shape[1])
        cells += groups.astype(short)
        return np.asarray(cells, dtype=np.int64)
