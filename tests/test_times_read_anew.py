"""Times as they are read, reckoned a second time cell by cell, with Python's own zones."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from salesmetrics.days import NEVER, NEVER_SECONDS
from salesmetrics.errors import ZoneError
from salesmetrics.reading.forms import Form
from salesmetrics.reading.moments import times_of
from salesmetrics.reading.raw import Raw, object_array, of_objects
from salesmetrics.reading.reader import ColumnReader
from salesmetrics.zones import zone

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Clocks that skip an hour, show one twice, skip midnight, skip a day; and one that does nothing.
ZONES = ("Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia", "Asia/Seoul", "UTC")
AROUND = [
    datetime(2025, 3, 30, 2, 30), datetime(2025, 10, 26, 2, 30), datetime(2018, 11, 4, 0, 30),
    datetime(2018, 11, 4), datetime(2022, 3, 27), datetime(2011, 12, 30, 12),
    datetime(2011, 12, 29, 23), datetime(1970, 1, 1, 12), datetime(2149, 6, 5, 12),
    datetime(2024, 2, 29, 23, 59, 59),
]  # fmt: skip
OUTSIDE = [date(1969, 12, 31), date(2149, 6, 7)]
HELD = [date(1970, 1, 1), date(2149, 6, 5), date(2025, 3, 30), date(2011, 12, 30)]


def days_of(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def exists(at: datetime, where: ZoneInfo) -> bool:
    back = at.replace(tzinfo=where).astimezone(UTC).astimezone(where).replace(tzinfo=None)
    return back == at.replace(fold=0)


def first_of(day: date, where: ZoneInfo) -> int:
    """The first second of a day; of one that a zone never had, the first after it."""
    at = datetime(day.year, day.month, day.day)
    while not exists(at, where):
        at += timedelta(minutes=15)
    return int((at.replace(tzinfo=where) - EPOCH).total_seconds())


def wanted(cell: Any, where: ZoneInfo, mixed: bool) -> tuple[int, int, str | None]:
    """(second, local day, what is wrong)."""
    if cell is None:
        return NEVER_SECONDS, NEVER, None
    if not isinstance(cell, datetime):
        if not date(1970, 1, 1) <= cell <= date(2149, 6, 5):
            return 0, 0, "outside_days"
        return first_of(cell, where), days_of(cell), None
    if cell.tzinfo is None:
        if mixed:
            return 0, 0, "no_zone_here"
        if not exists(cell, where):
            return 0, 0, "skipped_time"
        at = cell.replace(tzinfo=where)
    else:
        at = cell
    if not HELD[0] <= at.astimezone(where).date() <= HELD[1]:
        return 0, 0, "outside_days"
    second = int((at.replace(microsecond=0).astimezone(UTC) - EPOCH).total_seconds())
    return second, days_of(at.astimezone(where).date()), None


def looks_right(raw: Raw, cells: list[Any], name: str) -> None:
    reader = ColumnReader("deals", zone(name))
    found = times_of(reader, "created_at", raw)
    told: dict[int, str] = {fault.row: fault.reason.code for fault in reader.faults}  # type: ignore[attr-defined]
    kinds = {cell.tzinfo is not None for cell in cells if isinstance(cell, datetime)}
    seconds = found.seconds
    for row, cell in enumerate(cells):
        second, day, wrong = wanted(cell, ZoneInfo(name), len(kinds) == 2)
        assert told.get(row) == wrong, (row, cell)
        if wrong is None:
            assert (found.days[row], seconds[row]) == (day, second), (row, cell)


def drawn(seed: int) -> list[Any]:
    """Days; times with a zone, or without, or both; and gaps."""
    draw = random.Random(seed)
    naive, aware = draw.choice([(1, 0), (0, 1), (0, 0), (1, 1)])
    pool: list[Any] = [*HELD, *OUTSIDE] * draw.choice([0, 1, 1]) + [None]
    pool += AROUND * naive
    offsets = [timezone(timedelta(minutes=m)) for m in (0, 60, -210, 540)]
    pool += [at.replace(tzinfo=draw.choice(offsets)) for at in AROUND] * aware
    return draw.choices(pool, k=draw.choice([1, 5, 40]))


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("seed", range(16))
def test_days_and_times_among_each_other(name: str, seed: int) -> None:
    cells = drawn(seed)
    looks_right(of_objects(cells), cells, name)
    looks_right(Raw(object_array(cells)), cells, name)
    texts = [None if cell is None else cell.isoformat() for cell in cells]
    looks_right(of_objects(texts), cells, name)


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("unit", ["s", "ms", "us"])
@pytest.mark.parametrize("aware", [False, True])
def test_arrays_of_moments(name: str, unit: str, aware: bool) -> None:
    """More of them than are looked at in one piece, and gaps where a clock showed no such time."""
    many: list[Any] = [None, *AROUND] * (6000 if unit == "s" else 3)
    looks: list[Any] = [
        None if at is None else at.replace(tzinfo=UTC if aware else None) for at in many
    ]
    raw = Raw(np.array(many, f"M8[{unit}]"), aware=aware)
    reader = ColumnReader("deals", zone(name))
    found = times_of(reader, "created_at", raw)
    told: dict[int, str] = {fault.row: fault.reason.code for fault in reader.faults}  # type: ignore[attr-defined]
    each = {cell: wanted(cell, ZoneInfo(name), False) for cell in looks[: len(AROUND) + 1]}
    assert told == {row: each[cell][2] for row, cell in enumerate(looks) if each[cell][2]}
    listed = list(zip(found.seconds.tolist(), found.days.tolist(), strict=True))
    assert [one for row, one in enumerate(listed) if row not in told] == [
        each[cell][:2] for row, cell in enumerate(looks) if row not in told
    ]


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns", "m", "h", "25s"])
@pytest.mark.parametrize("aware", [False, True])
def test_moments_of_a_few_days(name: str, unit: str, aware: bool) -> None:
    """All of one stretch of time, with one offset or about where it changes; bytes in any order."""
    draw = random.Random(f"{name} {unit}")
    limits = [
        datetime(1970, 1, 1),
        datetime(1970, 1, 3),
        datetime(2106, 2, 5),
        datetime(2106, 2, 8),
    ]
    for middle in [*AROUND, *limits, datetime(2024, 6, 1)]:
        hours = [draw.randint(-72, 72) for _ in range(9)]
        near = [middle + timedelta(hours=h, seconds=draw.randrange(3600)) for h in hours]
        values = np.array(near, "M8[us]").astype(f"M8[{unit}]")
        for array in (values, values.astype(values.dtype.newbyteorder(">"))):
            read = array.astype("M8[us]").tolist()
            looks = [at.replace(tzinfo=UTC if aware else None) for at in read]
            looks_right(Raw(array, aware=aware), looks, name)


@pytest.mark.parametrize("name", ZONES)
def test_arrays_of_moments_where_a_gap_is_marked(name: str) -> None:
    """What stands in a marked row is not looked at."""
    values = np.array(AROUND, "M8[s]")
    for at in range(len(AROUND)):
        missing = np.arange(len(AROUND)) == at
        cells = [None if gap else cell for cell, gap in zip(AROUND, missing, strict=True)]
        looks_right(Raw(values, missing=missing), cells, name)
        if AROUND[at].time() == time():
            continue  # a column of midnights alone is one of days
        only = [None if other != at else cell for other, cell in enumerate(AROUND)]
        looks_right(Raw(values, missing=~missing), only, name)


def test_arrays_of_which_every_time_is_midnight_are_days() -> None:
    days = [date(2025, 1, 1), date(2025, 3, 30), None, date(2018, 11, 4)]
    for unit in ("D", "s", "us"):
        raw = Raw(np.array(days, "M8[D]").astype(f"M8[{unit}]"))
        for name in ZONES:
            found = times_of(ColumnReader("deals", zone(name)), "created_at", raw)
            assert found.exact is None
            assert found.days.tolist() == [NEVER if day is None else days_of(day) for day in days]
        assert times_of(ColumnReader("deals", None), "created_at", raw).exact is None
    raw = Raw(np.array(days, "M8[s]"), form=Form(zone="UTC"))  # said to be moments
    found = times_of(ColumnReader("deals", zone("America/New_York")), "created_at", raw)
    assert found.days.tolist() == [NEVER if day is None else days_of(day) - 1 for day in days]
    late = np.array([datetime(2025, 1, 1)] * 1001 + [datetime(2025, 1, 1, 0, 0, 1)], "M8[s]")
    found = times_of(ColumnReader("deals", zone("UTC")), "created_at", Raw(late))
    assert found.seconds[-1] - found.seconds[0] == 1
    with pytest.raises(ZoneError, match="such as 2025-01-01"):
        times_of(ColumnReader("deals", None), "created_at", Raw(late))


@pytest.mark.parametrize(
    "cells",
    [[date(2025, 1, 1), datetime(2025, 1, 1, 5)], [None, datetime(2025, 1, 1, 5, tzinfo=UTC)]],
)
def test_times_of_day_need_a_zone(cells: list[Any]) -> None:
    for raw in (of_objects(cells), of_objects([cell and cell.isoformat() for cell in cells])):
        with pytest.raises(ZoneError, match="such as 2025-01-01"):
            times_of(ColumnReader("deals", None), "created_at", raw)
    days = of_objects([date(2025, 1, 1), None])
    assert times_of(ColumnReader("deals", None), "created_at", days).days.tolist() == [20089, NEVER]


@pytest.mark.parametrize("form", [None, Form(zone="UTC")])
def test_what_times_without_a_zone_mean_is_said_by_the_form(form: Form | None) -> None:
    cells = ["2025-01-01T20:00:00", "2025-01-01", None, "2025-01-01T20:00:00+00:00"]
    reader = ColumnReader("deals", zone("Asia/Seoul"))
    raw = of_objects(cells[:3] + cells[3:] * (form is not None))
    raw = Raw(raw.values, raw.labels, text=True, form=form)
    found = times_of(reader, "created_at", raw)
    assert reader.faults == []
    assert found.days.tolist()[:3] == [20089 + (form is not None), 20089, NEVER]
