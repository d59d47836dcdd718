"""Distribution: an exact histogram of whole numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ..errors import SalesMetricsError, one_of
from ..periods import Period
from ..reasons import Reason, so_many
from .grid import Axes, Grid, joined
from .result import Cell, Evidence, Result
from .total import Total, _by_reason, _counts, _reader, one_period

__all__ = ["Distribution", "Tally", "levels_of", "tallied"]

Int64 = npt.NDArray[np.int64]
BITS = 33  # a value below 2**33 beside its cell in one integer: seconds of 270 years
LARGEST = 2**BITS - 1
UNITS = {
    "days": Fraction(1),
    "weeks": Fraction(1, 7),
    "months": Fraction(12 * 100, 36525),  # a month is 365.25 / 12 days
}
QUANTILES = {"median": Fraction(1, 2), "p75": Fraction(3, 4), "p90": Fraction(9, 10)}
STATISTICS = {**QUANTILES, "max": Fraction(1)}


class Tally:
    """Keys gathered in parts, one a row, and counted when somebody looks."""

    __slots__ = ("_counted", "parts")

    def __init__(self, parts: list[tuple[Int64, Int64 | None]]) -> None:
        self.parts: list[tuple[Int64, Int64 | None]] = parts
        self._counted: tuple[int, Int64, Int64] | None = None

    def counted(self) -> tuple[Int64, Int64]:
        """Each key once, ascending, and how often it occurs."""
        if self._counted is None or self._counted[0] != len(self.parts):
            if all(times is None for _, times in self.parts):
                keys, times = tallied(_joined([keys for keys, _ in self.parts]), None)
            else:
                each = [np.ones(len(k), np.int64) if t is None else t for k, t in self.parts]
                keys, times = tallied(_joined([k for k, _ in self.parts]), _joined(each))
            self._counted = (len(self.parts), keys, times)
        return self._counted[1:]


def _joined(arrays: Sequence[Int64]) -> Int64:
    return np.concatenate(arrays) if arrays else np.zeros(0, np.int64)


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
        exact = self._quantile(*self.counted(), wanted)
        return None if exact is None or self._only().value is None else float(exact)

    def _quantile(self, value: Int64, times: Int64, share: Fraction) -> Fraction | None:
        if not 0 <= share <= 1:
            raise SalesMetricsError(f"a share between 0 and 1 is expected, not {share}")
        return self._quantile_at(value, np.cumsum(times), share)

    def _quantile_at(self, value: Int64, upto: Int64, share: Fraction) -> Fraction | None:
        """Of numbers and how many there are up to each of them."""
        if not len(upto):
            return None
        n, parts = int(upto[-1]), share.denominator
        low, rest = divmod((n - 1) * share.numerator, parts)
        below = int(value[np.searchsorted(upto, low, side="right")])
        if not rest:
            return below * self.per
        above = int(value[np.searchsorted(upto, low + 1, side="right")])
        return Fraction(below * (parts - rest) + above * rest, parts) * self.per

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
        value, times = self.counted(period, group)
        n = int(times.sum())
        return Fraction(_sum(value, times), n) * self.per if n else None

    def statistics(self, period: int = 0, group: int = 0) -> dict[str, Fraction | None]:
        """Mean, median, upper quantiles and largest of one cell, exact; None where undefined."""
        return self._statistics(*self.counted(period, group))

    def _statistics(self, value: npt.NDArray[Any], times: Int64) -> dict[str, Fraction | None]:
        upto = np.cumsum(times)
        n = int(upto[-1]) if len(upto) else 0
        found = {"mean": Fraction(_sum(value, times), n) * self.per if n else None}
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
        for p, (low, high) in enumerate(zip(self.axes.starts, self.axes.ends, strict=True)):
            edges = [((int(atom) + 1) * across) << BITS for atom in (low, high)]
            span = slice(*np.searchsorted(keys, edges))
            # The same number can occur in more than one atom.
            part, count = tallied(keys[span] % (across << BITS), times[span])
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
        value, times = self.counted(period, group)
        read = _reader(self.axes, period, group)
        excluded, n = _counts(self.excluded_rows, read), int(times.sum())
        statistics = self._statistics(value, times)
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
            numerator=float(_sum(value, times) * self.per) if n else None,
            denominator=n,
            n=n,
            excluded=excluded,
            assumed=_counts(self.assumed_rows, read),
            reason=reason,
            statistics={
                name: None if each is None else float(each) for name, each in statistics.items()
            },
            unfinished=self.unfinished(self.periods[period]),
        )


def tallied(keys: Int64, times: Int64 | None) -> tuple[Int64, Int64]:
    """Each key once, ascending, with how often it occurs."""
    if not len(keys):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    cells, value = keys >> BITS, keys & LARGEST
    first_cell, width = int(cells.min()), int(value.max()) + 1
    room = (int(cells.max()) - first_cell + 1) * width
    if room <= 2 * len(keys):  # so many rows to so few places that counting beats sorting
        counted = np.zeros(room, dtype=np.int64)
        np.add.at(counted, (cells - first_cell) * width + value, 1 if times is None else times)
        found = np.flatnonzero(counted)
        return ((found // width + first_cell) << BITS) | found % width, counted[found]
    order = _order(cells - first_cell, value, keys)
    ordered = keys.take(order)
    first = _firsts(ordered)
    if times is None:
        return ordered.take(first), np.diff(first, append=len(ordered))
    return ordered.take(first), np.add.reduceat(times.take(order), first)


def _order(cells: Int64, value: Int64, keys: Int64) -> Int64:
    """The order of the keys; by two radix sorts where both halves are short enough.

    Sorting whole keys is faster still on some processors, and many times slower on others.
    """
    if int(cells.max()) >= 2**16 or int(value.max()) >= 2**16:
        return np.argsort(keys, kind="stable")
    order = np.argsort(value.astype(np.uint16), kind="stable")
    return order.take(np.argsort(cells.astype(np.uint16).take(order), kind="stable"))


def _firsts(ordered: npt.NDArray[Any]) -> Int64:
    """Where each number occurs first."""
    new = np.empty(len(ordered), dtype=bool)
    new[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return np.flatnonzero(new)


def _sum(value: npt.NDArray[Any], times: Int64) -> int:
    """In Python integers: amounts times how often they occur may pass 64 bits."""
    return sum(int(one) * often for one, often in zip(value.tolist(), times.tolist(), strict=True))


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


def levels_of(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The distinct numbers, ascending; Python integers where 64 bits do not hold them."""
    ordered = np.sort(numbers)
    distinct = ordered.take(_firsts(ordered)) if len(ordered) else ordered
    wide = distinct.dtype == object and any(abs(number) >= 2**63 for number in distinct.tolist())
    return np.asarray(distinct, dtype=object if wide else np.int64)
