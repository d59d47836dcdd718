"""Rates of small groups, drawn to what the groups have in common as far as they are small."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SalesMetricsError
from .arrays import FloatArray, level_of, numbers
from .special_functions import log_beta, logistic, logit
from .undefined import Undefined

__all__ = ["ShrunkRates", "shrink_rates"]

MEANS, STRENGTHS = 15, 16  # nodes of what is not known of the groups in common
STRONGEST = 2000.0
POINTS = 600  # of a group's own distribution
FARTHEST = 700.0  # in log-odds


@dataclass(frozen=True)
class ShrunkRates:
    """One entry a group: `rate` drawn to the others, `low` and `high` its interval, `n` its cases,
    `raw` its own share (NaN without cases).

    `mean` is the rate of all groups in common and `strength` the number of cases by which a group
    is drawn to it, both averaged over what the data leave open.
    """

    rate: FloatArray
    low: FloatArray
    high: FloatArray
    n: FloatArray
    raw: FloatArray
    mean: float
    strength: float
    undefined: Undefined | None


def shrink_rates(
    part: ArrayLike, whole: ArrayLike, *, level: float = 0.95, weakest: float = 10
) -> ShrunkRates:
    """Rates of groups for a list that people compare: never the bare share of a few cases.

    Formula: rates of groups follow a beta distribution with mean m and strength s, so a group's
    rate given both is (part + m s) / (whole + s). m and s are not known: the rate is averaged over
    them by how likely they make the counts of all groups, m flat, log s flat from `weakest` to
    2,000. The interval holds `level` of the mixture, as much left below as above.

    Args:
        part, whole: wins and cases of each group; whole may be 0.
        weakest: the least strength; 10, because cases within a group are more alike than drawn
            ones, which makes differences between groups look larger than they are.

    Undefined: no cases in any group (`no_cases`). A group without cases has the rate in common and
    a wide interval.
    Source: beta-binomial hierarchical model (Gelman et al. 2013, chapter 5).
    """
    n = numbers("whole", whole)
    k = numbers("part", part, len(n))
    if (k < 0).any() or (k > n).any():
        raise SalesMetricsError("part has to lie from 0 to whole in every group")
    if not 0 < weakest < STRONGEST:
        raise SalesMetricsError(f"weakest is {weakest}; give a strength between 0 and 2,000")
    tail = (1 - level_of(level)) / 2
    raw = np.divide(k, n, out=np.full(len(n), np.nan), where=n > 0)
    if not n.sum():
        nothing = np.full(len(n), np.nan)
        zero, one = np.zeros(len(n)), np.ones(len(n))
        why = Undefined.of("no_cases", groups=len(n))
        return ShrunkRates(nothing, zero, one, n, raw, math.nan, math.nan, why)
    mean, strength, weight = _in_common(k, n, weakest)
    a = k[:, None] + mean * strength
    b = (n - k)[:, None] + (1 - mean) * strength
    rate = (a / (a + b)) @ weight
    low, high = _interval(a, b, weight, rate, tail)
    return ShrunkRates(
        rate, low, high, n, raw, float(mean @ weight), float(strength @ weight), None
    )


def _in_common(
    k: FloatArray, n: FloatArray, weakest: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Nodes (mean, strength) with their weights; those that hardly count are left out."""
    some = n > 0
    k, n = k[some], n[some]
    middle = float((k.sum() + 0.5) / (n.sum() + 1))
    reach = math.sqrt((1 / n.sum() + 1 / (len(n) * (weakest + 1))) / (middle * (1 - middle)))
    place = float(logit(middle)) + np.linspace(-4, 4, MEANS) * reach
    means = logistic(place)
    strengths = np.exp(np.linspace(math.log(weakest), math.log(STRONGEST), STRENGTHS))
    mean, strength = (g.ravel() for g in np.meshgrid(means, strengths))
    one, other = mean * strength, (1 - mean) * strength
    likely = np.zeros(len(mean))
    start = log_beta(one, other)
    for wins, cases in zip(k, n, strict=True):
        likely += log_beta(wins + one, cases - wins + other) - start
    weight = np.exp(likely - likely.max()) * mean * (1 - mean)  # flat in the mean, not in place
    weight /= weight.sum()
    keep = weight > 1e-5
    return mean[keep], strength[keep], weight[keep] / weight[keep].sum()


def _interval(
    a: FloatArray, b: FloatArray, weight: FloatArray, rate: FloatArray, tail: float
) -> tuple[FloatArray, FloatArray]:
    """Quantiles of each group's mixture of beta distributions, on a grid of log-odds.

    The grid is fine about the rate and ever coarser out to where a share is 0 or 1 to a float:
    where no case was won the tail to the left is as long as that.
    """
    usual = np.sqrt(1 / a + 1 / b).min(axis=1)[:, None]
    far = np.arcsinh(FARTHEST / usual)
    x = logit(rate)[:, None] + usual * np.sinh(far * np.linspace(-1, 1, POINTS))
    ln_p, ln_q = -np.logaddexp(0, -x), -np.logaddexp(0, x)
    density = np.zeros_like(x)
    for node in range(len(weight)):
        one, other = a[:, node, None], b[:, node, None]
        density += weight[node] * np.exp(one * ln_p + other * ln_q - log_beta(one, other))
    running = np.zeros_like(x)
    running[:, 1:] = np.cumsum((density[:, 1:] + density[:, :-1]) * np.diff(x, axis=1), axis=1)
    running /= running[:, -1:]
    ends = [
        [np.interp(share, running[g], x[g]) for g in range(len(x))] for share in (tail, 1 - tail)
    ]
    return logistic(np.array(ends[0])), logistic(np.array(ends[1]))
