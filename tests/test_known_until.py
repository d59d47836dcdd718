"""Up to when events are known, and what is undefined because nobody knows it yet."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics.catalog import KPIS, label_of

SEOUL = "Asia/Seoul"
DEALS = [
    {"id": 1, "created_at": "2025-01-10", "closed_at": "2025-02-20", "outcome": "won",
     "amount": 100, "customer": "a", "owner": "x"},
    {"id": 2, "created_at": "2025-03-01", "outcome": "open", "amount": 50, "customer": "b",
     "loss_reason": None, "expected_close_at": "2025-08-31", "owner": "x"},
]  # fmt: skip
PLANNED = {
    "subscriptions": [
        {"id": "s1", "customer": "a", "amount": 10, "interval": "month",
         "started_at": "2025-01-01", "ended_at": "2026-01-01"},
        {"id": "s2", "customer": "b", "amount": 20, "interval": "month",
         "started_at": "2026-01-01", "ended_at": "2027-01-01"},
    ],
    "owners": [{"id": "x", "started_at": "2025-09-01"}],
    "costs": [{"category": "marketing", "amount": 5, "spent_at": "2025-12-31"}],
    "revenues": [{"customer": "a", "amount": 7, "booked_at": "2025-11-30"}],
    "customers": [{"id": "a", "started_at": "2025-12-01"}],
    "requests": [{"id": "r", "kind": "proposal", "requested_at": "2025-03-01",
                  "due_at": "2025-10-01"}],
    "activities": [{"id": "v", "kind": "call", "scheduled_at": "2025-06-01"}],
}  # fmt: skip


def company(**more: object) -> sm.CRM:
    return sm.CRM(deals=DEALS, currency="EUR", tz=SEOUL, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("table", PLANNED)
def test_what_can_be_planned_moves_nothing(table: str) -> None:
    crm = company(**{table: PLANNED[table]})
    assert crm.known is not None
    assert crm.known.at == date(2025, 3, 1)
    assert not crm.known.assumed


def test_what_can_be_planned_tells_only_where_nothing_else_does() -> None:
    table = sm.Subscriptions.of(PLANNED["subscriptions"], currency="EUR")
    assert table.known is not None
    assert (table.known.at, table.known.assumed) == (date(2026, 1, 1), True)
    figure = sm.mrr(table, "2025-12")
    assert figure.value == 10.0
    assert figure.assumed == {"known until 2026-01-01 only by dates that can be planned": 1}
    assert sm.mrr(table.as_of("2025-12-31"), "2025-12").assumed == {}


def test_the_latest_time_of_the_latest_day_counts() -> None:
    crm = company(
        activities=[
            {"id": 1, "done_at": "2025-03-01T14:30:00", "kind": "call"},
            {"id": 2, "done_at": "2025-02-28T23:00:00", "kind": "call"},
        ]
    )
    assert crm.known is not None
    assert crm.known.at == datetime(2025, 3, 1, 14, 30, 1, tzinfo=ZoneInfo(SEOUL))
    assert sm.activity_volume(crm.activities, "2025-03").rows()[0].unfinished


def test_the_last_second_of_a_day_ends_it() -> None:
    table = sm.Activities.of(
        [{"id": 1, "done_at": "2025-03-31T23:59:59", "kind": "call"}], tz=SEOUL
    )
    assert table.known is not None
    assert table.known.at == datetime(2025, 4, 1, tzinfo=ZoneInfo(SEOUL))
    assert not sm.activity_volume(table, "2025-03").rows()[0].unfinished


def test_deadlines_after_the_last_event_are_pending() -> None:
    crm = sm.CRM(
        tz=SEOUL,
        requests=[
            {"id": 1, "requested_at": "2025-01-06T09:00:00", "completed_at": "2025-01-06T10:00:00"},
            {"id": 2, "requested_at": "2025-01-06T14:00:00"},  # may take until 18:00
        ],
        leads=[
            {"id": 1, "created_at": "2025-01-06T13:00:00", "first_response_at": None}
        ],  # may wait until 17:00
        deliverables=[{"id": 1, "kind": "report", "due_at": "2025-01-06", "published_at": None}],
        expectations=[
            {"id": 1, "record": "deal", "due_at": "2025-01-06T15:00:00", "recorded_at": None}
        ],
    )
    met = sm.completion_rate(crm.requests, "2025-01-06", limit_hours=4)
    assert (met.numerator, met.denominator) == (1, 1)
    answered = sm.response_sla_rate(crm.leads, "2025-01-06", limit_hours=4)
    assert answered.denominator == 0
    assert dict(answered.excluded) == {"deadline not passed": 1}
    assert sm.report_punctuality(crm.deliverables, "2025-01-06").denominator == 0
    assert sm.crm_entry_rate(crm.expectations, "2025-01-06").denominator == 0
    later = crm.as_of("2025-01-06")
    assert sm.completion_rate(later.requests, "2025-01-06", limit_hours=4).exact == 0.5
    assert sm.response_sla_rate(later.leads, "2025-01-06", limit_hours=4).exact == 0


def test_nothing_is_past_where_nothing_is_recorded() -> None:
    """Plans alone do not say what day it is: no expected close has passed."""
    deals = sm.Deals.of(
        [{"id": 1, "created_at": None, "expected_close_at": "2025-11-01", "outcome": "open"}]
    )
    assert deals.known is None
    rate = sm.win_rate(deals, "2025-Q4", overdue=True)
    assert (rate.value, rate.denominator) == (None, 0)
    seen = deals.as_of("2025-11-30")
    assert sm.win_rate(seen, "2025-Q4", overdue=True).denominator == 1


def test_days_that_are_not_over_are_not_past() -> None:
    """Of the day of the latest time the rest is to come: windows, expected closes and graces."""
    at = "2025-01-15T12:00:00"
    crm = sm.CRM(
        tz=SEOUL,
        currency="EUR",
        leads=[{"id": 1, "created_at": "2025-01-08", "won_at": None}],
        deals=[{"id": 1, "created_at": "2025-01-01", "closed_at": None, "outcome": "open",
                "expected_close_at": "2025-01-15"}],
        subscriptions=[{"id": 1, "customer": "c", "product": "p", "amount": 1,
                        "interval": "month", "started_at": "2024-12-05", "ended_at": "2025-01-05"}],
        activities=[{"id": 1, "kind": "call", "done_at": at}],
    )  # fmt: skip
    assert crm.known is not None
    assert crm.known.whole_day == crm.known.day - 1
    running = sm.lead_conversion_rate(crm.leads, "2025-01", within_days=7)
    assert (running.denominator, running.undecided) == (0, 1)
    assert sm.overdue_deals(crm.deals, "2025-01").value == 0
    pending = sm.renewal_rate(crm.subscriptions, "2025-01", grace_days=10)
    assert pending.denominator == 0
    over = crm.as_of("2025-01-15")
    assert sm.lead_conversion_rate(over.leads, "2025-01", within_days=7).denominator == 1
    assert sm.overdue_deals(over.deals, "2025-01").value == 1
    assert sm.renewal_rate(over.subscriptions, "2025-01", grace_days=10).denominator == 1


def test_as_of_what_is_known_changes_no_figure() -> None:
    """Of the demonstration company, with contracts that begin after what is known."""
    crm = sm.read("examples/demo")
    tables = dict(crm.tables)
    assert crm.known is not None
    subscriptions = list(PLANNED["subscriptions"])
    made = sm.CRM(deals=tables["deals"], activities=tables["activities"], leads=tables["leads"],
                  subscriptions=subscriptions, currency="KRW", tz=SEOUL)  # fmt: skip
    assert made.known is not None
    again = made.as_of(made.known.at)
    for period in ("2017-Q4", "2018-Q1", "2026-Q1"):
        a, b = (sm.snapshot(world, period).to_dict() for world in (made, again))
        assert a == b


def test_what_happened_in_a_period_that_has_not_begun_is_undefined() -> None:
    crm = company(subscriptions=PLANNED["subscriptions"], activities=PLANNED["activities"])
    told = sm.bookings(crm.deals, "2030")
    assert (told.value, told.n) == (None, 0)
    assert told.reason is not None
    assert told.reason.code == "unbegun"
    assert "2025-03-01" in told.reason
    assert "as_of" in told.reason
    for figure in (
        sm.open_deals(crm.deals, "2025-04"),
        sm.win_rate(crm.deals, "2025-04"),
        sm.sales_cycle(crm.deals, "2025-04"),
        sm.sales_velocity(crm.deals, "2025-04"),
        sm.loss_reasons(crm.deals, "2025-04"),
        sm.concentration(crm.deals, "2025-04"),
    ):
        assert figure.rows()[0].value is None
        assert figure.rows()[0].reason.code == "unbegun"  # type: ignore[union-attr]
        assert np.isnan(figure.values()).all()
    quiet = crm.as_of("2025-04-30")
    assert sm.bookings(quiet.deals, "2025-04").value == 0.0
    assert sm.open_deals(quiet.deals, "2025-04").value == 1


def test_what_is_planned_is_defined_ahead() -> None:
    crm = company(subscriptions=PLANNED["subscriptions"], activities=PLANNED["activities"])
    assert sm.mrr(crm.subscriptions, "2026-01").value == 20.0
    assert sm.activity_volume(crm.activities, "2025-06", basis="booked").value == 1
    assert sm.pipeline_coverage(crm.deals, "2025-Q3", target=100).value == 0.5
    assert sm.required_wins(crm.deals, "2025-Q3", target=100, deal_size=50).value == 2


def test_a_running_month_counts_and_months_to_come_are_empty() -> None:
    months = sm.bookings(company().deals, sm.period("2025").split("month"))
    assert [cell.value for cell in months.rows()][:4] == [0.0, 100.0, 0.0, None]
    assert np.isnan(months.values()[3:]).all()
    assert [one["value"] for one in months.to_records()][3:] == [None] * 9
    assert months.over("period").value == 100.0  # months to come count nothing in the year
    frame = months.to_pandas()
    assert frame["value"].isna().sum() == 9
    assert set(frame["reason_code"].dropna()) == {"unbegun"}


def test_a_target_of_a_period_to_come_is_shown() -> None:
    target = sm.Target(kpi="bookings", value=1000, period="2025-Q3")  # type: ignore[arg-type]
    (one,) = sm.snapshot(company(), "2025-Q3", kpis=["bookings"], targets=[target]).targets
    assert (one.target, one.actual, one.attainment) == (1000, None, None)
    assert "not begun" in str(one.reason)


def test_only_what_counts_ahead_says_so() -> None:
    ahead = {label_of(kpi).name for kpi in KPIS if label_of(kpi).looks_ahead}
    assert {
        "pipeline_coverage", "required_wins", "required_deals", "required_leads",
        "required_pipeline",
    } <= ahead  # fmt: skip
    assert not ahead & {"bookings", "open_pipeline", "win_rate", "weighted_pipeline"}


def test_of_a_period_that_begins_on_the_last_known_day_what_stood_that_day_is_seen() -> None:
    deals = [
        {"id": "open", "created_at": "2025-01-10"},
        {"id": "ends", "created_at": "2025-01-05", "closed_at": "2025-02-01", "outcome": "won"},
        {"id": "over", "created_at": "2025-01-05", "closed_at": "2025-01-31", "outcome": "won"},
        {"id": "born", "created_at": "2025-02-01"},
        {"id": "same", "created_at": "2025-02-01", "closed_at": "2025-02-01", "outcome": "won"},
        {"id": "gone", "created_at": "2025-01-10", "removed_at": "2025-02-01"},
    ]
    crm = sm.CRM(deals=deals, currency="EUR")
    for month, days in (
        ("2025-01", {"open": 21, "ends": 26, "over": 26}),
        ("2025-02", {"open": 22, "ends": 27, "born": 0, "same": 0}),  # until the last one known
        ("2025-03", {}),
    ):
        figure = sm.sales_cycle_estimate(crm.deals, month)
        assert {row.id: row.contribution for row in figure.records()} == days
        assert figure.cell(0, 0).n == len(days)
