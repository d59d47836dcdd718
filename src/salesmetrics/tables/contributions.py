"""The rows that a window counts, one by one, with what each contributes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import MISSING, Keys
from ..days import EPOCH, NEVER, NEVER_SECONDS
from ..errors import SalesMetricsError
from ..history.versions import Taken
from ..money import digits
from ..reasons import Reason
from ..results import Total
from ..results.definition import Measured
from ..results.records import Contribution
from .at_ends import Standing
from .masks import undated_rows
from .moved import Movement, unpriced_reason
from .overlapping import Overlapping
from .row_sets import RowSet
from .rows import Rows
from .stood import Chosen, Many
from .unknown import kinds_of_unknown, named_reasons
from .verbs import During
from .window import Window
from .worked import Clocked, worked

__all__ = ["contributions", "listed_by"]

Index = npt.NDArray[np.int64]


def contributions(
    window: Window, asked: Measured, clock: Clocked | None = None
) -> Iterator[Contribution]:
    """Every row behind what was measured of this window, and those left out."""
    if isinstance(window, Movement):
        yield from _moved(window, asked)
        return
    if isinstance(window, Overlapping):
        yield from _lasted(window)
        return
    assert isinstance(window, (During, Standing))
    if asked.of == ("age",):
        assert isinstance(window, Standing)
        yield from _aged(window)
        return
    numbers = _Numbers(window, asked, clock)
    for period, rows, groups, days in _placed(window, asked):
        yield from _listed(window, period, rows, groups, days, *numbers.of(rows))
    if isinstance(window, During) and window.gone is not None:
        for period, rows, groups, days in _removed(window, window.gone, asked):
            gone = [Reason("removed")] * len(rows)
            yield from _listed(window, period, rows, groups, days, None, gone)
    for reason, (period, rows, groups) in _undated(window, asked):
        yield from _listed(window, period, rows, groups, None, None, [reason] * len(rows))


def _moved(window: Movement, asked: Measured) -> Iterator[Contribution]:
    """The deals in one part of a movement; of an increase what each gained."""
    of = asked.of[0]
    currency = window.table.currency if of in ("amount", "weighted") else None
    found, scale = window.deals_in(asked.of)
    minor = scale * (10 ** digits(currency) if currency else 1)
    keys = window.deals.columns.get("id")
    for _, number, rows, amounts, sure, groups in found:
        ids = keys.take(rows).labels() if isinstance(keys, Keys) else [None] * len(rows)
        for at, row in enumerate(rows.tolist()):
            known = bool(sure[at])
            yield Contribution(
                window.deals.name, ids[at], row, window.axes.periods[number].label,
                window.axes.groups[int(groups[at])], None,
                Fraction(int(amounts[at]), minor) if known else None,
                None if known else unpriced_reason(of),
            )  # fmt: skip


def _lasted(window: Overlapping) -> Iterator[Contribution]:
    """What reached into each period, with the days that it had lasted when last seen in it."""
    for number in range(len(window.axes.periods)):
        rows, days = window.seen_in(number)
        groups = np.zeros(len(rows), np.int64) if window.groups is None else window.groups[rows]
        began = window.table.times(window.start).days[rows]
        none: list[Reason | None] = [None] * len(rows)
        yield from _listed(window, number, rows, groups, began, days.tolist(), none)


def _aged(window: Standing) -> Iterator[Contribution]:
    """What stands at each end, with the days that it has stood."""
    for number in range(len(window.axes.periods)):
        stood = window.rows_at_end(number)
        at = np.flatnonzero(stood.since != NEVER)
        days = np.maximum(stood.instant - 1 - stood.since[at].astype(np.int64), 0)
        none: list[Reason | None] = [None] * len(at)
        yield from _listed(
            window, number, stood.rows[at], stood.groups[at], stood.since[at], days.tolist(), none
        )


def listed_by(total: Total, chosen: Chosen | Many) -> Total:
    """A count of what stood and was chosen, or of what it has, which can list its rows."""
    source = Those(total.evidence.source, chosen)
    return replace(total, evidence=replace(total.evidence, source=source))


@dataclass(frozen=True, slots=True)
class Those:
    """A source of rows that stand at an end and are chosen by what is no column of theirs."""

    table: Any
    chosen: Any

    def contributions(self, asked: Measured, periods: Any, by: Any) -> Iterator[Contribution]:
        """The rows chosen, in every period and group."""
        window = self.table.reopened(asked, periods, by)
        for period in range(len(window.axes.periods)):
            stood = window.rows_at_end(period)
            many = self.chosen(stood).astype(np.int64)
            at = np.flatnonzero(many)
            days = stood.since[at]
            none: list[Reason | None] = [None] * len(at)
            yield from _listed(
                window, period, stood.rows[at], stood.groups[at], days, many[at].tolist(), none
            )

    def same_rows(self, other: Any) -> bool:
        """Whether the other is of the same rows of the same table."""
        return isinstance(other, Those) and bool(self.table.same_rows(other.table))


def _placed(window: During | Standing, asked: Measured) -> Iterator[tuple[int, Index, Index, Any]]:
    """Of each period the rows of the row sets that count in it, their groups and days."""
    among, table = window._rows_of(asked.where or None), window.table
    rows = np.arange(table.size) if among is None else among
    places = window._placed(asked.where or None)
    across, axes = window.axes.shape[1], window.axes
    atoms = [cells // across for cells, _ in places]
    groups = places[0][0] % across
    days = table.times(window.time if isinstance(window, During) else window.start).days
    for period in range(len(axes.periods)):
        first, last = int(axes.starts[period]), int(axes.ends[period])
        if isinstance(window, During):
            inside = (atoms[0] > first) & (atoms[0] <= last)
        else:
            inside = (atoms[0] <= last) & (atoms[1] > last)
        at = np.flatnonzero(inside)
        yield period, rows[at], groups[at], days[rows[at]]


def _removed(
    window: During, gone: npt.NDArray[np.bool_], asked: Measured
) -> Iterator[tuple[int, Index, Index, Any]]:
    """Rows that would count in each period, had they not been deleted."""
    for where in asked.where:
        gone = gone & window.table.where(where)
    rows = np.flatnonzero(gone)
    atoms, axes = window.happened[rows].astype(np.int64), window.axes
    groups = np.zeros(len(rows), np.int64) if window.groups is None else window.groups[rows]
    for period in range(len(axes.periods)):
        inside = (atoms > int(axes.starts[period])) & (atoms <= int(axes.ends[period]))
        at = np.flatnonzero(inside)
        yield period, rows[at], groups[at].astype(np.int64), window.days[rows[at]]


class _Numbers:
    """What each row contributes: itself, a number of its own, or days between two of its times."""

    def __init__(self, window: During | Standing, asked: Measured, clock: Clocked | None) -> None:
        self.window, self.asked, self.clock = window, asked, clock
        self.column = str(asked.of[0])

    def of(self, rows: Index) -> tuple[list[Any], list[Reason | None]]:
        table, of = self.window.table, self.asked.of
        if of == ("rows",):
            return [1] * len(rows), [None] * len(rows)
        if of[0] in ("days", "seconds"):
            return self._days(rows)
        numbers = self.window._numbers(self.column)
        factor = self.window._weight(self.asked.weights) if self.asked.weights else None
        kinds = kinds_of_unknown(numbers, factor, rows)
        reasons = dict(named_reasons(table, self.column, self.asked.weights))
        scale = numbers.scale * (1 if factor is None else factor.scale)
        currency = self.window._currency(self.column)
        places = digits(currency) if currency else 0
        plain = scale == 1 and currency is not None  # amounts as they are written
        values = numbers.values_at(rows).tolist()
        weights = [1] * len(rows) if factor is None else factor.values_at(rows).tolist()
        found: list[Any] = []
        why: list[Reason | None] = []
        for at, (value, weight) in enumerate(zip(values, weights, strict=True)):
            kind = 0 if kinds is None else int(kinds[at])
            known = kind < MISSING
            amount = Decimal(value).scaleb(-places) if plain else None
            exact = amount if plain else Fraction(value * weight, scale * 10**places)
            found.append(exact if known else None)
            why.append(None if known else reasons[kind])
        return found, why

    def _days(self, rows: Index) -> tuple[list[Any], list[Reason | None]]:
        """Whole days, or hours as fractions, by the clock that the figure was measured on."""
        kind, start, end, *calendars = self.asked.of
        table, clock = self.window.table, self.clock
        if clock is None and (any(calendars) or not isinstance(end, str)):
            raise SalesMetricsError(
                "a saved figure does not keep the calendar of work that its hours are of; compute "
                "it again, with the calendar, for its rows"
            )
        days, last = kind == "days", end if isinstance(end, str) else end[0]
        ends: RowSet = end if clock is None else clock.end
        columns = [table.times(name) for name in (start, ends)]
        since, until = ((c.days if days else c.seconds)[rows] for c in columns)
        never = NEVER if days else NEVER_SECONDS
        usable = (since <= until) & (until != never)
        lengths = until[usable].astype(np.int64) - since[usable]
        if clock is not None and clock.calendar is not None:
            lengths = worked(table.zone, since[usable], until[usable], clock.calendar)
        found: list[Any] = [None] * len(rows)
        for at, length in zip(np.flatnonzero(usable).tolist(), lengths.tolist(), strict=True):
            found[at] = length if days else Fraction(length, 3_600)
        unended = None if clock is None else clock.unended
        came = undated_rows(table, last)
        why: list[Reason | None] = [None] * len(rows)
        for at in np.flatnonzero(~usable).tolist():
            if until[at] != never:
                missed = Reason("no_field", field=start)
                late = Reason("before", later=last, first=start)
                why[at] = missed if since[at] == never else late
            elif unended is None or (came is not None and came[rows[at]]):
                why[at] = Reason("no_field", field=last)
            else:
                why[at] = unended
        return found, why


def _undated(
    window: During | Standing, asked: Measured
) -> Iterator[tuple[Reason, tuple[int, Index, Index]]]:
    """Rows that may belong to each period, but do not say when they were, or how they stand."""
    groups, where = window.groups, asked.where or None
    for reason, grid in window._left_out(where).items():
        read = grid.read(window.axes)
        for period in range(len(window.axes.periods)):
            told = window.told_by(reason, period, where)
            rows = np.flatnonzero(told) if told is not None else np.zeros(0, np.int64)
            if not read[period].any() or not len(rows):
                continue
            own = np.zeros(len(rows), np.int64) if groups is None else groups[rows]
            yield reason, (period, rows, own.astype(np.int64))


def _listed(
    window: Window,
    period: int,
    rows: Index,
    groups: Index,
    days: Any,
    amounts: list[Any] | None,
    reasons: Sequence[Reason | None],
) -> Iterator[Contribution]:
    table = window.table
    taken = isinstance(table.columns, Taken)
    base: Rows = window.base if taken else table
    own = table.columns.rows[rows] if isinstance(table.columns, Taken) else rows
    keys = base.columns.get("id")
    ids = keys.take(own).labels() if isinstance(keys, Keys) else [None] * len(rows)
    label = window.axes.periods[period].label
    for at, row in enumerate(own.tolist()):
        day = None if days is None or days[at] == NEVER else int(days[at]) + EPOCH
        yield Contribution(
            base.name,
            ids[at],
            row,
            label,
            window.axes.groups[int(groups[at])],
            None if day is None else date.fromordinal(day),
            None if amounts is None else amounts[at],
            reasons[at],
        )
