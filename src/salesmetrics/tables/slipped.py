"""The verb for deals that were due in a period and did not close in it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import NeedsError
from ..history.known import whole_day_of
from ..reasons import tables_needed
from ..results import Axes, Ratio, Statement, Total
from ..results.grid import grid_by_cell
from ..results.statement import statement
from ..results.unbegun import ends_later
from .moved import Movement

__all__ = ["Slipped"]

PARTS = ("closed", "removed", "moved", "unmoved", "undecided")


class Slipped(Movement):
    """Deals due in each period when it began: closed in it, moved past it, or passed unmoved."""

    def slips(self) -> Statement:
        """Of the deals due, those moved past the end or passed unmoved, of those decided."""
        history = self.deals.history
        if history is None or "expected_close_at" not in history.tracks:
            raise NeedsError(
                tables_needed("close_date_changes"),
                "when deals were due as a period began is in close_date_changes; overdue_deals "
                "needs none",
            )
        return self._once("slips", self._slips)

    def deals_in(self, asked: tuple[Any, ...]) -> tuple[list[tuple[Any, ...]], int]:
        """The deals in one part, by period: rows, numbers, which are known, groups; their scale."""
        self.noted: list[tuple[Any, ...]] | None = []
        self._slips()
        return [each for each in self.noted if each[0] == asked[-1]], 1

    def _slips(self) -> Statement:
        counts: dict[str, Any] = self._kept.setdefault(
            "slips", {name: self._empty() for name in ("due", *PARTS, "overdue")}
        )
        for number in range(len(self.axes.periods)) if len(self.to) else ():
            start, end = self._edges(number)
            _, first, open0 = self._stood_at(start)
            _, last, open1 = self._stood_at(end)
            group = self.group[first]
            due = open0 & self._due(first, start, end) & (group >= 0)
            expected = self.table.times("expected_close_at").days[last]
            removed = ~open1 & (self._ends(end) == 0)
            moved, waiting = open1 & (expected >= end), open1 & (expected < end)
            running = ends_later(self.axes.periods[number], self._known_until())
            parts = (
                ~open1 & ~removed, removed, moved, waiting & (not running), waiting & running,
                waiting & running & (expected <= whole_day_of(self.table.known)),
            )  # fmt: skip
            for name, mask in zip(("due", *PARTS, "overdue"), (due, *parts), strict=True):
                rows = np.flatnonzero(mask & due)
                if self.noted is not None:
                    one = np.ones(len(rows), np.int64)
                    self.noted.append((name, number, rows, one, one > 0, group[rows]))
                np.add.at(counts[name][number], group[rows], 1)
        return self._told(counts)

    def _known_until(self) -> Any:
        return self._evidence(None).known_until

    def _told(self, counts: dict[str, Any]) -> Statement:
        axes = Axes(self.axes.periods, self.axes.by, self.axes.groups, non_additive=("period",))
        lines = {}
        for name, rows in counts.items():
            grid = grid_by_cell(axes, rows, int(rows.sum()))
            evidence = self._evidence(("due",), ("slips", name))
            lines[name] = Total(axes, evidence, "deals", grid, grid)
        closed, removed, moved, unmoved, undecided, overdue = (
            lines[name] for name in (*PARTS, "overdue")
        )
        decided = moved.together(unmoved, closed, removed)
        return statement(
            lines["due"].evidence.what,
            {name: lines[name] for name in ("due", *PARTS)},
            Ratio(moved.together(unmoved), decided, undecided),
            {**dict.fromkeys(PARTS, 1), "due": -1},
            also={"overdue": overdue}, base="due", unit="proportion", adds="rows",
        )  # fmt: skip
