"""KPI of how evenly a quarter's bookings come in."""

from __future__ import annotations

from typing import Literal

from ...kpi import kpi
from ...periods import ALL_TIME, Periods
from ...results import Formula
from ...tables import IntoDeals
from ...tables.grouping import By
from .quarter_ends import late_share

__all__ = ["bookings_linearity"]


@kpi(
    unit="share of amount",
    better="lower",
    adds_over="rows",
    ko="수주 쏠림도",
    variants={"bookings_linearity_last_7_days": {"last": "7 days"}},
    per_period=True,
    moves_with_time=True,
)
def bookings_linearity(
    deals: IntoDeals,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    last: Literal["month", "7 days"] = "month",
) -> Formula:
    """Share of a quarter's bookings that came in its last month.

    Formula: amount won in the last month of the quarter / amount won in the quarter.  Evenly
    spread it is about a third; in the last 7 days, 0.08.
    Rows and date: as in `bookings`; the quarter and its last month are those of the calendar
    asked for, a fiscal year's too.
    Undefined: of periods that are no quarter, of a quarter that is not over by what is known, and
    where nothing above 0 was won in it.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        last: the last `"month"` of the quarter, or its last `"7 days"`.

    Returns:
        Formula, with the two amounts as its `parts`.

    Raises:
        NeedsError: the deals have no column `amount`.

    Source: usual (Clari, SaaS board reports) as the share of each month; a quarter that is not
    over would show its first months as the last.

    >>> from salesmetrics.examples import deals
    >>> bookings_linearity(deals, "2025-Q1").value          # won on 20 January and 4 February
    0.0
    """
    return late_share(deals, period, by, last)
