"""Estimates from those at risk: undefined, with the reason, where they rest on too little."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import salesmetrics as sm

DAY = timedelta(days=1)
START = date(2025, 1, 1)


def deals(*rows: tuple[int, int | None, str]) -> sm.Deals:
    """Each (day created, day closed, outcome), in days from the first of January."""
    return sm.Deals.of(
        [
            {
                "id": n,
                "created_at": START + created * DAY,
                "closed_at": None if closed is None else START + closed * DAY,
                "outcome": outcome,
                "amount": 1,
            }
            for n, (created, closed, outcome) in enumerate(rows)
        ],
        currency="EUR",
    ).as_of(START + 89 * DAY)


def test_with_too_many_still_open_the_cycle_is_not_told() -> None:
    won = [(n, n + 10, "won") for n in range(12)]
    lost = [(n, n + 20, "lost") for n in range(4)]
    still = [(80, None, "open")] * 4
    told = sm.sales_cycle_estimate(deals(*won, *lost, *still), "2025-Q1")
    assert (told.value, told.rows()[0].undecided, told.n) == (10, 4, 20)  # 20 % is not over
    more = sm.sales_cycle_estimate(deals(*won, *lost, *still, (80, None, "open")), "2025-Q1")
    assert (more.value, more.p75, more.p90, more.rows()[0].mean) == (None, None, None, None)
    assert more.reason == "too few were followed to their end: 5 of 21 are still open"


def test_five_at_risk_are_enough() -> None:
    """Ages 1 to 8: the median is 4, when five are still there."""
    ends = [(0, age, "won") for age in range(1, 9)]
    assert sm.sales_cycle_estimate(deals(*ends), "2025-Q1").value == 4
    fewer = sm.sales_cycle_estimate(deals(*ends[1:]), "2025-Q1")
    assert (fewer.value, fewer.reason) == (
        None, "only 4 at risk at the age of 5 days (at least 5 are needed)"
    )  # fmt: skip


def test_leads_alike() -> None:
    def leads(days: range) -> sm.Leads:
        rows = [{"id": n, "created_at": START, "won_at": START + n * DAY} for n in days]
        return sm.Leads.of(rows).as_of(START + 89 * DAY)

    assert sm.time_to_convert_estimate(leads(range(1, 9)), "2025-Q1").value == 4
    assert sm.time_to_convert_estimate(leads(range(2, 9)), "2025-Q1").value is None


def test_nothing_won_is_no_cycle() -> None:
    found = sm.sales_cycle_estimate(deals((0, None, "open"), (1, None, "open")), "2025-Q1")
    assert found.reason == "too few were followed to their end: 2 of 2 are still open"


@pytest.mark.parametrize("quarter", ["2016-Q4", "2017-Q1", "2017-Q2", "2017-Q3", "2017-Q4"])
def test_no_quarter_of_the_sample_company_is_far_off(quarter: str) -> None:
    """Of its won deals half took 57 days; in each quarter a third and more are still open."""
    table = sm.read("examples/maven", preset="maven").deals
    found = sm.sales_cycle_estimate(table, quarter)
    assert found.value is None
    assert found.reason is not None
    assert found.reason.code == "still_open"
    assert sm.sales_cycle_estimate(table, "2017").value == 56
    assert sm.sales_cycle(table, "2017").value == 57
