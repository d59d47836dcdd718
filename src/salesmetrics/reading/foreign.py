"""Data frames, Arrow streams and database cursors, to plain arrays by column name.

What a column is, narwhals says, alike for all libraries; names become codes by each library's
own kernel, never by a loop over objects.  Imported only when such data arrives.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any, cast

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from ..columns import gathered, pieces
from ..errors import ColumnError, SalesMetricsError
from .arrow_texts import arrow_codes, many_texts, own_labels
from .raw import Raw, all_differ, checked_names, object_array, of_objects, of_text

__all__ = ["cursor_columns", "frame_columns", "is_there", "series_raw"]

Index = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
FEW = 127  # texts that are numbered in one byte each
OLDEST = {"pyarrow": 16}  # an older one is passed over
OWN_NULLS = ("NAType", "NaTType")  # how pandas says that nothing is there


def frame_columns(data: Any) -> dict[str, Raw]:
    """The columns of a frame or a cursor, by name."""
    frame = _eager(data)
    if frame is None:
        return cursor_columns(data)
    found: dict[str, Raw] = {}
    for name in frame.columns:
        found |= _columns_of(name, frame[name])
    return found


def series_raw(name: Any, values: Any) -> Raw:
    """One column: a pandas Series or Index, a polars Series, an Arrow array."""
    if type(values).__module__.startswith("pandas") and hasattr(values, "to_series"):
        values = values.to_series()
    if type(values).__module__.startswith("pyarrow"):
        pa = import_module("pyarrow")
        values = pa.chunked_array([values]) if isinstance(values, pa.Array) else values
    found = _columns_of(str(name), nw.from_native(values, series_only=True))
    if len(found) > 1:
        raise ColumnError(f"column {name!r} holds records; give their fields as columns")
    return next(iter(found.values()))


def cursor_columns(
    cursor: Any, fetched: Callable[[Any], list[Any]] | None = None
) -> dict[str, Raw]:
    """What a cursor of any DB-API driver still has to give; `fetched` says how it is asked."""
    if getattr(cursor, "description", None) is None or not hasattr(cursor, "fetchall"):
        raise SalesMetricsError(
            f"a {type(cursor).__name__} has no rows to read; run a SELECT on it first"
        )
    names = checked_names(column[0] for column in cursor.description)
    rows = cursor.fetchall() if fetched is None else fetched(cursor)
    if rows and isinstance(rows[0], dict):
        return {name: of_objects([row[name] for row in rows]) for name in names}
    cells = zip(*rows, strict=True) if rows else ([] for _ in names)
    return {name: of_objects(list(column)) for name, column in zip(names, cells, strict=True)}


def _eager(data: Any) -> nw.DataFrame[Any] | None:
    """The frame as narwhals sees it, held in memory; None when it is no frame."""
    module = type(data).__module__.partition(".")[0]
    if module in ("pandas", "modin", "cudf") and hasattr(data, "columns"):
        checked_names(data.columns)
    if module in ("duckdb", "_duckdb"):
        if not hasattr(data, "fetchnumpy") or not hasattr(data, "columns"):
            return None  # a connection, which is a cursor
        checked_names(data.columns)
        return _from_stream(data)
    if module == "pyarrow" and not hasattr(data, "column_names"):
        data = _arrow_table(data)
    if module == "pyarrow":
        checked_names(data.schema.names)
        data = data if hasattr(data, "group_by") else _arrow_table(data)
    try:
        frame = nw.from_native(data)
    except TypeError:
        if hasattr(data, "__arrow_c_stream__"):
            return _from_stream(data)
        if hasattr(data, "fetchall"):
            return None
        raise SalesMetricsError(
            f"a {type(data).__name__} is no frame that can be read; convert it with its own "
            "to_pandas(), to_polars() or to_arrow()"
        ) from None
    except nw.exceptions.NarwhalsError as wrong:
        raise ColumnError(str(wrong)) from None
    if isinstance(frame, nw.LazyFrame):
        backend = None if is_there("pyarrow") else "polars" if is_there("polars") else "pandas"
        frame = frame.collect() if module == "polars" else frame.collect(backend=cast(Any, backend))
    return cast("nw.DataFrame[Any]", frame)


def _arrow_table(data: Any) -> Any:
    """A table of a record batch, of a reader of batches, or of a dataset."""
    pa = import_module("pyarrow")
    if isinstance(data, pa.RecordBatch):
        checked_names(data.schema.names)
        return pa.Table.from_batches([data])
    if hasattr(data, "read_all"):
        return data.read_all()
    if hasattr(data, "to_table"):
        return data.to_table()
    raise SalesMetricsError(f"a pyarrow {type(data).__name__} is no table; pass its table")


def _from_stream(data: Any) -> nw.DataFrame[Any]:
    """Through the Arrow C stream, which every modern library speaks, into the first one there."""
    for library in ("pyarrow", "polars"):
        if is_there(library):
            return nw.from_arrow(data, backend=cast(Any, library))
    if hasattr(data, "df") and is_there("pandas"):
        return cast("nw.DataFrame[Any]", nw.from_native(data.df()))
    raise SalesMetricsError(
        f"to read a {type(data).__name__}, install pyarrow or polars: "
        "pip install 'salesmetrics[arrow]'"
    )


def is_there(library: str) -> bool:
    """Whether a library is installed, in a version that can do what is asked of it here."""
    if library not in sys.modules and find_spec(library) is None:
        return False
    if library not in OLDEST:
        return True
    try:
        first = version(library).partition(".")[0]
    except PackageNotFoundError:  # put there in another way, as in a browser
        return True
    return not first.isdecimal() or int(first) >= OLDEST[library]


def _columns_of(name: str, series: nw.Series[Any]) -> dict[str, Raw]:
    """One column, or those of the fields of a nested one: `owner.id`."""
    if isinstance(series.dtype, nw.Struct):
        found: dict[str, Raw] = {}
        for field in series.dtype.fields:
            found |= _columns_of(f"{name}.{field.name}", series.struct.field(field.name))
        return found
    return {name: _raw(name, series)}


def _raw(name: str, series: nw.Series[Any]) -> Raw:
    kind = series.dtype
    native = str(getattr(series.to_native(), "dtype", ""))
    if native.startswith("period"):
        raise ColumnError(
            f"column {name!r} holds pandas Periods, which could mean their first or last "
            "day; convert it with .dt.to_timestamp()"
        )
    if "run_end_encoded" in str(getattr(series.to_native(), "type", "")):
        pc = import_module("pyarrow.compute")
        series = nw.from_native(pc.run_end_decode(series.to_native()), series_only=True)
        kind = series.dtype
    if kind == nw.Boolean:
        return _filled(series.cast(nw.Int8), lambda values: values.astype(bool))
    if kind.is_integer() and kind not in (nw.Int128, nw.UInt128):
        return _filled(series, lambda values: values)
    if kind.is_float():
        return _filled(series, lambda values: values)
    if kind.is_decimal():
        return _decimals(series)
    if kind == nw.Datetime:
        return _instants(series)
    if kind == nw.Date:
        days = _instants(series.cast(nw.Datetime("us")))
        return Raw(days.values.astype("M8[D]"))
    if kind in (nw.String, nw.Categorical) or isinstance(kind, nw.Enum):
        return _codes(series)
    return _objects(series)


def _objects(series: nw.Series[Any]) -> Raw:
    """Python values, with None for what the library has its own word for."""
    cells = series.to_list()
    if any(kind.__name__ in OWN_NULLS for kind in set(map(type, cells))):
        cells = [_plain(cell) for cell in cells]
    return of_objects(cells)


def _plain(cell: Any) -> Any:
    """Without the library's own way to say that nothing is there."""
    return None if type(cell).__name__ in OWN_NULLS else cell


def _filled(series: nw.Series[Any], to: Callable[[Index], Index]) -> Raw:
    """Filled before it leaves its library, which would make floats of whole numbers with gaps."""
    if not series.null_count():
        return Raw(to(series.to_numpy()))
    null = series.is_null().to_numpy().astype(bool)
    return Raw(to(series.fill_null(0).to_numpy()), missing=null)


def _instants(series: nw.Series[Any]) -> Raw:
    aware = getattr(series.dtype, "time_zone", None) is not None
    if aware:
        series = series.dt.convert_time_zone("UTC")
    values = series.to_numpy()
    if values.dtype.kind != "M":  # all missing
        values = np.full(len(series), np.datetime64("NaT"))
    unit = np.datetime_data(values.dtype)[0]
    return Raw(values if unit in ("s", "ms", "us") else values.astype("M8[us]"), aware=aware)


def _decimals(series: nw.Series[Any]) -> Raw:
    """Exact: as whole numbers of the column's scale, where 64 bits hold them."""
    native = series.to_native()
    if type(native).__module__.startswith("pandas"):
        native = import_module("pyarrow").chunked_array(native.array.__arrow_array__())
    if type(native).__module__.startswith("polars"):
        return _scaled_polars(native, native.dtype.scale)
    found = arrow_decimals(native)
    return of_objects(native.to_pylist()) if found is None else found


def _scaled_polars(native: Any, scale: int) -> Raw:
    pl = import_module("polars")
    whole = native.to_physical().cast(pl.Int64, strict=False)
    if scale > 18 or whole.null_count() > native.null_count():  # wider than 64 bits
        return of_objects(native.to_list())
    null = whole.is_null().to_numpy()
    return Raw(whole.fill_null(0).to_numpy(), missing=null if null.any() else None, scale=10**scale)


def arrow_decimals(column: Any) -> Raw | None:
    """The whole numbers behind Arrow's decimals, without a copy of each as an object."""
    kind = column.type
    if kind.bit_width != 128 or not 0 <= kind.scale <= 18:
        return None
    array = column.combine_chunks()
    array = array.chunk(0) if hasattr(array, "num_chunks") and array.num_chunks else array
    if len(array) == 0:
        return Raw(np.zeros(0, np.int64), scale=10**kind.scale)
    words = np.frombuffer(array.buffers()[1], dtype="<i8").reshape(-1, 2)
    words = words[array.offset : array.offset + len(array)]
    null = np.asarray(array.is_null().to_numpy(zero_copy_only=False))
    low = np.where(null, 0, words[:, 0])
    if not (np.where(null, 0, words[:, 1]) == (low >> 63)).all():  # wider than 64 bits
        return None
    return Raw(low, missing=null if null.any() else None, scale=10**kind.scale)


def _codes(series: nw.Series[Any]) -> Raw:
    native = series.to_native()
    module = type(native).__module__.partition(".")[0]
    if module == "polars":
        return _polars_codes(native)
    if module == "pyarrow":
        return arrow_codes(native)
    if module == "pandas":
        return _pandas_codes(native)
    return _objects(series)


def _polars_codes(column: Any) -> Raw:
    pl = import_module("polars")
    if column.dtype != pl.String:
        return _polars_categories(column)
    if many_texts(column):
        ids = object_array(column.to_list())
        if all_differ(ids):
            return own_labels(ids)
    distinct = column.drop_nulls().unique(maintain_order=True)
    numbers = pl.Series(range(len(distinct)), dtype=pl.Int32)
    codes = column.replace_strict(distinct, numbers, default=None, return_dtype=pl.Int32)
    return of_text(codes.fill_null(-1).to_numpy(), _texts(distinct.to_list()))


def _polars_categories(column: Any) -> Raw:
    """Categories are numbers already: only the texts of those that occur are made."""
    pl = import_module("polars")
    if isinstance(column.dtype, pl.Enum) and (found := _every_one(column)) is not None:
        return found
    distinct = column.drop_nulls().unique(maintain_order=True)
    numbers, occurring = column.to_physical(), distinct.to_physical().to_numpy()
    to = np.full(int(occurring.max(initial=0)) + 2, -1, dtype=np.int32)
    to[occurring] = np.arange(len(distinct), dtype=np.int32)
    if numbers.null_count():  # what is missing is the last
        numbers = numbers.cast(pl.Int64).fill_null(len(to) - 1)
    return of_text(gathered(to, numbers.to_numpy()), _texts(distinct.cast(pl.String).to_list()))


def _every_one(column: Any) -> Raw | None:
    """An enum all of whose few texts occur, and nothing is missing: its numbers as they are."""
    texts, numbers = column.dtype.categories.to_list(), column.to_physical()
    if numbers.null_count() or not 0 < len(texts) < FEW:
        return None
    codes, seen = numbers.to_numpy(), np.zeros(len(texts), dtype=bool)
    for piece in pieces(codes):  # mostly the first one has them all
        seen |= np.bincount(piece, minlength=len(texts)) > 0
        if seen.all():
            signed = codes.view(codes.dtype.str.replace("u", "i"))  # so that it can say: missing
            return of_text(signed, _texts(texts))
    return None


def _pandas_codes(series: Any) -> Raw:
    pandas = import_module("pandas")
    if isinstance(series.dtype, pandas.CategoricalDtype):
        labels = [_plain(label) for label in series.cat.categories.tolist()]
        codes = series.cat.codes.to_numpy().astype(np.int64)
    elif (
        hasattr(series.dtype, "pyarrow_dtype") or getattr(series.dtype, "storage", "") == "pyarrow"
    ):
        pa = import_module("pyarrow")
        array = series.array.__arrow_array__()
        chunked = isinstance(array, pa.ChunkedArray)
        return arrow_codes(array if chunked else pa.chunked_array([array]))
    else:
        places, distinct = pandas.factorize(series)
        codes, labels = np.asarray(places), list(distinct)
    if all(type(label) is str for label in labels):
        return of_text(codes, _texts(labels))
    return Raw(codes, tuple(labels))


def _texts(labels: Iterable[str]) -> Index:
    return labels if isinstance(labels, np.ndarray) else object_array(list(labels))
