"""KPIs of what sales support delivers: reports, insights and guides.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from ...kpi import kpi
from ...periods import ALL_TIME, Periods
from ...reasons import Reason
from ...results import Distribution, Ratio, Total
from ...tables import Deliverables, IntoDeliverables
from ...tables.contributions import listed_by
from ...tables.deliverables import updated_within
from ...tables.grouping import By
from ...tables.said import as_said, of_those_that_say
from ...tables.worked import check_days

__all__ = [
    "insights_delivered",
    "material_update_interval",
    "material_update_rate",
    "report_punctuality",
    "report_usage",
]

UNKNOWN_AGAIN = (("without", "kind"), "with an edition before")


@kpi(
    unit="proportion",
    better="higher",
    adds_over="rows time",
    ko="리포트 정시 제공률",
    articles="3",
    moves_with_time=True,
    looks_ahead=True,
)
def report_punctuality(
    deliverables: IntoDeliverables, period: Periods | str = ALL_TIME, *, by: By = None
) -> Ratio:
    """Share of the reports due in the period that were published in time.

    Formula: published by the deadline / reports whose deadline has passed.
    Rows and date: reports in the period that holds `due_at`; deadlines that have not passed by
    what is known are reported in `excluded`, as is what does not say its kind.  One without a time
    of day is the end of that day.
    Undefined: where no report was due.

    Args:
        deliverables: Deliverables, or anything `Deliverables.of` takes.

    Returns:
        Ratio from 0 to 1 with Wilson's interval.

    Raises:
        NeedsError: the deliverables have no column `kind`, `due_at` or `published_at`.

    Source: article practice asks for reports at the agreed intervals; counting published reports
    alone hides those that never came.

    >>> from salesmetrics.examples import deliverables
    >>> report_punctuality(deliverables, "2025-Q1").value
    0.5
    """
    due = Deliverables.of(deliverables).during("due_at", period, by=by)
    whole = of_those_that_say(due.count(("report", "past their deadline")), due, "kind")
    whole = whole.excluding(
        Reason("deadline_ahead"), due.count(("report", "before their deadline"))
    )
    return Ratio(due.count(("report", "past their deadline", "published in time")), whole)


@kpi(unit="proportion", better="higher", adds_over="rows time", ko="리포트 활용률", articles="3")
def report_usage(
    deliverables: IntoDeliverables, period: Periods | str = ALL_TIME, *, by: By = None
) -> Ratio:
    """Share of the reports published in the period that were used.

    Formula: used / published.
    Rows and date: reports in the period that holds `published_at`; reports whose `used` is blank
    are left out and reported in `excluded`, as is what does not say its kind.
    Undefined: where `used` is known of no report published.

    Args:
        deliverables: Deliverables, or anything `Deliverables.of` takes.

    Returns:
        Ratio from 0 to 1 with Wilson's interval.

    Raises:
        NeedsError: the deliverables have no column `kind`, `published_at` or `used`.

    Source: article practice: 80 %; the data say what counts as use (opened, quoted, decided on).

    >>> from salesmetrics.examples import deliverables
    >>> report_usage(deliverables, "2025-Q1").value
    1.0
    """
    published = Deliverables.of(deliverables).during("published_at", period, by=by)
    known = published.count(("report", ("that say", "used")))
    known = of_those_that_say(known, published, "used", "report")
    return Ratio(published.count(("report", "used")), of_those_that_say(known, published, "kind"))


@kpi(unit="count", better="higher", adds_over="rows time", ko="인사이트 건수", articles="3")
def insights_delivered(
    deliverables: IntoDeliverables, period: Periods | str = ALL_TIME, *, by: By = None
) -> Total:
    """Insights published in the period.

    Formula: the number of insights.
    Rows and date: deliverables of the kind insight, in the period that holds `published_at`; those
    that do not say their kind are reported in `excluded`.
    Undefined: where none of what was published says its kind; nothing published is 0.

    Args:
        deliverables: Deliverables, or anything `Deliverables.of` takes.

    Returns:
        Total, in deliverables.

    Raises:
        NeedsError: the deliverables have no column `kind` or `published_at`.

    Source: article practice: two a quarter or more.

    >>> from salesmetrics.examples import deliverables
    >>> insights_delivered(deliverables, "2025-Q1").value
    1
    """
    published = Deliverables.of(deliverables).during("published_at", period, by=by)
    return as_said(published.count("insight"), published, "kind")


@kpi(unit="days", better="lower", adds_over="rows time", ko="자료 업데이트 주기", articles="3")
def material_update_interval(
    deliverables: IntoDeliverables, period: Periods | str = ALL_TIME, *, by: By = None
) -> Distribution:
    """Days since the edition before, of the sales materials updated in the period.

    Formula: the local calendar day of an update minus that of the publication or update before it.
    Rows and date: guides in the period that holds their last update, else their publication
    (`refreshed_at`); the one before is that of the same `material`, or of the row itself.  A first
    edition has none and does not count.  What does not say its kind is reported in `excluded`.
    Undefined: where nothing was updated.

    Args:
        deliverables: Deliverables, or anything `Deliverables.of` takes.

    Returns:
        Distribution in days, whose value is the median.

    Raises:
        NeedsError: the deliverables have no column `kind` or `published_at`.

    Source: article practice: every month or more often.  What has not been updated for long does
    not show here until it is.

    >>> from salesmetrics.examples import deliverables
    >>> material_update_interval(deliverables, "2025-Q1").value
    28.0
    """
    updated = Deliverables.of(deliverables).during("refreshed_at", period, by=by)
    again = ("guide", "with an edition before")
    days = updated.days_between("previous_at", "refreshed_at", where=again)
    return days.excluding(Reason("no_field", field="kind"), updated.count(UNKNOWN_AGAIN))


@kpi(
    unit="proportion",
    better="higher",
    adds_over="",
    ko="자료 최신 유지율",
    en="materials kept up to date",
    articles="3",
    looks_up=True,  # at editions of the same material in other groups
    moves_with_time=True,
)
def material_update_rate(
    deliverables: IntoDeliverables, period: Periods | str, *, by: By = None, days: int = 31
) -> Ratio:
    """Share of the sales materials there are that were published or updated in the last days.

    Formula: materials published or updated in the last `days` days / materials published.
    Rows and date: guides published before the period's end, each `material` once (a row that
    names none is one of its own), by the last day on which it was published or updated; the days
    run to the period's end, or to what is known where that comes earlier.  A material that was
    never updated counts, by the day of its publication.  What does not say its kind is reported
    in `excluded`.
    Undefined: where no guide had been published.  A period is needed.

    Args:
        deliverables: Deliverables, or anything `Deliverables.of` takes.
        days: for how many days an edition is up to date; 31 is each month.

    Returns:
        Ratio from 0 to 1 with Wilson's interval; of a stock, which does not add over time.

    Raises:
        NeedsError: the deliverables have no column `kind` or `published_at`.

    Source: article practice: every month or more often.  `material_update_interval` is of what was
    updated alone, and does not see a guide that nobody touches.

    >>> from salesmetrics.examples import deliverables
    >>> material_update_rate(deliverables, "2025-02").value
    1.0
    """
    check_days("days", days, 1)
    editions = Deliverables.of(deliverables).editions()
    there = editions.standing("refreshed_at", "replaced_at", period, by=by)
    recent = updated_within(there.base, days)
    guides = of_those_that_say(there.count("guide"), there, "kind")
    return Ratio(listed_by(there.count_those(("updated within", days), recent), recent), guides)
