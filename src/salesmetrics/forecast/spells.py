"""Stays of deals in stages, by day: what the stage models learn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SalesMetricsError
from .arrays import BoolArray, IntArray, ShortArray, codes, short

__all__ = ["NO_MOVE", "OPEN", "Spells"]

OPEN = 2**30  # the day on which a spell that still lasts is left, or any later one
NO_MOVE = -1  # the next state where none is known


@dataclass(frozen=True)
class Spells:
    """One row per stay of a deal in a stage, in order of deal and day.

    `deal` 0..`deals`-1; `stage` 0..`stages`-1 in their order; `enter` the day of entry, from which
    age in stage counts; `start` the first day on which the row was seen (later than `enter` where
    history begins later, or where a covariate changed); `leave` the first day on which it stood no
    longer there, `OPEN` while it does; `next` the state it moved to then: a stage, `won`, `lost`,
    or `NO_MOVE`. `row` is the position in the arrays given. All stand in four bytes: there are
    millions of them, and every model reads them anew.

    A day has one state, the one at its end: stays that begin and end on one day are left out, and
    the row before them moves to where the day ended.
    """

    stages: int
    deals: int
    deal: ShortArray
    stage: ShortArray
    enter: ShortArray
    start: ShortArray
    leave: ShortArray
    next: ShortArray
    row: ShortArray

    @property
    def won(self) -> int:
        """The state of a deal that is won."""
        return self.stages

    @property
    def lost(self) -> int:
        """The state of a deal that is lost."""
        return self.stages + 1

    @classmethod
    def of(
        cls,
        deal: ArrayLike,
        stage: ArrayLike,
        enter: ArrayLike,
        leave: ArrayLike,
        next: ArrayLike,
        *,
        stages: int,
        start: ArrayLike | None = None,
    ) -> Spells:
        """Spells from arrays in any order; rows of one deal and day in the order they happened."""
        who = short("deal", deal)
        size = len(who)
        if size and who.min() < 0:
            raise SalesMetricsError("deal has a code below 0; number the deals from 0")
        if stages < 1:
            raise SalesMetricsError(f"stages is {stages}; there has to be at least one")
        where = short("stage", stage, size)
        if size and not 0 <= where.min() <= where.max() < stages:
            codes("stage", where, stages)  # says which
        entered, left = short("enter", enter, size), short("leave", leave, size, most=OPEN)
        moved = short("next", next, size)
        if size and not NO_MOVE <= moved.min() <= moved.max() <= stages + 1:
            codes("next", moved + np.int64(1), stages + 3)  # says which
        seen = entered if start is None else np.maximum(short("start", start, size), entered)
        if (left < entered).any():
            at = int(np.argmax(left < entered))
            raise SalesMetricsError(f"leave[{at}] lies before enter[{at}]")
        if ((left >= OPEN) & (moved != NO_MOVE)).any():
            raise SalesMetricsError("a row that is still open has moved nowhere; next is -1")
        ordered, order = [who, where, entered, seen, left, moved], None
        if not _in_order(who, entered, seen):
            order = np.lexsort((seen, entered, who))
            ordered = _taken(ordered, order)
        lasting = ordered[4] > ordered[3]
        ordered[5] = _end_of_day(ordered[0], ordered[1], ordered[5], lasting)
        total = int(who.max()) + 1 if size else 0
        rows = np.arange(size, dtype=np.int32) if order is None else order.astype(np.int32)
        ordered.append(rows)
        if not lasting.all():
            ordered = _taken(ordered, np.flatnonzero(lasting))
        return cls(stages, total, *ordered)

    def cut(self, boundaries: IntArray) -> Spells:
        """The same stays, each cut at the boundaries (ascending days) that fall inside it.

        A piece that ends at a boundary has moved nowhere then; ages go on counting.
        """
        first = np.searchsorted(boundaries, self.start, side="right")
        pieces = np.searchsorted(boundaries, self.leave, side="left") - first + 1
        if (pieces == 1).all():
            return self
        row = np.repeat(np.arange(len(pieces)), pieces)
        piece = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        edge = np.concatenate([boundaries, [OPEN]]).astype(np.int32)
        last = piece == pieces[row] - 1
        return Spells(
            self.stages,
            self.deals,
            self.deal[row],
            self.stage[row],
            self.enter[row],
            np.where(piece == 0, self.start[row], edge[first[row] + piece - 1]),
            np.where(last, self.leave[row], edge[first[row] + piece]),
            np.where(last, self.next[row], NO_MOVE),
            self.row[row],
        )

    def open_at(self, as_of: int) -> IntArray:
        """Positions of the rows that stand open at the end of day `as_of`."""
        return np.flatnonzero((self.start <= as_of) & (self.leave > as_of))

    def closed(self, as_of: int) -> tuple[BoolArray, BoolArray]:
        """By deal: won by the end of day `as_of`, lost by then; the last close known counts.

        A deal that was reopened and is open again is neither.
        """
        found = np.flatnonzero((self.leave <= as_of) & (self.next >= self.won))
        last = np.full(self.deals, NO_MOVE, dtype=np.int32)
        last[self.deal[found]] = self.next[found]
        last[self.deal[self.open_at(as_of)]] = NO_MOVE
        return last == self.won, last == self.lost


def _taken(columns: list[ShortArray], rows: IntArray) -> list[ShortArray]:
    """These rows of each; one that stands there twice is taken once."""
    once = {id(column): column.take(rows, mode="clip") for column in columns}
    return [once[id(column)] for column in columns]


def _in_order(*keys: ShortArray) -> bool:
    """Whether the rows ascend, each key deciding where those before it are alike."""
    ascends = np.ones(max(len(keys[0]) - 1, 0), dtype=bool)
    for key in reversed(keys):
        ascends = (key[1:] > key[:-1]) | ((key[1:] == key[:-1]) & ascends)
    return bool(ascends.all())


def _end_of_day(
    deal: ShortArray, stage: ShortArray, moved: ShortArray, lasting: BoolArray
) -> ShortArray:
    """Where each row moved to, seen at the end of the day: past stays of no day at all."""
    size = len(deal)
    if not size or lasting.all():
        return moved
    # The last row of the run of momentary rows of the same deal that follows each row.
    ends = np.ones(size, dtype=bool)
    ends[:-1] = lasting[1:] | (deal[1:] != deal[:-1])
    followed, last = np.flatnonzero(~ends), np.flatnonzero(ends)
    last = last[np.searchsorted(last, followed)]
    found = moved.copy()
    found[followed] = np.where(moved[last] == NO_MOVE, stage[last], moved[last])
    return found
