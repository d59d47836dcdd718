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

import salesmetrics as sm

FILE = Path(__file__).parents[2] / "shared" / "data" / "worked_examples.json"
EXAMPLES: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8")) if FILE.is_file() else []
Inputs = dict[str, Any]
BUILDERS: dict[str, Callable[[Inputs], Fraction | int | None]] = {}


def worked(name: str) -> Callable[[Any], Any]:
    def add(function: Any) -> Any:
        BUILDERS[name] = function
        return function

    return add


def exact(result: sm.Result) -> Fraction:
    assert result.exact is not None
    return Fraction(result.exact)


def deals(rows: list[dict[str, Any]]) -> sm.Deals:
    dated = [{"id": at, "created_at": "2025-01-01"} | row for at, row in enumerate(rows)]
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
    given = example["inputs"]
    found = BUILDERS[NAMES.get(example["kpi"], example["kpi"])](given)
    assert found is not None
    if "days" in given:  # the source prints the sum, the page the mean
        found = Fraction(found) / len(given["days"])
    assert found == Fraction(str(example["value"]))
    digits = re.sub(r"[^0-9.]", "", example["here"])
    assert Fraction(digits) == found * (100 if example["here"].endswith("%") else 1)
