"""Ties settled by what the rows say, and last by their ids: where a row stands tells nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Column, Keys, Numbers, Times
from ..columns.numbering import numbered
from ..days import NEVER_SECONDS
from .change_order import by_keys
from .rows import Rows

__all__ = ["in_turn", "turns"]

Index = npt.NDArray[np.int64]


def in_turn(table: Rows, rows: npt.NDArray[Any], *keys: npt.NDArray[Any]) -> Index:
    """These rows in the order of the keys, as `turns` finds it."""
    return np.asarray(rows[turns(table, rows, *keys)], dtype=np.int64)


def turns(table: Rows, rows: npt.NDArray[Any], *keys: npt.NDArray[Any]) -> Index:
    """The places of these rows in order of the keys, the most important first, each as long as
    the rows.

    What is alike in all of them stands in the order of what the rows say, column by column in the
    order of their names, and then of their ids.
    """
    order = by_keys([_from_zero(key) for key in reversed(keys)]).astype(np.int64)
    other = np.zeros(max(len(order) - 1, 0), dtype=bool)  # than the one before it
    for key in keys:
        sorted_key = key[order]
        other |= sorted_key[1:] != sorted_key[:-1]
    if not other.all():
        tied = np.append(~other, False)
        tied[1:] |= ~other
        places = np.flatnonzero(tied)
        which, among = np.append(0, np.cumsum(other))[places], order[places]
        order[places] = among[np.lexsort((_by_content(table, rows[among]), which))]
    return order


def _from_zero(key: npt.NDArray[Any]) -> Index:
    """The same order in the smallest numbers; what never was is right behind all others."""
    key = key.astype(np.int64, copy=False)
    there = key != NEVER_SECONDS
    if not there.any():
        return np.zeros(len(key), np.int64)
    low = int(key[there].min())
    behind = int(key[there].max()) + 1
    return np.asarray(np.where(there, key, behind) - low, dtype=np.int64)


def _by_content(table: Rows, rows: npt.NDArray[Any]) -> Index:
    """The rank of each of these rows by what it says; the same for rows that say the same."""
    names = sorted(table.given, key=lambda name: (name == "id", name))
    said = [key for name in names for key in _said(table.given[name].take(rows))]
    if not said:
        return np.zeros(len(rows), np.int64)
    order = np.lexsort(said[::-1])
    new = np.zeros(len(rows), dtype=bool)
    for key in said:
        new[1:] |= key[order][1:] != key[order][:-1]
    found = np.empty(len(rows), dtype=np.int64)
    found[order] = np.cumsum(new)
    return found


def _said(column: Column) -> list[npt.NDArray[Any]]:
    """What orders the cells of a column, the most important first: numbers by themselves, names by
    their text, what is not last."""
    if isinstance(column, Times):
        return [column.seconds]
    if isinstance(column, Numbers):
        wide = column.values.dtype == object  # which no order takes as they are
        return [column.reasons(), _places(column.values.tolist()) if wide else column.values]
    if isinstance(column, Keys):
        return [numbered(column.values).codes if column.whole else _places(column.labels())]
    assert isinstance(column, Codes)
    there = [code for code in np.flatnonzero(column.in_use()).tolist() if code]
    ranks = np.full(len(column.labels), len(there))
    ranks[there] = _places([str(column.labels[code]) for code in there])
    return [ranks[column.codes]]


def _places(values: list[Any]) -> Index:
    """Each one's place among the different ones."""
    place = {value: at for at, value in enumerate(sorted(set(values)))}
    return np.array([place[value] for value in values], dtype=np.int64)
