"""Ages of many rows in few groups, counted by the days on which they began and ended.

Each row counts once, where else it is looked at anew for every period that it reaches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..days import NEVER
from ..results.tally import BITS

__all__ = ["ages_by_day"]

Int64 = npt.NDArray[np.int64]
Days = npt.NDArray[np.uint16]
Mask = npt.NDArray[np.bool_]
PIECE = 2**17  # rows worked on at once, which stay near the processor
Ages = Iterator[tuple[str, Int64, Int64]]


def ages_by_day(
    spans: Mapping[int, tuple[int, int]],
    begun: Days,
    ended: Days,
    usable: Mask,
    groups: npt.NDArray[Any] | None,
    size: int,
    wanted: Mask | None,
) -> Ages | None:
    """How old the rows were when they ended, were last and first seen: as cells of period and one
    of so many groups beside an age, and how often.  None where counting by day does not pay.

    `spans` are the first day of each period, and the one after its last, by its number.
    """
    edges = np.unique(np.array([*spans.values()], np.int64))
    if not len(edges) or not len(begun):
        return iter(())
    low = int(begun.min())
    width = max(int(edges[-1]) - low, 0)
    shape = (size, len(edges) + 1, width)
    if not 0 < 4 * np.prod(shape) <= len(begun):
        return iter(()) if not width else None
    # How many edges had passed by each day: what ended before the first is in no period.
    passed = np.searchsorted(edges, np.arange(NEVER + 1), side="right")
    # By group, edges passed at the end, and day of the beginning, or age.
    begins, ends = np.zeros(shape, np.int64), np.zeros((2, *shape), np.int64)
    for first in range(0, len(begun), PIECE):
        here = slice(first, first + PIECE)
        there = usable[here] & (begun[here] < edges[-1]) & (ended[here] >= edges[0])
        rows = np.flatnonzero(there) + first
        since, until = begun.take(rows).astype(np.int64), ended.take(rows)
        cell = passed.take(until)
        if groups is not None:
            cell += groups.take(rows).astype(np.int64) * shape[1]
        cell *= width
        begins += np.bincount(cell + (since - low), minlength=begins.size).reshape(shape)
        gone = np.flatnonzero(until < edges[-1])
        cell = cell[gone] + (until[gone] - since[gone])
        if wanted is not None:
            cell += np.where(wanted.take(rows[gone]), 0, begins.size)
        ends += np.bincount(cell, minlength=ends.size).reshape(ends.shape)
    return _of_spans(spans, edges, begins, ends, low)


def _of_spans(
    spans: Mapping[int, tuple[int, int]], edges: Int64, begins: Int64, ends: Int64, low: int
) -> Ages:
    """By period, from what is counted by day."""
    # Of each edge, what ended on it or later, by the day of its beginning.
    lasting = begins[:, ::-1].cumsum(axis=1)[:, ::-1]
    for number, span in spans.items():
        first, stop = np.searchsorted(edges, span) + 1
        for kind, of_kind in zip(("ended", "otherwise"), ends, strict=True):
            yield kind, *_keys(number, of_kind[:, first:stop].sum(axis=1))
        for kind, at, edge, seen in (
            ("censored", stop, span[1], span[1] - 1),
            ("entered", first, span[0], span[0]),
        ):
            # From the youngest to the oldest of those that had begun.
            there = lasting[:, at, : max(edge - low, 0)][:, ::-1]
            yield kind, *_keys(number, there, seen - edge + 1)


def _keys(number: int, counted: Int64, youngest: int = 0) -> tuple[Int64, Int64]:
    """The cells beside ages, and how often, of groups by age from the youngest on."""
    group, age = np.nonzero(counted)
    cells = group + number * len(counted)
    return (cells << BITS) | (age + youngest), counted[group, age]
