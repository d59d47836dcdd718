"""What speaks against open deals: named reasons with the figures behind them, and the chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from ...columns import Numbers
from ...crm import CRM
from ...days import NEVER
from ...errors import SalesMetricsError, shown
from ...history.known import Instant
from ...money import digits
from ...periods import ALL_TIME, Period, period
from ...reasons import Reason
from ...results import Axes
from ...results.estimate import Estimate, estimated_cell, float_or_none
from ...results.identity import Identity
from ...tables import Activities, Deals, IntoDeals
from ...tables.deal_lives import FAR, known_numbers
from ...tables.pushes import DealPushes
from ..touched import DealWork
from .learned import WINDOW, Learned
from .period_model import past_of
from .standing_open import OpenDeals, day_of, deals_of, horizon_of, open_deals_of
from .win_chances import notes_of

__all__ = ["risk"]

IDENTITY = Identity("risk", (), "proportion", "higher", "deal risk", "딜 리스크")
USUAL = 0.9  # of the stays that ended in moving on
FEWEST = 10  # such stays of a stage, below which nothing is called usual
PUSHED = 2  # moves of the expected close to a later month
CUT = 0.1  # of the largest amount that the deal ever had
Days = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def risk(
    deals: IntoDeals | CRM,
    as_of: Instant | None = None,
    horizon: int | Period | date = 90,
    *,
    quiet_days: int = 30,
) -> Estimate:
    """Open deals with what speaks against each, the figures behind it, and the chance to be won.

    Formula, each reason by itself: `over_age`, in its stage for longer than nine in ten stays in it
    that a deal which was won moved on from (of ten such stays or more); `stuck`, no change of
    stage, amount or expected close recorded for `quiet_days`; `no_activity`, nothing done for
    `quiet_days` and nothing planned; `pushed`, the expected close moved to a later month twice or
    more; `overdue`, the expected close has passed; `amount_cut`, a tenth or more below the largest
    amount that the deal had.  What is not recorded (no history, no activities) is no reason, and
    its column is empty.
    Undefined: the chance, as in `win_probability`; reasons are named without it too.

    Args:
        deals: a CRM, whose history and activities are read; Deals, or anything `Deals.of` takes.
        as_of: what was known then; all that is known otherwise.
        horizon: of the chance: days ahead, the end of a period, or a date.
        quiet_days: after how many days without change or activity a deal is quiet.

    Returns:
        Estimate: a figure a deal, P(won by t), the most and largest reasons first, with `reasons`,
        their number `risks`, and the figures: days in the stage and what is usual, days since the
        last change and activity, pushes, days overdue, and the share of the amount that was cut.

    >>> from salesmetrics.examples import crm_with_history
    >>> found = risk(crm_with_history, "2025-03-20")
    >>> found.to_records()[0]["reasons"]
    'overdue by 5 days, nothing changed for 34 days'
    """
    if isinstance(quiet_days, bool) or not isinstance(quiet_days, int) or quiet_days < 1:
        raise SalesMetricsError(f"quiet_days is {shown(quiet_days)}; give whole days from 1")
    known = deals_of(deals, as_of)
    activities = None
    if isinstance(deals, CRM) and deals.has("activities"):
        world = deals if as_of is None else deals.as_of(as_of)
        activities = world.activities
    past, mine = past_of(known.unfiltered), open_deals_of(known)
    lives = past.lives
    learned = past.learned(lives.today, WINDOW)
    ahead = horizon_of(horizon, lives.today)
    chances = learned.chances(mine.rows, ahead, mine.given)
    seen = _Signs.of(known, mine, learned, activities)
    unit = 10 ** digits(known.currency) if known.currency else 1
    listed = [seen.reasons(at, quiet_days) for at in range(len(mine.rows))]
    worth = np.nan_to_num(mine.amount)
    order = sorted(range(len(listed)), key=lambda at: (-len(listed[at]), -worth[at]))
    first = day_of(lives.today) + timedelta(days=1)
    span = period(first, first + timedelta(days=max(ahead, 1)))
    ids = mine.ids.labels()
    each = tuple((ids[at],) for at in order)
    axes = Axes((span,), ("deal",), each, non_additive=("period", "deal"))
    cells = tuple(
        estimated_cell(
            axes, 0, place, float_or_none(chances.won[at]), int(chances.closed[at]),
            Reason("no_chance_known"),
            parts={
                "chance": float_or_none(chances.won[at]),
                "risks": len(listed[at]),
                "amount": float_or_none(mine.amount[at] / unit),
                **seen.figures(at),
            },
        )
        for place, at in enumerate(order)
    )  # fmt: skip
    facts = tuple(
        {
            "owner": mine.name("owner", at),
            "stage": mine.name("stage", at),
            "reasons": Reason("risks", items=tuple(listed[at])) if listed[at] else None,
        }
        for at in order
    )
    evidence = mine.evidence.put_together("deal risk", given=(ahead, quiet_days))
    notes = notes_of(learned, lives.lacking, WINDOW)
    return Estimate(axes, evidence, "proportion", (cells,), facts=(facts,), notes=notes).known_as(
        IDENTITY
    )


@dataclass(frozen=True, slots=True)
class _Signs:
    """Of each open deal what can be read of it; NaN where it is not recorded."""

    in_stage: Floats
    usual: Floats
    unchanged: Floats
    idle: Floats
    planned: npt.NDArray[np.bool_]
    pushes: Floats
    overdue: Floats
    cut: Floats

    @classmethod
    def of(
        cls, deals: Deals, mine: OpenDeals, learned: Learned, activities: Activities | None
    ) -> _Signs:
        """Read from the stays, the changes and the activities there are."""
        today, size = learned.as_of, len(mine.rows)
        nothing = np.full(size, np.nan)
        in_stage, usual = _stages(learned, mine.rows)
        tracks: Mapping[str, Any] = {} if deals.history is None else deals.history.tracks
        last = [np.where(t.has, t.days[t.last], 0)[mine.rows] for name, t in tracks.items()
                if name != "owner" and len(t.days)]  # fmt: skip
        changed = np.max(last, axis=0).astype(np.float64) if last else nothing
        pushes = nothing
        if "expected_close_at" in tracks:
            pushes = DealPushes(deals).by(today + 1)[mine.rows].astype(np.float64)
        idle, planned = nothing, np.zeros(size, dtype=bool)
        if activities is not None and activities.has("deal") and activities.has("done_at"):
            idle, planned = _work(deals, activities, mine.rows, today)
        overdue = np.where(mine.due < FAR, today - mine.due, np.nan).astype(np.float64)
        return cls(
            in_stage,
            usual,
            today - np.where(changed > 0, changed, np.nan),
            idle,
            planned,
            pushes,
            np.maximum(overdue, 0),
            _cuts(deals, mine),
        )

    def reasons(self, at: int, quiet: int) -> list[Reason]:
        """What speaks against a deal, in words."""
        found = []
        if self.in_stage[at] > self.usual[at]:
            days, usual = int(self.in_stage[at]), int(self.usual[at])
            found.append(Reason("over_age", days=days, usual=usual))
        if self.overdue[at] > 0:
            found.append(Reason("overdue", days=int(self.overdue[at])))
        if self.unchanged[at] >= quiet:
            found.append(Reason("stuck", days=int(self.unchanged[at])))
        if self.idle[at] >= quiet and not self.planned[at]:
            found.append(Reason("no_activity", days=int(self.idle[at])))
        if self.pushes[at] >= PUSHED:
            found.append(Reason("pushed", times=int(self.pushes[at])))
        if self.cut[at] >= CUT - 1e-9:
            found.append(Reason("amount_cut", share=f"{self.cut[at] * 100:.0f} %"))
        return found

    def figures(self, at: int) -> dict[str, float | None]:
        """The figures behind the reasons."""
        return {
            "days_in_stage": float_or_none(self.in_stage[at]),
            "usual_days": float_or_none(self.usual[at]),
            "days_unchanged": float_or_none(self.unchanged[at]),
            "days_idle": float_or_none(self.idle[at]),
            "pushes": float_or_none(self.pushes[at]),
            "days_overdue": float_or_none(self.overdue[at]),
            "cut": float_or_none(self.cut[at]),
        }


def _stages(learned: Learned, rows: Days) -> tuple[Floats, Floats]:
    """(days in the present stage, what nine in ten stays of deals won that moved on lasted)."""
    nothing = np.full(len(rows), np.nan)
    spells = learned.spells
    if spells is None:
        return nothing, nothing
    stay = learned.stays_at(rows)
    mine = np.flatnonzero(stay >= 0)
    age, usual = nothing.copy(), nothing.copy()
    age[mine] = learned.as_of - spells.enter[stay[mine]]
    won = learned.lives.outcome == 1
    moved = won[spells.deal] & (spells.leave <= learned.as_of) & (spells.next > spells.stage)
    for stage in range(spells.stages):
        lasted = np.sort((spells.leave - spells.enter)[moved & (spells.stage == stage)])
        if len(lasted) >= FEWEST:
            place = min(int(np.ceil(USUAL * len(lasted))) - 1, len(lasted) - 1)
            usual[mine[spells.stage[stay[mine]] == stage]] = lasted[place]
    return age, usual


def _work(
    deals: Deals, activities: Activities, rows: Days, today: int
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """(days since the last activity, whether one is planned); since creation where none was."""
    work = DealWork(deals, activities)
    done = activities.unfiltered.during("done_at", ALL_TIME)
    at = done.rows_between(0, today + 1, "by hand")
    last = np.full(deals.size + 1, -1, dtype=np.int64)
    np.maximum.at(last, work.deal_of(at), done.days[at].astype(np.int64))
    born = past_of(deals.unfiltered).lives.created
    since = np.where(last[:-1] >= 0, last[:-1], np.where(born < FAR, born, NEVER))[rows]
    idle = np.where(since < NEVER, today - since, np.nan).astype(np.float64)
    return idle, work.planned(today + 1)[rows]


def _cuts(deals: Deals, mine: OpenDeals) -> Floats:
    """What share of the largest amount that a deal ever had was cut since."""
    track = None if deals.history is None else deals.history.amount
    if track is None or not isinstance(track.values, Numbers) or not len(track.days):
        return np.full(len(mine.rows), np.nan)
    most = np.full(deals.size, np.nan)
    np.fmax.at(most, track.deals(), known_numbers(track.values))
    largest = most[mine.rows]
    usable = largest > 0
    return np.where(usable, 1 - mine.amount / np.where(usable, largest, 1), np.nan)
