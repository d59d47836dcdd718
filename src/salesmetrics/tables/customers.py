"""Companies that buy or may buy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..columns import Column
from ..errors import NeedsError
from ..models import Customer, Record
from ..reasons import column_needed
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
    spared: ClassVar[tuple[str, ...]] = ("started_at",)
    derived: ClassVar[tuple[str, ...]] = ("acquired_at", "channel", "campaign", "won_undated")
    settled_by: ClassVar[Mapping[str, tuple[str, str]]] = {
        "acquired_at": ("won_undated", "won on an unknown day")
    }

    def column(self, name: str) -> Column:
        """A column by name; where nothing says when customers were won, what would say it."""
        if name == "acquired_at" and name not in self.columns:
            raise NeedsError(
                column_needed("customers", "started_at"),
                "nothing says when customers were won: give deals with an outcome, "
                "subscriptions, or started_at",
            )
        return super().column(name)

    def _derived(self) -> dict[str, Column]:
        columns = dict(super()._derived())
        if "acquired_at" not in columns and "started_at" in columns:
            columns["acquired_at"] = columns["started_at"]
        return columns


Customers.row_sets = {
    "referred": lambda customers: customers.codes("referred_by").codes != 0,
    "won on an unknown day": lambda customers: customers.codes("won_undated").codes != 0,
}
