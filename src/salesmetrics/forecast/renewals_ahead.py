"""What is to come of fitted curves: who is still there, and how many renewals; many at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..errors import SalesMetricsError
from .arrays import FloatArray
from .renewal_curves import bdw_survival, bdw_total, sbg_survival
from .undefined import Undefined

__all__ = ["Curve", "renewals_ahead", "survival", "survivals"]

LONGEST = 200_000  # renewals summed one by one
TOGETHER = 200_000  # values of curves worked out at the same time
Curve = tuple[str, tuple[float, ...]]  # its method and its parameters


def survival(curve: Curve, renewals: FloatArray) -> FloatArray:
    """The share still there after each number of renewals."""
    return np.asarray(survivals([curve], renewals)[0])


def survivals(curves: Sequence[Curve], renewals: FloatArray) -> FloatArray:
    """The same of many curves, a row each."""
    shares = np.empty((len(curves), len(renewals)))
    for method, rows, given in _alike(curves):
        if method == "geometric":
            shares[rows] = (1 - given[0]) ** renewals
        elif method == "sbg":
            shares[rows] = sbg_survival(given[0], given[1], renewals)
        else:
            shares[rows] = bdw_survival(given[0], given[1], given[2], renewals)
    return shares


def renewals_ahead(
    curves: Sequence[Curve], made: int, discount: float, timing: str, within: int | None
) -> list[float | Undefined]:
    """Of each curve what `RetentionCurve.discounted_renewals` says of one."""
    if timing not in ("before", "after"):
        raise SalesMetricsError(f'timing is {timing!r}; choose "before" or "after"')
    if made < 0 or discount < 0 or (within is not None and within < 0):
        raise SalesMetricsError("made, discount and within are not below 0")
    if discount == 0 and within is None:
        return _endless(curves, made)
    worth = 1 / (1 + discount)
    # Beyond so many the rest is below 1e-16 of one payment.
    enough = math.ceil(37 / math.log1p(discount)) + 1 if discount else math.inf
    terms = enough if within is None else min(within, enough)
    if terms > LONGEST:
        return [Undefined.of("too_many_renewals", renewals=terms, most=LONGEST)] * len(curves)
    t = np.arange(1, terms + 1, dtype=np.float64)
    ages, each = np.append(float(made), made + t), worth ** (t - 1)
    found: list[float | Undefined] = []
    for part in _parts(curves, len(ages)):
        alive = survivals(part, ages)
        found += (alive[:, 1:] / alive[:, :1] * each).sum(axis=1).tolist()
    return [one * (worth if timing == "after" else 1) for one in found]  # type: ignore[operator]


def _endless(curves: Sequence[Curve], made: int) -> list[float | Undefined]:
    """Without an end and without discount."""
    found: list[float | Undefined] = [math.nan] * len(curves)
    for method, rows, given in _alike(curves):
        if method == "geometric":
            values: list[float | Undefined] = ((1 - given[0]) / given[0])[:, 0].tolist()
        elif method == "sbg":
            values = [
                Undefined.of("no_finite_lifetime", alpha=alpha)
                if alpha <= 1
                else (beta + made) / (alpha - 1)
                for alpha, beta in np.hstack(list(given)).tolist()
            ]
        else:
            values = _endless_bdw(given, made)
        for row, value in zip(rows, values, strict=True):
            found[row] = value
    return found


def _endless_bdw(given: FloatArray, made: int) -> list[float | Undefined]:
    falls = given[2] * given[0]  # S falls like t^(-c gamma)
    found: list[float | Undefined] = [
        Undefined.of("no_finite_lifetime", c_gamma=fall) for fall in falls[:, 0].tolist()
    ]
    ends = np.flatnonzero(falls[:, 0] > 1)
    last = made + LONGEST
    for rows in _parts(ends, 1200):
        gamma, delta, c = given[:, rows]
        share = bdw_survival(gamma, delta, c, np.array([float(made), float(last)]))
        begun = bdw_total(gamma, delta, c, made) if made else 0.0
        # Beyond the last the sum is about the curve's integral less half a term.
        rest = share[:, 1] * (last / (falls[rows, 0] - 1) - 0.5)
        ahead = (bdw_total(gamma, delta, c, last) - begun + rest) / share[:, 0]
        for row, value in zip(rows.tolist(), ahead.tolist(), strict=True):
            found[row] = value
    return found


def _parts(those: Any, width: int) -> Iterator[Any]:
    """As many at a time as stay near the processor."""
    step = max(1, TOGETHER // width)
    for begin in range(0, len(those), step):
        yield those[begin : begin + step]


def _alike(curves: Sequence[Curve]) -> Iterator[tuple[str, list[int], FloatArray]]:
    """(method, its rows, each parameter as a column) for the methods there are."""
    for method in dict.fromkeys(name for name, _ in curves):
        rows = [row for row, (name, _) in enumerate(curves) if name == method]
        yield method, rows, np.array([curves[row][1] for row in rows]).T[:, :, None]
