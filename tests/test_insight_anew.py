"""Parts of insight reckoned a second, slow way from their definitions, over random figures."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import combinations
from math import exp, log, sqrt
from statistics import fmean, median, quantiles
from typing import Any

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics.insight import factors, scan
from salesmetrics.insight.control_limits import stated_chance
from salesmetrics.insight.factors import by_shapley
from salesmetrics.insight.leaves import leaves_of_counts, leaves_of_shares
from salesmetrics.insight.scan import search
from salesmetrics.insight.tenure import Tenure
from salesmetrics.insight.unusual import quartiles4, spikes

# what is unusual ---------------------------------------------------------------------------------


def spread_of(each: list[float]) -> float:
    mean = fmean(each)
    return sqrt(sum((one - mean) ** 2 for one in each) / (len(each) - 1))


@pytest.mark.parametrize(
    ("side", "limits"),
    [  # of t with 5 and with 2 degrees of freedom: at 97.5 %, or at 95 % on one side
        ("either", (2.570582, 4.302653)),
        ("above", (2.015048, 2.919986)),
        ("below", (2.015048, 2.919986)),
    ],
)
def test_a_stated_chance_is_how_often_one_of_two_tests_fails(
    side: Any, limits: tuple[float, float]
) -> None:
    """Of 6 figures and one more: beside all of them, and the last 4, weighted, beside the others.

    Both counts are of made-up figures, this one of 40,000: their difference has an error of 0.2 %.
    """
    draw, times, false = random.Random(7), 40_000, 0
    weights = [0.7**back for back in range(4)]
    weights = [one / sum(weights) for one in weights]
    for _ in range(times):
        each = [draw.gauss(0, 1) for _ in range(7)]
        base, early = each[:-1], each[:-4]
        recent = sum(w * one for w, one in zip(weights, reversed(each), strict=False))
        alone = (each[-1] - fmean(base)) / (spread_of(base) * sqrt(1 + 1 / 6))
        spread = spread_of(early) * sqrt(sum(w * w for w in weights) + 1 / 3)
        lasting = (recent - fmean(early)) / spread
        away = {"above": 1, "below": -1}.get(side)
        false += any(
            (abs(one) if away is None else one * away) > limit
            for one, limit in zip((alone, lasting), limits, strict=True)
        )
    assert stated_chance(6, side, 0.05) == pytest.approx(false / times, abs=0.008)


def test_days_of_imports_stand_out_by_both_spreads() -> None:
    draw = random.Random(11)
    for _ in range(300):
        usual = draw.choice([1, 2, 9, 40])
        room = draw.choice([0, 1, usual // 2])
        counts = [max(1, usual + draw.randint(-room, room)) for _ in range(draw.randint(8, 20))]
        counts += [usual + draw.randint(0, 150) for _ in range(draw.randint(0, 3))]
        draw.shuffle(counts)
        days = [day for day, count in enumerate(counts) for _ in range(count)]
        middle = Fraction(median(map(Fraction, counts)))
        away = Fraction(median(abs(count - middle) for count in counts))
        wanted = [
            day for day, count in enumerate(counts)
            if count - middle > 10 * Fraction("1.4826") * away
            and count > middle and (count - middle) ** 2 > 100 * middle
        ]  # fmt: skip
        found = spikes(np.array(days, dtype=np.uint16))
        assert [one.day for one in found] == (wanted if len(counts) >= 10 else [])
        assert all(one.rows == counts[one.day] and one.median2 == 2 * middle for one in found)


def test_quartiles_are_those_of_the_standard_library() -> None:
    draw = random.Random(3)
    for many in range(2, 40):
        values = [draw.randint(0, 90) for _ in range(many)]
        first, _, third = quantiles(map(Fraction, values), n=4, method="inclusive")
        assert [*quartiles4(np.array(values, dtype=np.int64))] == [4 * first, 4 * third]


def test_first_months_are_over_on_the_day_after_them() -> None:
    day = timedelta(days=1)
    over = date(2025, 3, 15)
    for ramp, start, after in (
        ((Fraction(1, 4), Fraction(1, 2)), date(2025, 1, 15), True),
        ((Fraction(1, 4), Fraction(1, 2)), date(2025, 1, 16), False),
        (None, date(2025, 3, 14), True),
        (None, None, True),
    ):
        on = Tenure(start, None, ramp)
        assert on.ramped(sm.period(f"{over}..{over}")) is after
        assert on.ramped(sm.period(f"{over + day}..{over + day}")) is True


# why it changed ----------------------------------------------------------------------------------


def test_of_so_many_figures_and_no_more_every_order_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(factors, "MOST_FACTORS", 2)
    was = {name: Fraction(1) for name in "abcd"}
    for moved in ("a", "ab", "abc"):
        now = was | {name: Fraction(3) for name in moved}
        if len(moved) > 2:
            with pytest.raises(sm.SalesMetricsError, match="3 figures changed; at most 2"):
                by_shapley(lambda x: sum(x.values(), Fraction(0)), was, now)
        else:  # of a sum, each what it grew by
            found = by_shapley(lambda x: sum(x.values(), Fraction(0)), was, now)
            assert {one.name: one.effect for one in found} == {
                name: 2.0 if name in moved else 0.0 for name in "abcd"
            }


@pytest.mark.parametrize("b", [1.0, 2.0, 1e6])
@pytest.mark.parametrize("off", [0.0, 1e-12, 1e-7, -1e-7, 2e-6, -0.5, 1.0, 1e3])
def test_the_logarithmic_mean_in_fifty_digits(b: float, off: float) -> None:
    a = b * (1 + off)
    with localcontext(prec=50):
        one, other = Decimal(a), Decimal(b)
        wanted = one if one == other else (one - other) / (one / other).ln()
    assert factors.log_mean(a, b) == pytest.approx(float(wanted), rel=1e-9)


Rows = list[tuple[tuple[str, ...], list[int], list[int]]]  # groups with what is in and out of it


def random_groups(draw: random.Random) -> Rows:
    names = [["a", "b", "c"], ["x", "y"], ["1", "2", "3"]][: draw.randint(1, 3)]
    groups = sorted({tuple(draw.choice(each) for each in names) for _ in range(9)})
    loud = draw.choice(groups)[0]
    return [
        (group,
         [draw.randint(0, 9), draw.randint(0, 9) + 60 * (group[0] == loud)],
         [draw.randint(0, 9), draw.randint(0, 9)])
        for group in groups
    ]  # fmt: skip


def by_likelihood(rows: Rows, mine: Rows) -> float:
    """Of counted rows: the log-likelihood ratio of inside or not, then or now, by its own table."""
    table = [
        [sum(then for _, (then, _), _ in each), sum(now for _, (_, now), _ in each)]
        for each in (mine, [row for row in rows if row not in mine])
    ]
    total = sum(map(sum, table))
    down = [table[0][side] + table[1][side] for side in (0, 1)]
    return sum(
        n * log(n * total / (sum(line) * down[side]))
        for line in table for side, n in enumerate(line) if n
    )  # fmt: skip


def by_share(rows: Rows, mine: Rows) -> float:
    """Of shares: how far a group is beyond what its weight makes of the others', in its noise."""
    whole = [sum(top[s] + out[s] for _, top, out in rows) for s in (0, 1)]
    middle = sum(sum(top[s] for _, top, _ in rows) / whole[s] for s in (0, 1)) / 2
    facts = []
    for each in (mine, [row for row in rows if row not in mine]):
        effect = weight = noise = many = 0.0
        for _, top, out in each:
            for s in (0, 1):
                n = top[s] + out[s]
                effect += (1 if s else -1) * (top[s] - middle * n) / whole[s]
                weight += n / whole[s] / 2
                noise += (top[s] * (1 - middle) ** 2 + out[s] * middle**2) / whole[s] ** 2
                many += n
        facts.append((effect, weight, noise, many))
    (effect, weight, noise, many), (others, _, of_others, _) = facts
    odds = weight / (1 - weight)
    beyond = effect - odds * others
    return beyond**2 / (noise * (1 + 2 / many) + odds**2 * of_others) / 2


@pytest.mark.parametrize(("share", "score_of"), [(False, by_likelihood), (True, by_share)])
@pytest.mark.parametrize("together", [2, 3])
def test_what_stands_out_is_the_clearest_of_all_combinations(
    share: bool, score_of: Any, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each set of columns shares the chance of a false find, and so does each of its cells."""
    monkeypatch.setattr(scan, "MOST_COLUMNS", together)
    draw, clear = random.Random(23), 0
    for _ in range(150):
        rows = random_groups(draw)
        by = ("one", "two", "three")[: len(rows[0][0])]
        groups = [group for group, _, _ in rows]
        inside = [np.array([top[s] for _, top, _ in rows]) for s in (0, 1)]
        every = [np.array([top[s] + out[s] for _, top, out in rows]) for s in (0, 1)]
        leaves = (
            leaves_of_shares(by, groups, (inside[0], inside[1]), (every[0], every[1]))
            if share
            else leaves_of_counts(by, groups, (inside[0], inside[1]))
        )
        sets = [c for size in range(1, together + 1) for c in combinations(range(len(by)), size)]
        candidates = []
        for chosen in sets:
            cells = sorted({tuple(group[i] for i in chosen) for group in groups})
            for cell in cells:
                mine = [row for row in rows if tuple(row[0][i] for i in chosen) == cell]
                rows_of = sum((sum(m[1]) + sum(m[2]) for m in mine), 0)
                if len(mine) < len(rows) and rows_of:
                    score = score_of(rows, mine) - log(len(sets) * len(cells))
                    candidates.append((score, chosen, cell, mine))
        best = max((one[0] for one in candidates), default=0.0)
        found = search(leaves, most=1)
        assert bool(found) is (best >= log(2 / 0.05)), (rows, best)
        if found:
            clear += 1
            (one,) = found
            assert one.chance == pytest.approx(min(1.0, 2 * exp(-best)))
            likely = [
                (tuple(by[i] for i in chosen), cell, [rows.index(row) for row in mine])
                for score, chosen, cell, mine in candidates
                if score > best - 1e-6
            ]
            assert (one.columns, one.values, one.leaves.tolist()) in likely
    assert clear > 30


@pytest.mark.parametrize("negative", [(0, 0), (1, 3)])
def test_of_amounts_below_zero_what_stands_out_is_beyond_its_share(
    negative: tuple[int, int],
) -> None:
    """A share is of the sizes then and now; the score is half the square of the errors away."""
    side, place = negative
    sums = [np.array([100, 80, 120, 90, 110]), np.array([105, 85, 118, 92, 300])]
    sums[side][place] = -sums[side][place]
    groups, rows = [(name,) for name in "abcde"], [np.array([20, 10, 30, 9, 11])] * 2
    noise = np.array([150.0, 90.0, 140.0, 60.0, 120.0])
    plain = leaves_of_counts(("one",), groups, (sums[0], sums[1]))
    leaves = replace(plain, rows=(rows[0], rows[1]), noise=noise)
    scores = []
    for at in range(5):
        effect = sums[1] - sums[0]
        size = np.abs(sums[0]) + np.abs(sums[1])
        odds = size[at] / (size.sum() - size[at])
        beyond = effect[at] - odds * (effect.sum() - effect[at])
        spread = noise[at] * (1 + 2 / (2 * rows[0][at])) + odds**2 * (noise.sum() - noise[at])
        scores.append(beyond**2 / spread / 2 - log(5))
    (one,) = search(leaves, most=1)
    assert one.leaves.tolist() == [int(np.argmax(scores))]
    assert one.chance == pytest.approx(min(1.0, 2 * exp(-max(scores))))


@pytest.mark.parametrize("largest", [9, 10**6])
def test_codes_without_gaps_are_those_of_numpy(largest: int) -> None:
    draw = random.Random(largest)
    for _ in range(20):
        codes = np.array([draw.randint(0, largest) for _ in range(30)])
        assert scan._dense(codes).tolist() == np.unique(codes, return_inverse=True)[1].tolist()


def test_at_most_so_many_segments_are_named() -> None:
    groups = [(name,) for name in "abcdefgh"]
    then = np.array([100] * 8)
    now = np.array([1000, 800, 600, 500, 400, 300, 100, 100])
    assert len(search(leaves_of_counts(("one",), groups, (then, now)), most=9)) > 4
    assert len(search(leaves_of_counts(("one",), groups, (then, now)))) == 4
    none = np.zeros(8, np.int64)
    assert search(leaves_of_counts(("one",), groups, (none, none))) == ()
