"""Frames of libraries that few have: each gives the table that plain records give.

They are not installed for the usual tests; each is skipped where it is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pytest

import salesmetrics as sm

pytestmark = pytest.mark.filterwarnings("ignore")

ROWS = [
    (str(at), ("ana", "bo", None)[at % 3], datetime(2025, 1, 1 + at, 23, 30, tzinfo=UTC),
     date(2025, 2, 1 + at) if at % 2 else None, "won" if at % 2 else "open", 10.5 * at)
    for at in range(9)
]  # fmt: skip
KINDS = (
    "id string, owner string, created_at timestamp, closed_at date, outcome string, amount double"
)
NAMES = ["id", "owner", "created_at", "closed_at", "outcome", "amount"]


def seen(data: Any) -> Any:
    deals = sm.Deals.of(data, currency="USD", tz="Asia/Seoul")
    created = [sm.deals_created(deals, f"2025-01-{day:02}").value for day in range(1, 12)]
    return deals.ids(), sm.bookings(deals, "2025-02", by="owner").to_records(), created


WANTED = seen([dict(zip(NAMES, row, strict=True)) for row in ROWS])


def frame() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=NAMES)


@contextmanager
def spark() -> Iterator[Any]:
    """In a session whose zone is nobody's, which must not show."""
    sql = pytest.importorskip("pyspark.sql")
    session = (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "America/New_York")
        .getOrCreate()
    )
    yield session.createDataFrame(ROWS, KINDS)
    session.stop()


@contextmanager
def ibis() -> Iterator[Any]:
    yield pytest.importorskip("ibis").memtable(frame())


@contextmanager
def dask() -> Iterator[Any]:
    yield pytest.importorskip("dask.dataframe").from_pandas(frame(), npartitions=2)


@contextmanager
def sqlframe() -> Iterator[Any]:
    yield pytest.importorskip("sqlframe.duckdb").DuckDBSession().createDataFrame(ROWS, KINDS)


@pytest.mark.parametrize("made", [spark, ibis, dask, sqlframe])
def test_the_table_is_that_of_the_records(made: Callable[[], Any]) -> None:
    with made() as data:
        assert seen(data) == WANTED
