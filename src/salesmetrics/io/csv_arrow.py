"""CSV by pyarrow: every cell as text, times and numbers of the plain form read by the column.

Several columns at a time where there is much to read: almost all of it is done outside Python.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from ..models import Kind
from ..progress import Progress
from ..reading.arrow_texts import arrow_codes, arrow_missing, arrow_numbers
from ..reading.raw import Raw
from ..reading.texts import (
    LENGTHS,
    MOST_DIGITS,
    WITH_ZONE,
    plain_time_bytes,
    thousands_in,
)
from .csv_alike import read_alike
from .found import Data, normal

__all__ = ["by_arrow", "room"]

TIMES = (Kind.MILESTONE, Kind.PLAN)
BY_ARROW = (10, 16, 19)  # lengths of days and times that Arrow reads as `plain_time_bytes` does
BEFORE = np.datetime64("2149-01-01")  # and none is before 1970
NUMBERS = (Kind.MONEY, Kind.WHOLE, Kind.PROPORTION)
MUCH = 4_000_000  # bytes from which threads are worth their start
AT_ONCE = 2**16  # rows, or bytes


def room(size: int) -> memoryview:
    """Room for so many bytes of Arrow's own: it is had in large pages, and kept for the next."""
    return memoryview(import_module("pyarrow").allocate_buffer(size)).cast("B")


def by_arrow(
    text: Data,
    mark: str,
    header: list[str],
    kinds: Mapping[str, Kind],
    progress: Progress | None,
) -> dict[str, Raw] | None:
    """The columns; None where pyarrow will not read the text, or not surely as others do."""
    pool = _pool() if len(text) >= MUCH else None
    read = partial(_table, text, mark, header, progress, pool is not None)
    if pool is None:
        alike, flat = read_alike(text, mark)
        table = read(flat) if alike else None
        if table is None:
            return None
        return {name: _raw(table.column(name), kinds.get(normal(name))) for name in header}
    with pool:
        told = pool.submit(read_alike, text, mark)
        table = read(True)
        alike, flat = told.result()
        if alike and not flat:  # a line end within a cell: read again, not parted at lines
            table = read(False)
        if table is None or not alike:
            return None
        columns = {name: table.column(name) for name in header}
        made = {
            name: pool.submit(_raw, column, kinds.get(normal(name)))
            for name, column in columns.items()
        }
        return {name: one.result() for name, one in made.items()}


def _pool() -> ThreadPoolExecutor | None:
    """Some threads; none where none are wanted, or none can start, as in a browser."""
    if os.environ.get("SALESMETRICS_THREADS") == "1":
        return None
    pool = ThreadPoolExecutor(min(4, os.cpu_count() or 1))
    try:
        pool.submit(int).result()
    except RuntimeError:
        pool.shutdown()
        return None
    return pool


def _table(
    text: Data,
    mark: str,
    header: list[str],
    progress: Progress | None,
    threads: bool,
    flat: bool,
) -> Any:
    pa, reading = import_module("pyarrow"), import_module("pyarrow.csv")
    try:
        table = reading.read_csv(
            pa.BufferReader(text) if progress is None else progress.over(text),
            read_options=reading.ReadOptions(use_threads=threads, block_size=4 << 20),
            parse_options=reading.ParseOptions(delimiter=mark, newlines_in_values=not flat),
            convert_options=reading.ConvertOptions(
                column_types={column: pa.string() for column in header},
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowException:
        return None
    return table if table.column_names == header else None


def _raw(column: Any, kind: Kind | None) -> Raw:
    found = None
    if kind in TIMES or kind in NUMBERS:
        column = column.combine_chunks()
        column = column.chunk(0) if hasattr(column, "chunk") and column.num_chunks else column
        found = _times(column) if kind in TIMES else _numbers(column, kind)
        column = import_module("pyarrow").chunked_array([column])
    return arrow_codes(column) if found is None else found


def _parts(column: Any) -> tuple[Any, Any, Any]:
    """Arrow's bytes, the length of each text and which are missing."""
    offsets = np.frombuffer(column.buffers()[1], np.int32)
    offsets = offsets[column.offset : column.offset + len(column) + 1]
    cells = np.frombuffer(column.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    return cells, np.diff(offsets), arrow_missing(column)


def _plain(cells: Any) -> bool:
    """Whether these bytes are digits, points and signs: from - to 9, and no slash."""
    parts = (cells[first : first + AT_ONCE] for first in range(0, len(cells), AT_ONCE))
    return all(bool(((part - np.uint8(45) <= 12) & (part != 47)).all()) for part in parts)


def _times(column: Any) -> Raw | None:
    """Times all written alike; None where they are not, or where any cell is not a plain one."""
    if len(column) == 0 or column.null_count == len(column):
        return None
    cells, sizes, missing = _parts(column)
    size = int(sizes.max())
    if size not in LENGTHS or not ((sizes == size) | missing).all():
        return None
    if size in BY_ARROW:
        return _by_arrow(column, size == BY_ARROW[0], missing)
    rows, form = cells.reshape(-1, size), 0
    seconds = np.empty(len(rows), np.int64)
    for first in range(0, len(rows), AT_ONCE):  # so that what is passing stays small
        part = slice(first, first + AT_ONCE)
        seconds[part], forms = plain_time_bytes(rows[part])
        if not forms.all():
            return None
        form = int(forms[0])
    found = np.full(len(sizes), np.datetime64("NaT", "s"))
    found[~missing] = seconds.view("M8[s]")
    return Raw(found, aware=form == WITH_ZONE) if _timed(found) else None


def _by_arrow(column: Any, days: bool, missing: Any) -> Raw | None:
    """The same of days, and of times without a zone or parts of a second."""
    pa = import_module("pyarrow")
    try:
        read = column.cast(pa.date32() if days else pa.timestamp("s"))
    except pa.ArrowInvalid:
        return None
    whole = arrow_numbers(read.view(pa.int32() if days else pa.int64()))
    found = whole.astype(np.int64, copy=False).view("M8[D]" if days else "M8[s]")
    if missing.any():
        found = np.where(missing, np.datetime64("NaT", "D" if days else "s"), found)
    inside = found.view(np.uint64) < (BEFORE.astype(found.dtype).astype(np.uint64))
    return Raw(found) if (inside | missing).all() and (days or _timed(found)) else None


def _timed(found: Any) -> bool:
    """Whether any is not midnight: an array whose every time is would be taken for days."""
    for some in (found[:1000], found[1000:]):  # the first ones tell most columns
        if (some[~np.isnat(some)].view(np.int64) % 86_400).any():
            return True
    return False


def _numbers(column: Any, kind: Kind) -> Raw | None:
    """Plain numbers of few enough digits to be exact; None where any cell is not one.

    Nor where one is written like 12.500, which only its currency tells from 12,500.
    """
    if len(column) == 0 or column.null_count == len(column):
        return None
    cells, sizes, missing = _parts(column)
    if int(sizes.max()) > MOST_DIGITS or not _plain(cells):
        return None
    if kind is not Kind.PROPORTION and thousands_in(cells, np.cumsum(sizes, dtype=np.int64)):
        return None
    pa = import_module("pyarrow")
    try:
        floats = column.cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    return Raw(arrow_numbers(floats), missing=missing if missing.any() else None)
