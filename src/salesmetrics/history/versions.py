"""Versions of deals: a row for each stretch of time in which an open deal's fields were the same.

A stock is then what it is without history, entries minus exits; only the rows are finer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import (
    AS_NOW,
    LISTED,
    MISSING,
    Codes,
    Column,
    Numbers,
    Repeated,
    Times,
    chosen,
    in_one_scale,
    later_of,
    where,
)
from ..days import NEVER
from .stretches import Tracked, open_stretches
from .tracks import DealHistory, Track

__all__ = ["Taken", "held_at", "owners_at", "versions"]

Index = npt.NDArray[np.int64]


class Taken(Mapping[str, Column]):
    """Columns of another table at some of its rows, each taken when it is asked for."""

    def __init__(
        self,
        columns: Mapping[str, Column],
        rows: npt.NDArray[Any] | Repeated,
        own: dict[str, Column],
        later: dict[str, Callable[[Taken], Column]] | None = None,
    ) -> None:
        self._columns = columns
        self.own: dict[str, Column] = own
        self.rows: npt.NDArray[Any] | Repeated = rows
        # Made of these columns themselves: what holds on to them would hold itself.
        self.later: dict[str, Callable[[Taken], Column]] = later or {}

    def __getitem__(self, name: str) -> Column:
        if name in self.later and name not in self.own:
            self.own[name] = self.later[name](self)
        if name not in self.own:
            self.own[name] = self._columns[name].take(self.rows)
        return self.own[name]

    def passing(self, name: str) -> Column:
        """The same, not kept by us: what rows are grouped by is asked once for many figures."""
        kept = name in self.own or name in self.later
        return self[name] if kept else self._columns[name].take(self.rows)

    def source(self, name: str) -> Column:
        """A column of the other table itself, whatever stands for it here."""
        return self._columns[name]

    def cut(self, span: slice, rows: Repeated) -> Taken:
        """A part of these rows, whose columns are parts of theirs; `rows` says what it is of."""
        later = {name: self._part_of(name, span) for name in self.later if name not in self.own}
        own = {name: column.take(span) for name, column in self.own.items()}
        return Taken(self._columns, rows, own, later)

    def some(self, rows: npt.NDArray[Any], own: dict[str, Column]) -> Taken:
        """Some of these rows, some more than once, with columns that are theirs alone."""
        later = {name: self._part_of(name, rows) for name in self.later if name not in self.own}
        kept = {name: column.take(rows) for name, column in self.own.items()}
        return Taken(self._columns, self.rows[rows], {**kept, **own}, later)

    def _part_of(self, name: str, span: Any) -> Callable[[Taken], Column]:
        return lambda _: self[name].take(span)

    def __contains__(self, name: object) -> bool:
        return name in self.own or name in self._columns or name in self.later

    def __iter__(self) -> Iterator[str]:
        return iter({**self._columns, **self.own})

    def __len__(self) -> int:
        return len({**self._columns, **self.own})


def versions(deals: Tracked) -> Taken:
    """The open stretches of these deals, with the fields as they were in each."""

    history = deals.history or DealHistory({})
    rows, begun, until, places = open_stretches(deals)
    own: dict[str, Column] = {"created_at": begun, "closed_at": until}
    own["outcome"] = _open_ones(deals.codes("outcome"), rows)
    while_open = _while_open(deals)
    for name, track in history.tracks.items():
        at = places[name]
        if name == "amount":
            mine = while_open[name].take(rows) if name in while_open else None
            own[name] = _amounts(deals, history.amount or track, at, mine, rows)
        else:
            own[name] = _values(track, at, while_open.get(name, deals.columns.get(name)), rows)
    taken = Taken({**deals.columns, **while_open}, rows, own)
    if "overdue_at" in deals.columns:
        taken.later["overdue_at"] = _overdue
    return taken


def _open_ones(outcome: Codes, rows: Repeated) -> Codes:
    """Each open, save that what says nothing says none: where none does, one cell tells all."""
    code = outcome.codes.dtype.type(outcome.code("open"))
    if outcome.codes.all():
        return Codes(np.broadcast_to(code, len(rows)), outcome.labels)
    return Codes(rows.gathered((outcome.codes != 0) * code), outcome.labels)


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


def _overdue(versions: Taken) -> Column:
    """When each version's own expected close had passed while it stood."""
    begun, due = versions["created_at"], versions["expected_close_at"]
    assert isinstance(begun, Times) and isinstance(due, Times)
    return later_of(begun, due)


def owners_at(deals: Tracked, time: str) -> Codes:
    """The owner that each deal had at the time of an event; at a close on a day, the day's last."""
    return held_at(deals, "owner", time)


def held_at(deals: Tracked, field: str, time: str) -> Codes:
    """The owner, or team, that each deal had at the time of an event, likewise."""
    now = deals.codes(field)
    track = None if deals.history is None else deals.history.tracks.get(field)
    if track is None:
        return now
    times = deals.times(time)
    days = times.whole(deals.zone) if time == "closed_at" else None
    found = _values(track, track.place_at(times, days), now, slice(None))
    assert isinstance(found, Codes)
    return found


def _values(track: Track, at: Index | slice, current: Column | None, rows: Any) -> Column:
    """The value that held, or for deals without such history what stands in their row."""
    values = track.values
    if isinstance(at, slice):
        return values.take(at)
    if at.dtype == bool:
        return where(values, np.asarray(at, dtype=bool))
    known = at >= 0
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


def _amounts(
    deals: Tracked, track: Track, at: Index | slice, own: Column | None, rows: Any
) -> Numbers:
    """The amount that held; the present one of deals without history says that it is that."""
    if isinstance(at, slice) or at.dtype == bool:
        at = np.arange(len(track.days))[at]
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
        stand_in = numbers.otherwise(listed.take(rows).only(known, MISSING), LISTED)
        numbers = replace(stand_in, bound=deals.history.most)
    return numbers
