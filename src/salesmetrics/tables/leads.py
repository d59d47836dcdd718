"""Leads: who may buy, and how far they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from math import ceil, isfinite
from typing import Any, ClassVar, Self

import numpy as np

from ..columns import MISSING, Codes, Column, Times, chosen, never
from ..days import NEVER
from ..errors import SalesMetricsError, one_of, shown
from ..history.known import Instant, read_instant, whole_day_of
from ..models import Lead, Record
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..reasons import Reason
from ..worktime import WorkCalendar
from .deadlines import before_deadline, in_time, past_deadline, with_deadlines
from .masks import undated_rows
from .order import ORDER_SETS
from .pauses import check_pauses
from .row_sets import labelled
from .table import Mask, Table

__all__ = ["STEPS", "Leads"]

STEPS = ("mql", "sql", "opportunity", "won")


class Leads(Table):
    """Possible buyers, with the milestones they reached.

    `waiting_from_at` is when a lead began to wait for an answer: when it was handed to sales, else
    when it was created.
    """

    __slots__ = ()
    record: ClassVar[type[Record]] = Lead
    name = "leads"
    spared: ClassVar[tuple[str, ...]] = ("created_at", "score")
    born: ClassVar[str | None] = "created_at"
    derived: ClassVar[tuple[str, ...]] = ("waiting_from_at", "response_from_creation_at")
    made_from: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "response_from_creation_at": ("first_response_at",)
    }
    always: ClassVar[tuple[str, ...]] = ("waiting_from_at",)
    settled_by: ClassVar[Mapping[str, tuple[str, str]]] = {
        f"{step}_at": (step, f"said to be {step}") for step in STEPS
    }

    @classmethod
    def _checked(
        cls, reading: ColumnReader, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        check_pauses(reading, columns, raw)
        for step in STEPS:
            told = columns.get(step)
            if not isinstance(told, Codes):
                continue
            dated = columns.setdefault(f"{step}_at", never(len(told.codes), reading.zone))
            assert isinstance(dated, Times)
            for row in np.flatnonzero(told.among([False]) & (dated.days != NEVER)):
                reading.fault(step, raw[step], int(row), Reason("not_but_dated", step=step))

    def by_score(self, **least: float | None) -> Self:
        """Leads of which a score says what they reached: `leads.by_score(mql=50, sql=80)`.

        A lead of at least that score has reached the milestone; nobody knows on which day, so
        that it counts in shares of cohorts and over all time, and in no period.  What a row says
        itself, with a day, a yes or a no, holds.  A score is the present one: of what was known
        earlier (`.as_of`) it says nothing.

        Args:
            least: the lowest score of `mql`, `sql`, `opportunity` or `won`; None asks nothing.

        Raises:
            NeedsError: the leads have no column `score`.
            SalesMetricsError: another milestone, or a lowest score that is no number.
        """
        asked = {step: value for step, value in least.items() if value is not None}
        told: dict[str, Column] = {}
        for step, value in asked.items():
            if step not in STEPS:
                raise SalesMetricsError(one_of("milestone of a score", step, STEPS))
            told |= self._told_by_score(step, value)
        if not told:
            return self
        return replace(
            self,
            given={**self.given, **told},
            columns={**self.columns, **told},
            run=None,
            restricted_to=(*self.restricted_to, "by score", *sorted(asked.items())),
            remade=lambda whole: whole.by_score(**asked),
        )

    def _told_by_score(self, step: str, value: float) -> dict[str, Column]:
        """The column that says yes or no of a milestone, with what the score says, and its days."""
        number = not isinstance(value, bool) and isinstance(value, (int, float, Decimal))
        if not number or not isfinite(value) or value < 0:
            raise SalesMetricsError(
                f"the lowest score of {step} is {shown(value)}; give a number, 0 or more"
            )
        scores = self.numbers("score")
        earlier = self.known and self.complete and self.complete.is_later_than(self.known)
        reached = (scores.reasons() < MISSING) & (scores.values >= ceil(value * scores.scale))
        nothing = Codes(np.zeros(self.size, np.uint8), (None,))
        own = self.columns.get(step, nothing)
        assert isinstance(own, Codes)
        labels = own.labels if True in own.labels else (*own.labels, True)
        says = (own.codes == 0) & (reached & (not earlier))
        codes = np.where(says, labels.index(True), own.codes).astype(np.uint8)
        days = self.columns.get(f"{step}_at", never(self.size, self.zone))
        return {step: Codes(codes, labels), f"{step}_at": days}

    def as_of(self, instant: Instant) -> Self:
        """As it was known: of a milestone that is only known to have been reached, not when."""
        table = self
        if self.known is not None and self.known.is_later_than(read_instant(instant, self.zone)):
            told = {name: column for name, column in self.given.items() if name in STEPS}
            nothing = {
                name: column.only(np.zeros(self.size, dtype=bool))
                for name, column in told.items()
                if isinstance(column, Codes)
            }
            table = replace(
                self, given={**self.given, **nothing}, columns={**self.columns, **nothing}
            )
        return super(Leads, table).as_of(instant)

    def _derived(self) -> dict[str, Column]:
        columns = dict(super()._derived())
        created, handed = columns.get("created_at"), columns.get("handed_over_at")
        if isinstance(created, Times):
            columns["waiting_from_at"] = created
        if isinstance(created, Times) and isinstance(handed, Times):
            given = handed.days != NEVER
            columns["waiting_from_at"] = chosen(given, handed, created)
        if "first_response_at" in columns:  # where no activities tell them apart
            columns["response_from_creation_at"] = columns["first_response_at"]
        return columns

    def due(
        self,
        limit: float,
        calendar: WorkCalendar | None,
        start: str = "waiting_from_at",
        answered: str = "first_response_at",
    ) -> tuple[Leads, str]:
        """With a column of deadlines, so many hours after waiting began; and its name."""
        return with_deadlines(self, start, limit, calendar, answered)


def _happened(leads: Leads, milestone: str) -> Mask:
    """Leads that reached a milestone, dated or not."""
    found: Mask = leads.times(milestone).days != NEVER
    undated = undated_rows(leads, milestone) if milestone in leads.settled_by else None
    return found if undated is None else found | undated


def _reached(leads: Leads, to: str) -> Mask:
    """Leads that reached a milestone; the last of several alternatives is enough."""
    found: Mask = np.zeros(leads.size, dtype=bool)
    for name in to.split(" or "):
        found |= _happened(leads, name)
    return found


def _when_unknown(leads: Leads, to: str, within: int | None) -> Mask:
    """Leads that reached a milestone on a day that nobody knows, where there is a limit."""
    if within is None:
        return np.zeros(leads.size, dtype=bool)
    dated: Mask = np.zeros(leads.size, dtype=bool)
    for name in to.split(" or "):
        dated |= leads.times(name).days != NEVER
    return _reached(leads, to) & ~dated


def _matured(leads: Leads, start: str, within: int | None) -> Mask:
    """Leads whose window of so many days has passed, by what is known."""
    if within is None:
        return np.ones(leads.size, dtype=bool)
    last = whole_day_of(leads.known)
    found: Mask = leads.times(start).days.astype(np.int64) + within <= last
    return found


def _converted(leads: Leads, start: str, to: str, within: int | None) -> Mask:
    """Leads that reached a milestone, in time where there is a limit."""
    if within is None:
        return _reached(leads, to)
    since, found = leads.times(start).days.astype(np.int64), np.zeros(leads.size, dtype=bool)
    for name in to.split(" or "):
        until = leads.times(name).days
        found |= (until != NEVER) & (until - since <= within) & (until >= since)
    both: Mask = found & _matured(leads, start, within)
    return both


def _came_to(leads: Leads, step: str) -> Mask:
    found = np.zeros(leads.size, dtype=bool)
    for later in STEPS[STEPS.index(step) :]:
        if leads.has(f"{later}_at"):
            found |= _happened(leads, f"{later}_at")
    return found


Leads.row_sets = {
    **ORDER_SETS,
    "that reached": _reached,
    "that came to": _came_to,
    "that did not reach": lambda leads, to: ~_reached(leads, to),
    "with a window that has passed": _matured,
    "with a window still running": lambda leads, *window: ~_matured(leads, *window),
    "that converted": _converted,
    "past their deadline": past_deadline,
    "before their deadline": before_deadline,
    "answered in time": in_time,
    "referred": lambda leads: leads.codes("referred_by").codes != 0,
    "won": lambda leads: _happened(leads, "won_at"),
    "nobody knows when": _when_unknown,
    "known when": lambda leads, *asked: ~_when_unknown(leads, *asked),
    **{f"said to be {step}": labelled(step, True) for step in STEPS},
}
