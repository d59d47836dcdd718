"""What was asked beside the figures: alerts, why they changed, what is doubtful in the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from ...results.text_table import visible
from ...results.words import Words
from ...snapshots import schema as form
from ...snapshots.schema_beside import Alerted, Doubt, Moved
from ..charts.change_chart import split_chart
from ..charts.drawing import spelled
from ..explanation import split_title
from ..told import Told, reason_said, span_said
from .page_charts import framed_chart

__all__ = ["PARTS", "part_html"]

MOST = 6  # things of one list that are seen without a click
MOST_MOVED = 3  # figures that are named with doubtful rows
KINDS = {"error": "d", "warning": "o", "info": "q"}  # the look of a mark


def alerts_html(document: form.Document, figures: Mapping[str, Told], said: Words) -> str:
    """What the rules found; nothing where none was asked."""
    found = document.alerts
    if found is None:
        return ""
    items = [_alert(one, found.period, figures, said) for one in found.alerts]
    quiet = said.say("page_quiet", count=found.asked - len(found.alerts))
    unchecked = [
        f"{one.rule}{_of(one.group, said)}: {reason_said(one.reason, said)}"
        for one in found.unchecked
    ]
    return "".join(
        [
            _listed(items, said),
            f'<p class="q">{spelled(quiet)}</p>',
            _folded(said.say("page_unchecked"), [spelled(visible(one)) for one in unchecked]),
        ]
    )


def _alert(one: Alerted, period: str, figures: Mapping[str, Told], said: Words) -> str:
    text = spelled(visible(one.ko if said.lang == "ko" else one.en))
    if one.kpi in figures:
        text = f'<a href="#k-{spelled(one.kpi or "")}">{text}</a>'
    span = "" if one.period == period else one.period  # a rule may have one of its own
    rule = visible(", ".join(part for part in (one.rule, span, one.audience) if part))
    return f'{_mark(one.severity, said)} {text} <span class="q">({spelled(rule)})</span>'


def _of(group: form.Group, said: Words) -> str:
    return f" ({said.brief(group)})" if group else ""


def explained_html(document: form.Document, figures: Mapping[str, Told], said: Words) -> str:
    """Each change with its exact splits as charts; why, of one that could not be explained."""
    parts = []
    for found in document.explained:
        title = visible(found.ko if said.lang == "ko" else found.en)
        if found.change is None or found.before is None or not found.splits:
            why = said.say("undefined") if found.reason is None else reason_said(found.reason, said)
            parts.append(f"<p>{spelled(title)}: {spelled(why)}</p>")
            continue
        base = said.say("before") if found.base is None else span_said(found.base, said)
        spans = base, span_said(found.period, said)
        charts = []
        for split in found.splits:
            if split.kind != "segments":
                made = split_chart(found, split, spans, said)
                charts.append(replace(made, title=f"{title}: {split_title(split, said)}"))
        parts.append(f'<div class="cs">{"".join(map(framed_chart, charts))}</div>')
    return "".join(parts)


def quality_html(document: form.Document, figures: Mapping[str, Told], said: Words) -> str:
    """The doubtful rows, the worst first, and which figures they move."""
    if document.quality is None:
        return ""
    findings = [_doubt(one, figures, said) for one in document.quality.findings]
    return _listed(findings, said)


def _doubt(one: Doubt, figures: Mapping[str, Told], said: Words) -> str:
    text = spelled(visible(one.ko if said.lang == "ko" else one.en))
    weightiest = sorted(one.moves, key=lambda each: -abs(each.relative or 0))
    moves = [_moved(each, figures[each.kpi]) for each in weightiest if each.kpi in figures]
    if not moves:
        return f"{_mark(one.severity, said)} {text}"
    word = "page_mended" if one.treatment == "mended" else "page_without"
    more = ", ..." if len(moves) > MOST_MOVED else ""
    moved = said.say(word, moves=", ".join(islice(moves, MOST_MOVED)) + more)
    return f'{_mark(one.severity, said)} {text}<br><span class="q">{spelled(moved)}</span>'


def _moved(one: Moved, figure: Told) -> str:
    return f"{figure.short} {figure.text(one.before)} → {figure.text(one.after)}"


def _mark(severity: str, said: Words) -> str:
    return f'<b class="s {KINDS[severity]}">{spelled(said.say(f"page_{severity}"))}</b>'


def _listed(items: Sequence[str], said: Words) -> str:
    """The first few, and the others a click away."""
    if not items:
        return f"<p>{spelled(said.say('looks_none'))}</p>"
    first = "".join(f"<li>{one}</li>" for one in items[:MOST])
    more = said.say("page_more", count=len(items) - MOST)
    return f'<ul class="k">{first}</ul>{_folded(more, items[MOST:], counted=False)}'


def _folded(title: str, items: Sequence[str], counted: bool = True) -> str:
    if not items:
        return ""
    many = f" ({len(items)})" if counted else ""
    lines = "".join(f"<li>{one}</li>" for one in items)
    return f'<details><summary>{spelled(title)}{many}</summary><ul class="k">{lines}</ul></details>'


Drawn = Callable[[form.Document, Mapping[str, Told], Words], str]
# The parts by the names that they are chosen by, and who is shown them.
PARTS: Mapping[str, tuple[Drawn, str]] = {
    "alerts": (alerts_html, "executive manager rep"),
    "explanation": (explained_html, "executive manager"),
    "quality": (quality_html, "manager"),
}


def part_html(name: str, document: form.Document, figures: Mapping[str, Told], said: Words) -> str:
    """A part under its title, hidden under filters, for it is of the whole; else nothing."""
    drawn, views = PARTS[name]
    inner = drawn(document, figures, said)
    if not inner:
        return ""
    title = spelled(said.say(f"page_{name}"))
    return f'<section data-in="{views}"><div data-whole><h2>{title}</h2>{inner}</div></section>'
