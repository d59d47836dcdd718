"""What to mend, row by row, with what it moves beside what as many other rows would."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

import salesmetrics as sm
from salesmetrics.cli import main
from salesmetrics.insight.fixes import TO_DO, Fix
from salesmetrics.insight.wording import KINDS

ROOT = Path(__file__).parents[1]
Found = tuple[sm.CRM, sm.QualityReport, list[Fix]]


@pytest.fixture(scope="module")
def found() -> tuple[sm.CRM, sm.QualityReport, list[Fix]]:
    crm = sm.read(ROOT / "examples" / "demo", on_error="collect")
    kpis = ["win_rate", "bookings", "open_deals"]
    return crm, sm.quality(crm, kpis=kpis), list(sm.fix_list(crm, kpis=kpis))


def test_every_row_of_every_finding_is_in_it(found: Found) -> None:
    _, report, fixes = found
    for finding in report.findings:
        mine = [
            one
            for one in fixes
            if (one.kind, one.table, one.field) == (finding.kind, finding.table, finding.field)
            and one.finding.facts == finding.facts
        ]
        assert len(mine) in (finding.rows, 1), finding.kind
        ids = [one.id for one in mine if one.id]
        named = [one for one in finding.examples if not hasattr(one, "code")]
        assert not ids or set(named[:3]) <= {*ids, *(str(one.row) for one in mine)}


def test_findings_come_by_severity_then_by_what_they_move(found: Found) -> None:
    _, _, fixes = found
    order = [("error", "warning", "info").index(one.severity) for one in fixes]
    assert order == sorted(order)
    for severity in ("error", "warning", "info"):
        by = [abs(one.by or 0.0) for one in fixes if one.severity == severity]
        assert by == sorted(by, reverse=True)
    assert [one.rank for one in fixes] == sorted(one.rank for one in fixes)


def test_an_effect_stands_beside_that_of_other_rows() -> None:
    """Two of forty open deals are doubtful and hold nothing unlike the others: of as many other
    rows, the number of open deals falls by as much."""
    rows = [
        {"id": at, "created_at": "2025-01-01", "outcome": "open", "owner": "ana",
         "expected_close_at": "2025-01-20" if at < 2 else "2025-12-31", "amount": 10}
        for at in range(40)
    ]  # fmt: skip
    rows.append({"id": "last", "created_at": "2025-02-01", "outcome": "open", "owner": "ana"})
    fixes = [one for one in sm.fix_list(sm.CRM(deals=rows, currency="EUR"), kpis=["open_deals"])
             if one.kind == "overdue"]  # fmt: skip
    assert {one.id for one in fixes} == {"0", "1"}
    assert fixes[0].by == pytest.approx(-2 / 41)
    assert fixes[0].control == pytest.approx(-2 / 41)


@pytest.mark.parametrize(("others", "control"), [(1, True), (0, False)])
def test_as_many_other_rows_have_to_be_there(others: int, control: bool) -> None:
    """Two of four deals are overdue, or two of three."""
    rows = [
        {"id": at, "created_at": "2025-01-01", "outcome": "open", "expected_close_at": due}
        for at, due in enumerate(["2025-01-20", "2025-01-21", *["2025-12-31"] * others])
    ]
    rows.append({"id": "last", "created_at": "2025-02-01", "outcome": "open"})
    fixes = [one for one in sm.fix_list(sm.CRM(deals=rows), kpis=["open_deals"])
             if one.kind == "overdue"]  # fmt: skip
    assert [one.moves for one in fixes] == ["open_deals"] * 2
    assert {one.control is not None for one in fixes} == {control}


def test_what_is_mended_is_not_beside_what_is_left_out() -> None:
    rows = [
        {"id": at, "created_at": "2025-01-01", "outcome": "open", "amount": 10,
         "probability": 40 if at == 3 else "0.5"}
        for at in range(9)
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="EUR", on_error="collect", all_open=True)
    (fix,) = (one for one in sm.fix_list(crm, kpis=["weighted_pipeline"])
              if one.kind == "probability_scale")  # fmt: skip
    assert (fix.id, fix.moves, fix.finding.treatment) == ("3", "weighted_pipeline", "mended")
    assert fix.by == pytest.approx(4 / 40)
    assert fix.control is None


def test_it_is_a_file_that_a_spreadsheet_opens(
    found: Found, capsys: pytest.CaptureFixture[str]
) -> None:
    crm, _, fixes = found
    text = sm.fix_list(crm, kpis=["win_rate", "bookings", "open_deals"]).to_csv("ko")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(fixes)
    assert rows[0]["할 일"] == fixes[0].to_do("ko")
    hostile = sm.CRM(
        deals=[
            {"id": "=1+1", "created_at": "2025-02-01", "closed_at": "2025-01-01", "outcome": "won"}
        ]
    )
    assert "'=1+1" in sm.fix_list(hostile, kpis=[]).to_csv()
    assert main(["check", str(ROOT / "examples" / "maven"), "--preset", "maven", "--fix-list"]) == 0
    assert capsys.readouterr().out.startswith("rank,severity,table,id,row,field,kind,to do")


def test_every_kind_of_finding_says_what_to_do() -> None:
    assert TO_DO.keys() <= KINDS.keys()  # one that is new is to be looked at
    for english, korean in TO_DO.values():
        assert english.isascii()
        assert any("가" <= char <= "힣" for char in korean)


def test_what_moves_a_figure_from_nothing_is_no_share_of_it() -> None:
    """Without the one lost deal, whose days are turned round, there is no win rate."""
    rows = [
        {"id": "a", "created_at": "2025-02-05", "closed_at": "2025-01-10", "outcome": "lost"},
        {"id": "b", "created_at": "2025-02-05", "outcome": "open"},
    ]
    first, *others = sm.fix_list(sm.CRM(deals=rows), kpis=["win_rate"])
    assert (first.id, first.kind) == ("a", "close_before_create")
    assert [effect.kpi for effect in first.finding.effects] == ["win_rate"]
    assert (first.moves, first.by, first.control) == (None, None, None)
    assert first.to_do() == "correct one of the two dates"
    assert first.to_do("ko") == TO_DO["close_before_create"][1] == "두 날짜 중 하나 수정"
    assert {one.moves for one in others} == {None}
