"""How values spread: from the median to what a tenth is above, with the mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

from .drawing import WIDE, Drawing, fitted, points, round_label, ticks
from .with_matplotlib import at_the_end

__all__ = ["Spread", "SpreadChart"]

ROW, TOP, BOTTOM, LABEL = 28, 26, 24, 150
LIGHT = ' fill-opacity="0.4"'
QUANTILES = ("median", "p75", "p90")


@dataclass(frozen=True)
class Spread:
    """One group: its quantiles and mean by name, and how many values these are of."""

    label: str
    statistics: dict[str, float | None]
    text: str


@dataclass(frozen=True)
class SpreadChart:
    """A bar up to the median, lighter to p75, a line to p90, a diamond at the mean.

    Where some are below 0 the median is a stroke instead of a bar.
    """

    spreads: Sequence[Spread]
    axis: Callable[[float], str]
    called: dict[str, str]
    names: tuple[str, str] = ("group", "value")

    @staticmethod
    def _drawn(one: Spread) -> list[float | None]:
        return [one.statistics.get(name) for name in (*QUANTILES, "mean")]

    def drawn(self) -> Drawing:
        """A row a group."""
        # The largest stands in the table: it would press all else to the left.
        known = [v for one in self.spreads for v in self._drawn(one) if v is not None]
        scale = ticks(min(0.0, min(known, default=0.0)), max(known, default=1.0))
        left = 14 + max((points(fitted(one.label, LABEL)) for one in self.spreads), default=0.0)
        right = 16 + max((points(one.text) for one in self.spreads), default=0.0)
        wide, end = WIDE - left - right, TOP + ROW * len(self.spreads)
        made = Drawing(end + BOTTOM)

        def x(value: float) -> float:
            return left + wide * (value - scale[0]) / (scale[-1] - scale[0])

        made.across(scale, x, TOP - 4, end, self.axis)
        for at, one in enumerate(self.spreads):
            y = TOP + ROW * at
            made.text(left - 7, y + 17, fitted(one.label, LABEL), "e")
            median, p75, p90, mean = (one.statistics.get(n) for n in (*QUANTILES, "mean"))
            farthest = max([v for v in (median, p75, p90, mean) if v is not None], default=scale[0])
            made.text(x(farthest) + 8, y + 17, one.text, "m")
            zero = x(0.0)
            if median is not None and scale[0] < 0:  # a bar from 0 would hide p75
                made.rect(x(median) - 2, y + 3, 4, ROW - 8, "a")
            elif median is not None:
                made.rect(zero, y + 5, x(median) - zero, ROW - 12, "a")
            if median is not None and p75 is not None:
                made.rect(
                    x(median), y + 5, x(p75) - x(median), ROW - 12, "a", ' fill-opacity="0.4"'
                )
            if p75 is not None and p90 is not None:
                middle = y + ROW / 2 - 1
                made.path([(x(p75), middle), (x(p90), middle), (x(p90), middle - 5),
                           (x(p90), middle + 5)], "w")  # fmt: skip
            if mean is not None:
                made.path([(x(mean) - 5, y + 13), (x(mean), y + 8), (x(mean) + 5, y + 13),
                           (x(mean), y + 18)], "w", closed=True)  # fmt: skip
        self._legend(made)
        return made

    def _legend(self, made: Drawing) -> None:
        at = 8.0
        for name in (*QUANTILES, "mean"):
            if name == "median":
                made.rect(at, 5, 20, 10, "a")
            elif name == "p75":
                made.rect(at, 5, 20, 10, "a", LIGHT)
            elif name == "p90":
                made.path([(at, 10), (at + 20, 10), (at + 20, 5), (at + 20, 15)], "w")
            else:
                made.path([(at + 5, 10), (at + 10, 5), (at + 15, 10), (at + 10, 15)], "w", True)
            made.text(at + 26, 14, self.called[name], "m")
            at += 42 + points(self.called[name])

    def vega(self) -> dict[str, Any]:
        """Bars to the median, rules to the ninth tenth, points at the mean."""
        values = [{"group": one.label, **one.statistics} for one in self.spreads]
        y = {"field": "group", "type": "nominal", "sort": None, "title": self.names[0]}

        def x(name: str) -> dict[str, Any]:
            return {"field": name, "type": "quantitative", "title": self.names[1]}

        return {
            "data": {"values": values},
            "encoding": {"y": y},
            "layer": [
                {"mark": "rule", "encoding": {"x": x("median"), "x2": {"field": "p90"}}},
                {"mark": {"type": "bar", "opacity": 0.4}, "encoding": {"x": x("p75")}},
                {"mark": "bar", "encoding": {"x": x("median")}},
                {"mark": {"type": "point", "shape": "diamond"}, "encoding": {"x": x("mean")}},
            ],
        }

    def on_axes(self, axes: Any) -> None:
        """The same with horizontal bars."""
        below = any(v is not None and v < 0 for one in self.spreads for v in self._drawn(one))
        for at, one in enumerate(self.spreads):
            told = {name: one.statistics.get(name) for name in (*QUANTILES, "mean")}
            # What is not known is drawn nowhere, which is not at 0.
            median, p75, p90, mean = (nan if v is None else v for v in told.values())
            names = [f"{'' if at == 0 else '_'}{name}" for name in self.called.values()]
            if below:
                axes.plot([median, median], [at - 0.4, at + 0.4], color="tab:blue", linewidth=4,
                          label=names[0])  # fmt: skip
            else:
                axes.barh(at, median, color="tab:blue", label=names[0])
            axes.barh(at, p75 - median, left=median, color="tab:blue", alpha=0.4, label=names[1])
            axes.plot([p75, p90], [at, at], color="0.2", label=names[2])
            axes.plot([mean], [at], "D", color="0.2", fillstyle="none", label=names[3])
        at_the_end(
            axes,
            [max((v for v in self._drawn(one) if v is not None), default=None)
             for one in self.spreads],
            [one.text for one in self.spreads],
        )  # fmt: skip
        axes.legend()
        axes.set_yticks(range(len(self.spreads)), [one.label for one in self.spreads])
        axes.invert_yaxis()
        axes.xaxis.set_major_formatter(lambda value, _: round_label(self.axis(value)))
