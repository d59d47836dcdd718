"""A made-up sales pipeline whose truth is known, for measuring forecasts.

Assumptions, all of them ours; what a forecast reaches on it is not what it reaches on a company:

- Five stages. Deals come on working days at a Poisson rate that grows by a quarter a year. Time in
  a stage is log-normal (medians 12, 20, 22, 18, 10 days, sigma 0.7), longer for larger deals.
- From a stage a deal goes on or is lost by a log-odds of its own: a base by stage, the owner's
  skill (sd 0.45), its size (larger ones win less), the market of the month (an autoregressive
  shock common to all), and how stale it is against the usual time. Some fall back one stage (6 %),
  some skip one (5 %).
- 8 % are zombies: after the first stage they lie about for a year more, and mostly are lost.
- In the last three weeks of a quarter late stages move 2.2 times as fast.
- Amounts are log-normal, round, and cut on entry into the fourth stage (to 75-105 %).
- Expected closes are set at creation, set anew at each stage, hopefully, and slip 30 days whenever
  they have passed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STAGES, WON, LOST = 5, 5, 6
QUARTER, RUSH = 91, 21
MEDIAN = np.array([12, 20, 22, 18, 10.0])
ADVANCE = np.array([0.45, 0.55, 0.62, 0.72, 0.86])
AHEAD = np.array([70, 55, 40, 25, 12.0])  # days to the close that an owner hopes for, by stage
ZOMBIES, BACK, SKIP = 0.08, 0.06, 0.05
STILL_OPEN = 2**62


@dataclass(frozen=True)
class Pipeline:
    """Stays of deals in stages (one row each, in order of deal and day), and the deals.

    Of a stay: `deal`, `stage`, `enter` and `leave` (days), `next` (a stage, won, lost; -1 open),
    the `amount` known during it and the `expected` close set on entry. Of a deal: `created`,
    `closed` (`STILL_OPEN`), `outcome` (0 open, 1 won, 2 lost), `final` amount, `owner`.
    """

    days: int
    deal: NDArray[np.int64]
    stage: NDArray[np.int64]
    enter: NDArray[np.int64]
    leave: NDArray[np.int64]
    next: NDArray[np.int64]
    amount: NDArray[np.float64]
    expected: NDArray[np.int64]
    created: NDArray[np.int64]
    closed: NDArray[np.int64]
    outcome: NDArray[np.int64]
    final: NDArray[np.float64]
    owner: NDArray[np.int64]

    def expected_at(self, rows: NDArray[np.int64], day: int) -> NDArray[np.int64]:
        """The expected close of stays as it stood on a day: set on entry, slipped when passed."""
        slips = np.maximum(-(-(day - self.expected[rows]) // 30), 0)
        return self.expected[rows] + 30 * slips


def simulate(
    seed: int, *, days: int = 1460, rate: float = 2.5, shock: float = 0.15, owners: int = 12
) -> Pipeline:
    """One company; `rate` deals a day on average at the beginning, 0.1 for a very small one."""
    draw = np.random.default_rng(seed)
    calendar = np.arange(days)
    daily = rate * np.exp(0.25 * calendar / 365) * np.where(calendar % 7 < 5, 1.4, 0)
    created = np.repeat(calendar, draw.poisson(daily))
    count = len(created)
    market = np.zeros(days // 30 + 20)
    for month in range(1, len(market)):
        market[month] = 0.7 * market[month - 1] + draw.normal(0, shock)
    owner = draw.integers(0, owners, count)
    skill = draw.normal(0, 0.45, owners)[owner]
    amount = np.maximum(np.round(np.exp(draw.normal(9.8, 0.9, count)), -2), 100)
    size = (np.log(amount) - 9.8) / 0.9
    zombie = draw.random(count) < ZOMBIES
    now = created + draw.random(count)  # time of day
    stage = np.zeros(count, dtype=np.int64)
    expected = (created + 90 + draw.normal(0, 20, count)).astype(np.int64)
    live = np.flatnonzero(now < days)
    stays = []
    while len(live):
        k, begun = stage[live], now[live]
        usual = MEDIAN[k] * np.exp(0.15 * size[live])
        stay = usual * np.exp(draw.normal(0, 0.7, len(live)))
        stay += np.where(zombie[live] & (k >= 1), draw.exponential(400, len(live)), 0)
        left = np.where(k >= 3, _rushed(begun, stay), begun + stay)
        odds = np.log(ADVANCE[k] / (1 - ADVANCE[k])) + 0.5 * skill[live] - 0.18 * size[live]
        odds += market[np.minimum(left // 30, len(market) - 1).astype(int)]
        odds -= 0.5 * np.maximum(0, (left - begun) / usual - 1.5)
        on = draw.random(len(live)) < 1 / (1 + np.exp(-odds))
        chance = draw.random(len(live))
        to = np.where(chance < BACK, np.maximum(k - 1, 0), k + 1)
        to = np.where((chance >= BACK) & (chance < BACK + SKIP), np.minimum(k + 2, STAGES - 1), to)
        to = np.where(k == STAGES - 1, WON, to)
        to = np.where(on, to, LOST)
        stays.append((live, k, begun, left, to, amount[live].copy(), expected[live].copy()))
        cut = live[(to == 3) & (k < 3)]
        amount[cut] = np.maximum(
            np.round(amount[cut] * draw.uniform(0.75, 1.05, len(cut)), -2), 100
        )
        hope = AHEAD[np.minimum(to, STAGES - 1)] * np.exp(draw.normal(0, 0.35, len(live)))
        expected[live] = left.astype(np.int64) + np.maximum(hope.astype(np.int64), 3)
        now[live], stage[live] = left, to
        live = live[(to < STAGES) & (left < days)]
    deal, k, begun, left, to, worth, hoped = (
        np.concatenate([stay[i] for stay in stays]) for i in range(7)
    )
    order = np.lexsort((begun, deal))
    over = left[order] < days
    leave = np.where(over, left[order].astype(np.int64), STILL_OPEN)
    ended = np.where(stage == WON, 1, np.where(stage == LOST, 2, 0)) * (now < days)
    return Pipeline(
        days,
        deal[order],
        k[order],
        begun[order].astype(np.int64),
        leave,
        np.where(over, to[order], -1),
        worth[order],
        hoped[order],
        created,
        np.where(ended > 0, now.astype(np.int64), STILL_OPEN),
        ended,
        amount,
        owner,
    )


def activities(
    enter: NDArray[np.int64], leave: NDArray[np.int64], *, every: float = 5
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Calls and mails: (stay, day) of each, one in `every` days on average while a stay lasts.

    They tell nothing of what will become of a deal; a forecast is made anew at each.
    """
    draw = np.random.default_rng(0)
    length = leave - enter
    stay = np.repeat(np.arange(len(enter)), draw.poisson(length / every))
    return stay, enter[stay] + (draw.random(len(stay)) * length[stay]).astype(np.int64)


def _rushed(
    begun: NDArray[np.float64], stay: NDArray[np.float64], pull: float = 2.2
) -> NDArray[np.float64]:
    """When a stay ends of which time passes faster in the last weeks of each quarter."""
    calm = QUARTER - RUSH
    a_quarter = calm + pull * RUSH  # time that passes in a quarter

    def passed(t: NDArray[np.float64]) -> NDArray[np.float64]:
        into = t % QUARTER
        return t // QUARTER * a_quarter + into + (pull - 1) * np.maximum(into - calm, 0)

    goal = passed(begun) + stay
    rest = goal % a_quarter
    return goal // a_quarter * QUARTER + np.where(rest < calm, rest, calm + (rest - calm) / pull)
