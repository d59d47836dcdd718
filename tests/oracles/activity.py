"""Oracles of the KPIs of activity, written from their definitions."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from .customer import Lines
from .facts import (
    ASSUMED,
    Cut,
    Expected,
    Row,
    as_said,
    before,
    counted,
    divided,
    money,
    oracle,
    summed,
)
from .pipeline import WON, closed, standing

ASSUMED["data_completeness"] = {"required": ["owner", "amount", "expected_close_at", "owner"]}


def done(cut: Cut, period: Any) -> list[Row]:
    return cut.during("activities", "done_at", period.start, period.end)


@oracle
def activity_volume(cut: Cut, period, basis="done") -> Expected:
    column = {"done": "done_at", "booked": "scheduled_at"}[basis]
    return counted(cut.during("activities", column, period.start, period.end))


@oracle
def contact_frequency(cut: Cut, period) -> Expected:
    of_deals = [row for row in done(cut, period) if row["deal"] is not None]
    contacts = [row for row in of_deals if row["direction"] == "outbound"]
    stood, unknown = standing(cut, period)
    told = as_said(counted(contacts), of_deals, "direction")
    return divided(told, counted(stood), unknown + told.excluded)


@oracle
def customer_contact_frequency(cut: Cut, period, active_for_days) -> Expected:
    named = [row for row in done(cut, period) if row["customer"] is not None]
    contacts = [row for row in named if row["direction"] == "outbound"]
    told = as_said(counted(contacts), named, "direction")
    lines = Lines(cut, period, active_for_days)
    there = counted([{} for _ in range(lines.at_end)])
    return divided(told, there, lines.unsure_at_end + lines.never + told.excluded)


@oracle
def reply_rate(cut: Cut, period) -> Expected:
    rows = done(cut, period)
    unclear = [row for row in rows if row["direction"] is None]
    contacts = [row for row in rows if row["direction"] == "outbound"]
    known = [row for row in contacts if row["replied"] is not None]
    replied = [row for row in known if row["replied"]]
    return divided(counted(replied), counted(known), len(unclear) + len(contacts) - len(known))


@oracle
def activities_per_win(cut: Cut, period) -> Expected:
    return divided(counted(done(cut, period)), counted(closed(cut, period, WON)), 0)


@oracle
def activity_coverage(cut: Cut, period, days=30) -> Expected:
    stood, unknown = standing(cut, period)
    world = cut.world
    first = period.end if world.known is None else min(period.end, world.known + timedelta(1))

    def at_work(deal: Row) -> bool:
        for row in world.rows("activities"):  # whoever was at work, not the group alone
            if row["deal"] != deal["id"] or row["automated"]:
                continue
            ended, planned = world.day(row["done_at"]), world.day(row["scheduled_at"])
            if ended is not None and first - timedelta(days) <= ended < first:
                return True
            made = world.day(row["created_at"])
            ahead = planned is not None and planned >= first
            if ahead and (ended is None or ended >= first) and (made is None or made < first):
                return True
        return False

    return divided(counted([d for d in stood if at_work(d)]), counted(stood), unknown)


def days_there(cut: Cut, owner: Row, period: Any) -> set[date]:
    """The days of the period on which an owner was on the roster."""
    start, end = cut.world.day(owner.get("started_at")), cut.world.day(owner.get("ended_at"))
    if end is not None and cut.world.known is not None and end > cut.world.known:
        end = None
    each = [period.start + timedelta(n) for n in range(period.days)]
    return {d for d in each if (start is None or start <= d) and (end is None or d < end)}


@oracle
def revenue_per_owner(cut: Cut, period, credit="owner") -> Expected:
    won = summed([money(row) for row in closed(cut, period, WON)])
    there = sum(len(days_there(cut, owner, period)) for owner in cut.rows("owners"))
    return each(won, Fraction(there, period.days), won.excluded)


def each(top: Expected, average: Fraction, excluded: int) -> Expected:
    undefined = top.exact is None or not average
    exact = None if undefined else Fraction(top.exact) / average  # type: ignore[arg-type]
    below = None if top.exact is None else average
    return Expected(exact, top.n, top.exact, below, excluded)


@oracle
def revenue_per_team(cut: Cut, period, credit="owner") -> Expected:
    won = summed([money(row) for row in closed(cut, period, WON)])
    owners = cut.rows("owners")
    there = {
        (owner["team"], day)
        for owner in owners
        if owner["team"] is not None
        for day in days_there(cut, owner, period)
    }
    nobody = sum(owner["team"] is None for owner in owners)
    return each(won, Fraction(len(there), period.days), won.excluded + nobody)


@oracle
def owner_turnover(cut: Cut, period) -> Expected:
    left = [
        row
        for row in cut.during("owners", "ended_at", period.start, period.end)
        if cut.world.day(row["ended_at"]) <= cut.world.known
    ]
    there = sum(len(days_there(cut, owner, period)) for owner in cut.rows("owners"))
    return each(counted(left), Fraction(there, period.days), 0)


def whole_day(cut: Cut, value: Any) -> bool:
    """A deadline that is a day: a date, or its first moment on the local clock."""
    if not isinstance(value, datetime):
        return True
    return value == cut.world.instant(cut.world.day(value))  # type: ignore[arg-type]


def has_passed(cut: Cut, due: Any) -> bool:
    world = cut.world
    if world.cut_at is None:
        return world.known is not None and world.day(due) <= world.known
    if whole_day(cut, due):
        return world.day(due) < world.day(world.cut_at)
    return world.instant(due) < world.cut_at


def in_time(cut: Cut, done_at: Any, due: Any) -> bool:
    if done_at is None:
        return False
    if whole_day(cut, due) and cut.world.day(done_at) <= cut.world.day(due):
        return True
    return cut.world.tz is not None and cut.world.instant(done_at) <= cut.world.instant(due)


def met(cut: Cut, rows: list[Row], done_at: str, period: Any, begun: str = "") -> Expected:
    """Of the rows due in the period, those done in time; the due dates are given."""
    due = [r for r in rows if cut.within(r["due_at"], period.start, period.end)]
    passed = [row for row in due if has_passed(cut, row["due_at"])]
    passed = [row for row in passed if not begun or not before(cut, row[done_at], row[begun])]
    good = [row for row in passed if in_time(cut, row[done_at], row["due_at"])]
    undated = sum(row["due_at"] is None for row in rows)
    return divided(counted(good), counted(passed), len(due) - len(passed) + undated)


@oracle
def crm_entry_rate(cut: Cut, period) -> Expected:
    return met(cut, cut.rows("expectations"), "recorded_at", period)


@oracle
def data_completeness(cut: Cut, period, required) -> Expected:
    mine = cut.during("deals", "created_at", period.start, period.end)
    # Of the group of its creation, with its fields as they are known.
    created = [row for deal in mine if (row := cut.world.find("deals", deal["id"])) is not None]
    fields = sorted(set(required))
    filled = sum(row[field] is not None for row in created for field in fields)
    asked = len(created) * len(fields)
    exact = Fraction(filled, asked) if asked else None
    undated = len(cut.undated("deals", "created_at"))
    return Expected(exact, len(created), filled, asked, undated)


@oracle
def data_accuracy(cut: Cut, period) -> Expected:
    rows = cut.during("checks", "checked_at", period.start, period.end)
    good, every = (sum(row[f"{c}_fields"] for row in rows) for c in ("correct", "checked"))
    exact = Fraction(good, every) if every else None
    return Expected(exact, len(rows), good, every, len(cut.undated("checks", "checked_at")))
