"""Which deals are open, won or lost, from the columns that say it together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ColumnError
from ..models import values
from ..reading.raw import Raw
from .found import normal
from .preset import Decided

__all__ = ["check_flags", "closes", "is_word", "matched", "outcomes"]

Bools = npt.NDArray[np.bool_]


def matched(header: Sequence[str], names: Sequence[str]) -> str | None:
    """The first of these names that the header has, however it is written there."""
    for name in names:
        if name in header:
            return name
        alike = [theirs for theirs in header if normal(theirs) == normal(name)]
        if len(alike) > 1:
            raise ColumnError(
                f"the columns {', '.join(map(repr, alike))} could each be {name!r}; rename one"
            )
        if alike:
            return alike[0]
    return None


def is_word(raw: Raw, word: str) -> Bools:
    """Where a word stands; true and false in any of the ways that flags are written."""
    codes, labels = raw.labelled()
    folded = word.casefold()
    same = [str(label).strip().casefold() == folded for label in labels]
    if folded in ("true", "false", "yes", "no"):
        meant = values.flag(folded)
        same = [each or _flag(label) is meant for each, label in zip(same, labels, strict=True)]
    return np.asarray(np.array([*same, False], dtype=bool)[codes])


def check_flags(raw: Raw, name: str, words: Sequence[str]) -> None:
    """Refuse what is neither true nor false in a column that is told by such a word."""
    if {word.casefold() for word in words} & {"true", "false"}:
        _flags({name: raw}, name)


def _flag(label: Any) -> bool | None:
    try:
        return values.flag(label)
    except ValueError:
        return None


def outcomes(decided: Decided, given: Mapping[str, Raw]) -> Raw | None:
    """How each row stands, from the columns that say it together; a row that says nothing: not."""
    header = list(given)
    closed, closed_told = _flags(given, matched(header, decided.closed))
    chance = matched(header, decided.probability)
    lost, _ = _flags(given, matched(header, decided.lost))
    won, won_told = _flags(given, matched(header, decided.won))
    if won is None and chance is not None:
        if closed is None:
            return None
        won = _is_number(given[chance], 1) & closed
        lost = _is_number(given[chance], 0) & closed
    if won is None:
        return None
    said = closed_told if closed_told is not None else won_told
    if closed is None:
        if lost is None:
            return None
        closed = won | lost
    elif lost is None:
        lost = closed & ~won
        if won_told is not None:  # closed, and nothing says how
            lost &= won_told
    unsaid = closed if said is None else closed | ~said
    codes = np.where(won, 1, np.where(lost, 2, np.where(unsaid, -1, 0)))
    return Raw(codes, ("open", "won", "lost"))


def _flags(given: Mapping[str, Raw], name: str | None) -> tuple[Bools | None, Bools | None]:
    """A column of true and false, and where it says either."""
    if name is None:
        return None, None
    codes, labels = given[name].labelled()
    read = []
    for label in labels:
        try:
            read.append(values.flag(label))
        except ValueError as wrong:
            raise ColumnError(f"column {name!r} has {label!r}: {wrong}") from None
    true = np.array([*(one is True for one in read), False], dtype=bool)[codes]
    told = np.array([*(one is not None for one in read), False], dtype=bool)[codes]
    return np.asarray(true), np.asarray(told)


def _is_number(raw: Raw, wanted: int) -> Bools:
    codes, labels = raw.labelled()
    same = []
    for label in labels:
        try:
            same.append(values.number(label) == wanted)
        except ValueError:
            same.append(False)
    return np.asarray(np.array([*same, False], dtype=bool)[codes])


def closes(columns: dict[str, Raw], stages: Mapping[str, Raw] | None) -> None:
    """One column of close dates is the actual date of decided deals, the expected of open ones."""
    at = columns.get("closed_at")
    if at is None:
        return
    decided = _decided(columns, stages)
    columns["expected_close_at"] = at.only(~decided)
    columns["closed_at"] = at.only(decided)


def _decided(columns: Mapping[str, Raw], stages: Mapping[str, Raw] | None) -> Bools:
    if not len(columns["closed_at"]):
        return np.zeros(0, dtype=bool)
    if "outcome" in columns:
        return ~is_word(columns["outcome"], "open") & ~columns["outcome"].absent()
    if stages is None or "stage" not in columns or "type" not in stages:
        raise ColumnError(
            "nothing says which deals are open, so their close dates cannot be told from "
            "expected ones: give the columns that say it (closed and won), or the stages "
            "with their types"
        )
    ids, types = stages["id"], stages["type"]
    type_of = {str(ids.at(row)): types.at(row) for row in range(len(ids))}
    codes, labels = columns["stage"].labelled()
    over = [type_of.get(str(label)) not in (None, "open") for label in labels]
    return np.asarray(np.array([*over, False], dtype=bool)[codes])
