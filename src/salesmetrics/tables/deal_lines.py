"""What deals are made of, product by product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..columns import Codes, Column
from ..models import DealLine, Record
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..reasons import Reason
from .table import Table

__all__ = ["DealLines"]


class DealLines(Table):
    """What deals are made of, product by product."""

    __slots__ = ()
    record: ClassVar[type[Record]] = DealLine
    name = "deal_lines"
    spared: ClassVar[tuple[str, ...]] = ("amount",)

    @classmethod
    def _checked(
        cls, reading: ColumnReader, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        deal = columns.get("deal")
        if isinstance(deal, Codes):
            faulty = {fault.row for fault in reading.faults if fault.field == "deal"}
            for row in sorted(set(np.flatnonzero(deal.codes == 0).tolist()) - faulty):
                reading.fault("deal", raw["deal"], row, Reason("whose_deal"))
