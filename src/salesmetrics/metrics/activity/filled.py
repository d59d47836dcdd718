"""Fields that are filled: how complete the rows of a table are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...errors import ColumnError, one_of, shown
from ...results import Grid, Total
from ...results.grid import add_grids
from ...tables.rows import Rows
from ...tables.window import Window

__all__ = ["asked_fields", "filled_fields"]


def filled_fields(rows: Window, required: Sequence[str]) -> Total:
    """How many of the required fields are filled, over all rows."""
    every = rows.count()
    found = [rows.count((("with filled", name),)) for name in _fields(rows.table, required)]
    first, *others = (one.evidence for one in found)
    evidence = replace(first.put_together("sum", *others), what=every.evidence.what)
    sums = add_grids([one.sums for one in found])
    return replace(every, evidence=evidence, unit="fields", sums=sums)


def asked_fields(rows: Window, required: Sequence[str]) -> Total:
    """How many fields the rows should have filled."""
    every, fields = rows.count(), len(_fields(rows.table, required))
    sums = Grid(every.sums.changes * fields, every.sums.stock, every.sums.bound * fields)
    evidence = every.evidence.put_together("sum", *[every.evidence] * (fields - 1))
    return replace(every, evidence=evidence, unit="fields", sums=sums)


def _fields(table: Rows, required: Any) -> list[str]:
    if isinstance(required, str) or not isinstance(required, Sequence) or not required:
        raise ColumnError(
            f'required is {shown(required)}; give the names of fields, such as ["owner", "amount"]'
        )
    for name in required:
        if name not in table.record.model_fields:
            raise ColumnError(one_of("required field", name, table.record.model_fields))
    return list(dict.fromkeys(required))
