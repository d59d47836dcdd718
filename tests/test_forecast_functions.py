"""Special functions against scipy and the standard library, reasons, and arrays at the door."""

from __future__ import annotations

import math

import numpy as np
import pytest

from salesmetrics.errors import SalesMetricsError, UndefinedError
from salesmetrics.forecast import special_functions as functions
from salesmetrics.forecast.arrays import codes, days, numbers, shares
from salesmetrics.forecast.undefined import Undefined, number


def test_log_gamma_equals_the_standard_library():
    x = np.concatenate([np.geomspace(1e-6, 1e9, 400), np.linspace(0.5, 30, 200)])
    expected = np.array([math.lgamma(value) for value in x])
    found = functions.log_gamma(x)
    assert (np.abs(found - expected) <= 2e-14 * np.maximum(1, np.abs(expected))).all()


def test_beta_and_t_equal_scipy():
    special = pytest.importorskip("scipy.special", reason="scipy comes with the extra `peers`")
    for a, b in [(0.5, 0.5), (3, 10), (200.5, 1), (0.7, 900), (5000, 7000)]:
        for share in (1e-6, 0.025, 0.4, 0.975):
            x = special.betaincinv(a, b, share)
            assert functions.beta_cdf(x, a, b) == pytest.approx(share, rel=1e-9)
            assert functions.beta_quantile(share, a, b) == pytest.approx(x, rel=1e-10)
    for degrees in (1, 3, 12.5, 200):
        for share in (0.01, 0.5, 0.6, 0.99):
            x = special.stdtrit(degrees, share)
            assert functions.t_quantile(share, degrees) == pytest.approx(x, rel=1e-9, abs=1e-12)
            assert functions.t_cdf(x, degrees) == pytest.approx(share, rel=1e-9)


def test_nodes_give_the_moments_of_a_normal():
    z, w = functions.normal_nodes(9)
    for power, moment in ((0, 1), (1, 0), (2, 1), (4, 3), (6, 15)):
        assert (w * z**power).sum() == pytest.approx(moment, abs=1e-10)


def test_logits_and_back():
    assert functions.logistic([-800, 0, 800]).tolist() == [0, 0.5, 1]
    share = np.array([1e-9, 0.3, 0.999])
    np.testing.assert_allclose(functions.logistic(functions.logit(share)), share, rtol=1e-6)
    assert np.isinf(functions.logit([0, 1])).all()


def test_a_reason_is_plain_values_and_a_number_is_a_number():
    reason = Undefined.of("no_wins", closed=3)
    assert reason == Undefined("no_wins", {"closed": 3})
    assert len({reason, Undefined.of("no_wins", closed=3)}) == 1
    assert number(0.5) == 0.5
    with pytest.raises(UndefinedError, match=r"no_wins \(closed=3\)"):
        number(reason)


def test_arrays_are_checked_at_the_door():
    assert days("day", [1.0, 2.0]).dtype == np.int64
    assert days("day", []).tolist() == []
    with pytest.raises(SalesMetricsError, match="whole numbers"):
        days("day", [1.5])
    with pytest.raises(SalesMetricsError, match=r"p\[1\] is 30\.0; a probability"):
        shares("p", [0.2, 30])
    with pytest.raises(SalesMetricsError, match="2 values where 3"):
        numbers("amount", [1, 2], 3)
    with pytest.raises(SalesMetricsError, match="dimensions"):
        numbers("amount", [[1, 2]])
    assert np.isnan(numbers("amount", [np.nan], gaps=True)).all()
    with pytest.raises(SalesMetricsError, match="from 0 to 4"):
        codes("stage", [5], 5)
