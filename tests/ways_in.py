"""Every way in that rows can take: the same columns handed over as each of them."""

from __future__ import annotations

import csv
import io
import json
import math
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from warehouses import LetGo

import salesmetrics as sm

duckdb, openpyxl = pytest.importorskip("duckdb"), pytest.importorskip("openpyxl")
pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")

__all__ = ["FILES", "MEMORY", "WAYS", "Columns", "taken"]

Columns = Mapping[str, list[Any]]
Way = Callable[[Columns, Path], Any]


def rows(columns: Columns) -> list[dict[str, Any]]:
    cells = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in cells]


def arrow(columns: Columns) -> Any:
    """NaN stays NaN, as in no other way; a column without any value is text."""
    made = {}
    for name, cells in columns.items():
        empty = all(cell is None for cell in cells)
        made[name] = pa.array(cells, type=pa.string() if empty else None, from_pandas=False)
    return pa.table(made)


class OnlyStream:
    def __init__(self, table: Any) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


def plain(cell: Any) -> Any:
    """As a database or a JSON document without times holds it."""
    return cell.isoformat() if isinstance(cell, date) else cell


def inserted(connection: sqlite3.Connection, columns: Columns) -> sqlite3.Connection:
    names = ", ".join(f'"{name}"' for name in columns)
    connection.execute(f"create table deals ({names})")
    marks = ", ".join("?" * len(columns))
    cells = [[plain(cell) for cell in row.values()] for row in rows(columns)]
    connection.executemany(f"insert into deals values ({marks})", cells)
    connection.commit()
    return connection


def cursor(columns: Columns, folder: Path) -> Any:
    return inserted(sqlite3.connect(":memory:", factory=LetGo), columns).execute(
        "select * from deals"
    )


def written(cell: Any) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    return str(plain(cell))


def csv_file(columns: Columns, folder: Path) -> Path:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([written(cell) for cell in row.values()] for row in rows(columns))
    (folder / "deals.csv").write_bytes(text.getvalue().encode())
    return folder


def excel_file(columns: Columns, folder: Path) -> Path:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(list(columns))
    for number, row in enumerate(rows(columns), 2):
        for place, cell in enumerate(row.values(), 1):
            if written(cell) != "":
                made = sheet.cell(number, place, cell)
                if isinstance(cell, str):
                    made.data_type = "s"  # text, though it begin as a formula does
    book.save(folder / "deals.xlsx")
    return folder


def json_file(columns: Columns, folder: Path) -> Path:
    text = json.dumps(rows(columns), default=plain)
    (folder / "deals.json").write_text(text, encoding="utf-8")
    return folder


def json_lines(columns: Columns, folder: Path) -> Path:
    lines = [json.dumps(row, default=plain) for row in rows(columns)]
    (folder / "deals.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def parquet_file(columns: Columns, folder: Path) -> Path:
    pq.write_table(arrow(columns), folder / "deals.parquet")
    return folder


def sqlite_file(columns: Columns, folder: Path) -> Path:
    with closing(sqlite3.connect(folder / "crm.db")) as connection:
        inserted(connection, columns)
    return folder / "crm.db"


def duckdb_file(columns: Columns, folder: Path) -> Path:
    with closing(duckdb.connect(str(folder / "crm.duckdb"))) as connection:
        given = arrow(columns)
        connection.register("given", given)
        connection.execute("create table deals as select * from given")
    return folder / "crm.duckdb"


def frame(columns: Columns) -> Any:
    return pd.DataFrame({name: pd.Series(cells) for name, cells in columns.items()})


def nullable(made: Any) -> Any:
    """With pandas' own types of missing values; it casts to see what fits, infinity too."""
    with np.errstate(invalid="ignore"):
        return made.convert_dtypes()


MEMORY: dict[str, Way] = {
    "dicts": lambda columns, _: rows(columns),
    "lists": lambda columns, _: dict(columns),
    "object arrays": lambda columns, _: {
        name: np.array([*cells, None], dtype=object)[:-1] for name, cells in columns.items()
    },
    "pandas": lambda columns, _: frame(columns),
    "pandas nullable": lambda columns, _: nullable(frame(columns)),
    "pandas arrow": lambda columns, _: arrow(columns).to_pandas(types_mapper=pd.ArrowDtype),
    "polars": lambda columns, _: pl.from_arrow(arrow(columns)),
    "polars lazy": lambda columns, _: pl.from_arrow(arrow(columns)).lazy(),
    "pyarrow table": lambda columns, _: arrow(columns),
    "pyarrow batch": lambda columns, _: pa.RecordBatch.from_pydict(
        {name: arrow(columns)[name].combine_chunks() for name in columns}
    ),
    "duckdb": lambda columns, _: duckdb.from_arrow(arrow(columns)),
    "arrow stream": lambda columns, _: OnlyStream(arrow(columns)),
    "cursor": cursor,
}
FILES: dict[str, Way] = {
    "CSV": csv_file,
    "Excel": excel_file,
    "JSON": json_file,
    "JSON lines": json_lines,
    "Parquet": parquet_file,
    "SQLite": sqlite_file,
    "DuckDB file": duckdb_file,
}
WAYS = MEMORY | FILES


def taken(way: str, columns: Columns, folder: Path, *, stages: Any = None, **how: Any) -> sm.CRM:
    """The rows taken that way, into a CRM."""
    data = WAYS[way](columns, folder)
    if way in MEMORY:
        return sm.CRM(deals=data, stages=stages, **how)
    if stages is None:
        return sm.read(data, **how)
    settings = sm.Config(stages=[sm.Stage(**stage) for stage in stages])
    return sm.read(data, config=settings, **how)
