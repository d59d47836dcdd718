"""KPIs of how large deals are and how long they take.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ...kpi import Choices, kpi
from ...periods import ALL_TIME, Periods
from ...results import Distribution, Ratio
from ...tables import Deals, IntoDeals
from ...tables.grouping import By
from ...tables.verbs import During

__all__ = ["average_deal_size", "sales_cycle"]

OUTCOMES = Choices("outcome", {"won": "won", "lost": "lost", "decided": "decided"})
STARTS = Choices(
    "start",
    {"created": "created_at", "first_contact": "first_contact_at", "lead": "lead.created_at"},
)


def _days(unit: Literal["days", "weeks", "months"]) -> Callable[[During, str, str], Distribution]:
    return lambda closed, start, outcome: closed.days_between(
        start, "closed_at", where=outcome
    ).in_unit(unit)


def _hours(closed: During, start: str, outcome: str) -> Distribution:
    return closed.hours_between(start, "closed_at", None, where=outcome)


LENGTH: Choices[Callable[[During, str, str], Distribution]] = Choices(
    "unit",
    {
        "hours": _hours,
        "days": _days("days"),
        "weeks": _days("weeks"),
        "months": _days("months"),
    },
)


@kpi(unit="money", better="higher", adds_over="rows time", ko="평균 거래 규모", articles="0 1 2 4")
def average_deal_size(
    deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None
) -> Ratio:
    """Mean amount of the deals won in the period.

    Formula: won amount / won deals with an amount.
    Rows and date: won deals whose amount is known, in the period that holds `closed_at`; won
    deals without amount count on neither side and are reported in `excluded`.
    Undefined: where no deal with a known amount was won.

    Args:
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Ratio, in the reporting currency per deal.

    Source: the amount won over the deals won; counting a deal without amount as 0 (dejavis,
    trycompai) lowers it, and frappe/crm averages open deals in.

    >>> from salesmetrics.examples import deals
    >>> average_deal_size(deals, "2025-Q1").value
    21000.25
    """
    won = Deals.of(deals).during("closed_at", period, by=by).total("amount", where="won")
    return Ratio(won, won.counted())


@kpi(
    unit="days",
    better="lower",
    adds_over="rows time",
    ko="영업 사이클 길이",
    articles="0 1 4",
    variants={
        "sales_cycle_from_first_contact": {"start": "first_contact"},
        "sales_cycle_from_lead": {"start": "lead"},
        "sales_cycle_lost": {"outcome": "lost"},
        "sales_cycle_decided": {"outcome": "decided"},
    },
)
def sales_cycle(
    deals: IntoDeals,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    start: Literal["created", "first_contact", "lead"] = "created",
    outcome: Literal["won", "lost", "decided"] = "won",
    unit: Literal["hours", "days", "weeks", "months"] = "days",
) -> Distribution:
    """Whole days from the start of a deal to its close, of the deals won in the period.

    Formula: the local calendar day of `closed_at` minus that of the start; the same day is 0.
    Rows and date: deals of the outcome, in the period that holds `closed_at`; those without the
    start, or closed before it, are left out and counted in `excluded`.
    Undefined: where no such deal closed.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        start: one for all rows: `"created"`, `"first_contact"`, or the creation of the `"lead"`
            a deal came from (in a CRM with leads).
        outcome: `"won"`, `"lost"` for how long lost deals took, or `"decided"` for both.
        unit: `"days"`, `"weeks"` of 7 days or `"months"` of 365.25 / 12 days; `"hours"` are those
            between the two instants, of the wall clock.

    Returns:
        Distribution, whose value is the median; it also has `mean`, `p75`, `p90` and `quantile`.

    Source: HubSpot and most CRMs start at creation; Korean practice (article 1) at the first
    contact, ChartMogul at the lead.  fivetran/dbt_salesforce subtracts the other way round and
    reports negative lengths.

    >>> from salesmetrics.examples import deals
    >>> cycle = sales_cycle(deals, "2025-Q1")
    >>> cycle.value, cycle.mean, cycle.n
    (35.5, 35.5, 2)
    """
    closed = Deals.of(deals).during("closed_at", period, by=by)
    return LENGTH[unit](closed, STARTS[start], OUTCOMES[outcome])
