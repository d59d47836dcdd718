"""Renewals: which contract another one continues, at what amount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from ...columns import MISSING, Codes, Numbers
from ...days import NEVER
from ...history.known import Known
from ...tables import IntoSubscriptions
from ...tables.linking import rows_named
from ...tables.subscriptions import Subscriptions
from ...tables.ties import in_turn
from ...tables.worked import check_days

__all__ = ["Contracts", "contracts_due"]

Index = npt.NDArray[Any]


class Contracts(Subscriptions):
    """Subscriptions that end, each with what became of it.

    `renewal` is renewed, lapsed or pending; `renewed_amount` what the next contract comes to in
    a year, `kept_amount` the same but never more than this one did.
    """

    __slots__ = ()
    made_from: ClassVar[Mapping[str, tuple[str, ...]]] = {
        **Subscriptions.made_from,
        "renewed_amount": ("amount", "interval"),
        "kept_amount": ("amount", "interval"),
    }
    derived: ClassVar[tuple[str, ...]] = (
        *Subscriptions.derived,
        "renewal",
        "renewed_amount",
        "kept_amount",
    )


def contracts_due(subscriptions: IntoSubscriptions, early: int, grace: int) -> Contracts:
    """Every subscription that ends, with its renewal looked for around the end.

    A contract names the one it renews; else the next of the same customer and product that
    starts from `early` days before the end to `grace` days after it renews it, and each renews
    one.  A contract that renews itself (`auto_renew`) has done so once its end has passed.
    """
    check_days("early_days", early, 0)
    check_days("grace_days", grace, 0)
    table = Subscriptions.of(subscriptions)
    key = ("contracts due", early, grace)
    if key not in table.kept:
        table.kept[key] = _with_renewals(table, early, grace)
    due: Contracts = table.kept[key]
    return due


def _with_renewals(table: Subscriptions, early: int, grace: int) -> Contracts:
    started, ended = table.times("started_at").days, table.times("ended_at").days
    # What was never paid, or costs nothing, is no contract: it is neither due nor a renewal.
    ends = (ended != NEVER) & (started < ended) & table.paying
    named = _named_successors(table)
    unnamed = np.ones(table.size, dtype=bool)
    unnamed[named.old] = False
    found = _matched_successors(table, np.flatnonzero(ends & unnamed), early, grace)
    after = Successors(np.append(named.old, found.old), np.append(named.new, found.new))
    today = _today(table.known)
    renewed = np.zeros(table.size, dtype=bool)
    renewed[after.old] = True
    over = ended.astype(np.int64) + grace < today
    itself = np.zeros(table.size, dtype=bool)
    if table.has("auto_renew"):
        itself = table.is_label("auto_renew", True) & ~renewed & (ended <= today)
    nobody = ~renewed & ~itself & (table.codes("customer").codes == 0)
    state = np.select([~ends, renewed | itself, nobody, over], [0, 1, 4, 2], 3).astype(np.uint8)
    labels = (None, "renewed", "lapsed", "pending", "no customer")
    columns = {**table.columns, "renewal": Codes(state, labels)}
    if table.has("annual_amount"):
        own = np.flatnonzero(itself)
        pairs = Successors(np.append(after.old, own), np.append(after.new, own))
        columns |= _amounts(table.numbers("annual_amount"), pairs)
    given = {each.name: getattr(table, each.name) for each in fields(table) if each.init}
    return Contracts(
        **{**given, "columns": columns, "run": None, "restricted_to": ("due", early, grace)}
    )


def _today(known: Known | None) -> int:
    return NEVER if known is None else known.whole_day + 1


class Successors(NamedTuple):
    """Pairs of rows: contracts, and others that renew them; several may renew one."""

    old: Index
    new: Index


def _named_successors(table: Subscriptions) -> Successors:
    """The contracts that others name, and those that name them."""
    if not table.has("renewal_of"):
        return Successors(np.zeros(0, np.int64), np.zeros(0, np.int64))
    old = rows_named(table, table.codes("renewal_of"))
    begun = (table.times("started_at").days != NEVER) & table.paying
    naming = np.flatnonzero((old >= 0) & begun)
    return Successors(old[naming].astype(np.int64), naming)


def _matched_successors(table: Subscriptions, due: Index, early: int, grace: int) -> Successors:
    """For these contracts, the next one of the same customer and product that is not taken."""
    customer = table.codes("customer").codes.astype(np.int64)
    started = table.times("started_at").days.astype(np.int64)
    ended = table.times("ended_at").days.astype(np.int64)
    of = customer
    if table.has("product"):
        product = table.codes("product")
        of = customer * len(product.labels) + product.codes
    free = (customer != 0) & (started != NEVER) & table.paying
    if table.has("renewal_of"):
        free &= table.codes("renewal_of").codes == 0  # it renews another, here or not
    new = np.flatnonzero(free)
    new = in_turn(table, new, of[new], started[new])
    due = due[np.flatnonzero(customer[due])]
    due = in_turn(table, due, of[due], ended[due], started[due])
    # Candidates stand by customer and product, then by start: those in the window lie together.
    since, until = np.maximum(started[due] + 1, ended[due] - early), ended[due] + grace
    starts = of[new] * DAYS + started[new]
    first = np.searchsorted(starts, of[due] * DAYS + since)
    end = np.searchsorted(starts, of[due] * DAYS + np.minimum(until, DAYS - 1), side="right")
    some = np.flatnonzero(first < end)
    taken = _in_their_turn(first[some], end[some], len(new))
    got = np.flatnonzero(taken >= 0)
    return Successors(due[some[got]], new[taken[got]])


DAYS = 2**17  # more than there are days, with the window before and after


def _in_their_turn(first: Index, end: Index, places: int) -> Index:
    """The first place from `first` to `end` that each takes who comes in turn; -1 for none."""
    free = list(range(places + 1))  # from each place on, where to look for the first free one
    taken = []
    for asked, beyond in zip(first.tolist(), end.tolist(), strict=True):
        at = asked
        while free[at] != at:
            free[at] = free[free[at]]
            at = free[at]
        taken.append(at if at < beyond else -1)
        if at < beyond:
            free[at] = at + 1
    return np.array(taken, dtype=np.int64)


def _amounts(annual: Numbers, after: Successors) -> dict[str, Numbers]:
    """What renewed contracts come to; what is not priced, with its renewal, counts on no side."""
    values = annual.values.astype(object) if annual.bound >= 2**63 else annual.values
    reasons = annual.reasons().copy()
    np.maximum.at(reasons, after.old, annual.reasons()[after.new])
    net = np.zeros_like(values)
    np.add.at(net, after.old, values[after.new])
    net[np.flatnonzero(reasons >= MISSING)] = 0
    gross = np.zeros_like(values)
    gross[after.old] = np.minimum(net, values)[after.old]
    gross[np.flatnonzero(reasons >= MISSING)] = 0
    return {
        "annual_amount": Numbers.of(annual.values, reasons, annual.scale),
        "renewed_amount": Numbers.of(net, reasons, annual.scale),
        "kept_amount": Numbers.of(gross, reasons, annual.scale),
    }


def _state(*words: str) -> Any:
    return lambda table: table.is_label("renewal", *words)


Contracts.row_sets = {
    "renewed": _state("renewed"),
    "lapsed": _state("lapsed"),
    "due": _state("renewed", "lapsed"),
    "pending": _state("pending"),
    "of no customer": _state("no customer"),
    "for the reason": lambda table, reason: table.is_label("churn_reason", reason),
}
