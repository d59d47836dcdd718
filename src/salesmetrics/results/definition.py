"""What a figure is: a frozen tree of plain values, equal for equal figures.

Filter, rows, periods, groups and the KPI's name are not in it: the win rate of one team and that of
another are of one definition, and add; won deals and lost deals are not, and do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ..errors import SalesMetricsError, shown
from ..periods import Period

__all__ = [
    "Combined", "Definition", "Measured", "both_are", "combined", "difference", "plain_value",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """What a window on a table counted or summed."""

    table: str
    verb: str  # how rows are placed in time: during, standing, ...
    times: tuple[str, ...]
    of: tuple[Any, ...] = ("rows",)  # what of the rows: a column, or days from one time to another
    where: tuple[Any, ...] = ()  # row sets, each a name or a name with its arguments
    restricted_to: tuple[Any, ...] = ()  # to which rows, where that is no row set
    weights: tuple[str, ...] = ()
    months_earlier: int = 0


@dataclass(frozen=True, slots=True)
class Combined:
    """Figures put together: a sum, a ratio, or a formula by its name."""

    how: str
    parts: tuple[Definition, ...] = ()
    given: tuple[Any, ...] = ()


Definition = Measured | Combined


def combined(how: str, *parts: Definition, given: tuple[Any, ...] = ()) -> Combined:
    """Figures put together."""
    return Combined(how, parts, given)


def both_are(a: Definition | None, b: Definition | None) -> Definition | None:
    """The definition that two figures have; None where they differ.

    What only the data would say, such as the scale of scores, is None where there is no row to say
    it: that fits whatever it is elsewhere.
    """
    if a == b:
        return a
    if isinstance(a, Measured) and isinstance(b, Measured):
        if len(a.where) != len(b.where) or replace(a, where=()) != replace(b, where=()):
            return None
        where = tuple(_fitting(*two) for two in zip(a.where, b.where, strict=True))
        back = tuple(_fitting(*two) for two in zip(b.where, a.where, strict=True))
        return replace(a, where=where) if where == back else None
    if isinstance(a, Combined) and isinstance(b, Combined) and len(a.parts) == len(b.parts):
        parts = [both_are(one, other) for one, other in zip(a.parts, b.parts, strict=True)]
        whole = tuple(part for part in parts if part is not None)
        if len(whole) == len(parts) and (a.how, a.given) == (b.how, b.given):
            return replace(a, parts=whole)
    return None


def _fitting(one: Any, other: Any) -> Any:
    """Of two row sets the one with its argument, where they are of one name."""
    if isinstance(one, tuple) and isinstance(other, tuple) and one[:1] == other[:1]:
        return other if one[1:] == (None,) else one
    return one


def difference(a: Definition, b: Definition) -> str | None:
    """Where two definitions first differ, in words; None where they are equal."""
    if a == b:
        return None
    if isinstance(a, Measured) and isinstance(b, Measured):
        for each in fields(a):
            one, other = getattr(a, each.name), getattr(b, each.name)
            if one != other:
                return f"{each.name} {_said(one)} and {_said(other)}"
    if isinstance(a, Combined) and isinstance(b, Combined) and a.how == b.how:
        for one, other in zip(a.parts, b.parts, strict=False):
            if found := difference(one, other):
                return found
        if a.given != b.given:
            return f"{_said(a.given)} and {_said(b.given)}"
    return f"{_name(a)} and {_name(b)}"


def _name(one: Definition) -> str:
    return one.how if isinstance(one, Combined) else f"{one.table} {one.verb}"


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_said, value)) or "none"
    return str(value)


def leaves(one: Definition) -> Iterator[Measured]:
    """What was measured, in order."""
    if isinstance(one, Measured):
        yield one
    else:
        for part in one.parts:
            yield from leaves(part)


def plain_value(value: Any) -> Any:
    """A keyword's value as a plain one that can be compared: a table or calendar by content."""
    if value is None or isinstance(value, (str, bool, int, float, Fraction, Decimal, date)):
        return value
    if isinstance(value, Period):
        return value.label, value.start, value.end
    if isinstance(value, Mapping):
        return tuple(sorted(((str(k), plain_value(v)) for k, v in value.items()), key=str))
    if isinstance(value, (list, tuple, set, frozenset)):
        return tuple(plain_value(each) for each in value)
    digest = getattr(value, "digest", None)
    if digest is None:
        raise SalesMetricsError(f"{shown(value)} is no value that a KPI takes")
    return f"{type(value).__name__} {digest()}"
