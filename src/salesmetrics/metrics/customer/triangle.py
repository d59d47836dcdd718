"""Cohorts: what became of those who started together, age by age."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from ...errors import SalesMetricsError, one_of
from ...money import digits, major_units
from ...results.statement import Statement

__all__ = ["Age", "Cohorts"]

COLUMNS = (
    "age", "customers", "retained", "gone", "retention", "revenue", "gained", "lost",
    "revenue_retention", "unpriced", "unfinished",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Age:
    """One cohort, so many periods after it started: `start` to `end` is the period of that age."""

    age: int
    start: date
    end: date
    customers: int  # who started: retained + gone
    retained: int
    gone: int
    revenue: Fraction | None  # in major units: that of age 0 + gained - lost
    gained: Fraction | None
    lost: Fraction | None
    revenue_retention: Fraction | None
    unpriced: int  # customers left out of the revenue, at every age
    unfinished: bool  # the diagonal: this period ends after what is known

    @property
    def retention(self) -> Fraction | None:
        """The share that is retained; None where nobody started."""
        return Fraction(self.retained, self.customers) if self.customers else None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cohorts(Statement):
    """A triangle: cohorts by the periods asked for, and their ages in periods as long.

    The figure is the share retained at the last age whose period is over.  `ages()` has every
    age of one cohort and `triangle()` one column of all; `detail()` is a row an age:

    - `age`: periods since the cohort started; 0 is the one it started in
    - `customers`: how many started, `retained` and `gone`: they sum to it at every age
    - `retention`: retained / customers
    - `revenue`: theirs at that age, = that of age 0 + `gained` - `lost`, customer by customer
    - `revenue_retention`: revenue / revenue at age 0
    - `unpriced`: customers with an amount that is not known, in no revenue at any age
    - `unfinished`: the period of that age ends after what is known, so that it may still change
    """

    cohorts: Mapping[tuple[int, int], tuple[Age, ...]] = field(default_factory=dict)
    money: str | None = None  # the currency of the revenue

    def ages(self, period: int = 0, group: int = 0) -> tuple[Age, ...]:
        """One cohort at every age that has begun."""
        self._place(period, group)
        return self.cohorts[period, group]

    def triangle(self, of: str = "retention", group: int = 0) -> dict[str, list[Any]]:
        """One column of `detail()`, by cohort: a list by age, as far as time has come."""
        if of not in COLUMNS:
            raise SalesMetricsError(one_of("of", of, COLUMNS))
        return {
            period.label: [self._row(one)[of] for one in self.ages(p, group)]
            for p, period in enumerate(self.periods)
        }

    def detail(self) -> list[dict[str, Any]]:
        """A dict an age, with its group and cohort."""
        return [
            dict(zip(self.by, self.groups[g], strict=True))
            | {"period": self.periods[p].label, "start": one.start, "end": one.end}
            | self._row(one)
            for g in range(len(self.groups))
            for p in range(len(self.periods))
            for one in self.ages(p, g)
        ]

    def _row(self, one: Age) -> dict[str, Any]:
        row = {name: getattr(one, name) for name in COLUMNS}
        for name in ("revenue", "gained", "lost"):
            if row[name] is not None and self.money is not None:
                minor = row[name] * 10 ** digits(self.money)
                row[name] = major_units(minor, self.money)  # rounded once, half to even
        return {
            name: value if value is None or isinstance(value, int) else float(value)
            for name, value in row.items()
        }
