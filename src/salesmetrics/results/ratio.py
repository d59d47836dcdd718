"""Ratio: one total divided by another, at the grain asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

import numpy as np
import numpy.typing as npt

from ..errors import NotFoundError, SalesMetricsError, one_of
from ..money import digits
from ..periods import Period
from ..reasons import Reason, so_many
from .evidence import Reader
from .grid import Axes
from .positions import reader
from .result import Cell, Evidence, Result
from .total import EXACT_FLOAT, Total, in_place, latest, merge_evidence

__all__ = ["Ratio"]


@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class Ratio(Result):
    """Two totals and their quotient.  A roll-up divides the sums; nothing is ever averaged.

    It is a *proportion* when the numerator counts some of the rows that the denominator counts.
    `undecided` says how many rows of the denominator may still join the numerator; `unit` what
    it is read in, where its parts do not tell ("ratio": so many times; "share": percent).
    """

    axes: Axes
    evidence: Evidence
    unit: str
    top: Total
    bottom: Total
    waiting: Total | None
    currency: str | None

    def __init__(
        self,
        numerator: Total,
        denominator: Total,
        undecided: Total | None = None,
        unit: str | None = None,
    ) -> None:
        parts = [numerator, denominator, *([] if undecided is None else [undecided])]
        placed = in_place(parts)
        top, bottom = placed[0], placed[1]
        if top.currency and bottom.currency and top.currency != bottom.currency:
            raise SalesMetricsError(
                f"{top.currency} divided by {bottom.currency} means nothing; bring both to one "
                "reporting currency"
            )
        money = top.currency if top.currency and not bottom.currency else None
        for name, value in {
            "axes": bottom.axes,
            "evidence": replace(
                top.evidence.put_together("ratio", *(part.evidence for part in parts[1:])),
                population=bottom.evidence.population,
                known_until=latest(placed),
            ),
            "unit": unit or _unit(top, bottom),
            "top": top,
            "bottom": bottom,
            "waiting": None if undecided is None else placed[2],
            "currency": money,
        }.items():
            object.__setattr__(self, name, value)

    @property
    def is_proportion(self) -> bool:
        """Whether the numerator counts some of the rows that the denominator counts."""
        same = self.top.evidence.population == self.bottom.evidence.population
        # The same rows in the same unit: where these are no amounts, those are none.
        return same and self.top.unit == self.bottom.unit and self.bottom.currency is None

    @property
    def of_amounts(self) -> bool:
        """Whether an amount is divided by one: where that is not above 0 nothing is a share."""
        return bool(self.top.currency and self.bottom.currency)

    def part(self, name: str) -> Total:
        """Its `"numerator"` or `"denominator"`, as a total of its own; also what is `"undecided"`
        of a rate of a cohort."""
        parts = {"numerator": self.top, "denominator": self.bottom}
        if self.waiting is not None:
            parts["undecided"] = self.waiting
        if name not in parts:
            raise NotFoundError(one_of("part", name, parts))
        return parts[name]

    def _made(self, change: Callable[[Total], Total]) -> Self:
        """With its totals changed, as the result of the same KPI."""
        waiting = None if self.waiting is None else change(self.waiting)
        made = Ratio(change(self.top), change(self.bottom), waiting, self.unit)
        mine = self.evidence
        evidence = replace(
            made.evidence,
            identity=mine.identity,
            what=mine.what,
            rows_read=mine.rows_read,
            ahead=mine.ahead,
            called=mine.called,
        )
        return made._with(evidence)  # type: ignore[return-value]

    def __add__(self, other: Self) -> Self:
        theirs = self._alike(other)
        paired = {id(self.top): theirs.top, id(self.bottom): theirs.bottom}
        if self.waiting is not None and theirs.waiting is not None:
            paired[id(self.waiting)] = theirs.waiting
        return self._made(lambda total: Total.merged([total, paired[id(total)]]))._also_of(theirs)

    def over(self, name: str) -> Self:
        return self._made(lambda total: total.over(name))

    def read_at(self, periods: tuple[Period, ...]) -> Self:
        return self._made(lambda total: total.read_at(periods))

    @property
    def numerator(self) -> int | float | None:
        """What is divided."""
        return self._only().numerator

    @property
    def denominator(self) -> int | float | None:
        """What it is divided by."""
        return self._only().denominator

    @property
    def undecided(self) -> int | None:
        """Rows of the denominator that may still join the numerator, where that can be."""
        return self._only().undecided

    def interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """Wilson's interval for a proportion of counts; None when undefined.

        Raises where the figure is no proportion: a ratio of amounts, or of different things.
        """
        return self._only().interval(level)

    def values(self) -> npt.NDArray[np.float64]:
        """All figures at once, periods by groups; NaN where undefined."""
        top, bottom = self.top.sums_read(), self.bottom.sums_read()
        up, down = _factors(self.top, self.bottom)
        nothing = bottom <= 0 if self.of_amounts else bottom == 0
        unknown = nothing | self.top._unknown() | self.bottom._unknown()
        largest = max(
            (int(np.abs(a).max()) * f for a, f in ((top, up), (bottom, down)) if a.size), default=0
        )
        if largest < EXACT_FLOAT:
            with np.errstate(divide="ignore", invalid="ignore"):
                # As floats, which hold them: Python integers would not divide by 0.
                upper, lower = (top * up).astype(np.float64), (bottom * down).astype(np.float64)
                found = np.asarray(upper / lower, dtype=np.float64)
        else:
            pairs = zip(top.ravel(), bottom.ravel(), strict=True)
            each = [float(Fraction(int(a) * up, int(b) * down)) if b else np.nan for a, b in pairs]
            found = np.array(each).reshape(top.shape)
        return self._begun(np.where(unknown, np.nan, found))

    def _figure(self, period: int, group: int) -> Cell:
        read = reader(self.axes, period, group)
        waiting = None if self.waiting is None else read(self.waiting.counts)
        cells = self.top._figure(period, group), self.bottom._figure(period, group)
        sums = read(self.top.sums), read(self.bottom.sums)
        return self._cell(period, group, cells, sums, _factors(self.top, self.bottom), waiting)

    def _reading(self) -> Reader:
        parts, factors = (self.top, self.bottom), _factors(self.top, self.bottom)
        top, bottom = (part._reading() for part in parts)
        tops, bottoms = (part.sums_read().tolist() for part in parts)
        waits = None if self.waiting is None else self.waiting.counts.read(self.axes).tolist()

        def read(p: int, g: int) -> Cell:
            cells, sums = (top(p, g), bottom(p, g)), (tops[p][g], bottoms[p][g])
            return self._cell(p, g, cells, sums, factors, None if waits is None else waits[p][g])

        return read

    def _cell(
        self,
        period: int,
        group: int,
        cells: tuple[Cell, Cell],
        sums: tuple[int, int],
        factors: tuple[int, int],
        waiting: int | None,
    ) -> Cell:
        top, bottom = cells
        reason, whole = top.reason or bottom.reason, sums[1]
        if reason is None and self.of_amounts and (whole < 0 or (whole == 0 and bottom.n)):
            reason = Reason("whole_not_above_zero", what=self.bottom.evidence.what)
        elif reason is None and whole == 0:
            reason = Reason("none_in_period", what=self.bottom.evidence.what)
            if waiting:
                reason = Reason("all_undecided", n=waiting)
            elif bottom.excluded:
                left_out = so_many(bottom.excluded)
                what = self.bottom.evidence.what
                reason = Reason("all_left_out", what=what, left_out=left_out)
        exact = None
        if reason is None:
            exact = Fraction(sums[0] * factors[0], whole * factors[1])
        return Cell(
            group=self.groups[group],
            period=self.periods[period],
            value=None if exact is None else float(exact),
            exact=exact,
            numerator=top.value,
            denominator=bottom.value,
            n=bottom.n,
            excluded=merge_evidence(top.excluded, bottom.excluded),
            assumed=merge_evidence(top.assumed, bottom.assumed),
            reason=reason,
            undecided=waiting,
            unfinished=self.unfinished(self.periods[period]),
            proportion=self.is_proportion,
        )


def _factors(top: Total, bottom: Total) -> tuple[int, int]:
    """Whole numbers that bring both sums to one unit: (up, down) of up x top / (down x bottom)."""

    def size(total: Total) -> int:
        decimals = digits(total.currency) if total.currency else 0
        return total.scale * int(10**decimals)

    shared = Fraction(size(bottom), size(top))
    return shared.numerator, shared.denominator


def _unit(top: Total, bottom: Total) -> str:
    if top.currency and bottom.currency:
        return "share of amount"
    if top.unit == bottom.unit:
        return "proportion"
    return f"{top.currency or top.unit} per {bottom.unit.removesuffix('s')}"
