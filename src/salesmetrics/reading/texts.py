"""Plain dates, times and numbers in texts, read by the array.

These read what most cells look like and leave every other cell to `values`, which reads one at a
time and gives the reasons.  They never decide that a cell is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "LENGTHS",
    "MIDNIGHT_ONLY",
    "WITHOUT_ZONE",
    "WITH_ZONE",
    "any_thousands",
    "plain_numbers",
    "plain_times",
    "thousands_in",
]

MIDNIGHT_ONLY, WITH_ZONE, WITHOUT_ZONE = 1, 2, 3
Bytes = npt.NDArray[np.uint8]
Int64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
MOST_DIGITS = 15  # what a float holds exactly
# Date, and then nothing, or a time with a T or a blank, a fraction, a Z or an offset.
LENGTHS = (10, 16, 19, 20, 23, 24, 25, 26, 27, 29, 32)


def plain_times(labels: Sequence[str]) -> tuple[Int64, npt.NDArray[np.uint8]]:
    """Seconds since 1970, of UTC where the text names its zone, and its form (0: not read here)."""
    seconds = np.zeros(len(labels), np.int64)
    form = np.zeros(len(labels), np.uint8)
    sizes = np.fromiter(map(len, labels), np.int64, len(labels))
    for size in LENGTHS:
        rows = np.flatnonzero(sizes == size)
        if not len(rows):
            continue
        chosen = labels if len(rows) == len(labels) else [labels[row] for row in rows.tolist()]
        try:
            cells = np.frombuffer("".join(chosen).encode("ascii"), np.uint8).reshape(-1, size)
        except UnicodeEncodeError:
            continue
        seconds[rows], form[rows] = plain_time_bytes(cells)
    return seconds, form


def plain_time_bytes(cells: Bytes) -> tuple[Int64, npt.NDArray[np.uint8]]:
    """The same for texts of one length, a row each."""
    size = cells.shape[1]
    good = (cells[:, 4] == 45) & (cells[:, 7] == 45)
    year = _number(cells, 0, 4, good)
    month, day = _number(cells, 5, 2, good), _number(cells, 8, 2, good)
    good &= (year >= 1970) & (year < 2149) & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(good, (year - 1970) * 12 + month - 1, 0)
    table = np.arange("1970-01", "2149-02", dtype="M8[M]").astype("M8[D]").astype(np.int32)
    first = table[months]
    good &= day <= table[months + 1] - first
    seconds = (first + day - 1).astype(np.int64) * 86_400
    form = MIDNIGHT_ONLY
    if size > 10:
        form = WITHOUT_ZONE
        good &= (cells[:, 10] == 84) | (cells[:, 10] == 32)
        good &= cells[:, 13] == 58
        hour, minute = _number(cells, 11, 2, good), _number(cells, 14, 2, good)
        good &= (hour < 24) & (minute < 60)
        seconds += hour * np.int64(3600) + minute * np.int64(60)
        end = 16
        if size >= 19:
            good &= cells[:, 16] == 58
            second = _number(cells, 17, 2, good)
            good &= second < 60
            seconds += second
            end = 19
        if size in (23, 24, 26, 27, 29, 32):
            digits = 3 if size in (23, 24, 29) else 6
            good &= cells[:, 19] == 46
            for at in range(20, 20 + digits):
                _number(cells, at, 1, good)
            end += 1 + digits
        if size == end + 1:
            good &= cells[:, end] == 90
            form = WITH_ZONE
        elif size == end + 6:
            sign = cells[:, end]
            good &= ((sign == 43) | (sign == 45)) & (cells[:, end + 3] == 58)
            hours = _number(cells, end + 1, 2, good)
            minutes = _number(cells, end + 4, 2, good)
            good &= (hours < 24) & (minutes < 60)
            shift = hours * np.int64(3600) + minutes * np.int64(60)
            seconds -= np.where(sign == 45, -shift, shift)
            form = WITH_ZONE
        elif size != end:
            good &= False
    return np.where(good, seconds, 0), np.where(good, form, 0).astype(np.uint8)


def _number(cells: Bytes, start: int, size: int, good: Bools) -> npt.NDArray[np.int32]:
    """The number that digits make; `good` is lowered where they are none."""
    found = np.zeros(len(cells), np.int32)
    for at in range(start, start + size):
        digit = cells[:, at] - np.uint8(48)
        good &= digit <= 9
        found *= 10
        found += digit
    return found


def plain_numbers(
    labels: Sequence[str] | npt.NDArray[Any],
) -> tuple[npt.NDArray[np.float64], Bools]:
    """Floats that name the numbers exactly, and which were read here: plain digits."""
    sizes = np.fromiter(map(len, labels), np.int64, len(labels))
    try:
        cells = np.frombuffer("".join(labels).encode("ascii"), np.uint8)
    except UnicodeEncodeError:
        ascii_only = np.fromiter(map(str.isascii, labels), bool, len(labels))
        rows = np.flatnonzero(ascii_only)
        found, good = np.zeros(len(labels)), np.zeros(len(labels), bool)
        found[rows], good[rows] = plain_numbers([labels[row] for row in rows.tolist()])
        return found, good
    plain = ((cells >= 48) & (cells <= 57)) | (cells == 46) | (cells == 45)
    good = sizes <= MOST_DIGITS
    if not plain.all():
        starts = np.cumsum(sizes) - sizes
        bad = np.searchsorted(starts, np.flatnonzero(~plain), side="right") - 1
        good[bad] = False
    return _each(labels, good)


def any_thousands(labels: Sequence[str] | npt.NDArray[Any]) -> bool:
    """Whether any of these plain numbers is written like 12.500, which may mean 12,500."""
    sizes = np.fromiter(map(len, labels), np.int64, len(labels))
    cells = np.frombuffer("".join(labels).encode("ascii"), np.uint8)
    return thousands_in(cells, np.cumsum(sizes))


def thousands_in(cells: Bytes, ends: Int64) -> bool:
    """The same of texts one after another, each up to its end."""
    if not len(cells):
        return False
    at = np.flatnonzero(cells.take(ends - 4, mode="clip") == 46)  # few, of amounts
    ends, starts = ends[at], np.where(at > 0, ends[at - 1], 0)
    starts, points = starts[ends - starts >= 4], ends[ends - starts >= 4] - 4
    starts = starts + ((cells[starts] == 45) | (cells[starts] == 43))
    before = points - starts
    return bool(((before >= 1) & (before <= 3) & (cells[starts] != 48)).any())


def _each(
    labels: Sequence[str] | npt.NDArray[Any], good: Bools
) -> tuple[npt.NDArray[np.float64], Bools]:
    found = np.zeros(len(labels))
    rows = np.flatnonzero(good)
    if not len(rows):
        return found, good
    chosen = labels if len(rows) == len(labels) else [labels[row] for row in rows.tolist()]
    try:
        found[rows] = np.fromiter(map(float, chosen), np.float64, len(rows))
    except ValueError:  # such as 1.2.3: judged one at a time
        return found, np.zeros(len(labels), bool)
    return found, good
