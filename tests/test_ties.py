"""Rows that are alike in what orders them: no figure depends on where they stand."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics.forecast.bookings import bookings_model
from salesmetrics.forecast.new_deals import NewDeals
from salesmetrics.forecast.projection import projected_win_rate
from salesmetrics.tables.change_order import by_keys

TERM = {"interval": "year", "started_at": "2024-01-01", "ended_at": "2025-01-01"}
NEXT = {"interval": "year", "started_at": "2025-01-01", "ended_at": "2026-01-01"}
CONTRACTS = [
    {"id": "a", "customer": "c", "amount": 100, **TERM},
    {"id": "b", "customer": "c", "amount": 200, **TERM},
    {"id": "p", "customer": "c", "amount": 150, **NEXT},
    {"id": "q", "customer": "c", "amount": 200, **NEXT},
]
AT = "2025-01-06T09:00"
LEADS = [
    {"id": 1, "customer": "c", "created_at": AT, "channel": "web"},
    {"id": 2, "customer": "c", "created_at": AT, "channel": "fair"},
    {"id": 3, "customer": "d", "created_at": AT, "channel": "web"},
]
TOUCHES = [
    {"customer": "c", "touched_at": AT, "campaign": "mail", "channel": "web"},
    {"customer": "c", "touched_at": AT, "campaign": "fair", "channel": "fair"},
    {"customer": "c", "touched_at": AT, "campaign": "ad", "channel": "web"},
]
DEALS = [
    {"id": n, "customer": who, "created_at": "2025-01-07", "closed_at": "2025-01-20",
     "outcome": "won", "amount": 90}
    for n, who in ((1, "c"), (2, "d"))
]  # fmt: skip
COSTS = [
    {"category": "marketing", "channel": "web", "amount": 100, "spent_at": "2025-01-10"},
    {"category": "marketing", "channel": "fair", "amount": 50, "spent_at": "2025-01-10"},
]


def renewals(rows: list[dict[str, Any]]) -> Any:
    table = sm.Subscriptions.of(rows, currency="EUR").as_of("2025-06-30")
    of = ("gross", "net", "count")
    return [sm.renewal_rate(table, "2024-12", retained=each).exact for each in of]


def new_by_channel(rows: list[dict[str, Any]]) -> Any:
    crm = sm.CRM(
        leads=rows, deals=DEALS, costs=COSTS, customers=[{"id": "c"}, {"id": "d"}],
        currency="EUR", tz="UTC",
    )  # fmt: skip
    new = sm.new_customers(crm.customers, "2025-01", by="channel")
    cost = sm.customer_acquisition_cost(crm.costs, crm.customers, "2025-01", by="channel")
    return [(c.group, c.value) for c in new.rows()], [(c.group, c.value) for c in cost.rows()]


def contributions(rows: list[dict[str, Any]]) -> Any:
    crm = sm.CRM(touches=rows, deals=DEALS, currency="EUR", tz="UTC")
    return [
        [
            (cell.group, cell.value)
            for cell in sm.campaign_contribution(
                crm.deals, crm.touches, "2025-01", by="campaign", attribution=rule
            ).rows()
        ]
        for rule in ("first", "last", "linear", "position")
    ]


EDITIONS = [
    {"id": at, "kind": "guide", "material": "m", "published_at": "2025-01-06", "updated_at": None,
     "owner": owner}
    for at, owner in enumerate(("cho", "ana", "ben"))
]  # fmt: skip


def fresh_by_owner(rows: list[dict[str, Any]]) -> Any:
    table = sm.Deliverables.of(rows)
    found = sm.material_update_rate(table, "2025-01", by="owner")
    return [(cell.group, cell.n) for cell in found.rows()]


FIRST_OF_A_CUSTOMER = [
    {"id": 1, "customer": "c", "product": "crm", "amount": 100, **TERM},
    {"id": 2, "customer": "c", "product": "bi", "amount": 200, **TERM},
    {"id": 3, "customer": "d", "product": "crm", "amount": 50, **TERM},
]


def staying_by_product(rows: list[dict[str, Any]]) -> Any:
    table = sm.Subscriptions.of(rows, currency="EUR").as_of("2024-06-30")
    curve = sm.retention_curve(table, by="product")
    worth = sm.contractual_lifetime_value(table, by="product", margin=0.7)
    parts = [(cell.group, cell.parts["paying_customers"]) for cell in worth.rows()]
    return [(cell.group, cell.n) for cell in curve.rows()], parts


KINDS: dict[str, tuple[Callable[[list[dict[str, Any]]], Any], list[dict[str, Any]]]] = {
    "contracts": (renewals, CONTRACTS),
    "leads": (new_by_channel, LEADS),
    "touches": (contributions, TOUCHES),
    "editions": (fresh_by_owner, EDITIONS),
    "subscriptions": (staying_by_product, FIRST_OF_A_CUSTOMER),
}


@pytest.mark.parametrize("kind", KINDS)
def test_ties_are_settled_by_what_the_rows_say(kind: str) -> None:
    figures, rows = KINDS[kind]
    found = figures(rows)
    for order in permutations(rows):
        assert figures(list(order)) == found


def test_how_they_are_settled() -> None:
    """In the order of their columns: of contracts the smaller amount, of names the first."""
    assert renewals(CONTRACTS)[0] == 1  # 100 by 150, 200 by 200: nothing is lost
    assert new_by_channel(LEADS)[0] == [(("fair",), 1), (("web",), 1)]
    assert [value for _, value in contributions(TOUCHES)[0] if value] == [90.0, 90.0]
    assert [group for group, n in fresh_by_owner(EDITIONS) if n] == [("cho",)]  # the last name
    # Of the contracts of c the one of 100: both customers began with crm.
    assert staying_by_product(FIRST_OF_A_CUSTOMER)[0] == [(("bi",), 0), (("crm",), 2)]


@pytest.mark.parametrize("wider", [1, 3])
def test_estimates_are_the_same_to_the_last_digit_in_any_order(wider: float) -> None:
    """Sums of floats are not of themselves, and a figure that moved so would be a change."""
    assert 0.1 + 0.2 + 0.7 != 0.7 + 0.2 + 0.1
    chances = [0.1, 0.2, 0.7, 0.3, 0.6, 0.15, 0.45, 0.9]
    rows = [(100 + 7 * (at % 3), chance) for at, chance in enumerate(chances)]
    coming = [(0.1, 30), (0.2, 50), (0.7, 30), (0.3, 11)]

    def found(order: list[tuple[int, float]], later: list[tuple[float, int]]) -> Any:
        amount, chance = (np.array(each, float) for each in zip(*order, strict=True))
        rates, worth = (np.array(each, float) for each in zip(*later, strict=True))
        new = NewDeals(rates, worth, np.arange(len(rates)))
        law = bookings_model(amount, chance, new=new, wider=wider).distribution(target=500)
        nobody = np.zeros(len(rows), dtype=np.int64)
        rate = projected_win_rate(nobody, 1, nobody, chance)
        figures = [law.chance(500), law.sd, law.quantile(0.1), rate.projected_high[0]]
        return [*figures, rate.projected[0]]

    draw, right = random.Random(5), found(rows, coming)
    for _ in range(30):
        assert found(draw.sample(rows, len(rows)), draw.sample(coming, len(coming))) == right


@pytest.mark.parametrize("tops", [(3, 5), (2**40, 2**40), (2**20, 2**30, 2**25), (2**63 - 1, 7)])
@pytest.mark.parametrize("size", [0, 1, 2, 500])
def test_rows_are_ordered_by_keys_of_any_size_as_by_all_at_once(
    tops: tuple[int, ...], size: int
) -> None:
    draw = np.random.default_rng(3)
    keys = [draw.integers(0, top, size) for top in tops]
    assert by_keys(keys).tolist() == np.lexsort(keys).tolist()
