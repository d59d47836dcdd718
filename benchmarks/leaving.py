"""How long a million figures take from a result to a frame.

    python benchmarks/leaving.py

Bookings and win rate of 9,000 owners in 120 months: the best of three runs.
"""

from __future__ import annotations

from time import perf_counter

import numpy as np

import salesmetrics as sm


def main() -> None:
    size = 200_000
    rows = np.arange(size)
    deals = sm.Deals.of(
        {
            "id": rows,
            "owner": np.char.add("owner ", (rows % 9_000).astype("U5")),
            "outcome": np.where(rows % 3 == 0, "lost", "won"),
            "closed_at": np.datetime64("2015-01-01") + rows % 3_000,
            "amount": rows * 1.5,
        },
        currency="USD",
    )
    months = tuple(m for year in range(2015, 2025) for m in sm.period(str(year)).split("month"))
    results = (
        ("bookings", sm.bookings(deals, months, by="owner")),
        ("win_rate", sm.win_rate(deals, months, by="owner")),
    )
    for kpi, result in results:
        for way in ("to_pandas", "to_polars", "to_arrow"):
            took = []
            for _ in range(3):
                start = perf_counter()
                getattr(result, way)()
                took.append(perf_counter() - start)
            print(f"{kpi:9} {len(result):,} figures {way:10} {min(took):6.2f} s")


if __name__ == "__main__":
    main()
