"""Funnel: how many reached each step, and at which step the others stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import SalesMetricsError
from .parts import Parts
from .result import Result
from .total import Total

__all__ = ["Funnel", "funnel"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Funnel(Parts):
    """Parts of which the first `steps` are nested: who reached one reached all before it.

    The whole is the first step; it is the sum of those who stopped at each step and those who
    reached the last, which is checked.  Columns of `to_records()`, beside those of every result:

    - a step's name: how many reached it;
    - `stopped_at_` and a step: how many got so far and, as known, no further;
    - `imputed_` and a step: how many are taken to have reached it because they reached a later one;
    - a step and `_rate`: the share of those at the step before who reached it (None: nobody was
      there).  The product of the rates is the figure, the share of all who reached the last step.
    """

    steps: tuple[str, ...] = ()

    def rates(self, period: int = 0, group: int = 0) -> dict[str, Fraction | None]:
        """Of each step but the first, the share of those at the step before who reached it."""
        reached = [int(self.sums[step][period][group]) for step in self.steps]
        return {
            step: Fraction(after, before) if before else None
            for step, before, after in zip(self.steps[1:], reached, reached[1:], strict=False)
        }

    def breakdown(self, period: int = 0, group: int = 0) -> dict[str, int | float | None]:
        """Every count and rate, by name."""
        counts = {name: int(self.sums[name][period][group]) for name in self.names}
        rates = self.rates(period, group)
        return counts | {
            f"{step}_rate": None if rate is None else float(rate) for step, rate in rates.items()
        }

    def values(self) -> npt.NDArray[np.float64]:
        """All figures at once, periods by groups; NaN where undefined."""
        across = range(len(self.groups))
        found = [[self.cell(p, g).value for g in across] for p in range(len(self.periods))]
        shape = (len(self.periods), len(self.groups))
        return np.array(found, dtype=np.float64).reshape(shape)

    def to_records(self) -> list[dict[str, Any]]:
        """A dict a figure, with every count and rate beside it."""
        records = Result.to_records(self)
        at = [(p, g) for g in range(len(self.groups)) for p in range(len(self.periods))]
        return [r | self.breakdown(*place) for r, place in zip(records, at, strict=True)]


def funnel(reached: Mapping[str, Total], own: Mapping[str, Total]) -> Funnel:
    """A funnel of totals: who reached each step or a later one, and who has its own milestone."""
    steps = tuple(reached)
    if len(steps) < 2:
        raise SalesMetricsError("a funnel needs two steps")
    first, last = reached[steps[0]], steps[-1]
    sums = {step: total.sums_read() for step, total in reached.items()}
    stopped = {f"stopped_at_{step}": sums[step] - sums[after] for step, after in pairwise(steps)}
    imputed = {f"imputed_{step}": sums[step] - own[step].sums_read() for step in steps[1:-1]}
    _nested(steps, {**stopped, **imputed})
    every = {**sums, **stopped, **imputed}
    return Funnel(
        axes=first.axes,
        evidence=first.evidence,
        whole=steps[0],
        signs={**dict.fromkeys(stopped, 1), last: 1},
        sums=every,
        counts=every,
        share=(last,),
        unit="proportion",
        excluded_rows={why: grid.read(first.axes) for why, grid in first.excluded_rows.items()},
        steps=steps,
    )


def _nested(steps: Sequence[str], differences: Mapping[str, Any]) -> None:
    for name, found in differences.items():
        if (np.asarray(found) < 0).any():
            raise AssertionError(f"{', '.join(steps)} are not nested: {name} is below 0")
