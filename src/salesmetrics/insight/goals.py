"""Targets as they are set: records or a file, checked against the catalogue."""

from __future__ import annotations

import csv
import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from pydantic import ValidationError

from ..catalog import Entry, entry
from ..errors import NotFoundError, SalesMetricsError, one_of
from ..io.found import content, is_file
from ..io.toml_file import toml_of
from ..kpi import Better
from ..measuring import Wanted
from ..models import Statistic, Target
from ..periods import Period, period

__all__ = ["Goal", "Goals", "goals", "read_targets"]

UNITS = ("day", "week", "two_weeks", "month", "quarter", "half", "year")
FIELDS = tuple(name for name in Target.model_fields if name not in ("group", "given"))


@dataclass(frozen=True, slots=True)
class Goal:
    """One target with what it speaks of: a KPI, a group, a span of time."""

    target: Target
    entry: Entry
    group: tuple[tuple[str, str], ...]
    span: Period | None = None
    unit: str | None = None
    sum_of: str | None = None  # whose targets it sums, where none was set for it
    # Several values of a column, as one group.
    together: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.group)

    @property
    def value(self) -> Decimal | None:
        """What is to be reached; None where that is relative to what was."""
        return self.target.value

    @property
    def better(self) -> Better:
        """Which way is good: what the target says, else what the KPI's label says."""
        return self.target.better or self.entry.label.better

    @property
    def subject(self) -> tuple[Any, ...]:
        """What is to reach it, whatever the period."""
        return Wanted(self.entry).key, self.group, self.target.statistic

    def is_for(self, wanted: Period) -> bool:
        """Whether it speaks of this period: its own, one of its unit, or any."""
        if self.span is not None:
            return _same(self.span, wanted)
        return self.unit is None or self.unit == wanted.unit


@dataclass(frozen=True, slots=True)
class Goals:
    """All targets of a plan."""

    each: tuple[Goal, ...]

    def wanted(self, periods: Sequence[Period]) -> list[Wanted]:
        """What has to be measured to know how far the targets of these periods are reached."""
        groupings: dict[Any, tuple[Entry, dict[tuple[str, ...], None]]] = {}
        for goal in self.each:
            if goal.together:
                continue  # measured of the rows of these values alone
            _, columns = groupings.setdefault(Wanted(goal.entry).key, (goal.entry, {}))
            if goal.columns:
                columns[goal.columns] = None
        return [Wanted(one, tuple(columns)) for one, columns in groupings.values()]

    def of(
        self, subject: tuple[Any, ...], wanted: Period, adds: bool
    ) -> tuple[Decimal | None, str | None]:
        """The target of a period, and of what it is a sum: its own; of what adds, its parts'."""
        mine = [(g, g.value) for g in self.each if g.subject == subject and g.value is not None]
        for goal, value in mine:
            if goal.span is not None and _same(goal.span, wanted):
                return value, goal.sum_of
        if adds and (parts := _tiles([g for g, _ in mine if g.span is not None], wanted)):
            each = ", ".join(goal.target.period or "" for goal in parts)
            return sum((goal.value or Decimal(0) for goal in parts), Decimal(0)), each
        for goal, value in mine:
            if goal.unit is not None and (times := _times(goal.unit, wanted, adds)):
                return value * times, None if times == 1 else f"{times} x {goal.unit}"
        return next((v for g, v in mine if g.span is None and g.unit is None), None), None

    def of_group(
        self, kpi: str, group: tuple[tuple[str, str], ...], wanted: Period
    ) -> tuple[Decimal | None, str | None]:
        """The target of what adds over time, of a group, and of what it is a sum."""
        for goal in self.each:
            plain = goal.target.statistic is None and not goal.target.given
            timed = goal.span is not None or goal.unit is not None
            if goal.entry.name == kpi and plain and timed and tuple(sorted(goal.group)) == group:
                return self.of(goal.subject, wanted, True)
        return None, None


def _same(one: Period, other: Period) -> bool:
    return (one.start, one.end) == (other.start, other.end)


def _tiles(given: list[Goal], wanted: Period) -> list[Goal]:
    """Targets whose periods make up the wanted one without gap or overlap."""
    spans = [(goal.span, goal) for goal in given if goal.span is not None]
    inside = sorted(
        ((s, g) for s, g in spans if wanted.start <= s.start and s.end <= wanted.end),
        key=lambda pair: pair[0].start,
    )
    whole = (
        bool(inside)
        and inside[0][0].start == wanted.start
        and inside[-1][0].end == wanted.end
        and all(a.end == b.start for (a, _), (b, _) in pairwise(inside))
    )
    return [goal for _, goal in inside] if whole else []


def _times(unit: str, wanted: Period, adds: bool) -> int:
    """How often the unit fits the period, wholly; 0 where it does not."""
    if wanted.unit == unit:
        return 1
    pieces = wanted.split(unit) if adds else ()  # type: ignore[arg-type]
    return len(pieces) if pieces and all(piece.unit == unit for piece in pieces) else 0


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
        key = goal.subject, target.period
        if key in found:
            who = ", ".join(f"{name} {value!r}" for name, value in goal.group) or "the company"
            raise SalesMetricsError(
                f"{target.kpi} has two targets for {who} in {target.period or 'any period'}: "
                f"{found[key].value} and {goal.value}; keep one"
            )
        found[key] = goal
    return Goals(tuple(found.values()))


def _goal(target: Target) -> Goal:
    try:
        named = entry(target.kpi or "")
    except NotFoundError as wrong:
        raise NotFoundError(f"target of {target.value}: {wrong}") from None
    given = {"team": target.team, "owner": target.owner, **target.group}
    together = {n: v for n, v in given.items() if isinstance(v, tuple)}
    group = {
        name: " + ".join(value) if isinstance(value, tuple) else value
        for name, value in given.items()
        if value is not None
    }
    if together and len(group) > len(together):
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
