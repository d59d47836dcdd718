"""Records that were compared with the truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..columns import Column, Numbers
from ..models import Check, Record
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..reasons import Reason
from .table import Table

__all__ = ["Checks"]


class Checks(Table):
    """Records that were compared with the truth."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Check
    name = "checks"
    born: ClassVar[str | None] = "checked_at"

    @classmethod
    def _checked(
        cls, reading: ColumnReader, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        checked, correct = columns.get("checked_fields"), columns.get("correct_fields")
        if isinstance(checked, Numbers):
            must_count(reading, "checked_fields", checked, raw, least=1)
        if isinstance(correct, Numbers):
            must_count(reading, "correct_fields", correct, raw)
        if isinstance(checked, Numbers) and isinstance(correct, Numbers):
            for row in np.flatnonzero(correct.values > checked.values):
                if checked.reasons()[row] == 0 and correct.reasons()[row] == 0:
                    reason = Reason("more_than_checked", fields=int(checked.values[row]))
                    reading.fault("correct_fields", raw["correct_fields"], int(row), reason)


def must_count(
    reading: ColumnReader, name: str, numbers: Numbers, raw: Mapping[str, Raw], least: int = 0
) -> None:
    """Faults for counts that are missing or too small: such a row says nothing."""
    faulty = {fault.row for fault in reading.faults if fault.field == name}
    for row in np.flatnonzero((numbers.reasons() != 0) | (numbers.values < least)):
        if int(row) not in faulty:
            reading.fault(name, raw[name], int(row), Reason("number_needed", least=least))
