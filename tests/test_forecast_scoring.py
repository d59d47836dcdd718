"""Scores by hand, by all pairs and by other packages; small groups by integration; cohorts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from salesmetrics.errors import SalesMetricsError
from salesmetrics.forecast import scoring
from salesmetrics.forecast.projection import projected_win_rate
from salesmetrics.forecast.shrinkage import shrink_rates
from salesmetrics.forecast.undefined import Undefined


def cases(seed, size=300):
    draw = np.random.default_rng(seed)
    p = np.round(draw.random(size), 2)
    return p, (draw.random(size) < p).astype(int)


@pytest.mark.parametrize("seed", range(3))
def test_scores_of_chances_case_by_case(seed):
    p, y = cases(seed)
    pairs = list(zip(p.tolist(), y.tolist(), strict=True))
    assert scoring.brier(p, y) == pytest.approx(math.fsum((a - b) ** 2 for a, b in pairs) / 300)
    held = [(min(max(a, 1e-6), 1 - 1e-6), b) for a, b in pairs]
    loss = -math.fsum(math.log(a if b else 1 - a) for a, b in held) / 300
    found = scoring.log_loss(p, y)
    assert found.value == pytest.approx(loss)
    assert found.clipped == sum(a in (0, 1) for a, _ in pairs)
    yes = [a for a, b in pairs if b]
    no = [a for a, b in pairs if not b]
    wins = sum((a > b) + (a == b) / 2 for a in yes for b in no)
    assert scoring.auc(p, y) == pytest.approx(wins / len(yes) / len(no), abs=1e-12)
    assert scoring.calibration(p, y) == pytest.approx(p.sum() / y.sum())
    assert scoring.calibration(p, y, value=p) == pytest.approx((p * p).sum() / (p * y).sum())


def test_reliability_puts_equal_chances_together():
    found = scoring.reliability([0.1] * 6 + [0.5] * 2 + [0.9] * 2, [0] * 5 + [1] * 5, bins=5)
    assert found.n.tolist() == [6, 2, 2]
    assert found.chance == pytest.approx([0.1, 0.5, 0.9])
    assert found.came == pytest.approx([1 / 6, 1, 1])
    assert (found.low <= found.came).all()
    p, y = cases(5, 1000)
    found = scoring.reliability(p, y)
    assert found.n.sum() == 1000
    assert len(found.n) == 10
    assert (found.chance @ found.n) / 1000 == pytest.approx(p.mean())
    assert len(scoring.reliability([], []).n) == 0


def test_scores_of_amounts_by_hand():
    forecast, actual = [10, 20, 30], [12, 15, 30]
    assert scoring.wape(forecast, actual) == pytest.approx(7 / 57)
    assert scoring.bias(forecast, actual) == pytest.approx(3 / 57)
    assert scoring.pinball(forecast, actual, 0.9) == pytest.approx((0.9 * 2 + 0.1 * 5) / 3)
    assert scoring.interval_coverage([9, 9, 9], [12, 14, 40], actual) == pytest.approx(2 / 3)


def test_stability_is_within_deals_in_order_of_time():
    found = scoring.temporal_stability([0, 1, 0, 0, 1], [5, 1, 1, 9, 2], [0.5, 0.2, 0.1, 0.4, 0.2])
    assert found == pytest.approx(1 - (0.4 + 0.1 + 0.0) / 3)
    assert scoring.temporal_stability([0, 1], [1, 1], [0.3, 0.4]) == Undefined.of(
        "one_event_per_deal", events=2
    )


def test_what_cannot_be_scored():
    assert scoring.brier([], []).code == "no_cases"
    assert scoring.log_loss([], []).code == "no_cases"
    assert scoring.auc([], []).code == "no_cases"
    assert scoring.auc([0.3, 0.4], [1, 1]) == Undefined.of("one_outcome", came=2, cases=2)
    assert scoring.calibration([0.3], [0]).code == "nothing_came"
    assert scoring.wape([3], [0]).code == "nothing_came"
    assert scoring.wape([], []).code == "no_cases"
    assert scoring.bias([3], [-1]).code == "nothing_came"
    assert scoring.pinball([], [], 0.5).code == "no_cases"
    assert scoring.interval_coverage([], [], []).code == "no_cases"
    assert scoring.mean_interval([1, 2, 3], 2).code == "too_few_origins"
    with pytest.raises(SalesMetricsError, match="a probability lies"):
        scoring.brier([30], [1])


def test_origins_that_overlap_count_together():
    assert scoring.effective_origins(np.arange(0, 91), 30) == 4
    assert scoring.effective_origins([0, 100, 200], 30) == 3
    assert scoring.effective_origins([], 30) == 0


def test_the_interval_of_a_mean_allows_for_alike_neighbours():
    draw = np.random.default_rng(6)
    held = {1: 0, 8: 0}
    for _ in range(200):
        noise = draw.normal(size=207)
        values = np.convolve(noise, np.ones(8) / 8, "valid")
        for block in held:
            low, high = scoring.mean_interval(values, block, draws=300)
            held[block] += low <= 0 <= high
    assert held[8] / 200 > 0.85
    assert held[1] / 200 < 0.7
    assert scoring.mean_interval(values, 8) == scoring.mean_interval(values, 8)


def test_small_groups_equal_a_fine_integration():
    stats = pytest.importorskip("scipy.stats", reason="scipy comes with the extra `peers`")
    part, whole = np.array([3, 0, 12, 40, 1]), np.array([5, 4, 30, 70, 1])
    found = shrink_rates(part, whole)
    means = (np.arange(120) + 0.5) / 120
    strengths = np.exp(np.linspace(math.log(10), math.log(2000), 60))
    m, s = (grid.ravel() for grid in np.meshgrid(means, strengths))
    likely = sum(
        stats.betabinom(n, m * s, (1 - m) * s).logpmf(k) for k, n in zip(part, whole, strict=True)
    )
    weight = np.exp(likely - likely.max())
    weight /= weight.sum()
    for g, (k, n) in enumerate(zip(part, whole, strict=True)):
        a, b = k + m * s, n - k + (1 - m) * s
        assert found.rate[g] == pytest.approx(weight @ (a / (a + b)), abs=0.01)
        for end, share in ((found.low[g], 0.025), (found.high[g], 0.975)):
            assert weight @ stats.beta(a, b).cdf(end) == pytest.approx(share, abs=0.012)
    assert found.mean == pytest.approx(weight @ m, abs=0.003)


def mixture(part, whole):
    """Each group's distribution on log-odds, over all that the groups may have in common."""
    means = 1 / (1 + np.exp(-np.linspace(-16, 16, 161)))
    nodes = [(m, s) for m in means for s in np.exp(np.linspace(math.log(10), math.log(2000), 24))]

    def log_beta(a, b):
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

    likely = np.array([
        math.log(m * (1 - m))  # flat in the mean
        + sum(log_beta(m * s + k, (1 - m) * s + n - k) - log_beta(m * s, (1 - m) * s)
              for k, n in zip(part, whole, strict=True))
        for m, s in nodes
    ])  # fmt: skip
    weight = np.exp(likely - likely.max())
    x = np.sinh(np.linspace(-14, 14, 6001)) / 100
    ln_p, ln_q = -np.logaddexp(0, -x), -np.logaddexp(0, x)
    for k, n in zip(part, whole, strict=True):
        density = np.zeros(len(x))
        for w, (m, s) in zip(weight, nodes, strict=True):
            if w > 1e-7:
                a, b = m * s + k, (1 - m) * s + n - k
                density += w * np.exp(a * ln_p + b * ln_q - log_beta(a, b))
        running = np.cumsum((density[1:] + density[:-1]) * np.diff(x))
        yield x[1:], running / running[-1]


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ([0], [1]), ([5], [5]), ([0, 1], [1, 1]), ([0, 50], [1, 50]), ([0, 0, 9], [40, 1, 9]),
        ([1, 0, 0], [1, 200, 3]), ([3, 2, 90], [4, 90, 91]), ([30, 31], [100, 100]),
    ],
)  # fmt: skip
def test_the_ends_of_small_groups_are_those_of_a_fine_grid(part, whole):
    """Of groups without a win, or with nothing else, too: 0 of 200 does not reach 57 %."""
    found = shrink_rates(part, whole)
    for g, (x, running) in enumerate(mixture(part, whole)):
        for end, share in ((found.low[g], 0.025), (found.high[g], 0.975)):
            right = 1 / (1 + math.exp(-np.interp(share, running, x)))
            assert end == pytest.approx(right, abs=0.015)


def test_of_five_hundred_cases_none_is_less_than_one_in_a_hundred():
    found = shrink_rates([0, 0], [3, 500])
    assert found.high[1] < 0.006 and found.high[0] < 0.15 and found.low.max() < 0.001


@pytest.mark.parametrize("strength", [12, 60])
def test_shrunk_rates_are_nearer_and_intervals_hold(strength):
    draw = np.random.default_rng(strength)
    own, shrunk, held, total = 0.0, 0.0, 0, 0
    for _ in range(15):
        truth = draw.beta(0.3 * strength, 0.7 * strength, 24)
        n = draw.integers(1, 40, 24)
        k = draw.binomial(n, truth)
        found = shrink_rates(k, n)
        own += ((k / n - truth) ** 2).sum()
        shrunk += ((found.rate - truth) ** 2).sum()
        held += ((found.low <= truth) & (truth <= found.high)).sum()
        total += 24
    assert shrunk < 0.5 * own
    assert 0.91 < held / total <= 1


def test_one_group_alone_is_judged_with_a_flat_mean():
    # Of 2 cases none: a flat mean gives (1 - m)^2 with the mean 1/4, a little more as cases are
    # alike.
    found = shrink_rates([0], [2])
    assert found.mean == pytest.approx(0.255, abs=0.015)


def test_odd_groups():
    found = shrink_rates([0, 5, 0], [0, 20, 20])
    assert np.isnan(found.raw[0])
    assert found.rate[0] == pytest.approx(found.mean, abs=0.01)
    assert found.high[0] - found.low[0] > found.high[1] - found.low[1]
    assert (found.low <= found.rate).all()
    assert (found.rate <= found.high).all()
    assert shrink_rates([0], [0]).undefined == Undefined.of("no_cases", groups=1)
    none = shrink_rates([0, 0], [3, 500])
    assert none.rate[0] > none.rate[1] > 0
    assert 0 <= none.low[1] < none.rate[1]
    large = shrink_rates([30_000, 31_000], [100_000, 100_000])
    assert large.rate == pytest.approx([0.3, 0.31], abs=1e-3)
    assert large.high - large.low == pytest.approx(2 * 1.96 * 0.00145, rel=0.1)
    with pytest.raises(SalesMetricsError, match="0 to whole"):
        shrink_rates([4], [3])


def test_projected_rates_by_hand():
    cohort = [0] * 4 + [1] * 4 + [2] * 2
    outcome = [1, 1, 2, 2, 1, 0, 0, 0, 0, 0]
    eventual = [np.nan] * 5 + [0.5, 0.25, 0.25, 0.1, np.nan]
    found = projected_win_rate(cohort, 4, outcome, eventual, level=0.8)
    assert found.projected[:2] == pytest.approx([0.5, 0.5])
    assert found.resolved[:3].tolist() == [1, 0.25, 0]
    assert found.closed_rate[:2].tolist() == [0.5, 1]
    assert np.isnan(found.closed_rate[2:]).all()
    assert found.immature.tolist() == [False, True, True, True]
    assert (found.projected_low[0], found.projected_high[0]) == (0.5, 0.5)
    # Of the three open ones: none 9/32, one or less 23/32, two or less 31/32.
    assert (found.projected_low[1], found.projected_high[1]) == (0.25, 0.75)
    assert found.undefined[2] == Undefined.of("no_chance", deals=1, open=2)
    assert (found.projected_low[2], found.projected_high[2]) == (0, 1)
    assert found.undefined[3] == Undefined("no_deals")
    assert projected_win_rate([], 0, [], []).undefined == ()
    thin = projected_win_rate([0] * 50, 1, [0] * 50, [0.3] * 50, learned=(1, 2))
    sure = projected_win_rate([0] * 50, 1, [0] * 50, [0.3] * 50, learned=(900, 2100))
    width = [f.projected_high[0] - f.projected_low[0] for f in (thin, sure)]
    assert width[0] > 2 * width[1]
