"""KPIs of what customers are worth, and where revenue comes from.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from ...errors import NeedsError
from ...kpi import Choices, kpi
from ...periods import ALL_TIME, Periods
from ...reasons import tables_needed
from ...results import Formula, Ratio, Total
from ...results.formula import formula
from ...tables import Costs, Deals, IntoCosts, IntoDeals, IntoRevenues, IntoSubscriptions
from ...tables.grouping import By
from ..earnings import earned, earned_to_date, ranked_shares, trailing_churn
from ..planning import Rate, given_share
from .accounts import active_accounts
from .buyers import ever_won_accounts
from .recurring import MONTH

__all__ = [
    "customer_lifetime_value",
    "revenue",
    "revenue_per_account",
    "segment_contribution",
    "segment_margin",
    "simple_lifetime_value",
]


@kpi(
    unit="money",
    better="higher",
    adds_over="rows time",
    ko="매출액",
    articles="0 2 4",
    optional=("revenues", "deals"),
)
def revenue(
    revenues: IntoRevenues | None,
    deals: IntoDeals | None,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
) -> Total:
    """Revenue of the period.

    Formula: the sum of the revenue records, exact; without any records, of the won deals, which
    `assumed` then says.
    Rows and date: revenue records by `booked_at`, returns (below 0) included; else won deals by
    `closed_at`.
    Undefined: where there are rows and the amount of none is known; no rows is 0.

    Args:
        revenues: Revenues, or anything `Revenues.of` takes, or None.
        deals: Deals, or anything `Deals.of` takes, or None.

    Returns:
        Total, in the reporting currency.

    Raises:
        NeedsError: neither revenues nor deals are given.

    Source: articles 0, 2 and 4; bookings are what was signed, revenue what was invoiced.

    >>> from salesmetrics.examples import deals, revenues
    >>> revenue(revenues, deals, "2025-Q1").value
    30000.0
    >>> booked = revenue(None, deals, "2025-Q1")
    >>> booked.value, dict(booked.assumed)
    (42000.5, {'won deals for revenue': 2})
    """
    return earned(revenues, deals, period, by)


@kpi(
    unit="money",
    better="higher",
    adds_over="",
    en="revenue per account (ARPA)",
    ko="고객당 매출(ARPA)",
    articles="2",
    variants={"booked_per_account": {"revenue": "booked"}},
    optional=("subscriptions", "deals"),
    looks_ahead=("revenue_per_account",),
)
def revenue_per_account(
    subscriptions: IntoSubscriptions | None,
    deals: IntoDeals | None,
    period: Periods | str,
    *,
    by: By = None,
    active_for_days: int | None,
    revenue: Literal["recurring", "booked"] = "recurring",
) -> Ratio:
    """Revenue for each active customer: recurring a month, or booked in the period.

    Formula: MRR / customers with a subscription, both at the period's end; `booked`: amount won
    in the period / customers active at its end.
    Rows and date: as in `mrr`, `bookings` and `active_customers`; a customer with an amount that
    is not known counts on neither side of recurring revenue.
    Undefined: where nobody is active.  A period is needed.

    Args:
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes, or None.
        deals: Deals, or anything `Deals.of` takes, or None.
        active_for_days: how long a won deal makes a customer active; None goes by subscriptions.
        revenue: `"recurring"` revenue a month, or `"booked"` in the period.

    Returns:
        Ratio, in the reporting currency per customer; it does not add over time.

    Source: ChartMogul (MRR / customers).

    >>> from salesmetrics.examples import subscriptions
    >>> revenue_per_account(subscriptions, None, "2025-Q1", active_for_days=None).value
    733.3333333333334
    """
    return PER_ACCOUNT[revenue](subscriptions, deals, period, by, active_for_days)


def _recurring_each(
    subscriptions: IntoSubscriptions | None,
    deals: IntoDeals | None,
    period: Periods | str,
    by: By,
    active_for_days: int | None,
) -> Ratio:
    if subscriptions is None:
        raise NeedsError(
            tables_needed("subscriptions"),
            'recurring revenue is told by subscriptions; revenue="booked" takes what was won',
        )
    accounts = active_accounts(subscriptions, None, period, by, None, endless=True)
    end = accounts.total("end_amount", "active at the end").times(MONTH)
    return Ratio(end, end.counted())


def _booked_each(
    subscriptions: IntoSubscriptions | None,
    deals: IntoDeals,
    period: Periods | str,
    by: By,
    active_for_days: int | None,
) -> Ratio:
    accounts = active_accounts(subscriptions, deals, period, by, active_for_days, endless=True)
    won = Deals.of(deals).during("closed_at", period, by=by).total("amount", where="won")
    return Ratio(won.non_additive(), accounts.count("active at the end"))


Each = Callable[[Any, Any, Periods | str, By, int | None], Ratio]
PER_ACCOUNT: Choices[Each] = Choices(
    "revenue", {"recurring": _recurring_each, "booked": _booked_each}
)


@kpi(
    unit="proportion",
    better="neither",
    adds_over="",
    ko="고객군별 매출 기여도",
    articles="0 1",
    of_whole=True,
)
def segment_contribution(
    deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None
) -> Ratio:
    """Share of each group in the amount won in the period, the largest first.

    Formula: won amount of the group / won amount of all, also where the deals are filtered.
    Rows and date: won deals, in the period that holds `closed_at`; those without a value of the
    column form a group of their own.
    Undefined: where nothing was won, or what was won comes to 0 or below in all.

    Args:
        deals: Deals, or anything `Deals.of` takes; grouped by a segment, such as
            `customer.industry`.

    Returns:
        Ratio; the shares of a period sum to 1.  They do not add: ask again by fewer columns.

    Source: articles 0 and 1; where costs are known by segment, see `segment_margin`.

    >>> from salesmetrics.examples import deals
    >>> [(c.group, f"{c.value:.1%}") for c in segment_contribution(deals, "2025-Q1", by="owner")]
    [(('ana',), '71.4%'), (('bo',), '28.6%')]
    """
    everything = earned(None, Deals.of(deals).unfiltered, period, None)
    return ranked_shares(earned(None, deals, period, by), everything)


@kpi(
    unit="proportion",
    better="neither",
    adds_over="",
    ko="고객군별 이익 기여도",
    articles="0 1",
    of_whole=True,
)
def segment_margin(
    deals: IntoDeals, costs: IntoCosts, period: Periods | str = ALL_TIME, *, by: By = None
) -> Ratio:
    """Share of each group in what was won minus what was spent in the period, the largest first.

    Formula: (won amount - cost) of the group / (won amount - cost) of all, also where the tables
    are filtered.
    Rows and date: won deals by `closed_at`, all costs by `spent_at`; costs without a value of the
    column stay visible in a group of their own.
    Undefined: where nothing above 0 is left in all.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        costs: Costs, or anything `Costs.of` takes, that have the column grouped by.

    Returns:
        Ratio; the shares of a period sum to 1, single ones may lie below 0 or above 1.

    Source: articles 0 and 1: segments are ranked by margin where costs exist.

    >>> from salesmetrics.examples import costs, deals
    >>> segment_margin(deals, costs, "2025-Q1").value
    1.0
    """
    spent = Costs.of(costs).during("spent_at", period, by=by).total("amount")
    every_cost = Costs.of(costs).unfiltered.during("spent_at", period).total("amount")
    everything = earned(None, Deals.of(deals).unfiltered, period, None).minus(every_cost)
    return ranked_shares(earned(None, deals, period, by).minus(spent), everything)


@kpi(
    unit="money",
    better="higher",
    adds_over="",
    ko="고객 생애 가치(CLV)",
    articles="0 2 4",
    optional=("revenues", "deals"),
)
def customer_lifetime_value(
    revenues: IntoRevenues | None,
    deals: IntoDeals | None,
    period: Periods | str,
    *,
    by: By = None,
    margin: Rate,
) -> Ratio:
    """What a customer ever won has brought in by the end of the period, historic.

    Formula: revenue to date x margin / customers ever won.
    Rows and date: revenue records up to the end (without any records, won deals) that name their
    customer, returns (below 0) taken off; customers with a won deal or a revenue record above 0
    by then: who only ever returned something is none.
    Undefined: where nobody was won.  A period is needed.

    Args:
        revenues: Revenues, or anything `Revenues.of` takes, or None.
        deals: Deals, or anything `Deals.of` takes, or None.
        margin: the share of revenue that is earned, above 0 to 1; 1 for revenue itself.

    Returns:
        Ratio, in the reporting currency per customer; a stock, which does not add over time.

    Source: article 0 takes total revenue (`margin=1`), article 2 its average; finance takes the
    margin.  Nothing is forecast; `simple_lifetime_value` projects.

    >>> from salesmetrics.examples import revenues
    >>> customer_lifetime_value(revenues, None, "2025-Q1", margin=0.5).value
    12500.0
    """
    total = earned_to_date(revenues, deals, period, by).times(given_share("margin", margin))
    return Ratio(
        total.non_additive(), ever_won_accounts(revenues, deals, period, by).count("ever won")
    )


@kpi(
    unit="money",
    better="higher",
    adds_over="",
    en="simple customer lifetime value",
    ko="단순 고객 생애 가치",
    articles="0 2 4",
    optional=("deals",),
)
def simple_lifetime_value(
    subscriptions: IntoSubscriptions,
    deals: IntoDeals | None,
    period: Periods | str,
    *,
    by: By = None,
    margin: Rate,
    active_for_days: int | None,
) -> Formula:
    """What a customer brings in until it leaves, if all goes on as it does.

    Formula: recurring revenue per account a month x margin / monthly churn.
    Rows and date: `revenue_per_account` at the period's end; churn of the six months up to it,
    customers that left / customers at the start, month by month, sum over sum.
    Undefined: where nobody left, or nobody was there: no churn is no endless life.  A period is
    needed.

    Args:
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes.
        deals: Deals, or anything `Deals.of` takes, or None.
        margin: the share of revenue that is earned, above 0 to 1; 1 for revenue itself.
        active_for_days: how long a won deal makes a customer active; None goes by subscriptions.

    Returns:
        Formula, in the reporting currency, with its `parts`.

    Source: ChartMogul (churn averaged over six months, undefined at 0, no margin); Polar and
    profitable show 0 at no churn.

    >>> from salesmetrics.examples import subscriptions
    >>> value = simple_lifetime_value(
    ...     subscriptions, None, "2025-Q1", margin=0.8, active_for_days=None
    ... )
    >>> round(float(value), 2), value.parts["monthly churn"]
    (9386.67, 0.0625)
    """
    each = _recurring_each(subscriptions, deals, period, by, active_for_days)
    churn = trailing_churn(subscriptions, deals, period, by, active_for_days)
    return formula(
        "simple lifetime value",
        "money",
        {"revenue per account": each, "margin": given_share("margin", margin)},
        {"monthly churn": churn},
        currency=each.currency,
    )
