"""Frames of every library give the tables that plain records give, pitfalls included."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from warehouses import LetGo

import salesmetrics as sm
from salesmetrics.errors import ColumnError, DataError, SalesMetricsError
from salesmetrics.models import Deal
from salesmetrics.reading import foreign
from salesmetrics.reading.frames import raw_columns

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")
duckdb = pytest.importorskip("duckdb")

SEOUL = timezone(timedelta(hours=9))
ROWS: list[dict[str, Any]] = [
    {"id": "a", "owner": "ana", "created_at": datetime(2025, 1, 5, 23, 30, tzinfo=SEOUL),
     "closed_at": datetime(2025, 2, 1, 0, 10, tzinfo=SEOUL), "expected_close_at": date(2025, 1, 31),
     "outcome": "won", "amount": 1200.13, "term_months": 12, "probability": 1.0},
    {"id": "b", "owner": None, "created_at": datetime(2025, 1, 20, 9, 0, tzinfo=SEOUL),
     "closed_at": None, "expected_close_at": None, "outcome": "open", "amount": None,
     "term_months": None, "probability": 0.35},
    {"id": "c", "owner": "bo", "created_at": datetime(2024, 12, 31, 23, 59, 59, tzinfo=SEOUL),
     "closed_at": datetime(2025, 1, 31, 23, 59, tzinfo=SEOUL), "expected_close_at": date(2025, 2, 1),
     "outcome": "lost", "amount": 99.0, "term_months": 2**53 + 1, "probability": 0.0},
]  # fmt: skip
COLUMNS = {name: [row[name] for row in ROWS] for name in ROWS[0]}


def arrow() -> Any:
    us = pa.timestamp("us", tz="Asia/Seoul")
    kinds = {"created_at": us, "closed_at": us, "term_months": pa.int64()}
    return pa.table({n: pa.array(c, type=kinds.get(n)) for n, c in COLUMNS.items()})


def nullable_pandas() -> Any:
    return arrow().to_pandas().convert_dtypes().assign(
        term_months=pd.array(COLUMNS["term_months"], dtype="Int64")
    )  # fmt: skip


def arrow_pandas() -> Any:
    return arrow().to_pandas(types_mapper=pd.ArrowDtype)


def categorical_pandas() -> Any:
    return nullable_pandas().astype({"owner": "category", "outcome": "category"})


def polars_categorical() -> Any:
    return pl.from_arrow(arrow()).with_columns(
        pl.col("owner").cast(pl.Categorical),
        pl.col("outcome").cast(pl.Enum(["lost", "open", "won"])),
    )


def cursor() -> Any:
    connection = sqlite3.connect(":memory:", factory=LetGo)
    connection.execute(f"create table deals ({', '.join(COLUMNS)})")
    plain = [[v.isoformat() if isinstance(v, date) else v for v in row.values()] for row in ROWS]
    connection.executemany(f"insert into deals values ({', '.join('?' * len(COLUMNS))})", plain)
    return connection.execute("select * from deals")


class OnlyStream:
    """Anything that speaks Arrow's C stream and nothing else."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return arrow().__arrow_c_stream__(requested_schema)


MAKERS = {
    "arrow": arrow,
    "record batch": lambda: arrow().to_batches()[0],
    "batch reader": lambda: arrow().to_reader(),
    "dictionary arrow": lambda: arrow().set_column(
        1, "owner", arrow()["owner"].dictionary_encode()
    ),
    "pandas nullable": nullable_pandas,
    "pandas arrow": arrow_pandas,
    "pandas categorical": categorical_pandas,
    "polars": lambda: pl.from_arrow(arrow()),
    "polars lazy": lambda: pl.from_arrow(arrow()).lazy(),
    "polars categorical": polars_categorical,
    "duckdb": lambda: duckdb.from_arrow(arrow()),
    "cursor": cursor,
    "stream": OnlyStream,
    "series in a dict": lambda: {n: pl.from_arrow(arrow())[n] for n in COLUMNS},
    "arrays in a dict": lambda: {n: arrow()[n] for n in COLUMNS},
    "lists in a dict": lambda: COLUMNS,
}


def held(deals: Any) -> dict[str, Any]:
    """Everything that a table holds."""
    found: dict[str, Any] = {"id": deals.ids()}
    for name in ("created_at", "closed_at", "expected_close_at"):
        times = deals.times(name)
        found[name] = (times.seconds.tolist(), times.days.tolist())
    for name in ("owner", "outcome"):
        codes = deals.codes(name)
        found[name] = [codes.labels[code] for code in codes.codes]
    for name in ("amount", "term_months", "probability"):
        numbers = deals.numbers(name)
        found[name] = [
            None if why else Decimal(int(value)) / numbers.scale
            for value, why in zip(numbers.values, numbers.reasons(), strict=True)
        ]
    return found


@pytest.mark.parametrize("maker", MAKERS)
def test_every_frame_holds_what_the_records_hold(maker: str) -> None:
    expected = held(sm.Deals.of(ROWS, currency="USD", tz="Asia/Seoul"))
    assert expected["term_months"] == [12, None, 2**53 + 1]  # pitfall 1: never through a float
    assert expected["amount"] == [120013, None, 9900]
    assert held(sm.Deals.of(MAKERS[maker](), currency="USD", tz="Asia/Seoul")) == expected


def owners(values: Any) -> list[str | None]:
    codes = sm.Deals.of({"id": range(len(values)), "owner": values}).codes("owner")
    return [codes.labels[code] for code in codes.codes]


def amounts(values: Any) -> list[int | None]:
    numbers = sm.Deals.of({"id": range(len(values)), "amount": values}, currency="USD").numbers(
        "amount"
    )
    return [None if w else int(v) for v, w in zip(numbers.values, numbers.reasons(), strict=True)]


def days(values: Any, tz: str | None = None) -> list[int]:
    table = sm.Deals.of({"id": range(len(values)), "created_at": values}, tz=tz)
    return [int(day) for day in table.times("created_at").days]


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def test_float_ids_are_whole_or_refused() -> None:  # pitfall 2
    assert owners(pd.Series([101.0, None, 102.0])) == ["101", None, "102"]
    assert owners(np.array([101.0, np.nan])) == ["101", None]
    table = sm.Deals.of(pd.DataFrame({"id": [101.0, 102.0]}))
    assert table.ids() == ["101", "102"]
    for wrong in (101.5, float("inf")):
        with pytest.raises(DataError, match="a name or id is expected, not a number"):
            sm.Deals.of({"id": np.array([1.0, wrong])})
    with pytest.raises(DataError, match=r"row 1.*an id is needed"):
        sm.Deals.of({"id": np.array([1.0, np.nan])})


def test_objects_of_many_kinds_stay_apart() -> None:  # pitfall 3
    mixed = pd.Series(
        [Decimal("1.10"), None, float("nan"), Decimal("NaN"), pd.NA, pd.NaT, "2.20"], dtype=object
    )
    assert amounts(mixed) == [110, None, None, None, None, None, 220]
    assert owners(pd.Series([1, "1", 1.0], dtype=object)) == ["1", "1", "1"]
    with pytest.raises(DataError, match=r"row 3 .*owner = True: .*not true or false"):
        owners(pd.Series([1, "1", 1.0, True], dtype=object))


@pytest.mark.parametrize("library", ["numpy", "pandas", "polars", "arrow"])
def test_nan_is_missing_and_infinity_is_refused(library: str) -> None:  # pitfall 4
    make: Any = {
        "numpy": np.array,
        "pandas": lambda v: pd.Series(v, dtype="Float64"),
        "polars": pl.Series,
        "arrow": pa.array,
    }[library]
    assert amounts(make([1.5, float("nan")])) == [150, None]
    with pytest.raises(DataError, match=r"row 1 .*amount = inf: a finite number is expected"):
        amounts(make([1.5, float("inf")]))


@pytest.mark.parametrize(
    "values",
    [pd.array([True, None, False], dtype="boolean"), pd.Series([True, None, False], dtype=object),
     pl.Series([True, None, False]), pa.array([True, None, False]), [True, None, False],
     ["true", None, "no"], np.array([1.0, np.nan, 0.0]), pd.Series([1, None, 0], dtype="Int8")],
    ids=str,
)  # fmt: skip
def test_flags_with_gaps(values: Any) -> None:  # pitfall 5
    table = sm.Subscriptions.of({"id": ["a", "b", "c"], "auto_renew": pd.Series(values)
                                 if isinstance(values, pd.api.extensions.ExtensionArray) else values})  # fmt: skip
    codes = table.codes("auto_renew")
    assert [codes.labels[code] for code in codes.codes] == [True, None, False]


def test_dates_as_dates_whatever_holds_them() -> None:  # pitfall 6
    wanted = [day("2025-03-01"), 65_535]
    plain = [date(2025, 3, 1), None]
    for values in (
        plain,
        pd.Series(plain, dtype=object),
        pd.Series([date(2025, 3, 1), pd.NA], dtype=object),
        pd.Series(plain, dtype=pd.ArrowDtype(pa.date32())),
        pa.array(plain, type=pa.date32()),
        pa.array(plain, type=pa.date64()),
        pl.Series(plain),
        np.array(plain, dtype="M8[D]"),
    ):
        assert days(values) == wanted
    with pytest.raises(ColumnError, match=r"Periods.*to_timestamp"):
        days(pd.Series(pd.PeriodIndex(["2025-03"], freq="M")))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_units_of_time_do_not_matter(unit: str) -> None:  # pitfall 7
    at = [datetime(2025, 3, 1, 23, 59, 59), None]
    wanted = [day("2025-03-01"), 65_535]
    assert days(np.array(at, dtype=f"M8[{unit}]"), tz="Asia/Seoul") == wanted
    assert days(pa.array(at, type=pa.timestamp(unit)), tz="Asia/Seoul") == wanted
    assert days(pd.Series(at).astype(f"datetime64[{unit}]"), tz="Asia/Seoul") == wanted
    if unit != "s":
        assert days(pl.Series(at, dtype=pl.Datetime(unit)), tz="Asia/Seoul") == wanted


def test_zones_decide_the_day_and_are_never_the_machines() -> None:  # pitfall 8
    instant = datetime(2025, 3, 1, 16, 0, tzinfo=UTC)  # the 2nd in Seoul
    for values in (
        [instant],
        pd.Series([instant]),
        pa.array([instant], type=pa.timestamp("us", tz="+09:00")),
        pa.array([instant], type=pa.timestamp("ms", tz="America/New_York")),
        pl.Series([instant]).dt.convert_time_zone("Europe/Berlin"),
        pd.Series([instant, instant.astimezone(SEOUL)], dtype=object)[:1],
        ["2025-03-01T16:00:00Z"],
        ["2025-03-01 11:00:00-05:00"],
    ):
        assert days(values, tz="Asia/Seoul") == [day("2025-03-02")]
    naive = datetime(2025, 3, 1, 16, 0)
    assert days(pd.Series([naive]), tz="Asia/Seoul") == [day("2025-03-01")]
    with pytest.raises(sm.ZoneError, match="pass tz="):
        days(pd.Series([naive]))
    mixed = pd.Series([instant, instant.astimezone(SEOUL)], dtype=object)
    assert days(mixed, tz="UTC") == [day("2025-03-01")] * 2


def test_duckdbs_session_zone_changes_nothing() -> None:  # pitfall 9
    for session in ("UTC", "America/New_York", "Asia/Seoul"):
        connection = duckdb.connect()
        connection.execute(f"set TimeZone = '{session}'")
        relation = connection.sql(
            "select 1 as id, timestamptz '2025-03-01 16:00:00+00' as created_at"
        )
        table = sm.Deals.of(relation, tz="Asia/Seoul")
        assert table.times("created_at").days.tolist() == [day("2025-03-02")]


def test_texts_stay_codes_and_blank_is_missing() -> None:  # pitfall 10
    long = "x" * 10_000
    for values in (pl.Series([long, "", " ", None]), pd.Series([long, "", " ", None]),
                   pa.array([long, "", " ", None]), [long, "", " ", None]):  # fmt: skip
        assert owners(values) == [long, None, None, None]
        raw = raw_columns({"owner": values}, Deal)[0]["owner"]
        assert raw.values.dtype.kind == "i"
        assert raw.labels is not None
        assert len(raw.labels) == 1


def test_arrows_many_ways_to_hold_text() -> None:  # pitfall 11
    plain = ["ana", None, "bo", "ana"]
    one, two = pa.array(["ana", None]), pa.array(["bo", "ana"])
    chunks = pa.chunked_array([one.dictionary_encode(), two.dictionary_encode()])
    for values in (
        chunks,
        pa.array(plain, type=pa.large_string()),
        pa.array(plain, type=pa.string_view()),
        pa.compute.run_end_encode(pa.array(plain)),
        pa.DictionaryArray.from_arrays(pa.array([0, None, 1, 2]), pa.array(["ana", "bo", "ana"])),
        pa.DictionaryArray.from_arrays(pa.array([0, 2, 1, 0]), pa.array(["ana", "bo", None])),
    ):
        assert owners(values) == plain
    assert owners(pa.nulls(4)) == [None] * 4
    assert amounts(pa.nulls(2)) == [None, None]
    assert owners(pa.array(["x", *plain])[1:]) == plain  # an offset into shared memory


def test_names_of_columns_are_text_and_occur_once() -> None:  # pitfall 12
    for frame in (
        pd.DataFrame([[1, 2]], columns=["id", "id"]),
        pa.table([[1], [2]], names=["id", "id"]),
        pa.record_batch([[1], [2]], names=["id", "id"]),
    ):
        with pytest.raises(ColumnError, match="'id' occurs more than once"):
            sm.Deals.of(frame)
    for labels in ([0, 1], pd.MultiIndex.from_tuples([("a", "id"), ("a", "owner")])):
        with pytest.raises(ColumnError, match="column names have to be text"):
            sm.Deals.of(pd.DataFrame([[1, 2]], columns=labels))


def test_what_is_given_is_never_written_to() -> None:  # pitfall 13
    amount = np.array([1.5, np.nan])
    amount.flags.writeable = False
    closed = np.array(["2025-01-01", "NaT"], dtype="M8[s]")
    closed.flags.writeable = False
    table = sm.Deals.of(
        {"id": [1, 2], "amount": amount, "closed_at": closed, "outcome": ["won", None]},
        currency="USD",
    )
    assert sm.bookings(table).value == 1.5
    frame = nullable_pandas()
    before = frame.copy(deep=True)
    sm.Deals.of(frame, currency="USD", tz="Asia/Seoul")
    pd.testing.assert_frame_equal(frame, before)


def test_a_frame_that_cannot_be_read_says_what_to_do() -> None:  # pitfall 14
    class Broken:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            raise AssertionError("no timezone passed")

    with pytest.raises((AssertionError, SalesMetricsError)):
        sm.Deals.of(Broken())
    with pytest.raises(SalesMetricsError, match="not float"):
        sm.Deals.of(1.5)
    with pytest.raises(SalesMetricsError, match="run a SELECT"):
        sm.Deals.of(sqlite3.connect(":memory:", factory=LetGo).cursor())


@pytest.mark.parametrize("scale", [2, 0, 18])
def test_decimals_that_64_bits_do_not_hold_are_refused_or_read_exactly(scale: int) -> None:
    """In the smallest part of a cent they are wider than 64 bits, also where others are not."""
    step = Decimal(1).scaleb(-scale)
    wide, fits = Decimal(2**64) + step if scale < 18 else Decimal(25), Decimal(3)
    for kind in (pa.decimal128(38, scale), pa.decimal256(50, scale)):
        for values in (
            pa.array([fits, wide], kind),
            pl.Series(pa.array([fits, wide], pa.decimal128(38, scale))),
        ):
            given = {"id": ["a", "b"], "amount": values, "currency": ["EUR"] * 2}
            if scale == 18:
                deals = sm.Deals.of(given)
                assert deals.numbers("amount").values.tolist() == [300, 2500]
                continue
            with pytest.raises(DataError, match="too large") as caught:
                sm.Deals.of(given)
            assert [fault.row for fault in caught.value.faults] == [1]
            alone = {
                "id": ["a", "b"],
                "amount": pa.array([wide, wide], kind),
                "currency": ["EUR"] * 2,
            }
            with pytest.raises(DataError, match="too large"):
                sm.Deals.of(alone)


def test_a_stream_needs_a_library_that_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stream:
        def df(self) -> Any:
            return pd.DataFrame({"id": ["a"]})

    monkeypatch.setattr(foreign, "is_there", lambda library: library == "pandas")
    assert foreign._from_stream(Stream()).columns == ["id"]
    with pytest.raises(SalesMetricsError, match="to read a object, install pyarrow or polars"):
        foreign._from_stream(object())
    monkeypatch.setattr(foreign, "is_there", lambda library: False)
    with pytest.raises(SalesMetricsError, match="to read a Stream, install pyarrow or polars"):
        foreign._from_stream(Stream())


def test_decimals_are_exact_in_every_library() -> None:
    exact = [Decimal("90071992547409.93"), None, Decimal("-0.01")]
    for values in (
        exact,
        pa.array(exact, type=pa.decimal128(18, 2)),
        pa.array(exact, type=pa.decimal128(30, 4)),
        pa.array([None, *exact], type=pa.decimal128(18, 2))[1:],
        pl.Series(exact, dtype=pl.Decimal(18, 2)),
        pd.Series(exact, dtype=pd.ArrowDtype(pa.decimal128(18, 2))),
        pd.Series(exact, dtype=object),
    ):
        assert amounts(values) == [9007199254740993, None, -1]
    for values in (pa.array([Decimal("1.0005")]), [Decimal("1.0005")], ["1.0005"], np.array([1.0005]),
                   pl.Series([Decimal("1.0005")])):  # fmt: skip
        with pytest.raises(DataError, match="finer than USD goes"):
            amounts(values)


def test_amounts_are_not_refused_for_a_float_rounded_twice() -> None:
    cents = np.arange(0, 3_000_000)
    assert amounts(cents / 100) == cents.tolist()


BAD: dict[str, tuple[str, list[Any], list[Any]]] = {
    # field: what is typed and what is text, the second row of which cannot be used
    "amount": ("amount", [1.0, 1.0005], ["1", "1.0005"]),
    "outcome": ("outcome", ["open", "sold"], ["open", "sold"]),
    "probability": ("probability", [0.5, 40.0], ["0.5", "40"]),
    "term": ("term_months", [1.0, 1.5], ["1", "1.5"]),
    "time": ("created_at", [date(2025, 1, 1), date(1960, 1, 1)], ["2025-01-01", "1960-01-01"]),
    "id": ("id", ["a", "a"], ["a", "a"]),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_cell_gives_one_fault_whichever_way_it_came(case: str) -> None:
    field, typed, texts = BAD[case]
    found = set()
    for values in (typed, texts):
        rows = {"id": ["a", "b"]} | {field: values}
        table = pa.table(rows)
        record_rows = [
            dict(zip(rows, cells, strict=True)) for cells in zip(*rows.values(), strict=True)
        ]
        for data in (rows, record_rows, table, pl.from_arrow(table), table.to_pandas(),
                     table.to_pandas(types_mapper=pd.ArrowDtype), duckdb.from_arrow(table)):  # fmt: skip
            deals = sm.Deals.of(data, currency="USD", on_error="collect")
            assert len(deals) == (1 if field in ("id", "outcome") else 2)
            faults = (*deals.rejected, *deals.unread)
            found.add(tuple((f.row, f.field, f.reason) for f in faults))
    assert len(found) == 1
    assert next(iter(found))[0][:2] == (1, field)


def test_ids_are_told_apart_by_their_bytes() -> None:
    """Every pair of few texts: what surely differs does, whatever the length and the place."""
    pa = pytest.importorskip("pyarrow")
    from salesmetrics.reading.arrow_texts import cells_differ, short_texts

    def differ(texts: Any) -> bool:
        cells = short_texts(texts)
        return cells is not None and cells_differ(cells)

    for size in (1, 7, 8, 9, 16, 18, 64):
        texts = ["x" * size] + ["x" * at + "y" + "x" * (size - at - 1) for at in range(size)]
        assert differ(pa.array(texts))
        assert differ(pa.array(["-", *texts])[1:])
        for again in range(len(texts)):
            assert not differ(pa.array([*texts, texts[again]]))
    for texts in (["a", "bb"], ["-", "--"], ["ab", "a"]):  # of several lengths
        assert differ(pa.array(texts)) and differ(pa.array(["-", *texts])[1:])
        assert not differ(pa.array([*texts, texts[0]]))
    assert not differ(pa.array([], pa.string()))


def test_narwhals_is_imported_only_for_a_frame() -> None:
    code = (
        "import sys, salesmetrics as sm; sm.read('examples/maven', preset='maven') if 0 else None; "
        "sm.Deals.of({'id': ['a'], 'owner': ['x']}); sm.Deals.of([{'id': 'a'}]); "
        "print([m for m in ('narwhals', 'pandas', 'polars', 'pyarrow', 'duckdb') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "spoken",
    ["__arrow_c_stream__", "__narwhals_dataframe__", "__narwhals_lazyframe__"],
)
def test_whatever_speaks_one_of_the_protocols_is_a_frame(spoken: str) -> None:
    from salesmetrics.reading.frames import _foreign

    frame = type("Frame", (), {spoken: lambda self: None})()
    assert _foreign(frame)
    assert not _foreign(object())
    assert not _foreign([frame])


def test_the_missing_of_pandas_is_missing_among_values_of_any_kind() -> None:
    given = pd.DataFrame(
        {"id": pd.Series([1, "b", 2.0], dtype=object),
         "created_at": ["2025-01-01"] * 3, "outcome": ["open"] * 3,
         "amount": pd.Series([5, pd.NA, Decimal("1.5")], dtype=object)}
    )  # fmt: skip
    deals = sm.Deals.of(given, currency="USD")
    found = sm.open_pipeline(deals, "2025-01")
    assert (found.exact, dict(found.excluded)) == (Decimal("6.5"), {"no amount": 1})


def test_the_missing_of_pandas_is_told_as_missing() -> None:
    """Among values of one kind too, beside which it would be another kind."""
    pd = pytest.importorskip("pandas")
    for missing in (pd.NA, pd.NaT):
        with pytest.raises(DataError) as refused:
            sm.CRM(deals=pd.DataFrame({"id": pd.Series([1, missing, "x"], dtype=object)}))
        (fault,) = refused.value.faults
        assert (fault.row, fault.field, fault.value) == (1, "id", None)


@pytest.mark.parametrize("kind", ["Int128", "UInt128"])
def test_whole_numbers_of_128_bits_are_those_of_64(kind: str) -> None:
    pl = pytest.importorskip("polars")
    wide = getattr(pl, kind, None)
    if wide is None:
        pytest.skip(f"this polars has no {kind}")
    frame = pl.DataFrame({
        "id": pl.Series([2**70, 2, 3], dtype=wide), "amount": pl.Series([5, None, 7], dtype=wide),
        "created_at": ["2025-01-01"] * 3,
    })  # fmt: skip
    deals = sm.CRM(deals=frame, currency="EUR", tz="UTC", all_open=True).deals
    assert deals.ids() == [str(2**70), "2", "3"]
    assert deals.numbers("amount").values.tolist() == [500, 0, 700]
    assert sm.CRM(deals=deals).as_of("2025-02-01").kpi("open_pipeline", "2025-01").excluded == {
        "no amount": 1
    }
