"""A blank cell in a column of currencies: excluded, but where all others are the reporting one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm

WON = {"created_at": "2025-01-01", "closed_at": "2025-02-01", "outcome": "won"}
RATES = sm.ExchangeRates(
    to="RUB", rates={"USD": {"2025-01-01": "90"}, "KWD": {"2025-01-01": "250"}}
)


def deals(*currencies: str | None) -> list[dict[str, Any]]:
    return [
        {"id": at, "amount": 1000 + at, "currency": one, **WON} for at, one in enumerate(currencies)
    ]


@pytest.mark.parametrize(
    ("currencies", "value", "excluded", "assumed"),
    [
        (("RUB", "RUB", None), 3003, {}, 1),
        (("RUB", None, ""), 3003, {}, 2),
        ((None, None), 2001, {}, 2),
        (("RUB", "RUB"), 2001, {}, 0),
        (("USD", "RUB", None), 91_001, {"no currency": 1}, 0),
        (("USD", None), 90_000, {"no currency": 1}, 0),
        (("KWD", None, "RUB"), 251_002, {"no currency": 1}, 0),
    ],
    ids=str,
)
def test_a_deal_that_names_no_currency(
    currencies: Any, value: float, excluded: Any, assumed: int
) -> None:
    crm = sm.CRM(deals=deals(*currencies), currency="RUB", rates=RATES)
    found = sm.bookings(crm.deals, "2025")
    assert (found.value, dict(found.excluded)) == (value, excluded)
    assert sum(found.assumed.values()) == assumed
    assert sm.won_deals(crm.deals, "2025").value == len(currencies)
    assert [one.rows for one in sm.quality(crm, kpis=[]).of("no_currency")] == [*excluded.values()]


def test_beside_a_foreign_currency_without_rate_too() -> None:
    found = sm.bookings(sm.Deals.of(deals("USD", "RUB", None), currency="RUB"), "2025")
    assert (found.value, dict(found.excluded)) == (1001, {"no exchange rate": 1, "no currency": 1})


def test_recurring_revenue_without_currency_is_left_out_of_money_alone() -> None:
    lines = [
        {"id": at, "customer": str(at), "amount": 100, "interval": "month", "currency": one,
         "started_at": "2025-01-01", "ended_at": None}
        for at, one in enumerate(("RUB", "USD", None))
    ]  # fmt: skip
    crm = sm.CRM(subscriptions=lines, currency="RUB", rates=RATES)
    found = sm.mrr(crm.subscriptions, "2025-01")
    assert (found.value, dict(found.excluded)) == (9100, {"no currency": 1})
    moved = sm.CRM(subscriptions=[lines[0], lines[2]], currency="RUB")
    assert sm.mrr(moved.subscriptions, "2025-01").value == 200


def test_a_preset_that_says_the_currency_gives_the_default(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'title = "own"\ncurrency = "RUB"\n[deals]\nfile = "deals.csv"\n[deals.columns]\n'
        + "".join(f'{n} = "{n}"\n' for n in ("id", "amount", "currency", *WON)),
        encoding="utf-8",
    )
    (tmp_path / "deals.csv").write_text(
        "id,amount,currency,created_at,closed_at,outcome\n1,10,USD,2025-01-01,2025-02-01,won\n"
        "2,5,,2025-01-01,2025-02-01,won\n",
        encoding="utf-8",
    )
    crm = sm.read(tmp_path, preset=tmp_path / "own.toml", rates=RATES)
    assert sm.bookings(crm.deals, "2025").value == 905
