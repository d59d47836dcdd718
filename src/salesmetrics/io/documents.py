"""Excel, JSON, JSON lines and Parquet, each by its own library."""

from __future__ import annotations

import io
import json
import re
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from typing import Any

from ..models import values
from ..progress import CHUNK, counted_rows, is_watched
from ..reading.foreign import frame_columns, is_there
from ..reading.frames import of_dicts
from ..reading.raw import Raw, checked_names, of_objects
from ..reasons import Reason
from .found import BrokenFile, Cut, Found, numbered, place, refusing
from .furniture import LOOKED_AT, footer_place, header_place

__all__ = ["excel_table", "json_table", "parquet_table"]

EXCEL_KEEPS = 10**15  # numbers of more digits are rounded by Excel itself

MANY, SPARE = 1_000_000, 32  # cells that a sheet may span anyway, and for each that it holds
# A cell beyond column Z or row 99,999: without one, a sheet spans no more than can be laid out.
FAR = re.compile(rb"""\br=["'](?:[A-Z]{2,3}\d|[A-Z]\d{6})""")
CELL = re.compile(rb"""\br=["']([A-Z]{1,3})(\d+)["']""")
LAST_ROW = 1_048_576  # that Excel has; up to a later one a reader would count for hours
SheetRow = tuple[int, list[Any]]  # its number in the sheet, from 1, and its cells
# All names, the rows of the one chosen, and the others that have cells.
Sheets = tuple[list[str], list[SheetRow] | None, tuple[str, ...]]


def json_table(name: str, data: bytes, rows_in: Sequence[str], *, lines: bool) -> Found:
    """A list of objects, or one object a line; fields of nested objects as `owner.name`."""
    rows = _json_lines(name, data) if lines else _json_list(name, data, rows_in)
    for at, row in enumerate(rows):
        if not isinstance(row, dict):
            raise BrokenFile(f"{name}, record {at + 1} is no object but a {type(row).__name__}")
    what = "line" if lines else "record"
    return Found(name, flat_columns(rows), len(rows), numbered(name, what, 1))


def flat_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, Raw]:
    """Columns of records, with those of the records inside them."""
    try:
        return of_dicts([_flat(row) for row in rows])
    except RecursionError:
        raise BrokenFile("records within records are nested too deep to be columns") from None


def _flat(row: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{before}{key}.")
        elif isinstance(value, list):
            found |= _flat_list(f"{before}{key}", value)
        else:
            found[f"{before}{key}"] = value
    return found


def _flat_list(key: str, items: list[Any]) -> dict[str, Any]:
    """Several records as one, each field with all their values; plain values side by side."""
    if items and all(isinstance(item, dict) for item in items):
        parts = [_flat(item, f"{key}.") for item in items]
        names = dict.fromkeys(name for part in parts for name in part)
        return {name: _joined([part.get(name) for part in parts]) for name in names}
    return {key: _joined(items)}


def _joined(items: list[Any]) -> Any:
    given = [item for item in items if item is not None]
    if len(given) == 1 and not isinstance(given[0], list):
        return given[0]
    return ", ".join(str(item) for item in given) if given else None


def _text(name: str, data: bytes) -> str:
    try:
        return data.decode(json.detect_encoding(data))
    except UnicodeDecodeError as wrong:
        raise BrokenFile(f"{name} is not {wrong.encoding.upper()} (byte {wrong.start})") from None


def _json_lines(name: str, data: bytes) -> list[Any]:
    rows = []
    for number, line in enumerate(_text(name, data).split("\n"), 1):  # other line ends are text
        if line.strip():
            with refusing(f"{name}, line {number} is no JSON"):
                rows.append(json.loads(line, parse_constant=_no_constant))
    return rows


def _json_list(name: str, data: bytes, rows_in: Sequence[str]) -> list[Any]:
    text = _text(name, data)
    with refusing(f"{name} is no JSON"):
        document = json.loads(text, parse_constant=_no_constant)
    if isinstance(document, list):
        return document
    for path in rows_in:
        inside: Any = document
        for key in path.split("."):
            inside = inside.get(key, False) if isinstance(inside, dict) else False
        if isinstance(inside, list):
            return inside
        if inside is None:  # as Pipedrive answers where there is nothing
            return []
    there = [key for key, value in document.items() if isinstance(value, list)] if isinstance(
        document, dict
    ) else []  # fmt: skip
    raise BrokenFile(
        f"{name} holds no list of records at its top; the preset's rows_in says where it is"
        + (f", such as {there[0]!r}" if there else "")
    )


def _no_constant(word: str) -> float | None:
    """NaN is missing; Infinity, which no JSON has either, is left to be refused in its cell."""
    return None if word == "NaN" else float(word)


def parquet_table(name: str, data: bytes, columns: Sequence[str] | None = None) -> Found:
    """Parquet through pyarrow, else polars, else DuckDB's or pandas' own reader."""
    for library in ("pyarrow", "polars"):
        if not is_there(library):
            continue
        with refusing(f"{name} is no Parquet file"):
            if library == "pyarrow":
                frame = _arrow_parquet(name, data)
            else:
                frame = import_module("polars").read_parquet(io.BytesIO(data))
        with refusing(f"{name} has a column that cannot be read", "; save it anew"):
            found = frame_columns(frame)
        return Found(name, found, len(frame), numbered(name, "row", 1))
    raise BrokenFile(f"{name}: Parquet needs pyarrow or polars: pip install 'salesmetrics[arrow]'")


def _arrow_parquet(name: str, data: bytes) -> Any:
    """At once, or batch by batch where somebody is looking."""
    parquet = import_module("pyarrow.parquet")
    if not is_watched():
        return parquet.read_table(io.BytesIO(data))
    file = parquet.ParquetFile(io.BytesIO(data))
    batches = file.iter_batches(batch_size=CHUNK)
    read = list(counted_rows(name, batches, file.metadata.num_rows))
    return import_module("pyarrow").Table.from_batches(read, file.schema_arrow)


def excel_table(name: str, data: bytes, sheet: str | None = None, skip: int = 0) -> Found:
    """One sheet, its first row under titles the names; what Excel shows as dates comes as dates."""
    with refusing(f"{name} is no Excel file"):
        fast = find_spec("python_calamine") is not None and not _is_sparse(data)
    if fast:
        sheets, rows, unread = _by_calamine(name, data, sheet)
    elif find_spec("openpyxl") is not None:
        sheets, rows, unread = _by_openpyxl(name, data, sheet)
    else:
        raise BrokenFile(
            f"{name}: Excel files need openpyxl, or python-calamine where cells stand together: "
            "pip install 'salesmetrics[excel]'"
        )
    if rows is None:
        wanted = "no sheet with cells" if sheet is None else f"no sheet {sheet!r}"
        raise BrokenFile(f"{name} has {wanted}; it has {', '.join(sheets) or 'none'}")
    if not rows:
        raise BrokenFile(f"{name} is empty; a row with column names is expected")
    under = [row for row in _with_gaps(rows) if row[0] > skip]
    if not under:
        raise BrokenFile(f"{name} has no row under the {skip} that are to be skipped")
    header_at = header_place([cells for _, cells in under[:LOOKED_AT]])
    first, header = under[header_at]
    width = max(at + 1 for at, cell in enumerate(header) if _there(cell))
    last = footer_place([cells for _, cells in under], width)
    kept = [(number, row) for number, row in under[header_at + 1 : last] if row]
    for number, row in kept:
        if any(_there(cell) for cell in row[width:]):
            raise BrokenFile(f"{name}, row {number}: a cell stands beyond the last column name")
    named = [at for at, cell in enumerate(header[:width]) if _there(cell)]
    for at in sorted({*range(width)} - {*named}):  # a blank column beside a table is none
        if any(at < len(row) and _there(row[at]) for _, row in kept):
            raise BrokenFile(
                f"{name}: column {at + 1} has cells but no name in row {first}; lines above the "
                "header are passed over by skip= (--skip N)"
            )
    names = checked_names(str(header[at]).strip() for at in named)
    cells = {
        column: of_objects([_cell(row[at]) if at < len(row) else None for _, row in kept])
        for at, column in zip(named, names, strict=True)
    }
    places = [number for number, _ in kept]
    cuts = [
        Cut(
            Reason("row", number=str(number)),
            ", ".join(str(cell) for cell in row if _there(cell)),
            Reason(what),
        )
        for what, some in (
            ("skipped", [row for row in rows if row[0] <= skip]),
            ("above_header", under[:header_at]),
            ("below_rows", under[last:]),
        )
        for number, row in some
        if row
    ]
    return Found(
        name,
        cells,
        len(kept),
        lambda rows: {r: (place(name, "row", places[r]), {}) for r in rows},
        tuple(cuts),
        unread=() if sheet else unread,
    )


def _there(cell: Any) -> bool:
    return cell is not None and cell != ""


def _cell(cell: Any) -> Any:
    """Both readers alike: a blank is missing, a time at midnight is a day."""
    from datetime import datetime

    if not _there(cell):
        return None
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and abs(cell) >= EXCEL_KEEPS:
        return values.Rounded(cell)
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, datetime) and cell.time() == datetime.min.time():
        return cell.date()
    return cell


def _filled(rows: Iterable[Sequence[Any]]) -> list[SheetRow]:
    """Rows with something in them, numbered as in the sheet: it may have gaps of a million."""
    found: list[SheetRow] = []
    for at, row in enumerate(rows, 1):
        if at > LAST_ROW:
            raise ValueError(f"it has rows beyond {LAST_ROW:,}, the last of Excel; save it anew")
        if any(map(_there, row)):
            found.append((at, list(row)))
    return found


def _with_gaps(rows: Sequence[SheetRow]) -> list[SheetRow]:
    """With an empty row wherever one or more stand between two."""
    found: list[SheetRow] = []
    for number, row in rows:
        if found and number > found[-1][0] + 1:
            found.append((number - 1, []))
        found.append((number, row))
    return found


def _is_sparse(data: bytes) -> bool:
    """Whether a sheet spans far more cells than it holds: calamine would lay out all of them."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                text = archive.read(name)
                enough = SPARE * (text.count(b"<c ") + text.count(b":c ")) + MANY
                if FAR.search(text) and _span(text) > enough:
                    return True
    return False


def _span(text: bytes) -> int:
    """Rows times columns, up to the last of each."""
    places = CELL.findall(text)
    rows = max((int(row) for _, row in places), default=1)
    return rows * max((_number(column) for column in {c for c, _ in places}), default=1)


def _number(column: bytes) -> int:
    """The number of a column by its letters."""
    found = 0
    for letter in column:
        found = found * 26 + letter - 64
    return found


def _by_calamine(name: str, data: bytes, sheet: str | None) -> Sheets:
    with refusing(f"{name} is no Excel file"):
        book = import_module("python_calamine").CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = list(book.sheet_names)
        if sheet is not None and sheet not in sheets:
            return sheets, None, ()
        found = book.get_sheet_by_name(sheet or sheets[0])
        unread = tuple(one for one in sheets[1:] if book.get_sheet_by_name(one).height)
        return sheets, _filled(found.to_python(skip_empty_area=False)), unread


def _by_openpyxl(name: str, data: bytes, sheet: str | None) -> Sheets:
    with refusing(f"{name} is no Excel file"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that are not read anyway
        book = import_module("openpyxl").load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )
        pages = {page.title: page for page in book.worksheets}  # not charts
        if not pages or (sheet is not None and sheet not in pages):
            return list(pages), None, ()
        page = pages[sheet] if sheet is not None else next(iter(pages.values()))
        page.reset_dimensions()  # what the sheet says of its own size need not be so
        rows = _filled(page.iter_rows(values_only=True))
        unread = tuple(
            title
            for title, other in list(pages.items())[1:]
            if any(map(_there, chain.from_iterable(other.iter_rows(max_row=99, values_only=True))))
        )
        book.close()
    return list(pages), rows, unread
