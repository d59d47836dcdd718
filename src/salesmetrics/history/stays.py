"""Stays: a row for each time a deal was in a stage, with how it left it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import (
    AskedTimes,
    Codes,
    Column,
    Repeated,
    Times,
    counted_before,
    gathered,
    later_of,
    where,
)
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
    types = history.types
    if types is None:
        raise NeedsError(
            tables_needed("stages"), "stays in stages need the stages, with their types"
        )
    codes = track.values
    assert isinstance(codes, Codes)
    starts, deal = track.starts, Repeated(track.starts)
    left, leaves, after = _left(deals, track)
    stands = (types < DECIDED_FROM) & (np.arange(len(types)) != 0)  # by code of stage
    keep = gathered(stands, codes.codes)
    if deals.has("removed_at"):
        keep &= deal.gathered(deals.times("removed_at").days == NEVER)
    if (unclosed := unclosed_rows(deals.columns)) is not None:  # their last stay ended unseen
        keep[track.last[unclosed & track.has]] = False
    own: dict[str, Column] = {
        "stage": codes,
        "entered_at": track.times,
        "left_at": left,
        "exit": Codes(leaves, LABELS),
        "next_stage": Codes(after, codes.labels),
    }
    for name in ("owner", "team"):
        if (held := history.tracks.get(name)) is not None:
            own[name] = _held(held, deals.codes(name), np.asarray(deal), track.seconds)
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
    days, leaves = np.empty(size, np.uint16), np.empty(size, np.uint8)
    after = np.empty_like(codes.codes)
    for part, rows in _parts(track):
        mine = track.take(part)
        days[rows] = _until(replace(mine, times=mine.times.dated), end.take(part).dated).days
        leaves[rows], after[rows] = _left_by(mine, outcome[part], table)
    return AskedTimes(partial(_seconds_left, track, end), days), leaves, after


def _parts(track: Track) -> Iterator[tuple[slice, slice]]:
    """Some deals, and the rows of their values, so that what is passing stays small."""
    size = len(track.starts) - 1
    for first in range(0, size, AT_ONCE):
        part = slice(first, min(first + AT_ONCE, size))
        yield part, slice(int(track.starts[part.start]), int(track.starts[part.stop]))


def _until(track: Track, end: Times) -> Times:
    """When each value ceased to hold: with the next one, or when its deal ceased to stand open."""
    of = np.flatnonzero(track.has)
    last = track.last[of]
    return track.times.followed(last, later_of(end.take(of), track.times.take(last)))


def _seconds_left(track: Track, end: Times) -> npt.NDArray[Any]:
    until = Times.of_rows(len(track.days))
    for part, rows in _parts(track):
        until = until.with_rows(rows, _until(track.take(part), end.take(part)))
    found: npt.NDArray[Any] = until.seconds if until.exact is None else until.exact
    return found


def _left_by(
    track: Track, outcome: npt.NDArray[Any], table: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[Any]]:
    """How the stages of some deals were left, and for which, by the outcome of each deal."""
    assert isinstance(track.values, Codes)
    of = np.flatnonzero(track.has)
    last, code = track.last[of], track.values.codes
    after = np.append(code[1:], code.dtype.type(0))[: len(code)]
    after[last] = 0
    wide = np.uint16 if code.dtype == np.uint8 else np.uint32  # of two codes side by side
    pairs: npt.NDArray[Any] = code.astype(wide)
    leaves = gathered(table.ravel(), pairs * wide(len(table)) + after)
    decided = outcome[of] >= DECIDED_FROM
    leaves[last] = np.where(decided, np.where(outcome[of] == OUTCOME_WON, ADVANCED, LOST), THERE)
    return leaves, after


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
