"""Whatever encoding a terminal or a pipe has: people read signs or stand-ins, programs UTF-8."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import salesmetrics as sm
from salesmetrics.cli import main

ROWS = "id,owner,created_at,closed_at,outcome,amount\n1,₩영업,2025-01-05,2025-02-01,won,100\n"
ENCODINGS = ["cp949", "euc_kr", "cp1252", "ascii", "latin-1"]


class Pipe(io.TextIOWrapper):
    """Standard output as Python opens it in a locale."""

    def __init__(self, encoding: str) -> None:
        self.held = io.BytesIO()
        super().__init__(self.held, encoding=encoding, errors="strict", newline="\n")

    def written(self) -> bytes:
        self.flush()
        return self.held.getvalue()


def said(
    encoding: str, monkeypatch: pytest.MonkeyPatch, *arguments: str, code: int = 0
) -> tuple[bytes, bytes]:
    out, err = Pipe(encoding), Pipe(encoding)
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdout", out)
        patch.setattr("sys.stderr", err)
        assert main(arguments) == code
    return out.written(), err.written()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "deals.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_tables_are_written_in_the_encoding_of_the_terminal(
    encoding: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("snapshot", str(data), "--period", "2025-Q1", "--currency", "KRW", "--by", "owner")
    for lang in ("en", "ko"):
        out, _ = said(encoding, monkeypatch, *arguments, "--lang", lang, "--kpis", "bookings")
        text = out.decode(encoding)
        assert ("￦영업" if encoding in ("cp949", "euc_kr") else "KRW ????") in text
    out, _ = said(encoding, monkeypatch, "kpis")
    assert "win_rate" in out.decode(encoding)
    out, _ = said(encoding, monkeypatch, "check", str(data), "--currency", "KRW")
    assert "deals: 1 row used" in out.decode(encoding)
    _, err = said(encoding, monkeypatch, "kpis", "수주율é", code=2)
    assert "is not known" in err.decode(encoding)


FOR_PEOPLE = {
    "scorecard": ["scorecard", "executive", "DATA", "--period", "2025-Q1"],
    "explain": ["explain", "bookings", "DATA", "--period", "2025-Q1"],
    "definitions": ["definitions", "win_rate", "DATA", "--period", "2025-Q1"],
    "cohorts": ["cohorts", "close_rate", "DATA", "--period", "2024-12", "--period", "2025-01"],
    "alerts": ["alerts", "DATA", "--period", "2025-Q1", "--rules", "RULES"],
    "forecast": ["forecast", "DATA", "--period", "2025-Q1", "--by", "owner", "--deals"],
    "backtest": ["backtest", "DATA", "--horizon", "5", "--origins", "2"],
    "columns": ["columns", "DATA"],
    "check": ["check", "DATA"],
}


@pytest.mark.parametrize("command", FOR_PEOPLE)
def test_every_table_is_in_the_encoding_of_the_terminal(
    command: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = data.parent / "rules.toml"
    rules.write_text('[[rule]]\nkind = "threshold"\nkpi = "bookings"\nabove = 1000\n')
    places = {"DATA": str(data), "RULES": str(rules)}
    given = [places.get(word, word) for word in FOR_PEOPLE[command]]
    if command != "columns":
        given += ["--currency", "KRW", "--lang", "ko"]
    out, err = said("cp949", monkeypatch, *given)
    assert any("\uac00" <= sign <= "\ud7a3" for sign in out.decode("cp949")) or command == "columns"
    err.decode("cp949")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_documents_are_utf8_everywhere(
    encoding: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("snapshot", str(data), "--period", "2025-Q1", "--currency", "KRW", "--by", "owner")
    for kind in ("json", "csv", "md"):
        out, _ = said(encoding, monkeypatch, *arguments, "--kpis", "bookings", "--format", kind)
        assert "₩영업" in out.decode("utf-8")
        if kind == "json":
            (data / "a.json").write_bytes(out)
    (data / "b.json").write_bytes((data / "a.json").read_bytes().replace(b"100", b"200"))
    changed, _ = said(
        encoding, monkeypatch, "diff", str(data / "a.json"), str(data / "b.json"),
        "--format", "json",
    )  # fmt: skip
    assert any(change["after"] == 200 for change in json.loads(changed))
    said(encoding, monkeypatch, "columns", str(data), "--mapping")
    assert json.loads(said(encoding, monkeypatch, "config", "schema")[0])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_snapshots_are_read_in_the_encodings_of_windows(encoding: str, data: Path) -> None:
    text = sm.snapshot(sm.read(data, currency="KRW"), "2025", kpis=["bookings"]).to_json()
    (data / "a.json").write_bytes(text.encode(encoding))
    assert not sm.diff(data / "a.json", text)
    assert not sm.diff("\ufeff" + text, text)
    assert len(sm.read_snapshots(data)) > 0


def test_a_real_pipe() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "cp949", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "salesmetrics", "kpis"]
    ran = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert ran.returncode == 0
    assert "수주율" in ran.stdout.decode("cp949")


def test_without_docstrings_a_definition_says_why_there_is_none() -> None:
    command = [sys.executable, "-OO", "-m", "salesmetrics", "kpis", "win_rate"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0
    assert "run without -OO" in ran.stdout
    assert "None" not in ran.stdout
