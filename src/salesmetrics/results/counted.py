"""Ages by cell, and how often each came: what curves are read from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .distribution import BITS, LARGEST

__all__ = ["Counted", "added", "together", "upto"]

Int64 = npt.NDArray[np.int64]
MANY = 4_000_000


class Counted:
    """Keys and how often each came, gathered in parts and put together before they are many."""

    __slots__ = ("bounds", "keys", "parts", "pending", "times")

    def __init__(self, keys: Int64 | None = None, times: Int64 | None = None) -> None:
        self.keys = np.zeros(0, np.int64) if keys is None else keys
        self.times = np.zeros(0, np.int64) if times is None else times
        self.parts: list[Int64] = []
        self.pending: int = 0
        self.bounds: list[int] = []  # where each cell begins, once somebody asked

    def add(self, keys: Int64) -> None:
        self.parts.append(keys)
        self.pending += len(keys)
        if self.pending > max(MANY, len(self.keys)):
            self.read()

    def read(self) -> tuple[Int64, Int64]:
        """Each key once, ascending, and how often it came."""
        if self.parts:
            new = np.sort(np.concatenate(self.parts))
            self.parts, self.pending = [], 0
            first = np.flatnonzero(np.diff(new, prepend=new[0] - 1)) if len(new) else new
            counts = np.diff(first, append=len(new))
            self.keys, self.times = together(
                np.concatenate([self.keys, new[first]]), np.concatenate([self.times, counts])
            )
            self.bounds = []
        return self.keys, self.times

    def of_cell(self, cell: int) -> tuple[Int64, Int64]:
        """The ages in one cell, ascending, and how often each came."""
        keys, times = self.read()
        if not self.bounds:  # of all cells at once: many are asked one by one
            cells = np.arange(int(keys[-1] >> BITS) + 2 if len(keys) else 1, dtype=np.int64)
            self.bounds = np.searchsorted(keys, cells << BITS).tolist()
        first, after = (self.bounds[at] if at < len(self.bounds) else len(keys)
                        for at in (cell, cell + 1))  # fmt: skip
        return keys[first:after] & LARGEST, times[first:after]


def added(a: Counted, b: Counted) -> Counted:
    (keys, times), (others, more) = a.read(), b.read()
    return Counted(*together(np.concatenate([keys, others]), np.concatenate([times, more])))


def together(keys: Int64, times: Int64) -> tuple[Int64, Int64]:
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    if not len(ordered):
        return ordered, times
    first = np.flatnonzero(np.diff(ordered, prepend=ordered[0] - 1))
    return ordered[first], np.add.reduceat(times[order], first)


def upto(ages: Int64, times: Int64, at: Int64, side: str) -> Int64:
    """How many came by each age (`right`: that age included)."""
    came = np.concatenate([np.zeros(1, np.int64), np.cumsum(times)])
    return came[np.searchsorted(ages, at, side=side)]  # type: ignore[call-overload]
