"""A snapshot once taken: its figures, and every reading of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalog import Entry, entry
from ..doors import door
from ..errors import ColumnError, NeedsError, NotFoundError, one_of
from ..insight.compare import Against, Base, CellOf, Comparison, compared
from ..insight.scorecards import Scorecard
from ..insight.targets import Attainment, Score, Share, scored, shares
from ..periods import Period
from ..reasons import Reason
from ..results import Cell, Result
from ..results.export import library
from ..results.rows_read import RowsRead
from ..tables.rows import Condition

if TYPE_CHECKING:
    import pandas

    from ..insight.alerts import AlertReport
    from ..insight.causes import Explanation
    from ..insight.quality import QualityReport
    from .schema import Document

__all__ = ["Columns", "Figure", "Need", "Reading", "Snapshot"]

Columns = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One KPI in one grouping: its figures, what they are compared with, and their course."""

    by: Columns
    result: Result
    bases: Mapping[Against, Result] = field(default_factory=dict)
    series: Result | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One KPI of a snapshot: overall, and by the groupings that its tables have."""

    entry: Entry
    whole: Reading
    grouped: tuple[Reading, ...] = ()
    ungroupable: Mapping[Columns, Reason] = field(default_factory=dict)
    refused: Mapping[str, Reason] = field(default_factory=dict)
    recent: Result | None = None  # month by month up to what is known

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def total(self) -> Result:
        """The overall figures."""
        return self.whole.result

    @property
    def groups(self) -> Result | None:
        """The figures of the first grouping that it has."""
        return self.grouped[0].result if self.grouped else None

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The whole, then every grouping."""
        return self.whole, *self.grouped

    def by(self, *columns: str) -> Result:
        """The figures by these columns together."""
        for reading in self.grouped:
            if reading.by == columns:
                return reading.result
        wanted = ", ".join(columns)
        why = self.ungroupable.get(columns) or f"this snapshot has no grouping {wanted!r}"
        raise ColumnError(f"{self.name} by {wanted}: {why}")


@dataclass(frozen=True, slots=True)
class Need:
    """A KPI that could not be computed, and what it would need."""

    name: str
    needs: Reason


@dataclass(frozen=True, slots=True, repr=False)
class Snapshot:
    """The KPIs of one or more periods, overall and by group, with what each is made of."""

    periods: tuple[Period, ...]
    groupings: tuple[Columns, ...]
    known_until: str | None
    currency: str | None
    figures: tuple[Figure, ...]
    needs: tuple[Need, ...] = ()
    assumptions: Mapping[str, Any] = field(default_factory=dict)
    bases: Mapping[Against, tuple[Base, ...]] = field(default_factory=dict)
    every: str | None = None
    pieces: tuple[tuple[Period, ...], ...] = ()
    targets: tuple[Attainment, ...] = ()
    targets_elsewhere: tuple[Reason, ...] = ()  # KPIs whose targets are for other periods
    scorecard: Scorecard | None = None
    where: Mapping[str, Condition] = field(default_factory=dict)  # what each table is filtered by
    # By column and id what records are called.
    called: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    rows_read: tuple[RowsRead, ...] = ()  # table by table: given, used, refused, left out
    lang: str = "en"
    # The document, as soon as a view has asked for it: the next one need not make it again.
    _kept: list[Document] = field(default_factory=list, init=False, compare=False)

    def __getitem__(self, name: str) -> Result:
        """The overall result of a KPI by name."""
        return self.figure(name).total

    def figure(self, name: str) -> Figure:
        """A KPI's figures by name, also as people say it."""
        with suppress(NotFoundError):
            name = entry(name).name
        for figure in self.figures:
            if figure.name == name:
                return figure
        for need in self.needs:
            if need.name == name:
                raise NeedsError(need.needs, f"{name} needs {need.needs}")
        raise NotFoundError(one_of("KPI", name, [figure.name for figure in self.figures]))

    @property
    def by(self) -> Columns:
        """Every column that some grouping has."""
        return tuple(dict.fromkeys(column for columns in self.groupings for column in columns))

    @property
    def from_history(self) -> tuple[str, ...] | None:
        """The fields of deals read as they were at the time; the others are as they are now."""
        told = [one.total.from_history for one in self.figures]
        there = [names for names in told if names is not None]
        return tuple(dict.fromkeys(name for names in there for name in names)) if there else None

    def comparisons(
        self,
        figure: Figure,
        reading: Reading,
        period: int,
        group: int,
        now: Cell | None = None,
        then: Mapping[Against, CellOf] | None = None,
    ) -> tuple[Comparison, ...]:
        """One cell against each of its bases; who has it, or what gives theirs, gives it."""
        if not self.bases:
            return ()
        now = now or reading.result.cell(period, group)
        ahead = (
            Reason("forecast_of_whole") if now.unfinished and "p90" in (now.parts or ()) else None
        )
        return tuple(
            compared(
                reading.result,
                now,
                bases[period],
                _base_cell(reading.bases.get(against), bases[period].period, now.group)
                if then is None
                else then[against](bases[period].period, now.group),
                figure.entry.label.better,
                figure.refused.get(against) or (ahead if bases[period].elapsed else None),
            )
            for against, bases in self.bases.items()
        )

    def compare(
        self, name: str, against: Against = "previous", *, period: str | None = None, **group: Any
    ) -> Comparison:
        """One figure against one of its bases: `.compare("win_rate", owner="ana")`."""
        if against not in self.bases:
            asked = ", ".join(self.bases) or "nothing: pass compare="
            raise NotFoundError(f"this snapshot is compared with {asked}, not with {against!r}")
        figure = self.figure(name)
        names = {column.replace(".", "_"): column for column in self.by}
        columns = {names.get(column, column) for column in group}
        reading = next((one for one in figure.readings if set(one.by) == columns), None)
        if reading is None:
            figure.by(*group)
        assert reading is not None
        cell = reading.result.at(period=period, **group)
        place = self.periods.index(cell.period), reading.result.groups.index(cell.group)
        return self.comparisons(figure, reading, *place)[list(self.bases).index(against)]

    @property
    def shares(self) -> tuple[Share, ...]:
        """For each KPI with targets by owner or team: how many of them are at target."""
        return shares(self.targets)

    @property
    def score(self) -> tuple[Score, ...]:
        """The weighted attainment of the whole company, by period, over its KPIs with targets."""
        card = self.scorecard
        if card is not None:
            return scored(self.targets, card.weights, card.cap)
        names = [*(one.name for one in self.figures), *(one.name for one in self.needs)]
        asked = {entry(name).label.name for name in names}
        return scored(one for one in self.targets if entry(one.kpi).label.name in asked)

    def to_records(self) -> list[dict[str, Any]]:
        """A flat dict a figure; group columns are None in the overall rows."""
        return door("snapshot_records", list)(self)

    def to_pandas(self) -> pandas.DataFrame:
        """The same as a pandas DataFrame."""
        frame: type[pandas.DataFrame] = library("pandas", "pandas", "to_pandas()").DataFrame
        records = self.to_records()
        return frame.from_records(records, columns=list(records[0]) if records else None)

    def to_dict(self) -> dict[str, Any]:
        """The whole document in plain types; exact figures are text (docs/snapshot.schema.json)."""
        return door("snapshot_document", dict)(self)

    def to_json(self, indent: int | None = 2) -> str:
        """The document as JSON; the same input gives the same text."""
        return door("snapshot_json", str)(self, indent)

    def to_csv(self) -> str:
        """A row a figure.  Text that a spreadsheet would compute gets a leading quote."""
        return door("snapshot_csv", str)(self)

    def to_text(
        self, lang: str | None = None, columns: int | None = None, *, top: int | None = None
    ) -> str:
        """Tables for a terminal of so many columns (else of the width it has).

        Args:
            lang: `"en"` or `"ko"`.
            columns: how wide the terminal is.
            top: of the groups only so many, those with the largest first figure; groups of which
                all figures are 0 or undefined are left out.  How many are not shown is said.
        """
        return door("snapshot_text", str)(self, lang, columns, top)

    def to_markdown(self, lang: str | None = None, *, top: int | None = None) -> str:
        """The same tables in Markdown, every text escaped."""
        return door("snapshot_markdown", str)(self, lang, top)

    def to_html(
        self,
        path: str | Path | None = None,
        *,
        lang: str | None = None,
        title: str | None = None,
        sections: Sequence[str] | None = None,
        beside: Sequence[AlertReport | Explanation | QualityReport] = (),
    ) -> str:
        """One page with tiles, charts and filters that opens from disk; written to a path if given.

        Args:
            path: a file to write, such as `"q4.html"`.
            lang: `"en"` or `"ko"`.
            title: its heading.
            sections: only these, such as `["won", "people", "alerts"]`.
            beside: what else it shows: what `alerts()`, `explain()` and `quality()` gave.
        """
        return door("snapshot_page", str)(self, path, lang, title, sections, beside)

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return door("snapshot_html", str)(self)


def _base_cell(result: Result | None, period: Period | None, group: tuple[Any, ...]) -> Cell | None:
    """The cell of a group, where there is one."""
    if result is None or period is None:
        return None
    place = result.axes.place_of(group)
    return None if place is None else result.cell(result.periods.index(period), place)
