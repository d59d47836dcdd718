"""Kaplan-Meier and Aalen-Johansen against lifelines, statsmodels and the product integral."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from salesmetrics.errors import SalesMetricsError
from salesmetrics.forecast.curves import aalen_johansen, kaplan_meier
from salesmetrics.forecast.proportions import jeffreys_interval, wilson_band, wilson_interval
from salesmetrics.forecast.undefined import Undefined

DATA = Path(__file__).parents[2] / "shared" / "data" / "lifelines"
CLOSE = {"rtol": 0, "atol": 1e-12}


def rows(name, *columns):
    if not DATA.exists():
        pytest.skip(f"{DATA} is not there")
    with (DATA / name).open() as file:
        return tuple(
            np.array(column, dtype=float)
            for column in zip(
                *([row[c] for c in columns] for row in csv.DictReader(file)), strict=True
            )
        )


def real():
    age, ended = rows("waltons_dataset.csv", "T", "E")
    yield "waltons", age, ended
    age, ended = rows("rossi.csv", "week", "arrest")
    yield "rossi", age, ended
    age, ended = rows("lung.csv", "time", "status")
    yield "lung", age, ended
    age, ended = rows("dd.csv", "duration", "observed")
    yield "dd", age, ended


def late_world(seed, ties=True):
    draw = np.random.default_rng(seed)
    entry = draw.integers(0, 15, 300).astype(float)
    entry[:60] = 0  # enough from the start for the curve not to fall to 0
    age = entry + draw.integers(1, 40, 300)
    if not ties:
        age = age + draw.random(300)
    return age, draw.integers(0, 3, 300), entry, draw.integers(1, 5, 300).astype(float)


def test_kaplan_meier_equals_lifelines_on_its_data():
    lifelines = pytest.importorskip("lifelines", reason="lifelines is in the extra `peers`")
    for _, age, ended in real():
        found = kaplan_meier(age, ended)
        theirs = lifelines.KaplanMeierFitter().fit(age, ended)
        expected = theirs.survival_function_at_times(found.ages).to_numpy()
        np.testing.assert_allclose(found.survival, expected, **CLOSE)
        inner = (found.survival > 0) & (found.survival < 1)
        band = theirs.confidence_interval_.loc[found.ages].to_numpy()
        low, high = found.interval(0.95)
        np.testing.assert_allclose(low[inner], band[inner, 0], **CLOSE)
        np.testing.assert_allclose(high[inner], band[inner, 1], **CLOSE)
        half = found.quantile(0.5)
        median = np.inf if isinstance(half, Undefined) else half
        assert median == theirs.median_survival_time_


@pytest.mark.parametrize("seed", range(5))
def test_delayed_entry_and_weights_equal_lifelines_and_statsmodels(seed):
    lifelines = pytest.importorskip("lifelines", reason="lifelines is in the extra `peers`")
    duration = pytest.importorskip("statsmodels.duration.survfunc")
    age, cause, entry, weight = late_world(seed)
    ended = cause > 0
    found = kaplan_meier(age, ended, entry=entry, weights=weight)
    theirs = lifelines.KaplanMeierFitter().fit(age, ended, entry=entry, weights=weight)
    expected = theirs.survival_function_at_times(found.ages).to_numpy()
    np.testing.assert_allclose(found.survival, expected, **CLOSE)
    np.testing.assert_allclose(
        found.variance,
        expected**2 * theirs._cumulative_sq_.loc[found.ages].to_numpy().ravel(),
        **CLOSE,
    )
    found = kaplan_meier(age, ended, entry=entry)
    theirs = duration.SurvfuncRight(age, ended, entry=entry)
    np.testing.assert_array_equal(found.ages, theirs.surv_times)
    np.testing.assert_allclose(found.survival, theirs.surv_prob, **CLOSE)
    alive = found.survival > 0
    np.testing.assert_allclose(np.sqrt(found.variance)[alive], theirs.surv_prob_se[alive], **CLOSE)


@pytest.mark.parametrize("seed", range(5))
def test_aalen_johansen_equals_statsmodels_with_ties(seed):
    duration = pytest.importorskip("statsmodels.duration.survfunc")
    age, cause, _, weight = late_world(seed)
    age = np.append(age, 60)  # the last one leaves at some age, not all of an age at once
    cause, weight = np.append(cause, 0), np.append(weight, 2.0)
    theirs = duration.CumIncidenceRight(age, cause)
    found = aalen_johansen(age, cause, 2)
    at = np.searchsorted(theirs.times, found.ages)
    for way in range(2):
        np.testing.assert_allclose(found.incidence[way], theirs.cinc[way][at], **CLOSE)
        se = theirs.cinc_se[way][at]
        np.testing.assert_allclose(found.variance[way], se**2, **CLOSE)
    weighted = duration.CumIncidenceRight(age, cause, freq_weights=weight)
    found = aalen_johansen(age, cause, 2, weights=weight)
    for way in range(2):
        np.testing.assert_allclose(found.incidence[way], weighted.cinc[way][at], **CLOSE)


@pytest.mark.parametrize("seed", range(3))
def test_aalen_johansen_with_delayed_entry_equals_lifelines(seed):
    lifelines = pytest.importorskip("lifelines", reason="lifelines is in the extra `peers`")
    age, cause, entry, _ = late_world(seed, ties=False)
    found = aalen_johansen(age, cause, 2, entry=entry)
    for way in (1, 2):
        theirs = lifelines.AalenJohansenFitter().fit(age, cause, way, entry=entry)
        curve = theirs.cumulative_density_.iloc[:, 0]
        np.testing.assert_allclose(
            found.incidence[way - 1], curve.reindex(found.ages, method="ffill"), **CLOSE
        )
        variance = theirs.variance_.reindex(found.ages).to_numpy()
        keep = found.survival > 0  # lifelines divides by 0 where all end at one age
        np.testing.assert_allclose(found.variance[way - 1][keep], variance[keep], **CLOSE)


@pytest.mark.parametrize("seed", range(3))
def test_aalen_johansen_is_the_product_integral(seed):
    age, cause, entry, weight = late_world(seed)
    found = aalen_johansen(age, cause, 2, entry=entry, weights=weight)
    state = np.array([1.0, 0, 0])
    for column, at in enumerate(sorted(set(age[cause > 0].tolist()))):
        n = sum(w for e, t, w in zip(entry, age, weight, strict=True) if e < at <= t)
        step = np.eye(3)
        for way in (1, 2):
            moved = sum(
                w for t, c, w in zip(age, cause, weight, strict=True) if t == at and c == way
            )
            step[0, way] = moved / n
            step[0, 0] -= moved / n
        state = state @ step
        np.testing.assert_allclose(found.incidence[:, column], state[1:], **CLOSE)
        assert found.survival[column] == pytest.approx(state[0], abs=1e-12)


def test_a_curve_that_falls_to_0_before_later_rows_enter_is_undefined():
    found = kaplan_meier([3, 5, 20, 30], [1, 1, 1, 0], entry=[0, 0, 10, 12])
    assert found.undefined == Undefined.of("curve_fell_to_0", age=5.0, enter_later=2)
    for value in (found.quantile(0.5), found.at(2), found.restricted_mean(10)):
        assert value == found.undefined
    same = aalen_johansen([3, 5, 20, 30], [1, 2, 1, 0], 2, entry=[0, 0, 10, 12])
    assert same.undefined == found.undefined
    whole = kaplan_meier([3, 5, 20], [1, 1, 1], entry=[0, 0, 0])
    assert whole.undefined is None


def test_thin_ages_are_flagged():
    many = kaplan_meier(np.arange(1, 21), np.ones(20, int))
    assert many.thin(10) is None
    flag = many.thin(18)
    assert flag is not None
    assert flag.params == {"age": 18.0, "at_risk": 3, "needed": 5}
    assert kaplan_meier([], []).thin(3) is not None


def test_a_curve_by_hand():
    found = kaplan_meier([1, 2, 2, 4], [1, 1, 0, 1])
    assert found.at(0.5) == 1
    assert found.at(2) == 0.5
    assert found.restricted_mean(3) == 1 + 0.75 + 0.5
    assert found.quantile(0.5) == 2
    open_ended = kaplan_meier([1, 2, 3], [1, 0, 0])
    assert isinstance(open_ended.quantile(0.5), Undefined)
    nobody = kaplan_meier([], [])
    assert nobody.at(3) == 1
    assert isinstance(nobody.quantile(0.5), Undefined)


def test_what_cannot_be_is_refused():
    with pytest.raises(SalesMetricsError, match="under watch before"):
        kaplan_meier([3, 4], [1, 1], entry=[0, 4])
    with pytest.raises(SalesMetricsError, match="codes run from 0 to 2"):
        aalen_johansen([3, 4], [1, 3], 2)
    with pytest.raises(SalesMetricsError, match="finite"):
        kaplan_meier([3, np.nan], [1, 1])
    with pytest.raises(SalesMetricsError, match="below 0"):
        kaplan_meier([3, 4], [1, 1], weights=[1, -1])


@pytest.mark.parametrize("whole", [1, 2, 7, 40, 1000])
def test_intervals_of_proportions_equal_statsmodels(whole):
    stats = pytest.importorskip("statsmodels.stats.proportion")
    for part in {0, 1, whole // 3, whole - 1, whole}:
        for level in (0.8, 0.95):
            theirs = stats.proportion_confint(part, whole, 1 - level, "wilson")
            assert wilson_interval(part, whole, level) == pytest.approx(theirs, abs=1e-12)
            low, high = stats.proportion_confint(part, whole, 1 - level, "jeffreys")
            expected = (0 if part == 0 else low, 1 if part == whole else high)
            assert jeffreys_interval(part, whole, level) == pytest.approx(expected, abs=1e-12)


def test_intervals_of_nothing_say_nothing():
    assert wilson_interval(0, 0) == (0, 1)
    assert jeffreys_interval(0, 0) == (0, 1)
    low, high = wilson_band(np.array([0.3, 0.3]), np.array([0.0, 10.0]))
    assert (low[0], high[0]) == (0, 1)
    assert (low[1], high[1]) == pytest.approx(wilson_interval(3, 10))
    with pytest.raises(SalesMetricsError, match="not a proportion"):
        wilson_interval(4, 3)
