"""What stood at the end of a period, row by row: for figures that no column tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..days import NEVER
from ..results import Axes

__all__ = ["Chosen", "Many", "Stood", "levels_at_ends", "sums_at_ends"]

Index = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stood:
    """The rows that stood at one end, each with its group."""

    end: int  # the first day after the period
    instant: int  # the same, or the first day that is not known, where that comes earlier
    rows: Index  # of the table that the window looks at
    of: Any  # the row of the table asked: with history, of the deal that this is a version of
    since: npt.NDArray[np.uint16]  # the day on which that was born; never, where it is not known
    groups: Any

    def for_days(self, days: int) -> npt.NDArray[np.bool_]:
        """Those that had been there for so many days at the instant, or nobody knows how long."""
        born = np.where(self.since == NEVER, 0, self.since).astype(np.int64)
        return np.asarray(self.instant - born >= days)


Chosen = Callable[[Stood], npt.NDArray[np.bool_]]
Many = Callable[[Stood], Index]  # how many of something each row has


def levels_at_ends(
    axes: Axes, stood_at: Callable[[int], Stood], chosen: Chosen
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """How many are chosen at each end, and how many of them are undated, as changes of a stock.

    A stock is known by its level at each end of a period; between them it need not move.
    """
    levels, undated = np.zeros((2, *axes.shape), dtype=np.int64)
    ends = axes.ends.tolist()
    for end in sorted(set(ends)):
        stood = stood_at(ends.index(end))
        those = chosen(stood)
        for found, mask in ((levels, those), (undated, those & (stood.since == NEVER))):
            found[end] = np.bincount(stood.groups[mask], minlength=axes.shape[1])
    return np.diff(levels, axis=0, prepend=0), np.diff(undated, axis=0, prepend=0)


def sums_at_ends(axes: Axes, stood_at: Callable[[int], Stood], many: Many) -> npt.NDArray[np.int64]:
    """How many the rows standing at each end have together, as changes of a stock."""
    levels = np.zeros(axes.shape, dtype=np.int64)
    ends = axes.ends.tolist()
    for end in sorted(set(ends)):
        stood = stood_at(ends.index(end))
        np.add.at(levels[end], stood.groups.astype(np.int64), many(stood))
    return np.diff(levels, axis=0, prepend=0)
