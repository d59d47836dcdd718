"""KPIs of what is left of revenue, and what spending brings in.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from typing import Literal

from ...kpi import Choices, kpi
from ...periods import ALL_TIME, Period, Periods, as_periods
from ...results import Ratio
from ...tables import IntoCosts, IntoDeals, IntoRevenues, IntoSubscriptions
from ...tables.grouping import By
from ..customer.running import recurring_revenue
from ..earnings import earned, spent

__all__ = ["sales_efficiency", "sales_profit_margin"]

LEVELS = Choices(
    "level",
    {
        "operating": None,
        "gross": "cost of sales",
        "contribution": "cost of sales, sales and marketing",
    },
)


@kpi(
    unit="share of amount",
    better="higher",
    adds_over="rows time",
    ko="영업이익률",
    articles="1",
    variants={
        "gross_margin": {"level": "gross"},
        "contribution_margin": {"level": "contribution"},
    },
    optional=("revenues", "deals"),
)
def sales_profit_margin(
    revenues: IntoRevenues | None,
    deals: IntoDeals | None,
    costs: IntoCosts,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    level: Literal["operating", "gross", "contribution"] = "operating",
) -> Ratio:
    """Share of revenue that is left after the costs of the period.

    Formula: (revenue - costs) / revenue.
    Rows and date: `revenue` of the period (won deals stand in where there are no records, which
    `assumed` says); costs by `spent_at`, all of them, or those of the level's categories.
    Undefined: where there was no revenue.

    Args:
        revenues: Revenues, or anything `Revenues.of` takes, or None.
        deals: Deals, or anything `Deals.of` takes, or None.
        costs: Costs, or anything `Costs.of` takes.
        level: `"operating"`, all costs; `"gross"`, the category `cost of sales`; or
            `"contribution"`, that and `sales` and `marketing`.

    Returns:
        Ratio, below 0 where costs exceed revenue.

    Raises:
        NeedsError: neither revenues nor deals, or no cost of the categories of the level.

    Source: the levels of an income statement; a margin whose level is not named says little.

    >>> from salesmetrics.examples import costs, revenues
    >>> sales_profit_margin(revenues, None, costs, "2025-Q1").value
    0.3
    """
    income = earned(revenues, deals, period, by)
    return Ratio(income.minus(spent(costs, period, by, LEVELS[level])), income)


@kpi(
    unit="ratio",
    better="higher",
    adds_over="",
    en="sales efficiency (magic number)",
    ko="세일즈 효율(매직 넘버)",
    articles="2",
)
def sales_efficiency(
    costs: IntoCosts, subscriptions: IntoSubscriptions, period: Periods | str, *, by: By = None
) -> Ratio:
    """Net new annual recurring revenue for each unit of sales and marketing cost before it.

    Formula: (ARR at the period's end - ARR at its start) / sales and marketing cost of the period
    before.
    Rows and date: as in `arr`; costs by `spent_at` in the period before, of the same kind (the
    quarter before a quarter).
    Undefined: where nothing was spent before.  A period is needed.

    Args:
        costs: Costs, or anything `Costs.of` takes.
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes.

    Returns:
        Ratio; it does not add over time.

    Raises:
        NeedsError: no cost says that it is of the category: it is not 0 but unknown.

    Source: the magic number takes revenue of two quarters x 4 for ARR; quarterly MRR x 12 is the
    same where billing is even.

    >>> from salesmetrics.examples import costs, subscriptions
    >>> sales_efficiency(costs, subscriptions, "2025-02").value
    1.0
    """
    running = recurring_revenue(subscriptions, period, by, ends_needed=True)
    added = running.change().non_additive()
    before = spent(costs, _before(period), by).non_additive(added.periods)
    return Ratio(added, before, unit="ratio")


def _before(period: Periods | str) -> tuple[Period, ...]:
    return tuple(one.previous() for one in as_periods(period))
