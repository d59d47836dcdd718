"""Every preset reads its source's own shape: the same three deals in each, and one deleted."""

from __future__ import annotations

import csv
import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.errors import ColumnError, DataError, NotFoundError, SalesMetricsError
from salesmetrics.io import preset, presets
from salesmetrics.io.propose import columns, columns_text, mapping_text

FIXTURES = Path(__file__).parent / "fixtures"
FORMATS = Path(__file__).parents[2] / "shared" / "data" / "crm_formats"
WON, LOST, OPEN = 22_700.5, 8_000, 15_000


def told(crm: sm.CRM) -> dict[str, Any]:
    """What a reader of the three deals has to find, through figures alone."""
    deals = crm.deals
    june = sm.period("2021-06")
    return {
        "rows": len(deals),
        "won": sm.bookings(deals, "2021-04").value,
        "win rate": sm.win_rate(deals).value,
        "lost in May": sm.win_rate(deals, "2021-05").value,
        "open in June": sm.open_pipeline(deals, june).value,
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
    "open in June": OPEN,
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
    assert crm.files[0].left_out == {"footer of the report": 3}
    chances = crm.deals.numbers("probability")
    assert (chances.values / chances.scale).tolist() == [1, 0, 0.9]


def test_salesmap_with_its_korean_names() -> None:
    crm = sm.read(FIXTURES / "salesmap", preset="salesmap")
    assert told(crm) == EXPECTED | {"won": 22_700_000, "open in June": 15_000_000}
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


def rows_of(name: str) -> list[dict[str, Any]]:
    with (FIXTURES / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def snake(name: str) -> str:
    made = "".join("_" + c.lower() if c.isupper() else c for c in name).strip("_")
    return made.replace("__c", "_c") if made.endswith("__c") else made


def put(path: Path, table: str, rows: list[dict[str, Any]], schema: str = "") -> None:
    """A table of a warehouse: in SQLite, or in DuckDB where a schema is named."""
    names = list(rows[0])
    listed = ", ".join(f'"{name}" text' for name in names)
    marks = ", ".join("?" for _ in names)
    if schema:
        duckdb = pytest.importorskip("duckdb")
        connection = duckdb.connect(str(path))
        connection.execute(f"create schema if not exists {schema}")
        table = f"{schema}.{table}"
    else:
        connection = sqlite3.connect(path)
    connection.execute(f"create table {table} ({listed})")
    cells = [[None if v in ("", None) else v for v in row.values()] for row in rows]
    connection.executemany(f"insert into {table} values ({marks})", cells)
    connection.commit()
    connection.close()


def test_dlt_salesforce_in_duckdb(tmp_path: Path) -> None:
    rows = [{snake(k): v for k, v in row.items()} for row in rows_of("salesforce/Opportunity.csv")]
    older = dict(rows[0], system_modstamp="2021-01-12T00:00:00.000Z", amount="1")
    path = tmp_path / "warehouse.duckdb"
    put(path, "opportunity", [older, *rows], "salesforce")
    crm = sm.read(path, preset="dlt_salesforce", tz="Asia/Seoul", currency="USD")
    found = told(crm)
    assert found == EXPECTED
    assert dict(crm.files[0].left_out) == {
        "is_deleted = true": 1, "older copies of the same id": 1,
    }  # fmt: skip


def hubspot_rows() -> list[dict[str, Any]]:
    document = json.loads((FIXTURES / "hubspot" / "deals.json").read_text("utf-8"))
    return [row for row in document["results"] if not row["archived"]]


STAGES = [("contractsent", "Contract", 1, "false", "0.9"), ("closedwon", "Won", 2, "true", "1.0"),
          ("closedlost", "Lost", 3, "true", "0.0")]  # fmt: skip


def test_dlt_hubspot_tells_won_from_the_metadata_of_the_stages(tmp_path: Path) -> None:
    wanted = ("dealname", "dealstage", "pipeline", "amount", "closedate", "createdate",
              "hs_object_id", "hs_lastmodifieddate", "hubspot_owner_id")  # fmt: skip
    deals = [{"id": r["id"]} | {k: r["properties"][k] for k in wanted} for r in hubspot_rows()]
    keys = ("id", "label", "display_order", "metadata__is_closed", "metadata__probability")
    path = tmp_path / "warehouse.db"
    put(path, "deals", deals)
    put(
        path, "pipelines_deals__stages", [dict(zip(keys, map(str, s), strict=True)) for s in STAGES]
    )
    crm = sm.read(path, preset="dlt_hubspot", tz="Asia/Seoul", currency="USD")
    assert told(crm) == EXPECTED
    # Without the stages nothing says which deals are open, and nothing is guessed.
    put(tmp_path / "only.db", "deals", deals)
    with pytest.raises(ColumnError, match="nothing says which deals are open"):
        sm.read(tmp_path / "only.db", preset="dlt_hubspot", tz="Asia/Seoul", currency="USD")


def test_dlt_pipedrive(tmp_path: Path) -> None:
    document = json.loads((FIXTURES / "pipedrive" / "deals.json").read_text("utf-8"))
    rows = [
        {k: v for k, v in row.items() if not isinstance(v, dict)}
        | {f"{k}__{f}": g for k, v in row.items() if isinstance(v, dict) for f, g in v.items()}
        for row in document["data"]
    ]
    names = list(dict.fromkeys(name for row in rows for name in row))
    path = tmp_path / "warehouse.db"
    put(path, "deals", [{name: row.get(name) for name in names} for row in rows])
    crm = sm.read(path, preset="dlt_pipedrive", tz="Asia/Seoul")
    assert told(crm) == EXPECTED
    assert sm.bookings(crm.deals, by="owner").at(owner="7").value == WON


def test_fivetran_salesforce_and_hubspot(tmp_path: Path) -> None:
    rows = [
        {snake(k): v.replace("T", " ").removesuffix(".000Z") if k == "CreatedDate" else v
         for k, v in row.items()} | {"_fivetran_synced": "2021-07-01 00:00:00", "_fivetran_active": "true"}
        for row in rows_of("salesforce/Opportunity.csv")
    ]  # fmt: skip
    path = tmp_path / "sf.db"
    put(path, "opportunity", rows)
    assert (
        told(sm.read(path, preset="fivetran_salesforce", tz="Asia/Seoul", currency="USD"))
        == EXPECTED
    )
    deals = [
        {
            "deal_id": r["id"], "is_deleted": "false", "deal_pipeline_stage_id": r["properties"]["dealstage"],
            "owner_id": r["properties"]["hubspot_owner_id"],
            "property_amount": r["properties"]["amount"],
            "property_closedate": r["properties"]["closedate"][:19].replace("T", " "),
            "property_createdate": r["properties"]["createdate"][:19].replace("T", " "),
        }
        for r in hubspot_rows()
    ]  # fmt: skip
    stages = [
        {"stage_id": i, "label": n, "display_order": str(o), "is_closed": c,
         "closed_won": str(p == "1.0").lower(), "probability": p}
        for i, n, o, c, p in STAGES
    ]  # fmt: skip
    path = tmp_path / "hs.db"
    put(path, "deal", deals)
    put(path, "deal_pipeline_stage", stages)
    assert (
        told(sm.read(path, preset="fivetran_hubspot", tz="Asia/Seoul", currency="USD")) == EXPECTED
    )


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
