"""What is wrong with rows is said row by row; what is right is never guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

import salesmetrics as sm

Row = dict[str, Any]
WON: Row = {
    "id": "1", "owner": "ana", "created_at": "2025-01-05", "closed_at": "2025-02-01",
    "outcome": "won", "amount": 100,
}  # fmt: skip
NAN, INF = float("nan"), float("inf")


def deals(*rows: Row, **context: Any) -> sm.Deals:
    return sm.Deals.of(list(rows), **{"currency": "USD", **context})


def fault(*rows: Row, **context: Any) -> tuple[str, str]:
    """The field and the reason of the only fault."""
    with pytest.raises(sm.DataError) as wrong:
        deals(*rows, **context)
    (one,) = wrong.value.faults
    assert f"row {one.row}" in str(wrong.value)
    assert one.field in str(wrong.value)
    assert one.reason in str(wrong.value)
    return one.field, one.reason


@pytest.mark.parametrize("missing", [None, NAN, "", "  ", np.nan, pd.NA, pd.NaT, Decimal("NaN")])
def test_missing_is_missing_and_never_zero(missing: Any) -> None:
    table = deals(WON | {"amount": missing}, WON | {"id": "2", "owner": missing})
    assert sm.won_deals(table).value == 2
    booked = sm.bookings(table)
    assert (booked.value, booked.n, booked.excluded) == (100.0, 1, {"no amount": 1})
    assert [cell.group[0] for cell in sm.won_deals(table, by="owner")] == ["ana", None]
    assert sm.bookings(deals(WON | {"amount": missing})).value is None


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("amount", INF, "finite"),
        ("amount", -INF, "finite"),
        ("amount", "Infinity", "finite"),
        ("amount", "12,50", "plain number"),
        ("amount", "1_000", "plain number"),
        ("amount", "$5", "plain number"),
        ("amount", True, "a number is expected, not bool"),
        ("amount", 10**19, "too large"),
        ("amount", -(10**19), "too large"),
        ("amount", 1e300, "too large"),
        ("amount", Decimal("1e400"), "too large"),
        ("amount", "0.001", "finer than USD"),
        ("amount", 0.001, "finer than USD"),
        ("amount", "1.00000000000000000000000000000001", "finer than USD"),
        ("amount", [5], "a number is expected, not list"),
        ("closed_at", "2025-02-30", "not a date that exists"),
        ("closed_at", "02/01/2025", "not a date in the form"),
        ("closed_at", "20250201", "not a date in the form"),
        ("closed_at", "1969-12-31", "outside 1970-01-01"),
        ("closed_at", "2149-06-06", "outside 1970-01-01"),
        ("closed_at", 20250201, "a date or time is expected, not int"),
        ("outcome", "Won", "not one of open, won, lost, disqualified"),
        ("outcome", "open", "the deal is open but has a close date"),
        ("outcome", None, "neither its outcome nor its stage's type says how"),
        ("probability", 40, "divide by 100"),
        ("probability", 1.01, "between 0 and 1"),
        ("probability", -0.1, "between 0 and 1"),
        ("term_months", 1.5, "whole number"),
        ("id", None, "an id is needed"),
        ("id", "", "an id is needed"),
        ("id", 1.5, "not a number with decimals"),
        ("owner", True, "not true or false"),
        ("owner", 2.5, "not a number with decimals"),
        ("currency", "usd", "unknown currency"),
    ],
)
def test_a_faulty_cell_is_named(field: str, value: Any, says: str) -> None:
    named, reason = fault(WON | {field: value})
    assert says in reason
    assert named == ("closed_at" if says.startswith("the deal is open") else field)


@pytest.mark.parametrize("field", ["amount", "probability", "closed_at", "outcome", "id"])
@pytest.mark.parametrize("value", [INF, "nonsense", 10**19, b"x", object()])
def test_collect_keeps_the_rest(field: str, value: Any) -> None:
    rows = [WON, WON | {"id": "2", field: value}, WON | {"id": "3"}]
    table = deals(*rows, on_error="collect")
    rejected, unread = ({one.row for one in faults} for faults in (table.rejected, table.unread))
    assert rejected | unread <= {1}
    assert not (rejected and unread)
    assert bool(unread) <= (field in ("amount", "probability", "closed_at"))
    assert len(table) + len(rejected) == table.rows_given == 3
    assert sm.won_deals(table).value == len(table)
    assert sm.bookings(table).n == len(table) - (bool(unread) and field == "amount")


def test_close_before_creation_is_kept_and_counted() -> None:
    table = deals(WON | {"created_at": "2025-02-02"}, WON | {"id": "2"})
    assert sm.won_deals(table).value == 2
    cycle = sm.sales_cycle(table)
    assert (cycle.n, cycle.excluded) == (1, {"closed_at before created_at": 1})


def test_double_ids() -> None:
    field, reason = fault(WON, WON)
    assert (field, reason) == ("id", "this id occurs already in row 0")
    assert "this id occurs already in row 0" in fault_of_arrays({"id": np.array([7, 7])})


def fault_of_arrays(columns: dict[str, Any]) -> str:
    with pytest.raises(sm.DataError) as wrong:
        sm.Deals.of(columns)
    return str(wrong.value)


def test_stages_that_do_not_exist_or_disagree() -> None:
    stages = [
        {"id": "a", "type": "open"}, {"id": "z", "type": "won"}, {"id": "x", "type": "lost"},
    ]  # fmt: skip
    assert "no such stage" in fault(WON | {"stage": "b"}, stages=stages)[1]
    assert "make the two agree" in fault(WON | {"stage": "x"}, stages=stages)[1]
    # Some CRMs leave a won deal at the open stage where it was won.
    assert sm.won_deals(deals(WON | {"stage": "a"}, stages=stages)).value == 1
    assert sm.won_deals(deals(WON | {"stage": "z", "outcome": None}, stages=stages)).value == 1
    with pytest.raises(sm.DataError, match="a stage needs a type"):
        sm.Stages.of([{"id": "a"}])
    with pytest.raises(sm.NeedsError, match="need to say how"):
        sm.Deals.of([{"id": 1, "closed_at": "2025-01-01"}])


class TestCurrencies:
    rates = sm.ExchangeRates(to="USD", rates={"EUR": {"2025-01-01": "1.1", "2025-02-01": "1.25"}})

    def test_mixed_without_rates(self) -> None:
        rows = [WON | {"currency": "USD"}, WON | {"id": "2", "currency": "EUR"}]
        with pytest.raises(sm.MoneyError, match=r"EUR, USD; pass currency="):
            sm.Deals.of(rows)
        booked = sm.bookings(deals(*rows))
        assert (booked.exact, booked.excluded) == (100, {"no exchange rate": 1})

    def test_mixed_with_rates_of_the_close(self) -> None:
        rows = [
            WON | {"currency": "USD", "amount": "0.01"},
            WON | {"id": "2", "currency": "EUR", "amount": "33.33"},
            WON | {"id": "3", "currency": "EUR", "amount": "0.10", "closed_at": "2025-01-31"},
            WON | {"id": "4", "currency": "EUR", "closed_at": "2024-12-31"},
            WON | {"id": "5", "currency": "GBP"},
            WON | {"id": "6", "amount": 7},
        ]
        booked = sm.bookings(sm.Deals.of(rows, rates=self.rates))
        exact = Fraction("0.01") + Fraction("33.33") * Fraction("1.25") + Fraction("0.11")
        # 41.6625 + 0.12: rounded once, half to even.
        assert booked.exact == Decimal(round(exact * 100)) / 100 == Decimal("41.78")
        assert booked.excluded == {"no currency": 1, "no exchange rate": 2}
        assert booked.currency == "USD"

    def test_open_deals_at_the_rate_known(self) -> None:
        rows = [
            {"id": 1, "created_at": "2025-01-02", "amount": 10, "currency": "EUR"},
            WON | {"id": "2"},
        ]
        table = sm.Deals.of(rows, rates=self.rates)
        assert sm.open_pipeline(table, "2025").exact == Decimal("12.5")
        assert sm.open_pipeline(table.as_of("2025-01-20"), "2025-01").exact == Decimal("11")

    def test_no_currency_at_all(self) -> None:
        with pytest.raises(sm.MoneyError, match="needs a currency; pass currency="):
            sm.Deals.of([WON])


class TestTimes:
    def test_naive_times_need_a_zone(self) -> None:
        row = WON | {"closed_at": "2025-02-01T08:00:00"}
        with pytest.raises(sm.ZoneError, match="pass tz="):
            deals(row)
        assert sm.won_deals(deals(row, tz="Asia/Seoul"), "2025-02-01").value == 1

    def test_zones_mixed_in_one_column_are_instants(self) -> None:
        rows = [
            WON | {"closed_at": "2025-01-31T23:30:00-05:00"},  # 1 February 13:30 in Seoul
            WON | {"id": "2", "closed_at": "2025-02-01T00:30:00+09:00"},
            WON | {"id": "3", "closed_at": datetime(2025, 1, 31, 14, 59, 59, tzinfo=UTC)},
        ]
        seoul = deals(*rows, tz="Asia/Seoul")
        assert sm.won_deals(seoul, "2025-01").value == 1
        assert sm.won_deals(seoul, "2025-02").value == 2

    def test_naive_beside_aware_is_a_fault(self) -> None:
        rows = (
            WON | {"closed_at": "2025-02-01T08:00:00"},
            WON | {"id": "2", "closed_at": "2025-02-01T08:00:00Z"},
        )
        assert "without zone" in fault(*rows, tz="UTC")[1]

    def test_a_time_that_the_clock_skips(self) -> None:
        row = WON | {"closed_at": "2025-03-30T02:30:00"}
        assert "skip this time" in fault(row, tz="Europe/Berlin")[1]
        skipped = pd.DataFrame([row]).assign(closed_at=lambda d: pd.to_datetime(d["closed_at"]))
        with pytest.raises(sm.DataError, match="skip this time"):
            sm.Deals.of(skipped, currency="USD", tz="Europe/Berlin")

    def test_as_of_in_another_zone_finishes_the_quarter(self) -> None:
        table = deals(WON | {"closed_at": "2025-02-01T08:00:00"}, tz="Asia/Seoul")
        past = table.as_of("2024-12-31T15:00:00+00:00")  # midnight in Seoul
        assert not sm.won_deals(past, "2024-Q4").rows()[0].unfinished
        just_before = table.as_of("2024-12-31T14:59:59+00:00")
        assert sm.won_deals(just_before, "2024-Q4").rows()[0].unfinished
        with pytest.raises(sm.ZoneError, match="needs the table's time zone"):
            deals(WON).as_of("2024-12-31T15:00:00")

    @pytest.mark.parametrize("at", ["soon", "2025-13-01", None, "", 5])
    def test_an_as_of_that_cannot_be_read(self, at: Any) -> None:
        with pytest.raises(sm.SalesMetricsError, match="as of"):
            deals(WON).as_of(at)


class TestShapes:
    def test_an_empty_table(self) -> None:
        for empty in ([], {"id": [], "closed_at": [], "outcome": []}, pd.DataFrame({"id": []})):
            table = sm.Deals.of(empty, currency="USD")
            assert len(table) == 0
            assert sm.won_deals(table, "2025").value == 0
            assert sm.win_rate(table, "2025").value is None

    @pytest.mark.parametrize(
        ("data", "says"),
        [
            (5, "not int"),
            ("deals.csv", "not str"),
            ([1, 2], "row 0 is a int"),
            ([{"owner": "ana"}], "need a column 'id'"),
            ({"id": [1, 2], "owner": ["a"]}, "unequal length"),
            ({"id": 1}, "a list or an array is expected"),
            ({"id": np.zeros((2, 2))}, "2 dimensions"),
            ({5: [1]}, "column names have to be text"),
            (pd.DataFrame([[1, 2]], columns=["id", "id"]), "occurs more than once"),
            (sm.Costs.of([], currency="USD"), "deals are expected, not Costs"),
        ],
    )
    def test_what_is_no_table(self, data: Any, says: str) -> None:
        with pytest.raises(sm.SalesMetricsError, match=says):
            sm.Deals.of(data)

    @pytest.mark.parametrize("path", [3, None, b"deals.csv"])
    def test_what_is_no_place_to_read_from(self, path: Any) -> None:
        with pytest.raises(sm.SalesMetricsError, match="a mapping of tables such as"):
            sm.read(path)

    def test_a_frame_of_a_library_not_known_is_named(self) -> None:
        frame = type("DataFrame", (), {"__module__": "vaex.dataframe"})()
        with pytest.raises(sm.SalesMetricsError, match=r"not vaex\.dataframe\.DataFrame"):
            sm.Deals.of(frame)
        spark = type("DataFrame", (), {"__module__": "pyspark.sql.dataframe"})()
        with pytest.raises(sm.SalesMetricsError, match=r"its own to_pandas\(\)"):
            sm.Deals.of(spark)

    def test_bytes_are_no_periods(self) -> None:
        with pytest.raises(sm.PeriodError, match="b'2025' is not one or more periods"):
            sm.won_deals(deals(WON), b"2025")  # type: ignore[arg-type]

    def test_a_table_that_is_made_stays_as_it_is(self) -> None:
        table = deals(WON, tz="Asia/Seoul")
        assert sm.Deals.of(table) is table is sm.Deals.of(table, currency="USD", tz="Asia/Seoul")
        for asked, says in (({"tz": "UTC"}, "tz='Asia/Seoul'"), ({"currency": "KRW"}, "'USD'")):
            with pytest.raises(sm.SalesMetricsError, match=f"{says}.*make them anew"):
                sm.CRM(deals=table, **asked)
        with pytest.raises(sm.SalesMetricsError, match="count days in Asia/Seoul, UTC"):
            sm.CRM(deals=table, owners=sm.Owners.of([{"id": "ana"}], tz="UTC"))

    def test_a_group_column_that_is_not_there(self) -> None:
        with pytest.raises(sm.ColumnError, match="owner"):
            sm.won_deals(deals(WON), by="onwer")
        with pytest.raises(sm.ColumnError, match="twice"):
            sm.won_deals(deals(WON), by=("owner", "owner"))
        with pytest.raises(sm.ColumnError, match=r"closed_at\.month"):
            sm.won_deals(deals(WON), by="closed_at")

    def test_columns_of_ones_own_are_groups(self) -> None:
        table = deals(WON | {"Branch": "Seoul"}, WON | {"id": "2", "Branch": None})
        assert [c.group[0] for c in sm.won_deals(table, by="Branch")] == ["Seoul", None]

    def test_a_stock_needs_a_period_that_ends(self) -> None:
        with pytest.raises(TypeError):
            sm.open_deals(deals(WON))  # type: ignore[call-arg]
        with pytest.raises(sm.SalesMetricsError, match="all time has none"):
            sm.open_deals(deals(WON), sm.ALL_TIME)

    def test_a_variant_that_does_not_exist(self) -> None:
        with pytest.raises(sm.SalesMetricsError, match="'count' or 'amount'"):
            sm.win_rate(deals(WON), of="sum")  # type: ignore[arg-type]


CELLS = st.one_of(
    st.none(), st.integers(), st.floats(), st.text(max_size=4), st.booleans(), st.dates(),
    st.datetimes(), st.decimals(), st.sampled_from(["won", "2025-01-01", "1.50", "open", b"x"]),
)  # fmt: skip


@given(
    st.lists(
        st.fixed_dictionaries(
            dict.fromkeys(("id", "owner", "created_at", "closed_at", "outcome"), CELLS)
            | dict.fromkeys(("amount", "probability", "term_months"), CELLS)
        ),
        max_size=5,
    )
)
def test_rows_in_are_rows_used_and_rows_rejected(rows: list[Row]) -> None:
    table = sm.Deals.of(rows, currency="USD", tz="UTC", on_error="collect")
    assert table.rows_given == len(rows)
    assert len(table) + len({one.row for one in table.rejected}) == len(rows)
    assert all(str(one) for one in table.rejected)
    if "outcome" in table.columns:
        sm.win_rate(table, "2025", by="owner").to_records()
    else:
        with pytest.raises(sm.NeedsError, match="nothing says which deals are open"):
            sm.win_rate(table, "2025", by="owner")
    good = [r for at, r in enumerate(rows) if at not in {one.row for one in table.rejected}]
    assert len(sm.Deals.of(good, currency="USD", tz="UTC", on_error="collect")) <= len(good)
