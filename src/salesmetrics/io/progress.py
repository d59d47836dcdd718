"""A bar on the terminal while much is read; silent where nobody is looking."""

from __future__ import annotations

import io
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

__all__ = ["Progress", "progress_of"]

LONG = 30_000_000  # bytes below which reading is over before one could look


class Progress:
    """Shows how far the reading of one file has come, on stderr."""

    def __init__(self, name: str, total: int) -> None:
        self.name, self.total, self.done, self.shown = name, total, 0, -1
        self.bar: Any = None
        if find_spec("rich") is not None:
            rich = import_module("rich.progress")
            console = import_module("rich.console").Console(stderr=True)
            self.bar = rich.Progress(console=console, transient=True)
            self.task = self.bar.add_task(f"reading {name}", total=total)
            self.bar.start()

    def moved(self, size: int) -> None:
        """So many bytes more."""
        self.done += size
        if self.bar is not None:
            self.bar.update(self.task, completed=self.done)
            return
        part = min(100, self.done * 100 // max(self.total, 1))
        if part != self.shown:
            self.shown = part
            sys.stderr.write(f"\rreading {self.name}: {part:3d} %")
            sys.stderr.flush()

    def over(self, data: bytes) -> io.BufferedReader:
        """The data as a file that tells how far it was read."""
        return io.BufferedReader(_Counted(data, self), 1 << 20)

    def close(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.stop()
        elif self.shown >= 0:
            sys.stderr.write("\r" + " " * (len(self.name) + 20) + "\r")
            sys.stderr.flush()


class _Counted(io.RawIOBase):
    def __init__(self, data: bytes, progress: Progress) -> None:
        self.data, self.progress = io.BytesIO(data), progress

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        size = self.data.readinto(into)
        self.progress.moved(size)
        return size


def progress_of(name: str, size: int) -> Progress | None:
    """A bar for a long read on a terminal, else none."""
    return Progress(name, size) if size >= LONG and sys.stderr.isatty() else None
