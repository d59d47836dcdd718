"""How a number is written where people read it: at the edge of a size, and where it rounds to 0."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

import salesmetrics as sm
from salesmetrics.report.explanation import value_of
from salesmetrics.results.display import _is_share, _places, part_text
from salesmetrics.results.formats import number_text, quantity_text, reached_text
from salesmetrics.results.parts import _plain
from salesmetrics.results.words import words

EN, KO = words("en"), words("ko")


@pytest.mark.parametrize(
    ("amount", "euro"),
    [
        ("999.99", "999.99"), ("1000", "1,000"), ("-999.99", "-999.99"), ("-1000", "-1,000"),
        ("1000.5", "1,000"), ("1001.5", "1,002"), ("0", "0"), ("-0.004", "0.00"),
        ("-0.006", "-0.01"), ("0.5", "0.50"),
    ],
)  # fmt: skip
def test_small_amounts_have_the_decimals_of_their_currency(amount: str, euro: str) -> None:
    assert number_text(Fraction(Decimal(amount)), None, "EUR", EN) == euro


def test_an_explained_amount_has_decimals_below_1000() -> None:
    won = {"created_at": "2024-12-01", "outcome": "won"}
    rows = [
        {**won, "id": 1, "closed_at": "2025-01-10", "amount": "999.99"},
        {**won, "id": 2, "closed_at": "2025-02-10", "amount": "1000"},
    ]
    found = sm.explain(sm.CRM(deals=rows, currency="EUR"), "bookings", "2025-02")
    assert [value_of(found, value, EN) for value in (999.99, 1000, -1000, 1000.4, 0.5)] == [
        "999.99", "1,000", "-1,000", "1,000", "0.50",
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["-0.0004", "-0.04", "0.0004", "0"])
def test_what_rounds_to_nothing_has_no_sign(value: str) -> None:
    number = Fraction(Decimal(value))
    assert number_text(number / 100, "share", None, EN) == "0.0%"
    assert number_text(number, "days", None, EN) == "0.0"
    assert quantity_text(number, None, EN) in ("0", "0.0")
    for said in (EN, KO):
        for currency in ("EUR", "KRW"):
            assert "-" not in number_text(number / 10, None, currency, said)


def test_a_series_is_written_with_the_decimals_of_its_largest() -> None:
    deals = [
        {"id": n, "created_at": "2025-01-01", "outcome": "won", "closed_at": day, "amount": amount}
        for n, (day, amount) in enumerate((("2025-01-05", "999.50"), ("2025-02-05", "1000.50")))
    ]
    crm = sm.CRM(deals=deals, currency="EUR")
    assert "999.50" in str(sm.bookings(crm.deals, "2025-01"))
    both = str(sm.bookings(crm.deals, ["2025-01", "2025-02"]))
    assert "999.50" not in both
    assert "1,000" in both


def test_a_growth_that_rounds_to_nothing_has_no_sign() -> None:
    rows = [
        {"customer": "c", "amount": amount, "booked_at": day}
        for day, amount in (("2025-01-15", 100_000), ("2025-02-15", 99_990), ("2025-03-15", 1))
    ]
    revenues = sm.Revenues.of(rows, currency="EUR")
    growth = sm.revenue_growth(revenues, None, "2025-02")
    assert growth.exact == Fraction(-1, 10_000)
    assert "-0.0" not in str(growth)


def test_the_unit_of_a_velocity_is_money_a_day() -> None:
    """One deal of 3,000 won in 30 days, another open: 100 a day."""
    rows = [
        {"id": 1, "created_at": "2025-01-01", "closed_at": "2025-01-31", "outcome": "won",
         "amount": 3000},
        {"id": 2, "created_at": "2025-02-01"},
    ]  # fmt: skip
    names = ["sales_velocity", "realised_velocity", "bookings"]
    shot = sm.snapshot(sm.CRM(deals=rows, currency="EUR"), "2025-Q1", kpis=names)
    units = {row["kpi"]: row["unit"] for row in shot.to_records() if row["unit"]}
    assert units == {
        "sales_velocity": "EUR a day", "realised_velocity": "EUR a day", "bookings": "EUR"
    }  # fmt: skip
    assert "sales_velocity     EUR a day   100.00" in shot.to_text()
    assert "EUR/일" in shot.to_text("ko")
    assert shot.to_dict()["kpis"][0]["unit"] == "EUR"  # beside its measure, money a day


@pytest.mark.parametrize(
    ("column", "places"),
    [
        ([12.0, 3.0], 0), ([0.5, 3.0], 2), ([999.99, 0.5], 2), ([1000.0, 0.5], 0),
        ([0.25, -1234.5], 0), ([1234.5], 0), ([-999.5], 2), ([3, None, "x", 0.5], 2),
        ([3, None], 0),
    ],
)  # fmt: skip
def test_parts_have_decimals_where_none_is_large_and_not_all_are_whole(
    column: list[object], places: int
) -> None:
    assert _places(column) == places


@pytest.mark.parametrize(
    ("value", "share", "other"),
    [
        (0.0, "0.0%", "0.00"), (0.0004, "<0.1%", "0.00"), (0.0005, "0.1%", "0.00"),
        (-0.0001, "0.0%", "0.00"), (1.0, "100.0%", "1.00"), (1, "100.0%", "1"),
        (1234567, "123456700.0%", "1,234,567"), (None, "-", "-"), (True, "True", "True"),
    ],
)  # fmt: skip
def test_parts_that_are_shares_are_percent(value: float | None, share: str, other: str) -> None:
    assert part_text(value, 2, EN, share=True) == share
    assert part_text(value, 2, EN) == other


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Fraction(1, 4), 0.25), (Decimal("0.5"), 0.5), (date(2025, 2, 1), "2025-02-01"), (7, 7),
        (1.5, 1.5), ("a", "a"), (True, True), (None, None),
    ],
)  # fmt: skip
def test_parts_are_numbers_and_texts(value: object, plain: object) -> None:
    assert _plain(value) == plain
    assert type(_plain(value)) is type(plain)


@pytest.mark.parametrize(
    ("share", "whole", "finer"),
    [
        (1.0, "100%", "100.0%"), (0.996, "99.6%", "99.6%"), (1.004, "100.4%", "100.4%"),
        (0.9996, "<100%", "99.96%"), (1.0004, ">100%", "100.04%"), (0.999996, "<100%", "<100.0%"),
        (0.5, "50%", "50.0%"), (0.994, "99%", "99.4%"), (-0.0, "0%", "0.0%"), (0.0, "0%", "0.0%"),
    ],
)  # fmt: skip
def test_a_target_missed_by_little_is_not_said_to_be_reached(
    share: float, whole: str, finer: str
) -> None:
    assert (reached_text(share), reached_text(share, 1)) == (whole, finer)


@pytest.mark.parametrize(
    ("name", "unit", "share"),
    [
        ("win_rate", "deals", True), ("run_rate", "amount", False), ("retention", "", True),
        ("after_30", "", True), ("before_30", "", False), ("top 10%", "", True),
        ("projected", "proportion", True), ("projected", "amount", False),
        ("low", "proportion", True), ("low", "days", False), ("deals", "proportion", False),
    ],
)  # fmt: skip
def test_which_parts_are_shares(name: str, unit: str, share: bool) -> None:
    assert _is_share(name, unit) is share
