"""Targets relative to what was, and of several values of a column together."""

from __future__ import annotations

from decimal import Decimal

import pytest

import salesmetrics as sm
from salesmetrics.reasons import Reason


def deal(number: int, amount: int, closed: str, product: str = "a") -> dict:
    return {"id": number, "amount": amount, "outcome": "won", "closed_at": closed,
            "created_at": "2024-01-01", "product": product}  # fmt: skip


CRM = sm.CRM(
    deals=[
        deal(1, 400, "2024-03-01"),
        deal(2, 200, "2024-12-01", "b"),
        deal(3, 90, "2025-02-01", "b"),
        deal(4, 70, "2025-03-01", "c"),
    ],
    currency="USD",
).as_of("2025-03-31")


def aimed(**target: object) -> list:
    return list(
        sm.snapshot(CRM, "2025-Q1", kpis=["won_deals"], targets=[sm.Target(**target)]).targets
    )


def test_a_quarter_less_than_before() -> None:
    (one,) = aimed(kpi="bookings", change=Decimal("-0.25"), relative_to="previous")
    assert (one.target, one.actual, one.met) == (150, 160, True)
    (one,) = aimed(kpi="bookings", change=Decimal("-0.5"), relative_to="year_before")
    assert (one.target, one.actual, one.met) == (200, 160, False)
    # Days to the win: less is better.  335 days before, 397 and 425 now.
    (one,) = aimed(kpi="sales_cycle", change=Decimal("-0.25"), relative_to="previous")
    assert (one.target, one.actual, one.met) == (Decimal("251.25"), 411, False)
    # In a group, and where there was nothing before.
    (one,) = aimed(
        kpi="bookings", change=Decimal(1), relative_to="previous", group={"product": "b"}
    )
    assert (one.target, one.actual) == (400, 90)
    (one,) = aimed(kpi="average_deal_size", change=Decimal(0), relative_to="previous",
                   group={"product": "c"})  # fmt: skip
    assert (one.target, one.met) == (None, None)
    assert "the base is undefined" in str(one.reason)
    # Twice nothing is a target of nothing, which has no share.
    (one,) = aimed(
        kpi="bookings", change=Decimal(1), relative_to="previous", group={"product": "c"}
    )
    assert (one.target, one.met, one.reason) == (0, True, Reason("target_zero"))


def test_several_values_count_together() -> None:
    (one,) = aimed(kpi="average_deal_size", value=Decimal(100), group={"product": ["b", "c"]})
    assert (one.actual, one.group, one.met) == (80, (("product", "b + c"),), False)
    (one,) = aimed(kpi="bookings", value=Decimal(100), period="quarter",
                   group={"product": ["b", "nothing"]})  # fmt: skip
    assert one.actual is None


def test_a_target_has_a_value_or_a_change() -> None:
    for wrong in (
        {"kpi": "bookings"},
        {"kpi": "bookings", "value": Decimal(1), "change": Decimal(1), "relative_to": "previous"},
        {"kpi": "bookings", "change": Decimal(1)},
        {"kpi": "bookings", "change": Decimal(-1), "relative_to": "previous"},
    ):
        with pytest.raises(ValueError, match=r"target|change"):
            sm.Target(**wrong)
