"""Records that have to be in the CRM by a deadline."""

from __future__ import annotations

from typing import ClassVar

from ..models import Expectation, Record
from .deadlines import before_deadline, in_time, past_deadline
from .table import Table

__all__ = ["Expectations"]


class Expectations(Table):
    """Records that have to be in the CRM by a deadline."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Expectation
    name = "expectations"
    always: ClassVar[tuple[str, ...]] = ("due_at",)


Expectations.row_sets = {
    "past their deadline": lambda rows: past_deadline(rows, "due_at"),
    "before their deadline": lambda rows: before_deadline(rows, "due_at"),
    "recorded in time": lambda rows: in_time(rows, "due_at", "recorded_at"),
}
