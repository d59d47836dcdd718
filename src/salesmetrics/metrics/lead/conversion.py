"""KPIs of how many leads come further, and how long that takes.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from typing import Literal

from ...errors import SalesMetricsError
from ...kpi import Choices, kpi
from ...periods import ALL_TIME, Periods
from ...reasons import Reason
from ...results import Distribution, Ratio, Survival
from ...tables import IntoLeads, Leads
from ...tables.grouping import By
from ...tables.order import in_order, without_impossible
from ...tables.worked import check_days

__all__ = ["lead_conversion_rate", "time_to_convert", "time_to_convert_estimate"]

Start = Literal["created", "mql", "sql", "opportunity"]
To = Literal["mql", "sql", "opportunity", "won", "opportunity_or_won"]
REACHED = Choices(
    "start= or to",
    {
        "created": "created_at",
        "mql": "mql_at",
        "sql": "sql_at",
        "opportunity": "opportunity_at",
        "won": "won_at",
        "opportunity_or_won": "opportunity_at or won_at",
    },
)


@kpi(
    unit="proportion",
    better="higher",
    adds_over="rows time",
    ko="리드 전환율",
    articles="0 1 2 4",
    variants={
        "lead_conversion_rate_to_opportunity": {"to": "opportunity_or_won"},
        "lead_conversion_rate_of_qualified": {"start": "mql"},
        "lead_conversion_rate_by_event": {"basis": "event"},
    },
)
def lead_conversion_rate(
    leads: IntoLeads,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    start: Start = "created",
    to: To = "won",
    within_days: int | None = None,
    basis: Literal["cohort", "event"] = "cohort",
) -> Ratio:
    """Share of the leads that began in the period which have come as far as asked by now.

    Formula: leads that reached `to` / leads that reached `start`.
    Rows and date: leads in the period that holds the milestone `start`; reached means by what is
    known, dated or only said (`won` = yes).  Without `within_days`, all of them, and `undecided`
    says how many have not reached `to`.  With it, only leads whose window has passed; those whose
    window is still running, or that came nobody knows when, are reported in `excluded`, and
    `undecided` are those of a running window that have not reached `to`.  Leads that reached `to`
    on a day before `start`, which is impossible, are left out and counted in `excluded`.
    Undefined: where no such lead began, or the window of all of them is still running.

    Args:
        leads: Leads, or anything `Leads.of` takes.
        start: `"created"`, `"mql"`, `"sql"` or `"opportunity"`.
        to: `"mql"`, `"sql"`, `"opportunity"`, `"won"`, or `"opportunity_or_won"`, whichever came.
        within_days: days from `start` in which `to` has to be reached.
        basis: `"cohort"`, or `"event"`: reached `to` in the period / reached `start` in the
            period, which are not the same leads and can pass 1.

    Returns:
        Ratio from 0 to 1 with Wilson's interval; by event any ratio.

    Raises:
        NeedsError: the leads have no column of a milestone.

    Source: article practice differs in the target: opportunity or contract, contract, or qualified
    to contract; dashboards that divide this month's conversions by this month's leads use
    `basis="event"`.

    >>> from salesmetrics.examples import leads
    >>> rate = lead_conversion_rate(leads, "2025-01")
    >>> rate.value, rate.undecided
    (0.3333333333333333, 2)
    """
    return BASES[basis](Leads.of(leads), period, by, REACHED[start], REACHED[to], within_days)


@kpi(unit="days", better="lower", adds_over="rows time", ko="전환 소요 기간", articles="1 2")
def time_to_convert(
    leads: IntoLeads,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    start: Start = "created",
    to: Literal["mql", "sql", "opportunity", "won"] = "won",
    unit: Literal["days", "weeks", "months"] = "days",
) -> Distribution:
    """Whole days from one milestone of a lead to another, of the leads that began in the period.

    Formula: the local calendar day of `to` minus that of `start`; the same day is 0.
    Rows and date: leads in the period that holds the milestone `start`; those that have not
    reached `to` are left out and counted in `excluded` (so young cohorts look fast), as are those
    that reached it before.
    Undefined: where none of them reached it.

    Args:
        leads: Leads, or anything `Leads.of` takes.
        start: `"created"`, `"mql"`, `"sql"` or `"opportunity"`.
        to: `"mql"`, `"sql"`, `"opportunity"` or `"won"`.
        unit: `"days"`, `"weeks"` of 7 days or `"months"` of 365.25 / 12 days.

    Returns:
        Distribution, whose value is the median.

    Source: ChartMogul measures from lead to subscriber, dated by the end; the mean of the
    converted alone is biased short.

    >>> from salesmetrics.examples import leads
    >>> time_to_convert(leads, "2025-Q1").value
    47.0
    """
    begun = Leads.of(leads).during(REACHED[start], period, by=by)
    found = begun.days_between(REACHED[start], REACHED[to], unended=Reason("not_reached"))
    return found.in_unit(unit)


@kpi(
    unit="days",
    better="lower",
    adds_over="rows",
    ko="전환 소요 기간 추정",
    en="time to convert, leads not there yet included",
    articles="1 2",
    per_period=True,
    moves_with_time=True,
)
def time_to_convert_estimate(
    leads: IntoLeads,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    start: Start = "created",
    to: Literal["mql", "sql", "opportunity", "won"] = "won",
) -> Survival:
    """Days from one milestone of a lead to another, the leads that are not there yet included.

    Formula: the estimate of Kaplan and Meier over leads, in whole local days; the same day is 0.
    Rows and date: every lead that was between the two in some of the period.  One that began
    before the period is counted from its age at the start; one that had not come by the end (or
    by what is known) is censored there; one that came before it began is counted in `excluded`.
    Undefined: where fewer than half were seen to come, or fewer than 5 leads are at risk at an age
    up to the median.

    Args:
        leads: Leads, or anything `Leads.of` takes.
        start: `"created"`, `"mql"`, `"sql"` or `"opportunity"`.
        to: `"mql"`, `"sql"`, `"opportunity"` or `"won"`.

    Returns:
        Survival, whose value is the median; it also has `p75`, `p90`, `quantile` and
        `restricted_mean`, and `undecided` counts the leads that are not there yet.

    Raises:
        NeedsError: the leads have no column of a milestone.

    Source: `time_to_convert` takes the leads that came, alone, and is too short as long as some
    are still on the way; a lead that never comes is on the way for good, so this says when half
    of all leads have come, not half of those that do.

    >>> from salesmetrics.examples import leads
    >>> found = time_to_convert_estimate(leads, "2025-Q1", to="mql")
    >>> found.value, found.n, found.restricted_mean(), found.reason
    (None, 3, 2.3333333333333335, 'only 2 at risk at the age of 3 days (at least 5 are needed)')
    """
    seen = Leads.of(leads).overlapping(REACHED[start], REACHED[to], period, by=by)
    return seen.survival().if_followed()


def _of_cohort(
    leads: Leads, period: Periods | str, by: By, start: str, to: str, within: int | None
) -> Ratio:
    """Of the leads that began in the period, those that came so far."""
    if within is not None:
        check_days("within_days", within, 0)
    begun, order = leads.during(start, period, by=by), in_order(start, to)
    part = begun.count((("that converted", start, to, within), order))
    waiting = ("that did not reach", to)
    if within is None:
        whole = without_impossible(begun.count((order,)), begun, order)
        return Ratio(part, whole, begun.count((waiting,)))
    passed = ("with a window that has passed", start, within)
    running = ("with a window still running", start, within)
    window = (passed, ("known when", to, within))
    unknown = begun.count((passed, ("nobody knows when", to, within)))
    whole = begun.count((*window, order))
    whole = whole.excluding(Reason("window_running"), begun.count((running,)))
    whole = whole.excluding(Reason("no_field", field=to), unknown)
    whole = without_impossible(whole, begun, order, *window)
    return Ratio(part, whole, begun.count((running, waiting)))


def _of_events(
    leads: Leads, period: Periods | str, by: By, start: str, to: str, within: int | None
) -> Ratio:
    """What reached the one in the period over what reached the other in it."""
    if within is not None:
        raise SalesMetricsError('within_days goes with basis="cohort": events are of any leads')
    came, begun = to.partition(" or ")[0], leads.during(start, period, by=by)
    order = in_order(start, came)
    part = leads.during(came, period, by=by).count((order,))
    return Ratio(part, without_impossible(begun.count((order,)), begun, order))


BASES = Choices("basis", {"cohort": _of_cohort, "event": _of_events})
