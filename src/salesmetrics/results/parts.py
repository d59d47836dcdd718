"""KPIs whose answer is a small table of its own: what their records have beside the usual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from numbers import Rational
from typing import Any

from ..reasons import Reason
from . import Cell, Result
from .estimate import Estimate

__all__ = ["Part", "Value", "parts_of"]

USUAL = frozenset(
    (
        "kpi",
        "period",
        "start",
        "end",
        "value",
        "numerator",
        "denominator",
        "n",
        "excluded",
        "refused",
        "left_out",
        "reason",
        "reason_code",
        "mean",
        "median",
        "p75",
        "p90",
        "max",
    )
)
STATISTICS = frozenset(("mean", "median", "p75", "p90", "max"))


Value = int | float | str | bool | Reason | None


@dataclass(frozen=True, slots=True)
class Part:
    """One row: where it belongs, and what stands in each column."""

    period: str | None
    group: dict[str, Any]
    values: dict[str, Value]


def parts_of(result: Result, cells: Sequence[Cell] | None = None) -> list[Part]:
    """The columns of a result's records that not every result has; none for most KPIs.

    Who has read its cells already gives them.
    """
    if type(result).to_records is Result.to_records and not hasattr(result, "detail"):
        return _of_cells(result, result.rows() if cells is None else cells)
    found = []
    # Quantiles of an estimate are parts of it, those of a distribution are its statistics.
    usual = USUAL - STATISTICS if isinstance(result, Estimate) else USUAL
    # An answer of several rows a figure has a table of its own.
    for record in getattr(result, "detail", result.to_records)():
        values = {
            name: _plain(value)
            for name, value in record.items()
            if name not in usual and name not in result.by
        }
        if values:
            group = {name: record.get(name) for name in result.by}
            period = record.get("period")
            found.append(Part(None if period is None else str(period), group, values))
    return found


def _of_cells(result: Result, cells: Sequence[Cell]) -> list[Part]:
    """Of figures whose records have, beside what every result has, only their parts."""
    found = []
    for cell in cells:
        values = {
            name: _plain(value)
            for name, value in cell.parts.items()
            if name not in USUAL and name not in result.by
        }
        if values:
            group = dict(zip(result.by, cell.group, strict=True))
            found.append(Part(cell.period.label, group, values))
    return found


def _plain(value: Any) -> Value:
    if value is None or isinstance(value, (bool, int, float, str, Reason)):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Rational, Fraction)) or hasattr(value, "as_tuple"):
        return float(value)
    return str(value)
