"""Companies that buy or may buy."""

from __future__ import annotations

from typing import ClassVar

from ..columns import Column
from ..models import Customer, Record
from .table import Table

__all__ = ["Customers"]


class Customers(Table):
    """Companies that buy or may buy.

    `acquired_at` is when one became a customer: its first won deal, else its first subscription,
    where the CRM has them; else what the row says (`started_at`).  `channel` and `campaign` are
    those of its first lead.
    """

    __slots__ = ()
    record: ClassVar[type[Record]] = Customer
    name = "customers"
    derived: ClassVar[tuple[str, ...]] = ("acquired_at", "channel", "campaign")

    def _derived(self) -> dict[str, Column]:
        columns = super()._derived()
        if "acquired_at" not in columns and "started_at" in columns:
            columns["acquired_at"] = columns["started_at"]
        return columns


Customers.row_sets = {
    "referred": lambda customers: customers.codes("referred_by").codes != 0,
}
