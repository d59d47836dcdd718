"""The history of deals: the values that a field had, and from when each of them held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..asked import Asked
from ..columns import (
    MISSING,
    PIECE,
    Codes,
    Column,
    Numbers,
    Times,
    arrays_of,
    chosen,
    counted_before,
    in_one_scale,
    never,
    where,
)
from ..days import NEVER
from .known import Known

__all__ = [
    "DECIDED_FROM",
    "FIELDS",
    "DealHistory",
    "Kept",
    "Track",
    "came_by",
    "starts_of",
    "to_come",
]

FIELDS = ("stage", "amount", "expected_close_at", "owner", "forecast_category", "team")
OPEN, DECIDED_FROM = 1, 2  # codes of outcomes: open, then won, lost and disqualified
Index = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Track:
    """One field's values by deal and time: those of deal i stand from starts[i] to starts[i + 1].

    The first of a deal holds from its creation on.
    """

    starts: npt.NDArray[Any]
    times: Times
    values: Column

    @classmethod
    def by_deal(cls, deals: npt.NDArray[Any], size: int, times: Times, values: Column) -> Track:
        """Values that stand by deal, of so many deals."""
        return cls(starts_of(deals, size), times, values)

    @property
    def seconds(self) -> npt.NDArray[np.int64]:
        return self.times.seconds

    @property
    def days(self) -> npt.NDArray[np.uint16]:
        return self.times.days

    def arrays(self) -> list[npt.NDArray[Any]]:
        """The arrays of times and values."""
        return [*arrays_of(self.times).values(), *arrays_of(self.values).values()]

    @property
    def has(self) -> Mask:
        """Which deals have changes of this field."""
        return self.starts[1:] > self.starts[:-1]

    @property
    def last(self) -> npt.NDArray[Any]:
        """Where each deal's last value stands (of a deal without: any place)."""
        found: npt.NDArray[Any] = np.maximum(self.starts[1:] - 1, 0)
        return found

    def deals(self) -> npt.NDArray[np.uint32]:
        """The deal of every value."""
        rows = np.arange(len(self.starts) - 1, dtype=np.uint32)
        return np.repeat(rows, np.diff(self.starts))

    def take(self, rows: slice | npt.NDArray[Any]) -> Track:
        """The values of these deals."""
        if isinstance(rows, slice):
            first, stop, _ = rows.indices(len(self.starts) - 1)
            stop = max(first, stop)
            starts = self.starts[first : stop + 1]
            span = slice(int(starts[0]), int(starts[-1]))
            return Track(starts - starts[0], self.times.take(span), self.values.take(span))
        has = self.has
        if np.count_nonzero(has[rows]) == np.count_nonzero(has) and (rows[1:] > rows[:-1]).all():
            # Only deals without a value are left out.
            return Track(np.append(self.starts[rows], self.starts[-1:]), self.times, self.values)
        lengths = (self.starts[1:] - self.starts[:-1])[rows]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        at = np.repeat(self.starts[:-1][rows] - starts[:-1], lengths) + np.arange(starts[-1])
        return Track(starts, self.times.take(at), self.values.take(at))

    def until(self, known: Known) -> Track:
        """Only what had been recorded then."""
        came = came_by(self.times, known)
        if came.all():
            return self
        starts = counted_before(came, self.starts)
        return Track(starts, where(self.times, came), where(self.values, came))

    def place_at(self, times: Times, of_whole_days: Mask | None = None) -> Index:
        """Where the value stands that each deal had at a time of its own; -1 without one by then.

        Of a deal marked in `of_whole_days` it is only the day that is known: its last value holds.
        """
        many = np.diff(self.starts)
        come = self.seconds <= np.repeat(times.seconds, many)
        if of_whole_days is not None:
            same = self.days == np.repeat(times.days, many)
            come |= same & np.repeat(of_whole_days, many)
        count = np.diff(counted_before(come, self.starts))
        return np.where(count > 0, self.starts[:-1] + count - 1, -1)


def starts_of(rows: npt.NDArray[Any], size: int, first: int = 0) -> npt.NDArray[Any]:
    """Where the rows of each of so many deals begin, and where the last ones end: they stand by
    deal, from this one on.  Those of a deal without any begin, and end, where the next ones do."""
    kind: Any = np.int32 if len(rows) < 2**31 else np.int64
    found: npt.NDArray[Any] = np.zeros(size + 1, kind)
    for at in range(0, len(rows), PIECE):  # so that what is passing stays small
        piece = rows[at : at + PIECE]
        counts, begin = np.bincount(piece - piece[0]), int(piece[0]) - first + 1
        here = slice(begin, begin + len(counts))
        found[here] = found[here] + counts
    np.cumsum(found, dtype=found.dtype, out=found)
    return found


class Kept(dict[Any, Any]):
    """What is made again where it is asked for: it does not travel."""

    def __reduce__(self) -> tuple[type[Kept], tuple[()]]:
        return Kept, ()


@dataclass(frozen=True, slots=True)
class DealHistory:
    """The tracks of a table of deals, and what the type of each stage says."""

    tracks: Mapping[str, Track]
    types: npt.NDArray[np.uint8] | None = None  # the outcome of each code of stage; 0: not told
    ranks: npt.NDArray[np.int64] | None = None  # the place of each code of stage in its pipeline
    pipelines: npt.NDArray[np.int64] | None = None  # the pipeline of each code of stage
    notes: Mapping[str, int] = field(default_factory=dict)
    # By field, the deals whose own cell is not what their changes say; these are used.
    contradicted: Mapping[str, Mask] = field(default_factory=dict)
    priced: Mapping[str, Any] = field(default_factory=dict)  # of the amounts: see below
    # What is made of a table with this history, once: a new history begins with none.
    made: Kept = field(default_factory=Kept, init=False, repr=False)

    @property
    def fields(self) -> tuple[str, ...]:
        """Those of which a change is known; of a field that nobody tracked a table has no row."""
        return tuple(n for n in FIELDS if n in self.tracks and len(self.tracks[n].days))

    @property
    def amount(self) -> Track | None:
        """Amounts in the reporting currency."""
        return self.priced.get("amount")

    @property
    def most(self) -> int:
        """No sum of amounts over versions can be larger."""
        found: int = self.priced.get("most", 0)
        return found

    def take(self, rows: Callable[[], slice | npt.NDArray[Any]]) -> DealHistory:
        """That of these deals, of which each track is taken when it is asked for."""

        def priced(name: str) -> Any:
            found = self.priced[name]
            return found.take(rows()) if isinstance(found, Track) else found

        return replace(
            self,
            tracks=Asked(self.tracks, lambda name: self.tracks[name].take(rows())),
            contradicted=Asked(self.contradicted, lambda name: self.contradicted[name][rows()]),
            priced=Asked(self.priced, priced),
        )

    def until(self, known: Known) -> DealHistory:
        """What had been recorded then: each track is cut when it is asked for."""
        tracks = self.tracks
        return replace(self, tracks=Asked(tracks, lambda name: tracks[name].until(known)))

    def with_values(self, name: str, values: Column) -> DealHistory:
        track = replace(self.tracks[name], values=values)
        return replace(self, tracks={**self.tracks, name: track})

    def relabelled(self, name: str, labels: tuple[Any, ...]) -> DealHistory:
        """With the names of one field in another numbering."""
        if name not in self.tracks:
            return self
        values = self.tracks[name].values
        assert isinstance(values, Codes)
        changed = self.with_values(name, values.relabelled(labels))
        if name != "stage" or labels == values.labels:
            return changed
        place = {label: at for at, label in enumerate(values.labels)}
        at = np.array([place.get(label, 0) for label in labels])
        moved = [None if a is None else a[at] for a in (self.types, self.ranks, self.pipelines)]
        return replace(changed, types=moved[0], ranks=moved[1], pipelines=moved[2])

    def type_of(self) -> npt.NDArray[np.uint8] | None:
        """The outcome that each value of stage says; None when no types are known."""
        track = self.tracks.get("stage")
        if track is None or self.types is None:
            return None
        assert isinstance(track.values, Codes)
        return self.types[track.values.codes]

    def closes(self) -> tuple[npt.NDArray[np.uint8], Index]:
        """Each deal's last type of stage, and where it entered the run of stages of that type."""
        track, types = self.tracks["stage"], self.type_of()
        assert types is not None
        begins = np.ones(len(types), dtype=bool)
        begins[1:] = types[1:] != types[:-1]
        begins[track.starts[:-1][track.has]] = True
        runs = np.flatnonzero(begins & (types >= DECIDED_FROM))
        last = track.last
        if not len(types):
            return np.zeros(len(last), np.uint8), last
        found = np.where(track.has, types[last], 0).astype(np.uint8)
        decided = np.flatnonzero(found >= DECIDED_FROM)
        entered = last.copy()
        entered[decided] = runs[np.searchsorted(runs, last[decided], side="right") - 1]
        return found, entered

    def standing(self, given: Mapping[str, Column], size: int) -> dict[str, Column]:
        """The columns with each deal's last value where it has one, else as given."""
        columns = dict(given)
        for name, track in self.tracks.items():
            columns[name] = last_of(track, columns.get(name), size)
        return columns


def last_of(track: Track, given: Column | None, size: int) -> Column:
    """The last value of each deal, or what was given."""
    has, last, values = track.has, track.last, track.values
    if not len(track.days):
        return _empty(values, size) if given is None else given
    if isinstance(values, Codes):
        old = given.codes if isinstance(given, Codes) else np.zeros(size, values.codes.dtype)
        if isinstance(given, Codes):
            assert given.labels == values.labels
        return Codes(
            np.where(has, values.codes[last], old).astype(values.codes.dtype), values.labels
        )
    if isinstance(values, Times):
        return chosen(has, values.take(last), given if isinstance(given, Times) else never(size))
    assert isinstance(values, Numbers)
    if not isinstance(given, Numbers):
        given = Numbers(np.zeros(size, np.int64), np.full(size, MISSING, np.uint8))
    mine, theirs = in_one_scale(values, given)
    why = np.where(has, mine.reasons()[last], theirs.reasons()).astype(np.uint8)
    return Numbers.of(np.where(has, mine.values[last], theirs.values), why, mine.scale)


def _empty(values: Column, size: int) -> Column:
    if isinstance(values, Codes):
        return Codes(np.zeros(size, values.codes.dtype), values.labels)
    if isinstance(values, Times):
        return never(size)
    return Numbers.of(np.zeros(size, np.int64), np.full(size, MISSING, np.uint8))


def came_by(times: Times, known: Known) -> Mask:
    """What had happened by then."""
    came = _by(times, known)
    came &= times.days != NEVER
    return came


def to_come(times: Times, known: Known) -> Mask:
    """What happened later than that; not what never did."""
    came = _by(times, known)
    came |= times.days == NEVER
    return ~came


def _by(times: Times, known: Known) -> Mask:
    return times.days <= known.day if known.second is None else times.by(known.second)
