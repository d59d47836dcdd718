"""KPIs of what became of deals: created, won, lost, and the rates between them.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from typing import Literal

from ...kpi import Choices, kpi
from ...periods import ALL_TIME, Periods
from ...results import Ratio, Total
from ...tables import Deals, IntoDeals
from ...tables.grouping import By
from ...tables.order import in_order, without_impossible

__all__ = [
    "bookings",
    "close_rate",
    "deals_created",
    "lost_amount",
    "lost_deals",
    "win_rate",
    "won_deals",
]

Of = Literal["count", "amount"]
DECIDED = Choices("losses", {"qualified": "decided", "all": "closed"})
EXCLUDED = Choices("losses", {"qualified": "disqualified", "all": None})


@kpi(unit="count", better="higher", adds_over="rows time", ko="신규 딜 수", articles="0")
def deals_created(deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None) -> Total:
    """Deals created in the period.

    Formula: the number of deals.
    Rows and date: every deal, whatever became of it, in the period that holds `created_at`;
    deals without it are left out and counted in `excluded`.
    Undefined: never; nothing created is 0.

    Args:
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Total, in deals.

    Raises:
        NeedsError: the deals have no column `created_at`.

    Source: fivetran/dbt_salesforce counts `created` alike; Atrium also counts deals transferred
    in as new for a seller, which this does not.

    >>> from salesmetrics.examples import deals
    >>> deals_created(deals, "2025-01").value
    3
    """
    return Deals.of(deals).during("created_at", period, by=by).count()


@kpi(unit="count", better="higher", adds_over="rows time", ko="수주 건수", articles="0 2 4")
def won_deals(deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None) -> Total:
    """Deals won in the period.

    Formula: the number of won deals.
    Rows and date: deals whose outcome is won, in the period that holds `closed_at`, whenever
    they were created.  Deals without an amount count.
    Undefined: never; nothing won is 0.

    Args:
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Total, in deals.

    Source: all agree on won deals by their actual close; CRMs that date a win by its last edit
    (open-mercato) or by its expected close (dbt_salesforce for open deals) differ.

    >>> from salesmetrics.examples import deals
    >>> won_deals(deals, "2025-Q1").value
    2
    """
    return Deals.of(deals).during("closed_at", period, by=by).count("won")


@kpi(unit="count", better="lower", adds_over="rows time", ko="실주 건수", articles="0 2 4")
def lost_deals(deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None) -> Total:
    """Deals lost in the period.

    Formula: the number of lost deals.
    Rows and date: deals whose outcome is lost, in the period that holds `closed_at`; disqualified
    deals are not lost and are reported in `excluded`.
    Undefined: never; nothing lost is 0.

    Args:
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Total, in deals.

    Source: deals whose outcome is lost; fivetran/dbt_salesforce counts every closed deal that was
    not won, as `win_rate` does with `losses="all"`.

    >>> from salesmetrics.examples import deals
    >>> lost_deals(deals, "2025-Q1").value
    1
    """
    closed = Deals.of(deals).during("closed_at", period, by=by)
    return closed.measure("count", where="lost", excluded="disqualified")


@kpi(unit="money", better="lower", adds_over="rows time", ko="실주 금액", articles="0 2 4")
def lost_amount(deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None) -> Total:
    """Amount of the deals lost in the period.

    Formula: the sum of the amounts of lost deals, as known, exact.
    Rows and date: deals whose outcome is lost, in the period that holds `closed_at`; those without
    amount are left out and counted in `excluded`, where disqualified deals are named too, which
    are not lost.  A list amount does not stand in, so that `win_rate_by_amount` is bookings /
    (bookings + lost amount).
    Undefined: where deals were lost and the amount of none is known; nothing lost is 0.

    Args:
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Total, in the reporting currency.

    Raises:
        NeedsError: the deals have no column `amount`.

    Source: Salesforce and HubSpot report closed lost by amount alike; a CRM in which the amount is
    set to 0 on losing shows less than was lost.

    >>> from salesmetrics.examples import deals
    >>> lost_amount(deals, "2025-Q1").value
    8000.0
    """
    closed = Deals.of(deals).during("closed_at", period, by=by)
    return closed.measure("amount", where="lost", excluded="disqualified")


@kpi(unit="money", better="higher", adds_over="rows time", ko="수주 금액", articles="0 2 4")
def bookings(deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None) -> Total:
    """Amount won in the period.

    Formula: the sum of the amounts of won deals, exact.
    Rows and date: deals whose outcome is won, in the period that holds `closed_at`; won deals
    without amount, or in a currency without a rate on that day, are left out and counted in
    `excluded`.  A list amount never stands in for what was won.
    Undefined: where deals were won and the amount of none is known; nothing won is 0.

    Args:
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Total, in the reporting currency.

    Raises:
        NeedsError: the deals have no column `amount`.

    Source: all agree on the amount won; frappe/crm adds lost deals at full value, which this does
    not.

    >>> from salesmetrics.examples import deals
    >>> bookings(deals, "2025-Q1").value
    42000.5
    """
    return Deals.of(deals).during("closed_at", period, by=by).total("amount", where="won")


@kpi(
    unit="proportion",
    better="higher",
    adds_over="rows time",
    ko="수주율(거래 성사율)",
    articles="0 2 4",
    variants={
        "win_rate_by_amount": {"of": "amount"},
        "win_rate_all_losses": {"losses": "all"},
        "win_rate_with_overdue": {"overdue": True},
    },
    moves_with_time=("win_rate_with_overdue",),
)
def win_rate(
    deals: IntoDeals,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    of: Of = "count",
    losses: Literal["qualified", "all"] = "qualified",
    overdue: bool = False,
    from_stage: str | None = None,
) -> Ratio:
    """Share of decided deals that were won.

    Formula: won / (won + lost).
    Rows and date: deals won or lost, in the period that holds `closed_at`, whenever they were
    created; open deals do not count.  Disqualified deals count as neither and are reported in
    `excluded`.
    Undefined: where nothing was decided; where all was lost it is 0.0.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        of: `"count"` of deals, or their `"amount"` (then a larger deal weighs more, and deals
            without amount are left out and counted).
        losses: `"qualified"` leaves disqualified deals out; `"all"` counts them as lost.
        overdue: also counts, as not won, open deals whose expected close lies in the period and
            has passed by what is known.
        from_stage: only deals that ever entered this stage, by its id (needs stage_changes).

    Returns:
        Ratio from 0 to 1; by count a proportion with Wilson's interval.

    Source: Gong and Atrium divide so, by count; fivetran/dbt_salesforce and QuarterOne divide
    amounts (`of="amount"`); Kellblog's broad rate has `losses="all"`; Zoho Motivator adds
    overdue deals (`overdue=True`).  Salesforce Help also prints won / all records, which is
    `close_rate`.

    >>> from salesmetrics.examples import deals
    >>> rate = win_rate(deals, "2025-Q1")
    >>> rate.value, rate.numerator, rate.denominator
    (0.6666666666666666, 2, 3)
    >>> [(cell.group, cell.value) for cell in win_rate(deals, "2025-Q1", by="owner")]
    [(('ana',), 1.0), (('bo',), 0.5)]
    """
    some = Deals.of(deals).that_entered(from_stage)
    closed = some.during("closed_at", period, by=by)
    decided = closed.measure(of, where=DECIDED[losses], excluded=EXCLUDED[losses])
    late = LATE[overdue](some, period, by, of)
    return Ratio(closed.measure(of, where="won"), decided.together(*late))


@kpi(
    unit="proportion",
    better="higher",
    adds_over="rows time",
    ko="딜 클로징 비율",
    articles="4",
    variants={"close_rate_by_amount": {"of": "amount"}},
)
def close_rate(
    deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None, of: Of = "count"
) -> Ratio:
    """Share of all deals created in the period that have been won by now.

    Formula: won / all created, open ones included.
    Rows and date: every deal that says how it stands, in the period that holds `created_at`; won
    means won by what is known, and deals that do not say are left out and counted in `excluded`.
    `undecided` says how many are still open: while there are any, the rate can only rise.
    Undefined: where nothing was created.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        of: `"count"` of deals, or their `"amount"`.

    Returns:
        Ratio from 0 to 1; by count a proportion with Wilson's interval.

    Source: Varicent's created win rate; not the same as `win_rate`, which divides by what was
    decided in the period.

    >>> from salesmetrics.examples import deals
    >>> rate = close_rate(deals, "2025-01")
    >>> rate.value, rate.undecided
    (0.3333333333333333, 1)
    """
    created, order = Deals.of(deals).during("created_at", period, by=by), CREATED_TO_CLOSED
    every = created.measure(of, where=("open or closed", order))
    whole = without_impossible(every, created, order)
    return Ratio(created.measure(of, where=("won", order)), whole, created.count("open"))


def _no_overdue(deals: IntoDeals, period: Periods | str, by: By, of: Of) -> tuple[Total, ...]:
    return ()


def _overdue(deals: IntoDeals, period: Periods | str, by: By, of: Of) -> tuple[Total, ...]:
    """Open deals that should have closed in the period, as known."""
    due = Deals.of(deals).during("expected_close_at", period, by=by)
    return (due.measure(of, where="late"),)


CREATED_TO_CLOSED = in_order("created_at", "closed_at")
LATE = Choices("overdue", {False: _no_overdue, True: _overdue})
