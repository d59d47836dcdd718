"""What a reader found: raw columns, and where each row stands in its source."""

from __future__ import annotations

import errno
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from os import fstat
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..errors import SalesMetricsError
from ..reading.raw import Raw
from ..reasons import Reason

__all__ = [
    "BrokenFile",
    "Cut",
    "Data",
    "Found",
    "Room",
    "content",
    "content_in",
    "is_file",
    "is_folder",
    "kind_of_place",
    "normal",
    "numbered",
    "place",
    "refusing",
    "without_blank_rows",
]

# What a place in a file is called, one reason each: there may be as many as there are rows.
PLACES = {"line": "place_line", "row": "place_row", "record": "place_record"}
# For some rows: how their place is called, and the cells as they stand there by column name.
Places = Callable[[Collection[int]], Mapping[int, tuple[Reason, Mapping[str, Any]]]]
Data = bytes | memoryview  # of unsigned bytes
Room = Callable[[int], memoryview]
MUCH = 1_000_000  # bytes from which it matters where they stand
D = TypeVar("D", bytes, Data)


class BrokenFile(SalesMetricsError):
    """A file that is not the table it should be."""


@dataclass(frozen=True, slots=True)
class Found:
    """The columns of one file or database table under their own names."""

    name: str
    columns: Mapping[str, Raw]
    size: int
    places: Places
    cuts: tuple[Cut, ...] = ()  # lines that are no rows
    blank: int = 0  # rows in which nothing stands, left out of `size`
    unread: tuple[str, ...] = ()  # other sheets with cells


@dataclass(frozen=True, slots=True)
class Cut:
    """A line that is no row: where it stands, what it says, and what it is taken for."""

    place: Reason
    text: str
    what: Reason

    def __str__(self) -> str:
        return f"{self.place} ({self.what}): {self.text}"


def without_blank_rows(found: Found) -> Found:
    """Without the rows in which nothing stands, as programs that clear cells leave them."""
    blank = None
    for raw in found.columns.values():
        absent = raw.absent()
        blank = absent if blank is None else blank & absent
        if not blank.any():
            return found
    if blank is None or not found.size:
        return found
    kept = np.flatnonzero(~blank)
    columns = {name: raw.take(kept) for name, raw in found.columns.items()}

    def places(rows: Collection[int]) -> Mapping[int, tuple[Reason, Mapping[str, Any]]]:
        there = found.places([int(kept[row]) for row in rows])
        return {row: there[int(kept[row])] for row in rows}

    blank_rows = found.size - len(kept)
    return replace(found, columns=columns, size=len(kept), places=places, blank=blank_rows)


@contextmanager
def refusing(says: str, then: str = "") -> Iterator[None]:
    """What another library raises on a file that it cannot read, as an error that names the file.

    Which errors these are is not to be listed: on a broken file they raise whatever goes wrong
    first.  A panic of Rust is not even an `Exception`.
    """
    try:
        yield
    except SalesMetricsError:
        raise
    except BaseException as wrong:
        if not isinstance(wrong, Exception) and type(wrong).__name__ != "PanicException":
            raise
        raise BrokenFile(f"{says}: {_reason(wrong)}{then}") from None


def _reason(wrong: BaseException) -> str:
    if isinstance(wrong, RecursionError):
        return "it is nested too deep"
    if isinstance(wrong, MemoryError):
        return "it needs more memory than there is"
    if isinstance(wrong, OSError) and wrong.strerror:
        return wrong.strerror
    lines = [line for line in str(wrong).splitlines() if line.strip()]
    return (lines[0] if lines else type(wrong).__name__)[:300]


def is_file(path: Path) -> bool:
    """Whether a file is there; a name that no file could have is none."""
    return _is(path, path.is_file)


def is_folder(path: Path) -> bool:
    """Whether a folder is there; a name that no folder could have is none."""
    return _is(path, path.is_dir)


def _is(path: Path, so: Callable[[], bool]) -> bool:
    try:
        return so()
    except OSError as wrong:
        if wrong.errno == errno.ENAMETOOLONG:
            return False
        raise BrokenFile(f"{path.name!r} cannot be looked at: {wrong.strerror}") from None


def content(file: Path) -> bytes:
    """What is in a file; not what is no file, such as a pipe, which could wait for ever."""
    return _read(file, Path.read_bytes)


def content_in(file: Path, room: Room) -> Data:
    """The same, where there is much of it in the room that is made for so many bytes."""
    return _read(file, lambda there: _read_into(there, room))


def _read(file: Path, how: Callable[[Path], D]) -> D:
    with refusing(f"{file.name} cannot be read"):
        if file.is_dir():
            raise BrokenFile(f"{file.name} is a folder, and a file is expected")
        if file.exists() and not file.is_file():
            raise BrokenFile(f"{file.name} is no file but a pipe or a device; give a file")
        try:
            return how(file)
        except FileNotFoundError:
            raise BrokenFile(f"there is no file {str(file)!r}") from None
    raise AssertionError("refusing() raises")


def _read_into(file: Path, room: Room) -> Data:
    with file.open("rb", buffering=0) as opened:
        size, done = fstat(opened.fileno()).st_size, 0
        if size < MUCH:
            return opened.readall()
        data = room(size)
        while done < size and (more := opened.readinto(data[done:])):
            done += more
        rest = opened.readall()  # where it has grown meanwhile
        return bytes(data[:done]) + rest if rest else data[:done].toreadonly()


def normal(name: str) -> str:
    """A column name as it is compared: without case, blanks, underscores and dots."""
    return "".join(part for part in name.casefold() if part not in " _.\t\u00a0\ufeff")


def place(name: str, what: str, number: int) -> Reason:
    """Where something stands in a file: a line, a row, a record."""
    return Reason(PLACES[what], file=name, number=str(number))


def kind_of_place(place: Reason) -> str:
    """Whether that is a line, a row or a record."""
    return next(what for what, code in PLACES.items() if code == place.code)


def numbered(name: str, what: str, first: int) -> Places:
    """Places that are counted: sheet rows, lines, records."""
    return lambda rows: {row: (place(name, what, row + first), {}) for row in rows}
