"""Numbers, dates and flags as files write them: read as declared, or refused; never by luck."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.models import values
from salesmetrics.reading.forms import Form

WON = {"created_at": "2025-01-03", "closed_at": "2025-02-02", "outcome": "won"}
HEADER = "id;created_at;closed_at;outcome;amount\n"


def german(tmp_path: Path, *amounts: str) -> Path:
    """Won deals of these amounts, as a German program writes them."""
    rows = [f"{at};2025-01-03;2025-02-02;won;{text}\n" for at, text in enumerate(amounts)]
    (tmp_path / "deals.csv").write_text(HEADER + "".join(rows), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "amounts", [("1.000", "12.500"), ("7.000",), ("-3.000", "1"), ("999.999",)]
)
@pytest.mark.parametrize("currency", ["EUR", "KRW"])
@pytest.mark.parametrize("reader", ["pyarrow", "polars", "pandas", "csv"])
def test_what_could_be_thousands_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, amounts: Any, currency: str, reader: str
) -> None:
    monkeypatch.setattr("salesmetrics.io.csv_file.READERS", (reader, "csv"))
    with pytest.raises(sm.DataError, match=r"could mean thousands.*format"):
        sm.read(german(tmp_path, *amounts), currency=currency, delimiter=";")


@pytest.mark.parametrize("named", ["", "own_names = true\n", 'file = "deals.csv"\n'])
def test_a_mapping_tells_forms_alone(tmp_path: Path, named: str) -> None:
    """Columns that are named like ours need not be named again to say how they are written."""
    form = 'amount = { thousands = ".", decimal = "," }\n'
    ours = tmp_path.parent / "ours.toml"
    ours.write_text(f'title = "ours"\n[deals]\n{named}[deals.format]\n{form}', "utf-8")
    folder = german(tmp_path, "1.000", "12.500", "0,50")
    for source in (folder, folder / "deals.csv"):
        deals = sm.read(source, preset=ours, currency="EUR", delimiter=";").deals
        assert sm.bookings(deals).value == 13_500.50


def test_a_mapping_tells_facts_alone(tmp_path: Path) -> None:
    ours = tmp_path.parent / "ours.toml"
    ours.write_text(
        'title = "ours"\ncurrency = "EUR"\ndelimiter = ";"\nmissing = ["NULL"]\n', "utf-8"
    )
    deals = sm.read(german(tmp_path, "10", "NULL"), preset=ours).deals
    assert (sm.bookings(deals).value, dict(sm.bookings(deals).excluded)) == (10.0, {"no amount": 1})


def test_three_decimals_are_those_of_a_currency_that_has_them(tmp_path: Path) -> None:
    deals = sm.read(german(tmp_path, "1.000", "12.500"), currency="KWD", delimiter=";").deals
    assert sm.bookings(deals, "2025").exact == Decimal("13.500")


def test_what_cannot_be_thousands_is_a_decimal(tmp_path: Path) -> None:
    """Databases write their scale: 0.500, 1234.500 and 1.0000 have one meaning each."""
    deals = sm.read(german(tmp_path, "0.500", "1234.500", "1.0000"), currency="EUR", delimiter=";")
    assert sm.bookings(deals.deals, "2025").exact == Decimal("1236.00")


@pytest.mark.parametrize(
    ("form", "right"),
    [('decimal = ",", thousands = "."', 13_500), ('decimal = "."', Decimal("13.5"))],
)
def test_declared_marks_are_read_by_their_declaration(
    tmp_path: Path, form: str, right: Any
) -> None:
    columns = "\n".join(f'{name} = "{name}"' for name in HEADER.strip().split(";"))
    (tmp_path / "own.toml").write_text(
        f'title = "own"\n[deals]\nfile = "deals.csv"\n[deals.columns]\n{columns}\n'
        f"[deals.format]\namount = {{ {form} }}\n",
        encoding="utf-8",
    )
    source = german(tmp_path, "1.000", "12.500")
    crm = sm.read(source, preset=tmp_path / "own.toml", currency="EUR", delimiter=";")
    assert sm.bookings(crm.deals, "2025").exact == right


def test_a_sign_alone_declares_no_mark() -> None:
    rows = [{"id": 1, "amount": "1.000", **WON}]
    with pytest.raises(sm.DataError, match="could mean thousands"):
        sm.Deals.of(rows, currency="EUR")
    assert Form(strip=("€",)).read("1.000 €") == "1.000"  # left to be judged with its currency
    with pytest.raises(ValueError, match="could mean thousands"):
        Form(strip=("€",), units={"K": 1000}).read("1.000K €")
    with pytest.raises(ValueError, match="could mean thousands"):
        values.whole("1.000")
    assert Form(thousands=",").read("1.000") == "1.000"


@pytest.mark.parametrize("mark", ["\u00a0", "\u2009", "\u202f", " "])
@pytest.mark.parametrize("given", ["\u00a0", "\u202f", " "])
def test_blanks_that_do_not_break_part_thousands(mark: str, given: str) -> None:
    form = Form(decimal=",", thousands=given, strip=("€",))
    assert form.read(f"1{mark}234{mark}567,50{mark}€") == Decimal("1234567.50")
    with pytest.raises(ValueError, match="expected"):
        form.read(f"1{mark}23,50")


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("(1,200.00)", "-1200"), ("($1,200.00)", "-1200"), ("$(1,200.00)", "-1200"),
        ("\u221250", "-50"), ("\u2212$50", "-50"), ("$\u221250", "-50"), ("($50", None),
        ("-(50)", None), ("(-50)", None),
    ],
)  # fmt: skip
def test_negative_numbers_as_accountants_write_them(text: str, right: str | None) -> None:
    form = Form(thousands=",", strip=("$",), parentheses=True)
    if right is None:
        with pytest.raises(ValueError, match="expected"):
            form.read(text)
    else:
        assert form.read(text) == Decimal(right)


def test_parentheses_are_negative_only_where_it_is_said() -> None:
    with pytest.raises(ValueError, match="expected"):
        Form(thousands=",").read("(1,200.00)")


def test_words_that_mean_missing_are_said_for_a_reading(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(
        "id,created_at,expected_close_at,amount,owner\n"
        "1,2025-01-01,\\N,100,NULL\n2,2025-01-02,2025-03-01,NULL,Null\n3,2025-01-02,n/a,-,-\n",
        encoding="utf-8",
    )
    deals = sm.read(tmp_path, currency="USD", missing=("\\N", "NULL", "n/a", "-")).deals
    created = sm.pipeline_created(deals, "2025")
    assert (created.value, dict(created.excluded)) == (100, {"no amount": 2})
    # Letter by letter: Null is a name.
    by = {cell.group[0]: cell.value for cell in sm.deals_created(deals, "2025", by="owner").rows()}
    assert by == {"Null": 1, None: 2}


def test_words_that_mean_missing_are_said_for_a_column_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(
        "id,created_at,amount,owner\n1,2025-01-01,-,-\n2,2025-01-01,5,ana\n", encoding="utf-8"
    )
    columns = "".join(f'{name} = "{name}"\n' for name in ("id", "created_at", "amount", "owner"))
    own = tmp_path / "own.toml"
    start = 'title = "own"\n[deals]\nfile = "deals.csv"\n'
    of_column = f'[deals.columns]\n{columns}[deals.format]\namount = {{ missing = ["-"] }}\n'
    own.write_text(start + of_column, encoding="utf-8")
    deals = sm.read(tmp_path, preset=own, currency="USD").deals
    assert sm.deals_created(deals, "2025", by="owner").at(owner="-").value == 1
    assert sm.pipeline_created(deals, "2025").excluded == {"no amount": 1}
    own.write_text(f'{start}missing = "-"\n[deals.columns]\n{columns}', encoding="utf-8")
    deals = sm.read(tmp_path, preset=own, currency="USD").deals
    assert sm.deals_created(deals, "2025", by="owner").at(owner=None).value == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("28/07/2023", r"not a date in the form.*\[format\]"),
        ("20230728", r"not a date in the form.*\[format\]"),
        ("2023-02-30", r"not a date that exists.*\[format\]"),
        ("2023-07-28 3:00 PM", r"not a time in the form.*\[format\]"),
        ("2023-07-28 25:00", "not a time that exists"),
    ],
)
def test_a_date_that_cannot_be_read_says_why_and_what_to_do(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        values.moment(text)


def test_an_hour_of_one_digit_is_an_hour() -> None:
    assert values.moment("2023-07-28 3:00") == datetime(2023, 7, 28, 3)
    assert values.moment("2023-07-28T3:04:05Z") == datetime.fromisoformat("2023-07-28T03:04:05Z")


FLAGS = [("1", "0"), ("1.0", "0.0"), ("true", "false"), ("TRUE", "FALSE"), ("Y", "N"),
         ("yes", "no"), ("예", "아니오")]  # fmt: skip


@pytest.mark.parametrize(("yes", "no"), FLAGS)
def test_flags_mean_the_same_wherever_one_is_read(tmp_path: Path, yes: str, no: str) -> None:
    """A deleted deal of 100 beside a won one of 50: bookings are 50."""
    (tmp_path / "Opportunity.csv").write_text(
        "Id,AccountId,CreatedDate,CloseDate,Amount,StageName,IsClosed,IsWon,IsDeleted\n"
        f"1,a,2025-01-01,2025-02-01,50,W,{yes},{yes},{no}\n"
        f"2,a,2025-01-01,2025-02-01,100,W,{yes},{yes},{yes}\n"
        f"3,a,2025-01-01,2025-02-01,200,L,{yes},{no},{no}\n",
        encoding="utf-8",
    )
    crm = sm.read(tmp_path, preset="salesforce", currency="USD")
    assert sm.bookings(crm.deals, "2025").value == 50
    assert sm.lost_deals(crm.deals, "2025").value == 1
    assert crm.files[0].left_out == {"IsDeleted = true": 1}


@pytest.mark.parametrize("nobody", ["000000000000000", "000000000000000AAA", ""])
def test_the_empty_id_of_salesforce_is_no_customer(tmp_path: Path, nobody: str) -> None:
    (tmp_path / "Opportunity.csv").write_text(
        "Id,AccountId,CreatedDate,CloseDate,Amount,StageName,IsClosed,IsWon\n"
        f"1,{nobody},2025-01-01,2025-02-01,50,W,1,1\n2,{nobody},2025-01-01,2025-02-01,50,W,1,1\n"
        "3,001A,2025-01-01,2025-02-01,50,W,1,1\n",
        encoding="utf-8",
    )
    crm = sm.read(tmp_path, preset="salesforce", currency="USD")
    assert sm.new_customers(crm.customers, "2025").value == 1
    assert sm.bookings(crm.deals, "2025", by="customer").at(customer=None).value == 100


@pytest.mark.parametrize("many", [2**53, 12345678901234567])
def test_ids_that_a_float_cannot_hold_are_refused(many: int) -> None:
    with pytest.raises(sm.DataError, match="has rounded; give it as text"):
        sm.Deals.of({"id": [1.0, float(many)]})
    with pytest.raises(ValueError, match="has rounded"):
        values.label(float(many))
    assert values.label(float(2**53 - 1)) == str(2**53 - 1)


def test_ids_in_number_cells_of_excel_are_refused_beyond_what_it_keeps(tmp_path: Path) -> None:
    """Excel rounds numbers to 15 digits, so that longer ids there are another's, or nobody's."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["id", "customer", "created_at", "amount"])
    sheet.append([123456789012345, "a", "2025-01-01", 1])
    sheet.append(["b", 1234567890123456, "2025-01-01", 1])
    sheet.append(["c", "1234567890123457", "2025-01-01", 1])
    book.save(tmp_path / "deals.xlsx")
    crm = sm.read(tmp_path, currency="USD", on_error="collect")
    assert crm.deals.ids() == ["123456789012345", "c"]
    (fault,) = crm.faults["deals"]
    assert (fault.field, fault.id) == ("customer", "b")
    assert "has rounded" in fault.reason
