"""Intervals of a proportion: Wilson's, and Jeffreys'."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SalesMetricsError
from ..results.intervals import wilson
from .arrays import FloatArray, level_of
from .special_functions import beta_quantile, normal_quantile

__all__ = ["jeffreys_interval", "wilson_band", "wilson_interval"]


def wilson_interval(part: int, whole: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a proportion.

    Formula: the shares p at which the observed one is z standard errors away, the standard error
    taken at p. An end is exactly 0 where nothing was counted, exactly 1 where all were.
    Nothing counted at all: (0, 1).
    Source: Wilson 1927; Brown, Cai and DasGupta 2001.

    >>> low, high = wilson_interval(3, 10)
    >>> round(low, 4), round(high, 4)
    (0.1078, 0.6032)
    """
    _counts(part, whole)
    return wilson(part, whole, level) if whole else (0.0, 1.0)


def wilson_band(
    share: ArrayLike, n: ArrayLike, level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Wilson's interval of shares that stand on `n` cases each; n need not be whole, 0 is (0, 1).

    Used where a model gives a share and says of how many cases it has learned it.
    """
    z = normal_quantile(0.5 + level_of(level) / 2)
    p, cases = np.broadcast_arrays(
        np.asarray(share, dtype=np.float64), np.asarray(n, dtype=np.float64)
    )
    square = z * z
    middle = (p * cases + square / 2) / (cases + square)
    reach = z / (cases + square) * np.sqrt(np.maximum(p * (1 - p), 0) * cases + square / 4)
    none = cases <= 0
    return (
        np.where(none, 0.0, np.clip(middle - reach, 0, 1)),
        np.where(none, 1.0, np.clip(middle + reach, 0, 1)),
    )


def jeffreys_interval(part: int, whole: int, level: float = 0.95) -> tuple[float, float]:
    """Jeffreys' interval: the middle of a beta distribution of part + 1/2 and whole - part + 1/2.

    An end is exactly 0 where nothing was counted, exactly 1 where all were; nothing counted at all:
    (0, 1). Source: Brown, Cai and DasGupta 2001.

    >>> low, high = jeffreys_interval(3, 10)
    >>> round(low, 4), round(high, 4)
    (0.0927, 0.6058)
    """
    _counts(part, whole)
    tail = (1 - level_of(level)) / 2
    a, b = part + 0.5, whole - part + 0.5
    low = 0.0 if part == 0 else beta_quantile(tail, a, b)
    high = 1.0 if part == whole else beta_quantile(1 - tail, a, b)
    return low, high


def _counts(part: int, whole: int) -> None:
    if not 0 <= part <= whole:
        raise SalesMetricsError(f"{part} of {whole} is not a proportion")
