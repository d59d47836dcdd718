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

FAR = 2**62  # the day of what has not happened
STAYED = -1  # the next state of a stay that nothing followed, or nobody knows what
WON = 2
Days = npt.NDArray[np.int64]
Amounts = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StageStays:
    """A row for each stay of a deal in an open stage.

    `stages` are the open stages in order; `stage` and `next` are places among them, in `next` the
    first number after them is a win, the one after that any other close, and -1 nothing known.
    `start` is the first day on which moves were recorded, where a stay began before it.
    `amount` is that of the deal when the stay began, in minor units, NaN where it is not known;
    None where no row tells what amounts were.
    """

    stages: tuple[str, ...]
    deal: Days
    stage: Days
    enter: Days
    start: Days
    leave: Days
    next: Days
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
    closed = _days(deals.times("closed_at"))
    # What closed on a day that nobody knows teaches nothing of time.
    how = np.where(removed_rows(deals) | ((how > 0) & (closed == FAR)), -1, how)
    created = _days(deals.times("created_at")) if deals.has("created_at") else closed * 0 + FAR
    worth = np.full(deals.size, np.nan)
    if deals.has("amount"):
        worth = known_numbers(deals.numbers("amount"))
    amount = np.where(how == 1, worth, np.nan)
    today = NEVER - 1 if deals.known is None else deals.known.day
    stays, lacking = _stays(deals, how, closed)
    return DealLives(today, created, closed, how, worth, amount, stays, lacking)


def known_numbers(numbers: Numbers) -> Amounts:
    """As floats, NaN where not known."""
    found: Amounts = numbers.values.astype(np.float64) / numbers.scale
    known = numbers.known()
    return found if known is None else np.where(known, found, np.nan)


def _days(times: Times) -> Days:
    found: Days = times.days.astype(np.int64)
    found[times.days == NEVER] = FAR
    return found


def _stays(deals: Deals, how: Days, closed: Days) -> tuple[StageStays | None, Reason | None]:
    try:
        found: Stays = stays_of(deals)
    except NeedsError as lacking:
        return None, as_reason(lacking.needs)
    rows: Any = found.columns.rows  # type: ignore[attr-defined]
    history, stage = deals.history, found.codes("stage")
    places, names = _open_stages(stage, history)
    # Those that are learned from first: there are many, and each column of all would be as long.
    keep = np.flatnonzero((how >= 0)[rows] & (places >= 0)[stage.codes])
    deal = rows[keep].astype(np.int64)
    entered, left = found.times("entered_at").take(keep), _days(found.times("left_at").take(keep))
    after, exits = found.codes("next_stage").codes[keep], found.codes("exit").codes[keep]
    state = np.where(history.types == WON, len(names), len(names) + 1)
    state = np.where(history.types == 1, places, state)
    state[0] = STAYED
    moved = state[after]
    for exit, end in (("advanced", len(names)), ("lost", len(names) + 1)):
        moved[(after == 0) & (exits == EXITS.index(exit) + 1)] = end
    moved[left == FAR] = STAYED
    enter, first = _days(entered), _first_move(history.tracks["stage"])
    start = enter if first <= enter.min(initial=FAR) else np.maximum(enter, first)
    np.maximum(left, enter, out=left)
    amounts = _amounts_at(deals, deal, entered)
    stays = StageStays(names, deal, places[stage.codes[keep]], enter, start, left, moved, amounts)
    return stays, None


def _open_stages(stage: Codes, history: Any) -> tuple[Days, tuple[str, ...]]:
    """The place of each code of stage among the open ones, pipeline by pipeline; -1 for others."""
    is_open = np.flatnonzero((history.types < DECIDED_FROM) & (history.types > 0))
    order = sorted(is_open.tolist(), key=lambda c: (history.pipelines[c], history.ranks[c]))
    places = np.full(len(stage.labels), -1, dtype=np.int64)
    places[order] = np.arange(len(order))
    return places, tuple(str(stage.labels[code]) for code in order)


def _first_move(track: Track) -> int:
    """The day before the first move that was recorded: deals that closed before left no stays."""
    first = np.zeros(len(track.days), dtype=bool)
    first[track.starts[:-1][track.has]] = True
    moves = track.days[~first]
    return int(moves.min()) - 1 if len(moves) else 0


def _amounts_at(deals: Deals, rows: Days, at_times: Times) -> Amounts | None:
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
    at = np.searchsorted(keys, (rows << BITS) | at_times.seconds, side="right") - 1
    there = at >= track.starts[rows]
    return np.where(there, known_numbers(track.values)[np.maximum(at, 0)], now[rows])
