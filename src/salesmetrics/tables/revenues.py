"""Invoices or orders."""

from __future__ import annotations

from typing import ClassVar

from ..models import Record, Revenue
from .table import Table

__all__ = ["Revenues"]


class Revenues(Table):
    """Invoices or orders."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Revenue
    name = "revenues"
    born: ClassVar[str | None] = "booked_at"
    dated_by: ClassVar[str | None] = "booked_at"


Revenues.row_sets = {
    "of a customer": lambda revenues: revenues.codes("customer").codes != 0,
    "of no customer": lambda revenues: revenues.codes("customer").codes == 0,
}
