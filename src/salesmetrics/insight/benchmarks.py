"""A figure beside what others publish: only where it is the same figure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..catalog import entry
from ..errors import SalesMetricsError, one_of
from ..results import Result, Total

__all__ = ["Benchmark", "Benchmarked", "benchmarked"]

LENGTHS = ("month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A published value of a KPI: of whom, by whom and when, and by which definition.

    `low` and `high` are the quarter of firms below and above, where they are published; `per` is
    the length of the period that it is of (`"month"`, `"quarter"`, `"year"`): a churn of a month
    is no churn of a year.
    """

    kpi: str
    value: float
    source: str
    year: int
    population: str = ""
    low: float | None = None
    high: float | None = None
    currency: str | None = None
    per: str | None = None
    given: dict[str, Any] = field(default_factory=dict)  # keywords of the KPI as it is defined

    def __post_init__(self) -> None:
        object.__setattr__(self, "kpi", entry(self.kpi).name)
        if not self.source.strip() or type(self.year) is not int:
            raise SalesMetricsError(
                f"a benchmark of {self.kpi} names its source and its year; without them nobody can "
                "say what it is"
            )
        if self.per not in (None, *LENGTHS):
            raise SalesMetricsError(one_of("per=", self.per, LENGTHS))


@dataclass(frozen=True, slots=True)
class Benchmarked:
    """A figure and a benchmark; `place` says where among the firms it would stand."""

    benchmark: Benchmark
    value: float | None
    difference: float | None
    place: str | None  # "below", "within" or "above" the middle half
    direction: str | None  # "better", "worse" or "same"


def benchmarked(result: Result, benchmark: Benchmark) -> Benchmarked:
    """One figure beside a published one.

    Raises:
        SalesMetricsError: the result is of another KPI, of another variant or other keywords, or
            in another currency, or of a longer or shorter period: such figures do not compare.

    >>> from salesmetrics import win_rate
    >>> from salesmetrics.examples import deals
    >>> theirs = Benchmark("win_rate", 0.3, source="a survey of 200 firms", year=2024)
    >>> found = benchmarked(win_rate(deals, "2025-Q1"), theirs)
    >>> f"{found.difference:.3f}", found.direction
    ('0.367', 'better')
    """
    mine = result.identity
    one = entry(benchmark.kpi)
    wanted = one.label.identity({**one.keywords, **benchmark.given})
    if mine is None or (mine.name, mine.keywords) != (wanted.name, wanted.keywords):
        raise SalesMetricsError(
            f"{result.title} and {wanted.title()} of {benchmark.source} are defined differently "
            "and do not compare"
        )
    if result.currency != benchmark.currency:
        raise SalesMetricsError(
            f"{result.title} is in {result.currency or result.unit}, the benchmark in "
            f"{benchmark.currency or 'no currency'}; bring both to one"
        )
    if benchmark.per is None and isinstance(result, Total) and one.label.adds_over == "rows time":
        raise SalesMetricsError(
            f"{result.title} is more in a longer period; say of which the benchmark is, by per= "
            f"{', '.join(LENGTHS)}"
        )
    if benchmark.per is not None and any(period.unit != benchmark.per for period in result.periods):
        raise SalesMetricsError(
            f"{result.title} is of {result.periods[0].label}, the benchmark of a {benchmark.per}; "
            f"ask for a {benchmark.per}"
        )
    value = result.value
    if value is None:
        return Benchmarked(benchmark, None, None, None, None)
    difference = float(value) - benchmark.value
    place = None
    if benchmark.low is not None and benchmark.high is not None:
        place = (
            "below" if value < benchmark.low else "above" if value > benchmark.high else "within"
        )
    direction = None
    if mine.better != "neither":
        better = (difference > 0) == (mine.better == "higher")
        direction = "same" if difference == 0 else "better" if better else "worse"
    return Benchmarked(benchmark, float(value), difference, place, direction)
