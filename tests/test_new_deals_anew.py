"""Deals not yet created, reckoned a second time: window by window, from rows as given."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics.days import day_number
from salesmetrics.forecast.new_deals import past_new_deals
from salesmetrics.metrics.forecast.period_model import SpanAhead, past_of, priced
from salesmetrics.metrics.forecast.standing_open import open_deals_of

DAY0 = date(2022, 1, 1)
AROUND = 7  # days about the same day of a past period
RECENT = 91  # days that say how fast deals are created
LAG = 60  # days before the first close


def world(seed: int) -> tuple[list[dict[str, Any]], date]:
    """Deals of two years, in spells with many and none; open, won, lost, and of no outcome."""
    draw = random.Random(seed)
    last = draw.randint(150, 730)
    rows: list[dict[str, Any]] = []
    for n in range(draw.choice([2, 8, 60, 200])):
        begun = draw.choice([draw.randint(0, last), draw.randint(max(last - 120, 0), last)])
        outcome = draw.choice(["open", "won", "won", "lost", "disqualified", None])
        row: dict[str, Any] = {
            "id": n, "outcome": outcome, "created_at": DAY0 + timedelta(begun),
            "amount": draw.choice([None, 0, -5, 10, 10, 300]),
        }  # fmt: skip
        if draw.random() < 0.05:
            row["created_at"] = None
        if outcome not in ("open", None):
            closed = begun + draw.choice([0, 1, 5, 40, 90])
            if closed > last:
                row["outcome"] = "open"
            elif draw.random() < 0.95:
                row["closed_at"] = DAY0 + timedelta(closed)
        rows.append(row)
    return rows, DAY0 + timedelta(last)


def number(day: Any) -> int | None:
    return None if day is None else day_number(day)


def usable(rows: list[dict[str, Any]]) -> list[tuple[int, int, str, int | None, float | None]]:
    """Place, creation, outcome, close and amount of the deals that are learned from."""
    found = []
    for at, row in enumerate(rows):
        created, closed = number(row["created_at"]), number(row.get("closed_at"))
        decided = row["outcome"] not in ("open", None)
        if created is None or row["outcome"] is None or (decided and closed is None):
            continue
        found.append((at, created, row["outcome"], closed, row["amount"]))
    return found


def first_day(rows: list[dict[str, Any]], today: int) -> int:
    """The first creation, and no earlier than two months before the first close."""
    there = usable(rows)
    begun = min((created for _, created, *_ in there), default=today)
    closes = [closed for *_, closed, _ in there if closed is not None]
    return max(begun, min(closes) - LAG) if closes else begun


def expected_of(
    rows: list[dict[str, Any]], day: int, horizon: int, first: int, window: int | None,
    origins: list[int] | None,
) -> dict[int, float] | None:  # fmt: skip
    """How many like each past deal come within the horizon; None where no window has passed."""
    if horizon == 0:
        return {}
    known = [one for one in usable(rows) if one[1] <= day]
    last = day - horizon
    begin = first if window is None else max(first, last - window)
    days = [*range(begin, last + 1)] if origins is None else origins
    days = [s for s in days if begin <= s <= last]
    if not days or not known:
        return None
    each = sum(s < created <= s + horizon for s in days for _, created, *_ in known) / len(days)
    lately: float = sum(created > day - RECENT for _, created, *_ in known)
    lately *= horizon / min(RECENT, day - begin + 1)
    pace = (lately + 20) / (each + 20)
    wins = [
        (at, created, closed, amount)
        for at, created, outcome, closed, amount in known
        if outcome == "won" and closed is not None and created <= closed <= day
    ]
    rates = {
        at: pace * sum(s < created and closed <= s + horizon for s in days) / len(days)
        for at, created, closed, amount in wins
        if amount is None or amount >= 0
    }
    priced = [at for at, *_, amount in wins if amount is not None and amount >= 0]
    if not priced:
        return {}
    seen = sum(rates[at] for at in priced)
    found = {at: rates[at] * (sum(rates.values()) / seen if seen else 1) for at in priced}
    for at in priced:
        found[at] += 0.5 / max((day - begin) / horizon, 1) / len(priced)
    return found


def worlds(seed: int) -> tuple[list[dict[str, Any]], date]:
    """Seen from any day; from the last of a month; a week after the middle of the first one."""
    rows, known = world(seed)
    if seed % 3 == 0:
        return rows, known
    if seed % 3 == 1:
        return rows, known.replace(day=1) - timedelta(1)
    first = min((one["created_at"] for one in rows if one["created_at"]), default=DAY0)
    same = (first + timedelta(AROUND)).replace(month=1 + (first.month + 3) % 12)
    return rows, same.replace(year=first.year + 1 + seed % 2)


@pytest.mark.parametrize("window", [None, 0, 200])
@pytest.mark.parametrize("seed", range(60))
def test_new_deals_of_a_period(seed: int, window: int | None) -> None:
    rows, known = worlds(seed)
    rows = [one for one in rows if not one["created_at"] or one["created_at"] <= known]
    for one in rows:
        if "closed_at" in one and one["closed_at"] > known:
            one |= {"closed_at": None, "outcome": "open"}
    rows.append({"id": "o", "outcome": "open", "created_at": known, "amount": 1})
    deals = sm.CRM(deals=rows, currency="EUR", tz="UTC").as_of(known).deals
    today, past = day_number(known), past_of(deals)
    first = first_day(rows, today)
    assert past.first == first
    months = [one for one in sm.period("2021-01-01..2027-06-30").split("month") if one.end > known]
    for period in (months[0], months[1], random.Random(seed).choice(months)):
        span = SpanAhead.of(period, today)
        start, end = day_number(period.start), day_number(period.end)
        assert (span.until, span.before) == (max(end - 1 - today, 0), max(start - 1 - today, 0))
        earlier, before = [], period
        for _ in range(8):
            before = before.previous()
            at, stop = day_number(before.start) + today - start, day_number(before.end) - 1
            if at < stop <= today:
                earlier.append((at, stop))
        assert span.earlier == tuple(earlier)
        for day in (today, *(stop for _, stop in earlier[:2])):
            alike = [at for at, stop in earlier if stop <= day and at - AROUND >= first]
            origins = [at + n for at in alike for n in range(-AROUND, AROUND + 1)]
            given = origins if len(alike) >= 4 else None
            wanted = expected_of(rows, day, span.until, first, window, given)
            less = expected_of(rows, day, span.before, first, window, given) or {}
            found = past.new_deals(day, span, window)
            assert (found.undefined is not None) is (wanted is None)
            told = dict(zip(found.source.tolist(), found.rates.tolist(), strict=True))
            assert told == pytest.approx(
                {at: max(rate - less.get(at, 0.0), 0.0) for at, rate in (wanted or {}).items()}
            )
            amounts = [rows[at]["amount"] * 100 for at in found.source.tolist()]
            assert np.array_equal(found.amounts, amounts)


@pytest.mark.parametrize(("days", "windows"), [(29, 2), (30, None), (31, None), (10, 1), (20, 2)])
def test_fewer_than_three_windows_are_told(days: int, windows: int | None) -> None:
    flags = past_new_deals([0, 1], [1, 2], [10, 10], days, 10).flags
    told = [(flag.code, flag.params["windows"], flag.params["needed"]) for flag in flags]
    assert told == ([] if windows is None else [("few_windows", windows, 3)])


def test_the_mean_that_stands_in_is_that_of_wins_of_two_years() -> None:
    """Credits, what was lost and older wins are not in it; of a product with five wins, its own."""

    def won(closed: str, amount: int, product: str, outcome: str = "won") -> dict[str, Any]:
        return {"created_at": "2020-01-01", "closed_at": closed, "outcome": outcome,
                "amount": amount, "product": product}  # fmt: skip

    rows = [won("2024-05-01", 100, "a"), won("2024-05-02", 200, "b"), won("2024-05-03", 0, "a"),
            won("2024-05-04", -900, "a"), won("2022-01-02", 999, "a"), won("2022-01-03", 500, "c"),
            won("2024-05-05", 7777, "a", "lost")]  # fmt: skip
    rows += [won("2024-06-01", amount, "d") for amount in (10, 20, 30, 40, 50)]
    rows += [won("2024-06-01", 1, "e")] * 4
    rows += [{"created_at": "2024-01-01", "outcome": "open", "amount": None, "product": p}
             for p in ("a", "d", "e")]  # fmt: skip
    rows.append({"created_at": "2024-01-01", "outcome": "open", "amount": 5, "product": "d"})
    deals = sm.Deals.of([row | {"id": n} for n, row in enumerate(rows)], currency="EUR")
    then = deals.as_of("2024-12-31")
    mine = priced(open_deals_of(then), past_of(then), then, "mean_of_wins")
    first = date(2024, 12, 31) - timedelta(days=730)
    wins = [row for row in rows if row["outcome"] == "won" and row["amount"] >= 0]
    recent = [row["amount"] for row in wins if date.fromisoformat(row["closed_at"]) > first]
    mean = round(100 * sum(recent) / len(recent))
    assert mine.amount.tolist() == [mean, 3000, mean, 500]
    assert mine.stands_in.tolist() == [True, True, True, False]
    left = priced(open_deals_of(then), past_of(then), then, "left_out")
    assert np.isnan(left.amount).tolist() == [True, True, True, False]


@pytest.mark.parametrize(("day", "counted"), [("2024-01-01", True), ("2023-12-31", False)])
def test_wins_of_730_days_stand_in(day: str, counted: bool) -> None:
    rows = [
        {"id": 1, "created_at": "2020-01-01", "closed_at": day, "outcome": "won", "amount": 300},
        {"id": 2, "created_at": "2020-01-01", "closed_at": "2025-12-01", "outcome": "won",
         "amount": 100},
        {"id": 3, "created_at": "2025-01-01", "outcome": "open", "amount": None},
    ]  # fmt: skip
    then = sm.Deals.of(rows, currency="EUR").as_of("2025-12-30")
    mine = priced(open_deals_of(then), past_of(then), then, "mean_of_wins")
    assert mine.amount.tolist() == [20_000 if counted else 10_000]
