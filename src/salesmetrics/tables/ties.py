"""Ties settled by what the rows say, and last by their ids: where a row stands tells nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Column, Keys, Numbers, Times
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
    said = [_ranks(table.given[name].take(rows)) for name in names]
    if not said:
        return np.zeros(len(rows), np.int64)
    order = np.lexsort(said[::-1])
    new = np.zeros(len(rows), dtype=bool)
    for key in said:
        new[1:] |= key[order][1:] != key[order][:-1]
    found = np.empty(len(rows), dtype=np.int64)
    found[order] = np.cumsum(new)
    return found


def _ranks(column: Column) -> Index:
    """Each cell's place among the others of its column: names by their text, what is not last."""
    values: list[Any]
    if isinstance(column, Times):
        values = column.seconds.tolist()
    elif isinstance(column, Numbers):
        values = list(zip(column.reasons().tolist(), column.values.tolist(), strict=True))
    elif isinstance(column, Keys):
        values = column.labels()
    else:
        assert isinstance(column, Codes)
        values = [(code == 0, str(column.labels[code])) for code in column.codes.tolist()]
    place = {value: at for at, value in enumerate(sorted(set(values)))}
    return np.array([place[value] for value in values], dtype=np.int64)
