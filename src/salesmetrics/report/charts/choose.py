"""The chart that fits a figure: by what it is made of, its groups and its periods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, cast

from ...errors import NotFoundError, SalesMetricsError, one_of
from ...results import Result
from ...results.words import words
from ...snapshots.document import figure_of
from ..told import Told, column_said
from .chart import Chart
from .forecast_chart import fan, forecast
from .of_groups import bars, pareto, spread
from .of_parts import cohort, coverage, funnel, movement, reasons, stages
from .over_time import heat, trend

__all__ = ["KINDS", "chart_of", "money_of", "plot"]


def _pareto(one: Told, by: tuple[str, ...], period: str) -> Chart | None:
    if not by or not one.is_sum or one.is_rate:  # rates and medians make no whole of which a share
        return None
    said = one.said
    column = ", ".join(column_said(name, said) for name in by)
    parts = [
        (said.brief(cell.group), float(cell.value))
        for cell in one.groups(by, period)
        if cell.value is not None
    ]
    title = f"{one.title} {said.say('by', columns=column)}, {period}"
    return pareto(one, parts, title, column)


KINDS: Mapping[str, Callable[[Told, tuple[str, ...], str], Chart | None]] = {
    "fan": lambda one, by, period: None if by else fan(one),
    "forecast": lambda one, by, period: forecast(one, period),
    "movement": lambda one, by, period: movement(one, period),
    "funnel": lambda one, by, period: funnel(one, period),
    "cohort": lambda one, by, period: cohort(one),
    "stages": lambda one, by, period: stages(one, period),
    "coverage": lambda one, by, period: coverage(one, period, _in_money(one)),
    "reasons": lambda one, by, period: reasons(one, period),
    "heat": lambda one, by, period: heat(one, by) if by else None,
    "trend": lambda one, by, period: None if by else trend(one),
    "spread": spread,
    "pareto": _pareto,
    "bars": bars,
}
SHOWS: Mapping[str, str] = {
    "fan": "two periods or more of a forecast without groups, one of them not over",
    "forecast": "a forecast that is known",
    "movement": "opening and closing, both known, of a movement such as pipeline_movement",
    "funnel": "the steps of lead_funnel",
    "cohort": "two cohorts or more at two ages or more, of cohort_retention",
    "stages": "what went on from each stage, of bottlenecks",
    "coverage": "pipeline and target, of pipeline_coverage",
    "reasons": "two reasons or more, of loss_reasons",
    "heat": "groups (by=) with a figure",
    "trend": "two periods or more without groups, one of them with a figure",
    "spread": "a distribution with a figure, such as sales_cycle",
    "pareto": "two groups (by=) or more that are above 0, of a figure that sums",
    "bars": "a figure",
}
# Which are tried, in this order: figures of several parts first, then what is over time.
OF_PARTS = ("fan", "forecast", "movement", "funnel", "cohort", "stages", "coverage", "reasons")


def plot(
    result: Result, kind: str | None = None, backend: str | None = None, lang: str = "en"
) -> Any:
    """The chart of a result: see `Result.plot`."""
    one = Told(figure_of(result), money_of(result), words(lang, result.evidence.called))
    made = chart_of(one, result.by, result.periods[-1].label, kind, len(result.periods))
    return made.with_backend(backend)


def chart_of(
    one: Told, by: tuple[str, ...], period: str, kind: str | None = None, periods: int = 1
) -> Chart:
    """The chart of this kind, or the first that fits."""
    if kind is not None and kind not in KINDS:
        raise NotFoundError(one_of("kind", kind, KINDS))
    tried = (kind,) if kind else (*OF_PARTS, *(("heat", "trend") if periods > 1 else ()),
                                  "spread", "bars")  # fmt: skip
    for name in tried:
        found = KINDS[name](one, by, period)
        if found is not None:
            return found
    if kind:
        raise SalesMetricsError(
            f"{one.title} has nothing that a chart of kind {kind!r} shows, which is {SHOWS[kind]}"
        )
    raise SalesMetricsError(f"{one.title} has no figure to draw: {_why(one)}")


def _why(one: Told) -> str:
    reasons_there = [cell.reason.text for cell in one.figure.figures if cell.reason is not None]
    return reasons_there[0] if reasons_there else "it has no group"


def money_of(result: Result) -> str | None:
    """The currency of a figure, or of what it is made of."""
    if result.currency is not None:
        return result.currency
    for each in fields(cast("Any", result)):
        value = getattr(result, each.name)
        for part in value.values() if isinstance(value, Mapping) else (value,):
            if isinstance(part, Result) and (found := money_of(part)) is not None:
                return found
    return None


def _in_money(one: Told) -> Told | None:
    """The same, with its parts told as amounts."""
    if one.currency is None:
        return None
    figure = one.figure.model_copy(update={"unit": one.currency, "measure": "money"})
    return Told(figure, one.currency, one.said)
