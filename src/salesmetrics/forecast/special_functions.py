"""Gamma, beta, normal and t functions that the models need, without scipy."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SalesMetricsError
from .arrays import FloatArray

__all__ = [
    "beta_cdf",
    "beta_quantile",
    "log_beta",
    "log_gamma",
    "log_gamma_drop",
    "logistic",
    "logit",
    "normal_nodes",
    "normal_quantile",
    "t_cdf",
    "t_quantile",
]

# Stirling's series: B(2k) / (2k (2k - 1)), k = 1..7.
STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)


def log_gamma(x: ArrayLike) -> FloatArray:
    """ln Gamma(x) of positive numbers, to about 1e-14 (relative, absolute below 1).

    Numbers below 10 are lifted above it by Gamma(x) = Gamma(x + 1) / x, where Stirling's series of
    seven terms is exact to the last digits.  Of few numbers as of many: the last digit of a figure
    does not depend on what is reckoned beside it.
    """
    array = np.asarray(x, dtype=np.float64)
    big = array.flatten()
    small = np.flatnonzero(big < 10)
    low, product = big[small], np.ones(len(small))
    for step in range(10):
        product *= low + step
    big[small] += 10
    value = (big - 0.5) * np.log(big) - big + 0.5 * math.log(2 * math.pi) + _stirling(big)
    value[small] -= np.log(product)
    return np.asarray(value.reshape(array.shape), dtype=np.float64)


def log_beta(a: ArrayLike, b: ArrayLike) -> FloatArray:
    """ln B(a, b), both positive."""
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return log_gamma(first) + log_gamma(second) - log_gamma(first + second)


def log_gamma_drop(x: ArrayLike, more: ArrayLike) -> FloatArray:
    """ln Gamma(x) - ln Gamma(x + more) of positive numbers, exact where x is huge as well.

    The difference of the two logarithms has no digit left where they are of 16 places: Stirling's
    terms are taken from each other before they are added up.  Numbers below 10 are lifted above it.
    """
    big, add = (np.array(each, dtype=np.float64).ravel() for each in np.broadcast_arrays(x, more))
    small = np.flatnonzero(big < 10)
    low, product = big[small], np.ones(len(small))
    for step in range(10):
        product *= 1 + add[small] / (low + step)
    big[small] += 10
    value = add - add * np.log(big + add) - (big - 0.5) * np.log1p(add / big)
    value += _stirling(big) - _stirling(big + add)
    value[small] += np.log(product)
    return value.reshape(np.broadcast(x, more).shape)


def _stirling(x: FloatArray) -> FloatArray:
    """The rest of ln Gamma beside Stirling's formula, of numbers from 10."""
    inverse = 1 / x
    square = inverse * inverse
    series = np.zeros_like(x)
    for term in reversed(STIRLING):
        series *= square
        series += term
    return np.asarray(series * inverse)


def beta_cdf(x: float, a: float, b: float) -> float:
    """P(X <= x) of a beta distribution: the regularised incomplete beta function.

    Lentz's continued fraction on the side where it converges fast.
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    ln_front = (
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1) / (a + b + 2):
        return math.exp(ln_front) * _fraction(x, a, b) / a
    return 1 - math.exp(ln_front) * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    value = d
    for m in range(1, 10_000):
        for top in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + top * d
            d = 1 / (d if abs(d) > tiny else tiny)
            c = 1 + top / c
            c = c if abs(c) > tiny else tiny
            change = c * d
            value *= change
        if abs(change - 1) < 1e-16:
            break
    return value


def beta_quantile(share: float, a: float, b: float) -> float:
    """The x with P(X <= x) = share of a beta distribution; Newton held inside a bracket."""
    if not 0 <= share <= 1:
        raise SalesMetricsError(f"share is {share}; give one from 0 to 1")
    if share in (0.0, 1.0):
        return share
    low, high, x = 0.0, 1.0, a / (a + b)
    norm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    for _ in range(200):
        off = beta_cdf(x, a, b) - share
        low, high = (low, x) if off > 0 else (x, high)
        slope = norm + (a - 1) * math.log(x) + (b - 1) * math.log1p(-x)
        new = x - off / math.exp(slope) if slope > -700 else (low + high) / 2
        if not low < new < high:
            new = (low + high) / 2
        if abs(new - x) <= 1e-16 + 1e-15 * x:
            return new
        x = new
    return x


def normal_quantile(share: float) -> float:
    """The z with P(Z <= z) = share of a standard normal."""
    return NormalDist().inv_cdf(share)


def t_cdf(x: float, degrees: float) -> float:
    """P(T <= x) of Student's t."""
    tail = 0.5 * beta_cdf(degrees / (degrees + x * x), degrees / 2, 0.5)
    return 1 - tail if x > 0 else tail


def t_quantile(share: float, degrees: float) -> float:
    """The x with P(T <= x) = share of Student's t, by the beta distribution it is made of."""
    if share == 0.5:
        return 0.0
    tail = min(share, 1 - share)
    x = beta_quantile(2 * tail, degrees / 2, 0.5)
    size = math.sqrt(degrees * (1 - x) / x)
    return size if share > 0.5 else -size


def logit(share: ArrayLike) -> FloatArray:
    """ln(p / (1 - p)); 0 and 1 give the infinities."""
    array = np.asarray(share, dtype=np.float64)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(array) - np.log1p(-array), dtype=np.float64)


def logistic(x: ArrayLike) -> FloatArray:
    """1 / (1 + e^-x), without overflow."""
    half = 0.5 * np.asarray(x, dtype=np.float64)
    return np.asarray(0.5 * (1 + np.tanh(half)), dtype=np.float64)


@lru_cache(maxsize=8)
def normal_nodes(count: int) -> tuple[FloatArray, FloatArray]:
    """Gauss-Hermite: places z and weights w with sum w f(z) close to E f(Z), Z standard normal."""
    z, w = np.polynomial.hermite_e.hermegauss(count)
    w = w / w.sum()
    z.setflags(write=False)
    w.setflags(write=False)
    return z, w
