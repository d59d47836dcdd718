"""The verb for what became of what was due when a period began."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..days import NEVER
from ..errors import NeedsError, SalesMetricsError, one_of
from ..reasons import Reason, tables_needed
from ..results import Axes, Grid, Ratio, Statement, Total
from ..results.formula import Figures, Formula, formula
from ..results.grid import WIDE, grid_by_cell
from ..results.statement import statement
from ..results.unbegun import ends_later
from .masks import UNSAID
from .moved import WON, Movement

__all__ = ["Opening"]

BECAME = ("won", "lost", "removed", "open")
WAITING = "undecided"
UNKNOWN = "closed with unknown amount"


class Opening(Movement):
    """Deals that were due when each period began, followed to its end."""

    def yields(self, of: str) -> Statement:
        """Deals open at the start and due by the end, by what they had become at the end."""
        if of not in ("count", "amount"):
            raise SalesMetricsError(one_of("of", of, ("count", "amount")))
        history = self.deals.history
        if history is None or "expected_close_at" not in history.tracks:
            raise NeedsError(
                tables_needed("close_date_changes"),
                "which deals were due when a period began is in close_date_changes",
            )
        return self._once(("yields", of), lambda: self._yields(of))

    def deals_in(self, asked: tuple[Any, ...]) -> tuple[list[tuple[Any, ...]], int]:
        """The deals in one part, by period: rows, numbers, which are known, groups; their scale."""
        self.noted: list[tuple[Any, ...]] | None = []
        of, _, part = asked
        self._yields(of)
        return [each for each in self.noted if each[0] == part], self._values(of)[4]

    def _yields(self, of: str) -> Statement:
        values, known, _, _, scale, bound = self._values(of)
        wide = object if bound >= WIDE else np.int64
        names = ("due", *BECAME)
        sums, counts, unpriced = self._kept.setdefault(
            ("yields", of),
            (
                {name: self._empty(wide) for name in names},
                {name: self._empty() for name in names},
                {name: self._empty() for name in (*names, UNKNOWN, UNSAID)},
            ),
        )
        closed = self.deals.times("closed_at").days != NEVER
        for number in range(len(self.axes.periods)) if len(self.to) else ():
            start, end = self._edges(number)
            _, first, open0 = self._stood_at(start)
            _, _, open1 = self._stood_at(end)
            expected = self.table.times("expected_close_at").days.take(first)
            group = self.group.take(first)
            due, became = open0 & (expected < end) & (group >= 0), self._ends(end)
            unsaid, due = due & self.unsaid, due & ~self.unsaid  # those may have ended before
            won, lost = due & ~open1 & (became == WON), due & ~open1 & (became > WON)
            parts = (due, won, lost, due & ~open1 & ~won & ~lost, due & open1)
            amount, sure = values.take(first), known.take(first)
            for name, mask in zip(names, parts, strict=True):
                self._note(name, number, np.flatnonzero(mask), amount, sure, group)
                rows = np.flatnonzero(mask & sure)
                np.add.at(sums[name][number], group[rows], amount[rows])
                np.add.at(counts[name][number], group[rows], 1)
                np.add.at(unpriced[name][number], group[np.flatnonzero(mask & ~sure)], 1)
            np.add.at(unpriced[UNSAID][number], group[np.flatnonzero(unsaid)], 1)
            rows, one = np.flatnonzero(due & ~sure & closed), np.ones(len(due), np.int64)
            self._note(UNKNOWN, number, rows, one, one > 0, group)
            np.add.at(unpriced[UNKNOWN][number], group[rows], 1)
            if self._running(number):
                self._note(WAITING, number, np.flatnonzero(due & open1), one, one > 0, group)
        money = (None, 1) if of == "count" else (self.table.currency, scale)
        return self._told(of, sums, counts, unpriced, money)

    def _note(self, name: str, number: int, rows: Any, amount: Any, sure: Any, group: Any) -> None:
        """Keep these deals, where they are asked for one by one."""
        if self.noted is not None:
            self.noted.append((name, number, rows, amount[rows], sure[rows], group[rows]))

    def _running(self, number: int) -> bool:
        """Whether a period ends after what is known."""
        return ends_later(self.axes.periods[number], self._evidence(None).known_until)

    def _told(
        self, of: str, sums: Any, counts: Any, unpriced: Any, money: tuple[str | None, int]
    ) -> Statement:
        axes = Axes(self.axes.periods, self.axes.by, self.axes.groups, non_additive=("period",))

        def grid(rows: Any) -> Grid:
            return grid_by_cell(axes, rows, int(abs(rows.astype(object)).sum()))

        def counted(name: str, rows: Any) -> Total:
            evidence = self._evidence(("due",), ("count", "due at start", name))
            return Total(axes, evidence, "deals", grid(rows), grid(rows))

        def left_out(name: str) -> dict[Reason, Grid]:
            found = {Reason("no_field", field="amount"): unpriced[name]}
            if name == "due":
                found[UNSAID] = unpriced[UNSAID]
            return {why: grid(rows) for why, rows in found.items() if rows.any()}

        lines = {
            name: Total(
                axes,
                self._evidence(("due",), (of, "due at start", name)),
                "deals" if of == "count" else "amount",
                grid(sums[name]),
                grid(counts[name]),
                *money,
                left_out(name),
            )
            for name in sums
        }
        head: Ratio | Formula
        if of == "count":
            running = np.array([[self._running(number)] for number in range(len(axes.periods))])
            waiting = counted(WAITING, np.where(running, counts["open"], 0))
            head = Ratio(lines["won"], lines["due"], waiting)
        else:
            head = formula(
                "pipeline yield",
                "share of amount",
                {"won": lines["won"], "due": lines["due"]},
                {UNKNOWN: counted(UNKNOWN, unpriced[UNKNOWN])},
                finalize=(_won, _due_if_known),
                n_of="due",
                above_0={"due": Reason("nothing_due")},
                if_0=Reason("opening_amount_unknown"),
                adds="rows",
            )
        return statement(
            lines["due"].evidence.what, lines, head, {**dict.fromkeys(BECAME, 1), "due": -1},
            base="due", unit="proportion" if of == "count" else "share of amount", adds="rows",
        )  # fmt: skip


def _won(figures: Figures) -> Any:
    return figures["won"]


def _due_if_known(figures: Figures) -> Any:
    """The whole; nothing to divide by where deals are missing from it for having closed."""
    return figures["due"] * (figures[UNKNOWN] == 0)
