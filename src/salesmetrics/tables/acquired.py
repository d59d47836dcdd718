"""When customers were won and where they came from, as the other tables of a CRM say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..columns import Codes, Column, Times, chosen
from ..days import NEVER, NEVER_SECONDS
from .deal_sets import removed_rows
from .deals import Deals
from .subscriptions import Subscriptions
from .table import Table
from .ties import in_turn

__all__ = ["with_acquired", "with_origin"]


def with_acquired(customers: Table, tables: Mapping[str, Table]) -> Table:
    """When each was won: first won close, else first paid subscription, else as the row says."""
    found, undated = _never(customers.size), np.zeros(customers.size, dtype=bool)
    deals, subscriptions = tables.get("deals"), tables.get("subscriptions")
    if isinstance(deals, Deals) and deals.has("customer"):
        if "outcome" not in deals.columns:  # nothing says which of them won their customers
            known = {n: one for n, one in customers.columns.items() if n != "acquired_at"}
            return replace(customers, columns=known)
        won = deals.where("that make a customer") & ~removed_rows(deals)
        found = _first(deals, "closed_at", won, customers.size)
        undated = _undated(deals, won, customers.size) & (found.days == NEVER)
    if (
        isinstance(subscriptions, Subscriptions)
        and subscriptions.has("started_at")
        and subscriptions.has("customer")
    ):
        paying = subscriptions.where("paying")
        started = _first(subscriptions, "started_at", paying, customers.size)
        found = _else(found, started)
    if customers.has("started_at"):
        found = _else(found, customers.times("started_at"))
    found = Times.of(found.seconds, found.days)
    columns: dict[str, Column] = {**customers.columns, "acquired_at": found}
    if undated.any():  # won, and nobody knows when: nothing later tells it
        columns["acquired_at"] = found.until(~undated)
        columns["won_undated"] = Codes(undated.astype(np.uint8), (None, "yes"))
    return replace(customers, columns=columns)


def with_origin(customers: Table, leads: Table) -> Table:
    """The channel and campaign of each customer's first lead, where leads name their customer."""
    if not leads.has("customer") or not leads.has("created_at"):
        return customers
    row = _customer_rows(leads)
    created = leads.times("created_at").seconds
    named = np.flatnonzero(row >= 0)
    order = in_turn(leads, named, row[named], created[named])[::-1]
    first = np.full(customers.size, -1, dtype=np.int64)
    first[row[order]] = order  # of those written to one place, the last is kept: the earliest
    columns = dict(customers.columns)
    for name in ("channel", "campaign"):
        if leads.has(name) and name not in customers.extra:
            columns[name] = leads.codes(name).linked(first, np.arange(customers.size))
    return replace(customers, columns=columns)


def _never(size: int) -> Times:
    return Times(np.full(size, NEVER_SECONDS), np.full(size, NEVER, dtype=np.uint16))


def _first(table: Table, time: str, where: Any, size: int) -> Times:
    """The earliest time of each customer's rows."""
    times, first = table.times(time), _never(size + 1)
    rows = np.flatnonzero(where)
    at = _customer_rows(table, rows)  # the last of all where the customer is not there
    np.minimum.at(first.seconds, at, times.seconds[rows])
    np.minimum.at(first.days, at, times.days[rows])
    return first.take(slice(0, size))


def _customer_rows(table: Table, rows: Any = slice(None)) -> Any:
    """The row of the customer of these rows, as their link says."""
    return (table.links or {})["customer"].rows[table.codes("customer").codes[rows]]


def _undated(deals: Deals, where: Any, size: int) -> Any:
    """The customers of these deals whose close nobody dates."""
    row = _customer_rows(deals, np.flatnonzero(where & (deals.times("closed_at").days == NEVER)))
    hit = np.zeros(size, dtype=bool)
    hit[row[row >= 0]] = True
    return hit


def _else(first: Times, second: Times) -> Times:
    return chosen(first.days != NEVER, first, second)
