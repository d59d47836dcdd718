"""Oracles of the KPIs of leads, written from their definitions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from fractions import Fraction
from typing import Any

from .facts import ASSUMED, Cut, Expected, Row, before, counted, divided, oracle, spread
from .pauses import unpaused
from .pipeline import average_deal_size

ASSUMED["response_sla_rate"] = {"limit_hours": 24}
MILESTONE = {
    "created": ("created_at",),
    "mql": ("mql_at",),
    "sql": ("sql_at",),
    "opportunity": ("opportunity_at",),
    "won": ("won_at",),
    "opportunity_or_won": ("opportunity_at", "won_at"),
}


def begun(cut: Cut, column: str, period: Any) -> tuple[list[Row], int]:
    """The leads of the period; and, by creation, those of which the period is not known."""
    undated = cut.undated("leads", column) if column == "created_at" else []
    return cut.during("leads", column, period.start, period.end), len(undated)


@oracle
def visits(cut: Cut, period) -> Expected:
    rows = cut.during("visits", "visited_at", period.start, period.end)
    known = [row["visits"] for row in rows if row["visits"] is not None]
    undated = cut.undated("visits", "visited_at")
    left_out = len(rows) - len(known) + len(undated)
    return Expected(sum(known), len(known), sum(known), None, left_out)


@oracle
def visit_to_lead_rate(cut: Cut, period) -> Expected:
    below, leads = visits(cut, period), lead_volume(cut, period)
    undated_visits = len(cut.undated("visits", "visited_at"))
    uncounted = below.excluded - undated_visits
    return divided(leads, below, leads.excluded + undated_visits + uncounted)


@oracle
def lead_volume(cut: Cut, period) -> Expected:
    return counted(*begun(cut, "created_at", period))


@oracle
def qualified_leads(cut: Cut, period, status="mql") -> Expected:
    return counted(begun(cut, f"{status}_at", period)[0])


@oracle
def converted_leads(cut: Cut, period, to="won") -> Expected:
    return counted(begun(cut, f"{to}_at", period)[0])


@oracle
def lead_conversion_rate(
    cut: Cut, period, start="created", to="won", within_days=None, basis="cohort"
) -> Expected:
    (column,), targets = MILESTONE[start], MILESTONE[to]
    rows, undated = begun(cut, column, period)
    if basis == "event":
        targets = targets[:1]

    def days(row: Row) -> list[int]:
        found = [cut.days(row[column], row[target]) for target in targets]
        return [day for day in found if day is not None]

    def impossible(row: Row) -> bool:
        return bool(days(row)) and max(days(row)) < 0

    if basis == "event":
        reached, _ = begun(cut, targets[0], period)
        good = [row for row in reached if not impossible(row)]
        able = [row for row in rows if not impossible(row)]
        return divided(counted(good), counted(able), undated + len(rows) - len(able))

    def reached_it(row: Row) -> bool:
        return any(row[target] is not None for target in targets)

    running = []
    if within_days is not None:
        limit = timedelta(days=within_days)
        running = [r for r in rows if cut.world.day(r[column]) + limit > cut.world.whole]
    passed = [row for row in rows if row not in running]
    old = [row for row in passed if not impossible(row)]
    came = [row for row in old if reached_it(row)]
    if within_days is not None:
        came = [row for row in came if any(0 <= day <= within_days for day in days(row))]
    waiting = sum(not reached_it(row) for row in (old if within_days is None else running))
    out = undated + len(running) + len(passed) - len(old)
    return divided(counted(came), counted(old), out, undecided=waiting)


@oracle
def time_to_convert(cut: Cut, period, start="created", to="won", unit="days") -> Expected:
    rows, undated = begun(cut, MILESTONE[start][0], period)
    lengths = [cut.days(row[MILESTONE[start][0]], row[f"{to}_at"]) for row in rows]
    usable = [length for length in lengths if length is not None and length >= 0]
    return spread(usable, len(rows) - len(usable) + undated)


@oracle
def time_to_convert_estimate(cut: Cut, period, start="created", to="won") -> Expected:
    """The share that has not come by each day, as the product of the days' shares, exact."""
    column, day = MILESTONE[start][0], cut.world.day
    last = min(period.end - timedelta(days=1), cut.world.known or date.max)
    spans, excluded = [], 0
    for row in cut.rows("leads"):
        first, came = day(row[column]), day(row[f"{to}_at"])
        if last < period.start or (came is not None and came < period.start):
            continue
        if first is None:
            excluded += start == "created"
        elif came is not None and came < first:
            excluded += came <= last
        elif first <= last:
            here = came is not None and came <= last
            late = max(period.start - first, timedelta(0))
            spans.append((late.days, ((came if here else last) - first).days, here))
    ended = sum(came for _, _, came in spans)
    longest = max((age for _, age, _ in spans), default=None)
    share, mean, fewest, fallen = Fraction(1), Fraction(0), len(spans), False
    found: dict[str, int] = {}
    for age in range((longest or 0) + 1) if spans else ():
        risk = sum(late <= age <= until for late, until, _ in spans)
        came = sum(until == age and here for _, until, here in spans)
        if came:  # an age that the curve needs
            fewest = min(fewest, risk)
            fallen |= came == risk and any(late > age for late, _, _ in spans)
        share *= 1 - Fraction(came, risk) if risk else 1
        mean += share if age < (longest or 0) else 0
        # Told where at least five were at risk so far, and the curve did not fall to 0 too early.
        for name, of in (
            ("p50", Fraction(1, 2)),
            ("p75", Fraction(1, 4)),
            ("p90", Fraction(1, 10)),
        ):
            if name not in found and share <= of and ended:
                found[name] = age if fewest >= 5 and not fallen else -1
    told = {name: None if found.get(name, -1) < 0 else found[name] for name in ("p75", "p90")}
    median = None if found.get("p50", -1) < 0 else found["p50"]
    numerator = None if median is None or fallen else mean
    return Expected(median, len(spans), numerator, ended, excluded, len(spans) - ended, told)


def waiting_from(row: Row) -> Any:
    return row["handed_over_at"] or row["created_at"]


def answer(cut: Cut, row: Row, since: str = "waiting") -> Any:
    """The first outbound activity by a person since the lead waits, else what the lead says."""
    start, world = begun_at(row, since), cut.world

    def at(value: Any) -> Any:
        return value if world.tz is None else world.instant(value)

    found = [
        activity["done_at"]
        for activity in world.rows("activities")
        if activity["lead"] == row["id"]
        and activity["direction"] == "outbound"
        and not activity["automated"]
        and activity["done_at"] is not None
        and start is not None
        and at(activity["done_at"]) >= at(start)
    ]
    return min(found, key=at) if found else row["first_response_at"]


def begun_at(row: Row, start: str) -> Any:
    return row["created_at"] if start == "created" else waiting_from(row)


@oracle
def lead_response_time(cut: Cut, period, start="waiting", calendar=None) -> Expected:
    handed = start == "handed_over"
    rows = [
        row
        for row in cut.rows("leads")
        if not (handed and row["handed_over_at"] is None)
        if begun_at(row, start) and cut.within(begun_at(row, start), period.start, period.end)
    ]
    answered = [row for row in rows if answer(cut, row, start) is not None]
    waits = [seconds(cut, begun_at(row, start), answer(cut, row, start)) for row in answered]
    usable = [wait for wait in waits if wait >= 0]
    undated = [row for row in cut.rows("leads") if not begun_at(row, start) and not handed]
    return spread(usable, len(rows) - len(usable) + len(undated), Fraction(1, 3600))


def seconds(cut: Cut, start: Any, end: Any) -> int:
    if cut.world.tz is None:
        return (end - start).days * 86_400
    # Not by subtraction: within one zone Python subtracts what the clocks show.
    return int(cut.world.instant(end).timestamp() - cut.world.instant(start).timestamp())


def moment(cut: Cut, value: Any) -> Fraction:
    """Seconds since long ago."""
    world = cut.world
    if world.tz is None:
        return Fraction((world.day(value) - date(1970, 1, 1)).days * 86_400)  # type: ignore[operator]
    return Fraction(world.instant(value).timestamp())


def looked_at(cut: Cut, period: Any) -> tuple[Fraction, Fraction]:
    """The first second of a period, and the first one after it or after all that is known."""
    world, end = cut.world, moment(cut, period.end)
    if world.cut_at is not None:
        end = min(end, Fraction(world.cut_at.timestamp()))
    elif world.known is not None:
        end = min(end, moment(cut, world.known + timedelta(days=1)))
    return moment(cut, period.start), end


def lasted(cut: Cut, period: Any, waits: list[Any], born: bool, passed: Any) -> Expected:
    """The estimate of Kaplan and Meier in hours; of each its row, its beginning and its end."""
    first, stop = looked_at(cut, period)
    spans, excluded = [], 0
    for row, begun, ended in waits:
        since = None if begun is None else moment(cut, begun)
        until = None if ended is None else moment(cut, ended)
        if stop <= first or (until is not None and until < first):
            continue
        if since is None:
            excluded += born
        elif until is not None and until < since:
            excluded += until < stop
        elif since < stop:
            here = until is not None and until < stop
            late = passed(row, since, first) if since < first else 0
            spans.append((late, passed(row, since, until if here else stop), here))
    ended_ones = sum(here for _, _, here in spans)
    longest = max((age for _, age, _ in spans), default=0)
    share, mean, before_it, fewest, fallen = Fraction(1), Fraction(0), 0, len(spans), False
    found: dict[str, Any] = {}
    for age in sorted({age for _, age, here in spans if here}):
        mean, before_it = mean + share * (age - before_it), age
        risk = sum(late <= age <= until for late, until, _ in spans)
        came = sum(until == age and here for _, until, here in spans)
        fewest = min(fewest, risk)
        fallen |= came == risk and any(late > age for late, _, _ in spans)
        share *= 1 - Fraction(came, risk)
        for name, of in (("p50", 2), ("p75", 4), ("p90", 10)):
            if name not in found and share * of <= 1:
                found[name] = None if fewest < 5 or fallen else Fraction(age) / 3600
    mean += share * (longest - before_it)
    median = found.get("p50")
    told = {name: found.get(name) for name in ("p75", "p90")}
    numerator = None if median is None or fallen else mean / 3600
    waiting = len(spans) - ended_ones
    return Expected(median, len(spans), numerator, ended_ones, excluded, waiting, told)


@oracle
def lead_response_time_estimate(cut: Cut, period, start="waiting", calendar=None) -> Expected:
    handed = start == "handed_over"
    waits = [
        (row, row["handed_over_at"] if handed else begun_at(row, start), answer(cut, row, start))
        for row in cut.rows("leads")
    ]
    return lasted(cut, period, waits, not handed, lambda _, since, until: until - since)


@oracle
def response_sla_rate(cut: Cut, period, limit_hours, start="waiting", calendar=None) -> Expected:
    handed = start == "handed_over"
    world, wait = cut.world, timedelta(hours=limit_hours)
    due = {
        id(r): unpaused(
            cut,
            r | {"first_response_at": answer(cut, r, start)},
            begun_at(r, start),
            "first_response_at",
            deadline(cut, begun_at(r, start), wait),
        )
        for r in cut.rows("leads")
        if begun_at(r, start) and not (handed and r["handed_over_at"] is None)
    }
    inside = [
        row
        for row in cut.rows("leads")
        if id(row) in due and cut.within(due[id(row)], period.start, period.end)
    ]
    rows = [row for row in inside if past(cut, due[id(row)])]
    undated = [row for row in cut.rows("leads") if not begun_at(row, start) and not handed]
    every = len(inside)
    rows = [row for row in rows if not before(cut, answer(cut, row, start), begun_at(row, start))]
    met = [
        row
        for row in rows
        if (at := answer(cut, row, start)) is not None
        and (at if world.tz is None else world.instant(at)) <= due[id(row)]
    ]
    return divided(counted(met), counted(rows), len(undated) + every - len(rows))


def deadline(cut: Cut, start: Any, wait: timedelta) -> Any:
    if cut.world.tz is None:
        return start + wait
    return cut.world.instant(start).astimezone(UTC) + wait


def past(cut: Cut, due: Any) -> bool:
    at = cut.world.cut_at
    if at is not None:
        return due < at
    return cut.world.known is not None and cut.world.day(due) <= cut.world.known


STEPS = ("mql_at", "sql_at", "opportunity_at", "won_at")


@oracle
def lead_funnel(cut: Cut, period) -> Expected:
    rows, undated = begun(cut, "created_at", period)
    fine = possible(cut, rows)
    won = [row for row in fine if row["won_at"] is not None]
    out = len(rows) - len(fine) + undated
    return divided(counted(won), counted(fine), out)


def possible(cut: Cut, rows: list[Row], steps: Sequence[str] = STEPS) -> list[Row]:
    """The leads that came to none of these steps on a day before they were created."""
    day = cut.world.day
    return [
        row
        for row in rows
        if all(row[s] is None or not day(row[s]) < day(row["created_at"]) for s in steps)
    ]


def funnel_counts(cut: Cut, period: Any) -> dict[str, int]:
    """How many came to each step: they have its milestone or a later one."""
    rows = possible(cut, begun(cut, "created_at", period)[0])
    found = {"leads": len(rows)}
    for at, step in enumerate(STEPS):
        came = [row for row in rows if any(row[later] is not None for later in STEPS[at:])]
        found[step.removesuffix("_at")] = len(came)
    return found


BEFORE = {
    "2017-Q4": (date(2017, 7, 1), date(2017, 10, 1)),
    "2017-10": (date(2017, 9, 1), date(2017, 10, 1)),
    "2017-11": (date(2017, 10, 1), date(2017, 11, 1)),
    "2017-12": (date(2017, 11, 1), date(2017, 12, 1)),
    "2017-10-15..2017-11-14": (date(2017, 9, 14), date(2017, 10, 15)),
    "2017": (date(2016, 1, 1), date(2017, 1, 1)),
    "2016-02": (date(2016, 1, 1), date(2016, 2, 1)),
    "2018": (date(2017, 1, 1), date(2018, 1, 1)),
    "2017-11-15": (date(2017, 11, 14), date(2017, 11, 15)),
    "2030-05": (date(2030, 4, 1), date(2030, 5, 1)),
}


@oracle
def lead_velocity_rate(cut: Cut, period, status="mql") -> Expected:
    now = len(cut.during("leads", f"{status}_at", period.start, period.end))
    before = len(cut.during("leads", f"{status}_at", *BEFORE[period.label]))
    exact = Fraction(now - before, before) if before else None
    return Expected(exact, before, now - before, before)


@oracle
def expected_value_per_lead(cut: Cut, period) -> Expected:
    rows, undated = begun(cut, "created_at", period)
    fine = possible(cut, rows, ("won_at",))
    won = [row for row in fine if row["won_at"] is not None]
    chance = divided(counted(won), counted(fine), len(rows) - len(fine) + undated)
    size = average_deal_size(cut, period)
    exact = None if None in (chance.exact, size.exact) else chance.exact * size.exact  # type: ignore[operator]
    return Expected(exact, chance.n, exact, None, chance.excluded + size.excluded)
