"""KPIs of how many leads there are.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from typing import Literal

from ...kpi import Choices, kpi
from ...periods import ALL_TIME, Periods
from ...results import Ratio, Total
from ...tables import IntoLeads, IntoVisits, Leads, Visits
from ...tables.grouping import By

__all__ = ["converted_leads", "lead_volume", "qualified_leads", "visit_to_lead_rate", "visits"]

QUALIFIED = Choices("status", {"mql": "mql_at", "sql": "sql_at"})
CONVERTED = Choices("to", {"opportunity": "opportunity_at", "won": "won_at"})


@kpi(unit="count", better="higher", adds_over="rows time", ko="방문 유입 수", articles="1")
def visits(visits: IntoVisits, period: Periods | str = ALL_TIME, *, by: By = None) -> Total:
    """Visits in the period.

    Formula: the sum of the visit counts.
    Rows and date: every row, in the period that holds `visited_at`; rows without a count are left
    out and counted in `excluded`.
    Undefined: never; no visits is 0.

    Args:
        visits: Visits, or anything `Visits.of` takes.

    Returns:
        Total, in visits.

    Source: web analytics count sessions; unique visitors would differ and do not add over days.

    >>> from salesmetrics.examples import visits as counted
    >>> visits(counted, "2025-01").value
    500
    """
    return Visits.of(visits).during("visited_at", period, by=by).total("visits")


@kpi(unit="share", better="higher", adds_over="rows time", ko="방문-리드 전환율", articles="1")
def visit_to_lead_rate(
    visits: IntoVisits, leads: IntoLeads, period: Periods | str = ALL_TIME, *, by: By = None
) -> Ratio:
    """Leads created for each visit in the period.

    Formula: leads created / visits.
    Rows and date: leads in the period that holds `created_at`, visits in the one that holds
    `visited_at`; a lead need not have visited, so the ratio is no proportion.
    Undefined: where there were no visits.

    Args:
        visits: Visits, or anything `Visits.of` takes.
        leads: Leads, or anything `Leads.of` takes.

    Returns:
        Ratio: leads for each visit, shown in percent.

    Source: leads over sessions, as web analytics counts them: visits, not unique visitors.

    >>> from salesmetrics.examples import leads, visits
    >>> visit_to_lead_rate(visits, leads, "2025-01").value
    0.006
    """
    created = Leads.of(leads).during("created_at", period, by=by).count()
    visited = Visits.of(visits).during("visited_at", period, by=by).total("visits")
    return Ratio(created, visited, unit="share")


@kpi(unit="count", better="higher", adds_over="rows time", ko="리드 수", articles="0 1 4")
def lead_volume(leads: IntoLeads, period: Periods | str = ALL_TIME, *, by: By = None) -> Total:
    """Leads created in the period.

    Formula: the number of leads.
    Rows and date: every lead, in the period that holds `created_at`; leads without it are left
    out and counted in `excluded`.
    Undefined: never; none created is 0.

    Args:
        leads: Leads, or anything `Leads.of` takes.

    Returns:
        Total, in leads.

    Source: all agree on the count of leads created; Salesforce counts records, as this does, so
    duplicates are to be merged before.

    >>> from salesmetrics.examples import leads
    >>> lead_volume(leads, "2025-01").value
    3
    """
    return Leads.of(leads).during("created_at", period, by=by).count()


@kpi(
    unit="count",
    better="higher",
    adds_over="rows time",
    ko="적격 리드 수",
    articles="2 4",
    variants={"qualified_leads_by_sales": {"status": "sql"}},
    assumes=("min_score",),
)
def qualified_leads(
    leads: IntoLeads,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    status: Literal["mql", "sql"] = "mql",
    min_score: float | None = None,
) -> Total:
    """Leads that first became qualified in the period.

    Formula: the number of leads that reached the status.
    Rows and date: leads in the period that holds `mql_at` (or `sql_at`), whenever they were
    created; one disqualified later still counts as having reached it.  One that reached it nobody
    knows when (`mql` = yes, or by its score) counts over all time, reported in `assumed`, and in
    no period, counted in `excluded`.
    Undefined: never; none qualified is 0.

    Args:
        leads: Leads, or anything `Leads.of` takes.
        status: `"mql"`, accepted by marketing, or `"sql"`, accepted by sales.
        min_score: the score from which a lead has reached the status, where its row does not say;
            the present score, so that it tells no day.

    Returns:
        Total, in leads.

    Raises:
        NeedsError: the leads have no column of that milestone; or with `min_score` no `score`.

    Source: leads by their first entry into the status; a count of leads that are in the status now
    cannot be reproduced later.  Marketing automation qualifies from a score on, and keeps the day
    on which it was passed: with that day in `mql_at` every period has its own.

    >>> from salesmetrics.examples import leads
    >>> qualified_leads(leads, "2025-Q1").value
    3
    """
    named = QUALIFIED[status]
    scored = Leads.of(leads).by_score(**{status: min_score})
    return scored.during(named, period, by=by).count()


@kpi(
    unit="count",
    better="higher",
    adds_over="rows time",
    ko="리드 전환 수",
    articles="2 4",
    variants={"converted_leads_to_opportunity": {"to": "opportunity"}},
)
def converted_leads(
    leads: IntoLeads,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    to: Literal["opportunity", "won"] = "won",
) -> Total:
    """Leads that became an opportunity, or were won, in the period.

    Formula: the number of leads that reached the milestone.
    Rows and date: leads in the period that holds `won_at` (or `opportunity_at`), whenever they
    were created.
    Undefined: never; none converted is 0.

    Args:
        leads: Leads, or anything `Leads.of` takes.
        to: `"won"` or `"opportunity"`.

    Returns:
        Total, in leads.

    Raises:
        NeedsError: the leads have no column of that milestone.

    Source: fivetran/dbt_salesforce counts conversions by day alike.

    >>> from salesmetrics.examples import leads
    >>> converted_leads(leads, "2025-Q1").value
    1
    """
    return Leads.of(leads).during(CONVERTED[to], period, by=by).count()
