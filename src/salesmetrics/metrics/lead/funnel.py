"""KPIs of the way of leads as a whole: the funnel, and how the number of qualified ones grows.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from ...kpi import kpi
from ...periods import ALL_TIME, Period, Periods, as_periods
from ...reasons import Reason
from ...results import Formula, Statement
from ...results.formula import Figures, formula
from ...tables import IntoLeads, Leads
from ...tables.grouping import By
from .steps import funnel
from .volume import qualified_leads

__all__ = ["lead_funnel", "lead_velocity_rate"]


@kpi(unit="proportion", better="higher", adds_over="rows", ko="리드 퍼널", articles="0 1 4")
def lead_funnel(leads: IntoLeads, period: Periods | str = ALL_TIME, *, by: By = None) -> Statement:
    """How many of the leads created in the period came to each step, and the rate of each step.

    Formula: leads = stopped at each step + won, checked; a step's rate is those who came to it /
    those who came to the step before, and the product of the rates is the figure, won / leads.
    Rows and date: leads in the period that holds `created_at`; the steps are mql, sql,
    opportunity and won, as far as the leads have columns of them.  Who came to a step came to
    all before it: a milestone that was skipped is imputed, and reported as such.  A lead stopped
    at a step by what is known, and may still go on.  Leads with a step on a day before their
    creation, which is impossible, are left out and counted in `excluded`.
    Undefined: where no lead was created; the rate of a step nobody stood before.

    Args:
        leads: Leads, or anything `Leads.of` takes.

    Returns:
        Statement: the share won, with these parts by step: how many came to it (`mql`), how many of
        those stopped there as known (`stopped_at_mql`), how many skipped its milestone
        (`imputed_mql`), and its rate (`mql_rate`).

    Raises:
        NeedsError: the leads have none of the columns of milestones.

    Source: Watermark tells "any stage" from "all stages", of which this is the former; ratios of
    how many stand in each status now (frequent in dashboards) are no conversion.

    >>> from salesmetrics.examples import leads
    >>> found = lead_funnel(leads, "2025-Q1")
    >>> found.parts["leads"], found.parts["won"], f"{found.parts['opportunity_rate']:.1%}"
    (3, 1, '33.3%')
    """
    created = Leads.of(leads).during("created_at", period, by=by)
    return funnel(created)


@kpi(
    unit="share",
    better="higher",
    adds_over="rows",
    en="lead velocity rate (LVR)",
    ko="적격 리드 증가율(LVR)",
    articles="2",
    variants={"lead_velocity_rate_by_sales": {"status": "sql"}},
    per_period=True,
)
def lead_velocity_rate(
    leads: IntoLeads, period: Periods | str, *, by: By = None, status: Literal["mql", "sql"] = "mql"
) -> Formula:
    """Growth of the number of qualified leads against the period before.

    Formula: (qualified leads - those of the previous period) / those of the previous period.
    Rows and date: as in `qualified_leads`; the previous period is the month before a month, the
    quarter before a quarter, and so many days before any other span.
    Undefined: where the period before had none.  A period is needed.

    Args:
        leads: Leads, or anything `Leads.of` takes.
        status: `"mql"`, accepted by marketing, or `"sql"`, accepted by sales.

    Returns:
        Formula, of `qualified` and `previous`; it does not add over time.

    Raises:
        NeedsError: the leads have no column of that milestone.

    Source: brainshark, by month (120 after 100 is 20 %).

    >>> from salesmetrics.examples import leads
    >>> lead_velocity_rate(leads, "2025-02").value
    -0.5
    """
    now = qualified_leads(leads, period, by=by, status=status)
    before = qualified_leads(leads, _before(period), by=by, status=status)
    return formula(
        "growth of qualified leads",
        "share",
        {"qualified": now},
        {"previous": before},
        finalize=(_grown, ("previous",)),
        n_of="previous",
        if_0=Reason("no_leads_before"),
        adds="rows",
    )


def _before(period: Periods | str) -> tuple[Period, ...]:
    """Of each period the one before, under the period's own name: two may have the same."""
    return tuple(
        Period(before.start, before.end, f"before {one.label}")
        for one, before in ((one, one.previous()) for one in as_periods(period))
    )


def _grown(figures: Figures) -> Fraction:
    return figures["qualified"] - figures["previous"]
