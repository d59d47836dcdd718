"""KPIs of what campaigns bring, by the touches that led to a deal, else by its own campaign.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Literal

from ...kpi import Choices, kpi
from ...periods import ALL_TIME, Periods
from ...reasons import Reason
from ...results import Formula, Total
from ...results.formula import Figures, formula
from ...results.total import in_place
from ...tables import Costs, IntoCosts, IntoDeals, IntoTouches
from ...tables.grouping import By
from ...tables.window import Window
from ..crediting import ATTRIBUTIONS, SOURCES, attributed, said_of_touches

__all__ = ["campaign_contribution", "campaign_roi"]

Attribution = Literal["first", "last", "linear", "position"]
SHARES = Choices("attribution", ATTRIBUTIONS)
CREDIT: Choices[Callable[[Window], Total]] = Choices(
    "of",
    {
        "amount": lambda won: won.total("amount", "won", weight="credit"),
        "count": lambda won: won.total("credit", "won").counting("deals"),
    },
)


@kpi(
    unit="share",
    better="higher",
    adds_over="",
    en="campaign ROI",
    ko="캠페인 ROI",
    articles="0 4",
    variants={
        "campaign_roi_by_last_touch": {"attribution": "last"},
        "campaign_roi_linear": {"attribution": "linear"},
        "campaign_roi_by_position": {"attribution": "position"},
    },
    optional=("touches",),
    beside={"touches": SOURCES},
    looks_up=("campaign_roi",),
)
def campaign_roi(
    costs: IntoCosts,
    deals: IntoDeals,
    touches: IntoTouches | None,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    attribution: Attribution = "first",
) -> Formula:
    """What campaigns brought beyond their cost, for each unit of it.

    Formula: (won amount credited to campaigns - cost of campaigns) / cost of campaigns.
    Rows and date: won deals by `closed_at`, credited as in `campaign_contribution`; costs that
    name a campaign, by `spent_at`.  Deals won without a campaign are reported in `excluded`, and
    `assumed` says where deals' own campaigns stand in for touches.
    Undefined: where the campaigns cost nothing, or less (more was paid back than spent).

    Args:
        costs: Costs, or anything `Costs.of` takes.
        deals: Deals, or anything `Deals.of` takes.
        touches: Touches, or anything `Touches.of` takes, or None.
        attribution: who is credited, as in `campaign_contribution`.

    Returns:
        Formula of `brought` and `cost`: 1.0 (100 %) is twice the cost brought back, -1.0 nothing.

    Raises:
        NeedsError: costs or touches without `campaign`, deals without `amount`; as in
            `campaign_contribution` where there are no touches.

    Source: (revenue credited - cost) / cost; HubSpot's contact attribution credits revenue alike.
    Cost and wins of one period are not the same people: for long cycles take a longer period.

    >>> from salesmetrics.examples import costs, deals, touches
    >>> campaign_roi(costs, deals, touches, "2025").value
    4.000083333333333
    """
    cost = Costs.of(costs).during("spent_at", period, by=by).total("amount", "of a campaign")
    won = attributed(deals, touches, SHARES[attribution]).during("closed_at", period, by=by)
    credit = said_of_touches(touches, _of_campaigns(won))
    brought, spent = in_place([credit, cost.non_additive()])
    return formula(
        "campaign ROI",
        "share",
        {"brought": brought},
        {"cost": spent},
        finalize=(_beyond, ("cost",)),
        n_of="cost",
        above_0={"cost": Reason("free_campaigns")},
    )


def _of_campaigns(won: Window) -> Total:
    """Won amounts credited to campaigns; the deals of none are named beside."""
    brought = won.total("amount", ("won", "of a campaign"), weight="credit")
    return brought.excluding(
        Reason("no_field", field="campaign"), won.count(("won", "of no campaign"))
    ).non_additive()


def _beyond(figures: Figures) -> Fraction:
    return figures["brought"] - figures["cost"]


@kpi(
    unit="money",
    better="higher",
    adds_over="",
    ko="캠페인 기여도",
    articles="0 4",
    variants={
        "campaign_contribution_by_last_touch": {"attribution": "last"},
        "campaign_contribution_linear": {"attribution": "linear"},
        "campaign_contribution_by_position": {"attribution": "position"},
        "campaign_wins": {"of": "count"},
    },
    optional=("touches",),
    beside={"touches": SOURCES},
    looks_up=("campaign_contribution",),
)
def campaign_contribution(
    deals: IntoDeals,
    touches: IntoTouches | None,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    of: Literal["amount", "count"] = "amount",
    attribution: Attribution = "first",
) -> Total:
    """Amount won in the period, credited to the campaigns that led to it.

    Formula: sum of won amounts, each times the credit of a touch; the credits of a deal sum to 1.
    Rows and date: won deals in the period that holds `closed_at`.  A deal's touches are those of
    its lead, or where that has none of its customer, until the day of the close; later ones are
    ignored.  A deal without touches stays visible in the group without campaign, so that all
    groups sum to `bookings`.  By `"campaign"`, `"channel"` or `"content"` of the touches.  Where no
    touches are kept (None) a deal is whole of the campaign in its row, else of that of its lead,
    which `assumed` then says.
    Undefined: where no won deal has a known amount; nothing won is 0.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        touches: Touches, or anything `Touches.of` takes, or None.
        of: amounts, or the `"count"` of won deals (parts of deals, exact).
        attribution: `"first"` or `"last"` touch alone, `"linear"` all alike, `"position"` 40 % to
            the first and the last and 20 % to those between (of two touches half each).

    Returns:
        Total, in the reporting currency, or in deals.  Each group is rounded once, so that thirds
        of 100 show as 33.33; rolled up (`.over("campaign")`) they sum to the unit.

    Raises:
        NeedsError: deals without `amount`, or touches without the column asked for; without
            touches, where neither deals nor their leads have a `campaign`, or where
            `attribution` asks which of several touches counts.

    Source: the four models of HubSpot and Google Analytics; position 40/20/40 as there.  One
    campaign a deal is Salesforce's primary campaign source.

    >>> from salesmetrics.examples import deals, touches
    >>> found = campaign_contribution(deals, touches, "2025-Q1", by="campaign")
    >>> {cell.group[0]: cell.value for cell in found}
    {'fair': 30000.5, None: 12000.0}
    """
    won = attributed(deals, touches, SHARES[attribution]).during("closed_at", period, by=by)
    return said_of_touches(touches, CREDIT[of](won)).non_additive()
