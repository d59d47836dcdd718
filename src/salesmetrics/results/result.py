"""What all results share: reading single cells, rows, tables, and refusing what is ambiguous."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import fields, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Self, cast

import numpy as np
import numpy.typing as npt

from ..doors import door
from ..errors import NotFoundError, SalesMetricsError, UndefinedError, one_of
from ..periods import Period
from ..reasons import Reason, RowsByReason
from .adding import refuse_unlike
from .as_frames import AsFrames
from .definition import Definition, both_are
from .evidence import Cell, Evidence, Exact, Known, Reader, ShownBy, plain
from .grid import Axes, described
from .identity import Identity
from .names import NAMELESS
from .no_number import NoNumber
from .rows_read import RowsRead, all_read
from .unbegun import ends_later, not_begun, unbegun, with_known

__all__ = ["Cell", "Evidence", "Exact", "Known", "Result", "plain"]


class Result(AsFrames, NoNumber, ABC):
    """A figure, or a table of figures by period and group, with the evidence behind each."""

    __slots__ = ()
    axes: Axes
    evidence: Evidence
    unit: str
    currency: str | None

    def cell(self, period: int, group: int) -> Cell:
        """The figure at these positions; none of what happened in a period that has not begun."""
        return self._as_known(
            self._figure(period, group), unbegun(self.axes.periods[period], self.evidence)
        )

    def _as_known(self, found: Cell, waits: bool) -> Cell:
        """A figure as what is known makes it; `waits` says that its period has not begun."""
        if waits:
            return not_begun(found, self.evidence)
        return with_known(found, self.evidence) if self.evidence.known_by_plans else found

    @abstractmethod
    def _figure(self, period: int, group: int) -> Cell:
        """The figure at these positions, also of a period that has not begun."""

    def _reading(self) -> Reader:
        """What gives the same figures, having read what lies behind all of them at once."""
        return self._figure

    def _exacts(self) -> Callable[[int, int], Exact | None]:
        """What gives only their exact numbers, having read all of them at once."""
        read = self._reading()
        return lambda period, group: read(period, group).exact

    def _begun(self, found: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The figures, periods by groups, but for periods that have not begun."""
        waits = [unbegun(period, self.evidence) for period in self.periods]
        if any(waits):
            found[np.array(waits)] = np.nan
        return found

    @abstractmethod
    def over(self, name: str) -> Self:
        """Rolled up over `"period"` or over one of the columns grouped by."""

    def read_at(self, periods: tuple[Period, ...]) -> Self:
        """Read for other periods, whose first and last days all are edges of these already."""
        raise SalesMetricsError(f"{self.title} cannot be read for other periods; ask again")

    @abstractmethod
    def __add__(self, other: Any) -> Self:
        """The result of both sets of rows, which have to be disjoint."""

    @property
    def known_until(self) -> Known:
        """Up to when events are known: what `as_of` said, else the latest event recorded."""
        return self.evidence.known_until

    @property
    def from_history(self) -> tuple[str, ...] | None:
        """The fields of deals that were read as they were at the time, from their changes.

        Their other fields are read as they are now.  None where the figure is of no deals.
        """
        found = [self.evidence.from_history]
        for each in fields(cast("Any", self)):
            value = getattr(self, each.name)
            parts = value.values() if isinstance(value, Mapping) else (value,)
            found += [part.from_history for part in parts if isinstance(part, Result)]
        told = [names for names in found if names is not None]
        return tuple(dict.fromkeys(name for names in told for name in names)) if told else None

    @property
    def periods(self) -> tuple[Period, ...]:
        return self.axes.periods

    @property
    def by(self) -> tuple[str, ...]:
        return self.axes.by

    @property
    def groups(self) -> tuple[tuple[Any, ...], ...]:
        return self.axes.groups

    def unfinished(self, period: Period) -> bool:
        """Whether the period ends after what is known."""
        return ends_later(period, self.known_until)

    def rows(self) -> list[Cell]:
        """Every figure, group by group and period by period."""
        waits = [unbegun(period, self.evidence) for period in self.periods]
        read = self._figure if len(self) == 1 else self._reading()
        return [
            self._as_known(read(p, g), wait)
            for g in range(len(self.groups))
            for p, wait in enumerate(waits)
        ]

    def values(self) -> npt.NDArray[np.float64]:
        """All figures at once, periods by groups; NaN where undefined."""
        across = range(len(self.groups))
        found = [[self.cell(p, g).value for g in across] for p in range(len(self.periods))]
        shape = (len(self.periods), len(self.groups))
        return np.array(found, dtype=np.float64).reshape(shape)

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.rows())

    def __len__(self) -> int:
        return len(self.periods) * len(self.groups)

    def at(self, *, period: str | Period | None = None, **group: Any) -> Cell:
        """The one figure of a period (by its label) and a group: `.at(owner="ana")`.

        A column with a dot is given with an underscore: `customer_industry="retail"`.
        """
        names = [name.replace(".", "_") for name in self.by]
        unknown = [name for name in group if name not in names]
        if unknown:
            raise SalesMetricsError(one_of("group column", unknown[0], ("period", *names)))
        label = period.label if isinstance(period, Period) else period
        labels = [one.label for one in self.periods]
        if label is not None and label not in labels:
            raise SalesMetricsError(one_of("period", label, labels))
        wanted = [(names.index(name), value) for name, value in group.items()]
        found = [
            (p, g)
            for g, parts in enumerate(self.groups)
            if all(parts[index] == value for index, value in wanted)
            for p in range(len(labels))
            if label is None or labels[p] == label
        ]
        for index, value in wanted:
            there = {parts[index]: None for parts in self.groups}
            if value not in there:
                raise NotFoundError(one_of(names[index], value, there))
        if len(found) != 1:
            raise SalesMetricsError(
                f"{len(found)} figures of {described(self.axes)} fit; name one period and one "
                f"value for each of {', '.join(names) or 'no columns'}"
            )
        return self.cell(*found[0])

    def _place(self, period: int, group: int) -> None:
        """Refuse positions that are not there."""
        for what, at, size in (
            ("period", period, len(self.periods)), ("group", group, len(self.groups))
        ):  # fmt: skip
            if type(at) is not int or not 0 <= at < size:
                raise NotFoundError(
                    f"{self.title} has no {what} number {at!r}; they count from 0 to {size - 1}"
                )

    def _only(self) -> Cell:
        if len(self) != 1:
            raise SalesMetricsError(
                f"this result has {len(self):,} figures ({described(self.axes)}); read them with "
                f".rows(), or one with .at({self._hint()})"
            )
        return self.cell(0, 0)

    def _hint(self) -> str:
        parts = [
            f"{n.replace('.', '_')}={v!r}" for n, v in zip(self.by, self.groups[0], strict=True)
        ]
        return ", ".join([*parts, f'period="{self.periods[0].label}"'])

    @property
    def rounds_up(self) -> bool:
        """Whether it is shown rounded up: it counts what cannot be halved."""
        return False

    @property
    def shows_parts(self) -> bool:
        """Whether it is a figure of several parts, and shows these rather than one number."""
        return False

    @property
    def value(self) -> int | float | None:
        """The figure; None when undefined (`reason` says why)."""
        return self._only().value

    @property
    def exact(self) -> Exact | None:
        """The figure without rounding: int, Decimal (money) or Fraction."""
        return self._only().exact

    @property
    def n(self) -> int:
        """The rows behind the figure (for a ratio, behind its denominator)."""
        return self._only().n

    @property
    def excluded(self) -> RowsByReason:
        """Rows that belong here but could not be used, by reason."""
        return self._only().excluded

    @property
    def assumed(self) -> RowsByReason:
        """Rows used with something that stands in for what is not known, by what it is."""
        return self._only().assumed

    @property
    def reason(self) -> Reason | None:
        """Why the figure is undefined, or None."""
        return self._only().reason

    @property
    def parts(self) -> Mapping[str, int | float | None]:
        """The figures it is made of or stands beside, by name; none where it is one of its own."""
        return self._only().parts

    def interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """Wilson's interval of a proportion; raises where the figure is none."""
        return self._only().interval(level)

    def quantile(self, share: float | Fraction | str) -> float | None:
        """A quantile of a distribution; raises where the figure is none."""
        raise SalesMetricsError(f"{self.title} is no distribution, so it has no quantiles")

    def part(self, name: str) -> Result | Fraction:
        """One of the figures that it is made of; raises where it is one of its own."""
        raise SalesMetricsError(f"{self.title} is a figure of its own, without parts")

    def __float__(self) -> float:
        cell = self._only()
        if cell.value is None:
            raise UndefinedError(f"undefined: {cell.reason}")
        return float(cell.value)

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self)
        value = self._only().value
        return format(float(self) if value is None else value, spec)  # float: raises, and says why

    def _with(self, evidence: Evidence) -> Self:
        """The same figures with other evidence."""
        found = copy(self)
        object.__setattr__(found, "evidence", evidence)
        return found

    def known_as(
        self,
        identity: Identity,
        rows_read: tuple[RowsRead, ...] = (),
        ahead: bool = False,
        called: Mapping[str, Mapping[str, str]] = NAMELESS,
    ) -> Self:
        """As the result of this KPI, of tables of which these rows were read.

        `ahead`: it tells of periods that have not begun, whatever it is made of.  `called`: by
        column the names of the records that these tables name.
        """
        evidence = replace(
            self.evidence,
            identity=identity,
            rows_read=all_read(rows_read, self.evidence.rows_read),
            ahead=ahead or self.evidence.ahead,
            called=called or self.evidence.called,
            shown_by=None,
        )
        return self._with(evidence)

    def shown_as(self, asked: Callable[[], Result]) -> Self:
        """The same, which shows what it is of (stages) in place of one number, once looked at."""
        return self._with(replace(self.evidence, shown_by=ShownBy(self.axes, asked)))

    @property
    def shows_another(self) -> bool:
        """Whether it shows another table than its figures: of stages that by stage."""
        by = self.evidence.shown_by
        return by is not None and by.of is self.axes

    @property
    def as_shown(self) -> Result:
        """What it shows: itself, or by its stages where it is of stages and none was named."""
        by = self.evidence.shown_by
        found: Result = by.asked() if by is not None and self.shows_another else self
        return found

    def _also_of(self, other: Result) -> Self:
        """As a figure of the other's tables too."""
        every = all_read(self.evidence.rows_read, other.evidence.rows_read)
        one = both_are(self.evidence.definition, other.evidence.definition)
        return self._with(replace(self.evidence, rows_read=every, definition=one, shown_by=None))

    @property
    def rows_read(self) -> tuple[RowsRead, ...]:
        """Of each table behind the figure: rows given, used, refused by reason, left out."""
        return self.evidence.rows_read

    @property
    def identity(self) -> Identity | None:
        """The KPI that this is the result of; None for a part of one, or a figure of one's own."""
        return self.evidence.identity

    @property
    def definition(self) -> Definition | None:
        """What the figure is: results add where their definitions are equal."""
        return self.evidence.definition

    @property
    def title(self) -> str:
        """What the figure is called."""
        return self.evidence.what if self.identity is None else self.identity.title()

    def _alike(self, other: object) -> Self:
        """What can be added to this: a result of the same figure, of other rows."""
        if not isinstance(other, Result):
            self._no_arithmetic()
        refuse_unlike(self, other)
        assert isinstance(other, type(self))
        return other

    def records(self, crm: Any = None, *, part: str | None = None, **where: Any) -> list[Any]:
        """The rows behind the figure: table, id, group, date and what each contributes, exactly.

        `.records(owner="ana", part="numerator")` are those of one group and part.  Rows that were
        left out stand among them, with the reason.  A result that was saved knows no tables any
        more: give it the `crm`.
        """
        found: list[Any] = door("records_of", list)(self, crm, part, **where)
        return found

    def plot(self, kind: str | None = None, *, backend: str | None = None, lang: str = "en") -> Any:
        """The chart that fits the figure, which a notebook shows by itself.

        Args:
            kind: another than the one that fits: `"trend"`, `"bars"`, `"pareto"`, `"heat"` ...
            backend: `"matplotlib"` for a figure to edit (extra `plot`), `"vega"` for a
                specification of Vega-Lite.
            lang: of its words, `"en"` or `"ko"`.
        """
        return door("plot", object)(self, kind, backend, lang)

    def to_records(self) -> list[dict[str, Any]]:
        """A dict a figure, ready for JSON: the KPI, group columns, period, value, the evidence,
        and its statistics or parts."""
        found: list[dict[str, Any]] = door("records_of_figures", list)(self)
        return found

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (int, float, Decimal, Fraction)):
            self._not_compared(other)
        if not isinstance(other, Result):
            return NotImplemented
        return type(self) is type(other) and self.unit == other.unit and self.rows() == other.rows()

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return door("result_text", str)(self)

    def _repr_html_(self) -> str:
        return door("result_html", str)(self)
