"""What a period brings, reckoned a second time: every way in which a few deals may turn out."""

from __future__ import annotations

import random
from itertools import product
from math import prod, sqrt
from typing import Any

import numpy as np
import pytest

from salesmetrics.forecast import bookings, common_factor
from salesmetrics.forecast.bookings import FEW_WINS, bookings_model
from salesmetrics.forecast.chain_solver import win_day
from salesmetrics.forecast.common_factor import conditional_chances, factor_size
from salesmetrics.forecast.new_deals import NewDeals
from salesmetrics.forecast.special_functions import normal_nodes
from salesmetrics.forecast.undefined import Undefined

NAN = float("nan")


def some_new(expected: float = 0.0) -> NewDeals:
    one = np.full(1, expected)
    return NewDeals(one, np.full(1, 10.0), np.zeros(1, np.int64))


def law_of(deals: list[tuple[float, float]]) -> dict[float, float]:
    found: dict[float, float] = {}
    for turns in product((0, 1), repeat=len(deals)):
        brought = sum(amount for (amount, _), came in zip(deals, turns, strict=True) if came)
        weight = prod(p if came else 1 - p for (_, p), came in zip(deals, turns, strict=True))
        found[brought] = found.get(brought, 0.0) + weight
    return dict(sorted(found.items()))


@pytest.mark.parametrize("seed", range(60))
def test_every_way_in_which_deals_turn_out(seed: int) -> None:
    draw = random.Random(seed)
    deals = [
        (
            draw.choice([0, 0, 5, 10, 10, 15, 40]) if seed % 4 else 0,
            draw.choice([0.0, 1.0, 0.5, 0.1, 0.9]),
        )
        for _ in range(draw.randint(1, 7))
    ]
    won = draw.choice([0, 7, 20])
    law = law_of([(float(a), p) for a, p in deals])
    model = bookings_model(*zip(*deals, strict=True), wider=1, horizon=9)
    if not any(p for _, p in deals):
        model = bookings_model(*zip(*deals, strict=True), wider=1, horizon=0)
    for target in (None, *(won + sum_ + more for sum_ in [*law][:4] for more in (0, 1, -1))):
        found = model.distribution(won=won, target=target)
        assert found.exact and found.undefined is None
        mean = sum(s * p for s, p in law.items())
        assert found.expected == pytest.approx(won + mean)
        assert found.sd == pytest.approx(
            sqrt(sum((s - mean) ** 2 * p for s, p in law.items())), abs=1e-6
        )
        for share in (0.05, 0.3, 0.55, 0.8, 0.97):
            place = next(s for s in law if sum(p for t, p in law.items() if t <= s) >= share - 1e-9)
            assert found.quantile(share) == pytest.approx(won + place)
        assert found.interval(0.5) == (found.quantile(0.25), found.quantile(0.75))
        for asked in {target, won, won + 5, won + 1000} - {None}:
            wanted: Any = sum(p for s, p in law.items() if won + s >= asked)
            told = found.chance(asked)
            if asked <= 0:
                assert isinstance(told, Undefined) and told.code == "target_not_positive"
            elif asked == target or asked in (won, won + 1000):
                assert told == pytest.approx(1.0 if asked <= won else wanted, abs=1e-9)


def test_a_target_reached_already_of_amounts_that_no_unit_divides() -> None:
    model = bookings_model([0.5, 1 / 3, 10.0], [0.5, 0.5, 0.25], wider=1)
    found = model.distribution(won=10, target=10)
    assert not found.exact and found.chance(10) == 1.0
    assert [flag.code for flag in found.flags if "target" in flag.code] == ["target_reached"]


@pytest.mark.parametrize(
    ("target", "code"),
    [(11, None), (10, "target_reached"), (9, "target_reached"), (0, "target_not_positive"),
     (-1, "target_not_positive")],
)  # fmt: skip
def test_what_is_said_of_targets(target: float, code: str | None) -> None:
    model = bookings_model([5, 6], [0.5, 0.5])
    flags = [one.code for one in model.distribution(won=10, target=target).flags]
    assert [one for one in flags if "target" in one] == [code] * bool(code)


@pytest.mark.parametrize(
    ("amounts", "decides"),
    [([50, 50], 50), ([51, 49, 1], 51), ([50, 49, 2], None), ([7], None), ([0, 0], None),
     ([5, 0], 5), ([1, 1, 1], None), ([60, 1, NAN], 60), ([9, NAN], None), ([], None)],
)  # fmt: skip
def test_a_deal_as_large_as_all_others_decides(amounts: list[float], decides: float | None) -> None:
    flags = bookings_model(amounts, [0.5] * len(amounts), new=some_new(1)).flags
    told = [dict(one.params) for one in flags if one.code == "one_deal_decides"]
    assert told == ([] if decides is None else [{"amount": decides}])
    gaps = sum(one != one for one in amounts)  # noqa: PLR0124  (NaN)
    assert [one.params["deals"] for one in flags if one.code == "no_amount"] == [gaps] * bool(gaps)


@pytest.mark.parametrize(("won", "few"), [(0, True), (FEW_WINS - 1, True), (FEW_WINS, False)])
def test_few_wins_to_learn_from_are_told(won: int, few: bool) -> None:
    given: Any = {"new": some_new(1), "learned": (won, 50)}
    codes = [one.code for one in bookings_model([5, 5, 5], [0.5] * 3, horizon=9, **given).flags]
    assert ("few_wins" in codes) is few and "period_over" not in codes
    over = [one.code for one in bookings_model([5, 5, 5], [0.5] * 3, horizon=0, **given).flags]
    assert over == ["period_over"]


def test_what_has_no_chance_is_told_with_its_amount() -> None:
    model = bookings_model([5, 7, float("nan")], [0.5, float("nan"), float("nan")], new=some_new(1))
    flags = {one.code: dict(one.params) for one in model.flags}
    assert flags["no_chance"] == {"deals": 1, "amount": 7.0} and flags["no_amount"] == {"deals": 1}
    lacking = NewDeals(np.zeros(0), np.zeros(0), np.zeros(0, np.int64), Undefined("no_history"))
    for chance, defined in ((0.5, True), (0.0, False)):
        model = bookings_model([5], [chance], new=lacking, horizon=9)
        assert (model.undefined is None) is defined
        assert "without_new_deals" in [one.code for one in model.flags]
    assert bookings_model([5], [0.0], new=some_new(1), horizon=9).undefined is None
    for places in ([-1], [1], [0, 1]):
        with pytest.raises(Exception, match="positions of a part run from 0 to 0"):
            bookings_model([5], [0.5]).distribution(deals=places)


@pytest.mark.parametrize("size", [0.0, 0.3, 1.0])
def test_in_good_and_bad_periods_the_mean_stays(size: float) -> None:
    chance = np.array([0.0, 1e-13, 1e-12, 1e-6, 0.2, 0.5, 0.999, 1.0])
    found = conditional_chances(chance, size, 9)
    weights = normal_nodes(9)[1]
    assert (weights @ found).tolist() == pytest.approx(chance.tolist(), rel=1e-9, abs=1e-15)
    assert ((found >= 0) & (found <= 1)).all()
    for at in (0, 1, 7):  # what is sure is so in every period
        assert found[:, at].tolist() == [chance[at]] * 9
    spread = found.max(axis=0) > found.min(axis=0)
    assert spread.tolist() == [False, False, False, *[size > 0] * 4, False]


@pytest.mark.parametrize("wider", [1.0, 1.05, 1.5, 2.0, 4.0, 30.0])
@pytest.mark.parametrize("new", [0.0, 3.0])
@pytest.mark.parametrize("deals", [1, 12, 200])
def test_the_factor_is_as_large_as_asked(
    monkeypatch: pytest.MonkeyPatch, wider: float, new: float, deals: int
) -> None:
    """The variance is so many times that of independent deals; found in few steps."""
    draw = np.random.default_rng(deals)
    amount, chance = draw.integers(1, 90, deals) * 10.0, draw.random(deals) * 0.8
    rates, worth = np.full(2, new), np.array([50.0, 300.0])
    steps = 0

    def counted(*given: Any) -> Any:
        nonlocal steps
        steps += 1
        return conditional_chances(*given)

    monkeypatch.setattr(common_factor, "conditional_chances", counted)
    size = factor_size(amount, chance, rates, worth, wider, 9)
    assert steps <= 9
    p, scale = conditional_chances(chance, size, 9), common_factor.conditional_rates(size, 9)
    weights, coming = normal_nodes(9)[1], rates @ worth
    mean = p @ amount + scale * coming
    inside = (p * (1 - p)) @ amount**2 + scale * (rates @ worth**2)
    whole = weights @ inside + weights @ mean**2 - (weights @ mean) ** 2
    alone = (amount**2 * chance * (1 - chance)).sum() + rates @ worth**2
    if wider == 1:
        assert size == 0 and steps == 0
    elif size == common_factor.MOST:
        assert whole / alone <= wider * (1 + 1e-9)
    else:
        assert 0 < size < common_factor.MOST
        assert whole / alone == pytest.approx(wider, rel=2e-4)


def test_nothing_that_could_vary_has_no_factor() -> None:
    nothing = np.zeros(0)
    for chance in (0.0, 1.0):
        assert factor_size(np.array([5.0]), np.array([chance]), nothing, nothing, 2, 9) == 0


@pytest.mark.parametrize("limit", [1, 2, 3, 9])
def test_the_day_by_which_a_share_of_the_wins_has_come(limit: int) -> None:
    """Half of what is left is won each day in the first stage; from the second nothing ever is."""
    laws = np.zeros((1, 2, 1, 4))
    laws[0, 0, 0, 2], laws[0, 1, 0, 3] = 0.5, 0.5
    found = win_day(laws, np.array([0]), 0.7, limit)
    assert found.shape[:2] == (1, 2)
    first, second = found[0, 0].ravel()[0], found[0, 1].ravel()[0]
    assert np.isnan(second)
    assert first == 2 if limit >= 2 else np.isnan(first)  # 1/2, then 3/4


def test_new_deals_of_nothing_bring_nothing() -> None:
    worthless = NewDeals(np.ones(1), np.zeros(1), np.zeros(1, np.int64))
    found = bookings_model([0.0], [0.5], new=worthless, horizon=9).distribution(won=3)
    assert found.quantile(0.1) == found.quantile(0.9) == found.expected == 3


def test_sums_are_exact_as_far_as_the_grid_reaches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 10 and 20: sums of 0, 10, 20 and 30, and a cell more."""
    for most, work, exact in ((5, 100, True), (4, 100, False), (100, 10, True), (100, 9, False)):
        monkeypatch.setattr(bookings, "MOST_EXACT", most)
        monkeypatch.setattr(bookings, "MOST_WORK", work)
        assert bookings_model([10, 20], [0.5, 0.5], wider=1).distribution().exact is exact
