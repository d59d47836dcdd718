"""Win chances of open deals from their stage and their age in it: a semi-Markov chain by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SalesMetricsError
from .arrays import FloatArray, IntArray, codes, days
from .chain_solver import eventual_wins, solve_chain, solve_phases, win_day
from .phases import Phases
from .spells import Spells
from .stage_counts import AGES, StageCounts, combinations, count_stages, level_codes
from .undefined import Flag, Undefined
from .win_scores import BASES, FEW_CLOSED, WinScores, no_scores

__all__ = ["StageChain", "fit_stage_chain"]

MOVES = ("won", "lost", "forward", "back")


@dataclass(frozen=True)
class StageChain:
    """A fitted chain: what happens to a deal from one day to the next, by stage and age in it.

    `law[k, b, j]`: chance that a deal in stage k at an age of bucket b stands in state j the next
    day (a stage: it moved, also back into its own; then won, lost); the rest stays and is a day
    older. `effects[i][level, move]`: what covariate i multiplies won, lost, forward and back by;
    the last one is of the phases, where there are any.
    """

    as_of: int
    counts: StageCounts
    law: FloatArray
    effects: tuple[FloatArray, ...]
    phases: Phases | None
    strength: float
    undefined: Undefined | None
    flags: tuple[Flag, ...]

    @property
    def stages(self) -> int:
        """How many stages there are."""
        return int(self.law.shape[0])

    @property
    def closed(self) -> int:
        """How many closed deals were known when it was fitted."""
        return self.counts.won + self.counts.lost

    def score(
        self,
        stage: ArrayLike,
        age: ArrayLike,
        horizon: ArrayLike,
        covariates: Sequence[ArrayLike] = (),
        *,
        as_of: int | None = None,
    ) -> WinScores:
        """Chances of open deals.

        Formula: V_0 = 0; V_t(k, a) = P(won) + sum over j of P(j) V_{t-1}(j, 0) + P(stays)
        V_{t-1}(k, a + 1), each P that of stage k at age a; P(won by t) = V_t. The eventual chance
        is the limit, solved exactly. Ages beyond the last bucket have its law.

        Args:
            stage: 0.. of each open deal.
            age: whole days since it entered the stage.
            horizon: days ahead, one for all or one for each; at 0 nothing is won.
            covariates: levels of each deal, in the order of the fit; they are held as they are.
            as_of: the day of the states, from which phases count; by default that of the fit.

        Undefined: see `fit_stage_chain`; `eventual` is NaN where no deal was ever lost, because
        then every deal would be won in the end.
        """
        where = codes("stage", stage, self.stages)
        old = days("age", age, len(where))
        if len(old) and old.min() < 0:
            raise SalesMetricsError("age is days since the stage began; none is below 0")
        ahead = days("horizon", np.broadcast_to(np.asarray(horizon), where.shape), len(where))
        if len(ahead) and ahead.min() < 0:
            raise SalesMetricsError("horizon is days ahead; none is below 0")
        if self.undefined:
            return no_scores("stage_chain", len(where), self.undefined, self.flags)
        which, laws = self._laws(covariates, len(where))
        bounded = np.minimum(old, self.counts.ages[-1])
        ages = self.counts.ages
        if self.phases is None:
            won, lost = solve_chain(laws, ages, which, where, bounded, ahead)
        else:
            kind = _move_of(self.stages)
            each = [_bounded(laws * effect[kind][None, :, None]) for effect in self.effects[-1]]
            first = self.as_of if as_of is None else as_of
            phase = self.phases.at(first + np.arange(int(ahead.max(initial=0))))
            won, lost = solve_phases(each, phase, ages, which, where, bounded, ahead)
        eventual = eventual_wins(laws, ages)[which, where, bounded]
        if not self.counts.lost:
            eventual = np.full(len(where), np.nan)
        bucket = np.searchsorted(ages, bounded, side="right") - 1
        return WinScores(
            "stage_chain",
            won,
            lost,
            eventual,
            self.counts.closed_seen[where, bucket],
            self._basis()[where, bucket],
            None,
            self.flags,
        )

    def win_day(
        self,
        stage: ArrayLike,
        age: ArrayLike,
        covariates: Sequence[ArrayLike] = (),
        *,
        share: float = 0.5,
        limit: int = 1095,
    ) -> FloatArray:
        """Days until a deal is won if it is won: the day by which `share` of the wins have come.

        At 0.5 the median, the expected close. NaN where it lies beyond `limit` days or nothing is
        ever won from there.
        """
        where = codes("stage", stage, self.stages)
        old = np.minimum(days("age", age, len(where)), self.counts.ages[-1])
        if self.undefined:
            return np.full(len(where), np.nan)
        which, laws = self._laws(covariates, len(where))
        found = win_day(laws, self.counts.ages, share, limit)
        return np.asarray(found[which, where, old], dtype=np.float64)

    def _laws(self, covariates: Sequence[ArrayLike], size: int) -> tuple[IntArray, FloatArray]:
        """(law of each state, the laws of the combinations of levels that occur among them)."""
        own = len(self.effects) - (self.phases is not None)
        sizes, effects = self.counts.sizes[:own], self.effects[:own]
        levels = level_codes(covariates, sizes)
        if covariates and len(levels) != size:
            raise SalesMetricsError(f"covariates of {len(levels)} deals for {size}")
        if not covariates:
            levels = np.zeros((size, 0), dtype=np.int64)
        which, found = combinations(levels, sizes)
        factor = _factors(found, effects, self.stages)
        return which, _bounded(self.law[None] * factor[:, :, None, :])

    def _basis(self) -> IntArray:
        fine = self.counts.exposure.sum(axis=0)
        stage = np.broadcast_to(fine.sum(axis=1)[:, None], fine.shape)
        names = {name: BASES.index(name) for name in ("stage_and_age", "stage", "all_stages")}
        coarse = np.where(stage > 0, names["stage"], names["all_stages"])
        enough = (fine > 0) & (fine >= self.strength)
        return np.where(enough, names["stage_and_age"], coarse).astype(np.int64)


def fit_stage_chain(
    spells: Spells,
    as_of: int,
    *,
    window: int | None = None,
    ages: ArrayLike = AGES,
    covariates: Sequence[ArrayLike] = (),
    sizes: Sequence[int] = (),
    phases: Phases | None = None,
    strength: float = 25,
    stage_strength: float = 2,
    effect_strength: float = 20,
) -> StageChain:
    """Learns the chain from what was known at the end of day `as_of`.

    Formula: chance of a move in a cell of stage and age = (moves + strength x chance one step up) /
    (deal-days + strength), the strength at the first step as many days as hold `stage_strength`
    moves. One step up from an age is the age before it, from the first age the
    stage, from the stage all stages; so an age never seen has the law of the last one seen, and a
    stage never seen that of all stages. Covariates multiply won, lost, forward and back by
    (seen + effect_strength) / (expected + effect_strength), others held; law and effects are fitted
    in turns.

    Args:
        spells: stays of all deals, open ones too; what happened after `as_of` is not looked at.
        window: days to learn from; None learns from all.
        ages: first day of each age bucket.
        covariates: levels of each row given to `Spells.of`, such as its amount band; `sizes` the
            number of levels of each.
        phases: times in which deals move at another pace; an effect like that of a covariate, in
            chances by a day, of which the phase is known. Eventual chances are those of the mean.
        strength: deal-days that the age before counts for.
        stage_strength: moves that all stages together count for at each stage; what three wins
            of three say of a stage is less than that it always wins.
        effect_strength: moves that "no effect" counts for.

    Undefined: no deal-days seen (`no_history`); none closed (`no_closed_deals`); none won
    (`no_wins`): a chance of 0 out of nothing would look certain. Flagged: no losses, one stage,
    fewer than 30 closed.
    Source: discrete-time semi-Markov chain; Andersen et al. 1993, Putter et al. 2007.
    """
    counts = count_stages(
        spells,
        as_of,
        window=window,
        ages=ages,
        covariates=covariates,
        sizes=sizes,
        phases=phases,
    )
    law, effects = _fit(counts, (strength, stage_strength), effect_strength)
    why, flags = _judge(counts, spells.stages)
    return StageChain(as_of, counts, law, effects, phases, strength, why, flags)


def _judge(counts: StageCounts, stages: int) -> tuple[Undefined | None, tuple[Flag, ...]]:
    closed = counts.won + counts.lost
    why = None
    if not counts.exposure.any():
        why = Undefined.of("no_history", deals=counts.deals)
    elif not closed:
        why = Undefined.of("no_closed_deals", open=counts.deals)
    elif not counts.won or not counts.moves[..., stages].any():
        why = Undefined.of("no_wins", closed=closed)
    flags = []
    if closed and not counts.lost:
        flags.append(Flag.of("no_losses", won=counts.won))
    if stages == 1:
        flags.append(Flag.of("one_stage"))
    if closed < FEW_CLOSED:
        flags.append(Flag.of("few_closed_deals", closed=closed, needed=FEW_CLOSED))
    return why, tuple(flags)


def _move_of(stages: int) -> IntArray:
    """Kind of move (position in `MOVES`) from each stage to each state."""
    kind = np.full((stages, stages + 2), MOVES.index("back"), dtype=np.int64)
    kind[:, :stages][np.triu_indices(stages, 1)] = MOVES.index("forward")
    kind[:, stages], kind[:, stages + 1] = MOVES.index("won"), MOVES.index("lost")
    return kind


def _law(
    exposure: FloatArray, moves: FloatArray, strength: float, stage_strength: float
) -> FloatArray:
    """The law from moves and, for each of them, the days on which it could have been made."""
    stages, buckets = moves.shape[:2]
    kind = _move_of(stages)
    by_stage, stood = moves.sum(axis=1), exposure.sum(axis=1)
    seen = np.bincount(kind.ravel(), by_stage.ravel(), minlength=4)
    could = [max(float(stood[:, to].sum()), 1.0) for to in (stages, stages + 1, 0, 0)]
    rate = seen / could
    # All stages together: forward is one stage on (from the last: won), back is one stage back.
    up = np.zeros((stages, stages + 2))
    up[:, stages], up[:, stages + 1] = rate[0], rate[1]
    for k in range(stages):
        up[k, k + 1] += rate[2]  # from the last stage, k + 1 is won
        if k:
            up[k, k - 1] += rate[3]
    # So many days of all stages together that they hold `stage_strength` moves.
    pace = float(rate.sum())
    up = _shrunk(by_stage, stood, up, stage_strength / pace if pace else 0.0)
    law = np.empty_like(moves)
    for b in range(buckets):
        law[:, b] = up = _shrunk(moves[:, b], exposure[:, b], up, strength)
    return law


def _shrunk(moves: FloatArray, stood: FloatArray, up: FloatArray, strength: float) -> FloatArray:
    weight = stood + strength
    return np.where(weight > 0, (moves + strength * up) / np.where(weight > 0, weight, 1), up)


def _fit(
    counts: StageCounts, strengths: tuple[float, float], effect_strength: float, sweeps: int = 5
) -> tuple[FloatArray, tuple[FloatArray, ...]]:
    """The law and the effects in turns: each is fitted to what the other leaves unexplained.

    Levels are not spread evenly over ages (a phase, or a size that takes longer), so a law fitted
    without the effects would hold a part of them.
    """
    moves = counts.moves.sum(axis=0)
    stages, states = moves.shape[0], moves.shape[2]
    days_at_risk = np.repeat(counts.exposure.sum(axis=0)[:, :, None], states, axis=2)
    law = _law(days_at_risk, moves, *strengths)
    kind = _move_of(stages)
    effects = [np.ones((size, len(MOVES))) for size in counts.sizes]
    seen = counts.moves.sum(axis=2)
    for _ in range(sweeps if effects else 0):
        expected = np.einsum("ckb,kbj->ckj", counts.exposure, law)
        for i, size in enumerate(counts.sizes):
            others = [np.ones_like(e) if n == i else e for n, e in enumerate(effects)]
            fit = expected * _factors(counts.levels, others, stages)
            code = counts.levels[:, i][:, None, None] * len(MOVES) + kind[None]
            total = size * len(MOVES)
            o = np.bincount(code.ravel(), seen.ravel(), minlength=total)
            e = np.bincount(code.ravel(), fit.ravel(), minlength=total)
            ratio = (o + effect_strength) / (e + effect_strength)
            effects[i] = ratio.reshape(size, len(MOVES))
        factor = _factors(counts.levels, effects, stages)
        at_risk = np.einsum("ckb,ckj->kbj", counts.exposure, factor)
        law = _law(at_risk, moves, *strengths)
    return law, tuple(effects)


def _factors(levels: IntArray, effects: Sequence[FloatArray], stages: int) -> FloatArray:
    """What the levels of each combination multiply each move by, [combination, stage, state]."""
    kind = _move_of(stages)
    factor = np.ones((len(levels), *kind.shape))
    for column, effect in enumerate(effects):
        factor *= effect[levels[:, column]][:, kind]
    return factor


def _bounded(laws: FloatArray) -> FloatArray:
    """No more leave than there are, whatever the covariates multiply to."""
    leave: FloatArray = np.maximum(laws.sum(axis=-1, keepdims=True), 1)
    return np.asarray(laws / leave, dtype=np.float64)
