"""Masks of rows: of row sets, of what was deleted, of what does not say how it stands."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Times
from ..days import NEVER
from ..reasons import Reason
from .row_sets import Where
from .rows import Rows

__all__ = [
    "SAID_OPEN", "UNPLACED", "UNSAID", "first_atom", "gone_rows", "in_sets", "of_sets",
    "said_open_rows", "undated_rows", "unplaced_rows", "unsaid_rows",
]  # fmt: skip

UNSAID = Reason("no_field", field="outcome")
SAID_OPEN = Reason("said_open")
UNPLACED = Reason("stage_without_place")


def said_open_rows(table: Rows) -> npt.NDArray[np.bool_] | None:
    """Which deals are open because the caller says so of all that say nothing; None where none."""
    said = table.columns.get("said_open")
    return np.asarray(said.codes != 0) if isinstance(said, Codes) else None


def unsaid_rows(table: Rows) -> npt.NDArray[np.bool_] | None:
    """Which deals say nothing of how they stand; None where all do, or the table is restricted."""
    outcome = (
        table.columns.get("outcome") if table.name == "deals" and not table.restricted_to else None
    )
    if not isinstance(outcome, Codes):
        return None
    mask = np.asarray(outcome.codes == 0)
    return mask if mask.any() else None


def unplaced_rows(table: Rows) -> npt.NDArray[np.bool_] | None:
    """Which stays are in a stage that has no place of its own in the order, or led to one."""
    link = (table.links or {}).get("stage") if table.name == "stays" else None
    if link is None or not (lacking := link.table.where("without place")).any():
        return None
    of_code = np.append(lacking, False)[link.rows]  # -1: no stage that is described
    found = of_code[table.codes("stage").codes] | of_code[table.codes("next_stage").codes]
    return found if found.any() else None


def gone_rows(table: Rows) -> npt.NDArray[np.bool_] | None:
    """Which rows were deleted; None where none was."""
    removed = table.columns.get("removed_at")
    if not isinstance(removed, Times):
        return None
    gone = np.asarray(removed.days != NEVER)
    return gone if gone.any() else None


def undated_rows(table: Rows, time: str) -> npt.NDArray[np.bool_] | None:
    """Which rows are known to have had an event, but not when; None where none is."""
    every = time in (table.born, *table.always, *table.dated)
    named = table.settled_by.get(time)
    if not every and (named is None or not table.has(named[0])):
        return None
    found = np.asarray(table.times(time).days == NEVER)
    if not every and named is not None and found.any():
        found &= table.where(named[1])
    return found if found.any() else None


def of_sets(table: Rows, where: Where) -> npt.NDArray[np.bool_]:
    """The rows of all these row sets."""
    found = np.ones(table.size, dtype=bool)
    for name in (where,) if isinstance(where, str) else where or ():
        found &= table.where(name)
    return found


def in_sets(table: Rows, mask: npt.NDArray[np.bool_], where: Where) -> npt.NDArray[np.int64]:
    """The rows of a mask that are also of the row sets."""
    for name in (where,) if isinstance(where, str) else where or ():
        mask = mask & table.where(name)
    return np.flatnonzero(mask)


def first_atom(groups: npt.NDArray[Any] | None, rows: npt.NDArray[np.int64]) -> Any:
    """The cells of rows that count from before the first period on."""
    return np.zeros(len(rows), np.int64) if groups is None else groups[rows].astype(np.int64)
