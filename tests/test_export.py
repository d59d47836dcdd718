"""Results as frames of other libraries."""

from __future__ import annotations

import pytest

import salesmetrics as sm
from salesmetrics import examples

pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")
pytest.importorskip("pandas")
duckdb = pytest.importorskip("duckdb")


def test_results_leave_as_frames() -> None:
    deals = examples.deals
    result = sm.win_rate(deals, sm.period("2025").split("quarter"), by="owner")
    records = result.to_records()
    for frame in (
        pl.DataFrame(result.to_polars()),
        pl.DataFrame(result),
        pl.from_pandas(result.to_pandas()).with_columns(pl.col("start", "end").cast(pl.Date)),
        pl.from_arrow(result.to_arrow()),
        pl.from_arrow(pa.table(result)),
        duckdb.sql("select * from result").pl(),
    ):
        assert frame.to_dicts() == records
    undefined = sm.win_rate(deals, "2020")
    assert pa.table(undefined).schema == pa.table(result).drop_columns(["owner"]).schema
    assert undefined.to_pandas()["value"].isna().all()
    assert pa.table(sm.won_deals(deals))["start"].to_pylist() == [None]  # all time has no days
