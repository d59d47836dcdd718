"""What needs a look: of everything a document shows, the few things that ask for a person.

Each kind has one place: targets, a change for the worse, a stage, deals that wait, rows left out,
figures that cannot be told.  The heaviest come first; how heavy says the rule beside each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..insight.sections import sections
from ..reasons import Reason, rows_of
from ..results.formats import reached_text
from ..results.text_table import visible
from ..results.words import Words
from ..snapshots import schema as form
from .told import (
    Told,
    aimed,
    clear,
    landing_of,
    reason_said,
    span_said,
    target_of,
    told,
)

__all__ = ["Look", "looks"]

FEW = 10  # rows below which a change is not called one


@dataclass(frozen=True, slots=True)
class Look:
    """One thing: what kind it is, how much it weighs, the KPI it is of, and a sentence."""

    kind: str
    weight: float
    kpi: str | None
    text: str


def looks(document: form.Document, said: Words, most: int = 3) -> list[Look]:
    """The heaviest of each kind, at most so many."""
    figures = told(document, said)
    period = document.periods[-1].label
    found = [
        *_targets(document, figures, said, period),
        *_worse(figures, said, period),
        *_stages(figures, said, period),
        *_waiting(figures, said, period),
        *_unknown(figures, said, period),
    ]
    refused = {one.table: sum(why.rows for why in one.refused) for one in document.rows}
    if rows := sum(refused.values()):
        tables = ", ".join(
            said.say("so_many_of", n=f"{n:,}", table=rows_of(table).said(said.lang))
            for table, n in refused.items()
            if n
        )
        found.append(Look("data", 45, None, said.say("look_data", n=f"{rows:,}", tables=tables)))
    for read in document.rows:
        if cells := sum(why.rows for why in read.unread):
            text = Reason("note_unread", table=read.table, cells=cells).said(said.lang)
            found.append(Look("cells", 20, None, text))
    empty = [one.table for one in document.rows if one.is_empty]
    for table in empty:
        text = Reason("no_rows_given", table=table).said(said.lang)
        found.append(Look("data", 50, None, text))
    best: dict[str, Look] = {}
    for one in sorted(found, key=lambda one: -one.weight):
        if one.kpi is None or all(one.kpi != other.kpi for other in best.values()):
            best.setdefault(one.kind, one)
    return list(best.values())[:most]


def _targets(
    document: form.Document, figures: Mapping[str, Told], said: Words, period: str
) -> Iterator[Look]:
    """The target missed by most: the company's sums before others, and by how much is lacking."""
    mine = [one for one in document.targets if one.period == period and one.met is False]
    for aim in mine:
        if aim.attainment is None or aim.actual is None or aim.kpi not in figures:
            continue
        figure = aimed(aim, document, figures, said)
        target = target_of(aim)
        pace = aim.pace
        running = pace is not None and pace.elapsed < pace.days
        who = said.brief(aim.group)
        name = f"{figure.title} ({who})" if who else figure.title
        if running and pace is not None:
            if pace.landing is None or pace.landing >= target:
                continue
            text = said.say(
                "look_behind", kpi=name, reached=reached_text(aim.attainment),
                gone=f"{pace.elapsed / pace.days:.0%}", landing=figure.text(landing_of(aim)),
                target=figure.text(target),
            )  # fmt: skip
            short = 1 - pace.landing / target
        else:
            text = said.say(
                "look_missed", kpi=name, actual=figure.text(aim.actual), target=figure.text(target)
            )
            short = 1 - aim.attainment
        if not who and (worst := _furthest(mine, aim, said)):
            text += said.say("look_furthest", who=worst)
        flow = 40 if pace is not None else 0
        yield Look("target", (60 if not who else 40) + flow + 40 * short, aim.kpi, text)


def _furthest(mine: list[form.Aim], whole: form.Aim, said: Words) -> str:
    """Whose part of a target is reached least."""
    parts = [
        one
        for one in mine
        if one.group
        and one.attainment is not None
        and (one.kpi, one.statistic, one.given) == (whole.kpi, whole.statistic, whole.given)
    ]
    if not parts:
        return ""
    worst = min(parts, key=lambda one: one.attainment or 0.0)
    return f"{said.brief(worst.group)} ({reached_text(worst.attainment or 0.0)})"


def _worse(figures: Mapping[str, Told], said: Words, period: str) -> Iterator[Look]:
    """A headline figure that became clearly worse: 40, and 40 x how much of it is gone."""
    for name in (kpi for one in sections().values() for kpi in one.headlines(figures)):
        figure = figures.get(name)
        cell = None if figure is None else figure.whole.get(period)
        if figure is None or cell is None or cell.n < FEW or figure.is_ahead:
            continue
        for one in cell.compared[:1]:
            if one.direction != "worse" or not clear(one) or one.base_n is None:
                continue
            size = min(1.0, abs(one.relative or 0))
            if size >= 0.1 and one.base_n >= FEW:
                before = "" if one.period is None else span_said(one.period, said)
                now, base = figure.text(cell.value), figure.text(one.base)
                text = said.say("look_worse", kpi=figure.title, now=now, base=base, period=before)
                yield Look("worse", 40 + 40 * size, name, text)


def _stages(figures: Mapping[str, Told], said: Words, period: str) -> Iterator[Look]:
    """The stage that lost most conversion against its baseline, by a fiftieth at least: 55."""
    figure = figures.get("bottlenecks")
    for row in [] if figure is None else figure.figure.table:
        values = row.values
        lost, before = values.get("lost_conversion"), values.get("baseline_conversion")
        now, left = values.get("conversion"), values.get("left")
        if row.group or row.period != period or values.get("rank") != 1:
            continue
        if not isinstance(lost, float) or lost < 0.02 or not isinstance(before, (int, float)):
            continue
        if not isinstance(now, (int, float)) or not isinstance(left, int) or left < FEW:
            continue
        text = said.say(
            "look_stage", stage=said.brief({"stage": values["stage"]}), now=f"{now:.0%}",
            before=f"{before:.0%}", n=f"{left:,}",
        )  # fmt: skip
        yield Look("stage", 55, "bottlenecks", text)


def _waiting(figures: Mapping[str, Told], said: Words, period: str) -> Iterator[Look]:
    """Open deals past their expected close, or stale: 30, and 60 x their share."""
    cells = {
        name: figures[name].whole[period].value
        for name in ("open_deals", "overdue_deals", "stale_deals")
        if name in figures and period in figures[name].whole
    }
    every = cells.get("open_deals") or 0
    for name in ("overdue_deals", "stale_deals"):
        count = cells.get(name)
        if count and every and count / every >= 0.05:
            text = said.say(f"look_{name}", n=f"{count:,}", of=f"{every:,}")
            yield Look("waiting", 30 + 60 * count / every, name, text)


def _unknown(figures: Mapping[str, Told], said: Words, period: str) -> Iterator[Look]:
    """A headline figure that is undefined though it has rows left out: 50."""
    for name in (kpi for one in sections().values() for kpi in one.headlines(figures)):
        figure = figures.get(name)
        cell = None if figure is None else figure.whole.get(period)
        if figure is not None and cell is not None and cell.value is None and cell.excluded:
            why = "" if cell.reason is None else reason_said(cell.reason, said)
            text = said.say("look_unknown", kpi=figure.title, why=visible(why))
            yield Look("unknown", 50, name, text)
