"""Intervals of shares of counted rows."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

from ..errors import SalesMetricsError

__all__ = ["wilson"]


def wilson(part: int, whole: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a share of counted rows."""
    if isinstance(level, bool) or not isinstance(level, (int, float)) or not 0 < level < 1:
        raise SalesMetricsError(f"a level between 0 and 1 is expected, such as 0.95, not {level!r}")
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = part / whole
    middle = share + z * z / (2 * whole)
    width = z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    scale = 1 + z * z / whole
    low, high = (middle - width) / scale, (middle + width) / scale
    return (0.0 if part == 0 else low, 1.0 if part == whole else high)
