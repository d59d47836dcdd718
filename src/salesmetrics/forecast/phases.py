"""Times of a period in which deals move at another pace, such as the last weeks of a quarter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SalesMetricsError
from .arrays import IntArray, codes, days

__all__ = ["Phases"]


@dataclass(frozen=True)
class Phases:
    """Days on which a phase begins, ascending, and the code of each; before the first it is 0.

    They are known ahead: give those of the days to forecast too.
    """

    starts: IntArray
    codes: IntArray
    size: int

    @classmethod
    def of(cls, starts: ArrayLike, phase: ArrayLike, size: int) -> Phases:
        """Phases from their first days and codes 0..`size`-1."""
        first = days("starts", starts)
        if (np.diff(first) <= 0).any():
            raise SalesMetricsError("starts of phases are days in ascending order, each once")
        return cls(first, codes("phase", phase, size, len(first)), size)

    def at(self, day: ArrayLike) -> IntArray:
        """The phase of each day."""
        place = np.searchsorted(self.starts, days("day", day), side="right")
        return np.concatenate([np.zeros(1, dtype=np.int64), self.codes])[place]
