"""Cohorts as a triangle: a line a cohort and what of it, a column an age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .parts import Part
from .words import Words

__all__ = ["is_triangle", "triangle_lines"]

# Of each line: what it is of, where it began, and the share of that at each age.
OF = (("customers", "retention"), ("revenue", "revenue_retention"))


def is_triangle(parts: Sequence[Part]) -> bool:
    """Whether the rows are ages of cohorts."""
    return bool(parts) and {"age", "retention"} <= parts[0].values.keys()


def triangle_lines(
    parts: Sequence[Part], kpi: str, periods: Mapping[str, str], said: Words
) -> tuple[list[str], list[list[str]], list[str]]:
    """Header, lines and notes, without the columns of the groups; what is not over is marked."""
    cohorts: dict[tuple[Any, ...], list[Part]] = {}
    for part in parts:
        cohorts.setdefault((*part.group.items(), part.period), []).append(part)
    ages = range(max(len(each) for each in cohorts.values()))
    age = said.column("age", kpi)
    header = [said.say("period"), "", said.say("started_with"), *(f"{age}\n{at}" for at in ages)]
    lines = []
    for each in cohorts.values():
        first = each[0]
        names = [said.name(column, label) for column, label in first.group.items()]
        names.append(periods.get(first.period or "", first.period or ""))
        for of, share in OF:
            begun = first.values.get(of)
            if begun is None:  # no amounts
                continue
            cells = [_share(part, share) for part in each]
            amount = f"{begun:,.0f}" if isinstance(begun, (int, float)) else ""
            blank = [""] * (len(ages) - len(cells))
            lines.append([*names, said.column(of, kpi), amount, *cells, *blank])
    marked = any(part.values.get("unfinished") for part in parts)
    return header, lines, [f"* {said.say('unfinished')}"] if marked else []


def _share(part: Part, name: str) -> str:
    """A share of what began, with a mark while its period is not over."""
    value, mark = part.values.get(name), "*" if part.values.get("unfinished") else ""
    return f"{value:.1%}{mark}" if isinstance(value, (int, float)) else "-"
