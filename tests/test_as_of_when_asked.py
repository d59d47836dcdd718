"""A company as it was known is made table by table and cell by cell, when it is asked for."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, datetime
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from worlds import World, companies, crm_of, instants

import salesmetrics as sm
from salesmetrics.asked import Asked
from salesmetrics.columns import (
    Codes,
    Numbers,
    Times,
    counted_before,
    joined_times,
    never,
    rows_where,
    where,
)
from salesmetrics.days import NEVER_SECONDS
from salesmetrics.examples import crm_with_history
from salesmetrics.history.tracks import starts_of
from salesmetrics.tables.table import Table

PIECES = [
    f"salesmetrics.{module}.PIECE"
    for module in ("columns.keys", "columns.column", "history.tracks")
]
PIECES.append("salesmetrics.columns.keys.AT_ONCE")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Of which table an earlier one was made, and how often."""
    counts: Counter[str] = Counter()
    make = Table.as_of

    def counted(table: Table, instant: Any) -> Table:
        counts[table.name] += 1
        return make(table, instant)

    monkeypatch.setattr(Table, "as_of", counted)
    return counts


def test_only_the_tables_that_a_figure_reads_are_made(made: Counter[str]) -> None:
    days = [{"id": n, "kind": "call", "deal": "d1", "done_at": date(2025, n, 3)} for n in (1, 2, 3)]
    crm = sm.CRM(
        **{name: table for name, table in crm_with_history.tables.items() if name != "customers"},
        activities=days,
        tz="UTC",
    ).as_of("2025-02-20")
    assert not made
    assert crm.kpi("open_deals", "2025-01").value == 3
    assert made == {"deals": 1}
    assert crm.kpi("activity_volume", "2025-01").value == 1
    for name in crm.tables:
        assert getattr(crm, name) is crm.tables[name]
        crm.kpi("open_deals", "2025-02")
    assert made == dict.fromkeys(crm.tables, 1)


def test_an_instant_that_cannot_be_read_is_refused_at_once(made: Counter[str]) -> None:
    for at in ("yesterday", "2025-13-01", None):
        with pytest.raises(sm.SalesMetricsError):
            crm_with_history.as_of(at)  # type: ignore[arg-type]
    days = sm.CRM(deals=[{"id": 1, "created_at": "2025-01-01"}], all_open=True)
    with pytest.raises(sm.SalesMetricsError, match="time zone"):
        days.as_of(datetime(2025, 1, 1, 12))
    assert not made


def test_what_two_threads_ask_for_is_made_for_both() -> None:
    for _ in range(20):
        crm, together = _SMALL.as_of("2025-02-20"), Barrier(2)

        def asked(crm: sm.CRM = crm, together: Barrier = together) -> tuple[Any, Any]:
            together.wait()
            return crm.deals, crm.deals.links

        with ThreadPoolExecutor(2) as pool:
            one, other = (each.result() for each in [pool.submit(asked) for _ in range(2)])
        assert one[0] is other[0]
        assert one[0].links["stage"] is other[0].links["stage"]


_SMALL = sm.CRM._of_tables(crm_with_history.tables)


def test_an_earlier_company_travels_without_what_came_later() -> None:
    ids = np.arange(2000)
    crm = sm.CRM(
        deals={
            "id": ids,
            "created_at": np.datetime64("2025-01-01", "D") + ids[::-1] % 100,
            "amount": ids * 1_000_003,
            "note": np.array([f"note {number % 7}" for number in ids]),
        },
        currency="EUR",
        all_open=True,
    )
    then = crm.as_of("2025-01-20")
    assert then.deals.size == 400
    sent = pickle.dumps(then)
    assert len(sent) < len(pickle.dumps(crm)) / 2
    there = pickle.loads(sent)
    figures = [sm.open_pipeline(one.deals, "2025-01", by="note") for one in (there, then)]
    assert figures[0].to_records() == figures[1].to_records()
    amounts = [1_000_003 * int(number) for number in ids if (1999 - number) % 100 < 20]
    assert figures[0].over("note").value == sum(amounts)


def test_values_are_made_once_and_unknown_names_are_refused() -> None:
    asked: list[str] = []

    def make(name: str) -> int:
        asked.append(name)
        return len(name)

    values = Asked({"a": 0, "bc": 0}, make)
    assert ("bc" in values, "d" in values, len(values), list(values)) == (
        True,
        False,
        2,
        ["a", "bc"],
    )
    assert not asked
    assert [values["bc"], values["bc"], values.get("d")] == [2, 2, None]
    assert asked == ["bc"]
    assert pickle.loads(pickle.dumps(values)) == {"a": 1, "bc": 2} == dict(values)
    with pytest.raises(KeyError):
        values["d"]
    assert [*reversed(values)] == ["bc", "a"]
    assert values | {"a": 9} == {"a": 9, "bc": 2} and {"a": 9, "d": 0} | values == {
        "a": 1, "d": 0, "bc": 2,
    }  # fmt: skip
    assert values.copy() == {"a": 1, "bc": 2} and repr(values) == "{'a': 1, 'bc': 2}"


def test_tables_and_columns_of_an_earlier_company_are_read_as_a_dict_is() -> None:
    for crm in (_SMALL, _SMALL.as_of("2025-02-10"), _SMALL.filter(owner="ana")):
        tables = crm.tables
        assert [*pickle.loads(pickle.dumps(tables))] == [*copy.deepcopy(tables)] == [*tables]
        assert (tables | {})["deals"] is ({} | tables)["deals"] is tables.copy()["deals"]
        assert repr(tables).startswith("{'stages': Stages(")
        deals = crm.deals
        assert "created_at" in (deals.columns | {}) and "created_at" in repr(deals.columns)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99, 1.0])
@pytest.mark.parametrize("size", [0, 1, 2**18 - 1, 2**18, 700_001])
def test_marked_rows_in_pieces_are_those_of_numpy(size: int, share: float) -> None:
    draw = np.random.default_rng(size)
    mask = draw.random(size) < share
    rows = np.flatnonzero(mask)
    assert np.array_equal(rows_where(mask), rows)
    places = np.sort(draw.integers(0, size + 1, 1000))
    places[-1] = size
    for kind in (np.int32, np.int64):
        found = counted_before(mask, places.astype(kind))
        assert found.dtype == kind
        assert np.array_equal(found, np.append(0, np.cumsum(mask))[places])
    days, seconds = draw.integers(0, 9, size).astype(np.uint16), draw.integers(0, 99, size)
    for column in (
        Times.of(seconds, days),
        Times(None, days),
        Codes(days.astype(np.uint8), (None, *"abcdefgh")),
        Numbers.of(seconds, (seconds % 7).astype(np.uint8)),
    ):
        ours, theirs = where(column, mask), column.take(rows)
        for part in type(column).__dataclass_fields__:
            one, other = getattr(ours, part), getattr(theirs, part)
            assert np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other


def test_times_of_all_sorts_are_joined() -> None:
    long = Times(np.array([5, NEVER_SECONDS, 2**40]), np.array([0, 65535, 9], np.uint16))
    short = Times.of(np.array([7, NEVER_SECONDS]), np.array([0, 65535], np.uint16))
    whole = Times(None, np.array([3], np.uint16))
    for parts in ([long, short], [short, short], [whole, short], [long, whole], [never(2), whole]):
        both = joined_times(parts)
        assert both.seconds.tolist() == [s for part in parts for s in part.seconds.tolist()]
        assert both.days.tolist() == [day for part in parts for day in part.days.tolist()]
    assert joined_times([short, short]).exact.dtype == np.uint32  # type: ignore[union-attr]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), world=companies(), piece=st.sampled_from([1, 2, 3, 7]))
def test_in_pieces_as_at_once(data: st.DataObject, world: World, piece: int) -> None:
    crm, at = crm_of(world), data.draw(st.sampled_from(instants(world.tz)))
    whole = _cells(crm.as_of(at))
    with pytest.MonkeyPatch.context() as patched:
        for name in PIECES:
            patched.setattr(name, piece)
        assert _cells(crm.as_of(at)) == whole


def _cells(crm: sm.CRM) -> dict[str, Any]:
    """Everything that the tables of a company hold."""
    found: dict[str, Any] = {}
    for name, table in crm.tables.items():
        columns = {**table.columns, **{f"{n} before": c for n, c in table.earlier.items()}}
        if table.history is not None:
            for field, track in table.history.tracks.items():
                columns |= {f"{field} values": track.values, f"{field} times": track.times}
                found[f"{name}.{field}"] = track.starts.tolist()
        for column, held in columns.items():
            seconds = [held.seconds.tolist()] if isinstance(held, Times) else []
            parts = [getattr(held, part) for part in type(held).__dataclass_fields__]
            arrays = [part.tolist() for part in parts if isinstance(part, np.ndarray)]
            found[f"{name}.{column}"] = seconds or arrays
        links = (table.links or {}).items()
        found[f"{name} links"] = {column: link.rows.tolist() for column, link in links}
    return found


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 100])
def test_where_the_values_of_each_deal_begin(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr("salesmetrics.history.tracks.PIECE", piece)
    draw = np.random.default_rng(piece)
    for _ in range(50):
        size, first = int(draw.integers(1, 9)), int(draw.integers(0, 3))
        rows = np.sort(draw.integers(0, size, int(draw.integers(0, 12)))).astype(np.uint32) + first
        starts = starts_of(rows.astype(np.uint32), size, first)
        assert starts.tolist() == [int((rows < deal + first).sum()) for deal in range(size + 1)]


def _company() -> sm.CRM:
    deals = [
        {"id": n, "created_at": date(2025, 1, n), "customer": f"c{n % 2}", "owner": "ana",
         "stage": "s2", "amount": 10 * n, "expected_close_at": date(2025, 4, n)}
        for n in range(1, 6)
    ]  # fmt: skip
    changes = [{"deal": n, "stage": f"s{s}", "changed_at": date(2025, s, n)}
               for n in range(1, 6) for s in (1, 2)]  # fmt: skip
    leads = [{"id": n, "created_at": date(2025, 1, 1), "customer": f"c{n % 2}"} for n in range(4)]
    calls = [{"id": n, "done_at": date(2025, 1, 2), "deal": n, "lead": n} for n in range(1, 4)]
    paid = [{"id": 1, "customer": "c1", "amount": 5, "interval": "month",
             "started_at": date(2025, 1, 1)}]  # fmt: skip
    return sm.CRM(
        deals=deals,
        stages=[{"id": f"s{n}", "order": n, "type": "open"} for n in (1, 2)],
        stage_changes=changes,
        leads=leads,
        activities=calls,
        subscriptions=paid,
        costs=[{"category": "marketing", "amount": 5, "spent_at": date(2025, 1, 3)}],
        owners=[{"id": "ana", "team": "north"}],
        currency="EUR",
        all_open=True,
    )


@pytest.fixture
def without_search() -> Iterator[None]:
    """Python does not look for circles, so that what is in one stays."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.usefixtures("without_search")
def test_an_earlier_company_goes_with_those_who_asked_for_it() -> None:
    """Its arrays are large: they do not wait for Python to look for circles."""
    then = _company().as_of("2025-02-03")
    for by in (None, "owner.team", "stage"):
        sm.snapshot(then, "2025-01", by=by, compare=["previous"])
    sm.weighted_pipeline(then.deals, "2025-01", probability="steps").to_records()
    tables = {name: weakref.ref(table) for name, table in then.tables.items()}
    assert all(table() is not None for table in tables.values())
    deals = then.deals
    del then
    assert tables["deals"]() is deals and tables["activities"]() is None
    assert deals.column("customer.acquired_at") is not None  # its links still lead there
    days = weakref.ref(deals.history.tracks["stage"].days)
    del deals
    assert {name for name, table in tables.items() if table() is not None} == set()
    assert days() is None


@pytest.mark.usefixtures("without_search")
@pytest.mark.parametrize("kpi", sorted(sm.entry(one).name for one in sm.KPIS))
def test_no_figure_holds_on_to_a_company_that_nobody_asks_any_more(kpi: str) -> None:
    crm = _company()
    tables = {name: weakref.ref(table) for name, table in crm.tables.items()}
    for by in (None, "owner"):
        with suppress(sm.SalesMetricsError):
            str(crm.kpi(kpi, "2025-01", by=by))
    taken = sm.snapshot(crm, "2025-01", kpis=[kpi], by="owner", compare=["previous"])
    del crm, taken
    assert {name for name, table in tables.items() if table() is not None} == set()
