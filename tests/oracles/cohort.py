"""Oracle of cohorts, one customer and one age at a time."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from dateutil.relativedelta import relativedelta

from .customer import NO_MONEY_YET, Lines, annual, covers, ended, endless, pays
from .facts import ASSUMED, Cut, Expected, oracle

ASSUMED["customer_movements"] = {"active_for_days": 30}


def after(period, age: int) -> tuple[date, date]:
    """The period so many after this one, as long as it."""
    months = {"month": 1, "quarter": 3, "half": 6, "year": 12}.get(period.unit)
    if months is None:
        step = timedelta(days=(period.end - period.start).days)
        return period.start + age * step, period.start + (age + 1) * step
    first, last = (period.start + relativedelta(months=n * months) for n in (age, age + 1))
    return first, last


def subscriber_ages(cut: Cut, period) -> tuple[list[dict[str, Any]], int]:
    """The cohort at every age that has begun: who is retained, and what each of them pays."""
    lines, day = Lines(cut, period, None, deals=False), cut.world.day
    cohort = _started(cut, period)
    left_out = 0
    for row in cut.rows("subscriptions"):
        start, end, never = day(row["started_at"]), ended(cut, row), row["status"] in NO_MONEY_YET
        begun = start is not None and period.start <= start < period.end
        if never:
            left_out += begun and (end is None or end > start)
        elif start is None:
            left_out += 1
        elif row["customer"] is None:
            left_out += begun and pays(cut, row)
        else:
            left_out += begun and pays(cut, row) and row["customer"] in of_unknown_end(cut)
    ages: list[dict[str, Any]] = []
    while cut.world.known is not None and after(period, len(ages))[0] <= cut.world.known:
        _, end = after(period, len(ages))
        rows = {
            who: [row for row in lines.subscriptions[who] if covers(cut, row, end)]
            for who in cohort
        }
        ages.append(
            {
                "customers": len(cohort),
                "retained": sum(any(pays(cut, row) for row in each) for each in rows.values()),
                "unfinished": end > cut.world.whole + timedelta(days=1),
                "pays": {who: [annual(row) for row in each] for who, each in rows.items()},
            }
        )
    return ages, left_out


def buyer_ages(cut: Cut, period) -> tuple[list[dict[str, Any]], int, int]:
    """By revenue records: who bought first in the period, and who of them at every age."""
    day = cut.world.day
    bought = [row for row in cut.rows("revenues") if row["amount"] is None or row["amount"] > 0]
    dated = [row for row in bought if row["booked_at"] is not None]
    inside = [row for row in dated if period.start <= day(row["booked_at"]) < period.end]
    out = len(bought) - len(dated) + sum(row["customer"] is None for row in inside)
    days: dict[str, list[date]] = {}
    for row in dated:
        days.setdefault(row["customer"], []).append(day(row["booked_at"]))
    days.pop(None, None)  # type: ignore[call-overload]
    cohort = [each for each in days.values() if period.start <= min(each) < period.end]
    ages: list[dict[str, Any]] = []
    while cut.world.known is not None and after(period, len(ages))[0] <= cut.world.known:
        start, end = after(period, len(ages))
        retained = sum(any(start <= one < end for one in each) for each in cohort)
        over = end <= cut.world.whole + timedelta(days=1)
        ages.append({"customers": len(cohort), "retained": retained, "unfinished": not over})
    return ages, out, len(cohort)


@oracle
def cohort_retention(cut: Cut, period, purchases=False) -> Expected:
    if purchases:
        ages, left_out, size = buyer_ages(cut, period)
    else:
        ages, left_out = subscriber_ages(cut, period)
        size = ages[0]["customers"] if ages else len(_started(cut, period))
    finished = [age for age in ages if not age["unfinished"]]
    exact = Fraction(finished[-1]["retained"], size) if finished and size else None
    return Expected(exact, size, exact, None, left_out)


def of_unknown_end(cut: Cut) -> set[str]:
    """Customers with a subscription that is over since nobody knows when."""
    return {row["customer"] for row in cut.rows("subscriptions")
            if endless(cut, row) and pays(cut, row)}  # fmt: skip


def _started(cut: Cut, period) -> list[str]:
    firsts: dict[str, date] = {}
    for row in cut.rows("subscriptions"):
        who, start = row["customer"], cut.world.day(row["started_at"])
        if who is not None and start is not None and pays(cut, row):
            firsts[who] = min(start, firsts.get(who, start))
    return [who for who, first in firsts.items()
            if period.start <= first < period.end and who not in of_unknown_end(cut)]  # fmt: skip


@oracle
def customer_movements(cut: Cut, period, active_for_days) -> Expected:
    lines = Lines(cut, period, active_for_days)
    opening = {who for who in lines.customers if lines.active(who, period.start)}
    closing = {who for who in lines.customers if lines.active(who, period.end)}
    change = len(closing) - len(opening)
    return Expected(change, len(opening | closing), change, None, lines.left_out + lines.never)
