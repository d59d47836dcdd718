"""What type checkers accept for a table, and what they refuse; run by .ci/run, not by pytest.

    mypy --strict tests/typing_cases.py
    pyright tests/typing_cases.py

Each refusal is marked `type: ignore` where it has to be reported; a checker that finds nothing to
ignore there says so.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

import salesmetrics as sm

RECORD = sm.Deal(id="1", outcome="won", closed_at=date(2025, 1, 20), amount=Decimal("9.50"))


def rows() -> Iterator[dict[str, object]]:
    yield {"id": 1, "outcome": "won"}


def accepted(frame: sm.DataFrame, stream: sm.ArrowStream, table: sm.Deals) -> None:
    """A table, records, dicts, columns, frames, cursors."""
    sm.win_rate(table, "2025")
    sm.win_rate([RECORD], "2025")
    sm.win_rate((RECORD,), "2025")
    sm.win_rate([{"id": 1, "outcome": "won"}, {"id": "2"}], "2025")
    sm.win_rate({"id": [1, 2], "outcome": ["won", "lost"], "amount": np.array([1.5, 2])}, "2025")
    sm.win_rate(rows(), "2025")
    sm.win_rate(frame, "2025")
    sm.win_rate(stream, "2025")
    sm.win_rate(sqlite3.connect("crm.db").execute("select * from deals"), "2025")
    with open("deals.csv", encoding="utf-8") as file:
        sm.win_rate(csv.DictReader(file), "2025")
    sm.Deals.of([RECORD], currency="EUR")
    sm.Deals.of({"id": [1, 2], "amount": [1.5, None]}, currency="EUR")


def held(
    records: list[sm.Deal], dicts: list[dict[str, str]], columns: dict[str, list[int]]
) -> None:
    """The same, held in variables of the types that people write."""
    sm.bookings(records)
    sm.bookings(dicts)
    sm.bookings(columns)
    sm.CRM(deals=dicts, leads=columns)


def anything(one: Sequence[Mapping[str, Any]], other: Mapping[str, Sequence[object]]) -> None:
    sm.bookings(one)
    sm.bookings(other)


def optional(deals: sm.Deals, leads: sm.Leads) -> None:
    """None for a table that a KPI does without, and for no other."""
    sm.revenue(None, deals, "2025")
    sm.required_leads(deals, None, "2025", target=1000, lead_to_won=0.1)
    sm.win_rate(None, "2025")  # type: ignore[arg-type]
    sm.lead_volume(leads, "2025")


def refused(leads: sm.Leads, lead: sm.Lead) -> None:
    """A number, a text, another table, other records."""
    sm.win_rate(42)  # type: ignore[arg-type]
    sm.win_rate("deals.csv")  # type: ignore[arg-type]
    sm.win_rate([1, 2])  # type: ignore[list-item]
    sm.win_rate(leads)  # type: ignore[arg-type]
    sm.win_rate([lead])  # type: ignore[list-item]
    sm.win_rate({"id": 1})  # type: ignore[dict-item]
    sm.CRM(deals=42)  # type: ignore[arg-type]
    sm.Deals.of(42)  # type: ignore[arg-type]
