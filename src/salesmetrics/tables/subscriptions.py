"""Recurring contracts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..columns import MISSING, Codes, Column, Keys, Numbers, Times
from ..days import NEVER, NEVER_SECONDS
from ..models import Record, Subscription
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..reasons import Reason
from .table import Before, Table

__all__ = ["Subscriptions"]

# A year in each interval, in hundredths: 365.25 days, 52 weeks.
HUNDREDTHS = {"day": 36_525, "week": 5_200, "month": 1_200, "quarter": 400, "year": 100}


class Subscriptions(Table):
    """Recurring contracts.

    `annual_amount` is what one comes to in a year, exact; `last_covered_at` the day before its
    end.  Amounts in other currencies are converted at the rate of the day known, all at the same:
    a moving exchange rate is no movement of recurring revenue.
    """

    __slots__ = ()
    record: ClassVar[type[Record]] = Subscription
    name = "subscriptions"
    born: ClassVar[str | None] = "started_at"
    derived: ClassVar[tuple[str, ...]] = ("annual_amount", "last_covered_at")
    made_from: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "annual_amount": ("amount", "interval"),
        "last_covered_at": ("ended_at",),
    }
    # What was cancelled later still runs, and nobody knows its end.
    before: ClassVar[Before] = {"cancelled_at": {"ended_at": None}}

    @classmethod
    def _checked(
        cls, reading: ColumnReader, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        started, ended = columns.get("started_at"), columns.get("ended_at")
        if isinstance(started, Times) and isinstance(ended, Times):
            for row in np.flatnonzero((ended.days < started.days) & (started.days != NEVER)):
                reading.fault("ended_at", raw["ended_at"], int(row), Reason("ends_before_start"))
        before, keys = columns.get("renewal_of"), columns.get("id")
        if isinstance(before, Codes) and isinstance(keys, Keys):
            for row in np.flatnonzero(before.codes != 0):
                if before.labels[before.codes[row]] == str(keys.values[row]):
                    reason = Reason("renews_itself")
                    reading.fault("renewal_of", raw["renewal_of"], int(row), reason)

    def _derived(self) -> dict[str, Column]:
        columns = super()._derived()
        amount, interval = columns.get("amount"), columns.get("interval")
        if isinstance(amount, Numbers) and isinstance(interval, Codes):
            columns["annual_amount"] = _annual(amount, interval)
        ended = columns.get("ended_at")
        if isinstance(ended, Times):
            came = (ended.days != NEVER) & (ended.days > 0)
            seconds = np.where(came, ended.seconds - 86_400, NEVER_SECONDS)
            days = np.where(came, ended.days.astype(np.int64) - 1, NEVER).astype(np.uint16)
            columns["last_covered_at"] = Times(seconds, days)
        return columns


def _annual(amount: Numbers, interval: Codes) -> Numbers:
    """Amounts a year: exact multiples of a hundredth of the smallest unit."""
    times = np.array([HUNDREDTHS.get(label, 0) for label in interval.labels], dtype=np.int64)
    wide = amount.bound * 36_525 >= 2**63
    values = amount.values.astype(object) if wide else amount.values
    why = np.where(interval.codes == 0, MISSING, amount.reasons()).astype(np.uint8)
    return Numbers.of(values * times[interval.codes], why, amount.scale * 100)
