"""Money spent."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Self

import numpy as np

from ..columns import Codes
from ..errors import NeedsError
from ..history.known import Instant, Known
from ..models import Cost, Record
from ..reasons import Reason, column_needed
from .said import SAYING
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

    def known_at(self, known: Known | None, complete: Known | None) -> Self:
        """As any table; its categories are those that some cost has."""
        given = dict(self.given)
        if isinstance(category := given.get("category"), Codes):
            given["category"] = category.without_unused()
        return super(Costs, replace(self, given=given)).known_at(known, complete)

    def as_of(self, instant: Instant) -> Self:
        """As any table; a category that only later costs have is not known of."""
        then = super().as_of(instant)
        return then if then.size == self.size else then.known_at(then.known, then.complete)


def _category(costs: Costs, *wanted: tuple[str, ...]) -> Mask:
    """Costs of these categories, of each of which (or of one that can be meant) there have to be
    some: where nothing is recorded as such, its cost is not 0 but unknown."""
    if not costs.has("category"):
        asked = " and ".join(name for each in wanted for name in each)
        raise NeedsError(
            column_needed("costs", "category"), f"costs need a category to tell {asked} cost"
        )
    column = costs.codes("category")
    of_label = {label: _plain(label) for label in column.labels if isinstance(label, str)}
    mine: list[str] = []
    for names in wanted:
        words = {word for name in names for word in WORDS[name]}
        found = [label for label, plain in of_label.items() if plain in words]
        if costs.size and not found:
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
    **SAYING,
    "marketing": lambda costs: _category(costs, ("marketing",)),
    "sales": lambda costs: _category(costs, ("sales",)),
    "sales and marketing": lambda costs: _category(costs, ACQUISITION),
    "cost of sales": lambda costs: _category(costs, ("cost of sales",)),
    "cost of sales, sales and marketing": lambda costs: _category(
        costs, ("cost of sales",), ACQUISITION
    ),
}
