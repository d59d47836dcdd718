"""Results and snapshots in a notebook, with a style of their own: alike wherever it is shown.

Jupyter, nbconvert, marimo, Colab and VS Code each bring another style or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import SalesMetricsError
from ..insight.sections import sections
from ..results import Result
from ..results.display import (
    TABLE_STYLE,
    View,
    _lines,
    line_text,
    parts_view,
    result_html as table_of,
    table_html,
)
from ..results.words import words
from ..snapshots.document import document_of
from .charts.chart import Chart
from .charts.choose import plot
from .views import Tables

if TYPE_CHECKING:
    from ..snapshots.figures import Snapshot
    from ..snapshots.schema import Document

__all__ = ["document_html", "result_html", "snapshot_html"]

MOST_NAMED = 3
MOST_BESIDE = 8  # figures of groups beside each other; the others stand in a further table
STYLE = (
    ".smn details details{margin-left:1.2em}"
    ".smn{line-height:1.4;font-family:system-ui,sans-serif;font-size:13px}"
    ".smn p{margin:.3em 0;max-width:60em}.smn summary{cursor:pointer;padding:.15em 0}"
    # A table that is wider than its place is moved there, and does not move the page.
    ".smn,.smn details{overflow-x:auto}"
    ".smn svg{max-width:560px}.smn b.d{color:#d2544a}.smn b.o{color:#b7791f}"
) + TABLE_STYLE


def _framed(lang: str, parts: Sequence[str]) -> str:
    inner = f'<div class="smn" tabindex="0"><style>{STYLE}</style>{"".join(parts)}</div>'
    return f'<div lang="{lang}">{inner}</div>'


def result_html(result: Result, lang: str = "en") -> str:
    """One figure as a line, several as a table; above it the chart that fits."""
    result = result.as_shown
    said = words(lang, result.evidence.called)
    chart = _chart(result, lang)
    parts = [] if chart is None else [chart.to_svg(), f"<p>{_lines(chart.finding)}</p>"]
    view = parts_view(result, said) if len(result) == 1 else None
    if len(result) == 1:
        line = line_text(result, result.cell(0, 0), said)
        parts.insert(0, f"<p>{_lines(line)}</p>")
    if len(result) > 1:
        parts.append(table_of(result, lang))
    elif view is not None:
        parts.append(table_html("", view.header, view.rows, view.left))
        parts += [f"<p>{_lines(note)}</p>" for note in view.notes]
    return _framed(said.lang, parts)


def _chart(result: Result, lang: str) -> Chart | None:
    """The chart, unless it would be one bar."""
    try:
        chart: Chart = plot(result, lang=lang)
    except SalesMetricsError:  # nothing to draw
        return None
    return None if chart.kind in ("bars", "spread") and len(chart.rows) == 1 else chart


def snapshot_html(snapshot: Snapshot, lang: str | None = None) -> str:
    """The figures section by section, the groups, the targets, and what is missing: folded."""
    return document_html(document_of(snapshot), lang or snapshot.lang)


def document_html(document: Document, lang: str = "en") -> str:
    """The same of a snapshot that was saved."""
    said = words(lang, document.called)
    tables = Tables(document, said)
    aims = tables.targets
    own = [_folded(view.title, view, shown=False) for view in tables.own]
    parts = [f"<p>{_lines(tables.facts)}</p>"]
    parts += [
        _folded(f"{title} ({len(view.rows)})", view, shown=at == 0)
        for at, (title, view) in enumerate(_by_section(document, tables.overall, said.lang))
    ]
    parts += [_folded(_of_which(view), view, shown=False) for view in tables.grouped]
    if own:
        title = f"{said.say('parts_of_figures')} ({len(own)})"
        parts.append(f"<details><summary><b>{title}</b></summary>{''.join(own)}</details>")
    parts += [] if aims is None else [_folded(aims.title, aims, shown=False)]
    for remark in tables.remarks:
        head, *rest = remark.split("\n")
        if rest:
            lines = "".join(f"<li>{_lines(line.strip())}</li>" for line in rest)
            parts.append(f"<details><summary>{_lines(head)}</summary><ul>{lines}</ul></details>")
        else:
            parts.append(f"<p>{_lines(head)}</p>")
    return _framed(said.lang, parts)


def _by_section(document: Document, whole: View, lang: str) -> list[tuple[str, View]]:
    """The rows of the overall table, in the sections that a report has."""
    rows: dict[str, list[list[str]]] = {name: [] for name in sections()}
    other: list[list[str]] = []  # KPIs of one's own
    place = {kpi: rows[name] for name, each in sections().items() for kpi in each.kpis}
    for figure, row in zip(document.kpis, whole.rows, strict=True):
        place.get(figure.of, other).append(row)
    named = [(sections()[name].title(lang), each) for name, each in rows.items()]
    named.append(("", other))
    return [
        (title, View("", whole.header, each, whole.left, whole.remarks))
        for title, each in named
        if each
    ]


def _of_which(view: View) -> str:
    """The title of a grouping with the first of its KPIs, for there may be several."""
    names = [head.partition("\n")[0] for head in view.header if "\n" in head]
    more = ", ..." if len(names) > MOST_NAMED else ""
    named = f": {', '.join(names[:MOST_NAMED])}{more}" if names else ""
    return f"{view.title}{named}"


def _folded(title: str, view: View, shown: bool) -> str:
    """A table under its title, which opens and closes it."""
    notes = "".join(f"<p>{_lines(note)}</p>" for note in view.notes)
    tables = "".join(
        table_html("", part.header, part.rows, part.left, part.remarks) for part in _beside(view)
    )
    mark = " open" if shown else ""
    return f"<details{mark}><summary><b>{_lines(title)}</b></summary>{tables}{notes}</details>"


def _beside(view: View) -> list[View]:
    """A table of very many figures as several, which repeat the names."""
    names, many = view.left, len(view.header) - view.left
    if view.remarks or many <= MOST_BESIDE:
        return [view]
    return [
        View(
            "",
            [*view.header[:names], *view.header[at : at + MOST_BESIDE]],
            [[*row[:names], *row[at : at + MOST_BESIDE]] for row in view.rows],
            names,
        )
        for at in range(names, len(view.header), MOST_BESIDE)
    ]
