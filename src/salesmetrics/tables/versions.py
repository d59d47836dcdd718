"""Versions of deals: a row for each stretch of time in which an open deal's fields were the same.

A stock is then what it is without history, entries less exits; only the rows are finer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from ..columns import AS_NOW, LISTED, MISSING, Codes, Column, Numbers, Times, chosen, in_one_scale
from ..days import NEVER
from ..history.tracks import DECIDED_FROM, History, Track
from ..periods import Periods, as_periods
from ..results.grid import Axes
from .contracts import later_of
from .grouping import By, as_by, grouping
from .window import Window

if TYPE_CHECKING:
    from .deals import Deals

__all__ = ["Taken", "ended", "owners_at", "versions", "window_over"]

CHUNK = 65_536
W = TypeVar("W", bound=Window)
Index = npt.NDArray[np.int64]


class Taken(Mapping[str, Column]):
    """Columns of another table at some of its rows, each taken when it is asked for."""

    def __init__(
        self,
        columns: Mapping[str, Column],
        rows: Any,
        own: dict[str, Column],
        later: Mapping[str, Callable[[], Column]] | None = None,
    ) -> None:
        self._columns, self.rows, self._own, self._later = columns, rows, own, later or {}

    def __getitem__(self, name: str) -> Column:
        if name in self._later and name not in self._own:
            self._own[name] = self._later[name]()
        if name not in self._own:
            self._own[name] = self._columns[name].take(self.rows)
        return self._own[name]

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in self._columns or name in self._later

    def __iter__(self) -> Iterator[str]:
        return iter({**self._columns, **self._own})

    def __len__(self) -> int:
        return len({**self._columns, **self._own})


def ended(deals: Deals) -> Times:
    """When each deal ceased to stand open: closed or removed, whichever came first."""
    closed = deals.times("closed_at")
    if not deals.has("removed_at"):
        return closed
    removed = deals.times("removed_at")
    return chosen(removed.before(closed), removed, closed)


def versions(deals: Deals) -> Deals:
    """The open stretches of these deals, with the fields as they were in each."""
    from .deals import DealVersions  # made of the class that is made by this

    history = deals.history or History({})
    created, end = deals.times("created_at"), ended(deals)
    rows, seconds, days, places = _stretches(deals, created)
    until_days = np.append(days[1:], np.uint16(NEVER))
    until_seconds = np.append(seconds[1:], end.seconds[rows[-1:]])
    last = np.append(rows[1:] != rows[:-1], np.ones(min(len(rows), 1), dtype=bool))
    stop_days, stop_seconds = end.days[rows], end.seconds[rows]
    until_days = np.where(last, stop_days, np.minimum(until_days[: len(rows)], stop_days))
    until_seconds = np.where(
        last, stop_seconds, np.minimum(until_seconds[: len(rows)], stop_seconds)
    )
    undated = days == NEVER
    stands = (days < until_days) | undated
    types = history.type_of()
    if types is not None and len(types):
        at = places["stage"]
        stands &= (at < 0) | (types[np.maximum(at, 0)] < DECIDED_FROM)
    # A deal's first stretch is kept though it be of no length: the deal was there.
    first = np.append(np.ones(min(len(rows), 1), dtype=bool), rows[1:] != rows[:-1])
    until_days = np.where(stands, until_days, np.minimum(days, stop_days))
    until_seconds = np.where(stands, until_seconds, np.minimum(seconds, stop_seconds))
    keep = np.flatnonzero(stands | first)
    rows = rows[keep]
    own: dict[str, Column] = {
        "created_at": Times(
            np.where(undated, seconds, np.minimum(seconds, stop_seconds))[keep],
            np.where(undated, days, np.minimum(days, stop_days))[keep],
        ),
        "closed_at": Times(until_seconds[keep], until_days[keep]),
    }
    outcome = deals.codes("outcome")
    own["outcome"] = Codes(
        np.full(len(rows), outcome.code("open"), outcome.codes.dtype), outcome.labels
    )
    closed = deals.times("closed_at").days != NEVER
    for name in ("stage", "forecast_category", "loss_reason"):
        if name in deals.columns:
            own[name] = deals.codes(name).only(~closed).take(rows)
    for name in ("amount", "probability"):
        if name in deals.columns:
            own[name] = deals.numbers_before(name, "closed_at").take(rows)
    for name, track in history.tracks.items():
        at = places[name][keep]
        if name == "amount":
            own[name] = _amounts(deals, history.amount or track, at, own.get(name), rows)
        else:
            own[name] = _values(track, at, own.get(name), deals.columns.get(name), rows)
    later: dict[str, Callable[[], Column]] = {}
    if types is not None:
        later["step_probability"] = lambda: _step_probability(deals, own["stage"])
    if "overdue_at" in deals.columns:
        later["overdue_at"] = lambda: _overdue(deals, own, rows)
    return DealVersions(
        size=len(rows),
        given={},
        columns=Taken(deals.columns, rows, own, later),
        extra={name: raw.take(rows) for name, raw in deals.extra.items()},
        currency=deals.currency,
        zone=deals.zone,
        rates=deals.rates,
        known=deals.known,
        past=history.fields,
        complete=deals.complete,
        links=deals.links,
    )


def _overdue(deals: Deals, own: Mapping[str, Column], rows: Any) -> Times:
    """When each version's own expected close had passed while it stood."""
    begun, due = own["created_at"], own.get("expected_close_at")
    if not isinstance(due, Times):
        due = deals.times("expected_close_at").take(rows)
    assert isinstance(begun, Times)
    return later_of(begun, due)


def owners_at(deals: Deals, time: str) -> Deals:
    """The deals, each with the owner it had at the time of an event."""
    track, now = deals.history.tracks["owner"], deals.codes("owner")
    at = track.place_at(deals.times(time).seconds)
    owner = _values(track, at, now, None, None)
    columns = {**deals.columns, "owner": owner}
    past = tuple(dict.fromkeys((*deals.past, "owner")))
    return replace(deals, columns=columns, history=None, memo=None, past=past)


def _step_probability(deals: Deals, stage: Column) -> Numbers:
    """The product of the conversions from each version's stage on, learned from all deals."""
    from .stays import BILLION, steps  # made of versions' sisters, the stays

    run = {} if deals.memo is None else deals.memo.run
    whole: Any = deals if deals.memo is None else deals.memo.whole
    if "steps" not in run:
        run["steps"] = steps(whole)
    assert isinstance(stage, Codes)
    found = run["steps"][stage.codes]
    why = np.where(found < 0, MISSING, 0).astype(np.uint8)
    return Numbers.of(np.maximum(found, 0), why, BILLION)


def _stretches(
    deals: Deals, created: Times
) -> tuple[npt.NDArray[Any], Index, npt.NDArray[np.uint16], dict[str, Index]]:
    """A row for each change of any field: deal, from when, and where each field's value stands."""
    tracks = {} if deals.history is None else deals.history.tracks
    if len(tracks) == 1:
        name, track = next(iter(tracks.items()))
        if track.has.all():  # as it comes: already in order, and every deal has its own
            return track.deals(), track.seconds, track.days, {name: np.arange(len(track.days))}
    every = np.arange(deals.size, dtype=np.uint32)
    rows = np.concatenate([every, *(track.deals() for track in tracks.values())])
    seconds = np.concatenate([created.seconds, *(track.seconds for track in tracks.values())])
    days = np.concatenate([created.days, *(track.days for track in tracks.values())])
    # A deal without any beginning stands before all that might follow; it has no changes.
    order = np.lexsort((seconds, rows))
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


def _values(
    track: Track, at: Index, own: Column | None, current: Column | None, rows: Any
) -> Column:
    """The value that held, or for deals without such history what stands in their row."""
    values, known = track.values, at >= 0
    if own is None and current is not None:
        own = current.take(rows)
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
    return found if own is None or known.all() else chosen(known, found, own)  # type: ignore[arg-type]


def _amounts(deals: Deals, track: Track, at: Index, own: Column | None, rows: Any) -> Numbers:
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


def window_over(
    deals: Deals,
    what: str,
    made: Callable[[Deals], Deals],
    verb: tuple[str, ...],
    period: Periods | str,
    by: By,
    window: Callable[[Any, Axes, Any, Any], W],
    earlier: int = 0,
) -> W:
    """A window over rows made of the deals: versions of them, or their stays in stages.

    Made batch by batch, so that the rows never have to be held for the whole table.
    """
    names, memo = as_by(by), deals.memo
    run: dict[Any, Any] = {} if memo is None else memo.run
    batch: dict[Any, Any] = {} if memo is None else memo.batch
    key = (what, verb, period, names, earlier)
    if key in batch:
        found: W = batch[key]
        return found
    if ("rows", what) not in batch:
        batch["rows", what] = made(deals)
    table = batch["rows", what]
    if ("groups", what, names) not in run:
        whole: Any = deals if memo is None else memo.whole
        run["groups", what, names] = _groups(whole, made, names, table)
    groups = run["groups", what, names]
    of_axes = ("axes", period, names, groups, earlier)
    if of_axes not in run:
        run[of_axes] = Axes(as_periods(period), names, groups, earlier)
    axes = run[of_axes]
    mine = grouping(table, names)
    place = {group: at for at, group in enumerate(groups)}
    codes = None
    if mine.codes is not None:
        to = np.array([place[group] for group in mine.groups if group in place], dtype=np.uint32)
        if len(to) < len(mine.groups):
            raise AssertionError("a group of a batch that the whole table lacks")
        codes = to[mine.codes] if len(to) else np.zeros(0, np.uint32)
    batch[key] = window(table, axes, codes, run.setdefault(("kept", *key), {}))
    made_window: W = batch[key]
    return made_window


def _groups(
    whole: Deals, made: Callable[[Deals], Deals], names: tuple[str, ...], table: Deals
) -> tuple[tuple[Any, ...], ...]:
    """All groups that occur in the rows made of the whole table, or are on a roster."""
    if not names:
        return ((),)
    if whole.size <= CHUNK:
        return grouping(made(whole), names).groups
    found: set[tuple[Any, ...]] = set()
    for first in range(0, whole.size, CHUNK):
        found |= set(grouping(made(whole._rows(slice(first, first + CHUNK))), names).groups)
    orders = [_rank(table, name) for name in names]
    return tuple(
        sorted(
            found,
            key=lambda group: tuple(
                (part is None, order.get(part, len(order)), str(part))
                for part, order in zip(group, orders, strict=True)
            ),
        )
    )


def _rank(table: Deals, name: str) -> dict[Any, int]:
    """The order of a column's names: stages in that of their process."""
    if not table.has(name):
        return {}
    column = table.column(name)
    return (
        {label: at for at, label in enumerate(column.labels)} if isinstance(column, Codes) else {}
    )
