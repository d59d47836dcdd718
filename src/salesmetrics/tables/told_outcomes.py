"""What the columns of deals say together of how each stands: checked as they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..columns import Codes, Column, Numbers, Times, chosen, never
from ..days import NEVER
from ..errors import NeedsError
from ..models import Deal, choices
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..reasons import Reason, column_needed
from .rows import Mask
from .stages import Stages

__all__ = ["OUTCOMES", "told_outcomes", "with_said_open"]

OUTCOMES = choices(Deal, "outcome")


def told_outcomes(
    reading: ColumnReader, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
) -> None:
    """Each deal's outcome, by its own word, its stage's type or its close; clashes are faults.

    One that is won or lost on a day that nobody knows keeps its outcome, without a close.
    """
    stage_types = _stage_types(reading, columns, raw, stages)
    closed = columns.get("closed_at")
    came = closed.days != NEVER if isinstance(closed, Times) else None
    given = columns.get("outcome")
    if isinstance(given, Codes):
        outcome = given
        if stage_types is not None:
            # Some CRMs leave a decided deal at the open stage where it was won or lost.
            says = (stage_types != 0) & (stage_types != OUTCOMES.index("open") + 1)
            clash = (outcome.codes != 0) & says & (outcome.codes != stage_types)
            for row in np.flatnonzero(clash):
                word = OUTCOMES[stage_types[row] - 1]
                stage = raw["stage"].at(int(row))
                reason = Reason("stage_disagrees", stage=str(stage), type=str(word))
                reading.fault("outcome", raw["outcome"], int(row), reason)
    elif stage_types is not None:
        outcome = Codes(np.zeros(len(stage_types), np.uint8), (None, *OUTCOMES))
    elif came is not None and came.any():
        raise NeedsError(
            column_needed("deals", "outcome"),
            "deals that are closed need to say how: give a column outcome (open, won, lost or "
            "disqualified), or stages= with their types",
        )
    else:
        size = next((len(values) for values in raw.values()), 0)
        outcome = Codes(np.zeros(size, np.uint8), (None, *OUTCOMES))
    codes = outcome.codes.copy()
    if stage_types is not None:
        codes = np.where(codes == 0, stage_types, codes).astype(np.uint8)
    undecided = codes == 0
    says_open = bool((codes == outcome.code("open")).any())
    # Where closes are told a deal without one is open, unless others are said to be.
    if came is not None and came.any() and not says_open:
        codes[undecided] = outcome.code("open")
    if codes.any() or not len(codes):
        columns["outcome"] = Codes(codes, outcome.labels)
    else:  # not one row says it: what asks it has nothing to go by
        columns.pop("outcome", None)
    if came is None:
        came = np.zeros(len(codes), dtype=bool)
        columns["closed_at"] = never(len(codes), reading.zone)
    _fits_close(reading, raw, codes, came, undecided)
    _merged_away(columns, len(codes), reading)
    term = columns.get("term_months")
    if isinstance(term, Numbers):
        for row in np.flatnonzero(term.values < 0):
            reason = Reason("months_expected")
            reading.fault("term_months", raw["term_months"], int(row), reason)


def with_said_open(columns: Mapping[str, Column], size: int) -> dict[str, Column]:
    """Open where nothing says how a deal stands, and which these are."""
    told = columns.get("outcome")
    codes = told.codes if isinstance(told, Codes) else np.zeros(size, np.uint8)
    blank = codes == 0
    if not blank.any():
        return dict(columns)
    is_open = np.where(blank, OUTCOMES.index("open") + 1, codes).astype(np.uint8)
    return {
        **columns,
        "outcome": Codes(is_open, (None, *OUTCOMES)),
        "said_open": Codes(blank.astype(np.uint8), (None, "yes")),
    }


def _stage_types(
    reading: ColumnReader, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
) -> Any:
    """The outcome that each row's stage says (0: none); faults for stages that do not exist."""
    stage = columns.get("stage")
    if stages is None or not isinstance(stage, Codes):
        return None
    table = Stages.of(stages)
    ids = table.ids()
    types = table.codes("type") if table.has("type") else None
    of_label = np.zeros(len(stage.labels), dtype=np.uint8)
    unknown = np.zeros(len(stage.labels), dtype=bool)
    for code, label in enumerate(stage.labels):
        if label is None:
            continue
        if label not in ids:
            unknown[code] = True
        elif types is not None:
            word = types.labels[types.codes[ids.index(label)]]
            of_label[code] = OUTCOMES.index(word) + 1 if word is not None else 0
    for row in np.flatnonzero(unknown[stage.codes]):
        reading.fault("stage", raw["stage"], int(row), Reason("no_such_stage", known=tuple(ids)))
    return of_label[stage.codes]


def _fits_close(
    reading: ColumnReader, raw: Mapping[str, Raw], codes: Any, came: Mask, undecided: Mask
) -> None:
    said = "outcome" if "outcome" in raw else "stage"
    is_open = codes == OUTCOMES.index("open") + 1
    faulty = {(fault.row, fault.field) for fault in reading.faults}
    for row in np.flatnonzero(is_open & came & ~undecided):
        reading.fault("closed_at", raw["closed_at"], int(row), Reason("open_with_close"))
    for row in np.flatnonzero(came & undecided):
        if (int(row), said) not in faulty:
            reason = Reason("closed_somehow")
            reading.fault(said, raw.get(said, raw["closed_at"]), int(row), reason)


def _merged_away(columns: dict[str, Column], size: int, reading: ColumnReader) -> None:
    """A deal that became another is removed, also where nobody says when: from its beginning."""
    merged, removed = columns.get("merged_into"), columns.get("removed_at")
    if not isinstance(merged, Codes) or not (merged.codes != 0).any():
        return
    if not isinstance(removed, Times):
        removed = never(size, reading.zone)
    undated = (merged.codes != 0) & (removed.days == NEVER)
    created = columns.get("created_at")
    begun = created if isinstance(created, Times) else never(size, reading.zone)
    first = Times(None, np.zeros(size, np.uint16), begun.zone or reading.zone)
    since = chosen(begun.days == NEVER, first, begun)
    columns["removed_at"] = chosen(undated, since, removed)
