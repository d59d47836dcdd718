"""Two curves of who is still a customer after each renewal: sBG and beta-discrete-Weibull.

A customer leaves at a renewal with a chance that differs from customer to customer by a beta
distribution. In the shifted beta-geometric (sBG) it stays the same for a customer at all renewals;
in the beta-discrete-Weibull (BdW) it falls (c < 1) or rises (c > 1) with them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

from .arrays import FloatArray
from .special_functions import log_beta, log_gamma_drop

__all__ = [
    "ALIKE", "Maximum", "bdw_fits", "bdw_survival", "bdw_total", "sbg_fit", "sbg_fits",
    "sbg_survival",
]  # fmt: skip

ALIKE = 1e5  # alpha + beta; above it customers no longer differ and the curve is geometric
SINGLY = 1000  # renewals summed one by one before their curve is smooth enough for its area
HALVES = 0.5 ** np.arange(1, 9)  # of a step, tried at once
Index = npt.NDArray[np.int64]
Column = float | FloatArray


@dataclass(frozen=True)
class Maximum:
    """Parameters of highest likelihood and its logarithm; `alike` where customers do not differ."""

    parameters: tuple[float, ...]
    log_likelihood: float
    alike: bool = False


def sbg_survival(alpha: Column, beta: Column, renewals: FloatArray) -> FloatArray:
    """Share still there after each number of renewals: B(alpha, beta + t) / B(alpha, beta).

    Parameters are numbers, or columns of them for a row of shares each.
    """
    t = np.asarray(renewals, dtype=np.float64)
    return np.asarray(np.exp(log_beta(alpha, beta + t) - log_beta(alpha, beta)))


def bdw_survival(gamma: Column, delta: Column, c: Column, renewals: FloatArray) -> FloatArray:
    """Share still there after each number of renewals: B(gamma, delta + t^c) / B(gamma, delta).

    Parameters are numbers, or columns of them for a row of shares each.
    """
    t = np.asarray(renewals, dtype=np.float64)
    share = log_gamma_drop(delta + _powers(t, c), gamma) - log_gamma_drop(delta, gamma)
    return np.asarray(np.exp(np.minimum(share, 0.0)))  # of rounding far out never above 1


def _powers(t: FloatArray, c: ArrayLike) -> FloatArray:
    """t^c, held below what a float cannot say."""
    with np.errstate(over="ignore"):
        return np.asarray(np.minimum(t ** np.asarray(c), 1e300))


def bdw_total(gamma: Column, delta: Column, c: Column, last: int) -> FloatArray:
    """Sum of the shares still there after 1, 2, ... `last` renewals, of each row of parameters.

    The first ones one by one; the others lie on a curve so smooth that Euler's and Maclaurin's
    formula says their sum from its area, by Gauss and Legendre over pieces twice as long each.
    """
    ages = np.arange(1, min(last, SINGLY) + 1, dtype=np.float64)
    one_by_one = bdw_survival(gamma, delta, c, ages).sum(axis=-1)
    if last <= SINGLY:
        return np.asarray(one_by_one)
    first, end = SINGLY + 0.5, last + 0.5
    many = math.ceil(math.log2(end / first))
    edges = first * (end / first) ** (np.arange(many + 1) / many)
    nodes, weights = _legendre()
    half, middle = np.diff(edges)[:, None] / 2, (edges[1:] + edges[:-1])[:, None] / 2
    share = bdw_survival(gamma, delta, c, (middle + half * nodes).ravel())
    area = (share * (weights * half).ravel()).sum(axis=-1)
    around = bdw_survival(
        gamma, delta, c, np.array([first - 0.5, first + 0.5, end - 0.5, end + 0.5])
    )
    rise = around[..., 3] - around[..., 2] - around[..., 1] + around[..., 0]
    return np.asarray(one_by_one + area - rise / 24)


@cache
def _legendre() -> tuple[FloatArray, FloatArray]:
    nodes, weights = np.polynomial.legendre.leggauss(16)
    return nodes, weights


def sbg_fit(at_risk: FloatArray, left: FloatArray) -> Maximum:
    """sBG of highest likelihood, of customers up for each renewal and those who left at it."""
    return sbg_fits(at_risk[None], left[None])[0]


def sbg_fits(at_risk: FloatArray, left: FloatArray) -> list[Maximum]:
    """The sBG of highest likelihood of each row of counts.

    Formula: at renewal j a customer leaves with chance alpha / (alpha + beta + j - 1), so the log
    likelihood is a sum of logarithms with closed derivatives. Newton on the logarithms of the
    parameters, each step turned uphill, at most of length 1, and halved until it climbs. All rows
    climb together, until the last of them has arrived.
    """
    j = np.arange(left.shape[1], dtype=np.float64)
    stayed, gone = at_risk - left, left.sum(axis=1)

    def height(rows: Index, x: FloatArray) -> FloatArray:
        a, b = np.exp(x[:, :1]), np.exp(x[:, 1:])
        each = stayed[rows] * np.log(b + j) - at_risk[rows] * np.log(a + b + j)
        return np.asarray(gone[rows] * x[:, 0] + _in_turn(each))

    def bends(rows: Index, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        a, b = np.exp(x[:, 0]), np.exp(x[:, 1])
        ab, bj = (a + b)[:, None] + j, b[:, None] + j
        down, bend = _in_turn(at_risk[rows] / ab), _in_turn(at_risk[rows] / ab**2)
        kept = _in_turn(stayed[rows] / bj), _in_turn(stayed[rows] / bj**2)
        slope = np.stack([gone[rows] - a * down, b * (kept[0] - down)], axis=1)
        curve = np.empty((len(rows), 2, 2))
        curve[:, 0, 0] = a * a * bend + slope[:, 0] - gone[rows]
        curve[:, 0, 1] = curve[:, 1, 0] = a * b * bend
        curve[:, 1, 1] = b * b * (bend - kept[1]) + slope[:, 1]
        return slope, curve

    rate = gone / at_risk.sum(axis=1)
    x = np.log(np.stack([np.maximum(rate, 1e-6), np.maximum(1 - rate, 1e-6)], axis=1))
    rows = np.arange(len(x))
    value = height(rows, x)
    for _ in range(200):
        if not len(rows):
            break
        slope, curve = bends(rows, x[rows])
        size, ways = np.linalg.eigh(curve)
        along = (ways.swapaxes(1, 2) @ slope[:, :, None])[:, :, 0]
        step = (ways @ (along / np.maximum(np.abs(size), 1e-8))[:, :, None])[:, :, 0]
        step, new, climbed = _halved(height, rows, x[rows], _short(step), value[rows], 0 * step)
        rows, step, new = rows[climbed], step[climbed], new[climbed]
        gain, x[rows], value[rows] = new - value[rows], x[rows] + step, new
        alike = np.exp(x[rows]).sum(axis=1) > ALIKE
        rows = rows[~alike & ~_arrived(gain, new, step, 1e-13, 1e-9)]
    found = np.exp(x)
    return [
        Maximum((a, b), of, a + b > ALIKE)
        for (a, b), of in zip(found.tolist(), value.tolist(), strict=True)
    ]


def bdw_fits(at_risk: FloatArray, left: FloatArray, start: FloatArray) -> list[Maximum]:
    """The BdW of highest likelihood of each row of counts, begun at an sBG: a BdW with c = 1.

    By BFGS with central differences; all rows climb together, until the last of them has arrived.
    """
    ages = np.arange(left.shape[1] + 1, dtype=np.float64)
    stayed, seen = at_risk - left, at_risk > 0

    def height(rows: Index, x: FloatArray) -> FloatArray:
        gamma, delta, c = (np.exp(np.clip(each, -12, 12))[:, None] for each in x.T)
        # ln B(gamma, there) without ln Gamma(gamma), which every renewal has alike.
        ln_survival = log_gamma_drop(delta + _powers(ages, c), gamma)
        drop = np.where(seen[rows], np.minimum(np.diff(ln_survival), -1e-300), -1)
        leaving = np.log(-np.expm1(drop))
        return _in_turn(left[rows] * leaving + stayed[rows] * drop)

    def slopes(rows: Index, x: FloatArray) -> FloatArray:
        ways = 1e-5 * np.concatenate([np.eye(3), -np.eye(3)])
        around = (x[:, None] + ways).reshape(-1, 3)
        up, down = height(np.repeat(rows, 6), around).reshape(-1, 2, 3).swapaxes(0, 1)
        return np.asarray((up - down) / 2e-5)

    def begun(slope: FloatArray) -> FloatArray:
        length = np.maximum(1.0, np.linalg.norm(slope, axis=1))
        return np.asarray(np.eye(3) / length[:, None, None])

    x = np.log(np.concatenate([start, np.ones((len(start), 1))], axis=1))
    rows = np.arange(len(x))
    value, g = height(rows, x), slopes(rows, x)
    inverse = begun(g)
    for _ in range(300):
        if not len(rows):
            break
        step = (inverse[rows] @ g[rows][:, :, None])[:, :, 0]
        turned = np.flatnonzero((g[rows] * step).sum(axis=1) <= 0)
        inverse[rows[turned]] = begun(g[rows[turned]])
        step[turned] = (inverse[rows[turned]] @ g[rows[turned]][:, :, None])[:, :, 0]
        step, new, climbed = _halved(
            height, rows, x[rows], _short(step), value[rows], 1e-4 * g[rows]
        )
        rows, step, new = rows[climbed], step[climbed], new[climbed]
        after = slopes(rows, x[rows] + step)
        change, gain = g[rows] - after, new - value[rows]
        x[rows], value[rows], g[rows] = x[rows] + step, new, after
        along = (change * step).sum(axis=1)
        bent = np.flatnonzero(along > 1e-14)
        inverse[rows[bent]] = _updated(inverse[rows[bent]], step[bent], change[bent], along[bent])
        rows = rows[~_arrived(gain, new, step, 1e-12, 1e-7)]
    found = np.exp(x)
    return [
        Maximum((gamma, delta, c), of, gamma + delta > ALIKE)
        for (gamma, delta, c), of in zip(found.tolist(), value.tolist(), strict=True)
    ]


def _in_turn(each: FloatArray) -> FloatArray:
    """Sums over renewals, one after the other: those that only longer rows have change no digit."""
    return np.cumsum(each, axis=1)[:, -1] if each.shape[1] else each.sum(axis=1)


def _short(step: FloatArray) -> FloatArray:
    """Steps of length 1 at most."""
    return np.asarray(step / np.maximum(1.0, np.linalg.norm(step, axis=1))[:, None])


def _halved(
    height: Callable[[Index, FloatArray], FloatArray],
    rows: Index,
    x: FloatArray,
    step: FloatArray,
    value: FloatArray,
    slope: FloatArray,
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.bool_]]:
    """Steps halved until each climbs by what the slope promises; which of them ever did."""
    new = height(rows, x + step)
    low = np.flatnonzero(~(new >= value + (slope * step).sum(axis=1)))
    for _ in range(5):
        if not len(low):
            break
        tried = step[low][:, None] * HALVES[:, None]
        there = (x[low][:, None] + tried).reshape(len(low) * len(HALVES), -1)
        high = height(np.repeat(rows[low], len(HALVES)), there).reshape(len(low), -1)
        enough = high >= value[low][:, None] + (slope[low][:, None] * tried).sum(axis=2)
        found = enough.any(axis=1)
        first = np.where(found, enough.argmax(axis=1), len(HALVES) - 1)
        every = np.arange(len(low))
        step[low], new[low] = tried[every, first], high[every, first]
        low = low[~found]
    climbed = np.ones(len(rows), dtype=bool)
    climbed[low] = False
    return step, new, climbed


def _arrived(
    gain: FloatArray, value: FloatArray, step: FloatArray, little: float, short: float
) -> npt.NDArray[np.bool_]:
    small = gain < little * np.maximum(1, np.abs(value))
    return np.asarray(small & (np.abs(step).max(axis=1) < short))


def _updated(
    inverse: FloatArray, step: FloatArray, change: FloatArray, along: FloatArray
) -> FloatArray:
    """The inverse of the curvature after steps along which the slopes changed so."""
    along = along[:, None, None]
    left = np.eye(3) - step[:, :, None] * change[:, None] / along
    outer = step[:, :, None] * step[:, None] / along
    return np.asarray(left @ inverse @ left.swapaxes(1, 2) + outer)
