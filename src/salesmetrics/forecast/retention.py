"""How many customers renew, how long they stay and what the rest of their time is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SalesMetricsError
from .arrays import FloatArray, level_of, numbers
from .renewal_curves import Maximum, bdw_fits, sbg_fits
from .renewals_ahead import renewals_ahead, survival, survivals
from .special_functions import logistic, logit, normal_quantile
from .undefined import Flag, Undefined

__all__ = [
    "RenewalCounts", "RetentionCurve", "count_renewals", "discounted_renewals", "fit_retention",
    "fit_retentions", "shares_there",
]  # fmt: skip

LIKELIHOOD_RATIO = 3.841458820694124  # 95 % point of chi-square with one degree of freedom
FEWEST_CUSTOMERS = 30


@dataclass(frozen=True)
class RenewalCounts:
    """Customers up for renewal 1, 2, ... (`at_risk`) and those who left at it (`left`)."""

    at_risk: FloatArray
    left: FloatArray
    customers: float


def count_renewals(
    cohorts: Sequence[ArrayLike], first: Sequence[int] | None = None
) -> RenewalCounts:
    """Adds cohorts of any age into one count by renewal.

    Args:
        cohorts: of each cohort the customers at its start and after each renewal seen so far.
        first: renewals each cohort had made before it was first seen; its first number is then the
            customers after that renewal (left-truncated). 0 by default.
    """
    begun = [0] * len(cohorts) if first is None else list(first)
    if len(begun) != len(cohorts):
        raise SalesMetricsError(f"first has {len(begun)} values for {len(cohorts)} cohorts")
    rows = [numbers(f"cohorts[{i}]", cohort) for i, cohort in enumerate(cohorts)]
    longest = max((b + len(row) - 1 for b, row in zip(begun, rows, strict=True)), default=0)
    at_risk, left = np.zeros(max(longest, 0)), np.zeros(max(longest, 0))
    customers = 0.0
    for number, (before, row) in enumerate(zip(begun, rows, strict=True)):
        if before < 0:
            raise SalesMetricsError(f"first[{number}] is {before}; renewals are not below 0")
        if len(row) and ((row < 0).any() or (np.diff(row) > 0).any()):
            raise SalesMetricsError(
                f"cohorts[{number}] rises or is below 0; give the customers still there"
            )
        if len(row) > 1:
            at_risk[before : before + len(row) - 1] += row[:-1]
            left[before : before + len(row) - 1] -= np.diff(row)
        customers += float(row[0]) if len(row) else 0.0
    return RenewalCounts(at_risk, left, customers)


@dataclass(frozen=True)
class RetentionCurve:
    """A fitted curve. `method` is `sbg`, `bdw` or `geometric`; `parameters` alpha and beta; gamma,
    delta and c; or the one chance to leave. `likelihood_ratio` of BdW over sBG, NaN where BdW
    was not tried: with two renewals or less, or where no curve could be that much likelier.
    """

    method: str
    parameters: tuple[float, ...]
    log_likelihood: float
    likelihood_ratio: float
    counts: RenewalCounts
    undefined: Undefined | None
    flags: tuple[Flag, ...]

    def survival(self, renewals: ArrayLike) -> FloatArray:
        """Share of customers still there after each number of renewals (0 gives 1); NaN where
        the curve is undefined.
        """
        t = numbers("renewals", renewals)
        if (t < 0).any():
            raise SalesMetricsError("renewals are not below 0")
        if self.undefined:
            return np.full(len(t), np.nan)
        return survival((self.method, self.parameters), t)

    def interval(self, renewals: ArrayLike, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Interval of `survival` from the curvature of the likelihood, on the scale of log-odds.

        It holds the error of the parameters, not of the choice of curve; (0, 1) where undefined.
        """
        t = numbers("renewals", renewals)
        z = normal_quantile(0.5 + level_of(level) / 2)
        if self.undefined:
            return np.zeros(len(t)), np.ones(len(t))
        share = self.survival(t)
        inner = (share > 0) & (share < 1)
        spread = np.zeros(len(t))
        spread[inner] = self._spread(t[inner])
        middle = logit(np.where(inner, share, 0.5))
        low, high = logistic(middle - z * spread), logistic(middle + z * spread)
        return np.where(inner, low, share), np.where(inner, high, share)

    def expected_renewals(self, made: int = 0, *, within: int | None = None) -> float | Undefined:
        """Renewals a customer that has made `made` is expected to make yet, of the next `within`.

        Formula: sum over t of S(made + t) / S(made), t = 1, 2, ... The lifetime in contract terms
        is one more: the term begun counts. Undefined without `within` where the sum has no end
        (`no_finite_lifetime`: an sBG with alpha up to 1, a BdW with c gamma up to 1).
        """
        return self.discounted_renewals(made, 0.0, within=within)

    def discounted_renewals(
        self,
        made: int,
        discount: float,
        *,
        timing: str = "before",
        within: int | None = None,
    ) -> float | Undefined:
        """Discounted expected residual renewals: worth of the rest, in payments of one term.

        Formula: sum over t = 1, 2, ... of S(made + t) / S(made) / (1 + discount)^(t - 1), seen just
        before the next renewal is due (`timing="before"`: its payment is not discounted); seen just
        after the last one (`"after"`) the payment is a term away: divided by 1 + discount.

        Args:
            made: renewals made so far.
            discount: rate per term, 0.1 for 10 %.
            within: only the next so many renewals; None for all.

        Undefined: as the curve; without discount as `expected_renewals`; a discount so small that
        more than 200,000 renewals count (`too_many_renewals`).
        Source: Fader and Hardie 2010 (discounted expected residual lifetime).
        """
        return discounted_renewals([self], made, discount, timing=timing, within=within)[0]

    def _spread(self, t: FloatArray) -> FloatArray:
        """Standard error of the log-odds of survival: the delta method, by differences."""
        x = np.log(np.array(self.parameters))
        size, h = len(x), 1e-3

        def fit(at: FloatArray) -> float:
            drop = np.diff(np.log(survival((self.method, tuple(np.exp(at))), self._ages())))
            leaving = np.log(-np.expm1(np.minimum(drop, -1e-300)))
            n, d = self.counts.at_risk, self.counts.left
            return float(d @ leaving + (n - d) @ drop)

        steps = h * np.eye(size)
        bend = np.array(
            [
                [
                    (fit(x + a + b) - fit(x + a - b) - fit(x - a + b) + fit(x - a - b))
                    / (4 * h * h)
                    for b in steps
                ]
                for a in steps
            ]
        )
        slope = np.stack(
            [
                logit(survival((self.method, tuple(np.exp(x + a))), t))
                - logit(survival((self.method, tuple(np.exp(x - a))), t))
                for a in steps
            ]
        ) / (2 * h)
        values, ways = np.linalg.eigh(-bend)
        # A direction the data say nothing of is as good as unknown.
        known = np.maximum(values, 1e-6)
        return np.asarray(np.sqrt((((ways.T @ slope) ** 2) / known[:, None]).sum(axis=0)))

    def _ages(self) -> FloatArray:
        return np.arange(len(self.counts.left) + 1, dtype=np.float64)


def shares_there(curves: Sequence[RetentionCurve], renewals: ArrayLike) -> FloatArray:
    """What `survival` says of each of these curves, a row each."""
    t = numbers("renewals", renewals)
    shares = np.full((len(curves), len(t)), np.nan)
    told = [row for row, curve in enumerate(curves) if not curve.undefined]
    shares[told] = survivals([(curves[row].method, curves[row].parameters) for row in told], t)
    return shares


def discounted_renewals(
    curves: Sequence[RetentionCurve],
    made: int,
    discount: float,
    *,
    timing: str = "before",
    within: int | None = None,
) -> list[float | Undefined]:
    """What the method of this name says of each of these curves."""
    told = [(curve.method, curve.parameters) for curve in curves if not curve.undefined]
    found = iter(renewals_ahead(told, made, discount, timing, within))
    return [curve.undefined or next(found) for curve in curves]


def fit_retention(counts: RenewalCounts, *, method: str = "choose") -> RetentionCurve:
    """Fits sBG and BdW and takes BdW where the likelihood ratio says that it is needed.

    Formula: highest likelihood; BdW where 2 x (its log likelihood - that of the sBG) is above
    3.84, the 95 % point of chi-square with one degree of freedom.

    Args:
        counts: from `count_renewals`.
        method: `choose`, `sbg` or `bdw`.

    Undefined: no renewal seen (`no_renewals`); nobody left (`nobody_left`); all left at the first
    renewal (`all_left`). With one renewal seen, or customers that do not differ, the curve is
    geometric, and flagged. Flagged too: fewer than 30 customers.
    Source: Fader and Hardie 2007 (sBG); Fader, Hardie, Liu, Davin and Steenburgh 2018 (BdW).
    """
    return fit_retentions([counts], method=method)[0]


def fit_retentions(
    many: Sequence[RenewalCounts], *, method: str = "choose"
) -> list[RetentionCurve]:
    """The curve of each of these counts, as `fit_retention` fits one, all of them together."""
    if method not in ("choose", "sbg", "bdw"):
        raise SalesMetricsError(f'method is {method!r}; choose "choose", "sbg" or "bdw"')
    seen = [_seen(counts) for counts in many]
    learned = [at for at, counts in enumerate(seen) if _why_none(counts) is None]
    several = [at for at in learned if np.count_nonzero(seen[at].at_risk) > 1]
    n, d = (_rows([getattr(seen[at], name) for at in several]) for name in ("at_risk", "left"))
    sbg = dict(zip(several, sbg_fits(n, d), strict=True))
    # No curve is likelier than each renewal's own share: where that gains too little, BdW does.
    tried = [
        row
        for row, at in enumerate(several)
        if method == "bdw"
        or (
            method == "choose"
            and np.count_nonzero(seen[at].at_risk) > 2
            and 2 * (_likeliest(seen[at]) - sbg[at].log_likelihood) > LIKELIHOOD_RATIO
        )
    ]
    start = np.array([_start(sbg[several[row]]) for row in tried]).reshape(-1, 2)
    bdw = dict(
        zip((several[row] for row in tried), bdw_fits(n[tried], d[tried], start), strict=True)
    )
    return [_chosen(counts, sbg.get(at), bdw.get(at), method) for at, counts in enumerate(seen)]


def _seen(counts: RenewalCounts) -> RenewalCounts:
    """Up to the last renewal that anybody was up for."""
    last = int(np.max(np.flatnonzero(counts.at_risk > 0), initial=-1)) + 1
    return RenewalCounts(counts.at_risk[:last], counts.left[:last], counts.customers)


def _rows(counts: Sequence[FloatArray]) -> FloatArray:
    """A row each, as long as the longest."""
    rows = np.zeros((len(counts), max(map(len, counts), default=0)))
    for row, one in zip(rows, counts, strict=True):
        row[: len(one)] = one
    return rows


def _why_none(counts: RenewalCounts) -> Undefined | None:
    """Why no curve is there to be fitted."""
    gone, total = float(counts.left.sum()), float(counts.at_risk.sum())
    if not total:
        return Undefined.of("no_renewals", customers=counts.customers)
    if not gone:
        return Undefined.of("nobody_left", customers=counts.customers, renewals=total)
    if gone == total:
        return Undefined.of("all_left", customers=counts.customers)
    return None


def _chosen(
    counts: RenewalCounts, sbg: Maximum | None, bdw: Maximum | None, method: str
) -> RetentionCurve:
    """The curve that the counts speak for."""
    flags = []
    if counts.customers < FEWEST_CUSTOMERS:
        flags.append(Flag.of("few_customers", customers=counts.customers, needed=FEWEST_CUSTOMERS))
    if why := _why_none(counts):
        return RetentionCurve("none", (), math.nan, math.nan, counts, why, tuple(flags))
    if sbg is None:
        flags.append(Flag.of("one_renewal"))
        return _geometric(counts, flags)
    ratio = math.nan if bdw is None else 2 * (bdw.log_likelihood - sbg.log_likelihood)
    if bdw is not None and (method == "bdw" or ratio > LIKELIHOOD_RATIO):
        return RetentionCurve(
            "bdw", bdw.parameters, bdw.log_likelihood, ratio, counts, None, tuple(flags)
        )
    if sbg.alike:
        flags.append(Flag.of("customers_alike"))
        return _geometric(counts, flags, ratio)
    return RetentionCurve(
        "sbg", sbg.parameters, sbg.log_likelihood, ratio, counts, None, tuple(flags)
    )


def _likeliest(counts: RenewalCounts) -> float:
    """The log likelihood of a chance to leave for each renewal by itself."""
    at_risk, left = counts.at_risk, counts.left
    stayed = at_risk - left
    gone, kept = left > 0, stayed > 0
    leaving = left[gone] @ np.log(left[gone] / at_risk[gone])
    return float(leaving + stayed[kept] @ np.log(stayed[kept] / at_risk[kept]))


def _start(sbg: Maximum) -> tuple[float, float]:
    alpha, beta = sbg.parameters
    shrink = min(1.0, 50 / (alpha + beta))  # from among customers that hardly differ, none is found
    return alpha * shrink, beta * shrink


def _geometric(
    counts: RenewalCounts, flags: Sequence[Flag], ratio: float = math.nan
) -> RetentionCurve:
    gone, total = float(counts.left.sum()), float(counts.at_risk.sum())
    rate = gone / total
    value = gone * math.log(rate) + (total - gone) * math.log1p(-rate)
    return RetentionCurve("geometric", (rate,), value, ratio, counts, None, tuple(flags))
