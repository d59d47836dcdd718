"""Bars of groups, with intervals, a mean, a second mark, and shares running up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

from .drawing import MARK, WIDE, Drawing, fitted, points, round_label, ticks
from .with_matplotlib import at_the_end

__all__ = ["Bar", "BarChart"]

ROW, TOP, BOTTOM, RIGHT, TRACK = 24, 26, 24, 70, 110
LABEL = 150  # the room that names have at most


@dataclass(frozen=True)
class Bar:
    """One bar: its value, what is written at its end, how sure it is, and a mark beside it."""

    label: str
    value: float | None
    text: str
    interval: Sequence[float] | None = None
    mark: float | None = None  # drawn to the others, or what it was before
    look: str = "a"
    beyond: float | None = None  # a value that is written alone: its bar would press all others


@dataclass(frozen=True)
class BarChart:
    """Bars from the largest; `running` draws the share that the first ones make together."""

    bars: Sequence[Bar]
    axis: Callable[[float], str]
    line: tuple[str, float] | None = None  # the value of all, or a target
    mark_name: str = ""
    interval_name: str = ""
    running: Sequence[float] = ()
    names: tuple[str, str] = ("group", "value")

    def _scale(self) -> list[float]:
        there = [one for bar in self.bars for one in self._known(bar)]
        there += [self.line[1]] if self.line else []
        low, high = min(there, default=0.0), max(there, default=1.0)
        if any(bar.interval for bar in self.bars) and low >= 0 and high <= 1:
            return ticks(0.0, max(high, 0.01))
        whole = all(float(one).is_integer() for one in there)
        return ticks(min(0.0, low), max(0.0, high), whole=whole)

    @staticmethod
    def _known(bar: Bar) -> list[float]:
        """What is drawn of a bar beside its beginning at 0."""
        ends = (bar.value, *(bar.interval or ()), bar.mark)
        return [one for one in ends if one is not None]

    def drawn(self) -> Drawing:
        """A row a bar: its label, the bar with its interval, the figure."""
        left = 14 + max((points(fitted(bar.label, LABEL)) for bar in self.bars), default=0.0)
        right = max(RIGHT, 16 + max((points(bar.text) for bar in self.bars), default=0.0))
        made, scale = Drawing(TOP + ROW * len(self.bars) + BOTTOM), self._scale()
        right += TRACK + 10 if self.running else 0
        wide = WIDE - left - right

        def x(value: float) -> float:
            return left + wide * (value - scale[0]) / (scale[-1] - scale[0])

        end = TOP + ROW * len(self.bars)
        made.across(scale, x, TOP - 4, end, self.axis)
        for at, bar in enumerate(self.bars):
            y = TOP + ROW * at
            made.text(left - 7, y + 15, fitted(bar.label, LABEL), "e")
            farthest = max(self._known(bar), default=scale[0])
            gap = 12 if farthest == bar.mark else 6  # beside a diamond, which has a width
            made.text(max(x(farthest), x(0)) + gap, y + 15, bar.text, "m")
            if bar.value is not None:
                made.rect(x(0), y + 4, x(bar.value) - x(0), ROW - 10, bar.look)
            if bar.interval is not None:
                low, high, middle = *map(x, bar.interval), y + ROW / 2 - 1
                ends = [(low, middle - 4), (low, middle + 4), (low, middle)]
                ends += [(high, middle), (high, middle - 4), (high, middle + 4)]
                made.path(ends, "w")
            if bar.mark is not None:
                here, middle = x(bar.mark), y + ROW / 2 - 1
                made.path([(here - 5, middle), (here, middle - 5), (here + 5, middle),
                           (here, middle + 5)], "w", closed=True)  # fmt: skip
        if self.line is not None:
            made.line(x(self.line[1]), TOP - 4, x(self.line[1]), end, "t")
        for at, share in enumerate(self.running):
            x0, y = WIDE - TRACK, TOP + ROW * at
            made.rect(x0, y + 8, TRACK - 46, ROW - 18, "n", ' fill-opacity="0.3"')
            made.rect(x0, y + 8, (TRACK - 46) * share, ROW - 18, "n")
            made.text(WIDE - 2, y + 15, f"{share:.0%}", "m e")
        if self.running:
            made.text(WIDE - 2, 14, self.names[1], "m e")
        made.legend([(self.line[0] if self.line else "", "t"), (self.interval_name, "w"),
                     (self.mark_name, MARK)])  # fmt: skip
        return made

    def vega(self) -> dict[str, Any]:
        """A bar a group, with a rule for its interval."""
        values = [
            {"group": bar.label, "value": bar.value, "low": low, "high": high, "mark": bar.mark,
             **({} if bar.beyond is None else {"beyond": bar.beyond})}
            for bar in self.bars
            for low, high in [bar.interval or (None, None)]
        ]  # fmt: skip
        y = {"field": "group", "type": "nominal", "sort": None, "title": self.names[0]}
        layers: list[dict[str, Any]] = [
            {
                "mark": "bar",
                "encoding": {
                    "x": {"field": "value", "type": "quantitative", "title": self.names[1]}
                },
            }
        ]
        if any(bar.interval for bar in self.bars):
            x = {"field": "low", "type": "quantitative"}
            layers.append({"mark": "rule", "encoding": {"x": x, "x2": {"field": "high"}}})
        if any(bar.mark is not None for bar in self.bars):
            marked = {"field": "mark", "type": "quantitative"}
            layers.append(
                {"mark": {"type": "point", "shape": "diamond"}, "encoding": {"x": marked}}
            )
        if self.line is not None:
            layers.append({"mark": {"type": "rule", "strokeDash": [9, 3, 2, 3]},
                           "encoding": {"x": {"datum": self.line[1]}, "y": None}})  # fmt: skip
        return {"data": {"values": values}, "encoding": {"y": y}, "layer": layers}

    def on_axes(self, axes: Any) -> None:
        """Horizontal bars from the top."""
        places = list(range(len(self.bars)))
        colours = {"a": "tab:blue", "u": "tab:green", "d": "tab:red", "n": "0.6"}
        axes.barh(places, [nan if bar.value is None else bar.value for bar in self.bars],
                  color=[colours[bar.look] for bar in self.bars])  # fmt: skip
        for at, bar in enumerate(self.bars):
            name = {"label": self.interval_name} if at == 0 and self.interval_name else {}
            if bar.interval is not None:
                axes.plot([*bar.interval], [at, at], color="0.2", **name)
            name = {"label": self.mark_name} if at == 0 and self.mark_name else {}
            if bar.mark is not None:
                axes.plot([bar.mark], [at], "D", color="0.2", fillstyle="none", **name)
        if self.line is not None:
            axes.axvline(self.line[1], linestyle="-.", color="0.4", label=self.line[0])
        shares = [f"  ({self.names[1]} {share:.0%})" for share in self.running]
        at_the_end(
            axes,
            [max([0.0, *self._known(bar)]) for bar in self.bars],
            [bar.text + (shares[at] if shares else "") for at, bar in enumerate(self.bars)],
        )
        if axes.get_legend_handles_labels()[1]:
            axes.legend(loc="best")
        axes.set_yticks(places, [bar.label for bar in self.bars])
        axes.invert_yaxis()
        axes.xaxis.set_major_formatter(lambda value, _: round_label(self.axis(value)))
