"""Leads: who may buy, and how far they came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..columns import Column, Times, chosen
from ..days import NEVER
from ..models import Lead, Record
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..worktime import WorkCalendar
from .deadlines import in_time, past_deadline, with_deadlines
from .pauses import check_pauses
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
    born: ClassVar[str | None] = "created_at"
    derived: ClassVar[tuple[str, ...]] = ("waiting_from_at",)
    always: ClassVar[tuple[str, ...]] = ("waiting_from_at",)

    @classmethod
    def _checked(
        cls, reading: ColumnReader, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        check_pauses(reading, columns, raw)

    def _derived(self) -> dict[str, Column]:
        columns = super()._derived()
        created, handed = columns.get("created_at"), columns.get("handed_over_at")
        if isinstance(created, Times):
            columns["waiting_from_at"] = created
        if isinstance(created, Times) and isinstance(handed, Times):
            given = handed.days != NEVER
            columns["waiting_from_at"] = chosen(given, handed, created)
        return columns

    def due(self, limit: float, calendar: WorkCalendar | None) -> tuple[Leads, str]:
        """With a column of deadlines, so many hours after waiting began; and its name."""
        return with_deadlines(self, "waiting_from_at", limit, calendar, "first_response_at")


def _reached(leads: Leads, to: str) -> Mask:
    """Leads that reached a milestone; the last of several alternatives is enough."""
    found: Mask = np.zeros(leads.size, dtype=bool)
    for name in to.split(" or "):
        found |= leads.times(name).days != NEVER
    return found


def _matured(leads: Leads, start: str, within: int | None) -> Mask:
    """Leads whose window of so many days has passed, by what is known."""
    if within is None:
        return np.ones(leads.size, dtype=bool)
    today = NEVER - 1 if leads.known is None else leads.known.day
    found: Mask = leads.times(start).days.astype(np.int64) + within <= today
    return found


def _converted(leads: Leads, start: str, to: str, within: int | None) -> Mask:
    """Leads that reached a milestone, in time where there is a limit."""
    if within is None:
        return _reached(leads, to)
    since, found = leads.times(start).days.astype(np.int64), np.zeros(leads.size, dtype=bool)
    for name in to.split(" or "):
        until = leads.times(name).days
        found |= (until != NEVER) & (until - since <= within)
    both: Mask = found & _matured(leads, start, within)
    return both


def _came_to(leads: Leads, step: str) -> Mask:
    found = np.zeros(leads.size, dtype=bool)
    for later in STEPS[STEPS.index(step) :]:
        if leads.has(f"{later}_at"):
            found |= leads.times(f"{later}_at").days != NEVER
    return found


Leads.row_sets = {
    "that reached": _reached,
    "that came to": _came_to,
    "that did not reach": lambda leads, to: ~_reached(leads, to),
    "with a window that has passed": _matured,
    "with a window still running": lambda leads, *window: ~_matured(leads, *window),
    "that converted": _converted,
    "past their deadline": past_deadline,
    "answered in time": lambda leads, due: in_time(leads, due, "first_response_at"),
    "referred": lambda leads: leads.codes("referred_by").codes != 0,
    "won": lambda leads: leads.times("won_at").days != NEVER,
}
