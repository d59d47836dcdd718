"""Changes of one field in order: by deal, then time, and at one instant as they tell.

At one instant, what a change says the value was before leads from one to the next.  Where that is
not said, the lower value comes first: stages in their order, those that close after all others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import MISSING, Codes, Column, Numbers, Times
from ..days import NEVER

__all__ = ["NO_TURNS", "Turns", "by_keys", "in_order", "in_turn_at_once"]

Index = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
# The turn of each code of a column of names.
Turns = npt.NDArray[np.int64]
NO_TURNS: Turns = np.zeros(0, np.int64)
PIECE = 2**18  # rows worked on at once, where whole columns would need room for copies
UNSAID = np.iinfo(np.int64).min


def in_order(deals: npt.NDArray[Any], times: Times) -> npt.NDArray[Any] | None:
    """By deal, then time, rows of one instant as they are; None when they stand so already."""
    keys = _unordered(deals, times)
    if not keys:
        return None
    return by_keys(keys)


def by_keys(keys: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.uint32]:
    """Rows in the order of keys from 0 on, the least important first; of the same ones as they
    stand.
    """
    bits = [int(key.max(initial=0)).bit_length() for key in keys]
    room = 64 - len(keys[0]).bit_length()
    if max(bits) > room:
        return np.lexsort(keys).astype(np.uint32)
    order, at = None, 0
    while at < len(keys):  # those that fit into one number together
        many = next(n for n in range(len(keys) - at, 0, -1) if sum(bits[at : at + n]) <= room)
        found = _by_one_key([k if order is None else k[order] for k in keys[at : at + many]])
        order, at = found if order is None else order[found], at + many
    assert order is not None
    return order


def _unordered(deals: npt.NDArray[Any], times: Times) -> list[npt.NDArray[Any]]:
    """What the rows have yet to be ordered by, the least important first."""
    whole = times.exact is None
    moments: Any = times.days if whole else times.exact
    sooner = moments[1:] < moments[:-1]
    if not ((deals[1:] < deals[:-1]) | ((deals[1:] == deals[:-1]) & sooner)).any():
        return []
    if not sooner.any():
        return [deals]
    return [moments if whole else (moments - moments.min()).astype(np.uint64), deals]


def _by_one_key(keys: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.uint32]:
    """Keys of few bits, the least important first, made one number whose last bits are the row."""
    size = len(keys[0])
    shift = size.bit_length()
    whole, row = np.arange(size, dtype=np.uint64), np.uint64((1 << shift) - 1)
    for key in keys:
        for first in range(0, size, PIECE):
            part = key[first : first + PIECE].astype(np.uint64)
            whole[first : first + PIECE] |= part << np.uint64(shift)
        shift += int(key.max(initial=0)).bit_length()
    whole.sort()
    whole &= row
    return whole.astype(np.uint32)


def in_turn_at_once(
    deals: npt.NDArray[Any], times: Times, values: Column, before: Column | None, turns: Turns
) -> npt.NDArray[Any] | None:
    """The order of changes that stand by deal and time already; None where it is theirs already."""
    with_next = _with_next(deals, times)
    if not with_next.any():
        return None
    tied = np.append(with_next, False)
    tied[1:] |= with_next
    rows = np.flatnonzero(tied)
    starts = np.append(True, ~with_next)[rows]  # each the first of its instant
    new, old = _size(values.take(rows), turns), np.full(len(rows), UNSAID)
    if before is not None:
        old = _size(before.take(rows), turns)
    order = np.lexsort((old, new, np.cumsum(starts)))
    if (old != UNSAID).any():
        # The value that stood before an instant is that of the row before it.
        earlier = rows[starts] - 1
        same = (earlier >= 0) & (deals[earlier] == deals[rows[starts]])
        stood = _size(values.take(np.maximum(earlier, 0)), turns)
        order = _chained(order, starts, deals[rows], new, old, (same, stood, ~tied[earlier]))
    if (order == np.arange(len(order))).all():
        return None
    whole = np.arange(len(deals))
    whole[rows] = rows[order]
    return whole


def _with_next(deals: npt.NDArray[Any], times: Times) -> Mask:
    """Which rows are of the deal and the instant of the row after them."""
    moments: Any = times.days if times.exact is None else times.exact
    return np.asarray((deals[1:] == deals[:-1]) & (moments[1:] == moments[:-1]))


def _size(column: Column, turns: Turns) -> Index:
    """Whole numbers that order the values; what is not said is the lowest."""
    if isinstance(column, Codes):
        return np.where(column.codes == 0, UNSAID, turns[column.codes])
    if isinstance(column, Times):
        return np.where(column.days == NEVER, UNSAID, column.seconds)
    assert isinstance(column, Numbers)
    return np.where(column.reasons() >= MISSING, UNSAID, column.values)


def _chained(
    order: Index,
    starts: Mask,
    deals: npt.NDArray[Any],
    new: Index,
    old: Index,
    stood: tuple[Mask, Index, Mask],
) -> Index:
    """The order with each change after the one whose value it was made from, as far as they say.

    Only where the lower value first would break the chain the changes are looked at one by one.
    `stood` tells of each instant whether a value stood before it, which, and whether that is
    certain: no value of another instant with several changes.
    """
    same, standing, certain = stood
    firsts = np.flatnonzero(starts)
    stops = np.append(firsts[1:], len(starts))
    came = np.empty(len(order), np.int64)  # the value before each change in this order
    came[1:] = new[order][:-1]
    came[firsts] = standing
    # Of an instant right after another with several changes it is the last of that one.
    follows = np.flatnonzero(same & ~certain)
    came[firsts[follows]] = new[order[firsts[follows] - 1]]
    known = old[order] != UNSAID
    known[firsts] &= same
    broken = known & (came != old[order])
    again = np.isin(deals[firsts], deals[broken])
    found, last = order.copy(), UNSAID
    for at in np.flatnonzero(again).tolist():
        first, stop = int(firsts[at]), int(stops[at])
        rows = order[first:stop]
        begins = (int(standing[at]) if certain[at] else last) if same[at] else None
        before = np.append(old[rows[0]] if begins is None else begins, new[rows[:-1]])
        if ((old[rows] != UNSAID) & (old[rows] != before)).any():
            chain = _chain(rows.tolist(), new[rows].tolist(), old[rows].tolist(), begins)
            found[first:stop] = list(chain)
        last = int(new[found[stop - 1]])
    return found


def _chain(
    rows: Sequence[int], new: Sequence[int], old: Sequence[int], standing: int | None
) -> Iterator[int]:
    """These rows, lower values first, in the order of their chain from the value that stood."""
    leads: dict[int, list[tuple[int, int]]] = {}
    more: dict[int, int] = {}  # how many more changes lead away from a value than to it
    alone = []
    for row, value, made_from in zip(rows, new, old, strict=True):
        if made_from == UNSAID:
            alone.append((row, value))
        else:
            leads.setdefault(made_from, []).append((row, value))
            more[made_from] = more.get(made_from, 0) + 1
            more[value] = more.get(value, 0) - 1
    for each in leads.values():
        each.reverse()  # taken from the end
    if standing is not None:
        yield from _trail(leads, standing)
    for row, value in alone:
        yield row
        yield from _trail(leads, value)
    for value in sorted(leads, key=lambda value: (more[value] <= 0, value)):
        while leads[value]:
            yield from _trail(leads, value)


def _trail(leads: dict[int, list[tuple[int, int]]], value: int) -> list[int]:
    """The changes that lead on from a value, each once (a path of Euler, where there is one)."""
    found: list[int] = []
    way: list[tuple[int, int]] = [(-1, value)]
    while way:
        row, here = way[-1]
        if following := leads.get(here):
            way.append(following.pop())
        else:
            way.pop()
            if row >= 0:
                found.append(row)
    return found[::-1]
