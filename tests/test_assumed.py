"""What KPIs take of the assumptions: those of a keyword's name, their own, none over the data."""

from __future__ import annotations

from pathlib import Path

import pytest

import salesmetrics as sm
from salesmetrics.cli import main

PAUSED = (  # Monday 9, waiting for the customer from 10 to Tuesday 10, done at 11
    "id,requested_at,completed_at,pauses\n"
    "1,2025-01-06T09:00:00,2025-01-07T11:00:00,2025-01-06T10:00/2025-01-07T10:00\n"
    "2,2025-01-06T09:00:00,2025-01-07T11:00:00,\n"
    "3,2025-01-31T09:00:00,2025-01-31T10:00:00,\n"
    "4,2025-01-06T16:00:00,2025-01-07T11:00:00,\n"  # over night: 3 hours of work, 19 of the clock
)
LEADS = (
    "id,created_at,first_response_at\n"
    "1,2025-01-06T09:00:00,2025-01-05T08:00:00\n"  # before its creation
    "2,2025-01-06T09:00:00,2025-01-06T15:00:00\n"
    "3,2025-01-31T09:00:00,2025-01-31T10:00:00\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "requests.csv").write_text(PAUSED)
    (tmp_path / "leads.csv").write_text(LEADS)
    (tmp_path / "salesmetrics.toml").write_text(
        'tz = "UTC"\nperiod = "2025-01"\n[calendar]\nhours = "09:00-17:00"\n'
        "[assumptions]\nlimit_hours = 4\n"
    )
    return tmp_path


def taken(crm: sm.CRM, **assumptions: object) -> list[object]:
    shot = sm.snapshot(
        crm, "2025-01", kpis=["completion_rate", "response_sla_rate"], as_of="2025-02-02",
        assumptions=assumptions,
    )  # fmt: skip
    return [figure.total.value for figure in shot.figures]


def test_a_limit_is_of_every_kpi_that_takes_one(folder: Path) -> None:
    """Of the clock 2 of 4 requests are in time in 4 hours, the pause counted off; and the lead that
    was answered before its creation is in neither part."""
    crm = sm.read(folder, tz="UTC")
    assert taken(crm, limit_hours=4) == [1 / 2, 1 / 2]
    assert taken(crm, limit_hours=6) == [1 / 2, 1.0]
    each = {"completion_rate.limit_hours": 26, "response_sla_rate.limit_hours": 4}
    assert taken(crm, **each) == [1.0, 1 / 2]
    # Its own stands before that of the name.
    assert taken(crm, **{"limit_hours": 4, "completion_rate.limit_hours": 26}) == [1.0, 1 / 2]
    with pytest.raises(sm.NotFoundError, match=r"Did you mean 'completion_rate\.limit_hours'"):
        taken(crm, **{"completion_rat.limit_hours": 4})


def test_hours_of_work_are_those_of_the_configuration(folder: Path, capsys) -> None:
    """In 4 hours of work all are done but the second: the paused one took 2."""
    asked = [str(folder), "--as-of", "2025-02-02", "--lang", "en"]
    for kpi in ("completion_rate", "response_sla_rate"):
        assert main(["snapshot", *asked, "--kpis", kpi, "--format", "csv"]) == 0
        figure = capsys.readouterr().out.splitlines()[1].split(",")
        assert figure[0] == kpi
        expected = {"completion_rate": [3, 4], "response_sla_rate": [1, 2]}[kpi]
        assert [int(each) for each in figure[6:8]] == expected


def test_an_assumption_of_a_name_is_not_put_over_what_the_data_say() -> None:
    """A limit for leads is none of requests that say themselves when they are due."""
    crm = sm.CRM(
        requests=[
            {"id": 1, "requested_at": "2025-01-06T09:00", "due_at": "2025-01-06T10:00",
             "completed_at": "2025-01-06T12:00"},
        ],
        leads=[
            {"id": 1, "created_at": "2025-01-06T09:00", "first_response_at": "2025-01-06T12:00"}
        ],
        tz="UTC",
    )  # fmt: skip
    assert taken(crm, limit_hours=4) == [0.0, 1.0]
    assert taken(crm, **{"limit_hours": 4, "completion_rate.limit_hours": 5}) == [1.0, 1.0]
    late = sm.Rule("threshold", kpi="completion_rate", below=0.5)
    known = crm.as_of("2025-02-02")
    assert sm.alerts(known, [late], "2025-01", assumptions={"limit_hours": 4}).alerts
    own = {"completion_rate.limit_hours": 4}
    assert not sm.alerts(known, [late], "2025-01", assumptions=own).alerts


def test_every_question_takes_the_same_assumptions(tmp_path: Path, capsys) -> None:
    """The snapshot, why it moved, its definitions: each the request's own due date."""
    (tmp_path / "requests.csv").write_text(
        "id,requested_at,due_at,completed_at\n"
        "1,2025-01-06T09:00:00,2025-01-06T10:00:00,2025-01-06T12:00:00\n"
        "2,2025-01-06T09:00:00,2025-01-06T13:00:00,2025-01-06T12:00:00\n"
        "3,2024-12-06T09:00:00,2024-12-06T13:00:00,2024-12-06T12:00:00\n"
    )
    (tmp_path / "salesmetrics.toml").write_text(
        'tz = "UTC"\nperiod = "2025-01"\n[assumptions]\nlimit_hours = 24\n'
    )
    for command in (
        ["snapshot"],
        ["explain", "completion_rate"],
        ["definitions", "completion_rate"],
    ):
        kpis = ["--kpis", "completion_rate"] if command == ["snapshot"] else []
        assert main([*command, str(tmp_path), "--as-of", "2025-02-02", *kpis]) == 0
        said = capsys.readouterr().out
        assert "50.0%" in said, said
