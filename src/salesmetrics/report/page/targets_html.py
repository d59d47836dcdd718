"""The targets on the page, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping

from ...results.formats import reached_text
from ...results.words import Words
from ...snapshots import schema as form
from ..charts.drawing import spelled
from ..target_views import aims_shown
from ..told import Told, aimed, landing_of, target_of

__all__ = ["targets_html"]


def targets_html(document: form.Document, figures: Mapping[str, Told], said: Words) -> str:
    """Every target with what became of it."""
    if not (aims := aims_shown(document)):
        return ""
    names = ("kpi", "for", "period", "actual", "target", "attainment", "landing")
    head = "".join(
        f"<th{' class=l' if at < 3 else ''}>{spelled(said.say(name))}</th>"
        for at, name in enumerate(names)
    )
    rows = []
    for aim in aims:
        figure = aimed(aim, document, figures, said)
        landing = landing_of(aim)
        kind = ' class="u"' if aim.met else ' class="d"' if aim.met is False else ""
        reached = "" if aim.attainment is None else reached_text(aim.attainment, 1)
        cells = [
            f"<td class=l>{spelled(figure.title.replace('`', ''))}</td>",
            f"<td class=l>{spelled(said.brief(aim.group) or said.say('whole'))}</td>",
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
