"""Deals replayed event by event: what the worlds of edge_days.py come to.

A deal is a record of its creation, its removal and its events by table, as (day, value) in time.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from .facts import World
from .history import close_of

DAY = timedelta(days=1)
STAGES = [
    {"id": "talks", "order": 1, "type": "open", "probability": 0.2},
    {"id": "demo", "order": 2, "type": "open", "probability": 0.4},
    {"id": "offer", "order": 3, "type": "open", "probability": 0.65},
    {"id": "won", "order": 4, "type": "won"},
    {"id": "lost", "order": 5, "type": "lost"},
]
TYPE = {stage["id"]: stage["type"] for stage in STAGES}
ORDER = {stage["id"]: stage["order"] for stage in STAGES}
PROBABILITY = {stage["id"]: Fraction(str(stage.get("probability", 0))) for stage in STAGES}
STAGED = World({"stages": STAGES}, None, "EUR")


def known(world):
    """The last day on which anything happened."""
    days = [deal["created_at"] for deal in world]
    days += [deal["removed_at"] for deal in world if deal["removed_at"]]
    days += [day for d in world for rows in d["events"].values() for day, _ in rows]
    return max(days)


def value_at(deal, table, end):
    """The value at the end of a period that ends before `end`; None before the first."""
    found = None
    for day, value in deal["events"][table]:
        if day < end:
            found = value
    return found


def closing(deal, end):
    """Outcome and close as known before `end`."""
    events = deal["events"]["stage_changes"]
    return close_of(STAGED, [{"stage": s, "changed_at": day} for day, s in events if day < end])


def removed(deal, end):
    return deal["removed_at"] is not None and deal["removed_at"] < end


def is_open(deal, end):
    return deal["created_at"] < end and not removed(deal, end) and closing(deal, end)[0] == "open"


def stays(deal):
    """(stage, entered, left, exit) of each stay in an open stage."""
    found = []
    moves = []
    for day, stage in deal["events"]["stage_changes"]:
        if not moves or moves[-1][1] != stage:
            moves.append((day, stage))
    for at, (day, stage) in enumerate(moves):
        if TYPE[stage] != "open":
            continue
        if at + 1 == len(moves):
            found.append((stage, day, None, "still_there"))
            continue
        then, following = moves[at + 1]
        how = "lost" if TYPE[following] == "lost" else "advanced"
        if TYPE[following] == "open" and ORDER[following] < ORDER[stage]:
            how = "moved_back"
        found.append((stage, day, then, how))
    return found


def spans(world, stage, period, to_win=False):
    """(first age seen, last age seen, how it ended: None, "win" or "else") of every stay."""
    last = min(period.end - DAY, known(world))
    for deal in world:
        kind, closed = closing(deal, date.max)
        for name, entered, left, _ in stays(deal) if deal["removed_at"] is None else ():
            end = closed if to_win else left
            if name != stage or last < period.start or entered > last:
                continue
            if end is not None and (end < period.start or end < entered):
                continue
            out = end is not None and end <= last
            how = ("win" if kind == "won" or not to_win else "else") if out else None
            late = max(0, (period.start - entered).days)
            yield late, ((end if out else last) - entered).days, how


def hazards(rows):
    """By age: those at risk, those that ended as waited for, and those that ended at all."""
    for age in sorted({age for _, age, how in rows if how}):
        ended = [how for _, a, how in rows if a == age and how]
        yield age, sum(late <= age <= a for late, a, _ in rows), ended.count("win"), len(ended)


def falls_too_early(rows):
    """Whether all that were watched had ended at some age, and others came to be watched later."""
    return any(
        ended == risk and any(late > age for late, _, _ in rows)
        for age, risk, _, ended in hazards(rows)
    )


def restricted_mean(rows, until):
    """The area under the curve of Kaplan and Meier, day by day."""
    if falls_too_early(rows):
        return None
    share, area, steps = Fraction(1), Fraction(0), {a: (r, e) for a, r, _, e in hazards(rows)}
    for age in range(until):
        if age in steps:
            share *= 1 - Fraction(steps[age][1], steps[age][0])
        area += share
    return area


def incidence(rows):
    """The chance to be won at each age, by Aalen and Johansen."""
    share, found = Fraction(1), {}
    for age, risk, won, ended in () if falls_too_early(rows) else hazards(rows):
        if won:
            found[age] = share * Fraction(won, risk)
        share *= 1 - Fraction(ended, risk)
    return {age: chance for age, chance in found.items() if chance}


def mean_after(chances, age):
    later = {a: chance for a, chance in chances.items() if a > age}
    if not later:
        return None
    return sum(a * chance for a, chance in later.items()) / sum(later.values())


def exits(world, stage, period):
    found = [
        how
        for deal in world
        if deal["removed_at"] is None
        for name, _, left, how in stays(deal)
        if name == stage and left is not None and left in period
    ]
    return found.count("advanced"), len(found)
