"""Worked tables as their sources print them: records made to the inputs give the result.

A builder makes the records of one kind of table from its inputs and asks the KPI; it is
registered under the name the table has in the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from test_customers_worked import costing, moved, subscription

import salesmetrics as sm

FILE = Path(__file__).parents[2] / "shared" / "data" / "worked_examples.json"
EXAMPLES: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8")) if FILE.is_file() else []
Inputs = dict[str, Any]
BUILDERS: dict[str, Callable[[Inputs], Fraction | int | None]] = {}
PAGE_OF: dict[str, Callable[[Inputs], Fraction]] = {}


def worked(name: str) -> Callable[[Any], Any]:
    def add(function: Any) -> Any:
        BUILDERS[name] = function
        return function

    return add


def shown(name: str) -> Callable[[Any], Any]:
    """For a page alone: its figure is another than the one the table has (lost instead of kept)."""

    def add(function: Any) -> Any:
        PAGE_OF[name] = function
        return function

    return add


def exact(result: sm.Result) -> Fraction:
    assert result.exact is not None
    return Fraction(result.exact)


def deals(rows: list[dict[str, Any]]) -> sm.Deals:
    begun = {"created_at": "2025-01-01", "outcome": "open"}
    dated = [{"id": at} | begun | row for at, row in enumerate(rows)]
    return sm.Deals.of(dated, currency="USD")


def closed(outcome: str, times: int) -> list[dict[str, Any]]:
    return [{"closed_at": "2025-02-01", "outcome": outcome}] * times


@worked("win_rate")
def _(given: Inputs) -> Fraction:
    table = deals(closed("won", given["won"]) + closed("lost", given["lost"]))
    return exact(sm.win_rate(table, "2025-Q1"))


@worked("weighted_pipeline")
def _(given: Inputs) -> Fraction:
    rows = [{"amount": amount, "probability": share} for amount, share in given["deals"]]
    return exact(sm.weighted_pipeline(deals(rows), "2025-Q1"))


@worked("sales_cycle_length")
def _(given: Inputs) -> Fraction:
    """The sources print the sum of the days, or the mean."""
    lengths = given.get("days") or [given["total_days"] // given["deals"]] * given["deals"]
    begun = sm.period("2025-01-01").start
    rows = [
        {"closed_at": begun.fromordinal(begun.toordinal() + days), "outcome": "won"}
        for days in lengths
    ]
    cycle = sm.sales_cycle(deals(rows), "2025")
    (cell,) = cycle.rows()
    assert cell.numerator is not None
    return Fraction(cell.numerator) if "days" in given else Fraction(cell.numerator) / cell.n


@worked("cac")
def _(given: Inputs) -> Fraction:
    customers = [{"id": n, "started_at": "2025-03-31"} for n in range(given["new_customers"])]
    spent = [{"category": "sales", "amount": given["spend"], "spent_at": "2025-01-01"}]
    costs = sm.Costs.of(spent, currency="USD")
    return exact(sm.customer_acquisition_cost(costs, sm.Customers.of(customers), "2025-Q1"))


def leads(rows: list[dict[str, Any]]) -> sm.Leads:
    return sm.Leads.of(
        [{"id": at, "created_at": "2025-01-01"} | row for at, row in enumerate(rows)]
    )


@worked("lead_velocity_rate")
def _(given: Inputs) -> Fraction:
    now, before = {"mql_at": "2025-02-28"}, {"mql_at": "2025-01-01"}
    table = leads([now] * given["current"] + [before] * given["previous"])
    return exact(sm.lead_velocity_rate(table, "2025-02"))


@worked("lead_conversion_rate")
def _(given: Inputs) -> Fraction:
    won, open_ = {"won_at": "2025-02-01"}, {"won_at": None}
    rows = [won] * given["converted"] + [open_] * (given["leads"] - given["converted"])
    return exact(sm.lead_conversion_rate(leads(rows), "2025-01"))


@worked("funnel_stage_conversion")
def _(given: Inputs) -> Fraction:
    steps = [("mql", "mql"), ("sql", "sql"), ("opps", "opportunity"), ("won", "won")]
    rows = [
        {f"{s}_at": "2025-01-02" if at < given[n] else None for n, s in steps if n in given}
        for at in range(given["leads"])
    ]
    return exact(sm.lead_funnel(leads(rows), "2025-01"))


@worked("funnel_product_of_rates")
def _(given: Inputs) -> Fraction:
    """The rates are of whole leads, so as many are made as all of them divide."""
    size = 10**5
    left, reached = size, []
    for rate in given["rates"]:
        left = round(left * Fraction(str(rate)))
        reached.append(left)
    steps = ("mql_at", "sql_at", "opportunity_at", "won_at")
    columns: dict[str, Any] = {"id": list(range(size)), "created_at": ["2025-01-01"] * size}
    for step, count in zip(steps, reached, strict=True):
        columns[step] = ["2025-01-02"] * count + [None] * (size - count)
    return exact(sm.lead_funnel(sm.Leads.of(columns), "2025-01"))


@shown("sales_velocity")
def _(given: Inputs) -> Fraction:
    """A hundred deals of the year, won as often as the rate says, and the opportunities open."""
    last = sm.period("2025-12-31").start
    begun = last.fromordinal(last.toordinal() - given["cycle_days"])
    won = round(given["win_rate"] * 100)
    ended = {"created_at": begun, "closed_at": last, "amount": given["avg_deal"]}
    rows = [ended | {"outcome": "won" if at < won else "lost"} for at in range(100)]
    return exact(sm.sales_velocity(deals(rows + [{}] * given["opportunities"]), "2025"))


@shown("pipeline_coverage")
def _(given: Inputs) -> Fraction:
    target = given.get("quota_remaining") or given.get("quota") or given["target"]
    due = {"amount": given["open_pipeline"], "expected_close_at": "2025-02-15"}
    return exact(sm.pipeline_coverage(deals([due]).as_of("2025-01-31"), "2025-Q1", target=target))


@shown("mrr")
def _(given: Inputs) -> Fraction:
    assert given["plan"].endswith("yearly, billed $2,000")
    row = subscription(1, "a", 2000, "2025-01-05", None) | {"interval": "year"}
    return exact(sm.mrr(sm.Subscriptions.of([row], currency="USD"), "2025-01"))


@shown("net_revenue_retention")
def _(given: Inputs) -> Fraction:
    return exact(sm.net_revenue_retention(moved(given), "2025-01"))


@shown("gross_revenue_retention")
def _(given: Inputs) -> Fraction:
    return exact(sm.gross_revenue_retention(moved(given), "2025-01"))


@shown("quick_ratio")
def _(given: Inputs) -> Fraction:
    return exact(sm.quick_ratio(moved(given), "2025-01"))


@shown("simple_lifetime_value")
def _(given: Inputs) -> Fraction:
    """Of 40 customers six leave in June, none in the five months before: 6 / 240 a month."""
    ends = ["2025-06-15"] * round(given["monthly_churn"] * 240) + [None] * 34
    rows = [subscription(at, f"c{at}", 200, "2024-01-01", end) for at, end in enumerate(ends)]
    contracts = sm.Subscriptions.of(rows, currency="USD")
    value = sm.simple_lifetime_value(contracts, None, "2025-06", margin=1, active_for_days=None)
    return exact(value) / 200  # in months of what a customer pays


@shown("ltv_to_cac")
def _(given: Inputs) -> Fraction:
    """The cost is what makes the printed ratio of the value that these customers have."""
    ends = ["2025-06-15", *[None] * 5]
    rows = [subscription(at, f"c{at}", given["ltv"], "2024-01-01", e) for at, e in enumerate(ends)]
    contracts = sm.Subscriptions.of(rows, currency="USD")
    customers = sm.Customers.of([{"id": "new", "started_at": "2025-06-02"}])
    worth = sm.simple_lifetime_value(contracts, None, "2025-06", margin=1, active_for_days=None)
    spent = costing(int(exact(worth) * given["cac"] / given["ltv"]), "2025-06-03")
    return exact(
        sm.ltv_to_cac(spent, customers, contracts, None, "2025-06", margin=1, active_for_days=None)
    )


@shown("sales_efficiency")
def _(given: Inputs) -> Fraction:
    """What recurring revenue of a year grew by in the quarter, over the cost of the one before."""
    quarterly = given.get("cur_q", 0) - given.get("prev_q", 0)
    row = subscription(1, "a", given.get("net_new_mrr") or quarterly, "2025-02-01", None)
    interval = "month" if "net_new_mrr" in given else "quarter"
    grown = sm.Subscriptions.of([row | {"interval": interval}], currency="USD")
    return exact(sm.sales_efficiency(costing(given["prev_sm"], "2024-11-30"), grown, "2025-Q1"))


@pytest.mark.skipif(not EXAMPLES, reason="../shared/data/worked_examples.json is not here")
@pytest.mark.parametrize(
    "example",
    [pytest.param(e, id=f"{e['kpi']}-{at}") for at, e in enumerate(EXAMPLES)],
)
def test_worked_table(example: dict[str, Any]) -> None:
    if example["kpi"] not in BUILDERS:
        pytest.skip(f"no builder yet for {example['kpi']}")
    found = BUILDERS[example["kpi"]](example["inputs"])
    recomputed = example["recomputed"]
    # Sources round, so the figure recomputed from their inputs counts, to its six decimals.
    assert found is not None
    assert abs(float(found) - recomputed) <= 5e-7 * max(1.0, abs(recomputed))


@pytest.mark.skipif(not EXAMPLES, reason="../shared/data/worked_examples.json is not here")
def test_every_builder_has_a_table() -> None:
    assert set(BUILDERS) <= {example["kpi"] for example in EXAMPLES}


PAGES = Path(__file__).parents[1] / "docs" / "worked.json"
SHOWN: list[dict[str, Any]] = json.loads(PAGES.read_text("utf-8"))
NAMES = {"sales_cycle": "sales_cycle_length", "customer_acquisition_cost": "cac"}


@pytest.mark.parametrize(
    "example", [pytest.param(e, id=f"{e['kpi']}-{at}") for at, e in enumerate(SHOWN)]
)
def test_what_the_pages_show_is_computed_again(example: dict[str, Any]) -> None:
    given, name = example["inputs"], example["kpi"]
    table = example.get("table", NAMES.get(name, name))
    found = (PAGE_OF[name] if name in PAGE_OF else BUILDERS[table])(given)
    assert found is not None
    if "days" in given:  # the source prints the sum, the page the mean
        found = Fraction(found) / len(given["days"])
    digits = re.sub(r"[^0-9.]", "", example["here"])
    places = len(digits.partition(".")[2])
    assert Fraction(digits) == round(found * (100 if example["here"].endswith("%") else 1), places)


def test_what_is_needed_shows_what_it_is_made_of() -> None:
    """1,000 asked, 100 won: 900 left, of 100 a win: 9 wins, of every other deal: 18 deals."""
    deals = sm.Deals.of(
        [
            {"id": "a", "created_at": "2025-01-05", "closed_at": "2025-02-10", "outcome": "won",
             "amount": 100},
            {"id": "b", "created_at": "2025-01-05", "closed_at": "2025-02-12", "outcome": "lost",
             "amount": 50},
            {"id": "c", "created_at": "2025-01-05", "outcome": "open", "amount": 50},
        ],
        currency="EUR", tz="UTC",
    ).as_of("2025-02-28")  # fmt: skip
    target: dict[str, float] = {"remaining": 900.0, "target": 1000.0, "won": 100.0}
    for kpi, value, of in (
        (sm.required_wins, 9.0, {"deal size": 100.0}),
        (sm.required_deals, 18.0, {"deal size": 100.0, "win rate": 0.5}),
        (sm.required_pipeline, 1350.0, {"win rate by amount": 100 / 150}),
    ):
        cell = kpi(deals, "2025-Q1", target=1000, history="2025-02").cell(0, 0)  # type: ignore[operator]
        assert (cell.value, dict(cell.parts)) == (value, target | of)
