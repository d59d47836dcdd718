"""Estimate: figures learned from the past, with what they rest on and what to say beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import isnan
from typing import Any, Self

from ..doors import door
from ..errors import NotFoundError, SalesMetricsError, one_of
from ..reasons import Reason
from .grid import Axes
from .records import Contribution
from .result import Cell, Evidence, Result

__all__ = ["Estimate", "Fact", "Later", "Listing", "estimated_cell", "float_or_none"]

Fact = int | float | str | date | None
Rows = tuple[tuple[Cell, ...], ...]  # by period, then by group


class Listing:
    """The rows behind an estimate, and the company whose they are: not saved with it."""

    def __init__(
        self, rows: Callable[[], Iterable[Contribution]] | None = None, company: Any = None
    ) -> None:
        self.rows, self.company = rows, company

    def __reduce__(self) -> tuple[Any, ...]:
        return Listing, ()


class Later:
    """A table with a row a deal, made when somebody first asks for it; saved as it then is."""

    def __init__(self, make: Callable[[], Result]) -> None:
        self.make = make

    @cached_property
    def made(self) -> Result:
        return self.make()

    def __reduce__(self) -> tuple[Any, ...]:
        return _as_made, (self.made,)


def _as_made(table: Result) -> Result:
    return table


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Estimate(Result):
    """Figures that were not counted but estimated, cell by cell.

    `facts` are what stands beside each figure and is no number: a date, a method, a reason.
    `notes` hold for all of them; `tables` are further results that belong to it, by name.
    """

    axes: Axes
    evidence: Evidence
    unit: str
    cells: Rows
    currency: str | None = None
    facts: tuple[tuple[Mapping[str, Fact], ...], ...] = ()
    notes: tuple[Reason, ...] = ()
    tables: Mapping[str, Result | Later] = field(default_factory=dict)
    listed: Listing | None = None

    @property
    def shows_parts(self) -> bool:
        return True

    def _as_known(self, found: Cell, waits: bool) -> Cell:
        """Estimates tell of periods that have not begun, too."""
        return found

    def _figure(self, period: int, group: int) -> Cell:
        self._place(period, group)
        return self.cells[period][group]

    def facts_at(self, period: int, group: int) -> Mapping[str, Fact]:
        """What stands beside a figure and is no number."""
        return self.facts[period][group] if self.facts else {}

    def part(self, name: str) -> Result:
        """One of the tables that belong to it."""
        if name not in self.tables:
            raise NotFoundError(one_of("part", name, self.tables))
        found = self.tables[name]
        return found.made if isinstance(found, Later) else found

    def over(self, name: str) -> Self:
        raise SalesMetricsError(f"{self.title} is not rolled up over {name}; ask again without it")

    def __add__(self, other: Any) -> Self:
        self._alike(other)
        raise SalesMetricsError(f"{self.title} does not add; ask for the whole")

    def to_records(self) -> list[dict[str, Any]]:
        """A dict a figure, ready for JSON, with all that stands beside it."""
        found = []
        for at, record in enumerate(Result.to_records(self)):
            group, period = divmod(at, max(len(self.periods), 1))
            facts = self.facts_at(period, group)
            found.append(record | {name: _said(fact) for name, fact in facts.items()})
        return found

    def detail(self) -> list[dict[str, Any]]:
        """As its records, with reasons kept as reasons, so that views say them in a language."""
        found = []
        for at, record in enumerate(Result.to_records(self)):
            group, period = divmod(at, max(len(self.periods), 1))
            facts = self.facts_at(period, group)
            found.append({**facts, **record})
        return found

    def records(self, crm: Any = None, *, part: str | None = None, **where: Any) -> list[Any]:
        """The deals and rows behind the figure, each with what it contributes."""
        if self.listed is None or self.listed.rows is None:
            raise SalesMetricsError(f"{self.title} lists no rows; see .to_records()")
        names = [name.replace(".", "_") for name in self.by]
        period = where.pop("period", None)
        label = getattr(period, "label", period)
        for name in where:
            if name not in names:
                raise SalesMetricsError(one_of("group column", name, ("period", "part", *names)))
        return [
            one
            for one in self.listed.rows()
            if (part is None or one.part == part)
            and (label is None or one.period == label)
            and all(one.group[names.index(name)] == value for name, value in where.items())
        ]

    def backtest(self, crm: Any = None, *, origins: int | Sequence[date] = 12) -> Estimate:
        """Whether to trust the forecast: made again on past days, as many days ahead as it looks.

        It has the table and the sentences of `salesmetrics.backtest`, of the whole company.  Once
        its period is over, forecasts as long as it are made again.  A forecast
        that was saved knows no company any more: give it the `crm`.
        """
        company = crm if crm is not None or self.listed is None else self.listed.company
        return door("forecast_backtest", Estimate)(self, company, origins)

    def at_groups(self, keep: Iterable[int]) -> Self:
        """Of some of its groups only, in this order."""
        places = list(keep)
        groups = tuple(self.axes.groups[place] for place in places)
        return replace(
            self,
            axes=self.axes.with_groups(self.axes.by, groups),
            cells=tuple(tuple(row[place] for place in places) for row in self.cells),
            facts=tuple(tuple(row[place] for place in places) for row in self.facts),
        )


def _said(fact: Fact) -> int | float | str | None:
    return fact.isoformat() if isinstance(fact, date) else fact


def estimated_cell(
    axes: Axes,
    period: int,
    group: int,
    value: float | Fraction | None,
    n: int,
    reason: Reason | None = None,
    **others: Any,
) -> Cell:
    """A cell of an estimate: the number as it was computed, or why there is none."""
    exact = None if value is None else Fraction(value)
    return Cell(
        group=axes.groups[group],
        period=axes.periods[period],
        value=None if value is None else float(value),
        exact=exact,
        numerator=None,
        denominator=None,
        n=n,
        reason=None if value is not None else reason,
        **others,
    )


def float_or_none(value: float) -> float | None:
    """None for what is no number."""
    return None if isnan(value) else float(value)
