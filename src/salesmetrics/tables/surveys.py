"""How satisfied people are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Column, Numbers
from ..days import NEVER
from ..errors import SalesMetricsError, shown
from ..models import Record, Survey
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..reasons import Reason
from .grouping import grouping
from .order import ORDER_SETS
from .table import Mask, Table

__all__ = ["Surveys"]


class Surveys(Table):
    """Questions how satisfied somebody is, and the answers."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Survey
    name = "surveys"
    born: ClassVar[str | None] = "sent_at"

    @classmethod
    def _checked(
        cls, reading: ColumnReader, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        score, scale = columns.get("score"), columns.get("scale")
        if isinstance(scale, Numbers):
            for row in np.flatnonzero((scale.reasons() == 0) & (scale.values < 1)):
                reason = Reason("scale_expected")
                reading.fault("scale", raw["scale"], int(row), reason)
        if isinstance(score, Numbers):
            known = score.reasons() == 0
            for row in np.flatnonzero(known & (score.values < 0)):
                reading.fault("score", raw["score"], int(row), Reason("negative_score"))
            if isinstance(scale, Numbers):
                above = known & (scale.reasons() == 0) & (score.values > scale.values)
                for row in np.flatnonzero(above):
                    reason = Reason("above_scale", scale=int(scale.values[row]))
                    reading.fault("score", raw["score"], int(row), reason)

    def scales(self, scale: int | None) -> tuple[int, ...]:
        """The scale asked for; where none is, those that occur."""
        if scale is not None:
            if type(scale) is not int or scale < 1:
                raise SalesMetricsError(f"scale is {shown(scale)}; give the best score there is")
            return (scale,)
        numbers = self.whole.numbers("scale")
        return tuple(sorted(set(numbers.values[numbers.reasons() == 0].tolist())))


def _known(table: Table, name: str) -> Mask:
    column = table.column(name)
    found = column.codes != 0 if isinstance(column, Codes) else table.numbers(name).reasons() == 0
    return np.asarray(found)


def _came(table: Table, name: str) -> Mask:
    return np.asarray(table.times(name).days != NEVER)


def _scored(surveys: Surveys, scale: Any) -> Mask:
    """Answers on this scale, or on the only one that the answers of their group are on."""
    if scale is None:  # no row says one
        return np.zeros(surveys.size, dtype=bool)
    found = surveys.numbers("scale")
    wanted = _of_group(surveys, scale) if isinstance(scale, tuple) else scale
    same = (found.reasons() == 0) & (found.values == wanted)
    return np.asarray(_known(surveys, "score") & same)


def _of_group(surveys: Surveys, by: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """For each row the only scale of its group, in the whole table; 0 where that has several."""
    whole = surveys.whole
    scale, of_whole = whole.numbers("scale"), grouping(whole, by)
    rows = scale.reasons() == 0
    if of_whole.allowed is not None:
        rows &= of_whole.allowed
    at = np.flatnonzero(rows)
    at_group = np.zeros(whole.size, np.int64) if of_whole.codes is None else of_whole.codes
    least = np.full(len(of_whole.groups), np.iinfo(np.int64).max)
    most = np.zeros(len(of_whole.groups), dtype=np.int64)
    np.minimum.at(least, at_group[at], scale.values[at])
    np.maximum.at(most, at_group[at], scale.values[at])
    only = dict(zip(of_whole.groups, np.where(least == most, most, 0).tolist(), strict=True))
    mine = of_whole if whole is surveys else grouping(surveys, by)
    own = np.array([only.get(group, 0) for group in mine.groups] or [0], dtype=np.int64)
    places = np.zeros(surveys.size, np.int64) if mine.codes is None else mine.codes
    return np.asarray(own[places], dtype=np.int64)


def _unscored(surveys: Surveys) -> Mask:
    return ~(_known(surveys, "score") & _known(surveys, "scale"))


def _top(surveys: Surveys, scale: Any) -> Mask:
    numbers = surveys.numbers("score").values, surveys.numbers("scale").values
    return np.asarray(_scored(surveys, scale) & (numbers[0] == numbers[1]))


Surveys.row_sets = {
    **ORDER_SETS,
    "answered": lambda surveys: _came(surveys, "answered_at"),
    "not answered": lambda surveys: ~_came(surveys, "answered_at"),
    "scored": _scored,
    "with the best score": _top,
    "without score or scale": _unscored,
    "on another scale": lambda surveys, best: ~_unscored(surveys) & ~_scored(surveys, best),
}
