"""The chance of every open deal to be won by a day, and when."""

from __future__ import annotations

from datetime import date, timedelta
from math import isnan
from typing import Any

import numpy as np

from ...crm import CRM
from ...days import EPOCH
from ...forecast.proportions import wilson_band
from ...history.known import Instant
from ...money import digits
from ...periods import Period, period
from ...reasons import Reason, reason_told
from ...results import Axes
from ...results.estimate import Estimate, Fact, estimated_cell, float_or_none
from ...results.identity import Identity
from ...tables import IntoDeals
from ...tables.deal_lives import FAR, deal_lives
from .learned import METHODS, WINDOW, Chances, Learned, learn
from .standing_open import OpenDeals, day_of, deals_of, horizon_of, open_deals_of

__all__ = ["notes_of", "win_probability"]

IDENTITY = Identity("win_probability", (), "proportion", "higher", "win probability", "수주 확률")


def win_probability(
    deals: IntoDeals | CRM,
    as_of: Instant | None = None,
    horizon: int | Period | date = 90,
    *,
    window: int | None = WINDOW,
) -> Estimate:
    """P(won by a day) of every open deal, P(lost by it), the eventual chance and the likely date.

    Formula: a chain of stages by day.  Each day a deal in a stage, at its age in it, is won, lost,
    moves or stays, with the chances that deals of its stage, age and size of amount had in the
    past; deals still open count with the days seen so far.  Small cells are drawn to coarser ones.
    Where there is no history of stages: the Aalen-Johansen curve of all deals by age.  Where there
    are no dates either: the probability of the deal's row or stage, as given, for the eventual
    chance alone.  The method stands with every deal.
    Undefined, by deal: what it can be learned from has no wins (`no_wins`) or no closed deals; the
    deal has neither an age nor a given probability; a deal is older than any seen.

    Args:
        deals: a CRM, Deals, or anything `Deals.of` takes; of a CRM also with the history of
            stages and amounts.
        as_of: what was known then; all that is known otherwise.
        horizon: days ahead, the end of a period, or a date.
        window: days of the past to learn from; None for all of it.

    Returns:
        Estimate: a figure a deal, P(won by t), with `low` and `high` (95 %, as if it were a share
        of the closed deals learned from), `lost`, `eventual`, `likely_close` (half of those that
        are won are won by then), `method`, `learned_from` and `alike_won`, the share of deals
        that looked alike on past days and were won in as many days, of `alike` deals.  It is a
        probability, not a rank: of ten deals at 30 % about three are won.

    >>> from salesmetrics.examples import crm_with_history
    >>> found = win_probability(crm_with_history, "2025-03-10", 30)
    >>> [(cell.group, f"{cell.value:.2f}") for cell in found]
    [(('4',), '0.77')]
    """
    known = deals_of(deals, as_of)
    lives = deal_lives(known)
    learned, mine = learn(lives, lives.today, window=window), open_deals_of(known)
    ahead = horizon_of(horizon, lives.today)
    chances = learned.chances(mine.rows, ahead, mine.given, dates=True)
    alike, seen = learned.second_opinion(mine.rows, ahead)
    low, high = wilson_band(np.nan_to_num(chances.won, nan=0.5), chances.closed, 0.95)
    unit = 10 ** digits(known.currency) if known.currency else 1
    first = day_of(lives.today) + timedelta(days=1)
    span = period(first, first + timedelta(days=max(ahead, 1)))
    each = tuple((name,) for name in mine.ids.labels())
    axes = Axes((span,), ("deal",), each, non_additive=("period", "deal"))
    cells, facts = [], []
    for at in range(len(mine.rows)):
        won = float_or_none(chances.won[at])
        why = None if won is not None else _why(learned, lives.created[mine.rows[at]], chances, at)
        parts = {
            "low": None if won is None else float(low[at]),
            "high": None if won is None else float(high[at]),
            "lost": float_or_none(chances.lost[at]),
            "eventual": float_or_none(chances.eventual[at]),
            "learned_from": int(chances.closed[at]),
            "alike_won": float_or_none(alike[at]),
            "alike": int(seen[at]),
            "amount": float_or_none(mine.amount[at] / unit),
        }
        cells.append(estimated_cell(axes, 0, at, won, int(chances.closed[at]), why, parts=parts))
        facts.append(_facts(mine, chances, at, lives.today))
    evidence = mine.evidence.put_together("win probability", given=(ahead, window))
    return Estimate(
        axes,
        evidence,
        "proportion",
        (tuple(cells),),
        facts=(tuple(facts),),
        notes=notes_of(learned, lives.lacking, window),
    ).known_as(IDENTITY)


def _facts(mine: OpenDeals, chances: Chances, at: int, today: int) -> dict[str, Fact]:
    ahead = chances.ahead[at]
    return {
        "won": float_or_none(chances.won[at]),
        "stage": mine.name("stage", at),
        "owner": mine.name("owner", at),
        "method": METHODS[chances.method[at]],
        "likely_close": None if isnan(ahead) else date.fromordinal(today + EPOCH + int(ahead)),
        "expected_close_at": None if mine.due[at] >= FAR else day_of(int(mine.due[at])),
    }


def _why(learned: Learned, created: Any, chances: Chances, at: int) -> Reason:
    """Why a deal has no chance by a day."""
    if METHODS[chances.method[at]] == "given":
        return Reason("no_timing")
    if learned.why is not None:
        return reason_told(learned.why.code, learned.why.params)
    if created >= FAR:
        return Reason("no_field", field="created_at")
    return Reason("older_than_any_seen")


def notes_of(learned: Learned, lacking: Reason | None, window: int | None) -> tuple[Reason, ...]:
    """What the chances rest on, said beside them."""
    won, lost = learned.closed
    chain = learned.chain is not None
    method = "stage_chain" if chain else "none" if learned.why is not None else "deal_age"
    found = [Reason("learned_by", method=method, won=won, lost=lost)]
    if method == "none" and learned.why is not None:
        found = [Reason("nothing_learned", why=reason_told(learned.why.code, learned.why.params))]
    if lacking is not None:
        found.append(Reason("without_stages", lacking=lacking))
    elif not chain and learned.spells is not None:
        found.append(Reason("stages_too_young"))
    return (*found, *(reason_told(flag.code, flag.params) for flag in learned.flags))
