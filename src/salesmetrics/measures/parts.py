"""Parts: a whole, and the parts that it is the sum of; the sum is checked when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Self

import numpy as np

from ..errors import SalesMetricsError
from ..money import major_units
from ..periods import Period
from .grid import Axes, Ints, joined
from .result import Cell, Evidence, Result
from .total import latest

__all__ = ["Parts"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Parts(Result):
    """Sums by name, periods by groups each: `whole` is the sum of the parts times their `signs`.

    The figure is the whole, or where `share` names parts, what share of the whole they are.  Sums
    without a sign are shown beside.  `counts` are the rows behind each.
    """

    axes: Axes
    evidence: Evidence
    whole: str
    signs: Mapping[str, int]
    sums: Mapping[str, Ints]
    counts: Mapping[str, Ints]
    share: tuple[str, ...] = ()
    unit: str = "deals"
    currency: str | None = None
    scale: int = 1
    excluded_rows: Mapping[str, Ints] | None = None

    def __post_init__(self) -> None:
        found = sum(sign * self.sums[name] for name, sign in self.signs.items())
        if not np.array_equal(np.asarray(found), np.asarray(self.sums[self.whole])):
            raise AssertionError(f"{', '.join(self.signs)} do not sum to {self.whole}")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all sums, the whole first."""
        return (self.whole, *(name for name in self.sums if name != self.whole))

    def part(self, name: str, period: int = 0, group: int = 0) -> int | Decimal:
        """One sum, exact: rows, or money in major units."""
        value = int(self.sums[name][period][group])
        if self.currency is None:
            return value
        return major_units(Fraction(value, self.scale), self.currency)

    def parts(self, period: int = 0, group: int = 0) -> dict[str, int | Decimal]:
        """All sums of one period and group, by name."""
        return {name: self.part(name, period, group) for name in self.names}

    def over(self, name: str) -> Self:
        if name == "period":
            raise SalesMetricsError("these parts do not add over time; ask for the longer period")
        axes, to = self.axes.without(name)
        return self._moved(to, axes)

    def _moved(self, to: Any, axes: Axes) -> Self:
        def moved(values: Mapping[str, Ints]) -> dict[str, Ints]:
            found = {}
            for name, one in values.items():
                found[name] = np.zeros((len(one), axes.shape[1]), dtype=one.dtype)
                np.add.at(found[name].T, to, one.T)
            return found

        excluded = None if self.excluded_rows is None else moved(self.excluded_rows)
        return replace(
            self, axes=axes, sums=moved(self.sums), counts=moved(self.counts),
            excluded_rows=excluded,
        )  # fmt: skip

    def __add__(self, other: Self) -> Self:
        same = (self.whole, self.unit, self.currency, self.scale, tuple(self.signs))
        if (other.whole, other.unit, other.currency, other.scale, tuple(other.signs)) != same:
            raise SalesMetricsError("parts of different figures do not add")
        (axes, to), (_, to_other) = joined([self.axes, other.axes])
        a = self if to is None else self._moved(to, axes)
        b = other if to_other is None else other._moved(to_other, axes)
        excluded = dict(a.excluded_rows or {})
        for why, counts in (b.excluded_rows or {}).items():
            excluded[why] = excluded[why] + counts if why in excluded else counts
        return replace(
            a,
            evidence=replace(a.evidence, known_until=latest([a, b])),
            sums={name: a.sums[name] + b.sums[name] for name in a.sums},
            counts={name: a.counts[name] + b.counts[name] for name in a.counts},
            excluded_rows=excluded,
        )

    def read_at(self, periods: tuple[Period, ...]) -> Self:
        """The periods asked for, of those that were measured."""
        labels = [period.label for period in self.periods]
        missing = [period.label for period in periods if period.label not in labels]
        if missing:
            raise SalesMetricsError(f"{missing[0]} was not measured; these parts are of {labels}")
        at = [labels.index(period.label) for period in periods]
        return replace(
            self,
            axes=self.axes.with_periods(periods),
            sums={name: one[at] for name, one in self.sums.items()},
            counts={name: one[at] for name, one in self.counts.items()},
            excluded_rows={w: one[at] for w, one in (self.excluded_rows or {}).items()},
        )

    def to_records(self) -> list[dict[str, Any]]:
        """A dict a figure, with every part beside it."""
        # Not super(): a dataclass with slots is made anew, and its methods know only the first.
        records = Result.to_records(self)
        at = [(p, g) for g in range(len(self.groups)) for p in range(len(self.periods))]
        for record, (p, g) in zip(records, at, strict=True):
            record |= {name: _plain(value) for name, value in self.parts(p, g).items()}
        return records

    def cell(self, period: int, group: int) -> Cell:
        whole = self.part(self.whole, period, group)
        excluded = {
            why: int(counts[period][group]) for why, counts in (self.excluded_rows or {}).items()
        }
        reason, top, exact = None, None, None
        if self.share:
            top = sum((self.part(name, period, group) for name in self.share), start=0)
            if whole:
                exact = Fraction(top) / Fraction(whole)
            else:
                reason = f"no {self.evidence.what} in the period"
        else:
            exact = whole  # type: ignore[assignment]
        return Cell(
            group=self.groups[group],
            period=self.periods[period],
            value=None if exact is None else _plain(exact),
            exact=exact,
            numerator=None if top is None else _plain(top),
            denominator=_plain(whole) if self.share else None,
            n=int(self.counts[self.whole][period][group]),
            excluded={why: count for why, count in excluded.items() if count},
            reason=reason,
            unfinished=self.unfinished(self.periods[period]),
        )


def _plain(value: int | Decimal | Fraction) -> int | float:
    return value if isinstance(value, int) else float(value)
