"""One name, several definitions: on the same data, and in other catalogues."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.catalog import ENTRIES
from salesmetrics.cli import main
from salesmetrics.insight.definitions import DefinedSo, _read, definitions
from salesmetrics.insight.other_catalogues import other_catalogues
from salesmetrics.reasons import Reason
from salesmetrics.report.definition_texts import definitions_text

ROOT = Path(__file__).parents[1]
ROWS = [
    {"id": 1, "created_at": "2025-01-01", "closed_at": "2025-02-10", "outcome": "won",
     "amount": 100},
    {"id": 2, "created_at": "2025-02-01", "closed_at": "2025-02-11", "outcome": "lost",
     "amount": 300},
    {"id": 3, "created_at": "2025-02-01", "closed_at": "2025-02-21", "outcome": "disqualified",
     "amount": 50},
    {"id": 4, "created_at": "2025-02-01", "outcome": "open", "amount": 10,
     "expected_close_at": "2025-02-20"},
    {"id": 5, "created_at": "2025-02-28", "outcome": "open", "amount": 10},
]  # fmt: skip


@pytest.fixture(scope="module")
def crm() -> sm.CRM:
    return sm.CRM(deals=ROWS, currency="EUR")


@pytest.fixture(scope="module")
def demo() -> sm.CRM:
    return sm.read(ROOT / "examples" / "demo")


def test_win_rates_by_hand(crm: sm.CRM) -> None:
    """Won 1 of 2 decided; by amount 100 of 400; with the disqualified 1 of 3; with the overdue
    1 of 3; of those created in February none of four."""
    found = {one.name: one for one in definitions(crm, "win_rate", "2025-02") if not one.system}
    assert {name: one.value for name, one in found.items()} == {
        "win_rate": 0.5,
        "win_rate_by_amount": 0.25,
        "win_rate_all_losses": pytest.approx(1 / 3),
        "win_rate_with_overdue": pytest.approx(1 / 3),
    }
    amount, losses = found["win_rate_by_amount"], found["win_rate_all_losses"]
    assert (amount.more, amount.fewer, amount.otherwise) == (0, 0, 2)
    assert (losses.more, losses.fewer, losses.otherwise, losses.examples) == (1, 0, 0, ("3",))
    assert losses.difference == pytest.approx(-1 / 6)


def test_a_row_is_told_once_in_however_many_parts_it_is() -> None:
    """Of three decided deals each counts otherwise by amount, above the line and below it."""
    deals = [
        {"id": at, "created_at": "2025-01-01", "closed_at": "2025-02-10", "amount": 100 * at,
         "outcome": "won" if at < 3 else "lost"}
        for at in (1, 2, 3)
    ]  # fmt: skip
    each = definitions(sm.CRM(deals=deals, currency="EUR"), "win_rate", "2025-02")
    found = {one.name: one for one in each if not one.system}
    amount = found["win_rate_by_amount"]
    assert (amount.more, amount.fewer, amount.otherwise, amount.examples) == (0, 0, 3, ())
    assert found["win_rate"].definition == ENTRIES["win_rate"].definition != ""
    assert found["win_rate_by_amount"].definition == "of='amount'"
    assert found["win_rate"].to_dict()["unit"] == "proportion"
    money = definitions(sm.CRM(deals=deals, currency="EUR"), "bookings", "2025-02")
    assert money.each[0].to_dict()["unit"] == "EUR"


def test_rows_are_told_apart_up_to_so_many(crm: sm.CRM, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two deals are decided, three of any end: where three are too many, none are told apart."""
    for most, more in ((3, 1), (2, None)):
        monkeypatch.setattr("salesmetrics.insight.definitions.MOST_ROWS", most)
        found = {one.name: one for one in definitions(crm, "win_rate", "2025-02")}
        assert found["win_rate_all_losses"].more == more


def test_what_other_systems_report_by_hand(crm: sm.CRM) -> None:
    """The cycle of the one won deal is 40 days: with the dates turned round, -40."""
    rates = {one.system: one for one in definitions(crm, "win_rate", "2025-02") if one.system}
    assert rates["Fivetran dbt_salesforce"].value == 0.25
    told = {system: one.definition for system, one in rates.items()}
    assert told["Fivetran dbt_salesforce"] == "win_rate_by_amount(), zero if undefined"
    assert told["HubSpot"] == "win_rate_all_losses()"
    assert rates["HubSpot"].value == pytest.approx(1 / 3)
    assert rates["Varicent"].value == 0.0
    assert rates["Gong"].value is None
    assert rates["Gong"].reason is not None
    assert rates["Gong"].reason.code == "fewer_than_minimum"
    empty = {one.system: one for one in definitions(crm, "win_rate", "2025-01") if one.system}
    assert empty["Fivetran dbt_salesforce"].value == 0.0
    cycle = {one.system: one for one in definitions(crm, "sales_cycle", "2025-02") if one.system}
    assert cycle["Fivetran dbt_salesforce"].value == -40.0


def test_a_hundredfold_forecast(demo: sm.CRM) -> None:
    found = list(definitions(demo, "weighted_pipeline", "2025-Q3"))
    ours = next(one for one in found if one.name == "weighted_pipeline")
    theirs = next(one for one in found if one.system)
    assert theirs.value == pytest.approx(100 * (ours.value or 0))


def test_every_kpi_has_its_definitions(demo: sm.CRM) -> None:
    for name in (
        "close_rate",
        "customer_lifetime_value",
        "pipeline_coverage",
        "mrr",
        "lead_funnel",
    ):
        found = definitions(demo, name, "2025-Q3")
        assert found.each[0].name == name
        assert all(
            one.value is not None or one.reason is not None or one.n is not None for one in found
        )
        assert json.loads(json.dumps(found.to_dict()))["kpi"] == name
        for lang in ("en", "ko"):
            assert found.to_text(lang)
    needs = definitions(demo, "pipeline_coverage", "2025-Q4").each[0]
    assert needs.reason is not None
    assert "target" in needs.reason


def test_what_no_public_page_defines_is_said_so(demo: sm.CRM) -> None:
    unverified = {(o.system, o.called) for o in sm.profiles() if o.checked == "unverified"}
    assert unverified == {("HubSpot", "deal close rate"), ("Salesforce", "push count")}
    found = sm.definitions(demo, "push_count", "2025-Q4")
    assert "no public definition was found by 2026-11-30): moves to a later month" in str(found)
    assert "공개된 정의를 찾지 못해" in definitions_text(found, "ko")
    page = (ROOT / "docs/how-to/which-definition.md").read_text()
    assert "HubSpot's deal close rate and Salesforce's push count no public definition" in page


def test_every_profile_is_of_something(demo: sm.CRM) -> None:
    readings = Counter(one.reading for one in sm.profiles())
    assert readings.keys() == {
        "value", "zero if undefined", "negated mean", "hundredfold", "mean", "from a hundred rows",
        "without reactivation",
    }  # fmt: skip
    for one in sm.profiles():
        assert one.ours in ENTRIES
        assert one.of == ENTRIES[one.of].label.name
        assert set(one.given) <= set(ENTRIES[one.ours].label.keywords)
        assert one.checked in ("read", "excerpt", "unverified")
        assert one.source.startswith("https://")
        assert one.checked != "read" or one.source.count("/") >= 3  # a page, not a site
        assert one.on >= date(2026, 1, 1)
        english, korean = one.says
        assert english.isascii()
        assert any("가" <= char <= "힣" for char in korean)
    systems = {one.system for one in sm.profiles()}
    assert {"ChartMogul", "Baremetrics", "Gong", "HubSpot", "Salesforce"} <= systems


def test_a_quick_ratio_without_who_came_back() -> None:
    paid = [
        ("stays", 100, "2024-01-01", None), ("leaves", 50, "2024-01-01", "2025-02-01"),
        ("back", 70, "2024-01-01", "2024-06-01"), ("back", 70, "2025-02-01", None),
        ("new", 30, "2025-03-01", None),
    ]  # fmt: skip
    rows = [
        {"id": at, "customer": who, "amount": amount, "interval": "month", "started_at": start,
         "ended_at": end}
        for at, (who, amount, start, end) in enumerate(paid)
    ]  # fmt: skip
    crm = sm.CRM(subscriptions=rows, currency="USD").as_of("2025-04-01")
    found = {one.system: one for one in definitions(crm, "quick_ratio", "2025-Q1")}
    assert found[None].value == (70 + 30) / 50
    assert found["Baremetrics"].value == 30 / 50
    assert found["Baremetrics"].more is None
    assert (found["Baremetrics"].unit, found["Baremetrics"].currency) == ("ratio", None)
    before = {one.system: one for one in definitions(crm, "quick_ratio", "2024-Q4")}
    assert before["Baremetrics"].reason == before[None].reason


@pytest.mark.parametrize("name", sorted(other_catalogues()))
def test_no_entry_of_another_catalogue_is_unanswered(name: str) -> None:
    there = other_catalogues()[name]
    assert (there.on is None) == (name == "articles")
    assert len({one.name for one in there.entries}) == len(there.entries) >= 8
    for one in there.entries:
        assert (one.ours is None) != (one.refused is None), one.name
        if one.ours is not None:
            assert one.ours in ENTRIES, one.name
            assert set(one.given) <= set(ENTRIES[one.ours].label.keywords)
            said = one.differs or ("ascii", "가")
            assert said[0].isascii()
            assert any("가" <= char <= "힣" for char in said[1])
        else:
            assert any("가" <= char <= "힣" for char in one.answer("ko"))


def test_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kpis", "--other", "gitlab"]) == 0
    out = capsys.readouterr().out
    assert "pipeline_coverage_of_full_target()" in out
    assert "refused" in out
    assert main(["kpis", "--other", "nobody"]) == 2
    capsys.readouterr()
    given = ["definitions", "win_rate", str(ROOT / "examples" / "demo"), "--period", "2025-Q3"]
    assert main([*given, "--lang", "ko"]) == 0
    assert "같은 이름의 정의" in capsys.readouterr().out
    assert main([*given, "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["definitions"]) == 9


def test_figures_as_other_systems_read_them(crm: sm.CRM) -> None:
    def read(reading: str, result: Any = None, value: float | None = 0.4, n: int = 100) -> Any:
        made = DefinedSo("x", None, "", value, "", None, n=n)
        return _read(reading, result, made)

    assert read("value") == (0.4, None)
    assert [read("zero if undefined", value=one) for one in (None, 0.4)] == [
        (0.0, None),
        (0.4, None),
    ]
    few = Reason("fewer_than_minimum", n=99, least=100)
    assert [read("from a hundred rows", n=n) for n in (99, 100)] == [(None, few), (0.4, None)]
    assert [read("hundredfold", value=one) for one in (None, 0.4)] == [(None, None), (40.0, None)]
    won = [
        {"id": days, "created_at": "2025-01-01", "closed_at": f"2025-01-{1 + days}",
         "outcome": "won"}
        for days in (10, 12, 26)
    ]  # fmt: skip
    cycle = sm.sales_cycle(sm.Deals.of(won), "2025-01")
    assert [read(one, cycle)[0] for one in ("mean", "negated mean", "value")] == [16, -16, 0.4]
    assert read("mean", sm.won_deals(sm.Deals.of(won), "2025-01")) == (0.4, None)
    for parts, ratio in (
        ((3, 2, -1, -4), 1), ((None, 2, None, -4), 0.5), ((3, None, -4, None), 0.75),
        ((3, 2, None, 0), None),
    ):  # fmt: skip
        names = ("new", "expansion", "contraction", "churn")
        cell = SimpleNamespace(parts=dict(zip(names, parts, strict=True)))
        found, why = read("without reactivation", SimpleNamespace(cell=lambda *_, c=cell: c))
        assert (found, why is None) == (ratio, ratio is not None)
