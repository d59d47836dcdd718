"""KPIs of what the whole is made of: reasons for losing, and the weight of the largest.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from typing import Literal

from ...kpi import kpi
from ...periods import ALL_TIME, Periods
from ...results import Statement
from ...tables import IntoDeals
from ...tables.grouping import By
from .shares import Of, concentrated, lost_for

__all__ = ["concentration", "loss_reasons"]


@kpi(
    unit="count",
    better="neither",
    adds_over="",
    ko="실주 사유",
    articles="0",
    needs=("deals.loss_reason",),
    variants={"loss_reasons_by_amount": {"of": "amount"}},
)
def loss_reasons(
    deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None, of: Of = "count"
) -> Statement:
    """Deals lost in the period by the reason given, with a line for those without one.

    Formula: the number of lost deals of each reason, or their amount; the lines sum to `lost`,
    which is checked.
    Rows and date: as in `lost_deals`, or `lost_amount`; deals without a reason form the line
    `missing`.
    Undefined: by count never, nothing lost is 0; an amount where no lost deal has a known one.

    Args:
        deals: Deals with `loss_reason`, or anything `Deals.of` takes.
        of: `"count"` of deals, or their `"amount"`: what losing for a reason cost.

    Returns:
        Statement, in deals or in the reporting currency: a line for each reason that occurs, and
        `lost`, its figure.

    Raises:
        NeedsError: the deals have no column `loss_reason`.

    Source: lost deals by the reason given; lists of reasons that leave the missing ones out hide
    the largest.

    >>> reasons = loss_reasons(
    ...     [
    ...         {"id": 1, "outcome": "lost", "closed_at": "2025-01-20", "loss_reason": "price"},
    ...         {"id": 2, "outcome": "lost", "closed_at": "2025-02-20"},
    ...     ],
    ...     "2025-Q1",
    ... )
    >>> list(reasons.parts.items())
    [('lost', 2), ('price', 1), ('missing', 1)]
    """
    return lost_for(deals, period, by, of)


@kpi(
    unit="share of amount",
    better="lower",
    adds_over="",
    ko="집중도",
    articles="1",
    variants={"concentration_of_deals": {"among": "deals"}},
)
def concentration(
    deals: IntoDeals,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    among: Literal["customers", "deals"] = "customers",
    top: int = 5,
) -> Statement:
    """How much of the amount won in the period comes from the largest customers.

    Formula: the share of the largest, of the largest 5 (`top`) and of the largest 20 % (their
    number rounded up) in the won amount, and the Herfindahl index, the sum of all shares squared.
    Rows and date: as in `bookings`; customers (or deals) whose amount is not above 0 have no
    share, and deals without a customer are counted in `excluded`.
    Undefined: where nothing was won, or what was won comes to 0 or below.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        among: `"customers"`, or single `"deals"`.
        top: how many of the largest its figure is of.

    Returns:
        Statement with the lines `top 1`, `top 5`, `top 20 %`, `herfindahl index` and `count`; its
        figure is `top 5`.

    Source: article 1 (dependence on few customers); scripts flag a single deal above 40 %.

    >>> from salesmetrics.examples import deals
    >>> found = concentration(deals, "2025-Q1")
    >>> f"{found.parts['top 1']:.3f}", found.parts["top 5"], found.parts["count"]
    ('0.714', 1, 2)
    """
    return concentrated(deals, period, by, among, top)
