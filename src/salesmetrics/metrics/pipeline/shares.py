"""How an amount is spread: over reasons, and over few or many."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from ...errors import NeedsError
from ...kpi import Choices
from ...periods import Periods
from ...reasons import column_needed
from ...results import Statement, Total
from ...results.statement import statement
from ...tables import IntoDeals
from ...tables.deals import Deals
from ...tables.grouping import By
from ..largest import of_the_largest

__all__ = ["MISSING_REASON", "Of", "by_reason", "concentrated"]

Of = Literal["count", "amount"]
EACH: Choices[str | None] = Choices("among", {"customers": "customer", "deals": None})

MISSING_REASON = "missing"


def by_reason(deals: IntoDeals, period: Periods | str, by: By, of: Of) -> Statement:
    """Lost deals of each reason, and in all: how many, or their amount."""
    table = Deals.of(deals)
    if not table.has("loss_reason"):
        raise NeedsError(
            column_needed("deals", "loss_reason"), "deals have no column 'loss_reason'"
        )
    closed = table.during("closed_at", period, by=by)
    lost = closed.measure(of, "lost")
    codes = table.codes("loss_reason")
    names = {code: _named(label) for code, label in enumerate(codes.labels)}
    used = codes.take(np.flatnonzero(table.where("lost"))).in_use()
    totals: dict[str, Total] = {"lost": lost}
    for code, name in sorted(names.items(), key=lambda item: (item[0] == 0, item[1])):
        if used[code]:
            totals[name] = closed.measure(of, ("lost", ("for the reason", codes.labels[code])))
    parts = {name: 1 for name in totals if name != "lost"}
    return statement("loss reasons", totals, "lost", {**parts, "lost": -1})


def _named(label: Any) -> str:
    """The reason as it is called; two that the lines of the statement have names for, marked."""
    if label is None:
        return MISSING_REASON
    return f"{label} (given)" if label in (MISSING_REASON, "lost") else str(label)


def concentrated(
    deals: IntoDeals, period: Periods | str, by: By, of: str, top: int = 5
) -> Statement:
    """How much of the won amount comes from the largest customers, or deals."""
    each, table = EACH[of], Deals.of(deals)
    return of_the_largest(of, table, "closed_at", period, by, top, each=each, where=("won",))
