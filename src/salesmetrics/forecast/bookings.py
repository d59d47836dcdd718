"""The distribution of a period's bookings: won so far, open deals, deals not yet created."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SalesMetricsError
from .arrays import FloatArray, IntArray, level_of, numbers
from .common_factor import (
    PRIOR,
    conditional_chances,
    conditional_rates,
    factor_size,
    learning_error,
)
from .new_deals import NewDeals, no_new_deals
from .shift_add import add_deals, compound_poisson, convolve, exact_unit, grid_unit
from .special_functions import normal_nodes
from .undefined import Flag, Undefined

__all__ = ["BookingsDistribution", "BookingsModel", "bookings_model"]

NODES = 9
CELLS = 4096
MOST_EXACT = 2**16  # cells of an exact grid; and its cells times deals stay below the next
MOST_WORK = 2**22
FEW_WINS = 10  # learned from; below it the range is mostly that of what is not known


@dataclass(frozen=True)
class BookingsDistribution:
    """Chances of each amount of bookings: `law[i]` of `won` + i x `unit`, in the amounts' unit.

    `existing` and `new` are the expected amounts of open deals and of deals not yet created;
    `exact` where every amount and the target lie on the grid, so that none is split.
    `undefined` where nothing is known to forecast from; all figures then are.
    """

    won: float
    existing: float
    new: float
    unit: float
    law: FloatArray
    exact: bool
    undefined: Undefined | None = None
    flags: tuple[Flag, ...] = ()
    _running: FloatArray = field(default_factory=lambda: np.zeros(0), repr=False)

    @property
    def expected(self) -> float | Undefined:
        """Mean bookings: won so far + expected of open deals + of new ones."""
        return self.undefined or self.won + self.existing + self.new

    @property
    def sd(self) -> float | Undefined:
        """Standard deviation."""
        if self.undefined:
            return self.undefined
        places = np.arange(len(self.law)) * self.unit
        mean = float(self.law @ places)
        return math.sqrt(max(0.0, float(self.law @ (places - mean) ** 2)))

    def quantile(self, share: float) -> float | Undefined:
        """The smallest amount that bookings stay at or below with a chance of `share`.

        P10 is `quantile(0.1)`: nine times in ten more comes.
        """
        if self.undefined:
            return self.undefined
        level_of(share)
        # The last of the running sums is 1, which no share is above.
        place = int(np.searchsorted(self._running, share - 1e-12))
        return self.won + place * self.unit

    def interval(self, level: float = 0.8) -> tuple[float, float] | Undefined:
        """The range that holds bookings with a chance of `level`, as much left below as above."""
        tail = (1 - level_of(level)) / 2
        low, high = self.quantile(tail), self.quantile(1 - tail)
        if isinstance(low, Undefined):
            return low
        return high if isinstance(high, Undefined) else (low, high)

    def chance(self, target: float) -> float | Undefined:
        """P(bookings reach the target); 1 where it is reached already.

        Undefined: a target of 0 or below (`target_not_positive`).
        """
        if self.undefined:
            return self.undefined
        if not target > 0:
            return Undefined.of("target_not_positive", target=target)
        if target <= self.won:
            return 1.0
        cell = math.ceil((target - self.won) / self.unit - 1e-9)
        below = self._running[min(cell, len(self._running)) - 1]
        return float(1 - below)


@dataclass(frozen=True)
class BookingsModel:
    """One joint model of all open deals and new ones; any part of it has its distribution.

    Parts share the scenarios of the common factor, so the means of parts that make up the whole
    sum to its mean. `contribution[i]` is amount x chance of deal i, 0 where it cannot be said;
    contributions are kept in steps so fine and so even that they add up exactly in any order.
    """

    amount: FloatArray
    chance: FloatArray
    new: NewDeals
    contribution: FloatArray
    new_contribution: FloatArray
    factor: float
    undefined: Undefined | None
    flags: tuple[Flag, ...]

    def flags_beside(self, won: float, target: float | None) -> tuple[Flag, ...]:
        """What has to be said of a distribution with this target, without working it out."""
        return self.flags if self.undefined else self.flags + _target_flags(won, target)

    def distribution(
        self,
        *,
        won: float = 0,
        target: float | None = None,
        deals: ArrayLike | None = None,
        new_deals: ArrayLike | None = None,
        cells: int = CELLS,
    ) -> BookingsDistribution:
        """Distribution of the whole, or of a part.

        Args:
            won: amount won in the period so far, of the part.
            target: amount whose chance will be asked; the grid is laid so that it lies on it.
            deals: positions of the part's open deals, all by default.
            new_deals: positions in `new` of the past deals that stand for the part's new ones.
        """
        mine = _positions(deals, len(self.amount))
        fresh = _positions(new_deals, len(self.new.rates))
        existing = float(self.contribution[mine].sum())
        new = float(self.new_contribution[fresh].sum())
        if self.undefined:
            law, why = np.zeros(0), self.undefined
            return BookingsDistribution(won, existing, new, 1.0, law, False, why, self.flags)
        # In the order of what they are: sums of floats do not depend on how the deals came.
        used = mine[(self.amount[mine] > 0) & (self.chance[mine] > 0)]
        used = used[np.lexsort((self.chance[used], self.amount[used]))]
        fresh = fresh[self.new.amounts[fresh] > 0]
        fresh = fresh[np.lexsort((self.new.rates[fresh], self.new.amounts[fresh]))]
        amount, chance = self.amount[used], self.chance[used]
        rate, worth = self.new.rates[fresh], self.new.amounts[fresh]
        ahead = target - won if target is not None and target > won else None
        flags = self.flags_beside(won, target)
        if not len(used) and not len(rate):
            one = np.ones(1)
            return BookingsDistribution(won, existing, new, 1.0, one, True, None, flags, one)
        scenarios = conditional_chances(chance, self.factor, NODES)
        scale = conditional_rates(self.factor, NODES)
        weights = normal_nodes(NODES)[1]
        if not self.factor:  # one scenario is all there is
            scenarios, scale, weights = scenarios[:1], scale[:1], np.ones(1)
        most = min(MOST_EXACT, MOST_WORK // max(len(used), 1))
        span = _span(amount, scenarios, rate, worth, scale)
        unit = exact_unit(np.concatenate([amount, worth]), span, ahead, most)
        exact = unit is not None
        if unit is None:
            unit = grid_unit(span, ahead, cells)
        else:
            cells = math.ceil(span / unit) + 2
        law = add_deals(amount, scenarios, unit, cells)
        if len(rate):
            law = convolve(law, compound_poisson(rate, worth, scale, unit, cells))
        mixed = weights @ law
        running = np.cumsum(mixed)
        return BookingsDistribution(
            won, existing, new, unit, mixed, exact, None, flags, running / running[-1]
        )


def bookings_model(
    amount: ArrayLike,
    chance: ArrayLike,
    *,
    new: NewDeals | None = None,
    horizon: int | None = None,
    wider: float = PRIOR,
    learned: tuple[int, int] | None = None,
) -> BookingsModel:
    """Open deals and deals not yet created as one model of what the rest of a period brings.

    Formula: sum of amounts of open deals, each in with its chance, + a Poisson number of new deals;
    given the common factor z all independent. z raises or lowers the log-odds of all deals and the
    rate of new ones together; its size is such that the variance is `wider` times that of
    independent deals, and the error of what was learned is added to it.

    Args:
        amount: amount of each open deal if it is won, not below 0; NaN is unknown.
        chance: P(won within the rest of the period) of each; NaN is unknown.
        new: deals not yet created; None where nothing is known of them.
        horizon: days left; at 0 nothing more comes in, and that is certain.
        wider: how many times more variance than independent deals; from own past forecasts
            (`overdispersion`), 2 before there are any.
        learned: won and lost deals that the chances were learned from.

    Deals without amount or chance are left out and flagged with their number, those without chance
    with their amount; so is a deal as large as all others together. Undefined where days are
    left, but no open deal has a chance (above 0, where nobody can say how many new ones there will
    be) and no new one is expected (`nothing_to_forecast_from`): 0 out of nothing would look
    certain.
    """
    worth = numbers("amount", amount, gaps=True)
    p = numbers("chance", chance, len(worth), gaps=True)
    if (worth < 0).any() or (p < 0).any() or (p > 1).any():
        raise SalesMetricsError("amounts are not below 0, and chances lie from 0 to 1")
    if wider < 1:
        raise SalesMetricsError(f"wider is {wider}; independent deals are 1")
    fresh = new if new is not None else no_new_deals(Undefined.of("not_given"))
    priced, scored = ~np.isnan(worth), ~np.isnan(p)
    over = horizon == 0
    if over:
        p, scored, fresh = np.zeros(len(p)), np.ones(len(p), dtype=bool), no_new_deals()
    known = priced & scored
    why = None
    untold = new is not None and new.undefined is not None
    none_known = not known.any() or (untold and not p[known].any())
    if not over and none_known and not fresh.expected:
        why = Undefined.of("nothing_to_forecast_from", open=len(worth))
    flags = _flags(worth, priced, scored, fresh, over)
    if learned is not None and learned[0] < FEW_WINS and not over:
        flags = (*flags, Flag.of("few_wins", won=learned[0], needed=FEW_WINS))
    clean = np.where(known, worth, 0.0)
    share = np.where(known, p, 0.0)
    size = factor_size(clean, share, fresh.rates, fresh.amounts, wider, NODES)
    if learned is not None and not over:
        size = math.hypot(size, learning_error(*learned))
    given, coming = clean * share, fresh.rates * fresh.amounts
    step = _even_step(float(given.sum() + coming.sum()))
    return BookingsModel(
        clean,
        share,
        fresh,
        np.round(given / step) * step,
        np.round(coming / step) * step,
        size,
        why,
        flags,
    )


def _even_step(total: float) -> float:
    """A power of two so small that a sum of its multiples up to `total` is exact in any order."""
    return float(2.0 ** (math.frexp(total)[1] - 52))


def _positions(given: ArrayLike | None, size: int) -> IntArray:
    if given is None:
        return np.arange(size)
    places: IntArray = np.asarray(given, dtype=np.int64)
    if ((places < 0) | (places >= size)).any():
        raise SalesMetricsError(f"positions of a part run from 0 to {size - 1}")
    return places


def _span(
    amount: FloatArray,
    scenarios: FloatArray,
    rate: FloatArray,
    worth: FloatArray,
    scale: FloatArray,
) -> float:
    """Up to where the grid has to reach: 8 standard deviations above the best scenario's mean."""
    mean = scenarios @ amount + scale * float(rate @ worth)
    spread = (scenarios * (1 - scenarios)) @ (amount**2) + scale * float(rate @ worth**2)
    top = float((mean + 8 * np.sqrt(spread)).max())
    if not len(rate):
        return min(top, float(amount.sum()))
    return max(top, float(worth.max()))


def _flags(
    worth: FloatArray, priced: FloatArray, scored: FloatArray, new: NewDeals, over: bool
) -> tuple[Flag, ...]:
    flags = list(new.flags)
    if over:
        flags.append(Flag.of("period_over"))
    elif new.undefined:
        flags.append(Flag.of("without_new_deals", why=new.undefined.code))
    if not priced.all():
        flags.append(Flag.of("no_amount", deals=int((~priced.astype(bool)).sum())))
    apart = priced.astype(bool) & ~scored.astype(bool)
    if apart.any():
        flags.append(Flag.of("no_chance", deals=int(apart.sum()), amount=float(worth[apart].sum())))
    given = worth[priced.astype(bool)]
    if len(given) > 1 and given.max() > 0 and given.max() >= given.sum() / 2:
        flags.append(Flag.of("one_deal_decides", amount=float(given.max())))
    return tuple(flags)


def _target_flags(won: float, target: float | None) -> tuple[Flag, ...]:
    if target is None:
        return ()
    if target <= 0:
        return (Flag.of("target_not_positive", target=target),)
    return (Flag.of("target_reached", won=won, target=target),) if target <= won else ()
