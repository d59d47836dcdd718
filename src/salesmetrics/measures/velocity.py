"""Velocity: how long the rest of the way takes, and when those on it are expected to arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .statement import Statement

__all__ = ["Velocity"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Velocity(Statement):
    """Days to the win, with the lines `expected_days`, `won` and `standing`.

    `detail()` has them with the day on which the deals that stand there are expected to be won,
    the mean of theirs (None: nobody stands there, or all waited longer than any win took).
    """

    days: Mapping[tuple[int, int], date | None] = field(default_factory=dict)

    def expected_at(self, period: int = 0, group: int = 0) -> date | None:
        """The mean of the days on which the deals that stand there are expected to be won."""
        return self.days[period, group]

    def detail(self) -> list[dict[str, Any]]:
        """A dict a figure: its group and period, its lines, and the day expected."""
        return [
            dict(zip(self.by, self.groups[g], strict=True))
            | {"period": self.periods[p].label}
            | {name: self._value(name, p, g) for name in self.names}
            | {"expected_at": self.expected_at(p, g)}
            for g in range(len(self.groups))
            for p in range(len(self.periods))
        ]
