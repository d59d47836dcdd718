"""When deals stood closed, as far as their present close does not tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Column, Times, counted_before, rows_where, where
from .known import Known
from .tracks import DECIDED_FROM, DealHistory, came_by

__all__ = ["OtherCloses", "other_closes"]


@dataclass(frozen=True, slots=True)
class OtherCloses:
    """Stretches of time: of which deals, what was decided, from when and until when."""

    deals: npt.NDArray[Any]
    outcomes: npt.NDArray[np.uint8]
    entered: Times
    left: Times

    def take(self, rows: npt.NDArray[Any]) -> OtherCloses:
        entered, left = self.entered.take(rows), self.left.take(rows)
        return OtherCloses(self.deals[rows], self.outcomes[rows], entered, left)

    def at(self, known: Known) -> OtherCloses:
        """Those that lasted then: of each deal one at most."""
        lasted = came_by(self.entered, known) & ~came_by(self.left, known)
        return self.take(np.flatnonzero(lasted))


def other_closes(history: DealHistory, given: Mapping[str, Column]) -> OtherCloses | None:
    """Those of these deals, in all that is known of them; None where their stages tell of none.

    Most deals closed once, by the change that their present close is told by: that tells all, and
    nothing is kept of them.
    """
    types = history.type_of()
    closes = None if types is None else types >= DECIDED_FROM
    if types is None or closes is None or not closes.any():
        return None
    track, closed, outcome = history.tracks["stage"], given["closed_at"], given["outcome"]
    assert isinstance(closed, Times) and isinstance(outcome, Codes)
    changes = np.ones(len(types) + 1, dtype=bool)
    changes[1:-1] = types[1:] != types[:-1]
    changes[track.starts] = True
    first, last = changes[:-1] & closes, rows_where(changes[1:] & closes)
    many = np.diff(counted_before(first, track.starts))
    deals = np.repeat(np.arange(len(many), dtype=np.uint32), many)
    outcomes, entered, now = types[first], where(track.times, first), closed.take(deals)
    reopened = last + 1 < track.starts[1:][deals]
    left = track.times.take(np.minimum(last + 1, max(len(types) - 1, 0))).until(reopened)
    same = (outcomes == outcome.codes[deals]) & ~entered.before(now) & ~now.before(entered)
    return OtherCloses(deals, outcomes, entered, left).take(np.flatnonzero(reopened | ~same))
