"""What is known and what is to come, period by period: a line, and a band that says how sure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import nan
from typing import Any

from .drawing import AREA, BAND, MARK, Drawing, round_label, ticks
from .line_chart import over_time

__all__ = ["Ahead", "FanChart"]

LONE = 4  # half as wide is a band of one period that no line leads to
AIM = 12  # and a target of one


@dataclass(frozen=True)
class Ahead:
    """What a period is expected to come to, from where to where, and what of it is there."""

    expected: float
    low: float
    high: float
    so_far: float | None = None


@dataclass(frozen=True)
class FanChart:
    """A period is known, or it lies ahead, or nothing is known of it: then no line leads there."""

    labels: Sequence[str]
    known: Sequence[float | None]
    ahead: Sequence[Ahead | None]
    targets: Sequence[float | None]
    text: Callable[[float], str]
    called: Mapping[str, str]  # known, expected, band, target, so_far
    names: tuple[str, str] = ("period", "value")

    def _runs(self) -> list[list[int]]:
        """Periods ahead that follow one another, led by the known one before them.

        What is known has no width, so that a band opens from there.
        """
        found = []
        for is_ahead, places in groupby(range(len(self.ahead)), lambda at: bool(self.ahead[at])):
            run = list(places)
            if is_ahead:
                before = run[0] - 1
                leads = before >= 0 and self.known[before] is not None
                found.append([before, *run] if leads else run)
        return found

    def _point(self, at: int) -> Ahead:
        one, value = self.ahead[at], self.known[at]
        return one if one is not None else Ahead(*[value or 0.0] * 3)

    def _scale(self) -> list[float]:
        there = [one for one in (*self.known, *self.targets) if one is not None]
        for one in self.ahead:
            if one is not None:
                there += [one.expected, one.low, one.high, one.so_far or 0.0]
        return ticks(min(0.0, *there), max(0.0, *there))

    def drawn(self) -> Drawing:
        """The bands below, then the target, the lines, and what is won so far as a mark."""
        made, x, y = over_time(self.labels, self._scale(), self.text)
        for run in self._runs():
            edges = [(x(at), self._point(at)) for at in run]
            if len(run) == 1:
                edges = [(edges[0][0] + side, edges[0][1]) for side in (-LONE, LONE)]
            above = [(place, y(one.high)) for place, one in edges]
            below = [(place, y(one.low)) for place, one in edges]
            made.path([*above, *reversed(below)], "a", True, AREA)
        self._line(made, self.targets, "t", x, y)
        self._line(made, self.known, "l", x, y)
        for run in self._runs():
            if len(run) > 1:
                made.path([(x(at), y(self._point(at).expected)) for at in run], "o")
        for at, one in enumerate(self.ahead):
            if one is not None:
                made.dot(x(at), y(one.expected), "h", 3.5)
                if one.so_far:
                    made.diamond(x(at), y(one.so_far))
        looks = {"known": "l", "expected": "o", "band": BAND, "target": "t", "so_far": MARK}
        made.legend([(name, looks[what]) for what, name in self.called.items()])
        return made

    def _line(
        self, made: Drawing, values: Sequence[float | None], look: str, x: Callable[[int], float],
        y: Callable[[float], float],
    ) -> None:  # fmt: skip
        """From a value to the next; all known ones are points, a target alone is a short line."""
        for is_there, places in groupby(range(len(values)), lambda at: values[at] is not None):
            run = [(x(at), y(values[at] or 0.0)) for at in places]
            if not is_there:
                continue
            if look == "t" and len(run) == 1:  # as wide as not to hide below what is expected
                ((place, high),) = run
                run = [(place - AIM, high), (place + AIM, high)]
            if len(run) > 1:
                made.path(run, look)
            for point in run if look == "l" else ():
                made.dot(*point, "k", 2.5)

    def vega(self) -> dict[str, Any]:
        """An area, the lines, and points at what is won so far."""
        x = {"field": "at", "type": "ordinal", "sort": list(self.labels), "title": self.names[0]}

        def y(name: str) -> dict[str, Any]:
            return {"field": name, "type": "quantitative", "title": self.names[1]}

        def line(name: str, values: Sequence[float | None], **mark: Any) -> dict[str, Any]:
            each = zip(self.labels, values, strict=True)
            rows = [{"at": label, name: value} for label, value in each]
            return {
                "data": {"values": rows},
                "mark": {"type": "line", **mark},
                "encoding": {"x": x, "y": y(name)},
            }

        bands, expected = [], []
        for number, run in enumerate(self._runs()):
            for at in run:
                one = self._point(at)
                row = {"at": self.labels[at], "run": number}
                bands.append(row | {"low": one.low, "high": one.high})
                expected.append(row | {"expected": one.expected})
        marks = [
            {"at": label, "so_far": one.so_far}
            for label, one in zip(self.labels, self.ahead, strict=True)
            if one is not None and one.so_far
        ]
        run_of = {"field": "run", "type": "nominal"}
        layers = [
            {
                "data": {"values": bands},
                "mark": {"type": "area", "opacity": 0.25, "line": True},
                "encoding": {"x": x, "y": y("low"), "y2": {"field": "high"}, "detail": run_of},
            },
            line("known", self.known, point=True),
            {
                "data": {"values": expected},
                "mark": {"type": "line", "strokeDash": [3, 3], "point": {"filled": False}},
                "encoding": {"x": x, "y": y("expected"), "detail": run_of},
            },
        ]
        if "target" in self.called:
            aim = {"shape": "stroke", "size": 200}  # of one period there is no line
            layers.append(line("target", self.targets, strokeDash=[9, 3, 2, 3], point=aim))
        if "so_far" in self.called:
            layers.append(
                {
                    "data": {"values": marks},
                    "mark": {"type": "point", "shape": "diamond"},
                    "encoding": {"x": x, "y": y("so_far")},
                }
            )
        return {"layer": layers}

    def on_axes(self, axes: Any) -> None:
        """The same with a filled band."""
        places, called = range(len(self.labels)), dict(self.called)

        def name(what: str) -> str:
            return called.pop(what, "_")  # of several of a kind the first is named

        if "known" in called:
            axes.plot(places, _or_nan(self.known), "o-", color="tab:blue", label=name("known"))
        for run in self._runs():
            points = [self._point(at) for at in run]
            low, high = [one.low for one in points], [one.high for one in points]
            wide: list[float] = [*map(float, run)]
            if len(run) == 1:
                wide, low, high = [run[0] - 0.1, run[0] + 0.1], low * 2, high * 2
            axes.plot(run, [one.expected for one in points], ":", color="tab:blue")
            axes.fill_between(wide, low, high, alpha=0.25, edgecolor="0.4", label=name("band"))
        ahead = [nan if one is None else one.expected for one in self.ahead]
        axes.plot(places, ahead, "o", fillstyle="none", color="tab:blue", label=name("expected"))
        if "target" in called:
            axes.plot(
                places, _or_nan(self.targets), "_-.", ms=14, color="0.4", label=name("target")
            )
        if "so_far" in called:
            so_far = [nan if one is None else one.so_far or nan for one in self.ahead]
            axes.plot(places, so_far, "D", fillstyle="none", color="0.2", label=name("so_far"))
        axes.set_xticks(list(places), list(self.labels), rotation=45, ha="right")
        axes.yaxis.set_major_formatter(lambda value, _: round_label(self.text(value)))
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
        axes.legend()


def _or_nan(values: Sequence[float | None]) -> list[float]:
    return [nan if value is None else value for value in values]
