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


HANDED_OVER = [("2024-11-01", "bo"), ("2025-02-01", "ana")]
WON_BY_BO = [("2024-11-01", "talks"), ("2025-01-20", "won")]


def by_owner(result: sm.Result) -> dict[Any, Any]:
    return {cell.group[0]: cell.value for cell in result.rows()}


def test_a_customer_is_active_for_the_owner_of_the_win() -> None:
    crm = company(WON_BY_BO, HANDED_OVER).as_of("2025-04-30")
    assert by_owner(sm.bookings(crm.deals, "2025-Q1", by="owner"))["bo"] == 100
    active = sm.active_customers(None, crm.deals, "2025-Q1", by="owner", active_for=90)
    assert by_owner(active) == {"bo": 1}
    assert active.from_history == ("stage", "owner")
    kept = sm.customer_retention_rate(None, crm.deals, "2025-02", by="owner", active_for=90)
    assert by_owner(kept) == {"bo": 1.0}
    cohorts = sm.cohort_retention(None, None, crm.deals, "2025-01", by="owner")
    assert {cell.group[0]: cell.n for cell in cohorts.rows()} == {"bo": 1}


def test_a_customer_counts_under_each_owner_of_a_win() -> None:
    deals = [{"id": each, "customer": "c", **FIRST} for each in ("d", "e")]
    moves = [{"deal": each, "stage": "won", "changed_at": "2025-01-20"} for each in ("d", "e")]
    owners = [("d", "bo", "2024-11-01"), ("e", "cho", "2024-11-01"), ("e", "bo", "2025-03-01")]
    crm = sm.CRM(
        deals=deals, stages=STAGES, stage_changes=moves, currency="EUR",
        owner_changes=[{"deal": d, "owner": o, "changed_at": at} for d, o, at in owners],
    )  # fmt: skip
    active = sm.active_customers(None, crm.deals, "2025-Q1", by="owner", active_for=90)
    assert by_owner(active) == {"bo": 1, "cho": 1}
    assert sm.active_customers(None, crm.deals, "2025-Q1", active_for=90).value == 1


def test_a_win_that_was_removed_makes_nobody_a_customer() -> None:
    deals = [{"id": "d", "customer": "c", "removed_at": "2025-02-10", **FIRST}]
    crm = company(WON_BY_BO, deals=deals)
    for months, count in (("2025-01", 0), ("2025-Q1", 0)):
        assert sm.won_deals(crm.deals, months).value == count
        active = sm.active_customers(None, crm.deals, months, active_for=90)
        assert active.value == count
        assert sm.repeat_purchase_rate(None, crm.deals, months).n == count
        assert sm.cohort_retention(None, None, crm.deals, months).n == count
    then = crm.as_of("2025-02-09")  # nobody knew yet
    assert sm.active_customers(None, then.deals, "2025-01", active_for=90).value == 1


def test_what_nobody_shares_is_credited_to_the_owner_of_the_win() -> None:
    deals = [{"id": each, "customer": "c", "amount": 100, "created_at": "2024-11-01"}
             for each in ("d", "e")]  # fmt: skip
    shares = [{"deal": "e", "owner": o, "share": 0.5} for o in ("ana", "cho")]
    crm = company([*WON_BY_BO], HANDED_OVER, deals=deals, deal_credits=shares)
    found = sm.credited_bookings(crm.deals, crm.deal_credits, "2025-Q1", by="owner")
    assert (
        by_owner(found)["bo"]
        == 100
        == by_owner(sm.bookings(crm.deals, "2025-Q1", by="owner"))["bo"]
    )
    assert found.from_history == ("stage", "owner")


def test_what_was_earned_to_date_is_of_the_owner_of_the_win() -> None:
    crm = company(WON_BY_BO, HANDED_OVER).as_of("2025-04-30")
    found = sm.customer_lifetime_value(None, crm.deals, "2025-03", by="owner", margin=1)
    assert by_owner(found) == {"bo": 100.0}
    deals = [{"id": "d", "customer": "c", "removed_at": "2025-02-10", **FIRST}]
    crm = company(WON_BY_BO, deals=deals)
    for month in MONTHS:  # the month of the win too: bookings have it in none
        found = sm.customer_lifetime_value(None, crm.deals, month, margin=1)
        assert (found.value, found.n) == (None, 0)


def test_a_close_that_is_a_day_is_of_the_last_owner_of_that_day() -> None:
    deals = [{"id": "d", "customer": "c", "outcome": "won", "closed_at": "2025-01-20", **FIRST}]
    for at, owner in (("2025-01-20T09:00", "ana"), ("2025-01-21T00:00", "bo")):
        moves = [{"deal": "d", "owner": "bo", "changed_at": "2024-11-01T00:00"}]
        moves.append({"deal": "d", "owner": "ana", "changed_at": at})
        crm = sm.CRM(deals=deals, owner_changes=moves, currency="EUR", tz="Europe/Berlin")
        booked = by_owner(sm.bookings(crm.deals, "2025-Q1", by="owner"))
        assert booked[owner] == 100
        close = [{**deals[0], "closed_at": "2025-01-20T08:59"}]  # an instant knows better
        crm = sm.CRM(deals=close, owner_changes=moves, currency="EUR", tz="Europe/Berlin")
        assert by_owner(sm.bookings(crm.deals, "2025-Q1", by="owner"))["bo"] == 100
