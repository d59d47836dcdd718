"""Fields that are filled: how complete the rows of a table are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...columns import MISSING, Codes, Keys, Numbers, Times
from ...days import NEVER
from ...errors import ColumnError, NeedsError, one_of, shown
from ...results import Grid, Total
from ...results.grid import add_grids
from ...tables.deals import Deals
from ...tables.table import Mask, Table
from ...tables.window import Window

__all__ = ["asked_fields", "filled_fields"]


def filled_fields(rows: Window, required: Sequence[str]) -> Total:
    """How many of the required fields are filled, over all rows."""
    every = rows.count()
    found = [rows.count((("with filled", name),)).sums for name in _fields(rows.table, required)]
    return replace(every, unit="fields", sums=add_grids(found))


def asked_fields(rows: Window, required: Sequence[str]) -> Total:
    """How many fields the rows should have filled."""
    every, fields = rows.count(), len(_fields(rows.table, required))
    sums = Grid(every.sums.changes * fields, every.sums.stock, every.sums.bound * fields)
    return replace(every, unit="fields", sums=sums)


def _fields(table: Table, required: Any) -> list[str]:
    if isinstance(required, str) or not isinstance(required, Sequence) or not required:
        raise ColumnError(
            f'required is {shown(required)}; give the names of fields, such as ["owner", "amount"]'
        )
    for name in required:
        if name not in table.record.model_fields:
            raise ColumnError(one_of("required field", name, table.record.model_fields))
    return list(dict.fromkeys(required))


def _filled(table: Table, name: str) -> Mask:
    """Rows with something in a field as it was given: what stands in for it is not it."""
    column = table.given.get(name)
    if column is None:
        raise NeedsError(f"{table.name}.{name}", f"{table.name} have no {name!r}")
    match column:
        case Times():
            found = column.days != NEVER
        case Codes():
            found = column.codes != 0
        case Numbers():
            found = column.reasons() != MISSING
        case Keys():
            found = np.ones(table.size, dtype=bool)
    return np.asarray(found)


Deals.row_sets = {**Deals.row_sets, "with filled": _filled}
