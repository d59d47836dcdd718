"""How good forecasts were: the arithmetic of a backtest. Lower is better unless said."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SalesMetricsError
from .arrays import FloatArray, IntArray, codes, days, level_of, numbers, shares
from .proportions import wilson_band
from .undefined import Undefined

__all__ = [
    "LogLoss",
    "Reliability",
    "auc",
    "bias",
    "brier",
    "calibration",
    "effective_origins",
    "interval_coverage",
    "log_loss",
    "mean_interval",
    "pinball",
    "reliability",
    "temporal_stability",
    "wape",
]

NO_CASES = Undefined("no_cases")


@dataclass(frozen=True)
class LogLoss:
    """`value`, and how many chances of 0 or 1 were moved off the edge to have one."""

    value: float
    clipped: int


@dataclass(frozen=True)
class Reliability:
    """Forecasts in order, in bins of about equal size: mean chance, share that came, interval."""

    chance: FloatArray
    came: FloatArray
    low: FloatArray
    high: FloatArray
    n: IntArray


def brier(chance: ArrayLike, came: ArrayLike) -> float | Undefined:
    """Mean of (chance - came)^2; 0 best, 0.25 for always saying one half."""
    p, y = _pair(chance, came)
    return float(((p - y) ** 2).mean()) if len(p) else NO_CASES


def log_loss(chance: ArrayLike, came: ArrayLike, *, edge: float = 1e-6) -> LogLoss | Undefined:
    """Mean of -log(chance given to what came); chances are kept `edge` away from 0 and 1."""
    p, y = _pair(chance, came)
    if not len(p):
        return NO_CASES
    held = np.clip(p, edge, 1 - edge)
    value = -np.where(y > 0, np.log(held), np.log1p(-held)).mean()
    return LogLoss(float(value), int((held != p).sum()))


def auc(chance: ArrayLike, came: ArrayLike) -> float | Undefined:
    """Chance that one that came was given more than one that did not, ties one half; 1 is best.

    It tells of the order only; chances that are all far too high can have 1.
    Undefined: all came or none did (`one_outcome`).
    """
    p, y = _pair(chance, came)
    if not len(p):
        return NO_CASES
    yes = int(y.sum())
    no = len(y) - yes
    if not yes or not no:
        return Undefined.of("one_outcome", came=yes, cases=len(y))
    order = np.sort(p)
    rank = np.searchsorted(order, p, side="left") + np.searchsorted(order, p, side="right")
    return float((rank[y > 0].sum() / 2 - yes * yes / 2) / (yes * no))


def reliability(
    chance: ArrayLike, came: ArrayLike, *, bins: int = 10, level: float = 0.95
) -> Reliability:
    """Whether of those given 30 % about 30 % came: bins of about equal size, in order of chance.

    Equal chances stay in one bin, so there may be fewer bins.
    """
    p, y = _pair(chance, came)
    if bins < 1:
        raise SalesMetricsError(f"bins is {bins}; give at least one")
    order = np.argsort(p, kind="stable")
    p, y = p[order], y[order]
    first = np.searchsorted(p, p, side="left")  # a bin never begins within equal chances
    label = first * bins // max(len(p), 1)
    n = np.bincount(label, minlength=bins)
    full = n > 0
    count = n[full]
    mean = np.bincount(label, p, minlength=bins)[full] / count
    share = np.bincount(label, y, minlength=bins)[full] / count
    low, high = wilson_band(share, count, level)
    return Reliability(mean, share, low, high, count)


def calibration(
    chance: ArrayLike, came: ArrayLike, *, value: ArrayLike | None = None
) -> float | Undefined:
    """Expected / actual, by count or by value; 1 is best, above it forecasts were too high.

    Undefined: nothing came (`nothing_came`).
    """
    p, y = _pair(chance, came)
    worth = np.ones(len(p)) if value is None else numbers("value", value, len(p))
    actual = float((worth * y).sum())
    if not actual:
        return Undefined.of("nothing_came", cases=len(p))
    return float((worth * p).sum()) / actual


def wape(forecast: ArrayLike, actual: ArrayLike) -> float | Undefined:
    """Sum of |forecast - actual| / sum of |actual|; as a share, 0 is best.

    Undefined: nothing came (`nothing_came`).
    """
    f, a = _amounts(forecast, actual)
    total = float(np.abs(a).sum())
    return float(np.abs(f - a).sum()) / total if total else _nothing(a)


def bias(forecast: ArrayLike, actual: ArrayLike) -> float | Undefined:
    """Sum of (forecast - actual) / sum of actual; 0 is best, above it forecasts were too high.

    Undefined: the actual ones sum to 0 or below (`nothing_came`).
    """
    f, a = _amounts(forecast, actual)
    total = float(a.sum())
    return float((f - a).sum()) / total if total > 0 else _nothing(a)


def pinball(quantile: ArrayLike, actual: ArrayLike, share: float) -> float | Undefined:
    """Loss of a forecast quantile: mean of share x shortfall, (1 - share) x excess, in its unit."""
    q, a = _amounts(quantile, actual)
    level_of(share)
    off = a - q
    return float(np.maximum(share * off, (share - 1) * off).mean()) if len(q) else NO_CASES


def interval_coverage(low: ArrayLike, high: ArrayLike, actual: ArrayLike) -> float | Undefined:
    """Share of the actual ones within their interval, ends included; its own level is best."""
    a = numbers("actual", actual)
    bottom, top = numbers("low", low, len(a)), numbers("high", high, len(a))
    return float(((a >= bottom) & (a <= top)).mean()) if len(a) else NO_CASES


def temporal_stability(deal: ArrayLike, at: ArrayLike, chance: ArrayLike) -> float | Undefined:
    """1 - mean absolute change of a deal's chance from one event of its life to the next.

    Args:
        deal: code of the deal of each event.
        at: when; events of a deal on one day stay in the order given.
        chance: its chance of a win within the horizon, as forecast at the event.

    1 is best for a given quality: a forecast that jumps about cannot be steered by.
    Undefined: no deal has two events (`one_event_per_deal`).
    """
    p = shares("chance", chance)
    who, when = days("deal", deal, len(p)), days("at", at, len(p))
    order = np.lexsort((when, who))
    same = np.flatnonzero(np.diff(who[order]) == 0)
    if not len(same):
        return Undefined.of("one_event_per_deal", events=len(p))
    change = np.abs(np.diff(p[order]))[same]
    return 1 - float(change.mean())


def effective_origins(origins: ArrayLike, horizon: int) -> float:
    """How many forecasts that do not overlap the origins are worth: span / horizon + 1, at most
    their number.
    """
    when = days("origins", origins)
    if not len(when):
        return 0.0
    span = int(when.max() - when.min())
    return float(min(len(when), span / max(horizon, 1) + 1))


def mean_interval(
    values: ArrayLike, block: int, *, level: float = 0.95, draws: int = 2000
) -> tuple[float, float] | Undefined:
    """Interval of a mean over origins in order, where neighbours within `block` are alike.

    Moving-block bootstrap with a fixed start: blocks of neighbours are drawn with replacement until
    the length is reached. Differences of two methods' errors whose interval lies off 0 differ.
    Undefined: fewer than two blocks fit (`too_few_origins`).
    Source: Kunsch 1989.
    """
    given = numbers("values", values)
    size, width = len(given), max(1, block)
    if size < 2 * width:
        return Undefined.of("too_few_origins", origins=size, block=width)
    starts = np.random.default_rng(0).integers(
        0, size - width + 1, (draws, math.ceil(size / width))
    )
    places = (starts[:, :, None] + np.arange(width)).reshape(draws, -1)[:, :size]
    means = np.sort(given[places].mean(axis=1))
    tail = (1 - level_of(level)) / 2
    low, high = int(tail * (draws - 1)), math.ceil((1 - tail) * (draws - 1))
    return float(means[low]), float(means[high])


def _pair(chance: ArrayLike, came: ArrayLike) -> tuple[FloatArray, FloatArray]:
    p = shares("chance", chance)
    return p, codes("came", came, 2, len(p)).astype(np.float64)


def _amounts(forecast: ArrayLike, actual: ArrayLike) -> tuple[FloatArray, FloatArray]:
    f = numbers("forecast", forecast)
    return f, numbers("actual", actual, len(f))


def _nothing(actual: FloatArray) -> Undefined:
    return Undefined.of("nothing_came", cases=len(actual)) if len(actual) else NO_CASES
