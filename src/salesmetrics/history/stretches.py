"""Stretches of time in which no field of a deal changed, and when it stood open in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Column, Numbers, Repeated, Times, chosen, marked
from ..days import NEVER
from ..zones import Zone
from .tracks import DECIDED_FROM, starts_of
from .unclosed import unclosed_rows

__all__ = ["Tracked", "ended", "open_stretches"]

Index = npt.NDArray[np.int64]
Days = npt.NDArray[np.uint16]
Mask = npt.NDArray[np.bool_]
DAY_BITS = 16  # days fit in so many
AT_ONCE = 2**16  # stretches
SECOND_BITS, BEFORE = 33, 2 * 86_400  # what holds every second there is, and a zone's hours


class Tracked(Protocol):
    """Deals with the changes of their fields."""

    @property
    def size(self) -> int: ...

    @property
    def history(self) -> Any: ...

    @property
    def columns(self) -> Mapping[str, Column]: ...

    @property
    def zone(self) -> Zone | None: ...

    def has(self, name: str) -> bool: ...

    def times(self, name: str) -> Times: ...

    def codes(self, name: str) -> Codes: ...

    def numbers_before(self, name: str, milestone: str) -> Numbers: ...


def ended(deals: Tracked) -> Times:
    """When each deal ceased to stand open: closed or removed, whichever came first."""
    closed = deals.times("closed_at")
    if (unclosed := unclosed_rows(deals.columns)) is not None:  # not known to stand on any day
        first = Times(None, np.zeros(len(unclosed), np.uint16), closed.zone or deals.zone)
        created = deals.times("created_at")
        begun = chosen(created.days == NEVER, first, created)
        closed = chosen(unclosed, begun, closed)
    if not deals.has("removed_at"):
        return closed
    removed = deals.times("removed_at")
    return chosen(removed.before(closed), removed, closed)


def open_stretches(
    deals: Tracked,
) -> tuple[Repeated, Times, Times, dict[str, npt.NDArray[Any] | slice]]:
    """Of each stretch: the deal, from and until which day, and where each field's value stands:
    told as places, or as a mark of those values of a track that are there, in their order."""
    created, end, history = deals.times("created_at"), ended(deals), deals.history
    starts, times, places = _stretches(deals, created)
    kept = starts.copy()  # where those of each deal begin that are kept
    keeps = np.zeros(int(starts[-1]), dtype=bool)
    begun, until = np.empty(len(keeps), np.uint16), np.empty(len(keeps), np.uint16)
    size = 0
    for part in _parts(starts):
        rows = slice(int(starts[part.start]), int(starts[part.stop]))
        many, until_when = np.diff(starts[part.start : part.stop + 1]), end.take(part)
        mine = np.repeat(np.arange(len(many)), many)
        is_open = np.ones(len(mine), dtype=bool)
        if "stage" in places and history.types is not None:
            is_open = _is_open(history, places["stage"], rows)
        keep, first_day, last_day = _open_while(
            mine,
            times.take(rows),
            is_open,
            until_when.take(mine),
            until_when.whole(deals.zone)[mine],
        )
        here = slice(size, size := size + len(keep))
        begun[here], until[here] = first_day.take(keep), last_day.take(keep)
        keeps[rows][keep] = True
        kept[part.start + 1 : part.stop + 1] = np.bincount(mine.take(keep), minlength=len(many))
    np.cumsum(kept, out=kept)
    every, zone = size == len(keeps), deals.zone
    found: dict[str, npt.NDArray[Any] | slice] = {
        name: marked([of], keeps)[0] if of is not None else slice(None) if every else keeps
        for name, of in places.items()
    }
    begins, ends = (Times(None, _cut(days, size), zone) for days in (begun, until))
    return Repeated(starts if every else kept), begins, ends, found


def _is_open(history: Any, places: npt.NDArray[Any] | None, rows: slice) -> Mask:
    """Which of these stretches are in an open stage, or in none."""
    codes, types = history.tracks["stage"].values.codes, history.types
    if places is None:
        return np.asarray(types[codes[rows]] < DECIDED_FROM)
    if not len(codes):
        return np.ones(rows.stop - rows.start, dtype=bool)
    at = places[rows]
    return np.asarray((at < 0) | (types[codes.take(np.maximum(at, 0))] < DECIDED_FROM))


def _cut(column: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    """What was filled of a column; without the rest, where that is so much that it pays."""
    return column[:size] if 8 * size > 7 * len(column) else column[:size].copy()


def _parts(starts: npt.NDArray[Any]) -> Iterator[slice]:
    """Parts of the deals with some stretches each, so that what is passing stays small."""
    first, size = 0, len(starts) - 1
    while first < size:
        last = np.searchsorted(starts, starts.dtype.type(min(starts[first] + AT_ONCE, starts[-1])))
        stop = max(first + 1, int(last))
        yield slice(first, stop)
        first = stop


def _open_while(
    rows: npt.NDArray[Any],
    begun: Times,
    is_open: Mask,
    stop: Times,
    of_day: Mask,
) -> tuple[Index, Days, Days]:
    """Which of these stretches a deal was open in or closed from; from and until which day all.

    `stop` is when the deal of each ceased to stand open, `of_day` whether only its day is known.
    """
    days = begun.days
    one = np.ones(min(len(rows), 1), dtype=bool)
    last = np.append(rows[1:] != rows[:-1], one)
    first = np.append(one, last[:-1])
    stop_days = stop.days
    until = stop_days.copy()
    np.minimum(until[:-1], days[1:], out=until[:-1], where=~last[:-1])
    undated = days == NEVER
    stands = ((days < until) | undated) & is_open
    # On the day that it closes a deal may pass through stages and hands that hold for no day:
    # the last of them is what it was won or lost from.
    by_stop = ~stop.before(begun) | (of_day & (days == stop_days))
    ends_next = last | ~np.append(by_stop[1:], ~one)
    closes_next = ~last & ~np.append(is_open[1:], ~one)
    stopped = by_stop & (stop_days != NEVER)
    before_close = is_open & (closes_next | (stopped & ends_next))
    # A deal's first stretch is kept though it be of no length: the deal was there.
    keep = np.flatnonzero(stands | first | before_close)
    before_stop = np.minimum(days, stop_days)
    return keep, np.where(undated, days, before_stop), np.where(stands, until, before_stop)


def _stretches(
    deals: Tracked, created: Times
) -> tuple[npt.NDArray[Any], Times, dict[str, npt.NDArray[Any] | None]]:
    """A row for each change of any field: where those of each deal begin, from when each holds,
    and where each field's value stands; None where all values of a field stand as the rows do."""
    tracks = {} if deals.history is None else dict(deals.history.tracks)
    changes = deals.size + sum(len(track.days) for track in tracks.values())
    wide = np.int32 if changes < 2**31 else np.int64  # of places among them
    if len(tracks) == 1:
        name, track = next(iter(tracks.items()))
        if track.has.all():  # as it comes: already in order, and every deal has its own
            return track.starts, track.times, {name: None}
    if "stage" in tracks:  # what else changes at the instant of a close holds at the close
        tracks["stage"] = tracks.pop("stage")
    begun = {name: track.seconds for name, track in tracks.items()}
    if "owner" in tracks:
        begun["owner"] = _taken_over(deals)
    every = np.arange(deals.size, dtype=np.uint32)
    rows = np.concatenate([every, *(track.deals() for track in tracks.values())])
    seconds = np.concatenate([created.seconds, *begun.values()])
    days = np.concatenate([created.days, *(track.days for track in tracks.values())])
    # A deal without any beginning stands before all that might follow; it has no changes.
    order = _by_deal_and_time(rows, seconds)
    which = np.repeat(
        np.arange(len(tracks) + 1, dtype=np.uint8),
        [deals.size, *(len(track.days) for track in tracks.values())],
    )[order]
    rows, seconds, days = rows[order], seconds[order], days[order]
    starts = starts_of(rows, deals.size)
    places: dict[str, npt.NDArray[Any] | None] = {}
    first = deals.size
    for number, (name, track) in enumerate(tracks.items(), 1):
        at = np.where(which == number, order - first, -1).astype(wide)
        np.maximum.accumulate(at, out=at)
        # The value of an earlier deal is no value of this one.
        places[name] = np.where(at >= track.starts[rows], at, wide(-1))
        first += len(track.days)
    return starts, Times(seconds, days), places


def _by_deal_and_time(rows: npt.NDArray[np.uint32], seconds: Index) -> Index:
    """The order by deal, then time, then as they stand: runs in order are merged."""
    time = np.minimum(seconds, 2**SECOND_BITS - BEFORE - 1) + BEFORE
    return np.argsort(rows.astype(np.int64) << SECOND_BITS | time, kind="stable")


def _taken_over(deals: Tracked) -> npt.NDArray[np.int64]:
    """When each owner took a deal; one of the day of a close that is but a day, at that close."""
    history = deals.history
    owners, types = history.tracks["owner"], history.type_of()
    seconds: npt.NDArray[np.int64] = owners.seconds
    if types is None or owners.times.exact is None:
        return seconds
    stage = history.tracks["stage"]
    closes = np.flatnonzero((types >= DECIDED_FROM) & stage.times.whole(deals.zone))
    if not len(closes):
        return seconds
    on_day = [
        (track.deals().astype(np.int64) << DAY_BITS) | track.days for track in (stage, owners)
    ]
    at = np.searchsorted(on_day[0][closes], on_day[1])
    close = closes[np.minimum(at, len(closes) - 1)]
    same = on_day[0][close] == on_day[1]
    return np.where(same, np.minimum(seconds, stage.seconds[close]), seconds)
