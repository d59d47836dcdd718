"""Snapshot: many KPIs at once, as one document.

KPIs that add over rows are measured together, batch by batch, on one cut of time and one set of
groups; every reading (a total, an owner, a quarter of months) is a roll-up of that.  The others
are measured once a reading on the whole table.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .catalog import KPIS, Entry, Kpi, entry
from .crm import CRM
from .errors import ColumnError, NeedsError, NotFoundError, SalesMetricsError, one_of
from .measures import Cell, Result
from .periods import ALL_TIME, Period, Periods, as_periods
from .tables import batches
from .tables.grouping import By, as_by, check_by, group_columns
from .tables.known import Instant

__all__ = ["Figure", "Need", "Snapshot", "snapshot"]

FORMAT = "salesmetrics.snapshot/1"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Figure:
    """One KPI of a snapshot: overall, and by group where that can be."""

    entry: Entry
    total: Result
    groups: Result | None = None
    ungrouped: str | None = None  # why there are no groups, though they were asked for

    @property
    def name(self) -> str:
        return self.entry.name


@dataclass(frozen=True, slots=True)
class Need:
    """A KPI that could not be computed, and what it would need."""

    name: str
    needs: str


@dataclass(frozen=True, slots=True, repr=False)
class Snapshot:
    """The KPIs of one or more periods, overall and by group, with what each is made of."""

    periods: tuple[Period, ...]
    by: tuple[str, ...]
    known_until: str | None
    currency: str | None
    figures: tuple[Figure, ...]
    needs: tuple[Need, ...] = ()
    assumptions: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Result:
        """The overall result of a KPI by name."""
        return self.figure(name).total

    def figure(self, name: str) -> Figure:
        """A KPI's figures by name."""
        for figure in self.figures:
            if figure.name == name:
                return figure
        for need in self.needs:
            if need.name == name:
                raise NeedsError(need.needs, f"{name} needs {need.needs}")
        raise NotFoundError(one_of("KPI", name, [figure.name for figure in self.figures]))

    def to_records(self) -> list[dict[str, Any]]:
        """A flat dict a figure; group columns are None in the overall rows."""
        return [
            {"kpi": figure.name, **dict.fromkeys(self.by), **record, "unit": _unit(figure)}
            for figure in self.figures
            for result in (figure.total, figure.groups)
            if result is not None
            for record in result.to_records()
        ]

    def to_dict(self) -> dict[str, Any]:
        """The whole document in plain types; exact figures are text."""
        return {
            "format": FORMAT,
            "known_until": self.known_until,
            "currency": self.currency,
            "periods": [
                {"label": p.label, "start": p.start.isoformat(), "end": p.end.isoformat()}
                for p in self.periods
            ],
            "by": list(self.by),
            "assumptions": {name: str(value) for name, value in sorted(self.assumptions.items())},
            "kpis": [_figure_dict(figure) for figure in self.figures],
            "needs": [{"kpi": need.name, "needs": need.needs} for need in self.needs],
        }

    def to_json(self, indent: int | None = 2) -> str:
        """The document as JSON; the same input gives the same text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=indent)

    def to_csv(self) -> str:
        """A row a figure.  Text that a spreadsheet would compute gets a leading quote."""
        names = [
            "kpi", *self.by, "period", "start", "end", "value", "numerator", "denominator",
            "n", "excluded", "reason", "unit",
        ]  # fmt: skip
        out = io.StringIO()
        # Parts of a whole have columns of their own, which a table of all KPIs has no room for.
        writer = csv.DictWriter(out, names, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        for record in self.to_records():
            writer.writerow({name: _plain(value) for name, value in record.items()})
        return out.getvalue()

    def __repr__(self) -> str:
        from .report.text import snapshot_text  # a view, made only when somebody looks

        return snapshot_text(self)

    def _repr_html_(self) -> str:
        from .report.html import snapshot_html

        return snapshot_html(self)


def snapshot(
    crm: CRM,
    period: Periods | str,
    *,
    by: By = None,
    as_of: Instant | None = None,
    kpis: Iterable[str | Kpi] | None = None,
    assumptions: Mapping[str, Any] | None = None,
) -> Snapshot:
    """Every KPI that the data supports, and what the others would need.

    Args:
        crm: the tables.
        period: one or several periods.
        by: a column, or several at once, to also show each figure by.  A KPI whose tables lack it
            is shown overall only, with the reason.
        as_of: only what was known then; with the period itself the figures never change again.
        kpis: names (also of variants) or functions; all of the catalogue otherwise.
        assumptions: what a KPI asks for by a keyword without default, by name.

    Raises:
        SalesMetricsError: a KPI, period or assumption that does not exist.
        ColumnError: no table can be grouped by `by`.

    >>> from salesmetrics import CRM, examples
    >>> crm = CRM(deals=examples.deals)
    >>> snapshot(crm, "2025-Q1", kpis=["win_rate"])["win_rate"].value
    0.6666666666666666
    """
    if not isinstance(crm, CRM):
        raise SalesMetricsError(
            f"a CRM is expected, not {type(crm).__name__}; make one with CRM(...)"
        )
    periods, names = as_periods(period), as_by(by)
    if ALL_TIME in periods:
        raise SalesMetricsError("a snapshot is of a period that ends; all time has no end")
    world = crm if as_of is None else crm.as_of(as_of)
    entries = [entry(kpi) for kpi in (KPIS if kpis is None else kpis)]
    given = dict(assumptions or {})
    _all_used(given)
    groupable = {name: _can_group(table, names) for name, table in world.tables.items()}
    if names and not any(reason is None for reason in groupable.values()):
        columns = sorted({c for table in world.tables.values() for c in group_columns(table)})
        unknown = next((name for name in names if name not in columns), ", ".join(names))
        raise ColumnError(one_of("by", unknown, columns))
    needs, ready = _divided(entries, world, given)
    found: dict[str, Figure] = {}
    for tables in dict.fromkeys(one.label.tables for one in ready):
        same = [one for one in ready if one.label.tables == tables]
        reason = next((r for r in (groupable[name] for name in tables) if r is not None), None)
        figures, more = _measured(world, tables, same, periods, names, reason, given)
        found |= figures
        needs |= more
    known = world.known
    return Snapshot(
        periods=periods,
        by=names,
        known_until=None if known is None else known.at.isoformat(),
        currency=world.currency,
        figures=tuple(found[one.name] for one in entries if one.name in found),
        needs=tuple(Need(one.name, needs[one.name]) for one in entries if one.name in needs),
        assumptions=given,
    )


def _all_used(given: Mapping[str, Any]) -> None:
    wanted = sorted({name for kpi in KPIS for name in entry(kpi).label.given})
    for name in given:
        if name not in wanted:
            raise NotFoundError(one_of("assumption", name, wanted or ["none so far"]))


def _divided(
    entries: Sequence[Entry], world: CRM, given: Mapping[str, Any]
) -> tuple[dict[str, str], list[Entry]]:
    """KPIs that lack a table or an assumption, and those that lack neither."""
    needs, ready = {}, []
    for one in entries:
        missing = [name for name in one.label.tables if not world.has(name)]
        missing += [f"assumption {name}" for name in one.label.given if name not in given]
        if missing:
            needs[one.name] = ", ".join(missing)
        else:
            ready.append(one)
    return needs, ready


def _can_group(table: Any, names: tuple[str, ...]) -> str | None:
    """None, or why this table cannot be grouped so."""
    try:
        check_by(table, names)
    except (ColumnError, NeedsError) as wrong:
        return str(wrong)
    return None


def _measured(
    world: CRM,
    tables: tuple[str, ...],
    entries: Sequence[Entry],
    periods: tuple[Period, ...],
    names: tuple[str, ...],
    ungrouped: str | None,
    given: Mapping[str, Any],
) -> tuple[dict[str, Figure], dict[str, str]]:
    by = names if ungrouped is None else ()
    whole = [world.tables[name] for name in tables]
    results: dict[str, Result] = {}
    needs: dict[str, str] = {}
    left = {one.name: one for one in entries if one.label.adds_over}
    streams = [batches(table) for table in whole]
    longest = max(table.size for table in whole)
    done = 0
    while left and (done < longest or done == 0):
        parts = [next(stream) for stream in streams]
        done += max(1, *(part.size for part in parts))
        for one in list(left.values()):
            try:
                results[one.name] = one.function(*parts, periods, by=by, **_keywords(one, given))
            except NeedsError as lacking:
                needs[one.name] = lacking.needs
                del left[one.name]
    for one in entries:
        if one.label.adds_over or one.name in needs:
            continue
        try:
            results[one.name] = one.function(*whole, periods, by=by, **_keywords(one, given))
        except NeedsError as lacking:
            needs[one.name] = lacking.needs
    figures = {}
    for one in entries:
        if one.name in results:
            total = results[one.name]
            for name in by:
                total = total.over(name)
            groups = results[one.name] if by else None
            figures[one.name] = Figure(one, total, groups, ungrouped)
    return figures, needs


def _keywords(one: Entry, given: Mapping[str, Any]) -> dict[str, Any]:
    return {**one.keywords, **{name: given[name] for name in one.label.given}}


def _unit(figure: Figure) -> str:
    return figure.total.currency or figure.total.unit


def _figure_dict(figure: Figure) -> dict[str, Any]:
    label = figure.entry.label
    results = (figure.total, figure.groups)
    return {
        "kpi": figure.name,
        "of": label.name,
        "variant": {name: str(value) for name, value in sorted(figure.entry.keywords.items())},
        "en": label.en,
        "ko": label.ko,
        "definition": figure.entry.definition,
        "unit": _unit(figure),
        "better": label.better,
        "ungrouped": figure.ungrouped,
        "figures": [_cell_dict(r.by, cell) for r in results if r is not None for cell in r.rows()],
    }


def _cell_dict(by: tuple[str, ...], cell: Cell) -> dict[str, Any]:
    found: dict[str, Any] = {
        "group": dict(zip(by, cell.group, strict=True)),
        "period": cell.period.label,
        "value": cell.value,
        "exact": _exact(cell.exact),
        "numerator": cell.numerator,
        "denominator": cell.denominator,
        "n": cell.n,
        "excluded": dict(cell.excluded),
        "assumed": dict(cell.assumed),
        "reason": cell.reason,
        "unfinished": cell.unfinished,
    }
    return found if cell.undecided is None else {**found, "undecided": cell.undecided}


def _exact(value: int | Decimal | Fraction | None) -> str | None:
    return None if value is None else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
