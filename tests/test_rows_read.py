"""What became of the rows of a table on their way in: evidence of its results, in every view.

One world, by hand: of four deals one is deleted (a rule of the preset), one has an outcome that is
none, one has the id of another; one can be used.
"""

from __future__ import annotations

import csv
import io
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.cli import main
from salesmetrics.results.display import result_html, result_text
from salesmetrics.results.rows_read import MOST_REASONS

WON = {"created_at": "2025-01-01", "closed_at": "2025-02-01", "outcome": "won"}
PRESET = """
title = "ours"
[deals]
file = ["deals"]
[deals.columns]
id = ["id"]
created_at = ["created_at"]
closed_at = ["closed_at"]
outcome = ["outcome"]
amount = ["amount"]
[deals.leave_out]
deleted = ["true"]
"""
ROWS = """id,created_at,closed_at,outcome,amount,deleted
1,2025-01-01,2025-02-01,won,10,false
2,2025-01-01,2025-02-01,signed,10,false
1,2025-01-01,2025-02-01,lost,5,false
3,2025-01-01,2025-02-01,lost,5,true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deals.csv").write_text(ROWS, "utf-8")
    (tmp_path / "ours.toml").write_text(PRESET, "utf-8")
    return tmp_path


@pytest.fixture
def crm(folder: Path) -> sm.CRM:
    return sm.read(folder, preset=folder / "ours.toml", currency="EUR", on_error="collect")


def test_a_result_knows_what_its_table_lost(crm: sm.CRM) -> None:
    (read,) = sm.win_rate(crm.deals, "2025").rows_read
    assert (read.table, read.given, read.used) == ("deals", 4, 1)
    assert dict(read.refused) == {
        "outcome: not one of open, won, lost, disqualified": 1,
        "id: this id occurs already": 1,
    }
    assert dict(read.left_out) == {"deleted = true": 1}
    assert read.given == read.used + read.refused_rows + read.left_out_rows
    assert [why.said("ko") for why in read.refused] == [
        "결과: 허용된 값이 아님: 'open', 'won', 'lost', 'disqualified'",
        "ID: 이미 있는 ID",
    ]


@pytest.mark.parametrize("period", ["2025-Q1", ["2025-Q1", "2024-Q4"]])
@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "2 of 4 deals could not be used"), ("ko", "딜 4건 중 2건을 쓸 수 없음")],
)
def test_every_view_of_a_result_says_so_once(
    crm: sm.CRM, period: Any, lang: str, said: str
) -> None:
    result = sm.win_rate(crm.deals, period)
    assert result_text(result, lang).count(said) == 1
    assert result_html(result, lang).count(said) == 1
    cells = result.to_records()
    assert [(cell["refused"], cell["left_out"]) for cell in cells] == [(2, 1)] * len(cells)
    pytest.importorskip("pandas")
    assert result.to_pandas()[["refused", "left_out"]].to_numpy().tolist() == [[2, 1]] * len(cells)


def test_every_view_of_a_snapshot_says_so_in_one_line(crm: sm.CRM) -> None:
    shot = sm.snapshot(crm, "2025-Q1", kpis=["win_rate", "bookings"])
    line = (
        "deals: 1 of 4 rows used; 2 could not be used (1 outcome: not one of open, won, lost, "
        "disqualified, 1 id: this id occurs already); 1 left out (1 deleted = true)"
    )
    assert shot.to_text().splitlines().count(line) == 1
    assert shot.to_markdown().splitlines().count(line) == 1
    assert shot._repr_html_().count(line) == 1
    assert "딜: 4건 중 1건 사용; 2건을 쓸 수 없음(" in shot.to_text("ko")
    (read,) = json.loads(shot.to_json())["rows"]
    assert (read["table"], read["given"], read["used"]) == ("deals", 4, 1)
    assert [(one["text"], one["rows"]) for one in (*read["refused"], *read["left_out"])] == [
        ("outcome: not one of open, won, lost, disqualified", 1),
        ("id: this id occurs already", 1),
        ("deleted = true", 1),
    ]
    rows = list(csv.DictReader(io.StringIO(shot.to_csv())))
    assert [(row["kpi"], row["refused"], row["left_out"]) for row in rows] == [
        ("win_rate", "2", "1"),
        ("bookings", "2", "1"),
    ]


def test_nothing_lost_is_not_mentioned() -> None:
    crm = sm.CRM(deals=[{"id": 1, "amount": 10, **WON}], currency="EUR")
    result = sm.win_rate(crm.deals, "2025-Q1")
    (read,) = result.rows_read
    assert (read.given, read.used, dict(read.refused), read.losses) == (1, 1, {}, ())
    assert "used" not in repr(result) + sm.snapshot(crm, "2025-Q1", kpis=["win_rate"]).to_text()


def test_a_figure_of_several_tables_names_each() -> None:
    crm = sm.CRM(
        deals=[{"id": 1, "amount": 10, "customer": "a", **WON}],
        costs=[
            {"category": "marketing", "amount": "7", "spent_at": "2025-01-05"},
            {"category": "marketing", "amount": "x", "spent_at": "2025-01-05"},
        ],
        currency="EUR",
        on_error="collect",
    )
    result = sm.cost_per_win(crm.costs, crm.deals, "2025-Q1")
    lost = {read.table: (read.given, read.used) for read in result.rows_read}
    assert lost == {"costs": (2, 1), "deals": (1, 1)}
    assert "1 of 2 costs could not be used" in repr(result)
    assert "could not be used" not in repr(sm.win_rate(crm.deals, "2025-Q1"))


def test_history_and_the_records_grouped_by_belong_to_it() -> None:
    crm = sm.CRM(
        deals=[{"id": 1, "amount": 10, "customer": "a", **WON}],
        customers=[{"id": "a", "industry": "retail"}, {"id": "a", "industry": "other"}],
        stage_changes=[
            {"deal": "1", "stage": "talks", "changed_at": "2025-01-02"},
            {"deal": "1", "stage": "talks", "changed_at": "soon"},
        ],
        currency="EUR",
        on_error="collect",
    )
    whole = sm.win_rate(crm.deals, "2025-Q1")
    assert [(read.table, read.given, read.used) for read in whole.rows_read] == [
        ("deals", 1, 1),
        ("stage_changes", 2, 1),
    ]
    grouped = sm.win_rate(crm.deals, "2025-Q1", by="customer.industry")
    assert {read.table: read.used for read in grouped.rows_read}["customers"] == 1


def test_sums_add_the_rows_of_both_and_never_those_of_one_twice() -> None:
    def deals(first: int, many: int) -> sm.Deals:
        rows: list[dict[str, Any]] = [{"id": first + n, "amount": 10, **WON} for n in range(many)]
        return sm.Deals.of([*rows, {"id": 99, **WON, "outcome": "x"}], currency="EUR",
                           on_error="collect")  # fmt: skip

    one, other = (sm.bookings(deals(n, m), "2025-Q1") for n, m in ((0, 2), (10, 3)))
    (read,) = (one + other).rows_read
    assert (read.given, read.used, read.refused_rows) == (7, 5, 2)
    ratios = [sm.win_rate(deals(n, m), "2025-Q1") for n, m in ((0, 2), (10, 3))]
    (read,) = (ratios[0] + ratios[1]).rows_read
    assert (read.given, read.used) == (7, 5)
    (same,) = one.rows_read
    assert same + same == same
    (again,) = pickle.loads(pickle.dumps(one)).rows_read
    assert again == same


def test_reasons_are_few_however_many_there_are() -> None:
    deals = [{"id": n, "amount": 1, **WON} for n in range(MOST_REASONS + 5)]
    half = [{"deal": n, "owner": "ana", "share": 0.5} for n in range(len(deals))]
    crm = sm.CRM(deals=deals, deal_credits=half, currency="EUR", on_error="collect")
    (read,) = crm.deal_credits.rows_read
    assert (read.given, read.used, read.refused_rows) == (len(deals), 0, len(deals))
    assert len(read.refused) == MOST_REASONS + 1
    assert read.refused["other reasons"] == 5


def test_a_cell_that_cannot_be_read_is_missing_and_told() -> None:
    """Its row counts wherever the field is not asked: as if the cell were blank."""
    odd = {
        "amount": "10x",
        "expected_close_at": "soon",
        "probability": 40,
        "created_at": "1/1/2025",
    }
    rows = [{"id": 1, "amount": 10, **WON}, {"id": 2, **WON, **odd}]
    crm = sm.CRM(deals=rows, currency="EUR", on_error="collect")
    blank = sm.CRM(deals=[rows[0], {**rows[1], **dict.fromkeys(odd)}], currency="EUR")
    assert (len(crm.deals), crm.faults) == (2, {})
    assert {fault.field for fault in crm.unread["deals"]} == set(odd)
    for kpi in (sm.won_deals, sm.bookings, sm.sales_cycle, sm.deals_created, sm.average_deal_size):
        assert kpi(crm.deals, "2025-02").rows() == kpi(blank.deals, "2025-02").rows()
    booked = sm.bookings(crm.deals, "2025-02")
    assert (booked.value, dict(booked.excluded)) == (10.0, {"no amount": 1})
    assert sm.won_deals(crm.deals, "2025-02").value == 2
    assert "4 cells of deals could not be read" in repr(booked)
    (read,) = booked.rows_read
    assert (read.given, read.used, read.unread_cells) == (2, 2, 4)
    shot = sm.snapshot(crm, "2025-02", kpis=["won_deals"])
    assert "deals: 2 of 2 rows used; 4 cells could not be read and count as missing (" in str(shot)
    assert sum(one["rows"] for one in shot.to_dict()["rows"][0]["unread"]) == 4
    with pytest.raises(sm.DataError, match="deals: 1 row cannot be used"):
        sm.CRM(deals=rows, currency="EUR")


def test_rows_of_other_tables_stay_without_a_cell_that_cannot_be_read(tmp_path: Path) -> None:
    """A stage or an owner that went would take its deals, or their groups, along."""
    texts = {
        "deals": "id,created_at,closed_at,stage,amount,owner,customer,product\n"
        "1,2025-01-01,2025-02-01,W,100,a,x,p\n2,2025-01-01,,T,50,a,x,p\n3,2025-01-01,,O,25,b,y,q\n",
        "stages": "id,type,order,probability\nT,open,1,20\nO,open,second,0.5\nW,won,3,1\n",
        "owners": "id,team,started_at\na,T1,2024-13-01\nb,T2,2024-01-01\n",
        "customers": "id,industry,started_at\nx,it,soon\ny,fin,2024-01-01\n",
        "products": "id,series,list_amount\np,S,abc\nq,S,5\n",
        "activities": "id,kind,done_at,scheduled_at\n1,call,2025-01-02,soon\n2,call,,soon\n",
        "subscriptions": "id,customer,amount,interval,started_at,ended_at\n"
        "1,x,ten,month,2025-01-01,\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    crm = sm.read(tmp_path, currency="EUR", on_error="collect")
    # Planned and not done: the day is what says how it stands.
    assert {name: [f.row for f in faults] for name, faults in crm.faults.items()} == {
        "activities": [1]
    }
    assert {name: [f.field for f in faults] for name, faults in crm.unread.items()} == {
        "stages": ["probability", "order"], "owners": ["started_at"], "customers": ["started_at"],
        "products": ["list_amount"], "activities": ["scheduled_at"], "subscriptions": ["amount"],
    }  # fmt: skip
    for group, of in {"team": "T1", "customer.industry": "it", "product.series": "S"}.items():
        name = group.replace(".", "_")
        assert sm.bookings(crm.deals, "2025-02", by=group).at(**{name: of}).value == 100
    assert sm.open_pipeline(crm.deals, "2025-02").value == 75
    weighted = sm.weighted_pipeline(crm.deals, "2025-02")
    assert (weighted.value, dict(weighted.excluded)) == (12.5, {"no probability": 1})
    assert crm.kpi("new_customers", "2025-02").value == 1
    paid = crm.kpi("mrr", "2025-02")
    assert (paid.value, dict(paid.excluded)) == (None, {"no amount or interval": 1})


def test_a_row_without_what_says_how_it_stands_is_refused() -> None:
    """An unreadable milestone has happened, nobody knows when: blank would say that it has not."""
    deals = [
        {"id": 1, "closed_at": "soon"},
        {"id": 2, "closed_at": "2025-01-01", "outcome": "lost"},
    ]
    leads = [{"id": 1, "created_at": "2025-01-01", "won_at": "soon", "score": "high"}]
    crm = sm.CRM(deals=deals, leads=leads, on_error="collect")
    assert {name: [f.row for f in faults] for name, faults in crm.faults.items()} == {
        "deals": [0],
        "leads": [0, 0],
    }
    assert crm.unread == {}


def test_check_ends_with_1_where_it_prints_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deals.csv").write_text(
        "id,created_at,closed_at,outcome,amount\n1,2025-01-02,2025-01-01,won,5\n", "utf-8"
    )
    assert main(["check", str(tmp_path), "--currency", "EUR"]) == 1
    assert "[error] deals that closed before they were created" in capsys.readouterr().out
    (tmp_path / "deals.csv").write_text(
        "id,created_at,closed_at,outcome,amount\n1,2025-01-02,2025-01-03,won,5\n", "utf-8"
    )
    assert main(["check", str(tmp_path), "--currency", "EUR"]) == 0


@pytest.mark.parametrize("names", [("x", "y"), (7, 8)])
def test_a_row_that_is_refused_makes_no_customer(names: tuple[object, object]) -> None:
    rows = [
        {"id": 1, "customer": names[0], "closed_at": "2025-02-01", "outcome": "won", "amount": 1},
        {"id": 1, "customer": names[1], "closed_at": "2025-02-01", "outcome": "won", "amount": 1},
    ]
    crm = sm.CRM(deals=rows, currency="USD", on_error="collect")
    assert crm.customers.ids() == [str(names[0])]


def test_a_table_without_rows_is_said_in_every_view() -> None:
    """A header and no row: the 0 of a figure is not silent."""
    crm = sm.CRM(deals=[], leads=[{"id": 1, "created_at": "2025-01-03"}], currency="EUR")
    said = "deals were given without a row"
    taken = sm.snapshot(crm, "2025-01", kpis=["won_deals", "lead_volume"])
    for view in (str(taken), taken.to_markdown(), taken.to_html(), str(sm.won_deals(crm.deals))):
        assert said in view
    assert "딜: 행이 하나도 없이 주어짐" in taken.to_markdown(lang="ko")
    assert "leads were given" not in str(taken)


def test_views_of_several_figures_say_what_was_lost(crm: sm.CRM) -> None:
    """Definitions side by side, an explanation, alerts: each has the line, and the facts."""
    rule = {"kind": "threshold", "kpi": "bookings", "below": 1_000}
    for found in (
        sm.definitions(crm, "win_rate", "2025-Q1"),
        sm.explain(crm, "bookings", "2025-Q1"),
        sm.alerts(crm, [rule], "2025-Q1"),
    ):
        (read,) = found.to_dict()["rows"]
        assert (read["given"], read["used"]) == (4, 1)
        assert "deals: 1 of 4 rows used; 2 could not be used (" in found.to_text()
        assert "딜: 4건 중 1건 사용" in found.to_text("ko")


@pytest.mark.parametrize("command", [["definitions", "win_rate"], ["explain", "bookings"]])
def test_commands_of_one_question_say_on_stderr_what_was_lost(
    folder: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    how = ["--preset", str(folder / "ours.toml"), "--currency", "EUR", "--on-error", "collect"]
    main([*command, str(folder), *how, "--period", "2025-Q1"])
    assert "deals: 2 rows left out; salesmetrics check says why" in capsys.readouterr().err


def test_the_first_screen_says_which_cells_could_not_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deals.csv").write_text(
        "id,created_at,closed_at,outcome,amount\n"
        "1,2025-01-01,2025-02-01,won,10x\n2,2025-01-01,2025-02-01,won,5\n",
        "utf-8",
    )
    how = ["--currency", "EUR", "--on-error", "collect", "--period", "2025-Q1"]
    main(["snapshot", str(tmp_path), *how])
    assert "1 cell could not be read and count" in capsys.readouterr().out
    main(["snapshot", str(tmp_path), *how, "--all"])
    assert "2 of 2 rows used; 1 cell could not be read" in capsys.readouterr().out
