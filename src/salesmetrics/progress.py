"""A bar on the terminal while much is read or computed; silent where nobody is looking.

A file of text tells by its bytes how far it was read; Parquet and databases by their rows, of which
a cursor does not always say how many there will be: then they are counted.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec
from time import monotonic
from typing import Any, ClassVar, TypeVar

from .errors import visible

__all__ = [
    "CHUNK", "Progress", "Stream", "computing", "counted_rows", "fetched_rows", "is_watched",
    "joining", "progress_of", "waiting",
]  # fmt: skip

LONG = 30_000_000  # bytes below which reading is over before one could look
LONG_ROWS = 300_000  # as long to read
LONG_WORK = 5_000_000  # rows times KPIs, as long to compute
LONG_HISTORY = 1_000_000  # changes, as long to join
LONG_WAIT = 1.0  # seconds after which one wonders
STEPS = 1_000  # of the work on one KPI
CHUNK = 50_000  # rows from one look at the bar to the next

Chunk = TypeVar("Chunk")


class Progress:
    """Shows how far the reading of one file or table, or the computing, has come, on stderr.

    Without a total the rows read so far are shown, as nobody knows how many there are.
    """

    open: ClassVar[int] = 0  # a terminal has room for one: what is done inside of another is part

    def __init__(self, name: str, total: int | None, doing: str = "reading") -> None:
        self.name: str = visible(name)
        self.doing: str = doing
        self.total: int | None = total
        self.done: int = 0
        self.shown: str = ""
        self.bar: Any = None
        self.task: Any = None
        Progress.open += 1
        if find_spec("rich") is not None:
            rich = import_module("rich.progress")
            console = import_module("rich.console").Console(stderr=True)
            self.bar = rich.Progress(console=console, transient=True)
            self.name = import_module("rich.markup").escape(self.name)  # a [name] is no markup
            self.task = self.bar.add_task(f"{doing} {self.name}", total=total)
            self.bar.start()

    def moved(self, size: int) -> None:
        """So many bytes or rows more."""
        self.done += size
        if self.total is None:
            said = f"{self.doing} {self.name}: {self.done:,} rows"
        else:
            part = min(100, self.done * 100 // max(self.total, 1))
            said = f"{self.doing} {self.name}: {part:3d} %"
        if self.bar is not None:
            named = {"description": said} if self.total is None else {}
            self.bar.update(self.task, completed=self.done, **named)
        elif said != self.shown:
            self.shown = said
            sys.stderr.write(f"\r{said}")
            sys.stderr.flush()

    def over(self, data: bytes | memoryview) -> io.BufferedReader:
        """The data as a file that tells how far it was read."""
        return io.BufferedReader(Stream(data, self), 1 << 20)

    def close(self) -> None:
        """Take the bar away."""
        Progress.open -= 1
        if self.bar is not None:
            self.bar.stop()
        elif self.shown:
            sys.stderr.write("\r" + " " * len(self.shown) + "\r")
            sys.stderr.flush()


class Stream(io.RawIOBase):
    """Data as a file, without a copy of all of it; where there is a bar, it tells how far."""

    def __init__(self, data: bytes | memoryview, progress: Progress | None = None) -> None:
        self.left, self.progress = memoryview(data), progress

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        size = min(len(into), len(self.left))
        into[:size], self.left = self.left[:size], self.left[size:]
        if self.progress is not None:
            self.progress.moved(size)
        return size


def is_watched() -> bool:
    """Whether stderr is a terminal, so that somebody may be looking."""
    return sys.stderr is not None and sys.stderr.isatty()


def progress_of(name: str, size: int) -> Progress | None:
    """A bar for a long read on a terminal, else none."""
    return Progress(name, size) if size >= LONG and is_watched() else None


@contextmanager
def computing(kpis: int, rows: int) -> Iterator[Callable[[float], None]]:
    """Tell it after each share of the work on one KPI; a bar where that is long and watched."""
    long = kpis * rows >= LONG_WORK
    with _bar(f"{kpis} KPIs", kpis * STEPS, "computing", long) as told:
        yield lambda share: told(round(share * STEPS))


@contextmanager
def joining(changes: int) -> Iterator[Callable[[int], None]]:
    """Tell it how many changes more were joined with their deals; likewise."""
    with _bar("the history", changes, "joining", changes >= LONG_HISTORY) as told:
        told(0)
        yield told


@contextmanager
def waiting(what: str, steps: int, doing: str) -> Iterator[Callable[[], None]]:
    """Tell it after each step; a bar as soon as one may wonder whether it goes on."""
    began, done = monotonic(), 0
    with ExitStack() as stack:
        told: Callable[[int], None] | None = None

        def more() -> None:
            nonlocal done, told
            done += 1
            if told is not None:
                told(1)
            elif monotonic() - began >= LONG_WAIT:
                told = stack.enter_context(_bar(what, steps, doing, True))
                told(done)

        yield more


@contextmanager
def _bar(name: str, total: int, doing: str, is_long: bool) -> Iterator[Callable[[int], None]]:
    """How much more was done is told to it; within the work of another bar it shows nothing."""
    if not is_long or not is_watched() or Progress.open:
        yield lambda more: None
        return
    progress = Progress(name, total, doing)
    try:
        yield progress.moved
    finally:
        progress.close()


def counted_rows(name: str, chunks: Iterable[Chunk], total: int | None = None) -> Iterator[Chunk]:
    """The chunks of rows as they come; from a long read's first on with a bar."""
    progress: Progress | None = None
    rows = 0
    try:
        if total is not None and total >= LONG_ROWS:
            progress = Progress(name, total)
        for chunk in chunks:
            size = len(chunk)  # type: ignore[arg-type]  # lists of rows and record batches
            rows += size
            if progress is not None:
                progress.moved(size)
            elif total is None and rows >= LONG_ROWS:
                progress = Progress(name, None)
                progress.moved(rows)
            yield chunk
    finally:
        if progress is not None:
            progress.close()


def fetched_rows(cursor: Any, name: str, total: int | None = None) -> list[Any]:
    """All rows that a cursor still has to give: by chunks where somebody is looking."""
    if not is_watched() or not hasattr(cursor, "fetchmany"):
        return list(cursor.fetchall())
    rows: list[Any] = []
    for chunk in counted_rows(name, iter(lambda: list(cursor.fetchmany(CHUNK)), []), total):
        rows += chunk
    return rows
