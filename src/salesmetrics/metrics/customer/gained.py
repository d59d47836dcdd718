"""KPIs of how many customers there are, and where they come from.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from ...kpi import kpi
from ...periods import ALL_TIME, Periods
from ...results import Total
from ...tables import Customers, IntoCustomers, IntoDeals, IntoLeads, IntoSubscriptions, Leads
from ...tables.grouping import By
from .accounts import active_accounts

__all__ = ["active_customers", "customer_referrals", "new_customers", "referrals"]


@kpi(unit="count", better="higher", adds_over="rows time", ko="신규 고객 수", articles="0")
def new_customers(
    customers: IntoCustomers, period: Periods | str = ALL_TIME, *, by: By = None
) -> Total:
    """Customers first won in the period.

    Formula: the number of customers.
    Rows and date: customers in the period that holds `acquired_at`: their first won deal; only
    where there is none, the first start of a subscription above 0; else what their row says
    (`started_at`).  Returns (won deals below 0) and trials (by `status`) make no customer.
    One whose only win has no date is left out and counted; over all time it is one of them.
    Undefined: never; nobody won is 0.

    Args:
        customers: Customers, or anything `Customers.of` takes; of a CRM with deals or
            subscriptions they know when they were won.

    Returns:
        Total, in customers.

    Raises:
        NeedsError: when customers were won is not known.

    Source: the first win of each customer; a customer that comes back is not new.

    >>> from salesmetrics.examples import customers
    >>> new_customers(customers, "2025-Q1").value
    2
    """
    return Customers.of(customers).during("acquired_at", period, by=by).count()


@kpi(
    unit="count",
    better="higher",
    adds_over="",
    ko="활성 고객 수",
    articles="0",
    optional=("subscriptions", "deals"),
)
def active_customers(
    subscriptions: IntoSubscriptions | None,
    deals: IntoDeals | None,
    period: Periods | str,
    *,
    by: By = None,
    active_for_days: int | None,
) -> Total:
    """Customers active at the end of the period.

    Formula: the number of customers that a subscription above 0 covers on the last day; of those
    that never paid for one, the number with a won deal in the `active_for_days` days before the
    end.
    Rows and date: subscriptions with started_at < end and ended_at >= end (the first day not
    covered), whatever they cost where that is not known; won deals by `closed_at`, but for
    returns (below 0).  Rows without a customer are counted in `excluded`, and so are those that
    were never paid and customers whose subscription is over since nobody knows when, both by
    `status`.  Without a column of ends all are taken as running, which `assumed` says.
    Undefined: never; nobody active is 0.  A period is needed.

    Args:
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes, or None.
        deals: Deals, or anything `Deals.of` takes, or None.
        active_for_days: how long a won deal makes a customer active; it has no usual value and
            is always given; None goes by subscriptions alone.

    Returns:
        Total, in customers; a stock, which does not add over time.

    Raises:
        NeedsError: neither subscriptions, nor deals with `active_for_days`.

    Source: ChartMogul and most billing tools know subscriptions alone.

    >>> from salesmetrics.examples import subscriptions
    >>> active_customers(subscriptions, None, "2025-Q1", active_for_days=None).value
    3
    """
    accounts = active_accounts(subscriptions, deals, period, by, active_for_days, endless=True)
    return accounts.count("active at the end")


@kpi(
    unit="count",
    better="higher",
    adds_over="rows time",
    ko="추천 건수",
    articles="0",
    needs=("leads.referred_by",),
)
def referrals(leads: IntoLeads, period: Periods | str = ALL_TIME, *, by: By = None) -> Total:
    """Leads created in the period that came by referral.

    Formula: the number of leads with `referred_by`.
    Rows and date: leads in the period that holds `created_at`.
    Undefined: never; none is 0.

    Args:
        leads: Leads, or anything `Leads.of` takes.

    Returns:
        Total, in leads.

    Raises:
        NeedsError: the leads have no column `referred_by`.

    Source: leads that name a referrer; `customer_referrals` counts those that became customers.

    >>> from salesmetrics.examples import customer_leads
    >>> referrals(customer_leads, "2025-Q1").value
    1
    """
    return Leads.of(leads).during("created_at", period, by=by).count("referred")


@kpi(
    unit="count",
    better="higher",
    adds_over="rows time",
    ko="추천 고객 수",
    articles="0",
    needs=("customers.referred_by",),
)
def customer_referrals(
    customers: IntoCustomers, period: Periods | str = ALL_TIME, *, by: By = None
) -> Total:
    """Customers first won in the period that came by referral.

    Formula: the number of customers with `referred_by`.
    Rows and date: customers in the period that holds `acquired_at`, as in `new_customers`.
    Undefined: never; none is 0.

    Args:
        customers: Customers, or anything `Customers.of` takes.

    Returns:
        Total, in customers.

    Raises:
        NeedsError: the customers have no column `referred_by`, or when they were won is not known.

    Source: customers that name a referrer; `referrals` counts leads.

    >>> from salesmetrics import Customers
    >>> rows = [{"id": "a", "started_at": "2025-02-01", "referred_by": "b"}, {"id": "b"}]
    >>> customer_referrals(Customers.of(rows), "2025-Q1").value
    1
    """
    return Customers.of(customers).during("acquired_at", period, by=by).count("referred")
