"""How often rules set off a false alarm, measured: figures made like the baseline, unchanged."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from .alerts import Alert, AlertReport
from .control_limits import Judged, judged_count, judged_log, judged_rate

__all__ = ["FalseAlarms", "simulate"]

FIGURES = 3  # of each rule that are made again


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Of one rule: the false alarms stated and measured, a test, and the error of measuring."""

    rule: str
    stated: float
    measured: float
    error: float
    tests: int
    at_most: bool = False  # what is stated is a bound, as it is of small whole numbers

    @property
    def agrees(self) -> bool:
        """Whether they are within three errors of each other, or the measured one is below."""
        away = self.measured - self.stated
        return away <= 3 * self.error and (self.at_most or -away <= 3 * self.error)

    def __str__(self) -> str:
        most = "at most " if self.at_most else ""
        return (
            f"{self.rule}: stated {most}{self.stated:.2%}, measured {self.measured:.2%} "
            f"+- {self.error:.2%} in {self.tests:,} tests"
        )


def simulate(report: AlertReport, times: int = 4000, seed: int = 1) -> tuple[FalseAlarms, ...]:
    """What the rules of a report do on figures that only vary as its baselines do.

    Of every rule with a stated chance a few of its figures are made `times` over, from a seed.
    """
    rng = np.random.default_rng(seed)
    found = []
    every = (*report.alerts, *report.quiet)
    for rule in sorted({one.rule.called for one in every}):
        mine = [one for one in every if one.rule.called == rule and one.found.chance is not None]
        mine.sort(key=lambda one: tuple(map(str, one.group.values())))
        if not mine:
            continue
        fired = stated = 0.0
        tests = 0
        for one in mine[:FIGURES]:
            fired += sum(_fires(one, rng) for _ in range(times))
            stated += (one.found.chance or 0.0) * times
            tests += times
        share = stated / tests
        error = sqrt(max(share, 1 / tests) * (1 - share) / tests)
        # What is stated of weighted means is itself a mean over made-up figures.
        bound = any(one.found.method == "negative binomial" for one in mine[:FIGURES])
        found.append(FalseAlarms(rule, share, fired / tests, error * 1.2, tests, bound))
    return tuple(found)


def _fires(one: Alert, rng: np.random.Generator) -> bool:
    rule, found = one.rule, one.found
    if found.method == "course":  # up as often as down
        steps = np.diff(rng.standard_normal((rule.times or 0) + 1))
        return bool((steps < 0).all())
    kind, *facts = found.series
    if kind == "rate":
        rate, wholes = facts
        parts = rng.binomial(np.array(wholes), rate)
        judged = judged_rate(parts.tolist(), list(wholes), rule.side, rule.false_alarm)
    elif kind == "count":
        mean, variance, many = facts
        if variance > mean * 1.000001:
            size = mean**2 / (variance - mean)
            counts = rng.negative_binomial(size, size / (size + mean), many)
        else:
            counts = rng.poisson(mean, many)
        judged = judged_count(counts.tolist(), rule.side, rule.false_alarm)
    else:
        values = np.exp(0.3 * rng.standard_normal(facts[0]))
        judged = judged_log(values.tolist(), rule.side, rule.false_alarm)
    return isinstance(judged, Judged) and judged.fires
