"""Deals that were reopened, removed or handed over: every figure reads the same history."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

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
                 currency="EUR", all_open=True).as_of("2025-02-10")  # fmt: skip
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
    active = sm.active_customers(None, crm.deals, "2025-Q1", by="owner", active_for_days=90)
    assert by_owner(active) == {"bo": 1}
    assert active.from_history == ("stage", "owner")
    kept = sm.customer_retention_rate(None, crm.deals, "2025-02", by="owner", active_for_days=90)
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
    active = sm.active_customers(None, crm.deals, "2025-Q1", by="owner", active_for_days=90)
    assert by_owner(active) == {"bo": 1, "cho": 1}
    assert sm.active_customers(None, crm.deals, "2025-Q1", active_for_days=90).value == 1


def test_a_win_that_was_removed_makes_nobody_a_customer() -> None:
    deals = [{"id": "d", "customer": "c", "removed_at": "2025-02-10", **FIRST}]
    crm = company(WON_BY_BO, deals=deals)
    for months, count in (("2025-01", 0), ("2025-Q1", 0)):
        assert sm.won_deals(crm.deals, months).value == count
        active = sm.active_customers(None, crm.deals, months, active_for_days=90)
        assert active.value == count
        assert sm.repeat_purchase_rate(None, crm.deals, months).n == count
        assert sm.cohort_retention(None, None, crm.deals, months).n == count
    then = crm.as_of("2025-02-09")  # nobody knew yet
    assert sm.active_customers(None, then.deals, "2025-01", active_for_days=90).value == 1


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


def parts(crm: sm.CRM, period: str, by: str, **more: Any) -> dict[tuple[str, Any], Any]:
    """What is not 0 of a movement by count, by part and group."""
    moved = sm.pipeline_movement(crm.deals, period, by=by, of="count", **more)
    return {
        (name, moved.groups[g][0]): value
        for g in range(len(moved.groups))
        for name, value in moved.cell(0, g).parts.items()
        if value
    }


def at(day: int, hour: int) -> str:
    return f"2025-01-{day:02}T{hour:02}:00"


BY_THE_HOUR = [(at(2, 9), "talks"), (at(20, 10), "offer"), (at(20, 17), "won")]


def test_a_win_is_moved_from_the_stage_and_the_owner_it_was_won_from() -> None:
    """Whatever happened since the closing day began; and as the bookings of its owner have it."""
    deals = [{"id": "d", "created_at": at(2, 9), "amount": 100, "stage": "talks"}]
    owners = [(at(2, 9), "bo"), (at(20, 12), "ana"), (at(20, 18), "cho")]
    crm = company(BY_THE_HOUR, owners, deals=deals, tz="Europe/Berlin")
    inside = parts(crm, "2025-01-15..2025-01-31", "stage")
    assert inside == {
        ("opening", "talks"): 1, ("transferred_out", "talks"): 1,
        ("transferred_in", "offer"): 1, ("won", "offer"): 1, ("bookings", "offer"): 1,
    }  # fmt: skip
    assert parts(crm, "2025-01-20", "owner") == {
        ("opening", "bo"): 1, ("transferred_out", "bo"): 1,
        ("transferred_in", "ana"): 1, ("won", "ana"): 1, ("bookings", "ana"): 1,
    }  # fmt: skip
    booked = by_owner(sm.bookings(crm.deals, "2025-01-20", by="owner"))
    assert {owner: amount for owner, amount in booked.items() if amount} == {"ana": 100}
    passing = parts(crm, "2025-01", "stage")  # created and won inside
    assert passing["transient", "offer"] == passing["transient_won", "offer"] == 1
    assert sm.open_deals(crm.deals, "2025-01-19", by="stage").at(stage="talks").value == 1
    assert sm.open_deals(crm.deals, "2025-01-20").value == 0


def test_a_close_that_is_a_day_is_moved_from_the_last_open_stage_and_owner() -> None:
    """Told in the row or by a change of stage; after an instant, what came after is no matter."""
    owners = [("2024-11-01", "bo"), (at(20, 12), "ana"), (at(21, 1), "cho")]
    row = {"id": "d", "created_at": "2024-11-01", "amount": 100}
    closed = {"outcome": "won", "closed_at": "2025-01-20"}
    for moves, deal, stage in (
        ([("2024-11-01", "talks"), (at(20, 10), "offer")], row | closed, "offer"),
        ([("2024-11-01", "talks"), ("2025-01-20", "offer"), ("2025-01-20", "won")], row, "offer"),
        ([("2024-11-01", "talks"), ("2025-01-20", "won")], row, "talks"),
    ):
        crm = company(moves, owners, deals=[deal], tz="Europe/Berlin")
        assert ("won", "ana") in parts(crm, "2025-01-15..2025-01-31", "owner"), moves
        assert ("won", stage) in parts(crm, "2025-01-15..2025-01-31", "stage"), moves
        assert by_owner(sm.bookings(crm.deals, "2025-01", by="owner"))["ana"] == 100


def test_a_deal_that_was_removed_is_moved_from_what_it_was_then() -> None:
    deals = [{"id": "d", "created_at": at(2, 9), "amount": 100, "removed_at": at(20, 16)}]
    crm = company(BY_THE_HOUR[:2], deals=deals, tz="Europe/Berlin")
    assert ("removed", "offer") in parts(crm, "2025-01-15..2025-01-31", "stage")


def test_what_stood_is_grouped_by_when_the_deal_was_created_and_closed() -> None:
    """Not by when it last changed before the end."""
    moves = [("2024-11-01", "talks"), ("2025-01-10", "offer"), ("2025-03-05", "won")]
    crm = company(moves)
    for by, group in (("created_at.month", "2024-11"), ("closed_at.month", "2025-03")):
        found = sm.open_deals(crm.deals, ("2024-12", "2025-01", "2025-02"), by=by)
        assert {(c.group[0], c.value) for c in found.rows()} == {(group, 1)}
        plain = sm.CRM(deals=[{"id": "d", "created_at": "2024-11-01", "outcome": "won"}
                              | {"closed_at": "2025-03-05"}])  # fmt: skip
        assert found.groups == sm.open_deals(plain.deals, "2025-01", by=by).groups


def test_a_win_that_was_removed_is_no_first_win() -> None:
    deals = [
        {"id": "d", "customer": "c", "outcome": "won", "closed_at": "2025-01-20", **FIRST},
        {"id": "e", "customer": "c", "outcome": "won", "closed_at": "2025-02-20", **FIRST},
    ]
    deals.append({"id": "f", "outcome": "open", **FIRST, "created_at": "2025-03-01"})
    customers = [{"id": "c"}]
    crm = sm.CRM(deals=deals, customers=customers, currency="EUR")
    assert values(sm.new_customers(crm.customers, MONTHS)) == [1, 0, 0]
    assert sm.existing_revenue_share(crm.deals, "2025-02").value == 1
    deals[0]["removed_at"] = "2025-03-01"
    crm = sm.CRM(deals=deals, customers=customers, currency="EUR")
    assert values(sm.new_customers(crm.customers, MONTHS)) == [0, 1, 0]
    assert sm.existing_revenue_share(crm.deals, "2025-02").value == 0


def test_an_undated_deal_that_stands_now_is_stale_and_said_to_be_undated() -> None:
    deals = [{"id": "d"}, {"id": "e", "created_at": "2025-01-01"}]
    done = [{"id": "a", "deal": "x", "done_at": "2025-03-31"}]
    crm = sm.CRM(deals=deals, activities=done, currency="EUR", all_open=True)
    stale = sm.stale_deals(crm.deals, crm.activities, "2025-Q1")
    assert (stale.value, dict(stale.assumed)) == (2, {"undated: no created_at": 1})
    called = [{"id": "a", "deal": "d", "done_at": "2025-03-31"}]
    crm = sm.CRM(deals=deals, activities=called, currency="EUR", all_open=True)
    stale = sm.stale_deals(crm.deals, crm.activities, "2025-Q1")
    assert (stale.value, dict(stale.assumed)) == (1, {})


def test_a_deal_that_began_as_won_was_not_open_until_it_was_reopened() -> None:
    crm = company([("2024-11-01", "won"), ("2025-02-10", "offer")]).as_of("2025-04-30")
    assert values(sm.open_deals(crm.deals, MONTHS)) == [0, 1, 1]


def test_who_takes_a_deal_at_the_instant_of_its_close_has_it() -> None:
    deals = [{"id": "d", "created_at": at(2, 9), "amount": 100}]
    deals[0] |= {"outcome": "won", "closed_at": at(20, 17)}
    crm = company([], [(at(2, 9), "bo"), (at(20, 17), "ana")], deals=deals, tz="Europe/Berlin")
    assert by_owner(sm.bookings(crm.deals, "2025-01", by="owner"))["ana"] == 100
    assert ("won", "ana") in parts(crm, "2025-01-15..2025-01-31", "owner")


def test_who_had_a_deal_for_hours_of_a_day_on_which_nothing_closed_is_no_group() -> None:
    owners = [("2024-11-01", "bo"), (at(20, 10), "cho"), (at(20, 12), "ana")]
    crm = company([("2024-11-01", "talks")], owners, tz="Europe/Berlin")
    assert sm.open_deals(crm.deals, MONTHS, by="owner").groups == (("ana",), ("bo",))


CLOSES = ("2025-01-20", at(20, 17))
TAKEN = ("2025-01-19", "2025-01-20", at(20, 9), at(20, 17), at(20, 18), "2025-01-21", at(30, 9))


@pytest.mark.parametrize("closed", CLOSES)
@pytest.mark.parametrize("ends", ["won", "removed"])
def test_a_deal_ends_with_who_had_it_last_before_it_ended(closed: str, ends: str) -> None:
    """Whoever takes it later, on the same day or another one, won and lost nothing of it."""
    for taken in [each for many in range(4) for each in combinations(TAKEN, many)]:
        owners = [("2024-11-01", "o"), *((when, f"o{n}") for n, when in enumerate(taken))]
        # Of an end of which only the day is known, whoever took it that day; written so, text
        # stands in the order of time.
        had = [owner for when, owner in owners if when[: len(closed)] <= closed]
        deal = {"id": "d", **FIRST}
        deal |= {"outcome": "won", "closed_at": closed} if ends == "won" else {"removed_at": closed}
        rest = [{"id": "e", **FIRST, "created_at": "2025-02-03"}]  # so that February is known
        crm = company([], owners, deals=[deal, *rest], tz="Europe/Berlin")
        found = parts(crm, "2025-01", "owner")
        assert {who for what, who in found if what == ends} == {had[-1]}, (owners, found)
        stood = sm.open_deals(crm.deals, "2025-01", by="owner")
        assert not any(cell.value for cell in stood.rows()), owners
