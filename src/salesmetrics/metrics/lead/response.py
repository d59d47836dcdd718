"""KPIs of how soon leads are answered.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from typing import Literal

from ...kpi import Choices, kpi
from ...periods import ALL_TIME, Periods
from ...reasons import Reason
from ...results import Distribution, Ratio
from ...tables import IntoLeads, Leads
from ...tables.grouping import By
from ...tables.order import in_order, without_impossible
from ...worktime import WorkCalendar

__all__ = ["lead_response_time", "response_sla_rate"]


OF: Choices[tuple[tuple[str, str], ...]] = Choices(
    "start", {"waiting": (), "handed_over": (("that reached", "handed_over_at"),)}
)
START = Choices("start", {"waiting": "waiting_from_at", "handed_over": "handed_over_at"})


@kpi(
    unit="hours",
    better="lower",
    adds_over="rows time",
    ko="최초 응답 시간",
    articles="4",
    variants={"lead_response_time_of_handed_over": {"start": "handed_over"}},
)
def lead_response_time(
    leads: IntoLeads,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    start: Literal["waiting", "handed_over"] = "waiting",
    calendar: WorkCalendar | None = None,
) -> Distribution:
    """Hours from when a lead began to wait to its first answer, of the leads of the period.

    Formula: the instant of `first_response_at` minus that of `waiting_from_at`.
    Rows and date: leads in the period in which they began to wait (`handed_over_at`, else
    `created_at`); those not answered yet are left out and counted in `excluded`, as are answers
    before the hand-over.
    Undefined: where none of them was answered.

    Args:
        leads: Leads, or anything `Leads.of` takes.
        start: `"waiting"`, or `"handed_over"` for the leads that were handed to sales alone.
        calendar: hours of work and holidays, to count working hours; the wall clock otherwise.

    Returns:
        Distribution in hours, whose value is the median.

    Raises:
        NeedsError: the leads have no column `first_response_at`.

    Source: the time to the first answer by a person; margince takes any change of status for an
    answer.  An automatic mail is none: `first_response_at` is to be the first human one.

    >>> from salesmetrics.examples import leads
    >>> lead_response_time(leads, "2025-01").value
    25.5
    """
    waiting = Leads.of(leads).during(START[start], period, by=by)
    return waiting.hours_between(
        START[start], "first_response_at", calendar, unended=Reason("not_answered")
    )


@kpi(
    unit="proportion",
    better="higher",
    adds_over="rows time",
    ko="응답 SLA 준수율",
    articles="4",
    variants={"response_sla_rate_of_handed_over": {"start": "handed_over"}},
    moves_with_time=True,
    looks_ahead=True,
)
def response_sla_rate(
    leads: IntoLeads,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    limit_hours: float,
    start: Literal["waiting", "handed_over"] = "waiting",
    calendar: WorkCalendar | None = None,
) -> Ratio:
    """Share of the leads due in the period that were answered in time.

    Formula: answered by the deadline / leads whose deadline has passed.
    Rows and date: leads in the period that holds their deadline, `limit_hours` after they began
    to wait (`handed_over_at`, else `created_at`), pauses not counted: the deadline is when
    unpaused time reaches the limit.  Deadlines that have not passed by what is known do not count
    yet, whether answered or not.  An answer before the lead began to wait is impossible: such
    leads are left out and counted in `excluded`.
    Undefined: where no deadline passed.

    Args:
        leads: Leads, or anything `Leads.of` takes.
        limit_hours: hours allowed; there is no default.
        start: `"waiting"`, or `"handed_over"` for the leads that were handed to sales alone.
        calendar: hours of work and holidays, to count working hours; the wall clock otherwise.

    Returns:
        Ratio from 0 to 1 with Wilson's interval.

    Raises:
        NeedsError: the leads have no column `first_response_at`.

    Source: service levels count by deadline; dividing by answered leads alone hides the worst.

    >>> from salesmetrics.examples import leads
    >>> response_sla_rate(leads, "2025-Q1", limit_hours=24).value
    0.3333333333333333
    """
    waiting, due = Leads.of(leads).due(limit_hours, calendar, START[start])
    passed, late = waiting.during(due, period, by=by), (*OF[start], ("past their deadline", due))
    order = in_order("waiting_from_at", "first_response_at", "hours")
    whole = without_impossible(passed.count((*late, order)), passed, order, *late)
    return Ratio(passed.count((*late, ("answered in time", due), order)), whole)
