"""What is unusual, a second way: in plain Python, from the formulas, for figures at random."""

from __future__ import annotations

from math import exp, log, sqrt
from random import Random
from statistics import NormalDist, fmean, stdev, variance
from typing import Any

import pytest

from salesmetrics.forecast.special_functions import t_cdf, t_quantile
from salesmetrics.insight import control_limits as limits
from salesmetrics.reasons import Reason

SIDES: tuple[Any, ...] = ("either", "below", "above")
CHANCES = (0.0027, 0.05)
SEEN = NormalDist().inv_cdf(0.8)  # seen four times in five
WEIGHTS = [0.3 * 0.7**back for back in range(4)]
WEIGHTS = [each / sum(WEIGHTS) for each in WEIGHTS]


def likely(at: float, degrees: int, side: str) -> float:
    below = t_cdf(at, degrees)
    return {"either": 2 * min(below, 1 - below), "below": below, "above": 1 - below}[side]


def by_scores(scores: list[float], side: str, chance: float) -> dict[str, Any]:
    """A t test of the last alone and of the weighted mean of the last four, on what is before."""
    *base, last = scores
    n, mean, spread = len(base), fmean(base), stdev(base)
    early = scores[:-4]
    recent = sum(w * s for w, s in zip(WEIGHTS, reversed(scores), strict=False))
    of_recent = stdev(early) * sqrt(sum(w * w for w in WEIGHTS) + 1 / len(early))
    alone = likely((last - mean) / (spread * sqrt(1 + 1 / n)), n - 1, side)
    lasting = likely((recent - fmean(early)) / of_recent, len(early) - 1, side)
    room = t_quantile(1 - (chance / 2 if side == "either" else chance), n - 1)
    room *= spread * sqrt(1 + 1 / n)
    return {
        "fires": alone < chance or lasting < chance,
        "shift": lasting < chance and alone >= chance,
        "p": min(1.0, 2 * min(alone, lasting)),
        "mean": mean,
        "low": None if side == "above" else mean - room,
        "high": None if side == "below" else mean + room,
        "seen": room + SEEN * spread,
    }


def same(judged: Any, told: dict[str, Any], back: Any, sees: float, method: str) -> None:
    assert isinstance(judged, limits.Judged)
    assert (judged.fires, judged.shift, judged.method) == (told["fires"], told["shift"], method)
    assert judged.p == pytest.approx(told["p"], abs=1e-9)
    assert judged.expected == pytest.approx(back(told["mean"]))
    for found, wanted in ((judged.low, told["low"]), (judged.high, told["high"])):
        assert found == (None if wanted is None else pytest.approx(back(wanted)))
    assert judged.sees == pytest.approx(sees)


def figures(seed: int, size: int) -> list[float]:
    """About alike, the last few or the last of some of them away from the others."""
    draw = Random(seed)
    values = [draw.gauss(0, 1) for _ in range(size)]
    values[-1] += draw.choice([0, 0, 4, -4])
    away = draw.choice([0, 0, 2, -2])
    return [*values[:-4], *(value + away for value in values[-4:])]


CASES = [(seed, side, chance) for seed in range(12) for side in SIDES for chance in CHANCES]


@pytest.mark.parametrize(("seed", "side", "chance"), CASES)
def test_amounts_by_their_logarithms(seed: int, side: Any, chance: float) -> None:
    values = [exp(3 + each / 4) for each in figures(seed, 16 + seed)]
    told = by_scores([log(value) for value in values], side, chance)
    judged = limits.judged_log(values, side, chance)
    same(judged, told, exp, 1 - exp(-told["seen"]), "log")
    assert judged.baseline == len(values) - 1  # type: ignore[union-attr]


@pytest.mark.parametrize(("seed", "side", "chance"), CASES)
def test_counts_by_their_roots(seed: int, side: Any, chance: float) -> None:
    """Anscombe's: the root of a count and three eighths; 400 are about 20 there, and so even."""
    counts = [max(0, round((20 + each / 2) ** 2)) for each in figures(seed, 16 + seed)]
    told = by_scores([sqrt(each + 3 / 8) for each in counts], side, chance)
    sees = 1 - (told["mean"] - told["seen"]) ** 2 / told["mean"] ** 2
    same(
        limits.judged_count(counts, side, chance), told, lambda root: root**2 - 3 / 8, sees, "root"
    )


@pytest.mark.parametrize(("seed", "side", "chance"), CASES)
def test_rates_by_their_own_spread(seed: int, side: Any, chance: float) -> None:
    draw = Random(seed)
    wholes = [draw.randrange(100, 400) for _ in range(16 + seed)]
    parts = [
        min(n, max(0, round(n * 0.3 + each * sqrt(n * 0.21))))
        for n, each in zip(wholes, figures(seed, 16 + seed), strict=True)
    ]
    mean = sum(parts[:-1]) / sum(wholes[:-1])
    spreads = [sqrt(mean * (1 - mean) / n) for n in wholes]
    told = by_scores(
        [(p / n - mean) / s for p, n, s in zip(parts, wholes, spreads, strict=True)], side, chance
    )
    mean_score = told.pop("mean")
    judged = limits.judged_rate(parts, wholes, side, chance)
    seen = told["seen"] * spreads[-1]
    assert abs(mean_score) < 1  # what is expected is the rate of all rows, not the mean of rates
    same(
        judged,
        told | {"mean": 0.0},
        lambda score: min(1.0, max(0.0, mean + score * spreads[-1])),
        seen,
        "laney",
    )


@pytest.mark.parametrize(("seed", "side", "chance"), CASES)
def test_small_counts_by_the_distribution_that_they_predict(
    seed: int, side: Any, chance: float
) -> None:
    draw = Random(seed)
    bursts = seed % 2  # every other series has more spread than rows at random
    counts = [draw.randrange(0, 5) ** (1 + bursts) for _ in range(14 + seed)]
    counts.append(draw.choice([0, 3, 9, 40]))
    *base, last = counts
    n, mean, own = len(base), fmean(base), variance(base) / fmean(base)
    spread = max(1.0, own) * (1 + 1 / n)
    size = mean / (spread - 1)
    masses = [spread**-size]
    while len(masses) < 400:  # each from the one before it
        k = len(masses)
        masses.append(masses[-1] * (k - 1 + size) / k * (1 - 1 / spread))
    below = [sum(masses[: k + 1]) for k in range(400)]
    above = [sum(masses[k:]) for k in range(400)]
    each = chance / 2 if side == "either" else chance
    limit = each if own <= 1 else NormalDist().cdf(t_quantile(each, n - 1))
    tail = {"below": below[last], "above": above[last]}.get(side, min(below[last], above[last]))
    p = tail if own <= 1 else t_cdf(NormalDist().inv_cdf(max(tail, 1e-15)), n - 1)
    judged = limits.judged_count(counts, side, chance)
    assert isinstance(judged, limits.Judged)
    assert (judged.method, judged.baseline) == ("negative binomial", n)
    assert judged.fires == (tail < limit)
    if tail > 1e-9:
        assert judged.p == pytest.approx(min(1.0, 2 * p if side == "either" else p), rel=1e-4)
    assert judged.expected == pytest.approx(mean)
    low = next(k for k in range(400) if below[k] >= limit)
    high = max(k for k in range(400) if above[k] >= limit)
    assert judged.low == (None if side == "above" else low)
    assert judged.high == (None if side == "below" else high)
    wanted = (NormalDist().inv_cdf(1 - each) + SEEN) * sqrt(spread / mean)
    assert judged.sees == pytest.approx(wanted)


def test_which_counts_are_judged_by_their_roots() -> None:
    """Of a mean of ten or more, of 15 or more, whose variance is a third of its square or less:
    of twelve 6 away from 10 it is 432 / 15, of fourteen 504 / 15, which is above 100 / 3.  Of
    four 12 away from 12 and four 6 away it is 720 / 15, which is a third of 144."""
    even, third = [11, 9] * 8, [24, 24, 0, 0, 18, 18, 6, 6]
    for base, method in (
        (even, "root"), ([8, 11] * 8, "negative binomial"), ([10, 10] * 8, "root"),
        (even[:15], "root"), (even[:14], "negative binomial"),
        ([4, 16] * 6 + [10] * 4, "root"), ([4, 16] * 7 + [10] * 2, "negative binomial"),
        (third + [12] * 8, "root"), (third + [11, 13] + [12] * 6, "negative binomial"),
    ):  # fmt: skip
        judged = limits.judged_count([*base, 10], "either")
        assert isinstance(judged, limits.Judged)
        assert judged.method == method, base


def test_a_count_beyond_all_likelihood_has_none() -> None:
    bursts = [1, 0, 9, 0, 0, 12, 1, 0, 3, 0, 8, 0]
    for last, side, p in (
        (5000, "above", 0.0), (5000, "either", 0.0), (5000, "below", 1.0), (0, "above", 1.0)
    ):  # fmt: skip
        judged = limits.judged_count([*bursts, last], side)  # type: ignore[arg-type]
        assert isinstance(judged, limits.Judged)
        assert (judged.p, judged.fires) == (p, p == 0.0)


def test_baselines_that_tell_nothing() -> None:
    assert limits.judged_count([0] * 20, "either") == Reason("baseline_not_above_zero")
    assert limits.judged_count([5] * 12, "either") == Reason("short_baseline", n=11, least=12)
    assert isinstance(limits.judged_count([5] * 13, "either"), limits.Judged)
    assert limits.judged_log([5.0] * 15 + [0.0, 5.0], "either") == Reason("baseline_not_above_zero")
    none = Reason("baseline_without_spread")
    for parts, wholes in (
        ([0] * 17, [100] * 17), ([100] * 17, [100] * 17), ([0] * 17, [0] * 17),
        ([30] * 16 + [0], [100] * 16 + [0]),
    ):  # fmt: skip
        assert limits.judged_rate(parts, wholes, "either") == none


@pytest.mark.parametrize("side", SIDES)
def test_what_does_not_vary_may_not_move(side: Any) -> None:
    for last, moved in ((5.0, None), (5.1, "above"), (4.9, "below")):
        judged = limits.judged_log([5.0] * 20 + [last], side)
        assert isinstance(judged, limits.Judged)
        assert judged.fires == (moved is not None and side in ("either", moved))
        assert judged.p == (0.0 if judged.fires else 1.0)
    nothing = limits.judged_log([5.0] * 20 + [0.0], side)
    assert isinstance(nothing, limits.Judged)
    assert (nothing.fires, nothing.baseline) == (side != "above", 20)
