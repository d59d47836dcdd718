"""What the functions of `forecast/` take at their bounds, and that they refuse what lies beyond."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from salesmetrics.errors import SalesMetricsError
from salesmetrics.forecast.arrays import codes, level_of, numbers, shares
from salesmetrics.forecast.bookings import bookings_model
from salesmetrics.forecast.common_factor import learning_error
from salesmetrics.forecast.curves import kaplan_meier
from salesmetrics.forecast.deal_age import fit_deal_age
from salesmetrics.forecast.landmark import landmark_rows
from salesmetrics.forecast.new_deals import past_new_deals
from salesmetrics.forecast.phases import Phases
from salesmetrics.forecast.proportions import wilson_interval
from salesmetrics.forecast.retention import RenewalCounts, count_renewals, fit_retention
from salesmetrics.forecast.run_rate import run_rate
from salesmetrics.forecast.scoring import reliability
from salesmetrics.forecast.shrinkage import shrink_rates
from salesmetrics.forecast.special_functions import beta_quantile
from salesmetrics.forecast.spells import NO_MOVE, OPEN, Spells
from salesmetrics.forecast.stage_chain import StageChain, fit_stage_chain
from salesmetrics.forecast.stage_counts import count_stages


def spells(deal: int = 0, stages: int = 1, leave: int = 9, next: int = 1) -> Spells:
    return Spells.of([deal], [0], [3], [leave], [next], stages=stages)


def chain() -> StageChain:
    return fit_stage_chain(Spells.of([0, 1], [0, 0], [0, 0], [4, 5], [1, 2], stages=1), 9)


def model() -> Any:
    return bookings_model([7.0, 9.0], [0.5, 0.5])


def counts() -> RenewalCounts:
    return count_renewals([[100, 80, 70, 65], [90, 70, 60]])


def aged(age: int, horizon: int) -> Any:
    return fit_deal_age([0, 0, 2], [5, 6, 9], [1, 2, 1], 20).score([age], horizon)


TOO_LOW = -1  # of what is counted
# What is called, the values that it takes, and those that it refuses.
BOUNDS: dict[str, tuple[Callable[[Any], Any], tuple[Any, ...], tuple[Any, ...]]] = {
    "a code of three": (lambda v: codes("it", [v], 3), (0, 2), (-1, 3)),
    "a probability": (lambda v: shares("it", [v]), (0, 1), (-1e-9, 1 + 1e-9, np.nan)),
    "a number": (lambda v: numbers("it", [v]), (-1e300, 0), (np.nan, np.inf, -np.inf)),
    "one with gaps": (lambda v: numbers("it", [v], gaps=True), (np.nan,), (np.inf, -np.inf)),
    "a level": (level_of, (1e-9, 1 - 1e-9), (0, 1, -0.1, 95, np.nan)),
    "an amount of a deal": (lambda v: bookings_model([v], [0.5]), (0, np.nan), (-1e-9,)),
    "a chance of a deal": (lambda v: bookings_model([9], [v]), (0, 1, np.nan), (-1e-9, 1 + 1e-9)),
    "times as wide": (lambda v: bookings_model([9], [0.5], wider=v), (1,), (1 - 1e-9,)),
    "a part of two deals": (
        lambda v: model().distribution(deals=[v], new_deals=[]), (0, 1), (-1, 2)
    ),
    "parts of two deals": (
        lambda v: model().distribution(deals=v, new_deals=[]), ([], [0, 1]), ([0, 2], [1, -1])
    ),
    "won to learn from": (lambda v: learning_error(v, 0), (0,), (TOO_LOW,)),
    "lost to learn from": (lambda v: learning_error(0, v), (0,), (TOO_LOW,)),
    "days ahead of new deals": (
        lambda v: past_new_deals([0, 3], [2, 5], [1, 1], 20, v), (0, 1), (TOO_LOW,)
    ),
    "first days of buckets": (
        lambda v: count_stages(spells(), 20, ages=v),
        ([0], [0, 1, 2]),
        ([], [1], [-1, 0], [0, 0], [0, 2, 1]),
    ),
    "a covariate of two levels": (
        lambda v: count_stages(spells(), 20, covariates=[[v]], sizes=[2]), (0, 1), (-1, 2)
    ),
    "sizes of one covariate": (
        lambda v: count_stages(spells(), 20, covariates=[[0]], sizes=v), ([1],), ([], [1, 1])
    ),
    "a deal's number": (lambda v: spells(deal=v), (0, 1), (TOO_LOW,)),
    "a day that four bytes hold": (
        lambda v: Spells.of([0], [0], [v], [OPEN], [NO_MOVE], stages=1),
        (0, -(2**31), OPEN),
        (-(2**31) - 1, 2**31),
    ),
    "a stage of one": (lambda v: Spells.of([0], [v], [3], [9], [1], stages=1), (0,), (-1, 1)),
    "how many stages": (lambda v: spells(stages=v, next=v), (1, 2), (0,)),
    "the day a stage is left": (lambda v: spells(leave=v), (3, 4), (2,)),
    "where an open deal goes": (lambda v: spells(leave=OPEN, next=v), (NO_MOVE,), (0, 1, 2)),
    "days in the stage": (lambda v: chain().score([0], [v], 5), (0, 9), (TOO_LOW,)),
    "days ahead of a stage": (lambda v: chain().score([0], [3], v), (0, 9), (TOO_LOW,)),
    "days since created": (lambda v: aged(v, 5), (0, 3), (TOO_LOW,)),
    "days ahead by age": (lambda v: aged(2, v), (0, 3), (TOO_LOW,)),
    "starts of phases": (
        lambda v: Phases.of(v, list(range(len(v))), len(v)), ([4], [4, 5]), ([4, 4], [5, 4])
    ),
    "bins": (lambda v: reliability([0.1, 0.9], [0, 1], bins=v), (1, 2), (0,)),
    "part of four": (lambda v: wilson_interval(v, 4), (0, 4), (-1, 5)),
    "wins of four": (lambda v: shrink_rates([v], [4]), (0, 4), (-1, 5)),
    "the least strength": (
        lambda v: shrink_rates([1], [4], weakest=v), (1e-3, 1999), (0, -1, 2000, np.nan)
    ),
    "a share of a beta": (lambda v: beta_quantile(v, 2, 3), (0, 1), (-1e-9, 1 + 1e-9)),
    "customers after each renewal": (
        lambda v: count_renewals([v]), ([3, 3, 0], [0]), ([3, 4], [3, -1])
    ),
    "renewals before": (lambda v: count_renewals([[5, 4]], [v]), (0, 2), (TOO_LOW,)),
    "renewals asked": (lambda v: fit_retention(counts()).survival([v]), (0, 1), (TOO_LOW,)),
    "renewals made": (
        lambda v: fit_retention(counts()).discounted_renewals(v, 0.1), (0, 3), (TOO_LOW,)
    ),
    "a discount": (
        lambda v: fit_retention(counts()).discounted_renewals(1, v, within=5), (0, 0.1), (-1e-9,)
    ),
    "renewals within": (
        lambda v: fit_retention(counts()).discounted_renewals(1, 0.1, within=v),
        (0, 1, None),
        (TOO_LOW,),
    ),
    "days ahead of a stand": (lambda v: landmark_rows(spells(), 20, v), (0, 1), (TOO_LOW,)),
    "days between stands": (lambda v: landmark_rows(spells(), 20, 5, every=v), (1, 2), (0,)),
    "days of a window": (lambda v: run_rate([5], [7], 30, v), (1, 2), (0,)),
    "windows": (lambda v: run_rate([5], [7], 30, 9, windows=v), (1, 2), (0,)),
    "how many a row stands for": (
        lambda v: kaplan_meier([4, 5], [1, 0], weights=[v, 1]), (0, 0.5), (-1e-9,)
    ),
    "an age first seen": (
        lambda v: kaplan_meier([4, 5], [1, 0], entry=[v, 0]), (0, 3.9), (4, 4.1)
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BOUNDS)
def test_bounds_are_taken_and_what_lies_beyond_is_refused(what):
    call, taken, refused = BOUNDS[what]
    for value in taken:
        call(value)
    for value in refused:
        with pytest.raises(SalesMetricsError):
            call(value)


def test_run_rate_is_students_t_of_two_degrees_of_freedom():
    # F(x) = 1/2 + x / (2 sqrt(2 + x^2)), in closed form for three windows.
    found = run_rate([1, 5, 14, 22, 30], [10, 20, 30, 40, 50], 30, 10, first=1)
    spread = (1200 * 4 / 3) ** 0.5
    for target in (-40, 20, 50, 80, 300):
        x = (50 - target) / spread
        expected = 0.5 + x / (2 * (2 + x * x) ** 0.5)
        assert found.chance(target) == pytest.approx(expected, rel=1e-9)
        assert found.quantile(1 - expected) == pytest.approx(target, rel=1e-9, abs=1e-7)
