"""Targets as they are set: records or a file, checked against the catalogue."""

from __future__ import annotations

import csv
import inspect
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from pydantic import ValidationError

from ..catalog import Entry, entry
from ..errors import NotFoundError, SalesMetricsError, one_of
from ..io.found import content, is_file
from ..io.toml_file import toml_of
from ..models import Statistic, Target
from ..periods import period
from .aims import Goal, Goals

__all__ = ["goals", "read_targets"]

UNITS = ("day", "week", "two_weeks", "month", "quarter", "half", "year")
FIELDS = tuple(name for name in Target.model_fields if name not in ("group", "given"))


def goals(source: str | Path | Iterable[Target] | Goals) -> Goals:
    """Targets from a file or from records, checked: every KPI exists, and none is set twice."""
    if isinstance(source, Goals):
        return source
    if not isinstance(source, (Path, Iterable)) or isinstance(source, Mapping):
        kind = type(source).__name__
        raise SalesMetricsError(f"targets are a file or a list of Target records, not {kind}")
    given = read_targets(source) if isinstance(source, (str, Path)) else tuple(source)
    found: dict[Any, Goal] = {}
    for target in given:
        if not isinstance(target, Target):
            raise SalesMetricsError(f"targets are Target records, not {type(target).__name__}")
        goal = _goal(target)
        # However the period is written: 2025-Q1 is 2025-01/2025-03.
        key = goal.subject, goal.span and (goal.span.start, goal.span.end), goal.unit
        if key in found:
            who = ", ".join(f"{name} {value!r}" for name, value in goal.group) or "the company"
            raise SalesMetricsError(
                f"{target.kpi} has two targets for {who} in {target.period or 'any period'}: "
                f"{_aim(found[key].target)} and {_aim(target)}; keep one"
            )
        found[key] = goal
    return Goals(tuple(found.values()))


def _aim(target: Target) -> str:
    relative = f"{target.change} relative to {target.relative_to}"
    return relative if target.value is None else str(target.value)


def _goal(target: Target) -> Goal:
    try:
        named = entry(target.kpi or "")
    except NotFoundError as wrong:
        raise NotFoundError(f"target of {target.value}: {wrong}") from None
    given = {"team": target.team, "owner": target.owner, **target.group}
    together = {n: v for n, v in given.items() if isinstance(v, tuple)}
    group = {
        name: " + ".join(sorted(value)) if isinstance(value, tuple) else value
        for name, value in given.items()
        if value is not None
    }
    if together:  # with what else the group has
        together = {n: v if isinstance(v, tuple) else (v,) for n, v in given.items() if v}
    known = inspect.signature(named.function).parameters
    for name in target.given:
        if name not in known:
            there = [p.name for p in known.values() if p.kind is p.KEYWORD_ONLY]
            raise NotFoundError(one_of(f"target of {target.kpi}: keyword", name, there))
    if named.label.unit == "proportion" and target.value is not None and target.value > 1:
        raise SalesMetricsError(
            f"target of {target.kpi}: {target.value} is more than the whole; a share lies between "
            f"0 and 1, so {target.value} % is {target.value / 100}"
        )
    if target.better is None and named.label.better == "neither":
        raise SalesMetricsError(
            f"target of {target.kpi}: neither more nor less of it is better by itself; say "
            "better = 'higher' (met from the target on) or 'lower' (met up to the target)"
        )
    keywords = MappingProxyType({**named.keywords, **target.given})
    unit = target.period if target.period in UNITS else None
    span = period(target.period) if target.period and unit is None else None
    one = Entry(named.name, named.function, named.label, keywords)
    return Goal(target, one, tuple(group.items()), span, unit, together=together)


def read_targets(path: str | Path) -> tuple[Target, ...]:
    """Targets from a file.

    A CSV file has the columns `kpi`, `value` and, as needed, `period`, `owner`, `team`,
    `statistic` and `better`; any other column is one to group by.  A TOML file has a table
    `[[target]]` each, with the same names and with `group` and `given` as tables.

    Raises:
        SalesMetricsError: no such file, or a target that cannot be used, with its place.
    """
    file = Path(path)
    if not is_file(file):
        raise NotFoundError(f"there is no file {str(file)!r} with targets")
    if file.suffix == ".toml":
        rows = [(f"target {at}", row) for at, row in enumerate(_toml(file), 1)]
    elif file.suffix == ".csv":
        rows = _csv(file)
    else:
        raise SalesMetricsError(f"{file.name}: targets are read from .csv or .toml files")
    return tuple(_target(f"{file.name}, {place}", row) for place, row in rows)


def _toml(file: Path) -> list[dict[str, Any]]:
    try:
        read = toml_of(content(file))
    except ValueError as wrong:
        raise SalesMetricsError(f"{file.name} is no TOML: {wrong}") from None
    listed = read.pop("target", None)
    if read or not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        other = f", not {', '.join(map(repr, read))}" if read else ""
        raise SalesMetricsError(f"{file.name}: tables [[target]] are expected{other}")
    return listed


def _csv(file: Path) -> list[tuple[str, dict[str, Any]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            header = reader.fieldnames or []
            if not {"kpi", "value"} <= set(header):
                raise SalesMetricsError(
                    f"{file.name}: columns kpi and value are expected, not {', '.join(header)}"
                )
            rows = []
            for row in reader:
                place = f"line {reader.line_num}"
                if None in row or None in row.values():
                    raise SalesMetricsError(f"{file.name}, {place}: not as many values as columns")
                filled = {name: value for name, value in row.items() if value.strip()}
                group = {name: filled.pop(name) for name in list(filled) if name not in FIELDS}
                rows.append((place, {**filled, "group": group}))
            return rows
    except (csv.Error, UnicodeDecodeError, OSError) as wrong:
        raise SalesMetricsError(f"{file.name} cannot be read: {wrong}") from None


def _target(place: str, row: dict[str, Any]) -> Target:
    statistic = row.get("statistic")
    if statistic is not None and statistic not in get_args(Statistic):
        raise SalesMetricsError(f"{place}: {one_of('statistic', statistic, get_args(Statistic))}")
    try:
        return Target(**row)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        at = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise SalesMetricsError(f"{place}: {f'{at}: ' if at else ''}{reason}") from None
