"""A KPI of a document as tables show it: all figures of a column with as many decimals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from ..catalog import ENTRIES
from ..results.display import DASH, View, parts_table
from ..results.formats import Number, number_text, numbers_text, unit_text
from ..results.parts import Part, Value
from ..results.text_table import visible
from ..results.words import Words
from ..snapshots import schema as form
from .told import clear, is_told, periods_said, reason_from, variant_said

__all__ = ["GroupedCells", "Tabled", "exact", "kpi_said"]

Shown = form.DocumentCell | form.Piece


@dataclass(frozen=True)
class GroupedCells:
    """The figures of one grouping: `cells[group][period]`, as the document lists them."""

    by: tuple[str, ...]
    groups: tuple[tuple[form.Label, ...], ...]
    cells: Sequence[Sequence[form.DocumentCell]]


@dataclass(frozen=True)
class Tabled:
    """One KPI of a document, in the words of a language."""

    figure: form.DocumentFigure
    document: form.Document
    said: Words

    @cached_property
    def name(self) -> str:
        """What it is asked for by; in Korean what it is called."""
        return visible(variant_said(self.figure, self.said))

    @property
    def unit(self) -> str:
        return self.figure.measure or self.figure.unit

    @property
    def currency(self) -> str | None:
        return self.figure.unit if self.figure.unit == self.document.currency else None

    @property
    def rounds_up(self) -> bool:
        return self.figure.rounded_up

    @cached_property
    def unit_said(self) -> str:
        """A currency, a percent sign, what is counted."""
        return unit_text(self, self.said, self.figure.median)

    @cached_property
    def by_columns(self) -> dict[tuple[str, ...], GroupedCells]:
        """The figures of the whole, `()`, and of every grouping that it has."""
        wide = len(self.document.periods)
        found: dict[tuple[str, ...], list[form.DocumentCell]] = {(): []}
        lacking = [tuple(names.split(", ")) for names in self.figure.ungrouped]
        found |= {tuple(by): [] for by in self.document.by if tuple(by) not in lacking}
        for cell in self.figure.figures:
            found.setdefault(tuple(cell.group), []).append(cell)
        return {
            by: GroupedCells(
                by,
                tuple(tuple(cell.group.values()) for cell in cells[::wide]),
                [cells[at : at + wide] for at in range(0, len(cells), wide)],
            )
            for by, cells in found.items()
        }

    @cached_property
    def pieces(self) -> dict[tuple[object, ...], form.Piece]:
        """The steps of the series, by group and period."""
        return {(*piece.group.items(), piece.period.label): piece for piece in self.figure.series}

    def texts(self, cells: Sequence[Shown | None], undefined: str | None = None) -> list[str]:
        """Figures that stand together; nothing for None."""
        blank = self.said.say("undefined") if undefined is None else undefined
        values = [None if cell is None else exact(cell) for cell in cells]
        if any(isinstance(value, Fraction) for value in values):  # with decimals all of them
            values = [None if value is None else Fraction(value) for value in values]
        texts = numbers_text(self, values, self.said, blank)
        return ["" if cell is None else text for cell, text in zip(cells, texts, strict=True)]

    def change(self, one: form.Compared) -> str:
        """How much a figure differs from its base, and whether that is good."""
        if one.change is None:
            return "-"
        if one.points is not None:
            text = f"{one.points:+,.1f} {self.said.say('points')}"
        elif one.relative is not None:
            text = f"{one.relative:+,.1%}"
        else:
            size = number_text(abs(one.change), self.unit, self.currency, self.said)
            text = ("-" if one.change < 0 else "+") + size
        if is_told(text) and one.direction in ("better", "worse"):
            return f"{text} {self.said.say(one.direction if clear(one) else 'unclear')}"
        return text

    def own_tables(self) -> list[View]:
        """What it has beside its one figure: of the whole, and by group."""
        found = []
        for by in self.by_columns:
            shown = next((one for one in self.figure.shown if tuple(one.by) == by), None)
            columns = list(by) if shown is None else shown.columns
            rows = [row for row in self.figure.table if tuple(row.group) == by]
            figures: Sequence[Shown] = [
                cell for cells in self.by_columns[by].cells for cell in cells
            ]
            if shown is not None:
                rows, figures = shown.table, shown.figures
            if not rows:
                continue
            headed = self.figure.headed and len(rows) == len(figures) > 1
            shares = self.texts(figures, DASH) if headed else []
            parts = [_part(row) for row in rows]
            periods = periods_said(self.document, self.said)
            view = parts_table(
                parts, columns, self.figure.kpi, self.unit, shares, periods, self.said
            )
            notes = view.notes + [
                f"- {visible(reason_from(one.note).said(self.said.lang))}"
                for one in self.figure.notes
                if tuple(one.by) == by
            ]
            found.append(View(self._title(by), view.header, view.rows, view.left, notes=notes))
        return found

    def _title(self, by: Sequence[str]) -> str:
        if not by:
            return self.name
        columns = ", ".join(visible(self.said.column(name)) for name in by)
        return f"{self.name} {self.said.say('by', columns=columns)}"


def kpi_said(name: str, said: Words) -> str:
    """The name of a KPI that a document may have no figure of."""
    return visible(said.kpi(ENTRIES[name]) if name in ENTRIES else name)


def exact(cell: Shown) -> Number | None:
    """The figure as it was computed: a document has it as text."""
    if cell.exact is None:
        return None
    return int(cell.exact) if isinstance(cell.value, int) else Fraction(cell.exact)


def _part(row: form.DocumentPart) -> Part:
    values: dict[str, Value] = {
        name: reason_from(value) if isinstance(value, form.DocumentReason) else value
        for name, value in row.values.items()
    }
    return Part(row.period, dict(row.group), values)
