"""KPIs of how long customers will stay, and what that is worth.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from ...kpi import kpi
from ...periods import ALL_TIME, Periods
from ...results.estimate import Estimate
from ...tables import IntoSubscriptions
from ...tables.grouping import By
from ..planning import Rate
from .stays_on import fitted_retention, lifetime_value

__all__ = ["contractual_lifetime_value", "retention_curve"]


@kpi(
    unit="terms",
    better="higher",
    adds_over="",
    ko="유지 곡선",
    per_period=True,
    looks_up=True,
    moves_with_time=True,
    modelled=True,
    looks_ahead=True,
)
def retention_curve(
    subscriptions: IntoSubscriptions,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    term_months: int = 12,
    discount: float = 0.1,
) -> Estimate:
    """Of the first ten terms, how many a customer is expected to stay, from the renewals seen.

    Formula: 1 + sum over renewals t = 1 to 9 of S(t), S the share still there after t renewals:
    the shifted beta-geometric curve (sBG), or the beta-discrete-Weibull (BdW) where the
    likelihood ratio says that it is needed (above 3.84).
    Rows and date: customers whose first paid subscription began before the period's end (cohorts:
    `by="started_at.year"`), with all that is known of them; each is up for renewal every
    `term_months` months after it, as far as that day and 30 days of grace have
    passed by what is known, and has stayed where a subscription covers the days after it.  Cohorts
    of any age count together; who left and came back has left.
    Undefined: no renewal was due yet; nobody left; all left at the first.

    Args:
        subscriptions: Subscriptions, or anything `Subscriptions.of` takes.
        term_months: months from one renewal to the next.
        discount: by which a payment a year later is worth less.

    Returns:
        Estimate, in terms: with `method`, `lifetime_terms` (of all terms; none where some stay so
        long that the mean has no end), `discounted_terms`, the share still there after 1, 2, 3
        and 5 renewals, and the customers, renewals and departures learned from.  Of one period
        without groups `part("curve")` is the curve, as seen (Kaplan-Meier) and as fitted.

    Source: Fader and Hardie 2007 and 2010 (sBG); Fader, Hardie, Liu, Davin and Steenburgh 2018.
    A constant churn rate understates who stays, because those who leave easily leave first.

    >>> from salesmetrics.examples import subscriptions
    >>> print(retention_curve(subscriptions).reason)
    nobody has left yet: a lifetime has no end
    """
    return fitted_retention(subscriptions, period, by, term_months, discount)


@kpi(
    unit="money",
    better="higher",
    adds_over="",
    ko="계약 기반 고객 생애 가치(CLV)",
    per_period=True,
    looks_up=True,
    moves_with_time=True,
    modelled=True,
    looks_ahead=True,
)
def contractual_lifetime_value(
    subscriptions: IntoSubscriptions,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    margin: Rate,
    term_months: int = 12,
    discount: float = 0.1,
) -> Estimate:
    """What a new customer is worth: its margin a term times the discounted terms that it stays.

    Formula: recurring amount a term of those paying now, per customer x margin x (1 + sum over
    renewals t of S(t) / (1 + discount a term)^t), S as in `retention_curve`; the first term is
    paid at once.
    Rows and date: customers as in `retention_curve`.
    Undefined: as `retention_curve`; where none of the customers pays now; without a discount,
    where the mean has no end.

    Args:
        subscriptions: Subscriptions with amounts, or anything `Subscriptions.of` takes.
        margin: share of the amount that is left, from 0 to 1.
        term_months: months from one renewal to the next.
        discount: by which a payment a year later is worth less.

    Returns:
        Estimate, in the reporting currency per customer, with its factors.

    Raises:
        NeedsError: no amounts, or no ends of subscriptions.

    Source: Fader and Hardie 2010 (discounted expected residual lifetime); the simple formula,
    margin / churn, is `simple_lifetime_value`.

    >>> from salesmetrics.examples import subscriptions
    >>> print(contractual_lifetime_value(subscriptions, margin=0.7).reason)
    nobody has left yet: a lifetime has no end
    """
    return lifetime_value(subscriptions, period, by, margin, term_months, discount)
