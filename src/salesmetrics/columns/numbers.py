"""Whole numbers to be divided by a scale, and why one of them is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .codes import Index, Rows
from .keys import PIECE, gathered, pieces

__all__ = ["Numbers"]

# What is known for a reason that is told, and from MISSING on why nothing is.
KNOWN, SAME_CURRENCY, LISTED, AS_NOW, REST, MISSING, NO_CURRENCY, NO_RATE, NOT_YET = range(9)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Numbers:
    """Whole numbers, each to be divided by `scale`, and `why` one of them is not known.

    `bound` is the sum of their magnitudes, so that a total knows beforehand what it needs.
    """

    values: Index
    why: npt.NDArray[np.uint8] | None = None
    scale: int = 1
    bound: int = 0

    @staticmethod
    def of(values: Index, why: npt.NDArray[np.uint8] | None = None, scale: int = 1) -> Numbers:
        """With its bound: exact where 64 bits hold it, else an upper one in Python integers."""
        if values.dtype == object:
            bound = sum(map(abs, values.tolist()))
        else:
            largest = max(abs(int(values.max())), abs(int(values.min()))) if values.size else 0
            fits = largest * values.size < 2**62
            held = _sum if fits else _wide_sum  # by pieces: no column of all magnitudes is made
            bound = sum(held(np.abs(piece)) for piece in pieces(values))
        if why is not None and not why.any():
            why = None
        return Numbers(values, why, scale, bound)

    def take(self, rows: Rows) -> Numbers:
        why = None if self.why is None else _taken(self.why, rows)
        return Numbers(_taken(self.values, rows), why, self.scale, self.bound)

    def linked(self, rows: Index, codes: Index) -> Numbers:
        why = np.zeros(len(self.values), np.uint8) if self.why is None else self.why
        values = np.append(self.values, 0).astype(self.values.dtype)
        whys = np.append(why, MISSING).astype(np.uint8)
        return Numbers.of(values[rows][codes], whys[rows][codes], self.scale)

    def values_at(self, rows: npt.NDArray[np.int64] | None) -> Index:
        """The numbers of some rows (None: of all)."""
        return self.values if rows is None else _taken(self.values, rows)

    def known(self) -> npt.NDArray[np.bool_] | None:
        """Which are known; None when all are."""
        return None if self.why is None else self.why < MISSING

    def reasons(self) -> npt.NDArray[np.uint8]:
        return np.zeros(len(self.values), np.uint8) if self.why is None else self.why

    def otherwise(self, other: Numbers, as_: int = KNOWN) -> Numbers:
        """Where not known, what the other column knows, marked as standing in."""
        known = self.known()
        if known is None:
            return self
        mine, theirs = in_one_scale(self, other)
        theirs_known = theirs.reasons() < MISSING
        use = ~known & theirs_known
        why = np.where(use, np.uint8(as_), mine.reasons())
        values = np.where(use, theirs.values, mine.values)
        return Numbers(values, why, mine.scale, mine.bound + theirs.bound)

    def replaced(
        self, where: npt.NDArray[np.bool_], other: Numbers, as_: int, unknown: int
    ) -> Numbers:
        """The other column's numbers in some rows, marked as standing in, or as unknown there."""
        mine, theirs = in_one_scale(self, other)
        marked: Any = np.uint8(as_)
        if theirs.why is not None:
            marked = np.where(theirs.why < MISSING, marked, np.uint8(unknown))
        why = np.where(where, marked, mine.reasons())
        values = np.where(where, theirs.values, mine.values)
        return Numbers(values, why, mine.scale, mine.bound + theirs.bound)

    def only(self, keep: npt.NDArray[np.bool_], why: int) -> Numbers:
        """Not known, for the reason given, where not kept."""
        reasons = ~keep * np.uint8(why)  # sums and products: a choice row by row takes far longer
        if self.why is not None:
            reasons += self.why * keep
        return Numbers(self.values, reasons, self.scale, self.bound)


def in_one_scale(a: Numbers, b: Numbers) -> tuple[Numbers, Numbers]:
    """Both as multiples of the finer of their two scales (both are powers of ten)."""
    scale = max(a.scale, b.scale)
    return rescaled(a, scale), rescaled(b, scale)


def rescaled(numbers: Numbers, scale: int) -> Numbers:
    """The same numbers as multiples of a finer unit."""
    times = scale // numbers.scale
    if times == 1:
        return numbers
    wide = numbers.bound * times >= 2**63
    values = numbers.values.astype(object) if wide else numbers.values
    return Numbers(values * times, numbers.why, scale, numbers.bound * times)


def _taken(array: Index, rows: Rows) -> Index:
    """A view of a slice, a copy of picked rows (clipping is the fast way, and never needed)."""
    if isinstance(rows, slice) or rows.dtype == bool:
        return array[rows]
    if len(rows) > PIECE:
        return gathered(array, rows)
    return array.take(rows, mode="clip")


def _sum(size: Index) -> int:
    return int(size.sum())


def _wide_sum(size: Index) -> int:
    """The sum of magnitudes in two halves, each of which 64 bits hold."""
    return (int((size >> 32).sum()) << 32) + int((size & (2**32 - 1)).sum())
