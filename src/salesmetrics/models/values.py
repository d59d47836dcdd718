"""What one cell of data may hold, and how it is read.

Records and columns of Python objects are read by the same functions, so a row is accepted or
refused for the same reason whichever way it comes in.  Nothing is guessed: a number that is not
a number, a date that does not exist or a text that could mean two things is an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = [
    "bounded",
    "choice",
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
TOO_LARGE = "too large: 64 bits cannot hold it"
TOO_SMALL = "too close to 0 to be held; round it"
MOST_DIGITS = 400  # more than any float has before its point
TRUE = {"true", "yes", "1", "y", "t"}
FALSE = {"false", "no", "0", "n", "f"}


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
        raise ValueError("a name or id is expected, not true or false")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (float, Decimal)):
        if not -(2**63) < value < 2**63:
            raise ValueError("a name or id is expected, not a number of this size; give it as text")
        if value != int(value):
            raise ValueError("a name or id is expected, not a number with decimals")
        return str(int(value))
    if hasattr(value, "item"):  # a numpy scalar
        return label(value.item())
    raise ValueError(f"a name or id is expected, not {type(value).__name__}")


def moment(value: Any) -> date | datetime | None:
    """A day or an instant: `date`, `datetime` or ISO 8601 text."""
    if is_missing(value):
        return None
    if isinstance(value, str):
        text = value.strip()
        try:
            if len(text) < 10 or text[4] != "-" or text[7] != "-":
                raise ValueError
            value = date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(
                "not a date that exists, in the form 2017-11-15 or 2017-11-15T09:30:00+09:00"
            ) from None
    if hasattr(value, "to_pydatetime"):  # a pandas Timestamp
        value = value.to_pydatetime(warn=False)
    if not isinstance(value, date):
        raise ValueError(f"a date or time is expected, not {type(value).__name__}")
    day = value.date() if isinstance(value, datetime) else value
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(OUTSIDE)
    return value


def number(value: Any) -> Decimal | None:
    """A plain number as the decimal it prints as; no signs of currency, no thousands marks."""
    if is_missing(value):
        return None
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
        raise ValueError(f"a number is expected, not {type(value).__name__}")
    try:
        read = Decimal(value if isinstance(value, (int, Decimal)) else str(value).strip())
    except InvalidOperation:
        raise ValueError("a plain number is expected, such as 1234.50") from None
    if not read.is_finite():
        raise ValueError("a finite number is expected")
    if isinstance(value, str) and "_" in value:
        raise ValueError("a plain number is expected, such as 1234.50")
    if read.adjusted() > MOST_DIGITS:  # written out, it would fill the memory
        raise ValueError(TOO_LARGE)
    return read


def bounded(value: Any) -> Decimal | None:
    """A plain number that can be written out as a fraction: not one such as 1e-999999999."""
    read = number(value)
    if read is not None and read.adjusted() < -MOST_DIGITS:
        raise ValueError(TOO_SMALL)
    return read


def whole(value: Any) -> int | None:
    """A whole number."""
    read = number(value)
    if read is None:
        return None
    if abs(read) >= 2**63:
        raise ValueError("too large: a whole number has to fit 64 bits")
    if read != int(read):
        raise ValueError("a whole number is expected")
    return int(read)


def months(value: Any) -> int | None:
    """A number of months, none of them negative."""
    read = whole(value)
    if read is not None and read < 0:
        raise ValueError(NEGATIVE)
    return read


def proportion(value: Any) -> Decimal | None:
    """A share from 0 to 1."""
    read = bounded(value)
    if read is None or 0 <= read <= 1:
        return read
    hint = "; it looks like a percentage from 0 to 100: divide by 100" if 1 < read <= 100 else ""
    raise ValueError(f"a probability lies between 0 and 1{hint}")


def flag(value: Any) -> bool | None:
    """True or false, also as text or 1 and 0."""
    if is_missing(value):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a column with a gap makes floats of 1 and 0
    text = str(value).strip().lower()
    if text in TRUE or text in FALSE:
        return text in TRUE
    raise ValueError("true or false is expected")


def choice(value: Any, allowed: Iterable[str]) -> str | None:
    """One of a few words."""
    read = label(value)
    if read is None or read in allowed:
        return read
    raise ValueError(f"not one of {', '.join(allowed)}")
