"""Groups: the rows of a table by one or more columns, its own or those of linked records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from math import prod
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Keys, Labels, Times, by_name, code_dtype, gathered
from ..days import EPOCH, NEVER
from ..errors import ColumnError, NeedsError
from ..history.versions import Taken
from ..reading.reader import ColumnReader
from ..reasons import Reason, column_needed
from .rows import Mask, Rows

__all__ = [
    "By", "Grouping", "allowed_part", "allowed_rows", "as_by", "check_by", "group_codes",
    "group_columns", "grouping", "labels_of", "resolved",
]  # fmt: skip

R = TypeVar("R", bound=Rows)

By = str | tuple[str, ...] | list[str] | None
OF_LEAD = ("channel", "campaign")  # a deal has those of its lead
DIRECT = 4_000_000  # combinations of names for which a table of all of them pays
AT_ONCE = 2**18  # rows
CALENDAR = ("day", "week", "month", "quarter", "year")
Parts: TypeAlias = list[tuple[Codes, npt.NDArray[np.bool_]]]  # columns, and which labels occur


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Grouping:
    """The groups that occur or are on a roster, and each row's place among them."""

    by: tuple[str, ...]
    groups: tuple[tuple[Any, ...], ...]
    codes: npt.NDArray[Any] | None  # None: all rows are one group
    allowed: Mask | None = None  # the rows that meet the table's condition; None: all


def as_by(by: By) -> tuple[str, ...]:
    """The columns to group by, as a tuple."""
    if by is not None and not isinstance(by, (str, tuple, list)):
        raise ColumnError(f"by= takes a column name or several, not {by!r}")
    names = () if by is None else (by,) if isinstance(by, str) else tuple(by)
    for name in names:
        if not isinstance(name, str) or not name:
            raise ColumnError(f"by= takes column names, not {name!r}")
        if names.count(name) > 1:
            raise ColumnError(f"by= names {name!r} twice")
    return names


def check_by(table: Rows, by: tuple[str, ...]) -> None:
    """Raise where the table cannot be grouped so."""
    for name in by:
        _found(table, name)


def group_codes(table: Rows, name: str) -> Codes | None:
    """The column that rows are grouped by under this name; None where there is none."""
    try:
        return _found(table, name)[0]
    except (ColumnError, NeedsError):
        return None


def labels_of(table: Rows, name: str) -> Labels:
    """What a column to group by may say, None (missing) first."""
    return _found(table, name)[0].labels


def grouping(table: Rows, by: tuple[str, ...], while_before: str | None = None) -> Grouping:
    """Groups of a table.  `while_before`: rows are looked at before this milestone settles them.

    Rows that do not meet the table's condition make no group.
    """
    allowed = allowed_rows(table, while_before)
    if not by:
        return Grouping((), ((),), None, allowed)
    parts = [_column(table, name, while_before, allowed) for name in by]
    total = prod(len(codes.labels) for codes, _ in parts)
    codes, used = parts[0]
    if len(parts) == 1:
        order = np.flatnonzero(used)
    else:
        if total > 2**40:
            raise ColumnError(f"{', '.join(by)} have too many combinations; group by fewer columns")
        order = _occurring(parts, total, allowed)
    at = _places(parts, order)
    labels = list(
        zip(
            *([c.labels[i] for i in a.tolist()] for (c, _), a in zip(parts, at, strict=True)),
            strict=True,
        )
    )
    # In the order of the names (stages in their own), what is missing last.
    keys = [key for a in reversed(at) for key in (a, a == 0)]
    shown = np.lexsort(keys)
    to_place = np.empty(len(order), dtype=code_dtype(len(order)))
    to_place[shown] = np.arange(len(order), dtype=to_place.dtype)
    groups = tuple(labels[i] for i in shown.tolist())
    if len(parts) == 1:
        first = codes.codes.dtype.type(order[0] if len(order) else 0)
        if allowed is None and np.array_equal(shown + first, order):  # in order, without a gap
            return Grouping(by, groups, codes.codes - first)
    place = np.empty(table.size, dtype=to_place.dtype)
    if total <= DIRECT:
        to = np.zeros(total, dtype=to_place.dtype)
        to[order] = to_place
        for rows in _in_pieces(table.size):
            to.take(_combined(parts, rows), mode="clip", out=place[rows])
        return Grouping(by, groups, place, allowed)
    # A combination that only rows have that are not allowed is none of the groups.
    to = np.append(to_place, to_place.dtype.type(0))
    for rows in _in_pieces(table.size):
        place[rows] = to[np.searchsorted(order, _combined(parts, rows))]
    return Grouping(by, groups, place, allowed)


def group_columns(table: Rows) -> list[str]:
    """All names that `by=` takes for this table."""
    own = [name for name, column in table.columns.items() if isinstance(column, Codes)]
    times = [f"{n}.month" for n, column in table.columns.items() if isinstance(column, Times)]
    linked = [
        f"{name}.{field}"
        for name, link in (table.links or {}).items()
        if name in table.columns
        for field in group_columns(link.table)
        if "." not in field
    ]
    roster = _roster(table)
    of_owner = group_columns(roster) if roster is not None else []
    return sorted({*own, *table.extra, *linked, *times, *(n for n in of_owner if "." not in n)})


def allowed_rows(table: Rows, while_before: str | None = None) -> Mask | None:
    """The rows that meet the table's condition, read as the columns of `by` are; None: all."""
    found: Mask | None = None
    for name, labels in table.condition:
        try:
            column, _ = _found(table, name)
        except (ColumnError, NeedsError):
            raise NeedsError(
                column_needed(table.name, name),
                f"{table.name} cannot be filtered by {name!r}, which they lack",
            ) from None
        codes = _as_before(table, name, column, while_before)
        allows = np.array([label in labels for label in codes.labels], dtype=bool)
        mine = allows.take(codes.codes)
        found = mine if found is None else found & mine
    return found


def allowed_part(table: R, while_before: str | None = None) -> R:
    """The rows that meet the table's condition alone: for what walks rows without a window."""
    allowed = allowed_rows(table, while_before)
    if allowed is None:
        return table
    return replace(table.some(np.flatnonzero(allowed)), origin=table.origin)


def _column(
    table: Rows, name: str, while_before: str | None, allowed: Mask | None
) -> tuple[Codes, Mask]:
    """The codes of each row, and which labels make a group: those that occur or are rostered."""
    codes, listed = _found(table, name)
    codes = _as_before(table, name, codes, while_before)
    names = set() if listed is None else _rostered(table, name, listed)
    there = np.array([label in names for label in codes.labels], dtype=bool)
    there[0] = False  # what is missing is on no roster
    seen = codes if allowed is None else codes.take(np.flatnonzero(allowed))
    return codes, seen.in_use(there)


def _as_before(table: Rows, name: str, codes: Codes, milestone: str | None) -> Codes:
    """The names as they were before a milestone, where it settles them."""
    decided = table.before.get(milestone, {}) if milestone else {}
    head, _, tail = name.partition(".")
    if head not in decided or milestone is None:
        return codes
    then = None if tail else decided[head]
    instead = codes.code(then) if then in codes.labels else 0
    return codes.only(table.times(milestone).days == NEVER, instead)


def _rostered(table: Rows, name: str, listed: Keys | Codes) -> set[Any]:
    """The names on the roster; of those the ones that the table lists, and its condition allows."""
    link = _on_roster(table, name).partition(".")[0]
    roster = (table.links or {})[link].table
    there = np.ones(roster.size, dtype=bool)
    for column, labels in (*table.rostered, *table.condition):
        head, _, field = _on_roster(table, column).partition(".")
        if head == link:
            told = _found(roster, field)[0] if field else None
            names = roster.ids() if told is None else [told.labels[c] for c in told.codes.tolist()]
            there &= np.array([one in labels for one in names], dtype=bool)
    part = listed.take(np.flatnonzero(there))
    return set(part.labels() if isinstance(part, Keys) else part.labels_in_use())


def _found(table: Rows, name: str) -> tuple[Codes, Keys | Codes | None]:
    """The column, and the roster's column of the same names where there is one."""
    head, _, tail = name.partition(".")
    links = table.links or {}
    if name in table.columns:
        columns = table.columns
        column = columns.passing(name) if isinstance(columns, Taken) else columns[name]
        if isinstance(column, Codes):
            if name not in links:
                return column, _of_its_owner(table, name)
            return column, by_name(links[name].table.columns, "id", Keys)
        if isinstance(column, Times):
            units = tuple(f"{name}.{unit}" for unit in CALENDAR)
            raise ColumnError(Reason("group_by_time", field=name, allowed=units))
        raise ColumnError(_no_group(table, name))
    if tail in CALENDAR and isinstance(table.columns.get(head), Times):
        return _calendar(table.times_of_whole(head), tail), None
    if tail and table.has(name):
        column = table.column(name)
        if isinstance(column, Codes):
            return column, links[head].table.codes(tail)
    if tail and head in links and head in table.columns and tail in links[head].table.extra:
        link = links[head]
        codes = _further(link.table, tail)
        return codes.linked(link.rows, table.codes(head).codes), codes
    if name in table.extra:
        return _further(table, name), None
    full = resolved(table, name)
    if full != name:
        return _found(table, full)
    raise ColumnError(_no_group(table, name))


def _of_its_owner(table: Rows, name: str) -> Codes | None:
    """The roster's column, where what rows have under the name is what their owner had then."""
    roster = _roster(table)
    told = roster is not None and name in table.past and name != "owner" and roster.has(name)
    return roster.codes(name) if told and roster is not None else None


def _on_roster(table: Rows, name: str) -> str:
    """The column that a name means, among those of the roster where that had it then."""
    return resolved(table, name) if _of_its_owner(table, name) is None else f"owner.{name}"


def resolved(table: Rows, name: str) -> str:
    """The column that a name means: that of the owner, or of the lead, where the table has none."""
    if name in table.columns or name in table.extra:
        return name
    roster = _roster(table)
    if roster is not None and name != "owner" and (roster.has(name) or name in roster.extra):
        return f"owner.{name}"
    lead = (table.links or {}).get("lead")
    if name in OF_LEAD and lead is not None and lead.table.has(name):
        return f"lead.{name}"
    return name


def _further(table: Rows, name: str) -> Codes:
    """A column that rows came with beside the fields of their record, as names."""
    reading = ColumnReader(table.name, table.zone)
    codes = reading.codes(name, table.extra[name])
    if reading.faults:
        raise ColumnError(f"{table.name} cannot be grouped by {name!r}: {reading.faults[0]}")
    return codes


def _no_group(table: Rows, name: str) -> Reason:
    """Why a table cannot be grouped so: it has no such column, but others."""
    there = tuple(group_columns(table))
    near = get_close_matches(name, there, n=1)
    facts: dict[str, Any] = {"table": table.name, "by": name, "allowed": there}
    return Reason("no_group_near", **facts, near=near[0]) if near else Reason("no_group", **facts)


def _roster(table: Rows) -> Rows | None:
    link = (table.links or {}).get("owner")
    return link.table if link is not None and "owner" in table.columns else None


def _in_pieces(size: int) -> Iterator[slice]:
    """All rows piece by piece: their combinations are wide, and looked at once."""
    return (slice(first, first + AT_ONCE) for first in range(0, size, AT_ONCE))


def _combined(parts: Parts, rows: slice) -> npt.NDArray[np.int64]:
    """The codes of some rows in all columns as one number."""
    found = parts[0][0].codes[rows].astype(np.int64)
    for codes, _ in parts[1:]:
        found *= len(codes.labels)
        found += codes.codes[rows]
    return found


def _occurring(
    parts: Parts, total: int, allowed: npt.NDArray[np.bool_] | None
) -> npt.NDArray[np.int64]:
    """The combinations that allowed rows have, ascending."""
    size = len(parts[0][0].codes)
    pieces = (
        _combined(parts, rows) if allowed is None else _combined(parts, rows)[allowed[rows]]
        for rows in _in_pieces(size)
    )
    if total <= DIRECT:
        seen = np.zeros(total, dtype=bool)
        for piece in pieces:
            seen[piece] = True
        return np.flatnonzero(seen)
    ordered = np.sort(np.concatenate([np.zeros(0, np.int64), *pieces]))
    return ordered[np.flatnonzero(np.diff(ordered, prepend=-1))]


def _places(parts: Parts, combined: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """Each column's codes in combined ones."""
    places, left = [], combined
    for codes, _ in reversed(parts):
        left, at = np.divmod(left, len(codes.labels))
        places.append(at)
    return places[::-1]


def _calendar(times: Times, unit: str) -> Codes:
    """The calendar unit of each day, as a name that sorts in time."""
    seen = np.zeros(NEVER + 1, dtype=bool)
    for rows in _in_pieces(len(times.days)):
        seen[times.days[rows]] = True
    seen[NEVER] = False
    days = np.flatnonzero(seen)
    names = [_unit_name(date.fromordinal(day + EPOCH), unit) for day in days.tolist()]
    labels = (None, *sorted(set(names)))
    place = {name: index for index, name in enumerate(labels)}
    to = np.zeros(NEVER + 1, dtype=code_dtype(len(labels)))
    to[days] = [place[name] for name in names]
    return Codes(gathered(to, times.days), labels)


def _unit_name(day: date, unit: str) -> str:
    if unit == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    quarter = f"{day.year}-Q{(day.month + 2) // 3}"
    names = {"day": day.isoformat(), "month": f"{day:%Y-%m}", "quarter": quarter}
    return names.get(unit, str(day.year))
