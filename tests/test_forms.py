"""Cells written in another way: read as told, or refused."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from salesmetrics.reading.forms import Form


@pytest.mark.parametrize(
    ("form", "text", "meant"),
    [
        (Form(thousands=",", strip=("$",)), "$22,700.00", Decimal("22700.00")),
        (Form(thousands=",", strip=("$",)), "-$1,000", Decimal(-1000)),
        (Form(thousands=",", strip=("$",)), "$-1,000", Decimal(-1000)),
        (Form(thousands=".", decimal=",", strip=("€",)), "1.234,50 €", Decimal("1234.50")),
        (Form(thousands=",", units={"만": 10_000}), "1,000만", Decimal(10_000_000)),
        (Form(units={"만": 10_000, "억": 10**8}), "1억 2000만", Decimal(120_000_000)),
        (Form(units={"K": 1000}), "1.5K", Decimal(1500)),
        (Form(date="%d %b, %Y"), "15 Apr, 2021", date(2021, 4, 15)),
        (Form(date=("%d.%m.%Y", "%d.%m.%Y %H:%M")), "15.04.2021 09:30", datetime(2021, 4, 15, 9, 30)),
        (Form(date="%Y-%m-%d %p %I:%M"), "2025-01-05 오후 3:07", datetime(2025, 1, 5, 15, 7)),
        (Form(date="%Y. %m. %d. %p %I:%M"), "2025. 1. 5. 오전 12:07", datetime(2025, 1, 5, 0, 7)),
        (Form(excel=True), "45662", date(2025, 1, 5)),
        (Form(epoch="ms"), 1_612_222_200_000, datetime.fromisoformat("2021-02-01T23:30:00Z")),
        (Form(percent=True), "35 %", Decimal("0.35")),
        (Form(percent=True), 7.1, Decimal("0.071")),
        (Form(thousands=","), None, None),
    ],
    ids=str,
)  # fmt: skip
def test_cells_written_in_a_way_that_was_told(form: Form, text: Any, meant: Any) -> None:
    assert form.read(text) == meant


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Form(thousands=",", strip=("$",)), "$22,70.00"),  # no group of three
        (Form(thousands=",", strip=("$",)), "€22"),  # another currency
        (Form(thousands=","), "1,234,56"),
        (Form(thousands=","), "1234,567"),
        (Form(thousands="."  , decimal=","), "1.5"),
        (Form(units={"만": 10_000}), "1천"),
        (Form(units={"만": 10_000, "억": 10**8}), "2만 1억"),
        (Form(strip=("$",)), "$"),
        (Form(date="%d/%m/%Y"), "31/02/2021"),
        (Form(date="%d/%m/%Y"), "2021-02-28"),
        (Form(excel=True), "59"),
        (Form(percent=True), "101"),
        (Form(epoch="s"), 10**30),
        (Form(epoch="ms"), "1e400700000"),
    ],
    ids=str,
)  # fmt: skip
def test_cells_written_otherwise_are_refused(form: Form, text: Any) -> None:
    with pytest.raises(ValueError, match=r"expected|form|too (far|large)"):
        form.read(text)
