"""Subscriptions that run at the end of a period, and what they come to in a year."""

from __future__ import annotations

from dataclasses import replace

from ...periods import Periods
from ...reasons import Reason
from ...results import Total
from ...tables import IntoSubscriptions, Subscriptions
from ...tables.grouping import By

__all__ = ["recurring_revenue"]


def recurring_revenue(
    subscriptions: IntoSubscriptions, period: Periods | str, by: By, ends_needed: bool = False
) -> Total:
    """What subscriptions in force come to in a year; those left out by their status named.

    Without a column of ends all are taken as running, and it says so; `ends_needed` refuses.
    """
    table = Subscriptions.of(subscriptions)
    endless = not ends_needed and not table.has("ended_at")
    running = table.without_ends() if endless else table
    standing = running.standing("started_at", "ended_at", period, by=by)
    total = standing.total("annual_amount", where="in force")
    if table.has("status"):
        # Nothing was ever paid for the first, so that they are worth 0; what the second are is
        # not known.
        total = total.excluding(Reason("never_paid"), standing.count("never paid"))
        unknown = standing.count("of unknown end").counts
        total = replace(
            total, excluded_rows={**total.excluded_rows, Reason("end_not_known"): unknown}
        )
    if not endless:
        return total
    assumed = {**total.assumed_rows, Reason("taken_as_running"): total.counts}
    return replace(total, assumed_rows=assumed)
