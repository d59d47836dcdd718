"""The snapshot as a document: its schema, its views, and what differs between two."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from datetime import date
from pathlib import Path

import pytest

import salesmetrics as sm
from salesmetrics import catalog
from salesmetrics.insight.scorecards import scorecard_named
from salesmetrics.kpi import kpi
from salesmetrics.reasons import Reason, tables_needed
from salesmetrics.report.markdown import escaped
from salesmetrics.results import Total
from salesmetrics.results.text_table import columns_text, visible, width, wrapped
from salesmetrics.results.words import words
from salesmetrics.snapshots.flat import document_records
from salesmetrics.snapshots.schema import read_document, schema, schema_text

ROOT = Path(__file__).parents[1]
HOSTILE = [
    '=cmd("/C calc")',
    "+1",
    " @SUM(A1)",
    "<script>alert(1)</script>",
    "a|b",
    "a\nb",
    "\u202eevil",
    "\x1b[31mred",
    "`code` *b* _i_ [x](y) ![z](w) # &amp;",
    "영업 1팀",
    "[bold]rich[/bold]",
]


def crm(labels=("ana", "bo"), last="2025-03-31"):
    rows = []
    for i, label in enumerate(labels):
        for j, outcome in enumerate(("won", "lost", "won")):
            day = date(2025, 1 + j, 3 + i % 20).isoformat()
            rows.append(
                {
                    "id": f"{i}.{j}", "owner": label, "created_at": "2025-01-01",
                    "closed_at": day, "outcome": outcome, "amount": 1_000_000 * (i + 1),
                    "product": "crm",
                }
            )  # fmt: skip
    rows.append({"id": "last", "created_at": last})
    return sm.CRM(deals=rows, currency="KRW")


def everything():
    return sm.snapshot(
        crm(),
        ["2025-02", "2025-Q1"],
        by=["owner", ("owner", "product")],
        compare=("previous", "year_before"),
        every="week",
        targets=[
            sm.Target(kpi="bookings", value=5_000_000, period="month"),
            sm.Target(kpi="win_rate", value="0.5", owner="ana"),
            sm.Target(kpi="sales_cycle", value=0, statistic="mean"),
        ],
    )


# the document ------------------------------------------------------------------------------------


def test_the_published_schema_is_the_one_that_is_used():
    published = (ROOT / "docs" / "snapshot.schema.json").read_text(encoding="utf-8")
    assert published == schema_text(), "write schema_text() to docs/snapshot.schema.json"


@pytest.mark.parametrize(
    "taken",
    [
        pytest.param(lambda: sm.snapshot(crm(), "2025-Q1"), id="plain"),
        pytest.param(everything, id="everything"),
        pytest.param(lambda: sm.snapshot(crm(HOSTILE), "2025-Q1", by="owner"), id="hostile"),
        pytest.param(
            lambda: sm.scorecard(
                sm.read(ROOT / "examples" / "maven", preset="maven"), "sales", "2017-Q4", by="team"
            ),
            id="maven",
        ),
    ],
)
def test_documents_fit_the_schema(taken):
    jsonschema = pytest.importorskip("jsonschema", reason="the test extra has jsonschema")
    checker = jsonschema.Draft202012Validator
    checker.check_schema(schema())
    made = json.loads(taken().to_json())
    checker(schema()).validate(made)
    made["kpis"][0]["figures"][0]["n"] = "many"
    assert not checker(schema()).is_valid(made)


def test_same_input_same_bytes():
    first, again = everything(), everything()
    assert first.to_json() == again.to_json()
    assert first.to_csv() == again.to_csv()
    assert first.to_text("ko") == again.to_text("ko")


def test_the_document_has_what_the_figures_have():
    taken = everything()
    made = json.loads(taken.to_json())
    by_name = {one["kpi"]: one for one in made["kpis"]}
    cell = next(
        one
        for one in by_name["win_rate"]["figures"]
        if one["group"] == {"owner": "ana"} and one["period"] == "2025-Q1"
    )
    assert (cell["numerator"], cell["denominator"], cell["exact"]) == (2, 3, "2/3")
    low, high = sm.win_rate(taken_table(), "2025-Q1").interval()
    assert cell["interval"] == [low, high]
    assert cell["compared"][0]["to"] == "previous"
    why = cell["compared"][0]["reason"]
    assert why["code"] == "base_undefined"
    assert why["text"].startswith("the base is undefined")
    assert why["params"]["reason"]["code"] == "none_in_period"
    cycle = by_name["sales_cycle"]["figures"][0]["statistics"]
    assert set(cycle) == {"mean", "median", "p75", "p90", "max"}
    assert by_name["bookings"]["figures"][0]["statistics"] is None
    weeks = [p["period"]["label"] for p in by_name["bookings"]["series"] if p["group"] == {}]
    assert weeks[0] == "2025-02-01..2025-02-02"
    assert len(weeks) == len(set(weeks))
    assert made["every"] == "week"
    # A target of 0 days is not met by any cycle: it counts 0, and is not left out.
    assert made["score"][1]["left_out"] == {}
    assert made["score"][1]["kpis"]["sales_cycle (mean)"] == 0


def taken_table():
    return crm(("ana",)).deals


def test_a_document_is_read_back_from_anywhere(tmp_path):
    taken = everything()
    file = tmp_path / "one.json"
    file.write_text(taken.to_json(), encoding="utf-8")
    first = read_document(taken)
    for source in (taken.to_dict(), taken.to_json(), file, str(file), first):
        assert read_document(source) == first


@pytest.mark.parametrize("name", ["everything", "demo", "months", "card"])
def test_a_saved_document_draws_the_same_bytes(name):
    """Text, Markdown, CSV and the page are views of one tree; a notebook's table is one too."""
    demo = sm.read(ROOT / "examples" / "demo")
    kpis = "bookings", "stage_conversion", "bottlenecks", "projected_win_rate", "time_in_stage"
    months = {"every": "month", "compare": "year_before", "by": "team", "kpis": kpis}
    taken = {
        "everything": everything,
        "demo": lambda: sm.snapshot(
            demo, "2025-Q4", compare="previous", assumptions={"margin": 0.75},
            targets=ROOT / "examples" / "demo" / "targets.toml",
        ),
        "months": lambda: sm.snapshot(demo, sm.trailing(60, date(2025, 9, 30)), **months),
        "card": lambda: sm.snapshot(
            demo.filter(deals={"team": "서울 1팀"}), "2025-10", kpis=scorecard_named("sales")
        ),
    }[name]()  # fmt: skip
    saved = read_document(taken.to_json(None))
    for lang in ("en", "ko"):
        assert saved.to_text(lang, 100, top=2) == taken.to_text(lang, 100, top=2)
        assert saved.to_markdown(lang) == taken.to_markdown(lang)
        assert saved.to_html(lang=lang) == taken.to_html(lang=lang)
    assert saved.to_csv() == taken.to_csv()
    assert saved.to_json() == taken.to_json()
    assert document_records(saved) == taken.to_records()


def test_a_reason_of_another_version_is_said_in_its_words():
    tree = everything().to_dict()
    for need in tree["needs"]:
        need["needs"] = {"code": "of_the_future", "params": {}, "text": "a crystal ball"}
    text = read_document(tree).to_text("ko", 100)
    assert "a crystal ball" in text


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{", "is no JSON"),
        ({"format": "other/1"}, "its format is 'other/1'"),
        ({"format": "salesmetrics.snapshot/2"}, "is no whole snapshot: "),
        ({"format": "salesmetrics.snapshot/1"}, "of an earlier version: its format is"),
        ([], "its format is None"),
        ("nowhere.json", "there is no file"),
    ],
)
def test_what_is_no_document(source, message):
    with pytest.raises(sm.SalesMetricsError, match=re.escape(message)):
        read_document(source)


# differences -------------------------------------------------------------------------------------


def found(before, after):
    return [(c.what, c.kpi, c.field, c.before, c.after) for c in sm.diff(before, after)]


def test_no_difference():
    before, after = everything(), everything()
    assert found(before, after.to_json()) == []
    assert not sm.diff(before, after)
    assert repr(sm.diff(before, after)) == "no difference"


def test_every_kind_of_difference():
    base = sm.snapshot(crm(), "2025-Q1", kpis=["bookings", "win_rate"], by="owner").to_dict()

    def changed(change):
        other = json.loads(json.dumps(base))
        change(other)
        return found(base, other)

    def value(doc):
        doc["kpis"][0]["figures"][1].update(value=1.0, exact="1")

    def rows(doc):
        doc["kpis"][1]["figures"][0]["n"] += 1

    def definition(doc):
        doc["kpis"][0]["definition"] = "Something else."

    def needs(doc):
        doc["needs"].append({"kpi": "revenue", "needs": tables_needed("revenues").to_dict()})

    def grouping(doc):
        doc["kpis"][0]["ungrouped"]["owner"] = Reason("no_field", field="owner").to_dict()

    assert [one[:3] for one in changed(grouping)] == [("needs", "bookings", "ungrouped")]
    assert changed(value) == [("value", "bookings", "value", 2_000_000.0, 1.0)]
    assert changed(rows) == [("n", "win_rate", "n", 6, 7)]
    assert changed(definition) == [
        ("definition", "bookings", "definition", "Amount won in the period.", "Something else.")
    ]
    assert changed(needs) == [("needs", "revenue", "needs", None, "revenues")]
    assert changed(lambda doc: doc["kpis"].pop(1)) == [
        ("disappeared", "win_rate", "kpi", None, None)
    ]
    assert changed(lambda doc: doc["kpis"][0]["figures"].pop()) == [
        ("disappeared", "bookings", "figure", 0.0, None)
    ]
    assert changed(lambda doc: doc.update(known_until="2025-04-01")) == [
        ("document", None, "known_until", "2025-03-31", "2025-04-01")
    ]


def test_differences_are_told_by_place():
    before = sm.snapshot(crm(), "2025-Q1", kpis=["won_deals"], by="owner")
    after = sm.snapshot(crm(("ana", "bo", "cy")), "2025-Q1", kpis=["won_deals"], by="owner")
    assert str(sm.diff(before, after)) == (
        "won_deals (2025-Q1): value 4 -> 6\n"
        "won_deals (2025-Q1): n 4 -> 6\n"
        "won_deals (owner='cy', 2025-Q1): appeared: 2"
    )


def test_a_folder_of_snapshots(tmp_path):
    for name, day in (("c", "2025-01-31"), ("b", "2025-02-28"), ("a", "2025-03-31")):
        taken = sm.snapshot(crm(), "2025-Q1", kpis=["won_deals"], by="owner", as_of=day)
        (tmp_path / f"{name}.json").write_text(taken.to_json(), encoding="utf-8")
    history = sm.read_snapshots(tmp_path)
    days = ["2025-01-31", "2025-02-28", "2025-03-31"]
    assert history.series("won_deals") == list(zip(days, [2, 2, 4], strict=True))
    assert history.series("won_deals", owner=None) == [(days[2], 0)]  # a deal without owner
    assert history.series("won_deals", owner="ana") == list(zip(days, [1, 1, 2], strict=True))
    frame = history.to_pandas()
    assert list(frame[frame.owner == "bo"].value) == [1, 1, 2]
    (tmp_path / "broken.json").write_text("{}")
    with pytest.raises(sm.SalesMetricsError, match=r"broken\.json is no snapshot"):
        sm.read_snapshots(tmp_path)
    with pytest.raises(sm.SalesMetricsError, match="there is no folder"):
        sm.read_snapshots(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(sm.SalesMetricsError, match="has no snapshot"):
        sm.read_snapshots(tmp_path / "empty")


# views -------------------------------------------------------------------------------------------


def test_csv_is_safe_and_whole():
    taken = sm.snapshot(crm(HOSTILE), "2025-Q1", by="owner", compare="previous", every="month")
    rows = list(csv.DictReader(io.StringIO(taken.to_csv())))
    # Figures that have parts show them in rows of their own below.
    figures = [row for row in rows if not row["part"]]
    assert len(figures) == len(taken.to_records())
    assert {row["kpi"] for row in rows} - {row["kpi"] for row in figures} == set()
    for row in rows:
        for text in (row["owner"], row["kpi"]):
            assert not text.lstrip().startswith(("=", "+", "-", "@"))
    assert {row["owner"] for row in rows} >= {'\'=cmd("/C calc")', "a\nb", "' @SUM(A1)"}
    overall = [r for r in rows if r["kpi"] == "won_deals" and not r["grouped_by"]]
    whole = [row for row in overall if not row["part_of"]]
    pieces = [row for row in overall if row["part_of"]]
    assert len(whole) == 1  # though there is a group of deals without owner, too
    assert sum(int(row["value"]) for row in pieces) == int(whole[0]["value"]) == 22
    assert whole[0]["previous_change"] == "22"


def test_pandas():
    frame = sm.snapshot(crm(), "2025-Q1", by="owner", compare="previous").to_pandas()
    assert frame.loc[(frame.kpi == "won_deals") & (frame.owner == "ana"), "value"].item() == 2
    assert "previous_relative" in frame.columns


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("columns", [80, 100, 160])
def test_text_is_safe_aligned_and_fits(lang, columns):
    text = sm.snapshot(crm(HOSTILE), "2025-Q1", by="owner", compare="previous").to_text(
        lang, columns
    )
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "a\\u000ab" in text
    for block in text.split("\n\n"):
        lines = block.split("\n")
        rules = [i for i, line in enumerate(lines) if line and set(line) <= {"-", " "}]
        if not rules:
            continue
        rule = lines[rules[0]]
        assert width(rule) <= columns
        gaps = [m.start() for m in re.finditer(r"(?<=-) ", rule)]
        for line in lines[rules[0] + 1 :]:
            if line.startswith("- "):  # a note
                continue
            at, cells = 0, {}
            for char in line:
                cells[at] = char
                at += width(char)
            for gap in gaps:  # between two columns there is a blank in every line
                assert cells.get(gap, " ") == " ", line


def test_html_is_escaped():
    taken = sm.snapshot(crm(HOSTILE), "2025-Q1", by="owner")
    made = taken._repr_html_()
    assert "<script>" not in made
    assert html.escape("<script>alert(1)</script>") in made
    assert "\u202e" not in made
    assert "<script>" not in sm.won_deals(crm(HOSTILE).deals, "2025-Q1", by="owner")._repr_html_()


def test_markdown_is_escaped():
    text = sm.snapshot(crm(HOSTILE), "2025-Q1", by="owner").to_markdown()
    assert "<script>" not in text
    assert "\\`code\\` \\*b\\* \\_i\\_ \\[x\\](y) \\!\\[z\\](w) \\# &amp;amp;" in text
    tables = [block for block in text.split("\n\n") if block.startswith("| ")]
    assert len(tables) >= 2
    for table in tables:
        counts = {
            len(re.findall(r"(?<!\\)\|", line))
            for line in table.split("\n")
            if line.startswith("|")
        }
        assert len(counts) == 1, table
    assert escaped("win_rate") == "win_rate"


def test_korean():
    taken = sm.snapshot(
        crm(),
        "2025-Q1",
        by="owner",
        kpis=["bookings", "win_rate_by_amount", "sales_cycle"],
        lang="ko",
    )
    text = repr(taken)
    for word in (
        "수주 금액",
        "수주율(거래 성사율) · 금액 기준",
        "₩600만",
        "담당자별",
        "일, 중앙값",
    ):
        assert word in text, word
    assert "수주 금액" in taken.to_markdown()
    assert '<div lang="ko">' in taken._repr_html_()
    assert taken.to_text("en").startswith("KPI snapshot of 2025-Q1")
    english = sm.snapshot(
        crm(), "2025-Q1", by="owner", kpis=["bookings", "win_rate_by_amount", "sales_cycle"]
    )
    assert taken.to_json() == english.to_json()
    with pytest.raises(sm.SalesMetricsError, match="lang 'jp' is not known"):
        sm.snapshot(crm(), "2025-Q1", lang="jp")


def test_every_word_is_in_both_languages():
    english, korean = words("en").said, words("ko").said
    blanks = re.compile(r"\{(\w+)\}")
    for name, word in english.items():
        if isinstance(word, str):
            assert sorted(blanks.findall(word)) == sorted(blanks.findall(korean[name])), name
    from salesmetrics.results.words import _tables

    assert set(_tables()["en"]) <= set(_tables()["ko"])


def test_columns():
    assert wrapped("average_deal_size", 8) == ["average_", "deal_", "size"]
    assert width("수주율") == 6
    assert visible("a\u200fb\ud800") == "a\\u200fb\\ud800"
    assert columns_text(["name", "won deals"], [["수주", "1"], ["a", "20"]]) == (
        "        won\nname  deals\n----  -----\n수주      1\na        20"
    )


# KPIs of other shapes ----------------------------------------------------------------------------


class OfOnePeriod(Total):
    """A figure of one period alone, with a table of its own beside it."""

    __slots__ = ()

    def read_at(self, periods):
        raise sm.SalesMetricsError("does not add")

    def to_records(self):
        records = Total.to_records(self)
        return [{**record, "moved <b>": record["value"], "kept|": None} for record in records]


class Alone(OfOnePeriod):
    """Nor is it the sum of its groups."""

    __slots__ = ()

    def over(self, name):
        raise sm.SalesMetricsError("does not add")


@pytest.mark.parametrize(
    ("shape", "facts"),
    [(Alone, {"adds_over": ""}), (OfOnePeriod, {"adds_over": "rows", "per_period": True})],
    ids=str,
)
def test_a_kpi_that_does_not_add_and_has_its_own_table(monkeypatch, shape, facts):
    @kpi(unit="count", better="higher", ko="혼자", **facts)
    def alone(deals, period, *, by=None):
        """Something that is asked anew each time."""
        total = deals.during("closed_at", period, by=by).count("won")
        return shape(total.axes, total.evidence, total.unit, total.sums, total.counts)

    entry = catalog.Entry("alone", alone, alone.__kpi__, {})
    monkeypatch.setattr(catalog, "ENTRIES", {**catalog.ENTRIES, "alone": entry})
    taken = sm.snapshot(
        crm(), "2025-Q1", by="owner", kpis=["alone"], compare="previous", every="month"
    )
    same = sm.snapshot(
        crm(), "2025-Q1", by="owner", kpis=["won_deals"], compare="previous", every="month"
    )
    assert taken["alone"].value == same["won_deals"].value == 4
    assert taken.compare("alone").base == 0
    one, two = taken.figure("alone"), same.figure("won_deals")
    assert [c.value for c in one.groups] == [c.value for c in two.groups]
    assert [c.value for c in one.whole.series] == [c.value for c in two.whole.series] == [2, 0, 2]
    made = json.loads(taken.to_json())
    assert made["kpis"][0]["table"][0] == {
        "period": "2025-Q1", "group": {}, "values": {"moved <b>": 4, "kept|": None},
    }  # fmt: skip
    assert read_document(taken)
    assert "moved" in taken.to_text()
    assert "moved &lt;b&gt;" in taken.to_markdown()
    assert "moved &lt;b&gt;" in taken._repr_html_()
    rows = [row for row in csv.DictReader(io.StringIO(taken.to_csv())) if row["part"]]
    assert [(r["owner"], r["part"], r["value"]) for r in rows[:3]] == [
        ("", "moved <b>", "4"), ("", "kept|", ""), ("ana", "moved <b>", "2"),
    ]  # fmt: skip
    changed = json.loads(json.dumps(made))
    changed["kpis"][0]["table"][0]["values"]["moved <b>"] = 5
    assert len(sm.diff(made, changed)) == 1


def test_a_kpi_that_refuses_other_periods_is_shown_without_them(monkeypatch):
    @kpi(unit="count", better="higher", adds_over="", ko="분기만")
    def quarterly(deals, period, *, by=None):
        """Something that only a quarter has."""
        if by:
            raise sm.ColumnError("has no groups")
        if any(one.days < 60 for one in period):
            raise sm.PeriodError("too short for it")
        return deals.during("closed_at", period).count("won")

    entry = catalog.Entry("quarterly", quarterly, quarterly.__kpi__, {})
    monkeypatch.setattr(catalog, "ENTRIES", {**catalog.ENTRIES, "quarterly": entry})
    taken = sm.snapshot(
        crm(), "2025-Q1", by="owner", kpis=["quarterly"], compare="previous", every="month"
    )
    figure = taken.figure("quarterly")
    assert taken["quarterly"].value == 4
    assert taken.compare("quarterly").base == 0
    assert figure.whole.series is None
    assert figure.ungroupable == {("owner",): "has no groups"}
    text = taken.to_text()
    assert "quarterly: too short for it" in text
    assert "quarterly: shown overall only: has no groups" in text
    assert read_document(taken)
    (need,) = sm.snapshot(crm(), "2025-01", kpis=["quarterly"]).needs
    assert (need.name, need.needs) == ("quarterly", "too short for it")


def test_what_is_left_out_is_said_in_korean() -> None:
    crm = sm.read(ROOT / "examples" / "maven", preset="maven")
    kpis = ["deals_created", "open_pipeline", "revenue_per_owner"]
    shown = sm.snapshot(crm, "2017-Q4", kpis=kpis, lang="ko").to_text()
    together = " ".join(shown.split())  # remarks run over several lines
    assert "생성일 없음 500건" in together and "금액을 알 수 없음" in together
    assert "시작일 없음: 계속 재직한 것으로 봄 35건" in together
    assert "no " not in together


def test_why_a_figure_has_no_comparison_stands_below_in_words():
    crm = sm.read(ROOT / "examples" / "demo", on_error="collect")
    kpis = ["bookings", "bookings_forecast", "pipeline_coverage", "required_wins"]
    given = {"target": 1_200_000_000}
    taken = sm.snapshot(crm, "2025-Q4", kpis=kpis, compare="previous", assumptions=given)
    saved = sm.read_document(taken.to_json())
    for lang, whole in (("en", "not compared: a forecast is of the whole period"),
                        ("ko", "비교하지 않음: 예측은 기간 전체의 값이고")):  # fmt: skip
        assert whole in taken.to_text(lang) == saved.to_text(lang)
        assert whole in taken.to_markdown(lang) == saved.to_markdown(lang)
    assert "not compared: a forecast is of the whole period" in taken._repr_html_()
    told = [line for line in taken.to_text().splitlines() if " not compared: " in line]
    assert len(told) == 2  # a line a reason
    assert told[0].startswith("bookings_forecast not compared: a forecast is of the whole period")
    assert told[1].startswith("pipeline_coverage, required_wins not compared: the base is unde")
    compared = sm.snapshot(crm, "2025-Q4", kpis=["bookings"], compare="previous")
    assert "not compared" not in compared.to_text()
