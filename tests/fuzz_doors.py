"""Spoil a file of each kind at random, and see that every door says so in the library's own words.

python tests/fuzz_doors.py [DOOR ...] [--minutes 5] [--seed 1]

Each door has a few good files; bytes of them are changed, cut out, doubled and put in.  Named are
what ends in any other error than the library's own, and what takes more than ten seconds; the file
is kept.  A library in C may also crash: the last file tried is then in the folder that is named.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import sqlite3
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import salesmetrics as sm
from salesmetrics.cli import main
from salesmetrics.errors import SalesMetricsError
from salesmetrics.insight.goals import read_targets
from salesmetrics.insight.rules import read_rules
from salesmetrics.insight.scorecards import scorecard_named
from salesmetrics.io import preset
from salesmetrics.io.propose import columns, columns_text, mapping_text
from salesmetrics.io.rates import rates_of_file
from salesmetrics.snapshots.saved import read_snapshots

ROWS: list[dict[str, Any]] = [
    {"id": "a", "owner": "ana", "created_at": "2025-01-05", "amount": 1200.5, "closed_at": None},
    {"id": "나", "owner": 'b"o', "created_at": "2025-01-06", "amount": 7, "closed_at": None},
    {"id": "c", "owner": None, "created_at": "2025-01-20", "amount": None,
     "closed_at": "2025-02-01", "outcome": "won"},
]  # fmt: skip
for row in ROWS:
    row.setdefault("outcome", "open")
SPICE = [
    b"\0", b"\xff", b"\n", b"\r", b'"', b"'", b",", b";", b"[", b"]", b"{", b"}", b"=", b"\\",
    b"1e999999999", b"-1e400", b"9" * 5000, b"NaN", b"\xef\xbb\xbf", b"\xff\xfe", b"\xe2\x80\xa8",
    b"\x1b[31m", b"2025-02-30", b"0000-00-00", b"[" * 2000, b"\\ud800", b"null", b"<!ENTITY>",
]  # fmt: skip


def text_of(rows: list[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def excel() -> bytes:
    from openpyxl import Workbook

    book, out = Workbook(), io.BytesIO()
    book.active.append(list(ROWS[0]))
    for row in ROWS:
        book.active.append(list(row.values()))
    book.save(out)
    return out.getvalue()


def parquet() -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), out)
    return out.getvalue()


def database(connect: Callable[[str], Any]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        connection = connect(f"{folder}/crm.db")
        connection.execute("create table t (id text, owner text, created_at text, amount real)")
        for row in ROWS:
            cells = [row["id"], row["owner"], row["created_at"], row["amount"]]
            connection.execute("insert into t values (?, ?, ?, ?)", cells)
        connection.execute("create view deals as select * from t")
        connection.commit()
        connection.close()
        return Path(f"{folder}/crm.db").read_bytes()


def duck() -> bytes:
    import duckdb

    return database(duckdb.connect)


def snapshot() -> bytes:
    return sm.snapshot(company(), "2025", kpis=["win_rate", "bookings"]).to_json().encode()


def read(file: Path) -> None:
    crm = sm.read(file, table="deals", currency="USD", on_error="collect")
    repr(crm)
    str(sm.deals_created(crm.deals, "2025", by="owner"))


def looked(file: Path) -> None:
    found = columns(file)
    columns_text(found)
    mapping_text(found)


def company() -> sm.CRM:
    return sm.CRM(deals=ROWS, currency="USD")


def watched(file: Path) -> None:
    """Alerts by these rules; what of them is no rule is refused before."""
    sm.alerts(company(), read_rules(file), "2025").to_text()


def aimed(file: Path) -> None:
    sm.snapshot(company(), "2025", kpis=["bookings"], targets=read_targets(file)).to_text()


def mapped(file: Path) -> None:
    """A good table, read as the spoiled preset says."""
    (file.parent / "x.csv").write_bytes(text_of(ROWS))
    sm.read(file.parent, preset=file, currency="USD", on_error="collect")


def configured(file: Path) -> None:
    """A good table, read as the spoiled configuration says."""
    (file.parent / "deals.csv").write_bytes(text_of(ROWS))
    config = sm.read_config(file)
    sm.read(file.parent / "deals.csv", config=config, on_error="collect")


def told(file: Path) -> None:
    """What reads saved snapshots: a comparison, its sentences, and a folder of them."""
    sm.diff(file, file)
    str(sm.digest(file, file))
    folder = file.parent / "saved"
    folder.mkdir(exist_ok=True)
    (folder / "a.json").write_bytes(file.read_bytes())
    saved = read_snapshots(folder)
    repr(saved)
    saved.to_records()


ARGUMENTS = {
    "forecast": {
        "--period": "2025-Q1", "--as-of": "2025-02-20", "--target": "1000", "--by": "owner",
        "--quota": "ana=500", "--assume": "unpriced=left_out", "--where": "owner=ana",
    },
    "snapshot": {
        "--period": "2025-01", "--by": "owner,outcome", "--every": "month", "--top": "3",
        "--kpi": "bookings,win_rate", "--assume": "margin=0.5", "--tz": "Asia/Seoul",
    },
    "explain": {"--period": "2025-02", "--against": "2025-01", "--by": "owner"},
    "cohorts": {"--period": "2025-01", "--age": "30", "--as-of": "today"},
}  # fmt: skip
ASKED = {"explain": ["bookings"], "cohorts": ["close_rate"]}


def commanded(file: Path) -> None:
    """The command with values of its options that are spoiled, a line each; it says what is wrong
    in words, with one of its codes, and no text commands a terminal."""
    (file.parent / "deals.csv").write_bytes(text_of(ROWS))
    lines = iter(file.read_text(encoding="utf-8", errors="surrogateescape").split("\n"))
    for command, options in ARGUMENTS.items():
        given = [f"{option}={next(lines, '')}" for option in options]
        source = [*ASKED.get(command, []), str(file.parent / "deals.csv"), "--currency=USD"]
        out = io.StringIO()
        try:
            with redirect_stdout(out), redirect_stderr(out):
                main([command, *source, *given, "--on-error=collect"])
        except SystemExit as end:
            if end.code not in (0, 1, 2, 3, 4):
                raise AssertionError(f"{command} ends with {end.code}") from None
        assert "\x1b" not in out.getvalue(), "a terminal escape"
        assert "Traceback" not in out.getvalue(), out.getvalue()


CONFIG = b"""preset = "hubspot"
tz = "Asia/Seoul"
currency = "KRW"
period = ["2025-Q1"]
[calendar]
hours = "09:00-18:00"
days = "mon-fri"
holidays = [2025-01-01]
[exchange.rates]
USD = { 2025-01-01 = 1400.5 }
[[stages]]
id = "x"
type = "open"
probability = 0.5
[assumptions]
margin = 0.8
"""
PRESET = b"""title = "own"
currency = "USD"
[deals]
file = "x.csv"
ends_at = ["Total"]
[deals.columns]
id = ["id", "key"]
owner = "owner"
created_at = "created_at"
[deals.format]
created_at = { date = "%Y-%m-%d" }
amount = { thousands = ",", strip = ["$"] }
"""
TARGETS = b"kpi,period,value,owner\nbookings,2025-Q1,1000,ana\nwin_rate,,0.2,\n"
CARD = b'en = "Own"\nkpis = ["bookings", "win_rate"]\nweights = { bookings = 2, win_rate = 1.5 }\n'
RULES = b"""[[rule]]
kind = "threshold"
kpi = "bookings"
below = 10
by = "owner"
group = { owner = "ana" }
[[rule]]
kind = "change"
kpi = "win_rate"
beyond = 0.2
against = "year_before"
period = "2025-Q1"
[[rule]]
kind = "missing"
table = "deals"
days = 7
"""
GOALS = b"""[[target]]
kpi = "bookings"
period = "2025-Q1"
value = 1e3
group = { owner = "ana" }
"""
RATES = b"currency,day,rate\nUSD,2025-01-01,1400.5\nEUR,2025-01-02,1500\n"
VALUES = "\n".join(value for options in ARGUMENTS.values() for value in options.values())
# The name of the file, a good one, and what is done with it.
Door = tuple[str, Callable[[], bytes], tuple[Callable[[Path], Any], ...]]
DOORS: dict[str, Door] = {
    "csv": ("deals.csv", lambda: text_of(ROWS), (read, looked)),
    "json": ("deals.json", lambda: json.dumps(ROWS).encode(), (read, looked)),
    "jsonl": ("deals.jsonl", lambda: "\n".join(map(json.dumps, ROWS)).encode(), (read, looked)),
    "excel": ("deals.xlsx", excel, (read, looked)),
    "sheet": ("deals.xlsx", excel, (read, looked)),  # spoiled within the archive
    "parquet": ("deals.parquet", parquet, (read, looked)),
    "sqlite": ("crm.db", lambda: database(sqlite3.connect), (read, looked)),
    "duckdb": ("crm.duckdb", duck, (read, looked)),
    "config": ("salesmetrics.toml", lambda: CONFIG, (configured,)),
    "preset": ("own.toml", lambda: PRESET, (preset, mapped)),
    "targets": ("targets.csv", lambda: TARGETS, (aimed,)),
    "goals": ("targets.toml", lambda: GOALS, (aimed,)),
    "rules": ("rules.toml", lambda: RULES, (watched,)),
    "rates": ("rates.csv", lambda: RATES, (rates_of_file,)),
    "scorecard": ("card.toml", lambda: CARD, (scorecard_named,)),
    "snapshot": ("a.json", snapshot, (told,)),
    "command": ("arguments.txt", VALUES.encode, (commanded,)),
}  # fmt: skip
NEEDS = {"excel": "openpyxl", "sheet": "openpyxl", "parquet": "pyarrow", "duckdb": "duckdb"}
TOO_LONG = 10.0


def spoiled(good: bytes, chance: random.Random) -> bytes:
    """A file with a few faults."""
    data = bytearray(good)
    for _ in range(chance.choice((1, 1, 2, 4, 12))):
        at = chance.randrange(len(data) + 1)
        size = chance.choice((0, 1, 1, 2, 8, 64))
        match chance.randrange(4):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                data[at : at + size] = b""
            case 2:
                data[at:at] = data[at : at + size]
            case _:
                data[at : at + size] = chance.choice(SPICE)
    return bytes(data)


def spoiled_inside(good: bytes, chance: random.Random) -> bytes:
    """An archive that is whole, with one broken part."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(out, "w") as new:
        broken = chance.choice(old.namelist())
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, spoiled(data, chance) if name == broken else data)
    return out.getvalue()


def missing(door: str) -> bool:
    """Whether the library is missing that this kind of file needs."""
    return door in NEEDS and find_spec(NEEDS[door]) is None


def fuzzed(door: str, folder: Path, seed: int, tries: int, until: float | None = None) -> list[str]:
    """What went wrong, each with the file that shows it; the same for a seed."""
    name, made, uses = DOORS[door]
    good = made()
    for use in uses:
        (folder / name).write_bytes(good)
        use(folder / name)  # a good file is taken
    found = []
    for at in range(tries):
        if until is not None and time.monotonic() > until:
            break
        chance = random.Random(f"{door} {seed} {at}")
        bad = (spoiled_inside if door == "sheet" else spoiled)(good, chance)
        (folder / name).write_bytes(bad)
        for use in uses:
            begun = time.process_time()
            try:
                use(folder / name)
            except SalesMetricsError as wrong:
                if "\x1b" in str(wrong):
                    found.append(f"{door}: seed {seed}, try {at}: a terminal escape in {wrong!r}")
            except BaseException as wrong:
                if isinstance(wrong, KeyboardInterrupt):
                    raise
                (folder / f"{at}-{name}").write_bytes(bad)
                last = "".join(traceback.format_exception(wrong)[-3:])
                found.append(f"{door}: seed {seed}, try {at}: {last}")
            if time.process_time() - begun > TOO_LONG:
                found.append(f"{door}: seed {seed}, try {at} took more than {TOO_LONG} s")
    return found


def fuzz() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("door", nargs="*", help=f"of {', '.join(DOORS)}; without it all of them")
    parser.add_argument("--minutes", type=float, default=5.0, help="for all doors together")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    doors = [door for door in given.door or DOORS if not missing(door)]
    bad = 0
    for door in doors:
        folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{door}-"))
        until = time.monotonic() + given.minutes * 60 / len(doors)
        found = fuzzed(door, folder, given.seed, 10**9, until)
        print(f"{door}: {len(found)} found, seed {given.seed}, in {folder}", flush=True)
        for one in found[:20]:
            print(one)
        bad += len(found)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(fuzz())
