"""The verb for what began and ended inside one period, whatever other periods hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..days import NEVER
from ..reasons import Reason
from ..results import Axes, Grid
from .grouping import Grouping
from .placed_rows import Picked
from .places import Places
from .row_sets import Where
from .rows import Rows
from .verbs import During

__all__ = ["Inside"]


class Inside(During):
    """Rows whose two milestones lie in one period, the first not after the second.

    Periods stand apart: what began in January and ended in March is inside the quarter, and
    inside none of its months.  A row is looked at once for each period that holds it.
    """

    def __init__(
        self,
        table: Rows,
        axes: Axes,
        grouped: Grouping,
        start: str,
        end: str,
        kept: dict[Any, Any] | None = None,
    ) -> None:
        whole = Axes(axes.periods, axes.by, axes.groups, non_additive=("period",))
        super().__init__(table, axes, grouped, end, kept)
        self.axes: Axes = whole
        self.start: str = start
        begun, ended = table.times(start).days, table.times(end).days
        there = (begun <= ended) & (ended != NEVER)
        if self.allowed is not None:
            there &= self.allowed
        if self.gone is not None:  # named where the whole is counted
            there = there & ~self.gone
            self.gone: npt.NDArray[np.bool_] | None = None
        rows = [
            np.flatnonzero(there & (begun >= first) & (ended < after))
            for first, after in zip(axes.bounds[axes.starts], axes.bounds[axes.ends], strict=True)
        ]
        self.rows: Picked = np.concatenate(rows)
        atoms = np.repeat(np.arange(1, len(rows) + 1), [len(each) for each in rows])
        of_groups: Any = 0
        if self.groups is not None:
            of_groups = self.groups[self.rows].astype(np.int64)
        self.places: Places = ((atoms * whole.shape[1] + of_groups, 1),)

    def _undated(self, where: Where) -> dict[Reason, Grid]:
        """None: rows without one of the two are named where the whole is counted."""
        return {}
