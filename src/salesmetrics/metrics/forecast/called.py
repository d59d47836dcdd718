"""KPIs of the forecasts that people submit: how far off they are, and in which direction.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from ...kpi import kpi
from ...periods import Periods
from ...results.estimate import Estimate
from ...tables import IntoDeals, IntoForecastCalls
from ...tables.grouping import By
from .calls import judged_calls

__all__ = ["call_change", "commit_accuracy", "forecast_accuracy", "forecast_bias"]


@kpi(
    unit="share",
    better="neither",
    adds_over="",
    ko="예측 편향",
    per_period=True,
    looks_up=True,
    moves_with_time=True,
    assumes=("at_days",),
    looks_ahead=True,
)
def forecast_bias(
    forecast_calls: IntoForecastCalls,
    deals: IntoDeals,
    period: Periods | str,
    *,
    by: By = None,
    category: str = "forecast",
    at_days: int | None = None,
) -> Estimate:
    """How much more was called than came, as a share of what came; above 0 too optimistic.

    Formula: sum of (call - bookings) / sum of bookings, over the owners with a call.
    Rows and date: of each owner the call that stood `at_days` after the start: the last submitted
    before it, for this period and of this category; a call is of the whole period's bookings,
    those won so far included.  Bookings as in `bookings`, of the same owners.  By team: the calls
    of teams, which name no owner, against the teams' bookings; they are never summed with their
    owners'.  Owners without a call are on neither side; those of them who won something are counted
    in `excluded`.
    Undefined: until the period has ended by what is known; where nobody called; where nothing
    above 0 came.

    Args:
        forecast_calls: ForecastCalls, or anything `ForecastCalls.of` takes.
        deals: Deals, or anything `Deals.of` takes.
        category: of the calls: `"forecast"` (also calls that name none), `"commit"`,
            `"best_case"` or `"pipeline"`.
        at_days: days after the period's start; 28 for a quarter (end of week 4), 7 for a month.

    Returns:
        Estimate, with `called`, `booked`, `error` (the WAPE over owners), `calls_reached` and the
        calls submitted; of one period without groups `part("weeks")` is the accuracy week by week.

    Source: forecast bias as in Gong and Clari; the population is the same on both sides, which a
    division of all calls by all bookings is not.

    >>> from salesmetrics.examples import deals, forecast_calls
    >>> bias = forecast_bias(forecast_calls, deals, "2025-Q1", by="owner")
    >>> [(cell.group[0], f"{cell.value:.2f}") for cell in bias]
    [('ana', '0.33'), ('bo', '-0.17')]
    """
    return judged_calls(forecast_calls, deals, period, by, category, at_days, "forecast_bias")


@kpi(
    unit="share",
    better="higher",
    adds_over="",
    ko="예측 정확도",
    per_period=True,
    looks_up=True,
    moves_with_time=True,
    assumes=("at_days",),
    looks_ahead=True,
)
def forecast_accuracy(
    forecast_calls: IntoForecastCalls,
    deals: IntoDeals,
    period: Periods | str,
    *,
    by: By = None,
    category: str = "forecast",
    at_days: int | None = None,
) -> Estimate:
    """1 minus how far the calls were off what came, as a share of it; below 0 where by more.

    Formula: 1 - absolute (call - bookings) / bookings, of the sums over the owners with a call.
    Rows and date: as in `forecast_bias`.
    Undefined: as in `forecast_bias`.

    Args:
        forecast_calls: ForecastCalls, or anything `ForecastCalls.of` takes.
        deals: Deals, or anything `Deals.of` takes.
        category: of the calls, as in `forecast_bias`.
        at_days: days after the period's start, as in `forecast_bias`.

    Returns:
        Estimate as in `forecast_bias`.  Calls too high and too low even out in the sum; `error`,
        the WAPE over owners, does not let them.

    Source: as commonly used; some floor it at 0, which hides how far off a call was.

    >>> from salesmetrics.examples import deals, forecast_calls
    >>> accuracy = forecast_accuracy(forecast_calls, deals, "2025-Q1")
    >>> f"{accuracy.value:.2f}", f"{accuracy.parts['error']:.2f}"
    ('0.81', '0.29')
    """
    return judged_calls(forecast_calls, deals, period, by, category, at_days, "forecast_accuracy")


@kpi(
    unit="share",
    better="higher",
    adds_over="",
    ko="확정 예측 정확도",
    per_period=True,
    looks_up=True,
    moves_with_time=True,
    assumes=("at_days",),
    looks_ahead=True,
)
def commit_accuracy(
    forecast_calls: IntoForecastCalls,
    deals: IntoDeals,
    period: Periods | str,
    *,
    by: By = None,
    at_days: int | None = None,
) -> Estimate:
    """Accuracy of what was committed, and the share of commit calls that were reached.

    Formula: as in `forecast_accuracy`, of the calls of category commit.
    Rows and date: as in `forecast_bias`; a call is reached where its owner's bookings are at least
    as much.
    Undefined: as in `forecast_bias`.

    Args:
        forecast_calls: ForecastCalls, or anything `ForecastCalls.of` takes.
        deals: Deals, or anything `Deals.of` takes.
        at_days: days after the period's start, as in `forecast_bias`.

    Returns:
        Estimate as in `forecast_bias`; `calls_reached` is the share that was reached.

    Source: a commit is what somebody stands for; that it is reached says more than how near.

    >>> from salesmetrics.examples import deals, forecast_calls
    >>> commit = commit_accuracy(forecast_calls, deals, "2025-Q1")
    >>> f"{commit.value:.2f}", commit.parts["calls_reached"]
    ('0.83', 1.0)
    """
    return judged_calls(forecast_calls, deals, period, by, "commit", at_days, "commit_accuracy")


@kpi(
    unit="share",
    better="neither",
    adds_over="",
    ko="예측 변경",
    per_period=True,
    looks_up=True,
    moves_with_time=True,
    assumes=("at_days",),
    looks_ahead=True,
)
def call_change(
    forecast_calls: IntoForecastCalls,
    deals: IntoDeals,
    period: Periods | str,
    *,
    by: By = None,
    category: str = "forecast",
    at_days: int | None = None,
) -> Estimate:
    """How much the last call of a period differs from the one that stood at a day in it.

    Formula: last call before the period's end / call standing at that day - 1, of the sums over the
    owners with a call then.
    Rows and date: calls as in `forecast_bias`.
    Undefined: where nobody called, or 0 was called.

    Args:
        forecast_calls: ForecastCalls, or anything `ForecastCalls.of` takes.
        deals: Deals, or anything `Deals.of` takes.
        category: of the calls, as in `forecast_bias`.
        at_days: days after the period's start, as in `forecast_bias`.

    Returns:
        Estimate as in `forecast_bias`; `called_last` is the last call.

    Source: a call that falls late in the quarter was no forecast at its beginning.

    >>> from salesmetrics.examples import deals, forecast_calls
    >>> call_change(forecast_calls, deals, "2025-Q1", by="owner").at(owner="ana").value
    -0.2
    """
    return judged_calls(forecast_calls, deals, period, by, category, at_days, "call_change")
