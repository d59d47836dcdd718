"""Accounts: what each customer had at the start and at the end of every period.

Whether a customer stayed is no sum over rows: it takes all of a customer's rows together.  So
they are brought to one line a customer and period, and totals are taken over these lines.
Grouped by a column that is not the customer's own (product, owner), a line is a customer within
the group: one that moves between products leaves the one and joins the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from ...columns import MISSING, NO_CURRENCY, NO_RATE
from ...days import NEVER, day_number
from ...errors import ColumnError, NeedsError, SalesMetricsError, one_of, shown
from ...history.known import Known
from ...money import digits
from ...periods import Periods
from ...reasons import Reason, rows_of, tables_needed
from ...results import Axes, Grid, Total
from ...results.definition import Measured
from ...results.evidence import Listed
from ...results.records import Contribution
from ...results.result import Evidence
from ...tables import IntoDeals, IntoRevenues, IntoSubscriptions
from ...tables.deals import Deals
from ...tables.grouping import By, allowed_part
from ...tables.revenues import Revenues
from ...tables.rows import Rows
from ...tables.subscriptions import Subscriptions
from ...tables.table import Table
from ...tables.verbs import During
from ...tables.worked import MOST_DAYS
from .lines import Book, Flags, Lines, happened

__all__ = ["Accounts", "active_accounts", "buying_accounts", "ever_won_accounts"]

UNKNOWN = {
    MISSING: Reason("no_field", field=("amount", "interval")),
    NO_CURRENCY: Reason("no_field", field="currency"),
    NO_RATE: Reason("no_rate"),
}


@dataclass(frozen=True, slots=True)
class Accounts:
    """A line for each customer (within a group) and period: named sets, and amounts a year."""

    axes: Axes
    group: npt.NDArray[np.int64]
    flags: Mapping[str, Flags]  # name -> periods by accounts
    known: Known | None
    amounts: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    unknown: npt.NDArray[np.uint8] | None = None  # why an account's amounts are not known
    scale: int = 1
    currency: str | None = None
    left_out: Mapping[Reason, Grid] = field(default_factory=dict)
    basis: tuple[Any, ...] = ()  # what makes them customers, as plain values
    zone: str | None = None
    names: tuple[Any, ...] = ()
    tables: tuple[Rows, ...] = ()
    past: tuple[str, ...] | None = None  # the fields of deals read from their changes

    def where(self, *names: str) -> Flags:
        """The lines of several named sets at once."""
        found: Flags = np.ones((len(self.axes.periods), len(self.group)), dtype=bool)
        for name in names:
            if name not in self.flags:
                raise ColumnError(one_of("set of customers", name, self.flags))
            found &= self.flags[name]
        return found

    def count(self, *where: str) -> Total:
        """How many customers."""
        grid = self._grid(self.where(*where))
        return Total(
            self.axes, self._evidence(where), "customers", grid, grid, excluded_rows=self.left_out
        )

    def total(self, column: str, *where: str) -> Total:
        """The sum of their amounts; a customer with an amount that is not known is left out."""
        if not self.amounts and self.tables[0].name == "subscriptions":
            self.tables[0].column("annual_amount")  # names the field that is lacking
        if column not in self.amounts:
            raise ColumnError(one_of("amount of customers", column, self.amounts))
        rows, excluded = self.where(*where), dict(self.left_out)
        if self.unknown is not None:
            for why, reason in UNKNOWN.items():
                hit = rows & (self.unknown == why)
                if hit.any():
                    excluded[reason] = self._grid(hit)
            rows = rows & (self.unknown == 0)
        sums = self._grid(rows, self.amounts[column])
        return Total(
            self.axes,
            self._evidence(where, column),
            "amount",
            sums,
            self._grid(rows),
            currency=self.currency,
            scale=self.scale,
            excluded_rows=excluded,
        )

    def _evidence(self, where: Sequence[str], of: str = "rows") -> Evidence:
        at = None if self.known is None else self.known.at
        definition = Measured("customers", "by period", self.basis, (of,), tuple(where))
        return Evidence(
            rows_of("customers", *where), "customers by period", at, self.past,
            definition=definition, zone=self.zone,
            source=Listed(self._listed, self.axes.by, self.tables),
        )  # fmt: skip

    def _listed(self, asked: Measured) -> Iterator[Contribution]:
        """The customers behind a count or a sum, and those whose amount is not known."""
        rows, column = self.where(*asked.where), asked.of[0]
        minor = self.scale * 10 ** (digits(self.currency) if self.currency else 0)
        for place, period in enumerate(self.axes.periods):
            for line in np.flatnonzero(rows[place]).tolist():
                why = 0 if self.unknown is None else int(self.unknown[place][line])
                known = column == "rows" or not why
                exact: int | Fraction = 1
                if column != "rows":
                    exact = Fraction(int(self.amounts[column][place][line]), minor)
                yield Contribution(
                    "customers", str(self.names[line]), line, period.label,
                    self.axes.groups[int(self.group[line])], None, exact if known else None,
                    None if known else UNKNOWN[why],
                )  # fmt: skip

    def _grid(self, rows: Flags, values: npt.NDArray[Any] | None = None) -> Grid:
        wide = values is not None and values.dtype == object
        changes = np.zeros(self.axes.shape, dtype=object if wide else np.int64)
        bound = rows.size
        for place in range(len(self.axes.periods)):
            at = np.flatnonzero(rows[place])
            if values is None:
                np.add.at(changes[place + 1], self.group[at], 1)
            else:
                np.add.at(changes[place + 1], self.group[at], values[place][at])
        if values is not None:
            bound = sum(abs(int(v)) for v in changes.ravel().tolist())
        return Grid(changes, False, bound)


def active_accounts(
    subscriptions: IntoSubscriptions | None,
    deals: IntoDeals | None,
    period: Periods | str,
    by: By,
    active_for: int | None,
) -> Accounts:
    """Customers active at the start and the end of each period.

    One that ever subscribed is active while a subscription covers the instant; any other for
    `active_for` days after a won deal (never, where that is None).
    """
    if active_for is not None and (type(active_for) is not int or not 1 <= active_for <= MOST_DAYS):
        raise SalesMetricsError(
            f"active_for_days is {shown(active_for)}; give whole days, or None to go by "
            "subscriptions"
        )
    contracts = None if subscriptions is None else allowed_part(Subscriptions.of(subscriptions))
    won = None if deals is None or active_for is None else Deals.of(deals)
    if contracts is None and won is None:
        raise _tells_nobody(deals)
    if contracts is not None and won is not None and not won.has("customer"):
        won = None
    seen = [happened(table, period, by) for table in (contracts, won) if table is not None]
    made = Lines.of(seen, period, by)
    starts = [day_number(one.start) for one in made.axes.periods]
    ends = [day_number(one.end) for one in made.axes.periods]
    first = np.full(made.size, NEVER, dtype=np.int64)
    book = Book(made.size)
    touched = np.zeros((len(starts), made.size), dtype=bool)
    left_out: dict[Reason, Grid] = {}
    subscribed = np.zeros(made.size, dtype=bool)
    if contracts is not None:
        line = made.line_of[0]
        begun, over = contracts.times("started_at").days.astype(np.int64), _ended(contracts)
        book.covering(contracts, line, begun, over, sorted({*starts, *ends}))
        there = (line >= 0) & (begun != NEVER) & (over > begun)
        np.minimum.at(first, line[there], begun[there])
        subscribed[line[there]] = True
        for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
            inside = there & (begun < end) & (over > start)
            touched[place, line[inside]] = True
        left_out |= made.left_out(0, contracts, begun, over, starts, ends)
    if won is not None and active_for is not None:
        # Whoever ever subscribed is a customer by that alone.
        line = np.where(np.append(subscribed, False)[made.line_of[-1]], -1, made.line_of[-1])

        def bought(since: int, until: int) -> npt.NDArray[np.int64]:
            found = line[seen[-1].rows_between(since, until, "won")]
            return found[found >= 0]

        first = np.minimum(first, seen[-1].first_of(line, made.size, "won"))
        for edge in sorted({*starts, *ends}):
            book.bought(edge, bought(edge - active_for, edge))
        for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
            touched[place, bought(start, end)] = True
    at_start = np.array([book.active[edge] for edge in starts])
    at_end = np.array([book.active[edge] for edge in ends])
    before = np.array([first < start for start in starts])
    accounts = Accounts(
        made.axes, made.group, {}, made.known, left_out=left_out, basis=("active", active_for),
        zone=made.zone, past=made.past, names=made.names, tables=made.of_tables,
    )  # fmt: skip
    flags = {
        "active at the start": at_start,
        "active at the end": at_end,
        "new": ~at_start & at_end & ~before,
        "back": ~at_start & at_end & before,
        "gained": ~at_start & at_end,
        "there": at_start | at_end,
        "left": at_start & ~at_end,
        "joined and left": ~at_start & ~at_end & touched,
    }
    if contracts is None or not contracts.has("annual_amount"):
        return replace(accounts, flags=flags)
    old = np.array([book.amount[edge] for edge in starts])
    new = np.array([book.amount[edge] for edge in ends])
    unknown = np.maximum(
        np.array([book.why[edge] for edge in starts]), np.array([book.why[edge] for edge in ends])
    )
    both = at_start & at_end
    # Of these it is not known which way they went: they are left out of both, and counted there.
    unsure = both & (unknown >= MISSING)
    return replace(
        accounts,
        flags=flags
        | {
            "grown": both & (new > old),
            "shrunk": both & (new < old),
            "gaining": flags["gained"] | (both & (new > old)) | unsure,
            "losing": flags["left"] | (both & (new < old)) | unsure,
        },
        amounts={
            "start_amount": old,
            "end_amount": new,
            "kept_amount": np.where(both, np.minimum(old, new), 0).astype(old.dtype),
            "change_amount": new - old,
            "drop_amount": old - new,
            "gain_amount": np.where(both, new - old, new).astype(new.dtype),
            "loss_amount": np.where(both, old - new, old).astype(old.dtype),
        },
        unknown=unknown,
        scale=contracts.numbers("annual_amount").scale,
        currency=contracts.currency,
    )


def buying_accounts(
    revenues: IntoRevenues | None, deals: Any, period: Periods | str, by: By
) -> Accounts:
    """Customers by their purchases: revenue records, else won deals; one a customer and day.

    A return (an amount below 0) is no purchase, nor is what costs nothing; an amount that is not
    known does not undo one.
    """
    if revenues is None and deals is None:
        raise NeedsError(
            tables_needed("revenues", "deals"), "purchases are told by revenues, or by won deals"
        )
    given: Table = Deals.of(deals) if revenues is None else Revenues.of(revenues)
    seen = happened(given, period, by)
    made = Lines.of([seen], period, by)
    line, table = made.line_of[0], seen.table
    paid = np.ones(table.size, dtype=bool)
    if table.has("amount"):
        amount = table.numbers("amount")
        paid = (amount.reasons() >= MISSING) | (amount.values > 0)
    starts = [day_number(one.start) for one in made.axes.periods]
    ends = [day_number(one.end) for one in made.axes.periods]
    every = _paid(seen, paid)
    there = every(0, NEVER)
    there = there[line[there] >= 0]
    # Purchases of a customer on one day are one: the first of them stands for all.
    pairs = line[there].astype(np.int64) << 16 | seen.days[there].astype(np.int64)
    one_a_day = np.zeros(table.size, dtype=bool)
    one_a_day[there[np.unique(pairs, return_index=True)[1]]] = True
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
    """Customers with a won deal or a revenue record by the end of each period."""
    tables: list[Table] = [] if revenues is None else [Revenues.of(revenues)]
    if deals is not None and (revenues is None or Deals.of(deals).has("customer")):
        tables.append(Deals.of(deals))
    seen = [happened(table, period, by) for table in tables]
    made = Lines.of(seen, period, by)
    first = np.full(made.size, NEVER, dtype=np.int64)
    for window, line in zip(seen, made.line_of, strict=True):
        sold = "won" if isinstance(window.table, Deals) else None
        first = np.minimum(first, window.first_of(line, made.size, sold))
    ends = [day_number(one.end) for one in made.axes.periods]
    flags = {"ever won": np.array([first < end for end in ends])}
    basis = ("ever won", *(table.name for table in tables))
    return Accounts(
        made.axes, made.group, flags, made.known, basis=basis, zone=made.zone, names=made.names,
        tables=made.of_tables,
    )  # fmt: skip


def _paid(seen: During, wanted: Flags) -> Callable[[int, int], npt.NDArray[np.int64]]:
    """The rows wanted that happened between two days; of deals, those won."""
    sold = "won" if isinstance(seen.table, Deals) else None

    def rows(since: int, until: int) -> npt.NDArray[np.int64]:
        found = seen.rows_between(since, until, sold)
        return found[wanted[found]]

    return rows


def _tells_nobody(deals: Any) -> NeedsError:
    """Neither subscriptions nor, with deals, for how long a won one makes a customer active."""
    needs = tables_needed("subscriptions", "deals")
    if deals is not None:
        told = Reason("argument", name="active_for_days")
        needs = Reason("any_of", items=(tables_needed("subscriptions"), told))
    return NeedsError(needs, f"who is active is told by {needs}")


def _ended(contracts: Subscriptions) -> npt.NDArray[np.int64]:
    return contracts.times("ended_at").days.astype(np.int64)
