"""Read a folder or a file into a CRM."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import values
from ..crm import CRM, TABLES
from ..errors import ColumnError, DataError, Fault, NotFoundError, SalesMetricsError, one_of
from ..frames import Raw
from ..money import ExchangeRates
from ..tables.table import OnError
from .preset import Lookup, Preset, Source, preset

__all__ = ["FileRead", "read"]


@dataclass(frozen=True, slots=True)
class FileRead:
    """What was found in a file: its rows, and which columns are what."""

    table: str
    file: str
    rows: int
    columns: Mapping[str, str]  # ours: theirs
    unmapped: tuple[str, ...]  # theirs that have no meaning here; `by=` takes them all the same
    absent: tuple[str, ...]  # theirs that the preset expects and the file lacks
    replaced: Mapping[str, int]  # "GTXPro -> GTX Pro": rows
    lines: tuple[int, ...] = ()


def read(
    path: str | Path,
    *,
    preset: str | Path | None = None,
    options: Iterable[str] = (),
    tz: str | None = None,
    currency: str | None = None,
    rates: ExchangeRates | None = None,
    on_error: OnError = "raise",
) -> CRM:
    """A CRM from a folder of CSV files, or from one file.

    Without a preset, files are named like tables (`deals.csv`) and columns like fields.

    Args:
        path: a folder, or one CSV file.
        preset: what files and columns mean: a name (`presets()`), or a TOML file of one's own.
        options: what the preset offers beside the plain reading, by name.
        tz: the zone that local times are in and days are counted in, where the preset says none.
        currency: the reporting currency, where neither preset nor data say one.
        rates: exchange rates to it.
        on_error: `"raise"`, or `"collect"` to leave rows out that cannot be used and count them.

    Raises:
        SalesMetricsError: no such path, preset or option; a broken file.
        DataError: rows that cannot be used, with file and line.
    """
    where = Path(path)
    if not where.exists():
        raise NotFoundError(f"there is no file or folder {str(where)!r}")
    chosen = _plain_preset(where) if preset is None else _named(preset)
    wanted = tuple(options)
    for option in wanted:
        if option not in chosen.options:
            allowed = sorted(chosen.options) or ["none: this preset has no options"]
            raise NotFoundError(one_of("option", option, allowed))
    found: dict[str, dict[str, Raw]] = {}
    files: list[FileRead] = []
    for table, source in chosen.tables.items():
        if source.rows is not None:
            found[table] = _columns_of_rows(source.rows)
            continue
        file = where if where.is_file() else where / str(source.file)
        if (where.is_file() and where.name != source.file) or not file.is_file():
            continue
        found[table], report = _table(table, source, file)
        files.append(report)
    if not files:
        wanted_files = ", ".join(str(s.file) for s in chosen.tables.values() if s.file)
        raise NotFoundError(f"{str(where)!r} has none of the files expected: {wanted_files}")
    for table, source in chosen.tables.items():
        for column, look in source.lookup.items():
            if table in found and (look.option is None or look.option in wanted):
                found[table][column] = _looked_up(found, table, look)
    try:
        crm = CRM(
            **found,
            currency=currency or chosen.currency,
            tz=tz or chosen.tz,
            rates=rates,
            on_error=on_error,
        )
    except DataError as wrong:
        report_of = next((file for file in files if file.table == wrong.table), None)
        raise DataError(wrong.table, _with_lines(wrong.faults, report_of)) from None
    crm.files = tuple(files)
    for name, table_read in list(crm._tables.items()):
        report_of = next((file for file in files if file.table == name), None)
        if table_read.rejected:
            faults = _with_lines(table_read.rejected, report_of)
            crm._tables[name] = replace(table_read, rejected=faults)
    return crm


def _named(name: str | Path) -> Preset:
    return preset(name)


def _plain_preset(path: Path) -> Preset:
    """Files named like tables, columns named like fields."""
    if path.is_file() and path.stem not in TABLES:
        tables = ", ".join(f"{name}.csv" for name in TABLES)
        raise NotFoundError(
            f"{path.name!r} does not say which table it is; name it one of {tables}, or give a "
            "preset"
        )
    sources = {
        name: Source(file=f"{name}.csv", columns={f: f for f in kind.record.model_fields})
        for name, kind in TABLES.items()
    }
    return Preset(title="plain", tables=sources)


def _table(table: str, source: Source, file: Path) -> tuple[dict[str, Raw], FileRead]:
    header, rows, lines = _csv(file)
    theirs = {name: at for at, name in enumerate(header)}
    used = {ours: name for ours, name in source.columns.items() if name in theirs}
    if "id" in source.columns and "id" not in used and source.columns["id"] != "id":
        raise ColumnError(
            f"{file.name}: no column {source.columns['id']!r}, which is the id of {table}; "
            f"its columns are {', '.join(header)}"
        )
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    replaced: dict[str, int] = {}
    columns: dict[str, Raw] = {}
    for ours, name in used.items():
        listed: list[Any] = list(cells[theirs[name]])
        for wrong, right in source.replace.get(ours, {}).items():
            count = listed.count(wrong)
            if count:
                replaced[f"{wrong} -> {right}"] = count
                listed = [right if value == wrong else value for value in listed]
        columns[ours] = _raw(listed)
    unmapped = tuple(name for name in header if name not in used.values())
    for name in unmapped:
        if name not in columns:
            columns[name] = _raw(list(cells[theirs[name]]))
    absent = (
        ()
        if source.columns == {f: f for f in source.columns}
        else tuple(name for name in dict.fromkeys(source.columns.values()) if name not in theirs)
    )
    report = FileRead(table, file.name, len(rows), used, unmapped, absent, replaced, tuple(lines))
    return columns, report


def _csv(file: Path) -> tuple[list[str], list[list[str]], list[int]]:
    """The header, the rows, and the line each row ends on."""
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = next(reader, None)
            if not header or not any(name.strip() for name in header):
                raise BrokenFile(f"{file.name} is empty; a line with column names is expected")
            twice = [name for name in header if header.count(name) > 1]
            if twice:
                raise BrokenFile(f"{file.name} has two columns {twice[0]!r}; rename one of them")
            for row in reader:
                if not row:
                    continue
                if len(row) != len(header):
                    raise BrokenFile(
                        f"{file.name}, line {reader.line_num}: {len(row)} values, but the header "
                        f"names {len(header)} columns; look for a missing or unquoted comma"
                    )
                rows.append(row)
                lines.append(reader.line_num)
    except UnicodeDecodeError as wrong:
        raise BrokenFile(
            f"{file.name} is not UTF-8 (byte {wrong.start}); save it as UTF-8"
        ) from None
    except csv.Error as wrong:
        raise BrokenFile(f"{file.name}, line {reader.line_num}: {wrong}") from None
    return header, rows, lines


class BrokenFile(SalesMetricsError):
    """A file that is not the table it should be."""


def _raw(listed: list[Any]) -> Raw:
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return Raw(array)


def _columns_of_rows(rows: tuple[dict[str, Any], ...]) -> dict[str, Raw]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: _raw([row.get(name) for row in rows]) for name in names}


def _looked_up(found: Mapping[str, dict[str, Raw]], table: str, look: Lookup) -> Raw:
    there = found.get(look.table, {})
    if look.column not in there or "id" not in there or look.through not in found[table]:
        raise SalesMetricsError(
            f"the option needs {look.table}.{look.column}, and {table}.{look.through}; "
            f"the file of {look.table} is missing or lacks it"
        )
    by_id = {
        values.label(key): value
        for key, value in zip(there["id"].values, there[look.column].values, strict=True)
    }
    return _raw([by_id.get(values.label(key)) for key in found[table][look.through].values])


def _with_lines(faults: tuple[Fault, ...], file: FileRead | None) -> tuple[Fault, ...]:
    if file is None:
        return faults
    return tuple(
        replace(fault, place=f"{file.file} line {file.lines[fault.row]}") for fault in faults
    )
