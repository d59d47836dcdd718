"""Times: when each row's moment was, and the local day it lies in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from ..days import NEVER, NEVER_SECONDS
from ..zones import DAY, Zone
from .keys import PIECE, pieces

__all__ = ["Times", "chosen", "joined_times", "later_of", "never"]

Int64 = npt.NDArray[np.int64]
Index = npt.NDArray[Any]
Rows = slice | Index
SHORT_NEVER = np.iinfo(np.uint32).max


@dataclass(frozen=True, slots=True)
class Times:
    """Instants: seconds since 1970 in UTC, and the local day; both largest where it never was.

    Whole days need no seconds of their own (`exact` is None): each has its first one in `zone`.
    Seconds that four bytes hold are kept in four (`of`).
    """

    exact: npt.NDArray[np.int64 | np.uint32] | None
    days: npt.NDArray[np.uint16]
    zone: Zone | None = None

    @classmethod
    def of(cls, seconds: Int64, days: npt.NDArray[np.uint16]) -> Times:
        """These instants, in as few bytes as hold them: four until the year 2106."""
        # Never is the largest number, which one more makes the smallest: none has to be left out.
        last = max(int((piece + 1).max(initial=0)) for piece in pieces(seconds)) - 1
        if last >= SHORT_NEVER or seconds.min(initial=0) < 0:
            return cls(seconds, days)
        return cls(seconds.astype(np.uint32), days)  # of never the last four bytes stay

    @property
    def seconds(self) -> Int64:
        if self.exact is None:
            return _openings(self.zone).take(self.days)
        if self.exact.dtype == np.int64:
            return cast(Int64, self.exact)
        seconds = self.exact.astype(np.int64)
        np.putmask(seconds, self.exact == SHORT_NEVER, NEVER_SECONDS)
        return seconds

    def whole(self, zone: Zone | None) -> npt.NDArray[np.bool_]:
        """Which are whole days: told without a time of day, or as the first moment of the day."""
        if self.exact is None:
            return np.ones(len(self.days), dtype=bool)
        return np.asarray(self.seconds == _openings(zone).take(self.days))

    def take(self, rows: Rows) -> Times:
        exact = None if self.exact is None else self.exact[rows]
        return Times(exact, self.days[rows], self.zone)

    def linked(self, rows: Index, codes: Index) -> Times:
        days = np.append(self.days, np.uint16(NEVER))[rows][codes]
        if self.exact is None:
            return Times(None, days, self.zone)
        return Times(np.append(self.exact, _never_of(self.exact))[rows][codes], days)

    def until(self, keep: npt.NDArray[np.bool_]) -> Times:
        """Never, where not kept."""
        days = np.where(keep, self.days, np.uint16(NEVER))
        exact = None if self.exact is None else np.where(keep, self.exact, _never_of(self.exact))
        return Times(exact, days, self.zone)

    def last(self) -> tuple[int, int] | None:
        """The latest second and day that came."""
        day = int((self.days + np.uint16(1)).max(initial=0)) - 1
        if day < 0:
            return None
        if self.exact is None:
            return int(_openings(self.zone)[day]), day
        return int(max((piece + 1).max() for piece in pieces(self.exact))) - 1, day

    def before(self, other: Times) -> npt.NDArray[np.bool_]:
        """Where it came earlier than the other, which may never have come."""
        if self.with_days_alike(other):
            return self.days < other.days
        return np.asarray(self.seconds < other.seconds)

    def with_days_alike(self, other: Times) -> bool:
        """Whether both are whole days of one calendar, so that their days tell all."""
        return self.exact is None and other.exact is None and self.zone == other.zone


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
    return Times.of(np.where(first, a.seconds, b.seconds), days)


def joined_times(parts: Sequence[Times]) -> Times:
    """One after the other."""
    days = np.concatenate([part.days for part in parts])
    if all(part.with_days_alike(parts[0]) for part in parts):
        return Times(None, days, parts[0].zone)
    return Times.of(np.concatenate([part.seconds for part in parts]), days)


def later_of(a: Times, b: Times) -> Times:
    """The later of two times that both came; never, where one did not."""
    days = np.maximum(a.days, b.days)  # never is the largest there is
    if a.with_days_alike(b):
        return Times(None, days, a.zone)
    parts = [slice(at, at + PIECE) for at in range(0, len(days), PIECE)]
    later = [np.maximum(a.take(part).seconds, b.take(part).seconds) for part in parts]
    return Times.of(np.concatenate(later) if later else a.seconds, days)
