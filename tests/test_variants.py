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
