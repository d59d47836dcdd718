"""Two curves of who is still a customer after each renewal: sBG and beta-discrete-Weibull.

A customer leaves at a renewal with a chance that differs from customer to customer by a beta
distribution. In the shifted beta-geometric (sBG) it stays the same for a customer at all renewals;
in the beta-discrete-Weibull (BdW) it falls (c < 1) or rises (c > 1) with them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .arrays import FloatArray
from .special_functions import log_beta, log_gamma

__all__ = ["ALIKE", "Maximum", "bdw_fit", "bdw_survival", "sbg_fit", "sbg_survival"]

ALIKE = 1e5  # alpha + beta; above it customers no longer differ and the curve is geometric


@dataclass(frozen=True)
class Maximum:
    """Parameters of highest likelihood and its logarithm; `alike` where customers do not differ."""

    parameters: tuple[float, ...]
    log_likelihood: float
    alike: bool = False


def sbg_survival(alpha: float, beta: float, renewals: FloatArray) -> FloatArray:
    """Share still there after each number of renewals: B(alpha, beta + t) / B(alpha, beta)."""
    t = np.asarray(renewals, dtype=np.float64)
    return np.asarray(np.exp(log_beta(alpha, beta + t) - log_beta(alpha, beta)))


def bdw_survival(gamma: float, delta: float, c: float, renewals: FloatArray) -> FloatArray:
    """Share still there after each number of renewals: B(gamma, delta + t^c) / B(gamma, delta)."""
    t = np.asarray(renewals, dtype=np.float64)
    share = log_beta(gamma, delta + t**c) - log_beta(gamma, delta)
    return np.asarray(np.exp(np.minimum(share, 0.0)))  # of rounding far out never above 1


def sbg_fit(at_risk: FloatArray, left: FloatArray) -> Maximum:
    """sBG of highest likelihood from customers up for renewal 1, 2, ... and those who left at it.

    Formula: at renewal j a customer leaves with chance alpha / (alpha + beta + j - 1), so the log
    likelihood is a sum of logarithms with closed derivatives. Newton on the logarithms of the
    parameters, each step turned uphill, at most of length 1, and halved until it climbs.
    """
    j = np.arange(len(left), dtype=np.float64)
    stayed = at_risk - left
    gone = float(left.sum())

    def climb(x: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        a, b = np.exp(x)
        ab, bj = a + b + j, b + j
        value = gone * x[0] + float(stayed @ np.log(bj)) - float(at_risk @ np.log(ab))
        down = float((at_risk / ab).sum())
        slope = np.array([gone - a * down, b * (float((stayed / bj).sum()) - down)])
        bend = float((at_risk / ab**2).sum())
        curve = np.array(
            [
                [a * a * bend + slope[0] - gone, a * b * bend],
                [a * b * bend, b * b * (bend - float((stayed / bj**2).sum())) + slope[1]],
            ]
        )
        return value, slope, curve

    rate = gone / float(at_risk.sum())
    x = np.log([max(rate, 1e-6), max(1 - rate, 1e-6)])
    value, slope, curve = climb(x)
    for _ in range(200):
        size, ways = np.linalg.eigh(curve)
        step = ways @ ((ways.T @ slope) / np.maximum(np.abs(size), 1e-8))
        step /= max(1.0, float(np.linalg.norm(step)))
        for _ in range(40):
            new = climb(x + step)
            if new[0] >= value:
                break
            step /= 2
        else:
            break
        gain, x = new[0] - value, x + step
        value, slope, curve = new
        if math.exp(x[0]) + math.exp(x[1]) > ALIKE:
            break
        if gain < 1e-13 * max(1, abs(value)) and float(np.abs(step).max()) < 1e-9:
            break
    a, b = (float(p) for p in np.exp(x))
    return Maximum((a, b), value, a + b > ALIKE)


def bdw_fit(at_risk: FloatArray, left: FloatArray, start: tuple[float, float]) -> Maximum:
    """BdW of highest likelihood, begun at an sBG, which is a BdW with c = 1."""
    ages = np.arange(len(left) + 1, dtype=np.float64)

    def log_likelihood(x: FloatArray) -> float:
        gamma, delta, c = np.exp(np.clip(x, -12, 12))
        there = delta + ages**c
        # ln B(gamma, there) without ln Gamma(gamma), which every renewal has alike.
        ln_survival = log_gamma(there) - log_gamma(gamma + there)
        drop = np.minimum(np.diff(ln_survival), -1e-300)
        leaving = np.log(-np.expm1(drop))
        return float(left @ leaving + (at_risk - left) @ drop)

    x, value = _climb(log_likelihood, np.log([start[0], start[1], 1.0]))
    gamma, delta, c = (float(p) for p in np.exp(x))
    return Maximum((gamma, delta, c), value, gamma + delta > ALIKE)


def _climb(f: Callable[[FloatArray], float], x: FloatArray) -> tuple[FloatArray, float]:
    """A maximum near x by BFGS with central differences; few parameters, smooth functions."""

    def slope(at: FloatArray) -> FloatArray:
        steps = 1e-5 * np.eye(len(at))
        return np.array([(f(at + h) - f(at - h)) / 2e-5 for h in steps])

    value, g = f(x), slope(x)
    inverse = np.eye(len(x)) / max(1.0, float(np.linalg.norm(g)))
    for _ in range(300):
        step = inverse @ g
        if float(g @ step) <= 0:
            inverse = np.eye(len(x)) / max(1.0, float(np.linalg.norm(g)))
            step = inverse @ g
        step /= max(1.0, float(np.linalg.norm(step)))
        for _ in range(40):
            new = f(x + step)
            if new >= value + 1e-4 * float(g @ step):
                break
            step = step / 2
        else:
            break
        after = slope(x + step)
        change = g - after
        x, gain, value, g = x + step, new - value, new, after
        along = float(change @ step)
        if along > 1e-14:
            left = np.eye(len(x)) - np.outer(step, change) / along
            inverse = left @ inverse @ left.T + np.outer(step, step) / along
        if gain < 1e-12 * max(1, abs(value)) and float(np.abs(step).max()) < 1e-7:
            break
    return x, value
