"""KPIs of how the pipeline moved from the start of a period to its end."""

from __future__ import annotations

from typing import Literal

from ...kpi import kpi
from ...periods import Periods
from ...results import Statement
from ...tables import Deals, IntoDeals
from ...tables.grouping import By

__all__ = ["pipeline_movement", "slip_rate"]


@kpi(
    unit="money",
    better="neither",
    adds_over="rows",
    ko="파이프라인 변동",
    articles="0",
    variants={
        "pipeline_movement_weighted": {"of": "weighted"},
        "pipeline_movement_by_count": {"of": "count"},
        "pipeline_movement_of_due": {"scope": "due"},
    },
    needs_history=True,
)
def pipeline_movement(
    deals: IntoDeals,
    period: Periods | str,
    *,
    by: By = None,
    of: Literal["amount", "weighted", "count"] = "amount",
    scope: Literal["all", "due"] = "all",
) -> Statement:
    """What led from the pipeline at the period's start to that at its end.

    Formula: opening + created + reopened + pulled in + increased - decreased - pushed out - won
    - lost - removed = closing, checked to the unit.  By group also + transferred in - transferred
    out, which add up to nothing over all groups.
    Rows and date: deals open at the start, at the end, or both, each in exactly one part: those
    that left carry their opening value, those that came their closing value, the others the
    difference.  By group, a deal is in that part in the group it ended in: that of the end, or,
    where it left, the last one before it left; one that was in another group at the start is also
    transferred out of that and into this.  Of a close on a day, the last owner and the last open
    stage of that day count.  Created and closed inside is `transient`, outside the sum.
    Disqualified counts as lost; deals that say nothing of how they stand are left out and counted.
    All values are at the rates of one as-of, so exchange moves nothing.
    Undefined: where the value of no deal is known, of each part by itself; a deal whose value is
    not known is left out of the sums and counted in `excluded`.

    Args:
        deals: Deals, or anything `Deals.of` takes; without history, amounts of deals closed since
            are not known.
        of: `"amount"`, `"weighted"` by probability (as in `weighted_pipeline`: moving to another
            stage increases or decreases it), or the `"count"`.
        scope: `"all"` open deals, or those `"due"` in the period; only then is something pulled
            in or pushed out.

    Returns:
        Statement, whose value is the closing; its `parts` also have two reconciliations:
        bookings = won + won_repriced + transient_won + won_elsewhere, and
        pipeline_created = created + created_repriced + transient_created + created_elsewhere.
        Both count deals at what they ended at, so they are 0 where amounts are weighted.

    Source: Salesforce Pipeline Inspection, Atrium and Clari show such a walk; none says where the
    transient deals go.

    >>> from salesmetrics.examples import crm_with_history
    >>> moved = pipeline_movement(crm_with_history.deals, "2025-Q1")
    >>> {name: float(value) for name, value in moved.parts.items() if value and "_" not in name}
    {'closing': 15000.0, 'opening': 30000.0, 'created': 15000.0, 'won': 30000.0,
     'bookings': 42000.5}
    """
    return Deals.of(deals).moved(period, by=by).movement(of, scope)


@kpi(
    unit="proportion",
    better="lower",
    adds_over="rows",
    ko="딜 이월률",
    articles="0",
    needs_history=True,
    moves_with_time=True,
    needs=("close_date_changes",),
)
def slip_rate(deals: IntoDeals, period: Periods | str, *, by: By = None) -> Statement:
    """Share of the deals due in a period that were not closed in it.

    Formula: (moved + unmoved) / (closed + removed + moved + unmoved); with undecided these are due.
    Rows and date: deals open at the period's start whose expected close then lay in the period.
    Moved: at the end still open and expected after it, or not at all, also before the period has
    ended; unmoved: still open at the end, the expected close passed.  Until the period has ended
    by what is known, a deal still open and due in it is `undecided`, outside the rate; `overdue`
    are those of them whose expected close has passed already.
    Undefined: where nothing was due, or all of it is undecided.

    Args:
        deals: Deals of a CRM with close_date_changes.

    Returns:
        Statement: the share, with the counts as its `parts`; a proportion with Wilson's interval.

    Raises:
        NeedsError: no close_date_changes: the present expected close does not tell what was due
            then (`overdue_deals` needs none).

    Source: Gong and Clari count pushes; a deal that merely passed its date is in neither.

    >>> from salesmetrics.examples import crm_with_close_dates
    >>> slip_rate(crm_with_close_dates.deals, "2025-02").parts
    {'due': 2, 'closed': 1, 'removed': 0, 'moved': 1, 'unmoved': 0, 'undecided': 0, 'overdue': 0}
    """
    return Deals.of(deals).slipped(period, by=by).slips()
