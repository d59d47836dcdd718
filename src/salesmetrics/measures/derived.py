"""Derived: a figure reckoned from other figures, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ..errors import SalesMetricsError
from ..periods import Period
from .grid import Axes, group_order
from .result import Cell, Evidence, Result
from .total import latest, merge_evidence

__all__ = ["Derived", "derived"]

Figures = Mapping[str, Fraction]
Reckoned = Callable[[Figures], Fraction]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Derived(Result):
    """One exact expression of figures divided by another; it keeps the figures as `parts`.

    Rolling up and adding do so with the parts and reckon anew.  Beside the parts the expressions
    know the `days` of the period.
    """

    axes: Axes
    evidence: Evidence
    unit: str
    parts: Mapping[str, Result]
    top: Reckoned
    bottom: Reckoned
    n_of: str  # the part whose rows are behind the figure
    empty: str  # why it is undefined where the bottom is 0
    currency: str | None = None
    over_time: bool = True
    over_groups: bool = True

    def breakdown(self, period: int = 0, group: int = 0) -> dict[str, int | float | None]:
        """The figures it is reckoned from, by name."""
        cells = self._cells(period, group)
        return {
            name: (0 if cell is None else cell.value)
            for name, cell in cells.items()
            if cell is not None or name in self._zero()
        }

    def _zero(self) -> list[str]:
        """The parts that are 0, not undefined, for a group they do not have."""
        return [name for name, part in self.parts.items() if hasattr(part, "sums")]

    def _cells(self, period: int, group: int) -> dict[str, Cell | None]:
        wanted = self.groups[group]
        return {
            name: part.cell(period, part.groups.index(wanted)) if wanted in part.groups else None
            for name, part in self.parts.items()
        }

    def cell(self, period: int, group: int) -> Cell:
        cells = self._cells(period, group)
        figures: dict[str, Fraction] = {"days": Fraction(self.periods[period].days)}
        reason = None
        excluded: Mapping[str, int] = {}
        assumed: Mapping[str, int] = {}
        for name, cell in cells.items():
            if cell is not None:
                excluded = merge_evidence(excluded, cell.excluded)
                assumed = merge_evidence(assumed, cell.assumed)
            if cell is not None and cell.exact is not None:
                figures[name] = Fraction(cell.exact)
            elif cell is None and name in self._zero():
                figures[name] = Fraction(0)
            else:
                reason = reason or (cell.reason if cell else None) or f"no {name} in the period"
        top = self.top(figures) if reason is None else None
        bottom = self.bottom(figures) if reason is None else None
        if bottom == 0:
            reason = self.empty
        exact = top / bottom if top is not None and bottom and reason is None else None
        behind = cells[self.n_of]
        return Cell(
            group=self.groups[group],
            period=self.periods[period],
            value=None if exact is None else float(exact),
            exact=exact,
            numerator=None if top is None else _plain(top),
            denominator=None if bottom is None else _plain(bottom),
            n=0 if behind is None else behind.n,
            excluded=excluded,
            assumed=assumed,
            reason=reason,
            unfinished=self.unfinished(self.periods[period]),
        )

    def values(self) -> npt.NDArray[np.float64]:
        """All figures at once, periods by groups; NaN where undefined."""
        across = range(len(self.groups))
        found = [[self.cell(p, g).value for g in across] for p in range(len(self.periods))]
        shape = (len(self.periods), len(self.groups))
        return np.array(found, dtype=np.float64).reshape(shape)

    def _of(self, parts: Mapping[str, Result], like: Result) -> Self:
        axes = _axes(parts, like.axes)
        known = replace(self.evidence, known_until=latest(list(parts.values())))
        return replace(self, axes=axes, parts=parts, evidence=known)

    def over(self, name: str) -> Self:
        if name == "period" and not self.over_time:
            raise SalesMetricsError(
                f"{self.evidence.what} does not add over time; ask for the longer period itself"
            )
        if name != "period" and not self.over_groups:
            raise SalesMetricsError(
                f"{self.evidence.what} does not add over {name}, whose groups may share some of "
                "it; ask again without it"
            )
        parts = {of: part.over(name) for of, part in self.parts.items()}
        return self._of(parts, next(iter(parts.values())))

    def read_at(self, periods: tuple[Period, ...]) -> Self:
        """Read for other periods, whose first and last days all have to be cut here already."""
        if not self.over_time:
            raise SalesMetricsError(f"{self.evidence.what} is asked for anew for other periods")
        parts = {of: part.read_at(periods) for of, part in self.parts.items()}
        return self._of(parts, next(iter(parts.values())))

    def __add__(self, other: Self) -> Self:
        if not isinstance(other, Derived) or list(other.parts) != list(self.parts):
            raise SalesMetricsError(f"{self.evidence.what} and another figure do not add")
        parts = {name: part + other.parts[name] for name, part in self.parts.items()}
        return self._of(parts, next(iter(parts.values())))

    def to_records(self) -> list[dict[str, Any]]:
        """A dict a figure, with every part beside it."""
        # Not super(): a dataclass with slots is made anew, and its methods know only the first.
        records = Result.to_records(self)
        at = [(p, g) for g in range(len(self.groups)) for p in range(len(self.periods))]
        return [r | self.breakdown(*place) for r, place in zip(records, at, strict=True)]


def derived(
    what: str,
    unit: str,
    parts: Mapping[str, Result],
    top: Reckoned,
    bottom: Reckoned,
    *,
    n_of: str,
    empty: str,
    currency: str | None = None,
    over_time: bool = True,
    over_groups: bool = True,
) -> Derived:
    """A figure of these parts; it has the periods of the first, and the groups of all."""
    first = next(iter(parts.values()))
    for part in parts.values():
        if part.by != first.by or len(part.periods) != len(first.periods):
            raise SalesMetricsError(f"{what}: its parts are of different periods or groups")
    return Derived(
        _axes(parts, first.axes),
        Evidence(what, what, latest(list(parts.values()))),
        unit,
        parts,
        top,
        bottom,
        n_of,
        empty,
        currency,
        over_time,
        over_groups,
    )


def _axes(parts: Mapping[str, Result], like: Axes) -> Axes:
    if all(part.groups == like.groups for part in parts.values()):
        return like
    groups = {group for part in parts.values() for group in part.groups}
    return like.with_groups(like.by, tuple(sorted(groups, key=group_order)))


def _plain(exact: Fraction) -> int | float:
    return int(exact) if exact.denominator == 1 and abs(exact) < 2**53 else float(exact)
