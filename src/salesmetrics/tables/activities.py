"""What sellers did or planned."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..models import Activity, Record
from .row_sets import labelled
from .table import Mask, Table

__all__ = ["Activities"]


class Activities(Table):
    """What sellers did or planned."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Activity
    name = "activities"
    born: ClassVar[str | None] = "created_at"


def _that_say(activities: Activities, name: str) -> Mask:
    """Activities with something in a column of names or flags."""
    return np.asarray(activities.codes(name).codes != 0)


Activities.row_sets = {
    "outbound": labelled("direction", "outbound"),
    "replied": labelled("replied", True),
    "that say": _that_say,
    "without": lambda activities, name: ~_that_say(activities, name),
}
