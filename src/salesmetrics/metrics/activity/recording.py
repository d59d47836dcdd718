"""KPIs of how well the CRM is kept: in time, complete, correct.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...kpi import kpi
from ...periods import ALL_TIME, Periods
from ...reasons import Reason
from ...results import Ratio
from ...tables import Checks, Deals, Expectations, IntoChecks, IntoDeals, IntoExpectations
from ...tables.grouping import By
from .filled import asked_fields, filled_fields

__all__ = ["crm_entry_rate", "data_accuracy", "data_completeness"]


@kpi(
    unit="proportion",
    better="higher",
    adds_over="rows time",
    en="CRM entry rate",
    ko="CRM 입력률",
    articles="3",
    moves_with_time=True,
    looks_ahead=True,
)
def crm_entry_rate(
    expectations: IntoExpectations, period: Periods | str = ALL_TIME, *, by: By = None
) -> Ratio:
    """Share of the records due in the period that were in the CRM in time.

    Formula: recorded by the deadline / expected.
    Rows and date: expectations in the period that holds `due_at` and has passed by what is known;
    those still to come are reported in `excluded`.  A deadline without a time of day is the end of
    that day.
    Undefined: where nothing was due.

    Args:
        expectations: Expectations, or anything `Expectations.of` takes.

    Returns:
        Ratio from 0 to 1 with Wilson's interval.

    Raises:
        NeedsError: the expectations have no column `due_at` or `recorded_at`.

    Source: article practice: 95 % at the end of each month; entries made after the deadline do
    not mend it.

    >>> from salesmetrics.examples import expectations
    >>> crm_entry_rate(expectations, "2025-01").value
    0.5
    """
    due = Expectations.of(expectations).during("due_at", period, by=by)
    expected = due.count(("past their deadline",))
    expected = expected.excluding(Reason("deadline_ahead"), due.count(("before their deadline",)))
    return Ratio(due.count(("past their deadline", "recorded in time")), expected)


@kpi(unit="proportion", better="higher", adds_over="rows time", ko="데이터 완전성", articles="3")
def data_completeness(
    deals: IntoDeals, period: Periods | str = ALL_TIME, *, by: By = None, required: Sequence[str]
) -> Ratio:
    """Share of the required fields of deals that are filled.

    Formula: filled fields / deals x required fields.
    Rows and date: deals in the period that holds `created_at`, fields as known; those without it
    are counted in `excluded`.  Over all time every deal there is: only so a missing `created_at`
    is seen.  A list amount does not fill the amount it stands in for.
    Undefined: where no deal was created.

    Args:
        deals: Deals, or anything `Deals.of` takes.
        required: names of fields, such as `["owner", "amount", "expected_close_at"]`.

    Returns:
        Ratio from 0 to 1 of fields, with Wilson's interval; `n` is the deals.

    Raises:
        NeedsError: the deals have no column for a required field.
        ColumnError: deals have no such field.

    Source: filled fields over fields; the share of records with all fields filled is lower.

    >>> from salesmetrics.examples import deals
    >>> data_completeness(deals, "2025-Q1", required=["owner", "expected_close_at"]).value
    0.6666666666666666
    """
    created = Deals.of(deals).during("created_at", period, by=by)
    return Ratio(filled_fields(created, required), asked_fields(created, required))


@kpi(unit="proportion", better="higher", adds_over="rows time", ko="데이터 정확도", articles="3")
def data_accuracy(checks: IntoChecks, period: Periods | str = ALL_TIME, *, by: By = None) -> Ratio:
    """Share of the fields checked that were correct.

    Formula: correct fields / fields checked.
    Rows and date: checks in the period that holds `checked_at`.
    Undefined: where nothing was checked.

    Args:
        checks: Checks, or anything `Checks.of` takes.

    Returns:
        Ratio from 0 to 1 of fields, with Wilson's interval; `n` is the records checked.

    Raises:
        NeedsError: the checks have no column `checked_fields` or `correct_fields`.

    Source: article practice asks for 99 % of what is updated; a sample is enough, and its
    interval says how much.

    >>> from salesmetrics.examples import checks
    >>> data_accuracy(checks, "2025-Q1").value
    0.95
    """
    made = Checks.of(checks).during("checked_at", period, by=by)
    checked = made.total("checked_fields").counting("fields")
    return Ratio(made.total("correct_fields").counting("fields"), checked)
