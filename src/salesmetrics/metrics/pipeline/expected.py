"""KPIs of what a lead is worth before anything is known of it.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ...errors import NeedsError
from ...kpi import kpi
from ...periods import ALL_TIME, Periods
from ...reasons import Reason, tables_needed
from ...results import Formula, Ratio, Total
from ...results.formula import Figures, Part, formula
from ...tables import Deals, IntoDeals, IntoLeads, Leads
from ...tables.grouping import By
from ...tables.order import in_order, without_impossible
from ..planning import Amount, Rate, size_of, step_product

__all__ = ["expected_value_per_lead"]


@kpi(
    unit="money",
    better="higher",
    adds_over="rows time",
    ko="문의당 기대 매출",
    articles="1",
    optional=("leads",),
)
def expected_value_per_lead(
    leads: IntoLeads | None,
    deals: IntoDeals,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    step_rates: Sequence[Rate] | None = None,
    deal_size: Amount | None = None,
) -> Formula:
    """What a lead is worth on average: how likely it is to be won, times how large deals are.

    Formula: won leads / leads x won amount / won deals; the first is the product of all step
    rates that `lead_funnel` shows.
    Rows and date: leads in the period that holds `created_at`, won by what is known; won deals
    with an amount, in the period that holds `closed_at`.  Young leads may still be won: while
    they may, the value is too low.  A lead won on a day before its creation, which is
    impossible, is left out and counted in `excluded`.
    Undefined: where no lead was created, or no deal with an amount was won.

    Args:
        leads: Leads, or anything `Leads.of` takes; None where the rates are given.
        deals: Deals, or anything `Deals.of` takes.
        step_rates: the rates of the steps, where they are not to be taken from the leads, such as
            `[0.33, 1, 0.3]`.
        deal_size: the amount of a deal, where it is not to be taken from the deals won.

    Returns:
        Formula, in the reporting currency per lead, of `conversion` and `deal_size`.

    Raises:
        NeedsError: neither leads nor their rates are given, the leads have no column `won_at`, or
            the deals no column `amount`.

    Source: article practice multiplies step rates of a third, all and 30 % with a deal of 10
    million won: 990,000 won an inquiry.

    >>> from salesmetrics.examples import deals, leads
    >>> expected_value_per_lead(leads, deals, "2025-Q1").value
    7000.083333333333
    """
    won = Deals.of(deals).during("closed_at", period, by=by).total("amount", where="won")
    conversion = _conversion(leads, period, by, step_rates)
    return _worth(conversion, _size(won, deal_size), won)


def _conversion(leads: IntoLeads | None, period: Periods | str, by: By, given: Any) -> Part:
    """The share of leads won, or the product of the rates that were given."""
    if given is not None:
        return step_product(given)
    if leads is None:
        told = Reason("argument", name="step_rates")
        needs = Reason("any_of", items=(tables_needed("leads"), told))
        raise NeedsError(needs, "how likely a lead is to be won is told by leads, or by step_rates")
    created = Leads.of(leads).during("created_at", period, by=by)
    order = in_order("created_at", "won_at")
    there = without_impossible(created.count((order,)), created, order)
    return Ratio(created.count((("that reached", "won_at"), order)), there)


def _size(won: Total, given: Any) -> Part:
    return Ratio(won, won.counted()) if given is None else size_of(given, won)


def _worth(conversion: Part, size: Part, won: Total) -> Formula:
    parts = {"conversion": conversion, "deal_size": size}
    # Of numbers that were given alone, the periods and groups are those of the deals won.
    alone = isinstance(conversion, Fraction) and isinstance(size, Fraction)
    return formula(
        "expected value",
        "money per lead",
        {**parts, "won": won.counted()} if alone else parts,
        {},
        finalize=(_product, ()) if alone else None,
        currency=won.currency,
        adds="rows time",
    )


def _product(figures: Figures) -> Fraction:
    return figures["conversion"] * figures["deal_size"]
