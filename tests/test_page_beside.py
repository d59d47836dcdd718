"""What stands on the page beside the figures: alerts, why bookings moved, and data quality."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from test_page import held, seen

import salesmetrics as sm
from salesmetrics.cli import main
from salesmetrics.report.front import page_document
from salesmetrics.report.page.page_html import page_html
from salesmetrics.snapshots.schema import Document, read_document

EXAMPLES = Path(__file__).parents[1] / "examples"
DEMO, RULES = EXAMPLES / "demo", EXAMPLES / "rules.toml"
ALL = ("alerts", "explanation", "quality")
TITLES = {"alerts": "Alerts", "explanation": "Why it changed", "quality": "Data quality"}


@pytest.fixture(scope="module")
def crm() -> sm.CRM:
    return sm.read(DEMO)


@pytest.fixture(scope="module")
def document(crm: sm.CRM) -> Document:
    given = sm.read_config(DEMO / "salesmetrics.toml").assumed()
    return page_document(
        crm, "2025-Q4", parts=ALL, rules=RULES, assumptions=given, targets=DEMO / "targets.toml"
    )


def part(page: str, title: str) -> str:
    """A section of the page by its title, as text."""
    found = re.search(rf"<h2>{title}</h2>(.*?)</section>", page, re.DOTALL)
    assert found is not None, title
    return unescape(re.sub(r"<[^>]*>", " ", found[1]))


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_with_everything_it_still_fits_in_a_mail(document: Document, lang: str) -> None:
    page = page_html(document, lang)
    assert len(page.encode()) <= 100_000
    assert page.count("<figure") >= 10
    tags = seen(page)
    assert len(tags.ids) == len(set(tags.ids))


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_page_is_for_those_who_read_figures(document: Document, lang: str) -> None:
    """How to write a preset is no business of theirs; won have no hundredths, leads no tenths."""
    page = page_html(document, lang)
    assert "[format]" not in page and "1234.50" in page and "`1234.50`" not in page
    assert "17,060,000 KRW" in page and "17,060,000.00" not in page
    assert "<td>194</td>" in page and "194.0" not in page


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_saved_one_gives_the_same_bytes(document: Document, lang: str) -> None:
    saved = read_document(document.model_dump_json())
    assert saved == document
    assert page_html(saved, lang) == page_html(document, lang)


def test_alerts_are_those_of_the_rules(crm: sm.CRM, document: Document) -> None:
    found = sm.alerts(crm, RULES, "2025-Q4", targets=DEMO / "targets.toml")
    assert len(found) == 2
    for lang, title in (("en", "Alerts"), ("ko", "알림")):
        shown = part(page_html(document, lang), title)
        for one in found.alerts:
            assert one.said(lang) in shown and one.rule.called in shown
        for unchecked in found.unchecked:
            assert unchecked.rule.called in shown


def test_alerts_know_the_assumptions(crm: sm.CRM) -> None:
    """A KPI that needs an assumption is watched with it on the page, as by the command."""
    rules = [sm.Rule("threshold", "response_sla_rate", name="slow answers", below=1.0)]
    assert sm.alerts(crm, rules, "2025-Q4").unchecked
    given = {"limit_hours": 24}
    (told,) = sm.alerts(crm, rules, "2025-Q4", assumptions=given).alerts
    found = page_document(crm, "2025-Q4", parts=("alerts",), rules=rules, assumptions=given)
    assert told.said("en") in part(page_html(found), "Alerts")


def test_the_explanation_is_that_of_bookings(crm: sm.CRM, document: Document) -> None:
    found = sm.explain(crm, "bookings", "2025-Q4", by="owner")
    shown = part(page_html(document), "Why it changed")
    assert f"{found.change:+,.0f}" not in shown  # short on the chart; its table has every digit
    for split in (found.factors, found.level("owner")):
        assert split is not None
        for cause in split.causes:
            if cause.effect:
                assert f"{cause.shown:+,.0f}" in shown
    assert "average deal size" in shown


def test_quality_names_the_rows_and_what_they_move(crm: sm.CRM, document: Document) -> None:
    shown = part(page_html(document), "Data quality")
    found = sm.quality(crm, "2025-Q4", kpis=["bookings", "win_rate", "won_deals"])
    for one in found.findings:
        assert one.words() in shown
    lost, = (one for one in found.findings if one.field == "loss_reason")  # fmt: skip
    rate, = (one for one in lost.effects if one.kpi == "win_rate")  # fmt: skip
    before, after = (cell.value for cell in rate.cells)
    assert f"win rate {before:.1%} → {after:.1%}" in shown


def test_parts_are_shown_where_they_were_asked(document: Document, crm: sm.CRM) -> None:
    whole = page_html(document)
    for name, title in TITLES.items():
        alone = page_html(document, only=[name])
        assert f"<h2>{title}</h2>" in whole and f"<h2>{title}</h2>" in alone
        assert "<h2>Won</h2>" in alone
        others = {other for other in TITLES.values() if other != title}
        assert not any(f"<h2>{other}</h2>" in alone for other in others)
        chosen = page_html(document, only=["won", name])
        assert f"<h2>{title}</h2>" in chosen and "<h2>Cost</h2>" not in chosen
    with pytest.raises(sm.SalesMetricsError, match="quality"):
        page_html(document, only=["qualty"])
    bare = sm.snapshot(crm, "2025-Q4", kpis=["bookings"])
    assert not any(f"<h2>{title}</h2>" in bare.to_html() for title in TITLES.values())
    asked = sm.explain(crm, "bookings", "2025-Q4")
    assert "<h2>Why it changed</h2>" in bare.to_html(beside=[asked])
    with pytest.raises(sm.SalesMetricsError, match="stands beside no figure"):
        bare.to_html(beside=[bare])  # type: ignore[list-item]


def test_two_filters_together_have_the_figures_of_the_filtered_company(
    crm: sm.CRM, document: Document
) -> None:
    """Of ratios and medians too, for each pair was computed from its own rows."""
    data = held(page_html(document))
    at = data["by"].index(["owner", "team"])
    for place, label in enumerate(data["groups"][at]):
        owner, team = (None if name == "(none)" else name for name in json.loads(label))
        mine = crm.filter(deals={"owner": owner, "team": team}).kpi
        for name in ("won_deals", "win_rate", "sales_cycle"):
            cell = data["kpis"][name][str(at)][0][place]
            if cell is None:
                continue
            alone = mine(name, "2025-Q4")
            assert cell[3] == f"{alone.n:,}", (name, label)
            if alone.value is None:
                assert cell[0] == "undefined"
            elif name == "win_rate":
                assert cell[0] == f"{alone.value:.1%}"
            elif name == "sales_cycle":
                assert float(cell[0].split()[0]) == pytest.approx(alone.value, abs=0.05)
            else:
                assert cell[0] == f"{alone.value:,}"


def test_hostile_rules_and_names_do_nothing() -> None:
    name = "</script><script>alert(1)</script>"
    rows = [
        {"id": n, "owner": name if n % 2 else f"{name}2", "created_at": "2025-01-01",
         "closed_at": f"2025-0{1 + n % 6}-05", "outcome": "won", "amount": 10 + n}
        for n in range(40)
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC")
    rules: list[Any] = [
        {"name": name, "audience": name, "kind": "threshold", "kpi": "bookings", "above": 1,
         "by": "owner"}
    ]  # fmt: skip
    made = page_document(crm, "2025-Q2", parts=ALL, rules=rules)
    page = page_html(made)
    assert page.count("<script") == 2
    assert not any(each.startswith("on") for each in seen(page).attributes)


def test_the_command_saves_what_it_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["report", str(EXAMPLES / "maven"), "--preset", "maven", "--period", "2017-Q4"]
    page, saved, again = (tmp_path / name for name in ("a.html", "a.json", "b.html"))
    assert main([*asked, "--section", "won", "--section", "explanation", "-o", str(page)]) == 0
    assert main([*asked, "--section", "explanation", "-o", str(saved)]) == 0
    assert main(["report", str(saved), "--section", "won", "--section", "explanation", "-o",
                 str(again)]) == 0  # fmt: skip
    assert again.read_bytes() == page.read_bytes()
    assert "<h2>Why it changed</h2>" in page.read_text("utf-8")
    capsys.readouterr()
    assert main([*asked, "--section", "alerts", "-o", str(page)]) == 2
    assert "--rules" in capsys.readouterr().err


def test_the_configuration_chooses(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(
        "id,owner,created_at,closed_at,outcome,amount\n1,a,2025-01-01,2025-02-01,won,5\n", "utf-8"
    )
    (tmp_path / "rules.toml").write_text(
        '[[rule]]\nkind = "threshold"\nkpi = "bookings"\nbelow = 9\n', "utf-8"
    )
    (tmp_path / "salesmetrics.toml").write_text(
        'currency = "USD"\ntz = "UTC"\nperiod = "2025-Q1"\nrules = "rules.toml"\n'
        'sections = ["won", "alerts"]\n', "utf-8",
    )  # fmt: skip
    out = tmp_path / "page.html"
    assert main(["report", str(tmp_path), "-o", str(out)]) == 0
    page = out.read_text("utf-8")
    assert "<h2>Alerts</h2>" in page and "<h2>Data quality</h2>" not in page
    assert "<h2>Won</h2>" in page and "<h2>Coming</h2>" not in page
