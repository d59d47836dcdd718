"""Cohorts at one age: each as it was known when it was as old as the youngest is now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from ..catalog import entry
from ..crm import CRM
from ..days import EPOCH
from ..errors import SalesMetricsError, shown
from ..periods import Period, Periods, as_periods
from ..reasons import Reason
from ..results.formats import RATES
from ..results.text_table import columns_text, visible
from ..results.words import words
from .compare import Comparison, compare
from .explain import korean

__all__ = ["CohortStep", "SameAge", "cohorts"]

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CohortStep:
    """One cohort at the age: its figure, and how it differs from the cohort before it.

    `as_of` is the day up to which it was known; `reason` says why there is no figure.
    """

    period: Period
    as_of: date
    value: float | None
    n: int
    undecided: int | None = None
    against: Comparison | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, repr=False)
class SameAge:
    """Cohorts of one figure, `age` days after the end of each."""

    title: str
    title_ko: str
    unit: str
    age: int
    steps: tuple[CohortStep, ...]

    def __iter__(self) -> Any:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def growth(self) -> float | None:
        """The last cohort's figure over the first's, less 1; None where there is none above 0."""
        first, last = self.steps[0].value, self.steps[-1].value
        return None if first is None or last is None or first <= 0 else last / first - 1

    def to_records(self) -> list[dict[str, Any]]:
        """A dict a cohort."""
        return [
            {
                "cohort": one.period.label, "as_of": one.as_of.isoformat(), "age": self.age,
                "value": one.value, "n": one.n, "undecided": one.undecided,
                "change": None if one.against is None else one.against.change,
                "relative": None if one.against is None else one.against.relative,
                "low": _edge(one, 0), "high": _edge(one, 1),
                "reason": None if one.reason is None else str(one.reason),
            }
            for one in self.steps
        ]  # fmt: skip

    def to_text(self, lang: str = "en") -> str:
        """A line a cohort; rates in percent, changes of them in points."""
        said, rate = words(lang), self.unit in RATES
        points = said.say("points") if rate else ""
        rows = []
        for one in self.steps:
            edges = None if one.against is None else one.against.interval
            change = None if one.against is None else one.against.change
            rows.append(
                [
                    visible(said.period(one.period)),
                    one.as_of.isoformat(),
                    "" if one.value is None else f"{one.value:{'.1%' if rate else ',.4g'}}",
                    f"{one.n:,}",
                    "" if one.undecided is None else f"{one.undecided:,}",
                    "" if change is None else _moved(change, points),
                    "" if edges is None else " .. ".join(_moved(edge, points) for edge in edges),
                    "" if one.reason is None else visible(one.reason.said(lang)),
                ]
            )
        header = said.say("same_age_header").split("; ")
        table = columns_text(header, rows, 2, remarks=True)
        title = self.title_ko if lang == "ko" else self.title
        return f"{visible(said.say('same_age', kpi=title, age=f'{self.age:,}'))}\n{table}"

    def __repr__(self) -> str:
        return self.to_text()


def _moved(change: float, points: str) -> str:
    return f"{change * 100:+.1f} {points}" if points else f"{change:+,.3g}"


def _edge(one: CohortStep, side: int) -> float | None:
    interval = None if one.against is None else one.against.interval
    return None if interval is None else interval[side]


def cohorts(
    crm: CRM, kpi: str | Any, periods: Periods | str, *, age: int | None = None, **keywords: Any
) -> SameAge:
    """One figure of several cohorts, each as it was known at the same age.

    Of deals created in March more are won by December than of those created in October, for they
    had more time: side by side as known now, the older cohort always looks better.  Here each is
    asked as of `age` days after its period ended; the change is from the cohort before.

    Formula: the figure of each period, of the CRM as of (last day of the period + age).
    Undefined: of a cohort that is not as old yet, and as the KPI is.

    Args:
        crm: the tables, as known now.
        kpi: a name of the catalogue, or a function: `close_rate`, `lead_conversion_rate`; of one
            figure.
        periods: several, in their order, all over.
        age: days after the last day of each; that of the last one now, if not given.
        keywords: what else the KPI takes.

    Raises:
        SalesMetricsError: one period, none of which the instant is known, or one not over.

    >>> from salesmetrics import CRM
    >>> rows = [
    ...     {"id": 1, "created_at": "2025-01-05", "closed_at": "2025-03-20", "outcome": "won"},
    ...     {"id": 2, "created_at": "2025-01-06", "closed_at": "2025-02-10", "outcome": "won"},
    ...     {"id": 3, "created_at": "2025-02-05", "closed_at": "2025-03-01", "outcome": "won"},
    ...     {"id": 4, "created_at": "2025-02-06", "closed_at": "2025-03-02", "outcome": "lost"},
    ... ]
    >>> found = cohorts(CRM(deals=rows).as_of("2025-03-20"), "close_rate", ["2025-01", "2025-02"])
    >>> found.age, [(str(one.as_of), one.value, one.undecided) for one in found]
    (20, [('2025-02-20', 0.5, 1), ('2025-03-20', 0.5, 0)])
    """
    asked = as_periods(periods)
    if len(asked) < 2:
        raise SalesMetricsError("cohorts() takes several periods, such as a year's quarters")
    if any(later.start < earlier.end for earlier, later in pairwise(asked)):
        raise SalesMetricsError("the periods of cohorts() follow each other in time; sort them")
    if crm.known is None:
        raise SalesMetricsError("up to when events are known? use .as_of(...)")
    through = date.fromordinal(crm.known.day + EPOCH)
    last = asked[-1]
    if last.end - DAY > through:
        raise SalesMetricsError(
            f"{last.label} is not over on {through}; end with the last one that is, or cut it: "
            f"period({last.label!r}).to_date(...)"
        )
    days = (through - last.end + DAY).days if age is None else age
    if type(days) is not int or days < 0:
        raise SalesMetricsError(f"age is {shown(age)}; give whole days, 0 or more")
    label = entry(kpi).label
    steps: list[CohortStep] = []
    titles, before = (label.en, label.ko), None
    for one in asked:
        day = one.end - DAY + days * DAY
        if day > through:
            steps.append(CohortStep(one, day, None, 0, reason=Reason("too_young", day=str(day))))
            before = None
            continue
        result = crm.as_of(day).kpi(kpi, one, **keywords)
        if len(result) != 1:
            raise SalesMetricsError(
                f"{result.title} is not one figure in a period; ask cohorts() of one that is"
            )
        cell = result.cell(0, 0)
        titles = (
            result.title,
            result.title if result.identity is None else korean(result.identity),
        )
        against = None if before is None else compare(result, before, label.better)
        value = None if cell.value is None else float(cell.value)
        steps.append(CohortStep(one, day, value, cell.n, cell.undecided, against, cell.reason))
        before = result
    return SameAge(*titles, label.unit, days, tuple(steps))
