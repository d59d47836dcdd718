"""Formula: a figure made of other figures, multiplied and divided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, prod
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ..errors import NotFoundError, SalesMetricsError, one_of
from ..money import minor_units
from ..periods import Period
from .distribution import Distribution
from .grid import WIDE, Axes, Grid, day_number, group_order
from .ratio import Ratio
from .result import Cell, Evidence, Result
from .total import Total, latest, merge_evidence

__all__ = ["Formula", "Part", "formula", "target_total"]

Group = tuple[Any, ...]
Part = Result | Fraction  # another figure, or a number that was given
Parts = Mapping[str, Part]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Formula(Result):
    """The product of some figures divided by that of others, cell by cell, exact.

    It keeps its parts and shows them; a distribution counts with its mean.  It is not rolled up
    and does not add: it is asked again for the whole.
    """

    axes: Axes
    evidence: Evidence
    unit: str
    top: Parts
    bottom: Parts
    beside: Parts = field(default_factory=dict)  # shown, but not reckoned with
    currency: str | None = None
    whole: bool = False  # shown rounded up: half a deal is not won
    never_below_0: frozenset[str] = frozenset()
    above_0: Mapping[str, str] = field(default_factory=dict)  # parts, and why undefined otherwise
    refused: Mapping[int, str] = field(default_factory=dict)  # periods, and why undefined in them

    @property
    def parts(self) -> dict[str, int | float | None]:
        """What the one figure is made of, by name."""
        self._only()
        return {name: _plain(cell) for name, cell in self._cells(0, 0).items()}

    @property
    def shown(self) -> int | float | None:
        """The one figure as it is shown: rounded up, where it counts what cannot be halved."""
        cell = self._only()
        return ceil(cell.exact) if self.whole and cell.exact is not None else cell.value

    @property
    def rounds_up(self) -> bool:
        return self.whole

    def part(self, name: str) -> Part:
        """One of the figures it is made of."""
        parts = {**self.top, **self.bottom, **self.beside}
        if name not in parts:
            raise NotFoundError(one_of("part", name, parts))
        return parts[name]

    def _cells(self, period: int, group: int) -> dict[str, tuple[Fraction | None, Cell | None]]:
        wanted = self.groups[group]
        found: dict[str, tuple[Fraction | None, Cell | None]] = {}
        for name, part in {**self.top, **self.bottom, **self.beside}.items():
            if isinstance(part, Fraction):
                found[name] = part, None
            elif wanted not in part.groups:
                found[name] = None, None
            else:
                at = part.groups.index(wanted)
                cell = part.cell(period, at)
                exact = _exact(part, period, at, cell)
                low = name in self.never_below_0 and exact is not None and exact < 0
                found[name] = Fraction(0) if low else exact, cell
        return found

    def _reason(self, period: int, cells: Mapping[str, tuple[Fraction | None, Cell | None]]) -> Any:
        if period in self.refused:
            return self.refused[period]
        for name in (*self.top, *self.bottom):
            exact, cell = cells[name]
            if exact is None:
                return f"{name}: {cell.reason if cell and cell.reason else 'nothing there'}"
            if name in self.above_0 and exact <= 0:
                return self.above_0[name]
        zero = next((name for name in self.bottom if cells[name][0] == 0), None)
        return None if zero is None else f"{zero} is 0"

    def cell(self, period: int, group: int) -> Cell:
        cells = self._cells(period, group)
        reason = self._reason(period, cells)
        top = prod((cells[name][0] or Fraction(0) for name in self.top), start=Fraction(1))
        bottom = prod((cells[name][0] or Fraction(0) for name in self.bottom), start=Fraction(1))
        exact = None if reason is not None else top / bottom
        behind = [cell for _, cell in cells.values() if cell is not None]
        excluded: Mapping[str, int] = {}
        assumed: Mapping[str, int] = {}
        for cell in behind:
            excluded = merge_evidence(excluded, cell.excluded)
            assumed = merge_evidence(assumed, cell.assumed)
        parts = {**self.top, **self.bottom}
        first = next((cells[n][1] for n in parts if isinstance(parts[n], Result)), None)
        known = [name for name in self.top if cells[name][0] is None]
        return Cell(
            group=self.groups[group],
            period=self.periods[period],
            value=None if exact is None else float(exact),
            exact=exact,
            numerator=None if known else float(top),
            denominator=float(bottom)
            if self.bottom and all(cells[name][0] is not None for name in self.bottom)
            else None,
            n=first.n if first is not None else 0,
            excluded=excluded,
            assumed=assumed,
            reason=reason,
            unfinished=self.unfinished(self.periods[period]),
        )

    def to_records(self) -> list[dict[str, Any]]:
        """A dict a figure, with a column for each part."""
        records = super(Formula, self).to_records()
        places = [(p, g) for g in range(len(self.groups)) for p in range(len(self.periods))]
        return [
            record | {name: _plain(cell) for name, cell in self._cells(*place).items()}
            for record, place in zip(records, places, strict=True)
        ]

    def values(self) -> npt.NDArray[np.float64]:
        """All figures at once, periods by groups; NaN where undefined."""
        across = range(len(self.groups))
        found = [
            [self.cell(period, group).value for group in across]
            for period in range(len(self.periods))
        ]
        return np.array(found, dtype=np.float64).reshape(len(self.periods), len(self.groups))

    def over(self, name: str) -> Self:
        raise SalesMetricsError(
            f"{self.evidence.what} is made of several figures and is not rolled up over {name}; "
            "ask again without it"
        )

    def __add__(self, other: Self) -> Self:
        raise SalesMetricsError(
            f"{self.evidence.what} is made of several figures and does not add; ask for the whole"
        )


def formula(what: str, unit: str, top: Parts, bottom: Parts, **how: Any) -> Formula:
    """A formula of these parts, which have the same periods and columns grouped by."""
    parts = [part for part in (*top.values(), *bottom.values()) if isinstance(part, Result)]
    for part in parts[1:]:
        if part.by != parts[0].by or len(part.periods) != len(parts[0].periods):
            raise SalesMetricsError(f"{what}: its parts are of different periods or groups")
    groups = {group for part in parts for group in part.groups}
    apart = ("period", *parts[0].by)
    ordered = (
        parts[0].groups
        if all(part.groups == parts[0].groups for part in parts)
        else tuple(sorted(groups, key=group_order))
    )
    axes = Axes(parts[0].periods, parts[0].by, ordered, apart=apart)
    return Formula(axes, Evidence(what, what, latest(parts)), unit, top, bottom, **how)


def target_total(target: Any, like: Total, also: Sequence[Group] = ()) -> Total:
    """A target in major units, of each period, as a total beside one of the same money.

    One amount stands for each group alike; a mapping, `{"ana": 100_000, ...}`, for each its own.
    A group that it does not name has no target, which is not a target of 0.  `also` are groups
    that other tables have.
    """
    if like.currency is None:
        raise SalesMetricsError("a target needs a currency; pass currency= where the table is made")
    if isinstance(target, Mapping) and not like.by:
        raise SalesMetricsError("a target for each group needs by=; for the whole give one amount")
    if isinstance(target, Mapping):
        given = {(k if isinstance(k, tuple) else (k,)): amount for k, amount in target.items()}
    else:
        given = dict.fromkeys((*like.groups, *also), target)
    minor = {group: minor_units(amount, like.currency) for group, amount in given.items()}
    if below := [str(given[group]) for group, amount in minor.items() if amount < 0]:
        raise SalesMetricsError(f"a target of {below[0]} is below 0; give what is to be reached")
    groups = like.groups
    if not set(minor) <= set(groups):
        groups = tuple(sorted({*groups, *minor}, key=group_order))
    axes = Axes(like.periods, like.by, groups, apart=("period",))
    missing = [0 if group in minor else 1 for group in groups]
    return Total(
        axes,
        Evidence("target", "target", like.known_until),
        "target",
        _rows(axes, [minor.get(group, 0) for group in groups]),
        _rows(axes, [0] * len(groups)),
        currency=like.currency,
        excluded_rows={"no target": _rows(axes, missing)} if any(missing) else {},
    )


def periods_ended(periods: Sequence[Period], day: int) -> dict[int, str]:
    """The periods that ended by a day (since 1970-01-01), where nothing is left to come."""
    reason = "the period has ended by what is known; ask as of an instant within it"
    return {at: reason for at, one in enumerate(periods) if day_number(one.end) <= day}


def _rows(axes: Axes, values: Sequence[int]) -> Grid:
    bound = sum(map(abs, values)) * len(axes.periods)
    changes = np.zeros(axes.shape, dtype=object if bound >= WIDE else np.int64)
    changes[1:] = values
    return Grid(changes, False, bound)


def _exact(part: Result, period: int, group: int, cell: Cell) -> Fraction | None:
    """The figure before any rounding; a distribution's mean."""
    if isinstance(part, Distribution):
        return part.exact_mean(period, group)
    if cell.exact is None:
        return None
    if isinstance(part, Total):
        return part.exact_fraction(period, group)
    if isinstance(part, (Ratio, Formula)):
        return Fraction(cell.exact)
    raise SalesMetricsError(f"{type(part).__name__} is no single figure")


def _plain(cell: tuple[Fraction | None, Cell | None]) -> int | float | None:
    exact, _ = cell
    if exact is None:
        return None
    return int(exact) if exact.denominator == 1 and abs(exact) < 2**53 else float(exact)
