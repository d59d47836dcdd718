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
from salesmetrics.days import EPOCH
from salesmetrics.examples import crm_with_history
from salesmetrics.metrics.pipeline.pathways import _day
from salesmetrics.tables import deal_rows, deals as deals_table

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
