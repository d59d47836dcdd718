"""Days at risk and moves by stage and age: the table that the stage chain is fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SalesMetricsError
from .arrays import FloatArray, IntArray, days
from .phases import Phases
from .spells import NO_MOVE, Spells

__all__ = ["AGES", "StageCounts", "combinations", "count_stages", "level_codes"]

# First day of each age bucket: fine where most happens, wide where little does.
AGES = (0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 70, 120, 240)


@dataclass(frozen=True)
class StageCounts:
    """Deal-days and moves within a window, by combination of covariate levels, stage and age.

    `exposure[c, k, b]`: days on which a deal stood in stage k at an age of bucket b and was seen
    the day after; `moves[c, k, b, j]`: of those, how many stood in state j the day after (a stage,
    won, lost). `levels[c]`: the covariate levels of combination c. `closed_seen[k, b]`: distinct
    closed deals among them; `won`, `lost`, `deals`: deals won, lost and seen at all by `as_of`.
    """

    ages: IntArray
    levels: IntArray
    sizes: tuple[int, ...]
    exposure: FloatArray
    moves: FloatArray
    closed_seen: IntArray
    won: int
    lost: int
    deals: int


def count_stages(
    spells: Spells,
    as_of: int,
    *,
    window: int | None = None,
    ages: ArrayLike = AGES,
    covariates: Sequence[ArrayLike] = (),
    sizes: Sequence[int] = (),
    phases: Phases | None = None,
) -> StageCounts:
    """Counts what was seen by the end of day `as_of`, of the last `window` days (None: of all).

    Deals still open count with the days seen so far (right-censored); days before the window or
    before a row was first seen do not count (left-truncated). `covariates` are level codes by
    row as given to `Spells.of`, `sizes` how many levels each has; the phase of each day comes after
    them as one covariate more.
    """
    edges = days("ages", ages)
    if not len(edges) or edges[0] != 0 or (np.diff(edges) <= 0).any():
        raise SalesMetricsError("ages are the first days of buckets: 0, then ever greater")
    buckets, stages = len(edges), spells.stages
    if phases is not None:
        spells = spells.cut(phases.starts[phases.starts <= as_of])
    begun, until, moved = spells.known(as_of)
    first = as_of - window if window is not None else int(spells.start.min(initial=0))
    low = np.maximum(spells.start, first)
    seen = np.flatnonzero(begun & (until > low))
    levels = level_codes(covariates, sizes, spells.row)
    if phases is not None:
        levels = np.concatenate([levels, phases.at(spells.start)[:, None]], axis=1)
        sizes = (*sizes, phases.size)
    combination, found = combinations(levels[seen], sizes)
    stage, deal = spells.stage[seen], spells.deal[seen]
    young = (low[seen] - spells.enter[seen]).astype(np.int64)
    old = until[seen] - spells.enter[seen]
    cell = combination * stages + stage
    cells = len(found) * stages
    exposure = np.zeros((cells, buckets))
    won, lost = spells.closed(as_of)
    closed = won | lost
    closed_seen = np.zeros((stages, buckets), dtype=np.int64)
    # By stage and closed deal; those of deals still open come last, and are not counted.
    place = np.where(closed[deal], stage * spells.deals + deal, stages * spells.deals)
    there = np.arange(len(seen))
    for b in range(buckets):
        end = edges[b + 1] if b + 1 < buckets else np.iinfo(np.int64).max
        there = there[old[there] > edges[b]]
        rows = there[young[there] < end]
        if not len(rows):
            continue
        overlap = np.minimum(old[rows], end) - np.maximum(young[rows], edges[b])
        exposure[:, b] = np.bincount(cell[rows], weights=overlap, minlength=cells)
        stood = np.zeros(stages * spells.deals + 1, dtype=bool)
        stood[place[rows]] = True
        closed_seen[:, b] = [*map(np.count_nonzero, stood[:-1].reshape(stages, -1))]
    states = stages + 2
    rows = np.flatnonzero(moved[seen] != NO_MOVE)
    bucket = np.searchsorted(edges, old[rows] - 1, side="right") - 1
    code = (cell[rows] * buckets + bucket) * states + moved[seen][rows]
    moves = np.bincount(code, minlength=cells * buckets * states).astype(np.float64)
    return StageCounts(
        edges,
        found,
        tuple(sizes),
        exposure.reshape(len(found), stages, buckets),
        moves.reshape(len(found), stages, buckets, states),
        closed_seen,
        int(won.sum()),
        int(lost.sum()),
        int(np.count_nonzero(np.bincount(spells.deal[begun], minlength=1))),
    )


def level_codes(
    covariates: Sequence[ArrayLike], sizes: Sequence[int], rows: IntArray | None = None
) -> IntArray:
    """Covariate levels, one row per spell or state and one column per covariate."""
    if len(covariates) != len(sizes):
        raise SalesMetricsError(f"{len(covariates)} covariates, but {len(sizes)} sizes")
    columns = []
    for number, (values, size) in enumerate(zip(covariates, sizes, strict=True)):
        column = days(f"covariates[{number}]", values)
        if len(column) and (column.min() < 0 or column.max() >= size):
            raise SalesMetricsError(f"covariates[{number}] has codes outside 0..{size - 1}")
        columns.append(column if rows is None else column[rows])
    if not columns:
        return np.zeros((0 if rows is None else len(rows), 0), dtype=np.int64)
    return np.stack(columns, axis=1)


def combinations(levels: IntArray, sizes: Sequence[int]) -> tuple[IntArray, IntArray]:
    """(combination of each row, the levels of each combination that occurs)."""
    total = int(np.prod(sizes, dtype=np.int64)) if len(sizes) else 1
    code = np.zeros(len(levels), dtype=np.int64)
    for column, size in enumerate(sizes):
        code = code * size + levels[:, column]
    occurs = np.bincount(code, minlength=total) > 0
    if not occurs.any():
        occurs[0] = True
    found = np.flatnonzero(occurs)
    position = np.cumsum(occurs) - 1
    rest, columns = found.copy(), []
    for size in reversed(tuple(sizes)):
        columns.append(rest % size)
        rest = rest // size
    table = np.stack(columns[::-1], axis=1) if columns else np.zeros((len(found), 0), np.int64)
    return position[code], table
