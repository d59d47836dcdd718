"""Charts over time: the course of a figure, and of groups month by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...snapshots import schema as form
from ..others import others_named, together
from ..told import Told, column_said, months_of
from .chart import MOST_ROWS as MOST_IN_TABLE, Chart, drawn_of
from .heat_chart import HeatChart
from .line_chart import Course, LineChart

__all__ = ["course_of", "heat", "trend"]

YEAR = 12
MOST_ROWS = 30
Point = tuple[str, float | None, bool]  # its label, the value, and whether it is not over


def course_of(figure: Told) -> list[Point]:
    """The months of a snapshot, else the periods of a result."""
    if figure.figure.recent:
        pieces = months_of(figure.figure, 10 * YEAR)
        return [(one.period.label, one.value, one.unfinished) for one in pieces]
    cells = [cell for cell in figure.figure.figures if not cell.group]
    return [(cell.period, cell.value, cell.unfinished) for cell in cells]


def trend(figure: Told, target: float | None = None) -> Chart | None:
    """The last twelve, beside the twelve before; None where there are no two."""
    points, said = course_of(figure), figure.said
    monthly = all(len(label) == 7 and label[4] == "-" for label, _, _ in points)
    now = points[-YEAR:] if monthly and len(points) > YEAR else points
    before = points[-2 * YEAR : -YEAR] if len(now) < len(points) else []
    before = before[_unrecorded(figure, before) :]
    if len(now) < 2 or all(value is None for _, value, _ in now):
        return None
    earlier = [None] * (len(now) - len(before)) + [value for _, value, _ in before]
    labels = [label for label, _, _ in now]
    open_ones = frozenset(at for at, (_, _, unfinished) in enumerate(now) if unfinished)
    courses = [Course(figure.title, [value for _, value, _ in now])]
    if before:
        courses.append(Course(said.say("year_before"), earlier))
    shape = LineChart(
        labels=labels,
        courses=courses,
        text=figure.text,
        from_zero=figure.from_zero,
        unfinished=open_ones,
        target=None if target is None else (said.say("target"), target),
        names=(said.say("period"), figure.title),
        open_name=said.say("unfinished"),
    )
    header = [said.say("period"), figure.title, *([said.say("year_before")] if before else [])]
    rows = [
        [
            f"{label} ({said.say('unfinished')})" if at in open_ones else label,
            figure.text(value),
            *([_text(figure, earlier[at])] if before else []),
        ]
        for at, (label, value, _) in enumerate(now)
    ]
    finding = _course_said(figure, now, earlier)
    return Chart("trend", figure.title, finding, header, rows, shape, lang=said.lang)


def _unrecorded(figure: Told, before: Sequence[Point]) -> int:
    """How many of the first months have no row: nothing tells that records had begun by then."""
    rows = {piece.period.label: piece.n for piece in figure.figure.recent}
    return next((at for at, (label, *_) in enumerate(before) if rows.get(label, 1)), len(before))


def _text(figure: Told, value: float | None) -> str:
    return "-" if value is None else figure.text(value)


def _course_said(figure: Told, now: Sequence[Point], before: Sequence[float | None]) -> str:
    """The last one that is over, beside the year before or the highest."""
    over = [at for at, (_, value, open_) in enumerate(now) if value is not None and not open_]
    at = over[-1] if over else max(i for i, (_, value, _) in enumerate(now) if value is not None)
    label, value, _ = now[at]
    said = figure.said
    if before[at] is not None:
        return said.say(
            "finding_year", kpi=figure.title, period=label, value=figure.text(value),
            base=figure.text(before[at]),
        )  # fmt: skip
    mine = over or [at]
    top = max(mine, key=lambda i: now[i][1] or 0)
    if len(mine) == 1:
        return said.say("finding_only", kpi=figure.title, value=figure.text(value), at=label)
    if len({now[i][1] for i in mine}) == 1:  # nothing is higher than the others
        return said.say("finding_level", kpi=figure.title, value=figure.text(value), at=label,
                        n=len(mine))  # fmt: skip
    return said.say(
        "finding_course", kpi=figure.title, period=label, value=figure.text(value),
        top=figure.text(now[top][1]), at=now[top][0],
    )  # fmt: skip


def heat(figure: Told, by: Sequence[str]) -> Chart | None:
    """Groups by periods; the groups with the most first."""
    cells = [cell for cell in figure.figure.figures if list(cell.group) == list(by)]
    periods = list(dict.fromkeys(cell.period for cell in cells))
    groups: dict[tuple[object, ...], dict[str, form.DocumentCell]] = {}
    for cell in cells:
        groups.setdefault(tuple(cell.group.values()), {})[cell.period] = cell
    if not any(cell.value is not None for cell in cells):
        return None
    ranked = sorted(groups.values(), key=lambda row: -sum(c.value or 0 for c in row.values()))
    values = [[row[p].value if p in row else None for p in periods] for row in ranked]
    texts = _texts(figure, values)
    said = figure.said
    names = [said.brief(next(iter(row.values())).group) for row in ranked]
    column = ", ".join(column_said(name, said) for name in by)
    names_of = (column, said.say("period"), figure.title)
    shown, rest = ranked[:MOST_ROWS], _together(figure, ranked[MOST_ROWS:], periods)
    lines = [*names[:MOST_ROWS], *([others_named(figure, len(names) - MOST_ROWS)] if rest else [])]
    cells_of = [*shown, *([rest] if rest else [])]
    open_cells = frozenset(
        (i, j)
        for i, row in enumerate(cells_of)
        for j, period in enumerate(periods)
        if period in row and row[period].unfinished
    )
    drawn = [[row[p].value if p in row else None for p in periods] for row in cells_of]
    shape = HeatChart(
        lines, periods, drawn, _texts(figure, drawn), open_cells, names_of, others=bool(rest)
    )
    known = [(v, i, j) for i, row in enumerate(values) for j, v in enumerate(row) if v is not None]
    high, low = max(known, key=lambda one: one[0]), min(known, key=lambda one: one[0])
    finding = (
        said.say("finding_alike", n=f"{len(known):,}", value=figure.text(high[0]))
        if high[0] == low[0]
        else said.say(
            "finding_heat", high=figure.text(high[0]), at=f"{names[high[1]]}, {periods[high[2]]}",
            low=figure.text(low[0]), other=f"{names[low[1]]}, {periods[low[2]]}",
        )
    ) + drawn_of(MOST_ROWS, len(names), said, bool(rest))  # fmt: skip
    title = f"{figure.title} {said.say('by', columns=column)}"
    rows = [[name, *texts[i]] for i, name in enumerate(names)]
    last = _together(figure, ranked[MOST_IN_TABLE:], periods)
    told = _texts(figure, [[last[p].value if p in last else None for p in periods]])[0]
    return Chart(
        "heat", title, finding, [column, *periods], rows, shape, lang=said.lang,
        others=[others_named(figure, len(names) - MOST_IN_TABLE), *told] if last else (),
    )  # fmt: skip


def _together(
    figure: Told, rows: Sequence[Mapping[str, form.DocumentCell]], periods: Sequence[str]
) -> dict[str, form.DocumentCell]:
    """Period by period what these groups come to, where their figures add."""
    found = {p: together(figure, [row[p] for row in rows if p in row]) for p in periods}
    return {period: cell for period, cell in found.items() if cell is not None}


def _texts(figure: Told, rows: Sequence[Sequence[float | None]]) -> list[list[str]]:
    return [["" if value is None else figure.text(value) for value in row] for row in rows]
