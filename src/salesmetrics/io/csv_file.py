"""CSV by the fastest reader installed, with the same rows and the same errors by each.

pyarrow, else polars, else pandas, else the standard library read the text; the standard library
also has the last word: whatever another reader refuses, or might read in its own way, it reads
again, and its line numbers and messages are the ones shown.  All cells come in as text, and what
they mean is decided by `reading`, as for every other source.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from importlib import import_module
from typing import Any

import numpy as np

from ..errors import NotFoundError
from ..models import Kind
from ..progress import Progress, Stream
from ..reading.foreign import frame_columns, is_there
from ..reading.raw import Raw, of_objects
from ..reasons import Reason
from .csv_alike import even, read_alike
from .csv_arrow import by_arrow
from .found import BrokenFile, Data, Found, place, without_blank_rows
from .furniture import Trimmed, trimmed

__all__ = ["READERS", "chosen_reader", "csv_table"]

READERS = ("pyarrow", "polars", "pandas", "csv")


def csv_table(
    name: str,
    data: Data,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    ends_at: tuple[str, ...] = (),
    kinds: Mapping[str, Kind] | None = None,
    reader: str | None = None,
    progress: Progress | None = None,
    skip: int = 0,
) -> Found:
    """The columns of a CSV file.

    `kinds` tells which columns (their names as compared) are times or numbers in the plain form,
    so that these need not be made texts first; what they are found to be is the same without it.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n\0'):
        raise NotFoundError(f"delimiter {delimiter!r} is not one character, such as ';'")
    whole = trimmed(name, _utf8(name, data, encoding), delimiter, skip=skip, ends_at=ends_at)
    text, mark = whole.text, whole.mark
    header = _header(name, whole)
    chosen = chosen_reader(reader)
    columns = None
    if chosen != "csv":
        columns = _fast(chosen, text, mark, header, kinds or {}, progress)
    if columns is None:
        rows = [row for _, row in _rows(name, whole)]
        cells = zip(*rows, strict=True) if rows else ([] for _ in header)
        columns = {
            column: of_objects(list(values)) for column, values in zip(header, cells, strict=True)
        }
    size = len(next(iter(columns.values())))
    found = Found(name, columns, size, lambda rows: _places(name, whole, rows), whole.cuts)
    return without_blank_rows(found)


def chosen_reader(reader: str | None) -> str:
    """The one that is wanted, else the fastest that is installed."""
    return reader or next(r for r in READERS if r == "csv" or is_there(r))


def _utf8(name: str, data: Data, encoding: str | None) -> Data:
    """The bytes as UTF-8 without a mark at the start."""
    if encoding is not None:
        try:
            return bytes(data).decode(encoding).removeprefix("\ufeff").encode()
        except LookupError:
            raise NotFoundError(f"there is no encoding {encoding!r}; try utf-8 or cp949") from None
        except UnicodeDecodeError as wrong:
            raise BrokenFile(f"{name} is not {encoding} (byte {wrong.start})") from None
        except ValueError as wrong:  # halves of characters, and encodings that are not of files
            raise BrokenFile(f"{name} cannot be read as {encoding!r}: {wrong}") from None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise BrokenFile(f"{name} is not UTF-8 but UTF-16; pass encoding='utf-16'")
    data = data[3:] if data[:3] == b"\xef\xbb\xbf" else data
    cells = np.frombuffer(data, np.uint8)
    if not cells.min(initial=1):
        raise BrokenFile(f"{name} is no text (byte {cells.argmin()} is 0)")
    return data


def _lines(name: str, text: Data) -> Iterator[str]:
    file = io.BufferedReader(Stream(text))
    try:
        yield from io.TextIOWrapper(file, encoding="utf-8", newline="")
    except UnicodeDecodeError:
        at = _first_bad_byte(text)
        raise BrokenFile(
            f"{name} is not UTF-8 (byte {at}); pass encoding=, such as encoding='cp949', or save "
            "it as UTF-8"
        ) from None


def _first_bad_byte(text: Data) -> int:
    try:
        bytes(text).decode()
    except UnicodeDecodeError as wrong:
        return wrong.start
    return 0


def _header(name: str, whole: Trimmed) -> list[str]:
    text, mark = whole.text, whole.mark
    reader = csv.reader(_lines(name, text), delimiter=mark, strict=True)
    try:
        header = next((row for row in reader if row), None)
    except csv.Error as wrong:
        raise BrokenFile(f"{name}, line {whole.before + reader.line_num}: {wrong}") from None
    if not header or not any(column.strip() for column in header):
        raise BrokenFile(f"{name} is empty; a line with column names is expected")
    twice = [column for column in header if header.count(column) > 1]
    if twice:
        raise BrokenFile(f"{name} has two columns {twice[0]!r}; rename one of them")
    if len(header) == 1:
        other = next((m for m in (";", "\t", "|") if m != mark and m in header[0]), None)
        if other is not None:
            raise BrokenFile(
                f"{name} has one column, {header[0]!r}; if {other!r} parts them, pass "
                f"delimiter={other!r}"
            )
    return header


def _rows(name: str, whole: Trimmed) -> Iterator[tuple[int, list[str]]]:
    """The rows with the line that each ends on, by the standard library."""
    mark, before = whole.mark, whole.before
    reader = csv.reader(_lines(name, whole.text), delimiter=mark, strict=True)
    header: list[str] | None = None
    last = 0  # the line that the row before ended on
    try:
        for row in reader:
            if not row:
                continue
            if header is None:
                header = row
                continue
            if len(row) != len(header):
                raise BrokenFile(
                    f"{name}, line {before + reader.line_num}: {len(row)} values, but the header "
                    f"names {len(header)} columns; look for a missing or unquoted {mark!r}, or "
                    "for lines above the header, which skip= leaves out"
                )
            last = reader.line_num
            yield before + last, row
    except csv.Error as wrong:
        if reader.line_num > last + 1:
            raise BrokenFile(
                f"{name}: a quote opened in line {before + last + 1} or soon after is not closed "
                f"well (line {before + reader.line_num}: {wrong})"
            ) from None
        raise BrokenFile(f"{name}, line {before + reader.line_num}: {wrong}") from None


def _places(
    name: str, whole: Trimmed, rows: Collection[int]
) -> dict[int, tuple[Reason, Mapping[str, Any]]]:
    wanted, last = set(rows), max(rows, default=-1)
    header = _header(name, whole)
    found: dict[int, tuple[Reason, Mapping[str, Any]]] = {}
    for at, (line, row) in enumerate(_rows(name, whole)):
        if at in wanted:
            found[at] = (place(name, "line", line), dict(zip(header, row, strict=True)))
        if at >= last:
            break
    return found


def _fast(
    reader: str,
    text: Data,
    mark: str,
    header: list[str],
    kinds: Mapping[str, Kind],
    progress: Progress | None,
) -> dict[str, Raw] | None:
    """By a library; None where it will not read it, or not surely as the others do."""
    if reader == "pyarrow":
        return by_arrow(text, mark, header, kinds, progress)
    text = bytes(text)
    if not read_alike(text, mark)[0] or not even(text, mark, len(header)):
        return None  # polars and pandas fill up short rows without a word
    if reader == "polars":
        pl = import_module("polars")
        try:
            frame = pl.read_csv(text, separator=mark, infer_schema=False)
        except pl.exceptions.PolarsError:
            return None
    else:
        pandas = import_module("pandas")
        try:
            frame = pandas.read_csv(
                io.BytesIO(text), sep=mark, dtype=str, keep_default_na=False, na_filter=False
            )
        except (ValueError, UnicodeDecodeError):
            return None
        if not isinstance(frame.index, pandas.RangeIndex):
            return None
    return frame_columns(frame) if list(frame.columns) == header else None
