"""KPIs of how much sellers do, and for whom.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from typing import Literal

from ...kpi import Choices, kpi
from ...periods import ALL_TIME, Periods
from ...results import Ratio, Total
from ...tables import Activities, Deals, IntoActivities, IntoDeals, IntoSubscriptions
from ...tables.grouping import By
from ...tables.said import as_said, of_those_that_say
from ..customer.accounts import active_accounts
from ..touched import touched

__all__ = [
    "activities_per_win",
    "activity_coverage",
    "activity_volume",
    "contact_frequency",
    "customer_contact_frequency",
    "reply_rate",
]

OF_DEAL, OF_CUSTOMER = ("that say", "deal"), ("that say", "customer")
DATED = Choices("basis", {"done": "done_at", "booked": "scheduled_at"})


@kpi(
    unit="count",
    better="higher",
    adds_over="rows time",
    ko="영업 활동량",
    articles="0 2",
    variants={"activities_booked": {"basis": "booked"}},
    looks_ahead=("activities_booked",),
)
def activity_volume(
    activities: IntoActivities,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    basis: Literal["done", "booked"] = "done",
) -> Total:
    """Activities done in the period.

    Formula: the number of activities.
    Rows and date: activities in the period that holds `done_at`; planned ones that were not done
    do not count.  By `"kind"` and `"owner"` it tells calls from meetings, and whose they were.
    Undefined: never; none done is 0.

    Args:
        activities: Activities, or anything `Activities.of` takes.
        basis: `"done"`, or `"booked"`: in the period that holds `scheduled_at`, done or not.

    Returns:
        Total, in activities.

    Raises:
        NeedsError: the activities have no column of that time.

    Source: what was done, by the day it was done; fivetran/dbt_salesforce counts tasks as done by
    the day they were due.

    >>> from salesmetrics.examples import contacts
    >>> activity_volume(contacts, "2025-Q1").value
    4
    """
    return Activities.of(activities).during(DATED[basis], period, by=by).count()


@kpi(
    unit="ratio",
    better="higher",
    adds_over="rows",
    ko="고객 접촉 빈도",
    articles="0",
    needs=(
        "activities.done_at",
        "activities.direction",
        "activities.deal",
    ),
)
def contact_frequency(
    activities: IntoActivities, deals: IntoDeals, period: Periods | str, *, by: By = None
) -> Ratio:
    """Contacts in the period for each open deal.

    Formula: outbound activities done for a deal / deals open at the end.
    Rows and date: outbound activities that name a deal, in the period that holds `done_at`; deals
    as in `open_deals`.  Activities without a direction are reported in `excluded`.
    Undefined: where no deal is open, or no activity says its direction.  A period is needed.

    Args:
        activities: Activities, or anything `Activities.of` takes.
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Ratio, in activities per deal; it does not add over time.

    Raises:
        NeedsError: the activities have no column `done_at`, `direction` or `deal`.

    Source: article practice counts contacts by customer and period without saying whose; the
    deals open at the end are a number that everybody can count again.

    >>> from salesmetrics.examples import contacts, deals
    >>> contact_frequency(contacts, deals, "2025-Q1").value
    1.5
    """
    done = Activities.of(activities).during("done_at", period, by=by)
    contacts = as_said(done.count(("outbound", OF_DEAL)), done, "direction", OF_DEAL)
    return Ratio(
        contacts, Deals.of(deals).standing("created_at", "closed_at", period, by=by).count()
    )


@kpi(
    unit="ratio",
    better="higher",
    adds_over="",
    ko="활성 고객당 접촉 빈도",
    articles="0",
    optional=("subscriptions", "deals"),
    needs=(
        "activities.done_at",
        "activities.direction",
        "activities.customer",
    ),
)
def customer_contact_frequency(
    activities: IntoActivities,
    subscriptions: IntoSubscriptions | None,
    deals: IntoDeals | None,
    period: Periods | str,
    *,
    by: By = None,
    active_for_days: int | None,
) -> Ratio:
    """Contacts in the period for each active customer.

    Formula: outbound activities done for a customer / customers active at the end.
    Rows and date: outbound activities that name a customer, in the period that holds `done_at`;
    active as in `active_customers`.  Activities without a direction are reported in `excluded`.
    Undefined: where nobody is active, or no activity says its direction.  A period is needed.

    Args:
        activities: Activities, or anything `Activities.of` takes.
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes, or None.
        deals: Deals, or anything `Deals.of` takes, or None.
        active_for_days: how long a won deal makes a customer active; None goes by subscriptions.

    Returns:
        Ratio, in activities per customer; it does not add over time.

    Raises:
        NeedsError: the activities have no column `done_at`, `direction` or `customer`.

    Source: article practice (by customer and period); contacts of those who are no customers yet
    are told by `contact_frequency`.

    >>> from salesmetrics.examples import contacts, subscriptions
    >>> customer_contact_frequency(
    ...     contacts, subscriptions, None, "2025-Q1", active_for_days=None
    ... ).value
    1.0
    """
    done = Activities.of(activities).during("done_at", period, by=by)
    contacts = as_said(done.count(("outbound", OF_CUSTOMER)), done, "direction", OF_CUSTOMER)
    accounts = active_accounts(subscriptions, deals, period, by, active_for_days, endless=True)
    return Ratio(contacts.non_additive(), accounts.count("active at the end"))


@kpi(
    unit="proportion",
    better="higher",
    adds_over="rows time",
    ko="고객 반응률",
    articles="0",
    needs=(
        "activities.done_at",
        "activities.direction",
        "activities.replied",
    ),
)
def reply_rate(
    activities: IntoActivities, period: Periods | str = ALL_TIME, *, by: By = None
) -> Ratio:
    """Share of outbound activities that were answered.

    Formula: replied / outbound.
    Rows and date: outbound activities in the period that holds `done_at`.  Activities whose
    `replied` is blank are left out, as are those without a direction; both are reported in
    `excluded`.
    Undefined: where `replied` is known of no outbound activity; where nobody answered it is 0.0.

    Args:
        activities: Activities, or anything `Activities.of` takes.

    Returns:
        Ratio from 0 to 1 with Wilson's interval.

    Raises:
        NeedsError: the activities have no column `done_at`, `direction` or `replied`.

    Source: replies over what was sent; where a blank counts as no reply, the rate reads lower.

    >>> from salesmetrics.examples import contacts
    >>> reply_rate(contacts, "2025-Q1").value
    0.3333333333333333
    """
    done = Activities.of(activities).during("done_at", period, by=by)
    known = done.count(("outbound", ("that say", "replied")))
    known = of_those_that_say(known, done, "replied", "outbound")
    return Ratio(done.count(("outbound", "replied")), of_those_that_say(known, done, "direction"))


@kpi(unit="ratio", better="lower", adds_over="rows time", ko="수주 1건당 활동 수", articles="0 2")
def activities_per_win(
    activities: IntoActivities, deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None
) -> Ratio:
    """Activities done for each deal won in the period.

    Formula: activities done / won deals.
    Rows and date: activities in the period that holds `done_at`, whatever they were for; won
    deals in the period that holds `closed_at`.
    Undefined: where no deal was won; the activities are then still shown.

    Args:
        activities: Activities, or anything `Activities.of` takes.
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Ratio, in activities per deal.

    Raises:
        NeedsError: the activities have no column `done_at`.

    Source: all activities over the wins; counting only what was done for the won deals themselves
    leaves out the work that did not win.

    >>> from salesmetrics.examples import contacts, deals
    >>> activities_per_win(contacts, deals, "2025-Q1").value
    2.0
    """
    done = Activities.of(activities).during("done_at", period, by=by).count()
    return Ratio(done, Deals.of(deals).during("closed_at", period, by=by).count("won"))


@kpi(
    unit="proportion",
    better="higher",
    adds_over="",
    ko="활동 커버리지",
    articles="0 2",
    beside={"activities": ()},
    looks_up=True,
    moves_with_time=True,
)
def activity_coverage(
    activities: IntoActivities,
    deals: IntoDeals,
    period: Periods | str,
    *,
    by: By = None,
    days: int = 30,
) -> Ratio:
    """Share of the open deals with a recent activity, or one planned.

    Formula: open deals with an activity in the last days, or one planned / open deals.
    Rows and date: deals as in `open_deals`, at the end of the period; an activity by `done_at` on
    one of the last `days` days before it, or scheduled for later and not done yet.  Automated
    activities do not count.  Where the period ends after what is known, days count from what is
    known.
    Undefined: where no deal is open.  A period is needed.

    Args:
        activities: Activities, or anything `Activities.of` takes.
        deals: Deals, or anything `Deals.of` takes.
        days: for how many days an activity counts.

    Returns:
        Ratio from 0 to 1 with Wilson's interval; it does not add over time.

    Raises:
        NeedsError: the activities have no column `done_at` or `deal`.

    Source: Atrium shows the remainder, deals without activity; see `stale_deals`.

    >>> from salesmetrics.examples import contacts, deals
    >>> activity_coverage(contacts, deals, "2025-Q1").value
    0.5
    """
    standing = Deals.of(deals).standing("created_at", "closed_at", period, by=by)
    return Ratio(touched(standing, activities, days), standing.count())
