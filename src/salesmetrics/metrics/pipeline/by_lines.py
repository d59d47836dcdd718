"""KPIs of deals of several products, line by line.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from ...kpi import kpi
from ...periods import ALL_TIME, Periods
from ...results import Total
from ...tables import IntoDealLines, IntoDeals
from ...tables.grouping import By
from ...tables.lined_deals import lined

__all__ = ["line_bookings", "line_pipeline"]


@kpi(
    unit="money",
    better="higher",
    adds_over="",
    ko="품목별 수주 금액",
    beside={"deal_lines": ("product",)},
    looks_up=True,
)
def line_bookings(
    deals: IntoDeals,
    deal_lines: IntoDealLines,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
) -> Total:
    """Amount won in the period, of deals of several products by the product of their lines.

    Formula: the sum of the line amounts of won deals, and of what no line names of their amounts.
    Rows and date: won deals in the period that holds `closed_at`.  What the lines of a deal leave
    of its amount (below 0 where they come to more) stands without product and is reported in
    `assumed`; a deal without lines counts whole for its own product, so that products sum to
    `bookings`.  A line without amount, or in another currency than its deal's, is part of that
    rest; one of a deal without amount is left out with it.
    Undefined: where no won deal has a known amount; nothing won is 0.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        deal_lines: DealLines, or anything `DealLines.of` takes.

    Returns:
        Total, in the reporting currency; its `n` and `excluded` count lines, and rolled up
        (`.over("product")`) products sum to `bookings` to the unit.

    Raises:
        NeedsError: the deals have no column `amount`, the lines none of `deal` or `amount`; or
            deals in several currencies and lines that do not say theirs.

    Source: the products of an opportunity (Salesforce) and the line items of a deal (HubSpot),
    which set the deal's amount unless it is typed by hand; reports by product often sum the lines
    alone, and lose what was typed.

    >>> from salesmetrics.examples import deal_lines, deals
    >>> found = line_bookings(deals, deal_lines, "2025-Q1", by="product")
    >>> {cell.group[0]: cell.value for cell in found if cell.n}
    {'bi': 4000.0, 'crm': 37500.5, None: 500.0}
    """
    cut = lined(deals, deal_lines).during("closed_at", period, by=by)
    return cut.total("amount", where="won").non_additive()


@kpi(
    unit="money",
    better="higher",
    adds_over="",
    ko="품목별 파이프라인 금액",
    beside={"deal_lines": ("product",)},
    looks_up=True,
)
def line_pipeline(
    deals: IntoDeals, deal_lines: IntoDealLines, period: Periods | str, *, by: By = None
) -> Total:
    """Amount of the deals open at the end of the period, by the product of their lines.

    Formula: the sum of the line amounts of open deals, and of what no line names of their amounts.
    Rows and date: as in `open_pipeline` and `line_bookings`.  Lines have no date: what an
    earlier amount of a deal was more or less than they are is without product.
    Undefined: where deals stood open and the value of none is known; nothing open is 0.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        deal_lines: DealLines, or anything `DealLines.of` takes.

    Returns:
        Total, in the reporting currency; a stock, whose `n` and `excluded` count lines, and whose
        products sum to `open_pipeline` to the unit.

    Raises:
        NeedsError: as in `line_bookings`.

    Source: as in `line_bookings`.

    >>> from salesmetrics.examples import deal_lines, deals
    >>> found = line_pipeline(deals, deal_lines, "2025-Q1", by="product")
    >>> {cell.group[0]: cell.value for cell in found if cell.n}
    {'crm': 15000.0}
    """
    cut = lined(deals, deal_lines).standing("created_at", "closed_at", period, by=by)
    return cut.total("amount").non_additive()
