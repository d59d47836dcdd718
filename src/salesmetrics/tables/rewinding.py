"""Deals put back to an instant, from the changes before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any, TypeVar

import numpy as np

from ..asked import Asked, as_asked, with_more
from ..columns import MISSING, Codes, Column, Numbers, Times
from ..history.known import Known, today_of
from ..history.other_closes import OtherCloses, other_closes
from ..history.tracks import DealHistory, Track, last_of
from ..reading.money_columns import reported
from .rows import Rows

__all__ = ["rewound", "with_prices"]

D = TypeVar("D", bound=Rows)
Then = Callable[
    [], OtherCloses | None
]  # what deals were decided as, where their close tells otherwise


def rewound(then: D, now: Rows, known: Known) -> D:
    """With only the changes of that time, and closed where their stage then was a closed one."""
    history = now.history.until(known)

    @cache
    def closed() -> OtherCloses | None:
        if "other closes" not in now.kept:  # for all instants
            now.kept["other closes"] = other_closes(now.history, now.given)
        found: OtherCloses | None = now.kept["other closes"]
        return None if found is None else found.at(known)

    make = partial(_stood, then.given, now, closed, history)
    names = dict.fromkeys((*then.given, *history.tracks))
    given = as_asked(then.given, names, make)
    return replace(then, given=given, columns=given, history=history)


def _stood(
    given: Mapping[str, Column], now: Rows, closed: Then, history: DealHistory, name: str
) -> Column:
    """A column with each deal's last value of then where it has one, else as it is given."""
    column = given.get(name)
    settled = name == "closed_at" or name in now.before["closed_at"]
    if column is not None and settled and (found := closed()) is not None and len(found.deals):
        column = _closed(name, column, found, now)
    track = history.tracks.get(name)
    if track is not None:
        return last_of(track, column, now.size)
    assert column is not None
    return column


def _closed(name: str, column: Column, then: OtherCloses, now: Rows) -> Column:
    """What the close settles, of deals that had closed otherwise than they have now."""
    if name == "closed_at":
        assert isinstance(column, Times)
        return column.with_others(then.deals, then.entered)
    if name == "outcome":
        assert isinstance(column, Codes)
        codes = column.codes.copy()
        codes[then.deals] = then.outcomes
        return Codes(codes, column.labels)
    # Closed at the time, but reopened since: what the present close says was not so then.
    closes = now.given["closed_at"].take(then.deals)
    assert isinstance(closes, Times)
    keep = np.ones(now.size, dtype=bool)
    keep[then.deals[closes.seconds != then.entered.seconds]] = False
    if isinstance(column, Codes):
        return column.only(keep)
    return column.only(keep, MISSING) if isinstance(column, Numbers) else column


def with_prices(deals: D) -> D:
    """With the amounts of their history in the reporting currency, and what sums may come to."""
    amount: Mapping[str, Any] = Asked(("amount",), lambda _: _priced(deals))
    priced = with_more(amount, {"most": lambda: _most(deals, amount["amount"])})
    if not isinstance(deals.given, Asked):
        priced = dict(priced)
    return replace(deals, history=replace(deals.history, priced=priced))


def _priced(deals: Rows) -> Track | None:
    track: Track | None = deals.history.tracks.get("amount")
    if track is None:
        return None
    of = track.deals()
    columns: dict[str, Column] = {"amount": track.values}
    for name in ("currency", "closed_at"):
        if name in deals.given:
            columns[name] = deals.given[name].take(of)
    today = today_of(deals.known)
    money = reported(columns, deals.currency, deals.rates, deals.dated_by, today, ("amount",))
    return replace(track, values=money["amount"])


def _most(deals: Rows, track: Track | None) -> int:
    # A list amount stands in before the first amount is known.
    values = [deals.columns.get("amount"), deals.columns.get("list_amount")]
    values += [] if track is None else [track.values]
    numbers = [column for column in values if isinstance(column, Numbers)]
    scale = max([1, *(column.scale for column in numbers)])
    largest = max([0, *(_largest(column) * (scale // column.scale) for column in numbers)])
    rows = deals.size + sum(len(one.days) for one in deals.history.tracks.values())
    return 2 * largest * rows


def _largest(column: Numbers) -> int:
    if not len(column.values):
        return 0
    return max(abs(int(column.values.max())), abs(int(column.values.min())))
