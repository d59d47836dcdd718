"""The verb for what happened during a period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import MISSING
from ..days import NEVER, NEVER_SECONDS
from ..money import digits
from ..periods import ALL_TIME
from ..reasons import Reason
from ..results import Axes, Distribution, Grid
from ..results.tally import BITS, Tally
from .grouping import Grouping
from .masks import (
    UNSAID,
    first_atom,
    gone_rows,
    in_sets,
    of_sets,
    undated_rows,
    unsaid_rows,
)
from .placed_rows import Picked
from .places import Places
from .row_sets import RowSet, Where, asks
from .rows import Rows
from .window import Window
from .worked import Clocked

__all__ = ["During"]


class During(Window):
    """What happened in each period, dated by one time column."""

    stock = False
    time: str
    groups: npt.NDArray[Any] | None
    days: npt.NDArray[np.uint16]
    gone: npt.NDArray[np.bool_] | None
    happened: npt.NDArray[np.uint16]

    def __init__(
        self,
        table: Rows,
        axes: Axes,
        grouped: Grouping,
        time: str,
        kept: dict[Any, Any] | None = None,
    ) -> None:
        super().__init__(table, axes, grouped, kept)
        self.time, groups = time, self.groups
        self.days = table.times(time).days
        atoms, undated = self._atoms(time), None
        if ALL_TIME in axes.periods and (undated := undated_rows(table, time)) is not None:
            # Over all time they count, though nobody knows when they happened.
            atoms = np.where(undated, axes.atom_of(0), atoms).astype(np.uint16)
        gone, self.happened = gone_rows(table), atoms
        self.gone = None if gone is None else self.of_allowed(gone)
        if self.gone is not None:  # what was deleted happened in no period
            atoms = np.where(self.gone, 0, atoms).astype(np.uint16)
        if self.allowed is not None:
            atoms = np.where(self.allowed, atoms, 0).astype(np.uint16)
        self.undated: npt.NDArray[np.bool_] | None = (
            None if undated is None else undated & (atoms != 0)
        )
        # What lies before the first period or after the last one moves no figure.
        inside = (atoms > 0) & (atoms < axes.shape[0] - 1)
        self.rows: Picked = None if inside.all() else np.flatnonzero(inside)
        cells = self._cells(self._at(atoms), None if groups is None else self._at(groups))
        self.places: Places = ((cells, 1),)

    @property
    def ahead(self) -> bool:
        return self.table.is_planned(self.time)

    @property
    def population(self) -> str:
        return f"{self.table.name} by {self.time}"

    def rows_between(self, first: int, after: int, where: Where = None) -> npt.NDArray[np.int64]:
        """The rows of the table that happened from one day on and before another.

        Asked of any days, not of the window's periods alone; deleted rows happened on none.
        """
        inside = (self.days >= first) & (self.days < min(after, NEVER))
        return np.flatnonzero(inside & self.meant(where))

    def first_of(self, lines: npt.NDArray[np.int64], size: int, where: Where = None) -> Any:
        """The first day on which something of each line happened; `lines` has each row's, or -1."""
        rows = np.flatnonzero(self.meant(where) & (lines >= 0))
        found = np.full(size, NEVER, dtype=np.int64)
        np.minimum.at(found, lines[rows], self.days[rows].astype(np.int64))
        return found

    def meant(self, where: Where) -> npt.NDArray[np.bool_]:
        """Which rows looked at are of these row sets and were not deleted."""

        def meant() -> npt.NDArray[np.bool_]:
            there = self.of_allowed(of_sets(self.table, where))
            return there if self.gone is None else there & ~self.gone

        return self._once(("meant", where), meant)

    def _undated(self, where: Where) -> dict[Reason, Grid]:
        """Rows that belong to some period, unknown which: in all time they are counted."""
        undated = self._once("never", lambda: undated_rows(self.table, self.time))
        if undated is None or not (undated := self.of_allowed(undated)).any():
            return {}
        rows = in_sets(self.table, undated, where)
        changes = self._sums(("undated", where))
        cells = first_atom(self.groups, rows)
        np.add.at(changes, cells, 1)
        for last in {int(self.axes.ends[place]) for place in self._all_time()}:
            np.subtract.at(changes, cells + last * self.axes.shape[1], 1)
        shaped = changes.reshape(self.axes.shape)
        missing = self._field_of_time()
        return {Reason("no_field", field=missing): Grid(shaped, True, len(self.table.whole))}

    def _undated_now(self, where: Where) -> dict[Reason, Grid]:
        """Of all time, rows known to have had the event, but not when."""
        if self.undated is None or not self.undated.any():
            return {}
        rows = np.flatnonzero(self._at(self.undated & of_sets(self.table, where)))
        ((cells, _),) = self.places
        grid = self._grid(("undated now", where), ((cells[rows], 1),))
        return {Reason("undated", field=self._field_of_time()): grid}

    def _all_time(self) -> list[int]:
        return [at for at, period in enumerate(self.axes.periods) if period == ALL_TIME]

    def _field_of_time(self) -> str | None:
        own = self.time in self.table.record.model_fields
        return self.time if own else self.table.born or self.time

    def _unsaid(self, where: Where) -> dict[Reason, Grid]:
        """Of what happened by the close, in no period that is known; else in its own."""
        mask = unsaid_rows(self.table) if asks(self.table.row_sets, where, "outcome") else None
        if mask is None:
            return {}
        if self.time == "closed_at":
            rows = np.flatnonzero(mask & self.meant(None))
            changes = self._sums(("unsaid", where))
            np.add.at(changes, first_atom(self.groups, rows), 1)
            return {UNSAID: Grid(changes.reshape(self.axes.shape), True, len(self.table.whole))}
        rows = np.flatnonzero(self._at(self.of_allowed(mask)))
        ((cells, _),) = self.places
        return {UNSAID: self._grid(("unsaid", where), ((cells[rows], 1),))}

    def told_by(self, reason: Reason, place: int, where: Where) -> npt.NDArray[np.bool_] | None:
        """The rows left out of a period: they do not tell when they were, or how they stand."""
        if reason != UNSAID:
            undated, there = undated_rows(self.table, self.time), of_sets(self.table, where)
            return None if undated is None else self.of_allowed(undated & there)
        unsaid = unsaid_rows(self.table)
        if unsaid is None or self.time == "closed_at":  # it may have been in any
            return None if unsaid is None else unsaid & self.meant(None)
        first, last = int(self.axes.starts[place]), int(self.axes.ends[place])
        return unsaid & self.meant(None) & (self.happened > first) & (self.happened <= last)

    def _not_meant(self, where: Where) -> dict[Reason, Grid]:
        """Rows that were deleted."""
        if self.gone is None:
            return {}
        rows = in_sets(self.table, self.gone, where)
        groups = None if self.groups is None else self.groups[rows]
        cells = self._cells(self.happened[rows], groups)
        return {Reason("removed"): self._grid(("removed", where), ((cells, 1),))}

    def _between(
        self,
        key: Any,
        start: str,
        end: RowSet,
        where: Where,
        unended: Reason | None,
        seconds: Callable[[Any, Any], Any] | None,
    ) -> Distribution:
        last = end if isinstance(end, str) else end[0]
        columns = [self.table.times(name) for name in (start, end)]
        since, until = (c.days if seconds is None else c.seconds for c in columns)
        never = NEVER if seconds is None else NEVER_SECONDS
        counted = self._rows_of(where)
        if counted is not None:
            since, until = (c.take(counted, mode="clip") for c in (since, until))
        ((cells, _),) = self._placed(where)
        usable = (since <= until) & (until != never)
        excluded = dict(self._left_out(where))
        if not usable.all():
            reasons = [
                (Reason("no_field", field=start), (since == never) & (until != never)),
                (
                    Reason("before", later=last, first=start),
                    (since > until) & (since != never),
                ),
            ]
            if unended is not None:
                absent = until == never
                if (undated := undated_rows(self.table, last)) is not None:  # it came some day
                    came = undated if counted is None else undated.take(counted, mode="clip")
                    reasons.append((Reason("no_field", field=last), came & absent))
                    absent &= ~came
                reasons.append((unended, absent))
            elif last == self.time:  # of all time, what happened nobody knows when
                reasons.append((Reason("no_field", field=last), until == never))
            for reason, hit in reasons:
                rows = np.flatnonzero(hit)
                if len(rows):
                    excluded[reason] = self._grid((reason, key), ((cells[rows], 1),))
            rows = np.flatnonzero(usable)
            since, until, cells = since[rows], until[rows], cells[rows]
        length = until.astype(np.int64) - since if seconds is None else seconds(since, until)
        tally: Tally = self._kept.setdefault(key, Tally([]))
        tally.parts.append(((cells << BITS) | length, None))
        evidence = self._evidence(where, (key[0], start, end, *key[5:]))
        clock = Clocked(evidence.source, end, key[5] if key[5:] else None, unended)
        return Distribution(
            self.axes,
            replace(evidence, source=clock),
            "days" if seconds is None else "hours",
            tally,
            per=Fraction(1) if seconds is None else Fraction(1, 3_600),
            excluded_rows=self._reasons(key, excluded),
        )

    def known_of(self, column: str, where: Where) -> tuple[Any, Any, Any]:
        """The rows of these row sets whose number is known, the cell of each, and the number."""
        numbers, rows = self._numbers(column), self._rows_of(where)
        ((cells, _),) = self._placed(where)
        rows = np.arange(self.table.size) if rows is None else rows
        if numbers.why is not None:
            known = np.flatnonzero(numbers.why[rows] < MISSING)
            rows, cells = rows[known], cells[known]
        return rows, cells, numbers.values_at(rows)

    def _amounts(self, column: str, where: Where) -> Distribution:
        total = self.total(column, where)  # which knows what was left out, and why
        _, cells, values = self.known_of(column, where)
        levels = self._levels(column)
        key = ("amounts", column, where)
        tally: Tally = self._kept.setdefault(key, Tally([]))
        tally.parts.append(((cells << BITS) | np.searchsorted(levels, values), None))
        minor = 10 ** digits(total.currency) if total.currency else 1
        return Distribution(
            self.axes,
            self._evidence(where, (column, "spread")),
            column,
            tally,
            per=Fraction(1, self._numbers(column).scale * minor),
            excluded_rows=total.excluded_rows,
            currency=total.currency,
            levels=levels,
            assumed_rows=total.assumed_rows,
        )
