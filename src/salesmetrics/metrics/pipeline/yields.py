"""KPIs of what became of the pipeline: of what was due at the start, and of what was new.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from typing import Literal

from ...kpi import kpi
from ...periods import ALL_TIME, Periods
from ...results import Ratio, Statement
from ...tables import Deals, IntoDeals
from ...tables.grouping import By
from .creation import won_with_creation

__all__ = ["create_and_close_share", "pipeline_yield"]

Of = Literal["count", "amount"]


@kpi(
    unit="proportion",
    better="higher",
    adds_over="rows",
    ko="기초 파이프라인 전환율",
    variants={"pipeline_yield_by_amount": {"of": "amount"}},
    per_period=True,
    needs_history=True,
    moves_with_time=True,
    needs=("close_date_changes",),
)
def pipeline_yield(
    deals: IntoDeals, period: Periods | str, *, by: By = None, of: Of = "count"
) -> Statement:
    """Share of the deals that were due when the period began and were won in it.

    Formula: won / due; due = won + lost + removed + open.
    Rows and date: deals open at the period's start whose expected close then lay in the period or
    had passed, in the group they were in then; `won`, `lost` (disqualified ones too), `removed`
    and still `open` is what they are at its end.  Deals created, reopened or pulled in after the
    start are not part of it.  Until the period has ended by what is known, `undecided` counts
    those that are still open.
    Undefined: where nothing was due; by amount also where the opening amount of a deal that has
    closed since is not known, which would leave out of the whole what was decided.

    Args:
        deals: Deals of a CRM with close_date_changes.
        of: `"count"` of deals, or their `"amount"` when the period began, on both sides; open
            deals without one are left out and counted in `excluded`.

    Returns:
        Statement: the share, with the five figures as its `parts`; by count a proportion with
        Wilson's interval.

    Raises:
        NeedsError: no close_date_changes.

    Source: Clari and Kellblog divide what was won by the pipeline of the first day; where they
    take all that was won, deals created since make the yield look higher than it is.

    >>> from salesmetrics.examples import crm_with_close_dates
    >>> found = pipeline_yield(crm_with_close_dates.deals, "2025-02")
    >>> found.value, found.parts
    (0.5, {'due': 2, 'won': 1, 'lost': 0, 'removed': 0, 'open': 1})
    """
    return Deals.of(deals).due_at_start(period, by=by).yields(of)


@kpi(
    unit="share of amount",
    better="neither",
    adds_over="rows",
    ko="당기 생성·수주 비중",
    variants={"create_and_close_share_by_count": {"of": "count"}},
    per_period=True,
)
def create_and_close_share(
    deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None, of: Of = "amount"
) -> Ratio:
    """Share of the amount won in the period that came from deals created in it.

    Formula: won amount of the deals created in the period / won amount.
    Rows and date: won deals in the period that holds `closed_at`.  Those without `created_at`, or
    closed before the day they were created, are left out of both and counted in `excluded`.  The
    longer the period, the more is created in it: compare quarters with quarters, months with
    months; over all time the share is 1.
    Undefined: where nothing was won that says when it was created.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        of: the `"amount"`, or the `"count"` of deals.

    Returns:
        Ratio from 0 to 1; by count a proportion with Wilson's interval.

    Raises:
        NeedsError: the deals have no column `created_at`, or no amount.

    Source: Clari and Gong (create and close, in-quarter bookings); it is what a pipeline that is
    counted on the first day of a quarter cannot show.

    >>> from salesmetrics.examples import deals
    >>> share = create_and_close_share(deals, "2025-Q1")
    >>> f"{share.value:.4f}", share.numerator, share.denominator
    ('0.2857', 12000.0, 42000.5)
    """
    table = Deals.of(deals)
    new = table.inside("created_at", "closed_at", period, by=by).measure(of, where="won")
    return Ratio(new, won_with_creation(table.during("closed_at", period, by=by), of))
