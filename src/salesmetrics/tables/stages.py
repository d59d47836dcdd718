"""Stages and the other small tables that deals and leads refer to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..columns import Codes, Column, Numbers
from ..frames import Raw
from ..models import Customer, Owner, Product, Stage
from ..reading import Reading
from .table import Table

__all__ = ["Customers", "Owners", "Products", "Stages"]


class Stages(Table):
    """The steps of a sales process, in their order."""

    __slots__ = ()
    record = Stage
    name = "stages"

    @classmethod
    def _checked(
        cls, reading: Reading, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        types = columns.get("type")
        if not isinstance(types, Codes) or not (types.codes != 0).all():
            size = next((len(values) for values in raw.values()), 0)
            source = raw.get("type", Raw(np.full(size, None, dtype=object)))
            missing = (
                range(size) if not isinstance(types, Codes) else np.flatnonzero(types.codes == 0)
            )
            faulty = {fault.row for fault in reading.faults if fault.field == "type"}
            for row in missing:
                if int(row) not in faulty:
                    reason = "a stage needs a type: open, won, lost or disqualified"
                    reading.fault("type", source, int(row), reason)

    def ordered_ids(self) -> list[str]:
        """The ids in the order of the process; those without an order last, by id."""
        ids = self.ids()
        order = self.columns.get("order")
        if not isinstance(order, Numbers):
            return ids
        known = order.reasons() == 0
        return [
            ids[i]
            for i in sorted(range(len(ids)), key=lambda i: (not known[i], order.values[i], ids[i]))
        ]


class Owners(Table):
    """The roster of sellers, with their team, region and manager."""

    __slots__ = ()
    record = Owner
    name = "owners"
    born = "started_at"


class Products(Table):
    """What is sold."""

    __slots__ = ()
    record = Product
    name = "products"


class Customers(Table):
    """Companies that buy or may buy.

    `acquired_at` is when one became a customer: its first won deal, else its first subscription,
    where the CRM has them; else what the row says (`started_at`).  `channel` and `campaign` are
    those of its first lead.
    """

    __slots__ = ()
    record = Customer
    name = "customers"
    derived = ("acquired_at", "channel", "campaign")

    def _settled(self) -> dict[str, Column]:
        columns = super()._settled()
        if "acquired_at" not in columns and "started_at" in columns:
            columns["acquired_at"] = columns["started_at"]
        return columns


Customers.row_sets = {
    "referred": lambda customers: customers.codes("referred_by").codes != 0,
}
