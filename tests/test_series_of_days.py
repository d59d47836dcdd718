"""Of many days to look back from, what all share is found once, and of each what is asked for."""

from __future__ import annotations

import copy
import pickle
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics.asked import Asked
from salesmetrics.columns import MISSING, Codes, Numbers, Times, with_each
from salesmetrics.columns.times import AskedTimes
from salesmetrics.days import NEVER, NEVER_SECONDS
from salesmetrics.history.known import known_day, read_instant
from salesmetrics.history.tracks import Track, came_by, to_come
from salesmetrics.tables import rewinding
from salesmetrics.zones import zone

MONTHS = sm.period("2025-01-01..2025-06-30").split("month")
STAGES = [
    {"id": "talks", "order": 1, "type": "open"},
    {"id": "won", "order": 2, "type": "won"},
    {"id": "lost", "order": 3, "type": "lost"},
]


def at(month: int, day: int) -> datetime:
    return datetime(2025, month, day, 9, tzinfo=UTC)


def company() -> sm.CRM:
    """One deal closed once, one was reopened and lost, one is open again, one has not begun."""
    deals = [
        {"id": name, "created_at": at(month, 2), "amount": amount, "owner": "ana"}
        for name, month, amount in (("once", 1, 1), ("later", 6, 20), ("twice", 1, 300),
                                    ("again", 1, 4000))
    ]  # fmt: skip
    changes = [
        {"deal": deal, "stage": stage, "changed_at": at(month, 5)}
        for deal, *moves in (
            ("once", ("talks", 1), ("won", 3)),
            ("twice", ("talks", 1), ("won", 2), ("talks", 3), ("lost", 5)),
            ("again", ("talks", 1), ("won", 2), ("talks", 4)),
        )
        for stage, month in moves  # type: ignore[misc]
    ]
    return sm.CRM(
        deals=deals, stages=STAGES, stage_changes=changes, currency="EUR", tz="UTC", all_open=True
    )


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often tracks were cut, and closes looked for in all changes."""
    counts: Counter[str] = Counter()
    cut, find = Track.until, rewinding.other_closes

    def until(track: Track, known: Any) -> Track:
        counts["cut"] += 1
        return cut(track, known)

    def found(*given: Any) -> Any:
        counts["found"] += 1
        return find(*given)

    monkeypatch.setattr(Track, "until", until)
    monkeypatch.setattr(rewinding, "other_closes", found)
    return counts


def test_closes_of_all_days_are_found_once_and_changes_cut_where_they_are_read(
    counted: Counter[str],
) -> None:
    crm = company()
    won = [sm.won_deals(crm.as_of(month).deals, "2025").value for month in MONTHS]
    assert won == [0, 2, 2, 1, 1, 1]
    assert counted == {"found": 1}
    lost = [sm.lost_deals(crm.as_of(month).deals, "2025").value for month in MONTHS]
    assert lost == [0, 0, 0, 0, 1, 1]
    assert counted == {"found": 1}
    stood = [sm.open_deals(crm.as_of(m).deals, m, by="stage").over("stage").value for m in MONTHS]
    assert stood == [3, 1, 1, 2, 1, 2]
    assert counted["cut"] == len(MONTHS) - 1  # in the last one nothing is yet to come


def test_of_a_deal_that_closes_once_nothing_is_kept() -> None:
    crm = company()
    sm.bookings(crm.as_of("2025-03-31").deals, "2025")
    kept = crm.deals.kept["other closes"]
    assert [crm.deals.ids()[row] for row in kept.deals] == ["twice", "again"]
    assert [str(np.datetime64(int(day), "D")) for day in (*kept.entered.days, *kept.left.days)] == [
        "2025-02-05", "2025-02-05", "2025-03-05", "2025-04-05",
    ]  # fmt: skip


def test_seconds_are_made_when_somebody_asks_for_them() -> None:
    then = company().as_of("2025-03-31").deals
    closed = then.columns["closed_at"]
    sm.bookings(then, "2025")
    assert isinstance(closed, AskedTimes) and not closed._made
    part = closed.take(slice(1, None))
    assert isinstance(part, AskedTimes) and not closed._made and not part._made
    for whole in (pickle.loads(pickle.dumps(closed)), copy.deepcopy(closed)):
        assert type(whole) is Times
        assert whole.exact.tolist() == closed.exact.tolist()
    seconds = [int(at(3, 5).timestamp()), NEVER_SECONDS, int(at(2, 5).timestamp())]
    assert closed.seconds.tolist() == seconds and part.seconds.tolist() == seconds[1:]
    with pytest.raises(ValueError, match="read-only"):
        closed.exact[0] = 0


def test_parts_of_times_are_of_seconds_that_are_made_once() -> None:
    made: list[int] = []

    def seconds() -> Any:
        made.append(1)
        return np.arange(9, dtype=np.uint32)

    whole = AskedTimes(seconds, np.arange(9, dtype=np.uint16))
    parts = [whole.take(slice(at, at + 3)) for at in (0, 3, 6)]
    assert not made
    assert [part.seconds.tolist() for part in parts] == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert whole.seconds.tolist() == [*range(9)]
    assert len(made) == 1


def test_columns_of_all_rows_are_let_go_where_rows_are_picked() -> None:
    made: list[str] = []

    def make(name: str) -> Codes:
        made.append(name)
        return Codes(np.zeros(1, np.uint8), (name,))

    passing, kept = (Asked(("a",), make, passing) for passing in (True, False))
    for one in (passing, kept):
        held = one["a"]
        assert one["a"] is held
        del held
        assert one["a"].labels == ("a",)
    assert made == ["a", "a", "a"]


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_what_is_not_kept_is_that_of_numpy(share: float) -> None:
    draw = np.random.default_rng(7)
    keep = draw.random(500) < share
    days = draw.integers(0, 99, 500).astype(np.uint16)
    days[::7] = NEVER
    for begin in (5, 2**40, -(2**20), None):
        seconds = None if begin is None else days.astype(np.int64) * 86_400 + begin
        times = Times(None, days) if seconds is None else Times.of(seconds, days)
        if seconds is not None:
            seconds[::7] = NEVER_SECONDS
            times = Times.of(seconds, days)
        found = times.until(keep)
        assert found.days.tolist() == np.where(keep, days, NEVER).tolist()
        expected = np.where(keep, times.seconds, NEVER_SECONDS)
        assert found.seconds.tolist() == expected.tolist()
        reverse = with_each(with_each(times, lambda a: a[::-1]), lambda a: a[::-1])
        assert reverse.seconds.tolist() == times.seconds.tolist()
    for kind in (np.uint8, np.uint16, np.uint32):
        codes = draw.integers(0, 5, 500).astype(kind)
        for instead in (0, 3):
            only = Codes(codes, tuple("abcde")).only(keep, instead)
            assert only.codes.dtype == kind
            assert only.codes.tolist() == np.where(keep, codes, instead).tolist()
    values, why = draw.integers(0, 9, 500), draw.integers(0, 9, 500).astype(np.uint8)
    for reasons in (why, None):
        marked = Numbers(values, reasons).only(keep, MISSING).why
        own = np.zeros(500) if reasons is None else reasons
        assert marked is not None and marked.dtype == np.uint8
        assert marked.tolist() == np.where(keep, own, MISSING).tolist()


@pytest.mark.parametrize("name", ["UTC", "Asia/Seoul", "America/New_York"])
def test_what_had_come_by_a_second(name: str) -> None:
    """Of whole days by their first seconds, which are looked for and not made."""
    where, days = zone(name), np.array([20_145, 20_146, 20_147, NEVER, 0], np.uint16)
    whole = Times(None, days, where)
    exact = Times.of(whole.seconds, days)
    for moment in (0, -1, 1):
        at_last = int(whole.seconds[1]) + moment
        known = read_instant(datetime.fromtimestamp(at_last, UTC), where)
        came = [bool(s < at_last) for s in whole.seconds.tolist()]
        for times in (whole, exact):
            assert came_by(times, known).tolist() == came
            assert to_come(times, known).tolist() == [
                not one and day != NEVER for one, day in zip(came, days.tolist(), strict=True)
            ]
    assert came_by(whole, known_day(20_146)).tolist() == [True, True, False, False, True]
    assert to_come(whole, known_day(20_146)).tolist() == [False, False, True, False, False]


def test_an_earlier_company_is_the_same_in_whichever_order_it_is_asked() -> None:
    crm, day = company(), date(2025, 3, 31)
    names = [*crm.as_of(day).deals.columns]
    one, other = crm.as_of(day).deals, crm.as_of(day).deals
    forth = {name: one.columns[name] for name in names}
    back = {name: other.columns[name] for name in reversed(names)}
    for name, column in forth.items():
        for part in type(column).__dataclass_fields__:
            a, b = getattr(column, part), getattr(back[name], part)
            assert np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b
    assert pickle.loads(pickle.dumps(one)).digest() == other.digest()
