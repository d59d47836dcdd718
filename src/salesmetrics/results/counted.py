"""Ages by cell, and how often each came: what curves are read from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .tally import BITS, LARGEST, Tally, counted_in_order

__all__ = ["Counted", "Risks", "added"]

Int64 = npt.NDArray[np.int64]
MANY = 2_000_000


class Counted:
    """Keys and how often each came, gathered in parts and put together before they are many."""

    __slots__ = ("bounds", "keys", "parts", "pending", "times")

    def __init__(self, keys: Int64 | None = None, times: Int64 | None = None) -> None:
        self.keys = np.zeros(0, np.int64) if keys is None else keys
        self.times = np.zeros(0, np.int64) if times is None else times
        self.parts: list[tuple[Int64, Int64 | None]] = []
        self.pending: int = 0
        self.bounds: list[int] = []  # where each cell begins, once somebody asked

    def add(self, keys: Int64, times: Int64 | None = None) -> None:
        """Each once, or so often."""
        self.parts.append((keys, times))
        self.pending += len(keys)
        if self.pending > max(MANY, len(self.keys)):
            self.read()

    def read(self) -> tuple[Int64, Int64]:
        """Each key once, ascending, and how often it came."""
        if self.parts:
            keys, times = Tally(self.parts).counted()
            self.parts, self.pending = [], 0
            self.keys, self.times = joined((self.keys, self.times), (keys, times))
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

    def still(self, keys: Int64, at: Int64 | None = None) -> Int64:
        """How many came under each of these keys, ascending, or a later one of the same cell.

        `at` is where the keys stand among ours, if that is known.
        """
        own, times = self.read()
        came = np.concatenate([np.zeros(1, np.int64), np.cumsum(times)])
        cells = np.arange(int(keys[-1] >> BITS) + 2 if len(keys) else 1, dtype=np.int64)
        by_cell = came[np.searchsorted(own, cells << BITS)]
        if at is None:
            at = np.searchsorted(own, keys)
        found: Int64 = by_cell[(keys >> BITS) + 1] - came[at]
        return found


def added(a: Counted, b: Counted) -> Counted:
    return Counted(*joined(a.read(), b.read()))


def joined(one: tuple[Int64, Int64], other: tuple[Int64, Int64]) -> tuple[Int64, Int64]:
    """Keys and how often each came, of both."""
    if not len(one[0]) or not len(other[0]):
        return other if len(other[0]) else one
    keys, times = (np.concatenate(pair) for pair in zip(one, other, strict=True))
    order = np.argsort(keys, kind="stable")  # two runs in order already, which are merged at once
    return counted_in_order(keys.take(order), times.take(order))


class Risks:
    """Of all cells, one after another: the ages at which some ended, those at risk then, those
    that ended as waited for, and those that ended in any way."""

    __slots__ = ("bounds", "ended", "falls", "keys", "left", "longest", "risk")

    def __init__(
        self, ended: Counted, otherwise: Counted, censored: Counted, entered: Counted
    ) -> None:
        own = ended.read()
        self.keys, self.ended = joined(otherwise.read(), own)
        here = self.keys
        self.left = own[1]
        if here is not own[0]:
            self.left = np.zeros(len(here), np.int64)
            self.left[np.searchsorted(here, own[0])] = own[1]
        cells = np.arange(int(here[-1] >> BITS) + 2 if len(here) else 1, dtype=np.int64)
        self.bounds: Int64 = np.searchsorted(here, cells << BITS)
        # Of the cell all that were seen at this age or later, without those first seen later.
        self.risk = Counted(here, self.ended).still(here, np.arange(len(here)))
        self.risk += censored.still(here) - entered.still(here + 1)
        # By cell, the longest age seen at all.
        self.longest: dict[int, int] = {}
        for counted in (ended, otherwise, censored):
            keys, _ = counted.read()
            for key in keys[np.flatnonzero(np.diff(keys >> BITS, append=-1))].tolist():
                cell, age = key >> BITS, key & LARGEST
                self.longest[cell] = max(age, self.longest.get(cell, 0))
        # The age at which all at risk in a cell had ended, and how many were first seen later.
        gone = here[np.flatnonzero(self.risk == self.ended)]
        later = entered.still(gone + 1)
        each = zip((gone >> BITS).tolist(), (gone & LARGEST).tolist(), later.tolist(), strict=True)
        self.falls: dict[int, tuple[int, int]] = {}
        for cell, age, many in each:
            if many and cell not in self.falls:
                self.falls[cell] = age, many

    def of_cell(self, cell: int) -> tuple[Int64, Int64, Int64, Int64]:
        """Ages, those at risk, those that ended as waited for, and in any way."""
        last = len(self.bounds) - 1
        first, after = (int(self.bounds[min(at, last)]) for at in (cell, cell + 1))
        ages = self.keys[first:after] & LARGEST
        return ages, self.risk[first:after], self.left[first:after], self.ended[first:after]

    def ages_until(self, share: float, cells: int) -> npt.NDArray[np.float64]:
        """By cell, the first age after which at most this share lasts; NaN where there is none.

        By Kaplan and Meier, in the first ages of all cells, then in the second ones, and so on.
        """
        found, share_left = np.full(cells, np.nan), np.ones(cells)
        many = np.diff(self.bounds)
        open_ = np.flatnonzero(many)
        for step in range(int(many.max(initial=0))):
            open_ = open_[np.flatnonzero(many[open_] > step)]
            at = self.bounds[open_] + step
            share_left[open_] *= 1 - self.ended[at] / self.risk[at]
            below = share_left[open_] <= share
            there = np.flatnonzero(below)
            found[open_[there]] = self.keys[at[there]] & LARGEST
            open_ = open_[np.flatnonzero(~below)]
        return found
