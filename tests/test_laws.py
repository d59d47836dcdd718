"""What holds for every KPI, whatever it means; new ones are held to it by their labels."""

from __future__ import annotations

import copy
import inspect
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, note, strategies as st
from oracles import ASSUMED, World, cuts
from oracles.facts import BORN, PLANS
from worlds import (
    MONTHS,
    PERIODS,
    ROSTER,
    companies,
    crm_of,
    fitted_subscription,
    groupings,
    instants,
    known_world,
    measured,
    nothing,
    worlds,
)

import salesmetrics as sm
from salesmetrics.catalog import ENTRIES, Entry
from salesmetrics.periods import ALL_TIME
from salesmetrics.tables import Table, batches

# Estimates are held to laws of their own: they learn from the past, and are no sums of rows.
COUNTED = {name: entry for name, entry in ENTRIES.items() if not entry.modelled}
NAMES = sorted(name for name, entry in COUNTED.items() if not entry.needs_history)
ADDING = [name for name in NAMES if "rows" in ENTRIES[name].label.adds_over]
FLOWING = [name for name in NAMES if "time" in ENTRIES[name].label.adds_over]
TIMELESS = [name for name in NAMES if "time" not in ENTRIES[name].label.adds_over]
TURNS = st.integers(0, 10_000)
QUARTER = sm.period("2017-Q4")
THREE = tuple(sm.period(label) for label in MONTHS)
LABELS = st.lists(st.sampled_from(PERIODS), min_size=1, max_size=3, unique=True)
over_all = pytest.mark.parametrize("name", NAMES)


def facts(result: sm.Result) -> dict[Any, Any]:
    """All that a result says, by group and day."""
    return {
        (cell.group, cell.period.start, cell.period.end): {
            "exact": cell.exact,
            "value": cell.value,
            "numerator": cell.numerator,
            "denominator": cell.denominator,
            "n": cell.n,
            "excluded": dict(cell.excluded),
            "assumed": dict(cell.assumed),
            "undefined": bool(cell.reason),
            "undecided": cell.undecided,
        }
        for cell in result.rows()
    }


Asked = tuple[sm.Period, ...]
CHANCE = st.randoms(use_true_random=False)
PERIODS_ASKED = LABELS.map(lambda labels: tuple(sm.period(label) for label in labels))


def every(names: Sequence[str], turn: int) -> Iterator[tuple[Entry, tuple[str, ...]]]:
    """Each KPI with one of the columns it can be grouped by; which, `turn` says."""
    for name in names:
        ways = groupings(ENTRIES[name])
        note(f"{name} by {ways[turn % len(ways)]}")
        yield ENTRIES[name], ways[turn % len(ways)]


def chosen(table: Table, rows: list[int]) -> Table:
    """Some rows of a table, known and linked as the whole."""
    return table.some(np.array(rows, dtype=np.int64))


@given(world=companies(), turn=TURNS, periods=PERIODS_ASKED, chance=CHANCE)
def test_the_order_of_rows_does_not_matter(
    world: World, turn: int, periods: Asked, chance: random.Random
) -> None:
    mixed = {table: chance.sample(rows, len(rows)) for table, rows in world.tables.items()}
    tables, others = crm_of(world).tables, crm_of(replace(world, tables=mixed)).tables
    for entry, by in every(NAMES, turn):
        one, two = (measured(entry, given, periods, by) for given in (tables, others))
        assert facts(one) == facts(two)
        assert one.groups == two.groups
        assert one == two


@given(data=st.data(), world=companies(), turn=TURNS, periods=PERIODS_ASKED)
def test_parts_add_up_to_the_whole(
    data: st.DataObject, world: World, turn: int, periods: Asked
) -> None:
    tables = crm_of(world).tables
    parts: list[dict[str, Table]] = [{}, {}]
    for name, table in tables.items():
        here = data.draw(st.lists(st.booleans(), min_size=table.size, max_size=table.size))
        for side, part in enumerate(parts):
            part[name] = chosen(table, [row for row, at in enumerate(here) if at == side])
    for entry, by in every(ADDING, turn):
        one, two = (measured(entry, part, periods, by) for part in parts)
        assert facts(one + two) == facts(measured(entry, tables, periods, by))


@given(data=st.data(), world=companies(), turn=TURNS)
def test_months_add_up_to_the_quarter(data: st.DataObject, world: World, turn: int) -> None:
    crm = crm_of(world)
    when = data.draw(st.none() | st.sampled_from(instants(world.tz)))
    tables = (crm if when is None else crm.as_of(when)).tables
    for entry, by in every(FLOWING, turn):
        months, quarter = (_answer(entry, tables, each, by) for each in (THREE, (QUARTER,)))
        assert months == quarter


@pytest.mark.parametrize("name", TIMELESS)
def test_what_does_not_add_over_time_refuses(name: str) -> None:
    months = measured(ENTRIES[name], crm_of(nothing()).tables, THREE)
    with pytest.raises(sm.SalesMetricsError):
        months.over("period")


@given(world=worlds(), turn=TURNS, periods=PERIODS_ASKED)
def test_a_group_is_the_kpi_of_its_rows(world: World, turn: int, periods: Asked) -> None:
    tables, known = crm_of(world).tables, known_world(world)
    for entry, by in every(
        [n for n in NAMES if not ENTRIES[n].label.of_whole and not ENTRIES[n].looks_up], turn
    ):
        whole = facts(measured(entry, tables, periods, by))
        groups = cuts(known, entry.label.tables, by, entry.label.needs_period)
        for group, cut in groups.items():
            rows = {
                table: chosen(tables[table], _places(known.rows(table), cut.rows(table)))
                for table in entry.label.tables
            }
            alone = facts(measured(entry, {**tables, **rows}, periods))
            for (_, start, end), figure in alone.items():
                # A group of a table that was not needed is none.
                there = whole.get((group, start, end))
                assert there == figure if there or not entry.label.optional else figure["n"] == 0


def _places(rows: list[Any], some: list[Any]) -> list[int]:
    wanted = {id(row) for row in some}
    return [place for place, row in enumerate(rows) if id(row) in wanted]


@given(world=companies(), turn=TURNS, periods=PERIODS_ASKED)
def test_groups_roll_up_to_the_whole(world: World, turn: int, periods: Asked) -> None:
    tables = crm_of(world).tables
    for entry, by in every(ADDING, turn):
        rolled = measured(entry, tables, periods, by)
        for column in by:
            rolled = rolled.over(column)
        assert facts(rolled) == facts(measured(entry, tables, periods))


@over_all
@pytest.mark.parametrize("when", [None, date(2017, 11, 15)])
def test_nothing_happened_is_zero_or_undefined(name: str, when: date | None) -> None:
    crm = crm_of(nothing())
    tables = (crm if when is None else crm.as_of(when)).tables
    for by in groupings(ENTRIES[name]):
        for cell in measured(ENTRIES[name], tables, (QUARTER, sm.period("2017")), by):
            assert (cell.value == 0) != bool(cell.reason)
            assert cell.n == 0
            assert not cell.excluded


@given(world=worlds(), turn=TURNS)
def test_a_period_without_anything_is_zero_or_undefined(world: World, turn: int) -> None:
    tables = crm_of(world).tables
    for entry, by in every(NAMES, turn):
        if entry.label.needs_period:
            continue  # a stock stands on
        for cell in measured(entry, tables, "2030-05", by):
            assert cell.n == 0
            assert bool(cell.reason) if cell.value is None else cell.value == 0


@given(world=companies(), turn=TURNS, periods=PERIODS_ASKED)
def test_what_is_given_is_not_changed(world: World, turn: int, periods: Asked) -> None:
    before = copy.deepcopy(world)
    crm = crm_of(world)
    past = crm.as_of(date(2017, 11, 15)).tables
    whole = {name: _contents(table) for name, table in crm.tables.items()}
    for entry, by in every(NAMES, turn):
        measured(entry, crm.tables, periods, by)
        measured(entry, past, periods, by)
    assert world == before
    for table, contents in whole.items():
        for column, arrays in _contents(crm.tables[table]).items():
            assert all(map(np.array_equal, arrays, contents[column]))


def _contents(table: Table) -> dict[str, list[Any]]:
    return {
        column: [
            np.array(part, copy=True)
            for slot in type(held).__dataclass_fields__
            if isinstance(part := getattr(held, slot), np.ndarray)
        ]
        for column, held in table.columns.items()
    }


@given(world=companies(), turn=TURNS, periods=PERIODS_ASKED)
def test_as_of_what_is_known_changes_nothing(world: World, turn: int, periods: Asked) -> None:
    crm = crm_of(world)
    if crm.known is None or crm.known.assumed:  # what is assumed is said beside the figures
        return
    same, later = (crm.as_of(at).tables for at in (crm.known.at, date(2029, 1, 1)))
    for entry, by in every(NAMES, turn):
        one = facts(measured(entry, crm.tables, periods, by))
        assert facts(measured(entry, same, periods, by)) == one
        if not entry.moves_with_time and not any(_waits(crm, period) for period in periods):
            assert facts(measured(entry, later, periods, by)) == one


def _waits(crm: sm.CRM, period: sm.Period | str) -> bool:
    """Whether the period begins after what is known: later its days are known to be quiet."""
    asked = sm.period(period) if isinstance(period, str) else period
    return crm.known is not None and asked.start.toordinal() > crm.known.at.toordinal() - 1


def _with_later(world: World) -> World:
    """With a deal of a later year: else an instant after all others would be now, not then."""
    later = {"id": "later", "created_at": date(2020, 1, 1), "outcome": "open"}
    deals = [*world.tables["deals"], dict.fromkeys(world.columns["deals"]) | later]
    return replace(world, tables={**world.tables, "deals": deals})


@given(data=st.data(), world=companies(), turn=TURNS, periods=PERIODS_ASKED)
def test_the_earlier_of_two_as_ofs_holds(
    data: st.DataObject, world: World, turn: int, periods: Asked
) -> None:
    crm, zone = crm_of(_with_later(world)), ZoneInfo(world.tz or "UTC")
    ends = {}
    for _ in range(2):
        at = data.draw(st.sampled_from(instants(world.tz)))
        day_after = datetime.combine(at, time()) + timedelta(days=1)
        ends[at] = at if isinstance(at, datetime) else day_after.replace(tzinfo=zone)
    both = crm
    for at in ends:
        both = both.as_of(at)
    earlier = crm.as_of(min(ends, key=lambda at: ends[at])).tables
    for entry, by in every(NAMES, turn):
        one, two = (_answer(entry, tables, periods, by) for tables in (both.tables, earlier))
        assert one == two


@given(data=st.data(), world=worlds(), turn=TURNS, periods=PERIODS_ASKED, chance=CHANCE)
def test_the_future_does_not_change_the_past(
    data: st.DataObject, world: World, turn: int, periods: Asked, chance: random.Random
) -> None:
    at = data.draw(st.sampled_from(instants(world.tz)))
    world = _with_later(world)
    changed = replace(world, tables={t: _changed(world, t, at, chance) for t in world.tables})
    tables, others = (crm_of(each).as_of(at).tables for each in (world, changed))
    for entry, by in every(NAMES, turn):
        one, two = (_answer(entry, given, periods, by) for given in (tables, others))
        assert one == two


def _answer(entry: Entry, tables: Any, periods: Asked, by: tuple[str, ...]) -> Any:
    """What was known (three months, as their quarter), or what was lacking then: costs of a
    category that only later ones have."""
    try:
        found = measured(entry, tables, periods, by)
    except sm.NeedsError as lacking:
        return str(lacking)
    return facts(found.over("period") if periods is THREE else found), found.known_until


def _changed(world: World, table: str, at: Any, chance: random.Random) -> list[dict[str, Any]]:
    """The same rows up to the moment, and others afterwards."""

    def is_later(value: Any) -> bool:
        if isinstance(at, datetime):
            return world.instant(value) >= at
        return world.day(value) > at  # type: ignore[operator]

    found = []
    for row in world.rows(table):
        times = [c for c in row if c.endswith("_at") and c not in PLANS and row[c] is not None]
        later = {column for column in times if is_later(row[column])}
        if BORN.get(table) in later and row["id"] != "later" and chance.random() < 0.5:
            continue
        new = row | {column: date(2019, 1, chance.randint(1, 28)) for column in later}
        if table == "deals" and "closed_at" in later:
            new |= {"outcome": chance.choice(["won", "lost", "disqualified"]), "stage": None}
            new |= {"amount": chance.randint(0, 9), "probability": 1, "loss_reason": "other"}
        if table == "subscriptions" and "cancelled_at" in later:
            new |= {"ended_at": chance.choice([None, date(2017, 11, 15), date(2018, 6, 30)])}
        found.append(fitted_subscription(new) if table == "subscriptions" else new)
    return found


TOGETHER = (
    (),
    ("owner",),
    ("product",),
    ("stage",),
    ("stage.type",),
    ("owner", "customer.industry"),
)


@contextmanager
def batches_of(rows: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        module = import_module("salesmetrics.measuring")
        patch.setattr(module, "batches", lambda table, _: batches(table, rows))
        yield


@given(data=st.data(), rows=st.integers(1, 7))
def test_snapshot_in_batches_is_one_call_is_by_hand(data: st.DataObject, rows: int) -> None:
    world = data.draw(companies())
    by = data.draw(st.sampled_from(TOGETHER))
    periods = tuple(sm.period(label) for label in data.draw(LABELS))
    crm = crm_of(world)
    assumed = {key: value for given in ASSUMED.values() for key, value in given.items()}
    whole = sm.snapshot(crm, periods, by=by, kpis=NAMES, assumptions=assumed)
    with batches_of(rows):
        cut = sm.snapshot(crm, periods, by=by, kpis=NAMES, assumptions=assumed)
    assert cut.to_dict() == whole.to_dict()
    assert {figure.name for figure in whole.figures} == set(NAMES)
    for figure in cut.figures:
        alone = measured(figure.entry, crm.tables, periods)
        assert facts(figure.total) == facts(alone), figure.name
        if figure.groups is not None:
            grouped = measured(figure.entry, crm.tables, periods, by, assumed.get("target"))
            assert facts(figure.groups) == facts(grouped), figure.name


REST = sorted(set(ENTRIES) - set(NAMES))  # what history tells more of, and forecasts


@given(world=companies(), turn=TURNS, rows=st.integers(1, 7), labels=LABELS)
def test_batches_of_deals_without_history(
    world: World, turn: int, rows: int, labels: list[str]
) -> None:
    periods = tuple(sm.period(label) for label in labels)
    crm, by = crm_of(world), TOGETHER[turn % len(TOGETHER)]
    assumed = {key: value for given in ASSUMED.values() for key, value in given.items()}
    whole = sm.snapshot(crm, periods, by=by, kpis=REST, assumptions=assumed)
    with batches_of(rows):
        cut = sm.snapshot(crm, periods, by=by, kpis=REST, assumptions=assumed)
    assert cut.to_dict() == whole.to_dict()
    assert "pipeline_movement" in {figure.name for figure in cut.figures}


def test_movement_of_a_batch_that_is_not_the_first() -> None:
    deals: list[dict[str, Any]] = [
        {"id": at, "created_at": "2025-01-05", "amount": 10**at, "outcome": "open"}
        for at in range(5)
    ]
    deals[1] |= {"created_at": "2025-02-05"}
    deals[3] |= {"outcome": "won", "closed_at": "2025-02-20"}
    crm = sm.CRM(deals=deals, currency="USD", tz="UTC").as_of("2025-03-02")
    for size in (1, 2, 3, 9):
        with batches_of(size):
            moved = sm.snapshot(crm, "2025-02", kpis="pipeline_movement")["pipeline_movement"]
        parts = {name: moved.part(name).exact for name in ("opening", "created", "won", "closing")}
        # What the one that was won was worth while it was open is not known.
        assert parts == {"opening": 10101, "created": 10, "won": None, "closing": 10111}


@over_all
def test_every_signature_ends_alike(name: str) -> None:
    entry = ENTRIES[name]
    parameters = list(inspect.signature(entry.function).parameters.values())
    places = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert places == [*entry.label.tables, "period"]
    assert parameters[len(places)].name == "by"
    assert parameters[len(places)].default is None
    assert all(p.kind is p.KEYWORD_ONLY for p in parameters[len(places) :])
    period = parameters[len(places) - 1]
    needs = period.default is inspect.Parameter.empty
    assert needs == entry.label.needs_period
    assert needs or period.default == ALL_TIME
    # What adds over time is a flow, and a flow has a figure for all time.
    assert not (needs and "time" in entry.label.adds_over)


@over_all
def test_a_column_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(sm.ColumnError, match="no_such_column"):
        measured(ENTRIES[name], crm_of(nothing()).tables, QUARTER, ("no_such_column",))


@given(world=worlds(), periods=PERIODS_ASKED)
def test_owners_on_the_roster_appear(world: World, periods: Asked) -> None:
    tables = crm_of(world).tables
    for name in [
        n for n in NAMES if not ENTRIES[n].label.of_whole and ("owner",) in groupings(ENTRIES[n])
    ]:
        entry = ENTRIES[name]
        result = measured(entry, tables, periods, ("owner",))
        assert {(owner["id"],) for owner in ROSTER} <= set(result.groups)
        busy = {row["owner"] for table in entry.label.tables for row in world.rows(table)}
        for cell in result:
            if cell.group[0] not in busy:
                assert cell.value in (0, None)
                assert cell.n == 0


def test_batches_agree_on_sums_beyond_64_bits() -> None:
    """None of the batches needs more than 64 bits by itself."""
    rows = [
        {"id": at, "created_at": "2017-01-01", "outcome": "won", "closed_at": "2017-11-01"}
        | {"list_amount": 2**62, "amount": 2**62 - 1}
        for at in range(5)
    ]
    open_ones = [
        {"id": -at, "created_at": "2017-01-01", "list_amount": 2**at, "probability": "0.125"}
        for at in range(1, 62, 4)
    ]
    crm = sm.CRM(deals=rows + open_ones, currency="KRW")
    with batches_of(1):
        shot = sm.snapshot(crm, "2017-Q3")
        won = sm.snapshot(crm, "2017-Q4")["bookings"]
    listed = sum(2**at for at in range(1, 62, 4))
    assert shot["open_pipeline"].exact == 5 * 2**62 + listed
    assert shot["weighted_pipeline"].exact == round(Fraction(listed, 8))
    assert won.exact == 5 * (2**62 - 1)


@given(world=companies(), periods=PERIODS_ASKED, days=st.sampled_from((2, 30)), turn=TURNS)
def test_stale_deals_and_those_at_work_stand_open(
    world: World, periods: Asked, days: int, turn: int
) -> None:
    """Group by group: a deal is open, and stale or at work or young, and no two of these."""
    tables = crm_of(world).tables
    deals, activities = tables["deals"], tables["activities"]
    by = [(), ("owner",), ("stage",), ("product", "owner")][turn % 4]
    opened = facts(sm.open_deals(deals, periods, by=by))
    stale = facts(sm.stale_deals(deals, activities, periods, by=by, days=days))
    # What was done so many days before is that long ago.
    at_work = facts(sm.activity_coverage(activities, deals, periods, by=by, days=days - 1))
    assert opened.keys() == stale.keys() == at_work.keys()
    for key, cell in opened.items():
        if cell["value"] is None:  # the period has not begun
            assert stale[key]["value"] is None
            continue
        assert stale[key]["value"] + at_work[key]["numerator"] <= cell["value"]
        assert at_work[key]["denominator"] == cell["value"]
        assert stale[key]["excluded"] == cell["excluded"]


@given(world=companies(), periods=PERIODS_ASKED)
def test_every_kpi_of_won_deals_has_them_with_the_same_owners(world: World, periods: Asked) -> None:
    """Won deals, what a movement is reconciled to, bookings and what is credited of them."""
    tables = crm_of(world).tables
    deals = tables["deals"]
    won = facts(sm.won_deals(deals, periods, by="owner"))
    moved = sm.pipeline_movement(deals, periods, by="owner", of="count")
    for p, period in enumerate(periods):
        for g, group in enumerate(moved.groups):
            key = (group, period.start, period.end)
            found = moved.cell(p, g).parts["bookings"]
            assert found == (won[key]["value"] if key in won else 0)
    shares = sm.DealCredits.of({"deal": [], "owner": [], "share": []})
    credited = sm.credited_bookings(deals, shares, periods, by="owner")
    booked = facts(sm.bookings(deals, periods, by="owner"))
    for key, cell in facts(credited).items():
        assert cell["value"] == booked[key]["value"]
