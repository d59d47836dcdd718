"""The first screen of `salesmetrics check`: how many findings, and what moves most."""

from __future__ import annotations

from pathlib import Path

import pytest

import salesmetrics as sm
from salesmetrics.cli import main
from salesmetrics.report.check_screen import check_screen

DEMO = Path(__file__).parents[1] / "examples" / "demo"
FEW = """id,created_at,closed_at,outcome,amount
1,2025-01-02,2025-01-20,won,100
2,2025-01-03,2025-01-25,lost,
3,2025-01-04,,won,300
"""


@pytest.fixture(scope="module")
def company() -> tuple[sm.CRM, sm.QualityReport]:
    crm = sm.read(DEMO, on_error="collect")
    return crm, sm.quality(crm, "2025-Q4")


@pytest.mark.parametrize("room", [60, 100, 200])
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_company_of_many_findings_fits_a_screen(company, lang, room) -> None:
    lines = check_screen(*company, lang, room).splitlines()
    assert len(lines) <= 40
    assert "--all" in "".join(lines[-3:])
    assert "--fix-list" in "".join(lines[-3:])


def test_it_counts_and_says_what_moves_headline_figures_most(company) -> None:
    crm, report = company
    lines = check_screen(crm, report).splitlines()
    counts = {kind: sum(one.severity == kind for one in report.findings)
              for kind in ("error", "warning", "info")}  # fmt: skip
    assert counts == {"error": 8, "warning": 10, "info": 1}
    assert lines[0] == "8 errors, 10 warnings, 1 note"
    assert lines[1] == "26,821 rows of 25 tables used, 3 rejected, 3 cells not read"
    assert lines[4].startswith("  1  leads with created_at on 2025-10-10, where the median day")
    assert "lead_volume -18.2%" in lines[6]  # 60 of 329
    assert "win_rate +10.1%" in check_screen(crm, report)
    assert "overdue_deals -100" not in check_screen(crm, report)  # it counts these very rows


def test_all_has_the_summary_and_everything(company) -> None:
    crm, report = company
    text = check_screen(crm, report, whole=True)
    assert text.startswith("8 errors, 10 warnings, 1 note\n")
    assert text.endswith(report.to_text())
    assert "deals.csv line 845" in text


def test_what_fits_is_shown_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "deals.csv").write_text(
        "id,created_at,closed_at,outcome,amount,owner,customer,expected_close_at\n"
        "1,2025-01-02,2025-01-20,won,100,ana,kim,2025-01-20\n"
    )
    assert main(["check", str(tmp_path), "--currency", "USD"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("0 errors, 0 warnings, 0 notes\n2 rows of 2 tables used, 0 rejected")
    assert "deals: 1 row used (deals.csv, 1 row)" in out
    assert "--all" not in out
    assert main(["check", str(tmp_path), "--currency", "USD", "--all"]) == 0
    assert capsys.readouterr().out == out


def test_exit_codes_stay(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(DEMO)]) == 1
    first = capsys.readouterr().out
    assert main(["check", str(DEMO), "--all"]) == 1
    assert len(first.splitlines()) <= 40
    assert len(capsys.readouterr().out.splitlines()) > 250


def test_columns_that_mean_nothing_are_counted(tmp_path: Path) -> None:
    header, *rows = FEW.splitlines()
    lines = [f"{header},memo,비고", *(f"{row},x,y" for row in rows)]
    lines += [f"{n},2025-02-{n % 27 + 1:02},,signed{n},5,x,y" for n in range(4, 40)]
    (tmp_path / "deals.csv").write_text("\n".join(lines), encoding="utf-8")
    crm = sm.read(tmp_path, currency="USD", on_error="collect")
    text = check_screen(crm, sm.quality(crm))
    assert "columns that mean nothing here: 2 of deals" in text
    assert len(text.splitlines()) <= 40


def test_files_that_no_rule_reads_are_named(
    company: tuple[sm.CRM, sm.QualityReport], monkeypatch: pytest.MonkeyPatch
) -> None:
    crm, report = company
    monkeypatch.setattr(crm, "not_read", ("archive/", *(f"{n}.csv" for n in range(6))))
    english = check_screen(crm, report).splitlines()
    assert "no rule reads: archive/, 0.csv, 1.csv, 2.csv, 3.csv, 2 more" in english
    korean = check_screen(crm, report, "ko").splitlines()
    assert "읽는 규칙이 없는 파일: archive/, 0.csv, 1.csv, 2.csv, 3.csv, 그 밖에 2개" in korean
    assert len(english) <= 40
