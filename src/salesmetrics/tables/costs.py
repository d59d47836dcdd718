"""Money spent."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..errors import NeedsError
from ..models import Cost, Record
from ..reasons import column_needed
from .table import Mask, Table

__all__ = ["Costs"]


ACQUISITION = ("sales", "marketing")


class Costs(Table):
    """Money spent.  The categories `sales` and `marketing` are what wins customers, `cost of sales`
    is what the goods and services sold cost."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Cost
    name = "costs"
    born: ClassVar[str | None] = "spent_at"
    dated_by: ClassVar[str | None] = "spent_at"


def _category(costs: Costs, *names: str) -> Mask:
    """Costs of these categories, which have to be given."""
    if not costs.has("category"):
        raise NeedsError(
            column_needed("costs", "category"),
            f"costs need a category to tell {' and '.join(names)} cost",
        )
    return np.asarray(costs.is_label("category", *names))


Costs.row_sets = {
    "of a campaign": lambda costs: np.asarray(costs.codes("campaign").codes != 0),
    "marketing": lambda costs: _category(costs, "marketing"),
    "sales": lambda costs: _category(costs, "sales"),
    "sales and marketing": lambda costs: _category(costs, *ACQUISITION),
    "cost of sales": lambda costs: _category(costs, "cost of sales"),
    "cost of sales, sales and marketing": lambda costs: _category(
        costs, "cost of sales", *ACQUISITION
    ),
}
