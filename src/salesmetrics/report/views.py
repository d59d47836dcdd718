"""A document laid out as tables, which text, Markdown and HTML then draw each in their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from ..errors import SalesMetricsError, shown
from ..reasons import Reason, RowsByReason, as_reason, reasons_in
from ..results.display import DASH, View
from ..results.rows_read import RowsRead
from ..results.text_table import visible
from ..results.words import Words
from ..snapshots import schema as form
from .tabled import GroupedCells, Tabled, kpi_said
from .target_views import targets_view
from .told import periods_said, reason_from, reason_said, span_said

__all__ = ["Tables", "check_top", "rows_lost", "rows_of_tables"]

MOST_NAMED = 5  # KPIs of one remark
MOST_REASONS = 3  # of those that rows were refused for, in one line


@dataclass(frozen=True)
class Tables:
    """The tables of a document, in the words of a language.

    `top`: of the groups only so many with the largest first figure, and none without any figure.
    """

    document: form.Document
    said: Words
    top: int | None = None

    @cached_property
    def figures(self) -> list[Tabled]:
        return [Tabled(one, self.document, self.said) for one in self.document.kpis]

    @cached_property
    def periods(self) -> list[str]:
        return list(periods_said(self.document, self.said).values())

    @cached_property
    def views(self) -> list[View]:
        """The overall figures, each grouping, tables that KPIs have of their own, the targets."""
        check_top(self.top)
        aims = self.targets
        whole = [self.overall, *self.grouped, *self.own]
        return whole if aims is None else [*whole, aims]

    @property
    def own(self) -> list[View]:
        """What the answers of KPIs have beside their one figure: of the whole, and by group."""
        return [view for figure in self.figures for view in figure.own_tables()]

    @property
    def targets(self) -> View | None:
        return targets_view(self.document, self.said)

    @cached_property
    def facts(self) -> str:
        """What the whole is of."""
        document, said = self.document, self.said
        found = [said.say("snapshot", periods=", ".join(self.periods))]
        if document.scorecard is not None:
            titles = document.scorecard_titles
            card = titles.get(said.lang) or titles.get("en") or document.scorecard
            found.insert(0, visible(card))
        if document.where:
            found.append(said.say("where", conditions=self._conditions))
        if document.known_until:
            found.append(said.say("known", at=document.known_until.replace("T", " ")))
        if self._all_unfinished:
            found.append(said.say("unfinished"))
        told = [one.from_history for one in document.kpis if one.from_history is not None]
        if fields := list(dict.fromkeys(name for names in told for name in names)):
            found.append(said.say("from_history", fields=said.columns(fields)))
        if document.currency:
            found.append(said.say("money", currency=document.currency))
        return "; ".join(found)

    @cached_property
    def _all_unfinished(self) -> bool:
        """Whether the periods are not over: then it is said once, for all.

        A figure of what came before (coverage that was needed) is not of the period, and says
        nothing.
        """
        cells = [cell for one in self.document.kpis for cell in one.figures if not cell.group]
        single = len(self.document.periods) == 1
        return single and 2 * sum(cell.unfinished for cell in cells) > len(cells)

    @property
    def _conditions(self) -> str:
        """What the tables are filtered by; the name of a table only where others are not."""
        texts: dict[str, list[str]] = {}
        for table, condition in self.document.where.items():
            for name, labels in condition.items():
                allowed = " | ".join(self.said.name(name, label) for label in labels) or DASH
                text = f"{visible(self.said.column(name))} = {allowed}"
                texts.setdefault(text, []).append(table)
        every = max(map(len, texts.values()))
        return ", ".join(
            text if len(tables) == every > 1 else f"{', '.join(tables)}: {text}"
            for text, tables in texts.items()
        )

    @cached_property
    def overall(self) -> View:
        said, single = self.said, len(self.periods) == 1
        header = [said.say("kpi"), said.say("unit")]
        for at, period in enumerate(self.periods):
            header += [span_said(piece, said) for piece in self._pieces(at)]
            header += [period, *self._versus(at)]
        header += [said.say("n"), said.say("notes")] if single else []
        rows = []
        for figure in self.figures:
            whole = figure.by_columns[()]
            spans = [self._span(figure, whole, at, 0) for at in range(len(self.periods))]
            texts = figure.texts([cell for cells in spans for cell in cells])
            row, done = [figure.name, figure.unit_said], 0
            for at, cells in enumerate(spans):
                row += texts[done : done + len(cells)]
                done += len(cells)
                row += [figure.change(one) for one in whole.cells[0][at].compared]
            only = whole.cells[0][0]
            row += [f"{only.n:,}", self._notes(only)] if single else []
            rows.append(row)
        return View("", header, rows, left=2, remarks=single)

    def _pieces(self, at: int) -> list[form.Span]:
        """What a period is split into, unless that is itself."""
        document = self.document
        pieces = document.pieces[at] if document.every else []
        return [piece for piece in pieces if piece != document.periods[at]]

    def _span(
        self, figure: Tabled, cells: GroupedCells, at: int, group: int
    ) -> list[form.DocumentCell | form.Piece | None]:
        """The pieces of a period (None where a KPI has no figure of them), and then the whole."""
        whole = cells.cells[group][at]
        own = whole.group.items()
        return [*(figure.pieces.get((*own, one.label)) for one in self._pieces(at)), whole]

    def _versus(self, at: int) -> list[str]:
        bases = [one for one in self.document.bases if one.of == self.document.periods[at].label]
        return [
            self.said.say(
                "versus",
                base=self.said.say(one.to)
                if one.period is None
                else span_said(one.period, self.said),
            )
            for one in bases
        ]

    def _notes(self, cell: form.DocumentCell) -> str:
        why = None if cell.reason is None else reason_from(cell.reason)
        notes = [] if why is None else [why.said(self.said.lang)]
        told = () if why is None else reasons_in(why)
        counts = [(reason_from(one), one.rows) for one in (*cell.excluded, *cell.assumed)]
        notes += [self.said.rows(rows, reason) for reason, rows in counts if reason not in told]
        if cell.undecided:
            notes.append(self.said.say("undecided_rows", rows=f"{cell.undecided:,}"))
        if cell.unfinished and not self._all_unfinished:
            notes.append(self.said.say("unfinished"))
        return visible("; ".join(notes))

    @cached_property
    def grouped(self) -> list[View]:
        """A table a grouping; KPIs of other tables, that have other groups, have one of their
        own."""
        found: list[View] = []
        for by in map(tuple, self.document.by):
            pairs = [(f, f.by_columns[by]) for f in self.figures if by in f.by_columns]
            for groups in dict.fromkeys(cells.groups for _, cells in pairs):
                same = [(f, cells) for f, cells in pairs if cells.groups == groups]
                for at in range(len(self.periods)):
                    found += (
                        [self._course(at, figure, cells) for figure, cells in same]
                        if self.document.every
                        else [self._side_by_side(at, same)]
                    )
        return found

    def _side_by_side(self, at: int, same: Sequence[tuple[Tabled, GroupedCells]]) -> View:
        """KPIs of one period, a row a group."""
        first = same[0][1]
        header, rows = self._names(first)
        notes: list[str] = []
        every = []
        for figure, grouping in same:
            cells = [each[at] for each in grouping.cells]
            every.append(cells)
            header += [f"{figure.name}\n({figure.unit_said})", *self._versus(at)]
            columns = [figure.texts(cells, DASH)]
            columns += [
                [figure.change(cell.compared[place]) for cell in cells]
                for place in range(len(self._versus(at)))
            ]
            for row, *texts in zip(rows, *columns, strict=True):
                row.extend(texts)
            notes += self._why_undefined(figure.name, cells)
        rows, more = self._largest(rows, every)
        return View(self._by(at, first), header, rows, len(first.by), notes=[*more, *notes])

    def _course(self, at: int, figure: Tabled, grouping: GroupedCells) -> View:
        """One KPI, a row a group and a column a piece of the period."""
        header, rows = self._names(grouping)
        spans = [self._span(figure, grouping, at, g) for g in range(len(grouping.groups))]
        texts = figure.texts([cell for cells in spans for cell in cells], DASH)
        wide = len(spans[0]) if spans else 0
        last = [each[at] for each in grouping.cells]
        for g, row in enumerate(rows):
            row.extend(texts[g * wide : (g + 1) * wide])
            row.extend(map(figure.change, last[g].compared))
        if spans:
            header += [span_said(one, self.said) for one in self._pieces(at)]
            header += [self.periods[at], *self._versus(at)]
        title = f"{figure.name} ({figure.unit_said}), {self._by(at, grouping)}"
        rows, more = self._largest(rows, [last])
        notes = [*more, *self._why_undefined("", last)]
        return View(title, header, rows, len(grouping.by), notes=notes)

    def _by(self, at: int, grouping: GroupedCells) -> str:
        columns = ", ".join(visible(self.said.column(name)) for name in grouping.by)
        return f"{self.periods[at]} {self.said.say('by', columns=columns)}"

    def _names(self, grouping: GroupedCells) -> tuple[list[str], list[list[str]]]:
        header = [visible(self.said.column(name)) for name in grouping.by]
        return header, [[*map(self.said.name, grouping.by, group)] for group in grouping.groups]

    def _largest(
        self, rows: list[list[str]], figures: Sequence[Sequence[form.DocumentCell]]
    ) -> tuple[list[list[str]], list[str]]:
        """The rows with the largest first figure, and how many others there are."""
        if self.top is None:
            return rows, []
        told = [at for at in range(len(rows)) if any(each[at].value for each in figures)]
        first = figures[0] if figures else ()
        order = sorted(told, key=lambda at: -(first[at].value or 0))[: self.top]
        left = len(rows) - len(order)
        words = {"count": f"{left:,}", "empty": f"{len(rows) - len(told):,}"}
        more = [self.said.say("more_groups", **words)] if left else []
        return [rows[at] for at in order], more

    def _why_undefined(self, name: str, cells: Sequence[form.DocumentCell]) -> list[str]:
        reasons = [
            "" if cell.reason is None else reason_said(cell.reason, self.said)
            for cell in cells
            if cell.exact is None
        ]
        if not reasons:
            return []
        most = max(dict.fromkeys(reasons), key=reasons.count)
        who = f"{name} " if name else ""
        told = f"{self.said.say('undefined')}: {len(reasons):,} / {len(cells):,}: {most}"
        return [visible(f"{DASH} {who}{told}")]

    @cached_property
    def remarks(self) -> list[str]:
        """What is to be known beside the tables."""
        document, said = self.document, self.said
        found = rows_lost(rows_of_tables(document.rows), said)
        found += [visible(reason_said(why, said)) for why in document.targets_elsewhere]
        spans = {span.label: span for span in document.periods}
        found += [
            said.say(
                "elapsed",
                period=span_said(spans[base.of], said),
                base=span_said(base.period, said),
                days=base.days,
                base_days=_days(base.period),
            )
            for base in document.bases
            if base.elapsed and base.period is not None
        ]
        found += [
            visible(f"{figure.name}: {said.say('only_overall')}: {reason_said(why, said)}")
            for figure in self.figures
            for why in figure.figure.ungrouped.values()
        ]
        found += self._uncompared()
        if document.needs:
            lines = [
                "  "
                + said.say(
                    "reason_needed",
                    kpi=kpi_said(need.kpi, said),
                    needs=reason_said(need.needs, said),
                )
                for need in document.needs
            ]
            found.append("\n".join([said.say("not_computed") + ":", *map(visible, lines)]))
        return found

    def _uncompared(self) -> list[str]:
        """Why figures that are there have no course, or no comparison: a line a reason."""
        names: dict[tuple[str, str], list[str]] = {}
        for figure in self.figures:
            told = {reason_said(why, self.said): "" for why in figure.figure.uncompared}
            for cell in figure.by_columns[()].cells[0]:
                for one in cell.compared:
                    if cell.value is not None and one.change is None and one.reason is not None:
                        why = reason_said(one.reason, self.said)
                        told.setdefault(why, f" {self.said.say('uncompared')}")
            for why, what in told.items():
                names.setdefault((what, why), []).append(figure.name)
        return [visible(f"{_some(each)}{what}: {why}") for (what, why), each in names.items()]


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f", +{more}" if more > 0 else "")


def check_top(top: int | None) -> None:
    """Refuse what is no number of rows."""
    if top is not None and (isinstance(top, bool) or not isinstance(top, int) or top < 1):
        raise SalesMetricsError(f"top is {shown(top)}; give how many rows to show, 1 or more")


def _days(span: form.Span) -> int:
    return (date.fromisoformat(span.end) - date.fromisoformat(span.start)).days


def rows_of_tables(rows: Sequence[form.RowsOfTable]) -> list[RowsRead]:
    """What became of the rows of each table, of a document."""
    return [_read(one) for one in rows]


def _read(one: form.RowsOfTable) -> RowsRead:
    refused, left_out, unread = (
        {reason_from(why): why.rows for why in each}
        for each in (one.refused, one.left_out, one.unread)
    )
    return RowsRead(one.table, one.given, one.used, refused, left_out, unread)


def rows_lost(read: Sequence[RowsRead], said: Words) -> list[str]:
    """Of each table that lost rows on their way in: how many are used, and why others are not."""
    return [
        visible(_rows_lost(one, said))
        for one in read
        if one.refused or one.left_out or one.unread or one.is_empty
    ]


def _rows_lost(one: RowsRead, said: Words) -> str:
    if one.is_empty:
        return Reason("no_rows_given", table=one.table).said(said.lang)
    used = Reason("rows_used", table=one.table, used=one.used, given=one.given).said(said.lang)
    told = [
        said.say(word, rows=f"{sum(rows.values()):,}", why=_mostly(rows, said))
        for word, rows in (
            ("cannot_be_used", one.refused),
            ("left_out_by_rule", one.left_out),
            ("one_cannot_be_read" if one.unread_cells == 1 else "cannot_be_read", one.unread),
        )
        if rows
    ]
    return "; ".join([used, *told])


def _mostly(rows: RowsByReason, said: Words) -> str:
    """The most frequent reasons, and that there are more."""
    first = [said.rows(n, as_reason(why)) for why, n in list(rows.items())[:MOST_REASONS]]
    return ", ".join([*first, *(["..."] if len(rows) > MOST_REASONS else [])])
