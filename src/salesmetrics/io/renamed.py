"""Columns under names of their own, told where one file or frame is read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from ..crm import TABLES
from ..errors import ColumnError, NotFoundError, SalesMetricsError, one_of
from ..reading.frames import is_cursor
from .found import normal
from .mapping import Mapped
from .preset import Preset

__all__ = ["Renamed", "as_tables", "check_found", "table_meant", "with_columns"]

Renamed = Mapping[str, str] | Mapping[str, Mapping[str, str]]


def as_tables(path: Any, table: str | None) -> Any:
    """A frame or a list of rows as the one table it is: deals, where nothing else is said."""
    rows = isinstance(path, list) or is_cursor(path) or hasattr(path, "columns")
    return {table or "deals": path} if rows or hasattr(path, "__arrow_c_stream__") else path


def table_meant(path: Any, table: str | None, renamed: Renamed | None) -> str | None:
    """Which table a single file is; one whose columns are told is of deals, if not named else."""
    if table is not None or not renamed or not isinstance(path, str | PathLike):
        return table
    if str(path) != "-" and not os.path.isfile(path):
        return None
    by_table = _by_table(renamed, None)
    named = [name for name in TABLES if normal(name) == normal(Path(path).stem)]
    return (named or list(by_table))[0]


def with_columns(preset: Preset, renamed: Renamed | None, table: str | None) -> Preset:
    """The preset, with the columns told in place of its own."""
    tables = dict(preset.tables)
    for name, columns in _by_table(renamed or {}, table).items():
        if name not in tables:
            raise NotFoundError(one_of("table", name, tables))
        fields = TABLES[name].record.model_fields
        for ours, theirs in columns.items():
            if ours not in fields:
                raise ColumnError(one_of(f"columns= of {name}: field", ours, fields))
            if not isinstance(theirs, str):
                raise SalesMetricsError(
                    f"columns= of {name}: {ours} is {theirs!r}; give the name of a column"
                )
        source = tables[name]
        told = {ours: (theirs,) for ours, theirs in columns.items()}
        tables[name] = source.model_copy(update={"columns": {**source.columns, **told}})
    return preset.model_copy(update={"tables": tables})


def check_found(found: Mapping[str, Mapped], renamed: Renamed | None, table: str | None) -> None:
    """Refuse a name that the file does not have: nothing is guessed in its place."""
    for name, columns in _by_table(renamed or {}, table).items():
        if name not in found:
            raise NotFoundError(one_of("columns= of table", name, found))
        for ours, theirs in columns.items():
            if ours not in found[name].report.columns:
                header = found[name].found.columns
                raise ColumnError(one_of(f"{found[name].found.name}: column", theirs, header))


def _by_table(renamed: Renamed, table: str | None) -> dict[str, dict[str, Any]]:
    """Fields by table; those of one table alone are of the one that is read."""
    if not isinstance(renamed, Mapping):
        raise SalesMetricsError('columns= takes our names and theirs, as in {"owner": "담당자"}')
    if any(isinstance(told, Mapping) for told in renamed.values()):
        for name, told in renamed.items():
            if not isinstance(told, Mapping):
                raise SalesMetricsError(f"columns=: {name} is no table with columns of its own")
        return {name: dict(told) for name, told in renamed.items() if isinstance(told, Mapping)}
    return {table or "deals": dict(renamed)} if renamed else {}
