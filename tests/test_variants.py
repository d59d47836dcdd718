"""Variants that published figures use, by hand."""

from __future__ import annotations

import pytest

import salesmetrics as sm

DEALS = sm.Deals.of(
    [
        {"id": 1, "customer": "a", "amount": 100, "outcome": "won", "type": "new",
         "created_at": "2025-01-01T09:00:00", "closed_at": "2025-01-03T12:00:00"},
        {"id": 2, "customer": "a", "amount": 60, "outcome": "won", "type": "upsell",
         "created_at": "2025-01-05T09:00:00", "closed_at": "2025-01-05T15:30:00"},
        {"id": 3, "customer": "a", "amount": 30, "outcome": "won", "type": "cross_sell",
         "created_at": "2025-01-06T09:00:00", "closed_at": "2025-01-16T09:00:00"},
        {"id": 4, "customer": "a", "amount": 10, "outcome": "won", "type": "renewal",
         "created_at": "2025-01-06T09:00:00", "closed_at": "2025-01-20T09:00:00"},
        {"id": 5, "customer": "b", "amount": 90, "outcome": "lost",
         "created_at": "2025-01-01T09:00:00", "closed_at": "2025-01-31T09:00:00"},
        {"id": 6, "customer": "b", "amount": 40, "outcome": "open", "created_at": "2025-01-02",
         "expected_close_at": "2025-03-10"},
        {"id": 7, "customer": "c", "amount": 200, "outcome": "open", "created_at": "2025-01-02",
         "expected_close_at": "2025-08-01"},
        {"id": 8, "customer": "c", "amount": 60, "outcome": "open", "created_at": "2025-01-02"},
    ],
    currency="USD",
    tz="UTC",
).as_of("2025-02-01")  # fmt: skip


def test_cycles_of_all_decided_deals_and_in_hours() -> None:
    assert sm.sales_cycle(DEALS, "2025-01").mean == (2 + 0 + 10 + 14) / 4
    decided = sm.sales_cycle(DEALS, "2025-01", outcome="decided")
    assert (decided.mean, decided.n) == ((2 + 0 + 10 + 14 + 30) / 5, 5)
    hours = sm.sales_cycle(DEALS, "2025-01", unit="hours")
    assert (hours.mean, hours.unit) == ((51 + 6.5 + 240 + 336) / 4, "hours")


def test_coverage_by_all_that_is_open() -> None:
    due = sm.pipeline_coverage(DEALS, "2025-Q1", target=350)
    assert due.value == 40 / 150
    every = sm.pipeline_coverage(DEALS, "2025-Q1", target=350, among="open")
    assert (every.value, every.parts["pipeline"]) == (300 / 150, 300)
    full = sm.pipeline_coverage(DEALS, "2025-Q1", target=350, among="open", against="target")
    assert full.value == pytest.approx(300 / 350)


def test_upsells_and_cross_sells_as_one_share() -> None:
    assert sm.upsell_share(DEALS, "2025-01").value == 0.6
    assert sm.upsell_share(DEALS, "2025-01", with_cross_sell=True).value == 0.9


def test_the_largest_of_any_number() -> None:
    found = sm.concentration(DEALS, "2025-01", among="deals", top=2)
    assert (found.value, found.parts["top 2"], found.parts["top 1"]) == (0.8, 0.8, 0.5)
    for wrong in (0, 1.5, True):
        with pytest.raises(sm.SalesMetricsError, match="top is"):
            sm.concentration(DEALS, "2025-01", top=wrong)


def test_leads_that_were_handed_over_alone() -> None:
    leads = sm.Leads.of(
        [
            {"id": 1, "created_at": "2025-01-01T09:00", "handed_over_at": "2025-01-02T09:00",
             "first_response_at": "2025-01-02T11:00"},
            {"id": 2, "created_at": "2025-01-01T09:00", "handed_over_at": "2025-01-02T09:00",
             "first_response_at": "2025-01-04T09:00"},
            {"id": 3, "created_at": "2025-01-01T09:00", "handed_over_at": None,
             "first_response_at": "2025-01-01T10:00"},
            {"id": 4, "created_at": None, "handed_over_at": None, "first_response_at": None},
        ],
        tz="UTC",
    ).as_of("2025-01-31")  # fmt: skip
    every = sm.response_sla_rate(leads, "2025-01", limit_hours=24)
    handed = sm.response_sla_rate(leads, "2025-01", limit_hours=24, start="handed_over")
    assert (every.numerator, every.denominator) == (2, 3)
    assert (handed.numerator, handed.denominator, dict(handed.excluded)) == (1, 2, {})
    took = sm.lead_response_time(leads, "2025-01", start="handed_over")
    assert (took.mean, took.n) == (25, 2)
    assert sm.lead_response_time(leads, "2025-01").n == 3


def test_amounts_of_what_was_lost_and_why() -> None:
    rows = [
        {"id": at, "outcome": outcome, "closed_at": "2025-01-20", "amount": amount,
         "loss_reason": reason}
        for at, (outcome, amount, reason) in enumerate(
            [("lost", 90, "price"), ("lost", 10, "price"), ("lost", 25, None),
             ("lost", None, "time"), ("disqualified", 70, "price"), ("won", 75, None)]
        )
    ]  # fmt: skip
    deals = sm.Deals.of(rows, currency="USD")
    lost = sm.lost_amount(deals, "2025-01")
    assert (lost.value, lost.n) == (125, 3)
    assert lost.excluded == {"no amount": 1, "disqualified": 1}
    by_amount = sm.win_rate(deals, "2025-01", of="amount").value
    assert by_amount == 75 / (75 + lost.value)
    reasons = sm.loss_reasons(deals, "2025-01", of="amount")
    # Of the deals lost for time none has an amount: what they cost is not known, and not 0.
    assert dict(reasons.parts) == {"lost": 125, "price": 100, "time": None, "missing": 25}
    assert (reasons.n, reasons.currency) == (3, "USD")
    assert sm.lost_amount(deals, "2025-02").value is None  # not begun by what is known
    assert sm.lost_amount(deals.as_of("2025-03-01"), "2025-02").value == 0


def test_sizes_of_open_deals_and_the_largest() -> None:
    size = sm.open_deal_size(DEALS, "2025-01")
    assert (size.value, size.mean, size.max, size.n) == (60, 100, 200, 3)
    assert size.mean * size.n == sm.open_pipeline(DEALS, "2025-01").value
    assert sm.open_deal_size(DEALS, "2025-01", by="customer").at(customer="c").max == 200
    won = sm.deal_size(DEALS, "2025-01")
    assert (won.max, won.to_records()[0]["max"]) == (100, 100)
    assert sm.deal_size(DEALS, "2025-02").max is None
    # Deal 5 stood open then and was lost since: nobody tells what it was worth before.
    early = sm.open_deal_size(DEALS, ["2025-01-04", "2025-01"]).rows()[0]
    assert (early.value, early.n) == (60, 3)
    assert early.excluded == {"amount not known at the time": 1}


def test_open_deals_worth_their_list_amount_say_so() -> None:
    rows = [
        {"id": 1, "created_at": "2025-01-01", "amount": 10, "list_amount": 50},
        {"id": 2, "created_at": "2025-01-01", "amount": None, "list_amount": 70},
        {"id": 3, "created_at": "2025-01-01", "amount": None, "list_amount": None},
        {"id": 4, "created_at": "2025-01-01", "amount": 900, "list_amount": 20, "outcome": "won",
         "closed_at": "2025-02-10"},
    ]  # fmt: skip
    stand = {"outcome": "open", "closed_at": None}
    deals = sm.Deals.of([stand | row for row in rows], currency="USD")
    then, now = sm.open_deal_size(deals, ["2025-01", "2025-02"]).rows()
    assert (then.value, then.max, then.n) == (20, 70, 3)  # of 10, 20 and 70
    assert (now.value, now.max, now.n) == (40, 70, 2)  # of 10 and 70
    assert now.assumed == {"amount from list_amount": 1}
    assert now.excluded == {"no amount": 1}


def test_revenue_of_the_largest_customers() -> None:
    rows = [
        {"id": at, "customer": who, "amount": amount, "booked_at": "2025-01-31"}
        for at, (who, amount) in enumerate(
            [("a", 50), ("a", 10), ("b", 30), ("c", 20), ("c", -10), ("d", -5), (None, 400),
             ("e", None)]
        )
    ]  # fmt: skip
    found = sm.revenue_concentration(sm.Revenues.of(rows, currency="USD"), "2025-01", top=2)
    assert found.parts["top 1"] == found.parts["top 20 %"] == 0.6  # one of three, rounded up
    assert found.value == found.parts["top 2"] == 0.9
    assert found.parts["herfindahl index"] == pytest.approx(0.36 + 0.09 + 0.01)
    assert found.parts["count"] == 3
    assert found.excluded == {"no amount": 1, "no customer": 1}
    gone = [row for row in rows if row["customer"] == "d"]
    nothing = sm.revenue_concentration(sm.Revenues.of(gone, currency="USD"), "2025-01")
    assert (nothing.value, nothing.reason) == (None, "nothing above 0 was booked in the period")
    for wrong in (0, True):
        with pytest.raises(sm.SalesMetricsError, match="top is"):
            sm.revenue_concentration(sm.Revenues.of(rows, currency="USD"), "2025-01", top=wrong)


def test_revenue_of_those_who_had_bought_before() -> None:
    rows = [
        {"id": at, "customer": who, "amount": amount, "booked_at": day}
        for at, (who, amount, day) in enumerate(
            [("a", 100, "2024-12-31"), ("a", 30, "2025-01-10"), ("b", 50, "2025-01-10"),
             ("b", 20, "2025-01-11"), ("c", -10, "2025-01-01"), ("c", 40, "2025-01-02"),
             ("c", -5, "2025-01-20"), (None, 70, "2025-01-31")]
        )
    ]  # fmt: skip
    found = sm.repeat_revenue_share(sm.Revenues.of(rows, currency="USD"), "2025-01")
    # Again: 30 of a, 20 of b, -5 of c; a return made c no customer.
    assert (found.numerator, found.denominator) == (45, 30 + 50 + 20 - 10 + 40 - 5)
    assert found.excluded == {"no customer": 1}
