"""Texts of few bytes each, as these: Python's own are made of those that somebody looks at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["ShortTexts", "listed"]

PIECE = 65_536  # texts made at once
Index = npt.NDArray[Any]


class ShortTexts(Sequence[str]):
    """Texts in UTF-8, in an array of bytes as long as the longest; none has a zero in it."""

    __slots__ = ("cells",)
    cells: Index

    def __init__(self, cells: Index) -> None:
        self.cells = cells

    def __len__(self) -> int:
        return len(self.cells)

    def __getitem__(self, at: Any) -> Any:
        some = self.cells[at]
        return listed(some) if isinstance(some, np.ndarray) else some.decode()

    def __iter__(self) -> Iterator[str]:
        return iter(listed(self.cells))


def listed(cells: Index) -> list[str]:
    """Such texts as Python has them."""
    found: list[str] = []
    for first in range(0, len(cells), PIECE):
        found += b"\0".join(cells[first : first + PIECE].tolist()).decode().split("\0")
    return found
