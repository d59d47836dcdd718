"""Rules with periods of their own: each is what the same rule says when its period is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics import Rule
from salesmetrics.cli import main

LOW: dict[str, Any] = {"kind": "threshold", "kpi": "bookings", "below": 1e9}


@pytest.fixture(scope="module")
def crm() -> sm.CRM:
    """One deal of 100 won each 10th from 2024-10 to 2025-11, of 10 more each month."""
    months = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)][9:23]
    deals = [
        {
            "id": at, "created_at": f"{month}-01", "closed_at": f"{month}-10", "outcome": "won",
            "amount": 100 + 10 * at, "currency": "USD",
        }
        for at, month in enumerate(months)
    ]  # fmt: skip
    return sm.CRM(deals=deals, tz="UTC").as_of("2025-11-20")


@pytest.mark.parametrize(
    ("asked", "label", "value"),
    [
        ("this-month", "2025-11", 230.0),
        ("last-month", "2025-10", 220.0),
        ("last-quarter", "2025-Q3", 190.0 + 200 + 210),
        ("last-2-months", "2025-09-01..2025-10-31", 210.0 + 220),
        ("quarter-to-date", "2025-Q4 to 2025-11-20", 220.0 + 230),
        ("2025-Q1", "2025-Q1", 130.0 + 140 + 150),
    ],
)
def test_a_period_of_its_own(crm: sm.CRM, asked: str, label: str, value: float) -> None:
    rules = [Rule(**LOW, period=asked, name="own"), Rule(**LOW, name="asked")]
    found = sm.alerts(crm, rules, "2024-12")
    own, other = found.of("own")[0], found.of("asked")[0]
    assert (own.period.label, own.value) == (label, value)
    assert (other.period.label, other.value) == ("2024-12", 120.0)
    (alone,) = sm.alerts(crm, [Rule(**LOW, name="own")], own.period).alerts
    told = own.to_dict()
    assert told.pop("span")["label"] == label  # what was asked says it for the other
    assert {**told, "span": None} == alone.to_dict()


def test_it_is_printed_as_what_it_is(crm: sm.CRM) -> None:
    found = sm.alerts(crm, [Rule(**LOW, period="last-month")], "2025-11")
    assert "[warning] threshold bookings, last-month, 2025-10" in found.to_text()
    assert "[주의] 수주 금액 한도 초과, 2025-10" in found.to_text("ko")


def test_the_days_of_each_period_count_for_its_false_alarms(crm: sm.CRM) -> None:
    """One chance in 100 a test: a month tests once a month, a quarter a third as often."""
    rule = {"kind": "unusual", "kpi": "deals_created", "baseline": 12, "chance": 0.01}
    month = sm.alerts(crm, [Rule(**rule)], "2025-10").expected_false
    own = sm.alerts(crm, [Rule(**rule, period="2025-10")], "2025-Q2").expected_false
    assert own == month > 0


def test_quarters_of_a_fiscal_year(crm: sm.CRM) -> None:
    fiscal = sm.FiscalYear(2, "start")  # quarters begin in February, May, August and November
    rule = Rule(**LOW, period="last-quarter")
    (found,) = sm.alerts(crm, [rule], "2025-11", fiscal=fiscal).alerts
    assert found.value == 200.0 + 210 + 220
    assert str(found.period.start) == "2025-08-01"


def test_what_is_refused(crm: sm.CRM) -> None:
    unknown = sm.CRM(deals=[{"id": 1, "created_at": "2025-01-01", "outcome": "open"}], tz="UTC")
    later = Rule(kind="threshold", kpi="deals_created", below=9, period="this-month")
    if unknown.known is None:
        with pytest.raises(sm.SalesMetricsError, match=r"as_of"):
            sm.alerts(unknown, [later], "2025-01")
    with pytest.raises(sm.SalesMetricsError, match=r"rule threshold bookings, soon: period: "):
        sm.alerts(crm, [Rule(**LOW, period="soon")], "2025-01")
    for wrong in ("all", 2025):
        with pytest.raises(sm.SalesMetricsError, match="give one that ends"):
            Rule(**LOW, period=wrong)
    # Two limits contradict each other of one period alone.
    above = {**LOW, "below": None, "above": 1.0, "name": "high"}
    both = [Rule(**above, period="last-month"), Rule(**LOW, period="this-month", name="low")]
    assert len(sm.alerts(crm, both, "2025-11").rules) == 2
    with pytest.raises(sm.SalesMetricsError, match="contradict each other"):
        sm.alerts(crm, [Rule(**above), Rule(**LOW)], "2025-11")


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "deals.csv").write_text(
        "id,created_at,closed_at,outcome,amount,currency\n"
        "1,2025-10-01,2025-10-10,won,100,USD\n2,2025-11-01,2025-11-10,won,200,USD\n"
    )
    rules = tmp_path / "rules.toml"
    rules.write_text(
        '[[rule]]\nkind = "threshold"\nkpi = "bookings"\nbelow = 150\nperiod = "last-month"\n'
        '[[rule]]\nkind = "threshold"\nkpi = "bookings"\nbelow = 150\nname = "this one"\n'
    )
    asked = ["--rules", str(rules), "--period", "this-month", "--as-of", "2025-11-20"]
    assert main(["alerts", str(tmp_path), *asked, "--tz", "UTC"]) == 3
    shown = capsys.readouterr().out
    assert "last-month, 2025-10" in shown
    assert "this one" not in shown
