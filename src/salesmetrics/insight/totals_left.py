"""Rows that look like the totals of a report, and were read as rows all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ..columns import MISSING, Codes, Keys, Numbers
from ..crm import CRM
from ..days import NEVER
from ..tables import Table
from .suspects import Suspect, some

__all__ = ["total_suspects"]

# A word alone tells no row from one that is called so: only undated ones are looked at for it.
WORDS = re.compile(
    r"\s*((grand |sub)?totals?|sum|count|average|summe|gesamt|somme|totaal)\b"
    r"|\s*(합계|소계|총계|누계|평균)\b"
    r"|.*(\b(sub)?totals?|합계|소계|총계|누계)\W*$",
    re.IGNORECASE,
)
FEW = 5  # rows of which a sum may be another row's amount by chance
LONGEST = 60  # signs of a text that is looked at


def total_suspects(crm: CRM) -> Iterator[Suspect]:
    """Undated rows that are called like totals, and a last one that is the sum of the others."""
    for name in ("deals", "revenues", "costs", "subscriptions"):
        table = crm.tables.get(name)
        if table is None or table.size < 2 or not table.has(table.born or "id"):
            continue
        rows = sorted({*_called_so(table), *_summing(table)})
        if rows:
            named = [_label(table, row) for row in rows]
            facts = {"names": f": {some(shown)}" if (shown := [n for n in named if n]) else ""}
            yield Suspect("looks_like_total", name, "amount", np.array(rows), facts)


def _called_so(table: Table) -> list[int]:
    if table.born is None:
        return []
    undated = np.flatnonzero(table.times(table.born).days == NEVER)
    return [row for row in undated.tolist() if WORDS.match(_label(table, row)[:LONGEST])]


def _label(table: Table, row: int) -> str:
    """What a row is called: its name, or its id."""
    for field in ("name", "id"):
        column = table.columns.get(field)
        if isinstance(column, Codes) and column.codes[row]:
            return str(column.labels[column.codes[row]])
        if isinstance(column, Keys) and column.at(row) is not None:
            return str(column.at(row))
    return ""


def _summing(table: Table) -> list[int]:
    """The last row, where its amount is the sum of all others, and these are not few."""
    amounts = table.given.get("amount")
    if not isinstance(amounts, Numbers):
        return []
    known = np.flatnonzero(amounts.reasons() < MISSING)
    if len(known) < 3 or known[-1] != table.size - 1:
        return []
    values = amounts.values[known].astype(object)
    above = values[:-1]
    last = table.size - 1
    enough = FEW if WORDS.match(_label(table, last)[:LONGEST]) is None else 2
    if values[-1] == 0 or np.count_nonzero(above) < enough or above.sum() != values[-1]:
        return []
    return [last]
