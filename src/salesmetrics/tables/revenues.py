"""Invoices or orders."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..columns import MISSING
from ..days import NEVER_SECONDS
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


def _to_existing(revenues: Revenues) -> Mask:
    """Of a customer with an earlier purchase than this record."""
    codes, booked = revenues.codes("customer"), revenues.times("booked_at").seconds
    first = np.full(len(codes.labels), NEVER_SECONDS)
    bought = np.flatnonzero(_making_a_customer(revenues))
    np.minimum.at(first, codes.codes[bought], booked[bought])
    found: Mask = (first[codes.codes] < booked) & (codes.codes != 0)
    return found


Revenues.row_sets = {
    "to existing customers": _to_existing,
    "that make a customer": _making_a_customer,
    "of a customer": lambda revenues: revenues.codes("customer").codes != 0,
    "of no customer": lambda revenues: revenues.codes("customer").codes == 0,
}
