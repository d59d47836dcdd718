"""Pauses move a deadline: it is when unpaused time reaches the limit."""

from __future__ import annotations

import pytest

import salesmetrics as sm

OFFICE = sm.WorkCalendar.weekly("09:00-17:00", tz="UTC")  # Monday to Friday
MONDAY = "2025-01-06T09:00:00"


def request(**fields: object) -> sm.Requests:
    row = {"id": 1, "requested_at": MONDAY, "completed_at": None, **fields}
    return sm.Requests.of([row], tz="UTC").as_of("2025-01-31")


def rate(requests: sm.Requests, calendar: sm.WorkCalendar | None = OFFICE) -> float | None:
    return sm.completion_rate(requests, limit_hours=4, calendar=calendar).value


def test_waiting_for_the_customer_is_not_late() -> None:
    # An hour on Monday, waiting until Tuesday 10:00, an hour more: 2 of 4 hours.
    waited = {"pauses": "2025-01-06T10:00/2025-01-07T10:00"}
    assert rate(request(completed_at="2025-01-07T11:00:00", **waited)) == 1
    # Three hours are left on Tuesday at 10:00: until 13:00.
    assert rate(request(completed_at="2025-01-07T13:00:00", **waited)) == 1
    assert rate(request(completed_at="2025-01-07T13:00:01", **waited)) == 0
    # By the clock 23 hours of waiting end on Tuesday at 10:00, too.
    assert rate(request(completed_at="2025-01-07T13:00:00", **waited), None) == 1


def test_a_pause_after_the_deadline_changes_nothing() -> None:
    late = {"completed_at": "2025-01-06T15:00:00"}
    assert rate(request(pauses="2025-01-06T13:00/2025-01-06T14:30", **late)) == 0  # at it
    assert rate(request(pauses="2025-01-06T14:00/2025-01-06T14:30", **late)) == 0
    assert rate(request(pauses="2025-01-06T12:59/2025-01-06T15:00", **late)) == 1
    # Two that follow each other: the first moves the deadline beyond the second's beginning.
    both = "2025-01-06T12:00/2025-01-06T13:30; 2025-01-06T14:00/2025-01-06T16:00"
    assert rate(request(pauses=both, completed_at="2025-01-06T16:30:00")) == 1
    assert rate(request(pauses=both, completed_at="2025-01-06T16:30:01")) == 0
    # Outside of working hours nothing is lost by waiting.
    night = "2025-01-05T09:00/2025-01-06T09:00"
    assert rate(request(pauses=night, completed_at="2025-01-06T13:00:01")) == 0


def test_a_running_pause_is_pending() -> None:
    open_ended = request(pauses="2025-01-06T10:00/..")
    found = sm.completion_rate(open_ended, limit_hours=4, calendar=OFFICE)
    assert (found.value, dict(found.excluded)) == (None, {"deadline not passed": 1})
    # What was done meanwhile was done in time.
    assert rate(request(pauses="2025-01-06T10:00/..", completed_at="2025-01-20T10:00:00")) == 1


def test_a_given_due_date_moves_by_the_pauses_begun_before_it() -> None:
    def met(due: str, pauses: str | None, done: str | None) -> float | None:
        rows = request(due_at=due, pauses=pauses, completed_at=done)
        return sm.completion_rate(rows, calendar=OFFICE).value

    waited = "2025-01-06T10:00/2025-01-06T12:00"
    assert met("2025-01-06T16:00:00", waited, "2025-01-07T10:00:00") == 1
    assert met("2025-01-06T16:00:00", waited, "2025-01-07T10:00:01") == 0
    assert met("2025-01-06T09:30:00", waited, "2025-01-06T10:00:00") == 0
    # A day is its end: two hours more are two of Tuesday.
    assert met("2025-01-06", waited, "2025-01-07T11:00:00") == 1
    assert met("2025-01-06", waited, "2025-01-07T11:00:01") == 0
    assert met("2025-01-06", None, "2025-01-06T23:00:00") == 1


def test_leads_have_pauses_too() -> None:
    def answered(at: str, pauses: object) -> float | None:
        row = {"id": 1, "created_at": MONDAY, "first_response_at": at, "pauses": pauses}
        leads = sm.Leads.of([row], tz="UTC").as_of("2025-01-31")
        return sm.response_sla_rate(leads, limit_hours=2, calendar=OFFICE).value

    assert answered("2025-01-06T12:00:00", None) == 0
    assert answered("2025-01-06T12:00:00", "2025-01-06T10:00/2025-01-06T11:00") == 1
    assert answered("2025-01-06T12:00:01", "2025-01-06T10:00/2025-01-06T11:00") == 0
    with pytest.raises(sm.DataError, match="pauses"):
        answered("2025-01-06T12:00:00", "noon")
