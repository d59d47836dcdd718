"""KPIs of the people who sell: what each brings, and how many leave.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

from ...errors import NeedsError
from ...kpi import kpi
from ...measures import Derived, Total
from ...measures.derived import Figures, derived
from ...periods import Periods
from ...tables import Deals, Owners
from ...tables.grouping import By
from ...tables.rosters import owner_days, team_days

__all__ = ["owner_turnover", "revenue_per_owner", "revenue_per_team"]

Credit = Literal["owner", "split"]


@kpi(unit="money", better="higher", adds_over="", ko="담당자당 평균 매출", articles="2")
def revenue_per_owner(
    deals: Any, owners: Any, period: Periods | str, *, by: By = None, credit: Credit = "owner"
) -> Derived:
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
        credit: `"owner"`: a deal counts for the owner it has; `"split"` between several needs
            credits of deals.

    Returns:
        Derived, in the reporting currency per owner, of `bookings` and `owner_days`.

    Raises:
        NeedsError: the deals have no column `amount`; or `credit="split"` without credits.

    Source: usual by the present list of owners, which drops who left and, where it is made from
    the deals, who sold nothing.

    >>> from salesmetrics.examples import deals, owners
    >>> revenue_per_owner(deals, owners, "2025-Q1").value
    16800.2
    """
    parts = {
        "bookings": CREDITED[credit](deals, period, by),
        "owner_days": owner_days(owners, period, by),
    }
    return _each("revenue per owner", "owner", parts, _bookings, _owners)


@kpi(unit="money", better="higher", adds_over="", ko="팀당 평균 매출", articles="2")
def revenue_per_team(
    deals: Any, owners: Any, period: Periods | str, *, by: By = None, credit: Credit = "owner"
) -> Derived:
    """Amount won in the period for each team on the roster.

    Formula: won amount / (days that teams had somebody on the roster / days of the period).
    Rows and date: as in `revenue_per_owner`; a team is there on the days that one or more of its
    owners are.  Owners without a team make none and are reported in `excluded`.
    Undefined: where there was no team, or no won deal has a known amount.  A period is needed.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        owners: Owners, or anything `Owners.of` takes.
        credit: `"owner"`: a deal counts for the owner it has; `"split"` between several needs
            credits of deals.

    Returns:
        Derived, in the reporting currency per team, of `bookings` and `team_days`; it is not
        rolled up over groups, which may share a team.

    Raises:
        NeedsError: the owners have no column `team`, the deals no column `amount`; or
            `credit="split"` without credits.

    Source: usual by the teams that sold something, which reads higher.

    >>> from salesmetrics.examples import deals, owners
    >>> revenue_per_team(deals, owners, "2025-Q1").value
    21000.25
    """
    parts = {
        "bookings": CREDITED[credit](deals, period, by),
        "team_days": team_days(owners, period, by),
    }
    return _each("revenue per team", "team", parts, _bookings, _teams, over_groups=False)


@kpi(unit="ratio", better="lower", adds_over="", ko="영업사원 이직률", articles="4")
def owner_turnover(owners: Any, period: Periods | str, *, by: By = None) -> Derived:
    """Owners who left in the period, over how many there were on average.

    Formula: left / (days that owners were on the roster / days of the period).
    Rows and date: owners whose `ended_at`, the first day they were not there, lies in the period
    and has come by what is known; the average is taken over the days of the period.
    Undefined: where nobody was on the roster.  A period is needed.

    Args:
        owners: Owners, or anything `Owners.of` takes.

    Returns:
        Derived, of `left` and `owner_days`; not per year: a quarter's is that of the quarter.

    Raises:
        NeedsError: the owners have no column `ended_at`.

    Source: usual; many take half the sum of the head count at the start and at the end for the
    average, which misses who came and left between.

    >>> from salesmetrics.examples import owners
    >>> owner_turnover(owners, "2025-Q1").value
    0.4
    """
    left = Owners.of(owners).during("ended_at", period, by=by).count("that left")
    parts = {"left": left, "owner_days": owner_days(owners, period, by)}
    how = {"n_of": "left", "empty": "nobody on the roster", "over_time": False}
    return derived("owner turnover", "ratio", parts, _left, _owners, **how)  # type: ignore[arg-type]


def _own(deals: Any, period: Periods | str, by: By) -> Total:
    """Won amounts, each credited to the owner of the deal."""
    return Deals.of(deals).during("closed_at", period, by=by).total("amount", where="won")


def _split(deals: Any, period: Periods | str, by: By) -> Total:
    raise NeedsError(
        "deal_credits", "credit split between owners needs credits of deals, which are not given"
    )


CREDITED = {"owner": _own, "split": _split}


def _each(
    what: str, unit: str, parts: Any, top: Any, bottom: Any, over_groups: bool = True
) -> Derived:
    currency = parts["bookings"].currency
    empty = f"no {unit} on the roster"
    unit = f"{currency or 'money'} per {unit}"
    return derived(
        what,
        unit,
        parts,
        top,
        bottom,
        n_of="bookings",
        empty=empty,
        currency=currency,
        over_groups=over_groups,
        over_time=False,
    )


def _bookings(figures: Figures) -> Fraction:
    return figures["bookings"]


def _left(figures: Figures) -> Fraction:
    return figures["left"]


def _owners(figures: Figures) -> Fraction:
    return figures["owner_days"] / figures["days"]


def _teams(figures: Figures) -> Fraction:
    return figures["team_days"] / figures["days"]
