"""A company as it was known: each of its tables is made, and linked, when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from threading import RLock
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from ..asked import Asked
from ..history.known import Instant, read_instant
from .linking import LINKS, TOLD, told_by_others
from .table import Link, Table

__all__ = ["known_then"]


def known_then(tables: Mapping[str, Table], instant: Instant) -> Mapping[str, Table]:
    """The tables as known then, linked as those that they are made of are."""
    for table in tables.values():
        read_instant(instant, table.zone)  # what cannot be read is refused at once
    return Asked(tables, _Then(tables, instant).whole)


class _Then:
    """What makes the tables, which lead to each other by it.

    It holds on to none of them, so that they go with those who asked for them: what holds each
    other in a circle stays in memory until Python looks for such circles, however large it is.
    """

    def __init__(self, tables: Mapping[str, Table], instant: Instant) -> None:
        self.tables, self.instant = tables, instant
        self.alive: WeakValueDictionary[tuple[str, str], Table] = WeakValueDictionary()
        self.picked: dict[str, slice | npt.NDArray[Any] | None] = {}  # rows of each that are there
        self.one_at_a_time = RLock()  # all threads have the same tables

    def whole(self, name: str) -> Table:
        """A table with what others tell of it."""
        if name not in TOLD:
            return self.alone(name)
        with self.one_at_a_time:
            found = self.alive.get(("whole", name))
            if found is None:
                found = told_by_others(name, Asked(self.tables, self.alone))
                self.alive["whole", name] = found
            return found

    def alone(self, name: str) -> Table:
        """A table with what it says itself, and links."""
        with self.one_at_a_time:
            found = self.alive.get(("alone", name))
            if found is None:
                table = self.tables[name]
                if table.picked is not None:  # else it is itself, with what is kept of it
                    table = replace(table, picked=None)
                table = table.as_of(self.instant)
                self.picked[name] = table.picked
                links = {
                    column: Link.later(
                        partial(self.whole, LINKS[column]), partial(self.rows, name, column)
                    )
                    for column in table.links or ()
                }
                found = self.alive["alone", name] = replace(table, links=links)
            return found

    def rows(self, name: str, column: str) -> npt.NDArray[Any]:
        """Names keep their numbering; a link only leads to where its rows stand now."""
        rows, to = (self.tables[name].links or {})[column].rows, LINKS[column]
        if to not in self.picked:
            self.alone(to)
        picked = self.picked[to]
        if picked is None:
            return rows
        now = np.full(self.tables[to].size + 1, -1, dtype=np.int32)
        there = np.flatnonzero(picked) if isinstance(picked, np.ndarray) else picked
        now[:-1][there] = np.arange(len(now[:-1][there]), dtype=np.int32)
        found: npt.NDArray[Any] = now[rows]  # what leads nowhere is the last, and does so still
        return found
