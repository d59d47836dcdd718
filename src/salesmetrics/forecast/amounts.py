"""Amounts as the stage models use them: bands of size, and what is left of an amount at the win."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .arrays import FloatArray, IntArray, codes, numbers

__all__ = ["BANDS", "amount_band", "amount_cuts", "amount_ratio"]

BANDS = 6  # unknown, the four quarters, the largest tenth


def amount_cuts(amount: ArrayLike) -> FloatArray:
    """Where the quarters of known amounts and their largest tenth begin; NaN is unknown.

    Fewer than 20 known amounts give no cuts: one band for all.
    """
    given = numbers("amount", amount, gaps=True)
    known = np.sort(given[~np.isnan(given)])
    if len(known) < 20:
        return np.empty(0)
    places = [int(len(known) * share) for share in (0.25, 0.5, 0.75, 0.9)]
    return np.asarray(known[places], dtype=np.float64)


def amount_band(amount: ArrayLike, cuts: FloatArray) -> IntArray:
    """0 where the amount is not known, else 1.. by the cuts: a covariate of `BANDS` levels."""
    given = numbers("amount", amount, gaps=True)
    band = 1 + np.searchsorted(cuts, given, side="right")
    return np.where(np.isnan(given), 0, band).astype(np.int64)


def amount_ratio(
    stage: ArrayLike,
    then: ArrayLike,
    final: ArrayLike,
    stages: int,
    *,
    strength: float = 10,
) -> FloatArray:
    """What share of its amount a deal that is won still has at the win, by stage it stood in.

    Formula: (sum of final + strength x mean amount x ratio of all) / (sum of then + strength x mean
    amount), so a stage with few wins has the ratio of all; 1 where nothing is known.

    Args:
        stage: stage at an earlier day of each deal that was won since.
        then: its amount on that day; final: its amount at the win. Unknown ones (NaN), deals that
            had no amount above 0 then, and credits are left out.
    """
    where = codes("stage", stage, stages)
    before = numbers("then", then, len(where), gaps=True)
    after = numbers("final", final, len(where), gaps=True)
    keep = np.flatnonzero((before > 0) & (after >= 0))
    if not len(keep):
        return np.ones(stages)
    before, after = before[keep], after[keep]
    ratio, weight = after.sum() / before.sum(), strength * before.mean()
    was = np.bincount(where[keep], before, minlength=stages)
    left = np.bincount(where[keep], after, minlength=stages)
    return np.asarray((left + weight * ratio) / (was + weight), dtype=np.float64)
