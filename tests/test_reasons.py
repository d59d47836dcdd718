"""Reasons as data: what they are as text, what they carry, and their words in each language."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics import models
from salesmetrics.catalog import ENTRIES
from salesmetrics.insight.wording import KINDS
from salesmetrics.metrics.customer import accounts
from salesmetrics.reasons import Reason, _table, as_reason, name_said, reasons_in, rows_of, so_many
from salesmetrics.report.check import check_text
from salesmetrics.report.notebook import snapshot_html
from salesmetrics.results import Result
from salesmetrics.results.display import result_text
from salesmetrics.results.parts import parts_of
from salesmetrics.results.words import words
from salesmetrics.tables.rows import Rows

DEMO = Path(__file__).parents[1] / "examples" / "demo"
CONFIG = sm.read_config(DEMO / "salesmetrics.toml")
HANGUL = re.compile("[가-힣]")


# what a reason is --------------------------------------------------------------------------------


def test_a_reason_is_its_words() -> None:
    why = Reason("no_field", field="amount")
    assert why == "no amount"
    assert {why: 3}["no amount"] == 3
    assert {"no amount": 3}[why] == 3
    assert hash(why) == hash("no amount")
    assert sorted([why, Reason("no_rate")]) == ["no amount", "no exchange rate"]
    assert json.loads(json.dumps({why: why})) == {"no amount": "no amount"}
    assert (why.code, dict(why.params)) == ("no_field", {"field": "amount"})
    assert type(str(why)) is str


def test_reasons_nest_and_list() -> None:
    inner = Reason("none_in_period", what=rows_of("deals", "decided"))
    nested = Reason("of_part", part="win rate", reason=inner)
    assert nested == "win rate: no decided deals in the period"
    assert nested.said("ko") == "수주율: 기간 중 승패가 정해진 딜 없음"
    assert inner in reasons_in(nested)
    counts = {Reason("no_field", field="amount"): 3, Reason("no_rate"): 2_000}
    listed = Reason("no_amount_known", left_out=so_many(counts))
    assert listed == "no amount is known: 3 no amount, 2,000 no exchange rate"
    assert listed.said("ko") == "금액을 알 수 없음: 금액 없음 3건, 환율 없음 2,000건"
    assert reasons_in(listed) >= set(counts)


@pytest.mark.parametrize(
    "again",
    [lambda why: pickle.loads(pickle.dumps(why)), copy.copy, copy.deepcopy],
    ids=["pickle", "copy", "deepcopy"],
)
def test_copies_keep_code_and_params(again: Any) -> None:
    why = Reason("all_left_out", what=rows_of("leads"), left_out=so_many({Reason("no_rate"): 2}))
    other = again(why)
    assert other == why
    assert (other.code, dict(other.params)) == (why.code, dict(why.params))
    assert other.params["what"].code == "rows"
    assert other.said("ko") == why.said("ko")


def test_a_reason_does_not_change() -> None:
    why = Reason("no_field", field="amount")
    with pytest.raises(AttributeError, match="does not change"):
        why.code = "other"
    with pytest.raises(TypeError):
        why.params["field"] = "owner"  # type: ignore[index]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Reason("no such"), "reason 'no such' is not known"),
        (lambda: Reason("no_field"), "needs field"),
        (lambda: Reason("no_field", field="amount", table="deals"), "takes field"),
        (lambda: Reason("no_field", field=[1]), "give plain values, reasons or tuples"),
        (lambda: Reason("no_rate").said("fr"), "lang 'fr' is not known"),
    ],
)
def test_what_is_no_reason(make: Any, message: str) -> None:
    with pytest.raises(sm.SalesMetricsError, match=message):
        make()


def test_any_text_can_be_a_reason() -> None:
    why = as_reason("because {x} is so")
    assert (why, why.code, why.said("ko")) == ("because {x} is so", "text", "because {x} is so")
    assert as_reason(why) is why


def test_rows_by_what_they_are_and_did() -> None:
    assert rows_of("deals", "won", "of a customer") == "won deals of a customer"
    assert rows_of("deals", "won", "of a customer").said("ko") == "고객이 있는 수주 딜"
    assert rows_of("leads", ("that reached", "sql_at")) == "leads that reached sql_at"
    few = Reason("few_ended", count=Reason("counted", n=1, rows=rows_of("deals", "won")))
    assert few == "fewer than half of 1 won deal ended"
    many = Reason("few_ended", count=Reason("counted", n=1_234, rows=rows_of("leads")))
    assert many == "fewer than half of 1,234 leads ended"


def test_korean_particles_follow_the_last_sound() -> None:
    assert Reason("before", later="closed_at", first="created_at").said("ko") == (
        "마감일이 생성일보다 앞섬"
    )
    assert Reason("is_zero", part="deal size").said("ko") == "거래 규모가 0"
    begun = Reason("not_begun", period="2026", day="2025-12-31")
    assert begun.said("ko") == "2025-12-31 현재 2026이 시작되지 않음"


# the one table of words --------------------------------------------------------------------------


def blanks(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("section", ["why", "counted", "sets"])
def test_every_code_has_both_languages_and_the_same_parameters(section: str) -> None:
    for code, (english, korean) in _table()[section].items():
        assert blanks(english) == blanks(korean), code
        assert HANGUL.search(korean) or not re.search("[A-Za-z]", re.sub(r"\{.*?\}", "", korean))
    for name, called in _table()["tables"].items():
        assert len(called) == 3, name
        assert HANGUL.search(called[2]), name


def every_table() -> Iterator[type[Rows]]:
    found = list(Rows.__subclasses__())
    while found:
        one = found.pop()
        found += one.__subclasses__()
        yield one


def test_tables_row_sets_and_columns_have_words() -> None:
    table = _table()
    for one in every_table():
        for name in one.row_sets:
            assert name in table["sets"], name
        if isinstance(getattr(one, "name", None), str):
            assert one.name in table["tables"], one
        for column in one.derived:
            assert column in table["names"], column
            if "_" in column:  # no file has it: people read words
                assert "_" not in str(Reason("no_field", field=column)), column
    for record in vars(models).values():
        if inspect.isclass(record) and issubclass(record, models.Record):
            for column in record.model_fields:
                assert column in table["names"], column
    flags = re.findall(r'^\s+"([a-z ]+)": ', inspect.getsource(accounts), re.M)
    assert "active at the start" in flags
    for name in {*flags, "ever won"}:
        assert name in table["sets"], name


def test_what_no_file_has_is_said_in_words() -> None:
    lead = {"id": 1, "created_at": "2025-01-06T09:00", "first_response_at": "2025-01-05T08:00"}
    waited = sm.lead_response_time(sm.Leads.of([lead], tz="UTC"), "2025-01")
    (why,) = waited.excluded
    assert isinstance(why, Reason)
    assert (why, why.said("ko")) == (
        "first_response_at before start of the wait", "최초 응답 시각이 응답 대기 시작보다 앞섬"
    )  # fmt: skip
    learned = Reason("learned_by", method="stage_chain", won=1, lost=2)
    assert learned.startswith("stage chain: learned from 1 won")


def test_codes_in_the_source_are_in_the_table_and_the_other_way_round() -> None:
    files = Path(sm.__file__).parent.rglob("*.py")
    source = "\n".join(file.read_text("utf-8") for file in files)
    known = {*_table()["why"], "rows"}
    assert set(re.findall(r'Reason\(\s*"(\w+)"', source)) <= known
    unused = {code for code in known if f'"{code}"' not in source}
    assert unused - {"figure_undefined", "base_undefined"} == set()  # named by their side


# nothing is left in English ----------------------------------------------------------------------

# What Korean sales teams write in Latin letters: abbreviations of the word table.
ABBREVIATIONS = {
    "KPI", "MRR", "ARR", "CAC", "SLA", "ACV", "TCV", "NRR", "GRR", "SaaS", "ARPA", "CLV", "LTV",
    "LVR", "ROI", "MQL", "SQL", "CRM", "ID", "KRW", "p", "AE", "SDR",
}  # fmt: skip


@pytest.fixture(scope="module")
def crm() -> sm.CRM:
    return sm.read(DEMO, config=CONFIG, on_error="collect")


@pytest.fixture(scope="module")
def taken(crm: sm.CRM) -> sm.Snapshot:
    return sm.snapshot(
        crm,
        CONFIG.period[0],
        by=["owner", ("team", "product")],
        compare=["previous", "year_before"],
        every="month",
        assumptions=CONFIG.assumed(),
        targets=DEMO / "targets.toml",
        lang="ko",
    )


# Words of the demonstration company's rows: its stages and products, a kind of request.
DATA = {"BI", "Desk", "inquiry", "proposal", "contract"}


def english_in(text: str) -> set[str]:
    """Latin words of a Korean text that are no code, data, calendar span or abbreviation."""
    text = re.sub("'[^']*'", "", text)
    text = re.sub(r"\b[a-z_]+=\S*", "", text)  # an argument with its value
    text = re.sub(r"\b\d{4}-(Q\d|\d\d-\d\dT)", "", text)
    text = re.sub(r"\b[A-Z]\d+\b", "", text)  # ids of rows
    return set(re.findall("[A-Za-z][A-Za-z_]*", text)) - ABBREVIATIONS - DATA


def test_a_snapshot_in_korean_has_no_english(taken: sm.Snapshot) -> None:
    assert english_in(taken.to_text("ko", columns=400)) == set()
    assert english_in(unescape(taken.to_markdown("ko").replace("\\", ""))) == set()


def test_no_sentence_has_marks_of_markdown(taken: sm.Snapshot) -> None:
    """Every view says the same words, a terminal and a page too: what is code stands in quotes."""
    assert "`" not in json.dumps(_table()) + json.dumps([words(lang).said for lang in ("en", "ko")])
    assert not [one for kind in KINDS.values() for one in (kind.en, kind.ko) if "`" in one]
    for lang in ("en", "ko"):
        shown = [taken.to_text(lang), taken.to_html(lang=lang), snapshot_html(taken, lang)]
        assert [text.count("`") for text in shown[::2]] == [0, 0]
        assert "`" not in shown[1].partition("<script>")[0]


def test_every_kpi_says_in_korean_what_it_is() -> None:
    told = words("ko").said["definitions"]
    assert told.keys() == {one.label.name for one in ENTRIES.values()}
    assert len(set(told.values())) == len(told)  # no two are the same
    for name, text in told.items():
        assert re.search("[가-힣]", text) and text.endswith("."), name
    assert words("ko").definition("one_of_my_own", "Mine.") == "Mine."


def test_scorecards_in_korean_have_no_english(crm: sm.CRM) -> None:
    given = CONFIG.assumed()
    for name in sm.scorecards():
        card = sm.scorecard(crm, name, CONFIG.period[0], by="team", assumptions=given, lang="ko")
        assert english_in(card.to_text("ko", columns=400)) == set(), name


def test_results_in_korean_have_no_english(taken: sm.Snapshot) -> None:
    for figure in taken.figures:
        for reading in figure.readings:
            assert english_in(result_text(reading.result, "ko")) == set(), figure.name


def test_the_quality_report_in_korean_has_no_english(crm: sm.CRM) -> None:
    report = sm.quality(crm, assumptions=CONFIG.assumed())
    assert english_in(report.to_text("ko")) == set()


def test_what_was_read_in_korean_has_no_english(crm: sm.CRM, tmp_path: Path) -> None:
    """Names of columns and files, and cells as they stand there, are data."""
    rows = (
        "id,created_at,closed_at,outcome,amount,probability,pauses\n"
        "a,2025-01-01,2025-01-09,won,1.234,,\na,2025-01-01,,open,1,,\n,2025-01-01,,open,1,,\n"
        "c,01/02/2025,,open,1,,\nd,2025-01-01T00:00:00Z,,open,1.005,12000,\n"
        "e,2025-01-01,2025-01-02,open,2,,\nf,2025-01-01,,perhaps,2,,\n"
    )
    (tmp_path / "deals.csv").write_text(rows, encoding="utf-8")
    asked = "id,requested_at,completed_at,pauses\n"
    asked += "1,2025-01-06,,2025-01-06T10:00\n2,2025-01-06,,2025-01-07/2025-01-06\n"
    (tmp_path / "requests.csv").write_text(asked, encoding="utf-8")
    broken = sm.read(tmp_path, currency="EUR", tz="UTC", on_error="collect")
    assert sum(map(len, broken.faults.values())) + sum(map(len, broken.unread.values())) >= 8
    cells = {"won", "open", "perhaps", "a", "c", "d", "e", "f", "Z", "T", "EUR", "by"}
    for one in (crm, broken):
        columns = {name for table in one.tables.values() for name in table.columns}
        files = {part for file in one.files for part in re.findall("[A-Za-z_]+", file.file)}
        given = {part for name in columns for part in re.findall("[A-Za-z_]+", name)}
        quoted = re.sub(r"'[^']*'", "", check_text(one, "ko"))
        assert english_in(quoted) - columns - files - given - cells == set()
        assert "used" in check_text(one) and "사용" in quoted


def test_needs_in_korean_have_no_english() -> None:
    from salesmetrics.examples import deals

    empty = sm.snapshot(sm.CRM(deals=deals), "2025-Q1", lang="ko")
    assert len(empty.needs) > 30
    shown = empty.to_text("ko", columns=400)
    assert english_in(shown) <= {"EUR"}


# every figure says its reasons as data -----------------------------------------------------------


def told(result: Result) -> Iterator[Any]:
    yield result.evidence.what
    for cell in result.rows():
        yield from cell.excluded
        yield from cell.assumed
        if cell.reason is not None:
            yield cell.reason


def test_every_reason_of_every_kpi_is_data(taken: sm.Snapshot) -> None:
    assert len(taken.figures) == len(ENTRIES) or len(taken.figures) > 90
    for figure in taken.figures:
        for reading in figure.readings:
            for result in (reading.result, *reading.bases.values()):
                for why in told(result):
                    assert isinstance(why, Reason), (figure.name, why)
                    assert why.code != "text", (figure.name, why)
                    assert HANGUL.search(why.said("ko")), (figure.name, why)


def test_parts_of_figures_have_words(taken: sm.Snapshot) -> None:
    for figure in taken.figures:
        if figure.name == "loss_reasons":
            continue  # whose lines are what the data say
        for part in parts_of(figure.total):
            for name in part.values:
                said = name_said(name, "ko", figure.entry.label.name)
                assert HANGUL.search(said) or said in ABBREVIATIONS, (figure.name, name)


def test_findings_in_korean_name_columns_in_korean() -> None:
    for kind, finding in KINDS.items():
        fields = [(name, spec) for _, name, spec, _ in Formatter().parse(finding.ko) if name]
        for name, spec in fields:
            if name in ("field", "start", "born"):
                assert (spec or "").startswith("name"), kind
