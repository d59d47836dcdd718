"""The same rows give the same table, whatever memory they come in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

import salesmetrics as sm

Row = dict[str, Any]
ROWS: list[Row] = [
    {"id": 1, "owner": "ana", "created_at": date(2025, 1, 5), "closed_at": date(2025, 2, 1),
     "outcome": "won", "amount": Decimal("100.10"), "probability": Decimal("0.5")},
    {"id": 2, "owner": None, "created_at": date(2025, 1, 6), "closed_at": None,
     "outcome": "open", "amount": None, "probability": None},
    {"id": 3, "owner": "bo", "created_at": None, "closed_at": date(2025, 2, 3),
     "outcome": "lost", "amount": Decimal("-7.00"), "probability": Decimal("0")},
]  # fmt: skip
COLUMNS = {name: [row[name] for row in ROWS] for name in ROWS[0]}
FRAME = pd.DataFrame(COLUMNS)
STAMPS = {name: pd.to_datetime(FRAME[name]) for name in ("created_at", "closed_at")}
FLOATS = {name: FRAME[name].astype("float64") for name in ("amount", "probability")}


def seen(table: sm.Deals) -> Any:
    """Everything there is to see of a table."""
    results = [
        sm.bookings(table, by="owner"),
        sm.won_deals(table, "2025-02", by="owner"),
        sm.deals_created(table, "2025-01"),
        sm.sales_cycle(table),
        sm.open_pipeline(table, "2025-Q1"),
        sm.weighted_pipeline(table, "2025-01"),
        sm.win_rate(table, of="amount"),
    ]
    return table.ids(), [result.to_records() for result in results]


WANTED = seen(sm.Deals.of(ROWS, currency="USD"))
SAME: dict[str, Any] = {
    "records": [sm.Deal(**row) for row in ROWS],
    "columns": COLUMNS,
    "text": [{k: None if v is None else str(v) for k, v in row.items()} for row in ROWS],
    "frame": FRAME,
    "stamps": FRAME.assign(**STAMPS, **FLOATS),
    "stamps of the start": FRAME.assign(**STAMPS).set_index(pd.Index([9, 8, 7])),
    "strings": FRAME.astype({"owner": "string", "outcome": "string", "id": "string"}),
    "categories": FRAME.astype({"owner": "category", "outcome": "category", "id": "category"}),
    "nullable": FRAME.assign(
        id=FRAME["id"].astype("UInt8"), amount=FLOATS["amount"].astype("Float64")
    ),
    "small": FRAME.assign(id=FRAME["id"].astype("int8"), **FLOATS),
    "wide": FRAME.assign(id=FRAME["id"].astype("uint64"), **FLOATS),
    "masked": COLUMNS | {"amount": np.ma.masked_invalid(FLOATS["amount"].to_numpy())},
    "arrays": {name: np.array(values, dtype=object) for name, values in COLUMNS.items()},
    **{
        f"datetime64[{unit}]": COLUMNS
        | {name: STAMPS[name].to_numpy().astype(f"M8[{unit}]") for name in STAMPS}
        for unit in ("D", "h", "s", "ms", "us", "ns")
    },
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_rows_give_the_same_table(name: str) -> None:
    assert seen(sm.Deals.of(SAME[name], currency="USD")) == WANTED


def test_aware_columns_are_instants() -> None:
    stamps = pd.to_datetime(pd.Series(["2025-01-31T15:00:00", None, "2025-02-28T14:59:59"]))
    frame = FRAME.assign(closed_at=stamps.dt.tz_localize("UTC"), created_at=None)
    table = sm.Deals.of(frame, currency="USD", tz="Asia/Seoul")
    closed = sm.win_rate(table, "2025-02")
    assert (closed.numerator, closed.denominator) == (1, 2)
    berlin = frame.assign(closed_at=frame["closed_at"].dt.tz_convert("Europe/Berlin"))
    assert seen(sm.Deals.of(berlin, currency="USD", tz="Asia/Seoul")) == seen(table)


def test_booleans_are_flags_and_nothing_else() -> None:
    rows = {"id": [1, 2, 3], "automated": np.array([True, False, True])}
    assert len(sm.Activities.of(rows)) == 3
    boxed = pd.DataFrame({"id": [1, 2, 3], "automated": pd.array([True, None, False], "boolean")})
    assert len(sm.Activities.of(boxed)) == 3
    with pytest.raises(sm.DataError, match="not bool"):
        sm.Deals.of({"id": [1], "amount": np.array([True])}, currency="USD")


def test_ids_beyond_63_bits_keep_their_digits() -> None:
    large = 2**63 + 5
    for ids in (np.array([large, 1], dtype=np.uint64), [large, 1]):
        assert sm.Deals.of({"id": ids, "owner": ids}).ids() == [str(large), "1"]
        groups = sm.deals_created(
            sm.Deals.of({"id": ids, "owner": ids, "created_at": ["2025-01-01"] * 2}), by="owner"
        ).groups
        assert (str(large),) in groups


@given(st.lists(st.integers(-(2**53), 2**53), min_size=1, max_size=4), st.sampled_from("fO"))
def test_floats_are_the_decimals_they_print_as(cents: list[int], kind: str) -> None:
    amounts = [cent / 100 for cent in cents]
    table = sm.Deals.of(
        {
            "id": list(range(len(amounts))),
            "amount": np.array(amounts, dtype=np.float64 if kind == "f" else object),
            "closed_at": ["2025-01-01"] * len(amounts),
            "outcome": ["won"] * len(amounts),
        },
        currency="USD",
    )
    assert sm.bookings(table).exact == sum(Decimal(repr(amount)) for amount in amounts)
