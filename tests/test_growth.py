"""Growth as a figure with a name, a series and a target."""

from __future__ import annotations

from decimal import Decimal

import pytest

import salesmetrics as sm

ROWS = [("2024-02-10", 50), ("2025-01-10", 100), ("2025-02-10", 120), ("2025-03-10", -30)]
CRM = sm.CRM(
    revenues=[{"id": at, "customer": "a", "amount": a, "booked_at": day}
              for at, (day, a) in enumerate(ROWS)],
    currency="USD",
).as_of("2025-04-30")  # fmt: skip


def test_against_the_month_before_and_the_year_before() -> None:
    assert sm.revenue_growth(CRM.revenues, None, "2025-02").value == pytest.approx(0.2)
    yoy = sm.revenue_growth(CRM.revenues, None, "2025-02", against="year_before")
    assert (yoy.value, yoy.parts["base"]) == (1.4, 50)
    assert sm.revenue_growth(CRM.revenues, None, "2025-03").value == -1.25
    for month in ("2025-01", "2025-04"):  # nothing before, and less than nothing
        assert "the base is 0 or below" in str(sm.revenue_growth(CRM.revenues, None, month).reason)


def test_it_has_a_series_and_a_target() -> None:
    target = sm.Target(kpi="revenue_growth_yoy", value=Decimal(1))
    found = sm.snapshot(
        CRM, "2025-02", kpis=["MoM", "YoY"], targets=[target], every="month", compare="previous"
    )
    assert [figure.name for figure in found.figures] == ["revenue_growth", "revenue_growth_yoy"]
    assert (found.targets[0].actual, found.targets[0].met) == (Decimal("1.4"), True)
