"""Cohorts at one age: each as it was known then, by hand and against asking for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import salesmetrics as sm
from salesmetrics.cli import main

ROOT = Path(__file__).parents[1]
MONTHS = ["2025-01", "2025-02", "2025-03"]
# Created in each month: four deals; won so many days after its end.
WON = {"2025-01": (10, 20, 40), "2025-02": (5, 20), "2025-03": (20,)}


def company(through: str = "2025-04-20") -> sm.CRM:
    rows = []
    for month, days in WON.items():
        last = sm.period(month).end
        for at in range(4):
            day = None if at >= len(days) else last.fromordinal(last.toordinal() - 1 + days[at])
            known = day is not None
            rows.append(
                {"id": f"{month}-{at}", "created_at": f"{month}-03", "closed_at": day,
                 "outcome": "won" if known else "open"}
            )  # fmt: skip
    return sm.CRM(deals=rows).as_of(through)


def test_each_is_as_known_at_the_age_of_the_youngest() -> None:
    found = sm.cohorts(company(), "close_rate", MONTHS)
    assert found.age == 20  # of March on the 20th of April
    assert [(str(one.as_of), one.value, one.n, one.undecided) for one in found] == [
        ("2025-02-20", 2 / 4, 4, 2), ("2025-03-20", 2 / 4, 4, 2), ("2025-04-20", 1 / 4, 4, 3),
    ]  # fmt: skip
    first, second, third = found
    assert first.against is None
    assert second.against is not None and second.against.change == 0
    assert third.against is not None and third.against.points == -25
    assert third.against.interval is not None and third.against.direction == "worse"
    assert found.growth == -0.5


def test_of_another_age_and_of_one_not_reached() -> None:
    found = sm.cohorts(company(), "close_rate", MONTHS, age=40)
    assert [one.value for one in found] == [3 / 4, 2 / 4, None]
    last = found.steps[2]
    assert str(last.reason) == "it is as old on 2025-05-10 only, later than is known"
    assert last.reason is not None and "2025-05-10" in last.reason.said("ko")
    assert last.against is None and found.growth is None
    assert "2025-05-10" in repr(found)
    assert [one["value"] for one in found.to_records()] == [0.75, 0.5, None]
    assert [one.value for one in sm.cohorts(company(), "close_rate", MONTHS, age=5)] == [0, 0.25, 0]


@pytest.mark.parametrize("kpi", ["close_rate", "lead_conversion_rate", "deals_created"])
def test_the_demo_agrees_with_asking_each_as_of_its_day(kpi: str) -> None:
    crm = sm.read(ROOT / "examples" / "demo")
    found = sm.cohorts(crm, kpi, ["2025-01", "2025-02", "2025-04"], age=30)
    for one, day in zip(found, ("2025-03-02", "2025-03-30", "2025-05-30"), strict=True):
        assert one.value == crm.as_of(day).kpi(kpi, one.period).value


@pytest.mark.parametrize(
    ("periods", "given", "message"),
    [
        ("2025-01", {}, "takes several periods"),
        (["2025-02", "2025-01"], {}, "follow each other in time"),
        (["2025-03", "2025-04"], {}, "2025-04 is not over on 2025-04-20"),
        (MONTHS, {"age": -1}, "age is -1"),
        (MONTHS, {"age": 1.5}, "age is 1.5"),
    ],
)
def test_what_cannot_be_asked(periods, given, message) -> None:
    with pytest.raises(sm.SalesMetricsError, match=message):
        sm.cohorts(company(), "close_rate", periods, **given)


def test_other_figures_do_not_compare() -> None:
    crm = company()
    rate = crm.kpi("win_rate", "2025-Q1")
    with pytest.raises(sm.SalesMetricsError, match="are not the same figure"):
        sm.compare(rate, crm.kpi("close_rate", "2025-Q1"))
    with pytest.raises(sm.SalesMetricsError, match="are not the same figure"):
        sm.compare(rate, crm.kpi("win_rate_all_losses", "2025-Q1"))


def test_the_command_shows_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = ["id,created_at,closed_at,outcome", "1,2025-01-05,2025-03-20,won",
            "2,2025-01-06,2025-02-10,won", "3,2025-02-05,2025-03-01,won",
            "4,2025-02-06,2025-03-02,lost", "5,2025-03-20,,open"]  # fmt: skip
    (tmp_path / "deals.csv").write_text("\n".join(rows))
    asked = ["cohorts", "close_rate", str(tmp_path), "--period", "2025-01", "--period", "2025-02"]
    assert main(asked) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "close rate, 20 days after the end of each"
    assert lines[3].split() == ["2025-01", "2025-02-20", "50.0%", "2", "1"]
    assert lines[4].split()[:7] == ["2025-02", "2025-03-20", "50.0%", "2", "0", "+0.0", "pp"]
    assert main([*asked, "--age", "10", "--lang", "ko"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("딜 클로징 비율, 각 기간이 끝나고 10일 뒤 기준")
    assert "미결정" in shown and "%p" in shown
    assert main([*asked, "--format", "json"]) == 0
    assert [one["value"] for one in json.loads(capsys.readouterr().out)] == [0.5, 0.5]
    assert main(asked[:5]) == 1  # one period is no comparison


def test_the_last_cohort_may_end_on_the_last_known_day() -> None:
    found = sm.cohorts(company("2025-03-31"), "close_rate", MONTHS)
    assert (found.age, [one.value for one in found]) == (0, [0, 0, 0])
    assert found.growth is None  # of nothing
    assert sm.cohorts(company(), "close_rate", MONTHS, age=0).age == 0
    with pytest.raises(sm.SalesMetricsError, match="2025-03 is not over on 2025-03-30"):
        sm.cohorts(company("2025-03-30"), "close_rate", MONTHS)


@pytest.mark.parametrize("age", [-1, 0.5, "3", True])
def test_an_age_is_whole_days(age) -> None:
    with pytest.raises(sm.SalesMetricsError, match="give whole days, 0 or more"):
        sm.cohorts(company(), "close_rate", MONTHS, age=age)


@pytest.mark.parametrize("months", [[1, 3, 2], [2, 1, 3], [3, 2, 1]])
def test_cohorts_follow_each_other(months) -> None:
    with pytest.raises(sm.SalesMetricsError, match="follow each other in time"):
        sm.cohorts(company(), "close_rate", [f"2025-0{month}" for month in months])
