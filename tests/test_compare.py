"""Comparisons: against Newcombe's published table, and against the raw file read another way."""

from __future__ import annotations

import csv
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

import salesmetrics as sm
from salesmetrics import examples
from salesmetrics.insight.causes import Cause
from salesmetrics.insight.compare import Comparison, base_of, compare, compared, newcombe
from salesmetrics.measuring import measure
from salesmetrics.reasons import Reason

MAVEN = Path(__file__).parents[1] / "examples" / "maven"

# Newcombe, "Interval estimation for the difference between independent proportions" (Statistics
# in Medicine 17, 1998), table II, method 10.
PUBLISHED = [
    ((56, 70), (48, 80), 0.0524, 0.3339),
    ((9, 10), (3, 10), 0.1705, 0.8090),
    ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926),
    ((0, 10), (0, 20), -0.1611, 0.2775),
    ((0, 10), (0, 10), -0.2775, 0.2775),
    ((10, 10), (0, 20), 0.6791, 1.0000),
    ((10, 10), (0, 10), 0.6075, 1.0000),
]


@pytest.mark.parametrize(("new", "old", "low", "high"), PUBLISHED)
def test_newcombe_as_published(new, old, low, high):
    found = newcombe(new, old, 0.95)
    assert found == pytest.approx((low, high), abs=5e-5)


def raw():
    with (MAVEN / "sales_pipeline.csv").open() as file:
        return list(csv.DictReader(file))


def slow(rows, first, last, owner=None):
    """Won, decided and amount of the deals closed from one day to another, both included."""
    closed = [
        row
        for row in rows
        if row["close_date"]
        and first <= row["close_date"] <= last
        and (owner is None or row["sales_agent"] == owner)
    ]
    won = [row for row in closed if row["deal_stage"] == "Won"]
    return len(won), len(closed), sum(int(row["close_value"]) for row in won)


@pytest.fixture(scope="module")
def crm():
    return sm.read(MAVEN, preset="maven")


def test_previous_quarter_by_owner_against_the_raw_file(crm):
    taken = sm.snapshot(
        crm, "2017-Q4", by="owner", kpis=["win_rate", "bookings"], compare="previous"
    )
    rows = raw()
    owners = sorted({row["sales_agent"] for row in rows})
    for owner in [None, *owners]:
        group = {} if owner is None else {"owner": owner}
        won, decided, amount = slow(rows, "2017-10-01", "2017-12-31", owner)
        won_then, decided_then, amount_then = slow(rows, "2017-07-01", "2017-09-30", owner)
        money = taken.compare("bookings", **group)
        assert (money.value, money.base) == (amount, amount_then)
        assert money.change == amount - amount_then
        assert money.relative == float(Fraction(amount - amount_then, amount_then))
        rate = taken.compare("win_rate", **group)
        exact = Fraction(won, decided) - Fraction(won_then, decided_then)
        assert rate.points == float(exact * 100)
        assert rate.interval == newcombe((won, decided), (won_then, decided_then), 0.95)
        assert rate.base_n == decided_then
        assert rate.direction == ("better" if exact > 0 else "worse" if exact < 0 else "same")
        assert not rate.elapsed


def test_unfinished_period_is_compared_with_the_same_part(crm):
    taken = sm.snapshot(
        crm, "2017-Q4", as_of="2017-11-15", kpis=["bookings"], compare=("previous", "year_before")
    )
    found = taken.compare("bookings")
    rows = raw()
    assert found.value == slow(rows, "2017-10-01", "2017-11-15")[2]
    assert found.base == slow(rows, "2017-07-01", "2017-08-15")[2]
    assert found.elapsed
    assert str(found.period) == "2017-Q3 to 2017-08-15"
    assert "46 days so far are compared with 2017-Q3 to 2017-08-15 (46 days)" in taken.to_text()
    before = taken.compare("bookings", "year_before")
    assert before.period.end == date(2016, 11, 16)
    assert (before.base, before.relative, before.reason) == (0.0, None, "the base is 0")
    # At its very last day the period is over.
    over = sm.snapshot(
        crm, "2017-Q4", as_of="2017-12-31", kpis=["bookings"], compare="previous"
    ).compare("bookings")
    assert not over.elapsed
    assert str(over.period) == "2017-Q3"
    almost = sm.snapshot(
        crm, "2017-Q4", as_of="2017-12-30", kpis=["bookings"], compare="previous"
    ).compare("bookings")
    assert almost.elapsed
    # 91 days against 91; by ends of months October's 30th answers to September's, its last.
    assert almost.period.end == date(2017, 9, 30)
    by_month = sm.snapshot(
        crm, "2017-Q4", as_of="2017-12-30", kpis=["bookings"], compare="previous",
        align="month_ends",
    )  # fmt: skip
    assert by_month.compare("bookings").period.end == date(2017, 10, 1)
    assert "its 91 days so far are compared with 2017-Q3 to 2017-09-30 (92 days)" in str(by_month)


def test_a_custom_span_is_compared_with_the_first_days_of_the_one_before():
    span = sm.period("2017-11-11..2017-11-20")
    base = base_of(span, "previous", date(2017, 11, 13))
    assert (base.period.start, base.period.end) == (date(2017, 11, 1), date(2017, 11, 4))
    assert base.elapsed


def test_a_period_that_has_not_begun_has_no_base():
    base = base_of(sm.period("2018-Q1"), "previous", date(2017, 12, 31))
    assert base.period is None
    assert "has not begun" in base.reason


def test_week_53_has_no_year_before():
    base = base_of(sm.period("2020-W53"), "year_before", None)
    assert base.period is None
    assert "no counterpart" in base.reason


def deals(*closes, amount=10):
    rows = [
        {"id": str(i), "created_at": day, "closed_at": day, "outcome": outcome, "amount": amount}
        for i, (day, outcome) in enumerate(closes)
    ]
    return sm.Deals.of(rows, currency="KRW")


def test_undefined_sides_and_directions():
    closes = ("2025-01-10", "won"), ("2025-02-03", "won"), ("2025-02-04", "lost")
    table = deals(*closes).as_of("2025-03-31")
    now, then = sm.win_rate(table, "2025-02"), sm.win_rate(table, "2025-01")
    assert compare(now, then, "higher").direction == "worse"
    assert compare(now, then, "lower").direction == "better"
    assert compare(now, then, "neither").direction is None
    assert compare(now, now, "higher").direction == "same"
    nothing = sm.win_rate(table, "2025-03")
    assert compare(nothing, now).reason.startswith("the figure is undefined: no ")
    assert compare(now, nothing).reason.startswith("the base is undefined: no ")
    assert compare(now, nothing).change is None
    count = compare(sm.won_deals(table, "2025-02"), sm.won_deals(table, "2025-03"))
    assert (count.change, count.relative, count.reason) == (1, None, "the base is 0")
    assert count.interval is None
    with pytest.raises(sm.SalesMetricsError, match="not the same figure"):
        compare(now, sm.won_deals(table, "2025-01"))
    with pytest.raises(sm.SalesMetricsError, match="one figure"):
        compare(sm.win_rate(table, sm.period("2025-Q1").split("month")), now)


def test_amounts_change_exactly():
    rows = [
        {"id": str(i), "closed_at": f"2025-0{i}-03", "outcome": "won", "amount": 2**53 + i}
        for i in (1, 2)
    ]
    crm = sm.CRM(deals=rows, currency="KRW")
    taken = sm.snapshot(crm, "2025-02", kpis=["bookings"], compare="previous", as_of="2025-02-28")
    assert taken.compare("bookings").change == 1.0  # as floats the two amounts are alike


def test_asking_wrongly(crm):
    with pytest.raises(sm.SalesMetricsError, match="compare 'last_year' is not known"):
        sm.snapshot(crm, "2017-Q4", compare="last_year")
    taken = sm.snapshot(crm, "2017-Q4", kpis=["bookings"], compare="previous")
    with pytest.raises(sm.SalesMetricsError, match="compared with previous"):
        taken.compare("bookings", "year_before")
    with pytest.raises(sm.ColumnError, match="no grouping 'owner'"):
        taken.compare("bookings", owner="Zane Levy")


@pytest.mark.parametrize("by", ["owner", "region", ("owner", "product")])
def test_every_reading_is_what_the_kpi_says_alone(crm, by):
    names = ["bookings", "win_rate", "open_deals", "sales_cycle", "close_rate"]
    taken = sm.snapshot(
        crm,
        ["2017-Q3", "2017-Q4"],
        by=[by, "team"],
        kpis=names,
        compare=("previous", "year_before"),
        every="month",
    )
    for name in names:
        function, figure = getattr(sm, name), taken.figure(name)
        for reading in figure.readings:
            bases = {
                "previous": tuple(sm.period(p) for p in ("2017-Q2", "2017-Q3")),
                "year_before": tuple(sm.period(p) for p in ("2016-Q3", "2016-Q4")),
            }
            assert reading.result == function(crm.deals, taken.periods, by=reading.by)
            assert reading.bases.keys() == bases.keys()
            for against, periods in bases.items():
                assert reading.bases[against] == function(crm.deals, periods, by=reading.by)
            months = sm.period("2017-07-01..2017-12-31").split("month")
            assert reading.series == function(crm.deals, months, by=reading.by)


def test_a_list_is_several_groupings_and_a_tuple_is_one(crm):
    taken = sm.snapshot(crm, "2017-Q4", by=["owner", ("region", "product")], kpis=["bookings"])
    assert taken.groupings == (("owner",), ("region", "product"))
    assert taken.by == ("owner", "region", "product")
    assert taken.figure("bookings").by("region", "product") == sm.bookings(
        crm.deals, "2017-Q4", by=("region", "product")
    )
    with pytest.raises(sm.ColumnError, match="no grouping 'team'"):
        taken.figure("bookings").by("team")
    with pytest.raises(sm.ColumnError, match="not known"):
        sm.snapshot(crm, "2017-Q4", by=["owner", "shoe_size"])


def test_measuring_nothing(crm):
    assert measure(crm, [], {}, {}) == ({}, {})


def test_a_negative_base_has_no_relative_change():
    rows = [
        {"id": str(i), "closed_at": f"2025-0{i}-03", "outcome": "won", "amount": amount}
        for i, amount in ((1, -50), (2, 25))
    ]
    table = sm.Deals.of(rows, currency="KRW")
    found = compare(sm.bookings(table, "2025-02"), sm.bookings(table, "2025-01"), "higher")
    assert (found.change, found.relative, found.direction) == (75.0, None, "better")
    assert found.reason == "the base is negative"


def test_a_dotted_column_is_named_with_an_underscore(crm):
    taken = sm.snapshot(
        crm, "2017-Q4", by="customer.industry", kpis=["won_deals"], compare="previous"
    )
    found = taken.compare("won_deals", customer_industry="retail")
    rows = sm.won_deals(crm.deals, ("2017-Q3", "2017-Q4"), by="customer.industry")
    then, now = (
        rows.at(period=label, customer_industry="retail") for label in ("2017-Q3", "2017-Q4")
    )
    assert (found.value, found.base) == (now.value, then.value)


def test_what_is_no_result_is_refused_by_name():
    rate = sm.win_rate(examples.deals, "2025-Q1")
    for now, then in ((rate, 0.47), (0.47, rate), (rate, None)):
        with pytest.raises(sm.SalesMetricsError, match="takes two results of one KPI"):
            compare(now, then)


def test_a_base_is_labelled_by_what_it_is():
    def against(period, base):
        return compare(
            sm.won_deals(examples.deals, period), sm.won_deals(examples.deals, base)
        ).against

    assert against("2025-Q1", "2024-Q4") == "previous"
    assert against("2025-Q1", "2024-Q1") == "year_before"
    assert against("2025-Q1", "2023-Q1") is None
    assert against("2025", "2024") == "previous"  # which is the year before, too
    assert against("2025-01-01..2025-01-31", "2025-02") is None


@pytest.mark.parametrize(
    ("interval", "clear"),
    [
        (None, True), ((0.1, 0.2), True), ((-0.2, -0.1), True), ((-0.1, 0.1), False),
        ((0.0, 0.1), False), ((-0.1, 0.0), False),
    ],
)  # fmt: skip
def test_a_change_is_clear_whose_interval_leaves_out_nothing(interval, clear):
    month = sm.period("2025-01")
    assert Comparison("previous", month, False, 1, 2, 3, interval=interval).clear is clear
    cause = Cause("a", {}, 1.0, 1.0, interval=interval)
    assert cause.clear is (None if interval is None else clear)


def test_a_change_that_reads_0_is_neither_good_nor_bad() -> None:
    """100,000 against 100,001 is -0.0 %: no view calls it worse, and none marks it."""
    rows = [
        {"id": n, "created_at": "2024-01-01", "closed_at": day, "outcome": "won", "amount": amount}
        for n, (day, amount) in enumerate([("2024-12-01", 100_001), ("2025-02-01", 100_000)])
    ]
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC").as_of("2025-03-31")
    taken = sm.snapshot(crm, "2025-Q1", compare="previous", kpis=["bookings"])
    assert taken.compare("bookings").direction == "worse"  # as it was computed
    for text in (taken.to_text(), taken.to_markdown(), taken.to_html()):
        assert "-0.0%" in text and "-0.0% worse" not in text and "-0.0% unclear" not in text
    tile = taken.to_html().partition('data-kpi="bookings"')[2].partition("</article>")[0]
    assert '<p class="c">-0.0%</p>' in tile


def test_what_has_a_reason_is_not_compared():
    deals = sm.CRM(deals=examples.deals).deals
    now, then = sm.won_deals(deals, "2025-02"), sm.won_deals(deals, "2025-01")
    base = base_of(sm.period("2025-02"), "previous", None)
    cells = now.cell(0, 0), then.cell(0, 0)
    why = Reason("not_in_base")
    for reason, cell in ((None, cells[1]), (why, cells[1]), (why, None), (None, None)):
        found = compared(now, cells[0], base, cell, "higher", reason)
        assert (found.change is None) is (reason is not None or cell is None)
        assert found.base == (None if cell is None else cell.value)
        if found.change is None:
            assert found.reason == why
