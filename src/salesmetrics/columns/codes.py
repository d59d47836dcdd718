"""Names as codes into labels; a name that is missing has code 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .keys import gathered, looked_up, pieces
from .numerals import Numerals
from .repeated import Repeated

__all__ = ["Codes", "Labels", "code_dtype"]


FEW = 8  # labels that are looked for one by one rather than counted all
# Why a number is not known, or what stands in for it; codes from MISSING on have no value.
# NOT_YET is the largest: what was not known then is not known for that reason first.
Index = npt.NDArray[Any]
Rows = slice | Index | Repeated
# Those of ids that are whole numbers are numbers until somebody looks.
Labels: TypeAlias = tuple[Any, ...] | Numerals


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Codes:
    """Names as codes into `labels`, whose first is None: missing."""

    codes: Index
    labels: Labels

    def take(self, rows: Rows) -> Codes:
        return Codes(gathered(self.codes, rows), self.labels)

    def linked(self, rows: Index, codes: Index) -> Codes:
        of_name = np.append(self.codes, self.codes.dtype.type(0))[rows]
        return Codes(gathered(of_name, codes), self.labels)

    def at(self, row: int) -> Any:
        """The name in a row."""
        return self.labels[int(self.codes[row])]

    def code(self, label: Any) -> int:
        """The code of a label; one that no row has where the label does not occur."""
        return self.labels.index(label) if label in self.labels else len(self.labels)

    def relabelled(self, labels: Labels) -> Codes:
        """The same names in another numbering that has all of them."""
        if labels == self.labels:
            return self if labels is self.labels else Codes(self.codes, labels)
        to = self._places_in(labels).astype(code_dtype(len(labels)))
        if to.dtype == self.codes.dtype and bool((to == np.arange(len(to))).all()):
            return Codes(self.codes, labels)
        return Codes(looked_up(to, self.codes), labels)

    def _places_in(self, labels: Labels) -> Index:
        if len(self.labels) == 1:
            return np.zeros(1, np.int64)
        if not isinstance(labels, tuple) and not isinstance(self.labels, tuple):
            return labels.places(self.labels)
        place = {label: index for index, label in enumerate(labels)}
        return np.array([place[label] for label in self.labels], dtype=np.int64)

    def only(self, keep: npt.NDArray[np.bool_], instead: int = 0) -> Codes:
        """Another code (missing) where not kept."""
        codes: Index = self.codes * keep  # in place of a choice row by row: a tenth of the time
        if instead:
            codes += ~keep * codes.dtype.type(instead)
        return Codes(codes, self.labels)

    def labels_in_use(self) -> list[Any]:
        """The labels that occur."""
        return [self.labels[code] for code in np.flatnonzero(self.in_use()).tolist()]

    def without_unused(self) -> Codes:
        """The same names in a numbering of those alone that occur."""
        used = self.in_use()
        used[0] = True
        if used.all():
            return self
        labels = tuple(label for label, occurs in zip(self.labels, used, strict=True) if occurs)
        return Codes((np.cumsum(used) - 1).astype(self.codes.dtype)[self.codes], labels)

    def among(self, labels: Sequence[Any]) -> npt.NDArray[np.bool_]:
        """The rows with one of these labels."""
        found: npt.NDArray[np.bool_] = self.codes == self.code(labels[0])
        for label in labels[1:]:
            found |= self.codes == self.code(label)
        return found

    def in_use(self, also: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.bool_]:
        """Which labels occur, or are in use anyway (`also`): those are not looked for."""
        used = np.zeros(len(self.labels), dtype=bool) if also is None else also.copy()
        asked = np.flatnonzero(~used)
        if len(asked) <= FEW:
            for code in asked.tolist():
                used[code] = bool((self.codes == code).any())
            return used
        for piece in pieces(self.codes):  # mostly the first ones have them all
            if len(used) > len(piece):
                used[piece] = True
            else:
                used |= np.bincount(piece, minlength=len(used)) > 0
            if used[1:].all():
                break
        used[0] |= bool((self.codes == 0).any())
        return used


def code_dtype(labels: int) -> type[np.unsignedinteger[Any]]:
    """The smallest type that numbers so many labels."""
    return np.uint8 if labels <= 2**8 else np.uint16 if labels <= 2**16 else np.uint32


def common_labels(columns: Sequence[Codes], first: Sequence[Any] = ()) -> tuple[Any, ...]:
    """One numbering for several columns of the same names: `first` in its order, then the rest."""
    found = {label for column in columns for label in column.labels if label is not None}
    rest = sorted(found.difference(first), key=str)
    return (None, *dict.fromkeys(label for label in first if label is not None), *rest)
