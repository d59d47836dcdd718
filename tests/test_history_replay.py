"""Figures with history against a replay of events over dict records, and the law of as-of."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import edge_days
import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st
from oracles import complete, replay
from oracles.history import at_event, changes, close_of, kind_of, moment, stood
from worlds import crm_of, histories, made, with_changes

import salesmetrics as sm
from salesmetrics import CRM
from salesmetrics.tables import run

MONTHS = sm.period("2025-Q1").split("month")
SETTINGS = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


def cells(result):
    return {(*cell.group, cell.period.label): cell for cell in result}


@SETTINGS
@given(edge_days.deals(), st.sampled_from(edge_days.DAYS))
def test_as_of_rebuilds_every_field(world, day):
    then = CRM(**edge_days.rows_of(world)).as_of(day).deals
    end = day + timedelta(days=1)
    there = [deal for deal in world if deal["created_at"] < end]
    assert then.ids() == [deal["id"] for deal in there]
    for name, table in (("stage", "stage_changes"), ("owner", "owner_changes")):
        column = then.codes(name)
        found = [column.labels[code] for code in column.codes.tolist()]
        assert found == [replay.value_at(deal, table, end) for deal in there]
    assert then.numbers("amount").values.tolist() == [
        replay.value_at(deal, "amount_changes", end) * 100 for deal in there
    ]
    for name, expected in (
        ("expected_close_at", [replay.value_at(d, "close_date_changes", end) for d in there]),
        ("closed_at", [replay.closing(d, end)[1] for d in there]),
    ):
        days = then.times(name).days.tolist()
        found = [None if d == 65535 else date(1970, 1, 1) + timedelta(days=d) for d in days]
        assert found == expected
    outcome = then.codes("outcome")
    found = [outcome.labels[code] for code in outcome.codes.tolist()]
    assert found == [replay.closing(deal, end)[0] for deal in there]


@SETTINGS
@given(edge_days.deals())
def test_stays(world):
    crm = CRM(**edge_days.rows_of(world))
    there = [deal for deal in world if deal["removed_at"] is None]
    every = [(deal, *stay) for deal in there for stay in replay.stays(deal)]
    found = sm.stage_conversion(crm.deals, MONTHS, by="stage")
    durations = sm.time_in_stage(crm.deals, MONTHS, by="stage")
    for p, month in enumerate(MONTHS):
        if month.start > crm.known.at:  # nobody knows yet
            continue
        for g, (stage,) in enumerate(found.groups):
            mine = Counter(how for _, s, day, _, how in every if s == stage and day in month)
            parts = found.cell(p, g).parts
            assert parts["entries"] == sum(mine.values())
            assert {k: v for k, v in parts.items() if v and k != "entries"} == dict(mine)
        last = min(month.end, max(hw_last(world)) + timedelta(days=1)) - timedelta(days=1)
        for stage in edge_days.OPEN:
            ages, risk, left, _ = durations.curve(p, durations.groups.index((stage,)))
            ends = Counter()
            spans = []
            for _, s, day, until, _ in every:
                if s == stage and day <= last and (until is None or until >= month.start):
                    out = until is not None and until <= last
                    age = ((until if out else last) - day).days
                    spans.append((max(0, (month.start - day).days), age))
                    ends[age] += out
            assert dict(zip(ages.tolist(), left.tolist(), strict=True)) == {
                a: n for a, n in ends.items() if n
            }
            assert risk.tolist() == [sum(a <= age <= b for a, b in spans) for age in ages.tolist()]


def hw_last(world):
    for deal in world:
        yield deal["created_at"]
        yield deal["removed_at"] or deal["created_at"]
        for table in edge_days.TABLES:
            yield from (day for day, _ in deal["events"][table])


# All that is known is of the day before the first of the months.
LAST_OF_2024 = {
    "id": "0",
    "created_at": date(2024, 12, 31),
    "removed_at": None,
    "events": {
        "stage_changes": [(date(2024, 12, 31), "talks")],
        "amount_changes": [(date(2024, 12, 31), 0)],
        "close_date_changes": [(date(2024, 12, 31), date(2024, 12, 31))],
        "owner_changes": [(date(2024, 12, 31), "ana")],
    },
}


@SETTINGS
@given(
    edge_days.deals(),
    st.sampled_from(["all", "due"]),
    st.sampled_from(["count", "amount", "weighted"]),
)
@example(world=[LAST_OF_2024], scope="all", of="count")
def test_movement(world, scope, of):
    crm = CRM(**edge_days.rows_of(world))
    found = sm.pipeline_movement(crm.deals, MONTHS, of=of, scope=scope)
    slips = sm.slip_rate(crm.deals, MONTHS)
    for p, month in enumerate(MONTHS):
        expected, slipped = Counter(), Counter()
        counts = Counter()
        for deal in world:
            name, value = moved(deal, month, scope, of)
            start, end = month.start, month.end
            due = replay.is_open(deal, start) and in_month(deal, start, month)
            if due:
                slipped[how_slipped(deal, month, crm.known.at)] += 1
            if name:
                expected[name] += value
                counts[name] += 1
            if replay.is_open(deal, start) and (scope == "all" or due):
                expected["opening"] += worth(deal, start, of)
            if replay.is_open(deal, end) and (scope == "all" or in_month(deal, end, month)):
                expected["closing"] += worth(deal, end, of)
        for name in ("opening", "closing", *PARTS):
            line = found.part(name)
            assert isinstance(line, sm.Total)
            assert line.exact_fraction(p, 0) == expected[name], name
        unbegun = month.start > crm.known.at
        for name in PARTS:
            cell = found.part(name).cell(p, 0)
            assert cell.value is None if unbegun else cell.n == counts[name], name
        parts, slip = found.cell(p, 0).parts, slips.cell(p, 0).parts
        told = {k: v for k, v in slip.items() if v and k not in ("due", "overdue")}
        assert told == ({} if unbegun else dict(slipped))
        if of == "weighted" or unbegun:
            continue
        won = (
            sm.bookings(crm.deals, month).exact
            if of == "amount"
            else sm.won_deals(crm.deals, month).value
        )
        assert parts["bookings"] == won
        reasons = ("won_repriced", "transient_won", "won_elsewhere")
        assert parts["bookings"] == parts["won"] + sum(parts[name] for name in reasons)
        reasons = ("created_repriced", "transient_created", "created_elsewhere")
        assert parts["pipeline_created"] == parts["created"] + sum(parts[name] for name in reasons)


PARTS = (
    "created", "reopened", "pulled_in", "increased", "decreased", "unchanged", "pushed_out", "won",
    "lost", "removed",
)  # fmt: skip


def worth(deal, end, of):
    """What an open deal comes to: one, its amount, or that times its stage's probability."""
    amount = 1 if of == "count" else replay.value_at(deal, "amount_changes", end)
    stage = replay.value_at(deal, "stage_changes", end) if of == "weighted" else None
    return amount * (replay.PROBABILITY[stage] if of == "weighted" else 1)


def in_month(deal, end, month):
    due = replay.value_at(deal, "close_date_changes", end)
    return due is not None and due in month


def moved(deal, month, scope, of):
    """The one part of a deal, and its value there."""
    start, end = month.start, month.end
    open0, open1 = replay.is_open(deal, start), replay.is_open(deal, end)
    in0 = open0 and (scope == "all" or in_month(deal, start, month))
    in1 = open1 and (scope == "all" or in_month(deal, end, month))
    v0 = worth(deal, start, of) if open0 else 0
    v1 = worth(deal, end, of) if open1 else 0
    if in0 and in1:
        return (
            ("increased", v1 - v0)
            if v1 > v0
            else ("decreased", v0 - v1)
            if v1 < v0
            else ("unchanged", 0)
        )
    if in0 and open1:
        return "pushed_out", v0
    if in0:
        kind = replay.closing(deal, end)[0]
        return ("removed" if kind == "open" else kind), v0
    if in1 and open0:
        return "pulled_in", v1
    if in1:
        return ("created" if deal["created_at"] >= start else "reopened"), v1
    return None, 0


def how_slipped(deal, month, known):
    if replay.is_open(deal, month.end):
        due = replay.value_at(deal, "close_date_changes", month.end)
        if due is None or due >= month.end:
            return "moved"
        return "unmoved" if month.end <= known + timedelta(days=1) else "undecided"
    return "removed" if replay.closing(deal, month.end)[0] == "open" else "closed"


@SETTINGS
@given(edge_days.deals(), st.sampled_from(["amount", "weighted", "count"]))
def test_groups_of_a_movement_close_and_add_up(world, of):
    crm = CRM(**edge_days.rows_of(world))
    whole = sm.pipeline_movement(crm.deals, MONTHS, of=of)
    kpi = {"amount": sm.open_pipeline, "weighted": sm.weighted_pipeline, "count": sm.open_deals}[of]
    for by in ("owner", "stage"):
        grouped = sm.pipeline_movement(crm.deals, MONTHS, by=by, of=of)
        stock = cells(kpi(crm.deals, MONTHS, by=by))
        for p, month in enumerate(MONTHS):
            for g, group in enumerate(grouped.groups):
                assert grouped.cell(p, g).exact == stock[*group, month.label].exact
        rolled = grouped.over(by)
        for p in range(len(MONTHS)):
            parts = dict(rolled.cell(p, 0).parts)
            assert parts.pop("transferred_in") == parts.pop("transferred_out")
            moved = whole.cell(p, 0).parts
            expected = {k: v for k, v in moved.items() if not k.startswith("transferred")}
            assert parts == expected


def left_from(world, row, end):
    """How a deal that had closed by then did so, and the stage and owner that it left the
    pipeline from: at the close, or at the removal where it was removed before that."""
    moves = [
        c for c in changes(world, "stage_changes", row["id"]) if world.day(c["changed_at"]) < end
    ]
    kind, since = close_of(world, moves) if moves else (row["outcome"], row["closed_at"])
    gone = row["removed_at"]
    if gone is not None and moment(world, gone) < moment(world, since):
        left = at_event(world, row | {"closed_at": gone}, "closed_at")
        return kind, _stage_by(world, moves, gone), left["owner"]
    stage = None
    for at, move in enumerate(moves):
        if kind_of(world, move["stage"]) == "open":
            stage = move["stage"]
        elif close_of(world, moves[: at + 1]) == (kind, since):
            break
    return kind, stage, at_event(world, row | {"closed_at": since}, "closed_at")["owner"]


def _stage_by(world, moves, gone):
    """The last open stage by a removal; of one of which only the day is known, that day's last."""
    last, day = moment(world, gone), world.day(gone)
    of_day = last == moment(world, day)
    by_then = [
        move["stage"]
        for move in moves
        if moment(world, move["changed_at"]) <= last
        or (of_day and world.day(move["changed_at"]) == day)
    ]
    return next((stage for stage in by_then[::-1] if kind_of(world, stage) == "open"), None)


def left_removed(world, row, end):
    """Whether a deal was removed and no close is told by then: a close that is told outranks it."""
    gone, closed = world.day(row["removed_at"]), world.day(row["closed_at"])
    if gone is None or gone >= end:
        return False
    moves = [
        c for c in changes(world, "stage_changes", row["id"]) if world.day(c["changed_at"]) < end
    ]
    if moves:
        return close_of(world, moves)[0] == "open"
    return closed is None or closed >= end


REMOVED_THEN_CLOSED = with_changes(  # on the day after, by another owner
    made(None, "USD", {"stages": [], "owners": [], "deals": [b"\1\0\2\0\1" + bytes(18)]}),
    [b"\xdf\0\2\0"],
    [bytes(2)],
)


@SETTINGS
@given(histories(("deals", "stages", "owners")))
@example(REMOVED_THEN_CLOSED)
def test_what_closed_is_moved_from_where_it_closed(given_world):
    """By instants: whatever stages and owners a deal went through on its last day."""
    world, crm = complete(given_world), crm_of(given_world)
    if not crm.deals.size:
        return
    periods = tuple(sm.period(label) for label in ("2017-Q4", "2017-11", "2017-11-15"))
    rows = [row for row in world.rows("deals") if row["created_at"]]
    for by, place in (("stage", 1), ("owner", 2)):
        moved = sm.pipeline_movement(crm.deals, periods, by=by, of="count")
        for p, period in enumerate(periods):
            expected = Counter()
            for row in rows:
                left_now = stood(world, row, period.start) and not stood(world, row, period.end)
                if left_now and not left_removed(world, row, period.end):
                    left = left_from(world, row, period.end)
                    expected["won" if left[0] == "won" else "lost", left[place]] += 1
            found = {
                (name, group): count
                for g, (group,) in enumerate(moved.groups)
                for name in ("won", "lost")
                if (count := moved.cell(p, g).parts[name])
            }
            assert found == dict(expected), by


@st.composite
def before_and_after(draw):
    """A world, an instant, and the same world with other events after it."""
    world = draw(edge_days.deals())
    instant = draw(st.sampled_from(edge_days.DAYS))
    other = []
    for deal in world:
        if deal["created_at"] > instant:
            continue  # it was not there: another one may be
        kept = {t: [e for e in deal["events"][t] if e[0] <= instant] for t in edge_days.TABLES}
        new = draw(edge_days.events(deal["created_at"], instant + timedelta(days=1), False))
        gone = deal["removed_at"]
        if gone is None or gone > instant:
            gone = draw(st.sampled_from([None, instant + timedelta(days=3)]))
        events = {t: kept[t] + new[t] for t in edge_days.TABLES}
        other.append({**deal, "removed_at": gone, "events": events})
    if draw(st.booleans()) and instant < edge_days.DAYS[-1]:
        other += draw(edge_days.deals(first=100, after=instant, most=2))
    return world, other, instant


@SETTINGS
@given(before_and_after(), st.sampled_from([(), "owner", "stage"]))
def test_what_happens_after_the_instant_changes_nothing(worlds, by):
    """The law of as-of, over the whole catalogue."""
    one, two, instant = worlds
    found = []
    for world in (one, two):
        if not any(deal["created_at"] <= instant for deal in world):
            return
        crm = CRM(**edge_days.rows_of(world))
        found.append(sm.snapshot(crm, MONTHS, by=by, as_of=instant).to_dict())
    for document in found:
        del document["rows"]  # what was given, whenever it was
        for kpi in document["kpis"]:  # groups that only occur later have nothing in them
            kpi["figures"] = [f for f in kpi["figures"] if f["n"] or f["excluded"] or f["value"]]
    assert found[0] == found[1]
    assert found[0]["kpis"]


@SETTINGS
@given(edge_days.deals())
def test_as_of_all_that_is_known_changes_nothing(world):
    crm = CRM(**edge_days.rows_of(world))
    known = sm.snapshot(crm, MONTHS, by="owner").to_dict()
    assert sm.snapshot(crm.as_of(crm.known.at), MONTHS, by="owner").to_dict() == known


@pytest.mark.parametrize("rows", [1, 3])
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(edge_days.deals(most=9))
def test_batches_measure_what_one_call_measures(rows, world):
    crm = CRM(**edge_days.rows_of(world))
    for by in ((), "owner", "stage", ("owner", "stage")):
        for kpi in (
            sm.open_deals, sm.open_pipeline, sm.weighted_pipeline, sm.time_in_stage, sm.bookings,
            sm.stage_conversion, sm.pipeline_movement, sm.slip_rate, sm.sales_cycle_estimate,
            sm.create_and_close_share, sm.deal_size, sm.deal_age,
        ):  # fmt: skip
            whole = kpi(crm.deals, MONTHS, by=by)
            stream, result = run.batches(crm.deals, rows), None
            for _ in range(0, crm.deals.size, rows):
                result = kpi(next(stream), MONTHS, by=by)
            assert result.to_records() == whole.to_records(), kpi.__name__


def test_groups_do_not_depend_on_the_size_of_chunks(monkeypatch):
    deals = [
        {"id": str(n), "created_at": "2025-01-05", "owner": f"o{n % 3}", "amount": n}
        for n in range(9)
    ]
    moves = [{"deal": str(n), "owner": f"p{n % 4}", "changed_at": "2025-02-03"} for n in range(9)]
    crm = CRM(deals=deals, owner_changes=moves, currency="EUR", all_open=True)
    whole = sm.open_pipeline(crm.deals, MONTHS, by="owner").to_records()
    monkeypatch.setattr(run, "CHUNK", 2)
    assert sm.open_pipeline(crm.deals, MONTHS, by="owner").to_records() == whole


@pytest.mark.parametrize("removed", ["2025-02-09", "2025-02-10", "2025-02-11"])
@pytest.mark.parametrize("with_changes", [True, False])
def test_a_close_that_is_told_outranks_a_removal(removed, with_changes):
    stages = [{"id": "demo", "type": "open", "order": 1}, {"id": "won", "type": "won", "order": 2}]
    deal = {"id": "1", "created_at": "2025-01-02", "removed_at": removed, "stage": "won"}
    deal |= {"outcome": "won", "closed_at": "2025-02-10"}
    moves = [("demo", "2025-01-02"), ("won", "2025-02-10")]
    changed = [{"deal": "1", "stage": stage, "changed_at": at} for stage, at in moves]
    tables = {"stage_changes": changed} if with_changes else {}
    crm = CRM(deals=[deal], stages=stages, currency="EUR", **tables)
    parts = sm.pipeline_movement(crm.deals, "2025-02", of="count").parts
    assert (parts["opening"], parts["won"], parts["removed"]) == (1, 1, 0)


@pytest.mark.parametrize("by", ["owner", "stage"])
def test_sizes_of_batches_are_those_of_all_deals(by):
    deals = [
        {"id": str(n), "created_at": "2025-01-02", "outcome": "won", "closed_at": "2025-02-10",
         "stage": "won", "amount": 10 * (5 - n), "owner": "bo"}
        for n in range(5)
    ]  # fmt: skip
    moves = [{"deal": str(n), "owner": "ana", "changed_at": "2025-02-01"} for n in range(5)]
    crm = CRM(deals=deals, owner_changes=moves, currency="EUR")
    whole = sm.deal_size(crm.deals, "2025-02", by=by)
    stream, result = run.batches(crm.deals, 1), None
    for _ in range(crm.deals.size):
        result = sm.deal_size(next(stream), "2025-02", by=by)
    assert result.to_records() == whole.to_records()
    assert [row["n"] for row in whole.to_records() if row["n"]] == [5]
