"""What the figures do not have: rows left out, KPIs not computed; and what was assumed."""

from __future__ import annotations

from collections.abc import Sequence

from ...reasons import Reason, rows_of
from ...results.words import Words
from ...snapshots import schema as form
from ..charts.drawing import spelled
from ..told import reason_said, title_said

__all__ = ["left_out_html"]


LONGEST = 1000  # characters of a name


def left_out_html(document: form.Document, said: Words, cut: Sequence[str] = ()) -> str:
    """Rows that no figure has, KPIs that could not be computed, what was assumed, and the whole
    of the names that are `cut` above."""
    rows = []
    for table in document.rows:
        if table.is_empty:
            empty = Reason("no_rows_given", table=table.table).said(said.lang)
            rows.append(f"<li>{spelled(empty)}</li>")
        of = rows_of(table.table).said(said.lang)
        missing = f", {said.say('page_unread')}"
        lost = [(why, "") for why in (*table.refused, *table.left_out)]
        for why, kind in (*lost, *((why, missing) for why in table.unread)):
            text = f"{of}: {reason_said(why, said)} ({why.rows:,}{kind})"
            rows.append(f"<li>{spelled(text.replace('`', ''))}</li>")  # marks of Markdown
    elsewhere = [reason_said(why, said) for why in document.targets_elsewhere]
    rows += [f"<li>{spelled(text)}</li>" for text in elsewhere]
    found = f"<ul>{''.join(rows)}</ul>" if rows else f"<p>{spelled(said.say('page_no_rows'))}</p>"
    parts = [f"<h2>{spelled(said.say('page_left_out'))}</h2>{found}"]
    if document.needs:
        needs = [
            (title_said(one.kpi, said), reason_said(one.needs, said)) for one in document.needs
        ]
        items = "".join(
            f"<li>{spelled(said.say('reason_needed', kpi=kpi, needs=need))}</li>"
            for kpi, need in needs
        )
        title = spelled(f"{said.say('page_needs')} ({len(document.needs)})")
        parts.append(f"<details><summary>{title}</summary><ul>{items}</ul></details>")
    if document.assumptions:
        items = "".join(
            f"<li>{spelled(said.say('given', name=name, value=value).replace('`', ''))}</li>"
            for name, value in document.assumptions.items()
        )
        title = spelled(said.say("page_assumed"))
        parts.append(f"<details><summary>{title}</summary><ul>{items}</ul></details>")
    if cut:
        items = "".join(f"<li>{spelled(_of_a_length(name, said))}</li>" for name in cut)
        title = spelled(said.say("page_cut", count=f"{len(cut):,}"))
        parts.append(f"<details><summary>{title}</summary><ul>{items}</ul></details>")
    return f"<section>{''.join(parts)}</section>"


def _of_a_length(name: str, said: Words) -> str:
    """A name that is longer than any name is not written out, so that the page stays small."""
    if len(name) <= LONGEST:
        return name
    return name[:LONGEST] + said.say("page_cut_more", count=f"{len(name):,}")
