"""Targets against what was reached: attainment, gap, and for flows the pace."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from ..catalog import entry
from ..crm import CRM
from ..errors import SalesMetricsError
from ..kpi import Better
from ..measuring import ASKED, MeasuredKpi, Wanted
from ..periods import Period
from ..reasons import Reason
from ..results import Distribution, Result, Total
from ..worktime import WorkCalendar
from .aims import Goal, Goals, Replaced
from .goals import goals, read_targets
from .pace import Pace, pace_of
from .planned import SUMMED, given_out

__all__ = [
    "Attainment", "Goals", "Score", "Share", "attained", "base_period", "goals",
    "is_flow", "read_targets", "scored", "shares",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attainment:
    """How far a target is reached.

    `attainment` is actual / target, or target / actual where less is better; `gap` is actual -
    target; `met` is actual >= target, or <= where less is better.
    """

    kpi: str
    group: tuple[tuple[str, str], ...]
    period: Period
    target: Decimal | None  # None where what it is relative to is not known
    better: Better
    statistic: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    unit: str | None = None
    currency: str | None = None
    actual: Fraction | None = None
    attainment: Fraction | None = None
    gap: Fraction | None = None
    met: bool | None = None
    reason: Reason | None = None
    pace: Pace | None = None
    sum_of: str | None = None  # the periods, or the owners, whose targets it sums
    given_out: Decimal | None = None  # what the targets of its owners (teams) sum to, if not to it
    given_to: str | None = None
    instead_of: tuple[Replaced, ...] = ()  # other targets of the same, set for wider spans
    full: Decimal | None = None  # the target before the ramp of a new owner, where that is another
    ramped: bool | None = None  # of an owner's quota: whether the ramp was over at the start


@dataclass(frozen=True, slots=True)
class Share:
    """Of the owners (teams, ...) with a target for a KPI: how many are at it.

    `ramped_met` of `ramped_of` are those whose first months were over when the period began, where
    some are on a ramp.  `attainment` is what they reached together / what their targets sum to: the
    mean attainment weighted by the target, of counts and money.
    """

    kpi: str
    period: Period
    by: str
    met: int
    of: int
    undefined: int  # with a target, but without a figure; in neither number
    ramped_met: int | None = None
    ramped_of: int | None = None
    attainment: Fraction | None = None

    @property
    def value(self) -> float | None:
        return self.met / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Score:
    """The weighted mean of attainments: 종합 달성도."""

    period: Period
    exact: Fraction | None  # each KPI between 0 and the cap
    parts: Mapping[str, Fraction]
    left_out: Mapping[str, Reason]  # KPIs whose attainment is undefined, and why
    uncapped: Fraction | None = None  # the same with attainments as they are
    cap: Fraction = Fraction(1)

    @property
    def value(self) -> float | None:
        return None if self.exact is None else float(self.exact)

    @property
    def of(self) -> int:
        """How many KPIs have a target; `parts` are those it is made of."""
        return len(self.parts) + len(self.left_out)


def attained(
    aims: Goals,
    periods: Sequence[Period],
    found: Mapping[Any, MeasuredKpi],
    needs: Mapping[Any, Reason],
    through: date | None,
    calendar: WorkCalendar | None,
    filtered: Collection[str],
    crm: CRM,
    apart: Mapping[Any, MeasuredKpi],
) -> tuple[tuple[Attainment, ...], tuple[Reason, ...]]:
    """Every target that one of the periods has, and what became of it; and which have none.

    Of figures that are `filtered` by some columns only targets that name these tell anything.
    """
    made, fitting = [], set()
    subjects = list({goal.subject: goal for goal in aims.each}.values())
    for at, period in enumerate(periods):
        for goal in subjects:
            key = Wanted(goal.entry).key
            own = apart.get(goal.subject) if goal.together else found.get(key)
            columns = () if goal.together else goal.columns
            result = None if own is None else own.results.get((columns, ASKED))
            adds = own is not None and is_flow(own.results[(), ASKED])
            timeless = goal.value is not None and goal.span is None and goal.unit is None
            if adds and timeless:
                raise SalesMetricsError(
                    f"the target of {goal.entry.name} names no period, but what a month adds up to "
                    "is not what a year does; give period = '2017-Q4', or 'month' for every month"
                )
            chosen = aims.chosen(goal.subject, period, adds)
            if chosen is None:
                continue
            fitting.add(goal.subject)
            wanted, why_none = chosen.value, None
            if wanted is None:
                wanted, why_none = _relative(chosen.goal, own, columns, period)
            known = Attainment(
                kpi=goal.entry.name,
                group=goal.group,
                period=period,
                target=wanted,
                better=chosen.goal.better,
                statistic=goal.target.statistic,
                given=dict(goal.target.given),
                sum_of=chosen.sum_of,
                instead_of=chosen.instead_of,
            )
            tenure = chosen.goal.tenure
            if tenure is not None and tenure.ramp is not None:
                full = None if chosen.full == wanted else chosen.full
                known = replace(known, full=full, ramped=tenure.ramped(period))
            elif tenure is not None:
                known = replace(known, ramped=True)
            if adds and not filtered:
                out = given_out(aims, crm, goal.entry.name, goal.group, period)
                if out is not None and out[0] != wanted:
                    known = replace(known, given_out=out[0], given_to=out[1])
            if why_none is not None:
                made.append(replace(known, reason=why_none))
            elif result is None:
                why = None if own is None else own.ungrouped.get(columns)
                made.append(
                    replace(
                        known, reason=why or Reason("needs", needs=needs.get(key, Reason("data")))
                    )
                )
            elif other := sorted({*filtered}.difference(goal.columns)):
                why = Reason("target_unfiltered", columns=", ".join(other))
                made.append(replace(known, reason=why))
            else:
                group = () if goal.together else goal.group
                begun = through if adds else None
                made.append(_reached(known, group, result, at, begun, calendar))
    return tuple(made), _elsewhere([g for g in aims.each if g.subject not in fitting], periods)


def _elsewhere(others: Sequence[Goal], periods: Sequence[Period]) -> tuple[Reason, ...]:
    """Targets of which none is for a period asked for: of which KPIs, and what they are for."""
    asked = tuple(period.label for period in periods)
    given = [one for one in others if not all(map(one.is_away, periods))]
    spans: dict[str, dict[str, None]] = {}
    for one in given:
        spans.setdefault(one.entry.name, {})[str(one.target.period)] = None
    alike = dict.fromkeys(tuple(each) for each in spans.values())
    return tuple(
        Reason(
            "targets_elsewhere",
            kpis=tuple(kpi for kpi, each in spans.items() if tuple(each) == there),
            asked=asked,
            there=there,
        )
        for there in alike
    )


def is_flow(result: Result) -> bool:
    """Whether it counts what happened, so that its days add up to the period."""
    return isinstance(result, Total) and not result.sums.stock


def _relative(
    goal: Goal, own: MeasuredKpi | None, columns: tuple[str, ...], period: Period
) -> tuple[Decimal | None, Reason | None]:
    """What the KPI was in the period before (or a year before), changed by the target's share."""
    base, change = str(goal.target.relative_to), goal.target.change or Decimal(0)
    result = None if own is None else own.results.get((columns, base))
    if result is None:
        return None, Reason("no_figure")
    labels = {tuple(map(str, group)): place for place, group in enumerate(result.groups)}
    wanted = () if goal.together else tuple(value for _, value in goal.group)
    before = base_period(period, base)
    places = [at for at, one in enumerate(result.periods) if one == before]
    if wanted not in labels or not places:
        return None, Reason("not_in_base")
    exact, why = _figure(result, places[0], labels[wanted], goal.target.statistic)
    if exact is None:
        return None, Reason("base_undefined", reason=why)
    found = exact * (1 + Fraction(change))
    if found < 0:
        return None, Reason("base_negative")
    return Decimal(found.numerator) / Decimal(found.denominator), None


def base_period(period: Period, base: str) -> Period | None:
    """The whole period that a target is relative to; None where there is no such one."""
    if base == "previous":
        return period.previous()
    try:
        return period.year_before()
    except SalesMetricsError:
        return None


def _reached(
    known: Attainment,
    group: tuple[tuple[str, str], ...],
    result: Result,
    at: int,
    through: date | None,
    calendar: WorkCalendar | None,
) -> Attainment:
    known = replace(known, unit=result.unit, currency=result.currency)
    wanted = tuple(value for _, value in group)
    labels = {tuple(map(str, each)): place for place, each in enumerate(result.groups)}
    if wanted not in labels:
        near = get_close_matches(" ".join(wanted), [" ".join(label) for label in labels], n=1)
        who = tuple(Reason("one_of_group", column=n, value=v) for n, v in group)
        guess = Reason("not_in_data_near", who=who, near=near[0]) if near else None
        return replace(known, reason=guess or Reason("not_in_data", who=who))
    exact, reason = _figure(result, at, labels[wanted], known.statistic)
    if exact is None:
        return replace(known, reason=reason)
    target, less = Fraction(known.target or 0), known.better == "lower"
    divided, by = (target, exact) if less else (exact, target)
    if target == 0:
        reason = Reason("target_zero")
    elif less and exact <= 0:  # met, beyond any share of it
        reason = Reason("figure_not_above_zero")
    return replace(
        known,
        actual=exact,
        attainment=None if target == 0 or (less and exact <= 0) else divided / by,
        gap=exact - target,
        met=exact <= target if less else exact >= target,
        reason=reason,
        pace=None if through is None else pace_of(exact, target, known.period, through, calendar),
    )


def _figure(
    result: Result, at: int, group: int, statistic: str | None
) -> tuple[Fraction | None, Reason | None]:
    cell = result.cell(at, group)
    exact = None if cell.exact is None else Fraction(cell.exact)
    if statistic is not None:
        if not isinstance(result, Distribution):
            raise SalesMetricsError(
                f"a target of the {statistic} is one of a distribution; {result.evidence.what} is "
                "none"
            )
        exact = result.statistics(at, group)[statistic]
    return exact, cell.why if exact is None else None


def shares(targets: Iterable[Attainment]) -> tuple[Share, ...]:
    """For each KPI, period and column of groups: how many groups are at target."""
    found: dict[tuple[str, Period, str], list[Attainment]] = {}
    for one in targets:
        if len(one.group) == 1:
            found.setdefault((one.kpi, one.period, one.group[0][0]), []).append(one)
    return tuple(_share(key, each) for key, each in found.items())


def _share(key: tuple[str, Period, str], each: Sequence[Attainment]) -> Share:
    told = [one for one in each if one.met is not None]
    ramped = [one for one in told if one.ramped]
    some = any(one.ramped is False for one in each)
    return Share(
        *key,
        met=sum(one.met is True for one in told),
        of=len(told),
        undefined=len(each) - len(told),
        ramped_met=sum(one.met is True for one in ramped) if some else None,
        ramped_of=len(ramped) if some else None,
        attainment=_together(told),
    )


def _together(each: Sequence[Attainment]) -> Fraction | None:
    """What all reached / what their targets sum to; None of what does not add up over groups."""
    if not all(entry(one.kpi).label.unit in SUMMED and one.better == "higher" for one in each):
        return None
    if any(one.statistic is not None or one.target is None for one in each):
        return None
    whole = sum((Fraction(one.target or 0) for one in each), Fraction(0))
    return sum((one.actual or Fraction(0) for one in each), Fraction(0)) / whole if whole else None


def scored(
    targets: Iterable[Attainment],
    weights: Mapping[str, Decimal] = MappingProxyType({}),
    cap: Decimal | None = None,
) -> tuple[Score, ...]:
    """The weighted mean attainment of the company's targets, by period.

    Formula: sum of weight x attainment / sum of weights, over the KPIs whose attainment is
    defined; the others are named.  Each attainment counts between 0 and the `cap` (1, if none is
    given), so that no KPI makes up for others beyond it.  A target of 0, or a figure of 0 or below
    where less is better, has no attainment: it counts the cap where the target is met, else 0.
    A KPI without a weight counts once; where weights are given, KPIs without one are not part of
    it.  Undefined where less than half of the weight is defined.
    """
    company = [one for one in targets if not one.group]
    limit = Fraction(1) if cap is None else Fraction(cap)
    made = []
    for period in dict.fromkeys(one.period for one in company):
        mine = [o for o in company if o.period == period and (not weights or o.kpi in weights)]
        if not mine:
            continue
        parts: dict[str, Fraction] = {}
        left_out: dict[str, Reason] = {}
        score = uncapped = defined = whole = Fraction(0)
        for one in mine:
            name = one.kpi + (f" ({one.statistic})" if one.statistic else "")
            name += "".join(f", {keyword}={value}" for keyword, value in one.given.items())
            weight = Fraction(weights.get(one.kpi, Decimal(1)))
            whole += weight
            reached = one.attainment
            if reached is None and one.met is not None:
                reached = limit if one.met else Fraction(0)
            if reached is None:
                left_out[name] = one.reason or Reason("undefined")
                continue
            parts[name] = min(max(reached, Fraction(0)), limit)
            score, uncapped = score + weight * parts[name], uncapped + weight * reached
            defined += weight
        enough = defined > 0 and 2 * defined >= whole
        made.append(
            Score(
                period,
                score / defined if enough else None,
                parts,
                left_out,
                uncapped / defined if enough else None,
                limit,
            )
        )
    return tuple(made)
