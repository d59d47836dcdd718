"""Results and snapshots in notebooks: style, chart and table, nothing twice, nothing lost."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

import salesmetrics as sm

DEMO = Path(__file__).parents[1] / "examples" / "demo"


@pytest.fixture(scope="module")
def crm() -> sm.CRM:
    return sm.read(DEMO)


def words_in(made: str) -> str:
    """What a reader sees: without markup, style and the picture."""
    made = re.sub(r"<(style|svg).*?</\1>", " ", made, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", made).split())


def test_groups_have_chart_and_table(crm: sm.CRM) -> None:
    result = crm.kpi("win_rate", "2025", by="team")
    made = result._repr_html_()
    assert made.count("<svg") == 1 and made.count("<table") == 1
    assert ".smn" in made and ".smt td" in made  # it brings its own style
    assert 'style="' not in made
    for cell in result:
        assert words_in(made).count(f"{cell.group[0]} 2025") == 1
        assert f"{cell.value:.1%}" in words_in(made)


def test_words_stand_to_the_left_and_numbers_to_the_right(crm: sm.CRM) -> None:
    made = crm.kpi("win_rate", "2025", by="team")._repr_html_()
    for row in re.findall(r"<tr>(.*?)</tr>", made):
        cells = re.findall(r"<t[hd]([^>]*)>(.*?)</t[hd]>", row)
        assert [' class="l"' in look for look, _ in cells[:2]] == [True, True], row
        for look, text in cells:
            if re.fullmatch(r"[\d.,]+%?", text):
                assert 'class="l"' not in look, (look, text)


def test_one_figure_is_its_line(crm: sm.CRM) -> None:
    result = crm.kpi("win_rate", "2025-Q3")
    made = result._repr_html_()
    assert words_in(made) == repr(result).replace("\n", " ")
    assert "<svg" not in made and "<table" not in made


def test_a_figure_of_parts_has_all_of_them(crm: sm.CRM) -> None:
    """HTML has what the text has, and the parts beside it."""
    for name, given in (("pipeline_coverage", {"target": 1_200_000_000}), ("lead_funnel", {}),
                        ("pipeline_movement", {}), ("cac_payback", {"margin": 0.7})):  # fmt: skip
        result = crm.kpi(name, "2025-Q4", **given)
        made = words_in(result._repr_html_())
        for part in result.parts:
            assert part in made, (name, part)


def test_a_snapshot_folds(crm: sm.CRM) -> None:
    taken = sm.snapshot(crm, "2025-Q3", by="team", kpis=["bookings", "win_rate", "mrr", "arr"])
    made = taken._repr_html_()
    assert made.count("<details") == made.count("<summary") >= 3
    assert made.count("<details open>") == 1
    seen = words_in(made)
    assert "Won (2)" in seen and "Customers (2)" in seen
    text = " ".join(taken.to_text(columns=400).split())
    for number in re.findall(r"\d{1,3}(?:,\d{3})+|\d+\.\d%", text):
        assert number in seen
    assert words_in(taken._repr_html_()) == seen


def test_long_tables_are_cut_and_say_so() -> None:
    rows = [
        {"id": n, "owner": f"o{n}", "outcome": "won", "created_at": "2025-01-01",
         "closed_at": "2025-02-01", "amount": 1}
        for n in range(200)
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC")
    made = sm.won_deals(crm.deals, "2025-Q1", by="owner")._repr_html_()
    assert made.count("<tr>") == 61 and "140 more rows" in made


def test_what_a_snapshot_folds_has_names_of_its_own(crm: sm.CRM) -> None:
    """Nothing is called alike twice, and tables of parts are folded together."""
    names = ["won_deals", "bookings", "lead_funnel", "pipeline_movement", "mrr", "bottlenecks"]
    made = sm.snapshot(crm, "2025-Q3", by="team", kpis=names)._repr_html_()
    titles = re.findall(r"<summary><b>(.*?)</b></summary>", made)
    assert len(set(titles)) == len(titles)
    assert "lead_funnel by team" in titles and "Figures by their parts (6)" in titles
    assert "2025-Q3 by team: won_deals, bookings, lead_funnel, ..." in titles


def test_parts_that_are_shares_are_percentages(crm: sm.CRM) -> None:
    funnel = repr(crm.kpi("lead_funnel", "2025-Q3"))
    assert re.search(r"mql_rate +49\.1%", funnel) and re.search(r"won_rate +21\.4%", funnel)
    outlook = repr(sm.bookings_forecast(crm, "2025-Q4", target=1_200_000_000))
    assert re.search(r"run_rate +832,983,750", outlook)  # an amount, whatever it is called
    assert re.search(r"target_chance +(<0\.1|0\.\d)%", outlook)  # not 0.00: it can be reached


def test_reports_have_what_their_text_has(crm: sm.CRM) -> None:
    """Alerts, explanations and data quality: every sentence and number of the text, and charts."""
    why = sm.explain(crm, "bookings", "2025-Q4", by=["owner", "team"])
    fired = sm.alerts(crm, DEMO.parent / "rules.toml", "2025-Q4", targets=DEMO / "targets.toml")
    doubts = sm.quality(crm, "2025-Q4", kpis=["bookings", "win_rate"])
    for report in (why, fired, doubts):
        made = report._repr_html_()
        assert 'style="' not in made and ".smt td" in made and made.count("<div") == 2
        assert made.count("<details") == made.count("<summary") > 0
        seen = re.sub(r"\W+", " ", unescape(words_in(made)))
        for line in repr(report).splitlines():
            for word in re.sub(r"\W+", " ", line).split():
                assert word in seen, (type(report).__name__, line)
    assert why._repr_html_().count("<svg") == 3  # what it is made of, owners, teams
    assert '<b class="d">[error]</b>' in fired._repr_html_()


def test_hostile_names_in_reports_are_text() -> None:
    name = "</details><script>alert(1)</script>"
    rows = [
        {"id": n, "owner": name, "stage": name, "created_at": "2025-01-01", "outcome": "won",
         "closed_at": f"2025-0{1 + n % 6}-03", "amount": 1 + n}
        for n in range(12)
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, owners=[{"id": "ana"}], currency="USD", tz="UTC")
    rule = {"kpi": "bookings", "kind": "threshold", "below": 1_000, "by": "owner", "name": name}
    for report in (
        sm.explain(crm, "bookings", "2025-Q2", by="owner"),
        sm.alerts(crm, [rule], "2025-Q2"),
        sm.quality(crm, "2025-Q2"),
    ):
        assert "<script" not in report._repr_html_() and "script" in report._repr_html_()


def test_very_many_figures_of_groups_stand_in_several_tables(crm: sm.CRM) -> None:
    """None is wider than a page, each has the names of its groups, and no figure is lost."""
    taken = sm.snapshot(crm, "2025-Q3", by="team")
    made = taken._repr_html_()
    grouped = re.search(r"<summary><b>2025-Q3 by team: .*?</details>", made, re.DOTALL)
    assert grouped is not None
    tables = re.findall(r"<thead>(.*?)</thead>", grouped[0], re.DOTALL)
    heads = [re.findall(r"<th[^>]*>(.*?)</th>", one) for one in tables]
    assert len(heads) > 5 and all(head[0] == "team" and len(head) <= 9 for head in heads)
    figures = [name.partition("<br>")[0] for head in heads for name in head[1:]]
    text = " ".join(re.sub(r"_\n", "_", taken.to_text(columns=10_000)).split())
    assert len(figures) == len(set(figures)) > 40 and all(name in text for name in figures)
