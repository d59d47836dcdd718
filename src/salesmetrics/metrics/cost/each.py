"""KPIs of what a lead, an opportunity and a win cost.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from typing import Literal, get_args

from ...kpi import Choices, kpi
from ...periods import ALL_TIME, Periods
from ...results import Ratio
from ...tables import Deals, IntoCosts, IntoDeals, IntoLeads, Leads
from ...tables.grouping import By
from ..earnings import spent

__all__ = ["cost_per_lead", "cost_per_opportunity", "cost_per_win"]

Category = Literal["sales and marketing", "marketing", "sales"]
CATEGORIES = Choices("category", {name: name for name in get_args(Category)})


@kpi(unit="money", better="lower", adds_over="rows time", ko="리드당 비용", articles="0")
def cost_per_lead(
    costs: IntoCosts,
    leads: IntoLeads,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    category: Category = "sales and marketing",
) -> Ratio:
    """Cost for each lead created in the period.

    Formula: cost / leads created.
    Rows and date: costs of the category by `spent_at`; leads by `created_at`.  By a column that
    both have (`channel` and `campaign` of a deal are those of its lead), cost without it stays
    visible in the group of what is missing.
    Undefined: where no lead was created; its numerator, the cost, is then still shown.

    Args:
        costs: Costs, or anything `Costs.of` takes.
        leads: Leads, or anything `Leads.of` takes.
        category: `"sales and marketing"`, or one of the two alone.

    Returns:
        Ratio, in the reporting currency for each.

    Raises:
        NeedsError: no cost says that it is of the category: it is not 0 but unknown.

    Source: cost of sales and marketing over leads; many tools take marketing cost alone
    (`category="marketing"`).

    >>> from salesmetrics.examples import costs, leads
    >>> cost_per_lead(costs, leads, "2025-Q1").value
    6000.0
    """
    made = Leads.of(leads).during("created_at", period, by=by)
    return Ratio(spent(costs, period, by, CATEGORIES[category]), made.count())


@kpi(unit="money", better="lower", adds_over="rows time", ko="영업 기회당 비용", articles="0")
def cost_per_opportunity(
    costs: IntoCosts,
    deals: IntoDeals,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    category: Category = "sales and marketing",
) -> Ratio:
    """Cost for each deal created in the period.

    Formula: cost / deals created.
    Rows and date: costs of the category by `spent_at`; deals by `created_at`.  By a column that
    both have (`channel` and `campaign` of a deal are those of its lead), cost without it stays
    visible in the group of what is missing.
    Undefined: where no deal was created; its numerator, the cost, is then still shown.

    Args:
        costs: Costs, or anything `Costs.of` takes.
        deals: Deals, or anything `Deals.of` takes.
        category: `"sales and marketing"`, or one of the two alone.

    Returns:
        Ratio, in the reporting currency for each.

    Raises:
        NeedsError: no cost says that it is of the category: it is not 0 but unknown.

    Source: cost over all deals created, whatever became of them; as for leads, many tools take
    marketing cost alone.

    >>> from salesmetrics.examples import costs, deals
    >>> cost_per_opportunity(costs, deals, "2025-Q1").value
    6000.0
    """
    made = Deals.of(deals).during("created_at", period, by=by)
    return Ratio(spent(costs, period, by, CATEGORIES[category]), made.count())


@kpi(unit="money", better="lower", adds_over="rows time", ko="수주 1건당 비용", articles="0")
def cost_per_win(
    costs: IntoCosts,
    deals: IntoDeals,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    category: Category = "sales and marketing",
) -> Ratio:
    """Cost for each deal won in the period.

    Formula: cost / deals won.
    Rows and date: costs of the category by `spent_at`; deals by `closed_at`.  By a column that
    both have (`channel` and `campaign` of a deal are those of its lead), cost without it stays
    visible in the group of what is missing.
    Undefined: where no deal was won; its numerator, the cost, is then still shown.

    Args:
        costs: Costs, or anything `Costs.of` takes.
        deals: Deals, or anything `Deals.of` takes.
        category: `"sales and marketing"`, or one of the two alone.

    Returns:
        Ratio, in the reporting currency for each.

    Raises:
        NeedsError: no cost says that it is of the category: it is not 0 but unknown.

    Source: cost over deals won; `customer_acquisition_cost` divides by new customers, who may win
    several deals.

    >>> from salesmetrics.examples import costs, deals
    >>> cost_per_win(costs, deals, "2025-Q1").value
    9000.0
    """
    closed = Deals.of(deals).during("closed_at", period, by=by)
    return Ratio(spent(costs, period, by, CATEGORIES[category]), closed.count("won"))
