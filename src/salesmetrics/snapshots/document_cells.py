"""The cells of a document, from the figures of a result read all at once.

A document has many cells, so they are made as plain values and checked together; reasons and
periods, of which there are few, are made once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

from ..insight.compare import CellOf, Comparison
from ..periods import Period
from ..reasons import Reason, RowsByReason
from ..results import Cell, Ratio, Result
from ..results.estimate import Estimate
from ..results.intervals import wilson
from ..results.parts import parts_of
from . import schema as form
from .document_targets import why_of

__all__ = ["Plain", "Written", "cells_by_place", "span_of"]

LEVEL = 0.95
Plain = dict[str, Any]  # a part of the document that is not checked yet


def span_of(period: Period) -> form.Span:
    """A period as the document has it."""
    return form.Span(
        label=period.label,
        start=period.start.isoformat(),
        end=period.end.isoformat(),
        unit=period.unit,
        of=None if period._whole is None else period._whole.label,
    )


class Written:
    """What a document has written already: its reasons, periods and counts by reason."""

    def __init__(self) -> None:
        # By identity, each beside what it is of, so that it stays: equal words are not all.
        self._whys: dict[int, tuple[Reason, form.DocumentReason]] = {}
        self._spans: dict[int, tuple[Period, form.Span]] = {}
        self._rows: dict[tuple[int, int], tuple[Reason, form.ReasonRows]] = {}

    def why(self, reason: Reason | None) -> form.DocumentReason | None:
        """A reason, where there is one."""
        if reason is None:
            return None
        if (found := self._whys.get(id(reason))) is None:
            found = self._whys[id(reason)] = reason, why_of(reason)
        return found[1]

    def span(self, period: Period) -> form.Span:
        """A period."""
        if (found := self._spans.get(id(period))) is None:
            found = self._spans[id(period)] = period, span_of(period)
        return found[1]

    def rows(self, counts: RowsByReason) -> list[form.ReasonRows]:
        """Rows by reason."""
        return [self._so_many(why, rows) for why, rows in counts.items()]

    def _so_many(self, why: Reason, rows: int) -> form.ReasonRows:
        if (found := self._rows.get((id(why), rows))) is None:
            made = form.ReasonRows.model_validate({**why.to_dict(), "rows": rows})
            found = self._rows[id(why), rows] = why, made
        return found[1]

    def figures(
        self,
        result: Result,
        cells: Sequence[Cell],
        compared: Iterable[Sequence[Comparison]] = repeat(()),
    ) -> list[Plain]:
        """The figures of a result, each with its evidence and what it is compared with."""
        shares = isinstance(result, Ratio) and result.is_proportion
        own = hasattr(result, "detail") and not isinstance(result, Estimate)  # no row a figure
        return [
            {
                "group": dict(zip(result.by, cell.group, strict=True)),
                "period": cell.period.label,
                "value": cell.value,
                "exact": None if cell.exact is None else str(cell.exact),
                "numerator": cell.numerator,
                "denominator": cell.denominator,
                "n": cell.n,
                "interval": _interval(cell) if shares else None,
                "statistics": dict(cell.statistics) or None,
                "excluded": self.rows(cell.excluded),
                "assumed": self.rows(cell.assumed),
                "reason": self.why(cell.reason),
                "undecided": cell.undecided,
                "unfinished": cell.unfinished,
                "compared": [self._compared(one) for one in beside],
                "parts": dict(cell.parts) if own else {},
            }
            for cell, beside in zip(cells, compared, strict=False)
        ]

    def pieces(self, result: Result) -> list[Plain]:
        """The figures of a result as steps of a series."""
        wide = max(len(result.periods), 1)
        facts: Any = result.facts_at if isinstance(result, Estimate) else None
        return [
            {
                "group": dict(zip(result.by, cell.group, strict=True)),
                "period": self.span(cell.period),
                "value": cell.value,
                "exact": None if cell.exact is None else str(cell.exact),
                "n": cell.n,
                "reason": self.why(cell.reason),
                "unfinished": cell.unfinished,
                "numerator": cell.numerator,
                "denominator": cell.denominator,
                "excluded": sum(cell.excluded.values()),
                "statistics": dict(cell.statistics),
                "parts": self._facts(
                    {**(facts(at % wide, at // wide) if facts else {}), **cell.parts}
                ),
            }
            for at, cell in enumerate(result.rows())
        ]

    def table(self, result: Result, cells: Sequence[Cell] | None = None) -> list[Plain]:
        """The table of a KPI whose answer is one."""
        return [
            {"period": part.period, "group": part.group, "values": self._facts(part.values)}
            for part in parts_of(result, cells)
        ]

    def _facts(self, values: Mapping[str, Any]) -> Plain:
        return {
            name: self.why(value) if isinstance(value, Reason) else value
            for name, value in values.items()
        }

    def _compared(self, one: Comparison) -> Plain:
        assert one.against is not None  # a snapshot is beside periods that it has a name for
        return {
            "to": one.against,
            "period": None if one.period is None else self.span(one.period),
            "elapsed": one.elapsed,
            "base": one.base,
            "base_n": one.base_n,
            "change": one.change,
            "relative": one.relative,
            "points": one.points,
            "interval": None if one.interval is None else list(one.interval),
            "direction": one.direction,
            "reason": self.why(one.reason),
        }


def _interval(cell: Cell) -> list[float] | None:
    if not cell.denominator:
        return None
    return list(wilson(int(cell.numerator or 0), int(cell.denominator), LEVEL))


def cells_by_place(result: Result | None) -> CellOf:
    """What gives the cell of a period and group of a result, where there is one."""
    if result is None:
        return lambda period, group: None
    cells, wide = result.rows(), len(result.periods)
    place = {period: at for at, period in enumerate(result.periods)}

    def cell(period: Period | None, group: tuple[Any, ...]) -> Cell | None:
        at = result.axes.place_of(group)
        return None if at is None or period is None else cells[at * wide + place[period]]

    return cell
