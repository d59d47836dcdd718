"""How much of an amount comes from the largest: of customers, or of single rows."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import numpy as np

from ..errors import SalesMetricsError, shown
from ..money import digits
from ..periods import Periods
from ..reasons import Reason
from ..results import Axes, Statement, Total
from ..results.grid import WIDE
from ..results.statement import made_of
from ..tables.grouping import By
from ..tables.table import Table
from ..tables.verbs import During

__all__ = ["of_the_largest"]

LINES = ("top 20 %", "herfindahl index", "count")
MOST = 1_000_000


def of_the_largest(
    what: str,
    table: Table,
    time: str,
    period: Periods | str,
    by: By,
    top: int,
    *,
    each: str | None,
    where: tuple[str, ...] = (),
) -> Statement:
    """Shares of the largest in the amounts that happened; None to `each` is row by row."""
    if type(top) is not int or not 1 <= top <= MOST:
        raise SalesMetricsError(f"top is {shown(top)}; give a whole number from 1 to {MOST:,}")
    rows = table.during(time, period, by=by)
    named = where if each is None else (*where, f"of a {each}")
    base = rows.total("amount", where=named)
    if each is not None:
        nobody = rows.count((*where, f"of no {each}"))
        base = base.excluding(Reason("no_field", field=each), nobody)
    amounts = _of_rows(rows, where, base) if each is None else _of_each(rows, named, base, each)
    lines: dict[str, list[list[Fraction | None]]] = {
        name: [[] for _ in base.periods] for name in dict.fromkeys(("top 1", f"top {top}", *LINES))
    }
    for p in range(len(base.periods)):
        for g in range(len(base.groups)):
            for name, figure in _figures(amounts[p][g], top).items():
                lines[name][p].append(figure)
    axes = Axes(base.periods, base.by, base.groups, non_additive=("period", *base.by))
    reason = Reason("nothing_won" if "won" in where else "nothing_booked")
    return Statement(
        axes, made_of(f"concentration of {what}", base), "share of amount", lines, f"top {top}",
        base, reason_if_none=reason,
    )  # fmt: skip


def _figures(amounts: list[int], top: int) -> dict[str, Fraction | None]:
    """Shares of the amounts above 0, largest first; of 0 or less in all nothing is a share."""
    ordered = sorted((amount for amount in amounts if amount > 0), reverse=True)
    total = sum(ordered)
    if sum(amounts) <= 0:
        return {**dict.fromkeys(("top 1", f"top {top}", *LINES)), "count": Fraction(0)}
    fifth = ceil(Fraction(len(ordered), 5))
    return {
        "top 1": Fraction(ordered[0], total),
        f"top {top}": Fraction(sum(ordered[:top]), total),
        "top 20 %": Fraction(sum(ordered[:fifth]), total),
        "herfindahl index": Fraction(sum(one * one for one in ordered), total * total),
        "count": Fraction(len(ordered)),
    }


def _of_each(rows: During, where: tuple[str, ...], like: Total, each: str) -> list[list[list[int]]]:
    """What each comes to, by period and group."""
    at, cells, values = rows.known_of("amount", where)
    values = values.astype(object) if like.sums.bound >= WIDE else values
    names, width = rows.table.codes(each), len(rows.axes.groups)
    atoms, groups = np.divmod(cells, max(width, 1))
    found = []
    for first, last in zip(rows.axes.starts, rows.axes.ends, strict=True):
        # The first atom is what lies before all periods.
        here = np.flatnonzero((atoms > first) & (atoms <= last))
        pairs = groups[here] * len(names.labels) + names.codes[at[here]]
        order = np.argsort(pairs, kind="stable")
        pairs = pairs[order]
        one = np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)])
        sums = np.add.reduceat(values[here[order]], one) if len(one) else values[:0]
        ends = np.searchsorted(pairs[one] // len(names.labels), np.arange(width), side="right")
        found.append([part.tolist() for part in np.split(sums, ends[:-1])][:width])
    return found


def _of_rows(rows: During, where: tuple[str, ...], like: Total) -> list[list[list[int]]]:
    """The amounts of single rows, by period and group."""
    spread = rows.amounts("amount", where=where)
    minor = like.scale * 10 ** (digits(like.currency) if like.currency else 0)
    assert spread.per == Fraction(1, minor)
    found: list[list[list[int]]] = []
    for p in range(len(like.periods)):
        found.append([])
        for g in range(len(like.groups)):
            values, times = spread.counted(p, g)
            pairs = zip(values.tolist(), times.tolist(), strict=True)
            found[p].append([value for value, often in pairs for _ in range(often)])
    return found
