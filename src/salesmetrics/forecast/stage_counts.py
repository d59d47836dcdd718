"""Days at risk and moves by stage and age: the table that the stage chain is fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SalesMetricsError
from .arrays import BoolArray, FloatArray, IntArray, ShortArray, days
from .phases import Phases
from .spells import NO_MOVE, Spells

__all__ = ["AGES", "StageCounts", "combinations", "count_stages", "level_codes"]

# First day of each age bucket: fine where most happens, wide where little does.
PART = 2**17  # rows that are counted at once, and the rest of their deal
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
    if phases is not None:
        spells = spells.cut(phases.starts[phases.starts <= as_of])
    first = as_of - window if window is not None else int(spells.start.min(initial=0))
    columns = _level_columns(covariates, sizes)
    sizes = tuple(sizes) if phases is None else (*sizes, phases.size)

    def combination_of(seen: IntArray) -> IntArray:
        levels = [column.take(spells.row.take(seen)) for column in columns]
        if phases is not None:
            levels.append(phases.at(spells.start.take(seen)))
        return _combined(levels, sizes, len(seen))

    occurs = np.zeros(_product(sizes), dtype=bool)
    for rows in _by_deals(spells.deal) if len(sizes) else ():
        occurs[combination_of(_seen(spells, rows, first, as_of))] = True
    place, found = _occurring(occurs, sizes)
    shape = (len(found), spells.stages, len(edges))
    exposure, moves = np.zeros(shape), np.zeros((*shape, spells.stages + 2))
    closed_seen = np.zeros(shape[1:], dtype=np.int64)
    won, lost = spells.closed(as_of)
    closed, deals = won | lost, 0
    for rows in _by_deals(spells.deal):
        begun = spells.deal[rows][spells.start[rows] <= as_of]
        deals += min(len(begun), 1) + int(np.count_nonzero(begun[1:] != begun[:-1]))
        seen = _seen(spells, rows, first, as_of)
        part = _Part.of(spells, seen, place.take(combination_of(seen)), first, as_of, edges)
        exposure += part.exposure(shape)
        moves += part.moves(moves.shape)
        closed_seen += part.closed_seen(closed[part.deal], shape)
    return StageCounts(
        edges, found, sizes, exposure, moves, closed_seen, int(won.sum()), int(lost.sum()), deals
    )


def _by_deals(deal: ShortArray) -> list[slice]:
    """Rows in parts that stay near the processor, each of whole deals."""
    cuts = np.searchsorted(deal, deal[PART::PART]).tolist()
    return [slice(*ends) for ends in pairwise(sorted({0, *cuts, len(deal)}))]


def _seen(spells: Spells, rows: slice, first: int, as_of: int) -> IntArray:
    """Those of these rows that stood on a day of the window, as positions."""
    start, leave = spells.start[rows], spells.leave[rows]
    until, low = np.minimum(leave, as_of), np.maximum(start, first)
    found: IntArray = np.flatnonzero((start <= as_of) & (until > low))
    return found + np.int64(rows.start)


@dataclass(frozen=True)
class _Part:
    """Some of the rows seen: `cell` by combination and stage, ages of the days seen, buckets."""

    deal: ShortArray
    stage: ShortArray
    cell: IntArray
    young: ShortArray
    old: ShortArray
    next: ShortArray
    edges: IntArray
    begins: IntArray  # the bucket of the first day seen
    ends: IntArray  # and that of the last

    @classmethod
    def of(
        cls,
        spells: Spells,
        seen: IntArray,
        combination: IntArray,
        first: int,
        as_of: int,
        edges: IntArray,
    ) -> _Part:
        stage, leave = spells.stage.take(seen), spells.leave.take(seen)
        enter, start = spells.enter.take(seen), spells.start.take(seen)
        # What happened after the day is not in it: neither when a row was left, nor for what.
        return cls(
            spells.deal.take(seen),
            stage,
            combination * spells.stages + stage,
            young := np.maximum(start, first) - enter,
            old := np.minimum(leave, as_of) - enter,
            np.where(leave <= as_of, spells.next.take(seen), NO_MOVE),
            edges,
            _bucket(young, edges),
            _bucket(old - 1, edges),
        )

    def exposure(self, shape: tuple[int, ...]) -> FloatArray:
        """Days at risk: of whole buckets and the last one, less those before the first day seen."""
        size, buckets = shape[0] * shape[1] * shape[2], shape[2]
        begun, ended = self.cell * buckets + self.begins, self.cell * buckets + self.ends
        days_in = np.bincount(ended, self.old - self.edges[self.ends], size)
        days_in -= np.bincount(begun, self.young - self.edges[self.begins], size)
        passed = np.bincount(begun, minlength=size) - np.bincount(ended, minlength=size)
        width = np.append(np.diff(self.edges), 0)
        whole = passed.reshape(shape).cumsum(axis=2) * width
        return np.asarray(days_in.reshape(shape) + whole, dtype=np.float64)

    def moves(self, shape: tuple[int, ...]) -> IntArray:
        """Moves by cell, bucket and where to."""
        rows = np.flatnonzero(self.next != NO_MOVE)
        code = self.cell.take(rows) * shape[2] + self.ends.take(rows)
        code = code * shape[3] + self.next.take(rows)
        return np.bincount(code, minlength=int(np.prod(shape))).reshape(shape)

    def closed_seen(self, closed: BoolArray, shape: tuple[int, ...]) -> IntArray:
        """Distinct closed deals by stage and bucket."""
        rows = np.flatnonzero(closed)
        deal = self.deal.take(rows)
        first = int(deal.min(initial=2**31 - 1))
        many = int(deal.max(initial=first)) - first + 1
        place = self.stage.take(rows) * np.int64(many) + (deal - first)
        begins, ends = self.begins.take(rows), self.ends.take(rows)
        found = np.zeros(shape[1:], dtype=np.int64)
        for bucket in range(shape[2]):
            stood = np.zeros((shape[1], many), dtype=bool)
            there = np.flatnonzero((begins <= bucket) & (ends >= bucket))
            stood.ravel()[place.take(there)] = True
            found[:, bucket] = [*map(np.count_nonzero, stood)]
        return found


def _bucket(age: ShortArray, edges: IntArray) -> IntArray:
    """The bucket of each age: how many of the later ones have begun by it."""
    found = np.zeros(len(age), dtype=np.int64)
    for edge in edges[1:].tolist():
        found += age >= edge
    return found


def level_codes(covariates: Sequence[ArrayLike], sizes: Sequence[int]) -> IntArray:
    """Covariate levels, one row per state and one column per covariate."""
    columns = _level_columns(covariates, sizes)
    return np.stack(columns, axis=1) if columns else np.zeros((0, 0), dtype=np.int64)


def _level_columns(covariates: Sequence[ArrayLike], sizes: Sequence[int]) -> list[IntArray]:
    if len(covariates) != len(sizes):
        raise SalesMetricsError(f"{len(covariates)} covariates, but {len(sizes)} sizes")
    columns = []
    for number, (values, size) in enumerate(zip(covariates, sizes, strict=True)):
        column = days(f"covariates[{number}]", values)
        if len(column) and (column.min() < 0 or column.max() >= size):
            raise SalesMetricsError(f"covariates[{number}] has codes outside 0..{size - 1}")
        columns.append(column)
    return columns


def combinations(levels: IntArray, sizes: Sequence[int]) -> tuple[IntArray, IntArray]:
    """(combination of each row, the levels of each combination that occurs)."""
    code = _combined(list(levels.T), sizes, len(levels))
    occurs = np.bincount(code, minlength=_product(sizes)) > 0
    place, found = _occurring(occurs, sizes)
    return place[code], found


def _product(sizes: Sequence[int]) -> int:
    return int(np.prod(sizes, dtype=np.int64)) if len(sizes) else 1


def _combined(levels: Sequence[IntArray], sizes: Sequence[int], size: int) -> IntArray:
    """One number for the levels of each row."""
    code = np.zeros(size, dtype=np.int64)
    for column, count in zip(levels, sizes, strict=True):
        code = code * count + column
    return code


def _occurring(occurs: BoolArray, sizes: Sequence[int]) -> tuple[IntArray, IntArray]:
    """(the place of each combination that occurs, their levels); the first where none does."""
    if not occurs.any():
        occurs[0] = True
    rest, columns = np.flatnonzero(occurs), []
    found = len(rest)
    for size in reversed(tuple(sizes)):
        columns.append(rest % size)
        rest = rest // size
    table = np.stack(columns[::-1], axis=1) if columns else np.zeros((found, 0), np.int64)
    return np.cumsum(occurs) - 1, table
