"""Charts of what is not pretty: below 0, all alike, one point, many groups, very long names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

import pytest

import salesmetrics as sm
from salesmetrics.report.charts.drawing import WIDE, points

SVG = "{http://www.w3.org/2000/svg}"


def won(amounts: Sequence[float | None], owners: Sequence[str], day: str = "2025-02-01") -> sm.CRM:
    rows = [
        {"id": n, "owner": owner, "created_at": "2025-01-01", "closed_at": day, "outcome": "won",
         "amount": amount}
        for n, (amount, owner) in enumerate(zip(amounts, owners, strict=True))
    ]  # fmt: skip
    return sm.CRM(deals=rows, currency="USD", tz="UTC")


def rects(made: object, look: str) -> list[tuple[float, float]]:
    """From where to where the bars of a look run."""
    root = ElementTree.fromstring(made.to_svg())  # type: ignore[attr-defined]
    there = [one for one in root.iter(SVG + "rect") if one.get("class") == look]
    found = [(float(one.get("x") or 0), float(one.get("width") or 0)) for one in there]
    return [(x, x + wide) for x, wide in found]


def test_groups_that_are_all_alike_have_no_most_and_no_least() -> None:
    crm = won([0, 0, 0], ["ana", "bo", "cho"])
    assert crm.kpi("bookings", "2025-Q1", by="owner").plot().finding == "All 3 are $0.00."
    assert "모두 $0.00." in crm.kpi("bookings", "2025-Q1", by="owner").plot(lang="ko").finding
    months = sm.period("2025").split("month")[:3]
    heat = crm.as_of("2025-03-31").kpi("bookings", months, by="owner").plot()
    assert heat.finding == "All 9 are $0.00."
    # what is all the same is not drawn as the highest
    assert set(re.findall(r'fill-opacity="([^"]*)"', heat.to_svg())) == {"0.08"}
    level = crm.as_of("2025-03-31").kpi("bookings", months).plot()
    assert level.finding == "bookings was $0.00 in 2025-03, as in all 3."


def test_a_change_of_nothing_is_not_most_by_anything() -> None:
    rows = [
        {"id": n, "owner": "ana", "created_at": "2024-01-01", "closed_at": day, "outcome": "won",
         "amount": 0}
        for n, day in enumerate(["2024-12-01", "2025-02-01"])
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC").as_of("2025-03-31")
    assert (
        sm.explain(crm, "bookings", "2025-Q1").plot().finding == "bookings did not change: $0.00."
    )


def test_amounts_below_0_are_spread_beside_their_median_and_not_under_it() -> None:
    """Median -60, p75 -40: from one to the other, with nothing over it, and the text beside."""
    made = won([-100, -80, -60, -40, -20], ["ana"] * 5).kpi("deal_size", "2025-Q1").plot()
    stroke, light = rects(made, "a")[:2]  # then those of the legend
    assert stroke[1] - stroke[0] == pytest.approx(4)  # a stroke at the median
    assert light[0] == pytest.approx(sum(stroke) / 2, abs=0.2) and light[1] > light[0]
    # -100 is at the left end, 0 at the right one: p75 lies three fifths on
    root = ElementTree.fromstring(made.to_svg())
    text = next(one for one in root.iter(SVG + "text") if "n=5" in (one.text or ""))
    assert float(text.get("x") or 0) > light[1]


def test_what_is_below_0_has_no_share_and_that_is_said() -> None:
    made = won([70, 30, -20, -5], ["ana", "bo", "cho", "dan"]).kpi(
        "bookings", "2025-Q1", by="owner"
    )
    pareto = made.plot("pareto")
    assert [row[0] for row in pareto.rows] == ["ana", "bo"]
    assert pareto.finding.endswith(
        "ana is the largest with $70.00. 2 below 0 (-$25.00) have no share."
    )
    few = won([-1, -2], ["ana", "bo"]).kpi("bookings", "2025-Q1", by="owner")
    with pytest.raises(sm.SalesMetricsError, match=r"two groups .* above 0"):
        few.plot("pareto")


def test_many_groups_are_drawn_in_part_and_it_is_said() -> None:
    owners = [f"owner {n}" for n in range(100)]
    crm = won(list(range(100)), owners).as_of("2025-03-31")
    months = sm.period("2025").split("month")[:3]
    for made, most, others in (
        (crm.kpi("bookings", "2025-Q1", by="owner").plot(), 15, True),
        (crm.kpi("deal_size", "2025-Q1", by="owner").plot(), 15, False),  # medians do not add
        (crm.kpi("bookings", months, by="owner").plot(), 30, True),
    ):
        said = ", and the others as one" if others else ""
        assert made.finding.endswith(f" Drawn are {most} of 100{said}.")
        assert len(made.rows) == 100  # the table has all
        page = made.to_html()  # and a page the first of them
        assert page.count("<tr>") == 61 + others and "... 40 more rows" in page


def test_groups_that_are_named_alike_are_not_one_row() -> None:
    """Two columns whose names read the same once they stand behind one another."""
    rows = [
        {"id": n, "owner": owner, "region": region, "created_at": "2025-01-01",
         "closed_at": "2025-02-01", "outcome": "won", "amount": 10}
        for n, (owner, region) in enumerate([("a, b", "c"), ("a", "b, c")])
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC").as_of("2025-03-31")
    months = sm.period("2025").split("month")[:3]
    made = crm.kpi("bookings", months, by=["owner", "region"]).plot()
    assert [row[2] for row in made.rows] == ["$10.00", "$10.00"]


def test_long_names_are_cut_where_they_are_told() -> None:
    names = ["x" * 10_000, "장지호 " * 500]
    crm = won([5, 7], names).as_of("2025-03-31")
    months = sm.period("2025").split("month")[:3]
    for made in (
        crm.kpi("bookings", "2025-Q1", by="owner").plot(),
        crm.kpi("bookings", "2025-Q1", by="owner").plot("pareto"),
        crm.kpi("deal_size", "2025-Q1", by="owner").plot(),
        crm.kpi("bookings", months, by="owner").plot(),
        sm.explain(crm, "bookings", "2025-Q1", by="owner").plot("owner"),
    ):
        assert len(made.to_html()) < 12_000 and "…" in made.finding
        for one in ElementTree.fromstring(made.to_svg()).iter(SVG + "text"):
            assert points(one.text or "") <= WIDE


def test_what_a_movement_does_not_know_is_said_and_is_not_0() -> None:
    """Without a history of amounts nobody knows with what a deal that closed since stood open."""
    rows = [
        {"id": 1, "created_at": "2024-10-01", "closed_at": "2025-02-01", "outcome": "won",
         "amount": 90, "expected_close_at": "2025-02-01"},
        {"id": 2, "created_at": "2024-11-01", "amount": 40, "expected_close_at": "2025-06-01"},
        {"id": 3, "created_at": "2025-01-09", "amount": 7, "expected_close_at": "2025-06-01"},
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC").as_of("2025-03-31")
    result = crm.kpi("pipeline_movement", "2025-Q1")
    assert result.parts["won"] is None and result.parts["lost"] == 0
    made = result.plot()
    assert ["won", "undefined"] in made.rows and not [r for r in made.rows if r[0] == "lost"]
    assert made.finding == "From $40.00 to $47.00; most came in as created ($7.00); not known: won."
    assert "알 수 없음: 수주" in result.plot(lang="ko").finding


def test_a_movement_below_0_has_one_sign() -> None:
    rows = [
        {"id": 1, "created_at": "2024-11-01", "amount": -40, "outcome": "open"},
        {"id": 2, "created_at": "2025-01-09", "amount": -7, "outcome": "open"},
    ]
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC").as_of("2025-03-31")
    made = crm.kpi("pipeline_movement", "2025-Q1").plot()
    assert made.rows == [["opening", "-$40.00"], ["created", "-$7.00"], ["closing", "-$47.00"]]


def test_a_target_that_is_reached_leaves_nothing_to_win() -> None:
    rows = [
        {"id": 1, "created_at": "2025-01-01", "closed_at": "2025-02-01", "outcome": "won",
         "amount": 900, "expected_close_at": "2025-02-01"},
        {"id": 2, "created_at": "2025-01-01", "amount": 40, "expected_close_at": "2025-03-20"},
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC").as_of("2025-03-01")
    made = crm.kpi("pipeline_coverage", "2025-Q1", target=500).plot()
    assert made.finding == (
        "$40.00 of pipeline; nothing is left to win, the target is passed by $400.00."
    )


def test_one_period_with_a_figure_is_a_course() -> None:
    """The other months have none: it is drawn, and said to be the only one."""
    crm = won([5], ["ana"]).as_of("2025-03-31")
    made = crm.kpi("win_rate", sm.period("2025").split("month")[:3]).plot()
    assert made.kind == "trend"
    assert made.finding == "win rate was 100.0% in 2025-02, the only period with a figure."


def test_of_one_value_no_half_is_told_and_all_statistics_have_the_same_decimals() -> None:
    made = won([5], ["ana"]).kpi("sales_cycle", "2025-Q1").plot()
    assert made.finding == "sales cycle: 31.0 days (n=1)."
    assert made.rows == [["company", *["31.0 days"] * 4, "1"]]


def test_the_scale_of_a_course_is_as_wide_as_its_numbers() -> None:
    """Dollars are not shortened in Korean."""
    made = (
        won([1_234_567_890], ["ana"])
        .as_of("2025-03-31")
        .kpi("bookings", sm.period("2025").split("month")[:3])
    )
    for one in ElementTree.fromstring(made.plot(lang="ko").to_svg()).iter(SVG + "text"):
        if "e" in (one.get("class") or "").split() and "$" in (one.text or ""):
            assert float(one.get("x") or 0) >= points(one.text or "")


def test_a_period_that_is_over_is_foreseen_with_open_deals_below_0() -> None:
    rows = [
        {"id": 1, "created_at": "2025-01-01", "closed_at": "2025-02-01", "outcome": "won",
         "amount": 900, "expected_close_at": "2025-02-01"},
        {"id": 2, "created_at": "2025-01-01", "amount": -40, "expected_close_at": "2025-03-20"},
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC").as_of("2025-04-02")
    assert sm.bookings_forecast(crm, "2025-Q1").value == 900


def test_a_cohort_that_nobody_began_in_is_no_cohort() -> None:
    """2 customers of January, 1 of March and 1 of April; nobody began in February."""
    bought = [("ana", "2025-01-03"), ("bo", "2025-01-04"), ("ana", "2025-02-05"),
              ("cho", "2025-03-06"), ("cho", "2025-04-07"), ("dan", "2025-04-08")]  # fmt: skip
    rows = [
        {"id": n, "customer": who, "booked_at": day, "amount": 1}
        for n, (who, day) in enumerate(bought)
    ]
    crm = sm.CRM(revenues=rows, currency="USD", tz="UTC").as_of("2025-05-31")
    months = sm.period("2025").split("month")[:4]
    made = crm.kpi("cohort_retention", months, purchases=True).plot()
    assert [row[0] for row in made.rows] == ["2025-01", "2025-03", "2025-04"]
    # at age 2, the oldest that half of them have reached, nobody bought: in March and May
    assert made.finding == "Of 3 who began in 2 cohorts, 0 (0.0%) were there at age 2."
