"""Ids of rows, and distinct whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, SupportsIndex

import numpy as np
import numpy.typing as npt

from .repeated import Repeated
from .short_texts import listed, rows_among

__all__ = [
    "Keys",
    "all_distinct",
    "counted_before",
    "distinct_numbers",
    "gathered",
    "lie_near",
    "looked_up",
    "marked",
    "near_ones",
    "pieces",
    "places_among",
    "rows_where",
]

Index = npt.NDArray[Any]
Rows = slice | Index | Repeated
PIECE = 2**18  # rows worked on at once
AT_ONCE = 2**16  # rows of which all, or none, are often marked


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Keys:
    """The ids of a table's rows: text, or whole numbers that are shown as text.

    Texts are objects, or where they are short the bytes of `short_texts`.
    """

    values: Index

    @property
    def whole(self) -> bool:
        """Whether they are whole numbers."""
        return self.values.dtype.kind in "iu"

    @property
    def short(self) -> bool:
        """Whether they are kept as bytes."""
        return self.values.dtype.kind == "S"

    def at(self, row: SupportsIndex) -> Any:
        """The id of one row: a number, a text, or None."""
        value = self.values[row]
        if isinstance(value, bytes):
            return value.decode()
        return value.item() if isinstance(value, np.generic) else value

    def take(self, rows: Rows) -> Keys:
        return Keys(gathered(self.values, rows))

    def objects(self) -> Index:
        """Texts as Python has them, and None."""
        if not self.short:
            return self.values
        found = np.empty(len(self.values), object)
        found[:] = listed(self.values)
        return found

    def labels(self) -> list[str]:
        if self.short:
            return listed(self.values)
        return [str(value) for value in self.values.tolist()]

    def rows_in(self, ids: Keys) -> Index:
        """The row of each in a table with these ids; -1 where there is none."""
        if self.whole and ids.whole:
            return places_among(self.values, ids.values)
        if self.short and ids.short:
            found = rows_among(self.values, ids.values)
            if found is not None:
                return found
        row_of = {key: row for row, key in enumerate(ids.labels())}
        return np.array([row_of.get(key, -1) for key in self.labels()], dtype=np.int64)


def distinct_numbers(numbers: Index) -> tuple[Index, Index]:
    """The distinct numbers, ascending, and each row's place among them."""
    if not len(numbers):
        return numbers, numbers
    near = near_ones(numbers)
    if near is not None:
        place = np.zeros(int(near[-1] - near[0]) + 1, dtype=np.int32)
        place[near - near[0]] = np.arange(len(near), dtype=np.int32)
        return near, looked_up(place, numbers, int(near[0]))
    # Looking each one up among the distinct ones takes six times as long: they lie anywhere.
    order, ordered = _in_order(numbers)
    first = np.append(True, ordered[1:] != ordered[:-1])
    place = np.empty(len(numbers), dtype=np.int64)
    place[order] = np.cumsum(first) - 1
    return ordered[np.flatnonzero(first)], place


def _in_order(numbers: Index) -> tuple[Index, Index]:
    """The order of the numbers, and the numbers in it."""
    low, span = int(numbers.min()), int(numbers.max()) - int(numbers.min())
    bits = len(numbers).bit_length()
    if numbers.dtype.kind != "i" or span.bit_length() + bits > 63:
        order = np.argsort(numbers)
        return order, numbers[order]
    # With their rows in the same eight bytes they are sorted in a fraction of the time.
    both = numbers.astype(np.int64)
    both -= low
    both <<= bits
    both |= np.arange(len(numbers))
    both.sort()
    order = both & ((1 << bits) - 1)
    both >>= bits
    both += low
    return order, both.astype(numbers.dtype, copy=False)


def near_ones(numbers: Index) -> Index | None:
    """The distinct numbers, ascending, where they lie so near that a table of all pays."""
    low, span = int(numbers.min()), int(numbers.max()) - int(numbers.min())
    return np.flatnonzero(_seen(numbers, low, span)) + low if span <= _near(len(numbers)) else None


def all_distinct(numbers: Index) -> bool:
    """Whether no two are alike, as of ids; those that ascend are seen at once."""
    if len(numbers) < 2 or bool((numbers[1:] > numbers[:-1]).all()):
        return True
    low, span = int(numbers.min()), int(numbers.max()) - int(numbers.min())
    if span <= _near(len(numbers)):
        return bool(np.count_nonzero(_seen(numbers, low, span)) == len(numbers))
    ordered = np.sort(numbers)
    return bool((ordered[1:] != ordered[:-1]).all())


def places_among(numbers: Index, ids: Index) -> Index:
    """Where each number stands among ids that are all different; -1 where it does not."""
    if not len(ids) or not len(numbers):
        return np.full(len(numbers), -1, dtype=np.int64)
    if lie_near(ids):
        low, span = int(ids.min()), int(ids.max()) - int(ids.min())
        place, first = np.full(span + 3, -1, dtype=np.int32), 0
        for piece in pieces(ids):
            at = np.subtract(piece, low - 1, dtype=np.int64)
            place[at] = np.arange(first, first := first + len(piece), dtype=np.int32)
        return looked_up(place, numbers, low - 1)
    order = np.argsort(ids, kind="stable")
    at = np.minimum(np.searchsorted(ids, numbers, sorter=order), len(order) - 1)
    return np.where(ids[order[at]] == numbers, order[at], -1)


def lie_near(ids: Index) -> bool:
    """Whether a table of all numbers between the ids, and of one before them, pays."""
    low, span = int(ids.min()), int(ids.max()) - int(ids.min())
    # Before the least number of 64 bits there is no place for what is not among them.
    return low > -(2**63) and span <= _near(len(ids))


def _near(size: int) -> int:
    """How far numbers may lie apart for a table of all between them to pay."""
    return 4 * size + 1_000_000


def pieces(numbers: Index) -> list[Index]:
    """Piece by piece, where whole columns would need room for copies."""
    return np.array_split(numbers, len(numbers) // PIECE + 1)


def rows_where(mask: npt.NDArray[np.bool_]) -> Index:
    """The rows that are marked, in four bytes each: piece by piece, as numpy says them in eight."""
    found = np.empty(np.count_nonzero(mask), np.uint32)
    first = size = 0
    for piece in pieces(mask):
        rows = np.flatnonzero(piece)
        found[size : size + len(rows)] = rows + first
        first, size = first + len(piece), size + len(rows)
    return found


def marked(arrays: Sequence[Index], mask: npt.NDArray[np.bool_]) -> list[Index]:
    """What stands in the rows that are marked: piece by piece, as places take eight bytes each,
    and a mask takes five times as long."""
    done, kept = 0, [np.empty(np.count_nonzero(mask), array.dtype) for array in arrays]
    for first in range(0, len(mask), AT_ONCE):
        piece = slice(first, first + AT_ONCE)
        size = int(np.count_nonzero(mask[piece]))
        here = slice(done, done := done + size)
        whole = size == len(mask[piece])
        rows = None if whole or not size else np.flatnonzero(mask[piece])
        for array, found in zip(arrays, kept, strict=True):
            if whole:
                found[here] = array[piece]
            elif rows is not None:
                array[piece].take(rows, out=found[here], mode="clip")  # else it is buffered
    return kept


def counted_before(mask: npt.NDArray[np.bool_], places: Index) -> Index:
    """How many are marked before each of these places, which ascend."""
    found = np.empty(len(places), places.dtype)
    first = counted = done = 0
    so_far = np.zeros(min(len(mask), PIECE) + 1, np.int32)
    for piece in pieces(mask):
        np.cumsum(piece, out=so_far[1 : len(piece) + 1])
        end = places.dtype.type(first + len(piece))  # of their type, else all are copied
        last = done + int(np.searchsorted(places[done:], end))
        found[done:last] = so_far[places[done:last] - first] + counted
        first, counted, done = first + len(piece), counted + int(so_far[len(piece)]), last
    found[done:] = counted
    return found


def gathered(values: Index, rows: Rows) -> Index:
    """The values in these rows: piece by piece, as numpy makes wide copies of narrow places."""
    if isinstance(rows, Repeated):
        return rows.gathered(values)
    if not isinstance(rows, np.ndarray) or rows.dtype in (bool, np.intp) or len(rows) <= PIECE:
        return values[rows]
    found = np.empty(len(rows), dtype=values.dtype)
    first = 0
    for piece in pieces(rows):
        found[first : first + len(piece)] = values[piece]
        first += len(piece)
    return found


def _seen(numbers: Index, low: int, span: int) -> Index:
    seen = np.zeros(span + 1, dtype=bool)
    for piece in pieces(numbers):
        seen[np.subtract(piece, low, dtype=np.int64)] = True
    return seen


def looked_up(place: Index, numbers: Index, low: int = 0) -> Index:
    """What stands in the table for each number; at its ends for those outside.

    Piece by piece, as numpy makes wide copies of the places that it looks up.
    """
    found = np.empty(len(numbers), dtype=place.dtype)
    first = 0
    for piece in pieces(numbers):
        at = np.subtract(piece, low, dtype=np.int64, casting="unsafe")
        place.take(at, mode="clip", out=found[first : first + len(piece)])
        first += len(piece)
    return found
