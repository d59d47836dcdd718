"""Milestones before the beginning of their row: left out of what lies between the two."""

from __future__ import annotations

import salesmetrics as sm

LEADS = sm.Leads.of(
    [
        {"id": 1, "created_at": "2025-01-06T09:00", "first_response_at": "2025-01-05T08:00",
         "mql_at": None, "won_at": "2025-01-02"},
        {"id": 2, "created_at": "2025-01-06T09:00", "first_response_at": "2025-01-06T15:00",
         "mql_at": "2025-01-10", "won_at": "2025-01-20"},
        {"id": 3, "created_at": "2025-01-20T09:00", "first_response_at": None,
         "mql_at": None, "won_at": None},
        {"id": 4, "created_at": "2025-01-02T09:00", "first_response_at": None,
         "mql_at": None, "won_at": None},
    ],
    tz="UTC",
).as_of("2025-01-31")  # fmt: skip


def test_an_answer_before_the_lead_is_no_answer_in_time() -> None:
    met = sm.response_sla_rate(LEADS, "2025-01", limit_hours=4)
    assert (met.numerator, met.denominator) == (0, 3)
    assert met.excluded == {"first_response_at before start of the wait": 1}
    took = sm.lead_response_time(LEADS, "2025-01")
    assert (took.value, took.excluded["first_response_at before start of the wait"]) == (6.0, 1)


def test_a_win_before_the_lead_is_no_conversion() -> None:
    rate = sm.lead_conversion_rate(LEADS, "2025-01")
    assert (rate.numerator, rate.denominator, rate.undecided) == (1, 3, 2)
    assert rate.excluded == {"won_at before created_at": 1}
    by_event = sm.lead_conversion_rate(LEADS, "2025-01", basis="event")
    assert (by_event.numerator, by_event.denominator) == (1, 3)
    assert sm.converted_leads(LEADS, "2025-01").value == 2  # counts keep the row
    assert sm.lead_volume(LEADS, "2025-01").value == 4


def test_undecided_are_only_those_whose_window_is_open() -> None:
    rate = sm.lead_conversion_rate(LEADS, "2025-01", within_days=14)
    assert (rate.numerator, rate.denominator, rate.undecided) == (1, 2, 1)
    assert rate.excluded == {"window still running": 1, "won_at before created_at": 1}
    nothing = sm.lead_conversion_rate(LEADS, "2025-01", within_days=60)
    assert nothing.value is None
    assert (nothing.undecided, nothing.reason) == (2, "none is decided yet: 2 undecided")
    assert list(nothing.to_pandas()["reason_code"]) == ["all_undecided"]


def test_a_close_before_the_creation_is_in_no_close_rate() -> None:
    deals = sm.Deals.of(
        [
            {"id": 1, "created_at": "2025-01-10", "closed_at": "2025-01-05", "outcome": "won",
             "amount": 5},
            {"id": 2, "created_at": "2025-01-10", "closed_at": "2025-01-15", "outcome": "won",
             "amount": 7},
            {"id": 3, "created_at": "2025-01-10", "closed_at": "2025-01-15", "outcome": "lost",
             "amount": 1},
        ],
        currency="EUR",
    )  # fmt: skip
    rate = sm.close_rate(deals, "2025-01")
    assert (rate.numerator, rate.denominator) == (1, 2)
    assert rate.excluded == {"closed_at before created_at": 1}
    assert sm.close_rate(deals, "2025-01", of="amount").denominator == 8.0
    projected = sm.projected_win_rate(deals, "2025-01")  # all decided: the same
    assert (projected.value, projected.n) == (0.5, 2)
    assert dict(projected.excluded) == {"closed_at before created_at": 1}
    assert sm.win_rate(deals, "2025-01").denominator == 3  # dated by the close alone
    assert (sm.bookings(deals, "2025-01").value, sm.deals_created(deals, "2025-01").value) == (
        12,
        3,
    )


def test_requests_and_surveys_alike() -> None:
    requests = sm.Requests.of(
        [
            {"id": 1, "requested_at": "2025-01-06T09:00", "completed_at": "2025-01-06T08:00"},
            {"id": 2, "requested_at": "2025-01-06T09:00", "completed_at": "2025-01-06T11:00"},
        ],
        tz="UTC",
    ).as_of("2025-01-31")
    done = sm.completion_rate(requests, "2025-01", limit_hours=4)
    assert (done.numerator, done.denominator) == (1, 1)
    assert done.excluded == {"completed_at before requested_at": 1}
    surveys = sm.Surveys.of(
        [
            {"id": 1, "sent_at": "2025-01-06", "answered_at": "2025-01-05", "score": 5, "scale": 5},
            {"id": 2, "sent_at": "2025-01-06", "answered_at": None, "score": None, "scale": None},
        ]
    )
    answers = sm.satisfaction_score(surveys, "2025-01", measure="responses")
    assert (answers.numerator, answers.denominator) == (0, 1)
    assert answers.excluded == {"answered_at before sent_at": 1}
    assert sm.satisfaction_score(surveys, "2025-01").n == 1


def test_nothing_left_names_what_was_left_out() -> None:
    only = sm.Leads.of([{"id": 1, "created_at": "2025-01-06", "won_at": "2025-01-02"}])
    found = sm.lead_conversion_rate(only, "2025-01")
    assert found.value is None
    assert "1 won_at before created_at" in str(found.reason)


def test_a_step_before_the_lead_is_in_no_rate_of_the_funnel() -> None:
    """1 was won before it was there: in the funnel it is no lead, as in the rate of conversion."""
    found = sm.lead_funnel(LEADS, "2025-01")
    assert [found.parts[step] for step in ("leads", "mql", "won")] == [3, 1, 1]
    assert found.exact == sm.lead_conversion_rate(LEADS, "2025-01").exact
    assert found.excluded == {"won_at before created_at": 1}
    rows = [
        {"id": 1, "created_at": "2025-01-06", "mql_at": "2025-01-02", "won_at": "2025-01-03"},
        {"id": 2, "created_at": "2025-01-06", "mql_at": "2025-01-07", "won_at": "2025-01-05"},
        {"id": 3, "created_at": "2025-01-06", "mql_at": "2025-01-06", "won_at": "2025-01-06"},
        {"id": 4, "created_at": None, "mql_at": "2025-01-06", "won_at": None},
    ]
    found = sm.lead_funnel(sm.Leads.of(rows), "2025-01")
    assert [found.parts[step] for step in ("leads", "mql", "won")] == [1, 1, 1]
    # Each lead is named once, for the first of its steps that is impossible.
    assert found.excluded == {
        "mql_at before created_at": 1, "won_at before created_at": 1, "no created_at": 1,
    }  # fmt: skip
    assert sm.qualified_leads(sm.Leads.of(rows), "2025-01").value == 4  # counts keep them
