"""KPIs of contracts that ended without a renewal, and why.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ...kpi import Choices, kpi
from ...periods import ALL_TIME, Periods
from ...reasons import Reason
from ...results import Ratio, Statement, Total
from ...tables import IntoSubscriptions
from ...tables.grouping import By
from ...tables.row_sets import Where
from ...tables.window import Window
from ..given_reasons import by_reason
from .renewals import contracts_due

__all__ = ["churn_reasons", "contract_churn_rate"]

Of = Literal["count", "amount"]
LAPSED: Choices[Callable[[Window, Where], Total]] = Choices(
    "of",
    {
        "count": lambda ended, where: ended.count(where),
        "amount": lambda ended, where: ended.total("annual_amount", where),
    },
)


@kpi(
    unit="proportion",
    better="lower",
    adds_over="",
    ko="계약 이탈률",
    articles="1",
    variants={"contract_churn_rate_by_amount": {"of": "amount"}},
    looks_up=True,
    moves_with_time=True,
    looks_ahead=True,
)
def contract_churn_rate(
    subscriptions: IntoSubscriptions,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    of: Of = "count",
    early_days: int = 90,
    grace_days: int = 30,
) -> Ratio:
    """Share of the contracts that ended in the period that were not renewed.

    Formula: ended without a renewal / due, by count or by amount a year.
    Rows and date: as in `renewal_rate`; a contract that may still be renewed is pending: outside
    the rate, and counted in `excluded`.
    Undefined: where no contract was due, or all are pending.

    Args:
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes.
        of: `"count"` of contracts, or their `"amount"` a year: what was lost of what was due.
        early_days: how many days before the end a renewal may start.
        grace_days: how many days after it.

    Returns:
        Ratio; by count a proportion with Wilson's interval, and 1 minus `renewal_rate`.

    Source: contracts lost over contracts due, as Gainsight counts; over all that run
    (`customer_churn_rate` of customers) a year's contracts look twelve times safer in each month.

    >>> from salesmetrics.examples import subscriptions
    >>> rate = contract_churn_rate(subscriptions.as_of("2025-05-01"), "2025-Q1")
    >>> rate.numerator, rate.denominator
    (1, 2)
    """
    contracts = contracts_due(subscriptions, early_days, grace_days)
    ended = contracts.during("last_covered_at", period, by=by)
    due = LAPSED[of](ended, "due").excluding(Reason("pending"), ended.count("pending"))
    known = due.excluding(Reason("no_field", field="customer"), ended.count("of no customer"))
    return Ratio(LAPSED[of](ended, "lapsed").non_additive(), known.non_additive())


@kpi(
    unit="count",
    better="neither",
    adds_over="",
    ko="이탈 사유",
    articles="1",
    variants={"churn_reasons_by_amount": {"of": "amount"}},
    needs=("subscriptions.churn_reason",),
    looks_up=True,
    moves_with_time=True,
    looks_ahead=True,
)
def churn_reasons(
    subscriptions: IntoSubscriptions,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    of: Of = "count",
    early_days: int = 90,
    grace_days: int = 30,
) -> Statement:
    """Contracts that ended in the period without a renewal, by the reason given.

    Formula: the number of those contracts of each reason, or their amount a year; the lines sum to
    `lapsed`, which is checked.
    Rows and date: as in `contract_churn_rate`; contracts without a reason form the line `missing`.
    A reason that stands at a contract that was renewed counts nowhere.
    Undefined: by count never, nothing lapsed is 0; an amount where no lapsed one has a known one.

    Args:
        subscriptions: Subscriptions with `churn_reason`, or anything `Subscriptions.of` takes.
        of: `"count"` of contracts, or their `"amount"` a year.
        early_days: how many days before the end a renewal may start.
        grace_days: how many days after it.

    Returns:
        Statement, in contracts or in the reporting currency: a line for each reason that occurs,
        and `lapsed`, its figure.

    Raises:
        NeedsError: the subscriptions have no column `churn_reason`.

    Source: reasons of cancellation as Stripe and Chargebee ask for them; lists that leave the
    missing ones out hide the largest.

    >>> reasons = churn_reasons(
    ...     [
    ...         {"id": 1, "customer": "a", "started_at": "2024-01-01", "ended_at": "2025-01-01",
    ...          "churn_reason": "price"},
    ...         {"id": 2, "customer": "b", "started_at": "2024-01-01", "ended_at": "2025-02-01"},
    ...         {"id": 3, "customer": "c", "started_at": "2025-06-01", "ended_at": "2026-06-01"},
    ...     ]
    ... )
    >>> list(reasons.parts.items())
    [('lapsed', 2), ('price', 1), ('missing', 1)]
    """
    contracts = contracts_due(subscriptions, early_days, grace_days)
    ended = contracts.during("last_covered_at", period, by=by)
    return by_reason("churn reasons", ended, "churn_reason", "lapsed", LAPSED[of])
