"""Open deals beside the activities that name them: somebody is at work on them, or nobody."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..periods import ALL_TIME
from ..results import Total
from ..tables.activities import Activities
from ..tables.at_ends import Standing
from ..tables.contributions import listed_by
from ..tables.rows import Rows
from ..tables.stood import Stood
from ..tables.worked import check_days

__all__ = ["DealWork", "stale", "touched"]

Mask = npt.NDArray[np.bool_]


def touched(standing: Standing, activities: Any, days: int) -> Total:
    """Deals open at each period's end with an activity done in the last days, or one planned."""
    check_days("days", days, 1)
    given = Activities.of(activities)
    given.times("done_at")  # without it nobody can be seen at work
    work = DealWork(standing.base, given)

    def at_work(stood: Stood) -> Mask:
        done = work.done(stood.instant - days, stood.instant)
        return np.asarray((done | work.planned(stood.instant))[stood.of])

    return listed_by(standing.count_those(("touched", days), at_work), at_work)


def stale(standing: Standing, activities: Any, days: int) -> Total:
    """Deals open at each period's end, as old, without an activity for so many days or planned."""
    check_days("days", days, 1)
    work = DealWork(standing.base, Activities.of(activities))

    def at_rest(stood: Stood) -> Mask:
        # What was done so many days before is that long ago: only what came after it counts.
        done = work.done(stood.instant - days + 1, stood.instant)
        return np.asarray(stood.for_days(days) & ~(done | work.planned(stood.instant))[stood.of])

    return listed_by(standing.count_those(("stale", days), at_rest), at_rest)


class DealWork:
    """For which deals something was done, or planned; what a machine did does not count."""

    def __init__(self, deals: Rows, activities: Activities) -> None:
        self.deals: Rows = deals
        self.activities: Activities = activities
        codes, link = activities.codes("deal"), (activities.links or {}).get("deal")
        if link is not None and link.table.columns.get("id") is deals.columns["id"]:
            of_label = link.rows
        else:  # tables that were not linked to each other
            row_of = {key: row for row, key in enumerate(deals.ids())}
            of_label = np.array([row_of.get(name, -1) for name in codes.labels], dtype=np.int64)
        # The place after the last deal is that of no deal.
        self.place: npt.NDArray[np.int64] = np.where(of_label < 0, deals.size, of_label)
        self.codes = codes.codes

    def deal_of(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The row of the deal that each of these activities is for; one after the last for none."""
        return self.place[self.codes[rows]]

    def done(self, first: int, after: int) -> Mask:
        """Something was done from one day on and before another."""
        if not self.activities.has("done_at"):
            return self._of(np.zeros(0, dtype=np.int64))
        finished = self.activities.unfiltered.during("done_at", ALL_TIME)
        return self._of(finished.rows_between(first, after, "by hand"))

    def planned(self, instant: int) -> Mask:
        """Something was planned for that day or later, and had not been done before it."""
        if not self.activities.has("scheduled_at"):
            return self._of(np.zeros(0, dtype=np.int64))
        planned = self.activities.where("by hand") & self.activities.where(("planned on", instant))
        return self._of(np.flatnonzero(planned))

    def _of(self, rows: npt.NDArray[np.int64]) -> Mask:
        found = np.zeros(self.deals.size + 1, dtype=bool)
        found[self.deal_of(rows)] = True
        return found[: self.deals.size]
