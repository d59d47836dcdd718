"""The roster in time: how many days owners and teams were there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ...days import NEVER, day_number
from ...errors import NeedsError, SalesMetricsError
from ...periods import ALL_TIME, Periods, as_periods
from ...reasons import Reason, column_needed, rows_of
from ...results import Axes, Grid, Total
from ...results.definition import Measured
from ...results.evidence import Listed
from ...results.records import Contribution
from ...results.result import Evidence
from ...tables import IntoOwners
from ...tables.grouping import By, allowed_part, as_by, grouping
from ...tables.owners import Owners
from ...tables.record_names import called_in

__all__ = ["owner_days", "team_days"]

Int64 = npt.NDArray[np.int64]
Stay = tuple[int, int, int, str]  # group, first day, first day after, who


def owner_days(owners: IntoOwners, period: Periods | str, by: By = None) -> Total:
    """The days that each owner was on the roster, summed."""
    table = allowed_part(Owners.of(owners))
    axes, groups = _axes(table, period, by)
    start, end = _stays(table)
    stays = list(zip(groups.tolist(), start.tolist(), end.tolist(), table.ids(), strict=True))
    return _total(table, axes, groups, stays, "owner-days", {})


def team_days(owners: IntoOwners, period: Periods | str, by: By = None) -> Total:
    """The days that each team had at least one owner on the roster, summed."""
    table = allowed_part(Owners.of(owners))
    axes, groups = _axes(table, period, by)
    if not table.has("team"):
        raise NeedsError(
            column_needed("owners", "team"), "owners have no 'team', and teams are to be counted"
        )
    team = table.codes("team").codes
    start, end = _stays(table)
    stays: list[Stay] = []
    for group, of_team in sorted({*zip(groups.tolist(), team.tolist(), strict=True)}):
        rows = np.flatnonzero((groups == group) & (team == of_team))
        if of_team:
            spans = sorted(zip(start[rows].tolist(), end[rows].tolist(), strict=True))
            name = str(table.codes("team").labels[of_team])
            stays += [(group, *span, name) for span in _united(spans)]
    nobody = np.zeros(axes.shape[1], dtype=np.int64)
    np.add.at(nobody, groups[team == 0], 1)
    excluded = (
        {Reason("no_field", field="team"): _constant(axes, nobody, table.size)}
        if (team == 0).any()
        else {}
    )
    return _total(table, axes, groups, stays, "team-days", excluded)


def _united(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Days in one or more of the spans, which are in order."""
    found: list[tuple[int, int]] = []
    for first, last in spans:
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _axes(table: Owners, period: Periods | str, by: By) -> tuple[Axes, Int64]:
    periods = as_periods(period)
    if ALL_TIME in periods:
        raise SalesMetricsError("how many were there on average needs a period; all time has none")
    found = grouping(table, as_by(by))
    groups = np.zeros(table.size, np.int64) if found.codes is None else found.codes
    return Axes(periods, found.by, found.groups), groups.astype(np.int64)


def _stays(table: Owners) -> tuple[Int64, Int64]:
    """The first day of each owner and the first day after; an end to come has not come."""
    start, end = np.zeros(table.size, np.int64), np.full(table.size, NEVER, np.int64)
    if table.has("started_at"):
        days = table.times("started_at").days.astype(np.int64)
        start = np.where(days == NEVER, 0, days)
    if table.has("ended_at"):
        days = table.times("ended_at").days.astype(np.int64)
        known = NEVER - 1 if table.known is None else table.known.day
        end = np.where(days <= known, days, NEVER)
    return start, np.maximum(end, start)


def _constant(axes: Axes, by_group: Int64, bound: int) -> Grid:
    """The same count at every time."""
    changes = np.zeros(axes.shape, dtype=np.int64)
    changes[0] = by_group
    return Grid(changes, True, bound)


def _total(
    table: Owners,
    axes: Axes,
    groups: Int64,
    stays: Sequence[Stay],
    unit: str,
    excluded: dict[Reason, Grid],
) -> Total:
    edges = axes.bounds
    changes = np.zeros(axes.shape, dtype=np.int64)
    for group, first, after, _ in stays:
        inside = np.clip(edges, first, after)
        changes[1 : len(edges), group] += inside[1:] - inside[:-1]
    days = Grid(changes, False, (table.size + 1) * NEVER)
    missing = np.ones(table.size, dtype=bool)
    if table.has("started_at"):
        missing = table.times("started_at").days == NEVER
    always = np.zeros(axes.shape[1], dtype=np.int64)
    np.add.at(always, groups[missing], 1)
    assumed = (
        {Reason("always_there", field="started_at"): _constant(axes, always, table.size)}
        if missing.any()
        else {}
    )
    known = None if table.known is None else table.known.at
    definition = Measured("owners", "on the roster", ("started_at", "ended_at"), (unit,))
    evidence = Evidence(
        rows_of("owners", "on the roster"), "owners from started_at to ended_at", known,
        definition=definition, zone=None if table.zone is None else table.zone.name,
        called=called_in([table]),
        source=Listed(lambda _: _listed(axes, stays, unit), axes.by, (table.source(),)),
    )  # fmt: skip
    return Total(axes, evidence, unit, days, days, excluded_rows=excluded, assumed_rows=assumed)


def _listed(axes: Axes, stays: Sequence[Stay], unit: str) -> Iterator[Contribution]:
    """The days that each owner, or team, was there in each period."""
    table = "owners" if unit == "owner-days" else "teams"
    for period in axes.periods:
        start, end = day_number(period.start), day_number(period.end)
        for row, (group, first, after, who) in enumerate(stays):
            days = min(after, end) - max(first, start)
            if days > 0:
                here = axes.groups[group]
                yield Contribution(table, who, row, period.label, here, None, days)
