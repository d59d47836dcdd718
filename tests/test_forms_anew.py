"""Numbers and times written in the ways of a form, and read back."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from salesmetrics.reading.forms import Form

UNITS = {"억": 100_000_000, "만": 10_000}


def written(amount: Decimal, form: Form, draw: random.Random) -> str:
    """In groups of three, with the marks of the form and its signs where people put them."""
    whole, _, part = str(abs(amount)).partition(".")
    groups = [whole[max(at - 3, 0) : at] for at in range(len(whole), 0, -3)][::-1]
    text = (form.thousands if draw.random() < 0.8 else "").join(groups)
    text += form.decimal + part if part else ""
    sign = draw.choice(form.strip) if form.strip else ""
    before = draw.random() < 0.5
    if amount >= 0:
        return draw.choice(["", " "]) + (sign + text if before else f"{text} {sign}")
    if form.parentheses and draw.random() < 0.5:
        return draw.choice([f"({sign}{text})", f"{sign}({text})", f"( {text} ){sign}"])
    return draw.choice([f"-{sign}{text}", f"{sign}-{text}", f"\u2212{text}{sign}", f"- {text}"])


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("thousands", ["", ",", ".", " ", "'"])
@pytest.mark.parametrize("parentheses", [False, True])
@pytest.mark.parametrize("strip", [(), ("$",), ("€", "EUR")])
def test_numbers(decimal: Any, thousands: Any, parentheses: bool, strip: tuple[str, ...]) -> None:
    if thousands == decimal:
        with pytest.raises(ValueError, match="have to differ"):
            Form(decimal=decimal, thousands=thousands)
        return
    form = Form(decimal=decimal, thousands=thousands, strip=strip, parentheses=parentheses)
    draw = random.Random(f"{decimal}{thousands}{parentheses}{strip}")
    for _ in range(60):
        amount = Decimal(draw.randint(0, 10 ** draw.randint(0, 9)))
        amount = amount.scaleb(-draw.choice([0, 0, 1, 2])) * draw.choice([1, -1])
        text = written(amount, form, draw)
        read = form.read(text)
        assert Decimal(read.strip() if isinstance(read, str) else read) == amount, text
    for wrong in ("", " ", None):
        assert form.read(wrong) is None
    wrongs = ["abc", "--5", "5-", "1..5", "12 34", "()", "-", "5x"]
    if form._writes_numbers:
        for wrong in [*wrongs, f"1{thousands}23" if thousands else "x", f"5{decimal}"]:
            with pytest.raises(ValueError, match=r"^"):
                Decimal(str(form.read(wrong)))


@pytest.mark.parametrize(
    ("text", "read"),
    [("1억", 10**8), ("1억 2,000만", 120_000_000), ("2000만", 20_000_000), ("7", 7),
     ("-3만", -30_000), ("1억 5", 10**8 + 5), ("1.5만", 15_000), ("3만 2만", None),
     ("3만 1억", None), ("1 2", None), ("억", None), ("1억억", None), ("1.500만", None)],
)  # fmt: skip
def test_units_from_the_largest_to_the_smallest(text: str, read: int | None) -> None:
    form = Form(thousands=",", units=UNITS)
    if read is not None:
        assert form.read(text) == read
        return
    with pytest.raises(ValueError, match=r"^"):
        form.read(text)


@pytest.mark.parametrize(
    ("number", "read"),
    [(61, date(1900, 3, 1)), (60, None), (0, None), (45_000, date(2023, 3, 15)), (100_000, None),
     (99_999, date(2173, 10, 13)), (45_000.5, datetime(2023, 3, 15, 12)),
     ("45000", date(2023, 3, 15)),
     (None, None), (date(2025, 1, 1), date(2025, 1, 1)), (61.25, datetime(1900, 3, 1, 6))],
)  # fmt: skip
def test_days_as_excel_counts_them(number: Any, read: Any) -> None:
    form = Form(excel=True)
    if read is not None or number is None:
        assert form.read(number) == read
        return
    with pytest.raises(ValueError, match=r"^"):
        form.read(number)


@pytest.mark.parametrize("unit", ["s", "ms"])
@pytest.mark.parametrize(
    "seconds", [0, 1, -1, 1_700_000_000, 10**10, -(10**10), 10**10 + 1, -(10**10) - 1]
)
def test_seconds_since_1970(unit: Any, seconds: int) -> None:
    form, by = Form(epoch=unit), 1000 if unit == "ms" else 1
    if abs(seconds) > 10**10:
        with pytest.raises(ValueError, match=r"^"):
            form.read(seconds * by)
        return
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert form.read(seconds * by) == at
    assert form.read(str(seconds * by)) == at
    if seconds > 0:
        assert form.read(Decimal(seconds * by) - Decimal("0.001")) == at - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("given", "numeric"),
    [({}, False), ({"percent": True}, True), ({"excel": True}, True), ({"epoch": "s"}, True),
     ({"thousands": ","}, False), ({"date": "%d.%m.%Y"}, False)],
)  # fmt: skip
def test_which_forms_read_numbers_otherwise(given: Any, numeric: bool) -> None:
    assert Form(**given).numeric is numeric


def test_words_that_mean_nothing_and_percentages() -> None:
    form = Form(percent=True, missing=("n/a", "-"))
    assert [form.read(cell) for cell in ("n/a", "-", None, "", float("nan"))] == [None] * 5
    assert [form.read(cell) for cell in ("50%", "50", 50, 0, 100, "12.5 %")] == [
        Decimal("0.5"), Decimal("0.5"), Decimal("0.5"), 0, 1, Decimal("0.125"),
    ]  # fmt: skip
    for wrong in (101, -1, "101%", "abc"):
        with pytest.raises(ValueError, match=r"^"):
            form.read(wrong)
    assert Form(missing=("0",)).read(0) == 0 and Form(missing=("0",)).read("0") is None


@pytest.mark.parametrize(
    ("pattern", "text", "read"),
    [("%d.%m.%Y", "15.04.2021", date(2021, 4, 15)), ("%d.%m.%Y %H:%M", "15.04.2021 09:30",
      datetime(2021, 4, 15, 9, 30)), ("%Y-%m-%d %p %I:%M", "2021-04-15 오후 03:05",
      datetime(2021, 4, 15, 15, 5)), ("%d.%m", "15.04", None), ("%d.%m.%Y", "2021-04-15", None),
     (("%d.%m.%Y", "%m/%d/%Y"), "04/15/2021", date(2021, 4, 15)), ("%Y%Y", "20212021", None)],
)  # fmt: skip
def test_dates_of_a_pattern(pattern: Any, text: str, read: Any) -> None:
    form = Form(date=pattern)
    if read is not None:
        assert form.read(f" {text} ") == read and type(form.read(text)) is type(read)
        return
    with pytest.raises(ValueError, match=r"^"):
        form.read(text)


def test_one_way_to_count_days_at_a_time() -> None:
    for two in (
        {"date": "%Y", "epoch": "s"},
        {"date": "%Y", "excel": True},
        {"epoch": "s", "excel": True},
    ):
        with pytest.raises(ValueError, match="give one of date, epoch and excel"):
            Form(**two)  # type: ignore[arg-type]
