"""Where deals are lost or held up: every stage of a chain beside a baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from operator import mul
from typing import Any

from ...errors import NeedsError
from ...history.tracks import OPEN
from ...periods import Period, Periods, as_periods, period as as_period
from ...reasons import Reason, tables_needed
from ...results import Axes, Survival, Total
from ...results.definition import plain_value
from ...results.statement import Statement, made_of
from ...tables import IntoDeals
from ...tables.deals import Deals
from ...tables.grouping import By, as_by

__all__ = ["Bottleneck", "Bottlenecks", "against_baseline"]


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """One stage beside its baseline; what is None was not there to be compared."""

    stage: Any
    rank: int | None  # 1 where most is lost; None: not compared
    lost_conversion: Fraction | None
    excess_days: Fraction | None
    conversion: Fraction | None  # advanced / left
    baseline_conversion: Fraction | None
    days: Fraction | None
    baseline_days: Fraction | None
    left: int  # stays that ended in the period, for a reason that is known
    baseline_left: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Bottlenecks(Statement):
    """What a chain of stages lost against a baseline, and which stage lost how much of it.

    The figure is the lost conversion of the whole chain; `ranked()` has the stages, the worst
    first, and `detail()` the same as dicts, a row a stage, with the columns of `Bottleneck`.  The
    stages' `lost_conversion` and `excess_days` sum to those of the chain, which is checked.
    """

    stages: Mapping[tuple[int, int], tuple[Bottleneck, ...]] = field(default_factory=dict)
    baseline: str | None = None  # the one that was asked for; None: each period's year before

    def ranked(self, period: int = 0, group: int = 0) -> tuple[Bottleneck, ...]:
        """The stages of one period and group, the worst first, those not compared last."""
        self._place(period, group)
        return self.stages[period, group]

    def detail(self) -> list[dict[str, Any]]:
        """A dict a stage, with its group and period; and with its baseline where one was given."""
        given = {} if self.baseline is None else {"baseline": self.baseline}
        return [
            dict(zip(self.by, self.groups[g], strict=True))
            | {"period": self.periods[p].label}
            | {name: _plain(getattr(one, name)) for name in Bottleneck.__slots__}
            | given
            for g in range(len(self.groups))
            for p in range(len(self.periods))
            for one in self.ranked(p, g)
        ]


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Fraction) else value


Figures = dict[str, Fraction | None]
SUMS = ("lost_conversion", "excess_days")
CHAIN = ("conversion", "baseline_conversion", "days", "baseline_days")


def against_baseline(
    deals: IntoDeals, periods: Periods | str, by: By, baseline: Period | str | None
) -> Bottlenecks:
    """Every stage's conversion and days in each period beside those of its baseline."""
    table, names, asked = Deals.of(deals), as_by(by), as_periods(periods)
    before = tuple(
        Period(base.start, base.end, f"baseline of {one.label}")
        for one in asked
        for base in [one.year_before() if baseline is None else as_period(baseline)]
    )
    base = _exits(table, asked, names)
    stays = _Stages.of(table, (*asked, *before), names)
    chains = _chains(table)
    stages: dict[tuple[int, int], tuple[Bottleneck, ...]] = {}
    lines: dict[str, list[list[Fraction | None]]] = {
        name: [[None] * len(base.groups) for _ in asked] for name in (*SUMS, *CHAIN)
    }
    for p in range(len(asked)):
        for g, group in enumerate(base.groups):
            then = len(asked) + p
            here = [[_against_baseline(one, stays, p, then, group) for one in c] for c in chains]
            found = [_compared([one for one in chain if one is not None]) for chain in here]
            stages[p, g] = _ranked([stage for each, _ in found for stage in each])
            whole = [sums for _, sums in found if sums is not None]
            for name, figure in (whole[0] if len(whole) == 1 else {}).items():
                lines[name][p][g] = figure
    return Bottlenecks(
        Axes(base.periods, base.by, base.groups, non_additive=("period", *base.by)),
        made_of("bottlenecks", base, given=plain_value(() if baseline is None else (before,))),
        "proportion",
        lines,
        SUMS[0],
        base,
        reason_if_none=Reason("no_stage_left" if len(chains) < 2 else "several_pipelines"),
        stages=stages,
        baseline=None if baseline is None else as_period(baseline).label,
    )


def _exits(table: Deals, periods: tuple[Period, ...], names: tuple[str, ...]) -> Total:
    """The stays that ended, for a reason that is known; the others beside."""
    left = table.stage_entries(periods, by=names, time="left_at")
    return left.count("that ended").excluding(Reason("unknown_follower"), left.count("unknown"))


def _chains(table: Deals) -> list[list[Any]]:
    """The open stages of each pipeline, in order."""
    history = table.history
    if history is None or history.types is None:  # refused by name before
        raise NeedsError(tables_needed("stages"), "bottlenecks need the stages, with their types")
    labels = history.tracks["stage"].values.labels
    found: dict[int, list[int]] = {}
    for code in range(len(labels)):
        if history.types[code] == OPEN:
            found.setdefault(int(history.pipelines[code]), []).append(code)
    return [
        [labels[code] for code in sorted(codes, key=lambda code: int(history.ranks[code]))]
        for _, codes in sorted(found.items())
    ]


@dataclass(frozen=True, slots=True)
class _Stages:
    """What became of the stays in each stage, by period and group."""

    left: Any
    advanced: Any
    durations: Survival
    place: dict[tuple[tuple[Any, ...], Any], int]  # of a group and a stage

    @staticmethod
    def of(table: Deals, periods: tuple[Period, ...], names: tuple[str, ...]) -> _Stages:
        wanted = names if "stage" in names else (*names, "stage")
        window = table.stage_entries(periods, by=wanted, time="left_at")
        left, advanced = window.count("that ended"), window.count("advanced")
        at, width = wanted.index("stage"), len(names)
        place = {(group[:width], group[at]): i for i, group in enumerate(left.groups)}
        durations = table.stage_stays(periods, by=wanted).survival()
        assert durations.groups == left.groups
        return _Stages(left.sums_read().tolist(), advanced.sums_read().tolist(), durations, place)


def _against_baseline(
    stage: Any, stays: _Stages, now: int, then: int, group: tuple[Any, ...]
) -> Bottleneck | None:
    """One stage, not compared yet; None where nobody was in it at either time."""
    at, durations = stays.place.get((group, stage)), stays.durations
    if at is None:
        return None
    left, left_then = stays.left[now][at], stays.left[then][at]
    ends = durations.longest(now, at), durations.longest(then, at)
    if ends == (None, None):
        return None
    rate = Fraction(stays.advanced[now][at], left) if left else None
    usual = Fraction(stays.advanced[then][at], left_then) if left_then else None
    days: Fraction | None = None
    usual_days: Fraction | None = None
    if ends[0] is not None and ends[1] is not None:
        until = min(ends[0], ends[1])
        days = durations.exact_mean(until, now, at)
        usual_days = durations.exact_mean(until, then, at)
    return Bottleneck(stage, None, None, None, rate, usual, days, usual_days, left, left_then)


def _compared(chain: list[Bottleneck]) -> tuple[list[Bottleneck], Figures | None]:
    """The stages of one pipeline with what each of them lost, and what the chain did."""
    there = [one for one in chain if one.left and one.baseline_left]
    found = [one for one in chain if not (one.left and one.baseline_left)]
    if not there:
        return found, None
    rates = [Fraction(one.conversion or 0) for one in there]
    usual = [Fraction(one.baseline_conversion or 0) for one in there]
    days, usual_days = [one.days for one in there], [one.baseline_days for one in there]
    # What came through the stages before each as it now is, and through those from it on as usual.
    before = [Fraction(1), *accumulate(rates, mul)]
    after = [Fraction(1), *accumulate(reversed(usual), mul)][::-1]
    lost = [before[at] * (usual[at] - rates[at]) * after[at + 1] for at in range(len(there))]
    excess = [
        None if a is None or b is None else a - b for a, b in zip(days, usual_days, strict=True)
    ]
    sums = (sum(lost, Fraction(0)), _all_known(excess))
    ends = before[-1], after[0]
    total = (_all_known(days), _all_known(usual_days))
    whole = None if total[0] is None or total[1] is None else total[0] - total[1]
    if sums != (ends[1] - ends[0], whole):
        raise AssertionError("the stages do not sum to what the chain lost")
    compared = [_with(one, lost[at], excess[at], None) for at, one in enumerate(there)]
    return [*compared, *found], dict(zip((*SUMS, *CHAIN), (*sums, *ends, *total), strict=True))


def _all_known(each: list[Fraction | None]) -> Fraction | None:
    """The sum, where no part of it is unknown."""
    known = [one for one in each if one is not None]
    return sum(known, Fraction(0)) if len(known) == len(each) else None


def _ranked(stages: list[Bottleneck]) -> tuple[Bottleneck, ...]:
    """The worst first: by lost conversion, then by excess days, then in their order."""
    there = [one for one in stages if one.lost_conversion is not None]
    rest = [one for one in stages if one.lost_conversion is None]
    there.sort(key=lambda one: (one.lost_conversion or 0, one.excess_days or 0), reverse=True)
    ranked = [
        _with(one, one.lost_conversion, one.excess_days, rank) for rank, one in enumerate(there, 1)
    ]
    return (*ranked, *rest)


def _with(
    one: Bottleneck, lost: Fraction | None, excess: Fraction | None, rank: int | None
) -> Bottleneck:
    return Bottleneck(
        one.stage, rank, lost, excess, one.conversion, one.baseline_conversion, one.days,
        one.baseline_days, one.left, one.baseline_left,
    )  # fmt: skip
