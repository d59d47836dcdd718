"""KPIs of growth.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Literal

from ...kpi import Choices, kpi
from ...periods import Period, Periods, as_periods
from ...reasons import Reason
from ...results import Formula
from ...results.formula import Figures, formula
from ...tables import IntoDeals, IntoRevenues
from ...tables.grouping import By
from ..earnings import earned

__all__ = ["revenue_growth"]

BASE: Choices[Callable[[Period], Period]] = Choices(
    "against", {"previous": Period.previous, "year_before": Period.year_before}
)


@kpi(
    unit="share",
    better="higher",
    adds_over="rows",
    ko="매출 성장률",
    articles="0 1 2",
    variants={"revenue_growth_yoy": {"against": "year_before"}},
    optional=("revenues", "deals"),
    per_period=True,
)
def revenue_growth(
    revenues: IntoRevenues | None,
    deals: IntoDeals | None,
    period: Periods | str,
    *,
    by: By = None,
    against: Literal["previous", "year_before"] = "previous",
) -> Formula:
    """Growth of the revenue against the period before, or the same of the year before.

    Formula: (revenue - revenue of the base period) / revenue of the base period.
    Rows and date: as in `revenue`; the base is the month before a month, the quarter before a
    quarter, and so many days before any other span, or the same period one year earlier.  Both are
    whole: of a period that is not over compare with `compare=`, which takes as many days of both.
    Undefined: where the revenue of the base period is 0 or below.  A period is needed.

    Args:
        revenues: Revenues, or anything `Revenues.of` takes, or None.
        deals: Deals, or anything `Deals.of` takes, or None.
        against: `"previous"` (of months: MoM), or `"year_before"` (YoY).

    Returns:
        Formula, of `revenue` and `base`; it does not add over time.

    Raises:
        NeedsError: neither revenues nor deals are given.
        PeriodError: a period that the year before does not have (week 53).

    Source: articles 0 to 2 (120 after 100 is 20 %); a base of 0 is no endless growth.

    >>> from salesmetrics.examples import revenues
    >>> revenue_growth(revenues, None, "2025-Q1").parts["revenue"]
    30000.0
    """
    now = earned(revenues, deals, period, by)
    return formula(
        "revenue growth",
        "share",
        {"revenue": now},
        {"base": earned(revenues, deals, _based(period, BASE[against]), by)},
        finalize=(_grown, ("base",)),
        n_of="base",
        above_0={"base": Reason("base_not_above_zero")},
        adds="rows",
    )


def _based(period: Periods | str, base: Callable[[Period], Period]) -> tuple[Period, ...]:
    """Of each period its base, under the period's own name: two may have the same."""
    return tuple(
        Period(before.start, before.end, f"before {one.label}")
        for one, before in ((one, base(one)) for one in as_periods(period))
    )


def _grown(figures: Figures) -> Fraction:
    return figures["revenue"] - figures["base"]
