"""Statement: several figures that belong together, line by line, whose parts make up a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ..errors import NotFoundError, SalesMetricsError, one_of
from ..money import digits, major_units
from .grid import Axes
from .result import Cell, Evidence, Result
from .total import Total, in_place

__all__ = ["Line", "Statement", "statement"]

Line = Sequence[Sequence[Fraction | None]]  # by period, then by group; None where undefined


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Statement(Result):
    """Lines of exact figures by period and group; the figure shown where only one can be is one
    of them.  Whether the parts sum to the whole was checked when it was made.
    """

    axes: Axes
    evidence: Evidence
    unit: str
    lines: Mapping[str, Line]
    head: str
    base: Total  # the rows behind it, with what was left out
    currency: str | None = None
    reason_if_none: str = "nothing there in the period"
    counted: frozenset[str] = field(default_factory=frozenset)  # lines that are no money

    def line(self, name: str) -> int | float | None:
        """The one figure of a line; None when undefined."""
        self._only()
        return self._value(name, 0, 0)

    @property
    def names(self) -> tuple[str, ...]:
        """The lines, in order."""
        return tuple(self.lines)

    def _exact(self, name: str, period: int, group: int) -> Fraction | None:
        if name not in self.lines:
            raise NotFoundError(one_of("line", name, self.lines))
        return self.lines[name][period][group]

    def _value(self, name: str, period: int, group: int) -> int | float | None:
        exact = self._exact(name, period, group)
        if exact is None:
            return None
        if exact.denominator == 1 and (self.currency is None or name in self.counted):
            return int(exact)
        if self.currency is not None and name not in self.counted:
            places = digits(self.currency)
            return float(Fraction(round(exact * 10**places), 10**places))
        return float(exact)

    def _shown(self, exact: Fraction | None) -> Fraction | Decimal | None:
        """Money rounded once, as a total's."""
        if exact is None or self.currency is None or self.head in self.counted:
            return exact
        return major_units(exact * 10 ** digits(self.currency), self.currency)

    def cell(self, period: int, group: int) -> Cell:
        base = self.base.cell(period, self.base.groups.index(self.groups[group]))
        exact = self._exact(self.head, period, group)
        value = self._value(self.head, period, group)
        return Cell(
            group=self.groups[group],
            period=self.periods[period],
            value=value,
            exact=self._shown(exact),
            numerator=value,
            denominator=None,
            n=base.n,
            excluded=base.excluded,
            assumed=base.assumed,
            reason=(base.reason or self.reason_if_none) if exact is None else None,
            unfinished=self.unfinished(self.periods[period]),
        )

    def values(self) -> npt.NDArray[np.float64]:
        """The figure shown, of every period and group; NaN where undefined."""
        across = [(p, g) for p in range(len(self.periods)) for g in range(len(self.groups))]
        found = [self._value(self.head, *place) for place in across]
        shape = len(self.periods), len(self.groups)
        return np.array(found, dtype=np.float64).reshape(shape)

    def to_records(self) -> list[dict[str, Any]]:
        """A dict a figure, with a column for each line."""
        places = [(p, g) for g in range(len(self.groups)) for p in range(len(self.periods))]
        return [
            record | {name: self._value(name, *place) for name in self.lines}
            for record, place in zip(super(Statement, self).to_records(), places, strict=True)
        ]

    def over(self, name: str) -> Self:
        raise SalesMetricsError(
            f"{self.evidence.what} is not rolled up over {name}; ask again without it"
        )

    def __add__(self, other: Self) -> Self:
        raise SalesMetricsError(f"{self.evidence.what} does not add; ask for the whole")


def statement(
    what: str,
    totals: Mapping[str, Total],
    head: str,
    base: Total,
    parts: Mapping[str, int],
    counted: Sequence[str] = (),
) -> Statement:
    """A statement of totals.  `parts` are lines with their signs, which have to sum to nothing."""
    placed = dict(zip(totals, in_place(list(totals.values())), strict=True))
    axes = next(iter(placed.values())).axes
    across = range(len(axes.periods)), range(len(axes.groups))
    lines = {
        name: [[total.exact_fraction(p, g) for g in across[1]] for p in across[0]]
        for name, total in placed.items()
    }
    for p in across[0]:
        for g in across[1]:
            rest = sum((lines[name][p][g] * sign for name, sign in parts.items()), Fraction(0))
            if rest:
                raise AssertionError(f"{what}: the parts miss the whole by {rest}")
    return Statement(
        Axes(axes.periods, axes.by, axes.groups, apart=("period", *axes.by)),
        Evidence(what, what, base.known_until),
        base.unit,
        lines,
        head,
        base,
        currency=base.currency,
        counted=frozenset(counted),
    )
