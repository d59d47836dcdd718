"""Places: rows as cells of a grid, with the sign that they count with there."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Cells", "Places", "add_at", "picked"]

Cells = npt.NDArray[np.int64]
Places = tuple[tuple[Cells, int], ...]


def picked(places: Places, rows: npt.NDArray[np.int64]) -> Places:
    """The places of some of the rows."""
    return tuple((cells.take(rows, mode="clip"), sign) for cells, sign in places)


def add_at(changes: Any, places: Places, values: Any) -> None:
    """Count the rows there, or add their numbers, to what is there already."""
    for cells, sign in places:
        if values is None and len(cells) > len(changes):  # counted apart, then added: faster
            counted = np.bincount(cells, minlength=len(changes))
            changes += counted if sign > 0 else -counted
            continue
        change = np.add if sign > 0 else np.subtract
        change.at(changes, cells, 1 if values is None else values)
