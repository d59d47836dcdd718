"""The verb for what stood at the end of a period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import MISSING, Numbers, Times
from ..days import NEVER
from ..history.unclosed import unclosed_rows
from ..history.versions import Taken
from ..money import digits
from ..reasons import Reason
from ..results import Axes, Distribution, Grid, Total
from ..results.tally import BITS, Tally, levels_of
from .grouping import Grouping
from .masks import UNSAID, first_atom, gone_rows, in_sets, of_sets, unsaid_rows
from .placed_rows import Picked
from .places import Places
from .row_sets import RowSet, Where
from .rows import Rows
from .stood import Chosen, Many, Stood, levels_at_ends, sums_at_ends
from .window import Window

__all__ = ["Standing"]

UNCLOSED = Reason("no_field", field="closed_at")


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
    unclosed: tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint16], int] | None
    may_stand: tuple[npt.NDArray[Any], npt.NDArray[Any]]  # from and until when

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
        went = self._atoms(end) if end is not None else axes.atoms_of(ended)
        gone = gone_rows(table)
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
            came = np.where(unended, axes.atom_of(self._present()), came)
        self.unsaid = unsaid_rows(table) if end == "closed_at" else None
        if self.unsaid is not None:  # what may have ended is not known to stand
            self.unsaid &= self.of_allowed(came != went)
            self.may_stand = came, went  # once removed it is not there at all
            came = np.where(self.unsaid, went, came)
        self.unclosed = None
        if end == "closed_at" and (unclosed := _unclosed(table)) is not None:
            # Open for some of the time, nobody knows how long; by now it is known to be closed.
            now = axes.atom_of(self._present())
            self.unclosed = self.of_allowed(unclosed & (came < now)), came, now
            came, went = (np.where(unclosed, 0, at).astype(np.uint16) for at in (came, went))
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
    def ahead(self) -> bool:
        return self.end is not None and all(map(self.table.is_planned, (self.start, self.end)))

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

    def _numbers(self, column: str, table: Rows | None = None) -> Numbers:
        if self.end is None:
            return super()._numbers(column, table)
        return (self.table if table is None else table).numbers_before(column, self.end)

    def _undated(self, where: Where) -> dict[Reason, Grid]:
        """Rows without a beginning, for as long as it is not known whether they stood."""
        if not self.any_undated:
            return {}
        rows = in_sets(self.table, self.undated, where)
        if not len(rows):
            return {}
        until = np.where(self.ended == NEVER, self._present(), self.ended)[rows]
        atoms = self.axes.atoms_of(until)
        groups = None if self.groups is None else self.groups[rows]
        changes = self._sums(("undated", where))
        np.add.at(changes, first_atom(self.groups, rows), 1)
        np.subtract.at(changes, self._cells(atoms, groups), 1)
        shaped = changes.reshape(self.axes.shape)
        return {Reason("no_field", field=self.start): Grid(shaped, True, len(self.table.whole))}

    def _unsaid(self, where: Where) -> dict[Reason, Grid]:
        """Rows that may have ended, from their beginning to their removal; until now those known to
        have."""
        found: dict[Reason, Grid] = {}
        if self.unsaid is not None and self.unsaid.any():
            rows = np.flatnonzero(self.unsaid)
            groups = None if self.groups is None else self.groups[rows]
            came, went = (self._cells(at[rows], groups) for at in self.may_stand)
            found[UNSAID] = self._grid(("unsaid", where), ((came, 1), (went, -1)))
        if self.unclosed is not None and self.unclosed[0].any():
            mask, since, now = self.unclosed
            rows = np.flatnonzero(mask)
            groups = None if self.groups is None else self.groups[rows]
            until = np.full(len(rows), now, np.uint16)
            places = ((self._cells(since[rows], groups), 1), (self._cells(until, groups), -1))
            found[UNCLOSED] = self._grid(("unclosed", where), places)
        return found

    def told_by(self, reason: Reason, place: int, where: Where) -> npt.NDArray[np.bool_] | None:
        """The rows left out at a period's end for what they do not say of beginning or end."""
        end = int(self.axes.ends[place])
        if reason == UNCLOSED and self.unclosed is not None:
            mask, since, now = self.unclosed
            return mask & (since <= end) & (now > end)
        if reason == UNSAID and self.unsaid is not None:
            came, went = self.may_stand
            return self.unsaid & (came <= end) & (went > end)
        undated = self.undated & of_sets(self.table, where)
        return undated & (self.ended >= int(self.axes.bounds[end]))

    def _not_meant(self, where: Where) -> dict[Reason, Grid]:
        """Of what has happened once for all, rows that were deleted."""
        gone = gone_rows(self.table)
        if gone is None or self.end is not None:
            return {}
        rows = in_sets(self.table, self.of_allowed(gone & (self.started != NEVER)), where)
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

    def _asks_outcome(self, where: Where) -> bool:
        return self.end == "closed_at" or super()._asks_outcome(where)

    def _ages(self, where: Where) -> Distribution:
        """Days from the beginning to the last day of each period, or the last one known."""
        key = ("ages", where)
        whole = self._at_ends(key)
        known = NEVER if self.table.known is None else self.table.known.day
        wanted = of_sets(self.table, where)
        tally: Tally = self._kept.setdefault(key, Tally([]))
        for place in range(len(whole.periods)):
            stood = self.rows_at_end(place)
            there = np.flatnonzero((stood.since != NEVER) & wanted[stood.rows])
            age = np.maximum(min(stood.end - 1, known) - stood.since[there].astype(np.int64), 0)
            cells = (place + 1) * whole.shape[1] + stood.groups[there].astype(np.int64)
            tally.parts.append(((cells << BITS) | age, None))
        undated = {**self._left_out(where), **self._stands_in(where)}
        return Distribution(
            whole,
            self._evidence(where, ("age",)),
            "days",
            tally,
            excluded_rows=self._reasons(key, self._read_at_ends(whole, undated)),
        )

    def _amounts(self, column: str, where: Where) -> Distribution:
        """What each row that stands at an end is worth then."""
        key = ("amounts", column, where)
        total, whole = self.total(column, where), self._at_ends(key)
        numbers = self._numbers(column)
        wanted = of_sets(self.table, where) & (numbers.reasons() < MISSING)
        tally: Tally = self._kept.setdefault(key, Tally([]))
        stood = [self.rows_at_end(place) for place in range(len(whole.periods))]
        there = [np.flatnonzero(wanted[each.rows]) for each in stood]
        values = [numbers.values[each.rows[at]] for each, at in zip(stood, there, strict=True)]
        # Batches have the levels of all rows in common; of the whole table few rows stand.
        in_whole = self.table is self.table.whole
        levels = levels_of(np.concatenate(values)) if in_whole else self._levels(column)
        for place, (each, at) in enumerate(zip(stood, there, strict=True)):
            cells = (place + 1) * whole.shape[1] + each.groups[at].astype(np.int64)
            rank = np.searchsorted(levels, values[place])
            tally.parts.append(((cells << BITS) | rank, None))
        minor = 10 ** digits(total.currency) if total.currency else 1
        return Distribution(
            whole,
            self._evidence(where, (column, "spread")),
            column,
            tally,
            per=Fraction(1, numbers.scale * minor),
            excluded_rows=self._read_at_ends(whole, total.excluded_rows),
            currency=total.currency,
            levels=levels,
            assumed_rows=self._read_at_ends(whole, total.assumed_rows),
        )

    def _at_ends(self, key: Any) -> Axes:
        """A span of its own for each period: distributions at two ends have rows in common."""
        if ("axes", key) not in self._kept:
            axes = self.axes
            self._kept["axes", key] = Axes(
                axes.periods, axes.by, axes.groups, non_additive=("period",)
            )
        found: Axes = self._kept["axes", key]
        return found

    def _read_at_ends(self, whole: Axes, rows: Mapping[Reason, Grid]) -> dict[Reason, Grid]:
        """How many there are at each end, by reason."""
        found = {}
        for why, grid in rows.items():
            changes = np.zeros(whole.shape, dtype=np.int64)
            changes[1:] = grid.read(self.axes)
            found[why] = Grid(changes, False, grid.bound)
        return found


def _unclosed(table: Rows) -> npt.NDArray[np.bool_] | None:
    """Which rows are of deals that closed on a day that nobody knows: of a deal one row."""
    columns = table.columns
    if not isinstance(columns, Taken):
        return unclosed_rows(columns)
    if not len(columns.rows):
        return None
    rows = np.asarray(columns.rows)
    first, last = int(rows.min()), int(rows.max()) + 1  # of a batch, not of all deals each time
    asked = ("outcome", "closed_at")
    found = unclosed_rows({name: columns.source(name).take(slice(first, last)) for name in asked})
    if found is None:
        return None
    mask: npt.NDArray[np.bool_] = found[rows - first] & np.append(True, rows[1:] != rows[:-1])
    return mask if mask.any() else None
