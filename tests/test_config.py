"""The configuration: what it says is used, and what it says wrongly is told with its place."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

import salesmetrics as sm
from salesmetrics.cli import main
from salesmetrics.io import ConfigError, config_in
from salesmetrics.io.config import schema_text

ROOT = Path(__file__).parents[1]
MAVEN = ROOT / "examples" / "maven"
Capture = pytest.CaptureFixture[str]

GOOD = """
tz = "Asia/Seoul"
currency = "KRW"
owners = "team.csv"

[tables.deals]
file = "export.csv"
[tables.deals.columns]
id = "No"
stage = "State"
amount = "Worth"
currency = "Money"
created_at = "Opened"
closed_at = "Closed"
owner = "Who"

[[stages]]
id = "talks"
order = 1
type = "open"
[[stages]]
id = "signed"
order = 2
type = "won"

[[targets]]
kpi = "bookings"
period = "FY2025-Q1"
value = 1000000

[calendar]
hours = "09:00-12:00,13:00-18:00"
holidays = [2025-03-01, "2025-05-05"]
special = { "2025-03-03" = "10:00-12:00" }
[calendar.fiscal]
first_month = 3
named_after = "start"

[exchange]
max_age = 40
[exchange.rates.USD]
"2025-03-01" = 1400.5
"""
EXPORT = """No,State,Worth,Money,Opened,Closed,Who
1,signed,1000,KRW,2025-03-02,2025-03-09,ana
2,signed,2,USD,2025-03-02,2025-03-10T00:30:00+09:00,bo
3,signed,5,USD,2025-01-02,2025-01-03,bo
4,talks,7,KRW,2025-03-02,,ana
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "salesmetrics.toml").write_text(GOOD.replace("FY2025-Q1", "2025-Q1"))
    (tmp_path / "export.csv").write_text(EXPORT)
    (tmp_path / "team.csv").write_text("id,team\nana,north\nbo,south\ncy,south\n")
    return tmp_path


def wrong(folder: Path, text: str) -> str:
    file = folder / "wrong.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        sm.read_config(file)
    assert str(caught.value).startswith("wrong.toml, ")
    return "\n".join(caught.value.problems)


def test_what_it_says_is_used(folder: Path) -> None:
    crm = sm.read(folder, config=folder / "salesmetrics.toml")
    assert crm.currency == "KRW"
    assert crm.deals.zone is not None
    assert crm.deals.zone.name == "Asia/Seoul"
    booked = sm.bookings(crm.deals, "2025")
    assert booked.exact == 1000 + 2801, "2 USD at 1400.5 on the tenth; the third has no rate"
    assert dict(booked.excluded) == {"no exchange rate": 1}
    by_team = sm.won_deals(crm.deals, "2025-03", by="team")
    assert {cell.group[0]: cell.value for cell in by_team} == {"north": 1, "south": 1}
    assert sm.won_deals(crm.deals, "2025-03-10").value == 1, "half past midnight in Seoul"
    assert [cell.group[0] for cell in sm.won_deals(crm.deals, by="owner")] == ["ana", "bo", "cy"]
    assert sm.open_deals(crm.deals, "2025-03").value == 1


def test_an_argument_comes_before_it(folder: Path) -> None:
    settings = sm.read_config(folder / "salesmetrics.toml")
    rates = sm.ExchangeRates(to="USD", rates={"KRW": {"2025-01-01": "0.001"}})
    crm = sm.read(folder, config=settings, currency="USD", rates=rates)
    assert crm.currency == "USD"
    assert sm.bookings(crm.deals).exact == Decimal(8)
    assert sm.read(folder, config=settings, tz="UTC").deals.zone.name == "UTC"  # type: ignore[union-attr]


def test_what_is_made_of_it(folder: Path) -> None:
    settings = sm.read_config(folder / "salesmetrics.toml")
    rates = settings.exchange_rates()
    assert rates is not None
    assert rates.rate("USD", date(2025, 4, 10)) == Decimal("1400.5")
    assert rates.rate("USD", date(2025, 4, 11)) is None
    assert settings.fiscal_year() == sm.FiscalYear(3, "start")
    calendar = settings.work_calendar()
    assert calendar is not None
    assert int(calendar.working_days(date(2025, 5, 1), date(2025, 5, 8))) == 4  # without the 5th
    (target,) = settings.targets_given() or ()
    assert (target.kpi, target.value) == ("bookings", 1000000)
    own = sm.Config(tz="UTC", calendar={"hours": "09:00-10:00", "tz": "Asia/Seoul"})  # type: ignore[arg-type]
    assert str(own.work_calendar()) == "Mon-Fri 09:00-10:00; Asia/Seoul"
    assert sm.Config().exchange_rates() is None
    assert sm.Config().work_calendar() is None
    assert sm.Config().fiscal_year() is None
    assert sm.Config().targets_given() is None


def test_a_preset_with_tables_and_stages_on_top(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('preset = "maven"\n[tables.deals.columns]\nname = "opportunity_id"\n')
    crm = sm.read(MAVEN, config=file)
    assert sm.bookings(crm.deals).exact == sm.bookings(sm.read(MAVEN, preset="maven").deals).exact
    assert crm.deals.has("name")
    file.write_text(
        'preset = "maven"\noptions = ["list_price"]\n'
        'stages = [{id = "Prospecting", type = "disqualified"}, {id = "Engaging", type = "open"},'
        '{id = "Won", type = "won"}, {id = "Lost", type = "lost"}]'
    )
    crm = sm.read(MAVEN, config=file)  # disqualified on days that nobody knows: kept
    assert crm.deals.has("list_amount")
    assert sm.open_deals(crm.deals, "2017-12").value == 1589


def test_files_are_looked_for_from_its_folder(folder: Path, tmp_path: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "own.toml").write_text('title = "ours"\n[deals]\nfile = "export.csv"\n'
                                             '[deals.columns]\nid = "No"\n')  # fmt: skip
    (folder / "sub" / "rates.csv").write_text("currency,day,rate\nUSD,2025-01-01,1300.25\n")
    (folder / "sub" / "c.toml").write_text(
        'preset = "own.toml"\ncurrency = "KRW"\nexchange = {file = "rates.csv"}'
    )
    settings = sm.read_config(folder / "sub" / "c.toml")
    assert sm.read(folder, config=settings).deals.ids() == ["1", "2", "3", "4"]
    rates = settings.exchange_rates()
    assert rates is not None
    assert rates.rate("USD", date(2025, 1, 2)) == Decimal("1300.25")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('tzz = "UTC"', "tzz: no such key; there are .*Did you mean 'tz'"),
        ('[[stages]]\nid="a"\ntype="open"\nordre=1', "stages.0.ordre: .*Did you mean 'order'"),
        ("[calendar.fiscal]\nfirst=4", "calendar.fiscal.first: no such key.*first_month"),
        ('[tables.deals]\nfilee = "x.csv"', "tables.deals.filee: .*Did you mean 'file'"),
        ("[calendar]\nhours = 9", "calendar.hours: .*not 9"),
        ('[exchange]\nmax_age = "3"', "exchange.max_age: .*not '3'"),
        ('[[stages]]\nid="a"\norder="x"\ntype="open"', "stages.0.order: a plain number"),
        ('[[stages]]\nid="a"\ntype="winn"', "stages.0.type: .*'open', 'won'.*not 'winn'"),
        ('[[stages]]\nid="a"\ntype="won"\n[[stages]]\nid="b"', "stages.1.type: one of open"),
        ('[[stages]]\nid="a"\ntype="won"\n[[stages]]\nid="a"\ntype="won"', "stages.1.id: 'a'"),
        ('[[stages]]\ntype="won"', "stages.0.id: is needed"),
        ('[[stages]]\nid="a"\ntype="won"\n[tables.stages]\nfile="s.csv"', "told twice"),
        ('currency = "USX"', "currency: unknown currency 'USX'"),
        ('currency = "krw"', "currency: .*did you mean KRW"),
        ('tz = "Asia/Soul"', "tz: .*Asia/Seoul"),
        ('currency="KRW"\n[exchange.rates.USX]\n"2025-01-01"=1', "exchange.rates.USX: unknown"),
        ('currency="KRW"\n[exchange.rates.USD]', "exchange: USD has no rate"),
        ('currency="KRW"\n[exchange]', "exchange: give rates, or a file"),
        ('currency="KRW"\n[exchange.rates.USD]\n"2025-01-01"=-1', "USD.2025-01-01: -1 is no rate"),
        ('currency="KRW"\n[exchange.rates.USD]\n"2025-01-01"=0', "USD.2025-01-01: 0 is no rate"),
        ('currency="KRW"\n[exchange.rates.USD]\n"2025-02-30"=1', "USD.2025-02-30: .*exist"),
        ('currency="KRW"\n[exchange.rates.KRW]\n"2025-02-03"=1', "exchange: KRW needs no rate"),
        ('[exchange.rates.USD]\n"2025-01-01"=1', "exchange: .*reporting currency"),
        ('currency="KRW"\nexchange = {file = "no.csv"}', "exchange.file: there is no file"),
        ('owners = "no.csv"', "owners: there is no file"),
        ('targets = "no.csv"', "targets: there is no file"),
        ('preset = "no.toml"', "preset: there is no preset file"),
        ('preset = "mavn"', "preset: .*maven"),
        ('preset = "maven"\noptions = ["x"]', "preset: .*list_price"),
        ('[tables.deal]\nfile = "x.csv"', "tables.deal: .*Did you mean 'deals'"),
        ('[tables.deals.columns]\nidd = "x"', "tables: .*Did you mean 'id'"),
        ('[[targets]]\nkpi = "bookings"', "targets.0: a target names"),
        ('[[targets]]\nkpi = "bookings"\nvalue = 3\nwho = "x"', "targets.0.who: no such key"),
        ('tz="UTC"\n[calendar]\nhours="9-18"', "calendar: hours '9-18'"),
        ('[calendar]\nhours="09:00-18:00"', "calendar: .*time zone"),
        ('tz="UTC"\n[calendar]\nholidays=[2025-01-01]', "calendar: .*needs hours"),
        ('[calendar]\nholidays=["2025-02-30"]', "calendar.holidays.0: 2025-02-30 does not exist"),
        ("[calendar]\nholidays=[2025-02-30]", "not TOML.*line 2"),
        ("[calendar]\nholidays=[20250101]", "calendar.holidays.0: a day is expected"),
        ("[calendar]\nholidays=[2025-01-01T09:00:00]", "calendar.holidays.0: a day"),
        ('[calendar]\nspecial = { "monday" = "10:00-12:00" }', "calendar.special.monday: a day"),
        ('[calendar.fiscal]\nfirst_month=13\nnamed_after="end"', "fiscal.first_month: .*not 13"),
        ('[calendar.fiscal]\nfirst_month=4\nnamed_after="middle"', "named_after: .*'start' or"),
        ("[calendar.fiscal]\nfirst_month=4", "calendar.fiscal.named_after: is needed"),
        ("tz = ", "not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    told = wrong(tmp_path, text)
    assert re.search(says, told), told


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    told = wrong(tmp_path, 'tz = "x"\ncurrency = "y"\n[[stages]]\nid="a"\ntype="b"')
    assert [line.partition(":")[0] for line in told.split("\n")] == [
        "tz", "currency", "stages.0.type",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("currency,day\nUSD,2025-01-01\n", "columns currency, day, rate are expected"),
        ("currency,day,rate\nUSX,2025-01-01,1\n", "r.csv line 2: unknown currency"),
        ("currency,day,rate\nUSD,2025-02-30,1\n", "r.csv line 2: not a date that exists"),
        ("currency,day,rate\nUSD,2025-01-01,1\nUSD,2025-01-01,2\n", "line 3: USD has a rate"),
        ("currency,day,rate\nUSD,2025-01-01,0\n", "line 2: the rate is 0"),
        ("currency,day,rate\nUSD,2025-01-01,\n", "line 2: a day and a rate are needed"),
        ("currency,day,rate\nUSD,2025-01-01\n", "line 2: not as many values"),
        ("currency,day,rate\nUSD,2025-01-01T09:00:00,3\n", "line 2: .*is no day"),
        ("currency,day,rate\n", "has no rates"),
    ],
)
def test_a_file_of_rates_is_checked(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "r.csv").write_text(content)
    assert re.search(says, wrong(tmp_path, 'currency = "KRW"\nexchange = {file = "r.csv"}'))


def test_there_is_no_search_beside_the_data_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = folder / "below"
    below.mkdir()
    monkeypatch.chdir(folder)
    assert config_in(below) is None
    assert config_in(folder / "export.csv") is None
    assert config_in(folder) == folder / "salesmetrics.toml"
    assert sm.read(folder).currency == sm.read(folder, config=folder / "salesmetrics.toml").currency
    with pytest.raises(sm.SalesMetricsError):
        sm.read(folder, config=sm.Config())  # the one of the folder is not used


def test_a_wrong_roster_is_told_with_its_line(folder: Path) -> None:
    (folder / "team.csv").write_text("id,team\nana,north\nana,south\n")
    with pytest.raises(sm.DataError, match=r"team.csv line 3"):
        sm.read(folder, config=folder / "salesmetrics.toml")


# the command -------------------------------------------------------------------------------------


def run(*arguments: str) -> int:
    try:
        return main(arguments)
    except SystemExit as left:
        return int(left.code or 0)


def test_the_command_says_which_file_it_used(folder: Path, capsys: Capture) -> None:
    code = run("snapshot", str(folder), "--period", "FY2025-Q1", "--kpis", "bookings",
               "--format", "json")  # fmt: skip
    said = capsys.readouterr()
    assert code == 0, said.err
    assert f"configuration: {folder / 'salesmetrics.toml'}" in said.err
    document = json.loads(said.out)
    assert document["periods"][0]["start"] == "2025-03-01"
    assert document["kpis"][0]["figures"][0]["exact"] == "3801"
    assert "no target is for FY2025-Q1" in said.err


def test_its_targets_are_measured_against(folder: Path, capsys: Capture) -> None:
    code = run("snapshot", str(folder), "--period", "2025-Q1", "--kpis", "bookings",
               "--format", "json")  # fmt: skip
    said = capsys.readouterr()
    assert code == 0, said.err
    assert '"1000000"' in said.out


def test_a_named_file_comes_first(folder: Path, capsys: Capture) -> None:
    other = folder / "other.toml"
    other.write_text(GOOD.replace('"Asia/Seoul"', '"UTC"'))
    # 1: an amount of a day without a rate is an error
    assert run("check", str(folder), "--config", str(other), "--format", "json") == 1
    said = capsys.readouterr()
    assert f"configuration: {other}" in said.err
    assert "salesmetrics.toml" not in said.err


def test_no_configuration_is_not_mentioned(capsys: Capture) -> None:
    assert run("check", str(MAVEN), "--preset", "maven", "--format", "json") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (GOOD.replace("FY2025-Q1", "2025-Q1"), 0, "fine; it says preset"),
        ("", 0, "fine; it says nothing"),
        ("tzz = 1", 1, "tzz"),
        ('[[targets]]\nkpi = "win_rat"\nvalue = 0.3', 2, "win_rate"),
        (None, 2, "there is no configuration file"),
    ],
)
def test_config_check(
    folder: Path, capsys: Capture, text: str | None, code: int, says: str
) -> None:
    file = folder / "c.toml"
    if text is not None:
        file.write_text(text.replace('tz = "Asia', 'preset = "maven"\ntz = "Asia'))
    assert run("config", "check", str(file)) == code
    said = capsys.readouterr()
    assert says in (said.out if code == 0 else said.err)
    assert (said.err == "") == (code == 0)


# the schema --------------------------------------------------------------------------------------


def test_the_published_schema_is_that_of_the_code(capsys: Capture) -> None:
    published = (ROOT / "docs" / "config.schema.json").read_text(encoding="utf-8")
    command = "salesmetrics config schema > docs/config.schema.json"
    assert published == schema_text(), command
    assert run("config", "schema") == 0
    assert capsys.readouterr().out == published


def plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, date) else value


@pytest.mark.parametrize(
    ("text", "fits"),
    [(GOOD, True), ("tzz = 1", False), ('[[stages]]\nid="a"\ntype="b"', False)],
)
def test_an_editor_with_the_schema_agrees(text: str, fits: bool) -> None:
    checker = jsonschema.Draft202012Validator(json.loads(schema_text()))
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text()))
    assert checker.is_valid(plain(tomllib.loads(text))) == fits


ASKING = """
currency = "USD"
period = "2025-Q1"
on_error = "collect"
[assumptions]
target = 1000
margin = 0.75
active_for_days = "none"
"""
SOLD = (
    "id,created_at,closed_at,outcome,amount\n1,2025-01-02,2025-02-03,won,400\n"
    "2,2025-01-02,2025-02-30,won,1\n3,2025-01-05,,,300\n"
)


def test_what_commands_are_not_told_it_says(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "salesmetrics.toml").write_text(ASKING)
    (tmp_path / "deals.csv").write_text(SOLD)
    asked = ["snapshot", str(tmp_path), "--kpis", "bookings,required_pipeline", "--format", "json"]
    assert main([*asked, "--as-of", "2025-02-10"]) == 0
    shown, said = capsys.readouterr()
    made = json.loads(shown)
    assert [one["label"] for one in made["periods"]] == ["2025-Q1"]
    assert made["assumptions"] == {"active_for_days": "None", "margin": "0.75", "target": "1000"}
    needed = next(one for one in made["kpis"] if one["kpi"] == "required_pipeline")
    assert needed["figures"][0]["value"] == 600
    assert "1 cell could not be read and count as missing" in said
    # What an argument says comes first.
    assert main([*asked, "--period", "2025-02", "--assume", "target=500"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert [one["label"] for one in made["periods"]] == ["2025-02"]
    assert made["assumptions"]["target"] == "500"
    assert main(["snapshot", str(tmp_path), "--kpis", "active_customers", "--assume",
                 "active_for_days=365"]) == 0  # fmt: skip
    assert "needs deals.customer" in capsys.readouterr().out
    assert main([*asked, "--on-error", "raise"]) == 1
    assert "2025-02-30" in capsys.readouterr().err
    (tmp_path / "salesmetrics.toml").write_text(ASKING.replace('period = "2025-Q1"', ""))
    assert main(asked) == 2
    assert "--period is needed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "says", "code"),
    [
        ('period = "2025-Q5"', "period.0", 1),
        ("period = 2025", "period", 1),
        ('on_error = "ignore"', "on_error", 1),
        ("[assumptions]\nmarign = 0.5", "margin", 2),
        ("[assumptions]\nmargin = 2025-01-01", "assumptions.margin", 1),
    ],
)
def test_wrong_ones_are_told(
    tmp_path: Path, capsys: Capture, text: str, says: str, code: int
) -> None:
    file = tmp_path / "salesmetrics.toml"
    file.write_text(text)
    assert main(["config", "check", str(file)]) == code
    assert says in capsys.readouterr().err


def test_a_file_that_a_table_is_told_to_be_in_has_to_be_there(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text("id,created_at,outcome\n1,2025-01-01,open\n", "utf-8")
    (tmp_path / "salesmetrics.toml").write_text('[tables.leads]\nfile = "people.csv"\n', "utf-8")
    with pytest.raises(sm.NotFoundError, match=r"tables.leads.file: there is no 'people.csv' in"):
        sm.read(tmp_path)
    (tmp_path / "people.csv").write_text("id,created_at\n1,2025-02-01\n", "utf-8")
    assert len(sm.read(tmp_path).leads) == 1


def test_a_table_told_in_part_keeps_our_names_and_the_others(tmp_path: Path) -> None:
    """A file, or how cells are written, said alone: no columns are lost, and no other table."""
    (tmp_path / "people.csv").write_text("id,created_at\n1,01.02.2025\n", "utf-8")
    (tmp_path / "deals.csv").write_text("id,created_at,outcome\n1,2025-01-01,open\n", "utf-8")
    (tmp_path / "salesmetrics.toml").write_text(
        '[tables.leads]\nfile = "people.csv"\n[tables.leads.format]\n'
        'created_at = { date = "%d.%m.%Y" }\n',
        "utf-8",
    )
    crm = sm.read(tmp_path)
    assert (len(crm.leads), len(crm.deals), crm.not_read, crm.not_found) == (1, 1, (), ())
    assert sm.lead_volume(crm.leads, "2025-02").value == 1
    assert sm.deals_created(crm.deals, "2025-01").value == 1
