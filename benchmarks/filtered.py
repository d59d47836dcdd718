"""Time a filtered reading, where polars and DuckDB are at their best, and what their threads give.

    python benchmarks/filtered.py                    # a million deals
    python benchmarks/filtered.py --rows 20000 --check

Won deals, lost deals and bookings of one quarter, of one of ten segments: by the library of a
company that was made before, and by one polars query and one DuckDB query of tables in memory, on
one thread and on all there are.  The figures are compared first; every engine runs in a process of
its own, as polars takes its number of threads when it is imported, and shown are medians of the
clock.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SEGMENT, FIRST, END = "segment 3", "2024-10-01", "2025-01-01"
ENGINES = ("salesmetrics", "polars", "duckdb")
Asked = Callable[[], tuple[int, int, int]]


def by_library(rows: Any) -> Asked:
    from company import made

    import salesmetrics as sm

    crm = made(rows)

    def asked() -> tuple[int, int, int]:
        deals = crm.filter(deals={"segment": SEGMENT}).deals
        won, lost = sm.won_deals(deals, "2024-Q4"), sm.lost_deals(deals, "2024-Q4")
        return (
            int(won.value or 0),
            int(lost.value or 0),
            int(sm.bookings(deals, "2024-Q4").value or 0),
        )

    return asked


def by_polars(rows: Any) -> Asked:
    import polars as pl

    deals = rows.deals

    def asked() -> tuple[int, int, int]:
        won = pl.col("outcome") == "won"
        found = (
            deals.lazy()
            .filter(
                pl.col("segment") == SEGMENT,
                pl.col("closed_at") >= pl.lit(FIRST).str.to_datetime(),
                pl.col("closed_at") < pl.lit(END).str.to_datetime(),
            )
            .select(
                won.sum(),
                (pl.col("outcome") == "lost").sum().alias("lost"),
                pl.col("amount").filter(won).sum(),
            )
            .collect()
        )
        won_, lost, booked = found.row(0)
        return int(won_), int(lost), int(booked)

    return asked


def by_duckdb(rows: Any, threads: int) -> Asked:
    import duckdb

    connection, deals = duckdb.connect(), rows.deals  # noqa: F841  read by its name
    connection.execute(f"SET threads = {threads}")
    connection.execute("CREATE TABLE held AS SELECT * FROM deals")

    def asked() -> tuple[int, int, int]:
        won, lost, booked = connection.execute(
            "SELECT count(*) FILTER (outcome = 'won'), count(*) FILTER (outcome = 'lost'),"
            " sum(amount) FILTER (outcome = 'won') FROM held"
            " WHERE segment = ? AND closed_at >= ?::TIMESTAMP AND closed_at < ?::TIMESTAMP",
            [SEGMENT, FIRST, END],
        ).fetchone()
        return int(won), int(lost), int(booked)

    return asked


def one(engine: str, threads: int, size: int) -> None:
    """Print the figures and the seconds of one engine."""
    from company_rows import company

    rows = company(size)
    asked = (
        by_library(rows) if engine == "salesmetrics"
        else by_polars(rows) if engine == "polars" else by_duckdb(rows, threads)
    )  # fmt: skip
    figures, took = asked(), []
    for _ in range(15):
        start = time.perf_counter()
        asked()
        took.append(time.perf_counter() - start)
    print(*figures, statistics.median(took))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--check", action="store_true", help="only compare the figures")
    parser.add_argument("--engine", choices=ENGINES, help="this one alone, in this process")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    if given.engine:
        one(given.engine, given.threads, given.rows)
        return
    all_of = os.cpu_count() or 1
    every = [("salesmetrics", 1), *((name, n) for n in (1, all_of) for name in ENGINES[1:])]
    figures, seconds = {}, {}
    for name, threads in every:
        told = subprocess.run(
            [sys.executable, __file__, "--engine", name, "--threads", str(threads),
             "--rows", str(given.rows)],
            env={**os.environ, "POLARS_MAX_THREADS": str(threads)},
            cwd=Path(__file__).parent, check=True, capture_output=True, text=True,
        ).stdout.split()  # fmt: skip
        figures[name, threads], seconds[name, threads] = told[:3], float(told[3])
    assert len({tuple(each) for each in figures.values()}) == 1, figures
    print(f"won, lost and booked of {SEGMENT} are {', '.join(told[:3])} by all")
    if given.check:
        return
    ours = seconds["salesmetrics", 1]
    for (name, threads), took in seconds.items():
        print(f"{name:14}{threads} thread{'s' if threads > 1 else ' '}{took * 1000:9.1f} ms"
              f"{ours / took:8.2f} x")  # fmt: skip


if __name__ == "__main__":
    main()
