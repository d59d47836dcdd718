"""Stays: a row for each time a deal was in a stage, with how it left it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Column, Repeated, Times, counted_before, gathered, later_of, where
from ..days import NEVER
from ..errors import NeedsError
from ..reasons import column_needed, tables_needed
from ..results.tally import BITS
from .stretches import Tracked, ended
from .tracks import DECIDED_FROM, Track
from .unclosed import unclosed_rows
from .versions import Taken

__all__ = ["BILLION", "ENDED", "EXITS", "stays", "steps"]

EXITS = ("advanced", "lost", "moved_back", "handed_off", "still_there", "unknown")
LABELS = (None, *EXITS)
ADVANCED, LOST, BACK, HANDED, THERE, UNKNOWN = range(1, 7)
ENDED = np.isin(np.arange(len(LABELS)), (ADVANCED, LOST, BACK, HANDED))  # by code
OUTCOME_WON = 2
BILLION = 10**9
AT_ONCE = 2**16  # deals


def stays(deals: Tracked) -> Taken:
    """The stays of these deals in stages that are known and open."""
    history = deals.history
    track = None if history is None else history.tracks.get("stage")
    if history is None or track is None:
        raise NeedsError(tables_needed("stage_changes"), "stays in stages need stage_changes")
    types = history.type_of()
    if types is None:
        raise NeedsError(
            tables_needed("stages"), "stays in stages need the stages, with their types"
        )
    codes = track.values
    assert isinstance(codes, Codes)
    starts, deal = track.starts, Repeated(track.starts)
    until, leaves, after = _left(deals, track)
    keep = (types < DECIDED_FROM) & (codes.codes != 0)
    if deals.has("removed_at"):
        keep &= deal.gathered(deals.times("removed_at").days == NEVER)
    if (unclosed := unclosed_rows(deals.columns)) is not None:  # their last stay ended unseen
        keep[track.last[unclosed & track.has]] = False
    own: dict[str, Column] = {
        "stage": codes,
        "entered_at": track.times,
        "left_at": until,
        "exit": Codes(leaves, LABELS),
        "next_stage": Codes(after, codes.labels),
    }
    for name in ("owner", "team"):
        if (held := history.tracks.get(name)) is not None:
            own[name] = _held(held, deals.codes(name), deal[:], track.seconds)
    if not keep.all():
        own = {name: where(column, keep) for name, column in own.items()}
        deal = Repeated(counted_before(keep, starts))
    return Taken(deals.columns, deal, own)


def _left(deals: Tracked, track: Track) -> tuple[Times, npt.NDArray[np.uint8], npt.NDArray[Any]]:
    """When each value of stage ceased to hold, how it was left, and for which stage."""
    history, size, codes = deals.history, len(track.days), track.values
    assert isinstance(codes, Codes)
    end, outcome = ended(deals), deals.codes("outcome").codes
    # From each stage into each other: what that is, looked up and not compared row by row.
    table = _moves(history.types, history.ranks, history.pipelines)
    until, leaves, after = Times.of_rows(size), np.empty(size, np.uint8), np.empty_like(codes.codes)
    for first in range(0, deals.size, AT_ONCE):  # so that what is passing stays small
        part = slice(first, min(first + AT_ONCE, deals.size))
        rows = slice(int(track.starts[part.start]), int(track.starts[part.stop]))
        mine = track.take(part)
        times, leaves[rows], after[rows] = _left_by(mine, end.take(part), outcome[part], table)
        until = until.with_rows(rows, times)
    return until, leaves, after


def _left_by(
    track: Track, end: Times, outcome: npt.NDArray[Any], table: npt.NDArray[np.uint8]
) -> tuple[Times, npt.NDArray[np.uint8], npt.NDArray[Any]]:
    """The same of some deals, by when each ceased to stand open and its outcome."""
    assert isinstance(track.values, Codes)
    of = np.flatnonzero(track.has)
    last = track.last[of]
    until = track.times.followed(last, later_of(end.take(of), track.times.take(last)))
    code = track.values.codes
    after = np.append(code[1:], code.dtype.type(0))[: len(code)]
    after[last] = 0
    wide = np.uint16 if code.dtype == np.uint8 else np.uint32  # of two codes side by side
    pairs: npt.NDArray[Any] = code.astype(wide)
    leaves = gathered(table.ravel(), pairs * wide(len(table)) + after)
    decided = outcome[of] >= DECIDED_FROM
    leaves[last] = np.where(decided, np.where(outcome[of] == OUTCOME_WON, ADVANCED, LOST), THERE)
    return until, leaves, after


def _moves(
    types: npt.NDArray[np.uint8], ranks: npt.NDArray[np.int64], pipelines: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint8]:
    used = np.flatnonzero(types == 1)
    if (ranks[used] < 0).any():
        raise NeedsError(
            column_needed("stages", "order"), "stages need an order to tell forward from back"
        )
    a, b = np.meshgrid(np.arange(len(types)), np.arange(len(types)), indexing="ij")
    found = np.where(ranks[b] > ranks[a], ADVANCED, BACK)
    found = np.where(pipelines[a] != pipelines[b], HANDED, found)
    found = np.where(types[b] > OUTCOME_WON, LOST, found)
    found = np.where(types[b] == OUTCOME_WON, ADVANCED, found)
    return np.where(b == 0, UNKNOWN, found).astype(np.uint8)


def _held(
    track: Track, now: Codes, deal: npt.NDArray[Any], seconds: npt.NDArray[np.int64]
) -> Codes:
    """What each deal had at an instant of its own."""
    assert isinstance(track.values, Codes)
    keys = (track.deals().astype(np.int64) << BITS) | track.seconds
    at = np.searchsorted(keys, (deal.astype(np.int64) << BITS) | seconds, side="right") - 1
    there = at >= track.starts[deal]
    if not len(keys):
        return now.take(deal)
    codes = np.where(there, track.values.codes[np.maximum(at, 0)], now.codes[deal])
    return Codes(codes.astype(now.codes.dtype), now.labels)


def steps(deals: Tracked) -> npt.NDArray[np.int64]:
    """By code of stage, the product of the conversions from it on to the win, in billionths.

    A stage converts at: advanced / left, of all stays known.  -1 where a stage on the way was
    never left.
    """
    found_stays, history = stays(deals), deals.history
    stage, exits = found_stays["stage"], found_stays["exit"]
    assert isinstance(stage, Codes) and isinstance(exits, Codes)
    left = exits.codes
    size = len(stage.labels)
    counts = np.bincount(
        stage.codes.astype(np.int64) * len(LABELS) + left, minlength=size * len(LABELS)
    )
    by_exit = counts.reshape(size, len(LABELS))
    gone = by_exit.sum(axis=1) - by_exit[:, THERE]
    found = np.full(size, -1, dtype=np.int64)
    for pipeline in set(history.pipelines.tolist()):
        mine = np.flatnonzero((history.types == 1) & (history.pipelines == pipeline))
        share = Fraction(1)
        for code in sorted(mine.tolist(), key=lambda c: -int(history.ranks[c])):
            if not gone[code]:
                break
            share *= Fraction(int(by_exit[code, ADVANCED]), int(gone[code]))
            found[code] = round(share * BILLION)
    return found
