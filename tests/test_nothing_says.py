"""Deals that do not say whether they are open, won or lost: not taken for open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm

ROWS: list[dict[str, Any]] = [
    {"id": 1, "created_at": "2025-01-03", "stage": "Closed Won", "amount": 1000},
    {"id": 2, "created_at": "2025-01-05", "stage": "Closed Lost", "amount": 500},
    {"id": 3, "created_at": "2025-01-07", "stage": "Negotiation", "amount": 700},
]
ASKING = (sm.won_deals, sm.bookings, sm.lost_deals, sm.win_rate, sm.close_rate, sm.open_deals,
          sm.open_pipeline)  # fmt: skip
BLANKS: list[dict[str, Any]] = [{}, {"outcome": None}, {"closed_at": None}, {"outcome": ""}]
STAGES = [{"id": "Closed Won", "type": "won"}, {"id": "Closed Lost", "type": "lost"},
          {"id": "Negotiation", "type": "open"}]  # fmt: skip


@pytest.mark.parametrize("asking", ASKING, ids=lambda kpi: kpi.__name__)
@pytest.mark.parametrize("blank", BLANKS, ids=str)
@pytest.mark.parametrize("staged", [True, False])
def test_what_asks_the_outcome_has_none(asking: Any, blank: Any, staged: bool) -> None:
    rows = [{n: v for n, v in row.items() if staged or n != "stage"} | blank for row in ROWS]
    with pytest.raises(sm.NeedsError, match=r"nothing says.*outcome.*stages=.*all_open=True"):
        asking(sm.Deals.of(rows, currency="EUR"), "2025")


def test_other_figures_stand() -> None:
    deals = sm.Deals.of(ROWS, currency="EUR")
    assert sm.deals_created(deals, "2025").value == 3
    assert sm.pipeline_created(deals, "2025").value == 2200


@pytest.mark.parametrize("way", ["of", "CRM", "read"])
def test_the_caller_may_say_that_all_are_open(way: str) -> None:
    made = {
        "of": lambda: sm.Deals.of(ROWS, currency="EUR", all_open=True),
        "CRM": lambda: sm.CRM(deals=ROWS, currency="EUR", all_open=True).deals,
        "read": lambda: sm.read({"deals": ROWS}, currency="EUR", all_open=True).deals,
    }[way]()
    stock = sm.open_pipeline(made, "2025")
    assert (stock.value, dict(stock.assumed)) == (2200, {"open, as the caller says": 3})
    assert sm.open_deals(made, "2025").value == 3
    won = sm.won_deals(made, "2025")
    assert (won.value, dict(won.assumed)) == (0, {})


def test_all_open_is_of_those_that_say_nothing() -> None:
    """What a stage's type or an outcome says stands."""
    rows = [*ROWS, {"id": 4, "created_at": "2025-01-09", "amount": 40}]
    deals = sm.CRM(deals=rows, stages=STAGES, currency="EUR", all_open=True).deals
    stock = sm.open_pipeline(deals, "2025-01")
    assert (stock.value, dict(stock.assumed)) == (740, {"open, as the caller says": 1})
    assert (sm.won_deals(deals).value, sm.lost_deals(deals).value) == (1, 1)
    told = [row | {"outcome": "won" if row["id"] == 1 else None} for row in rows]
    deals = sm.Deals.of(told, currency="EUR", all_open=True)
    assert (sm.won_deals(deals).value, sm.open_deals(deals, "2025-01").value) == (1, 3)
    closed = [row | {"closed_at": "2025-02-01"} for row in rows]
    with pytest.raises(sm.NeedsError, match="closed need to say how"):
        sm.Deals.of(closed, currency="EUR", all_open=True)


def test_a_stage_with_a_type_says_it() -> None:
    rows = [row | {"closed_at": None if at == 2 else "2025-02-01"} for at, row in enumerate(ROWS)]
    deals = sm.CRM(deals=rows, stages=STAGES, currency="EUR").deals
    assert sm.won_deals(deals, "2025").value == sm.open_deals(deals, "2025").value == 1


def test_rows_that_say_nothing_beside_others_are_excluded() -> None:
    """One of three says that it is open; the others may be anything."""
    rows = [dict(row) for row in ROWS]
    rows[2]["outcome"] = "open"
    deals = sm.Deals.of(rows, currency="EUR")
    pipeline = sm.open_pipeline(deals, "2025-01")
    assert (pipeline.value, dict(pipeline.excluded)) == (700, {"no outcome": 2})
    stood = sm.open_deals(deals, ["2025-01-03", "2025-01-05", "2025-01-07"])
    assert [cell.value for cell in stood.rows()] == [0, 0, 1]
    assert [dict(cell.excluded) for cell in stood.rows()] == [{"no outcome": n} for n in (1, 2, 2)]
    won = sm.won_deals(deals, "2025-01")
    assert (won.value, dict(won.excluded)) == (0, {"no outcome": 2})
    rate = sm.close_rate(deals, "2025-01")  # none of the one of which anybody knows
    assert (rate.numerator, rate.denominator, rate.undecided) == (0, 1, 1)
    assert dict(rate.excluded) == {"no outcome": 2}


def test_a_close_date_beside_others_says_that_a_deal_without_one_is_open() -> None:
    rows = [dict(row) for row in ROWS]
    rows[0] |= {"outcome": "won", "closed_at": "2025-02-01"}
    assert sm.open_deals(sm.Deals.of(rows, currency="EUR"), "2025").value == 2


def test_where_others_are_said_to_be_open_a_deal_without_a_word_is_not() -> None:
    """Closes are told and one deal is called open: one of which nothing is said may be anything."""
    rows = [dict(row) for row in ROWS]
    rows[0] |= {"outcome": "won", "closed_at": "2025-02-01"}
    rows[2] |= {"outcome": "open"}
    pipeline = sm.open_pipeline(sm.Deals.of(rows, currency="EUR"), "2025")
    assert (pipeline.value, dict(pipeline.excluded)) == (700, {"no outcome": 1})
    typed = [row | {"stage": stage} for row, stage in zip(ROWS, ("W", None, "X"), strict=True)]
    typed[0] |= {"closed_at": "2025-02-01"}
    stages = [{"id": "W", "type": "won"}, {"id": "X", "type": "open"}]
    deals = sm.CRM(deals=typed, stages=stages, currency="EUR").deals
    assert dict(sm.open_pipeline(deals, "2025").excluded) == {"no outcome": 1}


def test_a_blank_flag_of_a_file_says_nothing(tmp_path: Path) -> None:
    """Of 20, 40 and 10: the first says neither closed nor open, and its day is no plan either."""
    (tmp_path / "Opportunity.csv").write_text(
        "Id,StageName,Amount,CloseDate,CreatedDate,IsClosed,IsWon,IsDeleted\n"
        "1,Prospecting,20,2025-05-01,2025-01-01T00:00:00.000Z,,,0\n"
        "2,Prospecting,40,2025-05-01,2025-01-01T00:00:00.000Z,N,아니오,0\n"
        "3,Closed Won,10,2025-02-01,2025-01-01T00:00:00.000Z,1,예,0\n",
        "utf-8",
    )
    deals = sm.read(tmp_path, preset="salesforce", currency="USD", tz="UTC").deals
    pipeline = sm.open_pipeline(deals, "2025")
    assert (pipeline.value, dict(pipeline.excluded)) == (40, {"no outcome": 1})


def test_a_flag_that_is_none_is_refused(tmp_path: Path) -> None:
    """A deleted deal must not count because its flag is written as nobody knows."""
    text = "Id,StageName,CreatedDate,IsClosed,IsWon,IsDeleted\n1,x,2025-01-01T00:00:00.000Z,1,1,X\n"
    (tmp_path / "Opportunity.csv").write_text(text, "utf-8")
    with pytest.raises(sm.ColumnError, match="'IsDeleted' has 'X': true or false is expected"):
        sm.read(tmp_path, preset="salesforce", currency="USD", tz="UTC")


def test_quality_says_that_nothing_says() -> None:
    (found,) = sm.quality(sm.CRM(deals=ROWS, currency="EUR")).of("outcome_unsaid")
    assert (found.rows, found.severity) == (3, "error")
    assert "all_open" in found.words()
    some = [ROWS[0] | {"outcome": "open"}, *ROWS[1:]]
    (found,) = sm.quality(sm.CRM(deals=some, currency="EUR")).of("outcome_unsaid")
    assert found.examples == ("2", "3")


def test_what_was_removed_is_not_there_to_say_anything() -> None:
    """It may have been open until its removal; after it, it stands in no stock and in no flow."""
    rows = [
        {"id": "a", "owner": "bo", "created_at": "2025-01-05", "removed_at": "2025-03-10"},
        {"id": "b", "owner": "ana", "created_at": "2025-01-05"},
        {"id": "c", "owner": "ana", "created_at": "2025-01-05", "outcome": "open"},
        {"id": "e", "owner": "ana", "created_at": "2025-05-02", "outcome": "open"},
    ]
    deals = sm.Deals.of(rows)
    months = ["2025-01", "2025-02", "2025-03", "2025-04"]
    for found in (sm.open_deals(deals, months), sm.deal_age(deals, months)):
        assert [cell.n for cell in found.rows()] == [1, 1, 1, 1]
        assert [dict(cell.excluded) for cell in found.rows()] == [
            {"no outcome": n} for n in (2, 2, 1, 1)
        ]
    by_owner = sm.open_deals(deals, months, by="owner")
    left = {cell.period.label: dict(cell.excluded) for cell in by_owner if cell.group == ("bo",)}
    assert left == {
        "2025-01": {"no outcome": 1}, "2025-02": {"no outcome": 1}, "2025-03": {}, "2025-04": {}
    }  # fmt: skip
    stood = sm.open_deals(deals, months).records()
    assert [(one.id, one.period) for one in stood if one.reason is not None and one.id == "a"] == [
        ("a", "2025-01"), ("a", "2025-02")
    ]  # fmt: skip
    won = sm.won_deals(deals, "2025-02")
    assert dict(won.excluded) == {"no outcome": 1}
    assert [one.id for one in won.records()] == ["b"]
    before = deals.as_of("2025-02-15")  # its removal has not happened
    assert dict(sm.won_deals(before, "2025-02").excluded) == {"no outcome": 2}


@pytest.mark.parametrize("history", [False, True], ids=["bare", "owners"])
def test_a_history_of_owners_says_nothing_of_how_a_deal_stands(history: bool) -> None:
    """7 stand open and 9 were won; of the other 5 nobody knows whether they stand."""
    born = {"created_at": "2025-01-01", "closed_at": None}
    deals = [
        born | {"id": "a", "outcome": None, "amount": 5},
        born | {"id": "b", "outcome": "open", "amount": 7},
        born | {"id": "c", "outcome": "won", "amount": 9, "closed_at": "2025-02-03"},
    ]
    changes = [
        {"deal": "a", "owner": "bo", "changed_at": "2025-01-01"},
        {"deal": "a", "owner": "ana", "changed_at": "2025-02-01"},
    ]
    told = {"owner_changes": changes} if history else {}
    crm = sm.CRM(deals=deals, currency="USD", **told)
    unsaid = {"no outcome": 1}
    pipeline = sm.open_pipeline(crm.deals, "2025-02")
    assert (pipeline.value, dict(pipeline.excluded)) == (7, unsaid)
    assert sm.open_deals(crm.deals, "2025-02").value == 1
    moved = sm.pipeline_movement(crm.deals, "2025-02", of="count")
    assert (moved.value, dict(moved.excluded)) == (1, unsaid)
    assert (moved.part("opening").value, moved.part("won").value) == (2, 1)
    assert [moved.part(name).value for name in ("lost", "removed", "transient")] == [0, 0, 0]
    assert sm.pipeline_movement(crm.deals, "2025-02").value == 7


def test_what_was_due_is_of_deals_that_say_how_they_stand() -> None:
    """Due in the first quarter are b (won) and c (open); of a nobody knows whether it stood."""
    born = {"created_at": "2024-12-01", "closed_at": None, "amount": 10}
    deals = [
        born | {"id": "a", "outcome": None},
        born | {"id": "b", "outcome": "won", "closed_at": "2025-02-03"},
        born | {"id": "c", "outcome": "open"},
    ]
    day = "2024-12-01"
    dues = [{"deal": key, "expected_close_at": "2025-02-01", "changed_at": day} for key in "abc"]
    amounts = [{"deal": key, "amount": 10, "changed_at": day} for key in "abc"]
    later = {"id": "d", "created_at": "2025-06-01", "outcome": "open", "amount": 1}
    crm = sm.CRM(
        deals=[*deals, later], close_date_changes=dues, amount_changes=amounts, currency="USD"
    )
    for of in ("count", "amount"):
        found = sm.pipeline_yield(crm.deals, "2025-Q1", of=of)
        assert found.value == 0.5
        assert dict(found.excluded) == {"no outcome": 1}
        assert found.part("open").value == (1 if of == "count" else 10)
