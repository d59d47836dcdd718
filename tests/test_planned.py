"""Targets are never split; parts may sum to a whole, and figures take the target that is theirs."""

from __future__ import annotations

from decimal import Decimal

import pytest

import salesmetrics as sm
from salesmetrics.insight.goals import goals
from salesmetrics.insight.planned import given_out, planned_targets, with_tenures
from salesmetrics.io.config import assumptions_of

OWNERS = [
    {"id": "ana", "team": "east"},
    {"id": "bo", "team": "east"},
    {"id": "cho", "team": "west"},
    {"id": "dan", "team": "west", "ended_at": "2024-12-01"},  # had left before the quarter
]
DEALS = [
    {"id": at, "owner": owner, "amount": amount, "created_at": "2025-01-02",
     "expected_close_at": "2025-03-20", "outcome": "open"}
    for at, (owner, amount) in enumerate([("ana", 300), ("bo", 100), ("cho", 40), ("dan", 10)])
]  # fmt: skip
CRM = sm.CRM(deals=DEALS, owners=OWNERS, currency="USD").as_of("2025-02-15")


def aim(value: int, period: str = "quarter", **group: str) -> sm.Target:
    return sm.Target(kpi="bookings", value=Decimal(value), period=period, **group)


def shot(*targets: sm.Target, by=(), **more):
    return sm.snapshot(
        CRM, "2025-Q1", by=list(by), kpis=["pipeline_coverage", "required_pipeline"],
        targets=targets, **more,
    )  # fmt: skip


def coverage(snapshot, *by: str) -> dict:
    (figure,) = [f for f in snapshot.figures if f.entry.name == "pipeline_coverage"]
    if not by:
        return {c.period.label: c.value for c in figure.whole.result.rows()}
    (found,) = [r for r in figure.grouped if r.by == by]
    return {cell.group[0]: cell.value for cell in found.result.rows()}


def test_each_group_and_period_has_its_own() -> None:
    found = shot(aim(1000), aim(500, team="east"), aim(100, owner="ana"), by=["team", "owner"])
    assert coverage(found) == {"2025-Q1": 0.45}
    assert coverage(found, "team") == {"east": 0.8, "west": None}
    assert coverage(found, "owner") == {"ana": 3.0, "bo": None, "cho": None, "dan": None}


def test_without_one_the_reason_says_so() -> None:
    found = sm.pipeline_coverage(CRM.deals, "2025-Q1", by="team", target={"east": 500})
    assert found.at(team="west").reason == "remaining: no target of its own"


def test_the_demonstration_company_has_no_quarters_target_for_a_month() -> None:
    """What its file assumes holds for every period, and its target is one of a quarter."""
    assert "target" not in sm.read_config("examples/demo/salesmetrics.toml").assumed()


def test_a_target_of_a_quarter_is_no_months() -> None:
    (figure,) = [f for f in shot(aim(1000), every="month").figures if f.entry.label.unit == "ratio"]
    assert [cell.value for cell in figure.whole.series.rows()] == [None, None, None]
    # What is set for months is theirs, and makes the quarter's.
    found = shot(aim(100, "month"), every="month")
    (figure,) = [f for f in found.figures if f.entry.label.unit == "ratio"]
    assert figure.whole.series.rows()[2].parts["target"] == 100
    assert coverage(found) == {"2025-Q1": 1.5}  # 450 of 3 x 100
    assert found.targets[0].sum_of == "3 x month"


def test_owners_make_their_team() -> None:
    found = shot(aim(200, owner="ana"), aim(300, owner="bo"), aim(50, owner="cho"), by=["team"])
    assert coverage(found, "team") == {"east": 0.8, "west": 1.0}  # dan is gone by then
    named = {one.group: (one.target, one.sum_of) for one in found.targets if one.group}
    assert named[("team", "east"),] == (500, "owner")
    assert "sum of those of each owner" in found.to_markdown()
    assert "담당자 목표의 합" in found.to_markdown(lang="ko")
    # One of the roster without a target, and there is none of the team.
    found = shot(aim(200, owner="ana"), aim(50, owner="cho"), by=["team"])
    assert coverage(found, "team") == {"east": None, "west": 1.0}


def test_what_is_given_out_is_shown() -> None:
    found = shot(aim(600), aim(400, team="east"), aim(300, owner="ana"), aim(200, owner="bo"))
    given = {one.group: (one.given_out, one.given_to) for one in found.targets}
    assert given[()] == (400, "team")
    assert given[("team", "east"),] == (500, "owner")
    said = "bookings, east, 2025-Q1: 500.00 of the target of 400.00 given out by owner"
    assert said in found.to_markdown()


def test_what_is_assumed_comes_first() -> None:
    found = shot(aim(1000), assumptions={"target": 900})
    assert coverage(found) == {"2025-Q1": 0.5}
    by_team = {"target": {"team": {"east": 1000}}}
    found = shot(aim(900), aim(200, team="east"), by=["team"], assumptions=by_team)
    assert coverage(found, "team") == {"east": 0.4, "west": None}
    assert coverage(found) == {"2025-Q1": 0.5}
    assert assumptions_of(['target={team = {"east" = 1000}}']) == by_team
    with pytest.raises(sm.SalesMetricsError, match="by column and value"):
        shot(assumptions={"target": {"east": 1000}})


def test_one_amount_is_the_wholes() -> None:
    found = sm.required_wins(CRM.deals, "2025-Q1", by="owner", target=1000, deal_size=100)
    assert {cell.value for cell in found} == {None}
    own = sm.required_wins(CRM.deals, "2025-Q1", by="owner", target={"ana": 1000}, deal_size=100)
    assert own.at(owner="ana").value == 10


def test_of_a_filter_the_target_is_its_own() -> None:
    east = CRM.filter(team="east")
    targets = [aim(1000), aim(500, team="east"), aim(100, owner="ana")]
    found = sm.snapshot(east, "2025-Q1", kpis=["pipeline_coverage"], targets=targets)
    assert coverage(found) == {"2025-Q1": 0.8}


def test_without_changes_of_team_one_team_is_known() -> None:
    """All counts in the team of the roster; deals with a team of their own in that, no quota."""
    owners = [{"id": "ana", "team": "B"}, {"id": "bo", "team": "A"}]
    quotas = [
        sm.Target(kpi="bookings", value=100, period="2025-Q1", owner=name) for name in ("ana", "bo")
    ]
    won = [("1", "2025-01-20", 30, "A"), ("2", "2025-03-20", 60, "B"), ("3", "2025-04-01", 9, "B")]
    for own, shown in ((False, {"A": 0, "B": 90}), (True, {"A": 30, "B": 60})):
        deals = [
            {"id": name, "owner": "ana", "created_at": "2025-01-02", "closed_at": day,
             "amount": amount, "outcome": "won", **({"team": team} if own else {})}
            for name, day, amount, team in won
        ]  # fmt: skip
        crm = sm.CRM(deals=deals, owners=owners, currency="EUR")
        taken = sm.snapshot(crm, "2025-Q1", kpis=["bookings"], by="team", targets=quotas)
        figures = {cell.group[0]: cell.value for cell in taken.figure("bookings").by("team")}
        assert {name: figures.get(name, 0) for name in shown} == shown
        groups = [(dict(one.group), one.target) for one in taken.targets]
        assert [(group["team"], aim) for group, aim in groups if "team" in group] == [
            ("A", 100), ("B", 100)
        ]  # fmt: skip


QUARTER = sm.period("2025-Q1")


@pytest.mark.parametrize(
    ("target", "of_what_is_won"),
    [
        (aim(5), True), (aim(5, "2025-01"), True),
        (sm.Target(kpi="bookings", value=5), False),  # of any period: of none in particular
        (sm.Target(kpi="won_deals", value=5, period="month"), False),
        (sm.Target(kpi="bookings", value=5, period="month", statistic="p90"), False),
        (sm.Target(kpi="bookings", value=5, period="month", given={"by": "owner"}), False),
    ],
)  # fmt: skip
def test_what_is_to_be_won_is_a_target_of_bookings_and_of_a_time(target, of_what_is_won) -> None:
    found = planned_targets(None, goals([target]), CRM, [QUARTER], {})
    assert (found is not None) is of_what_is_won


def test_what_is_given_out_is_the_teams_or_the_owners() -> None:
    """A team without a target has its owners'; where no team has one, they are the owners'."""
    owners = [aim(40, owner="ana"), aim(30, owner="bo"), aim(20, owner="cho")]
    for given, found in (
        (owners, (90, "owner")),
        ([*owners, aim(60, team="east")], (80, "team")),
        ([*owners, aim(60, team="east"), aim(50, team="west")], (110, "team")),
        (owners[:1], (40, "owner")),
        ([], None),
    ):
        assert given_out(goals(given), CRM, "bookings", (), QUARTER) == found
    east = (("team", "east"),)
    assert given_out(goals(owners), CRM, "bookings", east, QUARTER) == (70, "owner")
    assert given_out(goals(owners), CRM, "bookings", (("owner", "ana"),), QUARTER) is None


def test_who_has_no_last_day_is_there_until_one_is_told() -> None:
    """Half of the quota in the first month, and all of it since: 90 x (31/2 + 59) / 90."""
    owners = [{"id": "ana", "team": "east", "started_at": "2025-01-01", "ramp": "0.5"}]
    crm = sm.CRM(deals=DEALS, owners=owners, currency="USD")
    (one,) = with_tenures(goals([aim(90, owner="ana")]), crm).each
    assert (one.tenure.start, one.tenure.end) == (QUARTER.start, None)
    assert not one.is_away(QUARTER)
    assert one.carried(QUARTER) == Decimal("74.5")
    (same,) = with_tenures(goals([aim(90, owner="ana")]), CRM).each  # whose roster has no first day
    assert same.tenure is None


def test_only_of_what_adds_up_it_is_said_what_is_given_out() -> None:
    """Quotas of 40 and 30 are 70 of a target of 100; two rates of 0.4 are no rate of 0.8."""
    deals = [
        {"id": at, "owner": who, "created_at": "2025-01-02", "closed_at": "2025-01-20",
         "outcome": outcome, "amount": 10}
        for who in ("ana", "bo") for at, outcome in ((f"{who} 1", "won"), (f"{who} 2", "lost"))
    ]  # fmt: skip
    crm = sm.CRM(deals=deals, owners=OWNERS, currency="USD")
    targets = [aim(100, "2025-Q1"), aim(40, "2025-Q1", owner="ana"), aim(30, "2025-Q1", owner="bo")]
    targets += [
        sm.Target(kpi="win_rate", value=Decimal(value), period="2025-Q1", owner=who)
        for value, who in (("0.6", None), ("0.4", "ana"), ("0.4", "bo"))
    ]
    asked = {"kpis": ["bookings", "win_rate"], "by": ["owner"], "targets": targets}
    for some, given in ((crm, {"bookings": 70}), (crm.filter(owner=["ana", "bo"]), {})):
        found = sm.snapshot(some, "2025-Q1", **asked).targets
        told = {one.kpi: one.given_out for one in found if not one.group}
        assert {kpi: value for kpi, value in told.items() if value is not None} == given
