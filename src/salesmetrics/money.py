"""Money as whole numbers: minor units of a currency, dated exchange rates, display.

Amounts are integers of the currency's smallest unit (won, cents, fils), so that sums are exact.
Nothing here knows a default currency or a rate: both are given by the caller every time.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from math import lcm
from numbers import Integral, Rational
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import MoneyError, one_of, shown

__all__ = [
    "CURRENCY_DIGITS", "ExchangeRates", "digits", "format_money", "major_units", "minor_units",
    "round_half_even",
]  # fmt: skip

# ISO 4217 as of 2026-01-01, without codes that have no minor unit to count in (gold, XDR ...).
_CODES_BY_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
        CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
        GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK
        LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO
        NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS
        SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST
        XAD XCD XCG YER ZAR ZMW ZWG
        ANG BGN CUC HRK SLL ZWL""",  # the last line: no longer issued, but old deals carry them
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
CURRENCY_DIGITS: Mapping[str, int] = MappingProxyType(
    {code: places for places, codes in _CODES_BY_DIGITS.items() for code in codes.split()}
)

_SYMBOLS = {
    "AUD": "A$", "BRL": "R$", "CAD": "CA$", "CNY": "CN¥", "EUR": "€", "GBP": "£", "HKD": "HK$",
    "ILS": "₪", "INR": "₹", "JPY": "¥", "KRW": "₩", "MXN": "MX$", "NZD": "NZ$", "PHP": "₱",
    "TWD": "NT$", "USD": "$", "VND": "₫",
}  # fmt: skip

# (unit, its name, decimals shown); a Korean unit spans four digits, hence its own decimals.
_COMPACT = {
    "en": ((10**3, "K", 1), (10**6, "M", 1), (10**9, "B", 1), (10**12, "T", 1)),
    "ko": ((10**4, "만", 1), (10**8, "억", 2), (10**12, "조", 2)),
}

_Ints = NDArray[np.int64]
_Number = int | str | Decimal | float
_Dated = Mapping[Any, _Number]  # by date or its text; keys of a Mapping are invariant
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_PLAIN_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EPOCH = date(1970, 1, 1)
_NEVER = 65535


def digits(currency: str) -> int:
    """Decimals between the major and the minor unit of a currency.

    >>> digits("USD"), digits("KRW"), digits("KWD")
    (2, 0, 3)
    """
    if isinstance(currency, str) and currency in CURRENCY_DIGITS:
        return CURRENCY_DIGITS[currency]
    code = str(currency).strip().upper()
    near = [code] if code in CURRENCY_DIGITS else get_close_matches(code, CURRENCY_DIGITS)
    hint = f"; did you mean {' or '.join(near)}?" if near else " with a minor unit, such as 'EUR'"
    raise MoneyError(f"unknown currency {shown(currency)}; use an active ISO 4217 code{hint}")


def minor_units(amount: int | str | Decimal | float, currency: str) -> int:
    """An amount in major units as a whole number of minor units, exactly.

    A float stands for the decimal number it prints as. Nothing is rounded: an amount finer than
    the minor unit, or one that needs more than 64 bits, is refused.

    >>> minor_units("10.5", "USD"), minor_units(0.29, "USD"), minor_units("1.234", "KWD")
    (1050, 29, 1234)
    """
    places, number = digits(currency), _decimal(amount)
    minor = Fraction(number) * 10**places
    if minor.denominator > 1:
        raise MoneyError(
            f"{number!s:.40} {currency} is finer than a cent-like unit ({places} decimals); "
            f"round it to {places} decimals first"
        )
    if abs(minor) >= 2**63:
        raise MoneyError(f"{number!s:.40} {currency} is beyond 2**63 minor units; check its unit")
    return int(minor)


def major_units(minor: int | Fraction, currency: str) -> Decimal:
    """Minor units as an exact decimal number of major units.

    A fraction of a minor unit is rounded here, once, half to even.

    >>> major_units(1050, "USD"), major_units(Fraction(5, 2), "KRW")
    (Decimal('10.50'), Decimal('2'))
    """
    return Decimal(f"{round_half_even(minor)}E-{digits(currency)}")  # exact, whatever its length


def round_half_even(value: Fraction | int) -> int:
    """The nearest whole number; of two equally near ones the even one.

    >>> [round_half_even(Fraction(half, 2)) for half in (1, 3, 5, -1, -3)]
    [0, 2, 2, 0, -2]
    """
    return value if type(value) is int else round(_fraction(value))


class ExchangeRates:
    """Dated rates into one currency: what one major unit of another is worth in it.

    A rate holds from its day until the day of the next one; with `max_age` at most so many days
    after its own day. Where no rate holds there is none: a missing rate is never 1.

    >>> rates = ExchangeRates(to="KRW", rates={"USD": {"2024-01-01": "1300.5"}}, max_age=31)
    >>> rates.rate("USD", date(2024, 1, 15))
    Decimal('1300.5')
    >>> rates.rate("USD", date(2023, 12, 31)) is None, rates.rate("KRW", date(2023, 12, 31))
    (True, Decimal('1'))
    """

    __slots__ = ("_max_age", "_rates", "_scale", "_steps", "_to")

    def __init__(self, *, to: str, rates: Mapping[str, _Dated], max_age: int | None = None) -> None:
        digits(to)
        if not isinstance(rates, Mapping):
            raise MoneyError(
                f"rates are {shown(rates)}; give them by currency, as {{currency: {{day: rate}}}}"
            )
        if max_age is not None and (type(max_age) is not int or max_age < 0):
            raise MoneyError(f"max_age is {shown(max_age)}; give whole days, or None for any age")
        self._to, self._max_age = to, max_age
        self._rates = {currency: _by_day(currency, rates[currency], to) for currency in rates}
        factors = {
            (currency, day): Fraction(rate) * Fraction(10) ** (digits(to) - digits(currency))
            for currency, dated in self._rates.items()
            for day, rate in zip(*dated, strict=True)
        }
        common = lcm(*(factor.denominator for factor in factors.values()))
        self._scale = next((10**n for n in range(19) if 10**n % common == 0), 10**19)
        for (currency, day), factor in factors.items():
            if 10**18 % factor.denominator or factor * self._scale >= 2**63:
                raise MoneyError(
                    f"the {currency} rate of {day} does not fit into 64 bits beside the others, "
                    "which share one power of ten; check it, or round the rates to fewer decimals"
                )
        self._steps = {to: _steps([], [self._scale], [_NEVER])}
        age = 2**31 if max_age is None else max_age
        for currency, (days, _) in self._rates.items():
            starts = [(day - _EPOCH).days for day in days]
            whole = [int(factors[currency, day] * self._scale) for day in days]
            ends = [min(start + age, _NEVER - 1) for start in starts]
            self._steps[currency] = _steps(starts, [0, *whole], [-1, *ends])

    @property
    def to(self) -> str:
        """The currency that amounts are converted into."""
        return self._to

    @property
    def scale(self) -> int:
        """The power of ten by which the whole numbers of `scaled` are divided."""
        return self._scale

    def rate(self, currency: str, on: date) -> Decimal | None:
        """What one major unit of `currency` is worth on a day; None where no rate holds."""
        digits(currency)
        day = _day(on)
        if currency == self._to:
            return Decimal(1)
        days, values = self._rates.get(currency, ((), ()))
        last = bisect_right(days, day) - 1
        if last < 0 or (self._max_age is not None and (day - days[last]).days > self._max_age):
            return None
        return values[last]

    def scaled(self, currency: str, days: NDArray[np.uint16]) -> tuple[_Ints, NDArray[np.bool_]]:
        """For many days at once: factors for minor units times `scale`, and where a rate holds.

        Minor units of `currency` times factor over `scale` are minor units of `to`, exactly.
        Days count from 1970-01-01; 65535 is "never", when only `to` has a rate. None: factor 0.

        >>> rates = ExchangeRates(to="KRW", rates={"USD": {"1970-01-03": "1300.5"}})
        >>> factors, known = rates.scaled("USD", np.array([1, 2], dtype=np.uint16))
        >>> factors.tolist(), known.tolist(), rates.scale       # a cent is 13.005 won
        ([0, 13005], [False, True], 1000)
        """
        digits(currency)
        if days.dtype != np.uint16:
            raise MoneyError(f"days are {days.dtype}; give uint16 days since 1970-01-01")
        starts, factors, ends = self._steps.get(currency, _steps([], [0], [-1]))
        step = np.searchsorted(starts, days, side="right")
        known = days <= ends[step]
        return factors[step] * known, known

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ExchangeRates):
            return NotImplemented
        return self._said() == other._said()

    def __hash__(self) -> int:
        return hash((self._to, self._max_age, tuple(sorted(self._rates))))

    def _said(self) -> tuple[object, ...]:
        return self._to, self._max_age, self._rates

    def __repr__(self) -> str:
        return f"<ExchangeRates {' '.join(self._rates)} to {self._to}, max_age={self._max_age}>"


def format_money(
    minor: int | Fraction, currency: str, lang: str = "en", compact: bool = False
) -> str:
    """An amount for people to read, rounded once, half to even.

    `compact` shows an amount in the largest unit it reaches once rounded: in English K, M, B, T
    with one decimal; in Korean 만 with up to one, 억 and 조 with up to two, final zeros dropped.
    Amounts below the smallest unit are written out.

    >>> format_money(1000553400, "USD"), format_money(-500, "KRW"), format_money(1234, "KWD")
    ('$10,005,534.00', '-₩500', 'KWD 1.234')
    >>> format_money(1000553400, "USD", compact=True)
    '$10.0M'
    >>> format_money(123_456_789, "KRW", lang="ko", compact=True)
    '₩1.23억'
    """
    decimals = digits(currency)
    if lang not in _COMPACT:
        raise MoneyError(one_of("the language", lang, _COMPACT))
    exact = _fraction(minor)
    amount, count = abs(exact) / 10**decimals, round(abs(exact))
    places, name, reached = decimals, "", Fraction(count, 10**decimals)
    for unit, unit_name, unit_places in _COMPACT[lang] if compact else ():
        if reached < unit:
            break
        count, places, name = round(amount * 10**unit_places / unit), unit_places, unit_name
        reached = Fraction(count * unit, 10**places)
    whole, rest = divmod(count, 10**places)
    tail = f".{rest:0{places}d}" if places else ""
    if name and lang == "ko":
        tail = tail.rstrip("0").rstrip(".")
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    return f"{'-' * (exact < 0 < count)}{symbol}{whole:,}{tail}{name}"


def _decimal(value: object) -> Decimal:
    """The number that was written, exactly; a float as the digits it prints as."""
    number = value
    if isinstance(value, float):
        number = Decimal(float.__repr__(value))
    elif isinstance(value, Integral) and not isinstance(value, bool):
        number = Decimal(int(value))
    elif isinstance(value, str) and _PLAIN_NUMBER.fullmatch(value.strip()):
        number = Decimal(value.strip())
    # The size is looked at first, so that "1E+999999" is never written out.
    if isinstance(number, Decimal) and number.is_finite() and abs(number.adjusted()) < 1000:
        return number
    raise MoneyError(
        f"{shown(number)} is no usable number; give a finite int, Decimal or float, or text such "
        "as '1234.50' without currency sign or thousands separators"
    )


def _fraction(value: object) -> Fraction:
    if isinstance(value, Rational) and not isinstance(value, bool):
        return Fraction(int(value.numerator), int(value.denominator))
    raise MoneyError(f"{shown(value)} is no exact amount; give an int or a Fraction")


def _steps(starts: list[int], factors: list[int], ends: list[int]) -> tuple[_Ints, _Ints, _Ints]:
    """First days, and with one entry in front for "before the first": factors and last days."""
    return np.array(starts, np.int64), np.array(factors, np.int64), np.array(ends, np.int64)


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _PLAIN_DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise MoneyError(f"{shown(value)} is no day; give a date, or text such as '2024-01-31'")


def _by_day(currency: str, dated: object, to: str) -> tuple[tuple[date, ...], tuple[Decimal, ...]]:
    digits(currency)
    if currency == to:
        raise MoneyError(f"{to} needs no rate into itself; leave it out of the rates")
    if not isinstance(dated, Mapping):
        raise MoneyError(f"the {currency} rates are {shown(dated)}; give them as {{day: rate}}")
    rates: dict[date, Decimal] = {}
    for key, value in dated.items():
        day, rate = _day(key), _decimal(value)
        if day in rates:
            raise MoneyError(f"{currency} has two rates for {day}; keep one of them")
        if rate <= 0:
            raise MoneyError(f"the {currency} rate of {day} is {rate!s:.40}; it must be above 0")
        rates[day] = rate
    return tuple(sorted(rates)), tuple(rates[day] for day in sorted(rates))
