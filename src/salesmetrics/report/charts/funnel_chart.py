"""A funnel that narrows, with what was lost on the way to each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .drawing import WIDE, Drawing, fitted, points

__all__ = ["FunnelChart", "FunnelStep"]

ROW, GAP, TOP, RIGHT = 34, 16, 6, 110


@dataclass(frozen=True)
class FunnelStep:
    """How many came to a step, and what share of those before that is."""

    label: str
    count: float
    text: str
    passed: float | None
    drop: str  # in words: what did not come so far


@dataclass(frozen=True)
class FunnelChart:
    """Steps in their order."""

    steps: Sequence[FunnelStep]
    names: tuple[str, str] = ("step", "value")

    def drawn(self) -> Drawing:
        """Bars about a middle, and slopes from one to the next."""
        made = Drawing(TOP + len(self.steps) * (ROW + GAP))
        left = 14 + 1.1 * max(points(fitted(step.label, 150)) for step in self.steps)
        middle, half = left + (WIDE - left - RIGHT) / 2, (WIDE - left - RIGHT) / 2
        most = max((step.count for step in self.steps), default=0) or 1

        def wide(step: FunnelStep) -> float:
            return max(1.0, half * step.count / most)

        for at, step in enumerate(self.steps):
            y = TOP + at * (ROW + GAP)
            made.text(left - 7, y + 21, fitted(step.label, 150), "e b")
            made.rect(middle - wide(step), y, 2 * wide(step), ROW, "a")
            made.text(middle + half + 10, y + 21, step.text, "b")
            if at:
                before = self.steps[at - 1]
                top = y - GAP
                made.path(
                    [(middle - wide(before), top), (middle + wide(before), top),
                     (middle + wide(step), y), (middle - wide(step), y)],
                    "n", closed=True,
                )  # fmt: skip
                made.text(middle + half + 10, y - 4, step.drop, "m")
        return made

    def vega(self) -> dict[str, Any]:
        """Bars about a middle."""
        values = [
            {"step": one.label, "value": one.count, "passed": one.passed} for one in self.steps
        ]
        y = {"field": "step", "type": "nominal", "sort": None, "title": self.names[0]}
        x = {"field": "value", "type": "quantitative", "stack": "center", "title": self.names[1],
             "axis": None}  # fmt: skip
        return {
            "data": {"values": values},
            "encoding": {"y": y},
            "layer": [
                {"mark": "bar", "encoding": {"x": x}},
                {"mark": "text", "encoding": {"text": {"field": "value", "type": "quantitative"}}},
            ],
        }

    def on_axes(self, axes: Any) -> None:
        """Bars about a middle, from the top."""
        for at, step in enumerate(self.steps):
            axes.barh(at, step.count, left=-step.count / 2, color="tab:blue")
            axes.text(0, at, step.text, ha="center", va="center")
        axes.set_yticks(range(len(self.steps)), [step.label for step in self.steps])
        axes.set_xticks([])
        axes.invert_yaxis()
