"""Curves of how long things last, reckoned a second time: row by row, in exact fractions."""

from __future__ import annotations

import random
from fractions import Fraction
from math import exp, log, nan, sqrt
from statistics import NormalDist
from typing import Any

import pytest

from salesmetrics.errors import SalesMetricsError
from salesmetrics.forecast.curves import aalen_johansen, kaplan_meier
from salesmetrics.forecast.deal_age import fit_deal_age
from salesmetrics.forecast.undefined import Undefined
from salesmetrics.forecast.win_scores import BASES

Row = tuple[int, int, int, int]  # age, how it ended (0: it has not), entry, weight


def rows_of(seed: int, causes: int) -> list[Row]:
    """Many of one age; some enter at the age at which others end."""
    draw = random.Random(seed)
    found = []
    for _ in range(draw.choice([0, 1, 2, 5, 12, 40])):
        entry = draw.choice([0, 0, 0, 1, 2, 3, 6]) if seed % 2 else 0
        weight = draw.choice([1, 1, 2, 5, 0]) if seed % 3 == 0 else 1
        found.append((entry + draw.randint(1, 6), draw.randint(0, causes), entry, weight))
    return found


class Reckoned:
    """At each age at which something ended: who was there, what ended how, what was left."""

    def __init__(self, rows: list[Row], causes: int) -> None:
        self.ages = sorted({age for age, how, _, weight in rows if how and weight})
        self.at_risk = [sum(w for a, _, e, w in rows if e < u <= a) for u in self.ages]
        self.rows = [sum(w > 0 for a, _, e, w in rows if e < u <= a) for u in self.ages]
        self.ended = [
            [sum(w for a, how, _, w in rows if (a, how) == (u, way + 1)) for u in self.ages]
            for way in range(causes)
        ]
        self.gone = [sum(each) for each in zip(*self.ended, strict=True)]
        left = Fraction(1)
        self.survival: list[Fraction] = []
        self.before: list[Fraction] = []
        for n, d in zip(self.at_risk, self.gone, strict=True):
            self.before.append(left)
            left *= 1 - Fraction(d, n)
            self.survival.append(left)
        self.incidence = [
            [
                sum((self.before[k] * Fraction(d[k], self.at_risk[k]) for k in range(at + 1)),
                    Fraction(0))
                for at in range(len(self.ages))
            ]
            for d in self.ended
        ]  # fmt: skip
        fell = next((u for u, s in zip(self.ages, self.survival, strict=True) if not s), None)
        self.later = 0 if fell is None else sum(e >= fell for _, _, e, _ in rows)

    def leave(self, at: int) -> Fraction:
        n, d = self.at_risk[at], self.gone[at]
        return Fraction(d, n * (n - d)) if n > d else Fraction(0)

    def variance(self, way: int, at: int) -> Fraction:
        """The delta method's, as a sum over all ages up to this one."""
        found, mine = Fraction(0), self.incidence[way]
        for k in range(at + 1):
            n, d, before = self.at_risk[k], self.ended[way][k], self.before[k]
            more = mine[at] - mine[k]
            found += more**2 * self.leave(k) + before**2 * Fraction(d * (n - d), n**3)
            found -= 2 * more * before * Fraction(d, n**2)
        return found

    def thin(self, until: float) -> tuple[float | None, int] | None:
        if not self.ages:
            return None, 0
        there = [(n, u) for u, n in zip(self.ages, self.rows, strict=True) if u <= until]
        if not there or min(there)[0] >= 5:
            return None
        return min(there)[1], min(there)[0]


def told_of(flag: Any) -> tuple[float | None, int] | None:
    if flag is None:
        return None
    assert (flag.code, flag.params["needed"]) == ("few_at_risk", 5)
    return flag.params.get("age"), flag.params["at_risk"]


def ends_of(share: float, variance: float) -> tuple[float, float]:
    """On the scale log(-log), of 95 %."""
    if not 0 < share < 1:
        return share, share
    reach = NormalDist().inv_cdf(0.975) * sqrt(variance) / (share * abs(log(share)))
    return share ** exp(reach), share ** exp(-reach)


def near(values: Any) -> Any:
    return pytest.approx([float(each) for each in values], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", range(60))
def test_what_is_still_there(seed: int) -> None:
    rows = rows_of(seed, 1)
    given = {"entry": [e for _, _, e, _ in rows]} if seed % 2 else {}
    given |= {"weights": [w for *_, w in rows]} if seed % 3 == 0 else {}
    found = kaplan_meier([a for a, *_ in rows], [how for _, how, *_ in rows], **given)
    mine = Reckoned(rows, 1)
    assert found.ages.tolist() == mine.ages
    assert found.at_risk.tolist() == mine.at_risk and found.ended.tolist() == mine.gone
    assert found.rows_at_risk.tolist() == mine.rows
    assert found.survival.tolist() == near(mine.survival)
    spread = [
        s**2 * sum((mine.leave(k) for k in range(at + 1)), Fraction(0))
        for at, s in enumerate(mine.survival)
    ]
    assert found.variance.tolist() == near(spread)
    ends = [ends_of(float(s), float(v)) for s, v in zip(mine.survival, spread, strict=True)]
    for one, edges in zip(found.interval(), zip(*ends, strict=True), strict=bool(ends)):
        assert one.tolist() == near(edges)
    for until in range(14):
        assert told_of(found.thin(until)) == mine.thin(until)
    if mine.later and seed % 2:
        assert isinstance(found.undefined, Undefined)
        assert found.undefined.params["enter_later"] == mine.later
        assert found.at(3) is found.quantile(0.5) is found.restricted_mean(3) is found.undefined
        return
    assert found.undefined is None
    share = dict(zip(mine.ages, mine.survival, strict=True))
    for age in range(14):
        left = [share[u] for u in mine.ages if u <= age]
        assert found.at(age) == pytest.approx(float(left[-1] if left else 1))
        days = [[1, *(share[u] for u in mine.ages if u <= day)][-1] for day in range(age)]
        assert found.restricted_mean(age) == pytest.approx(float(sum(days)))
    for part in (Fraction(1, 10), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(1)):
        by = next((u for u in mine.ages if share[u] <= 1 - part), None)
        told = found.quantile(float(part))
        if by is None:
            assert isinstance(told, Undefined) and told.code == "quantile_not_reached"
            assert told.params["still_there"] == pytest.approx(
                float(mine.survival[-1]) if mine.ages else 1.0
            )
        else:
            assert told == by


@pytest.mark.parametrize("causes", [1, 2, 3])
@pytest.mark.parametrize("seed", range(40))
def test_how_things_ended(seed: int, causes: int) -> None:
    rows = rows_of(1000 + seed, causes)
    given = {"entry": [e for _, _, e, _ in rows]} if seed % 2 else {}
    given |= {"weights": [w for *_, w in rows]}
    found = aalen_johansen([a for a, *_ in rows], [how for _, how, *_ in rows], causes, **given)
    mine = Reckoned(rows, causes)
    assert found.ages.tolist() == mine.ages and found.at_risk.tolist() == mine.at_risk
    assert found.ended.tolist() == mine.ended and found.rows_at_risk.tolist() == mine.rows
    assert found.survival.tolist() == near(mine.survival)
    ends = found.interval()
    for way in range(causes):
        assert found.incidence[way].tolist() == near(mine.incidence[way])
        spread = [mine.variance(way, at) for at in range(len(mine.ages))]
        assert found.variance[way].tolist() == pytest.approx(
            [float(v) for v in spread], rel=1e-7, abs=1e-12
        )
        edges = [
            ends_of(float(f), float(v)) for f, v in zip(mine.incidence[way], spread, strict=True)
        ]
        assert ends[0][way].tolist() == pytest.approx([low for low, _ in edges], rel=1e-6, abs=1e-6)
        assert ends[1][way].tolist() == pytest.approx(
            [high for _, high in edges], rel=1e-6, abs=1e-6
        )
    assert (found.undefined is not None) is bool(mine.later and seed % 2)
    for age in range(14):
        shares, left = found.at(age)
        by = sum(u <= age for u in mine.ages)
        assert float(left) == pytest.approx(float([1, *mine.survival][by]))
        assert shares.tolist() == near([[0, *one][by] for one in mine.incidence])
        assert told_of(found.thin(age)) == mine.thin(age)


@pytest.mark.parametrize("seed", range(80))
def test_chances_by_the_age_of_the_deal(seed: int) -> None:
    draw = random.Random(seed)
    as_of, deals = draw.randint(6, 12), []
    for _ in range(draw.choice([0, 1, 3, 10, 40])):
        created = draw.randint(-4, 13)
        outcome = draw.choice([0, 1, 1, 2] if seed % 5 else [0, 1])
        deals.append((created, created + draw.choice([-1, 0, 0, 1, 2, 3, 8]), outcome))
    first_seen = draw.choice([None, None, 0, 2, 5])
    window = draw.choice([None, None, 0, 3, 6])
    fitted = fit_deal_age(
        *([one[k] for one in deals] for k in range(3)), as_of, first_seen=first_seen, window=window
    )
    first = min((created for created, *_ in deals), default=0) if first_seen is None else first_seen
    first = first if window is None else max(first, as_of - window)
    rows, closed = [], []
    for created, at, outcome in deals:
        how = outcome if outcome and at <= as_of else 0
        end = at if how else as_of
        if created <= as_of and end >= max(first, created):
            # On each evening from that before the first day; at the latest before its own first.
            rows.append((end - created, how, max(first - 1 - created, -1), 1))
            closed += [end - created] * bool(how)
    won, lost = (sum(how == way for _, how, *_ in rows) for way in (1, 2))
    assert (fitted.won, fitted.lost) == (won, lost)
    mine = Reckoned(rows, 2)
    codes = [flag.code for flag in fitted.flags]
    assert ("few_closed_deals" in codes) is (won + lost < 30)
    assert ("no_losses" in codes) is (won > 0 and not lost)
    ages, horizons = [0, 1, 2, 3, 6, 9], [0, 1, 2, 5]
    found = [fitted.score(ages, ahead) for ahead in horizons]
    why = (
        "no_history" if not rows else "no_closed_deals" if not closed
        else "no_wins" if not won else "curve_fell_to_0" if mine.later else None
    )  # fmt: skip
    if why is not None:
        assert fitted.undefined is not None and fitted.undefined.code == why
        assert all(one.undefined is fitted.undefined for one in found)
        return
    assert fitted.undefined is None

    def after(values: list[Fraction], age: int, start: int) -> Fraction:
        by = sum(u <= age for u in mine.ages)
        return values[by - 1] if by else Fraction(start)

    for one, ahead in zip(found, horizons, strict=True):
        for place, age in enumerate(ages):
            left = after(mine.survival, age, 1)
            chances = [
                float((after(f, age + ahead, 0) - after(f, age, 0)) / left) if left else nan
                for f in mine.incidence
            ]
            told = [float(each[place]) for each in (one.won, one.lost)]
            assert told == pytest.approx(chances, nan_ok=True)
            known = left > 0 and mine.survival[-1] <= Fraction(1, 5) and lost > 0
            wins = mine.incidence[0]
            last = float((wins[-1] - after(wins, age, 0)) / left) if known else nan
            assert float(one.eventual[place]) == pytest.approx(last, nan_ok=True)
            assert one.learned_from[place] == sum(each > age for each in closed)
            assert BASES[one.basis[place]] == ("deal_age" if left else "nothing")
        marked = {flag.code: flag.params for flag in one.flags}
        left_at = [after(mine.survival, age, 1) for age in ages]
        thin = sum(
            bool(left) and sum(each > age for each in closed) < 5
            for age, left in zip(ages, left_at, strict=True)
        )
        assert marked.get("few_at_risk", {}).get("deals", 0) == thin
        assert marked.get("older_than_any_seen", {}).get("deals", 0) == left_at.count(Fraction(0))


def test_the_first_row_that_enters_too_late_is_named() -> None:
    for entry, said in (
        ([0, 3, 5], r"entry\[1\] is 3.0 and ages\[1\] is 3.0"),
        ([4, 3, 0], r"\[0\]"),
    ):
        with pytest.raises(SalesMetricsError, match=said):
            kaplan_meier([1, 3, 4], [1, 1, 1], entry=entry)
