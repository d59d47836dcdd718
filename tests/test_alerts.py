"""Alerts: each kind by hand, control limits against the formulas of textbooks, laws, bad rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from math import exp, isnan, lgamma, log, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics import Rule
from salesmetrics.cli import main
from salesmetrics.insight import control_limits as limits, watching
from salesmetrics.insight.alert_words import ALERTS
from salesmetrics.insight.simulated import simulate
from salesmetrics.insight.unlike_before import FigureRows
from salesmetrics.reasons import Reason
from salesmetrics.relative_periods import period_on

ROOT = Path(__file__).parents[1]
MONTHS = [f"{year}-{month:02d}" for year in (2023, 2024) for month in range(1, 13)]


def leads(counts: Mapping[str, int], last: str = "2024-12-31", channel: str = "web") -> sm.CRM:
    """So many leads in each month, and a touch that says up to when things are known."""
    rows = [
        {"id": f"{channel}{month}{at}", "created_at": f"{month}-10", "channel": channel}
        for month, many in counts.items()
        for at in range(many)
    ]
    return sm.CRM(leads=[*rows, {"id": "last", "created_at": last, "channel": "other"}])


def asked(crm: sm.CRM, period: str = "2024-12", **rule: Any) -> Any:
    return sm.alerts(crm, [Rule(**rule)], period)


@pytest.fixture(scope="module")
def demo() -> sm.CRM:
    return sm.read(ROOT / "examples" / "demo")


# kinds, by hand ----------------------------------------------------------------------------------


def test_a_threshold_fires_beyond_it_and_not_at_it() -> None:
    crm = leads({"2024-12": 4})
    assert [
        one.value for one in asked(crm, kind="threshold", kpi="lead_volume", above=4).alerts
    ] == [5]
    assert not asked(crm, kind="threshold", kpi="lead_volume", above=5)
    assert asked(crm, kind="threshold", kpi="lead_volume", below=6)
    assert not asked(crm, kind="threshold", kpi="lead_volume", below=5)


def test_a_change_says_how_far_chance_would_go() -> None:
    crm = leads({"2024-11": 10, "2024-12": 6})
    (found,) = asked(crm, kind="change", kpi="lead_volume", beyond=0.2).alerts
    assert (found.value, found.found.facts["base"]) == (7.0, 10.0)
    assert found.found.facts["change"] == pytest.approx(-0.3)
    assert found.found.sees == pytest.approx(1.96 * sqrt(17) / 10)
    assert found.said() == "lead volume is 7, -30% against 10 in 2024-11"
    assert found.said("ko") == "리드 수 7: 2024-11의 10 대비 -30%"
    assert not asked(crm, kind="change", kpi="lead_volume", beyond=0.2, clear_only=True)
    assert not asked(crm, kind="change", kpi="lead_volume", beyond=0.2, direction="better")


def test_a_running_period_is_compared_with_the_same_part() -> None:
    crm = leads({"2024-11": 10}, last="2024-12-09")
    report = asked(crm, kind="change", kpi="lead_volume", beyond=0.2, direction="either")
    assert not report
    (why,) = report.unchecked  # nothing had come by the ninth of November
    assert why.reason.code == "base_zero"


def test_declining_needs_every_step() -> None:
    down = leads({"2024-09": 9, "2024-10": 8, "2024-11": 7, "2024-12": 3})
    (found,) = asked(down, kind="declining", kpi="lead_volume", times=3).alerts
    assert found.found.facts["course"] == (9.0, 8.0, 7.0, 4.0)
    level = leads({"2024-09": 9, "2024-10": 8, "2024-11": 8, "2024-12": 3})
    assert not asked(level, kind="declining", kpi="lead_volume", times=3)
    assert asked(level, kind="declining", kpi="lead_volume", times=3).expected_false > 0


def test_pace_and_forecast_count_the_days_gone() -> None:
    crm = leads({f"2024-{month:02d}": 10 for month in range(1, 13)}, last="2024-12-15")
    (behind,) = asked(crm, kind="pace", kpi="lead_volume", behind=0.1, target=40).alerts
    assert behind.found.facts["expected"] == pytest.approx(40 * 15 / 31)
    assert behind.found.facts["behind"] == pytest.approx(1 - 11 / (40 * 15 / 31))
    # Nothing came after the fifteenth of any month: 11 is where it ends.
    (lost,) = asked(crm, kind="forecast", kpi="lead_volume", chance=0.5, target=12).alerts
    assert lost.found.facts["chance"] == 0.0
    assert not asked(crm, kind="forecast", kpi="lead_volume", chance=0.5, target=11)


def test_bookings_are_forecast_by_the_deals_that_are_open(demo: sm.CRM) -> None:
    crm = demo.as_of("2025-11-20")
    targets = ROOT / "examples" / "demo" / "targets.toml"
    rule = Rule("forecast", kpi="bookings", chance=0.99, by="team")
    report = sm.alerts(crm, [rule], "2025-Q4", targets=targets)
    goals = {"서울 1팀": 500_000_000, "서울 2팀": 400_000_000, "부산팀": 300_000_000}
    ahead = crm.kpi("bookings_forecast", "2025-Q4", by="team", target=goals)
    wanted = {cell.group[0]: cell.parts["target_chance"] for cell in ahead.rows()}
    assert {one.group["team"]: one.found.facts["chance"] for one in report.alerts} == wanted
    assert {one.code for one in report.alerts} == {"forecast_by_deals"}
    # As likely as the rule asks for is likely enough.
    some = next(chance for chance in wanted.values() if 0 < chance < 1)
    report = sm.alerts(crm, [replace(rule, chance=some)], "2025-Q4", targets=targets)
    fired = {name for name, chance in wanted.items() if chance < some}
    assert {one.group["team"] for one in report.alerts} == fired


def test_missing_rows_and_late_tables() -> None:
    crm = leads({"2024-11": 10, "2024-12": 6})
    report = asked(crm, period="2024-10", kind="missing", kpi="lead_volume")
    assert not report
    silent = leads({"2024-10": 3, "2024-11": 0})
    (found,) = asked(silent, period="2024-11", kind="missing", kpi="lead_volume").alerts
    assert found.said() == "lead volume has no rows, where 2024-10 had 3"
    late = sm.CRM(
        leads=[{"id": 1, "created_at": "2024-12-31"}],
        deals=[{"id": 1, "created_at": "2024-12-20", "outcome": "open"}],
    )
    (found,) = asked(late, kind="missing", table="deals", days=10).alerts
    assert found.said() == "deals end on 2024-12-20, 11 days before what is known"
    assert not asked(late, kind="missing", table="deals", days=11)
    (why,) = asked(late, kind="missing", table="touches", days=11).unchecked
    assert why.reason.code == "needs"


def test_an_unusual_month_fires_and_one_like_the_others_does_not() -> None:
    rng = np.random.default_rng(2)
    counts = dict(zip(MONTHS, rng.poisson(40, 24).tolist(), strict=True))
    assert not asked(leads(counts), kind="unusual", kpi="lead_volume")
    (found,) = asked(leads(counts | {"2024-12": 9}), kind="unusual", kpi="lead_volume").alerts
    assert found.code == "unusual_low"
    assert found.found.p is not None
    assert found.found.p < 0.0001
    text = found.cannot_see()
    assert text is not None
    assert text.startswith("with 10 rows and 23 periods before it no change below ")


def test_a_shift_that_lasts_is_seen_though_no_month_is_far_out() -> None:
    values = [100.0, 104, 97, 101, 99, 103, 98, 102, 100, 96, 104, 99, 101, 100, 97, 103]
    shifted = [*values, 90.0, 90, 90, 90]
    found = limits.judged_log(shifted, "either")
    assert isinstance(found, limits.Judged)
    assert found.shift or found.p < 0.01
    assert found.fires


# the limits, against formulas --------------------------------------------------------------------


def test_t_limits_are_those_of_the_formula() -> None:
    """mean +- t(0.99865, n - 1) sd sqrt(1 + 1 / n) of the logarithms; t(0.99865, 15) = 3.5862."""
    rng = np.random.default_rng(7)
    values = np.exp(rng.normal(3, 0.2, 17))
    found = limits.judged_log(values.tolist(), "either")
    assert isinstance(found, limits.Judged)
    logs = [log(each) for each in values[:-1]]
    mean = sum(logs) / 16
    sd = sqrt(sum((each - mean) ** 2 for each in logs) / 15)
    room = 3.5862 * sd * sqrt(17 / 16)
    assert found.low == pytest.approx(exp(mean - room), rel=1e-4)
    assert found.high == pytest.approx(exp(mean + room), rel=1e-4)


def test_small_counts_have_the_limits_of_their_distribution() -> None:
    """Of a Poisson-like baseline, summed term by term."""
    values = [2, 3, 1, 4, 2, 3, 2, 1, 3, 2, 4, 3]
    mean = sum(values) / 12
    spread = 1 + 1 / 12
    size = mean / (spread - 1)

    def mass(k: int) -> float:
        return exp(
            lgamma(k + size) - lgamma(size) - lgamma(k + 1)
            + size * log(1 / spread) + k * log(1 - 1 / spread)
        )  # fmt: skip

    high = max(k for k in range(60) if 1 - sum(map(mass, range(k))) >= limits.CHANCE / 2)
    for value in range(15):
        found = limits.judged_count([*values, value], "either")
        assert isinstance(found, limits.Judged)
        assert (found.low, found.high) == (0, high)
        assert found.fires == (value > high)


def test_rates_are_judged_in_their_own_spread() -> None:
    wholes = [100] * 16 + [400, 25]
    parts = [27, 33, 30, 29, 35, 26, 31, 28, 34, 30, 25, 32, 29, 31, 27, 33, 120]
    large = limits.judged_rate([*parts, 0], wholes, "either")
    assert isinstance(large, limits.Judged)
    assert large.fires
    usual = limits.judged_rate([*parts, 7], wholes, "either")
    assert isinstance(usual, limits.Judged)
    assert not usual.fires
    few = limits.judged_rate([*parts, 1], [*wholes[:-1], 4], "either")
    assert isinstance(few, Reason)
    assert few.code == "too_few_for_rate"


def test_how_far_chance_moves_counts_and_nothing_else() -> None:
    """Of 16 after 9 counted: 1.96 x the root of 25, of 9."""
    deals = sm.Deals.of([{"id": 1, "created_at": "2025-01-01", "outcome": "open"}])
    cell = sm.deals_created(deals, "2025-01").cell(0, 0)
    sixteen, nine = (replace(cell, value=n, n=n) for n in (16, 9))
    assert watching._room(sixteen, nine) == pytest.approx(1.96 * 5 / 9)
    assert watching._room(sixteen, replace(nine, value=0, n=0)) is None
    for amount, other in ((replace(sixteen, value=50), nine), (sixteen, replace(nine, value=50))):
        assert watching._room(amount, other) is None


@pytest.mark.parametrize("kpi", ["won_deals", "bookings", "win_rate", "open_deals", "deal_size"])
def test_the_course_of_a_group_is_what_its_cells_say(kpi: str) -> None:
    deals = [
        {"id": f"{who} {month}", "created_at": f"2025-0{month}-01", "owner": who,
         "closed_at": f"2025-0{month}-20", "outcome": outcome, "amount": month * 10 + 0.5}
        for who, months in (("ana", (2, 3, 5)), ("bo", (1, 5)), ("cho", ()), ("di", (4,)))
        for month in months
        for outcome in (("won", "lost")[(month + len(who)) % 2],)
    ]  # fmt: skip
    crm = sm.CRM(deals=deals, owners=[{"id": o} for o in ("ana", "bo", "cho", "di")],
                 currency="EUR").as_of("2025-05-31")  # fmt: skip
    result = crm.kpi(kpi, list(sm.period("2025-01-01..2025-05-31").split("month")), by="owner")
    places = [3, 0, 1, 4]
    courses = FigureRows(result, places)
    for at in range(len(result.groups)):
        cells = [result.cell(place, at) for place in places]
        since = next((i for i, cell in enumerate(cells) if cell.n), len(cells))
        course = courses.of(at)
        assert course.since == since
        for cell, *told in zip(
            cells[since:], course.values, course.tops, course.bottoms, strict=True
        ):
            wanted = [cell.value, cell.numerator, cell.denominator]
            assert [None if isnan(one) else one for one in told] == wanted


@pytest.mark.parametrize("before", [1, 14])
def test_a_short_baseline_tells_how_short_it_is(before: int) -> None:
    """15 figures are needed before the latest: 12 before the mean of the last 4."""
    wholes, parts = [100] * (before + 1), [30] * (before + 1)
    values = [5.0] * (before + 1)
    for found in (limits.judged_rate(parts, wholes, "either"), limits.judged_log(values, "either")):
        assert isinstance(found, Reason)
        assert found == Reason("short_baseline", n=before, least=15)
    enough = [*([30, 40, 35, 28] * 4)[:15], 33]
    assert isinstance(limits.judged_rate(enough, [100] * 16, "either"), limits.Judged)
    assert isinstance(limits.judged_log([float(one) for one in enough], "either"), limits.Judged)


def test_either_side_of_a_normal_figure_is_as_likely() -> None:
    for n in (15, 40):
        above, below = (limits.stated_chance(n, side, 0.05) for side in ("above", "below"))
        assert 0.05 < above < 0.1  # of two tests that share their figures
        assert above == pytest.approx(below, abs=0.006)


@pytest.mark.parametrize("method", ["log", "root", "rate"])
@pytest.mark.parametrize("side", ["either", "above", "below"])
def test_false_alarms_are_as_many_as_stated(method: str, side: Any) -> None:
    rng = np.random.default_rng(11)
    times, fired, stated = 1500, 0, 0.0
    for _ in range(times):
        found: Any
        if method == "log":
            found = limits.judged_log(np.exp(rng.normal(0, 0.4, 20)).tolist(), side, 0.02)
        elif method == "root":
            found = limits.judged_count(rng.poisson(30, 20).tolist(), side, 0.02)
        else:
            wholes = rng.integers(60, 120, 20)
            found = limits.judged_rate(
                rng.binomial(wholes, 0.4).tolist(), wholes.tolist(), side, 0.02
            )
        fired += found.fires
        stated += found.chance
    error = sqrt(stated) / times
    assert abs(fired / times - stated / times) < 4 * error


# laws --------------------------------------------------------------------------------------------

RULES = [
    Rule("unusual", kpi="lead_volume", by="channel"),
    Rule("unusual", kpi="bookings"),
    Rule("change", kpi="win_rate", beyond=0.05, by="owner"),
    Rule("declining", kpi="open_pipeline", times=3),
    Rule("missing", kpi="lead_volume", by="channel"),
    Rule("missing", table="activities", days=3),
    Rule("pace", kpi="bookings", behind=0.1, target=2_000_000_000),
    Rule("threshold", kpi="win_rate", below=0.6, by="team", minimum=5),
]


def test_the_order_of_rules_changes_nothing(demo: sm.CRM) -> None:
    each = [
        sm.alerts(demo, rules, "2025-11", false_share=share).to_dict()
        for rules in (RULES, RULES[::-1])
        for share in (None, 0.05)
    ]
    for one in each:
        one["rules"] = sorted(one["rules"])
    assert each[0] == each[2]
    assert each[1] == each[3]
    assert each[0]["alerts"]


def test_unchanged_data_set_off_no_alert() -> None:
    crm = leads(dict.fromkeys(MONTHS, 20) | {"2024-12": 19})
    rules = [
        Rule("unusual", kpi="lead_volume"),
        Rule("unusual", kpi="lead_volume", seasonal=True, baseline=12, name="seasonal"),
        Rule("change", kpi="lead_volume", beyond=0.001, direction="either"),
        Rule("declining", kpi="lead_volume", times=2),
        Rule("missing", kpi="lead_volume"),
        Rule("pace", kpi="lead_volume", behind=0.01, target=20),
    ]
    report = sm.alerts(crm, rules, "2024-12")
    assert [one.said() for one in report.alerts] == []
    assert len(report.quiet) >= 4


def test_few_false_among_those_named(demo: sm.CRM) -> None:
    """Benjamini and Hochberg's, beside the procedure as it is written."""
    rules = [Rule("unusual", kpi="lead_volume", by="channel", chance=0.3)]
    plain = sm.alerts(demo, rules, "2025-11")
    p = sorted(one.found.p or 0.0 for one in (*plain.alerts, *plain.quiet))
    for share in (0.05, 0.3, 0.9):
        passed = [rank for rank, each in enumerate(p, 1) if each <= share * rank / len(p)]
        report = sm.alerts(demo, rules, "2025-11", false_share=share)
        assert len(report) == max(passed, default=0)


def test_simulated_false_alarms_agree_with_those_stated(demo: sm.CRM) -> None:
    rules = [Rule("unusual", kpi=name, chance=0.05) for name in ("bookings", "win_rate")]
    rules += [Rule("declining", kpi="lead_volume", times=2)]
    rules += [Rule("threshold", kpi="lead_volume", above=1)]  # it states no chance
    found = simulate(sm.alerts(demo, rules, "2025-11"), times=600)
    assert len(found) == 3
    assert [str(one) for one in found if not one.agrees] == []


def test_ten_thousand_groups_do_not_flood() -> None:
    rows = [{"id": at, "created_at": "2024-12-10", "channel": f"c{at}"} for at in range(10_000)]
    crm = sm.CRM(leads=[*rows, {"id": "last", "created_at": "2024-12-31"}])
    report = asked(crm, kind="threshold", kpi="lead_volume", above=0, by="channel")
    assert len(report) == 10_001
    assert len(report.to_text().splitlines()) < 20
    quiet = asked(crm, kind="unusual", kpi="lead_volume", by="channel")
    assert len(quiet.unchecked) == 10_001
    assert len(quiet.to_text("ko").splitlines()) < 20


# what cannot be told -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "period", "code"),
    [
        ({"kind": "pace", "kpi": "won_deals", "behind": 0.1}, "2025-11", "no_target_set"),
        ({"kind": "pace", "kpi": "win_rate", "behind": 0.1, "target": 1.0}, "2025-11", "no_flow"),
        ({"kind": "threshold", "kpi": "win_rate", "below": 1, "group": {"owner": "x"}}, "2025-11",
         "not_in_data"),
        ({"kind": "threshold", "kpi": "win_rate", "below": 1}, "2026-03", "not_begun"),
        ({"kind": "threshold", "kpi": "win_rate", "below": 1, "minimum": 10_000}, "2025-11",
         "fewer_than_minimum"),
        ({"kind": "unusual", "kpi": "bookings"}, "2023-04", "short_baseline"),
        ({"kind": "forecast", "kpi": "bookings", "chance": 0.5, "target": 1.0}, "2025-10",
         "period_ended"),
        ({"kind": "threshold", "kpi": "ltv_to_cac", "below": 3}, "2025-11", None),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_named(
    demo: sm.CRM, rule: dict[str, Any], period: str, code: str | None
) -> None:
    report = sm.alerts(demo, [Rule(**rule)], period)
    assert not report
    assert report.unchecked
    assert code is None or {one.reason.code for one in report.unchecked} == {code}
    assert str(report.unchecked[0].reason) in report.to_text()
    assert "점검하지 못함" in report.to_text("ko")


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"kind": "sudden", "kpi": "bookings"}, "kind 'sudden' is not known"),
        ({"kind": "threshold", "kpi": "bookings"}, "above or below is needed"),
        ({"kind": "threshold", "kpi": "bookings", "above": 1, "below": 2}, "contradict each other"),
        ({"kind": "threshold", "kpi": "no_such", "above": 1}, "no_such"),
        ({"kind": "threshold", "above": 1}, "kpi is needed"),
        ({"kind": "change", "kpi": "bookings", "beyond": -1}, "give a share above 0"),
        ({"kind": "change", "kpi": "bookings", "beyond": 0.1, "times": 3}, "times means nothing"),
        ({"kind": "declining", "kpi": "bookings", "times": 1}, "at least 2"),
        ({"kind": "declining", "kpi": "deals_created", "times": 3, "direction": "odd"},
         "direction 'odd' is not known"),
        ({"kind": "missing", "table": "deals"}, "days is needed beside table"),
        ({"kind": "unusual", "kpi": "bookings", "beyond": 2}, "beyond means nothing"),
    ],
)  # fmt: skip
def test_rules_that_mean_nothing_are_refused(rule: dict[str, Any], message: str) -> None:
    with pytest.raises(sm.SalesMetricsError, match=message):
        Rule(**rule)


def test_two_rules_of_one_name_and_none_are_refused(demo: sm.CRM) -> None:
    one = Rule("threshold", kpi="bookings", above=1)
    with pytest.raises(sm.SalesMetricsError, match="two rules are called"):
        sm.alerts(demo, [one, one], "2025-11")
    with pytest.raises(sm.SalesMetricsError, match="there is no rule"):
        sm.alerts(demo, [], "2025-11")
    with pytest.raises(sm.SalesMetricsError, match="a rule is a Rule or a dict"):
        sm.alerts(demo, [3], "2025-11")  # type: ignore[list-item]


def test_two_rules_of_which_one_always_fires_are_refused(demo: sm.CRM) -> None:
    high = Rule("threshold", kpi="win_rate", name="high", above=0.3, by="team")
    low = Rule("threshold", kpi="win_rate", name="low", below=0.4, by="team")
    with pytest.raises(sm.SalesMetricsError, match=r"'high' \(above 0.3\) and 'low' \(below 0.4\)"):
        sm.alerts(demo, [low, high], "2025-11")
    apart = Rule("threshold", kpi="win_rate", name="low", below=0.2, by="team")
    whole = Rule("threshold", kpi="win_rate", name="whole", below=0.4)
    sm.alerts(demo, [high, apart, whole], "2025-11")  # another limit, other figures


def test_a_group_that_cannot_be_told_is_named() -> None:
    rows = [
        {"id": at, "owner": owner, "created_at": "2025-01-01", "closed_at": "2025-01-20",
         "outcome": "won", "amount": amount}
        for at, (owner, amount) in enumerate([("ana", 5), ("bo", None)])
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD")
    report = asked(crm, "2025-01", kind="threshold", kpi="bookings", below=1, by="owner")
    assert "  threshold bookings by owner: owner bo: no amount is known" in report.to_text()
    assert "담당자 bo: " in report.to_text("ko")
    assert "quiet: 1 figure\n" in report.to_text()


def test_what_holds_for_all_rules_is_said_once(demo: sm.CRM) -> None:
    rules = [Rule("threshold", kpi=kpi, below=1) for kpi in ("win_rate", "bookings")]
    text = sm.alerts(demo, rules, "2026-03").to_text()
    assert text.count("has not begun") == 1
    assert "all 2 rules: 2026-03 has not begun" in text


def test_assumptions_are_those_of_the_caller_and_of_the_configuration(
    demo: sm.CRM, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = Rule("threshold", kpi="ltv_to_cac", below=1000)
    assert not sm.alerts(demo, [rule], "2025-Q3")
    (one,) = sm.alerts(
        demo, [rule], "2025-Q3", assumptions={"margin": 0.5, "active_for_days": None}
    ).alerts
    (two,) = sm.alerts(
        demo, [Rule("threshold", kpi="ltv_to_cac", below=1000, given={"margin": 1})], "2025-Q3",
        assumptions={"margin": 0.5, "active_for_days": None},
    ).alerts  # fmt: skip
    assert one.value and two.value and abs(two.value / one.value - 2) < 1e-9
    with pytest.raises(sm.NotFoundError, match="assumption 'margn' is not known"):
        sm.alerts(demo, [rule], "2025-Q3", assumptions={"margn": 0.5})
    file = tmp_path / "rules.toml"
    file.write_text("[[rule]]\nkind = 'threshold'\nkpi = 'ltv_to_cac'\nbelow = 1000\n", "utf-8")
    source = [str(ROOT / "examples" / "demo"), "--period", "2025-Q3"]
    assert main(["alerts", *source, "--rules", str(file)]) == 3  # margin of the configuration
    first = capsys.readouterr().out
    assert main(["alerts", *source, "--rules", str(file), "--assume", "margin=0.5"]) == 3
    assert capsys.readouterr().out != first
    assert main(["explain", "ltv_to_cac", *source]) == 0
    assert "LTV to CAC (margin=0.75)" in capsys.readouterr().out
    assert main(["explain", "win_rate", *source, "--assume", "margin=0.5"]) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[rule]]\nkind = 'threshold'\nkpi = 'bookings'\nabov = 1", "name 'abov' is not known"),
        ("rule = 3", "tables .*rule.* are expected"),
        ("[[rule]]\nkpi = 'bookings'", "kind is needed"),
        ("[[rule]]\nkind = 'threshold'\nkpi = 'bookings'\nabove = 'x'", "rule 1"),
        ("[[rule", "is no TOML"),
    ],
)
def test_files_of_rules_say_where_they_are_wrong(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(sm.SalesMetricsError, match=message):
        sm.read_rules(file)


# the command -------------------------------------------------------------------------------------


def test_the_command_ends_with_3_where_a_rule_fires(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    source = [str(ROOT / "examples" / "demo"), "--rules", str(ROOT / "examples" / "rules.toml")]
    when = ["--period", "this-quarter", "--as-of", "2025-11-20"]
    assert main(["alerts", *source, *when, "--format", "json"]) == 3
    out, err = capsys.readouterr()
    assert "period: this-quarter is 2025-Q4" in err
    made = json.loads(out)
    assert made["period"] == "2025-Q4"
    assert all(one["en"] and one["ko"] and one["fires"] for one in made["alerts"])
    quiet = tmp_path / "quiet.toml"
    quiet.write_text("[[rule]]\nkind = 'threshold'\nkpi = 'bookings'\nbelow = 0\n", "utf-8")
    assert main(["alerts", source[0], "--rules", str(quiet), *when]) == 0
    assert "nothing fires" in capsys.readouterr().out
    assert main(["alerts", *source, "--period", "this-quarter"]) == 2
    assert "add --as-of" in capsys.readouterr().err


def test_the_command_explains(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["explain", "win_rate", str(ROOT / "examples" / "demo"), "--by", "team"]
    assert main([*given, "--period", "2025-Q3", "--lang", "ko"]) == 0
    assert "합이 변동과 일치함" in capsys.readouterr().out
    assert main([*given, "--period", "2025-Q3", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["reconciles"] is True
    assert main(["explain", "won_deals", given[2], "--period", "2025-Q3"]) == 0
    assert "name the columns to split it by" in capsys.readouterr().out


def test_every_sentence_has_both_languages() -> None:
    for code, (english, korean) in ALERTS.items():
        assert english.isascii(), code
        assert any("가" <= char <= "힣" for char in korean), code


# relative periods --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "day", "label"),
    [
        ("this-quarter", "2025-12-31", "2025-Q4"),
        ("this-quarter", "2026-01-01", "2026-Q1"),
        ("last-quarter", "2026-01-01", "2025-Q4"),
        ("last-month", "2026-01-15", "2025-12"),
        ("this-week", "2025-12-07", "2025-W49"),
        ("last-week", "2025-12-08", "2025-W49"),
        ("last-4-weeks", "2025-12-07", "2025-11-03..2025-11-30"),
        ("last-1-month", "2025-12-07", "2025-11"),
        ("last-2-quarters", "2025-12-07", "2025-04-01..2025-09-30"),
        ("next-month", "2025-12-07", "2026-01"),
        ("This-Year", "2025-12-07", "2025"),
        ("today", "2025-12-07", None),
        ("year-to-date", "2025-12-07", "2025 to 2025-12-07"),
        ("2024-Q1", "2025-12-07", "2024-Q1"),
        ("last-0-weeks", "2025-12-07", None),
        ("this-fortnight", "2025-12-07", None),
    ],
)
def test_relative_periods(name: str, day: str, label: str | None) -> None:
    on = date.fromisoformat(day)
    if label is None:
        with pytest.raises(sm.PeriodError):
            period_on(name, on)
    else:
        assert period_on(name, on).label == label


def test_relative_periods_follow_the_fiscal_year() -> None:
    fiscal = sm.FiscalYear(4, named_after="start")
    assert period_on("this-quarter", date(2025, 2, 1), fiscal).label == "FY2024-Q4"
    day = date(2025, 1, 1)
    for _ in range(800):  # every day is in this month, and the day before its first in the last
        here = period_on("this-month", day)
        assert day in here
        assert period_on("last-month", day).end == here.start
        day += timedelta(days=1)


def test_a_configuration_can_name_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "salesmetrics.toml"
    file.write_text('preset = "maven"\nperiod = ["last-quarter"]\n', encoding="utf-8")
    assert main(["config", "check", str(file)]) == 0
    capsys.readouterr()
    given = ["snapshot", str(ROOT / "examples" / "maven"), "--config", str(file)]
    kpis = ["--kpi", "won_deals", "--format", "json"]
    assert main([*given, *kpis, "--as-of", "2017-11-15"]) == 0
    assert [one["label"] for one in json.loads(capsys.readouterr().out)["periods"]] == ["2017-Q3"]
    assert main([*given, *kpis]) == 2
    assert "add --as-of" in capsys.readouterr().err


def test_rules_without_a_name_are_called_in_korean() -> None:
    crm = sm.read(ROOT / "examples" / "demo").as_of("2025-11-20")
    rules = [
        Rule("threshold", kpi="win_rate", above=0.1, by=("team", "product")),
        Rule("forecast", kpi="bookings", chance=0.9, target=1e9),
        Rule("missing", table="activities", days=1),
        Rule("pace", kpi="bookings", behind=0.1),
        Rule("threshold", kpi="open_deals", above=1, name="open deals"),
    ]
    text = sm.alerts(crm, rules, "2025-11").to_text("ko")
    heads = [line for line in text.splitlines() if line.startswith("[")]
    assert "[주의] 팀, 제품별 수주율(거래 성사율) 한도 초과" in heads
    assert "[주의] 수주 금액 목표 달성 전망" in heads
    assert "[주의] open deals" in heads  # a name of the user's own
    assert "  수주 금액 목표 대비 페이스: 목표가 설정되지 않음" in text.splitlines()


def test_a_rule_on_a_table_that_does_not_exist_is_refused() -> None:
    with pytest.raises(sm.SalesMetricsError, match="table 'activitys' is not known"):
        Rule("missing", table="activitys", days=3)
