"""Customers who started together, and what they are at every age."""

# pyright: reportPossiblyUnboundVariable=false
# What is `priced` has amounts, known and unknown ones.

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt
from dateutil.relativedelta import relativedelta

from ...columns import MISSING
from ...days import EPOCH, NEVER, day_number
from ...errors import NeedsError
from ...money import digits
from ...periods import Period, Periods
from ...reasons import Reason, named, tables_needed
from ...results import Grid, Total
from ...results.definition import Measured
from ...results.evidence import Listed
from ...results.records import Contribution
from ...results.result import Evidence
from ...tables import IntoRevenues, IntoSubscriptions
from ...tables.deals import Deals
from ...tables.grouping import By, allowed_part
from ...tables.revenues import Revenues
from ...tables.subscriptions import Subscriptions
from ...tables.table import Table
from .lines import Book, Lines, happened
from .triangle import Age, Cohorts

__all__ = ["cohorts_of"]

MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
Flags = npt.NDArray[np.bool_]
# Of the period of an age (its first day, and the one after it): who is retained, with what
# revenue, and whose revenue is not known.
Seen = Callable[[int, int], tuple[Flags, npt.NDArray[Any] | None, Flags]]


@dataclass(frozen=True, slots=True)
class _Customers:
    """The customers (within groups), when each started, and what to see of them at an age."""

    lines: Lines
    first: npt.NDArray[np.int64]
    seen: Seen
    excluded: dict[Reason, Grid]
    per: Fraction  # what one of the numbers of revenue is, in major units
    currency: str | None
    basis: tuple[str, ...] = ()


def cohorts_of(
    subscriptions: IntoSubscriptions | None,
    revenues: IntoRevenues | None,
    deals: Any,
    period: Periods | str,
    by: By,
) -> Cohorts:
    """Who started in each period, at every age: by subscriptions, else by purchases."""
    if subscriptions is not None:
        found = _subscribers(allowed_part(Subscriptions.of(subscriptions)), period, by)
    elif revenues is not None or deals is not None:
        table: Table = Deals.of(deals) if revenues is None else Revenues.of(revenues)
        found = _buyers(table, period, by)
    else:
        raise NeedsError(
            tables_needed("subscriptions", "revenues", "deals"),
            "when customers started is told by subscriptions, revenues or won deals",
        )
    lines, axes = found.lines, found.lines.axes
    cohorts: dict[tuple[int, int], tuple[Age, ...]] = {}
    head: list[list[Fraction | None]] = []
    sizes = np.zeros(axes.shape, dtype=np.int64)
    for p, asked in enumerate(axes.periods):
        begun = (found.first >= day_number(asked.start)) & (found.first < day_number(asked.end))
        by_age = _ages(asked, found, begun)
        head.append([])
        for g in range(len(axes.groups)):
            ages = tuple(age[g] for age in by_age)
            finished = [age for age in ages if not age.unfinished]
            head[p].append(finished[-1].retention if finished else None)
            cohorts[p, g] = ages
        sizes[p + 1] = np.bincount(lines.group[begun], minlength=len(axes.groups))
    rows = Grid(sizes, False, int(sizes.sum()))
    known = None if lines.known is None else lines.known.at
    definition = Measured("customers", "by their start", found.basis)
    evidence = Evidence(
        named("cohorts of customers"), "customers by their start", known, lines.past,
        definition=definition, zone=lines.zone,
        source=Listed(lambda _: _started(found), axes.by, lines.of_tables),
    )  # fmt: skip
    return Cohorts(
        axes,
        evidence,
        "proportion",
        {"retention": head},
        "retention",
        Total(axes, evidence, "customers", rows, rows, excluded_rows=found.excluded),
        reason_if_none=Reason("no_cohort"),
        cohorts=cohorts,
        money=found.currency,
    )


def _started(found: _Customers) -> Iterator[Contribution]:
    """The customers of each cohort, with the day on which they started."""
    lines = found.lines
    for asked in lines.axes.periods:
        begun = (found.first >= day_number(asked.start)) & (found.first < day_number(asked.end))
        for line in np.flatnonzero(begun).tolist():
            yield Contribution(
                "customers", str(lines.names.at(line)), line, asked.label,
                lines.axes.groups[int(lines.group[line])],
                date.fromordinal(int(found.first[line]) + EPOCH), 1,
            )  # fmt: skip


def _ages(asked: Period, found: _Customers, begun: Flags) -> list[list[Age]]:
    """Every age that has begun by what is known, in every group."""
    known, size = found.lines.known, len(found.lines.axes.groups)
    rows = np.flatnonzero(begun)
    group = found.lines.group[rows]
    spans: list[tuple[date, date, Flags, Any]] = []
    unpriced = np.zeros(len(rows), dtype=bool)
    for age in count():
        start, end = _edge(asked, age), _edge(asked, age + 1)
        if known is None or start.toordinal() - EPOCH > known.day:
            break
        retained, revenue, unknown = found.seen(day_number(start), day_number(end))
        unpriced |= unknown[rows]
        spans.append((start, end, retained[rows], None if revenue is None else revenue[rows]))
    customers, left_out = _by(group, None, size), _by(group[unpriced], None, size)
    made = []
    for age, (start, end, retained, revenue) in enumerate(spans):
        stay, gone = _by(group[retained], None, size), _by(group[~retained], None, size)
        sums: list[Any] = []
        if revenue is not None:
            was = spans[0][3]
            sums = [
                _by(group[~unpriced], each[~unpriced], size)
                for each in (
                    was,
                    revenue,
                    np.maximum(revenue - was, 0),
                    np.maximum(was - revenue, 0),
                )
            ]
            if any(a + c - d != b for a, b, c, d in zip(*sums, strict=True)):
                raise AssertionError("what was gained and lost does not lead to the revenue")
        if any(a + b != c for a, b, c in zip(stay, gone, customers, strict=True)):
            raise AssertionError("retained and gone do not sum to the cohort")
        money = [[Fraction(each) * found.per for each in one] for one in sums]
        over = known is not None and end.toordinal() - EPOCH <= known.whole_day + 1
        made.append(
            [
                Age(
                    age=age,
                    start=start,
                    end=end,
                    customers=customers[g],
                    retained=stay[g],
                    gone=gone[g],
                    revenue=money[1][g] if money else None,
                    gained=money[2][g] if money else None,
                    lost=money[3][g] if money else None,
                    revenue_retention=money[1][g] / money[0][g] if money and money[0][g] else None,
                    unpriced=left_out[g],
                    unfinished=not over,
                )
                for g in range(size)
            ]
        )
    return made


def _by(group: npt.NDArray[Any], values: npt.NDArray[Any] | None, size: int) -> list[int]:
    """Numbers, or how many there are, of every group: Python integers, which hold any sum."""
    if values is None:
        return [int(each) for each in np.bincount(group, minlength=size)]
    found = np.zeros(size, dtype=object)
    np.add.at(found, group, values.astype(object))
    return [int(each) for each in found]


def _edge(asked: Period, age: int) -> date:
    """The first day of the period so many periods after the one asked for."""
    if asked.unit in MONTHS:
        return asked.start + relativedelta(months=age * MONTHS[asked.unit])
    return asked.start + timedelta(days=age * asked.days)


def _subscribers(table: Subscriptions, period: Periods | str, by: By) -> _Customers:
    """Retained: a subscription covers the end of the period of that age."""
    lines = Lines.of([happened(table, period, by)], period, by)
    line, begun = lines.line_of[0], table.times("started_at").days.astype(np.int64)
    over = table.times("ended_at").days.astype(np.int64)
    paying = table.paying & (over > begun)
    first = np.full(lines.size, NEVER, dtype=np.int64)
    # Of whom it is not known when a subscription ended, no age is known either.
    unsure = np.zeros(lines.size, dtype=bool)
    unsure[line[table.of_unknown_end & paying & (line >= 0)]] = True
    mine = paying & (line >= 0) & (begun != NEVER)
    mine[mine] = ~unsure[line[mine]]
    np.minimum.at(first, line[mine], begun[mine])
    book = Book(lines.size)
    priced = table.has("annual_amount")

    def seen(start: int, end: int) -> tuple[Flags, npt.NDArray[Any] | None, Flags]:
        if end not in book.active:
            book.covering(table, line, begun, over, [end], priced)
        return book.active[end], book.amount[end] if priced else None, book.why[end] > 0

    scale = table.numbers("annual_amount").scale if priced else 1
    undated = (begun == NEVER) & ~table.never_paid
    excluded = _left_out(lines, begun, (line < 0) & paying, undated, "started_at")
    for why, rows in (
        (Reason("end_not_known"), np.append(unsure, False)[line] & paying),
        (Reason("never_paid"), table.never_paid & (over > begun)),
    ):
        excluded |= _begun_in_the_period(lines, begun, rows, why)
    return _Customers(
        lines,
        first,
        seen,
        excluded,
        Fraction(1, 12 * scale * minor(table)),
        table.currency,
        (table.name,),
    )


def _buyers(table: Table, period: Periods | str, by: By) -> _Customers:
    """Retained: bought in the period of that age.  A return is no purchase, but takes revenue."""
    window = happened(table, period, by)
    lines, sold = Lines.of([window], period, by), "won" if isinstance(table, Deals) else None
    line = lines.line_of[0]
    bought, priced = window.meant("that make a customer"), table.has("amount")
    if priced:
        amount = table.numbers("amount")
        unknown = amount.reasons() >= MISSING
        wide = amount.bound >= 2**62
    first = window.first_of(line, lines.size, "that make a customer")
    made: dict[tuple[int, int], tuple[Flags, npt.NDArray[Any] | None, Flags]] = {}

    def seen(start: int, end: int) -> tuple[Flags, npt.NDArray[Any] | None, Flags]:
        if (start, end) not in made:
            inside = window.rows_between(start, end, sold)
            inside = inside[line[inside] >= 0]
            here, without = np.zeros(lines.size, bool), np.zeros(lines.size, bool)
            here[line[inside[bought[inside]]]] = True
            sums = None
            if priced:
                sums = np.zeros(lines.size, dtype=object if wide else np.int64)
                known = inside[~unknown[inside]]
                np.add.at(sums, line[known], amount.values[known])
                without[line[inside[unknown[inside]]]] = True
            made[start, end] = here, sums, without
        return made[start, end]

    days = window.days.astype(np.int64)
    excluded = _left_out(lines, days, (line < 0) & bought, bought & (days == NEVER), "booked_at")
    scale = amount.scale if priced else 1
    return _Customers(
        lines,
        first,
        seen,
        excluded,
        Fraction(1, scale * minor(table)),
        table.currency,
        (table.name,),
    )


def minor(table: Table) -> int:
    """How many minor units make one of the table's currency."""
    return int(10 ** digits(table.currency)) if table.currency else 1


def _left_out(
    lines: Lines, days: npt.NDArray[np.int64], nobody: Flags, undated: Flags, time: str
) -> dict[Reason, Grid]:
    """Rows that might have started a customer in each period, but do not say whom or when."""
    found = {}
    axes, group = lines.axes, lines.row_group[0]
    for field, rows in (("customer", nobody & ~undated), (time, undated)):
        changes = np.zeros(axes.shape, dtype=np.int64)
        for place, asked in enumerate(axes.periods):
            inside = (days >= day_number(asked.start)) & (days < day_number(asked.end))
            np.add.at(changes[place + 1], group[rows & (inside | undated)], 1)
        if changes.any():
            found[Reason("no_field", field=field)] = Grid(changes, False, len(days))
    return found


def _begun_in_the_period(
    lines: Lines, days: npt.NDArray[np.int64], rows: Flags, why: Reason
) -> dict[Reason, Grid]:
    """So many rows that began in each period, under a reason; nothing where there is none."""
    changes = np.zeros(lines.axes.shape, dtype=np.int64)
    for place, asked in enumerate(lines.axes.periods):
        inside = (days >= day_number(asked.start)) & (days < day_number(asked.end))
        np.add.at(changes[place + 1], lines.row_group[0][rows & inside], 1)
    return {why: Grid(changes, False, len(days))} if changes.any() else {}
