"""Every preset reads its source's own shape: the same three deals in each, and one deleted."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from warehouses import FIXTURES, dlt_hubspot_deals, hubspot_rows, made, put

import salesmetrics as sm
from salesmetrics.errors import ColumnError, DataError, NotFoundError, SalesMetricsError
from salesmetrics.io import preset, presets
from salesmetrics.io.propose import columns, columns_text, mapping_text

FORMATS = Path(__file__).parents[2] / "shared" / "data" / "crm_formats"
WON, LOST, OPEN = 22_700.5, 8_000, 15_000


def told(crm: sm.CRM) -> dict[str, Any]:
    """What a reader of the three deals has to find, through figures alone."""
    deals = crm.deals
    may = sm.period("2021-05")
    return {
        "rows": len(deals),
        "won": sm.bookings(deals, "2021-04").value,
        "win rate": sm.win_rate(deals).value,
        "lost in May": sm.win_rate(deals, "2021-05").value,
        "open after May": sm.open_pipeline(deals, may).value,
        "expected": deals.times("expected_close_at").days.tolist()[2],
        "created in Seoul": [
            sm.deals_created(deals, day).value for day in ("2021-01-11", "2021-02-02")
        ],
    }


EXPECTED = {
    "rows": 3,
    "won": WON,
    "win rate": 0.5,
    "lost in May": 0.0,
    "open after May": OPEN,
    "expected": (date(2021, 8, 31) - date(1970, 1, 1)).days,
    # 2021-02-01T23:30 in UTC is the 2nd of February in Seoul, if a time of day is known.
    "created in Seoul": [1, 1],
}


@pytest.mark.parametrize(
    "name", ["salesforce", "hubspot", "hubspot_export", "pipedrive", "pipedrive_export", "zoho"]
)
def test_each_source_gives_the_same_deals(name: str) -> None:
    crm = sm.read(FIXTURES / name, preset=name, tz="Asia/Seoul", currency="USD")
    wanted = dict(EXPECTED)
    if name.startswith("pipedrive"):
        # 15:30 in UTC is the 16th in Seoul: still April, so the month does not show it.
        assert sm.bookings(crm.deals, "2021-04-16").value == WON
    assert told(crm) == wanted


def test_a_salesforce_report_without_its_footer_and_its_signs() -> None:
    crm = sm.read(FIXTURES / "salesforce_report", preset="salesforce_report", currency="USD")
    found = told(crm)
    assert found == EXPECTED | {"created in Seoul": [1, 0]}  # the report has days, not times
    assert crm.files[0].left_out == {"lines below the rows": 3}
    chances = crm.deals.numbers("probability")
    assert (chances.values / chances.scale).tolist() == [1, 0, 0.9]


def test_salesmap_with_its_korean_names() -> None:
    crm = sm.read(FIXTURES / "salesmap", preset="salesmap")
    assert told(crm) == EXPECTED | {"won": 22_700_000, "open after May": 15_000_000}
    assert crm.deals.currency == "KRW"
    assert [cell.group for cell in sm.deals_created(crm.deals, by="team").rows()] == [
        ("동부",), ("동부, 신규",), (None,),
    ]  # fmt: skip
    # A word of the workspace's own is refused, by name.
    rows = json.loads((FIXTURES / "salesmap" / "deal.json").read_text("utf-8"))["data"]["dealList"]
    rows[2]["상태"] = "SQL"
    with pytest.raises(DataError, match="outcome = 'SQL': not one of open, won, lost"):
        sm.read({"deals": rows}, preset="salesmap")


def test_deleted_rows_are_left_out_and_counted() -> None:
    assert _left_out("salesforce") == {"IsDeleted = true": 1}
    assert _left_out("hubspot") == {"archived = true": 1}
    assert _left_out("pipedrive") == {"status = deleted": 1}


def _left_out(name: str) -> dict[str, int]:
    crm = sm.read(FIXTURES / name, preset=name, tz="UTC", currency="USD")
    return next(dict(file.left_out) for file in crm.files if file.table == "deals")


def test_links_of_a_folder_of_salesforce() -> None:
    crm = sm.read(FIXTURES / "salesforce", preset="salesforce", tz="UTC", currency="USD")
    cells = sm.bookings(crm.deals, by="customer.industry").rows()
    assert {cell.group[0]: cell.value for cell in cells} == {"Food": WON, "Steel": 0}
    assert sm.bookings(crm.deals, by="Region__c").at(Region__c="Seoul").value == WON


def test_dlt_salesforce_in_duckdb(tmp_path: Path) -> None:
    path = made("dlt_salesforce", tmp_path)
    crm = sm.read(path, preset="dlt_salesforce", tz="Asia/Seoul", currency="USD")
    found = told(crm)
    assert found == EXPECTED
    assert dict(crm.files[0].left_out) == {
        "is_deleted = true": 1, "older copies of the same id": 1,
    }  # fmt: skip


@pytest.mark.parametrize("turn", [1, -1])
def test_of_copies_of_one_moment_what_they_say_tells_which_holds(turn: int, tmp_path: Path) -> None:
    """The newer; of several of one moment, or of none, the last by what they say."""
    (tmp_path / "own.toml").write_text(
        'title = "own"\n[deals]\nfile = "deals.csv"\nlatest_by = ["at"]\n[deals.columns]\n'
        'id = "id"\nowner = "owner"\ncreated_at = "day"\noutcome = "is"\n'
    )
    lines = [
        "a,ana,2025-01-05,open,2025-03-01", "a,bo,2025-01-05,open,2025-03-01",
        "a,zoe,2025-01-05,open,2025-02-01", "b,ana,2025-01-06,open,", "b,bo,2025-01-06,open,",
        "c,ana,2025-01-07,open,", "c,ana,2025-01-07,open,2025-01-01",
    ]  # fmt: skip
    text = "\n".join(["id,owner,day,is,at", *lines[::turn]])
    (tmp_path / "deals.csv").write_text(text, encoding="utf-8")
    crm = sm.read(tmp_path / "deals.csv", preset=tmp_path / "own.toml", currency="USD")
    held = sm.deals_created(crm.deals, "2025-01", by=["owner"])
    assert {cell.group[0]: cell.value for cell in held.rows()} == {"ana": 1, "bo": 2}
    assert dict(crm.files[0].left_out) == {"older copies of the same id": 4}


def test_dlt_hubspot_tells_won_from_the_metadata_of_the_stages(tmp_path: Path) -> None:
    path = made("dlt_hubspot", tmp_path)
    crm = sm.read(path, preset="dlt_hubspot", tz="Asia/Seoul", currency="USD")
    assert told(crm) == EXPECTED
    # Without the stages nothing says which deals are open, and nothing is guessed.
    put(tmp_path / "only.db", "deals", dlt_hubspot_deals())
    with pytest.raises(ColumnError, match="nothing says which deals are open"):
        sm.read(tmp_path / "only.db", preset="dlt_hubspot", tz="Asia/Seoul", currency="USD")


def test_dlt_pipedrive(tmp_path: Path) -> None:
    crm = sm.read(made("dlt_pipedrive", tmp_path), preset="dlt_pipedrive", tz="Asia/Seoul")
    assert told(crm) == EXPECTED
    assert sm.bookings(crm.deals, by="owner").at(owner="7").value == WON


@pytest.mark.parametrize("name", ["fivetran_salesforce", "fivetran_hubspot"])
def test_fivetran(name: str, tmp_path: Path) -> None:
    path = made(name, tmp_path)
    assert told(sm.read(path, preset=name, tz="Asia/Seoul", currency="USD")) == EXPECTED


def test_airbyte_hubspot_flat_and_nested() -> None:
    flat = [
        {"id": r["id"], "archived": False}
        | {f"properties_{name}": value for name, value in r["properties"].items()}
        for r in hubspot_rows()
    ]
    for rows in (flat, hubspot_rows()):
        crm = sm.read({"deals": rows}, preset="airbyte_hubspot", tz="Asia/Seoul", currency="USD")
        assert told(crm) == EXPECTED


@pytest.mark.skipif(not FORMATS.is_dir(), reason="the shared data are not beside the project")
@pytest.mark.parametrize(
    ("file", "name", "left_out"),
    [
        ("salesforce/sf_opportunity_data.csv", "fivetran_salesforce", True),
        ("hubspot/deal_data.csv", "fivetran_hubspot", False),
    ],
)
def test_seeds_in_the_real_warehouse_formats(file: str, name: str, left_out: bool) -> None:
    with (FORMATS / file).open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    deleted = sum(row["is_deleted"].lower() == "true" for row in rows)
    if name == "fivetran_hubspot":  # the seed names no stage and no closing: all are open
        columns_ = {
            k: [r[k] or None for r in rows if r["is_deleted"].lower() != "true"] for k in rows[0]
        }
        columns_["property_hs_is_closed"] = ["false"] * (len(rows) - deleted)
        columns_["property_hs_is_closed_won"] = ["false"] * (len(rows) - deleted)
        crm = sm.read({"deals": columns_}, preset=name, tz="UTC", currency="USD")
    else:
        crm = sm.read(FORMATS / file, preset=name, tz="UTC", currency="USD")
        assert sum(crm.files[0].left_out.values()) == deleted
    assert len(crm.deals) == len(rows) - deleted
    assert (deleted > 0) is left_out


def test_all_presets_are_data_that_loads() -> None:
    wanted = {"salesforce", "salesforce_report", "hubspot", "hubspot_export", "pipedrive",
              "pipedrive_export", "zoho", "salesmap", "dlt_salesforce", "dlt_hubspot",
              "dlt_pipedrive", "fivetran_salesforce", "fivetran_hubspot", "airbyte_hubspot",
              "maven"}  # fmt: skip
    assert wanted <= set(presets())
    assert all("deals" in preset(name).tables for name in wanted)


def test_columns_proposes_the_preset_and_its_mapping_reads(tmp_path: Path) -> None:
    for name in ("salesforce", "salesforce_report", "hubspot", "hubspot_export", "pipedrive_export",
                 "zoho", "salesmap"):  # fmt: skip
        file = next(f for f in sorted((FIXTURES / name).iterdir()) if f.stem.lower() != "account")
        read = columns(file)
        assert read[0].proposals[0][0] == name, name
        assert read[0].table == "deals"
        assert "id" in read[0].matched
        own = tmp_path / f"{name}.toml"
        own.write_text(mapping_text(read), encoding="utf-8")
        crm = sm.read(file, preset=own, tz="Asia/Seoul", currency=preset(name).currency or "USD")
        assert sm.win_rate(crm.deals).value == 0.5
        assert name in columns_text(read)


def test_a_preset_says_what_it_does_not_know(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"preset 'salesfroce' is not known.*salesforce"):
        sm.read(FIXTURES / "salesforce", preset="salesfroce")
    own = tmp_path / "own.toml"
    own.write_text('title = "x"\n[deals.columns]\nammount = "Value"\n', encoding="utf-8")
    with pytest.raises(SalesMetricsError, match=r"'ammount' is not known.*'amount'"):
        preset(own)
    own.write_text('title = "x"\n[deals.format]\namount = { thousand = "," }\n', encoding="utf-8")
    with pytest.raises(SalesMetricsError, match="thousand"):
        preset(own)


def test_the_command_shows_columns_and_writes_a_mapping(capsys: pytest.CaptureFixture[str]) -> None:
    from salesmetrics.cli import main

    path = str(Path(__file__).parent / "fixtures" / "hubspot_export" / "deals.csv")
    assert main(["columns", path]) == 0
    shown = capsys.readouterr().out
    assert "deals by the preset 'hubspot_export'" in shown
    assert "id = Record ID" in shown
    assert "unknown   Deal Type" in shown
    assert main(["columns", path, "--mapping"]) == 0
    assert 'extends = "hubspot_export"' in capsys.readouterr().out
    assert (
        main(["check", path, "--preset", "hubspot_export", "--currency", "USD", "--tz", "UTC"]) == 0
    )
    assert main(["columns", "nowhere.csv"]) == 2
