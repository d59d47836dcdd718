"""Milestones of which only yes or no is known: counted as known and over all time, in no period."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import salesmetrics as sm

# 1 and 3 were won, nobody knows when; 2 was not, 4 says nothing; all that is dated ends on 01-09.
LEADS = """id,created_at,Converted,mql_at
1,2025-01-01,yes,2025-01-03
2,2025-01-02,no,
3,2025-01-05,Y,2025-01-06
4,2025-01-09,,
"""


@pytest.fixture
def leads(tmp_path: Path) -> sm.Leads:
    file = tmp_path / "leads.csv"
    file.write_text(LEADS, "utf-8")
    return sm.read(file, columns={"won": "Converted"}).leads


def test_shares_of_a_cohort_know_them(leads: sm.Leads) -> None:
    for period in ("2025-01", sm.ALL_TIME):
        rate = sm.lead_conversion_rate(leads, period)
        assert (rate.numerator, rate.denominator, rate.undecided) == (2, 4, 2)
    funnel = sm.lead_funnel(leads, "2025-01")
    assert [funnel.parts[step] for step in ("leads", "mql", "won")] == [4, 2, 2]


def test_what_is_dated_says_what_is_lacking(leads: sm.Leads) -> None:
    every, january = (sm.converted_leads(leads, p) for p in (sm.ALL_TIME, "2025-01"))
    assert (every.value, dict(every.assumed)) == (2, {"undated: no won_at": 2})
    assert (january.value, dict(january.excluded)) == (0, {"no won_at": 2})
    days = sm.time_to_convert(leads, "2025-01")
    assert dict(days.excluded) == {"no won_at": 2, "not reached yet": 2}
    estimate = sm.time_to_convert_estimate(leads, "2025-01")
    assert (estimate.n, dict(estimate.excluded)) == (2, {"no won_at": 2})


def test_of_no_leads_the_reason_speaks_of_a_window_only_where_one_is_asked(leads: sm.Leads) -> None:
    assert sm.lead_conversion_rate(leads, "2024-12").reason == "no leads in the period"
    within = sm.lead_conversion_rate(leads, "2024-12", within_days=2)
    assert "with a window that has passed" in str(within.reason)


def test_within_some_days_nobody_can_say(leads: sm.Leads) -> None:
    """The windows of 1, 2 and 3 have passed: 1 and 3 were won in them or later."""
    rate = sm.lead_conversion_rate(leads, "2025-01", within_days=2)
    assert (rate.numerator, rate.denominator) == (0, 1)
    assert dict(rate.excluded) == {"no won_at": 2, "window still running": 1}


def test_earlier_they_are_not_known(leads: sm.Leads) -> None:
    then = sm.lead_conversion_rate(leads.as_of(date(2025, 1, 5)), "2025-01")
    assert (then.numerator, then.denominator, then.undecided) == (0, 3, 3)


def test_dated_ones_are_dated_whatever_is_said_beside() -> None:
    rows = [
        {"id": 1, "created_at": "2025-01-01", "won_at": "2025-01-05", "won": True},
        {"id": 2, "created_at": "2025-01-01", "won_at": "2025-01-07"},
        {"id": 3, "created_at": "2025-01-01", "won": False},
    ]
    table = sm.Leads.of(rows)
    found = sm.converted_leads(table, "2025-01")
    assert (found.value, dict(found.excluded)) == (2, {})
    assert sm.converted_leads(table.as_of(date(2025, 1, 5)), "2025-01").value == 1
    assert sm.lead_conversion_rate(table.as_of(date(2025, 1, 5)), "2025-01").numerator == 1
    with pytest.raises(sm.DataError, match="won says no, but it has a day"):
        sm.Leads.of([{"id": 1, "won": "no", "won_at": "2025-01-01"}])


def test_deals_may_say_yes_and_no_too(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(
        "id,created_at,Won,Lost,amount\n1,2025-01-01,yes,no,10\n2,2025-01-01,no,yes,5\n"
        "3,2025-01-01,no,no,7\n",
        "utf-8",
    )
    (tmp_path / "salesmetrics.toml").write_text(
        'currency = "EUR"\n[tables.deals.decided]\nwon = "Won"\nlost = "Lost"\n', "utf-8"
    )
    deals = sm.read(tmp_path).deals
    assert (sm.bookings(deals).value, sm.win_rate(deals).value) == (10.0, 0.5)
    assert sm.open_pipeline(deals, "2025-01").value == 7.0
    booked = sm.bookings(deals, "2025-01")
    assert (booked.value, dict(booked.excluded)) == (None, {"no closed_at": 1})
