"""Records of many figures are made from arrays, and are those of the cells read one by one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics.results import Axes, columnar as one_by_one
from salesmetrics.results.distribution import Distribution
from salesmetrics.results.summaries import summaries
from salesmetrics.results.tally import BITS, LARGEST, Tally

ONE = [{"id": "1", "created_at": "2025-01-01", "closed_at": "2025-01-09", "outcome": "won"}]

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


def test_why_a_rate_of_amounts_is_none_is_told_as_the_cells_tell_it() -> None:
    """Of every owner one won and one lost deal, each of some amount, of none, or of less than 0."""
    amounts = (None, 5, 0, -5)
    deals = [
        {"id": f"{won} {lost} {outcome}", "owner": f"{won} {lost}", "outcome": outcome,
         "created_at": "2025-01-01", "closed_at": "2025-01-02", "amount": amount}
        for won in amounts for lost in amounts for outcome, amount in (("won", won), ("lost", lost))
    ]  # fmt: skip
    found = sm.CRM(deals=deals, currency="EUR").kpi("win_rate_by_amount", "2025-01", by="owner")
    many = one_by_one._records_by_column(found)
    assert many == one_by_one._records_by_cell(found)
    assert many is not None
    codes = {row["owner"]: row["reason_code"] for row in many}
    assert codes["5 5"] is None
    assert codes["None -5"] == "no_amount_known"  # though the whole is below 0
    assert codes["5 -5"] == codes["-5 -5"] == "whole_not_above_zero"


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


@pytest.mark.parametrize("unit", ["weeks", "months"])
def test_a_distribution_in_other_units(
    deals: sm.Deals, unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = sm.sales_cycle(deals, MONTHS, by="owner").in_unit(unit)
    many, cells = found.to_records(), found.rows()
    assert [row["p90"] for row in many] == [cell.statistics["p90"] for cell in cells]
    assert [row["mean"] for row in many] == [cell.statistics["mean"] for cell in cells]
    assert [row["numerator"] for row in many] == [cell.numerator for cell in cells]


def test_sums_that_a_float_does_not_hold_are_read_cell_by_cell() -> None:
    """Days of 2**33 - 1 seconds each, so often that their sum passes 53 bits."""
    keys = np.arange(4, dtype=np.int64) << BITS | LARGEST
    axes = Axes((sm.period("2025-01"),), ("owner",), (("a",), ("b",), ("c",), ("d",)))
    times = np.array([1, 2**20, 2**21, 1])
    evidence = sm.sales_cycle(sm.Deals.of(ONE, tz="UTC"), "2025-01").evidence
    tally = Tally([(keys + ((axes.starts[0] + 1) * 4 << BITS), times)])
    found = Distribution(axes, evidence, "days", tally, Fraction(1, 3))
    assert summaries(found) is None
    assert summaries(replace(found, tally=Tally([(tally.counted()[0][:1], times[:1])]))) is not None
