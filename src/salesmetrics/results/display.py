"""How a result shows itself: one figure as a line, several as a table, in text and in HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

from ..reasons import Reason, as_reason
from . import Cell, Ratio, Result
from .formats import cells_text, figure_text, quantity_text, unit_text
from .parts import Part, Value, parts_of
from .text_table import columns_text, shortened, visible
from .triangle_view import is_triangle, triangle_lines
from .words import Words, words

__all__ = [
    "TABLE_STYLE", "View", "line_text", "part_text", "parts_table", "parts_view",
    "result_html", "result_text", "result_view", "table_html", "title_text",
]  # fmt: skip


DASH = "-"


@dataclass(frozen=True, slots=True)
class View:
    """One table; a header may have a second line after a line break."""

    title: str
    header: list[str]
    rows: list[list[str]]
    left: int = 1
    remarks: bool = False  # whether the last column is text
    notes: list[str] = field(default_factory=list)


def result_view(result: Result, said: Words) -> View:
    """Every figure of one result."""
    cells = result.rows()
    names = [said.say(name) for name in ("period", "value", "n", "excluded", "reason")]
    header = [visible(said.column(name)) for name in result.by] + names
    texts = cells_text(result, cells, said)
    rows = [
        [
            *map(said.name, result.by, cell.group),
            visible(said.period(cell.period))
            + (f" ({said.say('unfinished')})" if cell.unfinished else ""),
            text,
            f"{cell.n:,}",
            f"{sum(cell.excluded.values()):,}" if cell.excluded else "",
            visible(cell.reason.said(said.lang)) if cell.reason else "",
        ]
        for cell, text in zip(cells, texts, strict=True)
    ]
    title = f"{title_text(result, said)} ({unit_text(result, said)})"
    if result.from_history:
        title += f"; {said.say('from_history', fields=said.columns(result.from_history))}"
    return View(
        title,
        header,
        rows,
        len(result.by) + 1,
        remarks=True,
        notes=_remarks(result, said) + _lost(result, said),
    )


def _lost(result: Result, said: Words) -> list[str]:
    """What the tables behind the figure lost on their way in, one by one."""
    return [visible(loss.said(said.lang)) for one in result.rows_read for loss in one.losses]


def _remarks(result: Result, said: Words) -> list[str]:
    """What is said of an estimate."""
    return [f"- {visible(note.said(said.lang))}" for note in getattr(result, "notes", ())]


MOST_ROWS = 60


def result_text(result: Result, lang: str = "en") -> str:
    """One figure as a line, several as a table; of a figure of several parts, its parts."""
    result = result.as_shown
    said = words(lang, result.evidence.called)
    view = parts_view(result, said) if result.shows_parts else None
    if view is None and len(result) == 1:
        return line_text(result, result.cell(0, 0), said)
    view = view or result_view(result, said)
    shown = columns_text(view.header, view.rows[:MOST_ROWS], view.left, remarks=view.remarks)
    left = len(view.rows) - MOST_ROWS
    more = "\n" + said.say("more", count=f"{left:,}") if left > 0 else ""
    notes = "".join(f"\n{note}" for note in view.notes)
    return f"{view.title}\n{shown}{more}{notes}"


def title_text(result: Result, said: Words) -> str:
    """What the figure is called."""
    if result.identity is None:
        return visible(result.evidence.what.said(said.lang))
    variant = said.said.get("variants", {}).get(result.identity.variant)
    return visible(result.identity.title(said.lang, variant))


def line_text(result: Result, cell: Cell, said: Words) -> str:
    """Title, figure, and in brackets what it is of and what was left out."""
    said_of = "; ".join([*_behind(result, cell, said), *_left_out(result, cell, said)])
    return f"{title_text(result, said)} {figure_text(result, cell, said)} ({said_of})"


def _behind(result: Result, cell: Cell, said: Words) -> list[str]:
    """The group and period, and what the figure is made of."""
    named = zip(result.by, cell.group, strict=True)
    found = [f"{visible(said.column(name))} = {said.name(name, label)}" for name, label in named]
    found.append(visible(said.period(cell.period)))
    if cell.statistics and cell.exact is not None and cell.mean is not None:
        mean = quantity_text(cell.mean, result.currency, said)
        found.insert(0, f"{said.say('statistics_mean')} {mean}")
    if cell.proportion and cell.denominator:
        return [*found, said.say("of", part=f"{cell.numerator:,}", whole=f"{cell.denominator:,}")]
    if type(result) is Ratio and cell.denominator != cell.n and cell.denominator is not None:
        pair = (cell.numerator, result.top.currency), (cell.denominator, result.bottom.currency)
        both = ["-" if n is None else quantity_text(n, money, said) for n, money in pair]
        found.append(" / ".join(both))
    return found if cell.exact == cell.n else [*found, said.say("of_rows", n=f"{cell.n:,}")]


def _left_out(result: Result, cell: Cell, said: Words) -> list[str]:
    found = [cell.reason.said(said.lang)] if cell.reason else []
    for counts, word in ((cell.excluded, "excluded_rows"), (cell.assumed, "assumed_rows")):
        if counts:
            rows = ", ".join(said.rows(n, as_reason(why)) for why, n in counts.items())
            found.append(said.say(word, rows=rows))
    if cell.undecided:
        found.append(said.say("undecided_rows", rows=f"{cell.undecided:,}"))
    if cell.unfinished:
        found.append(said.say("unfinished"))
    if result.from_history:
        found.append(said.say("from_history", fields=said.columns(result.from_history)))
    return [*map(visible, found), *_lost(result, said)]


def parts_view(result: Result, said: Words, *, losses: bool = True) -> View | None:
    """The parts of a figure that is several, as a table; None where it has none.

    `losses`: with what its tables lost on their way in, where that is not said once for many.
    """
    parts = parts_of(result)
    if not parts:
        return None
    kpi = "" if result.identity is None else result.identity.name
    notes = _remarks(result, said)
    if len(parts) == 1:
        title = line_text(result, result.cell(0, 0), said)
    else:
        title = title_text(result, said)
        notes += _lost(result, said) if losses else []
    periods = {one.label: said.period(one) for one in result.periods}
    shares = _shares(result, parts, said)
    view = parts_table(parts, result.by, kpi, result.unit, shares, periods, said)
    return replace(view, title=title, notes=view.notes + notes)


def parts_table(
    parts: Sequence[Part],
    by: Sequence[str],
    kpi: str,
    unit: str,
    shares: Sequence[str],
    periods: Mapping[str, str],
    said: Words,
) -> View:
    """Rows of parts side by side; of one row a line a part, which reads better.

    `shares`: the figure of each row, where it is none of its parts.
    """
    if is_triangle(parts):
        header, rows, marks = triangle_lines(parts, kpi, periods, said)
        heads = [visible(said.column(name)) for name in by]
        return View("", heads + header, rows, len(by) + 2, notes=marks)
    names = list(dict.fromkeys(name for part in parts for name in part.values))
    called = {name: visible(said.column(name, kpi)) for name in names}
    if len(parts) == 1:
        mine = parts[0].values
        rows = [
            [
                called[name],
                part_text(mine[name], _places([mine[name]]), said, _is_share(name, unit), name),
            ]
            for name in names
        ]
        return View("", [said.say("part"), said.say("value")], rows)
    places = {name: _places([part.values.get(name) for part in parts]) for name in names}
    words = 0 if shares else _leading_words(parts, names)
    header = [*(visible(said.column(name)) for name in by), said.say("period")]
    header += [said.say("value")] * bool(shares) + [*called.values()]
    rows = [
        [
            *(said.name(*each) for each in part.group.items()),
            visible(periods.get(part.period, part.period)) if part.period else "",
            *shares[at : at + 1],
            *(
                part_text(part.values.get(name), places[name], said, _is_share(name, unit), name)
                for name in names
            ),
        ]
        for at, part in enumerate(parts)
    ]
    return View("", header, rows, len(by) + 1 + words)


def _leading_words(parts: Sequence[Part], names: Sequence[str]) -> int:
    """How many of the first columns are names and no numbers: a stage, an owner."""
    for at, name in enumerate(names):
        if not all(isinstance(part.values.get(name, ""), str) for part in parts):
            return at
    return len(names)


def _shares(result: Result, parts: Sequence[Part], said: Words) -> list[str]:
    """The figure of each row, where it is none of its parts but a share of them."""
    if len(parts) != len(result) or not isinstance(getattr(result, "head", None), Result):
        return []
    return cells_text(result, result.rows(), said, DASH)


# Parts that are shares of something, by how they are called: 0.07 of it is 7 %.
SHARE = re.compile(
    r"((?<!run_)rate|conversion|retention|chance|margin|monthly churn|accuracy|bias|calls_reached)$"
    r"|^(after_\d+|top .*)$"
)
OF_A_RATE = ("projected", "resolved", "closed_low", "closed_high", "low", "high")


def _is_share(name: str, unit: str) -> bool:
    rate = name in OF_A_RATE and unit == "proportion"
    return rate or SHARE.search(name) is not None


def part_text(value: Value, places: int, said: Words, share: bool = False, column: str = "") -> str:
    """What stands in a column of a table of parts."""
    if share and isinstance(value, (int, float)) and not isinstance(value, bool):
        return "<0.1%" if 0 < value < 0.0005 else f"{value:z.1%}"
    if isinstance(value, Reason):
        return visible(value.said(said.lang))
    if value is not None and column in said.called:
        return said.name(column, value)
    if value is None or isinstance(value, (str, bool)):
        return DASH if value is None else visible(said.column(str(value)))
    return f"{value:,}" if isinstance(value, int) else f"{value:z,.{places}f}"


def _places(values: Sequence[Any]) -> int:
    """Decimals of a column: none where all are whole or one is large, as with money."""
    numbers = [value for value in values if isinstance(value, float)]
    large = any(abs(number) >= 1000 for number in numbers)
    return 0 if large or all(number.is_integer() for number in numbers) else 2


# The tables of a notebook, wherever it is shown: they bring their own style.
TABLE_STYLE = (
    ".smt{border-collapse:collapse;font-size:inherit;font-variant-numeric:tabular-nums;"
    "margin:.3em 0 .8em}"
    ".smt caption{text-align:left;font-weight:600;padding:.3em 0;white-space:normal}"
    ".smt th,.smt td{padding:.2em .7em;text-align:right;vertical-align:top;"
    "border-bottom:1px solid #8a94a055}"
    ".smt th{border-bottom:1px solid #8a94a0}.smt .l{text-align:left}"
)


def table_html(
    caption: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    left: int,
    remarks: bool = False,
) -> str:
    """A table, numbers to the right, without empty columns; whoever shows it has the style."""
    last = len(header) - 1
    used = [i for i in range(last + 1) if i < left or any(row[i] for row in rows)]
    looks = {i: ' class="l"' if i < left or (remarks and i == last) else "" for i in used}
    head = "".join(f'<th scope="col"{looks[i]}>{_lines(header[i])}</th>' for i in used)
    body = "".join(
        f"<tr>{''.join(f'<td{looks[i]}>{_lines(one)}</td>' for i, one in each.items())}</tr>"
        for row in rows
        for each in [{i: shortened(row[i]) if i < left else row[i] for i in used}]
    )
    named = f"<caption>{_lines(caption)}</caption>" if caption else ""
    return f'<table class="smt">{named}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def result_html(result: Result, lang: str = "en") -> str:
    """A table of every figure."""
    result = result.as_shown
    said = words(lang, result.evidence.called)
    view = (parts_view(result, said) if result.shows_parts else None) or result_view(result, said)
    left = len(view.rows) - MOST_ROWS
    more = f" {said.say('more', count=f'{left:,}')}" if left > 0 else ""
    rows = view.rows[:MOST_ROWS]
    notes = "".join(f"<p>{_lines(note)}</p>" for note in view.notes)
    table = table_html(f"{view.title}{more}", view.header, rows, view.left, view.remarks)
    return table + notes


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
