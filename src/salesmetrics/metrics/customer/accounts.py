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
from functools import cache
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ...columns import MISSING, NO_CURRENCY, NO_RATE, Codes
from ...columns.keys import looked_up
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
from ...tables import IntoDeals, IntoSubscriptions
from ...tables.deals import Deals
from ...tables.grouping import By, allowed_part
from ...tables.record_names import called_in
from ...tables.rows import Rows
from ...tables.subscriptions import Subscriptions
from ...tables.worked import MOST_DAYS
from .lines import NOBODY, UNKNOWN_END, Book, Flags, Lines, happened

__all__ = ["BOUGHT", "Accounts", "active_accounts"]

UNKNOWN = {
    NO_CURRENCY: Reason("no_field", field="currency"),
    NO_RATE: Reason("no_rate"),
    UNKNOWN_END: Reason("end_not_known"),
}
AT_END = "active at the end"
STOOD = {"active at the start", AT_END, "there"}
V = TypeVar("V")
BOUGHT = "that make a customer"  # of deals and of revenue records alike


@dataclass(frozen=True, slots=True)
class Accounts:
    """A line for each customer (within a group) and period: named sets, and amounts a year."""

    axes: Axes
    group: npt.NDArray[np.int64]
    flags: Mapping[str, Flags]  # name -> periods by accounts
    known: Known | None
    amounts: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    unknown: npt.NDArray[np.uint8] | None = None  # why an account's amounts are not known
    priced_by: tuple[str, ...] = ("amount", "interval")  # the fields amounts are made of
    scale: int = 1
    currency: str | None = None
    left_out: Mapping[Reason, Grid] = field(default_factory=dict)
    by_definition: Mapping[Reason, Grid] = field(default_factory=dict)  # left out by definition
    # Who may have stood, or not: at the start though sure at the end, and at the end.
    unsure: tuple[Mapping[Reason, Grid], Mapping[Reason, Grid]] = ({}, {})
    assumed: Mapping[Reason, Grid] = field(default_factory=dict)
    basis: tuple[Any, ...] = ()  # what makes them customers, as plain values
    zone: str | None = None
    names: Codes = NOBODY  # of the customers, line by line
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
        excluded, by_definition = self._left_out(where)
        return Total(
            self.axes, self._evidence(where), "customers", grid, grid,
            excluded_rows=excluded, assumed_rows=self.assumed, by_definition_rows=by_definition,
        )  # fmt: skip

    def _left_out(self, where: Sequence[str]) -> tuple[dict[Reason, Grid], dict[Reason, Grid]]:
        """Rows left out, and those left out by definition.

        Who is not sure at the start may be so at the end.  Of whom it is not known whether they
        stood, nothing is known of what stood; but they are none who came, went or changed.
        """
        unsure: dict[Reason, Grid] = dict(self.unsure[1])
        if tuple(where) != (AT_END,):
            unsure = _both(unsure, self.unsure[0])
        if set(where) & STOOD:
            return _both(self.left_out, unsure), dict(self.by_definition)
        return dict(self.left_out), _both(self.by_definition, unsure)

    def total(self, column: str, *where: str) -> Total:
        """The sum of their amounts; a customer with an amount that is not known is left out."""
        if not self.amounts and self.tables[0].name == "subscriptions":
            self.tables[0].column("annual_amount")  # names the field that is lacking
        if column not in self.amounts:
            raise ColumnError(one_of("amount of customers", column, self.amounts))
        rows, (excluded, by_definition) = self.where(*where), self._left_out(where)
        if self.unknown is not None:
            for why, reason in self._why_unknown().items():
                hit = rows & (self.unknown == why)
                if hit.any():
                    excluded = _both(excluded, {reason: self._grid(hit)})
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
            assumed_rows=self.assumed,
            by_definition_rows=by_definition,
        )

    def _evidence(self, where: Sequence[str], of: str = "rows") -> Evidence:
        at = None if self.known is None else self.known.at
        definition = Measured("customers", "by period", self.basis, (of,), tuple(where))
        return Evidence(
            rows_of("customers", *where), "customers by period", at, self.past,
            definition=definition, zone=self.zone,
            known_by_plans=self.known is not None and self.known.assumed,
            ahead=bool(self.tables) and all(isinstance(one, Subscriptions) for one in self.tables),
            called=called_in(self.tables),
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
                    "customers", str(self.names.at(line)), line, period.label,
                    self.axes.groups[int(self.group[line])], None, exact if known else None,
                    None if known else self._why_unknown()[why],
                )  # fmt: skip

    def _why_unknown(self) -> dict[int, Reason]:
        return {MISSING: Reason("no_field", field=self.priced_by), **UNKNOWN}

    def by_reason(self, why: Reason, rows: Flags) -> dict[Reason, Grid]:
        """So many of them, under a reason; nothing where there is none."""
        return {why: self._grid(rows)} if rows.any() else {}

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
    endless: bool = False,
    amounts: bool = True,
) -> Accounts:
    """Customers active at the start and the end of each period.

    One that ever paid for a subscription is active while one above 0 covers the instant; any
    other for `active_for` days after a won deal (never, where that is None).  Of whom it is not
    known when the subscription ended, nothing is said; `endless` takes all subscriptions as
    running where no column says when they end, and says so.  Without `amounts` they are counted
    alone.
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
    book = Book(made.size)
    left_out: dict[Reason, Grid] = {}
    by_definition: dict[Reason, Grid] = {}
    bought_by = made.line_of[-1]
    line: npt.NDArray[Any] = np.zeros(0, dtype=np.int32)
    begun = over = np.zeros(0, dtype=np.uint16)
    paying = np.zeros(0, dtype=bool)
    if contracts is not None:
        line = made.line_of[0]
        begun = contracts.times("started_at").days
        over = _ended(contracts, endless)
        book.covering(contracts, line, begun, over, sorted({*starts, *ends}), amounts)
        paying = contracts.paying & (line >= 0) & (begun != NEVER)
        # Whoever ever subscribed is a customer by that alone.
        subscribed = np.zeros(made.size + 1, dtype=bool)  # the first is nobody
        subscribed[line.take(np.flatnonzero(paying)) + 1] = True
        bought_by = np.where(looked_up(subscribed, bought_by, -1), np.int32(-1), bought_by)
        left_out = made.left_out(0, contracts, begun, over, starts, ends)
        by_definition = {w: left_out.pop(w) for w in (Reason("never_paid"),) if w in left_out}

    def bought(since: int, until: int) -> npt.NDArray[np.int64]:
        found = bought_by.take(seen[-1].rows_between(since, until, BOUGHT))
        return found.take(np.flatnonzero(found >= 0))

    if won is not None and active_for is not None:
        for edge in sorted({*starts, *ends}):
            book.bought(edge, bought(edge - active_for, edge))

    def first() -> npt.NDArray[np.int64]:
        found = np.full(made.size, NEVER, dtype=np.int64)
        np.minimum.at(found, line[paying], begun[paying].astype(np.int64))
        if won is not None and active_for is not None:
            np.minimum(found, seen[-1].first_of(bought_by, made.size, BOUGHT), out=found)
        return found

    def touched() -> Flags:
        found = np.zeros((len(starts), made.size), dtype=bool)
        for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
            found[place, line[paying & (begun < end) & (over > start)]] = True
            if won is not None and active_for is not None:
                found[place, bought(start, end)] = True
        return found

    accounts = Accounts(
        made.axes, made.group, {}, made.known, left_out=left_out, by_definition=by_definition,
        basis=("active", active_for), zone=made.zone, past=made.past, names=made.names,
        tables=made.of_tables,
    )  # fmt: skip
    return _as_booked(accounts, book, (starts, ends), (first, touched), contracts)


def _as_booked(
    accounts: Accounts,
    book: Book,
    edges: tuple[list[int], list[int]],
    seen: tuple[Callable[[], npt.NDArray[np.int64]], Callable[[], Flags]],
    contracts: Subscriptions | None,
) -> Accounts:
    """With the sets of customers and their amounts: the book has both ends of every period.

    `seen` tell the first day of each customer, and who was one at some time of a period.
    """
    (starts, ends), (first, touched) = edges, seen
    nobody = np.zeros(book.size, dtype=bool)
    maybe = [np.array([book.maybe.get(e, nobody) for e in each]) for each in edges]
    sure = ~(maybe[0] | maybe[1])
    at_start = np.array([book.active[edge] for edge in starts]) & sure
    stands = np.array([book.active[edge] for edge in ends])
    at_end = stands & sure
    accounts = replace(
        accounts,
        unsure=(
            accounts.by_reason(Reason("end_not_known"), maybe[0] & ~maybe[1]),
            accounts.by_reason(Reason("end_not_known"), maybe[1]),
        ),
        assumed=accounts.by_reason(Reason("taken_as_running"), stands)
        if contracts is not None and not contracts.has("ended_at")
        else {},
    )

    @cache
    def before() -> Flags:
        return np.asarray(first() < np.array(starts)[:, None])

    flags: dict[str, Callable[[], Flags]] = {
        "active at the start": lambda: at_start,
        AT_END: lambda: stands,
        "known at both ends": lambda: sure,
        "new": lambda: ~at_start & at_end & ~before(),
        "back": lambda: ~at_start & at_end & before(),
        "gained": lambda: ~at_start & at_end,
        "there": lambda: at_start | at_end,
        "left": lambda: at_start & ~at_end,
        "joined and left": lambda: ~at_start & ~at_end & touched() & sure,
    }
    if contracts is None or not book.amount:
        return replace(accounts, flags=AsAsked(flags))
    both = at_start & at_end
    unknown = np.maximum(*(np.array([book.why[edge] for edge in each]) for each in edges))
    # Of these it is not known which way they went: they are left out of both, and counted there.
    unsure = both & (unknown >= MISSING)
    of: AsAsked[npt.NDArray[Any]] = AsAsked(
        {
            "start_amount": lambda: np.array([book.amount[edge] for edge in starts]),
            "end_amount": lambda: np.array([book.amount[edge] for edge in ends]),
            "change_amount": lambda: of["end_amount"] - of["start_amount"],
            "drop_amount": lambda: of["start_amount"] - of["end_amount"],
            "kept_amount": lambda: np.minimum(of["start_amount"], of["end_amount"]) * both,
            "gain_amount": lambda: of["end_amount"] - of["start_amount"] * both,
            "loss_amount": lambda: of["start_amount"] - of["end_amount"] * both,
        }
    )
    flags |= {
        "grown": lambda: both & (of["change_amount"] > 0),
        "shrunk": lambda: both & (of["change_amount"] < 0),
        "gaining": lambda: ~at_start & at_end | (both & (of["change_amount"] > 0)) | unsure,
        "losing": lambda: at_start & ~at_end | (both & (of["change_amount"] < 0)) | unsure,
    }
    return replace(
        accounts,
        flags=AsAsked(flags),
        amounts=of,
        unknown=unknown,
        priced_by=contracts.made_of("annual_amount"),
        scale=contracts.numbers("annual_amount").scale,
        currency=contracts.currency,
    )


class AsAsked(Mapping[str, V]):
    """What is made of many customers, each when it is asked for: few are."""

    def __init__(self, make: Mapping[str, Callable[[], V]]) -> None:
        self.make, self.made = make, dict[str, V]()

    def __getitem__(self, name: str) -> V:
        if name not in self.made:
            self.made[name] = self.make[name]()
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.make)

    def __len__(self) -> int:
        return len(self.make)


def _both(mine: Mapping[Reason, Grid], others: Mapping[Reason, Grid]) -> dict[Reason, Grid]:
    """What is counted by reason, put together."""
    found = dict(mine)
    for why, grid in others.items():
        sums = grid.changes + found[why].changes if why in found else grid.changes
        found[why] = Grid(sums, False, int(sums.sum()))
    return found


def _tells_nobody(deals: Any) -> NeedsError:
    """Neither subscriptions nor, with deals, for how long a won one makes a customer active."""
    needs = tables_needed("subscriptions", "deals")
    if deals is not None:
        told = Reason("argument", name="active_for_days")
        needs = Reason("any_of", items=(tables_needed("subscriptions"), told))
    return NeedsError(needs, f"who is active is told by {needs}")


def _ended(contracts: Subscriptions, endless: bool) -> npt.NDArray[np.uint16]:
    if endless and not contracts.has("ended_at"):
        return np.full(contracts.size, NEVER, dtype=np.uint16)
    return contracts.times("ended_at").days
