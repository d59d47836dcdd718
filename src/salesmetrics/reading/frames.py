"""Whatever people hold their rows in, to plain arrays by column name.

Taken here: records of `models`, dicts and mappings of arrays or lists; frames and cursors are
handed to `foreign` when one arrives.  Nothing is interpreted: what a value means is decided by
the kind of its column, in `reading`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..doors import door
from ..errors import ColumnError, SalesMetricsError
from ..models import Record
from .fixed_texts import fixed_codes
from .raw import Raw, _name, of_objects

__all__ = ["is_cursor", "raw_columns"]


def raw_columns(data: Any, record: type[Record]) -> tuple[dict[str, Raw], int]:
    """The columns by name, and the number of rows."""
    if isinstance(data, Mapping):
        columns = {_name(name): _raw(name, values) for name, values in data.items()}
    elif _foreign(data):
        columns = door("frame_columns", dict)(data)
    elif isinstance(data, Iterable) and not isinstance(data, (str, bytes)):
        columns = _from_rows(list(data), record)
    else:
        raise SalesMetricsError(
            f"{record.__name__} rows are expected as records, dicts, a mapping of columns, a data "
            f"frame or a database cursor, not {_named(data)}"
        )
    sizes = {name: len(values) for name, values in columns.items()}
    if len(set(sizes.values())) > 1:
        raise ColumnError(f"columns of unequal length: {sizes}; every column needs every row")
    return columns, next(iter(sizes.values()), 0)


def _foreign(data: Any) -> bool:
    """Whether it is a frame or a cursor, which only its own library can read."""
    if isinstance(data, (list, tuple)):
        return False
    return (
        hasattr(data, "__arrow_c_stream__")
        or hasattr(data, "__narwhals_dataframe__")
        or hasattr(data, "__narwhals_lazyframe__")
        or is_cursor(data)
        or type(data).__module__.partition(".")[0]
        in ("pandas", "polars", "pyarrow", "duckdb", "modin", "cudf", "dask", "pyspark", "ibis",
            "narwhals", "sqlframe")
    )  # fmt: skip


def is_cursor(data: Any) -> bool:
    """Whether it is a cursor of a DB-API driver."""
    return hasattr(data, "description") and hasattr(data, "fetchall")


def _named(data: Any) -> str:
    kind = type(data)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _from_rows(rows: Sequence[Any], record: type[Record]) -> dict[str, Raw]:
    if not rows:
        return {name: Raw(np.zeros(0, dtype=object)) for name in record.model_fields}
    if all(isinstance(row, record) for row in rows):
        # Fields that no row sets are left out, as a column that was not given.
        names = [n for n in record.model_fields if any(n in row.model_fields_set for row in rows)]
        return {name: of_objects([getattr(row, name) for row in rows]) for name in names}
    for at, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise SalesMetricsError(
                f"row {at} is a {type(row).__name__}; every row has to be a {record.__name__} or "
                "every row a dict"
            )
    return of_dicts(rows)


def of_dicts(rows: Sequence[Mapping[Any, Any]]) -> dict[str, Raw]:
    """Columns of all names that occur in any row."""
    names = list(dict.fromkeys(_name(name) for row in rows for name in row))
    return {name: of_objects([row.get(name) for row in rows]) for name in names}


def _raw(name: Any, values: Any) -> Raw:
    if isinstance(values, Raw):
        return values
    if isinstance(values, np.ma.MaskedArray):
        return _raw(name, np.ma.getdata(values)).only(~np.ma.getmaskarray(values))
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            raise ColumnError(f"column {name!r} has {values.ndim} dimensions; one is expected")
        if values.dtype.kind == "U":
            return fixed_codes(values)
        if values.dtype.kind in "OST":
            return of_objects(values.tolist())
        if values.dtype.kind not in "biufM":
            raise ColumnError(f"column {name!r} is of type {values.dtype}, which no field takes")
        return Raw(values)
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise ColumnError(
            f"column {name!r} is a single {type(values).__name__}; a list or an array is expected"
        )
    if type(values).__module__.partition(".")[0] in ("pandas", "polars", "pyarrow", "narwhals"):
        return door("series_raw", Raw)(name, values)
    return of_objects(list(values))
