"""The records of sales support and of how well a CRM is kept; `models` says what a record is."""

from __future__ import annotations

from typing import Annotated, Literal

from .record import Code, Flag, Key, Kind, Milestone, Plan, Record, Whole

__all__ = ["Check", "Deliverable", "Expectation", "Request", "Survey"]


class Request(Record):
    """Something that sales support is asked for: a proposal, a contract, an answer.

    `pauses` are the times it waited for somebody else, as ISO 8601 intervals with a semicolon
    between them: `2025-01-06T10:00/2025-01-06T14:30; 2025-01-08T09:00/..` (still paused).
    """

    id: Key
    kind: Code = None
    requested_at: Milestone = None
    due_at: Plan = None
    completed_at: Milestone = None
    pauses: Code = None
    requested_by: Code = None
    owner: Code = None
    customer: Code = None
    deal: Code = None


class Deliverable(Record):
    """A report, an insight or a guide (sales material), one row for each edition of a
    `material`."""

    id: Key
    kind: Annotated[Literal["report", "insight", "guide"] | None, Kind.CHOICE] = None
    material: Code = None
    due_at: Plan = None
    published_at: Milestone = None
    updated_at: Milestone = None
    used: Flag = None
    owner: Code = None
    customer: Code = None


class Survey(Record):
    """A question how satisfied somebody is; `scale` is the best score there is."""

    id: Key
    kind: Code = None
    sent_at: Milestone = None
    answered_at: Milestone = None
    score: Whole = None
    scale: Whole = None
    owner: Code = None
    customer: Code = None


class Check(Record):
    """A record that was compared with the truth: how many of its fields, how many were correct."""

    id: Key
    record: Code = None
    checked_at: Milestone = None
    checked_fields: Whole = None
    correct_fields: Whole = None
    owner: Code = None


class Expectation(Record):
    """A record that has to be in the CRM by a deadline, and when it was entered."""

    id: Key
    record: Code = None
    due_at: Plan = None
    recorded_at: Milestone = None
    owner: Code = None
    deal: Code = None
    customer: Code = None
