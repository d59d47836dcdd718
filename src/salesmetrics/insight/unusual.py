"""Days and durations that stand far outside the rest: whole-number rules, stated exactly.

Each rule names what it needs; with less data than that it finds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..days import NEVER

__all__ = ["Fence", "Spike", "bulk_end", "far_out", "quartiles4", "spikes"]

Days = npt.NDArray[np.uint16]
QUIET = 30  # days of silence that part what lies far ahead from the bulk of the events
MANY_EVENTS = 20
MANY_DAYS = 10
MANY_CLOSED = 20
SPREADS = 10


@dataclass(frozen=True, slots=True)
class Spike:
    """A day with more rows than the others let expect: rows on it, and on the median day."""

    day: int
    rows: int
    median2: int  # twice the median, which is a whole number


@dataclass(frozen=True, slots=True)
class Fence:
    """Four times the limit in days, which is a whole number, and how many deals it is from."""

    limit4: int
    closed: int

    @property
    def days(self) -> int:
        """The longest duration in whole days that is not beyond it."""
        return self.limit4 // 4


def bulk_end(days: Days) -> int | None:
    """The last day of the bulk of the events, where some lie far beyond it; else None.

    Beyond is what follows a silence of more than 30 days that is also more than three times as
    long as any silence before it, if at most one event in a hundred (or one) follows.  As many
    events at the beginning are passed over.  Needs 20 events.
    """
    counts = np.bincount(days[days != NEVER], minlength=1)
    there = np.flatnonzero(counts)
    events = int(counts.sum())
    if events < MANY_EVENTS or len(there) < 3:
        return None
    few = max(1, events // 100)
    upto = np.cumsum(counts[there])
    silence = np.diff(there)
    first = int(np.searchsorted(upto, few, side="right"))
    found = None
    for at in range(len(there) - 2, first, -1):
        if events - int(upto[at]) > few:
            break
        longest = int(silence[first:at].max(initial=0))
        if silence[at] > QUIET and silence[at] > 3 * longest:
            found = int(there[at])
    return found


def spikes(days: Days) -> list[Spike]:
    """Days on which an unusual number of rows begins.

    With m the median number of rows, and d the median distance from it, over the days on which
    rows begin at all: unusual are days above m by more than ten times the larger of 1.4826 d (the
    spread that d stands for) and the root of m (the spread of a Poisson count).  That is 12 rows
    at least, because m is at least 1.  Needs 10 such days.
    """
    counts = np.bincount(days[days != NEVER], minlength=1)
    there = np.flatnonzero(counts)
    if len(there) < MANY_DAYS:
        return []
    of_day = counts[there].astype(np.int64)
    median2 = _median2(of_day)
    away4 = _median2(np.abs(2 * of_day - median2))  # four times the median distance
    found = []
    for day, rows in zip(there.tolist(), of_day.tolist(), strict=True):
        above2 = 2 * rows - median2
        # In whole numbers: above > 10 x 1.4826 x d, and above > 10 x sqrt(m).
        beyond_d = 2 * above2 * 10_000 > SPREADS * 14_826 * away4
        beyond_poisson = above2 > 0 and above2**2 > 2 * SPREADS**2 * median2
        if beyond_d and beyond_poisson:
            found.append(Spike(day, rows, median2))
    return found


def far_out(durations: npt.NDArray[np.int64]) -> Fence | None:
    """Tukey's outer fence, Q3 + 3 (Q3 - Q1), of the days that closed deals took; needs 20."""
    if len(durations) < MANY_CLOSED:
        return None
    first, third = quartiles4(durations)
    return Fence(third + 3 * (third - first), len(durations))


def quartiles4(values: npt.NDArray[np.int64]) -> tuple[int, int]:
    """Four times the first and third quartile (linear, type 7), which are whole numbers."""
    ordered = np.sort(values)

    def quarter(which: int) -> int:
        at, rest = divmod((len(ordered) - 1) * which, 4)
        here, following = int(ordered[at]), int(ordered[min(at + 1, len(ordered) - 1)])
        return 4 * here + rest * (following - here)

    return quarter(1), quarter(3)


def _median2(values: npt.NDArray[np.int64]) -> int:
    """Twice the median, which is a whole number."""
    ordered = np.sort(values)
    return int(ordered[(len(ordered) - 1) // 2]) + int(ordered[len(ordered) // 2])
