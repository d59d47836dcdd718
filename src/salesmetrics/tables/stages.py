"""The steps of a sales process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from ..columns import Codes, Column, Numbers
from ..models import Record, Stage
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..reasons import Reason
from .table import Mask, Table

__all__ = ["Stages"]


class Stages(Table):
    """The steps of a sales process, in their order."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Stage
    name = "stages"
    spared: ClassVar[tuple[str, ...]] = ("order", "probability")
    row_sets: ClassVar[Mapping[str, Callable[..., Mask]]] = {
        "without place": lambda stages: stages.without_place()
    }

    @classmethod
    def _checked(
        cls, reading: ColumnReader, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        types = columns.get("type")
        if not isinstance(types, Codes) or not (types.codes != 0).all():
            size = next((len(values) for values in raw.values()), 0)
            source = raw.get("type", Raw(np.full(size, None, dtype=object)))
            missing = (
                range(size) if not isinstance(types, Codes) else np.flatnonzero(types.codes == 0)
            )
            faulty = {fault.row for fault in reading.faults if fault.field == "type"}
            for row in missing:
                if int(row) not in faulty:
                    reason = Reason("no_stage_type")
                    reading.fault("type", source, int(row), reason)

    def without_place(self) -> Mask:
        """Open stages that have no order, or one that another of their pipeline has."""
        is_open, order = self.is_label("type", "open"), self.columns.get("order")
        if not isinstance(order, Numbers):
            return is_open
        pipes = self.columns.get("pipeline")
        codes = pipes.codes if isinstance(pipes, Codes) else np.zeros(self.size, np.int64)
        places = list(zip(codes.tolist(), order.values.tolist(), strict=True))
        told = is_open & (order.reasons() == 0)
        times = Counter(place for place, one in zip(places, told.tolist(), strict=True) if one)
        shared = np.array([times[place] > 1 for place in places], dtype=bool)
        return np.asarray(is_open & (shared | ~told))

    def ordered_ids(self) -> list[str]:
        """The ids in the order of the process; those without an order last, by id."""
        ids = self.ids()
        order = self.columns.get("order")
        if not isinstance(order, Numbers):
            return ids
        known = order.reasons() == 0
        return [
            ids[i]
            for i in sorted(range(len(ids)), key=lambda i: (not known[i], order.values[i], ids[i]))
        ]
