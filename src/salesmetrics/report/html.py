"""Results and snapshots as HTML for notebooks; every text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from ..measures import Result
from .text import MOST_ROWS, cell_text, group_text

if TYPE_CHECKING:
    from ..snapshot import Snapshot

__all__ = ["result_html", "snapshot_html", "table_html"]


def table_html(
    caption: str, header: Sequence[str], rows: Sequence[Sequence[str]], left: int
) -> str:
    """A plain table, numbers to the right."""
    align = ["left" if i < left else "right" for i in range(len(header))]
    head = "".join(
        f'<th scope="col" style="text-align:{a}">{escape(name)}</th>'
        for a, name in zip(align, header, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td style="text-align:{a}">{escape(text)}</td>'
            for a, text in zip(align, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def result_html(result: Result) -> str:
    """A table of every figure."""
    header = [*result.by, "period", "value", "n", "excluded", "undefined because"]
    rows = [
        [
            *map(group_text, cell.group),
            cell.period.label,
            cell_text(result, cell),
            f"{cell.n:,}",
            f"{sum(cell.excluded.values()):,}",
            cell.reason or "",
        ]
        for cell in result.rows()[:MOST_ROWS]
    ]
    more = f" (first {MOST_ROWS} of {len(result):,})" if len(result) > MOST_ROWS else ""
    caption = f"{result.evidence.what}, {result.currency or result.unit}{more}"
    return table_html(caption, header, rows, len(result.by) + 1)


def snapshot_html(snapshot: Snapshot) -> str:
    """The overall figures, then each group's, then what is missing."""
    labels = [period.label for period in snapshot.periods]
    across = range(len(labels))
    rows = [
        [f.name, f.entry.label.ko, *(cell_text(f.total, f.total.cell(p, 0)) for p in across)]
        for f in snapshot.figures
    ]
    known = f", known until {snapshot.known_until}" if snapshot.known_until else ""
    parts = [table_html(f"KPI snapshot{known}", ["kpi", "한국어", *labels], rows, 2)]
    parts += [result_html(f.groups) for f in snapshot.figures if f.groups is not None]
    if snapshot.needs:
        missing = [[need.name, need.needs] for need in snapshot.needs]
        parts.append(table_html("Not computed", ["kpi", "needs"], missing, 2))
    return "".join(parts)
