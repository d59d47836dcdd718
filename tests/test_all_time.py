"""Over all time, what is known to have happened counts, though nobody knows when."""

from __future__ import annotations

import pytest

import salesmetrics as sm
from salesmetrics.periods import ALL_TIME

DEALS = sm.Deals.of(
    [
        {"id": 1, "created_at": "2025-01-01", "closed_at": "2025-01-05", "outcome": "won",
         "amount": 10, "owner": "x"},
        {"id": 2, "created_at": None, "outcome": "open", "amount": 5, "owner": "x"},
        {"id": 3, "created_at": None, "closed_at": "2025-02-01", "outcome": "won", "amount": 7,
         "owner": "y"},
        {"id": 4, "created_at": None, "closed_at": "2025-02-02", "outcome": "lost", "amount": 1,
         "owner": "y", "removed_at": "2025-02-03"},
    ],
    currency="EUR",
)  # fmt: skip
LEADS = sm.Leads.of(
    [
        {"id": 1, "created_at": "2025-01-01", "won_at": "2025-02-01", "source": "web"},
        {"id": 2, "created_at": None, "won_at": "2025-02-01", "source": "web"},
        {"id": 3, "created_at": None, "won_at": None, "source": "fair"},
    ]
)
UNDATED = "undated: no created_at"


def test_rows_without_their_beginning_count_and_are_reported() -> None:
    created = sm.deals_created(DEALS)
    assert (created.value, created.assumed) == (3, {UNDATED: 2})
    assert created.excluded == {"removed": 1}
    assert (sm.pipeline_created(DEALS).value, sm.pipeline_created(DEALS).n) == (22.0, 3)
    closed = sm.close_rate(DEALS)
    assert (closed.numerator, closed.denominator, closed.undecided) == (2, 3, 1)
    assert closed.assumed == {UNDATED: 2}
    leads = sm.lead_volume(LEADS)
    assert (leads.value, leads.assumed, leads.excluded) == (3, {UNDATED: 2}, {})
    converted = sm.lead_conversion_rate(LEADS)
    assert (converted.numerator, converted.denominator) == (2, 3)


def test_by_group_too() -> None:
    by_owner = sm.deals_created(DEALS, by="owner")
    assert [cell.value for cell in by_owner.rows()] == [2, 1]
    assert [dict(cell.assumed) for cell in by_owner.rows()] == [{UNDATED: 1}, {UNDATED: 1}]
    assert by_owner.over("owner").value == 3


def test_a_period_leaves_them_out_and_says_so() -> None:
    both = sm.deals_created(DEALS, [ALL_TIME, sm.period("2025")])
    every, year = both.rows()
    assert (every.value, every.assumed, every.excluded) == (3, {UNDATED: 2}, {"removed": 1})
    assert (year.value, year.assumed, year.excluded) == (1, {}, {"no created_at": 3})
    assert every == sm.deals_created(DEALS).rows()[0]


def test_durations_need_both_dates() -> None:
    cycle = sm.sales_cycle(DEALS)
    assert (cycle.value, cycle.n, cycle.excluded["no created_at"]) == (4.0, 1, 1)


def test_the_rows_behind_it_have_no_date() -> None:
    rows = {row.id: row.date for row in sm.deals_created(DEALS).records() if row.reason is None}
    assert set(rows) == {"1", "2", "3"}
    assert rows["2"] is None


@pytest.mark.parametrize(("kpi", "value"), [("deals_created", 8800), ("close_rate", 4238 / 8800)])
def test_the_sample_company(kpi: str, value: float) -> None:
    found = sm.read("examples/maven", preset="maven").kpi(kpi)
    assert found.value == pytest.approx(value)
    assert found.assumed == {UNDATED: 500}


def test_a_missing_creation_date_is_seen_over_all_time() -> None:
    asked = ["created_at", "amount"]
    every = sm.data_completeness(DEALS, required=asked)
    # Of 1, 2 and 3 (4 was removed): one day of creation, three amounts.
    assert (every.numerator, every.denominator, every.n) == (4, 6, 3)
    assert every.assumed == {UNDATED: 2}
    year = sm.data_completeness(DEALS, "2025", required=asked)
    assert (year.value, year.n, year.excluded) == (1, 1, {"no created_at": 3})
