"""Milestones in order: what lies before the beginning of its row is impossible between the two.

Durations and rates from one milestone to the other leave such rows out and count them; what is
dated by one of them alone keeps the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

from ..days import NEVER
from ..reasons import Reason
from ..results import Total
from .row_sets import RowSet
from .rows import Mask, Rows
from .window import Window

__all__ = ["ORDER_SETS", "in_order", "out_of_order", "without_impossible"]

Unit = Literal["days", "hours"]


def out_of_order(rows: Rows, first: str, later: str, unit: Unit = "days") -> Mask:
    """Rows whose later milestone lies before the first; of several, all that they came to.

    As durations read them: by local days; for hours, on one day by the times of day where both
    have one.
    """
    if not rows.has(first):
        return np.zeros(rows.size, dtype=bool)
    begun = rows.times(first)
    came, fine = np.zeros(rows.size, dtype=bool), np.zeros(rows.size, dtype=bool)
    for name in later.split(" or "):
        ended = rows.times(name)
        there = (begun.days != NEVER) & (ended.days != NEVER)
        early = ended.days < begun.days
        if unit == "hours":
            timed = ~ended.whole(rows.zone) & (ended.days == begun.days)
            early |= timed & (ended.seconds < begun.seconds)
        came |= there
        fine |= there & ~early
    found: Mask = came & ~fine
    return found


ORDER_SETS: Mapping[str, Callable[..., Mask]] = {
    "in order": lambda rows, *between: ~out_of_order(rows, *between),
    "out of order": out_of_order,
}


def in_order(first: str, later: str, unit: Unit = "days") -> tuple[str, ...]:
    """The row set of those whose second milestone, if any, is not before the first."""
    return "in order", first, later, unit


def without_impossible(
    found: Total, window: Window, order: tuple[str, ...], *where: RowSet
) -> Total:
    """A figure of rows in this order, which says how many others of these rows were left out."""
    _, first, later, _ = order
    names = later.split(" or ")
    why = Reason("before", later=names[0] if len(names) == 1 else tuple(names), first=first)
    others = window.count((*where, ("out of order", *order[1:])))
    return found.excluding(why, others, undated=True)
