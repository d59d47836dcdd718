"""KPIs of what existing customers buy.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from ...kpi import Choices, kpi
from ...periods import ALL_TIME, Periods
from ...reasons import Reason
from ...results import Ratio, Total
from ...tables import Deals, IntoDeals
from ...tables.grouping import By
from ...tables.said import as_said
from ...tables.window import Window

__all__ = ["cross_sell_share", "existing_revenue_share", "upsell_share"]

EXISTING = ("won", "to existing customers")
NOBODYS = ("won", "of no customer")
UPSOLD = Choices("with_cross_sell", {False: "upsell", True: "upsell or cross_sell"})


@kpi(
    unit="share of amount",
    better="higher",
    adds_over="",
    ko="업셀링 비중",
    articles="1",
    variants={"upsell_share_with_cross_sell": {"with_cross_sell": True}},
    looks_up=True,
    needs=("deals.type",),
)
def upsell_share(
    deals: IntoDeals,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    with_cross_sell: bool = False,
) -> Ratio:
    """Share of upsells in the amount won from existing customers.

    Formula: won amount of deals of type `upsell` / won amount, both from existing customers.
    Rows and date: won deals in the period that holds `closed_at`, of customers with an earlier
    won close than this deal's; deals without a customer, and those without a type, which are no
    known upsell, are counted in `excluded`.
    Undefined: where nothing was won from existing customers, or no such deal says its type.

    Args:
        deals: Deals with `customer` and `type`, or anything `Deals.of` takes.
        with_cross_sell: also deals of type `cross_sell`: what existing customers bought more.

    Returns:
        Ratio from 0 to 1 where amounts are not negative.

    Source: article 1.  Others divide by all revenue, or take expansion MRR / start MRR.

    >>> from salesmetrics.examples import repeat_deals
    >>> upsell_share(repeat_deals, "2025-Q1").value
    0.25
    """
    closed = Deals.of(deals).during("closed_at", period, by=by)
    return _of_existing(closed, UPSOLD[with_cross_sell])


@kpi(
    unit="share of amount",
    better="higher",
    adds_over="",
    ko="크로스셀링 비중",
    articles="1",
    looks_up=True,
    needs=("deals.type",),
)
def cross_sell_share(deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None) -> Ratio:
    """Share of cross-sells in the amount won from existing customers.

    Formula: won amount of deals of type `cross_sell` / won amount, both from existing customers.
    Rows and date: as in `upsell_share`.
    Undefined: where nothing was won from existing customers, or no such deal says its type.

    Args:
        deals: Deals with `customer` and `type`, or anything `Deals.of` takes.

    Returns:
        Ratio from 0 to 1 where amounts are not negative.

    Source: article 1.

    >>> from salesmetrics.examples import repeat_deals
    >>> cross_sell_share(repeat_deals, "2025-Q1").value
    0.75
    """
    return _of_existing(Deals.of(deals).during("closed_at", period, by=by), "cross_sell")


def _of_customers(won: Total, closed: Window) -> Total:
    """What was won, with what names no customer named."""
    return won.excluding(Reason("no_field", field="customer"), closed.count(NOBODYS))


def _of_existing(closed: Window, kind: str) -> Ratio:
    """Won of a type / won, from existing customers; what says no customer or no type is named."""
    part, whole = (closed.total("amount", where=(*EXISTING, *of)) for of in ((kind,), ()))
    whole = _of_customers(whole, closed)
    return Ratio(as_said(part, closed, "type", *EXISTING).non_additive(), whole.non_additive())


@kpi(
    unit="share of amount",
    better="neither",
    adds_over="",
    ko="기존 고객 매출 비중",
    articles="1",
    looks_up=True,
)
def existing_revenue_share(
    deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None
) -> Ratio:
    """Share of existing customers in the amount won.

    Formula: won amount from existing customers / won amount.
    Rows and date: won deals that name their customer, in the period that holds `closed_at`;
    existing customers have an earlier won close than this deal's (whatever the time between), so
    a customer's first deal is new and the second, even of the same month, is not.
    Undefined: where nothing was won.

    Args:
        deals: Deals with `customer`, or anything `Deals.of` takes.

    Returns:
        Ratio from 0 to 1 where amounts are not negative.

    Source: article 1.

    >>> from salesmetrics.examples import deals
    >>> existing_revenue_share(deals, "2025-Q1").value
    0.0
    """
    closed = Deals.of(deals).during("closed_at", period, by=by)
    won = closed.total("amount", where=("won", "of a customer"))
    existing = closed.total("amount", where=EXISTING)
    return Ratio(existing.non_additive(), _of_customers(won, closed).non_additive())
