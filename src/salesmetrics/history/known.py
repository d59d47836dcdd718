"""Up to when the world is known: what `as_of` was told, read once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from ..days import EPOCH, NEVER, NEVER_SECONDS, day_number
from ..errors import PeriodError, SalesMetricsError, ZoneError
from ..models import values
from ..periods import ALL_TIME, Period, Periods
from ..reasons import reason_of, without_advice
from ..zones import Zone

__all__ = [
    "Instant",
    "Known",
    "known_day",
    "known_through",
    "latest_known",
    "not_all_time",
    "read_instant",
    "today_of",
    "whole_day_of",
]

Instant = str | date | datetime | Period


@dataclass(frozen=True, slots=True)
class Known:
    """Everything before `second` (or, told as a day, through `day`) has happened.

    `second` is None where a whole day was named: days are then compared as days.  It is `assumed`
    where only what can be planned says it: the start of a contract, the date of an invoice.
    """

    day: int
    second: int | None
    at: date | datetime
    assumed: bool = False

    @property
    def whole_day(self) -> int:
        """The last day known to its end: on the one after it, what falls due may still come."""
        return self.day if self.second is None else self.at.toordinal() - EPOCH - 1

    def is_later_than(self, other: Known) -> bool:
        """Whether more is known; the whole of a day is more than its part before a second."""
        mine, theirs = (NEVER_SECONDS if k.second is None else k.second for k in (self, other))
        return (self.day, mine) > (other.day, theirs)


def known_day(day: int, assumed: bool = False) -> Known:
    """Through the end of that day (days since 1970-01-01)."""
    return Known(day, None, date.fromordinal(day + EPOCH), assumed)


def known_through(day: int, second: int, zone: Zone) -> Known:
    """Through that second, which is of that day: told as the first one that is not known."""
    at = datetime.fromtimestamp(second + 1, ZoneInfo(zone.name))
    return Known(day, second + 1, at)


def latest_known(found: Iterable[Known | None]) -> Known | None:
    """What the latest event of all says; what can be planned only where nothing else does.

    Of the latest day, a time of day says more than the day alone does.
    """
    each = [one for one in found if one is not None]
    sure = [one for one in each if not one.assumed]
    return max(sure or each, key=lambda one: (one.day, one.second or 0), default=None)


def today_of(known: Known | None) -> int:
    """The last day known; later than every day where nothing is."""
    return NEVER if known is None else known.day


def whole_day_of(known: Known | None) -> int:
    """The last day known to its end; before every day where nothing is known."""
    return -1 if known is None else known.whole_day


def read_instant(at: Instant, zone: Zone | None) -> Known:
    """A date means the end of that day, an instant what lies before it, a period its end."""
    if isinstance(at, Period):
        return known_day(day_number(at.end - timedelta(days=1)))
    try:
        read = values.moment(at)
    except ValueError as wrong:
        raise PeriodError(f"as of {at!r}: {without_advice(reason_of(wrong))}") from None
    if read is None:
        raise SalesMetricsError("as of what? give a date, an instant or a period")
    if not isinstance(read, datetime):
        return known_day(day_number(read))
    if zone is None:
        raise ZoneError(
            f"as of {read.isoformat()}: an instant needs the table's time zone; pass tz= where the "
            "table is made, or give a date"
        )
    if read.tzinfo is None:
        local = (
            (read.toordinal() - EPOCH) * 86_400 + read.hour * 3600 + read.minute * 60 + read.second
        )
        second = int(zone.earliest_utc(np.array([local]))[0])
    else:
        second = int(read.timestamp())
        # Told in the table's own zone, so that it compares with the days of periods.
        read = read.astimezone(ZoneInfo(zone.name))
    return Known(int(zone.local_days(np.array([second - 1]))[0]), second, read)


def not_all_time(period: Periods | str) -> None:
    """Refuse a stock of all time."""
    if isinstance(period, Period) and period == ALL_TIME:
        raise SalesMetricsError(
            "a stock is counted at the end of a period, and all time has none; give a period"
        )
