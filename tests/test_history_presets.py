"""Histories of deals as CRMs export them, read by their presets as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm

OPPORTUNITIES = (
    "Id,CreatedDate,CloseDate,Amount,StageName,IsClosed,IsWon,IsDeleted\n"
    "A,2025-01-01T00:00:00Z,2025-03-01,300,Closed Won,1,1,0\n"
    "B,2025-01-01T00:00:00Z,2025-06-01,50,Prospecting,0,0,0\n"
    "X,2025-01-01T00:00:00Z,2025-06-01,99,Prospecting,0,0,1\n"
)
SNAPSHOTS = (
    "Id,OpportunityId,StageName,Amount,CloseDate,CreatedDate,IsDeleted\n"
    "1,A,Prospecting,100,2025-02-01,2025-01-01T00:00:00Z,false\n"
    "2,A,Prospecting,300,2025-03-01,2025-02-10T00:00:00Z,false\n"
    "3,A,Closed Won,300,2025-03-01,2025-03-01T00:00:00Z,false\n"
    "4,B,Prospecting,50,2025-06-01,2025-01-01T00:00:00Z,false\n"
    "5,X,Prospecting,99,2025-06-01,2025-01-01T00:00:00Z,false\n"
)
FIELDS = (
    "Id,OpportunityId,Field,OldValue,NewValue,CreatedDate,IsDeleted\n"
    "1,A,created,,,2025-01-01T00:00:00Z,false\n"
    "2,A,Amount,100,300,2025-02-10T00:00:00Z,false\n"
    "3,A,CloseDate,2025-02-01,2025-03-01,2025-02-10T00:00:00Z,false\n"
    "4,A,StageName,Prospecting,Closed Won,2025-03-01T00:00:00Z,false\n"
    "5,X,Amount,1,99,2025-02-10T00:00:00Z,false\n"
)


@pytest.mark.parametrize(
    ("name", "text"), [("OpportunityHistory", SNAPSHOTS), ("OpportunityFieldHistory", FIELDS)]
)
def test_salesforce_histories(tmp_path: Path, name: str, text: str) -> None:
    """A was worth 100 and due in February until it was put off on the 10th, and won on March 1."""
    (tmp_path / "Opportunity.csv").write_text(OPPORTUNITIES, encoding="utf-8")
    (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    crm = sm.read(tmp_path, preset="salesforce", currency="USD", tz="UTC")
    assert crm.not_read == ()
    deals = crm.deals
    assert set(deals.history.tracks) == {"stage", "amount", "expected_close_at"}
    piped = sm.open_pipeline(deals, ["2025-01", "2025-02", "2025-03"])
    assert [cell.value for cell in piped.rows()] == [150, 350, 50]
    assert sm.slip_rate(deals, "2025-02").value == 1
    lost = {file.table: dict(file.left_out) for file in crm.files}
    assert lost["amount_changes"]["of deals that are left out"] == 1


def test_both_histories_of_salesforce_are_no_clash(tmp_path: Path) -> None:
    (tmp_path / "Opportunity.csv").write_text(OPPORTUNITIES, encoding="utf-8")
    (tmp_path / "OpportunityHistory.csv").write_text(SNAPSHOTS, encoding="utf-8")
    (tmp_path / "OpportunityFieldHistory.csv").write_text(FIELDS, encoding="utf-8")
    crm = sm.read(tmp_path, preset="salesforce", currency="USD", tz="UTC")
    assert crm.not_read == ("OpportunityFieldHistory.csv",)


def test_a_history_of_stages_alone_is_one_of_stages(tmp_path: Path) -> None:
    (tmp_path / "Opportunity.csv").write_text(OPPORTUNITIES, encoding="utf-8")
    (tmp_path / "OpportunityHistory.csv").write_text(
        "OpportunityId,StageName,CreatedDate\nA,Prospecting,2025-01-01\nA,Closed Won,2025-03-01\n",
        encoding="utf-8",
    )
    crm = sm.read(tmp_path, preset="salesforce", currency="USD", tz="UTC")
    assert set(crm.deals.history.tracks) == {"stage"}


def test_the_property_history_of_hubspot(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(
        "hs_object_id,createdate,closedate,amount,dealstage,hs_is_closed,hs_is_closed_won\n"
        "1,2025-01-01T00:00:00Z,2025-06-01T00:00:00Z,300,b,false,false\n",
        encoding="utf-8",
    )
    (tmp_path / "deal_property_history.csv").write_text(
        "deal_id,name,value,timestamp\n1,dealstage,a,2025-01-01T00:00:00Z\n"
        "1,dealstage,b,2025-02-10T00:00:00Z\n1,amount,100,2025-01-01T00:00:00Z\n"
        "1,amount,300,2025-02-10T00:00:00Z\n1,hs_lastmodifieddate,x,2025-02-10T00:00:00Z\n",
        encoding="utf-8",
    )
    deals = sm.read(tmp_path, preset="hubspot", currency="USD", tz="UTC").deals
    piped = sm.open_pipeline(deals, ["2025-01", "2025-02"])
    assert [cell.value for cell in piped.rows()] == [100, 300]
    by = sm.open_deals(deals, "2025-01", by="stage")
    assert {cell.group[0]: cell.value for cell in by.rows() if cell.value} == {"a": 1}


def test_the_flow_of_pipedrive(tmp_path: Path) -> None:
    (tmp_path / "deals.json").write_text(json.dumps({"data": [
        {"id": 1, "title": "x", "value": 300, "currency": "USD", "status": "open", "stage_id": 2,
         "add_time": "2025-01-01 00:00:00", "expected_close_date": "2025-06-01"},
    ]}), encoding="utf-8")  # fmt: skip

    def change(key: str, old: Any, new: Any, at: str) -> dict[str, Any]:
        data = {"item_id": 1, "field_key": key, "old_value": old, "new_value": new, "log_time": at}
        return {"object": "dealChange", "timestamp": at, "data": data}

    flow = [
        change("add_time", None, "2025-01-01 00:00:00", "2025-01-01 00:00:00"),
        change("value", "100", "300", "2025-02-10 09:00:00"),
        change("stage_id", "1", "2", "2025-02-10 09:00:00"),
        {"object": "note", "timestamp": "2025-02-11 09:00:00", "data": {"id": 7}},
    ]
    (tmp_path / "flow.json").write_text(json.dumps({"data": flow}), encoding="utf-8")
    deals = sm.read(tmp_path, preset="pipedrive", currency="USD", tz="UTC").deals
    piped = sm.open_pipeline(deals, ["2025-01", "2025-02"])
    assert [cell.value for cell in piped.rows()] == [100, 300]
    by = sm.open_deals(deals, "2025-01", by="stage")
    assert {cell.group[0]: cell.value for cell in by.rows() if cell.value} == {"1": 1}
