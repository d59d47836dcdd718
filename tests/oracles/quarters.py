"""Oracles of the KPIs of when in a period deals were created and won."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from .facts import Cut, Expected, counted, divided, money, oracle, summed
from .pipeline import WON, closed

QUARTERS = {(1, 4), (4, 7), (7, 10), (10, 1)}  # months of the first day and the day after


@oracle
def create_and_close_share(cut: Cut, period, of="amount") -> Expected:
    won = closed(cut, period, WON)
    usable = [row for row in won if (cut.days(row["created_at"], row["closed_at"]) or 0) >= 0]
    usable = [row for row in usable if row["created_at"] is not None]
    new = [row for row in usable if cut.within(row["created_at"], period.start, period.end)]
    beside = len(won) - len(usable)
    if of == "count":
        return divided(counted(new), counted(usable), beside)
    whole = summed([money(row) for row in usable])
    return divided(summed([money(row) for row in new]), whole, whole.excluded + beside)


@oracle
def bookings_linearity(cut: Cut, period, last="month") -> Expected:
    won = closed(cut, period, WON)
    end: date = period.end
    first_of_month = (end - timedelta(days=1)).replace(day=1)
    start = first_of_month if last == "month" else end - timedelta(days=7)
    start = max(start, period.start)
    late = [row for row in won if cut.within(row["closed_at"], start, end)]
    whole, part = (summed([money(row) for row in rows]) for rows in (won, late))
    is_quarter = (
        period.start.day == end.day == 1
        and (period.start.month, end.month) in QUARTERS
        and (end - period.start).days < 93
    )
    undefined = Expected(None, whole.n, part.exact, whole.exact, whole.excluded)
    if not is_quarter or not over(cut, end) or whole.exact is None or whole.exact <= 0:
        return undefined
    return divided(part, whole, whole.excluded + part.excluded)


def over(cut: Cut, end: date) -> bool:
    """Whether all of the period lies before what is known, to the second where one is told."""
    at: datetime | None = cut.world.cut_at
    if at is not None:
        midnight = cut.world.instant(end)
        return at >= midnight
    return cut.world.known is None or cut.world.known >= end - timedelta(days=1)
