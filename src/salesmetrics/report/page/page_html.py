"""The page as a whole: what it says in which order, and what its browser may do (nothing)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import SalesMetricsError
from ...insight.sections import Section, section_named, sections
from ...reasons import rows_of
from ...results.words import Words, words
from ...snapshots import schema as form
from ...snapshots.document import document_of
from ..attention import looks
from ..charts.drawing import STYLE, spelled
from ..screen import against_told, facts_told
from ..told import Told, column_said, label_of_group, reason_said, target_of, told
from .embedded import Embedded, embedded
from .page_charts import charts_of
from .tiles import change_said, tile

if TYPE_CHECKING:
    from ...snapshots.figures import Snapshot

__all__ = ["page_html", "snapshot_page"]

VIEWS = ("all", "executive", "manager", "rep")


def snapshot_page(
    snapshot: Snapshot,
    path: str | Path | None,
    lang: str | None,
    title: str | None,
    only: Sequence[str] | None,
) -> str:
    """The page of a snapshot; written too where a path is given."""
    text = page_html(document_of(snapshot), lang or snapshot.lang, title, only)
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
    said = words(lang)
    chosen = [section_named(name) for name in only] if only else list(sections().values())
    shown = {name for section in chosen for name in section.kpis}
    figures = {name: one for name, one in told(document, said).items() if one.figure.of in shown}
    if not figures:
        raise SalesMetricsError("there is no figure to show: no KPI of these sections was computed")
    held = embedded(document, figures, said)
    heading = title or f"{said.say('page_title')} {document.periods[-1].label}"
    body = "".join(
        [
            _header(document, said, heading, held, chosen),
            '<main id="main">',
            _looks(document, said, figures),
            *(_section(document, figures, one, said) for one in chosen),
            _targets(document, figures, said),
            _left_out(document, said, held),
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
            f'<option value="{at}">{spelled(label)[:80]}</option>'
            for at, label in enumerate(labels)
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
    if not mine:
        return ""
    aims = {one.kpi: one for one in document.targets if one.period == period and not one.group}
    tiles = "".join(
        tile(figures[name], period, aims)
        for name in section.front
        if name in figures
        and (cell := figures[name].whole.get(period)) is not None
        and (cell.unfinished or not figures[name].is_ahead)
    )
    charts = "".join(
        _chart(one.to_html(style=False))
        for one in charts_of(document, figures, section.name, period)
    )
    title = section.title(said.lang)
    rows = "".join(_row(one, period) for one in mine)
    names = [said.say("kpi"), period, said.say("change"), said.say("n")]
    head = "".join(
        f"<th scope=col{' class=l' if at == 0 else ''}>{spelled(name)}</th>"
        for at, name in enumerate(names)
    )
    summary = said.say("page_figures", count=len(mine), section=title)
    return (
        f'<section data-in="{" ".join(section.views)}"><h2>{spelled(title)}</h2>'
        f'{f"""<div class="ts">{tiles}</div>""" if tiles else ""}'
        f'{f"""<div class="cs" data-whole>{charts}</div>""" if charts else ""}'
        f"<details><summary>{spelled(summary)}</summary>"
        f'<div class="x" tabindex="0" role="region" aria-label="{spelled(summary)}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></details></section>"
    )


def _chart(html: str) -> str:
    """A chart with its table in a frame of its own, so that the page never scrolls sideways."""
    framed = html.replace('<table class="smt">', '<div class="x" tabindex="0"><table>')
    framed = framed.replace("</table>", "</table></div>")
    for end in ("</td>", "</tr>", "</th>"):  # which may be left out; texts have no such sign
        framed = framed.replace(end, "")
    for attribute in ("scope", "class"):  # of cells; one word needs no signs around it
        framed = re.sub(rf'(<t[dh][^<>]* {attribute}=)"(\w+)"', r"\1\2", framed)
    return framed


def _row(figure: Told, period: str) -> str:
    cell, name = figure.whole[period], spelled(figure.name)
    held = figure.figure.definition
    definition = f"{held} ({figure.name})" if held else figure.name
    text, kind = change_said(figure, cell)
    return (  # ends of cells and rows may be left out
        f'<tr id="k-{name}"><th class=l><details><summary>{spelled(figure.title)}</summary>'
        f"<p>{spelled(definition)}</p></details><td class=v>{spelled(figure.text(cell.value))}"
        f'<td class="c{kind}">{spelled(text)}<td class=n>{cell.n:,}'
    )


def _targets(document: form.Document, figures: Mapping[str, Told], said: Words) -> str:
    """Every target of the page's KPIs with what became of it."""
    mine = [one for one in document.targets if one.kpi in figures]
    if not mine:
        return ""
    names = ("kpi", "for", "period", "actual", "target", "attainment", "landing")
    head = "".join(
        f"<th scope=col{' class=l' if at < 3 else ''}>{spelled(said.say(name))}</th>"
        for at, name in enumerate(names)
    )
    rows = []
    for aim in mine:
        figure = figures[aim.kpi]
        landing = None if aim.pace is None else aim.pace.landing
        kind = ' class="u"' if aim.met else ' class="d"' if aim.met is False else ""
        reached = "" if aim.attainment is None else f"{aim.attainment:.1%}"
        cells = [
            f"<td class=l>{spelled(figure.title)}</td>",
            f"<td class=l>{spelled(label_of_group(aim.group, said) or said.say('whole'))}</td>",
            f"<td class=l>{spelled(aim.period)}</td>",
            f"<td>{'' if aim.actual is None else spelled(figure.text(aim.actual))}</td>",
            f"<td>{spelled(figure.text(target_of(aim)))}</td>",
            f"<td><span{kind}>{reached}</span></td>",
            f"<td>{'' if landing is None else spelled(figure.text(landing))}</td>",
        ]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    title = spelled(said.say("targets"))
    return (
        f'<section data-whole><h2>{title}</h2><div class="x" tabindex="0" role="region" '
        f'aria-label="{title}"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def _left_out(document: form.Document, said: Words, held: Embedded) -> str:
    """Rows that no figure has, KPIs that could not be computed, and what was assumed."""
    rows = []
    for table in document.rows:
        for why in (*table.refused, *table.left_out):
            of = rows_of(table.table).said(said.lang)
            rows.append(f"<li>{spelled(of)}: {why.rows:,} {spelled(reason_said(why, said))}</li>")
    found = f"<ul>{''.join(rows)}</ul>" if rows else f"<p>{spelled(said.say('page_no_rows'))}</p>"
    parts = [f"<h2>{spelled(said.say('page_left_out'))}</h2>{found}"]
    if document.needs:
        needs = [(one.kpi, reason_said(one.needs, said)) for one in document.needs]
        items = "".join(
            f"<li>{spelled(said.say('reason_needed', kpi=kpi, needs=need))}</li>"
            for kpi, need in needs
        )
        title = spelled(f"{said.say('page_needs')} ({len(document.needs)})")
        parts.append(f"<details><summary>{title}</summary><ul>{items}</ul></details>")
    if document.assumptions:
        items = "".join(
            f"<li>{spelled(said.say('given', name=name, value=value))}</li>"
            for name, value in document.assumptions.items()
        )
        title = spelled(said.say("page_assumed"))
        parts.append(f"<details><summary>{title}</summary><ul>{items}</ul></details>")
    return f"<section>{''.join(parts)}</section>"
