"""A drawing of shapes and texts, as SVG: the same input gives the same bytes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from html import escape

from ...results.text_table import encodable, visible, width

__all__ = [
    "AREA", "BAND", "MARK", "STYLE", "WIDE", "Drawing", "apart", "fitted", "place", "points",
    "round_label", "spelled", "ticks",
]  # fmt: skip

WIDE = 480  # so that its letters can be read on a telephone, where it is shown at three quarters
BELOW, ABOVE = ("g",), ("k", "w")
SIGN = 25  # the room of a sign in a legend; these two are no lines
MARK, BAND = "diamond", "band"
AREA = ' fill-opacity="0.2" stroke="currentColor" stroke-opacity="0.45"'  # its edges are seen, too
# Points that a letter takes at the size of labels, in a wide font of those that readers may have.
NARROW, LETTER, CAPITAL, BROAD, SYLLABLE = 5.0, 7.7, 9.2, 12.0, 12.6
NARROW_ONES, BROAD_ONES = frozenset("iljtfrI .,:;'|!()[]/-"), frozenset("MW@%mw—…₩")

# Colours of middle brightness, told apart on white and on black; text has the reader's own.
STYLE = (
    ".smc{display:block;width:100%;max-width:600px;height:auto;font:12px system-ui,sans-serif}"
    ".smc text{fill:currentColor}.smc .m{opacity:.75}.smc .e{text-anchor:end}"
    ".smc .c{text-anchor:middle}.smc .b{font-weight:600}"
    ".smc .g{stroke:currentColor;stroke-opacity:.15}.smc .x{stroke:currentColor;stroke-opacity:.6}"
    ".smc .a{fill:#3b82c4}.smc .n{fill:#8a94a0}.smc .u{fill:#2b9363}.smc .d{fill:#d2544a}"
    ".smc .l{fill:none;stroke:#3b82c4;stroke-width:2}"
    ".smc .p{fill:none;stroke:#8a94a0;stroke-width:1.5;stroke-dasharray:4 3}"
    ".smc .t{fill:none;stroke:#b7791f;stroke-width:1.5;stroke-dasharray:9 3 2 3}"
    ".smc .o{fill:none;stroke:#3b82c4;stroke-width:2;stroke-dasharray:3 3}"
    ".smc .w{fill:none;stroke:currentColor;stroke-width:1.3}"
    ".smc .h{fill:none;stroke:#3b82c4}.smc .k{stroke:#3b82c4;stroke-width:5;stroke-linecap:round}"
)


class Drawing:
    """Shapes on a surface; coordinates have one decimal.

    Lines of one look are one shape: those of the scale below all else, those of intervals and
    marks above it.
    """

    def __init__(self, high: float, wide: float = WIDE) -> None:
        self.wide: float = wide
        self.high: float = high
        self._parts: list[str] = []
        self._joined: dict[str, list[str]] = {look: [] for look in (*BELOW, *ABOVE)}

    def rect(self, x: float, y: float, wide: float, high: float, look: str, more: str = "") -> None:
        """A rectangle; `more` are attributes of its own, such as an opacity."""
        if wide < 0:
            x, wide = x + wide, -wide
        size = f'x="{place(x)}" y="{place(y)}" width="{place(wide)}" height="{place(high)}"'
        self._parts.append(f'<rect class="{look}" {size}{more}/>')

    def line(self, x1: float, y1: float, x2: float, y2: float, look: str) -> None:
        """A straight line."""
        self.path([(x1, y1), (x2, y2)], look)

    def path(
        self, points: Sequence[tuple[float, float]], look: str, closed: bool = False,
        more: str = "",
    ) -> None:  # fmt: skip
        """Points joined; `more` are attributes of its own, as of `rect`."""
        joined = "L".join(f"{place(x)} {place(y)}" for x, y in points)
        drawn = f"M{joined}{'Z' if closed else ''}"
        if look in self._joined:
            self._joined[look].append(drawn)
        else:
            self._parts.append(f'<path class="{look}" d="{drawn}"{more}/>')

    def dot(self, x: float, y: float, look: str, radius: float = 3) -> None:
        """A point; filled ones are the ends of lines without length."""
        if look in self._joined:
            self._joined[look].append(f"M{place(x)} {place(y)}h0")
            return
        at = f'cx="{place(x)}" cy="{place(y)}" r="{place(radius)}"'
        self._parts.append(f'<circle class="{look}" {at}/>')

    def diamond(self, x: float, y: float) -> None:
        """A mark that is told from points and lines by its form."""
        self.path([(x - 5, y), (x, y - 5), (x + 5, y), (x, y + 5)], "w", closed=True)

    def text(self, x: float, y: float, text: str, look: str = "") -> None:
        """A line of text, whatever it holds."""
        kind = f' class="{look}"' if look else ""
        self._parts.append(f'<text{kind} x="{place(x)}" y="{place(y)}">{spelled(text)}</text>')

    def across(
        self, scale: Sequence[float], x: Callable[[float], float], top: float, end: float,
        text: Callable[[float], str],
    ) -> None:  # fmt: skip
        """A scale from left to right; numbers that would touch their neighbours are left out."""
        labels = [round_label(text(tick)) for tick in scale]
        every = apart(max(map(points, labels)) + 8, x(scale[1]) - x(scale[0]))
        for at, (tick, label) in enumerate(zip(scale, labels, strict=True)):
            self.line(x(tick), top, x(tick), end, "g")
            if at % every == 0:
                self.text(x(tick), end + 15, label, "m c")

    def upward(
        self, scale: Sequence[float], marks: Sequence[str], y: Callable[[float], float],
        left: float, right: float,
    ) -> None:  # fmt: skip
        """A scale from the bottom up, with its numbers to the left."""
        for tick, mark in zip(scale, marks, strict=True):
            self.line(left, y(tick), right, y(tick), "g")
            self.text(left - 6, y(tick) + 4, mark, "m e")

    def legend(self, entries: Sequence[tuple[str, str]]) -> None:
        """What each look means, in one line; where that is too long, the longest name is cut."""
        there = [(name, look) for name, look in entries if name]
        longest = max((points(name) for name, _ in there), default=0.0)
        room = longest + self.wide - sum(SIGN + points(name) + 12 for name, _ in there)
        at = 2.0
        for whole, look in there:
            if look == MARK:
                self.diamond(at + 10, 10)
            elif look == BAND:
                self.rect(at, 5, 20, 10, "a", AREA)
            else:
                self.line(at, 10, at + 20, 10, look)
            name = fitted(whole, room)
            self.text(at + SIGN, 14, name, "m")
            at += SIGN + 12 + points(name)

    def _lines(self, looks: Sequence[str]) -> str:
        return "".join(
            f'<path class="{look}" d="{"".join(self._joined[look])}"/>'
            for look in looks
            if self._joined[look]
        )

    def svg(self, title: str, finding: str, style: bool = True) -> str:
        """The picture; with its own style where it stands alone."""
        size = f"0 0 {place(self.wide)} {place(self.high)}"
        own = f"<style>{STYLE}</style>" if style else ""
        body = f"{self._lines(BELOW)}{''.join(self._parts)}{self._lines(ABOVE)}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="smc" role="img" viewBox="{size}">'
            f"<title>{spelled(title)}</title><desc>{spelled(finding)}</desc>{own}{body}</svg>"
        )


def spelled(text: str) -> str:
    """A text as it stands in a document: no markup, no sign that reorders others."""
    return escape(encodable(visible(text)))


def place(number: float) -> str:
    """A coordinate, as short as it can be."""
    text = f"{number:.1f}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


def points(text: str) -> float:
    """How wide a label is at most, nearly.

    >>> points("담당자") > points("abc"), points("WWW") > points("iii")
    (True, True)
    """
    return sum(map(_points, text))


def _points(char: str) -> float:
    columns = width(char)
    if columns != 1:
        return SYLLABLE * columns / 2
    if char in NARROW_ONES or char in BROAD_ONES:
        return NARROW if char in NARROW_ONES else BROAD
    return CAPITAL if char.isupper() else LETTER


def fitted(text: str, room: float) -> str:
    """A label cut to so many points."""
    text = visible(text)
    if points(text) <= room:
        return text
    kept, left = "", room - points("…")
    for char in text:
        left -= _points(char)
        if left < 0:
            break
        kept += char
    return kept + "…"


def round_label(text: str) -> str:
    """How a number of a scale is written: without decimals that say nothing.

    >>> round_label("₩600.0M"), round_label("2.5"), round_label("50.0%")
    ('₩600M', '2.5', '50%')
    """
    return re.sub(r"\.0(?!\d)", "", text)


def apart(needed: float, there: float) -> int:
    """Every how many places a label has room."""
    return max(1, math.ceil(needed / max(there, 1.0)))


def ticks(low: float, high: float, most: int = 5, whole: bool = False) -> list[float]:
    """Round numbers that span from low to high; `whole` ones of what is counted.

    >>> ticks(0, 473), ticks(0.41, 0.57), ticks(0, 9, whole=True)
    ([0, 200, 400, 600], [0.4, 0.45, 0.5, 0.55, 0.6], [0, 3, 6, 9])
    """
    if not high > low:
        low, high = (low - 1, high + 1) if low else (0.0, 1.0)
    rough = (high - low) / (most - 1)
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * one for one in (1, 2, 2.5, 5, 10) if power * one >= rough * 0.999)
    if whole and step != int(step):
        step = math.ceil(step)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * at, 12) for at in range(first, last + 1)]
