"""How a result shows itself: one figure as a line, several as a table, in text and in HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import Cell, Result
from .formats import cells_text, unit_text
from .text_table import visible
from .words import Words, words

if TYPE_CHECKING:
    pass

from typing import TYPE_CHECKING

from .formats import cell_text
from .text_table import columns_text

if TYPE_CHECKING:
    pass

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


__all__ = ["View", "group_text", "result_html", "result_text", "table_html"]


DASH = "-"


@dataclass(frozen=True, slots=True)
class View:
    """One table; a header may have a second line after a line break."""

    title: str
    header: list[str]
    rows: list[list[str]]
    left: int = 1
    remarks: bool = False  # whether the last column is text
    notes: list[str] = field(default_factory=list)


def group_text(label: Any, said: Words | None = None) -> str:
    """A group's name; what is missing has one too."""
    return (said or words("en")).say("none") if label is None else visible(str(label))


def result_view(result: Result, said: Words) -> View:
    """Every figure of one result."""
    cells = result.rows()
    names = [said.say(name) for name in ("period", "value", "n", "excluded", "reason")]
    header = [visible(said.column(name)) for name in result.by] + names
    texts = cells_text(result, cells, said)
    rows = [
        [
            *(group_text(part, said) for part in cell.group),
            visible(said.period(cell.period))
            + (f" ({said.say('unfinished')})" if cell.unfinished else ""),
            text,
            f"{cell.n:,}",
            f"{sum(cell.excluded.values()):,}" if cell.excluded else "",
            visible(cell.reason.said(said.lang)) if cell.reason else "",
        ]
        for cell, text in zip(cells, texts, strict=True)
    ]
    title = f"{result.evidence.what.said(said.lang)} ({unit_text(result, said)})"
    if result.from_history:
        title += f"; {said.say('from_history', fields=said.columns(result.from_history))}"
    return View(title, header, rows, len(result.by) + 1, remarks=True)


MOST_ROWS = 60


def result_text(result: Result, lang: str = "en") -> str:
    """One figure as a line, several as a table."""
    if len(result) == 1:
        cell = result.rows()[0]
        behind = _evidence(cell, result, words(lang))
        return f"{result.evidence.what.said(lang)}: {cell_text(result, cell, lang)}{behind}"
    view, said = result_view(result, words(lang)), words(lang)
    shown = columns_text(view.header, view.rows[:MOST_ROWS], view.left, remarks=True)
    left = len(view.rows) - MOST_ROWS
    more = "\n" + said.say("more", count=f"{left:,}") if left > 0 else ""
    return f"{view.title}\n{shown}{more}"


def _evidence(cell: Cell, result: Result, said: Words) -> str:
    parts = [said.period(cell.period)]
    if cell.denominator is not None and cell.numerator is not None and cell.denominator != cell.n:
        parts.append(f"{cell.numerator:,} / {cell.denominator:,}")
    parts.append(said.say("of_rows", n=f"{cell.n:,}"))
    for word, counts in (("excluded_rows", cell.excluded), ("assumed_rows", cell.assumed)):
        parts += [said.say(word, rows=said.rows(count, why)) for why, count in counts.items()]
    if cell.undecided:
        parts.append(said.say("undecided_rows", rows=f"{cell.undecided:,}"))
    if cell.reason:
        parts.append(cell.reason.said(said.lang))
    if cell.unfinished:
        parts.append(said.say("period_unfinished"))
    if result.from_history:
        parts.append(said.say("from_history", fields=said.columns(result.from_history)))
    return f"  ({'; '.join(parts)})"


def table_html(
    caption: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    left: int,
    remarks: bool = False,
) -> str:
    """A plain table, numbers to the right."""
    last = len(header) - 1
    align = ["left" if i < left or (remarks and i == last) else "right" for i in range(len(header))]
    head = "".join(
        f'<th scope="col" style="text-align:{a}">{_lines(name)}</th>'
        for a, name in zip(align, header, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td style="text-align:{a}">{_lines(text)}</td>'
            for a, text in zip(align, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def result_html(result: Result, lang: str = "en") -> str:
    """A table of every figure."""
    view, said = result_view(result, words(lang)), words(lang)
    left = len(view.rows) - MOST_ROWS
    more = f" {said.say('more', count=f'{left:,}')}" if left > 0 else ""
    rows = view.rows[:MOST_ROWS]
    return table_html(f"{view.title}{more}", view.header, rows, view.left, view.remarks)


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
