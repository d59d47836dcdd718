"""A result as the data frames of other libraries, and for whatever reads Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ..doors import door

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

__all__ = ["AsFrames"]


class AsFrames:
    """A figure a row, with its group columns, period and evidence."""

    __slots__ = ()

    def to_pandas(self) -> pandas.DataFrame:
        """The same as a pandas DataFrame; what is undefined is missing, never 0."""
        return cast("pandas.DataFrame", door("to_pandas", object)(self))

    def to_polars(self) -> polars.DataFrame:
        """The same as a polars DataFrame."""
        return cast("polars.DataFrame", door("to_polars", object)(self))

    def to_arrow(self) -> pyarrow.Table:
        """The same as a pyarrow Table."""
        return cast("pyarrow.Table", door("to_arrow", object)(self))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """For whatever reads Arrow: `polars.DataFrame(result)`, `duckdb.sql("from result")`."""
        return door("arrow_stream", object)(self, requested_schema)
