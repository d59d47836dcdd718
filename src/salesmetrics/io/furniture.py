"""What report programs write around a table: titles above its header, and lines below its rows.

They are told by their structure alone, for any word can be a name: lines of few cells above a
header whose row is full, and lines of words after a blank line at the end.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import Any

from ..reasons import Reason
from .found import BrokenFile, Cut, Data

__all__ = ["LOOKED_AT", "Trimmed", "footer_place", "header_place", "trimmed"]

LOOKED_AT = 60  # lines at either end that may be more than rows
HEAD = TAIL = 65_536  # bytes at the start and the end among which they mostly are
SEP = ("sep=", '"sep=')


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A text from its header to its last row; `before` lines stood above it."""

    text: Data
    mark: str
    before: int = 0
    cuts: tuple[Cut, ...] = ()


def trimmed(
    name: str, data: Data, mark: str | None, *, skip: int = 0, ends_at: Sequence[str] = ()
) -> Trimmed:
    """The table in a CSV text, without what stands above and below it."""
    head = _lines(data, LOOKED_AT + skip)
    if skip > len(head):
        raise BrokenFile(f"{name} has fewer than {skip} lines, so that many cannot be skipped")
    before = skip
    cuts = [
        Cut(_line(at + 1), _said(line), Reason("skipped")) for at, line in enumerate(head[:skip])
    ]
    first = _text(head[before]) if before < len(head) else ""
    if first.casefold().startswith(SEP) and len(first.strip('"\r\n')) in (5, 6):
        told = first.strip('"\r\n')[4:] or ","
        mark, before = mark or told, before + 1
        cuts.append(Cut(_line(before), first.strip(), Reason("names_delimiter")))
    mark = mark or ","
    above = _above(head[before:], mark)
    cuts += [
        Cut(_line(before + at + 1), _said(line), Reason("above_header"))
        for at, line in enumerate(head[before : before + above])
        if line.strip()
    ]
    before += above
    data = data[sum(map(len, head[:before])) :]
    width = len(_record(_text(head[before]), mark)) if head[before:] else 0
    data, below = _without_footer(data, mark, width, ends_at)
    if below:
        last = before + bytes(data).count(b"\n") + 1
        cuts += [Cut(_line(last + at), _said(line), Reason("below_rows")) for at, line in below]
    return Trimmed(data, mark, before, tuple(cuts))


def header_place(records: Sequence[Sequence[Any]]) -> int:
    """Which of the first records names the columns: the first, but for titles above it.

    Titles have a single cell, or stand before a blank line; the header under them is full, and
    names as many columns as the rows have, with no number or date among the names.
    """
    sizes = [_filled(record) for record in records]
    there = [at for at, size in enumerate(sizes) if size]
    if len(there) < 2:
        return there[0] if there else 0
    usual = max(Counter(sizes[at] for at in there[1:]).items(), key=lambda one: (one[1], one[0]))[0]
    start = there[0]
    if sizes[start] >= usual and (sizes[start] > 1 or max(sizes) == 1):
        return start
    for at in there:
        record = records[at]
        full = sizes[at] > 1 and sizes[at] == len(_trailing(record)) and sizes[at] >= max(
            sizes[other] for other in there if other <= at
        )  # fmt: skip
        if not full or not all(map(_names, _trailing(record))):
            continue
        alone = all(len(_trailing(records[other])) == 1 for other in there if other < at)
        parted = at > 0 and sizes[at - 1] == 0
        rows = [len(_trailing(records[other])) for other in there if other > at]
        if (alone or parted) and (not rows or max(rows[:5]) <= sizes[at]):
            return at
    return start


def footer_place(records: Sequence[Sequence[Any]], width: int) -> int:
    """Where lines of words begin after a blank one below the last row; else the end."""
    end = len(records)
    if width < 2:
        return end
    for at in range(len(records) - 1, max(0, len(records) - LOOKED_AT), -1):
        size = _filled(records[at])
        if not size and any(map(_filled, records[at + 1 :])):
            end = at
        told = [cell for cell in records[at] if _there(cell)]
        if size and not (size == 1 and isinstance(told[0], str) and any(map(str.isalpha, told[0]))):
            break
    return end


def _above(lines: Sequence[bytes], mark: str) -> int:
    """How many lines stand above the header."""
    reader = csv.reader(map(_text, lines), delimiter=mark)
    records, starts, last = [], [], 0
    try:
        for record in reader:
            records.append(record)
            starts.append(last)
            last = reader.line_num
    except csv.Error:  # told where the rows are read
        pass
    return starts[header_place(records)] if records else 0


def _without_footer(
    data: Data, mark: str, width: int, ends_at: Sequence[str]
) -> tuple[Data, list[tuple[int, bytes]]]:
    """Without the lines of words after the last row; they, by their distance from it."""
    if width < 2:
        return data, []
    tail = bytes(data[-TAIL:])
    lines = tail.rstrip(b"\r\n").split(b"\n")[-LOOKED_AT - 1 :]
    cut = len(lines)
    for at in range(len(lines) - 1, 0, -1):
        text = _text(lines[at])
        record = _record(text, mark)
        size = _filled(record)
        short = (len(record) < width or size == 1) and text.count('"') % 2 == 0
        if size and not (short and any(map(str.isalpha, text))):
            break
        parted = not size and at + 1 < len(lines)
        if parted or (short and text.lstrip('"').startswith(tuple(ends_at))):
            cut = at
    told = [(at, line) for at, line in enumerate(lines[cut:]) if _record(_text(line), mark)]
    below = [(at, line) for at, line in told if _filled(_record(_text(line), mark))]
    if not below:
        return data, []
    size = sum(len(line) + 1 for line in lines[cut:]) + len(tail) - len(tail.rstrip(b"\r\n"))
    return bytes(data[: len(data) - size]) + b"\n", below


def _record(text: str, mark: str) -> list[str]:
    """The cells of one line; none where it is no line of CSV, which is told with the rows."""
    try:
        return next(csv.reader([text], delimiter=mark), [])
    except csv.Error:
        return [text]


def _lines(data: Data, many: int) -> list[bytes]:
    """The first lines, with their ends."""
    size = HEAD
    while True:
        found = list(islice(BytesIO(data[:size]), many))
        if size >= len(data) or (len(found) == many and found[-1].endswith(b"\n")):
            return found
        size *= 16


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r\n")


def _said(line: bytes) -> str:
    return _text(line).strip().strip('"')


def _there(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""


def _filled(record: Sequence[Any]) -> int:
    return sum(map(_there, record))


def _trailing(record: Sequence[Any]) -> Sequence[Any]:
    """Without the blank cells at its end."""
    size = max((at + 1 for at, cell in enumerate(record) if _there(cell)), default=0)
    return record[:size]


def _names(cell: Any) -> bool:
    """Whether it may be the name of a column: a text that has a letter first or at all."""
    return isinstance(cell, str) and any(map(str.isalpha, cell)) and not cell.strip()[:1].isdigit()


def _line(number: int) -> Reason:
    return Reason("line", number=str(number))
