"""Deals not yet created that will be won within the period: how many, and of what amounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SalesMetricsError
from .arrays import FloatArray, IntArray, days, in_any_order, numbers
from .undefined import Flag, Undefined

__all__ = ["NewDeals", "no_new_deals", "past_new_deals"]

FEW_WINDOWS = 3  # horizons that fit into the history; below it a rate is a rough guide


@dataclass(frozen=True)
class NewDeals:
    """Past deals that were created and won within one horizon, as a measure of those to come.

    `rates[i]`: how many like past deal `source[i]` (position in the arrays given) are expected;
    `amounts[i]` its amount. Together: a Poisson number with mean `rates.sum()`.
    """

    rates: FloatArray
    amounts: FloatArray
    source: IntArray
    undefined: Undefined | None = None
    flags: tuple[Flag, ...] = ()

    @property
    def expected(self) -> float:
        """Expected amount of new deals."""
        return in_any_order(self.rates * self.amounts)


def no_new_deals(why: Undefined | None = None) -> NewDeals:
    """None expected; with a reason, because it is not known."""
    nothing = np.zeros(0)
    return NewDeals(nothing, nothing, np.zeros(0, dtype=np.int64), why)


def past_new_deals(
    created: ArrayLike,
    won: ArrayLike,
    amount: ArrayLike,
    as_of: int,
    horizon: int,
    *,
    first: int | None = None,
    window: int | None = None,
    recent: int = 91,
    strength: float = 20,
    origins: ArrayLike | None = None,
    unseen: float = 0.5,
) -> NewDeals:
    """What came from deals that did not exist yet, over all past windows of the same length.

    Formula: over all days s from `first` with s + horizon <= as_of, the mean number of deals
    created after s and won by s + horizon; a deal won d days after its creation counts for
    horizon - d of the days, so nothing is replayed. Times how fast deals are created lately:
    (created in the last `recent` days, per horizon, + strength) / (created per window +
    strength).

    Args:
        created: day of creation of all deals, won or not.
        won: day of the win; any day after `as_of` where there is none yet.
        amount: amount at the win; NaN is unknown: such deals count, with the amounts of the others.
        first: first day of the history; the earliest creation without it.
        window: days of starting points to learn from; None learns from all.
        unseen: deals more than were seen in all windows together, of the amounts of all wins: that
            none has come yet does not mean that none will.
        origins: the days s to learn from in place of all, such as the same day of past quarters.

    Undefined: no window of this length has passed yet (`history_shorter_than_horizon`).
    """
    began = days("created", created)
    size = len(began)
    ends = days("won", won, size)
    worth = numbers("amount", amount, size, gaps=True)
    if horizon < 0:
        raise SalesMetricsError(f"horizon is {horizon}; days ahead are not below 0")
    if horizon == 0:
        return no_new_deals()
    known = began <= as_of
    begin = int(began.min(initial=as_of)) if first is None else first
    last = as_of - horizon
    if window is not None:
        begin = max(begin, last - window)
    start = np.arange(begin, last + 1)
    if origins is not None:
        start = np.sort(days("origins", origins))
        start = start[(start >= begin) & (start <= last)]
    if not len(start) or not known.any():
        return no_new_deals(
            Undefined.of("history_shorter_than_horizon", days=as_of - begin, horizon=horizon)
        )
    flags = []
    if as_of - begin < FEW_WINDOWS * horizon:
        flags.append(Flag.of("few_windows", windows=(as_of - begin) // horizon, needed=FEW_WINDOWS))
    created_per_window = _days_on_watch(began[known], began[known], start, horizon)
    expected = float(created_per_window.sum()) / len(start)
    lately = int((began[known] > as_of - recent).sum()) * horizon / min(recent, as_of - begin + 1)
    pace = (lately + strength) / (expected + strength)
    wins = np.flatnonzero(known & (ends <= as_of) & (ends >= began) & ~(worth < 0))
    seen = _days_on_watch(began[wins], ends[wins], start, horizon)
    wins, rate = wins[seen > 0], seen[seen > 0] / len(start) * pace
    priced = ~np.isnan(worth[wins])
    all_wins = np.flatnonzero(known & (ends <= as_of) & (worth >= 0))
    if not len(all_wins):
        if len(wins):
            flags.append(Flag.of("no_amount", deals=len(wins)))
        return NewDeals(np.zeros(0), np.zeros(0), wins[:0], None, tuple(flags))
    rate[priced] *= rate.sum() / rate[priced].sum() if priced.any() else 1
    expected_of = np.zeros(size)
    expected_of[wins[priced]] = rate[priced]
    expected_of[all_wins] += unseen / max((as_of - begin) / horizon, 1) / len(all_wins)
    source = np.flatnonzero(expected_of > 0)
    return NewDeals(expected_of[source], worth[source], source, None, tuple(flags))


def _days_on_watch(began: IntArray, ended: IntArray, start: IntArray, horizon: int) -> FloatArray:
    """For how many of the starting days s: s < began and ended <= s + horizon."""
    low = np.searchsorted(start, ended - horizon, side="left")
    high = np.searchsorted(start, began, side="left")
    return np.asarray(np.maximum(high - low, 0), dtype=np.float64)
