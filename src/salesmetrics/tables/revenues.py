"""Invoices or orders."""

from __future__ import annotations

from ..models import Revenue
from .table import Table

__all__ = ["Revenues"]


class Revenues(Table):
    """Invoices or orders."""

    __slots__ = ()
    record = Revenue
    name = "revenues"
    born = "booked_at"
    dated_by = "booked_at"


Revenues.row_sets = {
    "of a customer": lambda revenues: revenues.codes("customer").codes != 0,
    "of no customer": lambda revenues: revenues.codes("customer").codes == 0,
}
