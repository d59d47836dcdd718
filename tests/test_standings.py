"""Rankings with what chance leaves open, growth, and figures beside published ones."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics.insight.standings import Ranked, Ranking, _placed
from salesmetrics.results import Result

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def demo() -> sm.CRM:
    return sm.read(ROOT / "examples" / "demo")


def decided(*owners: tuple[str, int, int], amount: int = 10) -> sm.CRM:
    rows = [
        {"id": f"{owner}{at}", "owner": owner, "created_at": "2025-01-01",
         "closed_at": "2025-01-31", "outcome": "won" if at < won else "lost", "amount": amount}
        for owner, won, of in owners
        for at in range(of)
    ]  # fmt: skip
    return sm.CRM(deals=rows, currency="EUR")


# ranking -----------------------------------------------------------------------------------------


def test_one_win_of_one_does_not_lead() -> None:
    crm = decided(("lucky", 1, 1), ("good", 70, 100), ("poor", 20, 100), ("none", 0, 0))
    found = sm.ranking(crm.kpi("win_rate", "2025-01", by="owner"))
    assert [one.group["owner"] for one in found] == ["good", "lucky", "poor"]
    good, lucky, poor = found
    assert (lucky.value, lucky.n) == (1.0, 1)
    assert lucky.estimate is not None
    assert 0.4 < lucky.estimate < 0.7
    assert (good.first, poor.last) == (1, 3)
    assert found.distinguishable(good.group, poor.group) is True
    assert found.distinguishable(good.group, lucky.group) is False
    assert "place" in repr(found)


def test_counts_and_amounts_have_the_interval_of_their_rows() -> None:
    crm = decided(("ana", 9, 9), ("bo", 4, 4))
    ana, _ = sm.ranking(crm.kpi("won_deals", "2025-01", by="owner"))
    assert ana.interval == pytest.approx((9 - 1.959964 * 3, 9 + 1.959964 * 3))
    ana, bo = sm.ranking(crm.kpi("bookings", "2025-01", by="owner"))
    assert bo.interval == pytest.approx((40 - 1.959964 * 20, 40 + 1.959964 * 20))
    assert (ana.first, ana.last, ana.sure) == (1, 2, False)


def test_a_sum_of_too_many_rows_has_no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = decided(("ana", 3, 3), ("bo", 2, 2)).kpi("bookings", "2025-01", by="owner")
    for most, intervals in ((5, 2), (4, 0)):
        monkeypatch.setattr("salesmetrics.insight.standings.MOST_ROWS", most)
        assert sum(one.interval is not None for one in sm.ranking(asked)) == intervals


def test_means_have_students_interval() -> None:
    """Of 10 and 30 days the mean is 20, its error 10, and t(0.975, 1) = 12.706."""
    rows = [
        {"id": at, "owner": "ana", "created_at": "2025-01-01", "closed_at": day, "outcome": "won"}
        for at, day in enumerate(("2025-01-11", "2025-01-31"))
    ]
    crm = sm.CRM(deals=rows, currency="EUR")
    (ana,) = sm.ranking(crm.kpi("sales_cycle", "2025-01", by="owner"))
    assert ana.estimate == 20.0
    assert ana.interval == pytest.approx((20 - 127.06, 20 + 127.06), rel=1e-4)


def test_less_is_better_stands_first_and_every_kind_is_ranked(demo: sm.CRM) -> None:
    for kpi in ("win_rate", "bookings", "sales_cycle", "average_deal_size", "sales_velocity"):
        found = sm.ranking(demo.kpi(kpi, "2025-Q3", by="owner"))
        known = [one.estimate for one in found if one.estimate is not None]
        assert known == sorted(known, reverse=kpi != "sales_cycle")
        for one in found:
            if one.first is not None and one.last is not None:
                assert 1 <= one.first <= one.last <= len(found)


def test_places_cover_the_truth_as_often_as_stated() -> None:
    """Owners of one true rate: in how many rankings is somebody surely first?"""
    rng = np.random.default_rng(4)
    surely = 0
    for _ in range(40):
        won = rng.binomial(30, 0.4, 5)
        crm = decided(*((f"o{at}", int(many), 30) for at, many in enumerate(won)))
        first = next(iter(sm.ranking(crm.kpi("win_rate", "2025-01", by="owner"))))
        surely += first.sure
    assert surely <= 2


@pytest.mark.parametrize(
    ("kpi", "period", "by", "message"),
    [
        ("win_rate", ["2025-Q2", "2025-Q3"], "owner", "one period"),
        ("win_rate", "2025-Q3", None, "with by="),
        ("deals_created", "2025-Q3", "owner", None),
    ],
)
def test_what_cannot_be_ranked(
    demo: sm.CRM, kpi: str, period: Any, by: str | None, message: str | None
) -> None:
    result = demo.kpi(kpi, period, by=by)
    if message is None:
        assert len(sm.ranking(result, "higher")) == len(result.groups)
        return
    with pytest.raises(sm.SalesMetricsError, match=message):
        sm.ranking(result)


# growth ------------------------------------------------------------------------------------------


def leads(*counts: int, last: str = "2025-12-31") -> Result:
    rows = [
        {"id": f"{year}{at}", "created_at": f"{year}-03-01"}
        for year, many in zip(range(2022, 2026), counts, strict=False)
        for at in range(many)
    ]
    crm = sm.CRM(leads=[*rows, {"id": "last", "created_at": last}])
    return crm.kpi("lead_volume", [str(2022 + at) for at in range(len(counts))])


def test_growth_by_hand() -> None:
    """100, 110, 121 (with the last lead 121): 10 % a year."""
    found = sm.growth(leads(100, 110, 121, 132))
    assert [one.change for one in found.steps] == [None, 10, 11, 12]
    assert [one.relative for one in found.steps][1:] == pytest.approx([0.1, 0.1, 12 / 121])
    assert found.yearly == pytest.approx(1.33 ** (1 / 3) - 1)
    assert len(found.to_records()) == 4


def test_a_period_that_is_not_over_has_no_growth() -> None:
    found = sm.growth(leads(100, 110, 121, 50, last="2025-06-30"))
    assert found.steps[-1].reason is not None
    assert found.steps[-1].reason.code == "not_over"
    assert found.yearly == pytest.approx(0.1)


def test_growth_refuses_what_is_no_series(demo: sm.CRM) -> None:
    none = sm.growth(leads(0, 5, 6, 7))
    assert none.yearly is None
    assert none.reason == "the base is 0"
    with pytest.raises(sm.SalesMetricsError, match="several periods"):
        sm.growth(demo.kpi("bookings", "2025-Q3"))
    with pytest.raises(sm.SalesMetricsError, match="groups"):
        sm.growth(demo.kpi("bookings", ["2025-Q2", "2025-Q3"], by="owner"))
    for disordered in (
        ["2025-Q3", "2025-Q2"], ["2025-Q1", "2025-Q3", "2025-Q2"],
        ["2025-Q2", "2025-Q1", "2025-Q3"], ["2025-01", "2025-Q1"],
    ):  # fmt: skip
        with pytest.raises(sm.SalesMetricsError, match="sort them"):
            sm.growth(demo.kpi("bookings", disordered))
    mixed = sm.growth(demo.kpi("bookings", ["2025-Q1", "2025-04"]))
    assert mixed.steps[1].reason is not None
    assert mixed.steps[1].reason.code == "other_length"
    # Spans compare where they have as many days; months do whatever their days.
    for second, alike in (("2025-02-11..2025-02-20", True), ("2025-02-11..2025-02-19", False)):
        spans = sm.growth(demo.kpi("bookings", ["2025-02-01..2025-02-10", second]))
        assert (spans.steps[1].reason is None) == alike
    months = sm.growth(demo.kpi("bookings", ["2025-01", "2025-02"]))
    assert months.steps[1].reason is None


@pytest.mark.parametrize("way", ["higher", "lower"])
def test_places_are_left_open_by_those_who_could_stand_there(way: str) -> None:
    """Surely before it is who lies wholly beyond it: what touches could be as much."""
    draw = random.Random(way)
    for _ in range(100):
        bounds = [sorted((draw.randint(0, 9), draw.randint(0, 9))) for _ in range(6)]
        each = [
            Ranked({"owner": at}, low, 9, interval=(float(low), float(high)))
            for at, (low, high) in enumerate(bounds)
        ]
        each.append(Ranked({"owner": "none"}, None, 0))
        for at, (low, high) in enumerate(bounds):
            rest = bounds[:at] + bounds[at + 1 :]
            more, less = [o for o in rest if o[0] > high], [o for o in rest if o[1] < low]
            ahead, behind = (more, less) if way == "higher" else (less, more)
            found = _placed(each[at], each, way)
            assert (found.first, found.last) == (1 + len(ahead), 6 - len(behind))
            assert found.sure is (len(ahead) + len(behind) == 5)
        assert _placed(each[-1], each, way).sure is False


# benchmarks --------------------------------------------------------------------------------------


def test_benchmarks_compare_one_definition_only(demo: sm.CRM) -> None:
    theirs = sm.Benchmark("win_rate", 0.3, "a survey", 2024, low=0.2, high=0.4)
    found = sm.benchmarked(demo.kpi("win_rate", "2025-Q3"), theirs)
    assert (found.place, found.direction) == ("above", "better")
    assert found.difference == pytest.approx(19 / 36 - 0.3)
    with pytest.raises(sm.SalesMetricsError, match="defined differently"):
        sm.benchmarked(demo.kpi("win_rate_by_amount", "2025-Q3"), theirs)
    money = sm.Benchmark("average_deal_size", 20_000.0, "a survey", 2024)
    with pytest.raises(sm.SalesMetricsError, match="the benchmark in no currency"):
        sm.benchmarked(demo.kpi("average_deal_size", "2025-Q3"), money)
    with pytest.raises(sm.SalesMetricsError, match="names its source"):
        sm.Benchmark("win_rate", 0.3, " ", 2024)


@pytest.mark.parametrize(
    ("won", "place", "direction"),
    [(1, "below", "worse"), (2, "within", "same"), (3, "within", "better"), (4, "above", "better")],
)
def test_what_is_as_much_as_the_middle_half_is_in_it(won: int, place: str, direction: str) -> None:
    """Of 8 decided deals, beside 2/8 to 3/8 and 2/8; less is better where the KPI says so."""
    deals = [
        {"id": at, "created_at": "2025-01-01", "closed_at": "2025-01-05",
         "outcome": "won" if at < won else "lost"}
        for at in range(8)
    ]  # fmt: skip
    crm = sm.CRM(deals=deals, currency="USD")
    theirs = sm.Benchmark("win_rate", 0.25, "a survey", 2024, low=0.25, high=0.375)
    found = sm.benchmarked(crm.kpi("win_rate", "2025-01"), theirs)
    assert (found.value, found.place, found.direction) == (won / 8, place, direction)
    assert found.difference == won / 8 - 0.25
    for edge in ({"low": 0.2}, {"high": 0.2}, {}):
        one = sm.Benchmark("win_rate", 0.25, "a survey", 2024, **edge)
        assert sm.benchmarked(crm.kpi("win_rate", "2025-01"), one).place is None
    lost = sm.Benchmark("lost_deals", 6, "a survey", 2024, per="month")
    found = sm.benchmarked(crm.kpi("lost_deals", "2025-01"), lost)
    assert (found.value, found.direction) == (8 - won, direction)


def test_benchmarks_compare_one_length_only(demo: sm.CRM) -> None:
    monthly = sm.Benchmark("customer_churn_rate", 0.02, "a survey", 2024, per="month")
    given = {"active_for_days": None}
    monthly = replace(monthly, given=given)
    with pytest.raises(sm.SalesMetricsError, match="of 2025-Q3, the benchmark of a month"):
        sm.benchmarked(demo.kpi("customer_churn_rate", "2025-Q3", **given), monthly)
    assert sm.benchmarked(demo.kpi("customer_churn_rate", "2025-09", **given), monthly).direction
    several = demo.kpi("customer_churn_rate", ["2025-Q3", "2025-09"], **given)
    with pytest.raises(sm.SalesMetricsError, match="of 2025-Q3, the benchmark of a month"):
        sm.benchmarked(several, monthly)
    yours = sm.Benchmark("won_deals", 12, "a survey", 2024)
    with pytest.raises(sm.SalesMetricsError, match="more in a longer period; say of which"):
        sm.benchmarked(demo.kpi("won_deals", "2025-Q3"), yours)
    with pytest.raises(sm.SalesMetricsError, match="choose one of month, quarter, year"):
        sm.Benchmark("won_deals", 12, "a survey", 2024, per="week")


def test_intervals_that_touch_are_not_told_apart() -> None:
    bounds = {"a": (0.1, 0.3), "b": (0.3, 0.5), "c": (0.31, 0.5), "d": None}
    each = tuple(Ranked({"owner": one}, 0.3, 9, interval=both) for one, both in bounds.items())
    found = Ranking("", ("owner",), each)

    def apart(one: str, other: str) -> bool | None:
        return found.distinguishable({"owner": one}, {"owner": other})

    for one, other, told in (
        ("a", "b", False),
        ("a", "c", True),
        ("b", "c", False),
        ("a", "d", None),
    ):
        assert apart(one, other) is apart(other, one) is told
