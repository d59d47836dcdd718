"""KPIs of the stages that deals go through: how long they stay, and how they leave.

They need `stage_changes` and `stages` with types and an order; docs/explanation/history-rules.md
says how history is read.  Ask for them `by="stage"`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ...history.stays import EXITS
from ...kpi import Choices, kpi
from ...periods import ALL_TIME, Period, Periods
from ...results import Statement, Survival
from ...tables import Deals, IntoDeals
from ...tables.grouping import By
from ...tables.overlapping import Overlapping
from .pathways import Velocity, on_the_way
from .stage_baselines import Bottlenecks, against_baseline

__all__ = [
    "bottlenecks",
    "sales_cycle_estimate",
    "stage_conversion",
    "stage_velocity",
    "time_in_stage",
]

LASTED: Choices[Callable[[Overlapping], Survival]] = Choices(
    "unit", {"days": lambda stays: stays.survival(), "hours": lambda stays: stays.hours(None)}
)


@kpi(
    unit="days",
    better="lower",
    adds_over="rows",
    ko="단계별 체류 기간",
    articles="0 1 4",
    per_period=True,
    needs_history=True,
    shown_by="stage",
    needs=(
        "stage_changes",
        "stages",
    ),
)
def time_in_stage(
    deals: IntoDeals,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    unit: Literal["days", "hours"] = "days",
) -> Survival:
    """Days that deals stay in a stage, the stays that have not ended included.

    Formula: the estimate of Kaplan and Meier over stays, in whole local days; entered and left on
    one day is 0.  In hours between the two instants, to the second.
    Rows and date: every stay in an open stage that reached into the period, each re-entry a stay of
    its own.  What began before the period is counted from its age at the start, a stay that had not
    ended by the end (or by what is known) is censored there.
    Undefined: where fewer than half were seen to end, the median; `restricted_mean` has a value
    wherever there is a stay.

    Args:
        deals: Deals of a CRM with stage_changes and stages.
        unit: `"days"`, or `"hours"` of the wall clock, where changes are told with their time.

    Returns:
        Survival, whose value is the median; it also has `p75`, `p90`, `quantile` and
        `restricted_mean`, and `undecided` counts the stays that have not ended.

    Raises:
        NeedsError: no stage_changes, or no stages with types and order.

    Source: Kaplan and Meier (1958).  Tools that average completed stays alone (TauCeti, conduyt)
    come out 20 to 70 % too short while a stage fills up.

    >>> from salesmetrics.examples import crm_with_history
    >>> stays = time_in_stage(crm_with_history.deals, "2025-Q1", by="stage")
    >>> [(cell.group[0], cell.value, cell.n, cell.undecided) for cell in stays][:2]
    [('talks', 20, 4, 0), ('offer', 15, 3, 1)]
    """
    return LASTED[unit](Deals.of(deals).stage_stays(period, by=by))


@kpi(
    unit="proportion",
    better="higher",
    adds_over="rows",
    ko="단계별 전환율",
    articles="0 1 4",
    needs_history=True,
    shown_by="stage",
    needs=(
        "stage_changes",
        "stages",
    ),
)
def stage_conversion(
    deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None
) -> Statement:
    """Share of the entries into a stage that went on to a later one, or were won.

    Formula: entries = advanced + lost + moved back + handed off + still there + unknown;
    the figure is advanced / entries.
    Rows and date: every entry into an open stage, each re-entry its own, in the period that holds
    it; how it left is as known.  A move to another pipeline is handed off; disqualified counts as
    lost; what followed is unknown where history has a gap.  Closed stages are no groups.
    Undefined: where nothing was entered.

    Args:
        deals: Deals of a CRM with stage_changes and stages.

    Returns:
        Statement: the share, with all six counts as its `parts`.

    Raises:
        NeedsError: no stage_changes, or no stages with types and order.

    Source: tools that compare how many deals are in each stage now, or count moves to the direct
    neighbour alone (ClosingDealz), differ.

    >>> from salesmetrics.examples import crm_with_history
    >>> stage_conversion(crm_with_history.deals, "2025-Q1", by="stage").cell(0, 0).parts
    {'entries': 3, 'advanced': 2, 'lost': 1, 'moved_back': 0, 'handed_off': 0, 'still_there': 0,
     'unknown': 0}
    """
    entered = Deals.of(deals).stage_entries(period, by=by)
    return entered.split("entries", EXITS, share=("advanced",))


@kpi(
    unit="days",
    better="lower",
    adds_over="rows",
    ko="영업 사이클 길이 추정",
    en="sales cycle, open deals included",
    per_period=True,
    needs_history=True,
)
def sales_cycle_estimate(
    deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None
) -> Survival:
    """Days from creation to a win, estimated from all deals, the open ones included.

    Formula: the estimate of Aalen and Johansen: the share won by each age, over all that will be;
    where none was lost, over all (Kaplan and Meier).
    Rows and date: every deal open in some of the period, followed to its end; a loss ends it
    otherwise, a deal still open is censored, and one created before the period enters with the age
    it had (delayed entry).
    Undefined: where no deal was won in the period, where fewer than 5 deals are at risk at an age
    up to the median, where some were lost and over 20 % were still open when they were last seen
    (the wins still to come would move it), and where all that were followed had ended, not half of
    them surely by then, before older deals came under watch.  Ask for a longer period then.

    Args:
        deals: Deals, or anything `Deals.of` takes.

    Returns:
        Survival, whose value is the median.

    Source: `sales_cycle` takes the deals won in the period alone, and is 26 to 42 % too short
    where the business grows (BPI Challenge 2012).

    >>> from salesmetrics.examples import deals
    >>> sales_cycle_estimate(deals, "2025-Q1").reason
    'too few were followed to their end: 2 of 5 are still open'
    """
    seen = Deals.of(deals).overlapping("created_at", "closed_at", period, by=by)
    return seen.survival("won").if_followed()


@kpi(
    unit="proportion",
    better="lower",
    adds_over="",
    en="bottleneck stages",
    ko="병목 단계",
    articles="1 4",
    needs_history=True,
    needs=(
        "stage_changes",
        "stages",
    ),
)
def bottlenecks(
    deals: IntoDeals, period: Periods | str, *, by: By = None, baseline: Period | str | None = None
) -> Bottlenecks:
    """Stages ranked by how much conversion they lost against a baseline, then by excess days.

    Formula: a stage converts advanced / left, and takes the restricted mean of its stays.  It lost
    conversion of the stages before x (its baseline - its conversion) x baseline of those after,
    and took days - baseline days too many.  Over the stages, lost conversion = baseline
    conversion of the chain - its conversion, and excess days = its days - baseline days, checked.
    Rows and date: conversion is of the stays that ended in the period; days are of all stays that
    reached into it (as in `time_in_stage`), up to the longest stay seen in both periods.  Stages
    stand in the order of lost conversion, then of excess days.  A stage that nothing left in the
    period or in the baseline is not compared: it stands last, and in neither chain.
    Undefined: where no stage is compared, and over several pipelines, which make no chain; ask
    `by="stage.pipeline"`.  A period is needed.

    Args:
        deals: Deals of a CRM with stage_changes and stages.
        baseline: the period to compare with; the same one of the year before where not given.

    Returns:
        Bottlenecks: the lost conversion of the chain; `ranked()` and `detail()` have the stages,
        with what they lost, their rates and days next to those of their baseline.

    Raises:
        NeedsError: no stage_changes, or no stages with types and order.

    Source: tools name the stage with the lowest rate or the longest stay, which is the same one
    in every period; against a baseline (Gong, TauCeti) it is the one that became worse.

    >>> from salesmetrics.examples import crm_with_history
    >>> found = bottlenecks(crm_with_history.deals, "2025-02-01..2025-03-31", baseline="2025-01")
    >>> [(one.rank, one.stage, one.lost_conversion) for one in found.ranked()]
    [(1, 'talks', Fraction(1, 2)), (2, 'offer', Fraction(0, 1))]
    """
    return against_baseline(deals, period, by, baseline)


@kpi(
    unit="days",
    better="lower",
    adds_over="",
    ko="단계별 속도",
    articles="2",
    needs_history=True,
    shown_by="stage",
    needs=(
        "stage_changes",
        "stages",
    ),
)
def stage_velocity(deals: IntoDeals, period: Periods | str, *, by: By = None) -> Velocity:
    """Mean days from entering a stage to the win, and when the deals in it are expected to win.

    Formula: the mean of the days from the entry to the win, by the estimate of Aalen and Johansen
    over those that win: entries = won + otherwise closed + still open, all of which count.
    Rows and date: every entry into an open stage whose deal was open in some of the period,
    followed while it was open; one that began before the period enters with the age it had (delayed
    entry).  A deal that stands in the stage at the end is expected to win at the mean of those wins
    that took longer than it waited; `expected_at` is the mean of these days, and deals that waited
    longer than any win are counted in `excluded`.
    Undefined: where no win was seen, and where all that were followed had ended at an age before
    others came that were older when first seen.  A period is needed.

    Args:
        deals: Deals of a CRM with stage_changes and stages.

    Returns:
        Velocity: the days; `expected_at()` (of one stage `expected_at(stage="talks")`), `standing`
        (deals there now) and `won` (wins seen).

    Raises:
        NeedsError: no stage_changes, or no stages with types and order.

    Source: tools that sum the mean stay in each stage treat the deals that are lost on the way, and
    those that skip a stage, for as slow as the others.

    >>> from salesmetrics.examples import crm_with_history
    >>> found = stage_velocity(crm_with_history.deals, "2025-Q1", by="stage")
    >>> found.at(stage="talks").value, found.at(stage="offer").value
    (36.6, 12.5)
    """
    return on_the_way(deals, period, by)
