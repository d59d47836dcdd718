"""Time a company from its frames to the figures, against polars and DuckDB.

    python benchmarks/company.py                     # a million deals, one thread
    python benchmarks/company.py --rows 20000 --check

All three begin at the same polars frames (deals, four times as many changes of stage, five times as
many activities, ids as whole numbers) and end at the same figures: ten KPIs of deals, stage
conversion, time in stage, new customers and activities by kind, of 24 months in total and of two
quarters and the quarter before each by 500 owners.  Every figure is compared before anything is
timed.  They run one after the other, and ratios are taken round by round: of processor time (all
threads) and of the clock.  `again` is a second snapshot of the company that we made.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # before polars is imported

import numpy as np
from company_queries import MONTHS, QUARTERS, connected, duckdb_tables, figures, polars_tables
from company_rows import KINDS, OWNERS, STAGES, STEPS, Company, company

import salesmetrics as sm

KPIS = (
    "deals_created",
    "pipeline_created",
    "won_deals",
    "lost_deals",
    "bookings",
    "win_rate",
    "average_deal_size",
    "sales_cycle",
    "open_deals",
    "open_pipeline",
)
OF_STAGES = ("stage_conversion", "time_in_stage")
NAMES = [f"s{n}" for n in range(STEPS)]


def made(rows: Company) -> sm.CRM:
    return sm.CRM(
        deals=rows.deals,
        stages=STAGES,
        stage_changes=rows.changes,
        activities=rows.activities,
        currency="KRW",
        tz="UTC",
    )


def columns_as_of(crm: sm.CRM, day: str) -> list[Any]:
    """All columns of all tables as of one day: each is made when it is asked for."""
    return [one for table in crm.as_of(day).tables.values() for one in table.columns.values()]


def bookings_as_of(crm: sm.CRM, month: sm.Period) -> sm.Total:
    """The bookings of a month as they were known at its end."""
    return sm.bookings(crm.as_of(month).deals, month)


def ours(crm: sm.CRM, owners: np.ndarray) -> dict[str, np.ndarray]:
    """The figures of a company, in the form of the queries'."""
    found: dict[str, np.ndarray] = {}
    whole = sm.snapshot(crm, MONTHS, kpis=[*KPIS, "new_customers"])
    for figure in whole.figures:
        found[f"{figure.name} m"] = figure.total.values()[:, 0]
    staged = sm.snapshot(crm, MONTHS, kpis=OF_STAGES, by="stage")
    for figure in staged.figures:
        found[f"{figure.name} m"] = _placed(figure.groups, [NAMES])
    kinds = sm.snapshot(crm, MONTHS, kpis="activity_volume", by="kind")
    found["activity_volume m"] = _placed(kinds.figures[0].groups, [KINDS])
    names = [str(owner) for owner in owners.tolist()]
    for figure in sm.snapshot(crm, QUARTERS, kpis=KPIS, by="owner").figures:
        found[f"{figure.name} q"] = _placed(figure.groups, [names])
    for figure in sm.snapshot(crm, QUARTERS, kpis=OF_STAGES, by=("owner", "stage")).figures:
        found[f"{figure.name} q"] = _placed(figure.groups, [names, NAMES])
    kinds = sm.snapshot(crm, QUARTERS, kpis="activity_volume", by=("owner", "kind"))
    found["activity_volume q"] = _placed(kinds.figures[0].groups, [names, KINDS])
    return found


def _placed(result: Any, names: list[Any]) -> np.ndarray:
    """The values of every group, by the place of its names."""
    values = result.values()
    place = [{name: at for at, name in enumerate(each)} for each in names]
    filled = np.full((len(values), *map(len, names)), np.nan)
    for column, group in enumerate(result.groups):
        at = [where.get(name) for where, name in zip(place, group, strict=True)]
        if None not in at:
            filled[(slice(None), *at)] = values[:, column]
    return filled


def compare(mine: dict[str, np.ndarray], other: dict[str, np.ndarray], whose: str) -> None:
    """Stop unless every figure is the same, where there is one."""
    assert mine.keys() == other.keys(), mine.keys() ^ other.keys()
    for name, found in mine.items():
        known = ~np.isnan(found)
        theirs = np.asarray(other[name], dtype=float)
        np.testing.assert_allclose(found[known], theirs[known], rtol=1e-12, err_msg=name)
        # A group in which nothing happened is none of ours; few stays say nothing of a half.
        empty = theirs[~known]
        if not name.startswith("time_in_stage"):
            assert not np.nan_to_num(empty).any(), f"{name}: {whose} has more figures"
        assert known.any(), name
    print(f"{len(mine)} tables of figures, {sum(map(np.size, mine.values())):,} in all: "
          f"{whose} has the same")  # fmt: skip


def timed(run: Callable[[], Any]) -> tuple[float, float, Any]:
    """Processor seconds, seconds of the clock, and what came of it."""
    clock, start = time.perf_counter(), time.process_time()
    found = run()
    return time.process_time() - start, time.perf_counter() - clock, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--check", action="store_true", help="only compare the figures")
    given = parser.parse_args()
    rows = company(given.rows)
    owners, connection = rows.deals["owner"].unique().sort().to_numpy(), connected(rows)
    assert len(owners) == OWNERS, "take more rows: some owners have none"
    mine = ours(made(rows), owners)
    compare(mine, figures(polars_tables(rows), owners), "polars")
    compare(mine, figures(duckdb_tables(connection), owners), "DuckDB")
    if given.check:
        return
    rounds = []
    for _ in range(given.runs):
        build = timed(lambda: made(rows))
        first = timed(lambda crm=build[2]: ours(crm, owners))
        again = timed(lambda crm=build[2]: ours(crm, owners))
        as_of = timed(lambda crm=build[2]: columns_as_of(crm, "2025-03-31"))[:2]
        months = timed(lambda crm=build[2]: [bookings_as_of(crm, month) for month in MONTHS])[:2]
        polars = timed(lambda: figures(polars_tables(rows), owners))
        duck = timed(lambda: figures(duckdb_tables(connection), owners))
        whole = (build[0] + first[0], build[1] + first[1])
        rounds.append((whole, build[:2], first[:2], again[:2], as_of, months, polars[:2], duck[:2]))
    names = ("frames to figures", "  company made", "  first snapshots", "again",
             "as_of, all columns", "bookings as of 24 days", "polars", "DuckDB")  # fmt: skip
    print(f"{given.rows:,} deals, frames of {rows.bytes / 1e6:,.0f} MB; medians of {given.runs}")
    print(f"{'':24}{'processor':>12}{'x polars':>10}{'x DuckDB':>10}{'clock':>12}{'x polars':>10}")
    for at, name in enumerate(names):
        cells = []
        for kind in (0, 1):
            cells.append(f"{statistics.median(one[at][kind] for one in rounds):10.2f} s")
            for rival in (6, 7) if kind == 0 else (6,):
                ratio = statistics.median(one[at][kind] / one[rival][kind] for one in rounds)
                cells.append(f"{ratio:10.2f}")
        print(f"{name:24}{''.join(cells)}")


if __name__ == "__main__":
    main()
