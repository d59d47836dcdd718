"""Many KPIs measured together.

KPIs that add over rows are measured batch by batch, on one cut of time that holds the edges of
every period asked for; each reading (a total, a quarter, its months, the quarter before) is a
roll-up of that.  The others, which their label names, are measured once a reading on the whole
table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from types import NoneType
from typing import Any

from .catalog import KPIS, Entry, entry
from .crm import CRM
from .errors import ColumnError, NeedsError, NotFoundError, SalesMetricsError, one_of, shown
from .periods import Period
from .progress import computing
from .reasons import Reason, all_needed, as_reason, reason_of
from .results import Result
from .tables.grouping import check_by
from .tables.needs import told_by
from .tables.run import batch_rows, batches

__all__ = [
    "ASKED", "MeasuredKpi", "Wanted", "assumed", "assumed_of", "can_group", "measure",
]  # fmt: skip

Columns = tuple[str, ...]
ASKED = "asked"  # the name of the cut that holds the periods asked for


@dataclass(frozen=True, slots=True)
class Wanted:
    """A KPI, and the groupings it is to be read by beside the whole."""

    entry: Entry
    groupings: tuple[Columns, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.entry.name, repr(sorted(self.entry.keywords.items()))


@dataclass(frozen=True, slots=True)
class MeasuredKpi:
    """What was found of one KPI: a result for each grouping and cut of periods."""

    results: Mapping[tuple[Columns, str], Result]
    ungrouped: Mapping[Columns, Reason] = field(default_factory=dict)
    refused: Mapping[str, Reason] = field(
        default_factory=dict
    )  # cuts it has no figure for, and why


def measure(
    world: CRM,
    wanted: Sequence[Wanted],
    cuts: Mapping[str, tuple[Period, ...]],
    given: Mapping[str, Any],
) -> tuple[dict[tuple[str, str], MeasuredKpi], dict[tuple[str, str], Reason]]:
    """What each KPI comes to in every cut, and what those that cannot be computed would need."""
    found: dict[tuple[str, str], MeasuredKpi] = {}
    needs: dict[tuple[str, str], Reason] = {}
    ready = []
    for one in wanted:
        missing = _missing(one.entry, world, given)
        if missing:
            needs[one.key] = missing
        else:
            ready.append(one)
    rows = max((table.size for table in world.tables.values()), default=0)
    with computing(len(ready), rows) as told:
        for tables in dict.fromkeys(one.entry.label.tables for one in ready):
            same = [one for one in ready if one.entry.label.tables == tables]
            whole = [world.tables.get(name) for name in tables]
            reasons = {
                (one.key, g): _can_group(one.entry, whole, g) for one in same for g in one.groupings
            }
            assumed = {one.key: assumed_of(one.entry, world, given) for one in same}
            run = _SameTables(whole, cuts, assumed, reasons, told)
            run.together([one for one in same if _together(one.entry)])
            for one in same:
                if not _together(one.entry):
                    run.alone(one)
                    told(1)
            found |= run.found
            needs |= run.needs
    return found, needs


def _together(one: Entry) -> bool:
    """Whether its figures of all periods are read from what was summed once."""
    return bool(one.label.adds_over) and not one.label.per_period


def _can_group(one: Entry, tables: Sequence[Any], names: Columns) -> Reason | None:
    """None, or why the rows of a KPI cannot be grouped so; tables beside tell columns of deals."""
    beside = one.label.beside
    there = [table for table in tables if table is not None]
    told = told_by(there, beside)
    left = tuple(name for name in names if name not in told)
    for table in there:
        why = can_group([table], left if table.name == "deals" else names)
        if why is not None and table.name not in beside:
            return why
    return None


def can_group(tables: Sequence[Any], names: Columns) -> Reason | None:
    """None, or why these tables cannot be grouped so."""
    try:
        for table in tables:
            if table is not None:
                check_by(table, names)
    except (ColumnError, NeedsError) as wrong:
        return reason_of(wrong)
    return None


def _missing(one: Entry, world: CRM, given: Mapping[str, Any]) -> Reason | None:
    label = one.label
    lacking = world.lacking(label.tables, label.optional, label.needs, label.beside)
    known = {*assumed_of(one, world, given), *one.keywords}
    missing = [name for name in one.label.given if name not in known]
    lacking += [Reason("assumption", name=name) for name in missing]
    return all_needed(lacking) if lacking else None


def assumed_of(one: Entry, world: CRM, given: Mapping[str, Any]) -> dict[str, Any]:
    """What of the assumptions is a KPI's: those of its keywords' names, and its own (`kpi.name`).

    What the data say themselves (a column that stands for it) an assumption of the name does not
    change; one of the KPI's own does.
    """
    label, found = one.label, {}
    for name in (*label.given, *label.assumes):
        table, _, column = label.unless.get(name, "").partition(".")
        said = table in world.tables and world.tables[table].has(column)
        if name in given and not said:
            found[name] = given[name]
        if (own := f"{label.name}.{name}") in given:
            found[name] = given[own]
    return found


class _SameTables:
    """The KPIs of the same tables."""

    def __init__(
        self,
        whole: Sequence[Any],
        cuts: Mapping[str, tuple[Period, ...]],
        assumed: Mapping[tuple[str, str], Mapping[str, Any]],
        reasons: Mapping[tuple[tuple[str, str], Columns], Reason | None],
        told: Callable[[float], None],  # which share of the work on one KPI is done
    ) -> None:
        self.whole, self.cuts, self.assumed, self.reasons = whole, cuts, assumed, reasons
        self.told = told
        self.shared: list[Any] = []  # groups, for as long as more KPIs may ask for them
        self.found: dict[tuple[str, str], MeasuredKpi] = {}
        self.needs: dict[tuple[str, str], Reason] = {}

    def _groupings(self, one: Wanted) -> tuple[tuple[Columns, ...], dict[Columns, Reason]]:
        """Those that its tables have, and why they lack the others."""
        reasons = {g: self.reasons[one.key, g] for g in one.groupings}
        there = tuple(g for g, why in reasons.items() if why is None)
        return there, {g: why for g, why in reasons.items() if why is not None}

    def _keywords(self, one: Wanted) -> dict[str, Any]:
        return {**self.assumed[one.key], **one.entry.keywords}

    def together(self, wanted: Sequence[Wanted]) -> None:
        every = tuple(dict.fromkeys(period for cut in self.cuts.values() for period in cut))
        last: dict[tuple[str, str], dict[Columns, Result]] = {one.key: {} for one in wanted}
        left = {one.key: one for one in wanted}
        rows = batch_rows(self.whole)
        streams = [repeat(None) if table is None else batches(table, rows) for table in self.whole]
        self.shared.append(streams)
        longest = max((table.size for table in self.whole if table is not None), default=0)
        done = 0
        while left and (done < longest or done == 0):
            parts = [next(stream) for stream in streams]
            size = max([1, *(part.size for part in parts if part is not None)])
            done += size
            for one in list(left.values()):
                keywords = self._keywords(one)
                try:
                    for by in self._groupings(one)[0] or ((),):
                        last[one.key][by] = one.entry.function(*parts, every, by=by, **keywords)
                except SalesMetricsError as wrong:
                    self.needs[one.key] = self._need(one, wrong)
                    del left[one.key]
                self.told(size / max(longest, 1))
        for one in left.values():
            if any({*found.by} & {*found.axes.non_additive} for found in last[one.key].values()):
                self.alone(one)  # groups of these rows do not add: each grouping is asked anew
            else:
                self.found[one.key] = self._read(one, every, last[one.key])

    def _need(self, one: Wanted, wrong: SalesMetricsError) -> Reason:
        """Why a KPI has no figure; what is wrong with what the caller gave for it is raised."""
        if isinstance(wrong, NeedsError):
            return as_reason(wrong.needs)
        if self.assumed[one.key]:
            raise wrong
        return reason_of(wrong)

    def _read(
        self, one: Wanted, every: tuple[Period, ...], results: Mapping[Columns, Result]
    ) -> MeasuredKpi:
        """Each cut and the whole, as roll-ups of what was measured together."""
        total = _of_all(next(iter(results.values())))
        read = {
            (by, name): result if cut == every else result.read_at(cut)
            for by, result in {(): total, **results}.items()
            for name, cut in self.cuts.items()
        }
        if shown_by := one.entry.label.shown_by:  # of all rows, not of the last batch
            again = partial(one.entry.function, *self.whole, by=shown_by)
            keywords = self._keywords(one)
            for name, cut in self.cuts.items():
                read[(), name] = read[(), name].shown_as(partial(again, period=cut, **keywords))
        return MeasuredKpi(read, self._groupings(one)[1])

    def alone(self, one: Wanted) -> None:
        """A KPI whose figures do not add over periods: asked anew for every grouping and cut."""
        there, ungrouped = self._groupings(one)
        keywords = self._keywords(one)
        results: dict[tuple[Columns, str], Result] = {}
        refused: dict[str, Reason] = {}
        for name, cut in self.cuts.items():
            for by in (*there, ()):
                if not by and (whole := self._whole_of(one, results.values(), cut)) is not None:
                    results[by, name] = whole
                    continue
                try:
                    results[by, name] = one.entry.function(*self.whole, cut, by=by, **keywords)
                except SalesMetricsError as wrong:
                    if isinstance(wrong, ColumnError) and by:
                        ungrouped[by] = reason_of(wrong)
                    elif isinstance(wrong, NeedsError) or name == ASKED:
                        self.needs[one.key] = self._need(one, wrong)
                        return
                    else:
                        refused[name] = reason_of(wrong)
        self.found[one.key] = MeasuredKpi(results, ungrouped, refused)

    def _whole_of(
        self, one: Wanted, results: Iterable[Result], cut: tuple[Period, ...]
    ) -> Result | None:
        """The roll-up of the groups, where all rows are in them and add."""
        for found in results if "rows" in one.entry.label.adds_over else ():
            if found.by and found.periods == cut and not {*found.by} & {*found.axes.non_additive}:
                if not (shown_by := one.entry.label.shown_by):
                    return _of_all(found)
                keywords = self._keywords(one)
                again = partial(one.entry.function, *self.whole, cut, by=shown_by, **keywords)
                return _of_all(found).shown_as(again)
        return None


def _of_all(result: Result) -> Result:
    for name in result.by:
        result = result.over(name)
    return result


def assumed(assumptions: Any) -> dict[str, Any]:
    """The assumptions by name; refused where no KPI asks for one of them."""
    if not isinstance(assumptions, (Mapping, NoneType)):
        raise SalesMetricsError(
            f'assumptions are given by name, as in {{"margin": 0.4}}, not {shown(assumptions)}'
        )
    given = dict(assumptions or {})
    labels = [entry(kpi).label for kpi in KPIS]
    wanted = {name for label in labels for name in (*label.given, *label.assumes)}
    owned = {f"{one.name}.{n}" for one in labels for n in (*one.given, *one.assumes)}
    for name in given:
        if name not in wanted | owned:
            raise NotFoundError(
                one_of("assumption", name, sorted(owned if "." in name else wanted))
            )
    return given
