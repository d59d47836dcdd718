"""The figures of groups as the page holds them: said already, in one deflated block."""

from __future__ import annotations

import base64
import json
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...results.text_table import shortened, visible
from ...results.words import Words
from ...snapshots import schema as form
from ..ranking import order_of
from ..told import Told, column_said, of_target, reason_from, reason_said
from .gathered import OTHERS, Gathered, Key, gathered, with_others
from .tiles import change_said

__all__ = ["Embedded", "embedded"]

SAID = ("pair", "empty", "none", "untold", "filtered")
MOST_TOGETHER = 240  # groups of several columns; of more the page has none, and says so
MOST_GROUPS = 60  # of a grouping; the others have one filter, and the page says how many they are


@dataclass(frozen=True)
class Embedded:
    """What a filter shows: columns with their values, and the block that holds the figures."""

    names: Mapping[str, list[str]]
    left: Mapping[str, int]  # groups that are not on the page but as one
    cut: list[str]  # names that are too long for a page, as they are
    block: str


def embedded(document: form.Document, figures: Mapping[str, Told], said: Words) -> Embedded:
    """Every figure of every KPI, grouping and period of the document, as it is said."""
    periods = [one.label for one in document.periods]
    groupings = [(), *(tuple(by) for by in document.by)]
    groups = [_groups(document, figures, by, periods[-1]) for by in groupings]
    single = {by[0]: at for at, by in enumerate(groupings) if len(by) == 1}
    kept = [dict(list(each.items())[:MOST_GROUPS]) for each in groups]
    left = {name: many for name, at in single.items() if (many := len(groups[at]) - len(kept[at]))}
    whole = [said.name(name, key[0]) for name, at in single.items() for key in kept[at]]
    as_one = [gathered(by, each, kept, single) for by, each in zip(groupings, groups, strict=True)]
    for at, by in enumerate(groupings):
        if len(by) > 1:
            kept[at] = _together(by, groups[at], as_one[at], kept, single)
    for name, many in left.items():
        named = {(OTHERS,): said.say("others_of", n=f"{many:,}")}
        kept[single[name]] = _told_apart({**kept[single[name]], **named})
    there = [at for at, by in enumerate(groupings) if kept[at] or len(by) < 2]
    groupings = [groupings[at] for at in there]
    as_one, kept = [as_one[at] for at in there], [kept[at] for at in there]
    single = {by[0]: at for at, by in enumerate(groupings) if len(by) == 1}
    names = {name: list(kept[at].values()) for name, at in single.items()}
    cut = [name for name in dict.fromkeys(whole) if shortened(name) != name]
    kpis, why = {}, {}
    columns: list[dict[str, list[Any]]] = [{}, {}, {}, {}]  # alike beside alike is small
    for name, figure in figures.items():
        by_key = with_others(figure, _by_key(figure), groupings, as_one, periods)
        if of_target(figure):  # which is the company's, not a group's
            by_key = {at: cell for at, cell in by_key.items() if not at[0]}
        cells: dict[tuple[str, str, int, str], int] = {}
        kpis[name] = {
            str(at): [
                [
                    -1 if (one := by_key.get((by, key, p))) is None
                    else cells.setdefault(_held(figure, one), len(cells))
                    for key in kept[at]
                ]
                for p in periods
            ]
            for at, by in enumerate(groupings)
            if any((by, key, p) in by_key for key in kept[at] for p in periods)
        }  # fmt: skip
        for part, column in zip(zip(*cells, strict=True), columns, strict=False):
            column[name] = list(part)
        unaimed = said.say("page_target") if of_target(figure) else ""
        why[name] = {str(at): unaimed for at, by in enumerate(groupings) if by and unaimed} or {
            str(at): _why_not(reason, by, said)
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
        "cells": columns,
        "about": {name: _about(one, periods[-1], said) for name, one in figures.items()},
        "why": {name: each for name, each in why.items() if each},
        "said": {word: said.say(f"page_{word}") for word in SAID},
    }  # fmt: skip
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = base64.b64encode(packer.compress(text) + packer.flush()).decode("ascii")
    return Embedded(names, left, cut, block)


def _about(figure: Told, period: str, said: Words) -> str:
    """What it is, and which rows the figure of the whole is without, or has only by assumption."""
    found = [said.definition(figure.figure.of, figure.figure.definition)]
    cell = figure.whole.get(period)
    for word in ("excluded", "assumed"):
        rows = [] if cell is None else getattr(cell, word)
        told = ", ".join(said.rows(one.rows, reason_from(one)) for one in rows)
        found += [f"({said.say(f'{word}_rows', rows=told)})"] if told else []
    return visible(" ".join(found))


def _together(
    by: tuple[str, ...],
    groups: Mapping[Key, str],
    as_one: Gathered,
    kept: Sequence[Mapping[Key, str]],
    single: Mapping[str, int],
) -> dict[Key, str]:
    """The groups of several columns as the filters of each show them: all of them, or none."""
    there = {
        key: label
        for key, label in groups.items()
        if all(
            name not in single or (value,) in kept[single[name]]
            for name, value in zip(by, key, strict=True)
        )
    }
    return there | dict.fromkeys(as_one, "") if len(there) <= MOST_TOGETHER else {}


def _groups(
    document: form.Document, figures: Mapping[str, Told], by: tuple[str, ...], period: str
) -> dict[Key, str]:
    """The groups of a grouping with their names, in the order of what matters."""
    if not by:
        return {(): ""}
    ordered = order_of(document.model_copy(update={"by": [list(by)]}), figures, period)
    cells = list(ordered[1]) if ordered else []
    cells += [c for one in figures.values() for c in one.groups(by, period)]
    said = figures_said(figures)
    found: dict[Key, str] = {}
    for cell in cells:
        found.setdefault(tuple(cell.group.values()), said.brief(cell.group))
    return _told_apart(found)


def _told_apart(names: dict[Key, str]) -> dict[Key, str]:
    """Long names that are cut to the same are numbered."""
    taken: Counter[str] = Counter()
    for key, name in names.items():
        taken[name] += 1
        if taken[name] > 1:
            names[key] = f"{name} ({taken[name]})"
    return names


def _why_not(reason: form.DocumentReason, by: tuple[str, ...], said: Words) -> str:
    """Why there is no figure of such groups, for those who cannot ask for others."""
    if reason.code not in ("no_group", "no_group_near"):
        return reason_said(reason, said)
    columns = ", ".join(column_said(name, said) for name in by)
    return said.say("page_ungrouped", columns=columns)


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


def _held(figure: Told, cell: form.DocumentCell) -> tuple[str, str, int, str]:
    """The figure, its change, whether that is good, and the rows behind it."""
    text, kind = change_said(figure, cell)
    return figure.text(cell.value), text, {"u": 1, "d": -1}.get(kind, 0), f"{cell.n:,}"
