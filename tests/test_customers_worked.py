"""Worked tables of recurring revenue, cost, velocity and plans, and what the articles print."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import salesmetrics as sm

TABLES = Path(__file__).parents[1] / "../shared/data/worked_examples.json"
pytestmark = pytest.mark.skipif(not TABLES.exists(), reason="the worked examples are not there")
ALL: list[dict[str, Any]] = json.loads(TABLES.read_text()) if TABLES.exists() else []


def of(*kpis: str, having: str | None = None) -> list[dict[str, Any]]:
    return [t for t in ALL if t["kpi"] in kpis and (having is None or having in t["inputs"])]


def subscription(at: int, who: str, amount: Any, start: str, end: str | None) -> dict[str, Any]:
    return {"id": at, "customer": who, "amount": amount, "interval": "month",
            "started_at": start, "ended_at": end}  # fmt: skip


def moved(inputs: dict[str, Any]) -> sm.Subscriptions:
    """Customers that make these movements in January 2025: one grows, one shrinks, one leaves."""
    opening, gone = int(inputs.get("opening", 0)), int(inputs.get("churn", 0))
    more, less = int(inputs.get("expansion", 0)), int(inputs.get("contraction", 0))
    opening = opening or gone + less + 1
    rows = [
        ("leaves", gone, "2024-01-01", "2025-01-15"),
        ("shrinks", less + 1, "2024-01-01", "2025-01-15"),
        ("shrinks", 1, "2025-01-15", None),
        ("grows", opening - gone - less - 1, "2024-01-01", None),
        ("grows", more, "2025-01-20", None),
        ("joins", int(inputs.get("new", 0)), "2025-01-10", None),
    ]
    listed = [subscription(at, *row) for at, row in enumerate(rows) if row[1]]
    return sm.Subscriptions.of(listed, currency="USD")


@pytest.mark.parametrize("table", of("nrr", "nrr_grr_components", "net_mrr_churn_rate",
                                     "gross_mrr_churn_rate", having="opening"))  # fmt: skip
def test_retention(table: dict[str, Any]) -> None:
    inputs, contracts = table["inputs"], moved(table["inputs"])
    net = sm.net_revenue_retention(contracts, "2025-01").exact
    gross = sm.gross_revenue_retention(contracts, "2025-01").exact
    # Two of the pages print what was lost of the opening instead of what was kept.
    shown = {"gross_mrr_churn_rate": 1 - gross, "net_mrr_churn_rate": 1 - net}.get(
        table["kpi"], net
    )
    assert float(shown) == pytest.approx(table["recomputed"])
    lost = Fraction(int(inputs["churn"] + inputs["contraction"]), int(inputs["opening"]))
    assert gross == 1 - lost


def test_conflict_of_net_retention() -> None:
    """Without a term for contraction the figure reads higher: ours has one."""
    (conflict,) = [t for t in of("nrr") if t["note"].startswith("CONFLICT")]
    assert "no contraction" in conflict["note"]
    inputs = {"opening": 200_000, "churn": 6_000, "contraction": 4_000, "expansion": 20_000}
    without = 1 - Fraction(inputs["churn"] - inputs["expansion"], inputs["opening"])
    ours = sm.net_revenue_retention(moved(inputs), "2025-01").exact
    assert (float(ours), float(without)) == (1.05, 1.07)


@pytest.mark.parametrize("table", of("quick_ratio", having="churn"))
def test_quick_ratio(table: dict[str, Any]) -> None:
    assert sm.quick_ratio(moved(table["inputs"]), "2025-01").value == table["recomputed"]


def test_a_plan_of_a_year() -> None:
    (table,) = of("mrr_normalisation")
    row = subscription(1, "a", 2000, "2025-01-05", None) | {"interval": "year"}
    mrr = sm.mrr(sm.Subscriptions.of([row], currency="USD"), "2025-01")
    assert mrr.value == table["published_value"]


def test_intervals_come_to_a_year() -> None:
    """A week is 52 of a year, not 48; a day 365.25."""
    rows = [
        subscription(at, "a", 100, "2025-01-05", None) | {"interval": interval}
        for at, interval in enumerate(("day", "week", "month", "quarter", "year"))
    ]
    arr = sm.arr(sm.Subscriptions.of(rows, currency="USD"), "2025-01")
    assert arr.value == 36_525 + 5_200 + 1_200 + 400 + 100


def costing(spend: int, day: str = "2025-01-10") -> sm.Costs:
    return sm.Costs.of([{"category": "sales", "amount": spend, "spent_at": day}], currency="USD")


def test_acquisition_cost() -> None:
    (table,) = of("cac")
    customers = sm.Customers.of(
        {"id": list(range(100)), "started_at": ["2025-01-20"] * table["inputs"]["new_customers"]}
    )
    cost = sm.customer_acquisition_cost(costing(table["inputs"]["spend"]), customers, "2025-01")
    assert cost.value == table["published_value"]


def test_magic_number() -> None:
    quarterly, monthly = of("magic_number")
    inputs = quarterly["inputs"]
    rows = [
        subscription(1, "a", 0, "2024-01-01", None) | {"amount": inputs["prev_q"] // 1},
        subscription(2, "b", inputs["cur_q"] - inputs["prev_q"], "2025-02-01", None),
    ]
    contracts = sm.Subscriptions.of([row | {"interval": "quarter"} for row in rows], currency="USD")
    spent = costing(inputs["prev_sm"], "2024-11-30")
    assert sm.sales_efficiency(spent, contracts, "2025-Q1").value == 1.0
    inputs = monthly["inputs"]
    grown = sm.Subscriptions.of(
        [subscription(1, "a", inputs["net_new_mrr"], "2025-02-01", None)], currency="USD"
    )
    ratio = sm.sales_efficiency(costing(inputs["prev_sm"], "2024-11-30"), grown, "2025-Q1")
    assert ratio.numerator == monthly["published_value"]
    assert ratio.value == 0.9


def test_a_life_of_forty_months_and_what_it_is_worth() -> None:
    (life,), (ratio,) = of("customer_lifetime"), of("ltv_cac")
    leaving = [
        subscription(at, f"c{at}", 200, "2024-01-01", "2025-06-15" if at < 6 else None)
        for at in range(40)
    ]
    # Six of 40 leave in June, 0 in the five months before: 6 / 240 = 0.025 a month.
    contracts = sm.Subscriptions.of(leaving, currency="USD")
    value = sm.simple_lifetime_value(contracts, None, "2025-06", margin=1, active_for_days=None)
    assert value.parts["monthly churn"] == life["inputs"]["monthly_churn"]
    assert value.value == 200 * life["published_value"]
    stayed = sm.simple_lifetime_value(contracts, None, "2025-03", margin=1, active_for_days=None)
    assert (stayed.value, stayed.reason) == (None, "monthly churn is 0")
    customers = sm.Customers.of([{"id": "new", "started_at": "2025-06-02"}])
    spend = int(value.value / ratio["published_value"])
    twice = sm.ltv_to_cac(
        costing(spend, "2025-06-03"), customers, contracts, None, "2025-06", margin=1,
        active_for_days=None,
    )  # fmt: skip
    assert twice.value == pytest.approx(ratio["published_value"], abs=0.01)


def deal(at: Any, **more: Any) -> dict[str, Any]:
    return {"id": str(at), "created_at": "2024-12-01", **more}


@pytest.mark.parametrize("table", of("pipeline_coverage"))
def test_coverage(table: dict[str, Any]) -> None:
    inputs = table["inputs"]
    target = inputs.get("quota_remaining") or inputs.get("quota") or inputs["target"]
    deals = sm.Deals.of(
        [deal(1, amount=inputs["open_pipeline"], expected_close_at="2025-02-15")],
        currency="USD",
        all_open=True,
    ).as_of("2025-01-31")
    coverage = sm.pipeline_coverage(deals, "2025-Q1", target=target)
    assert coverage.value == pytest.approx(table["recomputed"])
    # The reciprocal of the win rate is what coverage has to be for the target to be reached.
    if "win_rate" in inputs:
        needed = sm.required_pipeline(deals, "2025-Q1", target=target, win_rate=inputs["win_rate"])
        assert needed.value == pytest.approx(target / inputs["win_rate"])


def test_coverage_shows_overdue_apart_and_counts_undated() -> None:
    rows = [
        deal(1, amount=300, expected_close_at="2025-02-15"),
        deal(2, amount=50, expected_close_at="2024-12-20"),
        deal(3, amount=1000),
        deal(4, amount=700, expected_close_at="2025-04-01"),
        deal(5, amount=90, outcome="won", closed_at="2025-01-05"),
    ]
    deals = sm.Deals.of(rows, currency="USD").as_of("2025-01-31")
    coverage = sm.pipeline_coverage(deals, "2025-Q1", target=190)
    assert coverage.exact == Fraction(350, 100)
    assert (coverage.parts["due"], coverage.parts["overdue"]) == (300, 50)
    assert coverage.excluded == {"open without expected_close_at": 1}
    full = sm.pipeline_coverage(deals, "2025-Q1", target=190, against="target")
    assert full.exact == Fraction(350, 190)
    met = sm.pipeline_coverage(deals, "2025-Q1", target=90)
    assert (met.value, met.reason) == (None, "the target is met: nothing remains of it")
    over = sm.pipeline_coverage(deals.as_of("2025-01-31"), "2024-Q4", target=90)
    assert over.value is None and "has ended" in str(over.reason)
    with pytest.raises(sm.SalesMetricsError, match="below 0"):
        sm.pipeline_coverage(deals, "2025-Q1", target=-1)


def test_a_target_for_each_owner() -> None:
    rows = [
        deal(1, amount=300, expected_close_at="2025-02-15", owner="ana"),
        deal(2, amount=80, expected_close_at="2025-02-20", owner="bo"),
    ]
    deals = sm.Deals.of(rows, currency="USD", all_open=True).as_of("2025-01-31")
    coverage = sm.pipeline_coverage(deals, "2025-Q1", by="owner", target={"ana": 100, "cho": 10})
    found = {cell.group[0]: (cell.value, bool(cell.reason)) for cell in coverage}
    # bo has no target; cho has one, and nothing open to reach it with.
    assert found == {"ana": (3.0, False), "bo": (None, True), "cho": (0.0, False)}
    with pytest.raises(sm.ColumnError, match="the close changes it"):
        sm.pipeline_coverage(deals, "2025-Q1", by="stage", target=1)


@pytest.mark.parametrize("table", of("sales_velocity"))
def test_velocity(table: dict[str, Any]) -> None:
    inputs, today = table["inputs"], date(2025, 12, 31)
    closed = [
        deal(f"d{at}", closed_at=today, created_at=today - timedelta(days=inputs["cycle_days"]),
             outcome="won" if at < 24 else "lost", amount=inputs["avg_deal"])
        for at in range(100)
    ]  # fmt: skip
    open_ = [deal(f"o{at}", created_at="2025-12-01") for at in range(inputs["opportunities"])]
    speed = sm.sales_velocity(sm.Deals.of(closed + open_, currency="USD"), "2025")
    assert speed.value == pytest.approx(table["recomputed"])
    assert speed.parts["win rate"] == inputs["win_rate"]


def test_velocity_refuses_what_says_nothing() -> None:
    rows = [deal(1, outcome="won", closed_at="2025-01-20", amount=100)]
    deals = sm.Deals.of(rows, currency="USD")
    with pytest.raises(sm.SalesMetricsError, match="collapses"):
        sm.sales_velocity(deals, "2025-01", count_basis="decided")  # type: ignore[arg-type]
    periods = (sm.period("2025-01"), sm.period("2025-Q1"))
    with pytest.raises(sm.PeriodError, match=r'different lengths .* or count_basis="open"'):
        sm.sales_velocity(deals, periods, count_basis="created")
    months = (sm.period("2025-01"), sm.period("2025-02"))
    assert len(sm.sales_velocity(deals, months, count_basis="created")) == 2
    none = sm.sales_velocity(deals, "2025-03")
    assert none.value is None and none.reason
    at_once = sm.Deals.of([rows[0] | {"created_at": "2025-01-20"}], currency="USD")
    assert sm.sales_velocity(at_once, "2025-01").reason == "mean cycle in days is 0"


def korean(target: int, **given: Any) -> sm.Deals:
    return sm.Deals.of(
        [deal(1, amount=1, expected_close_at="2025-02-01")], currency="KRW", all_open=True
    )


def test_article_0_thirty_four_wins() -> None:
    """50 million won a deal: a target of 1.7 billion asks for 34 wins; a little more for 35."""
    deals = korean(0).as_of("2025-01-31")
    wins = sm.required_wins(deals, "2025-Q1", target=1_700_000_000, deal_size=50_000_000)
    assert (wins.exact, wins.shown) == (34, 34)
    more = sm.required_wins(deals, "2025-Q1", target=1_665_000_000, deal_size=50_000_000)
    assert (more.exact, more.shown) == (Fraction(333, 10), 34)
    # Rounded on the way, 34 wins at 30 % would be 114 deals; unrounded it is 111.
    size: dict[str, Any] = {"target": 1_665_000_000, "deal_size": 50_000_000}
    for three_tenths in (0.3, "0.3", "3/10", Fraction(3, 10), Decimal("0.3")):
        needed = sm.required_deals(deals, "2025-Q1", **size, win_rate=three_tenths)
        assert (needed.exact, needed.shown) == (111, 111)
    thirds = sm.required_deals(deals, "2025-Q1", **size, win_rate="1/3")
    assert (thirds.exact, thirds.shown) == (Fraction(999, 10), 100)
    for nothing in ("3/0", "three/ten", "3/10/2", True, "0/10", "1e999999999", []):
        with pytest.raises(sm.SalesMetricsError, match="win_rate is"):
            sm.required_deals(deals, "2025-Q1", **size, win_rate=nothing)
    assert "34" in repr(more)
    unknown = sm.required_wins(deals, "2025-Q1", target=1_700_000_000)  # no size of a deal is known
    assert (unknown.exact, unknown.shown) == (None, None)


def test_only_what_cannot_be_halved_is_shown_rounded_up() -> None:
    """3 deals x all of them won x 71 each / 10 days: 21.3 a day, and shown so."""
    rows = [
        deal(n, amount=71, created_at="2025-01-10", closed_at="2025-01-20", outcome="won")
        for n in range(3)
    ]
    known = sm.Deals.of(rows, currency="USD")
    velocity = sm.sales_velocity(known, "2025-01", count_basis="created")
    assert (velocity.exact, velocity.shown) == (Fraction(213, 10), 21.3)


def test_velocity_of_deals_created_by_owner() -> None:
    """ana created 2 and won both in 10 days; bo created 1 and won it in 5: 2 x 50 / 10, 60 / 5."""
    rows = [
        deal(
            n, amount=amount, owner=owner, created_at="2025-01-10", closed_at=closed, outcome="won"
        )
        for n, (owner, amount, closed) in enumerate(
            [("ana", 40, "2025-01-20"), ("ana", 60, "2025-01-20"), ("bo", 60, "2025-01-15")]
        )
    ]
    known = sm.Deals.of(rows, currency="USD")
    found = sm.sales_velocity(known, "2025-01", by="owner", count_basis="created")
    assert (found.at(owner="ana").exact, found.at(owner="bo").exact) == (10, 12)


def test_article_1_ten_inquiries() -> None:
    """One contract of 10 million won comes of 10 inquiries."""
    leads = sm.required_leads(
        korean(0).as_of("2025-01-31"), None, "2025-Q1", target=10_000_000, deal_size=10_000_000,
        lead_to_won=0.1,
    )  # fmt: skip
    assert (leads.exact, leads.shown) == (10, 10)


def test_amounts_of_any_size_have_exact_quantiles() -> None:
    sizes = [10**15 + 1, 3, 10**15 + 3, -5, 2**40]
    rows = [deal(at, outcome="won", closed_at="2025-01-20", amount=a) for at, a in enumerate(sizes)]
    size = sm.deal_size(sm.Deals.of(rows, currency="KRW"), "2025-01")
    assert size.exact == 2**40
    assert size.quantile(1) == 10**15 + 3
    assert size.quantile("0.75") == 10**15 + 1
    assert size.mean == float(Fraction(sum(sizes), 5))
    both = size + sm.deal_size(sm.Deals.of([rows[1] | {"id": "x", "amount": 4}], currency="KRW"),
                               "2025-01")  # fmt: skip
    assert both.n == 6
    assert both.exact == Fraction(2**40 + 4, 2)
    assert np.array_equal(both.values(), [[(2**40 + 4) / 2]])


# Bad input ----------------------------------------------------------------------------------------


def test_subscriptions_that_cannot_be() -> None:
    rows = [
        subscription(1, "a", 10, "2025-03-01", "2025-02-01"),
        subscription(2, "a", 10, "2025-03-01", None) | {"renewal_of": "2"},
        subscription(3, "a", 10, "2025-03-01", None) | {"interval": "fortnight"},
        subscription(4, "a", "ten", "2025-03-01", "2025-03-01"),
        subscription(5, "a", 10, "2025-03-01", "2025-03-01"),
    ]
    with pytest.raises(sm.DataError) as wrong:
        sm.Subscriptions.of(rows, currency="USD")
    assert [(fault.row, fault.field) for fault in wrong.value.faults] == [
        (0, "ended_at"), (1, "renewal_of"), (2, "interval"), (3, "amount"),
    ]  # fmt: skip
    kept = sm.Subscriptions.of(rows, currency="USD", on_error="collect")
    assert (len(kept), len(kept.rejected), len(kept.unread)) == (2, 3, 1)  # an amount is missing
    # What ends on the day it starts covers nothing.
    assert sm.active_customers(kept, None, "2025-03", active_for_days=None).value == 0


def test_costs_and_revenues_that_cannot_be() -> None:
    with pytest.raises(sm.MoneyError, match="amount needs a currency"):
        sm.Costs.of([{"amount": 1, "spent_at": "2025-01-01"}])
    with pytest.raises(sm.DataError, match="finer than USD"):
        sm.Revenues.of([{"amount": 1.005, "booked_at": "2025-01-01"}], currency="USD")
    with pytest.raises(sm.NeedsError, match="category"):
        sm.cost_per_lead(
            sm.Costs.of([{"amount": 1, "spent_at": "2025-01-01"}], currency="USD"),
            [{"id": 1, "created_at": "2025-01-01"}],
        )
    assert sm.Revenues.of({"amount": np.array([1.66, 0.29]), "booked_at": ["2025-01-01"] * 2},
                          currency="USD").size == 2  # fmt: skip


def test_what_is_given_is_checked() -> None:
    rows = [subscription(1, "a", 10, "2025-03-01", None)]
    contracts = sm.Subscriptions.of(rows, currency="USD")
    with pytest.raises(sm.NeedsError) as lacking:
        sm.active_customers(None, None, "2025-03", active_for_days=None)
    assert lacking.value.needs == "subscriptions or deals"
    with pytest.raises(sm.SalesMetricsError, match="active_for_days"):
        sm.active_customers(contracts, None, "2025-03", active_for_days=0)
    for margin in (0, 1.5, "half", True):
        with pytest.raises(sm.SalesMetricsError, match="margin"):
            sm.simple_lifetime_value(
                contracts, None, "2025-03", margin=margin, active_for_days=None
            )
    with pytest.raises(sm.SalesMetricsError, match="all time"):
        sm.net_revenue_retention(contracts, sm.ALL_TIME)
    without = [
        sm.Subscriptions.of([{k: v for k, v in rows[0].items() if k != name}], currency="USD")
        for name in ("ended_at", "interval")
    ]
    with pytest.raises(sm.NeedsError) as lacking:
        sm.mrr(without[1], "2025-03")
    assert lacking.value.needs == "subscriptions.interval"
    with pytest.raises(sm.NeedsError, match="ended_at"):
        sm.net_revenue_retention(without[0], "2025-03")


def test_currencies_and_unknown_amounts() -> None:
    rates = sm.ExchangeRates(to="USD", rates={"EUR": {"2025-01-01": "1.1"}})
    rows = [
        subscription(1, "a", 100, "2025-01-01", None) | {"currency": "EUR"},
        subscription(2, "b", 100, "2025-01-01", None) | {"currency": "KRW"},
        subscription(3, "c", None, "2025-01-01", None) | {"currency": "USD"},
        subscription(4, "d", 50, "2025-01-01", "2025-02-10") | {"currency": "USD"},
    ]
    contracts = sm.Subscriptions.of(rows, currency="USD", rates=rates)
    mrr = sm.mrr(contracts, "2025-01")
    assert mrr.value == 160.0
    assert mrr.excluded == {"no amount or interval": 1, "no exchange rate": 1}
    kept = sm.net_revenue_retention(contracts, "2025-02")
    assert kept.exact == Fraction(110, 160)
    assert kept.excluded == {"no amount or interval": 1, "no exchange rate": 1}


def test_a_customer_that_came_back_and_one_that_was_never_gone() -> None:
    rows = [
        subscription(1, "back", 10, "2024-01-01", "2024-06-01"),
        subscription(2, "back", 15, "2025-01-10", None),
        subscription(3, "stays", 10, "2024-01-01", "2025-01-10"),
        subscription(4, "stays", 10, "2025-01-20", None),
        subscription(5, "tries", 99, "2025-01-05", "2025-01-25"),
        subscription(6, "new", 7, "2025-01-05", None),
    ]
    contracts = sm.Subscriptions.of(rows, currency="USD")
    moved = sm.mrr_movements(contracts, "2025-01")
    assert [moved.parts[name] for name in ("opening", "new", "reactivation", "churn")] == [
        10,
        7,
        15,
        0,
    ]
    assert (moved.parts["transient"], moved.value) == (1, 22.0)
    churn = sm.customer_churn_rate(contracts, None, "2025-01", active_for_days=None)
    assert (churn.numerator, churn.denominator) == (0, 1)


def test_cost_by_channel_keeps_what_is_not_allocated() -> None:
    crm = sm.CRM(
        leads=[
            {"id": 1, "created_at": "2025-01-02", "customer": "a", "channel": "fair"},
            {"id": 2, "created_at": "2025-01-03", "customer": "b", "channel": "web"},
        ],
        deals=[
            deal(1, customer="a", outcome="won", closed_at="2025-01-20", amount=1, lead="1"),
            deal(2, customer="b", outcome="won", closed_at="2025-01-30", amount=1, lead="2"),
        ],
        costs=[
            {"category": "marketing", "amount": 500, "channel": "fair", "spent_at": "2025-01-02"},
            {"category": "sales", "amount": 300, "spent_at": "2025-01-02"},
        ],
        currency="USD",
    )
    cost = sm.customer_acquisition_cost(crm.costs, crm.customers, "2025-01", by="channel")
    found = {cell.group[0]: (cell.numerator, cell.denominator, cell.value) for cell in cost}
    assert found == {"fair": (500.0, 1, 500.0), "web": (0.0, 1, 0.0), None: (300.0, 0, None)}
    wins = sm.cost_per_win(crm.costs, crm.deals, "2025-01", by="channel")
    assert wins.at(channel="fair").value == 500.0
    snap = sm.snapshot(crm, "2025-01", by="channel")
    assert snap.figure("customer_acquisition_cost").groups is not None
    snap.to_csv()
    snap.to_json()


def test_recurring_revenue_of_deals_alone_says_what_it_needs() -> None:
    won = {"created_at": "2025-01-01", "outcome": "won", "closed_at": "2025-01-10", "amount": 100}
    deals = sm.Deals.of([{"id": 1, "customer": "a", **won}], currency="KRW")
    with pytest.raises(sm.NeedsError, match=r'told by subscriptions; revenue="booked" takes'):
        sm.revenue_per_account(None, deals, "2025-01", active_for_days=90)
    each = sm.revenue_per_account(None, deals, "2025-01", active_for_days=90, revenue="booked")
    assert each.value == 100


@pytest.mark.parametrize(
    "words",
    [("sales", "marketing", "cost of sales"), ("Sales", "MARKETING", "Cost_of_Sales"),
     ("영업비", "마케팅", "매출 원가")],
)  # fmt: skip
def test_costs_are_of_a_category_however_it_is_written(words: tuple[str, str, str]) -> None:
    """100 and 50 won one customer of 1,000, whose goods cost 400; the rent of 7 is neither."""
    won = {"created_at": "2025-01-01", "outcome": "won", "closed_at": "2025-01-10", "amount": 1000}
    amounts = zip((*words, "rent", None), (100, 50, 400, 7, 9), strict=True)
    costs = [{"category": word, "amount": n, "spent_at": "2025-01-05"} for word, n in amounts]
    crm = sm.CRM(deals=[{"id": 1, "customer": "a", **won}], costs=costs, currency="KRW")
    assert crm.kpi("customer_acquisition_cost", "2025-01").value == 150
    assert crm.kpi("sales_profit_margin", "2025-01", level="gross").value == 0.6
    assert crm.kpi("sales_profit_margin", "2025-01", level="contribution").value == 0.45
    assert crm.kpi("cost_per_win", "2025-01", category="marketing").value == 50
    told = crm.kpi("cost_per_win", "2025-01").excluded  # what the 9 are for, nobody says
    assert told == {"no category": 1}


@pytest.mark.parametrize("category", ["ads", None])
def test_costs_of_categories_that_nobody_knows_are_no_cost_of_0(category: str | None) -> None:
    won = {"created_at": "2025-01-01", "outcome": "won", "closed_at": "2025-01-10", "amount": 1000}
    cost = {"category": category, "amount": 7, "spent_at": "2025-01-05"}
    crm = sm.CRM(deals=[{"id": 1, "customer": "a", **won}], costs=[cost], currency="KRW")
    for kpi in ("customer_acquisition_cost", "cost_per_win"):
        with pytest.raises(sm.NeedsError, match=r"no cost has the category 'sales' or 'marketing'"):
            crm.kpi(kpi, "2025-01")
    assert crm.kpi("sales_profit_margin", "2025-01").value == 0.993  # all costs, whatever for
    asked = ["customer_acquisition_cost", "gross_margin"]
    needs = {need.name: need.needs for need in sm.snapshot(crm, "2025-01", kpis=asked).needs}
    assert needs["customer_acquisition_cost"] == "costs of the category sales or marketing"
    assert needs["gross_margin"].said("ko") == "cost of sales 항목의 비용"


def test_a_margin_without_the_cost_of_what_was_sold_is_undefined() -> None:
    """1,000 won, 100 spent on selling: what the goods cost, nobody recorded."""
    won = {"created_at": "2025-01-01", "outcome": "won", "closed_at": "2025-01-10", "amount": 1000}
    crm = sm.CRM(
        deals=[{"id": 1, "customer": "a", **won}], currency="KRW",
        costs=[{"category": "sales", "amount": 100, "spent_at": "2025-01-05"}],
    )  # fmt: skip
    for level in ("gross", "contribution"):
        with pytest.raises(sm.NeedsError, match="no cost has the category 'cost of sales'"):
            crm.kpi("sales_profit_margin", "2025-01", level=level)
    with pytest.raises(sm.NeedsError, match="the categories are sales: say in a mapping"):
        crm.kpi("cost_per_win", "2025-01", category="marketing")
    assert crm.kpi("customer_acquisition_cost", "2025-01").value == 100
    assert crm.kpi("customer_acquisition_cost", "2025-02").value is None  # nobody was won


def test_a_category_that_only_later_costs_have_is_not_known_before() -> None:
    won = {"created_at": "2025-01-01", "outcome": "won", "closed_at": "2025-01-10", "amount": 1000}
    costs = [
        {"category": "sales", "amount": 100, "spent_at": "2025-01-05"},
        {"category": "cost of sales", "amount": 400, "spent_at": "2025-03-05"},
    ]
    crm = sm.CRM(deals=[{"id": 1, "customer": "a", **won}], costs=costs, currency="KRW")
    assert crm.kpi("sales_profit_margin", "2025-Q1", level="gross").value == 0.6
    with pytest.raises(sm.NeedsError, match="the categories are sales: say in a mapping"):
        crm.as_of("2025-01-08").kpi("sales_profit_margin", "2025-01", level="gross")
    assert crm.filter(costs={"category": "sales"}).kpi("cost_per_win", "2025-Q1").value == 100
