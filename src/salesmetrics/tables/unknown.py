"""Numbers that are not known: why, in which rows, and what they were before they were settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..columns import LISTED, MISSING, NEVER, NO_RATE, NOT_YET, Numbers

if TYPE_CHECKING:
    from .table import Table

__all__ = ["kinds_of_unknown", "named_reasons", "numbers_before_settled"]

OF_WEIGHT = 6  # kinds of unknown weights follow the six of unknown numbers


def kinds_of_unknown(numbers: Numbers, factor: Numbers | None) -> npt.NDArray[np.uint8]:
    """Of each row, whether its number and its weight are known, and if not, why."""
    why = numbers.reasons()
    if factor is None or factor.why is None:
        return why
    weight = np.where(factor.why < MISSING, why, factor.why + np.uint8(OF_WEIGHT))
    return np.where(why < MISSING, weight, why).astype(np.uint8)


def named_reasons(table: Table, column: str, weights: tuple[str, ...]) -> list[tuple[int, str]]:
    """The reasons for not counting a row, by kind."""
    words = " or ".join(table.made_from.get(column, (column,)))
    named = [(words, 0), *((name, OF_WEIGHT) for name in weights[:1])]
    return [
        (kind + offset, reason)
        for name, offset in named
        for kind, reason in (
            (MISSING, f"no {name}"),
            (NO_RATE, "no exchange rate"),
            (NOT_YET, f"{name} not known at the time"),
        )
    ]


def numbers_before_settled(table: Table) -> dict[str, Numbers]:
    """Each number that a milestone settles, as it was before it: computed once a table."""
    found = {}
    for milestone, settles in table.before.items():
        if not table.has(milestone):
            continue
        reached = table.times(milestone).days != NEVER
        for name, then in settles.items():
            numbers = table.columns.get(name)
            if not isinstance(numbers, Numbers):
                continue
            if then is None or not table.has(then):
                found[name] = numbers.only(~reached, NOT_YET)
            else:
                found[name] = numbers.replaced(reached, table.numbers(then), LISTED, NOT_YET)
    return found
