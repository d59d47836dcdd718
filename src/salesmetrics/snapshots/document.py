"""The snapshot as a document in plain types, of which every view is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..insight.compare import Against, CellOf, Comparison
from ..insight.scorecards import Scorecard
from ..results import Cell, Distribution, Result, Survival
from ..results.names import among
from . import schema as form
from .document_cells import Plain, Written, cells_by_place, span_of
from .document_targets import aims_of, at_target_of, scores_of, why_of

if TYPE_CHECKING:
    from .figures import Figure, Need, Reading, Snapshot

__all__ = [
    "document_need", "document_of", "figure_of", "snapshot_document", "snapshot_json",
]  # fmt: skip


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
    written = Written()
    kpis = [_figure(snapshot, figure, written) for figure in snapshot.figures]
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


def _figure(snapshot: Snapshot, figure: Figure, written: Written) -> form.DocumentFigure:
    label = figure.entry.label
    total = figure.total
    cells = [reading.result.rows() for reading in figure.readings]
    every = list(zip(figure.readings, cells, strict=True))
    return form.DocumentFigure.model_validate(
        {
            "kpi": figure.name,
            "of": label.name,
            "variant": {name: str(v) for name, v in sorted(figure.entry.keywords.items())},
            "en": label.en,
            "ko": label.ko,
            "definition": figure.entry.definition,
            "unit": total.currency or total.unit,
            "measure": total.unit,
            "rounded_up": total.rounds_up,
            "better": label.better,
            "from_history": None if total.from_history is None else list(total.from_history),
            "ungrouped": {
                ", ".join(by): written.why(why) for by, why in figure.ungroupable.items()
            },
            "figures": [
                one
                for reading, mine in every
                for one in written.figures(
                    reading.result, mine, _compared(snapshot, figure, reading, mine)
                )
            ],
            "series": [
                piece
                for reading in figure.readings
                if reading.series is not None
                for piece in written.pieces(reading.series)
            ],
            "recent": [] if figure.recent is None else written.pieces(figure.recent),
            "table": [
                part for reading, mine in every for part in written.table(reading.result, mine)
            ],
            "median": isinstance(total, (Distribution, Survival)),
            "headed": _is_headed(total),
            "shown": [
                _shown(each, written) for each in figure.readings if each.result.shows_another
            ],
            "notes": [
                {"by": list(reading.by), "note": written.why(note)}
                for reading in figure.readings
                for note in getattr(reading.result, "notes", ())
            ],
            "uncompared": [written.why(why) for why in dict.fromkeys(figure.refused.values())],
            "tables": [one.table for one in total.rows_read],
        }
    )


def _compared(
    snapshot: Snapshot, figure: Figure, reading: Reading, cells: Sequence[Cell]
) -> list[tuple[Comparison, ...]]:
    """Of each cell what it is compared with, having read every base at once."""
    then: dict[Against, CellOf] = {
        against: cells_by_place(reading.bases.get(against)) for against in snapshot.bases
    }
    wide = len(snapshot.periods)
    return [
        snapshot.comparisons(figure, reading, at % wide, at // wide, cell, then)
        for at, cell in enumerate(cells)
    ]


def _is_headed(result: Result) -> bool:
    return isinstance(getattr(result, "head", None), Result)


def _shown(reading: Reading, written: Written) -> Plain:
    shown = reading.result.as_shown
    return {
        "by": list(reading.by),
        "columns": list(shown.by),
        "figures": written.pieces(shown),
        "table": written.table(shown),
    }


def figure_of(result: Result) -> form.DocumentFigure:
    """One result as a document has a KPI, with every period and group of it."""
    what, known = result.identity, result.evidence.what
    cells, written = result.rows(), Written()
    return form.DocumentFigure.model_validate(
        {
            "kpi": str(known) if what is None else what.name,
            "of": str(known) if what is None else what.name,
            "variant": {},
            "en": result.title,
            "ko": known.said("ko") if what is None else what.title("ko"),
            "definition": "",
            "unit": result.currency or result.unit,
            "measure": result.unit,
            "rounded_up": result.rounds_up,
            "better": "neither" if what is None else what.better,
            "from_history": None if result.from_history is None else list(result.from_history),
            "ungrouped": {},
            "figures": written.figures(result, cells),
            "series": [],
            "table": written.table(result, cells),
            "median": isinstance(result, (Distribution, Survival)),
            "headed": _is_headed(result),
            "tables": [one.table for one in result.rows_read],
        }
    )
