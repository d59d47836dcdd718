"""Formula: a figure computed from other figures, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from math import ceil, prod
from typing import Any, Self

import numpy as np

from ..errors import NotFoundError, SalesMetricsError, one_of
from ..periods import Period
from ..reasons import Reason, RowsByReason, named
from .distribution import Distribution
from .evidence import Reader
from .grid import Axes, Group, group_order
from .ratio import Ratio
from .result import Cell, Evidence, Known, Result, plain
from .total import Total, latest, merge_evidence

__all__ = ["Figures", "Formula", "Part", "formula"]

Part = Result | Fraction  # another figure, or a number that was given
Figures = Mapping[str, Fraction]
Side = tuple[str, ...] | Callable[[Figures], Fraction]  # a product, or an expression of all
Read = tuple[Fraction | None, Cell | None]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Formula(Result):
    """One exact expression of figures divided by another; it keeps the figures and shows them.

    A distribution counts with its mean.  Expressions that are no plain product also know the
    `days` of the period.  Rolling up and adding, where the formula allows it, do so with the
    figures and compute anew.
    """

    axes: Axes
    evidence: Evidence
    unit: str
    figures: Mapping[str, Part]
    top: Side
    bottom: Side = ()
    context: tuple[str, ...] = ()  # figures shown, but not computed with
    currency: str | None = None
    n_of: str = ""  # the figure whose rows are behind this one; else the first
    needed: bool = False  # what a target needs, which is nothing without what it is made of
    whole: bool = False  # shown rounded up: half a deal is not won
    never_below_0: frozenset[str] = frozenset()
    above_0: Mapping[str, Reason] = field(default_factory=dict)  # figures, and why undefined if not
    refused: Mapping[int, Reason] = field(
        default_factory=dict
    )  # periods, and why undefined in them
    if_0: Reason | None = None  # why it is undefined where the bottom is 0
    adds: str = ""  # what it adds over, "rows" or "rows time"; nothing else

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its parts, in order."""
        return tuple(self.figures)

    def part(self, name: str) -> Part:
        """One of the figures it is made of, or a number that was given."""
        if name not in self.figures:
            raise NotFoundError(one_of("part", name, self.figures))
        return self.figures[name]

    @property
    def shown(self) -> int | float | None:
        """The one figure as it is shown: rounded up, where it counts what cannot be halved."""
        cell = self._only()
        return ceil(cell.exact) if self.whole and cell.exact is not None else cell.value

    @property
    def rounds_up(self) -> bool:
        return self.whole

    @property
    def shows_parts(self) -> bool:
        return self.needed

    def _read(self, name: str, every: bool) -> Callable[[int, int], Read]:
        """What reads one of its figures; `every`: after all of that are read at once."""
        part = self.figures[name]
        if isinstance(part, Fraction):
            return lambda period, group: (part, None)
        figure = part._reading() if every else part._figure
        exacts = _exacts(part, every)

        def read(period: int, group: int) -> Read:
            at = part.axes.place_of(self.groups[group])
            if at is None:
                return None, None
            cell = figure(period, at)
            exact = exacts(period, at, cell)
            low = name in self.never_below_0 and exact is not None and exact < 0
            return (Fraction(0) if low else exact), cell

        return read

    def _needed(self, side: Side) -> tuple[str, ...]:
        if isinstance(side, tuple):
            return side
        return tuple(name for name in self.figures if name not in self.context)

    def _reason(self, period: int, read: Mapping[str, Read]) -> Reason | None:
        if period in self.refused:
            return self.refused[period]
        for name in dict.fromkeys((*self._needed(self.top), *self._needed(self.bottom))):
            exact, cell = read[name]
            if exact is None:
                why = cell.reason if cell and cell.reason else Reason("nothing_there")
                return Reason("of_part", part=name, reason=why)
            if name in self.above_0 and exact <= 0:
                return self.above_0[name]
        return None

    def _computed(self, side: Side, read: Mapping[str, Read], days: int) -> Fraction | None:
        known = {name: exact for name, (exact, _) in read.items() if exact is not None}
        if any(name not in known for name in self._needed(side)):
            return None
        if isinstance(side, tuple):
            return prod((known[name] for name in side), start=Fraction(1))
        return side({**known, "days": Fraction(days)})

    def _figure(self, period: int, group: int) -> Cell:
        read = {name: self._read(name, False)(period, group) for name in self.figures}
        return self._cell(period, group, read)

    def _reading(self) -> Reader:
        figures = {name: self._read(name, True) for name in self.figures}
        return lambda period, group: self._cell(
            period, group, {name: read(period, group) for name, read in figures.items()}
        )

    def _cell(self, period: int, group: int, read: Mapping[str, Read]) -> Cell:
        days = self.periods[period].days
        reason = self._reason(period, read)
        top, bottom = (self._computed(side, read, days) for side in (self.top, self.bottom))
        if reason is None and not bottom:
            zero = next((n for n in self._needed(self.bottom) if not read[n][0]), "the divisor")
            reason = self.if_0 or Reason("is_zero", part=zero)
        exact = top / bottom if top is not None and bottom and reason is None else None
        cells = [cell for _, cell in read.values() if cell is not None]
        of_figures = (name for name, part in self.figures.items() if isinstance(part, Result))
        behind = read[self.n_of or next(of_figures)][1]
        return Cell(
            group=self.groups[group],
            period=self.periods[period],
            value=None if exact is None else float(exact),
            exact=exact,
            numerator=plain(top, money=self.currency is not None),
            denominator=plain(bottom) if self.bottom else None,
            n=0 if behind is None else behind.n,
            excluded=_together(cell.excluded for cell in cells),
            assumed=_together(cell.assumed for cell in cells),
            reason=reason,
            unfinished=self.unfinished(self.periods[period]),
            parts={n: plain(part, money=_money(self.figures[n])) for n, (part, _) in read.items()},
        )

    def _of(self, change: Callable[[str, Result], Part]) -> Self:
        figures = {
            name: part if isinstance(part, Fraction) else change(name, part)
            for name, part in self.figures.items()
        }
        axes = _axes([part for name, part in figures.items() if name not in self.context])
        evidence = replace(self.evidence, known_until=_known(figures))
        return replace(self, axes=axes, evidence=evidence, figures=figures)

    def over(self, name: str) -> Self:
        if name == "period" and "time" not in self.adds:
            raise SalesMetricsError(
                f"{self.title} does not add over time; ask for the longer period itself"
            )
        if name != "period" and "rows" not in self.adds:
            raise SalesMetricsError(
                f"{self.title} does not add over {name}, whose groups may share some of "
                "it; ask again without it"
            )
        return self._of(lambda _, part: part.over(name))

    def read_at(self, periods: tuple[Period, ...]) -> Self:
        if "time" not in self.adds:
            raise SalesMetricsError(f"{self.title} is asked for anew for other periods")
        return self._of(lambda _, part: part.read_at(periods))

    def __add__(self, other: Self) -> Self:
        self._alike(other)
        if not self.adds:
            raise SalesMetricsError(f"{self.title} does not add; ask for the whole")
        return self._of(lambda name, part: part + other.figures[name])._also_of(other)


def formula(
    what: str,
    unit: str,
    top: Mapping[str, Part],
    bottom: Mapping[str, Part],
    *,
    context: Mapping[str, Part] | None = None,
    finalize: tuple[Side, Side] | None = None,
    **how: Any,
) -> Formula:
    """What these figures multiplied are, divided by those, or what `finalize` makes of all.

    The figures have the same periods and columns grouped by, and together all groups.
    """
    figures = {**top, **bottom}
    parts = [part for part in figures.values() if isinstance(part, Result)]
    for part in parts[1:]:
        if part.by != parts[0].by or len(part.periods) != len(parts[0].periods):
            raise SalesMetricsError(f"{what}: its parts are of different periods or groups")
    axes = _axes(parts)
    every = {**figures, **(context or {})}
    return Formula(
        axes,
        _evidence(what, figures, context or {}),
        unit,
        {name: _with_groups(part, axes.groups) for name, part in every.items()},
        *(finalize or (tuple(top), tuple(bottom))),
        tuple(context or ()),
        **how,
    )


def _evidence(what: str, figures: Mapping[str, Part], context: Mapping[str, Part]) -> Evidence:
    """The formula by its name, of these figures and the numbers that were given."""
    parts = [part.evidence for part in figures.values() if isinstance(part, Result)]
    given = tuple((name, part) for name, part in figures.items() if isinstance(part, Fraction))
    known = _known({**figures, **context})
    found = parts[0].put_together(what, *parts[1:], given=(*figures, *given))
    return replace(found, what=named(what), population=what, known_until=known, from_history=None)


def _axes(figures: Sequence[Part]) -> Axes:
    """The periods of the first, and the groups of all."""
    parts = [part for part in figures if isinstance(part, Result)]
    first = parts[0].axes
    if all(part.groups == first.groups for part in parts):
        return first
    groups = {group for part in parts for group in part.groups}
    return first.with_groups(first.by, tuple(sorted(groups, key=group_order)))


def _with_groups(part: Part, groups: tuple[Group, ...]) -> Part:
    """The figure with all these groups: of one that none of its rows names there is nothing."""
    if isinstance(part, Fraction) or all(part.axes.place_of(one) is not None for one in groups):
        return part
    if isinstance(part, Formula):
        return part._of(lambda _, own: _with_groups(own, groups))
    every = tuple(sorted({*part.groups, *groups}, key=group_order))
    axes = part.axes.with_groups(part.by, every)
    places = (axes.place_of(group) for group in part.groups)
    to = np.array([at for at in places if at is not None], dtype=np.int64)
    if isinstance(part, Ratio):
        return part._made(lambda total: total.placed(axes, to))
    if isinstance(part, Total):
        return part.placed(axes, to)
    return part._moved(to, axes) if isinstance(part, Distribution) else part


def _known(figures: Mapping[str, Part]) -> Known:
    return latest([part for part in figures.values() if isinstance(part, Result)])


def _together(cells: Iterable[RowsByReason]) -> RowsByReason:
    return reduce(merge_evidence, cells, {})


def _money(part: Part) -> bool:
    return isinstance(part, Result) and part.currency is not None


def _exacts(part: Result, every: bool) -> Callable[[int, int, Cell], Fraction | None]:
    """The figures before any rounding, of a position and its cell; a distribution's mean."""
    if isinstance(part, Distribution):
        means = part.exact_means() if every else part.exact_mean
        return lambda period, group, cell: means(period, group)
    if isinstance(part, Total):
        sums = part.sums_read().tolist() if every else None

        def exact(period: int, group: int, cell: Cell) -> Fraction | None:
            if cell.exact is None:
                return None
            if sums is None:
                return part.exact_fraction(period, group)
            return part.fraction(sums[period][group])

        return exact
    return lambda period, group, cell: None if cell.exact is None else Fraction(cell.exact)
