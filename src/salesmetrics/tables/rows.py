"""The rows of a table, read: columns by name, row sets, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import blake2b
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from ..asked import Asked
from ..columns import (
    NOT_YET,
    Codes,
    Column,
    Keys,
    Numbers,
    Times,
    marked,
    owned,
    rows_where,
    where,
    with_each,
)
from ..days import NEVER
from ..errors import ColumnError, Fault, NeedsError, one_of
from ..history.known import Known
from ..history.tracks import Kept
from ..models import Kind, Record, kinds_of
from ..money import ExchangeRates
from ..reading.raw import Raw
from ..reasons import column_needed, tables_needed
from ..results.rows_read import RowsRead
from ..zones import Zone
from .row_sets import RowSet

__all__ = ["Before", "Condition", "Link", "Mask", "Rows"]

Mask = npt.NDArray[np.bool_]
Before = Mapping[str, Mapping[str, str | None]]
Condition = tuple[tuple[str, tuple[Any, ...]], ...]  # columns, and the labels that each may have


class Link:
    """From the codes of a column to the rows of the table they name; -1 where it has none."""

    __slots__ = ("_parts",)

    def __init__(self, table: Rows, rows: npt.NDArray[Any]) -> None:
        self._parts: Mapping[str, Any] = {"table": table, "rows": rows}

    @classmethod
    def later(cls, table: Callable[[], Rows], rows: Callable[[], npt.NDArray[Any]]) -> Link:
        """One of which both are made when they are asked for."""
        link, make = cls.__new__(cls), {"table": table, "rows": rows}
        link._parts = Asked(make, lambda part: make[part]())
        return link

    @property
    def table(self) -> Rows:
        found: Rows = self._parts["table"]
        return found

    @property
    def rows(self) -> npt.NDArray[Any]:
        found: npt.NDArray[Any] = self._parts["rows"]
        return found


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False, repr=False)
class Rows:
    """Columns of one kind of record, checked before, and never again.

    `given` are the columns as read, `columns` the same with money in the reporting currency.
    """

    record: ClassVar[type[Record]]
    name: ClassVar[str]
    born: ClassVar[str | None] = None  # the milestone that every row has: without it, undated
    always: ClassVar[tuple[str, ...]] = ()  # derived times that every row has, like `born`
    dated_by: ClassVar[str | None] = None  # the milestone whose day sets the exchange rate
    before: ClassVar[Before] = {}  # what a milestone settles, and what stands for it before
    contracted: ClassVar[tuple[str, ...]] = ()  # milestones that a contract tells in advance
    # Of milestones: a column and a row set by which a row has come to one, dated or not.
    settled_by: ClassVar[Mapping[str, tuple[str, str]]] = {}
    also_spelled: ClassVar[Mapping[str, str]] = {}  # columns by another spelling of their name
    # Of linked records only these make a group where no row names them.
    rostered: ClassVar[Condition] = ()
    row_sets: ClassVar[Mapping[str, Callable[..., Mask]]] = {}
    derived: ClassVar[tuple[str, ...]] = ()  # columns made here that are no field of the record
    # Fields whose cells count as missing where they cannot be read, when faults are collected.
    spared: ClassVar[tuple[str, ...]] = ()
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
    unread: tuple[Fault, ...] = ()  # cells of rows that are used, which count as missing
    refused: Mapping[str, Raw] = field(default_factory=dict)  # the rejected rows as they came
    rows_given: int = 0
    rows_read: tuple[RowsRead, ...] = ()  # what became of these, and of those of its history
    known: Known | None = None  # up to when events are known
    complete: Known | None = None  # up to when they were recorded, whatever as_of says
    links: Mapping[str, Link] | None = None
    history: Any = None  # of deals: the values that their fields had
    past: tuple[str, ...] = ()  # of deals: the fields whose changes are known
    restricted_to: tuple[Any, ...] = ()  # to which rows, where that is no row set of the table
    condition: Condition = ()  # which rows windows look at; all are there, to be looked up
    # Made of a whole table anew, where a batch was restricted: a batch is no source of rows.
    remade: Callable[[Any], Any] | None = None
    origin: object = field(default_factory=object)  # the same for all tables of the same rows
    picked: slice | npt.NDArray[Any] | None = None  # by as_of: which rows they are of those before
    run: Any = None  # what is made once and shared by all windows: see run.py
    # What KPIs make of this table, once: any other, though of the same rows, begins with none.
    kept: Kept = field(default_factory=Kept, init=False, repr=False)

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
                    raise NeedsError(
                        tables_needed(field), f"{name} needs {field}, and stages in order"
                    )
                self.column(field)  # names the field that is lacking
            link = (self.links or {}).get(head)
            where = (self.name, name) if not tail or link is None else (link.table.name, tail)
            lacking = (tail or name) if link is not None else name.rpartition(".")[2]
            spare = f" (it has {', '.join(sorted(self.extra))})" if self.extra else ""
            raise NeedsError(column_needed(*where), f"{self.name} have no {lacking!r}{spare}")
        if not tail:
            return self.columns[head]
        return self.follow(name) if self.run is None else self.run.linked_column(self, name)

    def follow(self, name: str) -> Column:
        """A column of a linked record, row by row."""
        head, _, tail = name.partition(".")
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

    def times_of_whole(self, name: str) -> Times:
        """A column of times; of rows that are parts of others, those of the whole ones."""
        return self.times(name)

    def is_planned(self, time: str) -> bool:
        """Whether a time is a plan: expected, due, scheduled, or told by a contract."""
        plan = time in self.record.model_fields and kinds_of(self.record)[time] is Kind.PLAN
        return plan or time in self.dated or time in self.contracted

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

    def made_of(self, column: str) -> tuple[str, ...]:
        """The fields that a column is made of: its own, where it is none that is derived."""
        return self.made_from.get(column, (column,))

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

    def ids(self, rows: slice | npt.NDArray[Any] = slice(None)) -> list[str]:
        """The ids of these rows, as text; none where the table has none."""
        column = self.columns.get("id")
        return column.take(rows).labels() if isinstance(column, Keys) else []

    def some(self, rows: slice | npt.NDArray[Any]) -> Self:
        """Some of the rows, known and linked as the whole: a part, in an order, or marked.

        Of rows that are marked in a mask the cells are taken when somebody asks for them.
        """
        if isinstance(rows, np.ndarray) and rows.dtype == bool:
            size = int(np.count_nonzero(rows))
            if size == self.size:
                return self

            def cells(column: Any) -> Any:
                if isinstance(column, Times):
                    return with_each(column, lambda array: marked([array], rows)[0])
                return where(column, rows)

            return self._taken(size, cache(lambda: rows_where(rows)), cells)
        size = len(range(self.size)[rows]) if isinstance(rows, slice) else len(rows)
        if size == self.size and (isinstance(rows, slice) or (rows == np.arange(size)).all()):
            return self
        found = self._taken(size, lambda: rows, lambda column: column.take(rows))
        if isinstance(self.given, Asked):
            return found
        return replace(
            found,
            given=dict(found.given),
            columns=dict(found.columns),
            earlier=dict(found.earlier),
            extra=dict(found.extra),
        )

    def _taken(
        self,
        size: int,
        places: Callable[[], slice | npt.NDArray[Any]],
        cells: Callable[[Any], Any],
    ) -> Self:
        """So many rows, which stand in these places: cells are taken when they are asked for."""
        given = Asked(self.given, lambda name: owned(cells(self.given[name])))

        def taken(name: str) -> Column:
            column = self.columns[name]  # most are as they were given: those are taken once
            same = column is self.given.get(name)
            found: Column = given[name] if same else owned(cells(column))
            return found

        return replace(
            self,
            run=None,
            origin=object(),
            size=size,
            given=given,
            columns=Asked(self.columns, taken),
            earlier=Asked(self.earlier, lambda name: owned(cells(self.earlier[name]))),
            extra=Asked(self.extra, lambda name: self.extra[name].take(places())),
            history=None if self.history is None else self.history.take(places),
        )

    @property
    def from_history(self) -> tuple[str, ...] | None:
        """The fields whose changes are known: of deals; no other table has any."""
        return None

    @property
    def unfiltered(self) -> Self:
        """The same without its condition: what a share of the whole is divided by."""
        return replace(self, condition=(), run=None) if self.condition else self

    @property
    def whole(self) -> Self:
        """The whole table, of which this may be a batch."""
        run = self.run
        return self if run is None or run.part is None else run.whole

    def source(self) -> Self:
        """The whole table whose rows these are, restricted as they are."""
        whole = self.whole
        return whole if whole is self or self.remade is None else self.remade(whole)

    def same_rows(self, other: object) -> bool:
        """Whether the other is of the same rows of the same table, under the same condition."""
        return (
            isinstance(other, Rows)
            and self.size > 0  # no rows are nobody's twice
            and self.origin is other.origin
            and (self.restricted_to, self.condition) == (other.restricted_to, other.condition)
        )

    def digest(self) -> str:
        """A short name of its content: equal for equal columns."""
        content = blake2b(self.name.encode(), digest_size=6)
        for name, column in sorted(self.given.items()):
            content.update(name.encode())
            for part in type(column).__dataclass_fields__:
                value = getattr(column, part)
                if isinstance(column, Keys) and not column.whole:
                    value = column.objects()  # however they are kept
                plain = isinstance(value, np.ndarray) and value.dtype != object
                content.update(value.tobytes() if plain else repr(value).encode())
        return content.hexdigest()

    def __len__(self) -> int:
        return self.size
