"""The page: one file, its figures those of the snapshot, nothing of the data as markup."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

import salesmetrics as sm
from salesmetrics.cli import main
from salesmetrics.report.front import page_snapshot
from salesmetrics.report.page.page_html import page_html
from salesmetrics.results.words import words
from salesmetrics.snapshots.schema import read_document

DEMO = Path(__file__).parents[1] / "examples" / "demo"
CONFIG = sm.read_config(DEMO / "salesmetrics.toml")


@pytest.fixture(scope="module")
def crm() -> sm.CRM:
    return sm.read(DEMO)


@pytest.fixture(scope="module")
def taken(crm: sm.CRM) -> sm.Snapshot:
    return page_snapshot(
        crm, "2025-Q4", assumptions=CONFIG.assumed(), targets=DEMO / "targets.toml"
    )


def held(page: str) -> dict[str, Any]:
    """What the page's script unpacks."""
    found = re.search(r'id="held">([^<]*)</script>', page)
    assert found is not None
    made: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(found[1]), -15))
    for name, groupings in made["kpis"].items():
        parts = [part.get(name, []) for part in made["cells"]]
        groupings.update(
            (
                by,
                [[None if at < 0 else [part[at] for part in parts] for at in each] for each in cut],
            )
            for by, cut in groupings.items()
        )
    return made


class Tags(HTMLParser):
    """Every element and attribute that a browser would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]


def seen(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    return tags


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_demonstration_company_fits_in_a_mail(taken: sm.Snapshot, lang: str) -> None:
    page = taken.to_html(lang=lang)
    assert len(page.encode()) <= 100_000
    assert page.count("<figure") >= 10
    assert page == taken.to_html(lang=lang)
    assert f'<html lang="{lang}">' in page


def test_nothing_may_be_asked_for(taken: sm.Snapshot) -> None:
    page = taken.to_html()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None and policy[1].startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        found = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert found is not None
        digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
    tags = seen(page)
    assert not tags.attributes & {"src", "style", "srcset", "action", "onload", "onclick"}
    assert not tags.tags & {"link", "img", "iframe", "object", "embed", "base", "form"}
    assert "http" not in re.sub(r'xmlns="[^"]*"|http-equiv', "", page)
    assert len(tags.ids) == len(set(tags.ids))


def test_the_figures_are_those_of_the_snapshot(taken: sm.Snapshot) -> None:
    data = held(taken.to_html())
    assert data["by"] == [[], ["owner"], ["team"], ["owner", "team"]]
    for name in ("bookings", "win_rate", "sales_cycle", "open_pipeline", "credited_bookings"):
        for at, by in ((1, "owner"), (2, "team")):
            result = taken.figure(name).by(by)
            for label, cell in zip(data["groups"][at], data["kpis"][name][str(at)][0], strict=True):
                if cell is None:  # a group that other KPIs have
                    continue
                there = result.at(**{by: json.loads(label)[0]})
                assert cell[3] == f"{there.n:,}"
                if there.value is None:
                    assert cell[0] == "undefined"
                elif name == "win_rate":
                    assert cell[0] == f"{there.value:.1%}"
                elif name == "sales_cycle":
                    assert cell[0] == f"{there.value:,.1f} days"
                else:
                    millions = f"₩{there.value / 1e6:,.1f}M"
                    assert cell[0] == millions or there.value < 1e6


def test_a_group_is_the_filtered_company(crm: sm.CRM, taken: sm.Snapshot) -> None:
    """What a filter shows equals the snapshot of the filtered CRM, for what looks at its own rows.

    KPIs that look up other rows (who came first) say so on their label.
    """
    data = held(taken.to_html())
    mine = crm.filter(team="서울 1팀").kpi
    at = data["groups"][2].index('["서울 1팀"]')
    for name, entry in ((one.name, one.entry) for one in taken.figures):
        if entry.looks_up or entry.label.given or entry.label.assumes or entry.label.of_whole:
            continue
        cells = data["kpis"][name].get("2")
        if cells is None or cells[0][at] is None:
            continue
        try:
            alone = mine(name, "2025-Q4")
        except sm.NeedsError:
            continue
        whole = taken.figure(name).by("team").at(team="서울 1팀")
        assert alone.value == whole.value, name
        assert cells[0][at][3] == f"{alone.n:,}", name


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_what_has_no_figure_of_a_group_says_so_in_three_words(
    taken: sm.Snapshot, lang: str
) -> None:
    """A reader of the page cannot ask for other columns: they are not named to him."""
    why = held(taken.to_html(lang=lang))["why"]
    told = {text for each in why.values() for text in each.values()}
    assert {"en": "no figure by owner", "ko": "담당자별 수치 없음"}[lang] in told
    assert max(map(len, told)) < 80 and not [one for one in told if "`" in one or "choose" in one]


def test_a_korean_page_says_in_korean_what_its_figures_are(taken: sm.Snapshot) -> None:
    english, korean = (held(taken.to_html(lang=lang))["about"] for lang in ("en", "ko"))
    assert english["win_rate"] == (
        "Share of decided deals that were won. (excluded: 6 disqualified, 2 no closed_at)"
    )
    assert korean["win_rate"].startswith("결정된(수주 또는 실주) 딜 중 수주한 비율. (제외: ")
    assert english.keys() == korean.keys()
    assert not [name for name, text in korean.items() if not re.search("[가-힣]", text)]


def test_targets_are_not_a_groups(taken: sm.Snapshot) -> None:
    data = held(taken.to_html())
    assert list(data["kpis"]["pipeline_coverage"]) == ["0"]
    assert data["why"]["pipeline_coverage"]["1"] == "its target is the company's"


def test_two_filters_together_are_shown_where_they_were_computed(crm: sm.CRM) -> None:
    both = sm.snapshot(crm, "2025-Q3", by=["team", "product", ("team", "product")],
                       kpis=["bookings", "sales_cycle", "mrr"])  # fmt: skip
    data = held(both.to_html())
    at = data["by"].index(["team", "product"])
    place = data["groups"][at].index('["부산팀","한빛 CRM"]')
    cell = data["kpis"]["bookings"][str(at)][0][place]
    alone = crm.filter(deals={"team": "부산팀", "product": "crm"}).kpi("bookings", "2025-Q3")
    assert cell[0] == f"₩{(alone.value or 0) / 1e6:,.1f}M"


def test_sections_and_title(taken: sm.Snapshot, tmp_path: Path) -> None:
    page = taken.to_html(tmp_path / "q4.html", sections=["won", "people"], title="Ours <b>")
    assert (tmp_path / "q4.html").read_text("utf-8") == page
    assert "<h2>Won</h2>" in page and "<h2>Cost</h2>" not in page
    assert "<h1>Ours &lt;b&gt;</h1>" in page
    assert "customer_acquisition_cost" not in held(page)["kpis"]
    with pytest.raises(sm.SalesMetricsError, match="section"):
        taken.to_html(sections=["wonn"])
    with pytest.raises(sm.SalesMetricsError, match="cannot write"):
        taken.to_html(tmp_path / "no" / "q4.html")


def test_a_saved_document_gives_the_same_bytes(taken: sm.Snapshot) -> None:
    assert page_html(read_document(taken.to_json())) == taken.to_html()


def test_what_is_missing_is_said() -> None:
    rows = [{"id": 1, "outcome": "won", "created_at": "2025-01-01", "closed_at": "2025-02-01",
             "amount": 5}, {"id": 2, "outcome": "sold"}]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC", on_error="collect")
    page = sm.snapshot(crm, "2025-Q1").to_html()
    assert "What was left out" in page and "<li>deals: outcome: " in page
    assert "Not computed (" in page and "monthly recurring revenue needs subscriptions" in page


def test_many_groups_are_cut_and_it_says_so() -> None:
    rows = [
        {"id": n, "owner": f"o{n}", "outcome": "won", "created_at": "2025-01-01",
         "closed_at": "2025-02-01", "amount": 1 + n}
        for n in range(200)
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC")
    page = sm.snapshot(crm, "2025-Q1", by="owner", kpis=["bookings"]).to_html()
    assert "140 more of owner have one filter together" in page
    assert held(page)["groups"][1][0] == '["o199"]'  # those with the most stay


HOSTILE = ["</script><script>alert(1)</script>", '"onload="alert(1)', "\u202eevil", "x" * 10_000,
           "<!--", "]]>", "\x00\x1b[31m", "\ud800", "'; --"]  # fmt: skip


def test_hostile_names_do_nothing() -> None:
    rows = [
        {"id": n, "owner": name, "team": name, "created_at": "2025-01-01", "loss_reason": name,
         "closed_at": "2025-02-01", "outcome": "won" if n % 2 else "lost", "amount": 1 + n}
        for n, name in enumerate(HOSTILE * 2)
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC")
    shot = sm.snapshot(crm, "2025-Q1", by="owner", compare="previous", recent=12)
    page = shot.to_html(title=HOSTILE[0])
    page.encode("utf-8")
    assert page.count("<script") == 2 and "\x1b" not in page and "\u202e" not in page
    assert not any(name.startswith("on") for name in seen(page).attributes)
    assert len(page) < 200_000
    json.dumps(held(page))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "q4.html"
    assert main(["report", str(DEMO), "-o", str(out), "--lang", "ko", "--section", "won"]) == 0
    assert '<html lang="ko">' in out.read_text("utf-8")
    saved = tmp_path / "q4.json"
    assert main(["snapshot", str(DEMO), "-o", str(saved), "--compare", "previous"]) == 0
    assert main(["report", str(saved), "-o", str(out), "--title", "Q4"]) == 0
    assert "<h1>Q4</h1>" in out.read_text("utf-8")
    capsys.readouterr()
    assert main(["report", str(saved)]) == 0
    assert capsys.readouterr().out == out.read_text("utf-8").replace("<h1>Q4", "<h1>Sales report "
        "2025-Q4").replace("<title>Q4", "<title>Sales report 2025-Q4")  # fmt: skip
    assert main(["report", str(DEMO), "--section", "nowhere"]) == 2
    assert main(["report", str(DEMO), "--format", "csv"]) == 2


def test_a_report_is_what_its_name_says_or_it_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page under the name of a sheet or a table would be opened by nothing."""
    openpyxl = pytest.importorskip("openpyxl")
    saved = tmp_path / "q4.json"
    assert main(["snapshot", str(DEMO), "--kpi", "win_rate", "-o", str(saved)]) == 0
    assert main(["report", str(saved), "-o", str(tmp_path / "q4.xlsx")]) == 0
    book = openpyxl.load_workbook(tmp_path / "q4.xlsx")
    assert any("win rate" in str(cell.value) for sheet in book for row in sheet for cell in row)
    for ending, begins in (("csv", "kpi,"), ("md", "# "), ("jsonl", '{"kpi": "win_rate"')):
        capsys.readouterr()
        made = tmp_path / f"q4.{ending}"
        assert main(["report", str(DEMO), "-o", str(made)]) == 2
        assert f"snapshot --all --format {ending}" in capsys.readouterr().err
        assert not made.exists()
        assert main(["report", str(saved), "--section", "won", "-o", str(made)]) == 2
        assert "--section chooses parts of the page" in capsys.readouterr().err
        assert main(["report", str(saved), "-o", str(made)]) == 0
        assert made.read_text("utf-8").startswith(begins)
    capsys.readouterr()
    assert main(["report", str(saved), "--format", "table"]) == 0
    assert "win_rate" in capsys.readouterr().out


def test_the_format_follows_the_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["snapshot", str(DEMO), "--kpi", "bookings,win_rate", "--by", "team"]
    for name, begins in (("a.json", "{"), ("a.jsonl", '{"kpi": "bookings"'), ("a.csv", "kpi,"),
                         ("a.md", "# "), ("a.html", "<!doctype"), ("a.txt", "KPI ")):  # fmt: skip
        assert main([*asked, "-o", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_text("utf-8").startswith(begins), name
    lines = (tmp_path / "a.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["kpi"] for line in lines] == ["bookings"] * 4 + ["win_rate"] * 4
    assert main([*asked, "-o", str(tmp_path / "b.txt"), "--format", "csv"]) == 0
    assert (tmp_path / "b.txt").read_text("utf-8") == (tmp_path / "a.csv").read_text("utf-8")
    capsys.readouterr()
    assert main([*asked, "--format", "xlsx"]) == 1
    assert "written into a file" in capsys.readouterr().err


def test_a_workbook_has_numbers_and_no_formula(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    rows = [{"id": 1, "owner": "=1+1", "outcome": "won", "created_at": "2025-01-01",
             "closed_at": "2025-02-01", "amount": 500}]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC")
    from salesmetrics.report.workbook import workbook
    from salesmetrics.snapshots.document import document_of

    made = workbook(document_of(sm.snapshot(crm, "2025-Q1", by="owner", compare="previous")))
    book = openpyxl.load_workbook(io.BytesIO(made))
    assert book.sheetnames[:3] == [words("en").say("page_title"), "Won", "Coming"]
    won = [[cell.value for cell in row] for row in book["Won"].iter_rows()]
    assert won[0][:5] == ["kpi", "owner", "period", "value", "unit"]
    assert won[1][:6] == ["bookings", None, "2025-Q1", 500, "USD", 1]
    assert won[2][1] == "'=1+1"
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    assert book["Won"]["D2"].number_format == "#,##0" and book["Won"].freeze_panes == "B2"
    (rate,) = (
        row for row in book["Won"].iter_rows() if row[0].value == "win rate" and not row[1].value
    )
    assert (rate[3].value, rate[3].number_format) == (1, "0.0%")


def test_a_workbook_in_korean_has_words_for_units_and_for_what_is_missing() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    rows = [{"id": 1, "outcome": "won", "created_at": "2025-01-01", "closed_at": "2025-02-01"}]
    from salesmetrics.report.workbook import workbook
    from salesmetrics.snapshots.document import document_of

    taken = sm.snapshot(sm.CRM(deals=rows), "2025-Q1")
    book = openpyxl.load_workbook(io.BytesIO(workbook(document_of(taken), "ko")))
    won = {row[0]: row for row in book["수주"].iter_rows(values_only=True)}
    assert won["수주 건수"][:4] == ("수주 건수", "2025-Q1", 1, "건")
    missing = {row[0] for row in book["산출하지 못한 지표"].iter_rows(values_only=True)}
    assert "적격 리드 수" in missing and "qualified_leads" not in missing
    assert book["산출하지 못한 지표"].column_dimensions["A"].width > 2 * len("적격 리드 수") - 2


def test_a_workbook_has_no_clock(crm: sm.CRM) -> None:
    pytest.importorskip("openpyxl")
    from salesmetrics.report.workbook import workbook
    from salesmetrics.snapshots.document import document_of

    made = workbook(document_of(sm.snapshot(crm, "2025-Q4", kpis=["bookings"])))
    with ZipFile(io.BytesIO(made)) as book:
        assert {one.date_time for one in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        told = re.findall(r"\d{4}-\d\d-\d\dT[^<]*", book.read("docProps/core.xml").decode())
    assert told == ["2000-01-01T00:00:00Z"] * 2


def test_a_document_is_made_once_for_all_views(crm: sm.CRM) -> None:
    from salesmetrics.snapshots.document import document_of

    taken = sm.snapshot(crm, "2025-Q4", kpis=["bookings"], by="owner")
    first = document_of(taken)
    assert document_of(taken) is first
    again = sm.snapshot(crm, "2025-Q4", kpis=["bookings"], by="owner")
    assert document_of(again) == first and document_of(again) is not first
    later = replace(taken, lang="ko", known_until="2026-01-01")
    assert document_of(later).known_until == "2026-01-01"


def test_a_page_has_no_marks_of_markdown(crm: sm.CRM) -> None:
    targets = [
        sm.Target(kpi="response_sla_rate", value=1, period="quarter", given={"limit_hours": 24})
    ]
    taken = sm.snapshot(crm, "2025-Q4", kpis=["bookings"], targets=targets, lang="ko",
                        assumptions={"limit_hours": 24})  # fmt: skip
    shown = re.sub(r"<(script|style)\b.*?</\1>", "", taken.to_html(), flags=re.DOTALL)
    assert "limit_hours=24" in shown
    assert "`" not in shown


def test_why_a_forecast_has_no_stages_is_said_in_korean(crm: sm.CRM) -> None:
    taken = sm.snapshot(crm, "2025-Q4", by="stage", kpis=["bookings_forecast"], lang="ko")
    assert "마감하면 바뀌는 항목(단계)이라 진행 딜과 수주 딜에 공통 그룹이 없음" in taken.to_text()
    assert "cannot be" not in taken.to_text()


def plain_list() -> sm.CRM:
    """A list of deals alone, from July 2024 on; a deal won has no amount known before."""
    rows = [
        {"id": month * 10 + at, "owner": owner, "outcome": outcome, "amount": 100 * (at + 1),
         "created_at": f"2024-{month:02}-01", "closed_at": f"2025-{month - 6:02}-15"}
        for month in range(7, 13)
        for at, (owner, outcome) in enumerate((("ana", "won"), ("bo", "lost"), ("bo", "won")))
    ]  # fmt: skip
    rows.append(
        {"id": 1, "owner": "ana", "outcome": "open", "amount": 100, "created_at": "2025-05-01"}
    )
    return sm.CRM(deals=rows, currency="USD", tz="UTC")


def page_of(crm: sm.CRM, period: str) -> str:
    from salesmetrics.report.front import page_snapshot

    return page_snapshot(crm, period).to_html()


def test_a_plain_list_of_deals_has_its_owners_beside_each_other() -> None:
    page = page_of(plain_list(), "2025-Q2")
    assert (
        "<b>bookings by owner, 2025-Q2</b>" in page and "<b>win rate by owner, 2025-Q2</b>" in page
    )
    assert "All figures (0)" not in page


def test_nothing_is_forecast_of_a_period_that_is_over() -> None:
    crm = plain_list()
    assert "<b>bookings forecast" not in page_of(crm, "2025-Q1")
    assert "<b>bookings forecast, 2025-Q2</b>" in page_of(crm, "2025-Q2")


def test_a_year_before_all_records_is_not_drawn_as_nothing() -> None:
    page = page_of(plain_list(), "2025-Q2")
    (chart,) = re.findall("<figure[^>]*><figcaption><b>bookings</b>.*?</figure>", page, re.DOTALL)
    assert "the year before" not in chart and "a year before" not in chart


def test_what_a_figure_leaves_out_stands_with_its_definition() -> None:
    rows = [{"id": 1, "created_at": "2025-01-02", "outcome": "open", "amount": 5},
            {"id": 2, "created_at": "2025-01-02", "outcome": "open"}]  # fmt: skip
    page = sm.snapshot(sm.CRM(deals=rows, currency="USD"), "2025-01").to_html()
    assert held(page)["about"]["open_pipeline"].endswith(". (excluded: 1 no amount)")
    assert "stands with their definitions" in page


def test_long_names_are_cut_and_stand_once_in_full() -> None:
    """Cut to the same, they are numbered; each filter has the figure of its own group."""
    alike = "이름이 아주 긴 담당자 " * 5
    names = ["x" * 10_000, f"{alike} 하나", f"{alike} 둘", "ana"]
    rows = [
        {"id": n, "owner": name, "created_at": "2025-01-01", "closed_at": "2025-02-01",
         "outcome": "won", "amount": 40 - 10 * n}
        for n, name in enumerate(names)
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC")
    page = sm.snapshot(crm, "2025-Q1", by="owner", kpis=["bookings", "win_rate"]).to_html()
    assert len(page) < 30_000
    options = re.findall(r'<option value="(\d+)">([^<]*)</option>', page)
    assert len({text for _, text in options}) == 4
    assert options[2][1] == f"{options[1][1]} (2)" and options[1][1].endswith("…")
    data = held(page)
    for at, (place, text) in enumerate(options):
        assert data["groups"][1][int(place)] == json.dumps([text], ensure_ascii=False)
        assert data["kpis"]["bookings"]["1"][0][int(place)][0] == f"${40 - 10 * at}.00"
    assert "Names that are cut on this page (3)" in page
    for name in names[1:3]:
        assert page.count(f"<li>{name}</li>") == 1
    assert page.count("x" * 1000) == 1 and "… (10,000 characters)" in page
