"""The rows behind a figure: what they contribute sums to it, part by part, for every KPI."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.catalog import ENTRIES, Entry
from salesmetrics.errors import NeedsError
from salesmetrics.results.definition import Combined, Definition
from salesmetrics.results.distribution import Distribution
from salesmetrics.results.records import parts_by_name

DEMO = Path(__file__).parents[1] / "examples" / "demo"
QUARTER = sm.period("2025-Q3")
GIVEN: dict[str, Any] = {
    "margin": "0.7", "target": 1_000_000_000, "required": ["amount", "owner"],
}  # fmt: skip
LONG = ("active_for", "within", "limit")  # what a keyword begins with: a year of days, hours


@cache
def company() -> sm.CRM:
    return sm.read(str(DEMO), currency="KRW", tz="Asia/Seoul", on_error="collect")


def computed(entry: Entry, by: tuple[str, ...]) -> sm.Result | None:
    crm = company()
    tables = [crm.tables.get(name) for name in entry.label.tables]
    given = {
        name: GIVEN.get(name, 365 if name.startswith(LONG) else None) for name in entry.label.given
    }
    try:
        result: sm.Result = entry.function(*tables, QUARTER, by=by, **{**given, **entry.keywords})
    except (NeedsError, sm.ColumnError):
        return None
    return result


def measured(result: sm.Result) -> Iterator[sm.Total | Distribution]:
    """Every total and distribution inside."""
    if isinstance(result, (sm.Total, Distribution)):
        yield result
        return
    for part in parts_by_name(result).values():
        if part is not result:
            yield from measured(part)


def without_rows(definition: Definition) -> bool:
    """A target was given, and the days of a period are no rows of a table."""
    if not isinstance(definition, Combined):
        return False
    return definition.how in ("target", "days") or any(map(without_rows, definition.parts))


def on_a_calendar(definition: Definition) -> bool:
    """Hours of work are not taken apart row by row."""
    return (
        not isinstance(definition, Combined)
        and definition.of[0] == "seconds"
        and (any(definition.of[3:]) or not isinstance(definition.of[2], str))
    )


@pytest.mark.parametrize("by", [(), ("owner",)], ids=["whole", "by owner"])
@pytest.mark.parametrize("name", ENTRIES)
def test_contributions_sum_to_the_figure(name: str, by: tuple[str, ...]) -> None:
    result = computed(ENTRIES[name], by)
    if result is None:
        pytest.skip("the demonstration company has no such tables or columns")
    for total in measured(result):
        definition = total.definition
        assert definition is not None
        if without_rows(definition) or on_a_calendar(definition):
            continue
        sums: dict[Any, Fraction] = defaultdict(Fraction)
        each: dict[Any, list[Fraction]] = defaultdict(list)
        for row in total.records():
            assert (row.reason is None) == (row.contribution is not None)
            assert row.period == total.periods[0].label
            if row.contribution is not None:
                sums[row.group] += Fraction(row.contribution)
                each[row.group].append(Fraction(row.contribution))
        for at, group in enumerate(total.groups):
            if isinstance(total, Distribution):
                values, times = total.counted(0, at)
                pairs = zip(values.tolist(), times.tolist(), strict=True)
                wanted = sorted(value * total.per for value, often in pairs for _ in range(often))
                assert sorted(each[group]) == wanted, (total.evidence.what, group)
            else:
                assert sums[group] == total.exact_fraction(0, at), (total.evidence.what, group)


def test_a_stock_lists_each_deal_once_and_names_who_is_left_out() -> None:
    deals = company().deals
    stock = sm.open_pipeline(deals, QUARTER, by="stage")
    listed = [row.id for row in stock.records()]
    assert len(set(listed)) == len(listed) > 0
    for cell in stock:
        mine = [row for row in stock.records() if row.group == cell.group]
        for reason, count in cell.excluded.items():
            assert sum(row.reason == reason for row in mine) == count, (cell.group, reason)


def test_one_group_and_one_part() -> None:
    rate = sm.win_rate(company().deals, QUARTER, by="owner")
    cell = next(cell for cell in rate if cell.numerator)
    owner = cell.group[0]
    won = rate.records(owner=owner, part="numerator")
    assert len(won) == cell.numerator
    assert {row.group for row in won} == {(owner,)}
    assert {row.part for row in rate.records(owner=owner)} == {"numerator", "denominator"}
    with pytest.raises(sm.SalesMetricsError, match="owner 'nobody' is not known"):
        rate.records(owner="nobody")
    with pytest.raises(sm.SalesMetricsError, match="part 'top' is not known"):
        rate.records(part="top")
    with pytest.raises(sm.SalesMetricsError, match="group column 'team' is not known"):
        rate.records(team="x")
    with pytest.raises(sm.SalesMetricsError, match="period '2020' is not known"):
        rate.records(period="2020")
