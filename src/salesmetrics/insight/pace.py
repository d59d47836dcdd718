"""Where a flow stands against its target, and where it is heading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from ..periods import Period
from ..worktime import WorkCalendar

__all__ = ["Pace", "pace_of"]

Counted = Literal["working days", "calendar days"]


@dataclass(frozen=True, slots=True)
class Pace:
    """A flow after `elapsed` of the `days` of its period, with every day alike.

    `expected` is the target's share of the days gone, `ahead` the figure minus that, `landing`
    the figure at the end if the days to come are like those gone, and `needed_per_day` what the
    rest of the target asks of each day left.  `counted` says which days these are.
    """

    through: date
    days: int
    elapsed: int
    counted: Counted
    expected: Fraction | None
    ahead: Fraction | None
    landing: Fraction | None
    needed_per_day: Fraction | None


def pace_of(
    actual: Fraction,
    target: Fraction,
    period: Period,
    through: date,
    calendar: WorkCalendar | None = None,
) -> Pace:
    """The pace of a figure by the end of the day `through`.

    >>> from salesmetrics import period
    >>> found = pace_of(Fraction(40), Fraction(100), period("2017-11"), date(2017, 11, 15))
    >>> [str(each) for each in (found.expected, found.ahead, found.landing, found.needed_per_day)]
    ['50', '-10', '80', '4']
    """
    end = min(max(through + timedelta(days=1), period.start), period.end)
    if calendar is None:
        counted: Counted = "calendar days"
        days, elapsed = period.days, (end - period.start).days
    else:
        counted = "working days"
        days = int(calendar.working_days(period.start, period.end))
        elapsed = int(calendar.working_days(period.start, end))
    left = days - elapsed
    over = end == period.end
    expected = target if over else target * elapsed / days if days else None
    return Pace(
        through=through,
        days=days,
        elapsed=elapsed,
        counted=counted,
        expected=expected,
        ahead=None if expected is None else actual - expected,
        landing=actual if over else actual * days / elapsed if elapsed else None,
        needed_per_day=None if not left else max(target - actual, Fraction(0)) / left,
    )
