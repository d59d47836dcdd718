"""How long customers stay: renewals counted by customer, a curve fitted, and what is to come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ...columns import Codes, Times
from ...days import NEVER, day_number
from ...errors import NeedsError, SalesMetricsError, shown
from ...forecast.retention import (
    RenewalCounts,
    RetentionCurve,
    discounted_renewals,
    fit_retentions,
    shares_there,
)
from ...forecast.undefined import Undefined
from ...money import digits
from ...periods import ALL_TIME, Period, Periods, as_periods
from ...reasons import Reason, column_needed, named, reason_told
from ...results import Axes, Cell
from ...results.estimate import Estimate, estimated_cell, float_or_none
from ...tables import IntoSubscriptions, Subscriptions
from ...tables.deal_lives import known_numbers
from ...tables.grouping import By, as_by, grouping
from ...tables.ties import in_turn
from ..planning import given_share

__all__ = ["fitted_retention", "lifetime_value"]

GRACE = 30  # days after a term within which a renewal may begin
YEAR = 365.25
SHOWN = (1, 2, 3, 5)  # renewals at which the share still there stands beside the figure
TERMS = 10  # of which a customer stays so many
AHEAD = 12  # renewals of the curve
Days = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Renewing:
    """One entry a customer: its first start and its group; and the rows of each."""

    table: Subscriptions
    first: Days
    group: Days
    code: Days  # of each paying row
    start: Days
    end: Days
    annual: npt.NDArray[np.float64]
    groups: tuple[tuple[Any, ...], ...]
    today: int

    @classmethod
    def of(cls, given: IntoSubscriptions, by: By) -> _Renewing:
        """Customers by their subscriptions that were paid."""
        table = Subscriptions.of(given)
        if table.known is None:
            raise NeedsError(
                Reason("argument", name="as_of"), "up to when events are known? use .as_of(...)"
            )
        if not table.has("ended_at"):
            raise NeedsError(
                column_needed("subscriptions", "ended_at"), "who left is told by ends of contracts"
            )
        grouped = grouping(table, as_by(by))
        paying = table.paying & (table.times("started_at").days != NEVER)
        customer = table.codes("customer")
        assert isinstance(customer, Codes)
        rows = np.flatnonzero(paying & (customer.codes != 0))
        began = table.times("started_at")
        rows = in_turn(table, rows, customer.codes[rows], began.seconds[rows])
        start, end = _days(began)[rows], _days(table.times("ended_at"))[rows]
        code = customer.codes[rows].astype(np.int64)
        begins = np.ones(len(code), dtype=bool)
        begins[1:] = code[1:] != code[:-1]
        number = np.cumsum(begins) - 1
        mine = np.zeros(len(rows), np.int64) if grouped.codes is None else grouped.codes[rows]
        # A customer's group is that of the first subscription; of several at one moment, of the
        # one that is first by what it says.
        if grouped.allowed is not None:
            mine = np.where(grouped.allowed[rows], mine.astype(np.int64), -1)
        annual = np.full(len(rows), np.nan)
        if table.has("annual_amount"):
            annual = known_numbers(table.numbers("annual_amount"))[rows]
        return cls(
            table, start[begins], np.asarray(mine[begins], dtype=np.int64), number, start, end,
            annual, grouped.groups, table.known.day,
        )  # fmt: skip

    def counts(self, period: Period, term_months: int) -> list[RenewalCounts]:
        """By group, up for each renewal by what is known, and those who left at it, for good or
        for long."""
        still, at_risk, left = self._started(period), [], []
        customers = self._by_group(still).tolist()
        renewal = 0
        while still.any():
            renewal += 1
            due = self.first + round(renewal * term_months * YEAR / 12)
            grace = min(GRACE, int(term_months * YEAR / 12 / 4))
            seen = still & (due + grace <= self.today)
            active = (self.start <= (due + grace)[self.code]) & (self.end > due[self.code])
            there = np.zeros(len(self.first), dtype=bool)
            there[self.code[active]] = True
            at_risk.append(self._by_group(seen))
            left.append(self._by_group(seen & ~there))
            still = seen & there
        size = len(self.groups)
        shape = len(at_risk), size
        up, gone = (np.array(each, np.float64).reshape(shape) for each in (at_risk, left))
        last = np.count_nonzero(up, axis=0).tolist()  # nobody is up after one nobody was up for
        return [
            RenewalCounts(up[: last[g], g].copy(), gone[: last[g], g].copy(), float(customers[g]))
            for g in range(size)
        ]

    def _started(self, period: Period) -> npt.NDArray[np.bool_]:
        """Customers of a group whose first subscription began before the period's end."""
        inside = self.group >= 0
        if period != ALL_TIME:
            inside &= self.first < day_number(period.end)
        return np.asarray(inside)

    def _by_group(self, those: npt.NDArray[np.bool_]) -> Days:
        return np.bincount(self.group[np.flatnonzero(those)], minlength=len(self.groups))

    def worth(self, period: Period) -> list[tuple[float, int]]:
        """By group, the recurring amount a year of those paying now, and how many they are, of
        known amounts."""
        now = (self.start <= self.today) & (self.end > self.today)
        now &= self._started(period)[self.code] & ~np.isnan(self.annual)
        rows = np.flatnonzero(now)
        paying = np.zeros(len(self.first), dtype=bool)
        paying[self.code[rows]] = True
        of = self.group[self.code[rows]]
        order = np.argsort(of, kind="stable")
        ends = np.searchsorted(of[order], np.arange(len(self.groups)), side="right")
        each = np.split(self.annual[rows[order]], ends)
        many = self._by_group(paying).tolist()
        return [(float(annual.sum()), many[g]) for g, annual in enumerate(each[: len(many)])]


def _days(times: Times) -> Days:
    return np.where(times.days == NEVER, NEVER * 2, times.days.astype(np.int64))


def _checked(term_months: Any, discount: Any) -> float:
    """The discount of one term, from that of a year."""
    if isinstance(term_months, bool) or not isinstance(term_months, int) or term_months < 1:
        raise SalesMetricsError(f"term_months is {shown(term_months)}; give whole months from 1")
    if isinstance(discount, bool) or not isinstance(discount, (int, float)) or discount < 0:
        raise SalesMetricsError(f"discount is {shown(discount)}; give a yearly rate, such as 0.1")
    return float((1 + discount) ** (term_months / 12) - 1)


def fitted_retention(
    given: IntoSubscriptions, period: Periods | str, by: By, term_months: int, discount: float
) -> Estimate:
    """The curve of each period's customers, by group."""
    rate, found = _checked(term_months, discount), _Renewing.of(given, by)
    fits = _fits(found, period, term_months)
    periods = as_periods(period)
    axes = Axes(periods, as_by(by), found.groups, non_additive=("period", *as_by(by)))
    told = _told([fit for row in fits for fit in row], rate)
    cells = tuple(
        tuple(_cell(axes, p, g, fits[p][g], *next(told)) for g in range(len(found.groups)))
        for p in range(len(periods))
    )
    facts = tuple(tuple({"method": fit.method} for fit in row) for row in fits)
    result = _estimate(found, axes, "terms", cells, facts, fits)
    if len(periods) == 1 and not axes.by:
        return replace(result, tables={"curve": _curve(result, fits[0][0])})
    return result


def _fits(found: _Renewing, period: Periods | str, term_months: int) -> list[list[RetentionCurve]]:
    """The curve of each period's customers, by group; of the same counts it is fitted once."""
    counts = [found.counts(one, term_months) for one in as_periods(period)]
    known: dict[Any, RetentionCurve] = found.table.kept.setdefault("retention curves", {})
    new = {_key(one): one for row in counts for one in row if _key(one) not in known}
    known |= zip(new, fit_retentions([*new.values()]), strict=True)
    return [[known[_key(one)] for one in row] for row in counts]


def _key(counts: RenewalCounts) -> tuple[bytes, bytes, float]:
    return counts.at_risk.tobytes(), counts.left.tobytes(), counts.customers


def _estimate(
    found: _Renewing, axes: Axes, unit: str, cells: Any, facts: Any, fits: Any, money: Any = None
) -> Estimate:
    notes = [
        reason_told(flag.code, flag.params) for row in fits for fit in row for flag in fit.flags
    ]
    seen = max((len(fit.counts.at_risk) for row in fits for fit in row), default=0)
    if seen and not all(fit.undefined for row in fits for fit in row):
        notes.append(Reason("extrapolated", renewals=seen))
    source = found.table.during("started_at", axes.periods).count().evidence
    evidence = source.put_together("retention curve")
    return Estimate(axes, evidence, unit, cells, money, facts, tuple(dict.fromkeys(notes)))


def _told(fits: list[RetentionCurve], rate: float) -> Iterator[tuple[Any, ...]]:
    """What each curve says of the terms to come: within ten, in all, discounted, and its shares."""
    return zip(
        discounted_renewals(fits, 0, 0.0, within=TERMS - 1),
        discounted_renewals(fits, 0, 0.0),
        discounted_renewals(fits, 0, rate, timing="after"),
        shares_there(fits, SHOWN).tolist(),
        strict=True,
    )


def _cell(
    axes: Axes, p: int, g: int, fit: RetentionCurve, within: float | Undefined,
    life: float | Undefined, rest: float | Undefined, share: list[float],
) -> Cell:  # fmt: skip
    value = None if isinstance(within, Undefined) else 1 + within
    parts: dict[str, Any] = {
        "terms_of_10": value,
        "lifetime_terms": None if isinstance(life, Undefined) else 1 + life,
        "discounted_terms": None if isinstance(rest, Undefined) else 1 + rest,
        "customers": int(fit.counts.customers),
        "renewals_seen": int(fit.counts.at_risk.sum()),
        "left": int(fit.counts.left.sum()),
    }
    parts |= {f"after_{n}": float_or_none(s) for n, s in zip(SHOWN, share, strict=True)}
    why = fit.undefined
    reason = None if why is None else reason_told(why.code, why.params)
    return estimated_cell(axes, p, g, value, int(fit.counts.customers), reason, parts=parts)


def _curve(result: Estimate, fit: RetentionCurve) -> Estimate:
    """Share still there after each renewal: as seen (Kaplan-Meier) and as fitted, with interval."""
    ages = np.arange(1, AHEAD + 1)
    fitted, why = fit.survival(ages.astype(np.float64)), fit.undefined
    low, high = fit.interval(ages.astype(np.float64))
    kept = np.cumprod(1 - fit.counts.left / np.maximum(fit.counts.at_risk, 1))
    each = tuple((int(age),) for age in ages)
    axes = Axes(result.periods, ("renewal",), each, non_additive=("period", "renewal"))
    cells = tuple(
        estimated_cell(
            axes, 0, at, None if np.isnan(fitted[at]) else float(fitted[at]),
            int(fit.counts.at_risk[at]) if at < len(kept) else 0,
            None if why is None else reason_told(why.code, why.params),
            parts={
                "seen": float(kept[at]) if at < len(kept) else None,
                "fitted": None if np.isnan(fitted[at]) else float(fitted[at]),
                "low": float(low[at]),
                "high": float(high[at]),
                "at_risk": int(fit.counts.at_risk[at]) if at < len(kept) else 0,
            },
        )
        for at in range(AHEAD)
    )  # fmt: skip
    evidence = replace(result.evidence.put_together("renewals"), what=named("renewals"))
    return Estimate(axes, evidence, "proportion", (cells,))


def lifetime_value(
    given: IntoSubscriptions, period: Periods | str, by: By, margin: Any, term_months: int,
    discount: float,
) -> Estimate:  # fmt: skip
    """What a new customer is worth: a term's margin times the discounted terms that it stays."""
    rate, found, share = _checked(term_months, discount), _Renewing.of(given, by), margin
    kept = float(given_share("margin", share))
    if found.table.currency is None or not found.table.has("annual_amount"):
        raise NeedsError(column_needed("subscriptions", "amount"), "worth needs amounts")
    unit = 10 ** digits(found.table.currency)
    fits, periods = _fits(found, period, term_months), as_periods(period)
    axes = Axes(periods, as_by(by), found.groups, non_additive=("period", *as_by(by)))
    cells = []
    for p, one in enumerate(periods):
        row = []
        ahead = discounted_renewals(fits[p], 0, rate, timing="after")
        for g, (fit, (annual, paying)) in enumerate(zip(fits[p], found.worth(one), strict=True)):
            terms = ahead[g]
            why = terms if isinstance(terms, Undefined) else None
            reason = None if why is None else reason_told(why.code, why.params)
            if not paying and reason is None:
                reason = Reason("nobody_pays_now")
            each = annual / paying * term_months / 12 if paying else None
            good = reason is None and each is not None and not isinstance(terms, Undefined)
            value = each * kept * (1 + terms) / unit if good else None  # type: ignore[operator]
            parts = {
                "lifetime_value": value,
                "amount_per_term": None if each is None else each / unit,
                "margin": kept,
                "discounted_terms": None if isinstance(terms, Undefined) else 1 + terms,
                "paying_customers": paying,
            }
            n = int(fit.counts.customers)
            row.append(estimated_cell(axes, p, g, value, n, reason, parts=parts))
        cells.append(tuple(row))
    facts = tuple(tuple({"method": fit.method} for fit in row) for row in fits)
    return _estimate(found, axes, "money", tuple(cells), facts, fits, found.table.currency)
