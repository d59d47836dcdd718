"""What a model says of open deals: chances, on what they rest, and of how many closed deals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .arrays import FloatArray, IntArray
from .proportions import wilson_band
from .undefined import Flag, Undefined

__all__ = ["BASES", "FEW_CLOSED", "WinScores", "no_scores"]

# What a deal's figure rests on most, finest first.
BASES = ("stage_and_age", "stage", "all_stages", "deal_age", "nothing")
FEW_CLOSED = 30  # closed deals; below it chances are rough guides, and say so


@dataclass(frozen=True)
class WinScores:
    """Chances of open deals, one entry a deal; probabilities, not ranks.

    `method` is `stage_chain` or `deal_age`. `won` and `lost`: P(won by t) and
    P(lost by t); `eventual`: P(ever won); all 0..1, NaN where undefined. `learned_from`: how many
    closed deals were seen in the deal's situation; `basis`: position in `BASES`. `undefined` where
    the method can say nothing of any deal.
    """

    method: str
    won: FloatArray
    lost: FloatArray
    eventual: FloatArray
    learned_from: IntArray
    basis: IntArray
    undefined: Undefined | None = None
    flags: Sequence[Flag] = ()

    def interval(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Interval of `won`: Wilson's, as if it were a share of the closed deals learned from.

        It tells how well the chance itself is known; learned from nothing, it is (0, 1).
        """
        return wilson_band(np.nan_to_num(self.won, nan=0.5), self.learned_from, level)


def no_scores(method: str, size: int, why: Undefined, flags: Sequence[Flag] = ()) -> WinScores:
    """Scores of a method that can say nothing, and why."""
    nothing = np.full(size, np.nan)
    return WinScores(
        method,
        nothing,
        nothing.copy(),
        nothing.copy(),
        np.zeros(size, dtype=np.int64),
        np.full(size, BASES.index("nothing"), dtype=np.int64),
        why,
        flags,
    )
