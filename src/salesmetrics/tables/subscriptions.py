"""Recurring contracts, what they come to in a year, and which of them make a paying customer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from math import lcm
from typing import Any, ClassVar

import numpy as np

from ..columns import MISSING, Codes, Column, Keys, Numbers, Times, as_before, chosen, never
from ..days import NEVER, NEVER_SECONDS
from ..models import Record, Subscription
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..reasons import Reason
from .table import Before, Mask, Table

__all__ = ["Subscriptions", "is_known_status"]

# A year in each interval, in hundredths: 365.25 days, 52 weeks.
HUNDREDTHS = {"day": 36_525, "week": 5_200, "month": 1_200, "quarter": 400, "year": 100}
PRICE = ("amount", "interval", "interval_count", "quantity")
# A status says how a row stands now.  Nothing was ever paid for the first ones; the second ones
# are over, and only their end says since when; whatever else a status says, the row runs.
NEVER_PAID = frozenset((
    "trialing", "trial", "in_trial", "on_trial", "free_trial", "incomplete", "incomplete_expired",
    "체험", "체험중", "무료체험", "무료_체험",
))  # fmt: skip
OVER = frozenset((
    "canceled", "cancelled", "unpaid", "expired", "ended", "churned", "terminated",
    "해지", "해지됨", "취소", "취소됨", "만료", "만료됨", "종료", "종료됨",
))  # fmt: skip
RUNNING = frozenset((
    "active", "live", "running", "current", "past_due", "overdue", "non_renewing", "renewed",
    "paid", "활성", "이용중", "이용_중", "진행중", "진행_중", "유효", "연체",
))  # fmt: skip


class Subscriptions(Table):
    """Recurring contracts.

    `annual_amount` is what one comes to in a year, exact; `last_covered_at` the day before its
    end.  Amounts in other currencies are converted at the rate of the day known, all at the same:
    a moving exchange rate is no movement of recurring revenue.

    Whose `status` says that it is over ends when it was cancelled, where it has no end of its
    own; so does every one where there is no column of ends and none of statuses.
    """

    __slots__ = ()
    record: ClassVar[type[Record]] = Subscription
    name = "subscriptions"
    spared: ClassVar[tuple[str, ...]] = ("amount",)
    born: ClassVar[str | None] = "started_at"
    also_spelled: ClassVar[Mapping[str, str]] = {"canceled_at": "cancelled_at"}
    derived: ClassVar[tuple[str, ...]] = ("annual_amount", "last_covered_at")
    contracted: ClassVar[tuple[str, ...]] = ("started_at", "last_covered_at")
    made_from: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "annual_amount": ("amount", "interval"),
        "last_covered_at": ("ended_at",),
    }
    # What was cancelled later still runs, and nobody knows its end.
    before: ClassVar[Before] = {
        "cancelled_at": {"ended_at": None, "status": None, "churn_reason": None}
    }

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
                if before.labels[before.codes[row]] == str(keys.at(row)):
                    reason = Reason("renews_itself")
                    reading.fault("renewal_of", raw["renewal_of"], int(row), reason)
        for name, least in (("interval_count", 1), ("quantity", 0)):
            many = columns.get(name)
            if isinstance(many, Numbers):
                low = (many.values < least) & (many.reasons() < MISSING)
                for row in np.flatnonzero(low):
                    reading.fault(name, raw[name], int(row), Reason("number_needed", least=least))

    def _derived(self) -> dict[str, Column]:
        columns = dict(super()._derived())
        amount, interval = columns.get("amount"), columns.get("interval")
        if isinstance(amount, Numbers) and isinstance(interval, Codes):
            many = [columns.get(name) for name in PRICE[2:]]
            columns["annual_amount"] = _annual(amount, interval, *many)
        ended = _ends(self, columns)
        if ended is not None:
            columns["ended_at"] = ended
            came = (ended.days != NEVER) & (ended.days > 0)
            seconds = np.where(came, ended.seconds - 86_400, NEVER_SECONDS)
            days = np.where(came, ended.days.astype(np.int64) - 1, NEVER).astype(np.uint16)
            columns["last_covered_at"] = Times(seconds, days)
        return columns

    def made_of(self, column: str) -> tuple[str, ...]:
        """The fields given that a derived column is made of."""
        if "interval" in self.made_from.get(column, ()):
            return tuple(name for name in PRICE if name in self.given)
        return super().made_of(column)

    def _as_before(self, name: str, column: Column, settled: Mask, then: str | None) -> Column:
        # What was never paid was not paid before it was given up either.
        settled = settled | _says(self, NEVER_PAID) if name == "status" else settled
        return as_before(column, settled, then)

    def without_ends(self) -> Subscriptions:
        """With a column of ends in which none ends: where there is no such column."""
        ends = never(self.size)
        return replace(self, columns={**self.columns, "ended_at": ends})

    @property
    def never_paid(self) -> Mask:
        """Rows whose status says that nothing was paid: trials, and what was never completed."""
        return _says(self, NEVER_PAID)

    @property
    def of_unknown_end(self) -> Mask:
        """Rows whose status says that they are over, while nothing says since when."""
        over = _says(self, OVER)
        return over & (self.times("ended_at").days == NEVER) if self.has("ended_at") else over

    @property
    def paying(self) -> Mask:
        """Rows that make a paying customer: above 0 (or unknown), for a day at least."""
        found = ~self.never_paid
        if self.has("annual_amount"):
            annual = self.numbers("annual_amount")
            found &= (annual.reasons() >= MISSING) | (annual.values > 0)
        elif self.has("amount"):
            amount = self.numbers("amount")
            found &= (amount.reasons() >= MISSING) | (amount.values > 0)
        if self.has("ended_at"):
            found &= self.times("ended_at").days > self.times("started_at").days
        return found


def is_known_status(label: Any) -> bool:
    """Whether a status is understood; any other is taken as running."""
    return _plain(label) in NEVER_PAID | OVER | RUNNING


def _plain(label: Any) -> str:
    """A status as its words are listed: `In Trial` is `in_trial`."""
    return re.sub(r"[\s_-]+", "_", str(label).strip().lower())


def _says(table: Subscriptions, words: frozenset[str]) -> Mask:
    """The rows whose status is one of these words."""
    status = table.columns.get("status")
    if not isinstance(status, Codes):
        return np.zeros(table.size, dtype=bool)
    so = np.array([label is not None and _plain(label) in words for label in status.labels])
    return np.asarray(so[status.codes])


def _ends(table: Subscriptions, columns: Mapping[str, Column]) -> Times | None:
    """The ends given; of what is over by its status and has none, when it was cancelled."""
    ended, cancelled = columns.get("ended_at"), columns.get("cancelled_at")
    if not isinstance(cancelled, Times):
        return ended if isinstance(ended, Times) else None
    told = isinstance(columns.get("status"), Codes)
    if not isinstance(ended, Times):
        over = _says(table, OVER) if told else np.ones(table.size, dtype=bool)
        return cancelled.until(over)
    return chosen((ended.days != NEVER) | ~_says(table, OVER), ended, cancelled)


def _annual(amount: Numbers, interval: Codes, count: Any, quantity: Any) -> Numbers:
    """Amounts a year, exact: multiples of a part of the smallest unit that all terms divide."""
    times = np.array([HUNDREDTHS.get(label, 0) for label in interval.labels], dtype=np.int64)
    factors, scale, most = [times[interval.codes]], amount.scale * 100, max(HUNDREDTHS.values())
    why = np.maximum(np.where(interval.codes == 0, MISSING, 0), amount.reasons())
    if isinstance(quantity, Numbers):
        factors.append(quantity.values)
        most *= max((abs(each) for each in quantity.values.tolist()), default=0)
        why = np.maximum(why, quantity.reasons())
    if isinstance(count, Numbers):
        counts = np.maximum(count.values, 1)  # unknown where it is not so
        parts = lcm(*set(counts.tolist()))
        factors.append(parts // counts if parts < 2**63 else parts // counts.astype(object))
        scale, most, why = scale * parts, most * parts, np.maximum(why, count.reasons())
    wide = max(amount.bound, 1) * most >= 2**63
    values = amount.values.astype(object) if wide else amount.values
    for factor in factors:
        values = values * factor
    return Numbers.of(values, why.astype(np.uint8), scale)


Subscriptions.row_sets = {
    "paying": lambda table: table.paying,
    "never paid": lambda table: table.never_paid,
    "of unknown end": lambda table: table.of_unknown_end,
    "in force": lambda table: ~table.never_paid & ~table.of_unknown_end,
}
