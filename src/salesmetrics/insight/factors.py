"""How much of a change each factor of a product, or part of a formula, makes: exact splits.

A product of figures above 0 is split by the logarithmic mean (LMDI-I), whatever else by Shapley's
value: both sum to the change, depend on no order, and turn their sign with the direction of time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import exp, factorial, isfinite, log
from typing import Literal

from ..errors import SalesMetricsError

__all__ = ["FactorEffect", "Method", "by_log_mean", "by_shapley", "log_mean", "split_product"]

Method = Literal["log mean", "shapley"]
Figures = Mapping[str, Fraction]
MOST_FACTORS = 10


@dataclass(frozen=True, slots=True)
class FactorEffect:
    """A factor's share of the change; `slope` is what one unit of the factor came to.

    What part of the factor's own change is due to a group, times the slope, is the group's share.
    """

    name: str
    effect: float
    slope: float


def log_mean(a: float, b: float) -> float:
    """(a - b) / ln(a / b), and a where both are equal.

    >>> log_mean(2.0, 2.0), round(log_mean(1.0, 2.0), 4)
    (2.0, 1.4427)
    """
    ratio = a / b - 1
    if abs(ratio) < 1e-6:  # where the quotient loses its digits, the series has them
        return b * (1 + ratio / 2 - ratio * ratio / 12)
    return (a - b) / log(a / b)


def by_log_mean(
    top: Sequence[str], bottom: Sequence[str], before: Figures, after: Figures
) -> tuple[FactorEffect, ...]:
    """The effects of the factors of a product (top) divided by another (bottom), all above 0.

    >>> was = {"N": Fraction(120), "W": Fraction("0.25"), "A": Fraction(20_000), "L": Fraction(60)}
    >>> now = {"N": Fraction(140), "W": Fraction("0.22"), "A": Fraction(21_000), "L": Fraction(72)}
    >>> each = by_log_mean(("N", "W", "A"), ("L",), was, now)
    >>> [round(one.effect) for one in each]
    [1462, -1212, 463, -1729]
    """

    def logs(figures: Figures) -> dict[str, float]:
        return {name: log(figures[name]) for name in (*top, *bottom)}

    was, now = logs(before), logs(after)
    value = [
        sum(side[name] for name in top) - sum(side[name] for name in bottom) for side in (was, now)
    ]
    mean = log_mean(exp(value[1]), exp(value[0]))
    found = []
    for name in (*top, *bottom):
        sign = 1 if name in top else -1
        moved = log(after[name] / before[name]) if before[name] != after[name] else 0.0
        slope = sign * mean / log_mean(float(after[name]), float(before[name]))
        found.append(FactorEffect(name, sign * mean * moved, slope))
    return tuple(found)


def by_shapley(
    of: Callable[[Figures], Fraction], before: Figures, after: Figures
) -> tuple[FactorEffect, ...]:
    """The effects of the figures of any expression: the mean over all orders of replacing them.

    >>> was = {"N": Fraction(120), "W": Fraction("0.25"), "A": Fraction(20_000), "L": Fraction(60)}
    >>> now = {"N": Fraction(140), "W": Fraction("0.22"), "A": Fraction(21_000), "L": Fraction(72)}
    >>> each = by_shapley(lambda x: x["N"] * x["W"] * x["A"] / x["L"], was, now)
    >>> [round(one.effect) for one in each]
    [1473, -1218, 466, -1737]
    """
    moved = [name for name in before if before[name] != after[name]]
    if len(moved) > MOST_FACTORS:
        raise SalesMetricsError(
            f"{len(moved)} figures changed; at most {MOST_FACTORS} can be told apart"
        )
    values = {
        chosen: of({name: (after if name in chosen else before)[name] for name in before})
        for size in range(len(moved) + 1)
        for chosen in map(frozenset, combinations(moved, size))
    }
    n, found = len(moved), []
    for name in before:
        effect = Fraction(0)
        for chosen, value in values.items() if name in moved else ():
            if name not in chosen:
                size = len(chosen)
                weight = Fraction(factorial(size) * factorial(n - size - 1), factorial(n))
                effect += weight * (values[chosen | {name}] - value)
        change = after[name] - before[name]
        found.append(FactorEffect(name, float(effect), float(effect / change) if change else 0.0))
    return tuple(found)


def split_product(
    top: Sequence[str], bottom: Sequence[str], before: Figures, after: Figures
) -> tuple[Method, tuple[FactorEffect, ...]]:
    """By the logarithmic mean where all figures are above 0, else by Shapley's value."""
    known = [side[name] for side in (before, after) for name in (*top, *bottom)]
    if all(each > 0 and isfinite(float(each)) for each in known):
        return "log mean", by_log_mean(top, bottom, before, after)

    def product(figures: Figures) -> Fraction:
        value = Fraction(1)
        for name in top:
            value *= figures[name]
        for name in bottom:
            value /= figures[name]
        return value

    names = (*top, *bottom)
    sides = ({name: side[name] for name in names} for side in (before, after))
    return "shapley", by_shapley(product, *sides)
