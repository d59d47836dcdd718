"""The last part of a quarter beside the whole of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ...kpi import Choices
from ...periods import ALL_TIME, Period, Periods, as_periods
from ...reasons import Reason
from ...results import Formula, Total
from ...results.formula import formula
from ...tables import IntoDeals
from ...tables.deals import Deals
from ...tables.grouping import By

__all__ = ["late_share"]


def late_share(deals: IntoDeals, period: Periods | str, by: By, last: str) -> Formula:
    """The share of each quarter's won amount that came in its last part."""
    table, quarters = Deals.of(deals), as_periods(period)
    parts = tuple(LAST[last](quarter) for quarter in quarters)
    won = table.during("closed_at", quarters, by=by).total("amount", where="won")
    late = (
        table.during("closed_at", parts, by=by).total("amount", where="won").non_additive(quarters)
    )
    return formula(
        "bookings linearity",
        "share of amount",
        {f"last {last}": late},
        {"bookings": won.non_additive()},
        n_of="bookings",
        above_0={"bookings": Reason("nothing_won")},
        refused=_refused(won, quarters),
        adds="rows",
    )


def _refused(won: Total, periods: Sequence[Period]) -> dict[int, Reason]:
    """The periods that are no quarter, or one that is not over."""
    running = {at: Reason("not_over") for at, one in enumerate(periods) if won.unfinished(one)}
    others = {at: Reason("no_quarter") for at, one in enumerate(periods) if one.unit != "quarter"}
    return running | others


def _last_month(whole: Period) -> Period:
    """By the calendar of the period, which may be a fiscal one."""
    if whole == ALL_TIME:
        return whole  # it has no last month, and no figure
    month = whole.split("month")[-1]
    return Period(month.start, month.end, f"last month of {whole.label}")


def _last_days(whole: Period) -> Period:
    start = max(whole.start, whole.end - timedelta(days=7))
    return Period(start, whole.end, f"last 7 days of {whole.label}")


LAST = Choices("last", {"month": _last_month, "7 days": _last_days})
