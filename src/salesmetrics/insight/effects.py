"""What doubtful rows do to the figures: every KPI with them and without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..catalog import Entry
from ..crm import CRM
from ..errors import SalesMetricsError
from ..history.known import latest_known
from ..measuring import ASKED, Wanted, measure
from ..periods import Period
from ..reasons import Reason, reason_of
from ..results import Cell, Result

__all__ = ["Effect", "Figures", "Measuring", "moved", "without"]


@dataclass(frozen=True, slots=True)
class Effect:
    """A KPI before and after the rows of a finding were left out, or mended and let in."""

    kpi: str
    period: Period
    before: Result
    after: Result

    @property
    def cells(self) -> tuple[Cell, Cell]:
        return self.before.rows()[0], self.after.rows()[0]

    @property
    def relative(self) -> float | None:
        """The change as a share of what it was; None where that is 0 or undefined."""
        before, after = self.cells
        if not before.value or after.value is None:
            return None
        return (after.value - before.value) / abs(before.value)

    def to_dict(self) -> dict[str, Any]:
        """In plain types; exact figures are text."""
        before, after = self.cells
        return {
            "kpi": self.kpi,
            "unit": self.before.currency or self.before.unit,
            "period": self.period.label,
            "before": before.value,
            "after": after.value,
            "before_exact": None if before.exact is None else str(before.exact),
            "after_exact": None if after.exact is None else str(after.exact),
            "before_n": before.n,
            "after_n": after.n,
            "relative": self.relative,
            "reason": None if after.reason is None else str(after.reason),
        }


@dataclass(frozen=True, slots=True)
class Figures:
    """Each KPI's result, and why others have none."""

    results: Mapping[str, Result]
    needs: Mapping[str, Reason]

    def and_those_of(self, other: Figures) -> Figures:
        return Figures({**self.results, **other.results}, {**self.needs, **other.needs})


@dataclass(frozen=True, slots=True)
class Measuring:
    """Which KPIs are computed, and of which periods: flows of one, stocks at the end of another."""

    entries: Sequence[Entry]
    flow: Period
    stock: Period | None
    given: Mapping[str, Any]

    def period_of(self, one: Entry) -> Period | None:
        return self.stock if one.label.needs_period else self.flow

    def of(self, world: CRM) -> Figures:
        """Every KPI that these tables support, as one figure."""
        found = Figures({}, {})
        needs: dict[str, Reason] = {}
        for period in dict.fromkeys((self.flow, self.stock)):
            same = [one for one in self.entries if self.period_of(one) == period]
            if period is None:
                reason = Reason("dated_event")
                needs |= {one.name: reason for one in same}
                continue
            try:
                more = self._together(same, period, world)
            except SalesMetricsError:  # one that refuses must not keep the others from counting
                more = Figures({}, {})
                for one in same:
                    more = more.and_those_of(self._alone(one, period, world))
            found = found.and_those_of(more)
        return found.and_those_of(Figures({}, needs))

    def _together(self, entries: Sequence[Entry], period: Period, world: CRM) -> Figures:
        wanted = [Wanted(one) for one in entries]
        found, needs = measure(world, wanted, {ASKED: (period,)}, self.given)
        # A KPI whose reading failed on the way is there without it: it has no figure to compare.
        results = {
            one.entry.name: found[one.key].results[(), ASKED]
            for one in wanted
            if one.key in found and ((), ASKED) in found[one.key].results
        }
        lacking = {
            one.entry.name: needs.get(one.key, Reason("no_figure"))
            for one in wanted
            if one.entry.name not in results
        }
        several = {name: Reason("several_figures") for name, r in results.items() if len(r) != 1}
        single = {name: result for name, result in results.items() if name not in several}
        return Figures(single, {**lacking, **several})

    def _alone(self, one: Entry, period: Period, world: CRM) -> Figures:
        try:
            return self._together([one], period, world)
        except SalesMetricsError as wrong:
            return Figures({}, {one.name: reason_of(wrong)})


def without(crm: CRM, table: str, rows: Any, ahead: bool) -> CRM:
    """The company without these rows; `ahead`: and with no more known than the others tell."""
    old = crm.tables[table]
    keep = np.ones(old.size, dtype=bool)
    keep[rows] = False
    tables = {**crm.tables, table: old.some(np.flatnonzero(keep))}
    if ahead:
        latest = latest_known(one.last_event() for one in tables.values())
        tables = {name: one.known_at(latest, latest) for name, one in tables.items()}
    return CRM._of_tables(tables)


def moved(before: Figures, after: Figures, measuring: Measuring) -> tuple[Effect, ...]:
    """The KPIs whose figure is another one."""
    found = []
    for one in measuring.entries:
        was, now = before.results.get(one.name), after.results.get(one.name)
        period = measuring.period_of(one)
        if was is None or now is None or period is None:
            continue
        a, b = was.rows()[0], now.rows()[0]
        if (a.exact, a.value) != (b.exact, b.value):
            found.append(Effect(one.name, period, was, now))
    return tuple(found)
