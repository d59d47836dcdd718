"""Invoices or orders."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..columns import MISSING
from ..models import Record, Revenue
from .table import Mask, Table

__all__ = ["Revenues"]


class Revenues(Table):
    """Invoices or orders."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Revenue
    name = "revenues"
    born: ClassVar[str | None] = "booked_at"
    dated_by: ClassVar[str | None] = "booked_at"


def _making_a_customer(revenues: Revenues) -> Mask:
    """A purchase: above 0, or of an amount that is not known; a return is none."""
    if not revenues.has("amount"):
        return np.ones(revenues.size, dtype=bool)
    amount = revenues.numbers("amount")
    found: Mask = (amount.reasons() >= MISSING) | (amount.values > 0)
    return found


Revenues.row_sets = {
    "that make a customer": _making_a_customer,
    "of a customer": lambda revenues: revenues.codes("customer").codes != 0,
    "of no customer": lambda revenues: revenues.codes("customer").codes == 0,
}
