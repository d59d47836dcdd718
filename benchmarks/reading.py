"""How long a million deals take from a frame or a CSV file to a table.

    python benchmarks/reading.py [ROWS] [--names]

Twelve columns: a text id, five names, three times, an outcome, an amount, a probability.  `--names`
adds a thirteenth, a name that every deal has to itself.  Shown are the best of five runs; `convert`
is what the library itself takes to make codes of the texts, with its own kernels, and `table` all
that is done besides.  CSV files are compared with the fastest reader and what its own kernel takes
to make codes of the texts.  Nothing here asserts anything: the numbers are for reading.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import salesmetrics as sm
from salesmetrics.models import Deal
from salesmetrics.reading.frames import raw_columns

RUNS = 5


def made(size: int, names: bool) -> Any:
    import pyarrow as pa

    draw = np.random.default_rng(7)

    def named(what: str, many: int) -> Any:
        labels = pa.array([f"{what} {number}" for number in range(many)])
        return labels.take(pa.array(draw.integers(0, many, size)))

    created = np.datetime64("2015-01-01", "s") + draw.integers(0, 300_000_000, size)
    closed = created + draw.integers(0, 10_000_000, size)
    is_open = draw.random(size) < 0.3
    outcome = np.where(is_open, 0, draw.integers(1, 3, size))
    columns = {
        "id": pa.array([f"0065g00000{number:08d}" for number in range(size)]),
        "owner": named("owner", 200),
        "product": named("product", 12),
        "customer": named("customer", 20_000),
        "region": named("region", 8),
        "source": named("source", 15),
        "created_at": pa.array(created),
        "closed_at": pa.array(np.where(is_open, np.datetime64("NaT"), closed).astype("M8[s]")),
        "expected_close_at": pa.array((created + 5_000_000).astype("M8[D]")),
        "outcome": pa.array(["open", "won", "lost"]).take(pa.array(outcome)),
        "amount": pa.array(np.round(draw.lognormal(9, 1, size), 2)),
        "probability": pa.array(draw.integers(0, 101, size) / 100),
    }
    if names:
        columns["name"] = pa.array([f"deal {number}" for number in draw.permutation(size)])
    return pa.table(columns)


def with_codes(table: Any) -> list[Any]:
    """The columns of texts as codes of their own, by the library's own kernel."""
    import pyarrow as pa

    texts = (column for column in table.columns if pa.types.is_string(column.type))
    return [column.dictionary_encode() for column in texts]


def best(call: Callable[[], Any]) -> float:
    found = []
    for _ in range(RUNS):
        start = perf_counter()
        call()
        found.append(perf_counter() - start)
    return min(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--names", action="store_true")
    given = parser.parse_args()
    import pandas
    import polars
    import pyarrow.csv

    table = made(given.rows, given.names)
    print(f"{given.rows:,} deals, {table.num_columns} columns, best of {RUNS}, seconds")
    frames = {"pandas": table.to_pandas(), "polars": polars.from_arrow(table), "pyarrow": table}
    for library, frame in frames.items():
        columns = raw_columns(frame, Deal)[0]
        convert = best(lambda frame=frame: raw_columns(frame, Deal))
        rest = best(lambda columns=columns: sm.Deals.of(columns, currency="USD", tz="UTC"))
        print(f"  {library:8} convert {convert:6.3f}   table {rest:6.3f}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "deals.csv"
        pyarrow.csv.write_csv(table, file)
        print(f"  CSV of {file.stat().st_size / 1e6:.0f} MB")
        readers: dict[str, Callable[[], Any]] = {
            "pyarrow.csv.read_csv": lambda: pyarrow.csv.read_csv(file),
            "polars.read_csv": lambda: polars.read_csv(file, try_parse_dates=True),
            "pandas.read_csv": lambda: pandas.read_csv(file),
        }
        took = {name: best(call) for name, call in readers.items() if name != "pandas.read_csv"}
        took["pyarrow, with codes"] = best(lambda: with_codes(pyarrow.csv.read_csv(file)))
        took["salesmetrics.read"] = best(lambda: sm.read(file, currency="USD", tz="UTC"))
        fastest = took["pyarrow, with codes"]  # names as codes, as everybody needs them to group
        for name, seconds in took.items():
            print(f"  {name:22} {seconds:6.3f}   {seconds / fastest:4.2f} x the fastest with codes")


if __name__ == "__main__":
    sys.exit(main())
