"""The forecast of a period: its parts add up, its range holds; thin data give no sure number."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
import simulated

import salesmetrics as sm
from salesmetrics.reasons import Reason

QUARTER = sm.period("2023-Q3")
MIDDLE = date(2023, 8, 15)


@pytest.fixture(scope="module")
def crm():
    return simulated.company()


@pytest.fixture(scope="module")
def then(crm):
    return crm.as_of(MIDDLE)


@pytest.fixture(scope="module")
def whole(then):
    return sm.bookings_forecast(then, QUARTER, target=500_000)


def test_deals_are_saved_with_it_though_made_when_asked_for(whole):
    assert pickle.loads(pickle.dumps(whole)).part("deals").rows() == whole.part("deals").rows()


def test_its_parts_add_up(whole, then):
    (cell,) = whole.rows()
    parts = cell.parts
    assert parts["expected"] == cell.value
    assert cell.value == pytest.approx(parts["won"] + parts["from_open"] + parts["from_new"])
    assert parts["won"] == sm.bookings(then.deals, QUARTER).value
    each = whole.part("deals").rows()
    assert len(each) == parts["open_deals"] == cell.n
    assert parts["from_open"] == pytest.approx(sum(one.value for one in each))
    for one in each:
        kept = one.value / (one.parts["amount"] * one.parts["chance"])
        assert 0.7 < kept < 1.05  # the simulator cuts amounts on the way to the win
    assert parts["p10"] < parts["p50"] < parts["p90"]
    assert parts["p10"] < cell.value < parts["p90"]


def test_chances_are_those_of_win_probability(whole, then):
    ahead = {c.group: c.value for c in sm.win_probability(then, None, QUARTER)}
    for one in whole.part("deals"):
        assert one.parts["chance"] == ahead[one.group]


@pytest.mark.parametrize("by", ["owner", ("owner", "created_at.year")])
def test_groups_sum_to_the_whole_exactly(then, whole, by):
    found = sm.bookings_forecast(then, QUARTER, by=by)
    total = found.part("total").rows()[0]
    assert total.exact == whole.rows()[0].exact
    assert sum(cell.exact for cell in found) == total.exact
    for name in ("won", "from_open", "from_new", "open_deals"):
        assert sum(cell.parts[name] for cell in found) == pytest.approx(total.parts[name])
    # Of one joint distribution: a part is as wide as it is, the whole narrower than their sum.
    spread = total.parts["p90"] - total.parts["p10"]
    widths = [cell.parts["p90"] - cell.parts["p10"] for cell in found]
    assert max(widths) < spread < sum(widths)


def test_new_deals_of_owners_who_left_are_of_no_owner():
    owners = [{"id": f"o{n}", "ended_at": "2023-07-01" if n == 1 else None} for n in range(4)]
    crm = sm.CRM(**simulated.rows(), owners=owners, currency="EUR").as_of(MIDDLE)
    found = sm.bookings_forecast(crm, QUARTER, by="owner")
    assert found.at(owner="o1").parts["from_new"] == 0
    assert found.at(owner=None).parts["from_new"] > 0
    assert found.at(owner=None).parts["open_deals"] == 0
    total = found.part("total").rows()[0]
    assert sum(cell.exact for cell in found) == total.exact


def test_owners_without_a_deal_have_no_group_where_two_columns_make_it():
    owners = [{"id": f"o{n}", "ended_at": None} for n in range(5)]
    crm = sm.CRM(**simulated.rows(), owners=owners, currency="EUR").as_of(MIDDLE).filter(owner="o4")
    assert sm.bookings_forecast(crm, QUARTER, by=("created_at.year", "owner")).groups == ()
    assert sm.bookings_forecast(crm, QUARTER, by="owner").at(owner="o4").parts["open_deals"] == 0


def test_a_quota_for_each_group(then):
    quota = {"o0": 100_000, "o1": 150_000, "o2": 120_000, "o3": 90_000}
    found = sm.bookings_forecast(then, QUARTER, by="owner", target=quota)
    for cell in found:
        assert cell.parts["target"] == quota[cell.group[0]]
        assert 0 <= cell.parts["target_chance"] <= 1
    assert found.part("total").rows()[0].parts["target"] == 460_000
    # The target of the whole is no group's.
    alone = sm.bookings_forecast(then, QUARTER, by="owner", target=460_000)
    assert {cell.parts["target"] for cell in alone} == {None}
    assert alone.part("total").rows()[0].parts["target"] == 460_000
    with pytest.raises(sm.SalesMetricsError, match="needs by="):
        sm.bookings_forecast(then, QUARTER, target=quota)


def test_a_filter_is_the_group(then):
    grouped = sm.bookings_forecast(then, QUARTER, by="owner").at(owner="o2")
    mine = sm.bookings_forecast(then.filter(owner="o2"), QUARTER).rows()[0]
    assert (mine.exact, mine.parts) == (grouped.exact, grouped.parts)


def test_higher_targets_are_less_likely(then):
    chances = [
        sm.bookings_forecast(then, QUARTER, target=t).parts["target_chance"]
        for t in range(100_000, 1_100_000, 100_000)
    ]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.95
    assert chances[-1] < 0.2


def test_it_is_the_same_every_time(then, whole):
    again = sm.bookings_forecast(simulated.company().as_of(MIDDLE), QUARTER, target=500_000)
    assert again.rows() == whole.rows()


def test_a_period_that_is_over_is_what_was_won(crm):
    found = sm.bookings_forecast(crm, "2023-Q1", by="owner", target={"o1": 1})
    for cell, won in zip(found, sm.bookings(crm.deals, "2023-Q1", by="owner"), strict=True):
        assert cell.value == won.value == cell.parts["p10"] == cell.parts["p90"]
    assert "the period is over" in str(found)


def test_a_period_still_to_come(then):
    now, after = (sm.bookings_forecast(then, q).rows()[0] for q in ("2023-Q3", "2023-Q4"))
    assert after.parts["won"] == 0
    assert after.parts["from_new"] > now.parts["from_new"]
    by_then = sm.win_probability(then, None, sm.period("2023-Q3"))
    later = sm.win_probability(then, None, sm.period("2023-Q4"))
    ahead = sm.bookings_forecast(then, "2023-Q4").part("deals")
    for one, two, both in zip(by_then, ahead, later, strict=True):
        assert one.value + two.parts["chance"] == pytest.approx(both.value)


def test_the_range_holds_what_comes():
    """Of 27 forecasts on three companies about eight in ten fall into P10 to P90."""
    inside = off = total = 0
    for seed in (2, 3, 4):
        crm = simulated.company(seed=seed)
        for label in ("2023-Q1", "2023-Q2", "2023-Q3"):
            quarter = sm.period(label)
            came = sm.bookings(crm.deals, quarter).value
            for days in (0, 30, 60):
                at = quarter.start + timedelta(days=days - 1)
                parts = sm.bookings_forecast(crm.as_of(at), quarter).rows()[0].parts
                inside += parts["p10"] <= came <= parts["p90"]
                off, total = off + parts["expected"] - came, total + came
    assert 17 <= inside <= 26
    assert abs(off) < 0.2 * total


def test_what_comes_later_changes_nothing(crm, then, whole):
    tables = {name: list(each) for name, each in simulated.rows().items()}
    born = {row["id"] for row in tables["deals"] if row["created_at"] <= MIDDLE}
    for name in ("stage_changes", "amount_changes", "close_date_changes"):
        tables[name] = [
            row if row["changed_at"] <= MIDDLE else row | {"changed_at": date(2023, 12, 31)}
            for row in tables[name]
            if row["changed_at"] <= MIDDLE or row["deal"] in born
        ]
    tables["deals"] = [
        row if row["closed_at"] is None or row["closed_at"] <= MIDDLE
        else row | {"closed_at": date(2023, 12, 31)}
        for row in tables["deals"] if row["id"] in born
    ]  # fmt: skip
    later = sm.CRM(**tables, currency="EUR").as_of(MIDDLE)
    assert sm.bookings_forecast(later, QUARTER, target=500_000).rows() == whole.rows()


def test_the_rows_behind_it(then, whole):
    won = whole.records(part="won")
    assert sum(one.contribution for one in won) == Fraction(str(whole.parts["won"]))
    every = whole.records()
    assert {one.part for one in every} == {"won", "open"}
    assert len(every) == len(won) + whole.n
    assert sum(one.contribution for one in every) <= whole.exact
    by = sm.bookings_forecast(then, QUARTER, by="owner")
    assert {one.group for one in by.records(owner="o1")} == {("o1",)}


def test_an_estimate_that_was_saved_lists_no_rows(whole):
    for without in (pickle.loads(pickle.dumps(whole)), replace(whole, listed=None)):
        with pytest.raises(sm.SalesMetricsError, match="lists no rows"):
            without.records()


def test_it_is_a_kpi_as_others_are(then, whole):
    assert then.kpi("수주 예측", QUARTER, target=500_000).rows() == whole.rows()
    shot = sm.snapshot(then, QUARTER, kpis=["bookings_forecast"], assumptions={"target": 500_000})
    assert shot["bookings_forecast"].value == whole.value
    (kpi,) = shot.to_dict()["kpis"]
    assert kpi["table"][0]["values"]["p90"] == whole.parts["p90"]
    assert "수주 예측" in shot.to_text("ko")
    assert whole.to_pandas()["p10"][0] == whole.parts["p10"]


# thin and bad data -------------------------------------------------------------------------------


def deal(name, created, closed=None, outcome="open", amount=100, **more):
    first = date(2025, 1, 1)
    row = {"id": name, "created_at": first + timedelta(days=created), "outcome": outcome}
    row |= {"closed_at": None if closed is None else first + timedelta(days=closed)}
    return row | {"amount": amount, **more}


def forecast(rows, at="2025-08-15", period="2025-Q3", **given):
    return sm.bookings_forecast(sm.Deals.of(rows, currency="EUR").as_of(at), period, **given)


STEADY = [deal(f"c{n}", 3 * n, 3 * n + 20 + n % 15, "won" if n % 3 else "lost") for n in range(60)]


def test_all_open_is_undefined():
    found = forecast([deal("a", 0), deal("b", 5)], target=100)
    assert (found.value, found.reason.code) == (None, "nothing_to_forecast_from")
    assert found.parts["target_chance"] is None
    assert found.parts["p90"] is None


def test_what_no_history_tells_of_is_undefined():
    """Open deals close long before, and nothing says how many new ones will: 0 would look sure."""
    found = forecast([*STEADY, deal("o", 200)], period="2035-Q1", target=100)
    assert (found.value, found.reason.code) == (None, "nothing_to_forecast_from")
    assert (found.parts["from_new"], found.parts["p50"], found.parts["target_chance"]) == (
        None, None, None,
    )  # fmt: skip


def test_no_wins_is_undefined():
    found = forecast([deal("a", 200), *(deal(str(n), n, n + 9, "lost") for n in range(50))])
    assert found.value is None


def test_two_wins_say_so_and_are_wide():
    rows = [deal("a", 200), deal("b", 10, 40, "won"), deal("c", 60, 100, "won"),
            deal("d", 20, 50, "lost")]  # fmt: skip
    found = forecast(rows)
    assert "2 won deals, fewer than 10" in str(found)
    assert found.parts["p10"] == 0
    assert found.parts["p90"] >= 100


def test_no_losses_is_said():
    rows = [deal("a", 200), *(deal(str(n), 3 * n, 3 * n + 30, "won") for n in range(50))]
    assert "won deals and no losses" in str(forecast(rows))


def test_deals_without_an_amount_are_worth_what_was_won_and_it_is_said():
    rows = [row | {"amount": 300, "product": "x"} if n % 2 else row | {"product": "y"}
            for n, row in enumerate(STEADY)]  # fmt: skip
    gap = deal("b", 200, amount=None, product="x")
    found = forecast([*rows, gap], unpriced="mean_of_wins")
    assert dict(found.assumed) == {"no amount: that of past wins": 1}
    (one,) = found.part("deals").rows()
    assert one.parts["amount"] == 300
    assert one.value == pytest.approx(300 * one.parts["chance"])
    other = forecast([*rows, gap | {"product": "z"}], unpriced="mean_of_wins")
    mean = other.part("deals").rows()[0].parts["amount"]
    won = [row["amount"] for row in rows if row["outcome"] == "won"]
    assert mean == round(sum(won) / len(won), 2)
    none = [deal("b", 200, amount=None), deal("c", 10, 40, "won", amount=None)]
    nothing = forecast(none, unpriced="mean_of_wins")
    assert nothing.value is None
    assert nothing.excluded["no amount"] >= 1
    with pytest.raises(sm.NeedsError):
        sm.bookings_forecast(sm.Deals.of([{"id": 1, "created_at": "2025-01-01",
                                           "outcome": "open"}]), "2025-Q1")  # fmt: skip


def test_deals_without_an_amount_are_left_out_of_money_and_it_is_said():
    """As if they were worth 0; where none is priced, what they bring is not known, and not 0."""
    gaps = [deal(f"g{n}", 200 + n, amount=None, owner="bo") for n in range(3)]
    rest = [*STEADY, deal("a", 200, owner="ana")]
    found, alone = (
        forecast([*rest, *gaps], target=2_000),
        forecast([*rest, *(gap | {"amount": 0} for gap in gaps)], target=2_000),
    )
    (cell,), (same,) = found.rows(), alone.rows()
    assert cell.exact == same.exact
    assert (cell.n, cell.excluded, cell.assumed) == (4, {"no amount": 3}, {})
    assert "3 of 4 open deals have no amount and are not in it" in str(found)
    assert 'unpriced="mean_of_wins"' in str(found)
    more = forecast([*rest, *gaps], unpriced="mean_of_wins")
    assert more.value > found.value
    by = forecast([*rest, *gaps], by="owner", target={"ana": 90, "bo": 90})
    assert sum(one.exact for one in by) == cell.exact
    bo = by.at(owner="bo")
    assert (bo.parts["from_open"], bo.parts["target_chance"]) == (None, None)
    nothing = forecast([*STEADY, *gaps], target=5_000)
    assert nothing.reason.code == "no_open_priced"
    assert 'unpriced="mean_of_wins"' in nothing.reason
    assert {nothing.parts[p] for p in ("p10", "p90", "from_open", "target_chance")} == {None}
    assert nothing.parts["won"] == alone.parts["won"]
    over = forecast([*STEADY, *gaps], at="2025-09-30")
    assert over.value == over.parts["won"]
    with pytest.raises(sm.SalesMetricsError, match="choose one of left_out, mean_of_wins"):
        forecast(rest, unpriced="mean")


def test_what_it_says_of_itself_in_the_past(crm, then):
    """`.backtest()` looks as far ahead as the forecast does, by what was known when it was made."""
    forecast = sm.bookings_forecast(then, QUARTER, by="owner")
    found = forecast.backtest(origins=3)
    days = (QUARTER.end - timedelta(days=1) - MIDDLE).days
    assert found.rows() == sm.backtest(then, days, 3).rows()
    assert found.notes == sm.backtest(then, days, 3).notes
    assert f"3 forecasts of {days} days each" in str(found)
    assert "run_rate" in str(found)
    over = sm.bookings_forecast(crm, "2023-Q1").backtest(origins=[date(2023, 5, 20)])
    assert f"1 forecast of {sm.period('2023-Q1').days} days each" in str(over)
    saved = pickle.loads(pickle.dumps(forecast))
    with pytest.raises(sm.SalesMetricsError, match=r"backtest\(crm\)"):
        saved.backtest()
    assert saved.backtest(then, origins=3).rows() == found.rows()
    with pytest.raises(sm.SalesMetricsError, match="no bookings_forecast"):
        sm.win_probability(then).backtest()


def test_deals_without_a_chance_are_shown_apart():
    undated = {"id": "x", "created_at": None, "outcome": "open", "amount": 700, "probability": 0.9}
    found = forecast([*STEADY, deal("a", 200), undated])
    assert found.excluded["no chance is known"] == 1
    assert "open deals of 700 have no chance and are not in it" in str(found)


def test_one_deal_as_large_as_all_others():
    found = forecast([*STEADY, deal("a", 200), deal("b", 210), deal("whale", 205, amount=5_000)])
    assert "one deal of 5,000 is as large as all others together" in str(found)
    assert found.parts["p90"] - found.parts["p10"] >= 4_000


def test_targets_of_0_and_targets_reached():
    rows = [*STEADY, deal("a", 200)]
    assert forecast(rows, target=0).parts["target_chance"] is None
    reached = forecast(rows, target=50)
    assert reached.parts["won"] >= 50
    assert reached.parts["target_chance"] == 1
    assert "the target is reached already" in str(reached)


def test_on_the_last_day_nothing_more_comes():
    found = forecast([*STEADY, deal("a", 200)], at="2025-09-30")
    assert found.value == found.parts["won"] == found.parts["p10"] == found.parts["p90"]


def test_the_age_of_deals_stands_in_and_is_named():
    found = forecast([*STEADY, deal("a", 200)])
    assert "no history of stages (needs stage_changes): the age of deals stands in" in str(found)
    assert found.part("deals").to_records()[0]["method"] == "deal_age"


def test_a_group_of_nothing_expects_0_and_has_no_chance_of_a_target():
    found = forecast([*STEADY, deal("a", 200, owner="ana")], by="owner", target={"bo": 100})
    bo = found.at(owner="bo")
    assert (bo.value, bo.n) == (0, 0)
    assert bo.parts["target_chance"] is None


def test_nothing_tells_the_instant():
    deals = sm.Deals.of([{"id": 1, "outcome": "open", "amount": 5}], currency="EUR")
    with pytest.raises(sm.NeedsError, match="as_of"):
        sm.bookings_forecast(deals, "2025-Q1")


def test_wins_without_amounts_are_not_0_won():
    deals = [
        {"id": n, "created_at": f"2024-{1 + n % 11:02d}-03", "outcome": "won" if n % 2 else "lost",
         "closed_at": f"2024-{2 + n % 11:02d}-10", "amount": 100}
        for n in range(40)
    ]  # fmt: skip
    begun = {"created_at": "2025-01-02"}
    deals += [{"id": "w", "outcome": "won", "closed_at": "2025-01-20", "amount": None, **begun},
              {"id": "o", "outcome": "open", "amount": 50, **begun}]  # fmt: skip
    found = sm.bookings_forecast(sm.CRM(deals=deals, currency="EUR").as_of("2025-02-01"), "2025-Q1")
    assert (found.parts["won"], found.rows()[0].excluded) == (None, {"no amount": 1})
    assert found.plot()


def test_what_a_deal_contributes_is_not_known_without_its_amount():
    deals = sm.Deals.of(
        [
            {"id": "a", "created_at": "2025-01-05", "closed_at": "2025-02-10", "outcome": "won",
             "amount": 100},
            {"id": "b", "created_at": "2025-01-05", "closed_at": "2025-02-12", "outcome": "lost"},
            {"id": "c", "created_at": "2025-01-05", "outcome": "open", "amount": 50},
            {"id": "d", "created_at": "2025-01-05", "outcome": "open"},
        ],
        currency="EUR", tz="UTC",
    ).as_of("2025-02-28")  # fmt: skip
    known, unknown = sm.bookings_forecast(deals, "2025-Q1").part("deals")
    assert known.group == ("c",) and 0 < known.value < 50 and known.reason is None
    assert unknown.group == ("d",) and unknown.value is None
    assert unknown.reason == Reason("no_field", field="amount")


@pytest.mark.parametrize("period", ["2024-Q4", "2025-01"])
def test_an_open_credit_brings_nothing_and_refuses_no_period_that_is_over(period):
    """Won in it: 90 in January, nothing before; what is open cannot come in any more."""
    open_credit = {"id": 1, "created_at": "2025-01-03", "outcome": "open", "amount": -50}
    won = {"id": 2, "created_at": "2025-01-04", "closed_at": "2025-01-20", "outcome": "won"}
    table = sm.Deals.of([open_credit, {**won, "amount": 90}], currency="EUR").as_of("2025-02-20")
    right = 90 if period == "2025-01" else 0
    assert sm.bookings_forecast(table, period).value == right
    assert sm.coverage_needed(table, period, target=100).rows()[0].parts["won"] == right


def test_a_period_that_is_over_is_not_known_where_the_amount_of_no_win_is() -> None:
    made = {"created_at": "2025-01-05"}
    deals: list[dict[str, Any]] = [
        {"id": 1, **made, "outcome": "won", "closed_at": "2025-02-01", "amount": None},
        {"id": 2, **made, "outcome": "won", "closed_at": "2025-04-01", "amount": 9},
        {"id": 3, **made, "outcome": "open", "amount": 7},
    ]
    crm = sm.CRM(deals=deals, currency="USD", tz="UTC").as_of("2025-07-02")
    first, second = (crm.kpi("bookings_forecast", quarter) for quarter in ("2025-Q1", "2025-Q2"))
    assert first.value is None and crm.kpi("bookings", "2025-Q1").value is None
    assert str(first.reason) == str(crm.kpi("bookings", "2025-Q1").reason)
    (cell,) = first.rows()
    assert [cell.parts[name] for name in ("expected", "won", "p10", "p50", "p90")] == [None] * 5
    assert second.value == 9
