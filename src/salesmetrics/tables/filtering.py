"""Filters: conditions on the rows of a table, read as the columns that it is grouped by are.

A filter cuts no row away.  The table keeps all of them, to be looked up, and carries a condition
that windows meet: so a filtered figure is, by construction, that of the group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from ..columns import Labels
from ..errors import ColumnError, NeedsError, NotFoundError, SalesMetricsError, one_of, shown
from ..reasons import Reason, column_needed
from .grouping import group_columns, labels_of
from .rows import Condition, Rows

__all__ = [
    "Allowed", "cannot_meet", "column_named", "condition_text", "conditions_of", "filtered",
    "filtered_alike",
]  # fmt: skip

R = TypeVar("R", bound=Rows)
Label = str | int | None
Allowed = Label | list[Any] | tuple[Any, ...] | set[Any] | frozenset[Any]


def filtered(table: R, columns: Mapping[str, Any]) -> R:
    """The table under these conditions, beside those that it has."""
    asked: dict[str, tuple[Any, ...]] = {}
    for given, values in columns.items():
        name = column_named(table, given)
        if name is None:
            raise ColumnError(one_of(f"{table.name}: filter", given, group_columns(table)))
        asked[name] = _read(name, values, labels_of(table, name))
    return _under(table, asked)


def filtered_alike(tables: Mapping[str, R], columns: Mapping[str, Any]) -> dict[str, R]:
    """All tables under the same conditions; one that lacks a column refuses when it is read."""
    found = dict(tables)
    for given, values in columns.items():
        names = {each: column_named(table, given) for each, table in tables.items()}
        have = {each: name for each, name in names.items() if name is not None}
        if not have:
            there = sorted({name for table in tables.values() for name in group_columns(table)})
            raise ColumnError(one_of("filter", given, there))
        labels = dict.fromkeys(
            label for each, name in have.items() for label in labels_of(tables[each], name)
        )
        allowed = _read(given, values, tuple(labels))
        spelled = next(iter(have.values()))
        found = {
            each: _under(table, {have.get(each, spelled): allowed}) for each, table in found.items()
        }
    return found


def column_named(table: Rows, given: str) -> str | None:
    """The column meant, where the table can be grouped by it; a dot may be an underscore."""
    spelled = {name.replace(".", "_"): name for name in group_columns(table)}
    for name in (given, spelled.get(given, given)):
        try:
            labels_of(table, name)
        except (ColumnError, NeedsError):
            continue
        return name
    return None


def cannot_meet(table: Rows) -> list[Reason]:
    """The columns of a table's condition that it lacks, as `costs.team`."""
    return [
        column_needed(table.name, name)
        for name, _ in table.condition
        if column_named(table, name) is None
    ]


def conditions_of(texts: Iterable[str]) -> dict[str, Any]:
    """Conditions as a command takes them: `team=Seoul 1`; `team=` is what is missing.

    Two values of one column allow either of them.
    """
    found: dict[str, list[str | None]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise NotFoundError(f"{text!r} is no condition; COLUMN=VALUE is, such as team=Seoul 1")
        found.setdefault(name.strip(), []).append(value or None)
    return dict(found)


def condition_text(condition: Condition) -> str:
    """A condition in the words of the data: `team = Seoul 1, product = A or B`."""
    return ", ".join(
        f"{name} = {' or '.join('(missing)' if one is None else str(one) for one in labels)}"
        for name, labels in condition
    )


def _under(table: R, asked: Mapping[str, tuple[Any, ...]]) -> R:
    """Both the table's own condition and this one: of a column that both name, what both allow."""
    found = dict(table.condition)
    for name, labels in asked.items():
        found[name] = tuple(one for one in labels if one in found.get(name, labels))
    return replace(table, condition=tuple(sorted(found.items())), run=None)


def _read(column: str, values: Any, labels: Labels) -> tuple[Any, ...]:
    """The labels allowed, in the order of the column; `None` is what is missing."""
    if isinstance(values, Mapping) or not isinstance(values, str | Iterable | Label):
        raise SalesMetricsError(f"{column} is {shown(values)}; give a value, or a list of them")
    given = [values] if isinstance(values, str) or not isinstance(values, Iterable) else [*values]
    if not given:
        raise SalesMetricsError(f"{column}= allows no value at all; give one, or a list of them")
    # What is no text (true, a number) may be given as its text, as a command does.
    named = {str(label): label for label in labels if label is not None}
    meant = [named.get(one, one) if isinstance(one, str) else one for one in given]
    for one in meant:
        if one not in labels:
            raise NotFoundError(one_of(column, one, labels))
    return tuple(label for label in labels if label in meant)
