"""Findings of names, of empty tables, of days: one for each pattern, with the rows it is about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.insight import doubtful_names


def quality(**tables: Any) -> Any:
    return sm.quality(sm.CRM(**tables, currency="USD", all_open=True), kpis=["deals_created"])


def deals(column: str, *names: str | None) -> list[dict[str, Any]]:
    return [
        {"id": f"d{at}", "created_at": "2025-01-01", column: name} for at, name in enumerate(names)
    ]


@pytest.mark.parametrize("column", ["source", "owner", "product", "customer", "loss_reason"])
@pytest.mark.parametrize(
    "names",
    [
        ("Avito", "avito", "AVITO"),
        ("GTX Pro", "GTXPro"),
        ("E-mail", "Email", "e mail"),
        ("Acme, Inc.", "Acme Inc"),
        ("\u00c5rhus", "A\u030arhus"),
        ("\uff21cme", "Acme"),
    ],
)
def test_spellings_of_one_name_are_named(column: str, names: tuple[str, ...]) -> None:
    (found,) = quality(deals=deals(column, *names, "Other", None)).of("spelled_alike")
    assert (found.table, found.field, found.rows) == ("deals", column, len(names))
    assert all(repr(name) in found.words() for name in names)
    assert "Other" not in found.words()


@pytest.mark.parametrize(
    "names", [("Ana", "Anna"), ("Q1", "Q2"), ("0015g00000AbcDeAAA", "0015g00000AbcDEAAA")]
)
def test_names_that_differ_are_not(names: tuple[str, ...]) -> None:
    assert quality(deals=deals("owner", *names)).of("spelled_alike") == ()


@pytest.mark.parametrize(
    ("names", "rows"),
    [
        (("Acme", "Acme;Beta"), 1),
        (("Acme;Beta", "Acme; Beta"), 2),
        (("Acme", "Acme, Beta"), 1),
        (("Acme", "Beta|Acme"), 1),
        (("Acme, Inc.", "Beta"), 0),
        (("Acme", "Acme;"), 0),
        (("김민수", "이서연", "김민수/이서연"), 1),  # each of them stands alone elsewhere
        (("Acme", "Beta", "Acme and Beta", "Acme + Beta"), 2),
        (("A/S", "A", "Sales & Co", "Sales"), 0),
    ],
)
def test_several_names_in_one_cell_are_named(names: tuple[str, ...], rows: int) -> None:
    found = quality(deals=deals("customer", *names)).of("several_in_one")
    assert sum(one.rows for one in found) == rows
    assert len(found) == (rows > 0)


def test_ids_that_a_spreadsheet_has_rounded_are_named() -> None:
    """1.23457E+17 in a file of text: two customers may have become one."""
    rows = deals("customer", "1.23457E+17", "1.23457E+17", "5E3", "1E+5x", "Acme")
    (found,) = quality(deals=rows).of("rounded")
    assert (found.field, found.rows, found.severity) == ("customer", 2, "error")
    assert "'1.23457E+17'" in found.words()
    rows = [{"id": "3E+20", "created_at": "2025-01-01"}, {"id": "3E20", "created_at": "2025-01-01"}]
    (found,) = quality(deals=rows).of("rounded")
    assert (found.field, found.examples) == ("id", ("3E+20",))


def test_days_of_imports_are_one_finding() -> None:
    """Twenty-four first days of a month with 100 deals each, beside one deal on other days."""
    rows = []
    for month in range(24):
        first = date(2023 + month // 12, month % 12 + 1, 1)
        rows += [{"id": f"{first} {at}", "created_at": first} for at in range(100)]
        rows += [{"id": f"{first}+{at}", "created_at": first + timedelta(at)} for at in (3, 9, 12)]
    (found,) = quality(deals=rows).of("import_spike")
    assert found.rows == 2400
    assert "2023-01-01, 2023-02-01" in found.words() and "(+19)" in found.words()


def test_a_table_without_rows_is_a_finding() -> None:
    (found,) = quality(deals=deals("owner", "ana"), leads=[]).of("no_rows")
    assert (found.table, found.rows) == ("leads", 0)
    assert quality(deals=deals("owner", "ana")).of("no_rows") == ()


def test_a_lone_event_long_after_all_others_is_a_finding() -> None:
    rows = deals("owner", "ana", "bo", "cy")
    assert quality(deals=rows).of("lone_latest") == ()
    near = [*rows, {"id": "x", "created_at": "2025-02-01"}]  # 31 days
    assert quality(deals=near).of("lone_latest") == ()
    (found,) = quality(deals=[*rows, {"id": "x", "created_at": "2025-02-02"}]).of("lone_latest")
    assert (found.rows, found.examples) == (1, ("x",))
    assert "2025-02-02" in found.words() and "2025-01-01" in found.words()


def test_plans_ten_years_ahead_are_a_finding() -> None:
    rows = deals("owner", "ana", "bo")
    rows[0]["expected_close_at"], rows[1]["expected_close_at"] = "2035-01-03", "2034-12-31"
    (found,) = quality(deals=rows).of("planned_far_ahead")
    assert found.examples == ("d0",)


def test_titles_of_deals_are_no_names_by_which_anything_is_grouped() -> None:
    rows = deals("name", "Renewal", "renewal", "Renewal;Upgrade")
    assert quality(deals=rows).of("spelled_alike") == ()
    assert quality(deals=rows).of("several_in_one") == ()


@pytest.mark.parametrize(("most", "named"), [(4, True), (3, False)])  # of three and none
def test_more_names_than_people_look_through_are_left(
    most: int, named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doubtful_names, "MANY_NAMES", most)
    for names, kind in (
        (("Acme", "acme", "Beta"), "spelled_alike"),
        (("Acme", "Beta", "Acme;Beta"), "several_in_one"),
    ):
        assert bool(quality(deals=deals("customer", *names)).of(kind)) is named
