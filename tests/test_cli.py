"""The command: one clear sentence on stderr, the right exit code, never a traceback."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

import salesmetrics as sm
from salesmetrics.cli import main

MAVEN = str(Path(__file__).parents[1] / "examples" / "maven")
HEADER = "id,owner,created_at,closed_at,outcome,amount\n"
GOOD = HEADER + "1,ana,2025-01-05,2025-02-01,won,100\n2,bo,2025-01-06,2025-02-03,lost,50\n"
Capture = pytest.CaptureFixture[str]


def run(*arguments: str) -> int:
    try:
        return main(arguments)
    except SystemExit as left:
        return int(left.code or 0)


def snapshot(tmp_path: Path, content: str | bytes, *more: str, name: str = "deals.csv") -> int:
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return run("snapshot", str(tmp_path), "--period", "2025-Q1", "--currency", "USD", *more)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("snapshot", "/no/such/folder", "--period", "2025"), 2, "no file or folder"),
        (("snapshot", MAVEN, "--preset", "maven", "--period", "2017-Q5"), 2, "2017-Q5"),
        (("snapshot", MAVEN, "--preset", "maven", "--period", "soon"), 2, "not a period"),
        (("snapshot", MAVEN, "--preset", "maven"), 2, "--period"),
        (("snapshot", MAVEN, "--preset", "mavn", "--period", "2017"), 2, "maven"),
        (("snapshot", MAVEN, "--preset", "x.toml", "--period", "2017"), 2, "no preset file"),
        (
            ("snapshot", MAVEN, "--preset", "maven", "--period", "2017", "--by", "onwer"),
            2,
            "Did you mean 'owner'",
        ),
        (
            ("snapshot", MAVEN, "--preset", "maven", "--period", "2017", "--kpis", "win_rat"),
            2,
            "Did you mean 'win_rate'",
        ),
        (
            ("snapshot", MAVEN, "--preset", "maven", "--period", "2017", "--option", "x"),
            2,
            "list_price",
        ),
        (
            ("snapshot", MAVEN, "--preset", "maven", "--period", "2017", "--assume", "x"),
            2,
            "NAME=VALUE",
        ),
        (
            ("snapshot", MAVEN, "--preset", "maven", "--period", "2017", "--as-of", "soon"),
            2,
            "as of 'soon'",
        ),
        (
            ("snapshot", MAVEN, "--preset", "maven", "--period", "2017", "--format", "pdf"),
            2,
            "choose from",
        ),
        (
            ("snapshot", MAVEN, "--preset", "maven", "--period", "2017", "--tz", "Asia/Soul"),
            2,
            "Asia/Seoul",
        ),
        (("kpis", "win_rat"), 2, "win_rate"),
        (("snapsho",), 2, "snapshot"),
        ((), 2, "usage"),
    ],
)
def test_usage_errors(arguments: tuple[str, ...], code: int, says: str, capsys: Capture) -> None:
    assert run(*arguments) == code
    out, err = capsys.readouterr()
    assert says in err
    assert not out
    assert "Traceback" not in err
    if arguments:
        assert err.strip().count("\n") == 0, "one sentence"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (GOOD + "3,bo,2025-01-06\n", "line 4: 3 values, but the header names 6 columns"),
        (GOOD.encode("utf-16"), "is not UTF-8"),
        ("", "is empty"),
        ("\n", "is empty"),
        ("id,owner,id\n1,a,2\n", "two columns 'id'"),
        (HEADER + '1,"ana,2025-01-05,2025-02-01,won,100\n', "line 2"),
        (HEADER + "1,ana,2025-01-05,2025-02-30,won,100\n", "deals.csv line 2"),
        (HEADER.replace("id", "key") + "1,ana,2025-01-05,,open,5\n", "need a column 'id'"),
    ],
)
def test_broken_files(tmp_path: Path, content: str | bytes, says: str, capsys: Capture) -> None:
    code = snapshot(tmp_path, content)
    out, err = capsys.readouterr()
    assert says in err
    assert code == (2 if "need a column" in says else 1)
    assert not out
    assert "Traceback" not in err


def test_a_file_that_is_no_table(tmp_path: Path, capsys: Capture) -> None:
    assert snapshot(tmp_path, GOOD, name="stuff.csv") == 2
    assert "none of the files expected" in capsys.readouterr().err
    assert run("snapshot", str(tmp_path / "stuff.csv"), "--period", "2025") == 2
    assert "does not say which table" in capsys.readouterr().err


def test_no_currency(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "deals.csv").write_text(GOOD)
    assert run("snapshot", str(tmp_path), "--period", "2025") == 1
    assert "needs a currency" in capsys.readouterr().err


def test_collect_leaves_out_and_says_how_many(tmp_path: Path, capsys: Capture) -> None:
    bad = GOOD + "3,cho,2025-01-06,2025-02-03,signed,1\n"
    assert snapshot(tmp_path, bad, "--on-error", "collect", "--format", "json") == 0
    out, err = capsys.readouterr()
    assert "deals: 1 row left out" in err
    kpis = {kpi["kpi"]: kpi for kpi in json.loads(out)["kpis"]}
    assert kpis["won_deals"]["figures"][0]["value"] == 1
    assert run("check", str(tmp_path), "--currency", "USD") == 1
    assert "deals.csv line 4" in capsys.readouterr().out


def test_a_good_file(tmp_path: Path, capsys: Capture) -> None:
    assert snapshot(tmp_path, "\ufeff" + GOOD.replace("\n", "\r\n"), "--by", "owner") == 0
    out, err = capsys.readouterr()
    assert "won_deals" in out or "won deals" in out
    assert not err
    assert run("check", str(tmp_path), "--currency", "USD") == 0


def test_csv_and_json_say_the_same(capsys: Capture) -> None:
    arguments = ("snapshot", MAVEN, "--preset", "maven", "--period", "2017-Q4", "--by", "owner")
    assert run(*arguments, "--format", "csv") == 0
    every = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    rows = [row for row in every if not row.get("part")]  # parts of a figure have rows of their own
    assert run(*arguments, "--format", "json") == 0
    document = json.loads(capsys.readouterr().out)
    figures = [figure for kpi in document["kpis"] for figure in kpi["figures"]]
    assert len(rows) == len(figures)
    for row, figure in zip(rows, figures, strict=True):
        value = figure["value"]
        assert row["value"] == ("" if value is None else str(value))


def test_text_that_a_spreadsheet_would_compute(tmp_path: Path, capsys: Capture) -> None:
    evil = HEADER + "1,=HYPERLINK(1),2025-01-05,2025-02-01,won,100\n"
    assert snapshot(tmp_path, evil, "--by", "owner", "--format", "csv") == 0
    assert ",'=HYPERLINK(1)," in capsys.readouterr().out


def test_catalogue(capsys: Capture) -> None:
    assert run("kpis") == 0
    out = capsys.readouterr().out
    assert all(name in out for name in sm.catalog.ENTRIES)
    assert "win_rate with of='amount'" in " ".join(out.split())
    assert run("kpis", "--lang", "ko") == 0
    korean = capsys.readouterr().out
    assert korean.split()[:4] == ["KPI", "이름", "단위", "정의"]
    assert "수주율(거래 성사율) · 금액 기준" in korean
    assert run("kpis", "win_rate_by_amount") == 0
    assert "of='amount'" in capsys.readouterr().out


def test_as_a_program() -> None:
    code = [sys.executable, "-m", "salesmetrics"]
    help_ = subprocess.run([*code, "--help"], capture_output=True, text=True, check=False)
    assert help_.returncode == 0
    assert "snapshot" in help_.stdout
    wrong = subprocess.run(
        [*code, "snapshot", "/nowhere", "--period", "2025"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert wrong.returncode == 2
    assert wrong.stderr.count("\n") == 1


DEMO = str(Path(__file__).parents[1] / "examples" / "demo")


def test_forecast_says_what_a_period_brings(capsys: Capture) -> None:
    asked = ("forecast", DEMO, "--period", "2025-Q4", "--target", "1_200_000_000", "--by", "owner")
    assert run(*asked, "--deals") == 0
    out = capsys.readouterr().out
    assert "bookings forecast (target=1,200,000,000" in out
    assert "target_chance" in out
    assert "contribution of deals" in out
    assert run(*asked, "--format", "json", "--quota", "최지우=300000000") == 0
    found = json.loads(capsys.readouterr().out)
    (total,) = found["total"]
    assert total["p10"] < total["value"] < total["p90"]
    assert sum(row["value"] for row in found["owner"]) == pytest.approx(total["value"])
    assert {row["target"] for row in found["owner"]} == {None, 300_000_000}
    assert found["deals"][0]["value"] >= found["deals"][-1]["value"]
    assert run(*asked, "--lang", "ko") == 0
    assert "목표 달성 확률" in capsys.readouterr().out
    assert run(*asked, "--quota", "none") == 2


def test_backtest_says_which_method_to_trust(capsys: Capture) -> None:
    assert run("backtest", DEMO, "--origins", "5") == 0
    out = capsys.readouterr().out
    assert "5 forecasts of 90 days each" in out
    assert "run_rate" in out
    assert run("backtest", DEMO, "--origins", "5", "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["method"] for row in found["methods"]] == [
        "forecast", "run_rate", "weighted_pipeline"
    ]  # fmt: skip
    assert len(found["origins"]) == 5


def test_the_base_of_a_period_that_is_not_over_is_cut_as_asked(capsys: Capture) -> None:
    asked = [
        "snapshot", MAVEN, "--preset", "maven", "--kpis", "bookings", "--period", "2017-Q4",
        "--as-of", "2017-11-30", "--compare", "previous", "--format", "json",
    ]  # fmt: skip
    told = []
    for more in ([], ["--align", "month_ends"]):
        assert run(*asked, *more) == 0
        told.append(capsys.readouterr().out)
    assert "2017-Q3 to 2017-08-30" in told[0] and "2017-Q3 to 2017-08-31" in told[1]


def test_one_kpi_in_korean_is_korean_as_far_as_it_is_written(capsys: Capture) -> None:
    """Its names, what it is made of, its unit and definition; and that the rest is English."""
    assert run("kpis", "영업 속도", "--lang", "ko") == 0
    head, _, english = capsys.readouterr().out.partition("영어로만")
    assert "다른 이름: " in head and "\n단위: " in head and "\n정의: 파이프라인이 하루" in head
    assert "\n구성: 진행 딜 수 x 수주율(거래 성사율) x 평균 거래 규모 / 영업 사이클 길이" in head
    assert "also called" not in head and "made of" not in head
    assert "Formula:" in english
    assert run("kpis", "sales_velocity") == 0
    out = capsys.readouterr().out
    assert "made of: open_deals x win_rate x average_deal_size / sales_cycle\n\n" in out


def test_a_list_without_ids_says_what_to_do(tmp_path: Path, capsys: Capture) -> None:
    """Names that repeat are no ids: the error and the proposal both say to number the rows."""
    (tmp_path / "deals.csv").write_text(
        "name,created_at,closed_at,outcome,amount\n"
        "Acme,2025-01-02,2025-02-03,won,5\nAcme,2025-01-04,2025-02-05,won,7\n"
    )
    asked = ("--currency", "USD", "--tz", "UTC", "--period", "2025-Q1")
    assert run("snapshot", str(tmp_path), *asked) == 2
    assert "add a column that numbers the rows: 1, 2, 3, ..." in capsys.readouterr().err
    assert run("columns", str(tmp_path)) == 0
    assert "  needed    id: " in capsys.readouterr().out
    assert run("columns", str(tmp_path), "--mapping") == 0
    assert '\n# id = ""  # needed: no column is known to have another value in every row' in (
        capsys.readouterr().out
    )
    rows = (tmp_path / "deals.csv").read_text().splitlines()
    numbered = [f"{'id' if n == 0 else n},{row}" for n, row in enumerate(rows)]
    (tmp_path / "deals.csv").write_text("\n".join(numbered))  # as it was told
    assert run("columns", str(tmp_path)) == 0
    assert "needed" not in capsys.readouterr().out
    assert run("snapshot", str(tmp_path), *asked) == 0
