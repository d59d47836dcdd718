"""What happened by the reason that was given for it, with a line for what has none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import NeedsError
from ..reasons import column_needed
from ..results import Statement, Total
from ..results.statement import statement
from ..tables.row_sets import Where
from ..tables.window import Window

__all__ = ["MISSING_REASON", "by_reason"]

MISSING_REASON = "missing"


def by_reason(
    what: str,
    rows: Window,
    column: str,
    whole: str,
    measured: Callable[[Window, Where], Total],
) -> Statement:
    """The rows of a row set by the reasons in a column, and all of them."""
    table = rows.table
    if not table.has(column):
        raise NeedsError(
            column_needed(table.name, column), f"{table.name} have no column {column!r}"
        )
    codes = table.codes(column)
    used = codes.take(np.flatnonzero(table.where(whole))).in_use()
    totals: dict[str, Total] = {whole: measured(rows, (whole,))}
    names = {code: _named(label, whole) for code, label in enumerate(codes.labels)}
    for code, name in sorted(names.items(), key=lambda item: (item[0] == 0, item[1])):
        if used[code]:
            totals[name] = measured(rows, (whole, ("for the reason", codes.labels[code])))
    parts = {name: 1 for name in totals if name != whole}
    return statement(what, totals, whole, {**parts, whole: -1})


def _named(label: Any, whole: str) -> str:
    """The reason as it is called; two that the lines of the statement have names for, marked."""
    if label is None:
        return MISSING_REASON
    return f"{label} (given)" if label in (MISSING_REASON, whole) else str(label)
