"""Alerts by hand: what is refused, what is told of one, and how many of them may be false."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations_with_replacement
from math import sqrt
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics import Rule
from salesmetrics.insight.alert_words import alert_said
from salesmetrics.insight.alerts import _few_false
from salesmetrics.insight.simulated import simulate
from salesmetrics.periods import ALL_TIME

DEALS = [
    {"id": 1, "created_at": "2025-01-01", "closed_at": "2025-01-10", "outcome": "won",
     "amount": 50},
    {"id": 2, "created_at": "2025-01-01", "closed_at": "2025-01-20", "outcome": "lost",
     "amount": 70},
]  # fmt: skip
CRM = sm.CRM(deals=DEALS, currency="USD")
LOW = (
    Rule("threshold", kpi="bookings", below=100, name="money"),
    Rule("threshold", kpi="win_rate", below=0.8, name="rate"),
    Rule("threshold", kpi="won_deals", below=5, name="deals"),
)


@pytest.mark.parametrize("period", [ALL_TIME, ["2025-01", "2025-02"]])
def test_one_period_that_ends_is_asked_for(period: Any) -> None:
    with pytest.raises(sm.SalesMetricsError, match="one period is expected, which ends"):
        sm.alerts(CRM, LOW, period)


@pytest.mark.parametrize("given", [{"kind": "threshold", "kpi": "bookings", "below": 9}, 5, None])
def test_what_is_no_list_of_rules_is_refused(given: Any) -> None:
    with pytest.raises(sm.SalesMetricsError, match="rules are a TOML file or a list of rules"):
        sm.alerts(CRM, given, "2025-01")


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.1])
def test_a_share_of_nothing_and_of_all_is_refused(share: float) -> None:
    with pytest.raises(sm.SalesMetricsError, match=r"give a share such as 0\.05"):
        sm.alerts(CRM, LOW, "2025-01", false_share=share)


def test_an_alert_is_told_in_its_own_unit() -> None:
    told = {one.rule.called: one.to_dict() for one in sm.alerts(CRM, LOW, "2025-01").alerts}
    assert {name: each["unit"] for name, each in told.items()} == {
        "money": "USD", "rate": "proportion", "deals": "deals",
    }  # fmt: skip
    assert told["money"]["en"] == "bookings is 50.00 USD, below 100.00 USD"
    assert told["money"]["ko"] == "수주 금액 $50.00: 하한 $100.00 미달"
    assert told["rate"]["en"] == "win rate is 50.0%, below 80.0%"
    assert told["deals"]["en"] == "won deals is 1, below 5"


@pytest.mark.parametrize(
    ("code", "facts", "en", "ko"),
    [
        ("sees", {"n": 5, "sees": 0.25, "points": False, "baseline": 3},
         "with 5 rows and 3 periods before it no change below 25% is visible",
         "5건, 이전 3개 기간으로는 25% 미만의 변화를 알 수 없음"),
        ("sees", {"n": 1, "sees": 0.25, "points": True, "baseline": 1},
         "with 1 row and 1 period before it no change below 25.0 pp is visible",
         "1건, 이전 1개 기간으로는 25.0 %p 미만의 변화를 알 수 없음"),
        ("change", {"kpi": "won_deals", "value": 5, "change": 0.25, "base": 4,
                    "base_period": "2024-12"},
         "won deals is 5, +25% against 4 in 2024-12", None),
        ("change", {"kpi": "won_deals", "value": 3, "change": -0.25, "base": 4,
                    "base_period": "2024-12"},
         "won deals is 3, -25% against 4 in 2024-12", None),
    ],
)  # fmt: skip
def test_a_change_has_a_sign_and_what_could_be_seen_has_none(
    code: str, facts: dict[str, Any], en: str, ko: str | None
) -> None:
    assert alert_said(code, facts, "deals", None, "en") == en
    assert ko is None or alert_said(code, facts, "deals", None, "ko") == ko


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_at_most_a_share_of_those_named_is_false(share: float) -> None:
    """By the definition: the largest p of which the share of its rank is no smaller, and below."""
    (one,) = sm.alerts(CRM, LOW[:1], "2025-01").alerts
    for many in (1, 2, 4):  # so that all shares of ranks are whole numbers of sixteenths
        for each in combinations_with_replacement(range(17), many):
            limits = [
                p for p in each
                if Fraction(p, 16) <= Fraction(share) * sum(q <= p for q in each) / many
            ]  # fmt: skip
            given = [replace(one, found=replace(one.found, p=p / 16, chance=0.5)) for p in each]
            found = _few_false([*given, one], share)
            named = [p for p, alert in zip(each, found, strict=False) if alert.fires]
            assert named == [p for p in each if p <= max(limits, default=-1)]
            assert all(alert.found.chance is None for alert in found[:-1])
            assert found[-1] is one  # which no chance is known of


def monthly(*counts: int) -> list[dict[str, Any]]:
    months = [f"{2023 + at // 12}-{at % 12 + 1:02}" for at in range(len(counts))]
    return [
        {"id": f"{owner} {month} {at}", "owner": owner, "created_at": f"{month}-05"}
        for owner, fold in (("few", 1), ("many", 20))
        for month, count in zip(months, counts, strict=True)
        for at in range(count * fold)
    ]


def test_of_small_counts_a_bound_is_stated() -> None:
    """Fewer than ten deals a month are judged as whole numbers, twenty times as many are not."""
    counts = [2, 3, 2, 4, 3, 2, 3, 4, 2, 3, 3, 2, 4, 3, 2, 3, 3, 2]
    crm = sm.CRM(deals=monthly(*counts), currency="USD", all_open=True).as_of("2024-06-30")
    cases: list[tuple[dict[str, Any], bool]] = [
        ({"group": {"owner": "few"}}, True), ({"group": {"owner": "many"}}, False),
        ({"by": "owner"}, True),
    ]  # fmt: skip
    for given, at_most in cases:
        rule = Rule("unusual", kpi="deals_created", chance=0.05, **given)
        (found,) = simulate(sm.alerts(crm, [rule], "2024-06"), times=40)
        assert found.at_most is at_most, given
        assert ("stated at most" in str(found)) is at_most


def test_a_course_of_chance_goes_one_way_once_in_six() -> None:
    """Of three figures in any order one of six orders falls twice, and one rises."""
    crm = sm.CRM(deals=monthly(2, 3, 2, 4), currency="USD", all_open=True).as_of("2023-04-30")
    for side in ("below", "above"):
        rule = Rule("declining", kpi="deals_created", times=2, name=side)
        (found,) = simulate(sm.alerts(crm, [rule], "2023-04"), times=3000)
        assert found.stated == pytest.approx(1 / 6)
        assert found.measured == pytest.approx(1 / 6, abs=4 * sqrt(5 / 36 / 3000))


def test_of_alerts_as_likely_as_one_another_the_largest_stands_first() -> None:
    """By size, whatever its sign: -80, 50, 30, 10."""
    rows = [
        {"id": n, "owner": owner, "created_at": "2025-01-01", "closed_at": "2025-01-10",
         "outcome": "won", "amount": amount}
        for n, (owner, amount) in enumerate({"ana": 10, "bo": 50, "cho": -80, "dan": 30}.items())
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD")
    rule = Rule("threshold", kpi="bookings", below=100, by="owner", name="low")
    told = [line.strip() for line in sm.alerts(crm, [rule], "2025-01").to_text().splitlines()]
    owners = [line.split(":")[0] for line in told if line.startswith("owner ")]
    assert owners == ["owner cho", "owner bo", "owner dan", "owner ana"]
