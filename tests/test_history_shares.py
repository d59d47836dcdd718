"""Win rate from a stage and the pipeline weighted by steps, against a replay by hand."""

from __future__ import annotations

from fractions import Fraction

import edge_days
import pytest
from hypothesis import HealthCheck, given, settings
from oracles import replay

import salesmetrics as sm
from salesmetrics import CRM
from salesmetrics.tables import run

QUARTER = sm.period("2025-Q1")
SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@SETTINGS
@given(edge_days.deals())
def test_win_rate_from_a_stage(world):
    crm = CRM(**edge_days.rows_of(world))
    if QUARTER.start > crm.known.at:  # nobody knows yet
        assert sm.win_rate(crm.deals, QUARTER, from_stage="talks").value is None
        return
    for stage in edge_days.OPEN:
        if not any(s == stage for d in world for _, s in d["events"]["stage_changes"]):
            continue
        mine = [
            replay.closing(d, QUARTER.end.replace(year=2099))
            for d in world
            if d["removed_at"] is None and any(s == stage for _, s in d["events"]["stage_changes"])
        ]
        closed = [kind for kind, at in mine if at is not None and at in QUARTER]
        rate = sm.win_rate(crm.deals, QUARTER, from_stage=stage)
        assert (rate.numerator, rate.denominator) == (closed.count("won"), len(closed))
        stream = run.batches(crm.deals, 2)
        for _ in range(0, crm.deals.size, 2):
            part = next(stream)
            everyone = sm.win_rate(part, QUARTER)
            rate = sm.win_rate(part, QUARTER, from_stage=stage)
        assert (rate.numerator, rate.denominator) == (closed.count("won"), len(closed))
        assert everyone.denominator == sm.win_rate(crm.deals, QUARTER).denominator


@SETTINGS
@given(edge_days.deals())
def test_pipeline_weighted_by_steps(world):
    crm = CRM(**edge_days.rows_of(world))
    if QUARTER.start > crm.known.at:
        assert sm.weighted_pipeline(crm.deals, QUARTER, probability="steps").value is None
        return
    every = [s for d in world if d["removed_at"] is None for s in replay.stays(d)]
    share, product = {}, Fraction(1)
    for stage in reversed(edge_days.OPEN):
        left = [how for s, _, _, how in every if s == stage and how != "still_there"]
        if not left:
            break
        product *= Fraction(left.count("advanced"), len(left))
        share[stage] = product
    expected, missing = Fraction(0), 0
    for deal in world:
        if replay.is_open(deal, QUARTER.end):
            stage = replay.value_at(deal, "stage_changes", QUARTER.end)
            if stage in share:
                expected += replay.value_at(deal, "amount_changes", QUARTER.end) * share[stage]
            else:
                missing += 1
    found = sm.weighted_pipeline(crm.deals, QUARTER, probability="steps")
    assert sum(found.excluded.values()) == missing
    if found.value is not None:
        assert float(found.value) == pytest.approx(float(expected), rel=1e-8, abs=0.011)


def test_without_history_both_say_what_they_need():
    crm = CRM(
        deals=[{"id": "1", "created_at": "2025-01-01", "amount": 1}], currency="EUR", all_open=True
    )
    for ask in (
        lambda: sm.win_rate(crm.deals, from_stage="talks"),
        lambda: sm.weighted_pipeline(crm.deals, QUARTER, probability="steps"),
        lambda: sm.time_in_stage(crm.deals, QUARTER),
        lambda: sm.stage_conversion(crm.deals, QUARTER),
    ):
        with pytest.raises(sm.NeedsError, match="stage_changes"):
            ask()
