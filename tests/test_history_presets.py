"""Histories of deals as CRMs export them, read by their presets as they are."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
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
    assert set(deals.history.fields) == {"stage", "amount", "expected_close_at"}
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


def test_the_expected_closes_of_hubspot(tmp_path: Path) -> None:
    """Due in March at its start are 1 to 3: 1 was put off to April, 3 passed, 2 was won in time."""
    (tmp_path / "deals.csv").write_text(
        "hs_object_id,createdate,closedate,amount,dealstage,hs_is_closed,hs_is_closed_won\n"
        "1,2025-01-01T00:00:00Z,2025-04-15T00:00:00Z,10,a,false,false\n"
        "2,2025-01-01T00:00:00Z,2025-03-22T09:00:00Z,20,won,true,true\n"
        "3,2025-01-01T00:00:00Z,2025-03-30T00:00:00Z,30,a,false,false\n"
        "4,2025-04-10T00:00:00Z,2025-05-01T00:00:00Z,40,a,false,false\n",
        encoding="utf-8",
    )
    moves = [
        (1, "2025-03-20T00:00:00Z", "2025-01-01T00:00:00Z"),
        (1, "2025-04-15T00:00:00Z", "2025-03-10T08:00:00Z"),
        (2, "2025-03-25T00:00:00Z", "2025-01-01T00:00:00Z"),
        (2, "2025-03-22T09:00:00Z", "2025-03-22T09:00:00Z"),
        (3, "2025-03-30T00:00:00Z", "2025-01-01T00:00:00Z"),
        (4, "2025-05-01T00:00:00Z", "2025-04-10T00:00:00Z"),
    ]
    lines = [f"{deal},closedate,{value},{at}" for deal, value, at in moves]
    (tmp_path / "deal_property_history.csv").write_text(
        "\n".join(["deal_id,name,value,timestamp", *lines]), encoding="utf-8"
    )
    crm = sm.read(tmp_path, preset="hubspot", currency="USD", tz="UTC")
    slipped = sm.slip_rate(crm.deals, "2025-03")
    assert (slipped.value, slipped.parts["due"]) == (2 / 3, 3)
    assert (slipped.parts["moved"], slipped.parts["unmoved"]) == (1, 1)
    assert sm.push_count(crm.deals, "2025-03").value == 1
    assert sm.bookings(crm.deals, "2025-03").value == 20
    assert sm.overdue_deals(crm.deals, "2025-03").value == 1
    assert not crm.deals.history.notes


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


ENTERED = (
    "Record ID,Deal Name,Deal Stage,Amount,Close Date,Create Date,Is Deal Closed?,Is Closed Won,"
    '"Date entered ""Contract Sent (Sales)""","Date entered ""Appointment Scheduled (Sales)""",'
    '"Date entered ""Closed Won (Sales)""",Date entered current stage\n'
    "1,x,Closed Won,1000,2025-02-20 10:00,2025-01-01 09:00,true,true,"
    "2025-02-03 10:00,2025-01-01 09:00,2025-02-20 10:00,2025-02-20 10:00\n"
    "2,y,Contract Sent,500,2025-04-03 10:00,2025-01-11 09:00,false,false,"
    "2025-02-10 10:00,2025-01-11 09:00,,2025-02-10 10:00\n"
)


@pytest.mark.parametrize("name", ["deals", "hubspot-crm-exports-all-deals-2025-02-20"])
def test_the_stage_dates_of_a_hubspot_export(tmp_path: Path, name: str) -> None:
    """At the end of January both were scheduled, although both columns have moved on since."""
    file = tmp_path / f"{name}.csv"
    file.write_text(ENTERED, encoding="utf-8")
    for source in (tmp_path, file):
        crm = sm.read(source, preset="hubspot_export", currency="USD", tz="Asia/Seoul")
        stock = sm.open_deals(crm.deals, ["2025-01", "2025-02"], by="stage")
        assert {(cell.period.label, *cell.group): cell.value for cell in stock if cell.value} == {
            ("2025-01", "Appointment Scheduled"): 2, ("2025-02", "Contract Sent"): 1,
        }  # fmt: skip
        deals, changes = crm.files
        assert deals.unmapped == ("Date entered current stage",)
        assert (changes.table, changes.rows, len(changes.uses["stages entered"])) == (
            "stage_changes", 5, 3,
        )  # fmt: skip


def test_stage_dates_without_the_columns_that_decide(tmp_path: Path) -> None:
    """HubSpot's own stages say the types then, and in which order they stand."""
    cut = [",".join(line.split(",")[:6] + line.split(",")[8:]) for line in ENTERED.splitlines()]
    (tmp_path / "deals.csv").write_text("\n".join(cut), encoding="utf-8")
    crm = sm.read(tmp_path, preset="hubspot_export", currency="USD", tz="Asia/Seoul")
    exits = sm.stage_conversion(crm.deals, "2025-Q1", by="stage")
    sent = exits.at(stage="Contract Sent").parts
    assert (sent["entries"], sent["advanced"], sent["still_there"]) == (2, 1, 1)
    stays = sm.time_in_stage(crm.deals, "2025-Q1", by="stage")
    assert stays.at(stage="Appointment Scheduled").n == 2


def test_a_stage_date_that_is_none_is_named_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(
        ENTERED.replace("2025-02-10 10:00,2025-01-11", "x,2025-01-11")
    )
    with pytest.raises(sm.DataError, match=r"deals.csv line 3, changed_at = 'x'"):
        sm.read(tmp_path, preset="hubspot_export", currency="USD", tz="Asia/Seoul")


def test_the_stage_dates_of_hubspots_api(tmp_path: Path) -> None:
    """A stage that no pipeline has any more stays a column of its own, and is named as unknown."""
    told = {
        "dealstage": "sent", "amount": "300", "createdate": "2025-01-01T00:00:00Z",
        "closedate": "2025-06-01T00:00:00Z", "hs_is_closed": "false", "hs_is_closed_won": "false",
        "hs_v2_date_entered_first_77": "2025-01-01T00:00:00Z",
        "hs_v2_date_entered_sent": "2025-02-10T00:00:00Z", "hs_v2_date_entered_gone": None,
    }  # fmt: skip
    stages = [
        {"id": name, "displayOrder": at, "metadata": {"isClosed": "false", "probability": "0.5"}}
        for at, name in enumerate(("first", "sent"))
    ]
    for name, rows in (("deals", [{"id": "1", "properties": told}]), ("stages", stages)):
        (tmp_path / f"{name}.json").write_text(json.dumps({"results": rows}), encoding="utf-8")
    crm = sm.read(tmp_path, preset="hubspot", currency="USD", tz="UTC")
    stock = sm.open_deals(crm.deals, ["2025-01", "2025-02"], by="stage")
    assert [cell.value for cell in stock.rows()] == [1, 0, 0, 1]
    assert crm.files[0].unmapped == ("properties.hs_v2_date_entered_gone",)


def test_the_line_items_of_hubspot(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(ENTERED, encoding="utf-8")
    (tmp_path / "hubspot-crm-exports-all-line-items-2025-02-20-1.csv").write_text(
        "Record ID,Name,Quantity,Net price,Associated Deal IDs\n1,CRM,2,700,1\n2,BI,1,300,1\n"
        "3,CRM,1,500,2\n",
        encoding="utf-8",
    )
    crm = sm.read(tmp_path, preset="hubspot_export", currency="USD", tz="Asia/Seoul")
    assert crm.not_read == ()
    lines = crm.kpi("line_bookings", "2025-02", by="product")
    assert {cell.group[0]: cell.value for cell in lines if cell.n} == {"BI": 300, "CRM": 700}
    items = [
        {"id": n, "properties": {"name": name, "amount": amount}, "archived": n == 3,
         "associations": {"deals": {"results": [{"id": "1", "type": "line_item_to_deal"}]}}}
        for n, name, amount in ((1, "CRM", "200"), (2, "BI", "100"), (3, "BI", "9"))
    ]  # fmt: skip
    told = {"amount": "300", "createdate": "2025-01-01T00:00:00Z", "hs_is_closed": "true",
            "closedate": "2025-02-01T00:00:00Z", "hs_is_closed_won": "true"}  # fmt: skip
    folder = tmp_path / "api"
    folder.mkdir()
    for name, rows in (("deals", [{"id": "1", "properties": told}]), ("line_items", items)):
        (folder / f"{name}.json").write_text(json.dumps({"results": rows}), encoding="utf-8")
    crm = sm.read(folder, preset="hubspot", currency="USD", tz="UTC")
    lines = crm.kpi("line_bookings", "2025-02", by="product")
    assert {cell.group[0]: cell.value for cell in lines if cell.n} == {"BI": 100, "CRM": 200}


def test_the_stage_table_of_fivetran(tmp_path: Path) -> None:
    """A row for each stage that was entered, beside a property history without any of stages."""
    file = tmp_path / "warehouse.sqlite"
    with closing(sqlite3.connect(file)) as base, base:
        base.executescript("""
            create table deal (deal_id, deal_pipeline_stage_id, property_createdate,
                               property_closedate, property_amount, property_hs_is_closed,
                               property_hs_is_closed_won);
            insert into deal values ('1', 's2', '2025-01-01 09:00:00', null, '300', 0, 0);
            create table deal_pipeline_stage (stage_id, display_order, is_closed, closed_won);
            insert into deal_pipeline_stage values ('s1', 1, 0, 0), ('s2', 2, 0, 0);
            create table deal_stage (deal_id, value, date_entered, _fivetran_active);
            insert into deal_stage values ('1', 's1', '2025-01-01 09:00:00', 'false'),
                                          ('1', 's2', '2025-02-10 9:00:00', 'true');
            create table deal_property_history (deal_id, name, value, timestamp);
            insert into deal_property_history values ('1', 'amount', '100', '2025-01-01 09:00:00'),
                                                     ('1', 'amount', '300', '2025-02-01 09:00:00'),
              ('1', 'closedate', '2025-06-01 00:00:00', '2025-01-01 09:00:00'),
              ('1', 'closedate', '2025-07-01 00:00:00', '2025-02-01 09:00:00');
        """)
    deals = sm.read(file, preset="fivetran_hubspot", currency="USD", tz="UTC").deals
    stock = sm.open_pipeline(deals, ["2025-01", "2025-02"], by="stage")
    assert [(cell.group[0], cell.value) for cell in stock if cell.n] == [("s1", 100), ("s2", 300)]
    assert [sm.push_count(deals, one).value for one in ("2025-01", "2025-02")] == [0, 1]
