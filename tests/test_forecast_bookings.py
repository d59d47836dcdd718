"""The distribution of bookings against all combinations, simulation and sums by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from salesmetrics.errors import SalesMetricsError
from salesmetrics.forecast.bookings import bookings_model
from salesmetrics.forecast.common_factor import (
    conditional_chances,
    conditional_rates,
    learning_error,
    overdispersion,
)
from salesmetrics.forecast.new_deals import NewDeals, past_new_deals
from salesmetrics.forecast.run_rate import run_rate
from salesmetrics.forecast.shift_add import add_deals
from salesmetrics.forecast.special_functions import normal_nodes
from salesmetrics.forecast.undefined import Undefined


def every_case(amount, chance):
    """All 2^n outcomes: {sum: chance}."""
    law = {}
    for come in itertools.product((0, 1), repeat=len(amount)):
        p = math.prod(c if yes else 1 - c for c, yes in zip(chance, come, strict=True))
        total = sum(a for a, yes in zip(amount, come, strict=True) if yes)
        law[total] = law.get(total, 0) + p
    return law


def new_of(rates, amounts):
    return NewDeals(np.array(rates, float), np.array(amounts, float), np.arange(len(rates)))


@pytest.mark.parametrize("seed", range(4))
def test_whole_amounts_are_exact(seed):
    draw = np.random.default_rng(seed)
    amount = draw.integers(1, 40, 11) * 500.0
    chance = draw.random(11)
    law = every_case(amount, chance)
    model = bookings_model(amount, chance, wider=1)
    for target in (2000.0, 7500.0, float(amount.sum())):
        found = model.distribution(won=1000, target=target + 1000)
        assert found.exact
        expected = sum(p for total, p in law.items() if total >= target)
        assert found.chance(target + 1000) == pytest.approx(expected, abs=1e-12)
    assert found.expected == pytest.approx(1000 + (amount * chance).sum(), rel=1e-14)
    spread = sum(p * (t - (amount * chance).sum()) ** 2 for t, p in law.items())
    assert found.sd == pytest.approx(math.sqrt(spread), rel=1e-10)
    running, steps = 0.0, []
    for total in sorted(law):
        running += law[total]
        steps.append((total, running))
    for share in (0.1, 0.5, 0.9):
        assert found.quantile(share) == 1000 + next(t for t, r in steps if r >= share)


@pytest.mark.parametrize("seed", range(4))
def test_odd_amounts_are_close(seed):
    draw = np.random.default_rng(seed)
    amount = np.exp(draw.normal(9, 1, 12))
    chance = draw.random(12)
    law = every_case(amount, chance)
    for target in np.quantile(list(law), [0.2, 0.5, 0.7]):
        found = bookings_model(amount, chance, wider=1).distribution(target=target)
        assert not found.exact
        expected = sum(p for total, p in law.items() if total >= target)
        assert found.chance(target) == pytest.approx(expected, abs=4e-3)
        places = np.arange(len(found.law)) * found.unit
        assert found.law.sum() == pytest.approx(1, abs=1e-12)
        assert found.law @ places == pytest.approx((amount * chance).sum(), rel=1e-6)
        assert target / found.unit == pytest.approx(round(target / found.unit), abs=1e-6)


@pytest.mark.parametrize("top", [1, 2, 9, 60])
@pytest.mark.parametrize("deals", [5, 70, 700])
def test_deals_added_in_handfuls_are_those_added_one_by_one(deals, top):
    """Few or many, of a unit each or of many, with and without parts of a unit."""
    draw = np.random.default_rng(deals + top)
    whole = draw.integers(1, top + 1, deals).astype(float)
    for amount in (whole, whole * draw.uniform(0.2, 1, deals)):
        chance = np.clip(draw.random((3, deals)), 0.001, 0.999)
        cells = int(amount.sum()) + deals + 2
        law = np.zeros((3, cells))
        law[:, 0] = 1
        for worth, p in zip(amount, chance.T, strict=True):
            cell, part = int(worth), worth - int(worth)
            came = np.roll(law, cell, axis=1) * (1 - part) + np.roll(law, cell + 1, axis=1) * part
            law = law * (1 - p[:, None]) + came * p[:, None]
        found = add_deals(amount, chance, 1.0, cells)
        assert np.abs(found - law).max() < 1e-14
        # What lies beyond a shorter grid is kept in its last cell.
        short = add_deals(amount, chance, 1.0, cells * 3 // 4)
        assert np.abs(short[:, :-1] - law[:, : cells * 3 // 4 - 1]).max() < 1e-14
        assert np.allclose(short.sum(axis=1), 1, rtol=0, atol=1e-12)


def test_one_deal_as_large_as_all_others():
    amount = np.array([1e6] + [1e4] * 60)
    chance = np.array([0.4] + [0.3] * 60)
    model = bookings_model(amount, chance, wider=1)
    found = model.distribution(target=3e5)
    small = sum(math.comb(60, k) * 0.3**k * 0.7 ** (60 - k) for k in range(30, 61))
    assert found.chance(3e5) == pytest.approx(0.4 + 0.6 * small, abs=1e-12)
    assert [flag.code for flag in found.flags] == ["without_new_deals", "one_deal_decides"]
    low, high = found.interval(0.8)
    assert low < 2e5
    assert high > 1e6


def test_new_deals_are_a_compound_poisson():
    new = new_of([1.5, 0.4], [1000, 5000])
    found = bookings_model([], [], new=new, wider=1).distribution(target=6000)
    expected = 0.0
    for n, m in itertools.product(range(40), range(30)):
        p = math.exp(-1.9) * 1.5**n / math.factorial(n) * 0.4**m / math.factorial(m)
        expected += p * (1000 * n + 5000 * m >= 6000)
    assert found.chance(6000) == pytest.approx(expected, abs=1e-9)
    assert found.exact
    assert found.expected == pytest.approx(3500, rel=1e-14)
    places = np.arange(len(found.law)) * found.unit
    assert found.law @ places == pytest.approx(3500, rel=1e-6)
    assert found.sd == pytest.approx(math.sqrt(1.5 * 1e6 + 0.4 * 25e6), rel=1e-3)


def test_a_rare_new_deal_as_large_as_all_others_is_within_reach():
    new = new_of([1e-4, 1], [1000, 1])
    found = bookings_model([], [], new=new, wider=1).distribution(target=900)
    assert found.chance(900) == pytest.approx(1 - math.exp(-1e-4), rel=1e-6)
    assert found.quantile(1 - 1e-15) >= 1000  # whatever is asked, it lies on the grid


def test_deals_new_ones_and_the_factor_together_equal_a_simulation():
    draw = np.random.default_rng(1)
    amount = np.round(np.exp(draw.normal(9, 0.8, 40)), -2)
    chance = draw.random(40) * 0.6
    new = new_of([1.0, 0.5, 0.2], [8000, 20_000, 60_000])
    model = bookings_model(amount, chance, new=new, wider=2.5, learned=(20, 40))
    weights = normal_nodes(9)[1]
    p = conditional_chances(chance, model.factor, 9)
    scale = conditional_rates(model.factor, 9)
    runs = 200_000
    node = draw.choice(9, runs, p=weights)
    sums = (draw.random((runs, 40)) < p[node]) @ amount
    for rate, worth in zip(new.rates, new.amounts, strict=True):
        sums += draw.poisson(rate * scale[node]) * worth
    found = model.distribution(won=5000, target=2e5)
    assert found.expected == pytest.approx(5000 + sums.mean(), rel=0.01)
    assert found.sd == pytest.approx(sums.std(), rel=0.02)
    for share in (0.1, 0.5, 0.9):
        assert found.quantile(share) == pytest.approx(5000 + np.quantile(sums, share), rel=0.02)
    assert found.chance(2e5) == pytest.approx((sums >= 195_000).mean(), abs=0.005)


def test_the_factor_keeps_chances_and_widens_as_asked():
    chance = np.array([0, 1e-6, 0.03, 0.5, 0.97, 1])
    for size in (0.0, 0.3, 1.0, 3.0):
        p = conditional_chances(chance, size, 9)
        np.testing.assert_allclose(normal_nodes(9)[1] @ p, chance, rtol=1e-13, atol=1e-16)
        assert normal_nodes(9)[1] @ conditional_rates(size, 9) == pytest.approx(1)
    least = np.array([1e-300, 1e-30, 3.6e-17, 1e-13, 0.3, 1 - 1e-16])  # nothing is left of some
    p = conditional_chances(least, 1.0, 9)
    np.testing.assert_allclose(normal_nodes(9)[1] @ p, least, rtol=1e-9)
    assert bookings_model(np.full(6, 9.0), least, wider=2).distribution().expected > 0
    draw = np.random.default_rng(2)
    amount, chance = draw.integers(1, 50, 200) * 1000.0, draw.random(200)
    new = new_of([2.0], [30_000])
    alone = bookings_model(amount, chance, new=new, wider=1).distribution()
    one = bookings_model([500.0], [0.9], wider=2)
    assert one.factor == 1  # one deal cannot spread wider; the factor stays within reason
    for wider in (1.5, 2.0, 6.0):
        found = bookings_model(amount, chance, new=new, wider=wider).distribution()
        assert (found.sd / alone.sd) ** 2 == pytest.approx(wider, rel=0.01)
        assert found.expected == alone.expected


def test_parts_come_from_one_model_and_sum_to_the_whole():
    draw = np.random.default_rng(3)
    amount, chance = np.exp(draw.normal(9, 2, 300)), draw.random(300)
    new = new_of(draw.random(50), np.exp(draw.normal(9, 1, 50)))
    model = bookings_model(amount, chance, new=new)
    owner, new_owner = draw.integers(0, 7, 300), draw.integers(0, 7, 50)
    whole = model.distribution()
    parts = [
        model.distribution(
            deals=np.flatnonzero(owner == o), new_deals=np.flatnonzero(new_owner == o)
        )
        for o in range(7)
    ]
    for order in (parts, parts[::-1]):
        assert sum(part.existing + part.new for part in order) == whole.existing + whole.new
    assert model.contribution.sum() == whole.existing
    np.testing.assert_allclose(model.contribution, amount * chance, rtol=1e-9, atol=1e-6)
    # Parts move together: the whole spreads wider than independent parts would.
    apart = math.sqrt(sum(part.sd**2 for part in parts))
    assert apart < whole.sd < sum(part.sd for part in parts)


def test_the_same_again_is_the_same_and_order_does_not_matter():
    draw = np.random.default_rng(4)
    amount, chance = np.exp(draw.normal(9, 1, 80)), draw.random(80)
    one = bookings_model(amount, chance).distribution(target=2e5)
    two = bookings_model(amount, chance).distribution(target=2e5)
    np.testing.assert_array_equal(one.law, two.law)
    mixed = draw.permutation(80)
    other = bookings_model(amount[mixed], chance[mixed]).distribution(target=2e5)
    assert other.expected == one.expected
    assert other.chance(2e5) == pytest.approx(one.chance(2e5), abs=1e-9)


def test_thin_and_odd_cases_are_said():
    codes = lambda found: {flag.code for flag in found.flags}  # noqa: E731
    nothing = bookings_model([], []).distribution(won=10, target=20)
    assert nothing.undefined == Undefined.of("nothing_to_forecast_from", open=0)
    for value in (nothing.expected, nothing.quantile(0.5), nothing.chance(20), nothing.sd):
        assert isinstance(value, Undefined)
    assert isinstance(nothing.interval(), Undefined)
    unknown = bookings_model([100, 200], [np.nan, np.nan], new=new_of([], []), horizon=9)
    assert unknown.undefined is not None
    assert codes(unknown.distribution()) == {"no_chance", "one_deal_decides"}
    only_new = bookings_model([100, 200], [np.nan, np.nan], new=new_of([0.5], [70]), horizon=9)
    assert only_new.distribution().expected == 35
    over = bookings_model([100, 200], [0.5, np.nan], horizon=0).distribution(won=70, target=60)
    assert (over.quantile(0.1), over.quantile(0.9), over.chance(60)) == (70, 70, 1)
    assert over.chance(71) == 0
    assert codes(over) == {"period_over", "target_reached", "one_deal_decides"}
    some = bookings_model([100, np.nan, 50, 60], [0.5, 0.5, np.nan, 0.1]).distribution(target=0)
    assert codes(some) == {"no_amount", "no_chance", "target_not_positive", "without_new_deals"}
    assert some.expected == pytest.approx(56)
    assert some.chance(0) == Undefined.of("target_not_positive", target=0)
    assert some.chance(1e9) == 0
    untold = NewDeals(np.zeros(0), np.zeros(0), np.zeros(0, np.int64), Undefined.of("no_history"))
    for chance, why in ([0.5, 0], None), ([0, 0], Undefined.of("nothing_to_forecast_from", open=2)):
        assert bookings_model([100, 100], chance, new=untold, horizon=9).undefined == why
    free = bookings_model([0, 0], [0.5, 0.5]).distribution(target=5)
    assert (free.expected, free.chance(5)) == (0, 0)
    with pytest.raises(SalesMetricsError, match="not below 0"):
        bookings_model([-1], [0.5])
    with pytest.raises(SalesMetricsError, match="independent deals are 1"):
        bookings_model([1], [0.5], wider=0.5)


def test_chances_learned_from_few_deals_spread_widely():
    amount, chance = np.full(100, 1000.0), np.full(100, 0.3)
    wide = bookings_model(amount, chance, learned=(2, 3)).distribution()
    sure = bookings_model(amount, chance, learned=(400, 600)).distribution()
    assert wide.sd > 2 * sure.sd
    assert wide.expected == sure.expected
    assert "few_wins" in {flag.code for flag in wide.flags}
    assert "few_wins" not in {flag.code for flag in sure.flags}
    assert learning_error(2, 3) == pytest.approx(math.sqrt(1 / 2.5 + 1 / 3.5))


def test_own_past_forecasts_say_how_much_wider():
    assert overdispersion([], [], []) == 2
    assert overdispersion([10, 10], [2, 0], [16, 99]) == pytest.approx((4 * 2 + 9) / 5)
    assert overdispersion([10] * 50, [2] * 50, [10] * 50) == 1
    many = overdispersion([0] * 4, [1] * 4, [3] * 4, weights=[0.25] * 4)
    assert many == pytest.approx((8 + 9) / 5)


@pytest.mark.parametrize("seed", range(3))
def test_past_new_deals_equal_a_count_of_all_windows(seed):
    draw = np.random.default_rng(seed)
    created = draw.integers(0, 400, 500)
    won = created + draw.integers(0, 120, 500)
    won[draw.random(500) < 0.6] = 10**6
    amount = draw.integers(1, 9, 500) * 100.0
    as_of, horizon = 380, 45
    found = past_new_deals(created, won, amount, as_of, horizon, strength=0, unseen=0)
    counts, made = [], []
    for s in range(int(created.min()), as_of - horizon + 1):
        inside = (created > s) & (won <= s + horizon)
        counts.append(amount[inside].sum())
        made.append(((created > s) & (created <= s + horizon)).sum())
    lately = ((created > as_of - 91) & (created <= as_of)).sum() * horizon / 91
    assert found.expected == pytest.approx(np.mean(counts) * lately / np.mean(made), rel=1e-12)
    assert found.undefined is None


def test_new_deals_without_history_or_amounts():
    short = past_new_deals([0, 3], [2, 5], [10, 10], 20, 30)
    assert short.undefined == Undefined.of("history_shorter_than_horizon", days=20, horizon=30)
    assert past_new_deals([], [], [], 20, 30).undefined is not None
    few = past_new_deals([0, 3, 4], [2, 5, 6], [99, 10, np.nan], 20, 10, strength=1e9, unseen=0)
    assert [flag.code for flag in few.flags] == ["few_windows"]
    # No window sees the first begin, on the first day of all; the last counts without its amount.
    # Starting points are days 0..10: 0, 1, 2 see the second, those and 3 the third.
    assert few.amounts.tolist() == [10]
    assert few.rates.sum() == pytest.approx(7 / 11)
    more = past_new_deals([0, 3, 4], [2, 5, 6], [99, 10, np.nan], 20, 10, strength=1e9)
    assert more.amounts.tolist() == [99, 10]
    assert more.rates == pytest.approx([0.25 / 2, 7 / 11 + 0.25 / 2])
    unpriced = past_new_deals([0, 3, 4], [2, 5, 6], [np.nan] * 3, 60, 10)
    assert unpriced.expected == 0
    assert "no_amount" in {flag.code for flag in unpriced.flags}
    assert past_new_deals([0, 3], [2, 5], [10, 10], 20, 0).undefined is None


def test_run_rate_by_hand():
    found = run_rate([1, 5, 14, 22, 30, 39], [10, 20, 30, 40, 50, 99], 30, 10, first=1)
    assert found.windows.tolist() == [90, 30, 30]
    assert found.expected == 50
    spread = math.sqrt(1200) * math.sqrt(4 / 3)
    assert found.spread == pytest.approx(spread)
    assert found.quantile(0.5) == 50
    stats = pytest.importorskip("scipy.stats", reason="scipy comes with the extra `peers`")
    assert found.quantile(0.9) == pytest.approx(stats.t(2, 50, spread).ppf(0.9), rel=1e-10)
    assert found.chance(80) == pytest.approx(stats.t(2, 50, spread).sf(80), rel=1e-10)
    assert isinstance(run_rate([], [], 30, 10).expected, Undefined)
    assert run_rate([25], [7], 30, 10, first=20).quantile(0.5) == Undefined.of("one_window")


def test_1000_open_deals_and_new_ones_are_one_distribution():
    draw = np.random.default_rng(5)
    amount, chance = np.exp(draw.normal(9, 1, 1000)), draw.random(1000)
    new = new_of(draw.random(200), np.exp(draw.normal(9, 1, 200)))
    found = bookings_model(amount, chance, new=new).distribution(target=8e6)
    assert 0 <= found.chance(8e6) <= 1
    assert found.expected >= (amount * chance).sum() * (1 - 1e-9)
