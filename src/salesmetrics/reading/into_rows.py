"""What rows may come in, as types: the forms that every table's `.of` reads.

Frames are told by what they can do, so that no library of frames is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

from ..models import Record

__all__ = ["ArrowStream", "DataFrame", "DatabaseCursor", "IntoRows"]

R = TypeVar("R", bound=Record)


class ArrowStream(Protocol):
    """A frame that gives its rows by the Arrow C stream: polars, pyarrow, DuckDB, new pandas."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> object: ...


class DataFrame(Protocol):
    """A frame that narwhals reads: pandas, polars, pyarrow, modin, cuDF, Dask, DuckDB, Spark."""

    @property
    def columns(self) -> Any: ...

    def join(self, *args: Any, **kwargs: Any) -> Any: ...


class DatabaseCursor(Protocol):
    """A cursor of a DB-API driver, whose query was executed."""

    @property
    def description(self) -> Any: ...

    def fetchall(self) -> Any: ...


IntoRows: TypeAlias = (
    Sequence[R | Mapping[str, Any]]
    | Iterator[R | Mapping[str, Any]]
    | Mapping[str, Iterable[Any]]
    | ArrowStream
    | DataFrame
    | DatabaseCursor
)
"""Rows of one record: records, dicts, a mapping of columns, a data frame or a cursor.

Rows are all records of one kind, `Deal` for `Deals`, or all dicts.  A mapping of columns has a list
or an array for each field, all of one length.
"""
