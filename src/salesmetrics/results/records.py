"""The rows behind a figure: each with what it contributes, and those left out with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Protocol

from ..errors import NotFoundError, SalesMetricsError, one_of
from ..periods import Period
from ..reasons import Reason
from .definition import Combined, Definition, Measured
from .evidence import Exact, ShownFor
from .formula import Formula
from .ratio import Ratio
from .result import Result
from .statement import Statement

__all__ = ["Contribution", "RowSource", "records_of"]


@dataclass(frozen=True, slots=True)
class Contribution:
    """One row of a table, and what it adds to a figure: a count, an amount, days.

    `reason` says why a row that belongs to the figure was left out; it contributes None then.
    """

    table: str
    id: str | None  # None where rows have no ids: `row` numbers them from 0
    row: int
    period: str
    group: tuple[Any, ...]
    date: date | None
    contribution: Exact | None
    reason: Reason | None = None
    part: str = ""  # of a figure of several parts, which


# Counts of the rows behind another figure.
ROWS = ("rows of", "entries of")


class RowSource(Protocol):
    """What can list the rows behind what was measured of it."""

    def contributions(
        self, definition: Measured, periods: tuple[Period, ...], by: tuple[str, ...]
    ) -> Iterable[Contribution]:
        """Every row, in every period and group it counts in."""
        ...


def records_of(
    result: Result, crm: Any = None, part: str | None = None, **where: Any
) -> list[Contribution]:
    """The rows behind a result, of one period or group where they are named."""
    named = parts_by_name(result)
    if part is not None:
        if part not in named:
            raise NotFoundError(one_of("part", part, named))
        named = {part: named[part]}
    elif isinstance(result, Ratio):
        named = {"numerator": result.top, "denominator": result.bottom}
    period = where.pop("period", None)
    wanted = _wanted(result, where)
    labels = [one.label for one in result.periods]
    label = period.label if isinstance(period, Period) else period
    if label is not None and label not in labels:
        raise SalesMetricsError(one_of("period", label, labels))
    found: list[Contribution] = []
    for name, each in named.items():
        definition, source = each.evidence.definition, each.evidence.source
        if definition is None or (crm is None and _forgotten(source)):
            raise SalesMetricsError(
                f"{result.title} no longer knows the tables it was computed on (a result that was "
                "saved does not keep them); give them: .records(crm)"
            )
        rows = _behind(definition, source, each.periods, each.by, crm)
        if isinstance(definition, Combined) and definition.how == "whole of":
            rows = _in_every_group(definition, source, each, crm)
        found += [
            replace(one, part=name if len(named) > 1 or part else "")
            for one in rows
            if (label is None or one.period == label)
            and all(one.group[at] == value for at, value in wanted)
        ]
    return found


def parts_by_name(result: Result) -> dict[str, Result]:
    """The figures that a result is made of, by name; itself where it is one of its own."""
    if isinstance(result, Ratio):
        waiting = {} if result.waiting is None else {"undecided": result.waiting}
        return {"numerator": result.top, "denominator": result.bottom, **waiting}
    if isinstance(result, Statement):  # figures worked out line by line are of the rows behind it
        lines = {name: each for name, each in result.lines.items() if isinstance(each, Result)}
        return lines or {"rows": result.base}
    if isinstance(result, Formula):
        return {name: each for name, each in result.figures.items() if isinstance(each, Result)}
    return {"": result}


def _wanted(result: Result, where: dict[str, Any]) -> list[tuple[int, Any]]:
    names = [name.replace(".", "_") for name in result.by]
    for name in where:
        if name not in names:
            raise SalesMetricsError(one_of("group column", name, ("period", "part", *names)))
    for name, value in where.items():
        there = {group[names.index(name)]: None for group in result.groups}
        if value not in there:
            raise NotFoundError(one_of(name, value, there))
    return [(names.index(name), value) for name, value in where.items()]


def _behind(
    definition: Definition,
    source: Any,
    periods: tuple[Period, ...],
    by: tuple[str, ...],
    crm: Any,
) -> Iterable[Contribution]:
    if isinstance(source, ShownFor):
        for at, shown in enumerate(periods):
            measured = source.measured[at if len(source.measured) > 1 else 0]
            for row in _behind(definition, source.source, measured, by, crm):
                yield replace(row, period=shown.label)
        return
    if isinstance(definition, Measured):
        table = source
        if table is None:  # stays are made of deals
            table = crm.tables["deals" if definition.table == "stays" else definition.table]
        yield from table.contributions(definition, periods, by)
        return
    if definition.how == "change of":  # what stood at the end minus what stood at the start
        (part,), (one,) = definition.parts, source if isinstance(source, tuple) else (source,)
        for period in periods:
            before = Period(period.start - timedelta(days=1), period.start, period.label)
            for row in _behind(part, one, (period,), by, crm):
                yield row
            for row in _behind(part, one, (before,), by, crm):
                yield replace(row, contribution=_times(row.contribution, -1))
        return
    sources = source if isinstance(source, tuple) else (None,) * len(definition.parts)
    for at, (part, one) in enumerate(zip(definition.parts, sources, strict=True)):
        factor = _factor(definition, at)
        for row in _behind(part, one, periods, by, crm):
            amount = row.contribution
            if definition.how in ROWS:
                amount = None if amount is None else 1
            yield replace(row, contribution=_times(amount, factor))


def _in_every_group(
    definition: Combined, source: Any, result: Result, crm: Any
) -> Iterable[Contribution]:
    """The rows of all groups, each of which is compared with the whole."""
    part = definition.parts[0]
    mine = source[0] if isinstance(source, tuple) else source
    for row in _behind(part, mine, result.periods, result.by, crm):
        for group in result.groups:
            yield replace(row, group=group)


def _forgotten(source: Any) -> bool:
    """Whether what a figure was computed on is not known any more."""
    if isinstance(source, tuple):
        return any(map(_forgotten, source))
    return source is None or (isinstance(source, ShownFor) and _forgotten(source.source))


def _times(amount: Exact | None, factor: Fraction | int) -> Exact | None:
    return amount if amount is None or factor == 1 else Fraction(amount) * factor


def _factor(definition: Combined, at: int) -> Fraction | int:
    if definition.how == "times":
        factor: Fraction = definition.given[0]
        return factor
    if definition.how == "minus" and at:
        return -1
    if definition.how in ("sum", "minus", *ROWS):
        return 1
    raise SalesMetricsError(
        f"{definition.how} is computed from several figures; name one with part="
    )
