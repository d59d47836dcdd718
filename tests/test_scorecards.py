"""Scorecards, and the commands that show documents."""

from __future__ import annotations

import json
from pathlib import Path
from unicodedata import normalize

import pytest

import salesmetrics as sm
from salesmetrics.cli import main
from salesmetrics.insight.scorecards import scorecard_named

MAVEN = str(Path(__file__).parents[1] / "examples" / "maven")


# Named by the scorecards but not in the catalogue yet.  When one lands, take it out here.
def test_every_kpi_that_scorecards_name_is_there():
    assert {kpi for card in sm.scorecards().values() for kpi in card.missing} == set()


def test_the_scorecards_there_are():
    cards = sm.scorecards()
    kinds: dict[str, list[str]] = {}
    for name, card in cards.items():
        kinds.setdefault(card.kind, []).append(name)
        assert len(set(card.kpis)) == len(card.kpis), name
        assert card.ko, name
    assert kinds["function"] == [
        "marketing", "sales", "product", "technical_support", "customer_success",
        "marketing_extended", "sales_extended", "product_extended", "technical_support_extended",
        "customer_success_extended", "sales_support",
    ]  # fmt: skip
    assert kinds["role"] == ["executive", "manager", "rep"]
    assert kinds["journey"] == ["awareness", "consideration", "decision", "retention"]
    assert len(kinds["process"]) == 8


# The sets as they are published, KPI by KPI.
PUBLISHED = {
    "marketing": "lead_volume lead_conversion_rate customer_acquisition_cost",
    "sales": "revenue average_deal_size close_rate win_rate",
    "product": "customer_retention_rate mrr arr",
    "technical_support": "customer_retention_rate sales_cycle",
    "customer_success": "customer_retention_rate mrr arr customer_lifetime_value",
    "process_marketing": "lead_volume lead_conversion_rate customer_acquisition_cost",
    "process_sales": "revenue average_deal_size close_rate win_rate sales_cycle converted_leads "
    "lead_conversion_rate",
    "process_customer_success": "customer_retention_rate mrr arr customer_lifetime_value",
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_sets_hold_exactly_their_kpis(name):
    assert list(sm.scorecards()[name].kpis) == PUBLISHED[name].split()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("수주율", "win_rate"), ("성사율", "win_rate"), ("클로징 비율", "close_rate"),
        ("영업 이익률", "sales_profit_margin"), ("파이프라인 보장 비율", "pipeline_coverage"),
        ("평균 계약 금액", "average_deal_size"), ("고객 평생 가치", "customer_lifetime_value"),
        ("고객 확보 비용", "customer_acquisition_cost"), ("세일즈 사이클", "sales_cycle"),
        ("판매 속도", "sales_velocity"), ("신규 리드 수", "lead_volume"),
        ("딜 개수", "deals_created"),
        ("MQL", "qualified_leads"), ("SQL", "qualified_leads_by_sales"), ("arr", "arr"),
        ("CAC", "customer_acquisition_cost"), ("Win-Rate", "win_rate"), ("수주  금액", "bookings"),
        ("win_rate_by_amount", "win_rate_by_amount"),
    ],
)  # fmt: skip
def test_kpis_are_found_as_people_say_them(said, meant):
    assert sm.entry(said).name == meant


def test_a_synonym_belongs_to_one_kpi_and_a_near_miss_is_suggested():
    from salesmetrics.catalog import ENTRIES, _plain, synonyms

    assert set(synonyms()) <= set(ENTRIES)
    said = [_plain(name) for names in synonyms().values() for name in names]
    assert sorted(set(said)) == sorted(said)
    with pytest.raises(sm.SalesMetricsError, match="Did you mean 'win_rate'"):
        sm.entry("수주률")


def test_scorecards_and_figures_go_by_their_korean_names():
    crm = sm.read(MAVEN, preset="maven")
    taken = sm.scorecard(crm, "마케팅", "2017-Q4")
    assert taken.scorecard == sm.scorecards()["marketing"]
    shot = sm.snapshot(crm, "2017-Q4", kpis=["수주율"])
    assert shot["수주율"] == shot["win_rate"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("technical-support", "technical_support"), ("기술지원", "technical_support"),
        ("인지", "awareness"), ("고객 여정: 인지", "awareness"), ("after the sale", "after_sales"),
        ("마케팅", "marketing"), (normalize("NFD", "영업 지원"), "sales_support"),
    ],
)  # fmt: skip
def test_scorecards_are_found_as_people_say_them(said: str, meant: str) -> None:
    assert scorecard_named(said).name == meant


def test_what_is_not_known_is_guessed_at_first() -> None:
    with pytest.raises(sm.SalesMetricsError, match="Did you mean 'sales_cycle' or 'sales_cycle_"):
        sm.entry("사이클")
    with pytest.raises(sm.SalesMetricsError, match=r"choose one of marketing \(마케팅\)"):
        scorecard_named("임원")
    assert sm.entry("ROI").name == "campaign_roi"


def test_a_scorecard_is_a_snapshot_of_its_kpis():
    crm = sm.read(MAVEN, preset="maven")
    taken = sm.scorecard(crm, "decision", "2017-Q4", compare="previous")
    card = sm.scorecards()["decision"]
    lacking = {need.name: need.needs for need in taken.needs}
    assert tuple(figure.name for figure in taken.figures) == tuple(
        name for name in card.known if name not in lacking
    )
    assert set(card.missing) <= set(lacking)
    assert lacking["stage_conversion"] == "stage_changes"
    assert taken.to_dict()["scorecard"] == "decision"
    assert repr(taken).startswith("Journey: decision; ")
    for figure in taken.figures:
        assert figure.total == figure.entry.function(crm.deals, "2017-Q4")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('kpis = ["win_rat"]', "mine.toml: KPI 'win_rat' is not known.*Did you mean 'win_rate'"),
        ("kpis = []", "names one twice, or none"),
        ('kpis = ["win_rate", "win_rate"]', "names one twice"),
        ('kpis = ["win_rate"]\nweights = { bookings = 1 }', "weight of 'bookings' is not known"),
        ('kpis = ["win_rate"]\nweights = { win_rate = -1 }', "0 or more"),
        ('kpi = ["win_rate"]', "mine.toml: "),
        ("kpis = [", "is no TOML"),
    ],
)
def test_faulty_scorecards(tmp_path, text, message):
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(sm.SalesMetricsError, match=message):
        sm.scorecard(sm.read(MAVEN, preset="maven"), file, "2017-Q4")


def test_a_weight_may_be_nothing(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('kpis = ["win_rate", "bookings"]\nweights = { win_rate = 0, bookings = 1 }')
    assert dict(scorecard_named(file).weights) == {"win_rate": 0, "bookings": 1}


def test_unknown_scorecards(tmp_path):
    crm = sm.read(MAVEN, preset="maven")
    with pytest.raises(sm.SalesMetricsError, match="Did you mean 'sales'"):
        sm.scorecard(crm, "sale", "2017-Q4")
    with pytest.raises(sm.SalesMetricsError, match="there is no file"):
        sm.scorecard(crm, tmp_path / "none.toml", "2017-Q4")


# the command -------------------------------------------------------------------------------------


def run(capsys, *arguments):
    code = main(list(arguments))
    return code, *capsys.readouterr()


def test_snapshot_with_everything(capsys, tmp_path):
    code, out, err = run(
        capsys, "snapshot", MAVEN, "--preset", "maven", "--period", "2017-Q4", "--by", "region",
        "--by", "region,product", "--compare", "previous", "--every", "month", "--lang", "ko",
        "--targets", str(Path(MAVEN).parent / "targets" / "maven_2017.csv"),
    )  # fmt: skip
    assert (code, err) == (0, "")
    for word in ("2017-Q3 대비", "2017-11", "지역별", "달성률", "종합 달성도"):
        assert word in out, word


def test_output_goes_to_a_file_and_two_files_are_compared(capsys, tmp_path):
    plain = ["snapshot", MAVEN, "--preset", "maven", "--period", "2017-Q4", "--kpis", "won_deals"]
    names = []
    for day in ("2017-11-30", "2017-12-31"):
        names.append(str(tmp_path / f"{day}.json"))
        code, out, _ = run(capsys, *plain, "--as-of", day, "--format", "json", "-o", names[-1])
        assert (code, out) == (0, "")
    code, out, _ = run(capsys, "diff", *names)
    assert code == 0
    assert out.splitlines() == [
        "snapshot: known_until 2017-11-30 -> 2017-12-31",
        "won_deals (2017-Q4): 685 -> 1,196 (+74.6%), n 685 -> 1,196",
    ]
    code, out, _ = run(capsys, "diff", *names, "--each")
    assert code == 0
    assert out.splitlines()[1:] == [
        "won_deals (2017-Q4): value 685 -> 1,196",
        "won_deals (2017-Q4): n 685 -> 1,196",
    ]
    code, out, _ = run(capsys, "diff", *names, "--format", "json")
    assert [one["after"] for one in json.loads(out)] == ["2017-12-31", 1196, 1196]
    assert run(capsys, "diff", names[0], names[0])[:2] == (0, "no difference\n")
    code, out, err = run(capsys, *plain, "-o", str(tmp_path / "no" / "where"))
    assert (code, out) == (1, "")
    assert "cannot write" in err


def test_markdown(capsys):
    code, out, _ = run(
        capsys, "scorecard", "sales", MAVEN, "--preset", "maven", "--period", "2017-Q4",
        "--format", "md",
    )  # fmt: skip
    assert code == 0
    assert out.startswith("# Sales; KPI snapshot of 2017-Q4")


def test_the_list_of_scorecards(capsys):
    code, out, _ = run(capsys, "scorecard", "--list")
    assert code == 0
    assert all(name in out for name in sm.scorecards())


@pytest.mark.parametrize(
    "arguments",
    [
        ["scorecard"],
        ["scorecard", "sales"],
        ["scorecard", "sales", MAVEN],
        ["scorecard", "sale", MAVEN, "--preset", "maven", "--period", "2017-Q4"],
        ["snapshot", MAVEN, "--preset", "maven", "--period", "2017-Q4", "--targets", "none.csv"],
    ],
)
def test_usage_errors(capsys, arguments):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
