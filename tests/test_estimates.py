"""Estimates from those at risk: undefined, with the reason, where they rest on too little."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal

import pytest

import salesmetrics as sm

DAY = timedelta(days=1)
START = date(2025, 1, 1)


def deals(*rows: tuple[int, int | None, str]) -> sm.Deals:
    """Each (day created, day closed, outcome), in days from the first of January."""
    return sm.Deals.of(
        [
            {
                "id": n,
                "created_at": START + created * DAY,
                "closed_at": None if closed is None else START + closed * DAY,
                "outcome": outcome,
                "amount": 1,
            }
            for n, (created, closed, outcome) in enumerate(rows)
        ],
        currency="EUR",
    ).as_of(START + 89 * DAY)


def test_with_too_many_still_open_the_cycle_is_not_told() -> None:
    won = [(n, n + 10, "won") for n in range(12)]
    lost = [(n, n + 20, "lost") for n in range(4)]
    still = [(80, None, "open")] * 4
    told = sm.sales_cycle_estimate(deals(*won, *lost, *still), "2025-Q1")
    assert (told.value, told.rows()[0].undecided, told.n) == (10, 4, 20)  # 20 % is not over
    more = sm.sales_cycle_estimate(deals(*won, *lost, *still, (80, None, "open")), "2025-Q1")
    assert (more.value, more.p75, more.p90, more.rows()[0].mean) == (None, None, None, None)
    assert more.reason == "too few were followed to their end: 5 of 21 are still open"


def test_five_at_risk_are_enough() -> None:
    """Ages 1 to 8: the median is 4, when five are still there."""
    ends = [(0, age, "won") for age in range(1, 9)]
    assert sm.sales_cycle_estimate(deals(*ends), "2025-Q1").value == 4
    fewer = sm.sales_cycle_estimate(deals(*ends[1:]), "2025-Q1")
    assert (fewer.value, fewer.reason) == (
        None, "only 4 at risk at the age of 5 days (at least 5 are needed)"
    )  # fmt: skip


def test_leads_alike() -> None:
    def leads(days: range) -> sm.Leads:
        rows = [{"id": n, "created_at": START, "won_at": START + n * DAY} for n in days]
        return sm.Leads.of(rows).as_of(START + 89 * DAY)

    assert sm.time_to_convert_estimate(leads(range(1, 9)), "2025-Q1").value == 4
    assert sm.time_to_convert_estimate(leads(range(2, 9)), "2025-Q1").value is None


def test_nothing_won_is_no_cycle() -> None:
    found = sm.sales_cycle_estimate(deals((0, None, "open"), (1, None, "open")), "2025-Q1")
    assert found.reason == "too few were followed to their end: 2 of 2 are still open"


@pytest.mark.parametrize("quarter", ["2016-Q4", "2017-Q1", "2017-Q2", "2017-Q3", "2017-Q4"])
def test_no_quarter_of_the_sample_company_is_far_off(quarter: str) -> None:
    """Of its won deals half took 57 days; in each quarter a third and more are still open."""
    table = sm.read("examples/maven", preset="maven").deals
    found = sm.sales_cycle_estimate(table, quarter)
    assert found.value is None
    assert found.reason is not None
    assert found.reason.code == "still_open"
    assert sm.sales_cycle_estimate(table, "2017").value == 56
    assert sm.sales_cycle(table, "2017").value == 57


def waiting_leads() -> list[dict[str, Any]]:
    """Eight of one moment: four are answered after 1 to 4 hours, four are not."""
    return [
        {"id": at, "created_at": "2025-01-06T09:00", "owner": "ana",
         "first_response_at": f"2025-01-06T{10 + at}:00" if at < 4 else None}
        for at in range(8)
    ]  # fmt: skip


def test_leads_without_an_answer_make_the_wait_longer() -> None:
    leads = sm.Leads.of(waiting_leads(), tz="UTC").as_of("2025-01-31")
    assert sm.lead_response_time(leads, "2025-01").value == 2.5  # of those that were answered
    found = sm.lead_response_time_estimate(leads, "2025-01")
    # 7/8, 6/8, 5/8 and 4/8 wait longer than 1, 2, 3 and 4 hours.
    assert (found.value, found.n, found.unit) == (4, 8, "hours")
    cell = found.rows()[0]
    assert (cell.undecided, cell.exact, cell.median, cell.p75) == (4, 4, 4, None)
    # The four that wait are last seen as January ends, 615 hours after they came.
    assert found.restricted_mean() == cell.mean == 1 + (7 + 6 + 5) / 8 + (615 - 4) / 2
    assert found.restricted_mean(1) == 1 + (7 + 6 + 5) / 8 + (24 - 4) / 2
    assert found.values().tolist() == [[4.0]]
    by_owner = sm.lead_response_time_estimate(leads, "2025-01", by="owner")
    assert by_owner.at(owner="ana").value == 4
    assert by_owner.over("owner").value == 4
    assert "4.0 hours" in str(found) or "4 hours" in str(found)


def test_what_waits_since_before_the_period_enters_late() -> None:
    rows = waiting_leads()
    rows[4]["first_response_at"] = "2025-02-02T09:00"
    leads = sm.Leads.of(rows, tz="UTC").as_of("2025-03-15")
    february = sm.lead_response_time_estimate(leads, "2025-02")
    assert (february.n, february.rows()[0].undecided, february.value) == (4, 3, None)
    assert february.reason == "only 4 at risk at the age of 648.0 hours (at least 5 are needed)"
    assert february.reason.said("ko") == "경과 648.0시간에 관찰 대상이 4건뿐임(5건 이상 필요)"
    march = sm.lead_response_time_estimate(leads, "2025-03")
    assert (march.n, march.reason) == (
        3, "too few were followed to their end: 3 of 3 are still open"
    )  # fmt: skip
    # As of February 2 at 8 nothing was answered yet: what is known ends there.
    early = sm.lead_response_time_estimate(
        sm.Leads.of(rows, tz="UTC").as_of("2025-02-02T08:00"), "2025-02"
    )
    assert (early.n, early.rows()[0].undecided) == (4, 4)
    wrong = sm.Leads.of(
        [*rows, {**rows[0], "id": 9, "first_response_at": "2025-01-06T08:00"}], tz="UTC"
    )
    left_out = sm.lead_response_time_estimate(wrong.as_of("2025-03-15"), "2025-01")
    assert left_out.excluded == {"first_response_at before start of the wait": 1}


def test_open_requests_in_working_hours_without_their_pauses() -> None:
    office = sm.WorkCalendar.weekly("09:00-18:00", tz="UTC")
    monday, done = "2025-01-06T09:00", "2025-01-06T"
    rows = [
        {"id": 1, "requested_at": monday, "completed_at": f"{done}10:00"},
        {"id": 2, "requested_at": monday, "completed_at": f"{done}14:00",
         "pauses": f"{done}10:00/{done}12:00"},  # 3 hours
        {"id": 3, "requested_at": monday, "completed_at": "2025-01-07T10:00"},  # 9 + 1 hours
        {"id": 4, "requested_at": monday, "completed_at": "2025-01-07T11:00",
         "pauses": f"{done}17:00/2025-01-07T10:00"},  # 8 + 1 hours
        {"id": 5, "requested_at": monday, "pauses": f"{done}11:00/.."},  # 2 hours, and waits
        {"id": 6, "requested_at": monday},
        {"id": 7, "requested_at": monday},
        {"id": 8, "requested_at": monday},
        {"id": 9, "requested_at": monday, "completed_at": f"{done}11:00"},
    ]  # fmt: skip
    requests = sm.Requests.of(rows, tz="UTC").as_of("2025-01-07T18:00:00")
    found = sm.turnaround_time_estimate(requests, "2025-01", calendar=office)
    ages, risk, left, shares = found.curve()
    # 9 at 1 hour, 8 at 2, then the one that waits for somebody else is seen no longer: 6 at 3.
    assert [age / 3600 for age in ages] == [1, 2, 3, 9, 10]
    assert (risk.tolist(), left.tolist()) == ([9, 8, 6, 5, 4], [1, 1, 1, 1, 1])
    assert shares[:4] == pytest.approx([8 / 9, 7 / 9, 7 / 9 * 5 / 6, 7 / 9 * 4 / 6])
    assert (found.value, found.n) == (None, 9)  # at 10 hours only 4 are at risk
    assert sm.turnaround_time(requests, "2025-01", calendar=office).value == 3


def test_stays_in_hours() -> None:
    crm = sm.CRM(
        deals=[{"id": n, "created_at": "2025-01-06T09:00", "stage": "a"} for n in (1, 2)],
        stages=[{"id": "a", "order": 1, "type": "open"}, {"id": "b", "order": 2, "type": "open"}],
        stage_changes=[
            {"deal": 1, "stage": "a", "changed_at": "2025-01-06T09:00"},
            {"deal": 1, "stage": "b", "changed_at": "2025-01-06T15:30"},
            {"deal": 2, "stage": "a", "changed_at": "2025-01-06T09:00"},
            {"deal": 2, "stage": "b", "changed_at": "2025-01-08T09:00"},
        ],
        tz="UTC",
        currency="USD",
    )
    days = sm.time_in_stage(crm.deals, "2025-01", by="stage").at(stage="a")
    hours = sm.time_in_stage(crm.deals, "2025-01", by="stage", unit="hours").at(stage="a")
    assert (days.value, days.mean) == (0, 1)
    assert (hours.value, hours.mean, hours.p75) == (6.5, (6.5 + 48) / 2, 48)
    with pytest.raises(sm.SalesMetricsError, match="unit="):
        sm.time_in_stage(crm.deals, "2025-01", unit="weeks")  # type: ignore[arg-type]


def test_the_first_answer_is_looked_for_from_the_start_that_is_chosen() -> None:
    crm = sm.CRM(
        leads=[
            {"id": 1, "created_at": "2025-01-06T09:00", "handed_over_at": "2025-01-06T12:00"},
            {"id": 2, "created_at": "2025-01-06T09:00", "handed_over_at": None},
        ],
        activities=[
            {"id": at, "lead": lead, "direction": "outbound", "done_at": f"2025-01-06T{hour}:00"}
            for at, (lead, hour) in enumerate([(1, 10), (1, 15), (2, 13)])
        ],
        tz="UTC",
    )  # fmt: skip
    leads = crm.as_of("2025-01-31").leads
    assert sm.lead_response_time(leads, "2025-01").mean == (3 + 4) / 2
    assert sm.lead_response_time(leads, "2025-01", start="handed_over").mean == 3
    assert sm.lead_response_time(leads, "2025-01", start="created").mean == (1 + 4) / 2
    starts: tuple[Literal["waiting", "handed_over", "created"], ...]
    starts = ("waiting", "handed_over", "created")
    rates = [sm.response_sla_rate(leads, "2025-01", limit_hours=2, start=one) for one in starts]
    assert [(rate.numerator, rate.denominator) for rate in rates] == [(0, 2), (0, 1), (1, 2)]
    # As of 11 o'clock nobody had handed it over: it had waited since it came.
    early = crm.as_of("2025-01-06T11:00").leads
    assert sm.lead_response_time(early, "2025-01", start="created").n == 1
    assert sm.lead_response_time(early, "2025-01").value == 1
