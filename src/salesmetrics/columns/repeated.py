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

    __slots__ = ("starts",)
    dtype: np.dtype[Any] = np.dtype(np.uint32)

    def __init__(self, starts: Index) -> None:
        self.starts = starts

    def __len__(self) -> int:
        return int(self.starts[-1])

    def __getitem__(self, at: slice | Index) -> Index:
        """The rows that these are made of."""
        if not isinstance(at, slice):
            at = np.flatnonzero(at) if at.dtype == bool else at
            of = np.searchsorted(self.starts, at.astype(self.starts.dtype), side="right") - 1
            return of.astype(self.dtype)
        first, stop, _ = (self.starts.dtype.type(place) for place in at.indices(len(self)))
        low = int(np.searchsorted(self.starts, first, side="right")) - 1
        high = max(low, int(np.searchsorted(self.starts, max(first, stop))))
        bounds = np.clip(self.starts[low : high + 1], first, max(first, stop))
        return np.repeat(np.arange(low, high, dtype=self.dtype), np.diff(bounds))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Index:
        return self[:] if dtype is None else self[:].astype(dtype, copy=False)

    def made_of(self, rows: slice) -> slice:
        """Where those stand that are made of some of the rows."""
        return slice(int(self.starts[rows.start]), int(self.starts[rows.stop]))

    def gathered(self, values: Index) -> Index:
        """What stands in the row that each is made of: piece by piece, as numpy makes wide copies
        of narrow counts."""
        found = np.empty(len(self), values.dtype)
        for first in range(0, len(self.starts) - 1, PIECE):
            starts = self.starts[first : first + PIECE + 1]
            here = slice(int(starts[0]), int(starts[-1]))
            found[here] = np.repeat(values[first : first + PIECE], np.diff(starts))
        return found
