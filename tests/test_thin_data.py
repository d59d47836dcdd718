"""Thin and bad data: a stated method and a wide range, or undefined with a reason."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import salesmetrics as sm

AT, QUARTER = "2025-08-15", "2025-Q3"
FIRST = date(2025, 1, 1)


def deal(name, created, closed=None, outcome="open", amount=100, **more):
    return {
        "id": name, "created_at": FIRST + timedelta(days=created), "outcome": outcome,
        "closed_at": None if closed is None else FIRST + timedelta(days=closed),
        "amount": amount, "list_amount": amount,
        "expected_close_at": FIRST + timedelta(days=created + 60), **more,
    }  # fmt: skip


STEADY = [deal(f"c{n}", 3 * n, 3 * n + 20 + n % 15, "lost" if n % 3 == 0 else "won")
          for n in range(60)]  # fmt: skip
OPEN = [deal("a", 200), deal("b", 210)]
WORLDS = {
    "no history": OPEN,
    "all open": [deal(n, 3 * n) for n in range(60)],
    "no wins": OPEN + [deal(n, 3 * n, 3 * n + 30, "lost") for n in range(50)],
    "no losses": OPEN + [deal(n, 3 * n, 3 * n + 30, "won") for n in range(50)],
    "zombies": STEADY + [deal(f"z{n}", n) for n in range(40)],
    "no amounts": [row | {"amount": None, "list_amount": None} for row in STEADY + OPEN],
    "two wins": [*OPEN, deal("x", 10, 60, "won"), deal("y", 100, 150, "won"),
                 deal("z", 30, 90, "lost")],
    "migration": [row | {"created_at": max(row["created_at"], date(2025, 6, 1))}
                  for row in STEADY if row["closed_at"] >= date(2025, 6, 1)] + OPEN,
    "whale": [*STEADY, *OPEN, deal("whale", 205, amount=50_000)],
}  # fmt: skip
UNDEFINED = {"no history", "all open", "no wins", "no amounts"}  # of money
# What has to be said of each, in the words that are printed.
SAID = {
    "no history": "nothing was learned: no closed deals to learn from",
    "all open": "nothing was learned: no closed deals to learn from",
    "no wins": "nothing was learned: none of 50 closed deals was won",
    "no losses": "50 won deals and no losses: chances are too high",
    "zombies": "age of deals: learned from 40 won and 20 lost deals",
    "no amounts": "none of 2 open deals has an amount, nor has any past win",
    "two wins": "2 won deals, fewer than 10: the range is mostly what is not known",
    "migration": "19 closed deals, fewer than 30: rough guides",
    "whale": "one deal of 50,000 is as large as all others together",
}
worlds = pytest.mark.parametrize("name", WORLDS)


def known(name):
    return sm.Deals.of(WORLDS[name], currency="EUR").as_of(AT)


@worlds
def test_a_forecast_says_on_what_it_rests_or_has_no_number(name):
    found = sm.bookings_forecast(known(name), QUARTER, target=2_000)
    (cell,) = found.rows()
    assert SAID[name] in str(found)
    figures = [cell.value, *(cell.parts[p] for p in ("p10", "p50", "p90", "target_chance"))]
    if name in UNDEFINED:
        assert figures == [None] * 5
        assert cell.reason
    else:
        assert cell.parts["p10"] < cell.parts["p50"] <= cell.parts["p90"]
        assert 0 < cell.parts["target_chance"] < 1 or cell.parts["p90"] < 2_000


@worlds
def test_coverage_and_its_reason(name):
    found = sm.coverage_needed(known(name), QUARTER, target=2_000)
    assert (found.value is None) == bool(found.reason)
    assert name not in UNDEFINED or found.value is None
    if name == "no amounts":
        assert (found.parts["pipeline"], found.parts["won"]) == (None, None)


@worlds
def test_single_deals_have_a_method_and_an_interval_or_a_reason(name):
    for found in (sm.win_probability(known(name), None, 45), sm.risk(known(name))):
        assert found.notes
        for cell in found:
            assert (cell.value is None) == bool(cell.reason)
    chances = sm.win_probability(known(name), None, 45)
    for place, cell in enumerate(chances):
        method = chances.facts_at(0, place)["method"]
        assert (method == "none") == (cell.value is None)
        if cell.value is not None:
            assert cell.parts["low"] <= cell.value <= cell.parts["high"]
            few = cell.parts["learned_from"] < 10
            assert not few or cell.parts["high"] - cell.parts["low"] > 0.4


@worlds
def test_cohorts_are_immature_or_undefined(name):
    (cell,) = sm.projected_win_rate(known(name), QUARTER).rows()
    assert (cell.value is None) == bool(cell.reason)
    if cell.value is not None:
        assert cell.parts["high"] - cell.parts["low"] > 0.5


@worlds
def test_a_backtest_says_what_it_cannot_tell(name):
    found = sm.backtest(known(name), 30, 4)
    score = found.at(method="forecast")
    assert found.notes
    assert (score.value is None) == bool(score.reason)
    assert "1970" not in str(found)
    if score.value is None:
        assert str(score.reason) in str(found)
    assert "safe side" not in str(found)  # of two forecasts that do not overlap


def test_one_stage():
    names = {"won": "won", "lost": "lost", "open": "only"}
    rows = [*STEADY, *OPEN]
    moves = [(row["id"], "only", row["created_at"]) for row in rows]
    moves += [(row["id"], row["outcome"], row["closed_at"]) for row in rows if row["closed_at"]]
    crm = sm.CRM(
        deals=[row | {"stage": names[row["outcome"]]} for row in rows],
        stages=[{"id": stage, "order": at, "type": stage if at else "open"}
                for at, stage in enumerate(("only", "won", "lost"))],
        stage_changes=[{"deal": d, "stage": s, "changed_at": at} for d, s, at in moves],
        currency="EUR",
    ).as_of(AT)  # fmt: skip
    found = sm.bookings_forecast(crm, QUARTER)
    assert "there is one stage only" in str(found)
    assert found.parts["p10"] < found.value < found.parts["p90"]


def test_targets_of_0_or_reached_and_a_horizon_of_0():
    deals = sm.Deals.of([*STEADY, *OPEN], currency="EUR").as_of(AT)
    for target in (0, 50):
        assert sm.coverage_needed(deals, QUARTER, target=target).reason.code == "target_met"
    assert sm.bookings_forecast(deals, QUARTER, target=0).parts["target_chance"] is None
    assert {cell.value for cell in sm.win_probability(deals, None, 0)} == {0}
