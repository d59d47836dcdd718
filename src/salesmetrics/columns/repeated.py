"""Rows of a table, each as many times as others are made of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Repeated"]

Index = npt.NDArray[Any]
PIECE = 2**18  # rows worked on at once


class Repeated:
    """The rows of a table in their order, each as many times as others are made of it.

    Only where those of each begin is held, a fraction of what their places would take.
    """

    __slots__ = ("_rows", "first", "part", "starts")
    dtype: np.dtype[Any] = np.dtype(np.uint32)

    def __init__(self, starts: Index, first: int = 0, part: bool = False) -> None:
        self.starts: Index = starts
        self.first: int = first  # of these rows alone: from which one on
        self.part: bool = part  # few enough to say whose each is, once and for all columns
        self._rows: npt.NDArray[np.intp] | None = None

    def __len__(self) -> int:
        return int(self.starts[-1] - self.starts[0])

    def __getitem__(self, at: Index) -> Index:
        """The rows that these are made of."""
        places = (at + self.starts[0]).astype(self.starts.dtype)
        of = np.searchsorted(self.starts, places, side="right") - 1 + self.first
        found: Index = of.astype(self.dtype)
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Index:
        rows = np.arange(self.first, self.first + len(self.starts) - 1, dtype=dtype or self.dtype)
        return np.repeat(rows, np.diff(self.starts))

    def made_of(self, rows: slice) -> slice:
        """Where those stand that are made of some of the rows."""
        return slice(int(self.starts[rows.start]), int(self.starts[rows.stop]))

    def some(self, rows: slice) -> Repeated:
        """Those that are made of some of the rows."""
        return Repeated(self.starts[rows.start : rows.stop + 1], rows.start, part=True)

    def gathered(self, values: Index) -> Index:
        """What stands in the row that each is made of: piece by piece, as numpy makes wide copies
        of narrow counts."""
        if self.part:
            if self._rows is None:
                self._rows = np.asarray(self, dtype=np.intp)
            return values.take(self._rows, mode="clip")  # which is the fast way, and never needed
        found, before = np.empty(len(self), values.dtype), int(self.starts[0])
        for at in range(0, len(self.starts) - 1, PIECE):
            starts = self.starts[at : at + PIECE + 1]
            first, many = self.first + at, len(starts) - 1
            here = slice(int(starts[0]) - before, int(starts[-1]) - before)
            found[here] = np.repeat(values[first : first + many], np.diff(starts))
        return found
