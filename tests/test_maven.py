"""The sample company to the last unit, against the CSV files read with nothing but `csv`."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm

FOLDER = Path(__file__).parents[1] / "examples" / "maven"
Row = dict[str, str]


def rows_of(name: str) -> list[Row]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


DEALS = rows_of("sales_pipeline")
MANAGER = {row["sales_agent"]: row["manager"] for row in rows_of("sales_teams")}
REGION = {row["sales_agent"]: row["regional_office"] for row in rows_of("sales_teams")}
SECTOR = {row["account"]: row["sector"] for row in rows_of("accounts")}
PRICE = {row["product"]: int(row["sales_price"]) for row in rows_of("products")}
WON = [row for row in DEALS if row["deal_stage"] == "Won"]
LOST = [row for row in DEALS if row["deal_stage"] == "Lost"]
OPEN = [row for row in DEALS if row["deal_stage"] in ("Prospecting", "Engaging")]


def product(row: Row) -> str:
    return row["product"].replace("GTXPro", "GTX Pro")


def industry(row: Row) -> str | None:
    return SECTOR[row["account"]].replace("technolgy", "technology") if row["account"] else None


GROUPS: dict[str, Callable[[Row], Any]] = {
    "owner": lambda row: row["sales_agent"],
    "team": lambda row: MANAGER[row["sales_agent"]],
    "region": lambda row: REGION[row["sales_agent"]],
    "product": product,
    "customer": lambda row: row["account"] or None,
    "customer.industry": industry,
    "closed_at.month": lambda row: row["close_date"][:7] or None,
}


def cycle(row: Row) -> int:
    return (date.fromisoformat(row["close_date"]) - date.fromisoformat(row["engage_date"])).days


@pytest.fixture(scope="module")
def crm() -> sm.CRM:
    return sm.read(FOLDER, preset="maven")


@pytest.fixture(scope="module")
def listed() -> sm.CRM:
    return sm.read(FOLDER, preset="maven", options=["list_price"])


def test_totals_that_are_known_from_outside(crm: sm.CRM) -> None:
    assert (len(DEALS), len(WON), len(LOST), len(OPEN)) == (8800, 4238, 2473, 2089)
    assert sm.won_deals(crm.deals).value == 4238
    assert sm.bookings(crm.deals).exact == 10_005_534
    assert sm.win_rate(crm.deals).exact == Fraction(4238, 6711)
    assert round(100 * float(sm.win_rate(crm.deals)), 2) == 63.15
    assert round(sm.sales_cycle(crm.deals).mean or 0, 2) == 51.78
    assert sm.open_deals(crm.deals, "2017").value == 2089
    low, high = sm.win_rate(crm.deals).interval() or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.6199, 0.6430)


def test_close_rate_of_all_time_counts_what_has_no_creation_date(crm: sm.CRM) -> None:
    created = [row for row in DEALS if row["engage_date"]]
    rate = sm.close_rate(crm.deals)
    assert rate.exact == Fraction(4238, 8800)
    assert rate.assumed == {"undated: no created_at": 8800 - len(created)}
    assert rate.undecided == len(OPEN)
    dated = sm.close_rate(crm.deals, ["2016", "2017"]).over("period")
    assert (dated.numerator, dated.denominator) == (4238, len(created))
    assert dated.excluded == {"no created_at": 8800 - len(created)}


@pytest.mark.parametrize("by", GROUPS)
def test_groups(crm: sm.CRM, by: str) -> None:
    key = GROUPS[by]
    labels = {key(row) for row in DEALS} | (set(MANAGER) if by == "owner" else set())
    won, bookings = sm.won_deals(crm.deals, by=by), sm.bookings(crm.deals, by=by)
    rate, size = sm.win_rate(crm.deals, by=by), sm.average_deal_size(crm.deals, by=by)
    length = sm.sales_cycle(crm.deals, by=by)
    assert {group[0] for group in won.groups} == labels
    for place, (label,) in enumerate(won.groups):
        mine = [row for row in WON if key(row) == label]
        lost = sum(key(row) == label for row in LOST)
        amount = sum(int(row["close_value"]) for row in mine)
        assert won.cell(0, place).exact == len(mine)
        assert bookings.cell(0, place).exact == amount
        decided = len(mine) + lost
        assert rate.cell(0, place).exact == (Fraction(len(mine), decided) if decided else None)
        assert size.cell(0, place).exact == (Fraction(amount, len(mine)) if mine else None)
        assert length.cell(0, place).numerator == (sum(map(cycle, mine)) if mine else None)


def test_owners_without_a_deal_are_there(crm: sm.CRM) -> None:
    idle = set(MANAGER) - {row["sales_agent"] for row in DEALS}
    assert len(idle) == 5
    for name in idle:
        assert sm.won_deals(crm.deals, by="owner").at(owner=name).value == 0
        assert sm.win_rate(crm.deals, "2017-Q4", by="owner").at(owner=name).value is None


@pytest.mark.parametrize("unit", ["month", "quarter"])
def test_periods(crm: sm.CRM, unit: Any) -> None:
    parts = sm.period("2017").split(unit)
    bookings, created = sm.bookings(crm.deals, parts), sm.deals_created(crm.deals, parts)
    standing = sm.open_deals(crm.deals, parts)
    undated = sum(not row["engage_date"] for row in DEALS)
    for part in parts:
        first, after = part.start.isoformat(), part.end.isoformat()
        booked = [int(r["close_value"]) for r in WON if first <= r["close_date"] < after]
        assert bookings.at(period=part).exact == sum(booked)
        made = sum(first <= row["engage_date"] < after for row in DEALS)
        assert created.at(period=part).exact == made
        stood = sum(
            bool(row["engage_date"])
            and row["engage_date"] < after
            and (not row["close_date"] or row["close_date"] >= after)
            for row in DEALS
        )
        last = max(row["close_date"] for row in DEALS) < after
        assert standing.at(period=part).exact == stood + (undated if last else 0)
    assert bookings.over("period").exact == sum(int(row["close_value"]) for row in WON)


def test_as_of_a_day(crm: sm.CRM) -> None:
    then = "2017-11-15"
    past = crm.as_of(then).deals
    q4 = sm.period("2017-Q4")
    won = [r for r in WON if "2017-10-01" <= r["close_date"] <= then]
    lost = [r for r in LOST if "2017-10-01" <= r["close_date"] <= then]
    assert sm.win_rate(past, q4).exact == Fraction(len(won), len(won) + len(lost))
    assert sm.bookings(past, q4).exact == sum(int(row["close_value"]) for row in won)
    created = [r for r in DEALS if "2017-10-01" <= r["engage_date"] <= then]
    by_then = sum(r["deal_stage"] == "Won" and r["close_date"] <= then for r in created)
    rate = sm.close_rate(past, q4)
    assert rate.exact == Fraction(by_then, len(created))
    decided = sum(bool(r["close_date"]) and r["close_date"] <= then for r in created)
    assert rate.undecided == len(created) - decided
    assert rate.known_until == date(2017, 11, 15)
    assert rate.rows()[0].unfinished
    stood = [
        r
        for r in DEALS
        if r["engage_date"] and r["engage_date"] <= then
        if not r["close_date"] or r["close_date"] > then
    ]
    assert sm.open_deals(past, q4).exact == len(stood)


def test_open_pipeline_has_no_amount_without_list_prices(crm: sm.CRM) -> None:
    pipeline = sm.open_pipeline(crm.deals, "2017")
    assert pipeline.value is None
    assert pipeline.excluded == {"no amount": 2089}


def test_open_pipeline_at_list_prices(listed: sm.CRM) -> None:
    pipeline = sm.open_pipeline(listed.deals, "2017")
    assert pipeline.exact == sum(PRICE[product(row)] for row in OPEN)
    assert pipeline.assumed["amount from list_amount"] == 2089
    by = sm.open_pipeline(listed.deals, "2017-Q3", by="product")
    for cell in by:
        stood = [
            row
            for row in DEALS
            if product(row) == cell.group[0] and row["engage_date"]
            if row["engage_date"] < "2017-10-01"
            if not row["close_date"] or row["close_date"] >= "2017-10-01"
        ]
        assert cell.exact == PRICE[cell.group[0]] * len(stood)
    assert sm.bookings(listed.deals).exact == 10_005_534


def test_snapshot_says_the_same(crm: sm.CRM) -> None:
    shot = sm.snapshot(crm, "2017-Q4", by="owner")
    assert shot["bookings"].exact == sm.bookings(crm.deals, "2017-Q4").exact
    assert {"weighted_pipeline", "customer_acquisition_cost"} <= {n.name for n in shot.needs}
    groups = shot.figure("win_rate").groups
    assert groups is not None
    assert groups == sm.win_rate(crm.deals, "2017-Q4", by="owner")
