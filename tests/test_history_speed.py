"""Bottlenecks and the way to the win, against a replay of events over dict records."""

from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction

import edge_days
import pytest
from hypothesis import HealthCheck, given, settings
from oracles import replay

import salesmetrics as sm
from salesmetrics import CRM

MONTHS = (sm.period("2025-02"), sm.period("2025-03"))
BASE = sm.period("2025-01")
SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
DAY = timedelta(days=1)


@pytest.mark.parametrize("seed", range(8))
def test_many_deals_against_a_replay(seed):
    """Small worlds seldom have exits in both spans, or stages left after the deals moved on."""
    world = many(random.Random(seed))
    check_bottlenecks(world)
    check_the_way(world)


def many(draw):
    """Eighty deals that go through the stages, back, to a win or a loss, at days of their own."""
    world = []
    for number in range(80):
        day = date(2024, 12, 1) + draw.randrange(80) * DAY
        moves = [(day, draw.choice(edge_days.OPEN))]
        while draw.random() < 0.8 and replay.TYPE[moves[-1][1]] == "open":
            day += draw.randrange(25) * DAY
            moves.append((day, draw.choice([*edge_days.OPEN, "demo", "offer", "won", "lost"])))
        moves.sort(key=lambda move: (move[0], edge_days.turn("stage_changes", move[1])))
        others = {table: [(moves[0][0], None)] for table in edge_days.TABLES}
        deal = {"id": str(number), "created_at": moves[0][0], "removed_at": None}
        world.append(deal | {"events": others | {"stage_changes": moves}})
    for deal in world:
        deal["events"]["amount_changes"] = [(deal["created_at"], 100)]
        deal["events"]["owner_changes"] = [(deal["created_at"], "ana")]
    return world


@SETTINGS
@given(edge_days.deals(most=9))
def test_bottlenecks_against_a_replay(world):
    check_bottlenecks(world)


def check_bottlenecks(world):
    found = sm.bottlenecks(CRM(**edge_days.rows_of(world)).deals, MONTHS, baseline="2025-01")
    for p, month in enumerate(MONTHS):
        stages = {one.stage: one for one in found.ranked(p)}
        compared = []
        for stage in edge_days.OPEN:
            (up, left), (up0, left0) = (
                replay.exits(world, stage, month),
                replay.exits(world, stage, BASE),
            )
            rows, rows0 = (
                list(replay.spans(world, stage, month)),
                list(replay.spans(world, stage, BASE)),
            )
            if not rows and not rows0:
                assert stage not in stages
                continue
            one = stages[stage]
            assert (one.left, one.baseline_left) == (left, left0)
            assert one.conversion == (Fraction(up, left) if left else None)
            if rows and rows0:
                until = min(max(age for _, age, _ in rows), max(age for _, age, _ in rows0))
                assert one.days == replay.restricted_mean(rows, until)
                assert one.baseline_days == replay.restricted_mean(rows0, until)
            if left and left0:
                compared.append((stage, Fraction(up, left), Fraction(up0, left0)))
            else:
                assert (one.rank, one.lost_conversion, one.excess_days) == (None, None, None)
        whole = whole0 = Fraction(1)
        for at, (stage, rate, usual) in enumerate(compared):
            chain = usual - rate
            for _, before, _ in compared[:at]:
                chain *= before
            for _, _, after in compared[at + 1 :]:
                chain *= after
            assert stages[stage].lost_conversion == chain
            whole, whole0 = whole * rate, whole0 * usual
        cell = found.cell(p, 0)
        if not compared:
            assert cell.value is None
            assert cell.reason
            continue
        assert cell.exact == whole0 - whole
        ranked = [one for one in found.ranked(p) if one.rank]
        assert [one.rank for one in ranked] == list(range(1, len(compared) + 1))
        lost = [(one.lost_conversion, one.excess_days) for one in ranked]
        assert found.lines["lost_conversion"][p][0] == sum(one for one, _ in lost)
        excess = found.lines["excess_days"][p][0]
        if any(days is None for _, days in lost):
            assert excess is None
            continue
        assert lost == sorted(lost, reverse=True)
        assert excess == sum(days for _, days in lost)
        assert cell.n == sum(replay.exits(world, stage, month)[1] for stage in edge_days.OPEN)


@SETTINGS
@given(edge_days.deals(most=9))
def test_the_way_to_the_win_against_a_replay(world):
    check_the_way(world)


def check_the_way(world):
    crm = CRM(**edge_days.rows_of(world))
    found = sm.stage_velocity(crm.deals, (BASE, *MONTHS), by="stage")
    for p, month in enumerate((BASE, *MONTHS)):
        for stage in edge_days.OPEN:
            cell = found.at(period=month, stage=stage)
            g = found.groups.index((stage,))
            rows = list(replay.spans(world, stage, month, to_win=True))
            chances = replay.incidence(rows)
            assert cell.exact == replay.mean_after(chances, -1)
            assert cell.n == len(rows)
            assert found.lines["won"][p][g] == sum(how == "win" for _, _, how in rows)
            last = min(month.end - DAY, replay.known(world))
            there = [
                entered
                for deal in world
                if deal["removed_at"] is None
                for name, entered, left, _ in replay.stays(deal)
                if name == stage and entered <= last and (left is None or left > last)
            ]
            there = [] if last < month.start else there
            assert found.lines["standing"][p][g] == len(there)
            waits = [replay.mean_after(chances, (last - since).days) for since in there]
            days = [
                since.toordinal() + wait
                for since, wait in zip(there, waits, strict=True)
                if wait is not None
            ]
            mean = sum(days, Fraction(0)) / len(days) if days else None
            expected = None if mean is None else (mean + Fraction(1, 2)).__floor__()
            at = found.expected_at(
                period=month, **dict(zip(found.by, found.groups[g], strict=True))
            )
            assert (None if at is None else at.toordinal()) == expected
            assert sum(cell.excluded.values()) == waits.count(None)


def crm_of(moves, stages=replay.STAGES):
    """One deal a list of (day, stage)."""
    deals = [{"id": str(n), "created_at": each[0][0]} for n, each in enumerate(moves)]
    changes = [
        {"deal": str(n), "changed_at": day, "stage": stage}
        for n, each in enumerate(moves)
        for day, stage in each
    ]
    return CRM(deals=deals, stages=stages, stage_changes=changes)


def test_a_worked_chain():
    """Last year 8 of 10 went on and half of those were won; this year 5, and still half of them.

    So the chain went from .8 x .5 = .4 to .5 x .5 = .25, and all of that was lost in talks.
    """
    moves = []
    for year, went_on, won, days in ((2024, 8, 4, 10), (2025, 5, 2, 16)):
        for number in range(10):
            deal = [(date(year, 1, 1), "talks")]
            then = date(year, 1, 1) + days * DAY
            deal.append((then, "offer" if number < went_on else "lost"))
            if number < went_on - went_on % 2:
                deal.append((then + 5 * DAY, "won" if number < won else "lost"))
            moves.append(deal)
    found = sm.bottlenecks(crm_of(moves).deals, "2025-Q1")
    first, second = found.ranked()
    assert (first.stage, first.rank) == ("talks", 1)
    assert (first.conversion, first.baseline_conversion) == (Fraction(1, 2), Fraction(4, 5))
    assert first.lost_conversion == found.exact == Fraction(3, 20)
    assert (second.stage, second.lost_conversion) == ("offer", 0)
    assert found.detail()[0]["stage"] == "talks"
    assert first.baseline_days == 10
    shot = sm.snapshot(crm_of(moves), "2025-Q1", kpis=["bottlenecks"])
    table = shot.to_dict()["kpis"][0]["table"]
    assert [row["values"]["rank"] for row in table] == [1, 2]


def test_several_pipelines_make_no_chain():
    stages = [
        {"id": f"{pipe} {name}", "order": order, "type": kind, "pipeline": pipe}
        for pipe in ("new", "old")
        for order, (name, kind) in enumerate([("talks", "open"), ("won", "won"), ("lost", "lost")])
    ]
    moves = [
        [(date(year, 1, 3), f"{pipe} talks"), (date(year, 1, 9), f"{pipe} {end}")]
        for year, pipe, end in (
            (2024, "new", "won"), (2025, "new", "lost"), (2024, "old", "won"), (2025, "old", "won")
        )
    ]  # fmt: skip
    crm = crm_of(moves, stages)
    whole = sm.bottlenecks(crm.deals, "2025-01")
    assert whole.value is None
    assert 'by="stage.pipeline"' in whole.reason
    assert [(one.stage, one.lost_conversion) for one in whole.ranked()] == [
        ("new talks", 1), ("old talks", 0)
    ]  # fmt: skip
    each = sm.bottlenecks(crm.deals, "2025-01", by="stage.pipeline")
    assert {cell.group[0]: cell.value for cell in each} == {"new": 1, "old": 0}


def test_a_curve_that_falls_to_0_before_others_come_tells_nothing():
    """The only one watched from the day it came is lost on it; the win had come a day earlier."""
    eve, new_year = date(2024, 12, 31), date(2025, 1, 1)
    stages = [
        {"id": name, "order": order, "type": kind}
        for order, (name, kind) in enumerate(
            [("demo", "open"), ("talks", "open"), ("won", "won"), ("lost", "lost")]
        )
    ]
    moves = [
        [(eve, "talks"), (new_year, "won")],
        [(eve, "talks")],
        [(eve, "demo"), (new_year, "talks"), (new_year, "lost")],
    ]
    deals = [{"id": str(n), "created_at": eve} for n in range(3)]
    deals[1]["removed_at"] = new_year
    changes = [
        {"deal": str(n), "changed_at": day, "stage": stage}
        for n, each in enumerate(moves)
        for day, stage in each
    ]
    crm = CRM(deals=deals, stages=stages, stage_changes=changes)
    found = sm.stage_velocity(crm.deals, "2025-01", by="stage").at(stage="talks")
    assert found.value is None
    assert found.reason.code == "fell_to_0"
    assert dict(found.reason.params) == {"age": 0, "later": 1}
    stays = sm.time_in_stage(crm.deals, "2025-01", by="stage").at(stage="talks")
    assert (stays.value, stays.mean, stays.p90) == (None, None, None)
    assert stays.reason.code == "fell_to_0"


def test_what_they_refuse_and_need():
    crm = CRM(deals=[{"id": "1", "created_at": "2025-01-01"}])
    for kpi in (sm.bottlenecks, sm.stage_velocity):
        with pytest.raises(sm.NeedsError, match="stage_changes"):
            kpi(crm.deals, "2025-Q1")
    some = crm_of([[(date(2025, 1, 3), "talks"), (date(2025, 1, 9), "won")]])
    with pytest.raises(sm.PeriodError):
        sm.bottlenecks(some.deals, sm.ALL_TIME)
    with pytest.raises(sm.PeriodError, match="not a period"):
        sm.bottlenecks(some.deals, "2025-Q1", baseline="last year")
    nothing = sm.bottlenecks(some.deals, "2025-Q1")
    assert nothing.value is None
    assert nothing.reason == "no stage was left both in the period and in its baseline"
    assert sm.stage_velocity(some.deals, "2024-Q1").reason == "no win was seen in the period"
