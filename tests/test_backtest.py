"""The replay of a company: leak-free, and its scores are those of the forecasts it lists."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta

import pytest
import simulated

import salesmetrics as sm
from salesmetrics.snapshots import replay as replaying
from salesmetrics.snapshots.replay import origins_of, replay

ORIGIN = date(2023, 5, 20)


@pytest.fixture(scope="module")
def crm():
    return simulated.company()


@pytest.fixture(scope="module")
def found(crm):
    return sm.backtest(crm, 60, 8)


def after_shuffled(seed):
    """The same tables, with everything after the origin drawn anew."""
    draw = random.Random(seed)
    tables = {name: list(rows) for name, rows in simulated.rows().items()}
    born = [row for row in tables["deals"] if row["created_at"] <= ORIGIN]
    ids = {row["id"] for row in born}
    later = [ORIGIN + timedelta(days=draw.randint(1, 200)) for _ in range(50)]
    deals = []
    for row in born:
        new = {}
        if row["closed_at"] is None or row["closed_at"] > ORIGIN:
            how = draw.choice(["open", "won", "lost"])
            closed = None if how == "open" else draw.choice(later)
            new = {"outcome": how, "closed_at": closed, "stage": None}
            new |= {"amount": draw.randint(1, 10**6)}
        deals.append(row | new)
    tables["deals"] = deals
    for name in ("stage_changes", "amount_changes", "close_date_changes"):
        kept = [r for r in tables[name] if r["deal"] in ids and r["changed_at"] <= ORIGIN]
        tables[name] = kept
    tables["deals"] += [
        {"id": 10**6 + n, "created_at": draw.choice(later), "outcome": "open", "closed_at": None,
         "stage": None, "amount": 5, "expected_close_at": None, "owner": "o1"}
        for n in range(40)
    ]  # fmt: skip
    end = {"id": 10**7, "created_at": date(2024, 1, 31), "outcome": "open", "amount": 1}
    tables["deals"].append(dict.fromkeys(born[0]) | end)
    return sm.CRM(**tables, currency="EUR")


@pytest.mark.parametrize("seed", range(3))
def test_nothing_after_the_origin_changes_its_forecast(crm, seed):
    (one,) = replay(crm, 60, [ORIGIN], 730)
    (two,) = replay(after_shuffled(seed), 60, [ORIGIN], 730)
    assert one.model == two.model
    assert one.run_rate == two.run_rate
    assert one.weighted == two.weighted
    assert one.deals == two.deals
    assert one.chance.tolist() == two.chance.tolist()


def test_an_origin_is_the_forecast_of_that_day(crm, found):
    for cell in found.part("origins"):
        at = date.fromisoformat(cell.group[0])
        span = sm.period(at + timedelta(days=1), at + timedelta(days=61))
        then = crm.as_of(at)
        assert cell.value == pytest.approx(sm.bookings_forecast(then, span).value, rel=1e-9)
        assert cell.parts["actual"] == sm.bookings(crm.deals, span).value


def test_scores_are_those_of_the_origins(found):
    rows = [cell.parts for cell in found.part("origins")]
    came = sum(row["actual"] for row in rows)
    for name in ("forecast", "run_rate", "weighted_pipeline"):
        known = [row for row in rows if row[name] is not None]
        off = [row[name] - row["actual"] for row in known]
        total = sum(row["actual"] for row in known)
        score = found.at(method=name).parts
        assert score["wape"] == pytest.approx(sum(map(abs, off)) / total)
        assert score["bias"] == pytest.approx(sum(off) / total)
    inside = [row["p10"] <= row["actual"] <= row["p90"] for row in rows]
    assert found.at(method="forecast").parts["covered"] == sum(inside) / len(inside)
    loss = [
        max(0.1 * (row["actual"] - row["p10"]), 0.9 * (row["p10"] - row["actual"])) for row in rows
    ]
    assert found.at(method="forecast").parts["pinball_10"] == pytest.approx(sum(loss) / came)


def test_it_beats_what_crms_ship_and_says_so(found):
    scores = {cell.group[0]: cell.parts for cell in found}
    assert scores["forecast"]["wape"] < scores["weighted_pipeline"]["wape"] / 2
    assert scores["forecast"]["pipeline_wape"] < scores["weighted_pipeline"]["pipeline_wape"] / 2
    deals = {cell.group[0]: cell.parts for cell in found.part("deals")}
    assert deals["forecast"]["brier"] < deals["given"]["brier"]
    assert 0.75 < deals["forecast"]["expected_to_actual"] < 1.35
    assert deals["forecast"]["stability"] > 0.95
    text = str(found)
    assert "8 forecasts of 60 days each, worth" in text
    assert "rust forecast" in text or "forecast was closest" in text
    assert "Ranges from P10 to P90 held" in text
    assert "Of single deals" in text


def test_records_are_ready_for_json(found):
    for each in (found, *(found.part(name) for name in ("origins", "deals", "reliability"))):
        records = each.to_records()
        assert json.loads(json.dumps(records)) == records
    assert sum(cell.parts["deals"] for cell in found.part("reliability")) == (
        found.part("deals").rows()[0].n
    )


def test_origins_whose_days_are_not_over_are_dropped(crm):
    known = crm.known.at
    chosen = origins_of(crm.deals, 60, [ORIGIN, known - timedelta(days=59), known])
    assert chosen == [ORIGIN]
    assert len(origins_of(crm.deals, 60, 5)) == 5
    assert max(origins_of(crm.deals, 60, 5)) <= known - timedelta(days=60)


def test_too_short_a_history_has_no_score():
    rows = [{"id": 1, "created_at": "2025-01-01", "outcome": "open", "amount": 5}]
    found = sm.backtest(sm.Deals.of(rows, currency="EUR").as_of("2025-02-01"))
    assert {cell.reason.code for cell in found} == {"history_shorter_than_horizon"}
    for wrong in (0, 1.5, True):
        with pytest.raises(sm.SalesMetricsError, match="horizon is"):
            sm.backtest(sm.Deals.of(rows, currency="EUR").as_of("2025-02-01"), wrong)
    with pytest.raises(sm.SalesMetricsError, match="origins is"):
        sm.backtest(sm.Deals.of(rows, currency="EUR").as_of("2025-02-01"), 30, 0)


def test_without_stages_or_given_chances_the_age_of_deals_is_replayed():
    tables = simulated.rows()
    deals = [{k: v for k, v in row.items() if k != "stage"} for row in tables["deals"]]
    found = sm.backtest(sm.Deals.of(deals, currency="EUR"), 60, 4)
    scores = {cell.group[0]: cell for cell in found}
    assert scores["forecast"].value is not None
    assert scores["weighted_pipeline"].reason == "no deal has a given probability"


def test_deals_that_are_priced_at_the_close_alone():
    """Maven's data have no amount on open deals: taken at what wins of the product came to."""
    crm = sm.read("examples/maven", preset="maven")
    found = sm.backtest(crm, 90, 3, unpriced="left_out")
    assert found.at(method="forecast").reason.code == "no_open_priced"
    assert found.at(method="run_rate").value is not None
    assert 'unpriced="mean_of_wins"' in str(found)
    assert {cell.value for cell in found.part("origins")} == {None}
    taken = sm.backtest(crm, 90, 3)
    assert taken.at(method="forecast").value < 0.25
    assert "had no amount as known then and are taken at the mean of past wins" in str(taken)


@pytest.mark.parametrize(("later", "over"), [(59, False), (60, True), (61, True)])
def test_ranges_are_as_wide_as_what_came_of_earlier_origins(crm, monkeypatch, later, over):
    """Once their days are over: what was expected then, and what came."""
    asked = []

    def overdispersion(expected, spread, actual):
        asked.append((list(expected), list(actual)))
        return 2.0

    monkeypatch.setattr(replaying, "overdispersion", overdispersion)
    one, _ = replay(crm, 60, [ORIGIN, ORIGIN + timedelta(days=later)], 730)
    assert one.unpriced == 0
    assert asked == [([], []), ([one.model["expected"]] * over, [one.actual] * over)]
    span = sm.period(ORIGIN + timedelta(days=1), ORIGIN + timedelta(days=61))
    assert one.actual == sm.bookings(crm.deals, span).value * 100


@pytest.mark.parametrize("horizon", [1, 3650])
def test_the_shortest_and_the_longest_time_ahead(horizon):
    row = {"id": 1, "created_at": "2025-01-01", "outcome": "open", "amount": 5}
    deals = sm.Deals.of([row], currency="EUR")
    known = deals.as_of("2025-02-01")
    assert sm.backtest(known, horizon).rows()[0].reason.code == "history_shorter_than_horizon"
    with pytest.raises(sm.SalesMetricsError, match="give days ahead from 1 to 3650"):
        sm.backtest(known, 3651 if horizon > 1 else 0)
