"""Deadlines, pauses, working hours and rosters, by hand; what is refused; what targets ask for."""

from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

import salesmetrics as sm

SEOUL = "Asia/Seoul"
OFFICE = sm.WorkCalendar.weekly(
    "09:00-12:00,13:00-18:00", tz=SEOUL, holidays=[date(2025, 1, 28), date(2025, 1, 29)]
)
Row = dict[str, Any]


def leads(*rows: Row) -> sm.Leads:
    numbered = [{"id": at, "created_at": "2025-01-02T09:00"} | row for at, row in enumerate(rows)]
    return sm.Leads.of(numbered, tz=SEOUL)


def requests(*rows: Row, tz: str | None = SEOUL) -> sm.Requests:
    return sm.Requests.of([{"id": at} | row for at, row in enumerate(rows)], tz=tz)


# Monday, 17:00, to the first working day after two holidays, at 10:00.
ASKED: Row = {"requested_at": "2025-01-27T17:00", "completed_at": "2025-01-30T10:00"}


class TestWorkingHours:
    def test_holidays_do_not_count(self) -> None:
        table = requests(ASKED)
        assert sm.turnaround_time(table, "2025-01", calendar=OFFICE).value == 2
        assert sm.turnaround_time(table, "2025-01", calendar=None).value == 65

    def test_pauses_count_once_and_only_working_hours_of_them(self) -> None:
        # 17:30 to 18:00 and 09:00 to 09:15 are working hours; the two pauses overlap.
        pauses = "2025-01-27T17:30/2025-01-30T09:10; 2025-01-28T10:00/2025-01-30T09:15"
        table = requests(ASKED | {"pauses": pauses})
        assert sm.turnaround_time(table, "2025-01", calendar=OFFICE).exact == Fraction(5, 4)

    def test_open_pauses_last_to_completion(self) -> None:
        table = requests(ASKED | {"pauses": "2025-01-30T09:30+09:00/.."})
        assert sm.turnaround_time(table, "2025-01", calendar=OFFICE).exact == Fraction(3, 2)

    def test_deadlines_in_working_hours(self) -> None:
        # Two working hours end on the 30th at 10:00, where the first request ends as well.
        late = ASKED | {"completed_at": "2025-01-30T10:01"}
        table = requests(ASKED, late, {"requested_at": "2025-02-03T09:00"})
        rate = sm.completion_rate(table, "2025-01", limit_hours=2, calendar=OFFICE)
        assert (rate.numerator, rate.denominator) == (1, 2)
        assert sm.completion_rate(table, "2025-01-30", limit_hours=2, calendar=OFFICE).n == 2
        assert sm.completion_rate(table, "2025-01-27", limit_hours=2, calendar=OFFICE).value is None

    def test_days_without_a_zone_are_days_of_the_calendar(self) -> None:
        # Midnight of UTC is 13:00 there: Friday to Saturday would be 5 hours, not 8.
        there = sm.WorkCalendar.weekly("09:00-12:00,13:00-18:00", tz="Pacific/Auckland")
        table = requests({"requested_at": "2025-01-24", "completed_at": "2025-01-25"}, tz=None)
        assert sm.turnaround_time(table, "2025-01", calendar=there).value == 8
        row = {"id": 1, "created_at": "2025-01-24", "first_response_at": "2025-01-25"}
        answered = sm.Leads.of([row])
        assert sm.lead_response_time(answered, "2025-01", calendar=there).value == 8
        # Eight working hours end on Friday at 18:00; Saturday is too late, and Friday its day.
        late = sm.response_sla_rate(answered, "2025-01-24", limit_hours=8, calendar=there)
        assert (late.numerator, late.denominator) == (0, 1)
        longer = sm.response_sla_rate(answered, "2025-01-27", limit_hours=9, calendar=there)
        assert longer.denominator == 0  # Monday at 10:00, which is not known yet


class TestDeadlines:
    def test_a_day_ends_when_the_day_ends(self) -> None:
        table = requests(
            {"due_at": "2025-01-31", "completed_at": "2025-01-31T23:59:59"},
            {"due_at": "2025-01-31", "completed_at": "2025-02-01T00:00"},
            {"due_at": "2025-01-31T15:00", "completed_at": "2025-01-31T15:00"},
            {"due_at": "2025-01-31T15:00", "completed_at": "2025-01-31T15:00:01"},
        )
        rate = sm.completion_rate(table, "2025-01")
        assert (rate.numerator, rate.denominator) == (2, 4)

    def test_what_has_not_passed_is_not_due(self) -> None:
        rows = [{"due_at": "2025-01-20"}, {"due_at": "2025-01-21T12:00"}, {"due_at": "2025-01-21"}]
        crm = sm.CRM(
            requests=[{"id": n, "requested_at": "2025-01-02", **row} for n, row in enumerate(rows)]
            + [{"id": 9, "requested_at": "2025-01-31", "completed_at": "2025-01-31"}],
            tz=SEOUL,
        )
        seen = []
        for instant in ("2025-01-20", "2025-01-21T12:00:00", "2025-01-21T12:00:01", "2025-01-21"):
            rate = sm.completion_rate(crm.as_of(instant).requests, "2025-01")
            seen.append((rate.n, dict(rate.excluded).get("deadline not passed", 0)))
        assert seen == [(1, 2), (1, 2), (2, 1), (3, 0)]
        assert sm.completion_rate(crm.requests, "2025-01").excluded == {"no due_at": 1}

    @pytest.mark.parametrize("limit", [0, -1, True, "24", float("nan"), float("inf"), None])
    def test_limits_that_are_none(self, limit: Any) -> None:
        with pytest.raises(sm.SalesMetricsError, match="give hours, more than 0"):
            sm.response_sla_rate(leads({"first_response_at": None}), "2025-01", limit_hours=limit)

    def test_calendars_that_are_none(self) -> None:
        with pytest.raises(sm.SalesMetricsError, match="a WorkCalendar"):
            sm.turnaround_time(requests(ASKED), "2025-01", calendar="9-18")  # type: ignore[arg-type]


class TestAnswers:
    def crm(self, *activities: Row, **lead: Any) -> sm.CRM:
        done = [
            {"id": at, "lead": "0", "direction": "outbound"} | r for at, r in enumerate(activities)
        ]
        row = {"id": "0", "created_at": "2025-01-02T09:00", "handed_over_at": "2025-01-02T10:00"}
        return sm.CRM(leads=[row | lead], activities=done, tz=SEOUL)

    def test_the_first_outbound_one_by_a_person_since_the_hand_over(self) -> None:
        crm = self.crm(
            {"done_at": "2025-01-02T13:00"},
            {"done_at": "2025-01-02T09:30"},
            {"done_at": "2025-01-02T10:01", "automated": True},
            {"done_at": "2025-01-02T10:02", "direction": "inbound"},
            {"done_at": "2025-01-02T10:03", "lead": "another"},
            {"done_at": "2025-01-02T12:00", "automated": False},
        )
        assert sm.lead_response_time(crm.leads, "2025-01").value == 2
        assert (
            sm.lead_response_time(crm.as_of("2025-01-02T12:00:00").leads, "2025-01").value is None
        )

    def test_else_what_the_lead_says(self) -> None:
        crm = self.crm({"done_at": "2025-01-02T09:30"}, first_response_at="2025-01-02T10:30")
        assert sm.lead_response_time(crm.leads, "2025-01").value == 0.5


def test_article_1_expects_990_000_of_an_inquiry() -> None:
    """A third are met, all of these get an offer, 30 % of which sign for 10 million."""
    created = {"created_at": "2025-01-02"}
    rows = [
        {"id": n, **created}
        | ({"mql_at": "2025-01-03", "sql_at": "2025-01-04"} if n < 330 else {})
        | ({"won_at": "2025-01-05"} if n < 99 else {})
        for n in range(1000)
    ]
    won = [{"id": 1, "outcome": "won", "closed_at": "2025-01-31", "amount": 10_000_000, **created}]
    table, deals = sm.Leads.of(rows), sm.Deals.of(won, currency="KRW")
    found = sm.expected_value_per_lead(table, deals, "2025-01")
    assert found.exact == 990_000
    found = sm.lead_funnel(table, "2025-01")
    rates = [found.part(f"{step}_rate").exact for step in ("mql", "sql", "won")]
    assert rates == [Fraction(33, 100), 1, Fraction(3, 10)]


class TestFunnel:
    rows = (
        {},
        {"mql_at": "2025-01-03"},
        {"opportunity_at": "2025-01-04"},  # skipped mql and sql
        {"mql_at": "2025-01-03", "sql_at": "2025-01-03", "won_at": "2025-01-09"},
    )

    def test_steps_are_nested_and_close(self) -> None:
        found = sm.lead_funnel(leads(*self.rows), "2025-01")
        (record,) = found.to_records()
        counts = [record[name] for name in ("leads", "mql", "sql", "opportunity", "won")]
        assert counts == [4, 3, 2, 2, 1]
        stopped = [record[f"stopped_at_{s}"] for s in ("leads", "mql", "sql", "opportunity")]
        assert stopped == [1, 1, 0, 1]
        assert sum(stopped) + record["won"] == record["leads"]
        imputed = [record[f"imputed_{step}"] for step in ("mql", "sql", "opportunity")]
        assert imputed == [1, 1, 1]
        product = Fraction(1)
        for step in ("mql", "sql", "opportunity", "won"):
            product *= Fraction(found.part(f"{step}_rate").exact)
        assert product == found.exact == Fraction(1, 4)

    def test_only_the_steps_there_are(self) -> None:
        found = sm.lead_funnel(leads({"won_at": "2025-01-04"}, {"won_at": None}), "2025-01")
        assert found.names == ("leads", "won", "stopped_at_leads", "won_rate")
        with pytest.raises(sm.NeedsError, match="a funnel needs some of the columns"):
            sm.lead_funnel(leads({}), "2025-01")

    def test_nobody_there(self) -> None:
        found = sm.lead_funnel(leads({"mql_at": None, "won_at": None}), "2026-01")
        assert found.value is None
        assert (found.parts["mql_rate"], found.parts["won_rate"]) == (None, None)

    def test_it_stands_in_a_snapshot(self) -> None:
        crm = sm.CRM(leads=leads(*self.rows))
        taken = sm.snapshot(crm, "2025-01", kpis=["lead_funnel"])
        (record,) = taken.to_records()
        assert record["value"] == 0.25
        assert "stopped_at_mql" in taken.to_json()
        assert taken.to_csv().count("\n") > 2
        assert "25.0%" in taken.to_text()


class TestRoster:
    deals = sm.Deals.of(
        [{"id": 1, "outcome": "won", "closed_at": "2025-04-10", "amount": 900, "owner": "x"}],
        currency="EUR",
    )

    def test_days_of_a_leaver_and_a_starter(self) -> None:
        crm = sm.CRM(
            deals=self.deals,
            owners=[
                {"id": "x", "team": "a", "started_at": "2020-01-01"},
                {"id": "y", "team": "a", "ended_at": "2025-04-11"},  # ten days of April
                {"id": "z", "team": "b", "started_at": "2025-04-21"},  # ten more, another team
            ],
        ).as_of("2025-04-30")
        each = sm.revenue_per_owner(crm.deals, crm.owners, None, "2025-04")
        assert each.exact == Fraction(900) / Fraction(30 + 10 + 10, 30)
        assert each.assumed == {"no started_at: there throughout": 1}
        team = sm.revenue_per_team(crm.deals, crm.owners, None, "2025-04")
        assert team.exact == Fraction(900) / Fraction(30 + 10, 30)
        assert sm.owner_turnover(crm.owners, "2025-04").exact == 1 / Fraction(50, 30)
        before = crm.as_of("2025-04-10")
        assert sm.owner_turnover(before.owners, "2025-04").exact == 0
        with pytest.raises(sm.SalesMetricsError, match="does not add over"):
            sm.revenue_per_team(crm.deals, crm.owners, None, "2025-04", by="team").over("team")

    def test_credit_split_needs_credits(self) -> None:
        owners = sm.Owners.of([{"id": "x", "team": "a"}])
        for kpi in (sm.revenue_per_owner, sm.revenue_per_team):
            with pytest.raises(sm.NeedsError) as lacking:
                kpi(self.deals, owners, None, "2025-04", credit="split")
            assert lacking.value.needs == "deal_credits"

    def test_nobody_there(self) -> None:
        rows = [{"id": "x", "started_at": "2026-01-01", "ended_at": None}]
        owners = sm.Owners.of(rows)
        for kpi in (sm.owner_turnover(owners, "2025"), self.each(owners)):
            assert (kpi.value, kpi.n > 1) == (None, False)
            assert "on the roster" in str(kpi.reason)

    def each(self, owners: sm.Owners) -> sm.Formula:
        return sm.revenue_per_owner(self.deals, owners, None, "2025-04")


REFUSED: list[tuple[type[Any], Row, str, str]] = [
    (sm.Requests, {"pauses": "2025-01-06T10:00"}, "pauses", "intervals"),
    (sm.Requests, {"pauses": "2025-01-06T10:00/2025-01-06T09:00"}, "pauses", "ends before"),
    (sm.Requests, {"pauses": "2025-01-06/yesterday"}, "pauses", "not a date in the form"),
    (sm.Requests, {"requested_at": "2025-13-01"}, "requested_at", "not a date that exists"),
    (sm.Deliverables, {"kind": "leaflet"}, "kind", "not one of report, insight, guide"),
    (sm.Deliverables, {"used": "perhaps"}, "used", "true or false"),
    (sm.Surveys, {"score": 6, "scale": 5}, "score", "above the best score of its scale, 5"),
    (sm.Surveys, {"score": -1, "scale": 5}, "score", "0 or more"),
    (sm.Surveys, {"score": 4.5, "scale": 5}, "score", "whole number"),
    (sm.Surveys, {"score": 0, "scale": 0}, "scale", "1 or more"),
    (sm.Checks, {"checked_fields": 5, "correct_fields": 6}, "correct_fields", "more than the 5"),
    (sm.Checks, {"checked_fields": 0, "correct_fields": 0}, "checked_fields", "1 or more"),
    (sm.Checks, {"checked_fields": 3, "correct_fields": None}, "correct_fields", "needed"),
    (sm.Checks, {"checked_fields": 3, "correct_fields": -1}, "correct_fields", "0 or more"),
    (sm.Expectations, {"due_at": 20250131}, "due_at", "date or time is expected"),
]


@pytest.mark.parametrize(("table", "row", "field", "says"), REFUSED)
def test_a_faulty_cell_is_named(table: Any, row: Row, field: str, says: str) -> None:
    with pytest.raises(sm.DataError) as wrong:
        table.of([{"id": "1", **row}], tz=SEOUL)
    (fault,) = wrong.value.faults
    assert fault.field == field
    assert says in fault.reason
    kept = table.of([{"id": "0", **dict.fromkeys(row)}], tz=SEOUL, on_error="collect")
    assert len(kept) + len({one.row for one in kept.rejected}) == 1


def test_scores_of_several_scales_have_no_mean() -> None:
    rows = [
        {"id": n, "sent_at": "2025-01-01", "answered_at": "2025-01-02", "score": 4, "scale": scale}
        for n, scale in enumerate((5, 5, 10, None))
    ]
    table = sm.Surveys.of(rows)
    none = sm.satisfaction_score(table, "2025-01")
    several = "on several scales (5, 10): pass scale="
    assert (none.value, none.n) == (None, 0)
    assert none.excluded == {"no score or scale": 1, several: 3}
    assert several in str(none.reason)
    found = sm.satisfaction_score(table, "2025-01", scale=5)
    left_out = {"no score or scale": 1, "on another scale": 1}
    assert (found.value, found.n, found.excluded) == (4.0, 2, left_out)
    both = ["satisfaction_score", "survey_response_rate"]
    taken = sm.snapshot(sm.CRM(surveys=table), "2025-01", kpis=both)
    assert taken["satisfaction_score"].value is None
    assert taken["survey_response_rate"].value == 1.0


def test_kinds_of_surveys_with_scales_of_their_own_are_told_each_on_its_own() -> None:
    """Internal 4 and 5 of 5; customers 9, 10 and 7 of 10; training 3 of 5 and 8 of 10: no mean.

    Nobody's mean is one of 5 and of 10 together, also not where groups are rolled up.
    """
    asked = [("internal", 4, 5), ("internal", 5, 5), ("customer", 9, 10), ("customer", 10, 10),
             ("customer", 7, 10), ("training", 3, 5), ("training", 8, 10)]  # fmt: skip
    rows = [
        {"id": n, "kind": kind, "score": score, "scale": scale, "owner": "ana",
         "sent_at": "2025-01-01", "answered_at": "2025-01-02" if n % 2 else "2025-02-02"}
        for n, (kind, score, scale) in enumerate(asked)
    ]  # fmt: skip
    crm = sm.CRM(surveys=rows)
    each = sm.satisfaction_score(crm.surveys, "2025-Q1", by="kind")
    means = {cell.group[0]: cell.value for cell in each}
    assert means == {"internal": 4.5, "customer": 26 / 3, "training": None}
    best = sm.satisfaction_score(crm.surveys, "2025-Q1", by="kind", measure="top_box")
    assert {cell.group[0]: cell.value for cell in best} == {
        "internal": 0.5, "customer": 1 / 3, "training": None
    }  # fmt: skip
    with pytest.raises(sm.SalesMetricsError, match="scales of their own; ask again without it"):
        each.over("kind")
    months = sm.satisfaction_score(crm.surveys, ["2025-01", "2025-02"], by="kind")
    assert [months.at(kind="customer", period=p).value for p in ("2025-01", "2025-02")] == [10, 8]
    taken = sm.snapshot(crm, "2025-Q1", by=["kind", "owner"], kpis=["satisfaction_score"])
    assert taken["satisfaction_score"].value is None
    assert taken.figure("satisfaction_score").by("kind").at(kind="internal").value == 4.5
    assert taken.figure("satisfaction_score").by("owner").at(owner="ana").value is None
    one = crm.filter(surveys={"kind": "customer"})
    assert sm.satisfaction_score(one.surveys, "2025-Q1").value == 26 / 3
    rows_behind = [one.contribution for one in each.records(kind="internal")]
    assert rows_behind == [4, 5, 1, 1]  # scores, answers


def test_targets_of_articles_3_and_4() -> None:
    """100 MQL a month, 20 % of them won, answered in 24 h; inquiries in 4 h, follow-up in 24."""
    rows = [
        {"mql_at": "2025-01-03", "won_at": "2025-01-20" if n < 20 else None}
        | {"first_response_at": "2025-01-03T09:00" if n < 90 else "2025-01-03T09:01"}
        for n in range(100)
    ]
    table = leads(*rows)
    assert sm.qualified_leads(table, "2025-01").value == 100
    assert sm.lead_conversion_rate(table, "2025-01", start="mql").value == 0.2
    assert sm.response_sla_rate(table, "2025-01", limit_hours=24).value == 0.9
    asked = requests(
        {"kind": "inquiry", "requested_at": "2025-01-06T09:00", "completed_at": "2025-01-06T13:00"},
        {"kind": "inquiry", "requested_at": "2025-01-06T09:00", "completed_at": "2025-01-06T13:01"},
        {"kind": "follow-up", "requested_at": "2025-01-06T09:00"},
        {"kind": "other", "requested_at": "2025-01-31T09:00"},
    )
    in_four = sm.completion_rate(asked, "2025-01", by="kind", limit_hours=4)
    assert in_four.at(kind="inquiry").value == 0.5
    assert (
        sm.completion_rate(asked, "2025-01", by="kind", limit_hours=24).at(kind="follow-up").value
        == 0
    )


class TestCoverage:
    """One open deal, asked about at the end of June."""

    @pytest.mark.parametrize(
        ("row", "covered"),
        [
            ({"done_at": "2025-06-30"}, 1),
            ({"done_at": "2025-06-01"}, 1),  # the first of the last thirty days
            ({"done_at": "2025-05-31"}, 0),
            ({"done_at": "2025-07-01"}, 0),  # not yet
            ({"done_at": "2025-06-30", "automated": True}, 0),
            ({"done_at": "2025-06-30", "deal": "another"}, 0),
            ({"scheduled_at": "2025-07-01"}, 1),
            ({"scheduled_at": "2025-06-30"}, 0),  # was to be done, and was not
            ({"scheduled_at": "2025-07-02", "created_at": "2025-07-01"}, 0),  # not planned then
            ({"scheduled_at": "2025-07-02", "created_at": "2025-06-30"}, 1),
            ({"scheduled_at": "2025-07-02", "done_at": "2025-05-01"}, 0),  # done before its time
        ],
    )
    def test_done_lately_or_planned(self, row: Row, covered: int) -> None:
        crm = sm.CRM(
            deals=[
                {"id": "1", "created_at": "2025-01-01", "closed_at": None, "outcome": "open"},
                {"id": "2", "created_at": "2025-12-31", "closed_at": None, "outcome": "open"},
            ],
            activities=[
                {"id": "1", "deal": "1", "done_at": None, "automated": None, "created_at": None}
                | {"scheduled_at": None, **row}
            ],
        )
        found = sm.activity_coverage(crm.activities, crm.deals, "2025-06")
        assert (found.numerator, found.denominator) == (covered, 1)

    def test_counted_from_what_is_known(self) -> None:
        crm = sm.CRM(
            deals=[{"id": "1", "created_at": "2025-01-01", "outcome": "open"}],
            activities=[{"id": "1", "deal": "1", "done_at": "2025-06-10"}],
        )
        assert sm.activity_coverage(crm.activities, crm.deals, "2025").value == 1.0
        for days in (0, True, 1.5):
            with pytest.raises(sm.SalesMetricsError, match="whole days, 1 or more"):
                sm.activity_coverage(crm.activities, crm.deals, "2025", days=days)  # type: ignore[arg-type]


def test_editions_of_one_moment_are_one() -> None:
    guide = {"kind": "guide", "material": "prices"}
    rows = [
        {**guide, "published_at": "2025-01-01", "updated_at": "2025-01-11"},
        {**guide, "published_at": "2025-01-11"},  # the same update, recorded twice
        {**guide, "published_at": "2025-01-31"},
        {**guide, "material": None, "published_at": "2025-01-20"},
        {"kind": "report", "material": "sales", "published_at": "2025-01-20"},
    ]
    table = sm.Deliverables.of([{"id": n, **row} for n, row in enumerate(rows)])
    found = sm.material_update_interval(table, "2025-01")
    # 10 days twice, as both rows are updates of the first; then 20.
    assert (found.n, found.mean) == (3, 40 / 3)


def test_the_edition_before_is_the_latest_earlier_day_of_the_material() -> None:
    draw = random.Random(5)
    day = date(2025, 1, 1)
    for _ in range(60):
        rows: list[dict[str, Any]] = []
        for n in range(draw.randint(1, 12)):
            published = day + timedelta(draw.randint(0, 9))
            updated = published + timedelta(draw.randint(0, 6)) if draw.random() < 0.6 else None
            material = draw.choice(["prices", "rivals", None])
            rows.append(
                {
                    "id": n,
                    "kind": "guide",
                    "material": material,
                    "published_at": published,
                    "updated_at": updated,
                }
            )
        since = []
        for row in rows:
            last = row["updated_at"] or row["published_at"]
            alike = [r for r in rows if r is row or (row["material"] == r["material"] is not None)]
            days = {d for r in alike for d in (r["published_at"], r["updated_at"]) if d}
            since += [
                (last - max(earlier)).days for earlier in [[d for d in days if d < last]] if earlier
            ]
        found = sm.material_update_interval(sm.Deliverables.of(rows), "2025-01")
        assert found.n == len(since)
        assert found.mean == (sum(since) / len(since) if since else None)


def test_a_guide_that_nobody_updates_counts_as_not_updated() -> None:
    guide = {"kind": "guide"}
    rows = [
        {**guide, "material": "prices", "published_at": "2025-01-05"},
        {**guide, "material": "prices", "published_at": "2025-03-04"},
        {**guide, "material": "faq", "published_at": "2025-01-05"},  # never updated
        {**guide, "material": None, "published_at": "2025-01-05", "updated_at": "2025-02-20"},
        {"kind": "report", "material": "sales", "published_at": "2025-03-20"},
        {**guide, "material": "later", "published_at": "2025-04-10"},
    ]
    table = sm.Deliverables.of([{"id": n, **row} for n, row in enumerate(rows)])
    found = {
        month: (rate.numerator, rate.denominator)
        for month in ("2025-01", "2025-02", "2025-03")
        for rate in [sm.material_update_rate(table, month)]
    }
    assert found == {"2025-01": (3, 3), "2025-02": (1, 3), "2025-03": (1, 3)}
    assert sm.material_update_rate(table, "2025-03", days=40).numerator == 2
    # As known then: no later edition is seen, and the days run to what is known.
    then = sm.material_update_rate(table.as_of("2025-02-10"), "2025-Q1", days=36)
    assert (then.numerator, then.denominator) == (0, 3)
    assert sm.material_update_rate(table.as_of("2025-02-09"), "2025-Q1", days=36).value == 1
    by = sm.material_update_rate(table, "2025-03", by="material")
    assert by.at(material="faq").value == 0 and by.at(material="prices").value == 1
    assert sm.material_update_rate(table, "2024-12").reason == "no guide deliverables in the period"


def test_answers_on_another_scale_are_named() -> None:
    """Of three answers one is on the scale of 5, one on that of 10, and one says no score."""
    rows = [(4, 5), (9, 10), (None, 10)]
    surveys = sm.Surveys.of(
        [{"id": at, "sent_at": "2025-01-10", "answered_at": "2025-01-11", "score": score,
          "scale": scale} for at, (score, scale) in enumerate(rows)]
    )  # fmt: skip
    left_out = {"no score or scale": 1, "on another scale": 1}
    mean = sm.satisfaction_score(surveys, "2025-Q1", scale=5)
    assert (mean.value, mean.n, dict(mean.excluded)) == (4, 1, left_out)
    best = sm.satisfaction_score(surveys, "2025-Q1", scale=10, measure="top_box")
    assert (best.value, best.n, dict(best.excluded)) == (0, 1, left_out)
