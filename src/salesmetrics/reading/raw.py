"""Raw columns: cells as they came, with codes where texts repeat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ColumnError
from .forms import Form

__all__ = ["Raw", "of_objects", "of_text"]


Index = npt.NDArray[Any]
NONE = type(None)
EPOCH = date(1970, 1, 1).toordinal()
NAT = np.iinfo(np.int64).min  # how numpy keeps a time that is not there


@dataclass(frozen=True, slots=True)
class Raw:
    """An array as it came in; with `labels` it holds codes into them (-1: missing).

    `missing` marks what is not there in an array that cannot say so itself.  Whole numbers are
    to be divided by `scale`, which is how exact decimals arrive.  `aware` tells that a datetime64
    array is in UTC because its zone was known.  With `text` all labels are str, none of them
    blank and no two alike.  `form` is how cells are written where that is not the plain way.
    """

    values: Index
    labels: Sequence[Any] | Index | None = None
    aware: bool = False
    missing: npt.NDArray[np.bool_] | None = None
    scale: int = 1
    text: bool = False
    form: Form | None = None

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: Index | slice) -> Raw:
        missing = None if self.missing is None else self.missing[rows]
        return replace(self, values=self.values[rows], missing=missing)

    def in_few_bytes(self) -> Raw:
        """The same cells, numbered in one byte each where there are few labels."""
        if self.labels is None or len(self.labels) >= np.iinfo(np.int8).max:
            return self
        return replace(self, values=self.values.astype(np.int8))

    def only(self, keep: npt.NDArray[np.bool_]) -> Raw:
        """Missing where not kept."""
        if self.labels is not None:
            return replace(self, values=np.where(keep, self.values, -1))
        missing = ~keep if self.missing is None else self.missing | ~keep
        return replace(self, missing=missing)

    def without(self, words: Set[str]) -> Raw:
        """Missing where one of these texts stands, letter by letter."""
        if self.labels is None and self.values.dtype != object:
            return self
        labels = object_array(self.values if self.labels is None else self.labels)
        if self.text and words.isdisjoint(labels.tolist()):
            return self
        kept = np.array([not (isinstance(label, str) and label in words) for label in labels], bool)
        if self.labels is None:
            return self.only(kept)
        to = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)
        return replace(self, values=to[self.values], labels=labels[kept])

    def at(self, row: int) -> Any:
        """The value of one row as it came in, for messages."""
        value = self.values[row]
        if self.labels is not None:
            return self.labels[int(value)] if value >= 0 else None
        if self.missing is not None and self.missing[row]:
            return None
        return _plain(value, self.scale)

    def absent(self) -> npt.NDArray[np.bool_]:
        """Where there is no value; blank texts and NaN in object arrays are found when read."""
        if self.labels is not None:
            return np.asarray(self.values < 0)
        found = np.zeros(len(self.values), bool) if self.missing is None else self.missing.copy()
        if self.values.dtype.kind == "f":
            found |= np.isnan(self.values)
        elif self.values.dtype.kind == "M":
            found |= np.isnat(self.values)
        return found

    def labelled(self) -> tuple[Index, Sequence[Any] | Index]:
        """Codes and labels, of any array; what is read by label is read once, not once a row."""
        if self.labels is not None:
            return self.values, self.labels
        kind, absent = self.values.dtype.kind, self.absent()
        if kind == "O":
            return np.where(absent, -1, np.arange(len(self))), self.values
        if kind == "b":
            return np.where(absent, -1, self.values.astype(np.int64)), (False, True)
        usable = np.where(absent, np.zeros(1, self.values.dtype), self.values)
        order = np.argsort(usable, kind="stable")
        ascending = usable[order]
        begins = np.ones(len(self), bool)
        begins[1:] = ascending[1:] != ascending[:-1]
        codes = np.empty(len(self), np.int64)
        codes[order] = np.cumsum(begins) - 1
        labels = [_plain(value, self.scale) for value in ascending[begins]]
        return np.where(absent, -1, codes), labels


def _plain(value: Any, scale: int) -> Any:
    """A cell as the Python value that it stands for."""
    if not isinstance(value, np.generic):
        return value
    if value.dtype.kind == "M":
        day = str(value.dtype) == "datetime64[D]"
        return value.astype("M8[D]" if day else "M8[us]").item()
    return value.item() if scale == 1 else Decimal(value.item()) / scale


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise ColumnError(f"column names have to be text, not {name!r}; rename the columns")
    return name


def checked_names(names: Iterable[Any]) -> list[str]:
    """Column names that are text and occur once."""
    seen = [_name(name) for name in names]
    if len(set(seen)) < len(seen):
        twice = next(name for name in seen if seen.count(name) > 1)
        raise ColumnError(f"the column {twice!r} occurs more than once; keep one of them")
    return seen


def of_text(codes: Index, labels: Sequence[str] | Index) -> Raw:
    """Texts as codes into distinct labels; blank ones are missing."""
    listed = labels.tolist() if isinstance(labels, np.ndarray) else labels
    # Most columns have no blank text: one look through them all, without an array of answers.
    if "" in listed or any(map(str.isspace, listed)):
        blank = np.fromiter((not text or text.isspace() for text in listed), bool, len(listed))
        to = np.append(np.where(blank, -1, np.cumsum(~blank) - 1), -1)
        codes, labels = to[codes], object_array(labels)[~blank]
    return Raw(codes, labels, text=True)


def of_objects(cells: list[Any]) -> Raw:
    """Python values: of one type as an array of it, of several as they are."""
    types = set(map(type, cells)) - {NONE}
    if len(types) != 1:
        return Raw(object_array(cells))
    (kind,) = types
    try:
        if kind is str:
            return _of_texts(cells)
        if kind is float:
            return Raw(np.array(cells, dtype=np.float64))
        if kind is date:
            return _of_days(cells)
        if kind is datetime and not any(at is not None and (at.tzinfo or at.fold) for at in cells):
            return Raw(np.array(cells, dtype="M8[us]"))
        if kind in (int, bool):
            gaps = None in cells
            missing = np.array([cell is None for cell in cells], bool) if gaps else None
            filled = [0 if cell is None else cell for cell in cells] if gaps else cells
            return Raw(np.array(filled, dtype=np.int64 if kind is int else bool), missing=missing)
    except (OverflowError, ValueError):  # larger than an array holds: judged cell by cell
        pass
    return Raw(object_array(cells))


def _of_texts(cells: list[Any]) -> Raw:
    """Texts and None."""
    size = len(cells)
    if all_differ(cells):
        return of_text(np.arange(size, dtype=np.int32), object_array(cells))
    order: dict[Any, int] = dict.fromkeys(cells, 0)
    order.pop(None, None)
    labels = list(order)
    place: dict[str | None, int] = dict(zip(labels, range(len(labels)), strict=True))
    place[None] = -1
    return of_text(np.fromiter(map(place.__getitem__, cells), np.int32, size), object_array(labels))


def all_differ(cells: Sequence[Any] | Index) -> bool:
    """Whether no two texts are alike and none is missing, as of ids; a few tell most columns."""
    size = len(cells)
    few = cells[:: max(1, size // 1000)]
    if len(set(few)) < len(few):
        return False
    every = set(cells)
    return len(every) == size and None not in every


def _of_days(cells: list[Any]) -> Raw:
    """Days and None, by their ordinals: numpy takes ten times as long to read a date."""
    of_day = dict.fromkeys(cells)
    days = {day: NAT if day is None else day.toordinal() - EPOCH for day in of_day}
    counted = np.fromiter(map(days.__getitem__, cells), np.int64, len(cells))
    return Raw(counted.view("M8[D]"))


def object_array(cells: Sequence[Any] | Index) -> Index:
    """Exactly these objects; numpy would make arrays of nested lists."""
    if isinstance(cells, np.ndarray) and cells.dtype == object:
        return cells
    found = np.empty(len(cells), dtype=object)
    found[:] = cells if isinstance(cells, list) else list(cells)
    return found
