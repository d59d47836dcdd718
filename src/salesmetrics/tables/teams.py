"""Which team an owner was in, and with its owner a deal.

A deal that names no team of its own is in that of its owner: whoever takes it over brings the deal
to another team, and an owner who moves takes the open deals along.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Keys, Times, chosen, common_labels, joined_times, never
from ..errors import DataError, NeedsError
from ..history.tracks import DealHistory, Track
from ..reasons import tables_needed
from ..results.rows_read import all_read
from .changes import TeamChanges, placed
from .deals import Deals
from .linking import rows_named
from .owners import Owners
from .refused import refuse
from .table import OnError, Table

__all__ = ["with_moves"]

SECOND_BITS, BEFORE = 33, 2 * 86_400  # what holds every second there is, and a zone's hours
Index = npt.NDArray[np.int64]


def with_moves(tables: dict[str, Table], on_error: OnError) -> dict[str, Table]:
    """Deals with the teams that their owners were in, where changes of team are given."""
    moves, owners, deals = (tables.get(name) for name in ("team_changes", "owners", "deals"))
    if moves is None:
        return tables
    if not isinstance(owners, Owners):
        raise NeedsError(tables_needed("owners"), "team_changes tell of owners; pass owners= too")
    found, left = _with_teams(deals if isinstance(deals, Deals) else None, owners, moves)
    if on_error == "raise" and left is not moves:
        raise DataError(moves.name, left.rejected[len(moves.rejected) :])
    if found is not None:
        told = all_read(found.rows_read, left.rows_read)
        tables = tables | {"deals": replace(found, rows_read=told)}
    return tables | {moves.name: left}


def _with_teams(deals: Deals | None, owners: Owners, changes: Table) -> tuple[Deals | None, Table]:
    """The deals, whose history then has their teams, and the changes without rows refused."""
    assert isinstance(changes, TeamChanges)
    ids, now = owners.given["id"], owners.given.get("team")
    assert isinstance(ids, Keys)
    before = changes.given.get("previous_team")
    named = [one for one in (now, changes.given["team"], before) if isinstance(one, Codes)]
    labels = common_labels(named)
    rows = placed(changes, ids, None, labels, np.arange(len(labels)))
    left = refuse(changes, rows.faults) if rows.faults else changes
    if deals is None or deals.has("team") or not isinstance(deals.given.get("owner"), Codes):
        return deals, left
    # What held before the first change held from the first day on.
    moves, _ = rows.track(Times(None, np.zeros(owners.size, np.uint16), changes.zone))
    if not len(moves.days):
        return deals, left
    codes = now.relabelled(labels).codes if isinstance(now, Codes) else np.zeros(owners.size)
    track = _of_deals(deals, owners, moves, codes.astype(np.int64))
    history = deals.history or DealHistory({})
    history = replace(history, tracks={**history.tracks, "team": track})
    given = history.standing(deals.given, deals.size)
    found = replace(deals, given=given, columns=given, history=history)
    return found.known_at(deals.known, deals.complete), left


def _of_deals(deals: Deals, owners: Owners, moves: Track, now: Index) -> Track:
    """Each deal's teams: of each of its owners the team then, and every move while it is theirs."""
    deal, begun, owner = _hands(deals)
    whose = Codes(owner, deals.codes("owner").labels)
    who = np.asarray(rows_named(owners, whose), dtype=np.int64)
    last = np.append(deal[1:] != deal[:-1], np.ones(min(len(deal), 1), bool))
    until = np.where(last, 2**SECOND_BITS, np.append(begun.seconds[1:], 0)[: len(deal)])
    moved = (who >= 0) & moves.has[who]
    keys = _in_time(moves.deals().astype(np.int64), moves.seconds)
    first = np.searchsorted(keys, _in_time(who, begun.seconds), side="right") - 1
    end = np.searchsorted(keys, _in_time(who, until), side="left")
    many = np.where(moved, np.maximum(end - first, 1), 1)
    hand = np.repeat(np.arange(len(deal)), many)
    place = np.arange(len(hand)) - np.repeat(np.cumsum(many) - many, many)
    at = np.where(moved[hand], first[hand] + place, 0)
    then = moves.values
    assert isinstance(then, Codes)
    known = np.where(who >= 0, now[np.maximum(who, 0)], 0)
    codes = np.where(moved[hand], then.codes[at], known[hand]).astype(then.codes.dtype)
    times = chosen(place == 0, begun.take(hand), moves.times.take(at))
    starts = np.searchsorted(deal[hand], np.arange(deals.size + 1))
    return Track(starts, times, Codes(codes, then.labels))


def _hands(deals: Deals) -> tuple[Index, Times, Index]:
    """Who had each deal from when on, by deal and time: the deal, the time, the code of the owner.

    Of a deal without changes of owner it is the one of now, from its creation on.
    """
    track = None if deals.history is None else deals.history.tracks.get("owner")
    own = deals.given.get("created_at")
    created = own if isinstance(own, Times) else never(deals.size, deals.zone)
    codes = deals.codes("owner").codes.astype(np.int64)
    every = np.arange(deals.size)
    if track is None or not len(track.days):
        return every, created, codes
    assert isinstance(track.values, Codes)
    rest = np.flatnonzero(~track.has)
    deal = np.concatenate([rest, track.deals().astype(np.int64)])
    order = np.argsort(deal, kind="stable")
    both = joined_times([created.take(rest), track.times])
    owner = np.concatenate([codes[rest], track.values.codes.astype(np.int64)])
    return deal[order], both.take(order), owner[order]


def _in_time(rows: Any, seconds: Index) -> Index:
    """By row and time in one number."""
    upto = np.minimum(seconds, 2**SECOND_BITS - BEFORE - 1) + BEFORE
    return np.asarray((rows << SECOND_BITS) | upto, dtype=np.int64)
