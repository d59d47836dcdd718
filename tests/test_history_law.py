"""The law of as-of over all tables at once: what is recorded later changes no answer."""

from __future__ import annotations

import random
from datetime import date, timedelta

import edge_days
import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from oracles import ASSUMED, replay
from test_history_replay import before_and_after

import salesmetrics as sm
from salesmetrics import CRM
from salesmetrics.crm import TABLES
from salesmetrics.models import Kind, choices, kinds_of

QUARTER = sm.period("2025-Q1").split("month")
BORN = {
    name: kind.born or next(
        column for column, one in kinds_of(kind.record).items() if one is Kind.MILESTONE
    )
    for name, kind in TABLES.items()
    if name not in {"deals", "stages", "products", "owners", "team_changes", "deal_credits",
                    "deal_lines", *edge_days.TABLES}
}  # fmt: skip
# Without a history of them, whatever they say now is what they said then.
WORDS = {
    "owner": ("ana", "bo", "cho"), "customer": ("x", "y", "z"), "deal": ("0", "1", "2"),
    "lead": ("leads 0", "leads 1"), "renewal_of": (None, "subscriptions 0", "subscriptions 1"),
    "category": ("sales", "marketing", "cost of sales"), "channel": ("web", "fair"),
    "pauses": (None,), "currency": ("EUR",),
}  # fmt: skip
# No milestone says since when these rows are there: they are for good.
UNDATED = {name for name in BORN if TABLES[name].born is None}
GIVEN = {name: value for given in ASSUMED.values() for name, value in given.items()}


def rows(name, draw, size, since=None):
    """Rows of a table, with every milestone at or after its birth; or all after an instant."""
    found = []
    for number in range(size):
        row = {}
        for column, kind in kinds_of(TABLES[name].record).items():
            if kind is Kind.MILESTONE or kind is Kind.PLAN:
                row[column] = None if draw.random() < 0.3 else draw.choice(edge_days.DAYS)
            elif kind is Kind.CHOICE:
                row[column] = draw.choice(choices(TABLES[name].record, column))
            elif kind is Kind.MONEY:
                row[column] = draw.choice([0, 10, 250])
            elif kind is Kind.FLAG:
                row[column] = draw.choice([True, False, None])
            elif kind is Kind.WHOLE:
                row[column] = draw.choice([1, 3])
            elif kind is Kind.PROPORTION:
                row[column] = 0.5
            else:
                row[column] = draw.choice(WORDS.get(column, ("a", "b")))
        if name == "leads":  # a field that is overwritten keeps no history, and no law holds for it
            row |= dict.fromkeys(("mql", "sql", "opportunity", "won"))
        row["id"] = f"{name} {number if since is None else number + 100}"
        born = BORN[name]
        row[born] = row[born] or draw.choice(edge_days.DAYS)
        if since is not None:
            row[born] = since + timedelta(days=draw.randint(1, 9))
        found.append(fitted(name, row))
    return found


def fitted(name, row):
    if name == "subscriptions":
        if row["ended_at"] is not None and row["ended_at"] < row["started_at"]:
            row["ended_at"] = None
        if row["renewal_of"] == row["id"]:
            row["renewal_of"] = None
    if name == "surveys":
        row |= {"score": 3, "scale": 5}
    if name == "checks":
        row |= {"checked_fields": 4, "correct_fields": 3}
    return row


def later(name, row, instant, draw):
    """The same row after other things happened to it."""
    new = dict(row)
    for column, kind in kinds_of(TABLES[name].record).items():
        if kind is not Kind.MILESTONE or column == BORN[name]:
            continue
        if row[column] is None or row[column] > instant:
            new[column] = draw.choice([None, instant + timedelta(days=draw.randint(1, 60))])
    if name == "subscriptions":
        cancelled, then = row["cancelled_at"], new["cancelled_at"]
        if cancelled is None and row["ended_at"] is not None:
            new["cancelled_at"] = None  # its end was known from the start
        elif cancelled is None or cancelled > instant:  # nobody knew an end
            ends = instant + timedelta(days=draw.randint(1, 90))
            new["ended_at"] = None if then is None else ends
    return fitted(name, new)


@pytest.mark.parametrize("by", [(), "owner", "stage"])
@settings(
    max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)
@given(worlds=before_and_after(), seed=st.integers(0, 10_000))
def test_nothing_recorded_later_changes_an_answer(worlds, seed, by):
    one, two, instant = worlds
    draw = random.Random(seed)
    if not any(deal["created_at"] <= instant for deal in one):
        return
    tables, others = edge_days.rows_of(one), edge_days.rows_of(two)
    for name in BORN:
        tables[name] = rows(name, draw, 5)
        others[name] = [
            later(name, row, instant, draw)
            for row in tables[name]
            if row[BORN[name]] <= instant or name in UNDATED
        ] + (rows(name, draw, 2, instant) if name not in UNDATED else [])
    # Something happened after the instant: else what is dated ahead would be known as a plan.
    after = dict.fromkeys(tables["activities"][0]) if tables["activities"] else {}
    after |= {"id": "after", "kind": "call", "created_at": instant + timedelta(days=400)}
    for each in (tables, others):
        each["activities"] = [*each["activities"], after]
    found = [
        sm.snapshot(CRM(**each), QUARTER, by=by, as_of=instant, assumptions=GIVEN).to_dict()
        for each in (tables, others)
    ]
    for document in found:
        del document["rows"]  # of the tables as they were given, which are not the same
        for kpi in document["kpis"]:  # groups that only occur later have nothing in them
            kpi["figures"] = [f for f in kpi["figures"] if f["n"] or f["excluded"] or f["value"]]
            there = [f["group"] for f in kpi["figures"]]
            kpi["table"] = [row for row in kpi["table"] if row["group"] in there]
            for shown in kpi["shown"]:
                shown["figures"] = [f for f in shown["figures"] if f["n"] or f["excluded"]]
                there = [f["group"] for f in shown["figures"]]
                shown["table"] = [row for row in shown["table"] if row["group"] in there]
    for mine, theirs in zip(found[0]["kpis"], found[1]["kpis"], strict=True):
        for part in ("figures", "table", "shown", "notes"):
            apart = [row for row in mine[part] if row not in theirs[part]]
            apart += [row for row in theirs[part] if row not in mine[part]]
            assert not apart, f"{mine['kpi']}, {part}: {apart}"
    assert found[0] == found[1]
    named = {kpi["kpi"] for kpi in found[0]["kpis"]}
    assert named >= HISTORY


HISTORY = {"bottlenecks", "stage_velocity", "pipeline_movement", "slip_rate", "stage_conversion",
           "time_in_stage", "sales_cycle_estimate", "mrr", "mrr_movements", "renewal_rate",
           "active_customers", "customer_movements", "cohort_retention",
           "time_to_convert_estimate", "pipeline_yield", "push_count",
           "often_pushed_share"}  # fmt: skip


def test_a_subscription_that_was_cancelled_later_still_runs():
    contracts = [
        {"id": "1", "customer": "x", "amount": 100, "interval": "month"}
        | {"started_at": "2024-01-01", "ended_at": "2025-02-10", "cancelled_at": "2025-02-01"},
        {"id": "2", "customer": "y", "amount": 10, "interval": "month"}
        | {"started_at": "2024-01-15", "ended_at": "2025-01-15"},
        {"id": "3", "customer": "y", "amount": 20, "interval": "month"}
        | {"started_at": "2025-02-01", "renewal_of": "2"},
    ]
    crm = CRM(subscriptions=contracts, currency="EUR", costs=[
        {"id": "1", "category": "rent", "amount": 1, "spent_at": "2025-06-30"}])  # fmt: skip
    then = crm.as_of(date(2025, 1, 31)).subscriptions
    assert sm.mrr(then, "2025-02").value == 100
    assert sm.mrr(crm.subscriptions, "2025-02").value == 20
    # The renewal had not begun: while its grace runs, the contract is pending.
    assert sm.renewal_rate(then, "2025-01").value is None
    assert sm.renewal_rate(then, "2025-01").excluded == {"pending": 1}
    assert sm.renewal_rate(crm.subscriptions, "2025-01").value == 1
    on_the_day = crm.as_of(date(2025, 2, 1)).subscriptions
    assert sm.mrr(on_the_day, "2025-02").value == 20
    moved = sm.mrr_movements(then, "2025-Q1")
    assert (moved.parts["churn"], moved.parts["closing"]) == (10, 100)


def test_only_open_deals_are_at_work():
    """By the stage they were in, removed ones left out: never more than there are open deals."""
    changes = [
        {"deal": str(n), "stage": stage, "changed_at": day}
        for n in range(3)
        for day, stage in (("2025-01-05", "talks"), ("2025-02-10", "offer"))
    ]
    deals = [{"id": str(n), "created_at": "2025-01-05"} for n in range(3)]
    deals[2]["removed_at"] = "2025-01-20"
    done = [
        {"id": str(n), "deal": str(n), "kind": "call", "created_at": "2025-01-15"}
        | {"done_at": "2025-01-15"}
        for n in (1, 2)
    ]
    for tables in ({"stages": replay.STAGES, "stage_changes": changes}, {}):
        crm = CRM(deals=deals, activities=done, all_open=not tables, **tables)
        found = sm.activity_coverage(crm.activities, crm.deals, "2025-01")
        assert (found.numerator, found.denominator) == (1, 2)
    crm = CRM(deals=deals, activities=done, stages=replay.STAGES, stage_changes=changes)
    by_stage = sm.activity_coverage(crm.activities, crm.deals, "2025-01", by="stage")
    assert by_stage.at(stage="talks").numerator == 1
    assert by_stage.at(stage="offer").denominator == 0


def test_every_result_says_which_fields_are_read_from_history():
    world = [
        {"id": "1", "created_at": date(2025, 1, 3), "removed_at": None}
        | {"events": {table: [(date(2025, 1, 3), value)] for table, value in FIRST.items()}}
    ]
    tables = edge_days.rows_of(world)
    lacking = ("owner_changes", "close_date_changes", "forecast_category_changes")
    some = {**tables, **{name: [] for name in lacking}}
    for given_tables, fields in (
        (tables, ("stage", "amount", "expected_close_at", "owner", "forecast_category")),
        ({k: v for k, v in some.items() if v}, ("stage", "amount")),
        ({k: v for k, v in tables.items() if "changes" not in k}, ()),
    ):
        crm = CRM(**given_tables)
        subscriptions = sm.Subscriptions.of([{"id": "1", "amount": 1, "interval": "month"}
            | {"started_at": "2025-01-01", "ended_at": None}], currency="EUR")  # fmt: skip
        assert sm.mrr(subscriptions, "2025-01").from_history is None
        shot = sm.snapshot(crm, "2025-01", by="owner", assumptions=GIVEN)
        assert set(shot.from_history or ()) == set(fields)
        # What closed has its close from the stages, and else what is known now.
        close = fields[:1]
        for figure in shot.figures:
            if "deals" in figure.entry.label.tables and not figure.entry.label.optional:
                assert set(close) <= set(figure.total.from_history) <= set(fields), figure.name
        read = {kpi["kpi"]: kpi["from_history"] for kpi in shot.to_dict()["kpis"]}
        assert read["open_pipeline"] == list(fields)
        assert sm.win_rate(crm.deals).from_history == close
        assert shot.figure("win_rate").groups.from_history == close + fields[3:4]
        if fields:
            stays = tuple(name for name in fields if name in ("stage", "owner"))
            assert shot["time_in_stage"].from_history == stays
        one, many = sm.open_deals(crm.deals, "2025-01"), shot["open_deals"]
        assert one.from_history == fields
        for text in (repr(one), one._repr_html_(), shot.to_text(columns=400), shot._repr_html_(),
                     shot.to_markdown(), repr(many)):  # fmt: skip
            assert ("as they were then" in text) == bool(fields)


FIRST = {"stage_changes": "talks", "amount_changes": 10, "owner_changes": "ana",
         "close_date_changes": date(2025, 2, 1), "forecast_category_changes": "commit"}  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    ways=st.lists(
        st.lists(
            st.tuples(st.integers(0, 3), st.sampled_from(edge_days.OPEN)), min_size=1, max_size=9
        ),
        min_size=1,
        max_size=3,
    ),
    chance=st.randoms(use_true_random=False),
)
def test_changes_that_say_the_value_before_are_put_in_their_order(ways, chance):
    rows, ends, passed = [], {}, {}
    for number, way in enumerate(ways):
        stage = "talks"
        rows.append({"deal": str(number), "stage": stage, "changed_at": date(2025, 1, 1)})
        for step, following in sorted(way, key=lambda each: each[0]):
            day = date(2025, 1, 2 + step)
            rows.append(
                {"deal": str(number), "stage": following, "previous_stage": stage,
                 "changed_at": day}
            )  # fmt: skip
            if following != stage:
                passed[stage, following] = passed.get((stage, following), 0) + 1
            stage = ends[number, day] = following
    deals = [{"id": str(n), "created_at": date(2025, 1, 1)} for n in range(len(ways))]
    chance.shuffle(rows)
    crm = CRM(deals=deals, stages=replay.STAGES, stage_changes=rows)
    track = crm.deals.history.tracks["stage"]
    assert not crm.deals.history.notes
    found, moved = {}, {}
    came = [track.values.labels[code] for code in track.values.codes.tolist()]
    for at, (deal, day) in enumerate(zip(track.deals(), track.days, strict=True)):
        found[int(deal), date.fromordinal(int(day) + 719163)] = came[at]
        if at and deal == track.deals()[at - 1]:
            moved[came[at - 1], came[at]] = moved.get((came[at - 1], came[at]), 0) + 1
    assert moved == passed
    stood = {key: stage for key, stage in ends.items() if key in found}
    assert {key: found[key] for key in stood} == stood
