"""Snapshot: many KPIs at once, as one document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from ..catalog import KPIS, Entry, Kpi, entry
from ..crm import CRM
from ..days import EPOCH
from ..errors import ColumnError, SalesMetricsError, one_of, shown
from ..history.known import Instant
from ..insight.compare import Against, Base, as_against, base_of
from ..insight.planned import planned_targets, with_team_sums, with_tenures
from ..insight.scorecards import Scorecard, scorecard_named
from ..insight.targets import Goals, attained, base_period, goals
from ..measuring import ASKED, MeasuredKpi, Wanted, assumed, can_group, measure
from ..models import Target
from ..periods import ALL_TIME, Align, Period, Periods, as_periods, period as period_of
from ..reasons import Reason
from ..results import Result
from ..results.words import words
from ..tables.grouping import By, as_by, group_columns
from ..tables.record_names import called_in
from ..worktime import WorkCalendar
from .figures import Columns, Figure, Need, Reading, Snapshot

__all__ = ["Figure", "Need", "Reading", "Snapshot", "groupings_of", "scorecard", "snapshot"]

Unit = Literal["day", "week", "two_weeks", "month", "quarter", "half", "year"]
SERIES = "series"
MOST_MONTHS = 120


def snapshot(
    crm: CRM,
    period: Periods | str,
    *,
    by: By | Sequence[str | Columns] = None,
    as_of: Instant | None = None,
    kpis: Iterable[str | Kpi] | Scorecard | None = None,
    assumptions: Mapping[str, Any] | None = None,
    compare: Sequence[Against] | Against | None = None,
    align: Align = "days",
    every: Unit | None = None,
    recent: int = 0,
    targets: str | Path | Iterable[Target] | Goals | None = None,
    calendar: WorkCalendar | None = None,
    lang: str = "en",
) -> Snapshot:
    """Every KPI that the data supports, and what the others would need.

    Args:
        crm: the tables.
        period: one or several periods.
        by: a column; a tuple of columns taken together; or a list of those, each a grouping of
            its own.  A KPI whose tables lack a grouping is shown without, and the reason why.
        as_of: only what was known then; with the period itself the figures never change again.
        kpis: names (also of variants) or functions, or a scorecard; all of the catalogue otherwise.
        assumptions: what a KPI asks for by a keyword without default, by name.
        compare: also against the `"previous"` period, and the same one a `"year_before"`.
        align: how the base of a period that is not over is cut: to as many `"days"`, or at
            `"month_ends"`, where the last day of a month answers to the last of another.
        every: also piece by piece, by `"month"` and the like.
        recent: also the course of the whole over so many months, up to the last one known of the
            latest period; what sparklines and trends are drawn from.
        targets: a file of targets (CSV or TOML), or `Target` records.
        calendar: whose working days a target is spread over; calendar days otherwise.
        lang: `"en"` or `"ko"`, of the views; the document itself has both.

    Raises:
        SalesMetricsError: a KPI, period, target or assumption that does not exist.
        ColumnError: no table can be grouped by `by`.

    >>> from salesmetrics import CRM, examples
    >>> crm = CRM(deals=examples.deals)
    >>> shot = snapshot(crm, "2025-Q1", kpis=["win_rate"], compare="previous")
    >>> shot["win_rate"].value, shot.compare("win_rate").reason
    (0.6666666666666666, 'the base is undefined: no decided deals in the period')
    """
    if not isinstance(crm, CRM):
        raise SalesMetricsError(
            f"a CRM is expected, not {type(crm).__name__}; make one with CRM(...)"
        )
    periods, groupings = as_periods(period), groupings_of(by)
    if ALL_TIME in periods:
        raise SalesMetricsError("a snapshot is of a period that ends; all time has no end")
    world = crm if as_of is None else crm.as_of(as_of)
    card = kpis if isinstance(kpis, Scorecard) else None
    entries = [entry(kpi) for kpi in _named(kpis)]
    given = assumed(assumptions)
    for columns in groupings:
        _refuse_unknown(world, columns)
    known = world.known
    through = None if known is None else date.fromordinal(known.day + EPOCH)
    bases: dict[Against, tuple[Base, ...]] = {
        a: tuple(base_of(p, a, through, align) for p in periods) for a in as_against(compare)
    }
    pieces = tuple(p.split(every) for p in periods) if every else ()
    cuts: dict[str, tuple[Period, ...]] = {ASKED: periods}
    for against, found_bases in bases.items():
        cuts[against] = _unique(base.period for base in found_bases)
    if every:
        cuts[SERIES] = _unique(piece for split in pieces for piece in split)
    cuts = {name: cut for name, cut in cuts.items() if cut}
    asked = [Wanted(one, groupings) for one in entries]
    aims = Goals(()) if targets is None else with_tenures(goals(targets), world)
    every_aim = aims
    if card is not None:  # a card shows the targets of its own KPIs alone
        aims = Goals(tuple(one for one in aims.each if one.entry.name in card.kpis))
    filtered = {
        name: [str(label) for label in labels]
        for condition in world.conditions.values()
        for name, labels in condition
    }
    if filtered:  # targets of groups that the filter leaves out are none of these figures'
        mine = [g for g in aims.each if all(v in filtered.get(n, [v]) for n, v in g.group)]
        aims = Goals(tuple(mine))
    if any("team" in columns for columns in groupings) and not filtered:
        aims = with_team_sums(aims, world, periods)
    aimed = aims.wanted(periods)
    shown_given = given
    plan = planned_targets(given.get("target"), every_aim, world, periods, filtered)
    if plan is not None:
        given = {**given, "target": plan}
    found, needs = measure(world, asked, cuts, given)
    months = _months(max(periods, key=lambda one: one.end), recent, through)
    # What looks ahead has no course: the months behind are known.
    behind = [one for one in asked if one.entry.label.group != "forecast"]
    course, _ = measure(world, [Wanted(o.entry) for o in behind if months], {ASKED: months}, given)
    aim_cuts = {ASKED: periods, **_bases_of(aims, periods)}
    found_aims, needs_aims = measure(world, aimed, aim_cuts, given)
    apart = _measured_apart(aims, world, aim_cuts, given)
    reached, elsewhere = attained(
        aims, periods, found_aims, needs_aims, through, calendar, filtered, world, apart
    )
    lacking = [Need(one.entry.name, needs[one.key]) for one in asked if one.key in needs]
    lacking += [Need(name, Reason("not_yet")) for name in card.missing] if card else []
    return Snapshot(
        periods=periods,
        groupings=groupings,
        known_until=None if known is None else known.at.isoformat(),
        currency=world.currency,
        figures=tuple(
            _figure(one.entry, found[one.key], course.get(one.key))
            for one in asked
            if one.key in found
        ),
        needs=tuple(lacking),
        assumptions=shown_given,
        bases=bases,
        every=every,
        pieces=pieces,
        targets=reached,
        targets_elsewhere=elsewhere,
        scorecard=card,
        where=world.conditions,
        called=called_in(world.tables.values()),
        rows_read=world.rows_read,
        lang=_language(lang),
    )


def scorecard(
    crm: CRM, card: str | Path | Scorecard, period: Periods | str, **keywords: Any
) -> Snapshot:
    """The KPIs of a scorecard, as a snapshot: of a function, a role, a step of the journey.

    Args:
        crm: the tables.
        card: a name (see `scorecards()`), a TOML file of one's own, or a `Scorecard`.
        period: one or several periods.
        keywords: what `snapshot` takes: `by`, `as_of`, `compare`, `targets` and so on.

    >>> from salesmetrics import CRM, examples
    >>> scorecard(CRM(deals=examples.deals), "sales", "2025-Q1")["win_rate"]
    win rate 66.7 % (2025-Q1; 2 of 3)
    """
    chosen = card if isinstance(card, Scorecard) else scorecard_named(card)
    return snapshot(crm, period, kpis=chosen, **keywords)


def groupings_of(by: Any) -> tuple[Columns, ...]:
    """A list holds groupings; a text or a tuple is one."""
    each = [as_by(one) for one in by] if isinstance(by, list) else [as_by(by)]
    return tuple(dict.fromkeys(columns for columns in each if columns))


def _refuse_unknown(world: CRM, columns: Columns) -> None:
    if any(can_group([table], columns) is None for table in world.tables.values()):
        return
    there = sorted({c for table in world.tables.values() for c in group_columns(table)})
    unknown = next((name for name in columns if name not in there), ", ".join(columns))
    raise ColumnError(one_of("by", unknown, there))


def _named(kpis: Any) -> Iterable[Any]:
    """One KPI or several, by name or function; None is all."""
    if kpis is None or isinstance(kpis, Scorecard):
        return KPIS if kpis is None else kpis.known
    if isinstance(kpis, str) or callable(kpis):
        return (kpis,)
    if not isinstance(kpis, Iterable):
        raise SalesMetricsError(f"kpis is {shown(kpis)}; give names or functions of KPIs")
    return kpis


def _bases_of(aims: Goals, periods: tuple[Period, ...]) -> dict[str, tuple[Period, ...]]:
    """The periods that targets are relative to."""
    names = {str(goal.target.relative_to) for goal in aims.each if goal.value is None}
    cuts = {name: _unique(base_period(one, name) for one in periods) for name in sorted(names)}
    return {name: cut for name, cut in cuts.items() if cut}


def _measured_apart(
    aims: Goals, world: CRM, cuts: Mapping[str, tuple[Period, ...]], given: Mapping[str, Any]
) -> dict[Any, MeasuredKpi]:
    """Figures of targets for several values of a column together: those of a filter by them."""
    made: dict[Any, MeasuredKpi] = {}
    for goal in aims.each:
        if goal.together:
            allowed = {name.replace(".", "_"): list(v) for name, v in goal.together.items()}
            there = [name for name in goal.entry.label.tables if name in world.tables]
            try:
                some = world.filter(**dict.fromkeys(there, allowed))
            except SalesMetricsError:  # there is no such value
                continue
            found, _ = measure(some, [Wanted(goal.entry)], cuts, given)
            made.update((goal.subject, one) for one in found.values())
    return made


def _language(lang: str) -> str:
    return words(lang).lang


def _unique(periods: Iterable[Period | None]) -> tuple[Period, ...]:
    return tuple(dict.fromkeys(period for period in periods if period is not None))


def _months(last: Period, count: int, through: date | None) -> tuple[Period, ...]:
    """So many months, up to that of the last day of a period that is known."""
    if type(count) is not int or not 0 <= count <= MOST_MONTHS:
        raise SalesMetricsError(
            f"recent is {shown(count)}; give a number of months from 0 to {MOST_MONTHS}"
        )
    end = last.end - timedelta(days=1)
    if through is not None and last.start <= through < end:
        end = through
    found: list[Period] = []
    for _ in range(count):
        found.insert(0, found[0].previous() if found else period_of(f"{end:%Y-%m}"))
    return tuple(found)


def _figure(one: Entry, found: MeasuredKpi, course: MeasuredKpi | None) -> Figure:
    def reading(by: Columns) -> Reading:
        bases: dict[Against, Result] = {
            name: found.results[by, name]
            for name in ("previous", "year_before")
            if (by, name) in found.results
        }
        return Reading(by, found.results[by, ASKED], bases, found.results.get((by, SERIES)))

    groupings = dict.fromkeys(by for by, _ in found.results if by)
    recent = None if course is None else course.results[(), ASKED]
    grouped = tuple(map(reading, groupings))
    return Figure(one, reading(()), grouped, found.ungrouped, found.refused, recent)
