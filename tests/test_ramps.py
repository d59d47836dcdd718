"""Quotas of owners who are new, join, leave, or whose quota changes within a period: by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

import salesmetrics as sm
from salesmetrics.insight.planned import members, teams_of
from salesmetrics.insight.tenure import Tenure, ramp_of

OWNERS = [
    {"id": "ana", "team": "east", "started_at": "2020-01-01", "ramp": "0.25 0.5 0.75"},
    {"id": "bo", "team": "east", "started_at": "2025-02-01", "ramp": "25% 50% 75%"},
    {"id": "cho", "team": "west", "started_at": "2025-02-10"},
    {
        "id": "dan",
        "team": "west",
        "started_at": "2019-01-01",
        "ended_at": "2025-03-01",
        "ramp": "1",
    },
]
WON = [
    ("ana", 300, "2025-01-20"), ("bo", 120, "2025-02-20"), ("bo", 50, "2025-03-20"),
    ("cho", 40, "2025-03-03"), ("dan", 90, "2025-02-01"),
]  # fmt: skip
DEALS = [
    {"id": at, "owner": owner, "amount": amount, "created_at": "2025-01-02", "closed_at": day,
     "outcome": "won"}
    for at, (owner, amount, day) in enumerate(WON)
]  # fmt: skip


def company(owners: list[dict[str, str]] = OWNERS) -> sm.CRM:
    return sm.CRM(deals=DEALS, owners=owners, currency="USD").as_of("2025-04-02")


def aim(value: str, period: str = "quarter", kpi: str = "bookings", **group: str) -> sm.Target:
    return sm.Target(kpi=kpi, value=Decimal(value), period=period, **group)


PLAN = [
    aim("1000"), aim("500", team="east"), aim("300", owner="ana"), aim("300", owner="bo"),
    aim("100", "2025-02-10..2025-03-31", owner="cho"), aim("90", "month", owner="dan"),
]  # fmt: skip


def reached(*targets: sm.Target, period="2025-Q1", owners=OWNERS, by=()):
    shot = sm.snapshot(
        company(owners), period, kpis=["won_deals", "bookings"], targets=targets, by=list(by)
    )
    return shot, {(one.period.label, *dict(one.group).values()): one for one in shot.targets}


# the share of a full target ----------------------------------------------------------------------


def test_the_share_is_the_mean_of_its_days() -> None:
    new = Tenure(date(2025, 2, 1), None, (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)))
    # 28 days of February at 1/4 and 31 of March at 1/2, of the 90 of the quarter.
    assert new.share(sm.period("2025-Q1")) == Fraction(28 * 1 + 31 * 2, 4 * 90) == Fraction(1, 4)
    assert new.share(sm.period("2025-01")) == 0
    assert new.share(sm.period("2025-04")) == Fraction(3, 4)
    assert new.share(sm.period("2025-05")) == 1
    # The months of a ramp are those of the owner: the second begins on the 15th.
    middle = Tenure(date(2025, 1, 15), None, (Fraction(0), Fraction(1, 2)))
    assert middle.share(sm.period("2025-02")) == Fraction(14, 28) / 2
    assert not middle.ramped(sm.period("2025-03"))
    assert middle.ramped(sm.period("2025-04"))


def test_days_after_the_end_carry_nothing_where_there_is_a_ramp() -> None:
    gone = Tenure(date(2019, 1, 1), date(2025, 3, 1), (Fraction(1),))
    assert gone.share(sm.period("2025-Q1")) == Fraction(59, 90)
    assert gone.share(sm.period("2025-Q2")) == 0
    assert Tenure(date(2019, 1, 1), date(2025, 3, 1)).share(sm.period("2025-Q2")) == 1


@pytest.mark.parametrize("text", ["3", "0.5 x", "-0.1", "0.5 1.5", "150%", "nan", "1e-3", ""])
def test_what_is_no_ramp_is_refused(text: str) -> None:
    with pytest.raises(sm.SalesMetricsError, match=r"owner 'bo': ramp .* is no list of shares"):
        ramp_of(text, "bo")


def test_a_ramp_is_written_in_several_ways() -> None:
    assert (
        ramp_of("0.25, 0.5", "bo") == ramp_of("25%/50%", "bo") == (Fraction(1, 4), Fraction(1, 2))
    )


def test_a_ramp_without_a_start_is_refused() -> None:
    with pytest.raises(sm.SalesMetricsError, match="has a ramp and no started_at"):
        reached(aim("10", owner="bo"), owners=[
            {"id": "bo", "ramp": "0.5"}, {"id": "ana", "started_at": "2020-01-01"},
        ])  # fmt: skip


# quotas ------------------------------------------------------------------------------------------


def test_quotas_follow_the_roster() -> None:
    _, found = reached(*PLAN)
    told = {
        key[1]: (one.target, one.full, one.ramped, one.met) for key, one in found.items() if key[1:]
    }
    assert told == {
        "east": (500, None, None, False),
        "ana": (300, None, True, True),
        "bo": (75, 300, False, True),
        "cho": (100, None, True, False),  # set for the days there, which is the whole of them
        "dan": (180, 270, True, False),  # January and February whole, March gone
    }
    assert found["2025-Q1", "cho"].sum_of == "2025-02-10..2025-03-31"
    assert found["2025-Q1", "dan"].sum_of == "3 x month"


def test_months_sum_to_their_quarter_on_a_ramp_too() -> None:
    months = ["2025-01", "2025-02", "2025-03"]
    _, found = reached(aim("90", "month", owner="bo"), period=[*months, "2025-Q1"])
    each = [found[month, "bo"].target for month in months if (month, "bo") in found]
    assert each == [Decimal("22.5"), Decimal(45)]  # in January bo is not there: no target
    assert found["2025-Q1", "bo"].target == sum(each)


def test_a_quota_changed_within_a_period_is_the_sum_of_both() -> None:
    _, found = reached(
        aim("100", "2025-01-01..2025-02-14", owner="ana"),
        aim("30", "2025-02-15..2025-03-31", owner="ana"),
    )
    assert found["2025-Q1", "ana"].target == 130
    assert found["2025-Q1", "ana"].sum_of == "2025-01-01..2025-02-14, 2025-02-15..2025-03-31"
    # A gap of a day is no target of the quarter.
    shot, found = reached(
        aim("100", "2025-01-01..2025-02-13", owner="ana"),
        aim("30", "2025-02-15..2025-03-31", owner="ana"),
    )
    assert not found
    assert shot.targets_elsewhere == (
        "bookings: no target is for 2025-Q1; those given are for 2025-01-01..2025-02-13, "
        "2025-02-15..2025-03-31",
    )


def test_a_target_of_another_period_is_named_to_who_is_there_in_some_of_those_asked() -> None:
    # Bo comes in February: in January alone nobody misses a target of his.
    june = aim("90", "2025-06", owner="bo")
    shot, found = reached(june, period=["2025-01", "2025-02"])
    assert not found
    assert shot.targets_elsewhere == (
        "bookings: no target is for 2025-01, 2025-02; those given are for 2025-06",
    )
    assert reached(june, period="2025-01")[0].targets_elsewhere == ()


def test_only_quotas_are_on_a_ramp() -> None:
    shot, _ = reached(
        aim("0.4", kpi="win_rate", owner="bo"), aim("8", kpi="lost_deals", owner="bo"),
        aim("8", kpi="won_deals", owner="bo"),
    )  # fmt: skip
    assert {one.kpi: one.target for one in shot.targets} == {
        "win_rate": Decimal("0.4"), "lost_deals": 8, "won_deals": 2,
    }  # fmt: skip


def test_shares_among_the_ramped_and_together() -> None:
    shot, _ = reached(*PLAN, by=["team"])
    owners, teams = ({one.by: one for one in shot.shares}[by] for by in ("owner", "team"))
    assert (owners.met, owners.of) == (2, 4)
    assert (owners.ramped_met, owners.ramped_of) == (1, 3)
    assert owners.attainment == Fraction(300 + 170 + 40 + 90, 300 + 75 + 100 + 180)
    assert (teams.ramped_met, teams.ramped_of) == (None, None)
    without = [{k: v for k, v in one.items() if k != "ramp"} for one in OWNERS]
    shot, _ = reached(*PLAN, owners=without)
    assert [one.ramped_of for one in shot.shares if one.by == "owner"] == [None]


def test_the_tree_says_by_how_much_it_does_not_reconcile() -> None:
    shot, found = reached(*PLAN, by=["team"])
    assert (found["2025-Q1",].given_out, found["2025-Q1",].given_to) == (780, "team")
    assert (found["2025-Q1", "east"].given_out, found["2025-Q1", "east"].given_to) == (375, "owner")
    assert (found["2025-Q1", "west"].target, found["2025-Q1", "west"].sum_of) == (280, "owner")
    # The same where teams are not asked for: a team without a target has that of its owners.
    assert reached(*PLAN)[1]["2025-Q1",].given_out == 780
    text = shot.to_markdown()
    assert "780.00 of the target of 1,000 given out by team (-220.00, -22.0%)" in text
    assert "the target is 75.00 of the full 300.00, by the ramp of the roster" in text
    assert "1 of 3 of those past their ramp; together at 91.6%" in text
    korean = shot.to_markdown(lang="ko")
    assert "신규 담당자 램프에 따라 전체 목표" in korean
    assert "램프가 끝난 3개 중 1개 달성, 합산 달성률 91.6%" in korean
    over, _ = reached(aim("600"), aim("400", team="east"), aim("300", team="west"))
    assert "given out by team (+100.00, +16.7%)" in over.to_markdown()


def test_the_document_has_it() -> None:
    shot, _ = reached(*PLAN)
    made = shot.to_dict()
    (bo,) = [one for one in made["targets"] if one["group"] == {"owner": "bo"}]
    assert (bo["target"], bo["full"], bo["ramped"]) == ("75", "300", False)
    (owners,) = [one for one in made["at_target"] if one["by"] == "owner"]
    assert (owners["ramped_met"], owners["ramped_of"]) == (1, 3)
    assert abs(owners["attainment"] - 600 / 655) < 1e-12


def test_figures_and_rules_take_the_reduced_quota() -> None:
    shot = sm.snapshot(company(), "2025-Q1", by=["owner"], kpis=["required_wins"], targets=PLAN)
    (figure,) = shot.figures
    rows = {cell.group[0]: cell.parts["target"] for cell in figure.grouped[0].result.rows()}
    assert rows["bo"] == 75
    rule = sm.Rule("pace", kpi="bookings", behind=0.01, by="owner")
    found = sm.alerts(company(), [rule], "2025-Q1", targets=PLAN)
    told = {one.group["owner"]: one.found.facts["target"] for one in (*found.alerts, *found.quiet)}
    assert told == {"ana": 300.0, "bo": 75.0, "cho": 100.0, "dan": 180.0}


def test_the_part_of_a_period_in_which_an_owner_is_there() -> None:
    month = sm.period("2025-02")
    for start, end, part in (
        (None, None, (month.start, month.end)),
        (date(2025, 1, 1), date(2025, 4, 1), (month.start, month.end)),
        (date(2025, 2, 10), None, (date(2025, 2, 10), month.end)),
        (None, date(2025, 2, 20), (month.start, date(2025, 2, 20))),
        (date(2025, 2, 10), date(2025, 2, 20), (date(2025, 2, 10), date(2025, 2, 20))),
    ):
        assert Tenure(start, end).within(month) == part


@pytest.mark.parametrize(
    ("started", "ended", "there"),
    [
        (None, None, True), ("2025-03-31", None, True), ("2025-04-01", None, False),
        (None, "2025-01-01", False), (None, "2025-01-02", True), ("2024-01-01", "2026-01-01", True),
    ],
)  # fmt: skip
def test_who_is_of_a_team_in_a_period(started: str | None, ended: str | None, there: bool) -> None:
    """From the first day, up to the day before the one that is the first not employed."""
    roster = [
        {"id": "ana", "team": "east", "started_at": started, "ended_at": ended},
        {"id": "bo", "team": "west", "started_at": "2020-01-01"},
        {"id": "cho", "team": None},
    ]
    quarter = sm.period("2025-Q1")
    crm = company(roster)
    assert members(crm, "east", quarter) == ["ana"] * there
    assert members(crm, "west", quarter) == ["bo"]
    assert teams_of(crm) == ["east", "west"]
    assert list(members(company([{"id": "ana"}]), "east", quarter)) == []
    assert teams_of(company([{"id": "ana"}])) == []


def test_a_team_has_the_sum_of_its_owners_where_each_has_one() -> None:
    roster = [{"id": who, "team": "east"} for who in ("ana", "bo")]
    both = aim("300", owner="ana"), aim("200", owner="bo")
    for given, team in ((both, 500), (both[:1], None), ((*both, aim("450", team="east")), 450)):
        _, found = reached(*given, owners=roster, by=["team"])
        assert (found["2025-Q1", "east"].target if ("2025-Q1", "east") in found else None) == team
    # Of what does not add up over owners there is no sum.
    rates = aim("0.3", kpi="win_rate", owner="ana"), aim("0.5", kpi="win_rate", owner="bo")
    assert ("2025-Q1", "east") not in reached(*rates, owners=roster, by=["team"])[1]
