"""Results and snapshots as text for a terminal."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..measures import Cell, Result

if TYPE_CHECKING:
    from ..snapshot import Figure, Snapshot

__all__ = ["cell_text", "columns_text", "result_text", "snapshot_text", "visible"]

MOST_ROWS = 60
MISSING_GROUP = "(none)"


def result_text(result: Result) -> str:
    """One figure as a line, several as a table."""
    if len(result) == 1:
        cell = result.rows()[0]
        return f"{result.evidence.what}: {cell_text(result, cell)}{_evidence(cell)}"
    header = [*result.by, "period", "value", "n", "excluded", "undefined because"]
    rows = [
        [
            *map(group_text, cell.group),
            cell.period.label + (" (unfinished)" if cell.unfinished else ""),
            cell_text(result, cell),
            f"{cell.n:,}",
            f"{sum(cell.excluded.values()):,}" if cell.excluded else "",
            cell.reason or "",
        ]
        for cell in result.rows()
    ]
    shown = columns_text(header, rows[:MOST_ROWS], left=len(result.by) + 1)
    more = f"\n... {len(rows) - MOST_ROWS:,} more rows" if len(rows) > MOST_ROWS else ""
    return f"{result.evidence.what} ({result.currency or result.unit})\n{shown}{more}"


def cell_text(result: Result, cell: Cell) -> str:
    """The value as people read it: money with its currency's decimals, shares in percent."""
    if cell.value is None:
        return "undefined"
    if result.unit in ("proportion", "share of amount"):
        return f"{cell.value:.1%}"
    if result.currency is not None:
        return f"{cell.value:,.2f}" if abs(cell.value) < 1000 else f"{cell.value:,.0f}"
    if isinstance(cell.value, int):
        return f"{cell.value:,}"
    return f"{cell.value:,.1f}"


def group_text(label: Any) -> str:
    return MISSING_GROUP if label is None else visible(str(label))


def visible(text: str) -> str:
    """Without control characters, which could move the cursor or turn the writing direction."""
    return "".join(
        f"\\u{ord(char):04x}" if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") else char
        for char in text
    )


def _evidence(cell: Cell) -> str:
    parts = [cell.period.label]
    if cell.denominator is not None and cell.numerator is not None and cell.denominator != cell.n:
        parts.append(f"{cell.numerator:,} / {cell.denominator:,}")
    parts.append(f"n={cell.n:,}")
    parts += [f"{count:,} excluded: {why}" for why, count in cell.excluded.items()]
    parts += [f"{count:,} assumed: {why}" for why, count in cell.assumed.items()]
    if cell.undecided:
        parts.append(f"{cell.undecided:,} undecided")
    if cell.reason:
        parts.append(cell.reason)
    if cell.unfinished:
        parts.append("period unfinished")
    return f"  ({'; '.join(parts)})"


def width(text: str) -> int:
    """Columns on a terminal: a Hangul syllable takes two."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def columns_text(header: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Aligned columns: the first `left` to the left, the others to the right."""
    used = [i for i, name in enumerate(header) if i < left or any(row[i] for row in rows)]
    table = [[line[i] for i in used] for line in (header, *rows)]
    wide = [max(width(line[i]) for line in table) for i in range(len(used))]

    def aligned(line: Sequence[str]) -> str:
        cells = [
            text + " " * (wide[i] - width(text))
            if used[i] < left
            else " " * (wide[i] - width(text)) + text
            for i, text in enumerate(line)
        ]
        return "  ".join(cells).rstrip()

    rule = "  ".join("-" * size for size in wide)
    return "\n".join([aligned(table[0]), rule, *(aligned(line) for line in table[1:])])


def snapshot_text(snapshot: Snapshot, lines: int | None = None) -> str:
    """The overall figures, then a block of groups, then what is missing."""
    periods = ", ".join(period.label for period in snapshot.periods)
    facts = [f"KPI snapshot of {periods}"]
    if snapshot.known_until:
        facts.append(f"known until {snapshot.known_until}")
    if snapshot.currency:
        facts.append(f"money in {snapshot.currency}")
    parts = ["; ".join(facts), _overall(snapshot)]
    for period in range(len(snapshot.periods)) if snapshot.by else ():
        parts += _groups(snapshot, period)
    notes = [
        f"{figure.name}: shown overall only: {figure.ungrouped}"
        for figure in snapshot.figures
        if figure.ungrouped
    ]
    if snapshot.needs:
        missing = "\n".join(f"  {need.name} needs {need.needs}" for need in snapshot.needs)
        notes.append(f"Not computed:\n{missing}")
    return "\n\n".join([*parts, *notes])


def _overall(snapshot: Snapshot) -> str:
    single = len(snapshot.periods) == 1
    header = ["kpi", *(period.label for period in snapshot.periods)]
    header += ["n", "left out or assumed"] if single else []
    rows = []
    for figure in snapshot.figures:
        cells = [figure.total.cell(p, 0) for p in range(len(snapshot.periods))]
        row = [_title(figure), *(cell_text(figure.total, cell) for cell in cells)]
        if single:
            row += [f"{cells[0].n:,}", _notes(cells[0])]
        rows.append(row)
    return columns_text(header, rows, left=1)


def _notes(cell: Cell) -> str:
    notes = [f"{count:,} {why}" for why, count in (*cell.excluded.items(), *cell.assumed.items())]
    if cell.undecided:
        notes.append(f"{cell.undecided:,} undecided")
    return "; ".join(notes)


def _title(figure: Figure) -> str:
    return figure.name


def _groups(snapshot: Snapshot, period: int) -> list[str]:
    """The grouped KPIs side by side, in as many blocks as the terminal is wide."""
    room = shutil.get_terminal_size((100, 24)).columns
    label = snapshot.periods[period].label
    blocks: list[str] = []
    # KPIs of different tables can have different groups: each set of groups is a table of its own.
    grouped = [figure for figure in snapshot.figures if figure.groups is not None]
    for groups in dict.fromkeys(f.groups.groups for f in grouped if f.groups is not None):
        columns = [
            (f, [cell_text(f.groups, f.groups.cell(period, g)) for g in range(len(groups))])
            for f in grouped
            if f.groups is not None and f.groups.groups == groups
        ]
        names = [list(map(group_text, group)) for group in groups]
        taken = sum(
            max([width(n[i]) for n in names] + [width(by)]) + 2 for i, by in enumerate(snapshot.by)
        )
        block: list[tuple[Figure, list[str]]] = []
        used = taken
        for figure, texts in columns:
            size = max(width(text) for text in (_title(figure), *texts)) + 2
            if block and used + size > room:
                blocks.append(_block(snapshot, label, names, block))
                block, used = [], taken
            block.append((figure, texts))
            used += size
        if block:
            blocks.append(_block(snapshot, label, names, block))
    return blocks


def _block(
    snapshot: Snapshot, label: str, names: list[list[str]], block: list[tuple[Figure, list[str]]]
) -> str:
    header = [*snapshot.by, *(_title(figure) for figure, _ in block)]
    rows = [[*name, *(texts[g] for _, texts in block)] for g, name in enumerate(names)]
    return (
        f"{label} by {', '.join(snapshot.by)}\n{columns_text(header, rows, left=len(snapshot.by))}"
    )
