"""Why a figure changed: exact splits by hand, laws over the catalogue, and planted causes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import salesmetrics as sm
from salesmetrics.catalog import ENTRIES
from salesmetrics.insight.factors import by_log_mean, by_shapley, log_mean, split_product
from salesmetrics.insight.leaves import leaves_of, leaves_of_counts
from salesmetrics.insight.noise import noise_of
from salesmetrics.insight.reconciled import rounded_to_sum
from salesmetrics.insight.scan import search

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))
from explain import run, speed, unchanged  # type: ignore[import-not-found]  # noqa: E402

GIVEN = {"active_for_days": 365, "margin": 0.4, "limit_hours": 24}


def deals(rows: list[tuple[str, str, str, int | None]]) -> sm.CRM:
    """Decided deals: owner, outcome, day, amount."""
    return sm.CRM(
        deals=[
            {
                "id": at, "owner": owner, "team": owner[0], "outcome": outcome,
                "created_at": "2024-12-01", "closed_at": day, "amount": amount,
            }
            for at, (owner, outcome, day, amount) in enumerate(rows)
        ],
        currency="EUR",
    )  # fmt: skip


@pytest.fixture(scope="module")
def demo() -> sm.CRM:
    return sm.read(ROOT / "examples" / "demo")


# by hand -----------------------------------------------------------------------------------------


def test_mix_and_rate_by_hand() -> None:
    """Ana wins 1 of 2, then 1 of 4; Bo 2 of 2, then 3 of 4: 3/4 before, 1/2 after."""
    rows = [("ana", "won", "2025-01-05", 10), ("ana", "lost", "2025-01-05", 10)]
    rows += [("bo", "won", "2025-01-05", 10)] * 2
    rows += [("ana", "won", "2025-02-05", 10)] + [("ana", "lost", "2025-02-05", 10)] * 3
    rows += [("bo", "won", "2025-02-05", 10)] * 3 + [("bo", "lost", "2025-02-05", 10)]
    found = sm.explain(deals(rows), "win_rate", "2025-02", by="owner")
    assert (found.before, found.after, found.change) == (0.75, 0.5, -0.25)
    ana, bo = found.level("owner").at(owner="ana"), found.level("owner").at(owner="bo")
    assert (ana.rate, ana.mix, ana.effect) == (-0.125, 0.0, -0.125)
    assert (bo.rate, bo.mix, bo.effect) == (-0.125, 0.0, -0.125)
    assert found.reconciles


def test_a_group_of_one_period_is_all_mix() -> None:
    """Ana decides 2 (1 won) then 2 (1 won); Cy comes with 2 won: 1/2 before, 3/4 after."""
    rows = [("ana", "won", "2025-01-05", 10), ("ana", "lost", "2025-01-05", 10)]
    rows += [("ana", "won", "2025-02-05", 10), ("ana", "lost", "2025-02-05", 10)]
    rows += [("cy", "won", "2025-02-05", 10)] * 2
    found = sm.explain(deals(rows), "win_rate", "2025-02", by="owner")
    cy, ana = found.level("owner").at(owner="cy"), found.level("owner").at(owner="ana")
    # w goes from 0 to 1/2, its rate 1 is beside the mean of 1/2 and 3/4: 1/2 x (1 - 5/8) = 3/16.
    assert (cy.status, cy.rate, cy.mix, cy.effect) == ("new", 0.0, 0.1875, 0.1875)
    assert (ana.rate, ana.mix, ana.effect) == (0.0, 0.0625, 0.0625)
    back = sm.explain(deals(rows), "win_rate", "2025-01", against="2025-02", by="owner")
    gone = back.level("owner").at(owner="cy")
    assert (gone.status, gone.effect) == ("gone", -0.1875)


def test_factors_and_groups_of_bookings_by_hand() -> None:
    """2 deals of 10 and 30, then 1 of 100: won deals halve, the mean goes from 20 to 100."""
    rows = [("ana", "won", "2025-01-05", 10), ("bo", "won", "2025-01-05", 30)]
    rows += [("bo", "won", "2025-02-05", 100)]
    found = sm.explain(deals(rows), "bookings", "2025-02", by="owner")
    mean = (100 - 40) / np.log(100 / 40)
    effects = {one.name: one.effect for one in found.factors.causes} if found.factors else {}
    assert effects.keys() == {"won_deals", "average_deal_size"}
    assert effects["won_deals"] == pytest.approx(mean * np.log(1 / 2))
    assert effects["average_deal_size"] == pytest.approx(mean * np.log(100 / 20))
    assert [(one.name, one.effect, one.status) for one in found.levels[0].causes] == [
        ("bo", 70.0, None),
        ("ana", -10.0, "gone"),
    ]
    # Each row once: 10, 30 and 100 squared; as if a third more of them had come on either side.
    low, high = found.interval or (0, 0)
    assert (high - low) / 2 == pytest.approx(1.959964 * np.sqrt(11_000 * (1 + 2 / 3)))
    assert found.clear is False
    assert "not distinguishable from noise" in found.to_text()


def test_deals_without_amount_are_a_factor_of_their_own() -> None:
    rows: list[tuple[str, str, str, int | None]] = [("ana", "won", "2025-01-05", 10)]
    rows += [("ana", "won", "2025-02-05", 10), ("ana", "won", "2025-02-05", None)]
    found = sm.explain(deals(rows), "bookings", "2025-02")
    assert found.factors is not None
    assert {one.name: (one.before, one.after) for one in found.factors.causes} == {
        "won_deals": (1.0, 2.0),
        "average_deal_size": (10.0, 10.0),
        "share with an amount": (1.0, 0.5),
    }
    assert found.change == 0.0
    assert found.reconciles


def test_what_stands_unchanged_makes_no_noise() -> None:
    rows = [
        {"id": 1, "owner": "ana", "created_at": "2024-11-01", "outcome": "open", "amount": 500},
        {"id": 2, "owner": "ana", "created_at": "2025-02-01", "outcome": "open", "amount": 30},
    ]
    crm = sm.CRM(deals=rows, currency="EUR")
    found = sm.explain(crm, "open_pipeline", "2025-02", by="owner")
    low, high = found.interval or (0, 0)
    assert found.change == 30.0
    assert (high - low) / 2 == pytest.approx(1.959964 * np.sqrt(30**2 * (1 + 2 / 3)))


def test_parts_that_do_not_sum_to_the_change_do_not_reconcile() -> None:
    rows = [("ana", "won", "2025-01-05", 1_000_000), ("bo", "won", "2025-02-05", 1_000_001)]
    rows += [("cy", "won", "2025-01-05", 7), ("cy", "won", "2025-02-05", 7)]
    found = sm.explain(deals(rows), "bookings", "2025-02", by="owner")
    level = found.levels[0]
    assert (found.change, found.shown, found.step) == (1.0, 1.0, 0.01)
    assert len(level.causes) == 3
    assert found.reconciles

    def but(**facts: Any) -> bool:
        first = replace(level.causes[0], **facts)
        causes = (first, *level.causes[1:])
        return replace(found, levels=(replace(level, causes=causes),)).reconciles

    first = level.causes[0]
    assert but(effect=first.effect + 0.001)  # as near as sums of floats of this size are
    assert not but(effect=first.effect + 1)
    assert not but(effect=first.effect - 1)
    assert not but(shown=first.shown + 0.01)
    assert not but(shown=first.shown - 0.01)
    for name in ("change", "after", "shown", "step"):
        assert not replace(found, **{name: None}).reconciles
    nothing = replace(found, change=0.0, shown=0.0, before=0.0, after=0.0, segments=None)
    for off, so in ((0.0, True), (0.001, False)):
        cause = replace(first, effect=off, shown=0.0)
        of_nothing = replace(level, causes=(cause,))
        assert replace(nothing, factors=None, levels=(of_nothing,)).reconciles is so


# refused and undefined ---------------------------------------------------------------------------


def test_undefined_on_either_side_has_a_reason_and_no_split() -> None:
    crm = deals([("ana", "won", "2025-02-05", 10)])
    found = sm.explain(crm, "win_rate", "2025-02", by="owner")
    assert (found.change, found.splits, found.reconciles) == (None, (), False)
    assert found.reason is not None
    assert found.reason.code == "base_undefined"
    assert "not explained" in found.to_text()
    assert "나눌 수 없음" in found.to_text("ko")
    assert sm.explain(crm, "win_rate", "2025-03", against="2025-02").reason is not None


@pytest.mark.parametrize(
    ("kpi", "by", "message"),
    [
        ("active_customers", "product", "does not add up to the whole"),
        ("mrr_movements", None, "a table of several figures"),
        ("bookings", "nothing", "nothing"),
    ],
)
def test_what_cannot_be_split_is_refused(
    demo: sm.CRM, kpi: str, by: str | None, message: str
) -> None:
    keywords = {"active_for_days": 365} if kpi == "active_customers" else {}
    with pytest.raises(sm.SalesMetricsError, match=message):
        sm.explain(demo, kpi, "2025-Q3", by=by, **keywords)


def test_a_period_with_itself_and_several_periods_are_refused(demo: sm.CRM) -> None:
    with pytest.raises(sm.SalesMetricsError, match="with itself"):
        sm.explain(demo, "bookings", "2025-Q3", against="2025-Q3")
    with pytest.raises(sm.SalesMetricsError, match="one period is expected"):
        sm.explain(demo, "bookings", ["2025-Q2", "2025-Q3"])  # type: ignore[arg-type]


# laws --------------------------------------------------------------------------------------------


def explained(crm: sm.CRM) -> Iterator[tuple[str, Any, Any]]:
    """Every KPI of the catalogue that can be explained, forwards and backwards."""
    for name, one in ENTRIES.items():
        given = {key: GIVEN[key] for key in one.label.given if key in GIVEN}
        by = None if crm.lacking(one.label.tables, one.label.optional) else "owner"
        for columns in (by, None):
            try:
                there = sm.explain(crm, name, "2025-Q3", by=columns, **given)
                back = sm.explain(crm, name, "2025-Q2", against="2025-Q3", by=columns, **given)
            except sm.SalesMetricsError:
                continue
            if there.change is not None:
                yield name, there, back
            break


@pytest.fixture(scope="module")
def every(demo: sm.CRM) -> list[tuple[str, Any, Any]]:
    return list(explained(demo))


def test_most_of_the_catalogue_can_be_explained(every: list[Any]) -> None:
    assert len(every) >= 75


def test_parts_sum_to_the_change(every: list[Any]) -> None:
    for name, there, _ in every:
        assert there.reconciles or not there.splits, name
        for split in there.splits:
            total = sum(one.effect for one in split.causes)
            assert total == pytest.approx(there.change, rel=1e-9, abs=1e-9), name
            assert sum(Fraction(one.shown).limit_denominator(10**4) for one in split.causes) == (
                Fraction(there.shown).limit_denominator(10**4)
            ), name


def test_turned_round_every_part_turns_its_sign(every: list[Any]) -> None:
    for name, there, back in every:
        for one, other in zip(
            (there.factors, *there.levels), (back.factors, *back.levels), strict=True
        ):
            if one is None:
                assert other is None
                continue
            turned = {each.name: each for each in other.causes}
            for each in one.causes:
                across = turned[each.name]
                assert each.effect == pytest.approx(-across.effect, rel=1e-9, abs=1e-6), name
                if each.interval and across.interval:
                    assert each.interval[0] == pytest.approx(-across.interval[1], abs=1e-6), name


def test_explanations_are_plain_and_the_same_twice(demo: sm.CRM) -> None:
    each = [sm.explain(demo, "win_rate", "2025-Q3", by=["team", "owner"]) for _ in range(2)]
    assert each[0].to_json() == each[1].to_json()
    assert json.loads(each[0].to_json())["reconciles"] is True
    assert len(each[0].to_records()) == sum(len(split.causes) for split in each[0].splits)


def test_children_sum_to_their_parent_and_months_to_the_quarter(demo: sm.CRM) -> None:
    found = sm.explain(demo, "sales_velocity", "2025-Q3", by=["team", "owner"])
    for team in found.level("team").causes:
        inner = found.level("team", "owner").causes
        mine = [one.effect for one in inner if one.group["team"] == team.group["team"]]
        assert sum(mine) == pytest.approx(team.effect, rel=1e-9, abs=1e-6)
    quarter = sm.explain(demo, "bookings", "2025-Q3", by="owner").levels[0]
    months = [
        sm.explain(demo, "bookings", f"2025-0{now}", against=f"2025-0{now - 3}", by="owner").levels[
            0
        ]
        for now in (7, 8, 9)
    ]
    for one in quarter.causes:
        parts = [each.effect for month in months for each in month.causes if each.name == one.name]
        assert sum(parts) == pytest.approx(one.effect)


# oracles -----------------------------------------------------------------------------------------


def shapley_by_orders(
    of: Callable[[dict[str, Fraction]], Fraction], then: dict[str, Any], now: dict[str, Any]
) -> dict[str, Fraction]:
    """The mean over all orders in which the parts can be replaced, one after another."""
    found = dict.fromkeys(then, Fraction(0))
    orders = list(permutations(then))
    for order in orders:
        state = dict(then)
        for name in order:
            was = of(state)
            state[name] = now[name]
            found[name] += (of(state) - was) / len(orders)
    return found


numbers = st.fractions(-5, 5, max_denominator=20)
positive = st.fractions(Fraction(1, 20), 50, max_denominator=20)


@given(st.lists(numbers, min_size=6, max_size=6))
@settings(deadline=None)
def test_shapley_is_the_mean_over_all_orders(values: list[Fraction]) -> None:
    then, now = (dict(zip("abc", part, strict=True)) for part in (values[:3], values[3:]))

    def of(x: Any) -> Fraction:
        return x["a"] * x["b"] - x["c"] ** 2 + x["a"]

    slow = shapley_by_orders(of, then, now)
    for one in by_shapley(of, then, now):
        assert one.effect == pytest.approx(float(slow[one.name]), abs=1e-12)
    assert sum(slow.values()) == of(now) - of(then)


@given(st.lists(positive, min_size=8, max_size=8))
@settings(deadline=None)
def test_the_logarithmic_mean_splits_exactly_and_turns_with_time(values: list[Fraction]) -> None:
    then, now = (dict(zip("abcd", part, strict=True)) for part in (values[:4], values[4:]))

    def of(x: Any) -> float:
        return float(x["a"] * x["b"] * x["c"] / x["d"])

    there, back = by_log_mean("abc", "d", then, now), by_log_mean("abc", "d", now, then)
    scale = max(of(then), of(now), *(abs(one.effect) for one in there))
    assert sum(one.effect for one in there) == pytest.approx(of(now) - of(then), abs=1e-9 * scale)
    for one, other in zip(there, back, strict=True):
        assert one.effect == pytest.approx(-other.effect, abs=1e-9 * scale)
        moved = float(now[one.name] - then[one.name])
        assert one.slope * moved == pytest.approx(one.effect, rel=1e-6, abs=1e-9 * scale)


def test_zeros_and_negatives_are_split_by_shapley() -> None:
    then = {"a": Fraction(0), "b": Fraction(3)}
    now = {"a": Fraction(2), "b": Fraction(5)}
    method, effects = split_product("ab", "", then, now)
    assert (method, [one.effect for one in effects]) == ("shapley", [8.0, 2.0])
    assert log_mean(1.0, 1.0 + 1e-9) == pytest.approx(1.0)


@given(st.lists(st.fractions(-100, 100), min_size=1, max_size=12))
def test_rounding_keeps_the_sum(parts: list[Fraction]) -> None:
    step = Fraction(1, 10)
    total = sum(parts, Fraction(0))
    rounded = rounded_to_sum(parts, total, step)
    assert sum(rounded) == round(total / step) * step
    assert all(abs(one - part) < 2 * step for one, part in zip(rounded, parts, strict=True))


# the search --------------------------------------------------------------------------------------


def test_the_search_finds_what_was_planted() -> None:
    groups = [(team, product) for team in "abcd" for product in "xyz"]
    then = np.full(len(groups), 60)
    now = then.copy()
    now[groups.index(("b", "y"))] = 10
    (first, *others) = search(leaves_of_counts(("team", "product"), groups, (then, now)))
    assert (first.columns, first.values) == (("team", "product"), ("b", "y"))
    assert others == []
    assert first.chance < 0.001
    assert search(leaves_of_counts(("team", "product"), groups, (then, 2 * then))) == ()


def test_each_find_is_as_clear_as_the_likelihood_says() -> None:
    """Kulldorff's ratio by hand, shared by the cells there are: ten, then the nine left."""
    then = dict.fromkeys("abcdefghij", 100)
    now = then | {"a": 170, "b": 50}

    def likelihood(before: int, after: int) -> float:
        return sum(n * log(n / (before + after)) for n in (before, after))

    def chance(name: str, among: str) -> float:
        first, last = (sum(side[one] for one in among) for side in (then, now))
        apart = likelihood(then[name], now[name])
        apart += likelihood(first - then[name], last - now[name])
        return 2 * len(among) * exp(likelihood(first, last) - apart)

    counts = [np.array(list(side.values())) for side in (then, now)]
    leaves = leaves_of_counts(("owner",), [(one,) for one in then], (counts[0], counts[1]))
    found = search(leaves)
    order = sorted("ab", key=lambda one: chance(one, "abcdefghij"))
    assert [one.values[0] for one in found] == order
    assert found[0].chance == pytest.approx(chance(order[0], "abcdefghij"), rel=1e-6)
    rest = "abcdefghij".replace(order[0], "")
    assert found[1].chance == pytest.approx(chance(order[1], rest), rel=1e-6)
    assert found[1].chance < 0.05 < min(chance(one, "cdefghij") for one in "cdefghij")
    assert len(search(leaves, most=1)) == 1
    assert search(replace(leaves, noise=None)) == ()
    assert search(leaves_of_counts(("owner",), [], (counts[0][:0], counts[1][:0]))) == ()


def test_groups_that_came_and_went_are_new_and_gone() -> None:
    counts = np.array([2, 0, 3, 0]), np.array([2, 4, 0, 0])
    leaves = leaves_of_counts(("owner",), [(one,) for one in "abcd"], counts)
    nodes = [leaves.node(np.array([at])) for at in range(4)]
    assert [node.effect for node in nodes] == [0, 4, -3, 0]
    assert [node.new for node in nodes] == [False, True, False, False]
    assert [node.gone for node in nodes] == [False, False, True, False]


def test_what_stands_on_both_sides_is_no_noise_and_what_happens_is() -> None:
    """Ten deals of ana stood all the time, three of bo came; created were ten, then three."""
    rows = [
        {"id": f"{owner}{at}", "created_at": day, "owner": owner, "outcome": "open", "amount": 10}
        for owner, day, many in (("ana", "2025-01-05", 10), ("bo", "2025-02-05", 3))
        for at in range(many)
    ]
    deals, months = sm.Deals.of(rows, currency="EUR").as_of("2025-03-01"), ["2025-01", "2025-02"]
    for kpi, noise in (
        (sm.open_deals, [0, 3]), (sm.open_pipeline, [0, 300]), (sm.deals_created, [10, 3])
    ):  # fmt: skip
        whole, grouped = kpi(deals, months), kpi(deals, months, by="owner")
        found = noise_of(grouped, leaves_of(whole, grouped))
        assert found is not None and found.tolist() == noise, kpi


def test_counts_and_shares_of_them_need_no_look_at_their_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many rows there are; a stock and an amount of too many rows have no noise told."""
    rows = [
        {"id": at, "created_at": "2025-01-02", "closed_at": day, "owner": owner, "outcome": out,
         "amount": 10}
        for at, (day, owner, out) in enumerate([
            ("2025-01-20", "ana", "won"), ("2025-01-21", "ana", "lost"),
            ("2025-02-20", "ana", "won"), ("2025-02-21", "bo", "won"), ("2025-02-22", "bo", "lost"),
            ("2025-02-23", "bo", "lost"),
        ])
    ]  # fmt: skip
    deals, months = sm.Deals.of(rows, currency="EUR").as_of("2025-03-01"), ["2025-01", "2025-02"]
    # Of six deals three are won, so each of them is half away from the mean: 1/4, of 2 x 2 then
    # and 4 x 4 now.
    halves = [2 / 4 / 4 + 1 / 4 / 16, 3 / 4 / 16]
    for most in (3, 0):
        monkeypatch.setattr("salesmetrics.insight.noise.MOST_ROWS", most)
        for kpi, noise in ((sm.won_deals, [2, 1]), (sm.win_rate, halves)):
            whole, grouped = kpi(deals, months), kpi(deals, months, by="owner")
            found = noise_of(grouped, leaves_of(whole, grouped))
            assert found is not None and found.tolist() == pytest.approx(noise), kpi
        whole, grouped = sm.bookings(deals, months), sm.bookings(deals, months, by="owner")
        found = noise_of(grouped, leaves_of(whole, grouped))
        if most:
            assert found is not None and found.tolist() == [200, 100]
        else:
            assert found is None


def test_an_owner_of_one_team_is_named_without_the_team() -> None:
    groups = [("north", "ana"), ("north", "bo"), ("south", "cy"), ("south", "di")]
    then, now = np.full(4, 100), np.array([100, 100, 100, 20])
    (found,) = search(leaves_of_counts(("team", "owner"), groups, (then, now)))
    assert (found.columns, found.values) == (("owner",), ("di",))


@pytest.mark.parametrize("kind", ["counts", "shares"])
def test_planted_causes_are_named_first_and_unchanged_data_name_none(kind: str) -> None:
    assert run(kind, 40, 5)["named first"] >= 0.9
    assert unchanged(kind, 60, 6) <= 0.05


def test_forty_thousand_leaves_are_searched_at_once() -> None:
    assert min(speed() for _ in range(3)) < 1.0  # 0.1 s on an idle machine


# identities --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(sm.identities()))
def test_an_identity_holds_on_the_demo(demo: sm.CRM, name: str) -> None:
    made = sm.identities()[name]

    def value(kpi: str) -> Fraction:
        one = ENTRIES[kpi]
        given = {key: GIVEN[key] for key in one.label.given}
        result = demo.kpi(kpi, "2025-Q3", **given)
        if isinstance(result, sm.Distribution):
            return Fraction(result.exact_mean() or 0)
        return Fraction(result.exact or 0)

    parts = {part: value(part) for part in (*made.parts, *made.divided_by)}
    assert made.of(parts) == value(name)
    assert str(made).startswith((made.parts[0], "1 - "))


def test_groups_that_all_came_or_went_show_the_side_they_were_on() -> None:
    """A mean has no value where there is no row, so that each has one side alone."""
    deals = [
        {"id": n, "created_at": "2024-12-01", "closed_at": f"2025-0{n}-05", "outcome": "won",
         "amount": 10 * n, "owner": owner}
        for n, owner in ((1, "ana"), (3, "bo"))
    ]  # fmt: skip
    crm = sm.CRM(deals=deals, currency="EUR", tz="UTC").as_of("2025-03-31")
    found = sm.explain(crm, "average_deal_size", "2025-03", against="2025-01", by="owner")
    lines = {line.split()[0]: line.split() for line in str(found).splitlines() if line}
    assert lines["part"][:4] == ["part", "before", "after", "effect"]
    assert lines["ana"][1] == "10.00" and lines["bo"][1] == "30.00"
