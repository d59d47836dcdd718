"""Pictures read as their readers do: what stands where on the scale, row by row."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"
LEGEND = 16.0  # what has its middle above is no row
NEAR = 0.25  # of a pixel: places have one decimal
UNITS = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12, "만": 1e4, "억": 1e8, "조": 1e12, "%": 0.01}
ROUND = [m * 10.0**power for power in range(-7, 14) for m in (1, 2, 2.5, 3, 5)]
Point = tuple[float, float]


def number(text: str) -> tuple[float, float]:
    """The number that a text begins with, and half of its last digit."""
    found = re.search(r"(-?)[^\d-]*([\d,]+)(?:\.(\d+))?([KMBT만억조%]?)", text)
    assert found is not None, text
    unit = UNITS.get(found[4], 1.0)
    size = float(found[2].replace(",", "") + "." + (found[3] or "0")) * unit
    return -size if found[1] else size, 0.5 * unit * 10.0 ** -len(found[3] or "")


def wide(text: str) -> float:
    """How wide a text is in a narrow font, nearly: no picture may be too small for that."""
    return sum(
        11.0 if ord(char) > 0x1100 else 3.0 if char in "ilj.,:;'|! " else 6.0 for char in text
    )


@dataclass(frozen=True)
class Text:
    text: str
    x: float
    y: float
    looks: frozenset[str]

    @property
    def span(self) -> tuple[float, float]:
        size = wide(self.text)
        at = self.x - (size if "e" in self.looks else size / 2 if "c" in self.looks else 0)
        return at, at + size


@dataclass(frozen=True)
class Rect:
    left: float
    top: float
    right: float
    bottom: float
    look: str
    opacity: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True)
class Line:
    points: tuple[Point, ...]
    look: str
    closed: bool

    @property
    def middle(self) -> float:
        """As high as the middle of it: whiskers and diamonds are as high above as below."""
        high = [y for _, y in self.points]
        return (min(high) + max(high)) / 2

    @property
    def is_diamond(self) -> bool:
        return self.closed and len(self.points) == 4 and self.look == "w"


@dataclass(frozen=True)
class Axis:
    """A scale, as its numbers and their places say."""

    first: Point  # a value and its place
    last: Point
    step: float

    def at(self, value: float) -> float:
        (v0, p0), (v1, p1) = self.first, self.last
        return p0 + (value - v0) * (p1 - p0) / (v1 - v0)


@dataclass
class Row:
    """All that stands beside one label."""

    label: str
    texts: list[Text] = field(default_factory=list)
    rects: list[Rect] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @property
    def diamonds(self) -> list[float]:
        return [one.points[1][0] for one in self.lines if one.is_diamond]

    @property
    def whiskers(self) -> list[tuple[float, float]]:
        """From the first to the farthest place of an open line."""
        spans = [[x for x, _ in one.points] for one in self.lines if not one.closed]
        return [(xs[0], xs[-1]) for xs in spans if len(xs) > 2]


class Picture:
    """An SVG, taken apart; what lies outside it fails at once."""

    def __init__(self, chart: Any) -> None:
        self.root = ElementTree.fromstring(chart.to_svg())
        assert self.said("title") == chart.title and self.said("desc") == chart.finding
        left, top, self.wide, self.high = map(float, (self.root.get("viewBox") or "").split())
        assert (left, top) == (0, 0)
        self.texts, self.rects, self.lines, self.circles = [], [], [], []
        self.order: list[str] = []
        for one in self.root:
            look = one.get("class") or ""
            kind = one.tag.removeprefix(SVG)
            if kind == "text":
                place = (float(one.get("x") or 0), float(one.get("y") or 0))
                self.texts.append(Text(one.text or "", *place, frozenset(look.split())))
            elif kind == "rect":
                x, y, w, h = (float(one.get(n) or 0) for n in ("x", "y", "width", "height"))
                assert w >= 0 and h > 0
                self.rects.append(
                    Rect(x, y, x + w, y + h, look, float(one.get("fill-opacity") or 1))
                )
            elif kind == "circle":
                self.circles.append((float(one.get("cx") or 0), float(one.get("cy") or 0), look))
                assert 0 < float(one.get("r") or 0) < 6
            elif kind == "path":
                self.lines += _lines(one.get("d") or "", look)
            else:
                continue
            self.order.append(look.split()[0] if look else "")
        self._inside()

    def said(self, name: str) -> str:
        found = self.root.find(SVG + name)
        return "" if found is None else found.text or ""

    def _inside(self) -> None:
        for one in self.rects:
            assert 0 <= one.left <= one.right <= self.wide and one.top >= 0, one
            assert one.bottom <= self.high, one
        for x, y in [p for line in self.lines for p in line.points] + [c[:2] for c in self.circles]:
            assert 0 <= x <= self.wide and 0 <= y <= self.high, (x, y)
        for text in self.texts:
            assert text.span[0] >= -0.5 and text.span[1] <= self.wide + 0.5, text
            assert 10 <= text.y <= self.high - 2, text
        for a, b in ((a, b) for n, a in enumerate(self.texts) for b in self.texts[n + 1 :]):
            if abs(a.y - b.y) < 9 and a.text and b.text:  # no text lies over another
                assert a.span[1] <= b.span[0] + 0.5 or b.span[1] <= a.span[0] + 0.5, (a, b)
        # The scale lies below all else; intervals and marks above it.
        if "g" in self.order:
            assert self.order.index("g") == 0
        if set(self.order) & {"k", "w"}:
            first = min(self.order.index(look) for look in ("k", "w") if look in self.order)
            assert set(self.order[first:]) <= {"k", "w"}

    def of(self, look: str) -> list[Line]:
        """The lines of a look but those of the legend."""
        return [one for one in self.lines if one.look == look and one.middle > LEGEND]

    @property
    def legend(self) -> dict[str, str]:
        """The look of each name in the first line, which stands to the left of it."""
        named = [one for one in self.texts if one.y < LEGEND and "m" in one.looks]
        signs = [(max(x for x, _ in one.points), one.look + "Z" * one.is_diamond)
                 for one in self.lines if one.middle <= LEGEND]  # fmt: skip
        signs += [(one.right, one.look) for one in self.rects if one.middle <= LEGEND]
        found = {}
        for text in named:
            before = [sign for sign in signs if sign[0] <= text.x]
            if before:
                at, look = max(before)
                assert 0 < text.x - at <= 12, text
                found[text.text] = look
        assert len(found) == len(signs), (found, signs)
        return found

    def axis(self, across: bool = True) -> Axis:
        """The scale from left to right, else from the bottom up."""
        way = 0 if across else 1
        grid = sorted({line.points[0][way] for line in self.of("g")}, reverse=not across)
        assert all(line.points[0][way] == line.points[1][way] for line in self.of("g"))
        labels = {}
        for at, place in enumerate(grid):
            for one in self.texts:
                beside = (
                    "c" in one.looks and one.x == place and one.y > self.high - 12
                    if across
                    else "e" in one.looks and abs(one.y - 4 - place) < 0.06 and one.x < 100
                )  # fmt: skip
                if beside:
                    labels[at] = number(one.text)
        assert len(labels) > 1 or len(grid) < 4, "a scale says at least two numbers"
        first, last = min(labels), max(labels)
        if first == last:
            step = labels[first][0] / first
        else:
            step = (labels[last][0] - labels[first][0]) / (last - first)
        step = min(ROUND, key=lambda one: abs(one / step - 1))
        begin = round(labels[first][0] / step - first)
        for at, (value, half) in labels.items():
            assert abs(value - step * (begin + at)) <= half * 1.0001, (value, step)
        gaps = [b - a for a, b in pairwise(grid)]
        assert max(gaps) - min(gaps) < 0.25
        last_one = len(grid) - 1
        return Axis((step * begin, grid[0]), (step * (begin + last_one), grid[-1]), step)

    def rows(self) -> list[Row]:
        """What stands in each row, told by the labels to its left."""
        ends = [t for t in self.texts if "e" in t.looks and "m" not in t.looks and t.y > LEGEND]
        labels = sorted(ends, key=lambda one: one.y)
        assert len({one.x for one in labels}) == 1
        found = [Row(one.text) for one in labels]

        def row(middle: float) -> Row:
            away = [abs(one.y - 4.5 - middle) for one in labels]
            assert min(away) < 4.5, (middle, labels)
            return found[away.index(min(away))]

        for text in self.texts:
            if text.y > LEGEND and not text.looks & {"c"} and text not in labels:
                row(text.y - 4.5).texts.append(text)
        for rect in self.rects:
            if rect.middle > LEGEND:
                row(rect.middle).rects.append(rect)
        for line in self.of("w"):
            row(line.middle).lines.append(line)
        return found


def _lines(drawn: str, look: str) -> list[Line]:
    found = []
    for one in re.findall(r"M([^M]*)", drawn):
        closed = one.endswith("Z")
        points = [tuple(map(float, p.split())) for p in re.sub(r"h0$|Z$", "", one).split("L")]
        found.append(Line(tuple((x, y) for x, y in points), look, closed))
    return found


def near(place: float, wanted: float) -> bool:
    return abs(place - wanted) <= NEAR


def is_name(drawn: str, name: str) -> bool:
    """A name, or as much of it as there is room for."""
    return drawn == name or (
        drawn.endswith("…") and len(drawn) > 8 and name.startswith(drawn.removesuffix("…"))
    )


def axes_of(result: Any, kind: str | None = None, **given: Any) -> Any:
    """The axes of the same chart with matplotlib, drawn once; None where it is not installed."""
    if find_spec("matplotlib") is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where no font has Hangul
        return result.plot(kind, backend="matplotlib", **given).axes[0]


def encoded(spec: dict[str, Any], channel: str, mark: str) -> list[Any]:
    """What a specification puts in a channel of the layers of a mark, value by value."""
    found: list[Any] = []
    for layer in spec.get("layer", [spec]):
        of = layer["mark"] if isinstance(layer["mark"], str) else layer["mark"]["type"]
        encoding = {**spec.get("encoding", {}), **layer.get("encoding", {})}
        there = encoding.get(channel)
        if of == mark and there is not None:
            rows: Sequence[dict[str, Any]] = layer.get("data", spec.get("data"))["values"]
            found.append(
                [there["datum"]] if "datum" in there else [one.get(there["field"]) for one in rows]
            )
    return found
