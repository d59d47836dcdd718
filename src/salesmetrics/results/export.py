"""Results as frames of other libraries, with the same columns and types in each.

`kpi`, group columns, `period`, `start` and `end` (of half-open periods; missing for all time),
`value`, `numerator`, `denominator`, `n`, `excluded`, `refused` and `left_out` (rows of the tables
behind it, alike in every cell), `reason` and `reason_code`; of distributions also `mean`, `median`,
`p75` and `p90`.  Figures are floats, counts whole numbers, days dates; a
column keeps its type when every cell of it is missing.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import SalesMetricsError
from .columnar import figures_by_column

if TYPE_CHECKING:
    from .result import Result

__all__ = ["arrow_stream", "library", "to_arrow", "to_pandas", "to_polars"]

TEXTS = ("kpi", "period", "reason", "reason_code")


def library(name: str, extra: str, asked: str) -> Any:
    """A library that is not needed for anything but this."""
    if find_spec(name) is None:
        raise SalesMetricsError(
            f"{asked} needs {name}: pip install 'salesmetrics[{extra}]'; to_records() needs nothing"
        )
    return import_module(name)


def _columns(result: Result) -> dict[str, Any]:
    return figures_by_column(result)


def to_pandas(result: Result) -> Any:
    """Dates as datetime64, texts as pandas has them."""
    pandas = library("pandas", "pandas", "to_pandas()")
    made = {}
    for name, cells in _columns(result).items():
        if cells.dtype.kind == "M":
            made[name] = pandas.Series(cells.astype("M8[s]"))
        elif cells.dtype != object:
            made[name] = pandas.Series(cells)
        else:
            made[name] = pandas.Series(
                cells.tolist() if name not in TEXTS else cells,
                dtype="str" if name in TEXTS else None,
            )
    return pandas.DataFrame(made)


def to_polars(result: Result) -> Any:
    """A polars DataFrame."""
    pl = library("polars", "polars", "to_polars()")
    made = []
    for name, cells in _columns(result).items():
        if cells.dtype == object:
            kind = pl.String if name in TEXTS else _group(cells, pl.String)
            made.append(pl.Series(name, cells.tolist(), dtype=kind, strict=True))
        else:
            made.append(pl.Series(name, cells, nan_to_null=cells.dtype.kind == "f"))
    return pl.DataFrame(made)


def to_arrow(result: Result) -> Any:
    """A pyarrow Table."""
    pa = library("pyarrow", "arrow", "to_arrow()")
    made = {}
    for name, cells in _columns(result).items():
        if cells.dtype == object:
            kind = pa.string() if name in TEXTS else _group(cells, pa.string())
            made[name] = pa.array(cells.tolist(), type=kind)
        else:
            missing = np.isnan(cells) if cells.dtype.kind == "f" else None
            made[name] = pa.array(cells, mask=missing)
    return pa.table(made)


def _group(cells: Any, text: Any) -> Any:
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
