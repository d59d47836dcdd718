"""KPIs of what a period will bring.

They look forward: they count from the instant up to which events are known.  Every function
takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from ...crm import CRM
from ...kpi import kpi
from ...periods import ALL_TIME, Periods
from ...results.estimate import Estimate
from ...tables import IntoDeals
from ...tables.grouping import By
from ..planning import AmountByGroup
from .cohort_rates import cohort_win_rates
from .needed import pipeline_needed
from .outlooks import period_outlook
from .period_model import Unpriced

__all__ = ["bookings_forecast", "coverage_needed", "projected_win_rate"]


@kpi(
    unit="money",
    better="higher",
    adds_over="",
    ko="수주 예측",
    per_period=True,
    looks_up=True,
    moves_with_time=True,
    assumes=("target", "unpriced"),
    modelled=True,
    looks_ahead=True,
)
def bookings_forecast(
    deals: IntoDeals | CRM,
    period: Periods | str,
    *,
    by: By = None,
    target: AmountByGroup | None = None,
    unpriced: Unpriced = "left_out",
) -> Estimate:
    """What the bookings of the period are expected to come to, and how sure that is.

    Formula: won so far + open deals, each won with its chance by the period's end + deals not yet
    created, as many and as large as came and were won in past spans of the same length.  One
    common factor makes deals come or slip together, as far as past forecasts of the own history
    were wider off than independent deals would be; what was learned from few deals adds to it.
    Rows and date: won deals by `closed_at` in the period; deals open as known, each at its amount
    (or list amount) times what is usually left of it at the win; chances as in `win_probability`.
    An open deal without an amount or without a chance is left out and counted in `excluded`.  The
    models learn from the whole company, also where it is filtered or grouped.
    Undefined: where days are left, but no open deal has a chance and no new one is expected, or no
    open deal has an amount.  Once the period is over the forecast is what was won.

    Args:
        deals: a CRM, Deals, or anything `Deals.of` takes.
        target: what is to be won, in major units: one amount for the whole, which is never a
            group's; by group a mapping, such as `{"ana": 100000}`.
        unpriced: open deals without an amount: `"left_out"`, or `"mean_of_wins"` to take each at
            the mean of those won in the last two years, of its product where five were (counted in
            `assumed`), as a company has to that prices deals at the close alone.

    Returns:
        Estimate, in the reporting currency: the expected amount, with `won`, `from_open`,
        `from_new`, `p10`, `p50`, `p90` (with a chance of 10 % no more than P10 comes), `target`,
        `target_chance` and `run_rate`, the mean of the four spans of the same length before.
        `part("deals")` is what each open deal contributes; by groups `part("total")` is the
        whole.  Groups are of one joint distribution: what they expect sums to the whole exactly.
        With histories of categories and of expected closes `part("categories")` says what is due
        in each forecast category, and what of it is `expected` by its own `yield`: won / due, of
        what stood in it on the same day of the periods before.

    Raises:
        NeedsError: no amounts, no currency, or nothing tells up to when events are known.

    Source: exact sum of independent deals given a common factor (a one-factor model as for credit
    portfolios); `backtest` says how good it was on the own history, next to the run-rate.

    >>> from salesmetrics.examples import crm_with_history
    >>> found = bookings_forecast(crm_with_history.as_of("2025-03-10"), "2025-Q1", target=50000)
    >>> f"{found.value:.0f}", found.parts["won"], f"{found.parts['target_chance']:.2f}"
    ('54172', 42000.5, '0.66')
    """
    return period_outlook(deals, period, by, target, unpriced)


@kpi(
    unit="ratio",
    better="lower",
    adds_over="",
    ko="필요 커버리지",
    per_period=True,
    looks_up=True,
    moves_with_time=True,
    assumes=("unpriced",),
    modelled=True,
    looks_ahead=True,
)
def coverage_needed(
    deals: IntoDeals | CRM,
    period: Periods | str,
    *,
    by: By = None,
    target: AmountByGroup,
    chance: float = 0.8,
    unpriced: Unpriced = "left_out",
) -> Estimate:
    """How often the pipeline has to cover what is left to win, for an 80 % chance of the target.

    Formula: multiple x amount of the open deals due by the period's end / (target - already won),
    the multiple being the smallest number of times that there would have to be as many open deals
    like the present ones for the target to be reached with the chance asked for.
    Rows and date: the joint model of `bookings_forecast`; the pipeline is that of
    `pipeline_coverage` (open deals due in the period and overdue ones, or all of them where none
    says when it is due), so that the two figures compare.
    Undefined: when the target is met, the period has ended by what is known, no open deal has a
    chance or none an amount, a group has no target, or even 20 times the present pipeline does not
    reach it.

    Args:
        deals: a CRM, Deals, or anything `Deals.of` takes.
        target: what is to be won, in major units: one amount for the whole; by group a mapping.
        chance: with which the target is to be reached.
        unpriced: open deals without an amount, as in `bookings_forecast`.

    Returns:
        Estimate, in times what is left: with `multiple`, `pipeline`, `needed` (the pipeline that
        would do), `more_needed`, `remaining`, `coverage` and `target_chance` as they are now.

    Source: in place of the rule "three times the target", which knows neither the own chances nor
    what is yet to be created.

    >>> from salesmetrics.examples import crm_with_history
    >>> known = crm_with_history.as_of("2025-03-10")
    >>> found = coverage_needed(known, "2025-Q1", target=50000, chance=0.7)
    >>> f"{found.value:.2f}", f"{found.parts['coverage']:.2f}"
    ('2.63', '1.88')
    """
    return pipeline_needed(deals, period, by, target, chance, unpriced)


@kpi(
    unit="proportion",
    better="higher",
    adds_over="",
    ko="예상 수주율",
    per_period=True,
    looks_up=True,
    moves_with_time=True,
    modelled=True,
)
def projected_win_rate(
    deals: IntoDeals | CRM, period: Periods | str = ALL_TIME, *, by: By = None
) -> Estimate:
    """Share of the deals created in the period that will have been won when all are decided.

    Formula: (won + sum of the eventual chances of the open ones) / created.
    Rows and date: deals by `created_at`; chances as in `win_probability`.  Disqualified deals are
    created and not won, so they count among `lost`.  Deals of unknown creation, and those closed
    before it, are left out and counted.
    Undefined: where nothing was created; where an open deal has no eventual chance.

    Args:
        deals: a CRM, Deals, or anything `Deals.of` takes.

    Returns:
        Estimate with `low` and `high` (95 %), `won`, `lost`, `open`, `resolved` (the share that is
        decided) and `closed_rate` = won / (won + lost) so far with Wilson's interval.  `immature`
        says that less than 80 % is decided: the closed rate may then lie on either side.

    Source: a cohort's closed rate is too low at first and too high later, or the other way round,
    as wins and losses take unlike times; completing it takes that away.

    >>> from salesmetrics.examples import crm_with_history
    >>> found = projected_win_rate(crm_with_history.as_of("2025-03-10"), "2025-Q1")
    >>> f"{found.value:.2f}", found.parts["closed_rate"], found.facts_at(0, 0)["immature"]
    ('0.66', 0.5, 'yes')
    """
    return cohort_win_rates(deals, period, by)
