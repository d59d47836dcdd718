"""How an amount is spread: over reasons, and over few or many."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np

from ...errors import NeedsError, SalesMetricsError, one_of, shown
from ...money import digits
from ...periods import Periods
from ...reasons import Reason, column_needed
from ...results import Axes, Statement, Total
from ...results.grid import WIDE
from ...results.statement import made_of, statement
from ...tables import IntoDeals
from ...tables.deals import Deals
from ...tables.grouping import By
from ...tables.verbs import During

__all__ = ["MISSING_REASON", "by_reason", "concentrated"]

MISSING_REASON = "missing"


def by_reason(deals: IntoDeals, period: Periods | str, by: By) -> Statement:
    """Lost deals of each reason, and in all."""
    table = Deals.of(deals)
    if not table.has("loss_reason"):
        raise NeedsError(
            column_needed("deals", "loss_reason"), "deals have no column 'loss_reason'"
        )
    closed = table.during("closed_at", period, by=by)
    lost = closed.count("lost")
    codes = table.codes("loss_reason")
    names = {code: _named(label) for code, label in enumerate(codes.labels)}
    used = codes.take(np.flatnonzero(table.where("lost"))).in_use()
    totals: dict[str, Total] = {"lost": lost}
    for code, name in sorted(names.items(), key=lambda item: (item[0] == 0, item[1])):
        if used[code]:
            totals[name] = closed.count(("lost", ("for the reason", codes.labels[code])))
    parts = {name: 1 for name in totals if name != "lost"}
    return statement("loss reasons", totals, "lost", {**parts, "lost": -1})


def _named(label: Any) -> str:
    """The reason as it is called; two that the lines of the statement have names for, marked."""
    if label is None:
        return MISSING_REASON
    return f"{label} (given)" if label in (MISSING_REASON, "lost") else str(label)


def concentrated(
    deals: IntoDeals, period: Periods | str, by: By, of: str, top: int = 5
) -> Statement:
    """How much of the won amount comes from the largest customers, or deals."""
    if of not in ("customers", "deals"):
        raise SalesMetricsError(one_of("among", of, ("customers", "deals")))
    if type(top) is not int or not 1 <= top <= MOST:
        raise SalesMetricsError(f"top is {shown(top)}; give a whole number from 1 to {MOST:,}")
    closed = Deals.of(deals).during("closed_at", period, by=by)
    where = ("won", "of a customer") if of == "customers" else ("won",)
    base = closed.total("amount", where=where)
    if of == "customers":
        base = base.excluding(
            Reason("no_field", field="customer"), closed.count(("won", "of no customer"))
        )
    each = _of_customers(closed, where, base) if of == "customers" else _of_deals(closed, base)
    names = tuple(dict.fromkeys(("top 1", f"top {top}", *LINES)))
    lines: dict[str, list[list[Fraction | None]]] = {name: [] for name in names}
    for p in range(len(base.periods)):
        for name in names:
            lines[name].append([])
        for g in range(len(base.groups)):
            for name, figure in _figures(each[p][g], top).items():
                lines[name][-1].append(figure)
    axes = Axes(base.periods, base.by, base.groups, non_additive=("period", *base.by))
    return Statement(
        axes,
        made_of(f"concentration of {of}", base),
        "share of amount",
        lines,
        f"top {top}",
        base,
        reason_if_none=Reason("nothing_won"),
    )


LINES = ("top 20 %", "herfindahl index", "count")
MOST = 1_000_000


def _figures(amounts: list[int], top: int) -> dict[str, Fraction | None]:
    """Shares of the amounts above 0, largest first."""
    ordered = sorted((amount for amount in amounts if amount > 0), reverse=True)
    total = sum(ordered)
    if not total:
        return {**dict.fromkeys(("top 1", f"top {top}", *LINES)), "count": Fraction(0)}
    fifth = ceil(Fraction(len(ordered), 5))
    return {
        "top 1": Fraction(ordered[0], total),
        f"top {top}": Fraction(sum(ordered[:top]), total),
        "top 20 %": Fraction(sum(ordered[:fifth]), total),
        "herfindahl index": Fraction(sum(one * one for one in ordered), total * total),
        "count": Fraction(len(ordered)),
    }


def _of_customers(closed: During, where: tuple[str, ...], like: Total) -> list[list[list[int]]]:
    """What each customer of a period and group comes to."""
    rows, cells, values = closed.known_of("amount", where)
    values = values.astype(object) if like.sums.bound >= WIDE else values
    customers, width = closed.table.codes("customer"), len(closed.axes.groups)
    atoms, groups = np.divmod(cells, max(width, 1))
    found = []
    for first, last in zip(closed.axes.starts, closed.axes.ends, strict=True):
        # The first atom is what lies before all periods.
        here = np.flatnonzero((atoms > first) & (atoms <= last))
        pairs = groups[here] * len(customers.labels) + customers.codes[rows[here]]
        order = np.argsort(pairs, kind="stable")
        pairs = pairs[order]
        one = np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)])
        sums = np.add.reduceat(values[here[order]], one) if len(one) else values[:0]
        ends = np.searchsorted(pairs[one] // len(customers.labels), np.arange(width), side="right")
        found.append([part.tolist() for part in np.split(sums, ends[:-1])][:width])
    return found


def _of_deals(closed: During, like: Total) -> list[list[list[int]]]:
    spread = closed.amounts("amount", where="won")
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
