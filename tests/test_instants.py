"""Columns of times: whole days, which keep no seconds, say the same as times that do."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, strategies as st

import salesmetrics as sm
from salesmetrics.columns import Times, chosen, joined_times, never
from salesmetrics.days import NEVER, NEVER_SECONDS
from salesmetrics.reading.texts import plain_times
from salesmetrics.tables.change_order import _by_one_key, in_order
from salesmetrics.zones import DAY, Zone, zone

ZONES = (None, "Asia/Seoul", "Australia/Lord_Howe", "America/Sao_Paulo")
DAYS = st.lists(st.sampled_from([0, 1, 6320, 17_000, 17_837, 20_000, NEVER - 1, NEVER]))


def spelled_out(days: list[int], name: str | None) -> Times:
    """With the first second of each day."""
    held = np.array(days, dtype=np.uint16)
    first = np.minimum(held, NEVER - 1).astype(np.int64) * DAY
    if name is not None:
        first = zone(name).earliest_utc(np.minimum(held, NEVER - 1).astype(np.int64) * DAY)
    return Times(np.where(held == NEVER, NEVER_SECONDS, first), held)


def whole(days: list[int], name: str | None) -> Times:
    return Times(None, np.array(days, dtype=np.uint16), None if name is None else zone(name))


def same(a: Times, b: Times) -> None:
    assert a.days.dtype == b.days.dtype == np.uint16
    assert a.seconds.dtype == b.seconds.dtype == np.int64
    assert a.days.tolist() == b.days.tolist()
    assert a.seconds.tolist() == b.seconds.tolist()


def test_a_day_begins_at_its_first_instant_there() -> None:
    new_year = (datetime(2025, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
    begun = [new_year * DAY - 9 * 3600, NEVER_SECONDS]
    assert whole([new_year, NEVER], "Asia/Seoul").seconds.tolist() == begun
    carnival = (datetime(2018, 11, 4, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
    # The clocks of Sao Paulo went from midnight to one o'clock.
    assert whole([carnival], "America/Sao_Paulo").seconds.tolist() == [carnival * DAY + 3 * 3600]


@pytest.mark.parametrize("midnight", ["2025-02-01T00:00:00", "2025-01-31T15:00:00Z"])
def test_as_of_midnight_the_day_before_is_known_and_nothing_of_the_next(midnight: str) -> None:
    rows = [
        {"id": 1, "created_at": "2025-01-01", "expected_close_at": "2025-01-31"},
        {"id": 2, "created_at": "2025-02-01"},
        {"id": 3, "created_at": "2025-01-21", "closed_at": "2025-02-01", "outcome": "won"},
    ]
    deals = sm.Deals.of([{"outcome": "open", **row} for row in rows], tz="Asia/Seoul")
    then = deals.as_of(midnight)
    assert then.known is not None
    assert then.known.day == then.known.whole_day == (date(2025, 1, 31) - date(1970, 1, 1)).days
    assert sm.open_deals(then, "2025-01").value == 2
    assert sm.overdue_deals(then, "2025-01").value == 1  # its day is over
    assert sm.deal_age(then, "2025-01").value == 20  # of 30 and 10 days
    for figure in (sm.open_deals(then, "2025-02"), sm.won_deals(then, "2025-02")):
        assert figure.value is None  # February has not begun
    a_second_later = deals.as_of(datetime(2025, 1, 31, 15, 0, 1, tzinfo=UTC))
    assert sm.won_deals(a_second_later, "2025-02").value == 1


@given(DAYS, st.sampled_from(ZONES), st.data())
def test_whole_days_do_what_their_seconds_do(
    days: list[int], name: str | None, data: st.DataObject
) -> None:
    short, long = whole(days, name), spelled_out(days, name)
    same(short, long)
    rows = np.array(data.draw(st.lists(st.integers(0, max(len(days) - 1, 0)))), dtype=np.int64)
    rows = rows[: len(rows) if days else 0]
    same(short.take(rows), long.take(rows))
    same(short.take(slice(1, 3)), long.take(slice(1, 3)))
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=len(days), max_size=len(days))))
    keep = keep.astype(bool)
    same(short.take(keep), long.take(keep))
    same(short.until(keep), long.until(keep))
    places = np.append(rows, len(days))  # the last: linked to nothing
    codes = np.arange(len(places))[::-1]
    same(short.linked(places, codes), long.linked(places, codes))
    assert short.last() == long.last()
    other = data.draw(st.lists(st.sampled_from([*days, 3]), min_size=len(days), max_size=len(days)))
    for a in (short, long):
        for b in (whole(other, name), spelled_out(other, name)):
            same(chosen(keep, a, b), chosen(keep, long, spelled_out(other, name)))
            same(joined_times([a, b]), joined_times([long, spelled_out(other, name)]))
            assert a.before(b).tolist() == long.before(spelled_out(other, name)).tolist()


def test_days_of_two_calendars_are_compared_by_their_instants() -> None:
    seoul, lisbon = whole([20_000], "Asia/Seoul"), whole([20_000], "Europe/Lisbon")
    assert not seoul.with_days_alike(lisbon)
    assert seoul.before(lisbon).tolist() == [True]
    assert joined_times([seoul, lisbon]).seconds.tolist() == [
        *seoul.seconds.tolist(), *lisbon.seconds.tolist()
    ]  # fmt: skip


def test_never_has_neither_day_nor_second() -> None:
    assert never(2).seconds.tolist() == [NEVER_SECONDS] * 2
    assert never(0).last() is None and never(3, zone("Asia/Seoul")).last() is None


@pytest.mark.parametrize("by", [copy.deepcopy, lambda times: pickle.loads(pickle.dumps(times))])
def test_whole_days_travel(by: object) -> None:
    times = whole([1, NEVER], "Asia/Seoul")
    same(by(times), times)  # type: ignore[operator]
    assert isinstance(times.zone, Zone)


CHANGE = st.tuples(st.integers(0, 5), st.integers(0, 4))


@given(st.lists(CHANGE, max_size=30), st.booleans())
def test_changes_come_in_the_order_of_deal_time_and_row(
    changes: list[tuple[int, int]], timed: bool
) -> None:
    deals = np.array([deal for deal, _ in changes], dtype=np.int32)
    days = np.array([day for _, day in changes], dtype=np.uint16)
    times = Times(days.astype(np.int64) * DAY if timed else None, days)
    expected = sorted(range(len(changes)), key=lambda row: changes[row])
    found = in_order(deals, times)
    assert expected == (list(range(len(changes))) if found is None else found.tolist())
    if changes:
        assert _by_one_key([days, deals]).tolist() == expected


def test_far_apart_seconds_are_ordered_too() -> None:
    """They have more bits than one key holds."""
    draw = np.random.default_rng(5)
    deals = draw.integers(0, 2**31, 400).astype(np.int32)[draw.integers(0, 400, 4000)]
    seconds = draw.integers(0, 2**33, 4000)
    found = in_order(deals, Times(seconds, (seconds // DAY).astype(np.uint16)))
    assert found is not None
    rows = sorted(range(4000), key=lambda row: (deals[row], seconds[row], row))
    assert found.tolist() == rows


@pytest.mark.parametrize("kind", ["i1", "u1", "i4", "u4", "i8", "u8"])
def test_whole_numbers_are_ids(kind: str) -> None:
    few = np.iinfo(kind)
    ids = np.array([few.max // 2, few.min, 7, few.max if kind != "u8" else few.max // 2 - 1], kind)
    days = np.full(4, "2025-03-01", dtype="M8[D]")
    deals = sm.Deals.of({"id": ids, "created_at": days, "owner": ["a", "b", "a", "b"]})
    assert deals.ids() == [str(number) for number in ids.tolist()]
    ids[1] = 7
    with pytest.raises(sm.DataError, match="7"):
        sm.Deals.of({"id": ids, "created_at": days})


@pytest.mark.parametrize("far", [-(2**63), -(2**31) - 1, -(2**31), 2**31 - 1, 2**31])
def test_ids_and_references_keep_their_numbers(far: int) -> None:
    deals = {"id": np.array([far, 5]), "created_at": np.full(2, "2025-01-01", dtype="M8[D]")}
    changed = np.array(["2025-01-01", "2025-02-01", "2025-01-01"], "M8[D]")
    owners = {
        "deal": np.array([far, far, 5]), "owner": ["ana", "bo", "cho"], "changed_at": changed,
    }  # fmt: skip
    crm = sm.CRM(deals=deals, owner_changes=owners, all_open=True)
    assert crm.deals.ids() == [str(far), "5"]
    assert {c.group[0]: c.value for c in sm.open_deals(crm.deals, "2025-02", by="owner")} == {
        "ana": 0, "bo": 1, "cho": 1,
    }  # fmt: skip


@pytest.mark.parametrize("far", [2**63 - 1, 2**63, 2**64 - 1])
def test_ids_that_no_signed_number_holds(far: int) -> None:
    """Beside a small one, and where several changes are of one deal."""
    ids = np.array([5, far], np.uint64)
    day = np.full(2, "2025-01-01", dtype="M8[D]")
    owners = {
        "deal": np.array([far, 5, far], np.uint64), "owner": ["ana", "bo", "cho"],
        "changed_at": np.array(["2025-01-01", "2025-01-01", "2025-02-01"], "M8[D]"),
    }  # fmt: skip
    crm = sm.CRM(deals={"id": ids, "created_at": day}, owner_changes=owners, all_open=True)
    assert crm.deals.ids() == ["5", str(far)]
    assert {c.group[0]: c.value for c in sm.open_deals(crm.deals, "2025-02", by="owner")} == {
        "ana": 0, "bo": 1, "cho": 1,
    }  # fmt: skip
    again = {"id": np.array([5, far, far], np.uint64), "created_at": np.append(day, day[:1])}
    with pytest.raises(sm.DataError, match=str(far)) as caught:
        sm.Deals.of(again)
    assert [fault.row for fault in caught.value.faults] == [2]


def test_an_undated_deal_begins_with_the_first_of_all_its_changes() -> None:
    """Whichever table has it, and in whichever order they are read."""
    deals = [{"id": "a"}, {"id": "b"}, {"id": "c"}]
    stages = [{"id": "demo", "order": 1, "type": "open"}]
    moves = [("a", "2025-03-01"), ("b", "2025-02-01")]
    priced = [("a", "2025-01-01"), ("c", "2025-04-01"), ("b", "2025-03-01")]
    crm = sm.CRM(
        deals=deals,
        stages=stages,
        stage_changes=[{"deal": d, "stage": "demo", "changed_at": at} for d, at in moves],
        amount_changes=[{"deal": d, "amount": 5, "changed_at": at} for d, at in priced],
        currency="USD",
    )
    months = [f"2025-0{month}" for month in range(1, 5)]
    found = [sm.deals_created(crm.deals, month).value for month in months]
    assert found == [1, 1, 0, 1]


@pytest.mark.parametrize(
    ("last", "bytes_each"), [(2**32 - 2, 4), (2**32 - 1, 8), (2**32, 8), (NEVER_SECONDS, 4)]
)
def test_seconds_in_four_bytes_say_what_eight_say(last: int, bytes_each: int) -> None:
    """Up to the last second of four bytes but one, which stands for never, and beyond."""
    wide = np.array([0, 86_399, NEVER_SECONDS, last], np.int64)
    days = np.where(wide == NEVER_SECONDS, NEVER, wide // DAY).astype(np.uint16)
    long, short = Times(wide, days), Times.of(wide, days)
    assert short.exact is not None
    assert short.exact.itemsize == bytes_each
    keep, rows, codes = np.array([True, False, True, True]), np.array([3, 0]), np.array([1, 0, 1])
    pairs = [
        (short, long), (short.take(rows), long.take(rows)), (short.until(keep), long.until(keep)),
        (short.linked(np.array([4, 2, 3]), codes), long.linked(np.array([4, 2, 3]), codes)),
        (chosen(keep, short, never(4)), chosen(keep, long, never(4))),
        (joined_times([short, long]), joined_times([long, long])),
    ]  # fmt: skip
    for found, expected in pairs:
        assert found.seconds.tolist() == expected.seconds.tolist()
        assert found.days.tolist() == expected.days.tolist()
    assert short.last() == long.last()
    assert short.whole(None).tolist() == long.whole(None).tolist()
    assert short.before(long.take(np.array([1, 2, 3, 0]))).tolist() == [
        int(a) < int(b) for a, b in zip(wide, wide[[1, 2, 3, 0]], strict=True)
    ]


DAYS = ("2025-02-28", "2025-02-29", "2024-02-29", "2024-02-30", "2025-04-31", "2025-12-31",
        "2025-00-10", "2025-13-10", "2025-01-00", "2025-01-32", "1970-01-01")  # fmt: skip
CLOCKS = ("00:00:00", "23:59:59", "24:00:00", "23:60:00", "23:59:60", "12:34:56")


@pytest.mark.parametrize("after", ["", "Z", ".000", ".999999", "+00:00"])
def test_texts_of_one_width_are_the_moments_that_the_standard_library_reads(after):
    texts = [
        f"{day}{between}{clock}{after}" for day in DAYS for clock in CLOCKS for between in "T "
    ]
    seconds, form = plain_times(texts)
    for text, found, how in zip(texts, seconds.tolist(), form.tolist(), strict=True):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or " 24:" in text or "T24:" in text:
            assert how == 0, text
        else:
            assert how != 0, text
            assert found == moment.replace(microsecond=0, tzinfo=UTC).timestamp(), text
