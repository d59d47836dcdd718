"""What all cells of a distribution say, at once: how many, their sum, mean and quantiles."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from .distribution import STATISTICS, Distribution
from .tally import BITS, LARGEST

__all__ = ["summaries"]

Index = npt.NDArray[Any]
EXACT = 2**53  # up to which a float is each whole number


def summaries(found: Distribution) -> dict[str, Index] | None:
    """`n`, `sum` and each statistic, periods by groups; NaN where nothing is there.

    Each is the float nearest to the exact figure.  None where that takes more than whole numbers
    of 53 bits: there the cells are read one by one.
    """
    if found.levels is not None:
        return None
    groups = len(found.groups)
    rows: list[dict[str, Index]] = []
    for part, count in found.by_period():
        row = _of_period(part >> BITS, part & LARGEST, count, groups, found.per)
        if row is None:
            return None
        rows.append(row)
    names = ("n", "sum", "mean", *STATISTICS)
    shape = (len(rows), groups)  # of none of them, too
    return {name: np.array([row[name] for row in rows]).reshape(shape) for name in names}


def _of_period(
    group: Index, value: Index, times: Index, groups: int, per: Fraction
) -> dict[str, Index] | None:
    """Of numbers ascending in groups ascending."""
    n, total = np.zeros(groups, np.int64), np.zeros(groups, np.int64)
    np.add.at(n, group, times)
    np.add.at(total, group, value * times)
    some = np.flatnonzero(n)
    one = np.ones(1, np.int64)
    each: dict[str, tuple[Index, Index]] = {
        "sum": (total[some], one),
        "mean": (total[some], n[some]),
    }
    upto, before, last = np.cumsum(times), (np.cumsum(n) - n)[some], n[some] - 1
    for name, share in STATISTICS.items():
        at, part = np.divmod(last * share.numerator, share.denominator)
        lower = value[np.searchsorted(upto, before + at, side="right")]
        upper = value[np.searchsorted(upto, before + np.minimum(at + 1, last), side="right")]
        each[name] = (lower * share.denominator + (upper - lower) * part, one * share.denominator)
    found = {"n": n}
    for name, (top, bottom) in each.items():
        widest = int(top.max(initial=0)) * per.numerator, int(bottom.max(initial=0))
        if max(widest[0], widest[1] * per.denominator) >= EXACT:
            return None
        found[name] = np.full(groups, np.nan)
        found[name][some] = (top * per.numerator) / (bottom * per.denominator)
    return found
