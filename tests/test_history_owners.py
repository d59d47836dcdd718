"""Deals that were reopened, removed or handed over: every figure reads the same history."""

from __future__ import annotations

from typing import Any

import salesmetrics as sm

STAGES = [
    {"id": "talks", "order": 1, "type": "open", "probability": 0.2},
    {"id": "offer", "order": 2, "type": "open", "probability": 0.5},
    {"id": "won", "order": 3, "type": "won"},
    {"id": "lost", "order": 4, "type": "lost"},
]
FIRST = {"created_at": "2024-11-01", "stage": "talks", "amount": 100}


def company(
    moves: list[tuple[str, str]], owners: list[tuple[str, str]] = (), **given: Any
) -> sm.CRM:
    """One deal, d, with its changes of stage and of owner."""
    deals = given.pop("deals", [{"id": "d", "customer": "c", **FIRST}])
    tables: dict[str, Any] = {
        "stage_changes": [{"deal": "d", "stage": s, "changed_at": at} for at, s in moves],
        "owner_changes": [{"deal": "d", "owner": o, "changed_at": at} for at, o in owners],
    }
    tables = {name: rows for name, rows in tables.items() if rows}
    return sm.CRM(deals=deals, stages=STAGES, currency="EUR", **tables, **given)


REOPENED = [
    ("2024-11-01", "talks"), ("2025-01-10", "lost"), ("2025-02-10", "offer"),
]  # fmt: skip
CALL = [{"id": "a", "deal": "d", "done_at": "2025-01-05"}]
MONTHS = sm.period("2025-Q1").split("month")


def values(result: sm.Result) -> list[Any]:
    return [cell.value for cell in result.rows()]


def test_a_deal_that_was_lost_at_the_end_is_not_stale() -> None:
    crm = company(REOPENED, activities=CALL).as_of("2025-04-30")
    assert values(sm.open_deals(crm.deals, MONTHS)) == [0, 1, 1]
    stale = sm.stale_deals(crm.deals, crm.activities, MONTHS)
    assert values(stale) == [0, 1, 1]
    assert stale.from_history == ("stage",)
    by_stage = sm.stale_deals(crm.deals, crm.activities, "2025-03", by="stage")
    assert {cell.group[0]: cell.value for cell in by_stage.rows()}["offer"] == 1


def test_a_deal_that_was_lost_at_the_end_has_no_age() -> None:
    crm = company(REOPENED).as_of("2025-04-30")
    ages = sm.deal_age(crm.deals, MONTHS)
    assert [cell.n for cell in ages.rows()] == [0, 1, 1]
    assert values(ages) == [None, 119, 150]  # from the creation on, whatever happened since


def test_who_is_stale_stands_open_by_the_owner_of_the_end() -> None:
    crm = company(
        [("2024-11-01", "talks")], [("2024-11-01", "bo"), ("2025-02-01", "ana")], activities=CALL
    ).as_of("2025-04-30")
    held = {"2025-01": "bo", "2025-02": "ana", "2025-03": "ana"}
    owned = {(o, label): int(held[label] == o) for o in ("ana", "bo") for label in held}
    for found, expected in (
        (sm.open_deals(crm.deals, MONTHS, by="owner"), owned),
        # called on 5 January
        (
            sm.stale_deals(crm.deals, crm.activities, MONTHS, by="owner"),
            owned | {("bo", "2025-01"): 0},
        ),
    ):
        assert {(c.group[0], c.period.label): c.value for c in found.rows()} == expected


def test_an_undated_deal_of_which_it_is_not_known_that_it_stood_is_not_stale() -> None:
    deals = [{"id": "d", "stage": "talks"}, {"id": "e", **FIRST, "created_at": "2025-03-01"}]
    crm = sm.CRM(deals=deals, activities=[{"id": "a", "deal": "x", "done_at": "2025-01-01"}],
                 currency="EUR").as_of("2025-02-10")  # fmt: skip
    assert sm.open_deals(crm.deals, "2025-02").value == 0
    stale = sm.stale_deals(crm.deals, crm.activities, "2025-02")
    assert (stale.value, dict(stale.excluded)) == (0, {"no created_at": 1})
