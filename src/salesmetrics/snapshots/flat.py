"""A document as flat records, and as CSV: a row a figure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from ..results.formats import is_daily
from ..results.text_table import encodable
from . import schema as form
from .document import document_of

if TYPE_CHECKING:
    from .figures import Snapshot

__all__ = ["document_csv", "document_records", "record_lines", "snapshot_csv", "snapshot_records"]

FORMULA = ("=", "+", "-", "@")
COMPARED = ("base", "change", "relative", "points", "direction")


def snapshot_records(snapshot: Snapshot) -> list[dict[str, Any]]:
    """A flat dict a figure."""
    return document_records(document_of(snapshot))


def snapshot_csv(snapshot: Snapshot) -> str:
    """A row a figure."""
    return document_csv(document_of(snapshot))


def document_records(document: form.Document) -> list[dict[str, Any]]:
    """A flat dict a figure, the pieces of a series after the wholes."""
    return [record for figure in document.kpis for record in _records(document, figure)]


def record_lines(document: form.Document) -> str:
    """The records as JSON, a line each."""
    lines = [json.dumps(record, ensure_ascii=False) for record in document_records(document)]
    return encodable("\n".join(lines))


def document_csv(document: form.Document) -> str:
    """A row a figure, then one for every number of a KPI's own table."""
    names = [
        "kpi", "grouped_by", *_columns(document), "period", "start", "end", "value", "numerator",
        "denominator", "n", "excluded", "refused", "left_out", "reason", "reason_code", "unit",
        *_extra(document),
    ]  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    plain = cache(_plain)  # of one document: its names and groups stand in many rows
    parts = [part for figure in document.kpis for part in _parts(document, figure)]
    names += ["part"] if parts else []
    writer.writerow([_plain(name) for name in names])
    for record in (*document_records(document), *parts):
        writer.writerow(
            [plain(cell) if type(cell) is str else cell for cell in map(record.get, names)]
        )
    return encodable(out.getvalue())


def _columns(document: form.Document) -> list[str]:
    """Every column that some grouping has."""
    return list(dict.fromkeys(column for columns in document.by for column in columns))


def _extra(document: form.Document) -> dict[str, None]:
    """The columns that only some documents have."""
    names = dict.fromkeys(f"{against}_{part}" for against in document.compare for part in COMPARED)
    return names | (dict.fromkeys(["part_of"]) if document.every else {})


def _blank(document: form.Document, kpi: str, group: form.Group) -> dict[str, Any]:
    """What leads every record; `grouped_by` tells the whole from the group of what is missing."""
    by = ", ".join(group) or None
    return {"kpi": kpi, "grouped_by": by, **dict.fromkeys(_columns(document)), **group}


def _parts(document: form.Document, figure: form.DocumentFigure) -> Iterator[dict[str, Any]]:
    for row in figure.table:
        blank = _blank(document, figure.kpi, row.group)
        for name, value in row.values.items():
            yield {**blank, "period": row.period, "part": name, "value": _said(value)}


def _records(document: form.Document, figure: form.DocumentFigure) -> Iterator[dict[str, Any]]:
    spans = {span.label: span for span in document.periods}
    behind = [one for one in document.rows if one.table in figure.tables]
    lost = {
        "refused": sum(why.rows for one in behind for why in one.refused),
        "left_out": sum(why.rows for one in behind for why in one.left_out),
    }
    unit = figure.unit
    if unit == document.currency and is_daily(figure.measure):
        unit += " a day"
    tail = {"unit": unit, **_extra(document)}
    made_of = {(row.period, *row.group.items()): row.values for row in figure.table}
    whole_of = {
        piece.label: whole.label
        for whole, split in zip(document.periods, document.pieces, strict=False)
        for piece in split
    }
    groupings = dict.fromkeys(tuple(cell.group) for cell in figure.figures)
    for by in groupings:
        for cell in figure.figures:
            if tuple(cell.group) == by:
                parts = cell.parts or made_of.get((cell.period, *cell.group.items()), {})
                compared = {
                    f"{one.to}_{name}": getattr(one, name)
                    for one in cell.compared
                    for name in COMPARED
                }
                yield {
                    **_blank(document, figure.kpi, cell.group),
                    **_evidence(cell, spans[cell.period], sum(why.rows for why in cell.excluded)),
                    **lost,
                    **_reason(cell.reason),
                    **(cell.statistics or {}),
                    **{name: _said(value) for name, value in parts.items()},
                    **tail,
                    **compared,
                }
        for piece in figure.series:
            if tuple(piece.group) == by:
                yield {
                    **_blank(document, figure.kpi, piece.group),
                    **_evidence(piece, piece.period, piece.excluded),
                    **lost,
                    **_reason(piece.reason),
                    **piece.statistics,
                    **piece.parts,
                    **tail,
                    "part_of": whole_of.get(piece.period.label),
                }


def _evidence(
    cell: form.DocumentCell | form.Piece, span: form.Span, excluded: int
) -> dict[str, Any]:
    return {
        "period": span.label,
        "start": span.start,
        "end": span.end,
        "value": cell.value,
        "numerator": cell.numerator,
        "denominator": cell.denominator,
        "n": cell.n,
        "excluded": excluded,
    }


def _reason(reason: form.DocumentReason | None) -> dict[str, str | None]:
    if reason is None:
        return {"reason": None, "reason_code": None}
    return {"reason": reason.text, "reason_code": reason.code}


def _said(value: Any) -> Any:
    """A number or name as it is; of a reason its words."""
    return value.text if isinstance(value, form.DocumentReason) else value


def _plain(text: str) -> str:
    """Text that a spreadsheet would compute gets a leading quote; its lines end in one way."""
    # A bare carriage return would end the row, as it is not quoted.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    computed = text.lstrip().startswith(FORMULA) or text[:1] in ("\t", "\n")
    return f"'{text}" if computed else text
