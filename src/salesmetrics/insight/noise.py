"""How far a group's contribution to a change would move by chance alone: the variance of each.

Rows are taken to come and go independently: a row that is there on one side only counts with the
square of what it contributes, one that is there on both with the square of the difference, so that
what stands unchanged makes no noise.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import SalesMetricsError
from ..results import Distribution, Ratio, Result, Total
from .leaves import NOW, THEN, Leaves, noise_of_shares

__all__ = ["noise_of"]

Floats = npt.NDArray[np.float64]
MOST_ROWS = 100_000  # that are looked at one by one


def noise_of(grouped: Result, leaves: Leaves) -> Floats | None:
    """The variance of each leaf's contribution; None where its rows cannot be told."""
    if isinstance(grouped, Distribution):
        return _of_numbers(grouped, leaves)
    if isinstance(grouped, Ratio) and grouped.is_proportion and _is_flow(grouped.bottom):
        return noise_of_shares(leaves)
    if isinstance(grouped, Total) and _is_flow(grouped) and grouped.sums is grouped.counts:
        return np.asarray(leaves.top[THEN] + leaves.top[NOW], dtype=np.float64)
    if sum(int(side.sum()) for side in leaves.rows) > MOST_ROWS:
        return None
    return _of_rows(grouped, leaves)


def _is_flow(total: Total) -> bool:
    return not total.sums.stock and "period" not in total.axes.non_additive


def _sides(leaves: Leaves) -> tuple[float, float]:
    return float(leaves.whole[THEN][1]), float(leaves.whole[NOW][1])


def _of_numbers(grouped: Distribution, leaves: Leaves) -> Floats:
    mean, wholes, per = float(leaves.middle), _sides(leaves), float(grouped.per)
    found = np.zeros(len(leaves.groups))
    for side in (THEN, NOW):
        for at in range(len(leaves.groups)):
            value, times = grouped.counted(side, at)
            away = value.astype(np.float64) * per - mean
            found[at] += float((times * away**2).sum()) / wholes[side] ** 2
    return found


def _of_rows(grouped: Result, leaves: Leaves) -> Floats | None:
    try:
        rows = grouped.records()
    except SalesMetricsError:  # a figure worked out line by line lists no rows
        return None
    wholes = dict(zip([one.label for one in grouped.periods], _sides(leaves), strict=True))
    later = grouped.periods[NOW].label
    mean = float(leaves.middle) if leaves.kind == "ratio" else 0.0
    place = {group: at for at, group in enumerate(leaves.groups)}
    moved: dict[tuple[Any, ...], float] = defaultdict(float)
    for row in rows:
        if row.contribution is None:
            continue
        share = float(row.contribution) / wholes[row.period]
        if row.part == "denominator":
            share *= -mean
        elif row.part not in ("", "numerator"):
            continue
        sign = 1 if row.period == later else -1
        moved[row.table, row.row, place[row.group]] += sign * share
    found = np.zeros(len(leaves.groups))
    for (_, _, at), amount in moved.items():
        found[at] += amount * amount
    return found
