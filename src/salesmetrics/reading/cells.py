"""What is wrong with the cells of a table, gathered while its columns are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import index
from typing import Any, SupportsIndex

import numpy as np
import numpy.typing as npt

from ..errors import Fault
from ..reasons import reason_of
from ..zones import Zone
from .raw import Raw

__all__ = ["Cells"]


@dataclass
class Cells:
    """Reads cells one label at a time and keeps a fault for each that cannot be used."""

    table: str
    zone: Zone | None
    faults: list[Fault] = field(default_factory=list)
    # By column the ids of the table whose rows it names, where that is read already.
    ids: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)

    def fault(
        self,
        name: str,
        raw: Raw,
        row: SupportsIndex,
        reason: str,
        other: int | None = None,
    ) -> None:
        """Keep what is wrong with a cell; `other` is another row that the reason speaks of."""
        position = index(row)
        self.faults.append(Fault(position, name, raw.at(position), reason, other=other))

    def read(
        self, name: str, raw: Raw, read: Callable[[Any], Any]
    ) -> tuple[npt.NDArray[Any], list[Any]]:
        """Each row's place among the values read: one of each label, and last what is missing."""
        codes, labels = raw.labelled()
        reads = read if raw.form is None else _one_after_another(raw.form.read, read)
        found: list[Any] = []
        reasons: dict[int, str] = {}
        for at, label in enumerate(labels):
            value, reason = self.tried(reads, label)
            found.append(value)
            if reason:
                reasons[at] = reason
        if reasons:
            bad = np.zeros(len(found) + 1, dtype=bool)
            bad[list(reasons)] = True
            for row in np.flatnonzero(bad[codes]):
                self.fault(name, raw, row, reasons[int(codes[row])])
        return codes, [*found, None]

    @staticmethod
    def tried(read: Callable[[Any], Any], cell: Any) -> tuple[Any, str | None]:
        try:
            return read(cell), None
        except ValueError as wrong:
            return None, reason_of(wrong)


def _one_after_another(
    first: Callable[[Any], Any], second: Callable[[Any], Any]
) -> Callable[[Any], Any]:
    return lambda cell: second(first(cell))
