"""Figures of stages show themselves by stage: one number over all of them says nothing of any."""

from __future__ import annotations

import pickle
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.catalog import ENTRIES
from salesmetrics.examples import stages
from salesmetrics.results.display import result_text

DEMO = Path(__file__).parents[1] / "examples" / "demo"
OF_STAGES = [name for name, one in ENTRIES.items() if one.label.shown_by == "stage"]


@cache
def company() -> sm.CRM:
    return sm.read(str(DEMO))


def table(text: str) -> list[list[str]]:
    """The cells of a printed table: its rows below the rule."""
    lines = text.splitlines()
    rule = next(at for at, line in enumerate(lines) if line.startswith("---"))
    return [re.split(r"  +", line) for line in lines[rule + 1 :] if line[:1].isalpha()]


def test_the_kpis_whose_subject_is_stages() -> None:
    assert OF_STAGES == ["time_in_stage", "stage_conversion", "stage_velocity"]


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("name", OF_STAGES)
def test_it_prints_a_row_for_each_stage_and_keeps_its_figure(name: str, lang: str) -> None:
    whole = company().kpi(name, "2025-Q2")
    by_stage = company().kpi(name, "2025-Q2", by="stage")
    text = result_text(whole, lang)
    assert text == result_text(by_stage, lang)
    first = [row[0] for row in table(text)]
    assert first[:4] == ["요구 파악", "제안", "협상", "계약"]
    assert len(whole) == 1
    assert whole.value is not None
    assert len(whole.to_records()) == 1
    assert whole._repr_html_() == by_stage._repr_html_()


def test_of_stage_conversion_each_row_has_its_share() -> None:
    deals = [
        {"id": str(at), "created_at": "2025-01-01", "stage": "talks"} for at in range(4)
    ]  # fmt: skip
    moves = [{"deal": str(at), "stage": "talks", "changed_at": "2025-01-01"} for at in range(4)]
    moves += [{"deal": str(at), "stage": "offer", "changed_at": "2025-01-10"} for at in range(3)]
    moves += [{"deal": "0", "stage": "lost", "changed_at": "2025-01-20"}]
    crm = sm.CRM(deals=sm.Deals.of(deals, currency="EUR"), stages=stages, stage_changes=moves)
    rows = {row[0]: row[2:5] for row in table(repr(crm.kpi("stage_conversion", "2025-01")))}
    assert rows["In talks"] == ["75.0%", "4", "3"]  # entries, advanced
    assert rows["Offer made"] == ["0.0%", "3", "0"]


def test_asked_by_something_else_it_shows_that() -> None:
    by_owner = company().kpi("stage_conversion", "2025-Q2", by="owner")
    assert "요구 파악" not in repr(by_owner)
    assert str(by_owner.groups[0][0]) in repr(by_owner)


@pytest.mark.parametrize("name", OF_STAGES)
def test_what_is_put_together_or_saved_shows_its_own_figure(name: str) -> None:
    whole = company().kpi(name, "2025-Q2")
    loaded = pickle.loads(pickle.dumps(whole))
    assert "요구 파악" not in repr(loaded)
    assert loaded == whole


def test_a_sum_is_not_shown_as_the_stages_of_one_of_its_parts() -> None:
    deals: Any = company().deals
    owners = sorted(
        {owner for (owner,) in sm.open_deals(deals, "2025-Q2", by="owner").groups if owner}
    )
    one, two = (sm.stage_conversion(deals.filter(owner=owner), "2025-Q2") for owner in owners[:2])
    assert "요구 파악" in repr(one)
    assert "요구 파악" not in repr(one + two)


def test_a_snapshot_shows_the_stages_of_all_rows_however_they_are_batched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # so that each table is one block
    wanted = table(repr(company().kpi("stage_conversion", "2025-Q2")))
    monkeypatch.setattr("salesmetrics.measuring.batch_rows", lambda tables: 97)
    shot = sm.snapshot(company(), "2025-Q2", kpis=OF_STAGES, compare="previous")
    assert table(repr(shot["stage_conversion"])) == wanted
    text = str(shot)
    at = text.splitlines().index("stage_conversion")
    assert table("\n".join(text.splitlines()[at:]))[: len(wanted)] == wanted


@pytest.mark.parametrize("by", ["stage", "stage.type", "stage.label"])
@pytest.mark.parametrize("name", OF_STAGES)
def test_a_closed_stage_is_no_step_that_is_left(name: str, by: str) -> None:
    """An open one stands there with nothing too; what stays in none of them is not asked."""
    moves = [{"deal": "1", "stage": "talks", "changed_at": "2025-01-01"}]
    deal = {"id": "1", "created_at": "2025-01-01", "stage": "talks"}
    crm = sm.CRM(deals=[deal], stages=stages, stage_changes=moves)
    groups = [group for (group,) in crm.kpi(name, "2025-Q1", by=by).groups]
    open_ones = {"stage": ["talks", "offer"], "stage.type": ["open"],
                 "stage.label": ["In talks", "Offer made"]}  # fmt: skip
    assert sorted(groups, reverse=by == "stage") == open_ones[by]
    assert len(crm.kpi("open_deals", "2025-Q1", by="stage").groups) == 5  # of deals, all
