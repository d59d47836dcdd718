"""Backtests of simulated companies, through the whole library: from rows to the replayed forecast.

    python benchmarks/backtests.py [companies]

Each company has 1,300 days of history; its bookings of the next 91 days are forecast on ten days,
from what was known on each.  Printed are medians over companies (first to third quarter of them),
and means.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

import salesmetrics as sm

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import simulated


def scores(seed: int) -> dict[str, float]:
    """What `backtest` says of one company."""
    crm = simulated.company(seed=seed, days=1300, rate=2.5, owners=12)
    start = time.perf_counter()
    found = sm.backtest(crm, 91, 10)
    seconds = time.perf_counter() - start
    methods = {cell.group[0]: cell.parts for cell in found}
    deals = {cell.group[0]: cell.parts for cell in found.part("deals")}
    model, rate = methods["forecast"], methods["run_rate"]
    single, given = deals["forecast"], deals["given"]
    weighted = methods["weighted_pipeline"]
    return {
        "WAPE": model["wape"], "WAPE of run-rate": rate["wape"],
        "WAPE of weighted pipeline": weighted["wape"], "bias": model["bias"],
        "WAPE of what was open": model["pipeline_wape"],
        "the same, weighted pipeline": weighted["pipeline_wape"],
        "covered by 80 %": model["covered"], "Brier of target": model["target_brier"],
        "Brier of target, run-rate": rate["target_brier"], "Brier of deals": single["brier"],
        "Brier of deals, given": given["brier"],
        "expected / actual wins": single["expected_to_actual"],
        "stability by week": single["stability"], "seconds": seconds,
    }  # fmt: skip


def main(companies: int) -> None:
    each = [scores(seed) for seed in range(companies)]
    for name in each[0]:
        values = [one[name] for one in each]
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
        print(f"{name:28}{middle:8.3f} ({low:.3f} .. {high:.3f}){np.mean(values):10.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
