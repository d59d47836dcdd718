"""Deals that nothing was done for: open deals beside the activities that name them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...days import NEVER, day_number
from ...errors import SalesMetricsError
from ...periods import ALL_TIME, Periods, as_periods
from ...reasons import Reason, rows_of
from ...results import Axes, Grid, Total
from ...results.result import Evidence
from ...tables.activities import Activities
from ...tables.deals import Deals
from ...tables.grouping import By, as_by, grouping
from ...tables.worked import check_days

__all__ = ["untouched"]


def untouched(deals: Any, activities: Any, period: Periods | str, by: By, days: int) -> Total:
    """Open deals at each period's end without an activity for so many days, and none planned."""
    check_days("days", days, 1)
    table, done = Deals.of(deals), Activities.of(activities)
    names, periods = as_by(by), as_periods(period)
    if ALL_TIME in periods:
        raise SalesMetricsError("a stock is counted at the end of a period, and all time has none")
    found = grouping(table, names, "closed_at")
    axes = Axes(periods, names, found.groups, apart=("period",))
    groups = np.zeros(table.size, np.int64) if found.codes is None else found.codes
    created = table.times("created_at").days.astype(np.int64)
    closed = table.times("closed_at").days.astype(np.int64)
    if table.has("removed_at"):
        closed = np.minimum(closed, table.times("removed_at").days)
    row_of = {key: row for row, key in enumerate(table.ids())}
    codes = done.codes("deal")
    of_label = np.array([row_of.get(label, table.size) for label in codes.labels], dtype=np.int64)
    deal = of_label[codes.codes]
    known = NEVER - 1 if table.known is None else table.known.day
    changes = np.zeros(axes.shape, dtype=np.int64)
    undated = np.zeros(axes.shape, dtype=np.int64)
    for place, one in enumerate(periods):
        end = day_number(one.end)
        instant = min(end, known + 1)
        last, planned = _touches(done, deal, table.size, instant)
        # Without a creation date an open deal is known to stand now, not for how long.
        now = (created == NEVER) & (closed == NEVER) & (end > known)
        stands = ((created < end) & (closed >= end)) | now
        since = np.maximum(np.where(created == NEVER, 0, created), last)
        stale = stands & ~planned & (instant - since >= days)
        np.add.at(changes[place + 1], groups[stale], 1)
        np.add.at(undated[place + 1], groups[(created == NEVER) & (closed >= end) & ~now], 1)
    grid = Grid(changes, False, table.size)
    left_out = (
        {Reason("no_field", field="created_at"): Grid(undated, False, table.size)}
        if undated.any()
        else {}
    )
    at = None if table.known is None else table.known.at
    what = "deals from created_at to closed_at"
    evidence = Evidence(rows_of("deals", "stale"), what, at, table.from_history)
    return Total(axes, evidence, "deals", grid, grid, excluded_rows=left_out)


def _touches(done: Activities, deal: Any, size: int, instant: int) -> tuple[Any, Any]:
    """The last day each deal was worked on before the instant, and whether more was planned."""
    last = np.full(size + 1, -1, dtype=np.int64)
    planned = np.zeros(size + 1, dtype=bool)
    by_hand = np.ones(done.size, dtype=bool)
    if done.has("automated"):
        by_hand = ~done.is_label("automated", True)
    finished = np.full(done.size, NEVER, dtype=np.int64)
    if done.has("done_at"):
        finished = done.times("done_at").days.astype(np.int64)
        rows = np.flatnonzero(by_hand & (finished < instant))
        np.maximum.at(last, deal[rows], finished[rows])
    if done.has("scheduled_at"):
        scheduled = done.times("scheduled_at").days
        rows = (scheduled >= instant) & (scheduled != NEVER) & (finished >= instant) & by_hand
        if done.has("created_at"):
            made = done.times("created_at").days
            rows &= (made < instant) | (made == NEVER)
        planned[deal[np.flatnonzero(rows)]] = True
    return last[:size], planned[:size]
