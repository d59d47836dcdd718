"""Milestones that a score tells: counted over all time and of cohorts, in no period."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

import salesmetrics as sm

# By 50: a and b by their score (b stands on it), c says no itself, d has a day, e has no score.
LEADS: list[dict[str, Any]] = [
    {"id": "a", "created_at": "2025-01-02", "score": 70},
    {"id": "b", "created_at": "2025-01-03", "score": 50},
    {"id": "c", "created_at": "2025-01-04", "score": 90, "mql": False},
    {"id": "d", "created_at": "2025-01-05", "score": 10, "mql_at": "2025-01-09"},
    {"id": "e", "created_at": "2025-01-06"},
    {"id": "f", "created_at": "2025-02-01", "score": 49},
]


def test_over_all_time_a_score_counts_and_in_a_period_it_is_told() -> None:
    leads = sm.Leads.of(LEADS)
    every = sm.qualified_leads(leads, min_score=50)
    assert (every.value, dict(every.assumed)) == (3, {"undated: no mql_at": 2})
    january = sm.qualified_leads(leads, "2025-01", min_score=50)
    assert (january.value, dict(january.excluded)) == (1, {"no mql_at": 2})
    assert sm.qualified_leads(leads).value == 1  # nobody gave a rule
    # Also where there is no column of days at all.
    bare = sm.Leads.of([{k: v for k, v in row.items() if k != "mql_at"} for row in LEADS])
    assert sm.qualified_leads(bare, min_score=50).value == 2
    sales = sm.qualified_leads(leads, status="sql", min_score=70)
    assert (sales.value, dict(sales.assumed)) == (2, {"undated: no sql_at": 2})


def test_shares_of_cohorts_and_funnels_know_it() -> None:
    leads = sm.Leads.of(LEADS).by_score(mql=50, sql=80)
    rate = sm.lead_conversion_rate(leads, "2025-01", to="mql")
    assert (rate.numerator, rate.denominator) == (3, 5)
    funnel = sm.lead_funnel(leads, "2025-01")
    # c says that it is no MQL, and its score that it is an SQL: the later milestone holds.
    assert (funnel.parts["leads"], funnel.parts["mql"], funnel.parts["sql"]) == (5, 4, 1)


def test_of_an_earlier_day_a_score_says_nothing() -> None:
    then = sm.Leads.of(LEADS).as_of(date(2025, 1, 10))
    assert sm.qualified_leads(then, min_score=50).value == 1  # d, on its day


def test_from_the_command_it_is_an_assumption() -> None:
    crm = sm.CRM(leads=LEADS)
    shot = sm.snapshot(crm, "2025-01", kpis=["qualified_leads"], assumptions={"min_score": 50})
    result = shot["qualified_leads"]
    assert (result.value, dict(result.excluded)) == (1, {"no mql_at": 2})


def test_what_is_no_rule_is_refused() -> None:
    leads = sm.Leads.of(LEADS)
    with pytest.raises(sm.SalesMetricsError, match="lowest score of mql is 'high'; give a number"):
        leads.by_score(mql="high")  # type: ignore[arg-type]
    with pytest.raises(sm.SalesMetricsError, match="milestone of a score"):
        leads.by_score(sold=3)
    with pytest.raises(sm.NeedsError, match="'score'"):
        sm.qualified_leads([{"id": 1, "created_at": "2025-01-01"}], min_score=5)
