"""Tables of changes, and how their rows are brought to one form: by deal, then by time.

The rules are those of docs/explanation/history-rules.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from ..columns import (
    MISSING,
    PIECE,
    Codes,
    Column,
    Keys,
    Labels,
    Numbers,
    Times,
    counted_before,
    marked,
    never,
    where,
)  # fmt: skip
from ..days import NEVER
from ..errors import ColumnError, Fault
from ..history.tracks import Track, starts_of
from ..models import (
    AmountChange,
    CloseDateChange,
    ForecastCategoryChange,
    Kind,
    OwnerChange,
    Record,
    Stage,
    StageChange,
    TeamChange,
)
from ..money import ExchangeRates
from ..reading.frames import raw_columns
from ..reading.into_rows import IntoRows
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..reasons import Reason
from .change_order import NO_TURNS, Turns, in_order, in_turn_at_once
from .refused import fault_at
from .table import Ids, OnError, Table

__all__ = [
    "CHANGES",
    "AmountChanges",
    "CloseDateChanges",
    "FieldChanges",
    "ForecastCategoryChanges",
    "OwnerChanges",
    "Placed",
    "StageChanges",
    "TeamChanges",
    "placed",
]  # fmt: skip

Index = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# By what a change is of: why it is of nothing, or of what the other table does not have.
OF_NOTHING = {"deal": "change_of_no_deal", "owner": "change_of_no_owner"}
OF_UNKNOWN = {"deal": "no_such_deal", "owner": "no_such_owner"}


class FieldChanges(Table):
    """Changes of one field of deals: deal, new value, when, and the value before where known."""

    __slots__ = ()
    born: ClassVar[str | None] = "changed_at"
    of_what: ClassVar[str] = "deal"
    field: ClassVar[str]

    @classmethod
    def _checked(
        cls, reading: ColumnReader, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        for needed in (cls.of_what, "changed_at"):
            if needed not in columns:
                raise ColumnError(
                    f"{cls.name} need a column {needed!r}; the columns given are {', '.join(raw)}"
                )
        if cls.field not in columns:
            raise ColumnError(f"{cls.name} need a column {cls.field!r}, the value after the change")
        faulty = {fault.row for fault in reading.faults}
        times, deals = columns["changed_at"], columns[cls.of_what]
        assert isinstance(times, Times) and isinstance(deals, Keys)
        for row in np.flatnonzero(times.days == NEVER):
            if int(row) not in faulty:
                reason = Reason("undated_change")
                reading.fault("changed_at", raw["changed_at"], int(row), reason)
        if deals.values.dtype == object:
            for row in np.flatnonzero(np.array([value is None for value in deals.values])):
                if int(row) not in faulty:
                    why = Reason(OF_NOTHING[cls.of_what])
                    reading.fault(cls.of_what, raw[cls.of_what], int(row), why)


class StageChanges(FieldChanges):
    """Changes of stage."""

    __slots__ = ()
    record: ClassVar[type[Record]] = StageChange
    name = "stage_changes"
    field = "stage"


class AmountChanges(FieldChanges):
    """Changes of amount."""

    __slots__ = ()
    record: ClassVar[type[Record]] = AmountChange
    name = "amount_changes"
    field = "amount"

    @classmethod
    def of(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls,
        data: Self | IntoRows[Record],
        *,
        currency: str | None = None,
        tz: str | None = None,
        rates: ExchangeRates | None = None,
        on_error: OnError = "raise",
        stages: Table | IntoRows[Stage] | None = None,
        ids: Ids | None = None,
        deals: Table | None = None,
    ) -> Self:
        """A table as `Table.of` makes it; where no row names a currency, each amount is in its
        deal's."""
        given: Any = data
        if deals is not None and not isinstance(data, Table):
            given = _in_currency_of(deals, raw_columns(data, cls.record)[0])
        return super().of(
            given, currency=currency, tz=tz, rates=rates, on_error=on_error, stages=stages, ids=ids
        )


def _in_currency_of(deals: Table, raw: dict[str, Raw]) -> dict[str, Raw]:
    """Amounts of which no row names a currency, each in that of its deal."""
    theirs, reading = deals.given.get("currency"), ColumnReader("amount_changes", None)
    own = reading.column("currency", Kind.CODE, raw["currency"]) if "currency" in raw else None
    told = isinstance(own, Codes) and bool(own.codes.any())
    if told or not isinstance(theirs, Codes) or "deal" not in raw:
        return raw
    named, ids = reading.column("deal", Kind.REFERENCE, raw["deal"]), deals.given["id"]
    assert isinstance(named, Keys) and isinstance(ids, Keys)
    at = named.rows_in(ids)
    codes = np.where(at < 0, 0, theirs.codes[at]).astype(np.int64)
    return {**raw, "currency": Raw(codes - 1, theirs.labels[1:])}


class CloseDateChanges(FieldChanges):
    """Changes of the expected close."""

    __slots__ = ()
    record: ClassVar[type[Record]] = CloseDateChange
    name = "close_date_changes"
    field = "expected_close_at"


class ForecastCategoryChanges(FieldChanges):
    """Changes of forecast category."""

    __slots__ = ()
    record: ClassVar[type[Record]] = ForecastCategoryChange
    name = "forecast_category_changes"
    field = "forecast_category"


class OwnerChanges(FieldChanges):
    """Changes of owner."""

    __slots__ = ()
    record: ClassVar[type[Record]] = OwnerChange
    name = "owner_changes"
    field = "owner"


class TeamChanges(FieldChanges):
    """Changes of the team of owners."""

    __slots__ = ()
    record: ClassVar[type[Record]] = TeamChange
    name = "team_changes"
    # Moves to come are known ahead: as of a day before them they have not happened, and stay.
    born: ClassVar[str | None] = None
    of_what = "owner"
    field = "team"


CHANGES: tuple[type[FieldChanges], ...] = (
    StageChanges,
    AmountChanges,
    CloseDateChanges,
    OwnerChanges,
    ForecastCategoryChanges,
)


@dataclass(frozen=True, slots=True)
class Placed:
    """Changes in the order of deals and time: the deal's row, and the row they were given in."""

    deals: npt.NDArray[Any]
    given: npt.NDArray[Any] | None  # None: as given, or not asked for any more
    times: Times
    values: Column
    before: Column | None
    faults: tuple[Fault, ...]

    def without(self, bad: Mask, table: Table, field: str, reason: str) -> Placed:
        """Left out where `bad`, each with a fault."""
        if not bad.any():
            return self
        rows, keep = np.flatnonzero(bad), np.flatnonzero(~bad)
        given = rows if self.given is None else self.given[rows]
        faults = tuple(fault_at(table, int(row), field, reason) for row in given)
        return Placed(
            self.deals[keep],
            keep if self.given is None else self.given[keep],
            self.times.take(keep),
            self.values.take(keep),
            None if self.before is None else self.before.take(keep),
            (*self.faults, *faults),
        )

    def track(self, created: Times) -> tuple[Track, int]:
        """Each deal's values from its creation on, and how many changes break the chain."""
        times = self._from_creation(created)
        keep, late, broken = self._new_values(times, created)
        size, values, every = len(created.days), self.values, bool(keep.all())
        if not every:
            times, values = where(times, keep), where(values, keep)
        if not late.any():
            starts = starts_of(self.deals, size)
            return Track(starts if every else counted_before(keep, starts), times, values), broken
        deals, late = marked([self.deals, late], keep)
        at = np.flatnonzero(late)
        if self.before is None:
            earlier = _nothing(values).take(np.zeros(len(at), np.int64))
        else:
            earlier = self.before.take(np.flatnonzero(keep)[at])
        values = _inserted(values, at, earlier)
        times = _inserted_times(times, at, created.take(deals[at]))
        return Track.by_deal(np.insert(deals, at, deals[at]), size, times, values), broken

    def _new_values(self, times: Times, created: Times) -> tuple[Mask, Mask, int]:
        """Which changes do change the value, which are first but after the creation of their
        deal, and how many say another value before than was there.
        """
        first = np.ones(len(self.deals), dtype=bool)
        first[1:] = self.deals[1:] != self.deals[:-1]
        keep, broken = first.copy(), 0
        keep[1:] |= ~_alike(self.values, slice(1, None), self.values, slice(None, -1))
        if self.before is not None and len(first):
            known = _is_known(self.before)[1:] & ~first[1:]
            agrees = _alike(self.before, slice(1, None), self.values, slice(None, -1))
            broken = int(np.count_nonzero(known & ~agrees))
        for at in _in_pieces(len(first)):
            firsts = np.flatnonzero(first[at]) + at.start
            first[firsts] = created.take(self.deals[firsts]).before(times.take(firsts))
        return keep, first, broken

    def _from_creation(self, created: Times) -> Times:
        """No change is earlier than its deal."""
        if self.times.with_days_alike(created):
            return self.times
        # Only changes of the day of creation can lie before it: the others are not looked at.
        early = np.concatenate([
            np.flatnonzero(self.times.days[at] == created.days[self.deals[at]]) + at.start
            for at in _in_pieces(len(self.deals))
        ])  # fmt: skip
        begun, own = created.take(self.deals[early]), self.times.take(early)
        if not own.before(begun).any():
            return self.times
        seconds = self.times.seconds.copy()
        seconds[early] = np.maximum(own.seconds, begun.seconds)
        return Times.of(seconds, self.times.days)


def placed(
    table: FieldChanges,
    ids: Keys,
    created: Times | None,
    labels: Labels | None = None,
    turns: Turns = NO_TURNS,
) -> Placed:
    """The changes of deals that are there, in order; the others as faults.

    `created` tells before which day a change cannot be; `labels` numbers the names, `turns` says
    which of them comes first where several are of one instant.
    """
    keys, times = table.columns[table.of_what], table.times("changed_at")
    assert isinstance(keys, Keys)
    at = keys.rows_in(ids)
    unknown = at < 0
    bad, faults = unknown, []
    for row in np.flatnonzero(unknown):
        faults.append(fault_at(table, int(row), table.of_what, Reason(OF_UNKNOWN[table.of_what])))
    if created is not None and len(created.days):
        early = np.empty(len(at), dtype=bool)
        for piece in _in_pieces(len(at)):
            made = created.days[at[piece]]
            early[piece] = (times.days[piece] < made) & (made != NEVER) & ~unknown[piece]
        for row in np.flatnonzero(early):
            reason = Reason("change_before_deal")
            faults.append(fault_at(table, int(row), "changed_at", reason))
        bad = bad | early
    values, before = table.given[table.field], table.given.get(f"previous_{table.field}")
    if labels is not None and isinstance(values, Codes):
        values = values.relabelled(labels)
        before = before.relabelled(labels) if isinstance(before, Codes) else None
    rows = np.flatnonzero(~bad) if bad.any() else None
    if rows is not None:
        at, times = at[rows], times.take(rows)
    order = in_order(at, times)
    if order is not None:
        at, times = at[order], times.take(order)
        rows = order if rows is None else rows[order]
    if rows is not None:
        values = values.take(rows)
        before = None if before is None else before.take(rows)
    again = in_turn_at_once(at, times, values, before, turns)
    if again is not None:
        rows = again if rows is None else rows[again]
        values, before = values.take(again), None if before is None else before.take(again)
    return Placed(at, rows, times, values, before, tuple(faults))


def _in_pieces(size: int) -> Iterator[slice]:
    """Rows piece by piece, so that what is passing stays small; of no rows one of none."""
    return (slice(first, first + PIECE) for first in range(0, max(size, 1), PIECE))


def _alike(a: Column, left: slice, b: Column, right: slice) -> Mask:
    if isinstance(a, Codes) and isinstance(b, Codes):
        return np.asarray(a.codes[left] == b.codes[right])
    if isinstance(a, Times) and isinstance(b, Times):
        return np.asarray(a.seconds[left] == b.seconds[right])
    assert isinstance(a, Numbers) and isinstance(b, Numbers)
    both = (a.reasons()[left] >= MISSING) & (b.reasons()[right] >= MISSING)
    equal = (a.values[left] == b.values[right]) & (a.reasons()[left] == b.reasons()[right])
    return np.asarray(equal | both)


def _is_known(column: Column) -> Mask:
    if isinstance(column, Codes):
        return np.asarray(column.codes != 0)
    if isinstance(column, Times):
        return np.asarray(column.days != NEVER)
    assert isinstance(column, Numbers)
    return np.asarray(column.reasons() < MISSING)


def _nothing(like: Column) -> Column:
    """One value that is missing, of the kind of this column."""
    if isinstance(like, Codes):
        return Codes(np.zeros(1, like.codes.dtype), like.labels)
    if isinstance(like, Times):
        return never(1, like.zone)
    assert isinstance(like, Numbers)
    return Numbers.of(np.zeros(1, np.int64), np.full(1, MISSING, np.uint8), like.scale)


def _inserted_times(times: Times, at: Index, values: Times) -> Times:
    days = np.insert(times.days, at, values.days)
    if times.with_days_alike(values):
        return Times(None, days, times.zone)
    return Times.of(np.insert(times.seconds, at, values.seconds), days)


def _inserted(column: Column, at: Index, values: Column) -> Column:
    if isinstance(column, Codes) and isinstance(values, Codes):
        return Codes(np.insert(column.codes, at, values.codes), column.labels)
    if isinstance(column, Times) and isinstance(values, Times):
        return _inserted_times(column, at, values)
    assert isinstance(column, Numbers) and isinstance(values, Numbers)
    why = np.insert(column.reasons(), at, values.reasons())
    return Numbers.of(np.insert(column.values, at, values.values), why, column.scale)
