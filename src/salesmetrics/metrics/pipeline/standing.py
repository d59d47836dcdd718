"""KPIs of what stands open at the end of a period.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from typing import Literal

from ...kpi import Choices, kpi
from ...periods import Periods
from ...results import Distribution, Total
from ...tables import Deals, IntoActivities, IntoDeals
from ...tables.grouping import By
from ..forecast.estimated import weighed
from ..touched import stale

__all__ = [
    "deal_age",
    "open_deal_size",
    "open_deals",
    "open_pipeline",
    "overdue_deals",
    "stale_deals",
    "weighted_pipeline",
]

WEIGHTS = Choices(
    "probability",
    {
        "own": ("probability", "stage.probability"),
        "stage": ("stage.probability",),
        "steps": ("step_probability",),
        "estimated": ("probability",),
    },
)


@kpi(unit="count", better="higher", adds_over="rows", ko="진행 딜 수", articles="0 1")
def open_deals(deals: IntoDeals, period: Periods | str, *, by: By = None) -> Total:
    """Deals open at the end of the period.

    Formula: the number of deals created before the period's end and not closed before it.
    Rows and date: `created_at` and `closed_at` against the end.  An open deal without
    `created_at` is counted once the period reaches what is known, and reported as undated; for
    earlier ends it is left out and counted in `excluded`.
    Undefined: never; nothing open is 0.  A period is needed.

    Args:
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Total, in deals; a stock, which does not add over time.

    Source: all agree that a deal is open until it closes; frappe/crm counts deals created in the
    window and open today, which is neither.

    >>> from salesmetrics.examples import deals
    >>> open_deals(deals, "2025-01").value, open_deals(deals, "2025-Q1").value
    (4, 2)
    """
    return Deals.of(deals).standing("created_at", "closed_at", period, by=by).count()


@kpi(unit="money", better="higher", adds_over="rows", ko="파이프라인 금액", articles="0 1")
def open_pipeline(deals: IntoDeals, period: Periods | str, *, by: By = None) -> Total:
    """Amount of the deals open at the end of the period.

    Formula: the sum of the amounts of the deals that `open_deals` counts.
    Rows and date: as in `open_deals`.  A deal still open is worth its amount, or its list amount
    where it has none (reported in `assumed`); one closed since is worth its list amount, never
    what it closed at; otherwise its value is not known, and it is counted in `excluded`.
    Undefined: where deals stood open and the value of none is known; nothing open is 0.

    Args:
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Total, in the reporting currency; a stock, which does not add over time.

    Source: the amount of what is open at an instant; lost deals are no pipeline (open-mercato and
    several scripts count them), and GitLab and Gong count only deals due in the period.

    >>> from salesmetrics.examples import deals
    >>> pipeline = open_pipeline(deals, "2025-Q1")
    >>> pipeline.value, dict(pipeline.excluded)
    (15000.0, {'amount not known at the time': 1})
    """
    return Deals.of(deals).standing("created_at", "closed_at", period, by=by).total("amount")


@kpi(
    unit="money",
    better="neither",
    adds_over="rows",
    ko="진행 딜 규모 분포",
    articles="0 1",
    per_period=True,
)
def open_deal_size(deals: IntoDeals, period: Periods | str, *, by: By = None) -> Distribution:
    """How the amounts of the deals open at the end of the period are distributed.

    Formula: the median (and mean, quantiles, largest) of the amounts that `open_pipeline` sums.
    Rows and date: as in `open_pipeline`; open deals whose value then is not known are counted in
    `excluded`.
    Undefined: where no deal of a known value stood open.  A period is needed.

    Args:
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Distribution, whose value is the median and whose `max` is the largest deal; of a stock,
        which does not add over time.

    Raises:
        NeedsError: the deals have no column `amount`.

    Source: the pipeline that is summed everywhere, deal by deal: a few large deals carry a sum that
    looks safe.  Averages over open and won deals together (frappe/crm) are neither.

    >>> from salesmetrics.examples import deals
    >>> size = open_deal_size(deals, "2025-Q1")
    >>> size.value, size.max, size.n
    (15000.0, 15000.0, 1)
    """
    return Deals.of(deals).standing("created_at", "closed_at", period, by=by).amounts("amount")


@kpi(
    unit="money",
    better="higher",
    adds_over="rows",
    ko="가중 파이프라인",
    articles="1",
    variants={
        "weighted_pipeline_by_stage": {"probability": "stage"},
        "weighted_pipeline_by_steps": {"probability": "steps"},
        "weighted_pipeline_estimated": {"probability": "estimated"},
    },
    needs_history=("weighted_pipeline_by_steps",),
    modelled=("weighted_pipeline_estimated",),
)
def weighted_pipeline(
    deals: IntoDeals,
    period: Periods | str,
    *,
    by: By = None,
    probability: Literal["own", "stage", "steps", "estimated"] = "own",
) -> Total:
    """Amount of the open deals at the period's end, each times its probability of being won.

    Formula: the sum of amount x probability, exact, rounded once at the end (half to even).
    Rows and date: as in `open_pipeline`; an open deal without a probability is left out and
    counted in `excluded`, never taken for 0 or for a half.  Of deals closed since, the
    probability they had is not known without stage history.
    Undefined: where deals stood open and no product is known; nothing open is 0.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        probability: `"own"`, the deal's own, else its stage's; `"stage"`, the stage's alone; or
            `"steps"`, the product of the conversions of the stages still before it (advanced /
            left, of all stays known, to a billionth), which needs stage_changes; or
            `"estimated"`, the eventual chance of `win_probability` as known: for an earlier end
            ask `.as_of` it, as deals closed since have none.

    Returns:
        Total, in the reporting currency; a stock, which does not add over time.

    Raises:
        NeedsError: neither the deals nor their stages have a probability.

    Source: all agree on amount x probability of open deals; frappe/crm adds lost deals at full
    value, and fivetran/dbt_salesforce takes percentages for shares (100 times too much).

    >>> from salesmetrics.examples import deals
    >>> weighted_pipeline(deals, "2025-Q1").value
    6000.0
    """
    table = weighed(deals, probability)
    standing = table.standing("created_at", "closed_at", period, by=by)
    return standing.total("amount", weight=WEIGHTS[probability])


@kpi(
    unit="days",
    better="lower",
    adds_over="rows",
    ko="딜 경과 일수",
    articles="0",
    per_period=True,
    moves_with_time=True,
)
def deal_age(deals: IntoDeals, period: Periods | str, *, by: By = None) -> Distribution:
    """Whole days that the deals open at the end of the period have been open.

    Formula: the last day of the period, or the last day known if that is earlier, minus the local
    day of `created_at`.
    Rows and date: as in `open_deals`; an open deal without `created_at` has no age and is counted
    in `excluded`.
    Undefined: where no deal of a known age stood open.  A period is needed.

    Args:
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Distribution, whose value is the median; of a stock, which does not add over time.

    Source: days since creation; fivetran/dbt_salesforce subtracts the other way round ("days open"
    below 0), and scripts that average the age of all deals, closed ones too, call that a cycle.

    >>> from salesmetrics.examples import deals
    >>> age = deal_age(deals, "2025-01")
    >>> age.value, age.n
    (22.5, 4)
    """
    return Deals.of(deals).standing("created_at", "closed_at", period, by=by).ages()


@kpi(
    unit="count",
    better="lower",
    adds_over="rows",
    ko="예상 마감일 경과 딜",
    articles="0 2",
    moves_with_time=True,
)
def overdue_deals(deals: IntoDeals, period: Periods | str, *, by: By = None) -> Total:
    """Deals open at the end of the period whose expected close had passed by then.

    Formula: the number of deals with created < end, expected close < end, and not closed before
    the end.
    Rows and date: a deal expected on a day is overdue from the next day on, and only once that
    day has passed by what is known.  With close_date_changes the expected close is that
    of then; without, the present one, and a deal that was put off no longer counts as overdue in
    the past.
    Undefined: never; nothing overdue is 0.  A period is needed.

    Args:
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Total, in deals; a stock, which does not add over time.

    Raises:
        NeedsError: the deals have no expected or no creation date.

    Source: open deals past their expected close; Odoo once counted closed deals as overdue, which
    this does not.

    >>> from salesmetrics.examples import deals
    >>> overdue_deals(deals, "2025-02").value, overdue_deals(deals, "2025-Q1").value
    (0, 1)
    """
    return Deals.of(deals).standing("overdue_at", "closed_at", period, by=by).count("came due")


@kpi(
    unit="count",
    better="lower",
    adds_over="",
    ko="정체 딜",
    articles="0 2",
    beside={"activities": ()},
    looks_up=True,
    moves_with_time=True,
)
def stale_deals(
    deals: IntoDeals,
    activities: IntoActivities,
    period: Periods | str,
    *,
    by: By = None,
    days: int = 30,
) -> Total:
    """Deals open at the end of the period without any recent activity, and with none planned.

    Formula: open deals whose last activity (or creation, where there was none) lies `days` days
    or more before the end, and that have no activity planned for the end or later.
    Rows and date: as in `open_deals`; activities done (`done_at`) that were not automated, and
    those scheduled (`scheduled_at`) by then and not done before the end.  A period that is not over
    counts up to the end of the day known.  An open deal without `created_at` and without any
    activity is stale.
    Undefined: never; nothing stale is 0.  A period is needed.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        activities: Activities, or anything `Activities.of` takes, that name their `deal`.
        days: for how many days an activity counts.

    Returns:
        Total, in deals; a stock, which does not add over time.

    Source: Atrium (no activity and no meeting planned). open-mercato counts days in the stage (14),
    other tools twice the mean cycle, whatever was done meanwhile.

    >>> from salesmetrics.examples import activities, deals
    >>> stale_deals(deals, activities, "2025-Q1").value     # for the other, a meeting was planned
    1
    """
    standing = Deals.of(deals).standing("created_at", "closed_at", period, by=by)
    return stale(standing, activities, days)
