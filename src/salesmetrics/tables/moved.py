"""The verb for what moved a stock between a period's start and its end, deal by deal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import MISSING, Codes, Times, counted_before, in_one_scale
from ..days import NEVER
from ..errors import SalesMetricsError, one_of
from ..history.tracks import DECIDED_FROM, starts_of
from ..history.versions import Taken
from ..periods import ALL_TIME
from ..reasons import Reason
from ..results import Axes, Grid, Statement, Total
from ..results.grid import WIDE, grid_by_cell
from ..results.statement import statement
from .grouping import Grouping
from .masks import UNSAID, unsaid_rows
from .placed_rows import Picked
from .places import Places
from .row_sets import Where
from .rows import Rows
from .window import Window

__all__ = ["Movement"]

SIGNS = {
    "opening": 1, "created": 1, "reopened": 1, "pulled_in": 1, "increased": 1, "unchanged": 1,
    "decreased": -1, "pushed_out": -1, "won": -1, "lost": -1, "removed": -1,
    "transferred_in": 1, "transferred_out": -1,
}  # fmt: skip
# Beside the equation: what came and went inside, and what leads to two other KPIs.
EXCLUDED = (
    "transient", "transient_won", "won_repriced", "won_elsewhere", "bookings",
    "transient_created", "created_repriced", "created_elsewhere", "pipeline_created",
)  # fmt: skip
WON = 2
NO_CLOSE = Reason("no_field", field="closed_at")
Mask = npt.NDArray[np.bool_]
Index = npt.NDArray[np.int64]


class Movement(Window):
    """Versions of deals, read at the start and at the end of each period."""

    stock = True
    deals: Rows
    groups: npt.NDArray[Any] | None
    from_: npt.NDArray[np.uint16]
    to: npt.NDArray[np.uint16]
    starts: npt.NDArray[np.intp]

    def __init__(
        self,
        table: Rows,
        axes: Axes,
        grouped: Grouping,
        deals: Rows,
        kept: dict[Any, Any] | None = None,
    ) -> None:
        super().__init__(table, axes, grouped, kept)
        self.rows: Picked = None
        self.places: Places = ()
        # The group of each version; those that the condition leaves out are in none.
        groups = np.zeros(table.size) if self.groups is None else self.groups
        mine = groups.astype(np.int64)
        self.group: npt.NDArray[np.int64] = (
            mine if self.allowed is None else np.where(self.allowed, mine, -1)
        )
        if ALL_TIME in axes.periods:
            raise SalesMetricsError("a movement leads from a start to an end; give a period")
        assert isinstance(table.columns, Taken)
        self.deals, rows = deals, np.asarray(table.columns.rows)
        self.from_, self.to = table.times("created_at").days, table.times("closed_at").days
        # Where somebody lists them: the deals in each part of each period, as they are counted.
        self.noted: list[tuple[Any, ...]] | None = None
        # Versions cut from those of all deals name theirs by rows of the whole table; those made of
        # a batch alone, as of deals without history, by rows of the batch.
        cut = None if table.run is None else table.run.part
        first = 0 if cut is None or deals.run is None else deals.run.part.start
        self.starts = starts_of(rows, deals.size, first)
        unsaid = unsaid_rows(deals)
        self.unsaid: Mask = np.zeros(deals.size, dtype=bool) if unsaid is None else unsaid

    @property
    def population(self) -> str:
        return f"{self.table.name} moved"

    def movement(self, of: str, scope: str) -> Statement:
        """Opening + parts = closing: each deal in one part, and transfers between groups."""
        for name, given, allowed in (
            ("of", of, ("amount", "weighted", "count")), ("scope", scope, ("all", "due"))
        ):  # fmt: skip
            if given not in allowed:
                raise SalesMetricsError(one_of(name, given, allowed))
        return self._once(("movement", of, scope), lambda: self._movement(of, scope))

    def deals_in(self, asked: tuple[Any, ...]) -> tuple[list[tuple[Any, ...]], int]:
        """The deals in one part, by period: rows, numbers, which are known, groups; their scale."""
        self.noted = []
        *what, part = asked
        self._movement(*what)
        return [each for each in self.noted if each[0] == part], self._values(what[0])[4]

    # how -----------------------------------------------------------------------------------------

    def _stood_at(self, day: int) -> tuple[Index, Index, Mask]:
        """Of each deal before a day: how many versions began, the last one, whether it stood."""
        count = np.diff(counted_before(self.from_ < day, self.starts))
        # Of a deal that had not begun its first version, whose group is its own.
        last = np.minimum(self.starts[:-1] + np.maximum(count, 1) - 1, max(len(self.to) - 1, 0))
        if not len(self.to):
            return count, last, np.zeros(len(count), dtype=bool)
        return count, last, (count > 0) & (self.to.take(last) >= day)

    def _due(self, last: Index, start: int, end: int) -> Mask:
        days = self.table.times("expected_close_at").days.take(last)
        return np.asarray((days >= start) & (days < end))

    def _values(self, of: str) -> tuple[Any, Mask, Any, Mask, int, int]:
        """Numbers and which are known, of versions and of deals as they ended; scale and bound."""
        size = len(self.to)
        if of == "count":
            ones = np.ones(size, np.int64)
            every = self.deals.size
            return ones, ones > 0, np.ones(every, np.int64), np.ones(every, bool), 1, 2 * size
        mine, final = in_one_scale(self.table.numbers("amount"), self.deals.numbers("amount"))
        values, known, scale, bound = mine.values, mine.reasons() < MISSING, mine.scale, mine.bound
        if of == "weighted":
            weight = self._weight(("probability", "stage.probability"))
            known &= weight.reasons() < MISSING
            scale, bound = scale * weight.scale, bound * weight.scale
            values = (values.astype(object) if bound >= WIDE else values) * weight.values
        elif bound >= WIDE:
            values = values.astype(object)
        sure = final.reasons() < MISSING
        ended = np.where(sure, final.values, 0)
        return np.where(known, values, 0), known, ended, sure, scale, bound

    def _edges(self, number: int) -> tuple[int, int]:
        axes = self.axes
        return int(axes.bounds[axes.starts[number]]), int(axes.bounds[axes.ends[number]])

    def _unplaced(self, end: int, begun: Index) -> Mask:
        """Deals begun before the end and decided nobody knows when, before it or after it."""
        told = self.deals.codes("outcome").codes >= WON
        now = None if self.deals.complete is None else self.deals.complete.day
        if now is None or end > now:
            return np.zeros(len(told), dtype=bool)
        return np.asarray(told & (begun > 0) & (self.deals.times("closed_at").days == NEVER))

    def _ends(self, day: int) -> npt.NDArray[np.uint8]:
        """What each deal that stands no more before a day had become: an outcome, or 0: removed."""
        found = self.deals.codes("outcome").codes.astype(np.uint8)
        history = self.deals.history
        track = None if history is None else history.tracks.get("stage")
        said = np.zeros(len(found), dtype=bool)
        types = None if history is None else history.types
        if track is not None and types is not None and len(track.days):
            assert isinstance(track.values, Codes)
            count = np.diff(counted_before(track.days < day, track.starts))
            last = np.where(count > 0, track.starts[:-1] + count - 1, 0)
            then = types.take(track.values.codes.take(last))
            said = (count > 0) & (then >= DECIDED_FROM)
            found = np.where(said, then, found).astype(np.uint8)
        removed = self.deals.columns.get("removed_at")
        if isinstance(removed, Times):
            closed = self.deals.times("closed_at").days
            # A close that is told outranks a removal.
            gone = (removed.days < day) & ~said & (closed >= day)
            found = np.where(gone, 0, found).astype(np.uint8)
        return found

    def _movement(self, of: str, scope: str) -> Statement:
        values, known, final, ended_known, scale, bound = self._values(of)
        names = ("closing", *SIGNS, *EXCLUDED)
        wide = object if bound >= WIDE else np.int64
        sums, counts, unpriced, left_out = self._kept.setdefault(
            ("movement", of, scope),
            (
                {name: self._empty(wide) for name in names},
                *({name: self._empty() for name in names} for _ in range(2)),
                {},
            ),
        )
        for number in range(len(self.axes.periods)):
            start, end = self._edges(number)
            (before, l0, open0), (after, l1, open1) = map(self._stood_at, (start, end))
            due0 = inside = np.ones(len(open0), dtype=bool)
            if scope == "due" and len(self.to):
                due0, inside = (self._due(last, start, end) for last in (l0, l1))
            unsaid = ((open0 & due0) | (open1 & inside)) & self.unsaid  # which may have ended
            open0, open1 = open0 & ~self.unsaid, open1 & ~self.unsaid
            in0, in1 = open0 & due0, open1 & inside
            v0, v1, g0, g1 = self._pick(values, l0, l1)
            k0, k1 = (known[last] if len(known) else open0 for last in (l0, l1))

            def add(
                name: str, mask: Any, amount: Any, sure: Any, group: Any, number: int = number
            ) -> None:
                rows = np.flatnonzero(mask := mask & (group >= 0))
                if self.noted is not None:
                    self.noted.append((name, number, rows, amount[rows], sure[rows], group[rows]))
                np.add.at(sums[name][number], group[rows], amount[rows])
                for found, those in ((counts, mask & sure), (unpriced, mask & ~sure)):
                    np.add.at(found[name][number], group[np.flatnonzero(those)], 1)

            both, became = in0 & in1, self._ends(end)
            ended = in0 & ~open1
            began = ~in0 & in1
            add("opening", in0, v0, k0, g0)
            add("closing", in1, v1, k1, g1)
            moved = in0 & (g0 != g1)
            add("transferred_out", moved, v0, k0, g0)
            add("transferred_in", moved, v0, k0, g1)
            add("increased", both & (v1 > v0), v1 - v0, k0 & k1, g1)
            add("decreased", both & (v1 < v0), v0 - v1, k0 & k1, g1)
            add("unchanged", both & (v1 == v0), v1 - v0, k0 & k1, g1)
            add("pushed_out", in0 & ~in1 & open1, v0, k0, g1)
            won, lost = ended & (became == WON), ended & (became > WON)
            add("won", won, v0, k0, g1)
            add("lost", lost, v0, k0, g1)
            add("removed", ended & ~won & ~lost, v0, k0, g1)
            add("pulled_in", began & open0, v1, k1, g1)
            add("reopened", began & ~open0 & (before > 0), v1, k1, g1)
            add("created", began & ~open0 & (before == 0), v1, k1, g1)
            passed = ~open0 & ~open1 & (after > before) & ~self.unsaid
            passed &= ~(unplaced := self._unplaced(end, after))
            add("transient", passed & inside, v1, k1, g1)
            state = (won, passed & inside, in1, v0, v1, k0, k1, g1)
            self._leads_to(add, start, end, of, (final, ended_known), state)
            unknown = (in0 & ~k0) | (in1 & ~k1)
            for lack, some in (
                (unpriced_reason(of), unknown), (NO_CLOSE, unplaced & inside), (UNSAID, unsaid),
            ):  # fmt: skip
                if (some := some & (g1 >= 0)).any():
                    grid = left_out.setdefault(lack, self._empty())
                    np.add.at(grid[number], g1[np.flatnonzero(some)], 1)
        unit, currency = ("deals", None) if of == "count" else ("amount", self.table.currency)
        why = {unpriced_reason(of): unpriced}
        return self._stated(
            "closing", sums, counts, SIGNS, unit, (of, scope), (currency, scale), left_out, why
        )

    def _stated(
        self,
        whole: str,
        sums: Mapping[str, Any],
        counts: Mapping[str, Any],
        signs: Mapping[str, int],
        unit: str,
        what: tuple[str, ...],
        money: tuple[str | None, int] = (None, 1),
        left_out: Mapping[Reason, Any] | None = None,
        unpriced: Mapping[Reason, Mapping[str, Any]] | None = None,
    ) -> Statement:
        """Totals of non-additive periods: a deal that moved in a month did so in no finer span."""
        axes = Axes(self.axes.periods, self.axes.by, self.axes.groups, non_additive=("period",))

        def grid(rows: Any) -> Grid:
            return grid_by_cell(axes, rows, int(abs(rows.astype(object)).sum()))

        def unknown(name: str) -> dict[Reason, Grid]:
            return {why: grid(each[name]) for why, each in (unpriced or {}).items()}

        totals = {
            name: Total(
                axes,
                self._evidence(None, (*what, name)),
                unit,
                grid(sums[name]),
                grid(counts[name]),
                *money,
                unknown(name),
            )
            for name in sums
        }
        left = {why: grid(rows) for why, rows in (left_out or {}).items()}
        totals[whole] = replace(totals[whole], by_definition_rows=left)
        return statement(
            totals[whole].evidence.what, totals, whole, {**signs, whole: -1},
            base=whole, unit=unit, adds="rows",
        )  # fmt: skip

    def _leads_to(self, add: Any, start: int, end: int, of: str, final: Any, state: Any) -> None:
        """From the parts to bookings and pipeline created, which count each deal as it ended."""
        if of == "weighted":
            return
        won, transient, in1, v0, v1, k0, k1, group = state
        final, sure = final
        closed, created = self.deals.times("closed_at").days, self.deals.times("created_at").days
        is_won = self.deals.codes("outcome").codes == WON
        there = self.starts[1:] > self.starts[:-1]
        removed = self.deals.columns.get("removed_at")
        stays = there if not isinstance(removed, Times) else there & (removed.days == NEVER)
        booked = stays & is_won & (closed >= start) & (closed < end)
        new = stays & (created >= start) & (created < end)
        first = in1 & (created >= start)
        add("bookings", booked, final, sure, group)
        add("won_repriced", won, np.where(booked, final, 0) - v0, k0 & sure, group)
        add("transient_won", booked & transient & ~won, final, sure, group)
        add("won_elsewhere", booked & ~won & ~transient, final, sure, group)
        add("pipeline_created", new, final, sure, group)
        add("created_repriced", first, np.where(new, final, 0) - v1, k1 & sure, group)
        add("transient_created", new & transient & ~first, final, sure, group)
        add("created_elsewhere", new & ~first & ~transient, final, sure, group)

    def _pick(self, values: Any, l0: Index, l1: Index) -> tuple[Any, Any, Any, Any]:
        if not len(self.to):
            nothing = np.zeros(len(l0), np.int64)
            return nothing, nothing, nothing, nothing
        return values[l0], values[l1], self.group[l0], self.group[l1]

    def _empty(self, kind: Any = np.int64) -> Any:
        return np.zeros((len(self.axes.periods), self.axes.shape[1]), dtype=kind)

    def _undated(self, where: Where) -> dict[Reason, Grid]:
        return {}


def unpriced_reason(of: str) -> Reason:
    """What a deal without a value lacks."""
    weighted = of == "weighted"
    return Reason("no_weighted_amount") if weighted else Reason("no_field", field=of)
