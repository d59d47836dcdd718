"""Win chances where stage history is missing: from the age of the deal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SalesMetricsError
from .arrays import IntArray, codes, days
from .curves import FEWEST, IncidenceCurve, aalen_johansen
from .undefined import Flag, Undefined
from .win_scores import BASES, FEW_CLOSED, WinScores, no_scores

__all__ = ["DealAgeCurve", "fit_deal_age"]


@dataclass(frozen=True)
class DealAgeCurve:
    """Aalen-Johansen curve of winning and losing by the age of a deal, in days.

    `closed_after[a]`: closed deals seen at an age of a or more, for each age of the curve.
    """

    curve: IncidenceCurve
    closed_ages: IntArray
    won: int
    lost: int
    undefined: Undefined | None
    flags: tuple[Flag, ...]

    def score(self, age: ArrayLike, horizon: ArrayLike) -> WinScores:
        """Chances of open deals by their age today.

        Formula: P(won by t) = (F_won(age + t) - F_won(age)) / S(age), and likewise lost. Beyond the
        last age at which a deal closed the curve is flat: nothing more is won.
        `eventual` is NaN where more than one in five is still open at the greatest age: the rest of
        the curve is not known.

        Undefined: see `fit_deal_age`; a deal older than any seen to be open is NaN.
        """
        old = days("age", age)
        ahead = days("horizon", np.broadcast_to(np.asarray(horizon), old.shape), len(old))
        if len(old) and min(old.min(), ahead.min()) < 0:
            raise SalesMetricsError("ages and horizons are days; none is below 0")
        if self.undefined:
            return no_scores("deal_age", len(old), self.undefined, self.flags)
        now, left = self.curve.at(old)
        then, _ = self.curve.at(old + ahead)
        known = left > 1e-12
        share = (then - now) / np.where(known, left, np.nan)
        last = (self.curve.incidence[0, -1] - now[0]) / np.where(known, left, np.nan)
        if self.curve.survival[-1] > 0.2 or not self.lost:
            last = np.full(len(old), np.nan)
        seen = len(self.closed_ages) - np.searchsorted(self.closed_ages, old, side="right")
        basis = np.where(known, BASES.index("deal_age"), BASES.index("nothing"))
        flags = list(self.flags)
        thin = int(((seen < FEWEST) & known).sum())
        if thin:
            flags.append(Flag.of("few_at_risk", deals=thin, needed=FEWEST))
        if not known.all():
            flags.append(Flag.of("older_than_any_seen", deals=int((~known).sum())))
        return WinScores(
            "deal_age",
            np.clip(share[0], 0, 1),
            np.clip(share[1], 0, 1),
            np.clip(last, 0, 1),
            seen.astype(np.int64),
            basis.astype(np.int64),
            None,
            tuple(flags),
        )


def fit_deal_age(
    created: ArrayLike,
    closed: ArrayLike,
    outcome: ArrayLike,
    as_of: int,
    *,
    first_seen: int | None = None,
    window: int | None = None,
) -> DealAgeCurve:
    """The fall-back without stage history: chances by the age of the deal.

    Args:
        created, closed: days; `closed` of an open deal is not looked at.
        outcome: 0 open, 1 won, 2 lost, as known at the end.
        as_of: the last day known; deals created later are left out, closed later still open.
        first_seen: the first day on which closes were recorded; deals created before are watched
            from then on (delayed entry), those closed before are left out.
        window: days to learn from; acts like a later `first_seen`.

    Undefined: as the stage chain: `no_history`, `no_closed_deals`, `no_wins`; and the curve falls
    to 0 before older deals come under watch (`curve_fell_to_0`).
    """
    began = days("created", created)
    size = len(began)
    how = codes("outcome", outcome, 3, size)
    ends = days("closed", closed, size)
    how = np.where((how > 0) & (ends <= as_of), how, 0)
    ends = np.where(how > 0, ends, as_of)
    first = int(began.min()) if size and first_seen is None else (first_seen or 0)
    if window is not None:
        first = max(first, as_of - window)
    # Watched from the evening of the first day: what closed on day d was open on day d - 1. A deal
    # closed on the day it was created ends at age 0, and is watched from the day before.
    seen = np.flatnonzero((began <= as_of) & (ends >= first) & (ends >= began))
    age = ends[seen] - began[seen]
    entry = np.maximum(first - 1 - began[seen], -1)
    ways = how[seen]
    curve = aalen_johansen(age, ways, 2, entry=entry)
    won, lost = int((ways == 1).sum()), int((ways == 2).sum())
    why = curve.undefined
    if not len(seen):
        why = Undefined.of("no_history", deals=size)
    elif not won + lost:
        why = Undefined.of("no_closed_deals", open=len(seen))
    elif not won:
        why = Undefined.of("no_wins", closed=lost)
    flags = [Flag.of("no_losses", won=won)] if won and not lost else []
    if won + lost < FEW_CLOSED:
        flags.append(Flag.of("few_closed_deals", closed=won + lost, needed=FEW_CLOSED))
    return DealAgeCurve(curve, np.sort(age[ways > 0]), won, lost, why, tuple(flags))
