"""The lives of deals by day: when each was created, moved and closed, as models of them read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Numbers, Times
from ..days import NEVER
from ..errors import NeedsError
from ..history.stays import EXITS
from ..history.tracks import DECIDED_FROM, Track
from ..reasons import Reason, as_reason
from ..results.tally import BITS
from .deal_rows import Stays, stays_of
from .deal_sets import removed_rows
from .deals import Deals

__all__ = ["FAR", "DealLives", "StageStays", "deal_lives", "known_numbers"]

FAR = 2**30  # the day of what has not happened
STAYED = -1  # the next state of a stay that nothing followed, or nobody knows what
WON = 2
Days = npt.NDArray[np.int64]
ShortDays = npt.NDArray[np.int32]
Amounts = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StageStays:
    """A row for each stay of a deal in an open stage.

    `stages` are the open stages in order; `stage` and `next` are places among them, in `next` the
    first number after them is a win, the one after that any other close, and -1 nothing known.
    `start` is the first day on which moves were recorded, where a stay began before it.
    `amount` is that of the deal when the stay began, in minor units, NaN where it is not known;
    None where no row tells what amounts were.  Places and days stand in four bytes: stays are many.
    """

    stages: tuple[str, ...]
    deal: ShortDays
    stage: ShortDays
    enter: ShortDays
    start: ShortDays
    leave: ShortDays
    next: ShortDays
    amount: Amounts | None


@dataclass(frozen=True, slots=True)
class DealLives:
    """What is known of deals, one entry a deal; days since 1970, `FAR` where none is known.

    `outcome`: 0 open, 1 won, 2 lost or disqualified, -1 where it is not known or the deal was
    removed: nothing is learned from it. `worth` is the amount as known in minor units, `amount`
    that of wins alone, NaN where it is not known; `stays` None where there is no history of
    stages, for the reason `lacking`.
    """

    today: int
    created: Days
    closed: Days
    outcome: Days
    worth: Amounts
    amount: Amounts
    stays: StageStays | None
    lacking: Reason | None


def deal_lives(deals: Deals) -> DealLives:
    """The lives of all deals of a table, as they are known; a filter is not looked at."""
    outcome = deals.codes("outcome")
    order = {"open": 0, "won": 1, "lost": 2, "disqualified": 2}
    kinds = np.array([order.get(str(label), -1) for label in outcome.labels], dtype=np.int64)
    how = kinds[outcome.codes]
    closed = _days(deals.times("closed_at")).astype(np.int64)
    # What closed on a day that nobody knows teaches nothing of time.
    how = np.where(removed_rows(deals) | ((how > 0) & (closed == FAR)), -1, how)
    created = np.full(deals.size, FAR, dtype=np.int64)
    if deals.has("created_at"):
        created = _days(deals.times("created_at")).astype(np.int64)
    worth = np.full(deals.size, np.nan)
    if deals.has("amount"):
        worth = known_numbers(deals.numbers("amount"))
    amount = np.where(how == 1, worth, np.nan)
    today = NEVER - 1 if deals.known is None else deals.known.day
    stays, lacking = _stays(deals, how)
    return DealLives(today, created, closed, how, worth, amount, stays, lacking)


def known_numbers(numbers: Numbers) -> Amounts:
    """As floats, NaN where not known."""
    found: Amounts = numbers.values.astype(np.float64)
    found /= numbers.scale
    known = numbers.known()
    if known is not None:
        np.putmask(found, ~known, np.nan)
    return found


def _days(times: Times) -> ShortDays:
    found = times.days.astype(np.int32)
    np.putmask(found, times.days == NEVER, FAR)
    return found


def _stays(deals: Deals, how: Days) -> tuple[StageStays | None, Reason | None]:
    try:
        found: Stays = stays_of(deals)
    except NeedsError as lacking:
        return None, as_reason(lacking.needs)
    rows = np.asarray(found.columns.rows)  # type: ignore[attr-defined]
    history, stage = deals.history, found.codes("stage")
    places, names = _open_stages(stage, history)
    # Those that are learned from first: there are many, and each column of all would be as long.
    learned = (how >= 0).take(rows) & (places >= 0).take(stage.codes)
    keep: Any = slice(None) if learned.all() else np.flatnonzero(learned)
    deal = rows[keep].astype(np.int32, copy=False)
    entered, left = found.times("entered_at").take(keep), _days(found.times("left_at").take(keep))
    after, exits = found.codes("next_stage").codes[keep], found.codes("exit").codes[keep]
    state = np.where(history.types == WON, len(names), len(names) + 1)
    state = np.where(history.types == 1, places, state).astype(np.int32)
    state[0] = STAYED
    moved = state.take(after)
    for exit, end in (("advanced", len(names)), ("lost", len(names) + 1)):
        np.putmask(moved, (after == 0) & (exits == EXITS.index(exit) + 1), end)
    np.putmask(moved, left == FAR, STAYED)
    enter, first = _days(entered), _first_move(history.tracks["stage"])
    start = enter if first <= enter.min(initial=FAR) else np.maximum(enter, np.int32(first))
    np.maximum(left, enter, out=left)
    amounts = _amounts_at(deals, deal, entered)
    stood = places.take(stage.codes[keep])
    return StageStays(names, deal, stood, enter, start, left, moved, amounts), None


def _open_stages(stage: Codes, history: Any) -> tuple[ShortDays, tuple[str, ...]]:
    """The place of each code of stage among the open ones, pipeline by pipeline; -1 for others."""
    is_open = np.flatnonzero((history.types < DECIDED_FROM) & (history.types > 0))
    order = sorted(is_open.tolist(), key=lambda c: (history.pipelines[c], history.ranks[c]))
    places = np.full(len(stage.labels), -1, dtype=np.int32)
    places[order] = np.arange(len(order))
    return places, tuple(str(stage.labels[code]) for code in order)


def _first_move(track: Track) -> int:
    """The day before the first move that was recorded: deals that closed before left no stays."""
    first = np.zeros(len(track.days), dtype=bool)
    first[track.starts[:-1][track.has]] = True
    moves = track.days[~first]
    return int(moves.min()) - 1 if len(moves) else 0


def _amounts_at(deals: Deals, rows: ShortDays, at_times: Times) -> Amounts | None:
    """What each deal was worth at an instant: by its changes, else by its list amount."""
    history = deals.history
    track = history.amount or history.tracks.get("amount")
    if track is None:
        listed = deals.columns.get("list_amount")
        return known_numbers(listed)[rows] if isinstance(listed, Numbers) else None
    now = np.full(deals.size, np.nan)
    if deals.has("amount"):
        now = known_numbers(deals.numbers("amount"))
    if not len(track.days):
        return now[rows]
    keys = (track.deals().astype(np.int64) << BITS) | track.seconds
    sought = (rows.astype(np.int64) << BITS) | at_times.seconds
    at = np.searchsorted(keys, sought, side="right") - 1
    there = at >= track.starts[rows]
    return np.where(there, known_numbers(track.values)[np.maximum(at, 0)], now[rows])
