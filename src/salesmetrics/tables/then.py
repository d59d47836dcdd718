"""A company as it was known: each of its tables is made, and linked, when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..asked import Asked
from ..history.known import Instant, read_instant
from .linking import LINKS, told_by_others
from .table import Link, Table

__all__ = ["known_then"]


def known_then(tables: Mapping[str, Table], instant: Instant) -> Mapping[str, Table]:
    """The tables as known then, linked as those that they are made of are.

    Names keep their numbering; a link only leads to where its rows stand now.
    """
    for table in tables.values():
        read_instant(instant, table.zone)  # what cannot be read is refused at once
    alone = Asked(tables, lambda name: tables[name].as_of(instant))

    def moved(name: str, column: str) -> Link:
        rows, to = (tables[name].links or {})[column].rows, alone[LINKS[column]]
        if to.picked is not None:
            now = np.full(tables[LINKS[column]].size + 1, -1, dtype=np.int32)
            now[:-1][to.picked] = np.arange(to.size, dtype=np.int32)
            rows = now[rows]  # what leads nowhere is the last, and does so still
        return Link(to, rows)

    def with_links(name: str) -> Table:
        links = tables[name].links
        if not links:
            return alone[name]
        return replace(alone[name], links=Asked(links, lambda column: moved(name, column)))

    linked = Asked(tables, with_links)  # to tables of which others have told nothing yet

    def finished(name: str) -> Table:
        table = replace(told_by_others(name, linked), picked=None)
        links = table.links
        if not links:
            return table
        return replace(table, links=Asked(links, lambda c: Link(found[LINKS[c]], links[c].rows)))

    found = Asked(tables, finished)
    return found
