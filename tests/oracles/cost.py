"""Oracles of the KPIs of cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from dateutil.relativedelta import relativedelta

from .facts import Cut, Expected, as_said, counted, divided, money, oracle, summed


def acquired(cut: Cut, customer: dict[str, Any]) -> date | None:
    """The day of the first won deal, else of the first subscription, else what the row says."""
    from .customer import pays, won_something

    world = cut.world
    won = [
        world.day(row["closed_at"])
        for row in world.rows("deals")
        if row.get("customer") == customer["id"]
        and won_something(row)
        and row.get("removed_at") is None
    ]
    begun = [
        world.day(row["started_at"])
        for row in world.rows("subscriptions")
        if row.get("customer") == customer["id"]
        and row["started_at"] is not None
        and pays(cut, row)
    ]
    return min(won or begun or [world.day(customer.get("started_at"))])


@oracle
def customer_acquisition_cost(cut: Cut, period, lag_months=0) -> Expected:
    start, end = (edge - relativedelta(months=lag_months) for edge in (period.start, period.end))
    new = [
        row
        for row in cut.rows("customers")
        if cut.within(acquired(cut, row), period.start, period.end)
    ]
    cost = spent_on(cut, start, end, ACQUISITION)
    return divided(cost, counted(new), cost.excluded)


def spent_on(cut: Cut, start: date, end: date, kinds: tuple[str, ...] | None) -> Expected:
    """What a cost without category is for, nobody knows: named, where categories are asked."""
    rows = cut.during("costs", "spent_at", start, end)
    undated = cut.undated("costs", "spent_at")
    mine, without = ([r for r in each if kinds is None or r["category"] in kinds]
                     for each in (rows, undated))  # fmt: skip
    found = summed([money(row) for row in mine], len(without))
    return found if kinds is None else as_said(found, rows, "category")


def without_category(cut: Cut, start: date, end: date, kinds: tuple[str, ...] | None) -> int:
    rows = cut.during("costs", "spent_at", start, end)
    return 0 if kinds is None else sum(row["category"] is None for row in rows)


ACQUISITION = ("sales", "marketing")


def each(cut: Cut, period: Any, rows: list[Any], undated: int, category: str) -> Expected:
    kinds = ACQUISITION if category == "sales and marketing" else (category,)
    cost = spent_on(cut, period.start, period.end, kinds)
    return divided(cost, counted(rows), cost.excluded + undated)


@oracle
def lagged_acquisition_cost(cut: Cut, period) -> Expected:
    """The lag is one of all new customers, of whichever group."""
    day, world = cut.world.day, cut.world
    every = [c for c in world.rows("customers") if cut.within(
        acquired(cut, c), period.start, period.end)]  # fmt: skip
    lags = []
    for customer in every:
        first = min((day(r["created_at"]) for r in world.rows("leads")
                     if r["customer"] == customer["id"] and r["created_at"] is not None),
                    default=None)  # fmt: skip
        if first is not None and first <= acquired(cut, customer):
            lags.append((acquired(cut, customer) - first).days)
    new = [c for c in cut.rows("customers") if c in every]
    if not lags:
        # Nobody was won: nothing is asked for; else when the cost was spent is not known.
        out = (1 if every else 0) + spent_on(cut, period.end, period.end, ACQUISITION).excluded
        return divided(Expected(None if out else Fraction(0), 0), counted(new), out)
    lags.sort()
    middle = Fraction(lags[(len(lags) - 1) // 2] + lags[len(lags) // 2], 2)
    back = relativedelta(days=round(middle))
    cost = spent_on(cut, period.start - back, period.end - back, ACQUISITION)
    return divided(cost, counted(new), cost.excluded)


@oracle
def sales_efficiency(cut: Cut, period) -> Expected:
    from .customer import standing_amounts

    def at(instant: date) -> tuple[Expected, int]:
        amounts, unknown, never = standing_amounts(cut, Until(instant))
        return summed(amounts, unknown), never

    before = period.previous()
    cost = spent_on(cut, before.start, before.end, ACQUISITION)
    (then, _), (now, never) = at(period.start), at(period.end)
    known = None if now.exact is None else now.exact - (then.exact or 0)
    return divided(Expected(known, now.n), cost, now.excluded + cost.excluded + never)


@dataclass(frozen=True)
class Until:
    end: date


@oracle
def cost_per_lead(cut: Cut, period, category="sales and marketing") -> Expected:
    undated = len(cut.undated("leads", "created_at"))
    rows = cut.during("leads", "created_at", period.start, period.end)
    return each(cut, period, rows, undated, category)


@oracle
def cost_per_opportunity(cut: Cut, period, category="sales and marketing") -> Expected:
    undated = len(cut.undated("deals", "created_at"))
    rows = cut.during("deals", "created_at", period.start, period.end)
    return each(cut, period, rows, undated, category)


@oracle
def cost_per_win(cut: Cut, period, category="sales and marketing") -> Expected:
    rows = cut.during("deals", "closed_at", period.start, period.end)
    return each(cut, period, [row for row in rows if row["outcome"] == "won"], 0, category)


LEVELS = {
    "operating": None,
    "gross": ("cost of sales",),
    "contribution": ("cost of sales", "sales", "marketing"),
}


@oracle
def sales_profit_margin(cut: Cut, period, level="operating") -> Expected:
    booked = cut.during("revenues", "booked_at", period.start, period.end)
    income = summed([money(r) for r in booked], len(cut.undated("revenues", "booked_at")))
    cost = spent_on(cut, period.start, period.end, LEVELS[level])
    out = income.excluded + cost.excluded
    unsaid = without_category(cut, period.start, period.end, LEVELS[level])
    # Where no revenue is priced and something was left out, what is left is not known; nor where
    # no cost says its category.
    known = income.n > 0 or out == unsaid
    known &= not unsaid or unsaid < len(cut.during("costs", "spent_at", period.start, period.end))
    rest = Fraction(income.exact or 0) - Fraction(cost.exact or 0) if known else None
    return divided(Expected(rest, income.n), income, out)


@oracle
def cac_payback(cut: Cut, period, margin) -> Expected:
    from .customer import Lines, moved

    cost = customer_acquisition_cost(cut, period)
    new = moved(Lines(cut, period, None, deals=False))["new"].exact
    if cost.exact is None or not new:
        return Expected(None, 0)
    return Expected(cost.exact / (Fraction(new) / cost.n * Fraction(margin)), 0)


@oracle
def ltv_to_cac(cut: Cut, period, margin, active_for_days) -> Expected:
    from .customer import simple_lifetime_value

    cost = customer_acquisition_cost(cut, period)
    value = simple_lifetime_value(cut, period, margin, active_for_days)
    if not cost.exact or value.exact is None:
        return Expected(None, 0)
    return Expected(Fraction(value.exact) / Fraction(cost.exact), 0)
