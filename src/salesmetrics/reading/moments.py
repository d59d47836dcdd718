"""Times as they came in, to instants and local days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from ..columns import Times
from ..days import EPOCH, NEVER, NEVER_SECONDS
from ..errors import ZoneError
from ..models import values
from ..reasons import Reason
from ..zones import Zone
from .cells import Cells
from .raw import Raw
from .texts import MIDNIGHT_ONLY, WITH_ZONE, WITHOUT_ZONE, plain_times

__all__ = ["times_of"]

DAY = 86_400
AT_ONCE = 2**16  # rows
BEYOND = (NEVER + 2) * DAY  # the last day that is held has passed then, whatever the zone
PER_SECOND = {"<M8[s]": 1, "<M8[ms]": 10**3, "<M8[us]": 10**6, "<M8[ns]": 10**9}
SECOND_TIME = 4  # without a zone, and the later of the two instants that a clock showed so
Int64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Forms = npt.NDArray[np.uint8]


def times_of(cells: Cells, name: str, raw: Raw) -> Times:
    """A column of times; what is no day that can be held is a fault of its cell."""
    if raw.labels is None and raw.values.dtype.kind == "M":
        return _of_clock(cells, name, raw)
    seconds, form = _read(cells, name, raw)
    naive, aware = form >= WITHOUT_ZONE, form == WITH_ZONE
    if naive.any() and aware.any():
        for row in np.flatnonzero(naive):
            cells.fault(name, raw, row, Reason("no_zone_here"))
        form = np.where(naive, 0, form)
        naive = np.zeros(len(form), dtype=bool)
    timed = naive | aware
    _needs_zone(cells, name, raw, timed)
    seconds = np.clip(seconds, -DAY, BEYOND)  # what lies outside is refused below
    if not timed.any():
        return _held(cells, name, raw, None, seconds // DAY, form == 0)
    assert cells.zone is not None
    local = seconds.copy()
    local[aware] = cells.zone.local_seconds(seconds[aware])
    clock = np.clip(seconds, 0, NEVER * DAY - 1)
    if naive.any():
        again = (form[naive] == SECOND_TIME).astype(np.int64)
        utc, exists = cells.zone.utc_seconds(clock[naive], again)
        for row in np.flatnonzero(naive)[~exists]:
            cells.fault(name, raw, row, _skipped(cells))
        seconds[naive] = utc
    days_only = form == MIDNIGHT_ONLY
    seconds[days_only] = cells.zone.earliest_utc(clock[days_only])
    return _held(cells, name, raw, seconds, local // DAY, form == 0)


def _of_clock(cells: Cells, name: str, raw: Raw) -> Times:
    """An array of datetime64, which is read in one way from its first row to its last."""
    utc = raw.aware or (raw.form is not None and raw.form.zone == "UTC")
    unit = np.datetime_data(raw.values.dtype)[0]
    if unit == "D":
        return _held(cells, name, raw, None, raw.values.view(np.int64), raw.absent())
    # pandas has no column of days: one whose every time is midnight is taken for it.
    if not (utc or _any_time_of_day(raw)):
        return _held(cells, name, raw, None, _whole_seconds(raw.values) // DAY, raw.absent())
    if cells.zone is None:
        _needs_zone(cells, name, raw, ~raw.absent())
    found, skipped = Times.of_rows(len(raw)), []
    for first in range(0, len(raw), AT_ONCE):  # so that what is passing stays small
        rows = slice(first, first + AT_ONCE)
        if (times := _in_one_stretch(cells.zone, raw.take(rows), utc)) is None:
            absent = raw.take(rows).absent()
            at, local, exists = _placed(cells.zone, _whole_seconds(raw.values[rows]), utc)
            if exists is not None and not exists.all():
                skipped += [first + row for row in np.flatnonzero(~exists & ~absent).tolist()]
            days = _days(cells, name, raw, local // DAY, absent, first)
            times = Times.of(np.where(days == NEVER, NEVER_SECONDS, at), days)
        found = found.with_rows(rows, times)
    for row in skipped:
        cells.fault(name, raw, row, _skipped(cells))
    return found


def _in_one_stretch(zone: Zone | None, raw: Raw, utc: bool) -> Times | None:
    """Moments of which none is absent, in a stretch of time with one offset, as most are: by
    shifting all of them alike.  None where it takes more than that."""
    moments, unit = raw.values.view(np.int64), PER_SECOND.get(raw.values.dtype.str)
    if zone is None or unit is None or raw.missing is not None or not len(moments):
        return None
    low, high = (int(at) // unit for at in (moments.min(), moments.max()))
    shift = zone.offset_between(low, high)
    if shift is None or low < 2 * DAY or high >= np.iinfo(np.uint32).max - 2 * DAY:
        return None  # what is absent is the lowest of all
    told = (moments // unit).astype(np.uint32)
    local = told + np.int64(shift).astype(np.uint32) if utc else told  # which wraps around
    seconds = told if utc else told - np.int64(shift).astype(np.uint32)
    return Times(seconds, (local // np.uint32(DAY)).astype(np.uint16))


def _whole_seconds(moments: npt.NDArray[Any]) -> Int64:
    return moments.astype("M8[s]", copy=False).view(np.int64)


def _placed(zone: Zone | None, local: Int64, utc: bool) -> tuple[Int64, Int64, Mask | None]:
    """The instants, what the wall clock shows then, and whether it ever does."""
    local = _clipped(local, -DAY, BEYOND)  # what lies outside is refused below
    if zone is None:
        return local, local, None
    if utc:
        return local, zone.local_seconds(local), None
    seconds, exists = zone.utc_seconds(_clipped(local, 0, NEVER * DAY - 1))
    return seconds, local, exists


def _clipped(seconds: Int64, low: int, high: int) -> Int64:
    if len(seconds) and low <= seconds.min() and seconds.max() <= high:
        return seconds
    return np.clip(seconds, low, high)


def _any_time_of_day(raw: Raw) -> bool:
    """Whether any is not midnight; the first ones tell most columns."""
    for rows in (slice(0, 1000), slice(1000, None)):
        some = raw.take(rows)
        if ((_whole_seconds(some.values) % DAY != 0) & ~some.absent()).any():
            return True
    return False


def _held(
    cells: Cells, name: str, raw: Raw, seconds: Int64 | None, days: Int64, absent: Mask
) -> Times:
    """Without seconds: whole days."""
    held = _days(cells, name, raw, days, absent)
    if seconds is None:
        return Times(None, held, cells.zone)
    return Times.of(np.where(held == NEVER, NEVER_SECONDS, seconds), held)


def _days(
    cells: Cells, name: str, raw: Raw, days: Int64, absent: Mask, first: int = 0
) -> npt.NDArray[np.uint16]:
    """The days as they are kept, where what is absent is never; those outside are faults."""
    outside = (days < 0) | (days >= NEVER)
    bad = outside & ~absent
    if bad.any():
        for row in np.flatnonzero(bad):
            cells.fault(name, raw, first + row, values.outside())
    held = days.astype(np.uint16)  # those outside wrap around, and are replaced
    held[outside | absent] = NEVER
    return held


def _skipped(cells: Cells) -> Reason:
    assert cells.zone is not None
    return Reason("skipped_time", zone=cells.zone.name)


def _needs_zone(cells: Cells, name: str, raw: Raw, timed: npt.NDArray[np.bool_]) -> None:
    if cells.zone is None and timed.any():
        first = int(np.flatnonzero(timed)[0])
        raise ZoneError(
            f"{cells.table}: {name} has times of day (such as {raw.at(first)}), so the "
            'days depend on a time zone; pass tz=, such as tz="Asia/Seoul"'
        )


def _read(cells: Cells, name: str, raw: Raw) -> tuple[Int64, Forms]:
    """Seconds of the UTC clock where the zone is known, else of the local one; and which."""
    if raw.text and (raw.form is None or not (raw.form.date or raw.form.numeric)):
        assert raw.labels is not None
        of_label, forms = plain_times(cast("Sequence[str]", raw.labels))
        seconds, form_of = np.append(of_label, 0), np.append(forms, np.uint8(0))
        codes = raw.values
        others = np.flatnonzero(forms == 0)
        if len(others):
            left = _only_labels(raw, others)
            places, found = cells.read(name, left, values.moment)
            at_row, form_row = _clocks(found)
            unread = left.values >= 0
            seconds = np.where(unread, at_row[places], seconds[codes])
            form_of = np.where(unread, form_row[places], form_of[codes]).astype(np.uint8)
        else:
            seconds, form_of = seconds[codes], form_of[codes]
    else:
        codes, found = cells.read(name, raw, values.moment)
        at_row, form_row = _clocks(found)
        seconds, form_of = at_row[codes], form_row[codes]
    if raw.form is not None and raw.form.zone == "UTC":
        form_of = np.where(form_of >= WITHOUT_ZONE, WITH_ZONE, form_of).astype(np.uint8)
    return seconds, form_of


def _clocks(found: Sequence[date | datetime | None]) -> tuple[Int64, Forms]:
    clocks = [(0, 0) if at is None else _clock(at) for at in found]
    seconds, forms = np.array(clocks, dtype=np.int64).T
    return seconds, forms.astype(np.uint8)


def _clock(at: date | datetime) -> tuple[int, int]:
    if not isinstance(at, datetime):
        return (at.toordinal() - EPOCH) * DAY, MIDNIGHT_ONLY
    local = (at.toordinal() - EPOCH) * DAY + at.hour * 3600 + at.minute * 60 + at.second
    shift = at.utcoffset()
    if shift is None:
        return local, SECOND_TIME if at.fold else WITHOUT_ZONE
    return local - shift.days * DAY - shift.seconds, WITH_ZONE


def _only_labels(raw: Raw, labels: npt.NDArray[Any]) -> Raw:
    """Only the rows with these labels; the others are missing."""
    assert raw.labels is not None
    to = np.full(len(raw.labels) + 1, -1)
    to[labels] = np.arange(len(labels))
    chosen = [raw.labels[at] for at in labels.tolist()]
    return replace(raw, values=to[raw.values], labels=chosen)
