"""KPIs of how often the expected close of open deals was put off.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from ...kpi import kpi
from ...periods import Periods
from ...results import Ratio, Total
from ...tables import Deals, IntoDeals
from ...tables.grouping import By
from ...tables.pushes import pushed_often, pushes

__all__ = ["often_pushed_share", "push_count"]


@kpi(
    unit="count",
    better="lower",
    adds_over="rows",
    ko="마감일 연기 횟수",
    per_period=True,
    needs_history=True,
    needs=("close_date_changes",),
)
def push_count(deals: IntoDeals, period: Periods | str, *, by: By = None) -> Total:
    """How often the deals open at the end of the period were put off to a later month.

    Formula: the number of moves of their expected close to a later calendar month.
    Rows and date: deals as in `open_deals`, at the end of the period, with all that was recorded
    of them before it.  Of several changes on a day only where they led counts.  The first expected
    close that is set moves nothing; one that is set after another was cleared is compared with
    that.
    Undefined: never; nothing put off is 0.  A period is needed.

    Args:
        deals: Deals of a CRM with close_date_changes.

    Returns:
        Total, in pushes, of `n` deals; a stock, which does not add over time.

    Raises:
        NeedsError: no close_date_changes.

    Source: Gong and Clari count pushes alike; Salesforce's Push Count also goes by calendar
    month, and counts every save.

    >>> from salesmetrics.examples import crm_with_close_dates
    >>> push_count(crm_with_close_dates.deals, "2025-Q1").value
    3
    """
    return pushes(Deals.of(deals).standing("created_at", "closed_at", period, by=by))


@kpi(
    unit="proportion",
    better="lower",
    adds_over="rows",
    en="share of deals often pushed",
    ko="3회 이상 연기 딜 비중",
    per_period=True,
    needs_history=True,
    needs=("close_date_changes",),
)
def often_pushed_share(deals: IntoDeals, period: Periods | str, *, by: By = None) -> Ratio:
    """Share of the open deals that were put off to a later month three times or more.

    Formula: open deals with three pushes or more / open deals.
    Rows and date: deals and pushes as in `push_count`, at the end of the period.
    Undefined: where no deal is open.  A period is needed.

    Args:
        deals: Deals of a CRM with close_date_changes.

    Returns:
        Ratio from 0 to 1 with Wilson's interval; a stock, which does not add over time.

    Raises:
        NeedsError: no close_date_changes.

    Source: Gong and Atrium warn of deals pushed so often.

    >>> from salesmetrics.examples import crm_with_close_dates
    >>> share = often_pushed_share(crm_with_close_dates.deals, "2025-Q1")
    >>> share.value, share.denominator
    (1.0, 1)
    """
    open_ = Deals.of(deals).standing("created_at", "closed_at", period, by=by)
    return Ratio(pushed_often(open_), open_.count())
