"""What sales support is measured by: requests, deliverables, surveys, checks and expectations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import numpy as np

from .. import values
from ..columns import NEVER, NEVER_SECONDS, Codes, Column, Numbers, Times
from ..errors import NeedsError, SalesMetricsError, shown
from ..frames import Raw
from ..measures.grid import EPOCH
from ..reading import Reading
from ..support_records import Check, Deliverable, Expectation, Request, Survey
from ..worktime import WorkCalendar
from ..zones import Zone
from .deadlines import before_deadline, in_time, past_deadline, with_deadlines
from .row_sets import RowSet, labelled
from .table import Mask, Table
from .worked import check_calendar, in_utc, worked

__all__ = ["Checks", "Deliverables", "Expectations", "Requests", "Surveys"]

Spans = tuple[tuple[int, int], ...]
DAY = 86_400


class Requests(Table):
    """What sales support was asked for, when it was due and done, and when it had to wait."""

    __slots__ = ()
    record = Request
    name = "requests"
    born = "requested_at"
    always: ClassVar[tuple[str, ...]] = ("due_at",)

    @classmethod
    def _checked(
        cls, reading: Reading, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        pauses = columns.get("pauses")
        if not isinstance(pauses, Codes):
            return
        wrong: dict[int, str] = {}
        for code, text in enumerate(pauses.labels):
            try:
                spans_of(text, reading.zone)
            except ValueError as reason:
                wrong[code] = str(reason)
        for row in np.flatnonzero(np.isin(pauses.codes, list(wrong))):
            reading.fault("pauses", raw["pauses"], int(row), wrong[int(pauses.codes[row])])

    def times(self, name: RowSet) -> Times:
        """A column of times; `("completed_at", calendar)` is without the pauses."""
        if isinstance(name, str):
            return Table.times(self, name)
        return _without_pauses(self, *name[1:])

    def due(self, limit: float | None, calendar: WorkCalendar | None) -> tuple[Requests, str]:
        """With a column of deadlines, and its name: given ones, or so many hours after asking."""
        if limit is None:
            check_calendar(calendar)
            return self, "due_at"
        return with_deadlines(self, "requested_at", limit, calendar)


def _without_pauses(requests: Requests, calendar: WorkCalendar | None) -> Times:
    """When each request would have been completed, had it never had to wait for somebody else."""
    completed = requests.times("completed_at")
    if not requests.has("pauses"):
        return completed
    zone, pauses, asked = requests.zone, requests.codes("pauses"), requests.times("requested_at")
    since, until = asked.seconds, completed.seconds
    done = (completed.days != NEVER) & (until >= since)
    seconds = until.copy()
    for code in np.flatnonzero(np.bincount(pauses.codes, minlength=len(pauses.labels))):
        rows = np.flatnonzero((pauses.codes == code) & done)
        if not pauses.labels[code] or not len(rows):
            continue
        start, end = since[rows], until[rows]
        left = worked(zone, start, end, calendar)
        for first, last in spans_of(pauses.labels[code], zone):
            begun, ended = np.clip(first, start, end), np.clip(last, start, end)
            left = left - worked(zone, begun, ended, calendar)
        seconds[rows] = _after(zone, start, left, calendar)
    return Times(seconds, completed.days)


def _after(zone: Zone | None, start: Any, passed: Any, calendar: WorkCalendar | None) -> Any:
    """The instant at which so many seconds, of the clock or of work, have passed."""
    if calendar is None:
        return start + passed
    found = calendar.deadline(in_utc(zone, start, calendar), passed)
    return found if zone is not None else calendar.zone.local_seconds(found)


class Deliverables(Table):
    """Reports, insights and guides, one row for each edition.

    `refreshed_at` is when an edition was last updated, else published; `previous_at` when the
    same `material` was last published or updated before.
    """

    __slots__ = ()
    record = Deliverable
    name = "deliverables"
    derived: ClassVar[tuple[str, ...]] = ("refreshed_at", "previous_at")
    always: ClassVar[tuple[str, ...]] = ("due_at",)

    def _settled(self) -> dict[str, Column]:
        columns = super()._settled()
        published = columns.get("published_at")
        if not isinstance(published, Times):
            return columns
        updated = columns.get("updated_at")
        again = (
            updated if isinstance(updated, Times) else published.until(np.zeros(self.size, bool))
        )
        came = again.days != NEVER
        columns["refreshed_at"] = Times(
            np.where(came, again.seconds, published.seconds),
            np.where(came, again.days, published.days).astype(np.uint16),
        )
        material = columns.get("material")
        codes = material.codes if isinstance(material, Codes) else np.zeros(self.size, np.uint8)
        columns["previous_at"] = _previous(codes, published, again)
        return columns


class Surveys(Table):
    """Questions how satisfied somebody is, and the answers."""

    __slots__ = ()
    record = Survey
    name = "surveys"
    born = "sent_at"

    @classmethod
    def _checked(
        cls, reading: Reading, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        score, scale = columns.get("score"), columns.get("scale")
        if isinstance(scale, Numbers):
            for row in np.flatnonzero((scale.reasons() == 0) & (scale.values < 1)):
                reason = "a scale is the best score there is, 1 or more"
                reading.fault("scale", raw["scale"], int(row), reason)
        if isinstance(score, Numbers):
            known = score.reasons() == 0
            for row in np.flatnonzero(known & (score.values < 0)):
                reading.fault("score", raw["score"], int(row), "a score is 0 or more")
            if isinstance(scale, Numbers):
                above = known & (scale.reasons() == 0) & (score.values > scale.values)
                for row in np.flatnonzero(above):
                    reason = f"above the best score of its scale, {scale.values[row]}"
                    reading.fault("score", raw["score"], int(row), reason)

    def one_scale(self, scale: int | None) -> int:
        """The scale asked for; where none is, the only one that occurs."""
        if scale is not None:
            if type(scale) is not int or scale < 1:
                raise SalesMetricsError(f"scale is {shown(scale)}; give the best score there is")
            return scale
        whole = self if self.memo is None else self.memo.whole
        numbers = whole.numbers("scale")
        found = sorted(set(numbers.values[numbers.reasons() == 0].tolist()))
        if len(found) > 1:
            listed = ", ".join(map(str, found))
            raise NeedsError("scale", f"scores of the scales {listed} have no mean; pass scale=")
        return int(found[0]) if found else 1


class Checks(Table):
    """Records that were compared with the truth."""

    __slots__ = ()
    record = Check
    name = "checks"
    born = "checked_at"

    @classmethod
    def _checked(
        cls, reading: Reading, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        checked, correct = columns.get("checked_fields"), columns.get("correct_fields")
        if isinstance(checked, Numbers):
            must_count(reading, "checked_fields", checked, raw, least=1)
        if isinstance(correct, Numbers):
            must_count(reading, "correct_fields", correct, raw)
        if isinstance(checked, Numbers) and isinstance(correct, Numbers):
            for row in np.flatnonzero(correct.values > checked.values):
                if checked.reasons()[row] == 0 and correct.reasons()[row] == 0:
                    reason = f"more than the {checked.values[row]} fields checked"
                    reading.fault("correct_fields", raw["correct_fields"], int(row), reason)


class Expectations(Table):
    """Records that have to be in the CRM by a deadline."""

    __slots__ = ()
    record = Expectation
    name = "expectations"
    always: ClassVar[tuple[str, ...]] = ("due_at",)


def must_count(
    reading: Reading, name: str, numbers: Numbers, raw: Mapping[str, Raw], least: int = 0
) -> None:
    """Faults for counts that are missing or too small: such a row says nothing."""
    faulty = {fault.row for fault in reading.faults if fault.field == name}
    for row in np.flatnonzero((numbers.reasons() != 0) | (numbers.values < least)):
        if int(row) not in faulty:
            reading.fault(name, raw[name], int(row), f"a number is needed, {least} or more")


def spans_of(text: str | None, zone: Zone | None) -> Spans:
    """Pauses as seconds, in order and without overlap."""
    if text is None:
        return ()
    found = []
    for part in text.split(";"):
        start, slash, end = (piece.strip() for piece in part.partition("/"))
        if not slash or not start or not end:
            raise ValueError(
                "pauses are intervals with a semicolon between them, such as "
                "2025-01-06T10:00/2025-01-06T14:30"
            )
        first = _second(start, zone)
        last = NEVER_SECONDS if end == ".." else _second(end, zone)
        if last < first:
            raise ValueError(f"the pause {part.strip()} ends before it begins")
        found.append((first, last))
    merged: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def _second(text: str, zone: Zone | None) -> int:
    at = values.moment(text)
    assert at is not None
    if isinstance(at, datetime) and at.tzinfo is not None:
        if zone is None:
            raise SalesMetricsError(f"{text} needs the table's time zone; pass tz=")
        return int(at.timestamp())
    local = (at.toordinal() - EPOCH) * DAY
    if isinstance(at, datetime):
        local += at.hour * 3600 + at.minute * 60 + at.second
    return local if zone is None else int(zone.earliest_utc(np.array([local]))[0])


def _previous(material: Any, published: Times, again: Times) -> Times:
    """Of each row's last date, the latest one of the same material before it."""
    size = len(material)
    rows = np.concatenate([np.arange(size), np.arange(size)])
    seconds = np.concatenate([published.seconds, again.seconds])
    days = np.concatenate([published.days, again.days])
    names = np.concatenate([material, material]).astype(np.int64)
    # Without a material a row is one of its own.
    names = np.where(names == 0, -1 - rows, names)
    came = np.flatnonzero(days != NEVER)
    order = came[np.lexsort((seconds[came], names[came]))]
    found = Times(np.full(size, NEVER_SECONDS), np.full(size, NEVER, dtype=np.uint16))
    last_of_row = np.where(again.days != NEVER, again.seconds, published.seconds)
    before: tuple[int, int] | None = None
    current: tuple[int, int, int] | None = None
    for place in order.tolist():
        row, name, second, day = rows[place], names[place], seconds[place], days[place]
        if current is None or current[0] != name:
            before, current = None, (name, second, day)
        elif second > current[1]:
            before, current = (current[1], current[2]), (name, second, day)
        if before is not None and second == last_of_row[row]:
            found.seconds[row], found.days[row] = before
    return found


def _known(table: Table, name: str) -> Mask:
    column = table.column(name)
    found = column.codes != 0 if isinstance(column, Codes) else table.numbers(name).reasons() == 0
    return np.asarray(found)


def _came(table: Table, name: str) -> Mask:
    return np.asarray(table.times(name).days != NEVER)


def _scored(surveys: Surveys, scale: int) -> Mask:
    found = surveys.numbers("scale")
    same = (found.reasons() == 0) & (found.values == scale)
    return np.asarray(_known(surveys, "score") & same)


def _unscored(surveys: Surveys) -> Mask:
    return ~(_known(surveys, "score") & _known(surveys, "scale"))


def _top(surveys: Surveys, scale: int) -> Mask:
    return np.asarray(_scored(surveys, scale) & (surveys.numbers("score").values == scale))


Requests.row_sets = {
    "past their deadline": past_deadline,
    "before their deadline": before_deadline,
    "completed in time": lambda requests, due: in_time(requests, due, "completed_at"),
}
Expectations.row_sets = {
    "past their deadline": lambda rows: past_deadline(rows, "due_at"),
    "before their deadline": lambda rows: before_deadline(rows, "due_at"),
    "recorded in time": lambda rows: in_time(rows, "due_at", "recorded_at"),
}
Deliverables.row_sets = {
    "report": labelled("kind", "report"),
    "insight": labelled("kind", "insight"),
    "guide": labelled("kind", "guide"),
    "used": labelled("used", True),
    "with known use": lambda rows: _known(rows, "used"),
    "without known use": lambda rows: ~_known(rows, "used"),
    "with an edition before": lambda rows: _came(rows, "previous_at"),
    "past their deadline": lambda rows: past_deadline(rows, "due_at"),
    "before their deadline": lambda rows: before_deadline(rows, "due_at"),
    "published in time": lambda rows: in_time(rows, "due_at", "published_at"),
}
Surveys.row_sets = {
    "answered": lambda surveys: _came(surveys, "answered_at"),
    "not answered": lambda surveys: ~_came(surveys, "answered_at"),
    "scored": _scored,
    "with the best score": _top,
    "without score or scale": _unscored,
}
