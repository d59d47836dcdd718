"""Windows: rows placed in periods and groups, ready to be counted and summed.

The only arithmetic on compact columns is here.  A row's place is its *cell*: the atom of time
its day lies in and its group.  What a window counts is named by strings, so that it knows what
was left out and why, and so that totals can be shared.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from ..columns import AS_NOW, LISTED, MISSING, REST, SAME_CURRENCY, Numbers
from ..errors import ColumnError, NeedsError
from ..reasons import Reason, column_needed, tables_needed
from ..results import Distribution, Grid, Ratio, Statement, Total
from ..results.definition import Measured, plain_value
from ..results.grid import WIDE
from ..results.result import Evidence
from ..results.statement import statement
from ..results.tally import levels_of
from .masks import SAID_OPEN, UNPLACED, said_open_rows, unplaced_rows
from .placed_rows import PlacedRows
from .places import Places, add_at, picked
from .record_names import called_in
from .row_sets import RowSet, Where, asks, described
from .rows import Rows
from .unknown import kinds_of_unknown, named_reasons
from .worked import check_calendar, worked

if TYPE_CHECKING:
    from ..worktime import WorkCalendar

__all__ = ["Window"]

T = TypeVar("T")
STANDING_IN = (
    (SAME_CURRENCY, "same_currency"),
    (LISTED, "from_list_amount"),
    (AS_NOW, "as_now"),
    (REST, "no_line_names"),
)


class Window(PlacedRows, ABC):
    """Placed rows, counted and summed."""

    # what is asked of it -------------------------------------------------------------------------

    def count(self, where: Where = None) -> Total:
        """How many rows (of a row set, or of several at once)."""
        return self._once(("count", where), lambda: self._count(where))

    def total(self, column: str, where: Where = None, weight: str | tuple[str, ...] = ()) -> Total:
        """The sum of a column, times the first known of the `weight` columns.

        Rows whose number is not known are left out and counted by reason.
        """
        weights = (weight,) if isinstance(weight, str) else weight
        return self._once(
            ("total", column, where, weights), lambda: self._total(column, where, weights)
        )

    def measure(
        self, of: Literal["count", "amount"], where: Where = None, excluded: str | None = None
    ) -> Total:
        """The count, or the total amount; `excluded` names rows left out by definition."""
        if of not in ("count", "amount"):
            raise ColumnError(f"of= is 'count' or 'amount', not {of!r}")
        found = self.count(where) if of == "count" else self.total("amount", where)
        return (
            found if excluded is None else found.excluding(Reason(excluded), self.count(excluded))
        )

    def split(self, whole: str, parts: tuple[str, ...], share: tuple[str, ...]) -> Statement:
        """All rows by row sets that every row is in exactly one of; the figure is a share."""
        counts = {whole: self.count(), **{name: self.count(name) for name in parts}}
        first, *others = (counts[name] for name in share)
        return statement(
            described(self.table.name, None),
            counts,
            Ratio(first.together(*others), counts[whole]),
            {**dict.fromkeys(parts, 1), whole: -1},
            base=whole,
            unit="proportion",
            adds="rows",
        )

    def days_between(
        self, start: str, end: str, where: Where = None, unended: Reason | None = None
    ) -> Distribution:
        """Whole days from one time to another; what is impossible is left out and counted.

        Rows that have not ended are left out too, and counted under `unended` where it is given.
        """
        key = ("days", start, end, where, unended)
        return self._once(key, lambda: self._between(key, start, end, where, unended, None))

    def hours_between(
        self,
        start: str,
        end: RowSet,
        calendar: WorkCalendar | None,
        where: Where = None,
        unended: Reason | None = None,
    ) -> Distribution:
        """Hours from one instant to another, of the wall clock or of a calendar of work."""
        check_calendar(calendar)
        key = ("seconds", start, end, where, unended, calendar)

        def seconds(since: Any, until: Any) -> Any:
            return worked(self.table.zone, since, until, calendar)

        return self._once(key, lambda: self._between(key, start, end, where, unended, seconds))

    def amounts(self, column: str, where: Where = None) -> Distribution:
        """How the numbers of a column are distributed; those not known are left out, counted."""
        return self._once(("amounts", column, where), lambda: self._amounts(column, where))

    def ages(self, where: Where = None) -> Distribution:
        """Whole days that what stands at each period's end has stood by then."""
        return self._once(("ages", where), lambda: self._ages(where))

    # how -----------------------------------------------------------------------------------------

    @property
    def ahead(self) -> bool:
        """Whether its rows are dated by a plan, so that it tells of periods that have not begun."""
        return False

    @property
    @abstractmethod
    def population(self) -> str:
        """The rows it speaks of, in words."""

    @abstractmethod
    def _undated(self, where: Where) -> dict[Reason, Grid]:
        """Rows that cannot be placed in time, by reason."""

    def _undated_now(self, where: Where) -> dict[Reason, Grid]:
        """Rows placed in time by something that stands in."""
        return {}

    def _not_meant(self, where: Where) -> dict[Reason, Grid]:
        """Rows left out by definition, by reason."""
        return {}

    def _by_definition(self, where: Where) -> dict[Reason, Grid]:
        """Rows left out by definition, found once: they are named with the figure."""
        found: dict[Reason, Grid] = self._once(
            ("by definition", where), lambda: self._not_meant(where)
        )
        return found

    def _left_out(self, where: Where) -> dict[Reason, Grid]:
        """Rows that cannot be placed in time, found once."""
        found: dict[Reason, Grid] = self._once(
            ("left out", where), lambda: {**self._undated(where), **self._unsaid(where)}
        )
        return found

    def _unsaid(self, where: Where) -> dict[Reason, Grid]:
        """Deals that say nothing of how they stand, where that is asked."""
        return {}

    def _stands_in(self, where: Where) -> dict[Reason, Grid]:
        """Rows placed in time by something that stands in, found once."""
        found: dict[Reason, Grid] = self._once(
            ("stands in", where), lambda: self._undated_now(where)
        )
        return found

    def _assumed(self, where: Where) -> dict[Reason, Grid]:
        """Rows that count by something that stands in, and those that are as somebody says."""
        said: dict[Reason, Grid] = self._once(("as said", where), lambda: self._as_said(where))
        return {**self._stands_in(where), **said}

    def _as_said(self, where: Where) -> dict[Reason, Grid]:
        """Deals that are open by what is said of all; stays by the place given to their stage."""
        asked = self._asks_outcome(where)
        found = {}
        for why, mask in (
            (SAID_OPEN, said_open_rows(self.table) if asked else None),
            (UNPLACED, unplaced_rows(self.table)),
        ):
            if mask is not None:
                here, also = self._at(mask), self._mask(where)
                rows = np.flatnonzero(here if also is None else here & also)
                places = tuple((cells[rows], sign) for cells, sign in self.places)
                found[why] = self._grid((why.code, where), places)
        return found

    def _asks_outcome(self, where: Where) -> bool:
        """Whether it matters here how deals stand."""
        return asks(self.table.row_sets, where, "outcome")

    def _numbers(self, column: str, table: Rows | None = None) -> Numbers:
        """A column of the table, as it stood when the rows are counted."""
        return (self.table if table is None else table).numbers(column)

    def _evidence(
        self, where: Where, of: tuple[Any, ...] = ("rows",), weights: tuple[str, ...] = ()
    ) -> Evidence:
        names = (where,) if isinstance(where, str) else where or ()
        table = self.table
        return Evidence(
            described(table.name, names),
            self.population,
            None if table.known is None else table.known.at,
            table.from_history,
            Measured(
                table.name, self.verb[0], self.verb[1:], plain_value(of), plain_value(names),
                self.base.restricted_to, weights, self.axes.earlier,
            ),
            None if table.zone is None else table.zone.name,
            known_by_plans=table.known is not None and table.known.assumed,
            ahead=self.ahead,
            called=called_in([table]),
            source=self._once("source", self.base.source),
        )  # fmt: skip

    def _grid(self, key: Any, places: Places) -> Grid:
        """How many rows, added to what earlier batches counted under this key."""
        counted = self._sums(key)
        add_at(counted, places, None)
        return self._counts(counted)

    def _counts(self, counted: Any) -> Grid:
        """Counts as a grid: no cell can hold more than all rows."""
        return Grid(counted.reshape(self.axes.shape), self.stock, len(self.table.whole))

    def _sums(self, key: Any, wide: bool = False) -> Any:
        """The sums under this key, to add to: all batches of a table share them."""
        if key not in self._kept:
            size = self.axes.shape[0] * self.axes.shape[1]
            self._kept[key] = np.zeros(size, dtype=object if wide else np.int64)
        return self._kept[key]

    def _reasons(self, key: Any, found: Mapping[Reason, Grid]) -> dict[Reason, Grid]:
        """With the reasons that earlier batches found: a later batch may not meet them again."""
        known: dict[Reason, Grid] = self._kept.setdefault(("reasons", key), {})
        known.update(found)
        return known

    def _count(self, where: Where) -> Total:
        grid = self._grid(("n", where), self._placed(where))
        return Total(
            self.axes,
            self._evidence(where),
            self.table.name,
            grid,
            grid,
            excluded_rows=self._reasons(("count", where), self._left_out(where)),
            assumed_rows=self._reasons(("assumed", where), self._assumed(where)),
            by_definition_rows=self._reasons(("by definition", where), self._by_definition(where)),
        )

    def _total(self, column: str, where: Where, weights: tuple[str, ...]) -> Total:
        numbers, factor = self._numbers(column), self._weight(weights) if weights else None
        rows, places, key = self._rows_of(where), self._placed(where), (column, where, weights)
        excluded, assumed = dict(self._left_out(where)), self._assumed(where)
        counts = self.count(where).counts
        kinds = kinds_of_unknown(numbers, factor, rows)
        if kinds is not None:
            counts, of_kind = self._by_kind(key, kinds, counts, places)
            named = named_reasons(self.table, column, weights)
            excluded |= {why: of_kind[kind] for kind, why in named if kind in of_kind}
            for kind, code in STANDING_IN:
                if kind in of_kind:
                    assumed[Reason(code, field=column)] = of_kind[kind]
            if (kinds >= MISSING).any():
                known = np.flatnonzero(kinds < MISSING)
                rows = known if rows is None else rows.take(known, mode="clip")
                places = picked(places, known)
        values, bound, scale = numbers.values_at(rows), numbers.bound, numbers.scale
        if factor is not None:
            bound, scale = bound * factor.scale, scale * factor.scale
            wide = values.astype(object) if bound >= WIDE else values
            values = wide * factor.values_at(rows)
        elif bound >= WIDE:
            values = values.astype(object)
        sums = self._sums(("sum", key), wide=bound >= WIDE)
        add_at(sums, places, values)
        return Total(
            self.axes,
            self._evidence(where, (column,), weights),
            column,
            Grid(sums.reshape(self.axes.shape), self.stock, bound),
            counts,
            currency=self._currency(column),
            scale=scale,
            excluded_rows=self._reasons(("total", key), excluded),
            assumed_rows=self._reasons(("stand-ins", key), assumed),
            by_definition_rows=self._reasons(("by definition", where), self._by_definition(where)),
        )

    def _by_kind(
        self, key: Any, kinds: npt.NDArray[np.uint8], every: Grid, places: Places
    ) -> tuple[Grid, dict[int, Grid]]:
        """How many rows are known, and how many are of each kind.

        All rows are counted already, so the most frequent kind is what the others leave.
        """
        here = np.array(
            [np.count_nonzero(kinds == kind) for kind in range(int(kinds.max(initial=0)) + 1)]
        )
        found: dict[int, Any] = self._kept.setdefault(("kinds", key), {})
        rest = self._kept.setdefault(("most", key), int(here.argmax()))
        for kind in np.flatnonzero(here).tolist():
            if kind == rest:
                continue
            rows = np.flatnonzero(kinds == kind)
            found[kind] = self._sums(("kind", kind, key))
            add_at(found[kind], picked(places, rows), None)
        # What is left is computed when somebody looks: not for every batch, but after the last.
        of_kind = {kind: self._counts(each) for kind, each in found.items()}
        of_kind[rest] = self._less(every, [*of_kind.values()])
        unknown = [each for kind, each in of_kind.items() if kind >= MISSING]
        return self._less(every, unknown), of_kind

    def _less(self, every: Grid, others: Sequence[Grid]) -> Grid:
        """What the others leave of all rows, computed when somebody looks."""
        return Grid(
            lambda: every.changes - sum(other.changes for other in others),
            self.stock,
            len(self.table.whole),
        )

    def _currency(self, column: str) -> str | None:
        return self.table.currency if column.endswith("amount") else None

    def _weight(self, names: tuple[str, ...]) -> Numbers:
        """The first of these columns that is known, row by row."""
        there = [self._numbers(name) for name in names if self.table.has(name)]
        if not there:
            elsewhere = {
                "stage.probability": column_needed("stages", "probability"),
                "step_probability": tables_needed("stage_changes"),
            }
            own = [column_needed(self.table.name, name) for name in names]
            lacking = (elsewhere.get(n, mine) for n, mine in zip(names, own, strict=True))
            wanted = Reason("any_of", items=tuple(lacking))
            raise NeedsError(wanted, f"{wanted} is needed, and none is given")
        found = there[0]
        for other in there[1:]:
            found = found.otherwise(other)
        return found

    def _between(
        self,
        key: Any,
        start: str,
        end: RowSet,
        where: Where,
        unended: Reason | None,
        seconds: Callable[[Any, Any], Any] | None,
    ) -> Distribution:
        raise ColumnError("time between is measured of what happened, not of what stands")

    def _ages(self, where: Where) -> Distribution:
        raise ColumnError("ages are of what stands, not of what happened")

    def _amounts(self, column: str, where: Where) -> Distribution:
        raise ColumnError("amounts are distributed of what happened or stands")

    def _levels(self, column: str) -> npt.NDArray[Any]:
        """The distinct numbers of a column of the whole table, of which this may be a batch."""
        key = ("levels", column)
        if key not in self._kept:
            self._kept[key] = levels_of(self._numbers(column, self.table.whole).values)
        levels: npt.NDArray[Any] = self._kept[key]
        return levels
