"""Oracles of the KPIs of cost."""

from __future__ import annotations

from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta

from .facts import Cut, Expected, counted, divided, money, oracle, summed


def acquired(cut: Cut, customer: dict[str, Any]) -> date | None:
    """The day of the first won deal, else of the first subscription, else what the row says."""
    world = cut.world
    won = [
        world.day(row["closed_at"])
        for row in world.rows("deals")
        if row.get("customer") == customer["id"] and row["outcome"] == "won"
    ]
    begun = [
        world.day(row["started_at"])
        for row in world.rows("subscriptions")
        if row.get("customer") == customer["id"] and row["started_at"] is not None
    ]
    return min(won or begun or [world.day(customer.get("started_at"))])


@oracle
def customer_acquisition_cost(cut: Cut, period, lag=0) -> Expected:
    start, end = (edge - relativedelta(months=lag) for edge in (period.start, period.end))
    kinds = ("sales", "marketing")
    spent = [r for r in cut.during("costs", "spent_at", start, end) if r["category"] in kinds]
    undated = [r for r in cut.undated("costs", "spent_at") if r["category"] in kinds]
    new = [
        row
        for row in cut.rows("customers")
        if cut.within(acquired(cut, row), period.start, period.end)
    ]
    cost = summed([money(row) for row in spent], len(undated))
    return divided(cost, counted(new), cost.excluded)
