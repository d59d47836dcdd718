"""Doubtful rows a second way: over records in plain Python, of companies at random."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import pytest
from hypothesis import given, strategies as st
from oracles import World
from oracles.facts import AHEAD, BORN
from worlds import crm_of, known_world, worlds

from salesmetrics.crm import TABLES
from salesmetrics.insight.suspects import judged_until, suspects
from salesmetrics.models import Kind, kinds_of

# First responses are those of activities where these are given: they are tried by themselves.
ASKED = (
    ("owners", "stages", "products", "customers", "leads", "deals", "subscriptions", "surveys"),
    ("owners", "customers", "activities", "costs", "revenues"),
)
Found = dict[tuple[str, str, str], set[int]]
AFTER = {
    "deals": [("created_at", "closed_at", "close_before_create")],
    "activities": [("created_at", "done_at", "end_before_start")],
    "leads": [
        ("created_at", f"{step}_at", "end_before_start")
        for step in ("first_response", "mql", "sql", "opportunity", "won")
    ],
}
NEEDED: dict[str, list[tuple[str, str | None]]] = {
    "deals": [
        ("owner", None), ("customer", None), ("amount", "won"), ("amount", "open"),
        ("expected_close_at", "open"), ("loss_reason", "lost"),
    ],
    "leads": [("owner", None), ("source", None)],
    "subscriptions": [("customer", None), ("amount", None), ("interval", None)],
    "activities": [("owner", None), ("kind", None)],
    "costs": [("category", None), ("amount", None)],
    "revenues": [("customer", None), ("amount", None)],
}  # fmt: skip


def plain(world: World, until: date | None) -> Found:
    """By kind, table and field: the places of the rows that are doubtful."""
    found: Found = defaultdict(set)
    events = of_events(world)
    days = sorted(day for each in events.values() for _, day in each)
    for name, rows in world.tables.items():
        seen: set[Any] = set()
        for at, row in enumerate(rows):
            day = {field: world.day(value) for field, value in row.items() if field[-3:] == "_at"}
            born = BORN.get(name)
            if born is not None and day.get(born) is None:
                found["undated", name, born].add(at)
            for start, end, kind in AFTER.get(name, ()):
                first, last = day[start], day[end]
                if first is not None and last is not None and last < first:
                    found[kind, name, end].add(at)
            for field, of in NEEDED.get(name, ()):
                stands_in = field == "amount" and name == "deals" and row["closed_at"] is None
                lacking = row[field] is None and not (stands_in and row["list_amount"] is not None)
                if lacking and of in (None, row.get("outcome")):
                    found["missing_field", name, field].add(at)
            for field, kind in kinds_of(TABLES[name].record).items():
                money = kind is Kind.MONEY and row.get(field) is not None
                if money and name in ("deals", "subscriptions", "products") and row[field] < 0:
                    found["negative_amount", name, field].add(at)
            if born is not None and row.get("customer") and row.get("amount") and day[born]:
                key = row["customer"], row["amount"], day[born], row.get("product")
                if key in seen:
                    found["likely_duplicate", name, "id"].add(at)
                seen.add(key)
            due = day.get("expected_close_at")
            if name == "deals" and row["outcome"] == "open" and due and until and due <= until:
                found["overdue", name, "expected_close_at"].add(at)
    if until is not None and until == days[-1] and len(days) >= 3:
        if (days[-1] - days[-2]).days > 31:
            for (name, field), each in events.items():
                found["lone_latest", name, field] = {at for at, day in each if day == days[-1]}
    elif until is not None and until < days[-1]:
        for (name, field), each in events.items():
            found["far_ahead", name, field] = {at for at, day in each if day > until}
    return {key: ids for key, ids in found.items() if ids}


def of_events(world: World) -> dict[tuple[str, str], list[tuple[int, date]]]:
    """What says up to when events are known: what can be planned only where nothing else is."""
    found: dict[bool, dict[tuple[str, str], list[tuple[int, date]]]] = {True: {}, False: {}}
    for name, rows in world.tables.items():
        for field, kind in kinds_of(TABLES[name].record).items():
            each = [(at, day) for at, row in enumerate(rows) if (day := world.day(row.get(field)))]
            if kind is Kind.MILESTONE and each:
                found[field in AHEAD.get(name, ())][name, field] = each
    return found[False] or found[True]


@pytest.mark.parametrize("tables", ASKED)
@given(data=st.data())
def test_rows_are_doubtful_as_in_plain_python(tables: tuple[str, ...], data: st.DataObject) -> None:
    world = data.draw(worlds(tables))
    crm = crm_of(world)
    until = judged_until(crm)
    day = None if until is None else date.fromordinal(until + date(1970, 1, 1).toordinal())
    wanted = plain(known_world(world), day)
    kinds = {
        *("close_before_create", "end_before_start", "undated", "missing_field", "overdue"),
        *("negative_amount", "likely_duplicate", "lone_latest", "far_ahead"),
    }
    found = {
        (one.kind, one.table, one.column): set(one.rows.tolist())
        for one in suspects(crm)
        if one.kind in kinds and (one.kind, one.table) != ("end_before_start", "subscriptions")
    }
    assert found == wanted
