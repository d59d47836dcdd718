"""Money against a second way of computing it: decimals shifted as text, rates found by a walk."""

from __future__ import annotations

import pickle
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from salesmetrics.errors import MoneyError, SalesMetricsError
from salesmetrics.money import (
    CURRENCY_DIGITS,
    ExchangeRates,
    digits,
    format_money,
    major_units,
    minor_units,
    round_half_even,
)

LIMIT = 2**63
EPOCH = date(1970, 1, 1)
CURRENCIES = st.sampled_from(["KRW", "USD", "KWD", "CLF"])
MINOR = st.integers(-LIMIT + 1, LIMIT - 1)
WIDE = Context(prec=200)


def as_text(minor: int, places: int) -> str:
    """Put the point into the digits by hand."""
    figures = str(abs(minor)).rjust(places + 1, "0")
    whole, rest = figures[: len(figures) - places], figures[len(figures) - places :]
    return ("-" if minor < 0 else "") + whole + ("." + rest if places else "")


def nearest_even(value: Fraction) -> int:
    below = value.numerator // value.denominator
    twice = 2 * (value - below)
    return below + (twice > 1 or (twice == 1 and below % 2 == 1))


class TestCurrencies:
    def test_digits_of_each_kind(self) -> None:
        for code in ["KRW", "JPY", "VND", "CLP", "PYG", "ISK", "XOF", "UGX"]:
            assert digits(code) == 0
        for code in ["USD", "EUR", "GBP", "CNY", "HUF", "IDR", "TWD", "XCG", "XAD", "ZWG"]:
            assert digits(code) == 2
        for code in ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]:
            assert digits(code) == 3
        assert digits("CLF") == digits("UYW") == 4

    def test_table_is_whole_and_cannot_be_changed(self) -> None:
        assert len(CURRENCY_DIGITS) == 171
        assert all(len(code) == 3 and code.isupper() for code in CURRENCY_DIGITS)
        assert not {"XAU", "XDR", "XXX", "XTS", "DEM"} & CURRENCY_DIGITS.keys()
        with pytest.raises(TypeError):
            CURRENCY_DIGITS["USD"] = 3  # type: ignore[index]

    @pytest.mark.parametrize(
        ("code", "hint"),
        [
            ("usd", "did you mean USD"),
            (" KRW ", "did you mean KRW"),
            ("USDT", "USD"),
            ("$", "such as 'EUR'"),
            ("", "such as 'EUR'"),
            (None, "None"),
            (410, "410"),
            (["USD"], "USD"),
        ],
    )
    def test_unknown(self, code: Any, hint: str) -> None:
        for ask in (
            lambda: digits(code),
            lambda: minor_units(1, code),
            lambda: major_units(1, code),
            lambda: format_money(1, code),
            lambda: ExchangeRates(to=code, rates={}),
            lambda: ExchangeRates(to="BHD", rates={code: {}} if code != ["USD"] else {"?": {}}),
            lambda: ExchangeRates(to="BHD", rates={}).rate(code, EPOCH),
            lambda: ExchangeRates(to="BHD", rates={}).scaled(code, np.zeros(1, np.uint16)),
        ):
            with pytest.raises(MoneyError, match="unknown currency"):
                ask()
        with pytest.raises(SalesMetricsError) as caught:
            digits(code)
        assert hint in str(caught.value)


class TestMinorUnits:
    @given(MINOR, CURRENCIES)
    @example(LIMIT - 1, "KRW")
    @example(1 - LIMIT, "USD")
    @example(LIMIT - 1, "KWD")
    def test_text_and_decimal(self, minor: int, currency: str) -> None:
        text = as_text(minor, digits(currency))
        assert minor_units(text, currency) == minor
        assert minor_units(f" {text}00\n" if "." in text else text, currency) == minor
        assert minor_units(Decimal(text), currency) == minor
        assert minor_units(f"{Decimal(text):.30E}", currency) == minor

    @given(st.integers(-(10**15), 10**15), CURRENCIES)
    def test_float_is_the_decimal_it_prints_as(self, minor: int, currency: str) -> None:
        number = float(as_text(minor, digits(currency)))
        assert minor_units(number, currency) == minor
        assert minor_units(np.float64(number), currency) == minor

    @given(st.floats(allow_nan=False, allow_infinity=False), CURRENCIES)
    @example(0.1 + 0.2, "USD")
    @example(1e22, "KRW")
    @example(5e-324, "KWD")
    def test_any_float_as_its_text(self, number: float, currency: str) -> None:
        def outcome(amount: float | str) -> int | str:
            try:
                return minor_units(amount, currency)
            except MoneyError as error:
                return str(error)

        assert outcome(number) == outcome(repr(number))

    @given(st.integers(-(10**16), 10**16), CURRENCIES)
    def test_whole_numbers(self, amount: int, currency: str) -> None:
        text = str(amount) + "0" * digits(currency)
        if abs(int(text)) >= LIMIT:
            with pytest.raises(MoneyError, match=r"2\*\*63"):
                minor_units(amount, currency)
        else:
            assert minor_units(amount, currency) == int(text)
            assert minor_units(np.int64(amount), currency) == int(text)  # type: ignore[arg-type]
            assert type(minor_units(np.int64(amount), currency)) is int  # type: ignore[arg-type]

    def test_plain_spellings(self) -> None:
        for text in ("12.5", "+12.5", "12.50", "012.5", "1.25e1", "125E-1", "12.50000"):
            assert minor_units(text, "USD") == 1250
        assert minor_units(".5", "USD") == 50
        assert minor_units("5.", "USD") == 500
        assert minor_units("-0.00", "KRW") == minor_units(-0.0, "KRW") == 0
        assert minor_units("1e3", "KRW") == minor_units("1000.000", "KRW") == 1000

    @pytest.mark.parametrize(
        ("amount", "currency", "decimals"),
        [
            ("10.005", "USD", 2),
            (10.005, "USD", 2),
            (Decimal("10.005"), "USD", 2),
            (0.1 + 0.2, "USD", 2),
            ("0.5", "KRW", 0),
            ("1.2345", "KWD", 3),
            ("1e-900", "USD", 2),
            ("0." + "0" * 500 + "1", "USD", 2),
            (str(2**70) + ".001", "USD", 2),
        ],
    )
    def test_finer_than_the_unit(self, amount: Any, currency: str, decimals: int) -> None:
        with pytest.raises(MoneyError, match=rf"{currency} is finer .*\({decimals} decimals\)"):
            minor_units(amount, currency)

    def test_message_says_what_was_given(self) -> None:
        with pytest.raises(MoneyError, match=r"^10\.005 USD is finer than a cent-like unit"):
            minor_units(10.005, "USD")

    @pytest.mark.parametrize(
        ("amount", "currency"),
        [
            (LIMIT, "KRW"),
            (-LIMIT, "KRW"),
            ("92233720368547758.08", "USD"),
            ("-92233720368547758.08", "USD"),
            (Decimal("9223372036854775.808"), "KWD"),
            (1e300, "USD"),
            ("9" * 999, "USD"),
        ],
    )
    def test_too_large(self, amount: Any, currency: str) -> None:
        with pytest.raises(MoneyError, match=r"beyond 2\*\*63"):
            minor_units(amount, currency)

    def test_largest(self) -> None:
        assert minor_units("92233720368547758.07", "USD") == LIMIT - 1
        assert minor_units(1 - LIMIT, "KRW") == 1 - LIMIT

    @pytest.mark.parametrize(
        "amount",
        [
            True, False, None, "", " ", "$5", "5 USD", "1,000", "1_000", "1 000", "1.2.3", "--1",
            "0x10", "1/3", "nan", "inf", "-Infinity", "\uff11\uff12", "1e", ".", "1e99999", "½",
            float("nan"), float("inf"), -float("inf"), Decimal("NaN"), Decimal("sNaN"),
            Decimal("-Infinity"), Decimal("1e999999"), Decimal("1e-999999"), b"5", Fraction(1, 2),
            [5], 5j, np.True_, np.float64("nan"),
            pytest.param(10**6000, id="huge"), pytest.param("1" * 100_000 + "x", id="long"),
        ],
    )  # fmt: skip
    def test_no_plain_number(self, amount: Any) -> None:
        with pytest.raises(MoneyError, match="no usable number") as caught:
            minor_units(amount, "USD")
        assert len(str(caught.value)) < 300

    @given(MINOR)
    def test_does_not_depend_on_the_decimal_context(self, minor: int) -> None:
        text = as_text(minor, 2)
        with localcontext() as context:
            context.prec = 2
            assert minor_units(Decimal(text), "USD") == minor
            assert str(major_units(minor, "USD")) == text
            assert str(major_units(Fraction(2 * minor + 2, 2) - 1, "USD")) == text


class TestMajorUnitsAndRounding:
    @given(st.integers(-(10**40), 10**40), CURRENCIES)
    @example(LIMIT, "USD")
    @example(0, "KWD")
    def test_whole(self, minor: int, currency: str) -> None:
        major = major_units(minor, currency)
        assert f"{major:f}" == as_text(minor, digits(currency))
        if abs(minor) < LIMIT:
            assert minor_units(major, currency) == minor

    @given(st.fractions(max_denominator=10**6) | st.integers(-(10**30), 10**30).map(Fraction))
    @example(Fraction(2 * LIMIT + 1, 2))
    @example(Fraction(-1, 2))
    def test_half_even(self, value: Fraction) -> None:
        assert round_half_even(value) == nearest_even(value)
        assert major_units(value, "KRW") == nearest_even(value)

    @given(st.integers(-(10**25), 10**25), st.sampled_from([-1, 0, 1]))
    def test_ties_and_their_neighbours(self, whole: int, side: int) -> None:
        value = Fraction(2 * whole + 1, 2) + Fraction(side, 10**30)
        expected = whole + 1 if side > 0 or (side == 0 and whole % 2) else whole
        assert round_half_even(value) == expected
        by_decimal = WIDE.divide(Decimal(value.numerator), Decimal(value.denominator))
        assert by_decimal.quantize(Decimal(1), ROUND_HALF_EVEN, WIDE) == expected

    def test_rounded_to_minor_units_not_to_major(self) -> None:
        assert str(major_units(Fraction(5, 2), "KRW")) == "2"
        assert str(major_units(Fraction(201, 2), "USD")) == "1.00"
        assert str(major_units(Fraction(203, 2), "USD")) == "1.02"
        assert str(major_units(Fraction(-1001, 2), "KWD")) == "-0.500"
        assert str(major_units(Fraction(1, 3), "KRW")) == "0"

    @pytest.mark.parametrize("value", [True, 1.5, 2.0, "1", None, Decimal(1), float("nan")])
    def test_only_exact_numbers(self, value: Any) -> None:
        for ask in (
            lambda: major_units(value, "KRW"),
            lambda: round_half_even(value),
            lambda: format_money(value, "KRW"),
        ):
            with pytest.raises(MoneyError, match="no exact amount; give an int or a Fraction"):
                ask()

    def test_numpy_integers_do_not_wrap(self) -> None:
        assert format_money(np.int64(1 - LIMIT), "KRW") == "-₩9,223,372,036,854,775,807"  # type: ignore[arg-type]
        assert major_units(np.int64(-LIMIT), "KRW") == -LIMIT  # type: ignore[arg-type]


RATE = st.decimals("0.00001", "9999", places=5, allow_nan=False, allow_infinity=False)
DAY = st.integers(0, 80).map(lambda n: date(2024, 1, 1) + timedelta(n))
TABLE = st.dictionaries(DAY, RATE, max_size=6)


def slow_rate(table: dict[date, Decimal], on: date, max_age: int | None) -> Decimal | None:
    found = None
    for day in sorted(table):
        if day <= on:
            found = table[day] if max_age is None or on <= day + timedelta(max_age) else None
    return found


def days_of(*dates: date) -> np.ndarray[Any, np.dtype[np.uint16]]:
    return np.array([(day - EPOCH).days for day in dates], np.uint16)


class TestExchangeRates:
    def test_edges(self) -> None:
        rates = ExchangeRates(
            to="KRW", rates={"USD": {date(2024, 2, 1): Decimal("1310"), "2024-01-01": "1300.5"}}
        )
        assert rates.rate("USD", date(2023, 12, 31)) is None
        assert rates.rate("USD", date(2024, 1, 1)) == Decimal("1300.5")
        assert rates.rate("USD", date(2024, 1, 31)) == Decimal("1300.5")
        assert rates.rate("USD", date(2024, 2, 1)) == Decimal("1310")
        assert rates.rate("USD", date(2149, 6, 5)) == Decimal("1310")
        assert rates.rate("EUR", date(2024, 2, 1)) is None
        assert rates.rate("KRW", date(1900, 1, 1)) == 1

    @pytest.mark.parametrize("age", [0, 1, 7])
    def test_max_age_edges(self, age: int) -> None:
        first, second = date(2024, 1, 1), date(2024, 2, 1)
        rates = ExchangeRates(to="KRW", rates={"USD": {first: 1300, second: 1310}}, max_age=age)
        for day, value in ((first, 1300), (second, 1310)):
            assert rates.rate("USD", day - timedelta(1)) is None
            assert rates.rate("USD", day + timedelta(age)) == value
            assert rates.rate("USD", day + timedelta(age + 1)) is None
        assert rates.rate("KRW", date(1900, 1, 1)) == 1

    def test_a_fresher_rate_replaces_one_that_still_holds(self) -> None:
        table = {"2024-01-01": 1300, "2024-01-05": 1310}
        rates = ExchangeRates(to="KRW", rates={"USD": table}, max_age=30)
        assert rates.rate("USD", date(2024, 1, 6)) == 1310

    @given(
        st.dictionaries(st.sampled_from(["KRW", "KWD", "CLF", "EUR"]), TABLE, max_size=3),
        st.none() | st.integers(0, 40) | st.just(10**30),
        st.lists(st.integers(-3, 130), max_size=30),
    )
    def test_scaled_is_rate_one_by_one(
        self, tables: dict[str, dict[date, Decimal]], age: int | None, offsets: list[int]
    ) -> None:
        rates = ExchangeRates(to="USD", rates=tables, max_age=age)
        dates = [date(2024, 1, 1) + timedelta(n) for n in offsets]
        assert rates.scale in {10**n for n in range(19)}
        for currency in ("KRW", "KWD", "CLF", "EUR", "USD", "JPY"):
            factors, known = rates.scaled(currency, days_of(*dates))
            assert (factors.dtype.name, known.dtype.name) == ("int64", "bool")
            for day, factor, there in zip(dates, factors.tolist(), known.tolist(), strict=True):
                rate = rates.rate(currency, day)
                if currency != "USD":
                    last = None if age == 10**30 else age
                    assert rate == slow_rate(tables.get(currency, {}), day, last)
                assert there == (rate is not None)
                if rate is None:
                    assert factor == 0
                else:
                    one = Decimal(10) ** (2 - digits(currency))
                    assert Decimal(factor) == WIDE.multiply(
                        Decimal(rates.scale), WIDE.multiply(rate, one)
                    )

    @given(st.dictionaries(st.sampled_from(["KRW", "KWD", "EUR"]), TABLE, min_size=1))
    def test_scale_is_the_smallest(self, tables: dict[str, dict[date, Decimal]]) -> None:
        rates = ExchangeRates(to="USD", rates=tables)
        every = [
            int(factor)
            for currency, table in tables.items()
            for factor in rates.scaled(currency, days_of(*table))[0]
        ]
        assert rates.scale == 1 or any(factor % 10 for factor in every)

    def test_difference_in_digits(self) -> None:
        day = {"2024-01-01": "1300.5"}
        at = days_of(date(2024, 1, 1))
        won = ExchangeRates(to="KRW", rates={"USD": day})
        assert (won.to, won.scale, won.scaled("USD", at)[0].tolist()) == ("KRW", 1000, [13005])
        dollar = ExchangeRates(to="USD", rates={"KRW": {"2024-01-01": "0.00077"}})
        assert (dollar.scale, dollar.scaled("KRW", at)[0].tolist()) == (1000, [77])
        dinar = ExchangeRates(to="KWD", rates={"USD": {"2024-01-01": 0.3}, "KRW": day})
        assert (dinar.scale, dinar.scaled("USD", at)[0].tolist()) == (1, [3])
        assert dinar.scaled("KRW", at)[0].tolist() == [1_300_500]
        assert ExchangeRates(to="KRW", rates={"JPY": {"2024-01-01": "9.100"}}).scale == 10
        assert ExchangeRates(to="KRW", rates={}).scale == 1

    def test_never_and_the_last_day(self) -> None:
        rates = ExchangeRates(to="KRW", rates={"USD": {"2024-01-01": "1300.5"}})
        ends = np.array([0, 65534, 65535], np.uint16)
        assert rates.scaled("USD", ends)[1].tolist() == [False, True, False]
        assert rates.scaled("KRW", ends)[0].tolist() == [1000, 1000, 1000]
        assert rates.scaled("KRW", ends)[1].tolist() == [True, True, True]
        assert rates.scaled("EUR", ends)[1].tolist() == [False, False, False]

    def test_rates_before_1970_and_far_ahead(self) -> None:
        table = {"0001-01-01": 2, "1969-12-31": 3, "9999-12-31": 4}
        rates = ExchangeRates(to="KRW", rates={"JPY": table})
        factors, known = rates.scaled("JPY", np.array([0, 65534], np.uint16))
        assert (factors.tolist(), known.tolist()) == ([3, 3], [True, True])
        assert rates.rate("JPY", date(1969, 12, 30)) == 2
        aged = ExchangeRates(to="KRW", rates={"JPY": table}, max_age=1)
        assert aged.scaled("JPY", np.array([0, 1], np.uint16))[1].tolist() == [True, False]

    def test_does_not_share_what_it_was_given(self) -> None:
        table: dict[str, dict[date | str, str | Decimal]] = {"USD": {"2024-01-01": "1300.5"}}
        rates = ExchangeRates(to="KRW", rates=table)
        table["USD"]["2024-01-01"] = "1"
        table["EUR"] = {}
        assert rates.rate("USD", date(2024, 1, 1)) == Decimal("1300.5")
        at = days_of(date(2024, 1, 1))
        rates.scaled("USD", at)[0][:] = 7
        assert rates.scaled("USD", at)[0].tolist() == [13005]
        for name in ("to", "scale", "anything"):
            with pytest.raises(AttributeError):
                setattr(rates, name, "USD")

    def test_pickles_and_shows_itself(self) -> None:
        rates = ExchangeRates(to="KRW", rates={"USD": {"2024-01-01": "1300.5"}}, max_age=31)
        again = pickle.loads(pickle.dumps(rates))
        assert again.rate("USD", date(2024, 1, 1)) == Decimal("1300.5")
        at = days_of(date(2024, 1, 1))
        assert again.scaled("USD", at)[0].tolist() == rates.scaled("USD", at)[0].tolist()
        assert repr(again) == repr(rates) == "<ExchangeRates USD to KRW, max_age=31>"

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"rates": {"KRW": {"2024-01-01": 1}}}, "no rate into itself"),
            ({"rates": {"USD": 1300.5}}, "give them as {day: rate}"),
            ({"rates": {"USD": {"2024-01-01": 0}}}, "above 0"),
            ({"rates": {"USD": {"2024-01-01": "-1"}}}, "above 0"),
            ({"rates": {"USD": {"2024-01-01": float("nan")}}}, "no usable number"),
            ({"rates": {"USD": {"2024-01-01": Decimal("Infinity")}}}, "no usable number"),
            ({"rates": {"USD": {"2024-01-01": True}}}, "no usable number"),
            ({"rates": {"USD": {"2024-01-01": None}}}, "no usable number"),
            ({"rates": {"USD": {"2024-01-01": "1,300"}}}, "no usable number"),
            (
                {"rates": {"USD": {"2024-01-01": 1, date(2024, 1, 1): 1}}},
                "two rates for 2024-01-01",
            ),
            ({"rates": {"USD": {"2024-02-30": 1}}}, "no day"),
            ({"rates": {"USD": {"20240101": 1}}}, "no day"),
            ({"rates": {"USD": {"2024-W01-1": 1}}}, "no day"),
            ({"rates": {"USD": {"2024-01-01T00:00": 1}}}, "no day"),
            ({"rates": {"USD": {datetime(2024, 1, 1): 1}}}, "no day"),
            ({"rates": {"USD": {19723: 1}}}, "no day"),
            ({"rates": {}, "max_age": -1}, "max_age"),
            ({"rates": {}, "max_age": 1.5}, "max_age"),
            ({"rates": {}, "max_age": True}, "max_age"),
            ({"rates": {"USD": {"2024-01-01": "1e18", "2024-01-02": "1.001"}}}, "64 bits"),
            ({"rates": {"USD": {"2024-01-01": "0.12345678901234567"}}}, "64 bits"),
            ({"rates": {"JPY": {"2024-01-01": str(LIMIT)}}}, "64 bits"),
        ],
    )
    def test_refused(self, arguments: dict[str, Any], message: str) -> None:
        with pytest.raises(MoneyError, match=message.replace("{", r"\{")):
            ExchangeRates(to="KRW", **arguments)

    def test_largest_that_fits(self) -> None:
        at = days_of(date(2024, 1, 1))
        whole = ExchangeRates(to="KRW", rates={"JPY": {"2024-01-01": str(LIMIT - 1)}})
        assert whole.scaled("JPY", at)[0].tolist() == [LIMIT - 1]
        fine = ExchangeRates(to="KRW", rates={"JPY": {"2024-01-01": "9.223372036854775807"}})
        assert (fine.scale, fine.scaled("JPY", at)[0].tolist()) == (10**18, [LIMIT - 1])
        with pytest.raises(MoneyError, match="JPY rate of 2024-01-01"):
            ExchangeRates(to="KRW", rates={"JPY": {"2024-01-01": "9.223372036854775809"}})

    @pytest.mark.parametrize("on", [None, 19723, datetime(2024, 1, 1), "yesterday"])
    def test_rate_wants_a_day(self, on: Any) -> None:
        for currency in ("USD", "KRW"):
            with pytest.raises(MoneyError, match="no day"):
                ExchangeRates(to="KRW", rates={}).rate(currency, on)

    @pytest.mark.parametrize("dtype", ["int64", "float64", "datetime64[D]"])
    def test_scaled_wants_compact_days(self, dtype: str) -> None:
        days: Any = np.array([], dtype)
        with pytest.raises(MoneyError, match="give uint16 days"):
            ExchangeRates(to="KRW", rates={}).scaled("USD", days)


SIZES = {
    "en": {"K": (3, 1), "M": (6, 1), "B": (9, 1), "T": (12, 1)},
    "ko": {"만": (4, 1), "억": (8, 2), "조": (12, 2)},
}


class TestFormat:
    @pytest.mark.parametrize(
        ("minor", "currency", "text"),
        [
            (1_000_553_400, "USD", "$10,005,534.00"),
            (1_234_568, "KRW", "₩1,234,568"),
            (-500, "KRW", "-₩500"),
            (1234, "KWD", "KWD 1.234"),
            (-1, "KWD", "-KWD 0.001"),
            (-5, "USD", "-$0.05"),
            (0, "EUR", "€0.00"),
            (99, "CNY", "CN¥0.99"),
            (1, "CHF", "CHF 0.01"),
            (Fraction(-1, 2), "KRW", "₩0"),
            (Fraction(-3, 2), "KRW", "-₩2"),
            (Fraction(201, 2), "USD", "$1.00"),
            (LIMIT, "USD", "$92,233,720,368,547,758.08"),
        ],
    )
    def test_in_full(self, minor: Any, currency: str, text: str) -> None:
        assert format_money(minor, currency) == text
        assert format_money(minor, currency, lang="ko") == text

    @pytest.mark.parametrize(
        ("minor", "currency", "text"),
        [
            (1_000_553_400, "USD", "$10.0M"),
            (1_234_567_890, "KRW", "₩1.2B"),
            (-1_250_000, "KRW", "-₩1.2M"),
            (-1_350_000, "KRW", "-₩1.4M"),
            (999, "KRW", "₩999"),
            (1000, "KRW", "₩1.0K"),
            (1050, "KRW", "₩1.0K"),
            (1150, "KRW", "₩1.2K"),
            (99_999, "USD", "$999.99"),
            (Fraction(199_999, 2), "USD", "$1.0K"),
            (999_949, "KRW", "₩999.9K"),
            (999_950, "KRW", "₩1.0M"),
            (999_949_999, "KRW", "₩999.9M"),
            (999_950_000, "KRW", "₩1.0B"),
            (12_345_678_900_000_000, "KRW", "₩12,345.7T"),
            (1_234_567, "KWD", "KWD 1.2K"),
            (0, "USD", "$0.00"),
        ],
    )
    def test_compact_english(self, minor: Any, currency: str, text: str) -> None:
        assert format_money(minor, currency, compact=True) == text

    @pytest.mark.parametrize(
        ("minor", "currency", "text"),
        [
            (123_456_789, "KRW", "₩1.23억"),
            (12_345, "KRW", "₩1.2만"),
            (9_999, "KRW", "₩9,999"),
            (10_000, "KRW", "₩1만"),
            (50_000_000, "KRW", "₩5,000만"),
            (12_345_678, "KRW", "₩1,234.6만"),
            (99_999_499, "KRW", "₩9,999.9만"),
            (99_999_500, "KRW", "₩1억"),
            (100_500_000, "KRW", "₩1억"),
            (101_500_000, "KRW", "₩1.02억"),
            (120_000_000, "KRW", "₩1.2억"),
            (-3_400_000_000, "KRW", "-₩34억"),
            (123_456_789_012, "KRW", "₩1,234.57억"),
            (999_999_500_000, "KRW", "₩1조"),
            (1_234_500_000_000, "KRW", "₩1.23조"),
            (12_345_678_900_000_000, "KRW", "₩12,345.68조"),
            (1_000_553_400, "USD", "$1,000.6만"),
            (123_450, "USD", "$1,234.50"),
        ],
    )
    def test_compact_korean(self, minor: int, currency: str, text: str) -> None:
        assert format_money(minor, currency, lang="ko", compact=True) == text

    @given(st.fractions(max_denominator=1000) | st.integers(-LIMIT, LIMIT), CURRENCIES)
    def test_in_full_is_major_units(self, minor: Any, currency: str) -> None:
        shown = format_money(minor, currency)
        number = shown.replace(",", "").replace("₩", "").replace("$", "").replace(currency, "")
        assert Decimal(number.replace(" ", "")) == major_units(minor, currency)
        assert not shown.startswith("-") or any(figure in "123456789" for figure in shown)

    @given(st.integers(-LIMIT, LIMIT), CURRENCIES, st.sampled_from(["en", "ko"]))
    @example(999_950, "KRW", "en")
    @example(99_999_500, "KRW", "ko")
    def test_compact_is_the_nearest_in_its_unit(self, minor: int, currency: str, lang: str) -> None:
        shown = format_money(minor, currency, lang=lang, compact=True)
        powers = SIZES[lang]
        exact = Decimal(minor).scaleb(-digits(currency), WIDE)
        if shown[-1] not in powers:
            assert shown == format_money(minor, currency)
            assert abs(exact) < 10 ** min(power for power, _ in powers.values())
            return
        power, places = powers[shown[-1]]
        number = Decimal("".join(c for c in shown[:-1] if c in "-.0123456789"))
        unit = Decimal(1).scaleb(-places)
        assert number == exact.scaleb(-power, WIDE).quantize(unit, ROUND_HALF_EVEN, WIDE)
        assert abs(number) >= 1
        above = [other for other, _ in powers.values() if other > power]
        assert not above or abs(number) < 10 ** (min(above) - power)

    @pytest.mark.parametrize("lang", ["de", "", "EN", None])
    def test_unknown_language(self, lang: Any) -> None:
        with pytest.raises(MoneyError, match="choose one of en, ko"):
            format_money(1, "KRW", lang=lang)
