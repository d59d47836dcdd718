"""The rows behind a figure: what they contribute sums to it, part by part, for every KPI."""

from __future__ import annotations

import pickle
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.catalog import ENTRIES, Entry
from salesmetrics.measuring import can_group
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


COLUMNS = ("owner", "team", "channel", "industry", "kind", "customer")
WORK = sm.WorkCalendar.weekly(
    "09:00-12:00, 13:00-18:00", tz="Asia/Seoul", holidays=[date(2025, 8, 15)]
)

ON_A_CALENDAR = [name for name, one in ENTRIES.items() if "calendar" in one.label.keywords]


def tables_of(entry: Entry) -> list[Any]:
    return [company().tables.get(name) for name in entry.label.tables]


def computed(entry: Entry, by: tuple[str, ...], **keywords: Any) -> sm.Result:
    given = {
        name: GIVEN.get(name, 365 if name.startswith(LONG) else None) for name in entry.label.given
    }
    asked = {**given, **entry.keywords, **keywords}
    result: sm.Result = entry.function(*tables_of(entry), QUARTER, by=by, **asked)
    return result


def a_column(entry: Entry) -> tuple[str, ...]:
    """A column that its tables can be grouped by; none where they share none of these."""
    tables = tables_of(entry)
    return next(((name,) for name in COLUMNS if can_group(tables, (name,)) is None), ())


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


@pytest.mark.parametrize("grouped", [False, True], ids=["whole", "by group"])
@pytest.mark.parametrize("name", ENTRIES)
def test_contributions_sum_to_the_figure(name: str, grouped: bool) -> None:
    entry = ENTRIES[name]
    add_up(computed(entry, a_column(entry) if grouped else ()))


@pytest.mark.parametrize("by", [(), ("owner",)], ids=["whole", "by owner"])
@pytest.mark.parametrize(
    "name", [n for n, one in ENTRIES.items() if "calendar" in one.label.keywords]
)
def test_hours_of_work_are_listed_row_by_row(name: str, by: tuple[str, ...]) -> None:
    entry = ENTRIES[name]
    result, wall = (computed(entry, by, calendar=one) for one in (WORK, None))
    add_up(result)
    if isinstance(result, Distribution):
        hours = {row.id: row.contribution for row in wall.records()}
        listed = [row for row in result.records() if row.contribution is not None]
        assert listed
        assert all(row.contribution <= hours[row.id] for row in listed)
        assert any(row.contribution < hours[row.id] for row in listed)
        for cell in result:
            mine = [row.reason for row in result.records() if row.group == cell.group]
            assert {why: mine.count(why) for why in cell.excluded} == dict(cell.excluded)


def test_hours_of_work_of_a_saved_figure_say_what_to_do() -> None:
    saved = pickle.loads(
        pickle.dumps(computed(ENTRIES["turnaround_time"], (), calendar=WORK))
    )  # fmt: skip
    with pytest.raises(sm.SalesMetricsError, match="does not keep the calendar of work"):
        saved.records(company())
    wall = pickle.loads(pickle.dumps(computed(ENTRIES["sales_cycle"], ())))
    assert sum(row.reason is None for row in wall.records(company())) == wall.n


def add_up(result: sm.Result) -> None:
    """What rows contribute sums to every total inside, and is the multiset of a distribution."""
    for total in measured(result):
        definition = total.definition
        assert definition is not None
        if without_rows(definition):
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


@pytest.mark.parametrize("name", ENTRIES)
def test_what_the_label_says_of_periods_to_come_holds_of_the_figure(name: str) -> None:
    entry = ENTRIES[name]
    assert computed(entry, ()).evidence.ahead == entry.looks_ahead


def test_a_stock_lists_each_deal_once_and_names_who_is_left_out() -> None:
    deals = company().deals
    stock = sm.open_pipeline(deals, QUARTER, by="stage")
    listed = [row.id for row in stock.records()]
    assert len(set(listed)) == len(listed) > 0
    for cell in stock:
        mine = [row for row in stock.records() if row.group == cell.group]
        for reason, count in cell.excluded.items():
            assert sum(row.reason == reason for row in mine) == count, (cell.group, reason)


SAYING_LITTLE = [
    {"id": "stands", "created_at": "2025-01-05", "outcome": "open", "amount": 10, "owner": "ana"},
    {"id": "unsaid", "created_at": "2025-01-20", "amount": 5, "owner": "bo"},
    {"id": "unsaid between", "created_at": "2025-02-28", "amount": 5, "owner": "ana"},
    {"id": "unsaid later", "created_at": "2025-03-30", "amount": 5, "owner": "ana"},
    {"id": "undated", "outcome": "open", "amount": 7, "owner": "bo"},
    {"id": "says nothing", "amount": 7, "owner": "bo"},
    {"id": "won", "created_at": "2025-02-06", "outcome": "won", "amount": 10, "owner": "ana"},
    {"id": "lost", "created_at": "2025-01-31", "outcome": "lost", "owner": "ana"},
]
DATED = [
    {"id": "won then", "created_at": "2025-01-05", "closed_at": "2025-02-10", "outcome": "won"},
    {"id": "deleted", "created_at": "2025-01-06", "removed_at": "2025-03-01", "outcome": "open"},
    {"id": "deleted too", "created_at": "2025-02-06", "removed_at": "2025-03-01"},
    {"id": "won and deleted", "created_at": "2025-01-06", "closed_at": "2025-02-03",
     "removed_at": "2025-03-01", "outcome": "won"},
    {"id": "open", "created_at": "2025-02-01", "amount": 5, "owner": "bo"},
    {"id": "undated, lost at once", "closed_at": "2025-02-01", "outcome": "lost", "owner": "bo"},
    {"id": "undated, lost later", "closed_at": "2025-02-28", "outcome": "lost", "owner": "ana"},
]  # fmt: skip
MONTHS = ["2025-01", "2025-02", "2025-03"]


@pytest.mark.parametrize("by", [(), ("owner",)], ids=["whole", "by owner"])
@pytest.mark.parametrize("rows", [SAYING_LITTLE, [*SAYING_LITTLE, *DATED], DATED])
def test_what_is_left_out_is_listed_where_it_is_counted(
    rows: list[dict[str, Any]], by: tuple[str, ...]
) -> None:
    """In each period and group as many rows as were left out for each reason, and these."""
    deals = sm.Deals.of(rows, currency="EUR", tz="UTC").as_of("2025-04-01")
    for kpi in (sm.deals_created, sm.won_deals, sm.bookings, sm.close_rate, sm.win_rate,
                sm.open_deals, sm.open_pipeline):  # fmt: skip
        for total in measured(kpi(deals, MONTHS, by=by)):  # type: ignore[operator]
            listed = Counter(
                (row.period, row.group, row.reason) for row in total.records() if row.reason
            )
            counted = {
                (cell.period.label, cell.group, reason): count
                for cell in total
                for reason, count in cell.excluded.items()
            }
            assert listed == counted, (kpi, total.evidence.what)


def test_who_is_left_out_for_what() -> None:
    def told(result: sm.Result, period: str, part: str | None = None) -> list[tuple[str, str]]:
        found = result.records(period=period, part=part)
        return [(str(row.id), str(row.reason)) for row in found if row.reason]

    deals = sm.Deals.of(SAYING_LITTLE, currency="EUR", tz="UTC")
    unsaid = ("unsaid", "unsaid between", "unsaid later", "says nothing")
    nobody_knows = [(name, "no outcome") for name in unsaid]
    won = sm.won_deals(deals, MONTHS)
    assert all(told(won, month) == [("won", "no closed_at"), *nobody_knows] for month in MONTHS)
    close = sm.close_rate(deals, MONTHS)
    assert told(close, "2025-01", "denominator") == [
        ("undated", "no created_at"), ("unsaid", "no outcome")
    ]  # fmt: skip
    assert told(close, "2025-02", "denominator") == [
        ("undated", "no created_at"), ("unsaid between", "no outcome")
    ]  # fmt: skip
    assert told(sm.open_deals(deals, MONTHS), "2025-01") == [
        ("undated", "no created_at"), ("says nothing", "no created_at"), ("unsaid", "no outcome"),
        ("lost", "no closed_at"),
    ]  # fmt: skip


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


def test_a_customer_of_unknown_amount_is_counted_and_no_part_of_a_sum() -> None:
    rows = [
        {"id": customer, "customer": customer, "started_at": "2024-01-01", "interval": "month",
         "ended_at": ended, "amount": amount}
        for customer, ended, amount in (
            ("x", None, 10), ("y", "2025-02-10", None), ("z", "2025-02-10", 7),
        )
    ]  # fmt: skip
    crm = sm.CRM(subscriptions=rows, currency="USD").as_of("2025-06-01")
    paid = crm.kpi("net_revenue_retention", "2025-02").records()
    assert {(one.part, one.id): one.contribution for one in paid} == {
        ("numerator", "x"): 10, ("numerator", "y"): None, ("numerator", "z"): 0,
        ("denominator", "x"): 10, ("denominator", "y"): None, ("denominator", "z"): 7,
    }  # fmt: skip
    lost = crm.kpi("customer_churn_rate", "2025-02", active_for_days=None)
    assert lost.exact == Fraction(2, 3)
    assert {(one.part, one.id, one.contribution) for one in lost.records()} == {
        ("numerator", "y", 1), ("numerator", "z", 1),
        *(("denominator", each, 1) for each in "xyz"),
    }  # fmt: skip
