"""Sheets, records within records and rows of totals, by hand at their edges."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from salesmetrics.io import documents
from salesmetrics.io.documents import json_table
from salesmetrics.io.found import BrokenFile
from salesmetrics.io.totals import is_total
from salesmetrics.models import Kind, values
from salesmetrics.reading.forms import Form
from salesmetrics.reading.raw import Raw, of_objects


@pytest.mark.parametrize(
    ("letters", "number"),
    [(b"A", 1), (b"Z", 26), (b"AA", 27), (b"AZ", 52), (b"BA", 53), (b"ZZ", 702), (b"AAA", 703),
     (b"XFD", 16_384)],
)  # fmt: skip
def test_columns_are_counted_by_their_letters(letters: bytes, number: int) -> None:
    assert documents._number(letters) == number


def test_how_far_a_sheet_reaches() -> None:
    cells = b'<c r="A1"/><c r="AB12"/><c r=\'C90\'/><c r="Z1"/>'
    assert documents._span(cells) == 90 * 28
    assert documents._span(b"<sheet/>") == 1


def zipped(sheet: bytes, name: str = "xl/worksheets/sheet1.xml") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", '<c r="XFD1048576"/>')
        archive.writestr(name, sheet)
    return stream.getvalue()


def test_a_sheet_is_sparse_that_spans_far_more_than_it_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """More than 32 cells for each that it holds, and a number that it may span anyway."""
    sheet = b'<c r="A1"/><x:c r="AA100000"/>'
    for many, sparse in ((0, True), (27 * 100_000 - 65, True), (27 * 100_000 - 64, False)):
        monkeypatch.setattr(documents, "MANY", many)
        assert documents._is_sparse(zipped(sheet)) is sparse
    monkeypatch.setattr(documents, "MANY", 0)
    assert not documents._is_sparse(zipped(b'<c r="Z99999"/>'))  # which reaches nowhere far
    assert not documents._is_sparse(zipped(sheet, "xl/other/sheet1.xml"))
    assert not documents._is_sparse(zipped(sheet, "xl/worksheets/sheet1.bin"))
    assert not documents._is_sparse(b"no archive")


def test_rows_with_something_in_them_keep_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [[None, ""], ["a", None], [], [0], ["", ""], [], ["b"]]
    kept = documents._filled(rows)
    assert kept == [(2, ["a", None]), (4, [0]), (7, ["b"])]
    gaps = documents._with_gaps(kept)
    assert gaps == [(2, ["a", None]), (3, []), (4, [0]), (6, []), (7, ["b"])]
    assert documents._with_gaps([(5, ["a"]), (6, ["b"])]) == [(5, ["a"]), (6, ["b"])]
    monkeypatch.setattr(documents, "LAST_ROW", 7)
    assert len(documents._filled(rows)) == 3
    monkeypatch.setattr(documents, "LAST_ROW", 6)
    with pytest.raises(ValueError, match="rows beyond 6"):
        documents._filled(rows)


@pytest.mark.parametrize(
    ("cell", "read"),
    [(None, None), ("", None), (0, 0), (0.0, 0), (2.0, 2), (2.5, 2.5), (True, True), ("a", "a"),
     (datetime(2025, 1, 5), date(2025, 1, 5)), (datetime(2025, 1, 5, 1), datetime(2025, 1, 5, 1)),
     (10**15 - 1, 10**15 - 1), (-(10**15) + 1, -(10**15) + 1)],
)  # fmt: skip
def test_cells_of_a_sheet(cell: Any, read: Any) -> None:
    found = documents._cell(cell)
    assert found == read and type(found) is type(read)


@pytest.mark.parametrize("cell", [10**15, -(10**15), 1e15])
def test_numbers_that_excel_rounds(cell: Any) -> None:
    assert isinstance(documents._cell(cell), values.Rounded)


def listed(text: str, *, lines: bool = False, rows_in: Any = ()) -> dict[str, list[Any]]:
    found = json_table("x.json", text.encode(), rows_in, lines=lines)
    return {name: [raw.at(row) for row in range(found.size)] for name, raw in found.columns.items()}


def test_records_within_records() -> None:
    rows = [
        {"id": 1, "owner": {"name": "ana", "team": {"id": 7}}, "tags": ["x", None, "y"],
         "lines": [{"sku": "a", "n": 1}, {"sku": "b"}], "one": [5], "none": [], "gap": [None],
         "deep": [[1, 2]]},
        {"id": 2, "mixed": [{"a": 1}, 2]},
    ]  # fmt: skip
    found = listed(json.dumps(rows))
    assert {name: cells[0] for name, cells in found.items()} == {
        "id": 1, "owner.name": "ana", "owner.team.id": 7, "tags": "x, y", "lines.sku": "a, b",
        "lines.n": 1, "one": 5, "none": None, "gap": None, "deep": "[1, 2]", "mixed": None,
    }  # fmt: skip
    assert found["mixed"][1] == "{'a': 1}, 2"


def test_where_a_document_has_its_rows() -> None:
    inside = '{"data": {"items": [{"id": 1}]}, "others": [1], "nothing": null}'
    assert listed(inside, rows_in=("rows", "data.items")) == {"id": [1]}
    assert listed(inside, rows_in=("nothing",)) == {}
    assert listed('[{"id": 1}]', rows_in=("data",)) == {"id": [1]}
    for wrong, said in ((inside, "such as 'others'"), ('{"a": 1}', "says where it is$"),
                        ("5", "says where it is$")):  # fmt: skip
        with pytest.raises(BrokenFile, match=said):
            listed(wrong, rows_in=("data", "data.items.id"))
    assert listed('{"id": 1}\n\n  \n{"id": NaN}\n', lines=True) == {"id": [1, None]}
    with pytest.raises(BrokenFile, match="line 3 is no JSON"):
        listed('{"id": 1}\n\n{"id"', lines=True)
    with pytest.raises(BrokenFile, match="record 2 is no object but a int"):
        listed('[{"id": 1}, 5]')


KINDS = {"id": Kind.KEY, "owner": Kind.CODE, "name": Kind.CODE, "amount": Kind.MONEY,
         "fee": Kind.MONEY, "n": Kind.WHOLE, "share": Kind.PROPORTION, "day": Kind.MILESTONE,
         "due": Kind.PLAN, "outcome": Kind.CHOICE, "deal": Kind.REFERENCE}  # fmt: skip
SUMS = {"id": ["a", "b", "Total"], "amount": [1, 2, 3], "day": ["2025-01-01", None, None]}


@pytest.mark.parametrize(
    ("more", "total"),
    [
        ({}, True),
        ({"amount": [1, 2, 4]}, False),
        ({"amount": [1, -1, 0]}, False),  # nothing
        ({"amount": [3, None, 3]}, False),  # of a single row
        ({"amount": [1, 2, None]}, False),
        ({"amount": [1, "x", 1]}, False),
        ({"amount": ["0.1", "0.2", "0.3"]}, True),
        ({"amount": [2, 2, 4]}, True),
        ({"day": ["2025-01-01", None, "2025-01-02"]}, False),
        ({"day": [None, "2025-01-01", None]}, False),  # the first row has no date either
        ({"due": [None, None, "2025-01-02"]}, False),
        ({"outcome": ["won", "won", "won"]}, False),
        ({"deal": ["a", "a", "a"]}, False),
        ({"owner": ["ana", "bo", "all"]}, True),
        ({"owner": ["ana", "bo", "all"], "name": ["x", "y", "z"]}, False),  # three texts
        ({"share": [0.5, 0.5, 1.0], "owner": ["ana", "bo", "all"]}, True),
        ({"fee": [1, 1, 2]}, True),
        ({"fee": [1, 1, 3]}, False),
        ({"n": [1, 1, 5]}, True),  # counts need not be sums
        ({"amount": [None, None, None], "n": [1, 1, 2]}, False),  # of no amount
        ({"unknown": ["x", "y", "z"]}, True),  # a column that means nothing here
    ],
)
def test_whether_the_last_row_sums_the_others(more: dict[str, list[Any]], total: bool) -> None:
    columns = {name: of_objects(cells) for name, cells in (SUMS | more).items()}
    assert is_total(columns, KINDS) is total


def test_a_total_has_two_rows_above_it_at_least() -> None:
    two = {name: of_objects(cells[:1] + cells[2:]) for name, cells in SUMS.items()}
    assert not is_total(two, KINDS)
    assert not is_total({}, KINDS)
    plain = of_objects(["1.000,50", "2,00", "1.002,50"])
    form = Form(decimal=",", thousands=".")
    written = {name: of_objects(cells) for name, cells in SUMS.items()}
    written["amount"] = Raw(plain.values, plain.labels, text=True, form=form)
    assert is_total(written, KINDS)
    assert form.read("1.002,50") == Decimal("1002.50")
