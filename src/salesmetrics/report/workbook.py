"""A document as an Excel workbook: a sheet a section, numbers as numbers, never a formula."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..insight.sections import sections
from ..results.export import library
from ..results.formats import RATES
from ..results.text_table import visible
from ..results.words import Words, words
from ..snapshots import schema as form
from .screen import against_told, facts_told
from .target_views import aims_shown
from .told import Told, aimed, reason_said, target_of, told

__all__ = ["workbook"]

WIDEST = 60
LONGEST = 32_000  # characters that a cell holds


def workbook(document: form.Document, lang: str = "en") -> bytes:
    """The file: what it is of, a sheet a section, the targets, and what was left out."""
    library("openpyxl", "excel", "a workbook")
    from openpyxl import Workbook

    said = words(lang, document.called)
    figures = told(document, said)
    book = Workbook()
    book.properties.created = book.properties.modified = datetime(2000, 1, 1)  # no clock
    sheet = book.active
    assert sheet is not None
    sheet.title = said.say("page_title")[:31]
    elsewhere = (reason_said(why, said) for why in document.targets_elsewhere)
    for line in (facts_told(document, said), against_told(document, said), *elsewhere):
        sheet.append([_text(line)])
    for section in sections().values():
        mine = [figures[name] for name in section.kpis if name in figures]
        variants = [one for one in figures.values() if one.name not in section.kpis]
        mine += [one for one in variants if one.figure.of in section.kpis]
        if mine:
            _section(book.create_sheet(section.title(said.lang)[:31]), document, mine, said)
    if aims_shown(document):
        _targets(book.create_sheet(said.say("targets")[:31]), document, figures, said)
    if document.needs:
        sheet = book.create_sheet(said.say("page_needs")[:31])
        sheet.append([said.say("kpi"), said.say("reason")])
        for need in document.needs:
            sheet.append([_text(need.kpi), _text(reason_said(need.needs, said))])
    for sheet in book.worksheets:
        _fit(sheet)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _section(sheet: Any, document: form.Document, mine: list[Told], said: Words) -> None:
    """A row a figure: the whole, then each group."""
    columns = list(dict.fromkeys(name for by in document.by for name in by))
    names = ("period", "value", "unit", "n", "change", "reason")
    header = [said.say("kpi"), *map(said.column, columns), *map(said.say, names)]
    sheet.append([_text(name) for name in header])
    sheet.freeze_panes = "B2"
    at = 2 + len(columns) + 1
    for figure in mine:
        for cell in figure.figure.figures:
            change = cell.compared[0] if cell.compared else None
            row = [
                _text(figure.title),
                *(_text(_group(cell, name, said)) for name in columns),
                _text(cell.period),
                cell.value,
                _text(figure.figure.unit),
                cell.n,
                None if change is None else change.change,
                "" if cell.reason is None else _text(reason_said(cell.reason, said)),
            ]
            sheet.append(row)
            if figure.figure.unit in RATES:
                sheet.cell(sheet.max_row, at).number_format = "0.0%"
            elif figure.is_money:
                sheet.cell(sheet.max_row, at).number_format = "#,##0"


def _group(cell: form.DocumentCell, name: str, said: Words) -> str:
    if name not in cell.group:
        return ""
    return said.names({name: cell.group[name]})


def _targets(sheet: Any, document: form.Document, figures: Mapping[str, Told], said: Words) -> None:
    names = ("kpi", "for", "period", "actual", "target", "attainment")
    sheet.append([_text(said.say(name)) for name in names])
    for aim in aims_shown(document):
        title = aimed(aim, document, figures, said).title
        who = said.names(aim.group) or said.say("whole")
        sheet.append(
            [_text(title), _text(who), _text(aim.period), aim.actual, target_of(aim),
             aim.attainment]
        )  # fmt: skip
        sheet.cell(sheet.max_row, 6).number_format = "0.0%"


def _text(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    shown = visible(text)[:LONGEST]
    return f"'{shown}" if shown.lstrip().startswith(("=", "+", "-", "@")) else shown


def _fit(sheet: Any) -> None:
    for column in sheet.columns:
        longest = max(len(str(cell.value)) for cell in column if cell.value is not None) if any(
            cell.value is not None for cell in column
        ) else 8  # fmt: skip
        sheet.column_dimensions[column[0].column_letter].width = min(WIDEST, longest + 2)
