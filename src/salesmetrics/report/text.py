"""Snapshots and changes as text for a terminal."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from ..results.display import View
from ..results.text_table import columns_text, visible
from ..results.words import words
from .views import facts, remarks, views

if TYPE_CHECKING:
    from ..snapshots.differences import Changes
    from ..snapshots.figures import Snapshot


__all__ = ["changes_text", "snapshot_text"]


def snapshot_text(
    snapshot: Snapshot,
    lang: str | None = None,
    columns: int | None = None,
    top: int | None = None,
) -> str:
    """The overall figures, then the groups, the targets, and what is missing."""
    said = words(lang or snapshot.lang)
    room = columns or shutil.get_terminal_size((100, 24)).columns
    parts = [facts(snapshot, said)]
    parts += [_view(view, room) for view in views(snapshot, said, top)]
    return "\n\n".join([*parts, *remarks(snapshot, said)])


def _view(view: View, room: int) -> str:
    table = columns_text(view.header, view.rows, view.left, room, view.remarks)
    title = [view.title] if view.title else []
    return "\n".join([*title, table, *view.notes])


def changes_text(changes: Changes) -> str:
    """A line a change."""
    return "\n".join(visible(str(one)) for one in changes) or "no difference"
