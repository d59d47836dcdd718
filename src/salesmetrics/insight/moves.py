"""Which team an owner who changed it was in, day by day: the changes of team that a CRM has."""

from __future__ import annotations

from dataclasses import dataclass

from ..columns import Codes, Keys
from ..crm import CRM
from ..days import NEVER, day_number
from ..periods import Period

__all__ = ["TeamStays", "team_stays"]


@dataclass(frozen=True, slots=True)
class TeamStays:
    """The teams of one owner: from which day on each, in the order of time."""

    each: tuple[tuple[int, str | None], ...]

    def on_last_day(self, of: Period) -> str | None:
        """The team at the end of a period."""
        return [team for day, team in self.each if day < day_number(of.end)][-1]

    def within(self, period: Period) -> set[str | None]:
        """All teams that the owner was in for some of a period."""
        ends = [*(day for day, _ in self.each[1:]), NEVER]
        first, end = day_number(period.start), day_number(period.end)
        return {
            team
            for (day, team), until in zip(self.each, ends, strict=True)
            if day < end and until > first
        }


def team_stays(crm: CRM) -> dict[str, TeamStays]:
    """The stays of every owner who changed the team; of the others the roster tells the one."""
    table = crm.tables.get("team_changes")
    if table is None:
        return {}
    owners, teams, times = table.columns["owner"], table.codes("team"), table.times("changed_at")
    assert isinstance(owners, Keys)
    before, names = table.columns.get("previous_team"), owners.labels()
    found: dict[str, list[tuple[int, str | None]]] = {}
    moments, days = times.seconds.tolist(), times.days.tolist()
    for row in sorted(range(table.size), key=lambda row: (moments[row], row)):
        earlier = before.at(row) if isinstance(before, Codes) else None
        mine = found.setdefault(str(names[row]), [(0, _said(earlier))])
        if days[row] != NEVER:  # as of a day before it, it has not happened
            mine.append((days[row], _said(teams.at(row))))
    return {who: TeamStays(tuple(each)) for who, each in found.items()}


def _said(team: object) -> str | None:
    return None if team is None else str(team)
