"""One run over tables: what is made once and read by every KPI, period and base.

Rows made of a table's history are made when first asked for, and read by all windows for as long
as the table lives.  While many KPIs are measured together, a batch of rows has a run, in which
windows and their sums are shared as well.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Column, arrays_of, kept_once
from ..history.versions import Taken
from ..periods import Periods, as_periods
from ..results import Axes
from ..results.grid import check_months
from .deal_rows import cut, span_of
from .grouping import By, Grouping, as_by, grouping
from .rows import Rows
from .window import Window

__all__ = ["BATCH", "Made", "Run", "batch_rows", "batches", "window_on"]

BATCH = 524_288  # rows whose columns stay near the processor while every KPI reads them
CHUNK = 65_536
R = TypeVar("R", bound=Rows)
W = TypeVar("W", bound=Window)
Made = tuple[str, Callable[[Any], Rows]]  # rows made of a table: what they are, and how
GroupKey = tuple[str | None, tuple[Any, ...], tuple[str, ...], str | None]
Opened = Callable[[Any, Axes, Grouping, Any], W]


@dataclass(slots=True)
class Run:
    """What windows on a table share; of a batch (`part`), with the whole table's."""

    whole: Any
    part: slice | None = None
    made: dict[Hashable, Any] = field(default_factory=dict)  # of the whole table
    sums: dict[Hashable, Any] = field(default_factory=dict)  # of all batches so far
    batch: dict[Hashable, Any] = field(default_factory=dict)  # of this batch

    def linked_column(self, rows: Rows, name: str) -> Column:
        """A linked column: followed once for the whole table, then cut to the batch."""
        if self.part is None:
            return rows.follow(name)
        if ("column", name) not in self.made:
            self.made["column", name] = self.whole.follow(name)
        column: Column = self.made["column", name]
        return column.take(self.part)

    def rows_made(self, rows: Rows, what: Made) -> Rows:
        """The rows made of these, once: of a batch, a part of those made of the whole table."""
        key = (what[0], rows.restricted_to)
        kept = self.made if self.part is None else self.batch
        if key not in kept:
            kept[key] = self._made(rows, what)
        made: Rows = kept[key]
        return made if made.condition == rows.condition else replace(made, condition=rows.condition)

    def _made(self, rows: Rows, what: Made) -> Rows:
        whole = rows if self.part is None else self.whole
        if rows.restricted_to or whole.history is None:
            return what[1](rows)
        made = made_once(whole, what)
        if self.part is None:
            return made
        # A batch of what was made of the whole, which its bounds and levels are of.
        kept = self.made.setdefault(("of made", what[0]), {})
        return replace(cut(made, self.part), run=Run(made, span_of(made, self.part), kept))

    def atoms(self, time: str, days: npt.NDArray[np.uint16], axes: Axes) -> npt.NDArray[np.uint16]:
        """The atom of each day of a time column under this cut of time."""
        key = ("atoms", time, axes.bounds.tobytes())
        if key not in self.batch:
            self.batch[key] = axes.atoms_of(days)
        return self.batch[key]  # type: ignore[no-any-return]

    def grouping(self, key: GroupKey, rows: Rows, what: Made | None) -> Grouping:
        """The groups of the whole table, and the codes of these rows among them."""
        _, _, by, since = key
        if what is None:
            if key not in self.made:
                self.made[key] = grouping(self.whole, by, since)
            found: Grouping = self.made[key]
            codes, allowed = (
                None if of_all is None else of_all[self.part]
                for of_all in (found.codes, found.allowed)
            )
            return replace(found, codes=codes, allowed=allowed)
        if rows.restricted_to or self.whole.history is None:
            if key not in self.made:
                self.made[key] = _groups(self.whole, what[1], by, rows)
            return _placed(grouping(rows, by), self.made[key])
        made = made_once(self.whole, what)
        if key not in self.made:
            condition = self.whole.condition
            self.made[key] = _shared(replace(made, condition=condition) if condition else made, by)
        columns, of_all = made.columns, self.made[key]
        assert isinstance(of_all, Grouping)
        assert self.part is not None
        span = self.part
        if isinstance(columns, Taken):
            span = span_of(made, span)
        codes, allowed = (None if a is None else a[span] for a in (of_all.codes, of_all.allowed))
        return replace(of_all, codes=codes, allowed=allowed)

    def axes(self, key: Hashable, periods: tuple[Any, ...], found: Grouping, earlier: int) -> Axes:
        """One for all windows with these periods and groups, which have this key."""
        named = ("axes", key, periods, earlier)
        if named not in self.made:
            self.made[named] = Axes(periods, found.by, found.groups, earlier)
        return self.made[named]  # type: ignore[no-any-return]


def made_once(table: Rows, what: Made) -> Rows:
    """The rows made of a whole table: kept with its history, for as long as that stands."""
    kept, of = table.history.made, (table.columns, table.links)
    before = kept.get(what[0])
    if before is None or before[0] is not of[0] or before[1] is not of[1]:
        made = what[1](replace(table, condition=()) if table.condition else table)
        before = kept[what[0]] = (*of, _kept_once(made, table, kept))
    found: Rows = before[2]
    return found


def _kept_once(made: Rows, table: Rows, kept: Mapping[str, Any]) -> Rows:
    """With the arrays of the history, and of what else is made of it, where those are the same:
    they are among the largest that there are."""
    columns = made.columns
    if not isinstance(columns, Taken):
        return made
    known = [array for track in table.history.tracks.values() for array in track.arrays()]
    for *_, other in tuple(kept.values()):
        if isinstance(other.columns, Taken):
            known += [
                part
                for one in tuple(other.columns.own.values())
                for part in arrays_of(one).values()
            ]
    columns.own.update({name: kept_once(one, known) for name, one in columns.own.items()})
    return made


def window_on(
    rows: Rows,
    verb: tuple[str, ...],
    period: Periods | str,
    by: By,
    opened: Opened[W],
    *,
    what: Made | None = None,
    since: str | None = None,
    earlier: int = 0,
) -> W:
    """A window on these periods and groups; of one batch, the one that all KPIs share.

    `what` are rows made of the table's, to be looked at instead; `since` the milestone that
    settles them, which they are looked at before.
    """
    names, periods = as_by(by), as_periods(period)
    check_months(earlier)
    run = rows.run or Run(rows)
    key = (verb, what and what[0], rows.restricted_to, periods, names, earlier)
    if key in run.batch:
        found: W = run.batch[key]
        return found
    seen = rows if what is None else run.rows_made(rows, what)
    decided = seen.before.get(since or "", {})
    looked_at = (*names, *(name for name, _ in rows.condition))
    since = since if any(name.partition(".")[0] in decided for name in looked_at) else None
    if run.part is None:
        groups = grouping(seen, names, since) if what is None else _shared(seen, names, since)
        made = opened(seen, Axes(periods, names, groups.groups, earlier), groups, None)
        made.base, made.verb = rows, verb
        return made
    of_groups = (what and what[0], rows.restricted_to, names, since)
    groups = run.grouping(of_groups, seen, what)
    sums = run.sums.setdefault(("sums", *key), {})
    axes = run.axes(of_groups, periods, groups, earlier)
    window: W = opened(seen, axes, groups, sums)
    window.base, window.verb = rows, verb
    run.batch[key] = window
    return window


def _shared(made: Rows, by: tuple[str, ...], since: str | None = None) -> Grouping:
    """The groups of rows that are made once, for as long as any window looks at them."""
    alive = made.kept.setdefault("groups", WeakValueDictionary())
    found: Grouping | None = alive.get((by, since))
    if found is None:
        alive[by, since] = found = grouping(made, by, since)
    return found


def _placed(mine: Grouping, groups: tuple[Any, ...]) -> Grouping:
    """The codes of a batch's rows among the groups of the whole table."""
    if mine.codes is None:
        return mine
    place = {group: at for at, group in enumerate(groups)}
    to = np.array([place[group] for group in mine.groups if group in place], dtype=np.uint32)
    if len(to) < len(mine.groups):
        raise AssertionError("a group of a batch that the whole table lacks")
    codes = to[mine.codes] if len(to) else np.zeros(len(mine.codes), np.uint32)
    return replace(mine, groups=groups, codes=codes)


def _groups(
    whole: Any, made: Callable[[Any], Rows], names: tuple[str, ...], table: Rows
) -> tuple[tuple[Any, ...], ...]:
    """All groups that occur in the rows made of the whole table, or are on a roster.

    Made chunk by chunk, so that the rows never have to be held for the whole table.
    """
    if not names:
        return ((),)

    def groups_of(part: Any) -> tuple[tuple[Any, ...], ...]:
        return grouping(replace(made(part), condition=whole.condition), names).groups

    if whole.size <= CHUNK:
        return groups_of(whole)
    found: set[tuple[Any, ...]] = set()
    for first in range(0, whole.size, CHUNK):
        found |= set(groups_of(whole.some(slice(first, first + CHUNK))))
    orders = [_rank(table, name) for name in names]
    return tuple(
        sorted(
            found,
            key=lambda group: tuple(
                (part is None, order.get(part, len(order)), str(part))
                for part, order in zip(group, orders, strict=True)
            ),
        )
    )


def _rank(table: Rows, name: str) -> dict[Any, int]:
    """The order of a column's names: stages in that of their process."""
    if not table.has(name):
        return {}
    column = table.column(name)
    return (
        {label: at for at, label in enumerate(column.labels)} if isinstance(column, Codes) else {}
    )


def batch_rows(tables: Iterable[Rows | None]) -> int:
    """Rows to a batch: one number for tables that are measured together."""
    # A deal with history becomes several rows, of which a batch must not hold too many.
    several = any(getattr(table, "history", None) is not None for table in tables)
    return BATCH // 2 if several else BATCH


def batches(table: R, rows: int) -> Iterator[R]:
    """The table in batches of rows, then without end batches of none."""
    made: dict[Hashable, Any] = {}
    sums: dict[Hashable, Any] = {}
    for first in range(0, max(table.size, 1), rows):
        run = Run(table, slice(first, min(first + rows, table.size)), made, sums)
        try:
            yield _batch(table, run)
        finally:  # windows and their batch hold each other, and would wait for the collector
            run.batch.clear()
    while True:  # nothing more, for as long as somebody measures it beside a longer table
        yield _batch(table, Run(table, slice(table.size, table.size), made, sums))


def _batch(table: R, run: Run) -> R:
    assert run.part is not None
    return replace(table.some(run.part), run=run)
