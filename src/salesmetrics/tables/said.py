"""Figures that go by what a column says, where rows leave it blank."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..columns import Codes
from ..reasons import Reason
from ..results import Total
from .row_sets import Named, RowSet
from .window import Window

__all__ = ["SAYING", "as_said", "of_those_that_say"]


def _that_say(rows: Named, name: str) -> Any:
    """Rows with something in a column of names or flags."""
    column: Codes = rows.codes(name)
    return np.asarray(column.codes != 0)


SAYING: Mapping[str, Callable[..., Any]] = {
    "that say": _that_say,
    "without": lambda rows, name: ~_that_say(rows, name),
}


def of_those_that_say(found: Total, window: Window, column: str, *where: RowSet) -> Total:
    """A figure of rows that say something, which names the others: they are left out."""
    return found.excluding(
        Reason("no_field", field=column), window.count((*where, ("without", column)))
    )


def as_said(found: Total, window: Window, column: str, *where: RowSet) -> Total:
    """The same of some of these rows; where none of them says it, nothing is known: no 0."""
    said, unsaid = (window.count((*where, (word, column))) for word in SAYING)
    return found.as_said(Reason("no_field", field=column), said, unsaid)
