"""Ties settled by what the rows say, and last by their ids: where a row stands tells nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Column, Keys, Numbers, Times
from ..columns.numbering import numbered
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
    ranks = [*reversed(keys)]
    order = np.lexsort(ranks)
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for key in keys:
        sorted_key = key[order]
        same &= sorted_key[1:] == sorted_key[:-1]
    if same.any():
        tied = np.zeros(len(order), dtype=bool)
        tied[1:] |= same
        tied[:-1] |= same
        among = order[tied]
        said = np.zeros(len(rows), dtype=np.int64)
        said[among] = _by_content(table, rows[among])
        order = np.lexsort([said, *ranks])
    return np.asarray(order, dtype=np.int64)


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
        texts = column.values.dtype == object
        return [_places(column.labels()) if texts else numbered(column.values).codes]
    assert isinstance(column, Codes)
    there = [code for code in np.flatnonzero(column.in_use()).tolist() if code]
    ranks = np.full(len(column.labels), len(there))
    ranks[there] = _places([str(column.labels[code]) for code in there])
    return [ranks[column.codes]]


def _places(values: list[Any]) -> Index:
    """Each one's place among the different ones."""
    place = {value: at for at, value in enumerate(sorted(set(values)))}
    return np.array([place[value] for value in values], dtype=np.int64)
