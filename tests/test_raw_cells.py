"""Cells as they came, kept as arrays: what stands in each row, beside a plain list of them."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics.errors import ColumnError
from salesmetrics.reading.raw import (
    Raw,
    all_differ,
    checked_names,
    object_array,
    of_objects,
    of_text,
)

KINDS: dict[str, list[Any]] = {
    "text": ["ana", "bo", "n/a", "-", "5"],
    "distinct": [f"id {n}" for n in range(40)],
    "blank": ["ana", "", "  ", "n/a"],
    "int": [0, 1, -7, 2**62],
    "wide": [1, 2**70],
    "float": [0.5, -1.0, 3.25],
    "bool": [True, False],
    "day": [date(1969, 12, 31), date(2025, 1, 1), date(2025, 2, 28)],
    "time": [datetime(2025, 1, 1, 3), datetime(2025, 1, 1, 3, 0, 0, 5)],
    "mixed": ["n/a", 5, Decimal("1.5"), "ana", date(2025, 1, 1), 0.5, "-"],
    "decimal": [Decimal("1.50"), Decimal("-2")],
    "nothing": [None],
}  # fmt: skip


def cells_of(kind: str, seed: int) -> list[Any]:
    draw = random.Random(f"{kind} {seed}")
    size = draw.choice([0, 1, 2, 9, 40])
    if kind == "distinct":
        found: list[Any] = draw.sample(KINDS[kind], size)
    else:
        found = [draw.choice(KINDS[kind]) for _ in range(size)]
    if seed % 2:
        found = [None if draw.random() < 0.3 else cell for cell in found]
    return found


def told(cell: Any) -> Any:
    return None if isinstance(cell, str) and not cell.strip() else cell


def at_rows(raw: Raw) -> list[Any]:
    """What stands in each row; in arrays of floats NaN, and NaT, is how nothing is said."""
    absent = raw.absent()
    return [None if absent[row] else raw.at(row) for row in range(len(raw))]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(12))
def test_rows_hold_what_was_given(kind: str, seed: int) -> None:
    cells = cells_of(kind, seed)
    raw = of_objects(cells)
    wanted = [told(cell) for cell in cells]
    assert len(raw) == len(cells)
    assert at_rows(raw) == wanted
    codes, labels = raw.labelled()
    assert [None if code < 0 else labels[code] for code in codes.tolist()] == wanted
    draw = random.Random(seed)
    rows = np.array([draw.randrange(len(cells)) for _ in range(9)] if cells else [], np.int64)
    assert at_rows(raw.take(rows)) == [wanted[row] for row in rows]
    keep = np.array([draw.random() < 0.5 for _ in cells], bool)
    kept = [cell if there else None for cell, there in zip(wanted, keep, strict=True)]
    assert at_rows(raw.only(keep)) == kept
    assert at_rows(raw.only(keep).only(~keep)) == [None] * len(cells)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("words", [{"n/a"}, {"n/a", "-"}, {"ana", "5"}, {"nobody"}])
@pytest.mark.parametrize("seed", range(6))
def test_words_that_mean_that_nothing_is_there(kind: str, words: set[str], seed: int) -> None:
    """Letter by letter, and only of texts: a 5 is not the text "5"."""
    cells = cells_of(kind, seed)
    found = of_objects(cells).without(words)
    codes, labels = found.labelled()
    listed = [None if code < 0 else labels[code] for code in codes.tolist()]
    assert listed == [
        None if isinstance(cell, str) and cell in words else told(cell) for cell in cells
    ]


def test_whole_numbers_of_a_scale_are_exact_decimals() -> None:
    raw = Raw(np.array([150, -7, 150, 0]), missing=np.array([False] * 3 + [True]), scale=100)
    assert at_rows(raw) == [Decimal("1.5"), Decimal("-0.07"), Decimal("1.5"), None]
    codes, labels = raw.labelled()
    assert codes[0] == codes[2] and codes[3] == -1
    assert [labels[code] for code in codes[:3]] == [
        Decimal("1.5"),
        Decimal("-0.07"),
        Decimal("1.5"),
    ]


def test_nothing_in_a_float_or_a_time_is_nothing() -> None:
    floats = Raw(np.array([1.0, np.nan]))
    assert floats.absent().tolist() == [False, True]
    times = Raw(np.array(["2025-01-01", "NaT"], "M8[s]"), missing=np.array([True, False]))
    assert times.absent().tolist() == [True, True]
    assert times.at(0) is None


def test_blank_texts_among_labels_are_missing() -> None:
    codes, labels = np.array([0, 1, 2, -1, 3]), ["ana", "", " \t", "bo"]
    for given in (labels, object_array(labels)):
        raw = of_text(codes, given)
        assert at_rows(raw) == ["ana", None, None, None, "bo"]
    assert at_rows(of_text(np.array([0, 1]), ["ana", "bo"])) == ["ana", "bo"]


@pytest.mark.parametrize("size", [1, 2, 999, 1000, 1001, 2500])
def test_whether_all_texts_differ(size: int) -> None:
    texts: list[Any] = [f"id {n}" for n in range(size)]
    for each in (texts, object_array(texts)):
        assert all_differ(each)
    for at in {0, 1, size - 1} & set(range(size)):
        assert not all_differ([*texts[:at], None, *texts[at + 1 :]])
        if size > 1:
            other = texts[at - 1]
            assert not all_differ([*texts[:at], other, *texts[at + 1 :]])


def test_times_of_a_zone_stay_what_they_are() -> None:
    """An array has no zone, and of an hour that comes twice cannot say which is meant."""
    folded = datetime(2025, 10, 26, 2, 30, fold=1)
    for cells in ([folded], [None, folded], [folded, folded + timedelta(days=1)]):
        raw = of_objects(cells)
        assert raw.values.dtype == object
        assert [raw.at(row) for row in range(len(cells))] == cells


def test_arrays_of_objects_hold_exactly_these() -> None:
    lists = [[1, 2], [3]]
    for given, kept in (
        (lists, lists),
        (np.array(["a", "b"]), ["a", "b"]),
        ([[1], [2]], [[1], [2]]),
    ):
        made = object_array(given)
        assert made.dtype == object and made.tolist() == kept
    whole = np.array(["a", 1], object)
    assert object_array(whole) is whole


def test_the_column_that_occurs_twice_is_named() -> None:
    assert checked_names(["a", "b", "c"]) == ["a", "b", "c"]
    with pytest.raises(ColumnError, match="'b' occurs more than once"):
        checked_names(["a", "b", "c", "b"])
    with pytest.raises(ColumnError, match="not 5"):
        checked_names(["a", 5])


@pytest.mark.parametrize(("labels", "kind"), [(126, np.int8), (127, np.int32), (300, np.int32)])
def test_columns_of_few_texts_keep_one_byte_a_cell(labels: int, kind: type) -> None:
    names = [f"name {number:03}" for number in range(labels)]
    rows = [*names, None, names[-1]]
    deals = sm.Deals.of(
        {"id": range(len(rows)), "created_at": ["2025-01-01"] * len(rows), "segment": rows},
        all_open=True,
    )
    assert deals.extra["segment"].values.dtype == kind
    counted = sm.open_deals(deals, "2025-01", by="segment")
    found = {group: counted.cell(0, at).value for at, (group,) in enumerate(counted.groups)}
    assert found == dict.fromkeys(names, 1) | {names[-1]: 2, None: 1}
    assert list(found) == [*names, None]
