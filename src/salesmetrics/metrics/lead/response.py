"""KPIs of how soon leads are answered.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from typing import Literal

from ...kpi import Choices, kpi
from ...periods import ALL_TIME, Periods
from ...reasons import Reason
from ...results import Distribution, Ratio, Survival
from ...tables import IntoLeads, Leads
from ...tables.grouping import By
from ...tables.order import in_order, without_impossible
from ...worktime import WorkCalendar

__all__ = ["lead_response_time", "lead_response_time_estimate", "response_sla_rate"]

Start = Literal["waiting", "handed_over", "created"]
OF: Choices[tuple[tuple[str, str], ...]] = Choices(
    "start", {"waiting": (), "handed_over": (("that reached", "handed_over_at"),), "created": ()}
)
START = Choices(
    "start",
    {"waiting": "waiting_from_at", "handed_over": "handed_over_at", "created": "created_at"},
)
BEGUN = Choices(  # what an answer cannot come before
    "start",
    {"waiting": "waiting_from_at", "handed_over": "waiting_from_at", "created": "created_at"},
)
ANSWER = Choices(
    "start",
    {
        "waiting": "first_response_at",
        "handed_over": "first_response_at",
        "created": "response_from_creation_at",
    },
)


@kpi(
    unit="hours",
    better="lower",
    adds_over="rows time",
    ko="최초 응답 시간",
    articles="4",
    variants={
        "lead_response_time_of_handed_over": {"start": "handed_over"},
        "lead_response_time_from_creation": {"start": "created"},
    },
)
def lead_response_time(
    leads: IntoLeads,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    start: Start = "waiting",
    calendar: WorkCalendar | None = None,
) -> Distribution:
    """Hours from when a lead began to wait to its first answer, of the leads of the period.

    Formula: the instant of `first_response_at` minus that from which the lead waited.
    Rows and date: leads in the period in which they began to wait (`handed_over_at`, else
    `created_at`); those not answered yet are left out and counted in `excluded`, as are answers
    before the hand-over.
    Undefined: where none of them was answered.

    Args:
        leads: Leads, or anything `Leads.of` takes.
        start: `"waiting"`; `"handed_over"` for the leads that were handed to sales alone; or
            `"created"`: from the creation of every lead to its first answer since then.
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
        START[start], ANSWER[start], calendar, unended=Reason("not_answered")
    )


@kpi(
    unit="hours",
    better="lower",
    adds_over="rows",
    ko="최초 응답 시간 추정",
    en="lead response time, unanswered leads included",
    articles="4",
    variants={
        "lead_response_time_estimate_of_handed_over": {"start": "handed_over"},
        "lead_response_time_estimate_from_creation": {"start": "created"},
    },
    per_period=True,
    moves_with_time=True,
)
def lead_response_time_estimate(
    leads: IntoLeads,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    start: Start = "waiting",
    calendar: WorkCalendar | None = None,
) -> Survival:
    """Hours from when a lead began to wait to its first answer, those not answered yet included.

    Formula: the estimate of Kaplan and Meier over leads, to the second.
    Rows and date: every lead that waited in some of the period, from `waiting_from_at` to
    `first_response_at`.  One that began before the period is counted from how long it had waited at
    its start; one not answered by the end (or by what is known) is censored there; one answered
    before it began to wait is counted in `excluded`.
    Undefined: where fewer than half were seen to be answered, where none was and over 20 % wait, or
    where fewer than 5 leads are at risk at a time up to the median.

    Args:
        leads: Leads, or anything `Leads.of` takes.
        start: `"waiting"`; `"handed_over"` for the leads that were handed to sales alone; or
            `"created"`: from the creation of every lead to its first answer since then.
        calendar: hours of work and holidays, to count working hours; the wall clock otherwise.

    Returns:
        Survival in hours, whose value is the median; it also has `p75`, `p90`, `quantile` and
        `restricted_mean`, and `undecided` counts the leads that are not answered yet.

    Raises:
        NeedsError: the leads have no column `first_response_at`.

    Source: Kaplan and Meier (1958).  `lead_response_time` takes the answered leads alone, and looks
    the faster the more are left without an answer.

    >>> from salesmetrics.examples import leads
    >>> found = lead_response_time_estimate(leads, "2025-01")
    >>> found.n, found.cell(0, 0).undecided, found.restricted_mean(), found.reason
    (3, 1, 33.0, 'only 1 at risk at the age of 48.0 hours (at least 5 are needed)')
    """
    waited = Leads.of(leads).overlapping(START[start], ANSWER[start], period, by=by)
    return waited.hours(calendar).if_followed()


@kpi(
    unit="proportion",
    better="higher",
    adds_over="rows time",
    en="response SLA rate",
    ko="응답 SLA 준수율",
    articles="4",
    variants={
        "response_sla_rate_of_handed_over": {"start": "handed_over"},
        "response_sla_rate_from_creation": {"start": "created"},
    },
    moves_with_time=True,
    looks_ahead=True,
)
def response_sla_rate(
    leads: IntoLeads,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    limit_hours: float,
    start: Start = "waiting",
    calendar: WorkCalendar | None = None,
) -> Ratio:
    """Share of the leads due in the period that were answered in time.

    Formula: answered by the deadline / leads whose deadline has passed.
    Rows and date: leads in the period that holds their deadline, `limit_hours` after they began
    to wait (`handed_over_at`, else `created_at`), pauses not counted: the deadline is when
    unpaused time reaches the limit.  Deadlines that have not passed by what is known do not count
    yet, whether answered or not, and are counted in `excluded`.  An answer before the lead began to
    wait is impossible: such leads are left out and counted there as well.
    Undefined: where no deadline passed.

    Args:
        leads: Leads, or anything `Leads.of` takes.
        limit_hours: hours allowed; there is no default.
        start: `"waiting"`; `"handed_over"` for the leads that were handed to sales alone; or
            `"created"`: from the creation of every lead to its first answer since then.
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
    waiting, due = Leads.of(leads).due(limit_hours, calendar, START[start], ANSWER[start])
    passed, late = waiting.during(due, period, by=by), (*OF[start], ("past their deadline", due))
    order, early = in_order(BEGUN[start], ANSWER[start], "hours"), ("before their deadline", due)
    met = passed.count((*late, ("answered in time", due, ANSWER[start]), order))
    whole = without_impossible(passed.count((*late, order)), passed, order, *late)
    return Ratio(met, whole.excluding(Reason("deadline_ahead"), passed.count((*OF[start], early))))
