"""Whatever people hold their rows in, to plain arrays by column name.

Taken here: records of `models`, dicts, a mapping of arrays or lists, and a pandas DataFrame.
Nothing is interpreted: what a value means is decided by the kind of its column, in `reading`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import ColumnError, SalesMetricsError
from .models import Record

__all__ = ["Raw", "raw_columns"]


@dataclass(frozen=True, slots=True)
class Raw:
    """An array as it came in; with `labels` it holds codes into them (-1: missing).

    `aware` tells that a datetime64 array is in UTC because its zone was known.
    """

    values: npt.NDArray[Any]
    labels: tuple[Any, ...] | None = None
    aware: bool = False

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: npt.NDArray[Any] | slice) -> Raw:
        return Raw(self.values[rows], self.labels, self.aware)

    def at(self, row: int) -> Any:
        """The value of one row as it came in, for messages."""
        value = self.values[row]
        if self.labels is not None:
            return self.labels[int(value)] if value >= 0 else None
        return value.item() if isinstance(value, np.generic) and value.dtype.kind != "M" else value


def raw_columns(data: Any, record: type[Record]) -> tuple[dict[str, Raw], int]:
    """The columns by name, and the number of rows."""
    pandas = sys.modules.get("pandas")  # never imported for somebody who does not use it
    if pandas is not None and isinstance(data, pandas.DataFrame):
        columns = {_name(name): _pandas_raw(data[name], pandas) for name in _once(data.columns)}
    elif isinstance(data, Mapping):
        columns = {_name(name): _raw(name, values) for name, values in data.items()}
    elif isinstance(data, Iterable) and not isinstance(data, (str, bytes)):
        columns = _from_rows(list(data), record)
    else:
        raise SalesMetricsError(
            f"{record.__name__} rows are expected as records, dicts, a mapping of columns or a "
            f"pandas DataFrame, not {type(data).__name__}"
        )
    sizes = {name: len(values) for name, values in columns.items()}
    if len(set(sizes.values())) > 1:
        raise ColumnError(f"columns of unequal length: {sizes}; every column needs every row")
    return columns, next(iter(sizes.values()), 0)


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise ColumnError(f"column names have to be text, not {name!r}; rename the columns")
    return name


def _once(names: Iterable[Any]) -> list[Any]:
    seen: list[Any] = list(names)
    twice = [name for name in seen if seen.count(name) > 1]
    if twice:
        raise ColumnError(f"the column {twice[0]!r} occurs more than once; keep one of them")
    return seen


def _from_rows(rows: Sequence[Any], record: type[Record]) -> dict[str, Raw]:
    if not rows:
        return {name: Raw(np.zeros(0, dtype=object)) for name in record.model_fields}
    if all(isinstance(row, record) for row in rows):
        # Fields that no row sets are left out, as a column that was not given.
        names = [n for n in record.model_fields if any(n in row.model_fields_set for row in rows)]
        return {name: _objects([getattr(row, name) for row in rows]) for name in names}
    for at, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise SalesMetricsError(
                f"row {at} is a {type(row).__name__}; every row has to be a {record.__name__} or "
                "every row a dict"
            )
    names = list(dict.fromkeys(_name(name) for row in rows for name in row))
    return {name: _objects([row.get(name) for row in rows]) for name in names}


def _objects(values: Iterable[Any]) -> Raw:
    listed = list(values)
    found = np.empty(len(listed), dtype=object)
    found[:] = listed
    return Raw(found)


def _raw(name: Any, values: Any) -> Raw:
    if isinstance(values, Raw):
        return values
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(values, (pandas.Series, pandas.Index)):
        return _pandas_raw(values, pandas)
    if isinstance(values, np.ma.MaskedArray):
        return _objects(values.tolist())
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            raise ColumnError(f"column {name!r} has {values.ndim} dimensions; one is expected")
        return Raw(values)
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise ColumnError(
            f"column {name!r} is a single {type(values).__name__}; a list or an array is expected"
        )
    return _objects(values)


def _pandas_raw(series: Any, pandas: Any) -> Raw:
    """Through pandas' own kernels: categories as codes, zones as UTC, what is missing as such."""
    kind = series.dtype
    if isinstance(kind, pandas.CategoricalDtype):
        return Raw(np.asarray(series.cat.codes), tuple(series.cat.categories))
    if isinstance(kind, pandas.PeriodDtype):
        raise ColumnError(
            f"column {series.name!r} holds pandas Periods, which could mean their first or last "
            "day; convert it with .dt.to_timestamp()"
        )
    if isinstance(kind, pandas.DatetimeTZDtype):
        return Raw(series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("M8[us]"), aware=True)
    if isinstance(kind, np.dtype) and kind.kind in "iufbM":
        return Raw(series.to_numpy())
    if isinstance(kind, pandas.StringDtype):
        codes, labels = pandas.factorize(series)
        return Raw(codes, tuple(labels))
    return _objects(None if value is pandas.NA else value for value in series)
