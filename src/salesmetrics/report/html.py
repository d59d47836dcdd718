"""Results and snapshots as HTML for notebooks; every text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from ..results import Result
from .text import MOST_ROWS
from .views import View, facts, remarks, result_view, views
from .words import words

if TYPE_CHECKING:
    from ..snapshots.figures import Snapshot

__all__ = ["result_html", "snapshot_html", "table_html"]


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


def snapshot_html(snapshot: Snapshot, lang: str | None = None) -> str:
    """The overall figures, then the groups, the targets, and what is missing."""
    said = words(lang or snapshot.lang)
    first, *others = views(snapshot, said)
    parts = [_view(first, facts(snapshot, said)), *(_view(view, view.title) for view in others)]
    parts += [f"<p>{_lines(remark)}</p>" for remark in remarks(snapshot, said)]
    return f'<div lang="{said.lang}">{"".join(parts)}</div>'


def _view(view: View, caption: str) -> str:
    notes = "".join(f"<p>{_lines(note)}</p>" for note in view.notes)
    return table_html(caption, view.header, view.rows, view.left, view.remarks) + notes


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
