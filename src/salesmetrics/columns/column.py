"""A column of any kind, and what is done alike with all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from ..asked import as_asked
from .codes import Codes, Index
from .keys import PIECE, Keys, marked
from .numbers import MISSING, Numbers
from .times import AskedTimes, Times, with_each

__all__ = ["Column"]


Column = Times | Codes | Numbers | Keys
C = TypeVar("C", Times, Codes, Numbers, Keys, Column)


def owned(column: C, given: Index | None = None) -> C:
    """The column with arrays that nobody can write to; a copy where they are the giver's own."""
    if isinstance(column, AskedTimes):
        column.days.flags.writeable = False
        return column
    arrays: dict[str, Any] = arrays_of(column)
    if given is not None and any(np.may_share_memory(part, given) for part in arrays.values()):
        arrays = {name: part.copy() for name, part in arrays.items()}
        column = replace(column, **arrays)
    for part in arrays.values():
        part.flags.writeable = False
    return column


def arrays_of(column: Column) -> dict[str, Any]:
    """The arrays that a column consists of, by the name of the part; without those to be made."""
    if isinstance(column, AskedTimes):
        return {"days": column.days}
    parts = {name: getattr(column, name) for name in type(column).__dataclass_fields__}
    return {name: part for name, part in parts.items() if isinstance(part, np.ndarray)}


def where(column: C, mask: npt.NDArray[np.bool_]) -> C:
    """The column in the rows that are marked."""
    if isinstance(column, AskedTimes):
        some: Any = with_each(column, lambda array: marked([array], mask)[0])
        return cast(C, some)
    arrays: dict[str, Any] = arrays_of(column)
    kept: dict[str, Any] = dict(zip(arrays, marked([*arrays.values()], mask), strict=True))
    return replace(column, **kept)


def kept_once(column: C, known: Sequence[Index]) -> C:
    """The column with arrays that are there already where its own are the same, cell by cell."""
    if isinstance(column, AskedTimes):
        return cast(C, AskedTimes(column.make, the_same(column.days, known), column.zone))
    kept: dict[str, Any] = {n: the_same(one, known) for n, one in arrays_of(column).items()}
    return replace(column, **kept)


def the_same(array: Index, known: Sequence[Index]) -> Index:
    """The one of these arrays that is the same, cell by cell; else this one."""
    for other in known:
        if other.dtype == array.dtype and other.shape == array.shape:
            parts = (slice(first, first + PIECE) for first in range(0, len(array), PIECE))
            if all(np.array_equal(array[part], other[part]) for part in parts):
                return other
    return array


def all_owned(columns: Mapping[str, Any]) -> Mapping[str, Any]:
    """The columns with arrays that nobody can write to."""
    return as_asked(columns, columns, lambda name: owned(columns[name]))


def by_name(columns: Mapping[str, Column], name: str, kind: type[Any]) -> Any:
    """The column if it is there and of that kind, else None."""
    column = columns.get(name)
    return column if isinstance(column, kind) else None


def as_before(column: Column, decided: npt.NDArray[np.bool_], then: str | None) -> Column:
    """What a milestone decided, as it was before, in the rows where it is undone."""
    if isinstance(column, Codes):
        return column.only(decided, column.code(then) if then is not None else 0)
    if isinstance(column, Numbers):
        return column.only(decided, MISSING)
    return column.until(decided) if isinstance(column, Times) else column
