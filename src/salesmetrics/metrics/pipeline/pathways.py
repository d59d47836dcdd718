"""How long it takes from each stage to the win, and when those there are expected to win."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from math import floor, fsum
from typing import Any

import numpy as np
import numpy.typing as npt

from ...days import EPOCH, NEVER
from ...periods import Period, Periods
from ...reasons import Reason, named
from ...results import Axes, Cell, Grid, Survival, Total
from ...results.evidence import Reader
from ...results.statement import Statement
from ...tables import IntoDeals
from ...tables.deals import Deals
from ...tables.grouping import By
from ...tables.overlapping import Overlapping

__all__ = ["Velocity", "on_the_way"]

Index = npt.NDArray[np.int64]
NEAR = 1e-6  # of a day: what floats of days are far from missing


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Velocity(Statement):
    """Days to the win, with the lines `expected_days`, `won` and `standing`.

    `detail()` has them with the day on which the deals that stand there are expected to be won,
    the mean of theirs (None: nobody stands there, or all waited longer than any win took).
    """

    days: Mapping[tuple[int, int], date | None] = field(default_factory=dict)
    fell: Mapping[tuple[int, int], Reason] = field(default_factory=dict)  # why there are none

    def _figure(self, period: int, group: int) -> Cell:
        return self._why_fell(Statement._figure(self, period, group), (period, group))

    def _reading(self) -> Reader:
        read = Statement._reading(self)
        return lambda period, group: self._why_fell(read(period, group), (period, group))

    def _why_fell(self, found: Cell, place: tuple[int, int]) -> Cell:
        why = self.fell.get(place)
        return found if why is None else replace(found, reason=why)

    def expected_at(self, *, period: str | Period | None = None, **group: Any) -> date | None:
        """The mean of the days on which the deals that stand there are expected to be won.

        Of several periods or groups the one named, as in `.at`: `.expected_at(stage="talks")`.
        """
        cell = self.at(period=period, **group) if period or group else self._only()
        return self.days[self.periods.index(cell.period), self.groups.index(cell.group)]

    def detail(self) -> list[dict[str, Any]]:
        """A dict a figure: its group and period, its lines, and the day expected."""
        return [
            dict(zip(self.by, self.groups[g], strict=True))
            | {"period": self.periods[p].label}
            | {name: self._value(name, p, g) for name in self.names}
            | {"expected_at": self.days[p, g]}
            for g in range(len(self.groups))
            for p in range(len(self.periods))
        ]


def on_the_way(deals: IntoDeals, period: Periods | str, by: By) -> Velocity:
    """Days from each entry into a stage to the win, and when those there are expected to win."""
    window = Deals.of(deals).stage_stays(period, by=by, end="closed_at")
    durations = window.survival("won")
    size = len(durations.periods), len(durations.groups)
    lines: dict[str, list[list[Fraction | None]]] = {
        name: [[None] * size[1] for _ in range(size[0])]
        for name in ("expected_days", "won", "standing")
    }
    days: dict[tuple[int, int], date | None] = {}
    fell: dict[tuple[int, int], Reason] = {}
    entries, too_long = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for p in range(size[0]):
        today, here = _standing(window, p)
        for g in range(size[1]):
            if durations.fell(p, g) is not None:
                why = durations.cell(p, g).reason
                fell |= {} if why is None else {(p, g): why}
            ages, means = durations.means_of_ends(p, g)
            mine = here[g]
            at = np.searchsorted(ages, today - mine, side="right")
            known = at < len(ages)
            won, otherwise, there = durations.counted(p, g)
            lines["expected_days"][p][g] = Fraction(*means[0]) if means else None
            lines["won"][p][g] = Fraction(won)
            lines["standing"][p][g] = Fraction(len(mine))
            days[p, g] = _day(int(mine[known].sum()), np.bincount(at[known]).tolist(), means)
            entries[p, g] = won + otherwise + there
            too_long[p, g] = len(mine) - np.count_nonzero(known)
    return Velocity(
        Axes(
            durations.periods,
            durations.by,
            durations.groups,
            non_additive=("period", *durations.by),
        ),
        replace(
            durations.evidence.put_together("days to the win"),
            what=named("days to the win"),
            population="stays to the win",
        ),
        "days",
        lines,
        "expected_days",
        _base(durations, entries, too_long),
        reason_if_none=Reason("no_win_seen"),
        days=days,
        fell=fell,
    )


def _standing(window: Overlapping, period: int) -> tuple[int, list[Index]]:
    """The last day of the period that is known, and of each group when those there came."""
    axes, table = window.axes, window.table
    today = NEVER - 1 if table.known is None else table.known.day
    first = int(axes.bounds[axes.starts[period]])
    last = min(int(axes.bounds[axes.ends[period]]) - 1, today)
    if last < first:
        return last, [np.zeros(0, np.int64) for _ in axes.groups]
    entered, left = table.times("entered_at").days, table.times("left_at").days
    here = window.of_allowed((entered <= last) & (left > last) & (entered != NEVER))
    rows = np.flatnonzero(here)
    groups = np.zeros(len(rows), np.int64) if window.groups is None else window.groups[rows]
    order = np.argsort(groups, kind="stable")
    edges = np.searchsorted(groups[order], np.arange(1, len(axes.groups)))
    return last, np.split(entered[rows][order].astype(np.int64), edges)


def _day(came: int, waiting: list[int], means: list[tuple[int, int]]) -> date | None:
    """The mean day of wins: of deals that came on days of this sum, so many for each mean."""
    if not waiting:
        return None
    each = [(count, *mean) for count, mean in zip(waiting, means, strict=False) if count]
    many = sum(waiting)
    mean = (came + fsum(count * (top / bottom) for count, top, bottom in each)) / many
    # Half to the later day: half to the even one would hang on where days are counted from.
    if abs(mean - floor(mean) - 0.5) < NEAR:  # floats cannot tell: in whole numbers
        exact = (came + sum(count * Fraction(top, bottom) for count, top, bottom in each)) / many
        return date.fromordinal(floor(exact + Fraction(1, 2)) + EPOCH)
    return date.fromordinal(floor(mean + 0.5) + EPOCH)


def _base(durations: Survival, entries: Any, too_long: Any) -> Total:
    """The entries behind the figures, with the deals whose win is not expected any more."""
    axes = Axes(
        durations.periods, durations.by, durations.groups, non_additive=("period", *durations.by)
    )

    def grid(counts: Any) -> Grid:
        changes = np.zeros(axes.shape, dtype=np.int64)
        changes[1:] = counts
        return Grid(changes, False, int(counts.sum()))

    rows = grid(entries)
    excluded = dict(durations.excluded_rows)
    if too_long.any():
        excluded[Reason("waited_too_long")] = too_long
    return Total(
        axes, durations.evidence.put_together("entries of"), "stays",
        rows, rows, excluded_rows={why: grid(counts) for why, counts in excluded.items()},
    )  # fmt: skip
