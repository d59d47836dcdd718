"""Rows of deals that others are made of, arrays made later, and days counted once a row."""

from __future__ import annotations

import gc
import pickle
from datetime import date, timedelta

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics.columns import AskedTimes, Codes, Repeated, numbered, where
from salesmetrics.days import NEVER, NEVER_SECONDS
from salesmetrics.results.tally import BITS
from salesmetrics.tables.ages import ages_by_day
from salesmetrics.tables.run import Run


@pytest.mark.parametrize("seed", range(12))
def test_repeated_rows_are_those_of_numpy(seed: int) -> None:
    """Whole and in parts: by place, as an array, and what stands in the rows."""
    draw = np.random.default_rng(seed)
    many = draw.integers(0, 4, draw.integers(1, 30))
    every = np.repeat(np.arange(len(many)), many)
    values = draw.integers(0, 1000, len(many))
    whole = Repeated(np.append(0, np.cumsum(many)).astype(np.int32))
    for first, stop in [
        (0, len(many)),
        *(sorted(draw.integers(0, len(many) + 1, 2)) for _ in "abc"),
    ]:
        rows = slice(int(first), int(stop))
        part, there = whole.some(rows), every[whole.made_of(rows)]
        assert there.tolist() == [row for row in every.tolist() if first <= row < stop]
        assert len(part) == len(there)
        assert np.asarray(part).tolist() == there.tolist()
        assert np.asarray(part).dtype == part.dtype
        assert part.gathered(values).tolist() == values[there].tolist()
        at = draw.integers(0, max(len(there), 1), 5 if len(there) else 0)
        assert part[at].tolist() == there[at].tolist()
    column = Codes((values % 3).astype(np.uint8), (None, "a", "b"))
    assert column.take(whole).codes.tolist() == (values % 3)[every].tolist()


def test_an_array_is_made_once_when_it_is_asked_for() -> None:
    made: list[int] = []

    def make() -> np.ndarray:
        made.append(1)
        return np.array([5, 6, 7, 2**32 - 1], np.uint32)

    times = AskedTimes(make, np.array([1, 2, 3, NEVER], np.uint16))
    part, marked = times.take(slice(1, 4)), where(times, np.array([True, False, True, False]))
    dated = times.followed(np.array([3]), times.take(np.array([3])).dated.until(np.array([True])))
    assert dated.days.tolist() == [2, 3, NEVER, NEVER]
    made.clear()
    again = AskedTimes(make, times.days)
    part, marked = again.take(slice(1, 4)), where(again, np.array([True, False, True, False]))
    assert (part.days.tolist(), marked.days.tolist(), again.dated.days.tolist(), made) == (
        [2, 3, NEVER], [1, 3], [1, 2, 3, NEVER], [],
    )  # fmt: skip
    assert part.seconds.tolist() == [6, 7, NEVER_SECONDS]
    assert marked.seconds.tolist() == [5, 7]
    assert again.seconds.tolist() == [5, 6, 7, NEVER_SECONDS]
    assert made == [1, 1]  # once for all parts, and once for what is marked of it
    copied = pickle.loads(pickle.dumps(AskedTimes(make, times.days)))
    assert (copied.seconds.tolist(), copied.exact.dtype) == (again.seconds.tolist(), np.uint32)


@pytest.mark.parametrize("seed", range(8))
def test_ages_counted_by_day_are_those_of_each_row(seed: int) -> None:
    """Periods side by side, apart, or one in another; rows that began or ended outside of them."""
    draw = np.random.default_rng(seed)
    size, groups = 12_000, int(draw.integers(1, 4))
    begun = draw.integers(100, 140, size).astype(np.uint16)
    lasted = draw.integers(0, 40, size)
    ended = np.where(draw.random(size) < 0.2, NEVER, begun + lasted).astype(np.uint16)
    begun[draw.random(size) < 0.05] = NEVER
    usable = (begun <= ended) & (draw.random(size) < 0.9)
    group = None if groups == 1 else draw.integers(0, groups, size).astype(np.uint16)
    wanted = draw.random(size) < 0.5 if seed % 2 else None
    edges = [sorted(draw.choice(np.arange(90, 185), 2, replace=False).tolist()) for _ in range(3)]
    spans = {2 * number: (first, stop) for number, (first, stop) in enumerate(edges)}
    found = ages_by_day(spans, begun, ended, usable, group, groups, wanted)
    assert found is not None
    told: dict[tuple[str, int, int], int] = {}
    for kind, keys, times in found:
        for key, many in zip(keys.tolist(), times.tolist(), strict=True):
            at = (kind, key >> BITS, key & (2**BITS - 1))
            told[at] = told.get(at, 0) + many
    looked: dict[tuple[str, int, int], int] = {}
    for row in np.flatnonzero(usable & (begun != NEVER)).tolist():
        one, last = int(begun[row]), int(ended[row])
        for number, (first, stop) in spans.items():
            if one >= stop or last < first:
                continue
            cell = number * groups + (0 if group is None else int(group[row]))
            kind = "ended" if wanted is None or wanted[row] else "otherwise"
            seen = [(kind, last - one) if last < stop else ("censored", stop - 1 - one)]
            seen += [("entered", first - one)] if one < first else []
            for kind, age in seen:
                looked[kind, cell, age] = looked.get((kind, cell, age), 0) + 1
    assert told == looked


def test_ages_of_few_rows_in_many_groups_are_not_counted_by_day() -> None:
    days = np.arange(100, 200, dtype=np.uint16)
    usable, groups = np.ones(100, bool), np.arange(100)
    assert ages_by_day({0: (100, 200)}, days, days, usable, groups, 100, None) is None
    assert list(ages_by_day({}, days, days, usable, groups, 100, None) or ()) == []
    before = ages_by_day({0: (50, 90)}, days, days, usable, groups, 100, None)
    assert list(before or ()) == []


@pytest.mark.parametrize(
    ("numbers", "ids", "as_ids"),
    [
        ([7, 7, 30], [5, 30, 7, 100], True),
        ([7, 8], [5, 30, 7, 100], False),  # one that is no id
        ([7], [5, 30, 7, 100, 9], False),  # too few of many
        ([-1, -5, 3] * 9, [3, -5, -1], True),
        ([1, 10**15] * 9, [1, 10**15], False),  # far apart
        ([-(2**63), 0] * 9, [-(2**63), 0], False),
        ([9, 10, 100], np.array([100, 9, 10], np.int32), True),
    ],
)
def test_names_are_numbered_as_the_ids_that_they_are(
    numbers: list[int], ids: list[int], as_ids: bool
) -> None:
    given = np.asarray(ids)
    found = numbered(np.array(numbers, np.int64), None, given)
    alone = numbered(np.array(numbers, np.int64))
    assert [found.at(row) for row in range(len(numbers))] == [str(one) for one in numbers]
    assert [label for label in found.labels if label is not None] == sorted(
        str(one) for one in (given.tolist() if as_ids else set(numbers))
    )
    assert as_ids or found.labels == alone.labels
    absent = np.arange(len(numbers)) == 0
    assert numbered(np.array(numbers, np.int64), absent, given).at(0) is None


def test_a_company_numbers_its_deals_once_for_all_activities() -> None:
    """Whatever they name: all, some or none of the deals, others too, or nothing."""
    days = [date(2025, 1, 1) + timedelta(days=n) for n in range(20)]
    deals = {
        "id": [n * 7 + 1 for n in range(20)],
        "created_at": days,
        "amount": [*range(20)],
    }
    for named in ([n * 7 + 1 for n in range(20)], [8] * 20, [8, 9] * 10, [8, None] * 10, [2] * 20):
        activities = {"id": [*range(20)], "deal": named, "kind": ["call"] * 20, "done_at": days}
        crm = sm.CRM(deals=deals, activities=activities, currency="USD", all_open=True)
        link = crm.tables["activities"].links["deal"]
        codes = crm.activities.codes("deal")
        rows = link.rows[codes.codes].tolist()
        assert rows == [deals["id"].index(one) if one in deals["id"] else -1 for one in named]
        assert [codes.at(row) for row in range(20)] == [
            None if one is None else str(one) for one in named
        ]
        copied = pickle.loads(pickle.dumps(crm))
        assert copied.tables["activities"].links["deal"].rows.tolist() == link.rows.tolist()


def test_a_result_keeps_no_batch() -> None:
    """Nor what was made of one: groups of all rows are as long as these."""
    days = [date(2025, 1, 1) + timedelta(days=n) for n in range(20)]
    deals = {"id": [*range(20)], "created_at": days, "owner": ["ana", "bo"] * 10}
    stages = [{"id": "s", "order": 1, "type": "open"}]
    changes = {"deal": [*range(20)], "stage": ["s"] * 20, "changed_at": days}
    crm = sm.CRM(deals=deals, stages=stages, stage_changes=changes, all_open=True)
    kept = sm.snapshot(crm, "2025-01", kpis=["deals_created", "open_deals"], by="owner")
    one = sm.deals_created(crm.deals, "2025-01", by="stage")
    gc.collect()
    assert not [run for run in gc.get_objects() if isinstance(run, Run) and run.part is not None]
    assert kept.figures[0].total.value == one.over("stage").value == 20
