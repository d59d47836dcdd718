"""Every row of the decision table in docs/explanation/history-rules.md."""

from __future__ import annotations

import re
from datetime import date
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics import CRM
from salesmetrics.columns import MISSING, Codes, Numbers, Repeated, Times
from salesmetrics.history.stretches import ended
from salesmetrics.history.tracks import DealHistory, Track
from salesmetrics.history.versions import Taken
from salesmetrics.tables.past import _other_amount

RULES = Path(__file__).parents[1] / "docs" / "explanation" / "history-rules.md"
STAGES = [
    {"id": "talks", "order": 1, "type": "open", "probability": 0.2, "pipeline": "new"},
    {"id": "demo", "order": 2, "type": "open", "probability": 0.4, "pipeline": "new"},
    {"id": "offer", "order": 3, "type": "open", "probability": 0.6, "pipeline": "new"},
    {"id": "won", "order": 4, "type": "won", "pipeline": "new"},
    {"id": "signed", "order": 5, "type": "won", "pipeline": "new"},
    {"id": "lost", "order": 6, "type": "lost", "pipeline": "new"},
    {"id": "renewing", "order": 1, "type": "open", "pipeline": "renewals"},
]
DEAL = {"id": "1", "created_at": "2025-01-10", "amount": 100, "owner": "ana"}


def crm(changes=None, deal=None, more=(), **tables):
    deals = [{**DEAL, **(deal or {})}, *more]
    if changes is not None:
        tables["stage_changes"] = [
            {"deal": "1", "stage": change[0], "changed_at": change[1], **dict(change[2:])}
            for change in changes
        ]
    tables = {"tz": "UTC", "all_open": changes is None, **tables}
    return CRM(deals=deals, stages=STAGES, currency="EUR", **tables)


def stage_on(world, day):
    """The stage of the open deals at the end of a day: from the stock, and from as_of."""
    later = world.as_of("2026-01-01").deals  # nothing happened in the days after the last event
    open_by = sm.open_deals(later, day, by="stage")
    counted = [cell.group[0] for cell in open_by if cell.value]
    then = world.as_of(day).deals
    known = [
        label
        for label, is_open in zip(labels(then, "stage"), then.where("open"), strict=True)
        if is_open
    ]
    assert counted == known, (counted, known)
    return counted


def labels(deals, name):
    column = deals.codes(name)
    return [column.labels[code] for code in column.codes.tolist()]


def closes(world):
    deals = world.deals
    days = [
        None if d == 65535 else date.fromordinal(int(d) + 719163)
        for d in deals.times("closed_at").days
    ]
    return [(o, d and d.isoformat()) for o, d in zip(labels(deals, "outcome"), days, strict=True)]


def exits(world, period=sm.ALL_TIME):
    found = sm.stage_conversion(world.deals, period, by="stage")
    return {
        cell_group[0]: {k: v for k, v in found.cell(0, g).parts.items() if v and k != "entries"}
        for g, cell_group in enumerate(found.groups)
        if found.cell(0, g).parts["entries"]
    }


def refused(field, reason, **given):
    with pytest.raises(sm.DataError, match=reason) as caught:
        crm(**given)
    assert {fault.field for fault in caught.value.faults} == {field}
    kept = crm(**given, on_error="collect")
    assert len(kept.faults["stage_changes"]) == len(caught.value.faults)
    return kept


def rule_order_of_rows():
    moves = [("talks", "2025-01-10"), ("demo", "2025-02-01"), ("offer", "2025-03-01")]
    for order in (moves, moves[::-1], [moves[1], moves[2], moves[0]]):
        world = crm(order)
        days = ("2025-01-31", "2025-02-01", "2025-03-01")
        assert [stage_on(world, day) for day in days] == [["talks"], ["demo"], ["offer"]]


OWNED = {"id": "1", "created_at": "2025-01-10", "owner": "ana"}
AT = "2025-02-01T10:00:00+00:00"


def rule_one_instant():
    moves = [("talks", "2025-01-10"), ("demo", AT), ("offer", AT)]
    for rows in permutations(moves):
        world = crm(rows)
        assert stage_on(world, "2025-02-01") == ["offer"]
        assert exits(world)["demo"] == {"advanced": 1}


def rule_one_instant_chain():
    def move(before, after):
        return (after, AT, ("previous_stage", before))

    def at_the_end(*moves):
        worlds = [crm([("talks", "2025-01-10"), *rows]) for rows in permutations(moves)]
        found = [
            (stage_on(world, "2025-02-01"), exits(world), dict(world.deals.history.notes))
            for world in worlds
        ]
        assert all(each == found[0] for each in found)
        return found[0]

    back = at_the_end(move("talks", "offer"), move("offer", "demo"))
    assert back == (
        ["demo"],
        {"talks": {"advanced": 1}, "offer": {"moved_back": 1}, "demo": {"still_there": 1}},
        {},
    )
    # There and back again, then on: the way that leaves none of them over.
    again = at_the_end(move("talks", "demo"), move("talks", "offer"), move("offer", "talks"))
    assert again[0] == ["demo"]
    assert again[1]["talks"] == {"advanced": 2}
    assert again[2] == {}
    # From where nothing stood, a chain begins with what no other change leads to.
    first = [move("offer", "demo"), move("demo", "talks")]
    for rows in permutations(first):
        assert stage_on(crm(rows), "2025-02-01") == ["talks"]
    # The end of one instant is where the next one begins.
    later = [("offer", "2025-02-02", ("previous_stage", stage)) for stage in ("demo", "renewing")]
    later.append(("renewing", "2025-02-02", ("previous_stage", "offer")))
    for rows in permutations([move("talks", "offer"), move("offer", "demo"), *later]):
        world = crm([("talks", "2025-01-10"), *rows])
        assert stage_on(world, "2025-02-02") == ["offer"]
        assert not world.deals.history.notes
    # Where they do not fit they are as many breaks as there are, wherever the rows stand.
    broken = at_the_end(move("demo", "offer"), move("signed", "talks"))
    assert broken[0] == ["talks"]
    assert broken[2] == {"broken chain": 2}
    # One that says nothing stands where it breaks no chain.
    assert at_the_end(("demo", AT), move("talks", "offer"))[0] == ["demo"]
    assert at_the_end(("talks", AT), move("talks", "offer"))[0] == ["offer"]


def rule_one_instant_values():
    def last(table, field, values):
        found = set()
        for rows in permutations(values):
            changes = [{"deal": "1", field: value, "changed_at": AT} for value in rows]
            world = crm(deal={field: None}, **{table: changes})
            assert len(world.deals.history.tracks[field].days) == 1 + len(values)
            column = world.deals.columns[field]
            found.add(
                labels(world.deals, field)[0]
                if field == "owner"
                else column.values[0]
                if field == "amount"
                else int(column.days[0]) + 719163
            )
        return found

    assert last("amount_changes", "amount", [20, None, 100]) == {10000}
    dates = ["2025-05-01", "2025-03-01", None]
    assert last("close_date_changes", "expected_close_at", dates) == {date(2025, 5, 1).toordinal()}
    assert last("owner_changes", "owner", ["bo", "ana", None]) == {"bo"}
    # A stage without an order comes after those with one, and then the name tells.
    for ids, order in ((("b", "a"), (1, 2)), (("a", "b"), (2, None)), (("b", "a"), (None, None))):
        stages = [{"id": i, "order": o, "type": "open"} for i, o in zip(ids, order, strict=True)]
        changes = [{"deal": "1", "stage": stage, "changed_at": AT} for stage in ("a", "b")]
        for rows in (changes, changes[::-1]):
            for listed in (stages, stages[::-1]):
                world = CRM(deals=[OWNED], stages=listed, stage_changes=rows, tz="UTC")
                wanted = "a" if order == (1, 2) else "b"
                assert stage_on(world, "2025-02-01") == [wanted]


def rule_one_instant_close():
    for rows in permutations([("won", AT), ("offer", AT), ("renewing", AT)]):
        world = crm([("talks", "2025-01-10"), *rows])
        assert closes(world) == [("won", "2025-02-01")]
    early = [{"id": "gone", "order": 0, "type": "lost"}, *STAGES]
    changes = [{"deal": "1", "stage": stage, "changed_at": AT} for stage in ("talks", "gone")]
    for rows in (changes, changes[::-1]):
        world = CRM(deals=[OWNED], stages=early, stage_changes=rows, tz="UTC")
        assert closes(world) == [("lost", "2025-02-01")]


def rule_date_only():
    world = crm(
        [("talks", "2025-01-10"), ("demo", "2025-02-01"), ("offer", "2025-02-01T00:00:01+00:00")]
    )
    assert labels(world.as_of("2025-02-01T00:00:01+00:00").deals, "stage") == ["demo"]
    assert labels(world.as_of("2025-02-01T00:00:00+00:00").deals, "stage") == ["talks"]


def rule_same_value_again():
    world = crm([("talks", "2025-01-10"), ("talks", "2025-01-20"), ("demo", "2025-02-01")])
    stays = sm.time_in_stage(world.deals, by="stage")
    assert (stays.at(stage="talks").n, stays.at(stage="talks").value) == (1, 22)


def rule_before_creation_same_day():
    world = crm([("talks", "2025-01-10")], {"created_at": "2025-01-10T12:00:00+00:00"})
    assert stage_on(world, "2025-01-10") == ["talks"]
    assert labels(world.as_of("2025-01-10T11:00:00+00:00").deals, "stage") == []


def rule_before_creation():
    world = refused(
        "changed_at", "before the day", changes=[("talks", "2025-01-09"), ("demo", "2025-01-10")]
    )
    assert stage_on(world, "2025-01-10") == ["demo"]


def rule_without_time():
    world = refused(
        "changed_at", "needs the time", changes=[("talks", "2025-01-10"), ("demo", None)]
    )
    assert stage_on(world, "2025-01-10") == ["talks"]


def rule_mixed_zones():
    moves = [("talks", "2025-01-10T08:00:00+00:00"), ("demo", "2025-02-01T08:00:00")]
    refused("changed_at", "without zone", changes=moves)


def rule_unknown_deal():
    changes = [{"deal": "9", "stage": "talks", "changed_at": "2025-01-10"}]
    with pytest.raises(sm.DataError, match="no such deal") as caught:
        crm(stage_changes=changes)
    assert (caught.value.faults[0].row, caught.value.faults[0].value) == (0, "9")
    world = crm(stage_changes=changes, on_error="collect")
    assert len(world.faults["stage_changes"]) == 1


def rule_unknown_stage():
    world = refused(
        "stage",
        "no such stage.*retired",
        changes=[("talks", "2025-01-10"), ("nowhere", "2025-02-01")],
    )
    assert stage_on(world, "2025-02-01") == ["talks"]


def rule_value_before():
    world = crm([("demo", "2025-02-01", ("previous_stage", "talks"))])
    assert [stage_on(world, d) for d in ("2025-01-10", "2025-01-31", "2025-02-01")] == [
        ["talks"],
        ["talks"],
        ["demo"],
    ]
    changes = [{"deal": "1", "amount": 100, "previous_amount": 70, "changed_at": "2025-02-01"}]
    priced = crm(amount_changes=changes).as_of("2025-03-31")
    months = sm.period("2025-Q1").split("month")
    assert [cell.value for cell in sm.open_pipeline(priced.deals, months)] == [70, 100, 100]


def rule_starts_late():
    world = crm([("demo", "2025-02-01")])
    assert stage_on(world, "2025-01-31") == [None]
    assert sm.open_deals(world.deals, "2025-01").value == 1
    assert exits(world) == {"demo": {"still_there": 1}}
    priced = crm(amount_changes=[{"deal": "1", "amount": 100, "changed_at": "2025-02-01"}])
    before = sm.open_pipeline(priced.deals, "2025-01")
    assert (before.value, dict(before.excluded)) == (None, {"no amount": 1})


def rule_undated_with_history():
    world = crm([("talks", "2025-01-20")], {"created_at": None})
    assert sm.open_deals(world.deals, "2025-01-19").value == 0
    assert stage_on(world, "2025-01-20") == ["talks"]
    assert sm.deals_created(world.deals, "2025-01").value == 1


def rule_no_changes_of_a_deal():
    other = {"id": "2", "created_at": "2025-01-10", "amount": 30}
    world = crm(
        more=[other], amount_changes=[{"deal": "1", "amount": 100, "changed_at": "2025-01-10"}]
    )
    found = sm.open_pipeline(world.deals, "2025-01")
    said = {"amount as it is now": 1, "open, as the caller says": 2}
    assert (found.value, dict(found.assumed)) == (130.0, said)


def rule_closed_without_stages():
    other = {
        "id": "2",
        "created_at": "2025-01-10",
        "closed_at": "2025-03-03",
        "outcome": "lost",
        "stage": "lost",
    }
    world = crm([("talks", "2025-01-10")], more=[other])
    found = sm.open_deals(world.deals, "2025-02", by="stage")
    assert {cell.group[0]: cell.value for cell in found if cell.value} == {"talks": 1, None: 1}


def rule_closed_outside_history():
    world = crm([("talks", "2025-01-10")], {"closed_at": "2025-03-03", "outcome": "won"})
    assert closes(world) == [("won", "2025-03-03")]
    assert stage_on(world, "2025-03-02") == ["talks"]
    assert stage_on(world, "2025-03-03") == []
    assert exits(world) == {"talks": {"advanced": 1}}
    lost = crm([("talks", "2025-01-10")], {"closed_at": "2025-03-03", "outcome": "lost"})
    assert exits(lost) == {"talks": {"lost": 1}}


def rule_after_close():
    closed = {"closed_at": "2025-03-03", "outcome": "won"}
    moves = [("talks", "2025-01-10"), ("demo", "2025-03-03"), ("offer", "2025-03-04")]
    world = refused("changed_at", "after the deal's closed_at", changes=moves, deal=closed)
    assert closes(world) == [("won", "2025-03-03")]


def rule_broken_chain():
    world = crm([("talks", "2025-01-10"), ("offer", "2025-02-01", ("previous_stage", "demo"))])
    assert world.deals.history.notes == {"broken chain": 1}
    assert stage_on(world, "2025-01-31") == ["talks"]


def rule_contradiction():
    world = crm([("talks", "2025-01-10"), ("demo", "2025-02-01")], {"stage": "offer"})
    assert world.deals.history.notes == {"contradicts stage": 1}
    assert labels(world.deals, "stage") == ["demo"]
    priced = crm(amount_changes=[{"deal": "1", "amount": 99, "changed_at": "2025-01-10"}])
    assert priced.deals.history.notes == {"contradicts amount": 1}
    assert sm.open_pipeline(priced.deals, "2025-01").value == 99


def rule_contradicts_outcome():
    world = crm([("talks", "2025-01-10"), ("won", "2025-02-01")], {"stage": "talks"})
    assert closes(world) == [("won", "2025-02-01")]
    assert world.deals.history.notes == {"contradicts stage": 1, "contradicts outcome": 1}
    other = crm(
        [("talks", "2025-01-10"), ("won", "2025-02-01")],
        {"closed_at": "2025-01-31", "outcome": "won"},
    )
    assert closes(other) == [("won", "2025-02-01")]
    assert other.deals.history.notes == {"contradicts closed_at": 1}


def rule_closes():
    for stage, outcome in (("won", "won"), ("lost", "lost")):
        world = crm([("talks", "2025-01-10"), (stage, "2025-02-01")])
        assert closes(world) == [(outcome, "2025-02-01")]
        assert (
            sm.open_deals(world.deals, ("2025-01-31", "2025-02-01")).at(period="2025-02-01").value
            == 0
        )


def rule_closed_twice():
    world = crm([("talks", "2025-01-10"), ("won", "2025-02-01"), ("signed", "2025-02-09")])
    assert closes(world) == [("won", "2025-02-01")]


def rule_won_then_lost():
    world = crm([("talks", "2025-01-10"), ("won", "2025-02-01"), ("lost", "2025-02-09")])
    assert closes(world) == [("lost", "2025-02-09")]
    assert closes(world.as_of("2025-02-08")) == [("won", "2025-02-01")]
    assert sm.open_deals(world.deals, "2025-02-05").value == 0


def rule_reopened():
    moves = [
        ("talks", "2025-01-10"),
        ("lost", "2025-02-01"),
        ("demo", "2025-03-01"),
        ("won", "2025-04-01"),
    ]
    world = crm(moves)
    assert closes(world) == [("won", "2025-04-01")]
    assert closes(world.as_of("2025-02-15")) == [("lost", "2025-02-01")]
    assert closes(world.as_of("2025-03-15")) == [("open", None)]
    # What the present close settled was not so at the one before: it is not known.
    then = sm.deals_created(world.as_of("2025-02-15").deals, "2025-01")
    assert then.value == 1
    assert world.as_of("2025-02-15").deals.numbers("amount").known().tolist() == [False]
    assert world.deals.numbers("amount").values.tolist() == [10_000]
    days = ("2025-01-31", "2025-02-01", "2025-02-28", "2025-03-01", "2025-03-31", "2025-04-01")
    assert [sm.open_deals(world.deals, day).value for day in days] == [1, 0, 0, 1, 1, 0]
    assert sm.sales_cycle(world.deals).value == 81
    quarter = sm.pipeline_movement(world.deals, "2025-03", of="count")
    assert (quarter.parts["reopened"], quarter.parts["closing"]) == (1, 1)


def rule_reentry():
    moves = [
        ("talks", "2025-01-10"),
        ("demo", "2025-01-20"),
        ("talks", "2025-01-25"),
        ("demo", "2025-02-10"),
    ]
    stays = sm.time_in_stage(crm(moves).deals, by="stage")
    ages, _, left, _ = stays.curve(0, stays.groups.index(("talks",)))
    assert [(int(age), int(count)) for age, count in zip(ages, left, strict=True)] == [
        (10, 1),
        (16, 1),
    ]


def rule_skipped():
    world = crm([("talks", "2025-01-10"), ("offer", "2025-02-01")])
    assert exits(world) == {"talks": {"advanced": 1}, "offer": {"still_there": 1}}


def rule_moved_back():
    world = crm([("talks", "2025-01-10"), ("offer", "2025-02-01"), ("demo", "2025-03-01")])
    assert exits(world)["offer"] == {"moved_back": 1}
    assert stage_on(world, "2025-03-01") == ["demo"]


def rule_without_place():
    """A stage without order counts as the last, one that shares it by its id; both are said."""
    more = [{"id": "new", "type": "open", "pipeline": "new"}]
    twin = [{"id": "twin", "type": "open", "order": 2, "pipeline": "new"}]
    moves = [("talks", "2025-01-10"), ("new", "2025-02-01"), ("demo", "2025-03-01")]
    rows = [{"deal": "1", "stage": s, "changed_at": d} for s, d in moves]
    why = "a stage without a place of its own in the order: the last, or by its id"
    for stages, left, said, doubtful in (
        (STAGES, None, {}, []),
        (STAGES + more, {"talks": {"advanced": 1}, "new": {"moved_back": 1}}, {why: 2}, ["new"]),
        (STAGES + twin, {"talks": {"advanced": 1}, "demo": {"still_there": 1}}, {why: 2},
         ["demo", "twin"]),
    ):  # fmt: skip
        mine = rows if stages == STAGES + more else [row for row in rows if row["stage"] != "new"]
        world = CRM(deals=[OWNED], stages=stages, stage_changes=mine, currency="EUR")
        if left is not None:
            assert exits(world) | left == exits(world)
        found = sm.stage_conversion(world.deals)
        assert dict(found.assumed) == said
        assert why not in sm.time_in_stage(world.deals, "2025-02").assumed  # asks no order
        told = [one for one in sm.quality(world).findings if one.kind == "stage_without_place"]
        assert [name for one in told for name in one.examples] == doubtful


def rule_change_of_pipeline():
    world = crm([("offer", "2025-01-10"), ("renewing", "2025-02-01")])
    assert exits(world) == {"offer": {"handed_off": 1}, "renewing": {"still_there": 1}}


def rule_renamed():
    moves = [("talks", "2025-01-10"), ("demo", "2025-02-01")]
    named = [{**stage, "label": f"new name of {stage['id']}"} for stage in STAGES]
    rows = [{"deal": "1", "stage": s, "changed_at": d} for s, d in moves]
    world = CRM(deals=[OWNED], stages=named, stage_changes=rows, currency="EUR")
    assert exits(world) == exits(crm(moves))


def rule_retired():
    world = crm([("demo", "2025-01-10"), ("offer", "2025-02-01")], {"stage": "offer"})
    assert exits(world) == {"demo": {"advanced": 1}, "offer": {"still_there": 1}}


def rule_gap_between_periods():
    rows = [
        {"d": "1", "s": "talks", "a": "2025-01-10", "b": "2025-02-01"},
        {"d": "1", "s": "demo", "a": "2025-02-10", "b": None},
    ]
    changes = sm.changes_from_periods(rows, deal="d", value="s", entered="a", left="b")
    world = crm(stage_changes=changes)
    assert [stage_on(world, d) for d in ("2025-01-31", "2025-02-05", "2025-02-10")] == [
        ["talks"],
        [None],
        ["demo"],
    ]
    assert exits(world) == {"talks": {"unknown": 1}, "demo": {"still_there": 1}}


def rule_removed(deal=None):
    world = crm([("talks", "2025-01-10")], {"removed_at": "2025-02-01", **(deal or {})})
    assert [sm.open_deals(world.deals, d).value for d in ("2025-01-31", "2025-02-01")] == [1, 0]
    created = sm.deals_created(world.deals, "2025-01")
    assert (created.value, dict(created.excluded)) == (0, {"removed": 1})
    assert sm.deals_created(world.as_of("2025-01-31").deals, "2025-01").value == 1
    assert sm.pipeline_movement(world.deals, "2025-02", of="count").parts["removed"] == 1
    plain = crm(deal={"removed_at": "2025-02-01"})  # the same without any history
    assert [sm.open_deals(plain.deals, d).value for d in ("2025-01-31", "2025-02-01")] == [1, 0]


def rule_merged():
    rule_removed({"merged_into": "2"})


NAMES = re.findall(r"\| `([a-z_]+)` \|$", RULES.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_rule(name):
    globals()[f"rule_{name}"]()


def test_every_rule_stands_in_the_table():
    assert sorted(NAMES) == sorted(
        n.removeprefix("rule_") for n in globals() if n.startswith("rule_")
    )
    assert len(NAMES) > 30


def test_a_movement_of_what_nobody_priced_is_not_0() -> None:
    rows = [
        {"id": 1, "created_at": "2025-01-05"},
        {"id": 2, "created_at": "2025-02-05", "closed_at": "2025-02-20", "outcome": "won",
         "amount": 70},
    ]  # fmt: skip
    moved = sm.pipeline_movement(sm.Deals.of(rows, currency="USD"), "2025-02")
    (cell,) = moved.rows()
    assert (cell.value, cell.excluded) == (None, {"no amount": 1})
    assert cell.reason == "no amount is known: 1 no amount"
    shown = {name: moved.parts[name] for name in ("opening", "unchanged", "created", "bookings")}
    assert shown == {"opening": None, "unchanged": None, "created": 0, "bookings": 70}
    counted = sm.pipeline_movement(sm.Deals.of(rows, currency="USD"), "2025-02", of="count")
    assert counted.value == 1


def test_contradictions_are_one_finding_a_deal():
    """Deal 1 differs in stage and so in outcome, deal 2 in nothing; the changes are used."""
    crm = sm.CRM(
        deals=[
            {"id": "1", "created_at": "2025-01-01", "stage": "talks", "amount": 10},
            {"id": "2", "created_at": "2025-01-01", "stage": "talks", "amount": 5},
        ],
        stages=STAGES,
        stage_changes=[
            {"deal": "1", "stage": "talks", "changed_at": "2025-01-10"},
            {"deal": "1", "stage": "won", "changed_at": "2025-02-01"},
            {"deal": "2", "stage": "talks", "changed_at": "2025-01-10"},
        ],
        currency="EUR",
    )
    (one,) = sm.quality(crm, kpis=["bookings", "open_deals"]).of("history_contradicts")
    assert (one.rows, one.examples, one.facts["fields"]) == (1, ("1",), "stage, outcome")
    assert {e.kpi: [c.value for c in e.cells] for e in one.effects} == {"bookings": [10.0, 0.0]}


def test_a_list_amount_as_large_as_can_be_stands_in_without_overflow():
    """Minor units times a probability of nine decimals are more than 64 bits hold."""
    listed = -360_287_970_189_639
    deal = {"id": "1", "created_at": "2025-01-01", "outcome": "open", "amount": 1}
    changes = [{"deal": "1", "amount": 1, "changed_at": "2025-03-01"}]
    world = CRM(
        deals=[{**deal, "list_amount": listed, "probability": "0.123456789"}],
        amount_changes=changes,
        currency="EUR",
    )
    found = sm.weighted_pipeline(world.deals, "2025-02")
    assert str(found.exact) == "-44479995914940.55"  # listed x 0.123456789


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_close_that_changes_say_stands_beside_other_deals(order):
    """Of several deals each has its own last change: one that says won closes its deal then."""
    deals = [
        {"id": "says", "created_at": "2025-01-10", "closed_at": "2025-01-31", "outcome": "won"},
        {"id": "stands", "created_at": "2025-01-10"},
        {"id": "told", "created_at": "2025-01-10", "closed_at": "2025-03-03", "outcome": "lost"},
    ]
    moves = [
        ("says", "talks", "2025-01-10"), ("says", "won", "2025-02-10"),
        ("stands", "talks", "2025-01-10"), ("stands", "demo", "2025-02-10"),
        ("told", "demo", "2025-01-10"),
    ]  # fmt: skip
    rows = [{"deal": deal, "stage": stage, "changed_at": at} for deal, stage, at in moves]
    turned = [deals, deals[::-1]][order[0]]
    world = CRM(deals=turned, stages=STAGES, stage_changes=rows, tz="UTC")
    found = dict(zip(world.deals.ids(), closes(world), strict=True))
    assert found == {
        "says": ("won", "2025-02-10"), "stands": ("open", None), "told": ("lost", "2025-03-03"),
    }  # fmt: skip
    assert world.deals.history.notes == {"contradicts closed_at": 1}


def test_an_amount_is_another_than_its_last_change_says():
    """One that is not known says nothing; one that is known is another than one that is not."""
    now = Numbers.of(np.array([10, 10, 0, 10, 0]), np.array([0, 0, MISSING, 0, 0], np.uint8))
    last = Numbers.of(
        np.array([1000, 1100, 500, 1000, 0]), np.array([0, 0, 0, MISSING, MISSING], np.uint8), 100
    )
    assert _other_amount(now, last).tolist() == [False, True, False, True, True]


def test_forward_is_told_from_back_by_the_order_of_open_stages_alone():
    rows = [{"deal": "1", "stage": "won", "changed_at": "2025-02-01"}]

    def world(**kind):
        stages = [{"id": "won", "type": "won"}, *([{"id": "talks", "type": "open"}] * bool(kind))]
        changes = [{"deal": "1", "stage": "talks", "changed_at": "2025-01-10"}, *rows]
        return CRM(
            deals=[DEAL], stages=stages, stage_changes=changes if kind else rows, currency="EUR",
            tz="UTC",
        )  # fmt: skip

    with pytest.raises(sm.NeedsError, match="order"):
        sm.stage_conversion(world(open=True).deals, "2025-01", by="stage")
    # Nobody stood in an open stage: there is nothing to tell.
    found = sm.stage_conversion(world().deals, "2025-01", by="stage")
    assert not sum(cell.n for cell in found)


def test_a_stay_is_its_owners_who_had_the_deal_when_it_began():
    """Each deal's own changes tell: those of others, and later ones, do not."""
    deals = [{**DEAL, "id": deal, "owner": None} for deal in ("1", "2", "3")]
    owners = [
        ("1", "ana", "2025-01-10"), ("1", "bo", "2025-02-01"), ("1", "cho", "2025-02-20"),
        ("2", "dan", "2025-01-10"), ("3", "eve", "2025-01-10"), ("3", "ana", "2025-02-15"),
    ]  # fmt: skip
    moves = [(deal, stage, day) for deal in ("1", "2", "3")
             for stage, day in (("talks", "2025-01-10"), ("demo", "2025-02-15"))]  # fmt: skip
    world = CRM(
        deals=deals, stages=STAGES, currency="EUR", tz="UTC",
        owner_changes=[{"deal": d, "owner": o, "changed_at": at} for d, o, at in owners],
        stage_changes=[{"deal": d, "stage": s, "changed_at": at} for d, s, at in moves],
    )  # fmt: skip
    found = sm.stage_conversion(world.deals, sm.ALL_TIME, by=("stage", "owner"))
    entries = {cell.group: cell.n for cell in found if cell.n}
    assert entries == {
        ("talks", "ana"): 1, ("talks", "dan"): 1, ("talks", "eve"): 1,
        ("demo", "bo"): 1, ("demo", "dan"): 1, ("demo", "ana"): 1,
    }  # fmt: skip


def test_stages_in_another_numbering_keep_what_they_are():
    """Their types, places and pipelines go with the names; a name that is new has none."""
    stages = Codes(np.array([1, 2, 1], np.uint8), (None, "talks", "won"))
    track = Track(np.array([0, 2, 3]), Times(None, np.array([5, 6, 7], np.uint16)), stages)
    owners = Track(track.starts, track.times, Codes(stages.codes, (None, "ana", "bo")))
    kept = DealHistory(
        {"stage": track, "owner": owners}, np.array([0, 1, 2], np.uint8), np.array([-1, 3, 4]),
        np.array([0, 7, 8]),
    )  # fmt: skip
    for labels, types, ranks, pipelines in (
        ((None, "new", "won", "talks"), [0, 0, 2, 1], [-1, -1, 4, 3], [0, 0, 8, 7]),
        ((None, "talks", "won"), [0, 1, 2], [-1, 3, 4], [0, 7, 8]),
    ):
        found = kept.relabelled("stage", labels)
        assert found.type_of().tolist() == kept.type_of().tolist() == [1, 2, 1]
        assert found.types.tolist() == types
        assert (found.ranks.tolist(), found.pipelines.tolist()) == (ranks, pipelines)
    hands = kept.relabelled("owner", (None, "bo", "ana"))
    assert hands.tracks["owner"].values.codes.tolist() == [2, 1, 2]
    assert hands.types.tolist() == [0, 1, 2]
    assert kept.relabelled("amount", (None,)) is kept


def test_columns_made_when_asked_for_are_cut_with_their_rows():
    """Before they are made and after; own ones stand for those of the other table."""

    def whole(*numbers):
        return Numbers.of(np.array(numbers))

    for asked in (False, True):
        taken = Taken(
            {"a": whole(1, 2, 3), "b": whole(4, 5, 6)}, Repeated(np.array([0, 1, 3, 4])),
            {"b": whole(7, 8, 9, 10)}, {"c": lambda _: whole(11, 12, 13, 14)},
        )  # fmt: skip
        if asked:
            assert taken["c"].values.tolist() == [11, 12, 13, 14]
        for part, at in (
            (taken.cut(slice(1, 4), taken.rows.some(slice(1, 3))), [1, 2, 3]),
            (taken.cut(slice(1, 3), taken.rows.some(slice(1, 2))), [1, 2]),
            (taken.some(np.array([3, 1]), {}), [3, 1]),
        ):
            told = {name: part[name].values.tolist() for name in ("a", "b", "c")}
            assert told == {
                "a": [[1, 2, 2, 3][row] for row in at], "b": [7 + row for row in at],
                "c": [11 + row for row in at],
            }  # fmt: skip
            assert {"a", "b", "c"} <= {name for name in ("a", "b", "c", "d") if name in part}
            assert "d" not in part
        other = taken.some(np.array([0]), {"a": whole(99), "c": whole(98)})
        assert (other["a"].values.tolist(), other["c"].values.tolist()) == ([99], [98])


def test_what_closed_on_no_known_day_is_not_known_to_stand_on_any():
    """It ends as it begins; without a beginning, before all days; what was removed, when it was."""
    deals = sm.Deals.of(
        [
            {"id": "a", "created_at": "2025-01-10", "outcome": "lost"},
            {"id": "b", "outcome": "won"},
            {"id": "c", "created_at": "2025-01-10", "closed_at": "2025-02-01", "outcome": "won"},
            {"id": "d", "created_at": "2025-01-10", "outcome": "open"},
            {"id": "e", "outcome": "open", "removed_at": "2025-03-01"},
            {"id": "f", "closed_at": "2025-02-01", "outcome": "won", "removed_at": "2025-01-20"},
        ]
    )  # fmt: skip
    day = {at: (date.fromisoformat(f"2025-{at}") - date(1970, 1, 1)).days
           for at in ("01-10", "02-01", "03-01", "01-20")}  # fmt: skip
    assert ended(deals).days.tolist() == [
        day["01-10"], 0, day["02-01"], 65535, day["03-01"], day["01-20"]
    ]  # fmt: skip


def test_amounts_of_another_currency_are_converted_as_they_were():
    """10 dollars until the change, 20 from then on, at the rate of each month's end."""
    rates = sm.ExchangeRates(to="EUR", rates={"USD": {"2025-01-01": "0.5", "2025-02-20": "0.25"}})
    deals = [{"id": "1", "created_at": "2025-01-10", "amount": 20, "currency": "USD"}]
    changes = [
        {"deal": "1", "amount": 10, "currency": "USD", "changed_at": "2025-01-10"},
        {"deal": "1", "amount": 20, "currency": "USD", "changed_at": "2025-02-10"},
    ]
    world = CRM(
        deals=deals, amount_changes=changes, currency="EUR", rates=rates, all_open=True, tz="UTC"
    )
    found = {
        month: sm.open_pipeline(world.as_of(day).deals, month).value
        for month, day in (("2025-01", "2025-01-31"), ("2025-02", "2025-02-28"))
    }
    assert found == {"2025-01": 5.0, "2025-02": 5.0}
    assert sm.open_pipeline(world.as_of("2025-02-15").deals, "2025-01").value == 5.0
    assert sm.open_pipeline(world.as_of("2025-02-15").deals, "2025-02").value == 10.0


@pytest.mark.parametrize("told", ["no column", "blank column", "said"])
def test_a_change_of_amount_is_in_the_currency_of_its_deal(told):
    """Dollars and cents, won and a deal that names no currency; in January 100.25 and 800."""
    own = {"1": "USD", "2": "KRW", "3": None}
    rates = sm.ExchangeRates(to="KRW", rates={"USD": {"2025-01-01": "1000"}})
    deals = [
        {"id": n, "created_at": "2025-01-02", "amount": amount, "currency": own[n]}
        for n, amount in (("1", "120.50"), ("2", 1000), ("3", 5))
    ]
    each = [("1", "100.25", "2025-01-02"), ("1", "120.50", "2025-02-05"), ("2", 800, "2025-01-02"),
            ("2", 1000, "2025-02-05"), ("4", 1, "2025-02-05")]  # fmt: skip
    changes = [
        {"deal": deal, "amount": amount, "changed_at": at}
        | ({} if told == "no column" else {"currency": own.get(deal) if told == "said" else None})
        for deal, amount, at in each
    ]
    world = CRM(deals=deals, amount_changes=changes, currency="KRW", rates=rates, all_open=True,
                tz="UTC", on_error="collect")  # fmt: skip
    assert [(fault.row, fault.reason) for fault in world.faults["amount_changes"]] == [
        (4, "no such deal")
    ]
    for month, amount in (("2025-01", 101_050), ("2025-02", 121_500)):
        found = sm.open_pipeline(world.as_of("2025-03-01").deals, month)
        assert (found.value, found.excluded) == (amount, {"no currency": 1})


def test_the_values_of_some_deals_in_any_order_and_more_than_once():
    """Three values of three deals, the second of which has none."""
    times = Times(None, np.array([1, 2, 3], np.uint16))
    track = Track(np.array([0, 1, 1, 3]), times, Codes(np.array([1, 2, 1]), (None, "a", "b")))
    for rows, days in (
        ([0, 1, 2], [1, 2, 3]), ([0, 2], [1, 2, 3]), ([2, 0], [2, 3, 1]), ([2], [2, 3]),
        ([1], []), ([0, 0, 0], [1, 1, 1]), ([0, 1, 0, 0], [1, 1, 1]),
    ):  # fmt: skip
        taken = track.take(np.array(rows))
        assert taken.times.days.tolist() == days
        assert taken.deals().tolist() == [
            at for at, row in enumerate(rows) for _ in range({0: 1, 1: 0, 2: 2}[row])
        ]
