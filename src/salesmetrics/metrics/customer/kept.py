"""KPIs of who stays, leaves, renews and buys again.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from ...kpi import Choices, kpi
from ...periods import ALL_TIME, Periods
from ...reasons import Reason
from ...results import Ratio, Statement, Total
from ...results.statement import statement
from ...tables import IntoDeals, IntoRevenues, IntoSubscriptions
from ...tables.grouping import By
from .accounts import active_accounts
from .buyers import buying_accounts
from .cohorts import cohorts_of
from .renewals import contracts_due
from .triangle import Cohorts

__all__ = [
    "cohort_retention",
    "customer_churn_rate",
    "customer_movements",
    "customer_retention_rate",
    "renewal_rate",
    "repeat_purchase_rate",
]


@kpi(
    unit="proportion",
    better="higher",
    adds_over="",
    ko="고객 유지율",
    articles="0 2 4",
    optional=("subscriptions", "deals"),
)
def customer_retention_rate(
    subscriptions: IntoSubscriptions | None,
    deals: IntoDeals | None,
    period: Periods | str,
    *,
    by: By = None,
    active_for_days: int | None,
) -> Ratio:
    """Share of the customers active at the start of the period that are active at its end.

    Formula: active at both / active at the start.
    Rows and date: active as in `active_customers`.  Who joined in the period counts on neither
    side; who left and came back in it was retained.
    Undefined: where nobody was active at the start.  A period is needed.

    Args:
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes, or None.
        deals: Deals, or anything `Deals.of` takes, or None.
        active_for_days: how long a won deal makes a customer active; None goes by subscriptions.

    Returns:
        Ratio from 0 to 1, a proportion with Wilson's interval; it does not add over time.

    Source: ChartMogul (B2B) alike.  Stripe adds new customers to the denominator, Baremetrics
    counts those who joined and left within 30 days, profitable divides by those active now.

    >>> from salesmetrics.examples import subscriptions
    >>> kept = customer_retention_rate(subscriptions, None, "2025-Q1", active_for_days=None)
    >>> kept.numerator, kept.denominator
    (2, 3)
    """
    accounts = active_accounts(subscriptions, deals, period, by, active_for_days)
    start = "active at the start"
    return Ratio(accounts.count(start, "active at the end"), accounts.count(start))


@kpi(
    unit="proportion",
    better="lower",
    adds_over="",
    ko="고객 이탈률",
    articles="0 2 4",
    optional=("subscriptions", "deals"),
)
def customer_churn_rate(
    subscriptions: IntoSubscriptions | None,
    deals: IntoDeals | None,
    period: Periods | str,
    *,
    by: By = None,
    active_for_days: int | None,
) -> Ratio:
    """Share of the customers active at the start of the period that are not active at its end.

    Formula: active at the start but not at the end / active at the start; 1 - the retention.
    Rows and date: as in `customer_retention_rate`.  A customer leaves on the first day not
    covered.
    Undefined: where nobody was active at the start.  A period is needed.

    Args:
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes, or None.
        deals: Deals, or anything `Deals.of` takes, or None.
        active_for_days: how long a won deal makes a customer active; None goes by subscriptions.

    Returns:
        Ratio from 0 to 1, a proportion with Wilson's interval; it does not add over time.

    Source: as for `customer_retention_rate`; 0.025 a month is a life of 40 months (Lean
    Analytics).

    >>> from salesmetrics.examples import subscriptions
    >>> customer_churn_rate(subscriptions, None, "2025-Q1", active_for_days=None).value
    0.3333333333333333
    """
    accounts = active_accounts(subscriptions, deals, period, by, active_for_days)
    return Ratio(accounts.count("left"), accounts.count("active at the start"))


@kpi(
    unit="count",
    better="higher",
    adds_over="",
    ko="고객 수 변동",
    articles="0 4",
    optional=("subscriptions", "deals"),
)
def customer_movements(
    subscriptions: IntoSubscriptions | None,
    deals: IntoDeals | None,
    period: Periods | str,
    *,
    by: By = None,
    active_for_days: int | None,
) -> Statement:
    """How the number of customers came from the period's start to its end.

    Formula: opening + new + returned - lost = closing, checked.
    Rows and date: active as in `active_customers`, each customer in one line: new had never been
    one before the period, returned had but not at its start, lost was one at the start alone.
    Who joined and left within the period is counted as transient, with no effect.
    Undefined: never; no movement is 0.  A period is needed.

    Args:
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes, or None.
        deals: Deals, or anything `Deals.of` takes, or None.
        active_for_days: how long a won deal makes a customer active; None goes by subscriptions.

    Returns:
        Statement, in customers, with these lines; its figure is `change`, closing - opening.

    Source: the waterfall of `mrr_movements` by head; tools that count new and lost customers from
    their own events (ChurnZero) do not lead from the one count to the other.

    >>> from salesmetrics.examples import subscriptions
    >>> moved = customer_movements(subscriptions, None, "2025-Q1", active_for_days=None)
    >>> [moved.parts[name] for name in ("opening", "new", "returned", "lost", "closing")]
    [3, 1, 0, 1, 3]
    """
    accounts = active_accounts(subscriptions, deals, period, by, active_for_days)
    opening = accounts.count("active at the start")
    closing = accounts.count("active at the end", "known at both ends")
    lines = {
        "opening": opening,
        "new": accounts.count("new"),
        "returned": accounts.count("back"),
        "lost": accounts.count("left"),
        "closing": closing,
        "change": closing.minus(opening),
        "transient": accounts.count("joined and left"),
    }
    there = accounts.count("there")
    return statement("customer movements", lines, "change", HEADS, base=there)


HEADS = {"opening": 1, "new": 1, "returned": 1, "lost": -1, "closing": -1}


@kpi(
    unit="proportion",
    better="higher",
    adds_over="",
    ko="재계약률",
    articles="1",
    variants={
        "renewal_rate_gross": {"retained": "gross"},
        "renewal_rate_net": {"retained": "net"},
    },
    looks_up=True,
    moves_with_time=True,
    looks_ahead=True,
)
def renewal_rate(
    subscriptions: IntoSubscriptions,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    retained: Literal["count", "gross", "net"] = "count",
    early_days: int = 90,
    grace_days: int = 30,
) -> Ratio:
    """Share of the contracts that ended in the period that were renewed.

    Formula: renewed / due, by count or by amount a year.
    Rows and date: subscriptions whose last covered day (the day before `ended_at`) lies in the
    period.  Renewed are those that another one names (`renewal_of`), else those whose customer
    has one of the same product that starts from `early_days` before the end to `grace_days`
    after, each renewing one; a contract with `auto_renew` renews itself at its amount once its
    end has passed.  While those days run, a contract without renewal is pending: outside the
    rate, and counted in `excluded`.
    Undefined: where no contract was due, or all are pending.

    Args:
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes.
        retained: `"count"` of contracts; by value `"gross"` (what is kept of each, never more than
            it was) or `"net"` (with what was added).
        early_days: how many days before the end a renewal may start.
        grace_days: how many days after it.

    Returns:
        Ratio; by count a proportion with Wilson's interval, net it may exceed 1.

    Source: GitLab counts only renewals on time (`grace_days=0`); a contract of several years is due
    once.

    >>> from salesmetrics.examples import subscriptions
    >>> rate = renewal_rate(subscriptions.as_of("2025-05-01"), "2025-Q1")
    >>> rate.numerator, rate.denominator
    (1, 2)
    >>> renewal_rate(subscriptions.as_of("2025-05-01"), "2025-Q1", retained="net").value
    1.0
    """
    ended = contracts_due(subscriptions, early_days, grace_days).during(
        "last_covered_at", period, by=by
    )
    due = DUE[retained](ended).excluding(Reason("pending"), ended.count("pending"))
    known = due.excluding(Reason("no_field", field="customer"), ended.count("of no customer"))
    return Ratio(RENEWED[retained](ended).non_additive(), known.non_additive())


Measured = Callable[[Any], Total]
DUE: Choices[Measured] = Choices(
    "retained",
    {
        "count": lambda ended: ended.count("due"),
        "gross": lambda ended: ended.total("annual_amount", where="due"),
        "net": lambda ended: ended.total("annual_amount", where="due"),
    },
)
RENEWED: Choices[Measured] = Choices(
    "retained",
    {
        "count": lambda ended: ended.count("renewed"),
        "gross": lambda ended: ended.total("kept_amount", where="renewed"),
        "net": lambda ended: ended.total("renewed_amount", where="renewed"),
    },
)


@kpi(
    unit="proportion",
    better="higher",
    adds_over="",
    ko="재구매율",
    articles="0 1",
    variants={"repeat_purchase_rate_ever": {"variant": "ever"}},
    optional=("revenues", "deals"),
)
def repeat_purchase_rate(
    revenues: IntoRevenues | None,
    deals: IntoDeals | None,
    period: Periods | str,
    *,
    by: By = None,
    variant: Literal["again", "ever"] = "again",
) -> Ratio:
    """Share of the customers with a purchase before the period that buy again in it.

    Formula: bought before and in the period / bought before; `ever`: at least two purchases by
    the period's end / at least one.
    Rows and date: revenue records by `booked_at`, without them won deals by `closed_at`.  The
    same customer on the same day is one purchase; a return (below 0) and a record of 0 are none,
    while a deal won for nothing is one.  Rows without a customer are counted in `excluded`.
    Undefined: where nobody had bought before.  A period is needed.

    Args:
        revenues: Revenues, or anything `Revenues.of` takes, or None.
        deals: Deals, or anything `Deals.of` takes, or None.
        variant: `"again"` in the period, or `"ever"` up to its end.

    Returns:
        Ratio from 0 to 1, a proportion with Wilson's interval; it does not add over time.

    Source: shops mostly publish the variant `ever`; it only rises with time.

    >>> from salesmetrics.examples import revenues
    >>> repeat_purchase_rate(revenues, None, "2025-Q1").value
    1.0
    >>> repeat_purchase_rate(revenues, None, "2025-Q1", variant="ever").value
    0.5
    """
    accounts = buying_accounts(revenues, deals, period, by)
    return Ratio(accounts.count(*AGAIN[variant]), accounts.count(AGAIN[variant][0]))


AGAIN = Choices(
    "variant",
    {
        "again": ("who bought before", "who bought in the period"),
        "ever": ("who ever bought", "who ever bought twice"),
    },
)


@kpi(
    unit="proportion",
    better="higher",
    adds_over="",
    ko="코호트 유지율",
    articles="0 2",
    variants={"cohort_retention_by_purchase": {"purchases": True}},
    optional=("subscriptions", "revenues", "deals"),
    moves_with_time=True,
)
def cohort_retention(
    subscriptions: IntoSubscriptions | None,
    revenues: IntoRevenues | None,
    deals: IntoDeals | None,
    period: Periods | str,
    *,
    by: By = None,
    purchases: bool = False,
) -> Cohorts:
    """Customers who started in the period, and their revenue, at every age since.

    Formula: a cohort's customers = retained + gone at every age, and its revenue = that of age 0
    + gained - lost, customer by customer, both checked; the figure is retained / customers at the
    last age whose period is over.
    Rows and date: customers in the period that holds their first day.  By subscriptions: the
    first start; retained are those covered at the end of the period of that age, revenue is what
    they pay a month then.  Without subscriptions, by purchases (revenue records, else won deals):
    the first one; retained are those who bought in the period of that age, revenue is what it
    came to, returns taken off.  Ages are counted in periods as long as the one asked for, as far
    as is known; that of an age which is not over is marked.
    Undefined: where nobody started, or the period itself is not over.  A period is needed.

    Args:
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes, or None.
        revenues: Revenues, or anything `Revenues.of` takes, or None.
        deals: Deals, or anything `Deals.of` takes, or None.
        purchases: by purchases also where there are subscriptions: who bought again, calendar
            month by calendar month.

    Returns:
        Cohorts: `triangle()` of one column, `ages()` of one cohort, and `detail()` of all; ask for
        `period("2025").split("month")` to have the cohorts of a year.

    Raises:
        NeedsError: none of the three tables is given.

    Source: customers of each cohort still there, by age.  Dashboards often count a customer as
    retained at age 0 whatever happened in it, or show the unfinished diagonal like the rest, so
    that the last month always looks worst.

    >>> from salesmetrics.examples import subscriptions
    >>> found = cohort_retention(subscriptions, None, None, ["2024-Q1", "2024-Q3"])
    >>> found.triangle("retained")
    {'2024-Q1': [1, 1, 1, 1, 1], '2024-Q3': [1, 1, 0]}
    >>> found.triangle("unfinished")["2024-Q3"]
    [False, False, True]
    """
    return cohorts_of(SUBSCRIBED[purchases](subscriptions), revenues, deals, period, by)


SUBSCRIBED: Choices[Callable[[Any], Any]] = Choices(
    "purchases", {False: lambda given: given, True: lambda given: None}
)
