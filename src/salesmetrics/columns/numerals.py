"""Whole numbers as the names they print as, without an object for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from .keys import Index, places_among

__all__ = ["DIGITS", "Numerals"]

PIECE = 65_536  # names made at once where all are walked through
DIGITS = 18  # so many fit 64 bits whatever they are


class Numerals(Sequence[Any]):
    """The labels of a column of ids: None, then whole numbers, shown as text when looked at."""

    __slots__ = ("ids", "numbers", "rows")
    numbers: Index
    ids: Index | None
    rows: Index | None

    def __init__(self, numbers: Index, ids: Index | None = None, rows: Index | None = None) -> None:
        self.numbers = numbers
        # Where they are the ids of a table, and no others: these, and the row of each label.
        self.ids, self.rows = ids, rows

    def __reduce__(self) -> tuple[type[Numerals], tuple[Index]]:
        return Numerals, (self.numbers,)

    def __len__(self) -> int:
        return len(self.numbers) + 1

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return tuple(self)[at]
        size = len(self)
        if not -size <= at < size:
            raise IndexError(at)
        at %= size
        return None if at == 0 else str(self.numbers[at - 1])

    def __iter__(self) -> Iterator[Any]:
        yield None
        for first in range(0, len(self.numbers), PIECE):
            yield from map(str, self.numbers[first : first + PIECE].tolist())

    def __contains__(self, label: object) -> bool:
        return label is None or self._place(label) is not None

    def index(self, label: Any, start: int = 0, stop: int | None = None) -> int:
        at = 0 if label is None else self._place(label)
        if at is None or not start <= at < (len(self) if stop is None else stop):
            raise ValueError(f"{label!r} is no label")
        return at

    def places(self, others: Numerals) -> Index:
        """Where each of the others' labels stands, all of which are here."""
        return np.append(0, places_among(others.numbers, self.numbers) + 1)

    def _place(self, label: Any) -> int | None:
        if not isinstance(label, str) or len(label) > DIGITS + 2 or not label.isascii():
            return None
        if not label.removeprefix("-").isdigit() or str(int(label)) != label:
            return None
        at = np.flatnonzero(self.numbers == int(label))
        return int(at[0]) + 1 if len(at) else None

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Numerals):
            return self.numbers is other.numbers or np.array_equal(self.numbers, other.numbers)
        return isinstance(other, tuple) and len(other) == len(self) and tuple(self) == other

    __hash__: ClassVar[None]  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(tuple(self))
