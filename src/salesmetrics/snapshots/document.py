"""The snapshot in plain types: as a document, as flat records, as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticSerializationError

from ..insight.compare import Comparison
from ..periods import Period
from ..reasons import RowsByReason
from ..results import Cell, Ratio, Result
from ..results.formats import is_daily
from ..results.intervals import wilson
from ..results.parts import parts_of
from ..results.text_table import encodable
from . import schema as form
from .document_targets import aims_of, at_target_of, scores_of, told_of, why_of

if TYPE_CHECKING:
    from .figures import Figure, Need, Reading, Snapshot

__all__ = [
    "document_need", "document_of", "figure_of", "record_lines", "snapshot_csv",
    "snapshot_document", "snapshot_json", "snapshot_records", "span_of",
]  # fmt: skip

FORMULA = ("=", "+", "-", "@")
LEVEL = 0.95


def snapshot_document(snapshot: Snapshot) -> dict[str, Any]:
    """The document that `salesmetrics.document` describes."""
    return document_of(snapshot).model_dump()


def snapshot_json(snapshot: Snapshot, indent: int | None) -> str:
    """The same as text."""
    made = document_of(snapshot)
    try:
        return made.model_dump_json(indent=indent)
    except PydanticSerializationError:  # half a character, which only an escape can write
        return json.dumps(made.model_dump(mode="json"), indent=indent, allow_nan=False)


def document_of(snapshot: Snapshot) -> form.Document:
    """The tree that every view is drawn from."""
    return form.Document(
        format=form.FORMAT,
        known_until=snapshot.known_until,
        currency=snapshot.currency,
        scorecard=None if snapshot.scorecard is None else snapshot.scorecard.name,
        periods=[span_of(period) for period in snapshot.periods],
        by=[list(columns) for columns in snapshot.groupings],
        where={
            table: {name: list(labels) for name, labels in condition}
            for table, condition in snapshot.where.items()
        },
        rows=[form.RowsOfTable.model_validate(one.to_dict()) for one in snapshot.rows_read],
        every=snapshot.every,
        compare=list(snapshot.bases),
        assumptions={name: str(value) for name, value in sorted(snapshot.assumptions.items())},
        kpis=[_figure(snapshot, figure) for figure in snapshot.figures],
        needs=[document_need(need) for need in snapshot.needs],
        targets=aims_of(snapshot),
        at_target=at_target_of(snapshot),
        score=scores_of(snapshot),
    )


def document_need(need: Need) -> form.DocumentNeed:
    """A KPI that could not be computed, as the document has it."""
    return form.DocumentNeed(kpi=need.name, needs=why_of(need.needs))


def snapshot_records(snapshot: Snapshot) -> list[dict[str, Any]]:
    """A flat dict a figure, the pieces of a series after the wholes."""
    return [
        record
        for figure in snapshot.figures
        for reading in figure.readings
        for record in _records(snapshot, figure, reading)
    ]


def record_lines(snapshot: Snapshot) -> str:
    """The records as JSON, a line each."""
    lines = [json.dumps(record, ensure_ascii=False) for record in snapshot_records(snapshot)]
    return encodable("\n".join(lines))


def snapshot_csv(snapshot: Snapshot) -> str:
    """A row a figure."""
    names = [
        "kpi", "grouped_by", *snapshot.by, "period", "start", "end", "value", "numerator",
        "denominator", "n", "excluded", "refused", "left_out", "reason", "reason_code", "unit",
        *_extra(snapshot),
    ]  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    parts = [part for figure in snapshot.figures for part in _parts(snapshot, figure)]
    names += ["part"] if parts else []
    writer.writerow([_plain(name) for name in names])
    for record in (*snapshot_records(snapshot), *parts):
        writer.writerow([_plain(record.get(name)) for name in names])
    return encodable(out.getvalue())


def _parts(snapshot: Snapshot, figure: Figure) -> Iterator[dict[str, Any]]:
    """A row for every number of a KPI's own table."""
    for reading in figure.readings:
        blank = _blank(snapshot, figure, reading)
        for row in parts_of(reading.result):
            for name, value in row.values.items():
                yield {**blank, **row.group, "period": row.period, "part": name, "value": value}


def _extra(snapshot: Snapshot) -> dict[str, None]:
    """The columns that only some snapshots have."""
    parts = ("base", "change", "relative", "points", "direction")
    names = dict.fromkeys(f"{against}_{part}" for against in snapshot.bases for part in parts)
    return names | (dict.fromkeys(["part_of"]) if snapshot.every else {})


def _blank(snapshot: Snapshot, figure: Figure, reading: Reading) -> dict[str, Any]:
    """What leads every record; `grouped_by` tells the whole from the group of what is missing."""
    by = ", ".join(reading.by) or None
    return {"kpi": figure.name, "grouped_by": by, **dict.fromkeys(snapshot.by)}


def _records(snapshot: Snapshot, figure: Figure, reading: Reading) -> Iterator[dict[str, Any]]:
    result = reading.result
    unit = result.currency or result.unit
    if result.currency is not None and is_daily(result.unit):
        unit += " a day"
    blank = _blank(snapshot, figure, reading)
    cells = [(p, g) for g in range(len(result.groups)) for p in range(len(snapshot.periods))]
    for (p, g), record in zip(cells, result.to_records(), strict=True):
        compared = {
            f"{one.against}_{part}": value
            for one in snapshot.comparisons(figure, reading, p, g)
            for part, value in (
                ("base", one.base),
                ("change", one.change),
                ("relative", one.relative),
                ("points", one.points),
                ("direction", one.direction),
            )
        }
        yield {**blank, **record, "unit": unit, **_extra(snapshot), **compared}
    if reading.series is None:
        return
    whole_of = {
        piece: whole.label
        for whole, split in zip(snapshot.periods, snapshot.pieces, strict=True)
        for piece in split
    }
    series = reading.series
    owners = [whole_of[cell.period] for cell in series.rows()]
    for owner, record in zip(owners, series.to_records(), strict=True):
        yield {**blank, **record, "unit": unit, **_extra(snapshot), "part_of": owner}


def _plain(value: Any) -> Any:
    """Text that a spreadsheet would compute gets a leading quote; its lines end in one way."""
    if isinstance(value, str):  # a bare carriage return would end the row, as it is not quoted
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(value, str) and (value.lstrip().startswith(FORMULA) or value[:1] in "\t\n"):
        return f"'{value}" if value else value
    return value


def _figure(snapshot: Snapshot, figure: Figure) -> form.DocumentFigure:
    label = figure.entry.label
    total = figure.total
    return form.DocumentFigure(
        kpi=figure.name,
        of=label.name,
        variant={name: str(value) for name, value in sorted(figure.entry.keywords.items())},
        en=label.en,
        ko=label.ko,
        definition=figure.entry.definition,
        unit=total.currency or total.unit,
        measure=total.unit,
        rounded_up=total.rounds_up,
        better=label.better,
        from_history=None if total.from_history is None else list(total.from_history),
        ungrouped={", ".join(by): why_of(why) for by, why in figure.ungroupable.items()},
        figures=[
            _cell(snapshot, figure, reading, p, g)
            for reading in figure.readings
            for g in range(len(reading.result.groups))
            for p in range(len(snapshot.periods))
        ],
        series=[
            _piece(reading.by, cell)
            for reading in figure.readings
            if reading.series is not None
            for cell in reading.series.rows()
        ],
        recent=[] if figure.recent is None else [_piece((), c) for c in figure.recent.rows()],
        table=[part for reading in figure.readings for part in _table(reading.result)],
    )


def figure_of(result: Result) -> form.DocumentFigure:
    """One result as a document has a KPI, with every period and group of it."""
    what, known = result.identity, result.evidence.what
    return form.DocumentFigure(
        kpi=str(known) if what is None else what.name,
        of=str(known) if what is None else what.name,
        variant={},
        en=result.title,
        ko=known.said("ko") if what is None else what.title("ko"),
        definition="",
        unit=result.currency or result.unit,
        measure=result.unit,
        rounded_up=result.rounds_up,
        better=_better(result),
        from_history=None if result.from_history is None else list(result.from_history),
        ungrouped={},
        figures=[_evidence(result, cell) for cell in result.rows()],
        series=[],
        table=_table(result),
    )


def _better(result: Result) -> Any:
    return "neither" if result.identity is None else result.identity.better


def _table(result: Result) -> list[form.DocumentPart]:
    return [
        form.DocumentPart(period=part.period, group=part.group, values=part.values)
        for part in parts_of(result)
    ]


def _cell(
    snapshot: Snapshot, figure: Figure, reading: Reading, p: int, g: int
) -> form.DocumentCell:
    cell = reading.result.cell(p, g)
    compared = [_compared(one) for one in snapshot.comparisons(figure, reading, p, g, cell)]
    return _evidence(reading.result, cell, compared)


def _evidence(
    result: Result, cell: Cell, compared: Sequence[form.Compared] = ()
) -> form.DocumentCell:
    return form.DocumentCell(
        group=dict(zip(result.by, cell.group, strict=True)),
        period=cell.period.label,
        value=cell.value,
        exact=_exact(cell.exact),
        numerator=cell.numerator,
        denominator=cell.denominator,
        n=cell.n,
        interval=_interval(result, cell),
        statistics=_statistics(cell),
        excluded=_rows(cell.excluded),
        assumed=_rows(cell.assumed),
        reason=told_of(cell.reason),
        undecided=cell.undecided,
        unfinished=cell.unfinished,
        compared=list(compared),
    )


def _piece(by: tuple[str, ...], cell: Cell) -> form.Piece:
    return form.Piece(
        group=dict(zip(by, cell.group, strict=True)),
        period=span_of(cell.period),
        value=cell.value,
        exact=_exact(cell.exact),
        n=cell.n,
        reason=told_of(cell.reason),
        unfinished=cell.unfinished,
    )


def _compared(one: Comparison) -> form.Compared:
    assert one.against is not None  # a snapshot is beside periods that it has a name for
    return form.Compared(
        to=one.against,
        period=None if one.period is None else span_of(one.period),
        elapsed=one.elapsed,
        base=one.base,
        base_n=one.base_n,
        change=one.change,
        relative=one.relative,
        points=one.points,
        interval=None if one.interval is None else list(one.interval),
        direction=one.direction,
        reason=told_of(one.reason),
    )


def _interval(result: Result, cell: Cell) -> list[float] | None:
    if not isinstance(result, Ratio) or not result.is_proportion or not cell.denominator:
        return None
    return list(wilson(int(cell.numerator or 0), int(cell.denominator), LEVEL))


def _statistics(cell: Cell) -> dict[str, float | None] | None:
    found = cell.statistics
    return {name: None if value is None else float(value) for name, value in found.items()} or None


def _rows(counts: RowsByReason) -> list[form.ReasonRows]:
    return [
        form.ReasonRows.model_validate({**reason.to_dict(), "rows": rows})
        for reason, rows in counts.items()
    ]


def span_of(period: Period) -> form.Span:
    """A period as the document has it."""
    return form.Span(label=period.label, start=period.start.isoformat(), end=period.end.isoformat())


def _exact(value: object) -> str | None:
    return None if value is None else str(value)
