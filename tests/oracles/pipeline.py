"""Oracles of the KPIs of deals, written from their definitions."""

from __future__ import annotations

from fractions import Fraction

from .facts import (
    Cut,
    Expected,
    Row,
    amount_now,
    counted,
    divided,
    money,
    oracle,
    spread,
    summed,
)

WON, DECIDED = {"won"}, {"won", "lost"}


def closed(cut: Cut, period: object, outcomes: set[str]) -> list[Row]:
    rows = cut.during("deals", "closed_at", period.start, period.end)  # type: ignore[attr-defined]
    return [row for row in rows if row["outcome"] in outcomes]


@oracle
def deals_created(cut: Cut, period) -> Expected:
    undated = cut.undated("deals", "created_at")
    return counted(cut.during("deals", "created_at", period.start, period.end), len(undated))


@oracle
def won_deals(cut: Cut, period) -> Expected:
    return counted(closed(cut, period, WON))


@oracle
def bookings(cut: Cut, period) -> Expected:
    return summed([money(row) for row in closed(cut, period, WON)])


@oracle
def win_rate(cut: Cut, period, of="count", losses="qualified", overdue=False) -> Expected:
    out = closed(cut, period, {"disqualified"})
    decided = closed(cut, period, DECIDED) + (out if losses == "all" else [])
    beside = len(out) if losses == "qualified" else 0
    if overdue:
        decided += [
            row
            for row in cut.during("deals", "expected_close_at", period.start, period.end)
            if row["outcome"] == "open"
            and cut.world.day(row["expected_close_at"]) <= cut.world.known
        ]
    won = [row for row in decided if row["outcome"] == "won"]
    if of == "count":
        return divided(counted(won), counted(decided), beside)
    whole = summed([amount_now(row) for row in decided])
    return divided(summed([amount_now(row) for row in won]), whole, whole.excluded + beside)


@oracle
def close_rate(cut: Cut, period, of="count") -> Expected:
    created = cut.during("deals", "created_at", period.start, period.end)
    undated = cut.undated("deals", "created_at")
    won = [row for row in created if row["outcome"] == "won"]
    still_open = sum(row["outcome"] == "open" for row in created)
    if of == "count":
        return divided(counted(won), counted(created), len(undated), undecided=still_open)
    undated_won = sum(row["outcome"] == "won" for row in undated)
    whole = summed([amount_now(row) for row in created], len(undated))
    part = summed([amount_now(row) for row in won], undated_won)
    return divided(part, whole, whole.excluded, undecided=still_open)


@oracle
def average_deal_size(cut: Cut, period) -> Expected:
    won = closed(cut, period, WON)
    amounts = summed([money(row) for row in won])
    return divided(amounts, counted([r for r in won if money(r) is not None]), amounts.excluded)


@oracle
def sales_cycle(cut: Cut, period, start="created", outcome="won", unit="days") -> Expected:
    rows = closed(cut, period, {outcome})
    lengths = [cut.days(begin(cut, row, start), row["closed_at"]) for row in rows]
    usable = [length for length in lengths if length is not None and length >= 0]
    per = {"days": Fraction(1), "weeks": Fraction(1, 7), "months": 12 / Fraction("365.25")}[unit]
    return spread(usable, len(rows) - len(usable), per)


def begin(cut: Cut, row: Row, start: str) -> object:
    if start == "lead":
        lead = cut.world.find("leads", row.get("lead"))
        return None if lead is None else lead.get("created_at")
    return row.get(f"{start}_at")


def standing(cut: Cut, period) -> tuple[list[Row], int]:
    """The deals open at the end, and how many there may have been besides."""
    day, world = cut.world.day, cut.world
    end = period.end
    now_known = world.recorded is not None and world.known >= world.recorded
    reached = now_known and world.recorded < end
    stood, unknown = [], 0
    for row in cut.rows("deals"):
        created, gone = day(row.get("created_at")), day(row.get("closed_at"))
        still_there = gone is None or gone >= end
        if created is None:
            if gone is None and reached:
                stood.append(row)
            elif still_there:
                unknown += 1
        elif created < end and still_there:
            stood.append(row)
    # What closed before it was created never stood.
    stood = [row for row in stood if (cut.days(row["created_at"], row["closed_at"]) or 0) >= 0]
    return stood, unknown


def amount_then(row: Row) -> Fraction | None:
    """What it was worth while it stood: never what it closed at."""
    return money(row, "list_amount") if row["closed_at"] is not None else amount_now(row)


@oracle
def open_deals(cut: Cut, period) -> Expected:
    stood, unknown = standing(cut, period)
    return counted(stood, unknown)


@oracle
def open_pipeline(cut: Cut, period) -> Expected:
    stood, unknown = standing(cut, period)
    return summed([amount_then(row) for row in stood], unknown)


@oracle
def weighted_pipeline(cut: Cut, period, probability="own") -> Expected:
    stood, unknown = standing(cut, period)

    def product(row: Row) -> Fraction | None:
        if row["closed_at"] is not None:
            return None
        stage = cut.world.find("stages", row.get("stage"))
        of_stage = None if stage is None else stage.get("probability")
        own = row.get("probability") if probability == "own" else None
        share, amount = of_stage if own is None else own, amount_then(row)
        return None if share is None or amount is None else amount * Fraction(share)

    return summed([product(row) for row in stood], unknown)
