"""The other tables: subscriptions, activities, costs and revenues."""

from __future__ import annotations

import numpy as np

from ..errors import NeedsError
from ..models import Activity, Cost, Revenue, Subscription
from .table import Mask, Table

__all__ = ["Activities", "Costs", "Revenues", "Subscriptions"]

ACQUISITION = ("sales", "marketing")


class Subscriptions(Table):
    """Recurring contracts."""

    __slots__ = ()
    record = Subscription
    name = "subscriptions"
    born = "started_at"


class Activities(Table):
    """What sellers did or planned."""

    __slots__ = ()
    record = Activity
    name = "activities"
    born = "created_at"


class Costs(Table):
    """Money spent.  The categories `sales` and `marketing` are what wins customers."""

    __slots__ = ()
    record = Cost
    name = "costs"
    born = "spent_at"
    dated_by = "spent_at"


class Revenues(Table):
    """Invoices or orders."""

    __slots__ = ()
    record = Revenue
    name = "revenues"
    born = "booked_at"
    dated_by = "booked_at"


def _acquisition(costs: Costs) -> Mask:
    """Sales and marketing cost: by category, which has to be given."""
    if not costs.has("category"):
        raise NeedsError("costs.category", "costs need a category to tell sales and marketing cost")
    found: Mask = costs.is_label("category", *ACQUISITION)
    return np.asarray(found)


Activities.row_sets = {
    "outbound": lambda activities: activities.is_label("direction", "outbound"),
    "replied": lambda activities: activities.is_label("replied", True),
}

Costs.row_sets = {"sales and marketing": _acquisition}
