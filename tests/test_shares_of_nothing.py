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


# columns that no row says anything in -------------------------------------------------------------


def wins(*kinds: str | None, month: str = "2025-02") -> list[dict[str, object]]:
    """Of customer a: a first win of January, and one of 50 of each type after it."""
    rows = [("2025-01-02", None), *((f"{month}-{day:02}", k) for day, k in enumerate(kinds, 2))]
    return [
        {"id": f"{day} {n}", "customer": "a", "outcome": "won", "created_at": "2025-01-01",
         "closed_at": day, "amount": 50, "type": kind}
        for n, (day, kind) in enumerate(rows)
    ]  # fmt: skip


def test_where_no_win_says_its_type_no_share_is_known() -> None:
    """February says nothing; March says of one of two: none of it is a cross-sell."""
    rows = [*wins(None, None), *wins("upsell", None, month="2025-03")[1:]]
    deals = sm.Deals.of(rows, currency="USD").as_of("2025-06-30")
    for share, march in ((sm.upsell_share, 0.5), (sm.cross_sell_share, 0.0)):
        february = share(deals, "2025-02")
        assert (february.value, february.excluded) == (None, {"no type": 2})
        assert february.reason == "no row that counts says its type (2 do not)"
        assert february.reason.said("ko") == "유형을 알려 주는 행 없음(2건 모두 비어 있음)"
        assert share(deals, "2025-03").value == march
        assert [cell.value for cell in share(deals, ["2025-02", "2025-03"]).rows()] == [None, march]
        frame = share(deals, ["2025-02", "2025-03"]).to_pandas()
        assert [str(value) for value in frame["value"]] == ["nan", str(march)]
        assert frame["reason"][0] == february.reason
    shot = sm.snapshot(sm.CRM(deals=deals), "2025-02", kpis=["upsell_share"], by="customer")
    assert shot["upsell_share"].value is None
    assert shot.figure("upsell_share").by("customer").at(customer="a").value is None


def test_cost_of_which_no_row_says_the_category_is_not_0() -> None:
    """January's cost is of sales; February's of nobody knows what; nothing was spent in March."""
    costs = [
        {"id": 1, "spent_at": "2025-01-05", "amount": 50, "category": "sales"},
        {"id": 2, "spent_at": "2025-02-05", "amount": 70, "category": None},
    ]
    leads = [{"id": n, "created_at": f"2025-0{n}-10"} for n in (1, 2, 3)]
    crm = sm.CRM(costs=costs, leads=leads, currency="USD").as_of("2025-06-30")
    found = crm.kpi("cost_per_lead", ["2025-01", "2025-02", "2025-03"])
    assert [(cell.value, cell.excluded) for cell in found.rows()] == [
        (50.0, {}), (None, {"no category": 1}), (0.0, {}),
    ]  # fmt: skip
    assert crm.kpi("cost_per_lead", "2025-Q1").value == 50 / 3


def test_activities_of_which_none_says_its_direction_are_no_0() -> None:
    activities = [
        {"id": n, "done_at": f"2025-0{n}-05", "deal": 1, "customer": "a", "direction": kind}
        for n, kind in ((1, "inbound"), (2, None), (3, "outbound"))
    ]
    deals = [{"id": 1, "created_at": "2025-01-01", "outcome": "open"}]
    crm = sm.CRM(activities=activities, deals=deals).as_of("2025-06-30")
    found = [crm.kpi("contact_frequency", f"2025-0{n}") for n in (1, 2, 3)]
    assert [one.value for one in found] == [0.0, None, 1.0]
    assert found[1].reason == "no row that counts says its direction (1 do not)"
    assert crm.kpi("contact_frequency", "2025-Q1").value == 1.0


def test_what_does_not_say_its_kind_is_named_by_every_figure_of_a_kind() -> None:
    """Of three: two say nothing, the third is a guide; and with all three of unknown kind."""
    rows = [
        {"id": 1, "kind": None, "published_at": "2025-01-05", "used": True, "due_at": "2025-01-06",
         "material": "a"},
        {"id": 2, "kind": None, "published_at": "2025-01-20", "used": True, "due_at": "2025-01-06",
         "material": "a"},
        {"id": 3, "kind": "guide", "published_at": "2025-01-07", "due_at": None, "material": "b"},
    ]  # fmt: skip
    unknown = [{**row, "kind": None} for row in rows]
    names = ["insights_delivered", "report_punctuality", "report_usage", "material_update_interval",
             "material_update_rate"]  # fmt: skip
    crm, none = (sm.CRM(deliverables=each).as_of("2025-02-10") for each in (rows, unknown))
    found = [crm.kpi(name, "2025-01") for name in names]
    assert [one.value for one in found] == [0, None, None, None, 1.0]
    assert [one.excluded["no kind"] for one in found] == [2, 2, 2, 1, 2]
    lacking = [none.kpi(name, "2025-01") for name in names]
    assert [one.value for one in lacking] == [None] * 5
    assert [one.excluded["no kind"] for one in lacking] == [3, 2, 3, 1, 3]
    # A month in which nothing was published has none: 0, or nothing to divide by.
    assert none.kpi("insights_delivered", "2024-12").value == 0
