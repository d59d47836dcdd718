"""A table: the rows of one kind of record as columns, checked once, and three verbs for time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from ..asked import Asked
from ..columns import Column, Times, all_owned, as_before, never_where, owned, with_each
from ..days import NEVER
from ..errors import ColumnError, DataError, Fault, SalesMetricsError, one_of
from ..history.known import (
    Instant,
    Known,
    known_day,
    known_through,
    not_all_time,
    read_instant,
    today_of,
)
from ..history.tracks import to_come
from ..models import Kind, Record, Stage, choices, kinds_of
from ..money import ExchangeRates
from ..periods import Periods
from ..reading.frames import raw_columns
from ..reading.into_rows import IntoRows
from ..reading.money_columns import money_columns, reported
from ..reading.raw import Raw
from ..reading.reader import ColumnReader, with_ids
from ..results.definition import Measured
from ..results.grid import Axes
from ..results.records import Contribution
from ..results.rows_read import rows_read
from ..zones import DAY, zone
from .at_ends import Standing
from .contributions import contributions
from .filtering import Allowed, condition_text, filtered
from .grouping import By
from .made import agree
from .overlapping import Overlapping
from .rows import Before, Link, Mask, Rows
from .run import window_on
from .unknown import numbers_before_close
from .unread import without_cells
from .verbs import During
from .window import Window
from .worked import Clocked

__all__ = ["Before", "Link", "Mask", "Table"]

OnError = Literal["raise", "collect"]
Ids = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Table(Rows):
    """Columns of one kind of record.  Make one with `.of(rows)`; nothing is checked again after."""

    @classmethod
    def of(
        cls,
        data: Self | IntoRows[Record],
        *,
        currency: str | None = None,
        tz: str | None = None,
        rates: ExchangeRates | None = None,
        on_error: OnError = "raise",
        stages: Table | IntoRows[Stage] | None = None,
        ids: Ids | None = None,
    ) -> Self:
        """A table from records, dicts, a mapping of arrays or a DataFrame; a table unchanged.

        Money is in major units and needs `currency` where no column says it; times of day need
        `tz`.  A row that cannot be used raises a `DataError` that names row, field, value and
        reason; with `on_error="collect"` it is left out and kept in `rejected`.  `stages` gives
        deals the outcome that their stage's type says.  `ids` are those of tables whose rows are
        named, by column, where they are known: names are then numbered as these are.
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
        for other, name in cls.also_spelled.items():
            if other in raw and name not in raw:
                raw[name] = raw.pop(other)
        kinds = kinds_of(cls.record)
        if "id" in kinds and kinds["id"] is Kind.KEY and "id" not in raw:
            near = f"; the columns given are {', '.join(raw)}" if raw else ""
            raise ColumnError(
                f"{cls.name} need a column 'id', unique in every row{near}; if one of them is it, "
                "say so (columns={'id': ...}, or a mapping of `salesmetrics columns`), else add a "
                "column that numbers the rows: 1, 2, 3, ..."
            )
        reading = ColumnReader(cls.name, zone(tz) if tz else None)
        reading.ids = ids or {}
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
        unread, faults = cls._parted(faults, columns)
        columns |= without_cells(columns, unread)
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
            extra={n: one.take(keep).in_few_bytes() for n, one in raw.items() if n not in kinds},
            currency=reporting,
            zone=reading.zone,
            rates=rates,
            rejected=faults,
            unread=unread,
            refused={name: values.take(bad) for name, values in raw.items()},
            rows_given=size,
            rows_read=(rows_read(cls.name, size, faults, unread),),
        )
        last = table.last_event()
        return table.known_at(last, last)

    @classmethod
    def _checked(
        cls, reading: ColumnReader, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        """What has to fit between the columns of a row; tables with such rules say them here."""

    @classmethod
    def _parted(
        cls, faults: tuple[Fault, ...], columns: Mapping[str, Column]
    ) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
        """Faults of cells without which a row can be used, and those of rows that cannot."""
        fields = {fault.field for fault in faults}
        spared = {field: cls._spares(field, columns) for field in fields}  # of all rows at once
        needed = {
            fault.row
            for fault in faults
            if not (each if isinstance(each := spared[fault.field], bool) else each[fault.row])
        }
        return (
            tuple(fault for fault in faults if fault.row not in needed),
            tuple(fault for fault in faults if fault.row in needed),
        )

    @classmethod
    def _spares(cls, field: str, columns: Mapping[str, Column]) -> bool | Mask:
        """Whether rows can be used without a cell of this field, or which of them can."""
        return field in cls.spared

    # what is known -------------------------------------------------------------------------------

    def last_event(self) -> Known | None:
        """The latest milestone recorded; one that can be planned only where there is no other.

        Where an event of the latest day has a time of day, the latest such time.
        """
        kinds, ahead = kinds_of(self.record), self.record.dated_ahead
        last = {
            name: found
            for name, column in self.given.items()
            if isinstance(column, Times) and kinds.get(name) is Kind.MILESTONE
            if (found := column.last()) is not None
        }
        sure = [found for name, found in last.items() if name not in ahead]
        if not sure:
            return known_day(max(day for _, day in last.values()), assumed=True) if last else None
        day = max(day for _, day in sure)
        second = max(second for second, on in sure if on == day)
        if self.zone is None or second == int(self.zone.earliest_utc(np.array([day * DAY]))[0]):
            return known_day(day)
        return known_through(day, second, self.zone)

    def known_at(self, known: Known | None, complete: Known | None) -> Self:
        """With the derived columns, and money in the reporting currency, as of then."""
        table = replace(self, known=known, complete=complete, run=None)
        table = replace(table, given=all_owned(table.given), columns=all_owned(table._derived()))
        return replace(table, earlier=all_owned(numbers_before_close(table)))

    def _derived(self) -> Mapping[str, Column]:
        """The columns as given, with those that tables derive from what is known."""
        money = tuple(name for name, kind in kinds_of(self.record).items() if kind is Kind.MONEY)
        today, dated_by = today_of(self.known), self.dated_by
        return reported(
            self.given, self.currency, self.rates, dated_by, today, money, self._without_day
        )

    def _without_day(self) -> Mask | None:
        """The rows whose money is of a day that nobody knows; None where there are none."""
        if self.dated_by is None:
            return None
        dated = self.given.get(self.dated_by)
        return dated.days == NEVER if isinstance(dated, Times) else np.ones(self.size, dtype=bool)

    def as_of(self, instant: Instant) -> Self:
        """The table as it was known: a date means the end of that day, an instant what lies before.

        Milestones from then on have not happened; rows that had not begun are not there; what a
        later milestone decided (a deal's outcome, its amount) is as it was before.
        """
        known = read_instant(instant, self.zone)
        if (known_already := self._all_known_at(known)) is not None:
            return known_already
        later = None if self.born is None else self._undone(self.born, known)
        # Of the columns of all rows those stay that no rows are picked of.
        table = self._put_back(known, later is not None).known_at(known, self.complete)
        if later is None:
            return table
        first = self.size - int(np.count_nonzero(later))
        rows = ~later if later[:first].any() else slice(first)  # the others go, with their cells
        return replace(table.some(rows), picked=rows)

    def _undone(self, milestone: str, known: Known) -> Mask | None:
        """The rows whose milestone is yet to come; None where none is."""
        times = self.given.get(milestone)
        if (
            not isinstance(times, Times)
            or kinds_of(self.record).get(milestone) is not Kind.MILESTONE
        ):
            return None
        later = to_come(times, known)
        return later if later.any() else None

    def _put_back(self, known: Known, passing: bool) -> Self:
        """With the columns as they were then, each of which is made when it is asked for."""
        given = Asked(self.given, lambda name: self._as_then(name, known), passing)
        return replace(self, given=given, columns=given)

    def _as_then(self, name: str, known: Known) -> Column:
        column = self.given[name]
        for milestone in self.given:
            settles, itself = self.before.get(milestone, {}), name == milestone != self.born
            later = self._undone(milestone, known) if itself or name in settles else None
            if later is not None and itself and isinstance(column, Times):
                column = with_each(column, partial(self._until, milestone, known))
            elif later is not None:
                column = self._as_before(name, column, ~later, settles[name])
        return column

    def _until(self, milestone: str, known: Known, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        later = self._undone(milestone, known)  # anew, as else it would be kept for the seconds
        return array if later is None else never_where(array, later)

    def _as_before(self, name: str, column: Column, settled: Mask, then: str | None) -> Column:
        """What a milestone settles, as it was in the rows that had not reached it."""
        return as_before(column, settled, then)

    def _all_known_at(self, known: Known) -> Self | None:
        """The table where nothing of it is later: what is dated ahead is known as a plan."""
        if self.known is None or self.known.is_later_than(known):
            return None
        if self.complete and self.complete.is_later_than(self.known):
            return self  # what an earlier as-of took away does not come back
        return self.known_at(known, self.complete)

    # verbs ---------------------------------------------------------------------------------------

    def during(
        self, time: str, period: Periods | str, *, by: By = None, earlier: int = 0
    ) -> During:
        """What happened: the rows whose `time` lies in each period, or so many months `earlier`."""

        def opened(rows: Rows, axes: Axes, grouped: Any, sums: Any) -> During:
            return During(rows, axes, grouped, time, sums)

        return window_on(self, ("during", time), period, by, opened, earlier=earlier)

    def standing(
        self, start: str, end: str | None, period: Periods | str, *, by: By = None
    ) -> Standing:
        """What there was at each period's end: begun before it, not ended (if ever) before it."""
        not_all_time(period)

        def opened(rows: Rows, axes: Axes, grouped: Any, sums: Any) -> Standing:
            return Standing(rows, axes, grouped, start, end, sums)

        return window_on(self, ("standing", start, end or ""), period, by, opened, since=end)

    def overlapping(
        self, start: str, end: str, period: Periods | str, *, by: By = None
    ) -> Overlapping:
        """What lasted through some of each period, for how long from `start` to `end`."""

        def opened(rows: Rows, axes: Axes, grouped: Any, sums: Any) -> Overlapping:
            return Overlapping(rows, axes, grouped, start, end, sums)

        return window_on(self, ("overlapping", start, end), period, by, opened)

    def reopened(self, asked: Measured, periods: Periods, by: By) -> Window:
        """The window that this was measured of."""
        if asked.verb == "during":
            return self.during(asked.times[0], periods, by=by, earlier=asked.months_earlier)
        if asked.verb == "standing":
            return self.standing(asked.times[0], asked.times[1] or None, periods, by=by)
        return self.overlapping(asked.times[0], asked.times[1], periods, by=by)

    def contributions(
        self, definition: Measured, periods: Periods, by: By, clock: Clocked | None = None
    ) -> Iterator[Contribution]:
        """Every row behind what was measured of this table, in every period and group.

        `clock` is what durations were measured on.
        """
        return contributions(self.reopened(definition, periods, by), definition, clock)

    # filters -------------------------------------------------------------------------------------

    def filter(self, **columns: Allowed) -> Self:
        """Of some of the rows: `deals.filter(owner="ana", product=["A", "B"])`.

        Nothing is cut away: every figure reads the condition as it reads `by`, so that it is that
        of the group.  The owner is the one of then where changes of owners are given, and what
        customers, links and the days known say comes from all rows.  Filters combine.

        Args:
            columns: one value or several of any column that the table can be grouped by; `None`
                is what is missing.  A column with a dot is given with an underscore:
                `customer_industry="retail"`.

        Raises:
            ColumnError: the table cannot be grouped by such a column.
            NotFoundError: a value that the column does not have.
        """
        return filtered(self, columns)

    # rows ----------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        left_out = f", {self.rows_given - self.size:,} rejected" if self.rejected else ""
        known = f", known until {self.known.at}" if self.known else ""
        rows = "row" if self.size == 1 else "rows"
        where = f", where {condition_text(self.condition)}" if self.condition else ""
        return f"{type(self).__name__}({self.size:,} {rows}{left_out}{known}{where})"
