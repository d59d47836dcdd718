"""Deals cut into their lines: a row for each product of a deal, and one for what no line names.

The rows of a deal sum to what it is worth, to the unit: what its lines lack of it, or have too
much, is a row without product, marked as the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import (
    KNOWN,
    MISSING,
    REST,
    Codes,
    Column,
    Numbers,
    common_labels,
    in_one_scale,
)
from ..errors import NeedsError
from ..history.known import not_all_time, today_of
from ..history.versions import Taken
from ..periods import Periods
from ..reading.money_columns import reported
from ..reasons import column_needed
from ..results import Axes
from .at_ends import Standing
from .deal_lines import DealLines
from .deal_rows import DealVersions, TakenExtra, versions_of, with_owners_at
from .deals import Deals
from .grouping import By
from .into import IntoDealLines, IntoDeals
from .linking import rows_named
from .rows import Rows
from .run import window_on
from .verbs import During

__all__ = ["LinedDeals", "lined", "unlike_their_deals"]

Int64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
SAFE = 2**62


def lined(deals: IntoDeals, lines: IntoDealLines) -> LinedDeals:
    """Deals whose windows have a row for each of their lines, with its product and its amount.

    A deal without lines, or of no known amount, is one row with its own product.  Lines have no
    date: as of whatever instant they are those that stand here.
    """
    table, given = Deals.of(deals), DealLines.of(lines)
    _amounts(given)
    has = {one.name: getattr(table, one.name) for one in fields(table) if one.init}
    links = {**(given.links or {}), **(table.links or {})} or None
    how = ("in lines", given.digest())
    return LinedDeals(**{**has, "lines": given, "links": links, "restricted_to": how, "run": None})


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LinedDeals(Deals):
    """Deals that are looked at line by line."""

    lines: DealLines | None = None

    def during(
        self, time: str, period: Periods | str, *, by: By = None, earlier: int = 0
    ) -> During:
        """What happened, of the owner that a deal had then."""

        def made(deals: Any) -> Rows:
            of_then = with_owners_at(deals, time) if deals.history and deals.has("owner") else deals
            return _cut(of_then, np.arange(deals.size), deals, self.lines)

        def opened(rows: Rows, axes: Axes, grouped: Any, sums: Any) -> During:
            return During(rows, axes, grouped, time, sums)

        what = (f"in lines at {time}", made)
        return window_on(self, ("during", time), period, by, opened, what=what, earlier=earlier)

    def standing(
        self, start: str, end: str | None, period: Periods | str, *, by: By = None
    ) -> Standing:
        """What stood open at each period's end, worth what it was then."""
        not_all_time(period)
        self.column("outcome")

        def made(deals: Any) -> Rows:
            versions = versions_of(deals)
            assert isinstance(versions.columns, Taken)
            return _cut(versions, np.asarray(versions.columns.rows), deals, self.lines)

        def opened(rows: Rows, axes: Axes, grouped: Any, sums: Any) -> Standing:
            return Standing(rows, axes, grouped, start, end, sums)

        what = ("in lines", made)
        return window_on(self, ("standing", start, end or ""), period, by, opened, what=what)


def unlike_their_deals(deals: Deals, lines: DealLines) -> Mask:
    """The deals whose lines do not sum to the amount that they have."""
    row, usable = _placed(deals, lines)
    whole = deals.given.get("amount")
    if not isinstance(whole, Numbers):
        return np.zeros(deals.size, dtype=bool)
    told = row < deals.size
    sums = _sums(_amounts(lines).take(np.flatnonzero(usable)), row[usable], deals.size)
    parted = np.zeros(deals.size, dtype=bool)
    parted[row[told]] = True  # also by lines that cannot be used
    known = whole.reasons() < MISSING
    return np.asarray(parted & known & np.asarray(whole.values != sums))


def _cut(rows: Rows, deal: Any, deals: Deals, lines: Any) -> Rows:
    """Rows of deals, each as many times as it has parts; `deal` says whose each row is."""
    at, usable = _placed(deals, lines)
    told = np.flatnonzero(at < deals.size)
    parted = np.zeros(deals.size, dtype=bool)
    parted[at[told]] = True
    used = np.flatnonzero(usable)
    used = used[np.argsort(at[used], kind="stable")]
    part = _converted(_amounts(lines).take(used), at[used], deals)
    amounts = rows.columns.get("amount")
    if not isinstance(amounts, Numbers):
        amounts = rows.numbers("amount")  # refused by name
    whole, part = in_one_scale(amounts, part)
    known, why = whole.reasons() < MISSING, whole.reasons()
    cut = parted[deal] & known
    first = np.searchsorted(at[used], np.arange(deals.size + 1))
    count = np.where(cut, np.diff(first)[deal], 0)
    rest = whole.values - np.where(cut, _sums(part, at[used], deals.size)[deal], 0)
    kept = np.flatnonzero((count == 0) | np.asarray(rest != 0))
    of = np.repeat(np.arange(rows.size), count)
    place = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    line = first[deal[of]] + place
    taken = np.concatenate([kept, of])
    order = np.argsort(taken, kind="stable")
    taken = taken[order]
    left = np.where(cut & (why == KNOWN), np.uint8(REST), why)
    values = np.concatenate([rest[kept], part.values[line]])[order]
    reasons = np.concatenate(
        [left[kept], np.where(part.reasons()[line] < MISSING, why[of], part.reasons()[line])]
    )[order]
    whose, theirs = _products(rows, lines)
    product = np.concatenate([np.where(cut, 0, whose.codes)[kept], theirs.codes[used[line]]])
    own: dict[str, Column] = {
        "amount": Numbers.of(values, reasons.astype(np.uint8), whole.scale),
        "product": Codes(product[order].astype(np.uint32), whose.labels),
    }
    return _some(rows, taken, own)


def _some(rows: Rows, taken: Int64, own: dict[str, Column]) -> Rows:
    """Some rows, some of them more than once, with columns of their own."""
    if not isinstance(rows, DealVersions):
        made = replace(rows, history=None, run=None).some(taken)
        return replace(made, columns={**made.columns, **own}, origin=object())
    columns = rows.columns
    assert isinstance(columns, Taken)
    extra = rows.extra
    if isinstance(extra, TakenExtra):
        extra = TakenExtra(extra.whole, columns.rows[taken])
    return replace(rows, size=len(taken), columns=columns.some(taken, own), extra=extra)


def _amounts(lines: DealLines) -> Numbers:
    """What the lines come to, each in its own currency; their deals have to be named, too."""
    lines.codes("deal")
    lines.numbers("amount")
    amounts = lines.given["amount"]
    assert isinstance(amounts, Numbers)
    return amounts


def _placed(deals: Deals, lines: DealLines) -> tuple[Int64, Mask]:
    """Of each line the row of its deal, and whether it can be a part of the deal's amount.

    A line in another currency than its deal's is none: what it comes to is told by no rate.
    """
    names = lines.codes("deal")
    row = np.asarray(rows_named(deals, names), dtype=np.int64)
    row[row < 0] = deals.size
    usable = (row < deals.size) & (_amounts(lines).reasons() < MISSING)
    theirs, mine = deals.given.get("currency"), lines.given.get("currency")
    if isinstance(theirs, Codes) and _foreign(theirs, deals.currency):
        if not isinstance(mine, Codes):
            raise NeedsError(
                column_needed("deal_lines", "currency"),
                "the deals are in several currencies, so deal_lines need a column currency",
            )
        place: dict[str | None, int] = {}
        known = [place.setdefault(label or deals.currency, len(place)) for label in theirs.labels]
        told = [place.setdefault(label or lines.currency, len(place)) for label in mine.labels]
        whose = np.array(known)[np.append(theirs.codes, 0)[row]]
        usable &= np.array(told)[mine.codes] == whose
    elif isinstance(mine, Codes):
        usable &= np.array([label in (None, deals.currency) for label in mine.labels])[mine.codes]
    return row, usable


def _foreign(codes: Codes, reporting: str | None) -> bool:
    pairs = zip(codes.labels, codes.in_use(), strict=True)
    return any(used and label not in (None, reporting) for label, used in pairs)


def _converted(part: Numbers, of: Int64, deals: Deals) -> Numbers:
    """Amounts of lines in the reporting currency, at the rates of their deals."""
    names = ("currency", deals.dated_by or "")
    given: dict[str, Column] = {n: deals.given[n].take(of) for n in names if n in deals.given}
    given["amount"] = part
    today = today_of(deals.known)
    found = reported(given, deals.currency, deals.rates, deals.dated_by, today, ("amount",))
    amounts = found["amount"]
    assert isinstance(amounts, Numbers)
    return amounts


def _sums(part: Numbers, of: Int64, size: int) -> npt.NDArray[Any]:
    """What the lines of each deal come to."""
    sums = np.zeros(size, dtype=object if part.bound >= SAFE else np.int64)
    np.add.at(sums, of, part.values.astype(sums.dtype))
    return sums


def _products(rows: Rows, lines: DealLines) -> tuple[Codes, Codes]:
    """The products of rows and of lines, in one numbering."""
    found = []
    for table in (rows, lines):
        given = table.columns.get("product")
        nothing = Codes(np.zeros(table.size, np.uint32), (None,))
        found.append(given if isinstance(given, Codes) else nothing)
    first, second = found
    if first.labels is second.labels:
        return first, second
    labels = common_labels(found, first.labels)
    return first.relabelled(labels), second.relabelled(labels)
