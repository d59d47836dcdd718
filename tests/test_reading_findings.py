"""What reading promises beside the figures: columns nobody writes to, currencies, hints, faults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import salesmetrics as sm
from salesmetrics.cli import main
from salesmetrics.columns import Codes, Keys, Numbers, Times
from salesmetrics.io.propose import columns

HEAD = "id,owner,created_at,closed_at,outcome,amount\n"
SALESMAP = "RecordId,이름,금액,상태,마감일\na,하나,1000,Won,2025-01-05\nb,둘,500,Lost,2025-01-06\n"


def arrays(table: Any) -> list[np.ndarray[Any, Any]]:
    found = []
    for column in (*table.columns.values(), *table.given.values(), *table.earlier.values()):
        assert isinstance(column, (Codes, Keys, Numbers, Times))
        parts = [getattr(column, name) for name in type(column).__dataclass_fields__]
        found += [part for part in parts if isinstance(part, np.ndarray)]
    return found


def test_columns_cannot_be_written_to_and_the_givers_arrays_can() -> None:
    given = {
        "id": np.array([1, 2]),
        "customer": np.array([7, 8]),
        "created_at": np.array(["2025-01-01", "2025-01-02"], dtype="M8[s]"),
        "amount": np.array([1.0, 2.0]),
    }
    for table in (
        sm.Deals.of(given, currency="USD"),
        sm.Deals.of(pd.DataFrame(given), currency="USD").as_of("2025-01-01"),
        sm.Customers.of({"id": given["id"]}),
        sm.StageChanges.of(
            {"deal": given["id"], "stage": ["x", "y"], "changed_at": given["created_at"]}
        ),
        sm.Activities.of({"id": given["id"], "lead": given["customer"], "deal": given["customer"]}),
    ):
        for array in arrays(table):
            assert not array.flags.writeable
            assert not any(np.may_share_memory(array, own) for own in given.values())
    assert all(array.flags.writeable for array in given.values())


def test_a_presets_currency_describes_its_rows(tmp_path: Path) -> None:
    """Another one to report in converts them, or is refused: amounts are never relabelled."""
    (tmp_path / "deal.csv").write_text(SALESMAP, encoding="utf-8")
    own = sm.read(tmp_path, preset="salesmap")
    assert (sm.bookings(own.deals).exact, own.currency) == (1000, "KRW")
    with pytest.raises(sm.MoneyError, match=r"says that amounts are in KRW; .*pass rates="):
        sm.read(tmp_path, preset="salesmap", currency="USD")
    rates = sm.ExchangeRates(to="USD", rates={"KRW": {"2025-01-01": "0.001"}})
    for how in ({"currency": "USD"}, {}):
        crm = sm.read(tmp_path, preset="salesmap", rates=rates, **how)
        assert (sm.bookings(crm.deals).value, crm.currency) == (1.0, "USD")
    (tmp_path / "own.toml").write_text('extends = "salesmap"\ntitle = "own"\ncurrency = "USD"\n')
    assert sm.bookings(sm.read(tmp_path, preset=tmp_path / "own.toml").deals).value == 1000.0


def test_a_row_that_names_its_currency_keeps_it_under_a_preset(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'title = "own"\ncurrency = "KRW"\n[deals.columns]\nid = "id"\namount = "amount"\n'
        'currency = "cur"\noutcome = "outcome"\nclosed_at = "closed"\n'
    )
    (tmp_path / "deals.csv").write_text(
        "id,amount,cur,outcome,closed\na,5,USD,won,2025-01-05\nb,1000,,won,2025-01-05\n"
    )
    rates = sm.ExchangeRates(to="USD", rates={"KRW": {"2025-01-01": "0.001"}})
    crm = sm.read(tmp_path, preset=tmp_path / "own.toml", rates=rates)
    assert sm.bookings(crm.deals).value == 6.0


def test_check_names_the_files_that_the_preset_knows_and_that_are_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deal.csv").write_text(SALESMAP, encoding="utf-8")
    assert main(["check", str(tmp_path), "--preset", "salesmap"]) == 0
    said = capsys.readouterr().out
    assert "not found, though the preset knows them:\n" in said
    assert "customers: organization or organizations or 회사" in said
    assert "deals: deal or" not in said
    assert main(["check", str(tmp_path / "deal.csv"), "--preset", "salesmap"]) == 0
    assert "not found" not in capsys.readouterr().out


def test_a_preset_is_proposed_where_none_was_given(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(SALESMAP, encoding="utf-8")
    with pytest.raises(sm.ColumnError, match="like those of the preset 'salesmap': pass preset="):
        sm.read(tmp_path)
    (tmp_path / "deals.csv").write_text("a,b,c\n1,2,3\n")
    with pytest.raises(sm.ColumnError) as none:
        sm.read(tmp_path)
    assert "preset" not in str(none.value)


def test_faults_of_files_speak_of_lines(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(HEAD + "a,,,,,\nb,,,,,\na,,,,,\n")
    with pytest.raises(sm.DataError) as wrong:
        sm.read(tmp_path, currency="USD")
    assert "deals.csv line 4 (id 'a'), id = 'a': this id occurs already in line 2" in str(
        wrong.value
    )
    (tmp_path / "deals.csv").write_text(HEAD + "a,,2025-01-01 10:00:00,,,\n")
    with pytest.raises(sm.ZoneError) as zoneless:
        sm.read(tmp_path, currency="USD")
    assert "row" not in str(zoneless.value)
    assert "2025-01-01 10:00:00" in str(zoneless.value)


@pytest.mark.parametrize(
    "arguments",
    [
        ["snapshot", "FOLDER", "--period", "2025", "--currency", "XXY"],
        ["check", "FOLDER", "--currency", "usd"],
        ["snapshot", "FOLDER", "--period", "2025", "--currency", "USD", "--kpis", ""],
    ],
)
def test_wrong_arguments_are_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    (tmp_path / "deals.csv").write_text(HEAD + "a,ana,2025-01-01,2025-01-02,won,5\n")
    assert main([str(tmp_path) if part == "FOLDER" else part for part in arguments]) == 2
    assert capsys.readouterr().out == ""


def test_columns_reads_the_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deals.csv").write_text("key,wer\na,ana\n")
    (tmp_path / "salesmetrics.toml").write_text(
        '[tables.deals.columns]\nid = "key"\nowner = "wer"\n'
    )
    assert main(["columns", str(tmp_path)]) == 0
    assert "id = key, owner = wer" in capsys.readouterr().out


@pytest.mark.parametrize("rates", [None, [], "EUR"])
def test_rates_that_are_none(rates: Any) -> None:
    with pytest.raises(sm.MoneyError, match="give them by currency"):
        sm.ExchangeRates(to="USD", rates=rates)


def test_exchange_rates_are_equal_by_what_they_say() -> None:
    def made(rate: str, **how: Any) -> sm.ExchangeRates:
        return sm.ExchangeRates(to="USD", rates={"EUR": {"2025-01-01": rate}}, **how)

    assert made("1.1") == made("1.10")
    assert hash(made("1.1")) == hash(made("1.10"))
    assert made("1.1") != made("1.2")
    assert made("1.1") != made("1.1", max_age=3)
    assert made("1.1") != "USD"


def test_a_term_is_no_negative_number_of_months() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        sm.Deal(id="a", term_months=-1)
    with pytest.raises(sm.DataError, match="term_months = -1: a number of months is expected, 0"):
        sm.Deals.of({"id": ["a", "b"], "term_months": np.array([12, -1])})


@pytest.mark.parametrize(
    "cells", [[0, 1, 40, 100], [0.0, 1.0, 40.0, 100.0], ["0", "1", "40", "100"]]
)
@pytest.mark.parametrize("preset", ["salesforce", "zoho", "pipedrive"])
def test_a_column_from_0_to_100_is_read_so_throughout(cells: list[Any], preset: str) -> None:
    """0 and 1 stand for nothing and one in a hundred there, never for all."""
    names = {"salesforce": "Probability", "zoho": "Probability", "pipedrive": "probability"}
    stage = {"salesforce": "StageName", "zoho": "Stage", "pipedrive": "status"}[preset]
    first = "Qualification" if preset == "zoho" else "open"
    rows = {"id": list("abcd"), names[preset]: cells, stage: [first] * 4}
    if preset != "pipedrive":
        rows |= {"IsClosed": [False] * 4, "IsWon": [False] * 4}
    crm = sm.read({"deals": rows}, preset=preset, tz="UTC", currency="USD")
    chance = crm.deals.numbers("probability")
    assert [value / chance.scale for value in chance.values.tolist()] == [0, 0.01, 0.4, 1]


def test_floats_of_32_bits_are_the_decimals_they_print_as() -> None:
    pa, pl = pytest.importorskip("pyarrow"), pytest.importorskip("polars")
    cells = np.array([1234.56, 0.1, 0.07, 83886.07, np.nan], dtype=np.float32)
    ids, shares = list("abcde"), np.array([0.4, 0.335, 1, 0, np.nan], dtype=np.float32)
    arrays = {"id": ids, "amount": cells, "probability": shares}
    for given in (arrays, pd.DataFrame(arrays), pl.DataFrame(arrays), pa.table(arrays)):
        table = sm.Deals.of(given, currency="USD")
        assert table.numbers("amount").values.tolist()[:4] == [123456, 10, 7, 8388607]
        chance = table.numbers("probability")
        assert [v / chance.scale for v in chance.values.tolist()[:4]] == [0.4, 0.335, 1, 0]
    coarse = np.array([200000.01], dtype=np.float32)  # which prints as 200000.02
    with pytest.raises(sm.DataError, match="finer than USD"):
        sm.Deals.of({"id": ["a"], "amount": coarse}, currency="USD")


def test_what_is_read_is_not_unknown(tmp_path: Path) -> None:
    """By another spelling of its name, or for another table of the same file."""
    (tmp_path / "subscriptions.csv").write_text(
        "id,customer,amount,interval,started_at,ended_at,canceled_at,note\n"
        "1,a,10,month,2025-01-01,2025-04-01,2025-02-01,x\n",
        "utf-8",
    )
    crm = sm.read(tmp_path, currency="USD")
    (file,) = crm.files
    assert file.unmapped == ("note",)
    assert file.columns["cancelled_at"] == "canceled_at"
    (read,) = columns(tmp_path)
    assert read.unknown == ("note",)
    salesforce = tmp_path / "salesforce"
    salesforce.mkdir()
    (salesforce / "Opportunity.csv").write_text(
        "Id,CreatedDate,CloseDate,StageName,IsClosed,IsWon,Amount\n"
        "a,2025-01-01,2025-03-01,New,false,false,10\n",
        "utf-8",
    )
    (salesforce / "OpportunityHistory.csv").write_text(
        "Id,OpportunityId,CreatedDate,StageName,Amount,CloseDate,Note\n"
        "h,a,2025-01-01,New,10,2025-03-01,x\n",
        "utf-8",
    )
    (salesforce / "OpportunityLineItem.csv").write_text(
        "Id,OpportunityId,Product2Id,TotalPrice,IsDeleted\n1,a,p,6,false\n2,a,q,4,false\n"
        "3,a,q,4,true\n",
        "utf-8",
    )
    crm = sm.read(salesforce, preset="salesforce", currency="USD")
    unknown = {one.table: one.unmapped for one in crm.files}
    assert unknown["stage_changes"] == unknown["amount_changes"] == ("Id", "Note")
    found = sm.line_pipeline(crm.deals, crm.deal_lines, "2025-01", by="product")
    assert {cell.group[0]: cell.value for cell in found} == {"p": 6, "q": 4}


def test_a_file_named_like_a_table_is_that_table(tmp_path: Path) -> None:
    (tmp_path / "products.csv").write_text("id,name,list_amount\ncrm,CRM,100\n", "utf-8")
    (tmp_path / "deals.csv").write_text(
        "id,amount,closed_at,outcome\n1,5,2025-01-01,won\n", "utf-8"
    )
    assert {one.source: one.table for one in columns(tmp_path)} == {
        "deals.csv": "deals", "products.csv": "products",
    }  # fmt: skip
