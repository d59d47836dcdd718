"""The local clock: against zoneinfo, instant by instant, thickest around every clock change."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.typing import NDArray

from salesmetrics.errors import ZoneError
from salesmetrics.zones import DAY, FIRST_SECOND, LAST_SECOND, Zone, whole_numbers, zone

NAMES = [
    "Asia/Seoul",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "UTC",
    "Africa/Casablanca",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "Africa/Monrovia",
    "Asia/Gaza",
    "America/Recife",  # two changes within a week of October 2000
]
EPOCH = datetime(1970, 1, 1)


def slow_local(info: ZoneInfo, utc: int) -> int:
    shown = (EPOCH + timedelta(seconds=utc)).replace(tzinfo=UTC).astimezone(info)
    return (shown.replace(tzinfo=None) - EPOCH) // timedelta(seconds=1)


def slow_utc(info: ZoneInfo, local: int, fold: int) -> tuple[int, bool]:
    clock = (EPOCH + timedelta(seconds=local)).replace(tzinfo=info, fold=fold)
    utc = (clock.astimezone(UTC).replace(tzinfo=None) - EPOCH) // timedelta(seconds=1)
    return utc, slow_local(info, utc) == local


@cache
def changes_by_hand(info: ZoneInfo) -> list[int]:
    """Every change, by comparing each UTC midnight with the next."""
    found = []
    offsets = {}
    for day in range(-1, 65_745):
        offsets[day] = slow_local(info, day * DAY) - day * DAY
        if day >= 0 and offsets[day] != offsets[day - 1]:
            left, right = (day - 1) * DAY, day * DAY
            while right - left > 1:
                middle = (left + right) // 2
                same = slow_local(info, middle) - middle == offsets[day - 1]
                left, right = (middle, right) if same else (left, middle)
            found.append(right)
    return found


@cache
def instants(name: str) -> NDArray[np.int64]:
    random = np.random.default_rng(7).integers(FIRST_SECOND, LAST_SECOND, 3000)
    changes = np.array(changes_by_hand(ZoneInfo(name)), np.int64)
    around = (changes[:, None] + [-DAY, -3600, -1, 0, 1, 1800, 3600, DAY]).ravel()
    every = np.concatenate((random, around, [FIRST_SECOND, 0, LAST_SECOND]))
    return every[(every >= FIRST_SECOND) & (every <= LAST_SECOND)]


@pytest.mark.parametrize("name", NAMES)
def test_the_wall_clock_is_that_of_zoneinfo(name: str) -> None:
    utc, info = instants(name), ZoneInfo(name)
    local = zone(name).local_seconds(utc)
    assert local.dtype == np.int64
    assert local.tolist() == [slow_local(info, second) for second in utc.tolist()]
    assert zone(name).local_days(utc).tolist() == [second // DAY for second in local.tolist()]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fold", [0, 1])
def test_local_times_are_read_as_in_pep_495(name: str, fold: int) -> None:
    info = ZoneInfo(name)
    shown = zone(name).local_seconds(instants(name))
    local = np.concatenate([shown + shift for shift in (-5400, -1800, 0, 1800, 5400)])
    local = local[(local >= FIRST_SECOND) & (local <= LAST_SECOND)]
    utc, exists = zone(name).utc_seconds(local, fold)
    expected = [slow_utc(info, second, fold) for second in local.tolist()]
    assert utc.dtype == np.int64
    assert exists.dtype == np.bool_
    assert list(zip(utc.tolist(), exists.tolist(), strict=True)) == expected


@pytest.mark.parametrize("name", NAMES)
def test_there_and_back(name: str) -> None:
    utc = instants(name)
    utc = utc[(utc >= 0) & (utc <= LAST_SECOND - DAY)]
    local = zone(name).local_seconds(utc)
    first, exists = zone(name).utc_seconds(local, 0)
    second, _ = zone(name).utc_seconds(local, 1)
    assert exists.all()
    assert ((utc == first) | (utc == second)).all()
    again, _ = zone(name).utc_seconds(local, np.where(utc == first, 0, 1))
    assert (again == utc).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_earliest_instant_is_the_first_that_shows_the_time_or_a_later_one(name: str) -> None:
    info, clock = ZoneInfo(name), zone(name)
    local = np.sort(clock.local_seconds(instants(name)))
    local = np.unique(np.concatenate((local - 1800, local, local + 1800)))
    local = local[(local >= 0) & (local <= LAST_SECOND - DAY)]
    earliest = clock.earliest_utc(local)
    assert (np.diff(earliest) >= 0).all()
    for wanted, utc in zip(local.tolist(), earliest.tolist(), strict=True):
        assert slow_local(info, utc) >= wanted
        assert slow_local(info, utc - 1) < wanted


@pytest.mark.parametrize("name", NAMES)
def test_the_table_knows_every_change(name: str) -> None:
    known = [change for change in zone(name)._changes.tolist() if 0 <= change < LAST_SECOND - DAY]
    assert known == [change for change in changes_by_hand(ZoneInfo(name)) if change >= 0]


@given(
    name=st.sampled_from(NAMES),
    utc=st.lists(st.integers(FIRST_SECOND, LAST_SECOND), max_size=5),
)
def test_few_instants_are_read_like_many(name: str, utc: list[int]) -> None:
    # The table is narrowed to what the data touches, so the answer must not depend on neighbours.
    together = zone(name).local_seconds(np.array(utc, np.int64))
    assert together.tolist() == [int(zone(name).local_seconds(second)) for second in utc]
    assert together.tolist() == [slow_local(ZoneInfo(name), second) for second in utc]


def test_known_clock_changes() -> None:
    hour = 3600
    summer = int(datetime(1988, 7, 1, tzinfo=UTC).timestamp())
    seoul, howe, apia = zone("Asia/Seoul"), zone("Australia/Lord_Howe"), zone("Pacific/Apia")
    assert int(seoul.local_seconds(summer)) - summer == 10 * hour
    assert int(seoul.local_seconds(summer + 365 * DAY)) - summer - 365 * DAY == 9 * hour
    winter, january = (int(datetime(2024, m, 15, tzinfo=UTC).timestamp()) for m in (7, 1))
    assert int(howe.local_seconds(winter)) - winter == 10 * hour + 1800
    assert int(howe.local_seconds(january)) - january == 11 * hour
    # Samoa left out a whole day.
    day = (datetime(2011, 12, 30) - EPOCH).days
    _, exists = apia.utc_seconds(np.array([day * DAY - 1, day * DAY, (day + 1) * DAY]))
    assert exists.tolist() == [True, False, True]
    ends = apia.earliest_utc(np.array([day * DAY, (day + 1) * DAY]))
    assert ends[0] == ends[1]


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC"])
def test_any_shape_goes_through(name: str) -> None:
    clock = zone(name)
    assert clock.local_seconds([]).shape == (0,)
    assert [part.shape for part in clock.utc_seconds([])] == [(0,), (0,)]
    assert clock.earliest_utc([]).shape == (0,)
    assert clock.local_seconds([[0, 1], [2, 3]]).shape == (2, 2)
    assert [part.shape for part in clock.utc_seconds([[0, 1]])] == [(1, 2), (1, 2)]
    assert [np.shape(part) for part in clock.utc_seconds(0)] == [(), ()]
    assert [part.shape for part in clock.utc_seconds(0, [0, 1])] == [(2,), (2,)]
    assert clock.local_seconds(np.array([0], np.uint16)).dtype == np.int64


def test_arrays_given_stay_as_they_are() -> None:
    utc = np.array([0, 1_700_000_000], np.int64)
    zone("Asia/Seoul").local_seconds(utc)
    zone("UTC").local_seconds(utc)[0] = 5
    zone("UTC").utc_seconds(utc)[0][0] = 5
    assert utc.tolist() == [0, 1_700_000_000]


def test_a_zone_is_its_name() -> None:
    seoul = zone("Asia/Seoul")
    assert seoul == Zone("Asia/Seoul", np.array([]), np.array([0]))
    assert seoul != zone("Asia/Tokyo")
    assert len({seoul, zone("Asia/Seoul")}) == 1
    assert repr(seoul) == "Zone(name='Asia/Seoul')"
    assert pickle.loads(pickle.dumps(seoul)) is seoul
    with pytest.raises(AttributeError):
        setattr(seoul, "name", "UTC")  # noqa: B010
    with pytest.raises(ValueError, match="read-only"):
        seoul._changes[0] = 0


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("Asia/Soul", "Did you mean 'Asia/Seoul'?"),
        ("asia/seoul", "Did you mean 'Asia/Seoul'?"),
        ("Seoul", "Did you mean 'Asia/Seoul'?"),
        ("New York", "Did you mean 'America/New_York'?"),
        ("", "give an IANA name"),
        ("Asia", "give an IANA name"),
        ("../etc/passwd", "give an IANA name"),
        ("a\0b", "give an IANA name"),
        ("localtime", "give an IANA name"),
        ("right/Asia/Seoul", "give an IANA name"),
    ],
)
def test_an_unknown_zone_names_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(ZoneError) as caught:
        zone(wrong)
    assert near in str(caught.value)
    assert "localtime'?" not in str(caught.value)


def test_a_zone_that_is_not_text() -> None:
    with pytest.raises(ZoneError, match="is not text"):
        zone(ZoneInfo("Asia/Seoul"))  # type: ignore[arg-type]


def test_no_zone_data_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salesmetrics.zones.available_timezones", lambda: {"localtime"})
    with pytest.raises(ZoneError, match="Install the package 'tzdata'"):
        zone("Nowhere/Land")


def test_times_that_cannot_be_read() -> None:
    clock = zone("Asia/Seoul")
    with pytest.raises(ZoneError, match=r"instant 1700000000000 at position 1 .* milliseconds"):
        clock.local_seconds([0, 1_700_000_000_000])
    with pytest.raises(ZoneError, match="position 0"):
        clock.local_seconds(np.array([np.iinfo(np.int64).max]))
    with pytest.raises(ZoneError, match="position 0"):
        clock.local_seconds(np.array([np.iinfo(np.uint64).max], np.uint64))
    with pytest.raises(ZoneError, match="not float64"):
        clock.utc_seconds(np.array([1.5]))
    with pytest.raises(ZoneError, match=r"datetime64"):
        clock.local_seconds(np.array(["2024-01-01"], "M8[s]"))
    with pytest.raises(ZoneError, match="fold 2 at position 0"):
        clock.utc_seconds([0], 2)


@pytest.mark.parametrize("wrong", [-1, 10])
def test_the_first_number_out_of_range_is_named(wrong: int) -> None:
    """The lowest and the highest that are allowed come before it, and one more after it."""
    for given_ in ([0, 9, wrong, wrong], [wrong], [5, 0, wrong, 0, 9], [9, wrong, 5]):
        at = given_.index(wrong)
        with pytest.raises(ZoneError, match=rf"hour {wrong} at position {at} is out of range; few"):
            whole_numbers(given_, "hour", 0, 9, "few")
    assert whole_numbers([9, 0], "hour", 0, 9, "few").tolist() == [9, 0]
