"""Deals put back to an instant, from the changes before it."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np

from ..columns import MISSING, PIECE, Codes, Column, Numbers, Times, chosen, joined_times
from ..history.known import Known, today_of
from ..history.tracks import DECIDED_FROM
from ..reading.money_columns import reported
from .rows import Rows

__all__ = ["rewound", "with_prices"]

D = TypeVar("D", bound=Rows)


def rewound(deals: D, known: Known) -> D:
    """With only the changes of that time, and closed where their stage then was a closed one.

    Closes still to come are left: the table takes them back as it does without history.
    """
    history = deals.history.until(known)
    table = replace(deals, history=history)
    if history.types is None or "stage" not in history.tracks:
        return table
    track, given = history.tracks["stage"], dict(deals.given)
    closed, outcome = given["closed_at"], given["outcome"]
    assert isinstance(closed, Times) and isinstance(outcome, Codes)
    if not len(track.days):
        return table
    when, codes, other = [], np.empty(deals.size, np.uint8), np.empty(deals.size, dtype=bool)
    for first in range(0, deals.size, PIECE):  # so that what is passing stays small
        part = slice(first, first + PIECE)
        mine, now = history.take(part), closed.take(part)
        types, entered = mine.closes()
        then = types >= DECIDED_FROM
        changed = mine.tracks["stage"].times
        at = chosen(then, changed.take(entered), now) if len(changed.days) else now
        codes[part] = np.where(then, types, outcome.codes[part])
        # Closed at the time, but reopened since: what the present close says was not so then.
        other[part] = then & (at.seconds != now.seconds)
        when.append(at)
    for name in deals.before["closed_at"]:
        if name in given and other.any():
            given[name] = _not_known(given[name], ~other)
    given |= {"closed_at": joined_times(when), "outcome": Codes(codes, outcome.labels)}
    return replace(table, given=given)


def _not_known(column: Column, keep: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Column:
    if isinstance(column, Codes):
        return column.only(keep)
    if isinstance(column, Numbers):
        return column.only(keep, MISSING)
    return column


def with_prices(deals: D) -> D:
    """With the amounts of their history in the reporting currency, and what sums may come to."""
    history = deals.history
    track = history.tracks.get("amount")
    if track is not None:
        of = track.deals()
        columns: dict[str, Column] = {"amount": track.values}
        for name in ("currency", "closed_at"):
            if name in deals.given:
                columns[name] = deals.given[name].take(of)
        money = reported(
            columns, deals.currency, deals.rates, deals.dated_by, today_of(deals.known), ("amount",)
        )
        track = replace(track, values=money["amount"])
    # A list amount stands in before the first amount is known.
    values = [deals.columns.get("amount"), deals.columns.get("list_amount")]
    values += [] if track is None else [track.values]
    numbers = [column for column in values if isinstance(column, Numbers)]
    scale = max([1, *(column.scale for column in numbers)])
    largest = max([0, *(_largest(column) * (scale // column.scale) for column in numbers)])
    rows = deals.size + sum(len(one.days) for one in history.tracks.values())
    return replace(deals, history=replace(history, amount=track, most=2 * largest * rows))


def _largest(column: Numbers) -> int:
    if not len(column.values):
        return 0
    return max(abs(int(column.values.max())), abs(int(column.values.min())))
