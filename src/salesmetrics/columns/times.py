"""Times: when each row's moment was, and the local day it lies in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from ..days import NEVER, NEVER_SECONDS
from ..zones import DAY, Zone
from .keys import PIECE, gathered, pieces
from .repeated import Repeated

__all__ = [
    "AskedTimes",
    "Times",
    "chosen",
    "joined_times",
    "later_of",
    "never",
    "never_where",
    "with_each",
]

Int64 = npt.NDArray[np.int64]
Seconds = npt.NDArray[Any]  # 64 bits, or the first 32
Index = npt.NDArray[Any]
Rows = slice | Index | Repeated
SHORT_NEVER = np.iinfo(np.uint32).max


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Times:
    """Instants: seconds since 1970 in UTC, and the local day; both largest where it never was.

    Whole days need no seconds of their own (`exact` is None): each has its first one in `zone`.
    Seconds that four bytes hold are kept in four (`of`).
    """

    exact: Seconds | None
    days: npt.NDArray[np.uint16]
    zone: Zone | None = None

    @classmethod
    def of(cls, seconds: Seconds, days: npt.NDArray[np.uint16]) -> Times:
        """These instants, in as few bytes as hold them: four until the year 2106."""
        if seconds.dtype == np.uint32:
            return cls(seconds, days)
        # Never is the largest number, which one more makes the smallest: none has to be left out.
        last = max(int((piece + 1).max(initial=0)) for piece in pieces(seconds)) - 1
        if last >= SHORT_NEVER or seconds.min(initial=0) < 0:
            return cls(seconds, days)
        return cls(seconds.astype(np.uint32), days)  # of never the last four bytes stay

    @classmethod
    def of_rows(cls, size: int) -> Times:
        """So many rows to be filled in (`with_rows`)."""
        return cls(np.empty(size, np.uint32), np.empty(size, np.uint16))

    def with_rows(self, rows: slice, times: Times) -> Times:
        """Filled in here; all in eight bytes from the first time on that needs them."""
        all_of, these = _bytes_alike(self, times)
        self.days[rows], all_of[rows] = times.days, these
        return Times(all_of, self.days)

    @property
    def seconds(self) -> Int64:
        if self.exact is None:
            return _openings(self.zone).take(self.days)
        exact = self.exact
        if exact.dtype == np.int64:
            return cast(Int64, exact)
        seconds = exact.astype(np.int64)
        np.putmask(seconds, exact == SHORT_NEVER, NEVER_SECONDS)
        return seconds

    @property
    def dated(self) -> Times:
        """The days alone."""
        return Times(None, self.days)

    def whole(self, zone: Zone | None) -> npt.NDArray[np.bool_]:
        """Which are whole days: told without a time of day, or as the first moment of the day."""
        if self.exact is None:
            return np.ones(len(self.days), dtype=bool)
        return np.asarray(self.seconds == _openings(zone).take(self.days))

    def take(self, rows: Rows) -> Times:
        exact = None if self.exact is None else gathered(self.exact, rows)
        return Times(exact, gathered(self.days, rows), self.zone)

    def linked(self, rows: Index, codes: Index) -> Times:
        days = gathered(np.append(self.days, np.uint16(NEVER))[rows], codes)
        exact = self.exact
        if exact is None:
            return Times(None, days, self.zone)
        return Times(gathered(np.append(exact, _never_of(exact))[rows], codes), days)

    def followed(self, last: Index, by: Times) -> Times:
        """What comes next in each row; in these, of which the last is one, these times."""
        days = np.append(self.days[1:], self.days[:1])
        days[last] = by.days
        if self.with_days_alike(by):
            return Times(None, days, self.zone)
        own, instead = _bytes_alike(self, by)
        seconds = np.append(own[1:], own[:1])
        seconds[last] = instead
        return Times.of(seconds, days)

    def until(self, keep: npt.NDArray[np.bool_]) -> Times:
        """Never, where not kept."""
        gone = ~keep
        exact = None if self.exact is None else never_where(self.exact, gone)
        return Times(exact, never_where(self.days, gone), self.zone)

    def with_others(self, rows: Index, others: Times) -> Times:
        """In these rows these times."""
        days = self.days.copy()
        days[rows] = others.days
        if self.with_days_alike(others):
            return Times(None, days, self.zone)
        own, instead = _bytes_alike(self, others)
        seconds = own.copy()
        seconds[rows] = instead
        return Times.of(seconds, days)

    def last(self) -> tuple[int, int] | None:
        """The latest second and day that came."""
        day = _latest(self.days)
        if day < 0:
            return None
        exact = self.exact
        if exact is None:
            return int(_openings(self.zone)[day]), day
        return _latest(exact), day

    def by(self, second: int) -> npt.NDArray[np.bool_]:
        """Where it came before that second."""
        if self.exact is None:
            return self.days < int(np.searchsorted(_openings(self.zone), second))
        return np.asarray(self.exact < second)

    def before(self, other: Times) -> npt.NDArray[np.bool_]:
        """Where it came earlier than the other, which may never have come."""
        if self.with_days_alike(other):
            return self.days < other.days
        own, theirs = _bytes_alike(self, other)
        return np.asarray(own < theirs)

    def with_days_alike(self, other: Times) -> bool:
        """Whether both are whole days of one calendar, so that their days tell all."""
        return self.exact is None and other.exact is None and self.zone == other.zone


class AskedTimes(Times):
    """Instants whose seconds are made when somebody asks for them: most figures ask for days."""

    __slots__ = ("_made", "make")
    _made: list[Seconds]
    make: Callable[[], Seconds]

    def __init__(
        self,
        exact: Seconds | Callable[[], Seconds],
        days: npt.NDArray[np.uint16],
        zone: Zone | None = None,
    ) -> None:
        make = exact if callable(exact) else lambda: exact
        parts = {"make": make, "_made": [], "days": days, "zone": zone}
        for name, value in parts.items():
            object.__setattr__(self, name, value)

    @property
    def exact(self) -> Seconds:  # pyright: ignore[reportIncompatibleVariableOverride]
        if not self._made:
            self._made.append(self.make())
            self._made[0].flags.writeable = False
        return self._made[0]

    def take(self, rows: Rows) -> Times:
        days = gathered(self.days, rows)  # all parts are of the same seconds, made once
        return AskedTimes(lambda: gathered(self.exact, rows), days, self.zone)

    def __reduce__(self) -> tuple[Any, ...]:
        return Times, (self.exact, self.days, self.zone)


def with_each(times: Times, change: Callable[[Index], Index]) -> Times:
    """Days and seconds, each changed alike; the seconds when somebody asks for them."""
    days, zone = change(times.days), times.zone
    if isinstance(times, AskedTimes):
        make = times.make
        return AskedTimes(lambda: change(make()), days, zone)
    exact = times.exact
    return (
        Times(None, days, zone) if exact is None else AskedTimes(lambda: change(exact), days, zone)
    )


def never_where(array: Index, gone: npt.NDArray[np.bool_]) -> Index:
    """Days, or seconds, with never in these rows.

    As it is the largest of its kind, none has to be chosen row by row, which takes ten times as
    long; but in eight bytes, for seconds before 1970.
    """
    never = array.dtype.type(np.iinfo(array.dtype).max)
    wide = array.dtype == np.int64
    return np.asarray(np.where(gone, never, array) if wide else np.maximum(array, gone * never))


def _bytes_alike(a: Times, b: Times) -> tuple[Seconds, Seconds]:
    """The seconds of both as they are kept, where in as many bytes; never is the largest."""
    mine, theirs = a.exact, b.exact
    if mine is not None and theirs is not None and mine.dtype == theirs.dtype:
        return mine, theirs
    return a.seconds, b.seconds


def _latest(moments: Index) -> int:
    """The largest of those that are not never, which is the largest of all; -1 if there is none."""
    if not len(moments):
        return -1
    most = int(moments.max())
    if most != np.iinfo(moments.dtype).max:
        return most
    one = moments.dtype.type(1)  # more makes never the smallest of all
    return max(int((piece + one).max()) for piece in pieces(moments)) - 1


def _never_of(exact: npt.NDArray[Any]) -> Any:
    """What stands for never among these, in as many bytes."""
    return exact.dtype.type(NEVER_SECONDS if exact.dtype == np.int64 else SHORT_NEVER)


@lru_cache(maxsize=16)
def _openings(zone: Zone | None) -> Int64:
    """The first second of every day."""
    first = np.arange(NEVER + 1, dtype=np.int64) * DAY
    if zone is not None:
        first[:NEVER] = zone.earliest_utc(first[:NEVER])
    first[NEVER] = NEVER_SECONDS
    first.flags.writeable = False
    return first


def never(size: int, zone: Zone | None = None) -> Times:
    """So many times that never were."""
    return Times(None, np.full(size, NEVER, dtype=np.uint16), zone)


def chosen(first: npt.NDArray[np.bool_], a: Times, b: Times) -> Times:
    """The first where so marked, else the second."""
    days = np.where(first, a.days, b.days).astype(np.uint16, copy=False)
    if a.with_days_alike(b):
        return Times(None, days, a.zone)
    return Times.of(np.where(first, *_bytes_alike(a, b)), days)


def joined_times(parts: Sequence[Times]) -> Times:
    """One after the other."""
    days = np.concatenate([part.days for part in parts])
    if all(part.with_days_alike(parts[0]) for part in parts):
        return Times(None, days, parts[0].zone)
    exact = [exact for part in parts if (exact := part.exact) is not None]
    if len(exact) == len(parts) and len({each.dtype for each in exact}) == 1:
        return Times(np.concatenate(exact), days)
    return Times.of(np.concatenate([part.seconds for part in parts]), days)


def later_of(a: Times, b: Times) -> Times:
    """The later of two times that both came; never, where one did not."""
    days = np.maximum(a.days, b.days)  # never is the latest of all
    if a.with_days_alike(b):
        return Times(None, days, a.zone)
    parts = [slice(at, at + PIECE) for at in range(0, len(days), PIECE)]
    later = [np.maximum(*_bytes_alike(a.take(part), b.take(part))) for part in parts]
    return Times.of(np.concatenate(later) if later else a.seconds, days)
