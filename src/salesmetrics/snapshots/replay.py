"""A company replayed: what would have been forecast on past days from what was known then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from ..crm import CRM
from ..days import EPOCH, day_number
from ..errors import NeedsError, SalesMetricsError, shown
from ..forecast.common_factor import overdispersion
from ..forecast.undefined import Undefined
from ..metrics.forecast.period_model import BY_WINS, PeriodModel, Unpriced, past_of, priced
from ..metrics.forecast.standing_open import OpenDeals, deals_of, open_deals_of
from ..periods import period
from ..progress import waiting
from ..reasons import Reason
from ..tables import Deals
from ..tables.deal_lives import FAR, DealLives, deal_lives

__all__ = ["Replayed", "origins_of", "replay", "week_by_week"]

Floats = npt.NDArray[np.float64]
LEARNING = 180  # days of history before the first origin that is chosen by itself


@dataclass(frozen=True, slots=True)
class Replayed:
    """One origin: what was forecast of the days after it, and what came; minor units.

    `deals` are the ids of the deals then open, `chance` and `given` what the model and their rows
    said of a win by the end (NaN for neither), `came` whether it was so.
    """

    at: date
    model: dict[str, float]  # expected, p10, p50, p90, target_chance, existing
    run_rate: dict[str, float]  # expected, p10, p90, target_chance
    weighted: float  # the fixed-probability weighted pipeline of deals due; NaN for none
    actual: float
    actual_existing: float
    target: float
    deals: tuple[str, ...]
    chance: Floats
    given: Floats
    came: Floats
    worth: Floats
    unpriced: int  # open deals without an amount, left out of money
    why_unpriced: Reason  # what to say where no open deal has an amount
    stood_in: int  # those taken at the mean of past wins


def origins_of(deals: Deals, horizon: int, given: int | Sequence[date]) -> list[date]:
    """The days to forecast from: as many, evenly spread over the history; or those named.

    Days whose horizon is not over by what is known are dropped.
    """
    lives = deal_lives(deals)
    last = lives.today - horizon
    if not isinstance(given, int):
        found = sorted(given)
        if not all(isinstance(one, date) for one in found):
            raise SalesMetricsError(f"origins are dates or a number, not {shown(given)}")
        return [one for one in found if day_number(one) <= last]
    if isinstance(given, bool) or given < 1:
        raise SalesMetricsError(f"origins is {shown(given)}; give a number from 1, or dates")
    created = lives.created[(lives.outcome >= 0) & (lives.created < FAR)]
    first = (int(created.min()) if len(created) else last) + LEARNING
    if first > last:
        return []
    days = np.unique(np.linspace(first, last, given).round().astype(np.int64))
    return [date.fromordinal(int(day) + EPOCH) for day in days]


def replay(
    crm: CRM | Any,
    horizon: int,
    origins: int | Sequence[date],
    window: int | None,
    unpriced: Unpriced = BY_WINS,
) -> Iterator[Replayed]:
    """Origin by origin, in order; how wide ranges have to be comes from earlier ones alone."""
    deals = deals_of(crm).unfiltered  # what came is the whole company's, as what is learned is
    if deals.currency is None or not deals.has("amount"):
        raise NeedsError(Reason("column", table="deals", column="amount"), "bookings need amounts")
    final, days = deal_lives(deals), origins_of(deals, horizon, origins)
    row_of = {name: row for row, name in enumerate(deals.ids())}
    past: list[tuple[int, float, float, float]] = []
    with waiting(f"{len(days)} days of the past", len(days), "replaying") as told:
        for at in days:
            known = crm.as_of(at).deals.unfiltered if isinstance(crm, CRM) else deals.as_of(at)
            if known.size:
                yield _forecast(known, final, row_of, at, horizon, window, past, unpriced)
            told()


def _forecast(
    known: Deals, final: DealLives, row_of: dict[str, int], at: date, horizon: int,
    window: int | None, past: list[tuple[int, float, float, float]], unpriced: Unpriced,
) -> Replayed:  # fmt: skip
    first = at + timedelta(days=1)
    span = period(first, first + timedelta(days=horizon))
    today, end = day_number(at), day_number(at) + horizon
    own = past_of(known)
    mine = priced(open_deals_of(known), own, known, unpriced)
    over = [one for one in past if one[0] <= today]
    wider = overdispersion(
        [one[1] for one in over], [one[2] for one in over], [one[3] for one in over]
    )
    made = PeriodModel.of(own, mine, span, window, wider)
    rate = own.run_rate(span)
    target = _number(rate.expected)
    whole = made.model.distribution(target=target if target > 0 else None)
    ids = mine.ids.labels()
    rows = np.array([row_of[name] for name in ids], dtype=np.int64)
    inside = (final.outcome == 1) & (final.closed > today) & (final.closed <= end)
    came = inside[rows] if len(rows) else np.zeros(0, dtype=bool)
    amounts = np.nan_to_num(final.amount)
    actual = float(amounts[inside].sum())
    chance = np.full(len(rows), np.nan) if made.chances is None else made.chances.won
    model = {f"p{q}": _number(whole.quantile(q / 100)) for q in (10, 50, 90)}
    model |= {
        "expected": _number(whole.expected),
        "target_chance": _number(whole.chance(target)) if target > 0 else np.nan,
        "existing": whole.existing,
    }
    gaps = np.isnan(mine.amount)
    if len(gaps) and gaps.all():
        model = dict.fromkeys(model, np.nan)  # what open deals bring is not 0
    elif not whole.undefined:
        # How wide it has to be says what came of the deals that it was made of.
        counted = actual - float(amounts[rows[came & gaps]].sum())
        past.append((end, _number(whole.expected), _spread(made), counted))
    return Replayed(
        at,
        model,
        {
            "expected": target,
            "p10": _number(rate.quantile(0.1)),
            "p90": _number(rate.quantile(0.9)),
            "target_chance": _number(rate.chance(target)) if target > 0 else np.nan,
        },
        _weighted(mine, end),
        actual,
        float(amounts[rows[came]].sum()) if len(rows) else 0.0,
        target,
        tuple(ids),
        chance,
        np.where(mine.due <= end, mine.given, np.where(np.isnan(mine.given), np.nan, 0.0)),
        came.astype(np.float64),
        np.nan_to_num(mine.amount),
        int(gaps.sum()),
        own.why_unpriced(len(mine.rows)),
        int(mine.stands_in.sum()),
    )


def week_by_week(
    deals: Deals, at: date, horizon: int, window: int | None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]:
    """(deal, day, chance) of all deals open on each seventh day after an origin.

    The models are those of the origin; what each deal is on a later day is what it was then.
    """
    final, day = past_of(deals), day_number(at)
    learned = final.learned(day, window)
    found = []
    for later in range(day, final.lives.today + 1, 7):
        seen = replace(learned, as_of=later)
        rows = seen.open_deals()
        found.append((rows, np.full(len(rows), later), seen.chances(rows, horizon).won))
    deal, when, chance = (np.concatenate(parts) for parts in zip(*found, strict=True))
    known = np.flatnonzero(~np.isnan(chance))
    return deal[known], when[known], np.clip(chance[known], 0, 1)


def _spread(made: PeriodModel) -> float:
    """Standard deviation if all deals were independent."""
    model = made.model
    alone = (model.amount**2) @ (model.chance * (1 - model.chance))
    return float(np.sqrt(alone + (model.new.rates * model.new.amounts**2).sum()))


def _weighted(mine: OpenDeals, end: int) -> float:
    """What CRMs ship: amount times given probability, of the deals due by the end."""
    if np.isnan(mine.given).all():
        return float("nan")
    due = mine.due <= end
    own = np.where(mine.stands_in, 0.0, np.nan_to_num(mine.amount))
    return float((own * np.nan_to_num(mine.given))[due].sum())


def _number(value: float | Undefined) -> float:
    return float("nan") if isinstance(value, Undefined) else float(value)
