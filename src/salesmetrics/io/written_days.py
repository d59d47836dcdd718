"""How the cells of a column write days: told by all of them together.

Whether 03/04/2025 is of March or of April another cell decides, whose one number is no month; where
none does, nothing is told.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["WrittenDays", "days_written"]

MOST = 0.9  # of the cells have to be written alike
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PLAIN = "%Y-%m-%d"
YEAR_FIRST = re.compile(r"(\d{4})(-|/|\.|\. )(\d{1,2})\2(\d{1,2})(\.?)")
IN_KOREAN = re.compile(r"(\d{4})년( ?)(\d{1,2})월( ?)(\d{1,2})일")
YEAR_LAST = re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4})")
DAY_MONTH = re.compile(rf"(\d{{1,2}})([- ])({'|'.join(MONTHS)})\2(\d{{4}})")
MONTH_DAY = re.compile(rf"({'|'.join(MONTHS)}) (\d{{1,2}}), (\d{{4}})")
CLOCK = re.compile(r"([ T])(?:(오전|오후)( ?))?\d{1,2}:\d\d(:\d\d)?(?:( ?)[AaPp][Mm])?$")
Numbers = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class WrittenDays:
    """The pattern of `strptime`; None where days are as 2025-01-03, or the cells leave it open."""

    pattern: str | None
    earliest: Numbers


def days_written(labels: Sequence[str]) -> WrittenDays | None:
    """How these texts write days; None where they are no days."""
    read = [found for label in labels if (found := _read(label)) is not None]
    if not read or len(read) < MOST * len(labels):
        return None
    shapes = Counter(shape for shape, _ in read)
    shape = shapes.most_common(1)[0][0]
    each = [numbers for one, numbers in read if one == shape]
    if len(each) < MOST * len(labels):
        return None
    if "%1" not in shape:
        return WrittenDays(None if shape.startswith(PLAIN) else shape, min(each))
    firsts, seconds = (any(numbers[at] > 12 for numbers in each) for at in (0, 1))
    if firsts and seconds:
        return None
    day, month = (0, 1) if firsts else (1, 0)
    earliest = min((numbers[2], numbers[month], numbers[day]) for numbers in each)
    if not (firsts or seconds):
        return WrittenDays(None, earliest)
    first, second = ("%d", "%m") if firsts else ("%m", "%d")
    return WrittenDays(shape.replace("%1", first).replace("%2", second), earliest)


def _read(text: str) -> tuple[str, Numbers] | None:
    """The shape of a day with its hours, and its numbers; first and second as they stand."""
    clock = CLOCK.search(text)
    day, hours = (text, "") if clock is None else (text[: clock.start()], _hours(clock))
    if one := YEAR_FIRST.fullmatch(day):
        year, mark, month, number, end = one.groups()
        return f"%Y{mark}%m{mark}%d{end}{hours}", (int(year), int(month), int(number))
    if one := IN_KOREAN.fullmatch(day):
        year, gap, month, more, number = one.groups()
        return f"%Y년{gap}%m월{more}%d일{hours}", (int(year), int(month), int(number))
    if one := YEAR_LAST.fullmatch(day):
        first, mark, second, year = one.groups()
        return f"%1{mark}%2{mark}%Y{hours}", (int(first), int(second), int(year))
    if one := DAY_MONTH.fullmatch(day):
        number, mark, name, year = one.groups()
        numbers = int(year), MONTHS.index(name) + 1, int(number)
        return f"%d{mark}%b{mark}%Y{hours}", numbers
    if one := MONTH_DAY.fullmatch(day):
        name, number, year = one.groups()
        return f"%b %d, %Y{hours}", (int(year), MONTHS.index(name) + 1, int(number))
    return None


def _hours(clock: re.Match[str]) -> str:
    gap, half, between, seconds, after = clock.groups()
    by_halves = half is not None or after is not None
    before = f"%p{between}" if half is not None else ""
    behind = f"{after}%p" if after is not None else ""
    return f"{gap}{before}{'%I' if by_halves else '%H'}:%M{':%S' if seconds else ''}{behind}"
