"""The snapshot as a document in plain types, of which every view is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..insight.compare import Comparison
from ..insight.scorecards import Scorecard
from ..periods import Period
from ..reasons import Reason, RowsByReason
from ..results import Cell, Distribution, Ratio, Result, Survival
from ..results.estimate import Estimate
from ..results.intervals import wilson
from ..results.names import among
from ..results.parts import Value, parts_of
from . import schema as form
from .document_targets import aims_of, at_target_of, scores_of, told_of, why_of

if TYPE_CHECKING:
    from .figures import Figure, Need, Reading, Snapshot

__all__ = [
    "document_need", "document_of", "figure_of", "snapshot_document", "snapshot_json", "span_of",
]  # fmt: skip

LEVEL = 0.95


def snapshot_document(snapshot: Snapshot) -> dict[str, Any]:
    """The document that `salesmetrics.document` describes."""
    return document_of(snapshot).model_dump()


def snapshot_json(snapshot: Snapshot, indent: int | None) -> str:
    """The same as text."""
    return document_of(snapshot).to_json(indent)


def document_of(snapshot: Snapshot) -> form.Document:
    """The tree that every view is drawn from, made once."""
    if not snapshot._kept:
        snapshot._kept.append(_document(snapshot))
    return snapshot._kept[0]


def _document(snapshot: Snapshot) -> form.Document:
    kpis = [_figure(snapshot, figure) for figure in snapshot.figures]
    targets = aims_of(snapshot)
    return form.Document(
        format=form.FORMAT,
        known_until=snapshot.known_until,
        currency=snapshot.currency,
        scorecard=None if snapshot.scorecard is None else snapshot.scorecard.name,
        scorecard_titles=_titles(snapshot.scorecard),
        periods=[span_of(period) for period in snapshot.periods],
        pieces=[list(map(span_of, split)) for split in snapshot.pieces],
        bases=_bases(snapshot),
        by=[list(columns) for columns in snapshot.groupings],
        where={
            table: {name: list(labels) for name, labels in condition}
            for table, condition in snapshot.where.items()
        },
        rows=[form.RowsOfTable.model_validate(one.to_dict()) for one in snapshot.rows_read],
        called=among(snapshot.called, _ids(snapshot, kpis, targets)),
        every=snapshot.every,
        compare=list(snapshot.bases),
        assumptions={name: str(value) for name, value in sorted(snapshot.assumptions.items())},
        kpis=kpis,
        needs=[document_need(need) for need in snapshot.needs],
        targets=targets,
        targets_elsewhere=[why_of(why) for why in snapshot.targets_elsewhere],
        at_target=at_target_of(snapshot),
        score=scores_of(snapshot),
    )


def _ids(
    snapshot: Snapshot, kpis: Iterable[form.DocumentFigure], aims: Iterable[form.Aim]
) -> Iterator[tuple[str, object]]:
    """Whatever may be the id of a record: what a column says, of groups, parts and conditions."""
    for figure in snapshot.figures:
        for one in figure.readings:
            for group in one.result.groups:
                yield from zip(one.result.by, group, strict=True)
    for told in kpis:
        for part in (*told.table, *(row for shown in told.shown for row in shown.table)):
            yield from part.group.items()
            yield from ((name, v) for name, v in part.values.items() if isinstance(v, str))
    for aim in aims:
        yield from aim.group.items()
    for condition in snapshot.where.values():
        yield from ((name, label) for name, labels in condition for label in labels)


def _titles(card: Scorecard | None) -> dict[str, str]:
    titles = {} if card is None else {"en": card.en, "ko": card.ko}
    return {lang: title for lang, title in titles.items() if title}


def _bases(snapshot: Snapshot) -> list[form.DocumentBase]:
    return [
        form.DocumentBase(
            to=against,
            of=period.label,
            period=None if base.period is None else span_of(base.period),
            elapsed=base.elapsed,
            days=base.days,
        )
        for against, bases in snapshot.bases.items()
        for period, base in zip(snapshot.periods, bases, strict=True)
    ]


def document_need(need: Need) -> form.DocumentNeed:
    """A KPI that could not be computed, as the document has it."""
    return form.DocumentNeed(kpi=need.name, needs=why_of(need.needs))


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
            piece
            for reading in figure.readings
            if reading.series is not None
            for piece in _pieces(reading.series)
        ],
        recent=[] if figure.recent is None else _pieces(figure.recent),
        table=[part for reading in figure.readings for part in _table(reading.result)],
        median=isinstance(total, (Distribution, Survival)),
        headed=_is_headed(total),
        shown=[_shown(each) for each in figure.readings if each.result.shows_another],
        notes=[
            form.Noted(by=list(reading.by), note=why_of(note))
            for reading in figure.readings
            for note in getattr(reading.result, "notes", ())
        ],
        uncompared=[why_of(why) for why in dict.fromkeys(figure.refused.values())],
        tables=[one.table for one in total.rows_read],
    )


def _is_headed(result: Result) -> bool:
    return isinstance(getattr(result, "head", None), Result)


def _shown(reading: Reading) -> form.ShownTable:
    shown = reading.result.as_shown
    return form.ShownTable(
        by=list(reading.by),
        columns=list(shown.by),
        figures=_pieces(shown),
        table=_table(shown),
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
        median=isinstance(result, (Distribution, Survival)),
        headed=_is_headed(result),
        tables=[one.table for one in result.rows_read],
    )


def _better(result: Result) -> Any:
    return "neither" if result.identity is None else result.identity.better


def _table(result: Result) -> list[form.DocumentPart]:
    return [
        form.DocumentPart(
            period=part.period,
            group=part.group,
            values={name: _fact(value) for name, value in part.values.items()},
        )
        for part in parts_of(result)
    ]


def _fact(value: Value) -> Any:
    return why_of(value) if isinstance(value, Reason) else value


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
        statistics=dict(cell.statistics) or None,
        excluded=_rows(cell.excluded),
        assumed=_rows(cell.assumed),
        reason=told_of(cell.reason),
        undecided=cell.undecided,
        unfinished=cell.unfinished,
        compared=list(compared),
        parts=dict(cell.parts) if _has_own_table(result) else {},
    )


def _has_own_table(result: Result) -> bool:
    """Whether its table is no row a figure."""
    return hasattr(result, "detail") and not isinstance(result, Estimate)


def _pieces(result: Result) -> list[form.Piece]:
    wide = max(len(result.periods), 1)
    facts = result.facts_at if isinstance(result, Estimate) else lambda *_: {}
    return [
        _piece(result, cell, facts(at % wide, at // wide)) for at, cell in enumerate(result.rows())
    ]


def _piece(result: Result, cell: Cell, facts: Mapping[str, Any]) -> form.Piece:
    return form.Piece(
        group=dict(zip(result.by, cell.group, strict=True)),
        period=span_of(cell.period),
        value=cell.value,
        exact=_exact(cell.exact),
        n=cell.n,
        reason=told_of(cell.reason),
        unfinished=cell.unfinished,
        numerator=cell.numerator,
        denominator=cell.denominator,
        excluded=sum(cell.excluded.values()),
        statistics=dict(cell.statistics),
        parts={name: _fact(value) for name, value in (*facts.items(), *cell.parts.items())},
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


def _rows(counts: RowsByReason) -> list[form.ReasonRows]:
    return [
        form.ReasonRows.model_validate({**reason.to_dict(), "rows": rows})
        for reason, rows in counts.items()
    ]


def span_of(period: Period) -> form.Span:
    """A period as the document has it."""
    return form.Span(
        label=period.label,
        start=period.start.isoformat(),
        end=period.end.isoformat(),
        unit=period.unit,
        of=None if period._whole is None else period._whole.label,
    )


def _exact(value: object) -> str | None:
    return None if value is None else str(value)
