"""The demonstration company: made the same every time, and every KPI has something to show."""

from __future__ import annotations

import copy
import csv
import pickle
import subprocess
import sys
from datetime import date
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.catalog import ENTRIES
from salesmetrics.cli import main

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "examples" / "demo"
CONFIG = sm.read_config(DEMO / "salesmetrics.toml")
ASSUMED = {**CONFIG.assumed(), "target": 1_200_000_000}  # a quarter, as targets.toml says
WRONG = {"D0004", "X1", "X2", "X3", "X6", "X7"}


def rows(name: str) -> list[dict[str, str]]:
    with (DEMO / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def deals() -> list[dict[str, str]]:
    """Without the rows that are wrong on purpose; of the id that stands twice the first."""
    seen: dict[str, dict[str, str]] = {}
    for row in rows("deals"):
        seen.setdefault(row["id"], row)
    return [row for row in seen.values() if row["id"] not in WRONG - {"D0004"}]


@pytest.fixture(scope="module")
def crm() -> sm.CRM:
    return sm.read(DEMO, config=CONFIG, on_error="collect")


@pytest.fixture(scope="module")
def taken(crm: sm.CRM) -> sm.Snapshot:
    return sm.snapshot(crm, CONFIG.period[0], assumptions=ASSUMED)


def test_the_files_are_made_anew_byte_by_byte(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(DEMO / "generate.py"), str(tmp_path)], check=True)
    made = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert made == {file.name: file.read_bytes() for file in DEMO.glob("*.csv")}


def none(figure: Any) -> bool:
    return figure.total.rows()[0].value is None


def test_every_kpi_has_a_figure(taken: sm.Snapshot) -> None:
    assert [need.name for need in taken.needs] == []
    undefined = {f.name: f.total.rows()[0].reason for f in taken.figures if none(f)}
    assert undefined == {
        # Most leads never convert, so there is no median; and the quarter is not over.
        "time_to_convert_estimate": "fewer than half of 3,082 leads ended",
        "sales_cycle_estimate": "too few were followed to their end: 46 of 128 are still open",
        "cohort_retention": "nobody started in the period, or it is not over",
        "bookings_linearity": "the period is not over by what is known",
        "forecast_bias": "the period is not over by what is known",
        "forecast_accuracy": "the period is not over by what is known",
        "commit_accuracy": "the period is not over by what is known",
        # What was won by then does not pay for what was spent.
        "segment_margin": "the won deals come to 0 or below, of which nothing is a share",
    }


def test_so_has_every_variant(crm: sm.CRM) -> None:
    names = [name for name, one in ENTRIES.items() if name != one.label.name]
    names.append("cohort_retention")
    found = sm.snapshot(crm, "2025-Q3", kpis=names, assumptions=ASSUMED)
    assert [need.name for need in found.needs] == []
    ended = {f.name for f in found.figures if none(f)}
    assert ended == {
        "pipeline_coverage_of_full_target",
        "pipeline_coverage_weighted",
        "pipeline_coverage_estimated",
        "pipeline_coverage_of_all_open",
    }


def test_what_is_wrong_is_left_out_and_counted(crm: sm.CRM) -> None:
    ids = [row["id"] for row in rows("deals")]
    refused = {(ids[fault.row], fault.field) for fault in crm.faults["deals"]}
    assert refused == {("D0004", "id"), ("X6", "stage")}
    unread = {(ids[fault.row], fault.field) for fault in crm.unread["deals"]}
    assert unread == {("X1", "amount"), ("X2", "probability"), ("X7", "closed_at")}
    undated = sm.quality(crm, kpis=[]).of("decided_without_close")[0]
    assert set(undated.examples) == {"X3", "X7"}  # won, nobody knows when
    assert len(crm.deals) == len(ids) - len(refused)
    assert [fault.field for fault in crm.faults["checks"]] == ["correct_fields"]


def in_quarter(text: str) -> bool:
    return "2025-07-01" <= text[:10] < "2025-10-01"


def test_figures_by_hand(crm: sm.CRM) -> None:
    """The third quarter of 2025, from the files with nothing but the standard library."""
    closed = [row for row in deals() if in_quarter(row["closed_at"])]
    won = [row for row in closed if row["stage"] == "won"]
    lost = [row for row in closed if row["stage"] == "lost"]
    assert sm.won_deals(crm.deals, "2025-Q3").exact == len(won)
    assert sm.win_rate(crm.deals, "2025-Q3").exact == Fraction(len(won), len(won) + len(lost))
    assert sm.bookings(crm.deals, "2025-Q3").exact == sum(int(row["amount"]) for row in won)
    days = [
        (day(row["closed_at"]) - day(row["created_at"])).days
        for row in won
        if day(row["closed_at"]) >= day(row["created_at"])
    ]
    assert sm.sales_cycle(crm.deals, "2025-Q3").value == median(days)
    leads = [row for row in rows("leads") if in_quarter(row["created_at"])]
    assert sm.lead_volume(crm.leads, "2025-Q3").value == len(leads)
    covering = [
        row for row in rows("subscriptions")
        if row["started_at"] < "2025-10-01" and not "" < row["ended_at"] < "2025-10-01"
    ]  # fmt: skip
    monthly = sum(int(row["amount"]) for row in covering)
    assert sm.mrr(crm.subscriptions, "2025-Q3").exact == monthly
    asked = [row for row in rows("costs") if in_quarter(row["spent_at"]) and row["amount"]]
    spent = sum(int(row["amount"]) for row in asked if row["category"] in ("sales", "marketing"))
    assert sm.cost_per_lead(crm.costs, crm.leads, "2025-Q3").exact == Fraction(spent, len(leads))


def day(text: str) -> date:
    return date.fromisoformat(text[:10])


def test_history_agrees_with_the_deals(crm: sm.CRM) -> None:
    """Where each deal stands is what its last change says."""
    last: dict[str, Any] = {}
    for row in rows("stage_changes"):
        last[row["deal"]] = row["stage"]
    there = {row["id"]: row["stage"] for row in deals() if row["id"][0] == "D"}
    assert {deal: last[deal] for deal in there} == there


def test_the_command_asks_for_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["snapshot", str(DEMO)]) == 0
    shown, said = capsys.readouterr()
    assert "needs" not in shown and "2025-Q4" in shown
    assert "deals: 2 rows left out" in said
    assert "deals: 3 cells could not be read and count as missing" in said
    assert main(["snapshot", str(DEMO), "--lang", "ko"]) == 0
    notes = capsys.readouterr().err
    assert "딜: 2건 제외; 사유는 salesmetrics check 참조" in notes
    assert "설정: " in notes and "rows" not in notes and "configuration" not in notes
    assert main(["check", str(DEMO), "--period", "2025-Q3", "--all"]) == 1
    shown = capsys.readouterr().out
    assert all(row in shown for row in sorted(WRONG - {"X2"}))


def test_one_seller_hopes_and_one_keeps_something_back(crm: sm.CRM) -> None:
    """Over the quarters that are over, of the calls at the end of week 4."""
    quarters = sm.period("2024").split("quarter") + sm.period("2025").split("quarter")[:3]
    found = sm.forecast_bias(crm.forecast_calls, crm.deals, quarters, by="owner")
    by_owner: dict[str, list[float]] = {}
    for cell in found:
        if cell.value is not None:
            by_owner.setdefault(cell.group[0], []).append(cell.value)
    middle = {owner: median(values) for owner, values in by_owner.items()}
    assert max(middle, key=lambda owner: middle[owner]) == "최지우"
    assert min(middle, key=lambda owner: middle[owner]) == "김민준"
    assert middle["최지우"] > 0.2
    assert middle["김민준"] < -0.15


@pytest.mark.parametrize("travel", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy])
def test_figures_travel(crm: sm.CRM, travel: Any) -> None:
    """To another process, or into a cache: they say there what they said here; what is shown
    beside them by another column is asked of the tables, which stay."""
    taken = sm.snapshot(
        crm, CONFIG.period[0], by="owner", compare=["previous"], assumptions=ASSUMED
    )
    there = travel(taken)
    assert len(there.figures) == len(taken.figures) > 100
    for mine, other in zip(taken.figures, there.figures, strict=True):
        assert other.total.to_records() == mine.total.to_records(), mine.name
        again = travel(mine.total)
        assert again.to_records() == mine.total.to_records(), mine.name
        if mine.groups is not None:
            assert other.groups.to_records() == mine.groups.to_records(), mine.name
