"""Row sets: rows of a table by name, alone or together, and what they are called in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..columns import Codes
from ..reasons import Reason, rows_of

__all__ = ["Labelled", "RowSet", "Where", "asks", "described", "labelled"]

RowSet = str | tuple[Any, ...]  # a name, or a name and its arguments
Where = str | tuple[RowSet, ...] | None


class Named(Protocol):
    """What has columns of names."""

    def codes(self, name: str) -> Codes:
        """A column of names."""
        ...


@dataclass(frozen=True, slots=True)
class Labelled:
    """A row set: the rows with one of these labels in a column of names."""

    column: str
    labels: tuple[Any, ...]

    def __call__(self, table: Named) -> npt.NDArray[np.bool_]:
        return table.codes(self.column).among(self.labels)


def labelled(column: str, *labels: Any) -> Labelled:
    """The row set of these labels."""
    return Labelled(column, labels)


def asks(row_sets: Mapping[str, Any], where: Where, column: str) -> bool:
    """Whether a row set among these goes by that column."""
    names = (where,) if isinstance(where, str) else where or ()
    sets = [row_sets.get(name) for name in names if isinstance(name, str)]
    return any(isinstance(one, Labelled) and one.column == column for one in sets)


def described(rows: str, where: Where) -> Reason:
    """What the rows of these row sets are called."""
    return rows_of(rows, *((where,) if isinstance(where, str) else where or ()))
