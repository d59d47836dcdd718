"""KPIs of requests to sales support: how long they take, and how many are done in time.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from ...kpi import kpi
from ...periods import ALL_TIME, Periods
from ...reasons import Reason
from ...results import Distribution, Ratio, Survival
from ...tables import IntoRequests, Requests
from ...tables.grouping import By
from ...tables.order import in_order, without_impossible
from ...worktime import WorkCalendar

__all__ = ["completion_rate", "turnaround_time", "turnaround_time_estimate"]

ASKED_TO_DONE = in_order("requested_at", "completed_at", "hours")


@kpi(
    unit="hours",
    better="lower",
    adds_over="rows time",
    ko="처리 시간",
    articles="3",
    assumes=("calendar",),
)
def turnaround_time(
    requests: IntoRequests,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    calendar: WorkCalendar | None = None,
) -> Distribution:
    """Hours from a request to its completion, of the requests of the period.

    Formula: the time between the instants `requested_at` and `completed_at`, minus the pauses
    between them; working hours where a calendar is given.
    Rows and date: requests in the period that holds `requested_at`; those not completed yet are
    left out and counted in `excluded` (so a growing backlog looks fast), as are those completed
    before they were asked for.
    Undefined: where none of them is completed.

    Args:
        requests: Requests, or anything `Requests.of` takes.
        calendar: hours of work and holidays, to count working hours; the wall clock otherwise.

    Returns:
        Distribution in hours, whose value is the median; targets are often of its `mean`.

    Raises:
        NeedsError: the requests have no column `requested_at` or `completed_at`.

    Source: article practice: proposals and contracts in 2 hours on average, of working hours; a
    snapshot takes the calendar of the configuration.  Tools that count
    from creation although the request was on hold (frappe/helpdesk) read higher.

    >>> from salesmetrics import WorkCalendar
    >>> from salesmetrics.examples import requests
    >>> office = WorkCalendar.weekly("09:00-18:00", tz="Asia/Seoul")
    >>> taken = turnaround_time(requests, "2025-01", calendar=office)
    >>> taken.value, taken.excluded
    (3.0, {'not completed yet': 1})
    """
    asked = Requests.of(requests).during("requested_at", period, by=by)
    completed = ("completed_at", calendar)
    return asked.hours_between("requested_at", completed, calendar, unended=Reason("not_completed"))


@kpi(
    unit="hours",
    better="lower",
    adds_over="rows",
    ko="처리 시간 추정",
    en="turnaround time, open requests included",
    articles="3",
    assumes=("calendar",),
    per_period=True,
    moves_with_time=True,
)
def turnaround_time_estimate(
    requests: IntoRequests,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    calendar: WorkCalendar | None = None,
) -> Survival:
    """Hours from a request to its completion, those not completed yet included.

    Formula: the estimate of Kaplan and Meier over requests, to the second, pauses not counted;
    working hours where a calendar is given.
    Rows and date: every request that waited in some of the period, from `requested_at` to
    `completed_at`.  One asked before the period is counted from how long it had waited at its
    start; one not completed by the end (or by what is known) is censored there; one completed
    before it was asked for is counted in `excluded`.
    Undefined: where fewer than half were seen to be completed, where none was and over 20 % wait,
    or where fewer than 5 requests are at risk at a time up to the median.

    Args:
        requests: Requests, or anything `Requests.of` takes.
        calendar: hours of work and holidays, to count working hours; the wall clock otherwise.

    Returns:
        Survival in hours, whose value is the median; it also has `p75`, `p90`, `quantile` and
        `restricted_mean`, and `undecided` counts the requests that are not completed yet.

    Raises:
        NeedsError: the requests have no column `requested_at` or `completed_at`.

    Source: Kaplan and Meier (1958).  `turnaround_time` takes the completed requests alone: a
    growing backlog makes it look fast.

    >>> from salesmetrics import WorkCalendar
    >>> from salesmetrics.examples import requests
    >>> office = WorkCalendar.weekly("09:00-18:00", tz="Asia/Seoul")
    >>> found = turnaround_time_estimate(requests, "2025-01", calendar=office)
    >>> found.n, found.cell(0, 0).undecided, found.reason
    (4, 1, 'only 3 at risk at the age of 3.0 hours (at least 5 are needed)')
    """
    asked = Requests.of(requests).overlapping("requested_at", "completed_at", period, by=by)
    return asked.hours(calendar, paused=True).if_followed()


@kpi(
    unit="proportion",
    better="higher",
    adds_over="rows time",
    ko="기한 내 완료율",
    articles="3",
    assumes=("calendar", "limit_hours"),
    unless={"limit_hours": "requests.due_at"},
    moves_with_time=True,
    looks_ahead=True,
)
def completion_rate(
    requests: IntoRequests,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    limit_hours: float | None = None,
    calendar: WorkCalendar | None = None,
) -> Ratio:
    """Share of the requests due in the period that were completed in time.

    Formula: completed by the deadline / requests whose deadline has passed.
    Rows and date: requests in the period that holds their deadline, which is `due_at`, or
    `limit_hours` after `requested_at`; deadlines that have not passed by what is known do not
    count yet and are reported in `excluded`.  A `due_at` without a time of day is the end of that
    day.  Pauses that begin before a deadline move it by as long as they last: it is when unpaused
    time reaches the limit.  While one runs, the deadline has not passed; one that begins after it
    changes nothing.  What was completed before it was requested is left out and counted.
    Undefined: where no deadline passed.

    Args:
        requests: Requests, or anything `Requests.of` takes.
        limit_hours: hours allowed; without it each request's own `due_at` counts.
        calendar: hours of work and holidays, to count working hours; the wall clock otherwise.

    Returns:
        Ratio from 0 to 1 with Wilson's interval.

    Raises:
        NeedsError: the requests have no column `completed_at`, or none that says when it is due.

    Source: article practice: 90 % of inquiries in 4 hours, all follow-up of contracts in 24.
    Dividing by completed requests alone hides those that never were.

    >>> from salesmetrics.examples import requests
    >>> completion_rate(requests, "2025-01", by="kind", limit_hours=24).at(kind="inquiry").value
    0.5
    """
    asked, due = Requests.of(requests).due(limit_hours, calendar)
    ended, late = asked.during(due, period, by=by), ("past their deadline", due)
    ahead = ended.count((("before their deadline", due),))
    whole = ended.count((late, ASKED_TO_DONE)).excluding(Reason("deadline_ahead"), ahead)
    met = ended.count((late, ("completed in time", due), ASKED_TO_DONE))
    return Ratio(met, without_impossible(whole, ended, ASKED_TO_DONE, late))
