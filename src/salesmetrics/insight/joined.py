"""Rows of one kind from two tables as one table."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np

from ..columns import (
    MISSING,
    Codes,
    Column,
    Keys,
    Numbers,
    Times,
    common_labels,
    in_one_scale,
    joined_times,
    never,
)
from ..reading.raw import Raw
from ..tables.table import Table

__all__ = ["joined"]

T = TypeVar("T", bound=Table)


def joined(table: T, more: T) -> T:
    """The rows of both; a column that one of them lacks is missing there."""
    given = {
        name: _joined(_of(table, name, more), _of(more, name, table))
        for name in (*table.given, *(name for name in more.given if name not in table.given))
    }
    extra = {name: _raw(raw, more.extra.get(name), more.size) for name, raw in table.extra.items()}
    both = replace(table, size=table.size + more.size, given=given, columns=given, extra=extra)
    return both.known_at(table.known, table.complete)


def _of(table: Table, name: str, other: Table) -> Column:
    column = table.given.get(name)
    return _missing(other.given[name], table.size) if column is None else column


def _missing(like: Column, size: int) -> Column:
    if isinstance(like, Times):
        return never(size, like.zone)
    if isinstance(like, Codes):
        return Codes(np.zeros(size, like.codes.dtype), like.labels)
    if isinstance(like, Numbers):
        return Numbers.of(
            np.zeros(size, np.int64), np.full(size, MISSING, dtype=np.uint8), like.scale
        )
    return Keys(np.full(size, None, dtype=object))


def _joined(first: Column, second: Column) -> Column:
    if isinstance(first, Times) and isinstance(second, Times):
        return joined_times([first, second])
    if isinstance(first, Codes) and isinstance(second, Codes):
        labels = first.labels
        if second.labels != labels:  # names, in their own order; a roster's order comes with links
            labels = common_labels([first, second])
        both = [first.relabelled(labels).codes, second.relabelled(labels).codes]
        return Codes(np.concatenate(both), labels)
    if isinstance(first, Numbers) and isinstance(second, Numbers):
        mine, theirs = in_one_scale(first, second)
        return Numbers.of(
            np.concatenate([mine.values, theirs.values]),
            np.concatenate([mine.reasons(), theirs.reasons()]),
            mine.scale,
        )
    assert isinstance(first, Keys)
    assert isinstance(second, Keys)
    return Keys(np.concatenate([first.values.astype(object), second.values.astype(object)]))


def _raw(raw: Raw, more: Raw | None, size: int) -> Raw:
    mine = [raw.at(row) for row in range(len(raw))]
    mine += [None if more is None else more.at(row) for row in range(size)]
    array = np.empty(len(mine), dtype=object)
    array[:] = mine
    return Raw(array)
