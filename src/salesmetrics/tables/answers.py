"""When leads were first answered, as the activities of the CRM say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..columns import Times
from ..days import NEVER, NEVER_SECONDS
from .activities import Activities
from .leads import Leads

__all__ = ["with_answers"]


def with_answers(leads: Leads, activities: Activities) -> Leads:
    """Leads whose `first_response_at` is the first outbound activity since they began to wait.

    What a machine did is no answer.  A lead that no such activity names keeps what it says itself.
    """
    needed = ("lead", "direction", "done_at")
    if not leads.has("waiting_from_at") or not all(activities.has(name) for name in needed):
        return leads
    codes, done = activities.codes("lead"), activities.times("done_at")
    row = (activities.links or {})["lead"].rows[codes.codes]
    answers = activities.is_label("direction", "outbound") & (row >= 0) & (done.days != NEVER)
    if activities.has("automated"):
        answers &= ~activities.is_label("automated", True)
    rows = np.flatnonzero(answers)
    at, received = row[rows], leads.times("waiting_from_at")
    since = rows[done.seconds[rows] >= received.seconds[at]]
    seconds = np.full(leads.size, NEVER_SECONDS)
    days = np.full(leads.size, NEVER, dtype=np.uint16)
    np.minimum.at(seconds, row[since], done.seconds[since])
    np.minimum.at(days, row[since], done.days[since])
    if leads.has("first_response_at"):
        own, answered = leads.times("first_response_at"), days != NEVER
        seconds = np.where(answered, seconds, own.seconds)
        days = np.where(answered, days, own.days).astype(np.uint16)
    return replace(leads, columns={**leads.columns, "first_response_at": Times(seconds, days)})
