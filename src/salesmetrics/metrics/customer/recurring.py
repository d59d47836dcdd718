"""KPIs of recurring revenue: what it comes to, and what stayed of it.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from fractions import Fraction

from ...kpi import kpi
from ...periods import Periods
from ...results import Ratio, Statement, Total
from ...results.statement import statement
from ...tables import IntoSubscriptions
from ...tables.grouping import By
from .accounts import active_accounts
from .running import recurring_revenue

__all__ = [
    "arr",
    "gross_revenue_retention",
    "mrr",
    "mrr_movements",
    "net_revenue_retention",
    "quick_ratio",
]

MONTH = Fraction(1, 12)


@kpi(
    unit="money",
    better="higher",
    adds_over="rows",
    en="annual recurring revenue",
    ko="연간 반복 매출",
    articles="4",
    looks_ahead=True,
)
def arr(subscriptions: IntoSubscriptions, period: Periods | str, *, by: By = None) -> Total:
    """Recurring revenue a year of the subscriptions that cover the end of the period.

    Formula: the sum of the amounts a year, exact: a day x 365.25, a week x 52, a month x 12, a
    quarter x 4.
    Rows and date: subscriptions with started_at < end and ended_at >= end; `ended_at` is the
    first day not covered.  A `status` says how a row stands now: trials and what was never
    completed are left out, and so is what is over (canceled, unpaid) where nothing says since
    when; both are counted in `excluded`, as are rows without amount or interval.  Without a
    column of ends all are taken as running, which `assumed` says.  Other currencies are converted
    at the rate of the day known.
    Undefined: where subscriptions stood and the amount of none is known; none is 0.  A period is
    needed.

    Args:
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes.

    Returns:
        Total, in the reporting currency; a stock, which does not add over time.

    Raises:
        NeedsError: the subscriptions have no amount, interval or start.

    Source: all agree on the recurring revenue of a year, of contracts that run; a week taken for a
    quarter of a month (Ghost) understates by a twelfth.

    >>> from salesmetrics.examples import subscriptions
    >>> arr(subscriptions, "2025-Q1").value
    26400.0
    """
    return recurring_revenue(subscriptions, period, by)


@kpi(
    unit="money",
    better="higher",
    adds_over="rows",
    en="monthly recurring revenue",
    ko="월간 반복 매출",
    articles="4",
    looks_ahead=True,
)
def mrr(subscriptions: IntoSubscriptions, period: Periods | str, *, by: By = None) -> Total:
    """Recurring revenue a month of the subscriptions that cover the end of the period.

    Formula: `arr` / 12, exact, rounded once at the end (half to even).
    Rows and date: as in `arr`.
    Undefined: as in `arr`.  A period is needed.

    Args:
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes.

    Returns:
        Total, in the reporting currency; a stock, which does not add over time.

    Raises:
        NeedsError: the subscriptions have no amount, interval or start.

    Source: ChartMogul. dbt_recurly counts an invoice of a year as twelve months of revenue in one.

    >>> from salesmetrics.examples import subscriptions
    >>> mrr(subscriptions, "2025-Q1").value
    2200.0
    """
    return recurring_revenue(subscriptions, period, by).times(MONTH)


@kpi(
    unit="ratio",
    better="higher",
    adds_over="",
    en="net revenue retention (NRR)",
    ko="순매출유지율(NRR)",
    articles="1 2",
    looks_ahead=True,
)
def net_revenue_retention(
    subscriptions: IntoSubscriptions, period: Periods | str, *, by: By = None
) -> Ratio:
    """Recurring revenue at the period's end of the customers active at its start, over theirs then.

    Formula: end MRR of those active at the start / start MRR.
    Rows and date: as in `mrr`, customer by customer; new customers count on neither side.  A
    customer with an amount that is not known at either end is left out and counted in `excluded`,
    as is one whose subscription is over (`status`) while nothing says since when.
    Undefined: where there was no recurring revenue at the start.  A period is needed.

    Args:
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes.

    Returns:
        Ratio, which may exceed 1; it does not add over time.

    Source: start + expansion - contraction - churn, over the start.  Baremetrics leaves contraction
    out (100 % - (churned - expansion) / start), and ChartMogul also adds reactivation; both read
    higher.

    >>> from salesmetrics.examples import subscriptions
    >>> kept = net_revenue_retention(subscriptions, "2025-Q1")
    >>> kept.numerator, kept.denominator, kept.value
    (1900.0, 1900.0, 1.0)
    """
    accounts = active_accounts(subscriptions, None, period, by, None)
    start = accounts.total("start_amount", "active at the start").times(MONTH)
    return Ratio(accounts.total("end_amount", "active at the start").times(MONTH), start)


@kpi(
    unit="ratio",
    better="higher",
    adds_over="",
    en="gross revenue retention (GRR)",
    ko="총매출유지율(GRR)",
    articles="1 2",
    looks_ahead=True,
)
def gross_revenue_retention(
    subscriptions: IntoSubscriptions, period: Periods | str, *, by: By = None
) -> Ratio:
    """What is left at the period's end of each customer's recurring revenue at its start.

    Formula: sum of min(end MRR, start MRR) over the customers active at the start / start MRR.
    Rows and date: as in `net_revenue_retention`; what a customer added does not make up for what
    another took away, so it never exceeds 1.
    Undefined: where there was no recurring revenue at the start.  A period is needed.

    Args:
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes.

    Returns:
        Ratio up to 1; it does not add over time.

    Source: SaaS Metrics Standards Board alike (start - contraction - churn, on the start's
    customers).

    >>> from salesmetrics.examples import subscriptions
    >>> gross_revenue_retention(subscriptions, "2025-Q1").value
    0.7368421052631579
    """
    accounts = active_accounts(subscriptions, None, period, by, None)
    start = accounts.total("start_amount", "active at the start").times(MONTH)
    return Ratio(accounts.total("kept_amount", "active at the start").times(MONTH), start)


@kpi(
    unit="ratio",
    better="higher",
    adds_over="",
    en="SaaS quick ratio",
    ko="SaaS 퀵 레이쇼",
    articles="1 2",
    looks_ahead=True,
)
def quick_ratio(subscriptions: IntoSubscriptions, period: Periods | str, *, by: By = None) -> Ratio:
    """Recurring revenue gained in the period over that lost.

    Formula: (new + reactivation + expansion) / (contraction + churn), as in `mrr_movements`.
    Rows and date: as in `mrr`, customer by customer; who joined and left in the period counts on
    neither side.
    Undefined: where nothing was lost; it is not infinite and not 0.  A period is needed.

    Args:
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes.

    Returns:
        Ratio; it does not add over time.

    Source: ProfitWell and others; several leave reactivation out.

    >>> from salesmetrics.examples import subscriptions
    >>> quick_ratio(subscriptions, "2025-Q1").value
    1.6
    """
    moved = active_accounts(subscriptions, None, period, by, None)
    gained = moved.total("gain_amount", "gaining").times(MONTH)
    return Ratio(gained, moved.total("loss_amount", "losing").times(MONTH), unit="ratio")


@kpi(
    unit="money",
    better="higher",
    adds_over="",
    en="MRR movements",
    ko="MRR 변동",
    articles="1 4",
    looks_ahead=True,
)
def mrr_movements(
    subscriptions: IntoSubscriptions, period: Periods | str, *, by: By = None
) -> Statement:
    """How recurring revenue a month came from the period's start to its end, customer by customer.

    Formula: opening + new + reactivation + expansion - contraction - churn = closing, checked.
    Rows and date: as in `mrr`.  Each customer stands in one line: new had never paid before the
    period, reactivated had but not at its start; grown and shrunk paid at both ends, churned at
    the start alone.  A customer pays from the first amount above 0 on: from a free plan to a paid
    one is new, back to a free one is churn.  Who joined and left within the period is counted as
    transient, with no effect.  Customers with an amount that is not known are left out of all
    lines, and those whose subscription is over (`status`) while nothing says since when.
    Undefined: where customers moved and the amount of none is known, of each line by itself; no
    movement is 0.  A period is needed.

    Args:
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes.

    Returns:
        Statement, in the reporting currency, with these lines, `transient` in customers; its
        figure is `change`, closing - opening.

    Source: ChartMogul's five movements, by customer: ending one of two subscriptions is a
    contraction.  dbt_stripe calls reactivation expansion, and dbt_recurly churn contraction.

    >>> from salesmetrics.examples import subscriptions
    >>> moved = mrr_movements(subscriptions, "2025-Q1")
    >>> [moved.parts[name] for name in ("opening", "new", "expansion", "churn", "closing")]
    [1900.0, 300.0, 500.0, 500.0, 2200.0]
    """
    accounts = active_accounts(subscriptions, None, period, by, None)
    lines = {
        "opening": accounts.total("start_amount", "active at the start").times(MONTH),
        "new": accounts.total("end_amount", "new").times(MONTH),
        "reactivation": accounts.total("end_amount", "back").times(MONTH),
        "expansion": accounts.total("change_amount", "grown").times(MONTH),
        "contraction": accounts.total("drop_amount", "shrunk").times(MONTH),
        "churn": accounts.total("start_amount", "left").times(MONTH),
        "closing": accounts.total("end_amount", "active at the end").times(MONTH),
        "change": accounts.total("change_amount", "there").times(MONTH),
        "transient": accounts.count("joined and left"),
    }
    return statement("MRR movements", lines, "change", MOVES)


MOVES = {
    "opening": 1,
    "new": 1,
    "reactivation": 1,
    "expansion": 1,
    "contraction": -1,
    "churn": -1,
    "closing": -1,
}
