"""Whole numbers counted by cell against counting one by one, and ages at risk likewise."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from salesmetrics.results.counted import Counted, Risks
from salesmetrics.results.tally import BITS, LARGEST, Tally, levels_of, tallied

DENSE, SPARSE, WIDE = (3, 5), (40, 2**15), (2**17, LARGEST + 1)  # cells, and numbers below


def drawn(seed: int, of: tuple[int, int], size: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    cells, most = of
    keys = (draw.integers(0, cells, size) << BITS) | draw.integers(0, most, size)
    keys[:2] = [((cells - 1) << BITS) | (most - 1), 0]  # both ends
    return keys


def read(counted: tuple[np.ndarray, np.ndarray]) -> list[tuple[int, int]]:
    return list(zip(*(each.tolist() for each in counted), strict=True))


@pytest.mark.parametrize(
    "of", [DENSE, SPARSE, WIDE, (2**16, 2**16), (2**16 + 1, 9), (9, 2**16 + 1)]
)
@pytest.mark.parametrize("seed", range(3))
def test_each_key_once_ascending_and_how_often_it_came(of, seed):
    keys = drawn(seed, of, 60)
    keys = np.concatenate([keys, keys[:20]])
    assert read(tallied(keys, None)) == sorted(Counter(keys.tolist()).items())
    times = np.random.default_rng(seed + 9).integers(1, 7, len(keys))
    expected: Counter[int] = Counter()
    for key, many in zip(keys.tolist(), times.tolist(), strict=True):
        expected[key] += many
    assert read(tallied(keys, times)) == sorted(expected.items())


def test_what_comes_after_somebody_looked_is_counted_too():
    one, two = (drawn(seed, DENSE, 30) for seed in (1, 2))
    tally = Tally([])
    assert read(tally.counted()) == []
    tally.parts.append((one, None))
    first = tally.counted()
    assert read(first) == sorted(Counter(one.tolist()).items())
    assert tally.counted()[0] is first[0]  # and not a second time
    tally.parts.append((two, None))
    both = sorted((Counter(one.tolist()) + Counter(two.tolist())).items())
    assert read(tally.counted()) == both
    tally.parts.append((one, np.full(len(one), 3)))
    threefold = Counter({key: 3 * many for key, many in Counter(one.tolist()).items()})
    assert read(tally.counted()) == sorted((Counter(dict(both)) + threefold).items())


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [
        ([], np.int64), ([5, 3, 5], np.int64), ([2**63 - 1, 1], np.int64),
        ([2**63, 1], object), ([-(2**70), 4, 4], object), ([1, 2], np.int64),
    ],
)  # fmt: skip
def test_levels_are_the_distinct_numbers_in_as_few_bits_as_hold_them(numbers, kind):
    for given in {np.dtype(object), np.dtype(kind)}:
        levels = levels_of(np.array(numbers, dtype=given))
        assert (levels.tolist(), levels.dtype) == (sorted({*numbers}), np.dtype(kind))


@pytest.mark.parametrize("seed", range(20))
def test_risks_are_those_counted_row_by_row(seed):
    """A row is at risk at an age where it came at it or before, and left at it or after."""
    draw = np.random.default_rng(seed)
    rows = [
        (int(cell), int(draw.integers(0, length + 1)) * int(draw.integers(0, 2)), int(length),
         str(draw.choice(["ended", "otherwise", "censored"])))
        for cell, length in zip(draw.integers(0, 4, 25), draw.integers(0, 9, 25), strict=True)
    ]  # fmt: skip
    kept = {name: Counted() for name in ("ended", "otherwise", "censored", "entered")}
    for cell, entry, length, how in rows:
        kept[how].add(np.array([(cell << BITS) | length]))
        if entry:
            kept["entered"].add(np.array([(cell << BITS) | entry]))
    found = Risks(**kept)
    for cell in range(5):
        mine = [row[1:] for row in rows if row[0] == cell]
        ages = sorted({length for _, length, how in mine if how != "censored"})
        risk = [sum(entry <= age <= length for entry, length, _ in mine) for age in ages]
        ended = [[(length, how) for _, length, how in mine if length == age] for age in ages]
        waited = [sum(how == "ended" for _, how in some) for some in ended]
        any_way = [sum(how != "censored" for _, how in some) for some in ended]
        read_so = [each.tolist() for each in found.of_cell(cell)]
        assert read_so == [ages, risk, waited, any_way]
        assert found.longest.get(cell) == max((length for _, length, _ in mine), default=None)
        falls = [
            (age, later)
            for age, at_risk, gone in zip(ages, risk, any_way, strict=True)
            if at_risk == gone and (later := sum(entry > age for entry, _, _ in mine))
        ]
        assert found.falls.get(cell) == (falls[0] if falls else None)
