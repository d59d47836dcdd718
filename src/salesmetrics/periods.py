"""Periods: half-open spans of calendar dates, as sales people name them.

A `Period` has no zone and no hour: the zone belongs to the data, and nothing asks what day it is.

>>> q4 = period("2017-Q4")
>>> [str(month) for month in q4.split("month")], str(q4.year_before())
(['2017-10', '2017-11', '2017-12'], '2016-Q4')
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias, final, get_args, overload

from dateutil.relativedelta import relativedelta

from .errors import PeriodError, one_of, shown
from .reasons import Reason

__all__ = ["ALL_TIME", "FiscalYear", "Period", "Periods", "as_periods", "period", "trailing"]

_Unit: TypeAlias = Literal["day", "week", "two_weeks", "month", "quarter", "half", "year"]
Align: TypeAlias = Literal["days", "month_ends"]  # what a period to date is compared with
_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_DAY = timedelta(days=1)
# Tables store a local day as uint16 counted from 1970, and its largest value means "never".
_FIRST, _END = date(1970, 1, 1), date(2149, 6, 6)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_NAME = re.compile(r"([0-9]{4})(-H[0-9]|-Q[0-9]|-W[0-9]{2}(?:/2)?|-[0-9]{2})?")
_FISCAL_NAME = re.compile(r"FY([0-9]{4})(-H[0-9]|-Q[0-9]|-M[0-9]{2})?")


@final
@dataclass(frozen=True, slots=True)
class FiscalYear:
    """A fiscal calendar of whole months: where its year begins, and which day's year names it.

    Neither has a default because firms differ: the year from April 2017 to March 2018 is FY2017
    where the start names it and FY2018 where the end does.

    >>> str(period("FY2018-Q1", fiscal=FiscalYear(4, named_after="end")).start)
    '2017-04-01'
    """

    # A 4-4-5 calendar would answer _whole_unit, _back and the first day of a year in its own way.
    first_month: int
    named_after: Literal["start", "end"]

    def __post_init__(self) -> None:
        if type(self.first_month) is not int or not 1 <= self.first_month <= 12:
            raise PeriodError(
                f"first_month is {shown(self.first_month)}; give the month in which the fiscal "
                "year begins as a whole number from 1 to 12, for example 4 for April."
            )
        if self.named_after not in ("start", "end"):
            raise PeriodError(one_of("named_after", self.named_after, ("start", "end")))


@final
@dataclass(frozen=True, slots=True, repr=False)
class Period:
    """The calendar dates from `start` up to, but without, `end`; `label` is how people call it.

    Made by hand it is a custom span; `period` makes quarters, weeks and so on, which also know
    their calendar. Equality and hash go by start, end and label.

    >>> launch = Period(date(2017, 11, 1), date(2017, 11, 15), "launch")
    >>> launch, date(2017, 11, 14) in launch, date(2017, 11, 15) in launch
    (Period('launch', 2017-11-01..2017-11-14), True, False)
    """

    start: date
    end: date
    label: str
    # Not arguments, so that dataclasses.replace(quarter, end=...) gives a plain span.
    _unit: str = field(default="span", init=False, compare=False)
    _fiscal: FiscalYear | None = field(default=None, init=False, compare=False)
    _whole: Period | None = field(default=None, init=False, compare=False)

    def __post_init__(self) -> None:
        if _a_date("start", self.start) >= _a_date("end", self.end):
            raise PeriodError(
                f"A period from {self.start} up to, but without, {self.end} holds no day; "
                "give as end the first day after the period."
            )
        if type(self.label) is not str or not self.label.strip():
            raise PeriodError(f"label is {shown(self.label)}; give the period a name as text.")
        if self.start < _FIRST or self.end > _END:
            raise _outside(self.label)

    def __str__(self) -> str:
        return self.label

    def __repr__(self) -> str:
        return f"Period({self.label!r}, {self.start}..{self.end - _DAY})"

    def __contains__(self, day: object) -> bool:
        return self.start <= _a_date("day", day) < self.end

    @property
    def days(self) -> int:
        """How many days the period holds: `period("2016-02").days == 29`."""
        return (self.end - self.start).days

    @property
    def unit(self) -> str:
        """Its kind: "month", "quarter" and so on; "span", "to_date" or "trailing" of others."""
        return self._unit

    def previous(self, align: Align = "days") -> Period:
        """The period of the same kind just before: the quarter before a quarter.

        A custom span or trailing window gives the equally long one that ends where it starts, a
        period to date as many days of the unit before, or as far by `align="month_ends"`.

        >>> str(period("2017-Q1").previous()), str(period("2017-W01/2").previous())
        ('2016-Q4', '2016-W51/2')
        >>> str(period("2017-Q4").to_date(date(2017, 11, 15)).previous())
        '2017-Q3 to 2017-08-15'
        """
        self._refuse_all_time("previous")
        if self._whole is not None:
            return self._same_stretch(self._whole.previous(), align, _MONTHS.get(self._whole._unit))
        if self._unit == "trailing":
            return trailing(self.days, self.start - _DAY)
        if self._unit == "span":
            return _span(self.start - self.days * _DAY, self.start, self._fiscal)
        back = 14 if self._unit == "two_weeks" else 1
        return _unit_holding(self._unit, self.start - back * _DAY, self._fiscal)

    def year_before(self, align: Align = "days") -> Period:
        """The same period one year earlier; the label follows.

        ISO weeks keep their number; week 53 after a year of 52 weeks is an error, as is the day
        02-29. Spans and periods to date move both bounds by a year (02-29 to 03-01, so adjoining
        spans stay so); trailing windows move their last day (02-29 to 02-28), not their length.

        >>> str(period("2017-Q4").year_before()), str(period("2017-W46").year_before())
        ('2016-Q4', '2016-W46')
        """
        self._refuse_all_time("year_before")
        if self._whole is not None:
            months = 12 if self._whole._unit in _MONTHS else None
            return self._same_stretch(self._whole.year_before(), align, months)
        if self._unit == "trailing":
            return trailing(self.days, self.end - _DAY - relativedelta(years=1))
        start, end, instead = _back(self.start, 12), _back(self.end, 12), "02-28"
        lost = start == end or (self._unit == "day" and start.day != self.start.day)
        if self._unit in ("week", "two_weeks"):
            year, week, _ = self.start.isocalendar()
            start, instead = date.fromisocalendar(year - 1, 1, 1) + (week - 1) * 7 * _DAY, "W52"
            lost = start.isocalendar().week != week
        if lost:
            year = self.start.year - 1
            facts = {"period": self.label, "year": str(year), "instead": f"{year}-{instead}"}
            raise PeriodError(Reason("no_counterpart", **facts))
        if self._unit == "span":
            return _span(start, end, self._fiscal)
        return _unit_holding(self._unit, start, self._fiscal)

    def split(self, unit: _Unit) -> tuple[Period, ...]:
        """The pieces of the period by calendar unit, without gap or overlap.

        Units: day, week (from Monday), two_weeks (counted from the week of the first day), month,
        quarter, half, year; fiscal periods are cut by their own calendar. A first or last unit
        that is not wholly inside is clipped and labelled as the span it then is.

        >>> [str(week) for week in period("2017-11-09..2017-11-21").split("week")]
        ['2017-11-09..2017-11-12', '2017-W46', '2017-11-20..2017-11-21']
        """
        if unit not in get_args(_Unit):
            raise PeriodError(one_of("unit of split()", unit, get_args(_Unit)))
        self._refuse_all_time("split")
        pieces: list[Period] = []
        day = self.start
        while day < self.end:
            start, end, _ = _whole_unit(unit, day, self._fiscal)
            if self.start <= start and end <= self.end:
                pieces.append(_unit_holding(unit, day, self._fiscal))
            elif start <= self.start and self.end <= end:
                pieces.append(self)
            else:
                pieces.append(_span(max(start, self.start), min(end, self.end), self._fiscal))
            day = end
        return tuple(pieces)

    def to_date(self, day: date) -> Period:
        """The period to the end of `day`: year to date and the like; of a span, a shorter span.

        >>> str(period("2017-Q4").to_date(date(2017, 11, 15)))
        '2017-Q4 to 2017-11-15'
        """
        if day not in self:
            raise PeriodError(f"{day} is outside the period; give a day that is in {self!r}.")
        whole = self._whole or self
        if whole._unit in ("span", "trailing"):
            return _span(self.start, day + _DAY, self._fiscal)
        label = f"{whole.label} to {day}"
        return _made((self.start, day + _DAY, label), "to_date", self._fiscal, whole)

    def _same_stretch(self, other: Period, align: Align, months: int | None) -> Period:
        if align not in get_args(Align):
            raise PeriodError(one_of("align", align, get_args(Align)))
        over = self._whole is not None and self.end == self._whole.end
        by_days = other.end if over else min(other.start + self.days * _DAY, other.end)
        end = _back(self.end, months) if months and align == "month_ends" else by_days
        return other.to_date(end - _DAY)

    def _refuse_all_time(self, method: str) -> None:
        if (self._whole or self)._unit == "all":
            raise PeriodError(f"{self.label} has no {method}(); ask it of a period such as 2017.")


Periods: TypeAlias = Period | Sequence[Period | str]


@overload
def period(text: str | Period, end: None = None, *, fiscal: FiscalYear | None = None) -> Period: ...
@overload
def period(text: date, end: date, *, fiscal: FiscalYear | None = None) -> Period: ...
def period(
    text: str | Period | date, end: date | None = None, *, fiscal: FiscalYear | None = None
) -> Period:
    """A period from the way people write it, in upper or lower case.

    `2017`, `2017-H2`, `2017-Q4`, `2017-11`, `2017-W46` (ISO week, from Monday), `2017-W46/2` (two
    weeks beginning with that one), `2017-11-15`; `FY2017`, `FY2017-H1`, `FY2017-Q1`, `FY2017-M03`
    (third month) with `fiscal=`. A text `2017-10-01..2017-12-31` *includes* the last day; of two
    dates the second is *excluded*, as in `Period`. Both give a custom span, even where it happens
    to be a quarter, and `fiscal` then says how it splits. A Period comes back as it is.

    >>> period("2017-q4")
    Period('2017-Q4', 2017-10-01..2017-12-31)
    >>> period("2017-10-01..2017-10-31") == period(date(2017, 10, 1), date(2017, 11, 1))
    True
    >>> period("FY2017-Q1", fiscal=FiscalYear(first_month=4, named_after="start"))
    Period('FY2017-Q1', 2017-04-01..2017-06-30)
    """
    if fiscal is not None and not isinstance(fiscal, FiscalYear):
        raise PeriodError(f"fiscal is {shown(fiscal)}; give FiscalYear(first_month, named_after).")
    if end is not None:
        return _span(_a_date("first date", text), _a_date("second date", end), fiscal)
    if isinstance(text, Period):
        return text
    written = text.strip().upper() if isinstance(text, str) else ""
    days = [_DATE.fullmatch(part.strip()) for part in written.split("..")]
    if len(days) <= 2 and days[0] and days[-1]:
        first, last = _existing(days[0], text), _existing(days[-1], text)
        if last < first:
            raise PeriodError(f"{shown(text)} ends before it begins; write the earlier day first.")
        if len(days) == 2:
            return _span(first, last + _DAY, fiscal)
        return _unit_holding("day", first, None)
    if name := _NAME.fullmatch(written):
        return _named(name, None, text)
    if name := _FISCAL_NAME.fullmatch(written):
        if fiscal is None:
            raise PeriodError(
                f"{shown(text)} needs to know the fiscal year; write for example period("
                f"{shown(text)}, fiscal=FiscalYear(first_month=4, named_after='start'))."
            )
        return _named(name, fiscal, text)
    raise PeriodError(
        f"{shown(text)} is not a period; write it as one of 2017, 2017-H2, 2017-Q4, 2017-11, "
        "2017-W46, 2017-W46/2 (two weeks), 2017-11-15, 2017-10-01..2017-12-31 (last day included), "
        "FY2017, FY2017-H1, FY2017-Q1, FY2017-M03 (these with fiscal=), or as two dates "
        "period(first_day, first_day_after)."
    )


def trailing(days: int, until: date) -> Period:
    """The `days` days that end with and include the date `until`.

    >>> trailing(90, date(2017, 12, 31))
    Period('90 days to 2017-12-31', 2017-10-03..2017-12-31)
    """
    if type(days) is not int or days < 1:
        raise PeriodError(f"days is {shown(days)}; give a whole number of days, at least 1.")
    label = f"{days} day{'s' if days > 1 else ''} to {_a_date('until', until)}"
    if until >= _END or days > (until - _FIRST).days + 1:
        raise _outside(label)
    return _made((until - (days - 1) * _DAY, until + _DAY, label), "trailing")


def as_periods(value: Period | str | Sequence[Period | str]) -> tuple[Period, ...]:
    """One period or several, as a tuple; texts are read by `period`.

    >>> [p.days for p in as_periods(["2017-Q3", "2017-Q4"])]
    [92, 92]
    """
    if isinstance(value, Period | str):
        return (period(value),)
    if not isinstance(value, Sequence) or isinstance(value, bytes) or not value:
        raise PeriodError(
            f"{shown(value)} is not one or more periods; give a Period, a text such as '2017-Q4', "
            "or a list or tuple with at least one of them."
        )
    periods = tuple(period(each) for each in value)
    labels = [each.label for each in periods]
    if twice := [label for label in dict.fromkeys(labels) if labels.count(label) > 1]:
        raise PeriodError(f"Periods must differ by label; leave out the second {twice[0]!r}.")
    return periods


def _whole_unit(unit: str, day: date, fiscal: FiscalYear | None) -> tuple[date, date, str]:
    # Bare, not a Period: the unit around the first day of 1970 may begin before the range.
    if unit == "day":
        return day, day + _DAY, str(day)
    if unit in ("week", "two_weeks"):
        year, week, weekday = day.isocalendar()
        start, two = day - (weekday - 1) * _DAY, unit == "two_weeks"
        return start, start + (14 if two else 7) * _DAY, f"{year}-W{week:02}{'/2' if two else ''}"
    size, since = _MONTHS[unit], (day.month - (fiscal.first_month if fiscal else 1)) % 12
    opening = day.replace(day=1) - relativedelta(months=since)
    start, number = opening + relativedelta(months=since // size * size), since // size + 1
    naming = opening + relativedelta(months=11 if fiscal and fiscal.named_after == "end" else 0)
    month = f"-M{number:02}" if fiscal else f"-{number:02}"
    part = {"year": "", "half": f"-H{number}", "quarter": f"-Q{number}", "month": month}[unit]
    label = f"{'FY' if fiscal else ''}{naming.year}{part}"
    return start, start + relativedelta(months=size), label


def _named(name: re.Match[str], fiscal: FiscalYear | None, text: object) -> Period:
    """The unit of that name, looked for from the first one of its year on."""
    wanted, year = name[0].removesuffix("/2"), _year(name[1], text)
    mark = (name[2] or "")[:2]
    unit = {"": "year", "-H": "half", "-Q": "quarter", "-W": "week"}.get(mark, "month")
    # The fourth of January is the earliest day that is in ISO week 1 of every year.
    day = date(year, fiscal.first_month if fiscal else 1, 4)
    day -= relativedelta(years=int(_whole_unit("year", day, fiscal)[2][-4:]) - year)
    labels: list[str] = []
    while (whole := _whole_unit(unit, day, fiscal))[2].startswith(wanted.partition("-")[0]):
        if whole[2] == wanted:
            return _unit_holding(unit if wanted == name[0] else "two_weeks", day, fiscal)
        labels.append(whole[2])
        day = whole[1]
    raise PeriodError(f"{shown(text)} does not exist; choose one of {labels[0]} to {labels[-1]}.")


def _existing(found: re.Match[str], text: object) -> date:
    try:
        return date(_year(found[1], text), int(found[2]), int(found[3]))
    except PeriodError:
        raise
    except ValueError as error:
        reason = f"{shown(text)} does not exist: {error} ({found[0]})"
        raise PeriodError(f"{reason}; write a day of the calendar.") from None


def _year(digits: str, text: object) -> int:
    # A unit that begins or ends just outside the range is refused later, by its own label.
    if not _FIRST.year - 1 <= int(digits) <= _END.year + 1:
        raise _outside(text)
    return int(digits)


def _made(span: tuple[date, date, str], *facts: object) -> Period:
    made = Period(*span)
    for name, fact in zip(("_unit", "_fiscal", "_whole"), facts, strict=False):
        object.__setattr__(made, name, fact)
    return made


def _unit_holding(unit: str, day: date, fiscal: FiscalYear | None) -> Period:
    return _made(_whole_unit(unit, day, fiscal), unit, fiscal)


def _span(start: date, end: date, fiscal: FiscalYear | None) -> Period:
    return _made((start, end, f"{start}..{end - _DAY}"), "span", fiscal)


def _back(day: date, months: int) -> date:
    # A missing day (02-30) becomes the next 1st, so adjoining periods neither overlap nor part.
    moved = day - relativedelta(months=months)
    return moved if moved.day == day.day else moved + _DAY


def _a_date(name: str, value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise PeriodError(
        f"{name} is {shown(value)}; give a datetime.date, and of an instant the date that it has "
        "in the zone of the data."
    )


def _outside(text: object) -> PeriodError:
    return PeriodError(
        f"{shown(text)} reaches outside {_FIRST}..{_END - _DAY}, the days that tables can hold; "
        "choose dates within them."
    )


ALL_TIME = _made((_FIRST, _END, "all time"), "all")
