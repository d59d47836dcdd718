"""Win rates of cohorts that are not all decided yet: as closed so far, and as they will come to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ...crm import CRM
from ...days import day_number
from ...forecast.projection import ProjectedRates, projected_win_rate
from ...periods import ALL_TIME, Periods, as_periods
from ...reasons import Reason, reason_told
from ...results import Axes, Cell
from ...results.estimate import Estimate, estimated_cell, float_or_none
from ...tables import IntoDeals
from ...tables.grouping import By
from ...tables.order import in_order, out_of_order, without_impossible
from .learned import WINDOW
from .period_model import past_of
from .standing_open import deals_of
from .win_chances import notes_of

__all__ = ["cohort_win_rates"]


def cohort_win_rates(given: IntoDeals | CRM, period: Periods | str, by: By) -> Estimate:
    """Of the deals created in each period, by group."""
    deals, periods = deals_of(given), as_periods(period)
    past = past_of(deals.unfiltered)
    lives = past.lives
    learned = past.learned(lives.today, WINDOW)
    created = deals.during("created_at", periods, by=by)
    groups, size = created.axes.groups, len(created.axes.groups)
    code = np.zeros(deals.size, np.int64) if created.groups is None else created.groups
    order = in_order("created_at", "closed_at")
    impossible = out_of_order(deals, "created_at", "closed_at")
    cohort, rows = [], []
    for at, one in enumerate(periods):
        first, after = (0, 10**6) if one == ALL_TIME else map(day_number, (one.start, one.end))
        mine = created.rows_between(first, after)
        mine = mine[(lives.outcome[mine] >= 0) & ~impossible[mine]]
        rows.append(mine)
        cohort.append(at * size + code[mine].astype(np.int64))
    which, where = np.concatenate(rows), np.concatenate(cohort)
    eventual = np.full(len(which), np.nan)
    still = np.flatnonzero(lives.outcome[which] == 0)
    eventual[still] = learned.chances(which[still], 0).eventual
    found = projected_win_rate(
        where, size * len(periods), lives.outcome[which], eventual, learned=learned.closed
    )
    axes = Axes(periods, created.axes.by, groups, non_additive=("period", *created.axes.by))
    left = without_impossible(created.count((order,)), created, order)
    cells = tuple(
        tuple(_cell(found, axes, p, g, p * size + g, left.cell(p, g)) for g in range(size))
        for p in range(len(periods))
    )
    facts = tuple(
        tuple({"immature": _immature(found, p * size + g)} for g in range(size))
        for p in range(len(periods))
    )
    evidence = left.evidence.put_together("projected win rate")
    notes = notes_of(learned, lives.lacking, WINDOW)
    return Estimate(axes, evidence, "proportion", cells, facts=facts, notes=notes)


def _cell(found: ProjectedRates, axes: Axes, p: int, g: int, at: int, counted: Cell) -> Cell:
    n = int(found.won[at] + found.lost[at] + found.open[at])
    why = found.undefined[at]
    closed = int(found.won[at] + found.lost[at])
    parts: dict[str, Any] = {
        "projected": float_or_none(found.projected[at]),
        "won": int(found.won[at]),
        "lost": int(found.lost[at]),
        "open": int(found.open[at]),
        "resolved": float_or_none(found.resolved[at]),
        "closed_rate": float_or_none(found.closed_rate[at]),
        "closed_low": float(found.closed_low[at]) if closed else None,
        "closed_high": float(found.closed_high[at]) if closed else None,
        "low": float(found.projected_low[at]) if n else None,
        "high": float(found.projected_high[at]) if n else None,
    }
    reason = None if why is None else reason_told(why.code, why.params)
    if reason is None and not n:
        reason = Reason("no_deals")
    cell = estimated_cell(
        axes, p, g, float_or_none(found.projected[at]), n, reason, parts=parts,
        excluded=dict(counted.excluded),
    )  # fmt: skip
    return replace(cell, undecided=int(found.open[at]), unfinished=counted.unfinished)


def _immature(found: ProjectedRates, at: int) -> str:
    return "yes" if found.immature[at] and np.isfinite(found.resolved[at]) else "no"
