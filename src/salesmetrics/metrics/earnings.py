"""Earnings: revenue records where there are any, else won deals; and who they came from."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from dateutil.relativedelta import relativedelta

from ..days import day_number
from ..errors import NeedsError
from ..money import round_half_even
from ..periods import ALL_TIME, Period, Periods, as_periods
from ..reasons import Reason, tables_needed
from ..results import Axes, Grid, Ratio, Total
from ..results.evidence import ShownFor
from ..results.total import in_place
from ..tables import IntoCosts, IntoCustomers, IntoDeals, IntoLeads, IntoRevenues, IntoSubscriptions
from ..tables.costs import Costs
from ..tables.customers import Customers
from ..tables.deals import Deals
from ..tables.grouping import By
from ..tables.leads import Leads
from ..tables.linking import rows_named
from ..tables.revenues import Revenues
from ..tables.said import as_said
from .customer.accounts import active_accounts

__all__ = ["earned", "earned_to_date", "measured_cost", "ranked_shares", "spent", "trailing_churn"]


def earned(
    revenues: IntoRevenues | None, deals: IntoDeals | None, period: Periods | str, by: By
) -> Total:
    """Revenue booked in each period; without records the won amount, which the result says."""
    if revenues is not None:
        return Revenues.of(revenues).during("booked_at", period, by=by).total("amount")
    if deals is None:
        raise NeedsError(
            tables_needed("revenues", "deals"), "revenue is told by revenues, or by won deals"
        )
    won = Deals.of(deals).during("closed_at", period, by=by).total("amount", where="won")
    return replace(won, assumed_rows={**won.assumed_rows, Reason("won_for_revenue"): won.counts})


def spent(
    costs: IntoCosts,
    period: Periods | str,
    by: By,
    category: str | None = "sales and marketing",
    earlier: int = 0,
) -> Total:
    """Cost of the categories in each period, where some cost says its category; or all cost."""
    during = Costs.of(costs).during("spent_at", period, by=by, earlier=earlier)
    if category is None:
        return during.total("amount")
    return as_said(during.total("amount", where=category), during, "category")


def earned_to_date(
    revenues: IntoRevenues | None, deals: IntoDeals | None, period: Periods | str, by: By
) -> Total:
    """The same of all time up to each period's end, of rows that name their customer."""
    if revenues is not None:
        table = Revenues.of(revenues)
        booked = table.standing("booked_at", None, period, by=by)
        total = booked.total("amount", where="of a customer")
        return total.excluding(Reason("no_field", field="customer"), booked.count("of no customer"))
    if deals is None:
        raise NeedsError(
            tables_needed("revenues", "deals"), "revenue is told by revenues, or by won deals"
        )
    closed = Deals.of(deals).standing("closed_at", None, period, by=by)
    won = closed.total("amount", where=("won", "of a customer"))
    named = replace(won, assumed_rows={**won.assumed_rows, Reason("won_for_revenue"): won.counts})
    return named.excluding(
        Reason("no_field", field="customer"), closed.count(("won", "of no customer"))
    )


def trailing_churn(
    subscriptions: IntoSubscriptions | None,
    deals: IntoDeals | None,
    period: Periods | str,
    by: By,
    active_for: int | None,
) -> Ratio:
    """Customers that left in the six months up to each period's end, over those at their starts."""
    periods = as_periods(period)
    months = {
        one: tuple(
            _span(one.end - relativedelta(months=back), one.end - relativedelta(months=back - 1))
            for back in range(6, 0, -1)
        )
        for one in periods
    }
    every = tuple(dict.fromkeys(month for each in months.values() for month in each))
    accounts = active_accounts(subscriptions, deals, every, by, active_for, amounts=False)
    place = {month: at for at, month in enumerate(every)}

    def gathered(total: Total) -> Total:
        axes = Axes(periods, total.by, total.groups, non_additive=total.axes.non_additive)

        def sums(grid: Grid) -> Grid:
            changes = np.zeros(axes.shape, dtype=grid.changes.dtype)
            for at, one in enumerate(periods):
                for month in months[one]:
                    changes[at + 1] += grid.changes[place[month] + 1]
            return Grid(changes, False, grid.bound * 6)

        behind = ShownFor(total.evidence.source, tuple(months[one] for one in periods))
        return replace(total._map(sums, axes), evidence=replace(total.evidence, source=behind))

    start = gathered(accounts.count("active at the start"))
    return Ratio(gathered(accounts.count("left")), start)


def _span(start: Any, end: Any) -> Period:
    return Period(start, end, f"{start}..{end}")


def ranked_shares(total: Total, whole: Total) -> Ratio:
    """Each group's share of the whole, whatever the groups are of; the largest stands first.

    The order is that of the last period.
    """
    read = total.sums_read()
    last = read[-1].tolist()
    order = sorted(range(len(last)), key=lambda at: (-last[at], at))
    groups = tuple(total.groups[at] for at in order)
    axes = Axes(total.periods, total.by, groups, non_additive=("period", *total.by))

    def placed(figures: Any, bound: int) -> Grid:
        changes = np.zeros(axes.shape, dtype=figures.dtype)
        changes[1:] = figures  # those of the whole stand in every group
        return Grid(changes, False, bound)

    own = total._map(lambda grid: placed(grid.read(total.axes)[:, order], grid.bound), axes)
    every = whole._map(lambda grid: placed(grid.read(whole.axes), grid.bound), axes)
    return Ratio(own, replace(every, evidence=total.evidence.put_together("whole of")))


def measured_cost(
    costs: IntoCosts,
    customers: IntoCustomers,
    leads: IntoLeads,
    period: Periods | str,
    by: By,
    new: Total,
) -> Total:
    """Sales and marketing cost of as many days earlier as the new customers took from lead to win.

    The lag of a period is the median of its new customers' days from their first lead to the
    win, in whole days (half to even).  Groups that only the `new` customers have are there too:
    of them as well it is not known when their cost was spent, where the lag is not known.
    """
    periods = as_periods(period)
    # The lag is that of the whole company, whatever its cost is grouped or filtered by.
    everybody = Customers.of(customers).unfiltered, Leads.of(leads).unfiltered
    lags, anybody = _lags(*everybody, periods)
    moved = tuple(
        one if lag is None else _moved(one, round_half_even(lag), at)
        for at, (one, lag) in enumerate(zip(periods, lags, strict=True))
    )
    own = spent(costs, moved, by).non_additive(periods)
    total = in_place([own, new])[0]
    known = np.array([lag is not None for lag in lags])
    days = np.array([0 if lag is None else round_half_even(lag) for lag in lags])

    def kept(grid: Grid) -> Grid:
        changes = grid.changes.copy()
        changes[1:][~known] = 0
        return Grid(changes, False, grid.bound)

    found = replace(total, sums=kept(total.sums), counts=kept(total.counts))
    unknown, lag_days = np.zeros((2, *total.axes.shape), dtype=np.int64)
    unknown[1:] = (~known & np.array(anybody))[:, None]
    lag_days[1:] = days[:, None]
    without = {Reason("no_known_lag"): _grid(unknown)} if unknown.any() else {}
    return replace(
        found,
        # Cost without a date may belong anywhere; what else was left out, only where it was sought.
        excluded_rows={
            **{
                w: g if w == Reason("no_field", field="spent_at") else kept(g)
                for w, g in found.excluded_rows.items()
            },
            **without,
        },
        by_definition_rows={why: kept(grid) for why, grid in found.by_definition_rows.items()},
        told_rows={why: (kept(yes), kept(no)) for why, (yes, no) in found.told_rows.items()},
        assumed_rows={**found.assumed_rows, Reason("days_of_lag"): _grid(lag_days)},
    )


def _grid(changes: Any) -> Grid:
    return Grid(changes, False, int(changes.sum()))


def _moved(period: Period, days: int, at: int) -> Period:
    back = relativedelta(days=days)
    return Period(period.start - back, period.end - back, f"{at}: {days} days before {period}")


def _lags(
    customers: Customers, leads: Leads, periods: tuple[Period, ...]
) -> tuple[list[Fraction | None], list[bool]]:
    """The median lag of each period's new customers, and whether there are any."""
    whose = np.asarray(rows_named(customers, leads.codes("customer")), np.int64)
    came = leads.during("created_at", ALL_TIME).first_of(whose, customers.size)
    acquired = customers.during("acquired_at", periods)
    found: list[Fraction | None] = []
    anybody = []
    for one in periods:
        new = acquired.rows_between(day_number(one.start), day_number(one.end))
        anybody.append(len(new) > 0)
        took = acquired.days[new].astype(np.int64) - came[new]
        days = sorted(took[took >= 0].tolist())
        n = len(days)
        found.append(Fraction(days[(n - 1) // 2] + days[n // 2], 2) if n else None)
    return found, anybody
