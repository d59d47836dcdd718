"""Findings at their edges, and shares of targets, by hand: where each is told and what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.insight.targets import Attainment, _together

OPEN = {"created_at": "2025-01-01", "outcome": "open", "amount": 1}


def quality(deals: list[dict[str, Any]], **tables: Any) -> Any:
    rows = [{"id": at, **deal} for at, deal in enumerate(deals)]
    return sm.quality(sm.CRM(deals=rows, currency="USD", **tables), kpis=["open_deals"])


def test_a_table_without_rows_is_told_of_the_day_it_begins_with_or_of_its_id() -> None:
    report = quality([OPEN], leads=[], stages=[])
    assert {(one.table, one.field) for one in report.of("no_rows")} == {
        ("leads", "created_at"), ("stages", "id"),
    }  # fmt: skip


@pytest.mark.parametrize(("orders", "told"), [((1, None), [("b",)]), ((1, 2), []), (None, [])])
def test_an_open_stage_without_a_place_is_told_where_others_have_one(
    orders: tuple[int | None, ...] | None, told: list[Any]
) -> None:
    stages = [{"id": name, "type": "open"} for name in "ab"]
    if orders is not None:
        stages = [{**one, "order": at} for one, at in zip(stages, orders, strict=True)]
    report = quality([{**OPEN, "stage": "a"}], stages=stages)
    assert [one.examples for one in report.of("stage_without_place")] == told


def test_stocks_of_what_is_undated_stand_on_the_day_that_is_known() -> None:
    crm = sm.CRM(deals=[{"id": 1}], currency="USD", all_open=True).as_of("2025-01-31")
    report = sm.quality(crm, kpis=["open_deals"])
    assert report.stock_period is not None
    assert report.stock_period.start == date(2025, 1, 31)


def test_what_can_be_planned_says_when_it_began_where_nothing_else_does() -> None:
    running = {"customer": "c", "amount": 3, "interval": "month"}
    contracts = [{"id": "s", "started_at": "2024-03-01", **running},
                 {"id": "t", "started_at": "2024-06-01", **running}]  # fmt: skip
    deals = [{"id": 1, "created_at": None, "outcome": "open"}]
    crm = sm.CRM(deals=deals, subscriptions=contracts, currency="USD")
    report = sm.quality(crm, kpis=["open_deals"])
    assert report.stock_period is not None
    assert report.stock_period.start == date(2024, 3, 1)


def test_plans_are_far_ahead_from_a_day_beyond_ten_years_on() -> None:
    last = date(2025, 1, 1) + timedelta(days=3653)
    deals = [{**OPEN, "expected_close_at": last + timedelta(days=away)} for away in (-1, 0, 1)]
    (found,) = quality([*deals, {**OPEN, "expected_close_at": None}]).of("planned_far_ahead")
    assert found.examples == ("2",)
    assert quality(deals[:2]).of("planned_far_ahead") == ()


def test_a_missing_field_says_of_which_rows() -> None:
    won = {"created_at": "2025-01-01", "closed_at": "2025-01-05", "outcome": "won"}
    report = quality([{**won, "amount": None, "owner": None}, {**won, "amount": 5, "owner": "ana"}])
    told = {one.field: (one.facts["of"], one.rows) for one in report.of("missing_field")}
    assert told["amount"] == ("won", 1)
    assert told["owner"] == ("", 1)


def test_amounts_without_a_rate_are_not_those_without_a_currency() -> None:
    rates = sm.ExchangeRates(to="USD", rates={"EUR": {"2025-01-01": 1.1}})
    deals = [{**OPEN, "id": at, "currency": c} for at, c in enumerate(("USD", "EUR", "JPY", None))]
    report = sm.quality(sm.CRM(deals=deals, currency="USD", rates=rates), kpis=["open_deals"])
    told = {one.kind: (one.examples, one.facts.get("names")) for one in report.findings}
    assert told["no_rate"] == (("2",), "JPY")
    assert told["no_currency"][0] == ("3",)


def test_lines_are_held_against_deals_where_both_are_told() -> None:
    lines = [{"id": "x", "deal": "0", "amount": 4}, {"id": "y", "deal": "0", "amount": 5}]
    assert [
        one.rows for one in quality([{**OPEN, "amount": 8}], deal_lines=lines).of("lines_off")
    ] == [1]
    assert quality([{**OPEN, "amount": 9}], deal_lines=lines).of("lines_off") == ()
    for lacking in ("deal", "amount"):
        some = [{name: each for name, each in line.items() if name != lacking} for line in lines]
        assert quality([{**OPEN, "amount": 8}], deal_lines=some).of("lines_off") == ()
    assert quality([OPEN]).of("lines_off") == ()


REACHED = Attainment(
    "bookings", (("owner", "ana"),), sm.period("2025-01"), Decimal(8), "higher",
    actual=Fraction(6), attainment=Fraction(3, 4), met=False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("other", "together"),
    [
        ({}, Fraction(12, 16)), ({"actual": Fraction(10)}, Fraction(16, 16)),
        ({"actual": None}, Fraction(6, 16)),
        ({"target": Decimal(0)}, Fraction(12, 8)),
        ({"better": "lower"}, None), ({"kpi": "win_rate"}, None), ({"statistic": "p90"}, None),
        ({"target": None}, None),
    ],
)  # fmt: skip
def test_what_owners_reached_together_is_of_what_adds_up(
    other: dict[str, Any], together: Fraction | None
) -> None:
    another = replace(REACHED, **other)
    assert _together([REACHED, another]) == _together([another, REACHED]) == together
    nothing = replace(REACHED, target=Decimal(0))
    assert _together([nothing, nothing]) is None
