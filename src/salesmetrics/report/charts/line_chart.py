"""A course over time: this year and the one before, the target, the period that is not over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import nan
from typing import Any

from .drawing import WIDE, Drawing, apart, points, round_label, ticks

__all__ = ["Course", "LineChart", "over_time"]

HIGH, TOP, BOTTOM, LEFT, RIGHT = 220, 26, 36, 64, 14  # to the left at least


def over_time(
    labels: Sequence[str], scale: Sequence[float], text: Callable[[float], str]
) -> tuple[Drawing, Callable[[int], float], Callable[[float], float]]:
    """A surface with its scale and its periods, and where a period and where a value stands."""
    made, marks = Drawing(HIGH), [round_label(text(tick)) for tick in scale]
    left = max(LEFT, 8 + max(map(points, marks)))
    wide, high = WIDE - left - RIGHT, HIGH - TOP - BOTTOM
    step = wide / max(1, len(labels) - 1)

    def x(at: int) -> float:
        return left + at * step

    def y(value: float) -> float:
        return TOP + high * (1 - (value - scale[0]) / (scale[-1] - scale[0]))

    made.upward(scale, marks, y, left, WIDE - RIGHT)
    _name(made, labels, x, step)
    return made, x, y


def _name(made: Drawing, labels: Sequence[str], x: Callable[[int], float], step: float) -> None:
    """The last name ends where the picture does; before it every so many that have room."""
    last = len(labels) - 1
    least = apart(max(map(points, labels[1:-1]), default=0.0) + 10, step)
    shown = next(
        there
        for every in range(least, least + last + 2)
        if _apart_and_inside(there := _spans(labels, x, every))
    )
    for at, start, end in shown:
        is_end = at == last and last > 0
        made.text(end if is_end else (start + end) / 2, HIGH - 18, labels[at],
                  "m e" if is_end else "m c")  # fmt: skip


def _spans(
    labels: Sequence[str], x: Callable[[int], float], every: int
) -> list[tuple[int, float, float]]:
    """Where these names begin and end, from the last."""
    found, last = [], len(labels) - 1
    for at in range(last, -1, -every):
        wide = points(labels[at])
        end = WIDE - 4.0 if at == last and last else x(at) + wide / 2
        found.append((at, end - wide, end))
    return found


def _apart_and_inside(spans: Sequence[tuple[int, float, float]]) -> bool:
    """Whether none touches another; the last alone may be as wide as it is."""
    return all(
        end + 4 <= after and start >= 0
        for (_, after, _), (_, start, end) in pairwise(spans)
    )  # fmt: skip


@dataclass(frozen=True)
class Course:
    """Some values in the order of time; None where there is none."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class LineChart:
    """The first course is the one spoken of, the second what it was before."""

    labels: Sequence[str]
    courses: Sequence[Course]
    text: Callable[[float], str]
    from_zero: bool
    unfinished: frozenset[int] = frozenset()
    target: tuple[str, float] | None = None
    names: tuple[str, str] = ("period", "value")
    open_name: str = field(default="")  # what is said of periods that are not over

    def _scale(self) -> list[float]:
        known = [v for course in self.courses for v in course.values if v is not None]
        known += [self.target[1]] if self.target else []
        low, high = min(known, default=0.0), max(known, default=1.0)
        whole = all(float(one).is_integer() for one in known)
        return ticks(min(0.0, low) if self.from_zero else low, high, whole=whole)

    def drawn(self) -> Drawing:
        """Lines with a point where a value is known; open points where a period is not over."""
        made, x, y = over_time(self.labels, self._scale(), self.text)
        if self.target is not None:
            made.line(x(0), y(self.target[1]), WIDE - RIGHT, y(self.target[1]), "t")
        for course, look in reversed(list(zip(self.courses, ("l", "p"), strict=False))):
            self._course(made, course, look, x, y)
        entries = [(one.name, look) for one, look in zip(self.courses, ("l", "p"), strict=False)]
        entries += [(self.target[0], "t")] if self.target else []
        made.legend(entries + [(self.open_name, "o")] * bool(self.unfinished))
        return made

    def _course(
        self, made: Drawing, course: Course, look: str, x: Callable[[int], float],
        y: Callable[[float], float],
    ) -> None:  # fmt: skip
        """Runs of known values; the way to an unfinished one is dashed."""
        run: list[tuple[float, float]] = []
        for at, value in enumerate(course.values):
            here = None if value is None else (x(at), y(value))
            if here is not None and look == "l" and at in self.unfinished:
                if run:
                    made.path([run[-1], here], "o")
                _flush(made, run, look)
                run = []
                made.dot(*here, "h", 3.5)
            elif here is None:
                _flush(made, run, look)
                run = []
            else:
                run.append(here)
                if look == "l":
                    made.dot(*here, "k", 2.5)
        _flush(made, run, look)

    def vega(self) -> dict[str, Any]:
        """A line a course."""
        values = [
            {
                "at": label,
                "series": course.name,
                "value": value,
                "order": at,
                "unfinished": course is self.courses[0] and at in self.unfinished,
            }
            for course in self.courses
            for at, (label, value) in enumerate(zip(self.labels, course.values, strict=True))
        ]
        x = {"field": "at", "type": "ordinal", "sort": None, "title": self.names[0]}
        y = {"field": "value", "type": "quantitative", "scale": {"zero": self.from_zero},
             "title": self.names[1]}  # fmt: skip
        lines = {
            "data": {"values": values},
            "mark": {"type": "line", "point": True},
            "encoding": {
                "x": x,
                "y": y,
                "color": {"field": "series", "type": "nominal", "sort": None, "title": None},
                "strokeDash": {"field": "series", "type": "nominal", "sort": None, "title": None},
            },
        }
        if self.target is None:
            return lines
        rule = {
            "data": {"values": [{"target": self.target[1]}]},
            "mark": {"type": "rule", "strokeDash": [9, 3, 2, 3]},
            "encoding": {"y": {"field": "target", "type": "quantitative"}},
        }
        return {"layer": [lines, rule]}

    def on_axes(self, axes: Any) -> None:
        """A line a course."""
        places = range(len(self.labels))
        for course, style in zip(self.courses, ("o-", ".--"), strict=False):
            values = [nan if value is None else value for value in course.values]
            first = course is self.courses[0]
            over = [nan if first and at in self.unfinished else v for at, v in enumerate(values)]
            (line,) = axes.plot(places, over, style, label=course.name)
            for at in sorted(self.unfinished) if first else ():  # an open point, dashed to it
                way = [at - 1, at] if at and at - 1 not in self.unfinished else [at]
                axes.plot(way, [values[place] for place in way], "o:", fillstyle="none",
                          color=line.get_color())  # fmt: skip
        if self.unfinished:
            axes.plot([], [], "o:", fillstyle="none", color="tab:blue", label=self.open_name)
        if self.target is not None:
            axes.axhline(self.target[1], linestyle="-.", color="0.4", label=self.target[0])
        axes.set_xticks(list(places), list(self.labels), rotation=45, ha="right")
        axes.yaxis.set_major_formatter(lambda value, _: round_label(self.text(value)))
        if self.from_zero:
            axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
        axes.legend()


def _flush(made: Drawing, run: list[tuple[float, float]], look: str) -> None:
    if len(run) > 1:
        made.path(run, look)
    elif run and look == "p":  # between two that are not known no line would lead to it
        made.dot(*run[0], look, 2.5)
