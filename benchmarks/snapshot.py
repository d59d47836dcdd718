"""Time a snapshot of the KPIs of deals against polars on the same prepared columns.

    python benchmarks/snapshot.py                 # a million deals, one thread
    python benchmarks/snapshot.py --rows 20000 --check

Both sides start from the same columns (days since 1970 as uint16, owner codes, amounts as int64,
probabilities in percent) and give the same figures: 24 months, in total and by 500 owners, which
is checked before anything is timed.  Polars runs one lazy query (`collect_all`) with day-to-month
by look-up; both run on one thread, interleaved, and the ratio is taken pair by pair.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # before polars is imported

import numpy as np
import polars as pl

import salesmetrics as sm
from salesmetrics.reading.raw import Raw

OPEN, WON, LOST = 0, 1, 2
OUTCOMES = ("open", "won", "lost")
MONTHS = sm.period("2023-01-01..2024-12-31").split("month")
OWNERS = 500
NEVER = 65_535
KPIS = (
    "deals_created",
    "won_deals",
    "bookings",
    "win_rate",
    "close_rate",
    "average_deal_size",
    "sales_cycle",
    "open_deals",
    "open_pipeline",
    "weighted_pipeline",
)
Columns = dict[str, Any]


def deals(rows: int, seed: int = 7) -> Columns:
    """Deals of four years: nearly in order of creation, skewed owners, 3 % without amount."""
    rng = np.random.default_rng(seed)
    first, last = 18_628, 20_240  # 2021-01-01 to mid 2025
    created = np.sort(rng.integers(first, last, rows)).astype(np.int64)
    life = rng.gamma(1.6, 48, rows).astype(np.int64)
    closed = np.where(rng.random(rows) < 0.05, NEVER, created + life)
    closed = np.where(closed > last, NEVER, closed)
    share = rng.gamma(1.0, 1.0, OWNERS)
    owner = rng.choice(OWNERS, rows, p=share / share.sum())
    chance = rng.uniform(0.18, 0.43, OWNERS)[owner]
    outcome = np.where(closed == NEVER, OPEN, np.where(rng.random(rows) < chance, WON, LOST))
    amount = rng.lognormal(13.8, 1.0, rows).astype(np.int64)
    return {
        "created": created.astype(np.uint16),
        "closed": closed.astype(np.uint16),
        "owner": owner.astype(np.uint16),
        "outcome": outcome.astype(np.uint8),
        "amount": amount,
        "priced": rng.random(rows) >= 0.03,
        "list_amount": (amount * rng.uniform(1.0, 1.3, rows)).astype(np.int64),
        "percent": rng.integers(5, 95, rows),
    }


def crm_of(made: Columns) -> sm.CRM:
    """The same columns as a CRM."""
    epoch = np.datetime64("1970-01-01", "D")
    closed = np.where(made["closed"] == NEVER, np.datetime64("NaT"), epoch + made["closed"])
    table = sm.Deals.of(
        {
            "id": np.arange(len(made["owner"])),
            "created_at": epoch + made["created"].astype(np.int64),
            "closed_at": closed.astype("M8[D]"),
            "owner": Raw(made["owner"], tuple(f"o{i:03}" for i in range(OWNERS))),
            "outcome": Raw(made["outcome"], OUTCOMES),
            "amount": np.where(made["priced"], made["amount"].astype(float), np.nan),
            "list_amount": made["list_amount"],
            "probability": made["percent"] / 100,
        },
        currency="KRW",
    )
    return sm.CRM(deals=table, owners={"id": [f"o{i:03}" for i in range(OWNERS)]})


def ours(crm: sm.CRM) -> dict[str, tuple[Any, Any]]:
    """Every figure: months, and months by owners."""
    taken = sm.snapshot(crm, MONTHS, by="owner", kpis=KPIS)
    found = {}
    for figure in taken.figures:
        assert figure.groups is not None
        found[figure.name] = (figure.total.values()[:, 0], figure.groups.values())
    return found


def frame_of(made: Columns) -> pl.LazyFrame:
    amount = pl.Series("amount", made["amount"]).to_frame()
    priced = pl.Series("priced", made["priced"])
    names = ("created", "closed", "owner", "outcome", "list_amount", "percent")
    return (
        pl.DataFrame({name: made[name] for name in names})
        .with_columns(
            amount.select(pl.when(priced).then(pl.col("amount"))).to_series().alias("amount")
        )
        .lazy()
    )


def polars_query(deals: pl.LazyFrame) -> list[pl.LazyFrame]:
    """What an expert would write: days to months by look-up, one scan of each kind of row."""
    look_up = pl.lit(pl.Series(atoms()))
    dated = deals.with_columns(
        look_up.gather(pl.col("created")).alias("cm"), look_up.gather(pl.col("closed")).alias("xm")
    )
    won, lost = pl.col("outcome") == WON, pl.col("outcome") == LOST
    still = pl.col("outcome") == OPEN
    worth = pl.when(still).then(pl.coalesce("amount", "list_amount")).otherwise("list_amount")
    created = dated.group_by("cm", "owner").agg(
        pl.len().alias("n"),
        won.sum().alias("won"),
        worth.sum().alias("worth"),
        (worth * pl.col("percent")).filter(still).sum().alias("weighted"),
    )
    closed = dated.filter(pl.col("xm") < len(MONTHS) + 1)
    gone = closed.group_by("xm", "owner").agg(
        pl.len().alias("n"),
        won.sum().alias("won"),
        lost.sum().alias("lost"),
        pl.col("amount").filter(won).sum().alias("booked"),
        (won & pl.col("amount").is_not_null()).sum().alias("priced"),
        worth.sum().alias("worth"),
    )
    days = closed.filter(won & (pl.col("xm") > 0)).select(
        "xm", "owner", (pl.col("closed").cast(pl.Int32) - pl.col("created")).alias("days")
    )
    median = pl.col("days").median()
    return [
        created,
        gone,
        days.group_by("xm").agg(median),
        days.group_by("xm", "owner").agg(median),
    ]


def atoms() -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """The month of every day: 0 before the first, one more than the last after it."""
    epoch = np.datetime64("1970-01-01", "D")
    edges = [(np.datetime64(m.start, "D") - epoch).astype(int) for m in MONTHS]
    edges.append((np.datetime64(MONTHS[-1].end, "D") - epoch).astype(int))
    return np.searchsorted(edges, np.arange(NEVER + 1), side="right").astype(np.uint8)


def theirs(deals: pl.LazyFrame) -> dict[str, tuple[Any, Any]]:
    """The same figures from polars' groups."""
    created, gone, total_days, owner_days = pl.collect_all(polars_query(deals))
    shape = (len(MONTHS) + 2, OWNERS)

    def grid(frame: pl.DataFrame, month: str, column: str) -> Any:
        found = np.zeros(shape, dtype=np.int64)
        found[frame[month].to_numpy(), frame["owner"].to_numpy()] = frame[column].to_numpy()
        return found

    def both(flow: Any) -> tuple[Any, Any]:
        return flow[1:-1].sum(axis=1), flow[1:-1]

    def level(come: Any, go: Any) -> tuple[Any, Any]:
        stock = np.cumsum(come - go, axis=0)[1:-1]
        return stock.sum(axis=1), stock

    def ratio(top: Any, bottom: Any) -> tuple[Any, Any]:
        with np.errstate(divide="ignore", invalid="ignore"):
            return tuple(a / b for a, b in zip(both(top), both(bottom), strict=True))  # type: ignore[return-value]

    made, won_of_made = grid(created, "cm", "n"), grid(created, "cm", "won")
    won, lost = grid(gone, "xm", "won"), grid(gone, "xm", "lost")
    booked, priced = grid(gone, "xm", "booked"), grid(gone, "xm", "priced")
    nothing = np.zeros(shape, dtype=np.int64)
    weighted = level(grid(created, "cm", "weighted"), nothing)
    medians = np.full((len(MONTHS), OWNERS), np.nan)
    medians[owner_days["xm"].to_numpy() - 1, owner_days["owner"].to_numpy()] = owner_days["days"]
    return {
        "deals_created": both(made),
        "won_deals": both(won),
        "bookings": both(booked),
        "win_rate": ratio(won, won + lost),
        "close_rate": ratio(won_of_made, made),
        "average_deal_size": ratio(booked, priced),
        "sales_cycle": (total_days.sort("xm")["days"].to_numpy(), medians),
        "open_deals": level(made, grid(gone, "xm", "n")),
        "open_pipeline": level(grid(created, "cm", "worth"), grid(gone, "xm", "worth")),
        "weighted_pipeline": tuple(np.rint(level / 100) for level in weighted),  # type: ignore[dict-item]
    }


def compare(mine: dict[str, tuple[Any, Any]], other: dict[str, tuple[Any, Any]]) -> None:
    """Stop unless every figure is the same (undefined amounts of none priced aside)."""
    for name, pair in mine.items():
        for a, b in zip(pair, other[name], strict=True):
            known = ~np.isnan(a)
            other_known = np.asarray(b, dtype=float)[known]
            np.testing.assert_allclose(a[known], other_known, rtol=1e-12, err_msg=name)
            assert known.mean() > 0.5 or len(known) < 30, name
    print(f"{len(mine)} KPIs x {len(MONTHS)} months x (1 + {OWNERS}) owners: figures are equal")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--check", action="store_true", help="only compare the figures")
    given = parser.parse_args()
    made = deals(given.rows)
    crm, frame = crm_of(made), frame_of(made)
    compare(ours(crm), theirs(frame))
    if given.check:
        return
    pairs = []
    for _ in range(given.runs):
        start = time.perf_counter()
        ours(crm)
        middle = time.perf_counter()
        theirs(frame)
        pairs.append((middle - start, time.perf_counter() - middle))
    a, b = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    ratio = statistics.median(x / y for x, y in pairs)
    print(f"{given.rows:,} deals: salesmetrics {a:.0f} ms, polars {b:.0f} ms on one thread")
    print(f"ratio {ratio:.2f} (pairs {', '.join(f'{x / y:.2f}' for x, y in pairs)})")


if __name__ == "__main__":
    main()
