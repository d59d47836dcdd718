"""Deals of several products: lines sum to the deal's amount to the unit, and the rest is named."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

import salesmetrics as sm


def deal(at: int, **more: Any) -> dict[str, Any]:
    return {"id": f"d{at}", "created_at": "2025-01-01", "closed_at": "2025-03-10", "owner": "ana",
            "outcome": "won", "amount": 100 + at, "product": "own"} | more  # fmt: skip


def values(found: sm.Total) -> dict[Any, float]:
    return {cell.group[0]: cell.value for cell in found if cell.n}


LINES = [
    {"deal": "d0", "product": "crm", "amount": 70},
    {"deal": "d0", "product": "bi", "amount": 30},
    {"deal": "d1", "product": "crm", "amount": 60},  # 41 of 101 in no line
    {"deal": "d2", "product": "bi", "amount": 110},  # 8 more than the deal
]


def test_products_sum_to_what_was_won() -> None:
    deals = sm.Deals.of([deal(at) for at in range(4)], currency="KRW")
    found = sm.line_bookings(deals, sm.DealLines.of(LINES, currency="KRW"), "2025-Q1", by="product")
    assert values(found) == {"crm": 130, "bi": 140, "own": 103, None: 33}
    assert found.at(product=None).assumed == {"amount that no line names": 2}
    assert found.at(product="own").assumed == found.at(product="crm").assumed == {}
    assert found.at(product="crm").n == 2
    assert found.over("product").exact == sm.bookings(deals, "2025-Q1").exact == 406


LINE = st.tuples(
    st.integers(0, 6), st.sampled_from(["crm", "bi", None]), st.sampled_from([None, 0, 1, 40, 101])
)
DEAL = st.tuples(
    st.sampled_from(["won", "lost", "open"]),
    st.sampled_from([None, 0, 101, 40, 2**52]),
    st.sampled_from([None, 141, 0]),
    st.sampled_from(["own", "crm", None]),
    st.sampled_from(["2025-01-20", "2025-04-01"]),
)


@given(st.lists(DEAL, min_size=1, max_size=6), st.lists(LINE, max_size=8))
def test_every_product(drawn: list[Any], lines: list[Any]) -> None:
    rows = [
        {"id": f"d{at}", "created_at": "2025-01-01", "outcome": outcome, "amount": amount,
         "list_amount": listed, "product": product,
         "closed_at": None if outcome == "open" else closed}
        for at, (outcome, amount, listed, product, closed) in enumerate(drawn)
    ]  # fmt: skip
    told = [{"deal": f"d{at}", "product": p, "amount": amount} for at, p, amount in lines]
    crm = sm.CRM(
        deals=rows,
        deal_lines=told or {"deal": [], "product": [], "amount": []},
        currency="KWD",
    ).as_of("2025-12-31")
    expected: dict[str, Counter[Any]] = {"won": Counter(), "open": Counter()}
    for row in rows:
        is_open = row["outcome"] == "open"
        counts = is_open or (row["outcome"] == "won" and row["closed_at"] == "2025-01-20")
        whole = row["amount"] if row["amount"] is not None or not is_open else row["list_amount"]
        if not counts or whole is None:
            continue
        mine = [line for line in told if line["deal"] == row["id"]]
        for line in mine:
            expected[row["outcome"]][line["product"]] += line["amount"] or 0
        rest = whole - sum(line["amount"] or 0 for line in mine)
        expected[row["outcome"]][None if mine else row["product"]] += rest
    for kind, name, whole in (
        ("won", sm.line_bookings(crm.deals, crm.deal_lines, "2025-Q1", by="product"),
         sm.bookings(crm.deals, "2025-Q1")),
        ("open", sm.line_pipeline(crm.deals, crm.deal_lines, "2025-12", by="product"),
         sm.open_pipeline(crm.deals, "2025-12")),
    ):  # fmt: skip
        found = {cell.group[0]: cell.exact for cell in name if cell.exact}
        assert found == {p: amount for p, amount in expected[kind].items() if amount}
        assert name.over("product").exact == whole.exact


def test_a_rest_and_a_line_of_no_deal_are_findings() -> None:
    lines = [*LINES, {"deal": "elsewhere", "product": "bi", "amount": 7}]
    crm = sm.CRM(deals=[deal(at) for at in range(4)], deal_lines=lines, currency="KRW")
    report = sm.quality(crm, kpis=["bookings"])
    (off,) = report.of("lines_off")
    assert (off.table, off.field, off.rows, off.examples) == ("deals", "amount", 2, ("d1", "d2"))
    (orphan,) = report.of("orphan_link")
    assert (orphan.table, orphan.rows) == ("deal_lines", 1)
    assert "whose lines do not sum to their amount" in report.to_markdown()
    assert "품목 금액의 합이 금액과 다른" in report.to_markdown(lang="ko")


def test_lines_are_in_the_currency_of_their_deal() -> None:
    rates = sm.ExchangeRates(to="USD", rates={"EUR": {date(2025, 1, 1): Decimal("1.1")}})
    rows = [deal(0, currency="EUR"), deal(1, currency="USD")]
    lines = [
        {"deal": "d0", "product": "crm", "amount": 60, "currency": "EUR"},
        {"deal": "d0", "product": "bi", "amount": 40, "currency": "EUR"},
        {"deal": "d1", "product": "crm", "amount": 101, "currency": "EUR"},  # not its deal's
    ]
    deals = sm.Deals.of(rows, currency="USD", rates=rates)
    made = sm.DealLines.of(lines, currency="USD", rates=rates)
    found = sm.line_bookings(deals, made, "2025-Q1", by="product")
    assert values(found) == {"crm": pytest.approx(66), "bi": pytest.approx(44), None: 101}
    assert found.over("product").exact == sm.bookings(deals, "2025-Q1").exact == 211
    unsaid = [{name: row[name] for name in ("deal", "product", "amount")} for row in lines]
    with pytest.raises(sm.NeedsError, match="deal_lines need a column currency"):
        sm.line_bookings(deals, sm.DealLines.of(unsaid, currency="USD"), "2025-Q1", by="product")


def test_a_line_names_its_deal() -> None:
    with pytest.raises(sm.DataError, match="of which deal"):
        sm.DealLines.of([{"deal": None, "product": "crm", "amount": 1}], currency="USD")


def test_by_what_the_product_says_and_as_of() -> None:
    crm = sm.CRM(
        deals=[deal(0), deal(1, closed_at=None, outcome="open", list_amount=90)],
        deal_lines=LINES,
        products=[{"id": "crm", "series": "suite"}, {"id": "bi", "series": "tools"}],
        currency="KRW",
    )
    by_series = sm.line_bookings(crm.deals, crm.deal_lines, "2025-Q1", by="product.series")
    assert values(by_series) == {"suite": 70, "tools": 30}
    early = crm.as_of("2025-03-09")
    assert values(sm.line_bookings(early.deals, early.deal_lines, "2025-Q1", by="product")) == {}
    stood = sm.line_pipeline(crm.deals, crm.deal_lines, "2025-Q1", by="product")
    assert values(stood) == {"crm": 60, None: 41}


def test_of_the_owner_at_the_win() -> None:
    crm = sm.CRM(
        deals=[deal(0)],
        deal_lines=LINES,
        owner_changes=[
            {"deal": "d0", "owner": "ana", "changed_at": "2025-01-01"},
            {"deal": "d0", "owner": "bo", "changed_at": "2025-04-01"},
        ],
        currency="KRW",
    )
    found = sm.line_bookings(crm.deals, crm.deal_lines, "2025-Q1", by=["owner", "product"])
    assert {cell.group: cell.value for cell in found if cell.n} == {
        ("ana", "crm"): 70, ("ana", "bi"): 30,
    }  # fmt: skip


def test_amounts_of_then_are_those_of_the_history() -> None:
    crm = sm.CRM(
        deals=[deal(0, closed_at=None, outcome="open")],
        deal_lines=LINES,
        amount_changes=[
            {"deal": "d0", "amount": 500, "changed_at": "2025-01-01"},
            {"deal": "d0", "amount": 100, "changed_at": "2025-02-15"},
        ],
        currency="KRW",
    )
    for world, month in ((crm, "2025-01"), (crm.as_of("2025-01-31"), "2025-01")):
        found = sm.line_pipeline(world.deals, world.deal_lines, month, by="product")
        assert values(found) == {"crm": 70, "bi": 30, None: 400}
        assert sum(row.contribution for row in found.records()) == 500
    now = sm.line_pipeline(crm.deals, crm.deal_lines, "2025-02", by="product")
    assert values(now) == {"crm": 70, "bi": 30}


def test_a_deal_of_nothing_whose_lines_tell_nothing_is_not_lost() -> None:
    lines = [{"deal": "d0", "product": "crm", "amount": None}]
    deals = sm.Deals.of([deal(0, amount=0)], currency="KRW")
    found = sm.line_bookings(deals, sm.DealLines.of(lines, currency="KRW"), "2025-Q1")
    assert (found.value, found.n) == (0, 1)
    rows = [{"id": "d0", "created_at": None, "closed_at": None, "outcome": "open", "amount": 0}]
    crm = sm.CRM(deals=rows, deal_lines=lines, currency="KRW").as_of("2025-12-31")
    stood = sm.line_pipeline(crm.deals, crm.deal_lines, "2025-Q1")
    assert (stood.value, sum(stood.excluded.values())) == (None, 1)
    assert sm.open_pipeline(crm.deals, "2025-Q1").value is None


def test_each_line_of_no_deal_is_told_once() -> None:
    lines = [
        {"deal": "a", "product": "x", "amount": 4},
        {"deal": None, "product": "x", "amount": 4},
        {"deal": ["a"], "product": "x", "amount": 4},
        {"deal": None, "product": ["x"], "amount": 4},
    ]
    table = sm.DealLines.of(lines, currency="EUR", on_error="collect")
    told = [(fault.row, fault.field) for fault in (*table.rejected, *table.unread)]
    assert sorted(one for one in told if one[1] == "deal") == [
        (1, "deal"),
        (2, "deal"),
        (3, "deal"),
    ]


def test_what_stood_is_grouped_by_what_the_close_does_not_settle() -> None:
    """By owner and by the customer's industry as they are; by stage and outcome as before it."""
    deals = [
        deal(0, customer="c", stage="won"), deal(1, customer="d", outcome="open", closed_at=None,
        stage="demo"),
    ]  # fmt: skip
    crm = sm.CRM(
        deals=deals, customers=[{"id": "c", "industry": "steel"}, {"id": "d"}], currency="KRW"
    )
    for by, expected in (
        ("owner", {"ana": 2}), ("customer", {"c": 1, "d": 1}), ("outcome", {"open": 2}),
        ("customer.industry", {"steel": 1, None: 1}), ("stage", {"demo": 1, None: 1}),
    ):  # fmt: skip
        assert values(sm.open_deals(crm.deals, "2025-02", by=by)) == expected
    for by, expected_both in (
        (("stage", "owner"), {("demo", "ana"): 1, (None, "ana"): 1}),
        (("stage", "customer.industry"), {("demo", None): 1, (None, "steel"): 1}),
    ):
        found = sm.open_deals(crm.deals, "2025-02", by=by)
        assert {cell.group: cell.value for cell in found if cell.value} == expected_both
