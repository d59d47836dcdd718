"""Snapshots and changes as text for a terminal."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from ..results.display import View
from ..results.text_table import columns_text, visible
from ..results.words import words
from ..snapshots import schema as form
from ..snapshots.document import document_of
from .views import Tables

if TYPE_CHECKING:
    from ..snapshots.differences import Changes
    from ..snapshots.figures import Snapshot


__all__ = ["changes_text", "document_text", "snapshot_text"]


def snapshot_text(
    snapshot: Snapshot,
    lang: str | None = None,
    columns: int | None = None,
    top: int | None = None,
) -> str:
    """The overall figures, then the groups, the targets, and what is missing."""
    return document_text(document_of(snapshot), lang or snapshot.lang, columns, top)


def document_text(
    document: form.Document, lang: str = "en", columns: int | None = None, top: int | None = None
) -> str:
    """The same of a document, also of a saved one."""
    room = columns or shutil.get_terminal_size((100, 24)).columns
    tables = Tables(document, words(lang, document.called), top)
    views = [_view(view, room) for view in tables.views]
    return "\n\n".join([tables.facts, *views, *tables.remarks])


def _view(view: View, room: int) -> str:
    table = columns_text(view.header, view.rows, view.left, room, view.remarks)
    title = [view.title] if view.title else []
    return "\n".join([*title, table, *view.notes])


def changes_text(changes: Changes) -> str:
    """A line a change."""
    return "\n".join(visible(str(one)) for one in changes) or "no difference"
