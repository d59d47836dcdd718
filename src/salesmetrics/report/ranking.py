"""Owners (or other groups) in the order of what matters, with how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..results.text_table import shortened, visible, width
from ..results.words import Words
from ..snapshots import schema as form
from .told import Told

__all__ = ["RANKED_BY", "order_of", "ranked"]

# The first of these that there is says who stands first.
RANKED_BY = ("bookings", "won_deals", "revenue", "mrr", "qualified_leads", "lead_volume")
LONGEST = 24  # a name, so that there is room for figures
GAP = 3
INDENT = "  "


def order_of(
    document: form.Document, figures: Mapping[str, Told], period: str
) -> tuple[Told, list[form.DocumentCell]] | None:
    """The KPI that ranks the first grouping, and its figures from the largest; unknown last."""
    for by in document.by:
        there = [
            (figures[name], cells)
            for name in RANKED_BY
            if name in figures and (cells := figures[name].groups(by, period))
        ]
        if there:  # what is 0 for all ranks none
            told = (one for one in there if any(cell.value for cell in one[1]))
            top, cells = next(told, there[0])
            value = {id(cell): cell.value for cell in cells}
            cells.sort(key=lambda cell: (value[id(cell)] is None, -(value[id(cell)] or 0)))
            return top, cells
    return None


def ranked(
    document: form.Document,
    figures: Mapping[str, Told],
    said: Words,
    period: str,
    most: int = 5,
    room: int = 100,
) -> list[str]:
    """The first ones, a line each: what ranks them, deals won, the win rate, its interval and n."""
    found = order_of(document, figures, period)
    if found is None or most < 1:
        return []
    top, cells = found
    by = list(cells[0].group)
    whole = top.whole[period].value
    share = bool(whole) and top.is_flow
    rate, won = figures.get("win_rate"), figures.get("won_deals")
    known = [cell for cell in cells if cell.value]
    if not known:
        return []
    title = visible(said.say("rank_of", by=_named(by, said), kpi=top.short))
    names = [shortened(said.names(cell.group), LONGEST) for cell in known[:most]]
    columns = {"": [title, *names], "top": [top.short, *(top.text(c.value) for c in known[:most])]}
    if share:
        parts = [f"{(cell.value or 0) / (whole or 1):.0%}" for cell in known[:most]]
        columns["share"] = [said.say("rank_share"), *parts]
    if won is not None and won is not top:
        counts = [won.text(_same(won, by, period, cell)) for cell in known[:most]]
        columns["won"] = [won.short, *counts]
    if rate is not None:
        heads = (rate.short, said.say("rank_interval"), said.say("rank_n"))
        rates = [_rate(rate, _cell(rate, by, period, cell)) for cell in known[:most]]
        for i, name in enumerate(("rate", "interval", "n")):
            columns[name] = [heads[i], *(one[i] for one in rates)]
    lines = _aligned(columns, room)
    left = len(known) - len(names)
    tail = [said.say("rank_more", count=f"{left:,}", by=",".join(by))] if left else []
    if without := len(cells) - len(known):
        tail.append(said.say("rank_none", count=f"{without:,}"))
    return [*lines, *([f"  {'; '.join(map(visible, tail))}"] if tail else [])]


def _named(by: Sequence[str], said: Words) -> str:
    name = ", ".join(map(said.column, by))
    return name if said.lang == "ko" else name[:1].upper() + name[1:]


def _cell(
    figure: Told, by: Sequence[str], period: str, like: form.DocumentCell
) -> form.DocumentCell | None:
    return next((one for one in figure.groups(by, period) if one.group == like.group), None)


def _same(figure: Told, by: Sequence[str], period: str, like: form.DocumentCell) -> float | None:
    found = _cell(figure, by, period, like)
    return None if found is None else found.value


def _rate(rate: Told, cell: form.DocumentCell | None) -> list[str]:
    if cell is None or cell.value is None:
        return ["-", "", "0"]
    low, high = cell.interval or (None, None)
    interval = "" if low is None or high is None else f"{low:.0%}-{high:.0%}"
    return [rate.text(cell.value), interval, f"{cell.n:,}"]


def _aligned(named: dict[str, list[str]], room: int) -> list[str]:
    """Columns beside each other as far as there is room; a rate is not shown without its n."""
    for names in (("share",), ("won",), ("interval",), ("rate", "n")):
        if sum(max(map(width, column)) + GAP for column in named.values()) > room:
            named = {name: column for name, column in named.items() if name not in names}
    columns = list(named.values())
    sizes = [max(map(width, column)) for column in columns]
    lines = []
    for at in range(len(columns[0])):
        cells = [
            column[at] + " " * (size - width(column[at]))
            if i == 0
            else " " * (size - width(column[at])) + column[at]
            for i, (column, size) in enumerate(zip(columns, sizes, strict=True))
        ]
        lines.append(("" if at == 0 else INDENT) + (" " * GAP).join(cells).rstrip())
    return lines
