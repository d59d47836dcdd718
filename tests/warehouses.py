"""Warehouses that loaders made of the CRMs in `fixtures`, each with the same three deals."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parent / "fixtures"
Row = dict[str, Any]


def rows_of(name: str) -> list[Row]:
    with (FIXTURES / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def snake(name: str) -> str:
    made = "".join("_" + c.lower() if c.isupper() else c for c in name).strip("_")
    return made.replace("__c", "_c") if made.endswith("__c") else made


class LetGo(sqlite3.Connection):
    """A connection that closes with the last cursor that anybody holds of it."""

    def __del__(self) -> None:
        self.close()


def put(path: Path, table: str, rows: list[Row], schema: str = "") -> None:
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


def hubspot_rows() -> list[Row]:
    document = json.loads((FIXTURES / "hubspot" / "deals.json").read_text("utf-8"))
    return [row for row in document["results"] if not row["archived"]]


STAGES = [("contractsent", "Contract", 1, "false", "0.9"), ("closedwon", "Won", 2, "true", "1.0"),
          ("closedlost", "Lost", 3, "true", "0.0")]  # fmt: skip


def dlt_hubspot_deals() -> list[Row]:
    wanted = ("dealname", "dealstage", "pipeline", "amount", "closedate", "createdate",
              "hs_object_id", "hs_lastmodifieddate", "hubspot_owner_id")  # fmt: skip
    return [{"id": r["id"]} | {k: r["properties"][k] for k in wanted} for r in hubspot_rows()]


def dlt_salesforce(path: Path) -> None:
    rows = [{snake(k): v for k, v in row.items()} for row in rows_of("salesforce/Opportunity.csv")]
    older = dict(rows[0], system_modstamp="2021-01-12T00:00:00.000Z", amount="1")
    put(path, "opportunity", [older, *rows], "salesforce")


def dlt_hubspot(path: Path) -> None:
    keys = ("id", "label", "display_order", "metadata__is_closed", "metadata__probability")
    put(path, "deals", dlt_hubspot_deals())
    stages = [dict(zip(keys, map(str, stage), strict=True)) for stage in STAGES]
    put(path, "pipelines_deals__stages", stages)


def dlt_pipedrive(path: Path) -> None:
    document = json.loads((FIXTURES / "pipedrive" / "deals.json").read_text("utf-8"))
    rows = [
        {k: v for k, v in row.items() if not isinstance(v, dict)}
        | {f"{k}__{f}": g for k, v in row.items() if isinstance(v, dict) for f, g in v.items()}
        for row in document["data"]
    ]
    names = list(dict.fromkeys(name for row in rows for name in row))
    put(path, "deals", [{name: row.get(name) for name in names} for row in rows])


def fivetran_salesforce(path: Path) -> None:
    rows = [
        {snake(k): v.replace("T", " ").removesuffix(".000Z") if k == "CreatedDate" else v
         for k, v in row.items()}
        | {"_fivetran_synced": "2021-07-01 00:00:00", "_fivetran_active": "true"}
        for row in rows_of("salesforce/Opportunity.csv")
    ]  # fmt: skip
    put(path, "opportunity", rows)


def fivetran_hubspot(path: Path) -> None:
    deals = [
        {
            "deal_id": r["id"], "is_deleted": "false",
            "deal_pipeline_stage_id": r["properties"]["dealstage"],
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
    put(path, "deal", deals)
    put(path, "deal_pipeline_stage", stages)


LOADED = {
    made.__name__: made
    for made in (dlt_salesforce, dlt_hubspot, dlt_pipedrive, fivetran_salesforce, fivetran_hubspot)
}


def made(preset: str, folder: Path) -> Path:
    """The database as that loader leaves it."""
    path = folder / ("crm.duckdb" if preset == "dlt_salesforce" else "crm.db")
    LOADED[preset](path)
    return path
