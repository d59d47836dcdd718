"""Links between tables: from the names in a column to the rows of the table that they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Column, Keys, Labels, Numerals, common_labels, in_one_numbering
from .acquired import with_acquired, with_origin
from .activities import Activities
from .answers import with_answers
from .customers import Customers
from .leads import Leads
from .stages import Stages
from .table import Link, Mask, Table

__all__ = [
    "LINKS",
    "TOLD",
    "ids_named",
    "linked",
    "links_of",
    "orphans_of",
    "rows_named",
    "told_by_others",
]

Index = npt.NDArray[Any]

# Which column names a row of which table.
LINKS = {
    "owner": "owners",
    "customer": "customers",
    "product": "products",
    "stage": "stages",
    "lead": "leads",
    "deal": "deals",
}

TOLD = ("customers", "leads")  # others tell something of these, once they are linked


def ids_named(tables: Mapping[str, Table]) -> dict[str, Index]:
    """By column that names rows of one of these tables, the ids of these."""
    keys = {
        column: tables[name].given.get("id") for column, name in LINKS.items() if name in tables
    }
    return {column: ids.values for column, ids in keys.items() if isinstance(ids, Keys)}


def linked(tables: dict[str, Table]) -> dict[str, Table]:
    """One numbering for the names of each linked record, and from each name to its row."""
    if "customers" not in tables:
        made = _customers_of(tables)
        if made is not None:
            tables["customers"] = made
    tables = {name: replace(table, links=None) for name, table in tables.items()}
    for column, target in LINKS.items():
        roster = tables.get(target)
        if roster is None:
            continue
        users = {
            name: table.codes(column)
            for name, table in tables.items()
            if isinstance(table.columns.get(column), Codes)
        }
        if not users:
            continue
        labels, rows = _numbering(roster, list(users.values()))
        for name, codes in users.items():
            changed: dict[str, Column] = {column: codes.relabelled(labels)}
            table = tables[name]
            tables[name] = replace(
                table,
                given={**table.given, **changed},
                columns={**table.columns, **changed},
                history=table.history and table.history.relabelled(column, labels),
                links={**(table.links or {}), column: Link(roster, rows)},
            )
    return _finished(tables)


def _finished(tables: dict[str, Table]) -> dict[str, Table]:
    """With the columns that linked tables tell of each other, and links to the finished ones."""
    for name in TOLD:
        if name in tables:
            tables[name] = told_by_others(name, tables)
    return {
        name: replace(
            table,
            links={c: Link(tables[LINKS[c]], link.rows) for c, link in (table.links or {}).items()},
        )
        for name, table in tables.items()
    }


def told_by_others(name: str, tables: Mapping[str, Table]) -> Table:
    """A table with the columns that others tell: when customers were won, leads answered."""
    table = tables[name]
    if isinstance(table, Customers):
        table = with_acquired(table, tables)
        leads = tables.get("leads")
        return with_origin(table, leads) if isinstance(leads, Leads) else table
    if isinstance(table, Leads):
        activities = tables.get("activities")
        return with_answers(table, activities) if isinstance(activities, Activities) else table
    return table


def _numbering(roster: Table, users: list[Codes]) -> tuple[Labels, Index]:
    """One numbering of the names in these columns, and the row of the roster that each names."""
    keys = roster.columns.get("id")
    if isinstance(keys, Keys) and not isinstance(roster, Stages):
        found = in_one_numbering(users, keys.values)
        if found is not None:
            return found
    ids = roster.ids()
    ordered = roster.ordered_ids() if isinstance(roster, Stages) else sorted(ids)
    labels = common_labels(users, ordered)
    row_of = {key: row for row, key in enumerate(ids)}
    return labels, np.array([row_of.get(label, -1) for label in labels], dtype=np.int32)


def rows_named(table: Table, codes: Codes) -> Index:
    """The row of the table whose id each cell of a column names; -1 where there is none."""
    labels, rows = _numbering(table, [codes])
    return rows[codes.relabelled(labels).codes]


def _customers_of(tables: Mapping[str, Table]) -> Customers | None:
    """Where no customers are given: those that deals and subscriptions name.

    One that only rows name which are refused or left out is none.
    """
    columns = [
        _named(table.codes("customer"))
        for table in tables.values()
        if isinstance(table.columns.get("customer"), Codes)
    ]
    if not columns:
        return None
    whole = in_one_numbering(columns, np.zeros(0, np.int64))
    some = next(
        table for table in tables.values() if isinstance(table.columns.get("customer"), Codes)
    )
    names = whole[0].numbers if whole is not None else common_labels(columns)[1:]
    made = Customers.of({"id": names})
    return replace(made, zone=some.zone, currency=some.currency).known_at(some.known, some.complete)


def _named(codes: Codes) -> Codes:
    """With the names alone that a row has: a column may number others that were left out."""
    used = codes.in_use()
    used[0] = True
    if used.all():
        return codes
    if isinstance(codes.labels, Numerals):
        return Codes(codes.codes[:0], Numerals(codes.labels.numbers[used[1:]]))
    labels = tuple(label for label, one in zip(codes.labels, used, strict=True) if one)
    return Codes(codes.codes[:0], labels)


def links_of(table: Table) -> Iterator[tuple[str, int]]:
    """Each linked column, and how many rows name a record that is not there."""
    for column, orphan in orphans_of(table):
        yield column, int(orphan.sum())


def orphans_of(table: Table) -> Iterator[tuple[str, Mask]]:
    """Each linked column, and the rows that name a record that is not there."""
    for column, link in (table.links or {}).items():
        codes = table.codes(column)
        yield column, (link.rows[codes.codes] < 0) & (codes.codes != 0)
