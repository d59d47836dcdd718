"""The other tables: subscriptions, activities, costs and revenues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..columns import MISSING, NEVER, NEVER_SECONDS, Codes, Column, Keys, Numbers, Times
from ..errors import NeedsError
from ..frames import Raw
from ..models import Activity, Cost, Revenue, Subscription
from ..reading import Reading
from .row_sets import labelled
from .table import Before, Mask, Table

__all__ = ["Activities", "Costs", "Revenues", "Subscriptions"]

ACQUISITION = ("sales", "marketing")
# A year in each interval, in hundredths: 365.25 days, 52 weeks.
HUNDREDTHS = {"day": 36_525, "week": 5_200, "month": 1_200, "quarter": 400, "year": 100}


class Subscriptions(Table):
    """Recurring contracts.

    `annual_amount` is what one comes to in a year, exact; `last_covered_at` the day before its
    end.  Amounts in other currencies are converted at the rate of the day known, all at the same:
    a moving exchange rate is no movement of recurring revenue.
    """

    __slots__ = ()
    record = Subscription
    name = "subscriptions"
    born = "started_at"
    derived: ClassVar[tuple[str, ...]] = ("annual_amount", "last_covered_at")
    made_from: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "annual_amount": ("amount", "interval"),
        "last_covered_at": ("ended_at",),
    }
    # What was cancelled later still runs, and nobody knows its end.
    before: ClassVar[Before] = {"cancelled_at": {"ended_at": None}}

    @classmethod
    def _checked(
        cls, reading: Reading, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        started, ended = columns.get("started_at"), columns.get("ended_at")
        if isinstance(started, Times) and isinstance(ended, Times):
            for row in np.flatnonzero((ended.days < started.days) & (started.days != NEVER)):
                reason = "the subscription ends before it starts; ended_at is the first day not "
                reading.fault("ended_at", raw["ended_at"], int(row), reason + "covered")
        before, keys = columns.get("renewal_of"), columns.get("id")
        if isinstance(before, Codes) and isinstance(keys, Keys):
            for row in np.flatnonzero(before.codes != 0):
                if before.labels[before.codes[row]] == str(keys.values[row]):
                    reason = "a subscription does not renew itself; name the one before"
                    reading.fault("renewal_of", raw["renewal_of"], int(row), reason)

    def _settled(self) -> dict[str, Column]:
        columns = super()._settled()
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


class Activities(Table):
    """What sellers did or planned."""

    __slots__ = ()
    record = Activity
    name = "activities"
    born = "created_at"


class Costs(Table):
    """Money spent.  The categories `sales` and `marketing` are what wins customers, `cost of sales`
    is what the goods and services sold cost."""

    __slots__ = ()
    record = Cost
    name = "costs"
    born = "spent_at"
    dated_by = "spent_at"


class Revenues(Table):
    """Invoices or orders."""

    __slots__ = ()
    record = Revenue
    name = "revenues"
    born = "booked_at"
    dated_by = "booked_at"


def _annual(amount: Numbers, interval: Codes) -> Numbers:
    """Amounts a year: exact multiples of a hundredth of the smallest unit."""
    times = np.array([HUNDREDTHS.get(label, 0) for label in interval.labels], dtype=np.int64)
    wide = amount.bound * 36_525 >= 2**63
    values = amount.values.astype(object) if wide else amount.values
    why = np.where(interval.codes == 0, MISSING, amount.reasons()).astype(np.uint8)
    return Numbers.of(values * times[interval.codes], why, amount.scale * 100)


def _category(costs: Costs, *names: str) -> Mask:
    """Costs of these categories, which have to be given."""
    if not costs.has("category"):
        raise NeedsError(
            "costs.category", f"costs need a category to tell {' and '.join(names)} cost"
        )
    return np.asarray(costs.is_label("category", *names))


def _that_say(activities: Activities, name: str) -> Mask:
    """Activities with something in a column of names or flags."""
    return np.asarray(activities.codes(name).codes != 0)


Activities.row_sets = {
    "outbound": labelled("direction", "outbound"),
    "replied": labelled("replied", True),
    "that say": _that_say,
    "without": lambda activities, name: ~_that_say(activities, name),
}

Costs.row_sets = {
    "of a campaign": lambda costs: np.asarray(costs.codes("campaign").codes != 0),
    "marketing": lambda costs: _category(costs, "marketing"),
    "sales": lambda costs: _category(costs, "sales"),
    "sales and marketing": lambda costs: _category(costs, *ACQUISITION),
    "cost of sales": lambda costs: _category(costs, "cost of sales"),
    "cost of sales, sales and marketing": lambda costs: _category(
        costs, "cost of sales", *ACQUISITION
    ),
}


Revenues.row_sets = {
    "of a customer": lambda revenues: revenues.codes("customer").codes != 0,
    "of no customer": lambda revenues: revenues.codes("customer").codes == 0,
}
