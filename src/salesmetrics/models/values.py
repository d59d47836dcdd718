"""What one cell of data may hold, and how it is read.

Records and columns of Python objects are read by the same functions, so a row is accepted or
refused for the same reason whichever way it comes in.  Nothing is guessed: a number that is not
a number, a date that does not exist or a text that could mean two things is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from ..reasons import Reason

__all__ = [
    "TWO_MEANINGS",
    "Rounded",
    "amount",
    "bounded",
    "choice",
    "could_be_thousands",
    "flag",
    "is_missing",
    "label",
    "moment",
    "months",
    "number",
    "proportion",
    "whole",
]

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2149, 6, 5)
OUTSIDE = f"outside {FIRST_DAY} to {LAST_DAY}, the days that can be held"
NEGATIVE = "a number of months is expected, 0 or more"
TOO_LARGE = Reason("too_large")
TOO_SMALL = Reason("too_small")
MOST_DIGITS = 400  # more than any float has before its point
TWO_MEANINGS = Reason("two_meanings")
EXACT = 2**53  # whole numbers below are floats
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
CLOCK = re.compile(r"\d\d:\d\d(:\d\d)?([.,]\d+)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
SHORT_HOUR = re.compile(r"(\d{4}-\d\d-\d\d[T ])(\d:)", re.ASCII)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
# The words of flags, wherever one is read: in columns, in what says which rows are deleted.
TRUE = {"true", "yes", "1", "1.0", "y", "t", "예", "네", "참"}
FALSE = {"false", "no", "0", "0.0", "n", "f", "아니오", "아니요", "거짓"}


class Rounded(float):
    """A number of more digits than its source keeps: an amount perhaps, but nobody's id."""


def is_missing(value: Any) -> bool:
    """None, NaN, NaT, pandas' NA and the empty text are missing; nothing else is."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    try:
        return bool(value != value)  # noqa: PLR0124  NaN and NaT are the values unlike themselves
    except TypeError:  # pandas.NA refuses to be a truth value
        return True
    except (ValueError, ArithmeticError):  # arrays in a cell; a signalling NaN
        return isinstance(value, Decimal)


def label(value: Any) -> str | None:
    """A name or an id as text; whole numbers lose a trailing `.0` that a blank cell gave them."""
    if is_missing(value):
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        raise ValueError(Reason("name_not_flag"))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Rounded) or (isinstance(value, float) and abs(value) >= EXACT):
        raise ValueError(Reason("rounded_name"))
    if isinstance(value, (float, Decimal)):
        if not -(2**63) < value < 2**63:
            raise ValueError(Reason("name_too_large"))
        if value != int(value):
            raise ValueError(Reason("name_with_decimals"))
        return str(int(value))
    if hasattr(value, "item"):  # a numpy scalar
        return label(value.item())
    raise ValueError(Reason("name_expected", given=type(value).__name__))


def outside() -> Reason:
    """Why a day before or after those that can be held is refused."""
    return Reason("outside_days", first=str(FIRST_DAY), last=str(LAST_DAY))


def moment(value: Any) -> date | datetime | None:
    """A day or an instant: `date`, `datetime` or ISO 8601 text."""
    if is_missing(value):
        return None
    if isinstance(value, str):
        text = SHORT_HOUR.sub(r"\g<1>0\2", value.strip())
        try:
            if DAY.match(text) is None:
                raise ValueError
            value = date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(_no_moment(text)) from None
    if hasattr(value, "to_pydatetime"):  # a pandas Timestamp
        value = value.to_pydatetime(warn=False)
    if not isinstance(value, date):
        raise ValueError(Reason("time_expected", given=type(value).__name__))
    day = value.date() if isinstance(value, datetime) else value
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(outside())
    return value


def _no_moment(text: str) -> Reason:
    """Why a text is no day or time: written in another way, or a day or time that there is not."""
    day = DAY.match(text)
    if not any(digit in text for digit in "123456789"):  # NULL, -, 0000-00-00
        return _with_advice("no_date" if day is None else "no_such_date", "how_missing")
    if day is None:
        return _with_advice("no_date", "how_dates")
    try:
        date.fromisoformat(day[0])
    except ValueError:
        return _with_advice("no_such_date", "how_dates")
    if CLOCK.fullmatch(text, 11):
        return Reason("no_such_time")
    return _with_advice("no_time", "how_dates")


def _with_advice(why: str, how: str) -> Reason:
    """Why a cell cannot be read, with how to say that it is written otherwise."""
    return Reason("with_advice", why=Reason(why), how=Reason(how))


def could_be_thousands(text: str) -> bool:
    """Whether the mark in a text such as 12.500 may part thousands as well as decimals."""
    return THOUSANDS.fullmatch(text.strip()) is not None


def number(value: Any) -> Decimal | None:
    """A plain number as the decimal it prints as; no signs of currency, no thousands marks."""
    if is_missing(value):
        return None
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
        raise ValueError(Reason("number_expected", given=type(value).__name__))
    try:
        read = Decimal(value if isinstance(value, (int, Decimal)) else str(value).strip())
    except InvalidOperation:
        raise ValueError(_with_advice("plain_number_expected", "how_numbers")) from None
    if not read.is_finite():
        raise ValueError(Reason("finite_number_expected"))
    if isinstance(value, str) and "_" in value:
        raise ValueError(_with_advice("plain_number_expected", "how_numbers"))
    if not read and abs(read.adjusted()) > MOST_DIGITS:
        return Decimal(0)
    if read.adjusted() > MOST_DIGITS:  # written out, it would fill the memory
        raise ValueError(TOO_LARGE)
    return read


def bounded(value: Any) -> Decimal | None:
    """A plain number that can be written out as a fraction: not one such as 1e-999999999."""
    read = number(value)
    if read is not None and read.adjusted() < -MOST_DIGITS:
        raise ValueError(TOO_SMALL)
    return read


def amount(value: Any) -> Decimal | None:
    """A plain number of a currency with fewer than three decimals: 12.500 could be 12,500."""
    if isinstance(value, str) and could_be_thousands(value):
        raise ValueError(TWO_MEANINGS)
    return number(value)


def whole(value: Any) -> int | None:
    """A whole number."""
    read = amount(value)
    if read is None:
        return None
    if abs(read) >= 2**63:
        raise ValueError(Reason("whole_number_too_large"))
    if read != int(read):
        raise ValueError(Reason("whole_number_expected"))
    return int(read)


def months(value: Any) -> int | None:
    """A number of months, none of them negative."""
    read = whole(value)
    if read is not None and read < 0:
        raise ValueError(Reason("months_expected"))
    return read


def proportion(value: Any) -> Decimal | None:
    """A share from 0 to 1."""
    read = bounded(value)
    if read is None or 0 <= read <= 1:
        return read
    raise ValueError(Reason("percentage" if 1 < read <= 100 else "probability_expected"))


def flag(value: Any) -> bool | None:
    """True or false, also as text or 1 and 0."""
    if is_missing(value):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a column with a gap makes floats of 1 and 0
    text = str(value).strip().lower()
    if text in TRUE or text in FALSE:
        return text in TRUE
    raise ValueError(Reason("flag_expected", allowed=tuple(sorted(TRUE | FALSE))))


def choice(value: Any, allowed: Iterable[str]) -> str | None:
    """One of a few words."""
    read = label(value)
    if read is None or read in allowed:
        return read
    raise ValueError(Reason("not_one_of", allowed=tuple(allowed)))
