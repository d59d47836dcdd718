"""Charts: the right one, drawn to scale, saying the figure, with nothing of the data as markup."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import salesmetrics as sm
from salesmetrics.report.charts.chart import Chart
from salesmetrics.report.charts.choose import KINDS
from salesmetrics.report.charts.drawing import WIDE, Drawing, fitted, place, points, ticks
from salesmetrics.report.told import Told
from salesmetrics.results.words import words
from salesmetrics.snapshots.document import figure_of

DEMO = Path(__file__).parents[1] / "examples" / "demo"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def crm() -> sm.CRM:
    return sm.read(DEMO)


def asked(crm: sm.CRM) -> dict[str, sm.Result]:
    """A result for each kind of chart."""
    months = sm.period("2025").split("month")
    years = sm.period("2024-01-01..2025-12-31").split("month")
    quarters = sm.period("2024-01-01..2025-12-31").split("quarter")
    return {
        "trend": crm.kpi("bookings", years),
        "funnel": crm.kpi("lead_funnel", "2025-Q3"),
        "movement": crm.kpi("pipeline_movement", "2025-Q4"),
        "stages": crm.kpi("bottlenecks", "2025-Q4"),
        "cohort": crm.kpi("cohort_retention", quarters),
        "spread": crm.kpi("sales_cycle", "2025", by="owner"),
        "coverage": crm.kpi("pipeline_coverage", "2025-Q4", target=1_200_000_000),
        "reasons": crm.kpi("loss_reasons", "2025"),
        "bars": crm.kpi("win_rate", "2025", by="owner"),
        "heat": crm.kpi("bookings", months, by="owner"),
        "forecast": sm.bookings_forecast(crm, "2025-Q4", target=1_200_000_000),
        "fan": sm.bookings_forecast(
            crm, sm.period("2025-06-01..2026-03-31").split("month"), target=400_000_000
        ),
    }


def drawn(chart: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(chart.to_svg())


def look(root: ElementTree.Element, kind: str, name: str) -> list[ElementTree.Element]:
    return [one for one in root.iter(SVG + name) if (one.get("class") or "").split()[:1] == [kind]]


def texts(chart: Chart) -> list[str]:
    return [one.text or "" for one in drawn(chart).iter(SVG + "text")]


def bar_sizes(root: ElementTree.Element, kind: str = "a") -> list[float]:
    return [float(one.get("width") or 0) for one in look(root, kind, "rect")]


def test_plot_picks_the_chart_that_fits(crm: sm.CRM) -> None:
    for kind, result in asked(crm).items():
        made = result.plot()
        assert made.kind == ("pareto" if kind == "reasons" else kind)
    assert crm.kpi("mrr_movements", "2025-Q4").plot().kind == "movement"
    assert crm.kpi("win_rate", "2025").plot().kind == "bars"
    assert crm.kpi("time_in_stage", "2025-Q4", by="stage").plot().kind == "spread"
    assert crm.kpi("bookings", "2025", by="product").plot("pareto").kind == "pareto"


@pytest.mark.parametrize("name", ["win_rate", "sales_cycle", "average_deal_size"])
def test_what_is_no_sum_has_no_shares(crm: sm.CRM, name: str) -> None:
    with pytest.raises(sm.SalesMetricsError, match="of a figure that sums"):
        crm.kpi(name, "2025", by="owner").plot("pareto")


def test_the_product_of_what_adds_is_no_sum_over_months(crm: sm.CRM) -> None:
    said = words("en", {})
    for name, flows in {
        "bookings": True,
        "expected_value_per_lead": False,
        "win_rate": False,
    }.items():
        result = crm.kpi(name, "2025-Q3", by="owner")
        assert Told(figure_of(result), "KRW", said).is_flow == flows


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_every_chart_has_title_finding_and_table(crm: sm.CRM, lang: str) -> None:
    for kind, result in asked(crm).items():
        made = result.plot(lang=lang)
        root = drawn(made)
        title, desc = root.find(SVG + "title"), root.find(SVG + "desc")
        assert title is not None and title.text == made.title
        assert desc is not None and desc.text == made.finding and made.finding.endswith(".")
        assert root.get("role") == "img"
        assert made.rows and all(len(row) == len(made.header) for row in made.rows), kind
        assert made.to_svg() == result.plot(lang=lang).to_svg()  # the same bytes
        assert len(made.to_svg(style=False)) < 13_000, kind
        for number in re.findall(r' (?:x|y|width|height|cx|cy)="([^"]+)"', made.to_svg()):
            assert -1 <= float(number) <= 3000
        if lang == "ko":
            assert re.search("[가-힣]", made.title)


def test_bars_are_drawn_to_scale_and_say_the_figure() -> None:
    rows = [
        {"id": n, "owner": owner, "created_at": "2025-01-01", "closed_at": "2025-02-01",
         "outcome": "won", "amount": amount}
        for n, (owner, amount) in enumerate([("ana", 100), ("bo", 400), ("cho", 200)])
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC")
    made = sm.bookings(crm.deals, "2025-Q1", by="owner").plot()
    assert [row[:2] for row in made.rows] == [
        ["bo", "$400.00"], ["cho", "$200.00"], ["ana", "$100.00"],
    ]  # fmt: skip
    four, two, one = bar_sizes(drawn(made))
    assert four == pytest.approx(2 * two, abs=0.2) and two == pytest.approx(2 * one, abs=0.2)
    assert made.finding == "bo has the most, $400.00, and ana the least, $100.00, of 3."
    # 400 of 700 are 57 %, 600 of 700 are 86 %
    parts = sm.bookings(crm.deals, "2025-Q1", by="owner").plot("pareto")
    assert [row[3] for row in parts.rows] == ["57.1%", "85.7%", "100.0%"]
    assert parts.finding == "2 of 3 make 86%; bo is the largest with $400.00."


def test_rates_have_their_interval_and_are_drawn_to_each_other(crm: sm.CRM) -> None:
    result = crm.kpi("win_rate", "2025", by="owner")
    made = result.plot()
    whole = result.over("owner")
    assert f"of all it is {whole.value:.1%}" in made.finding
    top = max((cell for cell in result if cell.value is not None), key=lambda c: c.value or 0)
    low, high = top.interval() or (0, 0)
    assert made.rows[0][:2] == [top.group[0], f"{top.value:.1%}"]
    assert made.rows[0][3] == f"{low:.1%}-{high:.1%}"
    # Drawn to the others: between the rate of all and its own.
    assert (whole.value or 0) < float(made.rows[0][4].rstrip("%")) / 100 < (top.value or 0)
    marks = look(drawn(made), "w", "path")[0].get("d") or ""  # an interval and a diamond each
    assert marks.count("Z") >= sum(c.value is not None for c in result)
    assert marks.count("M") >= 2 * marks.count("Z")


def test_a_movement_ends_where_it_says(crm: sm.CRM) -> None:
    for name in ("pipeline_movement", "mrr_movements", "customer_movements"):
        for period in ("2025-Q2", "2025-Q3", "2025-Q4"):
            given = {"active_for_days": None} if name == "customer_movements" else {}
            result = crm.kpi(name, period, **given)
            made: Any = result.plot()
            steps = made.shape.steps
            # The last move ends at the closing level, which was computed for itself.
            assert steps[-2].end == pytest.approx(steps[-1].end), (name, period)
            assert steps[-1].end == result.parts["closing"]
            for before, after in pairwise(steps[:-1]):
                assert before.end == after.start


def test_a_funnel_narrows(crm: sm.CRM) -> None:
    result = crm.kpi("lead_funnel", "2025-Q3")
    made = result.plot()
    sizes = bar_sizes(drawn(made))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[1] / sizes[0] == pytest.approx(
        (result.parts["mql"] or 0) / (result.parts["leads"] or 1), abs=0.01
    )
    assert {"MQL", "SQL", "opportunity"} <= set(texts(made))
    assert f"Of {result.parts['leads']} leads, {result.parts['won']} came to won" in made.finding


def test_a_trend_has_the_year_before_and_what_is_not_over(crm: sm.CRM) -> None:
    months = sm.period("2024-01-01..2025-12-31").split("month")
    result = crm.kpi("bookings", months)
    made = result.plot()
    root = drawn(made)
    assert len(look(root, "p", "path")) >= 1  # the year before is dashed
    assert len(look(root, "h", "circle")) == 1  # December is not over: an open point
    assert [row[0] for row in made.rows][-1] == "2025-12 (period not over)"
    november = result.at(period="2025-11").value or 0
    year_before = result.at(period="2024-11").value or 0
    assert made.finding == (
        f"bookings was ₩{november / 1e6:.1f}M in 2025-11, ₩{year_before / 1e6:.1f}M a year before."
    )


def test_cohorts_by_hand(crm: sm.CRM) -> None:
    quarters = sm.period("2023-01-01..2025-12-31").split("quarter")
    result: Any = crm.kpi("cohort_retention", quarters)
    made = result.plot()
    rows = [one for one in result.detail() if one["age"] == 5 and not one["unfinished"]]
    began, kept = sum(r["customers"] for r in rows), sum(r["retained"] for r in rows)
    assert made.finding == (
        f"Of {began} who began in {len(rows)} cohorts, {kept} ({kept / began:.1%}) were there at "
        "age 5."
    )
    assert made.rows[0][0] == "2023-Q1"


def test_stages_say_what_they_lost(crm: sm.CRM) -> None:
    result: Any = crm.kpi("bottlenecks", "2025-Q4")
    first = result.ranked()[0]
    made = result.plot()
    assert first.stage == "negotiation"
    assert made.rows[0][0] == "협상"
    assert made.finding.startswith("협상 lost most: ")
    assert f"{'period':7}  {'stage':9}  rank" in str(result)  # a name stands to the left
    assert "2025-Q4  협상          1" in str(result)


def test_stages_stand_in_their_order_and_others_by_size(crm: sm.CRM) -> None:
    by_stage = crm.kpi("stage_conversion", "2025-Q4", by="stage").plot()
    assert [row[0] for row in by_stage.rows] == ["요구 파악", "제안", "협상", "계약"]
    assert by_stage.finding == "계약 has the most, 79.2%, and 제안 the least, 36.7%, of 4."
    sizes = [cell.value for cell in crm.kpi("bookings", "2025-Q4", by="product").rows()]
    by_product = crm.kpi("bookings", "2025-Q4", by="product").plot()
    assert len(by_product.rows) == len(sizes)
    largest = max(range(len(sizes)), key=lambda at: sizes[at] or 0)
    names = ["한빛 BI", "한빛 CRM", "한빛 Desk"]
    assert by_product.rows[0][0] == names[largest]


HOSTILE = ["</script><script>alert(1)</script>", '"onload="alert(1)', "\u202eevil", "x" * 10_000,
           "a&b<c>", "]]>", "\x00\x1b[31m"]  # fmt: skip


def test_hostile_names_do_nothing() -> None:
    rows = [
        {"id": n, "owner": name, "created_at": "2025-01-01", "closed_at": "2025-02-01",
         "outcome": "won" if n % 2 else "lost", "amount": 1 + n, "loss_reason": name}
        for n, name in enumerate(HOSTILE * 2)
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC")
    months = sm.period("2025").split("month")
    for made in (
        sm.win_rate(crm.deals, "2025", by="owner").plot(),
        sm.bookings(crm.deals, months, by="owner").plot(),
        sm.sales_cycle(crm.deals, "2025", by="owner").plot(),
        sm.loss_reasons(crm.deals, "2025").plot(),
    ):
        for text in (made.to_svg(), made.to_html(), json.dumps(made.to_vega())):
            assert "\x1b" not in text and "\u202e" not in text and "\x00" not in text
        root = drawn(made)
        names = {one.tag.removeprefix(SVG) for one in root.iter()}
        assert names <= {"svg", "title", "desc", "style", "rect", "path", "circle", "text"}
        assert not any(key.startswith("on") for one in root.iter() for key in one.attrib)
        assert "<script" not in made.to_html()


def test_specifications_for_vega(crm: sm.CRM) -> None:
    for result in asked(crm).values():
        spec = result.plot(backend="vega")
        assert json.loads(json.dumps(spec)) == spec
        assert spec["$schema"].endswith("v5.json") and spec["description"].endswith(".")
        assert "mark" in spec or spec["layer"]


def test_figures_of_matplotlib(crm: sm.CRM) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    import warnings

    for result in asked(crm).values():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where no font has Hangul
            figure = result.plot(backend="matplotlib")
        assert figure.axes[0].get_title()
    plain = crm.kpi("bookings", sm.period("2025").split("month")).plot(backend="matplotlib")
    assert len(plain.axes[0].lines[0].get_xdata()) == 12


def written(figure: Any) -> list[str]:
    """What stands on the axes of a figure of matplotlib, and in its legend."""
    axes = figure.axes[0]
    legend = [] if axes.get_legend() is None else axes.get_legend().get_texts()
    return [one.get_text() for one in (*axes.texts, *legend)]


def test_figures_of_matplotlib_say_their_numbers_and_what_marks_are(crm: sm.CRM) -> None:
    """What the SVG writes beside bars, steps and quantiles; its legend; marks beside colours."""
    pytest.importorskip("matplotlib").use("agg")
    import warnings

    named = asked(crm)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where no font has Hangul
        figures = {kind: result.plot(backend="matplotlib") for kind, result in named.items()}
    for kind in ("bars", "spread", "movement", "coverage", "forecast", "stages", "reasons"):
        there = " ".join(written(figures[kind]))
        shape: Any = named[kind].plot().shape
        parts = next(
            getattr(shape, name) for name in ("bars", "spreads", "steps") if hasattr(shape, name)
        )
        for part in parts:
            mark = part.mark if hasattr(part, "kind") else ""
            assert mark + part.text in there, (kind, part)
    assert {"95 % interval", "drawn to the others", "all"} <= set(written(figures["bars"]))
    assert {"median", "p75", "p90", "mean"} <= set(written(figures["spread"]))
    assert any("running share" in one for one in written(figures["reasons"]))
    year = figures["trend"].axes[0].lines[0].get_ydata()
    assert len(year) == 12 and year[-1] != year[-1] and year[-2] == year[-2]  # December is not over
    assert "period not over" in written(figures["trend"])


def test_names_are_no_formulas_for_matplotlib(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib").use("agg")
    names = ["$\\frac{1}$", "$x$ & $y$", "a_b^c", "%"]
    rows = [
        {"id": n, "owner": name, "created_at": "2025-01-01", "closed_at": "2025-02-01",
         "outcome": "won", "amount": 1 + n, "loss_reason": name}
        for n, name in enumerate(names)
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC")
    for kpi in ("bookings", "win_rate", "sales_cycle"):
        figure = crm.kpi(kpi, "2025-Q1", by="owner").plot(backend="matplotlib")
        figure.savefig(tmp_path / "drawn.png")
        labels = [one.get_text() for one in figure.axes[0].get_yticklabels()]
        assert sorted(labels) == sorted(names)


def test_what_cannot_be_drawn_is_said(crm: sm.CRM) -> None:
    result = crm.kpi("bookings", "2025-Q3")
    with pytest.raises(sm.SalesMetricsError, match="kind"):
        result.plot("pie")
    with pytest.raises(sm.SalesMetricsError, match="backend"):
        result.plot(backend="plotly")
    with pytest.raises(sm.SalesMetricsError, match="nothing that a chart of kind 'funnel'"):
        result.plot("funnel")
    with pytest.raises(sm.SalesMetricsError, match="no day is known"):
        crm.kpi("average_deal_size", "1999").plot()


def test_into_files(crm: sm.CRM, tmp_path: Path) -> None:
    made = crm.kpi("win_rate", "2025", by="team").plot()
    made.save(tmp_path / "rate.svg")
    assert (tmp_path / "rate.svg").read_text("utf-8") == made.to_svg() == made._repr_svg_()
    made.save(tmp_path / "rate.html")
    assert (tmp_path / "rate.html").read_text("utf-8") == made._repr_html_()
    assert made.finding in repr(made)
    with pytest.raises(sm.SalesMetricsError, match="ends in neither"):
        made.save(tmp_path / "rate.gif")


def test_every_kpi_is_drawn_or_says_why(crm: sm.CRM) -> None:
    given = sm.read_config(DEMO / "salesmetrics.toml").assumed()
    taken = sm.snapshot(crm, "2025-Q3", by="team", assumptions=given)
    undrawn: list[str] = []
    for figure in taken.figures:
        for reading in figure.readings:
            try:
                made = reading.result.plot()
            except sm.SalesMetricsError as why:
                undrawn.append(str(why))
            else:
                ElementTree.fromstring(made.to_svg())
    assert all("no figure to draw" in why for why in undrawn)
    assert set(KINDS) >= {"trend", "bars", "heat", "funnel", "movement", "cohort", "spread"}


def test_scales_and_labels() -> None:
    assert ticks(0, 0) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert (
        ticks(-3, 7) == [-5.0, -2.5, 0.0, 2.5, 5.0, 7.5] and ticks(5, 5)[0] <= 5 <= ticks(5, 5)[-1]
    )
    assert place(1.04) == "1" and place(-0.01) == "0" and place(2.26) == "2.3"
    assert fitted("담당자", 100) == "담당자" and fitted("x" * 50, 64) == "x" * 6 + "…"
    for text in ("x" * 50, "W" * 50, "담당자" * 20, "iW한" * 20):
        for room in (20, 64, 150):
            kept = fitted(text, room)
            assert kept[-1] == "…" and text.startswith(kept[:-1]) and points(kept) <= room
            assert points(text[: len(kept)] + "…") > room  # one letter more does not fit
    assert Drawing(10).svg("a", "b", style=False).startswith("<svg ")


def test_a_scale_counts_in_whole_numbers_and_writes_no_needless_decimals(crm: sm.CRM) -> None:
    """What is counted has no halves on its scale, and a round amount no `.0`."""
    losses = texts(crm.kpi("loss_reasons", "2025-Q4").plot())
    assert "0" in losses and not [one for one in losses if re.search(r"\.\d", one)]
    money = texts(crm.kpi("bookings", sm.period("2025").split("month")).plot())
    assert "₩200M" in money and not [one for one in money if ".0M" in one]
    rate = texts(crm.kpi("win_rate", "2025", by="owner").plot())
    assert {"0%", "20%", "40%"} <= set(rate)
    assert ticks(0, 2, whole=True) == [0, 1, 2] and ticks(0, 3) == [0, 1, 2, 3]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_nothing_that_is_written_touches_its_neighbour_or_the_edge(crm: sm.CRM, lang: str) -> None:
    """Every label lies within the drawing, and none on a line begins before the last one ends."""
    for kind, result in asked(crm).items():
        made = result.plot(lang=lang)
        lines: dict[str, list[tuple[float, float, str]]] = {}
        for one in drawn(made).iter(SVG + "text"):
            said, look = one.text or "", (one.get("class") or "").split()
            wide, x = 0.8 * points(said), float(one.get("x") or 0)  # letters are narrower
            start = x - (wide if "e" in look else wide / 2 if "c" in look else 0)
            assert start >= -1 and start + wide <= WIDE + 1, (kind, said)
            lines.setdefault(one.get("y") or "", []).append((start, start + wide, said))
        for line in lines.values():
            for (_, end, before), (start, _, after) in pairwise(sorted(line)):
                assert start >= end, (kind, before, after)


def test_a_forecast_says_how_sure_it_is(crm: sm.CRM) -> None:
    result = sm.bookings_forecast(crm, "2025-Q4", target=1_200_000_000)
    made: Any = result.plot()
    parts = result.parts
    steps = made.shape.steps
    assert steps[-2].end == pytest.approx(parts["expected"]) and steps[-1].end == parts["expected"]
    assert steps[-1].interval == (parts["p10"], parts["p90"])
    for name in ("expected", "p10", "p90", "won"):
        assert f"₩{(parts[name] or 0) / 1e6:,.1f}M" in made.finding
    assert made.finding.endswith("the chance to reach ₩1.2B is <1%.")


def test_the_parts_of_a_change_lead_to_what_it_is(crm: sm.CRM) -> None:
    found = sm.explain(crm, "sales_velocity", "2025-Q4", by=["team"])
    made: Any = found.plot()
    steps = made.shape.steps
    assert steps[0].end == found.before and steps[-1].end == found.after
    assert steps[-2].end == pytest.approx(found.after)
    assert made.finding.endswith("The change is not more than chance makes.")
    team: Any = found.plot("team", lang="ko")
    assert team.shape.steps[-2].end == pytest.approx(found.after)
    with pytest.raises(sm.SalesMetricsError, match="by"):
        found.plot("region")
    assert found.plot(backend="vega")["description"] == made.finding
