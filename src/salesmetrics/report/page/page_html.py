"""The page as a whole: what it says in which order, and what its browser may do (nothing)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import SalesMetricsError
from ...insight.sections import Section, section_named, sections
from ...results.words import Words, words
from ...snapshots import schema as form
from ...snapshots.document import document_of
from ...snapshots.document_beside import Asked, with_beside
from ..attention import looks
from ..charts.drawing import STYLE, spelled
from ..screen import against_told, facts_told
from ..told import Told, aims_of_whole, column_said, told
from .beside_html import PARTS, part_html
from .embedded import Embedded, embedded
from .left_out_html import left_out_html
from .page_charts import charts_of, framed_chart
from .targets_html import targets_html
from .tiles import change_said, tile

if TYPE_CHECKING:
    from ...snapshots.figures import Snapshot

__all__ = ["chosen_parts", "document_page", "page_html", "snapshot_page"]

VIEWS = ("all", "executive", "manager", "rep")


def snapshot_page(
    snapshot: Snapshot,
    path: str | Path | None,
    lang: str | None,
    title: str | None,
    only: Sequence[str] | None,
    beside: Sequence[Asked] = (),
) -> str:
    """The page of a snapshot; written too where a path is given."""
    document = with_beside(document_of(snapshot), beside)
    return document_page(document, path, lang or snapshot.lang, title, only)


def document_page(
    document: form.Document,
    path: str | Path | None,
    lang: str = "en",
    title: str | None = None,
    only: Sequence[str] | None = None,
) -> str:
    """The page of a document, also of a saved one."""
    text = page_html(document, lang, title, only)
    if path is not None:
        try:
            Path(path).write_text(text, encoding="utf-8", newline="\n")
        except OSError as wrong:
            raise SalesMetricsError(f"cannot write {str(path)!r}: {wrong.strerror}") from None
    return text


def page_html(
    document: form.Document,
    lang: str = "en",
    title: str | None = None,
    only: Sequence[str] | None = None,
) -> str:
    """One file: the same document gives the same bytes."""
    said = words(lang, document.called)
    chosen, parts = chosen_parts(only)
    shown = {name for section in chosen for name in section.kpis}
    figures = {name: one for name, one in told(document, said).items() if one.figure.of in shown}
    if not figures:
        raise SalesMetricsError("there is no figure to show: no KPI of these sections was computed")
    held = embedded(document, figures, said)
    heading = title or f"{said.say('page_title')} {document.periods[-1].label}"

    def shown_beside(name: str) -> str:
        return part_html(name, document, figures, said) if name in parts else ""

    body = "".join(
        [
            _header(document, said, heading, held, chosen),
            '<main id="main">',
            _looks(document, said, figures),
            shown_beside("alerts"),
            *(_section(document, figures, one, said) for one in chosen),
            targets_html(document, figures, said),
            shown_beside("explanation"),
            shown_beside("quality"),
            left_out_html(document, said, held.cut),
            "</main>",
            f'<footer class="q"><p>{spelled(said.say("page_made"))}</p></footer>',
            f'<script type="application/octet-stream" id="held">{held.block}</script>',
        ]
    )
    style, script = _resources()
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        f'<!doctype html>\n<html lang="{said.lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{spelled(heading)}</title><style>{style}</style></head>"
        f"<body>{body}<script>{script}</script></body></html>\n"
    )


def chosen_parts(only: Sequence[str] | None) -> tuple[list[Section], list[str]]:
    """The sections of KPIs and the parts beside them that are shown: those named, or all.

    Parts alone stand beside the sections of all KPIs.
    """
    named = list(only or ())
    parts = [name for name in PARTS if name in named]
    chosen = [section_named(name, PARTS) for name in named if name not in PARTS]
    return chosen or list(sections().values()), parts if named else list(PARTS)


@lru_cache(maxsize=1)
def _resources() -> tuple[str, str]:
    """Style and script as they stand in the page: without what only their readers need."""
    here = resources.files("salesmetrics.report.page")
    style = (here / "page.css").read_text(encoding="utf-8") + STYLE
    script = (here / "page.js").read_text(encoding="utf-8")
    lines = [line.strip() for line in script.splitlines()]
    return (
        style.replace("\n", ""),
        "\n".join(line for line in lines if line and not line.startswith("//")),
    )


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"sha256-{digest}"


def _header(
    document: form.Document, said: Words, heading: str, held: Embedded, chosen: Sequence[Section]
) -> str:
    """What it is of, for whom it is shown, and the filters."""
    there = {view for section in chosen for view in section.views}
    buttons = "".join(
        f'<button type="button" data-show="{view}" aria-pressed="{str(view == "all").lower()}">'
        f"{spelled(said.say(f'page_{view}'))}</button>"
        for view in VIEWS
        if view == "all" or view in there
    )
    facts = [facts_told(document, said), against_told(document, said)]
    lines = "".join(f"<p>{spelled(line)}</p>" for line in facts if line)
    return (
        f"<header><h1>{spelled(heading)}</h1>{lines}"
        f'<nav aria-label="{spelled(said.say("page_view"))}">{buttons}</nav>'
        f"{_filters(document, said, held)}"
        '<p id="told" class="q" role="status"></p></header>'
    )


def _filters(document: form.Document, said: Words, held: Embedded) -> str:
    """A choice a column; hidden where the browser runs no script."""
    every = f'<option value="">{spelled(said.say("page_every"))}</option>'
    parts = []
    for name, labels in held.names.items():
        options = "".join(
            f'<option value="{at}">{spelled(label)}</option>' for at, label in enumerate(labels)
        )
        parts.append(
            f"<label>{spelled(column_said(name, said))} "
            f'<select data-by="{spelled(name)}">{every}{options}</select></label>'
        )
    if len(document.periods) > 1:
        last = len(document.periods) - 1
        options = "".join(
            f'<option value="{at}"{" selected" if at == last else ""}>{spelled(one.label)}</option>'
            for at, one in enumerate(document.periods)
        )
        name = spelled(said.say("page_period"))
        parts.append(f'<label>{name} <select id="when">{options}</select></label>')
    left = [
        said.say("page_groups_left", count=f"{many:,}", by=column_said(name, said))
        for name, many in held.left.items()
    ]
    note = f'<span class="q">{spelled("; ".join(left))}</span>' if left else ""
    return (
        f'<div class="fs" id="filters" hidden>{"".join(parts)}{note}</div>'
        if parts
        else ('<div id="filters" hidden></div>')
    )


def _looks(document: form.Document, said: Words, figures: Mapping[str, Told]) -> str:
    """What needs a look, each leading to its figure."""
    items = []
    for one in looks(document, said):
        text = spelled(one.text)
        leads = one.kpi is not None and one.kpi in figures
        items.append(f'<li><a href="#k-{one.kpi}">{text}</a></li>' if leads else f"<li>{text}</li>")
    found = "".join(items) or f"<li>{spelled(said.say('looks_none'))}</li>"
    return (
        f'<section data-whole><h2>{spelled(said.say("looks"))}</h2><ol class="k">{found}</ol>'
        "</section>"
    )


def _section(
    document: form.Document, figures: Mapping[str, Told], section: Section, said: Words
) -> str:
    """Tiles, charts, and a table of every figure with its definition."""
    period = document.periods[-1].label
    mine = [figures[name] for name in section.kpis if name in figures]
    mine += [one for one in figures.values() if one.figure.of in section.kpis and one not in mine]
    mine = [one for one in mine if period in one.whole]
    charts = [framed_chart(one) for one in charts_of(document, figures, section.name, period)]
    if not (mine or charts):
        return ""
    aims = aims_of_whole(document, period)
    tiles = "".join(
        tile(figures[name], period, aims)
        for name in section.headlines(figures)
        if name in figures
        and (cell := figures[name].whole.get(period)) is not None
        and (cell.unfinished or not figures[name].is_ahead)
    )
    title = section.title(said.lang)
    rows = "".join(_row(one, period) for one in mine)
    names = [said.say("kpi"), period, said.say("change"), said.say("n")]
    head = "".join(f"<th>{spelled(name)}</th>" for name in names)
    half = " class=h" if len(charts) < 2 else ""  # of the width
    summary = said.say("page_figures", count=len(mine), section=title)
    table = (
        f"<details><summary>{spelled(summary)}</summary>"
        f'<div class="x" tabindex="0" role="region" aria-label="{spelled(summary)}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )
    return (
        f'<section{half} data-in="{" ".join(section.views)}"><h2>{spelled(title)}</h2>'
        f'{f"""<div class="ts">{tiles}</div>""" if tiles else ""}'
        f'{f"""<div class="cs" data-whole>{"".join(charts)}</div>""" if charts else ""}'
        f"{table if mine else ''}</section>"
    )


def _row(figure: Told, period: str) -> str:
    cell, name = figure.whole[period], spelled(figure.name)
    text, kind = change_said(figure, cell)
    look = f" class={kind}" if kind else ""
    return (  # ends of cells and rows may be left out; the script folds the definition in
        f"<tr id=k-{name}><th>{spelled(figure.title)}<td>{spelled(figure.text(cell.value))}"
        f"<td{look}>{spelled(text)}<td>{cell.n:,}"
    )
