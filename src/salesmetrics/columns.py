"""The columns of a table: times, names, numbers and keys in compact whole numbers.

What is missing is kept apart from every value: a time that has not come is later than all
others, a name that is missing has code 0, and a number says why it is not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .instants import NEVER_SECONDS, Times
from .measures.grid import NEVER

__all__ = ["NEVER", "NEVER_SECONDS", "Codes", "Column", "Keys", "Numbers", "Times", "code_dtype"]

FEW = 8  # labels that are looked for one by one rather than counted all
KNOWN, LISTED, AS_NOW, MISSING, NO_RATE, NOT_YET = range(6)
# Why a number is not known, or what stands in for it; codes from MISSING on have no value.
# NOT_YET is the largest: what was not known then is not known for that reason first.
Index = npt.NDArray[Any]
Rows = slice | Index


@dataclass(frozen=True, slots=True)
class Codes:
    """Names as codes into `labels`, whose first is None: missing."""

    codes: Index
    labels: tuple[Any, ...]

    def take(self, rows: Rows) -> Codes:
        return Codes(self.codes[rows], self.labels)

    def linked(self, rows: Index, codes: Index) -> Codes:
        return Codes(np.append(self.codes, 0).astype(self.codes.dtype)[rows][codes], self.labels)

    def code(self, label: Any) -> int:
        """The code of a label; one that no row has where the label does not occur."""
        return self.labels.index(label) if label in self.labels else len(self.labels)

    def relabelled(self, labels: tuple[Any, ...]) -> Codes:
        """The same names in another numbering that has all of them."""
        if labels == self.labels:
            return self
        place = {label: index for index, label in enumerate(labels)}
        to = np.array([place[label] for label in self.labels], dtype=code_dtype(len(labels)))
        return Codes(to[self.codes], labels)

    def only(self, keep: npt.NDArray[np.bool_], instead: int = 0) -> Codes:
        """Another code (missing) where not kept."""
        return Codes(np.where(keep, self.codes, instead).astype(self.codes.dtype), self.labels)

    def labels_in_use(self) -> list[Any]:
        """The labels that occur."""
        return [self.labels[code] for code in np.flatnonzero(self.in_use()).tolist()]

    def among(self, labels: Sequence[Any]) -> npt.NDArray[np.bool_]:
        """The rows with one of these labels."""
        found: npt.NDArray[np.bool_] = self.codes == self.code(labels[0])
        for label in labels[1:]:
            found |= self.codes == self.code(label)
        return found

    def in_use(self, also: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.bool_]:
        """Which labels occur, or are in use anyway (`also`): those are not looked for."""
        used = np.zeros(len(self.labels), dtype=bool) if also is None else also.copy()
        asked = np.flatnonzero(~used)
        if len(asked) <= FEW:
            for code in asked.tolist():
                used[code] = bool((self.codes == code).any())
            return used
        return used | (np.bincount(self.codes, minlength=len(self.labels)) > 0)


@dataclass(frozen=True, slots=True)
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
            bound = int(np.abs(values).sum()) if fits else _wide_sum(values)
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
        if why == NOT_YET:  # the largest reason: no row has to be picked
            reasons = np.maximum(self.reasons(), ~keep * np.uint8(why))
        else:
            reasons = np.where(keep, self.reasons(), np.uint8(why))
        return Numbers(self.values, reasons, self.scale, self.bound)


@dataclass(frozen=True, slots=True)
class Keys:
    """The ids of a table's rows: text, or whole numbers that are shown as text."""

    values: Index

    def take(self, rows: Rows) -> Keys:
        return Keys(self.values[rows])

    def labels(self) -> list[str]:
        return [str(value) for value in self.values.tolist()]


Column = Times | Codes | Numbers | Keys


def owned(column: Column, given: Index | None = None) -> Column:
    """The column with arrays that nobody can write to; a copy where they are the giver's own."""
    parts = {name: getattr(column, name) for name in type(column).__dataclass_fields__}
    arrays = {name: part for name, part in parts.items() if isinstance(part, np.ndarray)}
    if given is not None and any(np.may_share_memory(part, given) for part in arrays.values()):
        arrays = {name: part.copy() for name, part in arrays.items()}
        column = type(column)(**{**parts, **arrays})
    for part in arrays.values():
        part.flags.writeable = False
    return column


def all_owned(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns with arrays that nobody can write to."""
    return {name: owned(column) for name, column in columns.items()}


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
    return array.take(rows, mode="clip")


def code_dtype(labels: int) -> type[np.unsignedinteger[Any]]:
    """The smallest type that numbers so many labels."""
    return np.uint8 if labels <= 2**8 else np.uint16 if labels <= 2**16 else np.uint32


def common_labels(columns: Sequence[Codes], first: Sequence[Any] = ()) -> tuple[Any, ...]:
    """One numbering for several columns of the same names: `first` in its order, then the rest."""
    found = {label for column in columns for label in column.labels if label is not None}
    rest = sorted(found.difference(first), key=str)
    return (None, *dict.fromkeys(label for label in first if label is not None), *rest)


def _wide_sum(values: Index) -> int:
    """The sum of magnitudes in two halves, each of which 64 bits hold."""
    size = np.abs(values)
    return (int((size >> 32).sum()) << 32) + int((size & (2**32 - 1)).sum())


def by_name(columns: Mapping[str, Column], name: str, kind: type[Any]) -> Any:
    """The column if it is there and of that kind, else None."""
    column = columns.get(name)
    return column if isinstance(column, kind) else None


def as_before(column: Column, settled: npt.NDArray[np.bool_], then: str | None) -> Column:
    """What a milestone settled, as it was before, in the rows where it is undone."""
    if isinstance(column, Codes):
        return column.only(settled, column.code(then) if then is not None else 0)
    if isinstance(column, Numbers):
        return column.only(settled, MISSING)
    return column.until(settled) if isinstance(column, Times) else column


def distinct_numbers(numbers: Index) -> tuple[Index, Index]:
    """The distinct numbers, ascending, and each row's place among them."""
    if not len(numbers):
        return numbers, numbers
    low, span = int(numbers.min()), int(numbers.max()) - int(numbers.min())
    if span <= 4 * len(numbers) + 1_000_000:
        seen = np.zeros(span + 1, dtype=bool)
        seen[numbers - low] = True
        place = np.cumsum(seen) - 1
        return np.flatnonzero(seen) + low, place[numbers - low]
    ordered = np.sort(numbers)
    distinct = ordered[np.append(True, ordered[1:] != ordered[:-1])]
    return distinct, np.searchsorted(distinct, numbers)
