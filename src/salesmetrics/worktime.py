"""Business hours on the local clock, with breaks, holidays and half days, for whole arrays.

>>> from datetime import date
>>> movement_day, half_day = date(2024, 3, 1), date(2024, 3, 4)
>>> office = WorkCalendar.weekly("09:00-12:00,13:00-18:00", tz="Asia/Seoul",
...                              holidays=[movement_day], special={half_day: "10:00-12:00"})
>>> print(office)
Mon-Fri 09:00-12:00,13:00-18:00; 1 holiday; 1 special day; Asia/Seoul
>>> int(office.working_days(date(2024, 2, 29), date(2024, 3, 5)))
2
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b
from itertools import groupby, pairwise
from typing import NamedTuple, TypeAlias, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import SalesMetricsError, shown
from .zones import DAY, FIRST_SECOND, LAST_SECOND, RANGE, Zone, whole_numbers, zone

__all__ = ["WorkCalendar"]

_Int64: TypeAlias = NDArray[np.int64]
# When work begins and ends, in seconds of the wall clock since midnight.
_Span: TypeAlias = tuple[int, int]
_Spans: TypeAlias = tuple[_Span, ...]

_WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SPAN = re.compile(r"\s*([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})\s*")
_EPOCH = date(1970, 1, 1)
_FIRST_DAY, _LAST_DAY = FIRST_SECOND // DAY, LAST_SECOND // DAY
# The largest uint16 stands for "never" in a column of days, so it is no day to count up to.
_LAST_COUNTED = 65_534


@final
@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """When a team works, on the wall clock of its zone; `WorkCalendar.weekly` makes and checks it.

    Hours are what the wall clock says, also on the day of a clock change, and a working second
    is a second that passes between opening and closing: a shift over the night in which the
    clock goes forward is an hour shorter. Each opening and closing happens once, when the clock
    first shows its time; where the clock skips that time, at the moment of the change.
    """

    zone: Zone
    #: Monday first.
    week: tuple[_Spans, ...]
    #: Days since 1970-01-01 with hours of their own; none on a holiday.
    exceptions: tuple[tuple[int, _Spans], ...] = field(default=(), repr=False)

    def digest(self) -> str:
        """A short name of its content: equal for equal calendars, in every process."""
        content = repr((self.zone.name, self.week, self.exceptions))
        return blake2b(content.encode(), digest_size=6).hexdigest()

    @classmethod
    def weekly(
        cls,
        hours: str | Mapping[str, str],
        *,
        tz: str,
        days: str | None = None,
        holidays: Iterable[date] = (),
        special: Mapping[date, str] | None = None,
    ) -> WorkCalendar:
        """The same hours every week, except on holidays and on days with special hours.

        `hours` is "09:00-18:00", with breaks "09:00-12:00,13:00-18:00", up to "24:00"; they hold
        for `days` (Monday to Friday if not given). Where days differ, map them to their hours.
        A date that is both a holiday and special has its special hours.

        >>> shop = {"Mon-Thu": "09:00-18:00", "Fri,Sat": "09:00-13:00"}
        >>> str(WorkCalendar.weekly(shop, tz="UTC"))
        'Mon-Thu 09:00-18:00; Fri-Sat 09:00-13:00; UTC'

        Holidays are any dates, and only those given are kept, so give those of all years in the
        data. The package `holidays` has them by country; name the years, it lists none without::

            import holidays
            korea = holidays.country_holidays("KR", years=range(2020, 2031))
            WorkCalendar.weekly("09:00-18:00", tz="Asia/Seoul", holidays=korea)
        """
        if isinstance(hours, str):
            hours = {"Mon-Fri" if days is None else days: hours}
        elif days is not None:
            raise SalesMetricsError(
                f"days={shown(days)} is given together with hours for each day; name the days in "
                "hours alone, or give hours as one text."
            )
        week: dict[int, _Spans] = {}
        for names, text in hours.items():
            for weekday in _weekdays(names):
                if weekday in week:
                    raise SalesMetricsError(
                        f"the hours of {_WEEK[weekday]} are given twice, the second time for "
                        f"{shown(names)}; name each day once."
                    )
                week[weekday] = _spans(text, names)
        exceptions: dict[int, _Spans] = {_day(day, "holiday"): () for day in holidays}
        for day, text in (special or {}).items():
            exceptions[_day(day, "special day")] = _spans(text, str(day))
        if not any(week.values()) and not any(exceptions.values()):
            raise SalesMetricsError(
                "the calendar has no working time at all; give hours for at least one day, "
                "for example WorkCalendar.weekly('09:00-18:00', tz='Asia/Seoul')."
            )
        return cls(
            zone(tz),
            tuple(week.get(weekday, ()) for weekday in range(7)),
            tuple(sorted(exceptions.items())),
        )

    def seconds_between(self, start_utc: ArrayLike, end_utc: ArrayLike) -> _Int64:
        """The working seconds from each start to its end, both in seconds since 1970 UTC.

        An end before its start gives minus the seconds of the reverse, so that spans add up.

        >>> berlin = WorkCalendar.weekly("09:00-18:00", tz="Europe/Berlin")
        >>> friday, monday = 1_709_913_600, 1_710_172_800  # 2024-03-08 and -11, 17:00 in Berlin
        >>> berlin.seconds_between([friday, monday], [monday, friday]).tolist()
        [32400, -32400]
        """
        start, end = _instants(start_utc, "start"), _instants(end_utc, "end")
        hours = _open_hours(self)
        return hours.worked_before(end) - hours.worked_before(start)

    def deadline(self, start_utc: ArrayLike, working_seconds: ArrayLike) -> _Int64:
        """The first instant at which so much working time has passed since each start.

        Time off does not count, so a start out of hours counts from the next opening, and what
        ends exactly with a day ends at its closing, not at the next opening. No working time
        ends where it starts. Always `seconds_between(start, deadline(start, n)) == n`.

        >>> berlin = WorkCalendar.weekly("09:00-18:00", tz="Europe/Berlin")
        >>> friday, monday = 1_709_913_600, 1_710_172_800  # 2024-03-08 and -11, 17:00 in Berlin
        >>> int(berlin.deadline(friday, 9 * 3600)) == monday
        True
        """
        start = _instants(start_utc, "start")
        seconds = whole_numbers(
            working_seconds, "working time", 0, LAST_SECOND,
            "give whole seconds, none negative", SalesMetricsError,
        )  # fmt: skip
        hours = _open_hours(self)
        due = hours.worked_before(start) + seconds
        if due.size and int(due.max()) > int(hours.worked[-1]):
            position = int(np.argmax(due))
            raise SalesMetricsError(
                f"the deadline at position {position} lies after 2149, or after the last working "
                "day of the calendar; give less working time, or hours for every week."
            )
        span = np.searchsorted(hours.worked, due, side="left")
        return np.maximum(start, hours.closes[span] - (hours.worked[span] - due))

    def working_days(self, start: date | ArrayLike, end: date | ArrayLike) -> _Int64:
        """The days with working hours from each start (counted) to its end (not counted).

        Dates, or arrays of days since 1970-01-01; a half day counts as one. An end before its
        start gives minus the days of the reverse.

        >>> berlin = WorkCalendar.weekly("09:00-18:00", tz="Europe/Berlin")
        >>> int(berlin.working_days(date(2024, 3, 8), date(2024, 3, 11)))  # Friday to Monday
        1
        """
        first, last = _day_numbers(start, "start"), _day_numbers(end, "end")
        before = _open_hours(self).days_before
        return np.subtract(before[last - _FIRST_DAY], before[first - _FIRST_DAY])

    def __str__(self) -> str:
        """The hours as they are given, the number of exceptions, and the zone."""
        parts = []
        for spans, days in groupby(range(7), key=lambda weekday: self.week[weekday]):
            names = [_WEEK[day] for day in days]
            if spans:
                hours = ",".join(f"{_clock(opens)}-{_clock(closes)}" for opens, closes in spans)
                parts.append(f"{'-'.join(dict.fromkeys((names[0], names[-1])))} {hours}")
        holidays = sum(not spans for _, spans in self.exceptions)
        others = len(self.exceptions) - holidays
        for count, what in ((holidays, "holiday"), (others, "special day")):
            if count:
                parts.append(f"{count} {what}{'s' if count > 1 else ''}")
        return "; ".join([*parts, self.zone.name])


class _OpenHours(NamedTuple):
    """Every span of open time of a calendar, in UTC and in order, after an empty one."""

    opens: _Int64
    closes: _Int64
    #: Working seconds from the beginning to the end of each span.
    worked: _Int64
    #: Working days before each day from `_FIRST_DAY` on.
    days_before: _Int64

    def worked_before(self, instant: _Int64) -> _Int64:
        span = np.searchsorted(self.opens, instant, side="right") - 1
        worked: _Int64 = self.worked[span] - np.maximum(self.closes[span] - instant, 0)
        return worked


# Some milliseconds and megabytes each: made at the first question, kept for the next ones.
@lru_cache(maxsize=16)
def _open_hours(calendar: WorkCalendar) -> _OpenHours:
    days = np.arange(_FIRST_DAY, _LAST_DAY, dtype=np.int64)
    weekdays = (days + 3) % 7  # 1970-01-01 was a Thursday
    regular = np.ones(days.size, np.bool_)
    working = np.array([bool(spans) for spans in calendar.week])[weekdays]
    local: list[_Int64] = []
    for day, spans in calendar.exceptions:
        if _FIRST_DAY <= day < _LAST_DAY:
            regular[day - _FIRST_DAY] = False
            working[day - _FIRST_DAY] = bool(spans)
            local += [np.array([span], np.int64) + day * DAY for span in spans]
    for weekday, spans in enumerate(calendar.week):
        midnights = days[regular & (weekdays == weekday), None] * DAY
        local += [midnights + span for span in spans]
    clock = np.concatenate(local)
    instants = calendar.zone.earliest_utc(clock[clock[:, 0].argsort()])
    # The empty span at the front saves asking whether an instant lies before the first opening.
    opens, closes = np.insert(instants, 0, FIRST_SECOND, axis=0).T.copy()
    days_before = np.insert(np.cumsum(working, dtype=np.int64), 0, 0)
    return _OpenHours(opens, closes, np.cumsum(closes - opens), days_before)


def _instants(values: ArrayLike, what: str) -> _Int64:
    return whole_numbers(values, what, FIRST_SECOND, LAST_SECOND, RANGE, SalesMetricsError)


def _day_numbers(values: date | ArrayLike, what: str) -> _Int64:
    if isinstance(values, date):
        values = _day(values, what)
    advice = "give days since 1970-01-01, up to 2149-06-05, and leave out missing ones"
    return whole_numbers(values, what, 0, _LAST_COUNTED, advice, SalesMetricsError)


def _day(value: object, what: str) -> int:
    # A datetime is a date to Python, but which date it means depends on a zone.
    if not isinstance(value, date) or isinstance(value, datetime):
        raise SalesMetricsError(
            f"{what} {shown(value)} is not a date; give a datetime.date, for example "
            "date(2024, 12, 25)."
        )
    return (value - _EPOCH).days


def _weekdays(text: str) -> list[int]:
    days: list[int] = []
    for part in text.split(","):
        ends = [name.strip().capitalize() for name in part.split("-")]
        if not set(ends) <= set(_WEEK) or len(ends) > 2:
            raise SalesMetricsError(
                f"days {shown(text)} cannot be read at {shown(part.strip())}; name days as "
                f"{', '.join(_WEEK)}, for example 'Mon-Fri' or 'Mon,Wed,Sat'."
            )
        first, last = _WEEK.index(ends[0]), _WEEK.index(ends[-1])
        # "Fri-Mon" goes on into the next week.
        days += [day % 7 for day in range(first, first + (last - first) % 7 + 1)]
    return days


def _spans(text: str, where: str) -> _Spans:
    spans = []
    for part in text.split(","):
        found = _SPAN.fullmatch(part)
        if not found:
            raise SalesMetricsError(
                f"hours {shown(text)} of {where} cannot be read at {shown(part.strip())}; write "
                "them as '09:00-18:00', and breaks as '09:00-12:00,13:00-18:00'."
            )
        hour, minute, last_hour, last_minute = map(int, found.groups())
        opens, closes = hour * 3600 + minute * 60, last_hour * 3600 + last_minute * 60
        if max(minute, last_minute) > 59 or max(opens, closes) > DAY:
            raise SalesMetricsError(
                f"hours {shown(text)} of {where}: {part.strip()} is not on the clock; "
                "times go from 00:00 to 24:00."
            )
        if closes <= opens:
            raise SalesMetricsError(
                f"hours {shown(text)} of {where}: {part.strip()} closes before it opens, or at "
                "once; write a shift past midnight as '22:00-24:00' on its day and '00:00-06:00' "
                "on the next."
            )
        spans.append((opens, closes))
    spans.sort()
    for (_, closes), (opens, _) in pairwise(spans):
        if opens < closes:
            raise SalesMetricsError(
                f"hours {shown(text)} of {where} overlap: one span opens at {_clock(opens)}, "
                f"before another closes at {_clock(closes)}; make them follow each other."
            )
    return tuple(spans)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
