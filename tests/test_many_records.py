"""Records of many figures are made from arrays, and are those of the cells read one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics.results import result as one_by_one

MONTHS = sm.period("2024-01-01..2025-03-31").split("month")
AHEAD = sm.period("2024-01-01..2026-06-30").split("month")  # some of them have not begun


@pytest.fixture(scope="module")
def deals() -> sm.Deals:
    draw = np.random.default_rng(9)
    size, day = 900, np.datetime64("2024-01-05", "D")
    created, life = draw.integers(0, 400, size), draw.integers(0, 90, size)
    return sm.Deals.of(
        {
            "id": np.arange(size), "owner": draw.integers(0, 40, size),
            "product": draw.choice(np.array(["가", "b", None], dtype=object), size),
            "created_at": day + created, "closed_at": day + created + life,
            "outcome": draw.choice(["won", "lost"], size),
            "amount": np.where(draw.random(size) < 0.8, life * 10.25, np.nan),
        },
        currency="EUR",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("by", "months"), [("owner", MONTHS), (("owner", "product"), MONTHS), ("owner", AHEAD)]
)
@pytest.mark.parametrize(
    "figure",
    [sm.deals_created, sm.bookings, sm.win_rate, sm.average_deal_size, sm.open_deals,
     sm.open_pipeline, sm.sales_cycle, sm.close_rate, sm.pipeline_created],
    ids=lambda kpi: str(kpi.__name__),
)  # fmt: skip
def test_records_from_arrays_are_those_of_the_cells(
    deals: sm.Deals, figure: Any, by: Any, months: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = figure(deals, months, by=by)
    assert len(found.periods) * len(found.groups) > one_by_one.FEW
    many = found.to_records()
    monkeypatch.setattr(one_by_one, "FEW", 10**9)
    each = found.to_records()
    assert many == each
    assert [list(map(type, row.values())) for row in many] == [
        list(map(type, row.values())) for row in each
    ]
    assert [list(row) for row in many] == [list(row) for row in each]
