"""The first screen: what a sales leader asks first, in at most 40 lines of a terminal.

Headline figures by section, the owners ranked, three things that need a look, and where the rest
is.  On a narrow terminal the course goes first, then the target; figures stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from ..catalog import KPIS
from ..insight.sections import sections
from ..results.formats import reached_text
from ..results.text_table import visible, width, wrapped
from ..results.words import Words, words
from ..snapshots import schema as form
from .attention import looks
from .charts.forecast_chart import chance_said
from .ranking import ranked
from .sparkline import sparkline
from .told import Told, aims_of_whole, months_of, reason_said, span_said, target_of, told

__all__ = ["LINES", "Beside", "against_told", "facts_told", "screen_text"]

LINES = 40
GAP = 2
VALUE, CHANGE, TARGET, COURSE = 2, 3, 4, 5  # columns of the headlines
NEEDS = 3  # of what KPIs need, so many are named


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known beside the document of the first screen: the needs of all KPIs."""

    needs: Sequence[form.DocumentNeed] = ()


def screen_text(
    document: form.Document, beside: Beside, lang: str = "en", room: int = 100, bars: bool = True
) -> str:
    """The screen; without `bars` where a terminal has no signs for them."""
    said = words(lang, document.called)
    figures = told(document, said)
    period = document.periods[-1].label
    table, apart = _headlines(document, figures, said, period, room, bars)
    found = looks(document, said)
    tail = ["", said.say("looks")]
    for at, one in enumerate(found, 1):
        first, *more = wrapped(f"{at}  {one.text}", room - 5)
        tail += [f"  {first}", *(f"     {line}" for line in more)]
    tail += [] if found else [f"  {said.say('looks_none')}"]
    tail += ["", *_rest(beside, len(table) - 1, said, room)]
    changes = against_told(document, said) if said.say("change") in table[0] else ""
    head = [
        *wrapped(facts_told(document, said), room),
        *_lines("; ".join(filter(None, [changes, apart])), room),
        *chain(*(wrapped(reason_said(why, said), room) for why in document.targets_elsewhere)),
        "",
    ]
    left = LINES - len(head) - len(table) - len(tail) - 1
    ranks = (
        ranked(document, figures, said, period, most=min(5, left - 3), room=room)
        if left > 3
        else []
    )
    people = ["", *(line for line in ranks)] if ranks else []
    return "\n".join([*head, *table, *people, *tail])


def facts_told(document: form.Document, said: Words) -> str:
    """One line: the period, how far it is gone, until when facts are known, the money."""
    span = document.periods[-1]
    start, end = date.fromisoformat(span.start), date.fromisoformat(span.end)
    found = [visible(span.label)]
    if (why := _unbegun(document)) is not None:  # which says until when facts are known
        found.append(reason_said(why, said))
    elif document.known_until:
        known = date.fromisoformat(document.known_until[:10])
        elapsed = (known - start).days + 1
        if 0 < elapsed < (end - start).days:
            found.append(said.say("gone", elapsed=elapsed, days=(end - start).days))
        found.append(said.say("known", at=document.known_until[:16].replace("T", " ")))
    if document.currency:
        found.append(document.currency)
    if document.where:
        each = dict.fromkeys(
            f"{said.column(name)} = {' | '.join(map(str, labels))}"
            for condition in document.where.values()
            for name, labels in condition.items()
        )
        found.append(visible(said.say("where", conditions=", ".join(each))))
    return " · ".join(found)


def _unbegun(document: form.Document) -> form.DocumentReason | None:
    """That the last period has not begun: it holds for all, so that it is said once."""
    last = document.periods[-1].label
    cells = [cell for one in document.kpis for cell in one.figures if cell.period == last]
    reasons = [cell.reason for cell in cells if cell.reason is not None]
    return next((why for why in reasons if why.code == "unbegun"), None)


def against_told(document: form.Document, said: Words) -> str:
    """What the changes are against, of the last period: said once, for all of them."""
    last = document.periods[-1].label
    for figure in document.kpis:
        for cell in figure.figures:
            for one in cell.compared[:1]:
                if one.period is None or cell.period != last:
                    continue
                word = "same_part" if one.elapsed else "against"
                return said.say(word, base=span_said(one.period, said))
    return ""


def _lines(text: str, room: int) -> list[str]:
    return wrapped(text, room) if text else []


def _headlines(
    document: form.Document, figures: Mapping[str, Told], said: Words, period: str, room: int,
    bars: bool,
) -> tuple[list[str], str]:  # fmt: skip
    """A line a figure beside the name of its section: value, change, target, course; and what is
    to be said of the courses."""
    aims = aims_of_whole(document, period)
    rows: list[list[str]] = []
    ranges: set[str] = set()
    months, apart = "", ""
    for section in sections().values():
        title = section.title(said.lang)
        for name in section.headlines(figures):
            figure = figures.get(name)
            cell = None if figure is None else figure.whole.get(period)
            if figure is None or cell is None or (figure.is_ahead and not cell.unfinished):
                continue
            course = months_of(figure.figure) if bars else []
            not_over = bool(course) and course[-1].unfinished
            line = sparkline([one.value for one in course], figure.from_zero, not_over)
            apart = said.say("month_apart") if line and not_over else apart
            months = said.say("months", count=len(course)) if line else months
            change = figure.change(cell.compared[0]) if cell.compared else ""
            target = _target(aims[name], figure) if name in aims else ""
            if figure.is_ahead:
                change, target = figure.range_of(cell), _chance(figure, cell)
                ranges.add(change)
            rows.append([title, figure.short, figure.text(cell.value), change, target, line])
            title = ""
    heads = ["", "", visible(period), said.say("change"), said.say("target"), months]
    lines = [heads, *rows]
    kept = [i for i in range(6) if i < 3 or any(row[i] not in ("", "-") for row in rows)]
    sizes = [max(width(line[i]) for line in lines) for i in range(6)]
    for droppable in (COURSE, TARGET):
        if _wide(sizes, kept) > room:
            kept = [i for i in kept if i != droppable]
    if _wide(sizes, kept) > room:  # how sure a forecast is, is longer than any change
        for row in rows:
            row[CHANGE] = "" if row[CHANGE] in ranges else row[CHANGE]
        sizes = [max(width(line[i]) for line in lines) for i in range(6)]
    if _wide(sizes, kept) > room:  # figures stay, the names of their sections go
        kept = [i for i in kept if i]
    return [_line(line, kept, sizes) for line in lines], apart if COURSE in kept else ""


def _wide(sizes: Sequence[int], kept: Sequence[int]) -> int:
    return sum(sizes[i] for i in kept) + GAP * (len(kept) - 1)


def _line(row: Sequence[str], kept: Sequence[int], sizes: Sequence[int]) -> str:
    """Values to the right, all else to the left."""
    cells = []
    for i in kept:
        room = " " * (sizes[i] - width(row[i]))
        cells.append(room + row[i] if i == VALUE else row[i] + room)
    return (" " * GAP).join(cells).rstrip()


def _chance(figure: Told, cell: form.DocumentCell) -> str:
    """The chance that a forecast gives its target."""
    parts = figure.outlook(cell)
    if "target_chance" not in parts:
        return ""
    return figure.said.say("chance_of", chance=chance_said(parts["target_chance"]))


def _target(aim: form.Aim, figure: Told) -> str:
    """How much of a flow's target is reached; of other figures, whether."""
    target = figure.text(target_of(aim))
    if aim.attainment is None or aim.met is None:
        return target
    if aim.pace is not None:
        return figure.said.say("of_target", share=reached_text(aim.attainment), target=target)
    return figure.said.say("reached_target" if aim.met else "missed_target", target=target)


def _rest(beside: Beside, shown: int, said: Words, room: int) -> list[str]:
    """How many more KPIs there are and how to see them; what cannot be computed, and why."""
    section = "customers" if said.lang == "en" else "고객"
    lines = wrapped(said.say("more_kpis", shown=shown, of=len(KPIS), section=section), room)
    if not beside.needs:
        return [*lines, said.say("more_needs_none")]
    counts = Counter(reason_said(one.needs, said) for one in beside.needs)
    each = [
        said.say("need_count", need=visible(need), count=count)
        for need, count in counts.most_common(NEEDS)
    ]
    each += [said.say("more_others")] if len(counts) > NEEDS else []
    # A need may be several things with commas between them.
    needs = said.say("more_needs", count=len(beside.needs), needs="; ".join(each))
    return [*lines, *wrapped(needs, room)]
