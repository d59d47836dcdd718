"""Periods named from a day on: this-quarter, last-month, last-4-weeks."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from .errors import PeriodError, one_of
from .periods import FiscalYear, Period, period

__all__ = ["is_relative", "named_on", "period_on"]

UNITS = ("day", "week", "month", "quarter", "half", "year")
ONE = re.compile(r"(this|last|next)-([a-z]+)", re.IGNORECASE)
SEVERAL = re.compile(r"last-([0-9]{1,4})-([a-z]+)", re.IGNORECASE)
SO_FAR = re.compile(r"([a-z]+)-to-date", re.IGNORECASE)


def is_relative(text: object) -> bool:
    """Whether a period is named from a day on."""
    return isinstance(text, str) and any(
        form.fullmatch(text.strip()) for form in (ONE, SEVERAL, SO_FAR)
    )


def period_on(text: str, day: date, fiscal: FiscalYear | None = None) -> Period:
    """The period that such a name means on a day; other names are read as `period` does.

    `this-quarter` holds the day, `last-quarter` is the one before, `last-4-weeks` are the four
    weeks that were over by then, and `quarter-to-date` is this one up to the day.

    >>> on = date(2025, 12, 5)
    >>> [str(period_on(name, on)) for name in ("this-quarter", "last-month", "last-4-weeks")]
    ['2025-Q4', '2025-11', '2025-11-03..2025-11-30']
    >>> str(period_on("quarter-to-date", on))
    '2025-Q4 to 2025-12-05'
    """
    name = text.strip().lower()
    if found := SEVERAL.fullmatch(name):
        many, unit = int(found[1]), _unit(found[2], text)
        if many < 1:
            raise PeriodError(f"{text!r} holds no day; write last-1-{unit} or more")
        last = _holding(unit, day, fiscal).previous()
        first = last
        for _ in range(many - 1):
            first = first.previous()
        if many == 1:
            return last
        return period(first.start, last.end, fiscal=fiscal)
    if found := ONE.fullmatch(name):
        here = _holding(_unit(found[2], text), day, fiscal)
        if found[1] == "this":
            return here
        if found[1] == "last":
            return here.previous()
        return _holding(here.unit, here.end, fiscal)
    if found := SO_FAR.fullmatch(name):
        return _holding(_unit(found[1], text), day, fiscal).to_date(day)
    return period(text, fiscal=fiscal)


def named_on(text: str, as_of: str | None, fiscal: FiscalYear | None = None) -> Period:
    """The period of a name beside a day in text; a name that needs a day is refused without."""
    if not is_relative(text):
        return period(text, fiscal=fiscal)
    if as_of is None:
        raise PeriodError(
            f"{text!r} depends on the day it is said; add --as-of 2017-11-15, or --as-of today"
        )
    day = period(as_of[:10]).start
    return period_on(text, day, fiscal)


def _unit(word: str, text: str) -> Any:
    unit = word.removesuffix("s") if word not in UNITS else word
    unit = "half" if unit in ("halve", "half-year") else unit
    if unit not in UNITS:
        raise PeriodError(f"{text!r}: {one_of('unit', word, UNITS)}")
    return unit


def _holding(unit: Any, day: date, fiscal: FiscalYear | None) -> Period:
    """The calendar unit that holds the day, also of a fiscal year."""
    # A span wide enough to hold the whole unit, cut by the calendar.
    span = period(day - timedelta(days=366), day + timedelta(days=367), fiscal=fiscal)
    return next(piece for piece in span.split(unit) if day in piece and piece.unit == unit)
