"""How an amount is spread: over reasons, and over few or many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ...kpi import Choices
from ...periods import Periods
from ...results import Statement, Total
from ...tables import IntoDeals
from ...tables.deals import Deals
from ...tables.grouping import By
from ...tables.row_sets import Where
from ...tables.window import Window
from ..given_reasons import by_reason
from ..largest import of_the_largest

__all__ = ["Of", "concentrated", "lost_for"]

Of = Literal["count", "amount"]
MEASURED: Choices[Callable[[Window, Where], Total]] = Choices(
    "of",
    {
        "count": lambda closed, where: closed.count(where),
        "amount": lambda closed, where: closed.total("amount", where),
    },
)
EACH: Choices[str | None] = Choices("among", {"customers": "customer", "deals": None})


def lost_for(deals: IntoDeals, period: Periods | str, by: By, of: Of) -> Statement:
    """Lost deals of each reason, and in all: how many, or their amount."""
    closed = Deals.of(deals).during("closed_at", period, by=by)
    return by_reason("loss reasons", closed, "loss_reason", "lost", MEASURED[of])


def concentrated(
    deals: IntoDeals, period: Periods | str, by: By, of: str, top: int = 5
) -> Statement:
    """How much of the won amount comes from the largest customers, or deals."""
    each, table = EACH[of], Deals.of(deals)
    return of_the_largest(of, table, "closed_at", period, by, top, each=each, where=("won",))
