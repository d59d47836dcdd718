"""At the edges of use: results that travel, no rows at all, words that do not exist."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics import examples
from salesmetrics.cli import main

MAVEN = Path(__file__).parents[1] / "examples" / "maven"
Q1 = sm.period("2025-Q1")
RESULTS: dict[str, Callable[[], Any]] = {
    "total with rows left out": lambda: sm.open_pipeline(examples.deals, Q1, by="owner"),
    "total of all": lambda: sm.bookings(examples.deals, Q1),
    "ratio": lambda: sm.win_rate(examples.deals, Q1, by="owner"),
    "distribution": lambda: sm.sales_cycle(examples.deals, Q1),
}


@pytest.mark.parametrize("travel", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy])
@pytest.mark.parametrize("make", RESULTS.values(), ids=RESULTS)
def test_results_travel(make: Callable[[], Any], travel: Callable[[Any], Any]) -> None:
    result = make()
    assert travel(result) == result
    assert travel(result).rows() == result.rows()


@pytest.mark.parametrize("travel", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy])
def test_snapshots_and_companies_travel(travel: Callable[[Any], Any]) -> None:
    crm = sm.CRM(deals=examples.deal_rows, stages=examples.stages, currency="EUR")
    taken = sm.snapshot(crm, Q1, by="owner")
    assert travel(taken).to_json() == taken.to_json()
    assert sm.snapshot(travel(crm), Q1, by="owner").to_json() == taken.to_json()


def test_errors_travel() -> None:
    with pytest.raises(sm.DataError) as wrong:
        sm.Deals.of([{"id": 1, "amount": "x"}], currency="EUR")
    again = pickle.loads(pickle.dumps(wrong.value))
    assert (str(again), again.faults) == (str(wrong.value), wrong.value.faults)
    with pytest.raises(sm.NeedsError) as needed:
        sm.CRM().deals
    again = pickle.loads(pickle.dumps(needed.value))
    assert (str(again), again.needs) == (str(needed.value), "deals")


def test_no_rows_need_no_currency() -> None:
    assert sm.open_deals([], Q1).value == 0
    assert sm.bookings([], Q1).value == 0
    rate = sm.win_rate([], Q1)
    assert (rate.value, rate.reason) == (None, "no decided deals in the period")
    assert sm.sales_cycle([], Q1).value is None
    assert sm.average_deal_size([], Q1).value is None
    taken = sm.snapshot(sm.CRM(deals=[]), Q1)
    assert taken["won_deals"].value == 0
    assert "bookings" in repr(taken)
    with pytest.raises(sm.SalesMetricsError, match="needs a currency"):
        sm.Deals.of([{"id": 1, "amount": 1}])


@pytest.mark.parametrize(
    "wrong",
    [
        ("--as-of", "2017-13-01"),
        ("--tz", "Asia/Soul"),
        ("--encoding", "utf-88"),
        ("--delimiter", ";;"),
        ("--delimiter", '"'),
    ],
)
def test_a_wrong_option_is_an_error_of_use(
    wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["snapshot", str(MAVEN), "--preset", "maven", "--period", "2017", *wrong]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert wrong[1] in told.replace("'\"'", '"')


@pytest.mark.parametrize("more", [10, 20_000])
def test_a_quote_that_is_not_closed_is_named_where_it_opens(tmp_path: Path, more: int) -> None:
    rows = ["id,owner", "1,ana", '2,"bo', *(f"{at},cy and so on" for at in range(3, more))]
    (tmp_path / "deals.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(sm.SalesMetricsError, match=r"deals.csv: a quote opened in line 3"):
        sm.read(tmp_path)


WON = {"created_at": "2025-01-01", "closed_at": "2025-01-05", "outcome": "won"}


def test_an_amount_that_is_not_known_is_no_deal_of_0() -> None:
    rows = [{"id": 1, **WON, "amount": 100}, {"id": 2, **WON, "amount": None}]
    size = sm.average_deal_size(sm.Deals.of(rows, currency="USD"), "2025-01")
    assert (size.value, size.n, size.excluded) == (100.0, 1, {"no amount": 1})


def test_a_field_is_filled_whether_or_not_it_can_be_converted() -> None:
    rows = [
        {"id": 1, **WON, "amount": 100, "currency": "EUR"},
        {"id": 2, **WON, "amount": None, "currency": "USD"},
    ]
    rates = sm.ExchangeRates(to="USD", rates={"EUR": {"2025-06-01": "1.1"}})
    deals = sm.Deals.of(rows, rates=rates)
    assert sm.bookings(deals, "2025-01").value is None  # no rate by then, and no amount
    assert sm.data_completeness(deals, "2025-01", required=["amount"]).value == 0.5
