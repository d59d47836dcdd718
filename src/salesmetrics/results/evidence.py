"""What stands behind a figure: its cell with what was counted and left out, and what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ..errors import SalesMetricsError
from ..periods import Period
from ..reasons import Reason, RowsByReason
from .definition import Definition, combined
from .identity import Identity
from .intervals import wilson
from .rows_read import RowsRead, all_read

__all__ = [
    "Cell",
    "Evidence",
    "Exact",
    "Known",
    "Listed",
    "Reader",
    "ShownBy",
    "ShownFor",
    "overlap",
    "plain",
]

Exact = int | Decimal | Fraction
Known = date | datetime | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure with its evidence: of one group, in one period."""

    group: tuple[Any, ...]
    period: Period
    value: int | float | None
    exact: Exact | None
    numerator: int | float | None
    denominator: int | float | None
    n: int
    excluded: RowsByReason = field(default_factory=dict)
    assumed: RowsByReason = field(default_factory=dict)
    reason: Reason | None = None
    undecided: int | None = None
    unfinished: bool = False
    parts: Mapping[str, int | float | None] = field(default_factory=dict)
    statistics: Mapping[str, float | None] = field(default_factory=dict)  # of a distribution
    proportion: bool = False  # whether it is a share of counted rows

    @property
    def why(self) -> Reason:
        """Why it is undefined, in one word where nothing more is told."""
        return self.reason or Reason("undefined")

    def _statistic(self, name: str) -> float | None:
        if name not in self.statistics:
            raise SalesMetricsError(f"only a distribution has a {name}; this figure is one number")
        return self.statistics[name]

    @property
    def mean(self) -> float | None:
        """The mean of a distribution."""
        return self._statistic("mean")

    @property
    def median(self) -> float | None:
        """The median of a distribution, which is its value."""
        return self._statistic("median")

    @property
    def p75(self) -> float | None:
        """The upper quartile of a distribution."""
        return self._statistic("p75")

    @property
    def p90(self) -> float | None:
        """The value that a tenth of a distribution is above."""
        return self._statistic("p90")

    @property
    def max(self) -> float | None:
        """The largest of a distribution."""
        return self._statistic("max")

    def interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """Wilson's interval for a proportion of counts; None when undefined.

        Raises where the figure is no proportion: a ratio of amounts, or of different things.
        """
        if not self.proportion:
            raise SalesMetricsError(
                "this figure is no proportion of counted rows, so it has no Wilson interval"
            )
        if not self.denominator:
            return None
        return wilson(int(self.numerator or 0), int(self.denominator), level)


Reader = Callable[[int, int], Cell]  # of a period and a group, by their positions


@dataclass(frozen=True, slots=True)
class ShownBy:
    """How a figure shows itself that was asked for as one number, and is of several: of stages.

    `asked` gives it by them; `of` is the grid of the one number, which others do not share.
    """

    of: object
    asked: Callable[[], Any]


LIVE = ("source", "shown_by")  # they refer to tables: neither saved nor compared


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a whole result: what it is, as of when, and where its rows are."""

    what: Reason  # won deals
    population: str  # "deals by closed_at": results of one population can be parts of another
    known_until: Known = None
    from_history: tuple[str, ...] | None = None  # fields of deals read from their changes
    definition: Definition | None = None
    zone: str | None = None
    identity: Identity | None = None  # of the KPI whose result it is
    rows_read: tuple[RowsRead, ...] = ()  # what became of the rows of its tables when read
    known_by_plans: bool = False  # only what can be planned says up to when events are known
    ahead: bool = False  # dated by a plan: told of periods that have not begun, too
    # What the records are called that groups and parts name by ids.
    called: Mapping[str, Mapping[str, str]] = field(default_factory=dict, compare=False, repr=False)
    # The table, or for what is put together those of its parts: no part of what the figure is.
    source: Any = field(default=None, compare=False, repr=False)
    shown_by: ShownBy | None = field(default=None, compare=False, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        kept = [getattr(self, each.name) for each in fields(self) if each.name not in LIVE]
        return Evidence, tuple(kept)

    def put_together(self, how: str, *others: Evidence, given: tuple[Any, ...] = ()) -> Evidence:
        """The evidence of a figure made of this one and others; no KPI's until one returns it."""
        every = (self, *others)
        made = [one.definition for one in every if one.definition is not None]
        return replace(
            self,
            definition=combined(how, *made, given=given) if len(made) == len(every) else None,
            identity=None,
            rows_read=all_read(*(one.rows_read for one in every)),
            known_by_plans=all(one.known_by_plans for one in every),
            ahead=all(one.ahead for one in every),
            source=tuple(one.source for one in every),
            shown_by=None,
        )


def plain(exact: Exact | None, *, money: bool = False) -> int | float | None:
    """As a table has it: counts and what came out whole as int, money as float."""
    if exact is None or isinstance(exact, int):
        return exact
    whole = isinstance(exact, Fraction) and exact.denominator == 1 and abs(exact) < 2**53
    return int(exact) if whole and not money else float(exact)


@dataclass(frozen=True, slots=True)
class ShownFor:
    """A source of figures that are shown for other periods than they were measured in.

    `measured` are those behind each period shown, or behind all of them alike.
    """

    source: Any
    measured: tuple[tuple[Period, ...], ...]

    def same_rows(self, other: Any) -> bool:
        """Whether the other is of the same rows of the same table."""
        return isinstance(other, ShownFor) and overlap(self.source, other.source)


@dataclass(frozen=True, slots=True)
class Listed:
    """A source that lists what was computed of several tables, line by line, when asked.

    `rows` gives them for a definition, with groups by the columns `by`; `of` are the tables.
    """

    rows: Callable[[Any], Iterable[Any]]
    by: tuple[str, ...]
    of: tuple[Any, ...] = ()

    def contributions(
        self, definition: Any, periods: tuple[Period, ...], by: tuple[str, ...]
    ) -> Iterator[Any]:
        """Those of the periods asked for, by some of the columns."""
        labels, at = {period.label for period in periods}, [self.by.index(name) for name in by]
        for row in self.rows(definition):
            if row.period in labels:
                yield replace(row, group=tuple(row.group[place] for place in at))

    def same_rows(self, other: Any) -> bool:
        """Whether the other is of the same rows of some table."""
        return isinstance(other, Listed) and overlap(self.of, other.of)


def overlap(a: Any, b: Any) -> bool:
    """Whether two sources are the same rows of the same table."""
    if isinstance(a, tuple) or isinstance(b, tuple):
        return (
            isinstance(a, tuple)
            and isinstance(b, tuple)
            and len(a) == len(b)
            and any(overlap(one, other) for one, other in zip(a, b, strict=True))
        )
    return a is not None and b is not None and bool(a.same_rows(b))
