"""What rests on estimated chances: weighted pipeline, coverage, win rates of cohorts."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest
import simulated

import salesmetrics as sm
from salesmetrics.metrics.forecast import needed as pipeline_needed
from salesmetrics.tables import batches

MIDDLE = date(2023, 8, 15)
QUARTER = sm.period("2023-Q3")
NOW = sm.period(MIDDLE, MIDDLE + timedelta(days=1))


@pytest.fixture(scope="module")
def crm():
    return simulated.company()


@pytest.fixture(scope="module")
def then(crm):
    return crm.as_of(MIDDLE)


def eventual(then):
    return {cell.group[0]: cell.parts for cell in sm.win_probability(then, None, 0, window=None)}


def test_weighted_pipeline_by_estimated_chances(then):
    parts = eventual(then)
    expected = sum(p["amount"] * p["eventual"] for p in parts.values())
    found = sm.weighted_pipeline(then.deals, NOW, probability="estimated")
    assert found.value == pytest.approx(expected, rel=1e-6)
    assert found.identity.name == "weighted_pipeline_estimated"
    by = sm.weighted_pipeline(then.deals, NOW, probability="estimated", by="owner")
    assert sum(Fraction(c.exact) for c in by) == pytest.approx(Fraction(found.exact), abs=4)
    # Not what stages are given by hand, nor the same figure: they do not add.
    own = sm.weighted_pipeline(then.deals, NOW)
    assert own.value > 1.3 * found.value
    with pytest.raises(sm.SalesMetricsError, match="not the same figure"):
        _ = own + found


def test_in_batches_it_is_that_of_the_whole(then):
    whole = sm.weighted_pipeline(then.deals, NOW, probability="estimated")
    for part in batches(then.deals, 300):
        if not part.size:
            break
        found = sm.weighted_pipeline(part, NOW, probability="estimated")
    assert found.exact == whole.exact


def test_coverage_by_estimated_chances(then):
    parts = eventual(then)
    rows = {str(row["id"]): row for row in simulated.rows()["deals"]}
    found = sm.pipeline_coverage(then.deals, QUARTER, target=900_000, weighted="estimated")
    assert found.identity.name == "pipeline_coverage_estimated"
    plain = sm.pipeline_coverage(then.deals, QUARTER, target=900_000)
    assert 0 < found.value < plain.value
    assert len(parts) <= len(rows)


def test_coverage_needed_gives_the_chance_it_promises(then):
    """With as many more deals like the present ones the target is reached about as often."""
    target = 700_000
    found = sm.coverage_needed(then, QUARTER, target=target, chance=0.8)
    (cell,) = found.rows()
    parts = cell.parts
    assert parts["remaining"] == pytest.approx(target - parts["won"])
    assert cell.value == pytest.approx(parts["needed"] / parts["remaining"])
    assert parts["needed"] == pytest.approx(parts["multiple"] * parts["pipeline"])
    assert parts["coverage"] == pytest.approx(
        sm.pipeline_coverage(then.deals, QUARTER, target=target).value, rel=1e-6
    )
    now = sm.bookings_forecast(then, QUARTER, target=target).parts["target_chance"]
    assert parts["target_chance"] == now
    assert (parts["multiple"] > 1) == (now < 0.8)
    easier = sm.coverage_needed(then, QUARTER, target=target, chance=0.5)
    assert easier.value < cell.value


@pytest.mark.parametrize(
    ("chance", "times"),
    [
        (0.375, 1.5), (0.25, 1.0), (0.125, 0.5), (0.5, 2.0), (0.75, 3.0), (0.3125, 1.25),
        (1.0, 4.0), (1.001, None),
    ],
)  # fmt: skip
def test_the_smallest_multiple_is_the_one_that_just_reaches_the_chance(monkeypatch, chance, times):
    """Of a chance that grows by a quarter with each time the pipeline, up to four times."""
    monkeypatch.setattr(
        pipeline_needed, "_reached", lambda outlook, group, target, times: times / 4
    )
    deals = SimpleNamespace(open=SimpleNamespace(of=lambda group: range(5_000)))
    assert pipeline_needed._multiple(deals, None, 1, chance) == times


def test_coverage_needed_where_there_is_none(then, crm):
    met = sm.coverage_needed(then, QUARTER, target=1)
    assert (met.value, met.reason.code) == (None, "target_met")
    over = sm.coverage_needed(crm, "2023-Q1", target=10**9)
    assert over.reason.code == "period_ended"
    far = sm.coverage_needed(then, QUARTER, target=10**12)
    assert (far.value, far.reason) == (
        None, "even 20 times the present pipeline does not reach it"
    )  # fmt: skip
    by = sm.coverage_needed(then, QUARTER, by="owner", target={"o1": 300_000})
    assert by.at(owner="o1").value is not None
    assert by.at(owner="o2").reason == "no target"
    for chance in (0, 1, 80, True, "0.8", None, float("nan")):
        with pytest.raises(sm.SalesMetricsError, match="chance is"):
            sm.coverage_needed(then, QUARTER, target=1, chance=chance)


def test_projected_win_rate_is_won_and_still_to_come(crm, then):
    month = sm.period("2023-06")
    found = sm.projected_win_rate(then, month)
    parts, chances = found.parts, eventual(then)
    mine = [r for r in simulated.rows()["deals"] if r["created_at"] in month]
    gone = [r for r in mine if r["closed_at"] and r["closed_at"] <= MIDDLE]
    still = [r for r in mine if r not in gone]
    won = sum(r["outcome"] == "won" for r in gone)
    assert (parts["won"], parts["lost"], parts["open"]) == (won, len(gone) - won, len(still))
    assert parts["resolved"] == len(gone) / len(mine)
    assert parts["closed_rate"] == won / len(gone)
    expected = (won + sum(chances[str(r["id"])]["eventual"] for r in still)) / len(mine)
    assert found.value == pytest.approx(expected, abs=0.01)  # learned from 730 days, not from all
    assert parts["low"] <= found.value <= parts["high"]
    by = sm.projected_win_rate(then, month, by="owner")
    assert sum(c.n for c in by) == len(mine)


def test_projected_win_rate_comes_true(crm, then):
    """Cohorts of half a year, a fifth still open: what they came to lies within their ranges."""
    came = {r["id"]: r["outcome"] for r in simulated.rows()["deals"]}
    for label in ("2023-03", "2023-04", "2023-05"):
        month = sm.period(label)
        mine = [r["id"] for r in simulated.rows()["deals"] if r["created_at"] in month]
        rate = sum(came[name] == "won" for name in mine) / len(mine)
        parts = sm.projected_win_rate(then, month).parts
        assert parts["low"] <= rate <= parts["high"]


def test_projected_win_rate_marks_what_is_immature(then):
    months = sm.projected_win_rate(then, ("2022-09", "2023-08", "2023-09"))
    assert [months.facts_at(p, 0)["immature"] for p in range(3)] == ["no", "yes", "no"]
    assert months.rows()[2].reason == "nothing was created"
    nothing = sm.projected_win_rate(sm.Deals.of([{"id": 1, "created_at": "2025-01-01",
                                                  "outcome": "open"}]), "2025-01")  # fmt: skip
    assert (nothing.value, nothing.parts["low"], nothing.parts["high"]) == (None, 0, 1)


def test_each_row_of_several_periods_and_groups_has_its_own_facts() -> None:
    crm = sm.read(Path(__file__).parents[1] / "examples" / "demo")
    found = sm.projected_win_rate(crm.deals, ["2025-Q1", "2025-Q2", "2025-Q3"], by="owner")
    rows, records = found.detail(), found.to_records()
    assert len(rows) == len(records) == 3 * len(found.groups)
    place = {one.label: at for at, one in enumerate(found.periods)}
    told = set()
    for row, record in zip(rows, records, strict=True):
        assert (row["period"], row["owner"]) == (record["period"], record["owner"])
        facts = found.facts_at(place[row["period"]], found.groups.index((row["owner"],)))
        assert facts
        assert {name: row[name] for name in facts} == facts
        told.add(str(facts))
    assert len(told) == 2  # old cohorts are decided, young ones are not
