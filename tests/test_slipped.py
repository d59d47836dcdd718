"""Deals that slipped: due in a period when it began, and not closed in it."""

from __future__ import annotations

import pytest

import salesmetrics as sm

DEALS = [
    {"id": "won", "created_at": "2025-01-01", "closed_at": "2025-03-10", "outcome": "won",
     "expected_close_at": "2025-03-15"},
    {"id": "late", "created_at": "2025-01-01", "outcome": "open",
     "expected_close_at": "2025-03-20"},
    {"id": "due", "created_at": "2025-01-01", "outcome": "open",
     "expected_close_at": "2025-03-30"},
]  # fmt: skip
CHANGES = [
    {"deal": one["id"], "expected_close_at": one["expected_close_at"], "changed_at": "2025-01-01"}
    for one in DEALS
]


def company(*more: dict[str, str]) -> sm.CRM:
    return sm.CRM(deals=DEALS, close_date_changes=[*CHANGES, *more], currency="EUR")


def test_open_deals_are_undecided_until_the_period_has_ended() -> None:
    running = sm.slip_rate(company().as_of("2025-03-25").deals, "2025-03")
    assert (running.value, running.rows()[0].undecided) == (0.0, 2)
    assert running.parts == {
        "due": 3, "closed": 1, "removed": 0, "moved": 0, "unmoved": 0, "undecided": 2, "overdue": 1
    }  # fmt: skip
    ended = sm.slip_rate(company().as_of("2025-03-31").deals, "2025-03")
    (cell,) = ended.rows()
    assert (cell.numerator, cell.denominator, cell.undecided) == (2, 3, 0)


def test_what_was_moved_past_the_end_has_slipped_already() -> None:
    moved = {"deal": "late", "expected_close_at": "2025-04-20", "changed_at": "2025-03-18"}
    found = sm.slip_rate(company(moved).as_of("2025-03-25").deals, "2025-03")
    assert (found.value, found.parts["moved"], found.parts["undecided"]) == (0.5, 1, 1)


def test_where_all_is_undecided_the_reason_says_so() -> None:
    found = sm.slip_rate(company().as_of("2025-03-05").deals, "2025-03")
    assert (found.value, found.reason) == (None, "none is decided yet: 3 undecided")
    assert list(found.to_pandas()["reason_code"]) == ["all_undecided"]
    assert sm.win_rate(company().as_of("2025-03-05").deals, "2025-03").reason != found.reason


def test_the_deals_behind_it() -> None:
    found = sm.slip_rate(company().as_of("2025-03-25").deals, "2025-03")
    rows = {row.id for row in found.records(part="undecided")}
    assert rows == {"late", "due"}


def test_without_changes_of_the_expected_close_nothing_is_told() -> None:
    crm = sm.CRM(deals=DEALS, currency="EUR")
    with pytest.raises(sm.NeedsError, match="close_date_changes"):
        sm.slip_rate(crm.deals, "2025-03")
    assert sm.overdue_deals(crm.as_of("2025-03-31").deals, "2025-03").value == 2
