"""What rules find, a second way: figure by figure, in plain Python, of companies at random."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from math import factorial, sqrt
from random import Random
from statistics import fmean, stdev
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics import Rule
from salesmetrics.forecast.special_functions import t_cdf
from salesmetrics.insight import control_limits as limits
from salesmetrics.insight.aims import Goals
from salesmetrics.insight.compare import newcombe
from salesmetrics.insight.watched import Watched
from salesmetrics.insight.watching import Watching
from salesmetrics.reasons import Reason

DAY = timedelta(days=1)
LAST = date(2024, 12, 31)
PERIODS = ("2024-12", "2024-11", "2024-Q4", "2025-01")
BY = ("owner",)
BETTER = {
    "lead_volume": "higher", "win_rate": "higher", "bookings": "higher", "open_deals": "higher",
    "sales_cycle": "lower", "lost_deals": "lower",
}  # fmt: skip


@cache
def company(seed: int) -> sm.CRM:
    """Thirty months; of bo only some, and the last month may be a running one."""
    draw = Random(seed)
    known = LAST - draw.choice([0, 0, 9, 20]) * DAY
    leads, deals = [], []
    for back in range(900):
        day = known - back * DAY
        for owner, share in (("ana", 0.5 if back > 60 else 0.9), ("bo", 0.2 if back < 500 else 0)):
            if draw.random() < share:
                leads.append({"id": len(leads), "created_at": day, "owner": owner})
            if draw.random() < share:
                won = draw.random() < (0.4 if back > 40 else 0.1)
                deals.append(
                    {"id": len(deals), "created_at": day - draw.randrange(1, 40) * DAY,
                     "closed_at": day, "outcome": "won" if won else "lost", "owner": owner,
                     "amount": draw.randrange(0, 90)}
                )  # fmt: skip
    deals += [
        {"id": f"o{at}", "created_at": known - draw.randrange(900) * DAY, "outcome": "open",
         "owner": draw.choice(["ana", "bo"]), "amount": 5}
        for at in range(40)
    ]  # fmt: skip
    leads.append({"id": "last", "created_at": known, "owner": "ana"})
    return sm.CRM(leads=leads, deals=deals, currency="EUR")


def rules(kpi: str) -> Iterator[Rule]:
    every: dict[str, Any] = {"kpi": kpi}
    ways = ("worse", "better", "either", "higher", "lower")
    for way in ways:
        yield Rule("change", **every, beyond=0.1, direction=way)
        yield Rule("change", **every, beyond=0.05, clear_only=True, direction=way)
        yield Rule("declining", **every, times=2, direction=way)
        yield Rule("unusual", **every, direction=way, chance=0.2, baseline=18)
    for group in ({}, {"owner": "ana"}, {"owner": "bo"}, {"owner": "nobody"}):
        some: dict[str, Any] = {**every, "group": group, "by": None if group else "owner"}
        level = {"win_rate": 0.3, "bookings": 300}.get(kpi, 15)
        yield Rule("threshold", **some, above=level)
        yield Rule("threshold", **some, below=level, minimum=8)
        yield Rule("threshold", **some, above=level * 1.5, below=level)
        yield Rule("change", **some, beyond=0.1, against="year_before", direction="either")
        yield Rule("unusual", **some, seasonal=True, baseline=13, chance=0.3)
        yield Rule("missing", **some)
        yield Rule("pace", **some, behind=0.05, target=level * 2)
        if kpi != "bookings":  # it goes by its open deals
            yield Rule("forecast", **some, chance=0.6, target=level)


class Replay:
    """The rules of one company and period, cell by cell."""

    def __init__(self, crm: sm.CRM, period: sm.Period) -> None:
        self.crm, self.period, self.known = crm, period, crm.leads.known.day
        self.through = date(1970, 1, 1) + self.known * DAY
        self.over = period.end <= self.through + DAY
        self.begun = period.start <= self.through
        self.now = period.to_date(self.through) if self.begun and not self.over else period

    def told(self, rule: Rule) -> list[Any]:
        if not self.begun:
            return [((), "not_begun")]
        return list(getattr(self, rule.kind)(rule))

    def before(self, many: int) -> list[sm.Period]:
        found = [self.now]
        for _ in range(many):
            found.append(found[-1].previous())
        return found[:0:-1]

    def groups(self, rule: Rule, periods: list[sm.Period]) -> list[Any]:
        """Each group's label with its result and its cells; of a group not there, why not."""
        by = BY if rule.by or rule.group else ()
        result = self.crm.kpi(rule.kpi, list(dict.fromkeys(periods)), by=by or None)
        places = [result.periods.index(one) for one in periods]
        wanted = rule.group.get("owner")
        found = [
            (label, result, [result.cell(place, at) for place in places])
            for at, label in enumerate(result.groups)
            if wanted is None or label == (wanted,)
        ]
        return found or [(("nobody",), result, "not_in_data")]

    def known_now(self, rule: Rule, periods: list[sm.Period]) -> list[Any]:
        found = []
        for label, result, cells in self.groups(rule, periods):
            told = cells
            if not isinstance(cells, str):
                last = cells[-1]
                if last.value is None:
                    told = last.reason.code
                elif last.n < rule.minimum:
                    told = "fewer_than_minimum"
            found.append((label, result, told))
        return found

    def each(self, rule: Rule, periods: list[sm.Period], judge: Any) -> Iterator[Any]:
        for label, result, cells in self.known_now(rule, periods):
            yield label, cells if isinstance(cells, str) else judge(result, cells)

    def moves(self, rule: Rule, step: float) -> bool:
        """Whether a step goes the way that the rule names."""
        way = rule.direction or ("either" if rule.kind == "unusual" else "worse")
        if way in ("worse", "better"):
            up = (BETTER[rule.kpi] == "higher") == (way == "better")  # type: ignore[index]
            way = "higher" if up else "lower"
        return step != 0 if way == "either" else step > 0 if way == "higher" else step < 0

    def threshold(self, rule: Rule) -> Iterator[Any]:
        def judge(result: Any, cells: Any) -> Any:
            value = cells[0].value
            if rule.above is not None and value > rule.above:
                return True, "above", rule.above
            if rule.below is not None and value < rule.below:
                return True, "below", rule.below
            code = "above" if rule.below is None else "below"
            return False, code, getattr(rule, code)

        return self.each(rule, [self.now], judge)

    def change(self, rule: Rule) -> Iterator[Any]:
        then = self.period.previous() if rule.against == "previous" else self.period.year_before()
        if not self.over:
            then = then.to_date(then.start + (self.now.days - 1) * DAY)

        def judge(result: Any, cells: Any) -> Any:
            old, new = cells
            if old.value is None:
                return "base_undefined"
            rate = result.unit == "proportion"
            if not rate and old.value <= 0:
                return "base_zero" if old.value == 0 else "base_negative"
            moved = new.value - old.value if rate else new.value / old.value - 1
            room = None
            if rate:
                low, high = newcombe(
                    (new.numerator, new.denominator), (old.numerator, old.denominator), 0.95
                )
                room = (high - low) / 2
            elif rule.kpi in ("lead_volume", "open_deals", "lost_deals"):
                room = 1.96 * sqrt(new.n + old.n) / old.n
            fires = self.moves(rule, moved) and abs(moved) > rule.beyond
            if rule.clear_only and room is not None and abs(moved) <= room:
                fires = False
            return fires, "change", moved, room

        return self.each(rule, [then, self.now], judge)

    def declining(self, rule: Rule) -> Iterator[Any]:
        def judge(result: Any, cells: Any) -> Any:
            course = [cell.value for cell in cells]
            if None in course:
                return "base_undefined"
            steps = [course[at + 1] - course[at] for at in range(rule.times)]
            fires = all(self.moves(rule, step) for step in steps)
            return fires, "declining", tuple(course), 1 / factorial(rule.times + 1)

        return self.each(rule, [*self.before(rule.times), self.now], judge)

    def pace(self, rule: Rule) -> Iterator[Any]:
        def judge(result: Any, cells: Any) -> Any:
            if rule.kpi not in ("lead_volume", "bookings", "lost_deals"):
                return "no_flow"
            share = 1.0 if self.over else self.now.days / self.period.days
            expected = rule.target * share
            behind = 1 - float(cells[0].value) / expected
            if rule.kpi == "lost_deals":
                behind = -behind
            return behind > rule.behind, "pace", behind, expected

        return self.each(rule, [self.now], judge)

    def forecast(self, rule: Rule) -> Iterator[Any]:
        if self.over:
            yield (), "period_ended"
            return
        parts = self.before(12)
        wholes = [self.period]
        for _ in parts:
            wholes.append(wholes[-1].previous())
        wholes = wholes[:0:-1]

        def judge(result: Any, cells: Any) -> Any:
            if rule.kpi not in ("lead_volume", "lost_deals"):
                return "no_flow"
            some = [(cells[at], cells[12 + at]) for at in range(12) if cells[at].n]
            rests = [whole.value - part.value for whole, part in some]
            if len(rests) < 4:
                return "short_baseline"
            left = rule.target - cells[-1].value
            spread = stdev(rests) * sqrt(1 + 1 / len(rests))
            less = rule.kpi == "lost_deals"
            if spread:
                below = t_cdf((left - fmean(rests)) / spread, len(rests) - 1)
                chance = below if less else 1 - below
            else:
                chance = float(fmean(rests) <= left if less else fmean(rests) >= left)
            return chance < rule.chance, "forecast", chance, len(rests)

        yield from self.each(rule, [*wholes, *parts, self.now], judge)

    def missing(self, rule: Rule) -> Iterator[Any]:
        for label, _, cells in self.groups(rule, [*self.before(1), self.now]):
            if isinstance(cells, str):
                yield label, cells
            else:
                yield label, (cells[1].n == 0 and cells[0].n > 0, "no_rows", cells[0].n)

    def unusual(self, rule: Rule) -> Iterator[Any]:
        lag = 0
        if rule.seasonal:
            lag = 12 if self.period.unit == "month" else 4
        if not self.over and lag:
            lag = round(365.25 / self.period.days)

        def judge(result: Any, cells: Any) -> Any:
            while cells and not cells[0].n:
                cells = cells[1:]
            if len(cells) <= 1:
                return "nothing_there"
            if any(cell.value is None for cell in cells):
                return "base_undefined"
            values, times = [float(cell.value) for cell in cells], 1.0
            side: Any = "either"
            if rule.direction not in (None, "either"):
                side = "above" if self.moves(rule, 1) else "below"
            if rule.kpi == "win_rate" and not lag:
                found = limits.judged_rate(
                    [cell.numerator for cell in cells], [cell.denominator for cell in cells],
                    side, rule.chance,
                )  # fmt: skip
            elif rule.kpi == "open_deals" or lag:
                step = lag or 1
                if len(values) <= step:
                    return "short_baseline"
                if min(values[:-1]) <= 0:
                    return "baseline_not_above_zero"
                growth = [values[at] / values[at - step] for at in range(step, len(values))]
                found, times = limits.judged_log(growth, side, rule.chance), values[-1 - step]
            elif rule.kpi in ("lead_volume", "lost_deals"):
                found = limits.judged_count([int(one) for one in values], side, rule.chance)
            else:
                found = limits.judged_log(values, side, rule.chance)
            if isinstance(found, Reason):
                return found.code
            high = values[-1] > found.expected * times
            word = "shift" if found.shift else "unusual"
            edge = found.high if high else found.low
            limit = None if edge is None else edge * times
            return found.fires, f"{word}_{'high' if high else 'low'}", found.expected * times, limit

        return self.each(rule, [*self.before(rule.baseline + lag), self.now], judge)


FACTS = {
    "threshold": ("limit",), "change": ("change", "noise"), "declining": ("course",),
    "pace": ("behind", "expected"), "forecast": ("chance", "periods"), "missing": ("base_n",),
    "unusual": ("expected", "limit"),
}  # fmt: skip


@pytest.mark.parametrize("asked", PERIODS)
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kpi", BETTER)
def test_rules_find_what_plain_python_finds(seed: int, asked: str, kpi: str) -> None:
    crm, period = company(seed), sm.period(asked)
    watching, replay = Watching(crm, period, Goals(()), {}), Replay(crm, period)
    for rule in rules(kpi):
        found = []
        for one in watching.of(rule):
            label = tuple(one.group.values())
            if isinstance(one, Watched):
                facts = [one.facts[name] for name in FACTS[rule.kind]]
                facts += [one.chance] * (rule.kind == "declining")
                found.append((label, (one.fires, one.code, *facts)))
            else:
                found.append((label, one.reason.code))
        wanted = replay.told(rule)
        assert [label for label, _ in found] == [label for label, _ in wanted], rule
        for (_, mine), (_, other) in zip(found, wanted, strict=True):
            if isinstance(other, str):
                assert mine == other, rule
                continue
            assert mine[:2] == other[:2], (rule, mine, other)
            for a, b in zip(mine[2:], other[2:], strict=True):
                assert a == (b if isinstance(b, str | None) else pytest.approx(b)), (rule, mine)
