"""KPIs of what deals are worth: created, as a distribution, and as contracts.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from ...kpi import kpi
from ...periods import ALL_TIME, Periods
from ...results import Distribution, Ratio, Total
from ...tables import Deals, IntoDeals
from ...tables.grouping import By

__all__ = ["annual_contract_value", "deal_size", "pipeline_created", "total_contract_value"]


@kpi(unit="money", better="higher", adds_over="rows time", ko="신규 파이프라인 금액", articles="0")
def pipeline_created(deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None) -> Total:
    """Amount of the deals created in the period.

    Formula: the sum of the amounts as known, exact.
    Rows and date: every deal, whatever became of it, in the period that holds `created_at`; an
    open deal without an amount of its own counts with its list amount (reported in `assumed`),
    a deal without any is left out and counted in `excluded`.
    Undefined: where deals were created and the amount of none is known; nothing created is 0.

    Args:
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Total, in the reporting currency.

    Raises:
        NeedsError: the deals have no creation date or no amount.

    Source: fivetran/dbt_salesforce sums alike; HubSpot can date by qualification, which is
    another figure.

    >>> from salesmetrics.examples import deals
    >>> pipeline_created(deals, "2025-01").value
    35000.0
    """
    return Deals.of(deals).during("created_at", period, by=by).total("amount")


@kpi(unit="money", better="higher", adds_over="rows time", ko="거래 규모 분포", articles="0 1 2 4")
def deal_size(deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None) -> Distribution:
    """How the amounts of the deals won in the period are distributed.

    Formula: the median (and mean, quantiles, largest) of the won amounts, exact.
    Rows and date: won deals whose amount is known, in the period that holds `closed_at`; the
    others are counted in `excluded`.
    Undefined: where no deal with a known amount was won.

    Args:
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Distribution, whose value is the median; its `mean` is `average_deal_size`, its `max` the
        largest deal.

    Source: the median of won amounts; a median of fewer than five deals says little (margince shows
    none).

    >>> from salesmetrics.examples import deals
    >>> size = deal_size(deals, "2025-Q1")
    >>> size.value, size.mean, size.n
    (21000.25, 21000.25, 2)
    """
    return Deals.of(deals).during("closed_at", period, by=by).amounts("amount", where="won")


@kpi(
    unit="money",
    better="higher",
    adds_over="rows time",
    ko="연간 계약 금액(ACV)",
    articles="0",
    needs=("deals.recurring_amount",),
)
def annual_contract_value(
    deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None
) -> Ratio:
    """Recurring value of the contracts won in the period, per year of term and contract.

    Formula: the sum of recurring amount x 12 / months of term, exact, / contracts won.
    Rows and date: won deals with a recurring amount (of the whole term) and a term above 0, in
    the period that holds `closed_at`; terms below a year are annualised.  The others are left out
    and counted in `excluded`.
    Undefined: where no such contract was won.

    Args:
        deals: Deals with `recurring_amount` and `term_months`, or anything `Deals.of` takes.

    Returns:
        Ratio, in the reporting currency per contract.

    Raises:
        NeedsError: the deals have no recurring amount or no term.

    Source: recurring value over the years of the term; some take short terms as they are, some the
    first year, some add one-time fees.

    >>> from salesmetrics import Deals
    >>> contracts = Deals.of(
    ...     {"id": [1, 2], "outcome": ["won", "won"], "closed_at": ["2025-01-20", "2025-01-21"],
    ...      "recurring_amount": [36000, 5000], "term_months": [36, 6]},
    ...     currency="EUR",
    ... )
    >>> annual_contract_value(contracts).value              # 12000 and 10000 a year
    11000.0
    """
    closed = Deals.of(deals).during("closed_at", period, by=by)
    annual = closed.total("annual_amount", where="won")
    return Ratio(annual, annual.counted())


@kpi(unit="money", better="higher", adds_over="rows time", ko="총 계약 금액(TCV)", articles="0")
def total_contract_value(
    deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None
) -> Total:
    """Value over their whole term of the contracts won in the period.

    Formula: the sum of one-time and recurring amount, exact; of a deal without these two, its
    amount.
    Rows and date: won deals, in the period that holds `closed_at`; those without either are left
    out and counted in `excluded`.
    Undefined: where contracts were won and the value of none is known; nothing won is 0.

    Args:
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Total, in the reporting currency.

    Raises:
        NeedsError: the deals have no amount, neither whole nor in these parts.

    Source: the whole value of the contract, one-time fees included, on which all agree.

    >>> from salesmetrics.examples import deals
    >>> total_contract_value(deals, "2025-Q1").value
    42000.5
    """
    closed = Deals.of(deals).during("closed_at", period, by=by)
    return closed.total("contract_amount", where="won")
