"""KPIs of the people who sell: what each brings, and how many leave.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Literal

from ...kpi import Choices, kpi
from ...periods import ALL_TIME, Periods
from ...reasons import Reason
from ...results import Formula, Total
from ...results.formula import Figures, formula
from ...results.total import in_place
from ...tables import Deals, IntoDealCredits, IntoDeals, IntoOwners, Owners
from ...tables.grouping import By
from ..crediting import credited
from .rosters import owner_days, team_days

__all__ = ["credited_bookings", "owner_turnover", "revenue_per_owner", "revenue_per_team"]

Credit = Literal["owner", "split"]


@kpi(
    unit="money",
    better="higher",
    adds_over="",
    ko="담당자당 평균 매출",
    articles="2",
    variants={"revenue_per_owner_split": {"credit": "split"}},
    optional=("deal_credits",),
    moves_with_time=True,
)
def revenue_per_owner(
    deals: IntoDeals,
    owners: IntoOwners,
    deal_credits: IntoDealCredits | None,
    period: Periods | str,
    *,
    by: By = None,
    credit: Credit = "owner",
) -> Formula:
    """Amount won in the period for each owner on the roster.

    Formula: won amount / (days that owners were on the roster / days of the period).
    Rows and date: won deals as in `bookings`, of whomever; owners from `started_at` to
    `ended_at`, the first day they were not there.  Who sold nothing counts; who came or left
    within the period counts for the days.  Owners without `started_at` count throughout and are
    reported in `assumed`; an end that has not come by what is known does not count yet.
    Undefined: where nobody was on the roster, or no won deal has a known amount.  A period is
    needed.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        owners: Owners, or anything `Owners.of` takes.
        deal_credits: DealCredits, or anything `DealCredits.of` takes, or None.
        credit: `"owner"`: a deal counts for the owner it has; `"split"`: for those who share it.

    Returns:
        Formula, in the reporting currency per owner, of `bookings` and `owner_days`.

    Raises:
        NeedsError: the deals have no column `amount`; or `credit="split"` without credits.

    Source: many divide by the present list of owners, which drops who left and, where it is made
    from the deals, who sold nothing.

    >>> from salesmetrics.examples import deals, owners
    >>> revenue_per_owner(deals, owners, None, "2025-Q1").value
    16800.2
    """
    won, days = CREDITED[credit](deals, deal_credits, period, by), owner_days(owners, period, by)
    return _each("revenue per owner", "owner", won, days, adds="rows")


@kpi(
    unit="money",
    better="higher",
    adds_over="",
    ko="팀당 평균 매출",
    articles="2",
    variants={"revenue_per_team_split": {"credit": "split"}},
    optional=("deal_credits",),
    moves_with_time=True,
)
def revenue_per_team(
    deals: IntoDeals,
    owners: IntoOwners,
    deal_credits: IntoDealCredits | None,
    period: Periods | str,
    *,
    by: By = None,
    credit: Credit = "owner",
) -> Formula:
    """Amount won in the period for each team on the roster.

    Formula: won amount / (days that teams had somebody on the roster / days of the period).
    Rows and date: as in `revenue_per_owner`; a team is there on the days that one or more of its
    owners are.  Owners without a team make none and are reported in `excluded`.
    Undefined: where there was no team, or no won deal has a known amount.  A period is needed.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        owners: Owners, or anything `Owners.of` takes.
        deal_credits: DealCredits, or anything `DealCredits.of` takes, or None.
        credit: `"owner"`: a deal counts for the owner it has; `"split"`: for those who share it.

    Returns:
        Formula, in the reporting currency per team, of `bookings` and `team_days`; it is not
        rolled up over groups, which may share a team.

    Raises:
        NeedsError: the owners have no column `team`, the deals no column `amount`; or
            `credit="split"` without credits.

    Source: many divide by the teams that sold something, which reads higher.

    >>> from salesmetrics.examples import deals, owners
    >>> revenue_per_team(deals, owners, None, "2025-Q1").value
    21000.25
    """
    won, days = CREDITED[credit](deals, deal_credits, period, by), team_days(owners, period, by)
    return _each("revenue per team", "team", won, days, adds="")


@kpi(
    unit="money",
    better="higher",
    adds_over="",
    ko="배분 수주 금액",
    articles="2",
    beside={"deal_credits": ()},
    looks_up=True,
)
def credited_bookings(
    deals: IntoDeals,
    deal_credits: IntoDealCredits,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
) -> Total:
    """Amount won in the period, credited to the owners who share the deals.

    Formula: sum of won amounts, each times an owner's share; the shares of a deal sum to 1.
    Rows and date: won deals in the period that holds `closed_at`; a deal without shares counts
    whole for its owner, so that owners sum to `bookings`.
    Undefined: where no won deal has a known amount; nothing won is 0.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        deal_credits: DealCredits, or anything `DealCredits.of` takes.

    Returns:
        Total, in the reporting currency; each owner is rounded once, and rolled up
        (`.over("owner")`) they sum to `bookings` to the unit.

    Raises:
        NeedsError: the deals have no column `amount` or `owner`.
        DataError: shares of a deal that do not sum to 1.

    Source: Salesforce's opportunity splits (of revenue: 100 % in all).

    >>> from salesmetrics.examples import deal_credits, deals
    >>> found = credited_bookings(deals, deal_credits, "2025-Q1", by="owner")
    >>> {cell.group[0]: cell.value for cell in found}["bo"]
    9600.0
    """
    return _split(deals, deal_credits, period, by).non_additive()


@kpi(
    unit="share",
    better="lower",
    adds_over="",
    ko="영업사원 이직률",
    articles="4",
    moves_with_time=True,
)
def owner_turnover(owners: IntoOwners, period: Periods | str, *, by: By = None) -> Formula:
    """Owners who left in the period, over how many there were on average.

    Formula: left / (days that owners were on the roster / days of the period).
    Rows and date: owners whose `ended_at`, the first day they were not there, lies in the period
    and has come by what is known; the average is taken over the days of the period.
    Undefined: where nobody was on the roster.  A period is needed.

    Args:
        owners: Owners, or anything `Owners.of` takes.

    Returns:
        Formula, of `left` and `owner_days`; not per year: a quarter's is that of the quarter.

    Raises:
        NeedsError: the owners have no column `ended_at`.

    Source: leavers over the mean head count; many take half the sum of the head count at the start
    and at the end for the average, which misses who came and left between.

    >>> from salesmetrics.examples import owners
    >>> owner_turnover(owners, "2025-Q1").value
    0.4
    """
    left = Owners.of(owners).during("ended_at", period, by=by).count("that left")
    there = {"owner_days": owner_days(owners, period, by)}
    return formula(
        "owner turnover",
        "share",
        {"left": left},
        there,
        finalize=(("left",), partial(_average, "owner_days")),
        if_0=Reason("nobody_on_roster"),
        adds="rows",
    )


def _own(
    deals: IntoDeals, deal_credits: IntoDealCredits | None, period: Periods | str, by: By
) -> Total:
    """Won amounts, each credited to the owner of the deal."""
    return Deals.of(deals).during("closed_at", period, by=by).total("amount", where="won")


def _split(
    deals: IntoDeals, deal_credits: IntoDealCredits | None, period: Periods | str, by: By
) -> Total:
    """Won amounts, each credited to those who share the deal."""
    won = credited(deals, deal_credits).during("closed_at", period, by=by)
    return won.total("amount", where="won", weight="credit")


CREDITED = Choices("credit", {"owner": _own, "split": _split})


def _each(what: str, unit: str, won: Total, days: Total, adds: str) -> Formula:
    """What was won for each of those who were there on average; who won nothing counts."""
    name = f"{unit}_days"
    won, days = in_place([won, days])
    return formula(
        what,
        f"{won.currency or 'money'} per {unit}",
        {"bookings": won},
        {name: days},
        finalize=(("bookings",), partial(_average, name)),
        if_0=Reason("none_on_roster", unit=unit),
        currency=won.currency,
        adds=adds,
    )


def _average(days: str, figures: Figures) -> Fraction:
    """How many were there on average: days there over the days of the period."""
    return figures[days] / figures["days"]
