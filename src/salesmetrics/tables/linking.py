"""Links between tables: from the names in a column to the rows of the table that they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from ..columns import Codes, Column, common_labels
from .acquired import with_acquired, with_origin
from .activities import Activities
from .answers import with_answers
from .customers import Customers
from .leads import Leads
from .stages import Stages
from .table import Link, Mask, Table

__all__ = ["LINKS", "linked", "links_of", "orphans_of"]

# Which column names a row of which table.
LINKS = {
    "owner": "owners",
    "customer": "customers",
    "product": "products",
    "stage": "stages",
    "lead": "leads",
    "deal": "deals",
}


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
        ids = roster.ordered_ids() if isinstance(roster, Stages) else sorted(roster.ids())
        labels = common_labels(list(users.values()), ids)
        row_of = {key: row for row, key in enumerate(roster.ids())}
        rows = np.array([row_of.get(label, -1) for label in labels], dtype=np.int64)
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
    if "customers" in tables:
        tables["customers"] = with_acquired(tables["customers"], tables)
        if isinstance(tables.get("leads"), Leads):
            tables["customers"] = with_origin(tables["customers"], tables["leads"])
    leads, activities = tables.get("leads"), tables.get("activities")
    if isinstance(leads, Leads) and isinstance(activities, Activities):
        tables["leads"] = with_answers(leads, activities)
    # A link holds its table as it stood when it was made; the finished ones have links too.
    return {
        name: replace(
            table,
            links={c: Link(tables[LINKS[c]], link.rows) for c, link in (table.links or {}).items()},
        )
        for name, table in tables.items()
    }


def _customers_of(tables: Mapping[str, Table]) -> Customers | None:
    """Where no customers are given: those that deals and subscriptions name."""
    columns = [
        table.codes("customer")
        for table in tables.values()
        if isinstance(table.columns.get("customer"), Codes)
    ]
    if not columns:
        return None
    ids = [label for label in common_labels(columns) if label is not None]
    some = next(
        table for table in tables.values() if isinstance(table.columns.get("customer"), Codes)
    )
    made = Customers.of({"id": ids})
    return replace(made, zone=some.zone, currency=some.currency).known_at(some.known, some.complete)


def links_of(table: Table) -> Iterator[tuple[str, int]]:
    """Each linked column, and how many rows name a record that is not there."""
    for column, orphan in orphans_of(table):
        yield column, int(orphan.sum())


def orphans_of(table: Table) -> Iterator[tuple[str, Mask]]:
    """Each linked column, and the rows that name a record that is not there."""
    for column, link in (table.links or {}).items():
        codes = table.codes(column)
        yield column, (link.rows[codes.codes] < 0) & (codes.codes != 0)
