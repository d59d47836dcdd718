"""What sellers did or planned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from ..columns import Column, Times
from ..days import NEVER
from ..models import Activity, Record
from .row_sets import labelled
from .said import SAYING
from .table import Mask, Table

__all__ = ["Activities"]


class Activities(Table):
    """What sellers did or planned."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Activity
    name = "activities"
    spared: ClassVar[tuple[str, ...]] = ("created_at",)
    born: ClassVar[str | None] = "created_at"

    @classmethod
    def _spares(cls, field: str, columns: Mapping[str, Column]) -> bool | Mask:
        """Also the day for which something was planned that is done."""
        done = columns.get("done_at") if field == "scheduled_at" else None
        return done.days != NEVER if isinstance(done, Times) else super()._spares(field, columns)


def _by_hand(activities: Activities) -> Mask:
    """What no machine did."""
    if not activities.has("automated"):
        return np.ones(activities.size, dtype=bool)
    return ~activities.is_label("automated", True)


def _planned_on(activities: Activities, day: int) -> Mask:
    """What was planned when that day began, for it or later, and not done before it."""
    scheduled = activities.times("scheduled_at").days
    found = (scheduled >= day) & (scheduled != NEVER)
    if activities.has("done_at"):
        found &= activities.times("done_at").days >= day
    if activities.has("created_at"):
        made = activities.times("created_at").days
        found &= (made < day) | (made == NEVER)
    return np.asarray(found)


Activities.row_sets = {
    "by hand": _by_hand,
    "planned on": _planned_on,
    "outbound": labelled("direction", "outbound"),
    "replied": labelled("replied", True),
    **SAYING,
}
