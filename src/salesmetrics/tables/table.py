"""A table: the rows of one kind of record as columns, checked once, and three verbs for time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt

from ..columns import NOT_YET, Codes, Column, Keys, Numbers, Times, all_owned, as_before, owned
from ..days import NEVER
from ..errors import ColumnError, DataError, Fault, NeedsError, SalesMetricsError, one_of
from ..history.known import Instant, Known, known_day, not_all_time, read_instant, today_of
from ..models import Kind, Record, choices, kinds_of
from ..money import ExchangeRates
from ..periods import Periods, as_periods
from ..reading.frames import raw_columns
from ..reading.money_columns import money_columns, reported
from ..reading.raw import Raw
from ..reading.reader import Reading, with_ids
from ..results.grid import Axes
from ..zones import Zone, zone
from .grouping import By, as_by, grouping
from .made import agree
from .overlapping import Overlapping
from .row_sets import RowSet
from .sharing import Sharing
from .unknown import numbers_before_settled
from .verbs import During, Standing
from .window import Window

__all__ = ["Link", "Table"]

OnError = Literal["raise", "collect"]
Mask = npt.NDArray[np.bool_]
Before = Mapping[str, Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class Link:
    """From the codes of a column to the rows of the table they name; -1 where it has none."""

    table: Table
    rows: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Table:
    """Columns of one kind of record.  Make one with `.of(rows)`; nothing is checked again after.

    `given` are the columns as read, `columns` the same with money in the reporting currency.
    """

    record: ClassVar[type[Record]]
    name: ClassVar[str]
    born: ClassVar[str | None] = None  # the milestone that every row has: without it, undated
    always: ClassVar[tuple[str, ...]] = ()  # derived times that every row has, like `born`
    dated_by: ClassVar[str | None] = None  # the milestone whose day sets the exchange rate
    before: ClassVar[Before] = {}  # what a milestone settles, and what stands for it before
    row_sets: ClassVar[Mapping[str, Callable[..., Mask]]] = {}
    derived: ClassVar[tuple[str, ...]] = ()  # columns made here that are no field of the record
    made_from: ClassVar[Mapping[str, tuple[str, ...]]] = {}  # the fields a derived column needs

    size: int
    given: Mapping[str, Column]
    columns: Mapping[str, Column]
    extra: Mapping[str, Raw]
    dated: tuple[str, ...] = ()  # columns of times that every row has, made for one question
    earlier: Mapping[str, Numbers] = field(default_factory=dict)  # before what settles them
    currency: str | None = None
    zone: Zone | None = None
    rates: ExchangeRates | None = None
    rejected: tuple[Fault, ...] = ()
    refused: Mapping[str, Raw] = field(default_factory=dict)  # the rejected rows as they came
    rows_given: int = 0
    known: Known | None = None  # up to when events are known
    complete: Known | None = None  # up to when they were recorded, whatever as_of says
    links: Mapping[str, Link] | None = None
    history: Any = None  # of deals: the values that their fields had
    past: tuple[str, ...] = ()  # of deals: the fields whose changes are known
    memo: Sharing | None = None  # windows and totals shared while one batch is measured

    @classmethod
    def of(
        cls,
        data: Any,
        *,
        currency: str | None = None,
        tz: str | None = None,
        rates: ExchangeRates | None = None,
        on_error: OnError = "raise",
        stages: Any = None,
    ) -> Self:
        """A table from records, dicts, a mapping of arrays or a DataFrame; a table unchanged.

        Money is in major units and needs `currency` where no column says it; times of day need
        `tz`.  A row that cannot be used raises a `DataError` that names row, field, value and
        reason; with `on_error="collect"` it is left out and kept in `rejected`.  `stages` gives
        deals the outcome that their stage's type says.
        """
        if isinstance(data, cls):
            agree(data, currency, tz)
            return data
        if isinstance(data, Table) or hasattr(type(data), "deals"):
            hint = "" if isinstance(data, Table) else f"; pass its .{cls.name}"
            raise SalesMetricsError(f"{cls.name} are expected, not {type(data).__name__}{hint}")
        if on_error not in ("raise", "collect"):
            raise SalesMetricsError(one_of("on_error", on_error, ("raise", "collect")))
        raw, size = raw_columns(data, cls.record)
        kinds = kinds_of(cls.record)
        if "id" in kinds and kinds["id"] is Kind.KEY and "id" not in raw:
            near = f"; the columns given are {', '.join(raw)}" if raw else ""
            raise ColumnError(f"{cls.name} need a column 'id', unique in every row{near}")
        reading = Reading(cls.name, zone(tz) if tz else None)
        fields = {name: values for name, values in raw.items() if name in kinds}
        columns: dict[str, Column] = {
            name: reading.column(
                name,
                kinds[name],
                values,
                choices(cls.record, name) if kinds[name] is Kind.CHOICE else (),
            )
            for name, values in fields.items()
            if kinds[name] is not Kind.MONEY
        }
        money = {name: fields[name] for name in fields if kinds[name] is Kind.MONEY}
        reporting = money_columns(reading, columns, money, fields.get("currency"), currency, rates)
        cls._checked(reading, columns, fields, stages)
        faults = with_ids(tuple(sorted(reading.faults, key=lambda f: f.row)), columns.get("id"))
        if faults and on_error == "raise":
            raise DataError(cls.name, faults)
        bad = np.array(sorted({fault.row for fault in faults}), dtype=np.int64)
        keep = np.delete(np.arange(size), bad) if len(bad) else slice(None)
        columns = {
            name: owned(column.take(keep), fields[name].values if name in fields else None)
            for name, column in columns.items()
        }
        table = cls(
            size=size - len(bad),
            given=columns,
            columns=columns,
            extra={name: values.take(keep) for name, values in raw.items() if name not in kinds},
            currency=reporting,
            zone=reading.zone,
            rates=rates,
            rejected=faults,
            refused={name: values.take(bad) for name, values in raw.items()},
            rows_given=size,
        )
        last = table.last_event()
        return table.settled(last, last)

    @classmethod
    def _checked(
        cls, reading: Reading, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        """What has to fit between the columns of a row; tables with such rules say them here."""

    # what is known -------------------------------------------------------------------------------

    def last_event(self) -> Known | None:
        """The day of the latest milestone recorded."""
        kinds = kinds_of(self.record)
        last = [
            column.last()
            for name, column in self.given.items()
            if isinstance(column, Times) and kinds.get(name) is Kind.MILESTONE
        ]
        days = [day for found in last if found is not None for day in found[1:]]
        return known_day(max(days)) if days else None

    def settled(self, known: Known | None, complete: Known | None) -> Self:
        """With the derived columns, and money in the reporting currency, as of then."""
        table = replace(self, known=known, complete=complete)
        table = replace(table, given=all_owned(table.given), columns=all_owned(table._settled()))
        return replace(table, earlier=all_owned(numbers_before_settled(table)))

    def _settled(self) -> dict[str, Column]:
        """The columns as given, with those that tables derive from what is known."""
        money = tuple(name for name, kind in kinds_of(self.record).items() if kind is Kind.MONEY)
        today = today_of(self.known)
        return reported(self.given, self.currency, self.rates, self.dated_by, today, money)

    def as_of(self, instant: Instant) -> Self:
        """The table as it was known: a date means the end of that day, an instant what lies before.

        Milestones from then on have not happened; rows that had not begun are not there; what a
        later milestone settled (a deal's outcome, its amount) is as it was before.
        """
        known = read_instant(instant, self.zone)
        if self.known is not None and known.is_later_than(self.known):
            if self.complete and self.complete.is_later_than(self.known):
                return self  # what an earlier as-of took away does not come back
            return self.settled(known, self.complete)
        kinds = kinds_of(self.record)
        columns = dict(self.given)
        there = np.ones(self.size, dtype=bool)
        for name, column in self.given.items():
            if not isinstance(column, Times) or kinds.get(name) is not Kind.MILESTONE:
                continue
            happened = (
                column.days <= known.day if known.second is None else column.seconds < known.second
            )
            undone = ~happened & (column.days != NEVER)
            if not undone.any():
                continue
            columns[name] = column.until(~undone)
            if name == self.born:
                there = ~undone
            for settled, then in self.before.get(name, {}).items():
                if settled in columns:
                    columns[settled] = as_before(columns[settled], ~undone, then)
        table = replace(self, given=columns, columns=columns, memo=None)
        return table.settled(known, self.complete)._rows(np.flatnonzero(there))

    def _rows(self, rows: slice | npt.NDArray[Any]) -> Self:
        """Some of the rows, known and linked as the whole."""
        size = len(range(self.size)[rows]) if isinstance(rows, slice) else len(rows)
        if size == self.size and (isinstance(rows, slice) or (rows == np.arange(size)).all()):
            return self
        return replace(
            self,
            size=size,
            given=all_owned({name: column.take(rows) for name, column in self.given.items()}),
            columns=all_owned({name: column.take(rows) for name, column in self.columns.items()}),
            earlier=all_owned({name: column.take(rows) for name, column in self.earlier.items()}),
            extra={name: values.take(rows) for name, values in self.extra.items()},
            history=None if self.history is None else self.history.take(rows),
        )

    @property
    def from_history(self) -> tuple[str, ...] | None:
        """The fields whose changes are known: of deals; no other table has any."""
        return None

    # columns -------------------------------------------------------------------------------------

    def has(self, name: str) -> bool:
        """Whether this column was given (a dotted one: whether its link leads there)."""
        head, _, tail = name.partition(".")
        if tail:
            link = (self.links or {}).get(head)
            return link is not None and head in self.columns and link.table.has(tail)
        return name in self.columns

    def column(self, name: str) -> Column:
        """A column by name, or of a linked record: `customer.industry`."""
        head, _, tail = name.partition(".")
        fields = (*self.record.model_fields, *self.derived)
        if head not in fields and head not in self.dated:
            raise ColumnError(one_of(f"{self.name}: column", name, fields))
        if not self.has(name):
            for field in self.made_from.get(head, ()):
                if field not in self.record.model_fields:
                    raise NeedsError(field, f"{name} needs {field}, and stages in order")
                self.column(field)  # names the field that is lacking
            link = (self.links or {}).get(head)
            wanted = name if not tail or link is None else f"{link.table.name}.{tail}"
            where = f"{self.name}.{name}" if not tail or link is None else wanted
            spare = f" (it has {', '.join(sorted(self.extra))})" if self.extra else ""
            raise NeedsError(where, f"{self.name} have no {where.split('.')[-1]!r}{spare}")
        if not tail:
            return self.columns[head]
        if self.memo is not None:
            return self.memo.whole_column(name)
        link = (self.links or {})[head]
        target = link.table.column(tail)
        if isinstance(target, Keys):
            raise ColumnError(f"{name} is the id itself; use {head!r}")
        return target.linked(link.rows, self.codes(head).codes)

    def times(self, name: RowSet) -> Times:
        """A column of times; tables may have some that take arguments."""
        column = self.column(name if isinstance(name, str) else name[0])
        if not isinstance(column, Times):
            raise ColumnError(f"{self.name}: {name} is not a time")
        return column

    def codes(self, name: str) -> Codes:
        """A column of names."""
        column = self.column(name)
        if not isinstance(column, Codes):
            raise ColumnError(f"{self.name}: {name} is not a name")
        return column

    def numbers(self, name: str) -> Numbers:
        """A column of numbers."""
        column = self.column(name)
        if not isinstance(column, Numbers):
            raise ColumnError(f"{self.name}: {name} is not a number")
        return column

    def numbers_before(self, name: str, milestone: str) -> Numbers:
        """The numbers as they were before a milestone, in the rows that have reached it."""
        settles, head = self.before.get(milestone, {}), name.partition(".")[0]
        if head not in settles:
            return self.numbers(name)
        if head == name:
            self.numbers(name)  # refused by name where there is none
            return self.earlier[name]
        return self.numbers(name).only(self.times(milestone).days == NEVER, NOT_YET)

    def is_label(self, name: str, *labels: Any) -> Mask:
        """The rows whose name is one of these."""
        return self.codes(name).among(labels)

    def where(self, name: RowSet) -> Mask:
        """The rows of a named row set; one with arguments is a tuple of its name and them."""
        named, arguments = (name, ()) if isinstance(name, str) else (name[0], name[1:])
        if named not in self.row_sets:
            raise ColumnError(one_of(f"{self.name}: row set", named, self.row_sets))
        found: Mask = self.row_sets[named](self, *arguments)
        return found

    def ids(self) -> list[str]:
        """The ids of the rows, as text."""
        column = self.columns.get("id")
        return column.labels() if isinstance(column, Keys) else []

    # verbs ---------------------------------------------------------------------------------------

    def during(
        self, time: str, period: Periods | str, *, by: By = None, earlier: int = 0
    ) -> Window:
        """What happened: the rows whose `time` lies in each period, or so many months `earlier`."""
        return self._window(
            ("during", time),
            period,
            by,
            lambda axes, codes, kept: During(self, axes, codes, time, kept),
            earlier=earlier,
        )

    def standing(
        self, start: str, end: str | None, period: Periods | str, *, by: By = None
    ) -> Window:
        """What there was at each period's end: begun before it, not ended (if ever) before it."""
        not_all_time(period)
        return self._window(
            ("standing", start, end or ""),
            period,
            by,
            lambda axes, codes, kept: Standing(self, axes, codes, start, end, kept),
            while_before=end,
        )

    def overlapping(
        self, start: str, end: str, period: Periods | str, *, by: By = None
    ) -> Overlapping:
        """What lasted through some of each period, for how long from `start` to `end`."""
        return self._window(  # type: ignore[return-value]
            ("overlapping", start, end),
            period,
            by,
            lambda axes, codes, kept: Overlapping(self, axes, codes, start, end, kept),
        )

    def _window(
        self,
        verb: tuple[str, ...],
        period: Periods | str,
        by: By,
        window: Callable[[Axes, Any, Any], Window],
        while_before: str | None = None,
        earlier: int = 0,
    ) -> Window:
        """A window on these periods and groups; in a snapshot, the one that batches share."""
        names = as_by(by)
        if self.memo is not None:
            return self.memo.window(verb, period, names, while_before, earlier, window)
        found = grouping(self, names, while_before)
        axes = Axes(as_periods(period), names, found.groups, earlier)
        return window(axes, found.codes, None)

    # rows ----------------------------------------------------------------------------------------

    @property
    def whole_size(self) -> int:
        """The rows of the whole table, of which this may be a batch."""
        return self.size if self.memo is None else self.memo.whole.size

    def __len__(self) -> int:
        return self.size

    def __repr__(self) -> str:
        left_out = f", {self.rows_given - self.size:,} rejected" if self.rejected else ""
        known = f", known until {self.known.at}" if self.known else ""
        rows = "row" if self.size == 1 else "rows"
        return f"{type(self).__name__}({self.size:,} {rows}{left_out}{known})"
