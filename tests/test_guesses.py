"""What the columns of somebody's own file are proposed to be, and that the mapping reads it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

import salesmetrics as sm
from salesmetrics.cli import main
from salesmetrics.io.propose import columns, columns_text, mapping_text
from salesmetrics.io.written_days import days_written

KOREAN = """번호,담당자,금액,단계,생성일,마감일,고객사
1,김철수,"1,200,000",제안,2025-01-03,2025-03-01,가나
2,이영희,"3,400,000",수주,2025-01-05,2025-02-11,다라
3,김철수,"900,000",실주,2025-02-01,2025-02-20,마바
"""
NAMELESS = """x1,x2,x3,x4,x5,x6,x7
D-001,Ana Silva,1200.50,Proposal,2025-01-03,2025-03-01,3
D-002,Bo Chen,3400.00,Closed Won,2025-01-05,2025-02-11,5
D-003,Ana Silva,900.00,Closed Lost,2025-02-01,2025-02-20,1
"""
DOTTED = """열1,열2,열3,열4,열5
A1,협의,₩1500000,2025.01.03 09:30,2025년 3월 1일
A2,수주,₩3400000,2025.01.05 10:00,2025년 2월 11일
A3,실주,₩900000,2025.02.01 11:10,2025년 2월 20일
"""


def fields(file: Path) -> dict[str, tuple[str, bool]]:
    """Ours: theirs, and whether by the name."""
    (one,) = columns(file)
    return {ours: (each.column, each.by == "name") for ours, each in one.guessed.fields.items()}


def test_korean_names_are_known(tmp_path: Path) -> None:
    file = tmp_path / "영업현황.csv"
    file.write_text(KOREAN, "utf-8")
    assert fields(file) == {
        "id": ("번호", True), "owner": ("담당자", True), "amount": ("금액", True),
        "stage": ("단계", True), "created_at": ("생성일", True), "closed_at": ("마감일", True),
        "customer": ("고객사", True),
    }  # fmt: skip
    own = tmp_path / "ours.toml"
    own.write_text(mapping_text(columns(file)), "utf-8")
    crm = sm.read(file, preset=own, currency="KRW", tz="Asia/Seoul")
    assert crm.kpi("bookings", "2025-Q1").value == 3_400_000
    assert crm.kpi("win_rate", "2025-Q1").value == 0.5
    assert crm.kpi("open_pipeline", "2025-Q1", by="owner").at(owner="김철수").value == 1_200_000
    # The day of what is open is a plan, that of the others the day of closing.
    assert crm.kpi("win_rate", "2025-Q1").rows()[0].n == 2
    months = crm.kpi("open_pipeline", "2025-Q1", by="expected_close_at.month")
    assert months.at(expected_close_at_month="2025-03").value == 1_200_000


@pytest.mark.parametrize("name", ["name", "Deal Name", "deal_name", "DEAL.NAME"])
def test_names_are_compared_without_case_and_blanks(tmp_path: Path, name: str) -> None:
    file = tmp_path / "deals.csv"
    file.write_text(f"Opportunity ID,{name},Close Date,Sales Rep\n1,a,2025-01-01,b\n", "utf-8")
    found = fields(file)
    assert found["id"] == ("Opportunity ID", True) and found["owner"] == ("Sales Rep", True)
    assert found["closed_at"] == ("Close Date", True)


def test_what_has_no_telling_name_is_known_by_its_cells(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text(NAMELESS, "utf-8")
    assert fields(file) == {
        "created_at": ("x5", False), "closed_at": ("x6", False), "stage": ("x4", False),
        "id": ("x1", False), "amount": ("x3", False), "owner": ("x2", False),
    }  # fmt: skip
    text = columns_text(columns(file))
    assert "owner = x2  (by its cells: names of people, some of them often)" in text
    assert "Closed Won = won, Closed Lost = lost" in text
    own = tmp_path / "ours.toml"
    own.write_text(mapping_text(columns(file)), "utf-8")
    assert 'owner = "x2"  # a guess by its cells' in own.read_text("utf-8")
    crm = sm.read(file, preset=own, currency="USD", tz="UTC")
    assert crm.kpi("bookings", "2025-Q1", by="owner").at(owner="Bo Chen").value == 3400


def test_how_cells_are_written_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(DOTTED, "utf-8")
    own = tmp_path / "ours.toml"
    own.write_text(mapping_text(columns(file)), "utf-8")
    text = own.read_text("utf-8")
    assert 'created_at = { date = "%Y.%m.%d %H:%M" }' in text
    assert 'closed_at = { date = "%Y년 %m월 %d일" }' in text
    crm = sm.read(file, preset=own, currency="KRW", tz="Asia/Seoul")
    assert crm.kpi("bookings", "2025-02").value == 3_400_000
    assert crm.kpi("open_deals", "2025-Q1").value == 1


def test_what_dynamics_calls_its_columns(tmp_path: Path) -> None:
    """A day such as 2/1/2025 is no id, however many there are; what is open is told, too."""
    file = tmp_path / "Opportunities.csv"
    file.write_text(
        "Opportunity,Topic,Potential Customer,Est. Close Date,Est. Revenue,Actual Close Date,"
        "Status,Owner,Created On\n"
        "a1,A,Contoso,2/1/2025,$1000.00,2/3/2025,Won,Ana,1/2/2025\n"
        "a2,B,Fabrikam,3/1/2025,$500.00,3/2/2025,Lost,Ana,1/3/2025\n"
        "a3,C,Fabrikam,6/1/2025,$700.00,,Open,Bo,1/4/2025\n",
        "utf-8",
    )
    (one,) = columns(file)
    named = {ours: each.column for ours, each in one.guessed.fields.items()}
    assert named == {
        "name": "Opportunity", "created_at": "Created On", "closed_at": "Actual Close Date",
        "expected_close_at": "Est. Close Date", "outcome": "Status", "amount": "Est. Revenue",
        "customer": "Potential Customer", "id": "Topic",
    }  # fmt: skip
    assert one.guessed.outcomes == {"Won": "won", "Lost": "lost", "Open": "open"}


def test_outcomes_in_words(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        "딜 번호,결과,계약일,계약 금액\n1,수주,2025-01-03,5\n2,실주,2025-01-04,6\n", "utf-8"
    )
    own = tmp_path / "ours.toml"
    own.write_text(mapping_text(columns(file)), "utf-8")
    crm = sm.read(file, preset=own, currency="KRW", tz="Asia/Seoul")
    assert crm.kpi("win_rate", "2025-01").value == 0.5


def test_nothing_is_guessed_where_a_preset_fits_or_nothing_is_alike(tmp_path: Path) -> None:
    fixtures = Path(__file__).parent / "fixtures"
    for one in columns(fixtures / "hubspot_export" / "deals.csv"):
        assert not one.guessed
    file = tmp_path / "a.csv"
    file.write_text("p,q\nhello there you,x y z w\nhello there you,x y z w\n", "utf-8")
    assert fields(file) == {}
    file.write_text("p,q\n", "utf-8")
    assert fields(file) == {}


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, own = tmp_path / "a.csv", tmp_path / "ours.toml"
    file.write_text(KOREAN, "utf-8")
    assert main(["columns", str(file)]) == 0
    assert "proposed  owner = 담당자" in capsys.readouterr().out
    assert main(["columns", str(file), "--mapping"]) == 0
    own.write_text(capsys.readouterr().out, "utf-8")
    page = tmp_path / "q1.html"
    asked = ["report", str(file), "--preset", str(own), "--period", "2025-Q1"]
    assert main([*asked, "--currency", "KRW", "--tz", "Asia/Seoul", "-o", str(page)]) == 0
    assert "김철수" in page.read_text("utf-8")


@pytest.mark.parametrize("hours", ["", " %H:%M", " %H:%M:%S", "T%H:%M:%S", " %I:%M %p"])
@pytest.mark.parametrize(
    "day",
    ["%Y/%m/%d", "%Y.%m.%d", "%Y. %m. %d", "%Y. %m. %d.", "%Y년 %m월 %d일", "%Y년%m월%d일",
     "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d-%b-%Y", "%d %b %Y", "%b %d, %Y"],
)  # fmt: skip
def test_how_days_are_written_is_told_by_all_of_them(day: str, hours: str) -> None:
    moments = [datetime(2025, 3, 1, 15, 30) + timedelta(days=9 * at) for at in range(30)]
    labels = [one.strftime(day + hours) for one in moments]
    found = days_written(labels)
    assert found is not None and found.pattern is not None and found.earliest == (2025, 3, 1)
    assert [datetime.strptime(label, found.pattern) for label in labels] == [
        datetime.strptime(label, day + hours) for label in labels
    ]


@pytest.mark.parametrize(
    ("labels", "is_days"),
    [
        (["2025-03-01", "2025-12-31"], True),  # as they are read without being told
        (["2025-03-01T10:00:00", "2025-12-31T10:00:00"], True),
        (["03/04/2025", "01/12/2025"], True),  # which is the month nobody can tell
        (["13/04/2025", "01/14/2025"], False),  # neither can be it
        (["2025/03/01", "03/14/2025"], False),  # written in two ways
        (["12.50", "13.75"], False),
        ([], False),
    ],
)
def test_where_nothing_has_to_be_told_or_can(labels: list[str], is_days: bool) -> None:
    found = days_written(labels)
    assert (found is not None) is is_days and (found is None or found.pattern is None)


LIST = (
    "Opportunity,Sales Rep,Value,Stage,Date Added,Close Date\n"
    'Renewal,Ann Lee,"$3,800.00",Closed Won,11/29/2024,01/18/2025\n'
    'New roof,Bo Ray,"$500.00",Closed Lost,12/02/2024,02/03/2025\n'
    'Repair,Ann Lee,"$75.50",Proposal,01/20/2025,03/31/2025\n'
)


def test_an_english_list_without_ids_is_read_by_what_is_proposed(tmp_path: Path) -> None:
    """Columns that are named like ours are looked into, too: stages, and how cells are written."""
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    (one,) = columns(tmp_path / "list.csv")
    assert one.matched == {"stage": "Stage"}
    assert one.guessed.stages == {"Proposal": "open", "Closed Won": "won", "Closed Lost": "lost"}
    (tmp_path / "ours.toml").write_text(mapping_text([one]), encoding="utf-8")
    crm = sm.read(tmp_path / "list.csv", preset=tmp_path / "ours.toml", currency="USD", tz="UTC")
    assert crm.deals.ids() == ["Renewal", "New roof", "Repair"]
    assert (sm.bookings(crm.deals, "2025-01").value, sm.win_rate(crm.deals, "2025-Q1").value) == (
        3800.0,
        0.5,
    )
    assert sm.open_pipeline(crm.deals, "2025-01").value == 75.5


def test_stages_that_a_file_of_their_own_tells_are_not_proposed(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(
        "id,created_at,closed_at,stage\n1,2025-01-02,2025-02-01,Won\n2,2025-01-02,,Talk\n"
    )
    (tmp_path / "stages.csv").write_text("id,order,type\nTalk,1,open\nWon,,won\n")
    assert not [one.guessed.stages for one in columns(tmp_path) if one.guessed.stages]
    assert mapping_text(columns(tmp_path)).count("[stages]") == 1
