"""What share of a cohort of deals will have been won when all of it is decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .arrays import BoolArray, FloatArray, IntArray, codes, level_of, numbers
from .bookings import bookings_model
from .proportions import wilson_band
from .undefined import Undefined

__all__ = ["MATURE", "ProjectedRates", "projected_win_rate"]

MATURE = 0.8  # share decided; below it the closed rate may lie on either side of the truth


@dataclass(frozen=True)
class ProjectedRates:
    """One entry a cohort: deals by outcome, the share decided, and two win rates with intervals.

    `closed_rate` is won / (won + lost) so far, with Wilson's interval; `projected` what the whole
    cohort is expected to reach, with the range of what it may come to. NaN where there is none:
    `projected` where an open deal has no chance (its range is then all that is possible).
    `immature` where less than 80 % is decided: there the closed rate leads astray, upwards or
    downwards.
    """

    won: IntArray
    lost: IntArray
    open: IntArray
    resolved: FloatArray
    closed_rate: FloatArray
    closed_low: FloatArray
    closed_high: FloatArray
    projected: FloatArray
    projected_low: FloatArray
    projected_high: FloatArray
    immature: BoolArray
    undefined: tuple[Undefined | None, ...]


def projected_win_rate(
    cohort: ArrayLike,
    cohorts: int,
    outcome: ArrayLike,
    eventual: ArrayLike,
    *,
    learned: tuple[int, int] | None = None,
    level: float = 0.95,
) -> ProjectedRates:
    """Win rates of cohorts that are partly open.

    Formula: (won + sum of the chances of open deals to be won ever) / all deals. The range is that
    of the sum of open deals, each won or not, with the error of what the chances were learned from
    in common.

    Args:
        cohort: 0..`cohorts`-1 of each deal, such as its month of creation.
        outcome: 0 open, 1 won, 2 lost.
        eventual: chance that an open deal is ever won; not looked at for closed ones. NaN where
            there is none.
        learned: won and lost deals that the chances were learned from.
        level: of both intervals.

    Undefined, by cohort: no deals (`no_deals`); open deals without a chance (`no_chance`).
    """
    where = codes("cohort", cohort, cohorts)
    how = codes("outcome", outcome, 3, len(where))
    chance = numbers("eventual", eventual, len(where), gaps=True)
    tail = (1 - level_of(level)) / 2
    standing, won, lost = (np.bincount(where[how == way], minlength=cohorts) for way in range(3))
    closed, total = won + lost, standing + won + lost
    none = np.full(cohorts, np.nan)
    rate = np.divide(won, closed, out=none.copy(), where=closed > 0)
    low, high = wilson_band(np.nan_to_num(rate), closed, level)
    projected, bottom, top = none.copy(), np.zeros(cohorts), np.ones(cohorts)
    reasons: list[Undefined | None] = []
    rest = np.flatnonzero(how == 0)
    # By chance within a cohort: a sum of floats is then the same in whatever order the deals came.
    rest = rest[np.lexsort((chance[rest], where[rest]))]
    for c, p in enumerate(np.split(chance[rest], np.cumsum(standing))[:-1]):
        unknown = int(np.isnan(p).sum())
        if not total[c]:
            reasons.append(Undefined("no_deals"))
            continue
        if unknown:
            reasons.append(Undefined.of("no_chance", deals=unknown, open=len(p)))
            bottom[c], top[c] = won[c] / total[c], (won[c] + len(p)) / total[c]
            continue
        reasons.append(None)
        model = bookings_model(np.ones(len(p)), p, wider=1, learned=learned, horizon=None)
        projected[c] = (won[c] + p.sum()) / total[c]
        bottom[c] = top[c] = projected[c]
        if len(p):
            found = model.distribution(won=float(won[c]))
            ends = found.quantile(tail), found.quantile(1 - tail)
            bottom[c], top[c] = (float(e) / total[c] for e in ends if isinstance(e, float))
            # Of few deals what comes jumps in steps, and the mean may lie between two of them.
            bottom[c], top[c] = min(bottom[c], projected[c]), max(top[c], projected[c])
    resolved = np.divide(closed, total, out=none.copy(), where=total > 0)
    return ProjectedRates(
        won,
        lost,
        standing,
        resolved,
        rate,
        low,
        high,
        projected,
        bottom,
        top,
        ~(resolved >= MATURE),
        tuple(reasons),
    )
