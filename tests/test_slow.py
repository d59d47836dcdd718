"""Every KPI and variant against its oracle: per period, per group, after as-of."""

from __future__ import annotations

import inspect
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from oracles import ASSUMED, ORACLES, Expected, World, as_of, cuts
from oracles.facts import Figure
from worlds import CURRENCIES, EDGES, GROUPINGS, PERIODS, crm_of, fits, known_world, worlds

import salesmetrics as sm
from salesmetrics.catalog import ENTRIES, Entry
from salesmetrics.measures import Cell, Distribution

NAMES = sorted(ENTRIES)


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_has_an_oracle(name: str) -> None:
    entry = ENTRIES[name]
    assert entry.label.name in ORACLES, f"tests/oracles has nothing for {entry.label.name}"
    takes = inspect.signature(ORACLES[entry.label.name]).parameters
    assert set(entry.keywords) <= set(takes), "the oracle does not know this variant"
    assert set(entry.label.given) <= set(ASSUMED.get(entry.label.name, {}))


def measured(
    entry: Entry, crm: sm.CRM, periods: tuple[sm.Period, ...], by: tuple[str, ...]
) -> sm.Result:
    tables = [crm.tables[name] for name in entry.label.tables]
    assumed = ASSUMED.get(entry.label.name, {})
    return entry.function(*tables, periods, by=by, **{**assumed, **entry.keywords})


def expected(
    entry: Entry, world: World, periods: tuple[sm.Period, ...], by: tuple[str, ...]
) -> dict[tuple[Any, str], Expected]:
    keywords = {**ASSUMED.get(entry.label.name, {}), **entry.keywords}
    stock = entry.label.needs_period
    return {
        (group, period.label): ORACLES[entry.label.name](cut, period, **keywords)
        for group, cut in cuts(world, entry.label.tables, by, stock).items()
        for period in periods
    }


def rounded(figure: Figure, decimals: int) -> Fraction:
    """To so many decimals, half to even."""
    wide = Context(prec=400)
    quotient = wide.divide(Decimal(Fraction(figure).numerator), Fraction(figure).denominator)
    return Fraction(quotient.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN, wide))


def check(cell: Cell, want: Expected, result: sm.Result, currency: str) -> None:
    note(f"{cell.group} {cell.period}: {cell}\nexpected {want}")
    money = isinstance(result, sm.Total) and result.currency is not None
    exact = want.exact
    if exact is not None and money:
        exact = rounded(exact, CURRENCIES[currency])
    assert (None if cell.exact is None else Fraction(cell.exact)) == exact
    assert cell.value == (None if exact is None else float(exact))
    assert bool(cell.reason) == (exact is None), "a reason belongs to what is undefined"
    assert cell.n == want.n
    assert sum(cell.excluded.values()) == want.excluded
    assert cell.undecided == want.undecided
    for mine, theirs in ((cell.numerator, want.numerator), (cell.denominator, want.denominator)):
        assert mine == (exact if theirs is want.exact and money else theirs) or mine == float(
            rounded(theirs, CURRENCIES[currency]) if money else theirs  # type: ignore[arg-type]
        )


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_against_the_slow_way(name: str, data: st.DataObject) -> None:
    entry = ENTRIES[name]
    given_world = data.draw(worlds(needed(entry)))
    crm, world = crm_of(given_world), known_world(given_world)
    when = data.draw(st.sampled_from((None, None, *EDGES)))
    if when is not None:
        crm, world = crm.as_of(when), as_of(world, when)
    choices = [by for by in GROUPINGS if fits(by, entry.label.tables)]
    by = data.draw(st.sampled_from(choices))
    labels = data.draw(st.lists(st.sampled_from(PERIODS), min_size=1, max_size=4, unique=True))
    periods = tuple(sm.period(label) for label in labels)
    result = measured(entry, crm, periods, by)
    want = expected(entry, world, periods, by)
    cells = {(cell.group, cell.period.label): cell for cell in result.rows()}
    assert set(cells) == set(want)
    for key, cell in cells.items():
        check(cell, want[key], result, world.currency)
        if isinstance(result, Distribution):
            one = entry_alone(result, key)
            for what, figure in want[key].more.items():
                assert getattr(one, what) == (None if figure is None else float(figure))


def entry_alone(result: Distribution, key: Any) -> Any:
    """The quantiles of one figure, which a result of many does not say."""
    group, label = key
    place = result.groups.index(group)
    at = [period.label for period in result.periods].index(label)
    value, times = result.histogram(at, place)

    class One:
        mean = (
            float(Fraction(int((value * times).sum()), int(times.sum())) * result.per)
            if len(value)
            else None
        )
        p75 = _or_none(result._quantile(value, times, Fraction(3, 4)))
        p90 = _or_none(result._quantile(value, times, Fraction(9, 10)))

    return One


def _or_none(figure: Fraction | None) -> float | None:
    return None if figure is None else float(figure)


def needed(entry: Entry) -> tuple[str, ...]:
    """The tables a KPI is about, and those its rows are linked to."""
    linked = ("stages", "owners", "customers", "leads", "deals", "subscriptions")
    return (*entry.label.tables, *linked)
