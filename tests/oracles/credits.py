"""Oracles of deals credited to owners and to campaigns."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .facts import Cut, Expected, Row, divided, money, oracle, summed
from .pipeline import WON, amount_then, closed, standing


def touches_of(cut: Cut, deal: Row) -> list[Row]:
    """Those of its lead until the close, else those of its customer, in order of time."""
    world = cut.world
    for name in ("lead", "customer"):
        if deal[name] is None:
            continue
        mine = [
            row
            for row in world.rows("touches")
            if row[name] == deal[name]
            and row["touched_at"] is not None
            and world.day(row["touched_at"]) <= world.day(deal["closed_at"])
        ]
        if mine:
            when = world.instant if world.tz else world.day
            # Of touches of one moment the one with the first name goes before, without one last.
            told = ("campaign", "channel", "content", "customer", "lead")
            return sorted(
                mine,
                key=lambda row: (
                    when(row["touched_at"]),
                    [(row.get(name) is None, str(row.get(name))) for name in told],
                ),
            )
    return []


def shares(attribution: str, many: int) -> list[Fraction]:
    if attribution in ("first", "last"):
        found = [Fraction(0)] * many
        found[0 if attribution == "first" else -1] = Fraction(1)
        return found
    if attribution == "linear" or many < 3:
        return [Fraction(1, many)] * many
    return [Fraction(2, 5), *[Fraction(1, 5) / (many - 2)] * (many - 2), Fraction(2, 5)]


def credits_of(cut: Cut, deal: Row, attribution: str) -> list[tuple[Row | None, Fraction]]:
    mine = touches_of(cut, deal)
    if not mine:
        return [(None, Fraction(1))]
    each = zip(mine, shares(attribution, len(mine)), strict=True)
    return [(touch, share) for touch, share in each if share]


def contributed(
    cut: Cut, period: Any, attribution: str, of: str = "amount", wanted: Any = lambda touch: True
) -> Expected:
    parts = [
        (money(deal) if of == "amount" else Fraction(1), share)
        for deal in closed(cut, period, WON)
        for touch, share in credits_of(cut, deal, attribution)
        if wanted(touch)
    ]
    return summed([None if amount is None else amount * share for amount, share in parts])


@oracle
def campaign_contribution(cut: Cut, period, of="amount", attribution="first") -> Expected:
    found = contributed(cut, period, attribution, of)
    total = found.exact or Fraction(0)
    return Expected(total, found.n, total) if of == "count" else found


@oracle
def campaign_roi(cut: Cut, period, attribution="first") -> Expected:
    def named(touch: Row | None) -> bool:
        return touch is not None and touch["campaign"] is not None

    brought = contributed(cut, period, attribution, wanted=named)
    without = [
        1
        for deal in closed(cut, period, WON)
        for touch, _ in credits_of(cut, deal, attribution)
        if not named(touch)
    ]
    rows = [r for r in cut.during("costs", "spent_at", period.start, period.end) if r["campaign"]]
    undated = [row for row in cut.undated("costs", "spent_at") if row["campaign"]]
    spent = summed([money(row) for row in rows], len(undated))
    known = None not in (brought.exact, spent.exact)
    beyond = brought.exact - spent.exact if known else None  # type: ignore[operator]
    top = Expected(beyond, brought.n, beyond)
    out = max(spent.excluded, len(without) + brought.excluded + spent.excluded)
    return divided(top, spent, out)


@oracle
def credited_bookings(cut: Cut, period) -> Expected:
    return summed([money(row) for row in closed(cut, period, WON)])


def parts_of(cut: Cut, deal: Row, worth: Fraction | None) -> list[Fraction | None]:
    """What a deal is worth, as its lines and what no line names; nobody knows parts of nothing."""
    lines = [
        Fraction(row["amount"])
        for row in cut.world.rows("deal_lines")
        if row["deal"] == deal["id"] and row["amount"] is not None
    ]
    if worth is None or not lines:
        return [worth]
    rest = worth - sum(lines)
    return [*lines, rest] if rest else [*lines]


@oracle
def line_bookings(cut: Cut, period) -> Expected:
    won = closed(cut, period, WON)
    return summed([part for row in won for part in parts_of(cut, row, money(row))])


@oracle
def line_pipeline(cut: Cut, period) -> Expected:
    stood, _ = standing(cut, period)
    known = {row["id"] for row in stood}
    besides = [row for row in cut.standing(period.end) if row["id"] not in known]
    unknown = sum(len(parts_of(cut, row, amount_then(row))) for row in besides)
    return summed([p for row in stood for p in parts_of(cut, row, amount_then(row))], unknown)
