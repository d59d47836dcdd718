"""Open deals that somebody is at work on: done for lately, or planned to be."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...days import NEVER
from ...history.versions import Taken
from ...periods import Periods
from ...results import Grid, Total
from ...tables import IntoActivities, IntoDeals
from ...tables.activities import Activities
from ...tables.deals import Deals
from ...tables.grouping import By
from ...tables.rows import Rows
from ...tables.verbs import Standing
from ...tables.worked import check_days

__all__ = ["touched"]

Mask = npt.NDArray[np.bool_]


def touched(
    deals: IntoDeals,
    activities: IntoActivities,
    period: Periods | str,
    by: By = None,
    days: int = 30,
) -> Total:
    """Deals open at each period's end with an activity done in the last days, or one planned.

    What a machine did does not count.  Where the period ends after what is known, the days are
    counted from what is known.
    """
    check_days("days", days, 1)
    table, done = Deals.of(deals), Activities.of(activities)
    window = table.standing("created_at", "closed_at", period, by=by)
    assert isinstance(window, Standing)
    every, seen = window.count(), window.table
    groups = np.zeros(seen.size, np.int64) if window.groups is None else window.groups
    # With history the rows are versions of deals, and what is done is done for the deal.
    of = seen.columns.rows if isinstance(seen.columns, Taken) else np.arange(table.size)
    axes = every.axes
    deal = _deal_of(table, done)
    # A stock is known by its level at each end of a period; between them it need not move.
    levels = np.zeros((len(axes.bounds), axes.shape[1]), dtype=np.int64)
    for place in sorted(set(axes.ends.tolist())):
        end = int(axes.bounds[place])
        at_work = _at_work(table, done, deal, end, days)[of]
        rows = np.flatnonzero(_standing(seen, window.ended, end) & at_work)
        np.add.at(levels[place], groups[rows], 1)
    changes = np.zeros(axes.shape, dtype=np.int64)
    changes[: len(levels)] = np.diff(levels, axis=0, prepend=0)
    grid = Grid(changes, True, every.counts.bound)
    return Total(axes, every.evidence, every.unit, grid, grid)


def _deal_of(table: Deals, done: Activities) -> npt.NDArray[np.int64]:
    """The row of the deal that each activity names; the row after the last where none."""
    row_of = {key: row for row, key in enumerate(table.ids())}
    codes = done.codes("deal")
    of_label = [row_of.get(label, table.size) for label in codes.labels]
    return np.array(of_label, dtype=np.int64)[codes.codes]


def _standing(table: Rows, ended: npt.NDArray[np.uint16], end: int) -> Mask:
    """The deals that `Table.standing` counts at that end."""
    created = table.times("created_at").days
    closed = ended
    known, complete = table.known, table.complete
    now = np.zeros(table.size, dtype=bool)
    # Without a beginning a deal is known to stand now, not for how long.
    if known is not None and complete is not None and complete.day <= known.day:
        now = (created == NEVER) & (closed == NEVER) & (complete.day < end)
    return np.asarray(((created < end) & (closed >= end) & (created <= closed) & ~now) | now)


def _at_work(
    table: Deals, done: Activities, deal: npt.NDArray[np.int64], end: int, days: int
) -> Mask:
    known = NEVER - 1 if table.known is None else table.known.day
    instant = min(end, known + 1)
    by_hand = np.ones(done.size, dtype=bool)
    if done.has("automated"):
        by_hand = ~done.is_label("automated", True)
    finished = done.times("done_at").days.astype(np.int64)
    at_work = (finished < instant) & (finished >= instant - days)
    if done.has("scheduled_at"):
        scheduled = done.times("scheduled_at").days.astype(np.int64)
        planned = (scheduled >= instant) & (scheduled != NEVER) & (finished >= instant)
        if done.has("created_at"):
            made = done.times("created_at").days
            planned &= (made < instant) | (made == NEVER)
        at_work |= planned
    found = np.zeros(table.size + 1, dtype=bool)
    found[deal[at_work & by_hand]] = True
    return found[: table.size]
