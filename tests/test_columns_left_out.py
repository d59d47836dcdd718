"""A company whose tables lack a column, each in turn: what cannot be computed is a need."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.kpi import label_of

DEMO = Path(__file__).parents[1] / "examples" / "demo"
ROWS = 60
FILES = sorted(DEMO.glob("*.csv"))
ASSUMED = {"margin": 0.7, "active_for_days": 90, "target": 10**9, "limit_hours": 24}


def columns_of(file: Path) -> dict[str, list[str | None]]:
    with file.open(encoding="utf-8-sig") as lines:
        head, *rows = csv.reader(lines)
    some = rows if file.stem in ("stages", "owners", "products") else rows[:ROWS]
    return {name: [row[at] or None for row in some] for at, name in enumerate(head)}


COMPANY: dict[str, Any] = {file.stem: columns_of(file) for file in FILES}


def kpis_of(name: str) -> list[str]:
    """Those that are computed from a table; any may look at stages, owners and customers."""
    everywhere = name in ("stages", "owners", "customers", "deals")
    labels = [label_of(kpi) for kpi in sm.KPIS]
    return [label.name for label in labels if everywhere or name in label.tables]


def taken(tables: dict[str, Any], kpis: list[str]) -> sm.Snapshot:
    crm = sm.CRM(**tables, currency="KRW", tz="Asia/Seoul", on_error="collect")
    return sm.snapshot(crm, "2025-Q3", kpis=kpis, by="owner", assumptions=ASSUMED)


@pytest.mark.parametrize("name", COMPANY)
def test_no_column_that_is_lacking_ends_a_snapshot(name: str) -> None:
    kpis = kpis_of(name)
    for column in COMPANY[name] if kpis else ():
        left = {key: cells for key, cells in COMPANY[name].items() if key != column}
        try:
            snap = taken({**COMPANY, name: left}, kpis)
        except sm.SalesMetricsError as wrong:  # no table without it: said with its name
            refused = str(wrong)
        else:
            refused = ""
        if refused:
            assert column in refused or "outcome" in refused, (name, column)
            continue
        names = {figure.name for figure in snap.figures} | {need.name for need in snap.needs}
        assert names == set(kpis), (name, column)
        assert snap.to_json()


def test_subscriptions_without_amounts_say_what_movements_need() -> None:
    left = {key: cells for key, cells in COMPANY["subscriptions"].items() if key != "amount"}
    snap = taken({**COMPANY, "subscriptions": left}, kpis_of("subscriptions"))
    needs = {need.name: need.needs for need in snap.needs}
    for name in ("mrr", "mrr_movements", "net_revenue_retention", "quick_ratio"):
        assert "amount" in needs[name]
    assert snap["active_customers"].value is not None
