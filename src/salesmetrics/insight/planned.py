"""What KPIs that need a target take it from: what the caller assumes, else the targets set.

A target is never split: the company's is no group's, a quarter's no month's.  Parts may sum to a
whole: months to their quarter, and owners to their team where it has no target of its own and
every owner of the roster has one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from ..crm import CRM
from ..days import EPOCH, NEVER, day_number
from ..errors import SalesMetricsError, shown
from ..metrics.planning import Targets
from ..models import Target
from ..periods import Period
from .aims import Goal, Goals
from .moves import team_stays
from .tenure import Tenure, ramp_of

__all__ = [
    "WON", "given_out", "members", "owners_sum", "planned_targets", "with_team_sums",
    "with_tenures",
]  # fmt: skip

WON = "bookings"
SUMMED = ("count", "money")
Columns = tuple[str, ...]
Filter = Mapping[str, Sequence[str]]


def planned_targets(
    assumed: Any, aims: Goals, crm: CRM, periods: Sequence[Period], filtered: Filter
) -> Targets | None:
    """What is to be won, by group and period; None where nothing says it.

    `assumed` is an amount of the periods asked for, or a table of them by column and value:
    `{"team": {"Seoul 1": 500_000_000}}`.  Of filtered figures the target is that of the filter.
    """
    goals = [goal for goal in aims.each if _of_what_is_won(goal)]
    if assumed is None and not goals:
        return None
    table = _table(assumed) if isinstance(assumed, Mapping) else {}
    whole = None if isinstance(assumed, Mapping) else assumed

    def amount(by: Columns, group: tuple[Any, ...], period: Period) -> Any:
        if not by and whole is not None and period in periods:
            return whole
        who = tuple(zip(by, map(str, group), strict=True))
        if any(len(labels) != 1 for labels in filtered.values()):
            return None  # of several together nothing is set
        both = {**{name: labels[0] for name, labels in filtered.items()}, **dict(who)}
        if len(both) == 1 and period in periods:
            ((name, label),) = both.items()
            if label in table.get(name, {}):
                return table[name][label]
        found, _ = aims.of_group(WON, tuple(sorted(both.items())), period)
        return found if found is not None else owners_sum(aims, crm, WON, both, period)

    def groups(by: Columns) -> tuple[tuple[Any, ...], ...]:
        own = [tuple(dict(goal.group)[n] for n in by) for goal in goals if {*goal.columns} == {*by}]
        if len(by) == 1:
            own += [(label,) for label in table.get(by[0], {})]
        return tuple(dict.fromkeys(own)) if by else ()

    told = [repr(assumed), *(f"{g.group}{g.target.period}{g.value}" for g in goals)]
    return Targets(amount, groups, " ".join(told))


def _of_what_is_won(goal: Goal) -> bool:
    named = goal.entry.name == WON and goal.target.statistic is None and not goal.target.given
    return named and (goal.span is not None or goal.unit is not None)


def _table(assumed: Mapping[Any, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, amounts in assumed.items():
        if not isinstance(amounts, Mapping):
            raise SalesMetricsError(
                f"target is {shown(assumed)}; give an amount, or by column and value, such as "
                '{"team": {"Seoul 1": 500000000}}'
            )
        found[str(name)] = {str(label): amount for label, amount in amounts.items()}
    return found


def owners_sum(
    aims: Goals, crm: CRM, kpi: str, group: Mapping[str, str], period: Period
) -> Decimal | None:
    """What the targets of a team's owners sum to, where every one of the roster has one."""
    if {*group} != {"team"}:
        return None
    each = _quotas(aims, crm, kpi, group["team"], period)
    known = [one for one in each if one is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(each) else None


def _quotas(aims: Goals, crm: CRM, kpi: str, team: str, period: Period) -> list[Decimal | None]:
    """What each of a team's owners has as a target, None without one.

    A target is never split: of who changes the team within a period each counts for the team of
    its own last day.
    """
    stays, found = team_stays(crm), []
    for owner in members(crm, team, period):
        chosen = aims.chosen_of_group(kpi, (("owner", owner),), period)
        amount = None if chosen is None else chosen.value
        if chosen is not None and amount is not None and owner in stays:
            mine = (part for part, when in chosen.parts if stays[owner].on_last_day(when) == team)
            amount = sum(mine, Decimal(0))
        found.append(amount)
    return found


def members(crm: CRM, team: str, period: Period) -> Collection[str]:
    """The owners of a team that the roster has for some of the period."""
    roster = crm.tables.get("owners")
    if roster is None or not roster.has("team"):
        return ()
    mine, stays = roster.is_label("team", team), team_stays(crm)
    if stays:
        each = zip(roster.ids(), mine.tolist(), strict=True)
        there = [team in stays[o].within(period) if o in stays else here for o, here in each]
        mine = np.array(there, dtype=bool)
    if roster.has("started_at"):
        began = roster.times("started_at")
        mine &= (began.days < day_number(period.end)) | (began.days == NEVER)
    if roster.has("ended_at"):
        mine &= roster.times("ended_at").days > day_number(period.start)
    return [who for who, here in zip(roster.ids(), mine.tolist(), strict=True) if here]


def teams_of(crm: CRM) -> list[str]:
    """The teams of the roster, those that everybody has left among them."""
    roster = crm.tables.get("owners")
    if roster is None or not roster.has("team"):
        return []
    now = [str(label) for label in roster.codes("team").labels_in_use() if label is not None]
    left = [team for one in team_stays(crm).values() for _, team in one.each if team is not None]
    return list(dict.fromkeys((*now, *left)))


def with_team_sums(aims: Goals, crm: CRM, periods: Sequence[Period]) -> Goals:
    """With the targets of teams that are their owners': they have none of their own."""
    teams, more = teams_of(crm), []
    for goal in {one.entry.name: one for one in aims.each if one.columns == ("owner",)}.values():
        kpi = goal.entry.name
        if goal.entry.label.adds_over != "rows time" or goal.entry.label.unit not in SUMMED:
            continue
        for team, period in ((team, period) for team in teams for period in periods):
            group = (("team", team),)
            total = owners_sum(aims, crm, kpi, dict(group), period)
            if total is not None and aims.of_group(kpi, group, period)[0] is None:
                target = Target(kpi=kpi, period=period.label, team=team, value=total)
                more.append(Goal(target, goal.entry, group, period, None, "owner"))
    return Goals((*aims.each, *more))


def with_tenures(aims: Goals, crm: CRM) -> Goals:
    """With how long each owner of a target is there, and on what ramp, as the roster says.

    Only of what adds up and is better the more there is: new owners carry a share of a quota, not
    of a rate, nor of a limit.
    """
    roster = crm.tables.get("owners")
    wanted = {dict(one.group).get("owner") for one in aims.each if _is_quota(one)} - {None}
    if roster is None or not roster.has("started_at"):
        return aims
    starts = roster.times("started_at").days.tolist()
    ends = [NEVER] * len(starts)
    if roster.has("ended_at"):
        ends = roster.times("ended_at").days.tolist()
    ramps: list[Any] = [None] * len(starts)
    if roster.has("ramp"):
        column = roster.codes("ramp")
        ramps = [column.labels[code] for code in column.codes.tolist()]
    found: dict[str, Tenure] = {}
    for who, start, end, text in zip(roster.ids(), starts, ends, ramps, strict=True):
        if who not in wanted:
            continue
        ramp = None if text is None else ramp_of(str(text), who)
        if ramp is not None and start == NEVER:
            raise SalesMetricsError(
                f"owner {shown(who)} has a ramp and no started_at; give the day that it begins on"
            )
        found[who] = Tenure(_day(start), _day(end), ramp)
    return Goals(
        tuple(
            replace(one, tenure=found.get(dict(one.group).get("owner", "")))
            if _is_quota(one)
            else one
            for one in aims.each
        )
    )


def _is_quota(one: Goal) -> bool:
    label = one.entry.label
    adds = label.adds_over == "rows time" and label.unit in SUMMED
    return adds and one.better == "higher" and not one.together and one.target.statistic is None


def _day(number: int) -> date | None:
    return None if number == NEVER else date.fromordinal(number + EPOCH)


def given_out(
    aims: Goals, crm: CRM, kpi: str, group: tuple[tuple[str, str], ...], period: Period
) -> tuple[Decimal, str] | None:
    """What the targets of a team's owners, or of the company's teams (else owners), sum to."""
    names = ("owner",) if dict(group).keys() == {"team"} else () if group else ("team", "owner")
    for name in names:
        of = [goal.group[0][1] for goal in aims.each
              if goal.entry.name == kpi and goal.columns == (name,)]  # fmt: skip
        if group:
            each = _quotas(aims, crm, kpi, group[0][1], period)
        else:
            each = [aims.of_group(kpi, ((name, who),), period)[0] for who in dict.fromkeys(of)]
        if name == "team" and of:  # a team without a target of its own has its owners'
            sums = (owners_sum(aims, crm, kpi, {name: who}, period)
                    for who in teams_of(crm) if who not in of)  # fmt: skip
            each += sums
        known = [one for one in each if one is not None]
        if known:
            return sum(known, Decimal(0)), name
    return None
