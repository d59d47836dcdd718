"""Total: how many, or how much."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import lcm
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ..errors import SalesMetricsError
from ..money import digits, major_units
from ..periods import Period
from ..reasons import Reason, as_reason, so_many
from .evidence import Exact, Reader, ShownFor
from .grid import WIDE, Axes, Grid, Ints, add_grids, joined, one_period
from .positions import Counts, Place, add_by_place, counts_at, counts_by_place, reader
from .result import Cell, Evidence, Known, Result

__all__ = ["Total", "latest"]

EXACT_FLOAT = 2**53


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Total(Result):
    """An exact sum of whole numbers: rows, or minor units of a currency.

    `unit` names what is counted; with a `currency` the numbers are its minor units.  `scale` is
    what they are to be divided by, once, at the end (amounts times probabilities).
    """

    axes: Axes
    evidence: Evidence
    unit: str
    sums: Grid
    counts: Grid
    currency: str | None = None
    scale: int = 1
    excluded_rows: Mapping[Reason, Grid] = field(default_factory=dict)
    assumed_rows: Mapping[Reason, Grid] = field(default_factory=dict)
    by_definition_rows: Mapping[Reason, Grid] = field(
        default_factory=dict
    )  # left out by definition
    # By reason: rows that say what it asks for, and rows that do not; unknown where none says it.
    told_rows: Mapping[Reason, tuple[Grid, Grid]] = field(default_factory=dict)

    def _map(self, change: Callable[[Grid], Grid], axes: Axes) -> Self:
        sums = change(self.sums)
        return replace(
            self,
            axes=axes,
            sums=sums,
            counts=sums if self.counts is self.sums else change(self.counts),
            excluded_rows={why: change(grid) for why, grid in self.excluded_rows.items()},
            assumed_rows={why: change(grid) for why, grid in self.assumed_rows.items()},
            by_definition_rows={why: change(grid) for why, grid in self.by_definition_rows.items()},
            told_rows={why: (change(a), change(b)) for why, (a, b) in self.told_rows.items()},
        )

    def placed(self, axes: Axes, to: npt.NDArray[np.int64] | None) -> Self:
        """With its groups moved to their places in these axes."""
        return self if to is None else self._map(lambda grid: grid.moved(to, axes), axes)

    def counted(self) -> Total:
        """How many rows the sum is made of."""
        rows = self.evidence.population.partition(" ")[0]
        evidence = self.evidence.put_together("rows of")
        return Total(self.axes, evidence, rows, self.counts, self.counts)

    @staticmethod
    def merged(parts: Sequence[Total], bound: int | None = None) -> Total:
        """The sum of disjoint rows; `bound` when they are known to be parts of one column."""
        parts = in_one_scale(parts)
        first = parts[0]
        placed = in_place(parts)
        sums = add_grids([part.sums for part in placed], bound)
        same_counts = all(part.counts is part.sums for part in placed)
        return replace(
            first,
            axes=placed[0].axes,
            sums=sums,
            counts=sums if same_counts else add_grids([part.counts for part in placed]),
            excluded_rows=_by_reason([part.excluded_rows for part in placed]),
            assumed_rows=_by_reason([part.assumed_rows for part in placed]),
            by_definition_rows=_by_reason([part.by_definition_rows for part in placed]),
            told_rows=_told([part.told_rows for part in placed]),
        )

    def __add__(self, other: Self) -> Self:
        return Total.merged([self, self._alike(other)])._also_of(other)  # type: ignore[return-value]

    def _same_money(self, *others: Total) -> None:
        """Refuse to put together what is in several currencies, or adds over time only in part."""
        for other in others:
            if other.currency != self.currency:
                raise SalesMetricsError(
                    f"{self.currency or self.unit} and {other.currency or other.unit} are no "
                    "parts of one sum; bring both to one reporting currency"
                )
            if ("period" in other.axes.non_additive) != ("period" in self.axes.non_additive):
                raise SalesMetricsError(
                    "a figure that adds over time and one that does not are no parts of one sum"
                )

    def together(self, *others: Total) -> Total:
        """With the rows of other populations added, all counted or all money."""
        if not others:
            return self
        if any(other.scale != self.scale for other in others):
            raise SalesMetricsError("a weighted and an unweighted total do not add")
        self._same_money(*others)
        both = self.evidence.put_together("sum", *(other.evidence for other in others))
        known = latest([self, *others])
        return replace(Total.merged([self, *others]), evidence=replace(both, known_until=known))

    def excluding(self, reason: str, rows: Total, undated: bool = False) -> Total:
        """With rows that the definition leaves out named among the excluded ones.

        `undated`: also those of them that could not be placed in time.
        """
        mine, theirs = in_place([self, rows])
        left_out = {**mine.by_definition_rows, as_reason(reason): theirs.counts}
        found = replace(mine, by_definition_rows=left_out)
        if not undated:
            return found
        return replace(found, excluded_rows=_by_reason([mine.excluded_rows, theirs.excluded_rows]))

    def as_said(self, reason: Reason, said: Total, unsaid: Total) -> Total:
        """With rows named that do not say what it asks for: unknown where no row says it."""
        mine, told, untold = in_place([self, said, unsaid])
        told_rows = {**mine.told_rows, reason: (told.counts, untold.counts)}
        return replace(mine.excluding(reason, untold), told_rows=told_rows)

    def minus(self, other: Total) -> Total:
        """With another total of the same currency taken from it."""
        self._same_money(other)
        one, two = in_one_scale([self, other])
        taken = Grid(-two.sums.changes, two.sums.stock, two.sums.bound)
        # What is taken are rows of their own: they are not counted among those taken from.
        none = Grid(np.zeros_like(two.counts.changes), two.counts.stock, 0)
        both = replace(
            self.evidence.put_together("minus", other.evidence), known_until=latest([self, other])
        )
        rest = Total.merged([one, replace(two, unit=one.unit, sums=taken, counts=none)])
        return replace(rest, evidence=both)

    def times(self, factor: Fraction) -> Total:
        """The same sum times an exact factor."""
        bound = self.sums.bound * abs(factor.numerator)
        changes = self.sums.changes.astype(object) if bound >= WIDE else self.sums.changes
        sums = Grid(changes * factor.numerator, self.sums.stock, bound)
        evidence = self.evidence.put_together("times", given=(factor,))
        return replace(self, evidence=evidence, sums=sums, scale=self.scale * factor.denominator)

    def change(self) -> Total:
        """Of a stock: by how much it changed from the start of each period to its end.

        The rows behind it, and those left out, are the ones at the end.
        """
        evidence = self.evidence.put_together("change of")
        return replace(
            self, evidence=evidence, sums=Grid(self.sums.changes, False, self.sums.bound)
        )

    def non_additive(self, periods: tuple[Period, ...] | None = None) -> Total:
        """The figures read, each period by itself; shown for other periods where given."""
        axes = Axes(periods or self.periods, self.by, self.groups, non_additive=("period",))
        evidence = self.evidence
        if periods is not None and periods != self.periods:
            source = ShownFor(self.evidence.source, tuple((one,) for one in self.periods))
            evidence = replace(self.evidence, source=source)

        def pinned(grid: Grid) -> Grid:
            changes = np.zeros(axes.shape, dtype=grid.changes.dtype)
            changes[1:] = grid.read(self.axes)  # one period's figure stands for each of several
            return Grid(changes, False, grid.bound * len(axes.periods))

        return replace(self._map(pinned, axes), evidence=evidence)

    def apart_by(self, *names: str) -> Total:
        """The figures of groups that do not add over these columns."""
        axes = self.axes.with_groups(self.by, self.groups)
        axes.non_additive = tuple(dict.fromkeys([*axes.non_additive, *names]))
        return replace(self, axes=axes)

    def as_far_as_known(self) -> Total:
        """Of non-additive figures: rows left out make one unknown where no row could be used."""
        some = self.counts.changes > 0

        def where(rows: Any) -> dict[Reason, Grid]:
            return {
                why: Grid(np.where(rows, grid.changes, 0), grid.stock, grid.bound)
                for why, grid in self.excluded_rows.items()
            }

        by_definition = _by_reason([self.by_definition_rows, where(some)])
        return replace(self, excluded_rows=where(~some), by_definition_rows=by_definition)

    def excluded_by_definition(self, reason: Reason) -> Total:
        """With rows left out for a reason named, and no sum unknown because of them."""
        excluded = dict(self.excluded_rows)
        apart = {reason: excluded.pop(reason)} if reason in excluded else {}
        named = _by_reason([self.by_definition_rows, apart])
        return replace(self, excluded_rows=excluded, by_definition_rows=named)

    def counting(self, unit: str) -> Total:
        """The same sum with what it counts called so, whatever its column is named."""
        return replace(self, unit=unit)

    def over(self, name: str) -> Self:
        if name != "period":
            axes, to = self.axes.without(name)
            return self._map(lambda grid: grid.moved(to, axes), axes)
        if self.sums.stock:
            raise SalesMetricsError("a stock does not add over time; ask for the period's end")
        axes = self.axes.with_periods((one_period(self.periods),))
        return self._map(lambda grid: grid.recut(self.axes, axes), axes)

    def read_at(self, periods: tuple[Period, ...]) -> Self:
        """Read for other periods, whose first and last days all have to be cut here already.

        Of non-additive periods, which are cut into nothing finer, some can be picked.
        """
        if "period" in self.axes.non_additive:
            axes, at = self.axes.picked(periods)
            rows = [0, *(place + 1 for place in at)]
            return self._map(lambda grid: Grid(grid.changes[rows], grid.stock, grid.bound), axes)
        axes = self.axes.with_periods(periods)
        return self._map(lambda grid: grid.recut(self.axes, axes), axes)

    def sums_read(self) -> Ints:
        """The whole numbers behind the figures, periods by groups."""
        return self.sums.read(self.axes)

    def _unknown(self) -> npt.NDArray[np.bool_]:
        """Where rows belong but none could be priced: there the sum is not 0 but unknown."""
        unknown = np.zeros((len(self.periods), len(self.groups)), dtype=bool)
        if self.currency is not None and self.excluded_rows:
            for grid in self.excluded_rows.values():
                unknown |= grid.read(self.axes) > 0
            unknown &= self.counts.read(self.axes) == 0
        for said, unsaid in self.told_rows.values():
            unknown |= (unsaid.read(self.axes) > 0) & (said.read(self.axes) == 0)
        return unknown

    def values(self) -> npt.NDArray[np.float64]:
        """All figures at once, periods by groups; NaN where undefined."""
        sums = self.sums_read()
        if self.currency is None and self.scale != 1:  # parts of rows
            return np.asarray(sums / self.scale, dtype=np.float64)
        by = 10 ** (digits(self.currency) if self.currency else 0)
        sums = _rounded(sums, self.scale)
        if sums.dtype == object or (sums.size and int(np.abs(sums).max()) >= EXACT_FLOAT):
            fractions = [float(Fraction(int(each), by)) for each in sums.ravel()]
            found = np.array(fractions).reshape(sums.shape)
        else:
            found = sums / by
        return self._begun(np.where(self._unknown(), np.nan, found))

    def _exact(self, total: int) -> Exact:
        if self.currency is None:
            return total if self.scale == 1 else Fraction(total, self.scale)
        return major_units(total if self.scale == 1 else Fraction(total, self.scale), self.currency)

    def fraction(self, total: int) -> Fraction:
        """In major units, before any rounding."""
        return Fraction(total, self.scale * 10 ** (digits(self.currency) if self.currency else 0))

    def exact_fraction(self, period: int, group: int) -> Fraction:
        """One figure in major units, before any rounding."""
        return self.fraction(reader(self.axes, period, group)(self.sums))

    def _figure(self, period: int, group: int) -> Cell:
        read = reader(self.axes, period, group)
        untold = {why: read(b) for why, (a, b) in self.told_rows.items() if read(b) and not read(a)}
        by_reason = [counts_at(rows, read) for rows in self._rows_by_reason()] + [untold]
        return self._cell(period, group, read(self.sums), read(self.counts), by_reason)

    def _reading(self) -> Reader:
        sums, n = self.sums_read().tolist(), self.counts.read(self.axes).tolist()
        untold: dict[Place, dict[Reason, int]] = {}
        for why, (said, unsaid) in self.told_rows.items():
            never = said.read(self.axes) == 0
            add_by_place(untold, why, np.where(never, unsaid.read(self.axes), 0))
        behind = [counts_by_place(rows, self.axes) for rows in self._rows_by_reason()] + [untold]

        def read(period: int, group: int) -> Cell:
            by_reason = [rows.get((period, group), {}) for rows in behind]
            return self._cell(period, group, sums[period][group], n[period][group], by_reason)

        return read

    def _exacts(self) -> Callable[[int, int], Exact | None]:
        sums, unknown = self.sums_read().tolist(), self._unknown().tolist()
        return lambda p, g: None if unknown[p][g] else self._exact(sums[p][g])

    def _rows_by_reason(self) -> tuple[Mapping[Reason, Grid], ...]:
        return self.excluded_rows, self.by_definition_rows, self.assumed_rows

    def _cell(
        self, period: int, group: int, total: int, n: int, by_reason: Sequence[Counts]
    ) -> Cell:
        excluded, left_out, assumed, untold = by_reason
        unknown = bool(untold) or (self.currency is not None and n == 0 and bool(excluded))
        exact = None if unknown else self._exact(total)
        value = exact if exact is None or isinstance(exact, int) else float(exact)
        return Cell(
            group=self.groups[group],
            period=self.periods[period],
            value=value,
            exact=exact,
            numerator=value,
            denominator=None,
            n=n,
            excluded={**excluded, **left_out},
            assumed=assumed,
            reason=_why_untold(untold) or (_why_unknown(excluded) if unknown else None),
            unfinished=self.unfinished(self.periods[period]),
        )


def in_one_scale(totals: Sequence[Total]) -> list[Total]:
    """Totals as multiples of one unit that all of theirs are multiples of."""
    scale = lcm(*(total.scale for total in totals))
    return [
        total
        if total.scale == scale
        else replace(
            total.times(Fraction(scale // total.scale)), scale=scale, evidence=total.evidence
        )
        for total in totals
    ]


def in_place(totals: Sequence[Total]) -> list[Total]:
    """Totals with the groups of all of them, in one order."""
    places = joined([total.axes for total in totals])
    return [total.placed(axes, to) for total, (axes, to) in zip(totals, places, strict=True)]


def _rounded(sums: Ints, scale: int) -> Ints:
    """Divided by the scale, half to even: the one rounding."""
    if scale == 1:
        return sums
    whole, rest = sums // scale, sums % scale
    up = (2 * rest > scale) | ((2 * rest == scale) & (whole % 2 == 1))
    return whole + up  # type: ignore[no-any-return]


def latest(results: Sequence[Result]) -> Known:
    """The later of what the results know, compared by day."""
    known = [result.known_until for result in results if result.known_until is not None]
    return max(known, key=lambda at: (at.toordinal(), at.isoformat())) if known else None


def _why_unknown(excluded: Mapping[Reason, int]) -> Reason:
    """Why nothing could be summed: rows without an amount or a day, or a group without a target."""
    aimless = [why for why in excluded if why.code == "no_target_of_its_own"]
    if aimless:
        return aimless[0]
    undated = all(str(why.params.get("field", "")).endswith("_at") for why in excluded)
    code = "no_day_known" if undated else "no_amount_known"
    return Reason(code, left_out=so_many(excluded))


def _why_untold(untold: Mapping[Reason, int]) -> Reason | None:
    each = [Reason("none_says", field=why.params["field"], n=n) for why, n in untold.items()]
    return each[0] if each else None


def _by_reason(parts: Sequence[Mapping[Reason, Grid]]) -> dict[Reason, Grid]:
    reasons = dict.fromkeys(why for part in parts for why in part)
    return {why: add_grids([part[why] for part in parts if why in part]) for why in sorted(reasons)}


def _told(
    parts: Sequence[Mapping[Reason, tuple[Grid, Grid]]],
) -> dict[Reason, tuple[Grid, Grid]]:
    said, unsaid = (_by_reason([{w: g[i] for w, g in p.items()} for p in parts]) for i in (0, 1))
    return {why: (said[why], unsaid[why]) for why in said}


def merge_evidence(a: Mapping[Reason, Any], b: Mapping[Reason, Any]) -> dict[Reason, Any]:
    """Both sides' counts by reason; the larger where both speak of the same rows."""
    return {why: max(a.get(why, 0), b.get(why, 0)) for why in sorted({*a, *b})}
