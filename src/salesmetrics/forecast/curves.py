"""How long until it ends, and how: Kaplan-Meier and Aalen-Johansen with delayed entry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SalesMetricsError
from .arrays import FloatArray, IntArray, codes, level_of, numbers
from .special_functions import normal_quantile
from .undefined import Flag, Undefined

__all__ = ["FEWEST", "IncidenceCurve", "SurvivalCurve", "aalen_johansen", "kaplan_meier"]

FEWEST = 5  # at risk; below it a curve rests on single rows


@dataclass(frozen=True)
class SurvivalCurve:
    """A Kaplan-Meier curve: one entry per age at which something ended.

    `ages` ascending, in the unit given; `at_risk` watched just before the age (weights summed),
    `ended` at it; `survival` the share still there after it; `variance` Greenwood's. `undefined`
    where the curve falls to 0 and rows enter the watch later: it can say nothing of those.
    """

    ages: FloatArray
    at_risk: FloatArray
    ended: FloatArray
    survival: FloatArray
    variance: FloatArray
    rows_at_risk: FloatArray
    undefined: Undefined | None

    def at(self, age: float) -> float | Undefined:
        """Share still there after `age`; 1 before the first end."""
        if self.undefined:
            return self.undefined
        place = int(np.searchsorted(self.ages, age, side="right"))
        return float(self.survival[place - 1]) if place else 1.0

    def quantile(self, share: float) -> float | Undefined:
        """The first age by which at least `share` have ended; undefined where fewer ever do."""
        if self.undefined:
            return self.undefined
        reached = self.survival <= 1 - share + 1e-12
        if not reached.any():
            lowest = float(self.survival[-1]) if len(self.survival) else 1.0
            return Undefined.of("quantile_not_reached", share=share, still_there=lowest)
        return float(self.ages[int(np.argmax(reached))])

    def restricted_mean(self, until: float) -> float | Undefined:
        """Mean time there up to the age `until`: the area under the curve from 0."""
        if self.undefined:
            return self.undefined
        inside = self.ages < until
        edges = np.concatenate([[0.0], self.ages[inside], [until]])
        heights = np.concatenate([[1.0], self.survival[inside]])
        return float((np.diff(edges) * heights).sum())

    def interval(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Pointwise interval on the scale log(-log S), as survival packages do; inside 0..1."""
        return _log_log(self.survival, self.variance, level)

    def thin(self, until: float) -> Flag | None:
        """Says so where fewer than five rows are at risk at an age up to `until`."""
        return _thin(self.ages, self.rows_at_risk, until)


@dataclass(frozen=True)
class IncidenceCurve:
    """Aalen-Johansen: the share that has ended in each way by each age.

    `incidence` and `variance` have one row per way (1, 2, ... of the causes given), one column per
    age at which something ended; `survival` is the share that has not ended. At every age the
    column of `incidence` and `survival` sum to 1.
    """

    ages: FloatArray
    at_risk: FloatArray
    ended: FloatArray
    incidence: FloatArray
    variance: FloatArray
    survival: FloatArray
    rows_at_risk: FloatArray
    undefined: Undefined | None

    def at(self, age: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """(incidence by way, survival) after each age asked for; (0, 1) before the first end."""
        place = np.searchsorted(self.ages, np.asarray(age, dtype=np.float64), side="right")
        none = np.zeros((len(self.incidence), 1))
        return (
            np.concatenate([none, self.incidence], axis=1)[:, place],
            np.concatenate([[1.0], self.survival])[place],
        )

    def interval(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Pointwise intervals on the scale log(-log F), one row per way; inside 0..1."""
        return _log_log(self.incidence, self.variance, level)

    def thin(self, until: float) -> Flag | None:
        """Says so where fewer than five rows are at risk at an age up to `until`."""
        return _thin(self.ages, self.rows_at_risk, until)


def kaplan_meier(
    ages: ArrayLike,
    ended: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> SurvivalCurve:
    """The share still there by age, rows that have not ended counted as long as they were seen.

    Formula: S(t) = product over ages u <= t of 1 - ended(u) / at risk(u); at risk at u are rows
    with entry < u <= age. Variance (Greenwood): S(t)^2 x sum of ended / (at risk x (at risk -
    ended)), with an age at which all ended left out of the sum.

    Args:
        ages: age of each row when it ended or was last seen, any unit.
        ended: whether it ended at that age.
        entry: age at which the row came under watch; it has to lie before its age. Without it
            all rows are watched from their beginning.
        weights: how many rows each row stands for; the variance then takes them as counts.

    Undefined: the curve falls to 0 before later rows enter (`curve_fell_to_0`).
    Source: Kaplan and Meier 1958; Greenwood 1926; delayed entry: Andersen et al. 1993.

    >>> kaplan_meier([1, 2, 2, 4], [1, 1, 0, 1]).survival.tolist()
    [0.75, 0.5, 0.0]
    """
    cause = codes("ended", ended, 2)
    table = _Risk(ages, cause, 1, entry, weights)
    gone = table.ended[0]
    survival = _staying(table.at_risk, gone)
    variance = survival**2 * np.cumsum(_greenwood(table.at_risk, gone))
    return SurvivalCurve(
        table.ages, table.at_risk, gone, survival, variance, table.rows, table.fallen(survival)
    )


def aalen_johansen(
    ages: ArrayLike,
    cause: ArrayLike,
    causes: int,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> IncidenceCurve:
    """The share that has ended in each of several ways by age, none counted as if the others
    did not exist.

    Formula: F_j(t) = sum over ages u <= t of S(u-) x ended in way j at u / at risk(u), S as in
    `kaplan_meier` for all ways together. The variance is the delta method's, as survival packages
    compute it (Marubini and Valsecchi 1995, Collett 2015).

    Args:
        ages, entry, weights: as in `kaplan_meier`.
        cause: 0 where the row had not ended when last seen, else the way 1..`causes`.

    Undefined: as in `kaplan_meier`.
    """
    table = _Risk(ages, codes("cause", cause, causes + 1), causes, entry, weights)
    n, total = table.at_risk, table.ended.sum(axis=0)
    survival = _staying(n, total)
    before = np.concatenate([[1.0], survival[:-1]]) if len(n) else survival
    incidence = np.cumsum(before * table.ended / n, axis=1)
    leave = _greenwood(n, total)
    own = before**2 * table.ended * (n - table.ended) / n**3
    cross = before * table.ended / n**2
    # sum over u of (F(t) - F(u))^2 leave(u) + own(u) - 2 (F(t) - F(u)) cross(u), multiplied out
    # so that running sums give it for all t at once.
    variance = (
        incidence**2 * np.cumsum(leave)
        - 2 * incidence * np.cumsum(incidence * leave, axis=1)
        + np.cumsum(incidence**2 * leave, axis=1)
        + np.cumsum(own, axis=1)
        - 2 * incidence * np.cumsum(cross, axis=1)
        + 2 * np.cumsum(incidence * cross, axis=1)
    )
    return IncidenceCurve(
        table.ages,
        n,
        table.ended,
        incidence,
        np.maximum(variance, 0),
        survival,
        table.rows,
        table.fallen(survival),
    )


class _Risk:
    """Rows at risk and ended at each age at which something ended."""

    def __init__(
        self,
        ages: ArrayLike,
        cause: IntArray,
        causes: int,
        entry: ArrayLike | None,
        weights: ArrayLike | None,
    ) -> None:
        age: FloatArray = numbers("ages", ages)
        size = len(age)
        if len(cause) != size:
            raise SalesMetricsError(f"{len(cause)} ends where {size} ages are given")
        weight: FloatArray = np.ones(size)
        if weights is not None:
            weight = numbers("weights", weights, size)
        if (weight < 0).any():
            raise SalesMetricsError("weights are how many rows a row stands for; none is below 0")
        late: FloatArray | None = None if entry is None else numbers("entry", entry, size)
        if late is not None and (late >= age).any():
            at = int(np.argmax(late >= age))
            raise SalesMetricsError(
                f"entry[{at}] is {late[at]} and ages[{at}] is {age[at]}; a row has to come under "
                "watch before its age"
            )
        order = np.argsort(age, kind="stable")
        age, how, heavy = age[order], cause[order], weight[order]
        counts = (how > 0) & (heavy > 0)
        ends = age[counts]
        first = np.concatenate([[True], ends[1:] != ends[:-1]]) if len(ends) else counts[:0]
        self.ages: FloatArray = ends[first]
        place = np.cumsum(first) - 1
        found = len(self.ages)
        code = (how[counts] - 1) * found + place
        ended = np.bincount(code, weights=heavy[counts], minlength=causes * found)
        self.ended: FloatArray = ended.astype(np.float64).reshape(causes, found)
        self.at_risk = _after(self.ages, age, heavy)
        self.rows = _after(self.ages, age, (heavy > 0).astype(np.float64))
        self.entry: FloatArray = np.empty(0)
        if late is not None:
            order = np.argsort(late, kind="stable")
            self.entry = late[order]
            not_yet, entered = weight[order], (weight[order] > 0).astype(np.float64)
            self.at_risk = self.at_risk - _after(self.ages, self.entry, not_yet)
            self.rows = self.rows - _after(self.ages, self.entry, entered)

    def fallen(self, survival: FloatArray) -> Undefined | None:
        zero = survival <= 0
        if not len(self.entry) or not zero.any():
            return None
        fell = float(self.ages[int(np.argmax(zero))])
        later = len(self.entry) - int(np.searchsorted(self.entry, fell, side="left"))
        return Undefined.of("curve_fell_to_0", age=fell, enter_later=later) if later else None


def _after(ages: FloatArray, times: FloatArray, weights: FloatArray) -> FloatArray:
    """Weight of the (sorted) times that are not before each age."""
    rest = np.concatenate([np.cumsum(weights[::-1])[::-1], [0.0]])
    return np.asarray(rest[np.searchsorted(times, ages, side="left")], dtype=np.float64)


def _staying(at_risk: FloatArray, ended: FloatArray) -> FloatArray:
    # Sums of weights differ in their last digits; a remainder of that size is nobody.
    stay = 1 - ended / at_risk
    return np.asarray(np.cumprod(np.where(stay < 1e-13, 0.0, stay)), dtype=np.float64)


def _greenwood(at_risk: FloatArray, ended: FloatArray) -> FloatArray:
    left = at_risk - ended
    some = left > 1e-13 * at_risk
    none = np.zeros(len(ended))
    return np.divide(ended, at_risk * left, out=none, where=some)


def _log_log(
    share: FloatArray, variance: FloatArray, level: float
) -> tuple[FloatArray, FloatArray]:
    z = normal_quantile(0.5 + level_of(level) / 2)
    inner = np.abs(share - 0.5) < 0.5 - 1e-13  # sums of shares differ in their last digits
    safe = np.where(inner, share, 0.5)
    reach = z * np.sqrt(variance) / (safe * np.abs(np.log(safe)))
    low = np.where(inner, safe ** np.exp(reach), share)
    high = np.where(inner, safe ** np.exp(-reach), share)
    return low, high


def _thin(ages: FloatArray, rows: FloatArray, until: float) -> Flag | None:
    if not len(ages):
        return Flag.of("few_at_risk", at_risk=0, needed=FEWEST)
    needed = rows[ages <= until]
    if not len(needed) or needed.min() >= FEWEST:
        return None
    worst = int(np.argmin(needed))
    return Flag.of("few_at_risk", age=float(ages[worst]), at_risk=int(needed[worst]), needed=FEWEST)
