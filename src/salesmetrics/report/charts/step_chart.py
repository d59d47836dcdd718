"""A waterfall: from what there was, over what came and went, to what there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .drawing import WIDE, Drawing, fitted, points, round_label, ticks
from .with_matplotlib import at_the_end

__all__ = ["Step", "StepChart"]

ROW, TOP, BOTTOM, LABEL = 25, 8, 24, 180


@dataclass(frozen=True)
class Step:
    """One bar from one level to another; `look` says whether that is good, bad, or a level."""

    label: str
    start: float
    end: float
    text: str
    look: str  # "a": a level, "u": good, "d": bad, "n": not known
    interval: Sequence[float] | None = None  # how sure it is

    @property
    def kind(self) -> str:
        """Whether it adds, takes, is a level, or is not known."""
        if self.look in ("a", "n"):
            return "level" if self.look == "a" else "unknown"
        return "less" if self.end < self.start else "more"

    @property
    def mark(self) -> str:
        """What stands beside the colour."""
        return {"level": "", "unknown": "", "more": "▲ ", "less": "▼ "}[self.kind]


@dataclass(frozen=True)
class StepChart:
    """Steps one below the other, joined where one ends and the next begins."""

    steps: Sequence[Step]
    axis: Callable[[float], str]
    names: tuple[str, str] = ("part", "value")
    line: tuple[str, float] | None = None  # a target
    interval_name: str = ""

    def drawn(self) -> Drawing:
        """A row a step."""
        levels = [
            level for step in self.steps for level in (step.start, step.end, *(step.interval or ()))
        ]
        levels += [self.line[1]] if self.line else []
        top = TOP + (18 if self.line or self.interval_name else 0)
        scale = ticks(min(0.0, *levels), max(0.0, *levels))
        left = 14 + 1.1 * max(points(fitted(step.label, LABEL)) for step in self.steps)
        right = 30 + max(points(step.text) for step in self.steps)
        wide, end = WIDE - left - right, top + ROW * len(self.steps)
        made = Drawing(end + BOTTOM)

        def x(value: float) -> float:
            return left + wide * (value - scale[0]) / (scale[-1] - scale[0])

        made.across(scale, x, top, end, self.axis)
        for at, step in enumerate(self.steps):
            y = top + ROW * at
            made.text(
                left - 7, y + 15, fitted(step.label, LABEL), "e b" if step.look == "a" else "e"
            )
            made.rect(x(step.start), y + 4, x(step.end) - x(step.start), ROW - 9, step.look)
            if step.interval is not None:
                low, high = step.interval
                made.path(_whisker(x(low), x(high), y + ROW / 2 - 0.5), "w")
            farthest = max(map(x, (step.start, step.end, *(step.interval or ()))))
            made.text(farthest + 6, y + 15, step.mark + step.text, "m")
            if at + 1 < len(self.steps):
                made.line(x(step.end), y + ROW - 5, x(step.end), y + ROW + 4, "x")
        if self.line is not None:
            made.line(x(self.line[1]), top - 4, x(self.line[1]), end, "t")
        made.legend([(self.line[0] if self.line else "", "t"), (self.interval_name, "w")])
        return made

    def vega(self) -> dict[str, Any]:
        """Bars from a level to a level."""
        values = [
            {"part": one.label, "from": one.start, "to": one.end, "kind": one.kind}
            for one in self.steps
        ]
        return {
            "data": {"values": values},
            "mark": "bar",
            "encoding": {
                "y": {"field": "part", "type": "nominal", "sort": None, "title": self.names[0]},
                "x": {"field": "from", "type": "quantitative", "title": self.names[1]},
                "x2": {"field": "to"},
                "color": {"field": "kind", "type": "nominal", "title": None},
            },
        }

    def on_axes(self, axes: Any) -> None:
        """Floating bars from the top."""
        colours = {"a": "tab:blue", "u": "tab:green", "d": "tab:red", "n": "0.6"}
        places = list(range(len(self.steps)))
        for at, step in enumerate(self.steps):
            axes.barh(at, step.end - step.start, left=step.start, color=colours[step.look])
            if step.interval is not None:
                name = {"label": self.interval_name} if self.interval_name else {}
                axes.plot([*step.interval], [at, at], color="0.2", **name)
        if self.line is not None:
            axes.axvline(self.line[1], linestyle="-.", color="0.4", label=self.line[0])
            axes.legend()
        at_the_end(
            axes,
            [max(0.0, step.start, step.end, *(step.interval or ())) for step in self.steps],
            [step.mark + step.text for step in self.steps],
        )
        axes.set_yticks(places, [step.label for step in self.steps])
        axes.invert_yaxis()
        axes.xaxis.set_major_formatter(lambda value, _: round_label(self.axis(value)))


def _whisker(low: float, high: float, middle: float) -> list[tuple[float, float]]:
    """From one end to the other, with a stroke at each."""
    return [
        (low, middle - 4), (low, middle + 4), (low, middle),
        (high, middle), (high, middle - 4), (high, middle + 4),
    ]  # fmt: skip
