"""Deals won or lost on a day that nobody knows: kept, counted over all time, in no period."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

import salesmetrics as sm

DEALS = [
    {
        "id": 1,
        "created_at": "2025-01-01",
        "closed_at": "2025-02-01",
        "outcome": "won",
        "amount": 10,
    },
    {"id": 2, "created_at": "2025-01-05", "outcome": "won", "amount": 7},
    {"id": 3, "created_at": "2025-01-05", "outcome": "open", "amount": 5},
    {"id": 4, "created_at": "2025-01-05", "outcome": "lost", "amount": 3},
]
NO_DAY = "no closed_at"


@pytest.fixture
def deals() -> sm.Deals:
    return sm.CRM(deals=DEALS, currency="EUR").deals


def test_over_all_time_they_count(deals: sm.Deals) -> None:
    assert (sm.won_deals(deals).value, sm.bookings(deals).value) == (2, 17.0)
    rate = sm.win_rate(deals)
    assert (rate.numerator, rate.denominator) == (2, 3)
    assert dict(rate.assumed) == {"undated: no closed_at": 2}
    cycle = sm.sales_cycle(deals)  # which needs both days
    assert (cycle.value, cycle.n, dict(cycle.excluded)) == (31, 1, {NO_DAY: 1})


def test_of_a_period_they_are_left_out_and_named(deals: sm.Deals) -> None:
    rate = sm.win_rate(deals, "2025-02")
    assert (rate.numerator, rate.denominator, dict(rate.excluded)) == (1, 1, {NO_DAY: 2})
    booked = sm.bookings(deals, "2025-02")
    assert (booked.value, dict(booked.excluded)) == (10.0, {NO_DAY: 1})


def test_they_stand_open_nowhere_and_nobody_knows_how_long(deals: sm.Deals) -> None:
    then = sm.open_deals(deals, "2025-01")  # known until 2025-02-01, by when they were closed
    assert (then.value, dict(then.excluded)) == (2, {NO_DAY: 2})
    now = sm.open_deals(deals, "2025-02")
    assert (now.value, dict(now.excluded)) == (1, {})
    assert sm.open_pipeline(deals, "2025-02").value == 5.0
    listed = sm.open_deals(deals, "2025-01").records()
    assert sorted((row.id, row.reason) for row in listed) == [
        ("1", None), ("2", NO_DAY), ("3", None), ("4", NO_DAY),
    ]  # fmt: skip


def test_cohorts_by_creation_know_them(deals: sm.Deals) -> None:
    rate = sm.close_rate(deals, "2025-01")
    assert (rate.numerator, rate.denominator, rate.undecided) == (2, 4, 1)


def test_earlier_nobody_knows_whether_they_were_open() -> None:
    then = sm.CRM(deals=DEALS, currency="EUR").as_of(date(2025, 1, 20)).deals
    stock = sm.open_deals(then, "2025-01")
    assert (stock.value, dict(stock.excluded)) == (2, {"no outcome": 2})
    rate = sm.close_rate(then, "2025-01")
    assert (rate.numerator, dict(rate.excluded)) == (0, {"no outcome": 2})


def test_the_changes_of_stage_have_the_close_where_they_tell_it() -> None:
    stages = [{"id": "talks", "type": "open", "order": 1}, {"id": "won", "type": "won", "order": 2}]
    crm = sm.CRM(
        deals=[
            {"id": 1, "created_at": "2025-01-01", "outcome": "won", "amount": 10, "stage": "won"},
            {"id": 2, "created_at": "2025-01-05", "outcome": "won", "amount": 7, "stage": "talks"},
        ],
        stages=stages,
        stage_changes=[
            {"deal": 1, "stage": "talks", "changed_at": "2025-01-01"},
            {"deal": 1, "stage": "won", "changed_at": "2025-02-10"},
            {"deal": 2, "stage": "talks", "changed_at": "2025-01-20"},
        ],
        currency="EUR",
    )
    assert sm.bookings(crm.deals, "2025-02").value == 10.0
    stock = sm.open_deals(crm.deals, "2025-01")
    assert (stock.value, dict(stock.excluded)) == (1, {NO_DAY: 1})
    assert sm.open_deals(crm.deals, "2025-02").value == 0
    movement = sm.pipeline_movement(crm.deals, "2025-02", of="count")
    assert movement.value == 0
    estimate = sm.sales_cycle_estimate(crm.deals, "2025-Q1")
    assert dict(estimate.excluded) == {NO_DAY: 1}


def test_a_list_amount_stands_in_for_open_deals_alone() -> None:
    rows = [
        {"id": 1, "outcome": "won", "list_amount": 9},
        {"id": 2, "outcome": "open", "list_amount": 4},
    ]
    table = sm.Deals.of(rows, currency="EUR")
    booked = sm.bookings(table)
    assert (booked.value, booked.reason) == (None, "no amount is known: 1 no amount")


def test_a_deal_merged_into_another_is_removed_dated_or_not() -> None:
    won = {"created_at": "2025-01-01", "closed_at": "2025-02-01", "outcome": "won", "amount": 10}
    open_ = {"created_at": "2025-01-01", "outcome": "open", "amount": 10}
    table = sm.Deals.of(
        [
            {"id": 1, **won},
            {"id": 2, **won, "merged_into": "1"},
            {"id": 3, **open_},
            {"id": 4, **open_, "merged_into": "3", "removed_at": "2025-02-15"},
            {"id": 5, **open_, "merged_into": "3"},
            {"id": 6, "outcome": "open", "amount": 10, "merged_into": "3"},
        ],
        currency="EUR",
    )
    assert sm.bookings(table, "2025-02").value == 10.0
    assert dict(sm.bookings(table, "2025-02").excluded) == {"removed": 1}
    assert sm.open_deals(table, "2025-01").value == 2 + 1  # 1 and 3, and 4, which stood until then
    assert sm.open_deals(table, "2025-02").value == 1


def test_quality_names_them() -> None:
    (one,) = sm.quality(sm.CRM(deals=DEALS, currency="EUR")).of("decided_without_close")
    assert (one.severity, one.rows, one.examples) == ("error", 2, ("2", "4"))
    effects = {effect.kpi: effect.cells for effect in one.effects}
    assert [cell.value for cell in effects["bookings"]] == [17.0, 10.0]


def test_money_of_a_day_that_nobody_knows_has_no_rate() -> None:
    """An open deal is worth what it is today; one won nobody knows when is worth no day's rate."""
    rates = sm.ExchangeRates(
        to="USD", rates={"EUR": {date(2025, 1, 1): Decimal("1.1"), date(2025, 3, 1): Decimal(2)}}
    )
    rows = [
        {"id": 1, "outcome": "won", "amount": 100, "currency": "EUR", "closed_at": "2025-01-10"},
        {"id": 2, "outcome": "won", "amount": 100, "currency": "EUR"},
        {"id": 3, "outcome": "won", "amount": 100, "currency": "USD"},
        {"id": 4, "outcome": "open", "amount": 100, "currency": "EUR", "created_at": "2025-03-05"},
    ]
    for given in (rows, [{k: v for k, v in row.items() if k != "closed_at"} for row in rows[1:]]):
        deals = sm.Deals.of(given, currency="USD", rates=rates)
        every = sm.bookings(deals)
        assert every.value == (210 if len(given) == 4 else 100)
        assert every.excluded == {"no exchange rate": 1}
        assert sm.open_pipeline(deals, "2025-03").value == 200
    paid = {"category": "sales", "amount": 10, "currency": "EUR"}
    costs = sm.Costs.of(
        [{**paid, "spent_at": None}, {**paid, "spent_at": "2025-01-02"}],
        currency="USD",
        rates=rates,
    )
    spent = costs.during("spent_at", sm.ALL_TIME).total("amount")
    assert (spent.value, spent.excluded) == (11, {"no exchange rate": 1})


MOVES = [
    {"deal": deal, "stage": stage, "changed_at": at}
    for deal in ("a", "b", "c")
    for stage, at in (("talks", "2025-01-05"), ("demo", "2025-02-05"))
]
STEPS = [{"id": stage, "order": at, "type": "open"} for at, stage in enumerate(("talks", "demo"))]


def test_the_last_stay_of_each_deal_that_closed_on_no_known_day_is_not_known() -> None:
    """Of the first deals as of the last one; the stays before it are as long as they were."""
    deals = [
        {"id": deal, "created_at": "2025-01-05", "outcome": outcome}
        for deal, outcome in (("a", "won"), ("b", "lost"), ("c", "open"))
    ]
    for order in (deals, deals[::-1]):
        crm = sm.CRM(deals=order, stages=STEPS, stage_changes=MOVES)
        found = sm.time_in_stage(crm.deals, "2025-Q1", by="stage")
        assert (found.at(stage="talks").n, found.at(stage="talks").value) == (3, 31)
        assert found.at(stage="demo").n == 1  # of the one that stands open
        exits = sm.stage_conversion(crm.deals, "2025-Q1", by="stage")
        told = {c[0]: exits.cell(0, g).parts["entries"] for g, c in enumerate(exits.groups)}
        assert told == {"talks": 3, "demo": 1}


def test_a_deal_that_closed_on_no_known_day_and_began_on_none_stands_on_no_day() -> None:
    deals = [{"id": "a", "created_at": "2025-01-05", "owner": "ana", "outcome": "open"},
             {"id": "b", "owner": "ana", "outcome": "won"}]  # fmt: skip
    handed = [{"deal": "a", "owner": "bo", "changed_at": "2025-02-10"}]
    crm = sm.CRM(deals=deals, owner_changes=handed)
    months = ("2025-01", "2025-02")
    assert [cell.value for cell in sm.open_deals(crm.deals, months).rows()] == [1, 1]
    moved = sm.pipeline_movement(crm.deals, "2025-02", of="count").cell(0, 0).parts
    assert (moved["opening"], moved["closing"]) == (1, 1)


def test_stays_ask_for_changes_of_stage_whatever_other_history_there_is() -> None:
    deals = [{"id": "a", "created_at": "2025-01-05", "owner": "ana", "stage": "talks"}]
    handed = [{"deal": "a", "owner": "bo", "changed_at": "2025-02-10"}]
    crm = sm.CRM(deals=deals, stages=STEPS, owner_changes=handed)
    for kpi in (sm.time_in_stage, sm.stage_conversion, sm.bottlenecks):
        with pytest.raises(sm.NeedsError, match="stage_changes"):
            kpi(crm.deals, "2025-Q1")


def test_disqualified_on_an_unknown_day_counts_over_all_time_too() -> None:
    rows = [
        {"id": 1, "outcome": "won", "closed_at": "2025-03-10"},
        {"id": 2, "outcome": "disqualified", "closed_at": "2025-02-05"},
        {"id": 3, "outcome": "disqualified"},
    ]
    deals = sm.Deals.of([{"created_at": "2025-01-02", **row} for row in rows])
    rate = sm.win_rate(deals)
    assert (rate.value, dict(rate.excluded)) == (1.0, {"disqualified": 2})
    every = sm.win_rate(deals, losses="all")
    assert (every.numerator, every.denominator) == (1, 3)
    assert dict(every.assumed) == {"undated: no closed_at": 1}
    assert dict(sm.win_rate(deals, "2025-Q1", losses="all").excluded) == {"no closed_at": 1}


def test_what_is_left_of_a_target_is_known_beside_a_win_of_an_unknown_day() -> None:
    """Nothing can have been won in a quarter to come; of one that runs, what is dated counts."""
    rows = [
        {"id": 1, "outcome": "won", "closed_at": "2025-03-10", "amount": 1000},
        {"id": 2, "outcome": "won", "amount": 400},
        {"id": 3, "outcome": "open", "amount": 300, "expected_close_at": "2025-05-30"},
    ]
    deals = sm.Deals.of([{"created_at": "2025-01-10", **row} for row in rows], currency="KRW")
    for known in ("2025-03-25", "2025-04-02"):
        then = deals.as_of(known)
        coverage = sm.pipeline_coverage(then, "2025-Q2", target=1200)
        assert (coverage.value, dict(coverage.excluded)) == (0.25, {NO_DAY: 1})
        assert (coverage.parts["won"], coverage.parts["remaining"]) == (0, 1200)
        assert sm.required_wins(then, "2025-Q2", target=1200, deal_size=400).value == 3
    unpriced = {"id": 4, "created_at": "2025-01-10", "outcome": "won", "closed_at": "2025-04-01"}
    deals = sm.Deals.of([*[{"created_at": "2025-01-10", **row} for row in rows], unpriced],
                        currency="KRW")  # fmt: skip
    coverage = sm.pipeline_coverage(deals.as_of("2025-04-02"), "2025-Q2", target=1200)
    assert (coverage.value, coverage.reason) == (
        None, "remaining: no amount is known: 1 no amount",
    )  # fmt: skip


def test_amounts_that_are_known_of_a_day_that_is_not() -> None:
    won = {"id": 1, "created_at": "2025-01-02", "closed_at": None, "outcome": "won"}
    known, unknown = {**won, "amount": 7}, {**won, "id": 2, "amount": None}
    after = {"id": 3, "created_at": "2025-03-31", "outcome": "open"}
    found = sm.bookings(sm.Deals.of([known, after], currency="USD"), "2025-Q1")
    assert (found.value, found.reason) == (None, "no day is known: 1 no closed_at")
    undated = sm.Deals.of([known, unknown, after], currency="USD")
    assert sm.bookings(undated, "2025-Q1").reason == "no day is known: 2 no closed_at"


def test_a_close_of_an_unknown_day_is_no_passing_through() -> None:
    """Won by 1 February, nobody knows when: in January it may still have stood at the end."""
    rows = [
        {"id": 1, "outcome": "won"},
        {"id": 2, "outcome": "lost", "closed_at": "2025-02-01"},
        {"id": 3, "outcome": "won", "closed_at": "2025-01-20"},
    ]
    deals = sm.Deals.of([{"created_at": "2025-01-02", **row} for row in rows])
    january, quarter = (
        sm.pipeline_movement(deals, period, of="count") for period in ("2025-01", "2025-Q1")
    )
    parts = january.parts
    assert (parts["transient"], parts["created_elsewhere"], parts["pipeline_created"]) == (1, 1, 3)
    assert dict(january.excluded) == {NO_DAY: 1}
    # By the end of the quarter all three are known to have come and gone.
    assert (quarter.parts["transient"], dict(quarter.excluded)) == (3, {})
