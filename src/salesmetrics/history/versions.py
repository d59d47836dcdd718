"""Versions of deals: a row for each stretch of time in which an open deal's fields were the same.

A stock is then what it is without history, entries minus exits; only the rows are finer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..columns import (
    AS_NOW,
    LISTED,
    MISSING,
    Codes,
    Column,
    Numbers,
    Times,
    chosen,
    in_one_scale,
    later_of,
)
from ..days import NEVER
from ..zones import Zone
from .tracks import DECIDED_FROM, DealHistory, Track
from .unclosed import unclosed_rows

__all__ = ["Taken", "Tracked", "ended", "owners_at", "versions"]

Index = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
DAY_BITS = 16  # days fit in so many
AT_ONCE = 2**16  # stretches


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


class Taken(Mapping[str, Column]):
    """Columns of another table at some of its rows, each taken when it is asked for."""

    def __init__(
        self,
        columns: Mapping[str, Column],
        rows: Any,
        own: dict[str, Column],
        later: dict[str, Callable[[], Column]] | None = None,
    ) -> None:
        self._columns = columns
        self.own: dict[str, Column] = own
        self.rows: Any = rows
        self.later: dict[str, Callable[[], Column]] = later or {}

    def __getitem__(self, name: str) -> Column:
        if name in self.later and name not in self.own:
            self.own[name] = self.later[name]()
        if name not in self.own:
            self.own[name] = self._columns[name].take(self.rows)
        return self.own[name]

    def source(self, name: str) -> Column:
        """A column of the other table itself, whatever stands for it here."""
        return self._columns[name]

    def cut(self, span: slice) -> Taken:
        """A part of these rows, whose columns are parts of theirs."""
        later = {name: self._part_of(name, span) for name in self.later if name not in self.own}
        own = {name: column.take(span) for name, column in self.own.items()}
        return Taken(self._columns, self.rows[span], own, later)

    def some(self, rows: Any, own: dict[str, Column]) -> Taken:
        """Some of these rows, some more than once, with columns that are theirs alone."""
        later = {name: self._part_of(name, rows) for name in self.later if name not in self.own}
        kept = {name: column.take(rows) for name, column in self.own.items()}
        return Taken(self._columns, self.rows[rows], {**kept, **own}, later)

    def _part_of(self, name: str, span: Any) -> Callable[[], Column]:
        return lambda: self[name].take(span)

    def __contains__(self, name: object) -> bool:
        return name in self.own or name in self._columns or name in self.later

    def __iter__(self) -> Iterator[str]:
        return iter({**self._columns, **self.own})

    def __len__(self) -> int:
        return len({**self._columns, **self.own})


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


def versions(deals: Tracked) -> Taken:
    """The open stretches of these deals, with the fields as they were in each."""

    history = deals.history or DealHistory({})
    rows, begun, until, places = _open_stretches(deals)
    own: dict[str, Column] = {"created_at": begun, "closed_at": until}
    outcome = deals.codes("outcome")
    own["outcome"] = Codes(
        np.full(len(rows), outcome.code("open"), outcome.codes.dtype), outcome.labels
    )
    while_open = _while_open(deals)
    for name, track in history.tracks.items():
        at = places[name]
        if name == "amount":
            mine = while_open[name].take(rows) if name in while_open else None
            own[name] = _amounts(deals, history.amount or track, at, mine, rows)
        else:
            own[name] = _values(track, at, while_open.get(name, deals.columns.get(name)), rows)
    later: dict[str, Callable[[], Column]] = {}
    if "overdue_at" in deals.columns:
        later["overdue_at"] = lambda: _overdue(deals, own, rows)
    return Taken({**deals.columns, **while_open}, rows, own, later)


def _open_stretches(
    deals: Tracked,
) -> tuple[npt.NDArray[Any], Times, Times, dict[str, Index]]:
    """Of each stretch: the deal, from when and until when, and where each field's value stands."""
    created, end = deals.times("created_at"), ended(deals)
    types = None if deals.history is None else deals.history.type_of()
    rows, seconds, days, places = _stretches(deals, created)
    of_day = end.whole(deals.zone)
    found: list[tuple[npt.NDArray[Any], ...]] = []
    for part in _whole_deals(rows):
        mine, at = rows[part], [place[part] for place in places.values()]
        is_open = np.ones(len(mine), dtype=bool)
        if types is not None and len(types):
            stage = places["stage"][part]
            is_open = (stage < 0) | (types.take(np.maximum(stage, 0)) < DECIDED_FROM)
        keep, begun, until = _open_while(
            mine, Times(seconds[part], days[part]), is_open, end, of_day
        )
        kept = (mine, begun.seconds, begun.days, until.seconds, until.days, *at)
        found.append(tuple(column.take(keep) for column in kept))
    del seconds, days
    rows, *rest = map(np.concatenate, zip(*found, strict=True))
    held = dict(zip(places, rest[4:], strict=True))
    return rows, Times(rest[0], rest[1]), Times(rest[2], rest[3]), held


def _whole_deals(rows: npt.NDArray[Any]) -> Iterator[slice]:
    """Parts of some size in which deals stand whole, so that what is passing stays small."""
    first = 0
    while first < len(rows) or first == 0:
        end = min(first + AT_ONCE, len(rows))
        if end < len(rows):
            end = int(np.searchsorted(rows, rows[end - 1], side="right"))
        yield slice(first, end)
        first = end or len(rows) + 1


def _open_while(
    rows: npt.NDArray[Any],
    begun: Times,
    is_open: Mask,
    end: Times,
    of_day: Mask,
) -> tuple[Index, Times, Times]:
    """Which of these stretches a deal was open in or closed from; from when and until when all.

    `end` is when each deal ceased to stand open, and `of_day` whether only the day of it is known.
    """
    seconds, days = begun.seconds, begun.days
    one = np.ones(min(len(rows), 1), dtype=bool)
    last = np.append(rows[1:] != rows[:-1], one)
    first = np.append(one, last[:-1])
    stop_days, stop_seconds = end.days[rows], end.seconds[rows]
    until_days, until_seconds = stop_days.copy(), stop_seconds.copy()
    goes_on = ~last[:-1]
    np.minimum(until_days[:-1], days[1:], out=until_days[:-1], where=goes_on)
    np.minimum(until_seconds[:-1], seconds[1:], out=until_seconds[:-1], where=goes_on)
    undated = days == NEVER
    stands = ((days < until_days) | undated) & is_open
    # On the day that it closes a deal may pass through stages and hands that hold for no day:
    # the last of them is what it was won or lost from.
    by_stop = (seconds <= stop_seconds) | (of_day[rows] & (days == stop_days))
    ends_next = last | ~np.append(by_stop[1:], ~one)
    closes_next = ~last & ~np.append(is_open[1:], ~one)
    stopped = by_stop & (stop_days != NEVER)
    before_close = is_open & (closes_next | (stopped & ends_next))
    # A deal's first stretch is kept though it be of no length: the deal was there.
    keep = np.flatnonzero(stands | first | before_close)
    before_stop = Times(np.minimum(seconds, stop_seconds), np.minimum(days, stop_days))
    until = chosen(stands, Times(until_seconds, until_days), before_stop)
    return keep, chosen(undated, begun, before_stop), until


def _while_open(deals: Tracked) -> dict[str, Column]:
    """What the close settles, as it was before it, deal by deal."""
    closed = deals.times("closed_at").days != NEVER
    found: dict[str, Column] = {}
    for name in ("stage", "forecast_category", "loss_reason"):
        if name in deals.columns:
            found[name] = deals.codes(name).only(~closed)
    for name in ("amount", "probability"):
        if name in deals.columns:
            found[name] = deals.numbers_before(name, "closed_at")
    return found


def _overdue(deals: Tracked, own: Mapping[str, Column], rows: Any) -> Times:
    """When each version's own expected close had passed while it stood."""
    begun, due = own["created_at"], own.get("expected_close_at")
    if not isinstance(due, Times):
        due = deals.times("expected_close_at").take(rows)
    assert isinstance(begun, Times)
    return later_of(begun, due)


def owners_at(deals: Tracked, time: str) -> Codes:
    """The owner that each deal had at the time of an event; at a close on a day, the day's last."""
    owner = deals.codes("owner")
    track = None if deals.history is None else deals.history.tracks.get("owner")
    if track is None:
        return owner
    times = deals.times(time)
    days = times.whole(deals.zone) if time == "closed_at" else None
    found = _values(track, track.place_at(times, days), owner, slice(None))
    assert isinstance(found, Codes)
    return found


def _stretches(
    deals: Tracked, created: Times
) -> tuple[npt.NDArray[Any], Index, npt.NDArray[np.uint16], dict[str, Index]]:
    """A row for each change of any field: deal, from when, and where each field's value stands."""
    tracks = {} if deals.history is None else dict(deals.history.tracks)
    if len(tracks) == 1:
        name, track = next(iter(tracks.items()))
        if track.has.all():  # as it comes: already in order, and every deal has its own
            return track.deals(), track.seconds, track.days, {name: np.arange(len(track.days))}
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
    places: dict[str, Index] = {}
    first = deals.size
    for number, (name, track) in enumerate(tracks.items(), 1):
        at = np.where(which == number, order - first, -1)
        np.maximum.accumulate(at, out=at)
        # The value of an earlier deal is no value of this one.
        places[name] = np.where(at >= track.starts[rows], at, -1)
        first += len(track.days)
    return rows, seconds, days, places


SECOND_BITS, BEFORE = 33, 2 * 86_400  # what holds every second there is, and a zone's hours


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


def _values(track: Track, at: Index, current: Column | None, rows: Any) -> Column:
    """The value that held, or for deals without such history what stands in their row."""
    values, known = track.values, at >= 0
    if len(at) and known.all():
        return values.take(at)
    own = None if current is None else current.take(rows)
    if isinstance(values, Codes):
        old = own.codes if isinstance(own, Codes) else np.zeros(len(at), values.codes.dtype)
        if not len(values.codes):
            return Codes(old, values.labels)
        return Codes(np.where(known, values.codes[np.maximum(at, 0)], old), values.labels)
    assert isinstance(values, Times)
    if not len(values.days):
        assert isinstance(own, Times)
        return own
    found = values.take(np.maximum(at, 0))
    return found if own is None else chosen(known, found, own)  # type: ignore[arg-type]


def _amounts(deals: Tracked, track: Track, at: Index, own: Column | None, rows: Any) -> Numbers:
    """The amount that held; the present one of deals without history says that it is that."""
    values, known = track.values, at >= 0
    assert isinstance(values, Numbers)
    if not isinstance(own, Numbers):
        own = Numbers(np.zeros(len(at), np.int64), np.full(len(at), MISSING, np.uint8))
    mine, theirs = in_one_scale(values, own)
    reasons = theirs.reasons()
    reasons = np.where(reasons == 0, AS_NOW, reasons)
    if len(mine.values):
        place = np.maximum(at, 0)
        why = np.where(known, mine.reasons()[place], reasons).astype(np.uint8)
        found = np.where(known, mine.values[place], theirs.values)
    else:
        why, found = reasons.astype(np.uint8), theirs.values
    numbers = Numbers(found, why, mine.scale, deals.history.most)
    listed = deals.columns.get("list_amount")
    if isinstance(listed, Numbers):
        there = known & (why == MISSING)
        stand_in = numbers.otherwise(listed.take(rows).only(there, MISSING), LISTED)
        numbers = replace(stand_in, bound=deals.history.most)
    return numbers
