"""How often the expected close of a deal was moved to a later month."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Times
from ..days import NEVER
from ..errors import NeedsError
from ..reasons import tables_needed
from ..results import Total
from .at_ends import Standing
from .contributions import listed_by
from .rows import Rows
from .stood import Stood

__all__ = ["DealPushes", "pushed_often", "pushes"]

OFTEN = 3
Index = npt.NDArray[np.int64]


def pushes(standing: Standing) -> Total:
    """Pushes, up to each period's end, of the deals that stand open there."""
    moves = DealPushes(standing.base)

    def many(stood: Stood) -> Index:
        return np.asarray(moves.by(stood.end)[stood.of], dtype=np.int64)

    return listed_by(standing.sum_those("pushes of", many).counting("pushes"), many)


def pushed_often(standing: Standing) -> Total:
    """Deals standing open at each period's end that were pushed three times or more by then."""
    moves = DealPushes(standing.base)

    def often(stood: Stood) -> npt.NDArray[np.bool_]:
        return np.asarray(moves.by(stood.end)[stood.of] >= OFTEN)

    return listed_by(standing.count_those(("often pushed", OFTEN), often), often)


class DealPushes:
    """Each push of a table of deals: whose it was, and on which day."""

    def __init__(self, deals: Rows) -> None:
        tracks: Any = {} if deals.history is None else deals.history.tracks
        if "expected_close_at" not in tracks:
            raise NeedsError(
                tables_needed("close_date_changes"),
                "when an expected close was moved is in close_date_changes",
            )
        track = tracks["expected_close_at"]
        self.size: int = deals.size
        assert isinstance(track.values, Times)
        deal, day, expected = track.deals(), track.days, track.values.days
        # Several changes on a day count as their net: the last of the day stands for it.
        last = np.ones(len(day), dtype=bool)
        last[:-1] = (deal[1:] != deal[:-1]) | (day[1:] != day[:-1])
        # A close date that was cleared is not moved; what is set next is compared with the last
        # one there was, so that clearing a date in between hides no push.
        kept = np.flatnonzero(last & (expected != NEVER))
        deal, day, month = deal[kept], day[kept], _months(expected[kept])
        later = (deal[1:] == deal[:-1]) & (month[1:] > month[:-1])  # the first one set moves none
        self.deal: Index = deal[1:][later]
        self.day: npt.NDArray[np.uint16] = day[1:][later]

    def by(self, end: int) -> Index:
        """How often each deal was pushed before a day."""
        return np.bincount(self.deal[self.day < end], minlength=self.size)


def _months(days: npt.NDArray[np.uint16]) -> Index:
    """The calendar month of each day, numbered."""
    dates = days.astype(np.int64).astype("datetime64[D]")
    return dates.astype("datetime64[M]").astype(np.int64)
