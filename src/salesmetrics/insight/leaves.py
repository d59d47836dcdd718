"""A figure by its finest groups in two periods: the sums that every split of its change reads.

Contributions are additive: those of the groups of any coarser grouping sum to those of the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import SalesMetricsError
from ..money import digits
from ..results import Distribution, Ratio, Result, Total

__all__ = [
    "Kind", "Leaves", "Node", "leaves_of", "leaves_of_counts", "leaves_of_shares",
    "noise_of_shares",
]  # fmt: skip

Kind = Literal["total", "ratio", "per whole"]
Index = npt.NDArray[np.int64]
Ints = npt.NDArray[Any]
THEN, NOW = 0, 1


@dataclass(frozen=True, slots=True)
class Node:
    """What a set of groups contributes to the change, and its own figures before and after."""

    effect: Fraction
    before: Fraction | None
    after: Fraction | None
    mix: Fraction | None = None
    rate: Fraction | None = None
    new: bool = False
    gone: bool = False


@dataclass(frozen=True)
class Leaves:
    """Sums of the finest groups then and now, as whole numbers to be divided by their scales.

    A `total` has no bottom.  A figure `per whole` divides each group by what the whole is divided
    by (the days of the period), so that its groups add.
    """

    kind: Kind
    by: tuple[str, ...]
    groups: tuple[tuple[Any, ...], ...]
    top: tuple[Ints, Ints]
    bottom: tuple[Ints, Ints]
    top_scale: int
    bottom_scale: int
    whole: tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]  # top and bottom, each side
    rows: tuple[Ints, Ints]
    noise: npt.NDArray[np.float64] | None = None  # the variance of each leaf's contribution

    @cached_property
    def means(self) -> tuple[Fraction, Fraction]:
        """The whole figure then and now."""
        (a, b), (c, d) = self.whole
        return a / b, c / d

    @cached_property
    def middle(self) -> Fraction:
        return (self.means[THEN] + self.means[NOW]) / 2

    @property
    def change(self) -> Fraction:
        return self.means[NOW] - self.means[THEN]

    def codes(self, columns: Sequence[str]) -> tuple[Index, list[tuple[Any, ...]]]:
        """Which group of these columns each leaf is in, and the groups in order."""
        at = [self.by.index(name) for name in columns]
        if len(at) == 1:
            labels = [group[at[0]] for group in self.groups]
            there = {label: place for place, label in enumerate(dict.fromkeys(labels))}
            each = np.fromiter(map(there.__getitem__, labels), np.int64, len(labels))
            return each, [(label,) for label in there]
        places: dict[tuple[Any, ...], int] = {}
        found = [
            places.setdefault(tuple(group[i] for i in at), len(places)) for group in self.groups
        ]
        return np.array(found, dtype=np.int64), list(places)

    def node(self, where: Index | slice = slice(None)) -> Node:
        """The leaves at these places together."""
        t = [Fraction(int(side[where].sum()), self.top_scale) for side in self.top]
        whole = [bottom for _, bottom in self.whole]
        shares = [t[side] / whole[side] for side in (THEN, NOW)]
        if self.kind != "ratio":
            seen = [int(side[where].sum()) for side in self.rows]
            return Node(
                shares[NOW] - shares[THEN], shares[THEN], shares[NOW],
                new=not seen[THEN] and t[THEN] == 0 and t[NOW] != 0,
                gone=not seen[NOW] and t[NOW] == 0 and t[THEN] != 0,
            )  # fmt: skip
        b = [Fraction(int(side[where].sum()), self.bottom_scale) for side in self.bottom]
        weights = [b[side] / whole[side] for side in (THEN, NOW)]
        was, now = (t[side] / b[side] if b[side] else None for side in (THEN, NOW))
        effect = shares[NOW] - shares[THEN] - (weights[NOW] - weights[THEN]) * self.middle
        rate = Fraction(0)
        if was is not None and now is not None:
            rate = (weights[THEN] + weights[NOW]) / 2 * (now - was)
        return Node(
            effect, was, now, effect - rate, rate,
            new=b[THEN] == 0 and b[NOW] != 0, gone=b[NOW] == 0 and b[THEN] != 0,
        )  # fmt: skip

    def noise_of(self, where: Index | slice = slice(None)) -> float | None:
        """The variance of the contribution, as if a row more had come on either side."""
        if self.noise is None:
            return None
        n = int(self.rows[THEN][where].sum()) + int(self.rows[NOW][where].sum())
        return float(self.noise[where].sum()) * (1 + 2 / n) if n else 0.0


def leaves_of(
    whole: Result, grouped: Result, noise: npt.NDArray[np.float64] | None = None
) -> Leaves:
    """The sums behind two readings of one figure: as a whole, and by groups; of two periods."""
    if isinstance(whole, Ratio):
        assert isinstance(grouped, Ratio)
        return _checked(_ratio(whole, grouped, noise), whole)
    if isinstance(whole, Distribution):
        assert isinstance(grouped, Distribution)
        return _checked(_mean(whole, grouped, noise), whole)
    assert isinstance(whole, Total) and isinstance(grouped, Total)
    return _checked(_total(whole, grouped, noise), whole)


def leaves_of_counts(
    by: Sequence[str], groups: Sequence[tuple[Any, ...]], counts: tuple[Ints, Ints]
) -> Leaves:
    """Of counted rows that are there already, without a result."""
    one, none = Fraction(1), np.zeros(len(groups), np.int64)
    then, now = (Fraction(int(side.sum())) for side in counts)
    noise = (counts[THEN] + counts[NOW]).astype(np.float64)
    return Leaves(
        "total", tuple(by), tuple(groups), counts, (none, none), 1, 1,
        ((then, one), (now, one)), counts, noise,
    )  # fmt: skip


def leaves_of_shares(
    by: Sequence[str],
    groups: Sequence[tuple[Any, ...]],
    inside: tuple[Ints, Ints],
    rows: tuple[Ints, Ints],
) -> Leaves:
    """Of counted rows, some of which are in the share."""
    wholes = [
        (Fraction(int(top.sum())), Fraction(int(bottom.sum())))
        for top, bottom in zip(inside, rows, strict=True)
    ]
    found = Leaves(
        "ratio", tuple(by), tuple(groups), inside, rows, 1, 1, (wholes[0], wholes[1]), rows
    )
    return replace(found, noise=noise_of_shares(found))


def noise_of_shares(leaves: Leaves) -> npt.NDArray[np.float64]:
    """The variance of each leaf's contribution to a share of counted rows.

    A row is in the share or not: how far from the mean share, over all rows, squared.
    """
    mean = float(leaves.middle)
    found = np.zeros(len(leaves.groups))
    for side in (THEN, NOW):
        inside = leaves.top[side].astype(np.float64)
        outside = leaves.bottom[side].astype(np.float64) - inside
        found += (inside * (1 - mean) ** 2 + outside * mean**2) / float(leaves.whole[side][1]) ** 2
    return found


def _scale(total: Total) -> int:
    return total.scale * int(10 ** (digits(total.currency) if total.currency else 0))


def _sums(total: Total) -> tuple[Ints, Ints]:
    read = total.sums_read()
    return read[THEN], read[NOW]


def _counts(total: Total) -> tuple[Ints, Ints]:
    read = total.counts.read(total.axes)
    return read[THEN], read[NOW]


def _wholes(total: Total) -> tuple[Fraction, Fraction]:
    return total.exact_fraction(THEN, 0), total.exact_fraction(NOW, 0)


def _total(whole: Total, grouped: Total, noise: Any) -> Leaves:
    then, now = _wholes(whole)
    one, none = Fraction(1), np.zeros(len(grouped.groups), np.int64)
    return Leaves(
        "total", grouped.by, grouped.groups, _sums(grouped), (none, none), _scale(grouped), 1,
        ((then, one), (now, one)), _counts(grouped), noise,
    )  # fmt: skip


def _ratio(whole: Ratio, grouped: Ratio, noise: Any) -> Leaves:
    top, bottom = _wholes(whole.top), _wholes(whole.bottom)
    tops, bottoms = _sums(grouped.top), _sums(grouped.bottom)
    scale = _scale(grouped.bottom)
    alike = len(grouped.groups) > 1 and all(
        Fraction(int(each), scale) == bottom[side]
        for side in (THEN, NOW)
        for each in bottoms[side].tolist()
    )
    return Leaves(
        "per whole" if alike else "ratio", grouped.by, grouped.groups, tops, bottoms,
        _scale(grouped.top), scale, ((top[THEN], bottom[THEN]), (top[NOW], bottom[NOW])),
        _counts(grouped.bottom if not alike else grouped.top), noise,
    )  # fmt: skip


def _mean(whole: Distribution, grouped: Distribution, noise: Any) -> Leaves:
    def read(result: Distribution, period: int, group: int) -> tuple[int, int]:
        value, times = result.counted(period, group)
        return sum(int(v) * int(t) for v, t in zip(value, times, strict=True)), int(times.sum())

    per, across = whole.per, range(len(grouped.groups))
    each = [[read(grouped, p, g) for g in across] for p in (THEN, NOW)]
    sums = [np.array([s * per.numerator for s, _ in side], dtype=object) for side in each]
    rows = [np.array([n for _, n in side], dtype=np.int64) for side in each]
    of = [read(whole, p, 0) for p in (THEN, NOW)]
    wholes = [(s * per, Fraction(n)) for s, n in of]
    return Leaves(
        "ratio", grouped.by, grouped.groups, (sums[0], sums[1]), (rows[0], rows[1]),
        per.denominator, 1, (wholes[0], wholes[1]), (rows[0], rows[1]), noise,
    )  # fmt: skip


def _checked(found: Leaves, whole: Result) -> Leaves:
    """Refused where the groups are not the whole: they share rows, or miss some."""
    for side in (THEN, NOW):
        top, bottom = found.whole[side]
        summed = Fraction(int(found.top[side].sum()), found.top_scale)
        under = Fraction(int(found.bottom[side].sum()), found.bottom_scale)
        if summed != top or (found.kind == "ratio" and under != bottom):
            raise SalesMetricsError(
                f"{whole.title} by {', '.join(found.by)} does not add up to the whole: its groups "
                "share rows, or look beyond their own; explain it by other columns"
            )
    return found
