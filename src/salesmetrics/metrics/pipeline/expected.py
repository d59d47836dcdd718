"""KPIs of what a lead is worth before anything is known of it.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from ...kpi import kpi
from ...periods import ALL_TIME, Periods
from ...results import Formula, Ratio
from ...results.formula import formula
from ...tables import Deals, IntoDeals, IntoLeads, Leads
from ...tables.grouping import By

__all__ = ["expected_value_per_lead"]


@kpi(unit="money", better="higher", adds_over="rows time", ko="문의당 기대 매출", articles="1")
def expected_value_per_lead(
    leads: IntoLeads, deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None
) -> Formula:
    """What a lead is worth on average: how likely it is to be won, times how large deals are.

    Formula: won leads / leads x won amount / won deals; the first is the product of all step
    rates that `lead_funnel` shows.
    Rows and date: leads in the period that holds `created_at`, won by what is known; won deals
    with an amount, in the period that holds `closed_at`.  Young leads may still be won: while
    they may, the value is too low.
    Undefined: where no lead was created, or no deal with an amount was won.

    Args:
        leads: Leads, or anything `Leads.of` takes.
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Formula, in the reporting currency per lead, of `conversion` and `deal_size`.

    Raises:
        NeedsError: the leads have no column `won_at`, or the deals no column `amount`.

    Source: article practice multiplies step rates of a third, all and 30 % with a deal of 10
    million won: 990,000 won an inquiry.

    >>> from salesmetrics.examples import deals, leads
    >>> expected_value_per_lead(leads, deals, "2025-Q1").value
    7000.083333333333
    """
    created = Leads.of(leads).during("created_at", period, by=by)
    won = Deals.of(deals).during("closed_at", period, by=by).total("amount", where="won")
    conversion = Ratio(created.count((("that reached", "won_at"),)), created.count())
    parts = {"conversion": conversion, "deal_size": Ratio(won, won.counted())}
    return formula(
        "expected value", "money per lead", parts, {}, currency=won.currency, adds="rows time"
    )
