"""What grids hold at one position, or at all of them at once: numbers, and counts by reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ..reasons import Reason
from .grid import Axes, Grid, Ints

__all__ = ["Counts", "Place", "add_by_place", "counts_at", "counts_by_place", "reader"]

Counts = Mapping[Reason, int]
Place = tuple[int, int]  # of a period and a group


def reader(axes: Axes, period: int, group: int) -> Callable[[Grid], int]:
    """What reads one position of a grid."""
    start, end = int(axes.starts[period]), int(axes.ends[period])

    def read(grid: Grid) -> int:
        first = 0 if grid.stock else start + 1
        if first == end:
            return int(grid.changes[end, group])
        return int(grid.changes[first : end + 1, group].sum())

    return read


def counts_at(grids: Mapping[Reason, Grid], read: Callable[[Grid], int]) -> Counts:
    """By reason how many rows there are at one position, where there are some."""
    # By name: in which order batches of rows met the reasons must not show.
    return {why: count for why in sorted(grids) if (count := read(grids[why]))} if grids else {}


def counts_by_place(grids: Mapping[Reason, Grid], axes: Axes) -> dict[Place, dict[Reason, int]]:
    """The same of every position that has some."""
    found: dict[Place, dict[Reason, int]] = {}
    for why in sorted(grids):
        add_by_place(found, why, grids[why].read(axes))
    return found


def add_by_place(found: dict[Place, dict[Reason, int]], why: Reason, counts: Ints) -> None:
    """Note the counts of a reason, periods by groups, that are not 0."""
    at = np.nonzero(counts)
    for period, group, count in zip(*(each.tolist() for each in (*at, counts[at])), strict=True):
        found.setdefault((period, group), {})[why] = count
