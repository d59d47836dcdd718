"""The quality report against counts over plain rows, and figures of the rows that are left."""

from __future__ import annotations

import csv
import json
import math
import random
import statistics
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import salesmetrics as sm
from salesmetrics.catalog import ENTRIES
from salesmetrics.cli import main
from salesmetrics.insight.effects import Measuring
from salesmetrics.insight.refusals import refusals
from salesmetrics.insight.suspects import REQUIRED, first_event
from salesmetrics.insight.unusual import bulk_end, far_out, quartiles4, spikes
from salesmetrics.insight.wording import KINDS
from salesmetrics.tables.linking import links_of

Row = dict[str, Any]
FIRST, LAST = date(2024, 1, 1), date(2024, 12, 31)
STAGES = [
    {"id": "talk", "type": "open", "order": 1, "probability": 0.2},
    {"id": "won", "type": "won", "order": 2},
    {"id": "lost", "type": "lost", "order": 3},
]
CUSTOMERS = [{"id": f"c{n}", "industry": "steel"} for n in range(6)]
NAMES = ["ana", "bo"]
USD_RATE = {"USD": {"2024-01-01": "1300"}}


EDGES: list[Row] = [
    {},
    {"customer": None},  # like the one before, but for what is not known or is another
    {"customer": None},
    {"currency": "USD"},
    {"amount": 7700},  # as many won as the one before has cents
    {"product": "q"},
    {"created_at": date(2024, 6, 2)},
    {"customer": "c5", "outcome": "won", "stage": "won", "closed_at": date(2024, 6, 1)},
    {"customer": "c5", "product": "q", "outcome": "won", "stage": "won",
     "closed_at": date(2025, 1, 5)},  # the last event but for the typo
    {"amount": 78, "expected_close_at": date(2025, 1, 5)},  # due on the last day
    {"amount": 79, "expected_close_at": date(2025, 1, 6)},
]  # fmt: skip


def made() -> list[Row]:
    """Deals of a year with every kind of dirt, drawn from a seed and by hand."""
    draw = random.Random(7)
    rows: list[Row] = []
    for n in range(300):
        created = FIRST + timedelta(draw.randrange(330))
        outcome = draw.choice(["won", "lost", "open"])
        closed = created + timedelta(draw.randrange(1, 30)) if outcome != "open" else None
        rows.append(
            {
                "id": f"d{n}",
                "customer": draw.choice(["c1", "c2", "c3", "gone", None]),
                "product": draw.choice(["p", "q", None]),
                "owner": draw.choice([*NAMES, None]),
                "created_at": None if n % 37 == 0 else created,
                "closed_at": closed,
                "expected_close_at": draw.choice([None, created + timedelta(200)]),
                "outcome": outcome,
                "stage": {"open": "talk"}.get(outcome, outcome),
                "amount": draw.choice([None, 0, 1000 + n, -5 if n % 5 == 0 else 10]),
                "currency": draw.choice(["KRW", "KRW", "USD", "EUR"]),
                "probability": draw.choice([None, 0.5]),
                "loss_reason": draw.choice([None, "price"]),
            }
        )
    spike = date(2024, 5, 5)
    for n in range(60):
        rows.append({**rows[1], "id": f"s{n}", "created_at": spike, "closed_at": None,
                     "outcome": "open", "stage": "talk", "amount": 7000 + n})  # fmt: skip
    whole = [r for r in rows[:80] if r["customer"] and r["amount"] and r["created_at"]]
    for n, row in enumerate(whole[:6]):
        rows.append({**row, "id": f"again{n}", "owner": "zoe"})
    rows.append({**rows[4], "id": "back", "closed_at": date(2024, 2, 1), "outcome": "won",
                 "created_at": date(2024, 3, 1), "stage": "won"})  # fmt: skip
    rows.append({**rows[4], "id": "old", "created_at": date(2023, 12, 31), "closed_at": None,
                 "outcome": "open", "stage": "talk"})  # fmt: skip
    rows.append({**rows[4], "id": "typo", "created_at": date(2024, 3, 1), "outcome": "won",
                 "closed_at": date(2042, 3, 9), "stage": "won", "amount": 55,
                 "currency": "KRW"})  # fmt: skip
    for n, change in enumerate(EDGES):
        rows.append({**rows[4], "id": f"edge{n}", "customer": "c4", "product": "p",
                     "amount": 77, "currency": "KRW", "created_at": date(2024, 6, 1),
                     "closed_at": None, "expected_close_at": None, "outcome": "open",
                     "stage": "talk", **change})  # fmt: skip
    # refused at the door
    rows.append({**rows[4], "id": "no day 1", "outcome": "won", "closed_at": None,
                 "created_at": date(2024, 3, 1), "stage": "won", "amount": 900,
                 "currency": "KRW"})  # fmt: skip
    rows.append({**rows[4], "id": "no day 2", "outcome": "lost", "closed_at": None,
                 "stage": "lost", "amount": 40, "currency": "KRW"})  # fmt: skip
    rows.append({**rows[4], "id": "percent", "probability": 40, "outcome": "open",
                 "closed_at": None, "stage": "talk", "amount": 1000, "currency": "KRW",
                 "created_at": date(2024, 3, 1)})  # fmt: skip
    rows.append({**rows[4], "id": "no stage", "stage": "limbo"})
    rows.append({**rows[4], "id": "d5"})
    rows.append({**rows[4], "id": "no such day", "created_at": "2024-02-30"})
    return rows


ROWS = made()
# What cannot be read counts as missing; these rows cannot be used at all.
REFUSED = {"no stage"}
UNREAD = {"percent": "probability", "no such day": "created_at"}
USED = [
    row | ({UNREAD[row["id"]]: None} if row["id"] in UNREAD else {})
    for at, row in enumerate(ROWS)
    if row["id"] not in REFUSED and at != len(ROWS) - 2
]


def company(rows: list[Row]) -> sm.CRM:
    return sm.CRM(
        deals=rows,
        stages=STAGES,
        customers=CUSTOMERS,
        currency="KRW",
        rates=sm.ExchangeRates(to="KRW", rates=USD_RATE),
        on_error="collect",
    )


@pytest.fixture(scope="module")
def report() -> sm.QualityReport:
    return sm.quality(company(ROWS))


def is_open(row: Row) -> bool:
    return bool(row["outcome"] == "open")


def repeated(rows: list[Row]) -> list[str]:
    """All but the first of each set, in the order of what they say: column by column, what is
    missing last, and the id last of all."""
    sets: dict[Any, list[Row]] = {}
    for row in rows:
        key = tuple(
            row[name] for name in ("customer", "product", "amount", "created_at", "currency")
        )
        if None not in (row["customer"], row["created_at"]) and row["amount"]:
            sets.setdefault(key, []).append(row)
    names = [*sorted(set(ROWS[0]) - {"id"}), "id"]

    def said(row: Row) -> list[tuple[bool, Any]]:
        return [(row[name] is None, row[name] if row[name] is not None else 0) for name in names]

    again = {row["id"] for alike in sets.values() for row in sorted(alike, key=said)[1:]}
    return [row["id"] for row in rows if row["id"] in again]


DATED = [row for row in USED if row["created_at"]]
TOOK = [
    (row["closed_at"] - row["created_at"]).days
    for row in DATED
    if row["closed_at"] and row["closed_at"] >= row["created_at"]
]
Q1, _, Q3 = statistics.quantiles([Fraction(days) for days in TOOK], n=4, method="inclusive")
JUDGED = max(row["closed_at"] for row in USED if row["closed_at"] and row["id"] != "typo")
IDS: dict[tuple[str, str], Callable[[Row], Any]] = {
    ("decided_without_close", "closed_at"): lambda r: not is_open(r) and r["closed_at"] is None,
    ("close_before_create", "closed_at"): lambda r: (
        r["created_at"] and r["closed_at"] and r["closed_at"] < r["created_at"]
    ),
    ("overdue", "expected_close_at"): lambda r: (
        is_open(r) and r["expected_close_at"] and r["expected_close_at"] <= JUDGED
    ),
    ("orphan_link", "customer"): lambda r: r["customer"] == "gone",
    ("no_rate", "currency"): lambda r: r["currency"] == "EUR" and r["amount"] is not None,
    ("import_spike", "created_at"): lambda r: r["created_at"] == date(2024, 5, 5),
    ("undated", "created_at"): lambda r: r["created_at"] is None,
    ("negative_amount", "amount"): lambda r: (r["amount"] or 0) < 0,
    ("far_ahead", "closed_at"): lambda r: r["closed_at"] and r["closed_at"].year > 2030,
    ("long_open", "created_at"): lambda r: (
        is_open(r) and r["created_at"] and (JUDGED - r["created_at"]).days > Q3 + 3 * (Q3 - Q1)
    ),
    ("missing_field", "owner"): lambda r: r["owner"] is None,
    ("missing_field", "customer"): lambda r: r["customer"] is None,
    ("missing_field", "expected_close_at"): lambda r: is_open(r) and r["expected_close_at"] is None,
    ("missing_field", "loss_reason"): lambda r: r["outcome"] == "lost" and r["loss_reason"] is None,
}


@pytest.mark.parametrize(("kind", "field"), IDS, ids=str)
def test_accepted_rows_are_found_as_by_hand(
    report: sm.QualityReport, kind: str, field: str
) -> None:
    found = [one for one in report.of(kind) if (one.table, one.field) == ("deals", field)]
    expected = [row["id"] for row in USED if IDS[kind, field](row)]
    assert len(expected) > 0, "the dirt of this kind is missing from the test"
    assert len(expected) < len(USED)
    assert [one.rows for one in found] == [len(expected)]
    assert list(found[0].examples) == expected[:5]


def test_likely_duplicates(report: sm.QualityReport) -> None:
    expected = repeated(USED)
    (one,) = report.of("likely_duplicate")
    assert len(expected) >= 4
    assert (one.rows, list(one.examples)) == (len(expected), expected[:5])


def test_which_of_two_alike_is_the_repeat_is_not_told_by_where_they_stand() -> None:
    """The one that closed first is kept, after 14 days: of 34 and 14 the median is 24."""
    alike = {"customer": "c", "created_at": "2025-01-06", "amount": 10, "outcome": "won"}
    rows = [
        {**alike, "id": "1", "closed_at": "2025-02-09"},
        {**alike, "id": "2", "closed_at": "2025-01-20"},
    ]
    for order in permutations(rows):
        (one,) = sm.quality(sm.CRM(deals=list(order), currency="EUR")).of("likely_duplicate")
        assert one.examples == ("1",)
        moved = {effect.kpi: [cell.value for cell in effect.cells] for effect in one.effects}
        assert (moved["sales_cycle"], moved["bookings"]) == ([24, 14], [20, 10])


@pytest.mark.parametrize("outcome", ["won", "open"])
def test_missing_amounts_of_won_and_of_open_deals(report: sm.QualityReport, outcome: str) -> None:
    expected = [r["id"] for r in USED if r["outcome"] == outcome and r["amount"] is None]
    (one,) = (
        f for f in report.of("missing_field") if f.field == "amount" and f.facts["of"] == outcome
    )
    assert (one.rows, list(one.examples)) == (len(expected), expected[:5])


@pytest.mark.parametrize(
    ("kind", "ids"),
    [
        ("probability_scale", ["percent"]),
        ("orphan_stage", ["no stage"]),
        ("duplicate_id", ["d5"]),
        ("unreadable", ["no such day"]),
    ],
)
def test_refused_rows_are_told(report: sm.QualityReport, kind: str, ids: list[str]) -> None:
    (one,) = report.of(kind)
    assert (one.rows, list(one.examples), one.severity) == (len(ids), ids, "error")


def test_every_row_is_used_or_told_as_refused(report: sm.QualityReport) -> None:
    assert report.rows["deals"] == len(USED)
    assert report.rejected == {"deals": len(ROWS) - len(USED)}


# what findings move ------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "field"), IDS, ids=str)
def test_effects_are_the_figures_of_the_rows_that_are_left(
    report: sm.QualityReport, kind: str, field: str
) -> None:
    """Against a company that never had the rows; its day is the same unless they were ahead."""
    (one,) = (f for f in report.of(kind) if (f.table, f.field) == ("deals", field))
    assert one.treatment == "left out"
    rest = [row for row in USED if not IDS[kind, field](row)]
    world = company(rest)
    assert report.stock_period is not None
    if kind != "far_ahead":
        world = world.as_of(date(2042, 3, 9))  # known as far as in the whole
    day = report.stock_period
    after = {
        "deals_created": sm.deals_created(world.deals).value,
        "won_deals": sm.won_deals(world.deals).value,
        "bookings": sm.bookings(world.deals).value,
        "win_rate": sm.win_rate(world.deals).value,
        "open_deals": sm.open_deals(world.deals, day).value,
        "open_pipeline": sm.open_pipeline(world.deals, day).value,
        "sales_cycle": sm.sales_cycle(world.deals).value,
    }
    whole = company(ROWS)
    before = {
        "deals_created": sm.deals_created(whole.deals).value,
        "won_deals": sm.won_deals(whole.deals).value,
        "bookings": sm.bookings(whole.deals).value,
        "win_rate": sm.win_rate(whole.deals).value,
        "open_deals": sm.open_deals(whole.deals, day).value,
        "open_pipeline": sm.open_pipeline(whole.deals, day).value,
        "sales_cycle": sm.sales_cycle(whole.deals).value,
    }
    told = {e.kpi: (e.cells[0].value, e.cells[1].value) for e in one.effects if e.kpi in after}
    moved = {k: (before[k], after[k]) for k in after if before[k] != after[k]}
    # Two figures may print alike and still be other ones exactly.
    assert {k: v for k, v in told.items() if v[0] != v[1]} == moved


def test_effects_against_plain_sums(report: sm.QualityReport) -> None:
    (one,) = report.of("negative_amount")
    effects = {e.kpi: e for e in one.effects}

    def booked(rows: list[Row]) -> int:
        in_won = {"KRW": 1, "USD": 1300, "EUR": 0}
        return sum(
            (r["amount"] or 0) * in_won[r["currency"]] for r in rows if r["outcome"] == "won"
        )

    rest = [row for row in USED if (row["amount"] or 0) >= 0]
    before, after = effects["bookings"].cells
    assert (before.exact, after.exact) == (booked(USED), booked(rest))
    relative = (booked(rest) - booked(USED)) / abs(booked(USED))
    assert effects["bookings"].relative == pytest.approx(relative, abs=1e-12)


def test_cells_are_mended(report: sm.QualityReport) -> None:
    (scale,) = report.of("probability_scale")
    assert scale.treatment == "mended"
    effects = {e.kpi: e.cells for e in scale.effects}
    assert set(effects) == {"weighted_pipeline"}
    weighted = effects["weighted_pipeline"]
    # The stage says 0.2 where the deal says nothing; it says 40, which is 0.4 of 1,000.
    assert weighted[1].exact - weighted[0].exact == 400 - 200  # type: ignore[operator]
    (unread,) = report.of("unreadable")
    assert (unread.treatment, unread.effects) == ("none", ())


def test_what_is_judged_from_when_an_event_lies_far_ahead(report: sm.QualityReport) -> None:
    assert report.known_until == "2042-03-09"
    assert report.judged_until == JUDGED.isoformat()
    assert report.stock_period is not None
    assert report.stock_period.end == JUDGED + timedelta(days=1)
    assert report.stock_period.start == min(r["created_at"] for r in USED if r["created_at"])


def test_every_reason_for_no_effect_has_a_translation(report: sm.QualityReport) -> None:
    reasons = {one.untreated for one in report.findings if one.untreated is not None}
    assert reasons
    text = report.to_text("ko")
    assert all(reason.said("ko") in text for reason in reasons)
    assert not any(reason in text for reason in reasons)


# the rules ---------------------------------------------------------------------------------------

NEVER = 65535
days = st.lists(st.integers(0, 60) | st.just(NEVER), max_size=200)


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=60))
def test_quartiles_are_those_of_the_standard_library(values: list[int]) -> None:
    first, third = quartiles4(np.array(values, dtype=np.int64))
    if len(values) > 1:
        cuts = statistics.quantiles(map(Fraction, values), n=4, method="inclusive")
        assert (Fraction(first, 4), Fraction(third, 4)) == (cuts[0], cuts[2])


@given(st.integers(0, 30), st.integers(1, 40), st.lists(st.integers(0, 30), max_size=80))
def test_spikes_as_by_the_rule(day: int, many: int, rest: list[int]) -> None:
    drawn = [*([day] * many), *rest]
    counts = Counter(drawn)
    median = statistics.median(counts.values())
    away = statistics.median(abs(count - median) for count in counts.values())
    expected = [
        day
        for day, count in sorted(counts.items())
        if len(counts) >= 10
        and count - median > 10 * 1.4826 * away
        and count - median > 10 * math.sqrt(median)
    ]
    assert [one.day for one in spikes(np.array([*drawn, NEVER], dtype=np.uint16))] == expected


def test_a_regular_day_is_no_spike_and_an_import_is() -> None:
    regular = [day for day in range(100) for _ in range(3 + day % 3)]
    assert spikes(np.array(regular, dtype=np.uint16)) == []
    (one,) = spikes(np.array([*regular, *[50] * 40], dtype=np.uint16))
    assert (one.day, one.rows, one.median2) == (50, 3 + 50 % 3 + 40, 8)


@given(st.lists(st.integers(0, 400), max_size=80), st.integers(0, 2000))
def test_the_bulk_ends_as_by_the_rule(drawn: list[int], far: int) -> None:
    events = sorted([*drawn, far])
    few = max(1, len(events) // 100)
    distinct = sorted(set(events))
    middle = [d for d in distinct if sum(e <= d for e in events) > few]
    expected = None
    for at, day in enumerate(distinct[:-1]):
        if len(events) < 20 or len(distinct) < 3 or day not in middle[1:]:
            continue
        until = [d for d in middle if d <= day]
        longest = max((b - a for a, b in pairwise(until)), default=0)
        silence = distinct[at + 1] - day
        after = sum(e > day for e in events)
        if after <= few and silence > 30 and silence > 3 * longest:
            expected = day
            break
    assert bulk_end(np.array([*events, NEVER], dtype=np.uint16)) == expected


@pytest.mark.parametrize(("rows", "found"), [(713, False), (714, True)])
def test_a_spike_beside_a_wide_spread(rows: int, found: bool) -> None:
    """m = 120 and d = 40: the bound is 120 + 10 x 1.4826 x 40 = 713.04."""
    drawn = [day for day in range(10) for _ in range(80)]
    drawn += [day for day in range(10, 20) for _ in range(120)] + [20] * rows
    assert [one.day for one in spikes(np.array(drawn, dtype=np.uint16))] == [20] * found


@pytest.mark.parametrize(("rows", "found"), [(24, False), (25, True)])
def test_a_spike_over_a_regular_course(rows: int, found: bool) -> None:
    """m = 4 and d = 0: the bound is 4 + 10 x 2 = 24."""
    drawn = [day for day in range(20) for _ in range(4)] + [20] * rows
    assert [one.day for one in spikes(np.array(drawn, dtype=np.uint16))] == [20] * found


@pytest.mark.parametrize(
    ("far", "end"),
    [
        ([*range(25), 54], None),  # 30 days of silence
        ([*range(25), 55], 24),
        ([*range(20), 31, 32, 68], None),  # 36 days, three times the 12 before
        ([*range(20), 31, 32, 69], 32),
        ([*range(25), 99, 100], None),  # two of 27 are more than one
        ([*range(198), 900, 901], 197),  # two of 200 are not
    ],
)
def test_the_edges_of_the_bulk(far: list[int], end: int | None) -> None:
    assert bulk_end(np.array(far, dtype=np.uint16)) == end


@pytest.mark.parametrize(("silence", "end"), [(63, None), (64, 39)])
def test_a_silence_is_long_beside_the_longest_before_it(silence: int, end: int | None) -> None:
    """Three times the 21 days that were silent once."""
    days = [*range(10), *range(30, 40), 39 + silence]
    assert bulk_end(np.array(days, np.uint16)) == end


def test_the_change_of_a_negative_figure() -> None:
    deals = [
        {"id": str(n), "amount": amount, "outcome": "won", "owner": owner, "customer": "c",
         "created_at": "2024-01-01", "closed_at": "2024-02-01"}
        for n, (amount, owner) in enumerate([(-10, "ana"), (-30, None)])
    ]  # fmt: skip
    found = sm.quality(sm.CRM(deals=deals, currency="USD"), kpis=["bookings"])
    (one,) = (f for f in found.of("missing_field") if f.field == "owner")
    (effect,) = one.effects
    assert [cell.value for cell in effect.cells] == [-40, -10]
    assert effect.relative == 0.75, "from -40 to -10 is up"


def test_few_events_have_no_bulk_and_few_closed_deals_no_fence() -> None:
    assert bulk_end(np.array([*range(18), 900], dtype=np.uint16)) is None
    assert bulk_end(np.array([*range(19), 900], dtype=np.uint16)) == 18
    assert far_out(np.arange(19)) is None
    fence = far_out(np.arange(20))
    assert fence is not None
    assert Fraction(fence.limit4, 4) == Fraction(57, 4) + 3 * (Fraction(57, 4) - Fraction(19, 4))


def test_nothing_is_doubtful_in_nothing() -> None:
    assert sm.quality(sm.CRM()).findings == ()
    (empty,) = sm.quality(sm.CRM(deals=[{"id": "1"}][:0], currency="USD")).findings
    assert (empty.kind, empty.rows) == ("no_rows", 0)


def test_changes_over_time() -> None:
    """Rows refused beside other tables are told; nothing is mended into a history."""
    crm = sm.CRM(
        deals=[
            {"id": "1", "created_at": "2024-01-01", "closed_at": "2024-02-01", "stage": "won",
             "outcome": "won", "amount": 10},
            {"id": "2", "created_at": "2024-01-01", "outcome": "open", "probability": 20},
        ],
        stage_changes=[
            {"deal": "1", "stage": "talk", "changed_at": "2024-01-01"},
            {"deal": "1", "stage": "won", "changed_at": "2024-02-01"},
            {"deal": "1", "stage": "limbo", "changed_at": "2024-01-05"},
            {"deal": "1", "stage": "talk", "changed_at": "2024-02-30"},
        ],
        stages=STAGES,
        currency="KRW",
        on_error="collect",
    )  # fmt: skip
    found = sm.quality(crm)
    (one,) = found.of("probability_scale")
    assert (one.rows, one.treatment) == (1, "none")
    assert "changed over time" in (one.untreated or "")
    told = {(f.kind, f.field): f.rows for f in found.findings if f.table == "stage_changes"}
    assert told["orphan_stage", "stage"] == 1
    assert told["refused", "changed_at"] == 1
    assert one.untreated is not None
    assert one.untreated.said("ko") in found.to_text("ko")


# real data, and how it is shown ------------------------------------------------------------------

MAVEN = Path(__file__).parents[1] / "examples" / "maven"


def test_the_sample_company() -> None:
    with (MAVEN / "sales_pipeline.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    found = sm.quality(sm.read(MAVEN, preset="maven"))
    assert {(one.kind, one.field): one.rows for one in found.findings} == {
        ("missing_field", "customer"): sum(not r["account"] for r in rows),
        ("missing_field", "amount"): sum(
            r["deal_stage"] in ("Prospecting", "Engaging") for r in rows
        ),
        ("undated", "created_at"): sum(not r["engage_date"] for r in rows),
        ("long_open", "created_at"): 172,
        ("absent_field", "expected_close_at"): 2089,
        ("absent_field", "loss_reason"): sum(r["deal_stage"] == "Lost" for r in rows),
        ("absent_field", "started_at"): 35,  # owners, who are taken to be there throughout
    }
    assert found.known_until == found.judged_until == "2017-12-31"
    spans = [
        (date.fromisoformat(r["close_date"]) - date.fromisoformat(r["engage_date"])).days
        for r in rows
        if r["close_date"]
    ]
    q1, _, q3 = statistics.quantiles(map(Fraction, spans), n=4, method="inclusive")
    limit = q3 + 3 * (q3 - q1)
    ages = [
        (date(2017, 12, 31) - date.fromisoformat(r["engage_date"])).days
        for r in rows
        if r["engage_date"] and not r["close_date"]
    ]
    assert sum(age > limit for age in ages) == 172
    (one,) = found.of("undated")
    moved = {effect.kpi: [cell.value for cell in effect.cells] for effect in one.effects}
    # Velocity counts the open deals; over all time deals without their creation count too.
    assert set(moved) == {"open_deals", "sales_velocity", "deals_created", "close_rate"}
    assert moved["open_deals"] == [2089, 1589]
    assert moved["deals_created"] == [8800, 8300]
    assert round(moved["sales_velocity"][0]) == 60_147  # of all that is known, not of its last day


def test_the_document_is_plain_and_says_the_same_twice(report: sm.QualityReport) -> None:
    found = report  # made once for this file; the second one is made here, of a company anew
    again = json.loads(found.to_json())
    assert again == found.to_dict() == sm.quality(company(ROWS)).to_dict()
    assert again["format"] == "salesmetrics.quality/1"
    for one in again["findings"]:
        assert one["en"].strip()
        assert any("가" <= char <= "힣" for char in one["ko"])
        assert "{" not in one["en"] + one["ko"]
    records = found.to_records()
    effects = sum(max(len(one.effects), 1) for one in found.findings)
    assert len(records) == effects
    assert {type(value) for record in records for value in record.values()} <= {
        str, int, float, type(None),
    }  # fmt: skip


def test_markdown_shows_what_is_in_the_data_as_it_is() -> None:
    ugly = "a|b*<script>\n\x1b[31m`x`[l](u)"
    rows = [{"id": ugly, "amount": -1}, {"id": "2", "amount": 3}]
    found = sm.quality(sm.CRM(deals=rows, currency="USD"))
    text = found.to_markdown()
    assert "a\\|b\\*&lt;script&gt;" in text
    assert "\x1b" not in text + found.to_text()
    assert "\n" not in next(line for line in text.split("\n") if "script" in line)
    assert "\\`x\\`\\[l\\](u)" in text


def test_every_kind_has_words_and_required_fields_exist() -> None:
    for kind, words in KINDS.items():
        assert "{table}" in words.en, kind
        assert words.ko.count("{table}") == 1, kind
    for name, fields in REQUIRED.items():
        record = type(getattr(sm.CRM(**{name: []}, currency="USD"), name)).record
        assert {field for field, _ in fields} <= set(record.model_fields)


def test_orphans_are_those_that_check_counts() -> None:
    crm = company(ROWS)
    (one,) = sm.quality(crm, kpis=[]).of("orphan_link")
    assert dict(links_of(crm.deals))["customer"] == one.rows


def test_other_tables_are_looked_at_too() -> None:
    crm = sm.CRM(
        leads=[{"id": "1", "created_at": "2024-02-02", "won_at": "2024-02-01", "owner": "ana"}],
        subscriptions=[
            {"id": "s", "started_at": "2024-03-01", "ended_at": "2024-04-01", "amount": -3,
             "customer": "k"},
            {"id": "t", "started_at": "2024-03-01"},
        ],
        activities=[{"id": "x", "created_at": "2024-01-02", "done_at": "2024-01-01"}],
        costs=[{"amount": 5, "spent_at": "2024-01-01"}, {"amount": 5, "category": "sales"}],
        currency="USD",
    )  # fmt: skip
    found = sm.quality(crm)
    told = {(one.kind, one.table, one.field): (one.rows, one.examples) for one in found.findings}
    assert told["end_before_start", "leads", "won_at"] == (1, ("1",))
    assert told["end_before_start", "activities", "done_at"] == (1, ("x",))
    assert told["negative_amount", "subscriptions", "amount"] == (1, ("s",))
    assert told["missing_field", "subscriptions", "customer"] == (1, ("t",))
    assert told["undated", "costs", "spent_at"] == (1, ("row 1",))
    assert told["missing_field", "costs", "category"] == (1, ("row 0",))


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"kpis": ["win_rat"]}, "win_rate"),
        ({"period": ["2024", "2025"]}, "one period"),
        ({"period": "soon"}, "not a period"),
    ],
)
def test_bad_questions(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(sm.SalesMetricsError, match=says):
        sm.quality(company(ROWS[:3]), **asked)
    with pytest.raises(sm.SalesMetricsError, match="CRM"):
        sm.quality([])  # type: ignore[arg-type]
    with pytest.raises(sm.SalesMetricsError, match="undated"):
        sm.quality(sm.CRM()).of("undatd")


@pytest.mark.parametrize("form", ["table", "json", "md"])
def test_the_command(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(
        ["check", str(MAVEN), "--preset", "maven", "--period", "2017-Q4", "--format", form,
         "--lang", "ko"]
    )  # fmt: skip
    out = capsys.readouterr().out
    assert code == 0
    assert "1425" in out.replace(",", "")
    assert ("딜" in out) and (form != "json" or json.loads(out)["period"] == "2017-Q4")


def test_amounts_that_are_no_money_are_not_known() -> None:
    """Numbers that cannot be reckoned with are missing, and none of them is called 0."""
    won = {"created_at": "2025-01-05", "closed_at": "2025-02-01", "outcome": "won"}
    amounts = ["10", "22e400700000", "-1e400", "1e300", "1e999999999", "many", "0e999999999"]
    rows = [won | {"id": str(at), "amount": amount} for at, amount in enumerate(amounts)]
    crm = sm.CRM(deals=rows, currency="USD", on_error="collect")
    assert len(crm.deals) == 7
    assert {f.row for f in crm.deals.unread} == {1, 2, 3, 4, 5}
    booked = sm.bookings(crm.deals, "2025-02")
    assert (booked.value, booked.n, dict(booked.excluded)) == (10.0, 2, {"no amount": 5})
    told = sm.quality(crm).to_text()
    assert "too large: 64 bits cannot hold it" in told and "worth" not in told


def test_refused_rows_say_what_they_are_worth() -> None:
    won = {"created_at": "2025-01-05", "closed_at": "2025-02-01", "outcome": "won"}
    rows = [
        won | {"id": str(at), "amount": amount} for at, amount in enumerate(["1", "2", "1e400"])
    ]
    rows += [won | {"id": "0", "amount": "1.005"}, won | {"id": "1", "amount": "2.505"}]
    told = sm.quality(sm.CRM(deals=rows, currency="USD", on_error="collect")).to_text()
    assert "(worth 3.51 USD)" in told


def test_the_first_event_is_that_of_all_tables() -> None:
    deals = [
        {"id": at, "created_at": day, "outcome": "open"}
        for at, day in enumerate(("2025-01-05", "2025-03-01"))
    ]
    leads = [{"id": at, "created_at": day} for at, day in enumerate(("2025-02-01", "2024-12-01"))]
    days = {
        "2024-12-01": [leads, deals],
        "2025-01-05": [leads[:1], deals],
        "2025-02-01": [leads[:1], deals[1:]],
    }
    for day, (some_leads, some_deals) in days.items():
        found = first_event(sm.CRM(deals=some_deals, leads=some_leads))
        assert found == (date.fromisoformat(day) - date(1970, 1, 1)).days


def test_deals_closed_on_their_first_day_are_of_those_closed() -> None:
    """How long deals take is told of all that closed, also of those that took no day."""
    closed = [
        {"id": f"c{at}", "created_at": "2025-01-01", "closed_at": f"2025-01-{1 + at % 3:02}",
         "outcome": "won"}
        for at in range(30)
    ]  # fmt: skip
    opened = [{"id": "o", "created_at": "2025-01-02", "outcome": "open"}]
    crm = sm.CRM(deals=closed + opened).as_of("2025-12-31")
    (found,) = sm.quality(crm).of("long_open")
    assert found.facts["closed"] == "30"


def test_refused_rows_are_told_by_what_is_wrong_and_what_they_are_worth() -> None:
    """Blank amounts, and those that no table holds, are worth nothing that is told."""
    rows = [
        {"id": "a", "created_at": "2025-01-05", "amount": 9, "probability": "0.5"},
        {"id": "a", "created_at": "2025-01-05", "amount": 7},
        {"id": "a", "created_at": "2025-01-05", "amount": None},
        {"id": "a", "created_at": "2025-01-05", "amount": 2**63},
        {"id": "a", "created_at": "soon", "amount": "half"},
        {"id": None, "created_at": "2025-01-05", "amount": 30, "probability": 40},
        {"id": "b", "created_at": "2025-01-05", "amount": 1, "term_months": 1.5},
        {"id": "c", "created_at": "2025-01-05", "amount": 1, "probability": 40},
        {"id": "d", "created_at": "2025-01-05", "amount": 1, "probability": 4000},
    ]
    crm = sm.CRM(deals=rows, currency="EUR", on_error="collect", all_open=True)
    told = sorted(
        (one.kind, one.field, [fault.row for fault in one.faults], one.facts.get("amount"))
        for one in refusals(crm)
        if not one.cells
    )
    assert told[0] == ("duplicate_id", "id", [1, 2, 3, 4], "7.00 EUR")
    assert ("refused", "id", [5], "30.00 EUR") in told
    cells = sorted(
        (one.kind, one.field, fault.id)
        for one in refusals(crm) if one.cells for fault in one.faults
        if fault.id in ("b", "c", "d")
    )  # fmt: skip
    assert cells == [
        ("probability_scale", "probability", "c"), ("unreadable", "probability", "d"),
        ("unreadable", "term_months", "b"),
    ]  # fmt: skip


def test_why_refused_rows_are_not_mended() -> None:
    rows = [
        {"id": "a", "created_at": "2025-01-05", "amount": 1},
        {"id": "a", "created_at": "2025-01-05", "amount": 1},
        {"id": None, "created_at": "2025-01-05", "amount": 1, "probability": 40},
        {"id": "b", "created_at": "2025-01-05", "amount": "half", "term_months": 1.5},
        {"id": "c", "created_at": "2025-01-05", "amount": 1, "probability": 40},
    ]
    crm = sm.CRM(deals=rows, currency="EUR", on_error="collect", all_open=True)
    told = {
        (one.kind, one.field, one.rows): one.untreated and one.untreated.code
        for one in sm.quality(crm).findings
    }
    wanted = {
        ("duplicate_id", "id", 1): "left_out_already",
        ("refused", "id", 1): "left_out_unmendable",
        ("unreadable", "term_months", 1): "missing_unmendable",
    }
    assert {key: told.get(key) for key in wanted} == wanted
    scales = [why for (kind, _, _), why in told.items() if kind == "probability_scale"]
    assert set(scales) == {None}


def test_a_figure_is_there_or_lacks_what_it_needs() -> None:
    """Each KPI has a figure or a reason of its own, whichever others are asked for beside it."""
    deals = [{"id": 1, "created_at": "2025-01-05", "closed_at": "2025-02-01", "outcome": "won",
              "amount": 5}]  # fmt: skip
    crm = sm.CRM(deals=deals, currency="EUR")
    period = sm.period("2025-Q1")
    for asked in (["bookings", "lead_volume", "won_deals"], ["lead_volume"], ["bookings"]):
        found = Measuring([ENTRIES[name] for name in asked], period, period, {}).of(crm)
        assert set(found.results) == {"bookings", "won_deals"} & set(asked)
        assert set(found.needs) == {"lead_volume"} & set(asked)
        assert all("leads" in str(reason) for reason in found.needs.values())


def test_probabilities_in_percent_are_mended_to_their_last_digit() -> None:
    """100 at 40 %, at 12.5 % and at 100 %, beside one at 0.5: 50 before, 202.5 after."""
    rows = [
        {"id": at, "created_at": "2025-01-05", "outcome": "open", "amount": 100, "probability": p}
        for at, p in enumerate(("0.5", 40, "12.5", 100, "100.5"))
    ]
    crm = sm.CRM(deals=rows, currency="EUR", on_error="collect")
    report = sm.quality(crm, kpis=["weighted_pipeline"])
    (found,) = report.of("probability_scale")
    assert (found.rows, found.treatment) == (3, "mended")
    assert found.examples == ("1", "2", "3")
    (effect,) = found.effects
    assert [cell.value for cell in effect.cells] == [50, 202.5]
    (other,) = report.of("unreadable")
    assert other.examples == ("4",)


@pytest.mark.parametrize(
    ("more", "given", "worth"),
    [
        ({}, {"currency": "EUR"}, "9.00 EUR"),
        ({"currency": "USD"}, {"currency": "EUR"}, None),
    ],
)
def test_refused_rows_are_worth_something_in_one_known_currency(
    more: Row, given: dict[str, Any], worth: str | None
) -> None:
    rows = [{"id": "a", "created_at": "2025-01-05", "amount": 5, **more}]
    crm = sm.CRM(deals=[*rows, rows[0] | {"amount": 9}], on_error="collect", all_open=True, **given)
    (told,) = (one.facts.get("amount") for one in refusals(crm) if one.kind == "duplicate_id")
    assert told == worth


def test_a_refused_row_without_id_is_told_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(
        "id,created_at,outcome\na,2025-01-01,open\n,2025-01-02,open\na,2025-01-03,open\n"
    )
    crm = sm.read(tmp_path, on_error="collect", currency="EUR")
    told = {one.kind: one.examples for one in sm.quality(crm, kpis=[]).findings}
    assert told["duplicate_id"] == ("a",)
    assert told["refused"] == ("deals.csv line 3",)
