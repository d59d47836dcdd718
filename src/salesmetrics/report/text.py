"""Results, snapshots and changes as text for a terminal."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from ..results import Cell, Result
from ..results.text_table import columns_text, visible, width
from .numbers import cell_text
from .views import View, facts, group_text, remarks, result_view, views
from .words import words

if TYPE_CHECKING:
    from ..snapshots.differences import Changes
    from ..snapshots.figures import Snapshot

__all__ = [
    "cell_text", "changes_text", "columns_text", "group_text", "result_text", "snapshot_text",
    "visible", "width",
]  # fmt: skip

MOST_ROWS = 60


def result_text(result: Result, lang: str = "en") -> str:
    """One figure as a line, several as a table."""
    if len(result) == 1:
        cell = result.rows()[0]
        behind = _evidence(cell, result, lang)
        return f"{result.evidence.what}: {cell_text(result, cell, lang)}{behind}"
    view, said = result_view(result, words(lang)), words(lang)
    shown = columns_text(view.header, view.rows[:MOST_ROWS], view.left, remarks=True)
    left = len(view.rows) - MOST_ROWS
    more = "\n" + said.say("more", count=f"{left:,}") if left > 0 else ""
    return f"{view.title}\n{shown}{more}"


def _evidence(cell: Cell, result: Result, lang: str) -> str:
    parts = [cell.period.label]
    if cell.denominator is not None and cell.numerator is not None and cell.denominator != cell.n:
        parts.append(f"{cell.numerator:,} / {cell.denominator:,}")
    parts.append(f"n={cell.n:,}")
    parts += [f"{count:,} excluded: {why}" for why, count in cell.excluded.items()]
    parts += [f"{count:,} assumed: {why}" for why, count in cell.assumed.items()]
    if cell.undecided:
        parts.append(f"{cell.undecided:,} undecided")
    if cell.reason:
        parts.append(cell.reason)
    if cell.unfinished:
        parts.append("period unfinished")
    if result.from_history:
        parts.append(words(lang).say("from_history", fields=", ".join(result.from_history)))
    return f"  ({'; '.join(parts)})"


def snapshot_text(snapshot: Snapshot, lang: str | None = None, columns: int | None = None) -> str:
    """The overall figures, then the groups, the targets, and what is missing."""
    said = words(lang or snapshot.lang)
    room = columns or shutil.get_terminal_size((100, 24)).columns
    parts = [facts(snapshot, said)]
    parts += [_view(view, room) for view in views(snapshot, said)]
    return "\n\n".join([*parts, *remarks(snapshot, said)])


def _view(view: View, room: int) -> str:
    table = columns_text(view.header, view.rows, view.left, room, view.remarks)
    title = [view.title] if view.title else []
    return "\n".join([*title, table, *view.notes])


def changes_text(changes: Changes) -> str:
    """A line a change."""
    return "\n".join(visible(str(one)) for one in changes) or "no difference"
