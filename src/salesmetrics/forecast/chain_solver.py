"""From the law of one day to chances over many: the recursions behind the stage chain.

A law is an array [combination, stage, age bucket, state]: the chance that a deal stands in another
state the next day; states are the stages, then won, then lost. `ages` are the first days of the
buckets; the last bucket goes on for ever.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .arrays import FloatArray, IntArray

__all__ = ["eventual_wins", "solve_chain", "solve_phases", "win_day"]


def solve_chain(
    laws: FloatArray,
    ages: IntArray,
    which: IntArray,
    stage: IntArray,
    age: IntArray,
    horizon: IntArray,
) -> tuple[FloatArray, FloatArray]:
    """(P(won by its horizon), P(lost by it)) of each state, all horizons in one pass."""
    size = len(stage)
    result = np.zeros((2, size))
    if not size:
        return result[0], result[1]
    order = np.argsort(horizon, kind="stable")
    ends = np.searchsorted(horizon[order], np.arange(int(horizon.max()) + 2))
    step = _Step(laws, ages)
    value = np.zeros((2, *laws.shape[:2], int(ages[-1]) + 1))
    for t in range(1, int(horizon.max()) + 1):
        value = step(value)
        due = order[ends[t] : ends[t + 1]]
        if len(due):
            result[:, due] = value[:, which[due], stage[due], age[due]]
    return result[0], result[1]


def solve_phases(
    laws: Sequence[FloatArray],
    phase: IntArray,
    ages: IntArray,
    which: IntArray,
    stage: IntArray,
    age: IntArray,
    horizon: IntArray,
) -> tuple[FloatArray, FloatArray]:
    """As `solve_chain`, with one law per phase; `phase[i]` is the phase of the day i days ahead.

    The last day comes first in the recursion, so each distinct horizon is a pass of its own.
    """
    result = np.zeros((2, len(stage)))
    steps = [_Step(law, ages) for law in laws]
    for days in np.flatnonzero(np.bincount(horizon)).tolist():
        value = np.zeros((2, *laws[0].shape[:2], int(ages[-1]) + 1))
        for ahead in range(days - 1, -1, -1):
            value = steps[int(phase[ahead])](value)
        due = np.flatnonzero(horizon == days)
        result[:, due] = value[:, which[due], stage[due], age[due]]
    return result[0], result[1]


class _Step:
    """One day more: V_t from V_{t-1} for all combinations, stages and ages at once."""

    def __init__(self, laws: FloatArray, ages: IntArray, ways: int = 2) -> None:
        stages = laws.shape[1]
        bucket = np.searchsorted(ages, np.arange(int(ages[-1]) + 1), side="right") - 1
        self.bucket = bucket
        self.to_stage = laws[..., :stages]
        self.at_once = np.moveaxis(laws[..., stages : stages + ways], -1, 0)
        self.stay = (1 - laws.sum(axis=-1))[:, :, bucket]

    def __call__(self, value: FloatArray) -> FloatArray:
        fresh = np.moveaxis(value[..., 0], 0, -1)  # [combination, stage, way]
        moved = np.einsum("ckbj,cjw->wckb", self.to_stage, fresh) + self.at_once
        new = moved[..., self.bucket]
        new[..., :-1] += self.stay[..., :-1] * value[..., 1:]
        new[..., -1] += self.stay[..., -1] * value[..., -1]
        return np.asarray(new, dtype=np.float64)


def eventual_wins(laws: FloatArray, ages: IntArray) -> FloatArray:
    """P(ever won) for each combination, stage and age 0..last, solved exactly.

    The chance from an age is a share won on the way plus shares that come to each stage anew, both
    by geometric sums within buckets of constant law; that leaves one small linear system for the
    chances of fresh stages. From where nothing ever leaves, nothing is won.
    """
    count, stages, buckets, _ = laws.shape
    leave = laws.sum(axis=-1)
    stay = 1 - leave
    # Share of those who leave that goes to each stage and to won.
    parts = laws[..., : stages + 1]
    split = np.divide(parts, leave[..., None], out=np.zeros_like(parts), where=leave[..., None] > 0)
    ahead = split[:, :, -1]
    table = np.empty((count, stages, int(ages[-1]) + 1, stages + 1))
    table[:, :, -1] = ahead
    for b in range(buckets - 2, -1, -1):
        left = np.arange(int(ages[b + 1] - ages[b]), 0, -1)  # days left in the bucket
        remain = stay[:, :, b, None] ** left
        block = (1 - remain)[..., None] * split[:, :, b, None] + remain[..., None] * ahead[
            :, :, None
        ]
        table[:, :, int(ages[b]) : int(ages[b + 1])] = block
        ahead = block[:, :, 0]
    start = table[:, :, 0]
    # A touch below 1, so that stages that only lead to one another give 0 and not an error.
    system = np.eye(stages) - start[..., :stages] * (1 - 1e-13)
    fresh = np.linalg.solve(system, start[..., stages:])[..., 0]
    won = table[..., stages] + np.einsum("ckaj,cj->cka", table[..., :stages], fresh)
    return np.asarray(np.clip(won, 0, 1), dtype=np.float64)


def win_day(laws: FloatArray, ages: IntArray, share: float, limit: int) -> FloatArray:
    """First day by which `share` of P(ever won) has come, by combination, stage and age."""
    target = share * eventual_wins(laws, ages)
    found = np.full(target.shape, np.nan)
    step = _Step(laws, ages, ways=1)
    value = np.zeros((1, *target.shape))
    waiting = target > 0
    for t in range(1, limit + 1):
        value = step(value)
        now = waiting & (value[0] >= target * (1 - 1e-12))
        found[now] = t
        waiting &= ~now
        if not waiting.any():
            break
    return found
