"""What report programs write around a table is no row, is told by its structure, and is shown."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import salesmetrics as sm
from salesmetrics.cli import main
from salesmetrics.io.found import BrokenFile
from salesmetrics.report.check import check_text

READERS = ("pyarrow", "polars", "pandas", "csv")
HEADER = "id,owner,created_at\n"
ROWS = HEADER + "1,ana,2025-01-01\n2,bo,2025-01-02\n"


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("salesmetrics.io.csv_file.READERS", (request.param, "csv"))
    return str(request.param)


def deals_in(tmp_path: Path, text: str, **how: object) -> sm.CRM:
    (tmp_path / "deals.csv").write_text(text, encoding="utf-8")
    return sm.read(tmp_path, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("above", "cut"),
    [
        ("", 0),
        ("\n\n", 0),
        ("sep=,\n", 1),
        ('"sep=,"\r\n', 1),
        ("Deals report\n\n", 1),
        ("Deals report\nAs of 2025-02-01\n", 2),
        ("Deals report,,\n,,\n", 2),
        ("Report:,Deals\nDate:,2025-02-01\n\n", 2),
        ("sep=,\nDeals\n\n", 2),
    ],
    ids=repr,
)
@pytest.mark.usefixtures("reader")
def test_titles_above_the_header_are_no_rows(tmp_path: Path, above: str, cut: int) -> None:
    crm = deals_in(tmp_path, above + ROWS)
    assert crm.deals.ids() == ["1", "2"]
    cuts = crm.files[0].cuts
    assert len(cuts) == cut
    shown = check_text(crm)
    assert all(one.text in shown for one in cuts)


@pytest.mark.usefixtures("reader")
def test_a_fault_under_titles_is_named_by_its_line_in_the_file(tmp_path: Path) -> None:
    with pytest.raises(sm.DataError, match="line 5"):
        deals_in(tmp_path, "Deals\n\n" + ROWS.replace("2025-01-02", "2025-02-30"))
    with pytest.raises(BrokenFile, match=r"line 4: 2 values.*skip="):
        deals_in(tmp_path, "Deals\n\n" + ROWS.replace("ana,", ""))


@pytest.mark.usefixtures("reader")
def test_the_delimiter_that_a_file_names_is_its_delimiter(tmp_path: Path) -> None:
    assert deals_in(tmp_path, "sep=;\n" + ROWS.replace(",", ";")).deals.ids() == ["1", "2"]


@pytest.mark.parametrize(
    ("below", "cut"),
    [
        ("\n\nOpen pipeline\nCopyright (c) 2025\nAcme\n", 3),
        ('\n"Copyright (c), all, rights"\n"Acme, Inc."\n', 2),
        (",,\nAcme,,\n", 1),
        ("\n", 0),
        (",,\n,,\n", 0),
    ],
    ids=repr,
)
@pytest.mark.usefixtures("reader")
def test_lines_of_words_below_a_blank_one_are_no_rows(tmp_path: Path, below: str, cut: int) -> None:
    crm = deals_in(tmp_path, ROWS + below)
    assert crm.deals.ids() == ["1", "2"]
    assert len(crm.files[0].cuts) == cut
    assert all(one.text in check_text(crm) for one in crm.files[0].cuts)


@pytest.mark.parametrize("last", ["3,cy\n", "3\n", "Total Care\n", "\n3\n", "\n3,2025-01-01\n"])
@pytest.mark.usefixtures("reader")
def test_a_row_that_breaks_off_is_refused_and_never_taken_for_a_footer(
    tmp_path: Path, last: str
) -> None:
    with pytest.raises(BrokenFile, match="values, but the header names 3"):
        deals_in(tmp_path, ROWS + last)


def test_a_line_end_in_a_cell_is_no_footer(tmp_path: Path) -> None:
    text = 'id,created_at,name\n1,2025-01-01,"a\n\nlast words"\n2,2025-01-01,"b\n\nc ""d"" e"\n'
    crm = deals_in(tmp_path, text)
    assert (crm.deals.ids(), crm.files[0].cuts) == (["1", "2"], ())


@pytest.mark.usefixtures("reader")
def test_rows_in_which_nothing_stands_are_left_out(tmp_path: Path) -> None:
    text = HEADER + "1,a,2025-01-01\n,,\n1,b,2025-01-04\n, ,\n"
    crm = deals_in(tmp_path, text, on_error="collect")
    assert crm.deals.ids() == ["1"]
    assert crm.files[0].left_out == {"rows in which nothing stands": 2}
    assert str(crm.faults["deals"][0]).startswith("deals.csv line 4 (id '1')")


def test_a_column_of_row_numbers_is_no_title(tmp_path: Path) -> None:
    crm = deals_in(tmp_path, ",id,owner\n0,1,ana\n1,2,bo\n")
    assert crm.deals.ids() == ["1", "2"]


def test_lines_can_be_skipped_by_their_number(tmp_path: Path) -> None:
    odd = "a,b,c,d\ne,f\n" + ROWS
    with pytest.raises(sm.SalesMetricsError):
        deals_in(tmp_path, odd)
    crm = deals_in(tmp_path, odd, skip=2)
    assert crm.deals.ids() == ["1", "2"]
    assert [one.text for one in crm.files[0].cuts] == ["a,b,c,d", "e,f"]
    with pytest.raises(BrokenFile, match="fewer than 99"):
        deals_in(tmp_path, odd, skip=99)


def test_excel_sheets_have_titles_and_footers_too(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["Deals report"], [], ["id", "created_at", "closed_at", "outcome", "amount"],
                ["1", "2025-01-01", "2025-02-01", "won", 100],
                ["2", "2025-01-01", "2025-02-01", "won", 50], ["Total", None, None, None, 150],
                [], ["Acme Inc."]):  # fmt: skip
        book.active.append(row)
    book.save(tmp_path / "deals.xlsx")
    crm = sm.read(tmp_path, currency="USD")
    assert crm.deals.ids() == ["1", "2"]
    assert [str(cut) for cut in crm.files[0].cuts] == [
        "row 1 (above the header): Deals report",
        "row 8 (below the rows): Acme Inc.",
        "row 6 (the last row, whose amounts are the sums of those above): Total,150",
    ]
    assert sm.read(tmp_path, currency="USD", skip=2).deals.ids() == ["1", "2"]


MONEY = "id,created_at,closed_at,outcome,amount\n1,2025-01-02,2025-02-01,won,100\n" \
        "2,2025-01-03,2025-02-02,won,50.5\n"  # fmt: skip


@pytest.mark.parametrize("last", ["Total,,,,150.5\n", "합계,,,,150.50\n", ",,,,150.5\n",
                                  "Sum of 2,,,,150.5\n"])  # fmt: skip
@pytest.mark.usefixtures("reader")
def test_a_row_of_sums_is_no_deal_whatever_it_is_called(tmp_path: Path, last: str) -> None:
    crm = deals_in(tmp_path, MONEY + last, currency="EUR")
    assert sm.bookings(crm.deals, "2025").value == 150.5
    assert sm.open_pipeline(crm.deals, "2025").value == 0
    assert crm.deals.ids() == ["1", "2"]
    assert "line 4 (the last row" in check_text(crm)


@pytest.mark.parametrize("last", ["Total Care", "3"])
def test_a_deal_that_is_worth_the_sum_of_the_others_is_one(tmp_path: Path, last: str) -> None:
    crm = deals_in(tmp_path, f"{MONEY}{last},2025-01-05,,open,150.5\n", currency="EUR")
    assert sm.open_pipeline(crm.deals, "2025").value == 150.5
    assert not crm.files[0].cuts


def test_names_that_begin_like_a_footer_are_names(tmp_path: Path) -> None:
    """Owners called Total Quality or Copyright Ltd. stand first in the last lines of a report."""
    text = (
        "Opportunity Owner,Opportunity ID,Stage,Amount,Close Date,Created Date,Closed,Won\n"
        "Total Quality,006A,Closed Won,100,2025-02-01,2025-01-02,1,1\n"
        "Copyright Ltd.,006B,Closed Won,50,2025-02-01,2025-01-02,1,1\n"
    )
    (tmp_path / "report.csv").write_text(text, encoding="utf-8")
    crm = sm.read(tmp_path, preset="salesforce_report", currency="USD")
    assert sm.bookings(crm.deals, "2025").value == 150


def test_a_table_that_is_given_is_read_whatever_the_preset_knows() -> None:
    deals = [{"Record ID": "1", "Deal Stage": "Contract Sent", "Create Date": "2025-01-01"}]
    changes = [{"deal": "1", "stage": "Contract Sent", "changed_at": "2025-01-05"}]
    stages = [{"id": "Contract Sent", "order": 1, "type": "open"}]
    given = {"deals": deals, "stage_changes": changes, "stages": stages}
    crm = sm.read(given, preset="hubspot_export", currency="USD")
    assert crm.has("stage_changes")
    assert crm.stages.ids() == ["Contract Sent"]  # not those of the preset
    with pytest.raises(sm.SalesMetricsError, match="not known"):
        sm.read({**given, "history": changes}, preset="hubspot_export")


def test_files_and_sheets_that_no_rule_reads_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deals.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "opportunities.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "history.csv.gz").write_bytes(b"")
    (tmp_path / "README.md").write_text("about", encoding="utf-8")
    crm = sm.read(tmp_path)
    assert crm.not_read == ("history.csv.gz", "opportunities.csv")
    assert "opportunities.csv" in check_text(crm)
    assert main(["snapshot", str(tmp_path), "--period", "2025", "--kpis", "deals_created"]) == 0
    assert "not read: opportunities.csv" in capsys.readouterr().err


def test_folders_within_the_folder_that_no_rule_reads_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deals.csv").write_text(ROWS, encoding="utf-8")
    others = ("archive/2024/deals.csv", "parts/part-0.parquet", "parts/part-1.parquet",
              ".cache/deals.csv", "docs/about.md", "crm/leads.csv", "crm/calls.csv")  # fmt: skip
    for file in others:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("id,created_at\n1,2025-01-02\n", encoding="utf-8")
    crm = sm.read(tmp_path)
    assert crm.not_read == ("archive/", "crm/", "parts/")
    assert "archive/" in check_text(crm)
    assert main(["snapshot", str(tmp_path), "--period", "2025", "--kpis", "deals_created"]) == 0
    assert "not read: archive/" in capsys.readouterr().err
    # Of a folder that is read in part each other file.
    (tmp_path / "salesmetrics.toml").write_text('[tables.leads]\nfile = "crm/leads.csv"\n')
    assert sm.read(tmp_path).not_read == ("archive/", "crm/calls.csv", "parts/")


def test_other_sheets_of_a_book_are_named(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["id", "created_at"])
    book.active.append(["1", "2025-01-01"])
    book.create_sheet("History").append(["deal", "stage"])
    book.create_sheet("Empty")
    book.save(tmp_path / "deals.xlsx")
    assert sm.read(tmp_path).not_read == ("deals.xlsx, sheet 'History'",)


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_other_tables_of_a_database_are_named(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"crm.{kind}"
    driver = importlib.import_module("sqlite3") if kind == "sqlite" else pytest.importorskip(kind)
    base = driver.connect(str(file))
    if kind == "sqlite":  # which keeps a table of its own then
        base.execute("create table numbered (id integer primary key autoincrement)")
        base.execute("insert into numbered default values")
        base.execute("alter table numbered rename to deal_history")
    base.execute("create table _dlt_loads (load_id text)")
    base.execute("create table deals (id integer, created_at text, outcome text)")
    base.execute("insert into deals values (1, '2025-01-02', 'open')")
    others = ["deal_history", *(f"log_{at}" for at in range(6))]
    for name in others:
        base.execute(f"create table if not exists {name} (deal integer, stage text)")
    base.commit()
    base.close()
    crm = sm.read(file)
    shown = others if kind == "sqlite" else [f"main.{name}" for name in others]
    assert crm.not_read == tuple(shown)
    assert all(name in check_text(crm) for name in shown)
    assert main(["snapshot", str(file), "--period", "2025", "--kpis", "deals_created"]) == 0
    told = capsys.readouterr().err
    assert f"not read: {shown[0]}," in told and "2 more are not read" in told


def test_a_file_without_rows_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "deals.csv").write_text(HEADER, encoding="utf-8")
    assert "no row" in check_text(sm.read(tmp_path))
    main(["snapshot", str(tmp_path), "--period", "2025", "--kpis", "deals_created"])
    assert "deals.csv has no row" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("last", "left_out", "found"),
    [
        ("Total,,,,150", 1, []),
        ("합계,,,,150", 1, []),
        ("Total,,,,151", 0, ["Total"]),  # a row was filtered out, or the amounts are rounded
        ("Total,2025-02-02,,,150", 0, ["Total"]),
        ("Count: 2,,,,", 0, ["Count: 2"]),
        ("Sumitomo,,,,70", 0, []),  # a name that begins like one
        ("3,,,,150", 1, []),
        ("3,2025-02-02,,,150", 0, []),  # by chance, of so few
        ("서울 소계,,,,100", 0, ["서울 소계"]),
        ("Seoul subtotal:,,,,100", 0, ["Seoul subtotal:"]),
    ],
)
def test_totals_that_are_not_cut_off_are_a_finding(
    tmp_path: Path, last: str, left_out: int, found: list[str]
) -> None:
    rows = "1,2025-01-02,2025-02-01,won,100\n2,2025-01-03,2025-02-02,won,50\n"
    (tmp_path / "deals.csv").write_text(
        f"id,created_at,closed_at,outcome,amount\n{rows}{last}\n", encoding="utf-8"
    )
    crm = sm.read(tmp_path, currency="EUR")
    assert sum(crm.files[0].left_out.values()) == left_out
    told = [one.examples for one in sm.quality(crm, kpis=[]).of("looks_like_total")]
    assert told == ([tuple(found)] if found else [])


def test_a_last_row_that_is_the_sum_of_many_is_a_finding() -> None:
    rows = [{"id": n, "created_at": "2025-01-01", "amount": 10 + n} for n in range(6)]
    total = {"id": 6, "created_at": "2025-01-01", "amount": sum(10 + n for n in range(6))}
    crm = sm.CRM(deals=[*rows, total], currency="EUR", all_open=True)
    (one,) = sm.quality(crm, kpis=["open_pipeline"]).of("looks_like_total")
    assert (one.rows, one.examples) == (1, ("6",))
    (effect,) = one.effects
    assert [cell.value for cell in effect.cells] == [150.0, 75.0]


def test_the_total_of_a_single_row_is_a_finding(tmp_path: Path) -> None:
    """One number equals its sum whatever it is, so nothing is cut off; the name says it."""
    (tmp_path / "deals.csv").write_text(
        "id,created_at,closed_at,outcome,amount\n1,2025-01-02,2025-02-01,won,100\nTotal,,,,100\n",
        encoding="utf-8",
    )
    crm = sm.read(tmp_path, currency="EUR")
    (one,) = sm.quality(crm, kpis=["bookings"]).of("looks_like_total")
    assert one.examples == ("Total",)


def test_blank_columns_beside_a_sheets_table_are_none(tmp_path: Path) -> None:
    """A table that begins in column B; a cell without a name above it is still refused."""
    openpyxl = pytest.importorskip("openpyxl")
    rows: list[list[object]] = [
        [None, "id", None, "created_at", "amount"],
        [None, "1", None, "2025-01-02", 100],
        [None, "2", None, "2025-01-03", 50],
    ]
    for extra, refused in ((None, False), ("x", True)):
        rows[2][2] = extra
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(tmp_path / "deals.xlsx")
        if refused:
            with pytest.raises(sm.SalesMetricsError, match=r"column 3 has cells but no name.*skip"):
                sm.read(tmp_path, currency="EUR")
        else:
            deals = sm.read(tmp_path, currency="EUR", all_open=True).deals
            assert sm.pipeline_created(deals, "2025-01").value == 150
