"""What the records of tables are called: the names that stand for their ids where people read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..asked import Asked
from ..columns import Codes
from ..results.names import Names, distinct
from .rows import Rows

__all__ = ["called_in"]

# Of each table the column of others that names its rows, and of that what people call these.
NAMING = {
    "stages": "stage",
    "products": "product",
    "customers": "customer",
    "owners": "owner",
    "deals": "deal",
}
SPOKEN = {column: "label" if column == "stage" else "name" for column in NAMING.values()}


def called_in(tables: Iterable[object]) -> Mapping[str, Names]:
    """By column the names of the records in these tables, and in those that they lead to."""
    # The whole tables: what is kept for the names alone keeps no batch, nor what is made of it.
    given = [table.whole for table in tables if isinstance(table, Rows)]
    own = {NAMING[table.name]: table for table in given if table.name in NAMING}
    leading = {
        column: link
        for table in given
        for column, link in (table.links or {}).items()
        if column in SPOKEN
    }

    def names(column: str) -> Names:
        if column in own:
            return _names(own[column], SPOKEN[column])
        return _names(leading[column].table, SPOKEN[column])

    return Asked({**leading, **own}, names)


def _names(table: Rows, spoken: str) -> Names:
    names = table.columns.get(spoken)
    if not isinstance(names, Codes):
        return {}
    return distinct(table.ids(), (names.labels[code] for code in names.codes.tolist()))
