"""Files, databases and the standard input: read alike by every reader, or refused alike."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.errors import DataError, NotFoundError, SalesMetricsError
from salesmetrics.io.csv_file import READERS, csv_table
from salesmetrics.io.found import BrokenFile, content_in
from salesmetrics.models import Kind

KINDS = {"createdat": Kind.MILESTONE, "closedat": Kind.MILESTONE, "amount": Kind.MONEY}
HEAD = "id,owner,created_at,closed_at,outcome,amount\n"
THERE = [reader for reader in READERS if reader == "csv" or find_spec(reader)]

GOOD = {
    "plain": HEAD + "a,ana,2025-01-05,2025-02-01,won,1200.50\nb,,2025-01-20,,open,\n",
    "no last line end": HEAD + "a,ana,2025-01-05,2025-02-01,won,1200.50",
    "line ends of Windows": (HEAD + "a,ana,2025-01-05,,open,1\nb,bo,2025-01-05,,open,2\n").replace(
        "\n", "\r\n"
    ),
    "line ends of old": (HEAD + "a,ana,2025-01-05,,open,1\n").replace("\n", "\r"),
    "quotes": HEAD + '"a","ana, ""the"" one","2025-01-05","","open","7"\n"b","x\ny",,,,\n',
    "blank lines": HEAD + "\na,ana,2025-01-05,,open,1\n\n\nb,bo,2025-01-06,,open,2\n",
    "quotes inside": HEAD + 'a,6" pipe,2025-01-05,,open,1\n',
    "words that some readers take for nothing": HEAD
    + "a,NULL,2025-01-05,,open,1\nb,nan,2025-01-05,,open,1\nc,NA,2025-01-05,,open,\nd,#N/A,,,,\n",
    "leading zeros": HEAD + "007,0051,2025-01-05,,open,1\n7,51,2025-01-05,,open,1\n",
    "times": HEAD
    + "a,ana,2025-01-05 10:00:00,,open,1\nb,bo,2025-01-06T23:59:59.123456,2025-02-01 00:00:00,won,2\n",
    "times with zones": HEAD
    + "a,ana,2025-01-05T10:00:00Z,,open,1\nb,bo,2025-01-06T23:59:59+09:00,,open,2\n",
    "midnights": HEAD + "a,ana,2025-01-05 00:00:00,,open,1\nb,bo,2025-01-06 00:00:00,,open,2\n",
    "exact": HEAD + "a,ana,,,open,90071992547409.93\nb,bo,,,open,-0.01\nc,bo,,,open,1e3\n",
    "blanks": HEAD + "a, ,2025-01-05, ,open,  \nb,  bo,2025-01-05,,open, 5\n",
    "한글": HEAD + "a,김영업,2025-01-05,,open,1\n나,박,2025-01-06,,open,2\n",
    "no rows": HEAD,
    "one column": "id\na\nb\n",
}

BROKEN = {
    "short row": (HEAD + "a,ana,2025-01-05,,open\n", "line 2: 5 values.*6 columns"),
    "long row": (HEAD + "a,ana,2025-01-05,,open,1,2\n", "line 2: 7 values"),
    "short and long": (HEAD + "a,ana,2025-01-05,,open\nb,bo,,,,,\n", "line 2: 5 values"),
    "long first": (HEAD + "b,bo,,,,,\na,ana,2025-01-05,,open\n", "line 2: 7 values"),
    "open quote": (HEAD + 'a,"ana,2025-01-05,,open,1\n', "unexpected end of data"),
    "after a quote": (HEAD + 'a,"ana"x,2025-01-05,,open,1\n', "expected after"),
    "twice": ("id,id\na,b\n", "two columns 'id'"),
    "empty": ("", "is empty"),
    "semicolons": ("id;amount\na;1\n", "pass delimiter=';'"),
}  # fmt: skip


def table(reader: str, text: str, **how: Any) -> Any:
    return csv_table("deals.csv", text.encode(), reader=reader, kinds=KINDS, **how)


def deals(reader: str, text: str, **how: Any) -> Any:
    found = table(reader, text)
    return sm.Deals.of(dict(found.columns), currency="USD", tz="Asia/Seoul", **how)


def held(table: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"id": table.ids(), "faults": [str(f) for f in table.rejected]}
    for name, column in table.columns.items():
        if hasattr(column, "seconds"):
            found[name] = (column.seconds.tolist(), column.days.tolist())
        elif hasattr(column, "labels") and not callable(column.labels):
            found[name] = [column.labels[code] for code in column.codes]
        elif hasattr(column, "scale"):
            found[name] = [
                None if why else Decimal(int(v)) / column.scale
                for v, why in zip(column.values, column.reasons(), strict=True)
            ]
    return found


@pytest.mark.parametrize("case", GOOD)
@pytest.mark.parametrize("reader", [r for r in THERE if r != "csv"])
def test_every_csv_reader_reads_the_same(reader: str, case: str) -> None:
    slow, fast = deals("csv", GOOD[case]), deals(reader, GOOD[case])
    assert len(slow) == len(fast)
    assert held(fast) == held(slow)


@pytest.mark.parametrize("case", [*GOOD, *BROKEN])
def test_several_threads_read_the_same(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one would read it; texts so short are not parted otherwise."""
    pytest.importorskip("pyarrow")
    monkeypatch.setattr("salesmetrics.io.csv_arrow.MUCH", 0)
    if case in GOOD:
        assert held(deals("pyarrow", GOOD[case])) == held(deals("csv", GOOD[case]))
        return
    with pytest.raises(BrokenFile) as told:
        table("pyarrow", BROKEN[case][0])
    with pytest.raises(BrokenFile) as canonical:
        table("csv", BROKEN[case][0])
    assert str(told.value) == str(canonical.value)


FURNISHED = {
    "a mark at the start": "\ufeff" + GOOD["plain"],
    "titles and totals": "Deals of the year\n\n" + GOOD["plain"] + "\nAll of the year\n",
    "a separator named": "sep=;\n" + GOOD["plain"].replace(",", ";"),
    "a zero": GOOD["plain"] + "\0",
    "a line longer than what is looked at": HEAD + "a," + "x" * 100_000 + ",2025-01-05,,open,1\n",
}


@pytest.mark.parametrize("case", [*GOOD, *BROKEN, *FURNISHED])
def test_files_of_any_size_are_read_the_same(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In memory of Arrow's, where there is much of it, as in Python's own."""
    pytest.importorskip("pyarrow")
    text = BROKEN[case][0] if case in BROKEN else {**GOOD, **FURNISHED}[case]
    (tmp_path / "deals.csv").write_text(text, newline="", encoding="utf-8")
    found = []
    for much in (len(text) * 4, 1):
        monkeypatch.setattr("salesmetrics.io.found.MUCH", much)
        try:
            read = sm.read(tmp_path / "deals.csv", currency="USD", tz="UTC", on_error="collect")
            found.append((held(read.deals), read.files))
        except SalesMetricsError as wrong:
            found.append((str(wrong), ()))
    assert found[0] == found[1]


def test_a_file_that_is_written_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("salesmetrics.io.found.MUCH", 1)
    file = tmp_path / "deals.csv"
    for before, then in ((b"a,b\n1,2\n", b"a,b\n1,2\n3,4\n"), (b"a,b\n1,2\n", b"a,b\n")):
        file.write_bytes(before)

        def room(size: int, then: bytes = then) -> memoryview:
            file.write_bytes(then)
            return memoryview(bytearray(size))

        assert content_in(file, room) == then
    kept = content_in(file, lambda size: memoryview(bytearray(size)))
    assert isinstance(kept, memoryview) and kept.readonly
    file.write_bytes(b"")
    assert content_in(file, room) == b""


def test_one_thread_when_no_more_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """SALESMETRICS_THREADS=1: none is started, and what is read is the same."""
    pytest.importorskip("pyarrow")
    by_several = held(deals("pyarrow", GOOD["quotes"]))
    started: list[int] = []
    monkeypatch.setattr("salesmetrics.io.csv_arrow.MUCH", 0)
    monkeypatch.setattr("salesmetrics.io.csv_arrow.ThreadPoolExecutor", started.append)
    monkeypatch.setenv("SALESMETRICS_THREADS", "1")
    assert held(deals("pyarrow", GOOD["quotes"])) == by_several
    assert not started


@pytest.mark.parametrize("reader", THERE)
def test_midnights_are_times_and_ask_for_a_zone(reader: str) -> None:
    found = table(reader, GOOD["midnights"])
    with pytest.raises(sm.ZoneError, match="pass tz="):
        sm.Deals.of(dict(found.columns), currency="USD")


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("reader", THERE)
def test_every_csv_reader_refuses_alike(reader: str, case: str) -> None:
    text, message = BROKEN[case]
    with pytest.raises(BrokenFile, match=message) as told:
        table(reader, text)
    with pytest.raises(BrokenFile) as canonical:
        table("csv", text)
    assert str(told.value) == str(canonical.value)


BAD_CELLS = HEAD + (
    'a,ana,2025-01-05,2025-02-01,won,12\n"b","x\ny",2025-13-05,,open,1\n'
    "c,bo,2025-01-05,2025-01-09,won,1.0005\nd,bo,2025-01-05,,open,12 USD\n"
)


@pytest.mark.parametrize("reader", THERE)
def test_bad_cells_are_named_by_line_alike(
    reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("salesmetrics.io.csv_file.READERS", (reader, "csv"))
    (tmp_path / "deals.csv").write_text(BAD_CELLS, encoding="utf-8")
    crm = sm.read(tmp_path, currency="USD", on_error="collect")
    assert [str(fault) for fault in crm.unread["deals"]] == [
        "deals.csv line 4 (id 'b'), created_at = '2025-13-05': not a date that exists, in the form "
        "2017-11-15 or 2017-11-15T09:30:00+09:00; how others are written is said in a preset or "
        'mapping, in the table\'s [format], such as created_at.date = "%d/%m/%Y"',
        "deals.csv line 5 (id 'c'), amount = '1.0005': finer than USD goes (2 decimals); round it "
        "first",
        "deals.csv line 6 (id 'd'), amount = '12 USD': a plain number is expected, such as 1234.50; "
        "how others are written is said in a preset or mapping, in the table's [format], such as "
        'amount.thousands = ",", and what means missing by missing = ["-"]',
    ]
    assert len(crm.deals) == 4  # their other cells are used


def test_encodings_and_delimiters(tmp_path: Path) -> None:
    text = "id;owner;amount\na;김영업;1\n"
    file = tmp_path / "deals.csv"
    file.write_bytes(text.encode("cp949"))
    crm = sm.read(file, encoding="cp949", delimiter=";", currency="KRW")
    assert crm.deals.codes("owner").labels == (None, "김영업")
    with pytest.raises(SalesMetricsError, match=r"not UTF-8 \(byte 18\).*encoding='cp949'"):
        sm.read(file, delimiter=";", currency="KRW")
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert len(sm.read(file, delimiter=";", currency="KRW").deals) == 1
    file.write_bytes(text.encode("utf-16"))
    with pytest.raises(SalesMetricsError, match="but UTF-16; pass encoding='utf-16'"):
        sm.read(file, delimiter=";", currency="KRW")
    assert len(sm.read(file, delimiter=";", encoding="utf-16", currency="KRW").deals) == 1
    file.write_bytes(b"id\0;x\n")
    with pytest.raises(SalesMetricsError, match=r"is no text \(byte 2 is 0\)"):
        sm.read(file)
    own = tmp_path / "own.toml"
    own.write_text(
        'title = "x"\nencoding = "cp949"\ndelimiter = ";"\ncurrency = "KRW"\n[deals]\n'
        '[deals.columns]\nid = "id"\nowner = "owner"\namount = "amount"\n'
    )
    file.write_bytes(text.encode("cp949"))
    assert len(sm.read(tmp_path, preset=own).deals) == 1


ROWS = [
    {"id": "a", "owner": "ana", "created_at": date(2025, 1, 5), "amount": 1200.5},
    {"id": "b", "owner": None, "created_at": date(2025, 1, 20), "amount": None},
]
TEXTS = [{k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()} for row in ROWS]


def written(folder: Path, kind: str) -> Path:
    file = folder / f"deals.{kind}"
    if kind == "json":
        file.write_text(json.dumps(TEXTS), encoding="utf-8")
    elif kind == "jsonl":
        file.write_text("\n".join(map(json.dumps, TEXTS)), encoding="utf-8")
    elif kind == "parquet":
        pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        pq.write_table(pa.Table.from_pylist(ROWS), file)
    elif kind == "xlsx":
        openpyxl = pytest.importorskip("openpyxl")
        book = openpyxl.Workbook()
        book.active.append(list(ROWS[0]))
        for row in ROWS:
            book.active.append(list(row.values()))
        book.save(file)
    else:
        text = "\n".join(",".join("" if v is None else str(v) for v in r.values()) for r in TEXTS)
        file.write_text(",".join(ROWS[0]) + "\n" + text + "\n", encoding="utf-8")
    return file


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl", "parquet", "xlsx"])
def test_every_kind_of_file_holds_the_same(kind: str, tmp_path: Path) -> None:
    file = written(tmp_path, kind)
    expected = held(sm.Deals.of(ROWS, currency="USD"))
    for path in (tmp_path, file):
        assert held(sm.read(path, currency="USD").deals) == expected


def test_excel_by_either_library_and_its_serial_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append([None, None])
    book.active.append(["id", "created_at", "amount"])
    book.active.append([101, 45_662, 7])
    book.active.append([None, None, None])
    book.active.append([102, 45_662.75, 7.5])
    book.create_sheet("other").append(["id"])
    book.save(tmp_path / "deals.xlsx")
    own = tmp_path / "own.toml"
    own.write_text(
        'title = "x"\n[deals.columns]\nid = "id"\ncreated_at = "created_at"\namount = "amount"\n'
        "[deals.format]\ncreated_at = { excel = true }\n"
    )
    for library in ("python_calamine", "openpyxl"):
        if find_spec(library) is None:
            continue
        real = find_spec
        monkeypatch.setattr(
            "salesmetrics.io.documents.find_spec",
            lambda name, only=library, real=real: real(name) if name == only else None,
        )
        crm = sm.read(tmp_path / "deals.xlsx", preset=own, tz="UTC", currency="USD")
        assert crm.deals.ids() == ["101", "102"]
        assert sm.deals_created(crm.deals, "2025-01-05").value == 2
        with pytest.raises(DataError, match=r"deals.xlsx row 3 .*a date or time is expected"):
            sm.read(tmp_path / "deals.xlsx", currency="USD")  # a bare number is no date
        with pytest.raises(SalesMetricsError, match="no sheet 'x'; it has Sheet, other"):
            sm.read(tmp_path / "deals.xlsx", sheet="x")
    (tmp_path / "deals.xlsx").write_bytes(b"nothing")
    with pytest.raises(SalesMetricsError, match="is no Excel file"):
        sm.read(tmp_path / "deals.xlsx")


def test_broken_documents_say_where(tmp_path: Path) -> None:
    cases = {
        "deals.json": ("[1", "deals.json is no JSON"),
        "deals.jsonl": ('{"id": 1}\n{', "deals.jsonl, line 2 is no JSON"),
        "leads.json": ('{"data": [{"id": 1}]}', "rows_in says where it is, such as 'data'"),
        "owners.json": ("[1]", "record 1 is no object but a int"),
    }
    for name, (text, message) in cases.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(SalesMetricsError, match=message):
            sm.read(tmp_path / name)
    (tmp_path / "costs.parquet").write_bytes(b"PAR1")
    with pytest.raises(SalesMetricsError, match=r"costs.parquet is no Parquet file"):
        sm.read(tmp_path / "costs.parquet")
    (tmp_path / "stages.csv").write_text("id,type\nx,open\n")
    (tmp_path / "stages.json").write_text("[]")
    with pytest.raises(SalesMetricsError, match=r"stages.csv, stages.json could each be stages"):
        sm.read(tmp_path)
    with pytest.raises(NotFoundError, match="does not say which table it is"):
        sm.read(Path(__file__))


def test_the_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(GOOD["plain"].encode())

    monkeypatch.setattr("sys.stdin", Stdin)
    assert len(sm.read("-", table="deals", currency="USD").deals) == 2
    Stdin.buffer = io.BytesIO(json.dumps(TEXTS).encode())
    assert len(sm.read("-", table="deals", currency="USD", format="json").deals) == 2
    with pytest.raises(SalesMetricsError, match="pass table="):
        sm.read("-")


def filled(connection: Any, kind: str = "text", marks: str = "?") -> None:
    run = connection.cursor() if marks == "%s" else connection
    run.execute(
        f"create table deals (id text, owner text, created_at {kind}, amount numeric(12, 2))"
    )
    for row in TEXTS:
        run.execute(f"insert into deals values ({', '.join([marks] * 4)})", list(row.values()))
    connection.commit()


def test_sqlite_and_duckdb_files(tmp_path: Path) -> None:
    lite = sqlite3.connect(tmp_path / "crm.db")
    filled(lite)
    lite.close()
    expected = held(sm.Deals.of(ROWS, currency="USD"))
    assert held(sm.read(tmp_path / "crm.db", currency="USD").deals) == expected
    duckdb = pytest.importorskip("duckdb")
    duck = duckdb.connect(str(tmp_path / "crm.duckdb"))
    filled(duck, "date")
    assert held(sm.Deals.of(duck.sql("select * from deals"), currency="USD")) == expected
    assert held(sm.Deals.of(duck.execute("select * from deals"), currency="USD")) == expected
    duck.execute("create schema other")
    duck.execute("create table other.deals as select * from deals")
    duck.close()
    with pytest.raises(SalesMetricsError, match=r"several schemas \(main, other\); pass schema="):
        sm.read(tmp_path / "crm.duckdb", currency="USD")
    read = sm.read(tmp_path / "crm.duckdb", currency="USD", schema="other")
    assert held(read.deals) == expected
    with pytest.raises(NotFoundError, match="no schema 'x'; it has main, other"):
        sm.read(tmp_path / "crm.duckdb", schema="x")


def _server() -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return str(found[-1].parent) if found else None


@pytest.fixture
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of one's own on loopback, taken down after."""
    folder = _server()
    if folder is None:
        pytest.skip("no PostgreSQL server is installed")
    if find_spec("psycopg") is None and find_spec("psycopg2") is None:
        pytest.skip("no PostgreSQL driver is installed")
    home = tmp_path_factory.mktemp("postgres")
    data, user = home / "data", {}
    if os.getuid() == 0:  # the server will not run as root
        if shutil.which("runuser") is None:
            pytest.skip("running as root, and there is no runuser to be somebody else")
        import pwd

        try:
            who = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("running as root, and there is no user postgres")
        # The folder of a parallel worker lies one deeper; /tmp itself is open, and stays as it is.
        above = 3 if "PYTEST_XDIST_WORKER" in os.environ else 2
        for place in (home, *home.parents[:above]):
            if not place.stat().st_mode & stat.S_IXOTH:
                place.chmod(0o755)
        os.chown(home, who.pw_uid, who.pw_gid)
        user = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run: Any = lambda *command: subprocess.run(  # noqa: E731
        command, check=True, capture_output=True, cwd=home, **user
    )
    run(
        f"{folder}/initdb", "-D", str(data), "-A", "trust", "-U", "crm", "-E", "UTF8", "--locale=C"
    )  # whatever LANG says
    run(f"{folder}/pg_ctl", "-D", str(data), "-w", "-l", str(home / "log"), "-o",
        f"-p {port} -h 127.0.0.1 -k {home}", "start")  # fmt: skip
    try:
        yield f"postgresql://crm@127.0.0.1:{port}/postgres"
    finally:
        run(f"{folder}/pg_ctl", "-D", str(data), "-m", "immediate", "stop")


def test_postgresql(postgres: str) -> None:
    driver = pytest.importorskip("psycopg")
    with driver.connect(postgres) as connection:
        filled(connection, "date", "%s")
        with connection.cursor() as cursor:
            cursor.execute("create schema salesforce")
            cursor.execute(
                "create table salesforce.opportunity (id text, is_deleted boolean, stage_name text,"
                " amount double precision, probability double precision, close_date text,"
                " is_closed boolean, is_won boolean, created_date timestamptz)"
            )
            cursor.execute(
                "insert into salesforce.opportunity values ('x', false, 'Closed Won', 22700.5, 100,"
                " '2021-04-15', true, true, '2021-02-01T23:30:00Z'), ('y', true, 'Closed Won', 1,"
                " 100, '2021-04-15', true, true, null)"
            )
    expected = held(sm.Deals.of(ROWS, currency="USD"))
    assert held(sm.read(postgres, currency="USD", schema="public").deals) == expected
    crm = sm.read(postgres, preset="dlt_salesforce", currency="USD", tz="Asia/Seoul")
    assert sm.bookings(crm.deals, "2021-04").value == 22_700.5
    assert sm.deals_created(crm.deals, "2021-02-02").value == 1
    assert dict(crm.files[0].left_out) == {"is_deleted = true": 1}
    with pytest.raises(SalesMetricsError, match=r"postgresql://127.0.0.1:1/crm: "):
        sm.read("postgresql://secret:word@127.0.0.1:1/crm")


def test_a_password_is_never_shown() -> None:
    with pytest.raises(SalesMetricsError) as told:
        sm.read("postgresql://ana:word@127.0.0.1:1/crm")
    assert "word" not in str(told.value)


def test_reading_csv_imports_no_frames(tmp_path: Path) -> None:
    """pyarrow imports pandas for to_numpy(), where it is there: a fifth of a second for nothing."""
    if int(version("pyarrow").partition(".")[0]) < 20:
        pytest.skip("an older pyarrow imports pandas for more")
    (tmp_path / "deals.csv").write_text(
        "id,created_at,outcome,amount\na,2025-01-01,open,1.5\nb,,open,\n", encoding="utf-8"
    )
    code = (
        "import sys, salesmetrics as sm; crm = sm.read(sys.argv[1], currency='USD'); "
        "print(sm.deals_created(crm.deals, '2025-01').value, sm.open_deals(crm.deals, '2025').value, "
        "[m for m in ('pandas', 'polars', 'duckdb') if m in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "1 2 []"
