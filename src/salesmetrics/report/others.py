"""The groups that are not shown, put together where their figures add."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isclose

from ..catalog import ENTRIES
from ..results.intervals import wilson
from ..snapshots import schema as form
from .told import Told

__all__ = ["adds", "others_named", "together"]


def adds(figure: Told) -> bool:
    """Whether the figures of groups make one of all: sums do, and ratios, sum by sum.

    What a KPI adds over stands on its label; a median and an estimate add over nothing.
    """
    there = ENTRIES.get(figure.figure.of)
    if there is None or not there.label.adds_over.startswith("rows") or figure.figure.median:
        return False
    known = [cell for cell in figure.figure.figures if cell.value is not None]
    if any(cell.statistics for cell in known):
        return False
    if figure.is_sum:  # a value made of parts has a table of them
        return not figure.figure.table and all(cell.exact is not None for cell in known)
    return all(
        cell.denominator and isclose(_by_parts(cell), float(cell.value or 0), rel_tol=1e-9)
        for cell in known
    )


def together(figure: Told, cells: Sequence[form.DocumentCell]) -> form.DocumentCell | None:
    """One figure of several groups; None where they do not add, or none of them has a figure.

    A group without a figure counts with what it has: costs that won nothing are costs.  Where the
    amounts below are not above 0 together, there is no ratio of them, as there is none of a group.
    """
    known = [cell for cell in cells if cell.value is not None]
    if not known or not adds(figure):
        return None
    made = known[0].model_copy(
        update={
            "group": {},
            "n": sum(cell.n for cell in cells),
            "unfinished": any(cell.unfinished for cell in cells),
            "excluded": [], "assumed": [], "compared": [], "parts": {}, "undecided": None,
        }
    )  # fmt: skip
    if figure.is_sum:
        total = sum((Fraction(cell.exact or 0) for cell in known), Fraction(0))
        whole = all(isinstance(cell.value, int) for cell in known)
        value = int(total) if whole else float(total)
        return made.model_copy(update={"value": value, "exact": str(total)})
    above = sum((_exact(cell.numerator) for cell in cells), Fraction(0))
    below = sum((_exact(cell.denominator) for cell in cells), Fraction(0))
    if below <= 0:
        return None
    counted = all(cell.interval for cell in known)
    return made.model_copy(
        update={
            "value": float(above / below), "exact": str(above / below),
            "numerator": _number(above), "denominator": _number(below),
            "interval": list(wilson(int(above), int(below))) if counted else None,
        }
    )  # fmt: skip


def others_named(figure: Told, count: int) -> str:
    """What so many groups are called that are shown as one."""
    return figure.said.say("others_of", n=f"{count:,}")


def _by_parts(cell: form.DocumentCell) -> float:
    return float(_exact(cell.numerator) / _exact(cell.denominator))


def _exact(number: float | None) -> Fraction:
    """A number of a document, which is the shortest decimal of what it is."""
    return Fraction(str(number or 0))


def _number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)
