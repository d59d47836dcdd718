"""Owners who change the team: deals count in the team of then, quotas in that of their last day."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.days import day_number
from salesmetrics.insight.moves import team_stays

MONTHS = sm.period("2025-H1").split("month")
OWNERS = [{"id": "ana", "team": "B"}, {"id": "bo", "team": "A"}, {"id": "cho", "team": "C"}]
MOVE = {"owner": "ana", "team": "B", "previous_team": "A", "changed_at": "2025-02-15"}
WON = [("1", "2025-01-20", 30), ("2", "2025-02-14", 5), ("3", "2025-02-15", 60),
       ("4", "2025-04-01", 9)]  # fmt: skip


def company(*moves: dict[str, Any], **given: Any) -> sm.CRM:
    deals = [
        {"id": name, "owner": "ana", "created_at": "2025-01-02", "closed_at": day,
         "amount": amount, "outcome": "won"}
        for name, day, amount in WON
    ]  # fmt: skip
    given = {"deals": deals, "owners": OWNERS, "currency": "EUR", **given}
    return sm.CRM(team_changes=list(moves), **given)


def by_team(crm: sm.CRM, kpi: str, period: Any) -> dict[tuple[Any, str], Any]:
    return {(c.group[0], c.period.label): c.value for c in crm.kpi(kpi, period, by="team").rows()}


def quota(value: int, period: str, owner: str = "ana") -> sm.Target:
    return sm.Target(kpi="bookings", value=value, period=period, owner=owner)


def test_a_deal_counts_for_the_team_of_its_close() -> None:
    """By hand: 30 and 5 before 15 February, 60 on it; C is on the roster with nothing."""
    assert by_team(company(MOVE), "bookings", "2025-Q1") == {
        ("A", "2025-Q1"): 35, ("B", "2025-Q1"): 60, ("C", "2025-Q1"): 0,
    }  # fmt: skip
    found = company(MOVE).kpi("bookings", "2025-Q1", by="team")
    assert found.from_history == ("team",)
    assert company(MOVE).filter(team="A").kpi("bookings", "2025-Q1").value == 35
    assert company().kpi("bookings", "2025-Q1", by="team").at(team="B").value == 95


@pytest.mark.parametrize(
    ("mine", "in_a", "in_b"),
    [
        ([("2025-Q1", 100)], 0, 100),
        ([("2025-01", 30), ("2025-02", 30), ("2025-03", 40)], 30, 70),
        ([("2025-01-01..2025-02-14", 45), ("2025-02-15..2025-03-31", 55)], 45, 55),
        ([("month", 40)], 40, 80),
        ([("quarter", 90)], 0, 90),
    ],
)
def test_quotas_count_for_the_team_of_their_last_day(
    mine: list[tuple[str, int]], in_a: int, in_b: int
) -> None:
    """bo has 10 in A and cho 1 in C: what the teams have sums to what the owners have."""
    targets = [quota(value, period) for period, value in mine]
    targets += [quota(10, "2025-Q1", "bo"), quota(1, "2025-Q1", "cho")]
    taken = sm.snapshot(
        company(MOVE), "2025-Q1", kpis=["bookings"], by=["team", "owner"], targets=targets
    )
    of = {one.group[0]: one for one in taken.targets if one.group}
    assert {name: of["team", name].target for name in "ABC"} == {"A": 10 + in_a, "B": in_b, "C": 1}
    assert {name: of["team", name].actual for name in "ABC"} == {"A": 35, "B": 60, "C": 0}
    assert sum(of["owner", who].target or 0 for who in ("ana", "bo", "cho")) == 11 + in_a + in_b


def test_a_move_on_the_first_day_of_a_period_is_of_that_period_alone() -> None:
    """ana, alone on the roster, is in A to the end of March: B has no quota then, A none after."""
    crm = company({**MOVE, "changed_at": "2025-04-01"}, owners=OWNERS[:1])
    for period, team in (("2025-Q1", "A"), ("2025-Q2", "B")):
        taken = sm.snapshot(
            crm, period, kpis=["bookings"], by="team", targets=[quota(100, "quarter")]
        )
        groups = [(one.group[0], one.target) for one in taken.targets]
        assert groups == [(("owner", "ana"), 100), (("team", team), 100)]


def test_a_team_with_a_quota_of_its_own_is_compared_with_what_its_owners_have_for_it() -> None:
    targets = [
        quota(30, "2025-01"), quota(30, "2025-02"), quota(40, "2025-03"),
        quota(10, "2025-Q1", "bo"),
        sm.Target(kpi="bookings", value=50, period="2025-Q1", team="A"),
        sm.Target(kpi="bookings", value=70, period="2025-Q1", team="B"),
    ]  # fmt: skip
    taken = sm.snapshot(company(MOVE), "2025-Q1", kpis=["bookings"], targets=targets)
    out = {dict(one.group).get("team"): one.given_out for one in taken.targets}
    assert out["A"] == 40  # 30 in January, and bo's 10
    assert out["B"] is None  # 70 is what is given out


def test_as_of_a_day_before_the_move_it_has_not_happened() -> None:
    crm = company(MOVE).as_of("2025-02-10")
    assert by_team(crm, "bookings", "2025-Q1") == {
        ("A", "2025-Q1"): 30, ("B", "2025-Q1"): 0, ("C", "2025-Q1"): 0,
    }  # fmt: skip
    taken = sm.snapshot(
        crm, "2025-Q1", kpis=["bookings"], by="team", targets=[quota(100, "2025-Q1")]
    )
    teams = [dict(one.group)["team"] for one in taken.targets if "team" in dict(one.group)]
    assert teams == []  # bo, who is in A too, has none: nothing sums to A


def test_deals_with_a_team_of_their_own_count_in_that_one() -> None:
    deals = [{"id": "1", "owner": "ana", "team": "C", "created_at": "2025-01-02",
              "closed_at": "2025-01-20", "amount": 30, "outcome": "won"}]  # fmt: skip
    found = by_team(company(MOVE, deals=deals), "bookings", "2025-01")
    assert {group: value for (group, _), value in found.items() if value} == {"C": 30}


def test_what_held_before_an_unexplained_move_is_not_known() -> None:
    crm = company({"owner": "ana", "team": "B", "changed_at": "2025-02-15"})
    assert by_team(crm, "bookings", "2025-01")[None, "2025-01"] == 30


@pytest.mark.parametrize(
    ("move", "said"),
    [
        ({**MOVE, "owner": "eva"}, "no such owner"),
        ({**MOVE, "owner": None}, "a change needs its owner"),
        ({**MOVE, "changed_at": None}, "a change needs the time"),
    ],
)
def test_rows_that_cannot_be_used(move: dict[str, Any], said: str) -> None:
    with pytest.raises(sm.DataError, match=said):
        company(move, MOVE)
    kept = company(move, MOVE, on_error="collect")
    assert len(kept.faults["team_changes"]) == 1
    found = kept.kpi("bookings", "2025-Q1", by="team")
    assert found.at(team="A").value == 35
    assert any(one.table == "team_changes" and one.refused_rows == 1 for one in found.rows_read)


def test_moves_are_of_owners() -> None:
    with pytest.raises(sm.NeedsError, match="team_changes tell of owners"):
        sm.CRM(deals=[{"id": 1}], team_changes=[MOVE], currency="EUR")
    assert sm.CRM(owners=OWNERS, team_changes=[MOVE]).has("team_changes")


def test_shares_count_in_the_team_of_their_owner_now() -> None:
    """Deal 1 is shared by ana and cho; 2 and 3 are ana's alone, of before and after her move."""
    credits = [
        {"deal": "1", "owner": "ana", "share": 0.5},
        {"deal": "1", "owner": "cho", "share": 0.5},
    ]
    crm = company(MOVE, deal_credits=credits)
    found = crm.kpi("credited_bookings", "2025-Q1", by="team")
    assert {c.group[0]: c.value for c in found.rows()} == {"A": 5, "B": 75, "C": 15}


# the slow way ------------------------------------------------------------------------------------

DAY = timedelta(days=1)
FIRST, LAST = date(2025, 1, 1), date(2025, 6, 30)
STAGES = [
    {"id": "talks", "order": 1, "type": "open"}, {"id": "offer", "order": 2, "type": "open"},
    {"id": "won", "order": 3, "type": "won"}, {"id": "lost", "order": 4, "type": "lost"},
]  # fmt: skip


def drawn(seed: int) -> dict[str, Any]:
    """Moves of owners between teams, of deals between owners and stages; days at will."""
    rng = random.Random(seed)

    def day(first: date = FIRST) -> date:
        return first + DAY * rng.randint(0, max((LAST - first).days, 0))

    teams, owners = ["A", "B", "C"], [f"owner {at}" for at in range(5)]
    roster = {who: rng.choice([*teams, None]) for who in owners}
    moves = []
    for who in rng.sample(owners, 3):
        team = rng.choice(teams)
        for at in sorted(rng.sample(range(181), rng.randint(1, 3))):
            new = rng.choice(teams)
            moves.append({"owner": who, "changed_at": FIRST + DAY * at, "team": new,
                          "previous_team": team})  # fmt: skip
            team = new
        roster[who] = team
    deals, hands, stages = [], [], []
    for at in range(60):
        born = day()
        owner = rng.choice([*owners, None, "ghost"])
        if rng.random() < 0.5:
            owner = rng.choice(owners)
            for when in sorted({born, *(day(born) for _ in range(rng.randint(0, 2)))}):
                owner = rng.choice(owners)
                hands.append({"deal": at, "owner": owner, "changed_at": when})
        deals.append({"id": at, "owner": owner, "created_at": born, "amount": rng.randint(1, 99),
                      "stage": "talks"})  # fmt: skip
        stages.append({"deal": at, "stage": "talks", "changed_at": born})
        for stage, likely in (("offer", 0.7), (rng.choice(["won", "lost"]), 0.7)):
            if rng.random() < likely:
                when = day(stages[-1]["changed_at"])
                stages.append({"deal": at, "stage": stage, "changed_at": when})
    rng.shuffle(moves)
    return {
        "owners": [{"id": who, "team": team} for who, team in roster.items()],
        "team_changes": moves, "deals": deals, "owner_changes": hands,
        "stages": STAGES, "stage_changes": stages,
    }  # fmt: skip


class Slow:
    """Whose each deal was on a day, looked up row by row."""

    def __init__(self, rows: dict[str, Any]) -> None:
        self.rows = rows

    def team(self, owner: Any, day: date) -> Any:
        moves = sorted((m for m in self.rows["team_changes"] if m["owner"] == owner),
                       key=lambda m: m["changed_at"])  # fmt: skip
        if not moves:
            now = {one["id"]: one["team"] for one in self.rows["owners"]}
            return now.get(owner)
        before = [m for m in moves if m["changed_at"] <= day]
        return before[-1]["team"] if before else moves[0]["previous_team"]

    def owner(self, deal: dict[str, Any], day: date) -> Any:
        hands = [h for h in self.rows["owner_changes"]
                 if h["deal"] == deal["id"] and h["changed_at"] <= day]  # fmt: skip
        return hands[-1]["owner"] if hands else deal["owner"]

    def stages(self, deal: dict[str, Any]) -> list[dict[str, Any]]:
        return [s for s in self.rows["stage_changes"] if s["deal"] == deal["id"]]

    def close(self, deal: dict[str, Any]) -> tuple[date | None, str]:
        last = self.stages(deal)[-1]
        decided = last["stage"] in ("won", "lost")
        return (last["changed_at"], last["stage"]) if decided else (None, "open")

    def count(self, kpi: str, period: sm.Period) -> Counter[Any]:
        found: Counter[Any] = Counter()
        end = period.end - DAY
        for deal in self.rows["deals"]:
            closed, outcome = self.close(deal)
            born = deal["created_at"]
            on = {"bookings": closed if outcome == "won" else None, "deals_created": born,
                  "lost_deals": closed if outcome == "lost" else None,
                  "open_deals": end if born <= end and (closed is None or closed > end) else None,
                  }[kpi]  # fmt: skip
            if on is not None and period.start <= on <= end:
                team = self.team(self.owner(deal, on), on)
                found[team] += deal["amount"] if kpi == "bookings" else 1
        return found


@pytest.mark.parametrize("seed", range(12))
def test_every_deal_is_in_the_team_of_its_owner_then(seed: int) -> None:
    rows = drawn(seed)
    crm, slow = sm.CRM(**rows, currency="EUR").as_of(LAST), Slow(rows)
    for kpi in ("bookings", "deals_created", "lost_deals", "open_deals"):
        result = crm.kpi(kpi, MONTHS, by="team")
        for month in MONTHS:
            there = {c.group[0]: c.value for c in result.rows() if c.period == month and c.value}
            assert there == dict(slow.count(kpi, month)), (kpi, month)
        both = crm.kpi(kpi, MONTHS, by=["team", "owner"])
        whole = [cell.value for cell in crm.kpi(kpi, MONTHS).rows()]
        assert [cell.value for cell in both.over("owner").over("team").rows()] == whole


@pytest.mark.parametrize("seed", range(6))
def test_the_future_changes_nothing(seed: int) -> None:
    """As of the end of March: the same with or without the moves that came later."""
    rows = drawn(seed)
    day = date(2025, 3, 31)
    told = {
        name: [one for one in each if one.get("changed_at", day) <= day]
        for name, each in rows.items()
        if name != "owner_changes"
    } | {"owner_changes": rows["owner_changes"]}
    for who, moves in ((o["id"], [m for m in rows["team_changes"] if m["owner"] == o["id"]])
                       for o in rows["owners"]):  # fmt: skip
        if moves and not any(m["changed_at"] <= day for m in moves):
            first = min(moves, key=lambda m: m["changed_at"])
            told["owners"] = [one | {"team": first["previous_team"]} if one["id"] == who else one
                              for one in told["owners"]]  # fmt: skip
    found = [
        crm.as_of(day).kpi(kpi, "2025-Q1", by="team").to_records()
        for crm in (sm.CRM(**rows, currency="EUR"), sm.CRM(**told, currency="EUR"))
        for kpi in ("bookings", "open_deals", "deals_created")
    ]
    values = [{one["team"]: one["value"] for one in each if one["value"]} for each in found]
    assert values[:3] == values[3:]


def test_entries_into_stages_are_of_the_team_then() -> None:
    rows: dict[str, Any] = {
        "deals": [{"id": 1, "owner": "ana", "created_at": "2025-01-02", "amount": 1,
                   "stage": "offer"}],
        "stages": STAGES, "owners": OWNERS, "team_changes": [MOVE],
        "stage_changes": [{"deal": 1, "stage": "talks", "changed_at": "2025-01-02"},
                          {"deal": 1, "stage": "offer", "changed_at": "2025-03-02"}],
    }  # fmt: skip
    entries = sm.CRM(**rows, currency="EUR").deals.stage_entries("2025-Q1", by=["team", "stage"])
    found = {cell.group: cell.value for cell in entries.count().rows() if cell.value}
    assert found == {("A", "talks"): 1, ("B", "offer"): 1}


def test_two_moves_of_one_day_do_not_hang_on_the_order_of_rows() -> None:
    """The lower team comes first; where both say what was before, the chain leads."""
    deals = [{"id": 1, "owner": "ana", "created_at": "2025-01-01", "closed_at": "2025-03-01",
              "outcome": "won", "amount": 10}]  # fmt: skip
    day = {"owner": "ana", "changed_at": "2025-02-01"}
    for moves, team in (
        ([{**day, "team": "b"}, {**day, "team": "a"}], "b"),
        ([{**day, "team": "a", "previous_team": "b"}, {**day, "team": "b", "previous_team": "c"}],
         "a"),
    ):  # fmt: skip
        for rows in (moves, moves[::-1]):
            crm = sm.CRM(
                deals=deals, owners=[{"id": "ana", "team": team}], team_changes=rows,
                currency="USD", tz="UTC",
            )  # fmt: skip
            won = sm.bookings(crm.deals, "2025-Q1", by="team")
            assert {row.group: row.value for row in won.rows() if row.value} == {(team,): 10}


def test_a_change_to_come_has_not_happened() -> None:
    crm = company(MOVE)
    assert team_stays(crm)["ana"].each == ((0, "A"), (day_number(date(2025, 2, 15)), "B"))
    before = team_stays(crm.as_of("2025-02-14"))["ana"]
    assert before.each == ((0, "A"),)
    assert before.on_last_day(sm.period("2025-Q1")) == "A"
    assert before.within(sm.period("2025-Q1")) == {"A"}
