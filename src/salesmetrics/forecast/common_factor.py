"""What makes deals of one period come in or slip together: one common factor."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SalesMetricsError
from .arrays import FloatArray, numbers
from .special_functions import logistic, logit, normal_nodes

__all__ = [
    "PRIOR",
    "conditional_chances",
    "conditional_rates",
    "factor_size",
    "learning_error",
    "overdispersion",
]

PRIOR = 2.0  # how many times wider than independent deals' a range is before any replay
# Of the factor, on the scale of log-odds: a period one standard deviation good has 2.7 times the
# odds. A handful of deals cannot spread twice as wide as independent ones whatever the factor is.
MOST = 1.0
LEAST = 1e-12  # a chance that moves no figure; of 1e-16 nothing is left in a bad period


def conditional_chances(chance: FloatArray, size: float, nodes: int) -> FloatArray:
    """Chances of each deal in good and bad periods, [scenario, deal]; their mean is the chance.

    Formula: log-odds + shift + size x z, z at the Gauss-Hermite places of a standard normal, the
    shift of each deal such that the weighted mean over them is its chance to the last digits.
    """
    z, weights = normal_nodes(nodes)
    if not size:
        return np.repeat(chance[None], nodes, axis=0)
    open_ended = (chance > LEAST) & (chance < 1)  # the others are alike in every period
    inner = chance[open_ended]
    place = logit(inner) * math.sqrt(1 + 0.35 * size * size)  # a good first guess
    step = size * z[:, None]
    for _ in range(60):
        p = logistic(place + step)
        off = weights @ p - inner
        if (np.abs(off) <= 1e-11 * inner).all():  # the last digits are set below
            break
        slope = weights @ (p * (1 - p))
        place = place - np.clip(off / np.maximum(slope, 1e-300), -1, 1)
    p = logistic(place + step)
    result = np.repeat(chance[None], nodes, axis=0)
    result[:, open_ended] = np.minimum(p * (inner / (weights @ p)), 1)
    return result


def conditional_rates(size: float, nodes: int) -> FloatArray:
    """What the number of new deals is multiplied by in each scenario; the weighted mean is 1."""
    z, weights = normal_nodes(nodes)
    rate = np.exp(size * z)
    return np.asarray(rate / (weights @ rate), dtype=np.float64)


def factor_size(
    amount: FloatArray,
    chance: FloatArray,
    rates: FloatArray,
    new_amounts: FloatArray,
    wider: float,
    nodes: int,
) -> float:
    """Size of the factor at which the variance is `wider` times that of independent deals.

    0 at 1; never above 1 on the scale of log-odds, where a few large deals cannot spread further.
    """
    # In the order of what they are: sums of floats do not depend on how the deals came.
    deals, coming = np.lexsort((chance, amount)), np.lexsort((rates, new_amounts))
    amount, chance = amount[deals], chance[deals]
    rates, new_amounts = rates[coming], new_amounts[coming]
    alone = float((amount**2 * chance * (1 - chance)).sum() + (rates * new_amounts**2).sum())
    if wider <= 1 or not alone:
        return 0.0
    new_mean = float((rates * new_amounts).sum())
    new_spread = float((rates * new_amounts**2).sum())
    _, weights = normal_nodes(nodes)

    def ratio(size: float) -> float:
        p = conditional_chances(chance, size, nodes)
        scale = conditional_rates(size, nodes)
        mean = p @ amount + scale * new_mean
        inside = (p * (1 - p)) @ (amount**2) + scale * new_spread
        middle = weights @ mean
        return float((weights @ inside + weights @ (mean - middle) ** 2) / alone)

    low, high = 0.0, MOST
    if ratio(high) <= wider:
        return high
    # The variance grows about with the square of the factor: secants on that scale, in a bracket.
    linear = float((amount * chance * (1 - chance)).sum()) + new_mean
    wanted = wider - 1
    size = min(math.sqrt(wanted * alone) / linear, MOST / 2)
    for _ in range(40):
        excess = ratio(size) - 1
        if abs(excess - wanted) < 1e-4 * wider:
            break
        low, high = (size, high) if excess < wanted else (low, size)
        new = size * math.sqrt(wanted / excess) if excess > 0 else (low + high) / 2
        size = new if low < new < high else (low + high) / 2
    return size


def learning_error(won: int, lost: int) -> float:
    """Standard error of the log-odds of winning, learned from so many won and lost deals.

    Formula: square root of 1 / (won + 1/2) + 1 / (lost + 1/2). It is common to all open deals, as
    they are all scored by what was learned from the same ones; so it adds to the common factor.
    """
    if won < 0 or lost < 0:
        raise SalesMetricsError(f"{won} won and {lost} lost: counts are not below 0")
    return math.sqrt(1 / (won + 0.5) + 1 / (lost + 0.5))


def overdispersion(
    expected: ArrayLike,
    spread: ArrayLike,
    actual: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    prior: float = PRIOR,
    prior_weight: float = 4,
) -> float:
    """How many times more variance own past forecasts show than independent deals would.

    Formula: (prior_weight x prior + sum of weight x ((actual - expected) / spread)^2) /
    (prior_weight + sum of weights), at least 1.

    Args:
        expected, spread: mean and standard deviation of past forecasts with independent deals;
            those without spread are left out.
        actual: what came.
        weights: of each; origins whose horizons overlap are one case together, give them weights
            that sum to the number of horizons they span.
    """
    mean = numbers("expected", expected)
    sd = numbers("spread", spread, len(mean))
    came = numbers("actual", actual, len(mean))
    weight = np.ones(len(mean)) if weights is None else numbers("weights", weights, len(mean))
    some = sd > 0
    square = ((came[some] - mean[some]) / sd[some]) ** 2
    total = prior_weight * prior + float((weight[some] * square).sum())
    return max(1.0, total / (prior_weight + float(weight[some].sum())))
