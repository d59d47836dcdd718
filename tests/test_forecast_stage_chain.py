"""The stage chain against brute force: daily snapshots, Aalen-Johansen, matrices, simulation."""

from __future__ import annotations

import numpy as np
import pytest

from salesmetrics.errors import SalesMetricsError
from salesmetrics.forecast import stage_counts
from salesmetrics.forecast.curves import aalen_johansen
from salesmetrics.forecast.phases import Phases
from salesmetrics.forecast.spells import NO_MOVE, OPEN, Spells
from salesmetrics.forecast.stage_chain import fit_stage_chain
from salesmetrics.forecast.stage_counts import combinations, count_stages
from salesmetrics.forecast.win_scores import BASES

K = 3
WON, LOST = K, K + 1


def world(seed, deals=200, last=300):
    """Rows (deal, stage, enter, leave, next) with same-day moves, re-entries and open deals."""
    draw = np.random.default_rng(seed)
    rows = []
    for deal in range(deals):
        day, stage = int(draw.integers(0, last)), 0
        while True:
            stay = int(draw.integers(0, 3) if draw.random() < 0.3 else draw.geometric(0.06))
            leave = day + stay
            step = draw.random()
            to = (
                LOST if step < 0.25
                else max(stage - 1, 0) if step < 0.33
                else stage + 1
            )  # fmt: skip
            if leave > last:
                rows.append((deal, stage, day, OPEN, NO_MOVE))
                break
            rows.append((deal, stage, day, leave, to))
            if to >= K:
                break
            day, stage = leave, to
    return rows


def spells_of(rows, **more):
    return Spells.of(*np.array(rows, dtype=np.int64).T, stages=K, **more)


def daily(rows, last):
    """State of each deal at the end of each day, and the day its present stay began, by hand."""
    states = {}
    for deal, stage, enter, leave, to in rows:
        for day in range(enter, min(leave, last + 1)):
            states[deal, day] = (stage, enter)
        if leave <= last and to >= K:
            for day in range(leave, last + 1):
                states[deal, day] = (to, leave)
    return states


@pytest.mark.parametrize(("seed", "as_of", "window"), [(0, 300, None), (1, 220, 90), (2, 150, 40)])
@pytest.mark.parametrize("part", [7, 2**17])
def test_counts_equal_daily_snapshots(seed, as_of, window, part, monkeypatch):
    monkeypatch.setattr(stage_counts, "PART", part)  # rows counted at once
    rows = world(seed)
    ages = np.array([0, 1, 2, 5, 10, 30])
    found = count_stages(spells_of(rows), as_of, window=window, ages=ages)
    states = daily(rows, as_of)
    exposure = np.zeros((K, len(ages)))
    moves = np.zeros((K, len(ages), K + 2))
    seen = {}
    first = 0 if window is None else as_of - window
    for (deal, day), (stage, began) in states.items():
        if stage >= K or not first <= day < as_of:
            continue
        bucket = int(np.searchsorted(ages, day - began, side="right")) - 1
        exposure[stage, bucket] += 1
        seen.setdefault((stage, bucket), set()).add(deal)
        then = states[deal, day + 1]
        if then != (stage, began):
            moves[stage, bucket, then[0]] += 1
    np.testing.assert_array_equal(found.exposure[0], exposure)
    np.testing.assert_array_equal(found.moves[0], moves)
    # Deals created and closed within one day never stood anywhere.
    stood = {deal for (deal, _), (s, _) in states.items() if s < K}
    closed = {d for (d, day), (s, _) in states.items() if day == as_of and s >= K and d in stood}
    assert found.won + found.lost == len(closed)
    assert found.deals == len(stood)
    for stage, bucket in np.ndindex(K, len(ages)):
        there = seen.get((stage, bucket), set())
        assert found.closed_seen[stage, bucket] == len(there & closed)


def test_counts_by_covariate_are_those_of_each_alone(monkeypatch):
    monkeypatch.setattr(stage_counts, "PART", 11)
    rows, draw = world(16), np.random.default_rng(3)
    band, size = draw.integers(1, 4, len(rows)), draw.integers(0, 2, len(rows))
    found = count_stages(spells_of(rows), 250, covariates=[band, size], sizes=[5, 2])
    spells = spells_of(rows)
    assert [tuple(level) for level in found.levels.tolist()] == sorted(
        {(band[row], size[row]) for row in spells.row[spells.start < 250].tolist()}
    )
    for at, level in enumerate(found.levels.tolist()):
        mine = np.flatnonzero((band[spells.row] == level[0]) & (size[spells.row] == level[1]))
        columns = (spells.deal, spells.stage, spells.enter, spells.leave, spells.next)
        alone = count_stages(Spells.of(*(each[mine] for each in columns), stages=K), 250)
        np.testing.assert_array_equal(found.exposure[at], alone.exposure[0])
        np.testing.assert_array_equal(found.moves[at], alone.moves[0])


def test_a_stage_alone_at_full_age_resolution_is_aalen_johansen():
    draw = np.random.default_rng(3)
    begun = draw.integers(0, 100, 400)
    stay = draw.integers(1, 60, 400)
    way = draw.integers(0, 2, 400)
    leave = np.where(begun + stay <= 110, begun + stay, OPEN)
    moved = np.where(leave < OPEN, 1 + way, NO_MOVE)
    spells = Spells.of(np.arange(400), np.zeros(400, int), begun, leave, moved, stages=1)
    chain = fit_stage_chain(spells, 110, ages=np.arange(120), strength=0, stage_strength=0)
    seen = begun < 110
    ended = leave[seen] < OPEN
    age = np.where(ended, stay[seen], 110 - begun[seen])
    curve = aalen_johansen(age, np.where(ended, 1 + way[seen], 0), 2)
    for old, ahead in [(0, 5), (0, 59), (7, 20), (30, 29), (45, 3)]:
        found = chain.score([0], [old], ahead)
        (f0, left), (f1, _) = curve.at(old), curve.at(old + ahead)
        expected = (f1 - f0) / left
        assert found.won[0] == pytest.approx(expected[0], abs=1e-12)
        assert found.lost[0] == pytest.approx(expected[1], abs=1e-12)


def test_without_ages_the_eventual_chance_is_the_fundamental_matrix():
    spells = spells_of(world(4))
    chain = fit_stage_chain(spells, 300, ages=[0], strength=0, stage_strength=0)
    law = chain.law[:, 0]
    q = law[:, :K] + np.diag(1 - law.sum(axis=1))
    ever = np.linalg.solve(np.eye(K) - q, law[:, K])
    found = chain.score(np.arange(K), np.zeros(K, int), 5000)
    np.testing.assert_allclose(found.eventual, ever, atol=1e-12)
    np.testing.assert_allclose(found.won, ever, atol=1e-9)
    np.testing.assert_allclose(found.won + found.lost, 1, atol=1e-9)


def test_chances_equal_a_simulation_of_the_law():
    spells = spells_of(world(5, deals=400))
    ages = [0, 2, 5, 15, 40]
    chain = fit_stage_chain(spells, 300, ages=ages)
    law = np.concatenate([chain.law, 1 - chain.law.sum(axis=2, keepdims=True)], axis=2)
    draw = np.random.default_rng(6)
    runs, horizon = 60_000, 45
    for stage, age in [(0, 0), (1, 12), (2, 60)]:
        where, old = np.full(runs, stage), np.full(runs, age)
        won_on = np.full(runs, 10**6)
        for day in range(1, 800):
            live = np.flatnonzero(where < K)
            if not len(live):
                break
            bucket = np.searchsorted(ages, old[live], side="right") - 1
            p = np.cumsum(law[where[live], bucket], axis=1)
            to = (draw.random(len(live))[:, None] > p).sum(axis=1)
            stays = to == K + 2
            old[live] = np.where(stays, old[live] + 1, 0)
            where[live] = np.where(stays, where[live], to)
            won_on[live[to == WON]] = day
        found = chain.score([stage], [age], horizon)
        error = 4 * 0.5 / np.sqrt(runs)
        assert found.won[0] == pytest.approx((won_on <= horizon).mean(), abs=error)
        assert found.eventual[0] == pytest.approx((won_on < 10**6).mean(), abs=error)
        median = chain.win_day([stage], [age])[0]
        assert median == pytest.approx(np.median(won_on[won_on < 10**6]), abs=2)


def test_the_eventual_chance_is_where_the_chances_in_time_go():
    chain = fit_stage_chain(spells_of(world(13)), 300, ages=[0, 2, 5, 15, 40])
    stage, age = np.repeat(np.arange(K), 4), np.tile([0, 3, 20, 90], K)
    found = chain.score(stage, age, 20_000)
    np.testing.assert_allclose(found.won, found.eventual, atol=1e-10)


def test_the_future_changes_nothing():
    rows = world(7)
    as_of = 180
    draw = np.random.default_rng(8)
    changed = []
    for deal, stage, enter, leave, to in rows:
        if enter > as_of:
            continue
        end = (leave, to)
        if as_of < leave < OPEN:
            end = (OPEN, NO_MOVE) if draw.random() < 0.5 else (leave + 3, WON)
        changed.append((deal, stage, enter, *end))
    before, after = (fit_stage_chain(spells_of(r), as_of) for r in (rows, changed))
    np.testing.assert_array_equal(before.law, after.law)
    stage, age = np.array([0, 1, 2]), np.array([3, 8, 50])
    np.testing.assert_array_equal(before.score(stage, age, 60).won, after.score(stage, age, 60).won)


def test_the_order_of_rows_changes_nothing():
    rows = [row for row in world(9) if row[2] != row[3]]
    shuffled = [rows[i] for i in np.random.default_rng(1).permutation(len(rows))]
    one, other = (fit_stage_chain(spells_of(r), 300) for r in (rows, shuffled))
    np.testing.assert_array_equal(one.law, other.law)


def test_history_that_begins_at_a_migration_counts_from_then():
    rows = [(0, 0, 0, 50, WON), (1, 0, 45, 60, LOST)]
    late = Spells.of(*np.array(rows).T, stages=K, start=[40, 45])
    found = count_stages(late, 100, ages=[0, 30])
    assert found.exposure[0, 0].tolist() == [15, 10]
    assert found.moves[0, 0, 1].tolist() == [0, 0, 0, 1, 0]


def test_a_change_of_covariate_splits_a_stay_without_ending_it():
    whole = Spells.of([0], [0], [0], [30], [WON], stages=K)
    parts = Spells.of([0, 0], [0, 0], [0, 0], [12, 30], [NO_MOVE, WON], stages=K, start=[0, 12])
    one = count_stages(whole, 50)
    two = count_stages(parts, 50, covariates=[[0, 1]], sizes=[2])
    np.testing.assert_array_equal(one.exposure[0], two.exposure.sum(axis=0))
    np.testing.assert_array_equal(one.moves[0], two.moves.sum(axis=0))
    assert two.exposure[0].sum() == 12


def test_a_covariate_moves_chances_towards_what_was_seen():
    draw = np.random.default_rng(10)
    size = 3000
    band = draw.integers(0, 2, size)
    begun = draw.integers(0, 300, size)
    stay = 1 + draw.geometric(0.05, size)
    won = draw.random(size) < np.where(band == 1, 0.2, 0.6)
    spells = Spells.of(
        np.arange(size), np.zeros(size, int), begun, begun + stay, np.where(won, 1, 2), stages=1
    )
    chain = fit_stage_chain(spells, 400, covariates=[band], sizes=[2])
    found = chain.score([0, 0], [0, 0], 30, [[0, 1]])
    assert found.eventual == pytest.approx([0.6, 0.2], abs=0.03)
    # With two covariates of which one tells nothing, that one does nothing.
    more = fit_stage_chain(spells, 400, covariates=[band, draw.integers(0, 3, size)], sizes=[2, 3])
    assert np.abs(more.effects[1] - 1).max() < 0.15
    assert np.abs(more.effects[0] - chain.effects[0]).max() < 0.02


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "no_history"),
        ([(0, 0, 0, OPEN, NO_MOVE)], "no_closed_deals"),
        ([(0, 0, 0, 9, LOST), (1, 0, 0, OPEN, NO_MOVE)], "no_wins"),
    ],
)
def test_nothing_to_learn_from_is_undefined(rows, code):
    spells = Spells.of(*np.array(rows, dtype=np.int64).reshape(-1, 5).T, stages=K)
    chain = fit_stage_chain(spells, 30)
    assert chain.undefined is not None
    assert chain.undefined.code == code
    found = chain.score([0, 1], [2, 3], 30)
    assert found.undefined == chain.undefined
    assert np.isnan(found.won).all()
    assert (found.learned_from == 0).all()
    low, high = found.interval()
    assert (low.tolist(), high.tolist()) == ([0, 0], [1, 1])
    assert np.isnan(chain.win_day([0], [0])).all()


def test_no_losses_gives_chances_in_time_but_none_in_the_end():
    rows = [(d, 0, 0, 5 + d, WON) for d in range(4)] + [(9, 0, 0, OPEN, NO_MOVE)]
    found = fit_stage_chain(spells_of(rows), 60).score([0], [0], 10)
    assert {flag.code for flag in found.flags} == {"no_losses", "few_closed_deals"}
    assert 0 < found.won[0] < 1
    assert np.isnan(found.eventual[0])


def test_thin_history_shows_a_wide_interval_and_what_it_rests_on():
    rows = [(0, 0, 0, 8, 1), (0, 1, 8, 20, WON), (1, 0, 0, 30, LOST), (2, 0, 10, OPEN, NO_MOVE)]
    found = fit_stage_chain(spells_of(rows), 60).score([0, 1, 2], [3, 3, 3], 30)
    assert found.learned_from.tolist() == [2, 1, 0]
    assert [BASES[b] for b in found.basis] == ["stage", "stage", "all_stages"]
    low, high = found.interval(0.8)
    assert (high - low > 0.4).all()
    assert (low[2], high[2]) == (0, 1)


def test_three_wins_of_three_do_not_make_a_stage_certain():
    rows = [(d, 0, 0, 5, 1) for d in range(3)] + [(d, 1, 5, 9 + d, WON) for d in range(3)]
    rows += [(d, 0, 0, 4 + d, LOST) for d in range(3, 12)]
    found = fit_stage_chain(spells_of(rows), 60).score([1], [0], 200)
    assert 0.5 < found.eventual[0] < 0.9
    many = [(d, 0, 0, 5, 1) for d in range(300)] + [(d, 1, 5, 9, WON) for d in range(300)]
    many += [(d, 0, 0, 9, LOST) for d in range(300, 1200)]
    assert fit_stage_chain(spells_of(many), 60).score([1], [0], 200).eventual[0] > 0.99


def test_a_horizon_of_none_wins_nothing_and_zombies_have_little():
    chain = fit_stage_chain(spells_of(world(11)), 300)
    assert chain.score([0, 1], [4, 4], 0).won.tolist() == [0, 0]
    both = chain.score([0, 0], [4, 100_000], [40, 40])
    assert 0 <= both.won[1] < 1
    each = [chain.score([0], [4], h).won[0] for h in (10, 40, 90)]
    together = chain.score([0, 0, 0], [4, 4, 4], [10, 40, 90]).won
    np.testing.assert_array_equal(together, each)


def test_what_cannot_be_is_refused():
    with pytest.raises(SalesMetricsError, match="before enter"):
        Spells.of([0], [0], [5], [3], [1], stages=1)
    with pytest.raises(SalesMetricsError, match="still open"):
        Spells.of([0], [0], [5], [OPEN], [1], stages=1)
    with pytest.raises(SalesMetricsError, match="first days of buckets"):
        fit_stage_chain(spells_of(world(0, 5)), 30, ages=[1, 2])
    chain = fit_stage_chain(spells_of(world(0, 50)), 300)
    with pytest.raises(SalesMetricsError, match="none is below 0"):
        chain.score([0], [-1], 3)
    with pytest.raises(SalesMetricsError, match="codes run"):
        chain.score([9], [1], 3)


def test_phases_are_learned_and_met_on_their_days():
    # One stage, left at the end of each day with 2 % or, in the last 20 days of 50, with 10 %.
    draw = np.random.default_rng(14)
    size, last = 4000, 1000
    begun = draw.integers(0, last, size)
    leave = np.full(size, OPEN)
    for deal in range(size):
        day = int(begun[deal])
        while day < last:
            if draw.random() < (0.1 if day % 50 >= 30 else 0.02):
                leave[deal] = day + 1
                break
            day += 1
    way = np.where(leave == OPEN, NO_MOVE, 1 + (draw.random(size) < 0.4))
    spells = Spells.of(np.arange(size), np.zeros(size, int), begun, leave, way, stages=1)
    starts = np.arange(0, last + 200, 10)
    phases = Phases.of(starts, (starts % 50 >= 30).astype(int), 2)
    chain = fit_stage_chain(spells, last, phases=phases)
    for horizon in (7, 25, 40, 60):
        stay = 1.0
        for day in range(last, last + horizon):
            stay *= 0.9 if day % 50 >= 30 else 0.98
        found = chain.score([0], [0], horizon)
        assert found.won[0] + found.lost[0] == pytest.approx(1 - stay, abs=0.035)
        assert found.won[0] == pytest.approx(0.6 * (1 - stay), abs=0.03)
    both = chain.score([0, 0], [0, 0], [7, 60])
    assert both.won.tolist() == [chain.score([0], [0], h).won[0] for h in (7, 60)]
    assert both.eventual[0] == pytest.approx(0.6, abs=0.03)
    # Ten days on, the rush of 30 days ahead is met earlier.
    assert chain.score([0], [0], 25, as_of=last + 10).won[0] > chain.score([0], [0], 25).won[0]


def test_phases_come_in_their_order_day_by_day():
    phases = Phases.of([0, 20, 30, 50, 60, 80, 90, 200, 305, 312], [0, 1] * 5, 2)
    ages = [0, 2, 5, 15, 40]
    chain = fit_stage_chain(spells_of(world(16, deals=500)), 300, ages=ages, phases=phases)
    kind = [[0 if j == WON else 1 if j == LOST else 2 if j > k else 3 for j in range(K + 2)]
            for k in range(K)]  # fmt: skip
    for start, age, horizon in [(0, 0, 40), (1, 9, 8), (2, 3, 14)]:
        standing, won = {(start, age): 1.0}, 0.0
        for day in range(300, 300 + horizon):
            effect = chain.effects[0][int(phases.at([day])[0])]
            then: dict = {}
            for (k, old), share in standing.items():
                bucket = max(b for b, first in enumerate(ages) if first <= old)
                go = [chain.law[k, bucket, j] * effect[kind[k][j]] for j in range(K + 2)]
                won += share * go[WON]
                for j in range(K):
                    then[j, 0] = then.get((j, 0), 0) + share * go[j]
                then[k, old + 1] = then.get((k, old + 1), 0) + share * (1 - sum(go))
            standing = then
        assert chain.score([start], [age], horizon).won[0] == pytest.approx(won, abs=1e-12)


def test_a_deal_reopened_is_what_became_of_it_last():
    rows = [(0, 0, 0, 5, LOST), (0, 1, 20, 30, WON), (1, 0, 0, 5, LOST), (1, 1, 20, OPEN, NO_MOVE)]
    won, lost = spells_of(rows).closed(40)
    assert (won.tolist(), lost.tolist()) == ([True, False], [False, False])
    won, lost = spells_of(rows).closed(10)
    assert (won.tolist(), lost.tolist()) == ([False, False], [True, True])


def test_a_deal_is_open_until_any_day_far_ahead():
    for day in (OPEN, OPEN + 1, 2**62):
        spells = Spells.of([0], [0], [3], [day], [NO_MOVE], stages=K)
        assert spells.leave.tolist() == [OPEN] and spells.open_at(9).tolist() == [0]


def test_cut_stays_count_as_whole_ones():
    spells = spells_of(world(15))
    cut = spells.cut(np.arange(7, 400, 13))
    assert len(cut.deal) > len(spells.deal)
    for as_of in (90, 300):
        one, two = count_stages(spells, as_of), count_stages(cut, as_of)
        np.testing.assert_array_equal(one.exposure, two.exposure)
        np.testing.assert_array_equal(one.moves, two.moves)
        np.testing.assert_array_equal(one.closed_seen, two.closed_seen)
        assert set(spells.deal[spells.open_at(as_of)]) == set(cut.deal[cut.open_at(as_of)])


@pytest.mark.parametrize("sizes", [(), (3,), (2, 4), (3, 1, 2)])
@pytest.mark.parametrize("rows", [0, 1, 5, 40])
def test_combinations_are_those_that_occur_in_order(sizes, rows):
    draw = np.random.default_rng(rows)
    levels = np.stack(
        [draw.integers(0, size, rows) for size in sizes] or [np.zeros((rows, 0))], axis=-1
    ).reshape(rows, len(sizes)).astype(np.int64)  # fmt: skip
    where, table = combinations(levels, sizes)
    there = sorted({tuple(row) for row in levels.tolist()})
    nothing = [(0,) * len(sizes)]  # of no rows one that nobody is in, so that there is one
    assert [tuple(row) for row in table.tolist()] == (there or nothing)
    assert [tuple(table[at].tolist()) for at in where] == [tuple(row) for row in levels.tolist()]
