"""Texts of few bytes each, as these: Python's own are made of those that somebody looks at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["ShortTexts", "listed", "mixed", "rows_among"]

PIECE = 65_536  # texts made at once
MIXER = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no two words become one by it
Index = npt.NDArray[Any]


class ShortTexts(Sequence[str]):
    """Texts in UTF-8, in an array of bytes as long as the longest; none has a zero in it."""

    __slots__ = ("all_of", "cells")
    cells: Index
    all_of: list[str] | None

    def __init__(self, cells: Index) -> None:
        self.cells, self.all_of = cells, None

    def __len__(self) -> int:
        return len(self.cells)

    def __getitem__(self, at: Any) -> Any:
        some = self.cells[at]
        return listed(some) if isinstance(some, np.ndarray) else some.decode()

    def __iter__(self) -> Iterator[str]:
        if self.all_of is None:  # whoever goes through them does so more than once
            self.all_of = listed(self.cells)
        return iter(self.all_of)


def mixed(cells: Index) -> npt.NDArray[np.uint64]:
    """One number for each short text, of its bytes: the same for those that are alike.

    Of those that are not, hardly any two have the same.
    """
    size = cells.itemsize
    found = np.zeros(len(cells), np.uint64)
    for start in range(0, size, 8):
        word = np.zeros((len(cells), 8), np.uint8)
        part = np.ascontiguousarray(cells).view(np.uint8).reshape(-1, size)[:, start : start + 8]
        word[:, : part.shape[1]] = part
        found *= MIXER
        found ^= word.view(np.uint64)[:, 0]
    return found


def rows_among(texts: Index, ids: Index) -> Index | None:
    """Where each short text stands among ids that all differ; -1 where it does not.

    None where two that are not alike have the same number.
    """
    if not len(ids):
        return np.full(len(texts), -1)
    kind = np.promote_types(texts.dtype, ids.dtype)  # as long as the longest of both
    wanted, numbers = (mixed(cells.astype(kind, copy=False)) for cells in (texts, ids))
    order = np.argsort(numbers)
    ordered = numbers[order]
    places = np.minimum(np.searchsorted(ordered, wanted), len(ids) - 1)
    rows = np.where(ordered[places] == wanted, order[places], -1)
    there = rows >= 0
    return rows if (ids[rows[there]] == texts[there]).all() else None


def listed(cells: Index) -> list[str]:
    """Such texts as Python has them."""
    found: list[str] = []
    for first in range(0, len(cells), PIECE):
        found += b"\0".join(cells[first : first + PIECE].tolist()).decode().split("\0")
    return found
