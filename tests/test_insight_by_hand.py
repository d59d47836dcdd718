"""Edges of insight by hand: what is judged at a limit, of even numbers, of nothing, of one row."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import exp, log
from typing import Any

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics import Rule
from salesmetrics.catalog import entry
from salesmetrics.insight import control_limits as limits
from salesmetrics.insight.alert_words import alert_said
from salesmetrics.insight.effects import Figures, Measuring, moved
from salesmetrics.insight.explain import _shown
from salesmetrics.insight.growth import growth
from salesmetrics.insight.simulated import FalseAlarms
from salesmetrics.insight.suspects import some
from salesmetrics.insight.targets import Attainment, scored
from salesmetrics.insight.unusual import _median2
from salesmetrics.periods import ALL_TIME
from salesmetrics.reasons import Reason

DAY = timedelta(days=1)


def won(day: date, **more: Any) -> dict[str, Any]:
    return {"created_at": day - DAY, "closed_at": day, "outcome": "won", "amount": 10, **more}


def numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": f"d{at}", **row} for at, row in enumerate(rows)]


def crm(rows: list[dict[str, Any]], **tables: Any) -> sm.CRM:
    return sm.CRM(deals=numbered(rows), currency="USD", **tables)


def found(crm: sm.CRM, kind: str) -> list[tuple[str | None, int]]:
    return [(one.field, one.rows) for one in sm.quality(crm).findings if one.kind == kind]


# sentences ---------------------------------------------------------------------------------------


def test_a_figure_in_a_sentence_keeps_its_half() -> None:
    facts = {"kpi": "sales_cycle", "value": 2.5, "limit": 2.0, "n": 3}
    said = alert_said("above", facts, "days", None, "en")
    assert "2.5" in said
    assert "2.0" not in said  # a whole one is said as whole


def test_a_chance_is_told_in_percent() -> None:
    for chance, told in ((0.35, "35%"), (0.01, " 1%"), (0.009, "<1%"), (0.0, " 0%")):
        facts = {"kpi": "bookings", "value": 1.0, "target": 2.0, "chance": chance, "periods": 9}
        assert told in alert_said("forecast", facts, "EUR", None, "en"), told


def test_a_rule_says_whom_it_is_for() -> None:
    deals = [won(date(2025, 1, 10)), won(date(2025, 2, 10))]
    rule = {"kind": "threshold", "kpi": "won_deals", "below": 9}
    both = [
        sm.alerts(crm(deals), [Rule(**rule, audience=whom)], "2025-01").alerts[0].to_dict()
        for whom in ("ceo", "")
    ]
    assert [one["audience"] for one in both] == ["ceo", None]


@pytest.mark.parametrize(
    ("names", "said"),
    [("abcde", "a, b, c, d, e"), ("abcdef", "a, b, c, d, e (+1)"), ("a", "a")],
)
def test_the_first_five_and_how_many_more(names: str, said: str) -> None:
    assert some([*names]) == said


# what is usual -----------------------------------------------------------------------------------


def test_what_is_usual_is_of_the_figures_before() -> None:
    before = [10.0, 40.0] * 10
    judged = limits.judged_log([*before, 0.0], "below")
    assert isinstance(judged, limits.Judged)
    assert judged.fires
    assert judged.expected == pytest.approx(exp((log(10) + log(40)) / 2))  # 20, by hand
    assert judged.expected == pytest.approx(20)


def test_a_usual_rate_is_that_of_the_rows_before() -> None:
    judged = limits.judged_rate([40, 60] * 10 + [99], [100] * 21, "either")
    assert isinstance(judged, limits.Judged)
    assert judged.expected == 0.5
    assert limits.judged_rate([50] * 20 + [30], [100] * 20 + [60], "either").expected == 0.5  # type: ignore[union-attr]


@pytest.mark.parametrize("tenths", [1, 9])
@pytest.mark.parametrize(
    ("before", "now", "few"),
    [(100, 50, None), (100, 49, 49), (50, 400, None), (40, 400, 40), (20, 400, 20)],
)
def test_a_rate_needs_five_of_the_rarer_kind(
    tenths: int, before: int, now: int, few: int | None
) -> None:
    """A tenth of 50 rows, now and in the mean of those before: the lesser of the two is told."""
    parts = [before * tenths // 10] * 15 + [now // 2]
    judged = limits.judged_rate(parts, [before] * 15 + [now], "either")
    if few is None:
        assert isinstance(judged, limits.Judged)
    else:
        assert judged == Reason("too_few_for_rate", n=few, least=50)


@pytest.mark.parametrize(
    ("direction", "side"), [("higher", "above"), ("lower", "below"), ("either", "either")]
)
def test_a_direction_told_is_the_side_that_is_watched(direction: Any, side: str) -> None:
    assert Rule(kind="unusual", kpi="win_rate", direction=direction).side == side


@pytest.mark.parametrize(("values", "twice"), [([1, 2, 3, 10], 5), ([7], 14), ([1, 2, 9], 4)])
def test_twice_the_median(values: list[int], twice: int) -> None:
    assert _median2(np.array(values)) == twice


def test_three_errors_away_agree_and_more_do_not() -> None:
    def simulated(measured: float, *, at_most: bool = False) -> FalseAlarms:
        return FalseAlarms("a rule", 0.5, measured, 0.125, 100, at_most)

    assert simulated(0.875).agrees
    assert simulated(0.125).agrees
    assert not simulated(0.875001).agrees
    assert not simulated(0.124).agrees
    assert simulated(0.0, at_most=True).agrees


def test_as_many_rows_as_a_rule_asks_for_are_judged() -> None:
    deals = crm([won(date(2025, 1, 10)), won(date(2025, 1, 20)), won(date(2025, 2, 10))])
    rule = {"kind": "threshold", "kpi": "won_deals", "below": 9}
    judged = [sm.alerts(deals, [Rule(**rule, minimum=least)], "2025-01") for least in (2, 3)]
    assert [len(one.alerts) for one in judged] == [1, 0]
    assert [len(one.unchecked) for one in judged] == [0, 1]


# changes -----------------------------------------------------------------------------------------


def test_what_logarithms_leave_open_goes_to_the_largest_part() -> None:
    shown = _shown([Fraction(1), Fraction(-9), Fraction(3)], Fraction(-7), Fraction(1))
    assert shown == [1, -11, 3]  # 2 were open; -9 is the largest, whatever its sign


def test_growth_to_nothing_is_minus_all_of_it() -> None:
    deals = crm([won(date(2024, 1, 10)), won(date(2025, 2, 10))]).deals
    grown = growth(sm.bookings(deals, sm.period("2024-01-01..2025-01-31").split("month")))
    assert grown.yearly == -1.0


# doubtful rows -----------------------------------------------------------------------------------


def test_a_table_of_customers_that_was_given_without_a_row_is_told() -> None:
    pandas = pytest.importorskip("pandas")
    empty = pandas.DataFrame(
        {"id": pandas.Series([], dtype=str), "industry": pandas.Series([], dtype=str)}
    )
    given = crm([won(date(2025, 1, 10))], customers=empty)
    assert [one.table for one in sm.quality(given).findings if one.kind == "no_rows"] == [
        "customers"
    ]
    made = crm([won(date(2025, 1, 10), customer="a")])
    assert not [one for one in sm.quality(made).findings if one.kind == "no_rows"]


def test_deals_that_say_no_outcome_are_judged_by_the_rest() -> None:
    rows = [{"created_at": date(2025, 1, 1), "expected_close_at": date(2025, 1, 5)}] * 3
    report = sm.quality(crm(rows))
    assert not [one for one in report.findings if one.kind in ("overdue", "long_open")]


def test_the_order_of_two_days_needs_both() -> None:
    first = date(1970, 1, 1)
    rows = [
        {"created_at": None, "closed_at": date(2025, 1, 5), "outcome": "won", "amount": 1},
        {"created_at": date(2025, 1, 1), "outcome": "open", "amount": 1},
        {"created_at": first, "closed_at": date(2025, 1, 3), "outcome": "won", "amount": 1},
    ]
    assert found(crm(rows), "close_before_create") == []
    before = {"created_at": first + DAY, "closed_at": first, "outcome": "won", "amount": 1}
    assert found(crm([*rows, before]), "close_before_create") == [("closed_at", 1)]


def test_rows_are_alike_where_customer_day_and_amount_are_told() -> None:
    one = won(date(2025, 1, 10), customer="a")
    assert found(crm([one, one]), "likely_duplicate") == [("id", 1)]
    for lacking in ({"customer": None}, {"created_at": None}, {"amount": None}, {"amount": 0}):
        other = {**one, **lacking}
        assert found(crm([other, other, one]), "likely_duplicate") == [], lacking


def test_what_is_expected_on_the_last_known_day_has_not_come() -> None:
    last = date(2025, 1, 31)
    rows = [
        won(last),
        *({"created_at": date(2025, 1, 1), "outcome": "open", "expected_close_at": due}
          for due in (last - DAY, last, last + DAY)),
    ]  # fmt: skip
    assert found(crm(rows), "overdue") == [("expected_close_at", 2)]


@pytest.mark.parametrize(("before", "judged"), [(3, 0), (4, 1)])
def test_four_periods_before_tell_where_a_running_one_ends(before: int, judged: int) -> None:
    months = [f"2024-{month:02d}" for month in range(12 - before, 12)]
    rows = [{"id": month, "created_at": f"{month}-10"} for month in months]
    leads = sm.CRM(leads=[*rows, {"id": "last", "created_at": "2024-12-15"}])
    rule = Rule(kind="forecast", kpi="lead_volume", chance=0.5, target=9)
    report = sm.alerts(leads, [rule], "2024-12")
    assert (len(report.alerts), len(report.unchecked)) == (judged, 1 - judged)


@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        ([10, 20, 30, 60], ("d3",)),
        ([10, 20, 30], ("d2",)),
        ([10, 20, 30, None], ()),  # the last that says an amount is not the last of the rows
        ([10, 20, 31], ()),
        ([30, 30], ()),
    ],
)
def test_a_total_is_the_last_row_and_the_sum_of_the_others(
    amounts: list[int | None], total: tuple[str, ...]
) -> None:
    day, last = date(2025, 1, 3), len(amounts) - 1
    rows = [
        {
            "created_at": day,
            "outcome": "open",
            "amount": amount,
            "name": "Total" if at == last else "x",
        }
        for at, amount in enumerate(amounts)
    ]
    report = sm.quality(crm(rows))
    assert [one.examples for one in report.findings if one.kind == "looks_like_total"] == [
        total
    ] * bool(total)


def test_a_field_that_is_nowhere_is_told_with_the_rows_that_need_it() -> None:
    """Amounts are asked of what is won and open, owners of all."""
    rows = [{"id": 1, "created_at": "2025-01-01", "closed_at": "2025-01-05", "outcome": "won"}]
    report = sm.quality(sm.CRM(deals=rows))
    told = {one.field: one.facts["of"] for one in report.of("absent_field")}
    assert (told["amount"], told["owner"]) == ("won", "")


@pytest.mark.parametrize(("age", "told"), [(100, []), (101, [("created_at", 1)])])
def test_a_deal_is_open_for_long_beyond_the_fence(age: int, told: list[Any]) -> None:
    """Of 20 that took 40 and 20 that took 55 days Q3 + 3 (Q3 - Q1) is 55 + 45."""
    last = date(2025, 6, 30)
    closed = [
        {"created_at": last - took * DAY, "closed_at": last, "outcome": "won", "amount": 1}
        for took in (40, 55)
        for _ in range(20)
    ]
    opened = {"created_at": last - age * DAY, "outcome": "open", "amount": 1}
    assert found(crm([*closed, opened]), "long_open") == told


# what has begun and what is over ------------------------------------------------------------------


def test_a_period_has_begun_on_its_first_day_and_is_over_after_its_last() -> None:
    """Known until the 1st of May: May has begun, and lacks a day to be compared with April's."""
    rule = [Rule(kind="threshold", kpi="won_deals", below=9)]
    known = crm([won(date(2025, 4, 30)), won(date(2025, 5, 1))])
    for asked, unchecked in (("2025-05", None), ("2025-05-02..2025-05-31", "not_begun")):
        report = sm.alerts(known, rule, asked)
        assert [one.reason.code for one in report.unchecked] == [unchecked] * bool(unchecked)
        assert len(report.alerts) == (unchecked is None)
    ends = [Rule(kind="forecast", kpi="won_deals", chance=0.5, target=9)]
    for asked, over in (("2025-05-01", True), ("2025-04-30..2025-05-02", False)):
        codes = [one.reason.code for one in sm.alerts(known, ends, asked).unchecked]
        assert ("period_ended" in codes) == over


def test_a_figure_moves_that_is_there_before_and_after() -> None:
    january = sm.period("2025-01")
    one, two = (crm([won(date(2025, 1, 5))] * many) for many in (1, 2))
    entries = [entry("won_deals"), entry("open_deals"), entry("pipeline_movement")]
    at_an_end = Measuring(entries, january, january, {})
    was, now = at_an_end.of(one), at_an_end.of(two)
    assert [each.kpi for each in moved(was, now, at_an_end)] == ["won_deals"]
    (each,) = moved(was, now, at_an_end)
    assert (each.to_dict()["before"], each.to_dict()["after"]) == (1, 2)
    assert each.to_dict()["unit"] == "deals"
    money = Measuring([entry("bookings")], january, january, {})
    (each,) = moved(money.of(one), money.of(two), money)
    assert each.to_dict()["unit"] == "USD"
    nothing = Figures({}, {})
    for before, after in ((was, nothing), (nothing, now), (nothing, nothing)):
        assert moved(before, after, at_an_end) == ()
    no_end = Measuring(entries, january, None, {})  # stocks of no end are not measured
    assert "open_deals" in no_end.of(one).needs
    assert [each.kpi for each in moved(was, now, no_end)] == ["won_deals"]
    stocks = Measuring([entry("open_deals")], january, None, {})
    stood = crm([{"created_at": "2025-01-02", "outcome": "open"}])
    assert moved(was, at_an_end.of(stood), stocks) == ()


def test_stocks_are_compared_at_the_end_of_the_period_or_of_all_that_is_known() -> None:
    known = crm([won(date(2025, 1, 6)), {"created_at": date(2025, 3, 1), "outcome": "open"}])
    for asked, flow, stock in (
        (None, "all time", (date(2025, 1, 5), date(2025, 3, 2))),
        (ALL_TIME, "all time", (date(2025, 1, 5), date(2025, 3, 2))),
        ("2025-02", "2025-02", (date(2025, 2, 1), date(2025, 3, 1))),
    ):
        report = sm.quality(known, asked, kpis=["open_deals"])
        assert report.stock_period is not None
        assert (report.stock_period.start, report.stock_period.end) == stock
        assert report.period.label == flow
    undated = sm.quality(sm.CRM(deals=[{"id": 1}], currency="USD"), kpis=["open_deals"])
    assert undated.stock_period is None
    with pytest.raises(sm.SalesMetricsError, match="one period is expected; ask again"):
        sm.quality(known, ["2025-01", "2025-02"])  # type: ignore[arg-type]


def test_a_finding_that_moves_nothing_has_a_row_of_its_own() -> None:
    turned = {"created_at": date(2025, 1, 9), "closed_at": date(2025, 1, 3), "outcome": "won"}
    rows = [won(date(2025, 1, 6)), {**turned, "amount": 10}]
    report = sm.quality(crm(rows), kpis=["won_deals", "bookings"])
    each = {(one["kind"], one["kpi"]): one for one in report.to_records()}
    assert each["close_before_create", "won_deals"]["relative"] == -0.5
    assert each["close_before_create", "bookings"]["unit"] == "USD"
    moving = {one.kind for one in report.findings if one.effects}
    assert {kind for kind, kpi in each if kpi is None} == {
        one.kind for one in report.findings
    } - moving  # fmt: skip


# scores ------------------------------------------------------------------------------------------


def test_of_what_counts_nothing_there_is_no_score() -> None:
    january = sm.period("2025-01")
    reached = Attainment(
        "bookings", (), january, Decimal(9), "higher", attainment=Fraction(1), met=True
    )
    missing = replace(reached, kpi="won_deals", attainment=None, met=None)
    for each, weights, score in (
        ([reached], {"bookings": 0}, None),
        ([reached, missing], {"bookings": 1, "won_deals": 1}, 1),
        ([reached, missing], {"bookings": 1, "won_deals": 2}, None),
    ):
        told = {name: Decimal(weight) for name, weight in weights.items()}
        (found,) = scored(each, told)
        assert found.exact == score
