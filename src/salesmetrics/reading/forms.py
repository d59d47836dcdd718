"""How the cells of a column are written, where that is not the plain way.

A form is told, column by column, in a preset or a mapping; nothing here is ever guessed.  Without
one, a number is `1234.50` and a date `2017-11-15` (see `values`).

>>> Form(thousands=",", strip=("$",)).read("$22,700.00")
Decimal('22700.00')
>>> Form(thousands=",", units={"만": 10_000, "억": 100_000_000}).read("1억 2,000만")
Decimal('120000000')
>>> Form(decimal=",", thousands=" ").read("1\u202f200,00")
Decimal('1200.00')
>>> Form(thousands=",", parentheses=True).read("(1,200.00)")
Decimal('-1200.00')
>>> Form(date="%d %b, %Y").read("15 Apr, 2021")
datetime.date(2021, 4, 15)
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from ..models import values
from ..reasons import Reason

__all__ = ["Form"]

# Excel counts days from here: its 1 is 1900-01-01, and it believes in a 1900-02-29.
EXCEL_FIRST = datetime(1899, 12, 30)
CLOCK = ("%H", "%I", "%M", "%S", "%X", "%c", "%T", "%R")
HALVES = {"오전": "AM", "오후": "PM"}  # of the day, where the pattern has %p
YEAR = ("%Y", "%y", "%G", "%c", "%x")
# What French, Nordic and Swiss programs write where people see a blank or an apostrophe.
BLANKS = {"\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " "}
ALIKE = str.maketrans({**BLANKS, "\u2019": "'"})
MINUS = str.maketrans({"\u2212": "-", "\u2010": "-", "\u2011": "-", "\ufe63": "-", "\uff0d": "-"})


def _alike(mark: Any) -> Any:
    """The plain mark for those that look like it."""
    return mark.translate(ALIKE) if isinstance(mark, str) else mark


def _halves(text: str) -> str:
    """With the halves of the day as `strptime` knows them."""
    for word, half in HALVES.items():
        text = text.replace(word, half)
    return text


class Form(BaseModel):
    """One column's way of writing.

    Args:
        date: a pattern of `strptime`, or several to be tried in their order; `%p` is also 오전 and
            오후.
        epoch: times are counted in seconds or milliseconds from 1970 in UTC.
        excel: days are counted as Excel does (its 1900 system).
        zone: the zone of times that name none; only UTC, other local times are what `tz` says.
        decimal: the decimal mark.
        thousands: the mark between groups of three digits; `" "` is any blank that does not break
            (U+00A0, U+202F) too.
        strip: signs that may stand before or after the number, such as a currency's.
        parentheses: a number in parentheses is negative, as accountants write it.
        units: what a suffix multiplies by, such as `{"만" = 10000}`.
        percent: a probability from 0 to 100.
        missing: texts that mean that nothing is there, such as `\\N`, `NULL` or `-`, letter by
            letter.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    date: str | tuple[str, ...] = ()
    epoch: Literal["s", "ms"] | None = None
    excel: bool = False
    zone: Literal["UTC"] | None = None
    decimal: Literal[".", ","] = "."
    thousands: Annotated[Literal["", ",", ".", " ", "'"], BeforeValidator(_alike)] = ""
    strip: tuple[str, ...] = ()
    parentheses: bool = False
    units: Mapping[str, int] = {}
    percent: bool = False
    missing: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_of_a_kind(self) -> Self:
        if bool(self.date) + (self.epoch is not None) + self.excel > 1:
            raise ValueError("give one of date, epoch and excel")
        if self.thousands == self.decimal:
            raise ValueError("the decimal mark and the thousands mark have to differ")
        return self

    @property
    def numeric(self) -> bool:
        """Whether numbers, not only texts, are read in another way."""
        return self.percent or self.excel or self.epoch is not None

    def read(self, value: Any) -> Any:
        """What the cell means, for the kind of its column to judge; `ValueError` if it does not."""
        if values.is_missing(value) or (isinstance(value, str) and value in self.missing):
            return None
        if self.epoch is not None or self.excel:
            return self._counted(value)
        if isinstance(value, str):
            if self.date:
                return self._date(value.strip())
            if self._writes_numbers:
                value = self._number(value)
        if not self.percent:
            return value
        number = values.number(value.strip().removesuffix("%") if isinstance(value, str) else value)
        if number is None or not 0 <= number <= 100:
            raise ValueError(Reason("percent_expected"))
        return number / 100

    def _date(self, text: str) -> dt.date:
        patterns = (self.date,) if isinstance(self.date, str) else self.date
        for pattern in patterns:
            if not any(mark in pattern for mark in YEAR):
                continue  # the year 1900 would be made up, of which Python 3.13 warns
            try:
                at = datetime.strptime(_halves(text) if "%p" in pattern else text, pattern)
            except (ValueError, re.error):  # also of a pattern that names a part twice
                continue
            return at if any(mark in pattern for mark in CLOCK) else at.date()
        raise ValueError(Reason("no_date_of_form", form=tuple(patterns)))

    def _counted(self, value: Any) -> Any:
        if isinstance(value, dt.date):
            return value
        number = values.number(value)
        assert number is not None
        if self.excel:
            if not 61 <= number < 100_000:
                raise ValueError(Reason("excel_day_expected"))
            at = EXCEL_FIRST + timedelta(seconds=round(number * 86_400))
            return at.date() if number == int(number) else at
        seconds = number / 1000 if self.epoch == "ms" else number
        if abs(seconds) > 10**10:
            raise ValueError(Reason("too_far_from_1970", unit=str(self.epoch)))
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))

    @property
    def _writes_numbers(self) -> bool:
        """Whether it says anything of how numbers are written."""
        told = self.strip or self.units or self.thousands or self.parentheses
        return bool(told) or self.decimal != "." or "decimal" in self.model_fields_set

    def _number(self, text: str) -> Decimal | str:
        left, negative = self._unsigned(text.translate(ALIKE).translate(MINUS).strip())
        total, rest = Decimal(0), left
        smallest: int | None = None
        while rest:
            found = self._digits().match(rest)
            if found is None:
                raise ValueError(Reason("number_of_form", form=self._example()))
            plain = found[0].replace(self.thousands, "") if self.thousands else found[0]
            if values.could_be_thousands(plain) and "decimal" not in self.model_fields_set:
                if not self.units:  # as good as written without a sign: judged with its currency
                    return f"-{plain}" if negative else plain
                raise ValueError(values.TWO_MEANINGS)
            rest = rest[found.end() :].strip()
            unit = next((unit for unit in self.units if rest.startswith(unit)), "")
            by = self.units.get(unit, 1)
            if smallest is not None and by >= smallest:
                raise ValueError(Reason("number_of_form", form=self._example()))
            smallest = by
            total += Decimal(plain.replace(self.decimal, ".")) * by
            rest = rest[len(unit) :].strip()
        if smallest is None:
            raise ValueError(Reason("number_of_form", form=self._example()))
        return -total if negative else total

    def _unsigned(self, text: str) -> tuple[str, bool]:
        """Without its sign and what stands around it, and whether it is negative."""
        negative = False
        left = text
        if self.parentheses and left.startswith("(") and left.endswith(")"):
            negative, left = True, left[1:-1].strip()
        for _ in range(2):  # the minus stands before a sign such as $, or after it
            if left.startswith("-") and not negative:
                negative, left = True, left[1:].strip()
            for sign in self.strip:
                left = left.removeprefix(sign).removesuffix(sign).strip()
            if self.parentheses and left.startswith("(") and left.endswith(")") and not negative:
                negative, left = True, left[1:-1].strip()
        return left, negative

    def _digits(self) -> re.Pattern[str]:
        whole = r"\d+"
        if self.thousands:
            mark = re.escape(self.thousands)
            whole = rf"(?:\d{{1,3}}(?:{mark}\d{{3}})+|\d+)(?![\d{mark}])"
        return re.compile(rf"{whole}(?:{re.escape(self.decimal)}\d+)?", re.ASCII)

    def _example(self) -> str:
        number = f"1{self.thousands}234{self.decimal}50"
        sign = self.strip[0] if self.strip else ""
        unit = f" (units: {', '.join(self.units)})" if self.units else ""
        return f"{sign}{number}{unit}"
