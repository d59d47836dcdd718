"""KPIs of whom revenue comes from: few or many.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from ...kpi import kpi
from ...periods import ALL_TIME, Periods
from ...results import Statement
from ...tables import IntoRevenues, Revenues
from ...tables.grouping import By
from ..largest import of_the_largest

__all__ = ["revenue_concentration"]


@kpi(
    unit="share of amount",
    better="lower",
    adds_over="",
    ko="매출 집중도",
    articles="1",
)
def revenue_concentration(
    revenues: IntoRevenues, period: Periods | str = ALL_TIME, *, by: By = None, top: int = 5
) -> Statement:
    """How much of the revenue of the period comes from the largest customers.

    Formula: the share of the largest, of the largest 5 (`top`) and of the largest 20 % (their
    number rounded up) in the revenue, and the Herfindahl index, the sum of all shares squared.
    Rows and date: revenue records in the period that holds `booked_at`, a customer's returns
    (below 0) taken off; customers whose revenue is not above 0 have no share, and records without
    a customer are counted in `excluded`.
    Undefined: where no customer has revenue above 0.

    Args:
        revenues: Revenues with `customer`, or anything `Revenues.of` takes.
        top: how many of the largest its figure is of.

    Returns:
        Statement with the lines `top 1`, `top 5`, `top 20 %`, `herfindahl index` and `count`; its
        figure is `top 5`.

    Raises:
        NeedsError: the revenues have no column `amount` or `customer`.

    Source: article 1 (dependence on few customers); annual reports name customers above 10 % of
    revenue.  `concentration` is the same of what was won.

    >>> from salesmetrics.examples import revenues
    >>> found = revenue_concentration(revenues, "2025-Q1", top=1)
    >>> found.value, found.parts["count"]
    (0.6, 2)
    """
    table = Revenues.of(revenues)
    return of_the_largest("revenue", table, "booked_at", period, by, top, each="customer")
