"""A figure against what it was: the period before, or the same one a year earlier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import sqrt
from typing import Any, Literal

from ..errors import PeriodError, SalesMetricsError, one_of, shown
from ..kpi import Better
from ..periods import Align, Period
from ..reasons import Reason, reason_of
from ..results import Cell, Ratio, Result
from ..results.intervals import wilson

__all__ = [
    "AGAINST", "Against", "Base", "CellOf", "Comparison", "as_against", "base_of", "compare",
]  # fmt: skip

Against = Literal["previous", "year_before"]
CellOf = Callable[[Period | None, tuple[Any, ...]], Cell | None]  # of a base, where it has one
AGAINST: tuple[Against, ...] = ("previous", "year_before")
STEPS: dict[Against, Callable[..., Period]] = {
    "previous": Period.previous,
    "year_before": Period.year_before,
}
RATES = ("proportion", "share of amount", "share")
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Base:
    """The period that another is compared with; `elapsed` says that it was cut to be alike."""

    against: Against | None  # None: of another period than these
    period: Period | None
    elapsed: bool = False
    reason: Reason | None = None  # why there is none
    days: int | None = None  # of the part that is over, which it is compared with


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure and its base.

    `change` is the difference; of a rate `points` is the same in percentage points, and of a
    proportion of counted rows `interval` is Newcombe's for the difference (95 %).  `relative` is
    the change divided by the base.  `against` is None where the base is neither the period before
    nor the same one a year before.
    """

    against: Against | None
    period: Period | None
    elapsed: bool
    value: int | float | None
    base: int | float | None
    base_n: int | None
    change: int | float | None = None
    relative: float | None = None
    points: float | None = None
    interval: tuple[float, float] | None = None
    direction: Literal["better", "worse", "same"] | None = None
    reason: Reason | None = None

    @property
    def clear(self) -> bool:
        """Whether the change is more than chance would make: its interval, if any, leaves out 0."""
        return self.interval is None or not self.interval[0] <= 0 <= self.interval[1]


def as_against(given: Sequence[str] | str | None) -> tuple[Against, ...]:
    """The bases asked for, checked."""
    names = () if given is None else given if isinstance(given, (list, tuple)) else (given,)
    for name in names:
        if name not in AGAINST:
            raise SalesMetricsError(one_of("compare", name, AGAINST))
    return tuple(name for name in AGAINST if name in names)


def base_of(period: Period, against: Against, through: date | None, align: Align = "days") -> Base:
    """The base of a period; `through` is the last day known.

    Of a period that is not over, the base is cut to as many days: to compare 15 days of a month
    with a whole month would show a fall that is none.  With `align="month_ends"` it is cut to the
    same day of the month, where the last one answers to the last.

    >>> from salesmetrics import period
    >>> base_of(period("2017-11"), "previous", date(2017, 11, 15)).period
    Period('2017-10 to 2017-10-15', 2017-10-01..2017-10-15)
    """
    step = STEPS[against]
    try:
        whole = step(period)
        if through is None or period.end <= through + timedelta(days=1):
            return Base(against, whole)
        if through < period.start:
            return Base(against, None, True, _not_begun(period, through))
        elapsed = period.to_date(through)
        part = step(elapsed, align)
        if part.start != whole.start:  # the days before a custom span, not its first ones
            part = whole.to_date(whole.start + timedelta(days=elapsed.days - 1))
        return Base(against, part, True, days=elapsed.days)
    except PeriodError as wrong:
        return Base(against, None, False, reason_of(wrong))


def compare(now: Result, base: Result, better: Better = "neither") -> Comparison:
    """Two results of one figure each: how much the first differs from the second.

    Formula: change = value - base; relative = change / base.
    Undefined: where either is; relative also where the base is 0 or negative.

    >>> from salesmetrics import win_rate
    >>> from salesmetrics.examples import deals
    >>> found = compare(win_rate(deals, "2025-Q1"), win_rate(deals, "2025-02"), "higher")
    >>> f"{found.points:.1f}", found.direction
    ('-33.3', 'worse')
    """
    for given in (now, base):
        if not isinstance(given, Result):
            raise SalesMetricsError(
                f"compare() takes two results of one KPI, not {shown(given)}; a number is compared "
                "with result.value, or is a target: snapshot(targets=[Target(kpi=..., value=...)])"
            )
    names = [
        None if one.identity is None else (one.identity.name, one.identity.variant)
        for one in (now, base)
    ]
    if None not in names and names[0] != names[1]:
        raise SalesMetricsError(
            f"{now.title} and {base.title} are not the same figure and do not compare"
        )
    if now.unit != base.unit:
        raise SalesMetricsError(
            f"{now.unit} and {base.unit} are not the same figure and do not compare"
        )
    for result in (now, base):
        if len(result) != 1:
            raise SalesMetricsError(
                f"compare() takes results of one figure, not of {len(result):,}; "
                "a snapshot with compare= compares every group and period"
            )
    period = base.periods[0]
    beside = Base(_against(now.periods[0], period), period)
    return compared(now, now.cell(0, 0), beside, base.cell(0, 0), better)


def _against(now: Period, base: Period) -> Against | None:
    """What a period is to another, or its first part is; None where it is neither."""
    for against, step in STEPS.items():
        try:
            whole = step(now)
        except PeriodError:  # all time, and weeks that another year lacks
            continue
        if base.start == whole.start and base.end <= whole.end:
            return against
    return None


def compared(
    result: Result,
    now: Cell,
    base: Base,
    then: Cell | None,
    better: Better,
    why: Reason | None = None,
) -> Comparison:
    """One figure with its base; `then` is None where the base has no such group, or no figure."""
    reason = base.reason or why
    if reason is None and then is None:
        reason = Reason("not_in_base")
    found: dict[str, Any] = (
        _changed(result, now, then, better)
        if reason is None and then is not None
        else {"reason": reason}
    )
    return Comparison(
        base.against,
        base.period,
        base.elapsed,
        now.value,
        None if then is None else then.value,
        None if then is None else then.n,
        **found,
    )


def _changed(result: Result, now: Cell, then: Cell, better: Better) -> dict[str, Any]:
    """What a comparison says of two cells."""
    if now.exact is None or then.exact is None:
        side, lacking = ("figure", now) if now.exact is None else ("base", then)
        return {"reason": Reason(f"{side}_undefined", reason=lacking.why)}
    new, old = Fraction(now.exact), Fraction(then.exact)
    change = new - old
    rate = result.unit in RATES
    return {
        "change": change.numerator if isinstance(now.exact, int) else float(change),
        "relative": float(change / old) if old > 0 else None,
        "points": float(change * 100) if rate else None,
        "interval": _interval(result, now, then),
        "direction": _direction(change, better),
        "reason": None if old > 0 else Reason("base_zero" if old == 0 else "base_negative"),
    }


def _not_begun(period: Period, through: date) -> Reason:
    return Reason("not_begun", period=period.label, day=str(through))


def _direction(change: Fraction, better: Better) -> Literal["better", "worse", "same"] | None:
    if better == "neither":
        return None
    if change == 0:
        return "same"
    return "better" if (change > 0) == (better == "higher") else "worse"


def _interval(result: Result, now: Cell, then: Cell) -> tuple[float, float] | None:
    if not isinstance(result, Ratio) or not result.is_proportion:
        return None
    return newcombe(
        (int(now.numerator or 0), int(now.denominator or 0)),
        (int(then.numerator or 0), int(then.denominator or 0)),
        LEVEL,
    )


def newcombe(
    new: tuple[int, int], old: tuple[int, int], level: float
) -> tuple[float, float] | None:
    """Newcombe's interval (1998, method 10) of the difference of two independent shares.

    >>> [round(edge, 4) for edge in newcombe((56, 70), (48, 80), 0.95) or ()]
    [0.0524, 0.3339]
    """
    if not new[1] or not old[1]:
        return None
    p, q = new[0] / new[1], old[0] / old[1]
    (low_p, high_p), (low_q, high_q) = wilson(*new, level), wilson(*old, level)
    return (
        p - q - sqrt((p - low_p) ** 2 + (high_q - q) ** 2),
        p - q + sqrt((high_p - p) ** 2 + (q - low_q) ** 2),
    )
