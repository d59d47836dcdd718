"""Whether a figure is unusual beside those before it, at a chance of false alarm that is stated.

Amounts are judged on the log scale by the limits that a t distribution predicts for one more like
the baseline, and by a weighted mean of the last few (EWMA) for shifts that last.  Counts are judged
so by their square roots, whose spread does not grow with them: logarithms of a dozen rows are so
lopsided that they set off two to four times the false alarms stated.  Rates are judged by how far
each is from the mean in its own binomial spread (Laney's p'), small counts by the negative binomial
distribution that the baseline predicts, at a chance of at most the one stated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Literal

import numpy as np

from ..forecast.special_functions import normal_quantile, t_cdf, t_quantile
from ..reasons import Reason

__all__ = [
    "CHANCE", "LEAST", "RECENT", "Judged", "Side", "judged_count", "judged_log", "judged_rate",
    "stated_chance",
]  # fmt: skip

Side = Literal["either", "below", "above"]
CHANCE = 0.0027  # of a false alarm by each test, as three standard deviations have it
LEAST = 12  # figures of a baseline
RECENT = 4  # figures of the weighted mean, the latest with it
SMALL = 10  # mean of a count below which its distribution is lopsided
WEIGHT = 0.3
SEEN = 0.8  # power at which a change counts as visible
EWMA = np.array([WEIGHT * (1 - WEIGHT) ** back for back in range(RECENT)])
EWMA /= EWMA.sum()
BACK: Mapping[str, Callable[[float], float]] = {
    "log": exp,
    "root": lambda root: max(max(root, 0.0) ** 2 - 0.375, 0.0),
    "rate": float,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """What the baseline lets expect, and how unlikely the figure is beside it.

    `p` is the smaller chance of the tests done times their number, `chance` how often an unchanged
    figure sets off an alarm.  `sees` is the smallest change that is seen four times in five, as a
    share of what is expected (of rates in points).
    """

    method: str
    fires: bool
    p: float
    chance: float
    expected: float
    low: float | None
    high: float | None
    sees: float
    baseline: int
    shift: bool = False  # the last few together are unusual


def judged_log(values: Sequence[float], side: Side, chance: float = CHANCE) -> Judged | Reason:
    """The last of these figures beside those before it; all of a baseline above 0."""
    if len(values) <= LEAST + RECENT - 1:
        return Reason("short_baseline", n=len(values) - 1, least=LEAST + RECENT - 1)
    if any(value <= 0 for value in values[:-1]):
        return Reason("baseline_not_above_zero")
    if values[-1] <= 0:
        usual = exp(float(np.mean(np.log(values[:-1]))))
        return Judged("log", side != "above", 0.0, chance, usual, None, None, 1.0, len(values) - 1)
    logs = np.log(np.array(values, dtype=np.float64))
    return _of_scores(logs, side, chance, "log")


def judged_rate(
    parts: Sequence[int], wholes: Sequence[int], side: Side, chance: float = CHANCE
) -> Judged | Reason:
    """The last of these proportions, each of so many rows, beside those before it."""
    if len(wholes) <= LEAST + RECENT - 1:
        return Reason("short_baseline", n=len(wholes) - 1, least=LEAST + RECENT - 1)
    old, rows = sum(parts[:-1]), sum(wholes[:-1])
    if not rows or not 0 < old < rows or 0 in wholes:
        return Reason("baseline_without_spread")
    mean, few = old / rows, min(rows // (len(wholes) - 1), wholes[-1])
    least = -(-5 * rows // min(old, rows - old))  # rows of which five are of the rarer kind
    if few < least:
        return Reason("too_few_for_rate", n=few, least=least)
    spreads = [sqrt(mean * (1 - mean) / n) for n in wholes]
    scores = np.array([(p / n - mean) / s for p, n, s in zip(parts, wholes, spreads, strict=True)])
    found = _of_scores(scores, side, chance, "rate")
    spread = spreads[-1]

    def rate(score: float | None) -> float | None:
        return None if score is None else min(max(mean + score * spread, 0.0), 1.0)

    return Judged(
        "laney", found.fires, found.p, found.chance, mean, rate(found.low), rate(found.high),
        found.sees * spread, found.baseline, found.shift,
    )  # fmt: skip


def judged_count(values: Sequence[int], side: Side, chance: float = CHANCE) -> Judged | Reason:
    """The last of these counts beside those before it: by their roots unless they are small."""
    if len(values) <= LEAST:
        return Reason("short_baseline", n=len(values) - 1, least=LEAST)
    old, n, whole = values[:-1], len(values) - 1, sum(values[:-1])
    mean = whole / n
    # The variance by the mean: of whole numbers, so that as much as the mean is not taken for more.
    own = (n * sum(each * each for each in old) - whole**2) / ((n - 1) * whole) if whole else 0.0
    # Beyond a third of the mean, it comes in bursts that no root makes even.
    even = own <= mean / 3
    if mean >= SMALL and even and len(values) > LEAST + RECENT - 1:
        roots = np.sqrt(np.array(values, dtype=np.float64) + 0.375)
        return _of_scores(roots, side, chance, "root")
    if mean == 0:
        return Reason("baseline_not_above_zero")
    spread = max(1.0, own) * (1 + 1 / n)
    most = max(values[-1], int(mean + 40 * sqrt(mean * spread)) + 20)
    below, above = _tails(mean, spread, most)
    each = chance / 2 if side == "either" else chance
    limit = each
    if own > 1:  # the spread is no more than an estimate: as far out as a t distribution has it
        limit = NormalDist().cdf(_t_limit(each, n - 1))
    value = values[-1]
    tails = {"below": float(below[value]), "above": float(above[value])}
    tail = min(tails.values()) if side == "either" else tails[side]
    # Whole numbers: the limits are the last that are likely enough.
    low, high = int(np.flatnonzero(below >= limit)[0]), int(np.flatnonzero(above >= limit)[-1])
    p = tail
    if own > 1 and 0 < tail < 1:
        p = t_cdf(normal_quantile(tail), n - 1)
    sees = (normal_quantile(1 - each) + normal_quantile(SEEN)) * sqrt(spread / mean)
    return Judged(
        "negative binomial", tail < limit, min(1.0, 2 * p if side == "either" else p), chance,
        mean, low if side != "above" else None, high if side != "below" else None, sees, n,
    )  # fmt: skip


def _tails(mean: float, spread: float, most: int) -> tuple[np.ndarray, np.ndarray]:
    """P(X <= k) and P(X >= k) of a negative binomial count with this mean and variance / mean."""
    size = mean / (spread - 1)
    k = np.arange(1, most + 2)
    # Each mass is the one before it times (size + k - 1) / k x (1 - 1 / spread).
    steps = np.log((size + k - 1) / k) + log(1 - 1 / spread)
    masses = np.exp(np.cumsum(np.append(size * log(1 / spread), steps)))
    below = np.cumsum(masses)
    above = 1 - below + masses
    return below, np.maximum(above, 0.0)


def _of_scores(scores: np.ndarray, side: Side, chance: float, kind: str) -> Judged:
    """One more beside a baseline of scores that vary alike: alone, and with the few before it."""
    base, value = scores[:-1], float(scores[-1])
    n, mean, sd = len(base), float(base.mean()), float(base.std(ddof=1))
    early = scores[:-RECENT]
    m, early_mean, early_sd = len(early), float(early.mean()), float(early.std(ddof=1))
    weighted = float((EWMA * scores[: -RECENT - 1 : -1]).sum())
    tests = [
        _p(value - mean, sd * sqrt(1 + 1 / n), n - 1, side),
        _p(weighted - early_mean, early_sd * sqrt(float((EWMA**2).sum()) + 1 / m), m - 1, side),
    ]
    each = chance / 2 if side == "either" else chance
    room = _t_limit(1 - each, n - 1) * sd * sqrt(1 + 1 / n)
    seen = room + normal_quantile(SEEN) * sd
    edges = mean - room, mean + room
    back = BACK[kind]
    return Judged(
        method=kind,
        fires=min(tests) < chance,
        p=min(1.0, 2 * min(tests)),
        chance=stated_chance(n, side, chance),
        expected=back(mean),
        low=back(edges[0]) if side != "above" else None,
        high=back(edges[1]) if side != "below" else None,
        sees=_seen(mean, seen, kind),
        baseline=n,
        shift=tests[1] < chance <= tests[0],
    )


@lru_cache(maxsize=1024)
def _t_limit(share: float, degrees: int) -> float:
    return t_quantile(share, degrees)


def _seen(mean: float, seen: float, kind: str) -> float:
    """The change that is seen four times in five, as a share; of scores as it is."""
    if kind == "log":
        return 1 - exp(-seen)
    if kind == "root":
        return min(1.0, 1 - max(mean - seen, 0.0) ** 2 / mean**2)
    return seen


def _p(away: float, spread: float, degrees: int, side: Side) -> float:
    """How likely one so far away is; what does not vary at all may not move at all."""
    if spread <= 1e-12:
        moved = abs(away) > 1e-9
        wanted = side == "either" or (away < 0) == (side == "below")
        return 0.0 if moved and wanted else 1.0
    at = t_cdf(away / spread, degrees)
    if side == "either":
        return 2 * min(at, 1 - at)
    return at if side == "below" else 1 - at


@lru_cache(maxsize=256)
def stated_chance(n: int, side: Side = "either", chance: float = CHANCE) -> float:
    """How often one of the two tests of `_of_scores` sets off a false alarm.

    They share the latest figure and most of the baseline, so that it is less than their sum: the
    mean over a fixed set of made-up baselines of independent normal figures.
    """
    rng = np.random.default_rng(20_250_101)
    many, m = 50_000, n + 1 - RECENT
    scores = rng.standard_normal((many, n + 1))
    base, early = scores[:, :-1], scores[:, :-RECENT]
    alone = (scores[:, -1] - base.mean(1)) / (base.std(1, ddof=1) * sqrt(1 + 1 / n))
    recent = (scores[:, : -RECENT - 1 : -1] * EWMA).sum(1) - early.mean(1)
    lasting = recent / (early.std(1, ddof=1) * sqrt(float((EWMA**2).sum()) + 1 / m))
    each = chance / 2 if side == "either" else chance
    found = np.zeros(many, dtype=bool)
    for values, degrees in ((alone, n - 1), (lasting, m - 1)):
        limit = _t_limit(1 - each, degrees)
        found |= (
            values > limit
            if side == "above"
            else values < -limit
            if side == "below"
            else (np.abs(values) > limit)
        )
    return float(found.mean())
