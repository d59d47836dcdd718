"""Snapshots in Markdown: tables of GitHub's kind, every text escaped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..results.display import View
from ..results.text_table import encodable
from ..results.words import words
from ..snapshots import schema as form
from ..snapshots.document import document_of
from .views import Tables

if TYPE_CHECKING:
    from ..snapshots.figures import Snapshot

__all__ = ["document_markdown", "escaped", "snapshot_markdown", "view_markdown"]

HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# A mark of Markdown, or an underscore that does not stand inside a word.
MARKS = re.compile(r"[\\`*\[\]|~#$!]|(?<!\w)_|_(?!\w)")


def escaped(text: str) -> str:
    """Text that a reader of Markdown shows as it is, also inside a table."""
    plain = "".join(HTML.get(char, char) for char in encodable(text))
    return MARKS.sub(r"\\\g<0>", plain).replace("\n", "<br>")


def snapshot_markdown(snapshot: Snapshot, lang: str | None = None, top: int | None = None) -> str:
    """A heading, the tables, and what is missing."""
    return document_markdown(document_of(snapshot), lang or snapshot.lang, top)


def document_markdown(document: form.Document, lang: str = "en", top: int | None = None) -> str:
    """The same of a document, also of a saved one."""
    tables = Tables(document, words(lang, document.called), top)
    parts = [f"# {escaped(tables.facts)}", *map(view_markdown, tables.views)]
    for remark in tables.remarks:
        first, *lines = remark.split("\n")
        parts.append("\n".join([escaped(first), *(["", *_items(lines)] if lines else [])]))
    return "\n\n".join(parts) + "\n"


def _items(lines: list[str]) -> list[str]:
    return [f"- {escaped(line.strip())}" for line in lines]


def view_markdown(view: View) -> str:
    """One table with its title and notes."""
    text = [
        i < view.left or (view.remarks and i == len(view.header) - 1)
        for i in range(len(view.header))
    ]
    lines = [
        _line([escaped(name.replace("\n", " ")) for name in view.header]),
        _line(["---" if left else "---:" for left in text]),
        *(_line([escaped(cell) for cell in row]) for row in view.rows),
    ]
    lines = lines if view.header else []
    title = [f"## {escaped(view.title)}", ""] if view.title else []
    notes = [*([""] if lines else []), *_items(view.notes)] if view.notes else []
    return "\n".join([*title, *lines, *notes])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
