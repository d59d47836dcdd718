"""KPIs of what a period will bring.

They look forward: they count from the instant up to which events are known.  Every function
takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from ...crm import CRM
from ...kpi import kpi
from ...periods import Periods
from ...results.estimate import Estimate
from ...tables import IntoDeals
from ...tables.grouping import By
from ..planning import AmountByGroup
from .outlook import period_outlook

__all__ = ["bookings_forecast"]


@kpi(
    unit="money",
    better="higher",
    adds_over="",
    ko="수주 예측",
    per_period=True,
    looks_up=True,
    moves_with_time=True,
    assumes=("target",),
    modelled=True,
)
def bookings_forecast(
    deals: IntoDeals | CRM,
    period: Periods | str,
    *,
    by: By = None,
    target: AmountByGroup | None = None,
) -> Estimate:
    """What the bookings of the period are expected to come to, and how sure that is.

    Formula: won so far + open deals, each won with its chance by the period's end + deals not yet
    created, as many and as large as came and were won in past spans of the same length.  One
    common factor makes deals come or slip together, as far as past forecasts of the own history
    were wider off than independent deals would be; what was learned from few deals adds to it.
    Rows and date: won deals by `closed_at` in the period; deals open as known, each at its amount
    (or list amount) times what is usually left of it at the win; chances as in `win_probability`.
    Open deals without amount or chance are left out and counted in `excluded`.  The models learn
    from the whole company, also where it is filtered or grouped.
    Undefined: where days are left, but no open deal has a chance and no new one is expected.  Once
    the period is over the forecast is what was won.

    Args:
        deals: a CRM, Deals, or anything `Deals.of` takes.
        target: what is to be won, in major units: one amount for the whole, which is never a
            group's; by group a mapping, such as `{"ana": 100000}`.

    Returns:
        Estimate, in the reporting currency: the expected amount, with `won`, `from_open`,
        `from_new`, `p10`, `p50`, `p90` (with a chance of 10 % no more than P10 comes), `target`,
        `target_chance` and `run_rate`, the mean of the four spans of the same length before.
        `part("deals")` is what each open deal contributes; by groups `part("total")` is the
        whole.  Groups are of one joint distribution: what they expect sums to the whole exactly.

    Raises:
        NeedsError: no amounts, no currency, or nothing tells up to when events are known.

    Source: exact sum of independent deals given a common factor (a one-factor model as for credit
    portfolios); `backtest` says how good it was on the own history, beside the run-rate.

    >>> from salesmetrics.examples import crm_with_history
    >>> found = bookings_forecast(crm_with_history.as_of("2025-03-10"), "2025-Q1", target=50000)
    >>> round(found.value), found.parts["won"], round(found.parts["target_chance"], 2)
    (54172, 42000.5, 0.66)
    """
    return period_outlook(deals, period, by, target)
