"""What is made of history is made once for a company as known, whoever asks for it."""

from __future__ import annotations

import pickle
from collections import Counter
from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics.columns import Codes, kept_once, the_same
from salesmetrics.days import EPOCH
from salesmetrics.examples import crm_with_history
from salesmetrics.metrics.pipeline.pathways import _day
from salesmetrics.tables import deal_rows, deals as deals_table, run

KPIS = ["open_deals", "open_pipeline", "weighted_pipeline", "overdue_deals", "deal_age",
        "slip_rate", "pipeline_movement", "stage_conversion", "time_in_stage", "bottlenecks",
        "stage_velocity"]  # fmt: skip


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often versions and stays were made."""
    counts: Counter[str] = Counter()

    def counting(name: str) -> None:
        make: Any = getattr(deal_rows, name)

        def counted(deals: Any) -> Any:
            counts[name] += 1
            return make(deals)

        monkeypatch.setattr(deal_rows, name, counted)

    counting("versions")
    counting("stays")
    return counts


def test_history_is_made_once_for_all_kpis_periods_and_bases(made: Counter[str]) -> None:
    crm = sm.CRM._of_tables(crm_with_history.tables)
    for by in (None, "owner", "stage"):
        sm.snapshot(crm, "2025-Q1", kpis=KPIS, by=by, compare=["previous", "year_before"])
    assert made == {"versions": 1, "stays": 1}
    sm.stage_velocity(crm.filter(owner="ana").deals, "2025-Q1")
    sm.open_deals(crm.deals, "2025-02", by="stage")
    assert made == {"versions": 1, "stays": 1}


def test_another_instant_is_made_anew(made: Counter[str]) -> None:
    crm = sm.CRM._of_tables(crm_with_history.tables)
    now, then = crm.deals, crm.as_of("2025-02-10").deals
    for deals in (now, then, now, then):
        sm.open_deals(deals, "2025-02", by="stage")
    assert made["versions"] == 2
    assert (
        sm.open_deals(then, "2025-02").value
        == sm.open_deals(crm_with_history.as_of("2025-02-10").deals, "2025-02").value
    )


def test_the_mean_day_of_wins_is_rounded_as_whole_numbers_would_be() -> None:
    draw = np.random.default_rng(3)
    for _ in range(300):
        means = [(int(top), int(draw.integers(1, 9))) for top in draw.integers(0, 900, 4)]
        waiting, came = draw.integers(0, 4, 4).tolist(), int(draw.integers(0, 90_000))
        if not sum(waiting):
            continue
        whole = sum(n * Fraction(*mean) for n, mean in zip(waiting, means, strict=True))
        day = floor((came + whole) / sum(waiting) + Fraction(1, 2))
        assert _day(came, waiting, means) == date.fromordinal(EPOCH + day)
    assert _day(0, [2], [(1, 2)]) == date(1970, 1, 2)  # half a day: the later one
    assert _day(7, [], [(1, 2)]) is None


def test_what_is_made_does_not_travel() -> None:
    crm = sm.CRM._of_tables(crm_with_history.tables)
    sm.overdue_deals(crm.deals, "2025-02", by="stage")
    there = pickle.loads(pickle.dumps(crm))
    assert crm.deals.history.made and not there.deals.history.made


def test_what_a_fault_spares_is_asked_once_for_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once a fault: of many deals with wrong closes that took quadratic time."""
    asked: list[Any] = []
    told = deals_table.unclosed_rows
    monkeypatch.setattr(deals_table, "unclosed_rows", lambda c: asked.append(c) or told(c))
    row = {"outcome": "open", "created_at": date(2025, 1, 1), "closed_at": date(2025, 1, 5)}
    rows = [{"id": str(number), **row} for number in range(40)]
    deals = sm.Deals.of(rows, currency="USD", on_error="collect")
    assert len(deals.rejected) == 40
    assert len(asked) <= 3


def test_what_is_made_of_history_is_kept_once_where_it_is_the_same() -> None:
    days = np.datetime64("2025-01-01", "D")
    ids, stages = np.arange(300), [{"id": f"s{n}", "order": n, "type": "open"} for n in range(3)]
    changes = {
        "deal": np.repeat(ids, 3),
        "stage": [f"s{n % 3}" for n in range(900)],
        "changed_at": np.repeat(days + ids % 50, 3) + np.tile([0, 5, 9], 300),
    }
    deals = {"id": ids, "created_at": days + ids % 50, "owner": ids % 7}
    crm = sm.CRM(deals=deals, stages=stages, stage_changes=changes, all_open=True)
    sm.snapshot(crm, "2025-Q1", kpis=["open_deals", "time_in_stage"], by=("owner", "stage"))
    history = crm.deals.history
    versions, stays = (history.made[name][2].columns for name in ("versions", "stays"))
    track = history.tracks["stage"]
    assert versions.rows.starts is stays.rows.starts is track.starts
    assert versions["stage"].codes is stays["stage"].codes is track.values.codes
    assert versions["created_at"].days is stays["entered_at"].days is track.days
    assert versions["outcome"].codes.strides == (0,)
    outcome = versions["outcome"]
    assert [outcome.labels[code] for code in outcome.codes] == ["open"] * 900


def test_what_differs_in_one_cell_is_kept_twice() -> None:
    one = np.arange(600_000, dtype=np.uint32)
    same, other, wide = one.copy(), one.copy(), one.astype(np.int64)
    other[-1] = 0
    assert the_same(same, [wide, other, one[:-1], one]) is one
    assert the_same(same, [wide, other, one[:-1]]) is same
    codes = kept_once(Codes(same, (None,)), [one])
    assert codes.codes is one and codes.labels == (None,)


def test_groups_are_made_once_for_all_who_look_at_them_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts: Counter[tuple[str, tuple[str, ...]]] = Counter()
    make = run.grouping

    def counted(rows: Any, by: tuple[str, ...], since: str | None = None) -> Any:
        counts[rows.name, by] += 1
        return make(rows, by, since)

    monkeypatch.setattr(run, "grouping", counted)
    crm = sm.CRM._of_tables(crm_with_history.tables)
    for _ in range(2):
        sm.snapshot(crm, "2025-Q1", kpis=["stage_conversion", "time_in_stage"], by="stage")
    assert counts["stays", ("stage",)] == 2  # once a snapshot: they are let go of between
