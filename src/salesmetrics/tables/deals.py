"""Deals: sales opportunities, and the sets of them that KPIs speak of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, ClassVar, Self, TypeVar

import numpy as np

from ..asked import with_more
from ..columns import LISTED, MISSING, Codes, Column, Numbers
from ..days import EPOCH, NEVER
from ..errors import ColumnError, NeedsError, one_of
from ..history.known import Known, not_all_time
from ..history.unclosed import unclosed_rows, unknown_where_unclosed
from ..history.versions import owners_at
from ..models import DECIDED, Deal, Record, Stage
from ..money import ExchangeRates
from ..periods import Period, Periods
from ..reading.into_rows import IntoRows
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..reasons import Reason, column_needed, tables_needed
from ..results import Axes
from ..results.definition import Measured
from .at_ends import Standing
from .contracts import contract_columns
from .deal_rows import HELD, stays_of, versions_of, with_owners_at
from .deal_sets import DEAL_SETS
from .grouping import By, as_by
from .inside import Inside
from .moved import Movement
from .opening import Opening
from .overlapping import Overlapping
from .rewinding import rewound, with_prices
from .rows import Before, Mask, Rows
from .run import Made, window_on
from .slipped import Slipped
from .table import Ids, OnError, Table
from .told_outcomes import told_outcomes, with_said_open
from .verbs import During
from .window import Window

__all__ = ["Deals"]

M = TypeVar("M", bound=Movement)
UNSAID = (
    "nothing says which deals are open, won or lost: give a column outcome (open, won, lost or "
    "disqualified), stages= with their types, or closed_at with outcome; or say that all of them "
    "are open: all_open=True"
)
VERSIONS, STAYS = ("versions", versions_of), ("stays", stays_of)


class Deals(Table):
    """Sales opportunities.

    A deal is open, won, lost or disqualified.  Where the rows do not say, the type of their stage
    does (`stages=`), and a deal that neither has a close date nor a decided stage is open.
    """

    __slots__ = ()
    record: ClassVar[type[Record]] = Deal
    name = "deals"
    born: ClassVar[str | None] = "created_at"
    dated_by: ClassVar[str | None] = "closed_at"
    settled_by: ClassVar[Mapping[str, tuple[str, str]]] = {"closed_at": ("outcome", "closed")}
    spared: ClassVar[tuple[str, ...]] = (
        "created_at", "first_contact_at", "expected_close_at", "amount", "list_amount",
        "one_time_amount", "recurring_amount", "term_months", "probability", "type",
        "forecast_category",
    )  # fmt: skip
    row_sets: ClassVar[Mapping[str, Callable[..., Mask]]] = DEAL_SETS
    derived: ClassVar[tuple[str, ...]] = (
        "annual_amount",
        "contract_amount",
        "overdue_at",
        "step_probability",
        "credit",
        "campaign",
        "channel",
        "content",
        "said_open",
    )
    made_from: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "step_probability": ("stage_changes",),
        "annual_amount": ("recurring_amount", "term_months"),
        "contract_amount": ("amount",),
        "overdue_at": ("created_at", "expected_close_at"),
    }
    # The close settles these; before it a deal is open, and worth its list amount.
    before: ClassVar[Before] = {
        "closed_at": {
            "outcome": "open",
            "amount": "list_amount",
            "stage": None,
            "probability": None,
            "forecast_category": None,
            "loss_reason": None,
        }
    }

    @property
    def from_history(self) -> tuple[str, ...]:
        """The fields that are read as they were at the time; the others are as they are now."""
        return self.past

    def that_entered(self, stage: str | None) -> Self:
        """The deals that ever entered a stage, as known; all of them without one."""
        if stage is None:
            return self
        track = None if self.history is None else self.history.tracks.get("stage")
        if track is None:
            raise NeedsError(
                tables_needed("stage_changes"), "which stages a deal entered is in stage_changes"
            )
        if stage not in track.values.labels:
            labels = [label for label in track.values.labels if label is not None]
            raise ColumnError(one_of("stage", stage, labels))
        entered = np.zeros(self.size, dtype=bool)
        entered[track.deals()[track.values.codes == track.values.code(stage)]] = True
        columns = {**self.columns, "outcome": self.codes("outcome").only(entered)}
        return replace(
            self,
            columns=columns,
            restricted_to=("that entered", stage),
            remade=lambda whole: whole.that_entered(stage),
        )

    def during(
        self, time: str, period: Periods | str, *, by: By = None, earlier: int = 0
    ) -> During:
        """What happened; by owner, of the owner that a deal had then."""
        if (what := self._owned_at(time, by)) is None:
            return super().during(time, period, by=by, earlier=earlier)

        def opened(rows: Rows, axes: Axes, grouped: Any, sums: Any) -> During:
            return During(rows, axes, grouped, time, sums)

        return window_on(self, ("during", time), period, by, opened, what=what, earlier=earlier)

    def owner_at(self, time: str) -> Codes:
        """The owner that each deal had at the time of an event; without owner_changes, has now."""
        return owners_at(self, time)

    def _owned_at(self, time: str, by: By) -> Made | None:
        """The deals with the owner of then, where that can be another than now."""
        asked = as_by(by) or self.condition
        held = () if self.history is None else {*HELD} & {*self.history.tracks}
        if not held or not asked:
            return None
        return f"owners at {time}", lambda deals: with_owners_at(deals, time)

    def standing(
        self, start: str, end: str | None, period: Periods | str, *, by: By = None
    ) -> Standing:
        """What stood at each period's end: with history, as it was then.

        What nothing ends has happened once for all: of the owner that a deal had then.
        """
        if end == "closed_at":
            self.column("outcome")  # what closes is asked: not to be told of deals that say nothing
        lasting = start in ("created_at", "overdue_at")
        what = self._owned_at(start, by) if end is None else VERSIONS if lasting else None
        if self.history is None or what is None:
            return super().standing(start, end, period, by=by)
        not_all_time(period)

        def opened(rows: Rows, axes: Axes, grouped: Any, sums: Any) -> Standing:
            return Standing(rows, axes, grouped, start, end, sums)

        return window_on(self, ("standing", start, end or ""), period, by, opened, what=what)

    def moved(self, period: Periods | str, *, by: By = None) -> Movement:
        """What changed between the start and the end of each period."""
        return self._followed(Movement, "moved", period, by)

    def due_at_start(self, period: Periods | str, *, by: By = None) -> Opening:
        """What became, by the end of each period, of the deals that were due when it began."""
        return self._followed(Opening, "due at start", period, by)

    def slipped(self, period: Periods | str, *, by: By = None) -> Slipped:
        """What became of the deals that were due in each period when it began."""
        return self._followed(Slipped, "slipped", period, by)

    def _followed(self, kind: type[M], verb: str, period: Periods | str, by: By) -> M:
        """Versions of the deals, followed from the start of each period to its end."""

        def opened(rows: Rows, axes: Axes, grouped: Any, sums: Any) -> M:
            return kind(rows, axes, grouped, self, sums)

        return window_on(self, (verb,), period, by, opened, what=VERSIONS)

    def inside(self, start: str, end: str, period: Periods | str, *, by: By = None) -> Inside:
        """What began and ended inside each period; by owner, of the owner at the end."""

        def opened(rows: Rows, axes: Axes, grouped: Any, sums: Any) -> Inside:
            return Inside(rows, axes, grouped, start, end, sums)

        what = self._owned_at(end, by)
        return window_on(self, ("inside", start, end), period, by, opened, what=what)

    def stage_entries(
        self, period: Periods | str, *, by: By = None, time: str = "entered_at"
    ) -> During:
        """The entries into stages during each period, or by `"left_at"` the exits."""

        def opened(rows: Rows, axes: Axes, grouped: Any, sums: Any) -> During:
            return During(rows, axes, grouped, time, sums)

        return window_on(self, ("during", time), period, by, opened, what=STAYS)

    def stage_stays(
        self, period: Periods | str, *, by: By = None, end: str = "left_at"
    ) -> Overlapping:
        """The stays in stages that reached into each period; `"closed_at"`: on to the close."""

        def opened(rows: Rows, axes: Axes, grouped: Any, sums: Any) -> Overlapping:
            return Overlapping(rows, axes, grouped, "entered_at", end, sums)

        return window_on(self, ("overlapping", "entered_at", end), period, by, opened, what=STAYS)

    def reopened(self, asked: Measured, periods: Periods, by: By) -> Window:
        """The window that this was measured of."""
        if asked.table == "stays" and asked.verb == "during":
            return self.stage_entries(periods, by=by, time=asked.times[0])
        if asked.table == "stays":
            return self.stage_stays(periods, by=by, end=asked.times[1])
        if asked.verb in ("moved", "due at start", "slipped"):
            return getattr(self, asked.verb.replace(" ", "_"))(periods, by=by)  # type: ignore[no-any-return]
        if asked.verb == "inside":
            return self.inside(asked.times[0], asked.times[1], periods, by=by)
        return super().reopened(asked, periods, by)

    @classmethod
    def of(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls,
        data: Self | IntoRows[Record],
        *,
        currency: str | None = None,
        tz: str | None = None,
        rates: ExchangeRates | None = None,
        on_error: OnError = "raise",
        stages: Table | IntoRows[Stage] | None = None,
        ids: Ids | None = None,
        all_open: bool = False,
    ) -> Self:
        """A table as `Table.of` makes it; `all_open` says that deals which say nothing are open.

        Where no row says whether it is open, won or lost (an outcome, a stage with a type, a date
        of closing), figures that ask it are undefined without `all_open`.
        """
        table = super().of(
            data, currency=currency, tz=tz, rates=rates, on_error=on_error, stages=stages, ids=ids
        )
        return table._said_open() if all_open and not isinstance(data, Table) else table

    def _said_open(self) -> Self:
        """With the deals open that say nothing of how they stand, and marked."""
        given = with_said_open(self.given, self.size)
        return replace(self, given=given, columns=given).known_at(self.known, self.complete)

    def column(self, name: str) -> Column:
        """A column by name; where nothing says how deals stand, that says what to give."""
        if name == "outcome" and "outcome" not in self.columns:
            raise NeedsError(column_needed("deals", "outcome"), UNSAID)
        return super().column(name)

    @classmethod
    def _checked(
        cls, reading: ColumnReader, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        told_outcomes(reading, columns, raw, stages)

    @classmethod
    def _spares(cls, field: str, columns: Mapping[str, Column]) -> bool | Mask:
        """Also the day of a close that the row tells otherwise: won or lost, nobody knows when."""
        unclosed = unclosed_rows(columns) if field == "closed_at" else None
        return super()._spares(field, columns) if unclosed is None else unclosed

    def known_at(self, known: Known | None, complete: Known | None) -> Self:
        table = super().known_at(known, complete)
        return table if table.history is None else with_prices(table)

    def _put_back(self, known: Known, passing: bool) -> Self:
        """As it was known: from the changes before the instant where a deal has them."""
        then = super()._put_back(known, passing)
        return then if self.history is None else rewound(then, self, known)

    def _as_then(self, name: str, known: Known) -> Column:
        column = super()._as_then(name, known)
        if name == "outcome" and self.known is not None and self.known.is_later_than(known):
            return unknown_where_unclosed(column, self.given)
        return column

    def _derived(self) -> Mapping[str, Column]:
        given = super()._derived()
        listed = {"amount": lambda: self._amount(given)} if "list_amount" in given else {}
        columns = with_more(given, listed)
        return with_more(columns, contract_columns(columns))

    def _amount(self, columns: Mapping[str, Column]) -> Numbers:
        """An open deal without an amount of its own is worth its list amount."""
        amount, listed = columns.get("amount"), columns["list_amount"]
        assert isinstance(listed, Numbers)
        if not isinstance(amount, Numbers):
            nothing = Numbers(np.zeros(self.size, np.int64))
            amount = nothing.only(np.zeros(self.size, bool), MISSING)
        still_open = self.times("closed_at").days == NEVER
        if (unclosed := unclosed_rows(self.given)) is not None:
            still_open &= ~unclosed
        return amount.otherwise(listed.only(still_open, MISSING), LISTED)

    def _without_day(self) -> Mask | None:
        """Closed on a day that nobody knows; an open deal is worth what it is today."""
        outcome = self.given.get("outcome")
        if not isinstance(outcome, Codes):
            return None
        undated = super()._without_day()
        decided = outcome.among(sorted(DECIDED))
        return decided if undated is None else decided & undated

    def now(self, by: By = None) -> Window:
        """What stands open at the instant up to which events are known."""
        if self.known is None:
            raise NeedsError(
                Reason("argument", name="as_of"), "up to when events are known? use .as_of(...)"
            )
        day = date.fromordinal(self.known.day + EPOCH)
        now = Period(day, day + timedelta(days=1), "now")
        return self.standing("created_at", "closed_at", now, by=by)
