"""Between UTC and the local clock of an IANA zone, for whole arrays, right across clock changes.

>>> seoul = zone("Asia/Seoul")
>>> noon = 1_700_000_000 - 1_700_000_000 % 86_400 + 3 * 3600  # 03:00 UTC is 12:00 in Seoul
>>> (seoul.local_seconds([noon]) % 86_400 // 3600).tolist()
[12]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cache
from typing import Any, TypeAlias, TypeVar, final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import SalesMetricsError, ZoneError, shown

__all__ = ["DAY", "FIRST_SECOND", "LAST_SECOND", "RANGE", "Zone", "whole_numbers", "zone"]

_Int64: TypeAlias = NDArray[np.int64]
_Value = TypeVar("_Value", bound=np.generic)

DAY = 86_400
# 1970 to 2149 and a day on either side, so that every local date of those years fits anywhere.
FIRST_SECOND, LAST_SECOND = -DAY, 65_745 * DAY
# No zone has ever changed its clock twice within six days, so no change hides between two looks.
_STEP = 5 * DAY
# These name the setting of a machine.
_OF_THE_MACHINE = ("localtime", "posixrules")
RANGE = "give seconds since 1970-01-01, not milliseconds, from 1969-12-31 to 2150-01-02"


@final
@dataclass(frozen=True, slots=True)
class Zone:
    """The clock of one zone from 1970 to 2149; `zone()` makes it, and its name is its identity.

    Times are whole seconds since 1970-01-01 00:00, of UTC or of the local wall clock. A time
    outside 1969-12-31 to 2150-01-02 is refused rather than guessed.
    """

    name: str
    # The offset of the same place holds until a change, the next one from it on.
    _changes: _Int64 = field(repr=False, compare=False)
    _offsets: _Int64 = field(repr=False, compare=False)

    def local_seconds(self, utc: ArrayLike) -> _Int64:
        """The seconds that the wall clock shows at these instants.

        >>> summer = 581_212_800  # 1988-06-02 00:00 UTC; that summer Seoul was at +10:00
        >>> (zone("Asia/Seoul").local_seconds([summer]) - summer).tolist()
        [36000]
        """
        at = whole_numbers(utc, "instant", FIRST_SECOND, LAST_SECOND, RANGE)
        return at + _look_up(self._changes, self._offsets, at)

    def local_days(self, utc: ArrayLike) -> _Int64:
        """The local dates of these instants, as days since 1970-01-01.

        >>> zone("Asia/Seoul").local_days([54_000 - 1, 54_000]).tolist()  # midnight in Seoul
        [0, 1]
        """
        return self.local_seconds(utc) // DAY

    def utc_seconds(
        self, local: ArrayLike, fold: ArrayLike = 0
    ) -> tuple[_Int64, NDArray[np.bool_]]:
        """The instants of these wall-clock times, and whether the clock ever showed them.

        As in PEP 495: a time that occurs twice means its first occurrence, with `fold=1` its
        second; a time that the clock skipped is converted with the offset before the change
        (with `fold=1` after it) and marked False.

        >>> berlin, hour = zone("Europe/Berlin"), 3600
        >>> spring, autumn = 17_616 * DAY, 17_832 * DAY  # 2018-03-26 and 2018-10-28
        >>> instants, exists = berlin.utc_seconds([autumn + 2 * hour, spring - DAY + 2 * hour])
        >>> exists.tolist()
        [True, False]
        >>> second, _ = berlin.utc_seconds([autumn + 2 * hour], fold=1)
        >>> (second - instants[:1]).tolist()
        [3600]
        """
        at = whole_numbers(local, "local time", FIRST_SECOND, LAST_SECOND, RANGE)
        folds = whole_numbers(fold, "fold", 0, 1, "give 0 or 1")
        before, after = self._offsets[:-1], self._offsets[1:]
        offset = _look_up(self._changes + np.maximum(before, after), self._offsets, at)
        if folds.any():
            second = _look_up(self._changes + np.minimum(before, after), self._offsets, at)
            offset = np.where(folds == 1, second, offset)
        edges = self._skipped()
        # Edges alternate between the start and the end of a skipped stretch.
        exists = _look_up(edges, np.arange(edges.size + 1) % 2 == 0, at)
        utc = at - offset
        return utc, np.broadcast_to(exists, utc.shape)

    def earliest_utc(self, local: ArrayLike) -> _Int64:
        """The first instants at which the wall clock shows these times or later ones.

        Never goes back when the local time goes on, and always exists: in a skipped stretch it
        is the moment of the change. So a local day begins at `earliest_utc(day * DAY)`.

        >>> berlin, spring = zone("Europe/Berlin"), 17_615 * DAY  # 2018-03-25, 02:00 to 03:00
        >>> half_past_two, three = berlin.earliest_utc([spring + 9_000, spring + 10_800])
        >>> bool(half_past_two == three)
        True
        """
        at = whole_numbers(local, "local time", FIRST_SECOND, LAST_SECOND, RANGE)
        edges = self._skipped()
        if edges.size:
            place = np.searchsorted(edges, at, side="right")
            at = np.where(place % 2 == 1, edges[place - 1], at)
        return self.utc_seconds(at)[0]

    def offset_between(self, first: int, last: int) -> int | None:
        """The one offset of all times from the first to the last, told in UTC or by the wall
        clock; None where it changes about then.

        >>> zone("Asia/Seoul").offset_between(20_000 * DAY, 20_100 * DAY)
        32400
        >>> zone("Europe/Berlin").offset_between(17_000 * DAY, 17_365 * DAY) is None
        True
        """
        before, after = np.searchsorted(self._changes, [first - 2 * DAY, last + 2 * DAY])
        return int(self._offsets[before]) if before == after else None

    def _skipped(self) -> _Int64:
        before, after = self._offsets[:-1], self._offsets[1:]
        forward = after > before
        starts, ends = self._changes + before, self._changes + after
        return np.column_stack((starts, ends))[forward].ravel()

    def __reduce__(self) -> tuple[Callable[[str], Zone], tuple[str]]:
        # A copy in another process reads its own table: smaller than sending this one.
        return zone, (self.name,)


def zone(name: str) -> Zone:
    """The clock of the IANA zone of this name; made once and kept.

    >>> zone("Asia/Seoul") is zone("Asia/Seoul")
    True
    >>> zone("Asia/Soul")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    salesmetrics.errors.ZoneError: time zone 'Asia/Soul' is not known; give an IANA name ...
    """
    if not isinstance(name, str):
        raise ZoneError(
            f"time zone {shown(name)} is not text; give its IANA name, for example 'Asia/Seoul'."
        )
    return _loaded(name)


@cache
def _loaded(name: str) -> Zone:
    # The zones under "right/" count leap seconds, which no timestamp here does.
    if name in _OF_THE_MACHINE or name.startswith("right/"):
        raise _unknown(name)
    try:
        info = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _unknown(name) from None
    start, end = FIRST_SECOND - _STEP, LAST_SECOND + _STEP
    changes: list[int] = []
    offsets = [_offset(info, start)]
    for right in range(start + _STEP, end + _STEP, _STEP):
        after = _offset(info, right)
        if after != offsets[-1]:
            changes.append(_first_second_after(info, right - _STEP, right, offsets[-1]))
            offsets.append(after)
    tables = np.array(changes, np.int64), np.array(offsets, np.int64)
    for table in tables:
        table.setflags(write=False)
    return Zone(name, *tables)


def _first_second_after(info: ZoneInfo, left: int, right: int, before: int) -> int:
    while right - left > 1:
        middle = (left + right) // 2
        if _offset(info, middle) == before:
            left = middle
        else:
            right = middle
    return right


def _offset(info: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, info).utcoffset() or timedelta(0)
    return offset.days * DAY + offset.seconds


def _unknown(name: str) -> ZoneError:
    known = available_timezones().difference(_OF_THE_MACHINE)
    if not known:
        return ZoneError(
            f"time zone {shown(name)} cannot be read: this Python finds no time zone data. "
            "Install the package 'tzdata'."
        )
    # Looked up by the city as well, because 'Seoul' and 'asia/seoul' are what people try.
    wanted = name.casefold().replace(" ", "_")
    by_key: dict[str, list[str]] = {}
    for each in sorted(known):
        by_key.setdefault(each.casefold(), []).append(each)
        by_key.setdefault(each.casefold().rpartition("/")[2], []).append(each)
    keys = get_close_matches(wanted, by_key, n=3, cutoff=0.8)
    near = list(dict.fromkeys(each for key in keys for each in by_key[key]))[:3]
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return ZoneError(
        f"time zone {shown(name)} is not known; give an IANA name such as 'Asia/Seoul', "
        f"'Europe/Berlin' or 'UTC'.{hint}"
    )


def whole_numbers(
    values: ArrayLike,
    what: str,
    lowest: int,
    highest: int,
    advice: str,
    error: type[SalesMetricsError] = ZoneError,
) -> _Int64:
    """The values as int64, if each is a whole number from `lowest` to `highest`.

    >>> whole_numbers([5, 12], "hour", 0, 9, "give an hour before ten")
    Traceback (most recent call last):
    salesmetrics.errors.ZoneError: hour 12 at position 1 is out of range; give an hour before ten.
    """
    given: NDArray[Any] = np.asarray(values)
    if given.size == 0:
        return given.astype(np.int64)
    if given.dtype.kind not in "iu":
        raise error(
            f"each {what} must be a whole number (int64), not {given.dtype}; "
            "convert the values first and leave out the missing ones."
        )
    if int(given.min()) < lowest or int(given.max()) > highest:
        position = int(np.argmax((given < lowest) | (given > highest)))
        raise error(
            f"{what} {given.flat[position]} at position {position} is out of range; {advice}."
        )
    return given.astype(np.int64, copy=False)


def _look_up(edges: _Int64, values: NDArray[_Value], at: _Int64) -> NDArray[_Value]:
    if at.size == 0 or edges.size == 0:
        return values[:1].reshape((1,) * at.ndim)
    # Data spans few changes, often none, so only the stretch of the table it touches is searched.
    first, last = np.searchsorted(edges, (at.min(), at.max()), side="right")
    near: NDArray[_Value] = values[first : last + 1]
    return near.take(np.searchsorted(edges[first:last], at, side="right"), mode="clip")
