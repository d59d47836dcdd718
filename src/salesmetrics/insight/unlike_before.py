"""A figure against those before it: the test that fits what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..periods import Period
from ..reasons import Reason
from ..results import Cell, Result, Total
from ..results.columnar import figures_by_column
from ..results.formats import RATES
from .control_limits import Judged, judged_count, judged_log, judged_rate
from .rules import Rule
from .watched import Unwatched, Watched, watched

__all__ = ["FigureRows", "periods_a_year", "unlike_before"]


class FigureRow(NamedTuple):
    """The figures of one group since the first period in which it has a row, the latest last."""

    values: list[float]  # NaN where undefined
    tops: list[float]
    bottoms: list[float]
    since: int  # the place of the first among the periods


class FigureRows:
    """The figures of every group in a row of periods.

    They are read at once: of thousands of groups most are only looked at to be passed over.
    """

    def __init__(self, result: Result, places: Sequence[int]) -> None:
        """Of the periods that stand at these places of the result."""
        figures, shape = figures_by_column(result), (len(result.groups), len(result.periods))
        self._figures = [
            figures[name].reshape(shape)[:, list(places)]
            for name in ("value", "numerator", "denominator")
        ]
        rows = figures["n"].reshape(shape)[:, list(places)] != 0
        self._since = np.where(rows.any(axis=1), rows.argmax(axis=1), len(places))

    def of(self, group: int) -> FigureRow:
        """Of the group at this place of the result."""
        since = int(self._since[group])
        values, tops, bottoms = (each[group, since:].tolist() for each in self._figures)
        return FigureRow(values, tops, bottoms, since)


def unlike_before(
    rule: Rule,
    result: Result,
    group: Mapping[str, Any],
    last: Cell,
    course: FigureRow,
    lag: int,
) -> Watched | Unwatched:
    """The last figure of a group's course, which is this cell, against the others."""
    judged, scale, series = _judged(rule, result, last, course, lag)
    if isinstance(judged, Reason):
        return Unwatched(rule, group, judged)
    value = float(last.value or 0)
    expected = judged.expected * scale
    high = value > expected
    code = f"{'shift' if judged.shift else 'unusual'}_{'high' if high else 'low'}"
    edge = judged.high if high else judged.low
    facts = {"expected": expected, "limit": None if edge is None else edge * scale}
    found = watched(result, group, last, judged.fires, code, facts)
    return replace(
        found, p=judged.p, chance=judged.chance, sees=judged.sees, points=result.unit in RATES,
        baseline=judged.baseline, method=judged.method, series=series,
    )  # fmt: skip


def _judged(
    rule: Rule, result: Result, last: Cell, course: FigureRow, lag: int
) -> tuple[Judged | Reason, float, tuple[Any, ...]]:
    """By the test that fits the figure; what its expectation is to be multiplied by; the series.

    What stands at the end of a period is like the end before it: of stocks the growth is judged,
    and of seasonal figures that over a year.
    """
    chance, side = rule.false_alarm, rule.side
    values = course.values
    if last.proportion and not lag:
        parts, wholes = [*map(int, course.tops)], [*map(int, course.bottoms)]
        judged = judged_rate(parts, wholes, side, chance)
        if isinstance(judged, Reason):
            return judged, 1.0, ()
        rate = sum(parts[:-1]) / sum(wholes[:-1])
        return judged, 1.0, ("rate", rate, tuple(wholes))
    stock = isinstance(result, Total) and result.sums.stock
    if stock or lag:
        step = lag or 1
        if len(values) <= step:
            return Reason("short_baseline", n=len(values) - 1, least=step), 1.0, ()
        if any(value <= 0 for value in values[:-1]):
            return Reason("baseline_not_above_zero"), 1.0, ()
        growth = [now / then for then, now in zip(values, values[step:], strict=False)]
        return judged_log(growth, side, chance), values[-1 - step], ("log", len(growth))
    if isinstance(result, Total) and result.currency is None and result.scale == 1:
        counts = [*map(int, values)]
        judged = judged_count(counts, side, chance)
        if isinstance(judged, Reason):
            return judged, 1.0, ()
        old = np.array(counts[:-1], dtype=np.float64)
        return judged, 1.0, ("count", float(old.mean()), float(old.var(ddof=1)), len(counts))
    return judged_log(values, side, chance), 1.0, ("log", len(values))


def periods_a_year(period: Period) -> int:
    """How many of its kind make a year."""
    return max(1, round(365.25 / period.days))
