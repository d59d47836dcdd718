"""Where a table begins and ends, in which sheet, and what its columns are taken for."""

from __future__ import annotations

import io
import random
import sys
from types import ModuleType
from typing import Any

import pytest

from salesmetrics.errors import SalesMetricsError
from salesmetrics.io import documents
from salesmetrics.io.documents import excel_table
from salesmetrics.io.furniture import footer_place, header_place, trimmed
from salesmetrics.io.preset import Source
from salesmetrics.io.propose import _proposals
from salesmetrics.io.sources import _kinds
from salesmetrics.models import Kind
from salesmetrics.reading.forms import Form


def there(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""


def name_like(cell: Any) -> bool:
    text = str(cell).strip()
    return isinstance(cell, str) and any(c.isalpha() for c in text) and not text[0].isdigit()


def looked_for(records: list[list[Any]]) -> int:
    """The header in words: the first full row of names, under titles or a blank line."""
    full = {at: [c for c in row if there(c)] for at, row in enumerate(records)}
    some = [at for at in full if full[at]]
    if len(some) < 2:
        return some[0] if some else 0
    after = [len(full[at]) for at in some[1:]]
    usual = max(sorted(set(after)), key=lambda size: (after.count(size), size))
    first = some[0]
    if len(full[first]) >= usual and (len(full[first]) > 1 or all(len(full[a]) < 2 for a in some)):
        return first

    def length(at: int) -> int:
        return max((n + 1 for n, c in enumerate(records[at]) if there(c)), default=0)

    for at in some:
        wide = len(full[at])
        if wide < 2 or length(at) != wide or not all(name_like(c) for c in records[at][:wide]):
            continue
        above, below = [o for o in some if o < at], [o for o in some if o > at]
        if any(len(full[o]) > wide for o in above):
            continue
        if any(length(o) > 1 for o in above) and (at == 0 or full[at - 1]):
            continue
        if all(length(o) <= wide for o in below[:5]):
            return at
    return first


def grid(seed: int) -> list[list[Any]]:
    """Titles, blanks, a header, rows: each of them perhaps, and of any width."""
    draw = random.Random(seed)
    words = ["Deals", "as of", "id", "owner", "amount", "1 day", "", None, 7, "2025-01-01", "x"]
    rows = []
    for _ in range(draw.randint(0, 9)):
        wide = draw.choice([0, 1, 1, 2, 3, 3, 4])
        rows.append([draw.choice(words[:5] if draw.random() < 0.6 else words) for _ in range(wide)]
                    + [""] * draw.choice([0, 0, 1]))  # fmt: skip
    return rows


@pytest.mark.parametrize("seed", range(400))
def test_the_header_under_titles(seed: int) -> None:
    records = grid(seed)
    assert header_place(records) == looked_for(records)


@pytest.mark.parametrize("width", [1, 2, 3])
@pytest.mark.parametrize("seed", range(100))
def test_the_lines_below_the_rows(seed: int, width: int) -> None:
    """Lines of a single text below a blank one, from the end on; of one column there are none."""
    records = grid(seed)
    end = len(records)
    if width > 1:
        for at in reversed(range(1, len(records))):
            told = [c for c in records[at] if there(c)]
            if not told:
                end = at if any(there(c) for row in records[at + 1 :] for c in row) else end
            elif (
                len(told) > 1 or not isinstance(told[0], str) or not any(map(str.isalpha, told[0]))
            ):
                break
    assert footer_place(records, width) == end


class Sheet:
    def __init__(self, rows: list[list[Any]]) -> None:
        self.rows, self.height = rows, len(rows)

    def to_python(self, *, skip_empty_area: bool) -> list[list[Any]]:
        assert not skip_empty_area  # rows are numbered from the first of the sheet
        return self.rows


class Workbook:
    """Stands in for python-calamine's: the same sheets as openpyxl has of the file."""

    def __init__(self, data: io.BytesIO) -> None:
        book = pytest.importorskip("openpyxl").load_workbook(data)
        self.sheets = {
            one.title: [[*row] for row in one.iter_rows(values_only=True)] for one in book
        }
        self.sheets = {k: rows if any(map(any, rows)) else [] for k, rows in self.sheets.items()}
        self.sheet_names = [*self.sheets]

    from_filelike = classmethod(lambda cls, data: cls(data))

    def get_sheet_by_name(self, name: str) -> Sheet:
        return Sheet(self.sheets[name])


@pytest.fixture(params=["openpyxl", "calamine"])
def book(request: Any, monkeypatch: pytest.MonkeyPatch) -> bytes:
    openpyxl: Any = pytest.importorskip("openpyxl")
    made = openpyxl.Workbook()
    first, second = made.active, made.create_sheet("more")
    first.title = "deals"
    made.create_sheet("empty")
    for row in (["id", "owner"], ["a", "ana"], ["b", None]):
        first.append(row)
    for row in (["id", "owner"], ["c", "cho"]):
        second.append(row)
    stream = io.BytesIO()
    made.save(stream)
    if request.param == "calamine":
        module: Any = ModuleType("python_calamine")
        module.CalamineWorkbook = Workbook
        monkeypatch.setitem(sys.modules, "python_calamine", module)
    found = documents.find_spec
    monkeypatch.setattr(
        documents, "find_spec",
        lambda name: found(name) if name == "openpyxl" else (request.param == "calamine") or None,
    )  # fmt: skip
    return stream.getvalue()


def test_one_sheet_is_read_and_the_others_are_named(book: bytes) -> None:
    for sheet, ids, unread in ((None, ["a", "b"], ("more",)), ("deals", ["a", "b"], ()),
                               ("more", ["c"], ())):  # fmt: skip
        found = excel_table("deals.xlsx", book, sheet)
        assert [found.columns["id"].at(row) for row in range(found.size)] == ids
        assert tuple(found.unread) == unread
    with pytest.raises(SalesMetricsError, match="no sheet 'nowhere'; it has deals, more, empty"):
        excel_table("deals.xlsx", book, "nowhere")
    with pytest.raises(SalesMetricsError, match="empty"):
        excel_table("deals.xlsx", book, "empty")


@pytest.mark.parametrize(
    ("header", "proposed"),
    [(["id", "owner", "amount"], True), (["id", "owner"], False), (["owner", "amount", "x"], False),
     (["id", "owner", "amount", "x", "y"], True)],
)  # fmt: skip
def test_three_columns_and_the_id_are_proposed(header: list[str], proposed: bool) -> None:
    found = _proposals(header)
    assert (("plain", "deals", 3) in found) is proposed
    assert all(known >= 3 for *_, known in found)


@pytest.mark.parametrize(
    ("told", "kind"),
    [({}, Kind.MILESTONE), ({"format": {"created_at": Form(zone="UTC")}}, Kind.MILESTONE),
     ({"format": {"created_at": Form(date="%d.%m.%Y")}}, Kind.CODE),
     ({"words": {"created_at": {"x": "y"}}}, Kind.CODE),
     ({"replace": {"created_at": {"x": "y"}}}, Kind.CODE),
     ({"leave_out": {"Made On": ("x",)}}, None), ({"latest_by": ("made_on",)}, None),
     ({"fill": {"owner": ("Made on",)}}, None),
     ({"fill": {"closed_at": ("Made on",)}}, Kind.MILESTONE),
     ({"fill": {"expected_close_at": ("Made on",)}}, Kind.MILESTONE)],
)  # fmt: skip
def test_which_columns_are_plain_times(told: Any, kind: Kind | None) -> None:
    found = _kinds("deals", Source(columns={"created_at": ("Made on",)}, **told))
    assert found.get("madeon") == kind


def test_what_is_cut_from_a_text_is_named_by_its_line() -> None:
    text = b"made by us\nfor you\nsep=;\nDeals\n\nid;owner\na;ana\nb;bo\n\nin all\nof them\n"
    found = trimmed("deals.csv", text, None, skip=2)
    assert (found.text, found.mark, found.before) == (b"id;owner\na;ana\nb;bo\n", ";", 5)
    assert [(one.place.params["number"], one.text, one.what.code) for one in found.cuts] == [
        ("1", "made by us", "skipped"), ("2", "for you", "skipped"),
        ("3", "sep=;", "names_delimiter"), ("4", "Deals", "above_header"),
        ("10", "in all", "below_rows"), ("11", "of them", "below_rows"),
    ]  # fmt: skip
    for skip in (11, 3):
        trimmed("deals.csv", text, ";", skip=skip)
    with pytest.raises(SalesMetricsError, match="fewer than 12 lines"):
        trimmed("deals.csv", text, ";", skip=12)
    assert trimmed("deals.csv", b"", None).text == b""


def test_what_is_cut_from_a_sheet_is_named_by_its_row() -> None:
    openpyxl: Any = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    rows: list[list[Any]] = [["made by us"], ["for you"], ["Deals"], [None], ["id", "owner"],
                             ["a", "ana"], ["b"], [None], ["in all"]]  # fmt: skip
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    found = excel_table("deals.xlsx", stream.getvalue(), skip=2)
    assert {name: [raw.at(row) for row in range(2)] for name, raw in found.columns.items()} == {
        "id": ["a", "b"], "owner": ["ana", None],
    }  # fmt: skip
    assert [(one.place.params["number"], one.text, one.what.code) for one in found.cuts] == [
        ("1", "made by us", "skipped"), ("2", "for you", "skipped"), ("3", "Deals", "above_header"),
        ("9", "in all", "below_rows"),
    ]  # fmt: skip
    with pytest.raises(SalesMetricsError, match="no row under the 9 that are to be skipped"):
        excel_table("deals.xlsx", stream.getvalue(), skip=9)
    book.active.delete_rows(1, 4)
    book.active["D1"], book.active["C3"] = "team", "of nobody"  # beside a column without a name
    stream = io.BytesIO()
    book.save(stream)
    with pytest.raises(SalesMetricsError, match="column 3 has cells but no name in row 1"):
        excel_table("deals.xlsx", stream.getvalue())
