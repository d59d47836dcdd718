"""Where a figure changed otherwise than elsewhere: a search over combinations of columns.

Every combination of values of some of the columns is a candidate, and compared with all other
rows: counts and amounts by the likelihood ratio of Kulldorff's scan statistic, ratios by what the
candidate contributes beyond its weight.  A candidate counts where its score would come up in
fewer than one in twenty searches of unchanged data, by a bound that needs no simulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import log
from typing import Any

import numpy as np
import numpy.typing as npt

from .leaves import Leaves

__all__ = ["FALSE_FINDS", "Segment", "search"]

Floats = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]
Sides = tuple[Floats, Floats]
FALSE_FINDS = 0.05
MOST_COLUMNS = 4  # taken together
MOST_SEGMENTS = 4
ALIKE = 1e-9


@dataclass(frozen=True, slots=True)
class Segment:
    """Groups that changed otherwise: the columns that tell them, the values, and which leaves."""

    columns: tuple[str, ...]
    values: tuple[Any, ...]
    leaves: Index
    chance: float  # at most so often one like it is found where nothing changed


def search(leaves: Leaves, most: int = MOST_SEGMENTS) -> tuple[Segment, ...]:
    """The segments that stand out, the clearest first; none has a leaf of another."""
    if leaves.noise is None or not len(leaves.groups):
        return ()
    columns = [leaves.codes((name,)) for name in leaves.by]
    of_column = [codes for codes, _ in columns]
    sets = [
        chosen
        for size in range(1, min(len(of_column), MOST_COLUMNS) + 1)
        for chosen in combinations(range(len(of_column)), size)
    ]
    cells = [(chosen, _cells(of_column, chosen)) for chosen in sets]
    left = np.ones(len(leaves.groups), dtype=bool)
    found: list[Segment] = []
    while len(found) < most and left.any():
        best = _best(leaves, cells, left)
        if best is None or best[0] < log(2 / FALSE_FINDS):
            break
        score, chosen, codes, cell = best
        at = np.flatnonzero((codes == cell) & left)
        group = leaves.groups[int(at[0])]
        found.append(
            Segment(
                tuple(leaves.by[i] for i in chosen),
                tuple(group[i] for i in chosen),
                at,
                min(1.0, 2 * float(np.exp(-score))),
            )
        )
        left[at] = False
    return tuple(found)


def _cells(columns: list[Index], chosen: tuple[int, ...]) -> Index:
    """Which cell of these columns together each leaf is in."""
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    for at in chosen:
        codes = _dense(codes * (int(columns[at].max()) + 1) + columns[at])
    return codes


def _dense(codes: Index) -> Index:
    """The same codes without gaps."""
    largest = int(codes.max()) + 1
    if largest <= 16 * len(codes) + 1024:
        there = np.zeros(largest, dtype=np.int64)
        there[codes] = 1
        return (np.cumsum(there) - 1)[codes]
    order = np.argsort(codes, kind="stable")
    new = np.concatenate(([0], (np.diff(codes[order]) > 0).astype(np.int64)))
    found = np.empty_like(codes)
    found[order] = np.cumsum(new)
    return found


def _best(
    leaves: Leaves, cells: list[tuple[tuple[int, ...], Index]], left: npt.NDArray[np.bool_]
) -> tuple[float, tuple[int, ...], Index, int] | None:
    """The clearest candidate among the leaves left.

    Its score is less by what was searched: all sets of columns share the chance of a false find,
    and so do the cells of each.
    """
    parts = _Parts(leaves, left)
    best: tuple[float, float, tuple[int, ...], Index, int] | None = None
    for chosen, codes in cells:
        scores, effects = parts.scores(codes)
        scores = scores - log(len(cells) * np.count_nonzero(np.bincount(codes[left])))
        top = float(scores.max())
        if not np.isfinite(top):
            continue
        # Of two halves each stands out from the other: named is the one that moved more.
        near = np.flatnonzero(scores > top - ALIKE)
        cell = int(near[np.argmax(np.abs(effects[near]))])
        size = abs(float(effects[cell]))
        clearer = best is None or top > best[0] + ALIKE
        alike = best is not None and abs(top - best[0]) <= ALIKE and size > best[1] * (1 + ALIKE)
        if clearer or alike:
            best = top, size, chosen, codes, cell
    return None if best is None else (best[0], *best[2:])


class _Parts:
    """The sums of the leaves left, ready to be added up by cell."""

    def __init__(self, leaves: Leaves, left: npt.NDArray[np.bool_]) -> None:
        assert leaves.noise is not None
        self.rows = np.where(left, leaves.rows[0] + leaves.rows[1], 0).astype(np.float64)
        self.noise = np.where(left, leaves.noise, 0.0)
        top = [np.where(left, side / leaves.top_scale, 0).astype(np.float64) for side in leaves.top]
        whole = [float(bottom) for _, bottom in leaves.whole]
        self.top = [top[side] / whole[side] for side in (0, 1)]
        self.weights: list[Floats] | None = None
        if leaves.kind == "ratio":
            bottom = [
                np.where(left, side / leaves.bottom_scale, 0).astype(np.float64)
                for side in leaves.bottom
            ]
            self.weights = [bottom[side] / whole[side] for side in (0, 1)]
        self.middle = float(leaves.middle)
        self.signed = any((side < 0).any() for side in self.top)

    def scores(self, codes: Index) -> tuple[Floats, Floats]:
        """The log-likelihood ratio of each cell, and what it contributes."""

        def by_cell(values: Floats) -> Floats:
            return np.bincount(codes, weights=values).astype(np.float64)

        then, now = (by_cell(side) for side in self.top)
        rows, noise = by_cell(self.rows), by_cell(self.noise)
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.weights is None and not self.signed:
                effects, found = now - then, self._growth(then, now)
            else:
                effects, found = self._beyond_weight(then, now, rows, noise, by_cell)
        # All that there is stands out from nothing, and so does nothing: by 0, or undefined.
        return np.where(np.isfinite(found), found, -np.inf), effects

    def _growth(self, then: Floats, now: Floats) -> Floats:
        """Kulldorff's: whether the cell has grown otherwise than the rest, in rows' worth."""
        total = float(then.sum() + now.sum())
        if total <= 0:
            return np.full(len(then), -np.inf)
        worth = float(self.noise.sum()) / total
        if worth <= 0:
            return np.full(len(then), -np.inf)
        first, last = float(then.sum()), float(now.sum())
        inside = _likelihood(then, now) + _likelihood(first - then, last - now)
        whole = _likelihood(np.array([first]), np.array([last]))
        return np.asarray((inside - whole) / worth)

    def _beyond_weight(
        self, then: Floats, now: Floats, rows: Floats, noise: Floats, by_cell: Any
    ) -> tuple[Floats, Floats]:
        """What the cell contributes beyond what its weight would, of the rest's change."""
        if self.weights is None:
            effects = now - then
            share = np.abs(then) + np.abs(now)
        else:
            first, last = (by_cell(side) for side in self.weights)
            effects = now - then - (last - first) * self.middle
            share = (first + last) / 2
        weight = share / float(share.sum())
        odds = weight / (1 - weight)
        beyond = effects - odds * (float(effects.sum()) - effects)
        variance = noise * (1 + 2 / rows) + odds**2 * (float(noise.sum()) - noise)
        return effects, beyond**2 / variance / 2


def _likelihood(then: Any, now: Any) -> Floats:
    """The log-likelihood of how rows part into then and now, at the share that fits best."""
    both = then + now

    def part(side: Any) -> Any:
        return side * np.log(np.where(side > 0, side / both, 1.0))

    return np.asarray(part(np.maximum(then, 0.0)) + part(np.maximum(now, 0.0)))
