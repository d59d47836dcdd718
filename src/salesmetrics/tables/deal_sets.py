"""The sets of deals that KPIs speak of: by outcome, by what is due, by whom they are with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..columns import MISSING, Codes, Keys, Numbers, Times
from ..days import NEVER, NEVER_SECONDS
from ..errors import NeedsError
from ..history.known import whole_day_of
from ..reasons import column_needed
from .order import out_of_order
from .row_sets import labelled
from .rows import Mask, Rows
from .said import SAYING

__all__ = ["DEAL_SETS", "filled", "removed_rows"]


def _late(deals: Rows) -> Mask:
    """Open, and its expected close has passed by what is known."""
    today = whole_day_of(deals.known)
    return deals.is_label("outcome", "open") & (deals.times("expected_close_at").days <= today)


def _came_due(deals: Rows) -> Mask:
    """Its expected close has passed by what is known, whatever became of it."""
    today = whole_day_of(deals.known)
    found: Mask = deals.times("expected_close_at").days <= today
    return found


def _upcoming(deals: Rows) -> Mask:
    """Open, and expected to close later than what is known."""
    days = deals.times("expected_close_at").days
    found: Mask = deals.is_label("outcome", "open") & ~_came_due(deals) & (days != NEVER)
    return found


def _unscheduled(deals: Rows) -> Mask:
    """Open, without an expected close."""
    days = deals.times("expected_close_at").days
    found: Mask = deals.is_label("outcome", "open") & (days == NEVER)
    return found


def _making_a_customer(deals: Rows) -> Mask:
    """Won, and no return: an amount below 0 takes back what made a customer before."""
    won: Mask = deals.is_label("outcome", "won")
    if deals.has("amount"):
        amount = deals.numbers("amount")
        won = won & ((amount.values >= 0) | (amount.reasons() >= MISSING))
    return won


def _to_existing(deals: Rows) -> Mask:
    """Of a customer with an earlier won close than this deal's."""
    codes, closed = deals.codes("customer"), deals.times("closed_at").seconds
    first = np.full(len(codes.labels), NEVER_SECONDS)
    won = np.flatnonzero(_making_a_customer(deals) & ~removed_rows(deals))
    np.minimum.at(first, codes.codes[won], closed[won])
    found: Mask = (first[codes.codes] < closed) & (codes.codes != 0)
    return found


def removed_rows(deals: Rows) -> Mask:
    """Deleted: it counts as nothing that happened."""
    removed = deals.columns.get("removed_at")
    if not isinstance(removed, Times):
        return np.zeros(deals.size, dtype=bool)
    return np.asarray(removed.days != NEVER)


def _named(deals: Rows) -> Mask:
    return np.asarray(deals.codes("customer").codes != 0)


def _in_order(deals: Rows) -> Mask:
    """Created, and not after the day of its close."""
    created = deals.times("created_at").days
    found: Mask = (created != NEVER) & (created <= deals.times("closed_at").days)
    return found


def _of_unknown_creation(deals: Rows) -> Mask:
    found: Mask = deals.times("created_at").days == NEVER
    return found


def filled(table: Rows, name: str) -> Mask:
    """Rows with something in a field as it was given: what stands in for it is not it."""
    column = table.given.get(name)
    if column is None:
        raise NeedsError(column_needed(table.name, name), f"{table.name} have no {name!r}")
    match column:
        case Times():
            found = column.days != NEVER
        case Codes():
            found = column.codes != 0
        case Numbers():
            found = column.reasons() != MISSING
        case Keys():
            found = np.ones(table.size, dtype=bool)
    return np.asarray(found)


DEAL_SETS: dict[str, Callable[..., Mask]] = {
    "in order": lambda deals, *between: ~out_of_order(deals, *between),
    "out of order": out_of_order,
    "open": labelled("outcome", "open"),
    "won": labelled("outcome", "won"),
    "lost": labelled("outcome", "lost"),
    "disqualified": labelled("outcome", "disqualified"),
    "decided": labelled("outcome", "won", "lost"),
    "closed": labelled("outcome", "won", "lost", "disqualified"),
    "open or closed": labelled("outcome", "open", "won", "lost", "disqualified"),
    "late": _late,
    "came due": _came_due,
    "upcoming": _upcoming,
    "unscheduled": _unscheduled,
    "of a campaign": lambda deals: np.asarray(deals.codes("campaign").codes != 0),
    "of no campaign": lambda deals: np.asarray(deals.codes("campaign").codes == 0),
    "of a customer": _named,
    "of no customer": lambda deals: ~_named(deals),
    "that make a customer": _making_a_customer,
    "to existing customers": _to_existing,
    "not to existing customers": lambda deals: ~_to_existing(deals),
    "for the reason": lambda deals, reason: deals.is_label("loss_reason", reason),
    "with filled": filled,
    "with creation before close": _in_order,
    "of unknown creation": _of_unknown_creation,
    "closed before creation": lambda deals: ~_in_order(deals) & ~_of_unknown_creation(deals),
    **SAYING,
    "upsell": labelled("type", "upsell"),
    "cross_sell": labelled("type", "cross_sell"),
    "upsell or cross_sell": labelled("type", "upsell", "cross_sell"),
}
