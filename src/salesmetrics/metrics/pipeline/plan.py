"""KPIs of what a target needs: coverage, and the wins, deals, leads and pipeline still required.

They look forward: they count from the instant up to which events are known.  Every function
takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from typing import Literal

from ...kpi import Choices, kpi
from ...periods import Periods
from ...results import Formula
from ...tables import IntoDeals, IntoLeads
from ...tables.grouping import By
from ..forecast.estimated import weighed
from ..planning import Amount, AmountByGroup, Plan, Rate
from .standing import WEIGHTS

__all__ = [
    "pipeline_coverage",
    "required_deals",
    "required_leads",
    "required_pipeline",
    "required_wins",
]


@kpi(
    unit="ratio",
    better="higher",
    adds_over="",
    ko="파이프라인 커버리지(보장 비율)",
    articles="1",
    variants={
        "pipeline_coverage_of_full_target": {"against": "target"},
        "pipeline_coverage_weighted": {"weighted": True},
        "pipeline_coverage_estimated": {"weighted": "estimated"},
        "pipeline_coverage_of_all_open": {"among": "open"},
    },
    modelled=("pipeline_coverage_estimated",),
    moves_with_time=True,
    looks_ahead=True,
)
def pipeline_coverage(
    deals: IntoDeals,
    period: Periods | str,
    *,
    by: By = None,
    target: AmountByGroup,
    against: Literal["remaining", "target"] = "remaining",
    weighted: Literal[False, True, "estimated"] = False,
    among: Literal["due", "open"] = "due",
) -> Formula:
    """How often the open deals that may still close in the period cover what is left to win.

    Formula: (amount of open deals due in the period + amount of overdue ones) / (target - already
    won in the period).
    Rows and date: deals open as known, by `expected_close_at`: due are those expected in the period
    and after what is known, overdue those whose expected close has passed (shown in `parts`).  Open
    deals without an expected close are left out and counted in `excluded`.
    Undefined: when nothing remains ("the target is met"), when the period has ended by what is
    known, and where no open deal has a known amount.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        target: what is to be won in each period, in major units of the reporting currency: one
            amount for the whole, which is never a group's, or by group a mapping, such as
            `{"ana": 100000}`; a group without one is undefined.
        against: `"remaining"`, or `"target"` for the whole of it, whatever was won.
        weighted: each deal's amount times its probability; or `"estimated"`, times the eventual
            chance of `win_probability`.
        among: deals `"due"` in the period or overdue, or all that are `"open"` as known, whenever
            they are expected to close.

    Returns:
        Formula, in times the target, with its `parts`.

    Raises:
        NeedsError: deals without expected close, or (weighted) without any probability.

    Source: Gong and margince divide by the remaining target, HubSpot by the full one
    (`against="target"`); GitLab counts only deals due in the quarter.  A target taken from the
    pipeline itself would say nothing.

    >>> from salesmetrics.examples import deals
    >>> coverage = pipeline_coverage(deals.as_of("2025-03-10"), "2025-Q1", target=50000)
    >>> round(float(coverage), 4), coverage.parts["remaining"]
    (1.8751, 7999.5)
    """
    plan = Plan(weighed(deals, weighted), period, by, target)
    return plan.coverage(AGAINST[against], WEIGHT[weighted], AMONG[among])


@kpi(
    unit="count",
    better="lower",
    adds_over="",
    ko="필요 수주 수",
    articles="0 1 2",
    moves_with_time=True,
    looks_ahead=True,
)
def required_wins(
    deals: IntoDeals,
    period: Periods | str,
    *,
    by: By = None,
    target: AmountByGroup,
    deal_size: Amount | None = None,
    history: Periods | str | None = None,
) -> Formula:
    """Deals still to be won to reach the target.

    Formula: (target - already won in the period) / deal size, not rounded; shown rounded up.
    Rows and date: won deals by `closed_at`, those in the period for what is won, those of the
    history for their mean amount.  Nothing remaining is 0.
    Undefined: when no deal size is known, or the period has ended by what is known.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        target: what is to be won in each period, in major units: one amount for the whole, or by
            group a mapping of each group's own.
        deal_size: the amount of a deal, where it is not to be taken from the history.
        history: the period that sizes and rates come from; the 365 days up to what is known
            otherwise.

    Returns:
        Formula, in deals, with its `parts`; `shown` is rounded up.

    Source: article 0 (50 million won a deal: 34 wins); many tools round each step, which adds up.

    >>> from salesmetrics.examples import deals
    >>> wins = required_wins(deals.as_of("2025-03-10"), "2025-Q1", target=100000)
    >>> round(float(wins), 3), wins.shown
    (2.762, 3)
    """
    plan = Plan(deals, period, by, target, history)
    return plan.needed("required wins", {"deal size": plan.deal_size(deal_size)})


@kpi(
    unit="count",
    better="lower",
    adds_over="",
    ko="필요 딜 수",
    articles="0 1 2",
    moves_with_time=True,
    looks_ahead=True,
)
def required_deals(
    deals: IntoDeals,
    period: Periods | str,
    *,
    by: By = None,
    target: AmountByGroup,
    deal_size: Amount | None = None,
    win_rate: Rate | None = None,
    history: Periods | str | None = None,
) -> Formula:
    """Deals that have to be decided to reach the target.

    Formula: (target - already won in the period) / deal size / win rate, not rounded on the way;
    shown rounded up.
    Rows and date: as in `required_wins`; the win rate is won / (won + lost) of the history.
    Undefined: when no deal size or win rate is known or the win rate is 0, or the period has
    ended by what is known.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        target: what is to be won in each period, in major units: one amount for the whole, or by
            group a mapping of each group's own.
        deal_size: the amount of a deal, where it is not to be taken from the history.
        win_rate: the share won, where it is not to be taken from the history.
        history: the period that sizes and rates come from; the 365 days up to what is known
            otherwise.

    Returns:
        Formula, in deals, with its `parts`; `shown` is rounded up.

    Source: articles 0 to 2; rounding the wins up first would ask for more deals.

    >>> from salesmetrics.examples import deals
    >>> needed = required_deals(deals.as_of("2025-03-10"), "2025-Q1", target=100000)
    >>> round(float(needed), 3), needed.shown
    (4.143, 5)
    """
    plan = Plan(deals, period, by, target, history)
    steps = {"deal size": plan.deal_size(deal_size), "win rate": plan.win_rate(win_rate)}
    return plan.needed("required deals", steps)


@kpi(
    unit="count",
    better="lower",
    adds_over="",
    ko="필요 리드 수",
    articles="0 1 2",
    optional=("leads",),
    moves_with_time=True,
    looks_ahead=True,
)
def required_leads(
    deals: IntoDeals,
    leads: IntoLeads | None,
    period: Periods | str,
    *,
    by: By = None,
    target: AmountByGroup,
    deal_size: Amount | None = None,
    lead_to_won: Rate | None = None,
    history: Periods | str | None = None,
) -> Formula:
    """Leads needed to reach the target.

    Formula: (target - already won in the period) / deal size / lead-to-won rate, not rounded on
    the way; shown rounded up.
    Rows and date: as in `required_wins`; the lead-to-won rate is, of the leads created in the
    history, the share won by now.
    Undefined: when no deal size or rate is known or the rate is 0, or the period has ended by
    what is known.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        leads: Leads with `won_at`, or anything `Leads.of` takes; None where the rate is given.
        target: what is to be won in each period, in major units: one amount for the whole, or by
            group a mapping of each group's own.
        deal_size: the amount of a deal, where it is not to be taken from the history.
        lead_to_won: the share of leads won, where it is not to be taken from the history.
        history: the period that sizes and rates come from; the 365 days up to what is known
            otherwise.

    Returns:
        Formula, in leads, with its `parts`; `shown` is rounded up.

    Raises:
        NeedsError: neither leads nor their rate are given.

    Source: article 1 (one contract of 10 million won from 10 inquiries).

    >>> from salesmetrics.examples import deals
    >>> known = deals.as_of("2025-03-10")
    >>> required_leads(known, None, "2025-Q1", target=100000, lead_to_won=0.1).shown
    28
    """
    plan = Plan(deals, period, by, target, history, leads)
    rate = plan.lead_to_won(lead_to_won)
    return plan.needed(
        "required leads", {"deal size": plan.deal_size(deal_size), "lead-to-won rate": rate}
    )


@kpi(
    unit="money",
    better="lower",
    adds_over="",
    ko="필요 파이프라인",
    articles="0 1 2",
    moves_with_time=True,
    looks_ahead=True,
)
def required_pipeline(
    deals: IntoDeals,
    period: Periods | str,
    *,
    by: By = None,
    target: AmountByGroup,
    win_rate: Rate | None = None,
    history: Periods | str | None = None,
) -> Formula:
    """Amount of deals that have to be decided to reach the target.

    Formula: (target - already won in the period) / win rate by amount.
    Rows and date: as in `required_wins`; the win rate is won / (won + lost) by amount, of the
    deals closed in the history.
    Undefined: when no win rate is known or it is 0, or the period has ended by what is known.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        target: what is to be won in each period, in major units: one amount for the whole, or by
            group a mapping of each group's own.
        win_rate: the share won by amount, where it is not to be taken from the history.
        history: the period that the rate comes from; the 365 days up to what is known otherwise.

    Returns:
        Formula, in the reporting currency, with its `parts`.

    Source: margince and Gong; in place of the rule of three times the target.

    >>> from salesmetrics.examples import deals
    >>> required_pipeline(deals.as_of("2025-03-10"), "2025-Q1", target=100000, win_rate=0.5).value
    115999.0
    """
    plan = Plan(deals, period, by, target, history)
    rate = plan.win_rate(win_rate, "amount")
    return plan.needed("required pipeline", {"win rate by amount": rate}, whole=False)


WEIGHT: Choices[tuple[str, ...]] = Choices(
    "weighted", {False: (), True: WEIGHTS["own"], "estimated": WEIGHTS["estimated"]}
)
AMONG = Choices("among", {"due": False, "open": True})
AGAINST = Choices("against", {"remaining": "remaining", "target": "target"})
