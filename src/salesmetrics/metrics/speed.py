"""The count and the days behind a speed."""

from __future__ import annotations

import numpy as np

from ..errors import PeriodError, SalesMetricsError, one_of
from ..periods import ALL_TIME, Period, Periods, as_periods
from ..reasons import named
from ..results import Axes, Distribution, Total
from ..results.definition import combined
from ..results.grid import grid_by_cell
from ..results.result import Evidence
from ..tables import IntoDeals
from ..tables.deals import Deals
from ..tables.grouping import By
from ..tables.window import Window
from .planning import unchanged_by_close

__all__ = ["counted_deals", "cycle_days", "days_of"]


def counted_deals(deals: IntoDeals, period: Periods | str, by: By, count_basis: str) -> Total:
    """Deals open at the end of each period, or created in it."""
    if count_basis == "decided":
        raise SalesMetricsError(
            "decided deals x win rate is the number won, so the figure collapses to won amount / "
            'cycle and says nothing of the pipeline; choose count_basis "open" or "created"'
        )
    if count_basis not in ("open", "created"):
        raise SalesMetricsError(one_of("count_basis", count_basis, ("open", "created")))
    table = Deals.of(deals)
    if count_basis == "open":
        return table.standing("created_at", "closed_at", period, by=unchanged_by_close(by)).count()
    periods = as_periods(period)
    if len({_length(one) for one in periods}) > 1:
        raise PeriodError(
            "velocity by deals created is money for a period of that length: "
            f"{', '.join(one.label for one in periods)} are of different lengths and do not "
            'compare; ask for periods of one length, or count_basis="open" (a day)'
        )
    return table.during("created_at", period, by=by).count()


def cycle_days(closed: Window) -> dict[str, Distribution]:
    """How long the deals won took from their creation, as the part of a formula."""
    return {"mean cycle in days": closed.days_between("created_at", "closed_at", where="won")}


def _length(period: Period) -> tuple[str, int]:
    """Calendar months are of one length, and so are quarters; spans go by their days."""
    unit = period._unit
    return (unit, 0) if unit in ("month", "quarter", "half", "year") else ("day", period.days)


def days_of(like: Total) -> Total:
    """The calendar days of each period, for every group alike, with the rows that came in them."""
    if ALL_TIME in like.periods:
        raise PeriodError("all time has no number of days; give a period")
    non_additive = ("period", *like.by)
    axes = Axes(like.periods, like.by, like.groups, non_additive=non_additive)
    days = np.array([[one.days] for one in like.periods])
    grid = grid_by_cell(axes, days, int(days.sum()))
    rows = grid_by_cell(axes, like.counts.read(like.axes), like.counts.bound)
    evidence = Evidence(
        named("days"),
        "days",
        like.known_until,
        definition=combined("days"),
        ahead=True,
        source=(),
    )
    return Total(axes, evidence, "days", grid, rows)
