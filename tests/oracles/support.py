"""Oracles of the KPIs of sales support, written from their definitions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from .activity import met
from .facts import ASSUMED, Cut, Expected, Row, as_said, before, counted, divided, oracle, spread
from .lead import deadline, lasted, past, seconds
from .pauses import PAUSES, unpaused

ASSUMED["turnaround_time"] = {"calendar": None}
ASSUMED["turnaround_time_estimate"] = {"calendar": None}


def paused(cut: Cut, row: Row) -> int:
    """Seconds between asking and completion in which one or more pauses ran, one by one."""
    if not row["pauses"]:
        return 0
    start, end = (cut.world.instant(row[c]).timestamp() for c in ("requested_at", "completed_at"))
    return paused_between(row, start, end)


def paused_between(row: Row, start: Any, end: Any) -> int:
    if not row["pauses"]:
        return 0
    spans = PAUSES[row["pauses"]]
    edges = sorted({at for span in spans for at in span})
    total = 0
    for low, high in pairwise(edges):
        if any(first <= low and high <= last for first, last in spans):
            total += max(0, min(high, end) - max(low, start))
    return int(total)


@oracle
def turnaround_time(cut: Cut, period, calendar=None) -> Expected:
    rows = cut.during("requests", "requested_at", period.start, period.end)
    undated = len(cut.undated("requests", "requested_at"))
    came = [row for row in rows if row["completed_at"] is not None]
    usable = [r for r in came if seconds(cut, r["requested_at"], r["completed_at"]) >= 0]
    lengths = [
        seconds(cut, row["requested_at"], row["completed_at"])
        - (paused(cut, row) if cut.world.tz else 0)
        for row in usable
    ]
    return spread(lengths, len(rows) - len(usable) + undated, Fraction(1, 3600))


@oracle
def turnaround_time_estimate(cut: Cut, period, calendar=None) -> Expected:
    waits = [(row, row["requested_at"], row["completed_at"]) for row in cut.rows("requests")]

    def passed(row: Row, since: Fraction, until: Fraction) -> Fraction:
        return until - since - (paused_between(row, since, until) if cut.world.tz else 0)

    return lasted(cut, period, waits, True, passed)


@oracle
def completion_rate(cut: Cut, period, limit_hours=None, calendar=None) -> Expected:
    rows = cut.rows("requests")
    if limit_hours is None:
        rows = [unpaused_due(cut, row) for row in rows]
        return met(cut, rows, "completed_at", period, "requested_at")
    wait = timedelta(hours=limit_hours)
    ends = [
        (row, unpaused(cut, row, row["requested_at"], "completed_at",
                       deadline(cut, row["requested_at"], wait)))
        for row in rows if row["requested_at"]
    ]  # fmt: skip
    ends = [(row, end) for row, end in ends if cut.within(end, period.start, period.end)]
    due = [(row, end) for row, end in ends if past(cut, end)]
    passed = [one for one in due if not before(cut, one[0]["completed_at"], one[0]["requested_at"])]
    good = [
        row
        for row, end in passed
        if row["completed_at"] is not None
        and (
            row["completed_at"] if cut.world.tz is None else cut.world.instant(row["completed_at"])
        )
        <= end
    ]
    undated = len(cut.undated("requests", "requested_at"))
    return divided(counted(good), counted(passed), undated + len(ends) - len(passed))


def unpaused_due(cut: Cut, row: Row) -> Row:
    """With the deadline it has after its pauses; a day that nothing moves stays a day."""
    due, world = row["due_at"], cut.world
    if due is None or world.tz is None or not row["pauses"]:
        return row
    day = world.day(due)
    whole = not isinstance(due, datetime) or due == world.instant(day)
    end = world.instant(day + timedelta(days=1)) - timedelta(seconds=1) if whole else due
    start = row["requested_at"] or date(1970, 1, 1)
    moved = unpaused(cut, row, start, "completed_at", end)
    if moved == end:
        return row
    # One that is moved has a time of day, and is no day even where that is midnight.
    return row | {"due_at": moved if moved != world.instant(world.day(moved))
                  else moved + timedelta(microseconds=1)}  # fmt: skip


@oracle
def satisfaction_score(cut: Cut, period, measure="score", scale=None) -> Expected:
    sent_undated = len(cut.undated("surveys", "sent_at"))
    if measure == "responses":
        every = cut.during("surveys", "sent_at", period.start, period.end)
        sent = [r for r in every if (cut.days(r["sent_at"], r["answered_at"]) or 0) >= 0]
        sent_undated += len(every) - len(sent)
        answers = [row for row in sent if row["answered_at"] is not None]
        waiting = len(sent) - len(answers)
        return divided(counted(answers), counted(sent), sent_undated, undecided=waiting)
    rows = cut.during("surveys", "answered_at", period.start, period.end)
    scored = [row for row in rows if None not in (row["score"], row["scale"])]
    left_out = len(rows) - len(scored)
    if measure == "top_box":
        best = [row for row in scored if row["score"] == row["scale"]]
        return divided(counted(best), counted(scored), left_out)
    total = sum(row["score"] for row in scored)
    return divided(Expected(total, len(scored)), counted(scored), left_out)


def of_kind(cut: Cut, kind: str | None) -> list[Row]:
    return [row for row in cut.rows("deliverables") if row["kind"] == kind]


def published(cut: Cut, kind: str | None, period: Any) -> list[Row]:
    rows = of_kind(cut, kind)
    return [row for row in rows if cut.within(row["published_at"], period.start, period.end)]


@oracle
def report_punctuality(cut: Cut, period) -> Expected:
    due = [row for row in of_kind(cut, None) if cut.within(row["due_at"], period.start, period.end)]
    found = met(cut, of_kind(cut, "report"), "published_at", period)
    return replace(found, excluded=found.excluded + len(due))


@oracle
def report_usage(cut: Cut, period) -> Expected:
    reports = published(cut, "report", period)
    known = [row for row in reports if row["used"] is not None]
    used = [row for row in known if row["used"]]
    of_none = published(cut, None, period)
    return divided(counted(used), counted(known), len(reports) - len(known) + len(of_none))


@oracle
def insights_delivered(cut: Cut, period) -> Expected:
    every = [row for kind in ("report", "insight", "guide", None)
             for row in published(cut, kind, period)]  # fmt: skip
    return as_said(counted(published(cut, "insight", period)), every, "kind")


@oracle
def material_update_interval(cut: Cut, period) -> Expected:
    def last(row: Row) -> Any:
        return row["updated_at"] or row["published_at"]

    def same(one: Row, other: Row) -> bool:
        return one is other or (
            one["material"] is not None and one["material"] == other["material"]
        )

    world, gaps, of_none = cut.world, [], 0
    for row in (*of_kind(cut, "guide"), *of_kind(cut, None)):
        if last(row) is None or not cut.within(last(row), period.start, period.end):
            continue
        at = world.instant(last(row)) if world.tz else last(row)
        dates = [
            other[column]
            for other in world.rows("deliverables")
            if same(row, other)
            for column in ("published_at", "updated_at")
            if other[column] is not None
        ]
        earlier = [d for d in dates if (world.instant(d) if world.tz else d) < at]
        if earlier and row["kind"] is None:
            of_none += 1
        elif earlier:
            before = max(earlier, key=world.instant) if world.tz else max(earlier)
            gaps.append(cut.days(before, last(row)))
    return spread(gaps, of_none)


@oracle
def material_update_rate(cut: Cut, period, days=31) -> Expected:
    world = cut.world
    latest: dict[Any, tuple[Any, ...]] = {}

    def told(row: Row) -> list[Any]:  # of editions of one moment the one that says more is last
        said = sorted(row, key=lambda name: (name == "id", name))
        return [(row[name] is None, _comparable(world, row[name])) for name in said]

    for at, row in enumerate(world.rows("deliverables")):
        if row["kind"] != "guide":
            continue
        for column in ("published_at", "updated_at"):
            when = row[column]
            if when is None or not world.day(when) < period.end:
                continue
            name = ("row", at) if row["material"] is None else row["material"]
            moment = world.instant(when) if world.tz else world.day(when)
            key = (moment, told(row), column)
            if name not in latest or key > latest[name][0]:
                latest[name] = (key, world.day(when), row)
    mine = of_kind(cut, "guide")
    there = [day for _, day, row in latest.values() if any(row is one for one in mine)]
    end = period.end if world.known is None else min(period.end, world.known + timedelta(days=1))
    fresh = [day for day in there if (end - day).days <= days]
    first = [world.day(row["published_at"] or row["updated_at"]) for row in of_kind(cut, None)]
    return divided(
        counted(fresh), counted(there), sum(d is not None and d < period.end for d in first)
    )


def _comparable(world: Any, value: Any) -> Any:
    if isinstance(value, date):
        return world.instant(value).timestamp() if world.tz else world.day(value).toordinal()
    return str(value)
