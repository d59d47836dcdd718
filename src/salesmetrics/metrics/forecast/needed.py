"""How much pipeline a target needs, by the chances and the mix that the own pipeline has."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...crm import CRM
from ...days import day_number
from ...errors import SalesMetricsError, shown
from ...forecast.bookings import BookingsModel
from ...forecast.undefined import Undefined
from ...periods import Periods
from ...reasons import Reason
from ...results import Axes, Cell
from ...results.estimate import Estimate, estimated_cell
from ...tables import IntoDeals
from ...tables.grouping import By
from .learned import WINDOW
from .outlook import Outlook
from .outlooks import Outlooks
from .period_model import LEFT_OUT, Unpriced

__all__ = ["pipeline_needed"]

MOST_TIMES = 20  # times the present pipeline; beyond it nobody can plan
MOST_DEALS = 20_000
NEAR = 0.002  # of the multiple


def pipeline_needed(
    given: IntoDeals | CRM,
    period: Periods | str,
    by: By,
    target: Any,
    chance: Any,
    unpriced: Unpriced = LEFT_OUT,
) -> Estimate:
    """The smallest multiple of the present mix that reaches each target with that chance."""
    if isinstance(chance, bool) or not isinstance(chance, (int, float)) or not 0 < chance < 1:
        raise SalesMetricsError(f"chance is {shown(chance)}; give a share between 0 and 1")
    found = Outlooks.of(given, period, by, target, WINDOW, unpriced)
    axes = found.axes
    cells = tuple(
        tuple(
            _cell(outlook, axes, at, group, found.quotas[at].get(group), float(chance))
            for group in axes.groups
        )
        for at, outlook in enumerate(found.each)
    )
    evidence = found.evidence.put_together("coverage needed", given=(float(chance), unpriced))
    return Estimate(axes, evidence, "ratio", cells, notes=found.notes)


def _cell(
    outlook: Outlook, axes: Axes, at: int, group: Any, target: int | None, chance: float
) -> Cell:
    named = group if axes.by else None
    deals, unit = outlook.open.of(named), outlook.unit
    won, behind = outlook.won_of(named)
    untold = behind is not None and behind.exact is None and bool(behind.excluded)
    place = axes.groups.index(group)
    pipeline = _covering(outlook, deals)
    parts: dict[str, Any] = dict.fromkeys(
        ("coverage_needed", "multiple", "needed", "more_needed", "coverage", "target_chance")
    )
    unknown = len(deals) and np.isnan(outlook.mine.amount[deals]).all()
    parts |= {
        "pipeline": None if unknown else float(pipeline / unit),
        "won": None if untold else float(won / unit),
    }
    parts["target"] = None if target is None else target / unit
    if target is None:
        return estimated_cell(
            axes, at, place, None, len(deals), Reason("no_field", field="target"), parts=parts
        )
    remaining = float(target - won)
    parts["remaining"] = max(remaining, 0.0) / unit
    why = None
    if remaining <= 0:
        why = Reason("target_met")
    elif not outlook.model.span.until:
        why = Reason("period_ended")
    elif outlook.prices_none:
        why = outlook.past.why_unpriced(len(outlook.mine.rows))
    elif not len(deals) or not outlook.model.model.chance[deals].any():
        why = Reason("nothing_to_forecast_from")
    if why is not None:
        return estimated_cell(axes, at, place, None, len(deals), why, parts=parts)
    times = _multiple(outlook, named, target, chance)
    parts["coverage"] = pipeline / remaining
    now = outlook.distribution(named, target).chance(target)
    parts["target_chance"] = None if isinstance(now, Undefined) else now
    if times is None:
        reason = Reason("out_of_reach", times=MOST_TIMES)
        return estimated_cell(axes, at, place, None, len(deals), reason, parts=parts)
    needed = times * pipeline
    parts |= {
        "coverage_needed": needed / remaining,
        "multiple": times,
        "needed": needed / unit,
        "more_needed": max(needed - pipeline, 0.0) / unit,
    }
    return estimated_cell(axes, at, place, needed / remaining, len(deals), parts=parts)


def _covering(outlook: Outlook, deals: Any) -> float:
    """What coverage counts: open deals due by the period's end, at amounts of their own.

    All where none says when, and at the amounts that stand in where there are no others.
    """
    mine = outlook.mine
    due = mine.due[deals] < day_number(outlook.period.end)
    amount = np.nan_to_num(mine.amount[deals])
    own = np.where(mine.stands_in[deals], 0.0, amount)
    sums = (float(each.sum()) for each in (own[due], own, amount[due], amount))
    return next((found for found in sums if found), 0.0)


def _multiple(outlook: Outlook, group: Any, target: int, chance: float) -> float | None:
    """By halving: the chance only grows with the pipeline."""
    deals = outlook.open.of(group)
    most = float(min(MOST_TIMES, max(MOST_DEALS // len(deals), 1)))
    low, high = 0.0, 1.0
    while _reached(outlook, group, target, high) < chance:  # few times are soon computed
        if high == most:
            return None
        low, high = high, min(2 * high, most)
    while high - low > NEAR * high:
        middle = (low + high) / 2
        if _reached(outlook, group, target, middle) < chance:
            low = middle
        else:
            high = middle
    return high


def _reached(outlook: Outlook, group: Any, target: int, times: float) -> float:
    """P(target) with so many times the open deals: as many more like them, the last in part."""
    model, deals = outlook.model.model, outlook.open.of(group)
    whole, part = int(times), times - int(times)
    amount, chance = model.amount[deals], model.chance[deals]
    many = BookingsModel(
        np.tile(amount, whole + 1),
        np.concatenate([np.tile(chance, whole), chance * part]),
        model.new,
        np.zeros(len(deals) * (whole + 1)),
        model.new_contribution,
        model.factor,
        None,
        (),
    )
    found = many.distribution(
        won=float(outlook.won_of(group)[0]), target=target, new_deals=outlook.sources.of(group)
    ).chance(target)
    return 0.0 if isinstance(found, Undefined) else found
