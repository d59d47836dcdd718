"""Chances of open deals: by hand, against what came, and what there is where data are thin."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta

import numpy as np
import pytest
import simulated

import salesmetrics as sm
from salesmetrics.metrics.forecast.learned import Chances, Learned

DAY0 = date(2025, 1, 1)


def deal(name, created, closed=None, outcome="open", **more):
    row = {"id": name, "created_at": None if created is None else DAY0 + timedelta(days=created)}
    row |= {"closed_at": None if closed is None else DAY0 + timedelta(days=closed)}
    return row | {"outcome": outcome, **more}


FOUR = [deal("a", 0, 10, "won"), deal("b", 0, 20, "lost"), deal("c", 0, 30, "won"), deal("d", 16)]


def only(result):
    (cell,) = result.rows()
    return cell


@pytest.mark.parametrize(("horizon", "won", "lost"), [(0, 0, 0), (10, 0, 0.5), (15, 0.5, 0.5)])
def test_by_the_age_of_deals_by_hand(horizon, won, lost):
    """Aalen-Johansen: of 4 at risk one is won at 10; of 2 one lost at 20; the last won at 30.

    At age 15 the deal is one of 3/4 left: until 25 half of them are lost (3/8 of all), until 30
    the other half is won.  Two deals were seen beyond that age; beside them counts one more that
    wins as all do: 2.5 of 4, at a mean age of 20 days.
    """
    won = (2 * won + 2.5 / 4 * (1 - math.exp(-horizon / 20))) / 3
    deals = sm.Deals.of(FOUR)
    found = sm.win_probability(deals, DAY0 + timedelta(days=31), horizon)
    cell = only(found)
    assert cell.value == pytest.approx(won)
    assert cell.parts["lost"] == pytest.approx(lost)
    assert found.to_records()[0]["method"] == "deal_age"
    assert cell.parts["learned_from"] == cell.n == 2  # b and c closed at an age above 15
    assert cell.parts["low"] <= cell.value <= cell.parts["high"]


def test_the_chain_by_hand():
    """One stage: of 400 deals half are won a day after they came, half are lost two days after.

    So the first day wins 200 of 400 and the second loses all that are left; the strengths that draw
    cells together, of 25 deal-days, are little beside that.
    """
    changes, deals = [], []
    for n in range(400):
        won = n % 2 == 0
        closed = 3 * n + (1 if won else 2)
        deals.append(deal(str(n), 3 * n, closed, "won" if won else "lost", amount=100))
        changes.append({"deal": str(n), "stage": "s", "changed_at": DAY0 + timedelta(days=3 * n)})
        end = {"stage": "won" if won else "lost", "changed_at": DAY0 + timedelta(days=closed)}
        changes.append({"deal": str(n), **end})
    deals.append(deal("now", 1210, amount=100))
    changes.append({"deal": "now", "stage": "s", "changed_at": DAY0 + timedelta(days=1210)})
    stages = [{"id": n, "order": i, "type": t} for i, (n, t) in enumerate(
        (("s", "open"), ("won", "won"), ("lost", "lost"))
    )]  # fmt: skip
    crm = sm.CRM(deals=deals, stages=stages, stage_changes=changes, currency="EUR")
    found = sm.win_probability(crm, DAY0 + timedelta(days=1210), 60)
    cell, record = only(found), found.to_records()[0]
    assert record["method"] == "stage_chain"
    # All win on the first day of age or are lost on the second: about half.
    assert cell.value == pytest.approx(0.5, abs=0.05)
    assert cell.value + cell.parts["lost"] == pytest.approx(1, abs=0.01)
    assert cell.parts["eventual"] == pytest.approx(cell.value, abs=0.01)
    assert record["likely_close"] == str(DAY0 + timedelta(days=1211))
    assert cell.parts["alike"] > 20
    assert "there is one stage only" in str(found)


@pytest.fixture(scope="module")
def crm():
    return simulated.company()


def test_chances_come_true(crm):
    """Of all deals open at ten instants as many are won in 60 days as their chances say."""
    won_on = {row["id"]: row["closed_at"] for row in simulated.rows()["deals"]
              if row["outcome"] == "won"}  # fmt: skip
    expected = came = alike = size = 0
    for number in range(10):
        at = simulated.day(400 + 30 * number)
        for cell in sm.win_probability(crm, at, 60):
            expected, alike = expected + cell.value, alike + cell.parts["alike_won"]
            closed = won_on.get(int(cell.group[0]))
            came += closed is not None and at < closed <= at + timedelta(days=60)
            size += 1
    assert size > 400
    assert expected == pytest.approx(came, rel=0.2)
    assert alike == pytest.approx(came, rel=0.25)


def test_a_row_a_deal_and_ready_for_json(crm):
    at = simulated.day(600)
    found = sm.win_probability(crm.as_of(at), horizon=sm.period("2023-Q4"))
    there = sm.open_deals(crm.deals.as_of(at), (sm.period(at, at + timedelta(days=1)),))
    assert len(found) == there.value
    assert found.periods[0].end == date(2024, 1, 1)
    records = found.to_records()
    assert json.loads(json.dumps(records)) == records
    assert {"deal", "value", "low", "high", "lost", "eventual", "method"} <= set(records[0])
    frame = found.to_pandas()
    assert len(frame) == len(found)
    assert frame["likely_close"].notna().any()
    text = str(found)
    assert "stage chain: learned from" in text
    for cell in found:
        assert 0 <= cell.value <= cell.value + cell.parts["lost"] <= 1 + 1e-9
        assert cell.parts["low"] <= cell.value <= cell.parts["high"]
        assert cell.value <= cell.parts["eventual"] + 1e-9


def test_what_comes_later_changes_nothing(crm):
    at = simulated.day(500)
    tables = {name: list(each) for name, each in simulated.rows().items()}
    for name in ("stage_changes", "amount_changes", "close_date_changes"):
        tables[name] = [row for row in tables[name] if row["changed_at"] <= at]
    tables["deals"] = [
        row if row["closed_at"] is None or row["closed_at"] <= at
        else row | {"outcome": "lost", "closed_at": at + timedelta(days=1), "stage": None}
        for row in tables["deals"] if row["created_at"] <= at
    ]  # fmt: skip
    one = sm.win_probability(crm, at, 60)
    two = sm.win_probability(sm.CRM(**tables, currency="EUR"), at, 60)
    assert one.rows() == two.rows()


def test_of_a_filter_is_that_of_the_whole_company(crm):
    at = simulated.day(600)
    every = {cell.group: cell.value for cell in sm.win_probability(crm, at, 60)}
    mine = sm.win_probability(crm.filter(deals={"owner": "o1"}).as_of(at), None, 60)
    assert 0 < len(mine) < len(every)
    for cell in mine:
        assert every[cell.group] == cell.value


# thin and bad data -------------------------------------------------------------------------------


def reason_of(deals, **more):
    found = sm.win_probability(sm.CRM(deals=deals, currency="EUR", **more), "2025-03-01", 30)
    return {cell.group[0]: cell.reason and cell.reason.code for cell in found}, found


def test_all_open():
    codes, found = reason_of([deal("a", 0), deal("b", 5)])
    assert codes == {"a": "no_closed_deals", "b": "no_closed_deals"}
    assert "nothing was learned: no closed deals to learn from" in str(found)


def test_no_wins_gives_no_chance_of_0():
    codes, _ = reason_of([deal("a", 0), deal("b", 5, 9, "lost")])
    assert codes == {"a": "no_wins"}


def test_no_losses_is_said():
    codes, found = reason_of([deal("a", 20), *(deal(str(n), 0, n, "won") for n in range(30, 50))])
    assert codes == {"a": None}
    assert "20 won deals and no losses: chances are too high" in str(found)
    assert found.rows()[0].parts["eventual"] is None


def test_without_dates_the_given_probability_stands_for_the_eventual_chance():
    rows = [{"id": 1, "outcome": "open", "probability": 0.3}, {"id": 2, "outcome": "open"}]
    found = sm.win_probability(sm.Deals.of([*rows, *FOUR[:3]]), "2025-02-10", 30)
    one, two = found.rows()
    assert (one.value, one.parts["eventual"], one.reason.code) == (None, 0.3, "no_timing")
    assert (two.value, two.parts["eventual"], two.reason) == (None, None, "no created_at")


def test_a_deal_older_than_any_seen():
    codes, _ = reason_of([deal("old", -400), *(deal(str(n), 0, n, "won") for n in range(1, 40))])
    assert codes["old"] == "curve_fell_to_0"


def test_deals_that_lie_about_for_ever_have_little_chance():
    closed = [deal(str(n), 5 * n - 600, 5 * n - 580 + n % 25, "won" if n % 3 else "lost")
              for n in range(110)]  # fmt: skip
    zombies = [deal(f"z{n}", -500 - n) for n in range(10)]
    found = sm.win_probability(sm.Deals.of([*closed, *zombies, deal("new", -20)]), DAY0, 60)
    chances = {cell.group[0]: cell.value for cell in found}
    assert chances["new"] > 0.4
    assert max(chances[f"z{n}"] for n in range(10)) < 0.08
    assert min(chances[f"z{n}"] for n in range(10)) > 0  # not never: nobody knows


def test_history_that_starts_at_a_migration():
    """Deals closed before it have no stays; those that stood then are watched from it on."""
    begun = simulated.day(450)
    tables = dict(simulated.rows())
    first = {}
    for row in tables["stage_changes"]:
        if row["changed_at"] <= begun:
            first[row["deal"]] = row | {"changed_at": begun}
    closed = {row["id"] for row in tables["deals"] if row["closed_at"] and row["closed_at"] < begun}
    kept = [row for row in first.values() if row["deal"] not in closed]
    later = [row for row in tables["stage_changes"] if row["changed_at"] > begun]
    tables["stage_changes"] = [*kept, *later]
    at = simulated.day(640)
    cut, whole = (
        {c.group: c.value for c in sm.win_probability(sm.CRM(**t, currency="EUR"), at, 60)}
        for t in (tables, simulated.rows())
    )
    assert cut.keys() == whole.keys()
    assert sum(cut.values()) == pytest.approx(sum(whole.values()), rel=0.3)


def test_instants_horizons_and_windows_that_cannot_be():
    with pytest.raises(sm.NeedsError, match="as_of"):
        sm.win_probability(sm.Deals.of([{"id": 1, "outcome": "open"}]))
    for horizon in (-1, 1.5, "soon"):
        with pytest.raises(sm.SalesMetricsError, match="horizon is"):
            sm.win_probability(sm.Deals.of(FOUR), "2025-02-10", horizon)
    assert not len(sm.win_probability(sm.Deals.of(FOUR[:3]), "2025-02-10"))


def test_what_comes_between_two_horizons_is_never_below_nothing() -> None:
    def chances(won: list[float], lost: list[float]) -> Chances:
        none = np.zeros(len(won))
        return Chances(
            np.array(won), np.array(lost), none, none, none.astype(int), none.astype(int)
        )

    earlier = chances([0.25, 0.5, 0.5], [0.25, 0.5, 0.25])
    between = chances([0.75, 0.25, 0.5], [0.5, 0.25, 0.0]).between(earlier)
    assert between.won.tolist() == [0.5, 0.0, 0.0]
    assert between.lost.tolist() == [0.25, 0.0, 0.0]


def test_deals_are_told_apart_by_stage_and_coarse_age() -> None:
    """From 0, 7, 21, 45 and 90 days on: five ages of each stage."""
    ages = np.array([-3, 0, 6, 7, 20, 21, 44, 45, 89, 90, 1000])
    cells = [0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    for stage in (0, 2):
        found = Learned._cell(None, np.full(len(ages), stage), ages)  # type: ignore[arg-type]
        assert found.tolist() == [5 * stage + cell for cell in cells]
