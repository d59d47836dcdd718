"""Bottlenecks: stages in the order of what was lost in them against a baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from .statement import Statement

__all__ = ["Bottleneck", "Bottlenecks"]


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """One stage beside its baseline; what is None was not there to be compared."""

    stage: Any
    rank: int | None  # 1 where most is lost; None: not compared
    lost_conversion: Fraction | None
    excess_days: Fraction | None
    conversion: Fraction | None  # advanced / left
    baseline_conversion: Fraction | None
    days: Fraction | None
    baseline_days: Fraction | None
    left: int  # stays that ended in the period, for a reason that is known
    baseline_left: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Bottlenecks(Statement):
    """What a chain of stages lost against a baseline, and which stage lost how much of it.

    The figure is the lost conversion of the whole chain; `ranked()` has the stages, the worst
    first, and `detail()` the same as dicts, a row a stage, with the columns of `Bottleneck`.  The
    stages' `lost_conversion` and `excess_days` sum to those of the chain, which is checked.
    """

    stages: Mapping[tuple[int, int], tuple[Bottleneck, ...]] = field(default_factory=dict)

    def ranked(self, period: int = 0, group: int = 0) -> tuple[Bottleneck, ...]:
        """The stages of one period and group, the worst first, those not compared last."""
        return self.stages[period, group]

    def detail(self) -> list[dict[str, Any]]:
        """A dict a stage, with its group and period."""
        return [
            dict(zip(self.by, self.groups[g], strict=True))
            | {"period": self.periods[p].label}
            | {name: _plain(getattr(one, name)) for name in Bottleneck.__slots__}
            for g in range(len(self.groups))
            for p in range(len(self.periods))
            for one in self.ranked(p, g)
        ]


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Fraction) else value
