"""Targets of a plan, and which of them is a period's.

Of several that could be, the one set for the nearest span holds: the period's own, else what its
parts sum to, else what is set for each period of its kind, else what is set for any.  The others
are told beside it, so that no target replaces another unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from ..catalog import Entry
from ..kpi import Better
from ..measuring import Wanted
from ..models import Target
from ..periods import Period
from .tenure import Tenure, carried

__all__ = ["Chosen", "Goal", "Goals", "Replaced"]


@dataclass(frozen=True, slots=True)
class Goal:
    """One target with what it speaks of: a KPI, a group, a span of time."""

    target: Target
    entry: Entry
    group: tuple[tuple[str, str], ...]
    span: Period | None = None
    unit: str | None = None
    sum_of: str | None = None  # whose targets it sums, where none was set for it
    # Several values of a column, as one group.
    together: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tenure: Tenure | None = None  # of an owner: from when until when there, and on what ramp

    def carried(self, of: Period) -> Decimal | None:
        """Its amount for a period of its own: what falls to an owner who is on a ramp then."""
        if self.value is None or self.tenure is None:
            return self.value
        return carried(self.value, self.tenure.share(of))

    def is_away(self, wanted: Period) -> bool:
        """Whether it is of an owner who is not there then."""
        return self.tenure is not None and not self.tenure.falls_in(wanted)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.group)

    @property
    def value(self) -> Decimal | None:
        """What is to be reached; None where that is relative to what was."""
        return self.target.value

    @property
    def better(self) -> Better:
        """Which way is good: what the target says, else what the KPI's label says."""
        return self.target.better or self.entry.label.better

    @property
    def subject(self) -> tuple[Any, ...]:
        """What is to reach it, whatever the period."""
        return Wanted(self.entry).key, tuple(sorted(self.group)), self.target.statistic


@dataclass(frozen=True, slots=True)
class Replaced:
    """What another target of the same stands in place of."""

    of: str | None  # the period it is set for, or those it sums; None is any
    value: Decimal | None
    change: Decimal | None = None  # where it is relative to what was
    relative_to: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The target of a period: of what it is a sum, and in place of which it stands."""

    goal: Goal  # of a sum, its first part
    value: Decimal | None
    of: str | None
    summed: bool = False
    full: Decimal | None = None  # before the ramp of a new owner
    instead_of: tuple[Replaced, ...] = ()
    parts: tuple[tuple[Decimal, Period], ...] = ()  # the amounts it is made of, and of when each is

    @property
    def sum_of(self) -> str | None:
        """The periods, or the owners, whose targets it sums."""
        return self.of if self.summed else self.goal.sum_of


@dataclass(frozen=True, slots=True)
class Goals:
    """All targets of a plan."""

    each: tuple[Goal, ...]

    def wanted(self, periods: Sequence[Period]) -> list[Wanted]:
        """What has to be measured to know how far the targets of these periods are reached."""
        groupings: dict[Any, tuple[Entry, dict[tuple[str, ...], None]]] = {}
        for goal in self.each:
            if goal.together:
                continue  # measured of the rows of these values alone
            _, columns = groupings.setdefault(Wanted(goal.entry).key, (goal.entry, {}))
            if goal.columns:
                columns[goal.columns] = None
        return [Wanted(one, tuple(columns)) for one, columns in groupings.values()]

    def chosen(self, subject: tuple[Any, ...], wanted: Period, adds: bool) -> Chosen | None:
        """The target of a period, a sum of its parts' only of what adds; None where it has none."""
        mine = [goal for goal in self.each if goal.subject == subject and not goal.is_away(wanted)]
        each = list(_candidates(mine, wanted, adds))
        if not each:
            return None
        first, *others = each
        replaced = [
            Replaced(one.of, one.value, one.goal.target.change, one.goal.target.relative_to)
            for one in others
            if one.value is None or one.value != first.value
        ]
        return replace(first, instead_of=tuple(dict.fromkeys(replaced)))

    def of(
        self, subject: tuple[Any, ...], wanted: Period, adds: bool
    ) -> tuple[Decimal | None, str | None]:
        """The amount of a period's target, and of what it is a sum."""
        found = self.chosen(subject, wanted, adds)
        return (None, None) if found is None else (found.value, found.sum_of)

    def of_group(
        self, kpi: str, group: tuple[tuple[str, str], ...], wanted: Period
    ) -> tuple[Decimal | None, str | None]:
        """The target of what adds over time, of a group, and of what it is a sum."""
        found = self.chosen_of_group(kpi, group, wanted)
        return (None, None) if found is None else (found.value, found.sum_of)

    def chosen_of_group(
        self, kpi: str, group: tuple[tuple[str, str], ...], wanted: Period
    ) -> Chosen | None:
        """The target of what adds over time, of a group, with the parts that it is made of."""
        for goal in self.each:
            plain = goal.target.statistic is None and not goal.target.given
            timed = goal.span is not None or goal.unit is not None
            if goal.entry.name == kpi and plain and timed and tuple(sorted(goal.group)) == group:
                return self.chosen(goal.subject, wanted, True)
        return None


def _candidates(mine: Sequence[Goal], wanted: Period, adds: bool) -> Iterator[Chosen]:
    """Every target that a period could have, that of the nearest span first."""
    dated = {(g.span.start, g.span.end): g for g in mine if g.span is not None}
    for goal in mine:
        if goal.span is not None and _same(goal.span, wanted):
            yield _own(goal, wanted, goal.target.period)
    each_unit = [goal for goal in mine if goal.unit is not None]
    if adds:
        known = [goal for goal in dated.values() if goal.value is not None]
        within = [one for one in known if one.span is not None and not _same(one.span, wanted)]
        yield from _summed(_tiling(within, wanted.start, wanted.end))
        if mine and mine[0].tenure is not None:  # of who joins or leaves within it
            there = mine[0].tenure.within(wanted)
            if there != (wanted.start, wanted.end):
                yield from _summed(_tiling(within, *there), least=1)
        for goal in each_unit:
            # A month of its own target counts with that one in the sum of "each month".
            pieces = [] if goal.value is None else _pieces(goal, wanted)
            parts = [dated.get((piece.start, piece.end), goal) for piece in pieces]
            if any(part is not goal for part in parts):
                yield from _summed([*zip(parts, pieces, strict=True)], of=[p.label for p in pieces])
    for goal in each_unit:
        if goal.unit == wanted.unit:
            yield _own(goal, wanted, goal.unit)
    if adds:
        for goal in each_unit:
            if goal.value is not None and (pieces := _pieces(goal, wanted)):
                times = len(pieces)
                of = str(goal.unit) if times == 1 else f"{times} x {goal.unit}"
                found = _summed([(goal, piece) for piece in pieces], least=1, of=[of])
                yield from (replace(one, summed=times > 1) for one in found)
    for goal in mine:
        if goal.span is None and goal.unit is None:
            yield Chosen(goal, goal.value, None)


def _own(goal: Goal, wanted: Period, of: str | None) -> Chosen:
    value = goal.carried(wanted)
    parts = () if value is None else ((value, wanted),)
    return Chosen(goal, value, of, full=goal.value, parts=parts)


def _summed(
    parts: Sequence[tuple[Goal, Period]], *, least: int = 2, of: Sequence[str] = ()
) -> Iterator[Chosen]:
    """The target that several make, each for its period, where each has an amount."""
    amounts = [each for goal, piece in parts if (each := goal.carried(piece)) is not None]
    if len(parts) >= least and len(amounts) == len(parts):
        full = sum((goal.value or Decimal(0) for goal, _ in parts), Decimal(0))
        names = of or [goal.target.period or "" for goal, _ in parts]
        total = sum(amounts, Decimal(0))
        made = tuple(zip(amounts, (piece for _, piece in parts), strict=True))
        yield Chosen(parts[0][0], total, ", ".join(names), True, full, parts=made)


def _same(one: Period, other: Period) -> bool:
    return (one.start, one.end) == (other.start, other.end)


def _tiling(given: Sequence[Goal], first: date, end: date) -> list[tuple[Goal, Period]]:
    """Targets whose periods make up the days without gap or overlap, few long ones first."""
    inside = [
        (goal.span.start, goal.span.end, goal, goal.span)
        for goal in given
        if goal.span is not None and first <= goal.span.start and goal.span.end <= end
    ]
    # From each day backwards, the parts from it to the end.
    rest: dict[Any, list[tuple[Goal, Period]]] = {end: []}
    for begins, ends, goal, span in sorted(inside, key=lambda each: each[:2], reverse=True):
        if ends in rest and (begins not in rest or len(rest[ends]) + 1 < len(rest[begins])):
            rest[begins] = [(goal, span), *rest[ends]]
    return rest.get(first, [])


def _pieces(goal: Goal, wanted: Period) -> list[Period]:
    """The periods of the goal's unit that make up the wanted one, where they fit wholly."""
    if wanted.unit == goal.unit:
        return []
    pieces = list(wanted.split(goal.unit))  # type: ignore[arg-type]
    return pieces if all(piece.unit == goal.unit for piece in pieces) else []
