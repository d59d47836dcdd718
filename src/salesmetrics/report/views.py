"""A snapshot laid out as tables, which text, Markdown and HTML then draw each in their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..catalog import ENTRIES, entry
from ..errors import SalesMetricsError, shown
from ..reasons import Reason, RowsByReason, as_reason, reasons_in
from ..results import Cell
from ..results.display import DASH, View, group_text, parts_view
from ..results.formats import cells_text, unit_text
from ..results.rows_read import RowsRead
from ..results.text_table import visible
from ..results.words import Words
from .change_texts import change_text
from .target_views import targets_view

if TYPE_CHECKING:
    from ..snapshots.figures import Figure, Need, Reading, Snapshot

__all__ = [
    "facts", "grouped_views", "overall_view", "own_views", "remarks", "rows_lost", "views",
]  # fmt: skip

MOST_REASONS = 3  # of those that rows were refused for, in one line


def facts(snapshot: Snapshot, said: Words) -> str:
    """What the whole is of."""
    periods = ", ".join(map(said.period, snapshot.periods))
    found = [said.say("snapshot", periods=visible(periods))]
    if snapshot.scorecard is not None:
        card = snapshot.scorecard
        found.insert(0, visible(card.ko if said.lang == "ko" and card.ko else card.en))
    if snapshot.where:
        found.append(said.say("where", conditions=_conditions(snapshot, said)))
    if snapshot.known_until:
        found.append(said.say("known", at=snapshot.known_until.replace("T", " ")))
    if _all_unfinished(snapshot):
        found.append(said.say("unfinished"))
    if snapshot.from_history:
        found.append(said.say("from_history", fields=said.columns(snapshot.from_history)))
    if snapshot.currency:
        found.append(said.say("money", currency=snapshot.currency))
    return "; ".join(found)


def _all_unfinished(snapshot: Snapshot) -> bool:
    """Whether the periods are not over: then it is said once, for all.

    A figure of what came before (coverage that was needed) is not of the period, and says nothing.
    """
    cells = [cell for one in snapshot.figures for cell in one.total.rows()]
    return 2 * sum(cell.unfinished for cell in cells) > len(cells) and len(snapshot.periods) == 1


def _conditions(snapshot: Snapshot, said: Words) -> str:
    """What the tables are filtered by; the name of a table only where others are not."""
    texts: dict[str, list[str]] = {}
    for table, condition in snapshot.where.items():
        for name, labels in condition:
            allowed = " | ".join(group_text(label, said) for label in labels) or DASH
            texts.setdefault(f"{visible(said.column(name))} = {allowed}", []).append(table)
    every = max(map(len, texts.values()))
    return ", ".join(
        text if len(tables) == every > 1 else f"{', '.join(tables)}: {text}"
        for text, tables in texts.items()
    )


def views(snapshot: Snapshot, said: Words, top: int | None = None) -> list[View]:
    """The overall figures, each grouping, tables that KPIs have of their own, the targets.

    `top`: of the groups only so many with the largest first figure, and none without any figure.
    """
    check_top(top)
    aims = targets_view(snapshot, said)
    return [
        overall_view(snapshot, said),
        *grouped_views(snapshot, said, top),
        *own_views(snapshot, said),
        *([] if aims is None else [aims]),
    ]


def grouped_views(snapshot: Snapshot, said: Words, top: int | None = None) -> list[View]:
    """A table a grouping; KPIs of other tables, that have other groups, have one of their own."""
    found: list[View] = []
    for columns in snapshot.groupings:
        pairs = [(f, r) for f in snapshot.figures for r in f.grouped if r.by == columns]
        for groups in dict.fromkeys(r.result.groups for _, r in pairs):
            same = [(f, r) for f, r in pairs if r.result.groups == groups]
            for at in range(len(snapshot.periods)):
                found += (
                    [_course(snapshot, at, f, r, said, top) for f, r in same]
                    if snapshot.every
                    else [_grouped(snapshot, at, same, said, top)]
                )
    return found


def own_views(snapshot: Snapshot, said: Words) -> list[View]:
    """What the answers of KPIs have beside their one figure: of the whole, and by group."""
    return [
        view
        for figure in snapshot.figures
        for reading in figure.readings
        if (view := _own_table(figure, reading, said)) is not None
    ]


def remarks(snapshot: Snapshot, said: Words) -> list[str]:
    """What is to be known beside the tables."""
    found = rows_lost(snapshot.rows_read, said)
    found += [
        visible(
            said.say(
                "elapsed",
                period=said.period(period),
                base=said.period(base.period),
                days=base.days,
                base_days=base.period.days,
            )
        )
        for bases in snapshot.bases.values()
        for period, base in zip(snapshot.periods, bases, strict=True)
        if base.elapsed and base.period is not None
    ]
    found += [
        visible(f"{said.kpi(figure.entry)}: {said.say('only_overall')}: {why.said(said.lang)}")
        for figure in snapshot.figures
        for why in figure.ungroupable.values()
    ]
    found += [
        visible(f"{said.kpi(figure.entry)}: {why.said(said.lang)}")
        for figure in snapshot.figures
        for why in dict.fromkeys(figure.refused.values())
    ]
    if snapshot.needs:
        lines = [f"  {_need(need, said)}" for need in snapshot.needs]
        found.append("\n".join([said.say("not_computed") + ":", *map(visible, lines)]))
    return found


def rows_lost(read: Sequence[RowsRead], said: Words) -> list[str]:
    """Of each table that lost rows on their way in: how many are used, and why others are not."""
    return [
        visible(_rows_lost(one, said))
        for one in read
        if one.refused or one.left_out or one.unread or one.is_empty
    ]


def _rows_lost(one: RowsRead, said: Words) -> str:
    if one.is_empty:
        return Reason("no_rows_given", table=one.table).said(said.lang)
    used = Reason("rows_used", table=one.table, used=one.used, given=one.given).said(said.lang)
    told = [
        said.say(word, rows=f"{sum(rows.values()):,}", why=_mostly(rows, said))
        for word, rows in (
            ("cannot_be_used", one.refused),
            ("left_out_by_rule", one.left_out),
            ("one_cannot_be_read" if one.unread_cells == 1 else "cannot_be_read", one.unread),
        )
        if rows
    ]
    return "; ".join([used, *told])


def _mostly(rows: RowsByReason, said: Words) -> str:
    """The most frequent reasons, and that there are more."""
    first = [said.rows(n, as_reason(why)) for why, n in list(rows.items())[:MOST_REASONS]]
    return ", ".join([*first, *(["..."] if len(rows) > MOST_REASONS else [])])


def _need(need: Need, said: Words) -> str:
    """A KPI that could not be computed, and what it would need."""
    there = entry(need.name) if need.name in ENTRIES else None
    name = need.name if there is None else said.kpi(there)
    return said.say("reason_needed", kpi=name, needs=need.needs.said(said.lang))


def _versus(snapshot: Snapshot, at: int, said: Words) -> list[str]:
    labels = [bases[at].period for bases in snapshot.bases.values()]
    return [
        said.say("versus", base=said.say(against) if base is None else said.period(base))
        for against, base in zip(snapshot.bases, labels, strict=True)
    ]


def overall_view(snapshot: Snapshot, said: Words) -> View:
    single = len(snapshot.periods) == 1
    once = _all_unfinished(snapshot)
    header = [said.say("kpi"), said.say("unit")]
    for at, period in enumerate(snapshot.periods):
        pieces = snapshot.pieces[at] if snapshot.every else ()
        header += [said.period(piece) for piece in pieces if piece != period]
        header += [said.period(period), *_versus(snapshot, at, said)]
    header += [said.say("n"), said.say("notes")] if single else []
    rows = []
    for figure in snapshot.figures:
        total = figure.total
        spans = _spans(snapshot, figure.whole)
        texts = cells_text(total, [cell for cells in spans for cell in cells], said)
        row, done = [said.kpi(figure.entry), unit_text(total, said)], 0
        for at, cells in enumerate(spans):
            row += texts[done : done + len(cells)]
            done += len(cells)
            row += [
                change_text(total, one, said)
                for one in snapshot.comparisons(figure, figure.whole, at, 0)
            ]
        only = total.cell(0, 0)
        row += [f"{only.n:,}", _notes(only, said, once)] if single else []
        rows.append(row)
    return View("", [visible(name) for name in header], rows, left=2, remarks=single)


def _spans(snapshot: Snapshot, reading: Reading, group: int = 0) -> list[list[Cell | None]]:
    """For each period its pieces (None where a KPI has no figure of them), and then the whole."""
    found: list[list[Cell | None]] = []
    for at, period in enumerate(snapshot.periods):
        pieces = snapshot.pieces[at] if snapshot.every else ()
        series = reading.series
        cells = [
            None if series is None else series.cell(series.periods.index(piece), group)
            for piece in pieces
            if piece != period
        ]
        found.append([*cells, reading.result.cell(at, group)])
    return found


def _notes(cell: Cell, said: Words, once: bool) -> str:
    notes = [cell.reason.said(said.lang)] if cell.reason else []
    told = () if cell.reason is None else reasons_in(cell.reason)
    counts = (*cell.excluded.items(), *cell.assumed.items())
    notes += [said.rows(n, why) for why, n in counts if why not in told]
    if cell.undecided:
        notes.append(said.say("undecided_rows", rows=f"{cell.undecided:,}"))
    if cell.unfinished and not once:
        notes.append(said.say("unfinished"))
    return visible("; ".join(notes))


def _by(snapshot: Snapshot, at: int, reading: Reading, said: Words) -> str:
    columns = ", ".join(visible(said.column(name)) for name in reading.by)
    return f"{visible(said.period(snapshot.periods[at]))} {said.say('by', columns=columns)}"


def _names(reading: Reading, said: Words) -> tuple[list[str], list[list[str]]]:
    header = [visible(said.column(name)) for name in reading.by]
    return header, [[group_text(part, said) for part in group] for group in reading.result.groups]


def _grouped(
    snapshot: Snapshot,
    at: int,
    same: Sequence[tuple[Figure, Reading]],
    said: Words,
    top: int | None,
) -> View:
    """KPIs side by side, a row a group."""
    header, rows = _names(same[0][1], said)
    notes: list[str] = []
    every = []
    for figure, reading in same:
        result, places = reading.result, range(len(reading.result.groups))
        cells = [result.cell(at, g) for g in places]
        every.append(cells)
        header.append(f"{said.kpi(figure.entry)}\n({unit_text(result, said)})")
        columns = [cells_text(result, cells, said, DASH)]
        header += [visible(name) for name in _versus(snapshot, at, said)]
        compared = [snapshot.comparisons(figure, reading, at, g, cells[g]) for g in places]
        columns += [
            [change_text(result, each[i], said) for each in compared]
            for i in range(len(snapshot.bases))
        ]
        for g, row in enumerate(rows):
            row.extend(texts[g] for texts in columns)
        notes += _why_undefined(said.kpi(figure.entry), cells, said)
    rows, more = _largest(rows, every, top, said)
    title = _by(snapshot, at, same[0][1], said)
    return View(title, header, rows, len(same[0][1].by), notes=[*more, *notes])


def check_top(top: int | None) -> None:
    """Refuse what is no number of rows."""
    if top is not None and (isinstance(top, bool) or not isinstance(top, int) or top < 1):
        raise SalesMetricsError(f"top is {shown(top)}; give how many rows to show, 1 or more")


def _largest(
    rows: list[list[str]], figures: Sequence[Sequence[Cell]], top: int | None, said: Words
) -> tuple[list[list[str]], list[str]]:
    """The rows with the largest first figure, and how many others there are."""
    if top is None:
        return rows, []
    told = [at for at in range(len(rows)) if any(each[at].value for each in figures)]
    first = figures[0] if figures else ()
    order = sorted(told, key=lambda at: -(first[at].value or 0))[:top]
    left = len(rows) - len(order)
    words = {"count": f"{left:,}", "empty": f"{len(rows) - len(told):,}"}
    return [rows[at] for at in order], [said.say("more_groups", **words)] if left else []


def _course(
    snapshot: Snapshot, at: int, figure: Figure, reading: Reading, said: Words, top: int | None
) -> View:
    """One KPI, a row a group and a column a piece of the period."""
    header, rows = _names(reading, said)
    result = reading.result
    spans = [_spans(snapshot, reading, g)[at] for g in range(len(result.groups))]
    texts = cells_text(result, [cell for cells in spans for cell in cells], said, DASH)
    wide = len(spans[0]) if spans else 0
    for g, row in enumerate(rows):
        row.extend(texts[g * wide : (g + 1) * wide])
        compared = snapshot.comparisons(figure, reading, at, g)
        row.extend(change_text(result, one, said) for one in compared)
    if spans:
        pieces = [piece for piece in snapshot.pieces[at] if piece != snapshot.periods[at]]
        header += [visible(said.period(each)) for each in (*pieces, snapshot.periods[at])]
        header += [visible(name) for name in _versus(snapshot, at, said)]
    title = (
        f"{said.kpi(figure.entry)} ({unit_text(result, said)}), {_by(snapshot, at, reading, said)}"
    )
    last = [result.cell(at, g) for g in range(len(result.groups))]
    rows, more = _largest(rows, [last], top, said)
    return View(
        title, header, rows, len(reading.by), notes=[*more, *_why_undefined("", last, said)]
    )


def _own_table(figure: Figure, reading: Reading, said: Words) -> View | None:
    """What a KPI's answer has beside its one figure."""
    view = parts_view(reading.result.as_shown, said, losses=False)
    title = said.kpi(figure.entry)
    if reading.by:
        columns = ", ".join(visible(said.column(name)) for name in reading.by)
        title += f" {said.say('by', columns=columns)}"
    return None if view is None else replace(view, title=title)


def _why_undefined(name: str, cells: Sequence[Cell], said: Words) -> list[str]:
    undefined = (cell.reason for cell in cells if cell.exact is None)
    reasons = ["" if why is None else why.said(said.lang) for why in undefined]
    if not reasons:
        return []
    most = max(dict.fromkeys(reasons), key=reasons.count)
    who = f"{name} " if name else ""
    return [
        visible(f"{DASH} {who}{said.say('undefined')}: {len(reasons):,} / {len(cells):,}: {most}")
    ]
