"""Money spent."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..errors import NeedsError
from ..models import Cost, Record
from ..reasons import Reason, column_needed
from .table import Mask, Table

__all__ = ["Costs"]


ACQUISITION = ("sales", "marketing")
WORDS = {  # of each category, without regard to case, blanks and underscores
    "sales": ("sales", "영업", "영업비", "영업비용"),
    "marketing": ("marketing", "마케팅", "마케팅비", "마케팅비용"),
    "cost of sales": ("costofsales", "costofgoodssold", "cogs", "매출원가"),
}
MOST_NAMED = 5


class Costs(Table):
    """Money spent.  The categories `sales` and `marketing` are what wins customers, `cost of sales`
    is what the goods and services sold cost; they may be written in capitals, or in Korean."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Cost
    name = "costs"
    born: ClassVar[str | None] = "spent_at"
    dated_by: ClassVar[str | None] = "spent_at"


def _category(costs: Costs, *wanted: tuple[str, ...]) -> Mask:
    """Costs of these categories, of each of which (or of one that can be meant) there have to be
    some: where nothing is recorded as such, its cost is not 0 but unknown."""
    if not costs.has("category"):
        asked = " and ".join(name for each in wanted for name in each)
        raise NeedsError(
            column_needed("costs", "category"), f"costs need a category to tell {asked} cost"
        )
    column, there = costs.codes("category"), costs.whole.codes("category").labels_in_use()
    of_label = {label: _plain(label) for label in there if isinstance(label, str)}
    mine: list[str] = []
    for names in wanted:
        words = {word for name in names for word in WORDS[name]}
        found = [label for label, plain in of_label.items() if plain in words]
        if costs.whole.size and not found:
            told = ", ".join(sorted(of_label)[:MOST_NAMED]) or "none"
            raise NeedsError(
                Reason("cost_of", categories=names),
                f"no cost has the category {' or '.join(map(repr, names))}; the categories are "
                f"{told}: say in a mapping, under [costs.words.category], which of them is meant",
            )
        mine += found
    return np.asarray(column.among(mine)) if mine else np.zeros(costs.size, dtype=bool)


def _plain(label: str) -> str:
    return "".join(label.casefold().replace("_", " ").split())


Costs.row_sets = {
    "of a campaign": lambda costs: np.asarray(costs.codes("campaign").codes != 0),
    "of no category": lambda costs: np.asarray(costs.codes("category").codes == 0),
    "marketing": lambda costs: _category(costs, ("marketing",)),
    "sales": lambda costs: _category(costs, ("sales",)),
    "sales and marketing": lambda costs: _category(costs, ACQUISITION),
    "cost of sales": lambda costs: _category(costs, ("cost of sales",)),
    "cost of sales, sales and marketing": lambda costs: _category(
        costs, ("cost of sales",), ACQUISITION
    ),
}
