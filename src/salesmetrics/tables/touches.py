"""Contacts of marketing with leads and customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..columns import Codes, Column
from ..models import Record, Touch
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..reasons import Reason
from .table import Table

__all__ = ["Touches"]


class Touches(Table):
    """Contacts of marketing with leads and customers."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Touch
    name = "touches"
    born: ClassVar[str | None] = "touched_at"

    @classmethod
    def _checked(
        cls, reading: ColumnReader, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        """Faults of touches of nobody."""
        whose = [name for name in ("lead", "customer") if isinstance(columns.get(name), Codes)]
        named = [column.codes != 0 for name in whose if isinstance(column := columns[name], Codes)]
        if named:
            for row in np.flatnonzero(~np.logical_or.reduce(named)).tolist():
                reading.fault(whose[0], raw[whose[0]], row, Reason("whose_touch"))
