"""Snapshots as HTML for notebooks; every text is escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results.display import View
from ..results.words import words
from .views import facts, remarks, views

if TYPE_CHECKING:
    from ..snapshots.figures import Snapshot

from ..results.display import TABLE_STYLE, _lines, table_html

__all__ = ["snapshot_html"]


def snapshot_html(snapshot: Snapshot, lang: str | None = None) -> str:
    """The overall figures, then the groups, the targets, and what is missing."""
    said = words(lang or snapshot.lang)
    first, *others = views(snapshot, said)
    parts = [_view(first, facts(snapshot, said)), *(_view(view, view.title) for view in others)]
    parts += [f"<p>{_lines(remark)}</p>" for remark in remarks(snapshot, said)]
    return f'<div lang="{said.lang}"><style>{TABLE_STYLE}</style>{"".join(parts)}</div>'


def _view(view: View, caption: str) -> str:
    notes = "".join(f"<p>{_lines(note)}</p>" for note in view.notes)
    return table_html(caption, view.header, view.rows, view.left, view.remarks) + notes
