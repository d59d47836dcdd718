"""KPIs of whom revenue comes from: few or many, new customers or earlier ones, which segments.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from ...kpi import kpi
from ...periods import ALL_TIME, Periods
from ...reasons import Reason
from ...results import Ratio, Statement
from ...tables import IntoRevenues, Revenues
from ...tables.grouping import By
from ..earnings import earned, ranked_shares
from ..largest import of_the_largest

__all__ = ["repeat_revenue_share", "revenue_concentration", "segment_revenue_share"]


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
    Undefined: where no customer has revenue above 0, or all revenue comes to 0 or below.

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


@kpi(
    unit="share of amount",
    better="neither",
    adds_over="",
    ko="재구매 매출 비중",
    articles="1",
    looks_up=True,
)
def repeat_revenue_share(
    revenues: IntoRevenues, period: Periods | str = ALL_TIME, *, by: By = None
) -> Ratio:
    """Share of existing customers in the revenue of the period; the rest is that of new ones.

    Formula: revenue from customers who had bought before / revenue.
    Rows and date: revenue records that name their customer, in the period that holds `booked_at`,
    returns (below 0) taken off; a customer had bought before where a record of its own above 0 is
    earlier than this one, whatever the time between (one without a day is later than all others).
    Of a contract that is paid in instalments the first is new.
    Undefined: where there is no revenue, or it is below 0.

    Args:
        revenues: Revenues with `customer`, or anything `Revenues.of` takes.

    Returns:
        Ratio from 0 to 1 where amounts are not negative.

    Raises:
        NeedsError: the revenues have no column `amount` or `customer`.

    Source: article 1, of what was booked; `existing_revenue_share` is the same of won deals.  Shops
    call it revenue of returning customers.

    >>> from salesmetrics.examples import revenues
    >>> repeat_revenue_share(revenues, "2025-Q1").value
    0.4
    """
    booked = Revenues.of(revenues).during("booked_at", period, by=by)
    named = booked.total("amount", where="of a customer")
    nobody = booked.count("of no customer")
    again = booked.total("amount", where=("of a customer", "to existing customers"))
    return Ratio(
        again.non_additive(),
        named.excluding(Reason("no_field", field="customer"), nobody).non_additive(),
    )


@kpi(
    unit="proportion",
    better="neither",
    adds_over="",
    ko="고객군별 매출 비중",
    articles="0 1",
    of_whole=True,
)
def segment_revenue_share(
    revenues: IntoRevenues, period: Periods | str = ALL_TIME, *, by: By = None
) -> Ratio:
    """Share of each group in the revenue of the period, the largest first.

    Formula: revenue of the group / revenue of all, also where the records are filtered.
    Rows and date: revenue records, in the period that holds `booked_at`, returns (below 0) taken
    off; those without a value of the column form a group of their own.
    Undefined: where there is no revenue, or it comes to 0 or below in all.

    Args:
        revenues: Revenues, or anything `Revenues.of` takes; grouped by a segment, such as
            `customer.industry`.

    Returns:
        Ratio; the shares of a period sum to 1.  They do not add: ask again by fewer columns.

    Raises:
        NeedsError: the revenues have no column `amount`.

    Source: article 1; `segment_contribution` is the same of what was won.

    >>> from salesmetrics.examples import revenues
    >>> found = segment_revenue_share(revenues, "2025-Q1", by="customer")
    >>> [(cell.group[0], cell.value) for cell in found]
    [('daehan', 0.6), ('kim & co', 0.4)]
    """
    everything = earned(Revenues.of(revenues).unfiltered, None, period, None)
    return ranked_shares(earned(revenues, None, period, by), everything)
