"""Yields of deals that looked like this before: the second opinion that needs no model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SalesMetricsError
from .arrays import BoolArray, FloatArray, IntArray, codes, numbers
from .proportions import wilson_band
from .spells import Spells
from .undefined import Undefined

__all__ = ["LandmarkRows", "LandmarkYield", "landmark_rows", "landmark_yield"]


@dataclass(frozen=True)
class LandmarkRows:
    """Open deals as they stood on past days: position among the spells, day, age, won in time."""

    spell: IntArray
    day: IntArray
    age: IntArray
    won: BoolArray
    origins: int


@dataclass(frozen=True)
class LandmarkYield:
    """Of deals that looked alike on past days, the share won in time, by cell.

    `by_count` and `by_value` are shrunk to the cell's parent and that to all; `by_value` is NaN
    where no amounts are known. `rows` counts past sightings, `deals` distinct deals: intervals
    stand on deals, because one deal seen on ten days is one case.
    """

    by_count: FloatArray
    by_value: FloatArray
    rows: IntArray
    deals: IntArray
    undefined: Undefined | None

    def interval(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Wilson's interval of `by_count` on the distinct deals."""
        return wilson_band(np.nan_to_num(self.by_count, nan=0.5), self.deals, level)


def landmark_rows(
    spells: Spells, as_of: int, horizon: int, *, every: int = 7, window: int | None = None
) -> LandmarkRows:
    """Every deal that stood open on past days whose horizon is over, and whether it was won in it.

    Days are `as_of` - `horizon`, and every `every` days before that, back to the first day of the
    spells or of the window.
    """
    if horizon < 0 or every < 1:
        raise SalesMetricsError(f"horizon {horizon}, every {every}: give days, at least 0 and 1")
    first = int(spells.start.min(initial=as_of))
    if window is not None:
        first = max(first, as_of - horizon - window)
    origins = np.arange(as_of - horizon, first - 1, -every)
    closing = (spells.next == spells.won) & (spells.leave <= as_of)
    order = np.argsort(spells.leave[closing], kind="stable")
    win_deal, win_day = spells.deal[closing][order], spells.leave[closing][order]
    found = []
    for origin in origins.tolist():
        at = spells.open_at(origin)
        inside = slice(*np.searchsorted(win_day, [origin + 1, origin + horizon + 1]))
        won = np.zeros(spells.deals, dtype=bool)
        won[win_deal[inside]] = True
        found.append((at, np.full(len(at), origin), won[spells.deal[at]]))
    if not found:
        none: IntArray = np.zeros(0, dtype=np.int64)
        return LandmarkRows(none, none, none, none.astype(bool), 0)
    spell, day, won = (np.concatenate(parts) for parts in zip(*found, strict=True))
    age = np.asarray(day - spells.enter[spell], dtype=np.int64)
    return LandmarkRows(spell, day, age, won, len(origins))


def landmark_yield(
    cell: ArrayLike,
    parent: ArrayLike,
    won: ArrayLike,
    deal: ArrayLike,
    *,
    amount: ArrayLike | None = None,
    won_amount: ArrayLike | None = None,
    strength: float = 15,
) -> LandmarkYield:
    """Share won in time of past sightings of deals, by cell (stage and age, or a category).

    Formula: (won + strength x yield of the parent) / (sightings + strength), the parent's drawn to
    all in the same way; by value with amounts in place of counts.

    Args:
        cell: cell of each sighting, 0..; its parent is `parent[cell]` (such as the stage).
        parent: parent of each cell.
        won: whether the deal was won within the horizon of its day.
        deal: code of the deal of each sighting.
        amount: amount on that day, won_amount: amount at the win; NaN is unknown and left out.

    Undefined: no sightings (`history_shorter_than_horizon`).
    """
    above = codes("parent", parent, len(np.atleast_1d(parent)) + 1)
    cells = len(above)
    where = codes("cell", cell, cells)
    yes = codes("won", won, 2, len(where))
    who = codes("deal", deal, int(np.max(deal, initial=0)) + 1, len(where))
    rows = np.bincount(where, minlength=cells)
    pair = np.sort(where * (int(who.max(initial=0)) + 1) + who)
    distinct = pair[np.diff(pair, prepend=-1) != 0] // (int(who.max(initial=0)) + 1)
    seen = np.bincount(distinct, minlength=cells)
    nothing = np.full(cells, np.nan)
    if not len(where):
        why = Undefined.of("history_shorter_than_horizon")
        return LandmarkYield(nothing, nothing, rows, seen, why)
    by_count = _down(where, above, yes.astype(np.float64), np.ones(len(where)), strength)
    by_value = nothing
    if amount is not None and won_amount is not None:
        then = numbers("amount", amount, len(where), gaps=True)
        final = np.where(yes, numbers("won_amount", won_amount, len(where), gaps=True), 0.0)
        keep = np.flatnonzero((then > 0) & ~np.isnan(final))
        if len(keep):
            by_value = _down(where[keep], above, final[keep], then[keep], strength)
    return LandmarkYield(by_count, by_value, rows, seen, None)


def _down(
    cell: IntArray, parent: IntArray, part: FloatArray, whole: FloatArray, strength: float
) -> FloatArray:
    """Yield of all, of parents drawn to it, of cells drawn to their parents."""
    weight = strength * float(whole.mean())
    cells, parents = len(parent), int(parent.max(initial=0)) + 1
    up = part.sum() / whole.sum()
    tops = np.bincount(parent[cell], part, parents) + weight * up
    up_by_parent = tops / (np.bincount(parent[cell], whole, parents) + weight)
    low = np.bincount(cell, part, cells) + weight * up_by_parent[parent]
    return np.asarray(low / (np.bincount(cell, whole, cells) + weight), dtype=np.float64)
