"""What a reader found: raw columns, and where each row stands in its source."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import SalesMetricsError
from ..reading.raw import Raw

__all__ = ["BrokenFile", "Found", "normal"]

# For some rows: how their place is called, and the cells as they stand there by column name.
Places = Callable[[Collection[int]], Mapping[int, tuple[str, Mapping[str, Any]]]]


class BrokenFile(SalesMetricsError):
    """A file that is not the table it should be."""


@dataclass(frozen=True, slots=True)
class Found:
    """The columns of one file or database table under their own names."""

    name: str
    columns: Mapping[str, Raw]
    size: int
    places: Places
    footer: int = 0  # lines at the end that are no rows


def normal(name: str) -> str:
    """A column name as it is compared: without case, blanks, underscores and dots."""
    return "".join(part for part in name.casefold() if part not in " _.\t\u00a0\ufeff")


def numbered(name: str, what: str, first: int) -> Places:
    """Places that are counted: sheet rows, lines, records."""
    return lambda rows: {row: (f"{name} {what} {row + first}", {}) for row in rows}
