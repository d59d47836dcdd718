"""Statement: a whole and its parts, line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ..errors import NotFoundError, SalesMetricsError, one_of
from ..periods import Period
from ..reasons import Reason, named
from .evidence import Reader
from .grid import Axes
from .result import Cell, Evidence, Exact, Result, plain
from .total import Total, in_one_scale, in_place, latest

__all__ = ["Line", "Statement", "made_of", "statement"]

Line = Sequence[Sequence[Fraction | None]]  # by period, then by group; None where undefined


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Statement(Result):
    """Figures by name that belong together.  The figure shown where only one can be is `head`:
    one of the lines, or what these are the parts of.

    Whether lines sum to what they are parts of was checked when it was made.  Only totals, and
    ratios of them, add; figures worked out line by line do not.
    """

    axes: Axes
    evidence: Evidence
    unit: str
    lines: Mapping[str, Result | Line]
    head: str | Result
    base: Total  # the rows behind it, with what was left out
    currency: str | None = None
    reason_if_none: Reason | None = None
    adds: str = ""  # "rows" where it adds over them; never over time

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the lines, in order."""
        return tuple(self.lines)

    @property
    def shows_parts(self) -> bool:
        return True

    def part(self, name: str) -> Result:
        """One of the lines, as a result of its own."""
        line = self._line(name)
        if isinstance(line, Result):
            return line
        evidence = self.evidence.put_together(f"{name} of", given=())
        return replace(self, evidence=evidence, lines={name: line}, head=name)

    def _line(self, name: str) -> Result | Line:
        if name not in self.lines:
            raise NotFoundError(one_of("part", name, self.lines))
        return self.lines[name]

    def _value(self, name: str, period: int, group: int) -> int | float | None:
        line = self._line(name)
        if isinstance(line, Result):
            return plain(line._figure(period, group).exact)
        return plain(line[period][group])

    def _figure(self, period: int, group: int) -> Cell:
        exacts = {
            name: line._figure(period, group).exact
            if isinstance(line, Result)
            else line[period][group]
            for name, line in self.lines.items()
        }
        if isinstance(self.head, Result):
            return self._cell(exacts, self.head._figure(period, group))
        return self._cell(exacts, self.base._figure(period, self._place_of_base(group)))

    def _reading(self) -> Reader:
        lines = {name: _exacts(line) for name, line in self.lines.items()}
        behind = (self.head if isinstance(self.head, Result) else self.base)._reading()
        places: Sequence[int] = range(len(self.groups))
        if not isinstance(self.head, Result):
            places = [self._place_of_base(group) for group in places]

        def read(period: int, group: int) -> Cell:
            exacts = {name: line(period, group) for name, line in lines.items()}
            return self._cell(exacts, behind(period, places[group]))

        return read

    def _place_of_base(self, group: int) -> int:
        place = self.base.axes.place_of(self.groups[group])
        assert place is not None
        return place

    def _cell(self, exacts: Mapping[str, Exact | None], behind: Cell) -> Cell:
        """What its lines are, with the head's cell, or that of the rows behind it."""
        parts = {name: plain(exact) for name, exact in exacts.items()}
        if isinstance(self.head, Result):
            return replace(behind, parts=parts)
        exact = exacts[self.head]
        return replace(
            behind,
            value=parts[self.head],
            exact=exact,
            numerator=parts[self.head],
            reason=self._why(behind) if exact is None else None,
            parts=parts,
        )

    def values(self) -> npt.NDArray[np.float64]:
        """All figures at once, periods by groups; NaN where undefined."""
        head = self.head if isinstance(self.head, Result) else self._line(self.head)
        if isinstance(head, Result):
            return self._begun(head.values())
        each = [[np.nan if one is None else float(one) for one in row] for row in head]
        return self._begun(np.array(each).reshape(len(self.periods), len(self.groups)))

    def _why(self, base: Cell) -> Reason:
        return base.reason or self.reason_if_none or Reason("nothing_in_period")

    def _of(self, change: Callable[[str | None, Result], Result]) -> Self:
        """With every line changed, the head and the base (None); all of them are results."""
        lines = {name: change(name, line) for name, line in self.lines.items()}  # type: ignore[arg-type]
        head = self.head if isinstance(self.head, str) else change("", self.head)
        base: Any = change(None, self.base)
        evidence = replace(self.evidence, known_until=latest([base]))
        return replace(self, axes=base.axes, evidence=evidence, lines=lines, head=head, base=base)

    def over(self, name: str) -> Self:
        if name == "period" or not self.adds:
            raise SalesMetricsError(
                f"{self.title} is not rolled up over {name}; ask again without it"
            )
        return self._of(lambda _, line: line.over(name))

    def read_at(self, periods: tuple[Period, ...]) -> Self:
        if not self.adds:
            raise SalesMetricsError(f"{self.title} is asked for anew for other periods")
        return self._of(lambda _, line: line.read_at(periods))

    def __add__(self, other: Self) -> Self:
        self._alike(other)
        if not self.adds:
            raise SalesMetricsError(f"{self.title} does not add; ask for the whole")

        def both(name: str | None, line: Result) -> Result:
            theirs: Any = other.base if name is None else other.lines.get(name, other.head)
            added: Result = line + theirs
            return added

        return self._of(both)._also_of(other)


def _exacts(line: Result | Line) -> Callable[[int, int], Exact | None]:
    return line._exacts() if isinstance(line, Result) else lambda p, g: line[p][g]


def statement(
    what: str,
    lines: Mapping[str, Total],
    head: str | Result,
    parts: Mapping[str, int],
    *,
    also: Mapping[str, Result] | None = None,
    base: str | Total = "",
    unit: str = "",
    adds: str = "",
) -> Statement:
    """A statement of totals.  `parts` are lines with their signs, which have to sum to nothing.

    `also` are lines that sum to nothing; `base` is what counts the rows behind it: a line by name
    (else the head), or a total that is none.
    """
    extra = {"": base} if isinstance(base, Total) else {}
    every = {**lines, **extra}
    placed = dict(zip(every, in_place(list(every.values())), strict=True))
    rows = placed.pop("") if extra else placed[str(base or head)]
    _check(what, [(placed[name], sign) for name, sign in parts.items()])
    return Statement(
        rows.axes,
        made_of(what, rows, placed.values(), head, also),
        unit or rows.unit,
        {**placed, **(also or {})},
        head,
        rows,
        currency=rows.currency if isinstance(head, str) else head.currency,
        adds=adds,
    )


def made_of(
    what: str,
    rows: Result,
    lines: Iterable[Result] = (),
    head: str | Result = "",
    also: Mapping[str, Result] | None = None,
    given: tuple[Any, ...] = (),
) -> Evidence:
    """The evidence of a figure of several lines, by its name, of the rows behind them."""
    every = [*lines, *(also or {}).values(), *([head] if isinstance(head, Result) else [])]
    parts = [line.evidence for line in every if line is not rows]
    found = rows.evidence.put_together(what, *parts, given=given)
    return replace(found, what=named(what), population=what, from_history=None)


def _check(what: str, parts: Sequence[tuple[Total, int]]) -> None:
    totals = in_one_scale([total for total, _ in parts])
    rest = sum(
        (sign * total.sums_read() for total, (_, sign) in zip(totals, parts, strict=True)), start=0
    )
    if np.any(rest):
        raise AssertionError(f"{what}: the parts miss the whole by {np.max(np.abs(rest))}")
