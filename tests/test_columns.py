"""Columns, operation by operation, against the same thing said in plain Python."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, strategies as st

from salesmetrics.columns import (
    AS_NOW,
    KNOWN,
    LISTED,
    MISSING,
    NO_CURRENCY,
    NO_RATE,
    NOT_YET,
    Codes,
    Keys,
    Numbers,
    Numerals,
    Times,
    all_distinct,
    as_before,
    chosen,
    code_dtype,
    common_labels,
    distinct_numbers,
    gathered,
    in_one_numbering,
    in_one_scale,
    later_of,
    numbered,
    owned,
    places_among,
    rescaled,
    times as columns_of_times,
)
from salesmetrics.days import NEVER, NEVER_SECONDS
from salesmetrics.history.tracks import Track
from salesmetrics.zones import DAY, zone

FAR = 5_000_000_000  # further apart than a table of all numbers between them pays for
INTS = st.integers(-3, 12) | st.sampled_from([-FAR, FAR, 2 * FAR, 2**62, -(2**63), 2**63 - 1])
REASONS = st.sampled_from([KNOWN, AS_NOW, MISSING, NO_CURRENCY, NO_RATE, NOT_YET])


def whole(numbers: list[int]) -> npt.NDArray[np.int64]:
    return np.array(numbers, dtype=np.int64)


def known(numbers: Numbers) -> list[tuple[int | None, int]]:
    """Each number as a multiple of its scale, none where it is not known, and its reason."""
    pairs = zip(numbers.values.tolist(), numbers.reasons().tolist(), strict=True)
    return [(None if why >= MISSING else value, why) for value, why in pairs]


@given(st.lists(INTS, max_size=12))
def test_distinct_numbers_ascend_and_each_row_has_its_place(given_: list[int]) -> None:
    distinct, place = distinct_numbers(whole(given_))
    assert distinct.tolist() == sorted(set(given_))
    assert [distinct[at] for at in place.tolist()] == given_
    assert all_distinct(whole(given_)) == (len(set(given_)) == len(given_))


@pytest.mark.parametrize("numbers", [[3, 1, 2], [FAR, 1, -FAR], [1, 2, 3], [7], []])
def test_ids_are_found_near_and_far(numbers: list[int]) -> None:
    assert all_distinct(whole(numbers))
    for one in numbers:
        assert not all_distinct(whole([*numbers, one]))
        assert not all_distinct(whole([one, *numbers]))
    outside = [max(numbers, default=0) + 1, min(numbers, default=0) - 1, FAR * 3, -FAR * 3]
    found = places_among(whole([*outside, *numbers]), whole(numbers))
    assert found.tolist() == [-1, -1, -1, -1, *range(len(numbers))]


@pytest.mark.parametrize("many", [1, 255, 256, 257, 65_535, 65_536])
def test_codes_hold_every_label_and_none(many: int) -> None:
    """256 names and the missing one are 257: more than a byte tells apart."""
    codes = numbered(np.arange(many))
    assert codes.at(many - 1) == str(many - 1) and codes.at(0) == "0"
    assert int(codes.codes.max()) == many and len(set(codes.codes.tolist())) == many
    assert code_dtype(many)(many - 1) == many - 1


@pytest.mark.parametrize("size", [2**8, 2**16])
def test_the_smallest_type_holds_so_many(size: int) -> None:
    assert np.iinfo(code_dtype(size)).max == size - 1
    assert np.iinfo(code_dtype(size + 1)).max > size


def test_names_are_ordered_by_their_texts() -> None:
    numbers = [0, -1, 10, 9, -10, 100, 11, 1, -9, 10**18, 10**17]
    for some in (numbers, numbers[:-2], [0, -1], [9, 1], [-1, -2], [-2, -1, 3], [1, 2]):
        assert list(numbered(whole(some)).labels) == [None, *sorted(map(str, some))]
        asked = in_one_numbering([numbered(whole(some))], whole([1, 5]))
        assert asked is not None
        labels, rows = asked
        others = sorted(str(one) for one in some if one not in (1, 5))
        assert list(labels) == [None, "1", "5", *others]
        assert rows.tolist() == [-1, 0, 1, *[-1] * len(others)]
    for ids in ([3, 1, 2], [1, 2, 3], [-2, 3, -1], [2, 1]):
        # A column in which nobody is named has no other names.
        found = in_one_numbering([Codes(np.zeros(1, np.uint8), (None,))], whole(ids))
        assert found is not None and list(found[0]) == [None, *sorted(map(str, ids))]
        assert [str(ids[row]) for row in found[1][1:]] == list(found[0])[1:]


def test_numerals_are_the_sequence_of_their_texts() -> None:
    numbers = [5, -(2**63), 0, 2**63 - 1, 123_456_789_012_345_678]
    ours, plain = Numerals(whole(numbers)), (None, *map(str, numbers))
    assert tuple(ours) == plain and ours == plain and ours != plain[:-1] and ours != list(plain)
    assert ours == Numerals(whole(numbers)) and ours != Numerals(whole(numbers[::-1]))
    assert ours != (*plain[:-1], "6") and len(ours) == len(plain) and ours[1:3] == plain[1:3]
    for at in range(-len(plain), len(plain)):
        assert ours[at] == plain[at]
    for at in (len(plain), -len(plain) - 1):
        with pytest.raises(IndexError):
            ours[at]
    for label in plain:
        at = plain.index(label)
        assert label in ours and ours.index(label) == ours.index(label, at, at + 1) == at
        for start, stop in ((at + 1, None), (0, at)):
            with pytest.raises(ValueError, match="no label"):
                ours.index(label, start, stop)
    other = Numerals(whole(numbers[::-1]))
    assert ours.places(other).tolist() == [0, 5, 4, 3, 2, 1]


def test_names_in_another_numbering() -> None:
    column = Codes(np.array([1, 0, 2, 1], np.uint8), (None, "a", "b"))
    wider = column.relabelled((None, "b", "c", "a"))
    assert [wider.at(row) for row in range(4)] == ["a", None, "b", "a"]
    longer = column.relabelled((None, "a", "b", "c"))
    assert [longer.at(row) for row in range(4)] == ["a", None, "b", "a"]
    many = column.relabelled((None, *map(str, range(300)), "a", "b"))
    assert [many.at(row) for row in range(4)] == ["a", None, "b", "a"]
    # Codes always are of the type that holds all labels: others are put among them later.
    begun = column.relabelled((None, "a", "b", *map(str, range(300))))
    assert begun.codes.tolist() == [1, 0, 2, 1]
    assert many.codes.dtype == begun.codes.dtype == np.uint16 and longer.codes.dtype == np.uint8
    assert column.among(["a"]).tolist() == [True, False, False, True]
    assert column.among(["b", None]).tolist() == [False, True, True, False]
    assert common_labels([column, wider], ("c", None, "x")) == (None, "c", "x", "a", "b")


def test_numbers_as_names_among_other_names() -> None:
    ids, texts = numbered(whole([7, 12, 7])), (None, "x", "7", "12")
    assert ids.relabelled(texts).codes.tolist() == [2, 3, 2]
    column = Codes(np.array([2, 0, 1], np.uint8), (None, "12", "7"))
    assert column.relabelled(Numerals(whole([3, 7, 12]))).codes.tolist() == [2, 0, 3]
    assert ids.relabelled(Numerals(whole([3, 7, 12]))).codes.tolist() == [2, 3, 2]


@pytest.mark.parametrize("many", [3, 20])
def test_labels_in_use_are_those_that_occur(many: int) -> None:
    """Few are looked for one by one, many are counted."""
    labels = (None, *(f"l{at}" for at in range(many)))
    column = Codes(np.array([1, 3, 3], np.uint8), labels)
    assert column.labels_in_use() == ["l0", "l2"]
    also = np.zeros(len(labels), bool)
    also[2] = True
    assert np.flatnonzero(column.in_use(also)).tolist() == [1, 2, 3]
    assert np.flatnonzero(also).tolist() == [2]


@pytest.mark.parametrize("last", [0, 9, 20])
def test_labels_that_occur_in_the_last_of_many_rows(last: int) -> None:
    """The missing name, one of all others and one that no row before had."""
    labels = (None, *(f"l{at}" for at in range(20)))
    codes = np.resize(np.arange(1, 20 if last == 20 else 21, dtype=np.uint8), 600_000)
    codes[-1] = last
    expected = sorted({*codes[:40].tolist(), last})
    assert np.flatnonzero(Codes(codes, labels).in_use()).tolist() == expected


def test_linked_rows_and_those_of_nothing() -> None:
    """A row of a record that is linked to no other has no name, number or time there."""
    rows, codes = whole([2, 1, 0]), whole([2, 0, 1, 1])  # of the linked table: 2 is none of its two
    names = Codes(np.array([1, 2], np.uint8), (None, "a", "b")).linked(rows, codes)
    assert [names.at(row) for row in range(4)] == ["a", None, "b", "b"]
    numbers = Numbers.of(whole([10, 20]), scale=10).linked(rows, codes)
    assert known(numbers) == [(10, KNOWN), (None, MISSING), (20, KNOWN), (20, KNOWN)]
    assert numbers.scale == 10
    days = np.array([5, 6], np.uint16)
    for times in (Times(None, days), Times(days.astype(np.int64) * DAY + 7, days)):
        there = times.linked(rows, codes)
        assert there.days.tolist() == [5, NEVER, 6, 6]
        second = times.seconds.tolist()
        assert there.seconds.tolist() == [second[0], NEVER_SECONDS, second[1], second[1]]


@pytest.mark.parametrize(
    "rows", [slice(1, 3), slice(None), whole([2, 0, 0]), whole([]), np.array([True, False, True])]
)
def test_rows_are_taken_by_place_slice_and_mark(rows: slice | npt.NDArray[np.generic]) -> None:
    at = np.arange(3)[rows].tolist()
    numbers = Numbers.of(whole([10, 20, 30]), np.array([0, MISSING, LISTED], np.uint8))
    told = [(10, KNOWN), (None, MISSING), (30, LISTED)]
    assert known(numbers.take(rows)) == [told[row] for row in at]
    assert Numbers.of(whole([10, 20, 30])).take(rows).values.tolist() == [
        (row + 1) * 10 for row in at
    ]
    assert Codes(whole([0, 1, 2]), (None, "a", "b")).take(rows).codes.tolist() == at
    assert Keys(whole([0, 1, 2])).take(rows).labels() == [str(row) for row in at]
    for exact in (None, whole([0, DAY + 5, 2 * DAY])):
        times = Times(exact, np.array([0, 1, 2], np.uint16)).take(rows)
        assert times.days.tolist() == at
        second = [0, DAY + 5 if exact is not None else DAY, 2 * DAY]
        assert times.seconds.tolist() == [second[row] for row in at]


BIG = 2**62


@pytest.mark.parametrize(
    "numbers",
    [
        [], [0], [5, -7], [1, BIG, BIG, BIG], [-BIG, -BIG, -BIG, 1], [-1, BIG - 1, BIG, BIG],
        [BIG // 2] * 2, [BIG // 2] * 3, [2**63 - 1] * 5, [-(2**62) - 1] * 3,
    ],
)  # fmt: skip
def test_the_bound_is_the_sum_of_the_magnitudes(numbers: list[int]) -> None:
    expected = sum(map(abs, numbers))
    assert Numbers.of(whole(numbers)).bound == expected
    assert Numbers.of(np.array(numbers, dtype=object)).bound == expected


def test_nothing_unknown_needs_no_reasons() -> None:
    values = whole([1, 2])
    assert Numbers.of(values, np.zeros(2, np.uint8)).why is None
    assert known(Numbers.of(values, np.array([0, MISSING], np.uint8))) == [(1, 0), (None, MISSING)]


@given(st.lists(st.tuples(REASONS, REASONS, st.booleans()), min_size=1, max_size=8))
def test_one_number_for_another(rows: list[tuple[int, int, bool]]) -> None:
    """Mine in tenths, theirs in hundredths."""
    size = len(rows)
    mine = Numbers.of(np.arange(size), np.array([row[0] for row in rows], np.uint8), 10)
    theirs = Numbers.of(np.arange(size) + 500, np.array([row[1] for row in rows], np.uint8), 100)
    other = [(at + 500, why) for at, (_, why, _) in enumerate(rows)]

    otherwise = mine.otherwise(theirs, LISTED)
    assert otherwise.scale == (100 if mine.why is not None else 10)
    for at, (why, _, _) in enumerate(rows):
        stands_in = why >= MISSING and other[at][1] < MISSING
        told = known(otherwise)[at]
        if stands_in:
            assert told == (other[at][0], LISTED)
        else:
            times = otherwise.scale // 10
            assert told == (None if why >= MISSING else at * times, why)

    where = np.array([row[2] for row in rows])
    for at, told in enumerate(known(mine.replaced(where, theirs, LISTED, NOT_YET))):
        if not where[at]:
            assert told == (None if rows[at][0] >= MISSING else at * 10, rows[at][0])
        elif other[at][1] < MISSING:
            assert told == (other[at][0], LISTED)
        else:
            assert told == (None, NOT_YET)

    for why in (MISSING, NO_RATE, NOT_YET):
        for at, told in enumerate(known(mine.only(where, why))):
            reason = rows[at][0] if where[at] else why
            assert told == (None if reason >= MISSING else at, reason)


def test_a_finer_scale_keeps_what_is_said() -> None:
    a, b = in_one_scale(Numbers.of(whole([5]), scale=10), Numbers.of(whole([7]), scale=1000))
    assert (a.values.tolist(), a.scale, a.bound) == ([500], 1000, 500)
    assert (b.values.tolist(), b.scale, b.bound) == ([7], 1000, 7)
    wide = rescaled(Numbers.of(whole([2**62, -1])), 100)
    assert wide.values.tolist() == [100 * 2**62, -100] and wide.bound == 100 * (2**62 + 1)


@pytest.mark.parametrize("part", ["exact", "days"])
def test_what_is_owned_nobody_else_can_write(part: str) -> None:
    """A column that shares any one of its arrays with the giver is copied."""
    times = Times(whole([DAY, 2 * DAY]), np.array([1, 2], np.uint16))
    theirs = getattr(times, part)
    ours = owned(times, theirs)
    theirs[0] = 9
    assert ours.days.tolist() == [1, 2] and ours.seconds.tolist() == [DAY, 2 * DAY]
    for array in (ours.days, ours.exact):
        assert array is not None and not array.flags.writeable
    assert owned(ours, whole([9])) is ours  # what is nobody else's is not copied


def test_what_a_milestone_decided_is_undone_before_it() -> None:
    decided = np.array([True, False])
    names = Codes(np.array([1, 1], np.uint8), (None, "won", "open"))
    assert as_before(names, decided, None).codes.tolist() == [1, 0]  # type: ignore[union-attr]
    assert as_before(names, decided, "open").codes.tolist() == [1, 2]  # type: ignore[union-attr]
    numbers = as_before(Numbers.of(whole([4, 5])), decided, None)
    assert isinstance(numbers, Numbers) and known(numbers) == [(4, KNOWN), (None, MISSING)]
    times = as_before(Times(None, np.array([4, 5], np.uint16)), decided, None)
    assert isinstance(times, Times) and times.days.tolist() == [4, NEVER]
    keys = Keys(whole([4, 5]))
    assert as_before(keys, decided, None) is keys


MOMENTS = [(0, 0), (5, 5 * DAY + 3), (5, 5 * DAY), (6, 6 * DAY + 1), (NEVER, NEVER_SECONDS)]


@pytest.mark.parametrize("name", [None, "Asia/Seoul"])
def test_the_later_of_two_times_that_both_came(
    name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = None if name is None else zone(name)
    pairs = [(a, b) for a in MOMENTS for b in MOMENTS]
    days = [np.array([pair[side][0] for pair in pairs], np.uint16) for side in (0, 1)]
    exact = [whole([pair[side][1] for pair in pairs]) for side in (0, 1)]
    timed = later_of(Times(exact[0], days[0]), Times(exact[1], days[1]))
    never = (NEVER, NEVER_SECONDS)
    for at, (a, b) in enumerate(pairs):
        expected = never if never in (a, b) else max(a, b)
        assert (int(timed.days[at]), int(timed.seconds[at])) == expected
    of_days = later_of(Times(None, days[0], here), Times(None, days[1], here))
    assert of_days.exact is None and of_days.zone == here
    assert of_days.days.tolist() == timed.days.tolist()
    mixed = later_of(Times(exact[0], days[0]), Times(None, days[1]))
    assert mixed.exact is not None and mixed.days.tolist() == timed.days.tolist()
    first = [second if second == NEVER_SECONDS else day * DAY for day, second in MOMENTS]
    opening = [first[MOMENTS.index(b)] for _, b in pairs]
    monkeypatch.setattr(columns_of_times, "PIECE", 4)  # rows compared at once
    for each in (mixed, later_of(Times(exact[0], days[0]), Times(None, days[1]))):
        assert each.seconds.tolist() == np.maximum(exact[0], whole(opening)).tolist()


def test_days_tell_all_only_where_both_are_days_of_one_calendar() -> None:
    days = np.array([5], np.uint16)
    plain, seoul = Times(None, days), Times(None, days, zone("Asia/Seoul"))
    timed = Times(whole([5 * DAY]), days)
    assert plain.with_days_alike(Times(None, days)) and seoul.with_days_alike(seoul)
    for a, b in ((plain, seoul), (plain, timed), (timed, timed)):
        assert not a.with_days_alike(b) and not b.with_days_alike(a)
    assert seoul.before(plain).tolist() == [True] and plain.before(seoul).tolist() == [False]
    assert plain.before(Times(None, days)).tolist() == [False]
    assert timed.whole(None).tolist() == [True] and plain.whole(None).tolist() == [True]
    assert Times(whole([5 * DAY + 1]), days).whole(None).tolist() == [False]
    opening = seoul.seconds
    assert [later - sooner for sooner, later in pairwise([*opening, 5 * DAY])] == [9 * 3600]


LATER = 2**32 + 5  # seconds that four bytes do not hold


@pytest.mark.parametrize("kind", [np.int32, np.uint32, np.int64, np.uint8])
def test_rows_gathered_piece_by_piece(
    kind: type[np.integer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("salesmetrics.columns.keys.PIECE", 3)
    values = np.array([10, 11, 12, 13], dtype=np.uint16)
    rows = [3, 0, 0, 2, 1, 3, 2, 0] + ([-1, -4] if kind in (np.int32, np.int64) else [])
    found = gathered(values, np.array(rows, dtype=kind))
    assert found.tolist() == [values.tolist()[row] for row in rows]
    assert found.dtype == values.dtype
    assert gathered(values, np.array([], dtype=kind)).tolist() == []


seconds = st.one_of(st.integers(0, 10), st.integers(LATER, LATER + 10), st.none())
moments = st.lists(seconds, min_size=1, max_size=8)


def _times(some: list[int | None]) -> Times:
    """Of each second, None for never: the day is its own number here."""
    whole = np.array([NEVER_SECONDS if one is None else one for one in some], np.int64)
    days = np.array([NEVER if one is None else one % 97 for one in some], np.uint16)
    return Times.of(whole, days)


def _listed(times: Times) -> list[int | None]:
    never = (times.days == NEVER).tolist()
    assert never == (times.seconds == NEVER_SECONDS).tolist()
    return [None if none else one for one, none in zip(times.seconds.tolist(), never, strict=True)]


@given(moments, moments)
def test_times_of_few_bytes_and_of_many_together(a: list[int | None], b: list[int | None]) -> None:
    size = min(len(a), len(b))
    a, b = a[:size], b[:size]
    first, second = _times(a), _times(b)
    far = LATER * 2
    order = [(far if x is None else x, far if y is None else y) for x, y in zip(a, b, strict=True)]
    assert first.before(second).tolist() == [x < y for x, y in order]
    late = [None if far in pair else max(pair) for pair in order]
    assert _listed(later_of(first, second)) == late
    odd = np.arange(size) % 2 == 1
    assert _listed(chosen(odd, first, second)) == [
        x if at % 2 else y for at, (x, y) in enumerate(zip(a, b, strict=True))
    ]
    assert _listed(first.followed(np.array([size - 1]), second.take(slice(0, 1)))) == [*a[1:], b[0]]


@given(st.lists(moments, max_size=4))
def test_times_filled_in_piece_by_piece(parts: list[list[int | None]]) -> None:
    every = [one for part in parts for one in part]
    found, first = Times.of_rows(len(every)), 0
    for part in parts:
        found = found.with_rows(slice(first, first + len(part)), _times(part))
        first += len(part)
    assert _listed(found) == every
    assert found.exact is not None
    assert (found.exact.dtype == np.uint32) == all(one is None or one < LATER for one in every)


@given(st.lists(st.integers(0, 6)))
def test_values_by_deal_begin_where_they_stand(deals: list[int]) -> None:
    deals.sort()
    track = Track.by_deal(np.array(deals, np.uint32), 7, _times([]), Codes(np.array([]), (None,)))
    assert track.starts.tolist() == [sum(one < deal for one in deals) for deal in range(8)]
