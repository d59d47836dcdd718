"""Ids of rows, and distinct whole numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .codes import Index, Rows

__all__ = ["Keys"]


@dataclass(frozen=True, slots=True)
class Keys:
    """The ids of a table's rows: text, or whole numbers that are shown as text."""

    values: Index

    def take(self, rows: Rows) -> Keys:
        return Keys(self.values[rows])

    def labels(self) -> list[str]:
        return [str(value) for value in self.values.tolist()]


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
