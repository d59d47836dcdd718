"""Figures read all at once are those read one by one, and the document of a snapshot has them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.kpi import label_of
from salesmetrics.reasons import Reason

DEMO = Path(__file__).parents[1] / "examples" / "demo"
ASSUMED = {"margin": 0.7, "active_for_days": 90, "target": 10**9, "limit_hours": 24}
# Over, running, not begun; adjoining and overlapping.
PERIODS = [*sm.period("2025-05-01..2025-12-31").split("month"), sm.period("2025-Q3"), sm.ALL_TIME]
KPIS = [label_of(kpi).name for kpi in sm.KPIS]


@cache
def company() -> sm.CRM:
    return sm.read(DEMO, currency="KRW", tz="Asia/Seoul").as_of("2025-09-17")


def asked(name: str, by: tuple[str, ...]) -> sm.Result | None:
    label = next(label_of(kpi) for kpi in sm.KPIS if label_of(kpi).name == name)
    given = {key: value for key, value in ASSUMED.items() if key in label.keywords}
    for periods in (PERIODS, PERIODS[:-1], [PERIODS[-2]]):
        try:
            return company().kpi(name, periods, by=by, **given)
        except sm.SalesMetricsError:
            continue
    return None


@pytest.mark.parametrize("by", [(), ("owner",)], ids=["whole", "by owner"])
@pytest.mark.parametrize("name", KPIS)
def test_all_figures_at_once_are_those_one_by_one(name: str, by: tuple[str, ...]) -> None:
    result = asked(name, by)
    if result is None:
        return  # it has no such grouping, or needs what the company lacks
    shape = range(len(result.groups)), range(len(result.periods))
    each = [result.cell(p, g) for g in shape[0] for p in shape[1]]
    every = result.rows()
    assert every == each
    assert [repr(cell) for cell in every] == [repr(cell) for cell in each]  # types and order too


def test_enough_kpis_have_figures() -> None:
    found = {by: [name for name in KPIS if asked(name, by)] for by in ((), ("owner",))}
    assert len(found[()]) >= 90 and len(found["owner",]) >= 60


def test_a_document_compares_what_the_snapshot_compares() -> None:
    against = ("previous", "year_before")
    snap = sm.snapshot(company(), ["2025-08", "2025-09"], by="owner", compare=against)
    document = snap.to_dict()
    compared = 0
    for figure, told in zip(snap.figures, document["kpis"], strict=True):
        cells = iter(told["figures"])
        for reading in figure.readings:
            for g, group in enumerate(reading.result.groups):
                for p, period in enumerate(snap.periods):
                    cell = next(cells)
                    assert cell["group"] == dict(zip(reading.by, group, strict=True))
                    assert cell["period"] == period.label
                    pairs = zip(
                        cell["compared"], snap.comparisons(figure, reading, p, g), strict=True
                    )
                    for one, other in pairs:
                        compared += 1
                        assert (one["base"], one["change"]) == (other.base, other.change)
                        assert (one["base_n"], one["points"]) == (other.base_n, other.points)
                        said = None if one["reason"] is None else one["reason"]["text"]
                        assert said == (None if other.reason is None else str(other.reason))
    assert compared > 1_000


@pytest.mark.parametrize(
    ("first", "second"),
    [({"n": 1}, {"n": True}), ({"n": 1}, {"n": "1"}), ({"n": 0}, {"n": None})],
)
def test_reasons_of_other_data_are_others(first: dict[str, Any], second: dict[str, Any]) -> None:
    """A reason that was said before is said again; one of equal words is not taken for it."""
    one, other = (Reason("all_undecided", **params) for params in (first, second))
    assert one.params == first and other.params == second
    assert type(one.params["n"]) is type(first["n"]) and type(other.params["n"]) is type(
        second["n"]
    )
    assert Reason("all_undecided", **first) == one


def test_a_reason_of_a_reason_is_told_by_that_one() -> None:
    """Two names may read alike in English and differ in Korean."""
    plain, meant = Reason("text", text="no amount"), Reason("no_field", field="amount")
    assert plain == meant and plain.said("ko") != meant.said("ko")
    for inner in (plain, meant):
        outer = Reason("of_part", part="bookings", reason=inner)
        assert outer.params["reason"] is inner
        assert inner.said("ko") in outer.said("ko")


def test_so_many_different_reasons_are_forgotten() -> None:
    for number in range(10_000):
        assert Reason("all_undecided", n=number).params["n"] == number
