"""Distribution: an exact histogram of whole numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import accumulate
from operator import mul
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ..errors import SalesMetricsError, one_of
from ..periods import Period
from ..reasons import Reason, so_many
from .evidence import Reader
from .grid import Axes, Grid, joined, one_period
from .positions import Counts, counts_at, counts_by_place, reader
from .result import Cell, Evidence, Result
from .tally import BITS, LARGEST, Int64, Tally, levels_of, tallied
from .total import Total, _by_reason

__all__ = ["Distribution"]

UNITS = {
    "days": Fraction(1),
    "weeks": Fraction(1, 7),
    "months": Fraction(12 * 100, 36525),  # a month is 365.25 / 12 days
}
QUANTILES = {"median": Fraction(1, 2), "p75": Fraction(3, 4), "p90": Fraction(9, 10)}
STATISTICS = {**QUANTILES, "max": Fraction(1)}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Distribution(Result):
    """How often each whole number occurs, by period and group; its figure is the median.

    A key of the tally is a cell and a number in one integer.  Numbers of any size (amounts) are
    held as their rank among `levels`, the distinct numbers there are, ascending.
    """

    axes: Axes
    evidence: Evidence
    unit: str
    tally: Tally
    per: Fraction = Fraction(1)
    excluded_rows: Mapping[Reason, Grid] = field(default_factory=dict)
    currency: str | None = None
    levels: npt.NDArray[Any] | None = None
    assumed_rows: Mapping[Reason, Grid] = field(default_factory=dict)

    @property
    def keys(self) -> Int64:
        return self.tally.counted()[0]

    @property
    def times(self) -> Int64:
        return self.tally.counted()[1]

    @staticmethod
    def merged(parts: Sequence[Distribution]) -> Distribution:
        parts = _on_same_levels(parts)
        first = parts[0]
        for other in parts[1:]:
            if (other.unit, other.per) != (first.unit, first.per):
                raise SalesMetricsError(
                    f"{first.title} in {first.unit} and in {other.unit} do not add; read both in "
                    "one unit"
                )
        places = joined([part.axes for part in parts])
        moved = [
            part if to is None else part._moved(to, axes)
            for part, (axes, to) in zip(parts, places, strict=True)
        ]
        return replace(
            first,
            axes=moved[0].axes,
            tally=Tally([(part.keys, part.times) for part in moved]),
            excluded_rows=_by_reason([part.excluded_rows for part in moved]),
            assumed_rows=_by_reason([part.assumed_rows for part in moved]),
        )

    def __add__(self, other: Self) -> Self:
        return Distribution.merged([self, self._alike(other)])._also_of(other)  # type: ignore[return-value]

    def excluding(self, reason: Reason, rows: Total) -> Distribution:
        """With rows of the same window that the definition leaves out named among the excluded."""
        return replace(self, excluded_rows={**self.excluded_rows, reason: rows.counts})

    def in_unit(self, unit: str) -> Distribution:
        """The same days read in weeks (7 days) or months (365.25 / 12 days)."""
        if not isinstance(unit, str) or unit not in UNITS:
            raise SalesMetricsError(one_of("unit", unit, UNITS))
        return replace(self, unit=unit, per=UNITS[unit])

    def _parts(self) -> tuple[Int64, Int64, Int64]:
        atoms, groups = np.divmod(self.keys >> BITS, max(self.axes.shape[1], 1))
        return atoms, groups, self.keys & LARGEST

    def _placed(self, axes: Axes, atoms: Int64, groups: Int64, value: Int64) -> Self:
        keys = ((atoms * axes.shape[1] + groups) << BITS) | value
        return replace(self, axes=axes, tally=Tally([(keys, self.times)]))

    def _moved(self, to: Int64, axes: Axes) -> Self:
        atoms, groups, value = self._parts()
        excluded, assumed = (
            {why: grid.moved(to, axes) for why, grid in rows.items()}
            for rows in (self.excluded_rows, self.assumed_rows)
        )
        placed = self._placed(axes, atoms, to[groups], value)
        return replace(placed, excluded_rows=excluded, assumed_rows=assumed)

    def over(self, name: str) -> Self:
        if name != "period":
            axes, to = self.axes.without(name)
            return self._moved(to, axes)
        return self.read_at((one_period(self.periods),))

    def read_at(self, periods: tuple[Period, ...]) -> Self:
        axes = self.axes.with_periods(periods)
        atoms, groups, value = self._parts()
        # An atom of the finer cut lies in the coarser one's first atom whose end is not before it.
        to = np.searchsorted(np.searchsorted(self.axes.bounds, axes.bounds), atoms)
        excluded, assumed = (
            {why: grid.recut(self.axes, axes) for why, grid in rows.items()}
            for rows in (self.excluded_rows, self.assumed_rows)
        )
        placed = self._placed(axes, to, groups, value)
        return replace(placed, excluded_rows=excluded, assumed_rows=assumed)

    def histogram(self, period: int = 0, group: int = 0) -> tuple[npt.NDArray[Any], Int64]:
        """The numbers of one cell in the figure's unit (major units of money, hours, days or
        weeks), ascending, and how often each occurs."""
        self._place(period, group)
        value, times = self.counted(period, group)
        return np.array([float(int(each) * self.per) for each in value], np.float64), times

    def counted(self, period: int = 0, group: int = 0) -> tuple[npt.NDArray[Any], Int64]:
        """The whole numbers of one cell, each to be times `per`, and how often each occurs."""
        width = max(self.axes.shape[1], 1)
        atoms = range(int(self.axes.starts[period]) + 1, int(self.axes.ends[period]) + 1)
        spans = [
            slice(
                *np.searchsorted(
                    self.keys, [(a * width + group) << BITS, (a * width + group + 1) << BITS]
                )
            )
            for a in atoms
        ]
        value = [self.keys[span] & LARGEST for span in spans]
        times = [self.times[span] for span in spans]
        if not value:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        each, often = tallied(np.concatenate(value), np.concatenate(times))
        return self._numbers(each), often

    def _numbers(self, value: Int64) -> npt.NDArray[Any]:
        return value if self.levels is None else self.levels[value]

    def quantile(self, share: float | Fraction | str) -> float | None:
        """The linear quantile (Hyndman and Fan's type 7) of the one figure; None when undefined."""
        self._only()
        try:
            wanted = Fraction(str(share))
        except ValueError:
            raise SalesMetricsError(f"a share between 0 and 1 is expected, not {share!r}") from None
        value, times = self.counted()
        exact = self._quantile(value, times, wanted)
        return None if exact is None or self._only().value is None else float(exact)

    def _quantile(self, value: npt.NDArray[Any], times: Int64, share: Fraction) -> Fraction | None:
        if not 0 <= share <= 1:
            raise SalesMetricsError(f"a share between 0 and 1 is expected, not {share}")
        return self._quantile_at(value.tolist(), np.cumsum(times).tolist(), share)

    def _quantile_at(
        self, value: Sequence[int], upto: Sequence[int], share: Fraction
    ) -> Fraction | None:
        """Of numbers and how many there are up to each of them."""
        if not len(upto):
            return None
        n, parts = int(upto[-1]), share.denominator
        low, rest = divmod((n - 1) * share.numerator, parts)
        below = int(value[bisect_right(upto, low)])
        if not rest:
            return self._in_unit(below, 1)
        above = int(value[bisect_right(upto, low + 1)])
        return self._in_unit(below * (parts - rest) + above * rest, parts)

    def _in_unit(self, number: int, parts: int) -> Fraction:
        """A number of the tally divided by so many, in the figure's unit."""
        return Fraction(number * self.per.numerator, parts * self.per.denominator)

    @property
    def median(self) -> float | None:
        """The middle of the one figure; None when undefined."""
        return self.quantile(Fraction(1, 2))

    @property
    def p75(self) -> float | None:
        return self.quantile(Fraction(3, 4))

    @property
    def p90(self) -> float | None:
        return self.quantile(Fraction(9, 10))

    @property
    def max(self) -> float | None:
        """The largest of the one figure; None when undefined."""
        return self.quantile(1)

    @property
    def mean(self) -> float | None:
        """The sum divided by the rows, of the one figure; None when undefined."""
        exact = self.exact_mean() if self._only().value is not None else None
        return None if exact is None else float(exact)

    def exact_mean(self, period: int = 0, group: int = 0) -> Fraction | None:
        """The sum divided by the rows of one cell, without rounding."""
        return self._mean(*(each.tolist() for each in self.counted(period, group)))

    def _mean(self, value: Sequence[int], times: Sequence[int]) -> Fraction | None:
        n = sum(times)
        return self._in_unit(_sum(value, times), n) if n else None

    def statistics(self, period: int = 0, group: int = 0) -> dict[str, Fraction | None]:
        """Mean, median, upper quantiles and largest of one cell, exact; None where undefined."""
        return self._statistics(*(each.tolist() for each in self.counted(period, group)))

    def _statistics(self, value: Sequence[int], times: Sequence[int]) -> dict[str, Fraction | None]:
        upto = list(accumulate(times))
        found = {"mean": self._mean(value, times)}
        for name, share in STATISTICS.items():
            found[name] = self._quantile_at(value, upto, share)
        return found

    def values(self, share: float | Fraction = Fraction(1, 2)) -> npt.NDArray[np.float64]:
        """A quantile of every cell at once, periods by groups; NaN where undefined."""
        found = np.full((len(self.periods), len(self.groups)), np.nan)
        if self.levels is not None:  # amounts can pass what a float holds: exact, cell by cell
            for place in np.ndindex(found.shape):
                exact = self._quantile(*self.counted(*place), Fraction(share))
                found[place] = np.nan if exact is None else float(exact)
            return self._begun(found)
        keys, times = self.tally.counted()
        across, share = max(self.axes.shape[1], 1), Fraction(share)
        if (self.axes.ends - self.axes.starts == 1).all():  # every period is one atom: a row each
            cells = self.axes.shape[0] * across
            every = self._quantiles(keys >> BITS, keys & LARGEST, times, share, cells)
            found[:] = every.reshape(self.axes.shape[0], across)[self.axes.ends, : found.shape[1]]
            return self._begun(found)
        for p, (part, count) in enumerate(self.by_period()):
            found[p] = self._quantiles(part >> BITS, part & LARGEST, count, share, found.shape[1])
        return self._begun(found)

    def _quantiles(
        self, cell: Int64, value: Int64, times: Int64, share: Fraction, cells: int
    ) -> npt.NDArray[np.float64]:
        """A quantile of each cell, of numbers ascending in cells ascending."""
        n = np.zeros(cells, dtype=np.int64)
        np.add.at(n, cell, times)
        some = np.flatnonzero(n)
        upto, before, last = np.cumsum(times), (np.cumsum(n) - n)[some], n[some] - 1
        low, part = np.divmod(last * share.numerator, share.denominator)
        first = np.searchsorted(upto, before + low, side="right")
        second = np.searchsorted(upto, before + np.minimum(low + 1, last), side="right")
        low_value, high_value = self._numbers(value[first]), self._numbers(value[second])
        exact = low_value + (high_value - low_value) * (part / share.denominator)
        found = np.full(cells, np.nan)
        found[some] = exact if self.per == 1 else exact * float(self.per)
        return found

    def _figure(self, period: int, group: int) -> Cell:
        read = reader(self.axes, period, group)
        excluded, assumed = (
            counts_at(rows, read) for rows in (self.excluded_rows, self.assumed_rows)
        )
        value, times = (each.tolist() for each in self.counted(period, group))
        return self._cell(period, group, value, times, excluded, assumed)

    def _reading(self) -> Reader:
        counted = self._every_counted()
        excluded, assumed = (
            counts_by_place(rows, self.axes) for rows in (self.excluded_rows, self.assumed_rows)
        )

        def read(period: int, group: int) -> Cell:
            at = period, group
            behind = excluded.get(at, {}), assumed.get(at, {})
            return self._cell(period, group, *counted(period, group), *behind)

        return read

    def by_period(self) -> Iterator[tuple[Int64, Int64]]:
        """Period by period the keys of its cells, counted from its first group, and how often."""
        across, (keys, times) = max(self.axes.shape[1], 1), self.tally.counted()
        for low, high in zip(self.axes.starts, self.axes.ends, strict=True):
            edges = [((int(atom) + 1) * across) << BITS for atom in (low, high)]
            span = slice(*np.searchsorted(keys, edges))
            # The same number can occur in more than one atom.
            yield tallied(keys[span] % (across << BITS), times[span])

    def exact_means(self) -> Callable[[int, int], Fraction | None]:
        """What gives the exact mean of a cell, having read all of them at once."""
        counted = self._every_counted()
        return lambda period, group: self._mean(*counted(period, group))

    def _every_counted(self) -> Callable[[int, int], tuple[list[int], list[int]]]:
        """What gives the numbers of a cell and their counts, having counted all of them."""
        across = max(self.axes.shape[1], 1)
        rows: list[tuple[list[int], list[int], list[int]]] = []
        for part, count in self.by_period():
            bounds = np.searchsorted(part >> BITS, np.arange(across + 1))
            value = self._numbers(part & LARGEST)
            rows.append((value.tolist(), count.tolist(), bounds.tolist()))

        def counted(period: int, group: int) -> tuple[list[int], list[int]]:
            value, times, bounds = rows[period]
            span = slice(bounds[group], bounds[group + 1])
            return value[span], times[span]

        return counted

    def _cell(
        self,
        period: int,
        group: int,
        value: Sequence[int],
        times: Sequence[int],
        excluded: Counts,
        assumed: Counts,
    ) -> Cell:
        statistics, n = self._statistics(value, times), sum(times)
        exact = statistics["median"]
        reason = None
        if exact is None:
            reason = Reason("none_in_period", what=self.evidence.what)
            if excluded:
                what, left_out = self.evidence.what, so_many(excluded)
                reason = Reason("all_left_out", what=what, left_out=left_out)
        return Cell(
            group=self.groups[group],
            period=self.periods[period],
            value=None if exact is None else float(exact),
            exact=exact,
            numerator=float(self._in_unit(_sum(value, times), 1)) if n else None,
            denominator=n,
            n=n,
            excluded=excluded,
            assumed=assumed,
            reason=reason,
            statistics={
                name: None if each is None else float(each) for name, each in statistics.items()
            },
            unfinished=self.unfinished(self.periods[period]),
        )


def _sum(value: Sequence[int], times: Sequence[int]) -> int:
    """In Python integers: amounts times how often they occur may pass 64 bits."""
    return sum(map(mul, value, times))


def _on_same_levels(parts: Sequence[Distribution]) -> list[Distribution]:
    """With ranks among the distinct numbers of all of them."""
    if all(part.levels is parts[0].levels for part in parts):
        return list(parts)
    found = [[] if part.levels is None else part.levels.tolist() for part in parts]
    distinct = sorted({number for levels in found for number in levels})
    place = {number: rank for rank, number in enumerate(distinct)}
    together = levels_of(np.array(distinct, dtype=object))
    moved = []
    for part, levels in zip(parts, found, strict=True):
        atoms, groups, rank = part._parts()
        to = np.array([place[number] for number in levels], dtype=np.int64)
        rank = to[rank] if len(rank) else rank
        moved.append(replace(part._placed(part.axes, atoms, groups, rank), levels=together))
    return moved
