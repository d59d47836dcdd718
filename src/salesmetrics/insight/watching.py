"""What a rule finds in each group: the figures it needs, and the test of its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from math import factorial, isnan, sqrt
from typing import Any

import numpy as np

from ..catalog import entry
from ..crm import CRM
from ..days import EPOCH
from ..errors import NeedsError, PeriodError, SalesMetricsError
from ..forecast.special_functions import t_cdf
from ..measuring import Wanted, assumed_of
from ..periods import Period
from ..reasons import Reason, reason_of, tables_needed
from ..results import Cell, Result
from ..results.formats import RATES
from .aims import Goals
from .compare import base_of, newcombe
from .pace import pace_of
from .rules import Rule
from .targets import is_flow
from .unlike_before import FigureRows, periods_a_year, unlike_before
from .watched import Unwatched, Watched, watched

__all__ = ["Watching"]

BEFORE = 12  # periods whose rest a forecast reads
LEAST_BEFORE = 4


Found = Watched | Unwatched
Cells = list[Cell]


class Watching:
    """A company in one period: what is asked of it is measured once for all groups of a rule."""

    def __init__(
        self, crm: CRM, period: Period, aims: Goals, assumptions: Mapping[str, Any]
    ) -> None:
        self.crm: CRM = crm
        self.period: Period = period
        self.aims: Goals = aims
        self.assumptions: Mapping[str, Any] = assumptions
        known = crm.known
        self.through: date | None = None if known is None else date.fromordinal(known.day + EPOCH)
        over = self.through is None or period.end.toordinal() <= self.through.toordinal() + 1
        self.begun: bool = self.through is None or period.start <= self.through
        self.now: Period = period
        if not over and self.begun and self.through is not None:
            self.now = period.to_date(self.through)
        self.kinds: Mapping[str, Callable[[Rule], Iterator[Found]]] = {
            "threshold": self._threshold,
            "change": self._change,
            "declining": self._declining,
            "pace": self._pace,
            "forecast": self._forecast,
            "missing": self._missing,
            "unusual": self._unusual,
        }

    def of(self, rule: Rule) -> Iterator[Found]:
        """Every group that the rule speaks of."""
        if not self.begun:
            reason = Reason("not_begun", period=self.period.label, day=str(self.through))
            yield Unwatched(rule, {}, reason)
            return
        try:
            yield from self.kinds[rule.kind](rule)
        except (SalesMetricsError, PeriodError) as wrong:
            yield Unwatched(rule, {}, _why(wrong))

    # measuring -----------------------------------------------------------------------------------

    def _measured(self, rule: Rule, periods: list[Period]) -> Result:
        assert rule.kpi is not None
        by, asked = rule.columns or None, list(dict.fromkeys(periods))
        given = assumed_of(entry(rule.kpi), self.crm, self.assumptions)
        return self.crm.kpi(rule.kpi, asked, by=by, **{**given, **rule.given})

    def _groups(
        self, rule: Rule, result: Result
    ) -> Iterator[tuple[Mapping[str, Any], int] | Found]:
        """The groups of a result that the rule speaks of, each with its place."""
        columns, found = rule.columns, False
        for at, labels in enumerate(result.groups):
            group = dict(zip(columns, labels, strict=True))
            if all(str(group[name]) == str(value) for name, value in rule.group.items()):
                found = True
                yield group, at
        if not found and rule.group:
            who = tuple(
                Reason("one_of_group", column=n, value=str(v)) for n, v in rule.group.items()
            )
            yield Unwatched(rule, dict(rule.group), Reason("not_in_data", who=who))
        elif not found:
            yield Unwatched(rule, {}, Reason("nothing_there"))

    def _each(self, rule: Rule, periods: list[Period]) -> Iterator[tuple[Any, Any, Any] | Found]:
        """Each group with its cells; those that have no figure now, or too few rows, named."""
        result = self._measured(rule, periods)
        where = [result.periods.index(one) for one in periods]
        for one in self._groups(rule, result):
            if isinstance(one, (Watched, Unwatched)):
                yield one
                continue
            group, at = one
            cells = [result.cell(place, at) for place in where]
            if (why := _too_little(rule, cells[-1])) is not None:
                yield Unwatched(rule, group, why)
            else:
                yield result, group, cells

    def _before(self, many: int) -> list[Period]:
        """So many periods before, the earliest first; fewer where days end."""
        found = [self.now]
        for _ in range(many):
            try:
                found.insert(0, found[0].previous())
            except PeriodError:
                break
        return found[:-1]

    # kinds ---------------------------------------------------------------------------------------

    def _threshold(self, rule: Rule) -> Iterator[Found]:
        for one in self._each(rule, [self.now]):
            if isinstance(one, (Watched, Unwatched)):
                yield one
                continue
            result, group, (cell,) = one
            high = rule.above is not None and cell.value > rule.above
            low = rule.below is not None and cell.value < rule.below
            code = "above" if high or rule.below is None else "below"
            limit = rule.above if code == "above" else rule.below
            yield watched(result, group, cell, high or low, code, {"limit": limit})

    def _change(self, rule: Rule) -> Iterator[Found]:
        base = base_of(self.period, rule.against, self.through)
        if base.period is None:
            yield Unwatched(rule, {}, base.reason or Reason("undefined"))
            return
        for one in self._each(rule, [base.period, self.now]):
            if isinstance(one, (Watched, Unwatched)):
                yield one
                continue
            result, group, (then, cell) = one
            if then.exact is None:
                reason = Reason("base_undefined", reason=then.why)
                yield Unwatched(rule, group, reason)
                continue
            points = result.unit in RATES
            if not points and then.value <= 0:
                zero = then.value == 0
                yield Unwatched(rule, group, Reason("base_zero" if zero else "base_negative"))
                continue
            moved = cell.value - then.value if points else cell.value / then.value - 1
            room = _room(cell, then)
            wrong = _on_side(moved, rule.side) and abs(moved) > rule.beyond
            fires = wrong and not (rule.clear_only and room is not None and abs(moved) <= room)
            facts = {
                "change": moved, "points": points, "base": then.value,
                "base_period": base.period.label, "noise": room,
            }  # fmt: skip
            found = watched(result, group, cell, fires, "change", facts)
            yield replace(found, sees=room, points=points, baseline=1)

    def _declining(self, rule: Rule) -> Iterator[Found]:
        times = rule.times or 0
        before = self._before(times)
        if len(before) < times:
            yield Unwatched(rule, {}, Reason("short_baseline", n=len(before), least=times))
            return
        for one in self._each(rule, [*before, self.now]):
            if isinstance(one, (Watched, Unwatched)):
                yield one
                continue
            result, group, cells = one
            unknown = next((cell for cell in cells if cell.exact is None), None)
            if unknown is not None:
                reason = Reason("base_undefined", reason=unknown.why)
                yield Unwatched(rule, group, reason)
                continue
            course = [cell.value for cell in cells]
            steps = [b - a for a, b in pairwise(course)]
            fires = all(_on_side(step, rule.side) for step in steps)
            facts = {"times": times, "course": tuple(course)}
            found = watched(result, group, cells[-1], fires, "declining", facts)
            yield replace(found, chance=1 / factorial(times + 1), method="course", baseline=times)

    def _target(self, rule: Rule, group: Mapping[str, Any], adds: bool) -> Decimal | None:
        if rule.target is not None:
            return Decimal(str(rule.target))
        assert rule.kpi is not None
        key = Wanted(entry(rule.kpi)).key
        of = tuple(sorted((name, str(label)) for name, label in group.items()))
        return self.aims.of((key, of, None), self.period, adds)[0]

    def _aimed(self, rule: Rule, periods: list[Period]) -> Iterator[Any]:
        """Each group of a flow with its cells and its target."""
        for one in self._each(rule, periods):
            if isinstance(one, (Watched, Unwatched)):
                yield one
                continue
            result, group, cells = one
            if not is_flow(result):
                yield Unwatched(rule, group, Reason("no_flow"))
                continue
            target = self._target(rule, group, True)
            if target is None:
                yield Unwatched(rule, group, Reason("no_target_set"))
            elif target == 0:
                yield Unwatched(rule, group, Reason("target_zero"))
            else:
                yield result, group, cells, target

    def _pace(self, rule: Rule) -> Iterator[Found]:
        for one in self._aimed(rule, [self.now]):
            if isinstance(one, (Watched, Unwatched)):
                yield one
                continue
            result, group, (cell,), target = one
            through = self.through or self.period.end
            found = pace_of(cell.exact, target, self.period, through)
            if not found.expected:
                yield Unwatched(rule, group, Reason("no_day_gone"))
                continue
            ahead = float((found.ahead or 0) / found.expected)
            behind = -ahead if rule.side != "above" else ahead
            facts = {
                "target": float(target), "behind": behind, "elapsed": found.elapsed,
                "days": found.days, "expected": float(found.expected),
            }  # fmt: skip
            yield watched(result, group, cell, behind > (rule.behind or 0.0), "pace", facts)

    def _forecast(self, rule: Rule) -> Iterator[Found]:
        if self.now == self.period:
            yield Unwatched(rule, {}, Reason("period_ended"))
            return
        if rule.kpi == "bookings" and (found := self._by_deals(rule)) is not None:
            yield from found
            return
        parts = self._before(BEFORE)
        wholes = [part._whole or part for part in parts]
        for one in self._aimed(rule, list(dict.fromkeys([*wholes, *parts, self.now]))):
            if isinstance(one, (Watched, Unwatched)):
                yield one
                continue
            result, group, cells, target = one
            at = {cell.period: cell for cell in cells}
            rests = [
                at[whole].value - at[part].value
                for whole, part in zip(wholes, parts, strict=True)
                if at[whole].n
            ]
            if len(rests) < LEAST_BEFORE:
                reason = Reason("short_baseline", n=len(rests), least=LEAST_BEFORE)
                yield Unwatched(rule, group, reason)
                continue
            left = float(target) - cells[-1].value
            reaches = _chance_of(left, rests, rule.side == "above")
            facts = {"target": float(target), "chance": reaches, "periods": len(rests)}
            fires = reaches < rule.false_alarm
            yield watched(result, group, cells[-1], fires, "forecast", facts)

    def _by_deals(self, rule: Rule) -> list[Found] | None:
        """Of bookings the chance by the deals that are open; None where that cannot be told."""
        if len(rule.columns) > 1:
            return None
        aimed = list(self._aimed(rule, [self.now]))
        known = [one for one in aimed if not isinstance(one, (Watched, Unwatched))]
        of = {next(iter(group.values()), None): float(goal) for _, group, _, goal in known}
        target: Any = of if rule.columns else next(iter(of.values()), None)
        try:
            ahead = self.crm.kpi(
                "bookings_forecast", self.period, by=rule.columns or None, target=target
            )
        except SalesMetricsError:  # nothing to learn from: as much as came before
            return None
        chances = {cell.group: cell for cell in ahead.rows()}
        found: list[Found] = [one for one in aimed if isinstance(one, (Watched, Unwatched))]
        for result, group, cells, goal in known:
            cell = chances.get(tuple(group.values()))
            chance = None if cell is None else cell.parts.get("target_chance")
            if cell is None or chance is None:
                return None
            facts = {"target": float(goal), "chance": float(chance), "expected": cell.value}
            fires = float(chance) < rule.false_alarm
            found.append(watched(result, group, cells[-1], fires, "forecast_by_deals", facts))
        return found

    def _missing(self, rule: Rule) -> Iterator[Found]:
        if rule.table is not None:
            yield self._late(rule)
            return
        before = self._before(1)
        result = self._measured(rule, [*before, self.now])
        for one in self._groups(rule, result):
            if isinstance(one, (Watched, Unwatched)):
                yield one
                continue
            group, at = one
            then, cell = result.cell(0, at), result.cell(len(before), at)
            facts = {"base_n": then.n, "base_period": before[0].label if before else "-"}
            fires = cell.n == 0 and then.n > 0
            yield watched(result, group, cell, fires, "no_rows", facts)

    def _late(self, rule: Rule) -> Found:
        name = rule.table or ""
        if name not in self.crm.tables:
            return Unwatched(rule, {}, Reason("needs", needs=tables_needed(name)))
        last, known = self.crm.tables[name].last_event(), self.crm.known
        if last is None or known is None:
            return Unwatched(rule, {}, Reason("no_instant"))
        days = known.day - last.day
        facts = {
            "table": name,
            "last": date.fromordinal(last.day + EPOCH).isoformat(),
            "days": days,
        }
        size = self.crm.tables[name].size
        return Watched(days > (rule.days or 0), "late", {}, None, size, "days", None, facts)

    def _unusual(self, rule: Rule) -> Iterator[Found]:
        lag = periods_a_year(self.period) if rule.seasonal else 0
        periods = [*self._before(rule.baseline + lag), self.now]
        result = self._measured(rule, periods)
        places = [result.periods.index(one) for one in periods]
        courses = FigureRows(result, places)
        for one in self._groups(rule, result):
            if isinstance(one, (Watched, Unwatched)):
                yield one
                continue
            group, at = one
            last = result.cell(places[-1], at)
            if (why := _too_little(rule, last)) is not None:
                yield Unwatched(rule, group, why)
                continue
            course = courses.of(at)
            if len(course.values) <= 1:
                yield Unwatched(rule, group, Reason("nothing_there"))
                continue
            unknown = next((i for i, value in enumerate(course.values) if isnan(value)), None)
            if unknown is not None:
                why = result.cell(places[course.since + unknown], at).why
                reason = Reason("base_undefined", reason=why)
                yield Unwatched(rule, group, reason)
                continue
            yield unlike_before(rule, result, group, last, course, lag)


def _too_little(rule: Rule, last: Cell) -> Reason | None:
    """Why a figure cannot be judged: it is undefined, or of fewer rows than the rule asks for."""
    if last.exact is None:
        return last.why
    if last.n < rule.minimum:
        return Reason("fewer_than_minimum", n=last.n, least=rule.minimum)
    return None


def _on_side(moved: float, side: str) -> bool:
    return moved != 0 if side == "either" else moved < 0 if side == "below" else moved > 0


def _why(wrong: SalesMetricsError) -> Reason:
    return (
        wrong.needs
        if isinstance(wrong, NeedsError) and isinstance(wrong.needs, Reason)
        else (reason_of(wrong))
    )


def _room(cell: Cell, then: Cell) -> float | None:
    """How far chance alone moves it: Newcombe's of proportions, of counts that of their sum."""
    if cell.proportion:
        sides = [(int(one.numerator or 0), int(one.denominator or 0)) for one in (cell, then)]
        found = newcombe(sides[0], sides[1], 0.95)
        return None if found is None else (found[1] - found[0]) / 2
    if cell.value == cell.n and then.value == then.n and then.n:
        return 1.96 * sqrt(cell.n + then.n) / then.n
    return None


def _chance_of(left: float, rests: list[float], less: bool) -> float:
    """The chance that what is left of the target comes, by what came in as many days before."""
    n, mean = len(rests), float(np.mean(rests))
    spread = float(np.std(rests, ddof=1)) * sqrt(1 + 1 / n)
    if spread <= 0:
        reached = mean <= left if less else mean >= left
        return 1.0 if reached else 0.0
    below = t_cdf((left - mean) / spread, n - 1)
    return below if less else 1 - below
