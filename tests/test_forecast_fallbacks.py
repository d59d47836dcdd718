"""Deal age, landmark yields and amounts, by hand and by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from test_forecast_stage_chain import WON, K, daily, spells_of, world

from salesmetrics.forecast.amounts import BANDS, amount_band, amount_cuts, amount_ratio
from salesmetrics.forecast.deal_age import fit_deal_age
from salesmetrics.forecast.landmark import landmark_rows, landmark_yield
from salesmetrics.forecast.win_scores import BASES


def test_chances_by_deal_age_by_hand():
    # Four deals watched from the start: won at 2, lost at 4, won at 6, open at 9.
    curve = fit_deal_age([0, 0, 0, 0], [2, 4, 6, 0], [1, 2, 1, 0], 9)
    found = curve.score([0, 2, 5], 4)
    # From age 0: won at 2 is 1/4. From 2: of three, one lost at 4, one won at 6.
    assert found.won.tolist() == pytest.approx([1 / 4, 1 / 3, 1 / 2])
    assert found.lost.tolist() == pytest.approx([1 / 4, 1 / 3, 0])
    assert found.method == "deal_age"
    assert found.learned_from.tolist() == [3, 2, 1]
    assert np.isnan(found.eventual).all()  # a quarter is open at the greatest age


def test_deals_from_before_the_first_day_watched_enter_late():
    # Without delayed entry the deal of 100 days would hide how short-lived the others are.
    late = fit_deal_age([-100, 0, 0, 0], [5, 3, 4, 0], [1, 1, 2, 0], 10, first_seen=0)
    assert late.curve.at_risk.tolist() == [3, 2, 1]
    assert late.won + late.lost == 3


def test_what_deal_age_does_not_know_is_said():
    assert fit_deal_age([], [], [], 9).undefined.code == "no_history"
    assert fit_deal_age([0], [0], [0], 9).undefined.code == "no_closed_deals"
    assert fit_deal_age([0, 0], [4, 0], [2, 0], 9).undefined.code == "no_wins"
    assert fit_deal_age([0, 0], [12, 0], [1, 0], 9).undefined.code == "no_closed_deals"
    curve = fit_deal_age([0, 0], [4, 6], [1, 2], 9)
    found = curve.score([3, 8], 5)
    assert found.won[0] == 0.5
    assert np.isnan(found.won[1])
    assert BASES[found.basis[1]] == "nothing"
    assert {"few_closed_deals", "few_at_risk", "older_than_any_seen"} == {
        flag.code for flag in found.flags
    }


def test_landmarks_equal_daily_snapshots():
    rows = world(21, deals=80)
    spells = spells_of(rows)
    states = daily(rows, 300)
    found = landmark_rows(spells, 290, 30, every=3)
    seen = set()
    for spell, day, age, won in zip(found.spell, found.day, found.age, found.won, strict=True):
        deal = int(spells.deal[spell])
        stage, began = states[deal, int(day)]
        assert (stage, day - began) == (spells.stage[spell], age)
        assert won == (states[deal, int(day) + 30][0] == WON)
        seen.add((deal, int(day)))
    days = range(260, int(spells.start.min()) - 1, -3)
    assert found.origins == len(days)
    assert seen == {(d, t) for (d, t), (s, _) in states.items() if s < K and t in days}


def test_yields_by_count_and_by_value_by_hand():
    found = landmark_yield(
        [0, 0, 1, 2], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 2],
        amount=[100, 300, 100, 100], won_amount=[90, np.nan, 80, np.nan], strength=2,
    )  # fmt: skip
    top = (2 + 2 * 0.5) / (3 + 2)
    assert found.by_count[0] == pytest.approx((1 + 2 * top) / (2 + 2))
    assert found.by_count[3] == pytest.approx((0 + 2 * 0.5) / (1 + 2))
    all_value, mean = 170 / 600, 150
    parent = (170 + 2 * mean * all_value) / (500 + 2 * mean)
    assert found.by_value[0] == pytest.approx((90 + 2 * mean * parent) / (400 + 2 * mean))
    assert (found.rows.tolist(), found.deals.tolist()) == ([2, 1, 1, 0], [2, 1, 1, 0])
    nothing = landmark_yield([], [0], [], [])
    assert nothing.undefined.code == "history_shorter_than_horizon"
    assert np.isnan(nothing.by_count).all()


def test_yields_of_the_same_deals_stand_on_deals_not_sightings():
    found = landmark_yield([0] * 40, [0], [1] * 40, [7] * 40)
    assert (found.rows[0], found.deals[0]) == (40, 1)
    low, high = found.interval()
    assert high[0] - low[0] > 0.5


def test_bands_of_amounts():
    amount = np.arange(1, 101.0)
    cuts = amount_cuts(amount)
    band = amount_band(amount, cuts)
    assert np.bincount(band, minlength=BANDS).tolist() == [0, 25, 25, 25, 15, 10]
    assert amount_band([np.nan, 0, 1e9], cuts).tolist() == [0, 1, 5]
    assert amount_band([5, np.nan], amount_cuts([5, 6])).tolist() == [1, 0]


def test_what_is_left_of_amounts():
    ratio = amount_ratio([0] * 100 + [1], [100] * 100 + [100], [90] * 100 + [50], 3)
    overall = (9000 + 50) / 10100
    assert ratio[0] == pytest.approx((9000 + 1000 * overall) / 11000)
    assert ratio[1] == pytest.approx((50 + 1000 * overall) / 1100)
    assert ratio[2] == pytest.approx(overall)
    assert amount_ratio([], [], [], 2).tolist() == [1, 1]
    assert amount_ratio([0], [np.nan], [5], 1).tolist() == [1]


@pytest.mark.parametrize("size", [0, 19, 20, 21, 100])
def test_twenty_amounts_make_bands(size):
    amount = np.random.default_rng(size).permutation(np.arange(1.0, size + 1))
    cuts = amount_cuts([*amount, np.nan, np.nan])
    assert cuts.tolist() == (
        [] if size < 20 else [1 + size * part // 20 for part in (5, 10, 15, 18)]
    )


@pytest.mark.parametrize("seed", range(20))
def test_what_is_left_of_amounts_deal_by_deal(seed):
    draw = np.random.default_rng(seed)
    rows = list(zip(draw.integers(0, 3, 12).tolist(),
                    draw.choice([np.nan, 0, -5, 10, 40], 12).tolist(),
                    draw.choice([np.nan, 0, -5, 10, 40], 12).tolist(), strict=True))  # fmt: skip
    found = amount_ratio(*zip(*rows, strict=True), 4, strength=3)
    kept = [(stage, then, final) for stage, then, final in rows if then > 0 and final >= 0]
    if not kept:
        assert found.tolist() == [1] * 4
        return
    all_then = sum(then for _, then, _ in kept)
    ratio, mean = sum(final for *_, final in kept) / all_then, all_then / len(kept)
    assert found.tolist() == pytest.approx([
        (sum(final for at, _, final in kept if at == stage) + 3 * mean * ratio)
        / (sum(then for at, then, _ in kept if at == stage) + 3 * mean)
        for stage in range(4)
    ])  # fmt: skip
