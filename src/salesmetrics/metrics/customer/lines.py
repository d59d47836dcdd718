"""A line for each customer within a group, and who was active on certain days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...columns import MISSING, Codes, Labels, Numbers, common_labels, distinct_numbers
from ...days import NEVER
from ...errors import SalesMetricsError
from ...history.known import Known
from ...periods import ALL_TIME, Periods, as_periods
from ...reasons import Reason
from ...results import Axes, Grid
from ...results.grid import group_order
from ...tables.deals import Deals
from ...tables.grouping import By, as_by
from ...tables.revenues import Revenues
from ...tables.rows import Rows
from ...tables.subscriptions import Subscriptions
from ...tables.table import Table
from ...tables.verbs import During

__all__ = ["NOBODY", "UNKNOWN_END", "Book", "Lines", "happened"]

DATED_BY: dict[type[Table], str] = {
    Deals: "closed_at",
    Revenues: "booked_at",
    Subscriptions: "started_at",
}

Flags = npt.NDArray[np.bool_]
Index = npt.NDArray[Any]
UNKNOWN_END = 100  # why an amount is not known: beside the reasons of numbers


def happened(table: Table, period: Periods | str, by: By) -> During:
    """What makes somebody a customer: a deal's close, a revenue, the start of a subscription."""
    return table.during(DATED_BY[type(table)], period, by=by)


class Book:
    """Who was active on certain days, with which amount a year, and whether that is known."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.active: dict[int, Flags] = {}
        self.amount: dict[int, npt.NDArray[Any]] = {}
        self.why: dict[int, npt.NDArray[np.uint8]] = {}
        self.maybe: dict[int, Flags] = {}  # active or not: their end is not known

    def covering(
        self, table: Subscriptions, line: Any, begun: Any, over: Any, edges: list[int], priced: bool
    ) -> None:
        """Those whom a subscription covers on each day; with its amount where that is asked."""
        endless, paying = table.of_unknown_end, table.paying
        counted = (line >= 0) & (over > begun) & ~table.never_paid & ~endless
        unsure = endless & paying & (line >= 0)
        for edge in edges:
            rows = np.flatnonzero(counted & (begun < edge) & (over >= edge))
            at = line.take(rows)
            self.bought(edge, at[paying.take(rows)])
            # What is over since nobody knows when may cover the day or not.
            maybe = np.zeros(self.size, dtype=bool)
            maybe[line.take(np.flatnonzero(unsure & (begun < edge)))] = True
            self.maybe[edge] = maybe & ~self.active[edge]
            self.why[edge] = np.zeros(self.size, dtype=np.uint8)
            if priced and table.has("annual_amount"):
                self._price(edge, table.numbers("annual_amount"), rows, at)
            self.why[edge][maybe] = UNKNOWN_END

    def _price(self, edge: int, numbers: Numbers, rows: Index, at: Index) -> None:
        amount = np.zeros(self.size, dtype=object if numbers.bound >= 2**62 else np.int64)
        values, reasons = numbers.values.take(rows), numbers.reasons().take(rows)
        known, unknown = (np.flatnonzero(some) for some in (reasons < MISSING, reasons >= MISSING))
        np.add.at(amount, at.take(known), values.take(known))
        np.maximum.at(self.why[edge], at.take(unknown), reasons.take(unknown))
        self.amount[edge] = amount

    def bought(self, edge: int, lines: Any) -> None:
        active = self.active.setdefault(edge, np.zeros(self.size, dtype=bool))
        active[lines] = True


NOBODY = Codes(np.zeros(0, np.int64), (None,))


@dataclass(frozen=True, slots=True)
class Lines:
    """The customers (within groups) of one or two tables, and which of them each row is of."""

    axes: Axes
    group: npt.NDArray[np.int64]  # of each line
    line_of: tuple[Index, ...]  # of each table's rows; -1 without a customer
    row_group: tuple[Index, ...]
    known: Known | None
    zone: str | None = None
    past: tuple[str, ...] | None = None  # the fields of deals read from their changes
    names: Codes = NOBODY  # of the customers, line by line
    of_tables: tuple[Rows, ...] = ()

    @property
    def size(self) -> int:
        return len(self.group)

    @staticmethod
    def of(windows: Sequence[During], period: Periods | str, by: By) -> Lines:
        """The lines of what happened: grouped as the windows group it, by the owner of then."""
        names, periods = as_by(by), as_periods(period)
        if ALL_TIME in periods:
            raise SalesMetricsError(
                "customers are looked at at the start and the end of a period, and all time has "
                "neither; give a period"
            )
        tables = [window.table for window in windows]
        groups, row_group, labels, line_of, pairs = _numbered_once(windows, names)
        own = [n for n in names if n != "customer" and not n.startswith("customer.")]
        axes = Axes(periods, names, groups, non_additive=("period", *own))
        days = [table.known for table in tables if table.known is not None]
        return Lines(
            axes,
            pairs % max(len(groups), 1),
            line_of,
            row_group,
            max(days, key=lambda known: known.day) if days else None,
            next((table.zone.name for table in tables if table.zone is not None), None),
            next((each.from_history for each in tables if each.from_history is not None), None),
            Codes(pairs // max(len(groups), 1), labels),
            tuple(window.base.source() for window in windows),
        )

    def left_out(
        self,
        at: int,
        table: Subscriptions,
        begun: Any,
        over: Any,
        starts: list[int],
        ends: list[int],
    ) -> dict[Reason, Grid]:
        """Subscriptions of nobody, never paid or of an unknown start, that cover a start or end."""
        found = {}
        nobody, never_paid = self.line_of[at] < 0, table.never_paid
        for reason, rows in (
            (Reason("no_field", field="customer"), nobody & (begun != NEVER) & ~never_paid),
            (Reason("no_field", field="started_at"), (begun == NEVER) & ~never_paid),
            (Reason("never_paid"), never_paid & ((over > begun) | (begun == NEVER))),
        ):
            if not rows.any():
                continue
            changes = np.zeros(self.axes.shape, dtype=np.int64)
            for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
                since = np.where(begun == NEVER, 0, begun)
                here = rows & (
                    ((since < start) & (over >= start)) | ((since < end) & (over >= end))
                )
                np.add.at(changes[place + 1], self.row_group[at][here], 1)
            if changes.any():
                found[reason] = Grid(changes, False, table.size)
        return found


Numbered = tuple[
    tuple[Any, ...], tuple[Index, ...], Labels, tuple[Index, ...], npt.NDArray[np.int64]
]


def _numbered_once(windows: Sequence[During], names: tuple[str, ...]) -> Numbered:
    """The groups and the lines of what these windows are of, whatever their periods."""
    of = [window.base for window in windows]
    if not of:
        return _lines(windows)
    key = ("lines", names, *(window.verb for window in windows))
    before, found = of[0].kept.get(key, ((), None))
    if found is None or any(a is not b for a, b in zip(before, of[1:], strict=True)):
        found = _lines(windows)
        of[0].kept[key] = (of[1:], found)
    return found  # type: ignore[no-any-return]


def _lines(windows: Sequence[During]) -> Numbered:
    """The groups, each row's place among them, the customers, and the line of each row."""
    groups = tuple(sorted({g for one in windows for g in one.axes.groups}, key=group_order))
    place = {group: at for at, group in enumerate(groups)}
    row_group = []
    for one in windows:
        # Where no row is looked at there may be no group, and none of them is counted.
        to = np.array([place[group] for group in one.axes.groups] or [0], dtype=np.int32)
        size = one.table.size
        row_group.append(np.zeros(size, np.int32) if one.groups is None else to[one.groups])
    labels, customers = _customers([one.table.codes("customer") for one in windows])
    line_of, pairs = _numbered(customers, row_group, max(len(groups), 1))
    return groups, tuple(row_group), labels, tuple(line_of), pairs


def _customers(columns: Sequence[Codes]) -> tuple[Labels, list[npt.NDArray[Any]]]:
    """The customers of the rows of each table, in one numbering."""
    labels = columns[0].labels if columns else (None,)
    if any(column.labels != labels for column in columns):
        labels = common_labels(columns)
    return labels, [column.relabelled(labels).codes for column in columns]


def _numbered(
    customers: Sequence[Index], groups: Sequence[Index], width: int
) -> tuple[list[Index], npt.NDArray[np.int64]]:
    """The line of each table's rows, a line for each customer in a group, and what each is of."""
    pairs = [
        codes.astype(np.int64) * width + at for codes, at in zip(customers, groups, strict=True)
    ]
    known = [codes != 0 for codes in customers]
    none: npt.NDArray[np.int64] = np.zeros(0, np.int64)
    there = [pair[some] for pair, some in zip(pairs, known, strict=True)]
    each, places = distinct_numbers(np.concatenate([none, *there]))
    line_of, first = [], 0
    for some, mine in zip(known, there, strict=True):
        lines = np.full(len(some), -1, dtype=np.int32)
        lines[some] = places[first : first + len(mine)]
        line_of.append(lines)
        first += len(mine)
    return line_of, each
