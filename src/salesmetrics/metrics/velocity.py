"""KPIs of how fast deals turn into money.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from typing import Literal

from ..kpi import Choices, kpi
from ..periods import ALL_TIME, Periods
from ..results import Formula, Ratio
from ..results.formula import formula
from ..tables import Deals, IntoDeals
from ..tables.grouping import By
from .speed import counted_deals, cycle_days, days_of

__all__ = ["realised_velocity", "sales_velocity"]


@kpi(unit="money", better="higher", adds_over="", ko="파이프라인 속도", articles="0 2")
def sales_velocity(
    deals: IntoDeals,
    period: Periods | str,
    *,
    by: By = None,
    count_basis: Literal["open", "created"] = "open",
) -> Formula:
    """What the pipeline turns into won amount: a day, or (by deals created) a period.

    Formula: deals x win rate x average won amount / mean cycle in days.
    Rows and date: deals open at the period's end, or created in it; win rate, size and cycle of
    the deals closed in the period, the cycle from creation.
    Undefined: where nothing was won, or the mean cycle is 0 days.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        count_basis: `"open"`, the stock at the end: money a day; or `"created"` in the period:
            money for a period of that length, so that periods of different length are refused
            together.

    Returns:
        Formula, in the reporting currency, with its `parts`.

    Raises:
        SalesMetricsError: `count_basis="decided"`: deals x win rate is then the number won, and
            the figure collapses to won amount / cycle; see `realised_velocity`.

    Source: most vendors count the deals in the pipeline, article 0 those newly created in the
    period; many also take each factor from other deals.  Pages multiply the rounded day by 90.

    >>> from salesmetrics.examples import deals
    >>> speed = sales_velocity(deals, "2025-Q1")
    >>> round(float(speed), 2), speed.parts["mean cycle in days"]
    (788.74, 35.5)
    """
    closed = Deals.of(deals).during("closed_at", period, by=by)
    count = counted_deals(deals, period, by, count_basis)
    amount, currency = closed.total("amount", where="won"), closed.table.currency
    won = {"win rate": Ratio(closed.count("won"), closed.count("decided"))}
    size, cycle = Ratio(amount, amount.counted()), cycle_days(closed)
    return formula(
        NAME,
        UNITS[count_basis],
        {"deals": count, **won, "deal size": size},
        cycle,
        currency=currency,
    )


NAME = "sales velocity"
UNITS = Choices("count_basis", {"open": "money a day", "created": "money a period"})


@kpi(unit="money", better="higher", adds_over="", ko="일평균 수주액", articles="0")
def realised_velocity(
    deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None
) -> Ratio:
    """Amount won a day of the period.

    Formula: won amount / days of the period.
    Rows and date: as in `bookings`; every calendar day of the period counts, also those after
    what is known (the result then says that the period is unfinished).
    Undefined: where deals were won and the amount of none is known.  A period is needed: all time
    has no number of days.

    Args:
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Ratio, in the reporting currency per day.

    Source: throughput, shown next to `sales_velocity` because it needs no assumption.

    >>> from salesmetrics.examples import deals
    >>> realised_velocity(deals, "2025-01").value
    967.758064516129
    """
    won = Deals.of(deals).during("closed_at", period, by=by).total("amount", where="won")
    return Ratio(won.non_additive(), days_of(won))
