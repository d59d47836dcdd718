"""What forecast categories are worth: how much of what stood in each was won in time before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ...columns import Codes
from ...days import day_number
from ...periods import Period
from ...reasons import Reason, named, so_many
from ...results import Axes, Cell
from ...results.estimate import Estimate, estimated_cell
from ...tables import Deals
from .standing_open import OpenDeals, day_of

__all__ = ["category_yields", "has_categories"]

Floats = npt.NDArray[np.float64]
NO_AMOUNT = Reason("no_field", field="amount")
WEIGHT = 10  # deals by which a category is drawn to the yield of all


@dataclass(frozen=True, slots=True)
class _Came:
    """Of deals due by the end of periods before, as many days from it: amounts, and how many."""

    due: Fraction
    won: Fraction
    deals: int


def has_categories(deals: Deals) -> bool:
    """Whether it is known in which category each deal stood, and when it was due."""
    tracks = {} if deals.history is None else deals.history.tracks
    return {"forecast_category", "expected_close_at"} <= set(tracks)


def category_yields(
    deals: Deals, period: Period, mine: OpenDeals, earlier: Sequence[tuple[int, int]], unit: int
) -> Estimate:
    """By category what is due by the period's end, and what of it is expected to be won in it.

    Formula: amount due by the end x yield; the yield is won by the end / due by it, of what stood
    open in the category on the same day of the periods before, drawn to the yield of all
    categories as if ten deals of mean amount had come so.  It learns from the whole company.
    """
    came = _came(deals.unfiltered, earlier)
    every = _Came(
        sum((one.due for one in came.values()), Fraction()),
        sum((one.won for one in came.values()), Fraction()),
        sum(one.deals for one in came.values()),
    )
    category, end = deals.unfiltered.codes("forecast_category"), day_number(period.end)
    due = {name: _due(mine, category, name, end) for name in (*category.labels[1:], None)}
    none = _Came(Fraction(), Fraction(), 0)
    names = [name for name in due if len(due[name]) or came.get((name,), none).deals]
    axes = Axes(
        (period,), ("forecast_category",), tuple((name,) for name in names),
        non_additive=("period", "forecast_category"),
    )  # fmt: skip
    cells = [
        _cell(axes, at, due[name], came.get((name,), none), every, unit)
        for at, name in enumerate(names)
    ]
    evidence = replace(
        mine.evidence.put_together("forecast categories"), what=named("forecast categories")
    )
    return Estimate(axes, evidence, "money", (tuple(cells),), deals.currency)


def _came(deals: Deals, earlier: Sequence[tuple[int, int]]) -> dict[tuple[object, ...], _Came]:
    """By category, of the same stretches of the periods before: (day seen from, last day)."""
    spans = [
        Period(day_of(at + 1), day_of(last + 1), f"{day_of(at + 1)} to {day_of(last)}")
        for at, last in earlier
    ]
    found: dict[tuple[object, ...], _Came] = {}
    if not spans:
        return found
    became = deals.due_at_start(tuple(spans), by="forecast_category").yields("amount")
    due, won = became.part("due"), became.part("won")
    for at, group in enumerate(due.groups):
        of_due = [due.cell(span, at) for span in range(len(spans))]
        of_won = [won.cell(span, at) for span in range(len(spans))]
        found[group] = _Came(
            sum((Fraction(cell.exact or 0) for cell in of_due), Fraction()),
            sum((Fraction(cell.exact or 0) for cell in of_won), Fraction()),
            sum(cell.n for cell in of_due),
        )
    return found


def _due(mine: OpenDeals, category: Codes, name: str | None, end: int) -> Floats:
    """The amounts of open deals of a category that are expected to close before the end."""
    codes = category.codes[mine.rows]
    code = 0 if name is None else category.code(name)
    return np.asarray(mine.amount[(codes == code) & (mine.due < end)])


def _cell(axes: Axes, at: int, amounts: Floats, came: _Came, every: _Came, unit: int) -> Cell:
    known = amounts[~np.isnan(amounts)]
    left_out = {NO_AMOUNT: len(amounts) - len(known)} if len(known) < len(amounts) else {}
    due = None if left_out and not len(known) else Fraction(float(known.sum())) / unit
    share, why = None, Reason("no_category_before")
    if every.due > 0:
        drawn = WEIGHT * every.due / every.deals
        share = (came.won + drawn * every.won / every.due) / (came.due + drawn)
    if due is None:
        why = Reason("no_amount_known", left_out=so_many(left_out))
    expected = None if share is None or due is None else due * share
    return estimated_cell(
        axes, 0, at, expected, len(known), why,
        parts={
            "expected": None if expected is None else float(expected),
            "due": None if due is None else float(due),
            "yield": None if share is None else float(share),
            "deals_before": came.deals,
        },
        excluded=left_out,
    )  # fmt: skip
