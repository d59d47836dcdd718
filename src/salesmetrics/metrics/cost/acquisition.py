"""KPIs of what winning customers costs.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from ...kpi import kpi
from ...periods import ALL_TIME, Periods
from ...results import Formula, Ratio
from ...results.formula import formula
from ...tables import (
    Customers,
    IntoCosts,
    IntoCustomers,
    IntoDeals,
    IntoLeads,
    IntoSubscriptions,
)
from ...tables.grouping import By
from ..customer.accounts import active_accounts
from ..customer.recurring import MONTH
from ..customer.worth import simple_lifetime_value
from ..earnings import measured_cost, spent
from ..planning import Rate, given_share

__all__ = [
    "cac_payback",
    "customer_acquisition_cost",
    "lagged_acquisition_cost",
    "ltv_to_cac",
]


@kpi(
    unit="money",
    better="lower",
    adds_over="rows time",
    ko="고객 획득 비용(CAC)",
    articles="1 2 4",
)
def customer_acquisition_cost(
    costs: IntoCosts,
    customers: IntoCustomers,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    lag_months: int = 0,
) -> Ratio:
    """Sales and marketing cost for each new customer.

    Formula: cost / new customers.
    Rows and date: costs of the categories `sales` and `marketing` in the period that holds
    `spent_at`; customers in the period that holds `acquired_at` (their first won deal, else
    their first subscription).  By a column that both tables have, cost without it stays visible
    in the group of what is missing.
    Undefined: where no customer was won; the cost is then still shown.

    Args:
        costs: Costs, or anything `Costs.of` takes.
        customers: Customers, or anything `Customers.of` takes.
        lag_months: cost of so many months earlier, where winning a customer takes that long.

    Returns:
        Ratio, in the reporting currency per customer.

    Raises:
        NeedsError: no cost is of these categories, or when customers were won is not known.

    Source: all cost of sales and marketing, fully loaded; "paid only" counts marketing alone.
    Same-month division misleads where the cycle is long: hence `lag_months`.

    >>> from salesmetrics.examples import costs, customers
    >>> customer_acquisition_cost(costs, customers, "2025-Q1").value
    9000.0
    """
    new = Customers.of(customers).during("acquired_at", period, by=by)
    return Ratio(spent(costs, period, by, earlier=lag_months), new.count())


@kpi(
    unit="money",
    better="lower",
    adds_over="",
    ko="고객 획득 비용(실측 시차)",
    articles="1 2 4",
    beside={"leads": ()},
    looks_up=True,
    needs=("leads.customer",),
)
def lagged_acquisition_cost(
    costs: IntoCosts,
    customers: IntoCustomers,
    leads: IntoLeads,
    period: Periods | str,
    *,
    by: By = None,
) -> Ratio:
    """Sales and marketing cost for each new customer, spent when they were leads.

    Formula: cost of so many days earlier as the new customers took, at the median, from their
    first lead to the win / new customers.
    Rows and date: as in `customer_acquisition_cost`; the lag of each period is measured on its
    own new customers whose lead is known (leads that name their `customer`), in whole days, and
    shown in `assumed`.
    Undefined: where no customer was won, or no lead of theirs is known.

    Args:
        costs: Costs, or anything `Costs.of` takes.
        customers: Customers, or anything `Customers.of` takes.
        leads: Leads, or anything `Leads.of` takes.

    Returns:
        Ratio, in the reporting currency per customer.  Periods moved by different lags may
        overlap, so they do not add.

    Raises:
        NeedsError: costs without category, leads without customer, or when customers were won is
            not known.

    Source: our own answer to dividing by the same month; `customer_acquisition_cost` with
    `lag_months=` moves the cost by whole months.

    >>> from salesmetrics.examples import costs, customer_leads, customers
    >>> cost = lagged_acquisition_cost(costs, customers, customer_leads, "2025-Q1")
    >>> cost.value, dict(cost.assumed)
    (3000.0, {'days of lag': 42, 'known until 2025-02-28 only by dates that can be planned': 2})
    """
    new = Customers.of(customers).during("acquired_at", period, by=by).count().non_additive()
    return Ratio(measured_cost(costs, customers, leads, period, by, new), new)


@kpi(
    unit="months",
    better="lower",
    adds_over="",
    en="CAC payback",
    ko="CAC 회수 기간",
    articles="1 2",
)
def cac_payback(
    costs: IntoCosts,
    customers: IntoCustomers,
    subscriptions: IntoSubscriptions,
    period: Periods | str,
    *,
    by: By = None,
    margin: Rate,
) -> Formula:
    """Months until a new customer has earned what winning it cost.

    Formula: acquisition cost / (new MRR per new customer x margin).
    Rows and date: `customer_acquisition_cost` of the period; the MRR at the period's end of the
    customers whose first subscription began in it, over the same new customers.
    Undefined: where nobody was won, or no new recurring revenue.  A period is needed.

    Args:
        costs: Costs, or anything `Costs.of` takes.
        customers: Customers, or anything `Customers.of` takes.
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes.
        margin: the share of revenue that is earned, above 0 to 1; 1 for revenue itself.

    Returns:
        Formula, in months, with its `parts`.

    Source: acquisition cost over the margin won a month; without the margin it reads too short.

    >>> from salesmetrics.examples import costs, customers, subscriptions
    >>> cac_payback(costs, customers, subscriptions, "2025-Q1", margin=0.8).value
    75.0
    """
    cost = customer_acquisition_cost(costs, customers, period, by=by)
    moved = active_accounts(subscriptions, None, period, by, None)
    won = Customers.of(customers).during("acquired_at", period, by=by).count().non_additive()
    new = Ratio(moved.total("end_amount", "new").times(MONTH), won)
    return formula(
        "CAC payback",
        "months",
        {"acquisition cost": cost},
        {"new MRR per new customer": new, "margin": given_share("margin", margin)},
    )


@kpi(
    unit="ratio",
    better="higher",
    adds_over="",
    en="LTV to CAC",
    ko="LTV:CAC 비율",
    articles="1 2",
    optional=("deals",),
)
def ltv_to_cac(
    costs: IntoCosts,
    customers: IntoCustomers,
    subscriptions: IntoSubscriptions,
    deals: IntoDeals | None,
    period: Periods | str,
    *,
    by: By = None,
    margin: Rate,
    active_for_days: int | None,
) -> Formula:
    """How often a customer earns back what winning it cost.

    Formula: simple lifetime value / acquisition cost.
    Rows and date: `simple_lifetime_value` and `customer_acquisition_cost` of the same period.
    Undefined: where either is, or the cost is 0.  A period is needed.

    Args:
        costs: Costs, or anything `Costs.of` takes.
        customers: Customers, or anything `Customers.of` takes.
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes.
        deals: Deals, or anything `Deals.of` takes, or None.
        margin: the share of revenue that is earned, above 0 to 1; 1 for revenue itself.
        active_for_days: how long a won deal makes a customer active; None goes by subscriptions.

    Returns:
        Formula, with its `parts`.

    Source: lifetime value over acquisition cost, on one margin; pages that leave the margin out
    read higher.

    >>> from salesmetrics.examples import costs, customers, subscriptions
    >>> ratio = ltv_to_cac(
    ...     costs, customers, subscriptions, None, "2025-Q1", margin=0.8, active_for_days=None
    ... )
    >>> round(float(ratio), 4)
    1.043
    """
    value = simple_lifetime_value(
        subscriptions, deals, period, by=by, margin=margin, active_for_days=active_for_days
    )
    cost = customer_acquisition_cost(costs, customers, period, by=by)
    return formula("LTV to CAC", "ratio", {"lifetime value": value}, {"acquisition cost": cost})
