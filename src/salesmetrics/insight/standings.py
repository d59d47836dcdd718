"""Owners, or other groups, in order, with how sure the order is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import sqrt
from typing import Any

from ..errors import SalesMetricsError
from ..forecast.shrinkage import shrink_rates
from ..forecast.special_functions import t_quantile
from ..kpi import Better
from ..reasons import Reason
from ..results import Distribution, Ratio, Result, Total
from ..results.text_table import columns_text
from ..results.words import words

__all__ = ["Ranked", "Ranking", "ranking"]

MOST_ROWS = 100_000
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Ranked:
    """One group: its own figure, what it is ranked by, and between which places chance puts it.

    `estimate` is the figure itself, of proportions drawn to what the groups have in common as far
    as the group is small; `first` and `last` are the places that its interval leaves open.
    """

    group: Mapping[str, Any]
    value: float | None
    n: int
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    first: int | None = None
    last: int | None = None
    reason: Reason | None = None

    @property
    def sure(self) -> bool:
        """Whether no other group could stand in its place."""
        return self.first is not None and self.first == self.last


@dataclass(frozen=True, slots=True, repr=False)
class Ranking:
    """Groups in order, the best first; those without a figure last."""

    title: str
    by: tuple[str, ...]
    each: tuple[Ranked, ...]
    # By column and id what records are called.
    called: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __iter__(self) -> Any:
        return iter(self.each)

    def __len__(self) -> int:
        return len(self.each)

    def distinguishable(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool | None:
        """Whether the intervals of two groups are apart; None where one has none."""
        a, b = (
            next(each.interval for each in self.each if dict(each.group) == dict(group))
            for group in (one, other)
        )
        return None if a is None or b is None else a[1] < b[0] or b[1] < a[0]

    def to_records(self) -> list[dict[str, Any]]:
        """A dict a group."""
        return [
            {
                **one.group, "value": one.value, "n": one.n, "estimate": one.estimate,
                "low": None if one.interval is None else one.interval[0],
                "high": None if one.interval is None else one.interval[1],
                "first": one.first, "last": one.last,
                "reason": None if one.reason is None else str(one.reason),
            }
            for one in self.each
        ]  # fmt: skip

    def __repr__(self) -> str:
        rows, said = [], words("en", self.called)
        for one in self.each:
            places = (
                ""
                if one.first is None
                else (f"{one.first}" if one.sure else f"{one.first} to {one.last}")
            )
            edges = (
                "" if one.interval is None else f"{one.interval[0]:,.3g} .. {one.interval[1]:,.3g}"
            )
            numbers = ["" if v is None else f"{v:,.3g}" for v in (one.value, one.estimate)]
            rows.append(
                [
                    said.names(one.group),
                    *numbers,
                    edges,
                    f"{one.n:,}",
                    places,
                ]
            )
        header = [", ".join(self.by), "value", "estimate", "95 %", "n", "place"]
        return f"{self.title}\n{columns_text(header, rows, 1)}"


def ranking(result: Result, better: Better | None = None) -> Ranking:
    """The groups of a result in order, with the places that chance leaves open to each.

    Proportions are ranked by the rate drawn to what the groups have in common, so that one win of
    one does not lead; the raw rate is shown too.  Counts have Poisson's interval, amounts one
    from their rows, distributions are ranked by the mean with Student's.  Groups whose intervals
    overlap are not distinguishable.

    Args:
        result: of one period, grouped.
        better: which end is first; the KPI's own direction otherwise.

    Raises:
        SalesMetricsError: several periods, no groups, or neither direction is better.

    >>> from salesmetrics import win_rate
    >>> from salesmetrics.examples import deals
    >>> found = ranking(win_rate(deals, "2025-Q1", by="owner"))
    >>> [(one.group["owner"], one.value, one.first, one.last) for one in found]
    [('ana', 1.0, 1, 2), ('bo', 0.5, 1, 2)]
    """
    if len(result.periods) != 1 or not result.by:
        raise SalesMetricsError("ranking() takes a result of one period with by=, such as by owner")
    way = better or (None if result.identity is None else result.identity.better)
    if way not in ("higher", "lower"):
        raise SalesMetricsError(
            f"neither more nor less of {result.title} is better by itself; say better='higher'"
        )
    each = _estimated(result)
    sign = -1 if way == "higher" else 1
    each.sort(key=lambda one: (one.estimate is None, sign * (one.estimate or 0.0), str(one.group)))
    placed = [_placed(one, each, way) for one in each]
    return Ranking(result.title, result.by, tuple(placed), result.evidence.called)


def _estimated(result: Result) -> list[Ranked]:
    cells = [result.cell(0, at) for at in range(len(result.groups))]
    each = [
        Ranked(
            dict(zip(result.by, cell.group, strict=True)),
            None if cell.value is None else float(cell.value),
            cell.n,
            reason=cell.reason,
        )
        for cell in cells
    ]
    if isinstance(result, Ratio) and result.is_proportion:
        part = [int(cell.numerator or 0) for cell in cells]
        found = shrink_rates(part, [int(cell.denominator or 0) for cell in cells])
        return [
            one
            if one.value is None
            else replace(one, estimate=float(rate), interval=(float(low), float(high)))
            for one, rate, low, high in zip(each, found.rate, found.low, found.high, strict=True)
        ]
    if isinstance(result, Distribution):
        return [_mean(result, at, one) for at, one in enumerate(each)]
    squares = _squares(result)
    return [
        one
        if one.value is None
        else replace(
            one,
            estimate=one.value,
            interval=None
            if squares is None
            else _around(one.value, sqrt(squares.get(cell.group, 0.0))),
        )
        for one, cell in zip(each, cells, strict=True)
    ]


def _around(value: float, spread: float) -> tuple[float, float]:
    return value - Z95 * spread, value + Z95 * spread


def _mean(result: Distribution, at: int, one: Ranked) -> Ranked:
    """The mean with Student's interval."""
    value, times = result.counted(0, at)
    n = int(times.sum())
    mean = result.exact_mean(0, at)
    if mean is None:
        return one
    if n < 2:
        return replace(one, estimate=float(mean))
    per = float(result.per)
    spread = sum(
        float(t) * (float(v) * per - float(mean)) ** 2 for v, t in zip(value, times, strict=True)
    )
    room = t_quantile(0.975, n - 1) * sqrt(spread / (n - 1) / n)
    return replace(one, estimate=float(mean), interval=(float(mean) - room, float(mean) + room))


def _squares(result: Result) -> dict[Any, float] | None:
    """Of a sum by group: the squares of what its rows contribute, which is how it varies."""
    if not isinstance(result, Total):
        return None
    if sum(result.cell(0, at).n for at in range(len(result.groups))) > MOST_ROWS:
        return None
    found: dict[Any, float] = {}
    try:
        for row in result.records():
            if row.contribution is not None:
                found[row.group] = found.get(row.group, 0.0) + float(row.contribution) ** 2
    except SalesMetricsError:  # a figure that lists no rows
        return None
    return found


def _placed(one: Ranked, each: list[Ranked], way: str) -> Ranked:
    """Between which places: those surely better stand before it, those surely worse behind."""
    if one.interval is None:
        return one
    low, high = one.interval
    others = [other.interval for other in each if other is not one and other.interval is not None]
    above, below = sum(edge[0] > high for edge in others), sum(edge[1] < low for edge in others)
    ahead, behind = (above, below) if way == "higher" else (below, above)
    return replace(one, first=ahead + 1, last=len(others) + 1 - behind)
