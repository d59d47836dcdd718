"""Every KPI and variant against its oracle: per period, per group, after as-of."""

from __future__ import annotations

import inspect
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, note, strategies as st
from oracles import ASSUMED, ORACLES, Expected, World, as_of, cuts
from oracles.facts import Figure, unbegun
from worlds import (
    CURRENCIES,
    PERIODS,
    crm_of,
    groupings,
    histories,
    instants,
    known_world,
    measured,
    needed,
    worlds,
)

import salesmetrics as sm
from salesmetrics.catalog import ENTRIES, Entry
from salesmetrics.results import Cell, Distribution

# Estimates are held to laws of their own: they learn from the past, and are no sums of rows.
COUNTED = {name: entry for name, entry in ENTRIES.items() if not entry.modelled}
NAMES = sorted(name for name, entry in COUNTED.items() if not entry.needs_history)


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_has_an_oracle(name: str) -> None:
    entry = ENTRIES[name]
    assert entry.label.name in ORACLES, f"tests/oracles has nothing for {entry.label.name}"
    takes = inspect.signature(ORACLES[entry.label.name]).parameters
    assert set(entry.keywords) <= set(takes), "the oracle does not know this variant"
    assert set(entry.label.given) <= set(ASSUMED.get(entry.label.name, {}))


def expected(entry: Entry, world: World, result: sm.Result) -> dict[tuple[Any, str], Expected]:
    keywords = {**ASSUMED.get(entry.label.name, {}), **entry.keywords}
    stock, periods, by = entry.label.needs_period, result.periods, result.by
    ends = [period.end for period in periods]
    return {
        (group, period.label): told(entry, world, period, ORACLES[entry.label.name])(
            cut, period, **keywords
        )
        for group, cut in cuts(world, entry.label.tables, by, stock, ends, result.groups).items()
        for period in periods
    }


def told(entry: Entry, world: World, period: sm.Period, oracle: Any) -> Any:
    """The oracle; of what happened in a period that has not begun, that nobody knows."""
    if entry.looks_ahead or not unbegun(world, period):
        return oracle

    def nobody_knows(*args: Any, **keywords: Any) -> Expected:
        found: Expected = oracle(*args, **keywords)
        undecided = None if found.undecided is None else 0
        return Expected(None, 0, undecided=undecided, more=dict.fromkeys(found.more))

    return nobody_knows


def rounded(figure: Figure, decimals: int) -> Fraction:
    """To so many decimals, half to even."""
    wide = Context(prec=400)
    quotient = wide.divide(Decimal(Fraction(figure).numerator), Fraction(figure).denominator)
    return Fraction(quotient.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN, wide))


def check(cell: Cell, want: Expected, result: sm.Result, world: World) -> None:
    currency = world.currency
    note(f"{cell.group} {cell.period}: {cell}\nexpected {want}")
    if world.has_history and cell.reason == "target: nothing there" and not want.n:
        return  # a group that deals had in the past alone has no target
    money = isinstance(result, (sm.Total, sm.Statement)) and result.currency is not None
    exact = want.exact
    if exact is not None and money:
        exact = rounded(exact, CURRENCIES[currency])
    assert (None if cell.exact is None else Fraction(cell.exact)) == exact
    assert cell.value == (None if exact is None else float(exact))
    assert bool(cell.reason) == (exact is None), "a reason belongs to what is undefined"
    if isinstance(result, sm.Formula):
        return  # made of figures that have oracles of their own
    assert cell.n == want.n
    if not world.has_history:  # there also what was removed is told, beside the rest
        assert sum(cell.excluded.values()) == want.excluded
    assert cell.undecided == want.undecided
    for mine, theirs in ((cell.numerator, want.numerator), (cell.denominator, want.denominator)):
        # Money is shown in whole units of its currency.
        shown = {None}
        if theirs is not None:
            shown = {float(theirs), float(rounded(theirs, CURRENCIES[currency]))}
        assert (None if mine is None else float(mine)) in shown


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_against_the_slow_way(name: str, data: st.DataObject) -> None:
    entry = ENTRIES[name]
    kinds = [worlds] if "deals" not in entry.label.tables else [worlds, histories]
    given_world = data.draw(st.sampled_from(kinds).flatmap(lambda kind: kind(needed(entry))))
    crm, world = crm_of(given_world), known_world(given_world)
    when = data.draw(st.none() | st.sampled_from(instants(world.tz)))
    if when is not None:
        crm, world = crm.as_of(when), as_of(world, when)
    by = data.draw(st.sampled_from(groupings(entry)))
    labels = data.draw(st.lists(st.sampled_from(PERIODS), min_size=1, max_size=4, unique=True))
    periods = tuple(sm.period(label) for label in labels)
    try:
        result = measured(entry, crm.tables, periods, by)
    except sm.NeedsError as lacking:  # costs of some other categories alone were known then
        named = re.findall(r"'([a-z ]+)'", str(lacking).partition(";")[0])
        assert named
        assert {row["category"] for row in world.rows("costs")}.isdisjoint(named)
        return
    want = expected(entry, world, result)
    cells = {(cell.group, cell.period.label): cell for cell in result.rows()}
    # A group of a table that was not needed, or only looked up in, is none.
    if entry.label.optional:
        want = {key: one for key, one in want.items() if key in cells or one.n or one.excluded}
    if entry.looks_up or world.has_history:
        whole = entry.label.of_whole  # a share of the whole has its n in every group
        want = {key: one for key, one in want.items() if key in cells or (one.n and not whole)}
    assert set(cells) == set(want)
    for key, cell in cells.items():
        check(cell, want[key], result, world)
    across = result.values()
    for key, cell in cells.items():
        place = where(result, key)
        assert np.isnan(across[place]) if cell.value is None else across[place] == cell.value
    if isinstance(result, Distribution):
        for name_, share in (("p75", Fraction(3, 4)), ("p90", Fraction(9, 10))):
            quantiles = result.values(share)
            for key in cells:
                figure = want[key].more[name_]
                found = quantiles[where(result, key)]
                assert np.isnan(found) if figure is None else found == pytest.approx(float(figure))
        if len(cells) == 1:
            (only,) = want.values()
            for name_, figure in only.more.items():
                assert getattr(result, name_) == (None if figure is None else float(figure))


def where(result: sm.Result, key: tuple[Any, str]) -> tuple[int, int]:
    labels = [period.label for period in result.periods]
    return labels.index(key[1]), result.groups.index(key[0])
