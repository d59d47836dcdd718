"""Exact whole numbers by time and group.

The periods asked for are cut into *atoms*: the spans between all their first and last days, and
what lies before and after.  A grid holds how much each atom changed the sum.  A flow of a period
is the sum of its atoms; a stock at its end is the sum of all atoms before that end.  So flows
and stocks are kept alike, whole numbers add without rounding, and any coarser reading is a sum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from dateutil.relativedelta import relativedelta

from ..days import NEVER, day_number
from ..errors import ColumnError, PeriodError, SalesMetricsError, one_of, shown
from ..periods import ALL_TIME, Period

__all__ = [
    "Axes",
    "Grid",
    "Ints",
    "add_grids",
    "check_months",
    "grid_by_cell",
    "joined",
    "one_period",
]


Ints = npt.NDArray[Any]  # int64, or Python integers where 64 bits might not hold the sum
Group = tuple[Any, ...]
WIDE = 2**63
PIECE = 2**18  # days looked up at once
MOST_CELLS = 20_000_000
FEW = 4_096  # so many days are looked for among the bounds sooner than a day's atom is tabulated
MOST_MONTHS = 12 * 180  # from the first day that can be held to the last


def check_months(earlier: object) -> None:
    """Refuse what is no number of months to look back."""
    if isinstance(earlier, bool) or not isinstance(earlier, int) or not 0 <= earlier <= MOST_MONTHS:
        raise PeriodError(
            f"a whole number of months, 0 or more (at most {MOST_MONTHS:,}), is expected, "
            f"not {shown(earlier)}"
        )


class Axes:
    """The two directions of a result: periods, and groups of one or more columns."""

    __slots__ = (
        "_of_day",
        "_places",
        "_rolled",
        "bounds",
        "by",
        "earlier",
        "ends",
        "groups",
        "non_additive",
        "periods",
        "starts",
    )  # fmt: skip
    periods: tuple[Period, ...]
    by: tuple[str, ...]
    groups: tuple[Group, ...]
    earlier: int
    non_additive: tuple[str, ...]
    bounds: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]

    def __init__(
        self,
        periods: tuple[Period, ...],
        by: tuple[str, ...],
        groups: tuple[Group, ...],
        earlier: int = 0,
        non_additive: tuple[str, ...] = (),
    ) -> None:
        """`earlier`: what is shown for a period lies so many months before it.

        `non_additive`: what the figures do not add over, `"period"` or columns of `by`.
        Non-additive periods are cut into nothing finer: each of them is an atom of its own.
        """
        check_months(earlier)
        self.periods, self.by, self.groups, self.earlier = periods, by, groups, earlier
        self.non_additive = non_additive
        self._of_day: npt.NDArray[np.uint16] | None = None
        self._places: dict[Group, int] | None = None
        self._rolled: dict[str, tuple[Axes, npt.NDArray[np.int64]]] = {}
        if "period" in non_additive:
            self.bounds = np.arange(len(periods), dtype=np.int64)
            self.starts, self.ends = self.bounds, self.bounds + 1
        else:
            self._cut(periods, earlier)
        if self.shape[0] * self.shape[1] > MOST_CELLS:
            raise SalesMetricsError(
                f"{len(groups):,} groups of {', '.join(by)} in {len(periods):,} periods are more "
                f"cells than the {MOST_CELLS:,} allowed; group by fewer columns or ask for fewer "
                "periods"
            )

    def __reduce__(self) -> tuple[Any, ...]:
        """Without what is looked up in it, which is made again when needed."""
        return Axes, (self.periods, self.by, self.groups, self.earlier, self.non_additive)

    def place_of(self, group: Group) -> int | None:
        """Where a group stands; None where it is none of these."""
        if self._places is None:
            self._places = {each: at for at, each in enumerate(self.groups)}
        return self._places.get(group)

    def _cut(self, periods: tuple[Period, ...], earlier: int) -> None:
        spans = [(_day(p, p.start, earlier), _day(p, p.end, earlier)) for p in periods]
        self.bounds = np.array(sorted({day for span in spans for day in span}), dtype=np.int64)
        place = {int(edge): index for index, edge in enumerate(self.bounds)}
        self.starts = np.array([place[start] for start, _ in spans])
        self.ends = np.array([place[end] for _, end in spans])

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.bounds) + 1, len(self.groups)

    def atoms_of(self, days: npt.NDArray[Any]) -> npt.NDArray[np.uint16]:
        """The atom of each day; the last atom takes what comes too late."""
        if self._of_day is None:
            if len(days) < FEW:
                return np.searchsorted(self.bounds, days, side="right").astype(np.uint16)
            steps = np.zeros(NEVER + 1, dtype=np.uint16)
            steps[self.bounds] = 1
            self._of_day = np.cumsum(steps, dtype=np.uint16)
        found = np.empty(len(days), dtype=np.uint16)
        for at in range(0, len(days), PIECE):  # numpy makes wide copies of what it looks up
            part = slice(at, at + PIECE)
            self._of_day.take(days[part], mode="clip", out=found[part])
        return found

    def atom_of(self, day: int) -> int:
        return int(np.searchsorted(self.bounds, day, side="right"))

    def with_groups(self, by: tuple[str, ...], groups: tuple[Group, ...]) -> Axes:
        axes = copy(self)
        axes.by, axes.groups, axes._places, axes._rolled = by, groups, None, {}
        return axes

    def with_periods(self, periods: tuple[Period, ...]) -> Axes:
        if "period" in self.non_additive:
            raise SalesMetricsError(
                "these figures do not add over time: who stayed in each month does not tell who "
                "stayed in the quarter; ask for the longer period itself"
            )
        return Axes(periods, self.by, self.groups, self.earlier, self.non_additive)

    def picked(self, periods: tuple[Period, ...]) -> tuple[Axes, list[int]]:
        """The axes of some of these periods, and where each of them is here."""
        labels = [period.label for period in self.periods]
        missing = [period.label for period in periods if period.label not in labels]
        if missing:
            raise SalesMetricsError(f"{missing[0]} was not measured, only {', '.join(labels)}")
        axes = Axes(periods, self.by, self.groups, self.earlier, self.non_additive)
        return axes, [labels.index(period.label) for period in periods]

    def without(self, name: str) -> tuple[Axes, npt.NDArray[np.int64]]:
        """The axes with one `by` column rolled up, and where each old group goes."""
        if name not in self.by:
            raise ColumnError(one_of("roll-up over", name, ("period", *self.by)))
        if name in self.non_additive:
            raise SalesMetricsError(
                f"these figures do not add over {name}, whose groups may share customers or have "
                "scales of their own; ask again without it"
            )
        if name not in self._rolled:  # the results of one run share their axes
            at = self.by.index(name)
            kept = [group[:at] + group[at + 1 :] for group in self.groups]
            whole = ((),) if len(self.by) == 1 else ()  # there also where no rows have groups
            groups: tuple[Group, ...] = tuple(dict.fromkeys([*whole, *kept]))
            place = {group: index for index, group in enumerate(groups)}
            to = np.array([place[group] for group in kept], dtype=np.int64)
            self._rolled[name] = self.with_groups(self.by[:at] + self.by[at + 1 :], groups), to
        return self._rolled[name]


def joined(axes: Sequence[Axes]) -> list[tuple[Axes, npt.NDArray[np.int64] | None]]:
    """For each of them, axes with the groups of all, and where its own go (None: unchanged)."""
    first = axes[0]
    for other in axes[1:]:
        if other.periods != first.periods or other.by != first.by:
            raise SalesMetricsError(
                "results of different periods or groups do not add or divide: "
                f"{described(first)} and {described(other)}"
            )
    if all(other.groups is first.groups or other.groups == first.groups for other in axes[1:]):
        return [(one, None) for one in axes]
    groups = tuple(sorted({group for one in axes for group in one.groups}, key=group_order))
    place = {group: index for index, group in enumerate(groups)}
    return [
        (one.with_groups(one.by, groups), np.array([place[g] for g in one.groups], dtype=np.int64))
        for one in axes
    ]


def group_order(group: Group) -> tuple[tuple[bool, str], ...]:
    """By name, what is missing last."""
    return tuple((part is None, str(part)) for part in group)


def one_period(periods: tuple[Period, ...]) -> Period:
    """The one span that adjoining periods make."""
    for before, after in pairwise(periods):
        if before.end != after.start:
            raise SalesMetricsError(
                f"{before.label} and {after.label} do not adjoin; only periods that follow each "
                "other without gap or overlap roll up into one"
            )
    if len(periods) == 1:
        return periods[0]
    first, last = periods[0], periods[-1]
    return Period(first.start, last.end, f"{first.label} to {last.label}")


def _day(period: Period, edge: date, earlier: int) -> int:
    if not earlier:
        return day_number(edge)
    if period == ALL_TIME:
        raise PeriodError("all time cannot be moved back; give a period")
    return day_number(edge - relativedelta(months=earlier))


def described(axes: Axes) -> str:
    labels = [period.label for period in axes.periods]
    spans = labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]} ({len(labels)})"
    return f"{spans} by {', '.join(axes.by)}" if axes.by else spans


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Changes by atom and group; `bound` is what no sum over any of its cells can pass.

    `source` is the changes, or what makes them when somebody looks.
    """

    source: Ints | Callable[[], Ints]
    stock: bool
    bound: int

    def __reduce__(self) -> tuple[Any, ...]:
        """What makes the changes can hold whole tables, and be no thing to write down."""
        return Grid, (self.changes, self.stock, self.bound)

    @property
    def changes(self) -> Ints:
        return self.source() if callable(self.source) else self.source

    def read(self, axes: Axes) -> Ints:
        """The figure of every period and group: a flow's sum, a stock's level at the end."""
        if not self.stock and (axes.ends - axes.starts == 1).all():  # every period is one atom
            inside: Ints = self.changes[axes.ends]
            return inside
        level = np.cumsum(self.changes, axis=0)
        at_end: Ints = level[axes.ends]
        return at_end if self.stock else at_end - level[axes.starts]

    def moved(self, to: npt.NDArray[np.int64] | None, axes: Axes) -> Grid:
        """The same numbers with each old group in its new place."""
        if to is None:
            return self
        if axes.shape[1] == 1:
            return Grid(self.changes.sum(axis=1, keepdims=True), self.stock, self.bound)
        changes = np.zeros(axes.shape, dtype=self.changes.dtype)
        np.add.at(changes.T, to, self.changes.T)
        return Grid(changes, self.stock, self.bound)

    def recut(self, old: Axes, new: Axes) -> Grid:
        """The same numbers on coarser atoms; every edge of `new` has to be one of `old`."""
        level = np.cumsum(self.changes, axis=0)
        at = np.searchsorted(old.bounds, new.bounds)
        rows = np.concatenate([level[at], level[-1:]])
        rows[1:] -= rows[:-1].copy()
        return Grid(rows, self.stock, self.bound)


def grid_by_cell(axes: Axes, rows: Any, bound: int) -> Grid:
    """Figures of non-additive periods by groups, or of what stands alike in each period."""
    changes = np.zeros(axes.shape, dtype=object if bound >= WIDE else np.int64)
    changes[1:] = rows
    return Grid(changes, False, bound)


def add_grids(grids: Sequence[Grid], bound: int | None = None) -> Grid:
    """The sum; in Python integers where 64 bits might not hold it."""
    most = sum(grid.bound for grid in grids) if bound is None else bound
    wide = most >= WIDE or any(grid.changes.dtype == object for grid in grids)
    total = grids[0].changes.astype(object) if wide else grids[0].changes.copy()
    for grid in grids[1:]:
        total += grid.changes
    return Grid(total, grids[0].stock, most)
