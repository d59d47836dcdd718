"""Results as frames of other libraries, with the same columns and types in each.

Group columns, `period`, `start` and `end` (of half-open periods; missing for all time), `value`,
`numerator`, `denominator`, `n`, `excluded` and `reason`.  Figures are floats, counts whole
numbers, days dates; a column keeps its type when every cell of it is missing.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ..errors import SalesMetricsError
from ..periods import ALL_TIME

if TYPE_CHECKING:
    from .result import Result

__all__ = ["arrow_stream", "to_arrow", "to_pandas", "to_polars"]

FLOATS = ("value", "numerator", "denominator")
WHOLE = ("n", "excluded")
DAYS = ("start", "end")
TEXTS = ("period", "reason")


def _columns(result: Result) -> dict[str, list[Any]]:
    records = result.to_records()
    names = [*result.by, "period", *DAYS, *FLOATS, *WHOLE, "reason"]
    columns: dict[str, list[Any]] = {name: [row[name] for row in records] for name in names}
    endless = [cell.period == ALL_TIME for cell in result.rows()]
    for name in DAYS:
        columns[name] = [
            None if no_days else day for no_days, day in zip(endless, columns[name], strict=True)
        ]
    for name in FLOATS:
        columns[name] = [None if cell is None else float(cell) for cell in columns[name]]
    return columns


def to_pandas(result: Result) -> Any:
    """Dates as datetime64, texts as pandas has them."""
    pandas = import_module("pandas")
    columns = _columns(result)
    made = {
        name: pandas.to_datetime(pandas.Series(cells, dtype=object)).astype("datetime64[s]")
        if name in DAYS
        else pandas.Series(cells, dtype="float64" if name in FLOATS else None)
        if name not in WHOLE and name not in TEXTS
        else pandas.Series(cells, dtype="int64" if name in WHOLE else "str")
        for name, cells in columns.items()
    }
    return pandas.DataFrame(made)


def to_polars(result: Result) -> Any:
    """A polars DataFrame."""
    pl = import_module("polars")
    kinds = {
        **dict.fromkeys(FLOATS, pl.Float64),
        **dict.fromkeys(WHOLE, pl.Int64),
        **dict.fromkeys(DAYS, pl.Date),
        **dict.fromkeys(TEXTS, pl.String),
    }
    columns = _columns(result)
    return pl.DataFrame(
        [
            pl.Series(name, cells, dtype=kinds.get(name, _group(cells, pl.String)), strict=True)
            for name, cells in columns.items()
        ]
    )


def to_arrow(result: Result) -> Any:
    """A pyarrow Table."""
    pa = import_module("pyarrow")
    kinds = {
        **dict.fromkeys(FLOATS, pa.float64()),
        **dict.fromkeys(WHOLE, pa.int64()),
        **dict.fromkeys(DAYS, pa.date32()),
        **dict.fromkeys(TEXTS, pa.string()),
    }
    columns = _columns(result)
    return pa.table(
        {
            name: pa.array(cells, type=kinds.get(name, _group(cells, pa.string())))
            for name, cells in columns.items()
        }
    )


def _group(cells: list[Any], text: Any) -> Any:
    """The type of a group column: text where nothing says otherwise."""
    types = {type(cell) for cell in cells if cell is not None}
    return text if types <= {str} else None


def arrow_stream(result: Result, requested_schema: object = None) -> object:
    """The Arrow C stream of whichever library is there to make it."""
    if find_spec("pyarrow") is not None:
        return to_arrow(result).__arrow_c_stream__(requested_schema)
    if find_spec("polars") is not None:
        return to_polars(result).__arrow_c_stream__(requested_schema)
    raise SalesMetricsError(
        "an Arrow stream needs pyarrow or polars: pip install 'salesmetrics[arrow]'; "
        "to_records() needs neither"
    )
