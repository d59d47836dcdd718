"""How a figure grew from period to period, and by how much a year."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from ..errors import SalesMetricsError
from ..periods import Period
from ..reasons import Reason
from ..results import Result

__all__ = ["Growth", "GrowthStep", "growth"]

YEAR = Fraction(1461, 4)  # days


@dataclass(frozen=True, slots=True)
class GrowthStep:
    """One period beside the one before it in the series; of the first there is no change."""

    period: Period
    value: int | float | None
    change: int | float | None = None
    relative: float | None = None
    unfinished: bool = False
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Growth:
    """The steps of a series, and its compound annual growth rate (CAGR).

    `yearly` is (last / first) ** (1 / years) - 1, with the years between the starts of the first
    and the last period.  Steps that are not over, or of other length than the one before, have no
    change.
    """

    steps: tuple[GrowthStep, ...]
    yearly: float | None
    reason: Reason | None = None  # why there is no yearly rate

    def to_records(self) -> list[dict[str, Any]]:
        """A dict a step."""
        return [
            {
                "period": one.period.label,
                "value": one.value,
                "change": one.change,
                "relative": one.relative,
                "unfinished": one.unfinished,
                "reason": None if one.reason is None else str(one.reason),
            }
            for one in self.steps
        ]


def growth(result: Result) -> Growth:
    """The growth of one figure over the periods of a result, in their order.

    Args:
        result: of several periods, not grouped.

    Raises:
        SalesMetricsError: one period, several groups, or periods that do not follow each other.

    >>> from salesmetrics import bookings
    >>> from salesmetrics.examples import deals
    >>> found = growth(bookings(deals, ["2025-01", "2025-02", "2025-03"]))
    >>> [one.change for one in found.steps], found.yearly
    ([None, -18000.5, -12000.0], -1.0)
    """
    if len(result.groups) != 1:
        raise SalesMetricsError(
            f"growth() takes one figure in several periods, not {len(result.groups):,} groups; "
            "ask without by, or filter"
        )
    periods = result.periods
    if len(periods) < 2:
        raise SalesMetricsError("growth() takes several periods, such as a year's months")
    if any(later.start <= earlier.start for earlier, later in pairwise(periods)):
        raise SalesMetricsError("the periods of growth() follow each other in time; sort them")
    cells = [result.cell(at, 0) for at in range(len(periods))]
    steps = [GrowthStep(periods[0], cells[0].value, None, None, cells[0].unfinished)]
    for at in range(1, len(cells)):
        now, then = cells[at], cells[at - 1]
        step = GrowthStep(now.period, now.value, unfinished=now.unfinished)
        reason = _why(result, at, at - 1)
        if reason is None:
            new, old = Fraction(now.exact or 0), Fraction(then.exact or 0)
            change = new - old
            step = GrowthStep(
                now.period,
                now.value,
                change.numerator if isinstance(now.exact, int) else float(change),
                float(change / old) if old > 0 else None,
            )
        else:
            step = GrowthStep(now.period, now.value, unfinished=now.unfinished, reason=reason)
        steps.append(step)
    last = max((at for at, cell in enumerate(cells) if not cell.unfinished), default=0)
    return Growth(tuple(steps), *_yearly(result, last))


def _why(result: Result, now: int, then: int) -> Reason | None:
    """Why two periods do not compare; months, quarters and years are alike whatever their days."""
    for at, side in ((now, "figure"), (then, "base")):
        cell = result.cell(at, 0)
        if cell.exact is None:
            return Reason(f"{side}_undefined", reason=cell.why)
        if cell.unfinished:
            return Reason("not_over")
    one, other = result.periods[now], result.periods[then]
    if one.unit != other.unit or (one.unit == "span" and one.days != other.days):
        return Reason("other_length", period=one.label, other=other.label)
    return None


def _years(first: Period, last: Period) -> Fraction:
    """In whole months where both start on one day of a month, else in days."""
    one, other = first.start, last.start
    if one.day == other.day:
        return Fraction(12 * (other.year - one.year) + other.month - one.month, 12)
    return Fraction((other - one).days) / YEAR


def _yearly(result: Result, last: int) -> tuple[float | None, Reason | None]:
    if last == 0:
        return None, Reason("not_over")
    if (reason := _why(result, last, 0)) is not None:
        return None, reason
    first, final = (Fraction(result.cell(at, 0).exact or 0) for at in (0, last))
    if first <= 0 or final < 0:
        return None, Reason("base_zero" if first == 0 else "base_negative")
    years = _years(result.periods[0], result.periods[last])
    return float(final / first) ** float(1 / years) - 1, None
