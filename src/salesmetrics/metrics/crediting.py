"""Deals credited to several: to the owners who share them, or to the touches that led to them.

A deal stands once for each who has a share of it, with the share as its `credit`; the credits of
a deal sum to 1, so that sums over owners or campaigns are those of the deals, to the unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import lcm
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Column, Numbers, common_labels
from ..days import NEVER
from ..errors import NeedsError
from ..history.versions import held_at
from ..periods import ALL_TIME
from ..reasons import Reason, column_needed, tables_needed
from ..results import Total
from ..tables import IntoDealCredits, IntoDeals, IntoTouches
from ..tables.deal_credits import DealCredits
from ..tables.deal_rows import past_with_owners
from ..tables.deals import Deals
from ..tables.grouping import group_codes
from ..tables.linking import rows_named
from ..tables.ties import in_turn
from ..tables.touches import Touches

__all__ = ["ATTRIBUTIONS", "attributed", "credited", "said_of_touches"]


Int64 = npt.NDArray[np.int64]
# Of so many touches each one's share, as a fraction.
Shares = Callable[[int], list[tuple[int, int]]]
SOURCES = ("campaign", "channel", "content")
DAYS = NEVER + 1


def credited(deals: IntoDeals, credits: IntoDealCredits | None) -> Deals:
    """Deals of the owners who share them, as many rows a deal as it has owners.

    A deal that nobody shares is that of the owner it had when it closed.
    """
    table = Deals.of(deals)
    if credits is None:
        raise NeedsError(tables_needed("deal_credits"), "who shares a deal is told by deal_credits")
    given = DealCredits.of(credits)
    before, found = table.kept.get("credited", (None, None))
    if found is None or before is not given:
        found = _credited(table, given)
        table.kept["credited"] = given, found
    deals_credited: Deals = found
    return deals_credited


def _credited(table: Deals, given: DealCredits) -> Deals:
    of_deal, owners, shares = given.codes("deal"), given.codes("owner"), given.numbers("share")
    named = np.asarray(rows_named(table, of_deal), dtype=np.int64)
    named = np.where(named < 0, table.size, named)
    order = np.argsort(named, kind="stable")
    starts = np.searchsorted(named[order], np.arange(table.size + 1))
    rows, place, count = _each(np.diff(starts))
    credit = order[np.minimum(starts[rows] + place, max(len(order) - 1, 0))] if len(order) else rows
    own = table.owner_at("closed_at")
    labels = common_labels([own, owners], own.labels)
    mine, theirs = own.relabelled(labels), owners.relabelled(labels)
    shared = count > 0
    picked = theirs.codes[credit] if len(order) else mine.codes[rows]
    part = shares.values[credit] if len(order) else np.zeros(len(rows), np.int64)
    codes = np.where(shared, picked, mine.codes[rows]).astype(mine.codes.dtype)
    whose = Codes(codes, labels)
    return _with_credit(
        table,
        rows,
        Numbers.of(np.where(shared, part, shares.scale), None, shares.scale),
        {"owner": whose, **_teams(table, rows, shared, whose)},
        ("credited",),
        past_with_owners(table),
    )


def _teams(
    table: Deals, rows: Int64, shared: npt.NDArray[np.bool_], owner: Codes
) -> dict[str, Column]:
    """Of deals that nobody shares the team at their close, of shares that of their owner now."""
    roster = (table.links or {}).get("owner")
    if table.history is None or "team" not in table.history.tracks or roster is None:
        return {}
    then = held_at(table, "team", "closed_at")
    known = np.where(owner.codes < len(roster.rows), owner.codes, 0)
    now = roster.table.codes("team").linked(roster.rows, known)
    labels = common_labels([then, now], then.labels)
    theirs, mine = now.relabelled(labels), then.relabelled(labels).take(rows)
    codes = np.where(shared, theirs.codes, mine.codes)
    return {"team": Codes(codes.astype(mine.codes.dtype), labels)}


def attributed(deals: IntoDeals, touches: IntoTouches | None, shares_of: Shares) -> Deals:
    """Deals of the touches before their close, as many rows a deal as have a credit of it.

    A deal's touches are those of its lead, else those of its customer; one without any has a row
    without campaign.  Where no touches are kept at all, a deal is of its own campaign.
    """
    if touches is None:
        return _of_own_campaign(Deals.of(deals), shares_of)
    table, seen = Deals.of(deals), Touches.of(touches)
    # A filter by what touches tell is met by the rows made of them, not by the deals.
    closed = table.unfiltered.during("closed_at", ALL_TIME).days.astype(np.int64)
    starts, count = np.zeros(table.size, np.int64), np.zeros(table.size, np.int64)
    at = np.zeros(0, dtype=np.int64)
    for name in ("lead", "customer"):
        if not (table.has(name) and seen.has(name)):
            continue
        order, first, many = _before(table.codes(name), seen, name, closed)
        unseen = count == 0
        starts = np.where(unseen, first + len(at), starts)
        count = np.where(unseen, many, count)
        at = np.concatenate([at, order])
    rows, place, many = _each(count)
    touch = np.where(many > 0, starts[rows] + place, -1)
    touch = np.where(touch >= 0, at[np.maximum(touch, 0)] if len(at) else -1, -1)
    values, scale = _shares(shares_of, place, many)
    kept = np.flatnonzero(values != 0)
    rows, touch = rows[kept], touch[kept]
    columns: dict[str, Column] = {}
    for name in SOURCES:
        if seen.has(name):
            columns[name] = seen.codes(name).linked(touch, np.arange(len(touch)))
    rule = next(name for name, shares in ATTRIBUTIONS.items() if shares is shares_of)
    credit = Numbers.of(values[kept], None, scale)
    return _with_credit(table, rows, credit, columns, ("attributed", rule))


def said_of_touches(touches: IntoTouches | None, total: Total) -> Total:
    """The total; without touches it says that the deals' own campaigns stand in for them."""
    if touches is not None:
        return total
    return replace(total, assumed_rows={**total.assumed_rows, Reason("own_campaign"): total.counts})


def _of_own_campaign(table: Deals, shares_of: Shares) -> Deals:
    """Every deal whole, of the campaign in its row, else of that of the lead it came from."""
    if shares_of is not ATTRIBUTIONS["first"]:
        raise NeedsError(
            tables_needed("touches"),
            "which of several touches is credited is told by touches alone; leave attribution "
            "out for each deal's own campaign",
        )
    told = {name: codes for name in SOURCES if (codes := group_codes(table, name)) is not None}
    if "campaign" not in told:
        each = (tables_needed("touches"), column_needed("deals", "campaign"))
        raise NeedsError(
            Reason("any_of", items=each),
            "which campaign a deal came from is told by touches, or by a column campaign of "
            "deals or of the leads that they name",
        )
    whole = Numbers.of(np.ones(table.size, np.int64))
    return _with_credit(table, np.arange(table.size), whole, told, ("of own campaign",))


def _before(of_deals: Codes, seen: Touches, name: str, closed: Int64) -> tuple[Int64, Int64, Int64]:
    """The touches in order, and of each deal the first of its own and how many until its close.

    A touch on the day of the close counts.
    """
    codes = seen.codes(name)
    place = {label: code for code, label in enumerate(of_deals.labels) if label is not None}
    to = np.array([place.get(label, -1) for label in codes.labels], dtype=np.int64)
    times = seen.times("touched_at")
    day = times.days.astype(np.int64)
    mine = np.flatnonzero((to[codes.codes] > 0) & (day != NEVER))
    order = in_turn(seen, mine, to[codes.codes][mine], times.seconds[mine])
    keys = to[codes.codes][order] * DAYS + day[order]
    deal = of_deals.codes.astype(np.int64)
    first = np.searchsorted(keys, deal * DAYS)
    last = np.searchsorted(keys, deal * DAYS + np.minimum(closed, NEVER - 1), side="right")
    return order, first, np.where(deal == 0, 0, np.maximum(last - first, 0))


def _each(count: Int64) -> tuple[Int64, Int64, Int64]:
    """A row for each of them (one where there is none): whose, which of them, of how many."""
    times = np.maximum(count, 1)
    rows = np.repeat(np.arange(len(count)), times)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times)
    return rows, place, count[rows]


def _first(many: int) -> list[tuple[int, int]]:
    return [(1, 1)] + [(0, 1)] * (many - 1)


def _position(many: int) -> list[tuple[int, int]]:
    """40 % to the first and the last, 20 % between those in the middle; of two, half each."""
    if many < 3:
        return [(1, many)] * many
    return [(2, 5), *[(1, 5 * (many - 2))] * (many - 2), (2, 5)]


ATTRIBUTIONS: dict[str, Shares] = {
    "first": _first,
    "last": lambda many: _first(many)[::-1],
    "linear": lambda many: [(1, many)] * many,
    "position": _position,
}


def _shares(shares_of: Shares, place: Int64, many: Int64) -> tuple[npt.NDArray[Any], int]:
    """Each row's share as a multiple of one unit that all of them are multiples of."""
    parts = {n: shares_of(n) for n in sorted({1, *many[many > 0].tolist()})}
    scale = lcm(*(bottom for each in parts.values() for _, bottom in each))
    found = [parts[max(n, 1)][at] for at, n in zip(place.tolist(), many.tolist(), strict=True)]
    values = [top * (scale // bottom) for top, bottom in found]
    return np.array(values, dtype=object if scale >= 2**62 else np.int64), scale


def _with_credit(
    deals: Deals,
    rows: Int64,
    credit: Numbers,
    columns: Mapping[str, Column],
    how: tuple[str, ...],
    past: tuple[str, ...] = (),
) -> Deals:
    """Rows of deals, some more than once, with what they are credited to; as they are now."""
    # Who had a deal in the past is told by the credits.
    table = replace(deals, history=None, past=past, run=None).some(rows)
    return replace(table, columns={**table.columns, **columns, "credit": credit}, restricted_to=how)
