"""A table in shades: groups by months, cohorts by age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

from .drawing import WIDE, Drawing, apart, fitted, points

__all__ = ["HeatChart"]

ROW, TOP, MOST_WIDE = 24, 26, 64


@dataclass(frozen=True)
class HeatChart:
    """A shade for each value; the value is written where there is room, and stands in the table."""

    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[float | None]]
    texts: Sequence[Sequence[str]]
    open_cells: frozenset[tuple[int, int]] = frozenset()  # of a period that is not over
    names: tuple[str, str, str] = ("group", "period", "value")
    others: bool = False  # the last row is of many groups: written, and in no shade of the others

    def _one_by_one(self) -> Sequence[Sequence[float | None]]:
        return self.values[:-1] if self.others else self.values

    @staticmethod
    def _longest(texts: Sequence[Sequence[str]]) -> float:
        return max((points(text) for row in texts for text in row), default=0.0)

    def _span(self) -> tuple[float, float]:
        known = [value for row in self._one_by_one() for value in row if value is not None]
        low, high = min(known, default=0.0), max(known, default=1.0)
        return (low, high) if high > low else (low, low + 1)

    def drawn(self) -> Drawing:
        """A cell a value: the fuller, the more; dashed what is not over, empty what is unknown."""
        left = 14 + max((points(fitted(row, 150)) for row in self.rows), default=0.0)
        size = min(MOST_WIDE, (WIDE - left - 6) / max(1, len(self.columns)))
        made = Drawing(TOP + ROW * len(self.rows) + 6)
        low, high = self._span()
        longest = self._longest(self.texts[: len(self._one_by_one())])
        label = max(map(points, self.columns), default=0.0)
        beyond = max(0.0, (label - size) / 2 - 4)  # what the last one would stand out
        every = apart(label + 6 + beyond, size)
        for at, column in enumerate(self.columns):
            if (len(self.columns) - 1 - at) % every == 0:
                middle = min(left + size * (at + 0.5), WIDE - 1 - points(column) / 2)
                made.text(middle, 16, column, "m c")
        for i, row in enumerate(self.rows):
            y = TOP + ROW * i
            made.text(left - 7, y + 16, fitted(row, 150), "e")
            for j, value in enumerate(self.values[i]):
                if value is None:
                    continue
                shade, look = 0.08 + 0.62 * (value - low) / (high - low), "a"
                if self.others and i == len(self.rows) - 1:
                    shade, look, longest = 0.2, "n", self._longest(self.texts[-1:])
                x = left + size * j
                made.rect(x + 1, y + 1, size - 2, ROW - 2, look, f' fill-opacity="{shade:.2f}"')
                if (i, j) in self.open_cells:
                    made.path([(x + 2, y + 2), (x + size - 2, y + 2), (x + size - 2, y + ROW - 2),
                               (x + 2, y + ROW - 2)], "o", closed=True)  # fmt: skip
                if longest + 6 <= size:
                    made.text(x + size / 2, y + 16, self.texts[i][j], "c")
        return made

    def vega(self) -> dict[str, Any]:
        """Rectangles in shades."""
        values = [
            [
                {"row": row, "column": column, "value": self.values[i][j]}
                for j, column in enumerate(self.columns)
                if self.values[i][j] is not None
            ]
            for i, row in enumerate(self.rows)
        ]
        rows, last = (values[:-1], values[-1]) if self.others else (values, [])
        order = list(self.rows) if self.others else None
        y = {"field": "row", "type": "nominal", "sort": order, "title": self.names[0]}
        x = {"field": "column", "type": "nominal", "sort": None, "title": self.names[1]}
        shade = {"field": "value", "type": "quantitative", "title": self.names[2]}
        shaded = {
            "data": {"values": [one for row in rows for one in row]},
            "mark": "rect",
            "encoding": {"y": y, "x": x, "color": shade},
        }
        if not self.others:
            return shaded
        text = {"field": "value", "type": "quantitative", "format": ".3s"}
        written = {
            "data": {"values": last},
            "mark": "text",
            "encoding": {"y": y, "x": x, "text": text},
        }
        return {"layer": [shaded, written]}

    def on_axes(self, axes: Any) -> None:
        """An image with the values written in it."""
        grid = [[nan if v is None else v for v in row] for row in self._one_by_one()]
        grid += [[nan] * len(self.columns)] if self.others else []
        low, high = self._span()
        # Half of the colours, so that letters are read on all of them.
        axes.imshow(grid, aspect="auto", cmap="Blues", vmin=low, vmax=2 * high - low)
        longest = self._longest(self.texts)
        if longest * len(self.columns) > WIDE:  # they would lie over one another
            longest = 0.0
        axes.set_yticks(range(len(self.rows)), list(self.rows))
        axes.set_xticks(range(len(self.columns)), list(self.columns), rotation=45, ha="right")
        for i, row in enumerate(self.texts):
            for j, text in enumerate(row):
                if self.values[i][j] is not None and longest:
                    axes.text(j, i, text, ha="center", va="center")
