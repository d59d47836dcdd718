"""Accounts of those who bought: by revenue records, else by won deals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ...days import NEVER, day_number
from ...errors import NeedsError
from ...periods import Periods
from ...reasons import Reason, tables_needed
from ...results import Grid
from ...tables import IntoDeals, IntoRevenues
from ...tables.deals import Deals
from ...tables.grouping import By
from ...tables.revenues import Revenues
from ...tables.table import Table
from ...tables.verbs import During
from .accounts import BOUGHT, Accounts
from .lines import Flags, Lines, happened

__all__ = ["buying_accounts", "ever_won_accounts"]


def buying_accounts(
    revenues: IntoRevenues | None, deals: Any, period: Periods | str, by: By
) -> Accounts:
    """Customers by their purchases: revenue records, else won deals; one a customer and day.

    A return (an amount below 0) is no purchase, nor is a record of nothing; a deal that was won
    for nothing is one, and an amount that is not known does not undo one.
    """
    if revenues is None and deals is None:
        raise NeedsError(
            tables_needed("revenues", "deals"), "purchases are told by revenues, or by won deals"
        )
    given: Table = Deals.of(deals) if revenues is None else Revenues.of(revenues)
    seen = happened(given, period, by)
    made = Lines.of([seen], period, by)
    line, table = made.line_of[0], seen.table
    paid = table.where(BOUGHT)
    starts = [day_number(one.start) for one in made.axes.periods]
    ends = [day_number(one.end) for one in made.axes.periods]
    every = _paid(seen, paid)
    there = every(0, NEVER)
    there = there[line[there] >= 0]
    # Purchases of a customer on one day are one: one of them stands for all.
    pairs = line[there].astype(np.int64) << 16 | seen.days[there].astype(np.int64)
    order = np.argsort(pairs)
    alike = np.append(False, pairs[order[1:]] == pairs[order[:-1]])[: len(order)]
    one_a_day = np.zeros(table.size, dtype=bool)
    one_a_day[there[order[np.flatnonzero(~alike)]]] = True
    once = _paid(seen, one_a_day)

    def times(first: int, last: int) -> npt.NDArray[np.int64]:
        return np.bincount(line[once(first, last)], minlength=made.size)

    before = np.array([times(0, start) for start in starts])
    within = np.array([times(a, b) for a, b in zip(starts, ends, strict=True)])
    nobody = _paid(seen, paid & (line < 0))
    left_out = np.zeros(made.axes.shape, dtype=np.int64)
    for place, end in enumerate(ends):
        np.add.at(left_out[place + 1], made.row_group[0][nobody(0, end)], 1)
    return Accounts(
        made.axes,
        made.group,
        {
            "who bought before": before > 0,
            "who bought in the period": within > 0,
            "who ever bought": before + within > 0,
            "who ever bought twice": before + within > 1,
        },
        made.known,
        left_out={Reason("no_field", field="customer"): Grid(left_out, False, table.size)}
        if left_out.any()
        else {},
        basis=("buying", table.name),
        zone=made.zone,
        names=made.names,
        tables=made.of_tables,
        past=made.past,
    )


def ever_won_accounts(
    revenues: IntoRevenues | None, deals: IntoDeals | None, period: Periods | str, by: By
) -> Accounts:
    """Customers with a won deal or a purchase by the end of each period."""
    tables: list[Table] = [] if revenues is None else [Revenues.of(revenues)]
    if deals is not None and (revenues is None or Deals.of(deals).has("customer")):
        tables.append(Deals.of(deals))
    seen = [happened(table, period, by) for table in tables]
    made = Lines.of(seen, period, by)
    first = np.full(made.size, NEVER, dtype=np.int64)
    for window, line in zip(seen, made.line_of, strict=True):
        first = np.minimum(first, window.first_of(line, made.size, BOUGHT))
    ends = [day_number(one.end) for one in made.axes.periods]
    flags = {"ever won": np.array([first < end for end in ends])}
    basis = ("ever won", *(table.name for table in tables))
    return Accounts(
        made.axes, made.group, flags, made.known, basis=basis, zone=made.zone, names=made.names,
        tables=made.of_tables,
    )  # fmt: skip


def _paid(seen: During, wanted: Flags) -> Callable[[int, int], npt.NDArray[np.int64]]:
    """The purchases wanted that happened between two days."""

    def rows(since: int, until: int) -> npt.NDArray[np.int64]:
        found = seen.rows_between(since, until, BOUGHT)
        return found[wanted[found]]

    return rows
