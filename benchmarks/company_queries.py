"""The figures of `company.py` by one polars lazy query, and by DuckDB, for its definitions.

Both give the same small tables of counts and sums, which `figures` brings to the form of ours.
Days become months by look-up, moves of a deal's stage that change nothing are no moves, what is
open at an end is what was created less what was closed, and a stay counts in every month that it
reaches into, from the age that it had when the month began.
"""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import polars as pl
from company_rows import KINDS, OUTCOMES, OWNERS, STEPS, Company

import salesmetrics as sm

__all__ = ["MONTHS", "QUARTERS", "connected", "duckdb_tables", "figures", "polars_tables"]

MONTHS = sm.period("2023-04-01..2025-03-31").split("month")
QUARTERS = sm.period("2024-07-01..2025-03-31").split("quarter")
EPOCH = np.datetime64("1970-01-01", "D")
NEVER = 65_535
FIRST_OF_QUARTERS = len(MONTHS) - 9  # the month that the first of the quarters begins with
Tables = dict[str, dict[str, np.ndarray]]


def _day(date: Any) -> int:
    return int((np.datetime64(date, "D") - EPOCH).astype(int))


EDGES = [*(_day(month.start) for month in MONTHS), _day(MONTHS[-1].end)]
SPANS = [(_day(p.start), _day(p.end)) for p in (*MONTHS, *QUARTERS)]


def polars_tables(company: Company) -> Tables:
    """One lazy query of all, days to months by look-up."""
    atoms = np.searchsorted(EDGES, np.arange(NEVER + 1), side="right").astype(np.uint8)
    look_up = pl.lit(pl.Series(atoms))

    def day(name: str) -> pl.Expr:
        return (pl.col(name).to_physical() // 86_400_000).cast(pl.Int32)

    def month(name: str) -> pl.Expr:
        return look_up.gather(pl.col(name).cast(pl.UInt32))

    won, lost = pl.col("outcome") == "won", pl.col("outcome") == "lost"
    quarter = (pl.col("m") - 1 - FIRST_OF_QUARTERS) // 3
    deals = company.deals.lazy().select(
        "id", "owner", "customer", "amount", "outcome",
        begun=day("created_at"), ended=day("closed_at").fill_null(NEVER),
    )  # fmt: skip
    dated = deals.with_columns(cm=month("begun"), m=month("ended"))
    found: dict[str, pl.LazyFrame] = {}
    found["created"] = dated.group_by("owner", m="cm").agg(
        n=pl.len(),
        worth=pl.col("amount").sum(),
        open=pl.col("amount").filter(pl.col("outcome") == "open").sum(),
    )
    closed = dated.filter(pl.col("m") <= len(MONTHS))
    found["closed"] = closed.group_by("owner", "m").agg(
        n=pl.len(),
        won=won.sum(),
        lost=lost.sum(),
        booked=pl.col("amount").filter(won).sum(),
        priced=(won & pl.col("amount").is_not_null()).sum(),
    )
    cycles = closed.filter(won & (pl.col("m") > 0)).select(
        "m", "owner", days=pl.col("ended") - pl.col("begun")
    )
    late = cycles.filter(pl.col("m") > FIRST_OF_QUARTERS).with_columns(p=quarter.cast(pl.Int32))
    median = pl.col("days").median()
    found["cycle m"] = cycles.group_by(p=pl.col("m").cast(pl.Int32) - 1).agg(median)
    found["cycle q"] = late.group_by("p").agg(median)
    found["cycle owner"] = late.group_by("p", "owner").agg(median)
    first = dated.filter(won).group_by("customer").agg(pl.col("m").min())
    found["new"] = first.group_by("m").agg(n=pl.len())
    stage, same = pl.col("stage").to_physical(), pl.col("deal") == pl.col("deal").shift(1)
    moves = (
        company.changes.lazy()
        .filter(~(same & (pl.col("stage") == pl.col("stage").shift(1))).fill_null(False))
        .select("deal", day=day("changed_at"), stage=stage)
    )
    more = pl.col("deal") == pl.col("deal").shift(-1)
    stays = moves.with_columns(
        after=pl.when(more).then(pl.col("stage").shift(-1)),
        until=pl.when(more).then(pl.col("day").shift(-1)),
    ).join(
        deals.select("id", "owner", "ended", won=won),
        left_on="deal", right_on="id", maintain_order="left",
    )  # fmt: skip
    stays = stays.select(
        "owner", "stage", "day",
        until=pl.coalesce("until", "ended"),
        advanced=pl.coalesce(pl.col("after") > pl.col("stage"), "won"),
        m=month("day"),
    )  # fmt: skip
    inside = stays.filter((pl.col("m") > 0) & (pl.col("m") <= len(MONTHS)))
    found["entered"] = inside.group_by("m", "owner", "stage").agg(
        n=pl.len(), advanced=pl.col("advanced").sum()
    )
    for number, (start, end) in enumerate(SPANS):
        cell = ["stage"] if number < len(MONTHS) else ["owner", "stage"]
        here = stays.filter((pl.col("day") < end) & (pl.col("until") >= start))
        left = pl.col("until") < end
        found[f"stays {number}"] = here.group_by(
            *cell, age=pl.min_horizontal("until", pl.lit(end - 1)) - pl.col("day"), left=left
        ).agg(n=pl.len())
        found[f"late {number}"] = (
            here.filter(pl.col("day") < start)
            .group_by(*cell, age=start - pl.col("day"))
            .agg(n=pl.len())
        )
    done = (
        company.activities.lazy()
        .select("owner", kind=pl.col("kind").to_physical(), day=day("done_at"))
        .with_columns(m=month("day"))
        .filter((pl.col("m") > 0) & (pl.col("m") <= len(MONTHS)))
    )
    found["done"] = done.group_by("m", "kind").agg(n=pl.len())
    found["done owner"] = (
        done.filter(pl.col("m") > FIRST_OF_QUARTERS)
        .group_by("owner", "kind", p=quarter.cast(pl.Int32))
        .agg(n=pl.len())
    )
    frames = pl.collect_all(list(found.values()))
    return {
        name: {column: frame[column].to_numpy() for column in frame.columns}
        for name, frame in zip(found, frames, strict=True)
    }


def connected(company: Company) -> Any:
    """A connection with the frames as tables of its own, names as enums, on one thread."""
    connection = duckdb.connect(":memory:")
    connection.execute("SET threads = 1")
    steps = ", ".join(f"'s{n}'" for n in range(STEPS))
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    outcomes = ", ".join(f"'{outcome}'" for outcome in OUTCOMES)
    connection.execute(f"CREATE TYPE steps AS ENUM ({steps})")
    connection.execute(f"CREATE TYPE kinds AS ENUM ({kinds})")
    connection.execute(f"CREATE TYPE outcomes AS ENUM ({outcomes})")
    for name, frame, columns in (
        ("deals", company.deals, "id, owner, customer, amount, created_at::TIMESTAMP AS created_at,"
         " closed_at::TIMESTAMP AS closed_at, outcome::outcomes AS outcome"),
        ("changes", company.changes,
         "deal, stage::steps AS stage, changed_at::TIMESTAMP AS changed_at"),
        ("activities", company.activities,
         "owner, kind::kinds AS kind, done_at::TIMESTAMP AS done_at"),
    ):  # fmt: skip
        connection.register("given", frame.to_arrow())
        connection.execute(f"CREATE TABLE {name} AS SELECT {columns} FROM given")
        connection.unregister("given")
    return connection


def duckdb_tables(connection: Any) -> Tables:
    """The same tables; what several read is made once."""
    days, months = "({0}::DATE - DATE '1970-01-01')::INTEGER", len(MONTHS)
    start = MONTHS[0].start
    base = start.year * 12 + start.month - 1
    index = f"greatest(0, least({months + 1}, year({{0}}) * 12 + month({{0}}) - {base}))"
    run = connection.execute
    run(
        f"""CREATE OR REPLACE TEMP TABLE d AS SELECT id, owner, customer, amount,
        outcome = 'won' AS won, outcome = 'lost' AS lost, {days.format("created_at")} AS begun,
        coalesce({days.format("closed_at")}, {NEVER}) AS ended, {index.format("created_at")} AS cm,
        coalesce({index.format("closed_at")}, {months + 1}) AS m FROM deals"""
    )
    run(
        f"""CREATE OR REPLACE TEMP TABLE v AS WITH c AS (
        SELECT deal, enum_code(stage) AS stage, changed_at, lag(stage) OVER w AS before
        FROM changes WINDOW w AS (PARTITION BY deal ORDER BY changed_at)),
        n AS (SELECT *, lead(stage) OVER w AS after, lead(changed_at) OVER w AS until
        FROM c WHERE before IS NULL OR enum_code(before) <> stage
        WINDOW w AS (PARTITION BY deal ORDER BY changed_at))
        SELECT owner, stage, {days.format("changed_at")} AS day, {index.format("changed_at")} AS m,
        coalesce({days.format("until")}, ended) AS until,
        coalesce(after > stage, won) AS advanced FROM n JOIN d ON n.deal = d.id"""
    )
    quarter, late = f"(m - 1 - {FIRST_OF_QUARTERS}) // 3", f"m > {FIRST_OF_QUARTERS}"
    inside = f"m BETWEEN 1 AND {months}"
    cycle = "median(ended - begun) AS days FROM d WHERE won AND " + inside
    asked = {
        "created": "owner, cm AS m, count(*) n, coalesce(sum(amount), 0)::BIGINT worth, coalesce("
        "sum(amount) FILTER (NOT won AND NOT lost), 0)::BIGINT open FROM d",
        "closed": "owner, m, count(*) n, count(*) FILTER (won) won, count(*) FILTER (lost) lost, "
        "coalesce(sum(amount) FILTER (won), 0)::BIGINT booked, count(amount) FILTER (won) priced "
        f"FROM d WHERE m <= {months}",
        "cycle m": f"m - 1 AS p, {cycle}",
        "cycle q": f"{quarter} AS p, {cycle} AND {late}",
        "cycle owner": f"{quarter} AS p, owner, {cycle} AND {late}",
        "new": "m, count(*) n FROM (SELECT min(m) m FROM d WHERE won GROUP BY customer)",
        "entered": "m, owner, stage, count(*) n, count(*) FILTER (advanced) advanced "
        f"FROM v WHERE {inside}",
    }
    for number, (first, end) in enumerate(SPANS):
        cell = "stage" if number < months else "owner, stage"
        here = f"FROM v WHERE day < {end} AND until >= {first}"
        asked[f"stays {number}"] = (
            f"{cell}, least(until, {end - 1}) - day AS age, until < {end} AS left, "
            f"count(*) n {here}"
        )
        asked[f"late {number}"] = (
            f"{cell}, {first} - day AS age, count(*) n {here} AND day < {first}"
        )
    done = f"(SELECT owner, enum_code(kind) kind, {index.format('done_at')} m FROM activities)"
    asked["done"] = f"m, kind, count(*) n FROM {done} WHERE {inside}"
    asked["done owner"] = (
        f"owner, kind, {quarter} AS p, count(*) n FROM {done} WHERE {inside} AND {late}"
    )
    return {name: run(f"SELECT {query} GROUP BY ALL").fetchnumpy() for name, query in asked.items()}


def figures(tables: Tables, owners: np.ndarray) -> dict[str, np.ndarray]:
    """Months in total (`... m`) and quarters by owner (`... q`), from the small tables."""
    found: dict[str, np.ndarray] = {}
    size = (len(MONTHS) + 2, OWNERS)

    def grid(name: str, column: str) -> np.ndarray:
        table, filled = tables[name], np.zeros(size, dtype=np.int64)
        filled[table["m"], np.searchsorted(owners, table["owner"])] = table[column]
        return filled

    def keep(name: str, flow: Any, stock: bool = False) -> None:
        level = np.cumsum(flow, axis=0) if stock else flow
        found[f"{name} m"] = level[1:-1].sum(axis=1)
        late = level[1 + FIRST_OF_QUARTERS : -1].reshape(3, 3, OWNERS)
        found[f"{name} q"] = late[:, -1] if stock else late.sum(axis=1)

    made, gone = grid("created", "n"), grid("closed", "n")
    gone[-1] = 0
    keep("deals_created", made)
    keep("pipeline_created", grid("created", "worth"))
    for name, column in (("won_deals", "won"), ("lost_deals", "lost"), ("bookings", "booked"),
                         ("priced", "priced")):  # fmt: skip
        keep(name, grid("closed", column))
    keep("open_deals", made - gone, stock=True)
    keep("open_pipeline", grid("created", "open"), stock=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        for at in "mq":
            won, lost = found[f"won_deals {at}"], found[f"lost_deals {at}"]
            found[f"win_rate {at}"] = won / (won + lost)
            found[f"average_deal_size {at}"] = found[f"bookings {at}"] / found.pop(f"priced {at}")
    found["sales_cycle m"] = np.full(len(MONTHS), np.nan)
    found["sales_cycle m"][tables["cycle m"]["p"]] = tables["cycle m"]["days"]
    by = tables["cycle owner"]
    found["sales_cycle q"] = np.full((3, OWNERS), np.nan)
    found["sales_cycle q"][by["p"], np.searchsorted(owners, by["owner"])] = by["days"]
    new = np.zeros(len(MONTHS) + 2, np.int64)
    new[tables["new"]["m"]] = tables["new"]["n"]
    found["new_customers m"] = new[1:-1]
    _stages(tables, owners, found)
    done = tables["done"]
    found["activity_volume m"] = np.zeros((len(MONTHS), len(KINDS)), np.int64)
    found["activity_volume m"][done["m"] - 1, done["kind"]] = done["n"]
    done = tables["done owner"]
    found["activity_volume q"] = np.zeros((3, OWNERS, len(KINDS)), np.int64)
    at = np.searchsorted(owners, done["owner"])
    found["activity_volume q"][done["p"], at, done["kind"]] = done["n"]
    return found


def _stages(tables: Tables, owners: np.ndarray, found: dict[str, np.ndarray]) -> None:
    entered = tables["entered"]
    every = np.zeros((2, len(MONTHS), OWNERS, STEPS), np.int64)
    place = entered["m"] - 1, np.searchsorted(owners, entered["owner"]), entered["stage"]
    every[0][place], every[1][place] = entered["n"], entered["advanced"]
    late = every[:, FIRST_OF_QUARTERS:].reshape(2, 3, 3, OWNERS, STEPS).sum(axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        found["stage_conversion m"] = every[1].sum(axis=1) / every[0].sum(axis=1)
        found["stage_conversion q"] = late[1] / late[0]
    medians = []
    for number in range(len(SPANS)):
        stays, came = tables[f"stays {number}"], tables[f"late {number}"]
        if number < len(MONTHS):
            medians.append(_medians(stays, came, stays["stage"], came["stage"], STEPS))
            continue
        cells = [
            np.searchsorted(owners, one["owner"]) * STEPS + one["stage"] for one in (stays, came)
        ]
        medians.append(_medians(stays, came, cells[0], cells[1], OWNERS * STEPS))
    found["time_in_stage m"] = np.array(medians[: len(MONTHS)])
    found["time_in_stage q"] = np.array(medians[len(MONTHS) :]).reshape(3, OWNERS, STEPS)


def _medians(stays: Any, late: Any, cell: Any, late_cell: Any, cells: int) -> np.ndarray:
    """The median of Kaplan and Meier of every cell; NaN where half were not seen to end."""
    width = int(max(stays["age"].max(initial=0), late["age"].max(initial=0))) + 2
    seen, left, came = np.zeros((3, cells, width))
    np.add.at(seen, (cell, stays["age"]), stays["n"])
    ended = np.flatnonzero(stays["left"])
    np.add.at(left, (cell[ended], stays["age"][ended]), stays["n"][ended])
    np.add.at(came, (late_cell, late["age"]), late["n"])
    risk = np.cumsum(seen[:, ::-1], axis=1)[:, ::-1] - came.sum(axis=1, keepdims=True)
    risk += np.cumsum(came, axis=1)
    share = np.cumprod(1 - np.divide(left, risk, out=np.zeros_like(left), where=risk > 0), axis=1)
    half = share <= 0.5 + 1e-12
    return np.where(half.any(axis=1), half.argmax(axis=1), np.nan)
