"""The simplest forecast there is: what came in the last periods of the same length."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SalesMetricsError
from .arrays import FloatArray, days, numbers
from .special_functions import t_cdf, t_quantile
from .undefined import Undefined

__all__ = ["RunRate", "run_rate"]


@dataclass(frozen=True)
class RunRate:
    """Bookings of the last windows of the same length, latest first, and what they foretell."""

    windows: FloatArray
    undefined: Undefined | None

    @property
    def expected(self) -> float | Undefined:
        """Mean of the windows."""
        return self.undefined or float(self.windows.mean())

    @property
    def spread(self) -> float | Undefined:
        """Standard deviation of one more window, that of the mean included."""
        count = len(self.windows)
        if self.undefined:
            return self.undefined
        if count < 2:
            return Undefined.of("one_window")
        return float(self.windows.std(ddof=1)) * math.sqrt(1 + 1 / count)

    def quantile(self, share: float) -> float | Undefined:
        """Quantile of the next window by Student's t; undefined with one window only."""
        spread = self.spread
        if isinstance(spread, Undefined):
            return spread
        return float(self.windows.mean()) + spread * t_quantile(share, len(self.windows) - 1)

    def chance(self, target: float) -> float | Undefined:
        """P(the next window reaches the target) by Student's t."""
        spread = self.spread
        if isinstance(spread, Undefined):
            return spread
        off = float(self.windows.mean()) - target
        if not spread:
            return float(off >= 0)
        return t_cdf(off / spread, len(self.windows) - 1)


def run_rate(
    won: ArrayLike,
    amount: ArrayLike,
    as_of: int,
    length: int,
    *,
    windows: int = 4,
    first: int | None = None,
) -> RunRate:
    """Bookings of up to `windows` windows of `length` days that end one after another at `as_of`.

    Args:
        won: days of wins, in any order; later ones are not looked at.
        amount: their amounts; NaN is unknown and left out.
        first: first day of the history, the earliest win without it; windows that begin before it
            are left out.

    Undefined: no window fits (`history_shorter_than_horizon`).
    """
    when = days("won", won)
    worth = numbers("amount", amount, len(when), gaps=True)
    if length < 1 or windows < 1:
        raise SalesMetricsError(f"length {length}, windows {windows}: give at least 1 of each")
    begin = int(when.min(initial=as_of + 1)) if first is None else first
    fits = min(windows, (as_of - begin + 1) // length)
    if fits < 1:
        why = Undefined.of("history_shorter_than_horizon", days=as_of - begin + 1, horizon=length)
        return RunRate(np.zeros(0), why)
    back = (as_of - when) // length
    keep = (back >= 0) & (back < fits) & ~np.isnan(worth)
    sums = np.bincount(back[keep], worth[keep], minlength=fits)
    return RunRate(sums.astype(np.float64), None)
