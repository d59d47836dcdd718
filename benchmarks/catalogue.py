"""Time every KPI of the catalogue, one by one, on a company with history.

    python benchmarks/catalogue.py                  # a million deals, and a tenth of them
    python benchmarks/catalogue.py --rows 20000 --check

Each KPI is measured for one quarter, by owner (500 of them), with two bases: as one snapshot of
that KPI alone.  Printed are what is made of history once, for all KPIs, and the processor seconds
of each KPI, slowest first, with how much they grow from a tenth of the rows.  KPIs whose tables are
not there are named at the end.  With `--check` everything is measured once on so many deals, and it
fails where a KPI is refused that was not to be.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # before polars is imported

import numpy as np
import polars as pl
from company_rows import STAGES, Company, company

import salesmetrics as sm

PERIOD = sm.period("2025-Q1")
ASSUMED = {"active_for_days": 365, "margin": 0.6, "target": 10**12, "limit_hours": 4}


def crm_of(rows: Company, seed: int = 11) -> sm.CRM:
    """The company with the other tables that its KPIs read."""
    draw = np.random.default_rng(seed)
    deals, size = rows.deals, len(rows.deals)
    owners = deals["owner"].unique().sort()
    started = deals["created_at"].dt.date()
    leads = pl.DataFrame(
        {
            "id": deals["id"] + 1,
            "created_at": deals["created_at"],
            "owner": deals["owner"],
            "customer": deals["customer"],
            "channel": deals["source"],
            "mql_at": deals["created_at"],
            "won_at": deals.select(
                pl.when(pl.col("outcome") == "won").then(pl.col("closed_at"))
            ).to_series(),
        }
    )
    contract = deals.select(
        id=pl.col("id") + 2,
        customer="customer",
        owner="owner",
        amount=pl.Series(draw.integers(1, 500, size) * 1000),
        interval=pl.lit("month"),
        started_at=started,
        ended_at=started + pl.duration(days=pl.Series(draw.integers(60, 900, size))),
    ).sample(size // 4, seed=seed)
    months = pl.date_range(pl.date(2023, 1, 1), pl.date(2025, 4, 1), "1mo", eager=True)
    kinds = ["marketing", "sales", "cost of sales"]
    costs = pl.DataFrame({"spent_at": months}).join(pl.DataFrame({"category": kinds}), how="cross")
    spent = draw.integers(1_000_000, 9_000_000, len(costs))
    costs = costs.with_columns(amount=pl.Series(spent))
    moves = deals.select(
        deal="id",
        expected_close_at=pl.col("created_at").dt.date() + pl.duration(days=90),
        changed_at=pl.col("created_at"),
    )
    return sm.CRM(
        deals=deals.with_columns(
            type=pl.Series(draw.choice(["new", "upsell", "cross_sell"], size)),
            loss_reason=pl.when(pl.col("outcome") == "lost").then(pl.col("source").cast(pl.String)),
        ),
        stages=STAGES,
        stage_changes=rows.changes,
        close_date_changes=moves,
        activities=rows.activities.with_columns(
            direction=pl.lit("outbound"), replied=pl.col("id") % 3 == 0
        ),
        owners=pl.DataFrame({"id": owners, "team": (owners % 9).cast(pl.String)}),
        leads=leads,
        subscriptions=contract,
        costs=costs,
        currency="KRW",
        tz="UTC",
    )


def made_once(crm: sm.CRM) -> float:
    """The processor seconds of what the first KPIs make of history and every other one reads."""
    start = time.process_time()
    sm.open_deals(crm.deals, PERIOD)
    sm.time_in_stage(crm.deals, PERIOD)
    return time.process_time() - start


def measured(crm: sm.CRM, only: list[str]) -> tuple[dict[str, float], dict[str, str]]:
    """The processor seconds of each KPI, and what those without a figure need."""
    seconds, needs = {}, {}
    for function in sm.KPIS:
        one = sm.entry(function)
        if only and one.name not in only:
            continue
        start = time.process_time()
        taken = sm.snapshot(
            crm,
            PERIOD,
            kpis=[one.name],
            by="owner",
            compare=["previous", "year_before"],
            assumptions=ASSUMED,
        )
        seconds[one.name] = time.process_time() - start
        for need in taken.needs:
            needs[one.name] = str(need.needs)
            del seconds[one.name]
    return seconds, needs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--check", action="store_true", help="measure once, and fewer rows")
    parser.add_argument("--kpis", default="", help="only these, with commas")
    given = parser.parse_args()
    only = [name for name in given.kpis.split(",") if name]
    small: dict[str, float] = {}
    if not given.check:
        crm = crm_of(company(given.rows // 10))
        once = made_once(crm)
        small, _ = measured(crm, only)
    crm = crm_of(company(given.rows))
    every = made_once(crm)
    seconds, needs = measured(crm, only)
    print(f"{given.rows:,} deals; processor seconds, by 500 owners with two bases")
    grown = "" if given.check else f"{every / once:5.1f} x"
    print(f"  {'made of history once':34}{every:8.3f}  {grown}")
    for name, each in sorted(seconds.items(), key=lambda one: -one[1]):
        grown = f"{each / small[name]:5.1f} x" if name in small else ""
        print(f"  {name:34}{each:8.3f}  {grown}")
    for name, need in needs.items():
        print(f"  {name:34} needs {need}")
    if given.check and not only and len(seconds) < len(needs):
        raise SystemExit("more KPIs have no figure than have one")


if __name__ == "__main__":
    main()
