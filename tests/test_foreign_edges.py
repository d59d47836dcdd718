"""Frames at the edges of what their libraries hold: wide decimals, mixed labels, odd containers."""

from __future__ import annotations

import sys
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.errors import SalesMetricsError
from salesmetrics.models import Deal
from salesmetrics.reading import foreign
from salesmetrics.reading.frames import raw_columns

WIDE = {
    (10, 2): ["1.50", "-2.00", "0.01"],
    (18, 18): ["0.000000000000000001", "-0.5"],
    (38, 18): ["9.223372036854775807", "-9.223372036854775808", "9.223372036854775808"],
    (38, 19): ["0.5", "-0.25"],
    (38, 0): ["9223372036854775807", "-9223372036854775808", "9223372036854775808"],
    (38, 2): ["92233720368547758.07", "12345678901234567890.12", "1"],
}  # fmt: skip


@pytest.mark.parametrize("kind", WIDE)
@pytest.mark.parametrize("library", ["polars", "pyarrow", "pyarrow of 256 bits", "pandas"])
@pytest.mark.parametrize("gaps", [False, True])
def test_decimals_of_any_width(kind: tuple[int, int], library: str, gaps: bool) -> None:
    cells: list[Any] = [Decimal(text) for text in WIDE[kind]] + [None] * gaps
    pa: Any = pytest.importorskip("pyarrow")
    if library == "polars":
        pl: Any = pytest.importorskip("polars")
        series = pl.Series("amount", cells, pl.Decimal(*kind))
    elif library == "pandas":
        pd: Any = pytest.importorskip("pandas")
        series = pd.Series(cells, dtype=pd.ArrowDtype(pa.decimal128(*kind)))
    else:
        make = pa.decimal256 if library.endswith("256 bits") else pa.decimal128
        series = pa.chunked_array([pa.array([None, *cells, None], make(*kind))[1:-1]])
    raw = foreign.series_raw("amount", series)
    absent = raw.absent()
    assert [None if absent[row] else raw.at(row) for row in range(len(raw))] == cells


def test_decimals_of_no_row() -> None:
    pa: Any = pytest.importorskip("pyarrow")
    assert len(foreign.series_raw("amount", pa.array([], pa.decimal128(10, 2)))) == 0


def test_labels_of_categories_that_are_not_all_texts() -> None:
    pd: Any = pytest.importorskip("pandas")
    for cells in ([1, "a", None, 1], ["a", "b", None], [2.5, 3.5, None], ["", "b", "b"]):
        raw = foreign.series_raw("name", pd.Series(pd.Categorical(cells)))
        codes, labels = raw.labelled()
        told = [None if code < 0 else labels[code] for code in codes.tolist()]
        assert told == [cell or None for cell in cells]


@pytest.mark.parametrize(
    "ids", [["a", "b", None], ["a", "b", "a"], [f"i{n}" for n in range(2500)], []]
)
def test_texts_of_polars(ids: list[Any]) -> None:
    pl: Any = pytest.importorskip("polars")
    repeated = [*ids, ids[1]] if len(ids) > 3 else ids
    for kind in (pl.String, pl.Categorical):
        raw = foreign.series_raw("id", pl.Series("id", repeated, pl.String).cast(kind))
        codes, labels = raw.labelled()
        assert [None if code < 0 else labels[code] for code in codes.tolist()] == repeated


def test_whether_a_library_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not foreign.is_there("no_library_of_this_name")
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    assert foreign.is_there("colorsys")  # though it is not imported
    monkeypatch.setitem(sys.modules, "made_here", ModuleType("made_here"))
    assert foreign.is_there("made_here")  # though no file of it is found
    for told, there in (("16.0.0", True), ("15.9", False), ("17.1", True), ("dev", True)):
        monkeypatch.setattr(foreign, "version", lambda library, told=told: told)
        monkeypatch.setitem(sys.modules, "pyarrow", ModuleType("pyarrow"))
        assert foreign.is_there("pyarrow") is there


class Described:
    """Rows that can be iterated, and happen to have a description: no cursor."""

    description = "of last year"

    def __iter__(self) -> Any:
        return iter([{"id": 1}, {"id": 2}])


def test_rows_with_a_description_are_rows() -> None:
    columns, size = raw_columns(Described(), Deal)
    assert size == 2 and [columns["id"].at(row) for row in range(2)] == [1, 2]


def test_records_and_dicts_are_not_mixed() -> None:
    record = sm.Deal(id="a")
    with pytest.raises(SalesMetricsError, match=r"row 0 is a Deal; every row has to be a Deal or"):
        raw_columns([record, {"id": "b"}], Deal)
    with pytest.raises(SalesMetricsError, match=r"row 1 is a Deal"):
        raw_columns([{"id": "b"}, record], Deal)


def test_an_amount_that_is_missing_has_no_currency_either() -> None:
    """It is not known, and not 0, whatever the others are in."""
    deals = [
        {"id": 1, "created_at": "2025-01-01", "closed_at": "2025-01-05", "outcome": "won",
         "amount": 10, "currency": "EUR"},
        {"id": 2, "created_at": "2025-01-01", "closed_at": "2025-01-05", "outcome": "won",
         "amount": None, "currency": None},
        {"id": 3, "created_at": "2025-01-01", "closed_at": "2025-01-05", "outcome": "won",
         "amount": 30, "currency": None},
    ]  # fmt: skip
    found = sm.CRM(deals=deals, currency="EUR", tz="UTC").kpi("average_deal_size", "2025-01")
    assert (found.value, found.excluded) == (20, {"no amount": 1})
