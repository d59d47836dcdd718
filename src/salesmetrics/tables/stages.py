"""The steps of a sales process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..columns import Codes, Column, Numbers
from ..models import Record, Stage
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..reasons import Reason
from .table import Table

__all__ = ["Stages"]


class Stages(Table):
    """The steps of a sales process, in their order."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Stage
    name = "stages"
    spared: ClassVar[tuple[str, ...]] = ("order", "probability")

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
