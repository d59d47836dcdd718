"""A document as an Excel workbook: a sheet a section, numbers as numbers, never a formula."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ..insight.sections import sections
from ..results.export import library
from ..results.formats import RATES
from ..results.text_table import visible, width
from ..results.words import Words, words
from ..snapshots import schema as form
from .screen import against_told, facts_told
from .target_views import aims_shown
from .told import Plain, Told, aimed, reason_said, target_of, title_said, told

__all__ = ["workbook"]

WIDEST = 60
LONGEST = 32_000  # characters that a cell holds
MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


@dataclass(frozen=True, slots=True)
class _Formatted:
    """A number with the format that its cell shows it in."""

    value: Plain | None
    form: str


Row = Sequence[str | Plain | _Formatted | None]


def workbook(document: form.Document, lang: str = "en") -> bytes:
    """The file: what it is of, a sheet a section, the targets, and what was left out."""
    library("openpyxl", "excel", "a workbook")
    from openpyxl import Workbook

    said = words(lang, document.called)
    figures = told(document, said)
    book = Workbook(write_only=True)
    book.properties.created = datetime(2000, 1, 1)
    elsewhere = (reason_said(why, said) for why in document.targets_elsewhere)
    lines = (facts_told(document, said), against_told(document, said), *elsewhere)
    _sheet(book, said.say("page_title"), [[_text(line)] for line in lines])
    for section in sections().values():
        mine = [figures[name] for name in section.kpis if name in figures]
        variants = [one for one in figures.values() if one.name not in section.kpis]
        mine += [one for one in variants if one.figure.of in section.kpis]
        if mine:
            rows = _section(document, mine, said)
            _sheet(book, section.title(said.lang), rows, freeze="B2")
    if aims_shown(document):
        _sheet(book, said.say("targets"), _targets(document, figures, said))
    if document.needs:
        needs = [
            [_text(title_said(one.kpi, said)), _text(reason_said(one.needs, said))]
            for one in document.needs
        ]
        header = [said.say("kpi"), said.say("reason")]
        _sheet(book, said.say("page_needs"), [header, *needs])
    made = io.BytesIO()
    book.save(made)
    return _without_clock(made)


def _without_clock(made: io.BytesIO) -> bytes:
    """The same file without the moment that it was made: one document gives the same bytes."""
    plain = io.BytesIO()
    with ZipFile(made) as old, ZipFile(plain, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = MODIFIED.sub(rb"\g<1>2000-01-01T00:00:00Z", data)
            new.writestr(ZipInfo(name), data, ZIP_DEFLATED)
    return plain.getvalue()


def _sheet(book: Any, title: str, rows: Sequence[Row], freeze: str | None = None) -> None:
    """A sheet as wide as its longest texts; written row by row, which many cells need."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = freeze
    for at, column in enumerate(zip_longest(*rows), 1):
        longest = max((width(str(_plain(cell))) for cell in column if cell is not None), default=8)
        sheet.column_dimensions[get_column_letter(at)].width = min(WIDEST, longest + 2)
    for row in rows:
        cells: list[Any] = []
        for each in row:
            cells.append(_plain(each))
            if isinstance(each, _Formatted):
                cells[-1] = WriteOnlyCell(sheet, each.value)
                cells[-1].number_format = each.form
        sheet.append(cells)


def _plain(cell: str | Plain | _Formatted | None) -> str | Plain | None:
    return cell.value if isinstance(cell, _Formatted) else cell


def _section(document: form.Document, mine: Sequence[Told], said: Words) -> list[Row]:
    """A row a figure: the whole, then each group."""
    columns = list(dict.fromkeys(name for by in document.by for name in by))
    names = ("period", "value", "unit", "n", "change", "reason")
    header = [said.say("kpi"), *map(said.column, columns), *map(said.say, names)]
    rows: list[Row] = [[_text(name) for name in header]]
    for figure in mine:
        title, unit = _text(figure.title), _text(said.unit(figure.figure.unit))
        shown = "0.0%" if figure.figure.unit in RATES else "#,##0" if figure.is_money else None
        for cell in figure.figure.figures:
            change = cell.compared[0] if cell.compared else None
            rows.append(
                [
                    title,
                    *(_text(_group(cell, name, said)) for name in columns),
                    _text(cell.period),
                    cell.value if shown is None else _Formatted(cell.value, shown),
                    unit,
                    cell.n,
                    None if change is None else change.change,
                    "" if cell.reason is None else _text(reason_said(cell.reason, said)),
                ]
            )
    return rows


def _group(cell: form.DocumentCell, name: str, said: Words) -> str:
    if name not in cell.group:
        return ""
    return said.names({name: cell.group[name]})


def _targets(document: form.Document, figures: Mapping[str, Told], said: Words) -> list[Row]:
    names = ("kpi", "for", "period", "actual", "target", "attainment")
    rows: list[Row] = [[_text(said.say(name)) for name in names]]
    for aim in aims_shown(document):
        title = aimed(aim, document, figures, said).title
        who = said.names(aim.group) or said.say("whole")
        reached = _Formatted(aim.attainment, "0.0%")
        rows.append(
            [_text(title), _text(who), _text(aim.period), aim.actual, target_of(aim), reached]
        )
    return rows


def _text(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    shown = visible(text)[:LONGEST]
    return f"'{shown}" if shown.lstrip().startswith(("=", "+", "-", "@")) else shown
