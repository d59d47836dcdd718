"""Survival: how long something lasts, where some has not ended or was not seen from its start.

Ages are whole numbers: days, or seconds of what is read in hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Self

import numpy as np
import numpy.typing as npt

from ..errors import SalesMetricsError
from ..periods import Period
from ..reasons import Reason
from .counted import Counted, Risks, added
from .grid import Axes, joined
from .result import Cell, Evidence, Result
from .tally import BITS, LARGEST, tallied

__all__ = ["Survival"]

Int64 = npt.NDArray[np.int64]
KINDS = ("ended", "otherwise", "censored", "entered")
FEWEST = 5  # at risk; below it a curve rests on single rows
STILL_OPEN = Fraction(1, 5)  # of what was followed; above it what will become of it is not known
# Reasons in which an age is in days, or in hours.
FEW_AT_RISK = {True: "few_at_risk", False: "few_at_risk_in_hours"}
FELL_TO_0 = {True: "fell_to_0", False: "fell_to_0_in_hours"}
NEAR = 1e-12  # a product of shares that should be a half may miss it by rounding


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Survival(Result):
    """How many days something lasted, by Kaplan and Meier; its figure is the median.

    Counted are, by period, group and age in days: what `ended`, what had not ended when last
    seen (`censored`), and what was first seen at a later age than 0 (`entered`).  Where something
    may also end `otherwise` (a deal is lost while its win is waited for), the figures are of those
    that end as waited for, by the estimate of Aalen and Johansen.
    """

    axes: Axes
    evidence: Evidence
    ended: Counted
    otherwise: Counted
    censored: Counted
    entered: Counted
    unit: str = "days"
    currency: str | None = None
    excluded_rows: Mapping[Reason, Int64] = field(default_factory=dict)
    found: dict[str, Risks] = field(default_factory=dict, init=False)  # once somebody asked
    certain: bool = False  # undefined where it rests on too little, rather than flagged
    per: Fraction = Fraction(1)  # of the unit, what an age of 1 is

    def if_followed(self) -> Self:
        """Undefined where fewer than 5 are at risk at an age it needs; and where something may
        end otherwise, so that what is still to come moves it, where over 20 % have not ended."""
        return replace(self, certain=True)

    def over(self, name: str) -> Self:
        if name == "period":
            raise SalesMetricsError(
                "what lasts through several periods is seen in each of them: ask for the longer "
                "period instead of adding"
            )
        axes, to = self.axes.without(name)
        return self._moved(to, axes)

    def __add__(self, other: Self) -> Self:
        other = self._alike(other)
        (axes, to), (_, to_other) = joined([self.axes, other.axes])
        a = self if to is None else self._moved(to, axes)
        b = other if to_other is None else other._moved(to_other, axes)
        both = {name: added(getattr(a, name), getattr(b, name)) for name in KINDS}
        excluded = dict(a.excluded_rows)
        for why, counts in b.excluded_rows.items():
            excluded[why] = excluded[why] + counts if why in excluded else counts
        summed = replace(a, excluded_rows=excluded, **both)  # type: ignore[arg-type]
        return summed._also_of(other)

    def _moved(self, to: Int64, axes: Axes) -> Self:
        width = max(self.axes.shape[1], 1)

        def moved(counted: Counted) -> Counted:
            keys, times = counted.read()
            periods, groups = np.divmod(keys >> BITS, width)
            cells = periods * axes.shape[1] + to[groups]
            return Counted(*tallied((cells << BITS) | (keys & LARGEST), times))

        excluded = {}
        for why, counts in self.excluded_rows.items():
            excluded[why] = np.zeros((len(counts), axes.shape[1]), np.int64)
            np.add.at(excluded[why].T, to, counts.T)
        kinds = {name: moved(getattr(self, name)) for name in KINDS}
        return replace(self, axes=axes, excluded_rows=excluded, **kinds)  # type: ignore[arg-type]

    def _ages(self, counted: Counted, cell: int) -> tuple[Int64, Int64]:
        return counted.of_cell(cell)

    def _place_of(self, period: int, group: int) -> int:
        return period * max(self.axes.shape[1], 1) + group

    def curve(self, period: int = 0, group: int = 0) -> tuple[Int64, Int64, Int64, list[float]]:
        """Of one cell: ages at which some ended, those at risk then, those that ended as waited
        for, and the share that lasts longer (of those that end as waited for)."""
        ages, risk, left, ended = self.risks(period, group)
        otherwise = bool(len(self._ages(self.otherwise, self._place_of(period, group))[0]))
        share, came, shares = 1.0, 0.0, []
        for own, gone, there in zip(left.tolist(), ended.tolist(), risk.tolist(), strict=True):
            came += share * own / there
            share *= 1 - gone / there
            shares.append(came if otherwise else share)
        if otherwise:
            shares = [1 - each / came if came else 1.0 for each in shares]
        return ages, risk, left, shares

    def risks(self, period: int = 0, group: int = 0) -> tuple[Int64, Int64, Int64, Int64]:
        """Of one cell: ages at which some ended, those at risk then, those that ended as waited
        for, and those that ended in any way."""
        return self._risks().of_cell(self._place_of(period, group))

    def _risks(self) -> Risks:
        """The risks of all cells, once somebody asked."""
        if "risks" not in self.found:
            self.found["risks"] = Risks(self.ended, self.otherwise, self.censored, self.entered)
        return self.found["risks"]

    def longest(self, period: int = 0, group: int = 0) -> int | None:
        """The longest age at which something was seen; None where nothing was."""
        return self._risks().longest.get(self._place_of(period, group))

    def fell(self, period: int = 0, group: int = 0) -> tuple[int, int] | None:
        """The age at which all that were at risk ended, and how many were first seen later.

        A curve that falls to 0 before these come tells nothing from there on: no mean, and only
        the shares that had ended before.  None where it does not.
        """
        return self._risks().falls.get(self._place_of(period, group))

    def _too_little(self, period: int, group: int) -> Reason | None:
        """Why so few were followed that nothing can be told."""
        ended, otherwise, there = self.counted(period, group)
        n = ended + otherwise + there
        # What may end otherwise is of those that end as waited for: of a share that must be known.
        if (otherwise or not ended) and there * STILL_OPEN.denominator > n * STILL_OPEN.numerator:
            return Reason("still_open", open=there, n=n)
        thin = self._thinnest(period, group, self._quantile(period, group, Fraction(1, 2)))
        if thin is None or thin[1] >= FEWEST:
            return None
        age = self._told_age(thin[0])
        return Reason(FEW_AT_RISK[self.per == 1], least=thin[1], age=age, needed=FEWEST)

    def _told_age(self, age: int) -> int | str:
        """An age in the unit, for a reason."""
        return age if self.per == 1 else f"{float(age * self.per):,.1f}"

    def _read(self, age: int | None) -> int | float | None:
        """An age in the unit: whole days, or hours."""
        return age if age is None or self.per == 1 else float(age * self.per)

    def _thinnest(self, period: int, group: int, until: int | None) -> tuple[int, int] | None:
        """The age up to this at which the fewest were at risk, and how many."""
        ages, risk, _, _ = self.risks(period, group)
        needed = risk if until is None else risk[ages <= until]
        return (int(ages[needed.argmin()]), int(needed.min())) if len(needed) else None

    def exact_mean(self, until: int, period: int = 0, group: int = 0) -> Fraction | None:
        """The restricted mean of Kaplan and Meier, exact: days of one cell, none beyond `until`.

        None where the curve fell to 0 before others came.
        """
        if self.fell(period, group) is not None:
            return None
        ages, risk, _, ended = self.risks(period, group)
        young = slice(int(np.searchsorted(ages, until)))
        # From the last age back, so that nothing is divided before the end.
        top, bottom, after = 0, 1, until
        each = (part[young][::-1].tolist() for part in (ages, risk, ended))
        for age, at_risk, gone in zip(*each, strict=True):
            top += (after - age) * bottom
            top, bottom, after = (at_risk - gone) * top, bottom * at_risk, age
        top += after * bottom
        return Fraction(top, bottom)

    def means_of_ends(
        self, period: int = 0, group: int = 0
    ) -> tuple[list[int], list[tuple[int, int]]]:
        """Ages, and for what is younger than each the mean age at which it ends as waited for.

        Of those that end so at that age or later, by the estimate of Aalen and Johansen, exact: a
        numerator and a denominator, which are long, and not brought to lowest terms.
        """
        found: list[tuple[int, tuple[int, int]]] = []
        if self.fell(period, group) is not None:
            return [], []
        ages, risk, left, ended = (part.tolist() for part in self.risks(period, group))
        days, ends, whole = 0, 0, 1
        for at in reversed(range(len(ages))):
            days = ages[at] * left[at] * whole + (risk[at] - ended[at]) * days
            ends = left[at] * whole + (risk[at] - ended[at]) * ends
            whole *= risk[at]
            if ends:
                found.append((ages[at], (days, ends)))
        found.reverse()
        return [age for age, _ in found], [mean for _, mean in found]

    def counted(self, period: int = 0, group: int = 0) -> tuple[int, int, int]:
        """Of one cell: how many ended as waited for, otherwise, and not yet."""
        ended, otherwise, there = self._all(self._place_of(period, group))
        return int(ended[1].sum()), int(otherwise[1].sum()), int(there[1].sum())

    def _quantile(self, period: int, group: int, share: Fraction) -> int | None:
        ages, _, _, shares = self.curve(period, group)
        wanted = float(1 - share) + NEAR
        pairs = zip(ages.tolist(), shares, strict=True)
        found = next((age for age, share in pairs if share <= wanted), None)
        if found is None or self._told_before_it_fell(period, group, float(share)):
            return found
        return None

    def _told_before_it_fell(self, period: int, group: int, share: float) -> bool:
        """Whether this share had ended before a fall to 0, whenever the rest of it would end."""
        fell = self.fell(period, group)
        if fell is None:
            return True
        ages, risk, left, ended = (part.tolist() for part in self.risks(period, group))
        rest, came = 1.0, 0.0
        for at, age in enumerate(ages):
            if age < fell[0]:
                came += rest * left[at] / risk[at]
                rest *= 1 - ended[at] / risk[at]
        return came >= share * (came + rest) - NEAR

    def quantile(self, share: float | Fraction | str) -> int | float | None:
        """The age by which this share has ended; None where so many were never seen to."""
        self._only()
        wanted = Fraction(str(share))
        if not 0 <= wanted <= 1:
            raise SalesMetricsError(f"a share between 0 and 1 is expected, not {share}")
        return self._read(self._told(0, 0, wanted))

    def _told(self, period: int, group: int, share: Fraction) -> int | None:
        """A quantile, where enough were followed so far."""
        found = self._quantile(period, group, share)
        if found is None or not self.certain:
            return found
        thin = self._thinnest(period, group, found)
        enough = thin is None or thin[1] >= FEWEST
        return found if enough and self._too_little(period, group) is None else None

    @property
    def median(self) -> int | float | None:
        """The age by which half has ended; None where so many were never seen to."""
        return self.quantile(Fraction(1, 2))

    @property
    def p75(self) -> int | float | None:
        return self.quantile(Fraction(3, 4))

    @property
    def p90(self) -> int | float | None:
        return self.quantile(Fraction(9, 10))

    def restricted_mean(self, days: int | None = None) -> float | None:
        """The mean of the days it lasts, counting none beyond `days` (the longest seen).

        Of what is read in hours the mean is in hours, and a day is 24 of them.
        """
        self._only()
        until = days if days is None or self.per == 1 else int(days * 24 / self.per)
        return self._restricted_mean(0, 0, until)

    def _restricted_mean(self, period: int, group: int, days: int | None = None) -> float | None:
        longest = self.longest(period, group)
        if longest is None or self.fell(period, group) is not None:
            return None
        until = longest if days is None else days
        if not len(self._ages(self.otherwise, self._place_of(period, group))[0]):
            exact = self.exact_mean(until, period, group)
            return None if exact is None else float(exact * self.per)
        ages, _, _, shares = self.curve(period, group)
        mean, before, share = 0.0, 0, 1.0
        for age, after in zip(ages.tolist(), shares, strict=True):
            if age >= until:
                break
            mean, before, share = mean + share * (age - before), age, after
        return (mean + share * (until - before)) * float(self.per)

    def _all(self, cell: int) -> list[tuple[Int64, Int64]]:
        return [self._ages(getattr(self, name), cell) for name in KINDS[:3]]

    def values(self, share: float | Fraction = Fraction(1, 2)) -> npt.NDArray[np.float64]:
        """A quantile of every cell at once, periods by groups; NaN where undefined."""
        wanted, shape = Fraction(str(share)), (len(self.periods), len(self.groups))
        cells, risks = shape[0] * shape[1], self._risks()
        found = risks.ages_until(float(1 - wanted) + NEAR, cells)
        for cell, (age, _) in risks.falls.items():
            if not found[cell] < age:
                found[cell] = np.nan
        # Those of which more has to be asked are read one by one.
        for cell in range(cells) if self.certain else self._with_otherwise():
            told = self._told(*divmod(cell, shape[1]), wanted)
            found[cell] = np.nan if told is None else told
        in_unit = found * self.per.numerator / self.per.denominator
        return self._begun(in_unit.reshape(shape))

    def _with_otherwise(self) -> list[int]:
        """The cells in which something ended otherwise."""
        return sorted({*(self.otherwise.read()[0] >> BITS).tolist()})

    def _figure(self, period: int, group: int) -> Cell:
        ended, otherwise, open_ = self.counted(period, group)
        n = ended + otherwise + open_
        excluded = {why: int(counts[period, group]) for why, counts in self.excluded_rows.items()}
        found, reason = self._told(period, group, Fraction(1, 2)), None
        value = self._read(found)
        assumed: dict[Reason, int] = {}
        if value is None:
            reason = self._why_none(period, group, n)
        elif (few := self._too_little(period, group)) is not None and few.code != "still_open":
            assumed[few] = int(few.params["least"])
        mean = None if self.certain and value is None else self._restricted_mean(period, group)
        return Cell(
            group=self.groups[group],
            period=self.periods[period],
            value=value,
            exact=found if found is None or self.per == 1 else found * self.per,
            numerator=mean,
            denominator=ended,
            n=n,
            excluded={why: count for why, count in excluded.items() if count},
            assumed=assumed,
            reason=reason,
            statistics={
                "mean": mean,
                "median": value,
                "p75": self._read(self._told(period, group, Fraction(3, 4))),
                "p90": self._read(self._told(period, group, Fraction(9, 10))),
            },
            undecided=open_,
            unfinished=self.unfinished(self.periods[period]),
        )

    def _why_none(self, period: int, group: int, n: int) -> Reason:
        if not n:
            return Reason("none_in_period", what=self.evidence.what)
        if self.certain and (few := self._too_little(period, group)) is not None:
            return few
        if (fell := self.fell(period, group)) is not None:
            age = self._told_age(fell[0])
            return Reason(FELL_TO_0[self.per == 1], age=age, later=fell[1])
        return Reason("few_ended", count=Reason("counted", n=n, rows=self.evidence.what))

    def read_at(self, periods: tuple[Period, ...]) -> Self:
        """Only the periods that were asked for: others need the rows themselves."""
        raise SalesMetricsError("what lasts through periods is not cut anew; ask for the periods")
