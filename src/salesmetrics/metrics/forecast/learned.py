"""What past deals teach of open ones: the model of stages, or what stands in for it, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ...forecast.amounts import BANDS, amount_band, amount_cuts, amount_ratio
from ...forecast.deal_age import DealAgeCurve, fit_deal_age
from ...forecast.landmark import landmark_rows, landmark_yield
from ...forecast.spells import OPEN, Spells
from ...forecast.stage_chain import StageChain, fit_stage_chain
from ...forecast.stage_counts import AGES
from ...forecast.undefined import Flag, Undefined
from ...forecast.win_scores import FEW_CLOSED
from ...tables.deal_lives import FAR, DealLives, ShortDays, StageStays

__all__ = ["METHODS", "WINDOW", "Chances", "Learned", "learn", "spells_of"]

Days = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
METHODS = ("none", "stage_chain", "deal_age", "given")
NONE, CHAIN, AGE, GIVEN = range(4)
WINDOW = 730  # days that are learned from
AGE_CELLS = (0, 7, 21, 45, 90)  # of the landmark: coarse enough to hold deals
LANDMARKS = 400  # days of starting points of the landmark


@dataclass(frozen=True, slots=True)
class Chances:
    """One entry a deal: P(won by t), P(lost by t), P(ever won), the day by which half of the wins
    have come (days ahead), the method (position in `METHODS`) and the closed deals learned from.
    NaN where there is none.
    """

    won: Floats
    lost: Floats
    eventual: Floats
    ahead: Floats
    method: Days
    closed: Days

    def between(self, earlier: Chances) -> Chances:
        """What comes after an earlier horizon and by this one."""
        return replace(
            self,
            won=np.maximum(self.won - earlier.won, 0),
            lost=np.maximum(self.lost - earlier.lost, 0),
        )


@dataclass(frozen=True, slots=True)
class Learned:
    """Models of the deals known at the end of a day; `why` says for what reason there is none."""

    lives: DealLives
    as_of: int
    spells: Spells | None
    chain: StageChain | None
    curve: DealAgeCurve
    cuts: Floats | None  # of amounts, in bands; None where amounts then are not known
    why: Undefined | None
    flags: tuple[Flag, ...]

    @property
    def closed(self) -> tuple[int, int]:
        """(won, lost) deals that were learned from."""
        if self.chain is not None:
            return self.chain.counts.won, self.chain.counts.lost
        return self.curve.won, self.curve.lost

    def open_deals(self) -> Days:
        """The deals that stood open at the end of the day, of those that are learned from."""
        lives = self.lives
        there = (lives.created <= self.as_of) & (lives.outcome >= 0) & (lives.closed > self.as_of)
        return np.flatnonzero(there)

    def stays_at(self, deals: Days) -> Days:
        """The stay in which each deal stood, as a position among the spells; -1 for none."""
        found: Days = np.full(len(self.lives.outcome), -1, dtype=np.int64)
        if self.spells is not None:
            at = self.spells.open_at(self.as_of)
            found[self.spells.deal[at]] = at
        return found[deals]

    def chances(
        self, deals: Days, horizon: int, given: Floats | None = None, *, dates: bool = False
    ) -> Chances:
        """Chances of open deals within so many days; `given` are those that their rows say.

        The likely date takes longer than all the rest, and is found where `dates` asks for it.
        """
        size = len(deals)
        nothing = np.full(size, np.nan)
        found = Chances(
            nothing.copy(), nothing.copy(), nothing.copy(), nothing.copy(),
            np.zeros(size, np.int64), np.zeros(size, np.int64),
        )  # fmt: skip
        stay = self.stays_at(deals)
        by_stage = np.flatnonzero(stay >= 0) if self.chain is not None else np.zeros(0, np.int64)
        if len(by_stage) and self.chain is not None and self.spells is not None:
            at = stay[by_stage]
            stage, age = self.spells.stage[at], self.as_of - self.spells.enter[at]
            bands = self._bands(at)
            scores = self.chain.score(stage, age, horizon, bands)
            ahead = np.full(len(at), np.nan)
            if dates:
                ahead = self.chain.win_day(stage, age, bands)
            _put(found, by_stage, scores.won, scores.lost, scores.eventual, ahead)
            found.method[by_stage], found.closed[by_stage] = CHAIN, scores.learned_from
        left = found.method == NONE
        dated = np.flatnonzero(left & (self.lives.created[deals] <= self.as_of))
        if len(dated) and self.curve.undefined is None:
            old = self.as_of - self.lives.created[deals[dated]]
            scores = self.curve.score(old, horizon)
            known = np.flatnonzero(~np.isnan(scores.won))
            ahead = np.where(np.isnan(scores.eventual), np.nan, _half_way(self.curve, old))
            won = self._thin(scores.won, old, horizon)
            lost = np.minimum(scores.lost, 1 - won)
            ever = np.maximum(scores.eventual, won)
            _put(found, dated, won, lost, ever, ahead)
            found.method[dated[known]] = AGE
            found.closed[dated[known]] = scores.learned_from[known]
        if given is not None:
            said = np.flatnonzero((found.method == NONE) & ~np.isnan(given))
            found.eventual[said], found.method[said] = given[said], GIVEN
        return found

    def second_opinion(self, deals: Days, horizon: int) -> tuple[Floats, Days]:
        """Share won within the horizon of past deals that looked alike, and how many they were.

        Alike are deals of the same stage and about the same age in it, on past days whose horizon
        is over; NaN where there were none.
        """
        stay, size = self.stays_at(deals), len(deals)
        share, seen = np.full(size, np.nan), np.zeros(size, dtype=np.int64)
        if self.spells is None or horizon < 1:
            return share, seen
        rows = landmark_rows(self.spells, self.as_of, horizon, every=7, window=LANDMARKS)
        if not rows.origins or not len(rows.spell):
            return share, seen
        parent = np.repeat(np.arange(self.spells.stages), len(AGE_CELLS))
        cell = self._cell(self.spells.stage[rows.spell], rows.age)
        found = landmark_yield(cell, parent, rows.won, self.spells.deal[rows.spell])
        mine = np.flatnonzero(stay >= 0)
        at = stay[mine]
        where = self._cell(self.spells.stage[at], self.as_of - self.spells.enter[at])
        share[mine], seen[mine] = found.by_count[where], found.deals[where]
        return share, seen

    def kept_share(self, deals: Days) -> Floats:
        """What share of its present amount a deal is expected to be won at, by its stage.

        1 where no history of amounts tells.
        """
        stays, stay = self.lives.stays, self.stays_at(deals)
        found = np.ones(len(deals))
        if self.spells is None or stays is None or self.cuts is None:
            return found
        rows = landmark_rows(self.spells, self.as_of, 91, every=14, window=WINDOW)
        won = np.flatnonzero(rows.won)
        if not len(won) or stays.amount is None:
            return found
        then = self.spells.row[rows.spell[won]]
        final = self.lives.amount[self.spells.deal[rows.spell[won]]]
        stages = self.spells.stages
        ratio = amount_ratio(stays.stage[then], stays.amount[then], final, stages)
        mine = np.flatnonzero(stay >= 0)
        found[mine] = ratio[self.spells.stage[stay[mine]]]
        return found

    def _thin(self, won: Floats, age: Days, horizon: int) -> Floats:
        """With one deal more that wins as all do: that few have not won does not say never.

        Formula: (n x chance + share won of all closed x (1 - exp(-horizon / their mean age))) /
        (n + 1), n the deals that were seen beyond that age, or beyond the greatest at which one
        closed: those that lie about for ever after say the same of each other.
        """
        lives, curve = self.lives, self.curve
        there = np.flatnonzero(lives.outcome >= 0)
        # Of those created later the age is below 0: they were seen beyond none.
        ages = np.sort(np.minimum(lives.closed[there], self.as_of) - lives.created[there])
        last = int(curve.closed_ages.max(initial=0))
        seen = len(ages) - np.searchsorted(ages, np.minimum(age, last), side="right")
        share = (curve.won + 0.5) / (curve.won + curve.lost + 1)
        pace = 1 - np.exp(-horizon / max(float(curve.closed_ages.mean()), 1.0))
        return np.asarray((seen * won + share * pace) / (seen + 1), dtype=np.float64)

    def _cell(self, stage: ShortDays, age: Days | ShortDays) -> Days:
        bucket = np.searchsorted(AGE_CELLS, np.maximum(age, 0), side="right") - 1
        return np.asarray(stage * np.int64(len(AGE_CELLS)) + bucket, dtype=np.int64)

    def _bands(self, at: Days) -> list[Days]:
        stays = self.lives.stays
        if self.cuts is None or stays is None or stays.amount is None or self.spells is None:
            return []
        return [amount_band(stays.amount[self.spells.row[at]], self.cuts)]


def _put(found: Chances, rows: Days, won: Floats, lost: Floats, ever: Floats, day: Floats) -> None:
    found.won[rows], found.lost[rows] = won, lost
    found.eventual[rows], found.ahead[rows] = ever, day


def _half_way(fitted: DealAgeCurve, age: Days) -> Floats:
    """Days until half of the wins still to come have come."""
    curve = fitted.curve
    now, _ = curve.at(age)
    last = curve.incidence[0, -1]
    place = np.searchsorted(curve.incidence[0], now[0] + (last - now[0]) / 2 - 1e-12)
    there = (place < len(curve.ages)) & (last > now[0] + 1e-12)
    day = curve.ages[np.minimum(place, len(curve.ages) - 1)]
    return np.where(there, np.maximum(day - age, 1), np.nan)


def spells_of(stays: StageStays | None, deals: int) -> Spells | None:
    """The stays as the models take them."""
    if stays is None or not stays.stages or not len(stays.deal):
        return None
    assert FAR == OPEN  # the day of what has not happened is one and the same
    found = Spells.of(
        stays.deal, stays.stage, stays.enter, stays.leave, stays.next,
        stages=len(stays.stages),
        start=None if stays.start is stays.enter else np.minimum(stays.start, stays.leave),
    )  # fmt: skip
    return replace(found, deals=max(deals, found.deals))


def learn(
    lives: DealLives, as_of: int, *, window: int | None = WINDOW, spells: Spells | None = None
) -> Learned:
    """The models of what was known at the end of a day: nothing later is looked at.

    The chain of stages is taken where it rests on 30 closed deals or more, or on at least half of
    those that the age of deals could be learned from; else the age of deals.
    """
    stays = lives.stays
    if spells is None:
        spells = spells_of(stays, len(lives.outcome))
    mine = np.flatnonzero((lives.outcome >= 0) & (lives.created < FAR))
    gone = lives.closed[(lives.outcome > 0) & (lives.closed <= as_of)]
    curve = fit_deal_age(
        lives.created[mine],
        lives.closed[mine],
        lives.outcome[mine],
        as_of,
        first_seen=int(gone.min()) if len(gone) else None,
        window=window,
    )
    if spells is None or stays is None:
        return Learned(lives, as_of, None, None, curve, None, curve.undefined, curve.flags)
    cuts, covariates = None, []
    if stays.amount is not None:
        known = spells.start <= as_of
        cuts = amount_cuts(stays.amount[spells.row[known]])
        covariates = [amount_band(stays.amount, cuts)]
    chain = fit_stage_chain(
        spells,
        as_of,
        window=window,
        ages=AGES,
        covariates=covariates,
        sizes=[BANDS] * len(covariates),
    )
    by_age = 0 if curve.undefined else curve.won + curve.lost
    usable = chain.undefined is None and chain.closed >= min(FEW_CLOSED, by_age / 2)
    if not usable:
        why = curve.undefined and (chain.undefined or curve.undefined)
        return Learned(lives, as_of, spells, None, curve, cuts, why, curve.flags)
    return Learned(lives, as_of, spells, chain, curve, cuts, None, chain.flags)
