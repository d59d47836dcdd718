"""Customers, what they pay, and what winning them costs."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from .record import Code, Flag, Key, Kind, Milestone, Money, Plan, Record, Whole

__all__ = ["Cost", "Customer", "Revenue", "Subscription"]

Interval = Literal["day", "week", "month", "quarter", "year"]


class Customer(Record):
    """A company that buys or may buy."""

    dated_ahead: ClassVar[tuple[str, ...]] = ("started_at",)

    id: Key
    name: Code = None
    industry: Code = None
    size: Code = None
    region: Code = None
    parent: Code = None
    started_at: Milestone = None
    referred_by: Code = None


class Subscription(Record):
    """A recurring contract: `amount` per `interval`; `ended_at` is the first day not covered.

    `interval_count` intervals are paid at once (300 every 3 months), and `quantity` times the
    amount (5 seats of 20).  An end is known from the start, as that of a term is, unless
    `cancelled_at` says since when.  `status` says how it stands now.
    """

    dated_ahead: ClassVar[tuple[str, ...]] = ("started_at", "cancelled_at")

    id: Key
    customer: Code = None
    product: Code = None
    owner: Code = None
    amount: Money = None
    currency: Code = None
    interval: Annotated[Interval | None, Kind.CHOICE] = None
    interval_count: Whole = None
    quantity: Whole = None
    status: Code = None
    started_at: Milestone = None
    ended_at: Plan = None
    cancelled_at: Milestone = None
    churn_reason: Code = None
    renewal_of: Code = None
    auto_renew: Flag = None


class Cost(Record):
    """Money spent, with the category that says what for; on a customer or a product where one is
    named: the cost of what was sold to it."""

    dated_ahead: ClassVar[tuple[str, ...]] = ("spent_at",)

    id: Code = None
    category: Code = None
    amount: Money = None
    currency: Code = None
    spent_at: Milestone = None
    campaign: Code = None
    channel: Code = None
    owner: Code = None
    customer: Code = None
    product: Code = None


class Revenue(Record):
    """An invoice or an order."""

    dated_ahead: ClassVar[tuple[str, ...]] = ("booked_at",)

    id: Code = None
    customer: Code = None
    product: Code = None
    owner: Code = None
    amount: Money = None
    currency: Code = None
    booked_at: Milestone = None
