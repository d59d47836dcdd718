"""Numbers that are not known: why, in which rows, and what they were before the close."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ..asked import as_asked
from ..columns import LISTED, MISSING, NO_CURRENCY, NO_RATE, NOT_YET, Numbers
from ..days import NEVER
from ..models import Kind, kinds_of
from ..reasons import Reason
from .rows import Rows

__all__ = ["kinds_of_unknown", "named_reasons", "numbers_before_close"]

NUMBERS = (Kind.MONEY, Kind.WHOLE, Kind.PROPORTION)
OF_WEIGHT = NOT_YET + 1  # kinds of unknown weights follow those of unknown numbers


def kinds_of_unknown(
    numbers: Numbers, factor: Numbers | None, rows: npt.NDArray[np.int64] | None
) -> npt.NDArray[np.uint8] | None:
    """Of some rows, whether the number and its weight are known, and if not, why.

    None where every number of the columns is known.
    """
    whys = [one.why for one in (numbers, factor) if one is not None]
    if all(why is None for why in whys):
        return None
    taken = [why if why is None or rows is None else why.take(rows, mode="clip") for why in whys]
    size = next(len(why) for why in taken if why is not None)
    why = np.zeros(size, np.uint8) if taken[0] is None else taken[0]
    if len(taken) == 1 or taken[1] is None:
        return why
    # Sums of masked bytes: picking row by row takes many times as long.
    of_weight = (taken[1] + np.uint8(OF_WEIGHT)) * ((taken[1] >= MISSING) & (why < MISSING))
    return np.asarray(np.maximum(why, of_weight))


def named_reasons(table: Rows, column: str, weights: tuple[str, ...]) -> list[tuple[int, Reason]]:
    """The reasons for not counting a row, by kind."""
    fields: tuple[tuple[str, ...], int] = (table.made_of(column), 0)
    named = [fields, *(((name,), OF_WEIGHT) for name in weights[:1])]
    return [
        (kind + offset, reason)
        for name, offset in named
        for kind, reason in (
            (MISSING, Reason("no_field", field=name)),
            (NO_CURRENCY, Reason("no_field", field="currency")),
            (NO_RATE, Reason("no_rate")),
            (NOT_YET, Reason("not_known_then", field=name)),
        )
    ]


def numbers_before_close(table: Rows) -> Mapping[str, Numbers]:
    """Each number that a milestone settles, as it was before it: computed once a table."""
    kinds = kinds_of(table.record)
    settled = {
        name: (milestone, then)
        for milestone, settles in table.before.items()
        for name, then in settles.items()
        if table.has(milestone) and table.has(name) and kinds.get(name) in NUMBERS
    }

    def before(name: str) -> Numbers:
        milestone, then = settled[name]
        reached, numbers = table.times(milestone).days != NEVER, table.numbers(name)
        if then is None or not table.has(then):
            return numbers.only(~reached, NOT_YET)
        return numbers.replaced(reached, table.numbers(then), LISTED, NOT_YET)

    return as_asked(table.columns, settled, before)
