"""Rows that are refused after their table was read, as it is only then known what is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from ..columns import Codes, Keys, Times
from ..days import EPOCH
from ..errors import Fault
from .table import Table

__all__ = ["fault_at", "refuse"]


def fault_at(table: Table, row: int, field: str, reason: str) -> Fault:
    """A fault of a row that was read already, its value as it is kept."""
    column = table.given[field]
    value: Any = None
    if isinstance(column, Keys):
        value = column.at(row)
    elif isinstance(column, Times):
        value = date.fromordinal(int(column.days[row]) + EPOCH).isoformat()
    elif isinstance(column, Codes):
        value = column.labels[int(column.codes[row])]
    return Fault(row, field, value, reason)


def refuse(table: Table, faults: tuple[Fault, ...]) -> Table:
    """The table without these rows, and with their faults, as they were numbered when given."""
    rows = np.array(sorted({fault.row for fault in faults}), dtype=np.int64)
    before = np.array(sorted({fault.row for fault in table.rejected}), dtype=np.int64)
    given = np.delete(np.arange(table.size + len(before)), before)
    told = tuple(replace(fault, row=int(given[fault.row])) for fault in faults)
    left = table.some(np.delete(np.arange(table.size), rows))
    rejected = (*table.rejected, *told)
    read = tuple(one.with_faults(rejected) for one in table.rows_read)
    return replace(left, rejected=rejected, rows_read=read)
