"""Renewal curves against the tables of the papers, simulation and scipy's optimum."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from salesmetrics.errors import SalesMetricsError
from salesmetrics.forecast.renewal_curves import (
    bdw_survival,
    bdw_total,
    sbg_fit,
    sbg_survival,
)
from salesmetrics.forecast.retention import (
    LIKELIHOOD_RATIO,
    RenewalCounts,
    RetentionCurve,
    count_renewals,
    discounted_renewals,
    fit_retention,
    fit_retentions,
    shares_there,
)
from salesmetrics.forecast.special_functions import log_gamma_drop
from salesmetrics.forecast.undefined import Undefined, number

# Fader and Hardie 2007: customers still there of 1,000 after 0..12 renewals, regular and high-end.
R = [1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173]
H = [1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394]


@pytest.mark.parametrize(
    ("cohort", "renewals", "sbg", "sbg_ll", "bdw", "bdw_ll", "last"),
    [
        (R, 4, (0.7637, 1.2958), -1401.56, (0.5230, 0.8943, 1.1964), -1401.38, (0.160, 0.171)),
        (R, 7, (0.7041, 1.1820), -1680.27, (0.4556, 0.7793, 1.2835), -1679.60, (0.170, 0.177)),
        (H, 4, (1.2810, 7.7904), -1225.13, (0.2593, 1.7226, 1.5844), -1222.75, (0.307, 0.389)),
        (H, 7, (0.6681, 3.8061), -1611.16, (0.2143, 1.4266, 1.7236), -1605.31, (0.378, 0.404)),
        (H, 12, (0.5961, 3.3270), -2010.86, (0.2496, 1.6542, 1.5968), -2004.82, None),
    ],
)  # fmt: skip
def test_the_papers_tables(cohort, renewals, sbg, sbg_ll, bdw, bdw_ll, last):
    counts = count_renewals([cohort[: renewals + 1]])
    one, other = fit_retention(counts, method="sbg"), fit_retention(counts, method="bdw")
    assert one.parameters == pytest.approx(sbg, abs=1e-4)
    assert one.log_likelihood == pytest.approx(sbg_ll, abs=0.006)
    assert other.parameters == pytest.approx(bdw, abs=2e-4)
    assert other.log_likelihood == pytest.approx(bdw_ll, abs=0.006)
    if last:
        assert one.survival([12])[0] == pytest.approx(last[0], abs=6e-4)
        assert other.survival([12])[0] == pytest.approx(last[1], abs=6e-4)
    chosen = fit_retention(counts)
    assert chosen.method == ("bdw" if cohort is H else "sbg")
    assert other.likelihood_ratio == pytest.approx(2 * (bdw_ll - sbg_ll), abs=0.02)
    # Not tried only where no curve could be likelier by so much.
    if math.isnan(chosen.likelihood_ratio):
        assert chosen.method == "sbg" and other.likelihood_ratio < LIKELIHOOD_RATIO
    else:
        assert chosen.likelihood_ratio == other.likelihood_ratio


@given(
    st.lists(st.integers(0, 400), min_size=3, max_size=9),
    st.floats(0.05, 0.9),
    st.floats(-0.5, 0.5),
)
def test_bdw_is_passed_over_only_where_it_would_not_be_chosen(sizes, rate, slope):
    """Beside both fits made anyway, by their likelihoods alone."""
    at_risk = np.sort(np.array(sizes, dtype=np.float64))[::-1] + 1
    shares = np.clip(rate * np.exp(slope * np.arange(len(at_risk))), 0.02, 0.98)
    counts = RenewalCounts(at_risk, np.floor(at_risk * shares), float(at_risk[0]))
    chosen = fit_retention(counts)
    if chosen.undefined:
        return
    one, other = fit_retention(counts, method="sbg"), fit_retention(counts, method="bdw")
    better = 2 * (other.log_likelihood - one.log_likelihood) > LIKELIHOOD_RATIO + 1e-6
    assert not (better and chosen.method != "bdw")


def test_predicted_survival_of_the_paper():
    curve = fit_retention(count_renewals([H[:8]]), method="sbg")
    expected = [0.460, 0.436, 0.414, 0.395, 0.378]
    assert curve.survival([8, 9, 10, 11, 12]) == pytest.approx(expected, abs=6e-4)


def curve_of(alpha, beta):
    counts = count_renewals([[10, 5, 3]])
    return RetentionCurve("sbg", (alpha, beta), 0.0, math.nan, counts, None, ())


@pytest.mark.parametrize(
    ("alpha", "beta", "expected"),
    [
        (0.668, 3.806, [5.4149, 5.9018, 6.2943, 6.6203, 6.8971]),
        (0.704, 1.182, [2.9647, 4.1035, 4.8701, 5.4424, 5.8944]),
    ],
)
def test_discounted_residual_renewals_of_the_paper(alpha, beta, expected):
    curve = curve_of(alpha, beta)
    found = [number(curve.discounted_renewals(made, 0.1)) for made in range(5)]
    assert found == pytest.approx(expected, abs=6e-5)
    after = curve.discounted_renewals(0, 0.1, timing="after")
    assert after == pytest.approx(expected[0] / 1.1, abs=6e-5)


def test_residual_renewals_equal_the_hypergeometric_form():
    special = pytest.importorskip("scipy.special", reason="scipy comes with the extra `peers`")
    curve = curve_of(0.9, 2.5)
    for made, rate in [(0, 0.1), (3, 0.02), (11, 0.5)]:
        n, a, b = made + 1, 0.9, 2.5
        form = (b + n - 1) / (a + b + n - 1)
        form *= special.hyp2f1(1, b + n, a + b + n, 1 / (1 + rate))
        assert curve.discounted_renewals(made, rate) == pytest.approx(form, rel=1e-11)


def test_lifetimes_end_or_are_said_not_to():
    assert curve_of(3, 4).expected_renewals(2) == pytest.approx(6 / 2)
    by_hand = sbg_survival(3, 4, np.arange(1, 400_000)).sum()
    assert curve_of(3, 4).expected_renewals() == pytest.approx(by_hand, rel=1e-6)
    assert curve_of(0.9, 4).expected_renewals() == Undefined.of("no_finite_lifetime", alpha=0.9)
    assert curve_of(0.9, 4).expected_renewals(within=2) == pytest.approx(
        4 / 4.9 + 4 / 4.9 * 5 / 5.9
    )
    counts = count_renewals([[10, 5, 3]])
    bdw = RetentionCurve("bdw", (2.0, 3.0, 1.5), 0.0, 0.0, counts, None, ())
    by_hand = bdw_survival(2, 3, 1.5, np.arange(1, 2_000_000)).sum()
    assert bdw.expected_renewals() == pytest.approx(by_hand, rel=1e-6)
    slow = RetentionCurve("bdw", (0.5, 3.0, 1.5), 0.0, 0.0, counts, None, ())
    assert isinstance(slow.expected_renewals(), Undefined)
    assert curve_of(0.9, 4).expected_renewals(within=0) == 0
    assert curve_of(0.9, 4).discounted_renewals(0, 1e-9).code == "too_many_renewals"


@pytest.mark.parametrize("seed", range(6))
def test_the_optimum_is_scipys(seed):
    optimize = pytest.importorskip("scipy.optimize", reason="scipy comes with the extra `peers`")
    draw = np.random.default_rng(seed)
    theta = draw.beta(draw.uniform(0.3, 3), draw.uniform(0.5, 8), 600)
    left_at = draw.geometric(theta)
    cohort = [(left_at > t).sum() for t in range(9)]
    counts = count_renewals([cohort])
    found = sbg_fit(counts.at_risk, counts.left)

    def minus(x):
        s = sbg_survival(*np.exp(x), np.arange(9))
        return -(counts.left @ np.log(s[:-1] - s[1:]) + cohort[-1] * np.log(s[-1]))

    best = optimize.minimize(minus, np.zeros(2), method="Nelder-Mead", options={"fatol": 1e-12})
    assert found.log_likelihood >= -best.fun - 1e-7


def test_cohorts_seen_for_different_times_and_from_different_renewals():
    draw = np.random.default_rng(3)
    theta = draw.beta(0.8, 3.0, 40_000)
    left_at = draw.geometric(theta)
    cohorts, first = [], []
    for number_, start in enumerate([0, 0, 2, 5]):
        mine = left_at[number_ * 10_000 : (number_ + 1) * 10_000]
        cohorts.append([int((mine > t).sum()) for t in range(start, start + 4 + number_)])
        first.append(start)
    counts = count_renewals(cohorts, first)
    curve = fit_retention(counts, method="sbg")
    assert curve.parameters == pytest.approx((0.8, 3.0), rel=0.1)
    # Taken as if all were seen from their first renewal, the late cohorts look far too loyal.
    wrong = fit_retention(count_renewals(cohorts), method="sbg")
    t = np.array([6.0])
    assert wrong.survival(t)[0] > curve.survival(t)[0] + 0.03
    one = count_renewals([[10, 8, 7], [6, 6]])
    assert one.at_risk.tolist() == [16, 8]
    assert one.left.tolist() == [2, 1]


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    draw = np.random.default_rng(4)
    truth = sbg_survival(0.8, 3.0, np.array([10.0]))[0]
    held = 0
    for _ in range(120):
        left_at = draw.geometric(draw.beta(0.8, 3.0, 500))
        curve = fit_retention(
            count_renewals([[(left_at > t).sum() for t in range(6)]]), method="sbg"
        )
        low, high = curve.interval([10], 0.8)
        held += low[0] <= truth <= high[0]
    assert 0.7 < held / 120 < 0.9


def test_thin_and_odd_cohorts():
    none = fit_retention(count_renewals([]))
    assert none.undefined.code == "no_renewals"
    assert fit_retention(count_renewals([[40]])).undefined.code == "no_renewals"
    stayed = fit_retention(count_renewals([[40, 40, 40]]))
    assert stayed.undefined.code == "nobody_left"
    assert np.isnan(stayed.survival([3])).all()
    assert stayed.expected_renewals() == stayed.undefined
    low, high = stayed.interval([3])
    assert (low[0], high[0]) == (0, 1)
    assert fit_retention(count_renewals([[40, 0]])).undefined.code == "all_left"
    one = fit_retention(count_renewals([[10, 8]]))
    assert (one.method, one.parameters) == ("geometric", (0.2,))
    assert {flag.code for flag in one.flags} == {"one_renewal", "few_customers"}
    assert one.expected_renewals() == pytest.approx(4)
    same = fit_retention(count_renewals([[10_000, 8000, 6400, 5120, 4096]]))
    assert same.method == "geometric"
    assert "customers_alike" in {flag.code for flag in same.flags}
    assert same.survival([2])[0] == pytest.approx(0.64, abs=1e-3)
    thin = fit_retention(count_renewals([[6, 4, 4, 3]]))
    low, high = thin.interval([8])
    assert high[0] - low[0] > 0.3
    with pytest.raises(SalesMetricsError, match="rises or is below 0"):
        count_renewals([[4, 5]])


@pytest.mark.parametrize("x", [0.003, 0.7, 9.5, 40.0, 1e5, 3e14])
def test_a_drop_of_log_gamma_is_a_product_of_whole_steps(x):
    """Gamma(x + n) / Gamma(x) is x (x + 1) ... (x + n - 1), however large x is."""
    for n in (1, 2, 7):
        expected = -sum(math.log(x + k) for k in range(n))
        assert float(log_gamma_drop(x, n)) == pytest.approx(expected, rel=1e-13, abs=1e-13)


@pytest.mark.parametrize(("gamma", "delta", "c"), [(0.4, 1.5, 0.6), (2.0, 3.0, 1.3), (0.9, 8, 1)])
def test_a_sum_over_many_renewals_is_that_of_each(gamma, delta, c):
    for last in (5, 1000, 1001, 1700, 60_000):
        each = bdw_survival(gamma, delta, c, np.arange(1, last + 1, dtype=np.float64))
        assert bdw_total(gamma, delta, c, last) == pytest.approx(float(each.sum()), rel=1e-11)


def test_curves_fitted_together_are_those_fitted_alone():
    draw = np.random.default_rng(8)
    many = []
    for renewals in (1, 2, 3, 5, 9, 4):
        left_at = draw.geometric(draw.beta(0.8, 3, 2_000))
        many.append(count_renewals([[(left_at > t).sum() for t in range(renewals + 1)]]))
    for counts, found in zip(many, fit_retentions(many), strict=True):
        alone = fit_retention(counts)
        assert found.method == alone.method
        assert found.log_likelihood == pytest.approx(alone.log_likelihood, rel=1e-12)
        ages = range(12)
        assert np.allclose(found.survival(ages), alone.survival(ages), rtol=1e-6)


def test_no_curve_is_likelier_by_rounding():
    """With a large c logarithms of t^c have 16 places: what differs by 0.4 differed by 0."""
    counts = RenewalCounts(np.array([12.0, 7, 1]), np.array([2.0, 4, 0]), 12)
    found = fit_retention(counts, method="bdw")
    assert found.likelihood_ratio < LIKELIHOOD_RATIO
    assert fit_retention(counts).method == "geometric"


def test_curves_read_together_say_what_each_says_alone():
    counts = count_renewals([[50, 40, 33, 29]])

    def curve(method, *parameters):
        return RetentionCurve(method, parameters, 0.0, 0.0, counts, None, ())

    none = fit_retention(count_renewals([[40]]))
    many = [
        curve("sbg", 3.0, 4.0), curve("bdw", 2.0, 3.0, 1.5), none, curve("geometric", 0.2),
        curve("sbg", 0.9, 4.0), curve("bdw", 0.5, 3.0, 1.5), curve("bdw", 4.0, 1.0, 0.9),
    ]  # fmt: skip
    ages = np.arange(1, 400_000, dtype=np.float64)
    of = {"sbg": sbg_survival, "bdw": bdw_survival, "geometric": lambda p, t: (1 - p) ** t}
    for made, rate, within in [(0, 0.0, 9), (2, 0.1, None), (0, 0.03, 5)]:
        found = discounted_renewals(many, made, rate, timing="after", within=within)
        assert found[2] == none.undefined
        for one, value in zip(many, found, strict=True):
            if one is not none:
                steps = ages[:within] if within else ages[:5000]
                alive = of[one.method](*one.parameters, made + steps)
                alive /= of[one.method](*one.parameters, np.array([float(made)]))
                by_hand = (alive * (1 + rate) ** -steps).sum()
                assert value == pytest.approx(by_hand, rel=1e-12)
    endless = discounted_renewals(many, 0, 0.0)
    assert endless[0] == pytest.approx(4 / 2)
    assert endless[3] == pytest.approx(0.8 / 0.2)
    assert [at for at, one in enumerate(endless) if isinstance(one, Undefined)] == [2, 4, 5]
    for at in (1, 6):
        assert endless[at] == pytest.approx(
            bdw_survival(*many[at].parameters, ages).sum(), rel=1e-4
        )
    shares = shares_there(many, [0, 3])
    assert shares[:, 0].tolist() == pytest.approx([1, 1, np.nan, 1, 1, 1, 1], nan_ok=True)
    assert shares[3, 1] == pytest.approx(0.8**3)
