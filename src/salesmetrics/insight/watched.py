"""What a rule found of one figure, or why it could not be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..reasons import Reason
from ..results import Cell, Result
from .rules import Rule

__all__ = ["Unwatched", "Watched", "watched"]


@dataclass(frozen=True, slots=True)
class Watched:
    """What a rule found in one group; the codes are those of `alert_words`."""

    fires: bool
    code: str
    group: Mapping[str, Any]
    value: float | None
    n: int
    unit: str
    currency: str | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    p: float | None = None
    chance: float | None = None
    sees: float | None = None
    points: bool = False
    baseline: int = 0
    method: str = ""
    series: tuple[Any, ...] = ()  # of what the baseline was, to make more like it


@dataclass(frozen=True, slots=True)
class Unwatched:
    """A rule, or a group of it, that could not be told, and why."""

    rule: Rule
    group: Mapping[str, Any]
    reason: Reason

    def to_dict(self) -> dict[str, Any]:
        """In plain types."""
        group = {name: None if label is None else str(label) for name, label in self.group.items()}
        return {"rule": self.rule.called, "group": group, "reason": self.reason.to_dict()}


def watched(
    result: Result,
    group: Mapping[str, Any],
    cell: Cell,
    fires: bool,
    code: str,
    facts: Mapping[str, Any],
) -> Watched:
    """Of one cell of a result."""
    value = None if cell.value is None else float(cell.value)
    return Watched(fires, code, group, value, cell.n, result.unit, result.currency, facts)
