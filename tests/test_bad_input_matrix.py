"""Every kind of bad input by every way in: the same error, or the same counted exclusion.

What is expected is written down case by case, not taken from one of the ways.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from ways_in import WAYS, taken

import salesmetrics as sm

NAN, INF = float("nan"), float("inf")
USD = {"currency": "USD", "on_error": "collect"}


def columns(**changed: list[Any]) -> dict[str, list[Any]]:
    """Two deals won in February, with some columns changed or added."""
    return {
        "id": ["a", "b"],
        "owner": ["ana", "bo"],
        "created_at": [date(2025, 1, 5), date(2025, 1, 6)],
        "closed_at": [date(2025, 2, 1), date(2025, 2, 3)],
        "outcome": ["won", "won"],
        "amount": [100.25, 7.5],
        **changed,
    }


# What makes the second row one that cannot be used: the field named, and what is said of it.
REFUSED: dict[str, tuple[dict[str, list[Any]], str, str]] = {
    "infinity": ({"amount": [1.0, INF]}, "amount", "a finite number"),
    "minus infinity": ({"amount": [1.0, -INF]}, "amount", "a finite number"),
    "NaN as text": ({"amount": ["1", "NaN"]}, "amount", "a finite number"),
    "infinity as text": ({"amount": ["1", "inf"]}, "amount", "a finite number"),
    "text in a number column": ({"amount": ["1", "many"]}, "amount", "a plain number"),
    "thousands marks": ({"amount": ["1", "1,000"]}, "amount", "a plain number"),
    "a day that does not exist": (
        {"closed_at": ["2025-02-28", "2025-02-30"]}, "closed_at", "not a date that exists",
    ),
    "a day before all others": (
        {"created_at": [date(2025, 1, 1), date(1969, 12, 31)]}, "created_at", "outside 1970-01-01",
    ),
    "open with close date": ({"outcome": ["won", "open"]}, "closed_at", "open but has a close"),
    "duplicate ids": ({"id": ["a", "a"]}, "id", "this id occurs already"),
    "no id": ({"id": ["a", None]}, "id", "an id is needed"),
    "a blank id": ({"id": ["a", " "]}, "id", "an id is needed"),
    "a word not known": ({"outcome": ["won", "sold"]}, "outcome", "not one of open, won"),
    "unknown stage": ({"stage": ["signed", "sined"]}, "stage", "no such stage"),
    "probability 40": ({"probability": [0.4, 40.0]}, "probability", "divide by 100"),
    "probability 40 as text": ({"probability": ["0.4", "40"]}, "probability", "divide by 100"),
    "10**19 minor units": ({"amount": [1, 10**17]}, "amount", "too large"),
    "an exponent beyond all reckoning": (
        {"amount": ["1", "22e400700000"]}, "amount", "too large",
    ),
    "a fraction beyond all reckoning": ({"amount": ["1", "22e-400700000"]}, "amount", "finer than"),
    "a term beyond all reckoning": (
        {"term_months": ["1", "-1e999999999"]}, "term_months", "too large",
    ),
    "an amount too fine": ({"amount": [1.0, 1.0005]}, "amount", "finer than USD"),
    "a term below 0": ({"term_months": [12, -1]}, "term_months", "0 or more"),
    "half a month": ({"term_months": [12.0, 1.5]}, "term_months", "a whole number"),
    "an unknown currency": ({"currency": ["USD", "usd"]}, "currency", "unknown currency"),
    "naive beside aware": (
        {"closed_at": ["2025-02-01T08:00:00Z", "2025-02-01T08:00:00"]}, "closed_at", "without zone",
    ),
}  # fmt: skip
# Fields whose cells count as missing where they cannot be read: the row is used without.
SPARED = ("amount", "created_at", "probability", "term_months", "closed_at")
# Excel has no infinity, and numbers of 15 digits.
CANNOT = {("Excel", "infinity"), ("Excel", "minus infinity")}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("way", WAYS)
def test_a_row_that_cannot_be_used_is_named(way: str, kind: str, tmp_path: Path) -> None:
    if (way, kind) in CANNOT:
        pytest.skip(f"{way} cannot express it")
    changed, field, says = REFUSED[kind]
    stages = [{"id": "signed", "type": "won"}] if kind == "unknown stage" else None
    given_columns = columns(**changed)
    crm = taken(way, given_columns, tmp_path, stages=stages, tz="UTC", **USD)
    spared = field in SPARED and kind != "open with close date"
    (fault,) = crm.deals.unread if spared else crm.deals.rejected
    assert (fault.row, fault.field) == (1, field)
    assert says in fault.reason
    assert crm.deals.ids() == (["a", "b"] if spared else ["a"])
    assert len(crm.deals.rejected) + len(crm.deals.unread) == 1
    assert crm.deals.rows_given == 2
    if spared:
        blank = {**given_columns, field: [given_columns[field][0], None]}
        without = tmp_path / "blank"
        without.mkdir()
        same = taken(way, blank, without, tz="UTC", **USD)
        for kpi in (sm.bookings, sm.won_deals, sm.deals_created, sm.sales_cycle):
            assert kpi(crm.deals, "2025-02").rows() == kpi(same.deals, "2025-02").rows()
    again = tmp_path / "raised"
    again.mkdir()
    with pytest.raises(sm.DataError, match=f"deals: 1 row cannot be used:\n.*{field}"):
        taken(way, given_columns, again, stages=stages, tz="UTC", currency="USD")


MISSING: dict[str, list[Any]] = {
    "null": [100.25, None],
    "NaN": [100.25, NAN],
    "an empty text": ["100.25", ""],
    "a blank text": ["100.25", "  "],
}


@pytest.mark.parametrize("kind", MISSING)
@pytest.mark.parametrize("way", WAYS)
def test_what_is_missing_is_counted_and_never_0(way: str, kind: str, tmp_path: Path) -> None:
    crm = taken(way, columns(amount=MISSING[kind]), tmp_path, currency="USD")
    booked = sm.bookings(crm.deals)
    assert (booked.value, booked.n, booked.excluded) == (100.25, 1, {"no amount": 1})


@pytest.mark.parametrize("way", WAYS)
def test_a_name_that_is_missing_is_a_group(way: str, tmp_path: Path) -> None:
    for at, owners in enumerate((["ana", None], ["ana", ""], ["ana", " "])):
        folder = tmp_path / str(at)
        folder.mkdir()
        crm = taken(way, columns(owner=owners), folder, currency="USD")
        assert sm.won_deals(crm.deals, by="owner").groups == (("ana",), (None,))


@pytest.mark.parametrize("way", WAYS)
def test_closed_before_created_is_kept_and_counted(way: str, tmp_path: Path) -> None:
    given_columns = columns(created_at=[date(2025, 1, 5), date(2025, 2, 4)])
    crm = taken(way, given_columns, tmp_path, currency="USD")
    cycle = sm.sales_cycle(crm.deals)
    assert sm.won_deals(crm.deals).value == 2
    assert (cycle.n, cycle.excluded) == (1, {"closed_at before created_at": 1})
    assert "closed before they were created" in sm.quality(crm).to_text()


@pytest.mark.parametrize("way", WAYS)
def test_mixed_currencies(way: str, tmp_path: Path) -> None:
    given_columns = columns(currency=["USD", "EUR"])
    with pytest.raises(sm.MoneyError, match=r"EUR, USD; pass currency="):
        taken(way, given_columns, tmp_path)
    (tmp_path / "again").mkdir()
    booked = sm.bookings(taken(way, given_columns, tmp_path / "again", currency="USD").deals)
    assert (booked.value, booked.excluded) == (100.25, {"no exchange rate": 1})


@pytest.mark.parametrize("way", WAYS)
def test_mixed_zones_are_instants(way: str, tmp_path: Path) -> None:
    closed = ["2025-01-31T23:30:00-05:00", "2025-02-01T00:30:00+09:00"]
    crm = taken(way, columns(closed_at=closed), tmp_path, currency="USD", tz="UTC")
    assert sm.won_deals(crm.deals, "2025-02-01").value == 1
    assert sm.won_deals(crm.deals, "2025-01-31").value == 1


@pytest.mark.parametrize("way", WAYS)
def test_naive_times_need_a_zone(way: str, tmp_path: Path) -> None:
    closed = [datetime(2025, 2, 1, 8), datetime(2025, 2, 3, 9, 30)]
    with pytest.raises(sm.ZoneError, match=r"closed_at has times of day .*; pass tz="):
        taken(way, columns(closed_at=closed), tmp_path, currency="USD")
    (tmp_path / "again").mkdir()
    crm = taken(way, columns(closed_at=closed), tmp_path / "again", currency="USD", tz="Asia/Seoul")
    assert sm.won_deals(crm.deals, "2025-02-01").value == 1


@pytest.mark.parametrize("way", WAYS)
def test_no_data_and_no_such_group(way: str, tmp_path: Path) -> None:
    crm = taken(way, columns(), tmp_path, currency="USD")
    assert sm.won_deals(crm.deals, "2020").value == 0
    rate = sm.win_rate(crm.deals, "2020")
    assert (rate.value, rate.n, rate.reason) == (None, 0, "no decided deals in the period")
    with pytest.raises(sm.ColumnError, match="Did you mean 'owner'"):
        sm.won_deals(crm.deals, by="onwer")


@pytest.mark.parametrize("way", WAYS)
def test_an_empty_table(way: str, tmp_path: Path) -> None:
    empty: dict[str, list[Any]] = {name: [] for name in columns()}
    crm = taken(way, empty, tmp_path, currency="USD")
    assert len(crm.deals) == crm.deals.rows_given == 0
    assert sm.won_deals(crm.deals, "2025").value == 0
    assert sm.win_rate(crm.deals, "2025").value is None


@pytest.mark.parametrize("kind", REFUSED)
def test_a_record_refuses_what_its_own_cells_say(kind: str) -> None:
    """Pydantic's error has the house's words; what depends on other rows the table says."""
    changed, field, says = REFUSED[kind]
    row = {name: cells[1] for name, cells in columns(**changed).items()}
    if kind == "open with close date":
        says = "but the deal is"
    between = ("duplicate ids", "unknown stage",
               "a fraction beyond all reckoning",
               "an amount too fine", "10**19 minor units", "naive beside aware",
               "an unknown currency")  # fmt: skip
    if kind in between:
        sm.Deal(**row)
        return
    with pytest.raises(ValueError, match=field) as wrong:
        sm.Deal(**row)
    assert says in str(wrong.value) or kind in ("no id", "a blank id", "a word not known")


HOSTILE = [
    "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "\x1b[31mred\x07", "a\rb",
    "\u202eevil\u202c",
    "x" * 5000, "|`*_[a](b)", "nul\x00l", "tab\there", "한글", "\u2028", "0", "true", "None", "nan",
    "2025-01-01", "1e3", "'", '"', ",", "\ufeff",
]  # fmt: skip
TEXTS = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "a", "A", "007", "1.50", "won", "open", "2025-02-30", *HOSTILE]),
    st.text(st.characters(codec="utf-8"), max_size=5),
)
FIELDS = ("id", "owner", "created_at", "closed_at", "outcome", "amount", "probability", "stage")


def outcome_of(crm: sm.CRM) -> Any:
    faults = sorted((f.row, f.field) for f in crm.deals.rejected)
    if "outcome" not in crm.deals.columns:  # no row says how it stands
        return crm.deals.ids(), faults, sm.deals_created(crm.deals, "2025", by="owner").to_records()
    groups = sm.deals_created(crm.deals, "2025", by=("owner", "outcome")).to_records()
    return crm.deals.ids(), faults, groups, sm.bookings(crm.deals, by="stage").to_records()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(FIELDS, TEXTS)), min_size=1, max_size=5))
def test_any_texts_are_taken_alike_by_every_way(rows: list[dict[str, Any]]) -> None:
    given_columns = {name: [row[name] for row in rows] for name in FIELDS}
    found = {}
    for way in WAYS:
        texts = [cell for row in rows for cell in row.values() if cell]
        if way == "Excel" and any(ILLEGAL_CHARACTERS_RE.search(text) for text in texts):
            continue  # it cannot hold them
        blank = [not any(cell and cell.strip() for cell in row.values()) for row in rows]
        if way in ("Excel", "CSV") and any(blank):
            continue  # a row without any cell is none
        if way == "CSV" and any("\0" in text for text in texts):
            continue  # refused whole: it is no text
        with TemporaryDirectory() as folder:
            crm = taken(way, given_columns, Path(folder), tz="UTC", **USD)
        assert crm.deals.rows_given == len(rows)
        assert len(crm.deals) + len({f.row for f in crm.deals.rejected}) == len(rows)
        found[way] = outcome_of(crm)
    for way, each in found.items():
        assert each == found["dicts"], way
