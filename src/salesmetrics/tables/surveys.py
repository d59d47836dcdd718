"""How satisfied people are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..columns import Codes, Column, Numbers
from ..days import NEVER
from ..errors import NeedsError, SalesMetricsError, shown
from ..models import Record, Survey
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..reasons import Reason
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

    def one_scale(self, scale: int | None) -> int | None:
        """The scale asked for; where none is, the only one that occurs, None where none does."""
        if scale is not None:
            if type(scale) is not int or scale < 1:
                raise SalesMetricsError(f"scale is {shown(scale)}; give the best score there is")
            return scale
        numbers = self.whole.numbers("scale")
        found = sorted(set(numbers.values[numbers.reasons() == 0].tolist()))
        if len(found) > 1:
            listed = ", ".join(map(str, found))
            raise NeedsError(
                Reason("argument", name="scale"),
                f"scores of the scales {listed} have no mean; pass scale=",
            )
        return int(found[0]) if found else None


def _known(table: Table, name: str) -> Mask:
    column = table.column(name)
    found = column.codes != 0 if isinstance(column, Codes) else table.numbers(name).reasons() == 0
    return np.asarray(found)


def _came(table: Table, name: str) -> Mask:
    return np.asarray(table.times(name).days != NEVER)


def _scored(surveys: Surveys, scale: int | None) -> Mask:
    if scale is None:  # no row says one
        return np.zeros(surveys.size, dtype=bool)
    found = surveys.numbers("scale")
    same = (found.reasons() == 0) & (found.values == scale)
    return np.asarray(_known(surveys, "score") & same)


def _unscored(surveys: Surveys) -> Mask:
    return ~(_known(surveys, "score") & _known(surveys, "scale"))


def _top(surveys: Surveys, scale: int | None) -> Mask:
    return np.asarray(_scored(surveys, scale) & (surveys.numbers("score").values == scale))


Surveys.row_sets = {
    **ORDER_SETS,
    "answered": lambda surveys: _came(surveys, "answered_at"),
    "not answered": lambda surveys: ~_came(surveys, "answered_at"),
    "scored": _scored,
    "with the best score": _top,
    "without score or scale": _unscored,
    "on another scale": lambda surveys, best: ~_unscored(surveys) & ~_scored(surveys, best),
}
