"""Files made to do harm, one for each way: refused by name, or read without effect."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import fuzz_doors
import pytest

import salesmetrics as sm
from salesmetrics.errors import SalesMetricsError
from salesmetrics.insight.goals import read_targets
from salesmetrics.insight.rules import read_rules
from salesmetrics.insight.scorecards import scorecard_named
from salesmetrics.io import documents, preset
from salesmetrics.io.documents import json_table
from salesmetrics.io.propose import columns, columns_text, mapping_text
from salesmetrics.reading.forms import Form
from salesmetrics.snapshots.saved import read_snapshots

HEAD = "id,owner,created_at,closed_at,outcome,amount\n"
RED = "\x1b[31m"
SECRET = "a word of another file"


def workbook(sheet: str) -> bytes:
    """An Excel file whose only sheet is this XML."""
    openpyxl = pytest.importorskip("openpyxl")
    made, book = io.BytesIO(), openpyxl.Workbook()
    book.active.append(["id", "owner"])
    book.save(made)
    out = io.BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            is_it = name.startswith("xl/worksheets/sheet")
            new.writestr(name, sheet.encode() if is_it else old.read(name))
    return out.getvalue()


def sheet_of(rows: str) -> str:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'


NAMES = '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row>'


def bad_parquet() -> bytes:
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    offsets = pa.py_buffer(b"\0\0\0\0\2\0\0\0")
    texts = pa.StringArray.from_buffers(1, offsets, pa.py_buffer(b"\xff\xfe"))
    out = io.BytesIO()
    parquet.write_table(pa.table({"id": pa.array(["a"]), "owner": texts}), out)
    return out.getvalue()


DEEP = "[" * 200_000 + "]" * 200_000
NESTED = '{"a":' * 900 + "1" + "}" * 900
FILES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "json with a number of 5,000 digits": (
        "deals.json", lambda: b'[{"id": ' + b"9" * 5000 + b"}]", "is no JSON: Exceeds the limit"),
    "json 200,000 deep": ("deals.json", DEEP.encode, "nested too deep"),
    "json lines 200,000 deep": ("deals.jsonl", DEEP.encode, "line 1 is no JSON: .*too deep"),
    "records within records": ("deals.json", f"[{NESTED}]".encode, "deep|'id'"),
    "half a UTF-16 file": (
        "deals.json", lambda: "[{}]".encode("utf-16")[:-1], r"not UTF-16-LE \(byte 8\)"),
    "broken sheet": (
        "deals.xlsx", lambda: workbook(sheet_of(NAMES)[:-30]), "deals.xlsx is no Excel file"),
    "sheet of another kind": (
        "deals.xlsx", lambda: workbook("<x/>"), "deals.xlsx is (no Excel file|empty)"),
    "cell without a place": (
        "deals.xlsx", lambda: workbook(sheet_of(NAMES.replace("A1", "??"))), "is no Excel file"),
    "row beyond the last": (
        "deals.xlsx",
        lambda: workbook(sheet_of(f'{NAMES}<row r="{"9" * 300}"><c r="A1"><v>1</v></c></row>')),
        "deals.xlsx is no Excel file: it has rows beyond 1,048,576"),
    "cell of a text that there is not": (
        "deals.xlsx",
        lambda: workbook(sheet_of('<row r="1"><c r="A1" t="s"><v>999</v></c></row>')),
        "is no Excel file"),
    "entity of another file": (
        "deals.xlsx",
        lambda: workbook(
            f'<!DOCTYPE worksheet [<!ENTITY e SYSTEM "file://{__file__}">]>'
            + sheet_of(NAMES.replace("id", "&e;"))),
        "is no Excel file"),
    "parquet that is not UTF-8": ("deals.parquet", bad_parquet, "column that cannot be read"),
    "parquet cut short": ("deals.parquet", lambda: bad_parquet()[:-9], "is no Parquet file"),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_a_broken_file_is_refused_by_name(case: str, tmp_path: Path) -> None:
    name, made, says = FILES[case]
    file = tmp_path / name
    file.write_bytes(made())
    with pytest.raises(SalesMetricsError, match=says):
        sm.read(file, currency="USD")
    with pytest.raises(SalesMetricsError):  # in its folder too
        sm.read(tmp_path, currency="USD")


def test_excel_warnings_are_no_errors_and_a_chart_is_no_sheet(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["id"])
    book.active.append(["a"])
    book.create_chartsheet("chart", 0).add_chart(openpyxl.chart.BarChart())
    book.save(tmp_path / "deals.xlsx")
    assert sm.read(tmp_path / "deals.xlsx", currency="USD").deals.ids() == ["a"]
    with pytest.raises(SalesMetricsError, match="no sheet 'chart'; it has Sheet"):
        sm.read(tmp_path / "deals.xlsx", sheet="chart")


LAST_ROW = 1_048_576  # of an Excel sheet


def test_a_sheet_costs_what_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    last = '<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>z</t></is></c></row>'
    wide = sheet_of(NAMES + last).replace(
        "<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>'
    )
    (tmp_path / "deals.xlsx").write_bytes(workbook(wide))
    assert documents._is_sparse((tmp_path / "deals.xlsx").read_bytes())
    assert not documents._is_sparse(workbook(sheet_of(NAMES)))
    # Both readers hand on a row for each up to the last, and cells up to the last of each row:
    # what is kept of them are two cells, and no row is as wide as the sheet says that it is.
    looked_at: list[int] = []
    filled = documents._filled

    def counted(rows: Iterable[Sequence[Any]]) -> list[tuple[int, list[Any]]]:
        def counting() -> Iterator[Sequence[Any]]:
            for row in rows:
                looked_at.append(len(row))
                yield row

        return filled(counting())

    monkeypatch.setattr(documents, "_filled", counted)
    crm = sm.read(tmp_path / "deals.xlsx", currency="USD")
    assert crm.deals.ids() == ["z"]
    assert len(looked_at) == LAST_ROW
    assert sum(looked_at) <= 2 * LAST_ROW
    (tmp_path / "deals.xlsx").write_bytes(workbook(wide.replace("<t>z</t>", "<t> </t>", 1)))
    assert len(sm.read(tmp_path / "deals.xlsx", currency="USD", on_error="collect").deals) == 0


def test_json_lines_end_at_line_feeds() -> None:
    rows = [{"id": f"a{sign}b", "n": 1} for sign in "\u2028\u2029\x85\x0b\x0c\x1c"]
    text = "\r\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n \n"
    found = json_table("deals.jsonl", text.encode(), (), lines=True)
    assert found.size == len(rows)
    assert [found.columns["id"].at(row) for row in range(found.size)] == [r["id"] for r in rows]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_json_takes_the_encodings_of_json(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "deals.json").write_bytes('[{"id": "김"}]'.encode(encoding))
    assert sm.read(tmp_path, currency="KRW").deals.ids() == ["김"]


# databases ---------------------------------------------------------------------------------------


def test_sqlite_that_cannot_be_read(tmp_path: Path) -> None:
    lite = sqlite3.connect(tmp_path / "crm.db")
    lite.execute("create view deals as select * from gone")
    lite.execute("create table leads (id text, owner text)")
    lite.execute("insert into leads values ('a', cast(x'ff' as text))")
    lite.commit()
    lite.close()
    with pytest.raises(SalesMetricsError, match=r"crm.db: deals cannot be read: no such table"):
        sm.read(tmp_path / "crm.db", table="deals")
    with pytest.raises(SalesMetricsError, match=r"leads cannot be read: .*UTF-8.*save"):
        sm.read(tmp_path / "crm.db", table="leads")
    (tmp_path / "x.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 200)
    with pytest.raises(SalesMetricsError, match=r"x.db"):
        sm.read(tmp_path / "x.db")


def test_sqlite_whose_own_error_is_not_utf8(tmp_path: Path) -> None:
    lite = sqlite3.connect(tmp_path / "crm.db")
    lite.execute("create table deals (id text)")
    lite.commit()
    lite.close()
    data = (tmp_path / "crm.db").read_bytes()
    broken = data.replace(
        b"CREATE TABLE deals (id text)", b"CREATE TABLE \xea\xff\xea\xff\xea id text)"
    )
    (tmp_path / "crm.db").write_bytes(broken)
    assert broken != data
    with pytest.raises(SalesMetricsError, match=r"crm.db cannot be read"):
        sm.read(tmp_path / "crm.db", currency="USD")


def test_no_connection_is_left_open(tmp_path: Path) -> None:
    """Warnings are errors, those of a connection that nobody closed among them."""
    lite = sqlite3.connect(tmp_path / "crm.db")
    lite.execute("create table deals (id text)")
    lite.commit()
    lite.close()
    with pytest.raises(SalesMetricsError, match="no schema 'nope'"):
        sm.read(tmp_path / "crm.db", schema="nope")
    duckdb = pytest.importorskip("duckdb")
    duckdb.connect(str(tmp_path / "crm.duckdb")).close()
    with pytest.raises(SalesMetricsError, match="no schema 'nope'"):
        sm.read(tmp_path / "crm.duckdb", schema="nope")
    duckdb.connect(str(tmp_path / "crm.duckdb")).close()  # a writer, which a reader would keep out


def test_a_duckdb_file_reads_nothing_else(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    (tmp_path / "other.csv").write_text(f"id,owner\na,{SECRET}\n")
    duck = duckdb.connect(str(tmp_path / "crm.duckdb"))
    duck.execute(f"create view deals as select * from read_csv('{tmp_path}/other.csv')")
    duck.execute("create view leads as select cast('x' as integer) as id from range(3)")
    variable = [{"id": SECRET}]
    duck.execute("create table gone (id text)")
    duck.execute("create view owners as select * from gone")
    duck.execute("drop table gone")
    duck.close()
    for table in ("deals", "leads", "owners"):
        with pytest.raises(
            SalesMetricsError, match=rf"crm.duckdb: main.{table} cannot be read"
        ) as e:
            sm.read(tmp_path / "crm.duckdb", table=table, currency="USD")
        assert SECRET not in str(e.value)
        assert "save a view that reaches further as a table" in str(e.value)
    assert variable
    (tmp_path / "x.duckdb").write_bytes(b"\0" * 8 + b"DUCK" + b"\xff" * 200)
    with pytest.raises(SalesMetricsError, match=r"x.duckdb cannot be opened"):
        sm.read(tmp_path / "x.duckdb")


@pytest.mark.parametrize("engine", ["sqlite3", "duckdb"])
@pytest.mark.parametrize(("end", "rows"), [("", None), (" where id < 5", 5)])
def test_a_view_that_never_ends_is_refused(
    tmp_path: Path, engine: str, end: str, rows: int | None
) -> None:
    """One that calls itself and ends is read."""
    file = tmp_path / "crm.db"
    base = pytest.importorskip(engine).connect(str(file))
    base.execute(
        "create view owners as with recursive n(id) as "
        f"(select 1 union all select id + 1 from n{end}) select id from n"
    )
    base.commit()
    base.close()
    if rows is not None:
        assert sm.read(file).tables["owners"].size == rows
        return
    with pytest.raises(SalesMetricsError, match="owners gives more than 1,000,000 rows, which"):
        sm.read(file)


# folders, links and pipes ------------------------------------------------------------------------


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "deals.csv"
    folder.mkdir()
    with pytest.raises(SalesMetricsError, match=r"deals.csv is a folder, and a file is expected"):
        sm.read(tmp_path)
    folder.rmdir()
    folder.symlink_to(folder)
    with pytest.raises(SalesMetricsError, match=r"deals.csv cannot be read"):
        sm.read(tmp_path)
    with pytest.raises(SalesMetricsError, match="no file or folder"):
        sm.read(folder)
    folder.unlink()
    os.mkfifo(folder)
    with pytest.raises(SalesMetricsError, match="no file but a pipe"):
        sm.read(tmp_path)
    with pytest.raises(SalesMetricsError, match="neither a file nor a folder"):
        sm.read(folder)
    for long in ("x" * 5000, "x" * 5000 + ".toml", "a\0b"):
        with pytest.raises(SalesMetricsError):
            sm.read(long)
        with pytest.raises(SalesMetricsError):
            read_targets(long)
        with pytest.raises(SalesMetricsError):
            sm.read(tmp_path, config=long)
        with pytest.raises(SalesMetricsError):
            sm.diff(long, long)
        with pytest.raises(SalesMetricsError):
            columns(long)
        with pytest.raises(SalesMetricsError):
            read_snapshots(long)
        (tmp_path / "owners.toml").write_text(f"owners = {json.dumps(long)}\n")
        with pytest.raises(SalesMetricsError):
            sm.read({"deals": [{"id": 1}]}, config=tmp_path / "owners.toml")
        (tmp_path / "own").mkdir(exist_ok=True)
        own = f"title = 'a'\n[deals]\nfile = {json.dumps(long)}\n[deals.columns]\nid = 'id'\n"
        (tmp_path / "own.toml").write_text(own)
        with pytest.raises(SalesMetricsError):
            sm.read(tmp_path / "own", preset=tmp_path / "own.toml", currency="USD")


@pytest.mark.parametrize(
    "encoding", ["hex", "idna", "undefined", "unicode_escape", "a\0b", "no such", "utf-7"]
)
def test_odd_encodings_are_refused(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_bytes(b"id\n\\ud800\xff" + b"a" * 80 + b".\n")
    with pytest.raises(SalesMetricsError):
        sm.read(tmp_path / "deals.csv", encoding=encoding)


@pytest.mark.parametrize("mark", ["", "\0", " ", "\ud800", "é", ";;", "\n", "\t"])
def test_odd_delimiters_are_no_traceback(mark: str, tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text("id owner\na b\n", encoding="utf-8")
    with suppress(SalesMetricsError):
        assert len(sm.read(tmp_path / "deals.csv", delimiter=mark, currency="USD").deals) == 1


# configurations, presets, targets, scorecards ---------------------------------------------------

HUGE = "1e999999999"
TOMLS = {
    "deep": "x = " + "[" * 50_000 + "]" * 50_000,
    "not UTF-8": "title = \"\udcff\"",
    "5,000 digits": "x = " + "9" * 5000,
    "huge": f"x = {HUGE}",
    "tiny": "x = 1e-999999999",
    "beyond decimals": "x = 1e99999999999999999999",
    "below decimals": f"x = 0e-{'9' * 4000}",
    "zero": "x = 0e999999999",
    "cut short": "x = [",
}  # fmt: skip


@pytest.mark.parametrize("case", TOMLS)
def test_broken_toml_is_refused_by_each_door(case: str, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_bytes(TOMLS[case].encode("utf-8", "surrogateescape"))
    doors: list[Callable[[Path], Any]] = [
        sm.read_config, preset, read_targets, scorecard_named,
    ]  # fmt: skip
    for door in doors:
        with pytest.raises(SalesMetricsError, match=r"own.toml"):
            door(file)


@pytest.mark.parametrize(
    "text",
    [
        f'currency = "USD"\n[exchange.rates]\nEUR = {{ 2025-01-01 = "{HUGE}" }}',
        'currency = "USD"\n[exchange.rates]\nEUR = { 2025-01-01 = "1e-999999999" }',
        f"[assumptions]\nmargin = {HUGE}",
        f"targets = [{{ kpi = 'bookings', value = '{HUGE}' }}]",
        f"[[stages]]\nid = 'x'\ntype = 'open'\nprobability = '{HUGE}'",
    ],
)
def test_exponents_in_configurations_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(SalesMetricsError, match=r"too (large|close to 0)|between 0 and 1"):
        sm.read_config(tmp_path / "own.toml")


@pytest.mark.parametrize("value", ["inf", "-inf", "nan", "1e30", "9" * 400])
@pytest.mark.parametrize("name", ["target", "behind"])
def test_limits_of_rules_are_numbers_of_use(name: str, value: str, tmp_path: Path) -> None:
    given = {"behind": "0.1", "target": "5"} | {name: value}
    lines = "\n".join(f"{key} = {told}" for key, told in given.items())
    (tmp_path / "own.toml").write_text(f'[[rule]]\nkind = "pace"\nkpi = "bookings"\n{lines}\n')
    with pytest.raises(SalesMetricsError, match=r"own.toml.*(give a number|too large)"):
        read_rules(tmp_path / "own.toml")


@pytest.mark.parametrize("value", [HUGE, "1e400", "1e-400", "1e30", "1e-25"])
def test_exponents_in_targets_are_refused(value: str, tmp_path: Path) -> None:
    (tmp_path / "targets.csv").write_text(f"kpi,period,value\nbookings,2025-Q1,{value}\n")
    with pytest.raises(SalesMetricsError, match=r"targets.csv, line 2: .*too (large|close)"):
        read_targets(tmp_path / "targets.csv")
    (tmp_path / "card.toml").write_text(
        f'kpis = ["bookings"]\nweights = {{ bookings = "{value}" }}'
    )
    if not value.startswith("1e") or len(value) > 6:
        with pytest.raises(SalesMetricsError, match=r"card.toml: weights.bookings: .*too"):
            scorecard_named(tmp_path / "card.toml")


@pytest.mark.parametrize(
    "given", [HUGE, Decimal(HUGE), Decimal("1e-999999999"), 10**5000], ids=["a", "b", "c", "d"]
)
def test_exponents_in_assumptions_are_refused(given: Any) -> None:
    row = {"id": "a", "created_at": "2025-01-01", "closed_at": "2025-01-02", "outcome": "won"}
    crm = sm.CRM(deals=[{**row, "amount": 5}], currency="USD")
    with pytest.raises(SalesMetricsError, match=r"win_rate is .*give a plain number"):
        sm.required_deals(crm.deals, "2025-Q1", target=100, deal_size=10, win_rate=given)


@pytest.mark.parametrize("kind", ["probability", "amount"])
def test_zero_is_0_whatever_its_exponent(kind: str) -> None:
    row = {"id": "a", "created_at": "2025-01-01", kind: "0e999999999"}
    crm = sm.CRM(deals=[row], currency="USD")
    assert crm.deals.ids() == ["a"] and not crm.deals.rejected


@pytest.mark.parametrize("kind", ["probability", "amount"])
@pytest.mark.parametrize("given", [HUGE, "1e-999999999", "-1e999999999"])
def test_exponents_in_cells_are_refused(kind: str, given: str) -> None:
    row = {"id": "a", "created_at": "2025-01-01", kind: given}
    crm = sm.CRM(deals=[row], currency="USD", on_error="collect")
    assert [fault.field for fault in crm.unread["deals"]] == [kind]


def test_a_preset_reads_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(f'title = "a"\nextends = "{tmp_path}/a.toml"\n')
    with pytest.raises(SalesMetricsError, match=r"a.toml', extends: preset .* is not known"):
        preset(tmp_path / "a.toml")
    (tmp_path / "other.csv").write_text("id\na\n")
    (tmp_path / "data").mkdir()
    for name in ("../other.csv", str(tmp_path / "other.csv")):
        (tmp_path / "b.toml").write_text(
            f'title = "b"\n[deals]\nfile = "{name}"\n[deals.columns]\nid = "id"\n'
        )
        with pytest.raises(SalesMetricsError, match="outside the folder that is read"):
            sm.read(tmp_path / "data", preset=tmp_path / "b.toml", currency="USD")


def test_a_pattern_that_names_a_part_twice_reads_no_date() -> None:
    with pytest.raises(ValueError, match="no date in the form %d %d"):
        Form(date="%d %d").read("1 1")


# messages ----------------------------------------------------------------------------------------

HEADER = ["id", f"{RED}red", 'x"\nevil = 1', "a\x9b2Jb", "\u202edcba", "\U000e0041tag"]


def hidden(text: str) -> set[str]:
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - {"\n"}


def hostile_table(folder: Path) -> Path:
    rows = [dict.fromkeys(HEADER, "1")]
    (folder / "deals.json").write_text(json.dumps(rows), encoding="utf-8")
    return folder / "deals.json"


def test_no_header_commands_a_terminal(tmp_path: Path) -> None:
    file = hostile_table(tmp_path)
    crm = sm.read(file, currency="USD")
    texts = [columns_text(columns(file)), mapping_text(columns(file)), repr(crm)]
    for wrong in (
        lambda: sm.deals_created(crm.deals, "2025", by="red"),
        lambda: sm.read(file, preset="maven"),
        lambda: sm.read(file, schema=RED),
        lambda: sm.read(tmp_path / RED),
        lambda: sm.read(file, preset=RED),
        lambda: sm.CRM(deals=[{RED: "1"}], currency=RED),
    ):
        with pytest.raises(SalesMetricsError) as told:
            wrong()
        texts.append(str(told.value))
    assert not set().union(*map(hidden, texts))


def test_no_fault_commands_a_terminal_when_it_is_printed() -> None:
    """Its value, its id and the names that its reason lists."""
    rows = [{"id": f"a{RED}", "stage": f"gone{RED}", "created_at": f"x{RED}"}]
    stages = [{"id": f"talks{RED}", "order": 1, "type": "open"}]
    crm = sm.CRM(deals=rows, stages=stages, currency="USD", on_error="collect")
    faults = [*crm.deals.rejected, *crm.unread.get("deals", ())]
    assert any("talks" in str(fault) for fault in faults)
    assert not set().union(*(hidden(str(fault)) for fault in faults))


def test_a_written_mapping_is_what_it_was_made_of(tmp_path: Path) -> None:
    text = mapping_text(columns(hostile_table(tmp_path), table="deals"))
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    made = preset(tmp_path / "own.toml")
    assert not hidden(text.replace("\n", ""))
    # What its cells look like is proposed, whatever its name: the mapping names it as it is.
    assert made.tables["deals"].columns == {"id": ("id",), "amount": ("\x1b[31mred",)}
    named = [{"Deal\x7fId": "1", "id": "1", "owner": "\x1b"}]
    (tmp_path / "deals.json").write_text(json.dumps(named))
    assert "\x7f" not in mapping_text(columns(tmp_path / "deals.json", table="deals"))


@pytest.mark.skipif(find_spec("pyarrow") is None, reason="pyarrow is not installed")
def test_csv_is_read_where_no_thread_can_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: object) -> None:
        raise RuntimeError("can't start new thread")

    (tmp_path / "deals.csv").write_text(HEAD + "a,ana,2025-01-05,2025-02-01,won,12\n")
    monkeypatch.setattr("salesmetrics.io.csv_arrow.MUCH", 0)
    monkeypatch.setattr("threading.Thread.start", refuse)
    assert sm.read(tmp_path, currency="USD").deals.ids() == ["a"]


def test_an_old_pyarrow_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salesmetrics.reading.foreign.version", lambda name: "15.0.2")
    monkeypatch.setattr("salesmetrics.io.csv_file.by_arrow", None)
    (tmp_path / "deals.csv").write_text(HEAD + "a,ana,2025-01-05,2025-02-01,won,12\n")
    assert sm.read(tmp_path, currency="USD").deals.ids() == ["a"]


@pytest.mark.parametrize(
    ("method", "extra"), [("to_pandas", "pandas"), ("to_polars", "polars"), ("to_arrow", "arrow")]
)
def test_a_missing_library_is_named(
    method: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("salesmetrics.results.export.find_spec", lambda name: None)
    result = sm.deals_created(sm.CRM(deals=[{"id": "a", "created_at": "2025-01-05"}]).deals, "2025")
    with pytest.raises(SalesMetricsError, match=rf"pip install 'salesmetrics\[{extra}\]'"):
        getattr(result, method)()


@pytest.mark.parametrize("door", fuzz_doors.DOORS)
def test_a_few_spoiled_files_of_each_kind(door: str, tmp_path: Path) -> None:
    if fuzz_doors.missing(door):
        pytest.skip(f"{fuzz_doors.NEEDS[door]} is not installed")
    assert not fuzz_doors.fuzzed(door, tmp_path, seed=1, tries=25)


def test_spans_beyond_all_days_are_refused() -> None:
    leads = [{"id": "a", "created_at": "2025-01-05T10:00:00Z", "converted_at": "2025-01-06",
              "first_response_at": "2025-01-06T10:00:00Z"}]  # fmt: skip
    crm = sm.CRM(leads=leads, costs=[], customers=[], tz="UTC", currency="USD")
    for given in (10**400, 2**63, 10**6):
        with pytest.raises(SalesMetricsError, match="give whole days, "):
            sm.lead_conversion_rate(crm.leads, "2025", within_days=given)
        with pytest.raises(SalesMetricsError, match="whole number of months"):
            sm.customer_acquisition_cost(crm.costs, crm.customers, "2025", lag_months=given)
    for hours in (10**400, 1e308):  # a deadline that never passes
        assert sm.response_sla_rate(crm.leads, "2025", limit_hours=hours).value is None
