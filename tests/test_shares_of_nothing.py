"""Of a total that is 0 or below nothing is a share."""

from __future__ import annotations

import pytest

import salesmetrics as sm

# (who, amount, outcome): returns outweigh what was won in February, and cancel it in March.
WON = [
    ("a", 100, "2025-01-10"), ("b", 300, "2025-01-11"),
    ("a", 100, "2025-02-10"), ("b", -300, "2025-02-11"),
    ("a", 100, "2025-03-10"), ("b", -100, "2025-03-11"),
]  # fmt: skip
DEALS = sm.Deals.of(
    [
        {"id": at, "customer": who, "amount": amount, "outcome": "won", "closed_at": day,
         "type": "upsell", "owner": who}
        for at, (who, amount, day) in enumerate(WON)
    ],
    currency="USD",
)  # fmt: skip
COSTS = sm.Costs.of(
    [
        {"id": at, "amount": 300, "category": "sales", "spent_at": day, "owner": "a"}
        for at, day in enumerate(["2025-01-05", "2025-02-05"])
    ],
    currency="USD",
)


@pytest.mark.parametrize("month", ["2025-02", "2025-03"])
def test_shares_of_a_total_that_is_not_above_0(month: str) -> None:
    for share in (
        sm.segment_contribution(DEALS, month, by="owner"),
        sm.segment_margin(DEALS, COSTS, month, by="owner"),
        sm.existing_revenue_share(DEALS, month),
        sm.upsell_share(DEALS, month),
        sm.cross_sell_share(DEALS, month),
        sm.win_rate(DEALS, month, of="amount"),
        sm.sales_profit_margin(None, DEALS, COSTS, month),
    ):
        for cell in share:
            assert cell.value is None, share.evidence.what
            assert "0 or below" in str(cell.reason)
        assert not (share.values() == share.values()).any()  # NaN, all of them
        assert {row["value"] for row in share.to_records()} == {None}


def test_nothing_is_concentrated_in_a_total_that_is_not_above_0() -> None:
    """150 of one customer, -150 and -50 of two others: the largest has no share of -50."""
    amounts = {"x": 150, "y": -150, "z": -50}
    rows = [
        {"id": who, "customer": who, "amount": amount, "outcome": "won", "closed_at": "2025-01-05"}
        for who, amount in amounts.items()
    ]
    booked = [
        {"id": who, "customer": who, "amount": amount, "booked_at": "2025-01-05"}
        for who, amount in amounts.items()
    ]
    deals = sm.Deals.of(rows, currency="EUR")
    for found in (
        sm.concentration(deals, "2025-01"),
        sm.concentration(deals, "2025-01", among="deals"),
        sm.revenue_concentration(sm.Revenues.of(booked, currency="EUR"), "2025-01"),
    ):
        assert found.value is None
        assert found.parts["top 1"] is None
    rest = [row for row in rows if row["id"] != "y"]
    assert sm.concentration(sm.Deals.of(rest, currency="EUR"), "2025-01").value == 1


def test_above_0_they_are_as_before() -> None:
    assert sm.segment_contribution(DEALS, "2025-01", by="owner").at(owner="b").value == 0.75
    # 100 - 300 and 300 - 0 of 100 that are left: one lies below 0 and one above 1.
    margin = sm.segment_margin(DEALS, COSTS, "2025-01", by="owner")
    assert [margin.at(owner=who).value for who in "ab"] == [-2.0, 3.0]
    assert "no won deals in the period" in str(sm.segment_contribution(DEALS, "2024-01").reason)


def test_margins_of_segments_take_the_costs_of_their_customers() -> None:
    """Banks: revenue 100, what it cost 30; shops: 300 and 120; 20 of cost are of no customer.

    Of 400 banks are a quarter; what is left in all is 230, of banks 70.
    """
    customers = [{"id": "a", "industry": "bank"}, {"id": "b", "industry": "shop"}]
    spent = [("a", 30), ("b", 120), (None, 20)]
    costs = [
        {"customer": name, "amount": n, "category": "cost of sales", "spent_at": "2025-01-05"}
        for name, n in spent
    ]
    revenues = [
        {"customer": name, "amount": n, "booked_at": "2025-01-06"}
        for name, n in (("a", 100), ("b", 320), ("b", -20))
    ]
    deals = [
        {"id": name, "customer": name, "amount": n, "outcome": "won", "created_at": "2025-01-01",
         "closed_at": "2025-01-06"} for name, n in (("a", 100), ("b", 300))
    ]  # fmt: skip
    crm = sm.CRM(customers=customers, costs=costs, revenues=revenues, deals=deals, currency="USD")
    by = {"by": "customer.industry"}
    shares = crm.kpi("segment_revenue_share", "2025-01", **by)
    assert [(cell.group[0], cell.value) for cell in shares] == [("shop", 0.75), ("bank", 0.25)]
    gross = crm.kpi("gross_margin", "2025-01", **by)
    assert {cell.group[0]: cell.value for cell in gross} == {"bank": 0.7, "shop": 0.6, None: None}
    left = crm.kpi("segment_margin", "2025-01", **by)
    assert {cell.group[0]: cell.value for cell in left} == {
        "bank": 70 / 230, "shop": 180 / 230, None: -20 / 230
    }  # fmt: skip


def test_deals_without_a_type_are_named_beside_the_share_of_upsells() -> None:
    """Of 200 won again from one customer 50 are an upsell; of 100 nobody says what they are."""
    rows = [("2025-01-02", 10, "new"), ("2025-02-02", 50, "upsell"), ("2025-02-03", 50, "renewal"),
            ("2025-02-04", 100, None)]  # fmt: skip
    deals = sm.Deals.of(
        [{"id": n, "customer": "a", "outcome": "won", "created_at": "2025-01-01", "closed_at": day,
          "amount": amount, "type": kind} for n, (day, amount, kind) in enumerate(rows)],
        currency="USD",
    )  # fmt: skip
    for share, value in ((sm.upsell_share, 0.25), (sm.cross_sell_share, 0.0)):
        found = share(deals, "2025-02")
        assert (found.value, found.excluded) == (value, {"no type": 1})
