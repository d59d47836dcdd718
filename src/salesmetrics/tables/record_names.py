"""What the records of tables are called: the names that stand for their ids where people read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from ..columns import Codes
from ..results.names import Called, distinct
from .rows import Rows

__all__ = ["called_in"]

# Of each table the columns of others that name its rows, and what people call these.
NAMED = {
    "stages": ("stage", "label"),
    "products": ("product", "name"),
    "customers": ("customer", "name"),
    "owners": ("owner", "name"),
    "deals": ("deal", "name"),
}


def called_in(tables: Iterable[object]) -> Called:
    """By column the names of the records in these tables, and in those that they lead to."""
    given = [table for table in tables if isinstance(table, Rows)]
    linked = [link.table for table in given for link in (table.links or {}).values()]
    return Called(
        {
            NAMED[table.name][0]: partial(_names, table)
            for table in (*linked, *given)
            if table.name in NAMED and isinstance(table.columns.get(NAMED[table.name][1]), Codes)
        }
    )


def _names(table: Rows) -> Mapping[str, str]:
    names = table.codes(NAMED[table.name][1])
    return distinct(table.ids(), (names.labels[code] for code in names.codes.tolist()))
