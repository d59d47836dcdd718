"""What is drawn of a saved document is what was drawn of the live one: every view, to the byte."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import simulated

import salesmetrics as sm
from salesmetrics.insight.sections import sections
from salesmetrics.report.charts.choose import chart_of
from salesmetrics.report.page.page_charts import charts_of
from salesmetrics.report.told import told
from salesmetrics.report.workbook import workbook
from salesmetrics.results.words import words
from salesmetrics.snapshots.document import document_of
from salesmetrics.snapshots.document_beside import with_beside
from salesmetrics.snapshots.flat import record_lines
from salesmetrics.snapshots.schema import Document, read_document

RULES = Path(__file__).parents[1] / "examples" / "rules.toml"
HOSTILE = ["</script><script>", "\u202eevil", "x" * 10_000, "=1+1", "a|b\nc", "장지호 " * 40, None]


def hostile() -> sm.CRM:
    """Names that mean something elsewhere, amounts below 0, unknown and huge."""
    amounts = [-320_000, 1e13, None, 0, 250_000.25]
    rows = [
        {"id": n, "owner": HOSTILE[n % 7], "created_at": f"2025-0{1 + n % 6}-02",
         "closed_at": f"2025-0{2 + n % 6}-0{1 + n % 9}", "amount": amounts[n % 5],
         "outcome": "won" if n % 3 else "lost", "loss_reason": HOSTILE[n % 5]}
        for n in range(90)
    ]  # fmt: skip
    return sm.CRM(deals=rows, currency="USD", tz="UTC")


def made(name: str) -> Document:
    """The documents that can be saved."""
    company = simulated.company(seed=5, days=500, rate=1.5)
    goals = [
        sm.Target(kpi="bookings", period="2023-Q1", value=Decimal(90_000)),
        sm.Target(kpi="bookings", period="2023-Q1", value=Decimal(20_000), owner="o1"),
    ]
    last = {"period": "2023-Q1", "as_of": "2023-02-20"}
    if name == "compared":
        return document_of(
            sm.snapshot(
                company, by="owner", compare=("previous", "year_before"), recent=12, every="month",
                targets=goals, **last,
            )
        )  # fmt: skip
    if name == "scorecard":
        return document_of(sm.scorecard(company, "manager", "2023-Q1"))
    if name == "forecast":
        kpis = ["bookings_forecast", "coverage_needed", "projected_win_rate"]
        return document_of(sm.snapshot(company, kpis=kpis, by="owner", targets=goals, **last))
    if name == "hostile":
        taken = sm.snapshot(hostile(), "2025-Q2", by="owner", compare="previous", recent=12)
        return document_of(taken)
    known = company.as_of("2023-02-20")
    kpis = ["bookings", "win_rate", "sales_cycle"]
    return with_beside(
        document_of(sm.snapshot(known, "2023-Q1", kpis=kpis, by="owner", recent=12)),
        [
            sm.alerts(known, RULES, "2023-Q1", targets=goals),
            sm.explain(known, "bookings", "2023-Q1", by="owner"),
            sm.explain(known, "win_rate", "2023-Q1"),
            sm.quality(known, "2023-Q1", kpis=["win_rate"]),
        ],
    )


def charts(document: Document, lang: str) -> list[str]:
    """Every chart of the page, and the one that fits each figure and grouping."""
    figures = told(document, words(lang, document.called))
    found: list[Any] = []
    for period in (one.label for one in document.periods):
        for section in sections():
            found += charts_of(document, figures, section, period)
        for one in figures.values():
            for by in ((), *map(tuple, document.by)):
                try:
                    found.append(chart_of(one, by, period))
                except sm.SalesMetricsError as why:
                    found.append(str(why))
    assert len(found) > 3
    return [
        one if isinstance(one, str) else one.to_svg() + one.to_html() + json.dumps(one.to_vega())
        for one in found
    ]


@pytest.mark.parametrize("name", ["compared", "scorecard", "forecast", "hostile", "beside"])
def test_a_saved_one_is_drawn_as_the_live_one(name: str) -> None:
    live = made(name)
    saved = read_document(live.to_json())
    for lang in ("en", "ko"):
        for columns in (60, 100):
            assert saved.to_text(lang, columns) == live.to_text(lang, columns)
        assert saved.to_markdown(lang) == live.to_markdown(lang)
        assert saved.to_html(lang=lang) == live.to_html(lang=lang)
        assert workbook(saved, lang) == workbook(live, lang)
        assert charts(saved, lang) == charts(live, lang)
    assert saved.to_csv() == live.to_csv()
    assert record_lines(saved) == record_lines(live)
    assert saved.to_json() == live.to_json()


def test_a_digest_of_saved_ones_is_that_of_the_live_ones(tmp_path: Path) -> None:
    company = hostile()
    old, new = (
        sm.snapshot(company, period, by="owner", compare="previous")
        for period in ("2025-Q1", "2025-Q2")
    )
    files = [tmp_path / "old.json", tmp_path / "new.json"]
    for file, taken in zip(files, (old, new), strict=True):
        file.write_text(taken.to_json(), "utf-8")
    live = sm.digest(old, new)
    for saved in (sm.digest(*map(read_document, files)), sm.digest(*files)):
        for lang in ("en", "ko"):
            assert saved.to_text(lang) == live.to_text(lang)
            assert saved.to_markdown(lang) == live.to_markdown(lang)
            assert saved.to_blocks(lang) == live.to_blocks(lang)
        assert repr(saved) == repr(live)
