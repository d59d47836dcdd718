"""Whole numbers as ids: named, linked and found as their texts would be, and never objects."""

from __future__ import annotations

import gc
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

import salesmetrics as sm
from salesmetrics.columns import Keys, Numerals, all_distinct, numbered, places_among

WHOLE = st.integers(-(2**63), 2**63 - 1) | st.integers(-30, 1200)


@given(st.lists(WHOLE | st.none(), min_size=1, max_size=30))
def test_whole_numbers_are_named_in_the_order_of_their_texts(ids: list[int | None]) -> None:
    values = np.array([0 if one is None else one for one in ids], dtype=np.int64)
    codes = numbered(values, np.array([one is None for one in ids]))
    assert list(codes.labels)[1:] == sorted({str(one) for one in ids if one is not None})
    shown = [codes.labels[int(code)] for code in codes.codes]
    assert shown == [None if one is None else str(one) for one in ids]
    assert codes.labels == tuple(codes.labels) and len(codes.labels) == len(tuple(codes.labels))
    for at, label in enumerate(codes.labels):
        assert label in codes.labels and codes.labels.index(label) == codes.code(label) == at
    for other in ("x", "01", "+1", "1_0", "", "-0", "9" * 30, "¹", 7):
        assert other not in codes.labels


@given(st.lists(WHOLE, unique=True, max_size=30), st.lists(WHOLE, max_size=30))
@example([-(2**63)], [])
@example([2**63 - 1, -(2**63)], [2**63 - 1, 0])
@example([2**63 - 1, 2**63 - 2], [-(2**63), 0])
@example([1 - 2**63, 2 - 2**63], [-(2**63), 2**63 - 1])
def test_numbers_are_found_among_ids(ids: list[int], asked: list[int]) -> None:
    row = {one: at for at, one in enumerate(ids)}
    looked_for = np.array([*asked, *ids], dtype=np.int64)
    found = places_among(looked_for, np.array(ids, dtype=np.int64))
    assert found.tolist() == [row.get(one, -1) for one in looked_for.tolist()]
    assert all_distinct(np.array(ids, dtype=np.int64))
    assert not ids or not all_distinct(np.array([*ids, ids[0]], dtype=np.int64))


def _company(as_id: Any) -> sm.CRM:
    """Deals, customers, changes and activities; ids of unequal length, some that lead nowhere."""
    draw = np.random.default_rng(5)
    size, day = 60, np.datetime64("2025-01-01", "D")
    ids = draw.permutation(np.arange(-20, size * 3, 3))[:size]
    created = draw.integers(0, 90, size)
    life, named = draw.integers(1, 60, size), draw.integers(3, 14, size)
    deal = draw.choice(np.append(ids, 9_999), 200)
    done = draw.integers(0, 150, 200)
    changed = np.concatenate([created, created + life // 2])
    return sm.CRM(
        deals={
            "id": as_id(ids), "customer": as_id(named), "owner": as_id(named % 4),
            "created_at": day + created, "closed_at": day + created + life,
            "outcome": np.where(life % 2, "won", "lost"), "amount": life * 10.0,
        },
        customers={"id": as_id(np.arange(2, 12)), "industry": [f"i{n % 3}" for n in range(10)]},
        stages=[{"id": "a", "order": 0, "type": "open"}, {"id": "b", "order": 1, "type": "open"}],
        stage_changes={
            "deal": as_id(np.concatenate([ids, ids])), "changed_at": day + changed,
            "stage": ["a"] * size + ["b"] * size,
        },
        activities={
            "id": as_id(np.arange(200)), "deal": as_id(deal), "kind": ["call"] * 200,
            "done_at": day + done,
        },
        currency="EUR",
    )  # fmt: skip


@pytest.mark.parametrize("as_of", [None, "2025-02-20"])
def test_numbers_and_their_texts_make_the_same_company(as_of: str | None) -> None:
    whole, text = (_company(kind) for kind in (np.asarray, lambda ids: [str(i) for i in ids]))
    if as_of:
        whole, text = whole.as_of(as_of), text.as_of(as_of)
    assert isinstance(whole.activities.codes("deal").labels, Numerals)
    assert isinstance(whole.deals.columns["id"], Keys) and whole.deals.ids() == text.deals.ids()
    for figure in (
        lambda crm: sm.bookings(crm.deals, "2025-Q1", by=("owner", "customer.industry")),
        lambda crm: sm.activity_volume(crm.activities, "2025-Q1", by="deal"),
        lambda crm: sm.new_customers(crm.customers, "2025-Q1", by="industry"),
        lambda crm: sm.activity_coverage(crm.activities, crm.deals, "2025-02", by="owner"),
        lambda crm: sm.stage_conversion(crm.deals, "2025-Q1", by=("stage", "owner")),
    ):
        assert figure(whole).to_records() == figure(text).to_records()


def test_as_of_is_linked_as_a_company_made_of_what_was_known() -> None:
    crm = _company(np.asarray).as_of("2025-02-20")
    fresh = sm.CRM._of_tables(crm.tables)
    for name, table in crm.tables.items():
        for column, link in (table.links or {}).items():
            ours = [link.rows[code] for code in table.codes(column).codes.tolist()]
            other = (fresh.tables[name].links or {})[column].rows
            assert ours == [other[code] for code in fresh.tables[name].codes(column).codes.tolist()]


def test_no_object_is_made_for_an_id() -> None:
    def blocks(rows: int) -> int:
        day = np.datetime64("2025-01-01", "D")
        ids, other = np.arange(rows) * 7 + 5, np.arange(3 * rows)
        rows_of = {
            "deals": {"id": ids, "customer": ids % 1000, "created_at": day + ids % 90},
            "activities": {
                "id": other + 3, "deal": np.repeat(ids, 3), "done_at": day + other % 90,
            },
        }  # fmt: skip
        gc.collect()  # what earlier tests left is not counted
        before = sys.getallocatedblocks()
        crm = sm.CRM(all_open=True, **rows_of)  # type: ignore[arg-type]
        then = crm.as_of("2025-02-10")
        gc.collect()
        held = sys.getallocatedblocks() - before
        assert len(then.tables) == len(crm.tables)
        return held

    blocks(100)  # what is made once stays
    assert blocks(20_000) < blocks(200) + 2_000


def test_ids_keep_the_order_of_their_rows() -> None:
    """Floats that are whole, some in the place of their size and some not."""
    for ids in ([1.0, 3.0, 2.0], [3.0, 1.0, 2.0], [1.0, 2.0, 3.0]):
        deals = sm.Deals.of({"id": np.array(ids), "created_at": ["2025-01-01"] * 3})
        assert deals.ids() == [str(int(one)) for one in ids]


def test_a_row_without_an_id_is_told_without_one() -> None:
    pd = pytest.importorskip("pandas")
    given = {"id": pd.Series([5, None, 7], dtype="Int64"), "created_at": ["2025-01-01"] * 3}
    deals = sm.Deals.of(given, on_error="collect")
    assert deals.ids() == ["5", "7"]
    assert [(fault.row, fault.field, fault.id) for fault in deals.rejected] == [(1, "id", None)]


def test_shares_are_exact_in_the_last_row_as_in_the_first() -> None:
    """The first thousand rows do not tell how many decimals the others have."""
    chances = [0.5] * 1000 + [0.123456, 0.25, 0.1234]
    day = ["2025-01-01"] * len(chances)
    for cells in (chances, [str(one) for one in chances]):
        deals = sm.Deals.of({"id": range(len(chances)), "created_at": day, "probability": cells})
        numbers = deals.numbers("probability")
        found = [Fraction(int(one), numbers.scale) for one in numbers.values[-4:].tolist()]
        assert found == [Fraction(one) for one in ("0.5", "0.123456", "0.25", "0.1234")]


def test_shares_of_more_digits_than_are_kept_are_rounded() -> None:
    """To a trillionth of a millionth."""
    row = {"created_at": "2025-01-01", "probability": "0.12345678901234567851"}
    numbers = sm.Deals.of([{"id": 1, **row}]).numbers("probability")
    assert (numbers.values.tolist(), numbers.scale) == ([123456789012345679], 10**18)


def test_amounts_that_reach_the_end_of_64_bits_are_exact() -> None:
    """2**62 cents twice: by a rate of 2, by two parts of a contract."""
    row = {"id": 1, "created_at": "2025-01-01", "closed_at": "2025-01-05", "outcome": "won"}
    half = "46116860184273879.04"
    rates = sm.ExchangeRates(to="USD", rates={"EUR": {"2025-01-01": "2"}})
    deals = sm.Deals.of([row | {"amount": half, "currency": "EUR"}], currency="USD", rates=rates)
    assert sm.bookings(deals, "2025-01").exact * 100 == 2**63
    both = sm.Deals.of([row | {"recurring_amount": half, "one_time_amount": half}], currency="USD")
    (worth,) = both.numbers("contract_amount").values.tolist()
    assert worth == 2**63
