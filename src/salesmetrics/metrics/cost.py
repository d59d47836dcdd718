"""KPIs of what winning customers costs.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from typing import Any

from ..kpi import kpi
from ..measures import Ratio
from ..periods import ALL_TIME, Periods
from ..tables import Costs, Customers
from ..tables.grouping import By

__all__ = ["customer_acquisition_cost"]


@kpi(
    unit="money",
    better="lower",
    adds_over="rows time",
    ko="고객 획득 비용(CAC)",
    articles="1 2 4",
)
def customer_acquisition_cost(
    costs: Any, customers: Any, period: Periods | str = ALL_TIME, *, by: By = None, lag: int = 0
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
        lag: cost of so many months earlier, where winning a customer takes that long.

    Returns:
        Ratio, in the reporting currency per customer.

    Raises:
        NeedsError: the costs have no categories, or when customers were won is not known.

    Source: usual, fully loaded; "paid only" counts marketing alone.  Same-month division misleads
    where the cycle is long: hence `lag`.

    >>> from salesmetrics.examples import costs, customers
    >>> customer_acquisition_cost(costs, customers, "2025-Q1").value
    9000.0
    """
    spent = Costs.of(costs).during("spent_at", period, by=by, earlier=lag)
    new = Customers.of(customers).during("acquired_at", period, by=by)
    return Ratio(spent.total("amount", where="sales and marketing"), new.count())
