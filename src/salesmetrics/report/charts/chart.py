"""A chart: its title, its finding in a sentence, its table, and the shape that draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import SalesMetricsError, one_of
from ...results.display import TABLE_STYLE, table_html
from ...results.words import Words, words as words_of
from .drawing import spelled
from .shape import Shape
from .with_matplotlib import figure_with

__all__ = ["MOST_ROWS", "Chart", "drawn_of"]

MOST_ROWS = 60  # of the table in a page, as in that of a result


def drawn_of(most: int, there: int, said: Words, others: bool = False) -> str:
    """That only the first ones are drawn, where there are more; or the others as one."""
    word = "finding_drawn_others" if others else "finding_drawn"
    return said.say(word, drawn=f"{most:,}", n=f"{there:,}") if there > most else ""


@dataclass(frozen=True)
class Chart:
    """A picture of a figure, which a notebook shows by itself."""

    kind: str
    title: str
    finding: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    shape: Shape
    left: int = 1
    lang: str = "en"
    others: Sequence[str] = ()  # the row of all those that the table in a page has no room for

    def to_svg(self, style: bool = True) -> str:
        """The picture alone; without `style` for a page that has it."""
        return self.shape.drawn().svg(self.title, self.finding, style)

    def to_html(self, style: bool = True) -> str:
        """The picture with its title, its finding and, folded, the first rows of its table."""
        said = words_of(self.lang)
        left = len(self.rows) - MOST_ROWS
        more = f" {said.say('more', count=f'{left:,}')}" if left > 0 else ""
        rows = [*self.rows[:MOST_ROWS], *([self.others] if left > 0 and self.others else [])]
        table = table_html(f"{self.title}{more}", self.header, rows, self.left)
        words = ("데이터", "ko") if self.lang == "ko" else ("data", "en")
        own = f"<style>{TABLE_STYLE}</style>" if style else ""
        return (
            f'{own}<figure class="smf" lang="{words[1]}"><figcaption><b>{spelled(self.title)}</b>'
            f"<br>{spelled(self.finding)}</figcaption>{self.to_svg(style)}"
            f"<details><summary>{words[0]}</summary>{table}</details></figure>"
        )

    def to_vega(self) -> dict[str, Any]:
        """A specification of Vega-Lite with its data, for those who draw with that."""
        return {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "title": self.title,
            "description": self.finding,
            "width": 520,
            **self.shape.vega(),
        }

    def with_backend(self, backend: str | None) -> Any:
        """This chart, or what another library draws it from."""
        if backend not in (None, "svg", "matplotlib", "vega"):
            raise SalesMetricsError(one_of("backend", backend, ("svg", "matplotlib", "vega")))
        others = {"matplotlib": self.to_matplotlib, "vega": self.to_vega}
        return others[backend]() if backend in others else self

    def to_matplotlib(self) -> Any:
        """A figure of matplotlib, to edit."""
        return figure_with(self.title, self.shape, self.lang)

    def save(self, path: str | Path) -> None:
        """Into a file: `.svg`, or `.html` with its table."""
        made = {".svg": self.to_svg, ".html": self.to_html}
        kind = Path(path).suffix.lower()
        if kind not in made:
            raise SalesMetricsError(f"{str(path)!r} ends in neither {' nor '.join(made)}")
        try:
            Path(path).write_text(made[kind](), encoding="utf-8", newline="\n")
        except OSError as wrong:
            raise SalesMetricsError(f"cannot write {str(path)!r}: {wrong.strerror}") from None

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        return f"{self.title}: {self.finding}"
