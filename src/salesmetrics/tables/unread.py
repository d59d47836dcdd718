"""Cells that cannot be read, of rows that can be used without them: they count as missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ..columns import MISSING, Codes, Column, Numbers, Times
from ..errors import Fault
from .rows import Mask

__all__ = ["without_cells"]


def without_cells(columns: Mapping[str, Column], faults: Iterable[Fault]) -> dict[str, Column]:
    """The columns of these faults, with nothing in their cells."""
    rows: dict[str, list[int]] = {}
    for fault in faults:
        rows.setdefault(fault.field, []).append(fault.row)
    found: dict[str, Column] = {}
    for name, cells in rows.items():
        column = columns[name]
        if isinstance(column, Numbers):
            found[name] = column.only(_all_but(cells, len(column.values)), MISSING)
        elif isinstance(column, Times):
            found[name] = column.until(_all_but(cells, len(column.days)))
        elif isinstance(column, Codes):
            found[name] = column.only(_all_but(cells, len(column.codes)))
    return found


def _all_but(rows: list[int], size: int) -> Mask:
    keep = np.ones(size, dtype=bool)
    keep[rows] = False
    return keep
