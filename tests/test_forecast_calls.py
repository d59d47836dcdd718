"""Forecasts that people submitted, judged by what came: by hand, at the edges of what counts."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from oracles import ORACLES, Cut, World, as_of, complete, cuts
from worlds import crm_of

import salesmetrics as sm

QUARTER = "2025-Q1"
QUARTER_4 = sm.period("2017-Q4")


def won(name, owner, amount, at="2025-02-10", team="north"):
    return {"id": name, "owner": owner, "team": team, "created_at": "2024-12-01", "outcome": "won",
            "closed_at": at, "amount": amount}  # fmt: skip


DEALS = [won("1", "ana", 100), won("2", "bo", 50), won("3", "cho", 30),
         won("4", "ana", 999, "2025-04-01")]  # fmt: skip


def call(owner, amount, at="2025-01-20", period=QUARTER, category=None, team=None):
    return {"owner": owner, "team": team, "period": period, "category": category,
            "amount": amount, "submitted_at": at}  # fmt: skip


CALLS = [
    call("ana", 500, "2025-01-05"), call("ana", 120, "2025-01-28"), call("ana", 90, "2025-01-29"),
    call("bo", 40), call("dan", 10), call("ana", 80, category="commit"),
    call("bo", 60, category="commit"), call("ana", 7, period="2025-Q2"),
    call(None, 200, team="north"),
]  # fmt: skip


def judged(kpi, calls=tuple(CALLS), deals=tuple(DEALS), period=QUARTER, **given):
    return kpi(
        sm.ForecastCalls.of(list(calls), currency="EUR"),
        sm.Deals.of(list(deals), currency="EUR").as_of("2025-04-30"),
        period, **given,
    )  # fmt: skip


def test_bias_of_the_calls_standing_at_the_end_of_week_4():
    """ana 120 of 28 January against 100, bo 40 against 50, dan 10 against 0: 170 against 150.

    The call of the 29th is too late, that of the 5th was replaced; cho won and called nothing.
    """
    found = judged(sm.forecast_bias)
    assert found.value == pytest.approx(20 / 150)
    parts = found.parts
    assert (parts["called"], parts["booked"], parts["owners"]) == (170, 150, 3)
    assert parts["error"] == pytest.approx((20 + 10 + 10) / 150)
    assert parts["calls_reached"] == pytest.approx(1 / 3)
    assert dict(found.excluded) == {"owners who won something and called nothing": 1}
    by = judged(sm.forecast_bias, by="owner")
    assert {c.group[0]: c.value for c in by} == {
        "ana": pytest.approx(0.2), "bo": pytest.approx(-0.2), "cho": None, "dan": None
    }  # fmt: skip
    assert by.at(owner="dan").reason == "nothing above 0 was won in the period"


def test_accuracy_is_not_floored_and_sums_even_out():
    found = judged(sm.forecast_accuracy)
    assert found.value == pytest.approx(1 - 20 / 150)
    wild = judged(sm.forecast_accuracy, [call("ana", 500)])
    assert wild.value == pytest.approx(1 - 400 / 100)


def test_commit_calls_and_which_were_reached():
    found = judged(sm.commit_accuracy)
    assert found.value == pytest.approx(1 - abs(140 - 150) / 150)
    assert found.parts["calls_reached"] == 0.5
    assert judged(sm.forecast_bias, category="commit").parts["called"] == 140
    assert judged(sm.forecast_bias, category="best_case").reason == "nobody called"


def test_change_from_week_4_to_the_last_call():
    found = judged(sm.call_change)
    assert found.value == pytest.approx((90 + 40 + 10) / 170 - 1)
    assert judged(sm.call_change, by="owner").at(owner="ana").value == pytest.approx(90 / 120 - 1)


def test_another_day_counts_where_it_is_asked():
    assert judged(sm.forecast_bias, by="owner", at_days=7).at(owner="ana").value == pytest.approx(4)
    assert judged(sm.forecast_bias, by="owner", at_days=29).at(owner="ana").value == pytest.approx(
        -0.1
    )
    for wrong in (0, True, "28", 1.5):
        with pytest.raises(sm.SalesMetricsError, match=r"at_days is .*give whole days, 1 or more"):
            judged(sm.forecast_bias, at_days=wrong)
    with pytest.raises(sm.SalesMetricsError, match="how many days"):
        judged(sm.forecast_bias, period="2025")
    month = [call("ana", 50, "2025-02-07", "2025-02"), call("ana", 99, "2025-02-08", "2025-02")]
    assert judged(sm.forecast_bias, month, period="2025-02").parts["called"] == 50


def test_a_team_s_call_is_the_team_s():
    found = judged(sm.forecast_bias, by="team")
    (cell,) = found.rows()
    assert (cell.group, cell.parts["called"], cell.parts["booked"]) == (("north",), 200, 180)
    with pytest.raises(sm.ColumnError, match="by"):
        judged(sm.forecast_bias, by="stage")


def test_week_by_week():
    weeks = judged(sm.forecast_accuracy).part("weeks")
    assert [cell.parts["called"] for cell in weeks][:5] == [500, 500, 550, 170, 140]


def test_until_the_period_has_ended_there_is_no_judgement():
    deals = sm.Deals.of(list(DEALS), currency="EUR").as_of("2025-03-30")
    calls = sm.ForecastCalls.of(list(CALLS), currency="EUR")
    found = sm.forecast_bias(calls, deals, QUARTER)
    assert (found.value, found.reason.code) == (None, "not_over")
    assert found.parts["called"] == 170
    assert found.parts["booked"] is None
    over = sm.forecast_bias(calls, deals.as_of("2025-03-31"), QUARTER)
    assert over.value is None  # what an earlier as-of took away does not come back


def test_the_whole_of_the_last_day_has_to_be_known():
    deals = sm.Deals.of(list(DEALS), currency="EUR", tz="Asia/Seoul")
    calls = sm.ForecastCalls.of(list(CALLS), currency="EUR", tz="Asia/Seoul")
    for at, code in (("2025-03-31T18:00", "not_over"), ("2025-03-31", None)):
        found = sm.forecast_bias(calls, deals.as_of(at), QUARTER)
        assert (found.reason and found.reason.code) == code


def test_periods_are_read_however_they_are_written():
    odd = [call("ana", 110, period="2025-01-01..2025-03-31"), call("bo", 5, period="soon")]
    assert judged(sm.forecast_bias, odd).parts["called"] == 110


def test_calls_of_a_company_are_a_table_as_others_are():
    crm = sm.CRM(deals=DEALS, forecast_calls=CALLS, currency="EUR").as_of("2025-04-30")
    assert crm.kpi("예측 편향", QUARTER).value == pytest.approx(20 / 150)
    early = crm.as_of("2025-01-21")
    assert len(early.forecast_calls) < len(CALLS)
    assert judged(sm.call_change, []).reason == "nobody called"


def test_bookings_that_nobody_knows_are_not_0():
    """bo won without an amount: on neither side, and counted; a call without one as well."""
    deals = [won("1", "ana", 100), won("2", "bo", None)]
    found = judged(sm.forecast_bias, [*CALLS, call("cho", None)], deals)
    assert found.parts["called"] == 130  # ana 120, dan 10
    assert found.value == pytest.approx(30 / 100)
    assert found.rows()[0].excluded == {"booked: no amount": 1, "no amount": 1}
    alone = judged(sm.forecast_bias, [call("bo", 40)], [won("2", "bo", None)])
    assert alone.value is None


def test_of_two_calls_of_one_moment_the_order_of_rows_decides_nothing():
    calls = [call("ana", 120), call("ana", 90), call("bo", 40)]
    one, other = judged(sm.forecast_bias, calls), judged(sm.forecast_bias, calls[::-1])
    assert one.value == other.value


def test_saved_forecasts_are_judged_as_calls_are(tmp_path):
    """What two snapshots said of the quarter, against what came of it: the figure is named."""
    first = date(2024, 1, 1)
    deals = [
        {"id": n, "owner": ("ana", "bo")[n % 2], "created_at": first + timedelta(days=5 * n),
         "closed_at": first + timedelta(days=5 * n + 30), "outcome": "won" if n % 3 else "lost",
         "amount": 100 + n, "list_amount": 100 + n}
        for n in range(110)
    ]  # fmt: skip
    crm = sm.CRM(deals=deals, currency="EUR")
    said = {}
    for day in ("2025-01-28", "2025-03-15"):
        taken = sm.snapshot(
            crm.as_of(day), QUARTER, kpis=["bookings_forecast", "won_deals"], by="owner"
        )
        said[day] = taken["bookings_forecast"].parts
        (tmp_path / f"{day}.json").write_text(taken.to_json(), encoding="utf-8")
    history = sm.read_snapshots(tmp_path)
    came = sm.bookings(crm.deals, QUARTER).value
    for figure in ("expected", "p50", "p90"):
        calls = history.forecast_calls(figure)
        found = sm.forecast_bias(calls, crm.deals, QUARTER)
        stood = round(said["2025-01-28"][figure], 2)
        assert found.value == pytest.approx((stood - came) / came)
        assert f"saved forecasts stand for calls: {figure} of bookings_forecast" in str(found)
        weeks = sm.forecast_accuracy(calls, crm.deals, QUARTER).part("weeks").rows()
        assert [week.parts["called"] for week in weeks[:3]] == [None] * 3
        assert weeks[-1].parts["called"] == round(said["2025-03-15"][figure], 2)
    by = sm.forecast_bias(history.forecast_calls(by="owner"), crm.deals, QUARTER, by="owner")
    assert {cell.group[0] for cell in by if cell.value is not None} == {"ana", "bo"}
    assert by.at(owner="bo").parts["submitted"] == 2
    with pytest.raises(sm.SalesMetricsError, match="p50"):
        history.forecast_calls("p55")
    with pytest.raises(sm.SalesMetricsError, match="no snapshot has bookings_forecast by team"):
        history.forecast_calls(by="team")


def test_a_call_that_names_nobody_is_of_the_whole_company():
    assert judged(sm.forecast_bias, [call(None, 171)]).value == pytest.approx(171 / 180 - 1)
    both = judged(sm.forecast_bias, [call(None, 171), call("ana", 90)])
    assert both.parts["called"] == 90  # never summed with its owners'


KPIS = (sm.forecast_bias, sm.forecast_accuracy, sm.commit_accuracy, sm.call_change)


@pytest.mark.parametrize("seed", range(40))
def test_against_the_slow_way(seed):
    """Companies where people call often and win something, by the definitions in plain Python."""
    draw = random.Random(seed)
    days = [date(2017, 9, 20) + timedelta(days=n) for n in range(0, 110, 3)]
    people = ("ana", "bo", None) if seed % 5 else (None,)
    teams = ("east", "west", None) if seed % 5 else (None,)

    def some(fields):
        return {name: draw.choice(pool) for name, pool in fields.items()}

    calls = {
        "owner": people, "team": teams, "period": ("2017-Q4", "2017-Q4", "2017-10"),
        "category": (None, "forecast", "commit"), "amount": (0, 5, 7, 9, None), "figure": (None,),
        "submitted_at": (*days, None),
    }  # fmt: skip
    deals = {
        "owner": ("ana", "bo", "cho", None), "team": ("east", "west", None), "stage": (None,),
        "created_at": (date(2017, 9, 1),), "closed_at": days, "amount": (3, 5, 8, -1, None),
        "outcome": ("won", "won", "lost"),
    }  # fmt: skip
    tables = {
        "forecast_calls": [{"id": n, **some(calls)} for n in range(draw.randint(0, 12))],
        "deals": [{"id": n, **some(deals)} for n in range(draw.randint(0, 12))],
    }
    columns = {"forecast_calls": ("id", *calls), "deals": ("id", *deals)}
    plain = World(tables, None, "EUR", columns=columns)
    at = draw.choice([None, date(2017, 12, 30), date(2017, 12, 31)])
    crm, known = crm_of(plain), complete(plain)
    if at is not None:
        crm, known = crm.as_of(at), as_of(known, at)
    for kpi in KPIS:
        for by in ((), ("owner",), ("team",)):
            found = kpi(crm.forecast_calls, crm.deals, QUARTER_4, by=by, at_days=20)
            of = cuts(known, ("forecast_calls", "deals"), by, False)
            for cell in found:
                cut = of.get(cell.group) or Cut(
                    known, {name: [] for name in tables}, by, cell.group
                )
                want = ORACLES[kpi.__name__](cut, QUARTER_4, at_days=20)
                assert (cell.exact, cell.n) == (want.exact, want.n)
                assert sum(cell.excluded.values()) == want.excluded
