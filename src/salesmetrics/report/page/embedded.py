"""The figures of groups as the page holds them: said already, in one deflated block."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...results.words import Words
from ...snapshots import schema as form
from ..ranking import order_of
from ..told import Told, label_of_group, of_target, reason_said
from .tiles import change_said

__all__ = ["Embedded", "embedded"]

MOST_GROUPS = 60  # of a grouping; the others have no filter, and the page says how many they are


@dataclass(frozen=True)
class Embedded:
    """What a filter shows: columns with their values, and the block that holds the figures."""

    names: Mapping[str, list[str]]
    left: Mapping[str, int]  # groups that are not on the page
    block: str


def embedded(document: form.Document, figures: Mapping[str, Told], said: Words) -> Embedded:
    """Every figure of every KPI, grouping and period of the document, as it is said."""
    periods = [one.label for one in document.periods]
    groupings = [(), *(tuple(by) for by in document.by)]
    groups = [_groups(document, figures, by, periods[-1]) for by in groupings]
    kept = [dict(list(each.items())[:MOST_GROUPS]) for each in groups]
    single = {by[0]: at for at, by in enumerate(groupings) if len(by) == 1}
    names = {name: list(kept[at].values()) for name, at in single.items()}
    kpis, why = {}, {}
    for name, figure in figures.items():
        by_key = _by_key(figure)
        if of_target(figure):  # which is the company's, not a group's
            by_key = {at: cell for at, cell in by_key.items() if not at[0]}
        kpis[name] = {
            str(at): [
                [_held(figure, by_key.get((by, key, p))) for key in kept[at]] for p in periods
            ]
            for at, by in enumerate(groupings)
            if any((by, key, p) in by_key for key in kept[at] for p in periods)
        }
        unaimed = said.say("page_target") if of_target(figure) else ""
        why[name] = {str(at): unaimed for at, by in enumerate(groupings) if by and unaimed} or {
            str(at): reason_said(reason, said)
            for at, by in enumerate(groupings)
            if (reason := figure.figure.ungrouped.get(", ".join(by))) is not None
        }
    data = {
        "by": [list(by) for by in groupings],
        "names": names,
        "groups": [[_key_of_names(by, key, kept, single) for key in kept[at]]
                   for at, by in enumerate(groupings)],
        "now": len(periods) - 1,
        "kpis": kpis,
        "why": {name: each for name, each in why.items() if each},
        "said": {word: said.say(f"page_{word}") for word in ("pair", "none", "untold", "filtered")},
    }  # fmt: skip
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = base64.b64encode(packer.compress(text) + packer.flush()).decode("ascii")
    left = {n: len(groups[at]) - len(kept[at]) for n, at in single.items()}
    return Embedded(names, {name: many for name, many in left.items() if many}, block)


Key = tuple[Any, ...]


def _groups(
    document: form.Document, figures: Mapping[str, Told], by: tuple[str, ...], period: str
) -> dict[Key, str]:
    """The groups of a grouping with their names, in the order of what matters."""
    if not by:
        return {(): ""}
    ordered = order_of(document.model_copy(update={"by": [list(by)]}), figures, period)
    cells = list(ordered[1]) if ordered else []
    cells += [c for one in figures.values() for c in one.groups(by, period)]
    return {
        tuple(cell.group.values()): label_of_group(cell.group, figures_said(figures))
        for cell in cells
    }


def figures_said(figures: Mapping[str, Told]) -> Words:
    """The words that these figures are told in."""
    return next(iter(figures.values())).said


def _by_key(figure: Told) -> dict[tuple[tuple[str, ...], Key, str], form.DocumentCell]:
    return {
        (tuple(cell.group), tuple(cell.group.values()), cell.period): cell
        for cell in figure.figure.figures
    }


def _key_of_names(
    by: tuple[str, ...], key: Key, kept: list[dict[Key, str]], single: Mapping[str, int]
) -> str:
    """A group as the page finds it: by the names that its filters show."""
    said = [
        kept[single[name]].get((value,), str(value)) if name in single else str(value)
        for name, value in zip(by, key, strict=True)
    ]
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _held(figure: Told, cell: form.DocumentCell | None) -> list[Any] | None:
    """The figure, its change, whether that is good, and the rows behind it."""
    if cell is None:
        return None
    text, kind = change_said(figure, cell)
    return [figure.text(cell.value), text, {" u": 1, " d": -1}.get(kind, 0), f"{cell.n:,}"]
