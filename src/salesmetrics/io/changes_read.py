"""Tables of changes as exports have them: several fields in one file, and of deals left out too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..crm import TABLES
from ..models import values
from ..reasons import Reason
from ..tables.changes import FieldChanges
from .mapping import Mapped

__all__ = ["telling", "without_those_left_out"]


def telling(name: str, table: Mapped) -> bool:
    """Whether a table has what it is a history of: an export need not have every field."""
    kind = TABLES[name]
    if not issubclass(kind, FieldChanges):
        return True
    return kind.field in table.columns and "changed_at" in table.columns


def without_those_left_out(found: Mapping[str, Mapped]) -> dict[str, Mapped]:
    """Changes of deals that are left out (deleted ones) are left out with them, and counted."""
    deals = found.get("deals")
    if deals is None or deals.rows is None or "id" not in deals.report.columns:
        return dict(found)
    every = deals.found.columns[deals.report.columns["id"]]
    out = np.ones(deals.found.size, dtype=bool)
    out[deals.rows] = False
    kept = deals.columns["id"]
    still = {values.label(kept.at(row)) for row in range(len(kept))}
    gone = {values.label(every.at(int(row))) for row in np.flatnonzero(out)} - still
    return {
        name: _without(table, gone) if issubclass(TABLES[name], FieldChanges) else table
        for name, table in found.items()
    }


def _without(table: Mapped, gone: set[str | None]) -> Mapped:
    if "deal" not in table.columns:
        return table
    codes, labels = table.columns["deal"].labelled()
    out = np.array([*(values.label(label) in gone for label in labels), False], dtype=bool)[codes]
    if not out.any():
        return table
    rows = np.flatnonzero(~out)
    columns = {name: raw.take(rows) for name, raw in table.columns.items()}
    left_out = {**table.report.left_out, Reason("of_deals_left_out"): int(out.sum())}
    places = rows if table.rows is None else table.rows[rows]
    return replace(
        table, columns=columns, rows=places, report=replace(table.report, left_out=left_out)
    )
