"""When leads were first answered, as the activities of the CRM say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..columns import Times
from ..days import NEVER, NEVER_SECONDS
from .activities import Activities
from .leads import Leads

__all__ = ["with_answers"]


# Each answer, and since when it is looked for.
ANSWERS = {"first_response_at": "waiting_from_at", "response_from_creation_at": "created_at"}


def with_answers(leads: Leads, activities: Activities) -> Leads:
    """Leads whose `first_response_at` is the first outbound activity since they began to wait.

    And whose `response_from_creation_at` is that since their creation.  What a machine did is no
    answer.  A lead that no such activity names keeps what it says itself.
    """
    needed = ("lead", "direction", "done_at")
    if not all(activities.has(name) for name in needed):
        return leads
    codes, done = activities.codes("lead"), activities.times("done_at")
    row = (activities.links or {})["lead"].rows[codes.codes]
    answers = activities.is_label("direction", "outbound") & (row >= 0)
    if activities.has("automated"):
        answers &= ~activities.is_label("automated", True)
    rows = np.flatnonzero(answers)
    found = {
        name: _answered(leads, name, start, row[rows], done.take(rows))
        for name, start in ANSWERS.items()
        if leads.has(start)
    }
    return replace(leads, columns={**leads.columns, **found})


def _answered(leads: Leads, name: str, start: str, at: Any, done: Times) -> Times:
    """The first time since the start at which each lead was answered, else what it says itself."""
    since = np.flatnonzero(done.seconds >= leads.times(start).seconds[at])
    seconds = np.full(leads.size, NEVER_SECONDS)
    days = np.full(leads.size, NEVER, dtype=np.uint16)
    np.minimum.at(seconds, at[since], done.seconds[since])
    np.minimum.at(days, at[since], done.days[since])
    if leads.has(name):
        own, answered = leads.times(name), days != NEVER
        seconds = np.where(answered, seconds, own.seconds)
        days = np.where(answered, days, own.days).astype(np.uint16)
    return Times(seconds, days)
