"""Why a figure changed, reckoned anew row by row from the definitions, over random companies."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm

Z95 = 1.959963984540054
SIDES = ("2025-01", "2025-02")
ENDS = ("2025-01-31", "2025-02-28")
DAYS = ("2024-12-30", "2025-01-02", "2025-01-31", "2025-02-01", "2025-02-28", "2025-03-05")


@dataclass
class Row:
    """What one row puts into a group's sums on one side: above the line and below it."""

    id: int
    group: dict[str, Any]
    top: Fraction
    bottom: Fraction = Fraction(0)


def company(draw: random.Random) -> list[dict[str, Any]]:
    found = []
    for at in range(draw.randint(4, 14)):
        created = draw.choice(DAYS[:4])
        outcome = draw.choice(["won", "won", "lost", "open"])
        closed = None if outcome == "open" else draw.choice([d for d in DAYS if d >= created])
        found.append(
            {
                "id": at, "owner": draw.choice(["ana", "bo", "cho", None]),
                "team": draw.choice(["north", "south"]), "outcome": outcome,
                "created_at": created, "closed_at": closed, "amount": draw.choice([0, 5, 10, 250]),
            }
        )  # fmt: skip
    always = {"id": 98, "created_at": "2024-12-30", "owner": "ana", "team": "north", "amount": 5}
    late = {"id": 99, "created_at": "2025-03-31", "amount": 1}
    return [*found, always | {"outcome": "open"}, late | {"outcome": "open"}]


def closing(rows: list[dict[str, Any]], side: int, *outcomes: str) -> list[dict[str, Any]]:
    return [
        row for row in rows
        if row["outcome"] in outcomes and (row["closed_at"] or "").startswith(SIDES[side])
    ]  # fmt: skip


def group_of(row: dict[str, Any]) -> dict[str, Any]:
    return {"team": row.get("team"), "owner": row.get("owner")}


def won_deals(rows: list[dict[str, Any]], side: int) -> list[Row]:
    return [Row(r["id"], group_of(r), Fraction(1)) for r in closing(rows, side, "won")]


def bookings(rows: list[dict[str, Any]], side: int) -> list[Row]:
    return [Row(r["id"], group_of(r), Fraction(r["amount"])) for r in closing(rows, side, "won")]


def open_pipeline(rows: list[dict[str, Any]], side: int) -> list[Row]:
    # The amount of what has closed since is not known while it was open.
    stood = [r for r in rows if r["created_at"] <= ENDS[side] and r["outcome"] == "open"]
    return [Row(r["id"], group_of(r), Fraction(r["amount"])) for r in stood]


def open_deals(rows: list[dict[str, Any]], side: int) -> list[Row]:
    stood = [
        r for r in rows
        if r["created_at"] <= ENDS[side] and (r.get("closed_at") or "9") > ENDS[side]
    ]  # fmt: skip
    return [Row(r["id"], group_of(r), Fraction(1)) for r in stood]


def win_rate(rows: list[dict[str, Any]], side: int) -> list[Row]:
    return [
        Row(r["id"], group_of(r), Fraction(r["outcome"] == "won"), Fraction(1))
        for r in closing(rows, side, "won", "lost")
    ]


def by_amount(rows: list[dict[str, Any]], side: int) -> list[Row]:
    return [
        Row(r["id"], group_of(r), Fraction(r["amount"] * (r["outcome"] == "won")),
            Fraction(r["amount"]))
        for r in closing(rows, side, "won", "lost")
    ]  # fmt: skip


def deal_size(rows: list[dict[str, Any]], side: int) -> list[Row]:
    return [
        Row(r["id"], group_of(r), Fraction(r["amount"]), Fraction(1))
        for r in closing(rows, side, "won")
    ]


Reckoned = tuple[float, Any, Any, Any, Any, str | None, float]


def reckon(each: list[list[Row]], mine: list[list[Row]], ratio: bool) -> Reckoned:
    """Effect, before, after, mix, rate, status and variance of the rows of one group."""
    top = [sum((row.top for row in side), Fraction(0)) for side in mine]
    bottom = [sum((row.bottom for row in side), Fraction(0)) for side in mine]
    whole = [sum((row.bottom for row in side), Fraction(0)) for side in each]
    figure = [
        sum((row.top for row in side), Fraction(0)) / of if ratio else Fraction(0)
        for side, of in zip(each, whole, strict=True)
    ]
    middle = (figure[0] + figure[1]) / 2
    moved: dict[int, Fraction] = {}
    for side, sign in ((0, -1), (1, 1)):
        for row in mine[side]:
            share = (row.top - middle * row.bottom) / whole[side] if ratio else row.top
            moved[row.id] = moved.get(row.id, Fraction(0)) + sign * share
    rows = len(mine[0]) + len(mine[1])
    variance = float(sum(one**2 for one in moved.values())) * (1 + 2 / rows) if rows else 0.0
    if not ratio:
        new, gone = not mine[0] and top[1] != 0, not mine[1] and top[0] != 0
        status = "new" if new else "gone" if gone else None
        return float(top[1] - top[0]), top[0], top[1], None, None, status, variance
    weight = [b / of for b, of in zip(bottom, whole, strict=True)]
    own = [t / b if b else None for t, b in zip(top, bottom, strict=True)]
    new, gone = bottom[0] == 0 != bottom[1], bottom[0] != 0 == bottom[1]
    status = "new" if new else "gone" if gone else None
    if own[0] is None or own[1] is None:  # of one side only: all mix
        there = own[0] if own[0] is not None else own[1]
        effect = (weight[1] - weight[0]) * ((there or 0) - middle)
        return float(effect), own[0], own[1], float(effect), 0.0, status, variance
    rate = (weight[0] + weight[1]) / 2 * (own[1] - own[0])
    mix = (weight[1] - weight[0]) * ((own[0] + own[1]) / 2 - middle)
    return float(rate + mix), own[0], own[1], float(mix), float(rate), status, variance


@pytest.mark.parametrize(
    ("kpi", "rows_of", "ratio"),
    [
        ("won_deals", won_deals, False),
        ("bookings", bookings, False),
        ("open_pipeline", open_pipeline, False),
        ("open_deals", open_deals, False),
        ("win_rate", win_rate, True),
        ("win_rate_by_amount", by_amount, True),
        ("average_deal_size", deal_size, True),
    ],
)
def test_every_group_is_what_its_rows_make(
    kpi: str, rows_of: Callable[[list[dict[str, Any]], int], list[Row]], ratio: bool
) -> None:
    near, draw, split = pytest.approx, random.Random(kpi), 0
    while split < 25:
        given = company(draw)
        each = [rows_of(given, side) for side in (0, 1)]
        if ratio and not all(sum(row.bottom for row in side) for side in each):
            continue
        crm = sm.CRM(deals=given, currency="EUR").as_of("2025-03-31")
        found = sm.explain(crm, kpi, "2025-02", by=["team", "owner"])
        split += 1
        variance = reckon(each, each, ratio)[-1]
        top = [sum((row.top for row in side), Fraction(0)) for side in each]
        under = [sum((row.bottom for row in side), Fraction(0)) if ratio else 1 for side in each]
        before, after = (t / u for t, u in zip(top, under, strict=True))
        assert [found.before, found.after] == near([float(before), float(after)])
        assert found.change == near(float(after - before), abs=1e-12)
        room = Z95 * sqrt(variance)
        assert found.change is not None
        assert found.interval == near((found.change - room, found.change + room), abs=1e-9)
        assert found.clear is (abs(found.change) > room)
        for columns in (("team",), ("team", "owner")):
            level = found.level(*columns)
            groups = {tuple(row.group[c] for c in columns) for side in each for row in side}
            told = {tuple(cause.group.values()): cause for cause in level.causes}
            assert groups <= told.keys()
            assert [abs(c.effect) for c in level.causes] == sorted(
                (abs(c.effect) for c in level.causes), reverse=True
            )
            assert sum(c.shown for c in level.causes) == near(found.shown, abs=1e-9)
            for group, cause in told.items():
                mine = [
                    [row for row in side if tuple(row.group[c] for c in columns) == group]
                    for side in each
                ]
                effect, was, now, mix, rate, status, variance = reckon(each, mine, ratio)
                room = Z95 * sqrt(variance)
                assert cause.effect == near(effect, abs=1e-9)
                assert (cause.before, cause.after) == (
                    None if was is None else near(float(was)),
                    None if now is None else near(float(now)),
                )
                assert (cause.mix, cause.rate) == (
                    None if mix is None else near(mix, abs=1e-9),
                    None if rate is None else near(rate, abs=1e-9),
                )
                assert cause.status == status, (group, mine)
                assert cause.interval == near((effect - room, effect + room), abs=1e-9)
                assert cause.clear is (abs(cause.effect) > room)


@pytest.mark.parametrize(("kpi", "known"), [("bookings", False), ("won_deals", True)])
def test_of_too_many_rows_chance_is_not_told(
    kpi: str, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counts rows needs none of them; of what sums their amounts each has to be read."""
    given = company(random.Random(3))
    rows = len(closing(given, 0, "won")) + len(closing(given, 1, "won"))
    for most, told in ((rows, True), (rows - 1, known)):
        monkeypatch.setattr("salesmetrics.insight.noise.MOST_ROWS", most)
        found = sm.explain(sm.CRM(deals=given, currency="EUR"), kpi, "2025-02", by="owner")
        assert (found.interval is not None) is told
        assert all((one.interval is not None) is told for one in found.levels[0].causes)
        assert (found.segments is not None) is told
        assert found.reconciles


def test_who_is_there_in_both_periods_makes_no_noise() -> None:
    """Of a count of customers that is no sum over time: only the one who came moves it."""
    given = [
        {"id": at, "customer": who, "created_at": "2024-12-01", "closed_at": day, "outcome": "won"}
        for at, (who, day) in enumerate(
            [("c", "2025-01-05"), ("c", "2025-02-05"), ("d", "2025-02-06")]
        )
    ]
    crm = sm.CRM(deals=given, currency="EUR").as_of("2025-02-28")
    found = sm.explain(crm, "active_customers", "2025-02", active_for_days=28)
    room = Z95 * sqrt(1 * (1 + 2 / 3))  # of three rows, one and two
    assert (found.before, found.after) == (1, 2)
    assert found.interval == pytest.approx((1 - room, 1 + room))


@pytest.mark.parametrize("outcomes", [("won", "lost"), ("lost", "won")])
def test_a_rate_from_all_to_nothing_is_split_by_groups_and_by_no_factors(
    outcomes: tuple[str, str],
) -> None:
    """Won 1 of 1, then 0 of 1: with the new wins and the old losses it would be 0 of 0."""
    given = [
        {"id": side, "created_at": "2024-12-01", "closed_at": f"{SIDES[side]}-05",
         "outcome": outcomes[side], "owner": "ana"}
        for side in (0, 1)
    ]  # fmt: skip
    found = sm.explain(sm.CRM(deals=given, currency="EUR"), "win_rate", "2025-02", by="owner")
    assert found.change == (-1 if outcomes[0] == "won" else 1)
    assert found.factors is None
    assert {name: why.code for name, why in found.unsplit.items()} == {"factors": "divides_by_zero"}
    ana = found.level("owner").at(owner="ana")
    assert (ana.effect, ana.rate, ana.mix) == (found.change, found.change, 0)
    assert found.reconciles


@pytest.mark.parametrize(
    ("kpi", "step"),
    [("won_deals", 1.0), ("bookings", 0.01), ("win_rate", 0.0001), ("sales_cycle", 0.01)],
)
def test_parts_are_shown_to_a_row_a_cent_or_a_hundredth(kpi: str, step: float) -> None:
    given = [
        {"id": at, "created_at": "2024-12-01", "closed_at": day, "outcome": "won", "amount": 5}
        for at, day in enumerate(("2025-01-05", "2025-02-07", "2025-02-08"))
    ]
    found = sm.explain(sm.CRM(deals=given, currency="EUR"), kpi, "2025-02")
    assert found.step == step


@pytest.fixture(scope="module")
def demo() -> sm.CRM:
    return sm.read(Path(__file__).parents[1] / "examples" / "demo")


@pytest.mark.parametrize("kpi", ["sales_velocity", "expected_value_per_lead"])
def test_where_it_changed_is_asked_of_the_factor_that_made_most_of_it(
    demo: sm.CRM, kpi: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = sm.explain(demo, kpi, "2025-03", by="owner")
    assert found.factors is not None
    assert found.segments is not None
    most = max(found.factors.causes, key=lambda one: abs(one.effect))
    assert found.segments.method == most.name
    assert found.interval is not None
    for cause in found.level("owner").causes:  # of several factors a group has no figure
        assert (cause.before, cause.after, cause.mix, cause.rate) == (None,) * 4
        assert cause.interval is not None
    # Chance is told of every factor, or of none: the rows of some are too many here.
    monkeypatch.setattr("salesmetrics.insight.noise.MOST_ROWS", 0)
    monkeypatch.setattr("salesmetrics.insight.noise._of_numbers", lambda *_: None)
    again = sm.explain(demo, kpi, "2025-03", by="owner")
    assert again.interval is None
    assert {one.interval for one in again.level("owner").causes} == {None}
    assert again.change == found.change
