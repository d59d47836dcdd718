"""The two verbs for time: what happened during a period, and what stood at its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Numbers, Times
from ..days import NEVER, NEVER_SECONDS
from ..history.versions import Taken
from ..money import digits
from ..reasons import Reason
from ..results import Axes, Distribution, Grid, Total
from ..results.distribution import BITS, Tally
from .grouping import Grouping
from .placed_rows import Picked
from .places import Places
from .row_sets import RowSet, Where, asks
from .rows import Rows
from .stood import Chosen, Many, Stood, levels_at_ends, sums_at_ends
from .window import Window

__all__ = ["During", "Standing"]

UNSAID = Reason("no_field", field="outcome")


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
        atoms = self._atoms(time)
        gone, self.happened = _gone(table), atoms
        self.gone = None if gone is None else self.of_allowed(gone)
        if self.gone is not None:  # what was deleted happened in no period
            atoms = np.where(self.gone, 0, atoms).astype(np.uint16)
        if self.allowed is not None:
            atoms = np.where(self.allowed, atoms, 0).astype(np.uint16)
        # What lies before the first period or after the last one moves no figure.
        inside = (atoms > 0) & (atoms < axes.shape[0] - 1)
        self.rows: Picked = None if inside.all() else np.flatnonzero(inside)
        cells = self._cells(self._at(atoms), None if groups is None else self._at(groups))
        self.places: Places = ((cells, 1),)

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
            there = self.of_allowed(_of_sets(self.table, where))
            return there if self.gone is None else there & ~self.gone

        return self._once(("meant", where), meant)

    def _undated(self, where: Where) -> dict[Reason, Grid]:
        """Rows without the milestone that every row has: they belong to some period, unknown."""
        if self.time not in (self.table.born, *self.table.always, *self.table.dated):
            return {}
        undated = self._once("never", lambda: self.of_allowed(self.days == NEVER))
        if not undated.any():
            return {}
        rows = _in_sets(self.table, undated, where)
        changes = self._sums(("undated", where))
        np.add.at(changes, _first_atom(self.groups, rows), 1)
        shaped = changes.reshape(self.axes.shape)
        own = self.time in self.table.record.model_fields
        missing = self.time if own else self.table.born
        return {Reason("no_field", field=missing): Grid(shaped, True, len(self.table.whole))}

    def _unsaid(self, where: Where) -> dict[Reason, Grid]:
        """Of what happened by the close, in no period that is known; else in its own."""
        mask = unsaid_rows(self.table) if asks(self.table.row_sets, where, "outcome") else None
        if mask is None:
            return {}
        if self.time == "closed_at":
            rows = np.flatnonzero(self.of_allowed(mask))
            changes = self._sums(("unsaid", where))
            np.add.at(changes, _first_atom(self.groups, rows), 1)
            return {UNSAID: Grid(changes.reshape(self.axes.shape), True, len(self.table.whole))}
        rows = np.flatnonzero(self._at(self.of_allowed(mask)))
        ((cells, _),) = self.places
        return {UNSAID: self._grid(("unsaid", where), ((cells[rows], 1),))}

    def _not_meant(self, where: Where) -> dict[Reason, Grid]:
        """Rows that were deleted."""
        if self.gone is None:
            return {}
        rows = _in_sets(self.table, self.gone, where)
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
                reasons.append((unended, until == never))
            for reason, hit in reasons:
                rows = np.flatnonzero(hit)
                if len(rows):
                    excluded[reason] = self._grid((reason, key), ((cells[rows], 1),))
            rows = np.flatnonzero(usable)
            since, until, cells = since[rows], until[rows], cells[rows]
        length = until.astype(np.int64) - since if seconds is None else seconds(since, until)
        tally: Tally = self._kept.setdefault(key, Tally([]))
        tally.parts.append(((cells << BITS) | length, None))
        return Distribution(
            self.axes,
            self._evidence(where, (key[0], start, end, *key[5:])),
            "days" if seconds is None else "hours",
            tally,
            per=Fraction(1) if seconds is None else Fraction(1, 3_600),
            excluded_rows=self._reasons(key, excluded),
        )

    def _amounts(self, column: str, where: Where) -> Distribution:
        total = self.total(column, where)  # which knows what was left out, and why
        numbers, rows = self._numbers(column), self._rows_of(where)
        ((cells, _),) = self._placed(where)
        numbers = numbers if rows is None else numbers.take(rows)
        if (known := numbers.known()) is not None:
            cells = cells[known]
        levels = self._levels(column)
        values = numbers.values if known is None else numbers.values[known]
        key = ("amounts", column, where)
        tally: Tally = self._kept.setdefault(key, Tally([]))
        tally.parts.append(((cells << BITS) | np.searchsorted(levels, values), None))
        minor = 10 ** digits(total.currency) if total.currency else 1
        return Distribution(
            self.axes,
            self._evidence(where, (column, "spread")),
            column,
            tally,
            per=Fraction(1, numbers.scale * minor),
            excluded_rows=total.excluded_rows,
            currency=total.currency,
            levels=levels,
        )


class Standing(Window):
    """What there was at each period's end: begun before it and not ended before it."""

    stock = True
    start: str
    end: str | None
    groups: npt.NDArray[Any] | None
    started: npt.NDArray[np.uint16]
    ended: npt.NDArray[np.uint16]
    any_undated: bool
    undated: npt.NDArray[np.bool_]
    came: npt.NDArray[np.uint16]
    went: npt.NDArray[np.uint16]
    unsaid: npt.NDArray[np.bool_] | None
    may_stand: npt.NDArray[Any]

    def __init__(
        self,
        table: Rows,
        axes: Axes,
        grouped: Grouping,
        start: str,
        end: str | None,
        kept: dict[Any, Any] | None = None,
    ) -> None:
        super().__init__(table, axes, grouped, kept)
        self.start, self.end = start, end
        started: npt.NDArray[np.uint16] = table.times(start).days
        ended = np.full(table.size, NEVER, np.uint16) if end is None else table.times(end).days
        self.started = started
        self.undated = self.of_allowed(started == NEVER)
        self.any_undated = bool(self.undated.any())
        went = self._atoms(end) if end is not None else axes.atom_of_day[ended]
        gone = _gone(table)
        if gone is not None and end is not None:
            ended = np.minimum(ended, table.times("removed_at").days)
            went = np.minimum(went, self._atoms("removed_at"))
        elif gone is not None:  # what was deleted has happened never, not until it was deleted
            ended, went = np.where(gone, 0, ended), np.where(gone, 0, went).astype(np.uint16)
        self.ended = ended
        # A row that ended before it began never stood: it comes and goes on the same day.
        came = np.minimum(self._atoms(start), went)
        if self.any_undated:
            unended = self.undated & (ended == NEVER)
            came = np.where(unended, axes.atom_of_day[self._present()], came)
        self.unsaid = unsaid_rows(table) if end == "closed_at" else None
        if self.unsaid is not None:  # what may have ended is not known to stand
            self.unsaid &= self.of_allowed(came != went)
            self.may_stand = came
            came = np.where(self.unsaid, went, came)
        # What comes and goes between two ends that are asked for moves no figure.
        moving = self.of_allowed(came != went)
        self.rows: Picked = None if moving.all() else np.flatnonzero(moving)
        self.came, self.went = self._at(came), self._at(went)
        groups = None if self.groups is None else self._at(self.groups)
        self.places: Places = (
            (self._cells(self.came, groups), 1),
            (self._cells(self.went, groups), -1),
        )

    def _present(self) -> int:
        """The day from which rows without a beginning are known to stand: the last one recorded."""
        known, complete = self.table.known, self.table.complete
        if known is None or complete is None or known.day < complete.day:
            return NEVER
        return complete.day

    @property
    def population(self) -> str:
        until = "" if self.end is None else f" to {self.end}"
        return f"{self.table.name} from {self.start}{until}"

    def rows_at_end(self, place: int) -> Stood:
        """What stood at the end of the period at that place: the rows that `count` counts."""
        end = int(self.axes.ends[place])
        return self._once(("stood", end), lambda: self._stood(end))

    def count_those(self, named: RowSet, chosen: Chosen) -> Total:
        """How many of the rows standing at each end are chosen, by what is no column of theirs."""
        return self._once(("those", named), lambda: self._count_those(named, chosen))

    def sum_those(self, named: RowSet, many: Many) -> Total:
        """How many of something the rows standing at each end have, where no column tells it."""
        return self._once(("sum of those", named), lambda: self._sum_those(named, many))

    def _stood(self, end: int) -> Stood:
        at = np.flatnonzero((self.came <= end) & (self.went > end))
        rows = at if self.rows is None else self.rows[at]
        columns, day = self.table.columns, int(self.axes.bounds[end])
        born = self.table.born or self.start
        # A version began when something changed; what it is a version of, when that was born.
        of = columns.rows[rows] if isinstance(columns, Taken) else rows
        since = columns.source(born) if isinstance(columns, Taken) else self.table.times(born)
        assert isinstance(since, Times)
        known = NEVER if self.table.known is None else self.table.known.day + 1
        groups = np.zeros(len(rows), np.int64) if self.groups is None else self.groups[rows]
        return Stood(day, min(day, known), rows, of, since.days[of], groups)

    def _count_those(self, named: RowSet, chosen: Chosen) -> Total:
        levels, undated = levels_at_ends(self.axes, self.rows_at_end, chosen)
        grid = self._counts(levels)
        assumed = (
            {Reason("undated", field=self.start): self._counts(undated)} if undated.any() else {}
        )
        left_out = dict(self._left_out(None))
        evidence = self._evidence((named,))
        return Total(
            self.axes, evidence, self.table.name, grid, grid,
            excluded_rows=left_out, assumed_rows=assumed,
        )  # fmt: skip

    def _sum_those(self, named: RowSet, many: Many) -> Total:
        changes = sums_at_ends(self.axes, self.rows_at_end, many)
        sums = Grid(changes, self.stock, int(np.abs(changes).sum()))
        return replace(self.count(), evidence=self._evidence((named,)), sums=sums)

    def _numbers(self, column: str) -> Numbers:
        if self.end is None:
            return super()._numbers(column)
        return self.table.numbers_before(column, self.end)

    def _undated(self, where: Where) -> dict[Reason, Grid]:
        """Rows without a beginning, for as long as it is not known whether they stood."""
        if not self.any_undated:
            return {}
        rows = _in_sets(self.table, self.undated, where)
        if not len(rows):
            return {}
        until = np.where(self.ended == NEVER, self._present(), self.ended)[rows]
        atoms = self.axes.atom_of_day.take(until, mode="clip")
        groups = None if self.groups is None else self.groups[rows]
        changes = self._sums(("undated", where))
        np.add.at(changes, _first_atom(self.groups, rows), 1)
        np.subtract.at(changes, self._cells(atoms, groups), 1)
        shaped = changes.reshape(self.axes.shape)
        return {Reason("no_field", field=self.start): Grid(shaped, True, len(self.table.whole))}

    def _unsaid(self, where: Where) -> dict[Reason, Grid]:
        """Rows that may have ended, from their beginning on."""
        if self.unsaid is None or not self.unsaid.any():
            return {}
        rows = np.flatnonzero(self.unsaid)
        groups = None if self.groups is None else self.groups[rows]
        cells = self._cells(self.may_stand[rows], groups)
        return {UNSAID: self._grid(("unsaid", where), ((cells, 1),))}

    def _not_meant(self, where: Where) -> dict[Reason, Grid]:
        """Of what has happened once for all, rows that were deleted."""
        gone = _gone(self.table)
        if gone is None or self.end is not None:
            return {}
        rows = _in_sets(self.table, self.of_allowed(gone & (self.started != NEVER)), where)
        groups = None if self.groups is None else self.groups[rows]
        cells = self._cells(self._atoms(self.start)[rows], groups)
        return {Reason("removed"): self._grid(("removed", where), ((cells, 1),))}

    def _undated_now(self, where: Where) -> dict[Reason, Grid]:
        """Rows without a beginning that are known to stand now."""
        if not self.any_undated or self._present() == NEVER:
            return {}
        mask = self._at(self.undated & (self.ended == NEVER))
        also = self._mask(where)
        rows = np.flatnonzero(mask if also is None else mask & also)
        if not len(rows):
            return {}
        places = tuple((cells[rows], sign) for cells, sign in self.places)
        return {Reason("undated", field=self.start): self._grid(("undated now", where), places)}

    def _ages(self, where: Where) -> Distribution:
        """Days from the beginning to the last day of each period, or the last one known."""
        key = ("ages", where)
        if ("axes", key) not in self._kept:
            axes = self.axes
            self._kept["axes", key] = Axes(axes.periods, axes.by, axes.groups, apart=("period",))
        apart: Axes = self._kept["axes", key]
        known = NEVER if self.table.known is None else self.table.known.day
        wanted = _of_sets(self.table, where)
        tally: Tally = self._kept.setdefault(key, Tally([]))
        for place in range(len(apart.periods)):
            stood = self.rows_at_end(place)
            there = np.flatnonzero((stood.since != NEVER) & wanted[stood.rows])
            age = np.maximum(min(stood.end - 1, known) - stood.since[there].astype(np.int64), 0)
            cells = (place + 1) * apart.shape[1] + stood.groups[there].astype(np.int64)
            tally.parts.append(((cells << BITS) | age, None))
        undated = {**self._left_out(where), **self._stands_in(where)}
        excluded: dict[Reason, Grid] = {}
        for why, grid in undated.items():
            changes = np.zeros(apart.shape, dtype=np.int64)
            changes[1:] = grid.read(self.axes)
            excluded[why] = Grid(changes, False, grid.bound)
        return Distribution(
            apart,
            self._evidence(where, ("age",)),
            "days",
            tally,
            excluded_rows=self._reasons(key, excluded),
        )


def unsaid_rows(table: Rows) -> npt.NDArray[np.bool_] | None:
    """Which deals say nothing of how they stand; None where all do, or the table is narrowed."""
    outcome = table.columns.get("outcome") if table.name == "deals" and not table.narrowed else None
    if not isinstance(outcome, Codes):
        return None
    mask = np.asarray(outcome.codes == 0)
    return mask if mask.any() else None


def _gone(table: Rows) -> npt.NDArray[np.bool_] | None:
    """Which rows were deleted; None where none was."""
    removed = table.columns.get("removed_at")
    if not isinstance(removed, Times):
        return None
    gone = np.asarray(removed.days != NEVER)
    return gone if gone.any() else None


def _of_sets(table: Rows, where: Where) -> npt.NDArray[np.bool_]:
    """The rows of all these row sets."""
    found = np.ones(table.size, dtype=bool)
    for name in (where,) if isinstance(where, str) else where or ():
        found &= table.where(name)
    return found


def _in_sets(table: Rows, mask: npt.NDArray[np.bool_], where: Where) -> npt.NDArray[np.int64]:
    """The rows of a mask that are also of the row sets."""
    for name in (where,) if isinstance(where, str) else where or ():
        mask = mask & table.where(name)
    return np.flatnonzero(mask)


def _first_atom(groups: npt.NDArray[Any] | None, rows: npt.NDArray[np.int64]) -> Any:
    """The cells of rows that count from before the first period on."""
    return np.zeros(len(rows), np.int64) if groups is None else groups[rows].astype(np.int64)
