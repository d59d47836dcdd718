"""Stage history to canonical form and a snapshot of stage KPIs, beside a polars lazy query.

    POLARS_MAX_THREADS=1 python benchmarks/history.py [deals]

Both count the entries into each stage by owner and month, how many of them advanced, and the
open deals by stage and owner at the end of each month.  The figures have to be equal; printed are
the medians, their ratio, and how far memory rose above the input columns.
"""

from __future__ import annotations

import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import gc
import sys
import time
from collections.abc import Callable
from datetime import date
from statistics import median

import numpy as np
import polars as pl

import salesmetrics as sm
from salesmetrics import CRM
from salesmetrics.tables.run import batch_rows, batches

OPEN, OWNERS = 4, 200
STAGES = [
    *({"id": f"s{n}", "order": n, "type": "open"} for n in range(OPEN)),
    {"id": "s4", "order": OPEN, "type": "won"},
    {"id": "s5", "order": OPEN + 1, "type": "lost"},
]
MONTHS = (*sm.period("2024").split("month"), *sm.period("2025").split("month"))
FIRST = date(2023, 7, 1)


def data(deals: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """About four changes a deal, in the order in which they happened."""
    draw = np.random.default_rng(7)
    created = draw.integers(0, 900, deals)
    count = draw.integers(2, 7, deals)
    deal = np.repeat(np.arange(deals), count)
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    step = np.arange(len(deal)) - np.repeat(first, count)
    gap = np.where(step == 0, 0, draw.integers(1, 40, len(deal)))
    day = np.cumsum(gap)
    day = day - np.repeat(day[first], count) + np.repeat(created, count)
    stage = np.minimum(step, OPEN - 1) - (draw.random(len(deal)) < 0.1) * (step > 1)
    last = np.append(step[1:] == 0, True)
    stage = np.where(last & (draw.random(len(deal)) < 0.6), draw.integers(4, 6, len(deal)), stage)
    order = np.argsort(day, kind="stable")
    base = np.datetime64(FIRST, "D")
    changes = {
        "deal": deal[order],
        "stage": stage[order].astype(np.int8),
        "changed_at": base + day[order].astype("m8[D]"),
    }
    table = {
        "id": np.arange(deals),
        "created_at": base + created.astype("m8[D]"),
        "owner": draw.integers(0, OWNERS, deals).astype(np.int16),
    }
    return table, changes


def ours(table: dict, changes: dict) -> tuple:
    from salesmetrics.reading.raw import Raw

    stage = Raw(changes["stage"], tuple(f"s{n}" for n in range(6)))
    crm = CRM(deals=table, stages=STAGES, stage_changes={**changes, "stage": stage})
    entered = standing = None
    rows = batch_rows([crm.deals])
    stream = batches(crm.deals, rows)
    for _ in range(0, crm.deals.size, rows):
        part = next(stream)
        entered = sm.stage_conversion(part, MONTHS, by=("owner", "stage"))
        standing = sm.open_deals(part, MONTHS, by=("owner", "stage"))
    return (
        entered.groups,
        entered.part("entries").sums_read(),
        entered.part("advanced").sums_read(),
        standing.groups,
        standing.sums_read(),
    )


def theirs(table: pl.LazyFrame, changes: pl.LazyFrame) -> tuple:
    ends = pl.LazyFrame({"end": [month.end for month in MONTHS]})
    moves = (
        changes.sort("deal", "changed_at", maintain_order=True)
        .filter(
            (pl.col("stage") != pl.col("stage").shift(1))
            | (pl.col("deal") != pl.col("deal").shift(1))
            | (pl.int_range(pl.len()) == 0)
        )
        .with_columns(
            same=pl.col("deal") == pl.col("deal").shift(-1),
            after=pl.col("stage").shift(-1),
            until=pl.col("changed_at").shift(-1),
        )
        .with_columns(after=pl.when("same").then("after"), until=pl.when("same").then("until"))
        .filter(pl.col("stage") < OPEN)
        .join(table.select("id", "owner"), left_on="deal", right_on="id", maintain_order="left")
    )
    entered = (
        moves.filter(pl.col("changed_at").is_between(date(2024, 1, 1), date(2025, 12, 31)))
        .group_by("owner", "stage", month=pl.col("changed_at").dt.truncate("1mo"))
        .agg(
            entries=pl.len(),
            advanced=((pl.col("after") > pl.col("stage")) & (pl.col("after") != 5)).sum(),
        )
    )
    # A stock as entries less exits by month, which beats a join of stays with ends.
    began = moves.select("owner", "stage", at=pl.col("changed_at"), one=pl.lit(1, pl.Int64))
    ended = moves.filter(pl.col("until").is_not_null()).select(
        "owner", "stage", at="until", one=pl.lit(-1, pl.Int64)
    )
    changed = (
        pl.concat([began, ended])
        .group_by("owner", "stage", end=pl.col("at").dt.truncate("1mo").dt.offset_by("1mo"))
        .agg(pl.col("one").sum())
    )
    standing = (
        changed.select("owner", "stage").unique().join(ends, how="cross")
        .join(changed, on=["owner", "stage"], how="left", suffix="_c")
        .filter(pl.col("end_c") <= pl.col("end"))
        .group_by("owner", "stage", "end").agg(open=pl.col("one").sum())
    )  # fmt: skip
    return tuple(pl.collect_all([entered, standing]))


def equal(mine: tuple, other: tuple) -> None:
    groups, entries, advanced, stock_groups, stock = mine
    entered, standing = other
    labels = {month.start: at for at, month in enumerate(MONTHS)}
    place = {group: at for at, group in enumerate(groups)}
    found = np.zeros((2, *entries.shape), np.int64)
    for owner, stage, month, count, on in entered.iter_rows():
        at = labels[month], place[str(owner), f"s{stage}"]
        found[0][at], found[1][at] = count, on
    assert np.array_equal(found[0], entries) and np.array_equal(found[1], advanced)
    ends = {month.end: at for at, month in enumerate(MONTHS)}
    place = {group: at for at, group in enumerate(stock_groups)}
    level = np.zeros(stock.shape, np.int64)
    for owner, stage, end, count in standing.iter_rows():
        level[ends[end], place[str(owner), f"s{stage}"]] = count
    assert np.array_equal(level, stock)


def resident(what: str) -> int:
    """Bytes that this process holds (VmRSS), or held at most (VmHWM)."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(what))


def rise(run: Callable[[], object]) -> int | None:
    """How far the memory of this process rose at most above what it held before the run."""
    gc.collect()
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as forget:
            forget.write("5")  # what was held at most, as for making the data, is forgotten
    except OSError:  # only Linux tells
        run()
        return None
    before = resident("VmRSS")
    run()
    return resident("VmHWM") - before


def main(deals: int, runs: int = 3) -> None:
    table, changes = data(deals)
    size = sum(column.nbytes for column in (*table.values(), *changes.values()))
    ours(*data(1000))  # what is imported late is not the data's
    rose = rise(lambda: ours(table, changes))
    told = "unknown here" if rose is None else f"{rose / size:.2f} x of the input columns"
    print(f"{len(changes['deal']):,} changes, {size / 1e6:,.0f} MB; memory rose by {told}")
    mine = ours(table, changes)
    frames = pl.DataFrame(table).lazy(), pl.DataFrame(changes).lazy()
    equal(mine, theirs(*frames))
    times: dict[str, list[float]] = {"ours": [], "polars": []}
    for _ in range(runs):
        for name, run, given in (("ours", ours, (table, changes)), ("polars", theirs, frames)):
            start = time.perf_counter()
            run(*given)
            times[name].append(time.perf_counter() - start)
    a, b = median(times["ours"]), median(times["polars"])
    print(f"ours {a:.2f} s, polars {b:.2f} s on one thread: {a / b:.2f} x, figures equal")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_500_000)
