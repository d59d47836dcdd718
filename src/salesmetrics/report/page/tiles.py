"""Tiles: a headline figure with its change, its target and its twelve months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...results.formats import reached_text
from ...snapshots import schema as form
from ..charts.drawing import place, spelled
from ..told import Told, clear, is_told, months_of, reason_said, target_of

__all__ = ["change_said", "tile"]

WIDE, HIGH = 100, 24


def tile(figure: Told, period: str, aims: Mapping[str, form.Aim]) -> str:
    """One tile; its title leads to the definition."""
    cell = figure.whole[period]
    name, aim = spelled(figure.name), aims.get(figure.name)
    text, kind = change_said(figure, cell)
    return (
        f'<article class="ti" data-kpi="{name}"><h3><a href="#k-{name}">{spelled(figure.short)}'
        f'</a></h3><span class="v">{spelled(figure.text(cell.value))}</span>'
        f'<p class="c{kind and " " + kind}">{spelled(text)}</p>'
        f"{'' if aim is None else _aim(figure, aim)}{_months(figure)}</article>"
    )


def change_said(figure: Told, cell: form.DocumentCell) -> tuple[str, str]:
    """The change and the class of its mark; where there is no figure, why."""
    if cell.value is None:
        return ("" if cell.reason is None else reason_said(cell.reason, figure.said)), ""
    if figure.is_ahead:
        return figure.range_of(cell), ""
    one = cell.compared[0] if cell.compared else None
    if one is None or one.change is None:
        return "", ""
    text = figure.change(one)
    good = {"better": "u", "worse": "d"}.get(one.direction or "", "")
    return text, good if clear(one) and is_told(text) else ""


def _aim(figure: Told, aim: form.Aim) -> str:
    """A bar of what is reached, with a mark where it should be by now."""
    said, target = figure.said, figure.text(target_of(aim))
    if aim.attainment is None:
        return f"<p data-whole>{spelled(said.say('target'))} {spelled(target)}</p>"
    reached = min(max(aim.attainment, 0.0), 1.0)
    text = said.say("of_target", share=reached_text(aim.attainment), target=target)
    if aim.pace is None:
        word = "reached_target" if aim.met else "missed_target"
        text = said.say(word, target=target)
    mark = ""
    if aim.pace is not None and aim.pace.days:
        at = min(1.0, aim.pace.elapsed / aim.pace.days) * WIDE
        mark = f'<rect class="y" x="{place(at - 0.5)}" y="0" width="1" height="7"/>'
    return (
        f"<p data-whole>{spelled(text)}</p>"
        f'<svg data-whole class="tg" viewBox="0 0 {WIDE} 7" preserveAspectRatio="none" '
        f'aria-hidden="true"><rect class="r" x="0" y="1" width="{WIDE}" height="5" rx="2"/>'
        f'<rect class="w" x="0" y="1" width="{place(reached * WIDE)}" height="5" rx="2"/>'
        f"{mark}</svg>"
    )


def _months(figure: Told) -> str:
    """The course of twelve months; what is not over is dashed."""
    months = months_of(figure.figure)
    values = [one.value for one in months]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low = min(0.0, *known) if figure.from_zero else min(known)
    high = max(known)
    points = [
        None if value is None else (at, _y(value, low, high)) for at, value in enumerate(values)
    ]
    open_last = months[-1].unfinished and points[-1] is not None
    shown = _path(points[:-1] if open_last else points, "")
    shown += _path(points[-2:], "z") if open_last else ""
    words = figure.said.say("months", count=len(months))
    first = next(one for one in months if one.value is not None)
    last = next(one for one in reversed(months) if one.value is not None)
    label = (
        f"{words}: {first.period.label} {figure.text(first.value)}, "
        f"{last.period.label} {figure.text(last.value)}"
    )
    return (
        f'<svg data-whole class="sp" viewBox="0 0 {len(values) - 1} {HIGH}" '
        'preserveAspectRatio="none" '
        f'role="img" aria-label="{spelled(label)}">{shown}</svg>'
    )


def _y(value: float, low: float, high: float) -> float:
    return 2 + (HIGH - 4) * (1 - (value - low) / (high - low) if high > low else 0.5)


def _path(points: Sequence[tuple[float, float] | None], look: str) -> str:
    """Runs of known months, each as wide as one; the style stretches them.

    A month between two that are not known is a point: no line leads to it.
    """
    runs: list[list[str]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(f"{place(point[0])} {place(point[1])}")
    found = ""
    for run in filter(None, runs):
        kind = look if len(run) > 1 else f"k {look}".rstrip()
        end = "" if len(run) > 1 else "h0"
        mark = f' class="{kind}"' if kind else ""
        found += f'<path{mark} d="M{"L".join(run)}{end}"/>'
    return found
