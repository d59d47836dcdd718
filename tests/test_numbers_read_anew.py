"""Numbers as they are read, reckoned a second time cell by cell as the decimals they print as."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from salesmetrics.columns import MISSING
from salesmetrics.reading.forms import Form
from salesmetrics.reading.raw import Raw, object_array, of_objects
from salesmetrics.reading.reader import ColumnReader

LARGEST = 2**63 - 1
FINE = "too fine"
FLOATS = [
    0.0, -0.0, 1.0, 0.5, 0.25, 0.125, 0.1, 0.29, 1.005, 1.115, -2.675, 1e-3, 1e-9, 123456.78,
    2.0**50 / 100, 2.0**50 / 100 - 0.25, 2.0**50, 2.0**53, 2.0**53 + 2, 9e15, 9.2e15, 9.3e15, 1e17,
    9.2e18, 1e19, -9.2e16, -9.3e16, float("nan"),
]  # fmt: skip


@pytest.fixture(autouse=True, params=[2, 2**15])
def _rows_at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salesmetrics.reading.reader.AT_ONCE", request.param)


def wanted(cell: Any, decimals: int) -> tuple[int, bool, str | None]:
    """(in the smallest unit, whether it is missing, what is wrong)."""
    if cell is None or cell != cell:  # noqa: PLR0124  (NaN)
        return 0, True, None
    exact = cell if isinstance(cell, Decimal) else Decimal(str(cell))
    units = exact.scaleb(decimals)
    if abs(units) > LARGEST:
        return 0, False, "too_large"
    return (int(units), False, None) if units == int(units) else (0, False, FINE)


def looks_right(raw: Raw, cells: list[Any], decimals: int) -> None:
    reader = ColumnReader("deals", None)
    found = reader.numbers("amount", raw, decimals, FINE)
    told = {fault.row: str(getattr(fault.reason, "code", fault.reason)) for fault in reader.faults}
    assert found.scale == 1
    for row, cell in enumerate(cells):
        units, missing, wrong = wanted(cell, decimals)
        assert told.get(row) == wrong, (row, cell)
        assert bool(found.reasons()[row] == MISSING) is missing, (row, cell)
        if wrong is None and not missing:
            assert found.values[row] == units, (row, cell)
    assert found.bound >= sum(abs(int(value)) for value in found.values)


def edges(decimals: int) -> list[int]:
    most = LARGEST // 10**decimals
    return [
        0,
        1,
        -1,
        7,
        most,
        most + 1,
        -most,
        -most - 1,
        most - 1,
        LARGEST,
        -LARGEST,
        -LARGEST - 1,
    ]


@pytest.mark.parametrize("decimals", [0, 2, 3])
@pytest.mark.parametrize("kind", ["int64", "int32", "uint8", "uint64"])
def test_whole_numbers(kind: str, decimals: int) -> None:
    held = np.iinfo(kind)
    every = [*edges(decimals), 2**64 - 1, 255, -(2**31), 2**31 - 1]
    cells: list[Any] = [cell for cell in every if held.min <= cell <= held.max]
    looks_right(Raw(np.array(cells, kind)), cells, decimals)
    gaps = np.array([n % 3 == 0 for n in range(len(cells))])
    looks_right(
        Raw(np.array(cells, kind), missing=gaps),
        [None if gap else cell for cell, gap in zip(cells, gaps, strict=True)], decimals,
    )  # fmt: skip


@pytest.mark.parametrize("decimals", [0, 2, 3])
@pytest.mark.parametrize("places", [1, 2, 3, 6])
def test_decimals_that_came_as_whole_numbers_of_a_scale(places: int, decimals: int) -> None:
    near = 10 ** max(places - decimals, 0)
    units = [*edges(max(decimals - places, 0)), near, near + 1, -near, -near - 1, 15 * near]
    units += [1500, 1999, -1999, 10**places]
    units = [each for each in units if abs(each) <= LARGEST]
    exact = [Decimal(each).scaleb(-places) for each in units]
    looks_right(Raw(np.array(units), scale=10**places), exact, decimals)


@pytest.mark.parametrize("decimals", [0, 2, 3])
def test_floats_are_the_decimals_they_print_as(decimals: int) -> None:
    looks_right(Raw(np.array(FLOATS)), FLOATS, decimals)
    missing = np.array([n % 4 == 1 for n in range(len(FLOATS))])
    looks_right(
        Raw(np.array(FLOATS), missing=missing),
        [None if gap else cell for cell, gap in zip(FLOATS, missing, strict=True)], decimals,
    )  # fmt: skip
    looks_right(of_objects([*FLOATS, Decimal("1.5"), 3, None]), [*FLOATS, Decimal("1.5"), 3, None],
                decimals)  # fmt: skip
    texts = [str(cell) for cell in FLOATS if cell == cell and abs(cell) < 1e15]  # noqa: PLR0124
    texts = [text for text in texts if len(text.partition(".")[2]) != 3]  # could be thousands
    looks_right(of_objects([*texts, None, *texts]), [*texts, None, *texts], decimals)


@pytest.mark.parametrize("seed", range(30))
def test_floats_of_32_bits_with_few_decimals(seed: int) -> None:
    """What was written with up to six decimals, and seven digits in all, is that again."""
    draw = random.Random(seed)
    cells = []
    for _ in range(50):
        places = draw.choice([0, 2])
        most = 2**23 // 10**places - 1
        cells.append(round(draw.uniform(-most, most), places))
    raw = Raw(np.array(cells, np.float32))
    looks_right(raw, [round(cell, 2) for cell in cells], 2)


def shares(raw: Raw) -> tuple[list[Decimal | None], dict[int, str]]:
    reader = ColumnReader("deals", None)
    found = reader.proportions("probability", raw)
    listed = [
        None if why else Decimal(int(value)) / found.scale
        for value, why in zip(found.values, found.reasons(), strict=True)
    ]
    return listed, {fault.row: getattr(fault.reason, "code", "") for fault in reader.faults}


@pytest.mark.parametrize("most", [2, 4, 6, 9, 12])
@pytest.mark.parametrize("form", ["floats", "texts", "objects"])
@pytest.mark.parametrize("seed", range(6))
def test_shares_are_the_decimals_they_print_as(most: int, form: str, seed: int) -> None:
    draw = random.Random(f"{most} {seed}")
    cells: list[Any] = [
        draw.choice([0.0, 1.0, 0.5, 1.5, -0.25, 40.0, 100.0, 101.0]) for _ in range(9)
    ]
    cells += [
        round(draw.random(), draw.randint(1, most)) for _ in range(draw.choice([0, 30, 1200]))
    ]
    if draw.random() < 0.5:
        cells.append(round(draw.random(), most))
    given: list[Any] = [None if draw.random() < 0.1 else cell for cell in cells]
    raw = {
        "floats": lambda: Raw(np.array([np.nan if c is None else c for c in given])),
        "texts": lambda: of_objects([None if c is None else f"{c:.12f}".rstrip("0") + "0" * (
            c == int(c)) for c in given]),
        "objects": lambda: Raw(object_array([Decimal(str(c)) if c else c for c in given])),
    }[form]()  # fmt: skip
    listed, told = shares(raw)
    for row, cell in enumerate(given):
        if cell is not None and not 0 <= cell <= 1:
            assert told[row] == ("percentage" if 1 < cell <= 100 else "probability_expected")
        else:
            assert row not in told
            assert listed[row] == (None if cell is None else Decimal(str(cell))), (row, cell)


def test_whole_shares() -> None:
    listed, told = shares(Raw(np.array([0, 1, 2, -1]), missing=np.array([False] * 4)))
    assert listed[:2] == [0, 1] and set(told) == {2, 3}


@pytest.mark.parametrize("decimals", [0, 2, 3])
def test_whole_numbers_among_others(decimals: int) -> None:
    cells = [*edges(decimals), Decimal("0.5")]
    looks_right(of_objects(cells), cells, decimals)


@pytest.mark.parametrize(
    ("form", "cells", "why"),
    [
        (None, [0.5, 1.5, 40.0], {1: "percentage", 2: "percentage"}),
        (Form(thousands=","), [0.5, 1.5, -1.0], {1: "percentage", 2: "probability_expected"}),
        (Form(percent=True), [50.0, 150.0, -1.0, 0.0, 100.0],
         {1: "percent_expected", 2: "percent_expected"}),
    ],
)  # fmt: skip
def test_what_no_share_is_says_what_was_expected(
    form: Form | None, cells: list[float], why: dict[int, str]
) -> None:
    listed, told = shares(Raw(np.array(cells), form=form))
    assert told == why
    by = 100 if form is not None and form.percent else 1
    assert [one for row, one in enumerate(listed) if row not in why] == [
        Decimal(str(cell)) / by for row, cell in enumerate(cells) if row not in why
    ]
