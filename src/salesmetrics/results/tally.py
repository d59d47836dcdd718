"""Whole numbers counted by cell: each key once, a cell and a number in one integer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["BITS", "LARGEST", "Int64", "Tally", "counted_in_order", "levels_of", "tallied"]

Int64 = npt.NDArray[np.int64]
BITS = 33  # a value below 2**33 beside its cell in one integer: seconds of 270 years
LARGEST = 2**BITS - 1


class Tally:
    """Keys gathered in parts, one a row, and counted when somebody looks."""

    __slots__ = ("_counted", "parts")

    def __init__(self, parts: list[tuple[Int64, Int64 | None]]) -> None:
        self.parts: list[tuple[Int64, Int64 | None]] = parts
        self._counted: tuple[int, Int64, Int64] | None = None

    def counted(self) -> tuple[Int64, Int64]:
        """Each key once, ascending, and how often it occurs."""
        if self._counted is None or self._counted[0] != len(self.parts):
            if all(times is None for _, times in self.parts):
                keys, times = tallied(_joined([keys for keys, _ in self.parts]), None)
            else:
                each = [np.ones(len(k), np.int64) if t is None else t for k, t in self.parts]
                keys, times = tallied(_joined([k for k, _ in self.parts]), _joined(each))
            self._counted = (len(self.parts), keys, times)
        return self._counted[1:]


def _joined(arrays: Sequence[Int64]) -> Int64:
    return np.concatenate(arrays) if arrays else np.zeros(0, np.int64)


def tallied(keys: Int64, times: Int64 | None) -> tuple[Int64, Int64]:
    """Each key once, ascending, with how often it occurs."""
    if not len(keys):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    cells, value = keys >> BITS, keys & LARGEST
    first_cell, width = int(cells.min()), int(value.max()) + 1
    room = (int(cells.max()) - first_cell + 1) * width
    if room <= 4 * len(keys):  # so many rows to so few places that counting beats sorting
        cells -= first_cell
        cells *= width
        cells += value
        if times is None:
            counted = np.bincount(cells, minlength=room)
        else:
            counted = np.zeros(room, dtype=np.int64)
            np.add.at(counted, cells, times)
        found = np.flatnonzero(counted)
        return ((found // width + first_cell) << BITS) | found % width, counted[found]
    order = _order(cells - first_cell, value, keys)
    return counted_in_order(keys.take(order), None if times is None else times.take(order))


def counted_in_order(keys: Int64, times: Int64 | None) -> tuple[Int64, Int64]:
    """Each of the keys, which ascend, once, with how often it occurs."""
    first = _firsts(keys)
    if times is None:
        return keys.take(first), np.diff(first, append=len(keys))
    return keys.take(first), np.add.reduceat(times, first)


def _order(cells: Int64, value: Int64, keys: Int64) -> Int64:
    """The order of the keys; by two radix sorts where both halves are short enough.

    Sorting whole keys is faster still on some processors, and many times slower on others.
    """
    if int(cells.max()) >= 2**16 or int(value.max()) >= 2**16:
        return np.argsort(keys, kind="stable")
    order = np.argsort(value.astype(np.uint16), kind="stable")
    return order.take(np.argsort(cells.astype(np.uint16).take(order), kind="stable"))


def _firsts(ordered: npt.NDArray[Any]) -> Int64:
    """Where each number occurs first."""
    new = np.empty(len(ordered), dtype=bool)
    new[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return np.flatnonzero(new)


def levels_of(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The distinct numbers, ascending; Python integers where 64 bits do not hold them."""
    ordered = np.sort(numbers)
    distinct = ordered.take(_firsts(ordered)) if len(ordered) else ordered
    wide = distinct.dtype == object and any(abs(number) >= 2**63 for number in distinct.tolist())
    return np.asarray(distinct, dtype=object if wide else np.int64)
