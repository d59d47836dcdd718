"""Renewals: which contract another one continues, at what amount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar

import numpy as np

from ...columns import MISSING, Codes, Numbers
from ...days import NEVER
from ...history.known import Known
from ...tables import IntoSubscriptions
from ...tables.subscriptions import Subscriptions
from ...tables.table import Mask
from ...tables.ties import in_turn
from ...tables.worked import check_days

__all__ = ["Contracts", "contracts_due"]


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
    started, ended = table.times("started_at").days, table.times("ended_at").days
    # What was never paid, or costs nothing, is no contract: it is neither due nor a renewal.
    ends = (ended != NEVER) & (started < ended) & table.paying
    after = _named_successors(table)
    _matched_successors(table, np.flatnonzero(ends), after, early, grace)
    today = _today(table.known)
    renewed = np.array([bool(after.get(row)) for row in range(table.size)], dtype=bool)
    over = ended.astype(np.int64) + grace < today
    itself = np.zeros(table.size, dtype=bool)
    if table.has("auto_renew"):
        itself = table.is_label("auto_renew", True) & ~renewed & (ended <= today)
    nobody = ~renewed & ~itself & (table.codes("customer").codes == 0)
    state = np.select([~ends, renewed | itself, nobody, over], [0, 1, 4, 2], 3).astype(np.uint8)
    labels = (None, "renewed", "lapsed", "pending", "no customer")
    columns = {**table.columns, "renewal": Codes(state, labels)}
    if table.has("annual_amount"):
        columns |= _amounts(table, after, itself)
    given = {each.name: getattr(table, each.name) for each in fields(table)}
    return Contracts(
        **{**given, "columns": columns, "run": None, "restricted_to": ("due", early, grace)}
    )


def _today(known: Known | None) -> int:
    return NEVER if known is None else known.whole_day + 1


def _named_successors(table: Subscriptions) -> dict[int, list[int]]:
    """The rows that name each row as the one they renew."""
    found: dict[int, list[int]] = {}
    if table.has("renewal_of"):
        before = table.codes("renewal_of")
        row_of = {key: row for row, key in enumerate(table.ids())}
        begun = (table.times("started_at").days != NEVER) & table.paying
        for row in np.flatnonzero((before.codes != 0) & begun).tolist():
            old = row_of.get(before.labels[before.codes[row]])
            if old is not None:
                found.setdefault(old, []).append(row)
    return found


def _matched_successors(
    table: Subscriptions, due: Any, after: dict[int, list[int]], early: int, grace: int
) -> None:
    """Adds, for contracts that none names, the next one of the same customer and product."""
    customer = table.codes("customer").codes
    product = table.codes("product").codes if table.has("product") else np.zeros_like(customer)
    started = table.times("started_at").days.astype(np.int64)
    ended = table.times("ended_at").days.astype(np.int64)
    named = {row for rows in after.values() for row in rows}
    naming = table.codes("renewal_of").codes if table.has("renewal_of") else None
    lists: dict[tuple[int, int], list[int]] = {}
    paying = table.paying
    for row in in_turn(table, np.arange(table.size), started).tolist():
        taken = row in named or (naming is not None and naming[row] != 0)
        if customer[row] and started[row] != NEVER and paying[row] and not taken:
            lists.setdefault((int(customer[row]), int(product[row])), []).append(row)
    for row in in_turn(table, due, ended[due], started[due]).tolist():
        if after.get(row) or not customer[row]:
            continue
        end = ended[row]
        candidates = lists.get((int(customer[row]), int(product[row])), [])
        for other in candidates:
            if started[other] > end + grace:
                break
            if other != row and started[other] > started[row] and started[other] >= end - early:
                after[row] = [other]
                candidates.remove(other)
                break


def _amounts(table: Subscriptions, after: dict[int, list[int]], itself: Mask) -> dict[str, Numbers]:
    annual = table.numbers("annual_amount")
    values, why = annual.values.tolist(), annual.reasons().tolist()
    net, gross, unknown = [0] * table.size, [0] * table.size, list(why)
    for row in range(table.size):
        rows = after.get(row, [row] if itself[row] else [])
        unknown[row] = max([why[row], *(why[other] for other in rows)])
        if unknown[row] < MISSING:
            net[row] = sum(values[other] for other in rows)
            gross[row] = min(net[row], values[row])
    reasons = np.array(unknown, dtype=np.uint8)
    wide = any(abs(value) >= 2**63 for value in (*net, *gross))
    kind = object if wide else np.int64
    return {
        # A contract whose renewal is not priced counts on neither side.
        "annual_amount": Numbers.of(annual.values, reasons, annual.scale),
        "renewed_amount": Numbers.of(np.array(net, dtype=kind), reasons, annual.scale),
        "kept_amount": Numbers.of(np.array(gross, dtype=kind), reasons, annual.scale),
    }


def _state(*words: str) -> Any:
    return lambda table: table.is_label("renewal", *words)


Contracts.row_sets = {
    "renewed": _state("renewed"),
    "due": _state("renewed", "lapsed"),
    "pending": _state("pending"),
    "of no customer": _state("no customer"),
}
