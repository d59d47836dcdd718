"""A bar while much is read, where somebody is looking."""

from __future__ import annotations

import io
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from warehouses import LetGo

import salesmetrics as sm
from salesmetrics import progress
from salesmetrics.io.csv_file import csv_table

TEXT = "id,owner\na,ana\nb,bo\n"
ROWS = [
    {"id": str(row), "created_at": "2025-01-05", "owner": "ana" if row % 3 else None}
    for row in range(25)
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal, rich not installed, and 20 rows a long read of chunks of 10."""
    shown = Terminal()
    # pytest puts its own stderr back between a fixture and its test
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=shown))
    monkeypatch.setattr(progress, "find_spec", lambda name: None)
    monkeypatch.setattr(progress, "LONG", 10)
    monkeypatch.setattr(progress, "LONG_ROWS", 20)
    monkeypatch.setattr(progress, "CHUNK", 10)
    monkeypatch.setattr("salesmetrics.io.documents.CHUNK", 10)
    return shown


def steps(screen: Terminal) -> list[str]:
    """What stood on the line, one after the other."""
    return [step for step in screen.getvalue().split("\r") if step.strip()]


def test_a_bar_is_shown_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert progress.progress_of("deals.csv", 10**9) is None  # pytest's stderr is no terminal
    monkeypatch.setattr(sys, "stderr", None)  # as where there is no console at all
    assert progress.progress_of("deals.csv", 10**9) is None


def test_of_a_csv_file(screen: Terminal) -> None:
    bar = progress.progress_of("deals.csv", len(TEXT))
    assert bar is not None
    assert csv_table("deals.csv", TEXT.encode(), progress=bar).size == 2
    bar.moved(0)
    bar.close()
    assert "reading deals.csv" in screen.getvalue()


def test_data_as_a_file_in_parts_of_any_size() -> None:
    data = bytes(range(100))
    for size in (1, 7, 1000):
        file = progress.Stream(memoryview(data))
        parts = [file.read(size) for _ in range(len(data) // size + 2)]
        assert b"".join(filter(None, parts)) == data and parts[-1] == b""


def parquet(folder: Path) -> Path:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.Table.from_pylist(ROWS), folder / "deals.parquet")
    return folder / "deals.parquet"


def sqlite(folder: Path) -> Path:
    with closing(sqlite3.connect(folder / "crm.db")) as connection:
        connection.execute("create table deals (id text, created_at text, owner text)")
        connection.executemany("insert into deals values (:id, :created_at, :owner)", ROWS)
        connection.commit()
    return folder / "crm.db"


def duckdb(folder: Path) -> Path:
    lib = pytest.importorskip("duckdb")
    with closing(lib.connect(str(folder / "crm.duckdb"))) as connection:
        connection.execute("create table deals (id text, created_at text, owner text)")
        connection.executemany("insert into deals values ($id, $created_at, $owner)", ROWS)
    return folder / "crm.duckdb"


def view(folder: Path) -> Path:
    lib = pytest.importorskip("duckdb")
    file = duckdb(folder)
    with closing(lib.connect(str(file))) as connection:
        connection.execute("alter table deals rename to kept")
        connection.execute("create view deals as select * from kept order by id::int")
    return file


def cursor(folder: Path) -> dict[str, Any]:
    return {"deals": sqlite3.connect(sqlite(folder), factory=LetGo).execute("select * from deals")}


LAST = {
    "parquet": "reading deals.parquet: 100 %", "sqlite": "reading deals: 100 %",
    "duckdb": "reading main.deals: 100 %", "view": "reading main.deals: 25 rows",
    "cursor": "reading deals: 25 rows",
}  # fmt: skip


@pytest.mark.parametrize("kind", LAST)
def test_of_rows(kind: str, tmp_path: Path, screen: Terminal) -> None:
    crm = sm.read(globals()[kind](tmp_path), currency="USD")
    assert crm.deals.ids() == [row["id"] for row in ROWS]
    assert sm.deals_created(crm.deals, by="owner").groups == (("ana",), (None,))
    assert steps(screen)[-1] == LAST[kind]
    assert screen.getvalue().endswith(" \r"), "the line is wiped"


@pytest.mark.parametrize("kind", LAST)
def test_a_short_read_shows_nothing(
    kind: str, tmp_path: Path, screen: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LONG_ROWS", 26)
    assert len(sm.read(globals()[kind](tmp_path), currency="USD").deals) == 25
    assert screen.getvalue() == ""


@pytest.mark.parametrize("kind", LAST)
def test_nothing_is_shown_where_nobody_looks(
    kind: str, tmp_path: Path, screen: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "isatty", lambda: False)
    assert len(sm.read(globals()[kind](tmp_path), currency="USD").deals) == 25
    assert screen.getvalue() == ""


def test_many_chunks_are_steps(screen: Terminal) -> None:
    chunks = [[0] * 10 for _ in range(5)]
    assert list(progress.counted_rows("deals", chunks, 50)) == chunks
    assert steps(screen) == [f"reading deals: {part:3d} %" for part in (20, 40, 60, 80, 100)]
    screen.seek(0)
    screen.truncate()
    assert list(progress.counted_rows("deals", chunks)) == chunks
    assert steps(screen) == [f"reading deals: {rows} rows" for rows in (20, 30, 40, 50)]


def test_a_bar_goes_where_reading_fails(screen: Terminal) -> None:
    def failing() -> Iterator[list[int]]:
        yield [0] * 30
        raise ValueError("the connection is gone")

    with pytest.raises(ValueError, match="gone"):
        list(progress.counted_rows("deals", failing(), 100))
    assert screen.getvalue().endswith(" \r")


def test_of_many_kpis(screen: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those measured together and those asked one by one, in as many steps as there are."""
    crm = sm.CRM(deals=[row | {"outcome": "open"} for row in ROWS])
    kpis = ["deals_created", "open_deals", "win_rate", "deal_age"]
    monkeypatch.setattr(progress, "LONG_WORK", 101)
    sm.snapshot(crm, "2025-Q1", kpis=kpis)
    assert screen.getvalue() == ""
    monkeypatch.setattr(progress, "LONG_WORK", 100)
    sm.snapshot(crm, "2025-Q1", kpis=kpis)
    assert steps(screen) == [f"computing 4 KPIs: {part:3d} %" for part in (25, 50, 75, 100)]
    assert screen.getvalue().endswith(" \r"), "the line is wiped"


def test_no_bar_of_kpis_where_nobody_looks(
    screen: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LONG_WORK", 1)
    monkeypatch.setattr(screen, "isatty", lambda: False)
    sm.snapshot(sm.CRM(deals=ROWS), "2025-Q1", kpis=["deals_created"])
    assert screen.getvalue() == ""


def test_a_bar_of_kpis_goes_where_one_fails(
    screen: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LONG_WORK", 1)

    def failing() -> None:
        with progress.computing(2, 10) as told:
            told(1)
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        failing()
    assert screen.getvalue().endswith(" \r")


def test_of_a_history(screen: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Joining the changes of each field with their deals; a short one shows nothing."""
    stages = [{"deal": "1", "stage": "offer", "changed_at": f"2025-01-{day:02}"} for day in (6, 9)]
    owners = [{"deal": "1", "owner": "bo", "changed_at": f"2025-01-{day:02}"} for day in (6, 9, 10)]
    sm.CRM(deals=ROWS, stage_changes=stages, owner_changes=owners)
    assert screen.getvalue() == ""
    monkeypatch.setattr(progress, "LONG_HISTORY", 5)
    sm.CRM(deals=ROWS, stage_changes=stages, owner_changes=owners)
    assert steps(screen) == [f"joining the history: {part:3d} %" for part in (0, 40, 100)]
    assert screen.getvalue().endswith(" \r"), "the line is wiped"
    monkeypatch.setattr(screen, "isatty", lambda: False)
    before = screen.getvalue()
    sm.CRM(deals=ROWS, stage_changes=stages, owner_changes=owners)
    assert screen.getvalue() == before


def test_of_what_one_waits_for(screen: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after the first second of a long wait; and no other bar within that one."""
    seconds = iter([0.0, 0.4, 1.0])
    monkeypatch.setattr(progress, "monotonic", lambda: next(seconds))
    monkeypatch.setattr(progress, "LONG_WORK", 1)
    with progress.waiting("days", 4, "replaying") as told:
        for _ in range(4):
            told()
            if screen.getvalue():
                with progress.computing(2, 10) as computed:
                    computed(2)
    assert steps(screen) == [f"replaying days: {part:3d} %" for part in (50, 75, 100)]
    assert screen.getvalue().endswith(" \r"), "the line is wiped"


def test_no_bar_of_waiting_where_nobody_looks(
    screen: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LONG_WAIT", 0.0)
    monkeypatch.setattr(screen, "isatty", lambda: False)
    sm.quality(sm.CRM(deals=[*ROWS, ROWS[0] | {"id": "x", "created_at": "2125-01-05"}]))
    assert screen.getvalue() == ""
    monkeypatch.setattr(screen, "isatty", lambda: True)
    sm.quality(sm.CRM(deals=[*ROWS, ROWS[0] | {"id": "x", "created_at": "2125-01-05"}]))
    assert steps(screen)[-1] == "measuring what findings move: 100 %"
